"""Sharpen an answer that any method found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from minmax.automatic import by_exact, joined
from minmax.checks import Limits
from minmax.exact import Crossover
from minmax.games.matrix import MatrixGame
from minmax.solution import Solution

__all__ = ["polish"]


def polish(game: Any, solution: Solution, *, time_limit: float | None = None) -> Solution:
    """Return an answer to rounding errors from a good one, or the good one: never a worse one.

    `Crossover` guesses the actions of the equilibrium from the solution, solves on them and repairs the guess by
    pivots.

    Parameters
    ----------
    game : MatrixGame with entries.
    solution : what any method found; the better, the more of the guess is right.
    time_limit : seconds.

    Returns
    -------
    Solution
        With `path` one longer where it was sharpened: the solution's own gap otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> from minmax import MatrixGame, PredictiveRegretMatchingPlus, solve
    >>> game = MatrixGame(np.random.default_rng(0).uniform(-1, 1, (30, 40)))
    >>> rough = solve(game, PredictiveRegretMatchingPlus(), tol=1e-4)
    >>> polish(game, rough).relative_gap < 1e-12
    True
    """
    if not isinstance(game, MatrixGame) or game.coupling.kind == "operator":
        raise TypeError(
            "`game` must be a MatrixGame with entries; other games are sharpened by ActiveSet() from a `start`."
        )
    if not isinstance(solution, Solution):
        raise TypeError(f"`solution` must be what `solve` returned; got {type(solution).__name__}.")
    if (solution.x.size, solution.y.size) != game.shape:
        raise ValueError(f"`solution` is of a {solution.x.size} x {solution.y.size} game; got one of {game.shape}.")
    limits = Limits(0, None, None, None, time_limit, False)
    sharp = by_exact(game, Crossover(), limits, near=(solution.x, solution.y))
    if sharp.relative_gap > solution.relative_gap:
        return solution
    return replace(
        joined([solution, sharp], solution.seconds + sharp.seconds),
        path=(*solution.path, "polish"),
        method=solution.method,
    )
