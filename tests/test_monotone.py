"""Exact factors, traces and tight rates of the dynamics for monotone operators; what must fail, fails."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from table import seldom

import minmax as mm

SCALAR = mm.BilinearGame([[1.0]])
START = ([1.0], [0.0])


def norms(game: Any, rule: Any, rounds: int, start: Any = START, each: int = 1, **options: Any) -> np.ndarray:
    """Norms of the iterates of a run on free space, one every `each` rounds."""
    seen = mm.Trajectory()
    mm.solve(game, rule, rounds=rounds * each, tol=None, every=each, watch=seen, start=start, **options)
    return np.sqrt((seen.x**2).sum(1) + (seen.y**2).sum(1))


def rotation(sigma: float) -> mm.BilinearGame:
    return mm.BilinearGame([[sigma]])


# ------------------------------------------------------------------ B1: factors on f = sigma x y


@pytest.mark.parametrize("e", [0.1, 0.5, 2.0])
def test_the_proximal_point_contracts_by_its_exact_factor(e: float) -> None:
    """B1.2, by a factorisation and by the inner solver of a function's game."""
    smooth = mm.SmoothGame(mm.Free(1), mm.Free(1), gradients=lambda x, y: (y + 0.0, x + 0.0), lipschitz=1.0)
    for game in (SCALAR, smooth):
        found = norms(game, mm.ProximalPoint(e), 20)
        assert found[1:] / found[:-1] == pytest.approx(1 / math.sqrt(1 + e * e), abs=1e-9)
    counted = mm.solve(smooth, mm.ProximalPoint(e), rounds=20, tol=None, start=START)
    assert counted.operator_calls > 2 * counted.rounds
    assert mm.solve(SCALAR, mm.ProximalPoint(e), rounds=20, tol=None, start=START).operator_calls == 20


@pytest.mark.parametrize("e", [0.1, 0.7, 0.95])
def test_without_constraints_tseng_and_dual_extrapolation_are_extra_gradient(e: float) -> None:
    """B1.3: the factor sqrt(1 - e^2 + e^4); Tseng's iterate is the look-ahead."""
    factor = math.sqrt(1 - e**2 + e**4)
    for rule in (mm.ExtraGradient(e), mm.DualExtrapolation(e), mm.ForwardBackwardForward(e)):
        found = norms(SCALAR, rule, 30, each=2)[2:]
        assert found[1:] / found[:-1] == pytest.approx(factor, abs=1e-12)


def test_optimistic_play_has_its_trace() -> None:
    """B1.5, the start counted as its own past."""
    found = norms(SCALAR, mm.OptimisticGDA(0.3), 50)
    assert [found[t] for t in (1, 2, 10, 50)] == pytest.approx(
        [1.044030651, 1.016070864, 0.664302486, 0.080763523], abs=1e-9
    )


def test_reflected_gradients_are_optimistic_play_seen_at_the_reflection() -> None:
    """Unconstrained, w_k = 2 z_k - z_{k-1} of the reflected gradient steps like OGDA: w+ = w - eta (2 F(w) - F(w-))."""
    seen = mm.Trajectory()
    mm.solve(SCALAR, mm.ReflectedGradient(0.3), rounds=30, tol=None, every=1, watch=seen, start=START)
    z = np.column_stack([seen.x[:, 0], seen.y[:, 0]])
    w = 2 * z[1:] - z[:-1]
    F = np.column_stack([w[:, 1], -w[:, 0]])
    assert w[2:] == pytest.approx(w[1:-1] - 0.3 * (2 * F[1:-1] - F[:-2]), abs=1e-12)


