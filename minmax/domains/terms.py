"""Convex terms with a closed proximal map, and the domain that charges one: `g(x)` beside the set x lies in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.domains.ball import Ball
from minmax.domains.domain import Domain
from minmax.domains.euclidean import Box, Free, Orthant
from minmax.domains.face import Face, face_of
from minmax.domains.map import Map
from minmax.domains.rows import like, namespace
from minmax.domains.simplex import Simplex
from minmax.domains.walls import Walls

__all__ = ["L1", "Entropy", "Penalised", "SquaredNorm"]

TINY = 1e-100  # probability under entropy below which an action stays out of linear systems


class Wrapped(Map):
    """A map behind a proximal term: everything but the play is the inner map's own."""

    __slots__ = ()
    inner: Any

    @property
    def invertible(self) -> bool:  # type: ignore[override]
        return bool(self.inner.invertible)

    @property
    def compiled(self) -> bool:  # type: ignore[override]
        return bool(self.inner.compiled)

    @property
    def iterative(self) -> bool:  # type: ignore[override]
        return bool(self.inner.iterative)

    @property
    def pointwise(self) -> bool:  # type: ignore[override]
        return bool(self.inner.pointwise)

    @property
    def modulus(self) -> float:
        return float(self.inner.modulus)

    def stuck(self, x: Any) -> int:
        return int(self.inner.stuck(x))

    def lift(self, x: Any, theta: Any) -> None:
        self.inner.lift(x, theta)

    def lift_rows(self, x: Any) -> Any:
        return self.inner.lift_rows(x)


class Weight(NamedTuple):
    inner: Any
    weight: float


class Cooled(Weight, Wrapped):
    """The map of a set whose own regulariser is charged `weight` times: the dual point over `1 + w weight`."""

    __slots__ = ()
    pointwise = False  # the entropy's dual points are no strategies

    def play(self, theta: Any, x: Any, w: Any) -> None:
        share = 1.0 / (1.0 + w * self.weight)
        for i in range(x.size):
            x[i] = theta[i] * share
        self.inner.play(x, x, w * share)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        share = 1.0 / (1.0 + w * self.weight)
        return self.inner.play_rows(theta * share, w * share)


class CentredWeight(NamedTuple):
    inner: Any
    weight: float
    centre: Any


class Drawn(CentredWeight, Wrapped):
    """The Euclidean map under `weight / 2 |x - centre|^2`."""

    __slots__ = ()

    def place(self, theta: Any, i: Any, w: Any) -> Any:
        pull = w * self.weight
        share = 1.0 / (1.0 + pull)
        return self.inner.place((theta + pull * self.centre[i]) * share, i, w * share)

    def play(self, theta: Any, x: Any, w: Any) -> None:
        pull = w * self.weight
        share = 1.0 / (1.0 + pull)
        for i in range(x.size):
            x[i] = (theta[i] + pull * self.centre[i]) * share
        self.inner.play(x, x, w * share)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        pull = w * self.weight
        share = 1.0 / (1.0 + pull)
        return self.inner.play_rows((theta + pull * like(self.centre, theta)) * share, w * share)


class Soft(Weight, Wrapped):
    """The Euclidean map under `weight |x|_1`: sizes are cut by `w weight` first."""

    __slots__ = ()

    def place(self, theta: Any, i: Any, w: Any) -> Any:
        cut = w * self.weight
        return self.inner.place(max(theta - cut, 0.0) + min(theta + cut, 0.0), i, w)

    def play(self, theta: Any, x: Any, w: Any) -> None:
        cut = w * self.weight
        for i in range(x.size):
            x[i] = max(theta[i] - cut, 0.0) + min(theta[i] + cut, 0.0)
        self.inner.play(x, x, w)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return self.inner.play_rows(soft(theta, w * self.weight), w)


def soft(theta: Any, cut: Any) -> Any:
    """Return theta with every size cut by `cut`, and no sign changed."""
    xp = namespace(theta)
    return xp.clip(theta - cut, 0.0, None) + xp.clip(theta + cut, None, 0.0)


