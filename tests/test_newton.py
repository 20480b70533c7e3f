"""Newton on the active constraints: exact saddles of quadratic games on polyhedral sets, and when it is tried."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minmax as mm

RNG = np.random.default_rng(12)
A = RNG.uniform(-1, 1, (12, 15))
SETS_X = [mm.Simplex(12), mm.Box(-1.0, 0.5, n=12), mm.CappedSimplex(12, cap=0.2), mm.Orthant(12), mm.Free(12),
          mm.Product(mm.Simplex(5), mm.Box(-1.0, 1.0, n=4), mm.Free(3))]  # fmt: skip
SETS_Y = [mm.Simplex(15), mm.Box(0.0, 1.0, n=15), mm.Orthant(15)]


def strong(X: Any, Y: Any) -> Any:
    rng = np.random.default_rng(4)
    return mm.QuadraticGame(0.7, A, np.linspace(0.5, 1.0, 15), X=X, Y=Y, b=rng.normal(size=12), c=rng.normal(size=15))


@pytest.mark.long
@pytest.mark.parametrize("X", SETS_X, ids=lambda d: type(d).__name__)
@pytest.mark.parametrize("Y", SETS_Y, ids=lambda d: type(d).__name__)
def test_strongly_convex_concave_games_are_solved_to_rounding_from_the_centre(X: Any, Y: Any) -> None:
    game = strong(X, Y)
    solution = mm.solve(game, mm.ActiveSet(), tol=1e-11)
    assert solution.converged
    assert 1 <= solution.iterations <= 20
    # The saddle is the fixed point of an independent method.
    other = mm.solve(game, mm.ExtraGradient(), tol=1e-11)
    # A gap g of curvature .5 leaves a distance of sqrt(4 g).
    slack = 2 * math.sqrt(other.relative_gap * game.scale) + 1e-9
    assert solution.x == pytest.approx(other.x, abs=slack)
    assert solution.y == pytest.approx(other.y, abs=slack)
    assert slack < 1e-4


def test_terms_enter_the_system_by_their_curvature_and_slope() -> None:
    base = mm.BilinearGame(A, mm.Box(-1.0, 2.0, n=12), mm.Simplex(15), b=RNG.normal(size=12))
    game = mm.CompositeGame(base, g=mm.SquaredNorm(0.4, centre=0.1), h=mm.SquaredNorm(0.2))
    solution = mm.solve(game, mm.ActiveSet(), tol=1e-11)
    assert solution.converged
    sparse = mm.CompositeGame(mm.QuadraticGame(0.5, A, 0.5, c=RNG.normal(size=15)), g=mm.L1(0.4))
    found = mm.solve(sparse, mm.ActiveSet(), tol=1e-11)
    assert found.converged
    assert 0 < (found.x == 0.0).sum() < 12
    other = mm.solve(sparse, mm.ExtraGradient(), tol=1e-11)
    assert found.x == pytest.approx(other.x, abs=1e-4)


def test_a_near_start_finishes_a_bilinear_game() -> None:
    game = mm.BilinearGame(A, mm.Simplex(12), mm.Box(-1.0, 1.0, n=15), c=RNG.normal(size=15))
    rough = mm.solve(game, mm.PDHG(), restart="adaptive", tol=1e-6)
    sharp = mm.solve(game, mm.ActiveSet(), start=(rough.x, rough.y), tol=1e-11)
    assert sharp.converged
    assert sharp.operator_calls < 20
    assert sharp.lower <= rough.upper
    assert rough.lower <= sharp.upper


def test_the_default_is_exact_on_small_games_and_says_so() -> None:
    points = RNG.normal(size=(80, 4))
    game = mm.QuadraticGame(2.0, -2.0 * points.T, None, Y=mm.Simplex(80), c=-(points**2).sum(1))
    solution = mm.solve(game, tol=1e-11)
    assert solution.converged
    assert solution.path == ("InteriorPoint",)
    radius = np.sqrt(solution.upper)
    far = np.linalg.norm(points - solution.x, axis=1)
    assert far.max() == pytest.approx(radius, abs=1e-8)
    assert np.linalg.norm(points[solution.y > 1e-9] - solution.x, axis=1) == pytest.approx(radius, abs=1e-8)
    free = mm.solve(mm.QuadraticGame(1.0, A, 2.0, b=RNG.normal(size=12)), tol=1e-11)
    assert free.path == ("ActiveSet",)
    assert free.iterations == 1


def test_what_it_cannot_solve_is_refused_and_what_it_does_not_is_said() -> None:
    with pytest.raises(ValueError, match="domains whose faces are known"):
        mm.solve(mm.BilinearGame(np.eye(9), mm.Spectrahedron(3), mm.Simplex(9)), mm.ActiveSet())
    with pytest.raises(ValueError, match="needs a BilinearGame or a QuadraticGame"):
        mm.solve(mm.MatrixGame(A), mm.ActiveSet())
    with pytest.raises(ValueError, match="takes no `seed`"):
        mm.solve(strong(SETS_X[0], SETS_Y[0]), mm.ActiveSet(), seed=1)
    stopped = mm.solve(strong(SETS_X[0], SETS_Y[0]), mm.ActiveSet(steps=1), tol=1e-13)
    assert stopped.status is mm.Status.STALLED
    assert math.isfinite(stopped.gap)
