"""Exact methods: right on every kind of game, against fractions and HiGHS, without cycling; what they tell of it."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator
from table import certified_gap, uneven
from test_solve import games

import minmax as mm
from minmax.exact import tableau
from minmax.exact.answer import Answer, unit_losses
from minmax.exact.lanes import room_for
from minmax.exact.pivoting import BLOCK, Interpreted, begin, install_block, wanted_of

METHODS = [mm.Pivoting(), mm.InteriorPoint(), mm.DoubleOracle(), mm.DoubleOracle(3), mm.LinearProgram(), mm.Crossover()]
IDS = ["Pivoting", "InteriorPoint", "DoubleOracle", "DoubleOracle of 3", "LinearProgram", "Crossover"]


def cyclic(n: int) -> np.ndarray:
    """Generalised rock, paper, scissors: value 0, uniform, and every ratio test a tie."""
    step = (np.arange(n)[:, None] - np.arange(n)) % n
    return np.where(step == 0, 0.0, np.where(step <= n // 2, -1.0, 1.0))


def low_rank(n: int, m: int, r: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, r)) @ rng.standard_normal((r, m))


DEGENERATE = {
    "cyclic 3": cyclic(3),
    "cyclic 31": cyclic(31),
    "cyclic 101": cyclic(101),
    "Morra 2": -np.asarray(mm.zoo.morra(2).payoffs()),
    "Morra 3": -np.asarray(mm.zoo.morra(3).payoffs()),
    "all ones": np.ones((12, 9)),
    "rows twice": np.repeat(uneven(0, 10, 20), 2, 0),
    "columns thrice": np.repeat(uneven(1, 10, 20), 3, 1),
    "rank 2": low_rank(40, 30, 2, 0),
    "rank 1": low_rank(40, 30, 1, 0),
    "ties": np.random.default_rng(0).integers(0, 2, (30, 30)).astype(float),
    "ties off by 1e-8": np.random.default_rng(0).integers(-1, 2, (30, 30)) + 1e-8 * uneven(2, 30, 30),
    "identity": np.eye(25),
    "Hilbert": 1.0 / (np.arange(8)[:, None] + np.arange(8) + 1.0),
    "dominated": np.vstack([uneven(3, 5, 8), 2.0 + uneven(4, 5, 8)]),
    "one row": uneven(5, 1, 9),
    "one column": uneven(6, 9, 1),
    "long": uneven(7, 4, 300),
    "tall": uneven(8, 300, 4),
}


@pytest.mark.parametrize("name", DEGENERATE)
@pytest.mark.parametrize("method", METHODS, ids=IDS)
@pytest.mark.parametrize("loss", [True, False])
def test_degenerate_games_are_certified_without_cycling(name: str, method: Any, loss: bool) -> None:
    A = DEGENERATE[name]
    solution = mm.solve(mm.MatrixGame(A, loss=loss), method, tol=1e-9)
    if solution.status == "stalled":  # these may give up, and say so: few actions, and a guess from no play at all
        assert method in (mm.DoubleOracle(3), mm.Crossover())
        return
    assert solution.status == "converged"
    gap = certified_gap(A if loss else -A, solution.x, solution.y)
    assert gap <= 1e-9 * (np.ptp(A) or abs(A).max())
    assert solution.lower <= solution.value <= solution.upper


@settings(deadline=None, max_examples=120)
@given(A=games(), loss=st.booleans())
def test_exact_methods_agree_at_every_scale(A: np.ndarray, loss: bool) -> None:
    game = mm.MatrixGame(A, loss=loss)
    unit = A / (abs(A).max() or 1.0)
    values = []
    for method in (mm.Pivoting(), mm.InteriorPoint(), mm.DoubleOracle()):
        solution = mm.solve(game, method, tol=1e-9)
        assert solution.status in ("converged", "precision floor")
        assert certified_gap(unit if loss else -unit, solution.x, solution.y) <= 1e-9 * (np.ptp(unit) + 1)
        values.append(solution.value / (abs(A).max() or 1.0))
    assert np.ptp(values) <= 2e-9 * (np.ptp(unit) + 1)


def test_highs_agrees_on_larger_random_games() -> None:
    for seed, (n, m) in enumerate([(60, 60), (150, 40), (30, 200), (120, 120)]):
        A = uneven(seed, n, m)
        reference = mm.solve(A, mm.LinearProgram()).value
        for method in (mm.Pivoting(), mm.InteriorPoint(), mm.DoubleOracle()):
            solution = mm.solve(A, method, tol=1e-9)
            assert solution.converged
            assert solution.value == pytest.approx(reference, abs=1e-9)


def random_small_game(rng: np.random.Generator) -> np.ndarray:
    """Integers with many ties, some rows and columns twice."""
    n, m = rng.integers(1, 6, 2)
    A = rng.integers(-3, 4, (n, m)).astype(float)
    if rng.random() < 0.3:
        A = A[rng.integers(0, n, n)][:, rng.integers(0, m, m)]
    return A


def agree_with_fractions(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrices = [random_small_game(rng) for _ in range(count)]
    found = mm.solve_batch(matrices)
    assert found.converged.all()
    for A, x, y, value in zip(matrices, found.x, found.y, found.value):
        exact = mm.solve_exactly(A)
        assert abs(Fraction(float(value)) - exact.value) <= Fraction(1, 10**9) * max(1, int(np.ptp(A)))
        assert mm.rational_gap(A, x, y) <= Fraction(1, 10**12) * max(1, int(np.ptp(A)))
        assert mm.rational_gap(A, exact.x, exact.y) == 0


@pytest.mark.long
def test_a_thousand_small_games_agree_with_fractions() -> None:
    agree_with_fractions(1000, 0)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 11))
def test_a_hundred_thousand_small_games_agree_with_fractions(seed: int) -> None:
    agree_with_fractions(10_000, seed)


def test_the_tableau_has_the_same_bits_interpreted_and_compiled() -> None:
    from minmax.exact import compiled

    for A in (uneven(0, 9, 7), cyclic(7), uneven(1, 3, 12)):
        B = unit_losses(mm.MatrixGame(A))
        results = []
        for steps in (Interpreted, compiled):
            tab = room_for(*B.shape).tab
            begin(B, tab, steps)
            steps.advance(tab, 1e-12, 1e-10, 1000)
            results.append(tab)
        assert all(np.array_equal(one, other) for one, other in zip(*results))


def test_a_cycle_of_dantzigs_rule_is_broken_by_blands() -> None:
    """Beale's program, on which Dantzig's rule with lowest-index ties repeats six bases for ever."""
    T = np.array(
        [
            [0.25, -60.0, -1 / 25, 9.0, 0.0],
            [0.5, -90.0, -1 / 50, 3.0, 0.0],
            [0.0, 0.0, 1.0, 0.0, 1.0],
            [-0.75, 150.0, -1 / 50, 6.0, 0.0],
        ]
    )
    exact = np.array([[Fraction(v).limit_denominator(1000) for v in row] for row in T], dtype=object)
    labels = np.arange(4, 7), np.arange(4), np.zeros(3, np.int64)
    tab = tableau.Tableau(exact, np.zeros(5, object), np.zeros(4, object), *labels)
    tableau.advance(tab, 0, 0, 100)
    assert tab.counts[1] == tableau.DONE
    assert exact[3, 4] == Fraction(1, 20)


def test_a_block_of_actions_is_installed_as_single_pivots_do() -> None:
    A = uneven(0, 70, 90)
    B = unit_losses(mm.MatrixGame(A))
    basis = mm.solve(A, mm.Pivoting()).basis
    assert len(basis.x) >= BLOCK
    one, other = room_for(70, 90, 2).tab, room_for(70, 90, 2).tab
    assert install_block(B, one, np.array(basis.x), np.array(basis.y))
    begin(B, other, Interpreted)
    tableau.install(other, wanted_of(basis, 70, 90), 1e-10)
    columns = [list(one.nonbasic).index(k) for k in other.nonbasic] + [70]
    rows = [list(one.basic).index(k) for k in other.basic] + [90]
    assert abs(one.T[np.ix_(rows, columns)] - other.T[:91, :71]).max() < 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_repair_reaches_the_optimum_from_any_basis(seed: int) -> None:
    """Exact, in fractions: random actions of both players, most of them wrong."""
    rng = np.random.default_rng(seed)
    A = rng.integers(-5, 6, (7, 9)).astype(float)
    value = mm.solve_exactly(A).value
    for k in (1, 3, 6):
        actions = [tuple(sorted(rng.choice(size, k, replace=False).tolist())) for size in (7, 9)]
        found = mm.solve_exactly(A, mm.Basis(*actions))
        assert found.value == value
        assert mm.rational_gap(A, found.x, found.y) == 0


def test_the_basis_warm_starts_the_next_solve(tmp_path: Path) -> None:
    A = uneven(0, 40, 50)
    cold = mm.solve(A, mm.Pivoting(), tol=1e-9)
    again = mm.solve(A, mm.Pivoting(basis=cold.basis), tol=1e-9)
    assert again.iterations == len(cold.basis.x) < cold.iterations
    assert again.value == pytest.approx(cold.value, abs=1e-14)
    again.save(tmp_path / "again.npz")
    assert mm.Solution.load(tmp_path / "again.npz").method == mm.Pivoting(basis=cold.basis)
    near = mm.solve(A + 1e-3 * uneven(1, 40, 50), mm.Pivoting(basis=cold.basis), tol=1e-9)
    assert near.converged
    assert near.iterations < cold.iterations
    wrong = mm.Basis(tuple(range(5)), tuple(range(5)))
    assert mm.solve(A, mm.Pivoting(basis=wrong), tol=1e-9).value == pytest.approx(cold.value, abs=1e-12)
    with pytest.raises(ValueError, match=r"`basis.y` must hold actions from 0 to 49; got \[50\]"):
        mm.solve(A, mm.Pivoting(basis=mm.Basis((0,), (50,))))
    with pytest.raises(ValueError, match=r"`basis.x` must hold actions from 0 to 2; got \[3\]"):
        mm.solve_exactly(np.eye(3), mm.Basis((3,), (0,)))
    with pytest.raises(TypeError, match="Basis"):
        mm.Pivoting(basis=((0,), (1,)))
    exact = mm.solve_exactly(np.round(A * 8), mm.solve(np.round(A * 8), mm.Pivoting()).basis)
    assert mm.rational_gap(np.round(A * 8), exact.x, exact.y) == 0


# ------------------------------------------------------------------ sets of equilibria


@pytest.mark.parametrize("name", ["rock_paper_scissors_water", "morra(2)", "morra(3)", "dresher_blotto"])
def test_answers_lie_in_the_known_sets_of_equilibria(name: str) -> None:
    """A1.5, A1.15, A1.16, A2.1: optimal is what the known extreme strategies span, so a solver's answer is in it."""
    game = mm.zoo.find(name)
    for method in (mm.Pivoting(), mm.InteriorPoint(), mm.DoubleOracle()):
        solution = mm.solve(game, method, tol=1e-9)
        assert solution.unique in (False, None)
        for p, extremes in ((solution.x, game.known.x), (solution.y, game.known.y)):
            V = np.asarray(extremes, float).T
            weights = np.linalg.lstsq(np.vstack([V, np.ones(V.shape[1])]), np.append(p, 1.0), rcond=None)[0]
            assert abs(V @ weights - p).max() < 1e-8
    assert mm.solve(game).unique is False


