"""Exact traces, factors and reference runs of the dynamics; identifiers are those of the project's oracle list."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from table import iterates, seldom

import minmax as mm

E1, E0 = ([1.0], [0.0]), None


def scalar(sigma: float = 1.0) -> mm.BilinearGame:
    return mm.BilinearGame([[sigma]])


def norms(seen: mm.Trajectory) -> np.ndarray:
    return np.hypot(seen.x[:, 0], seen.y[:, 0])


# ------------------------------------------------------------------ B1: the scalar game


@pytest.mark.parametrize("e", [0.1, 0.5, 1 / math.sqrt(2), 0.95])
def test_b1_3_extra_gradient_contracts_by_its_exact_factor(e: float) -> None:
    sigma = 2.5
    seen = iterates(scalar(sigma), mm.ExtraGradient(e / sigma), 60, start=([1.0], [0.5]))
    assert abs(norms(seen)[1:] / norms(seen)[:-1] - math.sqrt(1 - e**2 + e**4)).max() < 1e-13
    turn = np.diff(np.unwrap(np.arctan2(seen.y[:, 0], seen.x[:, 0])))
    assert abs(turn - math.atan2(e, 1 - e**2)).max() < 1e-13


@pytest.mark.long
def test_b1_3_extra_gradient_diverges_beyond_its_limit() -> None:
    assert norms(iterates(scalar(), mm.ExtraGradient(1.01), 2000))[-1] > 1e3


def test_b1_5_optimistic_gradient_trace() -> None:
    seen = iterates(scalar(), mm.OptimisticGDA(0.3), 50, start=E1)
    assert norms(seen)[[1, 2, 10, 50]] == pytest.approx([1.044030651, 1.016070864, 0.664302486, 0.080763523], abs=1e-9)


@pytest.mark.parametrize("e", [0.2, 0.45, 0.55])
def test_b1_4_optimistic_gradient_rate_is_its_spectral_radius(e: float) -> None:
    root = np.roots([1, -(1 - 2j * e), -1j * e])
    seen = norms(iterates(scalar(), mm.OptimisticGDA(e), 400, start=E1))
    assert (seen[400] / seen[300]) ** 0.01 == pytest.approx(abs(root).max(), abs=2e-4)


@pytest.mark.long
def test_b1_4_optimistic_gradient_is_stable_up_to_one_over_root_three() -> None:
    below, above = (
        norms(iterates(scalar(), mm.OptimisticGDA(c / math.sqrt(3)), 3000, start=E1))[-1] for c in (0.99, 1.01)
    )
    assert below < 1e-6 < 1e6 < above


@pytest.mark.parametrize("e", [0.1, 1.0, 1.9])
def test_b1_6_alternating_gradient_play_conserves_its_ellipse(e: float) -> None:
    seen = iterates(scalar(), mm.AlternatingGDA(e), 500, start=E1)
    x, y = seen.x[:, 0], seen.y[:, 0]
    # Descent of x first: y' = y + e x', which conserves x^2 + y^2 - e x y.
    q = x**2 + y**2 - e * x * y
    assert abs(q / q[0] - 1).max() < 1e-11
    r = x**2 + y**2
    assert r.min() >= 1 / (1 + e / 2) - 1e-9
    assert r.max() <= 1 / (1 - e / 2) + 1e-9


def test_b1_6_alternating_gradient_play_diverges_beyond_two() -> None:
    assert norms(iterates(scalar(), mm.AlternatingGDA(2.01), 500, start=E1))[-1] > 1e3


def test_b1_16_past_extra_gradient_evaluates_at_the_optimistic_iterates() -> None:
    """Unconstrained: with w_0 = z_0 - eta F(z_0), each evaluation point follows the optimistic rule."""
    eta = 0.3
    points: list[np.ndarray] = []
    game = scalar()

    class Spy:
        """The game, listening to where it is evaluated."""

        def __getattr__(self, name: str) -> Any:
            return getattr(game, name)

        kernel = None

        def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
            points.append(np.array([x[0], y[0]]))
            game.utilities(x, y, ux, uy)

    mm.solve(Spy(), mm.PastExtraGradient(eta), rounds=40, tol=None, start=([1.0], [0.5]))
    w = np.array(points[1:])
    force = w @ np.array([[0.0, 1.0], [-1.0, 0.0]]).T  # F(z) = (y, -x)
    assert abs(w[2:] - (w[1:-1] - 2 * eta * force[1:-1] + eta * force[:-2])).max() < 1e-14


def test_past_extra_gradient_from_zero_evaluates_its_start_first() -> None:
    """w_1 = z_1, then z_2 = z_1 - eta F(w_1) and w_2 = z_2 - eta F(w_1): no round is spent on the start."""
    eta, z = 0.2, np.array([1.0, 0.5])
    seen = iterates(scalar(), mm.PastExtraGradient(eta, first="zero"), 12, start=([1.0], [0.5]))
    turn, w = np.array([[0.0, 1.0], [-1.0, 0.0]]), z  # F(z) = (y, -x)
    for t in range(1, 13):
        force = turn @ w
        z = z - eta * force
        w = z - eta * force
        assert [seen.x[t, 0], seen.y[t, 0]] == pytest.approx(z.tolist(), abs=1e-14)


# ------------------------------------------------------------------ B3: no-regret dynamics


def divergences(game: mm.MatrixGame, star: list[float], rule: Any, rounds: int, start: Any) -> np.ndarray:
    seen = iterates(game, rule, rounds, start=start)
    z = np.array(star)
    return np.array([(z * np.log(z / x)).sum() + (z * np.log(z / y)).sum() for x, y in zip(seen.x, seen.y)])


def test_b3_3_ftrl_with_entropy_is_multiplicative_weights_from_any_prior() -> None:
    A = np.random.default_rng(3).uniform(-1, 1, (3, 4))
    x, y = np.array([0.2, 0.5, 0.3]), np.array([0.1, 0.2, 0.3, 0.4])
    seen = iterates(mm.MatrixGame(A), mm.FTRL(0.4), 30, start=(x, y))
    for t in range(30):
        ux, uy = -A @ y, A.T @ x
        x, y = x * np.exp(0.4 * ux), y * np.exp(0.4 * uy)
        x, y = x / x.sum(), y / y.sum()
        assert abs(seen.x[t + 1] - x).max() < 1e-14
        assert abs(seen.y[t + 1] - y).max() < 1e-14


def test_b3_3_optimistic_ftrl_is_optimistic_weights_from_zero() -> None:
    game = mm.MatrixGame(np.random.default_rng(4).uniform(-1, 1, (3, 4)))
    one, two = (iterates(game, rule, 50) for rule in (mm.OptimisticFTRL(0.3), mm.OMWU(0.3, first="zero")))
    assert abs(one.x - two.x).max() < 1e-14
    plain = iterates(game, mm.OMWU(0.3, first="plain"), 50)
    assert abs(one.x - plain.x).max() > 1e-3


def test_b3_5_perturbed_leaders_have_their_laws() -> None:
    """Gumbel noise gives Hedge's probabilities, exponential noise half an exponential of the lag."""
    losses, eta, draws = np.array([1.0, 0.3, 2.0]), 0.7, 40_000
    counts, behind = np.zeros(3), 0
    rule, geometry = mm.FTPL(eta, 0.0), mm.Simplex(3).using("best-response")
    from minmax.rows import noise_row

    for t in range(draws):
        counts += geometry.play_rows(rule.perturb(-losses, noise_row(1, 0, 0, t, 3), float(t)))
        lag = mm.ExponentialFTPL(eta, 0.0).perturb(np.array([-0.7, 0.0]), noise_row(2, 0, 1, t, 2), float(t))
        behind += int(lag[0] > lag[1])
    four_sigma = 4 * 0.5 / math.sqrt(draws)
    assert counts / draws == pytest.approx([0.31960, 0.52169, 0.15871], abs=four_sigma)
    assert behind / draws == pytest.approx(0.306313, abs=four_sigma)


