"""Sets described in cvxpy as programs: canonicalised once, and solved by one Clarabel solver for every utility."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax.domains.cones import ConeProgram, blocks_of

__all__ = ["Found", "Program", "modelling", "quietly"]

TOLERANCE = 1e-12  # asked of Clarabel, which says so where it comes less close, and is sharpened from there
ROUGH = 1e-8  # part of a value that is not certain where it came by way of `problem.solve`
RAY = 1e-4  # growth along a ray of length one that is more than the solver's tolerance, or its square root
CLOSE = 1e-7  # what optimality may be missed by, over the data

# What changes in cvxpy's private names, or an old Clarabel, is seen as: the plain way through cvxpy is then taken.
CHANGED = (ImportError, AttributeError, KeyError, TypeError, ValueError, IndexError)


def modelling() -> Any:
    """Return cvxpy, or say which extra brings it."""
    try:
        import cvxpy
    except ImportError:
        raise ImportError('Convex descriptions need cvxpy, which is missing: pip install "minmax[cvx]".') from None
    return cvxpy


def quietly(problem: Any, **options: Any) -> str:
    """Solve a cvxpy problem and return its status; "solver_error" where the solver gives up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that an answer is not exact is said by its status
        try:
            problem.solve(**options)
        except modelling().error.SolverError:
            return "solver_error"
    return str(problem.status)


class Found(NamedTuple):
    """A point of the set, None where there is none; cvxpy's word for how the search ended; what may be missing.

    Attributes
    ----------
    x : the point.
    status : "optimal", "infeasible", "unbounded", "solver_error", ...
    slack : how much better the best point may be, as far as the multipliers prove it.
    """

    x: np.ndarray | None
    status: str
    slack: float = 0.0


class Program:
    """`min weight |x|^2 / 2 - u'x` over a set described in cvxpy, for one u after the other.

    Parameters
    ----------
    constraints : cvxpy constraints on one variable.
    variable : that variable; matrices are flattened row by row.
    weight : one for projections, zero for best responses.
    """

    def __init__(self, constraints: list[Any], variable: Any, weight: float) -> None:
        cp = modelling()
        # A vector without attributes of its own has its place in the canonical form.
        plain = variable.ndim == 1 and not any(variable.attributes.values())
        self.point = variable if plain else cp.Variable(variable.size)
        link = [] if plain else [self.point == cp.vec(variable, order="C")]
        self.u = cp.Parameter(variable.size, value=np.zeros(variable.size))
        square = [weight / 2.0 * cp.sum_squares(self.point)] if weight else []
        objective = sum(square, start=-self.u @ self.point)
        self.problem = cp.Problem(cp.Minimize(objective), [*constraints, *link])
        try:
            self.solver: Solver | None = Solver(self)
        except (*CHANGED, cp.error.SolverError):
            self.solver = None

    def solve(self, u: np.ndarray) -> Found:
        """Return the best point for u, the same for the same u whatever was solved before."""
        found = self.solver.solve(u) if self.solver is not None else None
        return self.plainly(u) if found is None else found

    def endless(self, u: np.ndarray) -> bool:
        """Whether `u'x` grows without end over the set, for a u of order one."""
        if self.solver is None:
            return self.plainly(u).status.startswith("unbounded")
        return self.solver.growth(u) > RAY

    def plainly(self, u: np.ndarray) -> Found:
        """Return the best point by way of `problem.solve`."""
        cp = modelling()
        self.u.value = u
        tight = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), TOLERANCE)
        status = quietly(self.problem, solver=cp.CLARABEL, **tight) if cp.CLARABEL in cp.installed_solvers() else ""
        if status in ("", "solver_error"):
            status = quietly(self.problem)
        if not status.startswith("optimal"):
            return Found(None, status)
        x = np.array(self.point.value, dtype=np.float64)
        return Found(x, status, ROUGH * (1.0 + float(abs(u) @ abs(x))))


