"""Pictures of a benchmark: what solvers reached against operator calls and seconds, and how often they are fast."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minmax.bench.curves import Curve
from minmax.plots.bands import draw_band
from minmax.plots.canvas import GREY, color_of
from minmax.plots.convergence import DIRECT, finish_gaps
from minmax.plots.labels import label_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CALLS", "FLOOR", "SECONDS", "Axis", "Look", "looks_of", "plot_family", "plot_profile"]

FLOOR = 1e-17  # answers that leave less are drawn there
# What is no dynamics of the library, by its whole name or by that in front of its parameters.
COLORS = {
    "minmax": "#B40426", "LinearProgram": "#4E342E", "Conic": "#D81B60", "RestartedPDHG": "#A01EB4",
    "RestartedHalpernPDHG": "#661100", "HiGHS": "#5B2A86", "OR-Tools": "#0A7B83", "scipy": "#7A5C00",
    "QuantEcon": "#C2185B", "Clarabel": "#1A5276", "SCS": "#6E2C00", "cvxpy": "#1A5276", "dsp": "#FF6F00",
    "Nashpy": "#4A7023", "OpenSpiel": "#999999", "OpenSpiel[variant=CFRPlus]": "#555577", "LiteEFG": "#C71585",
    "classic": "#D55E00", "classic, averaged": "#E69F00", "optimistic": "#882255", "extra-gradient": "#009E73",
    "wgan-gp": "#0072B2", "r3gan": "#000000",
}  # fmt: skip
# Of answers at once: by the solver that a library is asked for, else by its own name.
MARKERS = {
    "ipm": "s", "simplex": "D", "pdlp": "o", "PDLP": "o", "GLOP": "D", "CLARABEL": "s", "SCS": "X", "minmax": "*",
    "LinearProgram": "p", "Conic": "d", "QuantEcon": "^", "Clarabel": "P", "Nashpy": "v", "scipy": "<",
    "OpenSpiel": ">", "dsp": "h",
}  # fmt: skip
RATES = {"1/T": 1.0, "1/√T": 0.5}


class Axis(NamedTuple):
    """What is spent: a field of `Curve`, its label, and the rates that are drawn against it."""

    field: str
    label: str
    rates: Mapping[str, float]


CALLS, SECONDS = Axis("calls", "operator calls", RATES), Axis("seconds", "seconds", {})


class Look(NamedTuple):
    """Colour of a solver, and the mark of one that answers at once."""

    color: str
    marker: str = ""


def looks_of(curves: Iterable[Curve]) -> dict[str, Look]:
    """Return the look of each solver, the same in all figures of all pages."""
    return {curve.solver: look_of(curve.solver, curve.counted) for curve in curves}


def look_of(name: str, counted: bool) -> Look:
    """Return the look of a solver by its name, as a curve where its operator calls are counted.

    Examples
    --------
    >>> look_of("HiGHS[solver=ipm]", False), look_of("GDA", True)
    (Look(color='#5B2A86', marker='s'), Look(color='#D55E00', marker=''))
    """
    plain, _, parameters = re.sub(r" \(.*\)$", "", name).partition("[")
    color = COLORS.get(name) or COLORS.get(plain) or color_of(plain)
    asked = parameters.rpartition("=")[2].removesuffix("]")
    return Look(color, "" if counted else MARKERS.get(asked) or MARKERS.get(plain, "H"))


def plot_family(
    runs: Mapping[str, Sequence[Curve]], axis: Axis, looks: Mapping[str, Look], *, ax: Axes, key: bool
) -> list[str]:
    """Draw what solvers reached on a family of problems; return the names of those that nothing could be drawn of.

    A solver is drawn by the iterate that ended better, solid for averages and dashed for last ones; answers at once are
    marks, against seconds alone.  Lines are medians over the seeds, bands the 10th to the 90th percentile.

    Parameters
    ----------
    runs : by solver.
    axis : what is spent.
    looks : of the solvers.
    ax : where to draw.
    key : whether to name many lines beside the frame; a few are named where they are.
    """
    ax.set(xscale="log", yscale="log", xlabel=axis.label, ylabel=next(iter(runs.values()))[0].merit)
    drawn: dict[str, Any] = {}
    for name, own in runs.items():
        if not looks[name].marker:
            which, style = iterate_of(own)
            seen = [(getattr(run, axis.field), getattr(run, which)) for run in own]
            drawn[name] = draw_band(ax, seen, color=looks[name].color, label=name, style=style)
        elif axis is SECONDS:
            drawn[name] = draw_answers(ax, own, name, looks[name])
    shown = {name: line for name, line in drawn.items() if line is not None}
    if shown and len(runs) <= DIRECT:
        for name, line in shown.items():
            label_curve(ax, line, name)
    if shown:
        finish_gaps(ax, axis.rates)
    if key and len(runs) > DIRECT:
        draw_key(ax, shown)
    return [name for name in runs if name not in shown]


def iterate_of(runs: Sequence[Curve]) -> tuple[str, str]:
    """Return the iterate by which a solver is drawn, and the style of its line."""
    last, average = (np.median([getattr(run, which)[-1] for run in runs]) for which in ("last", "average"))
    return ("last", "--") if last < average else ("average", "-")


def draw_answers(ax: Axes, runs: Sequence[Curve], name: str, look: Look) -> Any:
    """Draw answers at once as a mark at their median."""
    reached = np.median([run.value[-1] for run in runs])
    if not np.isfinite(reached):
        return None
    seconds = np.median([run.seconds[-1] for run in runs])
    style: dict[str, Any] = {
        "markersize": 13 if look.marker == "*" else 8,
        "markeredgecolor": "white",
        "markeredgewidth": 0.6,
    }
    return ax.plot([seconds], [max(reached, FLOOR)], look.marker, color=look.color, label=name, **style)[0]


def draw_key(ax: Axes, lines: Mapping[str, Any]) -> None:
    """Name the lines beside the frame, and say what their styles mean."""
    from matplotlib.lines import Line2D

    entries = dict(lines) | {
        "average iterate": Line2D([], [], color=GREY, linestyle="-", linewidth=1.8),
        "last iterate": Line2D([], [], color=GREY, linestyle="--", linewidth=1.1),
    }
    ax.legend(list(entries.values()), list(entries), loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize="x-small",
              frameon=False)  # fmt: skip


def plot_profile(ratios: Mapping[str, np.ndarray], looks: Mapping[str, Look], *, ax: Axes) -> None:
    """Draw on which share of the problems each solver was at most so many times slower than the fastest.

    Parameters
    ----------
    ratios : of each solver, as `profile` returns them.
    looks : of the solvers; answers at once have dotted lines with their marks.
    ax : where to draw.
    """
    right = 1.5 * max((own[np.isfinite(own)].max(initial=2.0) for own in ratios.values()), default=2.0)
    ax.set(xscale="log", xlabel="times as long as the fastest", ylabel="share of the problems")
    ax.set(xlim=(1.0, right), ylim=(0.0, 1.03))
    # The best first: by how many problems, and how fast at the median.
    for name, own in sorted(ratios.items(), key=lambda item: (np.isinf(item[1]).sum(), np.median(item[1]))):
        solved = own[np.isfinite(own)]
        if solved.size:
            x = np.concatenate([[1.0], solved, [right]])
            y = np.concatenate([[0.0], np.arange(1, solved.size + 1), [solved.size]]) / own.size
            look = looks[name]
            style: dict[str, Any] = {"linestyle": "-"}
            if look.marker:
                style = {"linestyle": ":", "marker": look.marker, "markersize": 5, "markevery": (1, 2)}
            ax.step(x, y, where="post", color=look.color, linewidth=1.6, label=name, **style)
    ax.grid(True, which="major", color="#E8E8E8", linewidth=0.6)
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize="x-small", frameon=False)
