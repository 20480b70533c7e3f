"""Time from a saddle problem to a certified answer, against cvxpy's solvers and PDLP, side by side on one thread.

    python benchmarks/tables/saddle.py                 # every row, some ten minutes; peers: pip install ".[peers]"
    python benchmarks/tables/saddle.py --small         # the smallest sizes, for CI
    python benchmarks/tables/saddle.py --only "CVaR"   # rows whose name contains a text

A row states one problem twice: as a game, and as the cone program that a user of cvxpy would write (the inner maximum
dualised by hand, as disciplined saddle programming does it).  Both are scored by the same number: how far the worst
case of the x found is above a lower bound proved beforehand, over one plus its size.  An answer that misses the
tolerance is marked `!`.  The least of several repeats counts, after one that compiles; cvxpy's own compilation of a
problem is part of its time, as the making of the game is of ours.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from machine import made_on  # noqa: E402
from scipy import sparse  # noqa: E402

import minmax as mm  # noqa: E402

REPEATS = 5
ENOUGH = 10.0  # seconds after which a solver is not repeated


class Work(NamedTuple):
    """A row: the game, the same problem for cvxpy (its variable x and its objective), the tolerance, the target."""

    game: Callable[[], Any]
    program: Callable[[Any], tuple[Any, Any]]
    tol: float
    target: float


def box(n: int) -> Work:
    A = np.random.default_rng(0).uniform(-1, 1, (n, n))

    def program(cp: Any) -> tuple[Any, Any]:
        x = cp.Variable(n)
        return x, cp.Problem(cp.Minimize(cp.norm1(A.T @ x)), [x >= 0, cp.sum(x) == 1])

    return Work(lambda: mm.BilinearGame(A, mm.Simplex(n), mm.Box(-1.0, 1.0, n=n)), program, 1e-6, 10)


def entropy(n: int, tau: float) -> Work:
    A = np.random.default_rng(0).uniform(-1, 1, (n, n))

    def program(cp: Any) -> tuple[Any, Any]:
        x = cp.Variable(n)
        worst = tau * cp.log_sum_exp(A.T @ x / tau)
        return x, cp.Problem(cp.Minimize(worst - tau * cp.sum(cp.entr(x))), [x >= 0, cp.sum(x) == 1])

    def game() -> Any:
        return mm.CompositeGame(mm.MatrixGame(A), g=mm.Entropy(tau), h=mm.Entropy(tau))

    return Work(game, program, 1e-6, 10)


def quadratic(n: int, tau: float) -> Work:
    A = np.random.default_rng(0).uniform(-1, 1, (n, n))

    def program(cp: Any) -> tuple[Any, Any]:
        x, level = cp.Variable(n), cp.Variable()
        worst = level + cp.sum_squares(cp.pos(A.T @ x - level)) / (2 * tau)
        return x, cp.Problem(cp.Minimize(worst + tau / 2 * cp.sum_squares(x)), [x >= 0, cp.sum(x) == 1])

    def game() -> Any:
        return mm.CompositeGame(mm.MatrixGame(A), g=mm.SquaredNorm(tau), h=mm.SquaredNorm(tau))

    return Work(game, program, 1e-6, 10)


def enclosing(points: int, d: int) -> Work:
    a = np.random.default_rng(0).standard_normal((points, d))

    def program(cp: Any) -> tuple[Any, Any]:
        x, radius = cp.Variable(d), cp.Variable()
        return x, cp.Problem(cp.Minimize(radius), [cp.norm(a - cp.reshape(x, (1, d), order="C"), axis=1) <= radius])

    def game() -> Any:
        return mm.QuadraticGame(2.0, -2.0 * a.T, None, Y=mm.Simplex(points), c=-(a**2).sum(1))

    return Work(game, program, 1e-5, 5)


def least_squares(rows: int, d: int) -> Work:
    rng = np.random.default_rng(0)
    B, b, rho = rng.standard_normal((rows, d)), rng.standard_normal(rows), 0.5

    def program(cp: Any) -> tuple[Any, Any]:
        x = cp.Variable(d)
        return x, cp.Problem(cp.Minimize(cp.norm(B @ x - b) + rho * cp.norm(x)))

    def game() -> Any:
        Y = mm.Product(mm.Ball(rows), mm.Ball(d))
        return mm.BilinearGame(np.hstack([B.T, rho * np.eye(d)]), mm.Free(d), Y, c=np.append(b, np.zeros(d)))

    return Work(game, program, 1e-5, 5)


def tail(scenarios: int, assets: int) -> Work:
    R, level = np.random.default_rng(0).normal(0.05, 1.0, (scenarios, assets)), 0.05

    def program(cp: Any) -> tuple[Any, Any]:
        x, alpha = cp.Variable(assets), cp.Variable()
        worst = alpha + cp.sum(cp.pos(-R @ x - alpha)) / (level * scenarios)
        return x, cp.Problem(cp.Minimize(worst), [x >= 0, cp.sum(x) == 1])

    def game() -> Any:
        return mm.BilinearGame(-R.T, mm.Simplex(assets), mm.CappedSimplex(scenarios, 1 / (level * scenarios)))

    return Work(game, program, 1e-5, 5)


def portfolio(assets: int) -> Work:
    rng = np.random.default_rng(0)
    F = rng.standard_normal((assets, 10))
    S = F @ F.T / 10 + np.diag(rng.uniform(0.1, 1, assets))
    L, mu, kappa = np.linalg.cholesky(S), rng.normal(0.1, 0.2, assets), 0.3

    def program(cp: Any) -> tuple[Any, Any]:
        x = cp.Variable(assets)
        cost = -mu @ x + kappa * cp.norm(L.T @ x) + cp.sum_squares(L.T @ x)
        return x, cp.Problem(cp.Minimize(cost), [x >= 0, cp.sum(x) == 1])

    def game() -> Any:
        return mm.QuadraticGame(2.0 * S, L, None, X=mm.Simplex(assets), Y=mm.Ball(assets, kappa), b=-mu)

    return Work(game, program, 1e-5, 5)


WORKS: dict[str, Work] = {
    "simplex x box, 500, 1e-6": box(500),
    "entropy .1, 500, 1e-6": entropy(500, 0.1),
    "entropy .01, 500, 1e-6": entropy(500, 0.01),
    "squares .1, 500, 1e-6": quadratic(500, 0.1),
    "squares .01, 500, 1e-6": quadratic(500, 0.01),
    "enclosing ball, 1000 points, d 50, 1e-5": enclosing(1000, 50),
    "robust least squares, 500 x 50, 1e-5": least_squares(500, 50),
    "robust least squares, 2000 x 100, 1e-5": least_squares(2000, 100),
    "CVaR, 1000 scenarios, 50 assets, 1e-5": tail(1000, 50),
    "robust portfolio, 50 assets, 1e-5": portfolio(50),
    "robust portfolio, 200 assets, 1e-5": portfolio(200),
}
SMALL: dict[str, Work] = {
    "simplex x box, 50, 1e-6": box(50),
    "entropy .1, 50, 1e-6": entropy(50, 0.1),
    "squares .1, 50, 1e-6": quadratic(50, 0.1),
    "enclosing ball, 100 points, d 5, 1e-5": enclosing(100, 5),
    "robust least squares, 50 x 5, 1e-5": least_squares(50, 5),
    "CVaR, 100 scenarios, 10 assets, 1e-5": tail(100, 10),
    "robust portfolio, 10 assets, 1e-5": portfolio(10),
}


def worst_case(game: Any, x: np.ndarray) -> float:
    """Return the most that y can make of x, terms included: what both sides are scored by."""
    x = game.X.project(x)
    y = game.Y.centre()
    by_y = game.gradients(x, y)[1]
    return float(game.highest(x, y, game.payoff(x, y), by_y) + game.X.price(x))


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the least time of several runs, after one that compiles, and the last answer."""
    began = time.perf_counter()
    found = work()
    best = np.inf
    for _ in range(REPEATS):
        before = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - before)
        if time.perf_counter() - began > ENOUGH:
            break
    return best, found


