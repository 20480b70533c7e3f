"""Verdicts: right where theory knows the fate of a run, never "converged" of one that returns, and honest when thin."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minmax as mm
from minmax.diagnostics import VERDICTS, Monitor, diagnose
from minmax.diagnostics.record import SUMS, WIDE, Sketch, record_of

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks" / "tables"))
import verdicts as grid

SCALAR = mm.BilinearGame([[1.0]])
START = ([1.0], [0.0])
CASES = grid.cases()


def powers(factor: complex, steps: int) -> np.ndarray:
    """The orbit of a linear step in the plane, from (1, 0)."""
    path = factor ** np.arange(steps + 1)
    return np.column_stack([path.real, path.imag])


def watched(game: Any, rule: Any, rounds: int, **options: Any) -> Monitor:
    monitor = Monitor()
    mm.solve(game, rule, rounds=rounds, tol=None, watch=monitor, **options)
    return monitor


# ------------------------------------------------------------------ the grid


def test_the_grid_is_large_and_has_every_fate() -> None:
    """At least 200 cases; every verdict but "undecided" is somebody's truth."""
    assert len(CASES) >= 200
    assert {case.truth for case in CASES} >= set(VERDICTS) - {"undecided"}


@pytest.mark.parametrize("case", CASES[::10], ids=lambda case: case.name)
def test_verdicts_are_those_of_theory(case: Any) -> None:
    assert grid.right(case, case.verdicts()[0])


@pytest.mark.long
@pytest.mark.parametrize("case", [c for k, c in enumerate(CASES) if k % 10], ids=lambda case: case.name)
def test_all_verdicts_are_those_of_theory(case: Any) -> None:
    assert grid.right(case, case.verdicts()[0])


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_verdicts_hold_on_cases_that_thresholds_were_not_set_by(seed: int) -> None:
    for case in grid.drawn_cases(seed):
        assert grid.right(case, case.verdicts()[0]), case.name


@pytest.mark.parametrize("delta", [0.1, 0.01])
def test_optimistic_weights_that_look_converged_and_return_are_not_called_converged(delta: float) -> None:
    """B4.6: for delta = .01 the gap is .0084 at round 1000 and .41 at 10,000; the paragraph says that it came back."""
    game = mm.MatrixGame([[0.5 + delta, 0.5], [0.0, 1.0]])
    orbit, gaps = grid.played(game, mm.OMWU(0.1), 10_000, ([0.5, 0.5], [0.5, 0.5]))()
    assert gaps is not None
    if delta == 0.01:
        assert gaps[1000] == pytest.approx(0.0084, abs=2e-4)
        assert gaps[10_000] == pytest.approx(0.4086, abs=2e-3)
    for end in (100, 300, 1000, 3000, 10_001):
        assert diagnose(orbit[:end], merit=gaps[:end], tol=1e-2).verdict != "converged"
    assert "came back" in diagnose(orbit, merit=gaps).paragraph


@pytest.mark.parametrize("rest", [1, 4])
def test_returns_to_the_very_point_are_a_cycle_whatever_sizes_do(rest: int) -> None:
    """Corners visited for longer and longer: no size of turns means anything, and no small move is convergence."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    stays = rest * np.arange(1, 25)
    found = diagnose(np.repeat(corners[np.arange(24) % 4], stays, axis=0))
    assert found.verdict == "cycling"
    assert found.evidence.comebacks > 0
    assert "returns to the very point" in found.paragraph
    assert math.isnan(found.period)
    # One corner after another, none twice: too little was seen.
    assert diagnose(np.repeat(np.arange(8.0)[:, None], 40, axis=0)).verdict == "undecided"
    # Rounding at the limit goes back and forth between neighbouring numbers, and is no jump.
    still = np.concatenate([0.5 ** np.arange(40.0), np.tile([1e-16, 0.0], 60)])[:, None]
    assert diagnose(still).verdict == "converging"


def test_fictitious_play_without_a_pure_equilibrium_never_converges_in_a_monitor() -> None:
    for seed in range(12):
        A = np.random.default_rng(seed).uniform(-1, 1, (4, 4))
        monitor = Monitor()
        mm.solve(mm.MatrixGame(A), mm.FictitiousPlay(), rounds=500, tol=None, watch=monitor)
        pure = A.max(axis=1).min() <= A.min(axis=0).max()
        assert monitor.verdict == ("converged" if pure else "cycling")


@pytest.mark.parametrize("steps", [300, 3000])
def test_a_random_walk_has_no_floor_and_mean_reversion_has_one(steps: int) -> None:
    walks, floors, seeds = [], 0, 20
    for seed in range(seeds):
        noise = np.random.default_rng(seed).standard_normal((steps, 3))
        walks.append(diagnose(np.cumsum(noise, axis=0)))
        pulled = np.zeros((steps, 3))
        for k in range(1, steps):
            pulled[k] = 0.7 * pulled[k - 1] + noise[k]
        floors += diagnose(pulled).verdict == "noise floor"
    wandering = [walk for walk in walks if walk.verdict == "undecided"]
    # Walks that happen to stay near the middle of their half are one in forty.
    assert len(wandering) >= seeds - 2
    assert floors == seeds
    assert "farther the longer" in wandering[0].paragraph
    assert "nothing pulls" in wandering[0].recommendation


def test_a_monitor_claims_no_period_where_its_samples_cannot_count_the_turns() -> None:
    """Van der Pol's relaxation oscillations: fast and slow by turns, and samples as far apart as half a cycle."""
    z, h, orbit = np.array([0.1, 0.0]), 0.02, []
    for _ in range(40_000):
        k1 = np.array([z[1], 3.0 * (1.0 - z[0] ** 2) * z[1] - z[0]])
        w = z + h / 2.0 * k1
        z = z + h * np.array([w[1], 3.0 * (1.0 - w[0] ** 2) * w[1] - w[0]])
        orbit.append(z)
    monitor = Monitor()
    for point in orbit:
        monitor.observe(point)
    found, whole = monitor.diagnosis(), diagnose(np.array(orbit))
    assert whole.verdict == "limit cycle"
    # 8.859 in time at mu = 3, and the midpoint rule errs by a thousandth.
    assert h * whole.period == pytest.approx(8.859, rel=1e-3)
    assert found.verdict == "cycling"
    assert math.isnan(found.period)
    assert "cannot count them" in found.paragraph


