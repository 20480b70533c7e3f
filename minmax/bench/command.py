"""`minmax bench`: runs a benchmark through benchopt, and writes a folder of runs, figures, a table and one page."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

__all__ = ["bench"]

PACKAGE = Path(__file__).parent.parent
# Beside the package in a checkout, within it where it was installed.
PLACES = (PACKAGE.parent / "benchmarks", PACKAGE / "benchmarks")
NEEDED = ("benchopt", "pandas", "pyarrow", "matplotlib")
RUNS = "runs.parquet"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PASSING = re.compile(r"initialization|\d% \(\d+ / \d+ reps\)")  # what benchopt writes over


def bench(options: Any) -> Iterator[str]:
    """Run the command; yield what it has to say, line by line.

    Parameters
    ----------
    options : what `minmax.cli` has parsed.
    """
    lacking = [name for name in NEEDED if find_spec(name) is None]
    if lacking:
        raise ImportError(f'Benchmarks need {lacking[0]}, which is missing: pip install "minmax[bench]".')
    from minmax.bench.page import write_page

    if options.name.endswith(".parquet"):
        runs = Path(options.name)
        if not runs.is_file():
            raise FileNotFoundError(f"{runs}: there is no such file of runs.")
        yield f"page: {write_page(runs, f'Benchmark {runs.stem}', f'the runs in {runs.name}')}"
        return
    folder = folder_of(options.name)
    config = folder / "configs" / ("small.yml" if options.small else "main.yml")
    config = config if options.config is None else options.config
    if not config.is_file():
        raise FileNotFoundError(f"{config}: there is no such configuration.")
    out = Path(f"bench-{folder.name}") if options.out is None else options.out
    out.mkdir(parents=True, exist_ok=True)
    runs = (out / RUNS).resolve()
    yield from run(command_of(folder, config, runs, options), out)
    if not runs.is_file():
        raise RuntimeError(f"{folder.name}: no solver ran on any problem; the lines above say why.")
    added = "".join(f"\n# with {path}" for path in options.add or [])
    yield f"page: {write_page(runs, f'Benchmark {folder.name}', config.read_text() + added)}"


def folder_of(name: str) -> Path:
    """Return the folder of a benchmark: of this project by its name, or anybody's by its path."""
    for folder in (Path(name), *(place / name for place in PLACES)):
        if (folder / "objective.py").is_file():
            return folder.resolve()
    known = sorted({path.parent.name for place in PLACES for path in place.glob("*/objective.py")})
    raise ValueError(f"There is no benchmark {name!r}: expected {', '.join(known)}, or a folder with an objective.py.")


def command_of(folder: Path, config: Path, runs: Path, options: Any) -> list[str]:
    """Return the command that runs the benchmark."""
    command = [sys.executable, "-m", "benchopt", "run", str(folder), "--config", str(config), "--output", str(runs)]
    command += ["--no-plot", "--no-html", "--no-display"]
    if options.jobs is not None:
        command += ["--n-jobs", str(options.jobs)]
    if options.parallel is not None:
        command += ["--parallel-config", str(options.parallel)]
    for solver in solvers_of(config, options.add or []):
        command += ["--solver", solver]
    return command


def solvers_of(config: Path, added: Sequence[Path]) -> list[str]:
    """Return which solvers to run where files of others are added; none where the configuration says it."""
    if not added:
        return []
    for path in added:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: there is no such file of a solver.")
    import yaml

    named = (yaml.safe_load(config.read_text()) or {}).get("solver", ["*"])
    return [*([named] if isinstance(named, str) else named), *(str(path.resolve()) for path in added)]


def run(command: Sequence[str], out: Path) -> Iterator[str]:
    """Run benchopt, and yield its lines but for those it writes over.

    What was run already is kept in the folder, as long as no source has changed.
    """
    (out / RUNS).unlink(missing_ok=True)
    environment = ONE_THREAD | os.environ | {"BENCHOPT_CACHE": str((out / "cache" / fingerprint(command[4])).resolve())}
    last = ""
    with subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            for line in lines_of(process.stdout):
                yield line
                last = line
        except BaseException:  # a reader that has left, or Ctrl-C: nothing is to run on unseen
            process.terminate()
            raise
    if process.returncode:
        raise RuntimeError(f"benchopt ended with code {process.returncode}: {last.strip() or 'it said nothing'}")


def lines_of(stream: IO[str] | None) -> Iterator[str]:
    """Yield the lines that stay, without colours."""
    for line in stream or ():
        for part in re.split(r"\r", re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line)):
            if part.strip() and not PASSING.search(part):
                yield part.rstrip()


def fingerprint(folder: str) -> str:
    """Return a name of the sources that results depend on: benchopt itself only looks at a solver's own file."""
    digest = hashlib.sha256()
    for root in (PACKAGE, Path(folder)):
        for path in sorted(root.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