def test_negative_momentum_converges_where_none_and_positive_do_not() -> None:
    last = {beta: norms(SCALAR, mm.NegativeMomentum(0.5, beta=beta), 200)[-1] for beta in (-0.5, 0.0, 0.3)}
    assert last[-0.5] < 1e-3
    assert 0.7 < last[0.0] < 1.4
    assert last[0.3] > 1e3
    # Its largest root, of (s - 1)^2 (s + 1/2)^2 + e^2 s^3, is the factor of late rounds.
    roots = np.roots((np.poly1d([1, -1]) ** 2 * np.poly1d([1, 0.5]) ** 2 + np.poly1d([0.25, 0, 0, 0])).coeffs)
    found = norms(SCALAR, mm.NegativeMomentum(0.5), 400)
    assert (found[400] / found[200]) ** (1 / 200) == pytest.approx(abs(roots).max(), abs=2e-3)


# ------------------------------------------------------------------ B2: anchored


@pytest.mark.parametrize(
    ("rule", "sigma", "trace"),
    [
        (mm.EAGC(0.125), 1.0, [0.992279769, 0.985362938, 0.886800402, 0.0452101634, 0.00798958095]),
        pytest.param(
            mm.EAGV(0.618),
            1.0,
            [0.874037723, 0.742376337, 0.179744791, 0.0225918027, 0.00228754538],
            marks=pytest.mark.long,
        ),
        pytest.param(
            mm.FEG(1.0),
            0.1,
            [0.100498756, 0.100122438, 0.0942264551, 0.0153091138, 0.000993155026],
            marks=pytest.mark.long,
        ),
    ],
)
def test_anchored_traces(rule: Any, sigma: float, trace: list[float]) -> None:
    """B2.4, across the change of engine at round 512."""
    found = sigma * norms(rotation(sigma), rule, 1000, each=2)
    assert [found[k] for k in (1, 2, 10, 100, 1000)] == pytest.approx(trace, rel=1e-8)


def test_fast_extra_gradient_attains_its_bound() -> None:
    """B2.3: |F| is 2/k, sqrt 2 / k or zero, by k modulo four."""
    found = norms(SCALAR, mm.FEG(1.0), 40, each=2)
    for k in range(1, 41):
        exact = {0: 0.0, 2: 2 / k}.get(k % 4, math.sqrt(2) / k)
        assert found[k] == pytest.approx(exact, abs=1e-13)


def monotone_maps() -> list[mm.QuadraticGame]:
    """Random monotone linear operators of norm one."""
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        R, S, A = rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
        part = rng.choice([0.0, 0.01, 1.0])
        P, Q = part * R @ R.T, part * S @ S.T
        size = np.linalg.norm(np.block([[P, A], [-A.T, Q]]), 2)
        found.append(mm.QuadraticGame(P / size, A / size, Q / size))
    return found


@pytest.mark.long
@pytest.mark.parametrize(
    ("rule", "bound"),
    [
        (mm.EAGC(0.125), lambda k: 260 / (k + 1) ** 2),
        (mm.EAGV(0.618), lambda k: 27 / ((k + 1) * (k + 2))),
        (mm.FEG(1.0), lambda k: 4 / k**2),
    ],
)
def test_anchored_bounds_hold_on_monotone_maps(rule: Any, bound: Any) -> None:
    """B2.1, B2.2, B2.3."""
    games = [*monotone_maps(), *(rotation(s) for s in (1.0, 0.3, 0.03))]
    for game in games:
        seen = mm.Trajectory()
        mm.solve(game, rule, rounds=600, tol=None, every=2, watch=seen)
        squared = sum(game.shape)  # the start of ones, the saddle at zero
        for k in range(1, 301):
            F = np.concatenate(game.gradients(seen.x[k], seen.y[k]))
            assert bound(k) * squared * (1 + 1e-9) >= F @ F


@pytest.mark.parametrize(("k", "value"), [(2, 0.25), (5, 0.08192), (50, 0.0074320343)])
def test_the_proximal_points_worst_rotation(k: int, value: float) -> None:
    """B2.7: |z_k - z_{k-1}|^2 = (1 - 1/k)^(k-1) / k at e^2 = 1 / (k - 1)."""
    seen = mm.Trajectory()
    rule = mm.ProximalPoint(1 / math.sqrt(k - 1))
    mm.solve(SCALAR, rule, rounds=k, tol=None, every=1, watch=seen, start=START)
    step = np.array([seen.x[k] - seen.x[k - 1], seen.y[k] - seen.y[k - 1]])
    assert (step**2).sum() == pytest.approx(value, rel=1e-8)