@pytest.mark.long
@pytest.mark.parametrize("n", [2, pytest.param(5, marks=pytest.mark.long), pytest.param(20, marks=pytest.mark.long)])
def test_b3_9_optimistic_weights_keep_the_sum_of_regrets_bounded(n: int) -> None:
    """At eta = 1/2 and |A| <= 1 the sum of regrets is at most 2 (log n + log m) + 1 for ever."""
    rng = np.random.default_rng(n)
    for seed in range(10):
        A = rng.choice([-1.0, 1.0], (n, n + 1)) if seed % 2 else rng.uniform(-1, 1, (n, n + 1))
        if np.ptp(A) == 0:
            continue
        run = mm.solve(mm.MatrixGame(A), mm.OMWU(0.5), rounds=3000, tol=None, start=(corner(n), corner(n + 1)))
        sums = run.history.regret_x + run.history.regret_y
        # From a near-corner start log n becomes log(1 / least weight).
        assert sums.max() <= 2 * (math.log(n / 0.1) + math.log((n + 1) / 0.1)) + 1


def corner(n: int) -> np.ndarray:
    x = np.full(n, 0.1 / n)
    x[0] += 0.9
    return x


@pytest.mark.long
@pytest.mark.parametrize("n", [2, pytest.param(5, marks=pytest.mark.long), pytest.param(20, marks=pytest.mark.long)])
def test_b3_10_mirror_prox_averages_within_its_bound(n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(10):
        A = rng.uniform(-1, 1, (n, n + 2))
        run = mm.solve(mm.MatrixGame(A), mm.MirrorProx(1.0), rounds=1000, tol=None, average="uniform")
        steps = run.history.rounds[1:] / 2
        assert (steps * run.history.gap_average[1:]).max() <= math.log(n) + math.log(n + 2)


def test_b3_11_multiplicative_weights_traces() -> None:
    pennies = mm.zoo.matching_pennies()
    trace = divergences(pennies, [0.5, 0.5], mm.MWU(0.1), 1000, ([0.6, 0.4], [0.3, 0.7]))
    expected = [0.107587690833, 0.108526702493, 0.117478814467, 0.242365792393, 2.795232031101]
    assert trace[[0, 1, 10, 100, 1000]] == pytest.approx(expected, abs=1e-11)
    seen = iterates(pennies, mm.MWU(0.1), 10, start=([0.6, 0.4], [0.3, 0.7]))
    assert seen.x[1, 0] == pytest.approx(0.580655560417, abs=1e-12)
    assert seen.y[1, 0] == pytest.approx(0.291667768784, abs=1e-12)
    assert seen.x[10, 0] == pytest.approx(0.386808632, abs=1e-9)
    thirds = [1 / 3] * 3
    trace = divergences(mm.zoo.rock_paper_scissors(), thirds, mm.MWU(0.1), 1000, RPS_START)
    expected = [0.140480687544, 0.140933033921, 0.145331932873, 0.191477589065, 1.951228055287]
    assert trace[[0, 1, 10, 100, 1000]] == pytest.approx(expected, abs=1e-11)


RPS_START = ([0.5, 0.3, 0.2], [0.2, 0.5, 0.3])


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (
            "plain",
            [0.140480687544, 0.140933033921, 0.140490659619, 0.140032632002, 0.136735444672, 0.102982448443,
             0.005276599732, 0.000185963345],
        ),
        (
            "zero",
            [0.140480687544, 0.142295267548, 0.140964468694, 0.140480227647, 0.137131151841, 0.103340491463,
             0.005294360267, 0.000186630774],
        ),
    ],
)  # fmt: skip
def test_b3_14_both_first_steps_of_optimistic_weights(first: str, expected: list[float]) -> None:
    trace = divergences(mm.zoo.rock_paper_scissors(), [1 / 3] * 3, mm.OMWU(0.1, first=first), 2000, RPS_START)
    assert trace[[0, 1, 2, 3, 10, 100, 1000, 2000]] == pytest.approx(expected, abs=2e-12)


