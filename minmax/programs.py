"""Linear programs as saddle points, and matrix games as linear programs: von Neumann's theorem is strong duality."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from minmax import _check
from minmax.checks import Limits
from minmax.domains import Box
from minmax.domains.euclidean import bound_array
from minmax.dynamics import HalpernPDHG
from minmax.games import BilinearGame, Certificate, MatrixGame
from minmax.games.coupling import coupling
from minmax.play import play
from minmax.players import fresh_run
from minmax.solution import Solution, Status

__all__ = ["LinearSolution", "game_of_program", "linear_program", "program_of_game"]

RUIZ = 10  # sweeps that bring rows and columns to the same largest entry


@dataclass(frozen=True, eq=False)
class LinearSolution:
    """A primal and dual point of a linear program, and how far they are from being solutions.

    Attributes
    ----------
    x : (n,) primal point, within its bounds.
    y : (m,) multipliers of `A x <= b`, none negative.
    z : (k,) multipliers of `A_eq x = b_eq`.
    objective, dual_objective : `c'x`, and what y and z prove of it where the dual residual is zero.
    primal_residual : violation of the constraints, Euclidean, over one plus the norm of both right-hand sides.
    dual_residual : violation of `c + A'y + A_eq'z` in the dual of the bounds, over one plus the norm of c.
    relative_gap : difference of the objectives over one plus their sizes.
    status : a `Status`; converged where all three are within the tolerance.
    solution : the saddle point run, in scaled variables; `solution.history` is its convergence.
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    objective: float
    dual_objective: float
    primal_residual: float
    dual_residual: float
    relative_gap: float
    status: Status
    solution: Solution

    @property
    def converged(self) -> bool:
        """Whether the tolerance was met."""
        return self.status is Status.CONVERGED


@dataclass(frozen=True, eq=False)
class Program:
    """The program `min c'x, lower <= x <= upper, K x - q <= 0` in its first rows, `= 0` in the others.

    Parameters
    ----------
    c, q : costs and right-hand sides.
    K : coupling of constraints by variables.
    above : number of inequality rows.
    lower, upper : bounds.
    """

    c: np.ndarray
    K: Any
    q: np.ndarray
    above: int
    lower: np.ndarray
    upper: np.ndarray

    def residuals(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float, float, float, float]:
        """Return both objectives, and the relative primal residual, dual residual and gap of a pair."""
        slack = self.K.times(x) - self.q
        slack[: self.above] = np.maximum(slack[: self.above], 0.0)
        reduced = self.c + self.K.transposed(y)
        # A reduced cost is paid at the bound it pushes to; where there is none it is a violation.
        bound = np.where(reduced > 0.0, self.lower, self.upper)
        lost = np.where(np.isfinite(bound), 0.0, reduced)
        paid = np.where(np.isfinite(bound), bound, 0.0) * reduced
        primal, dual = float(self.c @ x), float(paid.sum() - self.q @ y)
        return (
            primal,
            dual,
            float(np.linalg.norm(slack)) / (1.0 + float(np.linalg.norm(self.q))),
            float(np.linalg.norm(lost)) / (1.0 + float(np.linalg.norm(self.c))),
            abs(primal - dual) / (1.0 + abs(primal) + abs(dual)),
        )


