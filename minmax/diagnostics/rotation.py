"""How a run turns, and how its size changes: by counting turns, and where they cannot be, by what else tells them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minmax.diagnostics.merits import root_mean_square
from minmax.diagnostics.modes import modes_of
from minmax.diagnostics.record import Record, average
from minmax.diagnostics.tones import tone_of
from minmax.diagnostics.turns import (
    Trend,
    centred,
    circling,
    phases,
    returns_after,
    start_apart,
    tangents,
    trend,
    turned,
)

__all__ = [
    "ALIASED",
    "FLAT_PLANE",
    "LARGE",
    "NOISY",
    "REGULAR",
    "counted_turns",
    "hidden_turn",
    "one_step",
    "recurrence",
    "spreads",
]

BLOCKS = 12  # parts of a run that are compared where it does not turn
FLAT_PLANE = 0.99  # share of the motion that lies in a plane, for an orbit to be a curve in it
ALIASED = 0.05  # share of samples too far apart to count turns between, beyond which there is no period
REGULAR = 0.05  # spread of the periods of a limit cycle, or of turns that were counted one by one
PRECISE = 0.02  # error of the logarithm of a change over the last half, by one linear step
LARGE = 1.0  # logarithm of a change that no turn makes
ONE_WAY = 0.9  # coherence of a run that turns about its centre
HIDES, NOISY = 0.005, 0.15  # shares of the moves that must be noise to hide turns, and to hide sizes and make a floor


def counted_turns(record: Record, plane: np.ndarray, share: float) -> dict[str, Any]:
    """Return how the run turns in its plane, and how its size changes."""
    z, late = record.z, record.late
    half = late.start
    p, dp = z @ plane.T, record.move @ plane.T
    centre, axes = centred(p[late], dp[late])
    p, dp = (p - centre) @ axes.T, dp @ axes.T
    angles, aliased = phases(record.t, p, turned(p, dp))
    flat = share > FLAT_PLANE
    circle = circling(record.t, p, dp, angles, half, None if flat else z - average(z[late], record.weights[late]))
    uncounted = float(aliased[late][:-1].mean())
    if circle is None or uncounted > ALIASED:
        logs = np.log(np.maximum(spreads(z), 1e-300))
        size_trend = trend(logs[len(logs) // 2 :], logs)
        period, spread = (math.nan, math.nan) if circle is None else (circle[1], 1.0)
    else:
        size_trend, period, spread = circle
    whole, net = np.abs(angles[late]) @ record.weights[late], float(angles[late] @ record.weights[late])
    start = (record.start @ plane.T - centre) @ axes.T
    return {
        "turns": abs(net) / (2.0 * math.pi),
        "swept": float(whole) / (2.0 * math.pi),
        "coherence": abs(net) / float(whole) if whole > 0.0 else 0.0,
        "angle": net / float(record.weights[late].sum()),
        "bend": abs(float(tangents(dp[late], record.after[late] @ plane.T @ axes.T) @ record.weights[late])),
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


def hidden_turn(record: Record, plane: np.ndarray, found: dict[str, Any]) -> dict[str, Any]:
    """Return growth and period of a turn that noise hides, where there is one."""
    late = record.late
    if not found["noise"] > HIDES or found["stops"] > 1 or found["comebacks"] > 0:
        return {}
    # Moves are samples too, and their places a step apart tell a fast turn from a slow one.
    places = np.cumsum([part[late] @ plane.T for part in (record.z, record.move, record.after)], axis=0)
    t, at = np.unique(np.concatenate([record.t[late] + k for k in range(3)]), return_index=True)
    tone = tone_of(t, places.reshape(-1, 2)[at])
    if tone is None:
        return {}
    steps, period = float(record.weights[late].sum()), 2.0 * math.pi / abs(tone.angle)
    if found["period_spread"] < REGULAR and not found["aliased"] > ALIASED and found["noise"] < NOISY:
        # Turns that could be counted tell sizes better.
        return {"period": period, "damping": 0.0, "walk": max(found["walk"], tone.noise)}
    sizes = from_centre(record)
    return {
        "angle": tone.angle,
        "period": period,
        "period_spread": tone.spread,
        "turns": steps / period,
        "growth": tone.growth * period,
        "growth_error": tone.error * period,
        "change": tone.growth * steps,
        "change_error": tone.error * steps,
        "settled_from": sizes.settled,
        "wander": sizes.wander,
        "walk": math.hypot(tone.walk, tone.noise),
        "damping": 0.0,
        "aliased": 0.0,
    }


def recurrence(record: Record, found: dict[str, Any]) -> dict[str, Any]:
    """Return the period of an orbit that repeats itself without turning evenly, where all of it is at hand."""
    late = record.late
    t = record.t[late]
    even = found["period_spread"] < REGULAR and found["coherence"] > ONE_WAY and not found["comebacks"] > 0
    if even or t[-1] - t[0] != len(t) - 1.0:
        return {}
    period, growth = returns_after(record.z[late])
    if math.isnan(period):
        return {}
    turns, sizes = float(record.weights[late].sum()) / period, from_centre(record)
    near = float(np.linalg.norm(record.z[late] - record.start, axis=1).min())
    between = float(np.linalg.norm(record.move[late], axis=1).max()) / 2.0
    return {
        "settled_from": sizes.settled,
        "wander": sizes.wander,
        "start_apart": max(near - between, 0.0) / max(record.size, 1e-300),
        "period": period,
        "period_spread": 0.0,
        "turns": turns,
        "growth": growth,
        "growth_error": 0.0,
        "change": growth * turns,
        "change_error": 0.0,
        "noise": 0.0,
        "damping": 0.0,
    }


def one_step(record: Record) -> dict[str, Any]:
    """Return growth and period of a run that is one linear step over and over, and that it is."""
    late = record.late
    modes = modes_of(record.z[late], record.move[late], record.after[late])
    steps, span = float(record.weights[late].sum()), float(record.weights.sum())
    if modes is None or modes.error * steps > PRECISE:
        return {"linear": False, "drifts": False, "thin": False, "family": False}
    real, change = modes.angle in (0.0, math.pi), modes.growth * steps
    seen = modes.angle * steps >= 2.0 * math.pi and modes.angle * span >= 4.0 * math.pi
    real |= not seen and abs(change) > LARGE
    period = math.nan if real or not seen else 2.0 * math.pi / modes.angle
    return {
        "linear": True,
        "drifts": modes.drifts,
        "thin": not (real or seen),
        "family": modes_of(record.z, record.move, record.after) is not None,
        "period": period,
        "period_spread": math.nan if math.isnan(period) else 0.0,
        "turns": modes.angle * steps / (2.0 * math.pi),
        "growth": change / (BLOCKS // 2) if math.isnan(period) else modes.growth * period,
        "growth_error": modes.error * (steps / (BLOCKS // 2) if math.isnan(period) else period),
        "change": change,
        "change_error": modes.error * steps,
        "noise": 0.0,
        "walk": 0.0,
        "aliased": 0.0,
    }


def from_centre(record: Record) -> Trend:
    """Return how the distance from the centre of the last half changes, by its logarithm in a dozen stretches."""
    late = record.late
    away = np.linalg.norm(record.z - average(record.z[late], record.weights[late]), axis=1)
    logs = np.log([max(root_mean_square(part), 1e-300) for part in np.array_split(away, BLOCKS)])
    return trend(logs[BLOCKS // 2 :], logs)


def spreads(z: np.ndarray) -> np.ndarray:
    """Return how far the samples of each of a dozen equal stretches are from their mean."""
    count = max(len(z) // BLOCKS, 2)
    parts = z[len(z) % count :].reshape(-1, count, z.shape[1])
    return np.asarray(np.sqrt(((parts - parts.mean(1, keepdims=True)) ** 2).sum(2).mean(1)))
