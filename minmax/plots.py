"""Pictures of runs, orbits and strategies: matplotlib Axes, returned and never shown.

Everywhere: operator calls across, solid for averages, dashed for last iterates, one colour for each dynamics,
a ring for the start and a star for the equilibrium.
"""

from __future__ import annotations

import math
import textwrap
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmax.domains import Free, Simplex
from minmax.dynamics import (
    GDA,
    MWU,
    OMWU,
    ExtraGradient,
    PredictiveRegretMatchingPlus,
    RegretMatchingPlus,
)
from minmax.games import BilinearGame, zoo
from minmax.solution import Solution
from minmax.solve import Trajectory, solve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLORS", "plot_convergence", "plot_demo", "plot_orbit", "plot_solution", "plot_strategies"]

# The colour-blind-safe palette of Okabe and Ito, without its yellow, for what is compared most; those of Paul Tol
# for the rest, where labels at the curves tell the near ones apart.
COLORS = {
    "MWU": "#0072B2",
    "GDA": "#D55E00",
    "OMWU": "#56B4E9",
    "ExtraGradient": "#009E73",
    "RegretMatchingPlus": "#E69F00",
    "PredictiveRegretMatchingPlus": "#000000",
    "PDHG": "#CC79A7",
    "OptimisticGDA": "#882255",
    "PastExtraGradient": "#44AA99",
    "RegretMatching": "#999933",
    "AlternatingGDA": "#CC6677",
    "FictitiousPlay": "#332288",
    "BestResponse": "#777777",
    "MirrorProx": "#117733",
    "MirrorDescent": "#AA4499",
    "FTRL": "#4477AA",
    "EuclideanFTRL": "#EE7733",
    "LogBarrierFTRL": "#228833",
    "OptimisticFTRL": "#33BBEE",
    "FTPL": "#AA3377",
    "ExponentialFTPL": "#EE6677",
    "DiscountedRegretMatching": "#997700",
    "LinearRegretMatching": "#CCBB44",
    "Exp3": "#004488",
    "Exp3IX": "#6699CC",
}
PLAYER_COLORS = ("#004488", "#DDAA33")
GREY = "#777777"
MARKERS = "os^DvPX"

DIRECT = 5  # up to so many runs are labelled at their curves, more in a legend
BARS = 12  # actions of one player that a picture can hold
LABEL = 28  # characters of an action's label
DOTS = 60  # iterates that can be told apart along a path
MARK = 8.0 * np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), -1).reshape(-1, 2)  # pixels a mark covers
SAMPLE = 4.0  # pixels between the points at which a curve is in a label's way
OFF_CENTRE = {2: ((0.85, 0.15), (0.7, 0.3)), 3: ((0.7, 0.2, 0.1), (0.15, 0.7, 0.15))}
APART = 1.35  # distance of two triangles whose sides are one
HEIGHT = math.sqrt(3) / 2


# ------------------------------------------------------------------ convergence


def plot_convergence(
    solution: Solution | Iterable[Solution], *, ax: Axes | None = None, reference: bool = True
) -> Axes:
    """Draw duality gap, or residual, against operator calls on two logarithmic axes.

    Solid is the average iterate, dashed the last one; a gap of zero, which has no logarithm, is left out of the curve
    and marked by a triangle on the lower edge where it is first reached.

    Parameters
    ----------
    solution : one solution or several; exact methods have no curve and are named in the caption.
    ax : where to draw; a new figure where None.
    reference : draw thin slopes of the rates that the dynamics promise for their averages.

    Raises
    ------
    ImportError
        Where matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from minmax import MWU, solve
    >>> run = solve([[2.0, -1.0], [-1.0, 1.0]], MWU(eta=0.1), rounds=100, tol=None)
    >>> ax = plot_convergence(run, ax=Figure().subplots())
    >>> ax.get_xlabel(), ax.get_ylabel(), [text.get_text() for text in ax.texts]
    ('operator calls', 'duality gap (payoff units)', ['average, uniform', 'last iterate', '1/√T'])
    """
    runs = [solution] if isinstance(solution, Solution) else list(solution)
    if not runs or not all(isinstance(run, Solution) for run in runs):
        raise TypeError("`solution` must be a Solution or a list of them, as `solve` returns.")
    ax = axes_of(ax)
    merits = " or ".join(dict.fromkeys(run.merit for run in runs))
    ax.set(xscale="log", yscale="log", xlabel="operator calls")
    ax.set_ylabel(merits.replace("duality gap", "duality gap (payoff units)"))
    names = names_of(runs)
    played = [
        draw_run(ax, run, name, alone=len(runs) == 1, repeat=[r.path[-1] for r in runs[:k]].count(run.path[-1]))
        for k, (run, name) in enumerate(zip(runs, names))
    ]
    ax.set_title(caption_of(runs, names), fontsize="small", loc="left", color="#333333")
    if not any(played):
        say_instead(ax, runs, names)
        return ax
    make_room(ax)
    if reference:
        draw_rates(ax, runs)
    if len(runs) > 1:
        draw_key(ax, runs, names)
    ax.grid(True, which="major", color="#E8E8E8", linewidth=0.6)
    settle_labels(ax)
    return ax


