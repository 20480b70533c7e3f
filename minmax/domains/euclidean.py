"""Domains of Euclidean space: so far the whole of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from minmax import _check
from minmax.domains.map import Map

__all__ = ["Free"]


class Identity(Map):
    """The map of unconstrained gradient play: the strategy is the dual point."""

    __slots__ = ()

    def play(self, theta: Any, x: Any) -> None:
        for i in range(x.size):
            x[i] = theta[i]

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = x[i]

    def play_rows(self, theta: Any) -> Any:
        return theta + 0.0

    def lift_rows(self, x: Any) -> Any:
        return x + 0.0


@dataclass(frozen=True)
class Free:
    """All of R^n: a player without constraints.

    Examples
    --------
    >>> Free(2).using("euclidean").play_rows(np.array([1.0, -2.0]))
    array([ 1., -2.])
    """

    n: int
    bounded: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _check.whole("n", self.n, 1)

    def using(self, geometry: str) -> Any:
        """Return the record of the map; only the Euclidean one exists without constraints."""
        if geometry != "euclidean":
            raise ValueError(
                f"Free space has only the 'euclidean' geometry; got {geometry!r}: use a gradient dynamics or a simplex."
            )
        return Identity(self.n)

    def centre(self) -> np.ndarray:
        """Return the start where none is given: ones, since the origin may be the saddle itself."""
        return np.ones(self.n)

    def point(self, x: Any, name: str = "x") -> np.ndarray:
        """Return `x` as a finite vector of this space, or say what is wrong with it."""
        point = _check.real_array(name, x, 1).astype(np.float64)
        if point.size != self.n:
            raise ValueError(f"`{name}` must have {self.n} coordinates; got {point.size}.")
        _check.finite(name, point)
        return point

    def support(self, u: np.ndarray) -> float:
        """Return `max <x, u>`: zero for u = 0, else infinite."""
        return 0.0 if not np.any(u) else float("inf")
