"""Rounds of games that are Python functions: what they return is checked, what they raise is told by its round."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minmax import rows
from minmax.state import packed

__all__ = ["NonFinite", "Witness", "advance_compiled"]


NOTE = "raised by the game's function in round {} of minmax.solve"


class NonFinite(Exception):  # noqa: N818 - it ends a run with a status, and never reaches a caller
    """The game returned a utility that is not finite; `round` says when."""

    def __init__(self, round_: int) -> None:
        super().__init__(round_)
        self.round = round_


class Witness:
    """A game whose evaluations are watched: finite utilities pass, others end the run, exceptions get a note.

    Parameters
    ----------
    game : the game evaluated.
    start : round of the first evaluation, since the last restart.
    each : evaluations a round: 1 at once, 2 in turns, 0 where rounds have no fixed number of them.
    since : round of the last restart.
    """

    def __init__(self, game: Any, start: int, each: int, since: int = 0) -> None:
        self.game, self.start, self.each, self.since, self.count = game, start, each, since, 0
        self.good: tuple[np.ndarray, np.ndarray] | None = None
        self.norm = game.norm if each == 0 else math.nan
        if hasattr(game, "resolvent"):
            self.resolvent = game.resolvent

    @property
    def round(self) -> int:
        """Round of the evaluation at hand."""
        return self.since + self.start + (self.count // self.each if self.each else 0)

    def evaluate(self, verb: Any, x: np.ndarray, y: np.ndarray, *out: np.ndarray) -> None:
        """Call the game and look at what it wrote."""
        try:
            verb(x, y, *out)
        except Exception as error:
            error.add_note(NOTE.format(self.round))
            raise
        for u in out:
            # A product is four times as fast as a test of each entry; one that overflows is tested.
            if not math.isfinite(u.dot(u)) and not np.isfinite(u).all():
                raise NonFinite(self.round)
        self.count += 1
        if self.good is None:
            self.good = x.copy(), y.copy()
        else:
            self.good[0][...], self.good[1][...] = x, y

    def utilities(self, x: np.ndarray, y: np.ndarray, ux: np.ndarray, uy: np.ndarray) -> None:
        """Write both utilities."""
        self.evaluate(self.game.utilities, x, y, ux, uy)

    def utility_x(self, x: np.ndarray, y: np.ndarray, ux: np.ndarray) -> None:
        """Write x's utilities."""
        self.evaluate(self.game.utility_x, x, y, ux)

    def utility_y(self, x: np.ndarray, y: np.ndarray, uy: np.ndarray) -> None:
        """Write y's utilities."""
        self.evaluate(self.game.utility_y, x, y, uy)


def advance_compiled(
    game: Witness, X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any,
    tape: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1, both players at once: the function in Python, the rest compiled."""
    from minmax import loops

    pack_x, block_x, few_x = packed(side_x)
    pack_y, block_y, few_y = packed(side_y)
    rows.show(X, rule_x, facts_x, pack_x, start)
    rows.show(Y, rule_y, facts_y, pack_y, start)
    if hasattr(game.game, "sides"):  # an oracle keeps its snapshot and its count in the players' arrays
        game.game.sides = pack_x, pack_y
    seen_x, seen_y, ux, uy = pack_x.seen, pack_y.seen, pack_x.u, pack_y.u
    utilities, observe = game.game.utilities, loops.engine("observe", False, X, Y, rule_x, rule_y)
    # The points of this round and of the one before, in turns.
    points = [(seen_x.copy(), seen_y.copy()) for _ in range(2)]
    t = start
    try:
        for t in range(start, stop):
            last_x, last_y = points[t % 2]
            last_x[...], last_y[...] = seen_x, seen_y
            utilities(seen_x, seen_y, ux, uy)
            value = observe(X, Y, rule_x, rule_y, facts_x, facts_y, block_x, few_x, block_y, few_y, t)
            rows.keep(tape, facts_x, facts_y, pack_x, pack_y, t)
            if not math.isfinite(value) and not (np.isfinite(ux).all() and np.isfinite(uy).all()):
                game.good = points[1 - t % 2] if t > start else game.good
                raise NonFinite(game.since + t)
    except NonFinite:
        raise
    except Exception as error:
        error.add_note(NOTE.format(game.since + t))
        raise
    else:
        game.good = points[t % 2]
    finally:
        for side, pack in ((side_x, pack_x), (side_y, pack_y)):
            for array, row in zip(side, pack):
                array[...] = row[: array.size]
