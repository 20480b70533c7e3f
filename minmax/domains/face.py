"""Which part of a polyhedral set a projection ends on: what a linear system can be solved on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Face", "beside", "face_of"]


class Face(NamedTuple):
    """The face of a set that a proximal point lies inside, and the terms that are smooth along it.

    Attributes
    ----------
    free : (n,) whether a coordinate may move.
    point : (n,) the proximal point; coordinates that are not free stay as they are here.
    groups : (n,) number of the sum a coordinate belongs to, which stays what it is; -1 for none.
    weight, slope : (n,) curvature and slope of the domain's own terms along the face.
    """

    free: np.ndarray
    point: np.ndarray
    groups: np.ndarray
    weight: np.ndarray
    slope: np.ndarray


def face_of(free: np.ndarray, point: np.ndarray, *, summed: bool) -> Face:
    """Return a face without terms, all of whose coordinates have one fixed sum, or none."""
    zero = np.zeros(point.size)
    return Face(free, point, np.full(point.size, 0 if summed else -1), zero, zero)


def beside(faces: list[Face]) -> Face:
    """Return the face of a product."""
    groups, before = [], 0
    for face in faces:
        groups.append(np.where(face.groups >= 0, face.groups + before, -1))
        before += int(face.groups.max(initial=-1)) + 1
    parts: list[Any] = [np.concatenate([getattr(face, name) for face in faces]) for name in Face._fields]
    return Face(parts[0], parts[1], np.concatenate(groups), parts[3], parts[4])
