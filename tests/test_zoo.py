"""The zoo against linear programs, certificates, and the fractions of the literature."""

from __future__ import annotations

import csv
import inspect
from fractions import Fraction
from importlib.resources import files
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from minmax.games import MatrixGame, zoo
from minmax.games.colonel import BLOTTO_VALUES, allocations, lotteries

F = Fraction

NAMES = [name for name in zoo.__all__ if name not in (*zoo.SEQUENTIAL, *zoo.MARKOV)]

CASES = [
    *NAMES,
    "rock_paper_scissors(1, 2, 3)",
    "rock_paper_scissors(1, 2, 1)",
    "rock_paper_scissors(1, 3, 1)",
    "rock_paper_scissors(25, 50, 5)",
    "two_by_two(1, 2, 3, 4)",
    "two_by_two(0, 0, 0, 0)",
    "two_by_two(0, 0, 0, 1)",
    "two_by_two(0, 1, -1, 2)",
    "two_by_two(1, 0, 0, 0)",
    "two_by_two(-2, 3, 3, -4)",
    "matching_pennies(3, -1, -2, 1)",
    "inspection(2, 1)",
    "inspection(3, 2)",
    "inspection(12, 4)",
    "diagonal(5)",
    "diagonal(-5)",
    "diagonal(0)",
    "diagonal(0.5, 0.25, 4, 1)",
    "diagonal(-1, -2)",
    "diagonal(1, -2, 3)",
    "diagonal(-1, -2, 3)",
    "diagonal(0, 1, 2)",
    "diagonal(0, -1)",
    "diagonal(0, -1, 2)",
    "diagonal(0, 0)",
    "hilbert(1)",
    "hilbert(9)",
    "circulant(4)",
    "circulant(1, 1)",
    "circulant(1, 0, 1, 0)",
    "circulant(0.5, -1, 2, 0, 3)",
    "morra(1)",
    "morra(3)",
    "morra(4)",
    "slow_optimism(0.01)",
    "slow_optimism(0.5)",
    "slow_optimism(3)",
    "random_uniform(3, 7, 5)",
    "hide_and_seek(((1, 1, 1), (1, 1, 1), (1, 1, 1)))",
    "hide_and_seek(((3,),))",
    "hide_and_seek(((0.5, 2), (3, 1), (7, 0.25)))",
    "blotto(4, 4, 3)",
    "blotto(0, 0, 1)",
    "blotto(3, 5, 2)",
    "blotto(4, 5, 3, 'majority')",
    "blotto(7, 2, 3)",
    *(f"blotto({a}, {b}, {k}, {payoff!r})" for payoff, table in BLOTTO_VALUES.items() for a, b, k in table),
    "general_lotto(3, 3)",
    "general_lotto(1, 4)",
    "general_lotto(0.5, 0.25)",
    "general_lotto(2.9, 2.1)",
    "general_lotto(2.5, 2.5)",
    "general_lotto(1.2, 3.7)",
    "noisy_duel(1)",
    "noisy_duel(2)",
    "noisy_duel(5)",
    "noisy_duel(6)",
    "silent_duel(1)",
    "silent_duel(7)",
]

ANTISYMMETRIC = [
    "rock_paper_scissors(1, 2, 3)",
    "rock_paper_scissors_water",
    "rock_paper_scissors_lizard_spock",
    "morra(2)",
    "morra(3)",
    "morra(5)",
    "noisy_duel(7)",
    "silent_duel(9)",
    "blotto(4, 4, 3)",
    "blotto(3, 3, 2, 'majority')",
    "general_lotto(2, 2)",
    "general_lotto(1.5, 1.5)",
]

