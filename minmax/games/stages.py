"""Markov games with known values: soccer, pursuit, inspections, the Big Match, and random ones."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.games.markov import MarkovGame
from minmax.games.matrix import Known

__all__ = ["big_match", "inspections", "pursuit", "random_markov", "soccer"]

Square = tuple[int, int]
STEPS = {"north": (-1, 0), "south": (1, 0), "east": (0, 1), "west": (0, -1), "stand": (0, 0)}


class Field(NamedTuple):
    """A state of soccer: where x and y stand, and who has the ball, 0 or 1."""

    x: Square
    y: Square
    ball: int

    def __str__(self) -> str:
        marks = [f"{name}{'*' * (self.ball == k)} {row},{column}" for k, (name, (row, column)) in enumerate(self.told)]
        return " ".join(marks)

    @property
    def told(self) -> tuple[tuple[str, Square], ...]:
        """Both players with their squares."""
        return ("x", self.x), ("y", self.y)


@dataclass(frozen=True)
class Soccer:
    """Littman's soccer: both moves are executed in random order; x scores in the east, y in the west."""

    rows: int
    columns: int
    goal: tuple[int, ...]

    def starts(self) -> Iterable[tuple[Hashable, float]]:
        return [(Field((0, 0), (self.rows - 1, self.columns - 1), 0), 1.0)]

    def actions(self, state: Field) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
        return tuple(STEPS), tuple(STEPS)

    def moved(self, state: Field, player: int, step: Any) -> Field | float:
        """Return the field after one player's move, or what x receives where that scores."""
        squares = state.x, state.y
        row, column = (a + b for a, b in zip(squares[player], STEPS[step]))
        if (row, column) == squares[1 - player]:
            return state._replace(ball=1 - player)  # who stands still has the ball
        if not 0 <= column < self.columns and row in self.goal:
            through = self.columns if player == 0 else -1
            if state.ball == player and column == through:
                return 1.0 - 2.0 * player
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            return state
        return state._replace(x=(row, column)) if player == 0 else state._replace(y=(row, column))

    def outcomes(self, state: Field, a: Any, b: Any) -> Iterable[tuple[float, float, Hashable]]:
        for first, second in (((0, a), (1, b)), ((1, b), (0, a))):
            after = self.moved(state, *first)
            if isinstance(after, Field):
                after = self.moved(after, *second)
            yield (0.5, 0.0, after) if isinstance(after, Field) else (0.5, after, None)


def soccer(rows: int = 4, columns: int = 5, *, goal: Sequence[int] | None = None, gamma: float = 0.9) -> MarkovGame:
    """Soccer on a small grid: who carries the ball out through the goal of the other scores one, and play ends.

    Both step or stand at once, and their steps are made in random order; who steps onto the other stays, and the other
    has the ball.  x goes east, and begins with the ball in the north west, y in the south east.

    Parameters
    ----------
    rows, columns : of the field.
    goal : rows of both goals; the middle two where there are more, else all.
    gamma : what a goal is worth a stage later.

    Examples
    --------
    >>> soccer(2, 3)
    MarkovGame('soccer(2,3)', 60 states, up to 5 x 5 actions, gamma 0.9)

    Source
    ------
    M. Littman, Markov games as a framework for multi-agent reinforcement learning, 1994.
    """
    rows, columns = _check.whole("rows", rows, 1), _check.whole("columns", columns, 2)
    middle = range(rows) if rows <= 2 else range((rows - 1) // 2, rows // 2 + 1)
    if goal is not None and not isinstance(goal, (list, tuple, range)):
        raise TypeError(f"`goal` must be a list of rows; got {goal!r}.")
    rules = Soccer(rows, columns, tuple(middle if goal is None else goal))
    if not rules.goal or not set(rules.goal) <= set(range(rows)):
        raise ValueError(f"`goal` must be rows from 0 to {rows - 1}; got {goal}.")
    values = {(2, 3, 0.9): 0.2593656208, (2, 4, 0.9): 0.2078473498}
    value = values.get((rows, columns, gamma)) if goal is None else None
    known = None if value is None else Known(value)
    return MarkovGame.from_rules(rules, gamma, name=f"soccer({rows},{columns})", known=known)


@dataclass(frozen=True)
class Pursuit:
    """Two players on a graph: both move at once to a neighbour or stay; x wants to meet y."""

    neighbours: tuple[tuple[int, ...], ...]

    def starts(self) -> Iterable[tuple[Hashable, float]]:
        return [((0, len(self.neighbours) - 1), 1.0)]

    def actions(self, state: Any) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
        return self.neighbours[state[0]], self.neighbours[state[1]]

    def outcomes(self, state: Any, a: Any, b: Any) -> Iterable[tuple[float, float, Hashable]]:
        return [(1.0, 1.0, None) if a == b else (1.0, 0.0, (a, b))]


def pursuit(vertices: int = 3, edges: Sequence[tuple[int, int]] | None = None, *, gamma: float = 0.9) -> MarkovGame:
    """Pursuit on a graph: both go along an edge or stay, at once; x receives one when they meet, and play ends.

    Parameters
    ----------
    vertices : of the graph; x begins at the first, y at the last.
    edges : pairs of vertices, numbered from 0; every pair where None, with value `(1 / n) / (1 - gamma (n - 1) / n)`.
    gamma : what meeting is worth a stage later.

    Examples
    --------
    >>> round(pursuit(3).known.value, 6)
    0.833333

    Source
    ------
    T. Parthasarathy and T. Raghavan, Some topics in two-person games, 1971.
    """
    count = _check.whole("vertices", vertices, 2)
    pairs = [(i, j) for i in range(count) for j in range(i)] if edges is None else list(edges)
    if not all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 and all(0 <= end < count for end in pair) for pair in pairs
    ):
        raise ValueError(f"`edges` must be pairs of vertices from 0 to {count - 1}; got {edges}.")
    near = [{k} for k in range(count)]
    for i, j in pairs:
        near[i].add(j)
        near[j].add(i)
    known = Known(1.0 / (count - gamma * (count - 1))) if edges is None else None
    return MarkovGame.from_rules(
        Pursuit(tuple(tuple(sorted(own)) for own in near)), gamma, name=f"pursuit({count})", known=known
    )


