"""`minmax bench`: runs a benchmark through benchopt, and writes a folder of runs, figures, a table and one page."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

__all__ = ["bench"]

PACKAGE = Path(__file__).parent.parent
# Beside the package in a checkout, within it where it was installed.
PLACES = (PACKAGE.parent / "benchmarks", PACKAGE / "benchmarks")
NEEDED = ("benchopt", "pandas", "pyarrow", "matplotlib")
RUNS, CONFIG, JOBS = "runs.parquet", "config.yml", "benchopt_run"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PASSING = re.compile(r"initialization|\d% \(\d+ / \d+ reps\)")  # what benchopt writes over
NAMED = re.compile(r"""\bpath\s*[=:]\s*["']?([^,\]"'}\n]+)""")  # files that datasets of a configuration read


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
    folder, added = folder_of(options.name), added_of(options.add or [])
    config = folder / "configs" / ("small.yml" if options.small else "main.yml")
    text = configuration(config if options.config is None else options.config, added)
    if options.jobs is not None and options.jobs < 1:
        raise ValueError(f"`--jobs` must be one or more; got {options.jobs}.")
    out = Path(f"bench-{folder.name}") if options.out is None else options.out
    if out.exists() and not out.is_dir():
        raise ValueError(f"`--out` must be a folder; {out} is a file.")
    out.mkdir(parents=True, exist_ok=True)
    (out / CONFIG).write_text(text)
    fresh = (out / f"new-{RUNS}").resolve()
    fresh.unlink(missing_ok=True)
    cache = (out / "cache" / fingerprint([*sources_of(folder, added), *named_in(text)])).resolve()
    jobs = folder / JOBS
    kept = jobs.exists()
    yield from run(command_of(folder, out / CONFIG, fresh, options), cache)
    if jobs.is_dir() and not kept:  # submitit's, which benchopt has write beside the sources
        shutil.copytree(jobs, out / JOBS, dirs_exist_ok=True)
        shutil.rmtree(jobs)
    if not fresh.is_file():
        raise RuntimeError(f"{folder.name}: no solver ran on any problem; the lines above say why.")
    yield f"page: {write_page(fresh.replace(out / RUNS), f'Benchmark {folder.name}', text)}"


def folder_of(name: str) -> Path:
    """Return the folder of a benchmark: of this project by its name, or anybody's by its path."""
    for folder in (Path(name), *(place / name for place in PLACES)):
        if (folder / "objective.py").is_file():
            return folder.resolve()
    known = sorted({path.parent.name for place in PLACES for path in place.glob("*/objective.py")})
    raise ValueError(f"There is no benchmark {name!r}: expected {', '.join(known)}, or a folder with an objective.py.")


def added_of(paths: Iterable[Path]) -> list[Path]:
    """Return files of solvers that are to be run beside the others, each once."""
    for path in paths:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: there is no such file of a solver.")
        try:
            tree = ast.parse(path.read_text(), str(path))
        except SyntaxError as error:
            raise ValueError(f"{path}: line {error.lineno} is no Python: {error.msg}.") from None
        if not any(isinstance(part, ast.ClassDef) and part.name == "Solver" for part in ast.walk(tree)):
            raise ValueError(f"{path}: benchopt looks for a class `Solver`; benchmarks/template.py has one at its end.")
    return list(dict.fromkeys(path.resolve() for path in paths))


def configuration(path: Path, added: Sequence[Path]) -> str:
    """Return a configuration as text, with the files of solvers that are added to its own."""
    import yaml

    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such configuration.")
    text = path.read_text()
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: is no YAML: {error}.") from None
    if not isinstance(told, dict):
        raise ValueError(f"{path}: expected a configuration of benchopt, such as `dataset: [...]`.")
    if not added:
        return text
    solvers = told.get("solver") or ["*"]
    solvers = solvers if isinstance(solvers, list) else [solvers]
    return yaml.safe_dump(told | {"solver": [*solvers, *map(str, added)]}, sort_keys=False)


def command_of(folder: Path, config: Path, runs: Path, options: Any) -> list[str]:
    """Return the command that runs the benchmark."""
    command = [sys.executable, "-m", "benchopt", "run", str(folder), "--config", str(config), "--output", str(runs)]
    command += ["--no-plot", "--no-html", "--no-display"]
    if options.jobs is not None:
        command += ["--n-jobs", str(options.jobs)]
    if options.parallel is not None:
        command += ["--parallel-config", str(options.parallel)]
    return command


def run(command: Sequence[str], cache: Path) -> Iterator[str]:
    """Run benchopt, and yield its lines but for those it writes over; what is in the cache is not run again."""
    environment = ONE_THREAD | os.environ | {"BENCHOPT_CACHE": str(cache)}
    said: list[str] = []
    with subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            for line in lines_of(process.stdout):
                yield line
                said.append(line)
        except BaseException:  # a reader that has left, or Ctrl-C: nothing is to run on unseen
            end(process)
            raise
    if process.returncode:
        raise RuntimeError(f"benchopt ended with code {process.returncode}: {reason_of(said)}")


def end(process: subprocess.Popen[str]) -> None:
    """End a process and all that it has started, which may hold a request to end back."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def lines_of(stream: IO[str] | None) -> Iterator[str]:
    """Yield the lines that stay, without colours."""
    for line in stream or ():
        for part in re.split(r"\r", re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line)):
            if part.strip() and not PASSING.search(part):
                yield part.rstrip()


def reason_of(said: Sequence[str]) -> str:
    """Return the line that says best why a command failed: the last that speaks of an error."""
    errors = [line for line in said if re.search(r"\b\w*(Error|Exception|Invalid|Patterns)\b", line)]
    return (errors or said or ["it said nothing"])[-1].strip()


def sources_of(folder: Path, added: Sequence[Path]) -> list[Path]:
    """Return the files that results depend on: benchopt itself only looks at a solver's own."""
    beside = [path for file in added for path in file.parent.glob("*.py")]
    return [path for root in (PACKAGE, folder) for path in sorted(root.rglob("*.py"))] + sorted(set(beside))


def named_in(text: str) -> list[Path]:
    """Return the files that a configuration names as paths of datasets."""
    return [path for name in NAMED.findall(text) if (path := Path(name.strip())).is_file()]


def fingerprint(paths: Iterable[Path]) -> str:
    """Return a name of what files are called and hold, and of all that is installed."""
    installed = sorted({f"{one.name} {one.version}" for one in distributions()})
    digest = hashlib.sha256("\n".join(installed).encode())
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
