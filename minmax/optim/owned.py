"""What players own: parameters, optimizers, averages, and the tensors a checkpoint holds of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from minmax.optim.averages import Average

__all__ = [
    "OPTIONS",
    "Table",
    "averages_of",
    "load_tensors",
    "on_device",
    "optimizers_of",
    "parameters_of",
    "scalar",
    "set_option",
    "summed",
    "tensors_of",
]


class Table(torch.nn.Module):
    """The modules among the players as one, whose parameters can be replaced while something is computed."""

    def __init__(self, modules: Mapping[str, Any]) -> None:
        super().__init__()
        self.players = torch.nn.ModuleDict(modules)

    def forward(self, compute: Callable[[], Any]) -> Any:
        """Return what is computed."""
        return compute()


OPTIONS = ("lr", "beta1", "beta2", "weight_decay", "eps", "optimism", "momentum")


def set_option(optimizer: Any, option: str, value: float) -> None:
    """Set an option of an optimizer in every group; `beta2` is the second of `betas`."""
    for group in optimizer.param_groups:
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


def parameters_of(name: str, player: Any) -> list[Any]:
    """Return what a player owns: its parameters that require gradients."""
    if isinstance(player, torch.nn.Module):
        own = [p for p in player.parameters() if p.requires_grad]
    elif isinstance(player, torch.Tensor):
        own = [player]
    else:
        own = list(player) if isinstance(player, Iterable) else []
    if not own or not all(isinstance(p, torch.Tensor) and p.requires_grad and p.is_leaf for p in own):
        raise TypeError(f"Player {name!r} must be a module, a tensor or a list of tensors that require gradients.")
    return own


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
        name: made(owned[name]) if isinstance(made, type) or not hasattr(made, "step") else made
        for name, made in given.items()
    }
    for name, optimizer in found.items():
        held = {p for group in optimizer.param_groups for p in group["params"]}
        others = {p for other, own in owned.items() if other != name for p in own}
        if held & others:
            raise ValueError(f"The optimizer of player {name!r} holds parameters of another; give each its own.")
        if set(owned[name]) - held:
            raise ValueError(f"The optimizer of player {name!r} lacks some of its parameters.")
        if any(group.get("maximize") for group in optimizer.param_groups):
            raise ValueError(f"The optimizer of player {name!r} maximises, but players minimise their own losses.")
    return {name: found[name] for name in owned}


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


def scalar(loss: Any, name: str) -> Any:
    """Return a loss as a tensor without dimensions, or refuse it."""
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        shape = tuple(loss.shape) if isinstance(loss, torch.Tensor) else type(loss).__name__
        raise TypeError(f"The loss of player {name!r} must be a scalar tensor; got {shape}.")
    return loss.reshape(())


def summed(a: list[Any], b: list[Any]) -> list[Any]:
    """Return sums of gradients, where None is nothing."""
    return [q if p is None else p if q is None else p + q for p, q in zip(a, b)]


def tensors_of(player: Any) -> Any:
    """Return the tensors of a player that a checkpoint holds."""
    if isinstance(player, torch.nn.Module):
        return player.state_dict()
    return player.detach() if isinstance(player, torch.Tensor) else [p.detach() for p in player]


def load_tensors(player: Any, state: Any) -> None:
    """Put a checkpoint's tensors into a player, in place."""
    if isinstance(player, torch.nn.Module):
        player.load_state_dict(state)
        return
    own, held = (([one] if isinstance(one, torch.Tensor) else list(one)) for one in (player, state))
    if [p.shape for p in own] != [p.shape for p in held]:
        raise ValueError("The checkpoint holds a player of other shapes.")
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
