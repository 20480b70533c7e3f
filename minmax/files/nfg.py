"""Gambit's normal-form files (`.nfg`), both forms: a list of payoffs, or named outcomes and their numbers."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import NoReturn

import numpy as np

from minmax.files.contents import Contents, Labels, dense_payoffs
from minmax.files.text import finite, numbers, quoted, read_text, write_text, written
from minmax.games.matrix import MatrixGame

# A quoted string, a brace, a word, or the quote that opens a string without an end. No part of a string can
# match in two ways, so a scan takes linear time whatever the file holds.
_TOKEN = re.compile(r'[\s,]*("[^"\\]*(?:\\.[^"\\]*)*"|[{}]|[^\s,{}"]+|")?', re.DOTALL)
_WORD = re.compile(r"[^\s,]+")
_ESCAPE = re.compile(r'\\([\\"])')
_WHOLE = re.compile(r"[0-9]{1,18}")


class Scanner:
    """The tokens of a file, one at a time; `token` is the one to look at, empty at the end."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.token, self.start, self.end = "", 0, 0
        self.advance()

    def advance(self) -> None:
        """Go to the next token."""
        match = _TOKEN.match(self.text, self.end)
        # The pattern matches the empty text too, so there is always a match.
        if match is None or match[1] is None:
            self.token, self.start, self.end = "", len(self.text), len(self.text)
            return
        self.token, self.start, self.end = match[1], match.start(1), match.end(1)
        if self.token == '"':
            self.fail("expected the quote that ends a string, found the end of the file")

    def take(self, *allowed: str, what: str = "") -> str:
        """Return the token where it is one of `allowed` and go on."""
        token = self.token
        if token not in allowed:
            self.expected(what or " or ".join(allowed))
        self.advance()
        return token

    def string(self, what: str) -> str:
        """Return the text of a string token, or of a bare word, and go on."""
        token = self.token
        if token in ("", "{", "}"):
            self.expected(what)
        self.advance()
        return _ESCAPE.sub(r"\1", token[1:-1]) if token.startswith('"') else token

    def strings(self, what: str) -> tuple[str, ...]:
        """Return the strings between braces."""
        found = []
        self.take("{", what="{ before " + what)
        while self.token != "}":
            found.append(self.string(what + " up to a }"))
        self.advance()
        return tuple(found)

    def words(self) -> list[str]:
        """Return all that is left, cut at blanks and commas."""
        return self.text[self.start :].replace(",", " ").split()

    def expected(self, what: str) -> NoReturn:
        """Refuse the token."""
        self.fail(f"expected {what}, found {quoted(self.token) if self.token else 'the end of the file'}")

    def fail(self, message: str, *, word: int = 0) -> NoReturn:
        """Refuse the file at the token, or at the given word after it."""
        match = next(islice(_WORD.finditer(self.text, self.start), word, None), None)
        line = self.text.count("\n", 0, match.start() if match else len(self.text)) + 1
        raise ValueError(f"{self.path}, line {line}: {message}.")


def read(path: Path) -> Contents:
    """Read a two-player game: payoffs of both players, and the names the file gives.

    Source: the format is described in the documentation of Gambit, gambitproject.readthedocs.io, "Game
    representation formats".
    """
    scan = Scanner(path, read_text(path))
    scan.take("NFG", what="a Gambit normal form, which begins with NFG")
    scan.take("1", what="version 1 of the format")
    scan.take("R", "D")
    title = scan.string("the title in quotes")
    players = scan.strings("the names of the players")
    if len(players) != 2:
        scan.fail(f"expected a two-player constant-sum game, found {len(players)} players: others are not supported")
    shape, actions = strategies(scan)
    if scan.token.startswith('"'):
        scan.advance()  # the comment
    first, second = outcome_form(scan, shape) if scan.token == "{" else payoff_form(scan, shape)
    named = (players[0], players[1]) if all(players) else None
    return Contents(first, second, actions, named, title)


