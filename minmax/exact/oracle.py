"""The double oracle: an equilibrium of a growing part of the game, until no action outside it helps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minmax import _check
from minmax.exact.answer import DECIDED, Answer, Basis, late, unit_losses
from minmax.exact.pivoting import Pivoting
from minmax.games.matrix import MatrixGame

__all__ = ["DoubleOracle"]

WHOLE = 128  # a side of at most so many actions is taken whole from the start
FEWEST = 8  # actions added at a time at least: several cost no more than one


@dataclass(frozen=True)
class DoubleOracle:
    """Exact method: solve the game on a few actions of each player, add best responses, and again.

    Each round costs one pair of products with the matrix and some pivots, which start from the last basis.  It is the
    method for equilibria on few actions: payoffs of low rank, one player with few actions, or a `LinearOperator`,
    of which it asks for no entry but those between the actions in play.

    Parameters
    ----------
    largest : actions in play, on the side with fewer, at which it gives up.

    Guarantee
    ---------
    Ends with an equilibrium, at the latest when all actions are in play.

    Source
    ------
    B. McMahan, G. Gordon and A. Blum, Planning in the presence of cost functions controlled by an adversary, 2003.
    """

    largest: int = 400

    def __post_init__(self) -> None:
        _check.whole("largest", self.largest, 1)

    def answer(self, game: MatrixGame, tol: float = 1e-9, deadline: float | None = None) -> Answer:
        """Return an equilibrium to `tol` of the game's scale, or the best pair seen."""
        part = Part(game)
        best, width = part.centres(), np.inf
        rounds = 0
        while True:
            rounds += 1
            found = part.solve(deadline)
            if found.pair is None:  # its numbers overflowed
                return Answer(best, late(deadline), rounds, part.calls)
            gap = part.look(found)
            if gap < width:
                best, width = part.pair, gap
            if width <= tol / 4 * game.scale:
                return Answer(best, False, rounds, part.calls, part.basis(found), part.only(found))
            over = min(part.rows.size, part.columns.size) > self.largest
            if late(deadline) or over or not part.grow():
                return Answer(best, late(deadline), rounds, part.calls)


class Part:
    """The actions in play, the losses between them in [1, 2], and what a pair of them meets in the whole game."""

    def __init__(self, game: MatrixGame) -> None:
        self.game = game
        self.calls = 1.0
        self.pair = self.centres()
        self.by_row, self.by_column = self.losses(*self.pair)
        self.rows, self.columns = np.empty(0, np.intp), np.empty(0, np.intp)
        self.B = np.empty((0, 0))
        self.last: Basis | None = None
        self.grow()

    def centres(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the uniform strategies."""
        return self.game.domains[0].centre(), self.game.domains[1].centre()

    def losses(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x's loss by its action against y, and by y's action against x."""
        self.calls += 1.0
        return self.game.sign * self.game.coupling.times(y), self.game.sign * self.game.coupling.transposed(x)

    def grow(self) -> bool:
        """Bring the best responses to the last pair into play; return whether there were any that help."""
        rows = responses(self.by_row, self.rows, float(self.pair[0] @ self.by_row))
        columns = responses(-self.by_column, self.columns, -float(self.pair[1] @ self.by_column))
        if rows.size == 0 and columns.size == 0:
            return False
        old, k, s = self.B, self.rows.size, self.columns.size
        wide = np.append(self.columns, columns)
        self.B = np.empty((k + rows.size, s + columns.size))
        self.B[:k, :s] = old
        if columns.size and k:
            self.B[:k, s:] = unit_losses(self.game, self.rows, columns)
        if rows.size:
            self.B[k:] = unit_losses(self.game, rows, wide)
        if self.game.coupling.kind == "operator":
            self.calls += 0.5 * (min(k, columns.size) + min(rows.size, wide.size))
        self.rows, self.columns = np.append(self.rows, rows), wide
        return True

    def solve(self, deadline: float | None) -> Answer:
        """Return an equilibrium of the part in play, from the basis of the last one."""
        found = Pivoting(self.last).on(self.B, deadline)
        self.last = found.basis
        return found

    def look(self, found: Answer) -> float:
        """Take up the part's pair in the whole game and return its gap."""
        x, y = np.zeros(self.game.shape[0]), np.zeros(self.game.shape[1])
        x[self.rows], y[self.columns] = found.pair  # type: ignore[misc]
        self.pair = x, y
        self.by_row, self.by_column = self.losses(x, y)
        return float(self.by_column.max() - self.by_row.min())

    def basis(self, found: Answer) -> Basis | None:
        """Return the part's basis as actions of the whole game."""
        if found.basis is None:
            return None
        x, y = np.sort(self.rows[list(found.basis.x)]), np.sort(self.columns[list(found.basis.y)])
        return Basis(tuple(x.tolist()), tuple(y.tolist()))

    def only(self, found: Answer) -> bool | None:
        """Whether the equilibrium is the only one: the part's own, and every action outside it clearly worse."""
        value = float(self.pair[0] @ self.by_row)
        outside_x = np.delete(self.by_row, self.rows) - value
        outside_y = value - np.delete(self.by_column, self.columns)
        least = min(outside_x.min(initial=np.inf), outside_y.min(initial=np.inf))
        return True if found.unique and least > DECIDED * self.game.scale else None


def responses(losses: np.ndarray, known: np.ndarray, value: float) -> np.ndarray:
    """Return the actions outside `known` that lose less than `value`, the best ones; at first the best of all."""
    size = losses.size
    if known.size == size:
        return np.empty(0, np.intp)
    if known.size == 0:
        count = size if size <= WHOLE else FEWEST
        return np.argpartition(losses, count - 1)[:count] if count < size else np.arange(size)
    outside = losses.copy()
    outside[known] = np.inf
    count = min(max(FEWEST, known.size // 2), size - known.size)
    best = np.argpartition(outside, count - 1)[:count]
    return best[outside[best] < value]
