"""The driver: certificates, statuses, resuming, watching, saving, and what it refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import aslinearoperator
from table import certified_gap, seldom, skewed, uneven

import minmax as mm
from minmax.players import Players, fresh_run, opening

MIXED = 1  # seed of a game whose equilibrium mixes three actions

# ------------------------------------------------------------------ answers


KINDS: dict[str, Any] = {
    "uniform": lambda rng, n, m: rng.uniform(-1, 1, (n, m)),
    "integers": lambda rng, n, m: rng.integers(-3, 4, (n, m)).astype(float),
    "rank one": lambda rng, n, m: np.outer(rng.normal(size=n), rng.normal(size=m)),
    "rank two": lambda rng, n, m: rng.normal(size=(n, 2)) @ rng.normal(size=(2, m)),
    "duplicated": lambda rng, n, m: rng.uniform(-1, 1, (n, m))[rng.integers(0, n, n)][:, rng.integers(0, m, m)],
    "dominated": lambda rng, n, m: np.sort(rng.uniform(-1, 1, (n, m)), 0) + 0.1 * rng.integers(0, 2, (n, 1)),
    "sparse": lambda rng, n, m: np.where(rng.random((n, m)) < 0.3, rng.uniform(-1, 1, (n, m)), 0.0),
    "signs": lambda rng, n, m: rng.choice([-1.0, 1.0], (n, m)),
    "constant": lambda rng, n, m: np.full((n, m), rng.normal()),
}


@st.composite
def games(draw: Any) -> np.ndarray:
    """Random games of many scales, with duplicated rows, ties and ranks."""
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    kind = draw(st.sampled_from(list(KINDS)))
    A = KINDS[kind](rng, n, m)
    return A * 10.0 ** draw(st.sampled_from([-300, -12, -8, 0, 3, 12, 300]))


@settings(deadline=None, max_examples=150)
@given(A=games())
def test_the_automatic_answer_is_certified_at_every_scale(A: np.ndarray) -> None:
    solution = mm.solve(mm.MatrixGame(A), tol=1e-9)
    assert solution.status in ("converged", "precision floor")
    unit = A / (abs(A).max() or 1.0)
    assert certified_gap(unit, solution.x, solution.y) <= 1e-9 * (np.ptp(unit) + 1)
    assert solution.lower <= solution.value <= solution.upper


@settings(deadline=None, max_examples=60)
@given(A=games(), seed=st.integers(0, 99))
def test_bounds_hold_the_value_whatever_the_strategies(A: np.ndarray, seed: int) -> None:
    """Any pair certifies an interval, and all such intervals meet at the value."""
    rng = np.random.default_rng(seed)
    game = mm.MatrixGame(A)
    value = mm.solve(game, tol=1e-12).value
    found = mm.certify(game, rng.dirichlet(np.ones(A.shape[0])), rng.dirichlet(np.ones(A.shape[1])))
    slack = 1e-9 * abs(A).max()
    assert found.lower <= found.value <= found.upper
    assert found.lower - slack <= value <= found.upper + slack
    assert found.gap >= 0


def test_value_laws_of_matrix_games() -> None:
    rng = np.random.default_rng(1)

    def value(A: np.ndarray) -> float:
        return mm.solve(mm.MatrixGame(A), tol=1e-10).value

    for _ in range(20):
        n, m = rng.integers(2, 7, 2)
        A, B = rng.uniform(-1, 1, (2, n, m))
        v = value(A)
        assert value(A + 3) == pytest.approx(v + 3, abs=1e-9)
        assert value(2.5 * A) == pytest.approx(2.5 * v, abs=1e-9)
        assert value(-A.T) == pytest.approx(-v, abs=1e-9)
        assert abs(v - value(B)) <= abs(A - B).max() + 1e-9
        assert value(A[rng.permutation(n)][:, rng.permutation(m)]) == pytest.approx(v, abs=1e-9)
        assert value(np.vstack([A, A[:1]])) == pytest.approx(v, abs=1e-9)
        S = rng.uniform(-1, 1, (n, n))
        assert value(S - S.T) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("name", [name for name in mm.zoo.__all__ if name != "liars_dice"])
def test_every_known_game_is_solved_to_its_known_value(name: str) -> None:
    game = mm.zoo.find(name)
    solution = mm.solve(game, tol=1e-9)
    assert solution.status in ("converged", "precision floor")
    if game.known is not None and game.known.value is not None:
        assert solution.value == pytest.approx(game.known.value, abs=1e-9 * max(1.0, game.scale))


def test_one_action_single_rows_ties_and_duplicates() -> None:
    assert mm.solve([[7.0]]).value == 7.0
    assert mm.solve([[7.0]]).gap == 0.0
    row = mm.solve([[1.0, 5.0, 2.0]])
    assert (row.value, row.y.tolist()) == (5.0, [0, 1, 0])
    tied = mm.solve(np.full((3, 4), -2.0))
    assert (tied.value, tied.gap, tied.status) == (-2.0, 0.0, "converged")
    twice = mm.solve([[1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
    assert twice.value == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e-8, 1.0, 1e300])
@pytest.mark.parametrize("method", [None, mm.PredictiveRegretMatchingPlus(), mm.OMWU(), mm.PDHG(), mm.ExtraGradient()])
def test_extreme_scales_give_right_answers(scale: float, method: Any) -> None:
    game = mm.MatrixGame.from_payoffs(np.array([[2.0, -1.0], [-1.0, 1.0]]) * scale)
    solution = mm.solve(game, method, tol=1e-3)
    assert solution.status == "converged"
    assert solution.value / scale == pytest.approx(0.2, abs=4e-3)


@pytest.mark.parametrize("wrap", [csc_array, coo_array, aslinearoperator, *seldom(np.float32, np.asfortranarray)])
def test_every_storage_is_solved(wrap: Any) -> None:
    A = np.round(uneven(3, 30, 40) * 256) / 256
    value = mm.solve(A, tol=1e-9).value
    game = mm.MatrixGame(wrap(A))
    for method in (None, mm.PredictiveRegretMatchingPlus()):
        solution = mm.solve(game, method, tol=1e-4)
        assert solution.status == "converged"
        assert certified_gap(A, solution.x, solution.y) <= 1e-4 * solution.scale
        assert solution.value == pytest.approx(value, abs=1e-3)


def test_a_larger_game_is_answered_by_dynamics_or_the_program() -> None:
    A = uneven(5, 320, 300)
    solution = mm.solve(A, tol=1e-6)
    assert solution.status == "converged"
    assert certified_gap(A, solution.x, solution.y) <= 1e-6 * np.ptp(A)
    short = mm.solve(A, tol=1e-9, rounds=50)
    assert short.path == ("DoubleOracle", "PredictiveRegretMatchingPlus", "Crossover", "InteriorPoint")
    late = mm.solve(A, mm.LinearProgram(), time_limit=1e-6)
    assert late.status == "time exhausted"
    assert certified_gap(A, late.x, late.y) == pytest.approx(late.gap)
    assert short.status == "converged"


def test_labels_reach_the_answer() -> None:
    game = mm.zoo.penalty_kicks()
    solution = mm.solve(game)
    assert solution.actions == game.actions
    assert solution.players == ("kicker", "goalkeeper")
    assert "left 38.54 %" in str(solution)
    assert "left 41.99 %" in str(solution)


def test_a_constant_sum_pair_is_shifted() -> None:
    game = mm.MatrixGame.from_bimatrix([[3.0, 0.0], [1.0, 2.0]], [[2.0, 5.0], [4.0, 3.0]])
    assert game.total == 5.0
    assert mm.solve(game).value == pytest.approx(1.5, abs=1e-12)


def test_unconstrained_scalar_game_converges_by_its_residual() -> None:
    solution = mm.solve(mm.BilinearGame([[2.0]]), tol=1e-8)
    assert solution.merit == "natural residual"
    assert solution.status == "converged"
    assert np.hypot(solution.x, solution.y) == pytest.approx(0.0, abs=1e-7)
    assert (solution.lower, solution.upper) == (-np.inf, np.inf)


# ------------------------------------------------------------------ runs


def test_history_counts_work_and_gaps_are_those_of_the_iterates() -> None:
    A = uneven(1)
    seen = mm.Trajectory()
    run = mm.solve(mm.MatrixGame(A), mm.OMWU(0.3), rounds=500, tol=None, watch=seen)
    history = run.history
    assert history.rounds[-1] == run.rounds == run.operator_calls == 500
    assert len(history) == len(seen)
    assert run.check_calls == 2 * len(history)
    assert (np.diff(history.rounds) > 0).all()
    assert (np.diff(history.seconds) >= 0).all()
    for s, last, mean in zip(seen.snapshots, history.gap_last, history.gap_average):
        assert certified_gap(A, s.x, s.y) == pytest.approx(last, abs=1e-14)
        assert certified_gap(A, s.average_x, s.average_y) == pytest.approx(mean, abs=1e-14)


@pytest.mark.parametrize("rule", [mm.MWU(0.3), mm.RegretMatching(), mm.FTPL(0.5), mm.Exp3(0.05), mm.ExtraGradient(0.1)])
def test_the_gap_of_the_average_is_the_mean_of_both_regrets(rule: Any) -> None:
    """A4.19's identity: simultaneous play, uniform average; for bandits the average is of what was played."""
    run = mm.solve(mm.MatrixGame(uneven(2)), rule, rounds=400, tol=None, average="uniform", seed=4)
    plays = np.array([1.0]) if len(run.history) < 2 else run.history.rounds[1:]
    plays = plays / 2 if isinstance(rule, mm.ExtraGradient) else plays
    total = run.history.regret_x[1:] + run.history.regret_y[1:]
    assert abs(total / plays - run.history.gap_average[1:]).max() < 1e-12


