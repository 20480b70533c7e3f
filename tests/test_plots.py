"""Pictures: what is drawn is what was computed, and every mark that the conventions ask for is there."""

from __future__ import annotations

import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from minmax import (
    GDA,
    MWU,
    OMWU,
    PDHG,
    BilinearGame,
    Exp3,
    ExtraGradient,
    FictitiousPlay,
    LinearProgram,
    MatrixGame,
    PredictiveRegretMatchingPlus,
    RegretMatching,
    RegretMatchingPlus,
    dynamics,
    read_game,
    solve,
    zoo,
)
from minmax.plots import (
    COLORS,
    plot_convergence,
    plot_demo,
    plot_game,
    plot_orbit,
    plot_solution,
    plot_strategies,
    plot_tree,
    plot_values,
)
from minmax.plots.canvas import blank_figure, color_of, shade_of
from minmax.plots.frames import corners_to_plane

matplotlib.use("Agg")

# Off the equilibrium, asymmetric, n != m; up to 512 rounds nothing is compiled.
GAME = MatrixGame.from_payoffs([[3.0, -1.0, 0.5], [-2.0, 1.0, 4.0]], name="small")
SADDLE = MatrixGame([[0.0, 1.0], [3.0, 2.0]])
SCALAR = BilinearGame([[1.0]])
ROCK = zoo.rock_paper_scissors()
RULES = (MWU(), GDA(), OMWU(), ExtraGradient(), PDHG(), RegretMatchingPlus(), PredictiveRegretMatchingPlus())


def axes():
    return blank_figure(6.4, 4.6).subplots()


def played(game, rule, rounds=100):
    return solve(game, rule, rounds=rounds, tol=None)


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def curve(ax, style, label=""):
    (line,) = [
        line
        for line in ax.lines
        if line.get_linestyle() == style and label in line.get_label() and not line.get_label().startswith("_")
    ]
    return line


def stars_of(ax):
    return np.array([line.get_xydata()[0] for line in ax.lines if line.get_marker() == "*"])


def rings_of(ax):
    return np.array([line.get_xydata()[0] for line in ax.lines if line.get_marker() == "o"])


def assert_labels_apart(ax):
    """No label of a curve lies on another label, and all are within the frame."""
    ax.figure.canvas.figure.draw_without_rendering()
    frame = ax.get_window_extent()
    boxes = [text.get_window_extent() for text in ax.texts if str(text.get_gid()).startswith("curve")]
    for k, box in enumerate(boxes):
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1
        assert not any(box.overlaps(other) for other in boxes[:k])


# ------------------------------------------------------------------ convergence


@pytest.mark.parametrize(("style", "column"), [("-", "gap_average"), ("--", "gap_last")])
def test_curves_are_the_history(style, column):
    run = played(GAME, ExtraGradient())
    line = curve(plot_convergence(run, ax=axes(), reference=False), style, "ExtraGradient")
    gaps = getattr(run.history, column)
    drawn = np.isfinite(line.get_ydata())
    assert np.array_equal(line.get_xdata(), run.history.operator_calls)
    assert np.array_equal(line.get_ydata()[drawn], gaps[drawn])
    # What is left out has no logarithm: the start, at no calls, and gaps of zero.
    assert np.array_equal(drawn, (run.history.operator_calls > 0) & (gaps > 0))


def test_axes_say_what_is_measured():
    ax = plot_convergence(played(GAME, MWU(eta=0.1)), ax=axes())
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_xlabel()) == ("log", "log", "operator calls")
    assert ax.get_ylabel() == "duality gap (payoff units)"
    title = ax.get_title(loc="left")
    assert all(part in title for part in ("small", "2 × 3", "MWU", "η = 0.1"))
    assert texts_of(ax) == ["average, uniform", "last iterate", "1/√T"]


def test_residuals_are_called_so():
    game = BilinearGame([[1.0, 2.0], [0.0, 1.0]])
    ax = plot_convergence(played(game, ExtraGradient()), ax=axes())
    assert ax.get_ylabel() == "natural residual"
    both = plot_convergence([played(game, ExtraGradient()), played(GAME, ExtraGradient())], ax=axes())
    assert both.get_ylabel() == "natural residual or duality gap (payoff units)"


