"""What Markov games are made of: stage games of several sizes, transitions, policies, and the values of fixed ones."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.games.certificate import EPS

__all__ = ["ROWS", "Policies", "Stages", "distribution", "first_of", "solved", "stage_payoffs", "transitions"]

ROWS = 1e-9  # by which probabilities may sum to more than one
DIRECT = 1500  # states up to which the values of fixed policies are found by a factorisation


class Stages(NamedTuple):
    """States in which both players have as many actions as in each other.

    Attributes
    ----------
    states : their numbers.
    n, m : actions of x and of y.
    entries : places of their payoffs among all, state by state; those of x's and of y's probabilities.
    """

    states: np.ndarray
    n: int
    m: int
    entries: Any
    of_x: Any
    of_y: Any

    def games(self, payments: np.ndarray) -> np.ndarray:
        """Return the matrix games of these states as one batch, from the payments of all."""
        return np.asarray(payments[self.entries].reshape(len(self.states), self.n, self.m))

    def lay(self, x: np.ndarray, y: np.ndarray, own_x: np.ndarray, own_y: np.ndarray) -> None:
        """Write strategies in these states to policies x and y."""
        for policy, places, own in ((x, self.of_x, own_x), (y, self.of_y, own_y)):
            policy[places] = own.reshape(policy[places].shape)


class Policies:
    """Stationary policies of one player: probabilities of the actions of each state, one after the other.

    Parameters
    ----------
    actions : (S,) numbers of actions.
    """

    bounded = True

    def __init__(self, actions: np.ndarray) -> None:
        self.actions = actions
        self.start = np.concatenate([[0], np.cumsum(actions)])
        self.n = int(self.start[-1])

    def __repr__(self) -> str:
        return f"Policies({self.actions.size} states, {self.n} actions)"

    def centre(self) -> np.ndarray:
        """Return the policy that is uniform in every state."""
        return np.repeat(1.0 / self.actions, self.actions)

    def behaviour(self, x: np.ndarray) -> np.ndarray:
        """Return what is done in every state; policies say just that."""
        return x.copy()

    def plan(self, behaviour: Any) -> np.ndarray:
        """Return the policy of weights in every state."""
        weights = np.asarray(behaviour, dtype=np.float64)
        return weights / np.repeat(np.add.reduceat(weights, self.start[:-1]), self.actions)

    def point(self, x: Any, name: str = "x") -> np.ndarray:
        """Return a policy as one vector, normalised, from a vector, an (S, n) array, or an array for each state."""
        if not isinstance(x, np.ndarray) and len(x) == self.actions.size and np.ndim(x[0]) == 1:
            x = np.concatenate([np.asarray(own, dtype=np.float64) for own in x])
        x = _check.real_array(name, np.asarray(x).ravel(), 1).astype(np.float64)
        if x.size != self.n:
            raise ValueError(f"`{name}` must hold {self.n} probabilities, those of all states; got {x.size}.")
        _check.finite(name, x)
        sums = np.add.reduceat(x, self.start[:-1])
        off = np.flatnonzero(abs(sums - 1.0) > _check.STRATEGY_TOLERANCE)
        if off.size or x.min() < -_check.STRATEGY_TOLERANCE:
            where = f"those of state {off[0]} sum to {sums[off[0]]:.9g}" if off.size else f"one is {x.min():.6g}"
            raise ValueError(f"`{name}` must hold probabilities that sum to one in every state; {where}.")
        return self.plan(np.clip(x, 0.0, None))

    def by_state(self, x: np.ndarray) -> Any:
        """Return a policy as an (S, n) array, or as a list of arrays where states differ in their actions."""
        if (self.actions == self.actions[0]).all():
            return x.reshape(self.actions.size, -1)
        return np.split(x, self.start[1:-1])


def stage_payoffs(R: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the (S, 2) sizes of the stage games and all payoffs, one after the other."""
    if len(R) == 0:
        raise ValueError("`R` must have at least one state; got none.")
    if isinstance(R, np.ndarray) or np.ndim(R[0]) != 2 or len({np.shape(own) for own in R}) == 1:
        R = _check.real_array("R", R, 3)
        _check.finite("R", R)
        return np.tile(R.shape[1:], (len(R), 1)), R.astype(np.float64).ravel()
    stages = [_check.real_array(f"R[{s}]", own, 2) for s, own in enumerate(R)]
    for s, own in enumerate(stages):
        _check.finite(f"R[{s}]", own)
    return np.array([own.shape for own in stages]), np.concatenate([own.astype(np.float64).ravel() for own in stages])