def draw_run(ax: Axes, run: Solution, name: str, *, alone: bool, repeat: int) -> bool:
    """Draw both curves of a run and return whether there was anything to draw."""
    history, color = run.history, color_of(run.path[-1])
    weights = run.run.average if run.run is not None else "uniform"
    marker: dict[str, Any] = (
        {"marker": MARKERS[repeat % len(MARKERS)], "markersize": 4, "markevery": 0.12} if repeat else {}
    )
    drawn = False
    for column, style, width, text in (
        ("gap_average", "-", 1.8, f"average, {weights}"),
        ("gap_last", "--", 1.1, "last iterate"),
    ):
        gaps, calls = getattr(history, column), history.operator_calls
        shown = np.where((calls > 0) & (gaps > 0) & np.isfinite(gaps), gaps, np.nan)
        points = int(np.isfinite(shown).sum())
        single: dict[str, Any] = {"marker": "o", "markersize": 4} if points == 1 else marker
        (line,) = ax.plot(calls, shown, style, color=color, linewidth=width, label=f"{name}, {text}", **single)
        reached = calls[(calls > 0) & (gaps == 0)]
        if points and reached.size:
            draw_zero(ax, float(reached[0]), color)
        if points and alone:
            label_curve(ax, line, text)
        drawn = drawn or points > 0
        if points and not alone and style == "-":
            line.set_gid(f"run {len(ax.lines)}")
    return drawn


def draw_zero(ax: Axes, calls: float, color: str) -> None:
    """Mark on the lower edge where a gap of exactly zero was reached."""
    edge = ax.get_xaxis_transform()
    ax.plot([calls], [0.0], "v", color=color, markersize=6, clip_on=False, transform=edge, label="_gap 0")
    ax.annotate("gap 0", (calls, 0.0), xycoords=edge, xytext=(0, 6), textcoords="offset points",
                ha="center", fontsize="x-small", color=color)  # fmt: skip


def draw_key(ax: Axes, runs: Sequence[Solution], names: Sequence[str]) -> None:
    """Name the runs, at the curves or in a legend, and say what the styles of line mean."""
    from matplotlib.lines import Line2D

    styles = [
        Line2D([], [], color=GREY, linestyle=style, linewidth=width, label=label)
        for style, width, label in (("-", 1.8, "average iterate"), ("--", 1.1, "last iterate"))
    ]
    averages = [line for line in ax.lines if str(line.get_gid()).startswith("run ")]
    if len(averages) <= DIRECT:
        for line in averages:
            label_curve(ax, line, str(line.get_label()).rsplit(", average", 1)[0])
        averages = []
    entries = [*averages, *styles]
    texts = [str(line.get_label()).rsplit(", average,", 1)[0] for line in entries]
    ax.legend(entries, texts, loc="lower left", fontsize="x-small", frameon=True, framealpha=0.85, edgecolor="none")


def make_room(ax: Axes) -> None:
    """Leave a fifth of the width to the labels at the ends of the curves."""
    left, right = ax.get_xlim()
    ax.set_xlim(left, right * (right / left) ** 0.25)


def rates_of(runs: Iterable[Solution]) -> list[str]:
    """Return the rates that the dynamics of the runs promise for averages, as slopes to compare with."""
    rules = [rule for run in runs if run.run is not None and run.merit == "duality gap" for rule in run.run.rules]
    if not rules:
        return ["1/T"]
    fast = any("average O(1/T)" in rule.guarantee for rule in rules)
    slow = not fast or any("average O(1/sqrt T)" in rule.guarantee for rule in rules)
    return ["1/T"] * fast + ["1/sqrt T"] * slow