@pytest.mark.parametrize("turns", [0.1, 0.5, 1.0, 1.5])
def test_less_than_two_turns_are_too_thin(turns: float) -> None:
    eta = 0.01
    orbit = powers(1 + 1j * eta, int(2 * math.pi * turns / eta))
    found = diagnose(orbit)
    assert found.verdict == "undecided"
    assert "too thin" in found.paragraph
    assert "more steps" in found.recommendation


def test_small_steps_alone_are_no_convergence() -> None:
    """Steps of 1e-9 around a circle, and a run that stops on a slope."""
    angles = np.linspace(0, 1e-5, 500)
    assert diagnose(np.column_stack([np.cos(angles), np.sin(angles)])).verdict not in ("converged", "converging")
    path = np.cumsum(1.0 / np.arange(1.0, 800.0) ** 3)[:, None]
    assert diagnose(path, operators=np.ones((799, 1))).verdict == "stalled"
    assert "saddle cannot be told" in diagnose(path).paragraph


def test_steps_whose_sum_is_not_finite_do_not_converge() -> None:
    """log t has steps of 1 / t; 1 / t and 1 / sqrt t have a limit."""
    t = np.arange(1.0, 2000.0)[:, None]
    assert diagnose(np.log(t)).verdict == "undecided"
    assert "sum to be finite" in diagnose(np.log(t)).paragraph
    for power in (0.5, 1.0, 2.0):
        assert diagnose(t**-power * [1.0, 2.0]).verdict == "converging"


@pytest.mark.parametrize(
    ("orbit", "verdict"),
    [
        (np.vstack([powers(1.02 * np.exp(0.1j), 200), powers(0.97 * np.exp(0.1j), 600) * 1.02**200]), "converging"),
        (np.vstack([np.zeros((100, 2)), powers(1 + 0.1j, 500)]), "spiralling out"),
        (powers(-0.98 + 0j, 300), "converging"),
        (powers(-1.0 + 0j, 300), "cycling"),
        (powers(1 + 0.1j, 600) + 1e6, "spiralling out"),
        (np.array([[0, 0], [1, 0], [1, 1], [0, 1]] * 30), "cycling"),
        (0.9 ** np.arange(200) * np.exp(0.3j * np.arange(200)), "converging"),
        (powers(1 + 0.1j, 300).astype(np.float32), "spiralling out"),
        (np.random.default_rng(0).standard_normal((1000, 10)), "noise floor"),
    ],
    ids=["in after out", "out after rest", "flips in", "flips", "far away", "integers", "complex", "float32", "white"],
)
def test_orbits_of_every_kind(orbit: Any, verdict: str) -> None:
    assert diagnose(orbit).verdict == verdict


def test_iterates_alone_never_prove_convergence() -> None:
    orbit = powers(0.9 * np.exp(0.3j), 400)
    assert diagnose(orbit).verdict == "converging"
    assert diagnose(orbit, saddle=[0.0, 0.0]).verdict == "converged"


def test_a_merit_that_was_small_a_moment_ago_is_not_held() -> None:
    """The last fifth counts, not the last value."""
    orbit = powers(0.97 * np.exp(0.3j), 500)
    merit = np.full(501, 1.0)
    merit[-10:] = 1e-9
    assert diagnose(orbit, merit=merit).verdict != "converged"
    merit[-150:] = 1e-9
    assert diagnose(orbit, merit=merit).verdict == "converged"


@pytest.mark.parametrize("scale", [1e-150, 1e-6, 1e6, 1e150])
@pytest.mark.parametrize("factor", [1 + 0.1j, 0.99 * np.exp(0.1j), np.exp(0.1j)])
def test_verdicts_do_not_depend_on_units_or_place(scale: float, factor: complex) -> None:
    orbit = powers(factor, 600)
    verdict = diagnose(orbit).verdict
    assert diagnose(scale * orbit).verdict == verdict
    turned = orbit @ np.array([[0.6, 0.8], [-0.8, 0.6]]) + np.array([3.0, -7.0])
    assert diagnose(turned).verdict == verdict


def test_growth_and_period_are_exact_on_linear_spirals() -> None:
    """D1, D2: half the logarithm of 1 + eta^2 a step, one turn in 2 pi / atan(eta)."""
    eta = 0.1
    found = diagnose(powers(1 + 1j * eta, 1000))
    assert found.period == pytest.approx(2 * math.pi / math.atan(eta), rel=1e-9)
    # Areas are of polygons whose corners move along the circle: a few parts in a million.
    assert found.evidence.growth / found.period == pytest.approx(math.log1p(eta**2) / 2, rel=1e-5)
    rate = diagnose(powers(np.exp(0.1j) / 1.01, 1000)).rate
    assert rate is not None
    assert rate.factor == pytest.approx(1 / 1.01, rel=1e-7)


