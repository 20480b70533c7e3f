"""The numbers a verdict rests on: how much the run moves, whether it turns, grows, repeats, or is noise."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax.diagnostics.noise import noise_share, roughness
from minmax.diagnostics.planes import leading_plane
from minmax.diagnostics.record import Record
from minmax.diagnostics.turns import centred, circling, phases, start_apart, tangents, trend, turned

__all__ = ["LEAST", "Evidence", "evidence_of"]

LEAST = 20  # samples below which motion says nothing
BLOCKS = 12  # parts of a run that are compared where it does not turn
FLAT_PLANE = 0.99  # share of the motion that lies in a plane, for an orbit to be a curve in it
HELD = 0.2  # last part of a run through which a small merit must have held
FELL = 0.1  # part of the first merit below which a merit has fallen and may come back


class Evidence(NamedTuple):
    """What was measured of a run.

    Attributes
    ----------
    steps, samples : length of the run and of the record of it.
    merit, merit_top, merit_least, merit_held : last merit, the largest, the least, the largest over the last fifth; nan
        where it is not known.
    merit_trend : logarithm of the merit's change from the middle fifth to the last one, `merit_count` how many are in
        that.
    returned : how many times its earlier least value the merit came back to, after it had fallen to a tenth.
    travel : largest distance between samples.
    late_move : how far the last tenth of the run moved, over the travel.
    decay : power of time that step lengths fall by in the last half.
    turns : times that the last half went round; `coherence` how steadily, 1 where every step turned one way.
    angle : mean angle of a step; `flip` whether steps mostly turn back on themselves.
    period, period_spread : steps of a turn; standard deviation of turns over it.
    growth, growth_error : of the logarithm of the size in a turn, or in a block where it does not turn.
    change, change_error : of the logarithm of the size, by the fit, over the part that the growth was fitted to.
    settled_from : logarithm of the present size over that at the start; `wander` its range over the last half.
    start_apart : distance of the start from the orbit of the last half, over its size, where it lies in a plane.
    noise : share of the moves that neither nearby samples nor the next move have in common.
    walk : by how much that noise alone would change the logarithm of the size over the last half.
    plane_share : part of the motion that the plane looked at holds.
    average_ratio : how far the average still moved in the last half, over the size of the motion.
    efficiency : distance gained over the way made, in the last half.
    bend : angle that the direction of the moves turned by in the last half, in radians.
    swept : turns there, forward or back.
    size : of the motion in the last half, root mean square.
    """

    steps: int
    samples: int
    merit: float
    merit_top: float
    merit_least: float
    merit_held: float
    merit_trend: float
    merit_count: int
    returned: float
    travel: float
    late_move: float
    decay: float
    turns: float
    coherence: float
    angle: float
    flip: bool
    period: float
    period_spread: float
    growth: float
    growth_error: float
    change: float
    change_error: float
    settled_from: float
    wander: float
    start_apart: float
    noise: float
    walk: float
    plane_share: float
    average_ratio: float
    efficiency: float
    bend: float
    swept: float
    size: float


def evidence_of(record: Record) -> Evidence:
    """Return what a record shows.

    The centre is the fixed point of the linear step that fits the moves, where one does, else the mean of the last
    half.  Sizes are areas swept in a turn, which depend neither on where a turn begins nor on the shape of the orbit;
    where it does not turn, the spread of stretches of equal length.
    """
    t, z, move, after = record.t, record.z, record.move, record.after
    if len(t) < LEAST:
        unknown: dict[str, Any] = dict.fromkeys(Evidence._fields, math.nan)
        return Evidence(**unknown | merits(record) | {"steps": record.steps, "samples": len(t), "flip": False})
    unit = float(np.abs(z).max()) or 1.0
    z, move, after = z / unit, move / unit, after / unit  # squares of very large numbers would overflow
    half = len(t) // 2
    weights = np.diff(np.append(t, record.steps))
    plane, share = leading_plane(z[half:])
    p, dp = z @ plane.T, move @ plane.T
    centre, axes = centred(p[half:], dp[half:])
    p, dp = (p - centre) @ axes.T, dp @ axes.T
    angles = phases(t, p, turned(p, dp))
    flat = share > FLAT_PLANE
    circle = circling(t, p, dp, angles, half, None if flat else z - average(z[half:], weights[half:]))
    blocks = spreads(z)
    if circle is None:
        logs = np.log(np.maximum(blocks, 1e-300))
        size_trend, period, spread = trend(logs[len(logs) // 2 :], logs), math.nan, math.nan
    else:
        size_trend, period, spread = circle
    lengths = np.linalg.norm(move, axis=1)
    late = slice(half, None)
    whole = np.abs(angles[late]) @ weights[late]
    turns = float(angles[late] @ weights[late]) / (2.0 * math.pi)
    travel = float(np.linalg.norm(np.ptp(np.concatenate([z, z + move]), axis=0))) or 1.0
    tail = z[int(0.9 * len(z)) :]
    way = float(lengths[late] @ weights[late])
    mean_half, mean_all = average(z[:half], weights[:half]), average(z, weights)
    noise = min(noise_share(z[late], move[late]), roughness(move[late], after[late]))
    size = float(np.sqrt(average(((z[late] - z[late].mean(0)) ** 2).sum(1), weights[late])))
    return Evidence(
        steps=record.steps,
        samples=len(t),
        **merits(record),
        travel=unit * travel,
        late_move=max(float(np.linalg.norm(np.ptp(tail, axis=0))), float(lengths[-len(tail) :].max())) / travel,
        decay=decay_of(t[late] + 1.0, lengths[late]),
        turns=abs(turns),
        coherence=abs(turns) * 2.0 * math.pi / float(whole) if whole > 0.0 else 0.0,
        angle=float(angles[late] @ weights[late] / weights[late].sum()),
        flip=bool((move[late] * after[late]).sum() < -0.5 * (move[late] ** 2).sum()),
        period=period,
        period_spread=spread,
        growth=size_trend.slope,
        growth_error=size_trend.error,
        change=size_trend.change,
        change_error=size_trend.change_error,
        settled_from=size_trend.settled,
        wander=size_trend.wander,
        start_apart=start_apart((record.start / unit @ plane.T - centre) @ axes.T, p[half:]) if flat else math.nan,
        noise=noise,
        walk=math.sqrt(noise * float(lengths[late] ** 2 @ weights[late]) / 2.0) / size if size > 0.0 else math.nan,
        plane_share=share,
        average_ratio=float(np.linalg.norm(mean_all - mean_half)) / size if size > 0.0 else math.nan,
        efficiency=float(np.linalg.norm(z[-1] - z[half])) / way if way > 0.0 else math.nan,
        bend=abs(float(tangents(dp[late], after[late] @ plane.T @ axes.T) @ weights[late])),
        swept=float(whole) / (2.0 * math.pi),
        size=unit * size,
    )


def average(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return a weighted mean over the first axis."""
    return np.asarray(weights @ values / weights.sum())