def test_regret_stays_below_its_bound_in_a_game() -> None:
    run = mm.solve(mm.MatrixGame(uneven(2)), mm.MWU(), rounds=2000, tol=None)
    assert run.regret.x <= run.regret.bound_x
    assert run.regret.y <= run.regret.bound_y


def test_average_and_order_are_what_is_asked_for() -> None:
    game = mm.MatrixGame(uneven(3))
    gaps = {}
    for average in ("last", "uniform", "linear", "quadratic"):
        run = mm.solve(game, mm.RegretMatchingPlus(), rounds=300, tol=None, average=average)
        assert run.average == average
        gaps[average] = run.gap
    assert len(set(gaps.values())) == 4
    xy, yx = (mm.solve(game, mm.PDHG(0.2), rounds=30, tol=None, order=order).x for order in ("xy", "yx"))
    assert not np.array_equal(xy, yx)


def test_averages_have_their_weights() -> None:
    game = mm.MatrixGame(uneven(3))
    for power, average in enumerate(("uniform", "linear", "quadratic")):
        seen = mm.Trajectory()
        run = mm.solve(game, mm.MWU(0.4), rounds=30, tol=None, every=1, watch=seen, average=average)
        weights = np.arange(1, 31.0) ** power
        assert abs(weights @ seen.x[:30] / weights.sum() - run.x).max() < 1e-14


