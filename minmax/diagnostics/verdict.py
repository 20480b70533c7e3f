"""The verdict: is it cycling, diverging, collapsing or converging, how fast, and what to change."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np

from minmax.diagnostics.evidence import LEAST, Evidence, evidence_of
from minmax.diagnostics.local import LocalPoint
from minmax.diagnostics.rates import FEWEST, Rate, compared_rate, fit_rate, promised_rate
from minmax.diagnostics.record import Record
from minmax.diagnostics.words import paragraph_of, recommendation_of

__all__ = ["LEAST", "VERDICTS", "Diagnosis", "diagnose_record"]

CONVERGED, CONVERGING, CYCLING, LIMIT_CYCLE = "converged", "converging", "cycling", "limit cycle"
SPIRALLING, STALLED, DIVERGED, NOISE = "spiralling out", "stalled", "diverged", "noise floor"
UNDECIDED = "undecided"
VERDICTS = (CONVERGED, CONVERGING, CYCLING, LIMIT_CYCLE, SPIRALLING, STALLED, DIVERGED, NOISE, UNDECIDED)

STEADY = 2e-3  # growth in a turn that is none: gradient play with eta = .001 grows by as much
SURE = 3.0  # standard errors that a growth must differ from zero by
TWICE = 5.0  # a growth from two turns, which have no error, must be so many times the steady one
SETTLED = 0.1  # logarithm by which a limit cycle's size has changed since the start
APART = 0.05  # part of its size that a limit cycle is away from the start
LEFT = 0.3  # part of that change that may still be under way, or come and go
REGULAR = 0.05  # spread of the periods of a limit cycle
NOISY = 0.15  # share of the moves that must be noise for a noise floor
STILL = 1e-3  # part of its way that a run which has stopped still makes in its last tenth
FLAT = 0.1  # logarithm of a change that is none where a run does not turn
FALLS = 0.2  # logarithm that a merit must fall by over half a run to count
NOISY_FALLS = 0.7  # the same, and that of a size, in noise
SUMMABLE = 1.1  # power of time that steps must fall faster than for their sum to be finite
MOVING = 0.01  # part of its way that a run still moves by in its last tenth that has not converged
MANY = 10  # measurements in a fifth of a run that say something of its trend in noise
STOPPED = 0.02  # logarithm of a merit's change that is none
SLOPE = 1e-4  # the same on a straight way, where nothing oscillates
MUCH = 1.0  # logarithm of a change that no part of a turn makes
VANISHED = 1e-9  # part of its way still made in the last tenth, near the rounding of its coordinates
WHOLE = 2.0  # turns, forward or back, that are no part of one
STRAIGHT = 0.7  # distance over way beyond which a run goes somewhere
BENT = 0.3  # radians that moves may turn by on a straight way
AVERAGES = 0.1  # an average that still moves by less than this part of the cycle settles


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What a run does, and why one can tell.

    Attributes
    ----------
    verdict : "converged", "converging", "cycling", "limit cycle", "spiralling out", "stalled", "diverged",
        "noise floor", or "undecided" where the evidence is too thin.
    paragraph : the same in plain words, with the numbers that count.
    recommendation : what to change.
    evidence : every number measured.
    period : steps of a turn; nan where it does not turn.
    rate : fitted law of decrease, of the merit where it is known, else of the size of the motion; None where nothing
        decreases.
    compared : the rate against what the dynamics promises: "faster", "as promised", "slower", "nothing promised".
    average : what the average does: "converges", "does not settle", or "unknown".
    record : the samples looked at.
    title : what was diagnosed.
    local : what kind of point it is, where a game and a rest point were given; else None.
    """

    verdict: str
    paragraph: str
    recommendation: str
    evidence: Evidence
    period: float
    rate: Rate | None
    compared: str
    average: str
    record: Record = field(repr=False)
    title: str = ""
    local: LocalPoint | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the record as plain numbers and text, nan as None."""
        rate = None if self.rate is None else {k: plain(v) for k, v in self.rate._asdict().items() if k != "before"}
        return {
            "title": self.title,
            "verdict": self.verdict,
            "paragraph": self.paragraph,
            "recommendation": self.recommendation,
            "period": plain(self.period),
            "rate": rate,
            "compared": self.compared,
            "average": self.average,
            "local": None if self.local is None else {k: plain(v) for k, v in self.local._asdict().items()},
            "evidence": {name: plain(value) for name, value in self.evidence._asdict().items()},
        }

    def report(self, path: str | PathLike[str]) -> None:
        """Write a page with verdict, evidence and pictures that opens without a network.

        Parameters
        ----------
        path : an `.html` file to write.
        """
        from minmax.plots import write_report

        write_report(self, path)

    def plot(self, ax: Any = None) -> Any:
        """Draw the orbit in its leading plane with the verdict; returns the matplotlib Axes."""
        from minmax.plots import plot_diagnosis

        return plot_diagnosis(self, ax=ax)

    def __str__(self) -> str:
        head = f"{self.title}: {self.verdict}" if self.title else self.verdict
        return f"{head}\n  {self.paragraph}\n  What to do: {self.recommendation}"


def plain(value: Any) -> Any:
    """Return a number that JSON can hold."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value


