"""Balls around the origin in the 1-, 2- and infinity-norm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.domains.domain import Domain
from minmax.domains.euclidean import Clip, Corner
from minmax.domains.face import Face, face_of
from minmax.domains.map import OneWay, Plain
from minmax.domains.rows import namespace, one_hot
from minmax.domains.simplex import excess_threshold_rows
from minmax.domains.walls import Walls, walls_of

__all__ = ["Ball"]


def norm_of(theta: Any) -> float:
    """Euclidean norm, safe from overflow and underflow of the squares."""
    top = 0.0
    for i in range(theta.size):
        top = max(top, abs(theta[i]))
    if not 0.0 < top < math.inf:
        return top
    total = 0.0
    for i in range(theta.size):
        total += (theta[i] / top) * (theta[i] / top)
    return top * math.sqrt(total)


def norm_rows(theta: Any) -> Any:
    """Euclidean norm of each row, kept as a column."""
    xp = namespace(theta)
    top = xp.amax(abs(theta), -1)[..., None]
    safe = xp.where(top > 0.0, top, xp.ones_like(top))
    return top * xp.sqrt(((theta / safe) ** 2).sum(-1)[..., None])


class Radius(NamedTuple):
    n: int
    radius: float


class Shrink(Radius, Plain):
    """Projection on the 2-ball: `x = theta min(1, r / |theta|)`."""

    __slots__ = ()

    def play(self, theta: Any, x: Any, w: Any) -> None:
        size = norm_of(theta)
        scale = self.radius / size if size > self.radius else 1.0
        for i in range(x.size):
            x[i] = theta[i] * scale

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        size = norm_rows(theta)
        return theta * xp.where(size > self.radius, self.radius / xp.maximum(size, 0.0 * size + self.radius), 1.0)


class Pole(Radius, OneWay):
    """Best response on the 2-ball: `x = r u / |u|`; the origin where u is zero."""

    __slots__ = ()

    def play(self, theta: Any, x: Any, w: Any) -> None:
        size = norm_of(theta)
        scale = self.radius / size if size > 0.0 else 0.0
        for i in range(x.size):
            x[i] = theta[i] * scale

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        size = norm_rows(theta)
        return theta * (self.radius * (size > 0.0) / xp.where(size > 0.0, size, xp.ones_like(size)))


class Threshold(Radius, Plain):
    """Projection on the 1-ball: sizes are cut by the tau that projects them on the simplex."""

    __slots__ = ()

    def play(self, theta: Any, x: Any, w: Any) -> None:
        total = 0.0
        for i in range(x.size):
            x[i] = theta[i]
            total += abs(x[i])
        if total > self.radius:
            cut(x, self.radius)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        size = abs(theta)
        top = xp.amax(size, -1)[..., None]
        tau = excess_threshold_rows(size - top, self.radius) + top
        inside = size.sum(-1)[..., None] <= self.radius
        return xp.where(inside, theta, xp.sign(theta) * xp.clip(size - tau, 0.0, None))


def cut(x: Any, radius: float) -> None:
    """Project a vector outside the 1-ball on it, in place, by Michelot's descent of the threshold."""
    top = 0.0
    for i in range(x.size):
        top = max(top, abs(x[i]))
    excess = 0.0
    for i in range(x.size):
        excess += abs(x[i]) - top
    tau = (excess - radius) / x.size
    for _ in range(x.size + 1):
        excess = 0.0
        count = 0
        for i in range(x.size):
            z = abs(x[i]) - top
            if z > tau:
                excess += z
                count += 1
        new = (excess - radius) / max(count, 1)
        if not new > tau:
            break
        tau = new
    for i in range(x.size):
        size = max(abs(x[i]) - top - tau, 0.0)
        x[i] = size if x[i] > 0.0 else -size


class Spike(Radius, OneWay):
    """Best response on the 1-ball: everything on the first coordinate of largest size, with its sign."""

    __slots__ = ()

    def play(self, theta: Any, x: Any, w: Any) -> None:
        best = 0
        top = theta[0]
        for i in range(x.size):
            if abs(theta[i]) > abs(top):
                best, top = i, theta[i]
            x[i] = 0.0
        x[best] = self.radius if top > 0.0 else (-self.radius if top < 0.0 else 0.0)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return one_hot(abs(theta)) * namespace(theta).sign(theta) * self.radius


@dataclass(frozen=True)
class Ball(Domain):
    """Vectors of norm at most `radius`.

    Parameters
    ----------
    n : dimension.
    radius : positive number.
    norm : 1, 2 or infinity.

    Examples
    --------
    >>> Ball(2).project([3.0, 4.0])
    array([0.6, 0.8])
    >>> Ball(3, radius=2.0, norm=1).respond([1.0, -5.0, 2.0])
    array([ 0., -2.,  0.])
    >>> Ball(2, norm=float("inf")).support([1.0, -2.0])
    3.0
    """

    n: int
    radius: float = 1.0
    norm: float = 2

    def __post_init__(self) -> None:
        _check.whole("n", self.n, 1)
        object.__setattr__(self, "radius", _check.positive("radius", self.radius))
        if self.norm not in (1, 2, math.inf):
            raise ValueError(f"`norm` must be 1, 2 or infinity; got {self.norm!r}.")

    def maps(self) -> dict[str, Any]:
        if self.norm == math.inf:
            far = np.full(self.n, self.radius)
            return {"euclidean": lambda: Clip(-far, far), "best-response": lambda: Corner(-far, far)}
        nearest, best = (Threshold, Spike) if self.norm == 1 else (Shrink, Pole)
        return {
            "euclidean": lambda: nearest(self.n, self.radius),
            "best-response": lambda: best(self.n, self.radius),
        }

    @property
    def diameter(self) -> float:  # type: ignore[override]
        return 2.0 * self.radius * (math.sqrt(self.n) if self.norm == math.inf else 1.0)

    def centre(self) -> np.ndarray:
        """Return the origin."""
        return np.zeros(self.n)

    def walls(self) -> Walls | None:
        """Return the sphere or the bounds; the 1-ball has too many faces."""
        if self.norm == math.inf:
            return walls_of(self.centre(), -self.radius, self.radius)
        return walls_of(self.centre(), radius=self.radius) if self.norm == 2 else None

    def face(self, x: np.ndarray, u: np.ndarray, w: float) -> Face:
        """Return the face that the projection of `x + w u` lies in; the sphere's is its tangent, and bends."""
        theta = x + w * u
        if self.norm == math.inf:
            return face_of(abs(theta) < self.radius, self.project(theta))
        size = float(np.linalg.norm(theta, self.norm))
        if size <= self.radius:
            return face_of(np.ones(self.n, dtype=bool), theta)
        if self.norm == 1:
            point = self.project(theta)
            return face_of(point != 0.0, point, np.sign(point))
        normal = theta / size
        return face_of(np.ones(self.n, dtype=bool), self.radius * normal, normal, (size / self.radius - 1.0) / w)


COMPILED = (norm_of, cut)
