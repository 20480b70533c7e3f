"""The simplex of mixed strategies, and its maps from dual points to strategies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from minmax import _check
from minmax._scalar import exp
from minmax.domains.map import Map
from minmax.domains.rows import namespace, one_hot, sort

__all__ = ["Simplex"]

SMALLEST = 1e-300  # a probability below this has no finite logarithm to speak of
SWEEPS = 200  # Newton and Michelot need about ten; the bound only ends a loop on NaN


def largest(theta: Any) -> float:
    """Largest entry."""
    top = theta[0]
    for i in range(1, theta.size):
        top = max(top, theta[i])
    return top


def normalise(x: Any, total: float) -> None:
    """Divide by the total, in place."""
    for i in range(x.size):
        x[i] = x[i] / total


class Entropy(Map):
    """Softmax: `x_i` proportional to `exp(theta_i)`."""

    __slots__ = ()
    interior = True

    def play(self, theta: Any, x: Any) -> None:
        top = largest(theta)
        for i in range(x.size):
            x[i] = exp(theta[i] - top)
        total = 0.0
        for i in range(x.size):
            total += x[i]
        normalise(x, total)

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = math.log(max(x[i], SMALLEST))

    def play_rows(self, theta: Any) -> Any:
        xp = namespace(theta)
        weight = xp.exp(theta - xp.amax(theta, -1)[..., None])
        return weight / weight.sum(-1)[..., None]

    def lift_rows(self, x: Any) -> Any:
        xp = namespace(x)
        return xp.log(xp.clip(x, SMALLEST, None))


class Euclidean(Map):
    """Projection in the Euclidean norm: `x_i = max(theta_i - tau, 0)`."""

    __slots__ = ()

    def play(self, theta: Any, x: Any) -> None:
        # Michelot's descent of the threshold: no memory, no sort, a few sweeps.
        top = largest(theta)
        total = 0.0
        for i in range(x.size):
            total += theta[i] - top
        tau = (total - 1.0) / x.size
        for _ in range(x.size + SWEEPS):
            total = 0.0
            count = 0
            for i in range(x.size):
                z = theta[i] - top
                if z > tau:
                    total += z
                    count += 1
            new = (total - 1.0) / max(count, 1)
            if not new > tau:
                break
            tau = new
        total = 0.0
        for i in range(x.size):
            x[i] = max(theta[i] - top - tau, 0.0)
            total += x[i]
        normalise(x, total)

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = x[i]

    def play_rows(self, theta: Any) -> Any:
        xp = namespace(theta)
        z = theta - xp.amax(theta, -1)[..., None]
        ordered = sort(z)
        n = z.shape[-1]
        count = xp.arange(1, n + 1, device=z.device)
        tau = xp.amax((xp.cumsum(ordered, -1) - 1.0) / count, -1)[..., None]
        x = xp.clip(z - tau, 0.0, None)
        return x / x.sum(-1)[..., None]

    def lift_rows(self, x: Any) -> Any:
        return x + 0.0


class LogBarrier(Map):
    """Log barrier: `x_i = 1 / (lam - theta_i)` with the `lam` that makes the sum one."""

    __slots__ = ()
    interior = True

    def play(self, theta: Any, x: Any) -> None:
        # The sum is convex and decreasing in lam, so Newton from the left end climbs to the root.
        top = largest(theta)
        lam = 1.0
        for _ in range(SWEEPS):
            total = 0.0
            slope = 0.0
            for i in range(x.size):
                share = 1.0 / (lam - (theta[i] - top))
                total += share
                slope += share * share
            new = lam + (total - 1.0) / slope
            if not new > lam:
                break
            lam = new
        total = 0.0
        for i in range(x.size):
            x[i] = 1.0 / (lam - (theta[i] - top))
            total += x[i]
        normalise(x, total)

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = -1.0 / max(x[i], SMALLEST)

    def play_rows(self, theta: Any) -> Any:
        xp = namespace(theta)
        z = theta - xp.amax(theta, -1)[..., None]
        lam = xp.ones_like(z[..., :1])
        for _ in range(SWEEPS):
            share = 1.0 / (lam - z)
            new = xp.maximum(lam, lam + (share.sum(-1)[..., None] - 1.0) / (share * share).sum(-1)[..., None])
            if not (new > lam).any():
                break
            lam = new
        x = 1.0 / (lam - z)
        return x / x.sum(-1)[..., None]

    def lift_rows(self, x: Any) -> Any:
        return -1.0 / namespace(x).clip(x, SMALLEST, None)


class Regret(Map):
    """Play in proportion to the positive part; uniform where there is none."""

    __slots__ = ()
    invertible = False
    separable = True

    def weigh(self, theta: Any) -> Any:
        return max(theta, 0.0)

    def play(self, theta: Any, x: Any) -> None:
        # Dividing by the largest first keeps subnormal regrets from losing their digits.
        top = largest(theta)
        total = 0.0
        for i in range(x.size):
            x[i] = max(theta[i], 0.0) / top if top > 0.0 else 1.0
            total += x[i]
        normalise(x, total)

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = 0.0

    def play_rows(self, theta: Any) -> Any:
        xp = namespace(theta)
        top = xp.amax(theta, -1)[..., None]
        some = top > 0.0
        x = xp.where(some, xp.clip(theta, 0.0, None) / xp.where(some, top, xp.ones_like(top)), xp.ones_like(theta))
        return x / x.sum(-1)[..., None]

    def lift_rows(self, x: Any) -> Any:
        return 0.0 * x


class Response(Map):
    """Best response: everything on the first largest entry."""

    __slots__ = ()
    invertible = False

    def play(self, theta: Any, x: Any) -> None:
        best = 0
        for i in range(x.size):
            x[i] = 0.0
            if theta[i] > theta[best]:
                best = i
        x[best] = 1.0

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = 0.0

    def play_rows(self, theta: Any) -> Any:
        return one_hot(theta)

    def lift_rows(self, x: Any) -> Any:
        return 0.0 * x


MAPS: dict[str, type[Map]] = {
    "entropy": Entropy,
    "euclidean": Euclidean,
    "log-barrier": LogBarrier,
    "regret": Regret,
    "best-response": Response,
}


@dataclass(frozen=True)
class Simplex:
    """Probability vectors of `n` actions.

    Parameters
    ----------
    n : number of actions.

    Examples
    --------
    >>> Simplex(3).using("entropy").play_rows(np.log([2.0, 1.0, 1.0]))
    array([0.5 , 0.25, 0.25])
    >>> Simplex(2).respond([1.0, 3.0])
    array([0., 1.])
    """

    n: int
    bounded: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check.whole("n", self.n, 1)

    def using(self, geometry: str) -> Any:
        """Return the record of the map called `geometry`, which kernels and rows play through."""
        return MAPS[_check.choice("geometry", geometry, MAPS)](self.n)

    def centre(self) -> np.ndarray:
        """Return the uniform strategy."""
        return np.full(self.n, 1.0 / self.n)

    def point(self, x: Any, name: str = "x") -> np.ndarray:
        """Return `x` as a strategy of this simplex, renormalised, or say what is wrong with it."""
        point = np.clip(_check.strategy(name, x, self.n), 0.0, None)
        return point / point.sum()

    def respond(self, u: Any) -> np.ndarray:
        """Return a best response to the utilities; ties go to the lowest index."""
        u = np.asarray(u)
        if not self.n == u.shape[-1]:
            raise ValueError(f"`u` must have {self.n} utilities, one for each action; got shape {u.shape}.")
        return one_hot(u)

    def support(self, u: np.ndarray) -> float:
        """Return the largest value `max <x, u>` over the domain."""
        return float(u.max())


COMPILED = (largest, normalise)
