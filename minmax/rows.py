"""One round on arrays whose last axis holds the actions: numpy for single games, torch for batches and devices.

The same order of events as `loops.py`; the rule's `step` is the very same method.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minmax._scalar import GOLDEN, MULTIPLIER_1, MULTIPLIER_2, TWO_TO_MINUS_52, mix, uniform, word
from minmax.state import PAST, counted

__all__ = ["advance_in_turns", "advance_together", "show", "turn", "update"]


def uniform_row(seed: int, player: int, t: int, n: int) -> np.ndarray:
    """Return `[uniform(seed, player, t, i) for i in range(n)]` at once."""
    key = np.uint64(mix(mix(mix(word(seed)) ^ word(player)) ^ word(t)))
    z = (key ^ np.arange(n, dtype=np.uint64)) + np.uint64(GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(MULTIPLIER_1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(MULTIPLIER_2)
    z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(12)).astype(np.float64) + 0.5) * TWO_TO_MINUS_52


def noise_row(kind: int, seed: int, player: int, t: int, n: int) -> np.ndarray:
    """Return standard Gumbel (1) or exponential (2) noise of a round."""
    exponential = -np.log(uniform_row(seed, player, t, n))
    return -np.log(exponential) if kind == 1 else exponential


def drawn(x: np.ndarray, seed: int, player: int, t: int) -> np.ndarray:
    """Return the pure strategy drawn from x in round t."""
    below = np.cumsum(x) < uniform(seed, player, t, 0)
    pure = np.zeros_like(x)
    pure[min(int(below.sum()), x.size - 1)] = 1.0
    return pure


def show(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Settle what is played in round t and what the opponent sees of it."""
    if facts.noise:
        noise = noise_row(facts.noise, facts.seed, facts.player, t, side.x.shape[-1])
        side.x[...] = domain.play_rows(rule.perturb(side.theta, noise, t))
    side.seen[...] = drawn(side.x, facts.seed, facts.player, t) if facts.bandit else side.a if facts.blended else side.x


def add_play(side: Any, weight: float, x: Any) -> None:
    """Add a play to the weighted sum."""
    side.sums[1] += weight
    side.total[...] += weight * x


def settle(domain: Any, facts: Any, side: Any, t: int) -> None:
    """Book the utility of round t: value, regret, average."""
    value = domain.values_rows(side.seen, side.u)
    side.v[...] = value
    k = counted(facts, t)
    if k > 0:
        side.sums[0] += value[..., 0]
        side.gains[...] += side.u
        if not facts.reflected:
            add_play(side, float(k**facts.power), side.seen)


def censor(rule: Any, facts: Any, side: Any) -> None:
    """Replace the utilities by the estimate from the drawn action's payoff."""
    loss = (facts.high - side.u) / (facts.high - facts.low)
    action = side.seen > 0.0
    chance = np.where(action, side.x, 1.0)
    side.u[...] = np.where(action, rule.estimate(loss, chance), 0.0)


def phase(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Apply the rule once and map the dual point to a strategy."""
    # A float round number gives integer powers of it the same bits as in compiled loops.
    side.theta[...], side.a[...], side.b[...] = rule.step(side.theta, side.u, side.v, side.a, side.b, float(t))
    if not facts.noise:
        side.x[...] = domain.play_rows(side.theta)
    if facts.agile:
        side.theta[...] = domain.lift_rows(side.x)
    if facts.blended:
        side.a[...] = rule.blend(side.x, side.a, side.b, float(t))


def update(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Learn from the utility of round t."""
    if facts.bandit and facts.high > facts.low:
        censor(rule, facts, side)
    if facts.lookahead == PAST:
        step = 2 * (t - facts.plain)
        if step > 0:
            phase(domain, rule, facts, side, step)
        phase(domain, rule, facts, side, step + 1)
        return
    if facts.plain and t == 1:
        side.a[...] = side.u
    phase(domain, rule, facts, side, t)
    if facts.reflected:
        side.seen[...] = 2.0 * side.x - side.seen
        add_play(side, float(t**facts.power), side.x)


def advance_together(
    game: Any, X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any,
    start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1, both players moving at once."""
    for t in range(start, stop):
        show(X, rule_x, facts_x, side_x, t)
        show(Y, rule_y, facts_y, side_y, t)
        game.utilities(side_x.seen, side_y.seen, side_x.u, side_y.u)
        settle(X, facts_x, side_x, t)
        settle(Y, facts_y, side_y, t)
        update(X, rule_x, facts_x, side_x, t)
        update(Y, rule_y, facts_y, side_y, t)


def turn(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Book a player's utility, let it move, and show the opponent the new strategy."""
    settle(domain, facts, side, t)
    update(domain, rule, facts, side, t)
    if not facts.reflected:
        side.seen[...] = side.x


def advance_in_turns(
    game: Any, X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any,
    y_first: int, start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1, the second player seeing the first one's new strategy."""
    for t in range(start, stop):
        show(X, rule_x, facts_x, side_x, t)
        show(Y, rule_y, facts_y, side_y, t)
        if y_first:
            game.utility_y(side_x.seen, side_y.u)
            turn(Y, rule_y, facts_y, side_y, t)
            game.utility_x(side_y.seen, side_x.u)
            turn(X, rule_x, facts_x, side_x, t)
        else:
            game.utility_x(side_y.seen, side_x.u)
            turn(X, rule_x, facts_x, side_x, t)
            game.utility_y(side_x.seen, side_y.u)
            turn(Y, rule_y, facts_y, side_y, t)
