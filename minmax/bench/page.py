"""The folder of a benchmark: figures, a table of times, and one page that shows all, without scripts or a network."""

from __future__ import annotations

import csv
import html
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minmax import __version__
from minmax.bench.curves import Curve, Machine, families, gathered, profile, read_curves, read_machine, targets
from minmax.bench.pictures import CALLS, FLOOR, SECONDS, Look, looks_of, plot_family, plot_profile
from minmax.plots.canvas import blank_figure
from minmax.plots.report import address_of, page

__all__ = ["PAGE", "TIMES", "write_page"]

PAGE, TIMES = "index.html", "times.csv"
NEVER = "–"
WIDE = "<style>figure { width: 100% } td { white-space: nowrap } td.best { font-weight: 600 }</style>"


def write_page(runs: Path, title: str, configuration: str) -> Path:
    """Write figures, table and page beside a file of runs; return where the page is.

    Parameters
    ----------
    runs : a .parquet file of benchopt.
    title : of the page.
    configuration : what was run, as text.
    """
    curves, folder = read_curves(runs), runs.parent
    aims = targets(curves)
    parts = [f"<p>{html.escape(made(read_machine(runs)))}</p>", reading(curves), WIDE]
    looks, rows = looks_of(curves), list[dict[str, Any]]()
    for family, own in families(curves).items():
        parts.append(f"<h2>{html.escape(family)}</h2>\n{figure_of(family, own, looks, folder)}")
        found = [row for name, run in own.items() for row in times_of(family, name, run, aims)]
        rows += found
        parts.append(table_of(found, aims))
    parts += [profile_of(curves, aim, looks, folder) for aim in dict.fromkeys((aims[0], aims[-1]))] if aims else []
    parts.append(f"<h2>What was run</h2><pre>{html.escape(configuration)}</pre>")
    with (folder / TIMES).open("w", newline="") as file:
        writer = csv.DictWriter(file, ["family", "solver", "target", "reached", "of", "operator_calls", "seconds"])
        writer.writeheader()
        writer.writerows(rows)
    to = folder / PAGE
    to.write_text(page(html.escape(title), "\n".join(parts)), encoding="utf-8")
    return to


def made(machine: Machine) -> str:
    """Say where, when and by which versions."""
    cores = f"{machine.cores} core{'s' * (machine.cores > 1)}"
    return (
        f"minmax {__version__}, {machine.versions}; {machine.processor}, {cores}, {machine.memory} GB; {machine.date}"
    )


def reading(curves: Sequence[Curve]) -> str:
    """Say how to read the figures."""
    seeds = max((len(runs) for own in families(curves).values() for runs in own.values()), default=0)
    band = f"medians over up to {seeds} seeds, bands from the 10th to the 90th percentile" if seeds > 1 else "one seed"
    return (
        f"<p>Lines are {band}; solid is the average iterate, dashed the last one, each solver by the one that ended "
        f"better. Marks are solvers that answer once; those that leave less than {FLOOR:g} are drawn there. The "
        "objective computes every merit from what a solver returned. Seconds leave out compiling and the judging of "
        "answers. <code>runs.parquet</code> holds every point, <code>times.csv</code> the tables.</p>"
    )


def figure_of(family: str, runs: Mapping[str, Sequence[Curve]], looks: Mapping[str, Look], folder: Path) -> str:
    """Draw a family against calls and seconds, save the figure and return it as HTML."""
    figure = blank_figure(12.5, 4.6)
    left, right = figure.subplots(1, 2)
    plot_family(runs, CALLS, looks, ax=left, key=False)
    silent = plot_family(runs, SECONDS, looks, ax=right, key=True)
    figure.suptitle(family.replace("$", r"\$"), fontsize="medium", x=0.01, ha="left")
    return shown(figure, family, folder) + silence(runs, silent)


def silence(runs: Mapping[str, Sequence[Curve]], silent: Sequence[str]) -> str:
    """Say why nothing is drawn of some solvers."""
    at_zero = [name for name in silent if all(run.value[-1] <= 0.0 for run in runs[name])]
    lost = [name for name in silent if name not in at_zero]
    text = f"At 0 from the first, which a logarithm cannot show: {', '.join(at_zero)}. " if at_zero else ""
    text += f"Never at a number: {', '.join(lost)}." if lost else ""
    return f"<p>{html.escape(text.strip())}</p>" if text else ""


def profile_of(curves: Sequence[Curve], target: float, looks: Mapping[str, Look], folder: Path) -> str:
    """Draw a performance profile, save it and return it as HTML."""
    figure = blank_figure(7.5, 4.6)
    ax = figure.subplots()
    ratios = profile(curves, target)
    plot_profile(ratios, looks, ax=ax)
    problems = max(map(len, ratios.values()), default=0)
    ax.set_title(f"to {target:g}: {problems} problems that somebody solved", fontsize="small", loc="left")
    none = ", ".join(name for name, own in ratios.items() if not np.isfinite(own).any())
    text = f"<p>Solved none of them: {html.escape(none)}.</p>" if none else ""
    return f"<h2>Performance profile, to {target:g}</h2>\n" + shown(figure, f"profile to {target:g}", folder) + text


def shown(figure: Any, name: str, folder: Path) -> str:
    """Save a figure in the folder and return it as HTML."""
    figure.savefig(folder / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', name).strip('-')}.png")
    return f'<figure><img alt="{html.escape(name)}" src="{address_of(figure)}"></figure>'


def times_of(family: str, solver: str, runs: Sequence[Curve], aims: Sequence[float]) -> list[dict[str, Any]]:
    """Return when a solver reached each target on a family, in the median."""
    found = []
    for aim in aims:
        reached, calls, seconds = gathered(runs, aim)
        found.append({
            "family": family, "solver": solver, "target": aim, "reached": reached, "of": len(runs),
            "operator_calls": calls, "seconds": seconds,
        })  # fmt: skip
    return found


def table_of(rows: Sequence[Mapping[str, Any]], aims: Sequence[float]) -> str:
    """Return times to targets as a table in HTML, the fastest in bold."""
    if not aims:
        return "<p>Nothing came down to 0.1.</p>"
    best = {aim: min(row["seconds"] for row in rows if row["target"] == aim) for aim in aims}
    head = "".join(f"<td>to {aim:g}</td>" for aim in aims)
    lines: dict[str, list[str]] = {}
    for row in rows:
        fastest = ' class="best"' if row["seconds"] == best[row["target"]] < math.inf else ""
        lines.setdefault(row["solver"], []).append(f"<td{fastest}>{cell(row)}</td>")
    body = "\n".join(f"<tr><td>{html.escape(name)}</td>{''.join(cells)}</tr>" for name, cells in lines.items())
    return f"<table><tr><td>median seconds (operator calls)</td>{head}</tr>\n{body}</table>"


def cell(row: Mapping[str, Any]) -> str:
    """Return one entry: median seconds and calls, and how many seeds came there where not all did."""
    part = "" if row["reached"] in (0, row["of"]) else f" [{row['reached']} of {row['of']}]"
    if not math.isfinite(row["seconds"]):
        return NEVER + part
    calls = f" ({row['operator_calls']:.0f})" if math.isfinite(row["operator_calls"]) else ""
    return f"{row['seconds']:.2g}{calls}{part}"
