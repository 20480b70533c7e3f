"""The loop of training: rows, films, checkpoints and callbacks of one trainer, or of several that move at once."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from minmax import _check
from minmax.gan.logs import bar, board, in_short
from minmax.gan.ranks import rank
from minmax.optim.together import agreed

__all__ = ["Play", "checked", "loop"]

OWN = {"step", "seconds", "verdict"}  # of each row


class Play(Protocol):
    """What is trained: one trainer's game, or that of several stacked.

    Attributes
    ----------
    game : the `Players` that moves.
    """

    game: Any

    @property
    def trainers(self) -> Sequence[Any]:
        """Whose rows, films and checkpoints are written."""

    def step(self) -> Mapping[str, Any]:
        """Move all once and return the losses seen first, by player."""

    def settle(self) -> None:
        """Bring the trainers to where the game is."""

    def losses_of(self, k: int, losses: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return those losses that are of one trainer."""


def checked(steps: int, every: int, seconds: float | None, callbacks: Any) -> tuple[float, list[Any]]:
    """Return when a run ends at the latest and its callbacks, or refuse them before anything is written."""
    _check.whole("steps", steps, 1)
    _check.whole("every", every, 1)
    callbacks = [callbacks] if callable(callbacks) else list(callbacks) if isinstance(callbacks, Iterable) else [None]
    if not all(callable(callback) for callback in callbacks):
        raise TypeError("`callbacks` must be one function of a trainer and a row, or several.")
    return math.inf if seconds is None else time.monotonic() + _check.positive("seconds", seconds), callbacks


def loop(
    play: Play,
    steps: int,
    *,
    ends: float,
    every: int,
    folders: Sequence[Path | None],
    callbacks: Sequence[Any],
    progress: bool,
    until: int | None = None,
) -> bool:
    """Train until so many steps are taken in all, and return whether they were; parameters as in `Trainer.fit`.

    Parameters
    ----------
    ends : when to end at the latest, by the monotonic clock.
    folders : of each trainer's files.
    until : step to end at, where the run is to be longer than this part of it.
    """
    until = steps if until is None else until
    trainers, game = play.trainers, play.game
    game.schedules = trainers[0].recipe.schedules(steps)
    rows, lead = trainers[0].rows, rank() == 0
    began = time.monotonic() - (rows[-1]["seconds"] if rows else 0.0)
    with ExitStack() as open_files:
        boards = [open_files.enter_context(board(folder if lead else None, game.steps)) for folder in folders]
        shown = open_files.enter_context(bar(progress and lead, game.steps, until))
        while game.steps < until:
            before = game.steps
            try:
                losses = play.step()
            except BaseException:
                play.settle()
                raise
            shown.update(game.steps - before)
            late = math.isfinite(ends) and agreed(time.monotonic() > ends, losses["G"])
            # A step that was left out, for gradients of half precision that overflowed, has no row of its own.
            due = game.steps > before and (game.steps % every == 0 or game.steps == until)
            if not (due or late):
                continue
            play.settle()
            over = False
            for k, (trainer, folder, show) in enumerate(zip(trainers, folders, boards)):
                row = trainer.seen(play.losses_of(k, losses), time.monotonic() - began)
                asked = [callback(trainer, row) for callback in callbacks]  # all of them, whatever one answers
                for found in asked:
                    row.update(cells(found) if isinstance(found, Mapping) else {})
                show(row)
                if folder is not None:
                    trainer.write(folder)
                over = over or any(cell(found) is True for found in asked)
            shown.set_postfix_str(in_short(row))
            if agreed(late or over, losses["G"]):
                return False
    return True


def cells(found: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what a callback found, or refuse what rows have already."""
    if OWN & found.keys():
        raise ValueError(f"A callback must not return {min(OWN & found.keys())!r}: rows have one of their own.")
    return {str(name): cell(value) for name, value in found.items()}


def cell(value: Any) -> Any:
    """Return what a callback found as a number, a truth or a text: what a table and a checkpoint can hold."""
    if math.prod(getattr(value, "shape", (0,))) == 1:
        value = value.item()
    return value if isinstance(value, (bool, int, float, str)) or value is None else str(value)
