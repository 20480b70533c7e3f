"""What a run carries from round to round, and the facts that a kernel reads beside it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "FRESH",
    "PAST",
    "Facts",
    "Side",
    "average_of",
    "begin",
    "counted",
    "facts_of",
    "last_of",
    "regret_of",
]

FRESH, PAST = 1, 2
LOOKAHEAD = {"": 0, "fresh": FRESH, "past": PAST}
NOISE = {"": 0, "gumbel": 1, "exponential": 2}
POWERS = {"last": 0, "uniform": 0, "linear": 1, "quadratic": 2}


class Side(NamedTuple):
    """One player's arrays, all of length n but the last; every round writes them in place.

    Attributes
    ----------
    theta, a, b : dual point and memory of the rule.
    x : the strategy the next round plays.
    seen : what the opponent sees of it: x, a drawn action, or the reflected move.
    u, v : utility and local value of the last round.
    total : weighted sum of the strategies played.
    gains : sum of the utilities.
    sums : (2,) the payoff earned, and the weights in `total`.
    """

    theta: Any
    a: Any
    b: Any
    x: Any
    seen: Any
    u: Any
    v: Any
    total: Any
    gains: Any
    sums: Any


class Facts(NamedTuple):
    """What a kernel knows of a player besides its rule: the class facts as numbers, and the run's options."""

    player: int
    seed: int
    agile: int
    lookahead: int
    plain: int
    noise: int
    bandit: int
    reflected: int
    blended: int
    power: int
    low: float
    high: float


def facts_of(rule: Any, *, player: int, seed: int, average: str, low: float, high: float) -> Facts:
    """Return the facts of a tuned rule for one player of a run.

    `low` and `high` are the range of that player's utilities, which bandit rules rescale by.
    """
    return Facts(
        player=player,
        seed=seed,
        agile=int(rule.agile),
        lookahead=LOOKAHEAD[rule.lookahead],
        plain=int(getattr(rule, "first", 0.0)),
        noise=NOISE[rule.noise],
        bandit=int(rule.bandit),
        reflected=int(rule.reflected),
        blended=int(rule.blended),
        power=POWERS[average],
        low=low,
        high=high,
    )


def begin(geometry: Any, rule: Any, start: np.ndarray) -> Side:
    """Return the state before the first round, at the strategy `start`."""
    theta = np.asarray(geometry.lift_rows(start), dtype=np.float64)
    zero = np.zeros_like(theta)
    # The past extra-gradient and blended rules begin at a point; every other rule with nothing in memory.
    a = theta.copy() if LOOKAHEAD[rule.lookahead] == PAST or rule.blended else zero.copy()
    return Side(
        theta=theta,
        a=a,
        b=theta.copy(),
        x=start.copy(),
        seen=start.copy(),
        u=zero.copy(),
        v=zero.copy(),
        total=zero.copy(),
        gains=zero.copy(),
        sums=np.zeros(2),
    )


def counted(facts: Facts, t: int) -> int:
    """Return the index of the play of round t among those that averages and regret count, or 0."""
    if facts.lookahead == FRESH:
        return t // 2 * (1 - t % 2)
    if facts.lookahead == PAST:
        return t - facts.plain
    return t


def average_of(side: Side) -> np.ndarray:
    """Return the weighted average of the plays; the current strategy where none counted yet."""
    weight = side.sums[1]
    return side.total / weight if weight > 0 else side.x.copy()


def last_of(geometry: Any, facts: Facts, side: Side) -> np.ndarray:
    """Return the last iterate: the base point where the rule looks ahead on past utilities."""
    if facts.lookahead == PAST:
        return np.asarray(geometry.play_rows(side.a))
    return side.x.copy()


def regret_of(domain: Any, side: Side) -> float:
    """Return the external regret so far: the best fixed strategy's payoff less that earned."""
    return domain.support(side.gains) - float(side.sums[0])
