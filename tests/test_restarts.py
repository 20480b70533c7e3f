"""Restarts: the reference runs, the linear rate they bring, and runs that are resumed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from table import certified_gap, seldom, skewed, uneven

import minmax as mm
from minmax.players import Players

CONTROL = np.random.default_rng(0).uniform(-1, 1, (10, 10))  # A1.20
RESTARTED = [mm.PDHG(), mm.HalpernPDHG(), mm.ExtraGradient(), mm.PastExtraGradient(), mm.OptimisticGDA()]


@pytest.mark.parametrize("seed", [8, 9])
def test_halpern_pdhg_does_not_reflect_where_a_player_has_a_form(seed: int) -> None:
    """A portfolio against a ball: a step is nonexpansive there and no more, and whole reflections run in circles."""
    rng, n = np.random.default_rng(seed), 50
    F = rng.standard_normal((n, 10))
    S = F @ F.T / 10 + np.diag(rng.uniform(0.1, 1, n))
    game = mm.QuadraticGame(
        2 * S, np.linalg.cholesky(S), None, X=mm.Simplex(n), Y=mm.Ball(n, 0.3), b=-rng.normal(0.1, 0.2, n)
    )
    first = game.gap(game.X.centre(), game.Y.centre())
    calm, wild = (
        mm.solve(game, rule, rounds=1000, tol=None) for rule in (mm.HalpernPDHG(), mm.HalpernPDHG(reflection=1.0))
    )
    assert calm.history.gap_last[-1] < 1e-2 * first  # O(1/T)
    assert wild.history.gap_last[-1] > first
    assert mm.solve(game, mm.HalpernPDHG(), restart="adaptive", rounds=1000, tol=1e-9).converged


@pytest.mark.parametrize(("tol", "rounds"), [(1e-2, 83), (1e-4, 187), (1e-6, 285), (1e-8, 390)])
def test_pdhg_restarted_every_fifty_rounds_needs_the_rounds_of_the_reference(tol: float, rounds: int) -> None:
    """E2: column player first, tau = sigma = 1 / |A|, the better of average and last iterate."""
    game = mm.MatrixGame.from_payoffs(CONTROL)
    rule = mm.PDHG(1 / np.linalg.norm(CONTROL, 2))
    run = mm.solve(game, rule, restart=50, order="yx", every=1, tol=tol / game.spread)
    assert (run.status, run.rounds) == ("converged", rounds)


@pytest.mark.parametrize(("restart", "left"), [(None, 0.3127), (100, 5.3e-4), (300, 2.3e-10), (400, 2.1e-14)])
def test_restarts_shrink_rotation_modes_as_in_the_reference(restart: int | None, left: float) -> None:
    """B4.2: modes 1 and 0.01, step 0.9, 20,000 rounds: the distance left of the one from ones."""
    game = mm.BilinearGame(np.diag([1.0, 0.01]))
    ones = np.ones(2)
    run = mm.solve(game, mm.PDHG(0.9), restart=restart, rounds=20_000, tol=None, start=(ones, ones))
    distance = np.hypot(*(np.linalg.norm(side.x) for side in run.sides)) / 2
    assert distance == pytest.approx(left, rel=0.03)


def halpern_by_hand(A: np.ndarray, x: np.ndarray, y: np.ndarray, eta: float, rounds: int) -> tuple[Any, Any]:
    """Reflected Halpern PDHG of arXiv 2407.16144, written without the library; x moves first."""

    def project(z: np.ndarray) -> np.ndarray:
        u = np.sort(z)[::-1]
        c = (np.cumsum(u) - 1) / np.arange(1, z.size + 1)
        return np.maximum(z - c[u > c][-1], 0.0)

    zx, zy = x.copy(), y.copy()
    for k in range(rounds):
        tx = project(zx - eta * (A @ zy))
        ty = project(zy + eta * (A.T @ (2 * tx - zx)))
        zx = (k + 1) / (k + 2) * (2 * tx - zx) + x / (k + 2)
        zy = (k + 1) / (k + 2) * (2 * ty - zy) + y / (k + 2)
    return tx, ty


def test_halpern_pdhg_is_the_iteration_of_its_paper() -> None:
    A = uneven(3)
    x, y = skewed(4, 1), skewed(6, 2)
    for rounds in (1, 2, 40, 700):
        run = mm.solve(A, mm.HalpernPDHG(0.2), rounds=rounds, tol=None, start=(x, y), average="last")
        tx, ty = halpern_by_hand(A, x, y, 0.2, rounds)
        assert abs(run.x - tx).max() < 1e-12
        assert abs(run.y - ty).max() < 1e-12


def test_halpern_residual_falls_as_one_over_rounds() -> None:
    A = uneven(5)
    rounds = np.array([100, 400, 1600, 6400])
    gaps = [mm.solve(A, mm.HalpernPDHG(), rounds=int(t), tol=None, average="last").gap for t in rounds]
    slope = np.polyfit(np.log(rounds), np.log(gaps), 1)[0]
    assert -1.3 < slope < -0.7


@pytest.mark.parametrize("rule", [*RESTARTED[:2], *seldom(*RESTARTED[2:])], ids=lambda r: type(r).__name__)
def test_adaptive_restarts_bring_a_linear_rate(rule: Any) -> None:
    game = mm.MatrixGame(uneven(1, 12, 15))
    rounds = [mm.solve(game, rule, restart="adaptive", tol=tol).rounds for tol in (1e-4, 1e-7, 1e-10)]
    assert rounds[2] - rounds[1] < 3 * (rounds[1] + 100)
    run = mm.solve(game, rule, restart="adaptive", tol=1e-10)
    assert run.status == "converged"
    assert certified_gap(uneven(1, 12, 15), run.x, run.y) <= 1e-10 * game.scale
    plain = mm.solve(game, mm.HalpernPDHG(), tol=1e-7, rounds=run.rounds)
    assert plain.status == "rounds exhausted"


@pytest.mark.parametrize("rule", RESTARTED, ids=lambda r: type(r).__name__)
@pytest.mark.parametrize("restart", ["adaptive", 24])
def test_a_restarted_run_resumes_bit_for_bit(rule: Any, restart: Any, tmp_path: Path) -> None:
    game = mm.MatrixGame(uneven(2, 8, 9))
    whole = mm.solve(game, rule, restart=restart, rounds=800, tol=None)
    part = mm.solve(game, rule, restart=restart, rounds=366, tol=None)
    part.save(tmp_path / "part.npz")
    again = mm.solve(game, start=mm.Solution.load(tmp_path / "part.npz"), rounds=434, tol=None)
    assert again.run == whole.run
    assert np.array_equal(again.x, whole.x)
    assert np.array_equal(again.y, whole.y)


def test_steps_are_rebalanced_with_their_product_kept() -> None:
    A = np.vstack([np.eye(3), -np.ones((1, 3))]) * [1.0, 30.0, 200.0]
    run = mm.solve(A, mm.PDHG(), restart="adaptive", rounds=3000, tol=1e-8)
    first = mm.solve(A, mm.PDHG(), rounds=1, tol=None).method.eta
    x, y = run.run.rules
    assert x.eta * y.eta == pytest.approx(first**2, rel=1e-9)
    assert x.eta != y.eta
    assert run.converged


@pytest.mark.long
def test_bold_restarts_take_longer_steps_where_they_help_and_take_them_back_where_not() -> None:
    # A cover has entries of one sign: A stretches one direction like no other, and moves hardly go along it.
    rng = np.random.default_rng(0)
    holes = -(rng.uniform(size=(60, 30)) < 0.2).astype(float)
    cover = mm.BilinearGame(
        holes, mm.Box(0.0, 3.0, n=60), mm.Box(0.0, 5.0, n=30), b=rng.uniform(1, 2, 60), c=-np.ones(30)
    )
    tight = mm.BilinearGame(np.diag([1.0, 0.99, 0.98]), mm.Ball(3), mm.Ball(3), b=[0.5, 0.1, 0.2])
    for game in (cover, tight):
        safe, bold = (mm.solve(game, mm.HalpernPDHG(), restart=policy, tol=1e-9) for policy in ("adaptive", "bold"))
        assert safe.converged
        assert bold.converged
        assert bold.value == pytest.approx(safe.value, abs=1e-6)
        x, y = bold.run.rules
        state = bold.run.restart
        assert math.sqrt(x.eta * y.eta) * game.coupling_norm == pytest.approx(state.stride)
        assert state.stride > 1.0 or state.longest == 1.0
        if game is cover:
            assert bold.rounds < 0.85 * safe.rounds
    with pytest.raises(ValueError, match="HalpernPDHG alone"):
        mm.solve(cover, mm.PDHG(), restart="bold")


def test_restarts_are_refused_where_they_mean_nothing() -> None:
    A = uneven(0)
    with pytest.raises(ValueError, match="gradient rules"):
        mm.solve(A, mm.MWU(0.1), restart="adaptive")
    with pytest.raises(ValueError, match="adaptive"):
        mm.solve(A, mm.PDHG(), restart="often")
    with pytest.raises(ValueError, match="at least 1"):
        mm.solve(A, mm.PDHG(), restart=0)
    with pytest.raises(ValueError, match="takes no `restart`"):
        mm.solve(A, mm.Pivoting(), restart="adaptive")
    run = mm.solve(A, mm.PDHG(), restart=10, rounds=20, tol=None)
    with pytest.raises(ValueError, match="`restart` of a resumed run stays 10"):
        mm.solve(A, start=run, restart="adaptive")
    assert np.isnan(run.regret.x)


# ------------------------------------------------------------------ one pass in turns, compressed rows


@pytest.mark.parametrize(
    ("wrap", "order", "rule"),
    [
        (np.ascontiguousarray, "xy", mm.RegretMatchingPlus()),
        (np.ascontiguousarray, "xy", mm.PredictiveRegretMatchingPlus()),
        pytest.param(np.asfortranarray, "yx", mm.PredictiveRegretMatchingPlus(), marks=pytest.mark.long),
        pytest.param(csr_array, "xy", mm.PredictiveRegretMatchingPlus(), marks=pytest.mark.long),
    ],
)
def test_a_swept_round_is_the_round_in_turns(wrap: Any, order: str, rule: Any, monkeypatch: Any) -> None:
    """Rounds of one pass over A against the rounds on numpy rows, which take two products."""
    A = np.where(np.random.default_rng(1).random((50, 61)) < 0.8, uneven(0, 50, 61), 0.0)
    runs = []
    for rows in (3, 512):
        monkeypatch.setattr("minmax.players.ROWS_ROUNDS", rows)
        runs.append(mm.solve(mm.MatrixGame(wrap(A)), rule, order=order, rounds=90, tol=None))
    one, other = runs
    for a, b in ((one.x, other.x), (one.y, other.y)):
        assert abs(a - b).max() < 1e-10
    assert one.regret.x == pytest.approx(other.regret.x, abs=1e-9)
    assert one.regret.y == pytest.approx(other.regret.y, abs=1e-9)


def test_one_order_of_play_is_swept_in_each_storage() -> None:
    from minmax.players import fresh_run, opening

    A = uneven(0, 50, 61)
    for wrap, order in ((np.ascontiguousarray, "xy"), (np.asfortranarray, "yx"), (csr_array, "xy")):
        game = mm.MatrixGame(wrap(A))
        for asked in ("xy", "yx"):
            run = fresh_run(game, mm.PredictiveRegretMatchingPlus(), 10, None, None, asked, None)
            assert bool(Players(game, run, opening(game, run, None)).swept) is (asked == order)


def test_a_swept_run_resumes_bit_for_bit() -> None:
    game = mm.MatrixGame(uneven(2, 60, 70))
    rule = mm.PredictiveRegretMatchingPlus()
    whole = mm.solve(game, rule, rounds=1700, tol=None)
    part = mm.solve(game, rule, rounds=901, tol=None)
    again = mm.solve(game, start=part, rounds=799, tol=None)
    assert np.array_equal(again.x, whole.x)
    assert np.array_equal(again.y, whole.y)


def test_a_player_without_positive_regret_is_swept_to_uniform() -> None:
    """All actions pay the same, so no regret is ever positive."""
    A = np.ones((40, 50))
    A[0, 0] = 1.0
    run = mm.solve(A, mm.RegretMatchingPlus(), rounds=600, tol=None, average="last")
    assert run.x == pytest.approx(np.full(40, 1 / 40))
    assert run.gap == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("rule", [pytest.param(mm.OMWU(0.1), marks=pytest.mark.long), mm.PDHG()])
def test_compressed_rows_play_as_dense_ones(rule: Any, monkeypatch: Any) -> None:
    rng = np.random.default_rng(0)
    A = np.where(rng.random((40, 50)) < 0.2, rng.uniform(-1, 1, (40, 50)), 0.0)
    runs = []
    for B, rows in ((A, 512), (csr_array(A), 3)):
        monkeypatch.setattr("minmax.players.ROWS_ROUNDS", rows)
        runs.append(mm.solve(mm.MatrixGame(B), rule, rounds=90, tol=None))
    assert abs(runs[0].x - runs[1].x).max() < 1e-10
    assert certified_gap(A, runs[1].x, runs[1].y) == pytest.approx(runs[1].gap, abs=1e-13)