def test_halpern_keeps_its_tight_bound_where_the_step_is_nonexpansive_and_fails_on_rotations() -> None:
    """B2.5 on f = x^2/2 - y^2/2 with eta = 2, a reflection, and on proximal-point-free rotation, where T expands."""
    game = mm.QuadraticGame(1.0, [[0.0]], 1.0)
    seen = mm.Trajectory()
    mm.solve(game, mm.Halpern(2.0), rounds=60, tol=None, every=1, watch=seen, start=([1.0], [1.0]))
    z = np.column_stack([seen.x[:, 0], seen.y[:, 0]])
    for k in range(60):
        residual = np.linalg.norm(z[k] - (-z[k]))  # T z = z - 2 z
        assert residual <= 2 * math.sqrt(2) / (k + 1) + 1e-12
    assert np.linalg.norm(2 * z[2]) == pytest.approx(2 * math.sqrt(2) / 3, abs=1e-12)  # attained
    assert mm.solve(SCALAR, mm.Halpern(0.5), rounds=3000, tol=None, average="last").gap > 1.0


@pytest.mark.long
def test_extra_gradients_last_iterate_has_its_worst_rotation() -> None:
    """B2.8: the largest k |F(z_k)|^2 over rotations tends to 1 / (e eta^2)."""
    eta, k = 1 / math.sqrt(2), 400
    worst = 0.0
    for sigma in np.geomspace(0.01, 1.0, 60):
        found = norms(rotation(float(sigma)), mm.ExtraGradient(eta), k, each=2)[-1]
        worst = max(worst, k * (sigma * found) ** 2)
    assert worst == pytest.approx(1 / (math.e * eta**2), rel=0.02)


# ------------------------------------------------------------------ adaptive steps


@pytest.mark.parametrize("first", [1e-6, 1.0, 1e3])
@pytest.mark.parametrize("rule", [mm.AdaptiveGoldenRatio, mm.AdaptiveExtraGradient])
def test_an_adaptive_step_finds_its_size_from_any_first_one(rule: Any, first: float) -> None:
    """The operator's constant is 50 near the saddle and 1 elsewhere: steps must fall, and may rise, fiftyfold."""
    if rule is mm.AdaptiveExtraGradient and first < 1e-3:
        pytest.skip("its growth is summable: a first step that is a thousand times too short stays so")
    game = mm.SmoothGame(
        mm.Free(2),
        mm.Free(2),
        gradients=lambda x, y: (y + 50 * np.tanh(x - 1), x - 50 * np.tanh(y)),
        lipschitz=50.0,
    )
    solution = mm.solve(game, rule(first), start=([4.0, -3.0], [2.0, 4.0]), tol=1e-6, rounds=30_000)
    assert solution.converged
    assert solution.gap < 1e-4


def test_the_golden_ratios_step_is_the_formula_of_its_paper() -> None:
    """Replayed by hand from the trajectory: the same points to rounding."""
    game = mm.SmoothGame(mm.Free(1), mm.Free(1), gradients=lambda x, y: (y + x**3, x - y), lipschitz=1.0)
    seen = mm.Trajectory()
    mm.solve(game, mm.AdaptiveGoldenRatio(0.3), rounds=40, tol=None, every=1, watch=seen, start=([1.0], [2.0]))

    def F(z: np.ndarray) -> np.ndarray:
        return np.array([z[1] + z[0] ** 3, -(z[0] - z[1])])

    phi, step, theta = 1.5, 0.3, 1.0
    rho = 1 / phi + 1 / phi**2
    z = past = bar = np.array([1.0, 2.0])
    for t in range(40):
        if t > 0:
            new = min(rho * step, phi * theta / (4 * step) * ((z - past) ** 2).sum() / ((F(z) - F(past)) ** 2).sum())
            step, theta = new, phi * new / step
        bar = ((phi - 1) * z + bar) / phi
        z, past = bar - step * F(z), z
        assert np.array([seen.x[t + 1, 0], seen.y[t + 1, 0]]) == pytest.approx(z, abs=1e-12)


