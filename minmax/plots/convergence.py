"""Duality gap, or residual, against operator calls: solid for averages, dashed for last iterates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minmax.plots.canvas import GREY, axes_of, color_of
from minmax.plots.captions import caption_of, names_of
from minmax.plots.labels import label_curve, settle_labels
from minmax.solution import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

MARKERS = "os^DvPX"
DIRECT = 5  # up to so many runs are labelled at their curves, more in a legend


def plot_convergence(
    solution: Solution | Iterable[Solution], *, ax: Axes | None = None, reference: bool = True
) -> Axes:
    """Draw duality gap, or residual, against operator calls on two logarithmic axes.

    Solid is the average iterate, dashed the last one; a gap of zero, which has no logarithm, is left out of the curve
    and marked by a triangle on the lower edge where it is first reached.

    Parameters
    ----------
    solution : one solution or several; exact methods have no curve and are named in the caption.
    ax : where to draw; a new figure where None.
    reference : draw thin slopes of the rates that the dynamics promise for their averages.

    Raises
    ------
    ImportError
        Where matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from minmax import MWU, solve
    >>> run = solve([[2.0, -1.0], [-1.0, 1.0]], MWU(eta=0.1), rounds=100, tol=None)
    >>> ax = plot_convergence(run, ax=Figure().subplots())
    >>> ax.get_xlabel(), ax.get_ylabel(), [text.get_text() for text in ax.texts]
    ('operator calls', 'duality gap (payoff units)', ['average, uniform', 'last iterate', '1/√T'])
    """
    runs = [solution] if isinstance(solution, Solution) else list(solution)
    if not runs or not all(isinstance(run, Solution) for run in runs):
        raise TypeError("`solution` must be a Solution or a list of them, as `solve` returns.")
    ax = axes_of(ax)
    merits = " or ".join(dict.fromkeys(run.merit for run in runs))
    ax.set(xscale="log", yscale="log", xlabel="operator calls")
    ax.set_ylabel(merits.replace("duality gap", "duality gap (payoff units)"))
    names = names_of(runs)
    methods = [run.path[-1] for run in runs]
    drawn = [draw_run(ax, run, names[k], methods[:k].count(methods[k])) for k, run in enumerate(runs)]
    ax.set_title(caption_of(runs, names), fontsize="small", loc="left", color="#333333")
    if not any(drawn):
        say_instead(ax, runs, names)
        return ax
    if len(runs) == 1:
        for line in drawn[0].values():
            label_curve(ax, line, str(line.get_label()).removeprefix(f"{names[0]}, "))
    else:
        draw_key(ax, {name: curves["average"] for name, curves in zip(names, drawn) if "average" in curves})
    finish_gaps(ax, rates_of(runs) if reference else {})
    return ax


def finish_gaps(ax: Axes, rates: Mapping[str, float]) -> None:
    """Leave a fifth of the width to the labels at the ends of the curves, draw the rates and place the labels."""
    left, right = ax.get_xlim()
    ax.set_xlim(left, right * (right / left) ** 0.25)
    if rates:
        draw_rates(ax, rates)
    ax.grid(True, which="major", color="#E8E8E8", linewidth=0.6)
    settle_labels(ax)


def draw_run(ax: Axes, run: Solution, name: str, repeat: int) -> dict[str, Line2D]:
    """Draw both curves of a run and return those on which there is anything to see."""
    history, color = run.history, color_of(run.path[-1])
    weights = run.run.average if run.run is not None else "uniform"
    marker: dict[str, Any] = (
        {"marker": MARKERS[repeat % len(MARKERS)], "markersize": 4, "markevery": 0.12} if repeat else {}
    )
    drawn = {}
    for iterate, style, width, text in (
        ("average", "-", 1.8, f"average, {weights}"),
        ("last", "--", 1.1, "last iterate"),
    ):
        gaps, calls = getattr(history, f"gap_{iterate}"), history.operator_calls
        shown = np.where((calls > 0) & (gaps > 0) & np.isfinite(gaps), gaps, np.nan)
        points = int(np.isfinite(shown).sum())
        single: dict[str, Any] = {"marker": "o", "markersize": 4} if points == 1 else marker
        (line,) = ax.plot(calls, shown, style, color=color, linewidth=width, label=f"{name}, {text}", **single)
        reached = calls[(calls > 0) & (gaps == 0)]
        if points and reached.size:
            draw_zero(ax, float(reached[0]), color)
        if points:
            drawn[iterate] = line
    return drawn


def draw_zero(ax: Axes, calls: float, color: str) -> None:
    """Mark on the lower edge where a gap of exactly zero was reached."""
    edge = ax.get_xaxis_transform()
    ax.plot([calls], [0.0], "v", color=color, markersize=6, clip_on=False, transform=edge, label="_gap 0")
    ax.annotate("gap 0", (calls, 0.0), xycoords=edge, xytext=(0, 6), textcoords="offset points",
                ha="center", fontsize="x-small", color=color)  # fmt: skip


def draw_key(ax: Axes, averages: dict[str, Line2D]) -> None:
    """Name the runs, at the curves or in a legend, and say what the styles of line mean."""
    from matplotlib.lines import Line2D

    entries = {
        "average iterate": Line2D([], [], color=GREY, linestyle="-", linewidth=1.8),
        "last iterate": Line2D([], [], color=GREY, linestyle="--", linewidth=1.1),
    }
    if len(averages) > DIRECT:
        entries = averages | entries
    else:
        for name, line in averages.items():
            label_curve(ax, line, name)
    ax.legend(list(entries.values()), list(entries), loc="lower left", fontsize="x-small", frameon=True,
              framealpha=0.85, edgecolor="none")  # fmt: skip


def rates_of(runs: Iterable[Solution]) -> dict[str, float]:
    """Return the rates that the dynamics of the runs promise for averages, as powers of 1/T."""
    rules = [rule for run in runs if run.run is not None and run.merit == "duality gap" for rule in run.run.rules]
    if not rules:
        return {"1/T": 1.0}
    fast = any("average O(1/T)" in rule.guarantee for rule in rules)
    slow = not fast or any("average O(1/sqrt T)" in rule.guarantee for rule in rules)
    return {rate: power for rate, power, held in (("1/T", 1.0, fast), ("1/√T", 0.5, slow)) if held}


def draw_rates(ax: Axes, rates: Mapping[str, float]) -> None:
    """Draw thin slopes from just above the first gap down to the frame, within the limits of the curves."""
    points = np.vstack([line.get_xydata() for line in ax.lines if line.get_linestyle() == "-"])
    points = points[np.isfinite(points).all(axis=1)]
    if not points.size:
        return
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    x, y = points[:, 0].min(), 1.5 * points[points[:, 0] <= 2 * points[:, 0].min(), 1].max()
    for rate, power in rates.items():
        end = min(float(points[:, 0].max()), x * (y / low) ** (1 / power))
        (line,) = ax.plot([x, end], [y, y * (end / x) ** -power], color="#AAAAAA", linewidth=0.7, zorder=1)
        label_curve(ax, line, rate, color=GREY)
    ax.set(xlim=(left, right), ylim=(low, max(high, 1.3 * y)))


def say_instead(ax: Axes, runs: Sequence[Solution], names: Sequence[str]) -> None:
    """Say in words what runs without a curve reached."""
    lines = [
        f"{name}: {run.merit} {run.gap:.2g}, "
        + (f"nothing to draw after {run.operator_calls:g} operator calls" if run.rounds else "no rounds played")
        for run, name in zip(runs, names)
    ]
    ax.text(0.5, 0.5, "\n".join(lines), transform=ax.transAxes, ha="center", va="center", color=GREY)
    ax.set(xlim=(1, 10), ylim=(1e-3, 1), xticks=[], yticks=[])
    ax.minorticks_off()