@pytest.mark.long
def test_uniqueness_is_told_apart() -> None:
    rng = np.random.default_rng(0)
    answers = {True: 0, False: 0}
    for _ in range(300):
        A = random_small_game(rng)
        exact = mm.solve_exactly(A).unique
        assert mm.solve(A, mm.Pivoting()).unique is exact
        answers[exact] += 1
    assert min(answers.values()) > 30
    assert mm.solve(mm.zoo.rock_paper_scissors()).unique is True
    assert mm.solve(np.ones((3, 3)), mm.Pivoting()).unique is False
    assert mm.solve(uneven(0, 20, 900), mm.DoubleOracle()).unique is True
    for A in (uneven(0, 60, 70), uneven(1, 70, 60)):
        cold = mm.solve(A, mm.Pivoting())
        inner = mm.solve(A, mm.InteriorPoint())
        sharp = mm.polish(mm.MatrixGame(A), mm.solve(A, mm.PredictiveRegretMatchingPlus(), tol=1e-5))
        for solution in (inner, sharp):
            assert (solution.unique, solution.basis) == (True, cold.basis)
    for game in (mm.zoo.morra(3), mm.zoo.rock_paper_scissors_water(), mm.MatrixGame(np.ones((4, 4)))):
        assert mm.solve(game, mm.InteriorPoint()).unique is not True