@pytest.mark.long
def test_b3_15_alternating_weights_stay_in_a_band() -> None:
    game = mm.zoo.rock_paper_scissors()
    seen = iterates(game, mm.MWU(0.1), 5000, start=RPS_START, alternating=True)
    z = 1 / 3
    band = np.array([-z * np.log(3 * x).sum() - z * np.log(3 * y).sum() for x, y in zip(seen.x, seen.y)])
    assert band.min() >= 0.13304
    assert band.max() <= 0.14115


def test_b3_16_alternating_play_is_as_good_as_its_regrets() -> None:
    """gap(mean of x_2..x_{T+1}, mean of y_1..y_T) <= (R_x + R_y) / T, y's regret against the new x."""
    rng = np.random.default_rng(16)
    for rule in (mm.RegretMatching(), mm.RegretMatchingPlus()):
        for _ in range(40):
            A = rng.uniform(-1, 1, (3, 3))
            seen = iterates(mm.MatrixGame(A), rule, 30, alternating=True, average="uniform")
            x, y = seen.x, seen.y[:-1]
            new, old = x[1:], x[:-1]
            regret_x = (-A @ y.sum(0)).max() + sum(a @ A @ b for a, b in zip(old, y))
            regret_y = (A.T @ new.sum(0)).max() - sum(a @ A @ b for a, b in zip(new, y))
            gap = (A.T @ new.mean(0)).max() - (A @ y.mean(0)).min()
            assert gap <= (regret_x + regret_y) / 30 + 1e-12


