"""Sampled regret minimisation: walks that are right on average, averages that come nearer, seeds that repeat."""

from __future__ import annotations

import signal
from threading import Timer
from typing import Any

import numpy as np
import pytest

import minmax as mm
from minmax.sampling import walks
from minmax.sampling.walks import Learned, room_for


def counterfactual(game: Any, player: int, regrets: list[np.ndarray]) -> np.ndarray:
    """What a walk should add to a player's regrets: counterfactual regrets against the other's strategy, exactly."""
    plans = [domain.plan(own) for domain, own in zip(game.domains, regrets)]
    utilities = np.asarray(game.P @ plans[1] if player == 0 else -(game.P.T @ plans[0]))
    values = np.empty(utilities.size)
    game.domains[player].using("regret").values(regrets[player], plans[player], utilities, values)
    found = utilities - values
    found[0] = 0.0
    return found


def walked(game: Any, player: int, regrets: list[np.ndarray], whole: bool, rate: float, count: int) -> np.ndarray:
    """What walks with these strategies add, one after the other."""
    tree = game.tree
    room, expected = room_for(tree.depth, tree.widest), np.zeros(tree.arrays.child.size)
    found = np.empty((count, regrets[player].size))
    for t in range(count):
        mine, theirs = (Learned(own.copy(), np.zeros(own.size)) for own in (regrets[player], regrets[1 - player]))
        if whole:
            walks.external(tree.arrays, player, mine, theirs, 0, 0, 3, t, room)
        else:
            walks.outcome(tree.arrays, player, mine, theirs, 0, 0, 3, t, room, expected, 0.5, rate)
        found[t] = mine.regret - regrets[player]
    return found


@pytest.mark.parametrize("game", [mm.zoo.kuhn(), mm.zoo.goofspiel(3)], ids=lambda game: game.name)
@pytest.mark.parametrize("player", [0, 1])
def test_sampled_regrets_are_right_on_average_and_baselines_calm_them(game: Any, player: int) -> None:
    rng = np.random.default_rng(player)
    regrets = [rng.exponential(size=domain.n) for domain in game.domains]
    exact, spread = counterfactual(game, player, regrets), {}
    for name, whole, rate in (("external", True, 0.0), ("outcome", False, 0.0), ("baseline", False, 0.1)):
        seen = walked(game, player, regrets, whole, rate, 3000)
        error = seen.std(axis=0) / np.sqrt(len(seen))
        assert (abs(seen.mean(axis=0) - exact) <= 5.0 * error + 1e-12).all()
        spread[name] = seen.var(axis=0).sum()
    assert spread["external"] < spread["outcome"]
    assert spread["baseline"] < 0.6 * spread["outcome"]


@pytest.mark.parametrize("sampling", ["external", "outcome"])
def test_the_same_seed_makes_the_same_run(sampling: str) -> None:
    runs = [mm.solve(mm.zoo.kuhn(), mm.MonteCarloCFR(sampling, rounds=40, seed=seed), tol=None) for seed in (1, 1, 2)]
    assert np.array_equal(runs[0].x, runs[1].x)
    assert not np.array_equal(runs[0].x, runs[2].x)
    assert runs[0].iterations == 40
    assert runs[0].status is mm.Status.ROUNDS
    again = mm.solve(mm.zoo.kuhn(), mm.MonteCarloCFR(sampling), rounds=40, seed=1, tol=None)
    assert np.array_equal(runs[0].x, again.x)
    assert runs[0].history.rounds[-1] == 40
    assert runs[0].history.gap_average[-1] == runs[0].gap


def test_few_rounds_come_nearer() -> None:
    game = mm.zoo.kuhn()
    found = mm.solve(game, mm.MonteCarloCFR(rounds=60), tol=None)
    assert found.gap < 0.6 < game.gap(game.X.centre(), game.Y.centre())
    assert found.lower <= -1 / 18 <= found.upper


@pytest.mark.long
@pytest.mark.parametrize(
    ("method", "gap"),
    [
        (mm.MonteCarloCFR(rounds=200_000), 0.01),
        (mm.MonteCarloCFR(rounds=200_000, plus=True, linear=True), 0.015),
        (mm.MonteCarloCFR("outcome", rounds=200_000), 0.01),
        (mm.MonteCarloCFR("outcome", rounds=200_000, baseline=0.0, plus=False, linear=False), 0.03),
    ],
    ids=["external", "external plus", "outcome", "outcome without baselines"],
)
def test_many_rounds_solve_poker(method: Any, gap: float) -> None:
    found = mm.solve(mm.zoo.kuhn(), method, tol=None)
    assert found.gap < gap
    assert found.lower <= -1 / 18 <= found.upper
    gaps = dict(zip(found.history.rounds.tolist(), found.history.gap_average.tolist()))
    assert gaps[200_000] < 0.2 * gaps[next(t for t in sorted(gaps) if t > 100)]


