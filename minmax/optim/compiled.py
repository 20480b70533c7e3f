"""The fused pass on devices other than the CPU: written on lists of tensors, and made one kernel by torch.compile."""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import Any

import torch

from minmax.optim.buckets import Bucket, mark_changed
from minmax.optim.carriers import Many
from minmax.optim.forms import Outcome
from minmax.optim.fused import Direction, terms_of

__all__ = ["compiled_step"]

Lists = dict[str, list[Any]]


def compiled_step(bucket: Bucket, slots: Lists, outcome: Outcome, of: Direction, keep: bool) -> None:
    """Take a step on a bucket's parameters, wherever they are; parameters as in `fused_step`.

    The numbers of the step travel as one tensor, so that a new learning rate or a later step is not compiled again.
    """
    params = bucket.params
    terms, changed = terms_of(outcome)
    names = [f"{to} {source}" for to in changed for source in terms[to]]
    numbers = [*of, *(float(terms[to][source]) for to in changed for source in terms[to])]
    kind = torch.float64 if params[0].dtype is torch.float64 else torch.float32
    told = torch.tensor(numbers, dtype=kind).to(params[0].device, non_blocking=True)
    tensors = {"theta": [p.detach() for p in params], "d": bucket.grads, **slots}
    pattern = (kind, tuple(names), of.decay != 0.0, keep)
    shapes = tuple((slot, tuple((t.shape, t.stride(), t.dtype) for t in column)) for slot, column in tensors.items())
    advance_compiled(pattern, shapes)(tensors, told, *pattern)
    mark_changed(params)
    if keep:
        torch._foreach_add_(bucket.held["step"], 1.0)


@cache
def advance_compiled(pattern: Any, shapes: Any) -> Any:
    """Return the pass, to be compiled for one pattern of a step and one set of tensors.

    Each has code of its own: torch compiles the same code for so many sets only, and then no more.
    """
    code = advance_lists.__code__.replace()
    return torch.compile(FunctionType(code, advance_lists.__globals__), fullgraph=True, dynamic=False)


def advance_lists(tensors: Lists, told: Any, kind: Any, names: tuple[str, ...], decays: bool, keep: bool) -> None:
    """Take a step on lists of tensors: what `advance_memory` does to memory.

    Parameters
    ----------
    tensors : by their names in `SLOTS`.
    told : the numbers of a `Direction`, and after them the coefficients of what changes.
    kind : of number, that the step is computed in.
    names : of the coefficients, the slot that changes and the slot it changes by.
    decays : whether parameters draw to zero by way of the gradient.
    keep : whether the moments take their new values.
    """
    times, plus = Many.scaled, torch._foreach_add
    told = told.unbind()
    of, c = Direction(*told[: len(Direction._fields)]), told[len(Direction._fields) :]
    old = {slot: [t.to(kind) for t in column] for slot, column in tensors.items()}
    new: Lists = {}
    d = times(old["d"], of.scale)
    if decays:
        d = plus(d, times(old["theta"], of.decay))
    if "v" in tensors:
        v = new["v"] = plus(times(old["v"], of.keep2), times(torch._foreach_mul(d, d), of.new2))
        if "largest" in tensors:
            v = new["largest"] = torch._foreach_maximum(v, old["largest"])
        if "m" in tensors:
            m = new["m"] = plus(times(old["m"], of.keep1), times(d, of.new1))
            d = plus(times(m, of.first), times(d, of.gradient))
        below = plus(times(Many.root(v), of.root), of.eps)
        d = Many.over(d, below)
    if not keep:
        new = {}
    old["d"] = d
    for name, coefficient in zip(names, c):
        to, source = name.split()
        part = times(old[source], coefficient)
        new[to] = plus(new[to], part) if to in new else part
    for slot, column in new.items():
        torch._foreach_copy_(tensors[slot], column)
