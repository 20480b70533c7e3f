"""Gradients of a torch function by autograd, as functions of numpy arrays; torch is loaded only here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

__all__ = ["both_products", "differentiated", "flat", "rounding"]


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

    def derivative(x: np.ndarray, y: np.ndarray) -> tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]:
        leaves = [tensor(x, True), tensor(y, True)]

        def operator() -> list[Any]:
            result = f(*leaves).reshape(())
            found = torch.autograd.grad(result, leaves, create_graph=True, allow_unused=True)
            by_x, by_y = (torch.zeros_like(p) if g is None else g for p, g in zip(leaves, found))
            return [by_x, -by_y]

        return both_products(operator, leaves)

    gradients.derivative = derivative  # type: ignore[attr-defined]
    return value, gradients


def both_products(
    operator: Callable[[], list[Any]], leaves: list[Any]
) -> tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]:
    """Return the products of an operator's Jacobian, and of its transpose, with flat vectors.

    Twice backward gives the forward product: `J'w` is linear in w, and the gradient of `<J'w, v>` in w is `J v`.

    Parameters
    ----------
    operator : function that returns tensors with a graph, one for each leaf and of its shape.
    leaves : tensors that require gradients.
    """
    import torch

    def shaped(v: np.ndarray) -> list[Any]:
        pieces = np.split(v, np.cumsum([p.numel() for p in leaves])[:-1])
        return [p.new_tensor(piece.reshape(tuple(p.shape))) for p, piece in zip(leaves, pieces)]

    def whole(found: Any) -> np.ndarray:
        return flat(torch.zeros_like(p) if t is None else t for p, t in zip(leaves, found))

    def backward(w: np.ndarray, create_graph: bool = False) -> tuple[list[Any], Any]:
        values = operator()
        weights = [part.requires_grad_(create_graph) for part in shaped(w)]
        moving = [(value, weight) for value, weight in zip(values, weights) if value.requires_grad]
        if not moving:
            return weights, [None] * len(leaves)
        outputs, given = zip(*moving)
        return weights, torch.autograd.grad(outputs, leaves, given, create_graph=create_graph, allow_unused=True)

    def forward(v: np.ndarray) -> np.ndarray:
        weights, pulled = backward(np.zeros(v.size), create_graph=True)
        moving = [(g, part) for g, part in zip(pulled, shaped(v)) if g is not None and g.requires_grad]
        if not moving:
            return np.zeros(v.size)
        outputs, given = zip(*moving)
        return whole(torch.autograd.grad(outputs, weights, given, allow_unused=True))

    return forward, lambda w: whole(backward(w)[1])


def rounding(tensor: Any) -> float:
    """Return the unit of rounding of a tensor's numbers."""
    import torch

    return float(torch.finfo(tensor.dtype).eps) if tensor.dtype.is_floating_point else 0.0


def flat(tensors: Iterable[Any]) -> np.ndarray:
    """Return tensors as one float64 array."""
    return np.concatenate([t.detach().cpu().double().numpy().ravel() for t in tensors])
