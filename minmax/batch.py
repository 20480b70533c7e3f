"""Many matrix games at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.automatic import PIVOTS
from minmax.exact.lanes import lanes_for, room_for
from minmax.exact.pivoting import SMALL, TINY, budget_of
from minmax.exact.tableau import DONE
from minmax.games.matrix import MatrixGame
from minmax.solve import solve

__all__ = ["BatchSolution", "solve_batch"]

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
        pivoted(games, tol, loss, workers, found)
    return found


def empty(count: int, n: int, m: int) -> BatchSolution:
    """Return room for the solutions of so many games of one size."""
    value, lower, upper, gap = np.empty((4, count))
    return BatchSolution(np.zeros((count, n)), np.zeros((count, m)), value, lower, upper, gap, np.zeros(count, bool))


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


def shared_out(work: Callable[[slice], None], count: int, workers: int, chunk: int) -> None:
    """Do the work on every slice of so many games, on several threads where asked for."""
    if workers == 1:
        work(slice(0, count))
        return
    slices = [slice(k, min(k + chunk, count)) for k in range(0, count, chunk)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, slices))


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


def pivoted(games: np.ndarray, tol: float, loss: bool, workers: int, found: BatchSolution) -> None:
    """Pivot all games in compiled code."""
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
        again(games, sign, budget, found, scores, scales, flags, doubtful)
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
    flags: np.ndarray, doubtful: np.ndarray,
) -> None:  # fmt: skip
    """Solve some games once more by the careful kernel, and those it cannot finish by `solve`; keep the better."""
    from minmax.exact import compiled

    some = np.ascontiguousarray(games[doubtful])
    count, n, m = some.shape
    X, Y, out, ended = np.zeros((count, n)), np.zeros((count, m)), np.empty((count, 4)), np.zeros(count, np.int64)
    compiled.solve_each(some, sign, TINY, SMALL, budget, X, Y, out, scales[doubtful], ended, room_for(n, m))
    for k, b in enumerate(doubtful):
        if ended[k] != DONE or out[k, 3] > CAREFUL * abs(scales[b, :2]).max():
            solution = solve(MatrixGame(games[b] * sign))
            if solution.gap < out[k, 3]:
                X[k], Y[k] = solution.x, solution.y
                out[k] = solution.value, solution.lower, solution.upper, solution.gap
        if flags[b] != DONE or out[k, 3] < scores[b, 3]:
            found.x[b], found.y[b], scores[b] = X[k], Y[k], out[k]