def test_dominated_actions_are_found_with_their_mixtures() -> None:
    assert mm.dominated_actions([[0.0, 3.0], [3.0, 0.0], [2.0, 2.0]]) == ((2,), ())
    assert mm.dominated_actions([[0.0, 3.0], [3.0, 0.0], [1.5, 1.5]]) == ((), ())  # only weakly
    rng = np.random.default_rng(0)
    for _ in range(20):
        A = rng.uniform(-1, 1, (4, 5))
        worse = A[:2].mean(0) + rng.uniform(0.01, 0.3, 5)  # for x, who pays
        better = A[:, :2].mean(1)
        B = np.vstack([A, worse])
        rows, _ = mm.dominated_actions(B)
        assert 4 in rows
        payoffs, _ = mm.dominated_actions(mm.MatrixGame.from_payoffs(-B))
        assert payoffs == rows
        _, columns = mm.dominated_actions(np.column_stack([A, better - 0.1]))
        assert 5 in columns
        solution = mm.solve(B)
        assert all(solution.x[i] == 0 for i in rows)


def test_an_action_that_is_some_best_response_is_not_dominated() -> None:
    rng = np.random.default_rng(1)
    for _ in range(30):
        A = rng.uniform(-1, 1, (6, 4))
        rows, columns = mm.dominated_actions(A)
        for y in rng.dirichlet(np.ones(4), 300):
            assert int((A @ y).argmin()) not in rows
        for x in rng.dirichlet(np.ones(6), 300):
            assert int((x @ A).argmax()) not in columns