def draw_rates(ax: Axes, runs: Sequence[Solution]) -> None:
    """Draw thin slopes from just above the first gap down to the frame, within the limits of the curves."""
    points = np.vstack([line.get_xydata() for line in ax.lines if line.get_linestyle() == "-"])
    points = points[np.isfinite(points).all(axis=1)]
    if not points.size:
        return
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    x, y = points[:, 0].min(), 1.5 * points[points[:, 0] <= 2 * points[:, 0].min(), 1].max()
    for rate in rates_of(runs):
        power = 0.5 if "sqrt" in rate else 1.0
        end = min(float(points[:, 0].max()), x * (y / low) ** (1 / power))
        (line,) = ax.plot([x, end], [y, y * (end / x) ** -power], color="#AAAAAA", linewidth=0.7, zorder=1)
        label_curve(ax, line, rate.replace("sqrt ", "√"), color=GREY)
    ax.set(xlim=(left, right), ylim=(low, max(high, 1.3 * y)))


def say_instead(ax: Axes, runs: Sequence[Solution], names: Sequence[str]) -> None:
    """Say in words what runs without a curve reached."""
    lines = [
        f"{name}: {run.merit} {run.gap:.2g}, "
        + (f"nothing to draw after {run.operator_calls:g} operator calls" if run.rounds else "no rounds played")
        for run, name in zip(runs, names)
    ]
    ax.text(0.5, 0.5, "\n".join(lines), transform=ax.transAxes, ha="center", va="center", color=GREY)
    ax.set(xlim=(1, 10), ylim=(1e-3, 1), xticks=[], yticks=[])
    ax.minorticks_off()


def names_of(runs: Sequence[Solution]) -> list[str]:
    """Return a name for each run: its method, with step, game, seed or number only where those tell runs apart."""
    names = [run.path[-1] for run in runs]
    for fact in (step_of, title_of, seed_of):
        facts = [fact(run) for run in runs]
        telling = {n for n in names if len({f for f, other in zip(facts, names) if other == n}) > 1}
        names = [f"{n}, {f}" if n in telling else n for n, f in zip(names, facts)]
    count = Counter(names)
    return [f"{n}, run {names[:k].count(n) + 1}" if count[n] > 1 else n for k, n in enumerate(names)]


def caption_of(runs: Sequence[Solution], names: Sequence[str]) -> str:
    """Return game, size, steps and, where play is sampled, seeds."""
    first = "; ".join(dict.fromkeys(title_of(run) for run in runs))
    parts = [step_of(run) if step_of(run) in name else f"{name}, {step_of(run)}" for run, name in zip(runs, names)]
    seeds = [seed_of(run) for run in runs if seed_of(run) and seed_of(run) not in "; ".join(names)]
    second = "; ".join(dict.fromkeys([*parts, *seeds]))
    lines = [*textwrap.wrap(first, 76, max_lines=2), *textwrap.wrap(second, 76, max_lines=3)]
    return "\n".join(lines)


def title_of(run: Solution) -> str:
    """Return name and size of a run's game."""
    size = f"{run.x.size} × {run.y.size}"
    return f"{tidy(run.name)}, {size}" if run.name else f"{size} game"


def seed_of(run: Solution) -> str:
    """Return the seed of sampled play in words, nothing where play is not sampled."""
    sampled = run.run is not None and any(rule.noise or rule.bandit for rule in run.run.rules)
    return f"seed {run.run.seed}" if run.run is not None and sampled else ""


def step_of(run: Solution) -> str:
    """Return the step sizes of a run in words."""
    if run.run is None:
        return "exact"
    steps = [eta_of(rule) for rule in run.run.rules]
    return steps[0] if steps[0] == steps[1] else " and ".join(steps)


def eta_of(rule: Any) -> str:
    """Return the step size of tuned dynamics in words."""
    if not hasattr(rule, "eta"):
        return "no step size"
    return f"η = {float(rule.eta):.3g}" + ("/√t" if getattr(rule, "schedule", 0.0) else "")


