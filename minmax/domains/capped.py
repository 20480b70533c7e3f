"""The capped simplex: distributions no point of which may be heavier than a cap (CVaR, k-sparse weights)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.domains.domain import Domain
from minmax.domains.face import Face, face_of
from minmax.domains.map import Logarithmic, OneWay, Plain
from minmax.domains.rows import like, namespace, pick
from minmax.domains.simplex import SWEEPS, exponentials, largest, plogp
from minmax.domains.walls import Walls, walls_of

__all__ = ["CappedSimplex"]

FEASIBLE = 1e-12  # what caps may miss the total by in rounding
ROUNDING = 1e-14  # the same for a strategy's sum


class Caps(NamedTuple):
    cap: Any
    total: float


class CappedEuclidean(Caps, Plain):
    """Projection: `x_i = clip(theta_i - tau, 0, cap_i)`, with the tau that makes the sum right."""

    __slots__ = ()
    iterative = True

    def play(self, theta: Any, x: Any, w: Any) -> None:
        # Newton on the piecewise linear sum, held in a bracket; it ends on the piece of the root.
        high = largest(theta)
        low = theta[0] - self.cap[0]
        for i in range(1, x.size):
            low = min(low, theta[i] - self.cap[i])
        tau = low
        for _ in range(SWEEPS):
            total = 0.0
            count = 0
            for i in range(x.size):
                over = theta[i] - tau
                total += min(max(over, 0.0), self.cap[i])
                if 0.0 < over < self.cap[i]:
                    count += 1
            if total > self.total:
                low = tau
            else:
                high = tau
            new = tau + (total - self.total) / count if count > 0 else 0.5 * (low + high)
            if not low < new < high:  # at an end of the bracket Newton would go round in a circle
                new = 0.5 * (low + high)
            if new == tau or abs(total - self.total) <= ROUNDING * self.total:
                break
            tau = new
        for i in range(x.size):
            x[i] = min(max(theta[i] - tau, 0.0), self.cap[i])

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        cap = like(self.cap, theta)
        high = xp.amax(theta, -1)[..., None]
        low = xp.amin(theta - cap, -1)[..., None]
        tau = low
        for _ in range(SWEEPS):
            over = theta - tau
            total = xp.clip(xp.minimum(over, cap), 0.0, None).sum(-1)[..., None]
            count = ((over > 0.0) & (over < cap)).sum(-1)[..., None]
            above = total > self.total
            low, high = xp.where(above, tau, low), xp.where(above, high, tau)
            new = tau + (total - self.total) / xp.clip(count, 1, None)
            new = xp.where((count == 0) | (new <= low) | (new >= high), 0.5 * (low + high), new)
            met = (new == tau) | (abs(total - self.total) <= ROUNDING * self.total)
            if met.all():
                break
            tau = xp.where(met, tau, new)
        return xp.clip(xp.minimum(theta - tau, cap), 0.0, None)


class CappedEntropy(Caps, Logarithmic):
    """Softmax under caps: `x_i = min(cap_i, c exp(theta_i))`, with the c that makes the sum right."""

    __slots__ = ()
    iterative = True

    @property
    def modulus(self) -> float:
        return 1.0 / self.total

    def play(self, theta: Any, x: Any, w: Any) -> None:
        # What is capped once stays capped, since c only grows: at most n sweeps, in practice a few.
        exponentials(theta, x)
        scale = 0.0
        for _ in range(x.size + 1):
            free = 0.0
            left = self.total
            for i in range(x.size):
                if scale * x[i] >= self.cap[i]:
                    left -= self.cap[i]
                else:
                    free += x[i]
            new = left / free if free > 0.0 else scale
            if not new > scale:
                break
            scale = new
        for i in range(x.size):
            x[i] = min(scale * x[i], self.cap[i])

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        weight = xp.exp(theta - xp.amax(theta, -1)[..., None])
        cap = like(self.cap, theta)
        scale = 0.0 * weight[..., :1]
        for _ in range(theta.shape[-1] + 1):
            capped = scale * weight >= cap
            free = xp.where(capped, 0.0 * weight, weight).sum(-1)[..., None]
            left = self.total - xp.where(capped, cap, 0.0 * cap).sum(-1)[..., None]
            new = xp.where(free > 0.0, left / xp.where(free > 0.0, free, xp.ones_like(free)), scale)
            if not (new > scale).any():
                break
            scale = xp.maximum(new, scale)
        return xp.minimum(scale * weight, cap)


class CappedResponse(Caps, OneWay):
    """Best response: the largest entries are filled to their caps in turn, the first of equal ones first."""

    __slots__ = ()

    def play(self, theta: Any, x: Any, w: Any) -> None:
        # The next largest entry is that after the last one, in the order of (utility, index): no memory, no sort.
        left = self.total
        level, last = math.inf, -1
        filled = self.cap.size
        for count in range(self.cap.size):
            best = -1
            for i in range(theta.size):
                after = theta[i] < level or (theta[i] == level and i > last)
                if after and (best < 0 or theta[i] > theta[best]):
                    best = i
            level, last = theta[best], best
            left -= self.cap[best]
            if left <= 0.0:
                filled = count
                break
        # Everything before (level, last) is full, that one takes what is left, the others have none.
        rest = self.cap[last] + min(left, 0.0)
        if filled == self.cap.size:
            rest = self.cap[last]
        for i in range(x.size):
            if theta[i] > level or (theta[i] == level and i < last):
                x[i] = self.cap[i]
            elif i == last:
                x[i] = rest
            else:
                x[i] = 0.0

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        order = xp.argsort(-theta, axis=-1, stable=True)
        cap = pick(like(self.cap, theta), order)
        share = xp.clip(xp.minimum(cap, self.total - (xp.cumsum(cap, -1) - cap)), 0.0, None)
        return pick(share, xp.argsort(order, axis=-1))


MAPS: dict[str, type] = {"euclidean": CappedEuclidean, "entropy": CappedEntropy, "best-response": CappedResponse}


@dataclass(frozen=True, eq=False)
class CappedSimplex(Domain):
    """Nonnegative vectors of a given sum with no entry above its cap.

    With `cap = 1 / (alpha n)` the support function is the conditional value at risk at level alpha of n equally likely
    losses; with `cap = 1` and `total = k` it is the sum of the k largest.

    Parameters
    ----------
    n : number of entries.
    cap : number, or (n,) numbers, at most which an entry may be; together they must reach the total.
    total : what a strategy sums to.

    Examples
    --------
    >>> CappedSimplex(4, cap=0.5).respond([1.0, 3.0, 2.0, 0.0])
    array([0. , 0.5, 0.5, 0. ])
    >>> CappedSimplex(3, cap=1.0, total=2.0).support(np.array([5.0, 1.0, 4.0]))
    9.0
    """

    n: int
    cap: Any
    total: float = 1.0

    def __post_init__(self) -> None:
        _check.whole("n", self.n, 1)
        object.__setattr__(self, "total", _check.positive("total", self.total))
        cap = _check.vector("cap", self.cap, self.n)
        if cap.min() <= 0.0:
            raise ValueError(f"`cap` must be positive; entry {int(cap.argmin())} is {cap.min():.6g}.")
        if cap.sum() < self.total * (1.0 - FEASIBLE):
            raise ValueError(f"`cap` must allow a sum of {self.total:g}; the caps sum to {cap.sum():.6g}.")
        object.__setattr__(self, "cap", np.minimum(cap, self.total))

    def maps(self) -> dict[str, Any]:
        return {name: lambda kind=kind: kind(self.cap, self.total) for name, kind in MAPS.items()}

    @property
    def diameter(self) -> float:  # type: ignore[override]
        """A bound: two strategies differ by at most twice the total in the 1-norm and by the caps in the others."""
        return min(math.sqrt(2.0 * self.total * float(self.cap.max())), float(np.linalg.norm(self.cap)))

    def walls(self) -> Walls:
        """Return both bounds and the sum."""
        share = self.total / float(self.cap.sum())
        if share >= 1.0 - FEASIBLE:  # full to the caps: a single point
            return walls_of(self.cap, self.cap, self.cap)
        return walls_of(share * self.cap, 0.0, self.cap, summed=True)

    def face(self, x: np.ndarray, u: np.ndarray, w: float) -> Face:
        """Return the face that the projection of `x + w u` lies in."""
        point = self.project(x + w * u)
        return face_of((point > 0.0) & (point < self.cap), point, np.ones(self.n))

    def support(self, u: Any) -> float:
        """Return `max <x, u>`."""
        return float(self.supports(self.vector(u, "u")[None])[0])

    def supports(self, U: np.ndarray) -> np.ndarray:
        """Return the support function at every row of a matrix."""
        cap = float(self.cap[0])
        full = int(self.total / cap)
        if full >= self.n or not (self.cap == cap).all():
            return super().supports(U)
        # The largest entries are filled, and the next one takes what is left: nothing needs to be in order.
        top = np.partition(U, self.n - full - 1, axis=-1)[..., self.n - full - 1 :]
        return np.asarray(cap * top[..., 1:].sum(-1) + (self.total - full * cap) * top[..., 0])

    def negative_entropy(self, x: np.ndarray) -> float:
        """Return `sum_i x_i log x_i`."""
        return plogp(x)

    def centre(self) -> np.ndarray:
        """Return the strategy nearest to the uniform one."""
        return self.project(np.full(self.n, self.total / self.n))
