"""Both players' strategies as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from minmax.plots.canvas import axes_of, tidy
from minmax.plots.captions import title_of
from minmax.solution import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLAYER_COLORS = ("#004488", "#DDAA33")
BARS = 12  # actions of one player that a picture can hold


def plot_strategies(solution: Solution, *, ax: Axes | None = None) -> Axes:
    """Draw both players' strategies as bars, actions named.

    All actions are shown where there are few; else the likeliest of those played, and the rest in one bar.

    Parameters
    ----------
    solution : a solution; off the simplex the bars are coordinates.
    ax : where to draw; a new figure where None.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from minmax import solve, zoo
    >>> ax = plot_strategies(solve(zoo.find("penalty kicks")), ax=Figure().subplots())
    >>> [round(float(bar.get_height()), 2) for bar in ax.patches]
    [38.54, 61.46, 41.99, 58.01]
    """
    if not isinstance(solution, Solution):
        raise TypeError(f"`solution` must be a Solution, as `solve` returns; got {type(solution).__name__}.")
    mixed = all(p.min() >= 0 and abs(p.sum() - 1) < 1e-6 for p in (solution.x, solution.y))
    blocks = [bars_of(p, labels, mixed) for p, labels in zip((solution.x, solution.y), solution.actions)]
    texts = [text for block in blocks for text, _ in block]
    tall = len(texts) > 14 or sum(max(len(text), 5) for text in texts) > 48
    ax = axes_of(ax, (6.4, max(2.4, 1.2 + 0.24 * (len(texts) + 2))) if tall else (6.4, 4.0))
    start = 0
    ticks: list[tuple[int, str]] = []
    for player, (block, name) in enumerate(zip(blocks, solution.players)):
        places = range(start + tall, start + tall + len(block))
        draw_bars(ax, places, [height for _, height in block], PLAYER_COLORS[player], tall, mixed)
        head_bars(ax, start, places, tidy(name), tall)
        ticks += zip(places, (text for text, _ in block))
        start = places.stop + 1
    finish_bars(ax, ticks, tall, mixed)
    title = f"{title_of(solution)}: value {solution.value:.6g}, {solution.merit} {solution.gap:.2g}"
    ax.set_title(title, fontsize="small", loc="left", color="#333333", pad=6 if tall else 20)
    return ax


def bars_of(strategy: np.ndarray, labels: Sequence[str], mixed: bool) -> list[tuple[str, float]]:
    """Return the bars of one player: label and height, in per cent where it is a probability."""
    unit = 100.0 if mixed else 1.0
    heights = unit * strategy
    shown = np.arange(strategy.size)
    if strategy.size > BARS:
        played = np.flatnonzero(strategy > min(5e-4, strategy.max() / 2)) if mixed else shown
        shown = played[np.argsort(-np.abs(strategy[played]), kind="stable")][:BARS]
    bars = [(tidy(labels[int(i)]), float(heights[i])) for i in shown]
    left = 100.0 - float(heights[shown].sum())
    more = int(np.count_nonzero(strategy > 0)) - int(np.count_nonzero(strategy[shown] > 0))
    return [*bars, (f"{more} more", max(left, 0.0))] if mixed and more and left >= 0.05 else bars


def draw_bars(ax: Axes, places: range, heights: Sequence[float], color: str, tall: bool, mixed: bool) -> None:
    """Draw one player's bars with their numbers at the end."""
    bars = (ax.barh if tall else ax.bar)(places, heights, 0.72, color=color)
    if len(heights) > BARS:
        bars[-1].set_alpha(0.45)
    texts = [f"{round(height, 2) if mixed else height:.3g}" for height in heights]
    ax.bar_label(bars, texts, padding=2, fontsize="x-small", color="#333333")


def head_bars(ax: Axes, start: int, places: range, name: str, tall: bool) -> None:
    """Write whose bars these are, above them."""
    middle = (places.start + places.stop - 1) / 2
    across, along = ax.get_yaxis_transform(), ax.get_xaxis_transform()
    if tall:
        ax.text(0.01, start, name, transform=across, ha="left", va="center", weight="bold", fontsize="small")
    else:
        ax.text(middle, 1.01, name, transform=along, ha="center", va="bottom", weight="bold", fontsize="small")


def finish_bars(ax: Axes, ticks: Sequence[tuple[int, str]], tall: bool, mixed: bool) -> None:
    """Name the bars and set the scale of their heights."""
    places, names = [place for place, _ in ticks], [text for _, text in ticks]
    what = "probability (%)" if mixed else "coordinate"
    ax.spines[["top", "right"]].set_visible(False)
    if tall:
        ax.set_yticks(places, names, fontsize="small")
        ax.set(xlabel=what, ylim=(max(places) + 0.7, -0.7))
        ax.tick_params(axis="y", length=0)
        ax.margins(x=0.1)
    else:
        ax.set_xticks(places, names, fontsize="small")
        ax.set_ylabel(what)
        ax.tick_params(axis="x", length=0)
        ax.margins(y=0.1)
    if not mixed:
        (ax.axvline if tall else ax.axhline)(0, color="black", linewidth=0.6)