def color_of(name: str) -> str:
    """Return the project's colour of a dynamics; of a name that is not in the table, one that never changes.

    Examples
    --------
    >>> color_of("GDA"), color_of("MyOwnDynamics") == color_of("MyOwnDynamics")
    ('#D55E00', True)
    """
    colors = list(COLORS.values())
    return COLORS.get(name) or colors[zlib.crc32(name.encode()) % len(colors)]


# ------------------------------------------------------------------ orbits


def plot_orbit(
    game: Any,
    method: Any,
    *,
    rounds: int = 200,
    start: Any = None,
    ax: Axes | None = None,
    color: str | None = None,
    label: str | None = None,
) -> Axes:
    """Draw the path of the last iterates: ring at the start, star at the equilibrium, heads along the way.

    Scalar games are drawn in the plane, games of two actions in the square of first probabilities, games of three in
    one triangle for each player.

    Parameters
    ----------
    game : BilinearGame of one free coordinate each, or a game of two or of three actions each.
    method : dynamics, or a pair of them.
    rounds : evaluations of the operator; dynamics that look ahead have an iterate every second one.
    start : a pair of strategies.  Where None, a point off the centre of the simplex, since the centre is
        often the equilibrium; ones in the plane.
    ax : where to draw; a second orbit in the same Axes shares its frame.
    color, label : of the path; those of the dynamics where None.

    Raises
    ------
    ValueError
        Where the game has no such picture.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from minmax import GDA, BilinearGame
    >>> ax = plot_orbit(BilinearGame([[1.0]]), GDA(eta=0.5), rounds=2, ax=Figure().subplots())
    >>> ax.lines[-1].get_xydata().tolist()
    [[1.0, 1.0], [0.5, 1.5], [-0.25, 1.75]]
    """
    plane = plane_of(game)
    sampled = any(getattr(rule, "noise", "") for rule in (method if type(method) is tuple else (method,)))
    if start is None and plane != "plane" and not sampled:
        start = OFF_CENTRE[game.shape[0]]
    orbit = Trajectory()
    run = solve(game, method, rounds=rounds, tol=None, every=1, start=start, watch=orbit)
    ax = axes_of(ax, (9.0, 4.6) if plane == "triangles" else (5.2, 5.2))
    {"plane": frame_plane, "square": frame_square, "triangles": frame_triangles}[plane](ax, game)
    color = color or color_of(run.path[-1])
    label = label if label is not None else ", ".join([run.path[-1], *([step_of(run)] if "η" in step_of(run) else [])])
    for player, path in enumerate(paths_of(plane, orbit)):
        draw_path(ax, path, color, label if player == 0 else f"_{label}")
    if plane == "plane":
        fit_plane(ax)
    settle_labels(ax)
    return ax


def plane_of(game: Any) -> str:
    """Return the kind of picture a game's orbits have."""
    kinds = [type(domain) for domain in getattr(game, "domains", ())]
    shape = tuple(getattr(game, "shape", ()))
    if kinds == [Free, Free] and shape == (1, 1):
        return "plane"
    if kinds == [Simplex, Simplex] and shape in ((2, 2), (3, 3)):
        return "square" if shape == (2, 2) else "triangles"
    size = " x ".join(map(str, shape)) or type(game).__name__
    raise ValueError(
        "`game` must be a BilinearGame of one free coordinate each, or have two or three actions each, "
        f"to have a picture; got {size}: plot_convergence draws any game."
    )


def paths_of(plane: str, orbit: Trajectory) -> list[np.ndarray]:
    """Return the points of the paths to draw: one, or in triangles one for each player."""
    if plane == "triangles":
        return [corners_to_plane(orbit.x, 0), corners_to_plane(orbit.y, 1)]
    return [np.column_stack([orbit.x[:, 0], orbit.y[:, 0]])]


def corners_to_plane(strategies: Any, player: int) -> np.ndarray:
    """Return barycentric points in the plane, in the triangle of a player; the third corner is on top."""
    p = np.atleast_2d(np.asarray(strategies, dtype=np.float64))
    return np.column_stack([p[:, 1] + p[:, 2] / 2 + APART * player, HEIGHT * p[:, 2]])


def draw_path(ax: Axes, path: np.ndarray, color: str, label: str) -> None:
    """Draw a path with its start, its direction and its name."""
    steps = np.hypot(*np.diff(path, axis=0).T) if len(path) > 1 else np.zeros(0)
    ax.plot(*path[0], "o", markersize=9, markerfacecolor="white", markeredgecolor=color, markeredgewidth=1.6, zorder=5)
    draw_heads(ax, path, steps, color)
    dots: dict[str, Any] = {"marker": ".", "markersize": 4} if len(path) <= DOTS else {}
    (line,) = ax.plot(*path.T, "-", color=color, linewidth=1.1, label=label, **dots)
    if not label.startswith("_"):
        label_curve(ax, line, label)


