"""Options of optimizers: the flags that all take, and what no step can be taken with."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, TypedDict

import torch

__all__ = ["FLAGS", "Flags", "checked"]

SIZES, SIGNED = {"lr", "eps", "weight_decay"}, {"optimism", "momentum"}  # options that are numbers


class Flags(TypedDict, total=False):
    """Options that every optimizer takes, with torch's meaning and defaults."""

    maximize: bool
    foreach: bool | None
    capturable: bool
    differentiable: bool
    fused: bool | None


FLAGS = Flags(maximize=False, foreach=None, capturable=False, differentiable=False, fused=None)


def checked(options: dict[str, Any]) -> None:
    """Refuse options that no step can be taken with, one sentence each."""
    lr = options["lr"]
    if isinstance(lr, torch.Tensor):
        if lr.numel() != 1:
            raise ValueError(f"`lr` must be one number; got a tensor of shape {tuple(lr.shape)}.")
        if options["foreach"] and not options["capturable"]:
            raise ValueError("`lr` as a tensor needs `capturable=True` where `foreach=True`; pass a float, or both.")
    for name in options.keys() & (SIZES | SIGNED):
        value = options[name]
        if name == "lr" and isinstance(value, torch.Tensor):
            value = value.detach().item()
        if not isinstance(value, Real) or isinstance(value, bool):
            raise TypeError(f"`{name}` must be a number; got {value!r}.")
        if not math.isfinite(value) or (value < 0.0 and name in SIZES):
            raise ValueError(f"`{name}` must be a finite number{' >= 0' if name in SIZES else ''}; got {value}.")
    betas = options.get("betas", (0.0, 0.0))
    if not isinstance(betas, (tuple, list)) or [isinstance(b, Real) for b in betas] != [True, True]:
        raise TypeError(f"`betas` must be two numbers; got {betas!r}.")
    for k, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"`betas[{k}]` must lie in [0, 1); got {beta}.")
    if options.get("moments", "both") not in ("both", "commit"):
        raise ValueError(f'`moments` must be "commit" or "both"; got {options["moments"]!r}.')
    if options.get("first", "plain") not in ("plain", "zero"):
        raise ValueError(f'`first` must be "plain" or "zero"; got {options["first"]!r}.')
    if options["fused"] and options["foreach"]:
        raise RuntimeError("`fused` and `foreach` cannot be True together; leave one out.")
    for flag in ("differentiable", "capturable"):
        if options["fused"] and options[flag]:
            raise RuntimeError(f"`fused` does not support `{flag}`; leave one out.")
