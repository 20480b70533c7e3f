"""Laws every dynamics keeps, and the ones that theory says must fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog
from table import ELSEWHERE, TABLE, Row, by_name, certified_gap, iterates, rows_without, skewed, uneven

import minmax as mm
from minmax import dynamics as library


def starts(row: Row, n: int, m: int) -> tuple[np.ndarray, np.ndarray] | None:
    """A skewed start where the rule can be started from one."""
    return None if row.rule.noise else (skewed(n, 1), skewed(m, 2))


def slack(row: Row) -> float:
    """How far rounding may drive plays apart in sixty rounds: rules that divide by small regrets amplify it."""
    return 1e-7 if row.rule.geometry == "regret" else 1e-10


def test_every_dynamics_of_the_library_has_a_row() -> None:
    classes = {name for name in library.__all__ if hasattr(getattr(library, name), "step")}
    assert {row.name for row in TABLE} | set(ELSEWHERE) == classes


@by_name(TABLE)
def test_every_round_plays_a_strategy(row: Row) -> None:
    seen = iterates(mm.MatrixGame(uneven(0)), row.rule, 60, start=starts(row, 4, 6))
    for plays in (seen.x, seen.y, seen.column("average_x"), seen.column("average_y")):
        assert abs(plays.sum(1) - 1).max() <= 1e-12
        assert plays.min() >= 0.0


@by_name(TABLE)
def test_same_seed_same_bits(row: Row) -> None:
    game = mm.MatrixGame(uneven(1))
    one, two = (iterates(game, row.rule, 40, seed=5) for _ in range(2))
    assert np.array_equal(one.x, two.x)
    assert np.array_equal(one.column("average_y"), two.column("average_y"))


@by_name([row for row in TABLE if row.rule.noise or row.rule.bandit])
def test_another_seed_draws_other_plays(row: Row) -> None:
    game = mm.MatrixGame(uneven(1))
    one, two = (iterates(game, row.rule, 40, seed=seed).column("average_x")[-1] for seed in (5, 6))
    assert not np.array_equal(one, two)


@by_name(rows_without("permutation"))
def test_permuting_actions_permutes_plays(row: Row) -> None:
    A = uneven(2)
    p, q = np.random.default_rng(3).permutation(4), np.random.default_rng(4).permutation(6)
    x, y = skewed(4, 5), skewed(6, 6)
    plain = iterates(mm.MatrixGame(A), row.rule, 60, start=(x, y))
    moved = iterates(mm.MatrixGame(A[np.ix_(p, q)]), row.rule, 60, start=(x[p], y[q]))
    # Sums in another order differ in their last bits, which sixty rounds amplify a little.
    assert abs(plain.x[:, p] - moved.x).max() < slack(row)
    assert abs(plain.y[:, q] - moved.y).max() < slack(row)


@by_name(rows_without("constant"))
def test_a_constant_added_to_payoffs_moves_no_play(row: Row) -> None:
    A = np.round(uneven(3) * 16) / 16  # sums of dyadic payoffs are exact, so ties stay ties
    plain = iterates(mm.MatrixGame(A), row.rule, 60)
    lifted = iterates(mm.MatrixGame(A + 8.0), row.rule, 60)
    assert abs(plain.x - lifted.x).max() < slack(row)
    assert abs(plain.y - lifted.y).max() < slack(row)


@by_name(TABLE)
def test_scaling_payoffs_and_step_inversely_moves_no_play(row: Row) -> None:
    A = uneven(4)
    plain = iterates(mm.MatrixGame(A), row.rule, 60)
    large = iterates(mm.MatrixGame(A * 1024.0), row.scaled(1024.0), 60)
    assert abs(plain.x - large.x).max() < 1e-12
    assert abs(plain.y - large.y).max() < 1e-12


@by_name([row for row in rows_without("swap") if "permutation" not in row.exempt])
def test_swapping_roles_swaps_plays_and_negates_the_value(row: Row) -> None:
    A = uneven(5)
    order = {"order": "yx"} if row.rule.alternating else {}
    back = {"order": "xy"} if row.rule.alternating else {}
    plain = mm.solve(mm.MatrixGame(A), row.rule, rounds=60, tol=None, average="uniform", **order)
    other = mm.solve(mm.MatrixGame(-A.T), row.rule, rounds=60, tol=None, average="uniform", **back)
    assert abs(plain.x - other.y).max() < slack(row)
    assert abs(plain.y - other.x).max() < slack(row)
    assert plain.value == pytest.approx(-other.value, abs=slack(row))


@by_name(TABLE)
def test_payoffs_behind_a_sign_play_the_same_game(row: Row) -> None:
    A = uneven(6)
    losses = iterates(mm.MatrixGame(A), row.rule, 50)
    payoffs = iterates(mm.MatrixGame.from_payoffs(-A), row.rule, 50)
    assert np.array_equal(losses.x, payoffs.x)
    assert np.array_equal(losses.y, payoffs.y)


@by_name(TABLE)
def test_a_run_in_two_parts_is_the_run_in_one(row: Row) -> None:
    two_parts(row, (7, 13))


@pytest.mark.long
def test_a_rule_of_a_users_own_is_no_part_of_the_cache_of_others(tmp_path: Path) -> None:
    """A process that knows the rule's module compiles it; another, which does not, still reads what is cached."""
    (tmp_path / "of_mine.py").write_text(
        "import minmax as mm\n\n\nclass Mine(mm.OMWU):\n    __slots__ = ()\n\n\n"
        "print(mm.solve(mm.zoo.two_by_two(), Mine(0.1), rounds=700, tol=None).gap)\n"
    )
    own = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import of_mine"]
    code = "import minmax as mm; print(mm.solve(mm.zoo.two_by_two(), mm.OMWU(0.1), rounds=700, tol=None).gap)"
    gaps = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for command in (own, [sys.executable, "-c", code])
    ]
    assert gaps[0] == gaps[1]


