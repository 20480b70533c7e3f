"""Linear programs as saddle points, and von Neumann's theorem as strong duality, both ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, kron, vstack
from table import certified_gap

import minmax as mm


def instance(seed: int, m: int = 12, k: int = 4, n: int = 20) -> dict[str, Any]:
    """A program with a known feasible point, a finite value, and every kind of bound."""
    rng = np.random.default_rng(seed)
    lower = rng.choice([0.0, -1.0, -np.inf], n)
    upper = rng.choice([1.5, np.inf], n)
    x = np.clip(rng.normal(size=n), lower, upper)
    A, A_eq = rng.normal(size=(m, n)), rng.normal(size=(k, n))
    y, z = rng.uniform(0, 1, m) * (rng.random(m) < 0.5), rng.normal(size=k)
    reduced = np.where(np.isfinite(lower), rng.uniform(0, 1, n), 0.0) - np.where(
        np.isfinite(upper), rng.uniform(0, 1, n), 0.0
    )
    return {
        "c": reduced - A.T @ y - A_eq.T @ z,
        "A": A,
        "b": A @ x + np.where(y > 0, 0.0, rng.uniform(0, 1, m)),
        "A_eq": A_eq,
        "b_eq": A_eq @ x,
        "lower": lower,
        "upper": upper,
    }


def reference(c: Any, A: Any, b: Any, A_eq: Any, b_eq: Any, lower: Any, upper: Any) -> Any:
    return linprog(c, A, b, A_eq, b_eq, np.column_stack([lower, upper]))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 6))])
@pytest.mark.parametrize("sparse", [False, True])
def test_programs_agree_with_an_independent_solver(seed: int, sparse: bool) -> None:
    data = instance(seed)
    exact = reference(**data)
    assert exact.status == 0
    if sparse:
        data |= {"A": csr_array(data["A"]), "A_eq": csr_array(data["A_eq"])}
    found = mm.linear_program(**data, tol=1e-7)
    assert found.converged
    size = 1 + abs(exact.fun)
    assert found.objective == pytest.approx(exact.fun, abs=1e-5 * size)
    assert found.dual_objective == pytest.approx(exact.fun, abs=1e-5 * size)
    # The residuals, computed again by hand.
    assert (found.x >= data["lower"]).all()
    assert (found.x <= data["upper"]).all()
    assert (found.y >= 0).all()
    over = np.concatenate([np.maximum(data["A"] @ found.x - data["b"], 0), data["A_eq"] @ found.x - data["b_eq"]])
    sides = np.concatenate([data["b"], data["b_eq"]])
    assert np.linalg.norm(over) / (1 + np.linalg.norm(sides)) == pytest.approx(found.primal_residual, abs=1e-12)
    reduced = data["c"] + data["A"].T @ found.y + data["A_eq"].T @ found.z
    lost = np.where(np.isfinite(np.where(reduced > 0, data["lower"], data["upper"])), 0.0, reduced)
    assert np.linalg.norm(lost) / (1 + np.linalg.norm(data["c"])) == pytest.approx(found.dual_residual, abs=1e-12)
    assert max(found.primal_residual, found.dual_residual, found.relative_gap) <= 1e-7


def test_a_transport_problem_ships_everything() -> None:
    rng = np.random.default_rng(0)
    costs, supply, demand = rng.uniform(size=(8, 10)), rng.uniform(1, 2, 8), rng.uniform(1, 2, 10)
    demand *= supply.sum() / demand.sum()
    K = vstack([kron(eye_array(8), np.ones((1, 10))), kron(np.ones((1, 8)), eye_array(10))], format="csr")
    found = mm.linear_program(costs.ravel(), A_eq=K, b_eq=np.concatenate([supply, demand]), tol=1e-8)
    plan = found.x.reshape(8, 10)
    assert plan.sum(1) == pytest.approx(supply, abs=1e-6)
    assert plan.sum(0) == pytest.approx(demand, abs=1e-6)
    exact = linprog(costs.ravel(), A_eq=K, b_eq=np.concatenate([supply, demand]))
    assert found.objective == pytest.approx(exact.fun, rel=1e-6)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"c": [1.0], "A": [[1.0], [-1.0]], "b": [0.0, -1.0], "lower": -np.inf}, mm.Status.INFEASIBLE),
        ({"c": [1.0, 1.0], "A_eq": [[1.0, -1.0], [1.0, -1.0]], "b_eq": [0.0, 1.0]}, mm.Status.INFEASIBLE),
        ({"c": [1.0, 0.0], "A_eq": [[1.0, 1.0]], "b_eq": [3.0], "upper": 1.0}, mm.Status.INFEASIBLE),
        ({"c": [-1.0], "A": [[-1.0]], "b": [0.0]}, mm.Status.UNBOUNDED),
        ({"c": [-1.0, 0.5], "A": [[1.0, -1.0]], "b": [1.0]}, mm.Status.UNBOUNDED),
    ],
)
def test_programs_without_a_solution_say_why(data: dict[str, Any], status: mm.Status) -> None:
    found = mm.linear_program(**data, rounds=20_000)
    assert found.status is status
    assert found.solution.status is status
    assert not found.converged
    assert "prove" in status.sentence


@pytest.mark.parametrize("seed", range(4))
def test_a_games_two_programs_are_each_others_duals(seed: int) -> None:
    """Von Neumann's theorem is strong duality: x's program returns y's optimal strategy as its multipliers."""
    A = np.random.default_rng(seed).uniform(-1, 1, (5, 8))
    game = mm.MatrixGame(A)
    found = mm.linear_program(**mm.program_of_game(game), tol=1e-9)
    exact = mm.solve_exactly(game)
    assert found.objective == pytest.approx(float(exact.value), abs=1e-7)
    assert found.dual_objective == pytest.approx(float(exact.value), abs=1e-7)
    assert certified_gap(A, found.x[:-1], found.y / found.y.sum()) < 1e-6
    assert found.y.sum() == pytest.approx(1.0, abs=1e-7)
    flipped = mm.linear_program(**mm.program_of_game(mm.MatrixGame(-A.T)), tol=1e-9)
    assert flipped.objective == pytest.approx(-found.objective, abs=1e-7)
    payoffs = mm.linear_program(**mm.program_of_game(mm.MatrixGame.from_payoffs(-A)), tol=1e-9)
    assert payoffs.objective == pytest.approx(found.objective, abs=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_a_programs_symmetric_game_solves_both_programs(seed: int) -> None:
    """Dantzig: optimal strategies of the skew game are both solutions and a common scale."""
    rng = np.random.default_rng(seed)
    A, x, y = rng.uniform(0, 1, (3, 4)), rng.uniform(0, 1, 4), rng.uniform(0, 1, 3)
    b, c = A @ x - 0.1 * rng.random(3), A.T @ y + 0.1 * rng.random(4)
    game = mm.game_of_program(c, A, b)
    solution = mm.solve(game, tol=1e-12)
    assert solution.value == pytest.approx(0.0, abs=1e-12)
    dual, primal, scale = solution.x[:3], solution.x[3:7], solution.x[7]
    assert scale > 1e-6
    exact = linprog(c, -A, -b)
    assert c @ primal / scale == pytest.approx(exact.fun, abs=1e-9)
    assert b @ dual / scale == pytest.approx(exact.fun, abs=1e-9)
    assert (A @ primal / scale >= b - 1e-9).all()


def test_a_program_without_a_solution_has_a_game_without_a_scale() -> None:
    """Adler's caveat: t is zero in every optimal strategy where a program has no solution."""
    game = mm.game_of_program([1.0], [[1.0], [-1.0]], [1.0, 0.0])  # x >= 1 and x <= 0
    solution = mm.solve(game, tol=1e-12)
    assert solution.value == pytest.approx(0.0, abs=1e-12)
    assert solution.x[-1] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"c": [1.0]}, "needs constraints"),
        ({"c": [1.0], "A": [[1.0]]}, "`A` and `b` go together"),
        ({"c": [1.0], "A": [[1.0, 2.0]], "b": [1.0]}, "`A` must have 1 columns"),
        ({"c": [1.0], "A": [[1.0]], "b": [1.0, 2.0]}, "`b` must be a number or 1 numbers"),
        ({"c": [1.0], "A": [[1.0]], "b": [1.0], "lower": 2.0, "upper": 1.0}, "`lower` must not exceed `upper`"),
        ({"c": [np.nan], "A": [[1.0]], "b": [1.0]}, "`c` must be finite"),
    ],
)
def test_programs_that_are_none_are_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mm.linear_program(**data)
