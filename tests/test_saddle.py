"""Saddle problems on any two domains: closed forms, certificates judged by brute force, and what goes wrong said."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import minmax as mm

RNG = np.random.default_rng(3)
A46 = RNG.uniform(-1, 1, (4, 6))


def oracle_quadratic() -> mm.QuadraticGame:
    """A3.1."""
    return mm.QuadraticGame([1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]], [3.0, 4.0], b=[1.0, 1.0], c=[1.0, -1.0])


# ------------------------------------------------------------------ closed forms


def test_the_unconstrained_quadratic_has_its_closed_saddle() -> None:
    """A3.1, with the norm and the eigenvalues of its operator."""
    game = oracle_quadratic()
    assert game.norm == pytest.approx(7.0842954241, abs=1e-10)
    values = sorted(np.linalg.eigvals(game.jacobian), key=lambda v: (v.real, v.imag))
    assert [v.real for v in values] == pytest.approx([1.2060498, 2.7516835, 2.7516835, 3.2905832], abs=1e-7)
    assert values[2].imag == pytest.approx(5.3584521, abs=1e-7)
    for method in (None, mm.ExtraGradient(), mm.ProximalPoint(), mm.AdaptiveGoldenRatio(), mm.GDA()):
        solution = mm.solve(game, method, tol=1e-12)
        assert solution.converged
        assert solution.x == pytest.approx([-5 / 8, 7 / 72], abs=1e-5)
        assert solution.y == pytest.approx([-4 / 9, 5 / 144], abs=1e-5)
        assert solution.lower <= -7 / 288 <= solution.upper
        assert solution.value == pytest.approx(-7 / 288, abs=1e-9)


@pytest.mark.parametrize(("norm", "value"), [(2, 6 / 7), (1, 6 / 11), (math.inf, 1.0)])
def test_a_diagonal_between_a_simplex_and_balls(norm: float, value: float) -> None:
    """A3.2."""
    game = mm.BilinearGame(np.diag([1.0, 2.0, 3.0]), mm.Simplex(3), mm.Ball(3, norm=norm))
    solution = mm.solve(game, tol=1e-10)
    assert solution.merit == "duality gap"
    assert solution.lower <= value <= solution.upper
    assert solution.value == pytest.approx(value, abs=1e-8)


def test_two_balls_meet_at_the_origin_and_linear_terms_at_their_poles() -> None:
    """A3.3."""
    balls = mm.Ball(4, radius=2.0), mm.Ball(6, radius=3.0)
    start = np.array([1.0, 0.0, 0.5, -1.0]), np.full(6, 0.5)
    solution = mm.solve(mm.BilinearGame(A46, *balls), mm.PDHG(), start=start, tol=1e-9, restart="adaptive")
    assert solution.converged
    assert solution.value == pytest.approx(0.0, abs=1e-6)
    b, c = RNG.normal(size=4), RNG.normal(size=6)
    poles = mm.solve(mm.BilinearGame(np.zeros((4, 6)), *balls, b=b, c=-c), tol=1e-9)
    assert poles.value == pytest.approx(-2 * np.linalg.norm(b) + 3 * np.linalg.norm(c), rel=1e-8)


@pytest.mark.parametrize(
    ("points", "centre", "squared"),
    [
        ([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0.5, 0.5], 0.5),
        ([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(0.75)]], [0.5, math.sqrt(3) / 6], 1 / 3),
    ],
)
def test_smallest_enclosing_balls(points: list[list[float]], centre: list[float], squared: float) -> None:
    """A3.4: min over c, max over p of sum p_i |c - a_i|^2."""
    a = np.array(points)
    game = mm.QuadraticGame(2.0, -2.0 * a.T, None, Y=mm.Simplex(3), c=-(a**2).sum(1))
    solution = mm.solve(game, tol=1e-11)
    assert solution.converged
    assert solution.merit == "duality gap"
    assert solution.x == pytest.approx(centre, abs=1e-4)
    assert solution.lower - 1e-12 <= squared <= solution.upper + 1e-12


def test_robust_least_squares_of_a_scalar() -> None:
    """A3.5: min |x - 2| + |x| / 2, as a game against residual directions."""
    game = mm.BilinearGame([[1.0, 0.5]], mm.Free(1), mm.Product(mm.Ball(1), mm.Ball(1)), c=[2.0, 0.0])
    solution = mm.solve(game, tol=1e-10)
    assert solution.merit == "natural residual"
    assert solution.x == pytest.approx([2.0], abs=1e-8)
    assert solution.value == pytest.approx(1.0, abs=1e-8)


def test_a_lagrangian_finds_its_multiplier() -> None:
    """A3.6: min x^2 subject to x >= 1."""
    solution = mm.solve(mm.QuadraticGame(2.0, [[-1.0]], None, Y=mm.Orthant(1), c=[-1.0]), tol=1e-10)
    assert solution.x == pytest.approx([1.0], abs=1e-8)
    assert solution.y == pytest.approx([2.0], abs=1e-8)
    assert solution.value == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize(
    ("tau", "x", "y", "payoff"),
    [(1.0, 0.4886743062, 0.3909378948, 0.1959821206), (0.5, 0.4491321802, 0.3795822343, None),
     (0.1, 0.4087266370, 0.3926153622, None)],
)  # fmt: skip
def test_logit_equilibria(tau: float, x: float, y: float, payoff: float | None) -> None:
    """A3.7."""
    game = mm.MatrixGame.from_payoffs([[2.0, -1.0], [-1.0, 1.0]])
    solution = mm.solve(mm.CompositeGame(game, g=mm.Entropy(tau), h=mm.Entropy(tau)), tol=1e-13)
    assert solution.merit == "duality gap"
    assert (solution.x[0], solution.y[0]) == pytest.approx((x, y), abs=3e-6)
    # The logit equilibrium's own equation: x is softmax of its payoffs.
    P = game.payoffs()
    assert solution.x == pytest.approx(softmax(P @ solution.y / tau), abs=1e-5)
    if payoff is not None:
        assert solution.x @ P @ solution.y == pytest.approx(payoff, abs=3e-6)


def softmax(u: np.ndarray) -> np.ndarray:
    weight = np.exp(u - u.max())
    return weight / weight.sum()


def test_biased_rock_paper_scissors_at_a_temperature() -> None:
    """A3.7."""
    game = mm.zoo.rock_paper_scissors(1, 3, 1)
    for tau, x in ((1.0, [0.3860220894, 0.4402821428, 0.1736957678]), (0.1, [0.2238874904, 0.5956838376, 0.180428672])):
        solution = mm.solve(mm.CompositeGame(game, g=mm.Entropy(tau), h=mm.Entropy(tau)), tol=1e-13)
        assert solution.x == pytest.approx(x, abs=1e-5)


# ------------------------------------------------------------------ certificates


SETS_X = [mm.Simplex(4), mm.Box(-1.0, 2.0, n=4), mm.Ball(4), mm.Product(mm.Simplex(2), mm.Ball(2, norm=1))]
SETS_Y = [mm.Simplex(6), mm.CappedSimplex(6, cap=0.4), mm.Box(0.0, 1.0, n=6), mm.Ball(6, radius=2.0, norm=math.inf)]
TERMS = [None, mm.SquaredNorm(0.7)]


def games() -> list[Any]:
    rng = np.random.default_rng(8)
    b, c = rng.normal(size=4), rng.normal(size=6)
    R = rng.normal(size=(4, 4))
    found: list[Any] = [mm.BilinearGame(A46, X, Y, b=b, c=c) for X in SETS_X for Y in SETS_Y]
    found += [mm.CompositeGame(mm.BilinearGame(A46, X, SETS_Y[1], b=b), g=mm.SquaredNorm(0.7)) for X in SETS_X]
    found += [mm.QuadraticGame([0.0, 1.0, 0.2, 2.0], A46, 0.5, X=X, Y=SETS_Y[0], b=b, c=c) for X in SETS_X]
    found += [mm.QuadraticGame(R @ R.T, A46, None, X=X, Y=SETS_Y[2], b=b, c=c) for X in SETS_X]
    found += [mm.QuadraticGame(R @ R.T + np.eye(4), A46, 2.0, b=b, c=c), mm.QuadraticGame(1.0, A46, [1.0] * 6, b=b)]
    found += [mm.CompositeGame(mm.MatrixGame(A46), g=mm.Entropy(0.3), h=mm.SquaredNorm(0.2))]
    found += [mm.CompositeGame(mm.BilinearGame(A46, SETS_X[1], SETS_Y[2]), g=mm.L1(0.3), h=mm.L1(0.1))]
    return found


@pytest.mark.parametrize("game", games(), ids=lambda g: f"{type(g).__name__}-{g.X!r:.12}-{g.Y!r:.12}")
def test_no_member_beats_the_bounds_of_a_certificate(game: Any) -> None:
    """The bounds hold against many deviations, and the gap is attained where it is said to be exact."""
    rng = np.random.default_rng(4)

    def member(domain: Any) -> np.ndarray:
        return np.asarray(domain.project(rng.normal(size=domain.n) * rng.choice([0.3, 1.0, 5.0])))

    def payoff(x: np.ndarray, y: np.ndarray) -> float:
        return float(game.payoff(x, y) + game.X.price(x) - game.Y.price(y))

    for _ in range(5):
        x, y = member(game.X), member(game.Y)
        proof = game.certificate(x, y)
        assert proof.value == pytest.approx(payoff(x, y), abs=1e-12 * (1 + abs(proof.value)))
        assert proof.gap >= 0.0
        assert max(payoff(x, member(game.Y)) for _ in range(200)) <= proof.upper
        assert min(payoff(member(game.X), y) for _ in range(200)) >= proof.lower
    solution = mm.solve(game, tol=1e-7)
    assert solution.converged, solution.status
    assert solution.lower <= solution.value <= solution.upper
    assert solution.merit == game.merit
    proof = game.certificate(solution.x, solution.y)
    assert (proof.lower, proof.upper) == pytest.approx((solution.lower, solution.upper), abs=1e-12 * (1 + game.scale))


@pytest.mark.parametrize("game", games()[::3], ids=lambda g: f"{type(g).__name__}-{g.X!r:.12}-{g.Y!r:.12}")
def test_gradients_are_those_of_the_payoff_on_every_carrier(game: Any) -> None:
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=4), rng.normal(size=6)
    by_x, by_y = game.gradients(x, y)
    for i, unit in enumerate(np.eye(4) * 1e-6):
        assert (game.payoff(x + unit, y) - game.payoff(x - unit, y)) / 2e-6 == pytest.approx(by_x[i], abs=1e-6)
    for j, unit in enumerate(np.eye(6) * 1e-6):
        assert (game.payoff(x, y + unit) - game.payoff(x, y - unit)) / 2e-6 == pytest.approx(by_y[j], abs=1e-6)
    ux, uy = np.empty(4), np.empty(6)
    for source in (game, game.kernel):
        source.utilities(x, y, ux, uy)
        assert ux == pytest.approx(-by_x, abs=1e-12)
        assert uy == pytest.approx(by_y, abs=1e-12)
        source.utility_x(x, y, ux)
        source.utility_y(x, y, uy)
        assert ux == pytest.approx(-by_x, abs=1e-12)
        assert uy == pytest.approx(by_y, abs=1e-12)


@pytest.mark.long
def test_rows_and_compiled_loops_play_one_trajectory_on_every_kind_of_game() -> None:
    """600 rounds cross from rows to loops; the second half is compared with the rows engine alone."""
    for game in games()[::5]:
        rule = mm.MirrorProx(0.1) if "euclidean" not in game.X.maps() else mm.PDHG(0.1)
        if "euclidean" not in game.Y.maps() or (isinstance(rule, mm.MirrorProx) and "entropy" not in game.Y.maps()):
            continue
        seen = mm.Trajectory()
        mm.solve(game, rule, rounds=600, tol=None, every=60, watch=seen)
        mixed = mm.solve(game, rule, rounds=600, tol=None, average="last")
        assert mixed.x == pytest.approx(seen.x[-1], abs=1e-12)


def test_a_restricted_gap_is_the_best_first_order_gain_nearby() -> None:
    rng = np.random.default_rng(1)
    game = mm.BilinearGame(A46, mm.Orthant(4), mm.Box(-1.0, 1.0, n=6), b=rng.normal(size=4))
    x, y = game.X.project(rng.normal(size=4)), game.Y.project(rng.normal(size=6))
    by_x, by_y = game.gradients(x, y)
    for radius in (0.1, 1.0, 10.0):
        gain = mm.restricted_gap(game, x, y, radius)
        best = 0.0
        for _ in range(3000):
            dx, dy = rng.normal(size=4) - by_x, rng.normal(size=6) + by_y
            dx, dy = game.X.project(x + dx * rng.exponential()) - x, game.Y.project(y + dy * rng.exponential()) - y
            shrink = min(1.0, radius / np.hypot(np.linalg.norm(dx), np.linalg.norm(dy)))
            best = max(best, shrink * float(by_y @ dy - by_x @ dx))
        assert best <= gain + 1e-9
        assert gain <= 1.5 * best
    assert mm.restricted_gap(mm.BilinearGame([[1.0]]), [3.0], [4.0], 2.0) == pytest.approx(10.0)
    assert mm.restricted_gap(mm.BilinearGame([[1.0]]), [0.0], [0.0]) == 0.0


# ------------------------------------------------------------------ games from functions


def rosen(x: np.ndarray, y: np.ndarray) -> float:
    """A convex-concave function that is no quadratic."""
    return float(np.log1p(np.exp(x)).sum() + x @ y - np.cosh(y).sum())


def rosen_gradients(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return 1 / (1 + np.exp(-x)) + y, x - np.sinh(y)


@pytest.mark.parametrize(
    "method",
    [
        None,
        mm.ExtraGradient(),
        mm.AdaptiveExtraGradient(),
        mm.OptimisticGDA(),
        mm.ProximalPoint(),
        mm.GDA(0.1, "constant"),
    ],
)
def test_a_numpy_function_is_solved_with_no_step_from_the_user(method: Any) -> None:
    game = mm.SmoothGame(mm.Box(-3.0, 3.0, n=3), mm.Box(-2.0, 2.0, n=3), f=rosen, gradients=rosen_gradients)
    solution = mm.solve(game, method, tol=1e-7)
    assert solution.converged
    assert solution.merit == "linearised gap"
    assert solution.violation == 0.0
    by_x, by_y = rosen_gradients(solution.x, solution.y)
    assert max(abs(by_x).max(), abs(by_y).max()) < 1e-3 or abs(solution.x).max() > 2.99
    grid = np.linspace(-3, 3, 61)
    worst = min(rosen(np.full(3, s), solution.y) for s in grid)
    assert worst >= solution.lower


def test_gradients_alone_certify_a_gap_but_no_value() -> None:
    game = mm.SmoothGame(mm.Ball(2), mm.Ball(2), gradients=lambda x, y: (x + y, x - y))
    solution = mm.solve(game, start=([1.0, 0.0], [0.0, 0.5]), tol=1e-8)
    assert solution.converged
    assert math.isnan(solution.value)
    assert solution.gap < 1e-6


def test_a_torch_function_alone_is_differentiated() -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    d = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    game = mm.SmoothGame(mm.Simplex(3), mm.Ball(3), f=lambda x, y: (d * x * y).sum())
    solution = mm.solve(game, tol=1e-8)
    assert solution.converged
    assert solution.value == pytest.approx(6 / 7, abs=1e-6)
    one_sided = mm.SmoothGame(mm.Free(2), mm.Free(2), f=lambda x, y: (x**2).sum())
    assert one_sided.gradients([1.0, 2.0], [0.0, 0.0])[1].tolist() == [0.0, 0.0]
    with pytest.raises(TypeError, match="must return a scalar torch tensor"):
        mm.SmoothGame(mm.Free(2), mm.Free(2), f=lambda x, y: 3.0)


@pytest.mark.long
def test_gradients_compiled_by_numba_play_the_same_rounds() -> None:
    """In place inside the compiled loop; in turns, and in the first rounds, called from Python."""
    numba = pytest.importorskip("numba")

    @numba.njit
    def written(x, y, by_x, by_y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            by_x[i] = y[i] + x[i] ** 3
            by_y[i] = x[i] - y[i]

    compiled = mm.SmoothGame(mm.Box(-2.0, 2.0, n=3), mm.Ball(3), gradients=written)
    plain = mm.SmoothGame(mm.Box(-2.0, 2.0, n=3), mm.Ball(3), gradients=lambda x, y: (y + x**3, x - y))
    for rule in (mm.ExtraGradient(0.05), mm.AlternatingGDA(0.05, "constant")):
        one, two = (mm.solve(game, rule, rounds=900, tol=None, average="last") for game in (compiled, plain))
        assert one.x == pytest.approx(two.x, abs=1e-13)
    pair = numba.njit(lambda x, y: (y + x**3, x - y))
    again = mm.SmoothGame(mm.Box(-2.0, 2.0, n=3), mm.Ball(3), gradients=pair)
    assert again.kernel is None
    assert mm.solve(again, tol=1e-6).converged


def test_wrong_gradients_are_found_by_their_coordinate() -> None:
    def wrong(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        by_x, by_y = rosen_gradients(x, y)
        by_y[1] += 0.1
        return by_x, by_y

    mm.SmoothGame(mm.Free(3), mm.Free(3), f=rosen, gradients=rosen_gradients, check_gradients=True)
    with pytest.raises(ValueError, match=r"grad_y\[1\] is .* where finite differences give"):
        mm.SmoothGame(mm.Free(3), mm.Free(3), f=rosen, gradients=wrong, check_gradients=True)
    with pytest.raises(ValueError, match="`check_gradients` needs `f`"):
        mm.SmoothGame(mm.Free(3), mm.Free(3), gradients=wrong, check_gradients=True)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: mm.SmoothGame(mm.Free(2), mm.Free(2)), TypeError, "needs `f`"),
        (lambda: mm.SmoothGame(mm.Free(2), 3, gradients=rosen_gradients), TypeError, "`Y` must be a domain"),
        (lambda: mm.SmoothGame(mm.Free(2), mm.Free(2), gradients=lambda x, y: x), TypeError, "must return a pair"),
        (
            lambda: mm.SmoothGame(mm.Free(2), mm.Free(3), gradients=lambda x, y: (y, x)),
            ValueError,
            r"grad_x of shape \(2,\); got \(3,\)",
        ),
        (lambda: mm.SmoothGame(mm.Free(2), mm.Free(2), gradients=3), TypeError, "must be a function"),
        (lambda: mm.QuadraticGame([[1.0, 2.0], [0.0, 1.0]], np.eye(2), 1.0), ValueError, "`P` must be symmetric"),
        (lambda: mm.QuadraticGame(np.eye(3), np.eye(2), 1.0), ValueError, r"`P` must have shape \(2, 2\)"),
        (lambda: mm.BilinearGame(np.eye(2), mm.Free(3)), ValueError, r"`A` must have shape \(3, 2\)"),
        (lambda: mm.BilinearGame(np.eye(2), b=[1.0]), ValueError, "`b` must be a number or 2 numbers"),
        (lambda: mm.CompositeGame(mm.BilinearGame(np.eye(2), mm.Simplex(2)), g=mm.Ball(2)), ValueError, "already"),
        (lambda: mm.CompositeGame(3), TypeError, "must be a game"),
    ],
)
def test_games_that_are_none_are_refused(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_an_indicator_is_a_domain_for_a_free_player() -> None:
    game = mm.CompositeGame(mm.BilinearGame(A46), g=mm.Simplex(4), h=mm.Box(-1.0, 1.0, n=6))
    assert (type(game.X).__name__, type(game.Y).__name__) == ("Simplex", "Box")


# ------------------------------------------------------------------ what goes wrong is said


@pytest.mark.parametrize("start", [None, ([1.0, 1.0], [1.0, 0.0])])
def test_utilities_that_are_not_finite_end_the_run_at_the_last_good_point(start: Any) -> None:
    evaluations = []

    def broken(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        evaluations.append((x.copy(), y.copy()))
        bad = abs(x).max() < 0.2
        return (y * np.nan if bad else y.copy()), x.copy()

    game = mm.SmoothGame(mm.Free(2), mm.Free(2), gradients=broken, lipschitz=1.0)
    solution = mm.solve(game, mm.ExtraGradient(0.1), start=start, every=10**6, tol=None)
    assert solution.status is mm.Status.NONFINITE
    assert "overflowed" in solution.status.sentence
    assert 0 < solution.rounds < 2000
    assert abs(solution.x).max() >= 0.2
    assert abs(solution.x).max() < 0.3
    assert math.isfinite(solution.gap)


class Fragile:
    """Gradients of f = x y that fail for good after so many evaluations."""

    def __init__(self) -> None:
        self.count, self.limit = 0, 10**9

    def __call__(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.count += 1
        if self.count > self.limit:
            raise RuntimeError("mine")
        return y, x


@pytest.mark.parametrize("after", [100, 700])
@pytest.mark.parametrize(("rule", "each"), [(mm.GDA(0.001, "constant"), 1), (mm.AlternatingGDA(0.001, "constant"), 2)])
def test_an_exception_of_the_users_surfaces_with_its_round(after: int, rule: Any, each: int) -> None:
    """On numpy rows and in compiled rounds; at once and in turns."""
    fragile = Fragile()
    game = mm.SmoothGame(mm.Free(2), mm.Free(2), gradients=fragile, lipschitz=1.0)
    mm.solve(game, rule, rounds=2, every=10**6, tol=None)  # what is estimated once is now known
    before = fragile.count
    mm.solve(game, rule, rounds=2, every=10**6, tol=None)
    fixed = fragile.count - before - 2 * each  # checks at both ends
    fragile.count, fragile.limit = 0, after * each
    with pytest.raises(RuntimeError, match="mine") as caught:
        mm.solve(game, rule, rounds=3000, every=10**6, tol=None)
    (note,) = caught.value.__notes__
    told = int(note.split("round ")[1].split()[0])
    assert after - fixed <= told <= after + 1


def test_a_game_that_is_not_convex_concave_is_not_called_solved() -> None:
    """C1: gradient play finds a stationary point that is a local minimax and no saddle."""
    plain = mm.QuadraticGame(-0.25, [[0.6]], 1.0)
    assert plain.violation == pytest.approx(0.25)
    smooth = mm.SmoothGame(
        mm.Free(1),
        mm.Free(1),
        f=lambda x, y: float(-(x[0] ** 2) / 8 - y[0] ** 2 / 2 + 0.6 * x[0] * y[0]),
        gradients=lambda x, y: (-x / 4 + 0.6 * y, -y + 0.6 * x),
        check_gradients=True,
    )
    boxed = mm.SmoothGame(mm.Box(-1.0, 1.0, n=1), mm.Box(-1.0, 1.0, n=1), f=smooth.f, gradients=smooth.gradients)
    for game in (plain, smooth, boxed):
        solution = mm.solve(game, mm.GDA(0.5, "constant"), tol=1e-8)
        assert solution.status is mm.Status.NONMONOTONE
        assert not solution.converged
        assert solution.violation == pytest.approx(0.25, rel=1e-3)
        assert (solution.lower, solution.upper) == (-math.inf, math.inf)
        assert "monotonicity is violated by 0.25" in str(solution)
    again = mm.solve(oracle_quadratic(), mm.GDA(), tol=1e-8)
    assert again.violation == 0.0


def test_a_violation_far_from_the_centre_is_seen_on_the_way() -> None:
    """Convex-concave around the centre, not around where the run ends."""
    game = mm.SmoothGame(
        mm.Free(1), mm.Free(1),
        gradients=lambda x, y: (np.where(x > 0.5, x - 0.3 + y, 0.2 + 3.0 * (0.5 - x) + y), x - y),
        lipschitz=4.0,
    )  # fmt: skip
    solution = mm.solve(game, mm.GDA(0.05, "constant"), rounds=3000, tol=None)
    assert solution.violation > 0.5


# ------------------------------------------------------------------ local behaviour of gradient play


@pytest.mark.parametrize(
    ("P", "A", "Q", "limit"),
    [(-0.25, 0.6, 1.0, 2 / 0.55), (2.0, 1.0, 2.0, None), (1.0, 3.0, 1.0, 2 * 1 / (1 + 9))],
)  # fmt: skip
def test_stability_limits_of_gradient_play_lie_where_the_spectrum_says(
    P: float, A: float, Q: float, limit: float | None
) -> None:
    """C1 and B1.15, located by bisection on the step."""
    game = mm.QuadraticGame(P, [[A]], Q)
    J = game.jacobian
    values = np.linalg.eigvals(J)
    exact = min(2 * v.real / abs(v) ** 2 for v in values)
    if limit is not None:
        assert exact == pytest.approx(limit)
    assert bisected(lambda eta: mm.GDA(eta, "constant"), game, exact) == pytest.approx(exact, rel=2e-3)


def bisected(make: Any, game: Any, guess: float) -> float:
    """The largest step at which the norm falls over many rounds from a fixed start."""
    low, high = guess / 2, guess * 2
    start = (np.full(game.shape[0], 1.0), np.full(game.shape[1], 0.3))
    for _ in range(12):
        middle = (low + high) / 2
        end = mm.solve(game, make(middle), rounds=6000, tol=None, average="last", start=start)
        norm = np.hypot(np.linalg.norm(end.x), np.linalg.norm(end.y)) if np.isfinite(end.gap) else math.inf
        diverged = end.status is not mm.Status.ROUNDS or norm > 1.0
        low, high = (low, middle) if diverged else (middle, high)
    return low


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (mm.ExtraGradient, 1.0),
        (lambda eta: mm.OptimisticGDA(eta), 1 / math.sqrt(3)),
        (mm.ForwardBackwardForward, 1.0),
        (lambda eta: mm.NegativeMomentum(eta, beta=-0.5), 1.0),
    ],
)
def test_stability_limits_on_the_scalar_game(make: Any, limit: float) -> None:
    """B1.3, B1.4; unconstrained, Tseng's method is extra-gradient; a root of negative momentum is -1 at step one."""
    assert bisected(make, mm.BilinearGame([[1.0]]), limit) == pytest.approx(limit, rel=2e-3)


