"""Diagnostics against closed forms: how orbits turn, how fast gaps fall, what a point is, what games are made of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.sparse import diags_array
from scipy.sparse.linalg import LinearOperator
from table import iterates, skewed, uneven
from test_monotone import field, forsaken

import minmax as mm
from minmax.diagnostics.cycles import (
    best_response_cycle,
    drift,
    limit_cycle,
    path_efficiency,
    poincare_section,
    recurrence,
    spiral,
    winding_number,
)
from minmax.diagnostics.decompositions import decompose, elo_ratings, hodge_ratings
from minmax.diagnostics.jacobian import game_jacobian, operator_of
from minmax.diagnostics.local import classify
from minmax.diagnostics.paths import path_angle
from minmax.diagnostics.planes import leading_plane, orbit_of, singular_planes, turning
from minmax.diagnostics.rates import NOTHING, Rate, compared_rate, envelope, fit_rate, promised_rate, rates_of_run
from minmax.diagnostics.regrets import regret_of_play
from minmax.diagnostics.stability import stability, stable_step, step_factors
from minmax.diagnostics.torch_pair import TorchPair

ETA = 0.1
SCALAR = mm.BilinearGame([[1.0]])
START = ([1.0], [0.0])
ROUNDING = 1e-12  # of a thousand steps that each round to 1e-16 of their size


def orbit(game: Any, rule: Any, steps: int, each: int = 1, start: Any = START, **options: Any) -> np.ndarray:
    """Iterates of a run, x and y side by side, one row every `each` rounds."""
    seen = mm.Trajectory()
    mm.solve(game, rule, rounds=steps * each, tol=None, every=each, start=start, watch=seen, **options)
    return np.hstack([seen.x, seen.y])


def powers(factor: complex, steps: int) -> np.ndarray:
    """The orbit of a linear step on f = x y from (1, 0), as complex numbers x + iy; -F is multiplication by i."""
    return factor ** np.arange(steps + 1)


def saddle(mu: float, sigma: float) -> mm.QuadraticGame:
    """f = mu x^2 / 2 + sigma x y - mu y^2 / 2, whose operator has the eigenvalues mu +- i sigma."""
    return mm.QuadraticGame(mu, [[sigma]], mu)


STEPS = {
    "GDA": (mm.GDA(ETA), 1, 1 + 1j * ETA, 15.862758715),
    "ProximalPoint": (mm.ProximalPoint(ETA), 1, 1 / (1 - 1j * ETA), 15.862758715),
    "ExtraGradient": (mm.ExtraGradient(ETA), 2, 1 - ETA**2 + 1j * ETA, 16.021913605),
}


# ------------------------------------------------------------------ D1, D2: turns and spirals


@pytest.mark.parametrize("name", STEPS)
def test_gradient_play_winds_by_its_angle_a_step(name: str) -> None:
    """D1, exactly: each step is the multiplication by one complex number."""
    rule, each, factor, turns = STEPS[name]
    steps = 500 // each  # within the rounds that compile nothing
    run = orbit(SCALAR, rule, steps, each)
    assert winding_number(run, [0, 0]) == pytest.approx(steps * np.angle(factor) / (2 * math.pi), abs=ROUNDING)
    assert turning(run, [0, 0]) == pytest.approx(np.angle(factor), abs=ROUNDING)
    assert winding_number(powers(factor, 1000), [0, 0]) == pytest.approx(turns, abs=1e-9)  # nine decimals are listed
    seen = mm.Trajectory()
    mm.solve(SCALAR, rule, rounds=500, tol=None, every=each, start=START, watch=seen)
    assert winding_number(seen, [0, 0]) == winding_number(run, [0, 0])  # a trajectory is an orbit as it is


def test_rounds_past_the_first_continue_the_turn() -> None:
    """D1: two runs of 500 gradient steps are one of 1000, as steps have no memory."""
    first = orbit(SCALAR, mm.GDA(ETA), 500)
    second = orbit(SCALAR, mm.GDA(ETA), 500, start=(first[-1, :1], first[-1, 1:]))
    whole = np.vstack([first, second[1:]])
    assert winding_number(whole, [0, 0]) == pytest.approx(15.862758715, abs=1e-9)


def optimistic(e: float, steps: int) -> np.ndarray:
    """Optimistic play on f = x y from (1, 0) as its own past, written without the library."""
    path = [1 + 0j, 1 + 0j]
    for _ in range(steps):
        path.append(path[-1] + 1j * e * (2 * path[-1] - path[-2]))
    return np.array(path[1:])


def in_turns(e: float, steps: int) -> np.ndarray:
    """Gradient play in turns on f = x y from (1, 0), written without the library."""
    x, y, path = 1.0, 0.0, [(1.0, 0.0)]
    for _ in range(steps):
        x -= e * y
        y += e * x
        path.append((x, y))
    return np.array(path)


def test_optimistic_play_winds_as_its_largest_root() -> None:
    """D1: half asin 2 eta a step, once the other root, of modulus 0.1, is gone."""
    run = optimistic(ETA, 1000)
    assert orbit(SCALAR, mm.OptimisticGDA(ETA), 500) == pytest.approx(orbit_of(run[:501]), abs=ROUNDING)
    assert winding_number(run, [0, 0]) == pytest.approx(16.023554212, abs=1e-9)
    assert 1000 * math.asin(2 * ETA) / 2 / (2 * math.pi) == pytest.approx(16.023554212, abs=1e-9)
    assert turning(run, [0, 0])[50:] == pytest.approx(math.asin(2 * ETA) / 2, abs=1e-10)


def test_play_in_turns_winds_by_its_angle_up_to_what_its_ellipse_bends() -> None:
    run = in_turns(ETA, 1000)
    assert orbit(SCALAR, mm.AlternatingGDA(ETA), 500) == pytest.approx(run[:501], abs=ROUNDING)
    assert winding_number(run, [0, 0]) == pytest.approx(15.920252290, abs=1e-9)
    exact = 1000 * 2 * math.asin(ETA / 2) / (2 * math.pi)
    assert exact == pytest.approx(15.922133237, abs=1e-9)
    assert winding_number(run, [0, 0]) == pytest.approx(exact, abs=0.1)  # D1: exact in the conserved metric only
    # In that metric, x^2 + y^2 - eta x y = |x - eta y / 2|^2 + (1 - eta^2 / 4) y^2, it is exact.
    round_again = np.column_stack([run[:, 0] - ETA / 2 * run[:, 1], math.sqrt(1 - ETA**2 / 4) * run[:, 1]])
    assert turning(round_again, [0, 0]) == pytest.approx(2 * math.asin(ETA / 2), abs=1e-10)


def test_winding_has_a_sign_and_adds_up() -> None:
    path = powers(1 + 0.3j, 200)
    whole = winding_number(path, [0, 0])
    assert winding_number(path.conj(), [0, 0]) == pytest.approx(-whole, abs=ROUNDING)
    assert winding_number(path[:80], [0, 0]) + winding_number(path[79:], [0, 0]) == pytest.approx(whole, abs=ROUNDING)
    assert winding_number(3 * path + 5 - 2j, [5, -2]) == pytest.approx(whole, abs=1e-10)  # moved and scaled
    assert winding_number(path, [1e60, 0]) == pytest.approx(0.0, abs=0.5)  # a centre that is not enclosed
    half = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    assert turning(half, [0, 0]) == pytest.approx(math.pi)  # half turns are plus pi, both of them


def test_without_a_centre_the_mean_of_the_last_half_is_taken() -> None:
    path = np.exp(0.1j * np.arange(629)) + (3 + 1j)
    assert winding_number(path) == pytest.approx(628 * 0.1 / (2 * math.pi), abs=0.01)  # the half is five whole turns


def test_each_singular_pair_turns_by_its_own_angle() -> None:
    """Of a 4 x 3 coupling: pair k by atan(eta sigma_k) a step, whichever signs the decomposition takes."""
    A = np.random.default_rng(3).normal(size=(4, 3))
    run = orbit(mm.BilinearGame(A), mm.GDA(ETA), 200, start=(np.arange(1.0, 5.0), [1.0, -2.0, 0.5]))
    planes = singular_planes(A)
    assert [plane.shape for plane in planes] == [(2, 7)] * 3
    for plane, sigma in zip(planes, np.linalg.svd(A)[1]):
        turns = 200 * math.atan(ETA * sigma) / (2 * math.pi)
        assert winding_number(run, np.zeros(7), plane) == pytest.approx(turns, abs=1e-6)  # the fastest grows by 1e8
        if turns > 2.0:
            found = spiral(run, np.zeros(7), plane=plane)
            assert (found.kind, found.slope) == ("out", pytest.approx(np.log1p((ETA * sigma) ** 2) / 2, abs=1e-7))


def test_singular_values_of_rounding_make_no_plane() -> None:
    assert len(singular_planes(np.outer([1.0, 2.0], [1.0, 0.0, 3.0]))) == 1
    assert singular_planes(np.zeros((2, 3))) == []


def test_the_leading_plane_is_the_one_that_an_orbit_lies_in() -> None:
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(400, 2)))[0].T
    path = powers(1 + ETA * 1j, 300)
    flat = np.column_stack([path.real, path.imag]) @ basis
    plane, share = leading_plane(flat + 1e-9 * rng.normal(size=flat.shape), np.zeros(400))
    assert share == pytest.approx(1.0, abs=1e-12)  # the noise has 1e-18 of the energy and less
    assert plane @ plane.T == pytest.approx(np.eye(2), abs=ROUNDING)
    assert plane.T @ plane @ basis.T == pytest.approx(basis.T, abs=1e-7)  # noise over size
    turns = winding_number(flat, np.zeros(400))
    assert abs(turns) == pytest.approx(300 * math.atan(ETA) / (2 * math.pi), abs=1e-9)
    share = leading_plane(rng.normal(size=(4000, 6)))[1]
    assert share == pytest.approx(1 / 3, abs=0.05)  # two of six equal variances, of 4000 draws


@pytest.mark.parametrize("name", STEPS)
def test_spirals_have_their_slope(name: str) -> None:
    """D2: half the logarithm of 1 + eta^2, its inverse, and 1 - eta^2 + eta^4."""
    rule, each, factor, _ = STEPS[name]
    found = spiral(orbit(SCALAR, rule, 500 // each, each), [0, 0])
    slopes = {"GDA": np.log1p(ETA**2) / 2, "ProximalPoint": -np.log1p(ETA**2) / 2}
    assert found.slope == pytest.approx(slopes.get(name, np.log(1 - ETA**2 + ETA**4) / 2), abs=1e-10)
    assert found.slope == pytest.approx(math.log(abs(factor)), abs=1e-10)
    assert found.kind == ("out" if name == "GDA" else "in")
    assert spiral(powers(factor, 1000), [0, 0], tol=0.01).kind == "centre"  # by a coarse tolerance


def test_play_in_turns_stays_on_a_centre() -> None:
    """D2: slope zero, up to the part of a half turn that steps of a tenth cut badly."""
    found = spiral(orbit(SCALAR, mm.AlternatingGDA(ETA), 500), [0, 0])
    assert found.kind == "centre"
    assert abs(found.slope) < 1e-5
    assert found.turns == pytest.approx(500 * 2 * math.asin(ETA / 2) / (2 * math.pi), abs=0.1)


@pytest.mark.parametrize("e", [0.3, 0.7, 1.0, 1.6, 1.9])
def test_large_steps_on_an_ellipse_are_no_spiral(e: float) -> None:
    """B1.6 conserves a quadratic form: wherever the record is cut, it goes neither in nor out."""
    kinds = {spiral(in_turns(e, steps), [0, 0]).kind for steps in range(20, 220, 7)}
    assert kinds <= {"centre", "undecided"}


def test_spirals_of_huge_orbits_are_those_of_small_ones() -> None:
    """A diverging run reaches 1e200 long before it is not finite; squares must not overflow."""
    found = spiral(powers(1 + 3j, 400), [0, 0])
    assert found.kind == "out"
    assert found.slope == pytest.approx(math.log(10) / 2, abs=1e-10)
    assert path_efficiency(powers(1 + 3j, 400)) == pytest.approx(path_efficiency(powers(1 + 3j, 100)), rel=1e-9)
    assert recurrence(powers(1 + 3j, 400), 0.1) is None


def test_less_than_two_turns_are_undecided() -> None:
    found = spiral(powers(1 + ETA * 1j, 120), [0, 0])
    assert found.kind == "undecided"
    assert math.isnan(found.slope)
    assert found.turns == pytest.approx(120 * math.atan(ETA) / (2 * math.pi))
    assert spiral(np.ones((50, 2))).kind == "undecided"  # a constant does not turn


# ------------------------------------------------------------------ D3, D4, D9, D10: conserved, recurrent, straight


@pytest.mark.parametrize("e", [0.1, 0.5, 1.9])
def test_play_in_turns_conserves_its_form(e: float) -> None:
    """D3 with B1.6, and the band that it keeps the radius in."""
    x, y = orbit(SCALAR, mm.AlternatingGDA(e), 500).T
    assert drift(x**2 + y**2 - e * x * y) < 1e-12
    assert 1 / (1 + e / 2) - ROUNDING <= (x**2 + y**2).min() <= (x**2 + y**2).max() <= 1 / (1 - e / 2) + ROUNDING
    assert drift(x**2 + y**2) > 1e-2  # what is not conserved drifts


def replicator(P: np.ndarray, x: np.ndarray, y: np.ndarray, h: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Both players' replicator equation by classical Runge-Kutta, row player maximising."""
    n = x.size

    def flow(z: np.ndarray) -> np.ndarray:
        ux, uy = P @ z[n:], -(z[:n] @ P)
        return np.concatenate([z[:n] * (ux - z[:n] @ ux), z[n:] * (uy - z[n:] @ uy)])

    path = [np.concatenate([x, y])]
    for _ in range(steps):
        z = path[-1]
        a = flow(z)
        b = flow(z + h / 2 * a)
        c = flow(z + h / 2 * b)
        path.append(z + h / 6 * (a + 2 * b + 2 * c + flow(z + h * c)))
    found = np.array(path)
    return found[:, :n], found[:, n:]


