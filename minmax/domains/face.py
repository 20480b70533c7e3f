"""Which part of a set a proximal step ends on, to second order: what a linear system can be solved on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Face", "beside", "face_of", "numbered_on"]


class Face(NamedTuple):
    """The face of a set that a proximal point lies inside, with what is smooth along it: terms, and the set's own bend.

    Attributes
    ----------
    free : (n,) whether a coordinate may move.
    point : (n,) the proximal point; coordinates that are not free stay as they are here.
    groups : (n,) number of the plane a coordinate belongs to, -1 for none.
    normal : (n,) normals of these planes, one beside the other: `normal'x` over a group stays what it is.
    weight, slope : (n,) terms change as `slope'x + weight'x^2 / 2` along the face.
    """

    free: np.ndarray
    point: np.ndarray
    groups: np.ndarray
    normal: np.ndarray
    weight: np.ndarray
    slope: np.ndarray


def face_of(free: np.ndarray, point: np.ndarray, normal: np.ndarray | None = None, weight: float = 0.0) -> Face:
    """Return a face without terms, in one plane of this normal, or in none."""
    plane = np.full(point.size, -1 if normal is None else 0)
    zero = np.zeros(point.size)
    return Face(free, point, plane, zero if normal is None else normal, np.full(point.size, weight), zero)


def beside(faces: list[Face]) -> Face:
    """Return the face of a product."""
    parts: list[Any] = [np.concatenate([getattr(face, name) for face in faces]) for name in Face._fields]
    return Face(*parts)._replace(groups=numbered_on([face.groups for face in faces]))


def numbered_on(columns: list[np.ndarray]) -> np.ndarray:
    """Return columns of numbers, -1 for none, one after the other, each counting on from the one before."""
    counts = np.cumsum([0] + [int(column.max(initial=-1)) + 1 for column in columns])
    return np.concatenate([np.where(column >= 0, column + count, -1) for column, count in zip(columns, counts)])