def draw_heads(ax: Axes, path: np.ndarray, steps: np.ndarray, color: str) -> None:
    """Draw small heads at equal distances along a path."""
    travelled = np.cumsum(steps)
    if not travelled.size or not (math.isfinite(travelled[-1]) and travelled[-1] > 0):
        return
    for share in (0.08, 0.3, 0.55, 0.8):
        k = int(np.searchsorted(travelled, share * travelled[-1]))
        middle, (dx, dy) = (path[k] + path[k + 1]) / 2, path[k + 1] - path[k]
        angle = math.degrees(math.atan2(dy, dx)) - 90
        ax.plot(*middle, marker=(3, 0, angle), markersize=8, color=color, markeredgewidth=0, zorder=4)


def draw_stars(ax: Axes, points: Iterable[Any]) -> None:
    """Draw the equilibria, once however many orbits share the frame."""
    for x, y in points:
        ax.plot([x], [y], "*", markersize=14, color="#FFD400", markeredgecolor="black", markeredgewidth=0.8, zorder=6)


def framed(ax: Axes) -> bool:
    """Whether an earlier orbit has drawn the frame."""
    return any(line.get_marker() == "*" for line in ax.lines)


def frame_plane(ax: Axes, game: Any) -> None:
    """Draw the plane of `f = a x y` with its saddle at the origin."""
    if framed(ax):
        return
    factor = float(np.asarray(game.coupling.times(np.ones(1)))[0])
    ax.axhline(0, color="#CCCCCC", linewidth=0.7, zorder=0)
    ax.axvline(0, color="#CCCCCC", linewidth=0.7, zorder=0)
    draw_stars(ax, [(0.0, 0.0)])
    product = "xy" if factor == 1 else f"{factor:g} xy"
    ax.set(xlabel="x, minimises", ylabel="y, maximises", aspect="equal")
    ax.set_title(tidy(game.name) or f"f(x, y) = {product}", fontsize="small", loc="left")


def fit_plane(ax: Axes) -> None:
    """Centre the plane on its saddle, with room for every orbit in it."""
    curves = [line.get_xydata() for line in ax.lines if line.get_transform() == ax.transData]
    points = np.abs(np.vstack(curves))
    reach = 1.12 * float(points[np.isfinite(points)].max(initial=1e-3))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach))


def frame_square(ax: Axes, game: Any) -> None:
    """Draw the unit square of both players' first probabilities."""
    if framed(ax):
        return
    (rows, columns), players = labels_of(game)
    ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), aspect="equal")
    ax.set_xlabel(f"{players[0]}: probability of {rows[0]}")
    ax.set_ylabel(f"{players[1]}: probability of {columns[0]}")
    ax.add_patch(rectangle())
    optimal_x, optimal_y = equilibria(game)
    draw_stars(ax, [(x[0], y[0]) for x in optimal_x for y in optimal_y])
    ax.set_title(f"{tidy(game.name)}, 2 × 2" if game.name else "2 × 2 game", fontsize="small", loc="left")


def rectangle() -> Any:
    """Return the outline of the unit square."""
    from matplotlib.patches import Rectangle

    return Rectangle((0, 0), 1, 1, fill=False, edgecolor="#CCCCCC", linewidth=0.7, zorder=0)


def frame_triangles(ax: Axes, game: Any) -> None:
    """Draw one simplex for each player, its corners named."""
    if framed(ax):
        return
    actions, players = labels_of(game)
    for player, optimal in enumerate(equilibria(game)):
        corners = corners_to_plane(np.eye(3), player)
        outline = corners[[0, 1, 2, 0]]
        ax.fill(*outline.T, facecolor="#FAFAFA", edgecolor="#999999", linewidth=0.8, zorder=0)
        for (x, y), name, up in zip(corners, actions[player], (-1, -1, 1)):
            ax.annotate(name, (x, y), xytext=(0, 5 * up), textcoords="offset points", ha="center",
                        va="bottom" if up > 0 else "top", fontsize="small")  # fmt: skip
        centre = corners.mean(axis=0)[0]
        ax.annotate(players[player], (centre, 0), xytext=(0, -22), textcoords="offset points", ha="center",
                    va="top", weight="bold")  # fmt: skip
        draw_stars(ax, corners_to_plane(optimal, player))
    ax.set(xlim=(-0.08, 1.08 + APART), ylim=(-0.2, HEIGHT + 0.12), aspect="equal")
    ax.set_axis_off()
    ax.set_title(f"{tidy(game.name)}, 3 × 3" if game.name else "3 × 3 game", fontsize="small", loc="left")


