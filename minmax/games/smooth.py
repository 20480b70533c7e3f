"""Games given as Python functions: numpy with gradients, or torch alone."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.domains import Domain
from minmax.games.saddle import Saddle

__all__ = ["VIOLATED", "SmoothGame", "probe"]

VIOLATED = 1e-6  # a violation of monotonicity below this part of the Lipschitz constant is rounding
PROBES, POWERS = 3, 4  # directions along which the Lipschitz constants are estimated, and steps from each
PROBE = 1e-4  # length of a probe, over the size of the point
DIFFERENCE = 1e-6  # central differences of this length, over the size of the point, are good to its square
AGREE = 1e-4  # what gradients may miss differences by, over their size


@dataclass(frozen=True, eq=False)
class SmoothGame(Saddle):
    """The saddle problem `min over x in X, max over y in Y, f(x, y)` of a differentiable function.

    Parameters
    ----------
    X, Y : domains of x and y.
    f : function of two (n,) and (m,) arrays.  With `gradients` it may be left out, and values are then nan.  Without
        them it must be torch's: it is given tensors, returns a scalar, and is differentiated by autograd.
    gradients : function of x and y that returns `(grad_x f, grad_y f)`; or one compiled by numba, without options, that
        is given two more arrays to write them to: whole rounds are then compiled, 4 microseconds at n = 1000.
    lipschitz : Lipschitz constant of the operator `(grad_x f, -grad_y f)`; estimated around the centre where None.
    check_gradients : compare the gradients with finite differences of f, once, at a point near the centre.
    device : torch device the tensors are put on; the CPU where None.
    name : what the game is called.

    Raises
    ------
    ValueError, TypeError
        For gradients of the wrong shape, or that miss the finite differences.

    Examples
    --------
    >>> from minmax import Free
    >>> game = SmoothGame(
    ...     Free(1), Free(1), f=lambda x, y: float(x[0] * y[0] + x[0] ** 4 / 4), gradients=lambda x, y: (y + x**3, x),
    ...     check_gradients=True,
    ... )
    >>> game.certificate([0.0], [0.0]).gap
    0.0
    """

    X: Any
    Y: Any
    f: Callable[[Any, Any], Any] | None = field(default=None, kw_only=True)
    gradients: Callable[[Any, Any], Any] | None = field(default=None, kw_only=True)  # type: ignore[assignment]
    lipschitz: float | None = field(default=None, kw_only=True)
    check_gradients: bool = field(default=False, kw_only=True)
    device: Any = field(default=None, kw_only=True)
    name: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        for key, value in (("X", self.X), ("Y", self.Y)):
            if not isinstance(value, Domain):
                raise TypeError(f"`{key}` must be a domain such as Free(n); got {value!r}.")
        if self.f is None and self.gradients is None:
            raise TypeError("`SmoothGame` needs `f`, a torch function, or `gradients`, a function of x and y.")
        for key, value in (("f", self.f), ("gradients", self.gradients)):
            if value is not None and not callable(value):
                raise TypeError(f"`{key}` must be a function of x and y; got {value!r}.")
        if compiled_in_place(self.gradients):
            object.__setattr__(self, "kernel", Called(self.gradients))
            object.__setattr__(self, "users", True)
            object.__setattr__(self, "gradients", allocating(self.gradients))
        if self.lipschitz is not None:
            _check.positive("lipschitz", self.lipschitz)
        if self.gradients is None:
            from minmax.games.autograd import differentiated

            f, gradients = differentiated(self.f, self.device)
            object.__setattr__(self, "f", f)
            object.__setattr__(self, "gradients", gradients)
        at = self.X.centre(), self.Y.centre()
        found = self.gradients(*at)  # type: ignore[misc]
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            raise TypeError(f"`gradients` must return a pair, (grad_x f, grad_y f); got {type(found).__name__}.")
        for key, value, point in zip("xy", found, at):
            if np.shape(value) != point.shape:
                raise ValueError(f"`gradients` must return grad_{key} of shape {point.shape}; got {np.shape(value)}.")
        if self.check_gradients:
            compare(self)

    unproved = True

    @property
    def violation(self) -> float:  # type: ignore[override]
        """Largest violation of monotonicity seen around the centre."""
        return self.estimates.violation

    def payoff(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return f; nan where only its gradients are known."""
        return math.nan if self.f is None else float(self.f(x, y))

    @cached_property
    def estimates(self) -> Probed:
        """What a few differences of the gradients around the centre say."""
        return probe(self, *(d.project(d.centre()) for d in self.domains))

    @property
    def norm(self) -> float:  # type: ignore[override]
        """Lipschitz constant of the operator, as given, or as estimated around the centre."""
        return (
            float(self.lipschitz)
            if self.lipschitz is not None
            else max(self.estimates.whole, self.estimates.across, *self.estimates.own)
        )

    @property
    def coupling_norm(self) -> float:  # type: ignore[override]
        """Lipschitz constant of a player's utilities in the other's strategy, around the centre."""
        return self.estimates.across

    @property
    def curvatures(self) -> tuple[float, float]:  # type: ignore[override]
        """Lipschitz constants of each player's utilities in its own strategy, around the centre."""
        return self.estimates.own