@pytest.mark.long
def test_each_player_may_have_a_dynamics_of_its_own() -> None:
    A = uneven(4)
    run = mm.solve(mm.MatrixGame(A), (mm.MWU(0.3), mm.RegretMatching()), rounds=3000, tol=None)
    assert run.path == ("MWU against RegretMatching",)
    assert certified_gap(A, run.x, run.y) < 0.05
    assert run.method == (mm.MWU(0.3, 0.0), mm.RegretMatching())


@pytest.mark.long
def test_horizon_and_schedules_reach_their_bounds() -> None:
    game = mm.MatrixGame(uneven(6))
    for rule in (
        mm.MWU("horizon"),
        mm.MWU(),
        mm.MWU(0.5, "sqrt"),
        mm.EuclideanFTRL("horizon"),
        mm.GDA("horizon"),
        mm.GDA(),
    ):
        run = mm.solve(game, rule, rounds=1500, tol=None, average="uniform")
        assert run.gap <= (run.regret.bound_x + run.regret.bound_y) / 1500
        assert run.regret.x <= run.regret.bound_x


def test_a_watch_sees_copies_and_can_stop_the_run() -> None:
    def meddle(snapshot: mm.Snapshot) -> bool:
        snapshot.x[:] = 7.0
        snapshot.average_y[:] = 7.0
        return snapshot.round >= 20

    game = mm.MatrixGame(uneven(0))
    run = mm.solve(game, mm.MWU(0.3), rounds=1000, tol=None, every=10, watch=meddle)
    assert (run.status, run.rounds) == ("stopped by watch", 20)
    plain = mm.solve(game, mm.MWU(0.3), rounds=20, tol=None, every=10)
    assert np.array_equal(run.x, plain.x)


def test_a_time_limit_ends_a_run_with_its_best_point() -> None:
    began = time.perf_counter()
    run = mm.solve(mm.MatrixGame(uneven(0, 60, 50)), mm.MWU(), rounds=10**9, tol=1e-14, time_limit=0.3)
    assert run.status == "time exhausted"
    assert time.perf_counter() - began < 30  # a bound on hanging, not a timing
    assert run.gap == pytest.approx(min(np.fmin(run.history.gap_last, run.history.gap_average)), rel=1e-12)