# ------------------------------------------------------------------ games without a saddle


def runaways() -> dict[str, tuple[Any, str]]:
    return {
        "linear on free space": (mm.BilinearGame(np.zeros((2, 2)), b=[1.0, 0.0]), "unbounded"),
        "x gains from every y": (mm.BilinearGame([[1.0, 2.0]], mm.Free(1), mm.Simplex(2)), "unbounded"),
        "a flat direction of the form": (
            mm.QuadraticGame(np.diag([1.0, 0.0]), np.zeros((2, 1)), None, Y=mm.Box(-1.0, 1.0, n=1), b=[1.0, 1.0]),
            "unbounded",
        ),
        "an orthant": (
            mm.BilinearGame([[1.0], [0.0]], mm.Orthant(2), mm.Box(-1.0, 1.0, n=1), b=[2.0, -1.0]),
            "unbounded",
        ),
        "a term too weak": (
            mm.CompositeGame(mm.BilinearGame([[0.5]], Y=mm.Box(-1.0, 1.0, n=1), b=[2.0]), g=mm.L1(1.0)),
            "unbounded",
        ),
        "x + 1 <= 0 on [0, 1]": (
            mm.BilinearGame([[1.0]], mm.Box(0.0, 1.0, n=1), mm.Orthant(1), c=[-1.0]),
            "infeasible",
        ),
        "x >= 3 beside a constraint that holds": (
            mm.BilinearGame([[-1.0, 1.0]], mm.Box(0.0, 1.0, n=1), mm.Orthant(2), b=[1.0], c=[-3.0, 2.0]),
            "infeasible",
        ),
    }