# Facts of A1, A2 and A5: value, row's and column's extreme optimal strategies.
THIRDS = [F(1, 3)] * 3
PAIR = [F(7, 12), F(5, 12)]
EXACT = {
    "rock_paper_scissors": (0, [THIRDS], [THIRDS]),
    "rock_paper_scissors(1, 2, 3)": (0, [[F(1, 2), F(1, 3), F(1, 6)]], None),
    "rock_paper_scissors(25, 50, 5)": (0, [[F(1, 16), F(5, 8), F(5, 16)]], None),
    "rock_paper_scissors(1, 3, 1)": (0, [[F(1, 5), F(3, 5), F(1, 5)]], None),
    "rock_paper_scissors(1, 2, 1)": (0, [[F(1, 4), F(1, 2), F(1, 4)]], None),
    "rock_paper_scissors_water": (0, [[0, 0, 0, 1], [*THIRDS, 0]], None),
    "rock_paper_scissors_lizard_spock": (0, [[F(1, 5)] * 5], None),
    "matching_pennies": (0, [[F(1, 2)] * 2], None),
    "two_by_two": (F(1, 5), [[F(2, 5), F(3, 5)]], None),
    "two_by_two(0, 0, 0, 1)": (0, [[0, 1], [1, 0]], [[1, 0]]),
    "odds_and_evens": (F(1, 12), [PAIR], [PAIR]),
    "diagonal": (F(6, 11), [[F(6, 11), F(3, 11), F(2, 11)]], None),
    "diagonal(1, -2, 3)": (0, [[1, 0, 0], [0, 0, 1]], [[0, 1, 0]]),
    "diagonal(-1, -2)": (F(-2, 3), [[F(2, 3), F(1, 3)]], None),
    "hilbert(4)": (F(1, 4), [[1, 0, 0, 0]], [[0, 0, 0, 1]]),
    "circulant": (2, [THIRDS], None),
    "morra": (0, [[0, F(4, 7), F(3, 7), 0], [0, F(3, 5), F(2, 5), 0]], None),
    "morra(3)": (
        0,
        [
            [0, 0, F(5, 12), 0, F(4, 12), 0, F(3, 12), 0, 0],
            [0, 0, F(16, 37), 0, F(12, 37), 0, F(9, 37), 0, 0],
            [0, 0, F(20, 47), 0, F(15, 47), 0, F(12, 47), 0, 0],
            [0, 0, F(25, 61), 0, F(20, 61), 0, F(16, 61), 0, 0],
        ],
        None,
    ),
    "regret_matching_trap": (F(1, 4), [[F(1, 12), F(1, 12), F(5, 6)]], [[F(1, 3), F(5, 12), F(1, 4)]]),
    "slow_optimism": (F(6, 11), [[F(10, 11), F(1, 11)]], [[F(5, 11), F(6, 11)]]),
    "slow_regret_matching": (F(163, 180), [[F(17, 18), F(1, 18)]], [[F(1, 18), F(17, 18)]]),
    "random_uniform": (0.092544018050, [], []),
    "hide_and_seek": (F(45, 59), [], []),
    "hide_and_seek(((1, 1, 1), (1, 1, 1), (1, 1, 1)))": (F(1, 3), [], []),
    "dresher_blotto": (
        F(14, 9),
        [[F(4, 9), 0, F(1, 9), 0, F(4, 9)]],
        [[F(k, 90) for k in (3, 48, 32, 7)], [F(k, 90) for k in (7, 32, 48, 3)]],
    ),
    "blotto(4, 3, 2)": (F(1, 2), [], []),
    "blotto(5, 3, 2)": (F(5, 6), [], []),
    "blotto(5, 4, 3)": (F(1, 2), [], []),
    "blotto(6, 5, 3)": (F(4, 9), [], []),
    "blotto(6, 4, 3)": (1, [], []),
    "blotto(7, 5, 3)": (F(5, 6), [], []),
    "blotto(8, 5, 3)": (F(10, 9), [], []),
    "blotto(10, 9, 3)": (F(5, 18), [], []),
    "blotto(9, 10, 3)": (F(-5, 18), [], []),
    "blotto(5, 4, 3, 'majority')": (F(1, 2), [], []),
    "blotto(6, 5, 3, 'majority')": (F(4, 9), [], []),
    "blotto(6, 4, 3, 'majority')": (1, [], []),
    "general_lotto(4, 3)": (F(1, 4), [], []),
    "general_lotto(2, 5)": (F(-3, 5), [], []),
    "general_lotto(1.5, 1)": (F(1, 4), [], []),
    "general_lotto(2.5, 2)": (F(1, 6), [], []),
    "general_lotto(2.5, 1.5)": (F(3, 8), [], []),
    "inspection(12, 4)": (F(-165, 397), None, None),
}

