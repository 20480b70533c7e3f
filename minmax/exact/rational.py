"""Equilibria and gaps of small matrix games in exact fractions: the tableau of `tableau.py` without any rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.exact import tableau
from minmax.exact.answer import Basis
from minmax.exact.pivoting import basis_of, begin, wanted_of
from minmax.games.matrix import MatrixGame

__all__ = ["RationalSolution", "rational_gap", "solve_exactly"]

LARGEST = 10_000  # entries: fractions grow with the pivots, and a 100 x 100 game already takes minutes


class RationalSolution(NamedTuple):
    """An equilibrium without rounding, of the payoffs as the floats they are, in the caller's sign.

    Attributes
    ----------
    value : the game's value.
    x, y : one optimal strategy of each player.
    unique : whether it is the only equilibrium.
    basis : the actions it was solved on.
    """

    value: Fraction
    x: tuple[Fraction, ...]
    y: tuple[Fraction, ...]
    unique: bool
    basis: Basis


def solve_exactly(game: Any, basis: Basis | None = None) -> RationalSolution:
    """Solve a small matrix game in fractions.

    Parameters
    ----------
    game : MatrixGame with entries, or a matrix, of at most 10,000 entries.
    basis : where to start, as in `Solution.basis`: where that is optimal nothing is left but to check it.

    Examples
    --------
    >>> found = solve_exactly(MatrixGame.from_payoffs([[2, -1], [-1, 1]]))
    >>> print(found.value, *found.x, found.unique)
    1/5 2/5 3/5 True

    Guarantee
    ---------
    Exact, and ends: the rule against cycles is the one of `Pivoting`, here without tolerances.
    """
    losses = exact_losses(game)
    n, m = losses.shape
    low = losses.min()
    T, row, column = (np.zeros(shape, dtype=object) for shape in ((m + 2, n + 2), n + 2, m + 2))
    labels = np.zeros(m, np.int64), np.zeros(n, np.int64), np.zeros(3, np.int64)
    tab = tableau.Tableau(T, row, column, *labels)
    begin(losses - low + 1, tab, tableau)
    if basis is not None:
        tableau.install(tab, wanted_of(basis, n, m), 0)
        tableau.loosen(tab)
        tableau.repair(tab, Fraction(0), 0, 10 * (n + m))
        if tab.counts[1] != tableau.DONE:
            begin(losses - low + 1, tab, tableau)
    tab.counts[1] = tableau.SPENT
    while tab.counts[1] == tableau.SPENT:
        tableau.advance(tab, Fraction(0), 0, 1000)
    x, y = np.zeros(n, dtype=object), np.zeros(m, dtype=object)
    tableau.read(T, tab.basic, tab.nonbasic, x, y)
    loss = 1 / T[m, n] + low - 1
    rows, columns = basis_of(tab)
    return RationalSolution(
        loss if game_of(game).loss else -loss,
        tuple(map(Fraction, x)),
        tuple(map(Fraction, y)),
        bool(T[:m, n].min() > 0 and T[m, :n].min() > 0),
        Basis(tuple(rows.tolist()), tuple(columns.tolist())),
    )


def rational_gap(game: Any, x: Any, y: Any) -> Fraction:
    """Return the duality gap of a pair of strategies, each divided by its sum, without any rounding.

    Examples
    --------
    >>> rational_gap(MatrixGame([[2.0, -1.0], [-1.0, 1.0]]), [0.5, 0.5], [0.25, 0.75])
    Fraction(3, 4)
    """
    losses = exact_losses(game)
    p, q = (np.array([v if isinstance(v, Fraction) else Fraction(float(v)) for v in z], dtype=object) for z in (x, y))
    if (p.size, q.size) != losses.shape:
        raise ValueError(f"`x` and `y` must have {losses.shape} entries; got {p.size} and {q.size}.")
    return Fraction(max(p @ losses) / p.sum() - min(losses @ q) / q.sum())


def game_of(game: Any) -> MatrixGame:
    """Return the game itself, or the one of a matrix of losses."""
    return game if isinstance(game, MatrixGame) else MatrixGame(game)


def exact_losses(game: Any) -> np.ndarray:
    """Return x's losses as the fractions that the floats are."""
    game = game_of(game)
    if game.shape[0] * game.shape[1] > LARGEST:
        raise ValueError(f"`game` must have at most {LARGEST:,} entries to be solved in fractions; got {game.shape}.")
    entries = _check.real_array("A", game.dense(), 2).astype(np.float64)
    sign = 1 if game.loss else -1
    return np.array([[sign * Fraction(a) for a in row] for row in entries.tolist()], dtype=object)
