"""Games from cvxpy: a saddle expression taken apart into the pieces of a bilinear or quadratic game."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from minmax.domains import Ball, Box, CappedSimplex, ConvexSet, Free, Orthant, Product, Simplex
from minmax.domains.program import modelling
from minmax.domains.terms import Entropy, Penalised
from minmax.games.pieces import Pieces
from minmax.games.quadratic import BilinearGame, QuadraticGame

__all__ = ["from_cvxpy"]

REPRODUCED = 1e-9  # what the game may miss the objective by, over its size
TINY = 1e-12  # entries below this part of the largest are rounding


def from_cvxpy(objective: Any, x: Any = None, y: Any = None, constraints: Iterable[Any] = ()) -> Any:
    """Return the game of a saddle problem written in cvxpy: a QuadraticGame, or a BilinearGame where it is one.

    The objective is a sum of affine terms, products of two affine expressions (`u @ v`, `sum(multiply(u, v))`,
    `dsp.inner(u, v)`), quadratic atoms (`sum_squares`, `quad_form`, ...), and `norm1` and `sum(entr)` of a variable.
    Each player's set is the product over variables of what their constraints say; free space, orthants, boxes and
    simplices are recognised, so that their closed forms are used, and the rest is a `ConvexSet`.

    Parameters
    ----------
    objective : scalar cvxpy expression; or a `dsp.SaddlePointProblem`, which says all the rest itself.
    x, y : the variable, or variables, of the player who minimises and of the one who maximises.
    constraints : cvxpy constraints, each on one variable.

    Returns
    -------
    QuadraticGame or BilinearGame
        Strategies hold the variables one after the other, matrices row by row.

    Raises
    ------
    ValueError
        For an objective with another term, or constraints that join variables; the message names it.

    Examples
    --------
    >>> import cvxpy as cp
    >>> x, y = cp.Variable(2), cp.Variable(2)
    >>> A = np.array([[2.0, -1.0], [-1.0, 1.0]])
    >>> game = from_cvxpy(x @ A @ y + cp.sum_squares(x), x, y, [x >= 0, cp.sum(x) == 1, cp.abs(y) <= 1])
    >>> game.X, game.Y.norm, game.forms[0].P, game.certificate([0.5, 0.5], [1.0, 0.0]).value.__round__(9)
    (Simplex(n=2, total=1.0), inf, array([2., 2.]), 1.0)
    """
    cp = modelling()
    if type(objective).__module__.split(".")[0] == "dsp" and hasattr(objective, "obj_expr"):
        x, y, constraints = objective.convex_variables(), objective.concave_variables(), objective.constraints
        objective = objective.obj_expr
    if not isinstance(objective, cp.Expression) or not objective.is_scalar():
        raise TypeError(
            f"`objective` must be a scalar cvxpy expression or a dsp.SaddlePointProblem; got {objective!r}."
        )
    players = listed("x", x), listed("y", y)
    sets = [[owned(v, constraints) for v in player] for player in players]
    with Pieces([v for player in players for v in player]).at_zero() as pieces:
        strange = [v.name() for v in objective.variables() if all(v is not own for own in pieces.variables)]
        strange += [str(c) for c in constraints if len({v.id for v in c.variables()}) != 1]
        if strange:
            raise ValueError(f"`objective` and `constraints` must be in x and y, a variable each; got {strange[0]}.")
        pieces.take(objective, 1.0)
        domains = [[domain_of(pieces, v, own) for v, own in zip(*side)] for side in zip(players, sets)]
        game = built(pieces, players, domains)
        verify(game, pieces, objective)
    return game


def listed(name: str, variables: Any) -> list[Any]:
    """Return a player's variables as a list."""
    kind = modelling().Variable
    found = [variables] if isinstance(variables, kind) else list(variables or ())
    if not found or not all(isinstance(v, kind) for v in found):
        raise TypeError(f"`{name}` must be a cvxpy variable, or several; got {variables!r}.")
    return found


def owned(variable: Any, constraints: Iterable[Any]) -> list[Any]:
    """Return the constraints on a variable."""
    return [c for c in constraints if any(v is variable for v in c.variables())]


def domain_of(pieces: Pieces, variable: Any, constraints: list[Any]) -> Any:
    """Return the set of a variable: one with a closed form where the constraints are recognised."""
    marks = {name for name, value in variable.attributes.items() if value}
    known = None
    if variable.ndim <= 1 and marks <= {"nonneg"}:
        known = (None if marks else ball(variable, constraints)) or polyhedral(pieces, variable, constraints)
    return ConvexSet(constraints, variable) if known is None else known


def ball(variable: Any, constraints: list[Any]) -> Any:
    """Return the ball that one constraint on a norm describes; None where there is another."""
    norms = {"norm1": 1, "norm_inf": math.inf, "Pnorm": 2, "PnormApprox": 2, "abs": math.inf}
    if len(constraints) != 1 or type(constraints[0]).__name__ != "Inequality":
        return None
    size, radius = constraints[0].args
    norm = norms.get(type(size).__name__)
    if norm is None or size.args[0] is not variable or not (radius.is_constant() and radius.is_scalar()):
        return None
    even = getattr(size, "p", 2) == 2 and getattr(size, "axis", None) is None
    return Ball(variable.size, float(radius.value), norm) if even and radius.value > 0.0 else None