# ------------------------------------------------------------------ smoothing and mixing


@pytest.mark.long
def test_nesterov_smoothing_solves_the_smoothed_problem_at_its_rate() -> None:
    """The smoothed primal falls to 2 D^2 / (eta T^2) above its minimum, and the gap to that plus mu D^2 / 2."""
    A = np.random.default_rng(2).uniform(-1, 1, (8, 12))
    game = mm.MatrixGame(A)
    L = np.linalg.norm(A, 2)
    for mu, T in ((0.1, 200), (0.02, 1000)):
        pair = mm.AcceleratedGradient(mu / L**2), mm.SmoothedResponse(mu)
        run = mm.solve(game, pair, order="yx", rounds=T, tol=None, average="linear")
        bound = 2 * 2.0 / (mu / L**2 * T**2) + mu * (1 - 1 / 12) / 2
        assert run.gap <= bound


@pytest.mark.long
@pytest.mark.parametrize("sets", [(mm.Simplex(6), mm.Simplex(8)), (mm.Box(-0.5, 1.0, n=6), mm.Ball(8, 2.0))], ids=str)
def test_the_excessive_gap_keeps_its_bound(sets: Any) -> None:
    """Nesterov 2005: what the smoothings at hand cost, after 2 m - 1 steps in 3 m rounds."""
    A = np.random.default_rng(1).uniform(-1, 1, (6, 8))
    game = mm.BilinearGame(A, *sets, b=np.linspace(-1, 1, 6), c=np.linspace(0, 1, 8))
    reach = {"Simplex": lambda n: (1 - 1 / n) / 2, "Box": lambda n: n / 2, "Ball": lambda n: 2.0}
    spans = [reach[type(d).__name__](d.n) for d in sets]
    for m in (1, 3, 30, 300):  # the last crosses to compiled loops
        run = mm.solve(game, mm.ExcessiveGap(), rounds=3 * m, tol=None, average="last")
        assert run.gap <= game.coupling_norm * (spans[0] / m + spans[1] / (2 * m + 1))
    assert run.gap > 0.0
    # Smoothings in inverse proportion to the sets: the bound is 2 L sqrt(D_x D_y) / m there.
    ratio = math.sqrt(spans[1] / spans[0])
    first = [mm.ExcessiveGap(game.coupling_norm * r) for r in (ratio, 1 / ratio)]
    best = mm.solve(game, (first[0], first[1]), rounds=60, tol=None, average="last")
    assert best.gap <= 2 * game.coupling_norm * math.sqrt(spans[0] * spans[1]) / 20
    for wrong, options in (
        (mm.QuadraticGame(1.0, A, None, X=sets[0], Y=sets[1]), {}),
        (mm.BilinearGame(A, Y=sets[1]), {}),
        (game, {"order": "yx"}),
        (game, {"alternating": False}),
    ):
        with pytest.raises(ValueError, match=r"bounded sets|moves x first"):
            mm.solve(wrong, mm.ExcessiveGap(), **options)
    with pytest.raises(ValueError, match="differ in `banked`"):
        mm.solve(game, (mm.ExcessiveGap(), mm.SmoothedResponse()))


def test_frank_wolfe_converges_where_its_theorem_says() -> None:
    """Strongly convex-concave with a saddle well inside: last iterate; and on a linear program's game it need not."""
    rng = np.random.default_rng(3)
    game = mm.QuadraticGame(2.0, 0.1 * rng.normal(size=(3, 4)), 2.0, X=mm.Ball(3), Y=mm.Simplex(4))
    solution = mm.solve(game, mm.FrankWolfe(), rounds=20_000, tol=1e-4)
    assert solution.converged
    assert game.certificate(solution.x, solution.y).gap < 1e-3


# ------------------------------------------------------------------ C: what gradient play is fooled by


