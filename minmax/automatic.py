"""Exact methods, and the choice of a method for a game by its kind, size, storage and tolerance."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any, NamedTuple

from minmax.checks import Clock, Limits
from minmax.dynamics import PredictiveRegretMatchingPlus
from minmax.exact import Crossover, DoubleOracle, InteriorPoint, LinearProgram, Pivoting, PureSaddle
from minmax.exact.oracle import WHOLE
from minmax.games.extensive import ExtensiveFormGame
from minmax.games.matrix import MatrixGame
from minmax.play import description_of, play
from minmax.players import fresh_run
from minmax.solution import Regret, Solution, Status, history_of

__all__ = ["EXACT", "automatic", "best", "by_exact", "joined", "plan"]

EXACT = 1e-9  # the tolerance of an exact method where none is asked for

# The table behind these numbers is printed by `python benchmarks/tables/exact.py --choice`.
PIVOTS = 2e7  # entries times the smaller side up to which pivoting is no slower: 270 x 270
LONG = 1000  # actions beyond which a tableau holds too many that never come into play
LOOSE = 5e-5  # tolerance down to which regret matching is the fastest on large dense games
SPARSE = 1e-7  # the same on sparse ones, whose rounds are cheap and whose factorisations fill in
FEW = 100  # actions in play at which the double oracle gives up on a large dense game: it has cost little by then
MANY = 1000  # the same where nothing else is exact
GUESS = 1e-4  # gap at which nearly all actions of an equilibrium show
DENSE_ENTRIES = 25_000_000  # entries up to which a sparse game may be solved as a dense one
ROUGH = 250_000  # entries from which rounds to a loose tolerance are played in single precision
QUICK = 5e-3  # a tolerance reached in so few rounds that a copy in single precision does not pay
SPREAD_OUT = 10.0  # largest payoff, in units of the spread, up to which single precision tells payoffs apart
FLOAT32 = 1e30  # sizes between one over this and this are single precision's
PROGRAM = 30_000  # entries of a tree's payoffs up to which its linear program comes first: half a second
LARGE_PROGRAM = 300_000  # the same where the tolerance is tight: some seconds
TRIAL = 5_000  # rounds of the dynamics where an exact method is still to come


ENDS = {
    "rounds": Status.ROUNDS,
    "time": Status.TIME,
    "watch": Status.WATCH,
    "interrupted": Status.INTERRUPTED,
}


def by_exact(game: Any, method: Any, limits: Limits, given: dict[str, Any] | None = None, near: Any = None) -> Solution:
    """Solve a game by an exact method and certify the answer; refuse options that mean nothing to it.

    A method that takes other games than matrix games names their classes in `games`; one that plays rounds, the options
    of `solve` that it knows in `takes`.
    """
    name = type(method).__name__
    games = getattr(method, "games", (MatrixGame,))
    if not isinstance(game, games):
        kinds = " or ".join(f"a{'n' * (kind.__name__[0] in 'AEIOU')} {kind.__name__}" for kind in games)
        other = "PolicyIteration" if hasattr(game, "counts") else "a dynamics"
        raise ValueError(f"{name} needs {kinds}; use {other} for this game.")
    if hasattr(game, "coupling") and game.coupling.kind == "operator" and not isinstance(method, DoubleOracle):
        raise ValueError(f"{name} needs a game with entries; use DoubleOracle() or a dynamics for this one.")
    takes = getattr(method, "takes", ())
    options: dict[str, Any] = {"rounds": limits.rounds} if "rounds" in takes else {}
    for option, value in (given or {}).items():
        if option == "start" and value is not None and getattr(method, "warm", False):
            near = tuple(domain.point(p, "start") for domain, p in zip(game.domains, value))
        elif value is not None and option in takes:
            options[option] = value
        elif value is not None:
            why = "" if takes else "is no iteration and "
            raise ValueError(f"{name} {why}takes no `{option}`; leave it out.")
    clock = Clock(limits.time_limit)
    deadline = None if limits.time_limit is None else time.perf_counter() + limits.time_limit
    options |= {"near": near} if near is not None else {}
    # Rounds without a tolerance are all played.
    tol = limits.tol or (-math.inf if "rounds" in takes else EXACT)
    found = method.answer(game, tol, deadline, **options)
    seconds = clock.elapsed()
    pair = found.pair or (game.domains[0].centre(), game.domains[1].centre())
    certificate = game.score(*pair)
    status, violation = Status.STALLED, getattr(game, "violation", 0.0)
    if violation > 0.0:  # what gradients say of other points holds for convex-concave games alone
        certificate = certificate._replace(lower=-math.inf, upper=math.inf)
    if certificate.relative_gap <= tol:
        status = Status.NONMONOTONE if violation > 0.0 else Status.CONVERGED
    elif tol > 0.0 and certificate.gap <= game.floor and game.merit != "natural residual":
        status = Status.FLOOR
    elif found.late:
        status = Status.TIME
    elif found.ended:
        status = ENDS[found.ended]
    return Solution(
        x=pair[0],
        y=pair[1],
        status=status,
        method=method,
        path=(name,),
        average=found.average,
        rounds=0,
        operator_calls=found.calls,
        check_calls=1,
        seconds=seconds,
        history=history_of(list(found.history)),
        regret=Regret(*(math.nan,) * 4),
        iterations=found.iterations,
        basis=found.basis,
        unique=found.unique,
        violation=violation,
        values=found.values,
        **certificate._asdict(),
        **description_of(game),
    )


class Rounds(NamedTuple):
    """A step of a plan: rounds of regret matching, as many as asked for where None, to a tolerance of their own.

    What comes after them is not for showing: they are looked at every so many rounds.
    """

    most: int | None = None
    tol: float = 0.0
    every: int | None = None


def plan(game: Any, tol: float | None) -> list[Any]:
    """Return the methods to try in order, for a matrix game or one on a tree.

    Small matrices are pivoted; a player with few actions, or payoffs of low rank, makes the double oracle end early;
    regret matching is the fastest to a loose tolerance, and to a tight one gives the crossover its guess and the
    interior point its start.  The program of a tree is sparse: it comes first, and after some rounds on a large one.
    """
    n, m = game.shape
    kind, tol = game.coupling.kind, tol or EXACT
    if isinstance(game, ExtensiveFormGame):
        if game.coupling.entries <= (PROGRAM if tol >= LOOSE else LARGE_PROGRAM):
            return [LinearProgram(), Rounds()]
        return [Rounds()] if tol >= LOOSE else [Rounds(TRIAL), LinearProgram(), Rounds()]
    if kind == "operator":
        return [DoubleOracle(), Rounds()] if tol < LOOSE else [Rounds(), DoubleOracle(MANY)]
    dense = [InteriorPoint(), LinearProgram()]
    if n * m * min(n, m) <= PIVOTS and max(n, m) <= LONG:
        return [Pivoting(), *dense]
    if min(n, m) <= WHOLE:
        return [DoubleOracle(), *dense, Rounds()]
    if kind == "sparse":
        ends = dense if n * m <= DENSE_ENTRIES else [DoubleOracle(MANY), LinearProgram()]
        first = Rounds(TRIAL) if tol >= SPARSE else DoubleOracle(FEW)
        return [first, *ends, Rounds()]
    if tol >= LOOSE:
        return [Rounds(TRIAL), *dense, Rounds()]
    return [DoubleOracle(FEW), Rounds(TRIAL, GUESS, 64), Crossover(), *dense, Rounds()]


def automatic(game: Any, limits: Limits) -> Solution:
    """Solve a matrix game, or one on a tree, by the methods of the plan, until one of them certifies its answer."""
    clock = Clock(limits.time_limit)
    if isinstance(game, MatrixGame) and PureSaddle().answer(game).pair is not None:
        return by_exact(game, PureSaddle(), limits)
    answers: list[Solution] = []
    for step in plan(game, limits.tol):
        left = limits._replace(time_limit=clock.left())
        if isinstance(step, Rounds):
            own = max(step.tol, limits.tol or EXACT)
            most = min(left.rounds, step.most or left.rounds)
            found = by_dynamics(game, left._replace(rounds=most, tol=own, every=left.every or step.every))
        else:
            warm = answers and isinstance(step, (InteriorPoint, Crossover))
            found = by_exact(game, step, left, near=(best(answers).x, best(answers).y) if warm else None)
        answers.append(found)
        short = found.converged and found.relative_gap > (limits.tol or EXACT)
        if not short and found.status not in (Status.ROUNDS, Status.STALLED):
            break
    return joined(answers, clock.elapsed())


def joined(answers: list[Solution], seconds: float) -> Solution:
    """Return the best answer with the work of all; a run that was gone on with counts once."""
    if len(answers) == 1:
        return answers[0]
    chosen = best(answers)
    runs = [answer for answer in answers if answer.run is not None]
    whole = [answer for answer in answers if answer.run is None or answer is runs[-1]]
    return replace(
        chosen,
        status=answers[-1].status,
        path=tuple(name for answer in answers for name in answer.path),
        rounds=sum(answer.rounds for answer in whole),
        operator_calls=sum(answer.operator_calls for answer in whole),
        check_calls=sum(answer.check_calls for answer in whole),
        seconds=seconds,
        history=runs[-1].history if runs else chosen.history,
        regret=runs[-1].regret if runs else chosen.regret,
    )


def best(answers: list[Solution]) -> Solution:
    """Return the answer that proves most."""
    return min(answers, key=lambda answer: answer.relative_gap)


def by_dynamics(game: Any, limits: Limits) -> Solution:
    """Solve a game by the strongest dynamics without a step size, in single precision where that is enough."""
    # The player whose actions are the stored rows goes first: such a round reads the matrix once.
    order = "yx" if getattr(game.kernel, "leader", "x") == "y" else "xy"
    run = fresh_run(game, PredictiveRegretMatchingPlus(), limits.rounds, "quadratic", None, order, None)
    tol = limits.tol or EXACT
    rough = LOOSE <= tol <= QUICK and roughly(game)
    return play(game, run._replace(rough=rough), limits._replace(lean=True), None)


def roughly(game: Any) -> bool:
    """Whether single precision saves time on a game, and keeps its payoffs apart: half the memory, twice the lanes."""
    held = game.coupling
    if held.kind != "dense" or held.entries < ROUGH:
        return False
    return held.largest <= SPREAD_OUT * held.spread and 1.0 / FLOAT32 < held.spread < FLOAT32