@pytest.mark.parametrize("radius", [0.99, 0.999, 1.01])
@pytest.mark.parametrize("angle", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("ratio", [1.0, 0.7, 0.3])
def test_linear_spirals_of_any_shape(radius: float, angle: float, ratio: float) -> None:
    """Ellipses look like noise to neighbours and like waves to sizes; a linear step is one all the same."""
    t = np.arange(400)
    orbit = radius ** t[:, None] * np.stack([np.cos(angle * t), ratio * np.sin(angle * t)], axis=1)
    monitor = Monitor()
    for z in orbit:
        monitor.observe(z)
    for found in (diagnose(orbit), monitor.diagnosis()):
        assert found.verdict == ("converging" if radius < 1.0 else "spiralling out")
        assert found.period == pytest.approx(2 * math.pi / angle, rel=1e-6)
        assert found.evidence.growth / found.period == pytest.approx(math.log(radius), rel=1e-6)


@pytest.mark.parametrize(
    ("one", "two", "verdict"),
    [
        ((0.1, 1.0), (0.0618, 0.999), "cycling"),
        ((1.0, 1.001), (2.3, 0.999), "spiralling out"),
        ((0.05, 0.999), (0.3, 0.999), "converging"),
    ],
)
def test_the_mode_that_lasts_decides_among_several_planes(one: Any, two: Any, verdict: str) -> None:
    t = np.arange(2000)
    planes = [(radius * np.exp(1j * angle)) ** t for angle, radius in (one, two)]
    orbit = np.column_stack([part for z in planes for part in (z.real, z.imag)])
    monitor = Monitor()
    for z in orbit:
        monitor.observe(z)
    assert (diagnose(orbit).verdict, monitor.verdict) == (verdict, verdict)


def test_flips_are_told_by_a_monitor_and_rounding_at_a_limit_tells_no_period() -> None:
    flips, monitor = ((-0.99) ** np.arange(400))[:, None], Monitor()
    for z in flips:
        monitor.observe(z)
    assert (diagnose(flips).verdict, monitor.verdict) == ("converging", "converging")
    assert diagnose(powers(0.9 * np.exp(0.5j), 400) + 1.0).period == pytest.approx(4 * math.pi, rel=1e-4)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_a_gap_that_beats_with_the_checks_is_no_convergence(seed: int) -> None:
    """Play in turns on a game of rock, paper, scissors goes round for ever; checks see its gap at odd moments."""
    game, rng, monitor = mm.zoo.rock_paper_scissors(1, 3, 1), np.random.default_rng(seed), Monitor()
    start = (rng.dirichlet(np.full(3, 3.0)), rng.dirichlet(np.full(3, 3.0)))
    mm.solve(game, mm.AlternatingGDA(0.1, "constant"), rounds=3000, tol=None, start=start, watch=monitor)
    assert monitor.verdict in ("cycling", "limit cycle")


@pytest.mark.parametrize("angle", [0.3, 1.0])
def test_a_damped_turn_that_noise_keeps_up_is_a_floor(angle: float) -> None:
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    for damping, verdicts in ((0.97, {"noise floor"}), (1.0, {"cycling", "spiralling out"})):
        rng, z, orbit = np.random.default_rng(3), np.array([1.0, 0.0]), []
        for _ in range(2000):
            orbit.append(z)
            z = damping * turn @ z + 0.01 * rng.standard_normal(2)
        assert diagnose(np.array(orbit)).verdict in verdicts


@pytest.mark.parametrize("share", [0.0, 2e-4])
def test_the_least_growth_that_is_called_one(share: float) -> None:
    """Play in turns keeps its ellipse to rounding; a step of two ten-thousandths more does not within 100 turns."""
    eta = 0.3
    step = np.array([[1.0, -eta], [eta, 1.0 - eta**2]]) * (1.0 + share)
    orbit = [np.array([1.0, 0.0])]
    for _ in range(2100):
        orbit.append(step @ orbit[-1])
    assert diagnose(np.array(orbit)).verdict == ("cycling" if share == 0.0 else "spiralling out")


@pytest.mark.parametrize("sigma", [0.1, 0.3])
def test_a_turn_that_noise_hides_keeps_its_period(sigma: float) -> None:
    """Moves of .05 among errors six times as large: the frequency stands out of the spectrum, for a monitor too."""
    k = np.arange(6001)
    orbit = np.column_stack([np.cos(0.05 * k), np.sin(0.05 * k)])
    orbit += sigma * np.random.default_rng(1).standard_normal(orbit.shape)
    monitor = Monitor()
    for z in orbit:
        monitor.observe(z)
    for found in (diagnose(orbit), monitor.diagnosis()):
        assert found.verdict == "cycling"
        assert found.evidence.noise > 0.4
        assert found.period == pytest.approx(40.0 * math.pi, rel=2e-3)


@pytest.mark.parametrize("points", [2, 3, 5, 7])
def test_points_that_repeat_have_their_number_as_period(points: int) -> None:
    orbit = np.tile(np.random.default_rng(points).normal(size=(points, 3)), (600 // points, 1))
    monitor = Monitor()
    for z in orbit:
        monitor.observe(z)
    for found in (diagnose(orbit), monitor.diagnosis()):
        assert (found.verdict, found.period) == ("cycling", pytest.approx(points, rel=1e-9))


@pytest.mark.parametrize("turns", [0.3, 0.8, 1.5])
def test_a_part_of_an_ellipse_is_undecided_however_it_slows(turns: float) -> None:
    for seed in range(10):
        rng, angle = np.random.default_rng(seed), 2.0 * math.pi * turns * np.arange(1000) / 1000
        ellipse = np.column_stack([np.cos(angle), np.sin(angle)]) @ rng.normal(size=(2, 2))
        assert diagnose(ellipse).verdict == "undecided"
        assert diagnose(np.cos(angle + seed)[:, None]).verdict == "undecided"


def test_modes_tell_a_slow_one_that_converges_behind_a_fast_one() -> None:
    """Extra-gradient on singular values 1 and .1: the first has gone, the second shrinks by .05 % a step."""
    game, start = mm.BilinearGame(np.diag([1.0, 0.1])), ([1.0, 1.0], [1.0, 1.0])
    found = watched(game, mm.ExtraGradient(0.3), 4000, start=start).diagnosis()
    assert found.verdict == "converging"
    assert found.period == pytest.approx(2.0 * math.pi / math.atan2(0.03, 1.0 - 0.03**2), rel=1e-6)
    factor = math.log(1.0 - 0.03**2 + 0.03**4) / 2.0 * found.period
    assert found.evidence.growth == pytest.approx(factor, rel=1e-6)


def test_no_step_converges_on_a_game_without_a_saddle() -> None:
    """x2 pays .05 x2 whatever y does: the residual falls to .05, while x2 runs away at a constant pace."""
    game, start = mm.BilinearGame(np.diag([1.0, 0.0]), b=[0.0, 0.05]), ([1.0, 0.0], [0.0, 0.0])
    monitor = Monitor()
    run = mm.solve(game, mm.ExtraGradient(0.1), rounds=4000, tol=None, start=start, watch=monitor)
    found = monitor.diagnosis()
    assert (found.verdict, found.recommendation.split(",")[0]) == ("diverged", "bound the sets")
    assert diagnose(run).verdict == "undecided"  # checks alone do not see x2
    proved = mm.solve(game, mm.OptimisticGDA(0.3), rounds=4000, start=start)
    assert proved.status == "unbounded"
    found = diagnose(proved)
    assert (found.verdict, found.paragraph) == ("diverged", proved.status.sentence)


@pytest.mark.parametrize("rule", [mm.ExtraGradient(), mm.PDHG(), mm.OptimisticGDA()])
def test_a_run_that_rests_at_rounding_has_converged(rule: Any) -> None:
    """What a certified run still moves is rounding, and its own range says nothing of it."""
    game, start = mm.zoo.rock_paper_scissors(), ([0.5, 0.3, 0.2], [0.2, 0.2, 0.6])
    run = mm.solve(game, rule, start=start, rounds=3000, tol=None)
    assert run.gap < 1e-12
    assert diagnose(run, game=game).verdict == "converged"


def test_single_precision_rests_where_its_digits_end() -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        step = rng.normal(size=(2, 2))
        step = (0.97 * step / abs(np.linalg.eigvals(step)).max()).astype(np.float32)
        rest = rng.normal(size=2).astype(np.float32)
        z, orbit, monitor = rest + rng.normal(size=2).astype(np.float32), [], Monitor()
        for _ in range(2000):
            orbit.append(z)
            monitor.observe(z)
            z = (rest + step @ (z - rest)).astype(np.float32)
        assert np.array(orbit).dtype == np.float32
        assert diagnose(np.array(orbit)).verdict == "converging"
        assert diagnose(np.array(orbit), saddle=rest).verdict == "converged"
        assert monitor.verdict == "converging"


def test_noise_that_dies_out_converges_and_noise_that_stays_does_not() -> None:
    for seed in range(5):
        noise = np.random.default_rng(seed).standard_normal((4000, 3))
        assert diagnose(noise / np.arange(1.0, 4001.0)[:, None]).verdict == "converging"
        assert diagnose(noise).verdict == "noise floor"
        heavy = np.random.default_rng(seed).standard_t(2.0, size=(2000, 3))
        assert diagnose(heavy).verdict == "noise floor"


@pytest.mark.parametrize(("growth", "verdict"), [(-3.0, "converging"), (3.0, "spiralling out")])
def test_rows_written_twice_decide_nothing(growth: float, verdict: str) -> None:
    """A logged step twice, a run resumed from fifty steps before, one place met again: no jumps between points."""
    k = np.arange(2000)
    orbit = np.exp(growth * k / 2000)[:, None] * np.column_stack([np.cos(0.2 * k), np.sin(0.2 * k)]) + [1.0, -2.0]
    again = orbit.copy()
    again[1900] = again[1500]
    resumed, twice = (
        np.vstack([orbit[:1500], orbit[1450:]]),
        np.insert(orbit, [1300, 1700], orbit[[1300, 1700]], axis=0),
    )
    for held in (again, resumed, twice, np.round(orbit, 3)):
        monitor = Monitor()
        for z in held:
            monitor.observe(z)
        assert (diagnose(held).verdict, monitor.verdict) == (verdict, verdict)


@pytest.mark.parametrize(
    ("power", "verdict"), [(-0.5, "converging"), pytest.param(0.5, "spiralling out", marks=pytest.mark.long)]
)
def test_laws_so_slow_that_a_linear_step_nearly_fits_are_no_cycles(power: float, verdict: str) -> None:
    k, monitor = np.arange(200_000), Monitor()
    orbit = ((k + 1.0) ** power)[:, None] * np.column_stack([np.cos(0.3 * k), np.sin(0.3 * k)])
    for z in orbit:
        monitor.observe(z)
    assert monitor.verdict == verdict


def test_a_cycle_that_is_left_at_last_is_no_cycle() -> None:
    """Play in turns up to a step, extra-gradient from there: the last third shrinks by six decades."""
    k = np.arange(3000)
    size = np.where(k < 1900, 1.0, 0.987 ** (k - 1900.0))
    orbit, monitor = size[:, None] * np.column_stack([np.cos(0.1 * k), np.sin(0.1 * k)]), Monitor()
    for z in orbit:
        monitor.observe(z)
    assert {diagnose(orbit).verdict, monitor.verdict} <= {"converging", "undecided"}


# ------------------------------------------------------------------ limit cycles


def forsaken() -> mm.SmoothGame:
    def slope(z: Any) -> Any:
        return z / 2 - 2 * z**3 + z**5

    return grid.field(lambda x, y: y - 0.45 + slope(x), lambda x, y: x - slope(y))


def test_two_starts_tell_a_limit_cycle_from_a_family() -> None:
    """D13: orbits of play in turns keep the size of their start; those of Forsaken (C8) end on one cycle."""
    turns = [grid.played(SCALAR, mm.AlternatingGDA(0.1, "constant"), 800, ([size], [0.0]))()[0] for size in (1.0, 2.0)]
    assert diagnose(turns[0], other=turns[1]).verdict == "cycling"
    # Two starts on one orbit of a family say nothing, nor do orbits of one size about two centres make one cycle.
    again = grid.played(SCALAR, mm.AlternatingGDA(0.1, "constant"), 800, tuple(turns[0][300][:, None]))()[0]
    assert diagnose(turns[0], other=again).verdict == "cycling"
    cycles = [grid.played(forsaken(), mm.ExtraGradient(0.1), 1500, s)()[0] for s in (([0.5], [0.5]), ([1.2], [1.0]))]
    assert diagnose(cycles[1], other=cycles[0]).verdict == "limit cycle"
    settled = cycles[0][600:], cycles[1][600:]
    assert diagnose(settled[0]).verdict == "cycling"  # one orbit that is on it from the start cannot tell
    assert diagnose(settled[0], other=settled[1]).verdict == "limit cycle"
    assert diagnose(settled[0], other=settled[1] + 1.0).verdict == "cycling"
    with pytest.raises(ValueError, match="`other` must have 2 coordinates"):
        diagnose(settled[0], other=np.ones((30, 3)) * np.arange(30.0)[:, None])


# ------------------------------------------------------------------ the monitor


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (mm.GDA(0.1, "constant"), "spiralling out"),
        (mm.AlternatingGDA(0.1, "constant"), "cycling"),
        (mm.ExtraGradient(0.1), "converging"),
    ],
)
def test_the_monitor_says_while_it_runs_what_the_whole_orbit_says(rule: Any, verdict: str) -> None:
    monitor = watched(SCALAR, rule, 500, start=START)
    steps = 250 if verdict == "converging" else 500
    orbit = grid.played(SCALAR, rule, steps, START, measured=False)()[0]
    seen, whole = monitor.diagnosis(), diagnose(orbit)
    assert seen.verdict == monitor.verdict == verdict
    if len(monitor.samples) * 3 < steps:
        assert seen.period == pytest.approx(whole.period, rel=1e-3)
        assert seen.evidence.growth == pytest.approx(whole.evidence.growth, abs=1e-3)


@pytest.mark.long
def test_the_monitor_agrees_on_the_whole_grid() -> None:
    """But for limit cycles, whose transient may be forgotten, and three turns of a slow spiral in noise."""
    for case in CASES:
        seen = case.verdicts()[1]
        allowed = (case.truth, seen) == ("limit cycle", "cycling") or "0.01 a step" in case.name
        assert grid.right(case, seen) or allowed, case.name


def test_a_monitor_sees_a_hundred_times_its_memory_and_turns_faster_than_its_stride() -> None:
    """50,000 steps in 256 samples: sixteen turns lie between two of them, and the period is right to a part in 1e4."""
    eta, monitor = 0.5, Monitor()
    step, z = np.array([[1.0, -eta], [eta, 1.0 - eta**2]]), np.array([1.0, 0.0])
    for _ in range(50_000):
        monitor.observe(z)
        z = step @ z
    period = 2 * math.pi / (2 * math.asin(eta / 2))
    assert monitor.stride > 10 * period
    assert len(monitor.samples) <= monitor.capacity
    found = monitor.diagnosis()
    assert found.verdict == "cycling"
    assert found.period == pytest.approx(period, rel=1e-4)


def test_a_watched_run_is_the_run_itself() -> None:
    """Stops to look change no bit, in rows and in compiled loops, and resumed runs go on."""
    game = mm.MatrixGame(np.random.default_rng(0).uniform(-1, 1, (6, 9)))
    plain = mm.solve(game, mm.ExtraGradient(), rounds=700, tol=None)
    monitor = Monitor()
    seen = mm.solve(game, mm.ExtraGradient(), rounds=700, tol=None, watch=monitor)
    assert (plain.x == seen.x).all()
    assert plain.gap == seen.gap
    assert monitor.step == 350
    more = mm.solve(game, start=seen, rounds=300, tol=None, watch=monitor)
    assert monitor.step == 150
    assert more.rounds == 1000


def test_a_monitor_stops_a_run_at_a_verdict() -> None:
    monitor = Monitor(stop="spiralling out")
    run = mm.solve(SCALAR, mm.GDA(0.3, "constant"), rounds=500, tol=None, start=START, watch=monitor)
    assert run.status is mm.Status.WATCH
    assert 40 < run.rounds < 200  # two turns of 21 steps in the last half, and a check
    assert monitor.verdict == "spiralling out"


def test_a_monitor_hears_of_what_is_not_finite() -> None:
    monitor = Monitor()
    z = np.ones(2)
    for _ in range(400):
        monitor.observe(z)
        with np.errstate(over="ignore"):
            z = 10.0 * z
    assert monitor.verdict == "diverged"
    assert monitor.overflowed == 309


def test_a_monitor_takes_a_million_coordinates() -> None:
    """A sketch keeps turning, period and growth; memory is that of the sketch."""
    n, eta, monitor = 1_000_000, 0.1, Monitor()
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, n))
    for t in range(400):
        if t >= monitor.wanted:
            angle, size = math.atan(eta) * t, (1 + eta**2) ** (t / 2)
            z = size * (math.cos(angle) * a + math.sin(angle) * b)
        monitor.observe(z)
    found = monitor.diagnosis()
    assert found.verdict == "spiralling out"
    assert found.period == pytest.approx(2 * math.pi / math.atan(eta), rel=1e-3)
    assert found.record.z.shape[1] == 2 * SUMS


