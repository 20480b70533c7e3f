"""Tables of payoffs as text (`.csv`, `.txt`), with or without labels.

A cell that is no number is a label. Labels stand in the first row, in the first column, or in both. Labels
that look like numbers need labels on both sides, and an empty corner cell or none at all. Lines that begin
with `#` at the top are comments, of which `# name: ...` and `# players: a, b` are read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from minmax.files.contents import Contents, Labels, Pair, dense_payoffs, own_players
from minmax.files.text import finite, number, numbers, quoted, read_text, write_text, written
from minmax.games.matrix import MatrixGame

_REMARK = re.compile(r"#\s*(name|players)\s*:(.*)", re.DOTALL)


class Row(NamedTuple):
    line: int
    cells: list[str]


class Parts(NamedTuple):
    """Which rows and columns of a table are labels."""

    header: bool
    column: bool
    corner: bool = False  # whether the first row has a cell above the labels of the first column
    free: bool = False  # whether labels may look like numbers


def read(path: Path) -> Contents:
    """Read a table; cells are separated by commas, in a `.txt` file also by blanks."""
    lines = list(io.StringIO(read_text(path), newline=""))
    try:
        return table(path, lines)
    except ValueError:
        # Looked for only here: a label may hold a semicolon.
        line = next((i for i, line in enumerate(lines, 1) if semicolons(line)), None)
        if line is None:
            raise
    fail(path, line, "expected commas, found semicolons: separate cells with commas and write 1.5 for 1,5")


def semicolons(line: str) -> bool:
    """Whether a line is numbers between semicolons, perhaps with decimal commas and behind a label."""
    parts = [part.replace(",", ".") for part in line.split(";")[1:] if part.strip()]
    return bool(parts) and all(number(part) is not None for part in parts)


def table(path: Path, lines: Sequence[str]) -> Contents:
    """Read the lines of a table."""
    remarks = list(takewhile(lambda line: not line.strip() or line.lstrip().startswith("#"), lines))
    rows = list(cells(path, lines, len(remarks)))
    if not rows:
        fail(path, len(lines), "expected a table of payoffs, found no numbers")
    parts = parts_of(rows)
    body = rows[1:] if parts.header else rows
    width = len(rows[0].cells) + (parts.header and parts.column and not parts.corner)
    if not body or width - parts.column < 1:
        fail(path, rows[0].line, "expected payoffs beside the labels, found none")
    for row in body:
        if len(row.cells) != width:
            fail(path, row.line, f"expected {width} cells as in the other rows, found {len(row.cells)}")
    payoffs = np.array([payoffs_of(path, row, int(parts.column)) for row in body])
    name, players = told(remarks)
    return Contents(payoffs, None, labels(path, rows[0], body, parts), players, name)


def fail(path: Path, line: int, message: str) -> NoReturn:
    """Refuse the file at a line."""
    raise ValueError(f"{path}, line {max(line, 1)}: {message}.")


def cells(path: Path, lines: Sequence[str], skip: int) -> Iterator[Row]:
    """Cut the lines after the remarks into cells; blank lines are left out."""
    body = lines[skip:]
    if body and path.suffix.lower() == ".txt" and "," not in body[0]:
        found: Iterable[Row] = (Row(i, line.split("#")[0].split()) for i, line in enumerate(body, skip + 1))
    else:
        found = commas(path, body, skip)
    return (row for row in found if any(cell.strip() for cell in row.cells[:1]) or len(row.cells) > 1)


def commas(path: Path, body: Sequence[str], skip: int) -> Iterator[Row]:
    """Cut lines at commas outside quotes."""
    reader = csv.reader(body, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            yield Row(skip + reader.line_num, row)
    except csv.Error as error:
        fail(path, skip + reader.line_num, f"expected cells separated by commas, found that {error}")


def parts_of(rows: Sequence[Row]) -> Parts:
    """Find out where the labels are."""
    first, rest = rows[0].cells, rows[1:]
    words = [is_word(cell) for cell in first]
    if not first[0].strip():
        return Parts(True, True, corner=True, free=True)
    if not rest:
        return Parts(False, words[0])
    if all(words) and len(rest[0].cells) == len(first) + 1:
        return Parts(True, True, free=True)
    column = any(is_word(row.cells[0]) for row in rest)
    return Parts(True, column, corner=column) if all(words) else Parts(False, column)


def is_word(cell: str) -> bool:
    """Whether a cell holds something that is not a number."""
    return bool(cell.strip()) and number(cell) is None


def payoffs_of(path: Path, row: Row, start: int) -> list[float]:
    """Return the numbers of a row, whose first `start` cells are labels."""
    words = row.cells[start:]
    values = numbers(words)
    if values is not None:
        return values
    try:
        return [finite(word) for word in words]
    except ValueError as error:
        fail(path, row.line, str(error))


def labels(path: Path, first: Row, body: Sequence[Row], parts: Parts) -> Labels | None:
    """Return the labels of rows and columns; None on a side that has none, or where there are none at all."""
    if not (parts.header or parts.column):
        return None
    beside = [Row(row.line, row.cells[:1]) for row in body]
    above = [Row(first.line, [cell]) for cell in first.cells[int(parts.corner) :]]
    return (
        distinct(path, beside, parts.free) if parts.column else None,
        distinct(path, above, parts.free) if parts.header else None,
    )


def distinct(path: Path, found: Iterable[Row], free: bool) -> tuple[str, ...]:
    """Return labels, none of them empty or there twice."""
    seen: dict[str, None] = {}
    for line, (cell,) in found:
        label = cell.strip()
        if not label or not (free or is_word(label)):
            fail(path, line, f"expected a label, found {quoted(label)}")
        if label in seen:
            fail(path, line, f"expected labels that differ, found {quoted(label)} twice")
        seen[label] = None
    return tuple(seen)


def told(remarks: Iterable[str]) -> tuple[str, Pair | None]:
    """Return the name and the players that the comments give."""
    found = {match[1]: match[2].strip() for line in remarks if (match := _REMARK.match(line.strip()))}
    try:
        players = next(csv.reader([found.get("players", "")], skipinitialspace=True, strict=True), [])
    except csv.Error:
        players = []
    names = [player.strip() for player in players]
    return found.get("name", ""), (names[0], names[1]) if len(names) == 2 and all(names) else None


def write(game: MatrixGame, path: Path) -> None:
    """Write a table, with the labels of the game; without any, a `.txt` file has blanks between numbers."""
    payoffs = dense_payoffs(game, path)
    lines = remarks_on(game)
    between = " " if path.suffix.lower() == ".txt" and not game.labelled else ","
    if game.labelled:
        check_labels(game, path)
        lines.append(",".join(["", *map(in_cell, game.actions[1])]))
    for label, row in zip(game.actions[0], payoffs):
        front = [in_cell(label)] if game.labelled else []
        lines.append(between.join([*front, *map(written, row)]))
    write_text(path, "\n".join(lines) + "\n")


def in_cell(text: str) -> str:
    """Return the text of one cell; csv.writer of Python 3.11 would not quote a carriage return."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def remarks_on(game: MatrixGame) -> list[str]:
    """Name the game and its players, each on one line."""
    lines = [f"# name: {one_line(game.name)}"] if game.name else []
    players = own_players(game)
    if players is not None:
        lines.append(f"# players: {', '.join(in_cell(one_line(player)) for player in players)}")
    return lines


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.splitlines()).strip()


def check_labels(game: MatrixGame, path: Path) -> None:
    """Refuse labels that would not come back from a table."""
    for side in game.actions:
        odd = next((label for label in side if not label or label != label.strip()), None)
        if odd is not None:
            raise ValueError(
                f"{path}: a label here needs text and no blanks at its ends; got {odd[:40]!r}; write .npz."
            )
        if len(set(side)) < len(side):
            raise ValueError(f"{path}: labels must differ here within each player; one is there twice; write .npz.")