def transitions(P: Any, shapes: np.ndarray) -> Any:
    """Return the transitions as one sparse array, a row for every pair of actions of every state."""
    from scipy.sparse import csr_array, issparse, vstack

    count, rows = len(shapes), int(shapes.prod(axis=1).sum())
    if isinstance(P, (list, tuple)) and len(P) == count and (issparse(P[0]) or np.ndim(P[0]) == 3):
        parts = [csr_array(own if issparse(own) else np.reshape(own, (-1, np.shape(own)[-1]))) for own in P]
        for s, (own, (n, m)) in enumerate(zip(parts, shapes)):
            if own.shape != (n * m, count):
                raise ValueError(f"`P[{s}]` must have shape {(int(n), int(m), count)}, as `R` says; got {own.shape}.")
        moves = vstack(parts, format="csr")
    elif issparse(P):
        moves = csr_array(P)
    else:
        P = _check.real_array("P", P, 4)
        moves = csr_array(P.reshape(-1, P.shape[-1]))
    if moves.shape != (rows, count):
        raise ValueError(
            f"`P` must have {rows} rows, one for each pair of actions that `R` has, and {count} columns; got "
            f"{moves.shape[0]} and {moves.shape[1]}."
        )
    moves = moves.astype(np.float64)
    _check.finite("P", moves.data)
    sums = moves.sum(axis=1)
    if moves.data.min(initial=0.0) < 0.0:
        raise ValueError(f"`P` must have no negative probability; got {moves.data.min():.6g}.")
    row = int(sums.argmax())
    if sums[row] > 1.0 + ROWS:
        state = int(np.searchsorted(np.cumsum(shapes.prod(axis=1)), row, side="right"))
        raise ValueError(
            f"`P` must hold probabilities that sum to one or less; in state {state} some sum to {sums[row]:.12g}."
        )
    return moves


def distribution(name: str, start: Any, count: int) -> np.ndarray:
    """Return a distribution over states, from one, a state, or None."""
    if start is None:
        return np.full(count, 1.0 / count)
    if np.ndim(start) == 0:
        state = _check.whole(name, start)
        if state >= count:
            raise ValueError(f"`{name}` must be a state from 0 to {count - 1}; got {state}.")
        return np.eye(1, count, state)[0]
    return _check.strategy(name, start, count)


def first_of(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the place of the largest value of each stretch, the first of equal ones.

    Parameters
    ----------
    values : stretches one after the other.
    starts : where they begin, and where the last one ends.
    """
    best = np.maximum.reduceat(values, starts[:-1])
    tied = np.flatnonzero(values == np.repeat(best, np.diff(starts)))
    return np.asarray(tied[np.searchsorted(tied, starts[:-1])])


def solved(M: Any, b: np.ndarray, near: np.ndarray | None) -> np.ndarray:
    """Return the solution of `v = b + M v`: by a factorisation where it is small, else by an iteration from near."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import bicgstab, spsolve

    system = (eye_array(b.size, format="csr") - M).tocsc()
    if b.size <= DIRECT:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is singular comes back as nan
            return np.atleast_1d(spsolve(system, b))
    v = np.zeros(b.size) if near is None else near
    for _ in range(3):  # what is missing is solved for again
        left = b - system @ v
        if float(abs(left).max()) <= 4.0 * EPS * float(abs(b).max()):
            break
        v = v + bicgstab(system, left, rtol=1e-8, atol=0.0, maxiter=500)[0]
    return v
