"""Time to import, to a first compiled solve in a fresh process with a warm cache, and to a short solve without numba.

    python benchmarks/tables/startup.py

Each figure is the least of several fresh processes, next to bare numpy's own in the same run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from machine import made_on

REPEATS = 7

GAME = "minmax.solve([[2.0, -1.0], [-1.0, 1.0]], minmax.OMWU(0.1)"
RANDOM = "minmax.solve(numpy.random.default_rng(0).uniform(-1, 1, ({n}, {n})), tol=1e-9)"
PROGRAMS = {
    "import numpy": "import numpy",
    "import minmax": "import minmax",
    "import minmax, names touched": "import minmax; minmax.solve, minmax.MatrixGame, minmax.MWU",
    "short solve, numpy rows (500 rounds)": f"import minmax; {GAME}, rounds=500, tol=None)",
    "compiled solve (100,000 rounds)": f"import minmax; {GAME}, rounds=100_000, tol=None)",
    "exact solve, 10 x 10, no compiler": f"import minmax, numpy; {RANDOM.format(n=10)}",
    "exact solve, 100 x 100, compiled": f"import minmax, numpy; {RANDOM.format(n=100)}",
}


def seconds(program: str) -> float:
    """Return the wall time of a fresh interpreter running the program."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="each once")
    repeats = 1 if parser.parse_args().small else REPEATS
    print(made_on())
    bare = min(seconds("pass") for _ in range(repeats))
    best = dict.fromkeys(PROGRAMS, float("inf"))
    for program in PROGRAMS.values():
        seconds(program)  # the first run fills the caches
    for _ in range(repeats):
        for name, program in PROGRAMS.items():
            best[name] = min(best[name], seconds(program))
    print(f"{'fresh process':<40}{'s over bare Python':>20}{'over numpy':>12}")
    numpy = best["import numpy"] - bare
    for name, total in best.items():
        print(f"{name:<40}{total - bare:>20.3f}{total - bare - numpy:>12.3f}")


if __name__ == "__main__":
    main()
