"""What a step keeps while under way: where players were, what their optimizers knew, the noise of its first half."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

__all__ = ["keep", "keep_state", "noise_of", "put_back", "put_back_state", "remember_noise", "same_noise", "set_noise"]


def keep(game: Any, what: str, names: Sequence[str] | None = None) -> None:
    """Remember where players are, in the memory of the last time."""
    with torch.no_grad():
        for name in game.players if names is None else names:
            own, key = game.owned[name], f"{what} {name}"
            if key in game.memory:
                torch._foreach_copy_(game.memory[key], own)
            else:
                game.memory[key] = [p.detach().clone() for p in own]


def put_back(game: Any, what: str, names: Sequence[str] | None = None) -> None:
    """Put players back where they are remembered."""
    with torch.no_grad():
        for name in game.players if names is None else names:
            if f"{what} {name}" in game.memory:
                torch._foreach_copy_(game.owned[name], game.memory[f"{what} {name}"])


def keep_state(game: Any, names: Sequence[str]) -> None:
    """Remember what the optimizers of players remember, where a step may have to be taken back."""
    if not game.can_undo:
        return
    last, now = game.memory.get("optimizers", {}), {}
    with torch.no_grad():
        for name in names:
            states = [game.optimizers[name].state.get(p, {}) for p in game.owned[name]]
            now[name] = [copied(state, old) for state, old in zip(states, last.get(name) or [{}] * len(states))]
    game.memory["optimizers"] = now


def copied(state: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a parameter's state, in the memory of an older one where that serves."""
    found = {}
    for key, value in state.items():
        room = old.get(key)
        if not isinstance(value, torch.Tensor):
            found[key] = value
        elif isinstance(room, torch.Tensor) and facts(room) == facts(value):
            found[key] = room.copy_(value)
        else:
            found[key] = value.clone()
    return found


def facts(tensor: Any) -> tuple[Any, ...]:
    """Return what two tensors must share for one to be copied into the other."""
    return tensor.shape, tensor.dtype, tensor.device


def put_back_state(game: Any) -> None:
    """Put what optimizers remember back, in place; what they did not know is forgotten."""
    if not game.can_undo:
        return
    for name, states in game.memory.get("optimizers", {}).items():
        optimizer = game.optimizers[name]
        for p, kept in zip(game.owned[name], states):
            state = optimizer.state[p]
            for key in [key for key in state if key not in kept]:
                del state[key]
            for key, value in kept.items():
                if isinstance(value, torch.Tensor) and isinstance(state.get(key), torch.Tensor):
                    state[key].copy_(value)
                else:
                    state[key] = value.clone() if isinstance(value, torch.Tensor) else value
            if not kept:
                del optimizer.state[p]


def noise_of(game: Any) -> list[Any]:
    """Return the states of the generators that losses draw from: torch's own, and those the players were given."""
    found = [torch.get_rng_state()]
    if game.device.type == "cuda":
        found.append(torch.cuda.get_rng_state(game.device))
    return found + [generator.get_state() for generator in game.generators]


def set_noise(game: Any, states: Sequence[Any]) -> None:
    """Let the generators go on from states of `noise_of`."""
    left = [state.cpu() for state in states]
    torch.set_rng_state(left.pop(0))
    if game.device.type == "cuda":
        torch.cuda.set_rng_state(left.pop(0), game.device)
    for generator, state in zip(game.generators, left):
        generator.set_state(state)


def remember_noise(game: Any) -> None:
    """Remember the states of the generators that losses draw from."""
    game.memory["noise"] = noise_of(game)


class same_noise:  # noqa: N801
    """Within it losses draw the noise that was remembered; after it the generators go on as if they had not."""

    def __init__(self, game: Any) -> None:
        self.game = game

    def __enter__(self) -> None:
        self.before = noise_of(self.game)
        set_noise(self.game, self.game.memory["noise"])

    def __exit__(self, *error: Any) -> None:
        set_noise(self.game, self.before)
