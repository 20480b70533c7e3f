"""Bilinear saddle problems on given domains; so far without linear terms."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from minmax.domains import Free, Simplex
from minmax.games.coupling import Coupling, coupling
from minmax.games.matrix import EPS, BilinearPlay, Certificate, relative

__all__ = ["BilinearGame"]


@dataclass(frozen=True, eq=False)
class BilinearGame(BilinearPlay):
    """The saddle problem `min over x in X, max over y in Y, x'Ay`.

    Where a domain is unbounded no duality gap exists, and the merit is the norm of the operator's natural
    residual, `L |z - P(z - F(z) / L)|` with L the norm of A; on free space that is `|F(z)|`.

    Parameters
    ----------
    A : (n, m) coupling: array, scipy sparse array or LinearOperator.
    X, Y : domains; free space where not given.

    Examples
    --------
    The scalar game `f = x y`, on which gradient descent-ascent circles outwards:

    >>> game = BilinearGame([[1.0]])
    >>> game.certificate([3.0], [4.0]).gap
    5.0
    """

    A: Any
    X: Any = None
    Y: Any = None
    name: str = field(default="", kw_only=True)
    coupling: Coupling = field(init=False, repr=False)

    sign = 1.0

    def __post_init__(self) -> None:
        held = coupling("A", self.A)
        n, m = held.shape
        X, Y = self.X if self.X is not None else Free(n), self.Y if self.Y is not None else Free(m)
        if not isinstance(X, (Free, Simplex)) or not isinstance(Y, (Free, Simplex)):
            raise TypeError(f"`X` and `Y` must be domains such as Free(n) or Simplex(n); got {X!r} and {Y!r}.")
        if (X.n, Y.n) != (n, m):
            raise ValueError(f"`A` must have shape {(X.n, Y.n)}, that of the domains; got {(n, m)}.")
        for key, value in {"A": held.A, "coupling": held, "X": X, "Y": Y}.items():
            object.__setattr__(self, key, value)

    @property
    def domains(self) -> tuple[Any, Any]:
        """Where x and y move."""
        return self.X, self.Y

    @property
    def bounded(self) -> bool:
        return bool(self.X.bounded and self.Y.bounded)

    @property
    def merit(self) -> str:
        """What `gap` measures."""
        return "duality gap" if self.bounded else "residual"

    @cached_property
    def norm(self) -> float:
        """Lipschitz constant of the operator."""
        return self.coupling.norm(centred=self.bounded)

    @property
    def scale(self) -> float:
        """What `tol` is relative to: that of a matrix game on bounded domains, else the norm of the coupling."""
        return super().scale if self.bounded else self.norm

    @property
    def scale_kind(self) -> str:
        """What the scale measures."""
        return super().scale_kind if self.bounded else "operator norm estimate"

    @property
    def floor(self) -> float:
        """Merit below which float64 cannot certify."""
        return super().floor if self.bounded else 0.0

    def value(self, x: Any, y: Any) -> float:
        """Return `x'Ay`."""
        return self.certificate(x, y).value

    def gap(self, x: Any, y: Any) -> float:
        """Return the merit of a pair: the duality gap, or the residual where a domain is unbounded."""
        return self.certificate(x, y).gap

    def certificate(self, x: Any, y: Any) -> Certificate:
        """Return value, bounds and merit of a pair, computed afresh in float64."""
        return self.score(self.X.point(x, "x"), self.Y.point(y, "y"))

    def score(self, x: np.ndarray, y: np.ndarray) -> Certificate:
        """Return the certificate of points that need no check."""
        by_row, by_column = self.coupling.times(y), self.coupling.transposed(x)
        value = float(x @ by_row)
        if self.bounded:
            slack = (sum(self.shape) + 8) * EPS * self.coupling.largest
            low, high = -self.X.support(-by_row), self.Y.support(by_column)
            lower, upper = low - slack, high + slack
            return Certificate(
                value, lower, upper, max(high - low, 0.0), relative(upper - lower, self.scale), self.merit
            )
        size = self.norm or 1.0
        move_x = x - self.X.using("euclidean").play_rows(x - by_row / size)
        move_y = y - self.Y.using("euclidean").play_rows(y + by_column / size)
        residual = size * float(np.hypot(np.linalg.norm(move_x), np.linalg.norm(move_y)))
        return Certificate(value, -math.inf, math.inf, residual, relative(residual, self.scale), self.merit)