def test_a_monitor_reads_torch_parameters() -> None:
    torch = pytest.importorskip("torch")
    x, y = (torch.nn.Parameter(torch.tensor([v, -v], dtype=torch.float64)) for v in (1.0, 0.5))
    monitor, lr = Monitor(), 0.1
    for _ in range(600):
        monitor.observe([x], [y])
        gx, gy = torch.autograd.grad((x * y).sum(), [x, y])
        with torch.no_grad():
            x -= lr * gx
            y += lr * gy
    assert monitor.verdict == "spiralling out"
    assert monitor.diagnosis().period == pytest.approx(2 * math.pi / math.atan(lr), rel=1e-3)


def test_sketches_keep_lengths_and_are_linear() -> None:
    rng = np.random.default_rng(0)
    for size in (WIDE + 1, 1000, 12_345):
        sketch = Sketch(size)
        u, v, w = rng.standard_normal((3, 200, size))
        assert sketch(2 * u - v) == pytest.approx(2 * sketch(u) - sketch(v), abs=1e-9)
        assert sketch(u)[3:4] == pytest.approx(sketch(u[3:4]), abs=1e-12)
        sizes = np.linalg.norm(sketch(w), axis=1) / np.linalg.norm(w, axis=1)
        # The mean square is one; its deviation over 200 draws of 32 numbers is a twentieth of 1 / 4.
        assert np.mean(np.square(sizes)) == pytest.approx(1.0, abs=0.08)
    # A circle in any two coordinates stays one: no pair of a few shares both its sums.
    units = Sketch(500)(np.eye(500))
    for i, j in ((0, 1), (0, 32), (0, 64), (5, 69), (1, 97), (480, 499)):
        assert np.linalg.matrix_rank(units[[i, j]]) == 2
    assert (Sketch(WIDE)(np.eye(WIDE)) == np.eye(WIDE)).all()