MATRICES = {
    "rock_paper_scissors": [[0, -1, 1], [1, 0, -1], [-1, 1, 0]],
    "rock_paper_scissors(1, 2, 1)": [[0, -1, 2], [1, 0, -1], [-2, 1, 0]],
    "circulant": [[1, 2, 3], [3, 1, 2], [2, 3, 1]],
    "hilbert(2)": [[1, 1 / 2], [1 / 2, 1 / 3]],
    "morra": [[0, 2, -3, 0], [-2, 0, 0, 3], [3, 0, 0, -4], [0, -3, 4, 0]],
    "dresher_blotto": [[4, 2, 1, 0], [1, 3, 0, -1], [-2, 2, 2, -2], [-1, 0, 3, 1], [0, 1, 2, 4]],
    "regret_matching_trap": [[-3, 0, 3], [0, -3, 4], [0, 0, -1]],
    "slow_optimism": [[0.6, 0.5], [0, 1]],
    "hide_and_seek(((1, 2), (3, 4)))": [[1, 2, 0, 0], [0, 0, 3, 4], [1, 0, 3, 0], [0, 2, 0, 4]],
}

BAD = [
    lambda: zoo.rock_paper_scissors(a=0),
    lambda: zoo.rock_paper_scissors(c=float("nan")),
    lambda: zoo.two_by_two(a=float("inf")),
    lambda: zoo.matching_pennies(d=float("nan")),
    lambda: zoo.inspection(1, 1),
    lambda: zoo.inspection(3, 3),
    lambda: zoo.inspection(3, 0),
    lambda: zoo.diagonal(1, float("nan")),
    lambda: zoo.hilbert(0),
    lambda: zoo.circulant(float("inf")),
    lambda: zoo.morra(0),
    lambda: zoo.slow_optimism(0),
    lambda: zoo.slow_optimism(-0.1),
    lambda: zoo.random_uniform(0, 3),
    lambda: zoo.random_uniform(3, -1),
    lambda: zoo.random_uniform(seed=-1),
    lambda: zoo.hide_and_seek(((1, 0), (1, 1))),
    lambda: zoo.hide_and_seek(((1, -2),)),
    lambda: zoo.hide_and_seek(((1, 2), (1,))),
    lambda: zoo.hide_and_seek(((1, float("nan")),)),
    lambda: zoo.hide_and_seek(()),
    lambda: zoo.blotto(-1, 3, 3),
    lambda: zoo.blotto(1, 3, 0),
    lambda: zoo.blotto(1, 3, 3, "most"),
    lambda: zoo.general_lotto(0, 1),
    lambda: zoo.general_lotto(1, -1),
    lambda: zoo.noisy_duel(0),
    lambda: zoo.silent_duel(-3),
    lambda: zoo.find("rock_papers"),
    lambda: zoo.find("xyzzy"),
    lambda: zoo.find(""),
    lambda: zoo.find("find"),
    lambda: zoo.find("solved(1,2,3,4)"),
    lambda: zoo.find("blotto(1,2"),
    lambda: zoo.find("blotto(1,2,3)+1"),
    lambda: zoo.find("blotto(1)(2)"),
    lambda: zoo.find("blotto(__import__('os'))"),
    lambda: zoo.find("blotto(5,4,3,'majority',1)"),
    lambda: zoo.find("blotto(soldiers=3)"),
    lambda: zoo.find("odds_and_evens(3)"),
]


def maximising(game: MatrixGame) -> tuple[np.ndarray, float]:
    """Return the payoffs of the row player, who maximises, and the known value in that sign."""
    assert game.known is not None
    assert game.known.value is not None
    return np.asarray(game.payoffs()), -game.known.value if game.loss else game.known.value


def exact_value(P: np.ndarray) -> float:
    """Value by linear programming on the payoffs moved to [1, 2]."""
    low, spread = P.min(), max(np.ptp(P), 1e-300)
    Q = (P - low) / spread + 1
    answer = linprog(np.ones(len(Q)), A_ub=-Q.T, b_ub=-np.ones(Q.shape[1]), method="highs")
    assert answer.status == 0
    return float((1 / answer.fun - 1) * spread + low)