def strategies(scan: Scanner) -> tuple[tuple[int, int], Labels | None]:
    """Read the numbers of actions, or their names."""
    what = "the actions of the two players"
    scan.take("{", what="{ before " + what)
    if scan.token != "{":
        n, m = count(scan), count(scan)
        scan.take("}", what="} after the numbers of actions")
        return (n, m), None
    rows, columns = named_actions(scan), named_actions(scan)
    scan.take("}", what="} after " + what)
    return (len(rows), len(columns)), (rows, columns)


def named_actions(scan: Scanner) -> tuple[str, ...]:
    """Read the names of one player's actions; a nameless one is called by its number."""
    names = scan.strings("the names of the actions")
    if not names:
        scan.fail("expected at least one action for each player, found none")
    return tuple(name or str(i) for i, name in enumerate(names, 1))


def count(scan: Scanner) -> int:
    """Read a number of actions."""
    if not _WHOLE.fullmatch(scan.token) or int(scan.token) == 0:
        scan.expected("a number of actions for each of the two players")
    return int(scan.take(scan.token))


def payoff_form(scan: Scanner, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Read pairs of payoffs; player 1's action changes fastest."""
    words = scan.words()
    check_count(scan, len(words), 2, shape, "payoffs")
    values = numbers(words)
    if values is None:
        values = [payoff(scan, word, i) for i, word in enumerate(words)]
    pairs = np.array(values).reshape(shape[1], shape[0], 2)
    return pairs[:, :, 0].T, pairs[:, :, 1].T


def outcome_form(scan: Scanner, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Read named outcomes and the number of the outcome of each pair of actions; number 0 pays nothing."""
    table = [(0.0, 0.0)]
    scan.take("{")
    while scan.token == "{":
        table.append(outcome(scan))
    scan.take("}", what="{ before an outcome or } after all of them")
    words = scan.words()
    check_count(scan, len(words), 1, shape, "outcome numbers")
    for i, word in enumerate(words):
        if not _WHOLE.fullmatch(word) or int(word) >= len(table):
            scan.fail(f"expected an outcome number from 0 to {len(table) - 1}, found {quoted(word)}", word=i)
    pairs = np.array(table)[np.array(list(map(int, words)))].reshape(shape[1], shape[0], 2)
    return pairs[:, :, 0].T, pairs[:, :, 1].T


def outcome(scan: Scanner) -> tuple[float, float]:
    """Read one outcome: its name and what it pays the two players."""
    scan.take("{")
    if scan.token.startswith('"'):
        scan.advance()
    paid = payment(scan), payment(scan)
    scan.take("}", what="} after the two payoffs of an outcome")
    return paid


def payment(scan: Scanner) -> float:
    """Read one payoff of an outcome."""
    if scan.token in ("", "{", "}"):
        scan.expected("two payoffs in each outcome")
    value = payoff(scan, scan.token)
    scan.advance()
    return value


def payoff(scan: Scanner, word: str, place: int = 0) -> float:
    """Return the payoff that stands `place` words after the token."""
    try:
        return finite(word)
    except ValueError as error:
        scan.fail(str(error), word=place)


def check_count(scan: Scanner, found: int, each: int, shape: tuple[int, int], what: str) -> None:
    """Refuse too few or too many numbers before any room is made for them."""
    n, m = shape
    if found != each * n * m:
        scan.fail(f"expected {each * n * m} {what} for {n} x {m} actions, found {found}")


def write(game: MatrixGame, path: Path) -> None:
    """Write the payoff form; player 2 receives what is left of the constant sum."""
    first = dense_payoffs(game, path)
    second = game.total - first
    lines = [f"NFG 1 R {in_quotes(game.name)} {{ {' '.join(map(in_quotes, game.players))} }}", ""]
    if game.labelled:
        lines += ["{", *(f"{{ {' '.join(map(in_quotes, labels))} }}" for labels in game.actions), "}"]
    else:
        lines += [f"{{ {first.shape[0]} {first.shape[1]} }}"]
    lines += ['""', ""]
    for column, rest in zip(first.T, second.T):
        lines.append(" ".join(f"{written(p)} {written(q)}" for p, q in zip(column, rest)))
    write_text(path, "\n".join(lines) + "\n")


def in_quotes(text: str) -> str:
    """Return a string token."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
