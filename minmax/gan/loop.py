"""The loop of training: rows, films, checkpoints and callbacks of one trainer, or of several that move at once."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from minmax import _check
from minmax.gan.logs import bar, board, in_short
from minmax.gan.ranks import rank
from minmax.optim.together import agreed

__all__ = ["Play", "check_length", "loop"]


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


def check_length(steps: int, every: int, seconds: float | None) -> None:
    """Refuse lengths of a run that are none, before anything is written."""
    _check.whole("steps", steps, 1)
    _check.whole("every", every, 1)
    _check.positive("seconds", 1.0 if seconds is None else seconds)


def loop(
    play: Play,
    steps: int,
    *,
    seconds: float | None,
    every: int,
    folders: Sequence[Path | None],
    callbacks: Any,
    progress: bool,
    until: int | None = None,
) -> None:
    """Train until so many steps are taken in all; parameters as in `Trainer.fit`.

    Parameters
    ----------
    folders : of each trainer's files.
    until : step to end at, where the run is to be longer than this part of it.
    """
    until = steps if until is None else until
    trainers, game = play.trainers, play.game
    ends = math.inf if seconds is None else time.monotonic() + seconds
    callbacks = [callbacks] if callable(callbacks) else list(callbacks)
    game.schedules = trainers[0].recipe.schedules(steps)
    rows, lead = trainers[0].rows, rank() == 0
    began = time.monotonic() - (rows[-1]["seconds"] if rows else 0.0)
    with ExitStack() as open_files:
        boards = [open_files.enter_context(board(folder if lead else None, game.steps)) for folder in folders]
        shown = open_files.enter_context(bar(progress and lead, game.steps, until))
        while game.steps < until:
            before = game.steps
            losses = play.step()
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
                    row.update({str(k): cell(v) for k, v in found.items()} if isinstance(found, Mapping) else {})
                show(row)
                if folder is not None:
                    trainer.write(folder)
                over = over or any(cell(found) is True for found in asked)
            shown.set_postfix_str(in_short(row))
            if agreed(late or over, losses["G"]):
                break


def cell(value: Any) -> Any:
    """Return what a callback found as a number, a truth or a text: what a table and a checkpoint can hold."""
    if math.prod(getattr(value, "shape", (0,))) == 1:
        value = value.item()
    return value if isinstance(value, (bool, int, float, str)) or value is None else str(value)
