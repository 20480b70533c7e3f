"""The state of players as one dict: all a run needs to go on, and going on from it, or not at all."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch

from minmax.optim.kept import noise_of, set_noise
from minmax.optim.owned import list_of

__all__ = ["restore", "state_of"]

PARTS = {"players", "optimizers", "dynamics", "memory", "averages", "scaler", "counts", "generators"}


def state_of(game: Any) -> dict[str, Any]:
    """Return what `Players.state_dict` returns."""
    return {
        "players": {name: tensors_of(player) for name, player in game.players.items()},
        "optimizers": {name: optimizer.state_dict() for name, optimizer in game.optimizers.items()},
        "dynamics": game.dynamics.kind,
        "memory": dict(game.memory),
        "averages": {name: average.state_dict() for name, average in game.averages.items()},
        "scaler": None if game.scaler is None else game.scaler.state_dict(),
        "counts": {"steps": game.steps, "phase": game.phase, "skipped": game.skipped},
        "generators": noise_of(game),
    }


def restore(game: Any, state: Mapping[str, Any]) -> None:
    """Let players go on from a state; where it does not fit they stay as they are."""
    check(game, state)
    before = copy.deepcopy(state_of(game))
    try:
        put(game, copy.deepcopy(dict(state)))  # torch's optimizers keep the tensors they are given
        game.apply_schedules()
    except Exception:
        put(game, before)
        raise


def check(game: Any, state: Mapping[str, Any]) -> None:
    """Refuse a state of other players, optimizers, averages, or of the middle of another step."""
    if not isinstance(state, Mapping) or not state.keys() >= PARTS:
        lacks = ", ".join(sorted(PARTS - state.keys())) if isinstance(state, Mapping) else "all of it"
        raise ValueError(f"The checkpoint is not one of Players: it lacks {lacks}.")
    for part, mine in (("players", game.players), ("optimizers", game.optimizers)):
        if set(state[part]) != set(mine):
            theirs = ", ".join(state[part]) or "none"
            raise ValueError(f"The checkpoint holds {part} {theirs}; here they are {', '.join(mine) or 'none'}.")
    missing = [name for name in game.averages if name not in state["averages"]]
    if missing:
        raise ValueError(f"The checkpoint holds no average of {', '.join(missing)}.")
    phase, kind = state["counts"]["phase"], game.dynamics.kind
    if phase and (state["dynamics"] != kind or not phase < game.dynamics.count(game)):
        raise ValueError(
            f"The checkpoint is in phase {phase} of a step of {state['dynamics']}; {game.dynamics!r} has no such phase."
        )
    if len(state["generators"]) != len(noise_of(game)):
        raise ValueError("The checkpoint is of other `generators`, or of another kind of device.")


def put(game: Any, state: Mapping[str, Any]) -> None:
    """Put a state into players; all memory of theirs stays where it is."""
    for name, player in game.players.items():
        load_tensors(name, player, state["players"][name])
    for name, optimizer in game.optimizers.items():
        optimizer.load_state_dict(state["optimizers"][name])
    for name, average in game.averages.items():
        average.load_state_dict(state["averages"][name])
    if game.scaler is not None and state["scaler"] is not None:
        game.scaler.load_state_dict(state["scaler"])
    # What another dynamics remembers is not for this one.
    held = state["memory"] if state["dynamics"] == game.dynamics.kind else {}
    game.memory = {key: on_device(value, game.device) for key, value in held.items()}
    game.steps, game.phase, game.skipped = (state["counts"][key] for key in ("steps", "phase", "skipped"))
    game.drawn = None
    set_noise(game, state["generators"])


def tensors_of(player: Any) -> Any:
    """Return the tensors of a player that a checkpoint holds."""
    if isinstance(player, torch.nn.Module):
        return player.state_dict()
    return player.detach() if isinstance(player, torch.Tensor) else [p.detach() for p in player]


def load_tensors(name: str, player: Any, state: Any) -> None:
    """Put a checkpoint's tensors into a player, in place."""
    if isinstance(player, torch.nn.Module):
        player.load_state_dict(state)
        return
    own, held = list_of(player), list_of(state)
    if [p.shape for p in own] != [p.shape for p in held]:
        raise ValueError(f"The checkpoint holds a player {name!r} of other shapes.")
    with torch.no_grad():
        for p, saved in zip(own, held):
            p.copy_(saved)


def on_device(value: Any, device: Any) -> Any:
    """Return what a checkpoint holds where the players live; the states of generators stay on the CPU."""
    if isinstance(value, torch.Tensor):
        return value if value.dtype == torch.uint8 else value.to(device)
    if isinstance(value, dict):
        return {key: on_device(part, device) for key, part in value.items()}
    return [on_device(part, device) for part in value] if isinstance(value, list) else value
