"""What every set of strategies can do, from its maps alone."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from minmax import _check
from minmax.domains.face import Face
from minmax.domains.walls import Walls

__all__ = ["Domain"]

# A point may miss its set by this much, over its size, before it is refused; it is projected in any case.
POINT_TOLERANCE = 1e-5


def size_of(v: np.ndarray) -> float:
    """Return the Euclidean norm of a vector whose squares may overflow."""
    top = float(abs(v).max(initial=0.0))
    return top * float(np.linalg.norm(v / top)) if 0.0 < top < math.inf else top


class Domain:
    """A closed convex set of R^n: its maps, projection, best responses and support function.

    A domain says its maps (`maps`), its best response, and what is particular to it; everything else follows.

    Attributes
    ----------
    n : dimension.
    shape : how a strategy is laid out, (n,) but for sets of matrices.
    bounded : whether every utility has a best response.
    diameter : largest Euclidean distance between two of its points.
    charged : whether the player also pays terms of the domain's own.
    """

    n: int
    bounded: ClassVar[bool] = True
    charged: bool = False
    diameter: float = math.inf

    def maps(self) -> dict[str, Any]:
        """Return the geometries of this set, each with a function that makes its record."""
        raise NotImplementedError(type(self).__name__)

    @property
    def shape(self) -> tuple[int, ...]:
        """How a strategy is laid out."""
        return (self.n,)

    def using(self, geometry: str) -> Any:
        """Return the record of the map called `geometry`, which kernels and rows play through."""
        maps = self.maps()
        if geometry not in maps:
            known = ", ".join(map(repr, maps))
            raise ValueError(
                f"`geometry` must be one that {type(self).__name__} has, {known}; got {geometry!r}: choose a dynamics "
                "with one of these, or another domain."
            )
        return maps[geometry]()

    def centre(self) -> np.ndarray:
        """Return the start where none is given."""
        raise NotImplementedError(type(self).__name__)

    def respond(self, u: Any) -> np.ndarray:
        """Return a best response to the utilities, `argmax <x, u>`; ties go to the lowest index."""
        u = self.vector(u, "u")
        if "best-response" not in self.maps():
            raise ValueError(f"{type(self).__name__}({self.n}) is unbounded: not every utility has a best response.")
        return np.asarray(self.using("best-response").play_rows(u))

    def support(self, u: Any) -> float:
        """Return `max <x, u>` over the set; infinite where there is none."""
        return float(self.respond(u) @ u)

    def supports(self, U: np.ndarray) -> np.ndarray:
        """Return the support function at every row of a matrix."""
        responses = self.using("best-response").play_rows(U) if "best-response" in self.maps() else None
        return np.array([self.support(u) for u in U]) if responses is None else (responses * U).sum(-1)

    def project(self, z: Any) -> np.ndarray:
        """Return the nearest point of the set.

        Parameters
        ----------
        z : (n,) any point.
        """
        return np.asarray(self.using("euclidean").play_rows(self.vector(z, "z")))

    def distance(self, z: Any) -> float:
        """Return how far a point is from the set."""
        z = self.vector(z, "z")
        return size_of(z - self.project(z))

    def contains(self, x: Any, tol: float = 1e-9) -> bool:
        """Whether x is in the set, or no farther from it than `tol` times its own size, or `tol`."""
        x = self.vector(x, "x")
        return self.distance(x) <= tol * max(1.0, size_of(x))

    def negative_entropy(self, x: np.ndarray) -> float:
        """Return the regulariser of the entropy map; only domains with that map have it."""
        raise NotImplementedError(type(self).__name__)

    def face(self, x: np.ndarray, u: np.ndarray, w: float) -> Face | None:
        """Return the face that the proximal step of length w from x along u ends on; None where it is not known."""
        return None

    def recession(self, d: np.ndarray) -> np.ndarray:
        """Return the direction nearest to d that one can go along for ever; zero on a bounded set, or where unknown."""
        return np.zeros(self.n)

    def reach(self, u: np.ndarray) -> float:
        """Return the support function of the set alone, without the player's own terms."""
        return self.support(u)

    def toll(self, d: np.ndarray) -> float:
        """Return what the player's own terms charge for each step along a direction of `recession`."""
        return 0.0

    def walls(self) -> Walls | None:
        """Return the set as bounds, sums and spheres; None where it is not one of these."""
        return None

    def price(self, x: np.ndarray) -> float:
        """Return what the domain's own terms charge for x: nothing, on a plain set."""
        return 0.0

    def point(self, x: Any, name: str = "x") -> np.ndarray:
        """Return `x` as a point of this set, projected, or say what is wrong with it."""
        point = self.vector(x, name)
        off = self.distance(point)
        if off > POINT_TOLERANCE * max(1.0, size_of(point)):
            raise ValueError(
                f"`{name}` must lie in its {type(self).__name__}; it is {off:.3g} away: use the domain's `project`."
            )
        return self.project(point)

    def vector(self, x: Any, name: str) -> np.ndarray:
        """Return `x` as a finite float64 vector of this dimension, flattened, or say what is wrong with it."""
        x = x.reshape(-1) if isinstance(x, np.ndarray) and x.shape == self.shape else x
        point = _check.real_array(name, x, 1).astype(np.float64)
        if point.size != self.n:
            raise ValueError(f"`{name}` must have {self.n} coordinates; got {point.size}.")
        _check.finite(name, point)
        return point
