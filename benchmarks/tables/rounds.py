"""Time of a compiled round against the same round in a plain numpy loop, and of one pass over A against two BLAS calls.

    python benchmarks/tables/rounds.py            # all sizes, a minute
    python benchmarks/tables/rounds.py --small    # the smallest, for CI

Every ratio compares two things timed in turns within this process, on one thread; the least of several repeats counts.
The numpy loop is written here, by hand and without the library, with its arrays allocated beforehand.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from machine import made_on  # noqa: E402

import minmax as mm  # noqa: E402
from minmax import loops  # noqa: E402
from minmax.players import Players, fresh_run, opening  # noqa: E402

REPEATS = 7


def least(*works: Callable[[], Any]) -> list[float]:
    """Return the least time of each piece of work, the pieces run in turns."""
    best = [float("inf")] * len(works)
    for work in works:
        work()
    for _ in range(REPEATS):
        for k, work in enumerate(works):
            began = time.perf_counter()
            work()
            best[k] = min(best[k], time.perf_counter() - began)
    return best


def compiled(A: np.ndarray, rule: Any, rounds: int) -> Callable[[], None]:
    """Return a function that plays rounds in the compiled loop, books for averages and regret included."""
    game = mm.MatrixGame(A)
    run = fresh_run(game, rule, rounds, None, False, None, None)
    players = Players(game, run, opening(game, run, None))
    arguments = (*players.maps, *run.rules, *players.facts, *players.sides, players.tape)
    return lambda: loops.advance_together(game.kernel, *arguments, 1, rounds + 1)


def numpy_omwu(A: np.ndarray, eta: float, rounds: int) -> Callable[[], None]:
    """Return a function that plays optimistic weights with numpy, as a careful user would write it."""
    n, m = A.shape

    def work() -> None:
        a, b = np.zeros(n), np.zeros(m)
        x, y = np.full(n, 1 / n), np.full(m, 1 / m)
        last_x, last_y, mean_x, mean_y = np.zeros(n), np.zeros(m), np.zeros(n), np.zeros(m)
        for _ in range(rounds):
            mean_x += x
            mean_y += y
            ux, uy = -(A @ y), x @ A
            a += eta * (2 * ux - last_x)
            b += eta * (2 * uy - last_y)
            last_x, last_y = ux, uy
            x = np.exp(a - a.max())
            x /= x.sum()
            y = np.exp(b - b.max())
            y /= y.sum()

    return work


def numpy_regret_matching_plus(A: np.ndarray, rounds: int) -> Callable[[], None]:
    """Return a function that plays regret matching+ with numpy."""
    n, m = A.shape

    def work() -> None:
        a, b = np.zeros(n), np.zeros(m)
        x, y = np.full(n, 1 / n), np.full(m, 1 / m)
        mean_x, mean_y = np.zeros(n), np.zeros(m)
        for t in range(1, rounds + 1):
            mean_x += t * x
            mean_y += t * y
            ux, uy = -(A @ y), x @ A
            a = np.maximum(a + ux - x @ ux, 0.0)
            b = np.maximum(b + uy - y @ uy, 0.0)
            sa, sb = a.sum(), b.sum()
            x = a / sa if sa > 0 else np.full(n, 1 / n)
            y = b / sb if sb > 0 else np.full(m, 1 / m)

    return work


def rounds_table(sizes: list[tuple[int, int]]) -> None:
    """Print the time of a round and the ratio to the numpy loop."""
    print(f"{'round of':<22}{'n':>6}{'compiled us':>14}{'numpy us':>12}{'ratio':>8}")
    for n, rounds in sizes:
        A = np.random.default_rng(0).uniform(-1, 1, (n, n))
        cases = [
            ("OMWU", mm.OMWU(0.5), numpy_omwu(A, 0.5, max(rounds // 20, 3))),
            ("RegretMatchingPlus", mm.RegretMatchingPlus(), numpy_regret_matching_plus(A, max(rounds // 20, 3))),
        ]
        for name, rule, loop in cases:
            ours, theirs = least(compiled(A, rule, rounds), loop)
            ours, theirs = 1e6 * ours / rounds, 1e6 * theirs / max(rounds // 20, 3)
            print(f"{name:<22}{n:>6}{ours:>14.3f}{theirs:>12.2f}{theirs / ours:>8.1f}")


@loops.kernel
def one_pass(game, x, y, ux, uy):  # type: ignore[no-untyped-def]
    game.utilities(x, y, ux, uy)


def passes_table(sizes: list[int]) -> None:
    """Print the time of one pass over A for both products, against two BLAS calls and a stream read of A."""
    print(f"\n{'one pass':<22}{'n':>6}{'pass ms':>14}{'two BLAS ms':>12}{'ratio':>8}{'of stream read':>16}")
    for n in sizes:
        for dtype in (np.float64, np.float32):
            A = np.random.default_rng(0).uniform(-1, 1, (n, n)).astype(dtype)
            record = mm.MatrixGame(A).kernel
            x, y = np.full(n, 1 / n), np.full(n, 1 / n)
            ux, uy = np.empty(n), np.empty(n)
            xs, ys = x.astype(dtype), y.astype(dtype)
            out_x, out_y = np.empty(n, dtype), np.empty(n, dtype)

            def blas(A: Any = A, xs: Any = xs, ys: Any = ys, out_x: Any = out_x, out_y: Any = out_y) -> None:
                np.matmul(A, ys, out=out_x)
                np.matmul(A.T, xs, out=out_y)

            def ours(record: Any = record, x: Any = x, y: Any = y, ux: Any = ux, uy: Any = uy) -> None:
                one_pass(record, x, y, ux, uy)

            mine, theirs, read = least(ours, blas, lambda A=A: A.sum())
            kind = np.dtype(dtype).name
            print(f"{kind:<22}{n:>6}{1e3 * mine:>14.3f}{1e3 * theirs:>12.3f}{theirs / mine:>8.2f}{read / mine:>15.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="the smallest sizes only")
    small = parser.parse_args().small
    print(made_on())
    rounds_table([(5, 100_000), (100, 4_000)] if small else [(5, 400_000), (100, 10_000), (1000, 200)])
    passes_table([1000] if small else [1000, 2000, 4000])


if __name__ == "__main__":
    main()
