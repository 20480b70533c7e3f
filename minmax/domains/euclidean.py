"""Free space, boxes and the nonnegative orthant: sets whose coordinates do not know of each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax._scalar import exp
from minmax.domains.domain import Domain
from minmax.domains.face import Face, face_of
from minmax.domains.map import Map, OneWay, Plain, Size
from minmax.domains.rows import like, namespace
from minmax.domains.simplex import plogp
from minmax.domains.walls import Walls, walls_of

__all__ = ["Box", "Free", "Orthant"]

DEEP = 700.0  # a dual coordinate beyond this stands for a bound that is reached but for rounding


class Identity(Size, Plain):
    """The map of unconstrained gradient play: the strategy is the dual point."""

    __slots__ = ()
    pointwise = True

    def place(self, theta: Any, i: Any, w: Any) -> Any:
        return theta

    def play(self, theta: Any, x: Any, w: Any) -> None:
        for i in range(x.size):
            x[i] = theta[i]

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return theta + 0.0


@dataclass(frozen=True)
class Free(Domain):
    """All of R^n: a player without constraints.

    Parameters
    ----------
    n : dimension.

    Examples
    --------
    >>> Free(2).using("euclidean").play_rows(np.array([1.0, -2.0]))
    array([ 1., -2.])
    """

    n: int
    bounded = False

    def __post_init__(self) -> None:
        _check.whole("n", self.n, 1)

    def maps(self) -> dict[str, Any]:
        return {"euclidean": lambda: Identity(self.n)}

    def centre(self) -> np.ndarray:
        """Return the start where none is given: ones, since the origin may be the saddle itself."""
        return np.ones(self.n)

    def recession(self, d: np.ndarray) -> np.ndarray:
        """Return d itself."""
        return d

    def walls(self) -> Walls:
        """Return no walls at all."""
        return walls_of(self.centre())

    def face(self, x: np.ndarray, u: np.ndarray, w: float) -> Face:
        """Return the whole space."""
        return face_of(np.ones(self.n, dtype=bool), x + w * u)

    def support(self, u: Any) -> float:
        """Return `max <x, u>`: zero for u = 0, else infinite."""
        return 0.0 if not np.any(u) else math.inf


class Bounds(NamedTuple):
    lower: Any
    upper: Any


class Clip(Bounds, Plain):
    """Projection: `x_i = clip(theta_i, lower_i, upper_i)`."""

    __slots__ = ()
    pointwise = True

    def place(self, theta: Any, i: Any, w: Any) -> Any:
        return min(max(theta, self.lower[i]), self.upper[i])

    def play(self, theta: Any, x: Any, w: Any) -> None:
        for i in range(x.size):
            x[i] = min(max(theta[i], self.lower[i]), self.upper[i])

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        return xp.minimum(xp.maximum(theta, like(self.lower, theta)), like(self.upper, theta))


class Logistic(Bounds, Map):
    """Fermi-Dirac entropy of both distances to the bounds: `lower_i + (upper_i - lower_i) / (1 + exp(-theta_i))`."""

    __slots__ = ()

    @property
    def modulus(self) -> float:
        return 4.0 / float((self.upper - self.lower).max())

    def stuck(self, x: Any) -> int:
        room = np.minimum(x - self.lower, self.upper - x)
        return int(room.argmin()) if room.min() <= 0.0 else -1

    def play(self, theta: Any, x: Any, w: Any) -> None:
        for i in range(x.size):
            small = exp(-abs(theta[i]))
            share = 1.0 / (1.0 + small) if theta[i] > 0.0 else small / (1.0 + small)
            x[i] = self.lower[i] + (self.upper[i] - self.lower[i]) * share

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            low, high = x[i] - self.lower[i], self.upper[i] - x[i]
            if low <= 0.0:
                theta[i] = -DEEP
            elif high <= 0.0:
                theta[i] = DEEP
            else:
                theta[i] = math.log(low / high)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        small = xp.exp(-abs(theta))
        share = xp.where(theta > 0.0, 1.0 / (1.0 + small), small / (1.0 + small))
        return like(self.lower, theta) + like(self.upper - self.lower, theta) * share

    def lift_rows(self, x: Any) -> Any:
        xp = namespace(x)
        low, high = x - like(self.lower, x), like(self.upper, x) - x
        one = xp.ones_like(x)
        inside = (low > 0.0) & (high > 0.0)
        ratio = xp.where(inside, low, one) / xp.where(inside, high, one)
        return xp.where(inside, xp.log(ratio), xp.where(low <= 0.0, -DEEP * one, DEEP * one))


class Corner(Bounds, OneWay):
    """Best response: the upper bound where the utility is positive, else the lower one."""

    __slots__ = ()

    def play(self, theta: Any, x: Any, w: Any) -> None:
        for i in range(x.size):
            x[i] = self.upper[i] if theta[i] > 0.0 else self.lower[i]

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return namespace(theta).where(theta > 0.0, like(self.upper, theta), like(self.lower, theta))


class Exponential(Size, Map):
    """Unnormalised entropy on the orthant: `x_i = exp(theta_i)`."""

    __slots__ = ()

    @property
    def modulus(self) -> float:
        return 0.0  # the entropy flattens out as x grows: no step is safe everywhere

    def stuck(self, x: Any) -> int:
        return int(x.argmin()) if x.min() <= 0.0 else -1

    def play(self, theta: Any, x: Any, w: Any) -> None:
        for i in range(x.size):
            x[i] = exp(min(theta[i], DEEP))

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = math.log(x[i]) if x[i] > 0.0 else -DEEP

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        return xp.exp(xp.clip(theta, None, DEEP))

    def lift_rows(self, x: Any) -> Any:
        xp = namespace(x)
        return xp.where(x > 0.0, xp.log(xp.where(x > 0.0, x, xp.ones_like(x))), -DEEP * xp.ones_like(x))


@dataclass(frozen=True, eq=False)
class Box(Domain):
    """Vectors between two bounds, coordinate by coordinate; a bound may be infinite.

    Parameters
    ----------
    lower, upper : numbers, or (n,) numbers.
    n : dimension, where both bounds are single numbers.

    Examples
    --------
    >>> Box(-1.0, 1.0, n=3).project([2.0, 0.5, -3.0])
    array([ 1. ,  0.5, -1. ])
    >>> Box([0.0, 0.0], [1.0, 2.0]).support([1.0, -1.0])
    1.0
    """

    lower: Any
    upper: Any
    n: int = 0

    def __post_init__(self) -> None:
        sizes = {np.size(bound) for bound in (self.lower, self.upper) if np.ndim(bound) > 0} | ({self.n} - {0})
        if len(sizes) != 1:
            raise ValueError(
                f"`Box` needs one dimension, from its bounds or as `n`; got {sorted(sizes) or 'two numbers and no n'}."
            )
        n = _check.whole("n", sizes.pop(), 1)
        lower, upper = (bound_array(name, getattr(self, name), n) for name in ("lower", "upper"))
        if not (lower <= upper).all():
            i = int((lower > upper).argmax())
            raise ValueError(f"`lower` must not exceed `upper`; entry {i} has {lower[i]:g} > {upper[i]:g}.")
        for name, value in {"lower": lower, "upper": upper, "n": n}.items():
            object.__setattr__(self, name, value)

    @property
    def bounded(self) -> bool:  # type: ignore[override]
        """Whether every bound is finite."""
        return bool(np.isfinite(self.lower).all() and np.isfinite(self.upper).all())

    @property
    def diameter(self) -> float:  # type: ignore[override]
        return float(np.linalg.norm(self.upper - self.lower)) if self.bounded else math.inf

    def maps(self) -> dict[str, Any]:
        closed = {"euclidean": lambda: Clip(self.lower, self.upper)}
        if not self.bounded:
            return closed
        room = {"entropy": lambda: Logistic(self.lower, self.upper)} if (self.lower < self.upper).all() else {}
        return closed | room | {"best-response": lambda: Corner(self.lower, self.upper)}

    def centre(self) -> np.ndarray:
        """Return the midpoint; one off the only bound, or one, where there is no midpoint."""
        low, high = np.isfinite(self.lower), np.isfinite(self.upper)
        lower, upper = np.where(low, self.lower, 0.0), np.where(high, self.upper, 0.0)
        return np.where(low & high, lower / 2 + upper / 2, np.where(high, upper - 1.0, lower + 1.0))

    def recession(self, d: np.ndarray) -> np.ndarray:
        """Return the part of d that no bound stops."""
        return np.clip(
            d, np.where(np.isfinite(self.lower), 0.0, -np.inf), np.where(np.isfinite(self.upper), 0.0, np.inf)
        )

    def walls(self) -> Walls:
        """Return both bounds."""
        return walls_of(self.centre(), self.lower, self.upper)

    def face(self, x: np.ndarray, u: np.ndarray, w: float) -> Face:
        """Return the face that the projection of `x + w u` lies in."""
        theta = x + w * u
        return face_of((theta > self.lower) & (theta < self.upper), self.project(theta))

    def negative_entropy(self, x: np.ndarray) -> float:
        """Return the Fermi-Dirac entropy: `p log p` of both distances to the bounds, summed."""
        return plogp(x - self.lower) + plogp(self.upper - x)

    def support(self, u: Any) -> float:
        """Return `max <x, u>`, infinite where a coordinate is pushed where there is no bound."""
        u = self.vector(u, "u")
        bound = np.where(u > 0.0, self.upper, self.lower)
        return float((np.where(u == 0.0, 0.0, bound) * u).sum())


def bound_array(name: str, value: Any, n: int) -> np.ndarray:
    """Return bounds as n float64 numbers, of which infinite ones are welcome and NaN is not."""
    array = np.array(np.broadcast_to(_check.real_array(name, np.atleast_1d(value), 1), (n,)), dtype=np.float64)
    if np.isnan(array).any():
        raise ValueError(f"`{name}` must be numbers; entry {int(np.isnan(array).argmax())} is nan.")
    return array


@dataclass(frozen=True)
class Orthant(Domain):
    """Vectors without a negative coordinate: multipliers of inequalities.

    Parameters
    ----------
    n : dimension.

    Examples
    --------
    >>> Orthant(2).project([-1.0, 2.0])
    array([0., 2.])
    """

    n: int
    bounded = False

    def __post_init__(self) -> None:
        _check.whole("n", self.n, 1)

    def maps(self) -> dict[str, Any]:
        return {
            "euclidean": lambda: Clip(np.zeros(self.n), np.full(self.n, np.inf)),
            "entropy": lambda: Exponential(self.n),
        }

    def centre(self) -> np.ndarray:
        """Return a vector of ones."""
        return np.ones(self.n)

    def recession(self, d: np.ndarray) -> np.ndarray:
        """Return the part of d that is not negative."""
        return np.maximum(d, 0.0)

    def walls(self) -> Walls:
        """Return the lower bound."""
        return walls_of(self.centre(), 0.0)

    def face(self, x: np.ndarray, u: np.ndarray, w: float) -> Face:
        """Return the face that the projection of `x + w u` lies in."""
        theta = x + w * u
        return face_of(theta > 0.0, self.project(theta))

    def negative_entropy(self, x: np.ndarray) -> float:
        """Return `sum_i x_i log x_i - x_i`."""
        return plogp(x) - float(x.sum())

    def support(self, u: Any) -> float:
        """Return `max <x, u>`: zero where no utility is positive, else infinite."""
        return 0.0 if np.max(u) <= 0.0 else math.inf