@dataclass(frozen=True)
class L1:
    """The term `weight |x|_1`, which makes x sparse; on free space, boxes, orthants and balls of norm 2 or infinity.

    Parameters
    ----------
    weight : positive number, payoff per unit of x.
    """

    weight: float

    def __post_init__(self) -> None:
        _check.positive("weight", self.weight)

    def wrap(self, geometry: str, inner: Any, domain: Any) -> Any:
        """Return the map of the domain with this term, None where it has no closed form in this geometry."""
        plain = isinstance(domain, (Free, Orthant, Box)) or (isinstance(domain, Ball) and domain.norm != 1)
        return Soft(inner, self.weight) if plain and geometry == "euclidean" else None

    def face(self, domain: Any, x: np.ndarray, u: np.ndarray, w: float) -> Face | None:
        """Return the face of the domain, less the coordinates that the term holds at zero."""
        cut = soft(x + w * u, w * self.weight)
        face: Face | None = domain.face(cut, 0.0 * u, w)
        if face is None:
            return None
        held = (cut == 0.0) & (face.point == 0.0)
        return face._replace(free=face.free & ~held, slope=face.slope + self.weight * np.sign(face.point))

    def value(self, domain: Any, x: np.ndarray) -> float:
        """Return what the term charges at x."""
        return self.weight * float(abs(x).sum())

    def conjugate(self, domain: Any, u: np.ndarray) -> tuple[float, np.ndarray | None]:
        """Return `max <x, u> - value(x)` over the domain and where it is taken; infinity where there is none."""
        if isinstance(domain, Box):
            # Each coordinate is piecewise linear: at a bound, or as near to zero as it may come.
            near = np.clip(0.0, domain.lower, domain.upper)
            points = np.stack([near, domain.lower, domain.upper])
            gains = np.where(points == 0.0, 0.0, points * u - self.weight * abs(points))
            gains = np.where(np.isnan(gains), 0.0, gains)
            best = gains.argmax(0)
            total = float(np.take_along_axis(gains, best[None], 0).sum())
            return total, np.take_along_axis(points, best[None], 0)[0] if np.isfinite(total) else None
        left = soft(u, self.weight)
        total = domain.support(left)
        return total, domain.respond(left) if domain.bounded else None

    strong = False


@dataclass(frozen=True, eq=False)
class SquaredNorm:
    """The term `weight / 2 |x - centre|^2`; on every domain.

    Parameters
    ----------
    weight : positive number, payoff per squared unit of x.
    centre : vector; the origin where None.
    """

    weight: float
    centre: Any = None
    strong = True

    def __post_init__(self) -> None:
        _check.positive("weight", self.weight)

    def middle(self, n: int) -> np.ndarray:
        """Return the centre as a vector."""
        return np.zeros(n) if self.centre is None else _check.vector("centre", self.centre, n)

    def wrap(self, geometry: str, inner: Any, domain: Any) -> Any:
        """Return the map of the domain with this term, None where it has no closed form in this geometry."""
        return Drawn(inner, self.weight, self.middle(domain.n)) if geometry == "euclidean" else None

    def face(self, domain: Any, x: np.ndarray, u: np.ndarray, w: float) -> Face | None:
        """Return the face of the domain, with the term's curvature along it."""
        pull, middle = w * self.weight, self.middle(domain.n)
        face: Face | None = domain.face((x + pull * middle) / (1.0 + pull), u, w / (1.0 + pull))
        if face is None:
            return None
        return face._replace(weight=face.weight + self.weight, slope=face.slope - self.weight * middle)

    def walls(self, domain: Any) -> Walls | None:
        """Return the walls of the domain, with the term's curvature."""
        walls: Walls | None = domain.walls()
        if walls is None:
            return None
        return walls._replace(
            weight=walls.weight + self.weight, slope=walls.slope - self.weight * self.middle(domain.n)
        )

    def value(self, domain: Any, x: np.ndarray) -> float:
        """Return what the term charges at x."""
        d = x - self.middle(domain.n)
        return self.weight / 2.0 * float(d @ d)

    def conjugate(self, domain: Any, u: np.ndarray) -> tuple[float, np.ndarray | None]:
        """Return `max <x, u> - value(x)` over the domain, and where it is taken."""
        x = domain.using("euclidean").play_rows(self.middle(domain.n) + u / self.weight, 1.0 / self.weight)
        return float(x @ u) - self.value(domain, x) - domain.price(x), x


@dataclass(frozen=True)
class Entropy:
    """The term `weight` times the negative entropy of the domain, `sum_i x_i log x_i` on a simplex: logit equilibria.

    Parameters
    ----------
    weight : positive number, the temperature, in payoff units.
    """

    weight: float
    strong = True

    def __post_init__(self) -> None:
        _check.positive("weight", self.weight)

    def wrap(self, geometry: str, inner: Any, domain: Any) -> Any:
        """Return the map of the domain with this term, None where it has no closed form in this geometry."""
        return Cooled(inner, self.weight) if geometry == "entropy" else None

    def value(self, domain: Any, x: np.ndarray) -> float:
        """Return what the term charges at x."""
        return self.weight * float(domain.negative_entropy(x))

    def face(self, domain: Any, x: np.ndarray, u: np.ndarray, w: float) -> Face | None:
        """Return what the term is like at the best response to u, of a step without end: x may lie outside the set."""
        if not isinstance(domain, Simplex):
            return None
        point = np.asarray(self.conjugate(domain, u)[1])
        safe = np.maximum(point, TINY)
        return face_of(point > TINY, point, np.ones(domain.n))._replace(
            weight=self.weight / safe, slope=self.weight * np.log(safe)
        )

    def conjugate(self, domain: Any, u: np.ndarray) -> tuple[float, np.ndarray | None]:
        """Return `max <x, u> - value(x)` over the domain, and where it is taken."""
        x = domain.using("entropy").play_rows(u / self.weight, 1.0 / self.weight)
        return float(x @ u) - self.value(domain, x) - domain.price(x), x


