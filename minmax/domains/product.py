"""Cartesian products: several sets side by side in one vector."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax.domains.domain import Domain
from minmax.domains.face import Face, beside
from minmax.domains.map import Map
from minmax.domains.rows import join
from minmax.domains.walls import Walls, side_by_side

__all__ = ["Product"]


class Parts(NamedTuple):
    first: Any
    rest: Any
    n: int


class Pair(Parts, Map):
    """Two maps side by side, the first on the first n coordinates; the second may be a pair again."""

    __slots__ = ()

    @property
    def invertible(self) -> bool:  # type: ignore[override]
        return bool(self.first.invertible and self.rest.invertible)

    @property
    def compiled(self) -> bool:  # type: ignore[override]
        return bool(self.first.compiled and self.rest.compiled)

    @property
    def iterative(self) -> bool:  # type: ignore[override]
        return bool(self.first.iterative or self.rest.iterative)

    @property
    def pointwise(self) -> bool:  # type: ignore[override]
        return bool(self.first.pointwise and self.rest.pointwise)

    @property
    def modulus(self) -> float:
        return min(self.first.modulus, self.rest.modulus)

    def stuck(self, x: Any) -> int:
        at = self.first.stuck(x[: self.n])
        if at >= 0:
            return int(at)
        at = self.rest.stuck(x[self.n :])
        return self.n + int(at) if at >= 0 else -1

    def place(self, theta: Any, i: Any, w: Any) -> Any:
        return self.first.place(theta, i, w) if i < self.n else self.rest.place(theta, i - self.n, w)

    def play(self, theta: Any, x: Any, w: Any) -> None:
        self.first.play(theta[: self.n], x[: self.n], w)
        self.rest.play(theta[self.n :], x[self.n :], w)

    def lift(self, x: Any, theta: Any) -> None:
        self.first.lift(x[: self.n], theta[: self.n])
        self.rest.lift(x[self.n :], theta[self.n :])

    def values(self, theta: Any, x: Any, u: Any, v: Any) -> Any:
        """Write each part's own local value, and return their sum."""
        first = self.first.values(theta[: self.n], x[: self.n], u[: self.n], v[: self.n])
        return first + self.rest.values(theta[self.n :], x[self.n :], u[self.n :], v[self.n :])

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return join(self.first.play_rows(theta[..., : self.n], w), self.rest.play_rows(theta[..., self.n :], w))

    def lift_rows(self, x: Any) -> Any:
        return join(self.first.lift_rows(x[..., : self.n]), self.rest.lift_rows(x[..., self.n :]))

    def values_rows(self, theta: Any, x: Any, u: Any) -> tuple[Any, Any]:
        first, own = self.first.values_rows(theta[..., : self.n], x[..., : self.n], u[..., : self.n])
        rest, others = self.rest.values_rows(theta[..., self.n :], x[..., self.n :], u[..., self.n :])
        return first + rest, join(own + 0.0 * x[..., : self.n], others + 0.0 * x[..., self.n :])


def paired(maps: list[Any], sizes: list[int]) -> Any:
    """Return the map of all parts: the first beside the map of the others."""
    return maps[0] if len(maps) == 1 else Pair(maps[0], paired(maps[1:], sizes[1:]), sizes[0])


class Product(Domain):
    """The Cartesian product of several domains; a strategy is theirs, one after the other.

    Parameters
    ----------
    parts : domains, at least one; products among them are taken apart.

    Examples
    --------
    >>> from minmax import Box, Simplex
    >>> both = Product(Simplex(2), Box(-1.0, 1.0, n=1))
    >>> both.project([3.0, 2.0, 5.0]), both.split(np.array([0.5, 0.5, 1.0]))[1]
    (array([1., 0., 1.]), array([1.]))
    """

    def __init__(self, *parts: Any) -> None:
        if not parts or not all(isinstance(part, Domain) for part in parts):
            raise TypeError(f"`Product` takes domains, such as Product(Simplex(3), Box(0, 1, n=2)); got {parts!r}.")
        self.parts: tuple[Any, ...] = tuple(
            piece for part in parts for piece in (part.parts if isinstance(part, Product) else (part,))
        )
        self.n = sum(part.n for part in self.parts)
        self.charged = any(part.charged for part in self.parts)

    def __repr__(self) -> str:
        return f"Product({', '.join(map(repr, self.parts))})"

    @property
    def bounded(self) -> bool:  # type: ignore[override]
        """Whether every part is bounded."""
        return all(part.bounded for part in self.parts)

    @property
    def diameter(self) -> float:  # type: ignore[override]
        return math.hypot(*(part.diameter for part in self.parts))

    @cached_property
    def edges(self) -> np.ndarray:
        """Where each part but the first begins."""
        return np.cumsum([part.n for part in self.parts])[:-1]

    def split(self, x: Any) -> list[np.ndarray]:
        """Return each part's own strategy, as views."""
        return np.split(np.asarray(x), self.edges)

    def maps(self) -> dict[str, Any]:
        shared = set.intersection(*(set(part.maps()) for part in self.parts))
        return {
            name: lambda name=name: paired([part.using(name) for part in self.parts], [part.n for part in self.parts])
            for name in self.parts[0].maps()
            if name in shared
        }

    def project(self, z: Any) -> np.ndarray:
        """Return the nearest point of the set, part by part."""
        z = self.vector(z, "z")
        return np.concatenate([part.project(piece) for part, piece in zip(self.parts, self.split(z))])

    def centre(self) -> np.ndarray:
        """Return the centres of the parts."""
        return np.concatenate([part.centre() for part in self.parts])

    def support(self, u: Any) -> float:
        """Return `max <x, u>`, the sum over the parts."""
        return float(sum(part.support(piece) for part, piece in zip(self.parts, self.split(self.vector(u, "u")))))

    def price(self, x: np.ndarray) -> float:
        """Return what the parts' own terms charge."""
        return float(sum(part.price(piece) for part, piece in zip(self.parts, self.split(x))))

    def face(self, x: np.ndarray, u: np.ndarray, w: float) -> Face | None:
        """Return the faces of the parts, side by side; None where one has none."""
        faces = [part.face(*pieces, w) for part, *pieces in zip(self.parts, self.split(x), self.split(u))]
        return None if any(face is None for face in faces) else beside(faces)

    def recession(self, d: np.ndarray) -> np.ndarray:
        """Return the parts' own directions."""
        return np.concatenate([part.recession(piece) for part, piece in zip(self.parts, self.split(d))])

    def reach(self, u: np.ndarray) -> float:
        """Return the sum of the parts' own."""
        return float(sum(part.reach(piece) for part, piece in zip(self.parts, self.split(u))))

    def toll(self, d: np.ndarray) -> float:
        """Return what the parts' own terms charge."""
        return float(sum(part.toll(piece) for part, piece in zip(self.parts, self.split(d))))

    def walls(self) -> Walls | None:
        """Return the walls of the parts, side by side; None where one has none."""
        walls = [part.walls() for part in self.parts]
        return None if any(wall is None for wall in walls) else side_by_side(walls)

    def negative_entropy(self, x: np.ndarray) -> float:
        """Return the sum of the parts' negative entropies."""
        return float(sum(part.negative_entropy(piece) for part, piece in zip(self.parts, self.split(x))))

    def respond(self, u: Any) -> np.ndarray:
        """Return a best response to the utilities, part by part."""
        u = self.vector(u, "u")
        return np.concatenate([part.respond(piece) for part, piece in zip(self.parts, self.split(u))])