@pytest.mark.parametrize("name", runaways())
@pytest.mark.parametrize("method", [None, mm.ExtraGradient(), mm.PDHG(), mm.HalpernPDHG()], ids=repr)
def test_a_player_who_can_run_away_is_told_from_one_who_converges(name: str, method: Any) -> None:
    game, status = runaways()[name]
    found = mm.solve(game, method, rounds=20_000)
    assert found.status == status
    assert not found.converged
    assert "direction" in found.status.sentence


def test_a_term_or_a_curve_that_holds_the_player_is_no_runaway() -> None:
    held = [
        mm.CompositeGame(mm.BilinearGame([[0.5]], Y=mm.Box(-1.0, 1.0, n=1), b=[0.4]), g=mm.L1(1.0)),
        mm.CompositeGame(mm.BilinearGame([[0.5]], Y=mm.Box(-1.0, 1.0, n=1), b=[2.0]), g=mm.SquaredNorm(1e-3)),
        mm.QuadraticGame(1e-3, [[1.0]], None, Y=mm.Box(-1.0, 1.0, n=1), b=[2.0]),
        mm.BilinearGame([[1.0]], mm.Box(0.0, 1.0, n=1), mm.Orthant(1), c=[0.5], b=[-1.0]),
    ]
    for game in held:
        assert mm.solve(game, tol=1e-5).converged
        played = mm.solve(game, mm.PDHG(), tol=None, rounds=500)
        assert played.status is mm.Status.ROUNDS, (game, played.status)


