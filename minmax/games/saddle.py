"""What every game on two domains shares: utilities from gradients, and certificates from best responses."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from minmax.games.certificate import EPS, Certificate, relative

__all__ = ["Saddle", "restricted_gap"]

BISECTIONS = 100  # halvings of a step range of thirty decades: to the last bit


class Saddle:
    """A game `min over x in X, max over y in Y, f(x, y) + g(x) - h(y)`, with f smooth and terms g, h of the domains.

    A game says its gradients, its payoff, and its Lipschitz constants; what it knows of best responses it says in
    `highest` and `lowest`.  The rest follows.

    Attributes
    ----------
    X, Y : domains of x and y, terms included.
    norm : Lipschitz constant of the operator `F = (grad_x f, -grad_y f)`.
    coupling_norm : that of `grad_x f` in y.
    curvatures : that of `grad_x f` in x, and of `grad_y f` in y.
    violation : largest `-<F(z) - F(z'), z - z'> / |z - z'|^2` known: zero where f is convex-concave.
    unproved : whether f is only supposed to be convex-concave, so that runs look for violations.
    users : whether the kernel holds a function of the user's own, which no cache of compiled code may keep.
    merit : what `gap` measures: "duality gap", "linearised gap" or "natural residual".
    scale : what `tol` is relative to.
    """

    X: Any
    Y: Any
    name: str
    norm: float
    coupling_norm: float
    curvatures: tuple[float, float]
    violation: float = 0.0
    spread: float = math.nan
    unproved = False
    users = False
    sign = 1.0
    kernel: Any = None

    def gradients(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return `(grad_x f, grad_y f)`."""
        raise NotImplementedError(type(self).__name__)

    def payoff(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return f, terms not included."""
        raise NotImplementedError(type(self).__name__)

    def payoff_from(self, x: np.ndarray, y: np.ndarray, by_x: np.ndarray, by_y: np.ndarray) -> float:
        """Return f where the gradients are known, which may save an evaluation."""
        return self.payoff(x, y)

    @property
    def domains(self) -> tuple[Any, Any]:
        """Where x and y move."""
        return self.X, self.Y

    @property
    def shape(self) -> tuple[int, int]:
        """Number of coordinates of x and of y."""
        return self.X.n, self.Y.n

    @property
    def work(self) -> int:
        """Numbers that an evaluation of both utilities reads, as far as is known."""
        return sum(self.shape)

    def utilities(self, x: np.ndarray, y: np.ndarray, ux: np.ndarray, uy: np.ndarray) -> None:
        """Write `-df/dx` and `+df/dy` at (x, y)."""
        by_x, uy[...] = self.gradients(x, y)
        np.negative(by_x, out=ux)

    def utility_x(self, x: np.ndarray, y: np.ndarray, ux: np.ndarray) -> None:
        """Write x's utilities at (x, y)."""
        np.negative(self.gradients(x, y)[0], out=ux)

    def utility_y(self, x: np.ndarray, y: np.ndarray, uy: np.ndarray) -> None:
        """Write y's utilities at (x, y)."""
        uy[...] = self.gradients(x, y)[1]

    @property
    def merit(self) -> str:
        """What `gap` measures."""
        if self.violation > 0.0:
            return "natural residual"
        return "linearised gap" if self.X.bounded and self.Y.bounded else "natural residual"

    def highest(self, x: np.ndarray, y: np.ndarray, f: float, by_y: np.ndarray) -> float:
        """Return a bound on `max_y' f(x, y') - h(y')`: the best response to the gradient, f being concave in y."""
        return f - float(by_y @ y) + float(self.Y.support(by_y))

    def lowest(self, x: np.ndarray, y: np.ndarray, f: float, by_x: np.ndarray) -> float:
        """Return a bound on `min_x' f(x', y) + g(x')`: the best response to the gradient, f being convex in x."""
        return f - float(by_x @ x) - float(self.X.support(-by_x))

    def rounding(self, x: np.ndarray, y: np.ndarray, f: float, by_x: np.ndarray, by_y: np.ndarray) -> float:
        """Bound on the rounding error of either bound."""
        terms = abs(f) + float(abs(by_x) @ abs(x)) + float(abs(by_y) @ abs(y))
        return (sum(self.shape) + 8) * EPS * terms

    def value(self, x: Any, y: Any) -> float:
        """Return the payoff of a pair, terms included."""
        return self.certificate(x, y).value

    def gap(self, x: Any, y: Any) -> float:
        """Return the merit of a pair, which `merit` names."""
        return self.certificate(x, y).gap

    def certificate(self, x: Any, y: Any) -> Certificate:
        """Return value, bounds and merit of a pair, computed afresh in float64."""
        return self.score(self.X.point(x, "x"), self.Y.point(y, "y"))

    def score(self, x: np.ndarray, y: np.ndarray) -> Certificate:
        """Return the certificate of points that need no check."""
        by_x, by_y = self.gradients(x, y)
        f, price_x, price_y = self.payoff_from(x, y, by_x, by_y), self.X.price(x), self.Y.price(y)
        lower, upper = -math.inf, math.inf
        if self.merit != "natural residual":
            known = f if math.isfinite(f) else 0.0  # gradients alone prove a gap, and no value
            low, high = self.lowest(x, y, known, by_x) - price_y, self.highest(x, y, known, by_y) + price_x
            slack = self.rounding(x, y, known, by_x, by_y)
            gap, width = max(high - low, 0.0), high - low + 2.0 * slack
            if known == f:
                lower, upper = low - slack, high + slack
        else:
            gap = self.residual(x, y, by_x, by_y)
            # About its rounding: a point far out hides its step.
            width = gap + 4.0 * EPS * (self.norm or float(self.scale > 0.0)) * length(x, y)
        return Certificate(f + price_x - price_y, lower, upper, gap, relative(width, self.scale), self.merit)

    def residual(self, x: np.ndarray, y: np.ndarray, by_x: np.ndarray, by_y: np.ndarray) -> float:
        """Return the natural residual `L |z - P(z - F(z) / L)|`, P the proximal map of domains and terms."""
        size = self.norm or 1.0
        moves = (step(d, p, u, 1.0 / size) - p for d, p, u in ((self.X, x, -by_x), (self.Y, y, by_y)))
        return size * length(*moves)

    @cached_property
    def slope(self) -> float:
        """Bound on the norm of a utility where the domains are bounded: that at the centre and what it may grow by."""
        at = (self.X.centre(), self.Y.centre())
        far = math.hypot(self.X.diameter, self.Y.diameter)
        return length(*self.gradients(*at)) + self.norm * far

    @cached_property
    def largest(self) -> float:
        """Size of the gradient at the centre."""
        return max(float(abs(g).max()) for g in self.gradients(self.X.centre(), self.Y.centre()))

    @cached_property
    def fingerprint(self) -> float:
        """A number that tells this game from others of its shape: the gradients along two fixed random vectors."""
        rng = np.random.default_rng(7)
        at = [d.project(d.centre() + 0.1 * rng.standard_normal(d.n)) for d in self.domains]
        return float(sum(g @ rng.uniform(0.5, 1.5, g.size) / g.size for g in self.gradients(*at)))

    @property
    def scale(self) -> float:
        """What `tol` is relative to."""
        return self.measured[0]

    @property
    def scale_kind(self) -> str:
        """What the scale measures."""
        return self.measured[1]

    @cached_property
    def measured(self) -> tuple[float, str]:
        """The scale, and what it measures: the range of the payoffs where there is one, else the operator's size."""
        reach = self.coupling_norm * self.X.diameter * self.Y.diameter
        if self.merit != "natural residual" and math.isfinite(reach):
            ends = zip(self.domains, self.gradients(self.X.centre(), self.Y.centre()))
            reach += sum(float(np.linalg.norm(g)) * d.diameter for d, g in ends)
            return reach, "a bound on the range of the payoffs"
        size = length(*self.gradients(*self.origin))
        # A function may have no gradient there, such as a logarithm.
        return self.norm + (size if math.isfinite(size) else 0.0), "operator norm and gradient at the origin"

    def ray(self, dx: np.ndarray, dy: np.ndarray) -> str | None:
        """Return what directions that the players run away along prove; of a function nothing."""
        return None

    @property
    def origin(self) -> tuple[np.ndarray, np.ndarray]:
        """The points of both domains nearest to zero."""
        return self.X.project(np.zeros(self.X.n)), self.Y.project(np.zeros(self.Y.n))

    @property
    def floor(self) -> float:
        """Merit below which float64 cannot certify."""
        return 2.0 * (sum(self.shape) + 8) * EPS * self.scale if self.merit != "natural residual" else 0.0


def length(*vectors: np.ndarray) -> float:
    """Return the Euclidean norm of several vectors together; infinite where a square overflows."""
    with np.errstate(over="ignore", invalid="ignore"):
        return math.hypot(*(float(np.linalg.norm(v)) for v in vectors))


def step(domain: Any, x: np.ndarray, u: np.ndarray, eta: float) -> np.ndarray:
    """Return the proximal step from x along u, in the Euclidean geometry where the domain's terms have it."""
    maps = domain.maps()
    geometry = domain.using("euclidean" if "euclidean" in maps else next(iter(maps)))
    return np.asarray(geometry.play_rows(geometry.lift_rows(x) + eta * u, eta))


def restricted_gap(game: Any, x: Any, y: Any, radius: float = 1.0) -> float:
    """Return how much either player can gain, to first order, by moving no farther than `radius` together.

    `max <F(z), z - z'>` over z' in both domains with `|z - z'| <= radius`: a merit that exists on unbounded domains
    too, and bounds the duality gap over that neighbourhood where f is convex-concave.

    Parameters
    ----------
    game : a game on two domains without terms of their own.
    x, y : pair to look at.
    radius : positive number.

    Examples
    --------
    On free space it is `radius |F(z)|`:

    >>> from minmax import BilinearGame
    >>> round(restricted_gap(BilinearGame([[1.0]]), [3.0], [4.0], radius=2.0), 9)
    10.0
    """
    if any(domain.charged for domain in game.domains):
        raise ValueError("`game` must have no terms of its own: its first-order gain is not linear.")
    x, y = (domain.point(p, name) for domain, p, name in zip(game.domains, (x, y), "xy"))
    ux, uy = np.empty(x.size), np.empty(y.size)
    game.utilities(x, y, ux, uy)

    def moved(eta: float) -> tuple[np.ndarray, ...]:
        return tuple(d.project(p + eta * u) - p for d, p, u in zip(game.domains, (x, y), (ux, uy)))

    # The farther the step, the farther the projection: halve its logarithm until it ends on the sphere.
    size = length(ux, uy)
    if size == 0.0:
        return 0.0
    low, high = math.log(radius / size) - 1e-12, math.log(radius / size) + 60.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        far = length(*moved(math.exp(middle)))
        low, high = (middle, high) if far < radius else (low, middle)
    dx, dy = moved(math.exp(low))
    return float(ux @ dx + uy @ dy)