@by_name(rows_without("compiled"), compiles=True)
def test_parts_may_cross_from_numpy_rows_to_compiled_loops(row: Row) -> None:
    two_parts(row, (300, 500))


def two_parts(row: Row, parts: tuple[int, int]) -> None:
    if row.rule.lookahead == "fresh":
        parts = (parts[0] + parts[0] % 2, parts[1] + parts[1] % 2)
    game = mm.MatrixGame(uneven(7))
    whole = mm.solve(game, row.rule, rounds=sum(parts), tol=None)
    half = mm.solve(game, row.rule, rounds=parts[0], tol=None)
    both = mm.solve(game, start=half, rounds=parts[1], tol=None)
    for one, two in zip(whole.sides, both.sides):
        assert all(np.array_equal(a, b) for a, b in zip(one, two))
    assert np.array_equal(whole.x, both.x)
    assert whole.gap == both.gap
    assert both.rounds == whole.rounds


@by_name(rows_without("promise"), compiles=True)
def test_the_promised_iterate_reaches_the_promised_gap(row: Row) -> None:
    """On unequal random games, scored by an independent gap and against an LP."""
    rng = np.random.default_rng(11)
    for k in range(2 if row.rule.implicit else 10):  # inner problems take a hundred times as long as other rounds
        n, m = rng.integers(2, 8, 2)
        A = rng.uniform(-1, 1, (n, m))
        solution = mm.solve(mm.MatrixGame(A), row.rule, rounds=row.rounds, tol=None, average=row.promised, seed=k)
        assert certified_gap(A, solution.x, solution.y) <= row.gap * (A.max() - A.min())
        value = lp_value(A)
        slack = 1e-7  # HiGHS answers to its feasibility tolerance
        assert solution.lower - slack <= value <= solution.upper + slack


def lp_value(A: np.ndarray) -> float:
    """Value of `min_x max_y x'Ay` by HiGHS."""
    n, m = A.shape
    result = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.hstack([A.T, -np.ones((m, 1))]),
        b_ub=np.zeros(m),
        A_eq=np.append(np.ones(n), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * n + [(None, None)],
    )
    return float(result.fun)