def assert_all_optimal(P: np.ndarray, value: float, extremes: tuple[tuple[float, ...], ...]) -> None:
    """Every strategy of the maximising row player earns the value against every column."""
    for x in extremes:
        assert len(x) == len(P)
        assert min(x) >= 0
        # A few roundings of numbers of the size of the payoffs.
        assert abs(sum(x) - 1) <= 1e-15 * len(x)
        assert (np.array(x) @ P).min() >= value - 1e-12 * max(abs(P).max(), 1e-300)


def assert_whole_optimal_set(P: np.ndarray, value: float, extremes: tuple[tuple[float, ...], ...]) -> None:
    """The hull of `extremes` is the optimal set (same support function), and each one is a vertex of it."""
    n, m = P.shape
    X, size = np.array(extremes), max(abs(P).max(), 1e-300)
    rng = np.random.default_rng(n + 10 * m)
    for direction in [*np.eye(n), *-np.eye(n), *rng.normal(size=(5, n))]:
        farthest = linprog(-direction, A_ub=-P.T / size, b_ub=np.full(m, -value / size), A_eq=np.ones((1, n)), b_eq=[1])
        assert farthest.status == 0
        # HiGHS accepts constraints missed by 1e-7; the games' bases are conditioned below 100.
        assert (X @ direction).max() == pytest.approx(-farthest.fun, abs=1e-5)
    for x in X:
        tight = np.vstack([np.ones(n), P.T[abs(x @ P - value) <= 1e-12 * size], np.eye(n)[x == 0]])
        assert np.linalg.matrix_rank(tight) == n


@pytest.mark.parametrize("text", CASES)
def test_known_value_is_the_value_of_the_linear_program(text):
    game = zoo.find(text)
    if game.known is not None:
        P, value = maximising(game)
        # Ten times what HiGHS returns at its optimality tolerance on matrices of this size.
        assert abs(exact_value(P) - value) <= 1e-9 * max(abs(P).max(), 1e-300)


@pytest.mark.parametrize("text", CASES)
def test_every_stated_strategy_is_optimal_and_the_stated_set_is_whole(text):
    game = zoo.find(text)
    if game.known is not None:
        P, value = maximising(game)
        for payoffs, v, extremes in ((P, value, game.known.x), (-P.T, -value, game.known.y)):
            assert_all_optimal(payoffs, v, extremes)
            if extremes:
                assert_whole_optimal_set(payoffs, v, extremes)
        for x in game.known.x:
            for y in game.known.y:
                certificate = game.certificate(x, y)
                assert certificate.lower <= game.known.value <= certificate.upper
                assert certificate.relative_gap <= 1e-12 or game.scale == 0


@pytest.mark.parametrize("text", EXACT)
def test_values_and_strategies_are_the_fractions_of_the_literature(text):
    known = zoo.find(text).known
    value, x, y = EXACT[text]
    # One rounding where payoffs such as 0.6 are themselves rounded; the control is quoted to 12 digits.
    assert known.value == pytest.approx(float(value), rel=1e-15 if isinstance(value, Fraction) else 1e-11, abs=0)
    for stated, expected in ((known.x, x), (known.y, x if y is None else y)):
        if expected is not None:
            expected = [[float(w) for w in extreme] for extreme in expected]
            assert len(stated) == len(expected)
            for s, e in zip(sorted(stated), sorted(expected), strict=True):
                assert s == pytest.approx(e, rel=1e-15)


@pytest.mark.parametrize("text", MATRICES)
def test_payoffs_are_the_printed_matrix(text):
    np.testing.assert_allclose(zoo.find(text).payoffs(), MATRICES[text], rtol=1e-15)


@pytest.mark.parametrize("text", CASES)
def test_labels_fit_the_matrix_and_differ(text):
    game = zoo.find(text)
    for size, labels in zip(game.shape, game.actions, strict=True):
        assert len(labels) == len(set(labels)) == size
        assert all(labels)
    assert game.name
    assert len(set(game.players)) == 2


