"""Looks at networks that leave no trace: modes of all their parts and torch's noise are as they were afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

__all__ = ["chance_of", "evaluating"]


@contextmanager
def evaluating(module: Any) -> Iterator[Any]:
    """Put all parts of a module into the mode of evaluation, and each back into its own on leaving."""
    parts = [(part, part.training) for part in module.modules()] if hasattr(module, "modules") else []
    for part, _ in parts:
        part.training = False
    try:
        yield module
    finally:
        for part, mode in parts:
            part.training = mode


@contextmanager
def chance_of(seed: int | None = None, device: Any = None) -> Iterator[None]:
    """Seed torch's own noise, or leave it where it is, and put it back on leaving.

    Parameters
    ----------
    seed : of the noise meanwhile; None lets it go on.
    device : beside the CPU, whose noise this is about too.
    """
    places = [device] if device is not None and torch.device(device).type == "cuda" else []
    with torch.random.fork_rng(devices=places):
        if seed is not None:
            torch.default_generator.manual_seed(seed)
            if places:
                torch.cuda.manual_seed(seed)
        yield
