"""Maps of the simplex: optimality, inverses, extremes, and the exponential they are built on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minmax as mm
from minmax._scalar import exp, uniform
from minmax.rows import uniform_row

finite = st.floats(-1e6, 1e6, allow_nan=False)
thetas = st.lists(finite, min_size=1, max_size=12).map(np.array)
MAPS = ["entropy", "euclidean", "log-barrier", "regret", "best-response"]


def played(geometry: str, theta: np.ndarray) -> list[np.ndarray]:
    """The play in scalar loops and on rows."""
    record = mm.Simplex(theta.size).using(geometry)
    x = np.empty(theta.size)
    record.play(theta, x, 0.0)
    return [x, record.play_rows(theta)]


@pytest.mark.parametrize("geometry", MAPS)
@settings(deadline=None)
@given(theta=thetas)
def test_every_map_lands_on_the_simplex_and_both_carriers_agree(geometry: str, theta: np.ndarray) -> None:
    loops, rows = played(geometry, theta)
    assert abs(loops.sum() - 1) <= 1e-12
    assert loops.min() >= 0
    assert abs(loops - rows).max() <= 1e-9


@settings(deadline=None)
@given(theta=thetas)
def test_projection_satisfies_its_variational_inequality(theta: np.ndarray) -> None:
    """<theta - x, z - x> <= 0 for every z of the simplex; the corners suffice."""
    for x in played("euclidean", theta):
        slope = theta - x
        assert slope.max() - slope @ x <= 1e-9 * (1 + abs(theta).max())


@settings(deadline=None)
@given(theta=thetas)
def test_entropy_and_barrier_maps_are_the_maximisers_they_stand_for(theta: np.ndarray) -> None:
    """Stationarity: theta minus the regulariser's gradient is constant where the map has not saturated."""
    theta = theta / (1 + abs(theta).max()) * 30
    x = played("entropy", theta)[0]
    assert np.ptp(theta - np.log(x)) <= 1e-10
    x = played("log-barrier", theta)[0]
    assert np.ptp(theta + 1 / x) <= 1e-8 * (1 + (1 / x).max())


@pytest.mark.parametrize("geometry", ["entropy", "euclidean", "log-barrier"])
def test_lift_is_a_right_inverse_of_play(geometry: str) -> None:
    x = np.random.default_rng(0).dirichlet(np.ones(7))
    record = mm.Simplex(7).using(geometry)
    theta = np.empty(7)
    record.lift(x, theta)
    assert np.array_equal(theta, record.lift_rows(x)) or abs(theta - record.lift_rows(x)).max() < 1e-14
    assert abs(record.play_rows(theta) - x).max() < 1e-14


def test_lazy_and_agile_projection_differ_once_a_constraint_is_active() -> None:
    """B3.4, exactly."""
    losses = [(1, 0)] * 3 + [(0, 1)] * 3
    first = {}
    for rule in (mm.GDA(0.5), mm.EuclideanFTRL(0.5)):
        player = mm.learner(rule, mm.Simplex(2))
        first[type(rule).__name__] = []
        for loss in losses:
            player.observe([-float(v) for v in loss])
            first[type(rule).__name__].append(float(player.play()[0]))
    assert first["GDA"] == pytest.approx([0.25, 0, 0, 0.25, 0.5, 0.75], abs=1e-15)
    assert first["EuclideanFTRL"] == pytest.approx([0.25, 0, 0, 0, 0.25, 0.5], abs=1e-15)


def test_no_positive_regret_plays_uniform_and_ties_go_to_the_lowest_index() -> None:
    assert played("regret", np.array([-1.0, 0.0, -2.0]))[0].tolist() == [1 / 3] * 3
    assert played("best-response", np.array([1.0, 2.0, 2.0]))[0].tolist() == [0, 1, 0]
    assert mm.Simplex(3).respond([0.0, 0.0, 0.0]).tolist() == [1, 0, 0]


def test_regrets_of_any_size_normalise() -> None:
    for size in (1e-310, 1e-300, 1e300):
        for x in played("regret", np.array([1.0, 3.0, -1.0]) * size):
            assert x == pytest.approx([0.25, 0.75, 0.0], abs=1e-6)


@given(x=st.floats(-708, 709))
def test_the_exponential_is_accurate_to_a_few_units_in_the_last_place(x: float) -> None:
    assert exp(x) == pytest.approx(math.exp(x), rel=1e-15)


def test_the_exponential_clamps_far_below() -> None:
    assert 0.0 < exp(-1e9) < 1e-300


def test_noise_is_a_function_of_seed_player_round_and_action() -> None:
    row = uniform_row(3, 1, 77, 50)
    assert row.tolist() == [uniform(3, 1, 77, i) for i in range(50)]
    others = [uniform_row(*key, 50) for key in ((4, 1, 77), (3, 0, 77), (3, 1, 78))]
    assert all(abs(row - other).min() > 0 for other in others)
    many = uniform_row(0, 0, 1, 100_000)
    # Kolmogorov's distance of a fair sample of this size stays below 0.0062 with probability 0.999.
    assert abs(np.sort(many) - (np.arange(100_000) + 0.5) / 100_000).max() < 0.0062


@pytest.mark.parametrize(("bad", "error"), [(0, ValueError), (-1, ValueError), (2.0, TypeError), (True, TypeError)])
def test_a_size_that_is_none_is_refused(bad: object, error: type[Exception]) -> None:
    for domain in (mm.Simplex, mm.Free):
        with pytest.raises(error, match="`n` must be a whole number of at least 1"):
            domain(bad)  # type: ignore[arg-type]


def test_free_space_has_one_geometry() -> None:
    with pytest.raises(ValueError, match="one that Free has, 'euclidean'; got 'entropy'"):
        mm.Free(2).using("entropy")
    with pytest.raises(ValueError, match="did you mean 'entropy'"):
        mm.Simplex(2).using("entrop")