@pytest.mark.parametrize("rounds", [10**9, 10**6])
def test_ctrl_c_returns_the_best_certified_point(rounds: int) -> None:
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    A = uneven(MIXED)
    game = mm.MatrixGame(A) if rounds == 10**9 else mm.MatrixGame(aslinearoperator(A))
    run = mm.solve(game, mm.MWU(0.1), rounds=rounds, tol=1e-14)
    assert run.status == "interrupted"
    assert certified_gap(A, run.x, run.y) == pytest.approx(run.gap, abs=1e-12)
    again = mm.solve(game, start=run, rounds=10, tol=None)
    assert again.rounds == run.rounds + 10


def test_divergence_and_overflow_are_statuses_with_the_last_good_point() -> None:
    run = mm.solve(mm.BilinearGame([[1.0]]), mm.GDA(0.5), rounds=100_000)
    assert run.status == "diverged"
    assert run.gap == run.history.gap_average.min() or run.gap <= run.history.gap_last.min()
    run = mm.solve(mm.BilinearGame([[1.0]]), mm.GDA(1e200), rounds=100, start=([1e300], [1e300]))
    assert run.status in ("nonfinite", "diverged")
    assert np.isfinite(run.x).all()


def test_a_tolerance_below_the_floor_says_so() -> None:
    run = mm.solve(mm.MatrixGame(uneven(MIXED)), mm.PredictiveRegretMatchingPlus(), tol=1e-300, rounds=50_000)
    assert run.status == "precision floor"
    assert run.gap <= 10 * np.finfo(float).eps


def test_a_run_of_no_rounds_returns_its_start() -> None:
    x, y = skewed(4, 1), skewed(6, 2)
    run = mm.solve(mm.MatrixGame(uneven(0)), mm.MWU(0.1), rounds=0, tol=None, start=(x, y))
    assert run.rounds == 0
    assert abs(run.x - x).max() < 1e-15
    assert run.status == "rounds exhausted"


@pytest.mark.parametrize(
    "rule", [mm.PredictiveRegretMatchingPlus(), mm.PastExtraGradient(0.2), mm.FTPL(0.3), mm.PDHG(0.1)]
)
def test_saved_runs_are_loaded_whole_and_resume(rule: Any, tmp_path: Path) -> None:
    game = mm.zoo.penalty_kicks()
    run = mm.solve(game, rule, rounds=70, tol=None, seed=9)
    run.save(tmp_path / "run.npz")
    back = mm.Solution.load(tmp_path / "run.npz")
    assert str(back) == str(run)
    assert back.run == run.run
    assert type(back.method) is type(run.method)
    one, two = (mm.solve(game, start=s, rounds=30, tol=None) for s in (run, back))
    assert np.array_equal(one.x, two.x)
    assert one.gap == two.gap
    for name in run.history.__dataclass_fields__:
        assert np.array_equal(getattr(run.history, name), getattr(back.history, name), equal_nan=True)


def test_an_exact_answer_is_saved_and_loaded(tmp_path: Path) -> None:
    run = mm.solve(mm.zoo.blotto())
    run.save(tmp_path / "run.npz")
    run.save(tmp_path / "plain")  # numpy adds a suffix
    assert mm.Solution.load(tmp_path / "plain").value == run.value
    back = mm.Solution.load(tmp_path / "run.npz")
    assert (back.method, back.value, back.run) == (mm.Pivoting(), run.value, None)
    assert (back.basis, back.unique, back.iterations) == (run.basis, run.unique, run.iterations)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x93NUMPY"])
def test_a_file_that_is_no_solution_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"must be a file written by Solution.save"):
        mm.Solution.load(path)
    np.save(path.with_suffix(".npy"), np.zeros(2))
    with pytest.raises(ValueError, match=r"must be a file written by Solution.save"):
        mm.Solution.load(path.with_suffix(".npy"))
    np.savez(path, x=np.zeros(2))
    with pytest.raises(ValueError, match=r"must be a file written by Solution.save"):
        mm.Solution.load(path)


# ------------------------------------------------------------------ symptoms once seen