@by_name(TABLE)
def test_a_flipped_sign_in_the_rule_breaks_the_promise(row: Row) -> None:
    """The mutation check: the laws above would see a wrong sign."""
    if "promise" in row.exempt:
        pytest.skip(row.exempt["promise"])
    parent = type(row.rule)

    class Flipped(parent):  # type: ignore[misc, valid-type]
        __slots__ = ()

        def step(self, theta, u, v, a, b, t):  # type: ignore[no-untyped-def]
            return parent.step(self, theta, -u, v if parent.paced else -v, a, b, t)

    # Row 1 and column 2 are the saddle, row 2 and column 2 that of the negated game: there the flipped rule goes.
    game = mm.MatrixGame([[0.0, 1.0, 0.5], [3.0, 2.0, 2.5]])
    right, wrong = (
        mm.solve(game, rule, rounds=min(500, row.rounds // 4), tol=None, average=row.promised)
        for rule in (row.rule, Flipped(*row.rule))
    )
    assert wrong.relative_gap > 0.3 > right.relative_gap


# ------------------------------------------------------------------ what must fail, fails


def scalar() -> mm.BilinearGame:
    return mm.BilinearGame([[1.0]])


def norms(seen: mm.Trajectory) -> np.ndarray:
    return np.hypot(seen.x[:, 0], seen.y[:, 0])


@pytest.mark.parametrize("eta", [0.05, 0.3, 1.0])
def test_gradient_descent_ascent_spirals_out_by_its_exact_factor(eta: float) -> None:
    seen = iterates(scalar(), mm.GDA(eta), 40, start=([1.0], [0.5]))
    ratio = norms(seen)[1:] / norms(seen)[:-1]
    assert abs(ratio - np.sqrt(1 + eta**2)).max() < 1e-14
    angle = np.unwrap(np.arctan2(seen.y[:, 0], seen.x[:, 0]))
    assert abs(np.diff(angle) - np.arctan(eta)).max() < 1e-13  # counter-clockwise


@pytest.mark.long
def test_constant_step_averages_of_gradient_play_eventually_grow() -> None:
    """B1.17: the average's norm is |z_k - z_0| / (eta k), which falls and then grows without end."""
    eta = 0.1
    seen = iterates(scalar(), mm.GDA(eta), 1000, start=([1.0], [0.0]))
    mean = np.hypot(seen.column("average_x")[:, 0], seen.column("average_y")[:, 0])
    k = np.arange(1, 1001)
    moved = np.hypot(seen.x[1:, 0] - 1.0, seen.y[1:, 0])
    assert abs(mean[1:] / (moved / (eta * k)) - 1).max() < 1e-9
    assert [round(float(mean[t]), 4) for t in (63, 500, 1000)] == [0.0584, 0.2226, 1.4412]


def divergence(p: np.ndarray, q: np.ndarray) -> float:
    return float((p * np.log(p / q)).sum())


def test_multiplicative_weights_leave_the_equilibrium_by_their_exact_increment() -> None:
    """B3.11: KL to the interior equilibrium grows by log Z_x + log Z_y each round."""
    game, eta = mm.zoo.rock_paper_scissors(1, 3, 1), 0.1
    P = game.payoffs()
    star = np.array([1.0, 3.0, 1.0]) / 5.0
    seen = iterates(game, mm.MWU(eta), 200, start=([0.5, 0.3, 0.2], [0.2, 0.5, 0.3]))
    total = np.array([divergence(star, x) + divergence(star, y) for x, y in zip(seen.x, seen.y)])
    for t in range(200):
        x, y = seen.x[t], seen.y[t]
        step = np.log(x @ np.exp(eta * P @ y)) + np.log(y @ np.exp(-eta * P.T @ x))
        assert total[t + 1] - total[t] == pytest.approx(step, abs=1e-13)
        assert step > 0


def test_best_response_dynamics_cycle_through_four_moves_of_matching_pennies() -> None:
    seen = iterates(mm.zoo.matching_pennies(), mm.BestResponse(), 12)
    profile = [(int(x.argmax()), int(y.argmax())) for x, y in zip(seen.x, seen.y)]
    assert len(set(profile[:4])) == 4
    assert profile[:4] == profile[4:8] == profile[8:12]
