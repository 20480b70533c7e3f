"""Pictures of a diagnosis: the orbit with its verdict, merit and size against steps with fitted laws, regrets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from minmax.diagnostics import Diagnosis, PlayRegret, Rate, fit_rate
from minmax.diagnostics.planes import leading_plane
from minmax.plots.canvas import GREY, axes_of
from minmax.plots.labels import label_curve, settle_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LAST, FITTED = "#0072B2", "#D55E00"
LEAST = 3  # samples that a plane is laid through
FAR = 5.0  # a bound this many times the regret would flatten it: it is written, not drawn


def plot_diagnosis(diagnosis: Diagnosis, *, ax: Axes | None = None) -> Axes:
    """Draw the samples of a run in the plane it varies most in, early ones light and late ones dark, with its verdict.

    Parameters
    ----------
    diagnosis : what `diagnose` returns, of a run.
    ax : where to draw.
    """
    if not isinstance(diagnosis, Diagnosis):
        raise TypeError(f"`diagnosis` must be what diagnose returns; got {type(diagnosis).__name__}.")
    record = diagnosis.record
    if not len(record.t):
        raise ValueError("This diagnosis rests on no iterates, and has no orbit to draw.")
    ax = axes_of(ax, (5.4, 5.2))
    half = max(min(len(record.t) // 2, len(record.t) - LEAST), 0)
    plane, share = leading_plane(record.z[half:])
    # Of a long orbit every step would be a blot.
    drawn = record.thinned(4000)
    p = drawn.z @ plane.T
    dense = len(record.t) > 1 and bool(np.median(np.diff(record.t)) == 1.0)
    if dense:
        ax.plot(*p.T, color="#BBBBBB", linewidth=0.6, zorder=1)
    shades = ax.scatter(p[:, 0], p[:, 1], c=drawn.t, cmap="viridis_r", s=6, zorder=2)
    ax.plot(*p[0], "o", markersize=9, markerfacecolor="white", markeredgecolor="black", zorder=4)
    ax.figure.colorbar(shades, ax=ax, label="step", shrink=0.8)
    two = record.z.shape[1] == 2
    what = ("x", "y") if two else ("first principal direction", "second principal direction")
    ax.set(xlabel=what[0], ylabel=what[1], aspect="equal", adjustable="datalim")
    held = "" if two else f", {100 * share:.0f} % of the motion in this plane"
    ax.set_title(
        f"{diagnosis.title}\n{diagnosis.verdict}{held}".strip(), fontsize="small", loc="left", pad=16
    )  # over an axis's offset
    return ax


def plot_rate(
    work: Any, values: Any, *, promised: float | None = None, label: str = "merit", ax: Axes | None = None
) -> Axes:
    """Draw values against work with the law of their decrease, fitted, and a promised slope.

    Parameters
    ----------
    work : (K,) steps or operator calls.
    values : (K,) gaps, residuals or distances.
    promised : power of one over work that the dynamics promises; None draws none.
    label : what the values are.
    ax : where to draw.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> t = np.arange(1, 500)
    >>> ax = plot_rate(t, 1 / t, promised=0.5, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['merit', 'T^-1.00 (1.00 to 1.00)', 'promised 1/√T']
    """
    t, v = np.asarray(work, dtype=np.float64), np.asarray(values, dtype=np.float64)
    ax = axes_of(ax)
    seen = (t > 0.0) & np.isfinite(v) & (v > 0.0)
    if seen.sum() < 2:
        raise ValueError("`values` must have two positive entries at positive work to be drawn.")
    law = fit_rate(t[seen], v[seen]) if seen.sum() >= 8 else None
    linear = law is not None and "linear" in (law.kind, getattr(law.before, "kind", ""))
    ax.set(xscale="linear" if linear else "log", yscale="log", xlabel="steps", ylabel=label)
    (line,) = ax.plot(t[seen], v[seen], color=LAST, linewidth=1.0)
    label_curve(ax, line, label)
    if law is not None:
        draw_laws(ax, law, t[seen], v[seen])
    if promised is not None:
        # A promise is of a slope: it is drawn through the middle of the curve.
        logs = np.log(v[seen]) + promised * np.log(t[seen])
        reference = np.exp(np.median(logs) - promised * np.log(t[seen]))
        (line,) = ax.plot(t[seen], reference, color="#AAAAAA", linewidth=0.8, zorder=1)
        power = {1.0: "1/T", 0.5: "1/√T"}.get(promised, f"1/T^{promised:g}")
        label_curve(ax, line, f"promised {power}", color=GREY)
    ax.grid(True, which="major", color="#E8E8E8", linewidth=0.6)
    settle_labels(ax)
    return ax


def draw_laws(ax: Axes, law: Rate, t: np.ndarray, v: np.ndarray) -> None:
    """Draw a fitted law, and the one of the regime before, through the middles of the values they were fitted to."""
    since = law.since if math.isfinite(law.since) else float(t[0])
    for one, part in ((law.before, t <= since), (law, t >= since)):
        if one is None or one.kind == "none" or not part.any():
            continue
        s, logs = (np.log(t[part]) if one.kind == "power" else t[part]), np.log(v[part])
        fitted = np.exp(np.median(logs + one.rate * s) - one.rate * s)
        (line,) = ax.plot(t[part], fitted, color=FITTED, linewidth=1.6, linestyle=(0, (5, 2)))
        text = (
            f"T^-{one.rate:.2f} ({one.low:.2f} to {one.high:.2f})" if one.kind == "power"
            else f"a factor {one.factor:.5g} a step"
        )  # fmt: skip
        label_curve(ax, line, text)
    if math.isfinite(law.since):
        ax.axvline(law.since, color=GREY, linewidth=0.7, linestyle=":")


def plot_regret(play: PlayRegret, *, ax: Axes | None = None) -> Axes:
    """Draw both players' external regret against rounds, and the bounds on it after the last.

    Parameters
    ----------
    play : what `regret_of_play` returns; with its `method` the bounds are drawn.
    ax : where to draw.
    """
    if not isinstance(play, PlayRegret):
        raise TypeError(f"`play` must be what regret_of_play returns; got {type(play).__name__}.")
    ax = axes_of(ax)
    for player, bound, name, color in (
        (play.x, play.bound_x, "x", LAST), (play.y, play.bound_y, "y", FITTED),
    ):  # fmt: skip
        rounds = np.arange(1, len(player.course) + 1)
        (line,) = ax.plot(rounds, player.course, color=color, linewidth=1.6)
        label_curve(ax, line, f"regret of {name}")
        if bound < FAR * max(float(np.abs(player.course).max()), 1e-300):
            (line,) = ax.plot([rounds[0], rounds[-1]], [bound, bound], color=color, linewidth=0.8, linestyle=":")
            label_curve(ax, line, f"bound of {name}")
    ax.axhline(0, color="#CCCCCC", linewidth=0.7, zorder=0)
    ax.set(xlabel="rounds", ylabel="external regret (payoff units)")
    total = (play.x.external + play.y.external) / len(play.x.course)
    known = [f"{bound:.3g}" for bound in (play.bound_x, play.bound_y) if math.isfinite(bound)]
    promised = f"\nbounds against any opponent: {', '.join(known)}" if known else ""
    ax.set_title(
        f"{len(play.x.course)} rounds, (R_x + R_y) / T = {total:.3g}, gap of the averages {play.gap:.3g}{promised}",
        fontsize="small", loc="left", color="#333333",
    )  # fmt: skip
    settle_labels(ax)
    return ax


def plot_sizes(diagnosis: Diagnosis, *, ax: Axes | None = None) -> Axes:
    """Draw how far the samples are from the mean of the last half, against steps: the size of the motion.

    Parameters
    ----------
    diagnosis : what `diagnose` returns, of a run.
    ax : where to draw.
    """
    record = diagnosis.record
    ax = axes_of(ax)
    far = np.linalg.norm(record.z - record.z[len(record.z) // 2 :].mean(axis=0), axis=1)
    seen = far > 0.0
    ax.plot(record.t[seen], far[seen], color=LAST, linewidth=0.9)
    ax.set(yscale="log", xlabel="step", ylabel="distance from the mean of the last half")
    ax.grid(True, which="major", color="#E8E8E8", linewidth=0.6)
    e = diagnosis.evidence
    text = (
        ""
        if math.isnan(e.period)
        else f"{e.period:.4g} steps a turn, {100 * math.expm1(min(e.growth, 700)):+.3g} % each"
    )
    ax.set_title(text, fontsize="small", loc="left", color="#333333")
    return ax