def field(fx: Any, fy: Any, **options: Any) -> mm.SmoothGame:
    return mm.SmoothGame(mm.Free(1), mm.Free(1), gradients=lambda x, y: (fx(x, y), fy(x, y)), **options)


def forsaken() -> mm.SmoothGame:
    """C8."""

    def slope(z: np.ndarray) -> np.ndarray:
        return z / 2 - 2 * z**3 + z**5

    return field(lambda x, y: y - 0.45 + slope(x), lambda x, y: x - slope(y))


@pytest.mark.long
def test_forsaken_orbits_enclose_the_saddle_they_are_forsaken_by() -> None:
    """C8: extra-gradient with step 0.1 cycles at distances from .9134 to 1.8338, and nobody calls that solved."""
    seen = mm.Trajectory()
    run = mm.solve(
        forsaken(), mm.ExtraGradient(0.1), rounds=20_000, tol=1e-6, every=2, watch=seen, start=([0.5], [0.5]),
        average="last",
    )  # fmt: skip
    far = np.hypot(seen.x[5000:, 0] - 0.0780266727, seen.y[5000:, 0] - 0.4119338466)
    assert (far.min(), far.max()) == pytest.approx((0.9134, 1.8338), abs=2e-3)
    assert not run.converged
    assert run.violation > 0.0


@pytest.mark.long
def test_a_limit_cycle_attracts_from_inside_and_outside() -> None:
    """C10: both end on the flow's cycle, whose radius steps of .01 in turns move by half their size."""
    game = field(lambda x, y: y, lambda x, y: x + 0.01 * (y - y**3))
    for start in (([0.5], [0.5]), ([2.0], [2.0])):
        seen = mm.Trajectory()
        mm.solve(game, mm.AlternatingGDA(0.01, "constant"), rounds=150_000, tol=None, every=97, watch=seen, start=start)
        radius = np.hypot(seen.x[1200:, 0], seen.y[1200:, 0])
        assert (radius.min(), radius.max()) == pytest.approx((1.15345, 1.15596), abs=0.006)


@pytest.mark.long
@pytest.mark.parametrize(
    ("P", "A", "Q", "ratio"), [(-0.25, 0.6, 1.0, 0.25), (-6.0, 4.0, 2.0, 3.0), (-2.0, 5.0, 2.0, 1.0)]
)
def test_timescales_decide_whether_gradient_play_stays(P: float, A: float, Q: float, ratio: float) -> None:
    """C1, C2, C5: local minimax points that are no Nash points hold gradient play once y is faster by the ratio."""
    game = mm.QuadraticGame(P, [[A]], Q)
    start = ([1e-3], [1e-3])
    for factor, stays in ((1.3, True), (0.8, False)):
        rules = mm.GDA(1e-3, "constant"), mm.GDA(1e-3 * ratio * factor, "constant")
        run = mm.solve(game, rules, rounds=60_000, tol=None, average="last", start=start)
        far = math.hypot(run.x[0], run.y[0]) if run.status is mm.Status.ROUNDS else math.inf
        assert (far < 1e-3) == stays


# ------------------------------------------------------------------ B1.10-1.14: cures of the circle as gradient play


@pytest.mark.parametrize(("gamma", "factor"), [(0.5, 0.955248659), (1.0, 0.905538514)])
def test_consensus_and_symplectic_terms_are_forms_that_damp_the_circle(gamma: float, factor: float) -> None:
    """B1.10, B1.11: `F + gamma J'F` of f = x y is the operator of a game with forms of weight gamma."""
    game = mm.QuadraticGame(gamma, [[1.0]], gamma)
    found = norms(game, mm.GDA(0.1, "constant"), 30)
    assert found[1:] / found[:-1] == pytest.approx(factor, abs=1e-9)


@pytest.mark.parametrize("sigma", [0.5, 2.0])
def test_hamiltonian_descent_is_gradient_play_of_the_squared_operator(sigma: float) -> None:
    """B1.13: the gradient of |F|^2 / 2 for f = sigma x y, by its factor."""
    found = norms(mm.QuadraticGame(sigma**2, [[0.0]], sigma**2), mm.GDA(0.1, "constant"), 20)
    assert found[1:] / found[:-1] == pytest.approx(1.0 - 0.1 * sigma**2, abs=1e-12)


