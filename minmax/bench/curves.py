"""Runs of a benchmark as curves: what their file holds, when they reach what, and how they compare."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Curve", "Machine", "families", "gathered", "profile", "reached", "read_curves", "read_machine", "targets"]

MEASURED = ("operator_calls", "last", "average")
MOST_TARGETS = 5


class Curve(NamedTuple):
    """A run of a solver on one problem.

    Attributes
    ----------
    solver : its name and parameters.
    family, seed : of the problem: what it is called without its seed, and the seed, with the number of the repetition.
    calls, seconds : work up to each point; calls are nan for solvers that count none.
    last, average : merit of both iterates at each point.
    merit : what is measured.
    tol : merit at which the run was ended, zero where it was not.
    """

    solver: str
    family: str
    seed: tuple[Any, int]
    calls: np.ndarray
    seconds: np.ndarray
    last: np.ndarray
    average: np.ndarray
    merit: str
    tol: float = 0.0

    @property
    def counted(self) -> bool:
        """Whether operator calls were counted: an answer at once has none, and is a star instead of a curve."""
        return bool(np.isfinite(self.calls).all())

    @property
    def value(self) -> np.ndarray:
        """Merit of the better iterate at each point."""
        return np.fmin(self.last, self.average)


class Machine(NamedTuple):
    """Where and when runs were made.

    Attributes
    ----------
    date, processor, cores, memory : of the machine; memory in GB.
    versions : of numpy and scipy.
    """

    date: str
    processor: str
    cores: int
    memory: int
    versions: str


def read_curves(path: Path) -> list[Curve]:
    """Return the runs in a file that benchopt wrote.

    Parameters
    ----------
    path : a .parquet file, of a benchmark whose objective says `last`, `average`, `operator_calls` and `merit`.
    """
    table = table_of(path)
    needed = (*MEASURED, "merit")
    lacking = [name for name in needed if f"objective_{name}" not in table]
    if lacking:
        raise ValueError(f"{path}: the objective must say {', '.join(needed)}; it says nothing of {lacking[0]}.")
    several = table["objective_name"].nunique() > 1
    namesakes = table.groupby("solver_name")["file_solver"].nunique()
    found = []
    columns = ["solver_name", "file_solver", "dataset_name", "objective_name", "idx_rep"]
    for (solver, file, dataset, objective, repetition), run in table.groupby(columns, sort=False):
        family, seed = without_seed(dataset)
        family = f"{family}, {objective}" if several else family
        solver = f"{solver} ({Path(file).name})" if namesakes[solver] > 1 else solver
        calls, last, average = (run[f"objective_{name}"].to_numpy(float) for name in MEASURED)
        merit, seconds = str(run["objective_merit"].iloc[0]), run["time"].to_numpy(float)
        tol = float(run["p_obj_tol"].iloc[0]) if "p_obj_tol" in run else 0.0
        found.append(Curve(solver, family, (seed, int(repetition)), calls, seconds, last, average, merit, tol))
    return found


def read_machine(path: Path) -> Machine:
    """Return where the runs in a file were made."""
    row = table_of(path).iloc[0]
    versions = ", ".join(f"{name} {row[f'version-{name}']}" for name in ("numpy", "scipy") if f"version-{name}" in row)
    return Machine(
        str(row["run_date"])[:10], str(row["system-processor"]), int(row["system-cpus"]),
        int(row["system-ram (GB)"]), versions,
    )  # fmt: skip


def table_of(path: Path) -> Any:
    """Return the table in a file."""
    import pandas

    table = pandas.read_parquet(path)
    if table.empty:
        raise ValueError(f"{path}: there are no runs in it.")
    return table


def without_seed(dataset: str) -> tuple[str, str]:
    """Return the name of a family of problems and the seed of one of them.

    Examples
    --------
    >>> without_seed("uniform[m=60,n=50,seed=3]"), without_seed("zoo[game=kuhn]")
    (('uniform[m=60,n=50]', '3'), ('zoo[game=kuhn]', ''))
    """
    seed = re.search(r"\bseed=([^,\]]*)", dataset)
    plain = re.sub(r",?\bseed=[^,\]]*", "", dataset).replace("[,", "[").removesuffix("[]")
    return plain, seed[1] if seed else ""


def families(curves: Iterable[Curve]) -> dict[str, dict[str, list[Curve]]]:
    """Return the runs of each solver on each family, by name: runs at once come in any order."""
    found: dict[str, dict[str, list[Curve]]] = {}
    for curve in sorted(curves, key=lambda curve: (curve.family, curve.solver.lower(), curve.seed)):
        found.setdefault(curve.family, {}).setdefault(curve.solver, []).append(curve)
    return found


def reached(curve: Curve, target: float) -> tuple[float, float]:
    """Return the operator calls and seconds at which a run first was at a target or below; infinite where never.

    Examples
    --------
    >>> points = [np.array(p) for p in ([1, 2, 4], [0.1, 0.2, 0.3], [1.0, 0.5, 0.01], [1.0, 0.2, 0.05])]
    >>> run = Curve("a", "b", ("", 0), *points, "gap")
    >>> [tuple(map(float, reached(run, target))) for target in (0.3, 0.001)]
    [(2.0, 0.2), (inf, inf)]
    """
    there = np.flatnonzero(curve.value <= target)
    return (float(curve.calls[there[0]]), float(curve.seconds[there[0]])) if there.size else (math.inf, math.inf)


def targets(curves: Iterable[Curve]) -> list[float]:
    """Return up to five powers of ten that runs have come down to, from the first to the least.

    Answers at once, which are exact as a rule, count where there is nothing else.

    Examples
    --------
    >>> points = [np.array(p) for p in ([1, 2], [0.1, 0.2], [1.0, 2e-4], [1.0, 5e-3])]
    >>> targets([Curve("a", "b", ("", 0), *points, "gap")])
    [0.1, 0.01, 0.001]
    """
    seen = [curve for curve in curves if np.isfinite(curve.value).any()]
    counted = [curve for curve in seen if curve.counted] or seen
    least = [max(float(np.nanmin(curve.value)), curve.tol, 1e-12) for curve in counted]
    low = math.ceil(math.log10(min(least, default=1.0)) - 1e-9)
    decades = list(range(-1, low - 1, -1))
    step = max(math.ceil(len(decades) / MOST_TARGETS), 1)
    return [float(f"1e{power}") for power in decades[step - 1 :: step]]


def gathered(runs: Sequence[Curve], target: float) -> tuple[int, float, float]:
    """Return how many runs reached a target, and their median calls and seconds: infinite where half of them did not.

    Parameters
    ----------
    runs : of a solver on a family.
    target : merit to reach.
    """
    calls, seconds = zip(*(reached(run, target) for run in runs))
    return int(np.isfinite(seconds).sum()), float(np.median(calls)), float(np.median(seconds))


def profile(curves: Iterable[Curve], target: float) -> dict[str, np.ndarray]:
    """Return how many times as long as the fastest each solver took, sorted over the problems: inf where it failed.

    A problem that nobody solved is left out, as is one that somebody is through with before the first round: its start
    is the answer.  One that a solver was not run on counts as failed.

    Source
    ------
    E. D. Dolan and J. J. More, Benchmarking optimization software with performance profiles, 2002, arXiv cs/0102001.

    Examples
    --------
    >>> def run(solver, seconds):
    ...     return Curve(solver, "f", ("", 0), *map(np.array, ([1, 2], [0.0, seconds], [1, 0.0], [1, 0.0])), "gap")
    >>> {name: ratios.tolist() for name, ratios in profile([run("a", 1.0), run("b", 3.0)], 0.1).items()}
    {'a': [1.0], 'b': [3.0]}
    """
    times: dict[Any, dict[str, float]] = {}
    begin_solved = set()
    for curve in curves:
        problem = curve.family, curve.seed
        calls, seconds = reached(curve, target)
        times.setdefault(problem, {})[curve.solver] = seconds
        if calls == 0.0:
            begin_solved.add(problem)
    solvers = dict.fromkeys(name for own in times.values() for name in own)
    solved = [own for problem, own in times.items() if min(own.values()) < math.inf and problem not in begin_solved]
    return {name: np.sort([ratio(own, name) for own in solved]) for name in solvers}


def ratio(times: Mapping[str, float], solver: str) -> float:
    """Return how many times as long as the fastest a solver took."""
    return times.get(solver, math.inf) / max(min(times.values()), 1e-9)