def test_decaying_steps_and_seeds_are_in_the_caption():
    decaying = plot_convergence(played(GAME, MWU()), ax=axes())
    assert "/√t" in decaying.get_title(loc="left")
    sampled = plot_convergence(solve(GAME, Exp3(), rounds=50, tol=None, seed=7), ax=axes())
    assert "seed 7" in sampled.get_title(loc="left")


@pytest.mark.parametrize(
    ("rule", "rates"),
    [(MWU(), {"1/√T": 0.5}), (ExtraGradient(), {"1/T": 1.0}), (FictitiousPlay(), {"1/√T": 0.5})],
    ids=["slow", "fast", "none promised"],
)
def test_reference_has_the_slope_it_names(rule, rates):
    ax = plot_convergence(played(GAME, rule), ax=axes())
    notes = {text.get_gid(): text.get_text() for text in ax.texts}
    guides = [line for line in ax.lines if notes.get(line.get_gid()) in rates]
    assert len(guides) == len(rates)
    for line in guides:
        (x0, y0), (x1, y1) = line.get_xydata()
        # The two ends are computed by one power of a float.
        assert np.log(y0 / y1) / np.log(x1 / x0) == pytest.approx(rates[notes[line.get_gid()]], rel=1e-12)


def test_no_reference_where_none_is_wanted():
    assert texts_of(plot_convergence(played(GAME, MWU()), ax=axes(), reference=False)) == [
        "average, uniform",
        "last iterate",
    ]


def test_gap_of_zero_is_marked_and_not_drawn():
    run = played(SADDLE, GDA(eta=0.2))
    assert (run.history.gap_last[-5:] == 0).all()  # projection reaches a pure saddle exactly
    ax = plot_convergence(run, ax=axes())
    reached = run.history.operator_calls[(run.history.gap_last == 0) & (run.history.operator_calls > 0)][0]
    (mark,) = [line for line in ax.lines if line.get_marker() == "v"]
    assert mark.get_xdata()[0] == reached
    assert "gap 0" in texts_of(ax)
    ax.figure.canvas.draw()


@pytest.mark.parametrize(
    "solved",
    [
        lambda: solve(GAME),
        lambda: solve(zoo.rock_paper_scissors(), MWU()),
        lambda: played(MatrixGame(np.zeros((2, 3))), MWU(eta=1.0), 5),
        lambda: solve(GAME, LinearProgram()),
    ],
    ids=["automatic", "solved at the start", "zero throughout", "exact"],
)
def test_run_without_a_curve_says_so(solved):
    run = solved()
    ax = plot_convergence(run, ax=axes())
    assert run.path[-1] in texts_of(ax)[0]
    ax.figure.canvas.draw()


def test_single_check_is_a_point():
    line = curve(plot_convergence(played(GAME, MWU(), 1), ax=axes()), "-", "average")
    assert line.get_marker() == "o"


def test_run_that_overflows_is_drawn_as_far_as_it_went():
    run = solve(SCALAR, GDA(eta=1e200), rounds=40, tol=None)
    ax = plot_convergence(run, ax=axes())
    ax.figure.canvas.draw()
    assert np.isfinite(curve(ax, "-", "GDA").get_ydata()).sum() == 1


def test_few_runs_are_labelled_at_their_curves():
    runs = [played(GAME, rule) for rule in RULES[:5]]
    ax = plot_convergence(runs, ax=blank_figure(8.0, 5.0).subplots())
    assert {"MWU", "GDA", "OMWU", "ExtraGradient", "PDHG"} <= set(texts_of(ax))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["average iterate", "last iterate"]
    assert_labels_apart(ax)


def test_many_runs_are_named_in_a_legend():
    runs = [played(GAME, rule, 20) for rule in RULES]
    ax = plot_convergence(iter(runs), ax=axes())
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == [type(rule).__name__ for rule in RULES] + ["average iterate", "last iterate"]


