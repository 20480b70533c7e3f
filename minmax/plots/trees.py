"""Games part by part: the strategies on a small tree, the values of states on a grid."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minmax.games.extensive import ExtensiveFormGame
from minmax.games.markov import MarkovGame
from minmax.games.rules import CHANCE, OVER, distribution
from minmax.plots.canvas import GREY, axes_of, tidy
from minmax.plots.captions import title_of
from minmax.plots.strategies import PLAYER_COLORS
from minmax.solution import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_tree", "plot_values"]

NODES = 250  # a picture can hold
SELDOM = 0.03  # opacity at least of what is never played


class Drawn(NamedTuple):
    """A node of a picture: where it is, whose, what it is called, and the branch that leads to it."""

    across: int
    down: float
    turn: str
    text: str
    above: int
    label: str
    share: float


def plot_tree(game: ExtensiveFormGame, solution: Solution, *, ax: Axes | None = None) -> Axes:
    """Draw the tree of a small game from left to right, branches as wide as they are likely.

    Nodes of a player are in its colour, with the information set beside them; ends show what x receives.

    Parameters
    ----------
    game : of 250 nodes at most.
    solution : whose strategies are drawn.
    ax : where to draw; a new figure where None.
    """
    if not isinstance(game, ExtensiveFormGame):
        raise TypeError(f"`game` must be an ExtensiveFormGame; got {type(game).__name__}.")
    nodes = nodes_of(game, solution)
    ends = sum(node.turn == OVER for node in nodes)
    ax = axes_of(ax, (9.0, max(3.0, 0.17 * ends + 1.0)))
    colors = {"x": PLAYER_COLORS[0], "y": PLAYER_COLORS[1], CHANCE: GREY, OVER: GREY}
    for node in nodes:
        if node.above >= 0:
            before = nodes[node.above]
            color, strength = colors[before.turn], max(node.share, SELDOM)
            ends_at = [before.across, node.across], [before.down, node.down]
            ax.plot(*ends_at, color=color, linewidth=0.4 + 3.0 * node.share, alpha=0.25 + 0.75 * strength, zorder=1)
            told = node.label if before.turn == CHANCE else f"{node.label} {node.share:.2f}"
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.7}
            across, down = (0.35 * a + 0.65 * b for a, b in ends_at)
            ax.text(across, down, tidy(told), fontsize=5.5, ha="center", va="center", bbox=box, zorder=2)
        if node.turn == OVER:
            ax.text(node.across + 0.04, node.down, node.text, fontsize=6, va="center")
            continue
        ax.scatter([node.across], [node.down], s=22, color=colors[node.turn], zorder=3)
        ax.annotate(
            tidy(node.text), (node.across, node.down), (0, 5), textcoords="offset points", fontsize=6, ha="center"
        )
    deepest = max(node.across for node in nodes)
    ax.set(xlim=(-0.3, deepest + 0.4), ylim=(ends - 0.4, -0.9))
    ax.axis("off")
    who = ", ".join(f"{name} in {word}" for name, word in zip(game.players, ("blue", "gold")))
    ax.set_title(f"{title_of(solution)}: value {solution.value:.6g}; {who}", fontsize="small", loc="left")
    return ax


def nodes_of(game: ExtensiveFormGame, solution: Solution) -> list[Drawn]:
    """Return the nodes of a game, each after the one before it, with their places."""
    rules = game.rules
    choices = {
        player: {choice.information: choice.probabilities for choice in game.choices(player, plan)}
        for player, plan in zip("xy", (solution.x, solution.y))
    }
    found: list[Drawn] = []
    ends = 0
    ahead: list[tuple[Any, int, int, str, float]] = [(rules.start(), 0, -1, "", 1.0)]
    while ahead:
        state, across, above, label, share = ahead.pop()
        turn = rules.turn(state)
        text, moves = "", list[tuple[Hashable, float]]()
        if turn == OVER:
            text = f"{rules.payoff(state):.4g}"
        elif turn == CHANCE:
            moves = distribution(rules.chances(state), state)
        else:
            text, moves = str(rules.information(state)), list(choices[turn][rules.information(state)].items())
        found.append(Drawn(across, float(ends), turn, text, above, label, share))
        ends += turn == OVER
        if len(found) > NODES:
            raise ValueError(f"`game` must have at most {NODES} nodes to be drawn; this one has more.")
        number = len(found) - 1
        for move, p in reversed(moves):
            ahead.append((rules.after(state, move), across + 1, number, named(move), float(p)))
    return centred(found)


def named(move: Hashable) -> str:
    """Return the label of a branch: what is dealt at once, side by side."""
    return " ".join(map(str, move)) if isinstance(move, tuple) else str(move)


def centred(nodes: list[Drawn]) -> list[Drawn]:
    """Return nodes in the middle of those after them, which come later in the list."""
    places: list[list[float]] = [[] for _ in nodes]
    for k in range(len(nodes) - 1, -1, -1):
        own = places[k]
        down = (min(own) + max(own)) / 2 if own else nodes[k].down
        nodes[k] = nodes[k]._replace(down=down)
        if nodes[k].above >= 0:
            places[nodes[k].above].append(down)
    return nodes


def plot_values(
    game: MarkovGame,
    solution: Solution,
    *,
    place: Callable[[Any], tuple[int, int] | None] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the values of states as a heat map on a grid, in the game's own sign.

    Parameters
    ----------
    game : a Markov game.
    solution : of it.
    place : function from the label of a state to its row and column, or None for a state that is not drawn; needed but
        for soccer, where those are drawn in which x has the ball and y is where it began.
    ax : where to draw; a new figure where None.
    """
    if not isinstance(game, MarkovGame) or solution.values is None:
        raise TypeError("`game` must be a MarkovGame, and `solution` one of it, which holds values of states.")
    place = place or usual_place(game)
    if place is None:
        raise ValueError("`place` must be given: the states of this game are no squares.")
    drawn = {}
    for state, value in zip(game.states, solution.values):
        where: Any = place(state)
        if where is None:
            continue
        if np.shape(where) != (2,) or not all(isinstance(k, (int, np.integer)) and k >= 0 for k in where):
            raise ValueError(f"`place` must return a row and a column, or None; for {state} it returned {where!r}.")
        if tuple(where) in drawn:
            raise ValueError(f"`place` must name a square for one state at most; it named {where} for two.")
        drawn[tuple(where)] = float(value)
    if not drawn:
        raise ValueError("`place` must name a square for some state; it returned None for all of them.")
    grid = np.full([max(where[k] for where in drawn) + 1 for k in (0, 1)], np.nan)
    for where, value in drawn.items():
        grid[where] = value
    ax = axes_of(ax, (1.2 + 0.9 * grid.shape[1], 1.2 + 0.75 * grid.shape[0]))
    most = float(np.nanmax(abs(grid))) or 1.0
    image = ax.imshow(grid, cmap="RdBu_r", vmin=-most, vmax=most)
    for (row, column), value in drawn.items():
        dark = abs(value) > 0.6 * most
        ax.text(column, row, f"{value:.3f}", ha="center", va="center", fontsize=8, color="white" if dark else "black")
    ax.set(xticks=range(grid.shape[1]), yticks=range(grid.shape[0]), xlabel="column", ylabel="row")
    ax.tick_params(length=0)
    ax.figure.colorbar(image, ax=ax, shrink=0.8, label="value")
    ax.set_title(title_of(solution), fontsize="small", loc="left")
    return ax


def usual_place(game: MarkovGame) -> Callable[[Any], tuple[int, int] | None] | None:
    """Return the places of soccer's states in which x has the ball and y is where it began; None in other games."""
    first = game.states[0]
    if hasattr(first, "ball"):
        return lambda state: state.x if state.ball == 0 and state.y == first.y else None
    return None
