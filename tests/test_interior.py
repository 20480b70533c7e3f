"""The interior point on bilinear and quadratic games, its linear systems, and Newton on curved faces."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import minmax as mm
from minmax.exact.system import Block, System

RNG = np.random.default_rng(5)
A = RNG.uniform(-1, 1, (7, 9))
P = np.cov(RNG.normal(size=(7, 30)))
Q = np.linspace(0.0, 1.0, 9)
SETS_X = [
    mm.Simplex(7),
    mm.CappedSimplex(7, cap=[0.1, 0.2, 0.3, 0.5, 1.0, 1.0, 1.0]),
    mm.Ball(7, 0.5),
    mm.Product(mm.Simplex(3, total=2.0), mm.Box([-1.0, 0.5], [1.0, 0.5]), mm.Ball(2)),
]
SETS_Y = [mm.Box(-1.0, 2.0, n=9), mm.Ball(9, norm=math.inf), mm.Product(mm.Ball(4, 2.0), mm.CappedSimplex(5, cap=0.3))]
FORMS = {"bilinear": (None, None), "one form": (P, None), "both": (P, Q), "two matrices": (P, np.diag(Q))}


def game_of(X: Any, Y: Any, forms: Any) -> Any:
    rng = np.random.default_rng(8)
    return mm.QuadraticGame(forms[0], A, forms[1], X=X, Y=Y, b=rng.normal(size=7), c=rng.normal(size=9))


@pytest.mark.parametrize("forms", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("Y", SETS_Y, ids=repr)
@pytest.mark.parametrize("X", SETS_X, ids=lambda d: type(d).__name__)
def test_it_solves_games_on_bounds_sums_and_spheres(X: Any, Y: Any, forms: Any) -> None:
    game = game_of(X, Y, forms)
    solution = mm.solve(game, mm.InteriorPoint(), tol=1e-9)
    assert solution.converged, solution.relative_gap
    assert solution.iterations <= 25
    assert X.contains(solution.x, 1e-9)
    assert Y.contains(solution.y, 1e-9)
    # No other pair that a dynamics plays tells against what is proved; of so few rounds none is compiled.
    other = mm.solve(game, mm.ExtraGradient(), tol=1e-3, rounds=400)
    assert other.lower <= solution.upper
    assert solution.lower <= other.upper


@pytest.mark.parametrize("X", [mm.Free(7), mm.Orthant(7), mm.Box(0.0, np.inf, n=7)], ids=repr)
def test_unbounded_players_are_judged_by_their_residual(X: Any) -> None:
    game = game_of(X, mm.Simplex(9), (P + np.eye(7), None))
    solution = mm.solve(game, mm.InteriorPoint(), tol=1e-9)
    assert solution.converged, (solution.merit, solution.relative_gap)
    free = mm.solve(game_of(mm.Free(7), mm.Free(9), (P + np.eye(7), Q + 1.0)), mm.InteriorPoint(), tol=1e-10)
    assert free.converged
    assert free.iterations <= 1


def test_a_term_and_a_sparse_coupling_are_taken_as_they_are() -> None:
    base = mm.BilinearGame(sparse.csr_array(A * (abs(A) > 0.5)), mm.Simplex(7), mm.Ball(9))
    game = mm.CompositeGame(base, g=mm.SquaredNorm(0.3, centre=0.2), h=mm.SquaredNorm(0.1))
    solution = mm.solve(game, mm.InteriorPoint(), tol=1e-10)
    assert solution.converged
    assert mm.solve(game, mm.ExtraGradient(), tol=1e-8).x == pytest.approx(solution.x, abs=1e-3)


def test_large_games_take_hardly_more_steps_than_small_ones() -> None:
    steps = []
    for n in (20, 80, 250):  # the last with correctors, which small systems do without
        B = np.random.default_rng(n).uniform(-1, 1, (n, n))
        solution = mm.solve(mm.BilinearGame(B, mm.Simplex(n), mm.Box(-1.0, 1.0, n=n)), mm.InteriorPoint(), tol=1e-8)
        assert solution.converged
        steps.append(solution.iterations)
    assert max(steps) <= 18


def test_it_says_what_it_does_not_take_and_when_it_is_late() -> None:
    for game in (
        mm.BilinearGame(A, mm.Ball(7, norm=1), mm.Simplex(9)),
        mm.CompositeGame(mm.BilinearGame(A, mm.Simplex(7), mm.Simplex(9)), g=mm.Entropy(1.0)),
        mm.BilinearGame(np.eye(9), mm.Spectrahedron(3), mm.Simplex(9)),
    ):
        with pytest.raises(ValueError, match="InteriorPoint needs bounds, sums and Euclidean balls"):
            mm.solve(game, mm.InteriorPoint())
    late = mm.solve(game_of(SETS_X[0], SETS_Y[0], (None, None)), mm.InteriorPoint(), time_limit=1e-9)
    assert late.status is mm.Status.TIME
    assert math.isfinite(late.gap)


@pytest.mark.parametrize("owned", [(False, False), (False, True), (True, False), (True, True)], ids=str)
@pytest.mark.parametrize("zeros", [0, 2], ids=["definite", "two without curvature"])
def test_a_system_is_that_of_its_equations(owned: tuple[bool, bool], zeros: int) -> None:
    rng = np.random.default_rng(3)
    B = rng.normal(size=(5, 8))
    blocks = []
    for n, own in zip((5, 8), owned):
        root = rng.normal(size=(n, n))
        diagonal = rng.uniform(0.5, 2.0, n)
        diagonal[:zeros] = 0.0
        blocks.append(Block(root @ root.T if own else None, diagonal, rng.normal(size=(n, 2)), np.array([0.0, 0.3])))
    sides = [(rng.normal(size=n), rng.normal(size=2)) for n in (5, 8)]
    (x, m), (y, w) = System(blocks[0], blocks[1], B, 1e-6).solve(*sides)
    for (own, diagonal, normals, soft), p, q, k, coupled, side in zip(blocks, (x, y), (y, x), (m, w), (B, -B.T), sides):
        own_part = 0.0 if own is None else own @ p
        assert own_part + diagonal * p + coupled @ q + normals @ k == pytest.approx(side[0], abs=1e-9)
        assert normals.T @ p - soft * k == pytest.approx(side[1], abs=1e-9)


@pytest.mark.parametrize("tau", [1.0, 0.1, 0.02, 1e-3, 1e-5])
def test_newton_finds_logit_equilibria_from_the_centre(tau: float) -> None:
    game = mm.CompositeGame(mm.BilinearGame(A, mm.Simplex(7), mm.Simplex(9)), g=mm.Entropy(tau), h=mm.Entropy(2 * tau))
    solution = mm.solve(game, tol=1e-12 if tau > 1e-4 else 1e-8)
    assert solution.path == ("ActiveSet",)
    assert solution.converged
    assert solution.iterations <= 10 + 10 * max(0.0, math.log(1 / tau, 3))
    if tau < 1e-2:  # near the equilibrium of the matrix game
        assert solution.value == pytest.approx(mm.solve(A).value, abs=5 * tau)
        return

    def logit(u: np.ndarray) -> np.ndarray:
        p = np.exp(u - u.max())
        return p / p.sum()

    slack = 2.0 * math.sqrt(1e-12 * game.scale / tau) / tau
    assert solution.x == pytest.approx(logit(-A @ solution.y / tau), abs=slack)
    assert solution.y == pytest.approx(logit(A.T @ solution.x / (2 * tau)), abs=slack)


def test_newton_squares_the_error_on_a_sphere() -> None:
    # min over x of |B x - b|, as a game against the unit ball: the normal equations say what x is.
    B, b = RNG.normal(size=(40, 6)), RNG.normal(size=40)
    game = mm.BilinearGame(B.T, mm.Free(6), mm.Ball(40), c=b)
    best = np.linalg.lstsq(B, b, rcond=None)[0]
    left = B @ best - b
    start = (best + 0.01, left / np.linalg.norm(left))
    solution = mm.solve(game, mm.ActiveSet(), start=start, tol=1e-13)
    assert solution.x == pytest.approx(best, abs=1e-9)
    assert solution.value == pytest.approx(np.linalg.norm(left), abs=1e-9)
    assert solution.iterations <= 6


def test_faces_of_balls_and_terms_say_how_the_projection_moves() -> None:
    # On its face a proximal step is `point` and, to second order, stays there: its derivative along the face is
    # (1 + w weight)^-1 between directions without a part along the normal.
    rng = np.random.default_rng(1)
    for domain in (mm.Ball(5, 0.7), mm.Ball(5, 0.7, norm=1), mm.Ball(5, 0.7, norm=math.inf)):
        x, u, w = rng.normal(size=5), rng.normal(size=5), 0.3
        face = domain.face(x, u, w)
        assert face is not None
        assert face.point == pytest.approx(domain.project(x + w * u))
        move = rng.normal(size=5) * face.free
        held = face.groups >= 0
        normal = np.where(held & face.free, face.normal, 0.0)
        if normal.any():
            move -= normal * (normal @ move) / (normal @ normal)
        ahead = domain.project(x + w * u + 1e-6 * move)
        assert (ahead - face.point) / 1e-6 == pytest.approx(move / (1.0 + w * face.weight), abs=1e-5)


@pytest.mark.parametrize("far", [1e4, 1e6, 1e9])
@pytest.mark.parametrize("width", [1.0, 1e-3])
def test_bounds_may_be_far_from_zero(far: float, width: float) -> None:
    rng = np.random.default_rng(2)
    game = mm.BilinearGame(
        rng.normal(size=(8, 6)), mm.Box(far, far + width, n=8), mm.Box(-far - width, -far, n=6), b=rng.normal(size=8)
    )
    for method in (mm.InteriorPoint(), None):
        solution = mm.solve(game, method, tol=1e-6, time_limit=5.0)
        assert math.isfinite(solution.gap)
        assert game.X.contains(solution.x)
        assert game.Y.contains(solution.y)
    assert solution.converged or far >= 1e6 * width  # where payoffs have few digits left


@pytest.mark.parametrize("size", [1e-42, 1e-20, 1e20, 1e37, 1e100])
def test_single_precision_is_left_where_it_does_not_reach(size: float) -> None:
    rng = np.random.default_rng(2)
    game = mm.BilinearGame(size * rng.normal(size=(250, 250)), mm.Simplex(250), mm.Box(-1.0, 1.0, n=250))
    assert mm.solve(game, mm.InteriorPoint(), tol=1e-7).converged


def test_single_points_and_games_without_payoffs_are_solved_as_any_other() -> None:
    full = mm.BilinearGame(A, mm.CappedSimplex(7, 1 / 7), mm.Box(-1.0, 1.0, n=9))
    still = mm.Box([1.0, 1.0], [1.0, 1.0])
    games = [
        full,
        mm.BilinearGame([[2.0]], mm.Simplex(1), mm.Simplex(1)),
        mm.BilinearGame(np.zeros((2, 2)), mm.Simplex(2), mm.Box(-1.0, 1.0, n=2)),
        mm.BilinearGame(np.ones((2, 2)), still, still),
        mm.BilinearGame(np.zeros((2, 2))),
    ]
    for game in games:
        solution = mm.solve(game)
        assert solution.status in (mm.Status.CONVERGED, mm.Status.FLOOR), (game, solution.status)
        assert solution.gap <= 1e-6 * game.scale
        assert game.X.contains(solution.x)
        assert solution.relative_gap >= 0.0
        if solution.merit == "duality gap":
            assert solution.lower <= solution.value <= solution.upper
    assert mm.solve(full).value == pytest.approx(abs(A.mean(0)).sum(), abs=1e-9)


def test_a_game_that_is_not_convex_concave_is_no_more_solved_by_an_exact_method() -> None:
    game = mm.QuadraticGame(-1.0, np.eye(2), 1.0, X=mm.Simplex(2), Y=mm.Simplex(2))
    for method in (mm.InteriorPoint(), mm.ActiveSet()):
        found = mm.solve(game, method)
        assert found.status in (mm.Status.NONMONOTONE, mm.Status.STALLED)
        assert (found.lower, found.upper) == (-math.inf, math.inf)
        assert found.violation == pytest.approx(1.0)


def test_an_exact_method_goes_on_from_a_solution() -> None:
    game = game_of(SETS_X[0], SETS_Y[0], (None, None))
    rough = mm.solve(game, mm.PDHG(), rounds=200, tol=None)
    assert mm.solve(game, mm.ActiveSet(), start=rough).x.shape == (7,)