def solvers(cp: Any, problem: Any, tol: float) -> list[str]:
    """Return the solvers of cvxpy that take a problem; SCS is for looser answers, and spends minutes on tight ones."""
    chosen = ["CLARABEL"] + (["SCS"] if tol > 1e-6 else [])
    linear = problem.is_qp() and problem.objective.expr.is_pwl()
    chosen += ["HIGHS"] if linear else []  # its active sets take minutes on the quadratic ones
    chosen += ["OSQP"] if problem.is_qp() else []
    return [name for name in chosen if name in cp.installed_solvers()]


def by_cvxpy(cp: Any, work: Work, solver: str) -> np.ndarray:
    """State the problem and solve it, as a user would: from the data to x."""
    x, problem = work.program(cp)
    options: dict[str, Any] = {"eps": work.tol} if solver == "SCS" else {}
    if solver == "OSQP":
        options = {"eps_abs": work.tol, "eps_rel": work.tol, "max_iter": 100_000, "time_limit": ENOUGH}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem.solve(solver=solver, **options)
    return np.zeros(x.size) if x.value is None else np.asarray(x.value)


def ours(work: Work) -> np.ndarray:
    """Make the game and solve it to the tolerance over one plus the value's size."""
    game = work.game()
    # Ours is over the range of the payoffs; over one alone is no looser than over one plus the value's size.
    return mm.solve(game, tol=min(work.tol / game.scale, 1e-2), rounds=1_000_000).x