# ------------------------------------------------------------------ solutions, games and points


def test_a_solution_is_diagnosed_from_its_checks_and_better_with_its_game() -> None:
    game = mm.MatrixGame([[2.0, -1.0], [-1.0, 1.0]])
    start = ([0.45, 0.55], [0.5, 0.5])
    run = mm.solve(game, mm.MWU(0.1), rounds=400, tol=None, start=start, alternating=True)
    checks = diagnose(run)
    assert checks.verdict == "cycling"
    assert checks.average == "converges"
    assert "game=" in checks.recommendation
    more = diagnose(run, game=game, rounds=100)
    assert more.evidence.samples > 20
    whole = diagnose(run, game=game, rounds=500)
    assert whole.verdict == "cycling"
    assert "MWU on a 2 x 2 game" in whole.title
    solved = diagnose(mm.solve(game))
    assert solved.verdict == "converged"
    lost = mm.solve(SCALAR, mm.GDA(3.0, "constant"), rounds=500, tol=None)
    assert diagnose(lost).verdict == "diverged"


@pytest.mark.parametrize(
    ("rule", "verdict", "limit"),
    [
        (mm.GDA(0.1, "constant"), "spiralling out", "extrapolation"),
        (mm.AlternatingGDA(0.1, "constant"), "cycling", "average"),
        (mm.ExtraGradient(0.1), "converging", "nothing"),
        (mm.OptimisticGDA(0.7), "spiralling out", "0.5774"),
    ],
)
def test_a_rest_point_is_diagnosed_by_the_step_map(rule: Any, verdict: str, limit: str) -> None:
    found = diagnose(SCALAR, ([0.0], [0.0]), method=rule)
    assert found.verdict == verdict
    assert found.local is not None
    assert limit in found.recommendation
    played = diagnose(SCALAR, START, method=rule, rounds=500)
    assert played.verdict == verdict
    assert played.local is None


