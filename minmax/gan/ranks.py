"""Several processes that train together, as `torchrun` starts them: each with its own batches and noise."""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from minmax.optim.together import processes

__all__ = ["agreed_start", "gathered", "joined", "own_seed", "rank", "there_for_all"]


def joined(device: Any) -> Any:
    """Join the other processes where `torchrun` has started several, and return the device to train on.

    Parameters
    ----------
    device : asked for; where None and there is a GPU for each process, its own.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return device
    place = int(os.environ.get("LOCAL_RANK", "0"))
    if device is None and torch.cuda.device_count() >= int(os.environ.get("LOCAL_WORLD_SIZE", "1")):
        device = "cuda"
    on_gpu = device is not None and torch.device(device).type == "cuda"
    if on_gpu:
        device = torch.device("cuda", place if torch.device(device).index is None else torch.device(device).index)
        torch.cuda.set_device(device)
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("nccl" if on_gpu else "gloo")
        atexit.register(left)
    return device


def left() -> None:
    """Take leave of the other processes, if that has not been done: threads that outlive Python can break its end."""
    if torch.distributed.is_initialized():
        gc.collect()  # whatever still holds the group would keep its threads
        torch.distributed.destroy_process_group()


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


def there_for_all(path: Path) -> bool:
    """Return whether a file is there, for all processes or for none; a part of them is refused."""
    found = gathered(path.exists())
    if any(found) and not all(found):
        raise ValueError(f"{path} is there for {sum(found)} of {len(found)} processes: all must share the folder.")
    return all(found)


def gathered(value: Any) -> list[Any]:
    """Return the values of all processes, in order; every process must ask."""
    if processes() == 1:
        return [value]
    found: list[Any] = [None] * processes()
    torch.distributed.all_gather_object(found, value)
    return found