def table(works: dict[str, Work]) -> None:
    """Print a line for each problem and solver."""
    try:
        import cvxpy as cp
    except ImportError:
        cp = None
    for name, work in works.items():
        game = work.game()
        proved = mm.solve(game, tol=1e-10, rounds=300_000, time_limit=10.0)
        bound = proved.lower if np.isfinite(proved.lower) else worst_case(game, proved.x)
        size = 1.0 + abs(bound)
        seconds, x = timed(lambda work=work: ours(work))
        off = (worst_case(game, x) - bound) / size
        mark = "!" if off > work.tol * 1.01 else " "
        print(f"{name:42} {'minmax':10} {1e3 * seconds:10.2f} ms {off:9.1e}{mark}", flush=True)
        if cp is None:
            print(f"{name:42} cvxpy is not installed: pip install minmax[cvx]")
            continue
        for solver in solvers(cp, work.program(cp)[1], work.tol):
            try:
                took, x = timed(lambda work=work, solver=solver: by_cvxpy(cp, work, solver))
            except cp.error.SolverError as error:
                print(f"{name:42} {solver:10} {error}")
                continue
            off = (worst_case(game, x) - bound) / size
            mark = "!" if off > work.tol * 1.01 else " "
            print(
                f"{name:42} {solver:10} {1e3 * took:10.2f} ms {off:9.1e}{mark} {took / seconds:7.1f} x, "
                f"wanted {work.target:g}",
                flush=True,
            )


# ------------------------------------------------------------------ linear programs


def transport(k: int) -> tuple[np.ndarray, Any, np.ndarray]:
    """Costs, constraints and sides of a transport problem of k by k places."""
    rng = np.random.default_rng(0)
    supply, demand = rng.uniform(0.5, 1.5, k), rng.uniform(0.5, 1.5, k)
    K = sparse.vstack(
        [sparse.kron(sparse.eye_array(k), np.ones((1, k))), sparse.kron(np.ones((1, k)), sparse.eye_array(k))]
    )
    return rng.uniform(size=k * k), K.tocsr(), np.concatenate([supply, demand * supply.sum() / demand.sum()])


def covering(rows: int, n: int) -> tuple[np.ndarray, Any, np.ndarray]:
    """Costs, constraints `A x <= b` and sides of the relaxation of a random set cover."""
    rng = np.random.default_rng(0)
    A = sparse.random_array((rows, n), density=10 / rows, rng=rng, format="csr")
    A.data[:] = -1.0
    A = A + sparse.csr_array((-np.ones(rows), (np.arange(rows), np.arange(rows) % n)), shape=(rows, n))
    return rng.uniform(1, 2, n), A.tocsr(), -np.ones(rows)


