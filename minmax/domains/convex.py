"""Convex sets described in cvxpy, as domains: projections and best responses by a solver that is set up once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax.domains.domain import Domain
from minmax.domains.euclidean import Box
from minmax.domains.map import OneWay, Plain
from minmax.domains.program import Found, Program, modelling
from minmax.domains.rows import each_row

__all__ = ["ConvexSet"]


class OfSet(NamedTuple):
    domain: Any


class Nearest(OfSet, Plain):
    """The projection on a described set; rows only, one program a row."""

    __slots__ = ()
    compiled = False

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return each_row(self.domain.nearest, theta)


class Best(OfSet, OneWay):
    """The best response in a described set; rows only, one program a row."""

    __slots__ = ()
    compiled = False

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return each_row(self.domain.best, theta)


@dataclass(frozen=True, eq=False, repr=False)
class ConvexSet(Domain):
    """The set of all values of a cvxpy variable that satisfy convex constraints.

    Projections and best responses are cone programs.  They are canonicalised once and kept in a solver, which takes a
    new linear term for each call, and sharpened to about 1e-10: half a millisecond each for a hundred coordinates, a
    few where constraints bind without a price.  A closed form (`Simplex`, `Box`, `Ball`, ...) takes microseconds, and
    is compiled: use it where there is one.

    Parameters
    ----------
    constraints : cvxpy constraints on one variable, convex by cvxpy's rules (DCP), without parameters.
    variable : that variable; may be left out where there is a constraint.  Its matrices are flattened row by row.

    Raises
    ------
    ImportError
        Where cvxpy is missing: `pip install "minmax[cvx]"`.
    ValueError
        For constraints that are not convex, have no common point, or speak of parameters or several variables.

    Examples
    --------
    >>> import cvxpy as cp
    >>> x = cp.Variable(3)
    >>> flat = ConvexSet([x >= 0, cp.sum(x) == 1, cp.norm(x) <= 0.7])
    >>> flat.project([1.0, 0.0, 0.0]).round(6)
    array([0.656512, 0.171744, 0.171744])
    >>> float(flat.support([1.0, 0.0, 0.0]).__round__(6)), flat.bounded
    (0.656512, True)
    """

    constraints: Any
    variable: Any = None

    def __post_init__(self) -> None:
        cp = modelling()
        constraints = listed(self.constraints)
        variables = list({v.id: v for c in constraints for v in c.variables()}.values())
        variable = self.variable if self.variable is not None or len(variables) != 1 else variables[0]
        if not isinstance(variable, cp.Variable):
            raise ValueError(
                f"`variable` must be the cvxpy variable that describes the set; got {variable!r}, and constraints "
                f"on {len(variables)} variables."
            )
        if any(v is not variable for v in variables):
            names = ", ".join(v.name() for v in variables)
            raise ValueError(f"`constraints` must be on one variable; got {names}: stack them into one.")
        checked(constraints, variable)
        for name, value in {"constraints": constraints, "variable": variable, "n": variable.size}.items():
            object.__setattr__(self, name, value)
        found = self.nearby.solve(np.zeros(self.n))
        if found.status.startswith("infeasible"):
            raise ValueError("`constraints` must have a point in common; the solver proves that they have none.")
        there(found, "point of the set")

    def __repr__(self) -> str:
        return f"ConvexSet([{', '.join(map(str, self.constraints))}], {self.variable.name()})"

    @property
    def shape(self) -> tuple[int, ...]:
        """How a strategy is laid out."""
        return tuple(self.variable.shape) or (1,)

    @cached_property
    def nearby(self) -> Program:
        """The program of projections."""
        return Program(self.constraints, self.variable, 1.0)

    @cached_property
    def linear(self) -> Program:
        """The program of best responses."""
        return Program(self.constraints, self.variable, 0.0)

    def maps(self) -> dict[str, Any]:
        best = {"best-response": lambda: Best(self)} if self.bounded else {}
        return {"euclidean": lambda: Nearest(self)} | best

    def nearest(self, z: np.ndarray) -> np.ndarray:
        """Return the nearest point of the set."""
        return there(self.nearby.solve(z), "projection")

    def best(self, u: np.ndarray) -> np.ndarray:
        """Return a best response: where there are several, one in the middle of them."""
        size = float(abs(u).max())
        return there(self.linear.solve(u / size), "best response") if size > 0.0 else self.centre()

    def support(self, u: Any) -> float:
        """Return `max <x, u>` over the set, rounded up by what the solver leaves open; infinite where there is none."""
        u = self.vector(u, "u")
        size = float(abs(u).max())
        if size == 0.0:
            return 0.0
        if not self.bounded and self.linear.endless(u / size):
            return math.inf
        found = self.linear.solve(u / size)
        if found.status.startswith("unbounded"):
            return math.inf
        return float(there(found, "best response") @ u) + size * found.slack

    @cached_property
    def bounded(self) -> bool:  # type: ignore[override]
        """Whether the set is bounded.

        A closed convex set that is not holds a ray.  A random utility is orthogonal to it with probability zero, so
        that along it this utility or its negative grows without end: two small programs decide, four make sure.
        """
        utilities = np.random.default_rng(0).uniform(-1.0, 1.0, (3, self.n))
        return not any(self.linear.endless(sign * u) for u in utilities for sign in (1.0, -1.0))

    @cached_property
    def extent(self) -> Box:
        """The smallest box around the set, from two programs a coordinate."""
        units = np.eye(self.n)
        lower, upper = (np.array([sign * self.support(sign * unit) for unit in units]) for sign in (-1.0, 1.0))
        return Box(np.minimum(lower, upper), upper)

    @property
    def diameter(self) -> float:  # type: ignore[override]
        """A bound: the diagonal of the smallest box around the set."""
        return self.extent.diameter

    @cached_property
    def middle(self) -> np.ndarray:
        """The point of the set nearest to the centre of its box."""
        return self.nearest(self.extent.centre())

    def centre(self) -> np.ndarray:
        """Return the point nearest to the centre of the smallest box around the set."""
        return self.middle.copy()


def listed(constraints: Any) -> list[Any]:
    """Return constraints as a list of cvxpy constraints, one alone included."""
    kind = modelling().constraints.constraint.Constraint
    found = [constraints] if isinstance(constraints, kind) else list(constraints)
    for constraint in found:
        if not isinstance(constraint, kind):
            raise TypeError(f"`constraints` must be cvxpy constraints such as x >= 0; got {constraint!r}.")
    return found


def checked(constraints: list[Any], variable: Any) -> None:
    """Refuse constraints that describe no closed convex set of real vectors."""
    if variable.is_complex() or variable.attributes["boolean"] or variable.attributes["integer"]:
        raise ValueError(f"`variable` must be real and continuous; got {variable!r}.")
    for constraint in constraints:
        if constraint.parameters():
            raise ValueError(f"`constraints` must have no parameters; `{constraint}` has: give it the numbers.")
        if not constraint.is_dcp():
            raise ValueError(f"`constraints` must be convex by cvxpy's rules (DCP); `{constraint}` is not.")


def there(found: Found, what: str) -> np.ndarray:
    """Return the point found, or say that there is none to be trusted."""
    if found.x is None:
        raise RuntimeError(f"The solver found no {what}: it ended with the status {found.status!r}.")
    return found.x
