"""The driver: Python decides when to check, stop and report; compiled code or numpy rows only advance."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
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
from minmax.exact.linear import LinearProgram, pure_saddle
from minmax.games.matrix import Certificate, MatrixGame
from minmax.players import Players, copied, dynamics_of, fresh_run, opening
from minmax.solution import Regret, Run, Solution, Status, history_of

__all__ = ["Snapshot", "Trajectory", "certify", "solve"]

SMALL_PROGRAM = 40_000  # entries up to which the linear program takes tens of milliseconds
LARGE_PROGRAM = 4_000_000  # entries beyond which it takes minutes
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
    >>> certify(MatrixGame.from_payoffs([[2.0, -1.0], [-1.0, 1.0]]), [0.5, 0.5], [0.4, 0.6]).gap
    0.2
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
    time_limit : seconds, checks included.
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
    if not hasattr(game, "certificate"):
        game = MatrixGame(game)
    _check.rounds_of(rounds)
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
        return by_program(game, method, limits, start)
    options = (average, alternating, order, seed)
    if method is None and isinstance(game, MatrixGame) and start is None and options == (None,) * 4 and watch is None:
        return automatic(game, limits)
    if method is None:
        method = PredictiveRegretMatchingPlus() if isinstance(game, MatrixGame) else ExtraGradient()
    return play(game, fresh_run(game, method, rounds, average, alternating, order, seed), limits, start)


def play(game: Any, run: Run, limits: Limits, start: Any, before: Solution | None = None) -> Solution:
    """Play rounds until a check, the clock, the watch or Ctrl-C ends the run."""
    players = Players(game, run, opening(game, run, start) if before is None else copied(before))
    checker = Checker(players, limits)
    t0 = 0 if before is None else before.rounds
    end = t0 + limits.rounds - (t0 + limits.rounds) % players.stride
    spent = 0.0 if before is None else before.seconds
    clock = Clock(limits.time_limit)
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
        scale=game.scale,
        scale_kind=game.scale_kind,
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
        **labels_of(game),
    )


def labels_of(game: Any) -> dict[str, Any]:
    """Return the labels a solution carries on."""
    n, m = game.shape
    counted = (_check.labels("x", None, n), _check.labels("y", None, m))
    return {
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
    asked = start.run.average if start.run.wanted == "average" else start.run.wanted
    if average is not None and average != asked:
        raise ValueError(f"`average` of a resumed run stays {asked!r}; got {average!r}.")
    given = {"alternating": alternating, "order": order, "seed": seed}
    for name, value in given.items():
        if value is not None and value != getattr(start.run, name):
            raise ValueError(f"`{name}` of a resumed run stays {getattr(start.run, name)!r}; got {value!r}.")
    if method is not None:
        pair = method if type(method) is tuple else (method, method)
        if [type(dynamics_of(rule)) for rule in pair] != [type(rule) for rule in start.run.rules]:
            raise ValueError(f"`method` of a resumed run stays {' against '.join(start.path)}; got {method!r}.")
    return play(game, start.run, limits, None, before=start)


def by_program(game: Any, method: LinearProgram, limits: Limits, start: Any) -> Solution:
    """Solve a matrix game by its linear program and certify the answer."""
    if not isinstance(game, MatrixGame) or game.coupling.kind == "operator":
        raise ValueError("LinearProgram needs a MatrixGame with entries; use a dynamics for this game.")
    if start is not None:
        raise ValueError("LinearProgram takes no `start`.")
    began = time.perf_counter()
    pair = method.strategies(game)
    return exact_solution(game, pair, method, (type(method).__name__,), time.perf_counter() - began, limits.tol)


def exact_solution(
    game: MatrixGame, pair: Any, method: Any, path: tuple[str, ...], seconds: float, tol: float | None
) -> Solution:
    """Return the certified solution an exact method found."""
    certificate = game.certificate(*pair)
    status = Status.ROUNDS
    if tol is None or certificate.relative_gap <= tol:
        status = Status.CONVERGED
    elif certificate.gap <= game.floor:
        status = Status.FLOOR
    return Solution(
        x=pair[0],
        y=pair[1],
        scale=game.scale,
        scale_kind=game.scale_kind,
        status=status,
        method=method,
        path=path,
        average="last",
        rounds=0,
        operator_calls=0.0,
        check_calls=1,
        seconds=seconds,
        history=history_of([]),
        regret=Regret(*(math.nan,) * 4),
        **certificate._asdict(),
        **labels_of(game),
    )


def automatic(game: MatrixGame, limits: Limits) -> Solution:
    """Solve a matrix game by the cheapest method that certifies it: saddle, program, dynamics, program again."""
    began = time.perf_counter()
    saddle = pure_saddle(game)
    if saddle is not None:
        return exact_solution(game, saddle, None, ("pure saddle",), time.perf_counter() - began, limits.tol)
    entries = game.shape[0] * game.shape[1]
    has_entries = game.coupling.kind != "operator"
    program = LinearProgram(limits.time_limit)
    if has_entries and entries <= SMALL_PROGRAM:
        return by_program(game, program, limits, None)
    first = limits._replace(rounds=min(limits.rounds, TRIAL_ROUNDS)) if has_entries else limits
    run = fresh_run(game, PredictiveRegretMatchingPlus(), first.rounds, None, None, None, None)
    found = play(game, run, first, None)
    if found.status is not Status.ROUNDS or not has_entries or entries > LARGE_PROGRAM:
        return found
    left = None if limits.time_limit is None else max(limits.time_limit - (time.perf_counter() - began), 1e-3)
    path = (*found.path, type(program).__name__)
    pair = LinearProgram(left).strategies(game)
    exact = exact_solution(game, pair, program, path, time.perf_counter() - began, limits.tol)
    return exact if exact.relative_gap <= found.relative_gap else found
