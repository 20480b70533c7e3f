"""Gambit's normal-form files (`.nfg`), both forms: a list of payoffs, or named outcomes and their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from minmax.files.contents import Contents, Labels, dense_payoffs
from minmax.files.scanner import WHOLE, Scanner, in_quotes
from minmax.files.text import numbers, quoted, read_text, write_text, written
from minmax.games.matrix import MatrixGame


def read(path: Path) -> Contents:
    """Read a two-player game: payoffs of both players, and the names the file gives.

    Source: the format is described in the documentation of Gambit, gambitproject.readthedocs.io, "Game
    representation formats".
    """
    scan = Scanner(path, read_text(path))
    title, players = scan.heading("NFG", "1", "normal")
    shape, actions = strategies(scan)
    scan.comment()
    first, second = outcome_form(scan, shape) if scan.token == "{" else payoff_form(scan, shape)
    named = (players[0], players[1]) if all(players) else None
    return Contents(first, second, actions, named, title)


def strategies(scan: Scanner) -> tuple[tuple[int, int], Labels | None]:
    """Read the numbers of actions, or their names."""
    what = "the actions of the two players"
    scan.take("{", what="{ before " + what)
    if scan.token != "{":
        n, m = (scan.whole("a number of actions for each of the two players", 1) for _ in range(2))
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


def payoff_form(scan: Scanner, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Read pairs of payoffs; player 1's action changes fastest."""
    words = scan.words()
    check_count(scan, len(words), 2, shape, "payoffs")
    values = numbers(words)
    if values is None:
        values = [scan.value(word, i) for i, word in enumerate(words)]
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
        if not WHOLE.fullmatch(word) or int(word) >= len(table):
            scan.fail(f"expected an outcome number from 0 to {len(table) - 1}, found {quoted(word)}", word=i)
    pairs = np.array(table)[np.array(list(map(int, words)))].reshape(shape[1], shape[0], 2)
    return pairs[:, :, 0].T, pairs[:, :, 1].T


def outcome(scan: Scanner) -> tuple[float, float]:
    """Read one outcome: its name and what it pays the two players."""
    scan.take("{")
    if scan.token.startswith('"'):
        scan.advance()
    paid = scan.number("two payoffs in each outcome"), scan.number("two payoffs in each outcome")
    scan.take("}", what="} after the two payoffs of an outcome")
    return paid


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
