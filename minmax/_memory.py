"""Numbers in memory, by address, and sums of parts that may be missing: interpreted here, compiled in `_compile`."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

__all__ = ["joined", "narrowed", "read", "root", "term", "widened", "write"]


def read(address: int, i: int, like: Any, place: int) -> Any:
    """Return the i-th number in memory at an address, of the kind that the array `like` holds.

    Memory of one `place`, a constant, does not overlap with that of another.
    """
    return np.ctypeslib.as_array((np.ctypeslib.as_ctypes_type(like.dtype) * (i + 1)).from_address(int(address)))[i]


def write(address: int, i: int, x: Any, like: Any, place: int) -> None:
    """Put a number in memory where `read` would find it."""
    np.ctypeslib.as_array((np.ctypeslib.as_ctypes_type(like.dtype) * (i + 1)).from_address(int(address)))[i] = x


def widened(x: Any) -> Any:
    """Return a stored number as it is computed with: bfloat16, held as 16 bits, becomes a float."""
    if not isinstance(x, np.uint16):
        return x
    return np.float32(struct.unpack("<f", struct.pack("<I", int(x) << 16))[0])


def narrowed(x: Any, like: Any) -> Any:
    """Return a number as an array like `like` stores it: bfloat16 takes the nearest, ties to even, NaN stays NaN."""
    if like.dtype != np.uint16:
        return x
    bits = struct.unpack("<I", struct.pack("<f", x))[0]
    if x != x:
        return np.uint16(bits >> 16 | 64)
    return np.uint16((bits + 32767 + (bits >> 16 & 1)) >> 16)


def root(x: Any) -> Any:
    """Return the square root in the number's own precision; compiled, without a library's call that sets an error."""
    return np.sqrt(x)


def term(c: Any, x: Any) -> Any:
    """Return `c x`, or nothing where c is None: what has no part in a sum must not bring its infinities into it."""
    return None if c is None else c * x


def joined(p: Any, q: Any) -> Any:
    """Return `p + q` of two numbers, either of which may be None."""
    return q if p is None else p if q is None else p + q
