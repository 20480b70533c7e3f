"""Bilinear and quadratic saddle problems on any two domains."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.domains import Domain, Free, Simplex
from minmax.games.certificate import EPS
from minmax.games.coupling import Coupling, coupling
from minmax.games.curvature import Curvature, curvature
from minmax.games.saddle import Saddle

__all__ = ["BilinearGame", "QuadraticGame"]

SMALL = 128  # coordinates of both players up to which the operator's norm is computed from its matrix
RAY = 1e-12  # what may be left, over the sizes it is summed from, of what must vanish along a ray
EXACT_RANGE = 4_000_000  # entries up to which the range of payoffs against pure actions is computed exactly


class Parts(NamedTuple):
    inner: Any
    P: Any
    Q: Any
    b: Any
    c: Any


class WithOwn(Parts):
    """Kernel record of `x'Ay + x'Px / 2 - y'Qy / 2 + b'x - c'y`, from records of its parts."""

    __slots__ = ()

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        self.inner.utilities(x, y, ux, uy)
        own(self.P, self.b, x, ux)
        own(self.Q, self.c, y, uy)

    def utility_x(self, x: Any, y: Any, ux: Any) -> None:
        self.inner.utility_x(x, y, ux)
        own(self.P, self.b, x, ux)

    def utility_y(self, x: Any, y: Any, uy: Any) -> None:
        self.inner.utility_y(x, y, uy)
        own(self.Q, self.c, y, uy)


def own(form: Any, linear: Any, x: Any, u: Any) -> None:
    """Take a player's own slope off its utilities."""
    form.bend(x, u)
    for i in range(x.size):
        u[i] -= linear[i]


class Led(WithOwn):
    """The same, with rows handed out for one pass; the leader has no form of its own, which would need its point."""

    __slots__ = ()

    def charge(self, i: Any, k: Any, x: Any, out: Any) -> None:
        self.inner.charge(i, k, x, out)


class LedByX(Led):
    """The record where the stored rows are x's."""

    __slots__ = ()
    leader = "x"

    def begin(self, x: Any, u: Any, z: Any, out: Any) -> None:
        """Write y's own part, to which rows are added."""
        start(self.Q, self.c, z, out)

    def pay(self, i: Any, k: Any, z: Any, u: Any) -> None:
        self.inner.pay(i, k, z, u)
        for r in range(i, i + k):
            u[r] -= self.b[r]


class LedByY(Led):
    """The record where the stored rows are y's."""

    __slots__ = ()
    leader = "y"

    def begin(self, x: Any, u: Any, z: Any, out: Any) -> None:
        """Write x's own part, to which rows are added."""
        start(self.P, self.b, z, out)

    def pay(self, i: Any, k: Any, z: Any, u: Any) -> None:
        self.inner.pay(i, k, z, u)
        for r in range(i, i + k):
            u[r] -= self.c[r]


def start(form: Any, linear: Any, z: Any, out: Any) -> None:
    """Write a player's own slope alone."""
    for j in range(out.size):
        out[j] = 0.0
    own(form, linear, z, out)