def labels_of(game: Any) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Return a game's action labels and players as a picture can hold them."""
    counted = tuple(tuple(f"action {i + 1}" for i in range(size)) for size in game.shape)
    own = game.actions if getattr(game, "labelled", False) else counted
    players = tuple(tidy(p) for p in getattr(game, "players", ("x", "y")))
    return tuple(tuple(tidy(label) for label in labels) for labels in own), players


def equilibria(game: Any) -> tuple[Sequence[Sequence[float]], Sequence[Sequence[float]]]:
    """Return optimal strategies of both players: the known ones, else one solved for."""
    known = getattr(game, "known", None)
    if known is not None and known.x and known.y:
        return known.x, known.y
    found = solve(game)
    return [found.x.tolist()], [found.y.tolist()]


# ------------------------------------------------------------------ strategies


def plot_strategies(solution: Solution, *, ax: Axes | None = None) -> Axes:
    """Draw both players' strategies as bars, actions named.

    All actions are shown where there are few; else the likeliest of those played, and the rest in one bar.

    Parameters
    ----------
    solution : a solution; off the simplex the bars are coordinates.
    ax : where to draw; a new figure where None.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from minmax import solve, zoo
    >>> ax = plot_strategies(solve(zoo.find("penalty kicks")), ax=Figure().subplots())
    >>> [round(float(bar.get_height()), 2) for bar in ax.patches]
    [38.54, 61.46, 41.99, 58.01]
    """
    if not isinstance(solution, Solution):
        raise TypeError(f"`solution` must be a Solution, as `solve` returns; got {type(solution).__name__}.")
    mixed = all(p.min() >= 0 and abs(p.sum() - 1) < 1e-6 for p in (solution.x, solution.y))
    blocks = [bars_of(p, labels, mixed) for p, labels in zip((solution.x, solution.y), solution.actions)]
    texts = [text for block in blocks for text, _ in block]
    tall = len(texts) > 14 or sum(max(len(text), 5) for text in texts) > 48
    ax = axes_of(ax, (6.4, max(2.4, 1.2 + 0.24 * (len(texts) + 2))) if tall else (6.4, 4.0))
    start = 0
    ticks: list[tuple[int, str]] = []
    for player, (block, name) in enumerate(zip(blocks, solution.players)):
        places = range(start + tall, start + tall + len(block))
        draw_bars(ax, places, [height for _, height in block], PLAYER_COLORS[player], tall, mixed)
        head_bars(ax, start, places, tidy(name), tall)
        ticks += zip(places, (text for text, _ in block))
        start = places.stop + 1
    finish_bars(ax, ticks, tall, mixed)
    title = f"{title_of(solution)}: value {solution.value:.6g}, {solution.merit} {solution.gap:.2g}"
    ax.set_title(title, fontsize="small", loc="left", color="#333333", pad=6 if tall else 20)
    return ax


def bars_of(strategy: np.ndarray, labels: Sequence[str], mixed: bool) -> list[tuple[str, float]]:
    """Return the bars of one player: label and height, in per cent where it is a probability."""
    unit = 100.0 if mixed else 1.0
    heights = unit * strategy
    shown = np.arange(strategy.size)
    if strategy.size > BARS:
        played = np.flatnonzero(strategy > min(5e-4, strategy.max() / 2)) if mixed else shown
        shown = played[np.argsort(-np.abs(strategy[played]), kind="stable")][:BARS]
    bars = [(tidy(labels[int(i)]), float(heights[i])) for i in shown]
    left = 100.0 - float(heights[shown].sum())
    more = int(np.count_nonzero(strategy > 0)) - int(np.count_nonzero(strategy[shown] > 0))
    return [*bars, (f"{more} more", max(left, 0.0))] if mixed and more and left >= 0.05 else bars


