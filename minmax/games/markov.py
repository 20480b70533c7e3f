"""Markov games: in every state a matrix game is played, whose actions also draw the next state."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from minmax import _check
from minmax.games.certificate import EPS, Certificate, relative
from minmax.games.extensive import Choice
from minmax.games.matrix import Known
from minmax.games.policies import ROWS, Policies, Stages, distribution, first_of, solved, stage_payoffs, transitions
from minmax.games.told import plan_of

__all__ = ["MarkovGame", "MarkovRules"]

LARGEST = 1e150  # payment: many of them are summed
SWEEPS = 200  # of the bound on the length of play, before it is computed as that of the longest play
IMPROVEMENTS = 200  # of a best response at most: each is better in every state


class MarkovRules(Protocol):
    """The rules of a Markov game on states of any kind."""

    def starts(self) -> Iterable[tuple[Hashable, float]]:
        """Return the states that play may begin in, each with its probability."""

    def actions(self, state: Any) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
        """Return what x and what y can do."""

    def outcomes(self, state: Any, a: Any, b: Any) -> Iterable[tuple[float, float, Hashable]]:
        """Return what may happen after x's a and y's b: probability, what x receives, and the next state.

        None for a next state ends the play.
        """


@dataclass(frozen=True, eq=False, repr=False)
class MarkovGame:
    """A zero-sum game through time: both act at once, x pays y, the next state is drawn, and what comes is discounted.

    Strategies are stationary policies, the probabilities of every state one after the other; `policies` lays them out.

    Parameters
    ----------
    P : probabilities of the next state: an (S, n, m, S) array, or a scipy sparse array of S n m rows; or a list with an
        (n_s, m_s, S) array or a sparse array of n_s m_s rows for each state.  Rows that sum to less than one end the
        play with what is missing.
    R : (S, n, m) what x pays y, or a list of (n_s, m_s) arrays.
    gamma : what a payment is worth a stage later, positive, at most one; one where play ends for certain.
    start : state that play begins in, or a distribution over states; uniform where None.  `value` is that of the start.
    states : labels of the states; numbers from 0 where not given.
    moves : two lists of labels, for each state those of x's and of y's actions; numbers from 1 where not given.
    players, name, known : as for `MatrixGame`; `known.value` is that of the start.
    loss : whether R is what x pays; where False x receives it, and values are reported so.

    Examples
    --------
    A tiger behind one of two doors: who is caught pays 1; else both go on.

    >>> import minmax as mm
    >>> P = np.array([[[[0.0], [1.0]], [[1.0], [0.0]]]])
    >>> game = MarkovGame(P, [[[1.0, 0.0], [0.0, 1.0]]], gamma=0.5)
    >>> round(mm.solve(game).value, 9)
    0.666666667

    Source
    ------
    L. Shapley, Stochastic games, 1953.
    """

    P: Any
    R: Any
    gamma: float
    start: Any = field(default=None, kw_only=True)
    states: Any = field(default=None, kw_only=True)
    moves: Any = field(default=None, kw_only=True)
    players: Any = field(default=("x", "y"), kw_only=True)
    name: str = field(default="", kw_only=True)
    known: Known | None = field(default=None, kw_only=True)
    loss: bool = field(default=True, kw_only=True)
    counts: Any = field(init=False)
    paid: Any = field(init=False)
    chain: Any = field(init=False)
    X: Any = field(init=False)
    Y: Any = field(init=False)
    merit = "largest gap over states"
    violation = 0.0

    def __post_init__(self) -> None:
        gamma = _check.positive("gamma", self.gamma)
        if gamma > 1.0:
            raise ValueError(f"`gamma` must be at most one; got {gamma}.")
        shapes, payoffs = stage_payoffs(self.R)
        chain = transitions(self.P, shapes)
        if float(abs(payoffs).max()) > LARGEST:
            raise ValueError(f"`R` must have entries of {LARGEST:g} at most: scale payments down.")
        facts = {
            "gamma": gamma,
            "counts": shapes,
            "paid": payoffs if self.loss else -payoffs,
            "chain": chain,
            "start": distribution("start", self.start, len(shapes)),
            "X": Policies(shapes[:, 0]),
            "Y": Policies(shapes[:, 1]),
        }
        for name, value in facts.items():
            object.__setattr__(self, name, value)
        if self.states is None:
            object.__setattr__(self, "states", range(len(shapes)))
        if self.moves is None:
            numbers = [tuple(str(k + 1) for k in range(size)) for size in range(shapes.max() + 1)]
            object.__setattr__(self, "moves", tuple([numbers[size] for size in own] for own in shapes.T.tolist()))
        if len(self.states) != len(shapes) or [[len(own) for own in side] for side in self.moves] != shapes.T.tolist():
            raise ValueError("`states` must be one label a state, and `moves` one for each action of x and of y there.")

    @classmethod
    def from_payoffs(cls, P: Any, R: Any, gamma: float, **labels: Any) -> MarkovGame:
        """Return the game in which R is what x receives; values are reported so, too.

        Parameters
        ----------
        P, R, gamma, labels : as for the class.
        """
        return cls(P, R, gamma, loss=False, **labels)

    @classmethod
    def from_rules(cls, rules: MarkovRules, gamma: float, **labels: Any) -> MarkovGame:
        """Return the game that rules describe: all states that can be reached from the starts, in that order.

        Parameters
        ----------
        rules : an object like `minmax.games.markov.MarkovRules`; payoffs are what x receives.
        gamma, labels : as for the class.
        """
        from scipy.sparse import csr_array

        starts = [(state, float(p)) for state, p in rules.starts()]
        if not starts:
            raise ValueError("`starts` must name a state that play can begin in.")
        number: dict[Hashable, int] = {}
        for state, _ in starts:
            number.setdefault(state, len(number))
        states, found = list(number), []
        actions: tuple[list[Any], list[Any]] = ([], [])
        rows: list[int] = []
        columns: list[int] = []
        shares: list[float] = []
        entry = 0
        for state in states:  # grows on the way
            first, second = (tuple(own) for own in rules.actions(state))
            if not first or not second:
                raise ValueError(f"Both players must have an action in every state; one has none in {state!r}.")
            paid = np.zeros((len(first), len(second)))
            for i, a in enumerate(first):
                for j, b in enumerate(second):
                    total = 0.0
                    for p, payoff, after in rules.outcomes(state, a, b):
                        paid[i, j] += p * payoff
                        total += p
                        if after is None or p == 0.0:
                            continue
                        if after not in number:
                            number[after] = len(states)
                            states.append(after)
                        rows.append(entry)
                        columns.append(number[after])
                        shares.append(p)
                    if abs(total - 1.0) > ROWS:
                        raise ValueError(
                            f"Probabilities must sum to one; after {a!r} and {b!r} in {state!r} to {total:.12g}."
                        )
                    entry += 1
            found.append(paid)
            for own, labelled in zip(actions, (first, second)):
                own.append(labelled)
        start = np.zeros(len(states))
        for state, p in starts:
            start[number[state]] += p
        P = csr_array((shares, (rows, columns)), shape=(entry, len(states)))
        told = {"start": start, "states": states, "moves": actions, **labels}
        return cls.from_payoffs(P, found, gamma, **told)

    def __repr__(self) -> str:
        what = f"{self.name!r}, " if self.name else ""
        n, m = self.counts.max(axis=0)
        return f"MarkovGame({what}{len(self.counts)} states, up to {n} x {m} actions, gamma {self.gamma:g})"

    # ------------------------------------------------------------------ the layout

    @property
    def domains(self) -> tuple[Any, Any]:
        """The policies of x and of y."""
        return self.X, self.Y

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of x's and of y's probabilities, over all states."""
        return self.X.n, self.Y.n

    @cached_property
    def offsets(self) -> np.ndarray:
        """(S + 1,) where the payoffs of each state begin."""
        return np.concatenate([[0], np.cumsum(self.counts.prod(axis=1))])

    @cached_property
    def groups(self) -> list[Stages]:
        """States of one size together: each is a batch of matrix games."""
        found = []
        for n, m in np.unique(self.counts, axis=0).tolist():
            states = np.flatnonzero((self.counts == (n, m)).all(axis=1))
            starts = (self.offsets, self.X.start, self.Y.start)
            whole = states.size == len(self.counts)
            places = [
                slice(None) if whole else start[states][:, None] + np.arange(size)
                for start, size in zip(starts, (n * m, n, m))
            ]
            found.append(Stages(states, n, m, *places))
        return found

    @cached_property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each payoff the place of x's and of y's probability."""
        of_x, of_y = (np.empty(self.paid.size, dtype=np.int32) for _ in range(2))
        for group in self.groups:
            size = len(group.states), group.n, group.m
            x = self.X.start[group.states][:, None, None] + np.arange(group.n)[None, :, None]
            y = self.Y.start[group.states][:, None, None] + np.arange(group.m)[None, None, :]
            for places, own in ((of_x, x), (of_y, y)):
                places[group.entries] = np.broadcast_to(own, size).reshape(places[group.entries].shape)
        return of_x, of_y

    def entries(self, values: np.ndarray) -> np.ndarray:
        """Return what every pair of actions costs x, now and later, where states have these values."""
        return self.paid + self.gamma * (self.chain @ values)

    def policies(self, player: str, policy: Any) -> Any:
        """Return a policy as an (S, n) array, or as a list of arrays where states differ in their actions.

        Parameters
        ----------
        player : "x" or "y".
        policy : that player's, as in `Solution.x`.
        """
        domain = self.domains["xy".index(_check.choice("player", player, "xy"))]
        return domain.by_state(domain.point(policy, player))

    def finite(self, stages: int) -> MarkovGame:
        """Return the game that ends after so many stages: its states are those of this one at each stage, in order.

        Parameters
        ----------
        stages : at least one.
        """
        from scipy.sparse import csr_array

        count, P = _check.whole("stages", stages, 1), self.chain
        states, ahead = len(self.counts), P.nnz * (count - 1)
        later = np.arange(1, count)[:, None]
        indices = (P.indices[None, :] + states * later).ravel()
        ends = np.concatenate([[0], (P.indptr[1:][None, :] + P.nnz * (later - 1)).ravel()])
        ends = np.concatenate([ends, np.full(P.shape[0], ahead)])
        moves = csr_array((np.tile(P.data, count - 1), indices, ends), shape=(P.shape[0] * count, states * count))
        sign = 1.0 if self.loss else -1.0
        payoffs = [
            sign * self.paid[a:b].reshape(shape)
            for a, b, shape in zip(self.offsets[:-1], self.offsets[1:], self.counts.tolist())
        ]
        start = np.zeros(states * count)
        start[:states] = self.start
        labels = [(t, label) for t in range(count) for label in self.states]
        named = tuple(list(own) * count for own in self.moves)
        return MarkovGame(
            moves, payoffs * count, self.gamma, start=start, states=labels, moves=named,
            players=self.players, name=self.name and f"{self.name}, {count} stages", loss=self.loss,
        )  # fmt: skip

    @cached_property
    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Names of all of x's and of y's probabilities: state and action."""
        return tuple(
            tuple(f"{state}: {move}" for state, own in zip(self.states, named) for move in own) for named in self.moves
        )

    @property
    def information(self) -> tuple[Sequence[Any], Sequence[Any]]:
        """What both players know when they move: the state."""
        return self.states, self.states

    def choices(self, player: str, policy: Any) -> list[Choice]:
        """Return what a policy does in each state.

        Parameters
        ----------
        player : "x" or "y".
        policy : that player's.
        """
        own = self.policies(player, policy)
        k = "xy".index(player)
        return [
            Choice(self.players[k], state, dict(zip(labels, probabilities.tolist())), 1.0)
            for state, labels, probabilities in zip(self.states, self.moves[k], own)
        ]

    # ------------------------------------------------------------------ certificates

    @cached_property
    def lengths(self) -> np.ndarray:
        """A bound on the stages still to come from each state, later ones discounted, whatever both do.

        `w >= 1 + gamma P w` for all actions: values that miss Shapley's equation by e are off by e w at most.
        """
        most = self.gamma * float(self.chain.sum(axis=1).max(initial=0.0))
        if most < 1.0 - 1e-12:
            return np.full(len(self.counts), 1.0 / (1.0 - most))
        w = np.ones(len(self.counts))
        for k in range(SWEEPS + IMPROVEMENTS):
            later = self.chain @ w
            new = 1.0 + self.gamma * np.maximum.reduceat(later, self.offsets[:-1])
            short = float(abs(new - w).max())
            w = new
            if short < 1e-3:
                # After another sweep no state asks for more than `short` again.
                return w / (1.0 - short)
            if (k > w.size and short > 1.0 - 1e-13) or not np.isfinite(w).all():
                break  # who has gone on for as many stages as there are states can do so for ever
            if k >= SWEEPS:  # the play that lasts longest, by Howard's iteration
                w = solved(self.gamma * self.chain[first_of(later, self.offsets)], np.ones(w.size), w)
                if not (np.isfinite(w).all() and w.min() > 0.0):
                    break
        raise ValueError(
            "How long play lasts cannot be bounded, and so no values: `gamma` must be below one, or every play end for "
            "certain."
        )

    @property
    def scale(self) -> float:
        """What `tol` is relative to: the spread of the payments of a stage, or the largest where all are one number."""
        low, high = float(self.paid.min()), float(self.paid.max())
        return high - low or abs(high)

    @property
    def scale_kind(self) -> str:
        """What the scale measures."""
        return "max - min of a stage's payoffs"

    @cached_property
    def slack(self) -> float:
        """Rounding of a stage's game per unit of payments and values: terms of a sum, times the precision."""
        terms = int(np.diff(self.chain.indptr).max(initial=0)) + int(self.counts.sum(axis=1).max()) + 8
        return terms * EPS

    @cached_property
    def floor(self) -> float:
        """Gap below which float64 cannot certify, where values are of the size of what uniform play moves in all."""
        near, paid = self.reduced(self.X.centre(), self.Y.centre(), abs(self.paid))
        return 4.0 * self.rounding(solved(near, paid, None)) * float(self.lengths.max())

    def rounding(self, values: np.ndarray) -> float:
        """Return a bound on the rounding of a stage's game at these values."""
        return self.slack * (float(abs(self.paid).max()) + float(abs(values).max()))

    def reduced(self, x: np.ndarray, y: np.ndarray, payments: np.ndarray) -> tuple[Any, np.ndarray]:
        """Return the discounted transitions and the expected payments of two policies.

        Parameters
        ----------
        x, y : policies.
        payments : of every pair of actions.
        """
        from scipy.sparse import csr_array

        of_x, of_y = self.places
        weights = x[of_x] * y[of_y]
        played = np.flatnonzero(weights)
        ends = np.searchsorted(played, self.offsets)
        mixed = csr_array((weights[played], played, ends), shape=(len(self.counts), weights.size))
        return self.gamma * (mixed @ self.chain), mixed @ payments

    def evaluated(self, x: np.ndarray, y: np.ndarray, near: np.ndarray | None = None) -> np.ndarray:
        """Return what x pays from each state under two policies: the solution of a linear system.

        Parameters
        ----------
        x, y : policies.
        near : values to begin with, where the system is too large to be factorised.
        """
        return solved(*self.reduced(x, y, self.paid), near)

    def answers(self, player: str, policy: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the best response to a policy at these values: the value of each state, and the pure policy.

        Parameters
        ----------
        player : whose policy it is; the other one answers.
        policy, values : of the player, and of the states.
        """
        of_x, of_y = self.places
        mine, others = (of_x, of_y) if player == "x" else (of_y, of_x)
        domain, sign = (self.Y, 1.0) if player == "x" else (self.X, -1.0)
        costs = sign * np.bincount(others, weights=policy[mine] * self.entries(values), minlength=domain.n)
        first = first_of(costs, domain.start)
        pure = np.zeros(domain.n)
        pure[first] = 1.0
        return sign * costs[first], pure

    def worst(self, player: str, policy: np.ndarray, values: np.ndarray, tol: float = 0.0) -> np.ndarray:
        """Return what a policy can be made to pay from each state (x's), or is sure to receive (y's): a bound.

        The other player's best policy, by Howard's iteration.

        Parameters
        ----------
        player, policy : as for `answers`.
        values : to begin with.
        tol : by how much the bound may be loose.
        """
        sign = 1.0 if player == "x" else -1.0
        longest = float(self.lengths.max())
        least, best, above, before = math.inf, values, math.inf, np.zeros(0)
        for _ in range(IMPROVEMENTS):
            answer, pure = self.answers(player, policy, values)
            moved = sign * (answer - values)
            short = float(abs(moved).max())
            if short < least:
                least, best, above = short, values, float(moved.max())
            if short * longest <= max(tol, self.rounding(values) * longest) or np.array_equal(pure, before):
                break  # where the policy stays the same, what is left is rounding
            before = pure
            values = self.evaluated(*((policy, pure) if player == "x" else (pure, policy)), near=answer)
        return best + sign * (max(above, 0.0) + self.rounding(best)) * self.lengths

    def bounds(self, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the largest that the value of each state can be, as two policies prove.

        Parameters
        ----------
        x, y : policies.
        """
        x, y = self.X.point(x, "x"), self.Y.point(y, "y")
        low, high = self.proved(x, y, self.evaluated(x, y))
        return (low, high) if self.loss else (0.0 - high, 0.0 - low)

    def proved(self, x: np.ndarray, y: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return bounds on what x pays from each state."""
        return self.worst("y", y, values), self.worst("x", x, values)

    def certificate(self, x: Any, y: Any) -> Certificate:
        """Return value, bounds and gap of a pair of policies, arrays or told by state, computed afresh."""
        return self.score(*(d.point(plan_of(self, name, p), name) for d, name, p in zip(self.domains, "xy", (x, y))))

    def gap(self, x: Any, y: Any) -> float:
        """Return the largest gap over states."""
        return self.certificate(x, y).gap

    def score(self, x: np.ndarray, y: np.ndarray) -> Certificate:
        """Return the certificate of policies that need no check."""
        values = self.evaluated(x, y)
        low, high = self.proved(x, y, values)
        gap = max(float((high - low).max()), 0.0)
        value, lower, upper = (float(self.start @ v) for v in (values, low, high))
        if not self.loss:
            value, lower, upper = 0.0 - value, 0.0 - upper, 0.0 - lower
        return Certificate(value, lower, upper, gap, relative(gap, self.scale), self.merit)