@pytest.mark.parametrize("game", [mm.zoo.matching_pennies(), mm.MatrixGame.from_payoffs(np.eye(2))])
def test_b3_19_fictitious_play_runs_of_growing_length(game: mm.MatrixGame) -> None:
    seen = iterates(game, mm.FictitiousPlay(), 29)
    profile = [(int(x.argmax()), int(y.argmax())) for x, y in zip(seen.x, seen.y)]
    runs = [(0, 0)] + [(0, 1)] * 2 + [(1, 1)] * 3 + [(1, 0)] * 4
    assert profile[:10] == runs
    assert seen.x.sum(0).tolist() == [14, 16]
    assert seen.y.sum(0).tolist() == [12, 18]
    if game.name:
        assert game.gap(seen.x.mean(0), seen.y.mean(0)) == pytest.approx(4 / 15, abs=1e-15)


def test_b3_20_fictitious_play_on_three_actions() -> None:
    seen = iterates(mm.MatrixGame.from_payoffs(np.eye(3)), mm.FictitiousPlay(), 59)
    profile = [(int(x.argmax()), int(y.argmax())) for x, y in zip(seen.x, seen.y)]
    lengths, t = [], 0
    while t < len(profile):
        end = t
        while end < len(profile) and profile[end] == profile[t]:
            end += 1
        lengths.append(end - t)
        t = end
    assert lengths[:11] == [1, 2, 1, 4, 3, 6, 3, 8, 5, 10, 5]


# ------------------------------------------------------------------ B4: primal-dual, and games that fool


def test_b4_1_primal_dual_gap_needs_the_cross_term_of_its_order() -> None:
    rng = np.random.default_rng(41)
    worst = 0.0
    for _ in range(200):
        A = rng.uniform(-1, 1, (2, 2))
        eta = 1 / np.linalg.norm(A, 2)
        x0, y0 = rng.dirichlet(np.ones(2)), rng.dirichlet(np.ones(2))
        rounds = int(rng.integers(1, 15))
        run = mm.solve(mm.MatrixGame(A), mm.PDHG(eta), rounds=rounds, tol=None, start=(x0, y0), average="uniform")
        for i in range(2):
            for j in range(2):
                x, y = np.eye(2)[i], np.eye(2)[j]
                lead = rounds * (run.x @ A @ y - x @ A @ run.y)
                near = ((x - x0) @ (x - x0) + (y - y0) @ (y - y0)) / (2 * eta)
                assert lead <= near - (x - x0) @ A @ (y - y0) + 1e-12
                worst = max(worst, lead / near)
    assert worst > 1.0  # without the cross term the bound is false


@pytest.mark.parametrize(("delta", "optimistic", "gradient"), [(0.1, 14709, 133), (0.01, 38034, 23)])
@pytest.mark.long
def test_b4_6_optimistic_weights_look_converged_and_come_back(delta: float, optimistic: int, gradient: int) -> None:
    game = mm.MatrixGame(mm.zoo.slow_optimism(delta).payoffs())  # here the row player minimises
    run = mm.solve(game, mm.OMWU(0.1), rounds=40_000, tol=None, every=1)
    assert last_above(run, 0.1) + 1 == optimistic  # the list counts the iterate before an update
    if delta == 0.01:
        assert run.history.gap_last[1000] == pytest.approx(0.0084, abs=5e-5)
        assert run.history.gap_last[10_000] == pytest.approx(0.4086, abs=1e-4)  # listed with its last digits cut
    run = mm.solve(game, mm.PastExtraGradient(0.1, first="zero"), rounds=1000, tol=None, every=1)
    # The list's optimistic gradient counts its evaluation points from another start: one round of slack.
    assert abs(last_above(run, 0.1) - gradient) <= 2


