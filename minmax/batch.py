"""Many matrix games at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from minmax import _check
from minmax.automatic import PIVOTS
from minmax.exact.many import BatchSolution, empty, pivoted, shared_out
from minmax.games.matrix import MatrixGame
from minmax.solve import solve

__all__ = ["BatchSolution", "solve_batch"]


def solve_batch(
    A: Any,
    method: Any = None,
    *,
    tol: float = 1e-9,
    loss: bool = True,
    threads: int = 1,
    **options: Any,
) -> BatchSolution:
    """Solve many matrix games `min over x, max over y, x'A[b]y` at once, exactly unless a dynamics is asked for.

    Parameters
    ----------
    A : (B, n, m) payoffs from x to y, or a sequence of matrices, whose sizes may differ.
    method : None for exact pivoting; else what `solve` takes, with its options, one game after the other.
    tol : relative to the spread of each game's payoffs.
    loss : whether entries are what x pays; False where x receives them, as in `MatrixGame.from_payoffs`.
    threads : games are shared out to so many threads; -1 for one per processor.
    options : handed to `solve`: `rounds`, `average`, `seed` and so on.

    Raises
    ------
    ValueError, TypeError
        For payoffs that are not finite, or not of that shape.

    Examples
    --------
    >>> games = np.array([[[2.0, -1.0], [-1.0, 1.0]], [[0.0, 1.0], [3.0, 2.0]]])
    >>> solve_batch(games).value.round(9).tolist()
    [0.2, 1.0]
    """
    _check.positive("tol", tol)
    if method is None and options:
        raise TypeError(f"`{next(iter(options))}` is an option of dynamics; leave it out, or pass a `method`.")
    workers = os.cpu_count() or 1 if threads == -1 else _check.whole("threads", threads, 1)
    if not isinstance(A, np.ndarray) or A.dtype == object:
        return of_any_size(A, method, tol, loss, threads, options)
    games = _check.real_array("A", A, 3)
    found = empty(*games.shape)
    if method is not None or games.shape[1] * games.shape[2] * min(games.shape[1:]) > PIVOTS:
        one_by_one(games, method, tol, loss, workers, options, found)
    else:
        pivoted(games, tol, loss, workers, found, solve)
    return found


def of_any_size(A: Any, method: Any, tol: float, loss: bool, threads: int, options: Any) -> BatchSolution:
    """Solve a sequence of matrices, those of one shape together."""
    if not isinstance(A, (Sequence, np.ndarray)) or isinstance(A, str):
        raise TypeError(f"`A` must be a (B, n, m) array or a sequence of matrices; got {type(A).__name__}.")
    games = [_check.real_array(f"A[{b}]", game, 2) for b, game in enumerate(A)]
    if not games:
        raise ValueError("`A` must hold at least one game; got none.")
    shapes: dict[tuple[int, ...], list[int]] = {}
    for b, game in enumerate(games):
        shapes.setdefault(game.shape, []).append(b)
    parts = {
        shape: solve_batch(np.stack([games[b] for b in places]), method, tol=tol, loss=loss, threads=threads, **options)
        for shape, places in shapes.items()
    }
    if len(shapes) == 1:
        return parts[games[0].shape]
    found = empty(len(games), 0, 0)._replace(x=[None] * len(games), y=[None] * len(games))
    for shape, places in shapes.items():
        for k, b in enumerate(places):
            for whole, part in zip(found, parts[shape]):
                whole[b] = part[k]
    return found


def one_by_one(
    games: np.ndarray, method: Any, tol: float, loss: bool, workers: int, options: Any, found: BatchSolution
) -> None:
    """Solve each game on its own."""

    def work(part: slice) -> None:
        for b in range(part.start, part.stop):
            solution = solve(MatrixGame(games[b], loss=loss), method, tol=tol, **options)
            found.x[b], found.y[b] = solution.x, solution.y
            found.value[b], found.lower[b], found.upper[b] = solution.value, solution.lower, solution.upper
            found.gap[b], found.converged[b] = solution.gap, solution.relative_gap <= tol

    shared_out(work, len(games), workers, 1)
