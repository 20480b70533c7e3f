"""Which part of a set a proximal step ends on, to second order: what a linear system can be solved on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Face", "beside", "face_of"]


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
    groups, before = [], 0
    for face in faces:
        groups.append(np.where(face.groups >= 0, face.groups + before, -1))
        before += int(face.groups.max(initial=-1)) + 1
    parts: list[Any] = [np.concatenate([getattr(face, name) for face in faces]) for name in Face._fields]
    return Face(parts[0], parts[1], np.concatenate(groups), *parts[3:])
