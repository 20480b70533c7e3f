"""Figures of several parts, and figures in files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minmax import _check
from minmax.dynamics import (
    GDA,
    MWU,
    OMWU,
    ExtraGradient,
    PredictiveRegretMatchingPlus,
    RegretMatchingPlus,
)
from minmax.games import BilinearGame, ExtensiveFormGame, MarkovGame, zoo
from minmax.plots.bands import draw_band
from minmax.plots.canvas import blank_figure, color_of
from minmax.plots.convergence import finish_gaps, plot_convergence, rates_of
from minmax.plots.labels import label_curve, settle_labels
from minmax.plots.orbit import plot_orbit
from minmax.plots.strategies import plot_strategies
from minmax.plots.trees import NODES, plot_tree, plot_values, usual_place
from minmax.solution import Solution
from minmax.solve import solve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_solution(solution: Solution, *, figure: Figure | None = None) -> tuple[Axes, ...]:
    """Draw convergence and strategies side by side; strategies alone where an exact method answered.

    Parameters
    ----------
    solution : a solution.
    figure : an empty figure; one outside pyplot where None; `axes[0].figure.savefig(path)` saves it.
    """
    wide = len(solution.history) > 0
    figure = figure if figure is not None else blank_figure(11.0 if wide else 6.4, 4.6)
    axes = tuple(figure.subplots(1, 2 if wide else 1, squeeze=False)[0])
    plot_strategies(solution, ax=axes[-1])
    if wide:
        plot_convergence(solution, ax=axes[0])
    return axes


def plot_game(game: Any, solution: Solution, *, figure: Figure | None = None) -> tuple[Axes, ...]:
    """Draw what suits a game best: the tree of a small one, the values of a grid, else convergence and strategies.

    Parameters
    ----------
    game : a game.
    solution : of it.
    figure : an empty figure; one outside pyplot where None.
    """
    small = isinstance(game, ExtensiveFormGame) and game.coupling.entries <= NODES  # else it is dear to walk through
    if small and game.tree.arrays.kind.size <= NODES:
        ends = int((game.tree.arrays.kind == 3).sum())
        figure = figure if figure is not None else blank_figure(9.0, max(3.0, 1.0 + 0.17 * ends))
        return (plot_tree(game, solution, ax=figure.subplots()),)
    if isinstance(game, MarkovGame) and usual_place(game) is not None:
        figure = figure if figure is not None else blank_figure(6.4, 4.6)
        return (plot_values(game, solution, ax=figure.subplots()),)
    return plot_solution(solution, figure=figure)


def plot_demo(*, rounds: int = 500, seeds: int = 10, figure: Figure | None = None) -> tuple[Axes, Axes]:
    """Draw what the library is about: cycling against converging, and the rates of six dynamics.

    Left, `f = x y` from one start: gradient descent-ascent runs away from the saddle, extra-gradient runs into it.
    Right, random games: the median gap of the average iterate, in a band from the 10th to the 90th percentile.

    Parameters
    ----------
    rounds : operator calls of each run on the right; up to 512 nothing is compiled for them.
    seeds : number of random games.
    figure : an empty figure; one outside pyplot where None; `axes[0].figure.savefig(path)` saves it.
    """
    figure = figure if figure is not None else blank_figure(12.0, 5.2)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    game = BilinearGame([[1.0]])
    for method, rounds_played, label in (
        (GDA(eta=0.15), 75, "gradient descent-ascent"),
        (ExtraGradient(eta=0.15), 500, "extra-gradient"),
    ):
        plot_orbit(game, method, rounds=rounds_played, start=([1.0], [0.0]), ax=left, label=label)
    left.set_title("f(x, y) = xy, last iterates from (1, 0), η = 0.15", fontsize="small", loc="left")
    draw_bands(right, rounds, seeds)
    settle_labels(left)
    return left, right


def draw_bands(ax: Axes, rounds: int, seeds: int) -> None:
    """Draw the gaps of six dynamics on random games, each a median and a band."""
    size = 10
    rules = (MWU(), GDA(), OMWU(), ExtraGradient(), RegretMatchingPlus(), PredictiveRegretMatchingPlus())
    games = [zoo.random_uniform(size, size, seed) for seed in range(seeds)]
    ax.set(xscale="log", yscale="log", xlabel="operator calls", ylabel="duality gap (payoff units)")
    first = []
    for rule in rules:
        runs = [solve(game, rule, rounds=rounds, tol=None) for game in games]
        first.append(runs[0])
        name = runs[0].path[-1]
        seen = [(run.history.operator_calls, run.history.gap_average) for run in runs]
        if (line := draw_band(ax, seen, color=color_of(name), label=name)) is not None:
            label_curve(ax, line, name)
    ax.set_title(
        f"random {size} × {size} games, payoffs uniform on [-1, 1], seeds 0 to {seeds - 1}\n"
        "average iterate, automatic steps: median, 10 to 90 % band",
        fontsize="small", loc="left",
    )  # fmt: skip
    finish_gaps(ax, rates_of(first))


def check_picture(path: Path) -> None:
    """Refuse a picture that could not be written: unknown suffix, or no such folder."""
    suffixes = sorted(blank_figure(1, 1).canvas.get_supported_filetypes())
    if path.suffix.lower().lstrip(".") not in suffixes:
        raise ValueError(f"{path}: the suffix of a picture must be one of .{', .'.join(suffixes)}.")
    _check.in_folder(path)


def write_picture(axes: Sequence[Axes], path: Path) -> None:
    """Write the figure that Axes are part of, in the format the suffix says."""
    axes[0].figure.canvas.figure.savefig(path)
