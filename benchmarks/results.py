"""Runs the speed tables and writes what they print into RESULTS.md, one section each.

    python benchmarks/results.py --list            # the tables and their commands
    python benchmarks/results.py rounds startup    # those that are named; the other sections stay
    python benchmarks/results.py                   # all of them: a day, most of it GANs on ten seeds
    python benchmarks/results.py --small           # all at their smallest, to the screen alone: a check for breakage

A table that fails leaves its section as it was, and the command ends with an error.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
BANNER = ("Running HiGHS", "Includes third-party software")  # of HiGHS, which no option of it keeps back
HEAD = (
    "# Results\n\nWritten by `python benchmarks/results.py`: what the commands below printed, as they printed it, with"
    " their date and machine.\nCompare figures of one table alone: a machine is never quite the same twice.\n"
)


class Table(NamedTuple):
    """A command and its small form; `threads` leaves the number of threads to the libraries."""

    about: str
    command: str
    small: str = ""
    threads: bool = False


TABLES = {
    "startup": Table("Import, and first solves of a fresh process", "startup.py", "startup.py --small"),
    "rounds": Table("A compiled round, and one pass over a matrix", "rounds.py", "rounds.py --small"),
    "exact": Table("From a matrix to a certified equilibrium, against peers", "exact.py", "exact.py --small"),
    "exact-choice": Table("Exact methods against each other, by size", "exact.py --choice"),
    "exact-large": Table("A sparse game of 100,000 x 100,000", "exact.py --large"),
    "saddle": Table("From a saddle problem to a certified answer, against cvxpy", "saddle.py", "saddle.py --small"),
    "verdicts": Table("Verdicts on runs whose fate is known", "verdicts.py", "verdicts.py --small"),
    "optim": Table("Steps of optimizers and players, over torch's", "optim.py", "optim.py --small", True),
    "sequential": Table("Games on trees and Markov games", "sequential.py", "sequential.py --small"),
    "gan-cost": Table("What `fit` adds to a loop by hand", "gan.py cost", "", True),
    "gan-ring": Table("8 Gaussians on a circle, 10 seeds", "gan.py ring", "gan.py --small", True),
    "gan-grid": Table("25 Gaussians on a grid, 10 seeds", "gan.py grid", "", True),
    "gan-sga": Table("16 Gaussians, the networks of the SGA paper", "gan.py sga", "", True),
    "gan-digits": Table("scikit-learn's digits, 10 seeds", "gan.py digits", "", True),
    "gan-rotation": Table("How far consensus optimization turns less", "gan.py rotation", "", True),
    "gan-path": Table("Path-angle at the end of extra-gradient", "gan.py path", "", True),
    "gan-launches": Table("Compiled steps, and ten seeds at once: for a GPU", "gan.py launches", "", True),
}


def printed(table: Table, small: bool) -> str:
    """Run a table's command, show what it prints and return it."""
    script, *options = (table.small if small else table.command).split()
    environment = dict(os.environ, PYTHONUNBUFFERED="1")
    if not table.threads:
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / "tables" / script), *options]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        lines = []
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if not line.startswith(BANNER):
                lines.append(line.rstrip())
    if process.returncode:
        raise SystemExit(f"{script} {' '.join(options)} ended with code {process.returncode}")
    return "\n".join(lines).strip("\n")


def section(name: str, text: str) -> str:
    """Return what RESULTS.md says of a table."""
    table = TABLES[name]
    return f"## {table.about}\n\n`python benchmarks/results.py {name}`\n\n```text\n{text}\n```\n"


def record(name: str, text: str) -> None:
    """Put a table's section in its place, and leave the others as they are."""
    held = RESULTS.read_text() if RESULTS.exists() else ""
    found = {re.search(r"results\.py (\S+)`", part)[1]: f"## {part}" for part in held.split("\n## ")[1:]}  # type: ignore[index]
    found[name] = section(name, text)
    RESULTS.write_text("\n".join([HEAD, *(found[key].rstrip("\n") + "\n" for key in TABLES if key in found)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="TABLE", help="all where none is named")
    parser.add_argument("--small", action="store_true", help="smallest sizes, to the screen alone")
    parser.add_argument("--list", action="store_true", help="name the tables")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in TABLES]:
        parser.error(f"there is no table {unknown[0]!r}: expected {', '.join(TABLES)}")
    if given.list:
        for name, table in TABLES.items():
            print(f"{name:<16}{table.about:<64}python benchmarks/tables/{table.command}")
        return
    for name in given.names or TABLES:
        if given.small and not TABLES[name].small:
            continue
        began = time.perf_counter()
        print(f"--- {name}: {TABLES[name].about}", flush=True)
        text = printed(TABLES[name], given.small)
        print(f"--- {name}: {time.perf_counter() - began:.0f} s\n", flush=True)
        if not given.small:
            record(name, text)


if __name__ == "__main__":
    main()
