"""How fast: power laws and linear rates on a decreasing envelope, with bands, and against what is promised."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import numpy as np

from minmax import _check

__all__ = ["Rate", "RunRates", "compared_rate", "envelope", "fit_rate", "promised_rate", "rates_of_run"]

POINTS = 80  # stretches that a record is cut into, even in the variable of the fit
MANY = 3  # points that a stretch is worth, where others have as many
PASSES = 12  # of the slope within stretches
WAVES = 0.5  # autocorrelation of what is no noise
FEWEST = 8  # points that a slope with a band needs
FALLEN = 0.05  # logarithm that values must fall by from the first third to the last
PENALTY = 3.0  # a change of regime must explain so many times what its two parameters cost
EARLIEST, LATEST, ASIDE = 0.15, 0.85, 0.05  # where between the ends a regime may change, and what it takes to
BAND = 2.0  # standard errors on either side
DEEP, TINY = 1e-9, 1e-20  # part of the start that a level is rounding below; squares that are
LEVEL = 6  # part of the values, one in so many, that keep to rounding where it was reached
FLOOR = 1e-15  # of the largest value: below lies rounding


class Rate(NamedTuple):
    """A fitted law of decrease.

    Attributes
    ----------
    kind : "power" for `v ~ T^-rate`, "linear" for `v ~ exp(-rate T)`, "none" where nothing decreases, or no longer.
    rate, low, high : the exponent, or the rate per unit of work, and a band of two standard errors.
    factor : what a linear law multiplies by for each unit of work, `exp(-rate)`; nan for a power.
    since : work at which the present regime began, where there was another before; else nan.
    before : that earlier regime, or None.
    """

    kind: str
    rate: float
    low: float
    high: float
    factor: float
    since: float
    before: Any

    def __str__(self) -> str:
        if self.kind == "none":
            return "no decrease" if self.before is None else f"no decrease since {self.since:.0f}, before {self.before}"
        if self.kind == "power":
            return f"T^-{self.rate:.2f} ({self.low:.2f} to {self.high:.2f})"
        return f"a factor {self.factor:.6g} a step ({math.exp(-self.high):.6g} to {math.exp(-self.low):.6g})"


NOTHING = Rate("none", 0.0, 0.0, 0.0, math.nan, math.nan, None)


def envelope(values: Any) -> np.ndarray:
    """Return the least decreasing sequence above the values: at each place the largest still to come."""
    v = np.asarray(values, dtype=np.float64)
    return np.maximum.accumulate(v[::-1])[::-1]


def fit_rate(work: Any, values: Any, *, kind: str = "auto", changes: bool = True) -> Rate:
    """Return the law that the decreasing envelope of some values follows, and whether the regime changed.

    Powers and linear rates are fitted by least squares to the logarithms of medians of stretches, or of the envelope
    where the values swing for longer than a stretch; "auto" takes the one that leaves less, or none where the values
    hardly fall.  Bands allow for neighbouring residuals that resemble each other: the number of independent ones is
    reckoned from their first autocorrelation.

    Parameters
    ----------
    work : (K,) rounds or operator calls, increasing and positive.
    values : (K,) gaps, residuals or distances, not negative.
    kind : "power", "linear" or "auto".
    changes : whether to look for a change of regime.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(1, 1001)
    >>> fit = fit_rate(t, 3 / np.sqrt(t) * (2 + np.sin(t)) / 3)
    >>> fit.kind, bool(abs(fit.rate - 0.5) < 0.03)
    ('power', True)
    """
    if kind not in ("auto", "power", "linear"):
        raise ValueError(f'`kind` must be "auto", "power" or "linear"; got {kind!r}.')
    t, v = (_check.real_array(name, a, 1).astype(np.float64) for name, a in (("work", work), ("values", values)))
    if t.shape != v.shape:
        raise ValueError(f"`work` and `values` must be of equal length; got {t.size} and {v.size}.")
    if not (np.isfinite(t).all() and (np.diff(t) > 0.0).all()):
        raise ValueError("`work` must increase.")
    if (v < 0.0).any():
        raise ValueError("`values` must not be negative.")
    kept = (t > 0.0) & ~np.isnan(v)
    t, v = t[kept], v[kept]
    if v.size < FEWEST:
        raise ValueError(f"`values` must have at least {FEWEST} finite entries at positive work; got {v.size}.")
    if np.isinf(v).any():
        return NOTHING
    t, v = before_rounding(t, v)
    kinds = ("power", "linear") if kind == "auto" else (kind,)
    if v.size < FEWEST:
        return law_of_ends(t, v) if v.size > 1 and "linear" in kinds else NOTHING
    third = v.size // 3
    if np.median(v[-third:]) >= np.median(v[:third]):
        return NOTHING
    views = {one: view_of(one, t, v) for one in ("power", "linear")}
    laws = [fitted(one, *views[one], changes) for one in kinds]
    return min(laws, key=lambda law: unexplained(law, views))


def before_rounding(t: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the values before they reach rounding, or zero, and stay there: the law is what led to it."""
    top = envelope(v)
    above = top > FLOOR * v.max()
    part = top.size // LEVEL
    if part and top[-part] < DEEP * top[0] and top[-1 - part] < 10.0 * top[-1 - part // 2]:
        above &= top > 10.0 * top[-1 - part]  # a level that so many of the values keep to
    return t[above], np.maximum(v[above], FLOOR * v.max())


def law_of_ends(t: np.ndarray, v: np.ndarray) -> Rate:
    """Return the law of a decrease so fast that there is no more to fit than its ends."""
    fast = float(np.log(v[0] / v[-1]) / (t[-1] - t[0]))
    return Rate("linear", fast, fast, math.inf, math.exp(-fast), math.nan, None) if fast > 0.0 else NOTHING


def unexplained(law: Rate, views: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]) -> float:
    """Return the logarithms of what a law leaves of the values in steps of time and of its logarithm, added.

    Either scale alone favours the law that is straight in it: the other bends where the scale has few points.  A change
    of regime is charged as much as it must explain.
    """
    bends = math.isfinite(law.since)
    kind_of = law.before.kind if bends else law.kind
    total = 2.0 * math.log(1.0 + PENALTY) if bends else 0.0
    for kind, (s, y, _) in views.items():
        places = s if kind_of in (kind, "none") else np.log(s) if kind_of == "power" else np.exp(s)
        knot = math.log(law.since) if bends and kind_of == "power" else law.since
        curve = -law.rate * places
        if bends:
            curve = -law.rate * (places - knot) + (law.rate - law.before.rate) * np.minimum(places - knot, 0.0)
        left = y - curve
        total += math.log(float(((left - left.mean()) ** 2).mean()) + TINY)
    return total