@pytest.mark.parametrize("text", ANTISYMMETRIC)
def test_antisymmetric_games_are_worth_nothing(text):
    game = zoo.find(text)
    P = game.payoffs()
    # Lotteries multiply rounded weights in two orders.
    np.testing.assert_allclose(P, -P.T, atol=4e-16 if "lotto" in text else 0)
    assert game.known.value == 0
    assert game.known.x == game.known.y


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_documented_function_of_defaults(name):
    function = getattr(zoo, name)
    game = function()
    assert isinstance(game, MatrixGame)
    assert inspect.signature(function).return_annotation == "MatrixGame"
    for section in (".. math::", "Examples\n", "Source\n"):
        assert section in function.__doc__
    again = zoo.find(game.name)
    assert again.name == game.name
    np.testing.assert_array_equal(again.payoffs(), game.payoffs())


def test_registry_lists_every_public_game_and_no_helper():
    returns_game = {
        name
        for name, function in vars(zoo).items()
        if inspect.isfunction(function) and inspect.signature(function).return_annotation == "MatrixGame"
    }
    on_trees, in_time = (
        {
            name
            for name, function in vars(zoo).items()
            if inspect.isfunction(function) and inspect.signature(function).return_annotation == kind
        }
        for kind in ("ExtensiveFormGame", "MarkovGame")
    )
    assert set(zoo.__all__) == returns_game | on_trees | in_time
    assert set(zoo.SEQUENTIAL) == on_trees
    assert set(zoo.MARKOV) == in_time
    assert zoo.__all__ == sorted(zoo.__all__)


payoffs_2x2 = st.tuples(*[st.integers(-3, 3)] * 4)


@given(payoffs_2x2)
@settings(deadline=None)
def test_two_by_two_lists_the_whole_segment_of_optimal_weights(entries):
    known = zoo.two_by_two(*entries).known
    P = np.array(entries, float).reshape(2, 2)
    pure_lower, pure_upper = P.min(axis=1).max(), P.max(axis=0).min()
    if pure_lower < pure_upper:
        a, b, c, d = map(F, entries)
        assert known == (
            float((a * d - b * c) / (a + d - b - c)),
            ((float((d - c) / (a + d - b - c)), float((a - b) / (a + d - b - c))),),
            ((float((d - b) / (a + d - b - c)), float((a - c) / (a + d - b - c))),),
        )
    else:
        assert known.value == pure_lower
    for Q, v, extremes in ((P, known.value, known.x), (-P.T, -known.value, known.y)):
        assert_all_optimal(Q, v, extremes)
        assert len(extremes) == len(set(extremes)) <= 2
        for end, step in ((extremes[0][0], -1e-6), (extremes[-1][0], 1e-6)):
            beyond = end + step
            # Entries are whole and at most 3, so leaving the segment costs at least a step times one.
            assert not 0 <= beyond <= 1 or (np.array([beyond, 1 - beyond]) @ Q).min() < v - 1e-7


@given(st.lists(st.integers(-2, 2), min_size=1, max_size=5))
@settings(deadline=None)
def test_diagonal_holds_for_every_pattern_of_signs(entries):
    game = zoo.diagonal(*entries)
    P, value = maximising(game)
    assert_all_optimal(P, value, game.known.x)
    assert_all_optimal(-P.T, -value, game.known.y)
    assert game.known.x
    assert game.known.y


@pytest.mark.parametrize(("troops", "fields"), [(0, 1), (0, 3), (4, 1), (4, 2), (10, 3), (5, 4)])
def test_allocations_are_all_the_splits_once(troops, fields):
    plans = allocations(troops, fields)
    every = {
        tuple(np.bincount(picks, minlength=fields)) if picks else (0,) * fields
        for picks in combinations_with_replacement(range(fields), troops)
    }
    assert plans.shape == (len(every), fields)
    assert set(map(tuple, plans)) == every
    assert list(map(tuple, plans)) == sorted(every, reverse=True)


def test_ten_troops_have_66_allocations_to_three_fields():
    game = zoo.blotto(10, 9, 3)
    assert game.shape == (66, 55)
    assert game.actions[0][:2] == ("10-0-0", "9-1-0")
    assert game.actions[1][-1] == "0-0-9"


@pytest.mark.parametrize("payoff", BLOTTO_VALUES)
def test_blotto_with_swapped_troops_is_the_negative_transpose(payoff):
    one, other = zoo.blotto(5, 4, 3, payoff), zoo.blotto(4, 5, 3, payoff)
    np.testing.assert_array_equal(one.payoffs(), -other.payoffs().T)
    assert one.known.value == -other.known.value
    assert zoo.blotto(5, 5, 2, payoff).known.value == 0


