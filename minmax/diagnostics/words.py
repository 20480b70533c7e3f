"""A diagnosis in plain words, and what to change."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minmax.diagnostics.decision import (
    BENT,
    FLAT,
    SETTLED,
    STEADY,
    VANISHED,
    counted,
    fades,
    swaps,
    wanders,
)
from minmax.diagnostics.evidence import LEAST, Evidence
from minmax.diagnostics.rates import Rate
from minmax.diagnostics.record import Record
from minmax.diagnostics.rotation import ALIASED, NOISY, REGULAR

__all__ = ["paragraph_of", "recommendation_of"]

NIL = 1e-9  # growth in a turn that is rounding
LOOSE = 0.3  # error of a growth above which there is no saying


def paragraph_of(verdict: str, e: Evidence, record: Record, rate: Rate | None, compared: str, average: str) -> str:
    """Return what a run does in a few sentences."""
    says = {
        "converged": converged,
        "converging": converging,
        "cycling": cycling,
        "limit cycle": limit_cycle,
        "spiralling out": spiralling,
        "stalled": stalled,
        "diverged": diverged,
        "noise floor": noise_floor,
        "undecided": undecided,
    }[verdict](e, record)
    parts = [f"After {record.steps} steps {says}"]
    if rate is not None:
        what = f"The {record.kind}" if record.measured else "The size of the motion"
        held = {"faster": ", faster than promised", "slower": ", slower than promised", "as promised": ", as promised"}
        against = held.get(compared, "")
        parts.append(f"{what} falls like {rate}{against}.")
        if not math.isnan(rate.since):
            parts.append(f"The regime changed at step {rate.since:.0f}; before, it fell like {rate.before}.")
    if record.measured and e.returned > 10.0 and verdict not in ("converged", "diverged"):
        parts.append(
            f"The {record.kind} had fallen to {e.merit_least:.3g} and came back to {e.merit:.3g}: a small value alone "
            "proves nothing here."
        )
    if verdict in ("cycling", "limit cycle", "spiralling out", "noise floor") and average != "unknown":
        parts.append(
            "The average of the iterates settles meanwhile." if average == "converges"
            else "The average of the iterates does not settle either."
        )  # fmt: skip
    return " ".join(parts)


def turns_of(e: Evidence) -> str:
    """Return how often it went round."""
    return f"{e.turns:.1f} turns in the last half, {e.period:.4g} steps each"


def in_turn(e: Evidence) -> str:
    """Return the growth in a turn in per cent."""
    if e.growth_error > LOOSE:
        return "its turns differing too much for a trend"
    if max(abs(e.growth), 0.0 if math.isnan(e.growth_error) else e.growth_error) < NIL:
        return "to rounding"
    error = "" if math.isnan(e.growth_error) else f" (standard error {100.0 * e.growth_error:.2g} %)"
    return f"{100.0 * math.expm1(min(e.growth, 700.0)):+.3g} % a turn{error}"


def merit_of(e: Evidence, record: Record) -> str:
    """Return where the merit stands."""
    return f"the {record.kind} is {e.merit:.3g}, of {e.merit_top:.3g} at its largest"


def converged(e: Evidence, record: Record) -> str:
    return (
        f"the run has converged: {merit_of(e, record)}, and it stayed below {e.merit_held:.3g} throughout the last "
        "fifth of the run."
    )


def converging(e: Evidence, record: Record) -> str:
    if e.late_move < VANISHED:
        text = "the run no longer moves, to the rounding of its coordinates."
    elif math.isnan(e.period):
        text = f"the run converges: its motion changed by a factor {math.exp(e.change):.3g} over the last half."
    else:
        text = f"the run spirals in: {turns_of(e)}, its size changing by {in_turn(e)}."
    if not record.measured:
        text += " Whether its limit is a saddle cannot be told from iterates alone."
    return text


def cycling(e: Evidence, record: Record) -> str:
    if swaps(e):
        return "the run cycles: it jumps from side to side, always as far."
    if e.jumps and not counted(e):
        how = f"rests at points and jumps between them ({e.stops} rests" if e.stops > 1 else "jumps between points ("
        more = ", " if e.stops > 1 else ""
        return f"the run cycles: it {how}{more}{e.comebacks} returns to the very point, in the last half)."
    if math.isnan(e.period):
        return (
            f"the run neither settles nor leaves: it moved by {e.late_move:.2g} of its whole range in its last tenth, "
            "without a period."
        )
    if e.aliased > ALIASED:
        return (
            f"the run cycles: some {e.turns:.0f} turns in the last half, at a pace so uneven that the samples kept "
            f"cannot count them; its size is steady, {in_turn(e)}."
        )
    if not counted(e):
        return (
            f"the run cycles: {e.turns:.1f} turns in the last half, too unequal for a period; its size is steady, "
            f"{in_turn(e)}."
        )
    sure = abs(e.growth) <= max(STEADY, 0.0 if math.isnan(e.growth_error) else e.growth_error)
    drift = f"its size is {'steady' if sure else 'not told apart from steady'}, {in_turn(e)}"
    varies = "" if e.period_spread < REGULAR else f"; the turns take {100.0 * e.period_spread:.2g} % more or less"
    noise = f"; {100.0 * e.noise:.0f} % of its moves are noise" if e.noise > NOISY else ""
    return f"the run cycles: {turns_of(e)}{varies}; {drift}{noise}."


def limit_cycle(e: Evidence, record: Record) -> str:
    if abs(e.settled_from) > SETTLED:
        side = "inside" if e.settled_from > 0.0 else "outside"
        how = f"from {side}, its size having changed by a factor {math.exp(e.settled_from):.3g}"
    else:
        how = "the same one from another start"
    return f"the run has settled on a limit cycle, {how}: {turns_of(e)}, now steady, {in_turn(e)}."


def spiralling(e: Evidence, record: Record) -> str:
    return f"the run spirals out: {turns_of(e)}, its size growing by {in_turn(e)}."


def stalled(e: Evidence, record: Record) -> str:
    return (
        f"the run hardly moves, {e.late_move:.2g} of its range in its last tenth, but {merit_of(e, record)}, and no "
        "longer falls: where it stopped is no saddle."
    )


def diverged(e: Evidence, record: Record) -> str:
    if record.overflowed >= 0:
        return f"the run has left the finite numbers, at step {record.overflowed}."
    if e.drifts:
        return "the run drifts away: a part of every move stays as it is, whatever the rest does."
    if e.flip:
        return f"the run jumps from side to side, {math.exp(e.change):.3g} times as far at the end as halfway."
    if e.change > FLAT:
        return f"the run leaves without turning, {math.exp(e.change):.3g} times as fast at the end as halfway."
    return f"the run drifts away on a straight line, {e.efficiency:.2f} of its way being distance gained."


def noise_floor(e: Evidence, record: Record) -> str:
    at = f"; {merit_of(e, record)}" if record.measured else ""
    return (
        f"the run fluctuates around a point: {100.0 * e.noise:.0f} % of its moves are noise, and their size has "
        f"stopped changing{at}."
    )


def undecided(e: Evidence, record: Record) -> str:
    if e.samples < LEAST:
        return f"there are too few samples, {e.samples}, to tell."
    if e.jumps:
        return "the evidence is too thin: the run rests at points and jumps, and came back to none in the last half."
    if wanders(e):
        return (
            f"noise takes the run farther the longer it lasts: {100.0 * e.noise:.0f} % of its moves are noise, and "
            f"stretches of a twelfth of the run spread {e.confined:.2f} times as far as its last half, which is 1 "
            "around a point and .4 on a random walk."
        )
    if fades(e):
        return (
            "the evidence is too thin: the run turns, now at one size, which noise may keep up alone, since a step by "
            "itself seems to damp it."
        )
    if not math.isnan(e.period):
        return (
            f"the evidence is too thin: the run turns, {e.turns:.1f} times in the last half, but its size, "
            f"{in_turn(e)}, does not change evenly enough to say which way it goes."
        )
    if e.bend < BENT and not e.thin:
        return (
            f"the evidence is too thin: steps fall like t^-{e.decay:.2g}, too slowly for their sum to be finite, and "
            "whether there is a limit cannot be told from iterates alone."
        )
    return (
        f"the evidence is too thin: the path bends by {e.bend:.2g} radians in its last half, which may be a part of a "
        "cycle; two turns are needed."
    )


LESS_NOISE = 'let the step decrease (schedule="sqrt"), draw larger batches'
EXTRAPOLATE = "add extrapolation (ExtraGradient, OptimisticGDA, PastExtraGradient)"


def recommendation_of(verdict: str, e: Evidence, record: Record, rule: Any, average: str, limit: float | None) -> str:
    """Return what to change."""
    eta = getattr(rule, "eta", None)
    step = float(eta) if isinstance(eta, (int, float)) else math.nan
    looks = rule is not None and (bool(rule.lookahead) or "ptimis" in type(rule).__name__ or rule.reflected)
    if verdict == "converged":
        return "nothing; `certify` the point for bounds on the value."
    if verdict == "converging":
        return f"go on{to_go(record)}" + ("" if record.measured else "; hand over operator values to see of what.")
    if verdict == "undecided" and wanders(e):
        return f"nothing pulls the run back: regularise or anchor (EAGC, Halpern), {LESS_NOISE}, or record more steps."
    if verdict == "undecided":
        partly = BENT < e.bend < 4.0 * math.pi and math.isnan(e.period)
        times = f", about {math.ceil(4.0 * math.pi / e.bend)} times as many" if partly else ""
        return f"record more steps{times}, or hand over operator values."
    if verdict == "noise floor":
        return f"{LESS_NOISE}, or average the iterates."
    if verdict == "stalled":
        return "use steps that do not vanish, restart from here, and `classify` the point: it may be no saddle at all."
    leaves = verdict in ("spiralling out", "diverged")
    if leaves and limit is not None and 0.0 < step < limit < math.inf:
        return f"lengthen the step from {step:.4g} towards {limit:.4g}: small ones expand here, longer ones hold."
    if verdict == "diverged" and e.drifts:
        return "bound the sets, or regularise: a step that is always the same meets no saddle, and there may be none."
    if leaves:
        if limit == 0.0:
            return f"{EXTRAPOLATE}, or alternate the players: no step of this dynamics is stable here."
        if looks or verdict == "diverged":
            return f"{shrunk(step, limit)}; on a game that is not convex-concave also regularise."
        return f"{EXTRAPOLATE}, or alternate the players; smaller steps alone only slow it down on a bilinear game."
    if verdict == "limit cycle":
        return (
            "regularise or anchor (EAGC, Halpern), or let one player be faster: the cycle attracts, and its "
            "average is only its centre."
        )
    averaging = "average the iterates" if average == "converges" else "average the iterates over whole turns"
    return f"{averaging}, {'shrink the step, ' if looks else EXTRAPOLATE + ', '}anchor (EAGC, Halpern) or regularise."


def shrunk(step: float, limit: float | None) -> str:
    """Return the advice to shrink the step, below its limit where that was located."""
    if limit is not None and math.isfinite(limit):
        now = "" if math.isnan(step) else f" from {step:.4g}"
        return f"shrink the step{now} to below the stability limit {limit:.4g}"
    return "shrink the step"


def to_go(record: Record) -> str:
    """Return how far there is to go, where the merit tells."""
    known = np.isfinite(record.merit) & (record.merit > 0.0)
    if known.sum() < 8:
        return ""
    t, m = record.merit_t[known], np.log(record.merit[known])
    late = t >= t[-1] / 2.0
    if late.sum() < 4:
        return ""
    slope = float(np.polyfit(t[late], m[late], 1)[0])
    return (
        f": at the present pace a tenth of the {record.kind} in {math.log(10.0) / -slope:.3g} steps"
        if slope * float(t[-1]) < -0.1
        else ""
    )