def draw_bars(ax: Axes, places: range, heights: Sequence[float], color: str, tall: bool, mixed: bool) -> None:
    """Draw one player's bars with their numbers at the end."""
    bars = (ax.barh if tall else ax.bar)(places, heights, 0.72, color=color)
    if len(heights) > BARS:
        bars[-1].set_alpha(0.45)
    texts = [f"{round(height, 2) if mixed else height:.3g}" for height in heights]
    ax.bar_label(bars, texts, padding=2, fontsize="x-small", color="#333333")


def head_bars(ax: Axes, start: int, places: range, name: str, tall: bool) -> None:
    """Write whose bars these are, above them."""
    middle = (places.start + places.stop - 1) / 2
    across, along = ax.get_yaxis_transform(), ax.get_xaxis_transform()
    if tall:
        ax.text(0.01, start, name, transform=across, ha="left", va="center", weight="bold", fontsize="small")
    else:
        ax.text(middle, 1.01, name, transform=along, ha="center", va="bottom", weight="bold", fontsize="small")


def finish_bars(ax: Axes, ticks: Sequence[tuple[int, str]], tall: bool, mixed: bool) -> None:
    """Name the bars and set the scale of their heights."""
    places, names = [place for place, _ in ticks], [text for _, text in ticks]
    what = "probability (%)" if mixed else "coordinate"
    ax.spines[["top", "right"]].set_visible(False)
    if tall:
        ax.set_yticks(places, names, fontsize="small")
        ax.set(xlabel=what, ylim=(max(places) + 0.7, -0.7))
        ax.tick_params(axis="y", length=0)
        ax.margins(x=0.1)
    else:
        ax.set_xticks(places, names, fontsize="small")
        ax.set_ylabel(what)
        ax.tick_params(axis="x", length=0)
        ax.margins(y=0.1)
    if not mixed:
        (ax.axvline if tall else ax.axhline)(0, color="black", linewidth=0.6)


# ------------------------------------------------------------------ figures of several parts


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
        low, median, high = np.quantile([run.history.gap_average for run in runs], [0.1, 0.5, 0.9], axis=0)
        calls = runs[0].history.operator_calls
        drawn = (calls > 0) & (low > 0)
        ax.fill_between(calls[drawn], low[drawn], high[drawn], color=color_of(name), alpha=0.15, linewidth=0)
        (line,) = ax.plot(calls[drawn], median[drawn], color=color_of(name), linewidth=1.8, label=name)
        label_curve(ax, line, name)
    make_room(ax)
    draw_rates(ax, first)
    ax.grid(True, which="major", color="#E8E8E8", linewidth=0.6)
    ax.set_title(
        f"random {size} × {size} games, payoffs uniform on [-1, 1], seeds 0 to {seeds - 1}\n"
        "average iterate, automatic steps: median, 10 to 90 % band",
        fontsize="small", loc="left",
    )  # fmt: skip
    settle_labels(ax)


# ------------------------------------------------------------------ figures, labels


def check_picture(path: Path) -> None:
    """Refuse a picture that could not be written: unknown suffix, or no such folder."""
    suffixes = sorted(blank_figure(1, 1).canvas.get_supported_filetypes())
    if path.suffix.lower().lstrip(".") not in suffixes:
        raise ValueError(f"{path}: the suffix of a picture must be one of .{', .'.join(suffixes)}.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}; make it first.")


def write_picture(axes: Sequence[Axes], path: Path) -> None:
    """Write the figure that Axes are part of, in the format the suffix says."""
    check_picture(path)
    axes[0].figure.canvas.figure.savefig(path)