class Solver:
    """A Clarabel solver that holds a program, and takes a new linear term for each call."""

    def __init__(self, program: Program) -> None:
        import clarabel
        from cvxpy.reductions.solvers.conic_solvers.clarabel_conif import CLARABEL, dims_to_solver_cones
        from scipy.sparse import csc_array, triu

        data = program.problem.get_problem_data("CLARABEL")[0]
        start = data["param_prob"].var_id_to_col[program.point.id]
        self.columns = slice(start, start + program.point.size)
        self.q = np.array(data["c"], dtype=np.float64)
        P = csc_array(data["P"]) if "P" in data else csc_array((self.q.size, self.q.size))
        A, b = csc_array(data["A"]), np.array(data["b"], dtype=np.float64)
        self.check(program)
        self.settings = clarabel.DefaultSettings()
        self.settings.verbose = False
        self.settings.presolve_enable = False  # it would leave out rows, and with them the place for new data
        self.settings.chordal_decomposition_enable = False
        self.settings.tol_gap_abs = self.settings.tol_gap_rel = self.settings.tol_feas = TOLERANCE
        self.kinds = dims_to_solver_cones(data["dims"])
        self.clarabel = clarabel.DefaultSolver(triu(P).tocsc(), self.q, A, b, self.kinds, self.settings)
        self.clarabel.update(q=self.q)
        self.words = CLARABEL.STATUS_MAP
        self.cones = ConeProgram(P, A, b, blocks_of(data["dims"]))

    def check(self, program: Program) -> None:
        """Make sure that u enters the canonical form in these columns of q, with its sign turned, and nowhere else."""
        probe = np.arange(1.0, program.point.size + 1.0)
        program.u.value = probe
        data = program.problem.get_problem_data("CLARABEL")[0]
        if not np.array_equal(np.asarray(data["c"]), self.term(probe)):
            raise ValueError("The linear term has no place of its own in the canonical form.")

    def term(self, u: np.ndarray) -> np.ndarray:
        """Return the linear term for u."""
        q = self.q.copy()
        q[self.columns] -= u
        return q

    def solve(self, u: np.ndarray) -> Found | None:
        """Return the best point for u; None where Clarabel finds none and cannot say why."""
        q = self.term(u)
        self.clarabel.update(q=q)
        answer = self.clarabel.solve()
        status = self.words.get(str(answer.status), "solver_error")
        if status.startswith(("infeasible", "unbounded")):
            return Found(None, status)
        s, z = np.array(answer.x), np.array(answer.z)
        if not np.isfinite(s).all():
            return None
        s, z, miss = self.cones.sharpened(q, s, np.array(answer.s), z)
        if not (miss <= CLOSE if self.cones.blocks is not None else status.startswith("optimal")):
            return None
        return Found(s[self.columns], "optimal", self.cones.slack(q, s, z))

    @cached_property
    def rays(self) -> Any:
        """The solver of directions: the same cones without a right-hand side, and directions up to one in size.

        It always has a solution; on the set itself a solver may run off instead of proving that there is none.
        """
        import clarabel
        from scipy.sparse import csc_array, eye, vstack

        n, A = self.columns.stop - self.columns.start, self.cones.A
        point = csc_array(eye(n, self.q.size, k=self.columns.start))
        sides = np.concatenate([np.zeros(A.shape[0]), np.ones(2 * n)])
        cones = [*self.kinds, clarabel.NonnegativeConeT(2 * n)]
        flat = csc_array((self.q.size, self.q.size))
        rows = vstack([A, point, -point], format="csc")
        return clarabel.DefaultSolver(flat, np.zeros(self.q.size), rows, sides, cones, self.settings)

    def growth(self, u: np.ndarray) -> float:
        """Return the largest `u'd` over directions d in which the set never ends, no coordinate beyond one."""
        q = np.zeros(self.q.size)
        q[self.columns] = -u
        self.rays.update(q=q)
        return float(u @ np.array(self.rays.solve().x)[self.columns])
