"""The choice of a method for bilinear and quadratic games: exact ones, a dynamics, or one after the other."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from minmax.automatic import DENSE_ENTRIES, EXACT, best, by_exact, joined
from minmax.checks import Clock, Limits
from minmax.domains import Free
from minmax.dynamics import PDHG, HalpernPDHG
from minmax.dynamics.primal_dual import PrimalDual
from minmax.exact import ActiveSet, InteriorPoint
from minmax.exact.newton import hot
from minmax.exact.system import price
from minmax.play import play
from minmax.players import fresh_run
from minmax.solution import Solution, Status

__all__ = ["automatic_saddle", "primal_dual"]

# The figures behind these numbers are printed by `python benchmarks/tables/saddle.py`.
CHEAP = 3e8  # multiplications of a factorisation up to which an exact method comes first: 600 x 600
DEAREST = 3e10  # the same up to which it comes at all
PLANES = 300  # sums and spheres that a system may have beside its players
FIRST_TRY = 1e-2  # gap at which the face of a game is first guessed


def automatic_saddle(game: Any, method: Any, limits: Limits) -> Solution:
    """Solve a convex-concave quadratic game by exact methods, and by a dynamics before them, after them, or alone.

    Factorisations of small games cost less than the rounds they save; before those of larger ones as many rounds are
    played as cost about the same.  Where no exact method ends it the dynamics goes on.
    """
    clock, tol = Clock(limits.time_limit), limits.tol or EXACT
    exact = [] if limits.watch is not None or limits.progress else exact_methods(game)
    answers: list[Solution] = []
    rounds = Rounds(game, method)
    if exact and dearness(game) > CHEAP:
        answers.append(rounds.play(limits._replace(rounds=min(limits.rounds, *game.shape))))
    for step in exact:
        if answers and ended(answers[-1]):
            break
        near = (best(answers).x, best(answers).y) if answers and isinstance(step, ActiveSet) else None
        answers.append(by_exact(game, step, limits._replace(time_limit=clock.left()), near=near))
    if not answers or not ended(answers[-1]):
        before = answers[0] if answers and answers[0].run is not None else None
        played = 0 if before is None else before.rounds
        rest = limits._replace(rounds=limits.rounds - played, time_limit=clock.left())
        newton = limits.watch is None and not limits.progress and ActiveSet().fits(game)  # worth a try at each digit
        answers.append(by_digits(game, rounds, rest, tol, before) if newton else rounds.play(rest, before))
    return joined(answers, clock.elapsed())


def ended(answer: Solution) -> bool:
    """Whether nothing more is to come after an answer."""
    return answer.status not in (Status.ROUNDS, Status.STALLED)


def exact_methods(game: Any) -> list[Any]:
    """Return the exact methods that are sure enough of a game to be tried without a guess, in order."""
    if dearness(game) > DEAREST or math.prod(game.shape) > DENSE_ENTRIES:
        return []
    if all(smooth(domain) for domain in game.domains) and ActiveSet().fits(game):
        return [ActiveSet()]
    if not InteriorPoint().fits(game) or sum(domain.walls().planes for domain in game.domains) > PLANES:
        return []
    return [InteriorPoint(), ActiveSet()]


def smooth(domain: Any) -> bool:
    """Whether a domain has one face only: Newton's method needs no guess of it."""
    return isinstance(domain, Free) or hot(domain)


def dearness(game: Any) -> float:
    """Return the multiplications of a factorisation."""
    return price(game.shape, game.forms)


class Rounds:
    """A dynamics on a game, restarted where it has primal-dual steps, and gone on with: the game is laid out once."""

    def __init__(self, game: Any, method: Any) -> None:
        self.game, self.method = game, method

    @cached_property
    def laid(self) -> tuple[Any, str | None]:
        """The game as the dynamics reads it fastest, and who moves first."""
        return led(self.game) if isinstance(self.method, PrimalDual) else (self.game, None)

    def play(self, limits: Limits, before: Solution | None = None) -> Solution:
        """Play from the start, or on from before."""
        (game, order), limits = self.laid, limits._replace(lean=True)
        if before is not None and before.run is not None:
            return play(game, before.run, limits, None, before=before)
        # Halpern's steps have no average to look at.
        halpern = isinstance(self.method, HalpernPDHG)
        average = "last" if halpern else None
        restart = ("bold" if halpern else "adaptive") if isinstance(self.method, PrimalDual) else None
        run = fresh_run(game, self.method, limits.rounds, average, None, order, None, restart=restart)
        return play(game, run, limits, None)


def by_digits(game: Any, rounds: Rounds, limits: Limits, tol: float, before: Solution | None) -> Solution:
    """Play a dynamics with a try of Newton's method at each digit, which may take half the time spent so far."""
    clock = Clock(limits.time_limit)
    goal = max(tol, min(FIRST_TRY, 1.0 if before is None else before.relative_gap / 10.0))
    found, left_over = before, limits.rounds
    while True:
        played = 0 if found is None else found.rounds
        rest = limits._replace(tol=goal, rounds=left_over, time_limit=clock.left())
        found = rounds.play(rest, found)
        left_over -= found.rounds - played
        if not found.converged or found.relative_gap <= tol:
            return found
        budget, left = clock.elapsed() / 2.0, clock.left()
        budget = budget if left is None else min(budget, left)
        sharp = by_exact(game, ActiveSet(), limits._replace(time_limit=budget), near=(found.x, found.y))
        if sharp.converged:
            return joined([found, sharp], clock.elapsed())
        goal = max(tol, found.relative_gap / 10.0)


def primal_dual(game: Any) -> Any:
    """Return the primal-dual dynamics for a game.

    Halpern's reflected steps take half the rounds, and need a step that is firmly nonexpansive: one without gradients
    of the players' own forms.
    """
    return HalpernPDHG() if max(game.curvatures) == 0.0 else PDHG()


def led(game: Any) -> tuple[Any, str]:
    """Return the game stored so that a player whose map is one of single coordinates leads, and who moves first.

    A primal-dual round then reads the matrix once.
    """
    pointwise = [domain.using("euclidean").pointwise for domain in game.domains]
    leader = getattr(game.kernel, "leader", "")
    if not leader or not any(pointwise):
        return game, "xy"
    if not pointwise["xy".index(leader)]:
        other = "y" if leader == "x" else "x"
        if game.coupling.kind != "dense" or game.coupling.entries > DENSE_ENTRIES:
            return game, "xy"
        laid = game.led_by(other)
        if getattr(laid.kernel, "leader", "") != other:  # it has a form of its own, which needs its whole point
            return game, "xy"
        game, leader = laid, other
    return game, "xy" if leader == "x" else "yx"