def test_blotto_states_no_value_it_does_not_know():
    assert zoo.blotto(7, 2, 3).known is None
    assert zoo.blotto(7, 5, 3, "majority").known is None
    assert zoo.random_uniform(10, 10, 1).known is None


def test_lotto_of_whole_means_is_worth_the_relative_advantage():
    for a in range(1, 6):
        for b in range(1, a + 1):
            assert zoo.general_lotto(a, b).known.value == float(F(a - b, a))
    # A mean of a below a largest draw of 8 has a (8 - a) pairs around it and itself.
    assert zoo.general_lotto(4, 3).shape == (4 * 4 + 1, 3 * 5 + 1)


@pytest.mark.parametrize(("a", "b"), [(3.0, 2.0), (2.5, 1.5), (2.5, 2.25), (0.5, 0.25)])
def test_lotto_gains_nothing_from_larger_draws(a, b):
    most = 4 * int(np.ceil(a)) + 3
    (X, _), (Y, _) = lotteries(F(a), most), lotteries(F(b), most)
    draws = np.arange(most + 1)
    for lots, mean in ((X, a), (Y, b)):
        np.testing.assert_allclose(lots.sum(axis=1), 1, rtol=1e-15)
        np.testing.assert_allclose(lots @ draws, mean, rtol=1e-14)
    P = X @ np.sign(draws[:, None] - draws) @ Y.T
    assert exact_value(P) == pytest.approx(zoo.general_lotto(a, b).known.value, abs=1e-9)


def test_hide_and_seek_agrees_with_linear_programs_on_random_tables():
    rng = np.random.default_rng(0)
    for n, m in ((2, 2), (3, 3), (2, 4), (5, 3), (4, 4)):
        game = zoo.hide_and_seek(rng.uniform(0.5, 3, (n, m)))
        assert game.shape == (n + m, n * m)
        P, value = maximising(game)
        assert exact_value(P) == pytest.approx(value, rel=1e-9)


def test_inspection_game_follows_its_recursion():
    once = [F(-1, 3), F(-1, 2), F(-3, 5), F(-2, 3), F(-5, 7), F(-3, 4)]
    assert [zoo.inspection(n, 1).known.value for n in range(2, 8)] == [float(v) for v in once]
    for n in range(3, 9):
        for m in range(2, n - 1):
            later = [zoo.inspection(n - 1, m - 1).known.value, zoo.inspection(n - 1, m).known.value]
            assert zoo.inspection(n, m).payoffs().tolist() == [[1, later[0]], [-1, later[1]]]


def test_noisy_duel_fires_at_one_half_and_silent_duel_from_one_third():
    noisy = zoo.noisy_duel(200)
    assert noisy.actions[0][noisy.known.x[-1].index(1.0)] in ("fire at 100/200", "fire at 101/200")
    P, grid = zoo.silent_duel(200).payoffs(), np.arange(201) / 200
    shifted = P + 2
    x = linprog(np.ones(201), A_ub=-shifted.T, b_ub=-np.ones(201)).x
    x /= x.sum()
    # Two grid steps at the density of the continuous solution, 1 / (4 x^3), which is 2 at one half.
    assert abs(grid[x > 1e-9].min() - 1 / 3) <= 2 / 200
    assert abs(x[grid <= 0.5].sum() - 0.625) <= 2 * 2 / 200


def test_random_control_is_the_one_of_the_oracles():
    P = zoo.random_uniform().payoffs()
    assert np.linalg.norm(P, 2) == pytest.approx(3.662631305, abs=1e-9)
    np.testing.assert_array_equal(P, zoo.random_uniform(10, 10, seed=0).payoffs())
    assert zoo.random_uniform(3, 5, 2).shape == (3, 5)


def test_regret_matching_trap_keeps_the_sign_of_its_losses():
    game = zoo.regret_matching_trap()
    assert game.loss
    assert game.dense().tolist() == [[3, 0, -3], [0, 3, -4], [0, 0, 1]]
    assert game.certificate(game.known.x[0], game.known.y[0]).value == pytest.approx(0.25, abs=1e-15)