class Penalised(Domain):
    """A domain whose player also pays a convex term: its maps are proximal maps, its support function a conjugate.

    Parameters
    ----------
    domain : the set, or a set with a term of its own.
    term : `L1`, `SquaredNorm` or `Entropy`.

    Examples
    --------
    The prox of `|x|_1` on free space, with step 0.5:

    >>> from minmax import Free
    >>> Penalised(Free(3), L1(1.0)).using("euclidean").play_rows(np.array([2.0, -0.3, -1.0]), 0.5)
    array([ 1.5,  0. , -0.5])
    """

    def __init__(self, domain: Any, term: Any) -> None:
        if not hasattr(term, "wrap"):
            raise TypeError(f"`term` must be L1, SquaredNorm or Entropy with a weight; got {term!r}.")
        if not isinstance(domain, Domain):
            raise TypeError(f"`domain` must be a domain such as Free(3); got {domain!r}.")
        self.domain, self.term, self.n, self.charged = domain, term, domain.n, True
        if not self.maps():
            raise ValueError(
                f"{type(term).__name__} has no closed proximal map on {type(domain).__name__}; see the term's own "
                "description for the domains it is for."
            )

    def __repr__(self) -> str:
        return f"Penalised({self.domain!r}, {self.term!r})"

    @property
    def shape(self) -> tuple[int, ...]:
        """How a strategy is laid out."""
        return self.domain.shape

    @property
    def bounded(self) -> bool:  # type: ignore[override]
        """Whether every utility has a best response, the term considered."""
        return bool(self.term.strong or self.domain.bounded)

    @property
    def diameter(self) -> float:  # type: ignore[override]
        return self.domain.diameter

    def maps(self) -> dict[str, Any]:
        found = {}
        for name in self.domain.maps():
            record = self.term.wrap(name, self.domain.using(name), self.domain)
            if record is not None:
                found[name] = lambda record=record: record
        return found

    def centre(self) -> np.ndarray:
        """Return the centre of the set."""
        return self.domain.centre()

    def project(self, z: Any) -> np.ndarray:
        """Return the nearest point of the set; the term has no say."""
        return self.domain.project(z)

    def price(self, x: np.ndarray) -> float:
        """Return what the term, and those of the inner domain, charge for x."""
        return float(self.term.value(self.domain, x) + self.domain.price(x))

    def negative_entropy(self, x: np.ndarray) -> float:
        """Return the negative entropy of the set."""
        return float(self.domain.negative_entropy(x))

    def face(self, x: np.ndarray, u: np.ndarray, w: float) -> Face | None:
        """Return the face of the set that the proximal step ends on, with what the term adds along it."""
        face: Face | None = self.term.face(self.domain, x, u, w)
        return face

    def recession(self, d: np.ndarray) -> np.ndarray:
        """Return the set's own direction; none where the term grows faster than any line."""
        return np.zeros(self.n) if self.term.strong else np.asarray(self.domain.recession(d))

    def reach(self, u: np.ndarray) -> float:
        """Return the support function of the set itself."""
        return float(self.domain.reach(u))

    def toll(self, d: np.ndarray) -> float:
        """Return what the terms charge along d; a strong one leaves no direction to go."""
        own = 0.0 if self.term.strong else self.term.value(self.domain, d)
        return float(own + self.domain.toll(d))

    def walls(self) -> Walls | None:
        """Return the walls of the set where the term is quadratic."""
        walls: Walls | None = self.term.walls(self.domain) if hasattr(self.term, "walls") else None
        return walls

    def support(self, u: Any) -> float:
        """Return `max <x, u> - price(x)`, the conjugate of the term on the set."""
        return float(self.term.conjugate(self.domain, self.vector(u, "u"))[0])

    def respond(self, u: Any) -> np.ndarray:
        """Return a best response, the term considered."""
        x = self.term.conjugate(self.domain, self.vector(u, "u"))[1]
        if x is None:
            raise ValueError(f"{self!r} is unbounded: not every utility has a best response.")
        return x