@pytest.mark.parametrize("eta", [0.1, 1.0, 5.0])
def test_competitive_gradient_descent_is_the_proximal_point_of_a_bilinear_game(eta: float) -> None:
    """B1.12, against the formula of Schaefer and Anandkumar 2019."""
    A = np.random.default_rng(2).normal(size=(3, 4))
    x, y = np.ones(3), np.linspace(-1, 1, 4)
    run = mm.solve(mm.BilinearGame(A), mm.ProximalPoint(eta), rounds=1, tol=None, start=(x, y), average="last")
    dx = -eta * np.linalg.solve(np.eye(3) + eta**2 * A @ A.T, A @ y + eta * A @ A.T @ x)
    dy = eta * np.linalg.solve(np.eye(4) + eta**2 * A.T @ A, A.T @ x - eta * A.T @ A @ y)
    assert run.x == pytest.approx(x + dx, abs=1e-12)
    assert run.y == pytest.approx(y + dy, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "factor"),
    [(2, 1.0000125), (5, 0.981326915), (10, 0.900861119), (20, 0.573182506), (40, 0.466204688), (63, 1.184056174)],
)
def test_looking_ahead_helps_for_some_lengths_only(k: int, factor: float) -> None:
    """B1.14: half of the way to where k steps of gradient play lead."""
    x, y = 1.0, 0.0
    far = mm.solve(SCALAR, mm.GDA(0.1, "constant"), rounds=k, tol=None, start=([x], [y]), average="last")
    assert math.hypot((x + far.x[0]) / 2, (y + far.y[0]) / 2) == pytest.approx(factor, abs=1e-8)


# ------------------------------------------------------------------ C: what stationary points tell, and what not


@pytest.mark.long
def test_gradient_play_may_stay_where_there_is_no_local_minimax_point() -> None:
    """C3: 3 x^2 + y^2 + 4 x y, convex in y too."""
    run = mm.solve(mm.QuadraticGame(6.0, [[4.0]], -2.0), mm.GDA(0.01, "constant"), rounds=20_000, tol=1e-8)
    assert math.hypot(run.x[0], run.y[0]) < 1e-6
    assert run.status is mm.Status.NONMONOTONE
    assert run.violation == pytest.approx(2.0)
    assert run.upper == math.inf


def ridge() -> mm.SmoothGame:
    """C4."""

    def parts(x: Any, y: Any) -> tuple[Any, Any, Any]:
        far = np.exp(-0.01 * (x * x + y * y))
        turn = y - 3 * x + 0.05 * x**3
        return far, turn, 4 * x * x - turn**2 - 0.1 * y**4

    def by_x(x: Any, y: Any) -> Any:
        far, turn, top = parts(x, y)
        return far * (8 * x - 2 * turn * (0.15 * x * x - 3) - 0.02 * x * top)

    def by_y(x: Any, y: Any) -> Any:
        far, turn, top = parts(x, y)
        return far * (-2 * turn - 0.4 * y**3 - 0.02 * y * top)

    return field(by_x, by_y, lipschitz=20.0)


@pytest.mark.parametrize(("ratio", "stays"), [(1.0, False), (4.0, False), (6.0, True)])
def test_a_ridge_holds_gradient_play_once_y_is_five_times_as_fast(ratio: float, stays: bool) -> None:
    """C4: the origin is a strict local minimax point with Hessian (-10, 6; 6, -2)."""
    rules = mm.GDA(1e-3, "constant"), mm.GDA(1e-3 * ratio, "constant")
    run = mm.solve(ridge(), rules, rounds=20_000, tol=None, average="last", start=([1e-3], [1e-3]))
    assert (math.hypot(run.x[0], run.y[0]) < 1e-3) == stays


