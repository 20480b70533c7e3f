"""Regret of one player against random and adversarial opponents stays under the source's bound and its constant."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from table import Row, rows_without

import minmax as mm

ROWS = rows_without("regret")
ROUNDS = 400

# An opponent answers the play it has just seen with utilities in [-1, 1].
Opponent = Callable[[int, np.ndarray, np.random.Generator], np.ndarray]


def coin(t: int, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.choice([-1.0, 1.0], x.size)


def drifting(t: int, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.cos(t / 20 + np.arange(x.size))


def switching(t: int, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    u = -np.ones(x.size)
    u[(t // 50) % x.size] = 1.0
    return u


def spiteful(t: int, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Punish what is played most: the adversary that breaks fictitious play."""
    u = np.ones(x.size)
    u[x.argmax()] = -1.0
    return u


def alternating_spite(t: int, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return spiteful(t, x, rng) * (1.0 if t % 2 else 0.3)


OBLIVIOUS, ADAPTIVE = [coin, drifting, switching], [spiteful, alternating_spite]


def regret_and_bound(row: Row, n: int, opponent: Opponent, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    # The bound of Exp3-IX is for the step tuned to the rounds at hand.
    rule = row.rule._replace(eta="auto") if row.rule.bandit else row.rule
    player = mm.learner(rule, mm.Simplex(n), spread=2.0, low=-1.0, rounds=ROUNDS, seed=seed)
    plays, payoffs = [], []
    for t in range(ROUNDS):
        x = player.play()
        u = opponent(t, x, rng)
        player.observe(u)
        plays.append(x)
        payoffs.append(u)
    U = np.array(payoffs)
    mine = U.sum(0).max() - (np.array(plays) * U).sum()  # regret from its definition, not from the learner's books
    assert player.regret == pytest.approx(mine, abs=1e-9)
    scale = mm.dynamics.Scale(n, 2.0, 2.0, ROUNDS)
    return mine, player.rule.regret_bound(scale)


@pytest.mark.parametrize("row", ROWS, ids=[r.name for r in ROWS])
@pytest.mark.parametrize("n", [2, pytest.param(5, marks=pytest.mark.long)])
def test_regret_stays_under_its_bound(row: Row, n: int) -> None:
    sampled = bool(row.rule.noise or row.rule.bandit)
    # The bounds of perturbed leaders and of Exp3 are in expectation and for opponents that do not see the draw;
    # the mean over 20 draws of a quantity of this spread is within a tenth of its bound.
    for opponent in OBLIVIOUS if sampled else OBLIVIOUS + ADAPTIVE:
        if sampled:
            results = [regret_and_bound(row, n, opponent, seed) for seed in range(20)]
            assert np.mean([r for r, _ in results]) <= 1.1 * results[0][1]
        else:
            mine, bound = regret_and_bound(row, n, opponent, 1)
            assert mine <= bound + 1e-9


def test_fictitious_play_has_linear_regret_where_regularised_leaders_have_not() -> None:
    row = Row(mm.FictitiousPlay(), "uniform", 0, 0.0)
    assert regret_and_bound(row, 2, spiteful, 0)[0] >= 0.9 * ROUNDS


def test_b3_1_hedge_with_the_horizon_step() -> None:
    """Losses in [0, 1], eta = sqrt(8 log n / T): regret at most sqrt(T log n / 2)."""
    for n, rounds in ((2, 1000), (10, 1000)):
        worst = -math.inf
        for seed in range(20):
            rng = np.random.default_rng(seed)
            hedge = mm.learner(mm.MWU("horizon"), mm.Simplex(n), spread=1.0, rounds=rounds)
            assert hedge.rule.eta == pytest.approx(math.sqrt(8 * math.log(n) / rounds))
            for _ in range(rounds):
                hedge.observe(-rng.integers(0, 2, n).astype(float))
            worst = max(worst, hedge.regret)
        assert 0 < worst <= math.sqrt(rounds * math.log(n) / 2)


@pytest.mark.parametrize(("rule", "power"), [(mm.RegretMatching(), 1), (mm.RegretMatchingPlus(), 1)])
def test_b3_6_regret_matching_keeps_its_potential(rule: Any, power: int) -> None:
    """|R+|^2 <= sum |r_t|^2, against an opponent who maximises the regret of each play."""
    rng = np.random.default_rng(0)
    player = mm.learner(rule, mm.Simplex(4))
    total, sums = 0.0, np.zeros(4)
    for t in range(300):
        x = player.play()
        u = spiteful(t, x, rng) + 0.1 * rng.normal(size=4)
        r = u - x @ u
        total += r @ r
        sums = (
            sums + r
            if isinstance(rule, mm.RegretMatching) and type(rule) is mm.RegretMatching
            else np.maximum(sums + r, 0)
        )
        player.observe(u)
        assert np.maximum(sums, 0) @ np.maximum(sums, 0) <= total * (1 + 1e-12)


def test_b3_7_predictive_regret_matching_plus_has_constant_one() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        n = int(rng.integers(2, 6))
        player = mm.learner(mm.PredictiveRegretMatchingPlus(), mm.Simplex(n))
        q, last, total = np.zeros(n), np.zeros(n), 0.0
        for t in range(60):
            x = player.play()
            u = rng.choice([-1.0, 1.0], n) if t % 3 else spiteful(t, x, rng)
            r = u - x @ u
            total += (r - last) @ (r - last)
            q, last = np.maximum(q + r, 0), r
            player.observe(u)
            assert q @ q <= total * (1 + 1e-12)


def test_b3_8_optimistic_ftrl_is_bounded_by_variation_in_utilities() -> None:
    rng = np.random.default_rng(8)
    for _ in range(60):
        n, eta = int(rng.integers(2, 6)), float(10 ** rng.uniform(-2, 1))
        player = mm.learner(mm.OptimisticFTRL(eta), mm.Simplex(n))
        before_u, before_x, variation, movement = np.zeros(n), None, 0.0, 0.0
        for t in range(80):
            x = player.play()
            u = rng.uniform(-1, 1, n) if t % 2 else spiteful(t, x, rng)
            variation += abs(u - before_u).max() ** 2
            movement += 0.0 if before_x is None else abs(x - before_x).sum() ** 2
            before_u, before_x = u, x
            player.observe(u)
        assert player.regret <= math.log(n) / eta + eta * variation - movement / (4 * eta) + 1e-9


def test_a_bandit_learns_from_a_single_number() -> None:
    whole, single = (mm.learner(mm.Exp3(0.1), mm.Simplex(3), spread=1.0, seed=4) for _ in range(2))
    payoff = np.array([0.2, 0.9, 0.5])
    for _ in range(200):
        action = int(single.play().argmax())
        whole.observe(payoff)
        single.observe(payoff[action])
        assert np.array_equal(whole.play(), single.play())
    assert whole.average.argmax() == 1
    assert math.isnan(single.regret)  # what the other actions would have earned was never told
    assert whole.regret > 0


def test_a_learner_in_self_play_is_the_solver() -> None:
    A = np.random.default_rng(0).uniform(-1, 1, (3, 4))
    x, y = (mm.learner(mm.OMWU(0.2), mm.Simplex(n)) for n in A.shape)
    for _ in range(50):
        p, q = x.play(), y.play()
        x.observe(-A @ q)
        y.observe(A.T @ p)
    run = mm.solve(A, mm.OMWU(0.2), rounds=50, tol=None, average="uniform")
    assert abs(run.x - x.average).max() < 1e-14
    assert run.regret.x == pytest.approx(x.regret, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mm.learner(mm.MWU(), mm.Simplex(2)), "needs `spread`"),
        (lambda: mm.learner(mm.MWU("horizon"), mm.Simplex(2), spread=1.0), "needs `rounds`"),
        (lambda: mm.learner(mm.Exp3(0.1), mm.Simplex(2)), "needs `spread`"),
        (lambda: mm.learner(mm.MWU(0.1), mm.Simplex(2)).observe([1.0]), "must have 2 entries"),
        (lambda: mm.learner(mm.MWU(0.1), mm.Simplex(2)).observe([1.0, np.nan]), "must be finite"),
        (lambda: mm.learner(mm.MWU(0.1), mm.Simplex(2), start=[0.5, 0.6]), "must sum to 1"),
        (lambda: mm.learner(mm.ExtraGradient(), mm.Simplex(2), spread=1.0), "needs `norm`"),
        (lambda: mm.learner(mm.FTPL(0.1), mm.Simplex(2), start=[0.5, 0.5]), "cannot start at a given pair"),
        (lambda: mm.learner(mm.MWU(0.1), mm.Free(2)), "one that Free has"),
    ],
)
def test_a_learner_refuses_what_it_cannot_use(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