@pytest.mark.long
def test_baselines_pay_in_leduc() -> None:
    game = mm.zoo.leduc()
    gaps = [
        np.median(
            [
                mm.solve(game, mm.MonteCarloCFR("outcome", rounds=100_000, seed=seed, baseline=rate), tol=None).gap
                for seed in range(3)
            ]
        )
        for rate in (0.0, 0.5)
    ]
    assert gaps[1] < 0.5 * gaps[0]


@pytest.mark.long
@pytest.mark.parametrize("sampling", ["external", "outcome"])
def test_compiled_walks_are_the_plain_ones(sampling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    method = mm.MonteCarloCFR(sampling, rounds=300, seed=4)
    compiled = mm.solve(mm.zoo.goofspiel(3), method, tol=None)
    monkeypatch.setattr("minmax.sampling.method.PLAIN_ROUNDS", 1000)
    plain = mm.solve(mm.zoo.goofspiel(3), method, tol=None)
    assert np.array_equal(compiled.x, plain.x)
    assert np.array_equal(compiled.y, plain.y)


def test_a_watch_sees_sampled_runs() -> None:
    """Plays as well as averages, and a monitor every round of a short run, which it leaves as it was."""
    game, orbit, monitor = mm.zoo.kuhn(), mm.Trajectory(), mm.Monitor()
    found = mm.solve(game, mm.MonteCarloCFR(), rounds=60, every=20, tol=None, watch=orbit)
    assert orbit.column("round").tolist() == [0, 20, 40, 60]
    assert orbit.column("gap_average").tolist() == found.history.gap_average.tolist()
    assert orbit.snapshots[-1].gap_last == pytest.approx(game.gap(orbit.x[-1], orbit.y[-1]), abs=1e-12)
    followed = mm.solve(game, mm.MonteCarloCFR(), rounds=60, tol=None, watch=monitor)
    assert np.array_equal(followed.x, found.x)
    assert followed.average == "uniform"
    assert followed.gap == followed.history.gap_average[-1]
    for tol in (0.05, 1e-9):
        looks = [
            mm.solve(game, mm.MonteCarloCFR(), rounds=60, tol=tol, watch=watch).history.rounds.tolist()
            for watch in (None, mm.Monitor())
        ]
        assert looks[0] == looks[1]
    assert mm.diagnose(monitor).record.steps == 60
    ended = mm.solve(game, mm.MonteCarloCFR(), rounds=60, tol=None, watch=lambda snapshot: snapshot.round >= 7)
    assert ended.status is mm.Status.WATCH
    assert ended.iterations < 12


@pytest.mark.long
def test_the_clock_and_ctrl_c_are_heard_between_looks() -> None:
    game, method = mm.zoo.kuhn(), mm.MonteCarloCFR()
    mm.solve(game, method, rounds=100, tol=None)  # compiles
    found = mm.solve(game, method, rounds=10**9, every=10**9, tol=None, time_limit=0.2)
    assert found.status is mm.Status.TIME
    assert found.iterations < 10**8
    Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
    found = mm.solve(game, method, rounds=10**9, every=10**9, tol=None)
    assert found.status is mm.Status.INTERRUPTED
    assert found.gap < 0.1


def test_a_run_ends_at_its_tolerance_or_its_time(tmp_path: Any) -> None:
    game = mm.zoo.kuhn()
    near = mm.solve(game, mm.MonteCarloCFR(rounds=60), tol=0.2)
    assert near.converged
    assert near.iterations < 60
    assert mm.solve(game, mm.MonteCarloCFR(rounds=60), tol=None, time_limit=1e-9).status is mm.Status.TIME
    near.save(tmp_path / "near.npz")
    assert mm.Solution.load(tmp_path / "near.npz").method == near.method


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mm.MonteCarloCFR("both"), "`sampling` must be one of"),
        (lambda: mm.MonteCarloCFR("outcome", explore=0.0), "`explore` must be positive"),
        (lambda: mm.MonteCarloCFR(seed=2**63), "below"),
        (lambda: mm.MonteCarloCFR(baseline=2.0), "`baseline` must be from 0 to 1"),
        (lambda: mm.solve([[1.0]], mm.MonteCarloCFR()), "MonteCarloCFR needs an ExtensiveFormGame"),
    ],
)
def test_mistakes_are_named(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