def test_a_global_minimax_point_need_not_be_stationary() -> None:
    """C6: .2 x y - cos y is worth 1 to y at x = 0, the least, by y = pi, from where x would move."""
    X, Y = mm.Box(-1.0, 1.0, n=1), mm.Box(-2 * math.pi, 2 * math.pi, n=1)
    game = mm.SmoothGame(
        X, Y, f=lambda x, y: float(0.2 * x[0] * y[0] - np.cos(y[0])),
        gradients=lambda x, y: (0.2 * y, 0.2 * x + np.sin(y)), lipschitz=1.1,
    )  # fmt: skip
    ys = np.linspace(-2 * math.pi, 2 * math.pi, 4001)
    worst = [max(game.payoff(np.array([x]), np.array([y])) for y in ys) for x in (-0.5, -0.1, 0.0, 0.1, 0.5)]
    assert np.argmin(worst) == 2
    assert worst[2] == pytest.approx(1.0, abs=1e-6)
    assert restricted(game, 0.0, math.pi) == pytest.approx(0.2 * math.pi * 0.01, rel=1e-3)
    assert restricted(game, 0.0, 0.0) == pytest.approx(0.0, abs=1e-12)


def restricted(game: Any, x: float, y: float) -> float:
    return float(mm.restricted_gap(game, [x], [y], radius=0.01))


def test_gradient_play_finds_a_point_that_is_no_nash_point() -> None:
    """C7, where x ascends: min over x of -f, max over y of -f."""

    def slopes(x: Any, y: Any) -> tuple[Any, Any]:
        far = np.exp(-0.01 * (x * x + y * y))
        a, b = 0.3 * x * x + y, 0.5 * y * y + x
        both = a * a + b * b
        return (
            far * (1.2 * x * a + 2 * b - 0.02 * x * both),
            far * (2 * a + 2 * y * b - 0.02 * y * both),
        )

    game = field(lambda x, y: -slopes(x, y)[0], lambda x, y: -slopes(x, y)[1], lipschitz=20.0)
    run = mm.solve(game, mm.GDA(0.005, "constant"), rounds=20_000, tol=None, average="last", start=([-1.2], [-1.3]))
    assert (run.x[0], run.y[0]) == pytest.approx((-1.316528, -1.224275), abs=1e-5)

    def bends(x: float, y: float) -> tuple[float, float]:
        h = 1e-5
        up, down = slopes(x + h, y)[0], slopes(x - h, y)[0]
        left, right = slopes(x, y - h)[1], slopes(x, y + h)[1]
        return float(up - down) / (2 * h), float(right - left) / (2 * h)

    # x's best response would bend down in f, y's up: not here, but at the three Nash points.
    assert not (bends(-1.316528, -1.224275)[0] < 0 < bends(-1.316528, -1.224275)[1])
    for point in ((-12.476604, -8.677926), (-11.426652, 8.004295), (12.395007, -6.372831)):
        assert max(map(abs, slopes(*point))) < 1e-4
        by_x, by_y = bends(*point)
        assert by_x < 0 < by_y


# ------------------------------------------------------------------ primal-dual steps, searched for and mirrored