@dataclass(frozen=True, eq=False)
class ProgramGame(BilinearGame):
    """The Lagrangian of a program in scaled variables, judged by the residuals of the program itself."""

    program: Any = None
    scales: Any = None

    @cached_property
    def merit(self) -> str:
        """What `gap` measures."""
        return "KKT residual"

    @cached_property
    def measured(self) -> tuple[float, str]:
        """The scale: residuals are relative already."""
        return 1.0, "one plus the norms of the data"

    def unscaled(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the program's own variables, within its bounds to the last bit."""
        return np.clip(x * self.scales[0], self.program.lower, self.program.upper), y * self.scales[1]

    def score(self, x: np.ndarray, y: np.ndarray) -> Certificate:
        """Return the largest of the three relative residuals."""
        primal, _, *misses = self.program.residuals(*self.unscaled(x, y))
        return Certificate(primal, -math.inf, math.inf, max(misses), max(misses), self.merit)


def linear_program(
    c: Any,
    A: Any = None,
    b: Any = None,
    *,
    A_eq: Any = None,
    b_eq: Any = None,
    lower: Any = 0.0,
    upper: Any = math.inf,
    rounds: int = 100_000,
    tol: float = 1e-6,
    time_limit: float | None = None,
    progress: bool = False,
) -> LinearSolution:
    r"""Solve `min c'x` subject to `A x <= b`, `A_eq x = b_eq`, `lower <= x <= upper` as a saddle point.

    .. math:: \min_{l \le x \le u} \; \max_{y \ge 0,\, z} \; c'x + y'(A x - b) + z'(A_{eq} x - b_{eq})

    by reflected Halpern primal-dual steps with bold restarts and adaptive step ratios, on rows and columns scaled to
    one size.

    Parameters
    ----------
    c : (n,) costs.
    A, b : (m, n) array or sparse array and (m,) right-hand sides of inequalities.
    A_eq, b_eq : the same of equalities.
    lower, upper : numbers or (n,) numbers, infinite where there is no bound.
    rounds, tol, time_limit, progress : as for `solve`; `tol` holds for all three relative residuals.

    Examples
    --------
    >>> found = linear_program([-1.0, -2.0], [[1.0, 1.0]], [1.0], tol=1e-9)
    >>> found.x.round(6), found.y.round(6), round(found.objective, 6)
    (array([0., 1.]), array([2.]), -2.0)

    Source
    ------
    D. Applegate, M. Diaz, O. Hinder, H. Lu, M. Lubin, B. O'Donoghue and W. Schudy, Practical large-scale linear
    programming using primal-dual hybrid gradient, 2021, arXiv 2106.04756; H. Lu and J. Yang, Restarted Halpern PDHG for
    linear programming, 2024, arXiv 2407.16144.
    """
    program = checked_program(c, A, b, A_eq, b_eq, lower, upper)
    game = scaled_game(program)
    eta = 1.0 / game.norm if game.norm > 0 else 1.0
    weight = float(np.linalg.norm(game.b) / np.linalg.norm(game.c)) if game.b.any() and game.c.any() else 1.0
    rules = HalpernPDHG(eta / weight), HalpernPDHG(eta * weight)
    run = fresh_run(game, rules, rounds, "last", None, None, None, restart="bold")
    start = game.X.project(np.zeros(game.X.n)), np.zeros(game.Y.n)
    found = play(game, run, Limits(rounds, tol, None, None, time_limit, progress, lean=True), start)
    x, y = game.unscaled(found.x, found.y)
    primal, dual, off, lost, gap = program.residuals(x, y)
    y, z = y[: program.above], y[program.above :]
    return LinearSolution(x, y, z, primal, dual, off, lost, gap, found.status, found)


def checked_program(c: Any, A: Any, b: Any, A_eq: Any, b_eq: Any, lower: Any, upper: Any) -> Program:
    """Return the program whose data are checked, inequalities above equalities."""
    c = _check.real_array("c", c, 1).astype(np.float64)
    _check.finite("c", c)
    rows, sides = [], []
    for names, matrix, side in ((("A", "b"), A, b), (("A_eq", "b_eq"), A_eq, b_eq)):
        if (matrix is None) != (side is None):
            raise ValueError(f"`{names[0]}` and `{names[1]}` go together; got only one of them.")
        if matrix is None:
            continue
        held = coupling(names[0], matrix)
        if held.kind == "operator":
            raise TypeError(f"`{names[0]}` must be an array or a sparse array; got a LinearOperator.")
        if held.shape[1] != c.size:
            raise ValueError(f"`{names[0]}` must have {c.size} columns, one for each cost; got shape {held.shape}.")
        rows.append(held.A)
        sides.append(_check.vector(names[1], side, held.shape[0]))
    if not rows:
        raise ValueError("A program needs constraints: pass `A` and `b`, or `A_eq` and `b_eq`.")
    above = sides[0].size if A is not None else 0
    low, high = (bound_array(name, bound, c.size) for name, bound in (("lower", lower), ("upper", upper)))
    if (low > high).any():
        i = int((low > high).argmax())
        raise ValueError(f"`lower` must not exceed `upper`; entry {i} has {low[i]:g} > {high[i]:g}.")
    return Program(c, coupling("A", stacked(rows)), np.concatenate(sides), above, low, high)


def stacked(rows: list[Any]) -> Any:
    """Return matrices one above the other, sparse where one is."""
    if len(rows) == 1:
        return rows[0]
    if all(isinstance(row, np.ndarray) for row in rows):
        return np.vstack(rows)
    from scipy.sparse import vstack

    return vstack(rows, format="csr")


def scaled_game(program: Program) -> ProgramGame:
    """Return the Lagrangian with rows and columns scaled: Ruiz's sweeps, then Pock and Chambolle's sums.

    Source
    ------
    D. Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices, 2001; T. Pock and A. Chambolle,
    Diagonal preconditioning for first order primal-dual algorithms in convex optimization, 2011.
    """
    from scipy.sparse import csr_array

    K = csr_array(program.K.A, dtype=np.float64)
    size = abs(K)
    columns, rows = np.ones(K.shape[1]), np.ones(K.shape[0])
    for sweep in range(RUIZ + 1):
        now = size.multiply(rows[:, None]).multiply(columns[None, :]).tocsr()
        if sweep < RUIZ:
            by_row, by_column = now.max(axis=1).toarray().ravel(), now.max(axis=0).toarray().ravel()
        else:
            by_row, by_column = now.sum(axis=1), now.sum(axis=0)
        rows, columns = rows / root(by_row), columns / root(by_column)
    scaled = csr_array(K.multiply(rows[:, None]).multiply(columns[None, :]).T)
    dense = isinstance(program.K.A, np.ndarray)
    above = np.arange(rows.size) < program.above
    return ProgramGame(
        scaled.toarray() if dense else scaled,
        Box(program.lower / columns, program.upper / columns),
        Box(np.where(above, 0.0, -np.inf), np.full(rows.size, np.inf)),
        b=program.c * columns,
        c=program.q * rows,
        program=program,
        scales=(columns, rows),
    )


def root(values: np.ndarray) -> np.ndarray:
    """Square roots; one where there is nothing to scale."""
    return np.sqrt(np.where(values > 0.0, values, 1.0))


def program_of_game(game: MatrixGame) -> dict[str, Any]:
    """Return x's linear program, `min v` subject to `A'x <= v`, x a strategy, as arguments of `linear_program`.

    Its multipliers y are the opponent's optimal strategy: the two players' programs are each other's duals.

    Parameters
    ----------
    game : MatrixGame with entries; v is what x pays.

    Examples
    --------
    >>> found = linear_program(**program_of_game(MatrixGame([[0.0, 1.0], [3.0, 2.0]])), tol=1e-8)
    >>> round(found.objective, 6), found.y.round(6)
    (1.0, array([0., 1.]))
    """
    A = game.dense() if game.loss else -game.dense()
    n, m = A.shape
    return {
        "c": np.append(np.zeros(n), 1.0),
        "A": np.hstack([A.T, -np.ones((m, 1))]),
        "b": np.zeros(m),
        "A_eq": np.append(np.ones(n), 0.0)[None],
        "b_eq": [1.0],
        "lower": np.append(np.zeros(n), -np.inf),
    }


def game_of_program(c: Any, A: Any, b: Any) -> MatrixGame:
    """Return the symmetric game that solves `min c'x, A x >= b, x >= 0` and its dual `max b'y, A'y <= c, y >= 0`.

    The game of the skew matrix of (y, x, t) has value zero.  From an optimal strategy with `t > 0`, `x / t` and `y / t`
    solve the programs; where t is zero in every one, one of the programs has no solution.

    Parameters
    ----------
    c, A, b : (n,) costs, (m, n) constraints, (m,) right-hand sides.

    Source
    ------
    G. Dantzig, A proof of the equivalence of the programming problem and the game problem, 1951; I. Adler, The
    equivalence of linear programs and zero-sum games, 2013.
    """
    c, b = (_check.real_array(name, v, 1).astype(np.float64) for name, v in (("c", c), ("b", b)))
    A = _check.real_array("A", A, 2).astype(np.float64)
    if A.shape != (b.size, c.size):
        raise ValueError(f"`A` must have shape {(b.size, c.size)}; got {A.shape}.")
    m, n = A.shape
    skew = np.zeros((m + n + 1, m + n + 1))
    skew[:m, m : m + n], skew[:m, -1] = A, -b
    skew[m : m + n, -1] = c
    return MatrixGame(skew - skew.T, name="symmetric game of a linear program")
