"""A matrix game as a linear program, solved by HiGHS and polished on its support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from minmax import _check
from minmax.games.matrix import MatrixGame

__all__ = ["LinearProgram", "PureSaddle"]

SUPPORT = 1e-9  # HiGHS reports a basis: what it leaves out is zero up to its feasibility tolerance


@dataclass(frozen=True)
class PureSaddle:
    """Exact method: a saddle of pure strategies, where there is one; two passes over a dense matrix, no rounding.

    Examples
    --------
    >>> PureSaddle().strategies(MatrixGame([[0.0, 1.0], [3.0, 2.0]]))
    (array([1., 0.]), array([0., 1.]))
    """

    def strategies(self, game: MatrixGame) -> tuple[np.ndarray, np.ndarray] | None:
        """Return a pure saddle; None where there is none, or the matrix is not dense."""
        if game.coupling.kind != "dense":
            return None
        A = game.A
        if game.loss:
            worst, best = A.max(1), A.min(0)
            i, j = int(worst.argmin()), int(best.argmax())
        else:
            worst, best = A.min(1), A.max(0)
            i, j = int(worst.argmax()), int(best.argmin())
        if worst[i] != best[j]:
            return None
        x, y = np.zeros(game.shape[0]), np.zeros(game.shape[1])
        x[i] = y[j] = 1.0
        return x, y


@dataclass(frozen=True)
class LinearProgram:
    """Exact method: the linear program of a matrix game, by HiGHS through scipy.

    With payoffs B shifted and scaled into [1, 2], `min sum p` subject to `B' p >= 1, p >= 0` has the value
    `1 / sum p`; normalised, p is one player's optimal strategy and the dual solution the other's.  That the two
    problems have one value is von Neumann's theorem and strong duality at once.

    Parameters
    ----------
    time_limit : seconds HiGHS may take; None for no limit.

    Source
    ------
    G. Dantzig, A proof of the equivalence of the programming problem and the game problem, 1951; Q. Huangfu and
    J. Hall, Parallelizing the dual revised simplex method, 2018 (HiGHS).
    """

    time_limit: float | None = None

    def __post_init__(self) -> None:
        if self.time_limit is not None:
            _check.positive("time_limit", self.time_limit)

    def strategies(self, game: MatrixGame) -> tuple[np.ndarray, np.ndarray] | None:
        """Return a strategy pair, optimal to the tolerance of the program and polished where that helps.

        None where the time limit passed first.

        Raises
        ------
        RuntimeError
            Where HiGHS gives up for any other reason, with its message.
        """
        from scipy.optimize import linprog

        B = normalised(game)
        options = {} if self.time_limit is None else {"time_limit": self.time_limit}
        n, m = B.shape
        result = linprog(np.ones(n), A_ub=-B.T, b_ub=-np.ones(m), bounds=(0, None), method="highs", options=options)
        if result.status == 1:
            return None
        if result.x is None:
            raise RuntimeError(f"HiGHS found no solution of the game's linear program: {result.message}")
        x, y = unit(result.x), unit(-result.ineqlin.marginals)
        return polished(game, B, x, y)


def normalised(game: MatrixGame) -> Any:
    """Return x's gains as a dense array with entries in [1, 2]: HiGHS trusts only such scales."""
    low, high = game.coupling.extremes
    A = game.dense().astype(np.float64)
    # Half-sized terms, since the difference of two huge payoffs may overflow.
    width = high / 2 - low / 2
    gains = (A / 2 - low / 2) / width if width > 0 else np.zeros_like(A)
    return 2.0 - gains if game.loss else 1.0 + gains


def unit(p: np.ndarray) -> np.ndarray:
    """Return the non-negative part of p, scaled to sum to one; uniform where nothing is left."""
    p = np.clip(p, 0.0, None)
    return p / p.sum() if p.sum() > 0 else np.full(p.size, 1.0 / p.size)


def polished(game: MatrixGame, B: Any, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pair that equalises payoffs on the supports, if its certificate is at least as good."""
    rows, columns = np.flatnonzero(x > SUPPORT), np.flatnonzero(y > SUPPORT)
    block = B[np.ix_(rows, columns)]
    better = (equaliser(block.T, x.size, rows), equaliser(block, y.size, columns))
    return better if game.gap(*better) <= game.gap(x, y) else (x, y)


def equaliser(block: np.ndarray, size: int, support: np.ndarray) -> np.ndarray:
    """Return the strategy on `support` that makes all rows of `block` pay the same, by least squares."""
    k, s = block.shape
    system = np.block([[block, -np.ones((k, 1))], [np.ones((1, s)), np.zeros((1, 1))]])
    weights = np.linalg.lstsq(system, np.append(np.zeros(k), 1.0), rcond=None)[0]
    p = np.zeros(size)
    p[support] = weights[:s]
    return unit(p)