def matplotlib_required() -> None:
    """Say which extra to install where matplotlib is missing."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise ImportError('Plots need matplotlib, which is missing: pip install "minmax[plot]".') from None


def blank_figure(width: float, height: float) -> Figure:
    """Return a figure of so many inches that pyplot knows nothing of."""
    matplotlib_required()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=150, layout="constrained")


def axes_of(ax: Any, size: tuple[float, float] = (6.4, 4.6)) -> Any:
    """Return the Axes given, or those of a new figure."""
    matplotlib_required()
    from matplotlib.axes import Axes

    if ax is None:
        from matplotlib import pyplot

        return pyplot.figure(figsize=size, layout="constrained").add_subplot()
    if not isinstance(ax, Axes):
        raise TypeError(f"`ax` must be a matplotlib Axes, such as figure.subplots(); got {type(ax).__name__}.")
    return ax


def tidy(text: Any) -> str:
    """Return a label as one short line in which a dollar is a dollar."""
    line = " ".join(str(text).split())
    line = line if len(line) <= LABEL else line[: LABEL - 1].rstrip() + "…"
    return line.replace("$", r"\$")


def label_curve(ax: Axes, line: Any, text: str, *, color: str | None = None) -> None:
    """Tie a label to a curve; `settle_labels` finds its place."""
    from matplotlib import patheffects

    gid = f"curve {len(ax.texts)}"
    line.set_gid(gid)
    note = ax.annotate(
        text, (1.0, 1.0), xytext=(0, 0), textcoords="offset points", ha="center", va="center", fontsize="small",
        color=color or line.get_color(), zorder=8, gid=gid, annotation_clip=False,
    )  # fmt: skip
    note.set_in_layout(False)  # else moving it would move the frame it is placed in
    note.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground="white")])


def settle_labels(ax: Axes) -> None:
    """Put every curve's label beside its curve, where it covers least of the others."""
    notes: list[Any] = [text for text in ax.texts if str(text.get_gid()).startswith("curve ")]
    if not notes:
        return
    ax.figure.canvas.figure.draw_without_rendering()
    frame = ax.get_window_extent()
    paths: dict[Any, np.ndarray] = {line.get_gid() or k: seen(line, frame) for k, line in enumerate(ax.lines)}
    obstacles = np.vstack(list(paths.values()))
    others = [text for text in ax.texts if text not in notes]
    taken = [part.get_window_extent() for part in [*others, ax.get_legend()] if part is not None]
    to_points = 72.0 / ax.figure.dpi
    for note in notes:
        box = note.get_window_extent()
        anchor, centre, spot = best_place(paths[note.get_gid()], (box.width, box.height), frame, obstacles, taken)
        note.xy = tuple(ax.transData.inverted().transform(anchor))
        note.set_position(tuple((centre - anchor) * to_points))
        taken.append(spot)


def seen(line: Any, frame: Any) -> np.ndarray:
    """Return points along the part of a line inside the frame, in pixels, a few apart."""
    points = line.get_transform().transform(line.get_xydata())
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) == 1:
        return np.repeat(points + MARK, 5, axis=0)
    if len(points) > 1:
        lengths = np.minimum(np.hypot(*np.diff(points, axis=0).T), 2 * (frame.width + frame.height))
        travelled = np.concatenate([[0.0], np.cumsum(lengths)])
        stops = np.linspace(0.0, travelled[-1], 2 + int(min(travelled[-1] / SAMPLE, 20_000)))
        points = np.column_stack([np.interp(stops, travelled, points[:, k]) for k in (0, 1)])
    inside = (np.abs(points - [(frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2]) * 2 <= frame.size).all(axis=1)
    return np.asarray(points[inside])


def best_place(
    path: np.ndarray, size: tuple[float, float], frame: Any, obstacles: np.ndarray, taken: Sequence[Any]
) -> tuple[np.ndarray, np.ndarray, Any]:
    """Return the point of a path to label, the label's centre, and its box, all in pixels."""
    from matplotlib.transforms import Bbox

    path = path if len(path) else np.array([[(frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2]])
    half = np.array(size) / 2 + 3.0
    found: list[tuple[float, np.ndarray, np.ndarray, Any]] = []
    for share in np.linspace(1.0, 0.1, 19):
        anchor = path[round(share * (len(path) - 1))]
        for turn in range(12):
            way = np.array([math.cos(turn * math.pi / 6), math.sin(turn * math.pi / 6)])
            centre = anchor + way / np.abs(way).max() * (half + 3.0)
            box = Bbox([centre - half, centre + half])
            covered = int((np.abs(obstacles - centre) <= half).all(axis=1).sum())
            outside = box.x0 < frame.x0 or box.x1 > frame.x1 or box.y0 < frame.y0 or box.y1 > frame.y1
            clash = sum(box.overlaps(other) for other in taken)
            cost = covered + 500.0 * outside + 200.0 * clash + 20.0 * (1.0 - share) + 0.1 * turn
            found.append((cost, anchor, centre, box))
    return min(found, key=lambda option: option[0])[1:]
