"""The simplex method on the condensed tableau of a matrix game."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from minmax.exact import lanes, tableau
from minmax.exact.answer import DECIDED, Answer, Basis, late, polished, unit_gap, unit_losses
from minmax.exact.lanes import room_for
from minmax.games.matrix import MatrixGame

__all__ = ["Pivoting"]

TINY = 1e-12  # a cost or side below this is zero: losses are of order one and pivots lose a few bits each
SMALL = 1e-10  # least pivot: a smaller one would multiply rounding errors by more than the gain
INTERPRETED = 100_000  # entries times pivots that the interpreter does in less time than numba takes to load
AT_ONCE = 2e7  # entries times the smaller side up to which a game takes some tens of milliseconds
ROUNDED = 1e-14  # a gap below this is rounding
BLOCK = 32  # actions from which a basis is installed by products of matrices
LARGE = 1e8  # an entry of a tableau beyond this has lost too many digits
WARMED = 1e-11  # gap beyond which a warm start has not ended well
CHUNK = 50_000_000  # entries times pivots between looks at the clock: some 20 ms


def steps_for(work: float) -> Any:
    """Return the functions of the tableau, compiled where that pays or is at hand, else as the interpreter runs them.

    Many small games together are worth the compiler too: the interpreter's work is counted.
    """
    WORKED[0] += work
    if WORKED[0] <= INTERPRETED and "minmax.exact.compiled" not in sys.modules:
        return Interpreted
    from minmax.exact import compiled

    return compiled


WORKED = [0.0]  # entries times pivots that the interpreter has done in this process


class Interpreted:
    """The functions of the tableau as plain Python."""

    begin, read = staticmethod(tableau.begin), staticmethod(tableau.read)
    advance, repair = staticmethod(tableau.advance), staticmethod(tableau.repair)
    install, loosen = staticmethod(tableau.install), staticmethod(tableau.loosen)
    solve_each = staticmethod(lanes.solve_each)


@dataclass(frozen=True)
class Pivoting:
    """Exact method: the simplex method on a dense condensed tableau, by Dantzig's rule, with Bland's against cycles.

    With losses B of x in [1, 2]: `max sum p, B' p <= 1, p >= 0`, which is feasible at zero; x is p over its sum and
    y the dual solution over its.  The best there is up to some 200 actions, and within `DoubleOracle` for long games.

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

    def __post_init__(self) -> None:
        if self.basis is not None and not isinstance(self.basis, Basis):
            raise TypeError(f"`basis` must be a Basis(x, y), as `Solution.basis` is; got {self.basis!r}.")

    def answer(self, game: MatrixGame, tol: float = 1e-9, deadline: float | None = None) -> Answer:
        """Return an equilibrium of a game with entries, its basis, and whether it is the only one."""
        n, m = game.shape
        if self.basis is None and n * m * min(n, m) <= AT_ONCE:
            return self.at_once(game)
        return self.on(unit_losses(game), deadline)

    def at_once(self, game: MatrixGame) -> Answer:
        """Return an equilibrium of a game too small to look at the clock."""
        n, m = game.shape
        room = room_for(n, m)
        steps = steps_for(float(room.tab.T.size) * min(n, m))
        A = np.array(game.dense(), dtype=np.float64, order="C")[None]
        X, Y, flags = np.empty((1, n)), np.empty((1, m)), np.empty(1, np.int64)
        out, scales = np.empty((1, 4)), np.empty((1, 6))
        steps.solve_each(A, game.sign, TINY, SMALL, budget_of(n, m), X, Y, out, scales, flags, room)
        return answer_of(room.tab, (X[0], Y[0]), False)

    def on(self, B: np.ndarray, deadline: float | None = None, budget: int | None = None) -> Answer:
        """Return an equilibrium of the game whose losses of x, of order one and positive, are B.

        A basis that leads to none within the budget is followed by a cold start; with a budget given, by none.
        """
        n, m = B.shape
        tab = room_for(n, m, 1 if self.basis is None else 2).tab
        steps = steps_for(float(tab.T.size) * min(B.shape))
        if self.basis is not None:
            self.begin_warm(B, tab, steps, n + m if budget is None else budget, deadline)
            found = self.finished(B, tab, steps, deadline)
            if budget is not None or (found.pair is not None and unit_gap(B, found.pair) < WARMED):
                return found
        begin(B, tab, steps)
        tab.counts[2] = 0
        drive(steps.advance, tab, budget_of(n, m), deadline)
        return self.finished(B, tab, steps, deadline)

    def begin_warm(self, B: np.ndarray, tab: tableau.Tableau, steps: Any, budget: int, deadline: float | None) -> None:
        """Bring the basis given into a fresh tableau and repair it."""
        n, m = B.shape
        rows, columns = checked(self.basis, n, m)
        if not (rows.size == columns.size >= BLOCK and install_block(B, tab, rows, columns)):
            begin(B, tab, steps)
            steps.install(tab, wanted_of(self.basis, n, m), SMALL)
        steps.loosen(tab)
        drive(steps.repair, tab, budget, deadline)

    def finished(self, B: np.ndarray, tab: tableau.Tableau, steps: Any, deadline: float | None) -> Answer:
        """Return what the tableau says, solved for afresh; no pair where its numbers have overflowed."""
        if not np.isfinite(tab.T).all():
            return Answer(None, late=late(deadline), iterations=int(tab.counts[0]))
        x, y = np.zeros(B.shape[0]), np.zeros(B.shape[1])
        steps.read(tab.T, tab.basic, tab.nonbasic, x, y)
        pair = x, y
        if unit_gap(B, pair) > ROUNDED:
            pair = polished(B, pair, *basis_of(tab))
        return answer_of(tab, pair, late(deadline))


