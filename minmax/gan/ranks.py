"""Several processes that train together, as `torchrun` starts them: each with its own batches and noise."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from minmax.optim.together import processes

__all__ = ["agreed_start", "gathered", "joined", "own_seed", "rank"]


def joined(device: Any) -> Any:
    """Join the other processes where `torchrun` has started several, and return the device to train on.

    Parameters
    ----------
    device : asked for; where None and there is a GPU for each process, its own.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return device
    place = int(os.environ.get("LOCAL_RANK", "0"))
    if device is None and torch.cuda.device_count() > place:
        device = torch.device("cuda", place)
    if not torch.distributed.is_initialized():
        on_gpu = device is not None and torch.device(device).type == "cuda"
        torch.distributed.init_process_group("nccl" if on_gpu else "gloo")
    return device


def rank() -> int:
    """Return the number of this process, 0 where it trains alone."""
    return 0 if processes() == 1 else int(torch.distributed.get_rank())


def own_seed(seed: int) -> int:
    """Return the seed of this process: the one given in the first, others made of it in the rest."""
    return seed if rank() == 0 else int(np.random.SeedSequence([seed, rank()]).generate_state(1)[0])


def agreed_start(modules: Sequence[Any]) -> None:
    """Give modules the parameters and buffers that they have in the first process."""
    if processes() == 1:
        return
    with torch.no_grad():
        for module in modules:
            for tensor in (*module.parameters(), *module.buffers()):
                torch.distributed.broadcast(tensor, 0)


def gathered(value: Any) -> list[Any]:
    """Return the values of all processes, in order; every process must ask."""
    if processes() == 1:
        return [value]
    found: list[Any] = [None] * processes()
    torch.distributed.all_gather_object(found, value)
    return found