def test_runs_of_one_dynamics_are_told_apart():
    ax = plot_convergence([played(GAME, GDA(eta=0.1)), played(GAME, GDA(eta=0.02))], ax=axes())
    assert {"GDA, η = 0.1", "GDA, η = 0.02"} <= set(texts_of(ax))
    markers = [line.get_marker() for line in ax.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 2]
    assert len(set(markers)) == 2
    same = plot_convergence([played(GAME, GDA(eta=0.1))] * 2, ax=axes())
    assert {"GDA, run 1", "GDA, run 2"} <= set(texts_of(same))


def test_every_dynamics_has_a_colour_of_its_own():
    classes = [getattr(dynamics, name) for name in dynamics.__all__]
    names = {c.__name__ for c in classes if issubclass(c, dynamics.Dynamics)} - {"Dynamics"}
    assert names == set(COLORS)
    assert len(set(COLORS.values())) == len(COLORS)
    assert color_of("SomebodyElses") == color_of("SomebodyElses")
    assert color_of("SomebodyElses") not in COLORS.values()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_colour_is_that_of_the_dynamics(rule):
    ax = plot_convergence(played(GAME, rule, 10), ax=axes())
    assert {to_hex(curve(ax, style, "").get_color()).upper() for style in ("--",)} == {COLORS[type(rule).__name__]}


@pytest.mark.parametrize("wrong", [[], [1], {"a": 1}], ids=str)
def test_other_things_than_solutions_are_refused(wrong):
    with pytest.raises(TypeError, match="as `solve` returns"):
        plot_convergence(wrong, ax=axes())


def test_without_axes_a_new_figure_is_made_and_not_shown(monkeypatch):
    from matplotlib import pyplot

    monkeypatch.setattr(pyplot, "show", lambda *a, **k: pytest.fail("plots never show"))
    before = pyplot.get_fignums()
    ax = played(GAME, MWU(), 10).plot()
    assert isinstance(ax, Axes)
    assert len(pyplot.get_fignums()) == len(before) + 1
    pyplot.close(ax.figure)
    mine = axes()
    assert plot_strategies(solve(GAME), ax=mine) is mine
    assert pyplot.get_fignums() == before


def test_axes_of_another_kind_are_refused():
    with pytest.raises(TypeError, match=r"subplots\(\); got Figure"):
        plot_strategies(solve(GAME), ax=Figure())


def test_missing_matplotlib_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "minmax\[plot\]"'):
        plot_convergence(played(GAME, MWU(), 5))


def test_second_run_of_a_dynamics_with_gap_zero_throughout_does_not_raise_index_error():
    runs = [played(GAME, MWU()), played(zoo.matching_pennies(), MWU())]
    assert (runs[1].history.gap_average == 0).all()
    for order in (runs, runs[::-1], [*runs, runs[1]]):
        plot_convergence(order, ax=axes()).figure.canvas.draw()


def test_runs_of_gap_zero_throughout_do_not_vanish_beside_others():
    runs = [played(ROCK, rule) for rule in (MWU(), RegretMatching(), FictitiousPlay())]
    ax = plot_convergence(runs, ax=axes())
    entries = dict(zip((text.get_text() for text in ax.get_legend().get_texts()), ax.get_legend().legend_handles))
    for name in ("MWU", "RegretMatching"):
        mark = entries[f"{name}: gap 0 throughout"]
        assert (mark.get_marker(), mark.get_color()) == ("v", COLORS[name])
    assert "FictitiousPlay" in texts_of(ax)
    assert len(entries) == 4


def test_run_solved_at_the_start_does_not_vanish_beside_others():
    ax = plot_convergence([solve(ROCK, MWU()), played(ROCK, FictitiousPlay())], ax=axes())
    assert "MWU: gap 0, no rounds played" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_repeats_of_a_dynamics_do_not_share_one_colour():
    rules = [RULE(eta=eta) for RULE in (MWU, GDA) for eta in (0.01, 0.1, 1.0)]
    ax = plot_convergence([played(GAME, rule) for rule in rules], ax=axes(), reference=False)
    averages = [line for line in ax.lines if "average" in line.get_label()]
    lasts = [line for line in ax.lines if "last" in line.get_label()]
    assert len({to_hex(line.get_color()) for line in averages}) == len(averages) == 6
    assert [line.get_color() for line in averages] == [line.get_color() for line in lasts]
    assert len({line.get_marker() for line in averages[:3]}) == 3
    # Light grows with every repeat, and the middle one of three has the colour of the dynamics.
    for three, name in ((averages[:3], "MWU"), (averages[3:], "GDA")):
        lights = [sum(to_rgb(line.get_color())) for line in three]
        assert lights == sorted(lights)
        assert to_hex(three[1].get_color()).upper() == COLORS[name]


