"""The few operations optimizers are written in, on one tensor or on a list of tensors at once (torch's foreach)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from minmax.optim.forms import Operation

__all__ = ["Many", "One", "apply"]


class One:
    """Operations on a tensor.  A scalar `c` is a number or a tensor without dimensions."""

    scale_ = staticmethod(lambda x, c: x.mul_(c))
    scaled = staticmethod(lambda x, c: x * c)
    over = staticmethod(lambda x, y: x / y)
    over_ = staticmethod(lambda x, c: x.div_(c))
    plus_ = staticmethod(lambda x, c: x.add_(c))
    root = staticmethod(lambda x: x.sqrt())
    lerp_ = staticmethod(lambda x, y, c: x.lerp_(y, c))
    lerp = staticmethod(lambda x, y, c: x.lerp(y, c))
    clone = staticmethod(lambda x: x.clone())

    @staticmethod
    def copy_(x: Any, y: Any) -> None:
        """`y`, in place of x."""
        # Inductor takes a copy of what is changed later in the step for no operation, and copies the changed value
        # (github.com/pytorch/pytorch/issues/198131); a product with one is kept.
        x.copy_(y * 1.0 if torch.compiler.is_compiling() else y)

    @staticmethod
    def add_(x: Any, y: Any, c: Any) -> Any:
        """`x + c y`, in place."""
        if not isinstance(c, torch.Tensor):
            return x.add_(y, alpha=c)
        # Where the step is differentiated y's value is needed later, and y may be memory that moves on.
        return x.add_((y.clone() if torch.is_grad_enabled() else y) * c)

    @staticmethod
    def add(x: Any, y: Any, c: Any) -> Any:
        """`x + c y`."""
        return x + y * c if isinstance(c, torch.Tensor) else x.add(y, alpha=c)

    @staticmethod
    def add_squares_(x: Any, y: Any, c: float) -> Any:
        """`x + c y^2`, in place."""
        return x.addcmul_(y, y, value=c)

    @staticmethod
    def largest_(x: Any, y: Any) -> Any:
        """The larger of both, in place."""
        # Where the step is differentiated both values are needed later, and both move on.
        return x.copy_(torch.maximum(x.clone(), y.clone())) if torch.is_grad_enabled() else torch.maximum(x, y, out=x)


class Many:
    """The same operations on lists of tensors; a scalar may also be a list of one for each."""

    scale_ = staticmethod(lambda x, c: torch._foreach_mul_(x, c))
    scaled = staticmethod(lambda x, c: torch._foreach_mul(x, c))
    over = staticmethod(lambda x, y: torch._foreach_div(x, y))
    over_ = staticmethod(lambda x, c: torch._foreach_div_(x, c))
    plus_ = staticmethod(lambda x, c: torch._foreach_add_(x, c))
    root = staticmethod(lambda x: torch._foreach_sqrt(x))
    lerp_ = staticmethod(lambda x, y, c: torch._foreach_lerp_(x, y, c))
    lerp = staticmethod(lambda x, y, c: torch._foreach_lerp(x, y, c))
    largest_ = staticmethod(lambda x, y: torch._foreach_maximum_(x, y))
    clone = staticmethod(lambda x: [t.clone() for t in x])

    @staticmethod
    def copy_(x: Any, y: Any) -> None:
        """`y`, in place of x."""
        torch._foreach_copy_(x, torch._foreach_mul(y, 1.0) if torch.compiler.is_compiling() else y)  # see `One`

    @staticmethod
    def add_(x: Any, y: Any, c: Any) -> Any:
        """`x + c y`, in place."""
        plain = isinstance(c, (int, float))
        return torch._foreach_add_(x, y, alpha=c) if plain else torch._foreach_add_(x, torch._foreach_mul(y, c))

    @staticmethod
    def add(x: Any, y: Any, c: Any) -> Any:
        """`x + c y`."""
        plain = isinstance(c, (int, float))
        return torch._foreach_add(x, y, alpha=c) if plain else torch._foreach_add(x, torch._foreach_mul(y, c))

    @staticmethod
    def add_squares_(x: Any, y: Any, c: float) -> Any:
        """`x + c y^2`, in place."""
        return torch._foreach_addcmul_(x, y, y, value=c)


def apply(on: Any, operations: Sequence[Operation], slots: dict[str, Any]) -> None:
    """Carry out the operations of a round.

    Parameters
    ----------
    on : `One` or `Many`.
    operations : from `ordered`.
    slots : tensors, or lists of them, by the names in the operations.
    """
    for verb, target, source, c in operations:
        if verb == "add":
            on.add_(slots[target], slots[source], c)
        elif verb == "scale":
            on.scale_(slots[target], c)
        elif target == "aside":
            slots["aside"] = on.clone(slots[source])
        else:
            on.copy_(slots[target], slots[source])