def binned(
    s: np.ndarray, y: np.ndarray, work: np.ndarray, many: float, slope: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return one point for each stretch of s: its middle, the median of y about a slope, and where it begins.

    Extremes of noise grow with the number of points they are taken over, medians do not; stretches with few points
    beside those with many are left out.
    """
    edges = np.linspace(s[0], s[-1], POINTS + 1)
    cell = np.clip(np.searchsorted(edges, s, side="right") - 1, 0, POINTS - 1)
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    counts = np.diff(np.append(starts, s.size))
    full = counts >= min(float(counts.max()), many)
    if full.sum() < FEWEST:
        full[:] = True
    parts = [(starts[k], starts[k] + counts[k]) for k in np.flatnonzero(full)]
    points = []
    for i, j in parts:
        middle = float(s[i:j].mean())
        points.append((middle, float(np.median(y[i:j] - slope * (s[i:j] - middle))), float(work[i])))
    middles, medians, begin = (np.array(column) for column in zip(*points))
    return middles, medians, begin


def stretches(
    places: np.ndarray, logs: np.ndarray, t: np.ndarray, many: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the points of stretches about their own slope, which the median of a stretch depends on."""
    slope = 0.0
    for _ in range(PASSES):
        s, y, work = binned(places, logs, t, many, slope)
        if y.size < FEWEST:
            break
        last, slope = slope, line(s, y)[1]
        if abs(slope - last) <= 1e-12 * abs(slope):
            break
    return s, y, work


def view_of(kind: str, t: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return places even in the variable of a law, the logarithm of the values there, and where each stretch begins."""
    places, logs = np.log(t) if kind == "power" else t, np.log(v)
    like = alike(unexpected(places, logs))
    found = stretches(places, logs, t, MANY * (1.0 + like) / (1.0 - like))
    # Waves longer than a stretch have an envelope; that of noise would rise with the number of points.
    if alike(unexpected(*found[:2])) > WAVES:
        found = stretches(places, np.log(envelope(v)), t, MANY)
    return found


def fitted(kind: str, s: np.ndarray, y: np.ndarray, work: np.ndarray, changes: bool) -> Rate:
    """Return the law of one kind."""
    third = max(len(y) // 3, 1)
    if y.size < FEWEST or y[:third].max() - y[-third:].max() < FALLEN:
        return NOTHING
    squares, slope, error = line(s, y)
    law = law_of(kind, slope, error)
    if not changes or s.size < 3 * FEWEST:
        return law
    inside = s[(s > s[0] + EARLIEST * (s[-1] - s[0])) & (s < s[0] + LATEST * (s[-1] - s[0]))]
    if not inside.size:
        return law
    least, knot = min((bent(s, y, knot), knot) for knot in inside)
    # Independent residuals are fewer than points: a change must cut the squares by a share that does not shrink.
    if squares <= least * (1.0 + PENALTY) or squares / s.size < 1e-6:
        return law
    since, aside = float(work[np.argmax(s >= knot)]), ASIDE * (s[-1] - s[0])
    late, early = s >= knot + aside, s <= knot - aside
    if min(late.sum(), early.sum()) < FEWEST:
        return law
    before, now = (law_of(kind, *line(s[part], y[part])[1:]) for part in (early, late))
    return law if before.kind == "none" else now._replace(since=since, before=before)


def law_of(kind: str, slope: float, error: float) -> Rate:
    """Return a law of one regime, none where its band reaches zero."""
    rate, half = -slope, BAND * error
    if rate <= half:
        return NOTHING
    factor = math.exp(-rate) if kind == "linear" else math.nan
    return Rate(kind, rate, rate - half, rate + half, factor, math.nan, None)


def line(s: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Return the squares left by a straight line, its slope, and the standard error of that.

    Residuals that resemble their neighbours count as fewer: n (1 - r) / (1 + r) of them with a first autocorrelation r.
    """
    d = s - s.mean()
    spread = float(d @ d)
    slope = float(d @ y) / spread
    left = residuals(s, y)
    squares = float(left @ left)
    return squares, slope, math.sqrt(squares / max(independent(left) - 2.0, 1.0) / spread)


def unexpected(s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return what a cubic leaves: noise and waves, of a law that bends too."""
    s = (s - s.mean()) / max(float(np.abs(s - s.mean()).max()), 1e-300)
    columns = s[:, None] ** np.arange(4)
    return np.asarray(y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0])


def residuals(s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return what a straight line leaves."""
    d = s - s.mean()
    return np.asarray(y - y.mean() - float(d @ y) / float(d @ d) * d)


def independent(left: np.ndarray) -> float:
    """Return how many independent numbers say as much as these residuals."""
    r = alike(left)
    return left.size * (1.0 - r) / (1.0 + r)


def alike(left: np.ndarray) -> float:
    """Return the first autocorrelation of residuals, between 0 and 0.99."""
    squares = float(left @ left)
    return min(max(float(left[1:] @ left[:-1]) / squares, 0.0), 0.99) if squares > 0.0 else 0.0


def bent(s: np.ndarray, y: np.ndarray, knot: float) -> float:
    """Return the squares left by a line that bends at a knot."""
    columns = np.column_stack([np.ones_like(s), s, np.maximum(s - knot, 0.0)])
    left = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    return float(left @ left)


def promised_rate(rule: Any, iterate: str) -> str | float | None:
    """Return what a dynamics promises of an iterate: the power of 1/T, "linear", "converges", "none" or None.

    Parameters
    ----------
    rule : dynamics, whose `guarantee` is read.
    iterate : "last" or "average".

    Examples
    --------
    >>> from minmax import ExtraGradient, MWU
    >>> promised_rate(MWU(), "average"), promised_rate(ExtraGradient(), "last"), promised_rate(MWU(), "last")
    (0.5, 'converges', None)
    """
    for part in rule.guarantee.split(";"):
        text = part.strip()
        if not text.startswith(iterate):
            continue
        if "cycle" in text:
            return "none"
        found = re.search(r"(?<!no )O\(1/(sqrt T|T\^2|T)\)", text)
        if found:
            return {"sqrt T": 0.5, "T": 1.0, "T^2": 2.0}[found[1]]
        if "O(sqrt(" in text:  # logarithms over T, under a root
            return 0.5
        # Under conditions that the game may not meet, no rate is promised.
        certain = " on " not in text and " if " not in text
        return "linear" if "linear" in text and certain else "converges" if "conv" in text or "linear" in text else None
    return None


class RunRates(NamedTuple):
    """How fast the iterates of a run converge, the last one and the average.

    Attributes
    ----------
    last, average : fitted laws of their merits, per operator call.
    last_compared, average_compared : against what the dynamics promises.
    better : "last", "average", or "neither" where neither decreases.
    """

    last: Rate
    average: Rate
    last_compared: str
    average_compared: str
    better: str

    def __str__(self) -> str:
        return (
            f"last iterate: {self.last} ({self.last_compared})\n"
            f"average: {self.average} ({self.average_compared})\nbetter: {self.better}"
        )


def rates_of_run(run: Any) -> RunRates:
    """Return how fast last iterate and average of a solved run converge, from its checks.

    Parameters
    ----------
    run : Solution of a dynamics, with eight checks or more.

    Examples
    --------
    >>> from minmax import OMWU, MatrixGame, solve
    >>> game, start = MatrixGame([[2.0, -1.0], [-1.0, 1.0]]), ([0.9, 0.1], [0.5, 0.5])
    >>> run = solve(game, OMWU(0.2), rounds=500, tol=None, start=start)
    >>> found = rates_of_run(run)
    >>> found.last.kind, found.average.kind, found.better
    ('linear', 'power', 'last')
    """
    if not hasattr(run, "history"):
        raise TypeError(f"`run` must be a Solution, as `solve` returns; got {type(run).__name__}.")
    if run.run is None:
        raise ValueError("`run` must be the solution of a dynamics; an exact method has no rate.")
    history, rule = run.history, run.run.rules[0]
    fits = [fit_rate(history.operator_calls, getattr(history, f"gap_{name}")) for name in ("last", "average")]
    said = [compared_rate(fit, promised_rate(rule, name)) for fit, name in zip(fits, ("last", "average"))]
    falling = [fit.kind != "none" for fit in fits]
    ends = [float(gaps[-1]) for gaps in (history.gap_last, history.gap_average)]
    better = "neither" if not any(falling) else "last" if ends[0] <= ends[1] else "average"
    return RunRates(fits[0], fits[1], said[0], said[1], better)


def compared_rate(found: Rate, promise: str | float | None) -> str:
    """Return how a fitted law compares with a promise: "faster", "as promised", "slower", or "nothing promised".

    A promise is a bound: within the band of the fit, or a tenth of the exponent, is as promised.
    """
    if promise is None:
        return "nothing promised"
    if promise == "none":
        return "as promised" if found.kind == "none" else "faster"
    if found.kind == "none":
        return "slower"
    if promise == "converges":
        return "as promised"
    if promise == "linear":
        return "as promised" if found.kind == "linear" else "slower"
    if found.kind == "linear":
        return "faster"
    power = float(promise)
    if found.high < 0.9 * power:
        return "slower"
    return "faster" if found.low > 1.1 * power else "as promised"