@pytest.mark.parametrize("name", COLORS)
@pytest.mark.parametrize("count", [2, 3, 5])
def test_shades_of_every_colour_are_apart(name, count):
    shades = np.array([to_rgb(shade_of(COLORS[name], k, count)) for k in range(count)])
    assert np.abs(np.diff(shades, axis=0)).max(axis=1).min() > 0.08
    assert shades.min() >= 0
    assert shades.max() <= 1
    assert shade_of(COLORS[name], 0, 1) == COLORS[name]


def test_labels_name_the_game_where_games_differ():
    runs = [played(GAME, MWU()), played(zoo.rock_paper_scissors(1, 2, 3), MWU()), played(GAME, GDA())]
    named = texts_of(plot_convergence(runs, ax=axes()))
    for rule, run in zip(("MWU", "MWU", "GDA"), runs):
        assert any(text.startswith(rule) and run.name[:20] in text for text in named)
    alone = texts_of(plot_convergence([runs[0], runs[2]], ax=axes()))
    assert {"MWU", "GDA"} <= set(alone)


@pytest.mark.parametrize("wrong", [GAME, None, 3], ids=["game", "none", "number"])
def test_game_in_place_of_a_solution_is_not_called_not_iterable(wrong):
    with pytest.raises(TypeError, match="as `solve` returns; got") as refused:
        plot_convergence(wrong, ax=axes())
    assert type(wrong).__name__ in str(refused.value)


# ------------------------------------------------------------------ orbits


def test_descent_ascent_grows_by_its_factor_every_round():
    eta = 0.3
    ax = plot_orbit(SCALAR, GDA(eta=eta), rounds=40, start=([0.5], [-1.0]), ax=axes())
    radii = np.hypot(*curve(ax, "-", "GDA").get_data())
    assert len(radii) == 41
    # One rounding a product, 40 rounds.
    np.testing.assert_allclose(radii[1:] / radii[:-1], np.sqrt(1 + eta**2), rtol=1e-12)


def test_extra_gradient_shrinks_by_its_factor_every_second_round():
    eta = 0.3
    ax = plot_orbit(SCALAR, ExtraGradient(eta=eta), rounds=40, ax=axes())
    radii = np.hypot(*curve(ax, "-", "ExtraGradient").get_data())
    assert len(radii) == 21
    np.testing.assert_allclose(radii[1:] / radii[:-1], np.sqrt((1 - eta**2) ** 2 + eta**2), rtol=1e-12)


def test_plane_has_ring_star_heads_and_equal_axes():
    ax = plot_orbit(SCALAR, GDA(eta=0.1), rounds=50, start=([2.0], [1.0]), ax=axes())
    assert rings_of(ax).tolist() == [[2.0, 1.0]]
    assert stars_of(ax).tolist() == [[0.0, 0.0]]
    assert ax.get_aspect() == 1.0
    assert sum(isinstance(line.get_marker(), tuple) for line in ax.lines) == 4
    assert ax.get_xlim() == ax.get_ylim()
    assert texts_of(ax) == ["GDA, η = 0.1"]


@pytest.mark.parametrize("rounds", [150, 165, 180, 195])
def test_label_of_an_orbit_that_ends_at_the_edge_stays_inside(rounds):
    ax = blank_figure(4.0, 4.0).subplots()
    assert_labels_apart(plot_orbit(SCALAR, GDA(eta=0.1), rounds=rounds, ax=ax, label="gradient descent-ascent"))