def polyhedral(pieces: Pieces, variable: Any, constraints: list[Any]) -> Any:
    """Return free space, an orthant, a box or a simplex where that is what affine constraints describe; else None."""
    n = variable.size
    lower, upper, totals = np.full(n, 0.0 if variable.is_nonneg() else -np.inf), np.full(n, np.inf), []
    for constraint in constraints:
        kind = type(constraint).__name__
        if kind not in ("Inequality", "Equality") or not constraint.expr.is_affine():
            return None
        slopes, values = pieces.affine(constraint.expr)
        for slope, value in zip(slopes[pieces.rows(variable)].T, values):
            at = np.flatnonzero(slope)
            if at.size == 1:
                bound = -value / slope[at[0]]
                if slope[at[0]] > 0.0 or kind == "Equality":
                    upper[at[0]] = min(upper[at[0]], bound)
                if slope[at[0]] < 0.0 or kind == "Equality":
                    lower[at[0]] = max(lower[at[0]], bound)
            elif kind == "Equality" and at.size == n and np.ptp(slope) == 0.0:
                totals.append(-value / slope[0])
            else:
                return None
    return closed_form(lower + 0.0, upper + 0.0, totals)


def closed_form(lower: np.ndarray, upper: np.ndarray, totals: list[float]) -> Any:
    """Return the domain of the vectors between bounds that sum to the total, if any; None where it is none of ours."""
    n, above = lower.size, not lower.any()
    if totals:
        if len(totals) > 1 or not above or not totals[0] > 0.0:
            return None
        if (upper >= totals[0]).all():
            return Simplex(n, totals[0])
        return CappedSimplex(n, np.minimum(upper, totals[0]), totals[0]) if (upper > 0.0).all() else None
    if not (lower <= upper).all():
        return None
    if np.isinf(lower).all() and np.isinf(upper).all():
        return Free(n)
    return Orthant(n) if above and np.isinf(upper).all() else Box(lower, upper)


def built(pieces: Pieces, players: tuple[list[Any], list[Any]], domains: list[list[Any]]) -> Any:
    """Return the game of the pieces."""
    n = sum(v.size for v in players[0])
    sides = []
    for sign, player, parts in zip((1.0, -1.0), players, domains):
        charged = [charge(pieces, v, part, sign) for v, part in zip(player, parts)]
        sides.append(charged[0] if len(charged) == 1 else Product(*charged))
    H, b, c = pieces.H, pieces.g[:n], 0.0 - pieces.g[n:]
    P, A, Q = form(H[:n, :n]), H[:n, n:], form(-H[n:, n:])
    if P is None and Q is None:
        return BilinearGame(A, sides[0], sides[1], b=b, c=c)
    return QuadraticGame(P, A, Q, X=sides[0], Y=sides[1], b=b, c=c)


def charge(pieces: Pieces, variable: Any, domain: Any, sign: float) -> Any:
    """Return the domain of a variable with the terms that its player pays."""
    plain = domain
    for kind, weight in pieces.terms[variable.id]:
        if not sign * weight > 0.0:
            raise ValueError(f"`objective` must be convex in x and concave in y; it is not in {variable.name()}.")
        if kind is Entropy and not isinstance(plain, (Simplex, CappedSimplex, Orthant)):
            raise ValueError(
                f"`objective` has the entropy of {variable.name()}, which must be in a simplex or the orthant; "
                f"got {plain!r}."
            )
        if kind is Entropy and isinstance(plain, Orthant):
            pieces.g[pieces.rows(variable)] += weight  # the orthant's own entropy is x log x - x
        domain = Penalised(domain, kind(sign * weight))
    return domain


def form(H: np.ndarray) -> Any:
    """Return a symmetric form as none, a diagonal, or a matrix."""
    H = np.where(abs(H) <= TINY * abs(H).max(initial=0.0), 0.0, (H + H.T) / 2.0)
    if not H.any():
        return None
    diagonal = np.diag(H).copy()
    return diagonal if np.array_equal(np.diag(diagonal), H) else H


def verify(game: Any, pieces: Pieces, objective: Any) -> None:
    """Make sure that the game's payoff is the objective, at random points."""
    rng = np.random.default_rng(0)
    for _ in range(3):
        x, y = (d.project(d.centre() + 0.1 * rng.standard_normal(d.n)) for d in (game.X, game.Y))
        x, y = 0.9 * x + 0.1 * game.X.centre(), 0.9 * y + 0.1 * game.Y.centre()
        pieces.move(np.concatenate([x, y]))
        wanted = float(objective.value)
        got = game.payoff(x, y) + game.X.price(x) - game.Y.price(y)
        if not abs(got + pieces.constant - wanted) <= REPRODUCED * (1.0 + abs(wanted)):
            raise ValueError(
                f"`objective` is not what its parts add up to; it is {wanted:.12g} where they are {got:.12g}."
            )
    if abs(pieces.constant) > REPRODUCED * (1.0 + abs(wanted)):
        raise ValueError(
            f"`objective` must have no constant, which games do not hold; subtract {pieces.constant!r} from it."
        )
