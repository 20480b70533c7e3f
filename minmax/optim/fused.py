"""One compiled pass over the memory of a bucket's tensors: every word is moved once, whatever the arithmetic.

What a step does is read off the dynamics as linear forms; the loop holds their coefficients, and is compiled once for
each set of tensors that a step reads and writes.  Only memory on the CPU is touched.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import count, takewhile
from typing import Any, NamedTuple

import numpy as np
import torch

from minmax._compile import kernel
from minmax._memory import joined, narrowed, read, root, term, widened, write
from minmax.optim.buckets import DTYPE, Bucket, alike, layout_of, mark_changed
from minmax.optim.forms import Outcome

__all__ = ["PLAIN", "SLOTS", "Direction", "fused_step"]

SLOTS = ("theta", "d", "a", "b", "m", "v", "largest")
# How numbers are stored, and what they are computed in: bfloat16 is kept as 16 bits.
SINGLE, DOUBLE = (np.float32, np.float32), (np.float64, np.float64)
KINDS: dict[Any, tuple[Any, Any]] = {
    torch.float32: SINGLE,
    torch.complex64: SINGLE,
    torch.bfloat16: (np.uint16, np.float32),
    torch.float64: DOUBLE,
    torch.complex128: DOUBLE,
}
FORMS = ("theta", "a", "b")  # what a step may change besides moments
SPARED = ("decay", "gradient")  # numbers of a direction that mean nothing is computed where they are zero
CPU = -1  # the number of a device that is none
GRAIN = 1 << 18  # numbers for a thread, below which another costs more than it saves
PARTS = 4  # of the work, a thread


class Direction(NamedTuple):
    """Numbers of a step's direction: the gradient, or Adam's quotient of moments.

    Attributes
    ----------
    keep1, new1, keep2, new2 : shares of the old and the new in both moments.
    first, gradient : factors of the first moment and of the gradient in the numerator.
    root, eps : what the root of the second moment is multiplied with, and what is then added.
    decay : share of the parameter added to the gradient.
    scale : factor of the gradient, before all else.
    """

    keep1: Any = 0.0
    new1: Any = 0.0
    keep2: Any = 0.0
    new2: Any = 0.0
    first: Any = 1.0
    gradient: Any = 0.0
    root: Any = 1.0
    eps: Any = 0.0
    decay: Any = 0.0
    scale: Any = 1.0


PLAIN = Direction()


class Coefficients(NamedTuple):
    """Coefficients of the new theta, a and b in theta, d, a and b; None where there is none."""

    theta_theta: Any
    theta_d: Any
    theta_a: Any
    theta_b: Any
    a_theta: Any
    a_d: Any
    a_a: Any
    a_b: Any
    b_theta: Any
    b_d: Any
    b_a: Any
    b_b: Any


class Touched(NamedTuple):
    """What a step reads and writes, True or None: the compiler leaves out what is None."""

    read_theta: Any
    read_a: Any
    read_b: Any
    write_a: Any
    write_b: Any
    first: Any
    second: Any
    largest: Any
    keep: Any


def advance_memory(  # type: ignore[no-untyped-def]
    addresses,
    sizes,
    begin,
    end,
    of,
    c,
    like,
    read_theta,
    read_a,
    read_b,
    write_a,
    write_b,
    first,
    second,
    largest,
    keep,
):
    """Take a step on the numbers `begin` to `end` of all tensors laid end to end."""
    before = 0
    for k in range(sizes.size):
        start = max(begin - before, 0)
        stop = min(end - before, sizes[k])
        at_theta, at_d, at_a, at_b = addresses[0, k], addresses[1, k], addresses[2, k], addresses[3, k]
        at_m, at_v, at_largest = addresses[4, k], addresses[5, k], addresses[6, k]
        for i in range(start, stop):
            theta = a = b = None
            if read_theta is not None:
                theta = widened(read(at_theta, i, like, 0))
            if read_a is not None:
                a = widened(read(at_a, i, like, 2))
            if read_b is not None:
                b = widened(read(at_b, i, like, 3))
            d = joined(of.scale * widened(read(at_d, i, like, 1)), term(of.decay, theta))
            if second is not None:
                v = of.keep2 * widened(read(at_v, i, like, 5)) + of.new2 * (d * d)
                if keep is not None:
                    write(at_v, i, narrowed(v, like), like, 5)
                if largest is not None:
                    v = max(v, widened(read(at_largest, i, like, 6)))
                    if keep is not None:
                        write(at_largest, i, narrowed(v, like), like, 6)
                if first is not None:
                    m = of.keep1 * widened(read(at_m, i, like, 4)) + of.new1 * d
                    if keep is not None:
                        write(at_m, i, narrowed(m, like), like, 4)
                    d = joined(of.first * m, term(of.gradient, d))
                d = d / (root(v) * of.root + of.eps)
            by_theta = joined(term(c.theta_theta, theta), term(c.theta_d, d))
            by_memory = joined(term(c.theta_a, a), term(c.theta_b, b))
            write(at_theta, i, narrowed(joined(by_theta, by_memory), like), like, 0)
            if write_a is not None:
                by_theta = joined(term(c.a_theta, theta), term(c.a_d, d))
                by_memory = joined(term(c.a_a, a), term(c.a_b, b))
                write(at_a, i, narrowed(joined(by_theta, by_memory), like), like, 2)
            if write_b is not None:
                by_theta = joined(term(c.b_theta, theta), term(c.b_d, d))
                by_memory = joined(term(c.b_a, a), term(c.b_b, b))
                write(at_b, i, narrowed(joined(by_theta, by_memory), like), like, 3)
        before += sizes[k]


advance_compiled = kernel(advance_memory, relaxed=True)


def raise_numbers(addresses, by, like):  # type: ignore[no-untyped-def]
    """Add to the number at every address."""
    for k in range(addresses.size):
        write(addresses[k], 0, read(addresses[k], 0, like, 0) + by, like, 0)


raise_compiled = kernel(raise_numbers)


def raise_counts(counts: list[Any]) -> None:
    """Add one to every count: tensors of one number each, for which torch's lists take as long as the step itself."""
    kinds, devices = set(map(DTYPE, counts)), set(map(torch.Tensor.get_device, counts))
    if len(kinds) > 1 or not kinds < {torch.float32, torch.float64} or devices != {CPU}:
        torch._foreach_add_(counts, 1.0)
        return
    stored, kind = KINDS[counts[0].dtype]
    addresses = np.array(list(map(torch.Tensor.data_ptr, counts)), dtype=np.int64)
    raise_compiled(addresses, kind(1.0), np.empty(0, dtype=stored))


