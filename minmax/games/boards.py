"""Games on boards: battleship on a tree, tic-tac-toe and open Goofspiel through time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from minmax import _check
from minmax.games.extensive import ExtensiveFormGame
from minmax.games.markov import MarkovGame
from minmax.games.matrix import Known
from minmax.games.rules import OVER

__all__ = ["battleship", "gops", "tic_tac_toe"]

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


class Sea(NamedTuple):
    """A state of battleship: where the ship lies, and the shots so far."""

    ship: frozenset[int] | None = None
    shots: tuple[int, ...] = ()


@dataclass(frozen=True)
class Battleship:
    """y hides a ship, x shoots and is told what was hit."""

    rows: int
    columns: int
    length: int
    shots: int

    def places(self) -> dict[str, frozenset[int]]:
        """Return the squares of the ship by its place: its first square, and where it goes from there."""
        found = {}
        for row in range(self.rows):
            for column in range(self.columns):
                first = row * self.columns + column
                if column + self.length <= self.columns:
                    found[f"{row},{column} east"] = frozenset(range(first, first + self.length))
                if row + self.length <= self.rows and self.length > 1:
                    below = range(first, first + self.length * self.columns, self.columns)
                    found[f"{row},{column} south"] = frozenset(below)
        return found

    def start(self) -> Sea:
        return Sea()

    def turn(self, state: Sea) -> str:
        if state.ship is None:
            return "y"
        return OVER if len(state.shots) == self.shots or state.ship <= set(state.shots) else "x"

    def actions(self, state: Sea) -> Sequence[Hashable]:
        if state.ship is None:
            return list(self.places())
        return [square for square in range(self.rows * self.columns) if square not in state.shots]

    def chances(self, state: Sea) -> Iterable[tuple[Hashable, float]]:
        return []

    def after(self, state: Sea, action: Any) -> Sea:
        return Sea(self.places()[action]) if state.ship is None else state._replace(shots=(*state.shots, action))

    def payoff(self, state: Sea) -> float:
        return float(state.ship is not None and state.ship <= set(state.shots))

    def information(self, state: Sea) -> Hashable:
        if state.ship is None:
            return "the sea"
        told = (f"{shot} {'hit' if shot in state.ship else 'miss'}" for shot in state.shots)
        return ", ".join(told) or "no shot"


def battleship(rows: int = 2, columns: int = 3, ship: int = 2, shots: int = 3) -> ExtensiveFormGame:
    """Battleship: y hides a ship on a grid, x has some shots and is told hits and misses; x receives 1 if it sinks.

    Squares are numbered row by row.  A ship of one square is hit with probability shots over squares.

    Parameters
    ----------
    rows, columns : of the grid.
    ship : squares of the ship, which lies along a row or a column.
    shots : x has, no more than there are squares.

    Examples
    --------
    >>> battleship(2, 2, ship=1, shots=2).known.value
    0.5

    Source
    ------
    A search game: S. Gal, Search games, 1980.
    """
    sizes = {"rows": rows, "columns": columns, "ship": ship, "shots": shots}
    rows, columns, ship, shots = (_check.whole(name, size, 1) for name, size in sizes.items())
    if ship > max(rows, columns) or shots > rows * columns:
        raise ValueError(f"`ship` and `shots` must fit a grid of {rows} x {columns}; got {ship} and {shots}.")
    known = Known(shots / (rows * columns)) if ship == 1 else None
    return ExtensiveFormGame.from_rules(Battleship(rows, columns, ship, shots), name="battleship", known=known)


class TicTacToe:
    """States are boards, a text of nine marks; who is not to move has one action, to wait."""

    def starts(self) -> Iterable[tuple[Hashable, float]]:
        return [("." * 9, 1.0)]

    def actions(self, state: str) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
        free = [square for square in range(9) if state[square] == "."]
        return (free, ("wait",)) if state.count("x") == state.count("o") else (("wait",), free)

    def outcomes(self, state: str, a: Any, b: Any) -> Iterable[tuple[float, float, Hashable]]:
        square, mark = (a, "x") if b == "wait" else (b, "o")
        board = state[:square] + mark + state[square + 1 :]
        won = any(all(board[k] == mark for k in line) for line in LINES)
        paid = (1.0 if mark == "x" else -1.0) if won else 0.0
        return [(1.0, paid, None if won or "." not in board else board)]


def tic_tac_toe() -> MarkovGame:
    """Tic-tac-toe: x begins, three in a line win 1; a draw if both play well.

    A Markov game whose states are boards, and in which one of the two only waits.

    Examples
    --------
    >>> tic_tac_toe()
    MarkovGame('tic-tac-toe', 4520 states, up to 9 x 8 actions, gamma 1)

    Source
    ------
    Folklore.
    """
    return MarkovGame.from_rules(TicTacToe(), 1.0, name="tic-tac-toe", known=Known(0.0))


class Hands(NamedTuple):
    """A state of open Goofspiel: cards left to both, prizes left, and the one they bid for."""

    x: tuple[int, ...]
    y: tuple[int, ...]
    prizes: tuple[int, ...]
    prize: int

    def __str__(self) -> str:
        hands = (" ".join(map(str, own)) for own in (self.x, self.y))
        return f"{self.prize} for {' against '.join(hands)}"


@dataclass(frozen=True)
class Gops:
    """Goofspiel in which bids are shown, from any hands and prizes."""

    x: tuple[int, ...]
    y: tuple[int, ...]
    prizes: tuple[int, ...]

    def starts(self) -> Iterable[tuple[Hashable, float]]:
        share = 1.0 / len(self.prizes)
        return [(Hands(self.x, self.y, without(self.prizes, prize), prize), share) for prize in self.prizes]

    def actions(self, state: Hands) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
        return state.x, state.y

    def outcomes(self, state: Hands, a: Any, b: Any) -> Iterable[tuple[float, float, Hashable]]:
        paid = float(state.prize * ((a > b) - (a < b)))
        x, y = without(state.x, a), without(state.y, b)
        if not x or not state.prizes:
            return [(1.0, paid, None)]
        share = 1.0 / len(state.prizes)
        return [(share, paid, Hands(x, y, without(state.prizes, prize), prize)) for prize in state.prizes]


def without(cards: tuple[int, ...], card: int) -> tuple[int, ...]:
    """Return the other cards."""
    return tuple(other for other in cards if other != card)


def gops(cards: int = 4) -> MarkovGame:
    """Goofspiel with open bids: prizes come in random order, the higher bid takes them, and points are the payoff.

    Ties discard the prize.  A Markov game whose states are what is left; its value is zero by symmetry.

    Parameters
    ----------
    cards : of each hand and of the prizes.

    Examples
    --------
    >>> gops(3)
    MarkovGame('gops(3)', 84 states, up to 3 x 3 actions, gamma 1)

    Source
    ------
    S. Ross, Goofspiel: the game of pure strategy, 1971; G. Rhoads and L. Bartholdi, Computer solution to the game of
    pure strategy, 2012.
    """
    hand = tuple(range(1, _check.whole("cards", cards, 1) + 1))
    return MarkovGame.from_rules(Gops(hand, hand, hand), 1.0, name=f"gops({cards})", known=Known(0.0))
