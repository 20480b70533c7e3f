"""Notebooks: each script runs, and the executed notebook beside it holds the same cells and shows its figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

jupytext = pytest.importorskip("jupytext", reason="jupytext is an extra")

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SCRIPTS = sorted(NOTEBOOKS.glob("*.py"))
QUICK = ("first_game", "soccer_by_value_iteration")  # the others take seconds to minutes


def cells(path: Path) -> list[tuple[str, str]]:
    """Kinds and sources of a notebook's cells."""
    return [(cell.cell_type, cell.source.strip()) for cell in jupytext.read(path).cells]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_notebook_holds_the_cells_of_its_script_and_what_they_show(script: Path) -> None:
    paired = script.with_suffix(".ipynb")
    assert cells(paired) == cells(script), "run `make notebooks`"
    book: dict[str, Any] = json.loads(paired.read_text())
    outputs = [output for cell in book["cells"] for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output["output_type"] == "error"]
    source = script.read_text()
    assert sum("image/png" in output.get("data", {}) for output in outputs) == source.count("plt.show()") > 0
    assert any("text" in output for output in outputs)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_notebook_begins_with_its_conclusion(script: Path) -> None:
    (kind, first), *_ = cells(script)
    assert kind == "markdown"
    title, _, conclusion = first.split("\n", 2)
    assert title.startswith("# ")
    assert conclusion.startswith("**")


@pytest.mark.parametrize(
    "script",
    [pytest.param(path, marks=[pytest.mark.long] * (path.stem not in QUICK)) for path in SCRIPTS],
    ids=lambda path: path.stem,
)
def test_a_notebook_runs(script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    exec(compile(script.read_text(), str(script), "exec"), {"__name__": "__main__"})
    plt.close("all")