def test_a_step_above_its_limit_is_told_the_limit() -> None:
    found = diagnose(mm.BilinearGame([[2.0]]), START, method=mm.OptimisticGDA(0.5), rounds=300)
    assert found.verdict == "spiralling out"
    assert f"from 0.5 to below the stability limit {1 / math.sqrt(3) / 2:.4g}" in found.recommendation


def test_no_step_of_gradient_play_is_stable_on_the_circle_and_the_advice_says_so() -> None:
    found = diagnose(SCALAR, START, method=mm.GDA(0.1, "constant"), rounds=500)
    assert "no step of this dynamics is stable" in found.recommendation


def test_a_torch_pair_is_diagnosed_as_it_is() -> None:
    torch = pytest.importorskip("torch")
    x, y = (torch.nn.Parameter(torch.zeros(2, dtype=torch.float64)) for _ in range(2))
    pair = mm.TorchPair(lambda: (x * y).sum() + 0.05 * (x * x).sum() - 0.05 * (y * y).sum(), [x], [y])
    found = diagnose(pair, method=mm.GDA(0.05, "constant"))
    assert found.verdict == "converging"
    assert found.local is not None
    assert found.local.kind == "strict local Nash"
    assert x.tolist() == [0.0, 0.0]


def test_a_torch_pair_off_its_rest_point_is_played() -> None:
    torch = pytest.importorskip("torch")
    x, y = (torch.nn.Parameter(torch.ones(1, dtype=torch.float64)) for _ in range(2))
    pair = mm.TorchPair(lambda: (x * y).sum(), [x], [y])
    assert diagnose(pair, method=mm.GDA(0.1, "constant"), rounds=400).verdict == "spiralling out"


@pytest.mark.parametrize(("seed", "rule", "rounds"), [(1, mm.ExtraGradient(), 500), (33, mm.MirrorProx(), 120)])
def test_slow_straight_phases_on_bounded_sets_do_not_diverge(seed: int, rule: Any, rounds: int) -> None:
    shape = (5, 4) if seed == 1 else (4, 4)
    game = mm.MatrixGame(np.random.default_rng(seed).uniform(-1, 1, shape))
    assert watched(game, rule, rounds).verdict in ("converging", "undecided")


