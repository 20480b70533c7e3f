"""What a player is told instead of its utilities: them and noise, or those of a few terms of a finite sum."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax._scalar import uniform

__all__ = ["GaussianNoise", "Minibatch", "Sampled", "checked_oracle"]

TERMS = 4  # streams of random numbers 0 and 1 are the players' own, 2 and 3 their noise


class GaussianNoise(NamedTuple):
    """Independent Gaussian noise on every utility.

    Parameters
    ----------
    sigma : standard deviation of each coordinate, payoff units.
    same : whether both evaluations of a step that looks ahead meet the same noise.

    Examples
    --------
    >>> from minmax import BilinearGame, ExtraGradient, solve
    >>> noisy = solve(BilinearGame([[1.0]]), ExtraGradient(0.1), oracle=GaussianNoise(1.0), rounds=2000, tol=None)
    >>> noisy.gap > 1e-3
    True
    """

    sigma: float
    same: bool = False


class Minibatch(NamedTuple):
    """The mean over a few terms of a `FiniteSumGame`, drawn anew each round with replacement.

    Parameters
    ----------
    size : terms drawn.
    same : whether both evaluations of a step that looks ahead meet the same terms.
    """

    size: int = 1
    same: bool = False


def checked_oracle(game: Any, oracle: Any, rules: tuple[Any, Any], alternating: bool) -> Any:
    """Return the oracle that `solve` was given, or say why it cannot be."""
    snapshot = any(rule.snapshot for rule in rules)
    if oracle is None and snapshot:
        oracle = Minibatch()
    if oracle is None:
        return None
    if isinstance(oracle, GaussianNoise):
        _check.positive("sigma", oracle.sigma)
    elif isinstance(oracle, Minibatch):
        _check.whole("size", oracle.size, 1)
        if not hasattr(game, "term_gradients"):
            raise ValueError(f"`oracle` draws terms of a sum: it needs a FiniteSumGame; got {type(game).__name__}.")
        if alternating:
            raise ValueError("`oracle` draws terms for both players at once: it needs `alternating=False`.")
    else:
        raise TypeError(f"`oracle` must be GaussianNoise(sigma) or Minibatch(size); got {oracle!r}.")
    if snapshot and not isinstance(oracle, Minibatch):
        raise ValueError("A variance-reduced dynamics draws terms of a FiniteSumGame: use `oracle=Minibatch(...)`.")
    if any(rule.implicit or rule.bandit for rule in rules):
        raise ValueError("`oracle` is for dynamics that see utilities; proximal steps and bandits do not.")
    return oracle


class Sampled:
    """A finite-sum game seen through minibatches; for variance-reduced rules, around a snapshot.

    Parameters
    ----------
    game : FiniteSumGame.
    oracle : Minibatch.
    rule : the players' dynamics; one with `snapshot` mixes in the snapshot kept in its memory b.
    sides : both players' arrays; their `pace[1]` counts the operator calls spent.
    start, seed : round of the first evaluation, and what the draws are made from.
    """

    def __init__(self, game: Any, oracle: Minibatch, rule: Any, sides: tuple[Any, Any], start: int, seed: int) -> None:
        self.game, self.oracle, self.rule, self.sides, self.seed = game, oracle, rule, sides, seed
        self.t = start
        self.whole: tuple[np.ndarray, np.ndarray] | None = None

    def draw(self, t: int) -> np.ndarray:
        """Return the terms of round t."""
        step = (t + 1) // 2 if self.oracle.same else t
        return np.array([int(uniform(self.seed, TERMS, step, i) * self.game.count) for i in range(self.oracle.size)])

    def spend(self, calls: float) -> None:
        """Count operator calls; a term is its share of one."""
        self.sides[0].pace[1] += calls

    def utilities(self, x: np.ndarray, y: np.ndarray, ux: np.ndarray, uy: np.ndarray) -> None:
        """Write estimates of both utilities."""
        by_x, by_y = self.around_snapshot(x, y) if self.rule.snapshot else self.batch(x, y)
        np.negative(by_x, out=ux)
        uy[...] = by_y
        self.t += 1

    def batch(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean gradients of the terms drawn."""
        terms = self.draw(self.t)
        self.spend(terms.size / self.game.count)
        found: tuple[np.ndarray, np.ndarray] = self.game.term_gradients(x, y, terms)
        return found

    def around_snapshot(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the full gradients at the snapshot, in even rounds corrected by the terms drawn."""
        snapshot = self.sides[0].b, self.sides[1].b
        if self.t % 2 == 1:
            if self.t == 1 or uniform(self.seed, TERMS + 1, self.t, 0) < self.rule.refresh:
                snapshot[0][...], snapshot[1][...] = x, y
                self.whole = None
            if self.whole is None:
                self.whole = self.game.gradients(*snapshot)
                self.spend(1.0)
            return self.whole
        if self.whole is None:  # a run resumed between the rounds of a step
            self.whole = self.game.gradients(*snapshot)
        terms = self.draw(self.t)
        self.spend(2.0 * terms.size / self.game.count)
        here, there = self.game.term_gradients(x, y, terms), self.game.term_gradients(*snapshot, terms)
        return self.whole[0] + here[0] - there[0], self.whole[1] + here[1] - there[1]


def gaussian(seed: int, player: int, t: int, i: int) -> float:
    """Standard Gaussian number of a round and coordinate, by Box and Muller."""
    radius = math.sqrt(-2.0 * math.log(uniform(seed, player + 2, t, 2 * i)))
    return radius * math.cos(2.0 * math.pi * uniform(seed, player + 2, t, 2 * i + 1))