def by_pdlp(c: np.ndarray, A: Any, b: np.ndarray, equal: bool, tol: float) -> float:
    """Solve `min c'x, A x <= b or = b, 0 <= x` by OR-Tools PDLP; return the objective and the time of the solve."""
    from ortools.pdlp import solve_log_pb2, solvers_pb2  # noqa: F401
    from ortools.pdlp.python import pdlp

    program = pdlp.QuadraticProgram()
    program.objective_vector = c
    program.constraint_matrix = sparse.csc_matrix(A)
    program.constraint_lower_bounds = b if equal else np.full(b.size, -np.inf)
    program.constraint_upper_bounds = b
    program.variable_lower_bounds = np.zeros(c.size)
    program.variable_upper_bounds = np.full(c.size, np.inf)
    params = solvers_pb2.PrimalDualHybridGradientParams()
    params.num_threads = 1
    params.verbosity_level = 0
    params.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = tol
    params.termination_criteria.simple_optimality_criteria.eps_optimal_relative = tol
    found = pdlp.primal_dual_hybrid_gradient(program, params)
    return float(c @ found.primal_solution)


def programs(small: bool) -> None:
    """Print our restarted primal-dual steps against PDLP's on linear programs, to 1e-4 relative."""
    k = 20 if small else 100
    rows = {
        f"transport {k} x {k}, 1e-4": (*transport(k), True),
        f"set cover {5 * k} x {k * k}, 1e-4": (*covering(5 * k, k * k), False),
    }
    for name, (c, A, b, equal) in rows.items():
        data = {"A_eq": A, "b_eq": b} if equal else {"A": A, "b": b}
        seconds, found = timed(lambda c=c, data=data: mm.linear_program(c, **data, tol=1e-4))
        print(f"{name:42} {'minmax':10} {1e3 * seconds:10.2f} ms  cost {found.objective:.6g}, {found.status}")
        try:
            took, cost = timed(lambda c=c, A=A, b=b, equal=equal: by_pdlp(c, A, b, equal, 1e-4))
        except ImportError:
            print(f"{name:42} OR-Tools is not installed: pip install minmax[peers]")
            continue
        print(
            f"{name:42} {'PDLP':10} {1e3 * took:10.2f} ms  cost {cost:.6g} {took / seconds:9.2f} x, wanted 0.5",
            flush=True,
        )


def overhead() -> None:
    """Print what the driver adds to a user's numpy function in a round at n = 1000."""
    n = 1000

    def gradients(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return y + 0.1 * x, x - 0.1 * y

    game = mm.SmoothGame(mm.Free(n), mm.Free(n), gradients=gradients, lipschitz=1.1)
    x, y = np.ones(n), np.ones(n)
    for rule in (mm.OptimisticGDA(0.1), mm.ExtraGradient(0.1), mm.AdaptiveGoldenRatio(0.1)):
        first = mm.solve(game, rule, rounds=600, tol=None)  # the first rounds are numpy rows; later ones are compiled
        bare, whole = [], []
        for _ in range(7):
            before = time.perf_counter()
            for _ in range(5000):
                gradients(x, y)
            bare.append((time.perf_counter() - before) / 5000)
            before = time.perf_counter()
            mm.solve(game, start=first, rounds=5000, tol=None, every=5000)
            whole.append((time.perf_counter() - before) / 5000)
        added = 1e6 * (min(whole) - min(bare))
        name = f"a round of a numpy function, n = {n}"
        print(
            f"{name:42} {type(rule).__name__:20} adds {added:5.1f} us to {1e6 * min(bare):.1f}, wanted 15", flush=True
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="the smallest sizes")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    arguments = parser.parse_args()
    print(made_on("cvxpy", "clarabel", "scs", "osqp", "highspy", "ortools"))
    works = SMALL if arguments.small else WORKS
    table({name: work for name, work in works.items() if arguments.only in name})
    if arguments.only in "linear programs":
        programs(arguments.small)
    if arguments.only in "overhead":
        overhead()


if __name__ == "__main__":
    main()
