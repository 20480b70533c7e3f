"""Which verdict the evidence supports, and the thresholds that it depends on."""

from __future__ import annotations

import math

from minmax.diagnostics.evidence import LEAST, Evidence
from minmax.diagnostics.rotation import ALIASED, LARGE, NOISY, REGULAR

__all__ = ["VERDICTS", "counted", "decide", "fades", "swaps", "wanders"]

CONVERGED, CONVERGING, CYCLING, LIMIT_CYCLE = "converged", "converging", "cycling", "limit cycle"
SPIRALLING, STALLED, DIVERGED, NOISE = "spiralling out", "stalled", "diverged", "noise floor"
UNDECIDED = "undecided"
VERDICTS = (CONVERGED, CONVERGING, CYCLING, LIMIT_CYCLE, SPIRALLING, STALLED, DIVERGED, NOISE, UNDECIDED)

STEADY = 2e-3  # growth in a turn that is none: gradient play with eta = .001 grows by as much
EVEN = 1e-6  # the same of one linear step, where the growth of its mode is known to rounding
SURE = 3.0  # standard errors that a growth must differ from zero by
UNEVEN = 5.0  # by how much more, for each unit of the spread of the periods
TWICE = 5.0  # a growth from two turns, which have no error, must be so many times the steady one
SETTLED = 0.1  # logarithm by which a limit cycle's size has changed since the start
APART = 0.05  # part of its size that a limit cycle is away from the start
LEFT = 0.3  # part of that change that may still be under way, or come and go
UNEQUAL = 0.25  # spread of the periods of turns that have none
STILL = 1e-3  # part of its way that a run which has stopped still makes in its last tenth
SLOPING = 0.3  # logarithm of a change which, where it is certain, makes no cycle
FLAT = 0.1  # logarithm of a change that is none where a run does not turn
FALLS = 0.2  # logarithm that a merit must fall by over half a run to count
NOISY_FALLS, NOISY_TREND = 0.5, 0.35  # the same, and of a size with a trend, in noise
NOISY_CHANGE = 0.7  # the same of a size without one
SUMMABLE = 1.3  # power of time that steps must fall faster than for their sum to be finite
MOVING = 0.01  # part of its way that a run still moves by in its last tenth that has not converged
MANY = 10  # measurements in a fifth of a run that say something of its trend in noise
STOPPED = 0.02  # logarithm of a merit's change that is none
SLOPE = 1e-4  # the same on a straight way, where nothing oscillates
MUCH, MORE = 1.0, 2.0  # logarithms of changes that a part of a turn hardly makes, on a straight way and a bent one
VANISHED = 1e-9  # part of its way still made in the last tenth, near the rounding of its coordinates
WHOLE = 2.0  # turns, forward or back, that are no part of one
STRAIGHT = 0.7  # distance over way beyond which a run goes somewhere
BENT = 0.3  # radians that moves may turn by on a straight way
UNIT_ROOT = 14.0  # one in twenty random walks seems damped by more over its length
UNIT_PAIR, UNDAMPED = 5.0, 1.0  # one in two hundred runs that turn undamped with noise, and one in eight
ONWARD = 0.15  # part of a change that must show between the last quarters: half would, evenly spread
FALLS_TURNING = 0.45  # logarithm that the maximum of a merit must fall by while the run turns
CONFINED = 0.6  # spread of a twelfth of the run over that of half, below which noise wanders
AVERAGES = 0.1  # an average that still moves by less than this part of the cycle settles


def decide(e: Evidence, overflowed: bool, within: float, certified: bool = False, bounded: bool = False) -> str:
    """Return the verdict that the evidence supports, in the order: merit, stop, spiral class, the rest.

    Parameters
    ----------
    e : evidence.
    overflowed : whether the run left the finite numbers.
    within : merit that counts as converged; nan where the merit is not known.
    certified : whether that is a part of the game's scale, not of the largest merit seen.
    bounded : whether the run moves in a bounded set, where nothing runs away.
    """
    verdict = first_of(e, overflowed, within, certified, bounded)
    return UNDECIDED if verdict == DIVERGED and bounded else verdict


