"""The front door: `diagnose` takes whatever shows a run, or a game and a point."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from minmax import _check
from minmax.diagnostics.decision import CONVERGED, CYCLING, DIVERGED, SPIRALLING, UNDECIDED
from minmax.diagnostics.evidence import Evidence, evidence_of
from minmax.diagnostics.jacobian import point_of
from minmax.diagnostics.local import LocalPoint, classify
from minmax.diagnostics.monitor import Monitor
from minmax.diagnostics.record import Record, record_of, record_of_merits
from minmax.diagnostics.stability import EXACT_MARGIN, MARGIN, Played, is_linear, stability, stable_step
from minmax.diagnostics.verdict import Diagnosis, diagnose_record
from minmax.diagnostics.words import recommendation_of
from minmax.dynamics import GDA
from minmax.players import dynamics_of
from minmax.solution import Solution, Status
from minmax.solve import solve

__all__ = ["diagnose"]

AHEAD = 4000  # rounds played on to see what a run does
KICK = 1e-2  # how far from a rest point a run begins, over the point's size
TURNING = 1e-6  # radians of a step that are a rotation


def diagnose(
    subject: Any,
    point: Any = None,
    *,
    method: Any = None,
    game: Any = None,
    operators: Any = None,
    merit: Any = None,
    saddle: Any = None,
    other: Any = None,
    rounds: int = AHEAD,
    tol: float = 1e-6,
) -> Diagnosis:
    """Say whether a run is cycling, diverging, stalled or converging, how fast, and what to change.

    The order of the verdict: a small merit that stayed small is converged; a run that no longer moves while its merit
    is not small has stalled; one that turns twice or more spirals in, out, or is steady, which is a cycle, a limit
    cycle where it came from elsewhere, or a noise floor where its moves are noise; one that does not turn shrinks,
    grows, or wanders.  Small steps are never taken for convergence, and with less than two turns and no other sign the
    verdict is "undecided".

    Parameters
    ----------
    subject : what to look at.  A `Monitor`; `minmax.optim.Players`, by the Monitor that watches them, or by their own
        steps played on from where they are and taken back; an orbit, (T, d) iterates one row a step, or a
        `Trajectory`; a Solution; or a game, played from `point`.
    point : pair (x, y) of a game: what happens from there?  A rest point is classified, and the verdict is what the
        dynamics does near it.
    method : dynamics to play a game with, `GDA(schedule="constant")` where None; for an orbit, what its rate is
        compared with.
    game : the game of a Solution, whose run is then played on to be looked at; without it the checks of its history are
        all there is.
    operators : (T, d) values of the operator along an orbit; or `merit`, (T,) gaps or residuals; or `saddle`, (d,) the
        point it should reach.
    other : a second orbit or Monitor of the same dynamics from another start: limit cycles attract both.
    rounds : rounds to play.
    tol : part of the scale (the game's, or the largest merit seen) within which a merit counts as converged.

    Returns
    -------
    Diagnosis
        Print it; `as_dict()`, `plot()` and `report("out.html")` say more.

    Examples
    --------
    >>> from minmax import AlternatingGDA, BilinearGame
    >>> found = diagnose(BilinearGame([[1.0]]), ([1.0], [0.0]), method=AlternatingGDA(eta=0.1, schedule="constant"))
    >>> found.verdict, round(found.period, 1)
    ('cycling', 62.8)
    """
    _check.positive("tol", tol)
    _check.whole("rounds", rounds, 1)
    if type(method) is tuple and len(method) != 2:
        raise TypeError(f"`method` must be a dynamics, or a pair of them, one a player; got a tuple of {len(method)}.")
    given = {
        "point": point, "method": method, "game": game, "operators": operators, "merit": merit, "saddle": saddle,
        "other": other,
    }  # fmt: skip
    if hasattr(subject, "diagnosed"):  # players of torch parameters, which know what has been seen of them
        accept("players", given, "point", "method", "saddle", "other")
        options = {name: value for name, value in given.items() if value is not None}
        found: Diagnosis = subject.diagnosed(rounds=rounds, tol=tol, **options)
        return found
    if isinstance(subject, Monitor):
        accept("a Monitor", given, "other")
        return subject.diagnosis(other=other)
    if isinstance(subject, Solution):
        accept("a Solution", given, "game")
        return of_solution(subject, game, rounds, tol)
    if hasattr(subject, "utilities"):
        accept("a game", given, "point", "method", "saddle")
        return of_game(subject, point, method, rounds, tol, saddle)
    accept("an orbit", given, "method", "operators", "merit", "saddle", "other")
    record = record_of(subject, operators, merit, saddle)
    second = None if other is None else other.record if isinstance(other, Monitor) else record_of(other)
    rule = method[0] if type(method) is tuple else method
    rule = None if rule is None else dynamics_of(rule)
    return diagnose_record(record, tol=tol, method=rule, other=second, title=f"orbit of {record.steps} steps")


def accept(what: str, given: dict[str, Any], *names: str) -> None:
    """Refuse what says nothing of this kind of subject, rather than pass it over."""
    for name, value in given.items():
        if value is not None and name not in names:
            takes = " and ".join(f"`{one}`" for one in names)
            raise TypeError(f"`{name}` says nothing of {what}, which takes {takes}: leave it out.")


def of_solution(run: Solution, game: Any, rounds: int, tol: float) -> Diagnosis:
    """Return what a solved run does, from more of it where the game is at hand, else from its checks."""
    title = f"{' then '.join(run.path)} on {run.name or f'a {run.x.size} x {run.y.size} game'}"
    if run.status in (Status.UNBOUNDED, Status.INFEASIBLE):
        found = diagnose_record(record_of_checks(run), tol=tol, scale=run.scale, method=run.method, title=title)
        advice = "bound the sets, or regularise: no step and no dynamics converges on a game without a saddle."
        return replace(found, verdict=DIVERGED, paragraph=run.status.sentence, recommendation=advice, rate=None)
    if game is not None and run.run is not None and run.status not in (Status.NONFINITE, Status.DIVERGED):
        monitor = Monitor(tol=tol)
        solve(game, start=run, rounds=rounds, tol=None, watch=monitor)
        return monitor.diagnosis(title=title)
    record = record_of_checks(run)
    found = diagnose_record(record, tol=tol, scale=run.scale, method=run.method, title=title)
    if found.verdict in (CONVERGED, DIVERGED) or run.run is None:
        return found
    return from_checks(found, run, tol)


def record_of_checks(run: Solution) -> Record:
    """Return what the history of a solution shows: merits, no iterates."""
    history, lost = run.history, run.status in (Status.NONFINITE, Status.DIVERGED)
    merits = (history.rounds.astype(np.float64), history.gap_last, history.gap_average)
    if run.run is None:  # an exact method: its answer is all there is
        merits = (np.array([1.0]), np.array([run.relative_gap * run.scale]), np.array([math.nan]))
    return record_of_merits(*merits, run.merit, run.rounds, run.rounds if lost else -1)


def from_checks(found: Diagnosis, run: Solution, tol: float) -> Diagnosis:
    """Return what checks alone support: a falling merit converges, a steady one beside a falling average cycles."""
    e = found.evidence
    more = "pass `game=` for a look at more of its rounds, or watch a run with a `Monitor`."
    if run.converged and run.average == "last":
        text = f"After {run.rounds} rounds the run has converged: the {run.merit} is {run.gap:.3g}, certified."
        return replace(found, verdict=CONVERGED, paragraph=text, recommendation="nothing.")
    if e.merit_trend > 0.2:
        text = f"After {run.rounds} rounds the {run.merit} of the last iterate grows: {e.merit:.3g} now."
        return replace(found, verdict=UNDECIDED, paragraph=text, recommendation=more)
    if e.merit_trend < -0.2 and (e.returned < 10.0 or e.merit <= tol * run.scale):
        text = f"After {run.rounds} rounds the {run.merit} of the last iterate falls: {e.merit:.3g} now."
        return replace(found, verdict="converging", paragraph=text, recommendation=f"go on; {more}")
    if found.average == "converges" and e.merit > 2.0 * float(run.history.gap_average[-1]):
        text = (
            f"After {run.rounds} rounds the {run.merit} of the last iterate does not fall, {e.merit:.3g} of "
            f"{e.merit_top:.3g} at most, while that of the average does: the run cycles and its average converges."
        )
        return replace(found, verdict=CYCLING, paragraph=text, recommendation=f"take the average; {more}")
    text = f"After {run.rounds} rounds neither iterate's {run.merit} falls, and checks alone do not tell why."
    return replace(found, paragraph=text, recommendation=more)


def of_game(game: Any, point: Any, method: Any, rounds: int, tol: float, saddle: Any) -> Diagnosis:
    """Return what happens in a game from a point: near a rest point by its step map, elsewhere by playing."""
    if point is not None and not (isinstance(point, (tuple, list)) and len(point) == 2):
        raise TypeError(f"`point` must be a pair (x, y); got {type(point).__name__}.")
    if saddle is not None and np.size(saddle) != sum(game.shape):
        raise ValueError(f"`saddle` must have {sum(game.shape)} coordinates, x before y; got {np.size(saddle)}.")
    rule = GDA(schedule="constant") if method is None else method
    first = dynamics_of(rule[0] if type(rule) is tuple else rule)
    playable = game if hasattr(game, "score") else Played(game)
    start = point_of(game, *(point or (None, None)))
    name = game.name or type(game).__name__
    names = dict.fromkeys(type(dynamics_of(r)).__name__ for r in (rule if type(rule) is tuple else (rule,)))
    title = f"{' against '.join(names)} on {name}"
    local = at_rest(game, start)
    if local is not None:
        mapped = near(game, rule, start, local, title)
        if mapped is not None:
            return mapped
        rng = np.random.default_rng(0)
        domains = game.domains
        start = tuple(
            d.project(p + KICK * (1.0 + np.abs(p).max()) * rng.standard_normal(p.size)) for d, p in zip(domains, start)
        )
    monitor = Monitor(tol=tol)
    solve(playable, rule, start=start, rounds=rounds, tol=None, watch=monitor)
    found = monitor.diagnosis(title=title)
    if found.verdict in (SPIRALLING, DIVERGED) and type(rule) is not tuple and hasattr(first, "eta"):
        limit = located(game, first, saddle)
        found = monitor.diagnosis(title=title, limit=limit)
    return found


def located(game: Any, rule: Any, saddle: Any) -> float | None:
    """Return the largest stable step, where the point it is about is known."""
    if saddle is None and not is_linear(game):
        return None
    n = game.shape[0]
    z = np.zeros(sum(game.shape)) if saddle is None else np.asarray(saddle, dtype=np.float64).ravel()
    try:
        return stable_step(game, rule, z[:n], z[n:])
    except ValueError:
        return None


def at_rest(game: Any, point: Any) -> LocalPoint | None:
    """Return the classification of a rest point; None where it is none, or has no known face."""
    try:
        found = classify(game, *point)
    except ValueError:
        return None
    return found if found.stationary else None


def near(game: Any, rule: Any, point: Any, local: LocalPoint, title: str) -> Diagnosis | None:
    """Return the diagnosis of a rest point by the dynamics' step map; None where it has none."""
    try:
        found = stability(game, rule, *point)
    except ValueError:
        return None
    centre = EXACT_MARGIN if is_linear(game) else MARGIN
    if abs(found.radius - 1.0) <= centre and found.rotation <= TURNING:
        return None  # a direction that nothing moves along: what is next to it is to be seen
    nothing = np.empty(0)
    record = record_of_merits(nothing, nothing, nothing, "", 0)
    first = dynamics_of(rule[0] if type(rule) is tuple else rule)
    turning = found.rotation > TURNING
    if found.radius < 1.0 - centre:
        verdict = "converging"
    elif found.radius <= 1.0 + centre:
        verdict = CYCLING
    else:
        verdict = SPIRALLING if turning else DIVERGED
    period = 2.0 * math.pi / found.rotation if turning else math.nan
    alone = type(rule) is not tuple and hasattr(first, "eta")
    limit = located(game, first, np.concatenate(point)) if alone else None
    grown = f"{'grows' if found.radius > 1.0 else 'shrinks'} by {abs(found.radius - 1.0):.3g} of itself a step"
    size = "keeps its size" if verdict == CYCLING else grown
    step = "" if limit is None else f" Steps hold up to {limit:.4g}."
    text = (
        f"The point is at rest and is: {local.kind}. A small kick {size}"
        + (f", turning once in {period:.4g} steps." if turning else ".")
        + step
    )
    e: Evidence = evidence_of(record)
    advice = "nothing." if verdict == "converging" else recommendation_of(verdict, e, record, first, "unknown", limit)
    return Diagnosis(verdict, text, advice, e, period, None, "nothing promised", "unknown", record, title, local)
