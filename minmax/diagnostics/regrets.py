"""What the players wish they had done: external and swap regret of a course of play, and the identity with the gap."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax.diagnostics.planes import orbit_of
from minmax.domains import Simplex
from minmax.dynamics.rule import Scale
from minmax.players import pair_of, tuned_pair

__all__ = ["PlayRegret", "PlayerRegret", "regret_of_play"]


class PlayerRegret(NamedTuple):
    """One player's regrets, in payoff units.

    Attributes
    ----------
    external : the best fixed strategy's payoff less what was earned.
    actions : (n,) what each action alone would have earned more; on other sets than simplices empty.
    positive : the positive part of `actions`, which regret matching plays.
    swap : what the best replacement of every action by another would have earned more; nan off the simplex.
    utilities : (T,) payoff earned in each round.
    course : (T,) external regret after each round.
    """

    external: float
    actions: np.ndarray
    positive: np.ndarray
    swap: float
    utilities: np.ndarray
    course: np.ndarray


class PlayRegret(NamedTuple):
    """Both players' regrets over a course of simultaneous play.

    Attributes
    ----------
    x, y : of either player.
    gap : duality gap of the uniform averages.
    identity : `gap - (R_x + R_y) / T`: zero to rounding in games linear in either strategy.
    social : (T,) payoffs of both players together: zero but for linear terms of one player's own.
    bound_x, bound_y : what the dynamics promises of either regret; nan where it was not given, or promises none.
    """

    x: PlayerRegret
    y: PlayerRegret
    gap: float
    identity: float
    social: np.ndarray
    bound_x: float = math.nan
    bound_y: float = math.nan

    def __str__(self) -> str:
        rows = []
        for name, regret, bound in (("x", self.x, self.bound_x), ("y", self.y, self.bound_y)):
            within = "" if math.isnan(bound) else f", promised at most {bound:.6g}"
            swap = "" if math.isnan(regret.swap) else f", swap regret {regret.swap:.6g}"
            rows.append(f"{name}: external regret {regret.external:.6g}{within}{swap}")
        rounds = len(self.x.course)
        return "\n".join([f"regrets over {rounds} rounds", *rows, f"gap of the averages {self.gap:.6g}"])


def regret_of_play(game: Any, xs: Any, ys: Any, *, method: Any = None) -> PlayRegret:
    """Return the regrets of a course of simultaneous play in a bilinear game, against what a dynamics promises.

    Parameters
    ----------
    game : a MatrixGame, or a BilinearGame on bounded sets.
    xs, ys : (T, n) and (T, m) strategies of each round.
    method : the dynamics that played from the centre, or a pair of them, whose bounds are wanted.

    Examples
    --------
    >>> from minmax import MWU, MatrixGame, Trajectory, solve
    >>> game, play = MatrixGame([[2.0, -1.0], [-1.0, 1.0]]), Trajectory()
    >>> run = solve(game, MWU(eta=0.1), rounds=50, tol=None, every=1, start=([0.5, 0.5], [0.9, 0.1]), watch=play)
    >>> found = regret_of_play(game, play.x[:-1], play.y[:-1])
    >>> bool(abs(found.identity) < 1e-12), bool(abs(found.x.external - run.regret.x) < 1e-12)
    (True, True)

    Source
    ------
    Swap regret: A. Blum and Y. Mansour, From external to internal regret, 2007.
    """
    xs, ys = orbit_of(xs, least=1), orbit_of(ys, least=1)
    n, m = game.shape
    if len(xs) != len(ys) or xs.shape[1] != n or ys.shape[1] != m:
        raise ValueError(
            f"`xs` and `ys` must be rounds of a {n} x {m} game, of equal number; got shapes {xs.shape} and {ys.shape}."
        )
    if not all(domain.bounded for domain in game.domains):
        raise ValueError("`game` must be on bounded sets: elsewhere the best fixed strategy has no payoff.")
    if getattr(game, "curvatures", (0.0, 0.0)) != (0.0, 0.0) or any(d.charged for d in game.domains):
        raise ValueError("`game` must be bilinear: regrets of curved games are bounded by their linear ones only.")
    ux, uy = np.empty_like(xs), np.empty_like(ys)
    for t in range(len(xs)):
        game.utilities(xs[t], ys[t], ux[t], uy[t])
    first, second = (player_regret(d, p, u) for d, p, u in zip(game.domains, (xs, ys), (ux, uy)))
    gap = float(game.certificate(xs.mean(0), ys.mean(0)).gap)
    identity = gap - (first.external + second.external) / len(xs)
    bounds = (math.nan, math.nan) if method is None else bounds_of(game, method, len(xs))
    return PlayRegret(first, second, gap, identity, first.utilities + second.utilities, *bounds)


def bounds_of(game: Any, method: Any, rounds: int) -> tuple[float, float]:
    """Return what two dynamics promise of their regrets after so many rounds."""
    rules = tuned_pair(game, *pair_of(method), rounds)
    first, second = (
        float(rule.regret_bound(Scale(domain.n, game.spread, math.nan, rounds)))
        for rule, domain in zip(rules, game.domains)
    )
    return first, second


def player_regret(domain: Any, plays: np.ndarray, utilities: np.ndarray) -> PlayerRegret:
    """Return one player's regrets from what it played and what it could have earned."""
    earned = np.einsum("ti,ti->t", plays, utilities)
    totals = np.cumsum(utilities, axis=0)
    best = np.array([domain.reach(total) for total in totals])
    course = best - np.cumsum(earned)
    if not isinstance(domain, Simplex):
        return PlayerRegret(float(course[-1]), np.empty(0), np.empty(0), math.nan, earned, course)
    actions = totals[-1] * domain.total - earned.sum()
    crossed = plays.T @ utilities  # what the weight on i would have earned as k
    swap = float((crossed.max(axis=1) - np.diag(crossed)).sum())
    return PlayerRegret(float(course[-1]), actions, np.maximum(actions, 0.0), swap, earned, course)
