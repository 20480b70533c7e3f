"""What keeps a point inside a set, piece by piece: what an interior point stays away from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minmax.domains.face import numbered_on

__all__ = ["Walls", "side_by_side", "walls_of"]


class Walls(NamedTuple):
    """A set as bounds, sums and spheres, and the player's own terms where they are quadratic.

    Attributes
    ----------
    inside : (n,) a point away from all bounds and spheres, with the sums it must have.
    lower, upper : (n,) bounds; infinite ones are none.
    sums : (n,) number of the sum that a coordinate belongs to, which is fixed; -1 for none.
    spheres : (n,) number of the sphere around the origin that a coordinate is kept in; -1 for none.
    radii : of these spheres.
    weight, slope : (n,) terms are `slope'x + weight'x^2 / 2`.
    """

    inside: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    sums: np.ndarray
    spheres: np.ndarray
    radii: np.ndarray
    weight: np.ndarray
    slope: np.ndarray

    @property
    def planes(self) -> int:
        """How many sums and spheres there are."""
        return int(self.sums.max(initial=-1)) + 1 + self.radii.size


def walls_of(
    inside: np.ndarray, lower: Any = -np.inf, upper: Any = np.inf, *, summed: bool = False, radius: float | None = None
) -> Walls:
    """Return the walls of a set without terms."""
    n = inside.size
    lower, upper = (np.broadcast_to(np.asarray(bound, dtype=np.float64), (n,)) for bound in (lower, upper))
    sums, spheres, zero = np.full(n, 0 if summed else -1), np.full(n, -1 if radius is None else 0), np.zeros(n)
    return Walls(inside, lower, upper, sums, spheres, np.array([] if radius is None else [radius]), zero, zero)


def side_by_side(walls: list[Walls]) -> Walls:
    """Return the walls of a product."""
    parts: list[Any] = [np.concatenate([getattr(wall, name) for wall in walls]) for name in Walls._fields]
    sums, spheres = (numbered_on([getattr(wall, name) for wall in walls]) for name in ("sums", "spheres"))
    return Walls(*parts)._replace(sums=sums, spheres=spheres)
