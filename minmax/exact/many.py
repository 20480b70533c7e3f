"""Many small matrix games at once, pivoted in compiled code and certified."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.exact.lanes import lanes_for, room_for
from minmax.exact.pivoting import SMALL, TINY, budget_of
from minmax.exact.tableau import DONE
from minmax.games.matrix import MatrixGame

__all__ = ["BatchSolution", "empty", "pivoted", "shared_out"]

INTERLEAVED = 900  # entries of a tableau up to which games are pivoted side by side: their lanes stay in the cache
CAREFUL = 1e-12  # gap, in units of the largest payoff, beyond which a game is solved once more, with care
CHUNK = 4096  # games a thread takes at a time: milliseconds of work


class BatchSolution(NamedTuple):
    """Certified equilibria of B games, in the sign of the payoffs as given.

    Attributes
    ----------
    x, y : (B, n) and (B, m) strategies; lists of arrays where the games differ in size.
    value, lower, upper : (B,) payoff of each pair and bounds on each game's value, rounding accounted for.
    gap : (B,) duality gaps.
    converged : (B,) whether each gap is within the tolerance.
    """

    x: Any
    y: Any
    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    gap: np.ndarray
    converged: np.ndarray


def empty(count: int, n: int, m: int) -> BatchSolution:
    """Return room for the solutions of so many games of one size."""
    value, lower, upper, gap = np.empty((4, count))
    return BatchSolution(np.zeros((count, n)), np.zeros((count, m)), value, lower, upper, gap, np.zeros(count, bool))


def shared_out(work: Callable[[slice], None], count: int, workers: int, chunk: int) -> None:
    """Do the work on every slice of so many games, on several threads where asked for."""
    if workers == 1:
        work(slice(0, count))
        return
    slices = [slice(k, min(k + chunk, count)) for k in range(0, count, chunk)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, slices))


def pivoted(
    games: np.ndarray, tol: float, loss: bool, workers: int, found: BatchSolution, last: Callable[[MatrixGame], Any]
) -> None:
    """Pivot all games in compiled code; those it cannot finish are solved by `last`."""
    from minmax.exact import compiled

    count, n, m = games.shape
    sign = 1.0 if loss else -1.0
    games = np.ascontiguousarray(games, dtype=np.float64)
    scores, scales = np.empty((count, 4)), np.empty((count, 6))
    flags = np.zeros(count, np.int64)
    budget = budget_of(n, m)
    small = (n + 1) * (m + 1) <= INTERLEAVED
    kernel: Any = compiled.solve_lanes if small else compiled.solve_each

    def work(part: slice) -> None:
        room: Any = lanes_for(n, m) if small else room_for(n, m)
        out = scores[part], scales[part], flags[part]
        kernel(games[part], sign, TINY, SMALL, budget, found.x[part], found.y[part], *out, room)

    shared_out(work, count, workers, CHUNK if small else 1)
    with np.errstate(over="ignore", invalid="ignore"):
        spread, largest = scales[:, 1] - scales[:, 0], np.maximum(abs(scales[:, 0]), abs(scales[:, 1]))
    refuse(games, scales, spread)
    doubtful = np.flatnonzero((flags != DONE) | (scores[:, 3] > CAREFUL * largest))
    if doubtful.size:
        again(games, sign, budget, found, scores, scales, flags, doubtful, last)
    value, lower, upper = scores[:, 0] * sign, scores[:, 1] * sign, scores[:, 2] * sign
    found.value[:], found.gap[:] = value, scores[:, 3]
    found.lower[:], found.upper[:] = (lower, upper) if loss else (upper, lower)
    scale = np.where(spread > 0, spread, largest)
    found.converged[:] = found.upper - found.lower <= tol * scale


def refuse(games: np.ndarray, scales: np.ndarray, spread: np.ndarray) -> None:
    """Raise for the first game with a payoff that is not finite, or whose payoffs span more than a float."""
    for b in np.flatnonzero(~np.isfinite(scales[:, 2]))[:1]:
        _check.finite(f"A[{b}]", games[b])
    for b in np.flatnonzero(~np.isfinite(spread))[:1]:
        raise ValueError(f"`A[{b}]` must span less than 1.79e308: scale it down.")


def again(
    games: np.ndarray, sign: float, budget: int, found: BatchSolution, scores: np.ndarray, scales: np.ndarray,
    flags: np.ndarray, doubtful: np.ndarray, last: Callable[[MatrixGame], Any],
) -> None:  # fmt: skip
    """Solve some games once more by the careful kernel, and those it cannot finish by `last`; keep the better."""
    from minmax.exact import compiled

    some = np.ascontiguousarray(games[doubtful])
    count, n, m = some.shape
    X, Y, out, ended = np.zeros((count, n)), np.zeros((count, m)), np.empty((count, 4)), np.zeros(count, np.int64)
    compiled.solve_each(some, sign, TINY, SMALL, budget, X, Y, out, scales[doubtful], ended, room_for(n, m))
    for k, b in enumerate(doubtful):
        if ended[k] != DONE or out[k, 3] > CAREFUL * abs(scales[b, :2]).max():
            solution = last(MatrixGame(games[b] * sign))
            if solution.gap < out[k, 3]:
                X[k], Y[k] = solution.x, solution.y
                out[k] = solution.value, solution.lower, solution.upper, solution.gap
        if flags[b] != DONE or out[k, 3] < scores[b, 3]:
            found.x[b], found.y[b], scores[b] = X[k], Y[k], out[k]
