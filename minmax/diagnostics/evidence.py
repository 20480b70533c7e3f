"""The numbers a verdict rests on: how much the run moves, whether it turns, grows, repeats, or is noise."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax.diagnostics.merits import merits
from minmax.diagnostics.noise import damped, lawless, noise_share, roughness
from minmax.diagnostics.planes import leading_plane
from minmax.diagnostics.record import EPS, Record, average
from minmax.diagnostics.rotation import FLAT_PLANE, counted_turns, hidden_turn, one_step, recurrence, spreads

__all__ = ["LEAST", "Evidence", "evidence_of"]

LEAST = 20  # samples below which motion says nothing
SCATTERED = 5.0  # times that a walk's ends differ by what it scatters about its trend: four at most times
LAWFUL = 0.05  # share of the moves that a field may leave
DIGITS, COARSE = 1e4, 64.0  # units of rounding below which moves have few digits, and of single precision
STIRS = 64.0  # units of rounding of the places that a run which rests stirs by
SELDOM = 0.2  # share of the samples that rest, or that are back, below which it is by chance
FAR = 0.01  # part of the travel that jumps are apart, which are no rounding


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
    stops : stretches of the last half in which the run did not move at all, between jumps; none where they are short.
    comebacks : how often the last half came back to exactly a point that it had left; none where that seems chance.
    aliased : share of the samples so far apart for an uneven pace that turns between them cannot be counted.
    reach : logarithm of how much farther the last quarter goes than the one before.
    linear : whether every late move is one linear function of the move before; `family` whether the early ones are too;
        `drifts` whether a part of the moves then stays as it is; `thin` whether it turns, but less than twice.
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
    drifts: bool
    thin: bool
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
            "drifts": False,
            "thin": False,
            "family": False,
        }
        return Evidence(**unknown | merits(record) | counts)
    # Squares of very large numbers would overflow.
    unit = float(np.abs(record.z).max()) or 1.0
    scaled = record._replace(
        z=record.z / unit, move=record.move / unit, after=record.after / unit, start=record.start / unit
    )
    found = merits(record) | motion(scaled) | {"steps": record.steps, "samples": len(record.t)}
    moving = while_moving(scaled)
    plane, share = leading_plane(moving.z[moving.late])
    found |= counted_turns(moving, plane, share) | disorder(moving, plane, share)
    # Noise that changed sizes by as much would have scattered them about their trend.
    found["walk"] = float(np.fmin(found["walk"], SCATTERED * found["scatter"]))
    found |= hidden_turn(moving, plane, found)
    found |= recurrence(moving, found)
    found |= one_step(moving)
    return Evidence(**found | {"size": unit * scaled.size, "travel": unit * found["travel"]})


def while_moving(record: Record) -> Record:
    """Return the record up to where moves are lost in the rounding of places, where that is not at once."""
    lengths = np.linalg.norm(record.move, axis=1)
    few = DIGITS * EPS if record.rounding <= EPS else COARSE * record.rounding
    last = int(np.flatnonzero(lengths > few * float(np.abs(record.z).max())).max(initial=-1)) + 1
    if not LEAST <= last < len(lengths):
        return record
    parts = {name: getattr(record, name)[:last] for name in ("t", "z", "move", "after")}
    return record._replace(**parts, steps=int(record.t[last]))


def motion(record: Record) -> dict[str, Any]:
    """Return how far the run moves, and where it rests."""
    z, move, after, late, weights = record.z, record.move, record.after, record.late, record.weights
    half, size = late.start, record.size
    lengths = np.linalg.norm(move, axis=1)
    travel = float(np.linalg.norm(np.ptp(np.concatenate([z, z + move]), axis=0))) or 1.0
    tail = z[int(0.9 * len(z)) :]
    way = float(lengths[late] @ weights[late])
    mean_half, mean_all = average(z[:half], weights[:half]), average(z, weights)
    stops, comebacks = stays(z[late])
    last = max(float(np.linalg.norm(np.ptp(tail, axis=0))), float(lengths[-len(tail) :].max()))
    return {
        "travel": travel,
        "late_move": last / travel if last > STIRS * record.rounding * float(np.linalg.norm(z[-1])) else 0.0,
        "decay": decay_of(record.t[late] + 1.0, lengths[late]),
        "flip": bool((move[late] * after[late]).sum() < -0.5 * (move[late] ** 2).sum()),
        "average_ratio": float(np.linalg.norm(mean_all - mean_half)) / size if size > 0.0 else math.nan,
        "efficiency": float(np.linalg.norm(z[-1] - z[half])) / way if way > 0.0 else math.nan,
        "stops": stops,
        "comebacks": comebacks,
        "reach": reach(z),
    }


def reach(z: np.ndarray) -> float:
    """Return the logarithm of how much farther the last quarter goes from the mean of the last half than the one
    before."""
    quarter = len(z) // 4
    far = np.linalg.norm(z[-2 * quarter :] - z[-2 * quarter :].mean(axis=0), axis=1)
    return math.log(max(float(far[quarter:].max()), 1e-300) / max(float(far[:quarter].max()), 1e-300))


def disorder(record: Record, plane: np.ndarray, share: float) -> dict[str, Any]:
    """Return what is noise, and whether the run wanders with it, or would die down without."""
    late = record.late
    z, move = record.z[late], record.move[late]
    size, flat = record.size, share > FLAT_PLANE
    noise, held = noise_share(z, move), lawless(z @ plane.T, move) if flat else 1.0
    damping = damped(z @ plane.T, move @ plane.T, held) * float(record.weights[late].sum()) if flat else 0.0
    # Where a field explains nearly all, what it leaves says more than differences between neighbours.
    noise = min(held if held < LAWFUL else noise, roughness(move, record.after[late]))
    blocks = spreads(record.z)
    blocks = blocks[len(blocks) // 2 :]
    if not size > 0.0:
        return {"noise": noise, "walk": math.nan, "confined": math.nan, "damping": damping}
    return {
        "noise": noise,
        "damping": damping,
        "walk": math.sqrt(noise * float((move**2).sum(1) @ record.weights[late]) / 2.0) / size,
        "confined": math.sqrt(float((blocks**2).mean())) / size,
    }


def decay_of(t: np.ndarray, lengths: np.ndarray) -> float:
    """Return the power of time that lengths fall by, from the medians of the first quarter and of the last."""
    quarter = max(len(t) // 4, 1)
    first, last = (float(np.median(lengths[part])) for part in (slice(quarter), slice(-quarter, None)))
    elapsed = float(np.log(np.median(t[-quarter:]) / np.median(t[:quarter])))
    return -math.log(max(last, 1e-300) / max(first, 1e-300)) / elapsed if elapsed > 0.0 else 0.0


def stays(z: np.ndarray) -> tuple[int, int]:
    """Return how many stretches of samples are one point, and how many stretches come back to an earlier one's; none
    where so few do that a row was written twice, or two numbers happen to be alike."""
    starts = np.flatnonzero(np.append(True, (z[1:] != z[:-1]).any(axis=1)))
    lengths = np.diff(np.append(starts, len(z)))
    known: set[bytes] = set()
    back = np.zeros(len(starts), dtype=bool)
    for k, start in enumerate(starts):
        point = z[start].tobytes()
        back[k] = point in known
        known.add(point)
    rests, returns = (lengths[at].sum() >= SELDOM * len(z) for at in (lengths > 1, back))
    return int((lengths > 1).sum()) if rests else 0, int(back.sum()) if rests or returns else 0