# ------------------------------------------------------------------ storages, limits, choice


@pytest.mark.parametrize("wrap", [csr_array, np.float32, np.asfortranarray, aslinearoperator])
def test_exact_methods_read_every_storage(wrap: Any) -> None:
    A = np.round(uneven(3, 30, 200) * 256) / 256
    value = mm.solve(A, mm.Pivoting()).value
    methods = [mm.DoubleOracle()] if wrap is aslinearoperator else METHODS[:3]
    for method in methods:
        solution = mm.solve(mm.MatrixGame(wrap(A)), method, tol=1e-9)
        assert solution.converged
        assert solution.value == pytest.approx(value, abs=1e-9)


def test_low_rank_operators_are_solved_exactly_without_their_entries() -> None:
    rng = np.random.default_rng(0)
    U, V = rng.standard_normal((600, 4)), rng.standard_normal((4, 700))
    game = mm.MatrixGame(aslinearoperator(U) @ aslinearoperator(V))
    solution = mm.solve(game, tol=1e-9)
    assert (solution.status, solution.path) == ("converged", ("DoubleOracle",))
    assert certified_gap(U @ V, solution.x, solution.y) <= 1e-9 * game.scale
    assert solution.operator_calls < 200


def test_a_method_that_needs_entries_refuses_an_operator() -> None:
    game = mm.MatrixGame(aslinearoperator(np.eye(3)))
    with pytest.raises(ValueError, match="DoubleOracle"):
        mm.solve(game, mm.Pivoting())
    with pytest.raises(ValueError, match="MatrixGame"):
        mm.solve(mm.BilinearGame([[1.0]]), mm.Pivoting())
    with pytest.raises(ValueError, match="bounds, sums and Euclidean balls"):
        mm.solve(mm.BilinearGame([[1.0]], mm.Ball(1, norm=1)), mm.InteriorPoint())
    with pytest.raises(ValueError, match="largest"):
        mm.DoubleOracle(0)


@pytest.mark.parametrize("method", [mm.InteriorPoint(), mm.DoubleOracle(), mm.Pivoting(mm.Basis((0,), (0,)))])
def test_a_time_limit_ends_an_exact_method_with_a_certified_pair(method: Any) -> None:
    A = uneven(0, 300, 320)
    late = mm.solve(A, method, time_limit=1e-6)
    assert late.status == "time exhausted"
    assert certified_gap(A, late.x, late.y) == pytest.approx(late.gap, abs=1e-12)


