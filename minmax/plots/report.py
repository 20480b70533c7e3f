"""One page about a run, in one file: verdict, evidence and pictures, without scripts or a network."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from minmax import _check
from minmax.diagnostics import Diagnosis
from minmax.plots.canvas import blank_figure
from minmax.plots.verdict import LEAST, plot_diagnosis, plot_rate, plot_sizes

COLORS = {
    "converged": "#117733", "converging": "#44AA99", "cycling": "#CC6677", "limit cycle": "#AA4499",
    "spiralling out": "#D55E00", "diverged": "#882255", "stalled": "#997700", "noise floor": "#6699CC",
    "undecided": "#777777",
}  # fmt: skip

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-size: 1.3rem; margin-bottom: .2rem }
.verdict { display: inline-block; color: white; padding: .15rem .7rem; border-radius: .4rem; font-weight: 600 }
figure { display: inline-block; margin: .5rem 0; width: 49% }
figure img { width: 100% }
table { border-collapse: collapse; font-size: .85rem }
td { padding: .1rem .8rem .1rem 0; border-bottom: 1px solid #eee }
td:first-child { color: #666 }
.advice { border-left: 4px solid #0072B2; padding-left: .8rem }
"""


def write_report(diagnosis: Diagnosis, path: str | PathLike[str]) -> None:
    """Write a page about a run.

    Parameters
    ----------
    diagnosis : what `diagnose` returns.
    path : an `.html` file in a folder that exists.
    """
    check_report(path).write_text(page_of(diagnosis), encoding="utf-8")


def check_report(path: str | PathLike[str]) -> Path:
    """Return where a page is to be written; refuse a place where it cannot be."""
    return check_file(path, "an .html", (".html", ".htm"))


def check_file(path: str | PathLike[str], kind: str, suffixes: tuple[str, ...]) -> Path:
    """Return where a file of a kind is to be written; refuse a place where it cannot be."""
    if not isinstance(path, (str, PathLike)):
        raise TypeError(f"`path` must be the name of {kind} file; got {type(path).__name__}.")
    to = Path(path)
    if to.suffix.lower() not in suffixes:
        raise ValueError(f"`path` must be {kind} file; got {to.name!r}.")
    _check.in_folder(to)
    return to


def page_of(diagnosis: Diagnosis) -> str:
    """Return the page as text."""
    rows = [(name.replace("_", " "), shown(value)) for name, value in diagnosis.evidence._asdict().items()]
    rows += [("period", shown(diagnosis.period)), ("rate", html.escape(str(diagnosis.rate or "none")))]
    rows += [("against its promise", diagnosis.compared), ("average of the iterates", diagnosis.average)]
    if diagnosis.local is not None:
        rows += [
            (f"point: {name.replace('_', ' ')}", shown(value)) for name, value in diagnosis.local._asdict().items()
        ]
    body = f"{said(diagnosis)}\n{figures(pictures_of(diagnosis))}\n<h2>Evidence</h2>{table(rows)}"
    return page(html.escape(diagnosis.title), body)


def page(title: str, body: str) -> str:
    """Return a whole page; title and body are HTML."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title or "diagnosis"}</title><style>{STYLE}</style></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""


def said(diagnosis: Diagnosis) -> str:
    """Return the verdict in its colour, what it means and what to do, as HTML."""
    text = {name: html.escape(getattr(diagnosis, name)) for name in ("paragraph", "recommendation")}
    return f"""<p><span class="verdict" style="background:{COLORS[diagnosis.verdict]}">{diagnosis.verdict}</span></p>
<p>{text["paragraph"]}</p>
<p class="advice"><b>What to do:</b> {text["recommendation"]}</p>"""


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return names and values, which are HTML, as a table."""
    return "<table>" + "\n".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows) + "</table>"


def figures(pictures: Iterable[tuple[str, str]]) -> str:
    """Return pictures, names and data, side by side."""
    return "\n".join(f'<figure><img alt="{alt}" src="{data}"></figure>' for alt, data in pictures)


def shown(value: Any) -> str:
    """Return a number as text."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, float, np.floating, np.integer)):
        return "not known" if math.isnan(value) else f"{value:.6g}"
    return "not known" if value is None else html.escape(str(value))


def pictures_of(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Return what there is to see, as names and data."""
    record, found = diagnosis.record, []
    if len(record.t) >= LEAST:
        found += [("orbit", plot_diagnosis), ("size of the motion", plot_sizes)]
    pictures = [(name, picture(lambda ax, draw=draw: draw(diagnosis, ax=ax))) for name, draw in found]
    drawn = np.isfinite(record.merit) & (record.merit > 0.0) & (record.merit_t > 0.0)
    if drawn.sum() > 1:
        t, v = record.merit_t[drawn], record.merit[drawn]
        pictures.append((record.kind, picture(lambda ax: plot_rate(t, v, label=record.kind, ax=ax))))
    return pictures


def picture(draw: Any) -> str:
    """Return what a function draws on Axes, as a PNG within an address."""
    figure = blank_figure(5.6, 4.6)
    draw(figure.subplots())
    return address_of(figure)


def address_of(figure: Any) -> str:
    """Return a figure as a PNG within an address."""
    data = io.BytesIO()
    figure.savefig(data, format="png")
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"