class Function(NamedTuple):
    function: Any


class Called(Function):
    """Kernel record of a user's compiled gradients, written in place."""

    __slots__ = ()

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        self.function(x, y, ux, uy)
        for i in range(x.size):
            ux[i] = -ux[i]


def compiled_in_place(function: Any) -> bool:
    """Whether a function is compiled by numba and takes two points and two arrays to write to."""
    return hasattr(function, "py_func") and len(inspect.signature(function.py_func).parameters) == 4


def allocating(function: Any) -> Callable[[Any, Any], tuple[np.ndarray, np.ndarray]]:
    """Return the function of two points that an in-place one stands for."""

    def gradients(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        by_x, by_y = np.empty(x.size), np.empty(y.size)
        function(x, y, by_x, by_y)
        return by_x, by_y

    return gradients


class Probed(NamedTuple):
    """Lipschitz constants around a point, from below, and the largest violation of monotonicity.

    Attributes
    ----------
    whole : of the operator.
    across : of a player's gradient in the other's strategy.
    own : of each player's gradient in its own.
    violation : how far below zero an eigenvalue of either player's own Hessian goes, as seen; the coupling cancels.
    """

    whole: float
    across: float
    own: tuple[float, float]
    violation: float


def probe(game: Any, x: np.ndarray, y: np.ndarray) -> Probed:
    """Return what differences of the gradients around a point say, along a few directions of power iterations."""
    rng = np.random.default_rng(0)
    point = (x, y)
    before = game.gradients(x, y)
    whole = across = violation = 0.0
    own = [0.0, 0.0]
    for moving in ((0, 1), (0,), (1,)):
        for _ in range(PROBES):
            d = [direction(rng, p.size) if k in moving else np.zeros(p.size) for k, p in enumerate(point)]
            for _ in range(POWERS):
                moves = [reach(game.domains[k], point[k], d[k]) for k in (0, 1)]
                far = math.hypot(*(np.linalg.norm(m) for m in moves))
                if not far > 0.0:
                    break
                after = game.gradients(x + moves[0], y + moves[1])
                change = [np.subtract(new, old) for new, old in zip(after, before)]
                size = math.hypot(*(np.linalg.norm(c) for c in change))
                if not 0.0 < size < math.inf:
                    break
                if len(moving) == 2:
                    whole = max(whole, size / far)
                    d = [change[0] / size, -change[1] / size]
                    continue
                side = moving[0]
                bend = change[side] if side == 0 else -change[side]
                across = max(across, float(np.linalg.norm(change[1 - side])) / far)
                own[side] = max(own[side], float(np.linalg.norm(bend)) / far)
                violation = max(violation, -float(bend @ moves[side]) / far**2)
                # Towards the smallest eigenvalue: the largest of the shifted form.
                d[side] = own[side] * moves[side] - bend
                if not np.linalg.norm(d[side]) > 0.0:
                    break
                d[side] = d[side] / np.linalg.norm(d[side])
    return Probed(whole, across, (own[0], own[1]), violation if violation > VIOLATED * max(whole, *own) else 0.0)


def reach(domain: Any, point: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Return a short move inside the domain along d."""
    return np.asarray(domain.project(point + PROBE * (1.0 + np.linalg.norm(point)) * d) - point)


def direction(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return a random vector of length one."""
    d = rng.standard_normal(n)
    return d / np.linalg.norm(d)


def compare(game: Any) -> None:
    """Refuse gradients that miss the central differences of f, naming the first coordinate that does."""
    if game.f is None:
        raise ValueError("`check_gradients` needs `f`, whose differences it takes: pass it beside `gradients`.")
    rng = np.random.default_rng(1)
    point = [d.project(d.centre() + 0.1 * rng.standard_normal(d.n)) for d in game.domains]
    found = game.gradients(*point)
    for side, key in enumerate("xy"):
        step = DIFFERENCE * (1.0 + abs(point[side]).max())
        for i in range(point[side].size):
            ends = []
            for sign in (1.0, -1.0):
                moved = [p.copy() for p in point]
                moved[side][i] += sign * step
                ends.append(game.payoff(*moved))
            slope = (ends[0] - ends[1]) / (2.0 * step)
            if abs(slope - found[side][i]) > AGREE * (1.0 + abs(slope) + float(np.abs(found[side]).max())):
                raise ValueError(
                    f"`gradients` must be those of `f`; grad_{key}[{i}] is {float(found[side][i]):.6g} where finite "
                    f"differences give {slope:.6g}."
                )