def test_tiny_steps_towards_a_saddle_do_not_diverge() -> None:
    game = mm.QuadraticGame(P=[[1.0]], A=[[1.0]], Q=[[1.0]])
    for eta in (1e-5, 1e-4):
        found = diagnose(game, ([1.0], [1.0]), method=mm.GDA(eta, "constant"), rounds=500)
        assert found.verdict in ("converging", "undecided")


def test_one_bad_first_step_makes_nothing_converged() -> None:
    t = np.arange(2000)
    orbit = np.outer(0.999**t, [1.0, 1.0])
    assert diagnose(orbit, merit=np.where(t == 0, 1e9, 1.0)).verdict != "converged"


def test_small_steps_on_the_circle_spiral_out_all_the_same() -> None:
    """Modulus 1 + 5e-7; and limits where small steps expand and longer ones hold."""
    assert diagnose(SCALAR, ([0.0], [0.0]), method=mm.GDA(0.001, "constant")).verdict == "spiralling out"
    assert diagnose(SCALAR, ([0.0], [0.0]), method=mm.OptimisticGDA(0.001)).verdict == "converging"
    weak = mm.QuadraticGame(P=[[-0.1]], A=[[1.0]], Q=[[-0.1]])
    found = diagnose(weak, ([0.0], [0.0]), method=mm.ExtraGradient(0.15))
    assert "lengthen the step" in found.recommendation
    pair = (mm.OptimisticGDA(0.3), mm.GDA(0.3, "constant"))
    assert "0.5774" not in diagnose(SCALAR, ([0.0], [0.0]), method=pair).recommendation


def test_sketched_pairs_still_turn() -> None:
    """Coordinates i of x and i of y must not share a sum: n = 64 did."""
    game = mm.BilinearGame(np.eye(64))
    start = (np.eye(64)[0], np.zeros(64))
    monitor = watched(game, mm.GDA(0.1, "constant"), 500, start=start)
    assert monitor.verdict == "spiralling out"
    assert monitor.diagnosis().period == pytest.approx(2 * math.pi / math.atan(0.1), rel=1e-3)


def test_a_run_that_overflows_in_its_game_tells_its_watch() -> None:
    def gradients(x: Any, y: Any) -> Any:
        return (y if abs(y[0]) < 3 else y * math.nan), x

    game = mm.SmoothGame(mm.Free(1), mm.Free(1), gradients=gradients, lipschitz=1.0)
    monitor = watched(game, mm.GDA(0.2, "constant"), 400, start=START)
    assert monitor.verdict == "diverged"
    assert "finite" in monitor.diagnosis().paragraph


def test_promises_are_compared() -> None:
    orbit, merit = grid.played(SCALAR, mm.ExtraGradient(0.3), 200, START)()
    assert diagnose(orbit, merit=merit, method=mm.OptimisticGDA()).compared == "as promised"
    assert diagnose(orbit, merit=merit, method=mm.FEG()).compared == "faster"
    assert diagnose(orbit, merit=merit).compared == "nothing promised"


# ------------------------------------------------------------------ what it says


@pytest.mark.parametrize(
    "truth",
    [
        pytest.param(truth, marks=() if truth in ("converging", "limit cycle") else pytest.mark.long)
        for truth in sorted(set(VERDICTS) - {"undecided"})
    ],
)
def test_every_diagnosis_is_words_numbers_and_a_page(truth: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.truth == truth)
    orbit, merit = case.play()
    found = diagnose(orbit, merit=merit)
    assert found.verdict == truth
    assert str(found).splitlines()[0].endswith(truth)
    assert "What to do:" in str(found)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["verdict"] == truth
    page = tmp_path / "out.html"
    found.report(page)
    text = page.read_text()
    assert text.count("data:image/png;base64,") == 2 + (merit is not None)
    assert "http" not in text.replace("<!doctype html>", "")  # opens without a network
    assert truth in text
    assert "<script" not in text