def test_penalty_kicks_and_its_data_file_are_one_game():
    lines = files("minmax").joinpath("data/penalty_kicks.csv").read_text(encoding="utf-8").splitlines()
    notes = dict(line[1:].strip().split(": ", 1) for line in lines if line.startswith("#") and ": " in line)
    header, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    game = zoo.penalty_kicks()
    assert "Palacios-Huerta" in notes["Source"]
    assert (notes["name"], tuple(notes["players"].split(", "))) == (game.name, game.players)
    assert (tuple(r[0] for r in rows), tuple(header[1:])) == game.actions
    assert [[float(v) for v in r[1:]] for r in rows] == game.payoffs().tolist()
    assert (round(100 * game.known.x[0][0], 2), round(100 * game.known.y[0][0], 2)) == (38.54, 41.99)


def test_lizard_and_spock_beat_what_their_rhyme_says():
    game = zoo.rock_paper_scissors_lizard_spock()
    beats = {(game.actions[0][i], game.actions[1][j]) for i, j in zip(*np.nonzero(game.payoffs() > 0), strict=True)}
    assert beats == {
        ("scissors", "paper"),
        ("paper", "rock"),
        ("rock", "lizard"),
        ("lizard", "Spock"),
        ("Spock", "scissors"),
        ("scissors", "lizard"),
        ("lizard", "paper"),
        ("paper", "Spock"),
        ("Spock", "rock"),
        ("rock", "scissors"),
    }


def test_majority_pays_the_sign_of_the_fields_won_less_those_lost():
    fields = zoo.blotto(7, 5, 3).payoffs()
    assert fields.max() == 2
    np.testing.assert_array_equal(zoo.blotto(7, 5, 3, "majority").payoffs(), np.sign(fields))


def test_uniform_play_is_not_called_unique_where_a_circulant_has_more_optima():
    assert zoo.circulant(1, 0, 1, 0).known == (0.5, (), ())
    assert zoo.circulant(2, 2).known == (2.0, (), ())


@pytest.mark.parametrize("text", ["rock-paper-scissors", "rock_paper_scissors", " Rock Paper Scissors ()"])
def test_find_reads_names_as_people_write_them(text):
    assert zoo.find(text).name == "rock-paper-scissors"


def test_find_passes_literal_arguments():
    assert zoo.find("blotto(5,3,3)").shape == (21, 10)
    assert zoo.find("random-uniform(2, m=3, seed=4)").shape == (2, 3)
    assert zoo.find("two-by-two(-1, 2, 3, -4)").payoffs().tolist() == [[-1, 2], [3, -4]]
    assert zoo.find("diagonal(1, -2)").shape == (2, 2)


def test_find_offers_the_nearest_names():
    with pytest.raises(ValueError, match=r"did you mean 'matching_pennies'"):
        zoo.find("matching-penies")


@pytest.mark.parametrize("call", BAD)
def test_bad_parameters_are_refused_in_one_sentence(call):
    with pytest.raises(ValueError, match=r"^`\w+` [^\n]+[.?]$"):
        call()


@pytest.mark.parametrize("text", ["hilbert(2.5)", "morra('two')", "diagonal('a')", "slow_optimism(None)"])
def test_parameters_of_the_wrong_type_are_refused(text):
    with pytest.raises(TypeError, match=r"^`\w+` "):
        zoo.find(text)


@pytest.mark.parametrize(
    "text",
    [
        "blotto(20, 20, 6)",
        "blotto(1000000000, 4, 500000000)",
        "morra(67)",
        "general_lotto(200, 200)",
        "general_lotto(1e300, 1)",
        "noisy_duel(5000)",
        "silent_duel(5000)",
    ],
)
def test_games_that_would_not_fit_are_refused_before_they_are_made(text):
    with pytest.raises(ValueError, match=r"too large: its matrix would have [^\n]+\.$"):
        zoo.find(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("blotto(a=5,q=3)", "there is no parameter q"),
        ("blotto(5,3,3,majority)", "majority is neither a number nor text in quotes"),
        ("blotto(5,a=3)", "multiple values"),
        ("morra(2))", "an opening bracket is missing"),
        ("", "empty"),
    ],
)
def test_find_says_what_is_wrong_with_a_call(text, said):
    with pytest.raises(ValueError, match=said):
        zoo.find(text)