def drive(step: Any, tab: tableau.Tableau, most: int, deadline: float | None) -> None:
    """Make so many pivots at most, looking at the clock between batches of them."""
    chunk = max(1, CHUNK // tab.T.size)
    end = int(tab.counts[0]) + most
    tab.counts[1] = tableau.SPENT
    while tab.counts[1] == tableau.SPENT and tab.counts[0] < end and not late(deadline):
        step(tab, TINY, SMALL, min(chunk, end - int(tab.counts[0])))


def budget_of(n: int, m: int) -> int:
    """Return the pivots after which something is wrong: random games take two or three times their size."""
    return 1000 + 50 * (n + m)


def checked(basis: Any, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the actions of a basis as arrays; refuse those that a game of n by m actions does not have."""
    rows, columns = (np.array(side, np.intp) for side in basis)
    for name, side, size in (("x", rows, n), ("y", columns, m)):
        if side.size and not (side.min() >= 0 and side.max() < size):
            raise ValueError(f"`basis.{name}` must hold actions from 0 to {size - 1}; got {side.tolist()[:8]}.")
    return rows, columns


def wanted_of(basis: Any, n: int, m: int) -> np.ndarray:
    """Return which variables a basis wants: its actions of x, and the slacks of all but its actions of y."""
    wanted = np.ones(n + m, bool)
    wanted[:n] = False
    rows, columns = checked(basis, n, m)
    wanted[rows], wanted[n + columns] = True, False
    return wanted


def begin(B: np.ndarray, tab: tableau.Tableau, steps: Any) -> None:
    """Write the tableau of B before any pivot."""
    n, m = B.shape
    tab.T[:m, :n] = B.T
    steps.begin(tab.T, tab.basic, tab.nonbasic)


def install_block(B: np.ndarray, tab: tableau.Tableau, rows: np.ndarray, columns: np.ndarray) -> bool:
    """Write the tableau of B with actions `rows` of x basic and `columns` of y tight; return whether that went well.

    All pivots at once: with the tableau's block P of those actions, its new values are `P^-1`, `P^-1 R` to the right,
    `-L P^-1` below and `S - L P^-1 R` elsewhere, products of matrices that run near the speed of the processor.
    """
    from scipy.linalg import lapack

    n, m, k = *B.shape, rows.size
    others_x, others_y = np.delete(np.arange(n), rows), np.delete(np.arange(m), columns)
    lu, order, info = lapack.dgetrf(B[np.ix_(rows, columns)].T)
    if info:
        return False
    inverse, info = lapack.dgetri(lu, order)
    # The losses of x against one more action of y, which is the right-hand side; y's of x's, the objective.
    right = np.concatenate([B[np.ix_(others_x, columns)].T, np.ones((k, 1))], axis=1)
    left = np.concatenate([B[np.ix_(rows, others_y)].T, -np.ones((1, k))])
    corner = np.concatenate([B[np.ix_(others_x, others_y)].T, np.ones((m - k, 1))], axis=1)
    corner = np.concatenate([corner, np.append(-np.ones(n - k), 0.0)[None]])
    solved = inverse @ right
    corner -= left @ solved
    if info or not abs(solved).max(initial=0.0) < LARGE or not abs(corner).max() < LARGE:
        return False
    # Rows: the basic actions of x first, then the slack of y's others, then costs; columns: y's tight slacks first.
    tab.T[:k, :k], tab.T[:k, k : n + 1] = inverse, solved
    tab.T[k : m + 1, :k], tab.T[k : m + 1, k : n + 1] = -(left @ inverse), corner
    tab.basic[:k], tab.basic[k:] = rows, n + others_y
    tab.nonbasic[:k], tab.nonbasic[k:] = n + columns, others_x
    tab.counts[0] += k
    return True


def answer_of(tab: tableau.Tableau, pair: tuple[np.ndarray, np.ndarray], too_late: bool) -> Answer:
    """Return what a tableau says when its pivots have ended."""
    done = tab.counts[1] == tableau.DONE
    rows, columns = basis_of(tab)
    return Answer(
        pair,
        late=too_late and not done,
        iterations=int(tab.counts[0]),
        basis=Basis(tuple(rows.tolist()), tuple(columns.tolist())) if done else None,
        unique=only(tab) if done else None,
    )


def basis_of(tab: tableau.Tableau) -> tuple[np.ndarray, np.ndarray]:
    """Return the actions of x that are basic and those of y whose slack is not."""
    n = tab.nonbasic.size
    return np.sort(tab.basic[tab.basic < n]), np.sort(tab.nonbasic[tab.nonbasic >= n]) - n


def only(tab: tableau.Tableau) -> bool | None:
    """Whether an optimal tableau's equilibrium is the only one: exactly where no basic value and no cost is zero.

    An only equilibrium is strictly complementary with a square block (H. Bohnenblust, S. Karlin and L. Shapley,
    Solutions of discrete two-person games, 1950), so every optimal basis is its support and nothing in it is zero; the
    other direction is that of nondegenerate linear programs.
    """
    n, m = tab.nonbasic.size, tab.basic.size
    least = min(float(tab.T[:m, n].min()), float(tab.T[m, :n].min()))
    return True if least > DECIDED else False if least <= TINY else None
