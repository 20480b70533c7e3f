"""Where orbits are drawn: the plane, the square of first probabilities, a triangle for each player."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minmax.domains import Free, Simplex
from minmax.plots.canvas import tidy
from minmax.solve import solve
from minmax.watching import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

APART = 1.35  # distance of two triangles whose sides are one
HEIGHT = math.sqrt(3) / 2


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


def draw_frame(ax: Axes, plane: str, game: Any) -> None:
    """Draw what orbits run in, unless an earlier orbit has."""
    if not any(line.get_marker() == "*" for line in ax.lines):
        {"plane": frame_plane, "square": frame_square, "triangles": frame_triangles}[plane](ax, game)


def draw_stars(ax: Axes, points: Iterable[Any]) -> None:
    """Draw the equilibria."""
    for x, y in points:
        ax.plot([x], [y], "*", markersize=14, color="#FFD400", markeredgecolor="black", markeredgewidth=0.8, zorder=6)


def frame_plane(ax: Axes, game: Any) -> None:
    """Draw the plane of `f = a x y` with its saddle at the origin."""
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
    (rows, columns), players = labels_of(game)
    ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), aspect="equal")
    ax.set_xlabel(f"{players[0]}: probability of {rows[0]}")
    ax.set_ylabel(f"{players[1]}: probability of {columns[0]}")
    ax.fill([0, 1, 1, 0], [0, 0, 1, 1], facecolor="none", edgecolor="#CCCCCC", linewidth=0.7, zorder=0)
    optimal_x, optimal_y = equilibria(game)
    draw_stars(ax, [(x[0], y[0]) for x in optimal_x for y in optimal_y])
    ax.set_title(f"{tidy(game.name)}, 2 × 2" if game.name else "2 × 2 game", fontsize="small", loc="left")


def frame_triangles(ax: Axes, game: Any) -> None:
    """Draw one simplex for each player, its corners named."""
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