def decay_of(t: np.ndarray, lengths: np.ndarray) -> float:
    """Return the power of time that lengths fall by, from the medians of the first quarter and of the last."""
    quarter = max(len(t) // 4, 1)
    first, last = (float(np.median(lengths[part])) for part in (slice(quarter), slice(-quarter, None)))
    elapsed = float(np.log(np.median(t[-quarter:]) / np.median(t[:quarter])))
    return -math.log(max(last, 1e-300) / max(first, 1e-300)) / elapsed if elapsed > 0.0 else 0.0


def spreads(z: np.ndarray) -> np.ndarray:
    """Return how far the samples of each of a dozen equal stretches are from their mean."""
    count = max(len(z) // BLOCKS, 2)
    parts = z[len(z) % count :].reshape(-1, count, z.shape[1])
    return np.asarray(np.sqrt(((parts - parts.mean(1, keepdims=True)) ** 2).sum(2).mean(1)))


def merits(record: Record) -> dict[str, Any]:
    """Return what the merit did."""
    known = np.isfinite(record.merit)
    if not known.any():
        names = ("merit", "merit_top", "merit_least", "merit_held", "merit_trend", "returned")
        return dict.fromkeys(names, math.nan) | {"merit_count": 0}
    t, m = record.merit_t[known], record.merit[known]
    end = max(float(t[-1]), 1.0)
    held, middle = m[t >= (1.0 - HELD) * end], m[(t >= 0.5 * (1.0 - HELD) * end) & (t <= 0.5 * (1.0 + HELD) * end)]
    least = np.minimum.accumulate(np.maximum(m, 1e-300))
    fell = least[:-1] <= FELL * m[0]
    return {
        "merit": float(m[-1]),
        "merit_top": float(m.max()),
        "merit_least": float(m.min()),
        "merit_held": float(held.max()),
        "merit_count": int(held.size),
        # Root mean squares of two stretches of one length: maxima of noise grow with the time they are taken over.
        "merit_trend": math.log(max(size_of(held), 1e-300) / max(size_of(middle if middle.size else m[:1]), 1e-300)),
        "returned": float((m[1:] / least[:-1])[fell].max(initial=1.0)),
    }


def size_of(values: np.ndarray) -> float:
    """Return the root mean square."""
    top = float(values.max())
    return top * math.sqrt(float(((values / top) ** 2).mean())) if top > 0.0 else 0.0
