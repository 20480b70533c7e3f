"""The simplex of mixed strategies, and its maps from dual points to strategies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax._scalar import exp
from minmax.domains.domain import Domain
from minmax.domains.face import Face, face_of
from minmax.domains.map import SMALLEST, Logarithmic, Map, OneWay, Plain
from minmax.domains.rows import namespace, one_hot, sort
from minmax.domains.walls import Walls, walls_of

__all__ = ["Simplex"]

SWEEPS = 200  # Newton and Michelot need about ten; the bound only ends a loop on NaN


def largest(theta: Any) -> float:
    """Largest entry."""
    top = theta[0]
    for i in range(1, theta.size):
        top = max(top, theta[i])
    return top


def exponentials(theta: Any, x: Any) -> None:
    """Write `exp(theta)` over that of the largest entry."""
    top = largest(theta)
    for i in range(x.size):
        x[i] = exp(theta[i] - top)


def normalise(x: Any, total: float, wanted: float) -> None:
    """Scale a vector of sum `total` to the sum wanted, in place."""
    for i in range(x.size):
        x[i] = x[i] / total * wanted


def excess_threshold(theta: Any, total: float) -> float:
    """Return the tau at which the excesses `max(theta - tau, 0)` sum to `total`, less the largest entry.

    Michelot's descent of the threshold: no memory, no sort, a few sweeps.
    """
    top = largest(theta)
    excess = 0.0
    for i in range(theta.size):
        excess += theta[i] - top
    tau = (excess - total) / theta.size
    for _ in range(theta.size + SWEEPS):
        excess = 0.0
        count = 0
        for i in range(theta.size):
            z = theta[i] - top
            if z > tau:
                excess += z
                count += 1
        new = (excess - total) / max(count, 1)
        if not new > tau:
            break
        tau = new
    return tau


def excess_threshold_rows(z: Any, total: float) -> Any:
    """Return `excess_threshold` of each row, by a sort; the largest entry of each row of z is zero."""
    xp = namespace(z)
    count = xp.arange(1, z.shape[-1] + 1, device=z.device)
    return xp.amax((xp.cumsum(sort(z), -1) - total) / count, -1)[..., None]


def plogp(x: np.ndarray) -> float:
    """Return `sum_i x_i log x_i`, zero where x is."""
    return float((x * np.log(np.where(x > 0.0, x, 1.0))).sum())


class Measure(NamedTuple):
    n: int
    total: float


class Entropy(Measure, Logarithmic):
    """Softmax: `x_i` proportional to `exp(theta_i)`."""

    __slots__ = ()

    @property
    def modulus(self) -> float:
        return 1.0 / self.total

    def play(self, theta: Any, x: Any, w: Any) -> None:
        exponentials(theta, x)
        total = 0.0
        for i in range(x.size):
            total += x[i]
        normalise(x, total, self.total)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        weight = xp.exp(theta - xp.amax(theta, -1)[..., None])
        return weight / weight.sum(-1)[..., None] * self.total


class Euclidean(Measure, Plain):
    """Projection in the Euclidean norm: `x_i = max(theta_i - tau, 0)`."""

    __slots__ = ()

    def play(self, theta: Any, x: Any, w: Any) -> None:
        top = largest(theta)
        tau = excess_threshold(theta, self.total)
        total = 0.0
        for i in range(x.size):
            x[i] = max(theta[i] - top - tau, 0.0)
            total += x[i]
        normalise(x, total, self.total)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        z = theta - xp.amax(theta, -1)[..., None]
        x = xp.clip(z - excess_threshold_rows(z, self.total), 0.0, None)
        return x / x.sum(-1)[..., None] * self.total


class LogBarrier(Measure, Map):
    """Log barrier: `x_i = 1 / (lam - theta_i)` with the `lam` that makes the sum right."""

    __slots__ = ()

    @property
    def modulus(self) -> float:
        return 1.0 / self.total**2

    def stuck(self, x: Any) -> int:
        return int(x.argmin()) if x.min() <= 0.0 else -1

    def play(self, theta: Any, x: Any, w: Any) -> None:
        # The sum is convex and decreasing in lam, so Newton from the left end climbs to the root.
        top = largest(theta)
        lam = 1.0 / self.total
        for _ in range(SWEEPS):
            total = 0.0
            slope = 0.0
            for i in range(x.size):
                share = 1.0 / (lam - (theta[i] - top))
                total += share
                slope += share * share
            new = lam + (total - self.total) / slope
            if not new > lam:
                break
            lam = new
        total = 0.0
        for i in range(x.size):
            x[i] = 1.0 / (lam - (theta[i] - top))
            total += x[i]
        normalise(x, total, self.total)

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = -1.0 / max(x[i], SMALLEST)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        z = theta - xp.amax(theta, -1)[..., None]
        lam = xp.ones_like(z[..., :1]) / self.total
        for _ in range(SWEEPS):
            share = 1.0 / (lam - z)
            rise = (share.sum(-1)[..., None] - self.total) / (share * share).sum(-1)[..., None]
            new = xp.maximum(lam, lam + rise)
            if not (new > lam).any():
                break
            lam = new
        x = 1.0 / (lam - z)
        return x / x.sum(-1)[..., None] * self.total

    def lift_rows(self, x: Any) -> Any:
        return -1.0 / namespace(x).clip(x, SMALLEST, None)


class Regret(Measure, OneWay):
    """Play in proportion to the positive part; uniform where there is none."""

    __slots__ = ()
    separable = True

    def weigh(self, theta: Any) -> Any:
        return max(theta, 0.0)

    def play(self, theta: Any, x: Any, w: Any) -> None:
        # Dividing by the largest first keeps subnormal regrets from losing their digits.
        top = largest(theta)
        total = 0.0
        for i in range(x.size):
            x[i] = max(theta[i], 0.0) / top if top > 0.0 else 1.0
            total += x[i]
        normalise(x, total, self.total)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        top = xp.amax(theta, -1)[..., None]
        some = top > 0.0
        x = xp.where(some, xp.clip(theta, 0.0, None) / xp.where(some, top, xp.ones_like(top)), xp.ones_like(theta))
        return x / x.sum(-1)[..., None] * self.total


class Response(Measure, OneWay):
    """Best response: everything on the first largest entry."""

    __slots__ = ()

    def play(self, theta: Any, x: Any, w: Any) -> None:
        best = 0
        top = theta[0]
        for i in range(x.size):
            if theta[i] > top:
                best, top = i, theta[i]
            x[i] = 0.0
        x[best] = self.total

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return one_hot(theta) * self.total


MAPS: dict[str, type] = {
    "entropy": Entropy,
    "euclidean": Euclidean,
    "log-barrier": LogBarrier,
    "regret": Regret,
    "best-response": Response,
}


@dataclass(frozen=True)
class Simplex(Domain):
    """Nonnegative vectors of a given sum: probability vectors of `n` actions where that is one.

    Parameters
    ----------
    n : number of actions.
    total : what a strategy sums to.

    Examples
    --------
    >>> Simplex(3).using("entropy").play_rows(np.log([2.0, 1.0, 1.0]))
    array([0.5 , 0.25, 0.25])
    >>> Simplex(2).respond([1.0, 3.0])
    array([0., 1.])
    >>> Simplex(2, total=10.0).project([9.0, 3.0])
    array([8., 2.])
    """

    n: int
    total: float = 1.0

    def __post_init__(self) -> None:
        _check.whole("n", self.n, 1)
        object.__setattr__(self, "total", _check.positive("total", self.total))

    def maps(self) -> dict[str, Any]:
        return {name: lambda kind=kind: kind(self.n, self.total) for name, kind in MAPS.items()}

    def using(self, geometry: str) -> Any:
        """Return the record of the map called `geometry`, which kernels and rows play through."""
        return MAPS[_check.choice("geometry", geometry, MAPS)](self.n, self.total)

    @property
    def diameter(self) -> float:  # type: ignore[override]
        return math.sqrt(2.0) * self.total if self.n > 1 else 0.0

    def centre(self) -> np.ndarray:
        """Return the uniform strategy."""
        return np.full(self.n, self.total / self.n)

    def point(self, x: Any, name: str = "x") -> np.ndarray:
        """Return `x` as a strategy of this simplex, renormalised, or say what is wrong with it."""
        point = np.clip(_check.strategy(name, x, self.n, self.total), 0.0, None)
        return point / point.sum() * self.total

    def walls(self) -> Walls:
        """Return the lower bound and the sum."""
        return walls_of(self.centre(), 0.0, summed=True)

    def face(self, x: np.ndarray, u: np.ndarray, w: float) -> Face:
        """Return the face that the projection of `x + w u` lies in."""
        point = self.project(x + w * u)
        return face_of(point > 0.0, point, np.ones(self.n))

    def negative_entropy(self, x: np.ndarray) -> float:
        """Return `sum_i x_i log x_i`."""
        return plogp(x)

    def respond(self, u: Any) -> np.ndarray:
        """Return a best response to the utilities; ties go to the lowest index."""
        u = np.asarray(u)
        if not self.n == u.shape[-1]:
            raise ValueError(f"`u` must have {self.n} utilities, one for each action; got shape {u.shape}.")
        return one_hot(u) * self.total

    def support(self, u: Any) -> float:
        """Return the largest value `max <x, u>` over the domain."""
        return float(np.max(u)) * self.total


COMPILED = (largest, exponentials, normalise, excess_threshold)