def test_the_interior_point_starts_from_a_good_pair_in_fewer_steps() -> None:
    A = uneven(0, 260, 300)
    game = mm.MatrixGame(A)
    cold = mm.InteriorPoint().answer(game)
    near = mm.solve(game, mm.PredictiveRegretMatchingPlus(), rounds=100, tol=None, average="quadratic")
    warm = mm.InteriorPoint().answer(game, near=(near.x, near.y))
    assert warm.iterations < cold.iterations
    tall = mm.InteriorPoint().answer(mm.MatrixGame.from_payoffs(A.T), near=(near.y, near.x))
    assert tall.iterations < cold.iterations
    for pair in (warm.pair, tall.pair[::-1]):
        assert certified_gap(A, *pair) <= 1e-9


def test_the_choice_of_a_method_names_its_path() -> None:
    cases = {
        ("Pivoting",): (uneven(0, 50, 60), 1e-9),
        ("DoubleOracle",): (uneven(1, 60, 4000), 1e-9),
        ("PredictiveRegretMatchingPlus",): (uneven(2, 320, 300), 1e-3),
        ("PureSaddle",): (np.add.outer(np.arange(5.0), np.arange(4.0)), 1e-9),
    }
    for path, (A, tol) in cases.items():
        solution = mm.solve(A, tol=tol)
        assert (solution.path, solution.status) == (path, "converged")
    low = mm.solve(low_rank(500, 400, 3, 0), tol=1e-9)
    assert (low.path, low.status) == (("DoubleOracle",), "converged")
    large = mm.solve(uneven(3, 300, 320), tol=1e-9)
    assert large.path == ("DoubleOracle", "PredictiveRegretMatchingPlus", "Crossover")
    assert large.converged


@pytest.mark.parametrize("shift", [0.0, 1e6])
@pytest.mark.parametrize("scale", [1.0, 1e-40, 1e200])
def test_single_precision_rounds_are_certified_in_double(shift: float, scale: float) -> None:
    A = (uneven(0, 520, 500) + shift) * scale
    solution = mm.solve(A, tol=1e-3)
    assert (solution.status, solution.path) == ("converged", ("PredictiveRegretMatchingPlus",))
    assert solution.x.dtype == np.float64
    assert solution.run.rough == (shift == 0 and scale == 1)
    gap = certified_gap(A / scale - shift, solution.x, solution.y)
    assert gap <= 2.1e-3
    assert solution.gap == pytest.approx(gap * scale, abs=1e-9 * scale)


def test_a_rough_run_resumes_bit_for_bit() -> None:
    game = mm.MatrixGame(uneven(1, 520, 500))
    first = mm.solve(game, tol=1e-3)
    assert first.run.rough
    one = mm.solve(game, start=first, rounds=60, tol=None)
    part = mm.solve(game, start=first, rounds=25, tol=None)
    two = mm.solve(game, start=part, rounds=35, tol=None)
    assert np.array_equal(one.x, two.x)
    assert one.gap < first.gap


def test_sparse_games_are_solved_in_compressed_rows() -> None:
    rng = np.random.default_rng(0)
    A = csr_array(np.where(rng.random((400, 500)) < 0.05, rng.uniform(-1, 1, (400, 500)), 0.0))
    for tol in (1e-4, 1e-9):
        solution = mm.solve(A, tol=tol)
        assert solution.converged
        assert certified_gap(A.toarray(), solution.x, solution.y) <= tol * solution.scale


def test_a_small_solve_in_a_fresh_process_loads_no_compiler() -> None:
    code = """
        import sys, minmax as mm, numpy as np
        assert mm.solve(np.random.default_rng(0).uniform(-1, 1, (10, 10)), tol=1e-9).converged
        assert not {"numba", "scipy"} & set(sys.modules)
    """
    import textwrap

    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


# ------------------------------------------------------------------ batches


