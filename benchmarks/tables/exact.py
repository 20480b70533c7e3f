"""Time from a matrix to a certified equilibrium, against other solvers, side by side on one thread.

    python benchmarks/tables/exact.py                  # every row, half an hour and more: some peers take minutes
    python benchmarks/tables/exact.py --small          # the smallest sizes, for CI
    python benchmarks/tables/exact.py --only "1e-4"    # rows whose name contains a text
    python benchmarks/tables/exact.py --large          # 100,000 x 100,000 with 1e7 entries, and the memory it takes
    python benchmarks/tables/exact.py --choice         # the methods of the automatic choice against each other, by size

Each solver works on the same arrays in a process of its own, pinned to one processor; the least of several repeats
counts, after one that compiles.  Every answer is scored here by one gap routine, relative to max - min of the payoffs;
an answer that misses the tolerance is marked `!`.  A peer that is not installed is skipped with a reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from machine import made_on  # noqa: E402
from scipy import sparse  # noqa: E402

import minmax as mm  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "matrix_games"))
from benchmark_utils.peers import PEERS, described  # noqa: E402

LIMIT = 400  # seconds a process may take before it is given up
OURS = "minmax"


class Work(NamedTuple):
    """A row of the table: a game, a tolerance, the peers that a user would pick for it, the speed-up aimed at."""

    make: Callable[[], Any]
    tol: float
    peers: tuple[str, ...]
    target: float
    small: bool = False


def uniform(n: int, m: int | None = None) -> Any:
    return np.random.default_rng(0).uniform(-1, 1, (n, m or n))


def gaussian(n: int) -> Any:
    return np.random.default_rng(0).standard_normal((n, n))


def low_rank(n: int, r: int) -> Any:
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, r)) @ rng.standard_normal((r, n))


def thin(n: int, density: float) -> Any:
    A = sparse.random_array((n, n), density=density, rng=np.random.default_rng(1), format="csr")
    A.data = 2 * A.data - 1
    return A


def cyclic(n: int) -> Any:
    """Generalised rock, paper, scissors: each action beats the half behind it."""
    step = (np.arange(n)[:, None] - np.arange(n)) % n
    return np.where(step == 0, 0.0, np.where(step <= n // 2, -1.0, 1.0))


def perturbed(n: int) -> Any:
    rng = np.random.default_rng(0)
    return rng.integers(-1, 2, (n, n)) + 1e-8 * rng.uniform(-1, 1, (n, n))


EXACT = ("QuantEcon", "HiGHS ipm", "HiGHS simplex", "OR-Tools GLOP", "Clarabel", "scipy linprog")
FIRST_ORDER = ("HiGHS pdlp", "OR-Tools PDLP", "mpax")
WORKS: dict[str, Work] = {
    "uniform 10, 1e-9": Work(lambda: uniform(10), 1e-9, EXACT, 1, True),
    "uniform 100, 1e-9": Work(lambda: uniform(100), 1e-9, EXACT, 1, True),
    "gaussian 100, 1e-9": Work(lambda: gaussian(100), 1e-9, EXACT, 1),
    "uniform 1000, 1e-9": Work(lambda: uniform(1000), 1e-9, EXACT, 7),
    "gaussian 1000, 1e-9": Work(lambda: gaussian(1000), 1e-9, ("HiGHS ipm", "OR-Tools GLOP"), 7),
    "uniform 3000, 1e-9": Work(lambda: uniform(3000), 1e-9, ("HiGHS ipm",), 7),
    "uniform 1000, 1e-4": Work(lambda: uniform(1000), 1e-4, FIRST_ORDER, 8),
    "gaussian 1000, 1e-4": Work(lambda: gaussian(1000), 1e-4, FIRST_ORDER, 8),
    "uniform 3000, 1e-4": Work(lambda: uniform(3000), 1e-4, FIRST_ORDER, 8),
    "uniform 1000, 1e-2": Work(lambda: uniform(1000), 1e-2, ("OpenSpiel RM",), 1),
    "uniform 3000, 1e-2": Work(lambda: uniform(3000), 1e-2, ("OpenSpiel RM",), 1),
    "uniform 100 x 10000, 1e-9": Work(
        lambda: uniform(100, 10000), 1e-9, ("QuantEcon", "HiGHS ipm", "HiGHS simplex"), 2
    ),
    "rank 5, 1000, 1e-9": Work(lambda: low_rank(1000, 5), 1e-9, ("QuantEcon", "HiGHS ipm", "HiGHS simplex"), 2),
    "sparse 5000, 1 %, 1e-4": Work(lambda: thin(5000, 0.01), 1e-4, ("HiGHS pdlp", "OR-Tools PDLP"), 2),
    "sparse 5000, 1 %, 1e-6": Work(lambda: thin(5000, 0.01), 1e-6, ("HiGHS pdlp", "OR-Tools PDLP"), 2),
    "cyclic 101, 1e-9": Work(lambda: cyclic(101), 1e-9, ("QuantEcon", "HiGHS simplex"), 1, True),
    "Morra 3, 1e-9": Work(
        lambda: -np.asarray(mm.zoo.morra(3).payoffs()), 1e-9, ("QuantEcon", "HiGHS simplex"), 0, True
    ),
    "all ones 50, 1e-9": Work(lambda: np.ones((50, 50)), 1e-9, ("QuantEcon", "HiGHS simplex"), 0, True),
    "rows twice 60, 1e-9": Work(lambda: np.repeat(uniform(30, 60), 2, 0), 1e-9, ("QuantEcon", "HiGHS simplex"), 0),
    "rank 2, 100, 1e-9": Work(lambda: low_rank(100, 2), 1e-9, ("QuantEcon", "HiGHS simplex"), 0),
    "ties off by 1e-8, 60, 1e-9": Work(lambda: perturbed(60), 1e-9, ("QuantEcon", "HiGHS simplex"), 0),
}


def gap(A: Any, x: np.ndarray, y: np.ndarray) -> float:
    """Return the duality gap over max - min of the payoffs; the payoff itself where they are all one."""
    low = min(A.min(), 0.0) if sparse.issparse(A) else A.min()
    spread = (max(A.max(), 0.0) if sparse.issparse(A) else A.max()) - low
    return float((A.T @ x).max() - (A @ y).min()) / (spread or abs(low) or 1.0)


def ours(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
    solution = mm.solve(mm.MatrixGame(A), tol=tol)
    return solution.x, solution.y


def enough_iterations(solver: Any, A: Any, tol: float) -> None:
    """Give regret matching the least of a doubling count of iterations that reaches the tolerance."""
    while gap(A, *solver(A, tol)) > tol and solver.iterations < 100_000:
        solver.iterations *= 2


def measure(row: str, who: str, seconds: float) -> dict[str, float]:
    """Time one solver on one row, in this process, again and again for so many seconds."""
    work = WORKS[row]
    A = work.make()
    solver: Any = ours if who == OURS else PEERS[who][0]()
    if who == "OpenSpiel RM":
        enough_iterations(solver, A, work.tol)
    best, total, calls = np.inf, 0.0, 0
    while calls < 2 or (total < seconds and calls < 400):
        began = time.perf_counter()
        pair = solver(A, work.tol)
        took = time.perf_counter() - began
        calls += 1
        if calls == 1 and took > 30:
            best = took
            break
        if calls > 1:  # the first call compiles
            best, total = min(best, took), total + took
    return {"seconds": best, "gap": gap(A, *pair)}


def timed(row: str, who: str, seconds: float) -> dict[str, Any]:
    """Time one solver on one row in a fresh process, pinned to one processor."""
    program = [sys.executable, str(Path(__file__).resolve()), "--one", row, who, str(seconds)]
    try:
        done = subprocess.run(program, capture_output=True, text=True, timeout=LIMIT, cwd=Path(__file__).parent)
    except subprocess.TimeoutExpired:
        return {"reason": f"more than {LIMIT} s"}
    if done.returncode:
        return {"reason": (done.stderr.strip().splitlines() or ["failed"])[-1][:100]}
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def table(rows: list[str], seconds: float) -> None:
    """Print one line for each solver of each row, timed for so many seconds."""
    print(f"{'game, tolerance':<30}{'solver':<44}{'seconds':>12}{'gap':>11}{'ours is faster by':>19}")
    for row in rows:
        work = WORKS[row]
        mine = timed(row, OURS, seconds)
        print(f"{row:<30}{OURS + ' ' + mm.__version__:<44}{mine['seconds']:>12.6f}{mine['gap']:>11.1e}", flush=True)
        for who in work.peers:
            found = timed(row, who, seconds)
            if "reason" in found:
                print(f"{'':<30}{who:<44}{found['reason']}", flush=True)
                continue
            missed = "!" if found["gap"] > work.tol else " "
            ratio = found["seconds"] / mine["seconds"]
            print(
                f"{'':<30}{described(who):<44}{found['seconds']:>12.6f}{found['gap']:>11.1e}{missed}{ratio:>18.2f}",
                flush=True,
            )


def least(work: Callable[[], Any], repeats: int = 7) -> float:
    """Return the least time of several runs, after one that compiles."""
    work()
    best = np.inf
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def batches(count: int) -> None:
    """Print the time of a batch of 16 x 16 games against compiled and other loops over peers."""
    games = np.random.default_rng(0).uniform(-1, 1, (count, 16, 16))
    mine = least(lambda: mm.solve_batch(games))
    print(f"\n{count} games of 16 x 16, exact{'':<12}{OURS + ' ' + mm.__version__:<38}{mine:>10.4f} s")
    try:
        import numba
        from quantecon.optimize import minmax

        @numba.njit
        def loop(A):  # type: ignore[no-untyped-def]
            total = 0.0
            for b in range(A.shape[0]):
                total += minmax(A[b])[0]
            return total

        theirs = least(lambda: loop(games))
        print(f"{'':<39}{'a compiled loop over QuantEcon':<38}{theirs:>10.4f} s{theirs / mine:>10.2f}")
    except ImportError as error:
        print(f"{'':<39}QuantEcon: {error}")
    part = max(count // 100, 1)
    for who in ("HiGHS simplex", "scipy linprog"):
        try:
            solver = PEERS[who][0]()
        except ImportError as error:
            print(f"{'':<39}{who}: {error}")
            continue
        took = least(lambda solver=solver: [solver(A, 1e-9) for A in games[:part]], 3) * count / part
        print(f"{'':<39}{described(who) + f', {part} of them':<38}{took:>10.4f} s{took / mine:>10.1f}")


def passes(sizes: list[int]) -> None:
    """Print bytes a second of one round in turns, which reads A once, against a stream read of the same array."""
    from minmax import loops
    from minmax.players import Players, fresh_run, opening

    print(f"\n{'one pass over A':<40}{'GB/s':>8}{'stream read GB/s':>18}{'of it':>8}")
    for n in sizes:
        A = np.random.default_rng(0).uniform(-1, 1, (n, n))
        S = thin(5 * n, 0.01)
        for kind, B in (("float64, C order", A), ("float64, F order", np.asfortranarray(A)),
                        ("float32, C order", A.astype(np.float32)), ("compressed rows", S)):  # fmt: skip
            game = mm.MatrixGame(B)
            order = "yx" if game.kernel.leader == "y" else "xy"
            run = fresh_run(game, mm.PredictiveRegretMatchingPlus(), 10, None, None, order, None)
            players = Players(game, run, opening(game, run, None))
            pairs = (players.maps, run.rules, players.facts, players.sides)
            ordered = [part for pair in pairs for part in (pair[::-1] if order == "yx" else pair)]
            ordered.append(players.tape)
            size = S.data.nbytes + S.indices.nbytes if kind == "compressed rows" else B.nbytes
            stored = S.data if kind == "compressed rows" else B
            rounds = max(1, int(2e8 / size))
            took = least(lambda g=game, o=ordered, r=rounds: loops.advance_swept(g.kernel, *o, 1, r + 1)) / rounds
            read = least(lambda s=stored: s.sum())
            speed, stream = size / took / 1e9, stored.nbytes / read / 1e9
            print(f"{kind + f', {B.shape[0]}':<40}{speed:>8.1f}{stream:>18.1f}{speed / stream:>8.0%}")


def memory(name: str) -> int:
    """Return bytes of memory that this process holds (VmRSS) or has held (VmHWM)."""
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0]) * 1024


def large() -> None:
    """Print time, gap and memory of one sparse game of 100,000 actions a side."""
    n, entries = 100_000, 10_000_000
    rng = np.random.default_rng(0)
    rows = np.sort(rng.integers(0, n, entries, dtype=np.int32))
    starts = np.searchsorted(rows, np.arange(n + 1)).astype(np.int32)
    A = sparse.csr_array((rng.uniform(-1, 1, entries), rng.integers(0, n, entries, dtype=np.int32), starts), (n, n))
    del rows
    A.sum_duplicates()
    size = A.data.nbytes + A.indices.nbytes + A.indptr.nbytes
    mm.solve(thin(1000, 0.01), tol=1e-4)  # compiles
    Path("/proc/self/clear_refs").write_text("5")  # the most memory held counts from here; Linux only
    held = memory("VmRSS")
    began = time.perf_counter()
    solution = mm.solve(mm.MatrixGame(A), tol=1e-4)
    took = time.perf_counter() - began
    peak = memory("VmHWM")
    print(f"{n} x {n}, {A.nnz} entries, {size / 1e6:.0f} MB: {solution.status} in {took:.1f} s, {solution.path}, gap")
    share = f"{peak / size:.2f} times the data ({held / size:.2f} before)"
    print(f"{gap(A, solution.x, solution.y):.1e}; the process held at most {share}")


def choice() -> None:
    """Print the time of each method of the automatic choice by size, dense uniform games to 1e-9."""
    methods: dict[str, Any] = {
        "Pivoting": mm.Pivoting(), "InteriorPoint": mm.InteriorPoint(), "DoubleOracle": mm.DoubleOracle(),
        "LinearProgram": mm.LinearProgram(), "automatic": None,
    }  # fmt: skip
    print(f"{'game':<24}" + "".join(f"{name:>16}" for name in methods))
    games = {f"uniform {n}": uniform(n) for n in (10, 50, 100, 150, 200, 250, 300, 500, 1000)}
    games |= {f"uniform {n} x {m}": uniform(n, m) for n, m in ((20, 2000), (100, 1000), (100, 10000), (200, 5000))}
    games |= {f"rank 5, {n}": low_rank(n, 5) for n in (100, 1000)}
    for name, A in games.items():
        game = mm.MatrixGame(A)
        line = f"{name:<24}"
        for method in methods.values():
            entries = A.size * min(A.shape)
            if (isinstance(method, mm.LinearProgram) and A.size > 100_000) or (
                isinstance(method, mm.Pivoting) and entries > 2e8
            ):
                line += f"{'-':>16}"
                continue
            solution = mm.solve(game, method, tol=1e-9)
            took = least(lambda g=game, m=method: mm.solve(g, m, tol=1e-9), 3)
            line += f"{took:>15.5f}{' ' if solution.converged else '!'}"
        print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="the smallest sizes only")
    parser.add_argument("--only", default="", help="rows whose name contains this text")
    parser.add_argument("--large", action="store_true", help="one very large sparse game")
    parser.add_argument("--choice", action="store_true", help="our own methods against each other")
    parser.add_argument("--one", nargs=3, metavar=("ROW", "SOLVER", "SECONDS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if asked.one:
        row, who, seconds = asked.one
        print(json.dumps(measure(row, who, float(seconds))))
        return
    print(made_on(*dict.fromkeys(package for _, package in PEERS.values())))
    if asked.large:
        large()
    elif asked.choice:
        choice()
    else:
        rows = [row for row, work in WORKS.items() if asked.only in row and (work.small or not asked.small)]
        table(rows, 0.2 if asked.small else 3.0)
        if not asked.only:
            batches(1000 if asked.small else 10_000)
            passes([400] if asked.small else [1000, 3000])


if __name__ == "__main__":
    main()