def test_the_replicator_conserves_divergence_from_the_equilibrium() -> None:
    """D3 with B3.12, h = .02, 5000 steps; Runge-Kutta takes (h w)^6 / 72 off a square a step, turning at speed w."""
    P = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
    xs, ys = replicator(P, np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.5, 0.3]), 0.02, 5000)
    divergence = -np.log(3 * xs).mean(1) - np.log(3 * ys).mean(1)
    assert divergence[0] == pytest.approx(0.140480687544, abs=1e-12)  # B3.11
    assert drift(divergence) < 1e-9  # w = 1 / sqrt 3: 1.6e-10, more far from the equilibrium
    assert abs(divergence - divergence[0]).max() < 1e-10
    P = np.array([[1.0, -1.0], [-1.0, 1.0]])
    xs, ys = replicator(P, np.array([0.6, 0.4]), np.array([0.3, 0.7]), 0.02, 5000)
    assert drift(-np.log(2 * xs).mean(1) - np.log(2 * ys).mean(1)) < 1e-8  # w = 1: 4e-9
    assert drift(xs.prod(1) * ys.prod(1)) < 1e-8
    assert limit_cycle(np.column_stack([xs[:, 0], ys[:, 0]]), centre=[0.5, 0.5])


def test_growing_spirals_never_return_and_closed_orbits_do() -> None:
    """D4: gradient play is never again within eta of its start, play in turns is after a turn."""
    assert recurrence(orbit(SCALAR, mm.GDA(ETA), 500), 0.99 * ETA) is None
    back = recurrence(orbit(SCALAR, mm.AlternatingGDA(ETA), 500), 0.6 * ETA)
    assert back == pytest.approx(2 * math.pi / (2 * math.asin(ETA / 2)), abs=1.0)  # a period, to the step
    again = recurrence(orbit(SCALAR, mm.AlternatingGDA(ETA), 500), 0.6 * ETA, least=back + 10)
    assert again == pytest.approx(2 * back, abs=2)
    assert recurrence(np.full((20, 2), 3.0), 0.1) is None  # it never left
    assert recurrence([0.0, 1.0, 0.05], 0.1) == 2


def test_path_lengths_are_those_of_the_geometric_series() -> None:
    """D9: E is the way gained over the length."""
    rho, eta = math.sqrt(1 + ETA**2), ETA
    run = orbit(SCALAR, mm.GDA(ETA), 100)
    gained = abs(complex(1, ETA) ** 100 - 1)
    assert gained / path_efficiency(run) == pytest.approx(12.924787849, abs=1e-9)
    assert gained / path_efficiency(run) == pytest.approx(eta * (rho**100 - 1) / (rho - 1), rel=ROUNDING)
    # The rest of the way after 8000 steps is below 1e-15.
    assert 1 / path_efficiency(powers(1 / (1 - 1j * ETA), 8000)) == pytest.approx(20.049875621, abs=1e-9)
    assert 1 / path_efficiency(powers(1 - ETA**2 + 1j * ETA, 8000)) == pytest.approx(20.252404667, abs=1e-9)
    assert path_efficiency(np.outer(np.arange(9.0) ** 2, [3.0, -1.0, 2.0])) == pytest.approx(1.0)  # straight ahead
    assert math.isnan(path_efficiency(np.ones((4, 2))))  # no way, no efficiency


def test_averages_of_gradient_play_are_the_way_gained_over_the_steps() -> None:
    """D10 by B1.17: |mean of z_0..z_{k-1}| = |z_k - z_0| / (eta sigma k): it first falls, then grows."""
    sigma = 2.0
    for k, listed in ((63, 0.0584), (500, 0.2226)):
        run = orbit(SCALAR, mm.GDA(ETA), k)
        mean = mm.solve(SCALAR, mm.GDA(ETA), rounds=k, tol=None, start=START, average="uniform")
        far = math.hypot(mean.x[0], mean.y[0])
        gained = path_efficiency(run) * np.linalg.norm(np.diff(run, axis=0), axis=1).sum()
        assert far == pytest.approx(gained / (ETA * k), rel=1e-9)
        assert far == pytest.approx(listed, abs=5e-5)  # four decimals are listed
        assert far / np.linalg.norm(run[-1]) == pytest.approx(abs(1 - (1 + ETA * 1j) ** -k) / (ETA * k), rel=1e-9)
    run = orbit(mm.BilinearGame([[sigma]]), mm.GDA(ETA), 50)
    assert np.linalg.norm(run[:-1].mean(0)) == pytest.approx(np.linalg.norm(run[-1] - run[0]) / (ETA * sigma * 50))


# ------------------------------------------------------------------ D13, D14: limit cycles and best responses


def flowed(slope: Any, start: tuple[float, float], h: float, steps: int) -> np.ndarray:
    """Gradient flow of two scalars by classical Runge-Kutta, x descending and y ascending, on Python floats."""
    x, y = start
    path = [start]
    for _ in range(steps):
        a, b = slope(x, y)
        c, d = slope(x + h / 2 * a, y + h / 2 * b)
        e, f = slope(x + h / 2 * c, y + h / 2 * d)
        g, k = slope(x + h * e, y + h * f)
        x, y = x + h / 6 * (a + 2 * c + 2 * e + g), y + h / 6 * (b + 2 * d + 2 * f + k)
        path.append((x, y))
    return np.array(path)


def forsaken_slope(x: float, y: float) -> tuple[float, float]:
    """C8, as a flow."""
    return -(y - 0.45 + x / 2 - 2 * x**3 + x**5), x - (y / 2 - 2 * y**3 + y**5)


def bent_slope(x: float, y: float) -> tuple[float, float]:
    """C10, as a flow."""
    return -y, x + 0.01 * (y - y**3)


BENT = field(lambda x, y: y + 0.0, lambda x, y: x + 0.01 * (y - y**3))
FORSAKEN = (0.0780266727, 0.4119338466)


def test_forsaken_orbits_of_two_starts_end_on_one_cycle() -> None:
    """D13, C8: it encloses the point at distances between .92258 and 1.91721."""
    runs = [flowed(forsaken_slope, start, 0.02, 6000) for start in ((0.5, -0.6), (1.6, 1.2))]
    far = np.linalg.norm(runs[0][3000:] - FORSAKEN, axis=1)
    assert (far.min(), far.max()) == pytest.approx((0.92258, 1.91721), abs=2e-3)  # steps of .02 at speed 2
    assert limit_cycle(runs[0], centre=FORSAKEN)
    assert limit_cycle(runs[0], runs[1], centre=FORSAKEN)
    # The point itself attracts what begins close by, which settles on no cycle.
    close = flowed(forsaken_slope, (0.1, 0.42), 0.02, 3000)
    assert not limit_cycle(close, centre=FORSAKEN)
    found = spiral(close[:1500], FORSAKEN)
    assert (found.kind, found.slope) == ("in", pytest.approx(-0.02 * 0.044746, rel=0.02))  # not quite linear there
    # Numbers of the flow are those of the game.
    z = np.array([0.3, -1.1])
    assert operator_of(forsaken(), z) == pytest.approx(-np.array(forsaken_slope(*z)), abs=ROUNDING)


def test_a_cycle_attracts_from_inside_and_outside() -> None:
    """D13, C10: radius between 1.15345 and 1.15596, one crossing, period 2 pi to second order in epsilon."""
    runs = [flowed(bent_slope, start, 0.05, 32_000) for start in ((0.5, 0.5), (2.0, 2.0))]
    for run in runs:
        radius = np.linalg.norm(run[-2000:], axis=1)
        assert (radius.min(), radius.max()) == pytest.approx((1.15345, 1.15596), abs=1e-4)  # five decimals, sampled
        section = poincare_section(run[-2000:], [0, 0])
        assert section.period * 0.05 == pytest.approx(2 * math.pi, rel=1e-4)
        assert section.radii == pytest.approx(2 / math.sqrt(3), abs=2e-3)  # averaging, to first order
    assert limit_cycle(*runs, centre=[0, 0], tol=1e-3)
    assert not limit_cycle(runs[0][:4000], centre=[0, 0])  # still growing
    assert spiral(runs[0][:4000], [0, 0]).kind == "out"
    assert spiral(runs[0][-4000:], [0, 0]).kind == "centre"


def test_conservative_orbits_have_each_a_cycle_of_their_own() -> None:
    near, far = (orbit(SCALAR, mm.AlternatingGDA(ETA), 500, start=([r], [0.0])) for r in (1.0, 1.7))
    assert limit_cycle(near, centre=[0, 0])
    assert limit_cycle(far, centre=[0, 0])
    assert not limit_cycle(near, far, centre=[0, 0])
    period = poincare_section(near, [0, 0]).period
    assert period == pytest.approx(2 * math.pi / (2 * math.asin(ETA / 2)), rel=1e-3)  # chords for arcs
    for rule in (mm.GDA(ETA), mm.OptimisticGDA(ETA)):
        assert not limit_cycle(orbit(SCALAR, rule, 500), centre=[0, 0])
    assert not limit_cycle(orbit(SCALAR, mm.AlternatingGDA(ETA), 100), centre=[0, 0])  # too few crossings


def test_sections_are_crossed_the_way_the_orbit_turns() -> None:
    path = powers(1 + ETA * 1j, 400)
    one, other = poincare_section(path, [0, 0]), poincare_section(path.conj(), [0, 0])
    assert one.times == pytest.approx(other.times)
    assert len(one.times) == int(winding_number(path, [0, 0]))
    assert np.diff(np.log(one.radii)) == pytest.approx(one.period * np.log1p(ETA**2) / 2, rel=0.02)  # by chords


def test_best_responses_run_round() -> None:
    """D14."""
    assert len(best_response_cycle(mm.zoo.matching_pennies())) == 4
    for stakes in ((1, 1, 1), (1, 2, 3)):
        cycle = best_response_cycle(mm.zoo.rock_paper_scissors(*stakes))
        assert len(cycle) == len(set(cycle)) == 6
    saddle_game = mm.MatrixGame.from_payoffs([[0, 1, 2], [-1, 3, -2]])  # row 0 and column 0, from anywhere
    for start in np.ndindex(2, 3):
        assert best_response_cycle(saddle_game, start) == [(0, 0)]


@pytest.mark.parametrize("seed", range(5))
def test_each_move_of_a_best_response_cycle_is_one(seed: int) -> None:
    P = uneven(seed, 5, 7)
    cycle = best_response_cycle(mm.MatrixGame.from_payoffs(P), (3, 2))
    for (i, j), (k, m) in zip(cycle, cycle[1:] + cycle[:1]):
        assert (i == k) or (j == m)
        if (i, j) != (k, m):
            assert P[k, m] == (P[:, m].max() if j == m else P[i].min())


# ------------------------------------------------------------------ D5, D6, D8: the Jacobian


def blocks(P: np.ndarray, A: np.ndarray, Q: np.ndarray) -> np.ndarray:
    return np.block([[P, A], [-A.T, Q]])


