"""The numbers a verdict rests on: how much the run moves, whether it turns, grows, repeats, or is noise."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax.diagnostics.modes import modes_of
from minmax.diagnostics.noise import damped, lawless, noise_share, roughness
from minmax.diagnostics.planes import leading_plane
from minmax.diagnostics.record import Record
from minmax.diagnostics.turns import centred, circling, phases, start_apart, tangents, trend, turned

__all__ = ["ALIASED", "LEAST", "Evidence", "evidence_of", "late_half"]

LEAST = 20  # samples below which motion says nothing
BLOCKS = 12  # parts of a run that are compared where it does not turn
FLAT_PLANE = 0.99  # share of the motion that lies in a plane, for an orbit to be a curve in it
HELD = 0.2  # last part of a run through which a small merit must have held
LAST, SEVERAL = 0.4, 4  # where the last part of merits begins, and how many tell its maximum
ALIASED = 0.05  # share of samples too far apart to count turns between, beyond which there is no period
SCATTERED = 5.0  # times that a walk's ends differ by what it scatters about its trend: four at most times
LAWFUL = 0.05  # share of the moves that a field may leave
ROUNDING = 1e4 * float(np.finfo(np.float64).eps)  # moves below this part of the places have few digits
FAR = 0.01  # part of the travel that jumps are apart, which are no rounding
FELL = 0.1  # part of the first merit below which a merit has fallen and may come back


class Evidence(NamedTuple):
    """What was measured of a run.

    Attributes
    ----------
    steps, samples : length of the run and of the record of it.
    merit, merit_top, merit_least, merit_held : last merit, the largest, the least, the largest over the last fifth; nan
        where it is not known.
    merit_trend : logarithm of the merit's change from the middle fifth to the last one, `merit_count` how many are in
        that; `merit_fall` of its maximum over the last three fifths to that over as long a stretch of log time before.
    returned : how many times its earlier least value the merit came back to, after it had fallen to a tenth.
    travel : largest distance between samples.
    late_move : how far the last tenth of the run moved, over the travel.
    decay : power of time that step lengths fall by in the last half.
    turns : times that the last half went round; `coherence` how steadily, 1 where every step turned one way.
    angle : mean angle of a step; `flip` whether steps mostly turn back on themselves.
    period, period_spread : steps of a turn; standard deviation of turns over it.
    growth, growth_error : of the logarithm of the size in a turn, or in a block where it does not turn.
    change, change_error : of the logarithm of the size, by the fit, over the part that the growth was fitted to.
    settled_from : logarithm of the present size over that at the start; `wander` its range over the last half,
        `scatter` its deviation there from a straight line.
    start_apart : distance of the start from the orbit of the last half, over its size, where it lies in a plane.
    noise : share of the moves that neither nearby samples nor the next move have in common.
    walk : by how much that noise alone would change the logarithm of the size over the last half.
    plane_share : part of the motion that the plane looked at holds.
    average_ratio : how far the average still moved in the last half, over the size of the motion.
    efficiency : distance gained over the way made, in the last half.
    bend : angle that the direction of the moves turned by in the last half, in radians.
    swept : turns there, forward or back.
    size : of the motion in the last half, root mean square.
    confined : spread of stretches of a twelfth of the run over that of the last half: 1 around a point, .4 on a random
        walk.
    stops : stretches of the last half in which the run did not move at all, between jumps.
    comebacks : how often the last half came back to exactly a point that it had left.
    aliased : share of the samples so far apart for an uneven pace that turns between them cannot be counted.
    reach : logarithm of how much farther the last quarter goes than the one before.
    linear : whether every late move is one linear function of the move before; `family` whether the early ones are too.
    damping : by how much the size would have shrunk over the last half, in logarithms, were it not for noise.
    """

    steps: int
    samples: int
    merit: float
    merit_top: float
    merit_least: float
    merit_held: float
    merit_trend: float
    merit_count: int
    merit_fall: float
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
    scatter: float
    start_apart: float
    noise: float
    walk: float
    plane_share: float
    average_ratio: float
    efficiency: float
    bend: float
    swept: float
    size: float
    confined: float
    stops: int
    comebacks: int
    aliased: float
    reach: float
    linear: bool
    family: bool
    damping: float

    @property
    def jumps(self) -> bool:
        """Whether the run rests at points and jumps between them, as best responses do."""
        return self.size > FAR * self.travel and (self.stops > 1 or self.comebacks > 0)


def evidence_of(record: Record) -> Evidence:
    """Return what a record shows.

    The centre is the fixed point of the linear step that fits the moves, where one does, else the mean of the last
    half.  Sizes are areas swept in a turn, which depend neither on where a turn begins nor on the shape of the orbit;
    where it does not turn, the spread of stretches of equal length.
    """
    if len(record.t) < LEAST:
        unknown: dict[str, Any] = dict.fromkeys(Evidence._fields, math.nan)
        counts = {
            "steps": record.steps,
            "samples": len(record.t),
            "flip": False,
            "stops": 0,
            "comebacks": 0,
            "linear": False,
            "family": False,
        }
        return Evidence(**unknown | merits(record) | counts)
    # Squares of very large numbers would overflow.
    unit = float(np.abs(record.z).max()) or 1.0
    scaled = record._replace(
        z=record.z / unit, move=record.move / unit, after=record.after / unit, start=record.start / unit
    )
    weights = np.diff(np.append(record.t, record.steps))
    size = size_of_motion(scaled, weights)
    found = merits(record) | motion(scaled, weights, size) | {"steps": record.steps, "samples": len(record.t)}
    moving = while_moving(scaled)
    weights = weights[: len(moving.t)]
    plane, share = leading_plane(moving.z[late_half(moving)])
    found |= rotation(moving, weights, plane, share) | disorder(moving, weights, plane, share)
    # Noise that changed sizes by as much would have scattered them about their trend.
    found["walk"] = float(np.fmin(found["walk"], SCATTERED * found["scatter"]))
    found |= one_step(moving, weights)
    return Evidence(**found | {"size": unit * size, "travel": unit * found["travel"]})


def while_moving(record: Record) -> Record:
    """Return the record up to where moves are lost in the rounding of places, where that is not at once."""
    lengths = np.linalg.norm(record.move, axis=1)
    last = int(np.flatnonzero(lengths > ROUNDING * float(np.abs(record.z).max())).max(initial=-1)) + 1
    if not LEAST <= last < len(lengths):
        return record
    parts = {name: getattr(record, name)[:last] for name in ("t", "z", "move", "after")}
    return record._replace(**parts, steps=int(record.t[last]))


def late_half(record: Record) -> slice:
    """Return the samples of the last half."""
    return slice(len(record.t) // 2, None)


def size_of_motion(record: Record, weights: np.ndarray) -> float:
    """Return the root mean square distance of the last half from its mean."""
    late = late_half(record)
    z = record.z[late]
    return float(np.sqrt(average(((z - z.mean(0)) ** 2).sum(1), weights[late])))


def motion(record: Record, weights: np.ndarray, size: float) -> dict[str, Any]:
    """Return how far the run moves, and where it rests."""
    z, move, after, late = record.z, record.move, record.after, late_half(record)
    half = late.start
    lengths = np.linalg.norm(move, axis=1)
    travel = float(np.linalg.norm(np.ptp(np.concatenate([z, z + move]), axis=0))) or 1.0
    tail = z[int(0.9 * len(z)) :]
    way = float(lengths[late] @ weights[late])
    mean_half, mean_all = average(z[:half], weights[:half]), average(z, weights)
    stops, comebacks = stays(z[late])
    return {
        "travel": travel,
        "late_move": max(float(np.linalg.norm(np.ptp(tail, axis=0))), float(lengths[-len(tail) :].max())) / travel,
        "decay": decay_of(record.t[late] + 1.0, lengths[late]),
        "flip": bool((move[late] * after[late]).sum() < -0.5 * (move[late] ** 2).sum()),
        "average_ratio": float(np.linalg.norm(mean_all - mean_half)) / size if size > 0.0 else math.nan,
        "efficiency": float(np.linalg.norm(z[-1] - z[half])) / way if way > 0.0 else math.nan,
        "stops": stops,
        "comebacks": comebacks,
        "reach": reach(z),
    }


def rotation(record: Record, weights: np.ndarray, plane: np.ndarray, share: float) -> dict[str, Any]:
    """Return how the run turns in its plane, and how its size changes."""
    z, late = record.z, late_half(record)
    half = late.start
    p, dp = z @ plane.T, record.move @ plane.T
    centre, axes = centred(p[late], dp[late])
    p, dp = (p - centre) @ axes.T, dp @ axes.T
    angles, aliased = phases(record.t, p, turned(p, dp))
    flat = share > FLAT_PLANE
    circle = circling(record.t, p, dp, angles, half, None if flat else z - average(z[late], weights[late]))
    uncounted = float(aliased[late][:-1].mean())
    if circle is None or uncounted > ALIASED:
        logs = np.log(np.maximum(spreads(z), 1e-300))
        size_trend = trend(logs[len(logs) // 2 :], logs)
        period, spread = (math.nan, math.nan) if circle is None else (circle[1], 1.0)
    else:
        size_trend, period, spread = circle
    whole, net = np.abs(angles[late]) @ weights[late], float(angles[late] @ weights[late])
    start = (record.start @ plane.T - centre) @ axes.T
    return {
        "turns": abs(net) / (2.0 * math.pi),
        "swept": float(whole) / (2.0 * math.pi),
        "coherence": abs(net) / float(whole) if whole > 0.0 else 0.0,
        "angle": net / float(weights[late].sum()),
        "bend": abs(float(tangents(dp[late], record.after[late] @ plane.T @ axes.T) @ weights[late])),
        "aliased": uncounted,
        "plane_share": share,
        "period": period,
        "period_spread": spread,
        "growth": size_trend.slope,
        "growth_error": size_trend.error,
        "change": size_trend.change,
        "change_error": size_trend.change_error,
        "settled_from": size_trend.settled,
        "wander": size_trend.wander,
        "scatter": size_trend.scatter,
        "start_apart": start_apart(start, p[late]) if flat else math.nan,
    }


def one_step(record: Record, weights: np.ndarray) -> dict[str, Any]:
    """Return growth and period of a run that is one linear step over and over, and that it is."""
    late = late_half(record)
    modes = modes_of(record.z[late], record.move[late], record.after[late])
    steps, span = float(weights[late].sum()), float(weights.sum())
    real = modes is not None and modes.angle in (0.0, math.pi)
    if modes is None or not (real or (modes.angle * steps >= 2.0 * math.pi and modes.angle * span >= 4.0 * math.pi)):
        return {"linear": False, "family": False}
    period = math.nan if real else 2.0 * math.pi / modes.angle
    change = modes.growth * steps
    return {
        "linear": True,
        "family": modes_of(record.z, record.move, record.after) is not None,
        "period": period,
        "period_spread": math.nan if real else 0.0,
        "turns": 0.0 if real else steps / period,
        "growth": change / (BLOCKS // 2) if real else modes.growth * period,
        "growth_error": 0.0,
        "change": change,
        "change_error": 0.0,
        "noise": 0.0,
        "walk": 0.0,
        "aliased": 0.0,
    }


def reach(z: np.ndarray) -> float:
    """Return the logarithm of how much farther the last quarter goes from the mean of the last half than the one
    before."""
    quarter = len(z) // 4
    far = np.linalg.norm(z[-2 * quarter :] - z[-2 * quarter :].mean(axis=0), axis=1)
    return math.log(max(float(far[quarter:].max()), 1e-300) / max(float(far[:quarter].max()), 1e-300))


def disorder(record: Record, weights: np.ndarray, plane: np.ndarray, share: float) -> dict[str, Any]:
    """Return what is noise, and whether the run wanders with it, or would die down without."""
    late = late_half(record)
    z, move = record.z[late], record.move[late]
    size, flat = size_of_motion(record, weights), share > FLAT_PLANE
    noise, held = noise_share(z, move), lawless(z @ plane.T, move) if flat else 1.0
    damping = damped(z @ plane.T, move @ plane.T, held) * float(weights[late].sum()) if flat else 0.0
    # Where a field explains nearly all, what it leaves says more than differences between neighbours.
    noise = min(held if held < LAWFUL else noise, roughness(move, record.after[late]))
    blocks = spreads(record.z)
    blocks = blocks[len(blocks) // 2 :]
    if not size > 0.0:
        return {"noise": noise, "walk": math.nan, "confined": math.nan, "damping": damping}
    return {
        "noise": noise,
        "damping": damping,
        "walk": math.sqrt(noise * float((move**2).sum(1) @ weights[late]) / 2.0) / size,
        "confined": math.sqrt(float((blocks**2).mean())) / size,
    }


def average(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return a weighted mean over the first axis."""
    return np.asarray(weights @ values / weights.sum())