def first_of(e: Evidence, overflowed: bool, within: float, certified: bool, bounded: bool) -> str:
    """Return the first verdict in order that the evidence supports."""
    if overflowed:
        return DIVERGED
    measured = math.isfinite(e.merit)
    # A scale that is the merit of one bad first step proves nothing while the merit grows or the run moves on.
    rests = certified or not e.late_move > (VANISHED if e.merit_trend > FALLS else MOVING)
    if measured and e.merit_held <= within and rests:
        return CONVERGED
    if e.samples < LEAST:
        return UNDECIDED
    noisy = e.noise > NOISY
    falls = (
        measured
        and not e.merit_fall > 0.0
        and e.merit_trend < -(NOISY_FALLS if noisy else FALLS)
        and (not noisy or e.merit_count > MANY)
    )
    flat = measured and e.merit_trend > -FLAT
    if e.jumps and not e.linear:
        return decide_jumping(e, noisy)
    if e.late_move < STILL and measured and abs(e.merit_trend) < STOPPED:
        return STALLED
    if e.late_move < VANISHED:
        return STALLED if measured and e.merit_trend > -FALLS else CONVERGING
    if e.linear:
        return decide_linear(e, flat, falls, bounded)
    if not math.isnan(e.period):
        return decide_turning(e, flat, noisy, falls)
    return decide_straight(e, measured, flat, noisy, falls)


def decide_straight(e: Evidence, measured: bool, flat: bool, noisy: bool, falls: bool) -> str:
    """Return the verdict on a run that does not turn, or not often enough to tell."""
    if e.bend > BENT and e.swept < WHOLE and e.change > -MORE and not (noisy or e.flip):
        return UNDECIDED  # perhaps a part of a turn
    trend = abs(e.settled_from) > LARGE and e.settled_from * e.change > 0.0  # in noise, one that all of the run has
    certain = max(FLAT, SURE * e.change_error, NOISY_TREND if noisy and trend else least_change(e))
    if e.change > certain and goes_on(e):
        return UNDECIDED if falls else DIVERGED
    if falls:
        return CONVERGING
    if e.change < -certain and goes_on(e):
        if not (measured or noisy) and e.decay < SUMMABLE:
            return UNDECIDED  # steps like 1 / t go on for ever
        return STALLED if flat else CONVERGING
    if sustained(e):
        return NOISE
    if noisy:
        return UNDECIDED if wanders(e) else NOISE
    if e.efficiency > STRAIGHT:
        if measured and e.merit_trend < -SLOPE:
            return CONVERGING
        return DIVERGED if abs(e.decay) < SLOPE else UNDECIDED
    if e.late_move < STILL:
        return STALLED if measured else CONVERGING
    return CYCLING


def goes_on(e: Evidence) -> bool:
    """Whether the last quarter goes as much farther, or less far, than the one before as a trend would have it."""
    # Turns that take longer and longer are fewer in the last half than those that the change was fitted to.
    change = e.change if math.isnan(e.period) else math.copysign(min(abs(e.change), abs(e.growth) * e.turns), e.change)
    return e.reach * math.copysign(1.0, change) > ONWARD * abs(change)


def sustained(e: Evidence) -> bool:
    """Whether noise alone keeps up what a linear step damps.

    By the test of D. Dickey and W. Fuller for a unit root, 1979, or the same for a pair of roots that turn.
    """
    return e.damping > (UNIT_ROOT if math.isnan(e.period) or e.flip else UNIT_PAIR)


def fades(e: Evidence) -> bool:
    """Whether the run may be on its way to a floor of noise."""
    return e.damping > UNDAMPED and not sustained(e)


