"""Input checks: each raises one sentence that says what, expected, got and the remedy."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "choice",
    "finite",
    "in_folder",
    "labels",
    "not_negative",
    "positive",
    "real_array",
    "strategy",
    "vector",
    "whole",
]

# A strategy may miss the simplex by this much before it is refused: text files with six
# decimals round each probability by 5e-7, and the certificate is computed after renormalising.
STRATEGY_TOLERANCE = 1e-5


def positive(name: str, value: Any) -> float:
    """Return `value` as a float that is finite and above zero.

    Examples
    --------
    >>> positive("eta", -0.1)
    Traceback (most recent call last):
        ...
    ValueError: `eta` must be a positive number; got -0.1.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"`{name}` must be a positive number; got {value!r}.")
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"`{name}` must be a positive number; got {value!r}.")
    return float(value)


def not_negative(name: str, value: Any) -> float:
    """Return `value` as a float that is finite and not below zero."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"`{name}` must be a number of at least 0; got {value!r}.")
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError(f"`{name}` must be a finite number of at least 0; got {value!r}.")
    return float(value)


def whole(name: str, value: Any, least: int = 0) -> int:
    """Return `value` as an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"`{name}` must be a whole number of at least {least}; got {value!r}.")
    if value < least:
        raise ValueError(f"`{name}` must be a whole number of at least {least}; got {value!r}.")
    return int(value)


def choice(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Return `value` where it is one of `allowed`; the error names the nearest spelling."""
    options = tuple(allowed)
    if value in options:
        return str(value)
    near = difflib.get_close_matches(str(value), options, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise ValueError(f"`{name}` must be one of {', '.join(map(repr, options))}; got {value!r}{hint}")


def real_array(name: str, value: Any, ndim: int) -> np.ndarray:
    """Return `value` as a float32 or float64 array of `ndim` dimensions with no copy where it is one."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"`{name}` must be a rectangular array of numbers; its rows differ in length.") from None
    if array.dtype == object or array.dtype.kind not in "fiub":
        raise TypeError(f"`{name}` must hold real numbers; got dtype {array.dtype}.")
    if array.ndim != ndim:
        raise ValueError(f"`{name}` must have {ndim} dimension{'s' * (ndim > 1)}; got shape {array.shape}.")
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; got shape {array.shape}.")
    if array.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        array = array.astype(np.float64)
    return array


def finite(name: str, array: np.ndarray) -> None:
    """Refuse NaN and infinity, naming the first place where one stands."""
    if array.ndim == 1 and np.isfinite(array).all():
        return
    for index in range(array.shape[0]):
        bad = np.flatnonzero(~np.isfinite(array[index]))
        if bad.size:
            where = (index, int(bad[0])) if array.ndim > 1 else (index,)
            raise ValueError(f"`{name}` must be finite; entry {where} is {array[where]}.")


@lru_cache(maxsize=32)
def numbered(size: int) -> tuple[str, ...]:
    """Return the numbers from 1 on as labels."""
    return tuple(str(i + 1) for i in range(size))


def labels(name: str, value: Sequence[str] | None, size: int) -> tuple[str, ...]:
    """Return `size` action labels; numbers from 1 where none are given."""
    if value is None:
        return numbered(size)
    if isinstance(value, str):
        raise TypeError(f"`{name}` must be a sequence of {size} labels; got the single text {value!r}.")
    result = tuple(str(label) for label in value)
    if len(result) != size:
        raise ValueError(f"`{name}` must have {size} labels, one for each action; got {len(result)}.")
    return result


def vector(name: str, value: Any, size: int) -> np.ndarray:
    """Return a number, or `size` of them, as a new finite float64 array."""
    if np.ndim(value) == 0 and not isinstance(value, (bool, str)) and value is not None:
        value = np.full(size, value)
    array = real_array(name, value, 1).astype(np.float64)
    if array.size != size:
        raise ValueError(f"`{name}` must be a number or {size} numbers; got {array.size}.")
    finite(name, array)
    return array


def strategy(name: str, value: Any, size: int, total: float = 1.0) -> np.ndarray:
    """Return a point of the simplex as a new float64 array, or say how it misses."""
    x = real_array(name, value, 1).astype(np.float64)
    if x.size != size:
        raise ValueError(f"`{name}` must have {size} probabilities, one for each action; got {x.size}.")
    finite(name, x)
    if x.min() < -STRATEGY_TOLERANCE * total:
        raise ValueError(f"`{name}` must have no negative probability; entry {int(x.argmin())} is {x.min():.6g}.")
    if abs(x.sum() - total) > STRATEGY_TOLERANCE * total:
        raise ValueError(f"`{name}` must sum to {total:g}; it sums to {x.sum():.9g}: divide it by its sum.")
    return x


def in_folder(path: Path) -> None:
    """Refuse a file to be written whose folder is not there."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}; make it first.")
