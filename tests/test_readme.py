"""The README does what it says: its Python block prints the answer below it, its table names every dynamics."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import minmax as mm

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", README, re.DOTALL)


def test_blocks_print_what_the_readme_shows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run in order, each with the names of those before it, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    assert len(BLOCKS) == 7
    for code, shown in BLOCKS:
        exec(compile(code, "README.md", "exec"), scope)
        assert capsys.readouterr().out == shown


def test_commands_run(capsys: pytest.CaptureFixture[str]) -> None:
    from minmax.cli import main

    commands = [c for b in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for c in b.splitlines()]
    ours = [c for c in commands if c.startswith("minmax ")]
    assert ours
    for command in ours:
        assert main(shlex.split(command)[1:]) == 0
        assert "converged" in capsys.readouterr().out


def test_the_table_states_every_dynamics_with_its_guarantee() -> None:
    for name in mm.dynamics.__all__:
        rule = getattr(mm.dynamics, name)
        if hasattr(rule, "step"):
            assert f"| `{name}` | {rule.guarantee} | {rule.source} |" in README


def test_named_files_exist() -> None:
    root = Path(__file__).parent.parent
    for name in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (root / name).exists(), name