def test_second_orbit_shares_the_frame():
    ax = axes()
    plot_orbit(SCALAR, GDA(eta=0.1), rounds=60, ax=ax, label="out")
    assert plot_orbit(SCALAR, ExtraGradient(eta=0.1), rounds=60, ax=ax, color="#123456", label="in") is ax
    assert len(stars_of(ax)) == 1
    assert texts_of(ax) == ["out", "in"]
    assert curve(ax, "-", "in").get_color() == "#123456"
    reach = max(np.abs(line.get_xydata()).max() for line in (curve(ax, "-", "in"), curve(ax, "-", "out")))
    assert ax.get_xlim()[1] > reach
    assert_labels_apart(ax)


def test_square_is_of_first_probabilities_with_the_known_equilibrium():
    game = zoo.penalty_kicks()
    start = ([0.9, 0.1], [0.2, 0.8])
    ax = plot_orbit(game, GDA(eta=0.001), rounds=20, start=start, ax=axes())
    path = curve(ax, "-", "GDA").get_xydata()
    assert path[0].tolist() == [0.9, 0.2]
    assert path.min() >= 0
    assert path.max() <= 1
    assert stars_of(ax).tolist() == [[game.known.x[0][0], game.known.y[0][0]]]
    assert ax.get_xlabel() == "kicker: probability of left"
    assert ax.get_ylabel() == "goalkeeper: probability of left"


def test_star_of_a_game_that_nobody_solved():
    game = MatrixGame.from_payoffs([[2.0, -1.0], [-1.0, 1.0]])  # value 1/5 at (2/5, 3/5) for both
    ax = plot_orbit(game, MWU(eta=0.1), rounds=10, ax=axes())
    np.testing.assert_allclose(stars_of(ax), [[0.4, 0.4]], atol=1e-9)  # the linear program's last digits


def test_every_equilibrium_has_a_star():
    game = zoo.two_by_two(0, 0, 0, 1)
    ax = plot_orbit(game, MWU(eta=0.1), rounds=10, ax=axes())
    assert len(stars_of(ax)) == len(game.known.x) * len(game.known.y) > 1


def test_orbit_does_not_start_at_the_centre():
    path = curve(plot_orbit(zoo.matching_pennies(), MWU(eta=0.1), rounds=20, ax=axes()), "-", "MWU").get_xydata()
    assert not np.allclose(path, 0.5)


def test_triangles_hold_both_players():
    game = zoo.rock_paper_scissors(1, 2, 3)
    start = ([0.2, 0.3, 0.5], [1.0, 0.0, 0.0])
    ax = plot_orbit(game, RegretMatching(), rounds=30, start=start, ax=axes())
    assert ax.get_aspect() == 1.0
    found = texts_of(ax)
    assert [found.count(name) for name in ("rock", "paper", "scissors", "x", "y")] == [2, 2, 2, 1, 1]
    rings = [corners_to_plane(start[0], 0)[0], corners_to_plane(start[1], 1)[0]]
    np.testing.assert_array_equal(rings_of(ax), rings)
    stars = [corners_to_plane(game.known.x, 0)[0], corners_to_plane(game.known.y, 1)[0]]
    np.testing.assert_array_equal(stars_of(ax), stars)


def test_triangle_is_equilateral_and_its_centre_the_uniform_strategy():
    corners = corners_to_plane(np.eye(3), 1)
    assert corners[:, 0].min() > corners_to_plane(np.eye(3), 0)[:, 0].max()
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, 1.0, rtol=1e-15)
    np.testing.assert_allclose(corners_to_plane([1 / 3] * 3, 1)[0], corners.mean(axis=0), rtol=1e-15)


@pytest.mark.parametrize("game", [GAME, zoo.morra(), BilinearGame(np.eye(2)), 3], ids=["2x3", "4x4", "free", "none"])
def test_games_without_a_picture_are_refused(game):
    with pytest.raises(ValueError, match="to have a picture") as refused:
        plot_orbit(game, GDA(eta=0.1), ax=axes())
    assert "\n" not in str(refused.value)


def test_sampled_play_chooses_its_own_start():
    from minmax import FTPL

    ax = plot_orbit(zoo.matching_pennies(), FTPL(), rounds=10, ax=axes())
    assert set(np.unique(curve(ax, "-", "FTPL").get_xydata())) <= {0.0, 1.0}  # its plays are pure


