"""Losses of players: evaluated on a batch, with others or other tensors in their places, and differentiated."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch

__all__ = ["Losses", "Objective", "derivatives", "slopes_of"]


@dataclass(frozen=True)
class Objective:
    """One objective of two players, which the first minimises and the second maximises."""

    function: Callable[..., Any]


class Losses:
    """What each player minimises, as a function of all players and a batch.

    Parameters
    ----------
    players : modules, tensors or lists of tensors by name.
    owned : parameters of each.
    given : what `Players` takes for `losses`, or an `Objective`.
    autocast : number type that the losses are computed in, or None.

    Attributes
    ----------
    zero_sum : whether the players have one objective.
    """

    def __init__(
        self, players: Mapping[str, Any], owned: Mapping[str, list[Any]], given: Any, autocast: Any = None
    ) -> None:
        self.zero_sum = isinstance(given, Objective)
        self.given = given.function if isinstance(given, Objective) else given
        what = "objective" if self.zero_sum else "losses"
        if isinstance(given, Mapping) and set(given) != set(players):
            raise ValueError(f"`losses` must have one function for each of {', '.join(players)}.")
        for function in given.values() if isinstance(given, Mapping) else [self.given]:
            if not callable(function):
                raise TypeError(f"`{what}` must be a function of the players; got {function!r}.")
        if autocast not in (None, torch.bfloat16, torch.float16):
            raise TypeError(f"`autocast` must be torch.bfloat16 or torch.float16; got {autocast!r}.")
        self.players, self.owned, self.autocast = players, owned, autocast

    def at(self, batch: Any, names: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the losses of players on a batch, with their graph."""
        return self.of(self.players, batch, names)

    def of(self, players: Mapping[str, Any], batch: Any, names: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the losses of players, or of others in their places, on a batch."""
        arguments = [*players.values()] if batch is None else [*players.values(), batch]
        with self.precision():
            if isinstance(self.given, Mapping):
                return {name: scalar(called(self.given[name], arguments), name) for name in names or self.players}
            found = called(self.given, arguments)
        if self.zero_sum:
            value = scalar(found, "x")
            return {"x": value, "y": -value}
        if isinstance(found, (tuple, list)):
            found = dict(zip(self.players, found)) if len(found) == len(self.players) else {}
        if not isinstance(found, Mapping) or set(found) != set(self.players):
            raise TypeError(
                f"`losses` must return a loss for each of {', '.join(self.players)}, as a dict by name or a tuple in "
                f"their order; got {type(found).__name__}: for one objective of two players use Players.zero_sum."
            )
        return {name: scalar(found[name], name) for name in self.players}

    def instead(
        self, stand_ins: Mapping[str, list[Any]], batch: Any, names: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Return losses where some players play other tensors in place of their parameters.

        Buffers are stood in for too: what a forward pass does to running statistics is forgotten.
        """
        players, swapped = dict(self.players), {}
        for other, tensors in stand_ins.items():
            player = self.players[other]
            if isinstance(player, torch.nn.Module):
                keys, place = {p: key for key, p in player.named_parameters()}, list(self.players).index(other)
                swapped.update({f"players.{place}.{keys[p]}": t for p, t in zip(self.owned[other], tensors)})
            else:
                players[other] = tensors[0] if isinstance(player, torch.Tensor) else tensors
        numbered = enumerate(self.players.values())
        table = Table({str(k): player for k, player in numbered if isinstance(player, torch.nn.Module)})
        swapped.update({key: buffer.clone() for key, buffer in table.named_buffers()})
        found: dict[str, Any] = torch.func.functional_call(table, swapped, (lambda: self.of(players, batch, names),))
        return found

    def precision(self) -> Any:
        """Return the context that losses are computed in."""
        if self.autocast is None:
            return nullcontext()
        return torch.autocast(next(iter(self.owned.values()))[0].device.type, dtype=self.autocast)

    def gradients(self, losses: Mapping[str, Any], names: Sequence[str]) -> dict[str, list[Any]]:
        """Return the gradients of losses, each by its own player's parameters; None where there is none."""
        if self.zero_sum and len(names) == 2:
            x, y = (self.owned[name] for name in names)
            both = slopes_of(losses["x"], [*x, *y], "x")
            return {"x": both[: len(x)], "y": [g if g is None else -g for g in both[len(x) :]]}
        return {
            name: slopes_of(losses[name], self.owned[name], name, retain_graph=k + 1 < len(names))
            for k, name in enumerate(names)
        }


class Table(torch.nn.Module):
    """The modules among the players as one, whose parameters can be replaced while something is computed."""

    def __init__(self, modules: Mapping[str, Any]) -> None:
        super().__init__()
        self.players = torch.nn.ModuleDict(modules)

    def forward(self, compute: Callable[[], Any]) -> Any:
        """Return what is computed."""
        return compute()


def slopes_of(loss: Any, own: Sequence[Any], name: str, **options: Any) -> list[Any]:
    """Return the gradient of a player's loss by parameters, None where they are frozen or it does not depend on them.

    Parameters
    ----------
    loss : with its graph.
    own : parameters.
    name : the player's.
    options : of `torch.autograd.grad`.
    """
    if not loss.requires_grad:
        raise ValueError(f"The loss of player {name!r} does not depend on any parameter; is it detached?")
    return derivatives(loss, own, **options)


def derivatives(outputs: Any, inputs: Sequence[Any], weights: Any = None, **options: Any) -> list[Any]:
    """Return `torch.autograd.grad`, with None for inputs that are frozen or that nothing depends on."""
    live = [p for p in inputs if p.requires_grad]
    found = iter(torch.autograd.grad(outputs, live, weights, allow_unused=True, **options) if live else ())
    return [next(found) if p.requires_grad else None for p in inputs]


def called(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """Return what the user's function says; one called with too little or too much gets a sentence."""
    try:
        return function(*arguments)
    except TypeError:
        try:
            inspect.signature(function).bind(*arguments)
        except TypeError:
            raise TypeError(
                f"`losses` is called with {len(arguments)} arguments, the players and the batch that `step` is given, "
                f"if any; its own are {inspect.signature(function)}."
            ) from None
        except ValueError:  # a function that tells nothing of itself
            pass
        raise


def scalar(loss: Any, name: str) -> Any:
    """Return a loss as a tensor without dimensions, or refuse it."""
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        shape = tuple(loss.shape) if isinstance(loss, torch.Tensor) else type(loss).__name__
        raise TypeError(f"The loss of player {name!r} must be a scalar tensor; got {shape}.")
    return loss.reshape(())
