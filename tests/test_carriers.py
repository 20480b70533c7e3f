"""One formula, every carrier: numpy rows, compiled loops, their interpreted twin and torch give one trajectory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from table import TABLE, Row, by_name, rows_without, seldom, skewed, uneven

import minmax as mm
from minmax import loops, rows
from minmax.players import Players, fresh_run, opening


def players(game: Any, rule: Any, average: str | None = None) -> Players:
    run = fresh_run(game, rule, 200, average, None, None, 3)
    start = None if rule.noise else tuple(skewed(n, k) for k, n in enumerate(game.shape))
    return Players(game, run, opening(game, run, start))


def advance(engine: str, game: Any, rule: Any, rounds: int, average: str | None = None) -> list[np.ndarray]:
    """State arrays after some rounds on one engine."""
    p = players(game, rule, average)
    name = "advance_in_turns" if p.run.alternating else "advance_together"
    arguments = (*p.maps, *p.run.rules, *p.facts, *p.sides, p.tape, 1, rounds + 1)
    if engine == "rows":
        getattr(rows, name)(game, *arguments)
    else:
        kernel = getattr(loops, name)
        (kernel if engine == "loops" else kernel.py_func)(game.kernel, *arguments)
    return [array for side in p.sides for array in side]


def relative(one: list[np.ndarray], two: list[np.ndarray]) -> float:
    return max(float(abs(a - b).max() / (1.0 + abs(a).max())) for a, b in zip(one, two) if a.size)


@by_name(rows_without("compiled"), compiles=True)
def test_compiled_loops_equal_their_interpreted_twin_bit_for_bit(row: Row) -> None:
    game = mm.MatrixGame(uneven(0))
    one, two = (advance(engine, game, row.rule, 100) for engine in ("loops", "twin"))
    assert all(np.array_equal(a, b) for a, b in zip(one, two))


@by_name(rows_without("compiled"), compiles=True)
def test_numpy_rows_and_compiled_loops_play_one_trajectory(row: Row) -> None:
    # Dyadic payoffs: discontinuous rules meet the same ties on both carriers.
    game = mm.MatrixGame(np.round(uneven(1) * 8) / 8)
    assert relative(advance("rows", game, row.rule, 100), advance("loops", game, row.rule, 100)) < 1e-9


@by_name(TABLE, compiles=True)
def test_a_run_keeps_the_iterates_that_it_passes(row: Row) -> None:
    game, wanted = mm.MatrixGame(np.round(uneven(0) * 8) / 8), [1, 4, 6, 20]
    for rows_until in (0, 10, np.inf):
        at_once, in_pieces = players(game, row.rule), players(game, row.rule)
        at_once.rows_until = in_pieces.rows_until = max(rows_until, at_once.rows_until * ("compiled" in row.exempt))
        at_once.advance(1, 24, wanted)
        kept = [pair for _, pair in at_once.kept()]
        stops = [0, *wanted]
        for k, stop in enumerate(wanted):
            in_pieces.advance(stops[k] + 1, stop + 1)
            assert relative(list(kept[k]), list(in_pieces.last())) == 0.0
        assert [t for t, _ in at_once.kept()] == wanted


@pytest.mark.long
@pytest.mark.parametrize("order", ["xy", "yx"])
def test_one_pass_keeps_the_iterates_that_it_passes(order: str) -> None:
    game = mm.MatrixGame(np.asarray(uneven(0, 100, 120), order="C" if order == "xy" else "F"))
    runs = []
    for wanted in ([7, 8], []):
        run = fresh_run(game, mm.PredictiveRegretMatchingPlus(), 200, None, None, order, None)
        p = Players(game, run, opening(game, run, None))
        assert p.swept == "advance_swept"
        p.rows_until = 0
        p.advance(1, 12 if wanted else 9, wanted)
        runs.append([*p.kept()][-1][1] if wanted else p.last())
    assert relative(list(runs[0]), list(runs[1])) == 0.0


@pytest.mark.parametrize("average", ["uniform", "linear", "quadratic"])
@pytest.mark.parametrize(
    "rule", [*seldom(mm.PDHG(0.2), mm.PastExtraGradient(0.1, first="zero")), mm.OMWU(0.2, first="plain")]
)
def test_carriers_agree_on_averages_and_first_steps(rule: Any, average: str) -> None:
    game = mm.MatrixGame(uneven(2))
    assert relative(advance("rows", game, rule, 51, average), advance("loops", game, rule, 51, average)) < 1e-11


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, *seldom(np.float32)])
@pytest.mark.parametrize("loss", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (37, 41), (3, 5000), (130, 9)])
def test_products_of_every_storage_agree(order: str, dtype: Any, loss: bool, shape: tuple[int, int]) -> None:
    """One pass, two products and numpy, to n eps max|A|."""
    rng = np.random.default_rng(5)
    A = np.asarray(rng.uniform(-3, 3, shape), dtype=dtype, order=order)  # type: ignore[call-overload]
    game = mm.MatrixGame(A) if loss else mm.MatrixGame.from_payoffs(A)
    assert np.shares_memory(game.A, A)
    x, y = skewed(shape[0], 1), skewed(shape[1], 2)
    sign = 1.0 if loss else -1.0
    exact = -sign * A.astype(float) @ y, sign * A.astype(float).T @ x
    slack = sum(shape) * np.finfo(float).eps * 3
    for source in (game, game.kernel):
        for verb in ("both", "one"):
            ux, uy = np.full(shape[0], np.nan), np.full(shape[1], np.nan)
            products(source, verb, x, y, ux, uy)
            assert abs(ux - exact[0]).max() <= slack
            assert abs(uy - exact[1]).max() <= slack


def products(source: Any, verb: str, x: Any, y: Any, ux: Any, uy: Any) -> None:
    """Compute both utilities; kernel records through a compiled caller."""
    if isinstance(source, mm.MatrixGame):
        if verb == "both":
            source.utilities(x, y, ux, uy)
        else:
            source.utility_x(x, y, ux)
            source.utility_y(x, y, uy)
    elif verb == "both":
        both(source, x, y, ux, uy)
    else:
        each(source, x, y, ux, uy)


@loops.kernel
def both(source, x, y, ux, uy):  # type: ignore[no-untyped-def]
    source.utilities(x, y, ux, uy)


@loops.kernel
def each(source, x, y, ux, uy):  # type: ignore[no-untyped-def]
    source.utility_x(x, y, ux)
    source.utility_y(x, y, uy)


@pytest.mark.parametrize("row", TABLE, ids=[r.name for r in TABLE])
def test_the_step_and_the_map_run_on_batches_of_torch_tensors(row: Row) -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    rule = players(mm.MatrixGame(uneven(0)), row.rule).run.rules[0]
    geometry = mm.Simplex(5).using(rule.geometry)
    rng = np.random.default_rng(7)
    batch = [np.round(rng.normal(size=(3, 5)) * 64) / 64 for _ in range(5)]  # ties exact on both carriers
    numbers = rule.step(*batch, 3.0)
    tensors = rule.step(*(torch.from_numpy(b) for b in batch), 3.0)
    for a, b in zip(numbers, tensors):
        assert abs(np.asarray(a) - np.asarray(b)).max() < 1e-14
    plays = geometry.play_rows(numbers[0])
    assert abs(plays - geometry.play_rows(torch.from_numpy(np.asarray(numbers[0]))).numpy()).max() < 1e-14
    for k in range(3):  # a batch is its rows
        assert abs(plays[k] - geometry.play_rows(numbers[0][k])).max() < 1e-15


def test_a_step_runs_on_parameters_and_keeps_the_gradient() -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    zero = torch.zeros(2, dtype=torch.float64)
    theta, _, _ = mm.GDA(0.5, 0.0).step(weight, torch.tensor([1.0, 1.0]), zero, zero, zero, 1)
    theta.sum().backward()
    assert theta.tolist() == [1.5, -1.5]
    assert weight.grad.tolist() == [1.0, 1.0]


@pytest.mark.long
@pytest.mark.parametrize("rule", [mm.PDHG(0.01), pytest.param(mm.HalpernPDHG(0.01), marks=pytest.mark.long)])
@pytest.mark.parametrize("leader", ["x", pytest.param("y", marks=pytest.mark.long)])
def test_one_pass_plays_the_primal_dual_rounds_of_two(rule: Any, leader: str) -> None:
    """Boxes, free space and l1 terms lead; a form or a simplex follows; the orders of sums differ alone."""
    rng = np.random.default_rng(2)
    box = mm.Product(mm.Box(-1.0, 1.0, n=30), mm.Penalised(mm.Free(20), mm.L1(0.1)), mm.Orthant(6))
    X, Y = (box, mm.Simplex(60)) if leader == "x" else (mm.Simplex(60), box)
    P, Q = (None, 0.5) if leader == "x" else (0.5, None)
    b, c = rng.normal(size=X.n), rng.normal(size=Y.n)
    game = mm.QuadraticGame(P, rng.uniform(-1, 1, (X.n, Y.n)), Q, X=X, Y=Y, b=b, c=c).led_by(leader)
    assert game.kernel.leader == leader
    order = "xy" if leader == "x" else "yx"
    runs = []
    for sweeping in (True, False):
        run = fresh_run(game, rule, 200, None, None, order, None)
        p = Players(game, run, opening(game, run, None))
        assert p.swept == "advance_swept_steps"
        p.rows_until = 0 if sweeping else np.inf
        p.advance(1, 121)
        runs.append([array for side in p.sides for array in (side.x, side.a, side.total)])
    assert relative(*runs) < 1e-11