def decide(e: Evidence, overflowed: bool, within: float) -> str:
    """Return the verdict that the evidence supports, in the order: merit, stop, spiral class, the rest.

    Parameters
    ----------
    e : evidence.
    overflowed : whether the run left the finite numbers.
    within : merit that counts as converged; nan where the merit is not known.
    """
    if overflowed:
        return DIVERGED
    measured = math.isfinite(e.merit)
    # Not while the merit grows, or the run still moves by a tenth of all its way: the scale may be one bad first step.
    if measured and e.merit_held <= within and not e.late_move > (VANISHED if e.merit_trend > FALLS else MOVING):
        return CONVERGED
    if e.samples < LEAST:
        return UNDECIDED
    noisy = e.noise > NOISY
    falls = measured and e.merit_trend < -(NOISY_FALLS if noisy else FALLS) and (not noisy or e.merit_count > MANY)
    flat = measured and e.merit_trend > -FLAT
    if e.late_move < STILL and measured and abs(e.merit_trend) < STOPPED:
        return STALLED
    if e.late_move < VANISHED:
        return CONVERGING
    if not math.isnan(e.period):
        return decide_turning(e, flat, noisy, falls)
    if e.bend > BENT and e.swept < WHOLE and e.change > -MUCH and not (noisy or e.flip):
        return UNDECIDED  # perhaps a part of a turn
    certain = max(FLAT, SURE * e.change_error, least_change(e))
    if e.change > certain:
        return UNDECIDED if falls else DIVERGED
    if falls:
        return CONVERGING
    if e.change < -certain:
        if not measured and e.decay < SUMMABLE:
            return UNDECIDED  # steps like 1 / t go on for ever
        return STALLED if flat else CONVERGING
    if noisy:
        return NOISE
    if e.efficiency > STRAIGHT:
        if measured and e.merit_trend < -SLOPE:
            return CONVERGING
        return DIVERGED if abs(e.decay) < SLOPE else UNDECIDED
    if e.late_move < STILL:
        return STALLED if measured else CONVERGING
    return CYCLING


def least_change(e: Evidence) -> float:
    """Return what the size may change by from noise alone."""
    return max(SURE * e.walk, NOISY_FALLS) if e.noise > NOISY else SURE * e.walk


def decide_turning(e: Evidence, flat: bool, noisy: bool, falls: bool) -> str:
    """Return the verdict on a run that turns."""
    two = math.isnan(e.growth_error)
    grows = abs(e.growth) > (TWICE * STEADY if two else SURE * e.growth_error)
    grows = grows and (abs(e.growth) > STEADY or abs(e.change) > FLAT)
    if grows and (two or abs(e.change) > least_change(e)):
        if e.growth > 0.0:
            return SPIRALLING
        return STALLED if flat and e.change < -MUCH else CONVERGING
    if falls:
        return CONVERGING
    if noisy and not e.period_spread < REGULAR:
        return NOISE
    came = abs(e.settled_from) > SETTLED and e.wander < LEFT * abs(e.settled_from)
    if (came or e.start_apart > max(APART, SURE * e.walk)) and e.period_spread < REGULAR:
        return LIMIT_CYCLE
    return CYCLING