def some_quadratic(seed: int = 0) -> tuple[mm.QuadraticGame, np.ndarray]:
    """A game of 4 against 3 with linear terms, and its Jacobian."""
    rng = np.random.default_rng(seed)
    P, Q, A = rng.normal(size=(4, 4)), rng.normal(size=(3, 3)), rng.normal(size=(4, 3))
    P, Q = P @ P.T, Q @ Q.T
    return mm.QuadraticGame(P, A, Q, b=rng.normal(size=4), c=rng.normal(size=3)), blocks(P, A, Q)


def test_the_jacobian_of_a_quadratic_game_is_its_blocks() -> None:
    game, J = some_quadratic()
    for point in ((None, None), (np.ones(4), -np.ones(3))):
        found = game_jacobian(game, *point)
        assert found.exact
        assert found.matrix == pytest.approx(J, abs=ROUNDING)
    fxx, fxy, fyy = found.blocks
    assert blocks(fxx, fxy, -fyy) == pytest.approx(J, abs=ROUNDING)
    v = np.arange(7.0)
    assert found.operator @ v == pytest.approx(J @ v, abs=1e-11)
    assert found.norm == pytest.approx(np.linalg.norm(J, 2))
    assert np.sort_complex(found.eigenvalues) == pytest.approx(np.sort_complex(np.linalg.eigvals(J)), abs=1e-10)
    A = uneven(1)
    assert game_jacobian(mm.MatrixGame(A)).matrix == pytest.approx(blocks(np.zeros((4, 4)), A, np.zeros((6, 6))))
    paid = game_jacobian(mm.MatrixGame.from_payoffs(A)).matrix
    assert paid == pytest.approx(blocks(np.zeros((4, 4)), -A, np.zeros((6, 6))))  # x minimises minus its payoffs


def test_a_symmetric_saddle_has_its_eigenvalues() -> None:
    """A3.1: two real ones and a pair."""
    game = mm.QuadraticGame([1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]], [3.0, 4.0], b=[1.0, 1.0], c=[1.0, -1.0])
    found = game_jacobian(game)
    listed = np.array([1.2060498, 2.7516835 - 5.3584521j, 2.7516835 + 5.3584521j, 3.2905832])
    assert np.sort_complex(found.eigenvalues) == pytest.approx(listed, abs=1e-7)  # seven decimals are listed
    assert found.norm == pytest.approx(7.0842954241, abs=1e-9)
    assert found.rotation == pytest.approx(5.3584521 / 2.7516835, abs=1e-6)
    assert operator_of(game, np.array([-5 / 8, 7 / 72, -4 / 9, 5 / 144])) == pytest.approx(0.0, abs=ROUNDING)


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 2.0), (0.1, 1.0), (1.0, 1.0), (3.0, 0.5), (1.0, 0.0)])
def test_rotation_and_its_share_of_a_scalar_saddle(mu: float, sigma: float) -> None:
    """D5 and D6: sigma / mu, and sigma^2 / (sigma^2 + mu^2)."""
    found = game_jacobian(saddle(mu, sigma))
    assert found.rotation == (pytest.approx(sigma / mu) if mu else math.inf)
    assert found.helmholtz == pytest.approx(sigma**2 / (sigma**2 + mu**2))


def test_the_point_forsaken_by_its_orbits_turns_twenty_times_what_it_attracts() -> None:
    """D5, C8: by differences of gradients, good to nine digits or so."""
    found = game_jacobian(forsaken(), *FORSAKEN)
    assert not found.exact
    assert np.sort_complex(found.eigenvalues) == pytest.approx(
        np.array([0.044746 - 0.908028j, 0.044746 + 0.908028j]), abs=1e-6
    )
    assert found.rotation == pytest.approx(20.293, abs=1e-3)


def test_share_of_rotation_is_a_share() -> None:
    """It is that of the parts, of any square root; zero where there is nothing."""
    _, J = some_quadratic(4)
    game = some_quadratic(4)[0]
    S, A = (J + J.T) / 2, (J - J.T) / 2
    assert (S**2).sum() + (A**2).sum() == pytest.approx((J**2).sum())
    assert game_jacobian(game).helmholtz == pytest.approx((A**2).sum() / (J**2).sum())
    assert game_jacobian(mm.BilinearGame(uneven(2))).helmholtz == pytest.approx(1.0)
    assert game_jacobian(mm.QuadraticGame(1.0, np.zeros((2, 3)), 2.0)).helmholtz == 0.0
    assert game_jacobian(mm.QuadraticGame(0.0, np.zeros((2, 3)), 0.0)).helmholtz == 0.0


def test_a_million_coordinates_are_no_obstacle() -> None:
    n = 500_000
    a = np.linspace(1, 2, n)
    coupling = LinearOperator(
        (n, n), matvec=lambda v: a * np.ravel(v), rmatvec=lambda v: a * np.ravel(v), dtype=np.float64
    )
    v = np.random.default_rng(0).normal(size=2 * n)
    found = game_jacobian(mm.BilinearGame(coupling))
    assert found.size == 2 * n
    assert np.array_equal(found.product(v), np.concatenate([a * v[n:], -a * v[:n]]))
    with pytest.raises(ValueError, match=r"A Jacobian of 1000000 coordinates is not formed: use its `product`"):
        _ = found.matrix


def test_the_share_of_a_large_game_is_estimated() -> None:
    """By 64 products with random signs: the variance of a trace over its size is that of a mean of 64 n terms."""
    n = 50_000
    a, p, q = np.linspace(1, 2, n), np.linspace(0, 1, n), np.linspace(0.5, 2, n)
    share = 2 * a @ a / (p @ p + q @ q + 2 * a @ a)
    mixed = game_jacobian(mm.QuadraticGame(p, diags_array(a), q))
    assert mixed.helmholtz == pytest.approx(share, rel=0.02)  # five standard errors are 0.3 %
    sparse = game_jacobian(mm.BilinearGame(diags_array(a)))
    assert sparse.helmholtz == pytest.approx(1.0)  # every sample says so


def test_the_norm_of_a_large_jacobian_is_no_spectral_radius() -> None:
    """Blocks ((p, s), (-s, 0)), up to p = 3, s = 2, eigenvalues of size 2: the norm is the largest singular value."""
    n = 620  # beyond what is formed
    s = np.concatenate([[2.0], np.linspace(0.1, 0.5, n - 1)])
    p = np.concatenate([[3.0], np.linspace(0.1, 0.5, n - 1)])
    game = mm.QuadraticGame(p, diags_array(s), np.zeros(n))
    exact = np.linalg.norm([[3.0, 2.0], [-2.0, 0.0]], 2)
    assert game_jacobian(game).norm == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("sigma", [0.5, 2.0])
def test_the_hamiltonian_changes_by_its_factor(sigma: float) -> None:
    """D8, on a pair of singular vectors of a 3 x 2 coupling."""
    u, v = np.array([2.0, -1.0, 2.0]) / 3, np.array([0.6, 0.8])
    game = mm.BilinearGame(sigma * np.outer(u, v))
    e = ETA * sigma
    for rule, each, factor in (
        (mm.GDA(ETA), 1, 1 + e**2),
        (mm.ProximalPoint(ETA), 1, 1 / (1 + e**2)),
        (mm.ExtraGradient(ETA), 2, 1 - e**2 + e**4),
    ):
        run = orbit(game, rule, 30, each, start=(u, 2 * v))
        H = np.array([(operator_of(game, z) ** 2).sum() / 2 for z in run])
        assert H[1:] / H[:-1] == pytest.approx(factor, abs=1e-9)


# ------------------------------------------------------------------ functions and networks of torch


def coupled(A: np.ndarray) -> tuple[Any, Any, Any]:
    """f = sum sin(x) * Ay + |x|^4 / 4 - cos(y).sum() as a torch function, with its gradients and Jacobian in numpy."""
    import torch

    B = torch.tensor(A)

    def f(x: Any, y: Any) -> Any:
        return torch.sin(x) @ B @ y + (x @ x) ** 2 / 4 - torch.cos(y).sum()

    def gradients(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.cos(x) * (A @ y) + (x @ x) * x, A.T @ np.sin(x) + np.sin(y)

    def jacobian(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        fxx = np.diag(-np.sin(x) * (A @ y)) + 2 * np.outer(x, x) + (x @ x) * np.eye(x.size)
        fxy = np.cos(x)[:, None] * A
        return blocks(fxx, fxy, -np.diag(np.cos(y)))

    return f, gradients, jacobian


def test_products_of_torch_functions_are_those_of_the_closed_form_and_of_differences() -> None:
    A = uneven(5, 4, 3)
    f, gradients, jacobian = coupled(A)
    x, y = np.array([0.3, -0.7, 1.1, 0.2]), np.array([0.5, -1.0, 2.0])
    exact = game_jacobian(mm.SmoothGame(mm.Free(4), mm.Free(3), f=f), x, y)
    assert exact.exact
    assert exact.matrix == pytest.approx(jacobian(x, y), abs=ROUNDING)
    assert exact.transposed is not None
    v, w = np.arange(7.0), np.cos(np.arange(7.0))
    assert w @ exact.product(v) == pytest.approx(v @ exact.transposed(w), rel=ROUNDING)
    assert exact.operator.T @ w == pytest.approx(jacobian(x, y).T @ w, abs=1e-11)
    rough = game_jacobian(mm.SmoothGame(mm.Free(4), mm.Free(3), gradients=gradients), x, y)
    assert not rough.exact
    assert rough.matrix == pytest.approx(jacobian(x, y), abs=1e-8)  # central differences: h^2 and eps / h, h = 1e-5


def test_a_function_that_leaves_out_a_player_has_zero_products_there() -> None:
    game = mm.SmoothGame(mm.Free(2), mm.Free(3), f=lambda x, y: (x**2).sum())
    assert game_jacobian(game, [1.0, 2.0], np.ones(3)).matrix == pytest.approx(np.diag([2.0, 2.0, 0, 0, 0]))


def parameters(*values: Any) -> list[Any]:
    import torch

    return [torch.nn.Parameter(torch.tensor(v, dtype=torch.float64)) for v in values]


def test_a_pair_of_networks_has_the_jacobian_of_differences() -> None:
    """Two losses that are no zero-sum game; parameters are put back."""
    import torch

    torch.manual_seed(0)
    one = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)).double()
    other = torch.nn.Linear(2, 1).double()
    data = torch.linspace(-1, 1, 10, dtype=torch.float64).reshape(5, 2)

    def losses() -> tuple[Any, Any]:
        made, judged = one(data), other(data)
        return ((made - judged) ** 2).mean() + made.mean(), -(made * torch.sin(judged)).mean() + (judged**2).mean()

    pair = TorchPair(losses, one.parameters(), other.parameters())
    assert pair.shape == (13, 3)
    before = np.concatenate(pair.point())
    found = game_jacobian(pair)
    rough = np.empty((16, 16))
    for k, e in enumerate(np.eye(16)):
        rough[:, k] = (operator_of(pair, before + 1e-5 * e) - operator_of(pair, before - 1e-5 * e)) / 2e-5
    assert found.matrix == pytest.approx(rough, abs=1e-8)  # differences of 1e-5
    assert found.transposed is not None
    assert found.transposed(np.ones(16)) == pytest.approx(found.matrix.T @ np.ones(16), abs=1e-12)
    assert np.concatenate(pair.point()).tolist() == before.tolist()


def dirac(f: Any = None, *, r1: float = 0.0, saturating: bool = True, consensus: float = 0.0) -> TorchPair:
    """The Dirac-GAN of Mescheder et al.: data at 0, generator at theta, discriminator psi x; at its equilibrium."""
    import torch

    theta, psi = parameters([0.0], [0.0])
    f = f or torch.nn.functional.logsigmoid

    def losses() -> tuple[Any, Any]:
        fake = f((psi * theta).sum())
        judge = -fake + r1 / 2 * (psi**2).sum()
        make = fake if saturating else -f(-(psi * theta).sum())
        if not consensus:
            return make, judge
        by = (
            torch.autograd.grad(make, theta, create_graph=True)[0],
            torch.autograd.grad(judge, psi, create_graph=True)[0],
        )
        energy = consensus / 2 * sum((g**2).sum() for g in by)
        return make + energy, judge + energy

    return TorchPair(losses, [theta], [psi])


def flow_eigenvalues(pair: TorchPair) -> np.ndarray:
    """Of gradient flow at the parameters as they are."""
    return np.sort_complex(-game_jacobian(pair).eigenvalues)


