"""Two players whose strategies are the parameters of torch modules; torch is loaded only here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minmax.domains import Free
from minmax.games.autograd import both_products, flat

__all__ = ["TorchPair"]


@dataclass(frozen=True, eq=False)
class TorchPair:
    """The game that two sets of torch parameters play, such as a generator and a discriminator.

    Parameters
    ----------
    loss : function without arguments that returns a scalar, which x minimises and y maximises; or a pair of scalars,
        the losses that x and y minimise.  It must be deterministic: fix the batch and the noise.
    x, y : parameters of the two players, such as `generator.parameters()`.
    name : what the pair is called.

    Examples
    --------
    >>> import torch
    >>> x, y = (torch.nn.Parameter(torch.ones(1, dtype=torch.float64)) for _ in range(2))
    >>> pair = TorchPair(lambda: (x * y).sum(), [x], [y])
    >>> pair.gradients(*pair.point())
    (array([1.]), array([1.]))
    """

    loss: Callable[[], Any]
    x: Any
    y: Any
    name: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        import torch

        if not callable(self.loss):
            raise TypeError(f"`loss` must be a function that returns the loss; got {self.loss!r}.")
        for key in ("x", "y"):
            given = getattr(self, key)
            held = [given] if isinstance(given, torch.Tensor) else list(given) if isinstance(given, Iterable) else []
            if not held or not all(isinstance(p, torch.Tensor) and p.requires_grad for p in held):
                raise TypeError(
                    f"`{key}` must be parameters that require gradients, such as generator.parameters(); got {given!r}."
                )
            object.__setattr__(self, key, held)
        if {id(p) for p in self.x} & {id(p) for p in self.y}:
            raise ValueError("`x` and `y` must share no parameter; a tensor given belongs to both.")

    @property
    def shape(self) -> tuple[int, int]:
        """Number of parameters of either player."""
        return sum(p.numel() for p in self.x), sum(p.numel() for p in self.y)

    @property
    def domains(self) -> tuple[Free, Free]:
        """Where the parameters move: everywhere."""
        return Free(self.shape[0]), Free(self.shape[1])

    def point(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the parameters as they are, flat and in float64."""
        return flat(self.x), flat(self.y)

    @property
    def zero_sum(self) -> bool:
        """Whether one loss is played, rather than one of each player."""
        return not isinstance(self.loss(), (tuple, list))

    def losses(self) -> tuple[Any, Any]:
        """Return the losses that x and y minimise, at the parameters as they are."""
        found = self.loss()
        return tuple(found) if isinstance(found, (tuple, list)) else (found, -found)

    def operator(self, create_graph: bool = False) -> list[Any]:
        """Return the gradient of each player's own loss in its own parameters, as tensors, x's before y's."""
        import torch

        first, second = self.losses()
        found: list[Any] = []
        for loss, own in ((first, self.x), (second, self.y)):
            grads = torch.autograd.grad(loss, own, create_graph=create_graph, retain_graph=True, allow_unused=True)
            found += [torch.zeros_like(p) if g is None else g for g, p in zip(grads, own)]
        return found

    def gradients(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return `(grad_x f, grad_y f)` with the parameters at x and y; y's is minus that of its own loss."""
        with self.at(x, y):
            found = self.operator()
        k = len(self.x)
        return flat(found[:k]), -flat(found[k:])

    def utilities(self, x: np.ndarray, y: np.ndarray, ux: np.ndarray, uy: np.ndarray) -> None:
        """Write what each player wants more of: minus the gradient of its loss."""
        by_x, uy[...] = self.gradients(x, y)
        np.negative(by_x, out=ux)

    def derivative(self, x: np.ndarray, y: np.ndarray) -> tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]:
        """Return the products of the Jacobian at (x, y), and of its transpose, with flat vectors."""
        leaves = [*self.x, *self.y]

        def operator() -> list[Any]:
            return self.operator(create_graph=True)

        def within(product: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
            def held(v: np.ndarray) -> np.ndarray:
                with self.at(x, y):
                    return product(v)

            return held

        forward, backward = both_products(operator, leaves)
        return within(forward), within(backward)

    def at(self, x: np.ndarray, y: np.ndarray) -> Placed:
        """Return a context in which the parameters are at x and y."""
        return Placed([*self.x, *self.y], np.concatenate([x, y]))


class Placed:
    """Holds parameters at a point while entered, and puts them back."""

    def __init__(self, parameters: list[Any], z: np.ndarray) -> None:
        self.parameters, self.z = parameters, z

    def __enter__(self) -> None:
        self.before = [p.detach().clone() for p in self.parameters]
        start = 0
        for p in self.parameters:
            piece = self.z[start : start + p.numel()].reshape(tuple(p.shape))
            p.data.copy_(p.new_tensor(piece))
            start += p.numel()

    def __exit__(self, *error: Any) -> None:
        for p, before in zip(self.parameters, self.before):
            p.data.copy_(before)
