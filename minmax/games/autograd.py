"""Gradients of a torch function by autograd, as functions of numpy arrays; torch is loaded only here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["differentiated"]


def differentiated(f: Any, device: Any) -> tuple[Callable[..., float], Callable[..., tuple[np.ndarray, np.ndarray]]]:
    """Return f and its two gradients as functions of numpy arrays.

    Parameters
    ----------
    f : function of two float64 tensors that returns a scalar tensor.
    device : where the tensors are put; the CPU where None.
    """
    try:
        import torch
    except ImportError:
        raise ImportError(
            'A game given by `f` alone is differentiated by torch: pip install "minmax[torch]", or pass `gradients`.'
        ) from None

    def tensor(array: np.ndarray, grad: bool) -> Any:
        return torch.tensor(array, dtype=torch.float64, device=device, requires_grad=grad)

    def value(x: np.ndarray, y: np.ndarray) -> float:
        with torch.no_grad():
            return float(f(tensor(x, False), tensor(y, False)))

    def gradients(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        leaves = tensor(x, True), tensor(y, True)
        result = f(*leaves)
        if not isinstance(result, torch.Tensor) or result.numel() != 1:
            raise TypeError(
                f"`f` must return a scalar torch tensor where no `gradients` are given; got {type(result).__name__}: "
                "write it with torch, or pass `gradients`."
            )
        found = torch.autograd.grad(result.reshape(()), leaves, allow_unused=True)
        by_x, by_y = (np.zeros(np.shape(p)) if g is None else g.cpu().numpy() for p, g in zip((x, y), found))
        return by_x, by_y

    return value, gradients
