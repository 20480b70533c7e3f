"""Games as linear programs, solved by HiGHS: matrix games, polished on their support, and games on trees."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from minmax import _check
from minmax.exact.answer import Answer, Basis, polished, unit, unit_losses
from minmax.exact.sequences import plans_of, sequence_program
from minmax.games.extensive import ExtensiveFormGame
from minmax.games.matrix import MatrixGame

__all__ = ["LinearProgram", "PureSaddle"]

SUPPORT = 1e-9  # HiGHS reports a basis: what it leaves out is zero up to its feasibility tolerance


@dataclass(frozen=True)
class PureSaddle:
    """Exact method: a saddle of pure strategies, where there is one; two passes over a dense matrix, no rounding.

    Examples
    --------
    >>> PureSaddle().answer(MatrixGame([[0.0, 1.0], [3.0, 2.0]])).pair
    (array([1., 0.]), array([0., 1.]))
    """

    def answer(self, game: MatrixGame, tol: float = 1e-9, deadline: float | None = None) -> Answer:
        """Return a pure saddle; no pair where there is none, or the matrix is not dense."""
        if game.coupling.kind != "dense":
            return Answer(None)
        A = game.A
        if game.loss:
            worst, best = A.max(1), A.min(0)
            i, j = int(worst.argmin()), int(best.argmax())
        else:
            worst, best = A.min(1), A.max(0)
            i, j = int(worst.argmax()), int(best.argmin())
        if worst[i] != best[j]:
            return Answer(None)
        # The only equilibrium is one where no other action does as well; another that does may be in a second one.
        ties = int((A[i] == A[i, j]).sum()) + int((A[:, j] == A[i, j]).sum())
        x, y = np.zeros(game.shape[0]), np.zeros(game.shape[1])
        x[i] = y[j] = 1.0
        return Answer((x, y), basis=Basis((i,), (j,)), unique=ties == 2)


@dataclass(frozen=True)
class LinearProgram:
    """Exact method: the linear program of a matrix game, or of a game on a tree, by HiGHS through scipy.

    With losses B of x shifted and scaled into [1, 2], `max sum p` subject to `B' p <= 1, p >= 0` has the value
    `1 / v`; normalised, p is x's optimal strategy and the dual solution y's.  That the two
    problems have one value is von Neumann's theorem and strong duality at once.  Games on trees are solved over
    realisation plans in the same way, see `exact.sequences`.

    Parameters
    ----------
    time_limit : seconds HiGHS may take; None for no limit but that of `solve`.

    Source
    ------
    G. Dantzig, A proof of the equivalence of the programming problem and the game problem, 1951; Q. Huangfu and
    J. Hall, Parallelizing the dual revised simplex method, 2018 (HiGHS).
    """

    time_limit: float | None = None
    games: ClassVar[tuple[type, ...]] = (MatrixGame, ExtensiveFormGame)

    def __post_init__(self) -> None:
        if self.time_limit is not None:
            _check.positive("time_limit", self.time_limit)

    def answer(self, game: Any, tol: float = 1e-9, deadline: float | None = None) -> Answer:
        """Return a strategy pair, optimal to the tolerance of the program and polished where that helps.

        Raises
        ------
        RuntimeError
            Where HiGHS gives up for any other reason than the deadline, with its message.
        """
        if isinstance(game, ExtensiveFormGame):
            result = self.solved(sequence_program(game), deadline)
            if result is None:
                return Answer(None, late=True)
            return Answer(plans_of(game, result), iterations=int(result.nit))
        B = unit_losses(game)
        n, m = B.shape
        # The rows of the program are y's actions: B' p >= 1 with gains, so B' p <= 1 with losses, as large as can be.
        result = self.solved({"c": -np.ones(n), "A_ub": B.T, "b_ub": np.ones(m), "bounds": (0, None)}, deadline)
        if result is None:
            return Answer(None, late=True)
        pair = unit(result.x), unit(-result.ineqlin.marginals)
        rows, columns = (np.flatnonzero(p > SUPPORT) for p in pair)
        return Answer(polished(B, pair, rows, columns), iterations=int(result.nit))

    def solved(self, program: dict[str, Any], deadline: float | None) -> Any:
        """Return what HiGHS finds; None where it runs out of time."""
        from scipy.optimize import linprog

        limits = [self.time_limit] if self.time_limit is not None else []
        limits += [max(deadline - time.perf_counter(), 1e-3)] if deadline is not None else []
        result = linprog(**program, method="highs", options={"time_limit": min(limits)} if limits else {})
        if result.status == 1:
            return None
        if result.x is None:
            raise RuntimeError(f"HiGHS found no solution of the game's linear program: {result.message}")
        return result