def test_a_batch_equals_its_games_one_by_one() -> None:
    rng = np.random.default_rng(0)
    for shape in ((50, 5, 8), (40, 16, 16), (20, 9, 3), (3, 40, 50), (1, 1, 1)):
        A = rng.uniform(-1, 1, shape)
        for loss in (True, False):
            found = mm.solve_batch(A, loss=loss)
            assert found.x.shape == shape[:2]
            assert found.converged.all()
            for b in range(shape[0]):
                single = mm.solve(mm.MatrixGame(A[b], loss=loss), tol=1e-9)
                assert found.value[b] == pytest.approx(single.value, abs=1e-12)
                assert certified_gap(A[b] if loss else -A[b], found.x[b], found.y[b]) <= 1e-12
                check = mm.certify(mm.MatrixGame(A[b], loss=loss), found.x[b], found.y[b])
                assert found.gap[b] == pytest.approx(check.gap, abs=1e-14)
                assert found.lower[b] == pytest.approx(check.lower, abs=1e-14)
                assert found.upper[b] == pytest.approx(check.upper, abs=1e-14)


@settings(deadline=None, max_examples=80)
@given(A=games(), copies=st.integers(1, 40))
def test_a_batch_is_certified_at_every_scale(A: np.ndarray, copies: int) -> None:
    rng = np.random.default_rng(copies)
    stack = np.stack([A[rng.permutation(A.shape[0])] for _ in range(copies)])
    found = mm.solve_batch(stack)
    unit = stack / (abs(A).max() or 1.0)
    for b in range(copies):
        assert certified_gap(unit[b], found.x[b], found.y[b]) <= 1e-9 * (np.ptp(unit) + 1)
    assert (found.lower <= found.value).all()
    assert (found.value <= found.upper).all()


def test_a_batch_of_degenerate_games_is_solved_again_with_care() -> None:
    stack = np.stack([cyclic(15), np.ones((15, 15)), np.eye(15), np.zeros((15, 15)), cyclic(15) + 1e-8 * np.eye(15)])
    found = mm.solve_batch(np.tile(stack, (20, 1, 1)))
    assert found.converged.all()


def test_batches_take_threads_lists_dynamics_and_float32() -> None:
    A = uneven(0, 300, 20).reshape(60, 5, 20)
    one, two = mm.solve_batch(A), mm.solve_batch(A, threads=-1)
    assert all(np.array_equal(a, b) for a, b in zip(one, two))
    mixed = mm.solve_batch([A[0], A[1, :3], A[2]])
    assert [x.size for x in mixed.x] == [5, 3, 5]
    assert mixed.value[2] == one.value[2]
    assert mm.solve_batch([A[0].tolist(), A[1].tolist()]).value.tolist() == one.value[:2].tolist()
    played = mm.solve_batch(A[:4], mm.MWU(0.3), rounds=200, tol=1e-12)
    for b in range(4):
        alone = mm.solve(A[b], mm.MWU(0.3), rounds=200, tol=1e-12)
        assert np.array_equal(played.x[b], alone.x)
    assert not played.converged.any()
    assert mm.solve_batch(A.astype(np.float32)).value == pytest.approx(one.value, abs=1e-6)


def test_a_batch_refuses_what_a_game_refuses() -> None:
    A = np.ones((3, 2, 2))
    A[1, 0, 1] = np.nan
    with pytest.raises(ValueError, match=r"`A\[1\]` must be finite; entry \(0, 1\) is nan"):
        mm.solve_batch(A)
    with pytest.raises(ValueError, match="span less"):
        mm.solve_batch(np.array([[[1.7e308, -1.7e308]]]))
    with pytest.raises(ValueError, match="3 dimensions"):
        mm.solve_batch(np.ones((2, 2)))
    with pytest.raises(TypeError, match="rounds"):
        mm.solve_batch(np.ones((1, 2, 2)), rounds=5)
    with pytest.raises(ValueError, match="at least one"):
        mm.solve_batch([])


# ------------------------------------------------------------------ fractions


def test_known_values_come_out_as_fractions() -> None:
    assert mm.solve_exactly(mm.zoo.odds_and_evens()).value == Fraction(1, 12)
    assert mm.solve_exactly(mm.MatrixGame.from_payoffs([[1.0, 2.0], [4.0, 3.0]])).value == 3
    cfr = mm.MatrixGame.from_payoffs(np.array([[10.0, 9.0], [-7.0, 10.0]]))  # A1.19, times ten
    found = mm.solve_exactly(cfr)
    assert (found.value, found.x, found.y) == (
        Fraction(163, 18),
        (Fraction(17, 18), Fraction(1, 18)),
        (Fraction(1, 18), Fraction(17, 18)),
    )
    assert found.unique
    # a tenth is no float: the game of floats has another value, and its certificate holds it
    tenths = mm.MatrixGame.from_payoffs([[1.0, 0.9], [-0.7, 1.0]])
    value = mm.solve_exactly(tenths).value
    solution = mm.solve(tenths)
    assert Fraction(solution.lower) <= value <= Fraction(solution.upper)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 6), m=st.integers(1, 6))