@pytest.mark.parametrize("saturating", [True, False])
def test_a_dirac_gan_is_a_centre(saturating: bool) -> None:
    """C11: +- i / 2, however the generator is taught."""
    pair = dirac(saturating=saturating)
    assert flow_eigenvalues(pair) == pytest.approx(np.array([-0.5j, 0.5j]), abs=ROUNDING)
    assert game_jacobian(pair).helmholtz == pytest.approx(1.0)
    for h in (0.2, 1.0):
        assert stability(pair, mm.GDA(h)).radius == pytest.approx(math.sqrt(1 + h**2 / 4), abs=1e-8)  # by differences
    assert stability(pair, mm.AlternatingGDA(3.9)).stable
    assert not stability(pair, mm.AlternatingGDA(4.1)).stable
    found = classify(pair)
    assert (found.stationary, found.nash, found.stable, found.rotation) == (True, None, None, math.inf)


@pytest.mark.long
def test_the_dirac_gan_holds_play_in_turns_to_twice_the_inverse_of_its_slope() -> None:
    """C11; at 4 the eigenvalues meet at -1, so the edge is sharp to the root of the margin of differences."""
    assert stable_step(dirac(), mm.AlternatingGDA()) == pytest.approx(4.0, rel=1e-3)


def test_a_wasserstein_dirac_gan_turns_twice_as_fast() -> None:
    assert flow_eigenvalues(dirac(lambda t: t)) == pytest.approx(np.array([-1j, 1j]), abs=ROUNDING)


@pytest.mark.parametrize(
    ("gamma", "listed"),
    [(0.1, [-0.05 - 0.49749372j, -0.05 + 0.49749372j]), (1.0, [-0.5, -0.5]), (2.0, [-1.8660254, -0.1339746])],
)
def test_a_gradient_penalty_damps_the_dirac_gan(gamma: float, listed: list[complex]) -> None:
    """C12; a double eigenvalue is known to the root of rounding."""
    pair = dirac(r1=gamma, saturating=False)
    assert flow_eigenvalues(pair) == pytest.approx(np.array(listed), abs=1e-7)
    assert classify(pair).stable


@pytest.mark.parametrize("s", [0.5, 1.0, 2.0])
def test_instance_noise_damps_the_dirac_gan(s: float) -> None:
    """C13, expectations by Gauss-Hermite quadrature, exact for the second derivatives at the point."""
    import torch

    nodes, weights = (torch.tensor(a) for a in np.polynomial.hermite_e.hermegauss(9))
    weights = weights / weights.sum()
    theta, psi = parameters([0.0], [0.0])
    sigmoid = torch.nn.functional.logsigmoid

    def loss() -> Any:
        return (weights * (sigmoid(psi * (theta + s * nodes)) + sigmoid(-psi * s * nodes))).sum()

    root = np.sqrt(complex(s**4 / 16 - 0.25))
    exact = np.sort_complex(np.array([-(s**2) / 4 + root, -(s**2) / 4 - root]))
    assert flow_eigenvalues(TorchPair(loss, [theta], [psi])) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_consensus_damps_the_dirac_gan(gamma: float) -> None:
    """C14: -gamma / 4 +- i / 2, through third derivatives."""
    exact = np.array([-gamma / 4 - 0.5j, -gamma / 4 + 0.5j])
    assert flow_eigenvalues(dirac(consensus=gamma, saturating=False)) == pytest.approx(exact, abs=ROUNDING)


def test_parameters_must_require_gradients() -> None:
    import torch

    x, y = parameters([1.0], [2.0])
    with pytest.raises(TypeError, match="`loss` must be a function that returns the loss"):
        TorchPair(x * y, [x], [y])
    for wrong in ([], [torch.ones(1)], 3.0, None):
        with pytest.raises(TypeError, match="`y` must be parameters that require gradients"):
            TorchPair(lambda: (x * y).sum(), [x], wrong)
    assert TorchPair(lambda: (x * y).sum(), x, y).shape == (1, 1)


# ------------------------------------------------------------------ B1: step maps


def optimistic_root(e: float) -> float:
    """B1.4: the larger root in size of s^2 - (1 - 2ie) s - ie."""
    return float(abs(np.roots([1, -(1 - 2j * e), -1j * e])).max())


@pytest.mark.parametrize("sigma", [0.5, 2.0])
@pytest.mark.parametrize("e", [0.1, 0.3, 0.45, 0.7, 1.3])
def test_step_maps_on_the_circle_have_their_radius(e: float, sigma: float) -> None:
    """B1.1 to B1.4, B1.6, B1.16."""
    game, eta = mm.BilinearGame([[sigma]]), e / sigma
    optimistic = optimistic_root(e)
    if e <= 0.5:
        assert optimistic == pytest.approx(math.sqrt((1 + math.sqrt(1 - 4 * e**2)) / 2))
    else:
        assert optimistic == pytest.approx(math.sqrt(0.25 + (e + math.sqrt(4 * e**2 - 1) / 2) ** 2))
    for rule, radius, turn, rounds in (
        (mm.GDA(eta), math.sqrt(1 + e**2), math.atan(e), 1),
        (mm.ProximalPoint(eta), 1 / math.sqrt(1 + e**2), math.atan(e), 1),
        (mm.ExtraGradient(eta), math.sqrt(1 - e**2 + e**4), math.atan2(e, 1 - e**2), 2),
        (mm.OptimisticGDA(eta), optimistic, math.asin(2 * e) / 2 if e < 0.5 else None, 1),
        (mm.PastExtraGradient(eta), optimistic, None, None),
        (mm.AlternatingGDA(eta), 1.0, 2 * math.asin(e / 2), 1),
    ):
        found = stability(game, rule)
        assert found.radius == pytest.approx(radius, abs=1e-10)
        assert found.stable == (radius <= 1.0)
        if turn is not None:
            assert found.rotation == pytest.approx(turn, abs=1e-9)
        if rounds is not None:
            assert found.rounds == rounds


def test_radii_are_the_factors_of_runs() -> None:
    """B1.5 at late rounds: what the map says is what `solve` does."""
    far = np.linalg.norm(orbit(SCALAR, mm.OptimisticGDA(0.3), 50), axis=1)
    assert far[[1, 2, 10, 50]] == pytest.approx([1.044030651, 1.016070864, 0.664302486, 0.080763523], abs=1e-9)
    assert far[50] / far[49] == pytest.approx(stability(SCALAR, mm.OptimisticGDA(0.3)).radius, abs=1e-9)
    # Root of (s - 1)^2 (s + 1/2)^2 + e^2 s^3.
    roots = np.roots((np.poly1d([1, -1]) ** 2 * np.poly1d([1, 0.5]) ** 2 + np.poly1d([0.09, 0, 0, 0])).coeffs)
    assert stability(SCALAR, mm.NegativeMomentum(0.3)).radius == pytest.approx(abs(roots).max(), abs=1e-9)


def test_at_half_the_optimistic_root_is_double() -> None:
    """B1.4: so it is known to the root of rounding only."""
    assert stability(SCALAR, mm.OptimisticGDA(0.5)).radius == pytest.approx(1 / math.sqrt(2), abs=1e-7)


@pytest.mark.parametrize("sigma", [0.25, 8.0])
def test_largest_stable_steps_on_the_circle(sigma: float) -> None:
    """B1.1 to B1.6; reflected steps in turns hold up to 2 / sqrt 3: 1 + trace + determinant = 4 - 3 e^2."""
    game = mm.BilinearGame([[sigma]])
    for rule, step in (
        (mm.GDA(), 0.0),
        (mm.ProximalPoint(), math.inf),
        (mm.ExtraGradient(), 1 / sigma),
        (mm.OptimisticGDA(), 1 / (math.sqrt(3) * sigma)),
        (mm.PastExtraGradient(), 1 / (math.sqrt(3) * sigma)),
        (mm.AlternatingGDA(), 2 / sigma),
        (mm.PDHG(), 2 / (math.sqrt(3) * sigma)),
    ):
        # Differences of a linear map are exact, and a radius turns one to 1e-12.
        assert stable_step(game, rule) == pytest.approx(step, rel=1e-9)


def test_on_a_spectrum_the_largest_singular_value_decides() -> None:
    A = np.random.default_rng(2).normal(size=(4, 3))
    sigma = np.linalg.svd(A)[1]
    game = mm.BilinearGame(A)
    assert stable_step(game, mm.ExtraGradient()) == pytest.approx(1 / sigma[0], rel=1e-9)
    assert stable_step(game, mm.OptimisticGDA()) == pytest.approx(1 / (math.sqrt(3) * sigma[0]), rel=1e-9)
    # B1.3: the best step on [sigma_min, sigma_max]; the fourth row of x, which no one sees, stays where it is.
    eta = 1 / math.sqrt(sigma[0] ** 2 + sigma[-1] ** 2)
    factors = step_factors(mm.ExtraGradient(eta), 1j * sigma)
    best = math.sqrt(1 - sigma[0] ** 2 * sigma[-1] ** 2 / (sigma[0] ** 2 + sigma[-1] ** 2) ** 2)
    assert factors.max() == pytest.approx(best, abs=ROUNDING)
    assert stability(game, mm.ExtraGradient(eta)).radius == pytest.approx(1.0, abs=ROUNDING)


@pytest.mark.parametrize(("mu", "sigma"), [(1.0, 2.0), (0.3, 0.3), (2.0, 0.0)])
def test_gradient_play_on_strongly_monotone_games(mu: float, sigma: float) -> None:
    """B1.15."""
    game, size = saddle(mu, sigma), mu**2 + sigma**2
    best = stability(game, mm.GDA(mu / size)).radius
    assert best == pytest.approx(sigma / math.sqrt(size), abs=1e-9)
    assert stable_step(game, mm.GDA()) == pytest.approx(2 * mu / size, rel=1e-9)
    for eta in (0.1, 0.5):
        exact = math.hypot(1 - eta * mu, eta * sigma)
        assert stability(game, mm.GDA(eta)).radius == pytest.approx(exact, abs=ROUNDING)


@pytest.mark.parametrize(("gamma", "radius"), [(0.5, 0.955248659), (1.0, 0.905538514)])
def test_consensus_and_symplectic_steps_have_their_radius(gamma: float, radius: float) -> None:
    """B1.10, B1.11: F + gamma J'F of f = x y is the operator of a game with forms."""
    found = stability(mm.QuadraticGame(gamma, [[1.0]], gamma), mm.GDA(ETA))
    assert found.radius == pytest.approx(radius, abs=1e-9)
    moving = found.eigenvalues[abs(found.eigenvalues) > 1e-9]  # the rest are what no step keeps
    exact = np.array([1 - ETA * (gamma + 1j), 1 - ETA * (gamma - 1j)])
    assert np.sort_complex(moving) == pytest.approx(exact, abs=ROUNDING)


@pytest.mark.parametrize("sigma", [0.5, 2.0])
def test_hamiltonian_steps_have_their_radius(sigma: float) -> None:
    """B1.13: the gradient of |F|^2 / 2."""
    found = stability(mm.QuadraticGame(sigma**2, [[0.0]], sigma**2), mm.GDA(ETA))
    assert found.radius == pytest.approx(1 - ETA * sigma**2, abs=ROUNDING)
    assert found.rotation == 0.0


def test_step_maps_of_whole_games_have_the_eigenvalues_of_the_jacobian() -> None:
    """4 against 3 with linear terms: 1 - eta J for either player's own step; in turns, the product of two moves."""
    game, J = some_quadratic(1)
    b, c = operator_of(game, np.zeros(7))[:4], operator_of(game, np.zeros(7))[4:]
    rest = np.linalg.solve(J, -np.concatenate([b, c]))
    x, y = rest[:4], rest[4:]
    eta = np.concatenate([np.full(4, 0.02), np.full(3, 0.05)])
    step = np.eye(7) - eta[:, None] * J
    found = stability(game, (mm.GDA(0.02), mm.GDA(0.05)), x, y)
    assert found.radius == pytest.approx(abs(np.linalg.eigvals(step)).max(), abs=1e-9)
    one, other = np.eye(7), np.eye(7)
    one[:4], other[4:] = step[:4], step[4:]
    for order, product in (("xy", other @ one), ("yx", one @ other)):
        found = stability(game, (mm.GDA(0.02), mm.GDA(0.05)), x, y, alternating=True, order=order)
        assert found.radius == pytest.approx(abs(np.linalg.eigvals(product)).max(), abs=1e-9)
    whole = stability(game, mm.GDA(0.02), x, y)
    factors = step_factors(mm.GDA(0.02), game_jacobian(game).eigenvalues)
    assert whole.radius == pytest.approx(factors.max(), abs=1e-9)