def counted(e: Evidence) -> bool:
    """Whether the turns have a length: not between samples too far apart, nor where they last longer and longer."""
    return not e.aliased > ALIASED and e.period_spread < (REGULAR if e.jumps else UNEQUAL)


def swaps(e: Evidence) -> bool:
    """Whether every step jumps to the other side and back."""
    return e.linear and e.flip and math.isnan(e.period)


def wanders(e: Evidence) -> bool:
    """Whether noise takes the run farther the longer it lasts, as a random walk does."""
    return e.noise > NOISY and e.confined < CONFINED


def least_change(e: Evidence) -> float:
    """Return what the size may change by from noise alone."""
    return max(SURE * e.walk, NOISY_CHANGE) if e.noise > NOISY else SURE * e.walk


def came(e: Evidence) -> bool:
    """Whether the run came to its size from another, which is behind it."""
    return abs(e.settled_from) > max(SETTLED, SURE * e.walk) and e.wander < LEFT * abs(e.settled_from)


def decide_jumping(e: Evidence, noisy: bool) -> str:
    """Return the verdict on a run between a few points, whose sizes and merits come and go with them."""
    if noisy and not e.period_spread < REGULAR:
        return NOISE
    if not e.comebacks:
        return UNDECIDED
    return LIMIT_CYCLE if e.stops < 2 and came(e) and e.period_spread < REGULAR else CYCLING


def decide_linear(e: Evidence, flat: bool, falls: bool, bounded: bool) -> str:
    """Return the verdict on a run that is one linear step over and over, by the mode that lasts."""
    if e.drifts:
        return CONVERGING if bounded and falls else DIVERGED
    if e.thin:
        return CONVERGING if falls else UNDECIDED
    turns, sure = not math.isnan(e.period), max(EVEN, TWICE * e.growth_error)
    if e.growth > sure:
        return SPIRALLING if turns else DIVERGED
    if e.growth < -sure:
        return STALLED if flat and e.change < -MUCH else CONVERGING
    if sure > STEADY:
        return UNDECIDED
    # Where the whole run is that step, there is an orbit for every start.
    return LIMIT_CYCLE if turns and not e.family and elsewhere(e) else CYCLING


def elsewhere(e: Evidence) -> bool:
    """Whether the run came to its orbit from off it."""
    return came(e) or e.start_apart > max(APART, SURE * e.walk)


def decide_turning(e: Evidence, flat: bool, noisy: bool, falls: bool) -> str:
    """Return the verdict on a run that turns."""
    two = math.isnan(e.growth_error)
    # Turns that differ in length differ in size too, and their error is itself uncertain.
    sure = SURE * (1.0 + UNEVEN * e.period_spread)
    grows = abs(e.growth) > (TWICE * STEADY if two else sure * e.growth_error)
    grows = grows and (abs(e.growth) > STEADY or abs(e.change) > FLAT)
    if grows and abs(e.change) > least_change(e) and goes_on(e):
        if e.growth > 0.0:
            return SPIRALLING
        return STALLED if flat and e.change < -MUCH else CONVERGING
    steady = e.change_error < FLAT / SURE and abs(e.change) < FLAT
    if falls if noisy else (e.merit_fall < -FALLS_TURNING and not steady):
        return CONVERGING
    if sustained(e):
        return NOISE
    if noisy and not e.period_spread < REGULAR:
        return UNDECIDED if wanders(e) else NOISE
    if e.reach < -MUCH and e.late_move < STILL:
        return CONVERGING  # since not long ago
    if not noisy and abs(e.reach) > MUCH:
        return UNDECIDED
    if not noisy and abs(e.change) > max(SLOPING, SURE * e.change_error, least_change(e)):
        return UNDECIDED
    if elsewhere(e) and e.period_spread < REGULAR:
        if fades(e) or abs(e.reach) > SLOPING:
            return UNDECIDED
        return LIMIT_CYCLE if abs(e.change) < max(FLAT / 2.0, SURE * e.change_error) else CYCLING
    return CYCLING