def diagnose_record(
    record: Record, *, tol: float = 1e-6, scale: float | None = None, method: Any = None, title: str = "",
    limit: float | None = None, other: Record | None = None, bounded: bool = False,
) -> Diagnosis:  # fmt: skip
    """Return the diagnosis of a record.

    Parameters
    ----------
    record : what was seen of a run.
    tol : part of the scale within which a merit counts as converged.
    scale : of the merit; the largest seen where None.
    method : the dynamics that played, for its promise and for the recommendation.
    title : what was looked at.
    limit : largest stable step at the point the run circles, where it was located.
    other : record of the same dynamics from another start, which tells a limit cycle from one orbit of many.
    bounded : whether the run moves in a bounded set, where nothing runs away.
    """
    e = evidence_of(record)
    top = scale if scale is not None else e.merit_top
    verdict = decide(e, record.overflowed >= 0, tol * top if math.isfinite(e.merit) else math.nan)
    if verdict == DIVERGED and bounded:
        verdict = UNDECIDED
    if other is not None and verdict in (CYCLING, LIMIT_CYCLE):
        verdict = same_cycle(verdict, e, evidence_of(other))
    rate = rate_of(record, e, verdict)
    rule = method[0] if type(method) is tuple else method
    rule = rule if hasattr(rule, "guarantee") else None  # exact methods promise no rate
    promise = None if rule is None else promised_rate(rule, "last")
    measured = record.measured and rate is not None and record.kind != "distance from the saddle"
    compared = compared_rate(rate, promise) if measured and rate is not None else "nothing promised"
    average = average_of(record, e, verdict)
    return Diagnosis(
        verdict,
        paragraph_of(verdict, e, record, rate, compared, average),
        recommendation_of(verdict, e, record, rule, average, limit),
        e,
        e.period if verdict in (CYCLING, LIMIT_CYCLE, SPIRALLING, CONVERGING, NOISE) else math.nan,
        rate,
        compared,
        average,
        record,
        title,
    )


def same_cycle(verdict: str, e: Evidence, other: Evidence) -> str:
    """Return "limit cycle" where two starts end at one size, "cycling" where each keeps its own."""
    if math.isnan(other.period):
        return verdict
    return LIMIT_CYCLE if abs(math.log(e.size / other.size)) < SETTLED / 2.0 else CYCLING


def rate_of(record: Record, e: Evidence, verdict: str) -> Rate | None:
    """Return the law of decrease of a run that converges."""
    if verdict not in (CONVERGED, CONVERGING):
        return None
    known = np.isfinite(record.merit) & (record.merit_t > 0.0)
    if known.sum() >= FEWEST and record.merit[known].max() > 0.0:
        found = fit_rate(record.merit_t[known], record.merit[known])
        return None if found.kind == "none" else found
    if math.isnan(e.period) or not e.growth < 0.0:
        return None
    per, half = -e.growth / e.period, (0.0 if math.isnan(e.growth_error) else 2.0 * e.growth_error / e.period)
    return Rate("linear", per, per - half, per + half, math.exp(-per), math.nan, None)


def average_of(record: Record, e: Evidence, verdict: str) -> str:
    """Return what the average of the iterates does."""
    known = np.isfinite(record.merit_average)
    if known.sum() >= FEWEST:
        values = record.merit_average[known]
        first, last = float(values[: max(len(values) // 3, 1)].max()), float(values[-2:].max())
        return "converges" if last < 0.5 * first else "does not settle"
    # The average of a growing spiral grows too in the end: it is the size of the last turns over their number.
    if math.isnan(e.average_ratio) or verdict in (SPIRALLING, DIVERGED, UNDECIDED):
        return "unknown"
    return "converges" if e.average_ratio < AVERAGES else "does not settle"
