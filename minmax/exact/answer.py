"""What an exact method hands to the driver, and the linear algebra that sharpens it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minmax.watching import late

__all__ = ["DECIDED", "Answer", "Basis", "late", "polished", "settled", "unit_gap", "unit_losses"]

DECIDED = 1e-8  # a probability or slack below this does not tell whether it is zero
REGULAR = 1e-10  # a block whose inverse condition number is below this may be singular but for rounding
SMALL_BLOCK = 64  # up to here two factorisations by numpy cost less than loading scipy
LEAST_SQUARES = 200  # actions up to which a block that is singular or not square is solved by least squares


class Basis(NamedTuple):
    """The actions an equilibrium is solved on: x's and y's, as many of one as of the other.

    Attributes
    ----------
    x, y : indices of actions, in increasing order.
    """

    x: tuple[int, ...]
    y: tuple[int, ...]


class Answer(NamedTuple):
    """A strategy pair, found or given up on, and how.

    Attributes
    ----------
    pair : the strategies; None where there is nothing to show.
    late : whether the time limit ended the search.
    ended : what ended a method that plays rounds, where its answer did not: "rounds", "time", "watch" or
        "interrupted".
    average : which of its iterates a method that plays rounds returns.
    iterations : pivots, or steps of the interior point, or rounds of a growing game.
    calls : products with the whole matrix, a pair of them counted as one.
    basis : the actions it was solved on; None where the method keeps none.
    unique : whether it is the only equilibrium; None where that was not decided.
    values : of the states of a Markov game, in the caller's sign.
    history : rows of `minmax.History`, for methods that come nearer step by step.
    """

    pair: tuple[np.ndarray, np.ndarray] | None
    late: bool = False
    iterations: int = 0
    calls: float = 0.0
    basis: Basis | None = None
    unique: bool | None = None
    values: np.ndarray | None = None
    history: Any = ()
    ended: str = ""
    average: str = "last"


def unit_losses(game: Any, rows: Any = None, columns: Any = None) -> np.ndarray:
    """Return x's losses in [1, 2] as a new dense array; all ones where they are all equal.

    Parameters
    ----------
    game : MatrixGame with entries.
    rows, columns : the actions wanted; all where None.
    """
    low, high = game.coupling.extremes
    A = game.dense() if rows is None else game.coupling.block(rows, columns)
    # Half-sized terms, since the difference of two huge payoffs may overflow.
    width = high / 2 - low / 2
    if not width > 0:
        return np.ones(A.shape)
    B = np.multiply(A, 0.5, dtype=np.float64)
    B -= low / 2 if game.loss else high / 2
    B /= width if game.loss else -width
    B += 1.0
    return B


def unit_gap(B: np.ndarray, pair: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the duality gap of a pair when x's losses are B."""
    return float((pair[0] @ B).max() - (B @ pair[1]).min())


def polished(
    B: np.ndarray, pair: tuple[np.ndarray, np.ndarray], rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pair that equalises losses on the block of `rows` and `columns`, if its gap is no worse.

    Parameters
    ----------
    B : (n, m) losses of x, of order one.
    pair : strategies to compare with.
    rows, columns : the actions thought to carry the equilibrium.
    """
    candidate = equalisers(B, rows, columns)
    if candidate is None:
        return pair
    return candidate if unit_gap(B, candidate) <= unit_gap(B, pair) else pair


def settled(
    B: np.ndarray, pair: tuple[np.ndarray, np.ndarray], rows: np.ndarray, columns: np.ndarray
) -> tuple[Basis, bool | None]:
    """Return the basis of a pair solved on a square block, and whether it is the only equilibrium.

    It is where every action of the block is played, every other one is clearly worse, and the block is regular.  Else
    that is not decided here.
    """
    from scipy.linalg import lapack

    block = B[np.ix_(rows, columns)]
    lu, _, singular = lapack.dgetrf(block)
    regular = not singular and lapack.dgecon(lu, abs(block).sum(0).max())[0] > REGULAR
    by_row, by_column = B @ pair[1], pair[0] @ B
    value = float(pair[0] @ by_row)
    least = min(
        float(pair[0][rows].min()),
        float(pair[1][columns].min()),
        float(np.delete(by_row, rows).min(initial=np.inf)) - value,
        value - float(np.delete(by_column, columns).max(initial=-np.inf)),
    )
    return Basis(tuple(rows.tolist()), tuple(columns.tolist())), True if regular and least > DECIDED else None


def equalisers(B: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the strategies on a block that make all its actions pay the same; None where there is no good way."""
    block = B[np.ix_(rows, columns)]
    k, s = block.shape
    if k == 0 or s == 0:
        return None
    weights = square_equalisers(block) if k == s else None
    if weights is None:
        if max(k, s) > LEAST_SQUARES:
            return None
        weights = least_squares(block.T), least_squares(block)
    x, y = np.zeros(B.shape[0]), np.zeros(B.shape[1])
    x[rows], y[columns] = (unit(w) for w in weights)
    return x, y


def square_equalisers(block: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Solve `block' p = 1` and `block q = 1`, with a step of refinement; None where the block is singular."""
    k = block.shape[0]
    ones = np.ones(k)
    try:
        if k <= SMALL_BLOCK:
            p, q = np.linalg.solve(block.T, ones), np.linalg.solve(block, ones)
        else:
            p, q = factored(block, ones)
    except np.linalg.LinAlgError:
        return None
    return (p, q) if np.isfinite(p).all() and np.isfinite(q).all() else None


def factored(block: np.ndarray, ones: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Solve both systems from one LU factorisation, each refined once by its residual."""
    from scipy.linalg.lapack import dgetrf, dgetrs

    lu, order, info = dgetrf(block)
    if info:
        raise np.linalg.LinAlgError
    p, q = dgetrs(lu, order, ones, trans=1)[0], dgetrs(lu, order, ones)[0]
    p += dgetrs(lu, order, ones - p @ block, trans=1)[0]
    q += dgetrs(lu, order, ones - block @ q)[0]
    return p, q


def least_squares(block: np.ndarray) -> np.ndarray:
    """Return the smallest weights, summing to one, that make all rows of `block` pay the same."""
    k, s = block.shape
    system = np.block([[block, -np.ones((k, 1))], [np.ones((1, s)), np.zeros((1, 1))]])
    return np.linalg.lstsq(system, np.append(np.zeros(k), 1.0), rcond=None)[0][:s]


def unit(p: np.ndarray) -> np.ndarray:
    """Return the non-negative part of p, scaled to sum to one; uniform where nothing is left."""
    p = np.clip(p, 0.0, None)
    return p / p.sum() if p.sum() > 0 else np.full(p.size, 1.0 / p.size)