def fused_step(bucket: Bucket, slots: dict[str, list[Any]], outcome: Outcome, of: Direction, keep: bool) -> None:
    """Take a step on a bucket's parameters in CPU memory, with as many threads as torch takes.

    Parameters
    ----------
    bucket : dense parameters of one kind, with their gradients.
    slots : memory and moments in the parameters' layout, by their names in `SLOTS`.
    outcome : new values of theta and of the memory, as forms in theta, d, a and b.
    of : how the direction is made of the gradients.
    keep : whether the moments take their new values, which raises the count of steps.
    """
    params, grads = bucket.params, bucket.grads
    layout = layout_of(params)
    if layout_of(grads) != layout or any(map(torch.Tensor.is_neg, grads)):
        grads = [alike(g, p) for g, p in zip(grads, params)]
    tensors = {"theta": params, "d": grads, **slots}
    rows = dict.fromkeys(SLOTS, [0] * len(params))
    for name, column in tensors.items():
        if column is not params and layout_of(column) != layout:
            check_layout(column, params)
        rows[name] = list(map(torch.Tensor.data_ptr, column))
    addresses, sizes = np.array(list(rows.values()), dtype=np.int64), np.array(layout.sizes, dtype=np.int64)
    stored, kind = KINDS[params[0].dtype]
    c, flags = pattern(outcome, tuple(slots), of.decay != 0.0, keep, kind)
    facts = Direction(*(None if x == 0.0 and name in SPARED else kind(x) for name, x in zip(Direction._fields, of)))
    total, like = sum(layout.sizes), np.empty(0, dtype=stored)
    threads = max(1, min(torch.get_num_threads(), total // GRAIN))
    # Threads take one part after the other: one that starts late, its core still busy with torch's, takes fewer.
    parts = 1 if threads == 1 else PARTS * threads
    places = count()

    def work() -> None:
        for k in takewhile(lambda k: k < parts, places):
            advance_compiled(addresses, sizes, total * k // parts, total * (k + 1) // parts, facts, c, like, *flags)

    others = [pool_of(os.getpid(), torch.get_num_threads()).submit(work) for _ in range(threads - 1)]
    work()
    for other in others:
        if not other.cancel():  # one that has not begun has nothing left to do
            other.result()
    mark_changed(params)
    if keep:
        raise_counts(bucket.held["step"])


@lru_cache(maxsize=256)
def pattern(
    outcome: Outcome, slots: tuple[str, ...], decays: bool, keep: bool, kind: Any
) -> tuple[Coefficients, list[Any]]:
    """Return the coefficients of a step and, True or None, what it touches."""
    terms, changed = terms_of(outcome)
    told = [float(terms[to].get(source, 0.0)) for to in FORMS for source in ("theta", "d", "a", "b")]
    needed = {source for slot in changed for source in terms[slot]}
    touched = Touched(
        read_theta="theta" in needed or decays,
        read_a="a" in needed,
        read_b="b" in needed,
        write_a="a" in changed,
        write_b="b" in changed,
        first="m" in slots,
        second="v" in slots,
        largest="largest" in slots,
        keep=keep,
    )
    return Coefficients(*(kind(x) if x != 0.0 else None for x in told)), [flag or None for flag in touched]


def terms_of(outcome: Outcome) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the coefficients of the new theta, a and b, and which of these change."""
    told = dict(outcome)
    terms = {slot: told[slot].terms if slot in told else {slot: 1.0} for slot in FORMS}
    return terms, [slot for slot, form in terms.items() if slot == "theta" or form != {slot: 1.0}]


@lru_cache(maxsize=1)
def pool_of(process: int, threads: int) -> ThreadPoolExecutor:
    """Return threads that wait for work; a forked process, where they are lost, makes its own."""
    return ThreadPoolExecutor(threads, thread_name_prefix="minmax fused step")


def check_fused(params: list[Any], unseen: bool) -> None:
    """Refuse what the fused pass cannot reach."""
    for p in params:
        if p.is_cpu and (p.dtype not in KINDS or not (p.is_contiguous() or dense(p))):
            raise RuntimeError(
                "`fused=True` on the CPU needs dense parameters of float32, bfloat16 or float64; "
                f"got {p.dtype} of shape {tuple(p.shape)} and strides {p.stride()}: leave it out, or compile the step."
            )
    if unseen:
        raise RuntimeError("`fused=True` is compiled already: leave out `capturable` and torch.compile, or `fused`.")


def check_layout(column: list[Any], params: list[Any]) -> None:
    """Refuse gradients or state whose numbers are not laid out in memory as those of the parameters are."""
    for tensor, p in zip(column, params):
        same = (tensor.shape, tensor.dtype, tensor.device) == (p.shape, p.dtype, p.device)
        if not same or alike(tensor, p) is not tensor:
            raise RuntimeError(
                f"A parameter of shape {tuple(p.shape)}, {p.dtype} on {p.device} has a gradient or state of shape "
                f"{tuple(tensor.shape)}, {tensor.dtype} on {tensor.device}: load_state_dict takes parameters in the "
                "order they were saved in, and a parameter that has changed needs a new optimizer."
            )


def dense(p: Any) -> bool:
    """Return whether a tensor's numbers fill a piece of memory, in whatever order."""
    expected = 1
    for stride, size in sorted((s, n) for s, n in zip(p.stride(), p.shape) if n != 1):
        if stride != expected and p.numel() > 0:
            return False
        expected *= size
    return True