def test_factors_of_eigenvalues_are_their_polynomials() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(size=(2, 3)) + 1j * rng.normal(size=(2, 3))
    eta = 0.3
    assert step_factors(mm.GDA(eta), values) == pytest.approx(abs(1 - eta * values), abs=ROUNDING)
    ahead = abs(1 - eta * values + (eta * values) ** 2)
    assert step_factors(mm.ExtraGradient(eta), values) == pytest.approx(ahead, abs=ROUNDING)
    roots = [abs(np.roots([1, -(1 - 2 * eta * v), -eta * v])).max() for v in values.ravel()]
    assert step_factors(mm.OptimisticGDA(eta), values).ravel() == pytest.approx(roots, abs=1e-9)
    assert step_factors(mm.OptimisticGDA(eta), values.conj()).ravel() == pytest.approx(roots, abs=1e-9)
    assert step_factors(mm.AlternatingGDA(0.5), [1j, 3j, 3.9j]) == pytest.approx(1.0, abs=1e-9)
    e = 5.0  # beyond two: the roots of s^2 - (2 - e^2) s + 1 are real
    assert step_factors(mm.AlternatingGDA(0.5), [10j]) == pytest.approx(abs(np.roots([1, e**2 - 2, 1])).max())


def test_on_the_real_axis_optimistic_steps_hold_to_two_thirds() -> None:
    """B1.4."""
    assert stable_step(saddle(1.0, 0.0), mm.OptimisticGDA()) == pytest.approx(2 / 3, rel=1e-9)


def test_the_minimax_point_of_two_slopes_holds_small_steps() -> None:
    """C1: eigenvalues .2 and .55, so steps below 2 / .55."""
    game = mm.QuadraticGame(-0.25, [[0.6]], 1.0)
    assert np.sort(game_jacobian(game).eigenvalues.real) == pytest.approx([0.2, 0.55])
    assert stable_step(game, mm.GDA()) == pytest.approx(2 / 0.55, rel=1e-9)


