"""Averages of a player's iterates, exponential with a half-life or uniform; buffers are averaged with parameters."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from minmax import _check

__all__ = ["EMA", "Average", "Running", "Uniform"]


class Average:
    """A kind of average: how much of it the newest iterate is, which is all that tells one from another."""

    def begun(self, player: Any) -> Running:
        """Return the average of a player, begun at its parameters."""
        raise NotImplementedError(type(self).__name__)


@dataclass(frozen=True)
class EMA(Average):
    """The exponential moving average: what an iterate weighs halves every `half_life` steps.

    Parameters
    ----------
    half_life : steps, a positive number; "half_life" in `schedules` changes it.
    warm : whether early averages weigh all iterates alike until that weighs the newest less than the half-life does, so
        that the start is forgotten.

    Source
    ------
    Y. Yazici, C.-S. Foo, S. Winkler, K.-H. Yap, G. Piliouras and V. Chandrasekhar, The unusual effectiveness of
    averaging in GAN training, 2019, arXiv 1806.04498.
    """

    half_life: float
    warm: bool = False

    def __post_init__(self) -> None:
        _check.positive("half_life", self.half_life)

    def begun(self, player: Any) -> Running:
        """Return the average of a player, begun at its parameters."""
        return Running(player, self.half_life, self.warm)


@dataclass(frozen=True)
class Uniform(Average):
    """The mean of all iterates from step `start` on, the point before the first step left out.

    Parameters
    ----------
    start : steps to leave out.
    """

    start: int = 0

    def __post_init__(self) -> None:
        _check.whole("start", self.start, 0)

    def begun(self, player: Any) -> Running:
        """Return the average of a player, begun at its parameters."""
        return Running(player, math.inf, True, self.start)


class Running:
    """An average of a player as it goes: of parameters and of buffers such as the running statistics of batch norm.

    Whole numbers among the buffers, such as a count of batches, are those of the player.

    Parameters
    ----------
    player : a module, a tensor or a list of tensors.
    half_life : steps, `math.inf` for a uniform average.
    warm : whether early averages are uniform.
    start : steps left out.
    """

    def __init__(self, player: Any, half_life: float, warm: bool, start: int = 0) -> None:
        self.half_life, self.warm, self.start = half_life, warm, start
        self.seen = 0
        # Half precision would round a small share of a step away.
        self.tensors = [
            t.detach().clone() if t.dtype not in (torch.bfloat16, torch.float16) else t.detach().float()
            for t in state_of(player)
        ]

    def update(self, player: Any) -> None:
        """See the player's next iterate."""
        self.seen += 1
        count = self.seen - self.start
        if count < 1:
            share = 1.0
        else:
            share = 1.0 - 0.5 ** (1.0 / self.half_life)
            share = max(share, 1.0 / count) if self.warm else share
        own, new = [], []
        for average, tensor in zip(self.tensors, state_of(player)):
            if average.is_floating_point() or average.is_complex():
                own.append(average)
                new.append(tensor.detach().to(average.dtype))
            else:
                average.copy_(tensor)
        torch._foreach_lerp_(own, new, share)

    def value(self, player: Any) -> Any:
        """Return the average as something like the player: a module, a tensor or a list."""
        found = copied(player) if isinstance(player, torch.nn.Module) else None
        if found is None:
            held = [t.to(own.dtype, copy=True) for t, own in zip(self.tensors, state_of(player))]
            return held[0] if isinstance(player, torch.Tensor) else held
        with torch.no_grad():
            for tensor, average in zip(state_of(found), self.tensors):
                tensor.copy_(average)
        return found

    def state_dict(self) -> dict[str, Any]:
        """Return what the average needs to go on."""
        return {"seen": self.seen, "tensors": list(self.tensors)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, in place; the kind of average and its half-life are those it was made with."""
        self.seen = state["seen"]
        if [t.shape for t in self.tensors] != [t.shape for t in state["tensors"]]:
            raise ValueError("The average in the checkpoint is of a player of other shapes.")
        with torch.no_grad():
            for tensor, saved in zip(self.tensors, state["tensors"]):
                tensor.copy_(saved)


def copied(module: Any) -> Any:
    """Return a copy of a module; tensors that were computed from its parameters, as by old-style weight norm, too."""
    computed = {
        id(value): value.detach().clone()
        for layer in module.modules()
        for value in vars(layer).values()
        if isinstance(value, torch.Tensor) and not value.is_leaf
    }
    return copy.deepcopy(module, computed)


def state_of(player: Any) -> list[Any]:
    """Return a player's tensors: parameters, frozen ones too, and buffers."""
    if isinstance(player, torch.nn.Module):
        return [*player.parameters(), *player.buffers()]
    return [player] if isinstance(player, torch.Tensor) else list(player)
