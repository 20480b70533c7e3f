"""Duality gap, or residual, against operator calls: solid for averages, dashed for last iterates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minmax.plots.canvas import GREY, axes_of, color_of, shade_of
from minmax.plots.captions import caption_of, names_of
from minmax.plots.labels import label_curve, settle_labels
from minmax.solution import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

MARKERS = "os^DPX"  # a triangle on its tip is the mark of gap 0
DIRECT = 5  # up to so many runs are labelled at their curves, more in a legend


def plot_convergence(
    solution: Solution | Iterable[Solution], *, ax: Axes | None = None, reference: bool = True
) -> Axes:
    """Draw duality gap, or residual, against operator calls on two logarithmic axes.

    Solid is the average iterate, dashed the last one; a gap of zero, which has no logarithm, is left out of the curve
    and marked by a triangle on the lower edge where it is first reached.  Beside other runs, one without a curve is
    named in the legend; several runs of one dynamics have shades of its colour, from dark to light, and markers.

    Parameters
    ----------
    solution : one solution or several; exact methods have no curve and are named in the caption.
    ax : where to draw; a new figure where None.
    reference : draw thin slopes of the rates that the dynamics promise for their averages.

    Raises
    ------
    ImportError
        Where matplotlib is missing.
    TypeError
        Where something else than solutions is given, such as a game.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from minmax import MWU, solve
    >>> run = solve([[2.0, -1.0], [-1.0, 1.0]], MWU(eta=0.1), rounds=100, tol=None)
    >>> ax = plot_convergence(run, ax=Figure().subplots())
    >>> ax.get_xlabel(), ax.get_ylabel(), [text.get_text() for text in ax.texts]
    ('operator calls', 'duality gap (payoff units)', ['average, uniform', 'last iterate', '1/√T'])
    """
    several = not isinstance(solution, Solution) and isinstance(solution, Iterable)
    given: Any = solution if several else (solution,)
    runs: list[Solution] = list(given)
    if not runs or not all(isinstance(run, Solution) for run in runs):
        kind = type(solution).__name__
        raise TypeError(f"`solution` must be a Solution or a list of them, as `solve` returns; got {kind}.")
    ax = axes_of(ax)
    merits = " or ".join(dict.fromkeys(run.merit for run in runs))
    ax.set(xscale="log", yscale="log", xlabel="operator calls")
    ax.set_ylabel(merits.replace("duality gap", "duality gap (payoff units)"))
    names = names_of(runs)
    methods = [run.path[-1] for run in runs]
    places = [(methods[:k].count(method), methods.count(method)) for k, method in enumerate(methods)]
    drawn = [draw_run(ax, run, name, *place) for run, name, place in zip(runs, names, places)]
    ax.set_title(caption_of(runs, names), fontsize="small", loc="left", color="#333333")
    if not any(drawn):
        say_instead(ax, runs, names)
        return ax
    if len(runs) == 1:
        for line in drawn[0].values():
            label_curve(ax, line, str(line.get_label()).removeprefix(f"{names[0]}, "))
    else:
        shown = {name: curves.get("average") or curves["last"] for name, curves in zip(names, drawn) if curves}
        silent = {
            f"{name}: {silence_of(run)}": shade_of(color_of(run.path[-1]), *place)
            for run, name, place, curves in zip(runs, names, places, drawn)
            if not curves
        }
        draw_key(ax, shown, silent)
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


def draw_run(ax: Axes, run: Solution, name: str, repeat: int, count: int) -> dict[str, Line2D]:
    """Draw both curves of one of so many runs of a dynamics and return those on which there is anything to see."""
    history, color = run.history, shade_of(color_of(run.path[-1]), repeat, count)
    weights = run.run.average if run.run is not None else "uniform"
    marker: dict[str, Any] = (
        {"marker": MARKERS[repeat % len(MARKERS)], "markersize": 4.5, "markevery": 0.12} if count > 1 else {}
    )
    drawn, zeros = {}, []
    for iterate, style, width, text in (
        ("average", "-", 1.8, f"average, {weights}"),
        ("last", "--", 1.1, "last iterate"),
    ):
        gaps, calls = getattr(history, f"gap_{iterate}"), history.operator_calls
        shown = np.where((calls > 0) & (gaps > 0) & np.isfinite(gaps), gaps, np.nan)
        points = int(np.isfinite(shown).sum())
        # Matplotlib spaces markers along a line by its points and fails where there are none.
        marks = {"marker": "o", "markersize": 4} | marker | {"markevery": None} if points == 1 else marker
        look = {"color": color, "linewidth": width, **(marks if points else {})}
        (line,) = ax.plot(calls, shown, style, label=f"{name}, {text}", **look)
        reached = calls[(calls > 0) & (gaps == 0)]
        if reached.size:
            zeros.append(float(reached[0]))
        if points:
            drawn[iterate] = line
    for calls_to_zero in dict.fromkeys(zeros if drawn else []):
        draw_zero(ax, calls_to_zero, color)
    return drawn


def draw_zero(ax: Axes, calls: float, color: str) -> None:
    """Mark on the lower edge where a gap of exactly zero was reached."""
    edge = ax.get_xaxis_transform()
    ax.plot([calls], [0.0], "v", color=color, markersize=6, clip_on=False, transform=edge, label="_gap 0")
    ax.annotate("gap 0", (calls, 0.0), xycoords=edge, xytext=(0, 6), textcoords="offset points",
                ha="center", fontsize="x-small", color=color)  # fmt: skip


def draw_key(ax: Axes, shown: dict[str, Line2D], silent: dict[str, str]) -> None:
    """Name the runs, at the curves or in a legend, say what the styles of line mean, and name runs without a curve."""
    from matplotlib.lines import Line2D

    entries = {
        "average iterate": Line2D([], [], color=GREY, linestyle="-", linewidth=1.8),
        "last iterate": Line2D([], [], color=GREY, linestyle="--", linewidth=1.1),
    }
    if len(shown) > DIRECT:
        entries = shown | entries
    else:
        for name, line in shown.items():
            label_curve(ax, line, name)
    for text, color in silent.items():
        entries[text] = Line2D([], [], color=color, linestyle="", marker="v" if ": gap 0" in text else "x")
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
    """Draw thin slopes from just above the first gap down to the frame, within the limits of the curves.

    They begin at the averages, where there are any.
    """
    averages = [line for line in ax.lines if line.get_linestyle() == "-"]
    points = np.vstack([line.get_xydata() for line in averages or ax.lines])
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


def silence_of(run: Solution) -> str:
    """Say in words why a run has no curve."""
    if run.run is None:
        return "exact, no curve"
    if not run.rounds:
        return f"{'gap' if run.merit == 'duality gap' else run.merit} {run.gap:.2g}, no rounds played"
    history = run.history
    played = history.operator_calls > 0
    if played.any() and not (history.gap_average[played].any() or history.gap_last[played].any()):
        return "gap 0 throughout"
    return f"{run.merit} {run.gap:.2g}, nothing to draw"


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
