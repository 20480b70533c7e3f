"""Gradients of several processes: one all-reduce of all laid end to end, for paths that DDP's hooks never see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

__all__ = ["agreed", "averaged", "processes"]


def processes() -> int:
    """Return how many processes train together: 1 where torch.distributed is not set up."""
    ready = torch.distributed.is_available() and torch.distributed.is_initialized()
    return int(torch.distributed.get_world_size()) if ready else 1


def averaged(tensors: Sequence[Any], graph: bool = False) -> list[Any]:
    """Return the mean of every tensor over the processes; None stays None, and must be None in all of them.

    One message for each kind of tensor: a network of many small parameters costs as much as one large one.

    Parameters
    ----------
    tensors : the same in number and shapes in every process.
    graph : whether the mean is differentiated, by another message on the way back.
    """
    world = processes()
    found = list(tensors)
    if world == 1:
        return found
    kinds: dict[Any, list[int]] = {}
    for k, tensor in enumerate(found):
        if tensor is not None:
            kinds.setdefault((tensor.device, tensor.dtype), []).append(k)
    for places in kinds.values():
        flat = torch.cat([(found[k] if graph else found[k].detach()).reshape(-1) for k in places])
        if graph:
            from torch.distributed.nn.functional import all_reduce

            flat = all_reduce(flat) / world
        else:
            torch.distributed.all_reduce(flat)
            flat /= world
        for k, part in zip(places, flat.split([found[k].numel() for k in places])):
            found[k] = part.view_as(found[k])
    return found


def agreed(flag: bool, like: Any) -> bool:
    """Return whether the flag is raised in any process."""
    if processes() == 1:
        return flag
    raised = torch.tensor(float(flag), device=like.device)
    torch.distributed.all_reduce(raised, op=torch.distributed.ReduceOp.MAX)
    return bool(raised > 0.0)