class Quadratic(Saddle):
    """What bilinear and quadratic games share: `f = x'Px / 2 + x'Ay - y'Qy / 2 + b'x - c'y`."""

    coupling: Coupling
    forms: tuple[Curvature, Curvature]
    b: Any
    c: Any

    def hold(self, A: Any, P: Any, Q: Any) -> None:
        """Check the pieces and the domains, and keep them."""
        held = coupling("A", A)
        n, m = held.shape
        X, Y = self.X if self.X is not None else Free(n), self.Y if self.Y is not None else Free(m)
        if not isinstance(X, Domain) or not isinstance(Y, Domain):
            raise TypeError(f"`X` and `Y` must be domains such as Free(n) or Simplex(n); got {X!r} and {Y!r}.")
        if (X.n, Y.n) != (n, m):
            raise ValueError(f"`A` must have shape {(X.n, Y.n)}, that of the domains; got {(n, m)}.")
        pieces = {
            "A": held.A,
            "coupling": held,
            "X": X,
            "Y": Y,
            "b": np.zeros(n) if self.b is None else _check.vector("b", self.b, n),
            "c": np.zeros(m) if self.c is None else _check.vector("c", self.c, m),
            "forms": (curvature("P", P, n), curvature("Q", Q, m)),
        }
        for key, value in pieces.items():
            object.__setattr__(self, key, value)

    def resolvent(self, x: np.ndarray, y: np.ndarray, eta_x: float, eta_y: float) -> Any:
        """Return the proximal point `z+ = z - eta F(z+)` on free space, from one factorisation; None elsewhere."""
        if not all(isinstance(d, Free) for d in self.domains) or self.coupling.kind == "operator":
            return None
        from scipy.linalg import lu_factor, lu_solve

        n = x.size
        steps = np.concatenate([np.full(n, eta_x), np.full(y.size, eta_y)])
        if (eta_x, eta_y) not in self.factors:
            self.factors.clear()  # a run keeps its steps
            self.factors[eta_x, eta_y] = lu_factor(np.eye(steps.size) + steps[:, None] * self.jacobian)
        own = np.concatenate([self.b, self.c])
        z = lu_solve(self.factors[eta_x, eta_y], np.concatenate([x, y]) - steps * own)
        return z[:n], z[n:]

    @cached_property
    def factors(self) -> dict[tuple[float, float], Any]:
        """Factorisations of `I + eta J` in use."""
        return {}

    @cached_property
    def jacobian(self) -> np.ndarray:
        """The matrix J of the operator `F(z) = J z + (b, c)`, dense."""
        rows, columns = (np.arange(size) for size in self.shape)
        P, Q = self.forms
        A = self.coupling.block(rows, columns)
        return np.block([[P.block(rows), A], [-A.T, Q.block(columns)]])

    @cached_property
    def plain(self) -> bool:
        """Whether the game is its coupling alone."""
        return all(form.kind == "none" for form in self.forms) and not self.b.any() and not self.c.any()

    def gradients(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return `(grad_x f, grad_y f)`."""
        by_x, by_y = self.coupling.times(y), self.coupling.transposed(x)
        if self.plain:
            return by_x, by_y
        P, Q = self.forms
        return by_x + P.times(x) + self.b, by_y - Q.times(y) - self.c

    def utility_x(self, x: np.ndarray, y: np.ndarray, ux: np.ndarray) -> None:
        """Write x's utilities at (x, y)."""
        np.negative(self.coupling.times(y) + self.forms[0].times(x) + self.b, out=ux)

    def utility_y(self, x: np.ndarray, y: np.ndarray, uy: np.ndarray) -> None:
        """Write y's utilities at (x, y)."""
        uy[...] = self.coupling.transposed(x) - self.forms[1].times(y) - self.c

    def payoff(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return f, terms of the domains not included."""
        P, Q = self.forms
        own = float(x @ P.times(x)) / 2.0 - float(y @ Q.times(y)) / 2.0 + float(self.b @ x) - float(self.c @ y)
        return float(x @ self.coupling.times(y)) + own

    def payoff_from(self, x: np.ndarray, y: np.ndarray, by_x: np.ndarray, by_y: np.ndarray) -> float:
        """Return f from its gradients: half of `<x, grad_x> + <y, grad_y>`, and the other half of the linear terms."""
        return float(x @ by_x + y @ by_y + self.b @ x - self.c @ y) / 2.0

    @cached_property
    def kernel(self) -> Any:
        """The record compiled loops read; None where products are not ours to compile."""
        coupled, P, Q = self.coupling.record(self.sign), self.forms[0].record(), self.forms[1].record()
        if coupled is None or P is None or Q is None:
            return None
        if self.plain:
            return coupled
        # A leader's own form would need its whole point; one that leads has none.
        leader = getattr(coupled, "leader", "")
        plain = bool(leader) and self.forms["xy".index(leader)].kind == "none"
        led = {"x": LedByX, "y": LedByY}[leader] if plain else WithOwn
        return led(coupled, P, Q, self.b, self.c)

    def led_by(self, player: str) -> Any:
        """Return the game with a dense coupling stored by the coordinates of "x" or "y", who then leads in turns."""
        A = self.coupling.A
        if self.coupling.kind != "dense" or (A.flags.c_contiguous if player == "x" else A.flags.f_contiguous):
            return self
        held = Coupling(np.ascontiguousarray(A) if player == "x" else np.asfortranarray(A), "dense")
        game = copy.copy(self)
        game.__dict__.pop("kernel", None)
        for key, value in {"A": held.A, "coupling": held}.items():
            object.__setattr__(game, key, value)
        return game

    @property
    def work(self) -> int:
        """Numbers that an evaluation of both utilities reads."""
        own = sum(f.n if f.kind == "diagonal" else f.P.entries for f in self.forms if f.kind != "none")
        return self.coupling.entries + own

    @cached_property
    def merit(self) -> str:
        """What `gap` measures."""
        if self.violation > 0.0:
            return "natural residual"
        exact = [form.responds(domain) for form, domain in zip(self.forms, self.domains)]
        if all(exact):
            return "duality gap"
        answered = all(one or domain.bounded for one, domain in zip(exact, self.domains))
        return "linearised gap" if answered else "natural residual"

    def highest(self, x: np.ndarray, y: np.ndarray, f: float, by_y: np.ndarray) -> float:
        """Return `max_y' f(x, y') - h(y')`, or a bound on it where that has no closed form."""
        P, Q = self.forms
        if not Q.responds(self.Y):
            return super().highest(x, y, f, by_y)
        own = float(x @ P.times(x)) / 2.0 + float(self.b @ x)
        return own + Q.best(self.Y, by_y + Q.times(y) if Q.kind != "none" else by_y)

    def lowest(self, x: np.ndarray, y: np.ndarray, f: float, by_x: np.ndarray) -> float:
        """Return `min_x' f(x', y) + g(x')`, or a bound on it where that has no closed form."""
        P, Q = self.forms
        if not P.responds(self.X):
            return super().lowest(x, y, f, by_x)
        own = float(y @ Q.times(y)) / 2.0 + float(self.c @ y)
        return -own - P.best(self.X, -by_x + P.times(x) if P.kind != "none" else -by_x)

    def rounding(self, x: np.ndarray, y: np.ndarray, f: float, by_x: np.ndarray, by_y: np.ndarray) -> float:
        """Bound on the rounding error of either bound."""
        part = (sum(self.shape) + 8) * EPS * self.coupling.largest
        if self.plain and self.unit:
            return part
        reach = 0.0
        for domain, own, other in zip(self.domains, (x, y), (y, x)):
            far = domain.diameter if math.isfinite(domain.diameter) else float(np.linalg.norm(own))
            reach += float(abs(other).sum()) * (float(abs(own).sum()) + math.sqrt(own.size) * far)
        return part * reach + super().rounding(x, y, f, by_x, by_y)

    def ray(self, dx: np.ndarray, dy: np.ndarray) -> str | None:
        """Return what directions that the players run away along prove: "unbounded", "infeasible", or nothing.

        Unbounded: whatever y does, x's payments fall along dx for ever (where there is an x that y cannot make pay
        without end).  Infeasible: whatever x does, y's payoffs grow along dy for ever, as the multiplier of a
        constraint that no x satisfies.  Both to twelve digits.
        """
        held, (P, Q) = self.coupling, self.forms
        if held.kind == "operator":  # no entries to tell a product from its rounding
            return None
        if falls(self.X, dx, P, self.b, self.Y, held.transposed, lambda d: abs(held.A).T @ d):
            return "unbounded"
        grows = falls(self.Y, dy, Q, self.c, self.X, lambda d: -held.times(d), lambda d: abs(held.A) @ d)
        return "infeasible" if grows else None

    @property
    def unit(self) -> bool:
        """Whether both players mix pure actions."""
        return all(isinstance(d, Simplex) and d.total == 1.0 for d in self.domains)

    @cached_property
    def spread(self) -> float:  # type: ignore[override]
        """Largest minus smallest payoff where the game is a matrix game; nan elsewhere."""
        return self.coupling.spread if self.plain and self.unit else math.nan

    @cached_property
    def norm(self) -> float:  # type: ignore[override]
        """Lipschitz constant of the operator: exact for small games, else a bound by its parts."""
        if self.curvatures == (0.0, 0.0):
            return self.coupling_norm
        n, m = self.shape
        if n + m > SMALL:
            return self.coupling_norm + max(self.curvatures)
        return float(np.linalg.norm(self.jacobian, 2))

    @cached_property
    def coupling_norm(self) -> float:  # type: ignore[override]
        """Norm of the coupling, between vectors that strategies can differ by."""
        return self.coupling.norm(centred=all(isinstance(d, Simplex) for d in self.domains))

    @cached_property
    def curvatures(self) -> tuple[float, float]:  # type: ignore[override]
        """Norms of both forms."""
        return self.forms[0].norm, self.forms[1].norm

    @property
    def violation(self) -> float:  # type: ignore[override]
        """How far below zero an eigenvalue of P or Q goes: zero where f is convex-concave."""
        return max(form.violation for form in self.forms)

    @cached_property
    def measured(self) -> tuple[float, str]:
        """The scale, and what it measures: the range of the payoffs, exact where one player mixes pure actions."""
        held = self.coupling
        if self.plain and self.unit and held.kind == "operator":
            return held.largest, "operator norm estimate"
        if self.plain and self.unit and held.spread > 0:
            return held.spread, "max - min of the payoffs"
        linear = all(form.kind == "none" for form in self.forms) and not (self.X.charged or self.Y.charged)
        if linear and self.merit == "duality gap" and held.kind == "dense" and held.entries <= EXACT_RANGE:
            if isinstance(self.X, Simplex):
                return payoff_range(held.A, self.X.total, self.b, self.Y, -self.c), "max - min of the payoffs"
            if isinstance(self.Y, Simplex):
                return payoff_range(held.A.T, self.Y.total, -self.c, self.X, self.b), "max - min of the payoffs"
        return super().measured


def falls(domain: Any, d: np.ndarray, form: Curvature, linear: np.ndarray, other: Any, across: Any, sizes: Any) -> bool:
    """Whether a player's payments fall along d for ever, whatever the other one, who is told `across(d)`, plays.

    What must vanish is held against the sizes of what it is summed from, `sizes(|d|)`: it vanishes but for rounding.
    """
    d = domain.recession(d)
    if form.kind == "diagonal":
        d = np.where(form.P == 0.0, d, 0.0)
    size = float(np.linalg.norm(d))
    if not 0.0 < size < math.inf:
        return False
    d = d / size
    own = float(linear @ d) + domain.toll(d)
    if float(np.linalg.norm(form.times(d))) > RAY * form.norm:
        return False
    told = across(d)
    # Where the other one can run away itself nothing may be told.
    open_ = other.recession(told)
    if open_.any() and (abs(open_) > RAY * sizes(abs(d))).any():
        return False
    answer = float(other.reach(told - open_))
    return own + answer < -RAY * (float(abs(linear) @ abs(d)) + abs(answer))


def payoff_range(A: np.ndarray, total: float, own: np.ndarray, other: Any, linear: np.ndarray) -> float:
    """Return the range of `total (A z)_i + total own_i + linear'z` over actions i and z in the domain `other`."""
    U = total * A + linear
    return float((other.supports(U) + total * own).max() - (total * own - other.supports(-U)).min())


@dataclass(frozen=True, eq=False)
class BilinearGame(Quadratic):
    """The saddle problem `min over x in X, max over y in Y, x'Ay + b'x - c'y`.

    Parameters
    ----------
    A : (n, m) coupling: array, scipy sparse array or LinearOperator.
    X, Y : domains; free space where not given.
    b, c : (n,) and (m,) linear terms; none where not given.
    name : what the game is called.

    Examples
    --------
    The scalar game `f = x y`, on which gradient descent-ascent circles outwards; without bounds there is no duality
    gap, and the merit is the natural residual:

    >>> game = BilinearGame([[1.0]])
    >>> game.certificate([3.0], [4.0]).gap, game.merit
    (5.0, 'natural residual')

    The largest component of `A x - 1` in size, at a mixture x:

    >>> from minmax import Ball, Simplex
    >>> game = BilinearGame([[2.0, 0.0], [0.0, 4.0]], Simplex(2), Ball(2, norm=1), c=[1.0, 1.0])
    >>> game.certificate([0.5, 0.5], [0.0, 1.0]).upper.__round__(9)
    1.0
    """

    A: Any
    X: Any = None
    Y: Any = None
    b: Any = field(default=None, kw_only=True)
    c: Any = field(default=None, kw_only=True)
    name: str = field(default="", kw_only=True)
    coupling: Coupling = field(init=False, repr=False)
    forms: tuple[Curvature, Curvature] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.hold(self.A, None, None)


@dataclass(frozen=True, eq=False)
class QuadraticGame(Quadratic):
    """The saddle problem `min over x in X, max over y in Y, x'Px / 2 + x'Ay - y'Qy / 2 + b'x - c'y`.

    The duality gap is exact where best responses have a closed form: no form, a multiple of the identity, a diagonal on
    a box, a definite matrix on free space.  Elsewhere it is bounded by best responses to the gradient.

    Parameters
    ----------
    P, Q : symmetric forms of x and y: a number (times the identity), n numbers (a diagonal), or a matrix.
    A : (n, m) coupling: array, scipy sparse array or LinearOperator; given between them, as it stands in f.
    X, Y : domains; free space where not given.
    b, c : (n,) and (m,) linear terms; none where not given.
    name : what the game is called.

    Examples
    --------
    >>> game = QuadraticGame(1.0, [[2.0]], 1.0, b=[1.0])
    >>> round(game.certificate([-0.2], [-0.4]).gap, 12)
    0.0
    """

    P: Any
    A: Any
    Q: Any
    X: Any = field(default=None, kw_only=True)
    Y: Any = field(default=None, kw_only=True)
    b: Any = field(default=None, kw_only=True)
    c: Any = field(default=None, kw_only=True)
    name: str = field(default="", kw_only=True)
    coupling: Coupling = field(init=False, repr=False)
    forms: tuple[Curvature, Curvature] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.hold(self.A, self.P, self.Q)


COMPILED = (own, start)
