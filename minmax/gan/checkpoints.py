"""All that a run needs to go on, in one file that is whole whenever it is there."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch

from minmax.gan.logs import replacing
from minmax.gan.ranks import gathered, own_seed, rank
from minmax.optim.kept import noise_of, set_noise
from minmax.optim.together import processes

__all__ = ["restore", "save"]

PARTS = {
    "game", "recipe", "rows", "drawn", "scheduled", "seed", "noise", "watch", "film", "labels", "began", "chance",
    "mark",
}  # fmt: skip


def save(trainer: Any, path: Path) -> None:
    """Write the state of a trainer, in one move; under `torchrun` every process must ask, and the first one writes."""
    watch = trainer.game.watch
    state = {
        "game": trainer.game.state_dict(),
        "recipe": dataclasses.asdict(trainer.recipe),
        "rows": trainer.rows,
        "drawn": trainer.drawn,
        "scheduled": dict(trainer.game.scheduled),
        "seed": trainer.seed,
        "noise": trainer.noise,
        "watch": plain(watch.state_dict()) if hasattr(watch, "state_dict") else None,
        "film": trainer.film.state_dict(),
        "labels": trainer.labels_shown,
        "began": trainer.began,
        "chance": gathered(noise_of(trainer.game)),
        "mark": trainer.mark,
    }
    if rank() == 0:
        with replacing(path, "wb") as file:
            torch.save(state, file)
    gathered(None)  # nobody goes on before the file is there


def restore(trainer: Any, path: Any, mark: Any = None) -> None:
    """Let a trainer go on from a file, or refuse one of another run.

    Parameters
    ----------
    trainer : of the same networks, recipe and seed.
    path : of the file.
    mark : of the batches that it must go on with; any are taken where None.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, EOFError, KeyError, RuntimeError, ValueError) as error:
        raise ValueError(f"{path} is no checkpoint of a trainer: {error}") from None
    if not (isinstance(state, dict) and state.keys() >= PARTS):
        raise ValueError(f"{path} is no checkpoint of a trainer.")
    theirs, mine = state["recipe"], dataclasses.asdict(trainer.recipe)
    for name in mine:
        if theirs.get(name) != mine[name]:
            raise ValueError(f"{path} is of a recipe with {name} {theirs.get(name)!r}; here it is {mine[name]!r}.")
    for name, own in (("seed", trainer.seed), ("noise", trainer.noise)):
        if state[name] != own:
            raise ValueError(f"{path} is of a run with {name} {state[name]}; here it is {own}.")
    check_same(path, state["mark"], mark)
    trainer.game.load_state_dict(state["game"])
    before = len(state["chance"])
    if rank() < before:
        set_noise(trainer.game, state["chance"][rank()])
    else:  # there were fewer processes: this one has noise that none of them had
        trainer.chance.manual_seed(own_seed(trainer.seed) + trainer.steps)
    trainer.rows, trainer.drawn = list(state["rows"]), state["drawn"] * before // processes()
    trainer.game.scheduled, trainer.mark = dict(state["scheduled"]), state["mark"]
    trainer.film.load_state_dict(state["film"])
    labels = state["labels"]
    trainer.labels_shown, trainer.began = None if labels is None else labels.to(trainer.device), state["began"]
    if state["watch"] is not None and hasattr(trainer.game.watch, "load_state_dict"):
        trainer.game.watch.load_state_dict(state["watch"])


def check_same(path: Any, theirs: Any, mine: Any) -> None:
    """Refuse to go on with other batches than a run had, as far as their marks tell."""
    if theirs is None or mine is None:
        return
    if theirs[0] != mine[0]:
        raise ValueError(f"{path} is of a run with batches of {int(theirs[0])}; here they are of {int(mine[0])}.")
    if theirs.shape != mine.shape or (theirs - mine).abs().max() > 1e-3 * mine[1:].abs().max():
        raise ValueError(f"{path} is of a run on other data: go on with its own, or write to another folder.")


def plain(value: Any) -> Any:
    """Return what a monitor holds with its arrays as tensors, which a checkpoint may hold."""
    if isinstance(value, np.ndarray):
        return torch.tensor(value)
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, (list, tuple)) else value
