"""A run of dynamics: Python decides when to check, stop and report; compiled code or numpy rows only advance."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from minmax import _check
from minmax.calls import NonFinite
from minmax.checks import Best, Checker, Clock, Limits, bar, next_check
from minmax.games.certificate import Certificate
from minmax.games.smooth import probe
from minmax.players import Players, copied, opening, pair_of
from minmax.restarts import Restart, next_look
from minmax.solution import Run, Solution, Status, history_of
from minmax.watching import interrupts, next_chunk

__all__ = ["description_of", "play", "resume"]


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
    checker.begin(t0)
    status = checker.look(t0, players.calls(t0), spent)
    t, chunk = t0, players.stride
    with interrupts() as heard, bar(limits.progress, end - t0) as tick:
        while status is None and t < end:
            planned = next_stop(players.run.restart, t, limits.every, players)
            goal = min(planned, end)
            while t < goal and not heard.pressed and not clock.over():
                stop, wanted = checker.audience.ahead(min(t + chunk, goal))
                try:
                    took = clock.time(partial(players.advance, t + 1, stop + 1, wanted))
                except NonFinite as failure:
                    return broken(players, checker, failure.round, spent + clock.played)
                tick(stop - t)
                if stop - t == chunk:  # a shorter piece says nothing of a whole one
                    chunk = next_chunk(chunk, took, players.stride)
                t = stop
                checker.follow()
            status = checker.look(t, players.calls(t), spent + clock.played)
            if status is None and t == planned:  # not where a run merely ends, or a resumed one would differ
                players.restart(*checker.candidate, t)
            if status is None and heard.pressed:
                status = Status.INTERRUPTED
            if status is None and clock.over():
                status = Status.TIME
    return finished(players, checker, t, spent + clock.played, status or Status.ROUNDS)


def broken(players: Players, checker: Checker, t: int, seconds: float) -> Solution:
    """Return the solution of a run whose game returned something that is not finite in round t: the last good point."""
    checker.follow()
    checker.audience.lost(t)
    good = players.witness.good if players.witness is not None else None
    score = None if good is None else checker.score(good)
    if score is not None and good is not None:
        checker.best = Best(score, good, "last")
    return finished(players, checker, t, seconds, Status.NONFINITE)


def next_stop(restart: Restart | None, t: int, every: int | None, players: Players) -> int:
    """Return the next round to look at the run: a check, or a restart that may be due."""
    if restart is None:
        return next_check(t, every, players.stride, players.apart)
    look = next_look(restart, t, players.stride)
    return look if every is None else min(look, next_check(t, every, players.stride, players.apart))


def finished(players: Players, checker: Checker, t: int, seconds: float, status: Status) -> Solution:
    """Return the solution of a run that has ended."""
    game, run = players.game, players.run
    if game.unproved and checker.best is not None:
        checker.violation = max(checker.violation, probe(game, *checker.best.pair).violation)
    if status is Status.CONVERGED and not checker.monotone:
        status = Status.NONMONOTONE
    nothing = Certificate(math.nan, -math.inf, math.inf, math.inf, math.inf, game.merit)
    certificate, pair, kind = checker.best or Best(nothing, players.iterates()[0], "last")
    if not checker.monotone:  # what the gradients at a point say of others holds for convex-concave games alone
        certificate = certificate._replace(lower=-math.inf, upper=math.inf)
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
        operator_calls=players.calls(t),
        check_calls=checker.calls,
        seconds=seconds,
        history=history_of(checker.rows),
        regret=players.regret(t),
        run=run,
        sides=players.sides,
        violation=checker.violation,
        **certificate._asdict(),
        **description_of(game),
    )


def description_of(game: Any) -> dict[str, Any]:
    """Return what a solution carries on of its game: scale and labels."""
    labelled = hasattr(game, "actions")
    return {
        "scale": game.scale,
        "scale_kind": game.scale_kind,
        "actions": game.actions if labelled else tuple(_check.labels("", None, size) for size in game.shape),
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
    restart: Any,
    oracle: Any,
) -> Solution:
    """Go on with a run, as it was played so far."""
    if start.run is None:
        raise ValueError("`start` is the solution of an exact method, which has no run to resume: pass its (x, y).")
    if (start.x.size, start.y.size) != tuple(game.shape):
        raise ValueError(f"`start` is of a {start.x.size} x {start.y.size} game; got one of shape {tuple(game.shape)}.")
    # Products may differ in their last bits from one machine to another.
    if abs(start.run.fingerprint - game.fingerprint) > 1e-9 * max(game.scale, game.largest):
        raise ValueError(
            "`start` is the solution of another game of this shape: pass its (x, y) to begin a new run there."
        )
    asked = start.run.average if start.run.wanted == "average" else start.run.wanted
    if average is not None and average != asked:
        raise ValueError(f"`average` of a resumed run stays {asked!r}; got {average!r}.")
    policy = start.run.restart.policy if start.run.restart else None
    if restart is not None and restart != policy:
        raise ValueError(f"`restart` of a resumed run stays {policy!r}; got {restart!r}.")
    given = {"alternating": alternating, "order": order, "seed": seed, "oracle": oracle}
    for name, value in given.items():
        if value is not None and value != getattr(start.run, name):
            raise ValueError(f"`{name}` of a resumed run stays {getattr(start.run, name)!r}; got {value!r}.")
    if method is not None and [type(r) for r in pair_of(method)] != [type(r) for r in start.run.rules]:
        raise ValueError(f"`method` of a resumed run stays {' against '.join(start.path)}; got {method!r}.")
    return play(game, start.run, limits, None, before=start)
