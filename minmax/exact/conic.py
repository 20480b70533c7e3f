"""A convex-concave game on convex sets as one cone program, by cvxpy."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from minmax.domains.program import modelling, quietly
from minmax.exact.answer import Answer
from minmax.exact.cones import Described, described, root
from minmax.games.matrix import MatrixGame
from minmax.games.quadratic import BilinearGame, QuadraticGame

__all__ = ["Conic", "Outcome"]

# Where a payoff is flat a strategy is off by the square root of the tolerance; what cannot be met is not an error.
TOLERANCE = 1e-11


class Outcome(NamedTuple):
    """A strategy pair, None where there is none; cvxpy's word for how the program ended; steps of the solver."""

    pair: tuple[np.ndarray, np.ndarray] | None
    status: str
    iterations: int = 0


@dataclass(frozen=True)
class Conic:
    """Exact method: bilinear and quadratic games on convex sets with terms, as one cone program by cvxpy.

    With `s(u) = max over y in Y of u'y - h(y)`, which conic duality writes with variables of its own, x solves::

        min  x'Px / 2 + b'x + g(x) + s(u - R'v) + |v|^2 / 2   subject to   u = A'x - c,  x in X,

    where `Q = R'R`; y is the price of the equation.  Both are then projected on their domains.  It takes every domain
    of the library, terms included, and is the reference for what has no closed form.

    Parameters
    ----------
    solver : name of a solver that cvxpy knows, in its own settings; Clarabel with tight tolerances where None.

    Raises
    ------
    ImportError
        Where cvxpy is missing: `pip install "minmax[cvx]"`.

    Examples
    --------
    >>> from minmax import Ball, Simplex
    >>> game = BilinearGame([[2.0, 0.0], [0.0, 4.0]], Simplex(2), Ball(2, norm=1), c=[1.0, 1.0])
    >>> x, y = Conic().answer(game).pair
    >>> x.round(6), game.certificate(x, y).upper.__round__(6)
    (array([0.666667, 0.333333]), 0.333333)

    Source
    ------
    P. Schiele, E. Luxenberg and S. Boyd, Disciplined saddle programming, 2023, arXiv:2301.13427; P. Goulart and
    Y. Chen, Clarabel: an interior-point solver for conic programs with quadratic objectives, 2024, arXiv:2405.12762.
    """

    solver: str | None = None
    games: ClassVar[tuple[type, ...]] = (MatrixGame, BilinearGame, QuadraticGame)

    def answer(self, game: Any, tol: float = 1e-9, deadline: float | None = None) -> Answer:
        """Return a saddle pair, optimal to the tolerance of the solver; none where the solver proves there is none."""
        outcome = self.outcome(game, deadline)
        return Answer(outcome.pair, late=outcome.status == "user_limit", iterations=outcome.iterations)

    def outcome(self, game: Any, deadline: float | None = None) -> Outcome:
        """Return the pair with what cvxpy says: "optimal", "infeasible", "unbounded", "solver_error", ...

        "infeasible" is said where y can gain without end whatever x plays; "unbounded" where x can.

        Parameters
        ----------
        game : MatrixGame, BilinearGame or QuadraticGame with entries.
        deadline : a time of `time.perf_counter`.
        """
        cp = modelling()
        if self.solver is not None and self.solver not in cp.installed_solvers():
            raise ValueError(f"`solver` must be one that cvxpy finds, {cp.installed_solvers()}; got {self.solver!r}.")
        if isinstance(game, MatrixGame):
            game = BilinearGame(game.entries() if game.loss else -game.entries(), *game.domains)
        if game.violation > 0.0:
            raise ValueError(
                "Conic needs a game that is convex in x and concave in y; "
                f"an eigenvalue of P or Q is {-game.violation:.3g}: use a dynamics."
            )
        x, link, problem = program(game)
        options = self.options(deadline)
        status = quietly(problem, **options)
        if status == "solver_error" and self.solver is None:
            own = {name: value for name, value in options.items() if not name.startswith("tol")}
            status = quietly(problem, **own)  # at the solver's own, looser tolerances
        steps = problem.solver_stats.num_iters if problem.solver_stats is not None else 0
        if status not in cp.settings.SOLUTION_PRESENT or link.dual_value is None:
            return Outcome(None, status, int(steps or 0))
        pair = (game.X.project(np.asarray(x.value)), game.Y.project(-np.asarray(link.dual_value)))
        return Outcome(pair, status, int(steps or 0))

    def options(self, deadline: float | None) -> dict[str, Any]:
        """Return what the solver is called with."""
        if self.solver is not None:
            return {"solver": self.solver}
        tight = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), TOLERANCE)
        left = {} if deadline is None else {"time_limit": max(deadline - time.perf_counter(), 1e-3)}
        return {"solver": "CLARABEL", **tight, **left}


def program(game: Any) -> tuple[Any, Any, Any]:
    """Return x, the equation whose price is -y, and the problem of x."""
    cp = modelling()
    X, Y = described(game.X), described(game.Y)
    P, Q = game.forms
    A = game.coupling.A if game.coupling.kind == "sparse" else np.asarray(game.coupling.A, dtype=np.float64)
    objective = game.b @ X.point + (0.0 if X.price is None else X.price)
    for R, r in X.squares + root(P):
        objective += cp.sum_squares(R @ X.point - r) / 2.0
    gain = cp.Variable(game.Y.n)
    rest: Any = 0.0
    # A square's conjugate is a square: max u'y - |Ry - r|^2 / 2 is the least of max (u - R'v)'y + |v|^2 / 2 + r'v.
    for R, r in Y.squares + root(Q):
        v = cp.Variable(r.size)
        objective += cp.sum_squares(v) / 2.0 + r @ v
        rest = rest + R.T @ v
    link = gain + rest == A.T @ X.point - game.c
    # In a constraint the support function is left as it is; as part of the objective cvxpy would evaluate it, by
    # another program, whose solution takes the place of x where both players move in one described set.
    most = cp.Variable()
    constraints = [*X.constraints, link, highest(Y, gain) <= most]
    return X.point, link, cp.Problem(cp.Minimize(objective + most), constraints)


def highest(Y: Described, gain: Any) -> Any:
    """Return `max over y of gain'y - price(y)` as an expression: the support function of the price's epigraph."""
    cp = modelling()
    if Y.price is None:
        y = cp.Variable(Y.point.size)
        return cp.suppfunc(y, [*Y.constraints, y == Y.point])(gain)
    y = cp.Variable(Y.point.size + 1)
    return cp.suppfunc(y, [*Y.constraints, y[:-1] == Y.point, y[-1] >= Y.price])(cp.hstack([gain, -1.0]))
