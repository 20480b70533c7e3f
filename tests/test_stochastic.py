"""Noise and finite sums: exact stationary laws, what converges under noise, and what does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minmax as mm
from minmax.oracles import gaussian

COPIES = 400  # independent scalar games side by side: one long run of each is as good as many


def copies() -> mm.BilinearGame:
    return mm.BilinearGame(np.eye(COPIES))


def mean_square(run: mm.Solution) -> float:
    return float((run.x**2 + run.y**2).mean())


@pytest.mark.parametrize(
    ("eta", "law"),
    [pytest.param(0.1, 2.0404, marks=pytest.mark.long), pytest.param(0.3, 2.3956, marks=pytest.mark.long)],
)
def test_constant_steps_stay_at_their_stationary_distance(eta: float, law: float) -> None:
    """B4.5: E|z|^2 = (eta^2 + eta^4) S / (eta^2 - eta^4) with noise of S = 2 a game, independent samples."""
    assert law == pytest.approx((1 + eta**2) * 2 / (1 - eta**2), abs=1e-3)
    found = []
    for seed in range(8):
        run = mm.solve(
            copies(), mm.ExtraGradient(eta), oracle=mm.GaussianNoise(1.0), rounds=2000, tol=None, average="last",
            every=2000, seed=seed,
        )  # fmt: skip
        found.append(mean_square(run))
    # A game's |z|^2 is exponential around its mean, so 3200 of them average to 1 / sqrt(3200) of it: 1.8 %.
    assert np.mean(found) == pytest.approx(law, rel=0.06)


@pytest.mark.long
def test_the_same_sample_twice_has_another_law_than_two() -> None:
    """On f = x y both laws agree, the two parts of the noise being orthogonal; on f = x^2/2 - y^2/2 they differ."""
    game = mm.QuadraticGame(1.0, np.zeros((COPIES, COPIES)), 1.0)
    eta = 0.5
    found = {}
    for same in (False, True):
        run = mm.solve(
            game, mm.ExtraGradient(eta), oracle=mm.GaussianNoise(1.0, same), rounds=400, tol=None, average="last",
            every=400,
        )  # fmt: skip
        found[same] = mean_square(run) / 2  # a coordinate
    # z+ = z - eta (z - eta (z + n) + m): factor 1 - eta + eta^2 of z; noise eta^2 n - eta m, or eta (eta - 1) n.
    factor = 1 - (1 - eta + eta**2) ** 2
    assert found[False] == pytest.approx((eta**4 + eta**2) / factor, rel=0.1)
    assert found[True] == pytest.approx(eta**2 * (1 - eta) ** 2 / factor, rel=0.1)


@pytest.mark.long
def test_decreasing_equal_steps_do_not_converge_where_double_steps_do() -> None:
    """Hsieh et al. 2020, section 2: on f = x y equal vanishing steps keep the distance, unequal ones do not."""
    options: dict[str, Any] = {
        "oracle": mm.GaussianNoise(0.5), "rounds": 40_000, "tol": None, "average": "last", "every": 40_000,
    }  # fmt: skip
    equal = mm.solve(copies(), mm.ExtraGradient(0.5, schedule="sqrt"), **options)
    double = mm.solve(copies(), mm.DoubleStepExtraGradient(0.5, 0.5), **options)
    steady = mm.solve(copies(), mm.DoubleStepExtraGradient(1.0, 0.5, decay=1.0, ahead_decay=0.0), **options)
    assert mean_square(equal) > 0.3
    assert mean_square(double) < 0.1
    assert mean_square(steady) < 0.01


@pytest.mark.long
@pytest.mark.parametrize(("angle", "converges"), [(115.0, True), (125.0, False)])
def test_a_long_look_ahead_carries_mild_negative_comonotonicity(angle: float, converges: bool) -> None:
    """B2.9: on a linear operator L e^{i phi}, a look-ahead of 1 / L and a small second step converge iff
    cos phi > -1/2."""
    phi = np.deg2rad(angle)
    game = mm.QuadraticGame(np.cos(phi), [[np.sin(phi)]], np.cos(phi))
    rule = mm.DoubleStepExtraGradient(0.02, 1.0, decay=0.0, ahead_decay=0.0)
    run = mm.solve(game, rule, rounds=4000, tol=None, average="last", start=([1.0], [0.5]))
    far = float(np.hypot(run.x[0], run.y[0]))
    assert (far < 0.5) == converges
    assert converges or far > 2.0


def test_noise_is_gaussian_and_a_function_of_seed_player_round_and_coordinate() -> None:
    many = np.array([gaussian(0, 0, 1, i) for i in range(20_000)])
    assert many.mean() == pytest.approx(0.0, abs=0.03)
    assert many.std() == pytest.approx(1.0, abs=0.02)
    assert (many**4).mean() == pytest.approx(3.0, abs=0.25)
    assert gaussian(1, 0, 1, 0) != gaussian(0, 0, 1, 0) != gaussian(0, 1, 1, 0)


@pytest.mark.parametrize(
    "rule",
    [
        mm.ExtraGradient(0.2),
        pytest.param(mm.PDHG(0.2), marks=pytest.mark.long),
        pytest.param(mm.PastExtraGradient(0.1), marks=pytest.mark.long),
    ],
)
def test_noisy_runs_repeat_resume_and_change_with_the_seed(rule: Any, tmp_path: Any) -> None:
    game, noise = mm.BilinearGame(np.eye(3)), mm.GaussianNoise(0.3)
    options: dict[str, Any] = {"oracle": noise, "tol": None}
    whole = mm.solve(game, rule, rounds=1000, **options)
    half = mm.solve(game, rule, rounds=600, **options)
    half.save(tmp_path / "half.npz")
    half = mm.Solution.load(tmp_path / "half.npz")
    assert half.run.oracle == noise
    again = mm.solve(game, start=half, rounds=400, tol=None)
    assert np.array_equal(whole.x, again.x)
    assert np.array_equal(whole.sides[1].total, again.sides[1].total)
    other = mm.solve(game, rule, rounds=1000, seed=1, **options)
    assert not np.array_equal(whole.x, other.x)


def test_rows_and_loops_hear_the_same_noise() -> None:
    """At most one round of the first 512 is compared on each engine: the run crosses, its twin in rows does not."""
    game = mm.SmoothGame(mm.Free(2), mm.Free(2), gradients=lambda x, y: (y, x), lipschitz=1.0)
    held = mm.BilinearGame(np.eye(2))
    for same in (False, True):
        noise = mm.GaussianNoise(0.3, same)
        one, two = (
            mm.solve(g, mm.ExtraGradient(0.2), oracle=noise, rounds=700, tol=None, average="last") for g in (game, held)
        )
        assert one.x == pytest.approx(two.x, abs=1e-12)


# ------------------------------------------------------------------ finite sums


def matrices(N: int = 60, n: int = 6) -> mm.FiniteSumGame:
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(N, n, n)), rng.normal(size=(N, n))

    def terms(x: np.ndarray, y: np.ndarray, i: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (A[i] @ y + b[i]).mean(0) + 0.3 * x, (x @ A[i]).mean(0) - 0.3 * y

    return mm.FiniteSumGame(mm.Ball(n), mm.Ball(n), N, terms)


@pytest.mark.long
def test_variance_reduction_converges_for_a_fraction_of_the_full_evaluations() -> None:
    game = matrices()
    full = mm.solve(game, mm.ExtraGradient(), tol=1e-5)
    reduced = mm.solve(game, mm.VarianceReducedExtraGradient(), tol=1e-5)
    assert full.converged
    assert reduced.converged
    assert reduced.operator_calls < full.operator_calls / 2
    plain = mm.solve(game, mm.ExtraGradient(0.05), oracle=mm.Minibatch(1), tol=1e-5, rounds=reduced.rounds)
    assert not plain.converged


@pytest.mark.long
def test_operator_calls_count_terms_by_their_share() -> None:
    game = matrices(N=50)
    run = mm.solve(game, mm.GDA(0.01, "constant"), oracle=mm.Minibatch(5), rounds=700, tol=None)
    assert run.operator_calls == pytest.approx(70.0)
    calls = []
    counted = mm.FiniteSumGame(
        mm.Free(1), mm.Free(1), 4, lambda x, y, i: (calls.append(i.size) or y.copy(), x.copy()), lipschitz=1.0
    )
    _ = counted.scale, counted.violation, counted.fingerprint
    calls.clear()
    found = mm.solve(counted, mm.VarianceReducedExtraGradient(0.1, 0.5), rounds=40, tol=None, every=100, average="last")
    assert sum(calls) / 4 >= found.operator_calls > 40 / 2 * 2 / 4


def test_a_minibatch_of_all_terms_in_the_mean_is_the_game() -> None:
    """Unbiased: the mean of many batches at one point is the full gradient."""
    game = matrices()
    from minmax.oracles import Sampled
    from minmax.state import begin

    rule = mm.GDA(0.1, "constant")
    sides = tuple(begin(d.using("euclidean"), rule, d.centre()) for d in game.domains)
    x, y = np.full(6, 0.2), np.linspace(-0.3, 0.3, 6)
    oracle = Sampled(game, mm.Minibatch(3), rule, sides, 1, 0)
    ux, uy = np.empty(6), np.empty(6)
    total = np.zeros(12)
    for _ in range(4000):
        oracle.utilities(x, y, ux, uy)
        total += np.concatenate([-ux, uy])
    assert total / 4000 == pytest.approx(np.concatenate(game.gradients(x, y)), abs=0.08)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"oracle": 3}, TypeError, "`oracle` must be GaussianNoise"),
        ({"oracle": mm.GaussianNoise(-1.0)}, ValueError, "`sigma` must be a positive number"),
        ({"oracle": mm.Minibatch(0)}, ValueError, "`size` must be a whole number"),
        ({"oracle": mm.Minibatch(1)}, ValueError, "needs a FiniteSumGame"),
        ({"oracle": mm.GaussianNoise(1.0), "method": mm.ProximalPoint()}, ValueError, "do not"),
        ({"method": mm.VarianceReducedExtraGradient()}, ValueError, "needs a FiniteSumGame"),
        ({"oracle": mm.GaussianNoise(1.0), "method": mm.Pivoting()}, ValueError, "takes no `oracle`"),
    ],
)
def test_oracles_that_do_not_fit_are_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    options = {"method": mm.ExtraGradient(0.1), **options}
    with pytest.raises(error, match=message):
        mm.solve(mm.MatrixGame(np.eye(3)), **options)
