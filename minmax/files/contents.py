"""What a reader hands over, the game made from it, and what the writers ask of a game."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from minmax.games.matrix import MatrixGame

Pair: TypeAlias = tuple[str, str]
Labels: TypeAlias = tuple[tuple[str, ...] | None, tuple[str, ...] | None]  # None: numbers from 1

# A text format writes the zeros of a sparse game too; at most this many numbers, about 40 MB of text.
DENSE_ENTRIES = 10_000_000

# A sparse file names no empty row, so a few bytes can ask for any size; the game has a label for each action.
LARGEST = 10_000_000


class Contents(NamedTuple):
    """What a file says: numbers of player 1 and, where the format has them, of player 2."""

    first: Any  # (n, m) dense or scipy.sparse
    second: Any = None
    actions: Labels | None = None
    players: Pair | None = None
    name: str = ""


def build(contents: Contents, path: Path, *, loss: bool = False) -> MatrixGame:
    """Make the game; what `MatrixGame` refuses is an error of the file."""
    told: dict[str, Any] = {"actions": contents.actions, "players": contents.players, "name": contents.name}
    try:
        if contents.second is not None:
            return constant_sum(contents.first, contents.second, told, loss)
        return MatrixGame(contents.first, **told) if loss else MatrixGame.from_payoffs(contents.first, **told)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from None


def constant_sum(first: np.ndarray, second: np.ndarray, told: dict[str, Any], loss: bool) -> MatrixGame:
    """Make the game of two payoff matrices, or of two matrices of losses."""
    game = MatrixGame.from_bimatrix(first, second, **told)
    # `total` is the sum of payoffs, and these are losses; no minus sign, which would make a negative zero.
    return MatrixGame(first, total=0.0 - game.total, **told) if loss else game


def dense_payoffs(game: MatrixGame, path: Path) -> np.ndarray:
    """Return what player 1 receives as a float64 array, or say that it would be too large."""
    payoffs = game.payoffs()
    if isinstance(payoffs, np.ndarray):
        return payoffs.astype(np.float64)
    n, m = game.shape
    if n * m > DENSE_ENTRIES:
        raise ValueError(f"{path}: a sparse game of {n} x {m} is too large as text; write .npz or .mtx.")
    return np.asarray(payoffs.toarray(), dtype=np.float64)


def own_players(game: MatrixGame) -> Pair | None:
    """Return the players where they were named, None where the game has the usual ones."""
    usual = MatrixGame.from_payoffs(np.zeros((1, 1))).players
    return None if tuple(game.players) == tuple(usual) else (game.players[0], game.players[1])