def last_above(run: mm.Solution, level: float) -> int:
    return int(run.history.rounds[run.history.gap_last > level].max())


@pytest.mark.long
def test_b4_7_only_alternating_predictive_regret_matching_converges_in_last_iterate() -> None:
    game = mm.zoo.regret_matching_trap()

    def late(rule: Any, alternating: bool) -> tuple[float, float]:
        run = mm.solve(game, rule, rounds=90_000, tol=None, alternating=alternating)
        run = mm.solve(game, start=run, rounds=10_000, tol=None, every=1)
        gaps = run.history.gap_last[run.history.rounds > 90_000]
        return float(gaps.min()), float(gaps.max())

    for rule, alternating, low, high in [
        (mm.RegretMatching(), False, 0.38, 6.8),
        (mm.RegretMatchingPlus(), False, 0.078, 0.76),
        (mm.RegretMatchingPlus(), True, 0.095, 0.32),
        (mm.PredictiveRegretMatchingPlus(), False, 0.104, 0.83),
    ]:
        least, most = late(rule, alternating)
        # The range over a late window drifts; the failure itself is what must hold.
        assert least > 0.5 * low
        assert 0.5 * high < most < 1.2 * high
    assert late(mm.PredictiveRegretMatchingPlus(), True)[1] < 1e-14


# ------------------------------------------------------------------ E2: reference runs on the random control

CONTROL = np.random.default_rng(0).uniform(-1, 1, (10, 10))
NORM = float(np.linalg.norm(CONTROL, 2))
PAST = mm.PastExtraGradient(1 / (2 * NORM))

# rule, options, rounds per listed step, average gap and last gap at 100 and 1000 steps; "before" marks lists
# whose last iterate is that before the update.
RUNS = [
    ("RM", mm.RegretMatching(), {}, 1, (0.10346, 0.0309857), (0.60731, 0.759314), "before"),
    ("RM+ at once", mm.RegretMatchingPlus(), {"alternating": False}, 1, (0.0452916, 0.00800016), (0.373288, 0.283457),
     "before"),
    ("RM+", mm.RegretMatchingPlus(), {}, 1, (0.00713112, 3.34658e-4), (0.0727347, 0.0748666), "before"),
    ("PRM+", mm.PredictiveRegretMatchingPlus(), {}, 1, (0.00209263, 1.53401e-6), (0.00905825, 5.95077e-8), "before"),
    ("MWU", mm.MWU(0.1), {}, 1, (0.279347, 0.0318705), (0.36721, 0.583787), "before"),
    ("OMWU", mm.OMWU(0.1), {}, 1, (0.274619, 0.0301517), (0.302809, 0.41674), "before"),
    ("EG", mm.ExtraGradient(1 / (2 * NORM)), {}, 2, (0.0239809, 0.00278243), (0.0689325, 0.00195338), "after"),
    ("PDHG", mm.PDHG(1 / NORM), {"order": "yx"}, 1, (0.0133791, 0.00134116), (0.0123359, 2.20064e-6), "after"),
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    "run", [pytest.param(r, id=r[0], marks=pytest.mark.long if r[0] in ("RM", "RM+ at once") else ()) for r in RUNS]
)
def test_e2_reference_runs_on_the_random_control(run: Any) -> None:
    _, rule, options, each, averages, lasts, moment = run
    game = mm.MatrixGame.from_payoffs(CONTROL)
    for steps, average, last in zip((100, 1000), averages, lasts):
        history = mm.solve(game, rule, rounds=steps * each, tol=None, **options).history
        assert history.gap_average[-1] == pytest.approx(average, rel=2e-5)
        if moment == "before":
            history = mm.solve(game, rule, rounds=steps - 1, tol=None, **options).history
        assert history.gap_last[-1] == pytest.approx(last, rel=2e-5)


def test_e2_past_extra_gradient_on_the_random_control() -> None:
    """One evaluation at the start, so a hundred steps are 101 rounds; the list's last iterate is the one evaluated."""
    game = mm.MatrixGame.from_payoffs(CONTROL)
    for rounds, average, last in [(101, 0.0238703, 0.0693086), (1001, 0.00277409, 0.0020454)]:
        run = mm.solve(game, PAST, rounds=rounds, tol=None)
        assert run.history.gap_average[-1] == pytest.approx(average, rel=2e-5)
        assert game.gap(*(side.seen for side in run.sides)) == pytest.approx(last, rel=2e-5)