def test_overflowing_orbit_is_drawn_as_far_as_it_went():
    ax = plot_orbit(SCALAR, GDA(eta=1e200), rounds=40, ax=axes())
    ax.figure.canvas.draw()


@pytest.mark.parametrize("method", [LinearProgram(), LinearProgram], ids=["object", "class"])
@pytest.mark.parametrize("game", [zoo.matching_pennies(), zoo.rock_paper_scissors(), SCALAR], ids=["2", "3", "plane"])
def test_orbit_of_an_exact_method_is_told_that_a_dynamics_is_needed(game, method):
    with pytest.raises(TypeError, match=r"needs a dynamics such as .*; got LinearProgram") as refused:
        plot_orbit(game, method, ax=axes())
    assert "start" not in str(refused.value)


# ------------------------------------------------------------------ strategies


def bars_of(ax, across=False):
    return [bar.get_width() if across else bar.get_height() for bar in ax.patches]


def test_bars_are_the_strategies_in_per_cent():
    solution = solve(zoo.penalty_kicks())
    ax = plot_strategies(solution, ax=axes())
    np.testing.assert_allclose(bars_of(ax), 100 * np.concatenate([solution.x, solution.y]), rtol=1e-15)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["left", "right", "left", "right"]
    assert {"kicker", "goalkeeper"} <= set(texts_of(ax))
    assert ax.get_ylabel() == "probability (%)"


def test_long_labels_lie_down():
    solution = solve(zoo.morra(2))
    ax = plot_strategies(solution, ax=axes())
    np.testing.assert_allclose(bars_of(ax, across=True), 100 * np.concatenate([solution.x, solution.y]), rtol=1e-15)
    assert ax.get_xlabel() == "probability (%)"
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [*solution.actions[0], *solution.actions[1]]


@pytest.mark.parametrize("game", [zoo.random_uniform(60, 40), MatrixGame(np.eye(300))], ids=["random", "diagonal"])
def test_many_actions_end_in_one_bar_and_sum_to_one(game):
    ax = plot_strategies(solve(game), ax=axes())
    heights = bars_of(ax, across=True)
    assert len(heights) <= 26
    assert sum(heights) == pytest.approx(200, abs=0.1)  # a rest below 0.05 % has no bar
    assert any(tick.get_text().endswith(" more") for tick in ax.get_yticklabels())


def test_free_coordinates_are_not_called_probabilities():
    solution = solve(BilinearGame([[1.0, 2.0], [0.0, 1.0]]), GDA(eta=0.1), rounds=30, tol=None)
    ax = plot_strategies(solution, ax=axes())
    assert ax.get_ylabel() == "coordinate"
    np.testing.assert_array_equal(bars_of(ax), np.concatenate([solution.x, solution.y]))


def test_labels_are_text_and_no_formula():
    game = MatrixGame(
        [[1.0, 2.0], [3.0, 0.0]],
        actions=(["$5 or $10", "two\nlines"], ["a label much too long for any picture", "$"]),
        players=("$a_", "b"),
        name="$x^$",
    )
    ax = plot_strategies(solve(game), ax=axes())
    ax.figure.canvas.draw()
    shown = [tick.get_text() for tick in ax.get_yticklabels()]
    assert shown[0] == r"\$5 or \$10"
    assert shown[1] == "two lines"
    assert shown[2].endswith("…")
    assert len(shown[2]) < 30


# ------------------------------------------------------------------ figures of several parts


def test_solution_has_strategies_and_where_there_is_one_a_curve():
    assert len(plot_solution(solve(GAME))) == 1
    left, right = plot_solution(played(GAME, MWU(), 30))
    assert left.get_xlabel() == "operator calls"
    assert "probability" in right.get_ylabel() + right.get_xlabel()
    assert left.figure is right.figure


