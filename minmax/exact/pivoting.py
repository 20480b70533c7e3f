"""The simplex method on the condensed tableau of a matrix game."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from minmax.exact import tableau
from minmax.exact.answer import Answer, Basis, late, polished, unit_gap, unit_losses
from minmax.exact.lanes import Room, room_for
from minmax.games.matrix import MatrixGame

__all__ = ["Pivoting"]

TINY = 1e-12  # a cost or side below this is zero: losses are of order one and pivots lose a few bits each
SMALL = 1e-10  # least pivot: a smaller one would multiply rounding errors by more than the gain
DECIDED = 1e-8  # a value between TINY and this does not tell whether it is zero
INTERPRETED = 250_000  # entries times pivots that the interpreter does in less time than numba takes to load
ROUNDED = 1e-14  # a gap below this is rounding
CHUNK = 50_000_000  # entries times pivots between looks at the clock: some 20 ms


def engine(work: float) -> Any:
    """Return the module of the tableau's functions, compiled where that pays or is at hand: the same bits either way."""
    if work <= INTERPRETED and "minmax.exact.compiled" not in sys.modules:
        return tableau
    from minmax.exact import compiled

    return compiled


@dataclass(frozen=True)
class Pivoting:
    """Exact method: the simplex method on a dense condensed tableau, by Dantzig's rule, with Bland's against cycles.

    With losses B of x in [1, 2]: `max sum p, B' p <= 1, p >= 0`, which is feasible at zero; x is p over its sum and
    y the dual solution over its.  The best there is up to some 200 actions, and for long thin games within `DoubleOracle`.

    Parameters
    ----------
    basis : actions of both players to start from, as `Solution.basis` holds them; none where None.

    Guarantee
    ---------
    Ends in exact arithmetic: the objective grows at each step of positive length, and after more degenerate steps in a
    row than there are variables, Bland's rule leaves the vertex without repeating a basis.  In floating point the
    certificate is the judge, and strategies are solved for afresh on the last basis.

    Examples
    --------
    >>> Pivoting().answer(MatrixGame([[2.0, -1.0], [-1.0, 1.0]])).pair
    (array([0.4, 0.6]), array([0.4, 0.6]))

    Source
    ------
    G. Dantzig, A proof of the equivalence of the programming problem and the game problem, 1951; R. Bland, New finite
    pivoting rules for the simplex method, 1977; A. Tucker, Combinatorial theory underlying linear programs, 1963.
    """

    basis: Basis | None = None

    def answer(self, game: MatrixGame, tol: float = 1e-9, deadline: float | None = None) -> Answer:
        """Return an equilibrium of a game with entries, its basis, and whether it is the only one."""
        return self.on(unit_losses(game), deadline)

    def on(self, B: np.ndarray, deadline: float | None = None) -> Answer:
        """Return an equilibrium of the game whose losses of x, of order one and positive, are B."""
        n, m = B.shape
        room = room_for(n, m)
        work = float(room.T.size) * min(n, m)
        steps = engine(work)
        warm = self.basis is not None and self.begin_warm(B, room, steps)
        if not warm:
            begin(B, room, steps)
        budget = 1000 + 50 * (n + m)
        chunk = max(1, CHUNK // room.T.size)
        ended = tableau.SPENT
        while ended == tableau.SPENT and room.counts[0] < budget and not late(deadline):
            steps.advance(room.T, room.row, room.basic, room.nonbasic, TINY, SMALL, chunk, room.counts)
            ended = int(room.counts[1])
        steps.read(room.T, room.basic, room.nonbasic, room.x, room.y)
        pair = room.x, room.y
        rows, columns = basis_of(room)
        if unit_gap(B, pair) > ROUNDED:
            pair = polished(B, pair, rows, columns)
        done = ended == tableau.DONE
        return Answer(
            pair,
            late=ended == tableau.SPENT and late(deadline),
            iterations=int(room.counts[0]),
            basis=Basis(tuple(rows.tolist()), tuple(columns.tolist())) if done else None,
            unique=only(room) if done else None,
        )

    def begin_warm(self, B: np.ndarray, room: Room, steps: Any) -> bool:
        """Bring the basis given into a fresh tableau and make it feasible; return whether that went well."""
        n, m = B.shape
        wanted = np.ones(n + m, bool)
        wanted[:n] = False
        wanted[list(self.basis.x)] = True  # type: ignore[union-attr]
        wanted[[n + j for j in self.basis.y]] = False  # type: ignore[union-attr]
        begin(B, room, steps)
        tables = room.T, room.row, room.basic, room.nonbasic
        steps.install(*tables, wanted, SMALL, room.counts)
        steps.repair(*tables, TINY, SMALL, n + m, room.counts)
        return bool(room.counts[1] == tableau.DONE and np.isfinite(room.T).all())


def begin(B: np.ndarray, room: Room, steps: Any) -> None:
    """Write the tableau of B before any pivot."""
    n, m = B.shape
    room.T[:m, :n] = B.T
    steps.begin(room.T, room.basic, room.nonbasic)


def basis_of(room: Room) -> tuple[np.ndarray, np.ndarray]:
    """Return the actions of x that are basic and those of y whose slack is not."""
    n = room.nonbasic.size
    return np.sort(room.basic[room.basic < n]), np.sort(room.nonbasic[room.nonbasic >= n]) - n


def only(room: Room) -> bool | None:
    """Whether an optimal tableau's equilibrium is the only one: exactly where no basic value and no cost is zero.

    An only equilibrium is strictly complementary with a square block (H. Bohnenblust, S. Karlin and L. Shapley,
    Solutions of discrete two-person games, 1950), so every optimal basis is its support and nothing in it is zero; the
    other direction is that of nondegenerate linear programs.
    """
    n, m = room.nonbasic.size, room.basic.size
    least = min(float(room.T[:m, n].min()), float(room.T[m, :n].min()))
    return True if least > DECIDED else False if least <= TINY else None