# Past extra-gradient is left out: its listed last iterate is the evaluation point, ours the better base point.
COUNTS = [
    ("control", mm.ExtraGradient(1 / (2 * NORM)), {}, 2, (267, 1485, 3500, 5429)),
    ("control", mm.PDHG(1 / NORM), {"order": "yx"}, 1, (105, 560, 1071, 1585)),
    ("control", mm.PredictiveRegretMatchingPlus(), {}, 1, (60, 250, 728, 1124)),
    ("control", mm.RegretMatchingPlus(), {}, 1, (73, 3250)),
    ("trap", mm.PredictiveRegretMatchingPlus(), {}, 1, (46, 88, 122, 164)),
    ("trap", mm.PDHG(), {"order": "yx"}, 1, (24, 59, 85, 120)),
    ("trap", mm.ExtraGradient(), {}, 2, (103, 248, 394, 558)),
    ("trap", mm.OMWU(0.1), {}, 1, (535, 5004, 8370, 11737)),
    ("trap", mm.RegretMatchingPlus(), {}, 1, (64, 8586)),
]


@pytest.mark.parametrize(
    "case", [*seldom(*COUNTS[:4]), *COUNTS[4:]], ids=[f"{c[0]}-{type(c[1]).__name__}" for c in COUNTS]
)
def test_e2_steps_until_a_gap_is_reached(case: Any) -> None:
    which, rule, options, each, counts = case
    A = CONTROL if which == "control" else np.array([[3.0, 0, -3], [0, 3, -4], [0, 0, 1]])
    norm = float(np.linalg.norm(A, 2))
    if rule.__class__ in (mm.PDHG, mm.ExtraGradient) and rule.eta == "auto":
        rule = rule._replace(eta=1 / norm if isinstance(rule, mm.PDHG) else 1 / (2 * norm))
    run = mm.solve(
        mm.MatrixGame.from_payoffs(A), rule, rounds=int(counts[-1] * each * 1.1) + 5, tol=None, every=each, **options
    )
    best = np.fmin(run.history.gap_average, run.history.gap_last)
    for level, count in zip((1e-2, 1e-4, 1e-6, 1e-8), counts):
        first = int(run.history.rounds[best < level][0]) // each
        # The lists look at the iterate before or after an update, and some count an extra start: two steps of slack.
        assert abs(first - count) <= 2


@pytest.mark.long
def test_e3_simultaneous_regret_matching_plus_is_slow_where_alternating_is_not() -> None:
    game = mm.zoo.slow_regret_matching()
    for rounds, together, turns in [
        (100, 1.25769e-2, 7.50534e-4),
        (1000, 3.28785e-3, 5.40292e-5),
        (10_000, 9.36612e-4, 7.26861e-6),
    ]:
        for alternating, expected in ((False, together), (True, turns)):
            run = mm.solve(
                game, mm.RegretMatchingPlus(), rounds=rounds, tol=None, alternating=alternating, average="linear"
            )
            assert run.gap == pytest.approx(expected, rel=2e-5)


@pytest.mark.long
def test_e3_regret_matching_needs_471407_rounds_where_one_payoff_is_huge() -> None:
    """One agent, actions worth 0, 1 and -1,000,000: the round in which the middle one is played alone."""
    game = mm.MatrixGame.from_payoffs([[0.0], [1.0], [-1e6]])
    run = mm.solve(game, mm.RegretMatching(), rounds=471_405, tol=None)
    assert run.sides[0].x[1] < 1.0
    run = mm.solve(game, start=run, rounds=1, tol=None)
    assert run.sides[0].x[1] == 1.0


@pytest.mark.long
def test_e3_linear_regret_matching_forgets_sooner() -> None:
    game = mm.MatrixGame.from_payoffs([[0.0], [1.0], [-1e6]])
    seen = iterates(game, mm.LinearRegretMatching(), 1000, alternating=False)
    assert 960 <= int(np.flatnonzero(seen.x[:, 1] == 1.0)[0]) <= 980
