"""Markov games by sweeps over their states: in each, the stage games at the values so far are solved in one batch."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from minmax import _check
from minmax.exact.answer import Answer, late
from minmax.exact.linear import LinearProgram
from minmax.exact.many import empty, pivoted
from minmax.games.markov import MarkovGame
from minmax.games.matrix import MatrixGame

__all__ = ["HoffmanKarp", "PolicyIteration", "ShapleyIteration"]

SHARE = 0.25  # of the tolerance that what Shapley's equation is missed by may use up
STUCK = 5  # sweeps without progress after which what is left is rounding


class Solved(NamedTuple):
    """An equilibrium and what it proves."""

    x: np.ndarray
    y: np.ndarray
    value: float
    lower: float
    upper: float
    gap: float


def one(game: MatrixGame) -> Solved:
    """Return the equilibrium of a stage game that pivots do not end on."""
    x, y = LinearProgram().answer(game).pair or tuple(domain.centre() for domain in game.domains)
    return Solved(x, y, *game.score(x, y)[:4])


class Swept:
    """Values that sweeps have come to, the stage games' equilibria there, and what the games are worth."""

    def __init__(self, game: MarkovGame, values: np.ndarray) -> None:
        self.new, self.x, self.y = (np.empty(size) for size in (values.size, *game.shape))
        payments = game.entries(values)
        for group in game.groups:
            batch = group.games(payments)
            found = empty(*batch.shape)
            pivoted(batch, 1e-9, True, 1, found, one)
            self.new[group.states] = found.value
            group.lay(self.x, self.y, found.x, found.y)
        moved = self.new - values
        # In units of a stage: how much more x can be made to pay than the values, and how much less y is sure of.
        self.missing = max(float(moved.max()), 0.0) + max(float(-moved.min()), 0.0)


@dataclass(frozen=True)
class Sweeps:
    """What methods by sweeps share: when to stop, and what is kept of the way.

    Parameters
    ----------
    sweeps : at most so many.
    """

    sweeps: int = 10_000
    games: ClassVar[tuple[type, ...]] = (MarkovGame,)
    sure: ClassVar[bool] = True  # whether every step leads on, in the end

    def __post_init__(self) -> None:
        _check.whole("sweeps", self.sweeps, 1)

    def next(self, game: MarkovGame, last: Swept, tol: float) -> np.ndarray:
        """Return the values to go on from."""
        raise NotImplementedError(type(self).__name__)

    def answer(self, game: MarkovGame, tol: float = 1e-9, deadline: float | None = None) -> Answer:
        """Return policies whose gap is within the tolerance in all states, as far as rounding and the limits allow."""
        began = time.perf_counter()
        longest, least = float(game.lengths.max()), math.inf
        last = Swept(game, np.zeros(len(game.counts)))
        rows, stuck, count = [], 0, 1
        while True:
            gap = last.missing * longest
            rows.append((count, count, time.perf_counter() - began, gap, gap, math.nan, math.nan))
            stuck = 0 if last.missing < least else stuck + 1
            least = min(least, last.missing)
            done = gap <= SHARE * tol * game.scale or stuck >= STUCK
            if done or count >= self.sweeps or late(deadline):
                break
            swept, count = Swept(game, self.next(game, last, tol * game.scale)), count + 1
            if not self.sure and swept.missing >= last.missing:  # led astray: a plain sweep is sure to lead on
                swept, count = Swept(game, last.new), count + 1
            last = swept
        sign = 1.0 if game.loss else -1.0
        return Answer(
            (last.x, last.y),
            late=not done and late(deadline),
            iterations=count,
            calls=float(count),
            values=sign * last.new,
            history=rows,
            ended="rounds" if count >= self.sweeps else "",
        )


@dataclass(frozen=True)
class ShapleyIteration(Sweeps):
    """Exact method: Shapley's value iteration, `v(s) = val(R(s) + gamma P(s) v)`; a contraction by gamma a sweep.

    Parameters
    ----------
    sweeps : at most so many.

    Source
    ------
    L. Shapley, Stochastic games, 1953.
    """

    def next(self, game: MarkovGame, last: Swept, tol: float) -> np.ndarray:
        return last.new


@dataclass(frozen=True)
class PolicyIteration(Sweeps):
    """Exact method: Newton's on Shapley's equation: solve the stage games, then find what their policies are worth.

    It takes few sweeps, but might cycle: where one leads astray, a sweep of Shapley's iteration is made instead.

    Parameters
    ----------
    sweeps : at most so many.

    Source
    ------
    M. Pollatschek and B. Avi-Itzhak, Algorithms for stochastic games with geometrical interpretation, 1969; the
    safeguard after J. Filar and B. Tolwinski, On the algorithm of Pollatschek and Avi-Itzhak, 1991.
    """

    sure: ClassVar[bool] = False

    def next(self, game: MarkovGame, last: Swept, tol: float) -> np.ndarray:
        return game.evaluated(last.x, last.y, near=last.new)


@dataclass(frozen=True)
class HoffmanKarp(Sweeps):
    """Exact method: x's policy of the stage games against y's best answer to it, whose values fall in every sweep.

    Parameters
    ----------
    sweeps : at most so many.

    Source
    ------
    A. Hoffman and R. Karp, On nonterminating stochastic games, 1966.
    """

    def next(self, game: MarkovGame, last: Swept, tol: float) -> np.ndarray:
        return game.worst("x", last.x, last.new, SHARE * SHARE * tol)
