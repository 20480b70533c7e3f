"""Self-play in Markov games: both players learn in every state at once, against values that move more slowly."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from minmax import _check
from minmax.domains import Simplex
from minmax.exact.answer import Answer
from minmax.games.markov import MarkovGame
from minmax.games.policies import Stages
from minmax.watching import Audience, in_rounds

__all__ = ["SelfPlay"]

BELIEF = 0.6  # power of the step of beliefs in fictitious play, below that of values, which is one


class Stage:
    """The states of one size: both players' strategies there, and how a rule moves them."""

    def __init__(self, group: Stages, eta: float, tau: float) -> None:
        self.group, self.eta, self.tau = group, eta, tau
        sizes = (len(group.states), group.n), (len(group.states), group.m)
        self.x, self.y = (np.full(size, 1.0 / size[1]) for size in sizes)
        self.base_x, self.base_y = self.x.copy(), self.y.copy()

    def move(self, Q: np.ndarray, t: int) -> np.ndarray:
        """Move both strategies in the stage games Q, and return what the strategies before were worth there."""
        raise NotImplementedError(type(self).__name__)

    def costs(self, Q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what x's actions cost, what y's actions gain, and what the pair is worth."""
        by_x, by_y = np.einsum("sij,sj->si", Q, self.y), np.einsum("sij,si->sj", Q, self.x)
        return by_x, by_y, np.einsum("si,si->s", by_x, self.x)


class Optimistic(Stage):
    """Optimistic gradient with projections: C.-Y. Wei, C.-W. Lee, M. Zhang and H. Luo, 2021, algorithm 1."""

    def move(self, Q: np.ndarray, t: int) -> np.ndarray:
        by_x, by_y, worth = self.costs(Q)
        for name, slope in (("x", -by_x), ("y", by_y)):
            base = nearest(getattr(self, f"base_{name}") + self.eta * slope)
            setattr(self, f"base_{name}", base)
            setattr(self, name, nearest(base + self.eta * slope))
        return worth


class Entropy(Stage):
    """Optimistic weights with an entropy of weight tau: S. Cen, Y. Chi, S. Du and L. Xiao, 2023, algorithm 1."""

    def move(self, Q: np.ndarray, t: int) -> np.ndarray:
        by_x, by_y, worth = self.costs(Q)
        worth = worth - self.tau * (entropy(self.x) - entropy(self.y))
        # What is seen now moves the bases, and is expected again.
        for name, slope in (("x", -by_x), ("y", by_y)):
            base = self.shifted(getattr(self, f"base_{name}"), slope)
            setattr(self, f"base_{name}", base)
            setattr(self, name, self.shifted(base, slope))
        return worth

    def shifted(self, base: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Return strategies in proportion to `base^(1 - eta tau) exp(eta slope)`."""
        theta = (1.0 - self.eta * self.tau) * np.log(base) + self.eta * slope
        weights = np.maximum(np.exp(theta - theta.max(axis=1, keepdims=True)), 1e-300)
        return weights / weights.sum(axis=1, keepdims=True)


class Fictitious(Stage):
    """Best responses to beliefs, which x and y hold here: M. Sayin, F. Parise and A. Ozdaglar, 2022."""

    def move(self, Q: np.ndarray, t: int) -> np.ndarray:
        by_x, by_y, worth = self.costs(Q)
        for name, best in (("x", by_x.argmin(axis=1)), ("y", by_y.argmax(axis=1))):
            belief = getattr(self, name)
            belief *= 1.0 - t**-BELIEF
            belief[np.arange(len(belief)), best] += t**-BELIEF
        return worth


RULES = {"optimistic": Optimistic, "entropy": Entropy, "fictitious": Fictitious}


def nearest(points: np.ndarray) -> np.ndarray:
    """Return the strategies nearest to points, row by row."""
    return np.asarray(Simplex(points.shape[1]).using("euclidean").play_rows(points))


def entropy(strategies: np.ndarray) -> np.ndarray:
    """Return the entropy of each row."""
    return -np.asarray((strategies * np.log(np.where(strategies > 0.0, strategies, 1.0))).sum(axis=1))


@dataclass(frozen=True)
class SelfPlay:
    """Dynamics of a Markov game: a rule learns the matrix game of every state, while values move slowly.

    Neither player solves a game: it sees what its own actions were worth against the other's last strategy.  The last
    policies are certified, in all states.

    Parameters
    ----------
    rule : "optimistic" for the optimistic gradient, "entropy" for optimistic weights with an entropy of weight `tau`,
        whose limit is near the equilibrium as far as tau is small, "fictitious" for best responses to beliefs.
    rounds : at most so many; those of `solve` where None.
    eta : step size; chosen by the size and spread of the stage games where None.
    tau : weight of the entropy.

    Examples
    --------
    >>> import minmax as mm
    >>> found = mm.solve(mm.zoo.inspections(3, 1), SelfPlay(rounds=1000), tol=1e-3)
    >>> found.converged, round(found.value, 3)
    (True, -0.5)

    Source
    ------
    C.-Y. Wei, C.-W. Lee, M. Zhang and H. Luo, Last-iterate convergence of decentralized optimistic gradient
    descent/ascent in infinite-horizon competitive Markov games, 2021, arXiv 2102.04540; S. Cen, Y. Chi, S. Du and L.
    Xiao, Faster last-iterate convergence of policy optimization in zero-sum Markov games, 2023, arXiv 2210.01050; M.
    Sayin, F. Parise and A. Ozdaglar, Fictitious play in zero-sum stochastic games, 2022, arXiv 2010.04223.
    """

    rule: str = "optimistic"
    rounds: int | None = None
    eta: float | None = None
    tau: float = 0.01
    games: ClassVar[tuple[type, ...]] = (MarkovGame,)
    takes: ClassVar[tuple[str, ...]] = ("rounds", "every", "watch")
    kind: ClassVar[str] = "self-play"

    def __post_init__(self) -> None:
        _check.choice("rule", self.rule, RULES)
        if self.rounds is not None:
            _check.whole("rounds", self.rounds, 1)
        _check.not_negative("tau", self.tau)
        if self.eta is not None:
            _check.positive("eta", self.eta)
            if self.rule == "entropy" and self.eta * self.tau >= 1.0:
                raise ValueError(f"`eta` times `tau` must be below one; got {self.eta * self.tau}.")

    def answer(
        self, game: MarkovGame, tol: float = 1e-9, deadline: float | None = None, rounds: int = 100_000,
        every: int | None = None, watch: Callable[[Any], Any] | None = None,
    ) -> Answer:  # fmt: skip
        """Return the last policies, played until their gap is within the tolerance, or as long as allowed."""
        began, most, audience = time.perf_counter(), self.rounds or rounds, Audience(watch)
        sides = float(np.sqrt(game.counts.prod(axis=1).max()))
        eta = self.eta or min(0.5 / (sides * (game.scale or 1.0)), 0.5 / max(self.tau, 1e-300))
        stages = [RULES[self.rule](group, eta, self.tau) for group in game.groups]
        values, horizon = np.zeros(len(game.counts)), 2.0 * float(game.lengths.max())
        rows: list[tuple[float, ...]] = []
        x, y = np.empty(game.X.n), np.empty(game.Y.n)

        def policies() -> tuple[np.ndarray, np.ndarray]:
            for stage in stages:
                stage.group.lay(x, y, stage.x, stage.y)
            return x, y

        def look(t: int) -> tuple[bool, bool]:
            """Certify the policies; return whether they are good enough, and whether the watch has seen enough."""
            found, seconds = game.score(*policies()), time.perf_counter() - began
            rows.append((t, t, seconds, found.gap, math.nan, math.nan, math.nan))
            return found.relative_gap <= tol, audience.check(t, t, seconds, (x, y), (x, y), (found.gap, math.nan))

        def advance(t: int, stop: int) -> None:
            for k in range(t + 1, stop + 1):
                payments = game.entries(values)
                share = 1.0 / k if self.rule == "fictitious" else (horizon + 1.0) / (horizon + k)
                for stage in stages:
                    group = stage.group
                    worth = stage.move(group.games(payments), k)
                    values[group.states] += share * (worth - values[group.states])

        audience.begin(0, policies, game, self)
        played = in_rounds(most, every, deadline, audience, advance, policies, look)
        return Answer(
            policies(), iterations=played.rounds, calls=float(played.rounds),
            values=(1.0 if game.loss else -1.0) * values, history=rows, ended=played.ended,
        )  # fmt: skip