@pytest.mark.long
def test_demo_cycles_outwards_converges_inwards_and_compares_six(tmp_path):
    left, right = plot_demo(rounds=60, seeds=3)
    out, into = (np.hypot(*curve(left, "-", label).get_data()) for label in ("descent", "extra"))
    assert (np.diff(out) > 0).all()
    assert (np.diff(into) < 0).all()
    assert out[0] == into[0]
    curves = [line for line in right.lines if line.get_label() in COLORS]
    assert len(curves) == len(right.collections) == 6
    runs = [played(zoo.random_uniform(10, 10, seed), GDA(), 60) for seed in range(3)]
    median = np.median([run.history.gap_average for run in runs], axis=0)
    np.testing.assert_array_equal(curve(right, "-", "GDA").get_ydata(), median[1:])
    assert_labels_apart(left)
    left.figure.savefig(tmp_path / "demo.svg")


# ------------------------------------------------------------------ games part by part


def test_a_small_tree_is_drawn_with_its_strategies():
    game = zoo.kuhn()
    solution = solve(game)
    ax = plot_tree(game, solution, ax=axes())
    told = texts_of(ax)
    assert sum(text in ("1", "-1", "2", "-2") for text in told) == 30
    assert told.count("pass 0.67") >= 4  # y's bluffs and calls, each at two nodes
    assert [text.get_text() for text in ax.texts].count("K bet") == 2
    assert len(ax.lines) == game.tree.arrays.kind.size - 1
    assert "-0.0555556" in ax.get_title(loc="left")
    with pytest.raises(ValueError, match="at most 250 nodes"):
        plot_tree(zoo.goofspiel(4), solve(zoo.goofspiel(4)), ax=axes())
    with pytest.raises(TypeError, match="ExtensiveFormGame"):
        plot_tree(ROCK, solve(ROCK), ax=axes())


def test_what_chance_never_does_is_not_drawn(tmp_path):
    path = tmp_path / "game.efg"
    path.write_text(
        'EFG 2 R "" { "A" "B" }\nc "" 1 "" { "a" 0 "b" 1 } 0\np "" 1 1 "never" { "l" "r" } 0\nt "" 1 "" { 1 -1 }\n'
        't "" 2 "" { 2 -2 }\np "" 2 1 "s" { "l" "r" } 0\nt "" 1\nt "" 2\n'
    )
    game = read_game(path)
    assert "never" not in texts_of(plot_tree(game, solve(game), ax=axes()))


def test_values_of_states_are_a_heat_map():
    game = zoo.soccer(2, 3)
    solution = solve(game)
    ax = plot_values(game, solution, ax=axes())
    value = dict(zip(map(str, game.states), solution.values))
    (image,) = ax.images
    assert image.get_array()[0, 1] == value["x* 0,1 y 1,2"]
    assert np.isnan(image.get_array().filled(np.nan)[1, 2])  # where y stands
    assert f"{value['x* 1,0 y 1,2']:.3f}" in texts_of(ax)
    one = plot_values(game, solution, place=lambda s: s.y if s.x == (0, 0) and s.ball == 1 else None, ax=axes())
    assert len(one.texts) == 5
    walk = zoo.big_match()
    with pytest.raises(ValueError, match="`place` must be given"):
        plot_values(walk, solve(walk), ax=axes())
    with pytest.raises(ValueError, match="for some state"):
        plot_values(game, solution, place=lambda state: None, ax=axes())
    with pytest.raises(ValueError, match="one state at most"):
        plot_values(game, solution, place=lambda state: (0, 0), ax=axes())
    with pytest.raises(ValueError, match="a row and a column"):
        plot_values(game, solution, place=lambda state: (-1, 0), ax=axes())
    with pytest.raises(TypeError, match="MarkovGame"):
        plot_values(ROCK, solve(ROCK), ax=axes())


def test_what_suits_a_game_is_drawn():
    for game, count in (
        (zoo.kuhn(), 30),
        (zoo.soccer(2, 2), 3),
        (zoo.goofspiel(4), 1),
        (zoo.big_match(), 2),
        (ROCK, 1),
    ):
        drawn = plot_game(game, solve(game))
        if count > 2:
            assert len(drawn) == 1
            assert len(drawn[0].texts) >= count
        else:
            assert len(drawn) == count
