"""Paths of last iterates: a ring at the start, a star at the equilibrium, heads along the way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from minmax.plots.canvas import axes_of, color_of
from minmax.plots.captions import step_of
from minmax.plots.frames import draw_frame, fit_plane, paths_of, plane_of
from minmax.plots.labels import label_curve, settle_labels
from minmax.solve import solve
from minmax.watching import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

DOTS = 60  # iterates that can be told apart along a path
OFF_CENTRE = {2: ((0.85, 0.15), (0.7, 0.3)), 3: ((0.7, 0.2, 0.1), (0.15, 0.7, 0.15))}


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
    TypeError
        Where the method is no dynamics.
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
    rules = method if type(method) is tuple else (method,)
    for rule in rules:
        if not hasattr(rule, "step"):
            kind = rule.__name__ if isinstance(rule, type) else type(rule).__name__
            raise TypeError(f"An orbit needs a dynamics such as MWU(eta=0.1), or a pair of them; got {kind}.")
    sampled = any(getattr(rule, "noise", "") for rule in rules)
    if start is None and plane != "plane" and not sampled:
        start = OFF_CENTRE[game.shape[0]]
    orbit = Trajectory()
    run = solve(game, method, rounds=rounds, tol=None, every=1, start=start, watch=orbit)
    ax = axes_of(ax, (9.0, 4.6) if plane == "triangles" else (5.2, 5.2))
    draw_frame(ax, plane, game)
    name, step = run.path[-1], step_of(run)
    lines = [draw_path(ax, path, color or color_of(name)) for path in paths_of(plane, orbit)]
    if label is None:
        label = f"{name}, {step}" if "η" in step else name
    lines[0].set_label(label)
    label_curve(ax, lines[0], label)
    if plane == "plane":
        fit_plane(ax)
    settle_labels(ax)
    return ax


def draw_path(ax: Axes, path: np.ndarray, color: str) -> Line2D:
    """Draw a path with its start and its direction."""
    ax.plot(*path[0], "o", markersize=9, markerfacecolor="white", markeredgecolor=color, markeredgewidth=1.6, zorder=5)
    draw_heads(ax, path, color)
    dots: dict[str, Any] = {"marker": ".", "markersize": 4} if len(path) <= DOTS else {}
    (line,) = ax.plot(*path.T, "-", color=color, linewidth=1.1, **dots)
    return line


def draw_heads(ax: Axes, path: np.ndarray, color: str) -> None:
    """Draw small heads at equal distances along a path."""
    travelled = np.cumsum(np.hypot(*np.diff(path, axis=0).T))
    if not travelled.size or not (math.isfinite(travelled[-1]) and travelled[-1] > 0):
        return
    for share in (0.08, 0.3, 0.55, 0.8):
        k = int(np.searchsorted(travelled, share * travelled[-1]))
        middle, (dx, dy) = (path[k] + path[k + 1]) / 2, path[k + 1] - path[k]
        angle = math.degrees(math.atan2(dy, dx)) - 90
        ax.plot(*middle, marker=(3, 0, angle), markersize=8, color=color, markeredgewidth=0, zorder=4)
