"""Parameters that take the same step, in lists: gathered at a first step, and again where something has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from operator import attrgetter, is_
from typing import Any, NamedTuple

import torch

__all__ = ["DTYPE", "Bucket", "Gathered", "alike", "gathered", "layout_of", "mark_changed"]

DOUBLE = {torch.float64, torch.complex128}
DTYPE, SPARSE = attrgetter("dtype"), attrgetter("is_sparse")


@dataclass(frozen=True)
class Bucket:
    """Parameters that take the same step: tensors of one kind, of one group, that have taken as many steps.

    Attributes
    ----------
    params, grads : the parameters and their gradients, as real tensors.
    held : what the state holds of them, in lists by name; complex tensors as real ones.
    fresh : whether this is their first step.
    time : number of the step, counted from one; a list of tensors where their values must not be looked at, one tensor
        where the bucket is one parameter.
    """

    params: list[Any]
    grads: list[Any]
    held: dict[str, list[Any]]
    fresh: bool
    time: Any

    def __iter__(self) -> Iterator[Bucket]:
        """Yield a bucket for every parameter."""
        for k, (p, grad) in enumerate(zip(self.params, self.grads)):
            time = self.time[k] if isinstance(self.time, list) else self.time
            yield Bucket([p], [grad], {name: [column[k]] for name, column in self.held.items()}, self.fresh, time)


class Gathered:
    """The buckets of a group's last step, used again with new gradients where no tensor was replaced since.

    To look at all of them is much cheaper than to gather them: its loops are not written in Python.

    Parameters
    ----------
    params : parameters that have gradients, in their order in the group.
    wanted : what the buckets are made for: names that the states must hold, and the carrier of the step.
    buckets : made of them.
    states : states of each bucket's parameters.
    """

    def __init__(
        self, params: list[Any], wanted: Any, buckets: list[Bucket], states: list[list[dict[str, Any]]]
    ) -> None:
        self.params, self.wanted, self.states = params, wanted, states
        self.layouts = [(layout_of(bucket.params), list(map(DTYPE, bucket.grads))) for bucket in buckets]
        self.buckets = [replace(bucket, grads=[]) for bucket in buckets]  # gradients are not held longer than a step

    def again(self, params: list[Any], wanted: Any, state: Any, begins: bool) -> list[Bucket] | None:
        """Return the buckets of the next step, or None where they must be gathered anew.

        Parameters
        ----------
        params : parameters that have gradients now.
        wanted : what buckets are needed for now.
        state : the optimizer's state.
        begins : whether a step at count zero is a first one, and not the second half of it.
        """
        if wanted != self.wanted or not identical(params, self.params):
            return None
        found = []
        for bucket, states, layout in zip(self.buckets, self.states, self.layouts):
            grads = [p.grad for p in bucket.params]
            same = (
                identical(map(state.get, bucket.params), states)
                and all(identical(map(dict.get, states, repeat(n)), column) for n, column in bucket.held.items())
                and (layout_of(bucket.params), list(map(DTYPE, grads))) == layout
            )
            times = {count.item() for count in bucket.held["step"]} if same else set()
            if len(times) != 1 or any(map(SPARSE, grads)) or (begins and 0.0 in times):
                return None
            found.append(replace(bucket, grads=grads, fresh=False, time=times.pop() + 1.0))
        return found


def gathered(
    optimizer: Any, group: dict[str, Any], params: list[Any], wanted: Any, begins: bool, unseen: bool
) -> tuple[list[Bucket], Gathered]:
    """Return the parameters of a group in buckets, what their states lack made; and what to keep of them.

    Parameters
    ----------
    optimizer : whose they are.
    group : of its groups.
    params : parameters of the group that have gradients.
    wanted, begins : as in `Gathered.again`.
    unseen : whether values of tensors must not be looked at.
    """
    for p in params:
        if p.grad.is_sparse:
            raise RuntimeError(f"{type(optimizer).__name__} does not support sparse gradients: pass dense ones.")
    (names, together, fused), memory = wanted, set(optimizer.memory.values())
    buckets: dict[Any, Bucket] = {}
    states: dict[Any, list[dict[str, Any]]] = {}
    for p in params:
        state = optimizer.state[p]
        # Without memory the step is a first one, whether or not another optimizer has left its moments; and so it is
        # where a first step was broken off.
        fresh = not memory <= state.keys() or (begins and not unseen and state["step"].item() == 0.0)
        for name in names:
            if name not in state or (fresh and name in memory):
                state[name] = optimizer.start(group, name, p, state)
            elif fused and name != "step":
                state[name] = alike(state[name], p)
        time = None if unseen else state["step"].item() + 1.0
        key = (p.device, p.dtype, p.grad.dtype, fresh, time) if together else (fresh, time)
        if key not in buckets:
            buckets[key] = Bucket([], [], {name: [] for name in names}, fresh, [] if unseen else time)
            states[key] = []
        bucket = buckets[key]
        bucket.params.append(real(p))
        bucket.grads.append(real(p.grad))
        for name, column in bucket.held.items():
            column.append(real(state[name]))
        if unseen:
            bucket.time.append((state["step"].double() if p.dtype in DOUBLE else state["step"]) + 1.0)
        states[key].append(state)
    found = list(buckets.values())
    return found, Gathered(params, wanted, found, list(states.values()))


def identical(some: Any, others: list[Any]) -> bool:
    """Return whether two rows of objects are the same objects."""
    some = list(some)
    return len(some) == len(others) and all(map(is_, some, others))


class Layout(NamedTuple):
    """Of every tensor in a list the kind and how it lies in memory; dense ones of one layout have one shape."""

    kinds: list[Any]
    devices: list[int]
    sizes: list[int]
    strides: list[Any]


def layout_of(tensors: list[Any]) -> Layout:
    """Return the layout of tensors."""
    return Layout(
        list(map(DTYPE, tensors)),
        list(map(torch.Tensor.get_device, tensors)),
        list(map(torch.Tensor.numel, tensors)),
        list(map(torch.Tensor.stride, tensors)),
    )


def alike(tensor: Any, p: Any) -> Any:
    """Return a tensor in the parameter's kind and order of memory; itself where it is so, or of another shape."""
    if tensor.shape != p.shape:
        return tensor
    tensor = tensor.resolve_neg()
    if tensor.dtype is p.dtype and ((tensor.is_contiguous() and p.is_contiguous()) or tensor.stride() == p.stride()):
        return tensor
    return torch.empty_like(p, memory_format=torch.preserve_format).copy_(tensor)


def mark_changed(params: list[Any]) -> None:
    """Tell autograd of writes behind its back, so that graphs made before are known to be stale."""
    try:
        torch.autograd.graph.increment_version(params)
    except TypeError:  # older versions of torch take one tensor
        for p in params:
            torch.autograd.graph.increment_version(p)


def real(tensor: Any) -> Any:
    """Return a complex tensor as a view of pairs of real numbers, others as they are."""
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor
