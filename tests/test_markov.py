"""Markov games: published values, the contraction, certificates that hold, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

import minmax as mm
from minmax.games.boards import Gops

METHODS = [mm.PolicyIteration(), mm.ShapleyIteration(), mm.HoffmanKarp()]
NAMES = [type(method).__name__ for method in METHODS]


def by_hand(R: np.ndarray, P: np.ndarray, gamma: float, sweeps: int) -> np.ndarray:
    """Shapley's iteration, each stage game a linear program of its own."""
    values = np.zeros(len(R))
    for _ in range(sweeps):
        stages = R + gamma * P @ values
        values = np.array([mm.solve(stage, mm.LinearProgram(), tol=1e-12).value for stage in stages])
    return values


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pursuit(3)", 5 / 6),
        ("pursuit(4)", 10 / 13),
        ("pursuit(2, gamma=0.5)", 2 / 3),
        ("soccer(2, 3)", 0.2593656208),
        ("soccer(2, 4)", 0.2078473498),
        ("inspections(2, 1)", -1 / 3),
        ("inspections(7, 1)", -3 / 4),
        ("inspections(12, 4)", -165 / 397),
        *((f"big_match({gamma})", 0.5) for gamma in (0.1, 0.5, 0.9, 0.99)),
        ("gops(4)", 0.0),
        ("tic_tac_toe", 0.0),
    ],
)
def test_games_have_their_published_value(name: str, value: float, method: Any) -> None:
    game = mm.zoo.find(name)
    found = mm.solve(game, method, tol=1e-11)
    assert found.converged
    assert found.value == pytest.approx(value, abs=1e-10)
    assert found.lower - 5e-11 <= value <= found.upper + 5e-11
    assert game.known.value == pytest.approx(value, abs=1e-10)


def test_the_small_field_is_littmans() -> None:
    game = mm.zoo.soccer(2, 3)
    found = mm.solve(game, tol=1e-12)
    assert len(game.states) == 60
    assert abs(found.values).sum() == pytest.approx(40.47437028, abs=1e-8)
    pure = [
        stage.max(axis=0).min() == stage.min(axis=1).max()
        for stage in -game.entries(-found.values).round(12).reshape(60, 5, 5)
    ]
    assert sum(pure) == 48
    assert len(mm.zoo.soccer(2, 4).states) == 112


def test_the_large_field_is_the_same_for_both() -> None:
    """Mirrored, with roles swapped, every state is worth as much to the other."""
    game = mm.zoo.soccer()
    found = mm.solve(game, tol=1e-12)
    assert len(game.states) == 760
    number = {state: k for k, state in enumerate(game.states)}
    for state, value in zip(game.states, found.values):
        mirrored = [(row, 4 - column) for row, column in (state.y, state.x)]
        assert found.values[number[type(state)(*mirrored, 1 - state.ball)]] == pytest.approx(-value, abs=1e-11)


def test_the_big_match_is_played_as_blackwell_and_ferguson_say() -> None:
    for gamma in (0.3, 0.9, 0.99):
        found = mm.solve(mm.zoo.big_match(gamma), tol=1e-11)
        assert found.x == pytest.approx([(1 - gamma) / (2 - gamma), 1 / (2 - gamma)], abs=1e-9)
        assert found.y == pytest.approx([0.5, 0.5], abs=1e-9)


def test_first_bids_of_open_goofspiel() -> None:
    found = {cards: mm.solve(mm.zoo.gops(cards), tol=1e-11) for cards in (3, 4, 5)}
    first = {cards: mm.zoo.gops(cards).policies("x", own.x) for cards, own in found.items()}
    first = {(cards, k + 1): own[k] for cards, own in first.items() for k in range(cards)}
    for bid, exact in {
        (3, 1): [1, 0, 0],
        (3, 3): [0, 0, 1],
        (4, 2): [154132 / 457239, 62196 / 457239, 240911 / 457239, 0],
        (4, 3): [1127175 / 4194439, 0, 2155864 / 4194439, 911400 / 4194439],
        (4, 4): [0, 0, 0, 1],
        (5, 1): [0.046989, 0.832726, 0.120285, 0, 0],
        (5, 4): [0.122591, 0.073468, 0.191498, 0.204337, 0.408106],
        (5, 5): [0.112303, 0.024103, 0, 0, 0.863594],
    }.items():
        assert first[bid] == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize(
    ("hands", "value"),
    [(((1, 3), (2, 3), (1, 2)), -1.0), (((1, 2, 4), (2, 3, 4), (1, 2, 3)), -16981 / 8820)],
)
def test_uneven_hands_of_goofspiel(hands: Any, value: float) -> None:
    game = mm.MarkovGame.from_rules(Gops(*hands), 1.0)
    assert mm.solve(game, tol=1e-12).value == pytest.approx(value, abs=1e-11)


def test_every_first_move_of_tic_tac_toe_draws() -> None:
    game = mm.zoo.tic_tac_toe()
    assert len(game.states) == 5478 - 958  # positions in which the play has ended are no states
    found = mm.solve(game, tol=1e-12)
    value = dict(zip(game.states, found.values))
    assert {round(value["." * k + "x" + "." * (8 - k)], 12) for k in range(9)} == {0.0}
    assert sorted({round(v, 12) for v in found.values}) == [-1.0, 0.0, 1.0]


def test_the_big_match_of_so_many_stages() -> None:
    """The share of T stages is one half; with k left the guess is final with probability 1 / (k + 1)."""
    P = np.zeros((1, 2, 2, 1))
    P[0, 1, :, 0] = 1.0
    stages = 6
    # A final guess pays for all stages left: a state for each number of them.
    states = [[[float(k), 0.0], [0.0, 1.0]] for k in range(stages, 0, -1)]
    moves = np.zeros((stages, 2, 2, stages))
    for k in range(stages - 1):
        moves[k, 1, :, k + 1] = 1.0
    game = mm.MarkovGame.from_payoffs(moves, states, 1.0, start=0)
    found = mm.solve(game, tol=1e-12)
    assert found.value / stages == pytest.approx(0.5, abs=1e-12)
    assert game.policies("x", found.x)[:, 0] == pytest.approx([1 / (k + 1) for k in range(stages, 0, -1)], abs=1e-9)


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
@pytest.mark.parametrize("loss", [True, False])
def test_random_games_are_what_shapleys_iteration_says(method: Any, loss: bool) -> None:
    rng = np.random.default_rng(1)
    R, P = rng.normal(size=(6, 3, 4)), rng.dirichlet(np.ones(6), size=(6, 3, 4))
    game = mm.MarkovGame(P, R, 0.7, loss=loss, start=2)
    found = mm.solve(game, method, tol=1e-11)
    wanted = by_hand(R, P, 0.7, 60) if loss else -by_hand(-R, P, 0.7, 60)
    assert found.converged
    assert found.values == pytest.approx(wanted, abs=1e-8)
    assert found.value == pytest.approx(found.values[2], abs=1e-9)
    low, high = game.bounds(found.x, found.y)
    assert (low <= wanted + 1e-8).all()
    assert (wanted - 1e-8 <= high).all()
    assert (high - low).max() == pytest.approx(found.gap, abs=1e-12)


def test_bounds_are_best_responses() -> None:
    """Against all pure policies of a small game, and tight."""
    rng = np.random.default_rng(2)
    R, P = rng.normal(size=(3, 2, 2)), rng.dirichlet(np.ones(3), size=(3, 2, 2))
    game = mm.MarkovGame(P, R, 0.8)
    x, y = (domain.plan(rng.exponential(size=domain.n)) for domain in game.domains)
    low, high = game.bounds(x, y)
    pure = [np.eye(2)[list(choice)].ravel() for choice in product(range(2), repeat=3)]
    assert high == pytest.approx(np.max([game.evaluated(x, p) for p in pure], axis=0), abs=1e-11)
    assert low == pytest.approx(np.min([game.evaluated(p, y) for p in pure], axis=0), abs=1e-11)
    certificate = game.certificate(game.policies("x", x), game.policies("y", y))
    assert certificate.gap == pytest.approx((high - low).max())
    assert certificate.lower == pytest.approx(low.mean())
    assert certificate.value == pytest.approx(game.evaluated(x, y).mean())
    assert mm.certify(game, x, y) == certificate


def test_values_contract_by_gamma() -> None:
    game = mm.zoo.random_markov(30, 3, 4, gamma=0.8)
    values = [mm.solve(game, mm.ShapleyIteration(sweeps=k), tol=1e-9).values for k in range(1, 20)]
    moved = [abs(b - a).max() for a, b in pairwise(values)]
    assert all(b <= 0.8 * a + 1e-14 for a, b in pairwise(moved))
    plain, newton = (mm.solve(game, method, tol=1e-9) for method in (mm.ShapleyIteration(), mm.PolicyIteration()))
    assert newton.iterations < 10 < plain.iterations == len(plain.history)


def ragged() -> tuple[list[Any], list[Any]]:
    rng = np.random.default_rng(3)
    shapes = [(2, 3), (1, 1), (3, 2), (2, 3)]
    return [rng.normal(size=shape) for shape in shapes], [rng.dirichlet(np.ones(4), size=shape) for shape in shapes]


def test_states_may_differ_in_their_actions() -> None:
    R, P = ragged()
    game = mm.MarkovGame(P, R, 0.6)
    found = mm.solve(game, tol=1e-11)
    values = np.zeros(4)
    for _ in range(60):
        values = np.array([mm.solve(r + 0.6 * p @ values, tol=1e-12).value for r, p in zip(R, P)])
    assert found.values == pytest.approx(values, abs=1e-9)
    policies = game.policies("x", found.x)
    assert [own.size for own in policies] == [2, 1, 3, 2]
    assert game.gap(policies, game.policies("y", found.y)) < 1e-9
    sparse = mm.MarkovGame([csr_array(p.reshape(-1, 4)) for p in P], R, 0.6)
    assert mm.solve(sparse, tol=1e-11).values == pytest.approx(values, abs=1e-9)
    stacked = mm.MarkovGame(csr_array(np.concatenate([p.reshape(-1, 4) for p in P])), R, 0.6)
    assert (stacked.chain != sparse.chain).nnz == 0


def test_finite_games_are_solved_from_their_end() -> None:
    for game in (mm.zoo.random_markov(7, 2, 3, gamma=1.0), mm.MarkovGame(*ragged()[::-1], 1.0)):
        sign = 1.0 if game.loss else -1.0
        values = np.zeros(len(game.states))
        for _ in range(4):
            entries = game.entries(values)
            stages = [entries[a:b].reshape(n) for a, b, n in zip(game.offsets, game.offsets[1:], game.counts)]
            values = np.array([mm.solve(stage, tol=1e-12).value for stage in stages])
        found = mm.solve(game.finite(4), tol=1e-12)
        assert found.values[: values.size] == pytest.approx(sign * values, abs=1e-10)
        assert found.value == pytest.approx(sign * values.mean(), abs=1e-10)
        assert found.iterations <= 5


class Walk:
    """Both push a token on a line, who pushes it off his side wins; chance moves it where both push."""

    def starts(self) -> Iterable[tuple[Any, float]]:
        return [(1, 0.5), (2, 0.5)]

    def actions(self, state: Any) -> Any:
        return ("push", "rest"), ("push", "rest")

    def outcomes(self, state: Any, a: Any, b: Any) -> Any:
        steps = {("push", "rest"): [1], ("rest", "push"): [-1], ("rest", "rest"): [0]}.get((a, b), [1, -1])
        for step in steps:
            after = state + step
            over = after in (0, 4)
            yield 1 / len(steps), (1.0 if after == 4 else -1.0) if over else 0.0, None if over else after


def test_rules_are_walked_through() -> None:
    game = mm.MarkovGame.from_rules(Walk(), 0.9, name="walk")
    assert list(game.states) == [1, 2, 3]
    found = mm.solve(game, tol=1e-11)
    assert found.values == pytest.approx([found.values[0], 0.0, -found.values[0]], abs=1e-10)
    assert found.value == pytest.approx((found.values[0] + found.values[1]) / 2, abs=1e-10)
    told = game.choices("x", found.x)[0]
    assert (told.information, set(told.probabilities)) == (1, {"push", "rest"})
    assert found.actions[0][:2] == ("1: push", "1: rest")


class Twice(Walk):
    """A start that is named twice."""

    def starts(self) -> Any:
        return [(1, 0.25), (1, 0.25), (2, 0.5)]


def test_starts_may_be_named_more_than_once() -> None:
    one, two = (mm.MarkovGame.from_rules(rules, 0.9) for rules in (Walk(), Twice()))
    assert list(one.states) == list(two.states)
    assert one.start.tolist() == two.start.tolist()
    assert (one.chain != two.chain).nnz == 0


@pytest.mark.parametrize(("states", "end"), [(1, 1e-9), (2, 1e-4), (100, 5e-3)])
def test_play_that_ends_late_is_still_certified(states: int, end: float) -> None:
    """Around a circle, which may end once a lap."""
    P = np.zeros((states, 1, 1, states))
    for k in range(states):
        P[k, 0, 0, (k + 1) % states] = 1.0 - end * (k == states - 1)
    game = mm.MarkovGame(P, np.ones((states, 1, 1)), 1.0, start=0)
    assert game.lengths[0] == pytest.approx(states / end, rel=1e-2)
    found = mm.solve(game, tol=1e-3)
    assert found.value == pytest.approx(states / end, rel=1e-5)
    assert found.lower <= states / end * (1 + 1e-9)
    assert found.upper >= states / end * (1 - 1e-9)


def test_large_games_are_evaluated_by_iteration() -> None:
    game = mm.zoo.random_markov(2000, 2, 2, gamma=0.95)
    x, y = (domain.centre() for domain in game.domains)
    near, paid = game.reduced(x, y, game.paid)
    assert game.evaluated(x, y) == pytest.approx(np.linalg.solve(np.eye(2000) - near.toarray(), paid), abs=1e-11)
    assert mm.solve(game, tol=1e-10).converged


def test_long_games_are_certified_as_far_as_they_end() -> None:
    """Expected lengths bound what is missed, also where gamma is one and only chance ends the play."""
    P = np.full((1, 2, 2, 1), 0.9)
    assert mm.MarkovGame(P, [[[1.0, 0.0], [0.0, 1.0]]], 1.0).lengths == pytest.approx([10.0])
    game = mm.MarkovGame(np.array([[[[0.0, 1.0]]], [[[0.0, 0.5]]]]), [[[1.0]], [[1.0]]], 1.0)
    assert game.lengths == pytest.approx([3.0, 2.0], rel=2e-3)
    assert (game.lengths >= [3.0, 2.0]).all()
    assert mm.solve(game).values == pytest.approx([3.0, 2.0])


# ---------------------------------------------------------------------- self-play


@pytest.mark.parametrize(
    "game", [mm.zoo.random_markov(5, 2, 3), mm.zoo.big_match(), mm.MarkovGame(*ragged()[::-1], 0.6)]
)
def test_the_optimistic_gradient_comes_to_rest_at_the_equilibrium(game: Any) -> None:
    found = mm.solve(game, mm.SelfPlay(rounds=4000), tol=1e-5)
    assert found.converged
    assert found.values == pytest.approx(mm.solve(game, tol=1e-10).values, abs=1e-4)
    gaps = found.history.gap_last
    assert gaps[-1] < 1e-2 * gaps[0]


def test_play_with_an_entropy_comes_to_rest_where_it_is_its_own_response() -> None:
    """Every strategy is the softmax of what its actions are worth, at the values the players hold."""
    game, tau = mm.zoo.random_markov(4, 2, 3), 0.2
    found = mm.solve(game, mm.SelfPlay("entropy", rounds=6000, tau=tau), tol=1e-12)
    x, y = (game.policies(name, policy) for name, policy in (("x", found.x), ("y", found.y)))
    Q = game.entries(-found.values).reshape(4, 2, 3)
    for own, slope in ((x, -np.einsum("sij,sj->si", Q, y)), (y, np.einsum("sij,si->sj", Q, x))):
        assert np.log(own) - slope / tau == pytest.approx((np.log(own) - slope / tau)[:, :1] + 0 * own, abs=1e-5)
    plain = mm.solve(game, mm.SelfPlay("entropy", rounds=6000, tau=0.01), tol=1e-12)
    assert plain.gap < 0.3 * found.gap


def test_beliefs_of_fictitious_play_come_nearer() -> None:
    game = mm.zoo.random_markov(5, 2, 2)
    gaps = [mm.solve(game, mm.SelfPlay("fictitious", rounds=rounds), tol=1e-12).gap for rounds in (10, 300, 6000)]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.3 * gaps[0]


@pytest.mark.parametrize(("rule", "least"), [("optimistic", 0.9), ("entropy", 0.5), ("fictitious", 0.1)])
def test_monitors_follow_self_play(rule: str, least: float) -> None:
    game, monitor = mm.zoo.inspections(3, 1), mm.Monitor()
    found = mm.solve(game, mm.SelfPlay(rule), rounds=2000, tol=1e-6, watch=monitor)
    alone = mm.solve(game, mm.SelfPlay(rule), rounds=2000, tol=1e-6)
    assert np.array_equal(found.x, alone.x)
    assert found.history.rounds.tolist() == alone.history.rounds.tolist()
    assert found.gap < (1.0 - least) * found.history.gap_last[0]
    diagnosis = mm.diagnose(monitor)
    assert diagnosis.verdict in ("converging", "converged")
    assert diagnosis.record.steps == found.iterations


def test_a_watch_sees_the_checks_of_self_play_and_ends_it() -> None:
    game, orbit = mm.zoo.soccer(2, 2), mm.Trajectory()
    found = mm.solve(game, mm.SelfPlay(), rounds=40, every=10, tol=None, watch=orbit)
    assert orbit.column("round").tolist() == found.history.rounds.tolist() == [0, 10, 20, 30, 40]
    assert orbit.column("gap_last").tolist() == found.history.gap_last.tolist()
    assert np.array_equal(orbit.x[-1], found.x)
    ended = mm.solve(game, mm.SelfPlay(), rounds=40, tol=None, watch=lambda snapshot: snapshot.round >= 5)
    assert ended.status is mm.Status.WATCH
    assert ended.iterations == 5


def test_policies_are_told_by_state() -> None:
    game = mm.zoo.inspections(3, 1)
    found = mm.solve(game)
    told = [{choice.information: choice.probabilities for choice in game.choices(n, p)} for n, p in
            (("x", found.x), ("y", found.y))]  # fmt: skip
    assert mm.certify(game, *told) == pytest.approx(mm.certify(game, found.x, found.y))
    with pytest.raises(ValueError, match="'nowhere' is none"):
        mm.certify(game, {"nowhere": [1.0]}, {})


def test_states_that_read_alike_are_told_apart_by_what_they_are() -> None:
    payoffs, even = np.random.default_rng(5).normal(size=(2, 2, 2)), np.full((2, 2), 0.5)
    game = mm.MarkovGame(FAIR, payoffs, 0.5, states=[1, "1"])
    for k, label in enumerate((1, "1")):
        policy = even.copy()
        policy[k] = 1.0, 0.0
        assert game.certificate({label: [1, 0]}, {}) == game.certificate(policy, even)
    with pytest.raises(ValueError, match="there twice"):
        mm.MarkovGame(FAIR, payoffs, 0.5, states=[1, 2]).gap({1: [1, 0], "1": [0, 1]}, {})
    with pytest.raises(ValueError, match="several"):
        mm.MarkovGame(FAIR, payoffs, 0.5, states=["1", 1]).gap({}, {Alike(): [1, 0]})


class Alike:
    """Reads like a number, and is none."""

    def __str__(self) -> str:
        return "1"


def test_self_play_ends_where_it_is_told_to(tmp_path: Path) -> None:
    game = mm.zoo.soccer(2, 2)
    found = mm.solve(game, mm.SelfPlay(rounds=7), tol=1e-12)
    assert found.status is mm.Status.ROUNDS
    assert np.array_equal(found.x, mm.solve(game, mm.SelfPlay(), rounds=7, tol=1e-12).x)
    assert found.iterations == found.history.rounds[-1] == 7
    assert mm.solve(game, mm.SelfPlay(), time_limit=1e-9).status is mm.Status.TIME
    found.save(tmp_path / "found.npz")
    assert mm.Solution.load(tmp_path / "found.npz").method == found.method


def test_a_solution_is_saved_with_its_values(tmp_path: Path) -> None:
    found = mm.solve(mm.zoo.pursuit(3))
    found.save(tmp_path / "found.npz")
    again = mm.Solution.load(tmp_path / "found.npz")
    assert np.array_equal(again.values, found.values)
    assert again.history.gap_last.tolist() == found.history.gap_last.tolist()
    assert mm.solve([[1.0]]).values is None


def test_runs_end_where_they_are_told_to() -> None:
    game = mm.zoo.random_markov(50, 3, 3, gamma=0.99)
    assert mm.solve(game, mm.ShapleyIteration(sweeps=5)).status is mm.Status.ROUNDS
    late = mm.solve(game, mm.ShapleyIteration(), time_limit=1e-9)
    assert late.status is mm.Status.TIME
    assert math.isfinite(late.gap)


FAIR = np.full((2, 2, 2, 2), 0.5)
ONES = np.ones((2, 2, 2))
MISTAKES = [
    (lambda: mm.MarkovGame(FAIR, ONES, 1.5), "`gamma` must be at most one"),
    (lambda: mm.MarkovGame(FAIR, ONES, 0.0), "`gamma`"),
    (lambda: mm.solve(mm.MarkovGame(FAIR, ONES, 1.0)), "How long play lasts cannot be bounded"),
    (lambda: mm.MarkovGame(2 * FAIR, ONES, 0.5), "in state 0 some sum to 2"),
    (lambda: mm.MarkovGame(FAIR - 0.6, ONES, 0.5), "no negative probability"),
    (lambda: mm.MarkovGame(FAIR[:1], ONES, 0.5), "8 rows"),
    (lambda: mm.MarkovGame(FAIR, ONES * np.nan, 0.5), "finite"),
    (lambda: mm.MarkovGame(FAIR, ONES, 0.5, start=2), "a state from 0 to 1"),
    (lambda: mm.MarkovGame(FAIR, ONES, 0.5, start=[0.5, 0.6]), "sum to 1"),
    (lambda: mm.MarkovGame(FAIR, ONES, 0.5, states=["a"]), "one label a state"),
    (lambda: mm.MarkovGame([FAIR[0], FAIR[0, :1]], [ONES[0], ONES[0]], 0.5), r"`P\[1\]` must have shape"),
    (lambda: mm.MarkovGame(FAIR, ONES, 0.5).certificate([1.0], [1.0]), "4 probabilities"),
    (lambda: mm.MarkovGame(FAIR, ONES, 0.5).gap([0.5, 0.5, 0.5, 0.6], [0.5] * 4), "state 1 sum to 1.1"),
    (lambda: mm.solve(mm.MarkovGame(FAIR, ONES, 0.5), mm.MWU(0.1)), "solved by PolicyIteration"),
    (lambda: mm.solve([[1.0]], mm.PolicyIteration()), "PolicyIteration needs a MarkovGame"),
    (lambda: mm.MarkovGame([], [], 0.5), "at least one state"),
    (lambda: mm.MarkovGame(FAIR, 1e200 * ONES, 0.5), "scale payments down"),
    (lambda: mm.MarkovGame(FAIR, ONES, 0.5).policies("z", [1.0]), "`player` must be one of"),
    (lambda: mm.solve(mm.MarkovGame(FAIR, ONES, 0.5), mm.LinearProgram()), "use PolicyIteration"),
    (lambda: mm.solve(mm.MarkovGame(FAIR, ONES, 0.5), mm.SelfPlay(), average="last"), "SelfPlay takes no `average`"),
    (lambda: mm.zoo.pursuit(3, [1, 2]), "`edges` must be pairs"),
    (lambda: mm.SelfPlay("alone"), "`rule` must be one of"),
    (lambda: mm.SelfPlay("entropy", eta=10.0, tau=0.1), "must be below one"),
    (lambda: mm.zoo.soccer(3, 3, goal=[3]), "`goal` must be rows from 0 to 2"),
    (lambda: mm.zoo.pursuit(3, [(0, 3)]), "vertices from 0 to 2"),
    (lambda: mm.zoo.inspections(3, 3), "less than the 3 periods"),
    (lambda: mm.zoo.big_match(1.0), "below one"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), MISTAKES, ids=[words for _, words in MISTAKES])
def test_mistakes_are_named(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
