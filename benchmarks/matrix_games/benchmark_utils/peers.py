"""Other solvers of matrix games behind one call, each through its public Python interface, one thread each.

A peer takes x's losses A, an (n, m) array or sparse array, and a tolerance, and returns strategies (x, y); what it is
given is part of its time, what it needs to compile is not.  `PEERS` holds the constructors: each returns such a
function, or raises ImportError where its package is missing (`pip install ".[peers]"` brings them).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
from scipy import sparse

Solver = Callable[[Any, float], tuple[np.ndarray, np.ndarray]]


def share(p: Any) -> np.ndarray:
    """Return the non-negative part, scaled to sum to one."""
    p = np.clip(np.asarray(p, dtype=float), 0.0, None)
    return p / p.sum() if p.sum() > 0 else np.full(p.size, 1 / p.size)


def program(A: Any) -> Any:
    """Return the columns of the constraints `A'x - v <= 0`, `sum x = 1` of `min v`, as a sparse array."""
    n, m = A.shape
    blocks = [
        [sparse.csr_array(A.T), sparse.csr_array(-np.ones((m, 1)))],
        [sparse.csr_array(np.ones((1, n))), None],
    ]
    return sparse.block_array(blocks, format="csc")


def highspy(solver: str) -> Solver:
    import highspy as hp

    def solve(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
        n, m = A.shape
        M = program(A)
        lp = hp.HighsLp()
        lp.num_col_, lp.num_row_ = n + 1, m + 1
        lp.col_cost_ = np.r_[np.zeros(n), 1.0]
        lp.col_lower_, lp.col_upper_ = np.r_[np.zeros(n), -hp.kHighsInf], np.full(n + 1, hp.kHighsInf)
        lp.row_lower_, lp.row_upper_ = np.r_[np.full(m, -hp.kHighsInf), 1.0], np.r_[np.zeros(m), 1.0]
        lp.a_matrix_.format_ = hp.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = M.indptr, M.indices, M.data
        model = hp.Highs()
        model.setOptionValue("output_flag", False)
        model.setOptionValue("threads", 1)
        model.setOptionValue("solver", solver)
        if solver == "pdlp":
            model.setOptionValue("pdlp_optimality_tolerance", tol)
            model.setOptionValue("primal_feasibility_tolerance", tol)
            model.setOptionValue("dual_feasibility_tolerance", tol)
        model.passModel(lp)
        model.run()
        found = model.getSolution()
        return share(found.col_value[:n]), share(-np.asarray(found.row_dual)[:m])

    return solve


def scipy_highs() -> Solver:
    from scipy.optimize import linprog

    def solve(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
        n, m = A.shape
        up = sparse.hstack([sparse.csr_array(A.T), sparse.csr_array(-np.ones((m, 1)))]) if sparse.issparse(A) else None
        up = np.hstack([A.T, -np.ones((m, 1))]) if up is None else up
        bounds = [(0, None)] * n + [(None, None)]
        row = np.r_[np.ones(n), 0.0][None]
        r = linprog(np.r_[np.zeros(n), 1.0], up, np.zeros(m), row, [1.0], bounds, method="highs")
        return share(r.x[:n]), share(-r.ineqlin.marginals)

    return solve


def ortools(solver: str) -> Solver:
    from ortools.linear_solver.python import model_builder as mb

    def solve(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
        import pandas as pd

        n, m = A.shape
        model = mb.Model()
        x = model.new_num_var_series("x", pd.RangeIndex(n), 0.0, 1.0)
        v = model.new_num_var(-np.inf, np.inf, "v")
        C = A.tocsc() if sparse.issparse(A) else None
        rows = []
        for j in range(m):
            if C is None:
                total = mb.LinearExpr.weighted_sum(list(x), A[:, j])
            else:
                part = slice(C.indptr[j], C.indptr[j + 1])
                total = mb.LinearExpr.weighted_sum([x[i] for i in C.indices[part]], C.data[part])
            rows.append(model.add(total - v <= 0))
        model.add(mb.LinearExpr.sum(list(x)) == 1)
        model.minimize(v)
        engine = mb.Solver(solver)
        if solver == "PDLP":
            engine.set_solver_specific_parameters(
                f"num_threads: 1 termination_criteria {{ simple_optimality_criteria {{ eps_optimal_absolute: {tol} "
                f"eps_optimal_relative: {tol} }} }}"
            )
        engine.solve(model)
        duals = [engine.dual_value(row) for row in rows]
        return share(engine.values(x)), share(-np.asarray(duals))

    return solve


def quantecon() -> Solver:
    from quantecon.optimize import minmax

    def solve(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
        _, x, y = minmax(np.ascontiguousarray(-A))  # its row player maximises
        return x, y

    solve(np.eye(3), 0.0)
    return solve


def clarabel() -> Solver:
    import clarabel as cl

    def solve(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
        n, m = A.shape
        M = program(A)
        G = sparse.vstack([M[m:], M[:m], sparse.hstack([-sparse.eye_array(n), sparse.csr_array((n, 1))])], format="csc")
        cones = [cl.ZeroConeT(1), cl.NonnegativeConeT(m + n)]
        settings = cl.DefaultSettings()
        settings.verbose = False
        settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = min(tol, 1e-8) / 10
        b = np.r_[1.0, np.zeros(m + n)]
        P = sparse.csc_array((n + 1, n + 1))
        found = cl.DefaultSolver(P, np.r_[np.zeros(n), 1.0], G, b, cones, settings).solve()
        return share(found.x[:n]), share(found.z[1 : m + 1])

    return solve


def openspiel() -> Solver:
    from open_spiel.python.algorithms.regret_matching import regret_matching

    def solve(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
        """Run as many iterations as the gap takes: the least of a doubling count, found beforehand."""
        x, y = regret_matching([-A, A], iterations=solve.iterations)  # type: ignore[attr-defined]
        return x, y

    solve.iterations = 10  # type: ignore[attr-defined]
    return solve


def mpax() -> Solver:
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from mpax import create_lp, r2HPDHG

    compiled: dict[float, Any] = {}

    def solve(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
        if tol not in compiled:  # left to itself it compiles at every call
            compiled[tol] = jax.jit(r2HPDHG(eps_abs=tol, eps_rel=tol).optimize)
        n, m = A.shape
        G = jnp.asarray(np.hstack([-A.T, np.ones((m, 1))]))
        E = jnp.asarray(np.r_[np.ones(n), 0.0][None])
        low, high = np.r_[np.zeros(n), -np.inf], np.full(n + 1, np.inf)
        lp = create_lp(
            jnp.asarray(np.r_[np.zeros(n), 1.0]), E, jnp.ones(1), G, jnp.zeros(m), jnp.asarray(low), jnp.asarray(high),
            use_sparse_matrix=False,
        )  # fmt: skip
        found = compiled[tol](lp)
        return share(found.primal_solution[:n]), share(np.asarray(found.dual_solution)[1:])

    return solve


def cvxpy(solver: str) -> Solver:
    import cvxpy as cp

    def solve(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
        n, _ = A.shape
        x, v = cp.Variable(n), cp.Variable()
        held = A.T @ x <= v
        options = {"eps": max(tol / 10, 1e-9), "max_iters": 100_000} if solver == "SCS" else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of accuracy, which is measured here
            cp.Problem(cp.Minimize(v), [held, x >= 0, cp.sum(x) == 1]).solve(solver=solver, **options)
        return share(x.value), share(held.dual_value)

    return solve


def nashpy() -> Solver:
    import nashpy

    def solve(A: Any, tol: float) -> tuple[np.ndarray, np.ndarray]:
        x, y = nashpy.Game(-A).linear_program()
        return share(x), share(y)

    return solve


PEERS: dict[str, tuple[Callable[[], Solver], str]] = {
    "HiGHS ipm": (lambda: highspy("ipm"), "highspy"),
    "HiGHS simplex": (lambda: highspy("simplex"), "highspy"),
    "HiGHS pdlp": (lambda: highspy("pdlp"), "highspy"),
    "scipy linprog": (scipy_highs, "scipy"),
    "OR-Tools PDLP": (lambda: ortools("PDLP"), "ortools"),
    "OR-Tools GLOP": (lambda: ortools("GLOP"), "ortools"),
    "QuantEcon": (quantecon, "quantecon"),
    "Clarabel": (clarabel, "clarabel"),
    "OpenSpiel RM": (openspiel, "open_spiel"),
    "mpax": (mpax, "mpax"),
    "SCS": (lambda: cvxpy("SCS"), "scs"),
    "Nashpy": (nashpy, "nashpy"),
}


def described(name: str) -> str:
    """Return a peer's name and version."""
    package = PEERS[name][1]
    return f"{name} ({package} {version(package)})"