def searched_by_hand(A: np.ndarray, eta: float, rounds: int) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Algorithm 1 of Malitsky and Pock 2018 on two balls, written from the paper."""
    n, m = A.shape

    def ball(v: np.ndarray) -> np.ndarray:
        return v / max(1.0, float(np.linalg.norm(v)))

    x, y = np.full(n, 0.5 / n), np.full(m, 0.5 / m)
    tau, theta, steps = eta, 1.0, []
    for _ in range(rounds):
        new = ball(x - tau * (A @ y))
        trial = tau * math.sqrt(1.0 + theta)
        while True:
            ahead = new + trial / tau * (new - x)
            answer = ball(y + trial * (A.T @ ahead))
            if trial * np.linalg.norm(A @ (answer - y)) <= 0.99 * np.linalg.norm(answer - y):
                break
            trial *= 0.7
        x, y, theta, tau = new, answer, trial / tau, trial
        steps.append(tau)
    return x, y, steps


@pytest.mark.parametrize("eta", [1e-3, 0.3, 50.0])
@pytest.mark.parametrize("rounds", [40, *seldom(700)])  # on numpy rows, and in compiled loops as well
def test_the_line_search_is_that_of_its_paper(eta: float, rounds: int) -> None:
    A = np.random.default_rng(4).normal(size=(5, 6))
    game = mm.BilinearGame(A, mm.Ball(5), mm.Ball(6))
    start = np.full(5, 0.1), np.full(6, 0.5 / 6)
    run = mm.solve(game, mm.LineSearchPDHG(eta), rounds=rounds, tol=None, average="last", start=start)
    x, y, steps = searched_by_hand(A, eta, rounds)
    # The test of a step may fall out either way by rounding, late in a run that has converged.
    assert run.x == pytest.approx(x, abs=1e-9)
    assert run.y == pytest.approx(y, abs=1e-9)
    assert run.operator_calls >= run.rounds
    if rounds == 40:
        assert run.sides[0].pace[0] == pytest.approx(steps[-1], rel=1e-9)
    assert min(steps[20:]) >= 0.7 * 0.99 / np.linalg.norm(A, 2) * (1 - 1e-9)


def test_a_searched_step_needs_no_norm_and_no_form() -> None:
    A = np.random.default_rng(4).uniform(-1, 1, (8, 9))
    game = mm.BilinearGame(A, mm.Simplex(8), mm.Simplex(9))
    counts = [mm.solve(game, mm.LineSearchPDHG(eta), tol=1e-6).rounds for eta in (1e-8, 1.0, 1e4)]
    assert max(counts) < 3 * min(counts) + 100
    restarted = mm.solve(game, mm.LineSearchPDHG(), restart="adaptive", tol=1e-9)
    assert restarted.converged
    assert restarted.operator_calls > restarted.rounds
    with pytest.raises(ValueError, match="state them as terms"):
        mm.solve(mm.QuadraticGame(1.0, A, None, Y=mm.Simplex(9)), mm.LineSearchPDHG())
    with pytest.raises(ValueError, match="moves x first"):
        mm.solve(game, mm.LineSearchPDHG(), order="yx")
    with pytest.raises(ValueError, match="one dynamics for both"):
        mm.solve(game, (mm.LineSearchPDHG(), mm.PDHG()))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_mirrored_primal_dual_steps_keep_their_bound(seed: int) -> None:
    A = np.random.default_rng(seed).uniform(-1, 1, (6, 8))
    game = mm.MatrixGame(A)
    for rounds in (10, 100, 1000):
        run = mm.solve(game, mm.MirrorPDHG(), rounds=rounds, tol=None, average="uniform")
        eta = 2.0 / game.scale
        assert run.method.eta == pytest.approx(eta)
        assert run.gap <= 2 * (math.log(6) + math.log(8)) / (eta * rounds)


def test_the_cross_term_of_mirrored_steps_is_no_slip() -> None:
    """Without it the bound of the order x then y would be half as large, and fail here."""
    for rounds in (10, 20, 100):
        run = mm.solve([[-1.0, 1.0], [0.0, 0.0]], mm.MirrorPDHG(), rounds=rounds, tol=None, average="uniform")
        assert 1.0 < run.gap * rounds * run.method.eta / (2 * math.log(2)) <= 2.0


def test_a_search_is_checked_and_stays_finite_where_nobody_moves() -> None:
    for wrong in ({"delta": 1.0}, {"shrink": 1.5}, {"delta": 0.0}):
        with pytest.raises(ValueError, match="between zero and one"):
            mm.solve(SCALAR, mm.LineSearchPDHG(**wrong))
    run = mm.solve([[0.0, 1.0], [2.0, 3.0]], mm.LineSearchPDHG(1.0), rounds=600, tol=None)
    assert run.sides[0].pace[0] <= 1e10
    x, y = (side.total / side.sums[1] for side in run.sides)
    assert min(x.min(), y.min()) >= -1e-12
    assert (x.sum(), y.sum()) == pytest.approx((1.0, 1.0))
