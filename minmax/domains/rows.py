"""The few array operations that numpy and torch spell differently, for maps on rows."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

__all__ = ["add_at", "by_segment", "each_row", "join", "like", "namespace", "one_hot", "pick", "sort"]


def namespace(array: Any) -> Any:
    """Return the module that computes on `array`: torch for a tensor, else numpy; torch is never imported here."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(array, torch.Tensor) else np


def like(numbers: Any, array: Any) -> Any:
    """Return an array of numbers as one of the kind, device and shape of `array`."""
    xp = namespace(array)
    return 0.0 * array + (numbers if xp is np else xp.as_tensor(numbers, dtype=array.dtype, device=array.device))


def sort(array: Any) -> Any:
    """Return the last axis in descending order."""
    xp = namespace(array)
    return np.sort(array, -1)[..., ::-1] if xp is np else xp.sort(array, -1, descending=True)[0]


def one_hot(array: Any) -> Any:
    """Return 1 at the first largest entry of the last axis, else 0."""
    xp = namespace(array)
    first = array.argmax(-1)[..., None]
    # torch does not promise the first of equal entries, so it is asked for.
    if xp is not np:
        n = array.shape[-1]
        index = xp.arange(n, device=array.device).expand_as(array)
        first = xp.where(array == xp.amax(array, -1)[..., None], index, n).amin(-1)[..., None]
    index = xp.arange(array.shape[-1], device=array.device)
    return (index == first) * 1.0


def pick(array: Any, index: Any) -> Any:
    """Return the entries of the last axis that `index` names, row by row."""
    xp = namespace(array)
    return xp.take_along_axis(array, index, -1) if xp is np else array.gather(-1, index)


def add_at(array: Any, index: Any, values: Any) -> None:
    """Add values to the entries of the last axis that `index` names, in place; entries named twice get both."""
    place: Any = (..., index)
    if namespace(array) is np:
        np.add.at(array, place, values)
    else:
        array.index_add_(-1, whole_like(index, array), values)


def by_segment(what: str, array: Any, starts: Any, owner: Any) -> Any:
    """Return the sum or the largest entry of each stretch of the last axis.

    Parameters
    ----------
    what : "sum" or "max".
    array : (..., n).
    starts, owner : numpy arrays: where each stretch begins, the first at zero, and the stretch of each entry.
    """
    xp = namespace(array)
    if xp is np:
        return (np.add if what == "sum" else np.maximum).reduceat(array, starts, axis=-1)
    found = array.new_zeros((*array.shape[:-1], starts.size))
    return found.scatter_reduce(
        -1, whole_like(owner, array).expand_as(array), array, "sum" if what == "sum" else "amax", include_self=False
    )


def whole_like(index: Any, array: Any) -> Any:
    """Return whole numbers where an array lives."""
    xp = namespace(array)
    return index if xp is np else xp.as_tensor(index, device=array.device)


def each_row(verb: Any, theta: Any) -> Any:
    """Return what a verb makes of each row, as an array of theta's own kind."""
    rows = np.asarray(theta, dtype=np.float64)
    played = np.array([verb(row) for row in rows.reshape(-1, rows.shape[-1])]).reshape(rows.shape)
    xp = namespace(theta)
    return played if xp is np else xp.asarray(played, dtype=theta.dtype, device=theta.device)


def join(first: Any, second: Any) -> Any:
    """Return two arrays side by side along the last axis."""
    xp = namespace(first)
    return xp.concatenate((first, second), -1)
