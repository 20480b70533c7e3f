"""The guides do what they say: their Python blocks run in order, and print what stands below them."""

from __future__ import annotations

import re
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is an extra")

DOCS = Path(__file__).parent.parent / "docs"
OPTIONAL = ("lightning", "accelerate")


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("pytorch.md", 4),
        pytest.param("gan.md", 3, marks=pytest.mark.long),
        ("sequential.md", 3),
        ("own_dynamics.md", 1),
        ("start.md", 5),
        ("files.md", 4),
        ("diagnosis.md", 3),
    ],
)
def test_blocks_run_and_print_what_is_shown(
    name: str, blocks: int, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DOCS / name).read_text()
    scope: dict[str, object] = {"__name__": "guide"}
    ran = []
    for code, shown in re.findall(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", text, re.DOTALL):
        needed = [package for package in OPTIONAL if re.search(rf"^(import|from) {package}\b", code, re.MULTILINE)]
        if any(find_spec(package) is None for package in needed):
            # What blocks further down share with this one is made without it.
            code, shown = "\n".join(line for line in code.splitlines() if line.startswith("loader = ")), ""
        with warnings.catch_warnings():
            if needed:  # warnings of other packages are theirs
                warnings.simplefilter("ignore")
            exec(compile(code, name, "exec"), scope)
        found = capsys.readouterr().out
        assert not shown or found.endswith(shown)
        ran.append(needed)
    assert len(ran) == blocks


ROOT = DOCS.parent
PAGES = [
    *ROOT.glob("*.md"),
    *DOCS.glob("*.md"),
    *(ROOT / "benchmarks").glob("*.md"),
    *(ROOT / "notebooks").glob("*.py"),
]


def anchors(page: Path) -> set[str]:
    """Names of a page's headings, as code hosts and the documentation make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        made = re.fullmatch(r"(algorithms|reference|notebooks)/index\.md|results\.md", path) and page.parent == DOCS
        assert made or target.exists(), link  # what is made when the documentation is built is checked there
        assert not anchor or anchor in anchors(target), link
