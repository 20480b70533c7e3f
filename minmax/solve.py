"""The driver: Python decides when to check, stop and report; compiled code or numpy rows only advance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from minmax import _check
from minmax.checks import (
    Best,
    Checker,
    Clock,
    Limits,
    Snapshot,
    Trajectory,
    bar,
    interrupts,
    next_check,
    next_chunk,
)
from minmax.dynamics import ExtraGradient, PredictiveRegretMatchingPlus
from minmax.exact.linear import LinearProgram, PureSaddle
from minmax.games.matrix import Certificate, MatrixGame
from minmax.players import Players, copied, fresh_run, opening, pair_of
from minmax.solution import Regret, Run, Solution, Status, history_of

__all__ = ["Snapshot", "Trajectory", "certify", "solve"]

SMALL_PROGRAM = 40_000  # entries up to which the linear program takes tens of milliseconds
LARGE_PROGRAM = 4_000_000  # entries beyond which it takes minutes
EXACT = 1e-9  # the tolerance of an exact method where none is asked for
TRIAL_ROUNDS = 20_000  # rounds the dynamics get before the linear program is tried on a larger game


def certify(game: Any, x: Any, y: Any) -> Certificate:
    """Return what a strategy pair proves about a game: value, bounds with rounding accounted for, gap.

    Parameters
    ----------
    game : MatrixGame or BilinearGame.
    x, y : strategies, of x's and y's actions.

    Examples
    --------
    >>> from minmax import MatrixGame
    >>> certify(MatrixGame([[2.0, -1.0], [-1.0, 1.0]]), [0.5, 0.5], [0.25, 0.75]).gap
    0.75
    """
    if not hasattr(game, "certificate"):
        raise TypeError(f"`game` must be a game such as MatrixGame(A); got {type(game).__name__}.")
    certificate: Certificate = game.certificate(x, y)
    return certificate


def solve(
    game: Any,
    method: Any = None,
    *,
    rounds: int = 100_000,
    tol: float | None = 1e-6,
    start: Any = None,
    average: str | None = None,
    alternating: bool | None = None,
    order: str | None = None,
    every: int | None = None,
    watch: Callable[[Snapshot], Any] | None = None,
    time_limit: float | None = None,
    progress: bool = False,
    seed: int | None = None,
) -> Solution:
    """Solve `min over x, max over y` with a certificate.

    Parameters
    ----------
    game : MatrixGame, BilinearGame, or a matrix, taken as `MatrixGame(matrix)`.
    method : a dynamics (`MWU(eta=0.1)`), a pair of them (x's and y's), or an exact method (`LinearProgram()`); chosen
        by size where None.
    rounds : evaluations of the operator at most; counted afresh when a solution is resumed.
    tol : certified width over the game's scale at which to stop; None plays all rounds and returns the iterate
        they end at, whatever its gap.
    start : a pair of strategies, or a Solution, whose run goes on bit for bit.
    average : "last", "uniform", "linear" or "quadratic": the iterate asked for.  Where None, the better certified
        of the last iterate and the average that the dynamics' guarantee speaks of.
    alternating : whether the players move in turns; the dynamics' own where None.
    order : "xy" or "yx": who moves first in turns, "xy" where None.
    every : check every so many rounds; where None, at rounds growing by a fifth.
    watch : called with a `Snapshot` at the start and at each check; a true answer ends the run.
    time_limit : seconds, checks included.  The first compilation of a dynamics takes a few seconds, is kept on disk,
        and is not cut short.
    progress : show a bar, on a terminal.
    seed : of sampled play, 0 where None.

    Returns
    -------
    Solution
        With `tol` met: the first such iterate.  Otherwise the best certified iterate of the kind asked for; `status`
        says why the run ended.

    Examples
    --------
    >>> from minmax import MatrixGame, MWU, solve
    >>> game = MatrixGame.from_payoffs([[2.0, -1.0], [-1.0, 1.0]])
    >>> solution = solve(game)
    >>> round(solution.value, 9), solution.x.round(9).tolist(), solution.status.value
    (0.2, [0.4, 0.6], 'converged')
    >>> solve(game, MWU(eta=0.1), rounds=1000, tol=None).gap < 0.1
    True
    """
    if isinstance(game, str):
        raise TypeError(f"`game` must be a game or a matrix; got the text {game!r}: `read_game` reads files.")
    if not hasattr(game, "certificate"):
        game = MatrixGame(game)
    _check.whole("rounds", rounds)
    if tol is not None:
        _check.positive("tol", tol)
    if time_limit is not None:
        _check.positive("time_limit", time_limit)
    if every is not None:
        _check.whole("every", every, 1)
    if watch is not None and not callable(watch):
        raise TypeError(f"`watch` must be a function of a Snapshot; got {watch!r}.")
    limits = Limits(rounds, tol, every, watch, time_limit, progress)
    if isinstance(start, Solution):
        return resume(game, start, limits, method, average, alternating, order, seed)
    if hasattr(method, "strategies"):
        given = {
            "start": start,
            "average": average,
            "alternating": alternating,
            "order": order,
            "seed": seed,
            "watch": watch,
        }
        return by_exact(game, method, limits, given)
    options = (average, alternating, order, seed)
    if method is None and isinstance(game, MatrixGame) and start is None and options == (None,) * 4 and watch is None:
        return automatic(game, limits)
    if method is None:
        method = PredictiveRegretMatchingPlus() if isinstance(game, MatrixGame) else ExtraGradient()
    run = fresh_run(game, method, rounds, average, alternating, order, seed, centred=start is None)
    return play(game, run, limits, start)


def play(game: Any, run: Run, limits: Limits, start: Any, before: Solution | None = None) -> Solution:
    """Play rounds until a check, the clock, the watch or Ctrl-C ends the run."""
    players = Players(game, run, opening(game, run, start) if before is None else copied(before))
    checker = Checker(players, limits)
    t0 = 0 if before is None else before.rounds
    end = t0 + limits.rounds - (t0 + limits.rounds) % players.stride
    spent = 0.0 if before is None else before.seconds
    clock = Clock(limits.time_limit)
    if before is not None:
        checker.remember(before)
    status = checker.look(t0, float(t0), spent)
    t, chunk = t0, players.stride
    with interrupts() as heard, bar(limits.progress, end - t0) as tick:
        while status is None and t < end:
            goal = min(next_check(t, limits.every, players.stride), end)
            while t < goal and not heard.pressed and not clock.over():
                stop = min(t + chunk, goal)
                took = clock.time(partial(players.advance, t + 1, stop + 1))
                tick(stop - t)
                chunk = next_chunk(chunk, took, players.stride)
                t = stop
            status = checker.look(t, float(t), spent + clock.played)
            if status is None and heard.pressed:
                status = Status.INTERRUPTED
            if status is None and clock.over():
                status = Status.TIME
    return finished(players, checker, t, spent + clock.played, status or Status.ROUNDS)


def finished(players: Players, checker: Checker, t: int, seconds: float, status: Status) -> Solution:
    """Return the solution of a run that has ended."""
    game, run = players.game, players.run
    nothing = Certificate(math.nan, -math.inf, math.inf, math.inf, math.inf, game.merit)
    certificate, pair, kind = checker.best or Best(nothing, players.iterates()[0], "last")
    same = type(run.rules[0]) is type(run.rules[1]) and run.rules[0] == run.rules[1]
    names = [type(rule).__name__ for rule in run.rules]
    return Solution(
        x=pair[0],
        y=pair[1],
        status=status,
        method=run.rules[0] if same else run.rules,
        path=(names[0] if names[0] == names[1] else " against ".join(names),),
        average=kind,
        rounds=t,
        operator_calls=float(t),
        check_calls=checker.calls,
        seconds=seconds,
        history=history_of(checker.rows),
        regret=players.regret(t),
        run=run,
        sides=players.sides,
        **certificate._asdict(),
        **description_of(game),
    )


def description_of(game: Any) -> dict[str, Any]:
    """Return what a solution carries on of its game: scale and labels."""
    n, m = game.shape
    counted = (_check.labels("x", None, n), _check.labels("y", None, m))
    return {
        "scale": game.scale,
        "scale_kind": game.scale_kind,
        "actions": getattr(game, "actions", counted),
        "players": getattr(game, "players", ("x", "y")),
        "name": game.name,
    }


def resume(
    game: Any,
    start: Solution,
    limits: Limits,
    method: Any,
    average: Any,
    alternating: Any,
    order: Any,
    seed: Any,
) -> Solution:
    """Go on with a run, as it was played so far."""
    if start.run is None:
        raise ValueError("`start` is the solution of an exact method, which has no run to resume: pass its (x, y).")
    if (start.x.size, start.y.size) != tuple(game.shape):
        raise ValueError(f"`start` is of a {start.x.size} x {start.y.size} game; got one of shape {tuple(game.shape)}.")
    # Products may differ in their last bits from one machine to another.
    if abs(start.run.fingerprint - game.coupling.fingerprint) > 1e-9 * max(game.scale, game.coupling.largest):
        raise ValueError(
            "`start` is the solution of another game of this shape: pass its (x, y) to begin a new run there."
        )
    asked = start.run.average if start.run.wanted == "average" else start.run.wanted
    if average is not None and average != asked:
        raise ValueError(f"`average` of a resumed run stays {asked!r}; got {average!r}.")
    given = {"alternating": alternating, "order": order, "seed": seed}
    for name, value in given.items():
        if value is not None and value != getattr(start.run, name):
            raise ValueError(f"`{name}` of a resumed run stays {getattr(start.run, name)!r}; got {value!r}.")
    if method is not None and [type(r) for r in pair_of(method)] != [type(r) for r in start.run.rules]:
        raise ValueError(f"`method` of a resumed run stays {' against '.join(start.path)}; got {method!r}.")
    return play(game, start.run, limits, None, before=start)


def by_exact(game: Any, method: Any, limits: Limits, given: dict[str, Any] | None = None) -> Solution:
    """Solve a matrix game by an exact method and certify the answer; refuse options that mean nothing to it."""
    name = type(method).__name__
    if not isinstance(game, MatrixGame) or game.coupling.kind == "operator":
        raise ValueError(f"{name} needs a MatrixGame with entries; use a dynamics for this game.")
    for option, value in (given or {}).items():
        if value is not None:
            raise ValueError(f"{name} is no iteration and takes no `{option}`; leave it out.")
    if limits.time_limit is not None and isinstance(method, LinearProgram):
        method = LinearProgram(min(limits.time_limit, method.time_limit or limits.time_limit))
    clock = Clock(limits.time_limit)
    pair = method.strategies(game)
    seconds = clock.elapsed()
    if pair is None:
        centres = game.domains[0].centre(), game.domains[1].centre()
        late = Status.TIME if isinstance(method, LinearProgram) else Status.STALLED
        return exact_solution(game, centres, method, seconds, limits.tol, late)
    return exact_solution(game, pair, method, seconds, limits.tol, Status.STALLED)


def exact_solution(
    game: MatrixGame, pair: Any, method: Any, seconds: float, tol: float | None, otherwise: Status
) -> Solution:
    """Return the certified solution an exact method found, with a status for one that is not within the tolerance."""
    certificate = game.certificate(*pair)
    if certificate.relative_gap <= (tol or EXACT):
        status = Status.CONVERGED
    else:
        status = Status.FLOOR if certificate.gap <= game.floor else otherwise
    return Solution(
        x=pair[0],
        y=pair[1],
        status=status,
        method=method,
        path=(type(method).__name__,),
        average="last",
        rounds=0,
        operator_calls=0.0,
        check_calls=1,
        seconds=seconds,
        history=history_of([]),
        regret=Regret(*(math.nan,) * 4),
        **certificate._asdict(),
        **description_of(game),
    )


def by_dynamics(game: MatrixGame, limits: Limits) -> Solution:
    """Solve a matrix game by the strongest dynamics without a step size."""
    run = fresh_run(game, PredictiveRegretMatchingPlus(), limits.rounds, None, None, None, None)
    return play(game, run, limits, None)


def automatic(game: MatrixGame, limits: Limits) -> Solution:
    """Solve a matrix game by the cheapest method first, falling through to the next where one does not certify it."""
    clock = Clock(limits.time_limit)
    saddle = PureSaddle().strategies(game)
    if saddle is not None:
        return exact_solution(game, saddle, PureSaddle(), clock.elapsed(), limits.tol, Status.STALLED)
    entries = game.shape[0] * game.shape[1]
    program = game.coupling.kind != "operator" and entries <= LARGE_PROGRAM
    small = program and entries <= SMALL_PROGRAM
    tries = ["program", "dynamics"] if small else ["dynamics", "program"] if program else ["dynamics"]
    answers: list[Solution] = []
    for k, kind in enumerate(tries):
        left = limits._replace(time_limit=clock.left())
        if kind == "program":
            found = by_exact(game, LinearProgram(), left)
        else:
            cap = TRIAL_ROUNDS if k + 1 < len(tries) else left.rounds
            found = by_dynamics(game, left._replace(rounds=min(left.rounds, cap)))
        answers.append(found)
        if found.status not in (Status.ROUNDS, Status.STALLED):
            break
    best = min(answers, key=lambda answer: answer.relative_gap)
    return replace(best, path=tuple(name for answer in answers for name in answer.path), seconds=clock.elapsed())