def decay_of(t: np.ndarray, lengths: np.ndarray) -> float:
    """Return the power of time that lengths fall by, from the medians of the first quarter and of the last."""
    quarter = max(len(t) // 4, 1)
    first, last = (float(np.median(lengths[part])) for part in (slice(quarter), slice(-quarter, None)))
    elapsed = float(np.log(np.median(t[-quarter:]) / np.median(t[:quarter])))
    return -math.log(max(last, 1e-300) / max(first, 1e-300)) / elapsed if elapsed > 0.0 else 0.0


def stays(z: np.ndarray) -> tuple[int, int]:
    """Return how many stretches of samples are one point, and how many stretches come back to an earlier one's."""
    starts = np.flatnonzero(np.append(True, (z[1:] != z[:-1]).any(axis=1)))
    lengths = np.diff(np.append(starts, len(z)))
    return int((lengths > 1).sum()), len(starts) - len({z[k].tobytes() for k in starts})


def spreads(z: np.ndarray) -> np.ndarray:
    """Return how far the samples of each of a dozen equal stretches are from their mean."""
    count = max(len(z) // BLOCKS, 2)
    parts = z[len(z) % count :].reshape(-1, count, z.shape[1])
    return np.asarray(np.sqrt(((parts - parts.mean(1, keepdims=True)) ** 2).sum(2).mean(1)))


def merits(record: Record) -> dict[str, Any]:
    """Return what the merit did."""
    known = np.isfinite(record.merit)
    if not known.any():
        names = ("merit", "merit_top", "merit_least", "merit_held", "merit_trend", "merit_fall", "returned")
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
        "merit_fall": fall_of(m[t > LAST * end], m[(t > LAST**2 * end) & (t <= LAST * end)]),
        "returned": float((m[1:] / least[:-1])[fell].max(initial=1.0)),
    }


def fall_of(late: np.ndarray, before: np.ndarray) -> float:
    """Return the logarithm of a ratio of maxima; nan where either is of few values."""
    if min(late.size, before.size) < SEVERAL:
        return math.nan
    return math.log(max(float(late.max()), 1e-300) / max(float(before.max()), 1e-300))


def size_of(values: np.ndarray) -> float:
    """Return the root mean square."""
    top = float(values.max())
    return top * math.sqrt(float(((values / top) ** 2).mean())) if top > 0.0 else 0.0
