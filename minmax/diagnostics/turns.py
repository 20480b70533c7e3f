"""How a run turns in its plane: centre, angles, sizes of turns and their trend."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from minmax.diagnostics.planes import even_axes, wrapped
from minmax.diagnostics.rates import line

__all__ = ["Trend", "centred", "circling", "phases", "returns_after", "start_apart", "tangents", "trend", "turned"]

PER_BIN = 6  # samples that the area of a turn is measured by, at least
LATE = 0.5  # the last part of the turns that the present regime is read from
SOLID = 1e-6  # fit of a linear step below which its fixed point is the centre
ACROSS = 1e-6  # radians from half a turn within which a move has no sense of turning
MOST, BETWEEN = 0.4, 8  # part of the samples that the longest period looked for takes, and lags in a step
UNLIKE, SAME, EXACTLY = 0.5, 0.995, 1e-9  # correlations with itself of an orbit that has left, and that is back
NEAR = 0.5  # radians between neighbours on an orbit that has points at every angle


class Trend(NamedTuple):
    """A line through some logarithms of sizes: slope, the change over them, their errors, the change since the start of
    the run, their range, and their deviation from the line, which four of them have."""

    slope: float
    error: float
    change: float
    change_error: float
    settled: float
    wander: float
    scatter: float


def trend(late: np.ndarray, logs: np.ndarray) -> Trend:
    """Return the trend of the last of some logarithms; two have no error."""
    steps, slope, error, scatter = len(late) - 1, math.nan, math.nan, math.nan
    if steps == 1:
        slope = float(late[1] - late[0])
    elif steps > 1:
        squares, slope, error = line(np.arange(len(late), dtype=np.float64), late)
        scatter = math.sqrt(squares / len(late)) if steps > 2 else math.nan
    settled, wander = float(late.mean() - logs[0]), float(np.ptp(late))
    return Trend(slope, error, slope * steps, error * steps, settled, wander, scatter)


def centred(p: np.ndarray, dp: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the centre of some points and the coordinates that make circles of their ellipses.

    Where a linear step explains the moves these are its fixed point and, where it turns, the axes in which it turns
    evenly; elsewhere the mean, and the coordinates as they are.
    """
    # Rows are weighed by the size of their move: a spiral over many decades then counts each alike.
    lengths = np.hypot(*dp.T)
    seen = lengths > 0.0
    plain = p.mean(axis=0), np.eye(2)
    if seen.sum() < 6:
        return plain
    # Seen from the slowest sample, which is nearest to the centre of a spiral.
    middle = p[np.argmin(np.where(seen, lengths, math.inf))]
    least = float(lengths[seen].min())
    columns = np.column_stack([p - middle, np.full(len(p), least)])[seen] / lengths[seen, None]
    sizes = np.linalg.norm(columns, axis=0)
    if not (sizes > 0.0).all():
        return plain
    wanted = dp[seen] / lengths[seen, None]
    solved, _, rank, _ = np.linalg.lstsq(columns / sizes, wanted, rcond=1e-13)
    left = wanted - columns / sizes @ solved
    if rank < 3 or float((left**2).mean()) > SOLID:
        return plain
    step, constant = (solved[:2] / sizes[:2, None]).T, solved[2] / sizes[2] * least
    if abs(np.linalg.det(step)) < 1e-14 * float(np.abs(step).max()) ** 2:
        return plain
    return middle - np.linalg.solve(step, constant), even_axes(step)


def turned(p: np.ndarray, dp: np.ndarray) -> np.ndarray:
    """Return the angle that each move turns by around the origin; none for a jump to the opposite side."""
    q = p + dp
    angles = wrapped(np.arctan2(q[:, 1], q[:, 0]) - np.arctan2(p[:, 1], p[:, 0]))
    return np.where(np.abs(angles) < math.pi - ACROSS, angles, 0.0)