def test_large_numbers_small_curvature_and_terms_prove_nothing() -> None:
    """What looks like a ray beside a large cost is a saddle far out."""
    far = [
        mm.BilinearGame([[1.0]], mm.Free(1), mm.Orthant(1), b=[-1e9], c=[5.0]),
        mm.BilinearGame([[1.0]], mm.Free(1), mm.Orthant(1), b=[-1.0], c=[-1e9]),
        mm.QuadraticGame(1e-9, [[0.0]], 1.0, b=[-1.0]),
        mm.QuadraticGame(np.diag([1.0, 1e-9]), np.zeros((2, 1)), 1.0, b=[0.0, -1.0]),
        mm.BilinearGame([[1e-9]], mm.Orthant(1), mm.Box(0.0, 1e10, n=1), b=[-1.0], c=[5e-9]),
        mm.CompositeGame(mm.BilinearGame([[1.0]], b=[-50.0]), h=mm.SquaredNorm(1.0)),
        mm.BilinearGame(
            [[1.0, 0.0]],
            mm.Free(1),
            mm.Product(mm.Penalised(mm.Free(1), mm.SquaredNorm(1.0)), mm.Box(-1.0, 1.0, n=1)),
            b=[-50.0],
        ),
        mm.BilinearGame(
            np.zeros((2, 1)),
            mm.Product(mm.Orthant(1), mm.Penalised(mm.Box(0.0, 0.3, n=1), mm.Entropy(10.0))),
            mm.Box(-1.0, 1.0, n=1),
            b=[1.0, 0.0],
        ),
    ]
    for game in far:
        for sign in itertools.product((-1.0, 0.0, 1.0), repeat=sum(game.shape)):
            d = np.array(sign)
            assert game.ray(d[: game.X.n], d[game.X.n :]) is None, (game, sign)
    A, b, c = RNG_RAY.random((4, 5)) + 0.1, RNG_RAY.random(4), -RNG_RAY.random(5)
    c[0] *= 1e9
    assert mm.linear_program(c, A, b, rounds=2000).status not in ("unbounded", "infeasible")
    assert mm.linear_program([-1.0, -1e9], [[1.0, 2.0], [1.0, 1.0]], [5.0, 4.0]).x[1] == pytest.approx(2.5)


RNG_RAY = np.random.default_rng(0)