@pytest.mark.parametrize(("n", "top"), [(20, 1.3), (50, 1.45), (100, 3.0), (1000, 7.9), (1000, 1.4)])
def test_a_cluster_of_singular_values_does_not_hide_the_norm(n: int, top: float) -> None:
    """Power iteration stopped on the plateau of the cluster, and default steps diverged."""
    d = np.ones(n)
    d[n // 2] = top
    for A in (np.diag(d), csc_array(np.diag(d)), aslinearoperator(np.diag(d))):
        assert top * (1 - 1e-9) <= mm.BilinearGame(A).norm <= 1.02 * top
    if n == 50:
        assert mm.solve(mm.BilinearGame(np.diag(d)), tol=1e-3).status == "converged"


@pytest.mark.parametrize("scale", [1e-200, 1e-17, 1e200])
def test_the_norm_of_an_operator_is_found_at_every_scale(scale: float) -> None:
    A = uneven(3, 90, 70) + 5.0  # off centre, so that the two norms differ widely
    for centred in (True, False):
        C = A - A.mean(0) - A.mean(1)[:, None] + A.mean() if centred else A
        exact = np.linalg.norm(C, 2) * scale
        for wrapped in (A * scale, aslinearoperator(A * scale)):
            assert exact * 0.999 <= mm.MatrixGame(wrapped).coupling.norm(centred=centred) <= exact * 1.02


def test_a_simplex_against_free_space_is_not_converged_where_a_player_gains() -> None:
    game = mm.BilinearGame(1e7 * np.array([[1.0, -2.0], [-1.0, 2.0]]), mm.Simplex(2), mm.Free(2))
    run = mm.solve(game, mm.GDA(1e-8), rounds=1, tol=1e-6, start=([0.5, 0.5], [1.0, 0.0]))
    assert run.status == "rounds exhausted"


def test_sparse_entries_stored_twice_add_up() -> None:
    matrix = csc_array(([1.0] * 4, ([0] * 4, [0] * 4)), shape=(2, 2))
    twice = csc_array((matrix.data, matrix.indices, matrix.indptr), shape=(2, 2))
    assert mm.MatrixGame(coo_array(([1.0] * 4, ([0] * 4, [0] * 4)), shape=(2, 2))).spread == 4.0
    assert mm.MatrixGame(twice).spread == 4.0


@pytest.mark.parametrize("loss", [True, False])
def test_bandits_rescale_by_the_range_of_their_own_utilities(loss: bool) -> None:
    A = np.array([[5.0, 6.0], [8.0, 5.5]])
    game = mm.MatrixGame(A) if loss else mm.MatrixGame.from_payoffs(A)
    run = fresh_run(game, mm.Exp3(0.1), 10, None, None, None, None)
    facts = Players(game, run, opening(game, run, None)).facts
    expected = [(-8.0, -5.0), (5.0, 8.0)] if loss else [(5.0, 8.0), (-8.0, -5.0)]
    assert [(f.low, f.high) for f in facts] == expected


def test_regret_bounds_are_stated_only_where_they_hold() -> None:
    game = mm.MatrixGame(uneven(1))
    away = mm.solve(game, mm.MWU(0.5), rounds=5, tol=None, start=(skewed(4, 1), skewed(6, 2)))
    assert np.isnan(away.regret.bound_x)
    kept = mm.solve(game, mm.RegretMatching(), rounds=5, tol=None, start=(skewed(4, 1), skewed(6, 2)))
    assert kept.regret.x <= kept.regret.bound_x
    half = mm.solve(mm.BilinearGame(np.eye(2), mm.Simplex(2), mm.Free(2)), mm.GDA(0.5), rounds=50, tol=None)
    assert np.isnan(half.regret.bound_x)
    other = mm.solve(game, mm.Exp3IX(1e-9), rounds=50, tol=None)
    assert np.isnan(other.regret.bound_x)


def test_a_resumed_run_keeps_its_best_point_and_its_history() -> None:
    """Optimistic weights on A1.18 looked better at 5000 rounds than they do later."""
    game = mm.MatrixGame(mm.zoo.slow_optimism(0.01).payoffs())
    whole = mm.solve(game, mm.OMWU(0.1), rounds=10_000, tol=1e-12, average="last")
    half = mm.solve(game, mm.OMWU(0.1), rounds=3000, tol=1e-12, average="last")
    both = mm.solve(game, start=half, rounds=7000, tol=1e-12)
    assert both.gap <= whole.gap
    assert set(whole.history.rounds) <= set(both.history.rounds)
    assert (np.diff(both.history.rounds) > 0).all()
    assert both.check_calls == 2 * len(both.history)


@pytest.mark.parametrize("tiny", [5e-324, 1e-320])
def test_subnormal_payoffs_do_not_shrink_the_certificate_to_a_point(tiny: float) -> None:
    found = mm.certify(mm.MatrixGame(np.array([[3.0, 0.0], [0.0, 1.0]]) * tiny), [0.25, 0.75], [0.25, 0.75])
    assert found.lower <= Fraction(tiny) * Fraction(3, 4) <= found.upper


def test_a_constant_game_converges_with_every_dynamics() -> None:
    for rule in (mm.MWU(), mm.ExtraGradient(), mm.RegretMatching(), mm.PDHG()):
        assert mm.solve(mm.MatrixGame(np.full((3, 3), 0.1)), rule).status == "converged"


@pytest.mark.parametrize("scale", [1e-6, 1.0, 100.0])
def test_default_steps_know_the_scale_of_games_without_spread_or_norm(scale: float) -> None:
    bounded = mm.solve(mm.BilinearGame([[3.0 * scale]]), mm.AlternatingGDA(), rounds=2000, tol=None)
    assert np.nanmax(bounded.history.gap_last) <= 10 * scale * 3
    one_sided = mm.solve(mm.MatrixGame(np.array([[1.0], [2.0]]) * scale), mm.ExtraGradient(), rounds=100)
    assert one_sided.status == "converged"


# ------------------------------------------------------------------ refusals

GAME = mm.MatrixGame([[1.0, 2.0], [3.0, 0.0]])


class Parameters(NamedTuple):
    eta: Any = "auto"


class Stepless(Parameters, mm.dynamics.Dynamics):
    """A dynamics that somebody has begun to write."""


class Bare(mm.dynamics.Dynamics):
    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> Any:
        return theta, a, b


class Branching(Parameters, mm.dynamics.Dynamics):
    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> Any:
        return (theta if u > 0 else u), a, b


class Wordy(Parameters, mm.dynamics.Dynamics):
    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> Any:
        return theta + "step", a, b


class Short(Parameters, mm.dynamics.Dynamics):
    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> Any:
        return theta + self.eta * u, a


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: mm.MatrixGame([[1.0, np.nan]]), ValueError, r"`A` must be finite; entry \(0, 1\) is nan"),
    (lambda: mm.MatrixGame([[1.0], [np.inf]]), ValueError, r"`A` must be finite; entry \(1, 0\) is inf"),
    (lambda: mm.MatrixGame(coo_array([[np.nan, 0.0]])), ValueError, "`A` must be finite"),
    (lambda: mm.MatrixGame(np.zeros((0, 3))), ValueError, "must not be empty"),
    (lambda: mm.MatrixGame([1.0, 2.0]), ValueError, r"must have 2 dimensions; got shape \(2,\)"),
    (lambda: mm.MatrixGame(np.zeros((2, 2, 2))), ValueError, "must have 2 dimensions"),
    (lambda: mm.MatrixGame([["a", "b"]]), TypeError, "must hold real numbers"),
    (lambda: mm.MatrixGame([[1j]]), TypeError, "must hold real numbers"),
    (lambda: mm.MatrixGame([[1.0, 2.0], [3.0]]), ValueError, "rectangular"),
    (lambda: mm.MatrixGame([[1.0, 2.0]], actions=(("a",), ("b",))), ValueError, "must have 2 labels"),
    (lambda: mm.MatrixGame([[1.0, 2.0]], players=("a", "b", "c")), ValueError, "only two-player games"),
    (
        lambda: mm.MatrixGame.from_bimatrix([[1.0, 0.0]], [[1.0, 0.0]]),
        ValueError,
        "general-sum games are not supported",
    ),
    (lambda: mm.MatrixGame.from_bimatrix([[1.7e308]], [[1.7e308]]), ValueError, "constant sum must be finite"),
    (lambda: mm.BilinearGame([[1.0]], mm.Free(2)), ValueError, "that of the domains"),
    (lambda: mm.solve(GAME, mm.MWU(-0.1)), ValueError, "`eta` must be a positive number; got -0.1"),
    (lambda: mm.solve(GAME, mm.MWU(0)), ValueError, "`eta` must be a positive number"),
    (lambda: mm.solve(GAME, mm.MWU("quick")), ValueError, "`eta` must be a positive number"),
    (lambda: mm.solve(GAME, mm.MWU(0.1, "slow")), ValueError, "`schedule` must be one of"),
    (lambda: mm.solve(GAME, mm.OMWU(0.1, first="two")), ValueError, "`first` must be one of"),
    (lambda: mm.solve(GAME, tol=0.0), ValueError, "`tol` must be a positive number"),
    (lambda: mm.solve(GAME, tol=-1), ValueError, "`tol` must be a positive number"),
    (lambda: mm.solve(GAME, tol="tight"), TypeError, "`tol` must be a positive number"),
    (lambda: mm.solve(GAME, rounds=-1), ValueError, "`rounds` must be a whole number"),
    (lambda: mm.solve(GAME, rounds=1.5), TypeError, "`rounds` must be a whole number"),
    (lambda: mm.solve(GAME, every=0), ValueError, "`every` must be a whole number"),
    (lambda: mm.solve(GAME, time_limit=0), ValueError, "`time_limit` must be a positive number"),
    (lambda: mm.solve(GAME, watch=3), TypeError, "`watch` must be a function"),
    (lambda: mm.solve(GAME, "MWU"), TypeError, "must be a dynamics"),
    (lambda: mm.solve(GAME, (mm.MWU(), mm.MWU(), mm.MWU())), ValueError, "or a pair"),
    (lambda: mm.solve(GAME, Stepless()), TypeError, r"Stepless has no `step\(self, theta"),
    (lambda: mm.solve(GAME, Bare()), TypeError, "Bare must hold its parameters in a NamedTuple"),
    (lambda: mm.solve(GAME, Short()), ValueError, "asks `auto_eta`, which Short does not have"),
    (lambda: mm.solve(GAME, Branching(0.1)), ValueError, "`step` of Branching must be arithmetic without branches"),
    (lambda: mm.solve(GAME, Wordy(0.1)), TypeError, "`step` of Wordy must be arithmetic without branches"),
    (lambda: mm.solve(GAME, Short(0.1)), ValueError, "`step` of Short must be arithmetic .* returns theta, a, b"),
    (lambda: mm.solve(GAME).save("nowhere/run.npz"), FileNotFoundError, "there is no folder nowhere; make it first"),
    (lambda: mm.solve(GAME, mm.MWU(), average="median"), ValueError, "`average` must be one of"),
    (lambda: mm.solve(GAME, mm.MWU(), average="unifrom"), ValueError, "did you mean 'uniform'"),
    (lambda: mm.solve(GAME, mm.PDHG(), order="zx"), ValueError, "`order` must be one of"),
    (lambda: mm.solve(GAME, mm.MWU(), order="yx"), ValueError, "`order` is for play in turns"),
    (lambda: mm.solve(GAME, mm.LinearProgram(), start=([1, 0], [1, 0])), ValueError, "takes no `start`"),
    (lambda: mm.solve(GAME, mm.MWU(), seed=-1), ValueError, "`seed` must be a whole number"),
    (lambda: mm.solve(GAME, mm.MWU(), start=([0.5, 0.6], [0.5, 0.5])), ValueError, r"`start\[0\]` must sum to 1"),
    (lambda: mm.solve(GAME, mm.MWU(), start=([1.5, -0.5], [0.5, 0.5])), ValueError, "no negative probability"),
    (lambda: mm.solve(GAME, mm.MWU(), start=([1.0], [0.5, 0.5])), ValueError, "must have 2 probabilities"),
    (lambda: mm.solve(GAME, mm.MWU(), start=[0.5, 0.5, 0.0]), TypeError, "must be a pair of strategies"),
    (lambda: mm.solve(GAME, mm.FTPL(), start=([0.5, 0.5], [0.5, 0.5])), ValueError, "cannot start at a given pair"),
    (lambda: mm.solve(GAME, mm.ExtraGradient(), alternating=True), ValueError, "has no play in turns"),
    (lambda: mm.solve(GAME, mm.PDHG(), alternating=False), ValueError, "play in turns by nature"),
    (lambda: mm.solve(GAME, (mm.ExtraGradient(), mm.MWU())), ValueError, "rounds of one kind"),
    (lambda: mm.solve(mm.BilinearGame([[1.0]]), mm.MWU()), ValueError, "one that Free has"),
    (lambda: mm.solve(mm.BilinearGame([[1.0]]), mm.LinearProgram()), ValueError, "needs a MatrixGame"),
    (lambda: mm.solve(GAME, start=mm.solve(GAME)), ValueError, "exact method"),
    (lambda: mm.solve([[1.0]], start=mm.solve(GAME, mm.MWU(), rounds=1)), ValueError, "is of a 2 x 2 game"),
    (lambda: mm.solve(GAME, mm.GDA(), start=mm.solve(GAME, mm.MWU(), rounds=1)), ValueError, "resumed run stays"),
    (lambda: mm.solve(GAME, start=mm.solve(GAME, mm.MWU(), rounds=1), seed=3), ValueError, "resumed run stays"),
    (
        lambda: mm.solve(GAME, mm.MWU(), start=([1.0, 0.0], [0.5, 0.5])),
        ValueError,
        "every action at a positive probability",
    ),
    (lambda: mm.solve(GAME, mm.Exp3(), alternating=True), ValueError, "sampled rules need"),
    (
        lambda: mm.solve(GAME, (mm.PastExtraGradient(), mm.PastExtraGradient(first="zero"))),
        ValueError,
        "differ in `first`",
    ),
    (lambda: mm.solve(mm.MatrixGame(aslinearoperator(np.eye(2))), mm.Exp3()), ValueError, "does not state"),
    (lambda: mm.MatrixGame([[1.6e308, -0.8e308]]), ValueError, "must span less than"),
    (lambda: mm.certify(GAME, [0.5, 0.5], [0.5, 0.2]), ValueError, "`y` must sum to 1"),
    (lambda: mm.certify(GAME, [0.5, np.nan], [0.5, 0.5]), ValueError, "`x` must be finite"),
    (lambda: mm.certify([[1.0]], [1.0], [1.0]), TypeError, "`game` must be a game"),
    (lambda: mm.zoo.find("chess"), ValueError, "."),
    (lambda: mm.solve("game.csv"), TypeError, "`read_game` reads files"),
    (lambda: mm.MatrixGame([[1.0]], players="ab"), ValueError, "must be two names"),
    (lambda: mm.solve([[0.0, 1.0], [2.0, 0.0]], start=mm.solve(GAME, mm.MWU(), rounds=1)), ValueError, "another game"),
    (lambda: mm.learner(mm.MWU(0.1), 3), TypeError, "`domain` must be a domain"),
    (lambda: mm.Solution.load("nowhere.npz"), FileNotFoundError, "There is no file"),
    (lambda: mm.solve(GAME, mm.LinearProgram(), seed=1), ValueError, "takes no `seed`"),
    (lambda: mm.LinearProgram(time_limit=-1), ValueError, "`time_limit` must be a positive number"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[c[2][:40] for c in REFUSED])
