"""Many runs as one curve: the median and the band from the 10th to the 90th percentile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

BAND = (0.1, 0.9)
LEAST = 3  # runs that a band is drawn of


def draw_band(
    ax: Axes, runs: Sequence[tuple[np.ndarray, np.ndarray]], *, color: str, label: str, style: str = "-"
) -> Line2D | None:
    """Draw the median of runs and, of three or more, the band around it; return the line, None where nothing is seen.

    Parameters
    ----------
    ax : where to draw, both axes logarithmic.
    runs : what each run had spent and what it had reached, at each of its points.
    color, label, style : of the line.
    """
    grid = np.unique(np.concatenate([spent for spent, _ in runs]))
    # From where all have begun; a run that was good enough before it began has nothing to wait for.
    begun = [spent[spent > 0].min() for spent, _ in runs if (spent > 0).any()]
    grid = grid[(grid > 0) & (grid >= max(begun, default=0.0))]
    if not grid.size:
        return None
    ranked = np.sort([held(grid, *run) for run in runs], axis=0)
    low, median, high = (percentile(ranked, share) for share in (BAND[0], 0.5, BAND[1]))
    shown = np.where(np.isfinite(median) & (median > 0), median, np.nan)
    if not np.isfinite(shown).any():
        return None
    if len(runs) >= LEAST:
        drawn = np.isfinite(low) & np.isfinite(high) & (low > 0)
        ax.fill_between(grid, low, high, where=drawn, color=color, alpha=0.15, linewidth=0)
    width = 1.8 if style == "-" else 1.1
    mark = "." if np.isfinite(shown).sum() == 1 else ""  # a line of one point cannot be seen
    line: Line2D = ax.plot(grid, shown, style, marker=mark, color=color, linewidth=width, label=label)[0]
    return line


def percentile(ranked: np.ndarray, share: float) -> np.ndarray:
    """Return a percentile of sorted rows, in proportion between the two next to it: infinite where the upper one is.

    Examples
    --------
    >>> percentile(np.array([[1.0], [2.0], [3.0], [np.inf]]), 0.5), percentile(np.array([[1.0], [np.inf]]), 0.5)
    (array([2.5]), array([inf]))
    """
    place = round(share * (len(ranked) - 1), 9)  # a tenth of thirty is three
    below = int(place)
    part = place - below
    if not part:
        return np.asarray(ranked[below])
    return np.asarray((1.0 - part) * ranked[below] + part * ranked[below + 1])


def held(grid: np.ndarray, spent: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """Return what a run had reached by each point of a grid: what it reached last stays.

    Examples
    --------
    >>> held(np.array([1.0, 2.0, 3.0, 9.0]), np.array([1.0, 3.0]), np.array([0.5, 0.1])).tolist()
    [0.5, 0.5, 0.1, 0.1]
    """
    return np.asarray(reached, dtype=float)[np.searchsorted(spent, grid, side="right") - 1]
