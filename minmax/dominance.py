"""Which actions no rational player uses: dominated ones, which are those that are never a best response."""

from __future__ import annotations

from typing import Any

import numpy as np

from minmax.batch import solve_batch
from minmax.games.matrix import MatrixGame

__all__ = ["dominated_actions"]

DECIDED = 1e-9  # an action must lose by more than this, in units of the spread, to count as dominated
ENTRIES = 4_000_000  # entries of the games solved at a time


def dominated_actions(game: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the strictly dominated actions of x and of y: those that some mixture of the others beats everywhere.

    They are exactly the actions that are a best response to no strategy of the opponent, and none is in any
    equilibrium.  Action i of x is dominated where the game with losses `A_k - A_i`, k over the other actions, has a
    value below zero: one small game for each action that is not already the best against some pure action.

    Parameters
    ----------
    game : MatrixGame with entries, or a matrix of losses.

    Returns
    -------
    Indices of x's and of y's actions.

    Examples
    --------
    The third row loses more than an even mixture of the others, though neither beats it alone:

    >>> dominated_actions([[0.0, 3.0], [3.0, 0.0], [2.0, 2.0]])
    ((2,), ())

    Source
    ------
    D. Pearce, Rationalizable strategic behavior and the problem of perfection, 1984 (Lemma 3).
    """
    game = game if isinstance(game, MatrixGame) else MatrixGame(game)
    losses = game.sign * game.dense().astype(np.float64)
    scale = game.scale
    return of_rows(losses, scale), of_rows(-losses.T, scale)


def of_rows(losses: np.ndarray, scale: float) -> tuple[int, ...]:
    """Return the dominated rows of a matrix of losses."""
    n, m = losses.shape
    open_rows = np.setdiff1d(np.arange(n), losses.argmin(0))
    found: list[int] = []
    size = max(1, ENTRIES // max(n * m, 1))
    for start in range(0, open_rows.size, size):
        rows = open_rows[start : start + size]
        games = np.stack([np.delete(losses, i, 0) / 2 - losses[i] / 2 for i in rows])
        values = solve_batch(games).upper
        found += rows[values < -DECIDED * scale / 2].tolist()
    return tuple(found)
