"""The verdict: is it cycling, diverging, collapsing or converging, how fast, and what to change."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np

from minmax.diagnostics.decision import (
    AVERAGES,
    CONVERGED,
    CONVERGING,
    CYCLING,
    DIVERGED,
    LIMIT_CYCLE,
    SETTLED,
    SPIRALLING,
    STALLED,
    UNDECIDED,
    counted,
    decide,
    swaps,
)
from minmax.diagnostics.evidence import Evidence, evidence_of
from minmax.diagnostics.local import LocalPoint
from minmax.diagnostics.rates import FEWEST, Rate, compared_rate, fit_rate, law_of, promised_rate
from minmax.diagnostics.record import Record
from minmax.diagnostics.words import paragraph_of, recommendation_of

__all__ = ["Diagnosis", "diagnose_record"]

UNITS = 64.0  # of rounding, within which a merit is as good as zero
FALLING = 0.85  # part of the largest merit of the middle third that an average which converges is below: T^-.5 has .7
ELSEWHERE = 0.3  # distance of the centres of two orbits, over their size, beyond which they are not one


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
    within = max(tol, UNITS * record.rounding) * top if math.isfinite(e.merit) else math.nan
    verdict = decide(e, record.overflowed >= 0, within, scale is not None, bounded)
    if other is not None and verdict in (CYCLING, LIMIT_CYCLE):
        verdict = same_cycle(verdict, record, e, other)
    rate = rate_of(record, e, verdict)
    period = e.period if counted(e) and verdict not in (CONVERGED, STALLED, DIVERGED, UNDECIDED) else math.nan
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
        2.0 if swaps(e) and verdict == CYCLING else period,
        rate,
        compared,
        average,
        record,
        title,
    )


def same_cycle(verdict: str, record: Record, e: Evidence, other: Record) -> str:
    """Return "limit cycle" where two starts end on one orbit, "cycling" where each keeps its own.

    Two that are one linear step from the start say nothing by agreeing: it may have an orbit for every size.
    """
    if record.z.shape[1] != other.z.shape[1]:
        raise ValueError(f"`other` must have {record.z.shape[1]} coordinates as the run; got {other.z.shape[1]}.")
    second = evidence_of(other)
    if math.isnan(second.period) or (e.family and second.family):
        return verdict
    apart = math.dist(*(r.z[r.late].mean(axis=0) for r in (record, other)))
    agree = abs(math.log(e.size / second.size)) < SETTLED / 2.0 and apart < ELSEWHERE * e.size
    return LIMIT_CYCLE if agree else CYCLING


def rate_of(record: Record, e: Evidence, verdict: str) -> Rate | None:
    """Return the law of decrease of a run that converges."""
    if verdict not in (CONVERGED, CONVERGING):
        return None
    known = np.isfinite(record.merit) & (record.merit_t > 0.0)
    if known.sum() >= FEWEST and record.merit[known].max() > 0.0:
        found = fit_rate(record.merit_t[known], record.merit[known])
        if found.kind == "none" and verdict == CONVERGED:
            found = found.before or found  # the law is what led to the rest
        return None if found.kind == "none" else found
    if math.isnan(e.period) or not counted(e) or not e.growth < 0.0:
        return None
    error = 0.0 if math.isnan(e.growth_error) else e.growth_error
    return law_of("linear", e.growth / e.period, error / e.period)


def average_of(record: Record, e: Evidence, verdict: str) -> str:
    """Return what the average of the iterates does."""
    known = np.isfinite(record.merit_average)
    if known.sum() >= FEWEST:
        values = record.merit_average[known]
        third = max(len(values) // 3, 1)
        first, middle, last = (float(part.max()) for part in (values[:third], values[third : 2 * third], values[-2:]))
        return "converges" if last < 0.5 * first and last < FALLING * middle else "does not settle"
    # The average of a growing spiral grows too in the end: it is the size of the last turns over their number.
    if math.isnan(e.average_ratio) or verdict in (SPIRALLING, DIVERGED, UNDECIDED):
        return "unknown"
    return "converges" if e.average_ratio < AVERAGES else "does not settle"