@dataclass(frozen=True)
class Inspections:
    """So many periods, some of them inspected, at most one violation."""

    periods: int
    left: int

    def starts(self) -> Iterable[tuple[Hashable, float]]:
        return [((self.periods, self.left), 1.0)]

    def actions(self, state: Any) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
        return ("inspect", "wait"), ("violate", "comply")

    def outcomes(self, state: Any, a: Any, b: Any) -> Iterable[tuple[float, float, Hashable]]:
        periods, left = state
        if b == "violate":
            return [(1.0, 1.0 if a == "inspect" else -1.0, None)]
        periods, left = periods - 1, left - (a == "inspect")
        if left == 0 and periods > 0:
            return [(1.0, -1.0, None)]  # no inspection is left, and a violation is sure
        return [(1.0, 0.0, None)] if left >= periods else [(1.0, 0.0, (periods, left))]


def inspections(periods: int = 4, count: int = 2) -> MarkovGame:
    """Inspections over time: x may inspect in some of the periods, y may violate once; caught is 1 to x, uncaught -1.

    Parameters
    ----------
    periods : at least two.
    count : inspections, at least one and fewer than the periods.

    Examples
    --------
    >>> inspections(12, 4).known.value == -165 / 397
    True

    Source
    ------
    M. Dresher, A sampling inspection problem in arms control agreements, 1962.
    """
    periods, count = _check.whole("periods", periods, 2), _check.whole("count", count, 1)
    if count >= periods:
        raise ValueError(f"`count` must be less than the {periods} periods; got {count}.")
    value = -comb(periods - 1, count) / sum(comb(periods, i) for i in range(count + 1))
    name = f"inspections({periods},{count})"
    return MarkovGame.from_rules(Inspections(periods, count), 1.0, name=name, known=Known(value))


def big_match(gamma: float = 0.9) -> MarkovGame:
    """The Big Match: y hides a coin or not, x guesses; a guess of "hidden" is final, and is paid for ever.

    Payments are shares of all stages, `1 - gamma` a stage: the value is one half whatever gamma is.

    Parameters
    ----------
    gamma : what a stage is worth against the one before it, below one.

    Examples
    --------
    >>> big_match(0.99).known.value
    0.5

    Source
    ------
    D. Gillette, Stochastic games with zero stop probabilities, 1957; D. Blackwell and T. Ferguson, The Big Match, 1968.
    """
    gamma = _check.positive("gamma", gamma)
    if gamma >= 1.0:
        raise ValueError(f"`gamma` must be below one; got {gamma}.")
    P = np.zeros((1, 2, 2, 1))
    P[0, 1, :, 0] = 1.0
    R = [[[1.0, 0.0], [0.0, 1.0 - gamma]]]
    labels = {"states": ["open"], "moves": ([("hidden", "not hidden")], [("hide", "show")])}
    return MarkovGame.from_payoffs(P, R, gamma, name="big-match", known=Known(0.5), **labels)


def random_markov(
    states: int = 20, n: int = 3, m: int = 3, successors: int = 3, *, gamma: float = 0.9, seed: int = 0
) -> MarkovGame:
    """Independent payoffs, uniform on [-1, 1]; every pair of actions leads to some states, with random odds.

    Parameters
    ----------
    states, n, m : sizes.
    successors : states that a pair of actions leads to, one of them may be drawn twice.
    gamma : discount.
    seed : of `numpy.random.default_rng`.

    Examples
    --------
    >>> random_markov(5, 2, 2)
    MarkovGame('random-markov(5,2,2,3,0)', 5 states, up to 2 x 2 actions, gamma 0.9)

    Source
    ------
    The project's own control.
    """
    from scipy.sparse import csr_array

    states, n, m = (_check.whole(name, size, 1) for name, size in (("states", states), ("n", n), ("m", m)))
    successors, seed = _check.whole("successors", successors, 1), _check.whole("seed", seed)
    rng = np.random.default_rng(seed)
    R = rng.uniform(-1.0, 1.0, (states, n, m))
    rows = states * n * m
    shares = rng.exponential(size=(rows, successors))
    shares /= shares.sum(axis=1, keepdims=True)
    columns = rng.integers(0, states, (rows, successors))
    P = csr_array(
        (shares.ravel(), columns.ravel(), np.arange(0, rows * successors + 1, successors)), shape=(rows, states)
    )
    P.sum_duplicates()
    name = f"random-markov({states},{n},{m},{successors},{seed})"
    return MarkovGame.from_payoffs(P, R, gamma, name=name)