def metric_values(P: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Singular values of D_x^(1/2) P D_y^(1/2) along the simplices, D = diag(x) - x x': of the coupling in the metric
    that multiplicative weights move in, for `x_i exp(eta u_i) / Z` has the derivative `x_i (u_i - x'u)` in eta."""
    roots = []
    for p in (x, y):
        values, vectors = np.linalg.eigh(np.diag(p) - np.outer(p, p))
        roots.append(vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T)
    return np.linalg.svd(roots[0] @ P @ roots[1])[1][: x.size - 1]


@pytest.mark.parametrize(
    ("game", "x", "y"),
    [
        (mm.zoo.matching_pennies(), [1 / 2, 1 / 2], [1 / 2, 1 / 2]),
        (mm.zoo.two_by_two(), [2 / 5, 3 / 5], [2 / 5, 3 / 5]),
        (mm.zoo.rock_paper_scissors(1, 2, 3), [1 / 2, 1 / 3, 1 / 6], [1 / 2, 1 / 3, 1 / 6]),
        (mm.zoo.regret_matching_trap(), [1 / 12, 1 / 12, 5 / 6], [1 / 3, 5 / 12, 1 / 4]),
    ],
)
def test_multiplicative_weights_at_an_interior_equilibrium(game: Any, x: list[float], y: list[float]) -> None:
    """Steps of the entropy have the factors of gradient steps, for singular values in the metric of the equilibrium."""
    s = metric_values(np.asarray(game.payoffs(), dtype=float), np.array(x), np.array(y))
    eta = 0.3 / s[0]
    e = eta * s
    for rule, radius in (
        (mm.MWU(eta), np.sqrt(1 + e**2).max()),
        (mm.MirrorDescent(eta, "constant"), np.sqrt(1 + e**2).max()),
        (mm.OMWU(eta), max(optimistic_root(one) for one in e)),
        (mm.MirrorProx(eta), np.sqrt(1 - e**2 + e**4).max()),
    ):
        found = stability(game, rule, x, y)
        assert found.radius == pytest.approx(radius, abs=1e-8)  # central differences of 1e-5
        assert found.stable == (radius < 1.0)


@pytest.mark.long
def test_largest_stable_steps_of_multiplicative_weights() -> None:
    game, x = mm.zoo.matching_pennies(), [0.5, 0.5]  # of singular value one in its metric
    assert stable_step(game, mm.MWU(), x, x) == 0.0
    assert stable_step(game, mm.OMWU(), x, x) == pytest.approx(1 / math.sqrt(3), rel=1e-6)  # by differences
    assert stable_step(game, mm.MirrorProx(), x, x) == pytest.approx(1.0, rel=1e-6)


def test_dynamics_without_a_step_map_are_refused() -> None:
    for rule, why in (
        (mm.Exp3(0.1), "Exp3 draws its plays"),
        (mm.FTPL(0.1), "FTPL draws its plays"),
        (mm.LineSearchPDHG(0.1), "LineSearchPDHG changes its step from round to round"),
        (mm.GDA(0.1, "sqrt"), "GDA changes its steps with time"),
        (mm.GDA(), "GDA changes its steps with time"),
        (mm.FEG(0.1), "FEG changes its steps with time"),
        (mm.Halpern(0.1), "Halpern changes its steps with time"),
    ):
        game = mm.BilinearGame(uneven(0), mm.Simplex(4), mm.Simplex(6))
        with pytest.raises(ValueError, match=why):
            stability(game, rule)
    with pytest.raises(ValueError, match="FictitiousPlay has no step size `eta` to look for"):
        stable_step(mm.zoo.matching_pennies(), mm.FictitiousPlay(), [0.5, 0.5], [0.5, 0.5])
    with pytest.raises(ValueError, match="MWU has no gradient steps to linearise for an eigenvalue"):
        step_factors(mm.MWU(0.1), [1j])
    with pytest.raises(ValueError, match="`x` and `y` must be given both, or neither"):
        stability(SCALAR, mm.GDA(0.1), [1.0])


def test_a_point_that_does_not_rest_has_no_stability() -> None:
    game = mm.zoo.rock_paper_scissors(1, 2, 3)
    with pytest.raises(ValueError, match="rest"):
        stability(game, mm.MWU(0.2), [0.3, 0.3, 0.4], [0.2, 0.2, 0.6])


# ------------------------------------------------------------------ C: what kind of point


@pytest.mark.parametrize(
    ("P", "A", "Q", "kind", "schur", "stable", "stable_from"),
    [
        (-0.25, 0.6, 1.0, "strict local minimax", 0.11, True, 0.25),
        (-6.0, 4.0, 2.0, "strict local minimax", 2.0, False, 3.0),
        (-2.0, 5.0, 2.0, "strict local minimax", 10.5, None, 1.0),
        (6.0, 4.0, -2.0, "stable, not Nash", math.nan, True, math.inf),
        (1.0, 3.0, 2.0, "strict local Nash", 5.5, True, 0.0),
        (-1.0, 0.5, -1.0, "unstable", math.nan, False, math.inf),
    ],
)
def test_scalar_points_are_what_their_second_derivatives_say(
    P: float, A: float, Q: float, kind: str, schur: float, stable: bool | None, stable_from: float
) -> None:
    """C1, C2, C5, C3, and two more; with y's step tau times x's, the flow holds from P + tau Q > 0 on, minimax."""
    found = classify(mm.QuadraticGame(P, [[A]], Q), [0.0], [0.0])
    assert (found.kind, found.stable, found.stationary) == (kind, stable, True)
    assert (found.nash, found.minimax) == (kind == "strict local Nash", "strict" in kind)
    assert found.schur == pytest.approx(schur, abs=1e-9, nan_ok=True)
    assert found.stable_from == pytest.approx(stable_from, abs=1e-9)
    assert (found.curvature_x, found.curvature_y, found.dimensions) == (P, Q, (1, 1))
    assert kind in str(found)


def test_the_ridge_is_a_minimax_point_that_gradient_play_leaves() -> None:
    """C4, with its exponential, by automatic differentiation."""
    import torch

    game = mm.SmoothGame(
        mm.Free(1), mm.Free(1),
        f=lambda x, y: (
            (4 * x**2 - (y - 3 * x + 0.05 * x**3) ** 2 - 0.1 * y**4) * torch.exp(-0.01 * (x**2 + y**2))
        ).sum(),
    )  # fmt: skip
    found = classify(game, [0.0], [0.0])
    assert (found.kind, found.stable) == ("strict local minimax", False)
    assert (found.curvature_x, found.curvature_y, found.schur) == pytest.approx((-10.0, 2.0, 8.0))
    assert game_jacobian(game, [0.0], [0.0]).eigenvalues == pytest.approx([-4, -4], abs=1e-6)  # a double eigenvalue


def test_a_global_minimax_point_need_not_be_a_local_one() -> None:
    """C6 at (0, 0): y sits in a trough of its own utility."""
    game = mm.SmoothGame(
        mm.Box(-1.0, 1.0, n=1), mm.Box(-2 * math.pi, 2 * math.pi, n=1),
        gradients=lambda x, y: (0.2 * y, 0.2 * x + np.sin(y)),
    )  # fmt: skip
    found = classify(game, [0.0], [0.0])
    assert (found.kind, found.nash, found.minimax, found.stationary) == ("unstable", False, False, True)
    assert found.curvature_y == pytest.approx(-1.0, abs=1e-8)
    assert classify(game, [0.0], [math.pi]).kind == "not stationary"


def polished(game: Any, z: Any) -> np.ndarray:
    """A stationary point from six digits of it, by Newton."""
    z = np.array(z, dtype=float)
    for _ in range(4):
        z -= np.linalg.solve(game_jacobian(game, z[:1], z[1:]).matrix, operator_of(game, z))
    return z


def test_gradient_play_is_drawn_to_points_that_are_no_nash_points() -> None:
    """C7, handed over as minus the function, which x descends and y ascends."""
    import torch

    def f(x: Any, y: Any) -> Any:
        return -(torch.exp(-0.01 * (x**2 + y**2)) * ((0.3 * x**2 + y) ** 2 + (0.5 * y**2 + x) ** 2)).sum()

    game = mm.SmoothGame(mm.Free(1), mm.Free(1), f=f)
    point = polished(game, (-1.316528, -1.224275))
    assert point == pytest.approx([-1.316528, -1.224275], abs=1e-6)
    found = classify(game, point[:1], point[1:])
    assert (found.kind, found.nash, found.stable) == ("strict local minimax", False, True)
    values = np.sort_complex(game_jacobian(game, point[:1], point[1:]).eigenvalues)
    assert values == pytest.approx(np.array([0.7072 - 2.4724j, 0.7072 + 2.4724j]), abs=1e-4)
    for listed in ((-12.476604, -8.677926), (-11.426652, 8.004295), (12.395007, -6.372831)):
        point = polished(game, listed)
        assert point == pytest.approx(listed, abs=1e-6)
        assert classify(game, point[:1], point[1:]).kind == "strict local Nash"
        turned = mm.SmoothGame(mm.Free(1), mm.Free(1), f=lambda x, y: -f(x, y))
        assert classify(turned, point[:1], point[1:]).stable is False  # with the other sign none is


def test_forsaken_and_bent_points() -> None:
    """C8: f_xx = phi''(x) > 0 but f_yy = -phi''(y) > 0 too, with phi'' = 1/2 - 6 z^2 + 5 z^4: stable, no Nash point."""
    x, y = polished(forsaken(), FORSAKEN)
    found = classify(forsaken(), [x], [y])
    assert (found.kind, found.stable, found.nash) == ("stable, not Nash", True, False)
    curvature = [0.5 - 6 * z**2 + 5 * z**4 for z in (x, y)]
    assert (found.curvature_x, found.curvature_y) == pytest.approx(curvature, abs=1e-7)  # by differences
    assert found.real == pytest.approx(0.044746, abs=1e-6)
    bent = classify(BENT, [0.0], [0.0])  # C10: the only critical point repels
    assert (bent.kind, bent.stable) == ("unstable", False)
    assert bent.real == pytest.approx(-0.005, abs=1e-7)
    values = np.sort_complex(game_jacobian(BENT, [0.0], [0.0]).eigenvalues)
    assert values == pytest.approx(np.array([-0.005 - 0.9999875j, -0.005 + 0.9999875j]), abs=1e-7)


def test_points_of_several_coordinates() -> None:
    """5 against 3: the least eigenvalues are those of the blocks; a saddle of strong convexity is Nash."""
    game, J = some_quadratic(2)
    rest = np.linalg.solve(J, -operator_of(game, np.zeros(7)))
    found = classify(game, rest[:4], rest[4:])
    P, A, Q = J[:4, :4], J[:4, 4:], J[4:, 4:]
    assert found.kind == "strict local Nash"
    assert found.curvature_x == pytest.approx(np.linalg.eigvalsh(P)[0], abs=1e-9)
    assert found.curvature_y == pytest.approx(np.linalg.eigvalsh(Q)[0], abs=1e-9)
    assert found.schur == pytest.approx(np.linalg.eigvalsh(P + A @ np.linalg.solve(Q, A.T))[0], abs=1e-9)
    assert found.stable_from == 0.0
    assert classify(game, rest[:4] + 1e-3, rest[4:]).kind == "not stationary"


def test_on_the_boundary_only_directions_along_it_count() -> None:
    """x is pushed against its box, where its form does not matter; on a sphere the bend is the slope it is held by."""
    box = mm.QuadraticGame(
        [-1.0, 1.0], [[0.0], [0.5]], 2.0, X=mm.Box([0.0, -1.0], [1.0, 1.0]), Y=mm.Box(-1.0, 1.0, n=1)
    )
    found = classify(box, [1.0, 0.0], [0.0])
    assert found.dimensions[1] == 1
    assert found.kind == "strict local Nash"
    ball = mm.BilinearGame(np.zeros((3, 2)), mm.Ball(3), mm.Ball(2), b=[3.0, 0.0, 4.0], c=[0.0, 2.0])
    found = classify(ball, [-0.6, 0.0, -0.8], [0.0, -1.0])
    assert (found.kind, found.dimensions) == ("strict local Nash", (2, 1))
    assert (found.curvature_x, found.curvature_y) == pytest.approx((5.0, 2.0))


def test_a_coordinate_that_rests_at_its_bound_decides_nothing() -> None:
    """It may leave at no first-order cost: x has a maximum at 0 of its box, and every pair of a zero game is equal."""
    game = mm.SmoothGame(
        mm.Box([0.0], [1.0]), mm.Box([0.0], [1.0]), gradients=lambda x, y: (-2.0 * x, -2.0 * (y - 0.5))
    )
    assert classify(game, [0.0], [0.5]).kind == "undecided"
    assert classify(mm.MatrixGame(np.zeros((2, 2))), [1.0, 0.0], [1.0, 0.0]).kind == "undecided"


def test_two_losses_have_no_local_minimax_point() -> None:
    torch = pytest.importorskip("torch")
    x, y = (torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2))
    pair = TorchPair(lambda: ((-0.1 * x * x + x * y).sum(), (0.5 * y * y + x * y).sum()), [x], [y])
    found = classify(pair)
    assert found.minimax is None
    assert found.kind == "undecided"


def test_a_pure_saddle_is_a_point_without_directions() -> None:
    found = classify(mm.MatrixGame.from_payoffs([[0, 1, 2], [-1, 3, -2]]), [1.0, 0.0], [1.0, 0.0, 0.0])
    assert found.dimensions == (0, 0)
    assert found.kind == "strict local Nash"


def test_an_interior_equilibrium_of_a_matrix_game_is_a_centre() -> None:
    x = [1 / 2, 1 / 3, 1 / 6]
    found = classify(mm.zoo.rock_paper_scissors(1, 2, 3), x, x)
    assert (found.kind, found.dimensions, found.stable) == ("undecided", (2, 2), None)
    assert found.rotation == math.inf


@pytest.mark.parametrize(("mu", "sigma", "cosine"), [(0.1, 1.0, 0.0995037), (1.0, 1.0, 0.7071068), (0.0, 2.0, 0.0)])
def test_the_path_angle_of_a_scalar_saddle_is_constant(mu: float, sigma: float, cosine: float) -> None:
    """D7: mu / sqrt(mu^2 + sigma^2) beyond the target, minus that before it."""
    found = path_angle(saddle(mu, sigma), ([0.0], [0.0]), ([0.3], [-2.0]), alphas=np.linspace(-0.55, 1.45, 21))
    assert found.angle == pytest.approx(np.sign(found.alphas) * cosine, abs=1e-7)  # seven decimals are listed
    assert found.attracts == (mu > 0.0)  # pure rotation does not, whatever the signs of rounding
    assert found.straightness == pytest.approx(cosine, abs=1e-7)
    assert found.norm == pytest.approx(math.hypot(mu, sigma) * math.hypot(0.3, 2.0) * abs(found.alphas))


def test_path_angles_of_repelling_and_moved_targets() -> None:
    assert not path_angle(saddle(-0.5, 1.0), ([0.0], [0.0]), ([1.0], [1.0])).attracts
    game, J = some_quadratic(5)
    rest = np.linalg.solve(J, -operator_of(game, np.zeros(7)))
    chord = np.cos(np.arange(7.0))
    found = path_angle(game, (rest[:4], rest[4:]), (rest[:4] + chord[:4], rest[4:] + chord[4:]))
    assert found.attracts
    exact = chord @ J @ chord / (np.linalg.norm(J @ chord) * np.linalg.norm(chord))
    assert found.angle[found.alphas > 0.01] == pytest.approx(exact, abs=1e-9)


# ------------------------------------------------------------------ D11, D12: what games are made of


@pytest.mark.parametrize("abc", [(1, 1, 1), (1, 2, 3), (1, 3, 1), (25, 50, 5)])
def test_what_goes_round_in_rock_paper_scissors(abc: tuple[int, int, int]) -> None:
    """D11: (a + b + c)^2 / (3 (a^2 + b^2 + c^2))."""
    game = mm.zoo.rock_paper_scissors(*abc)
    listed = {(1, 1, 1): 1.0, (1, 2, 3): 6 / 7, (1, 3, 1): 25 / 33, (25, 50, 5): 128 / 189}[abc]
    found = hodge_ratings(game)
    assert found.cyclic_share == pytest.approx(listed, abs=ROUNDING)
    assert found.cyclic_share == pytest.approx(sum(abc) ** 2 / (3 * sum(v**2 for v in abc)), abs=ROUNDING)
    P = np.asarray(game.payoffs(), dtype=float)
    assert found.ratings == pytest.approx(P.mean(1), abs=1e-10)
    assert found.cyclic.sum(1) == pytest.approx(0.0, abs=1e-10)  # what goes round has no rating


def test_a_ladder_of_three_is_eight_ninths_transitive() -> None:
    """D11."""
    found = hodge_ratings([[0, 1, 1], [-1, 0, 1], [-1, -1, 0]])
    assert found.ratings == pytest.approx([2 / 3, 0, -2 / 3], abs=ROUNDING)
    assert (found.transitive_share, found.cyclic_share) == pytest.approx((8 / 9, 1 / 9))
    r = np.array([3.0, 1.0, -0.5, -3.5])
    pure = hodge_ratings(r[:, None] - r[None, :])
    assert pure.ratings == pytest.approx(r, abs=1e-10)
    assert pure.cyclic_share == pytest.approx(0.0, abs=ROUNDING)


def test_weighted_ratings_solve_their_normal_equations() -> None:
    rng = np.random.default_rng(3)
    A, w = rng.normal(size=(5, 5)), rng.integers(0, 4, (5, 5)).astype(float)
    A, w = A - A.T, w + w.T
    found = hodge_ratings(A, w)
    np.fill_diagonal(w, 0.0)
    assert (w * found.cyclic).sum(1) == pytest.approx(0.0, abs=1e-10)
    assert found.ratings.mean() == pytest.approx(0.0, abs=ROUNDING)
    assert found.transitive_share + found.cyclic_share == pytest.approx(1.0)
    # Matches never played say nothing.
    B = A.copy()
    B[w == 0.0] = 0.0
    assert hodge_ratings(B, w).ratings == pytest.approx(found.ratings, abs=1e-10)


def test_elo_ratings_are_those_that_made_the_odds() -> None:
    r = np.array([120.0, 30.0, -10.0, -140.0])
    P = 1 / (1 + 10 ** ((r[None, :] - r[:, None]) / 400))
    found = elo_ratings(P)
    assert found.ratings == pytest.approx(r, abs=1e-9)
    assert found.cyclic_share == pytest.approx(0.0, abs=1e-10)
    circle = np.array([[0.5, 0.2, 0.8], [0.8, 0.5, 0.2], [0.2, 0.8, 0.5]])
    assert elo_ratings(circle).ratings == pytest.approx(0.0, abs=1e-9)
    assert elo_ratings(circle).cyclic_share == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("P", "share"),
    [
        ([[1, -1], [-1, 1]], 1.0),
        ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], 1.0),
        (np.eye(3), 1.0),
        ([[3, 1], [2, 0]], 0.0),
        ([[2, -1], [-1, 1]], 25 / 26),
        ([[3, 0, -3], [0, 3, -4], [0, 0, 1]], 19 / 26),
    ],
)
def test_shares_of_what_goes_round_in_zero_sum_games(P: Any, share: float) -> None:
    """D12, for either sign; doubly centred by hand."""
    A = np.asarray(P, dtype=float)
    assert decompose(A).harmonic_share == pytest.approx(share, abs=ROUNDING)
    assert decompose(mm.MatrixGame(-A)).harmonic_share == pytest.approx(share, abs=ROUNDING)
    assert decompose(3 * A + 7).harmonic_share == pytest.approx(share, abs=ROUNDING)
    H = A - A.mean(0) - A.mean(1)[:, None] + A.mean()
    parts = (A - A.mean(0)), (A - A.mean(1)[:, None])
    assert 2 * (H**2).sum() / sum((part**2).sum() for part in parts) == pytest.approx(share)


@pytest.mark.parametrize("seed", range(3))
def test_parts_of_a_bimatrix_game_are_what_they_are_called(seed: int) -> None:
    """Candogan et al.: 3 x 5, general sum.  Energies weigh a player by its number of actions."""
    rng = np.random.default_rng(seed)
    U, V = rng.normal(size=(3, 5)), rng.normal(size=(3, 5))
    found = decompose(U, V)
    pot, har, non = found.potential_part, found.harmonic_part, found.nonstrategic_part
    for k, whole in enumerate((U, V)):
        assert pot[k] + har[k] + non[k] == pytest.approx(whole, abs=ROUNDING)
    # The potential is a potential: what either gains by moving is what it climbs.
    assert np.diff(pot[0], axis=0) == pytest.approx(np.diff(found.potential, axis=0), abs=ROUNDING)
    assert np.diff(pot[1], axis=1) == pytest.approx(np.diff(found.potential, axis=1), abs=ROUNDING)
    # Nonstrategic: a player's own move changes nothing.
    assert np.diff(non[0], axis=0) == pytest.approx(0.0, abs=ROUNDING)
    assert np.diff(non[1], axis=1) == pytest.approx(0.0, abs=ROUNDING)
    # Harmonic: gains over all deviations from a profile sum to zero; uniform play is an equilibrium.
    assert 3 * (har[0] - har[0].mean(0)) + 5 * (har[1] - har[1].mean(1)[:, None]) == pytest.approx(0.0, abs=1e-11)
    assert np.ptp(har[0].mean(1)) == pytest.approx(0.0, abs=ROUNDING)
    assert np.ptp(har[1].mean(0)) == pytest.approx(0.0, abs=ROUNDING)
    for one, other in ((pot, har), (pot, non), (har, non)):
        assert 3 * (one[0] * other[0]).sum() + 5 * (one[1] * other[1]).sum() == pytest.approx(0.0, abs=1e-10)
    energy = [3 * (u**2).sum() + 5 * (v**2).sum() for u, v in (pot, har)]
    assert found.harmonic_share == pytest.approx(energy[1] / sum(energy))
    assert decompose(U, U).harmonic_share == pytest.approx(0.0, abs=ROUNDING)  # a common payoff is a potential
    again = decompose(*har)
    assert again.harmonic_share == pytest.approx(1.0)
    assert math.isnan(decompose(np.full((2, 3), 4.0)).harmonic_share)  # nothing to choose


# ------------------------------------------------------------------ regrets


def played(seed: int) -> tuple[mm.MatrixGame, np.ndarray, np.ndarray, np.ndarray]:
    """A 4 x 6 game and twenty rounds of mixed strategies, drawn."""
    rng = np.random.default_rng(seed)
    A = uneven(seed)
    return mm.MatrixGame(A), A, rng.dirichlet(np.ones(4) / 2, 20), rng.dirichlet(np.ones(6) / 2, 20)


@pytest.mark.parametrize("seed", range(4))
def test_the_gap_of_averages_is_the_mean_of_both_regrets(seed: int) -> None:
    game, A, xs, ys = played(seed)
    found = regret_of_play(game, xs, ys)
    assert found.gap == pytest.approx((A.T @ xs.mean(0)).max() - (A @ ys.mean(0)).min(), abs=ROUNDING)
    assert found.gap == pytest.approx((found.x.external + found.y.external) / 20, abs=ROUNDING)
    assert found.identity == pytest.approx(0.0, abs=ROUNDING)
    assert found.social == pytest.approx(0.0, abs=ROUNDING)
    for side, plays, utilities in ((found.x, xs, -ys @ A.T), (found.y, ys, xs @ A)):
        earned = (plays * utilities).sum(1)
        assert side.utilities == pytest.approx(earned, abs=ROUNDING)
        assert side.actions == pytest.approx(utilities.sum(0) - earned.sum(), abs=1e-11)
        assert side.positive.tolist() == np.maximum(side.actions, 0.0).tolist()
        assert side.external == pytest.approx(side.actions.max(), abs=1e-11)
        assert side.course[-1] == side.external
        assert side.course[9] == pytest.approx(utilities[:10].sum(0).max() - earned[:10].sum(), abs=1e-11)
        assert side.swap >= side.external - ROUNDING  # swapping all for one is a swap
        assert side.swap >= -ROUNDING  # so is none
        best = sum((plays[:, [i]] * (utilities - utilities[:, [i]])).sum(0).max() for i in range(plays.shape[1]))
        assert side.swap == pytest.approx(best, abs=1e-11)


def test_swap_regret_of_two_actions_by_hand() -> None:
    """x always mismatches: the best action earns 2 of 4, swapping both all; y, who wants that, regrets nothing."""
    game = mm.MatrixGame.from_payoffs(np.eye(2))
    xs, ys = np.eye(2)[[0, 1, 0, 1]], np.eye(2)[[1, 0, 1, 0]]
    found = regret_of_play(game, xs, ys)
    assert (found.x.external, found.x.swap, found.y.external, found.y.swap) == (2.0, 4.0, -2.0, 0.0)
    assert (found.gap, found.identity) == (0.0, 0.0)
    assert found.x.course.tolist() == [1.0, 1.0, 2.0, 2.0]
    assert found.x.positive.tolist() == [2.0, 2.0]
    assert found.y.positive.tolist() == [0.0, 0.0]


def test_regrets_of_a_run_are_those_it_reports() -> None:
    game = mm.MatrixGame(uneven(7))
    for rule in (mm.MWU(0.2), mm.RegretMatchingPlus()):
        options = {"start": (skewed(4, 1), skewed(6, 2)), "alternating": False}
        seen = iterates(game, rule, 60, **options)
        run = mm.solve(game, rule, rounds=60, tol=None, average="uniform", **options)
        found = regret_of_play(game, seen.x[:-1], seen.y[:-1])
        assert (found.x.external, found.y.external) == pytest.approx((run.regret.x, run.regret.y), abs=1e-10)
        assert found.gap == pytest.approx(run.gap, abs=1e-10)


def test_regrets_on_other_sets() -> None:
    """On balls the best strategy is along the sum of utilities; there are no actions to swap."""
    A = uneven(3)
    game = mm.BilinearGame(A, mm.Ball(4, 2.0), mm.Box(-1.0, 2.0, n=6), b=np.arange(4.0), c=np.ones(6))
    rng = np.random.default_rng(1)
    xs, ys = rng.uniform(-0.5, 0.5, (9, 4)), rng.uniform(-1.0, 2.0, (9, 6))
    found = regret_of_play(game, xs, ys)
    ux = -(ys @ A.T + np.arange(4.0))
    assert found.x.external == pytest.approx(2 * np.linalg.norm(ux.sum(0)) - (xs * ux).sum(), abs=1e-10)
    assert found.identity == pytest.approx(0.0, abs=1e-10)
    assert found.x.actions.size == 0
    assert math.isnan(found.y.swap)


def test_courses_of_play_that_say_nothing_are_refused() -> None:
    game, _, xs, ys = played(0)
    with pytest.raises(
        ValueError, match=r"rounds of a 4 x 6 game, of equal number; got shapes \(19, 4\) and \(20, 6\)"
    ):
        regret_of_play(game, xs[1:], ys)
    with pytest.raises(ValueError, match="rounds of a 4 x 6 game"):
        regret_of_play(game, ys, xs)
    with pytest.raises(ValueError, match="row 3 is not"):
        regret_of_play(game, np.where(np.arange(20)[:, None] == 3, math.nan, xs), ys)
    with pytest.raises(ValueError, match="`game` must be on bounded sets"):
        regret_of_play(mm.BilinearGame(uneven(0)), xs, ys)
    curved = mm.QuadraticGame(1.0, uneven(0), 1.0, X=mm.Simplex(4), Y=mm.Simplex(6))
    with pytest.raises(ValueError, match="`game` must be bilinear"):
        regret_of_play(curved, xs, ys)


# ------------------------------------------------------------------ rates

T = np.arange(1, 1001)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_exact_powers_are_found_exactly(power: float) -> None:
    for c, unit in ((1.0, 1), (1e-6, 7), (1e9, 0.01)):
        found = fit_rate(unit * T, c * T**-power)
        assert found.kind == "power"
        assert (found.rate, found.low, found.high) == pytest.approx((power,) * 3, abs=1e-9)
        assert math.isnan(found.factor)
        assert math.isnan(found.since)
        assert found.before is None
    assert f"T^-{power:.2f}" in str(found)


@pytest.mark.parametrize("factor", [0.97, 0.5, 0.999])
def test_exact_linear_rates_are_found_exactly(factor: float) -> None:
    for unit in (1, 2):
        found = fit_rate(unit * T, 3.0 * factor ** T.astype(float))
        assert found.kind == "linear"
        assert found.factor == pytest.approx(factor ** (1 / unit), abs=1e-9)
        assert found.rate == pytest.approx(-math.log(factor) / unit, abs=1e-9)
        assert found.since != found.since  # no other regime before
    assert "a step" in str(found)


@pytest.mark.parametrize("factor", [0.1, 0.01])
def test_very_fast_convergence_is_a_decrease(factor: float) -> None:
    """Eight points above rounding may be too few for a band; it is not true that nothing decreases."""
    assert fit_rate(T, np.maximum(factor ** T.astype(float), 1e-300)).kind != "none"


@pytest.mark.parametrize(("kind", "rate"), [("power", 0.7), pytest.param("linear", 0.005, marks=pytest.mark.long)])
@pytest.mark.parametrize("alike", [pytest.param(0.0, marks=pytest.mark.long), 0.9])
def test_bands_of_two_standard_errors_hold_the_rate_as_often_as_they_say(kind: str, rate: float, alike: float) -> None:
    t, hits, runs = np.arange(1.0, 2001.0), 0, 150
    for seed in range(runs):
        noise = np.random.default_rng(seed).standard_normal(t.size)
        for k in range(1, t.size):
            noise[k] = alike * noise[k - 1] + math.sqrt(1.0 - alike**2) * noise[k]
        law = t**-rate if kind == "power" else np.exp(-rate * t)
        found = fit_rate(t, law * np.exp(0.3 * noise), kind=kind, changes=False)
        hits += found.low <= rate <= found.high
    # 95 %, less three binomial standard errors of 1.8 %.
    assert hits / runs > 0.89


@pytest.mark.parametrize("points", [40, 60, 200])
def test_the_right_law_is_chosen_in_noise(points: int) -> None:
    t, rng = np.arange(1.0, points + 1), np.random.default_rng(0)
    for law, sigma, kind in ((t**-0.5, 0.1, "power"), (np.exp(-10.0 * t / points), 0.5, "linear")):
        kinds = [fit_rate(t, law * np.exp(sigma * rng.standard_normal(points))).kind for _ in range(20)]
        assert kinds.count(kind) >= 18


def test_what_reached_rounding_does_not_bend_the_law() -> None:
    t = np.arange(1.0, 401.0)
    found = fit_rate(t, 0.83**t + 1e-16 * np.random.default_rng(0).random(400))
    assert (found.kind, found.factor) == ("linear", pytest.approx(0.83, rel=1e-3))
    assert fit_rate(t[:20], np.exp(-4.0 * t[:20]) + 1e-16).factor == pytest.approx(math.exp(-4.0), rel=2e-3)


def test_a_run_that_begins_near_its_end_reaches_rounding_early() -> None:
    """A gap of .0004 falls by .92 a round to 3e-16, a part in 1e12 of where it began; checks are ever farther apart."""
    work = np.unique(np.geomspace(1, 1000, 40).astype(int))
    gaps = np.maximum(4e-4 * 0.92**work, 3e-16 * (1.0 + 0.3 * np.sin(work)))
    found = fit_rate(work, gaps)
    assert (found.kind, found.factor) == ("linear", pytest.approx(0.92, abs=1e-3))


def test_oscillating_values_are_judged_by_their_envelope() -> None:
    """|cos| touches zero twice a turn; peaks are 22 rounds apart."""
    wave = abs(np.cos(T / 7))
    found = fit_rate(T, wave * 0.98**T)
    assert found.kind == "linear"
    assert found.factor == pytest.approx(0.98, abs=1e-4)
    t = np.arange(1, 20_001)
    found = fit_rate(t, abs(np.cos(t / 7)) / t)
    assert found.kind == "power"
    assert found.rate == pytest.approx(1.0, abs=0.05)  # steps of the first few peaks


def test_envelopes_are_the_least_decreasing_ones() -> None:
    v = np.random.default_rng(0).uniform(size=50)
    above = envelope(v)
    assert (above >= v).all()
    assert (np.diff(above) <= 0).all()
    assert above.tolist() == [v[k:].max() for k in range(50)]
    assert envelope(above).tolist() == above.tolist()


def test_a_change_of_regime_is_found_where_it_is() -> None:
    """A power that turns linear, as restarts or a found face bring; and a law that gets steeper."""
    t = T.astype(float)
    found = fit_rate(T, np.where(T < 300, t**-0.5, 300**-0.5 * 0.97 ** (t - 300)), kind="linear")
    assert found.since == pytest.approx(300, abs=20)  # points are five rounds apart, and the law before is a power
    assert found.factor == pytest.approx(0.97, abs=1e-3)
    found = fit_rate(T, np.where(T < 100, t**-0.5, 100**-0.5 * (t / 100) ** -2.0), kind="power")
    assert found.since == pytest.approx(100, rel=0.1)
    assert found.rate == pytest.approx(2.0, abs=0.02)
    assert found.before.rate == pytest.approx(0.5, abs=0.02)
    whole = fit_rate(T, np.where(T < 100, t**-0.5, 100**-0.5 * (t / 100) ** -2.0), changes=False)
    assert whole.before is None


@pytest.mark.parametrize("spread", [0.05, 0.2])
@pytest.mark.parametrize(("kind", "rate"), [("power", 0.7), ("linear", 0.01)])
def test_bands_cover_the_law_under_noise(kind: str, rate: float, spread: float) -> None:
    """Log-normal noise, points as even as the variable of the fit: at least 16 of 20 bands of 95 %."""
    covered = 0
    for seed in range(20):
        t = np.unique(np.geomspace(1, 1e5, 400).round()) if kind == "power" else T.astype(float)
        noise = np.exp(spread * np.random.default_rng(seed).standard_normal(t.size))
        found = fit_rate(t, (t**-rate if kind == "power" else np.exp(-rate * t)) * noise)
        covered += found.kind == kind and found.low <= rate <= found.high
    assert covered >= 16


@pytest.mark.parametrize("spread", [0.05, 0.2])
def test_bands_cover_powers_recorded_every_round(spread: float) -> None:
    """The envelope of noise is higher where more points lie within a stretch of log T: that must not bend the law."""
    covered = 0
    for seed in range(20):
        t = np.arange(1.0, 2001.0)
        found = fit_rate(t, t**-0.7 * np.exp(spread * np.random.default_rng(seed).standard_normal(t.size)))
        covered += found.kind == "power" and found.low <= 0.7 <= found.high
    assert covered >= 12  # most


@pytest.mark.parametrize("kind", ["auto", "linear"])
def test_a_linear_rate_that_ends_on_a_floor_or_bends_is_no_power(kind: str) -> None:
    t = np.arange(1.0, 2001.0)
    found = fit_rate(t, np.exp(-0.03 * t) + 1e-6, kind=kind)
    assert (found.kind, found.before.kind) == ("none", "linear")
    assert found.before.rate == pytest.approx(0.03, rel=0.01)
    assert found.since == pytest.approx(math.log(1e6) / 0.03, rel=0.1)
    assert str(found).startswith(f"no decrease since {found.since:.0f}, before a factor 0.97")
    bent = fit_rate(t, np.where(t < 500, np.exp(-0.02 * t), np.exp(-9.0 - 0.002 * t)), kind=kind)
    assert (bent.kind, bent.before.kind) == ("linear", "linear")
    assert (bent.rate, bent.before.rate) == (pytest.approx(0.002, rel=0.01), pytest.approx(0.02, rel=0.01))


def test_noise_hides_no_change_of_regime_and_makes_no_decrease() -> None:
    t = np.arange(1.0, 2001.0)
    for seed in range(10):
        noise = np.random.default_rng(seed).standard_normal(t.size)
        found = fit_rate(t, np.where(t < 300, t**-0.5, 300.0**1.5 * t**-2.0) * np.exp(0.1 * noise))
        assert (found.rate, found.since) == (pytest.approx(2.0, abs=0.1), pytest.approx(300.0, rel=0.2))
        assert found.before.rate == pytest.approx(0.5, abs=0.1)
        assert fit_rate(t, t**0.3 * np.exp(0.3 * noise)).kind == "none"


def test_what_does_not_decrease_has_no_rate() -> None:
    assert fit_rate(T, np.ones(1000)) == NOTHING
    assert fit_rate(T, np.exp(0.01 * T)) == NOTHING
    assert str(NOTHING) == "no decrease"
    assert fit_rate(T, 0.0 * T).kind == "none"


@pytest.mark.parametrize("pace", [3, 9, 20, 50])
def test_what_goes_round_has_no_rate(pace: int) -> None:
    """After the last crest the envelope is that of a falling wave, however long the record."""
    assert fit_rate(T, 2 + np.cos(T / pace)).kind == "none"
    assert fit_rate(T, 0.1 + abs(np.cos(T / pace))).kind == "none"


def test_a_run_that_ends_infinite_does_not_decrease() -> None:
    """The envelope of what comes to infinity is infinite."""
    assert fit_rate(T, np.append(T[:-1] ** -0.5, math.inf)).kind == "none"


def test_gaps_of_runs_have_their_known_rates() -> None:
    """FEG on f = x y: |F| is sqrt 2 / k or 2 / k or 0 (B2.3), so 2 / k is the envelope; EG is linear by its factor."""
    k = np.arange(1.0, 2001.0)
    found = fit_rate(k, np.choose((k % 4).astype(int), [0 * k, math.sqrt(2) / k, 2 / k, math.sqrt(2) / k]))
    assert (found.kind, found.rate) == ("power", pytest.approx(1.0, abs=0.02))  # plateaus of four
    far = np.linalg.norm(orbit(SCALAR, mm.ExtraGradient(0.5), 120, 2), axis=1)
    found = fit_rate(np.arange(121) + 1, far)
    assert (found.kind, found.factor) == ("linear", pytest.approx(math.sqrt(1 - 0.25 + 0.0625), abs=1e-9))
    assert compared_rate(found, promised_rate(mm.ExtraGradient(), "last")) == "as promised"


@pytest.mark.parametrize(
    ("rule", "average", "last"),
    [
        (mm.MWU(), 0.5, None),
        (mm.OMWU(), 1.0, None),
        (mm.MirrorProx(), 1.0, None),
        (mm.LogBarrierFTRL(), 0.5, None),
        (mm.Exp3(), 0.5, None),
        (mm.RegretMatchingPlus(), 0.5, None),
        (mm.AlternatingGDA(), 0.5, "none"),
        (mm.PDHG(), 1.0, "converges"),
        (mm.NegativeMomentum(), None, "converges"),
        (mm.FEG(), None, 1.0),
        (mm.OptimisticGDA(), None, "converges"),
        (mm.ForwardBackwardForward(), 1.0, "converges"),
        (mm.BestResponse(), None, None),
    ],
)
def test_promises_are_read_from_guarantees(rule: Any, average: Any, last: Any) -> None:
    assert (promised_rate(rule, "average"), promised_rate(rule, "last")) == (average, last)


def test_fictitious_play_promises_no_rate() -> None:
    """Its guarantee says "no O(1/sqrt T)"."""
    assert promised_rate(mm.FictitiousPlay(), "average") == "converges"


def law(kind: str, rate: float, half: float = 0.0) -> Rate:
    return NOTHING._replace(kind=kind, rate=rate, low=rate - half, high=rate + half)


@pytest.mark.parametrize(
    ("found", "promise", "verdict"),
    [
        (law("power", 0.5), 0.5, "as promised"),
        (law("power", 0.47), 0.5, "as promised"),
        (law("power", 0.3), 0.5, "slower"),
        (law("power", 0.3, 0.3), 0.5, "as promised"),
        (law("power", 1.0), 0.5, "faster"),
        (law("power", 1.0, 0.6), 0.5, "as promised"),
        (law("linear", 0.1), 1.0, "faster"),
        (law("linear", 0.1), "linear", "as promised"),
        (law("power", 2.0), "linear", "slower"),
        (law("power", 0.1), "converges", "as promised"),
        (NOTHING, "converges", "slower"),
        (NOTHING, 0.5, "slower"),
        (NOTHING, "none", "as promised"),
        (law("power", 1.0), "none", "faster"),
        (law("power", 1.0), None, "nothing promised"),
    ],
)
def test_laws_are_held_against_promises(found: Rate, promise: Any, verdict: str) -> None:
    assert compared_rate(found, promise) == verdict


# ------------------------------------------------------------------ garbage


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: orbit_of([[1.0, math.nan], [0, 0], [0, 0]]), ValueError, "row 0 is not"),
        (lambda: spiral([[1.0, 0.0], [0.0, 1.0]]), ValueError, "at least 3 rows, one a step; got 2: record more steps"),
        (lambda: limit_cycle([[1.0, 0.0], [0.0, 1.0]]), ValueError, "at least 3 rows, one a step; got 2"),
        (lambda: winding_number([[1.0, 0.0]]), ValueError, "at least 2 rows, one a step; got 1"),
        (lambda: winding_number(np.ones((4, 2, 2))), ValueError, r"must have shape \(T, d\)"),
        (lambda: winding_number(mm.Trajectory()), ValueError, "at least 2 rows, one a step; got 0"),
        (lambda: winding_number("spiral"), TypeError, "must be an array of numbers"),
        (lambda: winding_number([[1.0, 0.0], [0.0, math.inf]]), ValueError, "row 1 is not: pass the rows before it"),
        (lambda: turning(np.eye(3), [0.0, 0.0]), ValueError, "`centre` must be 3 finite coordinates"),
        (
            lambda: turning(np.eye(3), np.zeros(3), np.eye(2)),
            ValueError,
            "`plane` must be two finite rows of 3 coordinates",
        ),
        (lambda: recurrence(np.eye(3), 0.0), ValueError, "`epsilon` must be a positive distance"),
        (lambda: recurrence(np.eye(3), math.nan), ValueError, "`epsilon` must be a positive distance"),
        (lambda: drift([0.0, 1.0]), ValueError, "must not begin at zero"),
        (lambda: best_response_cycle(mm.zoo.matching_pennies(), (0, 2)), ValueError, "pair of actions of a 2 x 2 game"),
        (lambda: best_response_cycle(np.eye(2)), TypeError, r"must be a MatrixGame; got ndarray: wrap payoffs"),
        (lambda: winding_number(np.ones(9)), ValueError, "two coordinates at least to have a plane"),
        (lambda: fit_rate(T[:5], T[:5]), ValueError, "at least 8 finite entries at positive work; got 5"),
        (lambda: fit_rate(T, T[:-1]), ValueError, "equal length; got 1000 and 999"),
        (lambda: fit_rate(T[::-1], T), ValueError, "`work` must increase"),
        (lambda: fit_rate(T, -1.0 * T), ValueError, "`values` must not be negative"),
        (lambda: fit_rate(T, T * math.nan), ValueError, "at least 8 finite entries"),
        (lambda: fit_rate(T, 1 / T, kind="cubic"), ValueError, '`kind` must be "auto", "power" or "linear"'),
        (lambda: game_jacobian(np.eye(2)), TypeError, "`game` must be a game or a TorchPair; got ndarray"),
        (lambda: game_jacobian(SCALAR, [1.0]), ValueError, "given both, or neither"),
        (lambda: game_jacobian(SCALAR, [math.nan], [1.0]), ValueError, "finite"),
        (lambda: classify(SCALAR), TypeError, "`x` and `y` must be given"),
        (lambda: path_angle(SCALAR, 0.0, ([1.0], [0.0])), TypeError, r"`target` must be a pair \(x, y\); got float"),
        (lambda: path_angle(SCALAR, ([0.0], [0.0]), ([0.0], [0.0])), ValueError, "`start` must differ from `target`"),
        (
            lambda: path_angle(SCALAR, ([0.0], [0.0, 1.0]), ([1.0], [0.0, 1.0])),
            ValueError,
            "finite points of 1 and 1 coordinates",
        ),
        (lambda: hodge_ratings(np.ones((2, 2))), ValueError, "`A` must be antisymmetric"),
        (lambda: hodge_ratings(np.zeros((2, 3))), ValueError, "`A` must be antisymmetric"),
        (lambda: hodge_ratings(np.zeros((2, 2)), [[0, -1], [-1, 0]]), ValueError, "without negative entries"),
        (lambda: elo_ratings([[0.5, 1.0], [0.0, 0.5]]), ValueError, "strictly between 0 and 1"),
        (lambda: elo_ratings([[0.5, 0.7], [0.7, 0.5]]), ValueError, "one of the two wins"),
        (lambda: decompose([[1.0, math.nan]]), ValueError, "finite"),
        (lambda: decompose(SCALAR), TypeError, "`game` must be a MatrixGame or a matrix; got"),
        (lambda: rates_of_run(mm.zoo.matching_pennies()), TypeError, "`run` must be a Solution"),
        (lambda: decompose(np.eye(2), np.ones((2, 3))), ValueError, "must have the shape of `game`"),
    ],
)
def test_garbage_is_refused(call: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: turning(np.eye(3, 2), [math.nan, 0.0]),
        lambda: winding_number(np.eye(3, 2), [0.0, 0.0], np.full((2, 2), math.nan)),
        lambda: drift(np.ones((5, 2))),
        lambda: path_angle(SCALAR, ([math.nan], [0.0]), ([1.0], [0.0])),
        lambda: path_angle(mm.BilinearGame(np.ones((2, 1))), ([0.0], [0.0, 0.0]), ([1.0], [0.0, 1.0])),
        lambda: spiral(np.eye(3, 2), [0.0, 0.0, 0.0, 0.0]),
        lambda: poincare_section(np.eye(3, 2), [0.0, 0.0], plane=np.eye(3)),
        lambda: step_factors(mm.GDA(0.1), [math.nan]),
    ],
)
def test_garbage_gives_no_number(call: Any) -> None:
    """A centre that is not a number, a record of two columns where one is drifting, points of the wrong shape."""
    with pytest.raises((ValueError, TypeError), match="must"):
        call()


# ------------------------------------------------------------------ words


def test_answers_print_as_sentences() -> None:
    """Every number a reader asks for first, and no raw tuple."""
    pennies = mm.zoo.matching_pennies()
    alternating = stability(SCALAR, mm.AlternatingGDA(0.1, "constant"), [0.0], [0.0])
    assert str(alternating) == "stable: a small kick changes by a factor 1 a step, turning once in 62.81 steps"
    assert str(stability(SCALAR, mm.GDA(0.1, "constant"), [0.0], [0.0])).startswith("unstable")
    assert "leads back to" in str(path_angle(mm.QuadraticGame(P=1.0, A=[[0.0]], Q=1.0), (0.0, 0.0), (1.0, 1.0)))
    assert str(decompose(pennies)).startswith("100 % harmonic")
    assert str(hodge_ratings(mm.zoo.rock_paper_scissors())).startswith("100 % cyclic")
    course = mm.Trajectory()
    run = mm.solve(pennies, mm.MWU(0.1), rounds=50, tol=None, every=1, watch=course)
    said = str(regret_of_play(pennies, course.x[:-1], course.y[:-1], method=mm.MWU(0.1)))
    assert said.startswith("regrets over 50 rounds\nx: external regret")
    assert "gap of the averages" in said
    assert str(rates_of_run(run)).count("\n") == 2