def phases(t: np.ndarray, p: np.ndarray, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean angle of a step from each sample to the next: where it now is, after as many turns as it would
    have made at the pace of the step seen.  And where the paces at both ends make different numbers of them."""
    if len(t) < 3 or t[-1] - t[0] == len(t) - 1.0:
        return angles, np.zeros(len(t), dtype=bool)
    gaps = np.diff(t)
    where = np.diff(np.arctan2(p[:, 1], p[:, 0]))
    expected = (angles[1:] + angles[:-1]) / 2.0 * gaps
    # Where samples are within a quarter of a turn of each other, the near way round is the way.
    expected = np.where(np.abs(expected) < math.pi / 2.0, wrapped(where), expected)
    exact = where + 2.0 * math.pi * np.round((expected - where) / (2.0 * math.pi))
    ahead, behind = (np.round((pace * gaps - where) / (2.0 * math.pi)) for pace in (angles[:-1], angles[1:]))
    return np.append(exact / gaps, angles[-1]), np.append(ahead != behind, False)


def circling(
    t: np.ndarray, p: np.ndarray, dp: np.ndarray, paces: np.ndarray, half: int, z: np.ndarray | None
) -> tuple[Trend, float, float] | None:
    """Return the trend of the size in a turn, the period and its spread; None without two turns, one in the last half.

    The size is the area swept in a turn; of an orbit that fills more than the plane, all of it, z, in the mean over a
    turn.
    """
    times = np.append(t, t[-1] + 1.0)
    weights = np.diff(times)
    angles = paces * weights
    angle = np.concatenate([[0.0], np.cumsum(angles)])
    late_angle, whole = abs(angle[-1] - angle[half]), abs(angle[-1] - angle[0])
    if whole < 4.0 * math.pi or late_angle < 2.0 * math.pi or late_angle < 0.5 * np.abs(angles[half:]).sum():
        return None
    way = math.copysign(1.0, angle[-1] - angle[half])
    scale = float(np.abs(p if z is None else z).max())
    squares = way * (p[:, 0] * dp[:, 1] - p[:, 1] * dp[:, 0]) / scale**2 if z is None else ((z / scale) ** 2).sum(1)
    area = summed(weights * squares)
    # The last time each angle was passed: a path may hesitate, and noise turns it back.
    forward = np.minimum.accumulate((way * angle)[::-1])[::-1]
    forward = np.maximum(forward, forward[0])
    keep = np.concatenate([[True], np.diff(forward) > 0.0])
    forward, area = forward[keep], area[keep]
    times = times[keep]
    turns = (forward[-1] - forward[0]) / (2.0 * math.pi)
    per = max(1, math.ceil(PER_BIN * turns / max(len(forward), 1)))  # turns of a bin
    count = int(turns / per)
    if count < 2:
        return None
    marks = forward[-1] - 2.0 * math.pi * per * np.arange(count, -1, -1.0)
    swept = np.abs(np.diff(np.interp(marks, forward, area))) / per
    when = np.diff(np.interp(marks, forward, times)) / per
    swept = swept if z is None else swept / when
    inside = swept > 0.0
    if inside.sum() < 2:
        return None
    sizes = 0.5 * np.log(np.maximum(swept, 1e-300))
    late = sizes[min(int((1.0 - LATE) * count), count - 2) :][-max(2, math.ceil(LATE * count)) :]
    found = trend(late, sizes)
    recent = when[-len(late) :]
    found = found._replace(slope=found.slope / per, error=found.error / per)
    return found, float(recent.mean()), float(recent.std() / recent.mean())


def summed(values: np.ndarray) -> np.ndarray:
    """Return sums from the end where values are least, so that differences there keep their digits."""
    half = len(values) // 2
    if np.abs(values[:half]).sum() <= np.abs(values[half:]).sum():
        return np.concatenate([[0.0], np.cumsum(values)])
    return np.concatenate([np.cumsum(values[::-1])[::-1], [0.0]])


def start_apart(start: np.ndarray, late: np.ndarray) -> float:
    """Return how far the start is from the orbit of the last half, at the same angle, over its root mean square size.

    Zero where the orbit has no points near that angle.
    """
    radii, angles = np.hypot(*late.T), np.arctan2(late[:, 1], late[:, 0])
    size = math.sqrt(float((radii**2).mean()))
    if not size > 0.0:
        return math.nan
    order = np.argsort(angles)
    angles, radii = angles[order], radii[order]
    angles = np.concatenate([[angles[-1] - 2.0 * math.pi], angles, [angles[0] + 2.0 * math.pi]])
    radii = np.concatenate([radii[-1:], radii, radii[:1]])
    at = math.atan2(start[1], start[0])
    k = int(np.clip(np.searchsorted(angles, at), 1, len(angles) - 1))
    if angles[k] - angles[k - 1] > NEAR:
        return 0.0
    around = radii[k - 1 : k + 1]
    return max(abs(float(np.hypot(*start)) - float(around.mean())) - float(np.ptp(around)), 0.0) / size


def returns_after(z: np.ndarray) -> tuple[float, float]:
    """Return the steps after which an orbit repeats itself, every one of which is there, and the logarithm of what its
    size changes by in them; nan where it does not.

    The first lag at which all of it is alike again, after it was not.
    """
    z = z - z.mean(axis=0)
    count, longest = len(z), int(MOST * len(z))
    squares = (z**2).sum(axis=1)
    if longest < 3 or not squares.any():
        return math.nan, math.nan
    shape = 1 << (2 * count).bit_length()
    power = (np.abs(np.fft.rfft(z, shape, axis=0)) ** 2).sum(axis=1)
    products = BETWEEN * np.fft.irfft(power, BETWEEN * shape)[: BETWEEN * longest + 1]  # lags between steps too
    lags = np.arange(products.size) / BETWEEN
    sums = np.concatenate([[0.0], np.cumsum(squares)])
    first, last = (np.interp(lag, np.arange(count + 1.0), sums) for lag in (lags, count - lags))
    alike = 2.0 * products / (last + sums[-1] - first)
    left = int(np.argmax(alike < UNLIKE))
    peaks = np.flatnonzero((alike[1:-1] > SAME) & (alike[1:-1] >= alike[2:]) & (alike[1:-1] >= alike[:-2])) + 1
    peaks = peaks[peaks > left]
    if not alike[left] < UNLIKE or not peaks.size:
        return math.nan, math.nan
    k = int(peaks[0])
    before, at, after = alike[k - 1 : k + 2]
    period = lags[k] + 0.5 * float((before - after) / (before - 2.0 * at + after)) / BETWEEN
    whole = round(period)
    period = whole if alike[BETWEEN * whole] > 1.0 - EXACTLY else period
    return float(period), 0.5 * math.log((sums[-1] - first[k]) / last[k])


def tangents(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the angle between each move and the next, in the plane."""
    cross = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return np.arctan2(cross, (first * second).sum(1))