def test_bad_input_is_refused_in_one_sentence(case: Any) -> None:
    call, error, words = case
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_a_matrix_of_the_callers_is_never_copied_nor_changed() -> None:
    A = uneven(0, 300, 200)
    kept = A.copy()
    game = mm.MatrixGame(A)
    assert np.shares_memory(game.A, A)
    assert not game.A.flags.writeable
    assert A.flags.writeable
    mm.solve(game, mm.PDHG(), rounds=50, tol=None)
    assert np.array_equal(A, kept)


@pytest.mark.parametrize("dtype", [np.float64, *seldom(np.float32)])
@pytest.mark.parametrize("method", [pytest.param(mm.PDHG(), marks=pytest.mark.long), mm.OMWU(), None])
def test_memory_beside_the_matrix_is_of_the_order_of_its_sides(dtype: Any, method: Any) -> None:
    A = uneven(0, 1500, 1200).astype(dtype)

    def work() -> None:
        mm.solve(A, method, rounds=30, tol=1e-1 if method is None else None)

    work()  # imports and compilation are not the run's
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A copy would take 14 or 7 MB; the state, the history and blocks of converted float32 take less than one.
    assert peak < 2e6


def test_progress_is_silent_away_from_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    mm.solve(GAME, mm.MWU(0.1), rounds=50, tol=None, progress=True)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "")


def test_a_short_solve_of_a_small_game_loads_no_numba() -> None:
    code = (
        "import sys, minmax as mm\n"
        "mm.solve([[1.0, 2.0], [3.0, 0.0]], mm.OMWU(0.1), rounds=500, tol=None)\n"
        "assert 'numba' not in sys.modules\n"
        "mm.solve([[1.0, 2.0], [3.0, 0.0]], mm.OMWU(0.1), rounds=600, tol=None)\n"
        "assert 'numba' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "method", [None, mm.PredictiveRegretMatchingPlus(), mm.OMWU()], ids=["automatic", "PRM+", "OMWU"]
)
def test_the_norm_of_a_matrix_is_asked_for_by_steps_that_need_it_alone(
    method: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of a large one it took as long as the solve, and of a sparse one of 1e7 entries ten times as long.
    def norm(self: Any, *, centred: bool) -> float:
        raise AssertionError("the norm was computed")

    monkeypatch.setattr(type(GAME.coupling), "norm", norm)
    game = mm.MatrixGame(np.random.default_rng(3).uniform(-1, 1, (40, 50)))
    assert mm.solve(game, method, tol=1e-2).converged
