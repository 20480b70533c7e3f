"""What players own: parameters, optimizers and averages, as they are given to `Players`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from minmax.optim.averages import Average

__all__ = [
    "OPTIONS",
    "averages_of",
    "list_of",
    "optimizers_of",
    "parameters_of",
    "players_of",
    "schedules_of",
    "set_option",
    "summed",
]


OPTIONS = ("lr", "beta1", "beta2", "weight_decay", "eps", "optimism", "momentum")


def set_option(optimizer: Any, option: str, value: float) -> bool:
    """Set an option of an optimizer in every group that has it, and return whether one has; `beta2` is in `betas`."""
    known = False
    for group in optimizer.param_groups:
        known |= option in group or (option in ("beta1", "beta2") and "betas" in group)
        if option in ("beta1", "beta2") and "betas" in group:
            first, second = group["betas"]
            group["betas"] = (value, second) if option == "beta1" else (first, value)
        elif option == "beta2" and "alpha" in group:
            group["alpha"] = value
        elif option in group:
            if isinstance(group[option], torch.Tensor):
                group[option].fill_(value)
            else:
                group[option] = value
    return known


def parameters_of(name: str, player: Any) -> list[Any]:
    """Return what a player owns: its parameters that require gradients."""
    own = list_of(player)
    if isinstance(player, torch.nn.Module):
        own = [p for p in own if p.requires_grad]
    if not own or not all(isinstance(p, torch.Tensor) and p.requires_grad and p.is_leaf for p in own):
        raise TypeError(f"Player {name!r} must be a module, a tensor or a list of tensors that require gradients.")
    return own


def list_of(player: Any) -> list[Any]:
    """Return the tensors a player is made of."""
    if isinstance(player, torch.nn.Module):
        return list(player.parameters())
    return [player] if isinstance(player, torch.Tensor) else list(player) if isinstance(player, Iterable) else []


def players_of(given: Any) -> dict[str, Any]:
    """Return the players by name; a generator, such as `module.parameters()`, is read once, into a list."""
    if not isinstance(given, Mapping) or len(given) < 2:
        raise TypeError("`players` must be a dict of at least two modules or tensors by name.")
    return {
        name: player if isinstance(player, (torch.nn.Module, torch.Tensor)) else list_of(player)
        for name, player in given.items()
    }


def optimizers_of(given: Any, owned: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return an optimizer for each player, and refuse one whose parameters are not that player's."""
    if given is None:
        return {}
    if callable(given):
        given = {name: given(own) for name, own in owned.items()}
    if not isinstance(given, Mapping) or set(given) != set(owned):
        raise ValueError(
            f"`optimizers` must be a function of parameters, or a dict with one for each of {', '.join(owned)}."
        )
    found = {
        name: made(owned[name]) if callable(made) and (isinstance(made, type) or not hasattr(made, "step")) else made
        for name, made in given.items()
    }
    for name, optimizer in found.items():
        if not hasattr(optimizer, "param_groups") or isinstance(optimizer, torch.optim.LBFGS):
            raise TypeError(
                f"The optimizer of player {name!r} must be a torch optimizer that steps without a closure; "
                f"got {type(optimizer).__name__}."
            )
        held = {p for group in optimizer.param_groups for p in group["params"]}
        others = {p for other, own in owned.items() if other != name for p in own}
        if held & others:
            raise ValueError(f"The optimizer of player {name!r} holds parameters of another; give each its own.")
        if set(owned[name]) - held:
            raise ValueError(f"The optimizer of player {name!r} lacks some of its parameters.")
        if any(group.get("maximize") for group in optimizer.param_groups):
            raise ValueError(f"The optimizer of player {name!r} maximises, but players minimise their own losses.")
    return {name: found[name] for name in owned}


def schedules_of(given: Any, players: Mapping[str, Any]) -> dict[str, Any]:
    """Return schedules by name, a function of the step each."""
    found = {}
    for key, schedule in ({} if given is None else given).items():
        player, _, _ = key.rpartition(".")
        if player and player not in players:
            raise ValueError(f"Schedule {key!r} names no player: they are {', '.join(players)}.")
        if not callable(schedule):
            raise TypeError(f"Schedule {key!r} must be one such as Cosine(1e-3, 0.0, steps=1000); got {schedule!r}.")
        found[key] = schedule
    return found


def averages_of(given: Any, players: Mapping[str, Any]) -> dict[str, Any]:
    """Return the averages wanted, by player."""
    if given is None:
        return {}
    wanted = given if isinstance(given, Mapping) else dict.fromkeys(players, given)
    for name, kind in wanted.items():
        if name not in players:
            raise ValueError(f"`averages` names no player with {name!r}; they are {', '.join(players)}.")
        if not isinstance(kind, Average):
            raise TypeError(f"`averages` must be EMA(half_life=...) or Uniform(); got {kind!r}.")
    return {name: kind.begun(players[name]) for name, kind in wanted.items()}


def summed(a: list[Any], b: list[Any]) -> list[Any]:
    """Return sums of gradients, where None is nothing."""
    return [q if p is None else p if q is None else p + q for p, q in zip(a, b)]
