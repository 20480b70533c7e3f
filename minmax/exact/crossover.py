"""From a good pair of strategies to an equilibrium: guess its actions, solve on them, repair the guess by pivots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from minmax.exact.answer import Answer, Basis, polished, settled, unit_gap, unit_losses
from minmax.exact.pivoting import Pivoting
from minmax.games.matrix import MatrixGame

__all__ = ["Crossover"]

REPAIRS = 0.5  # pivots, in units of the actions guessed, after which the guess was not good enough
FEWEST = 200  # or so many


@dataclass(frozen=True)
class Crossover:
    """Exact method: the simplex method from the actions that a good pair of strategies points to.

    An action of x is taken to be in the equilibrium where its probability exceeds its slack, what it loses more than
    the best one as a share of the spread; an action of y alike.  As many of one player as of the other make one linear
    system; where its solution is no equilibrium, the tableau of those actions is formed at once by products of
    matrices, and some pivots repair it.

    Guarantee
    ---------
    Never worse than the pair it started from.

    Source
    ------
    R. Bixby and M. Saltzman, Recovering an optimal LP basis from an interior point solution, 1994 (the idea).
    """

    def answer(self, game: MatrixGame, tol: float = 1e-9, deadline: float | None = None, near: Any = None) -> Answer:
        """Return an equilibrium reached from the pair `near`, the uniform one where None, or that pair.

        Parameters
        ----------
        near : strategies of small gap: the smaller, the more of the guess is right.
        """
        B = unit_losses(game)
        pair = near if near is not None else (game.domains[0].centre(), game.domains[1].centre())
        by_row, by_column = B @ pair[1], pair[0] @ B
        rows = np.flatnonzero(pair[0] > by_row - by_row.min())
        columns = np.flatnonzero(pair[1] > by_column.max() - by_column)
        if rows.size == columns.size:
            sharp = polished(B, pair, rows, columns)
            if unit_gap(B, sharp) <= tol / 4:
                basis, unique = settled(B, sharp, rows, columns)
                return Answer(sharp, calls=3.0, basis=basis, unique=unique)
        size = min(rows.size, columns.size)
        guess = Basis(likeliest(rows, pair[0], size), likeliest(columns, pair[1], size))
        found = Pivoting(guess).on(B, deadline, budget=max(int(REPAIRS * size), FEWEST))._replace(calls=3.0)
        better = found.pair is not None and unit_gap(B, found.pair) < unit_gap(B, pair)
        return found if better else Answer(pair, late=found.late, iterations=found.iterations, calls=3.0)


def likeliest(actions: np.ndarray, p: np.ndarray, size: int) -> tuple[int, ...]:
    """Return the `size` likeliest of some actions, in order."""
    return tuple(sorted(actions[np.argsort(-p[actions], kind="stable")[:size]].tolist()))