def test_certificates_hold_the_exact_value(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    A = rng.uniform(-1, 1, (n, m)) * 10.0 ** rng.integers(-12, 12)
    solution, exact = mm.solve(A, tol=1e-9), mm.solve_exactly(A)
    assert Fraction(solution.lower) <= exact.value <= Fraction(solution.upper)
    poor = mm.certify(mm.MatrixGame(A), rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m)))
    assert Fraction(poor.lower) <= exact.value <= Fraction(poor.upper)


def test_fractions_refuse_large_games() -> None:
    with pytest.raises(ValueError, match="10,000"):
        mm.solve_exactly(np.ones((200, 200)))


# ------------------------------------------------------------------ polish


def test_a_rough_answer_is_polished_to_rounding() -> None:
    for seed, (n, m) in enumerate([(30, 40), (120, 100), (60, 60)]):
        A = uneven(seed, n, m)
        for tol in (1e-2, 1e-4):
            rough = mm.solve(A, mm.PredictiveRegretMatchingPlus(), tol=tol)
            sharp = mm.polish(mm.MatrixGame(A), rough)
            assert sharp.relative_gap < 1e-12
            assert sharp.path == (*rough.path, "polish")
            assert certified_gap(A, sharp.x, sharp.y) < 1e-12
            assert sharp.rounds == rough.rounds


def test_polish_pivots_less_from_a_better_guess() -> None:
    A = uneven(3, 100, 100)
    game = mm.MatrixGame(A)
    cold = mm.solve(game, mm.Pivoting(), tol=1e-9)
    counts = []
    for tol in (1e-2, 1e-5):
        rough = mm.solve(game, mm.PredictiveRegretMatchingPlus(), tol=tol)
        counts.append(mm.polish(game, rough).iterations)
    assert counts[0] > counts[1] >= len(cold.basis.x) - 1
    assert counts[0] < cold.iterations


@pytest.mark.parametrize("name", DEGENERATE)
def test_polish_is_never_worse(name: str) -> None:
    A = DEGENERATE[name]
    game = mm.MatrixGame(A)
    for rounds in (1, 50):
        rough = mm.solve(game, mm.RegretMatchingPlus(), rounds=rounds, tol=None)
        sharp = mm.polish(game, rough)
        assert sharp.relative_gap <= rough.relative_gap
        assert certified_gap(A, sharp.x, sharp.y) == pytest.approx(sharp.gap, abs=1e-12 * abs(A).max())
    assert mm.polish(game, mm.solve(game, mm.PredictiveRegretMatchingPlus(), tol=1e-6)).relative_gap < 1e-9


def test_polish_refuses_what_it_cannot_sharpen() -> None:
    rough = mm.solve(np.eye(3), mm.MWU(0.1), rounds=10)
    with pytest.raises(TypeError, match="entries"):
        mm.polish(mm.MatrixGame(aslinearoperator(np.eye(3))), rough)
    with pytest.raises(ValueError, match="3 x 3"):
        mm.polish(mm.MatrixGame(np.eye(4)), rough)
    with pytest.raises(TypeError, match="tuple"):
        mm.polish(mm.MatrixGame(np.eye(3)), (rough.x, rough.y))
    assert mm.solve(np.eye(3), mm.Pivoting).value == pytest.approx(1 / 3)  # a class stands for its defaults


def test_a_double_oracle_whose_tableau_overflows_gives_up_with_a_pair(monkeypatch: Any) -> None:
    monkeypatch.setattr(mm.Pivoting, "on", lambda *_: Answer(None))
    A = uneven(0, 20, 30)
    solution = mm.solve(A, mm.DoubleOracle(), tol=1e-9)
    assert solution.status == "stalled"
    assert certified_gap(A, solution.x, solution.y) == pytest.approx(solution.gap)