# ------------------------------------------------------------------ garbage


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: diagnose(np.zeros((2, 2))), "at least 3 rows"),
        (lambda: diagnose(np.ones((50, 2))), "must move"),
        (lambda: diagnose(np.full((50, 2), math.nan)), "must be finite; row 0"),
        (lambda: diagnose(np.vstack([powers(1.1, 40), [[math.inf, 0.0]]])), "row 41 is not"),
        (lambda: diagnose("orbit"), "must be an array"),
        (lambda: diagnose(np.zeros((3, 4, 5))), "shape"),
        (lambda: diagnose(powers(1j, 30), saddle=[0.0]), "must have 2 coordinates"),
        (lambda: diagnose(powers(1j, 30), merit=[1.0]), "one row for each of 31 iterates"),
        (lambda: diagnose(powers(1j, 30), merit=-np.ones(31)), "must not be negative"),
        (lambda: diagnose(powers(1j, 30), merit=np.ones(31), saddle=[0.0, 0.0]), "one measures the run"),
        (lambda: diagnose(powers(1j, 30), ([0.0], [0.0])), "`point` says nothing of an orbit, which takes `method`"),
        (lambda: diagnose(SCALAR, operators=np.ones(3)), "`operators` says nothing of a game"),
        (lambda: diagnose(Monitor(), game=SCALAR), "`game` says nothing of a Monitor, which takes `other`"),
        (lambda: diagnose(mm.solve(SCALAR), ([0.0], [0.0])), "`point` says nothing of a Solution"),
        (lambda: diagnose(powers(1j, 30), tol=-1.0), "`tol` must be"),
        (lambda: diagnose([[1.0, 2.0], [1.0]]), "rows of one length"),
        (lambda: Monitor(capacity="many"), "`capacity` must be"),  # type: ignore[arg-type]
        (lambda: Monitor(tol=0.0), "`tol` must be"),
        (lambda: Monitor().observe([]), "must have coordinates"),
        (lambda: mm.solve(SCALAR, mm.GDA(0.1), rounds=9, watch=Monitor), r"got the class Monitor: pass Monitor\(\)"),
        (lambda: diagnose(SCALAR, ([1.0], [0.0]), rounds=0), "`rounds` must be"),
        (lambda: diagnose(powers(1j, 30)).report(3), "must be the name of an .html file"),  # type: ignore[arg-type]
        (lambda: diagnose(SCALAR, 3.0), "must be a pair"),
        (lambda: Monitor(stop="exploding"), "`stop` must be verdicts among"),
        (lambda: Monitor(capacity=3), "at least 64"),
        (lambda: Monitor().observe([1.0], merit=-1.0), "must be one number, not negative"),
        (lambda: diagnose(powers(1j, 30), saddle=[math.nan, 0.0]), "all finite"),
        (lambda: diagnose(powers(1j, 30), merit=np.ones((31, 3))), "`merit` must have 1 dimension"),
        (lambda: diagnose(powers(1j, 30), operators=np.ones((9, 2))), "`operators` must have one row for each of 31"),
        (lambda: diagnose(powers(1j, 30), operators=[[1.0], [2.0, 3.0]]), "`operators` must be rows of one length"),
        (lambda: diagnose(powers(1j, 30), operators=np.ones((31, 3))), "`operators` must have 2 columns as the orbit"),
        (lambda: diagnose(powers(1j, 30), merit="small"), "`merit` must hold real numbers"),
        (lambda: diagnose(powers(1j, 30), saddle=([1.0, 2.0], 3.0, [0.0])), "`saddle` must"),
        (lambda: diagnose(np.ma.masked_less(powers(1j, 30), 0.0)), "some are masked"),
        (lambda: diagnose(SCALAR, ([1.0], [0.0]), saddle=[9.0] * 3), "`saddle` must have 2 coordinates"),
        (lambda: diagnose(SCALAR, ([1.0], [0.0]), method=()), "a tuple of 0"),
        (lambda: Monitor().diagnosis(other=powers(1j, 30)), "`other` must be a Monitor"),
        (lambda: Monitor().observe(None), "must be arrays or tensors of real numbers"),
        (lambda: Monitor().observe({"weight": 1.0}), "must be arrays or tensors of real numbers"),
        (lambda: Monitor().observe([1.0], merit=None), "`merit` must be one number"),  # type: ignore[arg-type]
        (lambda: Monitor(stop=3), "`stop` must be verdicts among"),  # type: ignore[arg-type]
        (lambda: diagnose(np.ones((30, 2), dtype=bool)), "array of numbers, one row a step; got ndarray of bool"),
    ],
)
def test_garbage_is_refused(call: Any, sentence: str) -> None:
    with pytest.raises((ValueError, TypeError), match=sentence):
        call()


def test_an_orbit_may_be_a_tensor_that_learns() -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    orbit = torch.tensor(powers(1 + 0.1j, 300), requires_grad=True)
    assert diagnose(orbit).verdict == "spiralling out"


def test_few_iterates_are_undecided_not_wrong() -> None:
    assert diagnose(powers(1 + 1j, 12)).verdict == "undecided"
    assert Monitor().verdict == "undecided"


def test_a_record_keeps_two_moves_for_every_iterate() -> None:
    record = record_of(powers(1 + 0.1j, 30))
    assert record.z + record.move + record.after == pytest.approx(powers(1 + 0.1j, 30)[2:])


def test_a_monitor_goes_on_from_its_state() -> None:
    """Halfway through a run its memory is handed to another one, through lists and tensors as in a checkpoint."""
    whole, first, second = Monitor(), Monitor(), Monitor()
    turn = np.exp(0.07j * np.arange(3000)) * np.random.default_rng(0).normal(size=(80, 1))
    orbit = np.concatenate([turn.real, turn.imag]).T
    for k, z in enumerate(orbit):
        whole.observe(z, merit=1.0 / (k + 1))
        (first if k < 1700 else second).observe(z, merit=1.0 / (k + 1))
        if k in (999, 1699):
            whole.digest()  # where the other one is looked into, for what it keeps depends on when
            state = first.state_dict()
            second.load_state_dict(state)
    one, other = whole.record, second.record
    for part in ("t", "z", "move", "after", "merit_t", "merit", "start"):
        assert np.array_equal(getattr(one, part), getattr(other, part)), part
    assert whole.verdict == second.verdict


def test_a_monitor_reads_tensors_of_all_kinds() -> None:
    torch = pytest.importorskip("torch")
    wide = torch.arange(140.0).reshape(70, 2)
    kinds = [wide.T, wide[::2], wide.bfloat16(), wide.half(), wide.int(), torch.ones(3, requires_grad=True)]
    odd = torch._neg_view(wide)
    monitor, plain = Monitor(), Monitor()
    for k in range(5):
        parts = [part if part.dtype is torch.int32 else part + k for part in kinds] + [odd]
        monitor.observe(parts)
        plain.observe(np.concatenate([np.array(part.tolist()).ravel() for part in parts]))
    assert np.array_equal(monitor.record.z, plain.record.z)


@pytest.mark.parametrize("stride", [1, 3, 16])
def test_a_monitor_that_begins_with_fewer_looks_sees_the_same(stride: int) -> None:
    looks, monitor = [], Monitor(stride=stride)
    see = monitor.see
    monitor.see = lambda parts: looks.append(1) or see(parts)
    k = np.arange(4000)
    for z in np.exp(-1e-3 * k)[:, None] * np.column_stack([np.cos(0.05 * k), np.sin(0.05 * k)]):
        monitor.observe(z)
    assert monitor.verdict == "converging"
    assert monitor.diagnosis().period == pytest.approx(2 * math.pi / 0.05, rel=0.02)
    assert len(looks) < {1: 1500, 3: 1350, 16: 800}[stride]
