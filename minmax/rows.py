"""One round on arrays whose last axis holds the actions: numpy for single games, torch for batches and devices.

The same order of events as `loops.py`; the rule's `step` is the very same method.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minmax._scalar import GOLDEN, MULTIPLIER_1, MULTIPLIER_2, TWO_TO_MINUS_52, mix, uniform, word
from minmax.implicit import implicit_utilities
from minmax.state import MIXED, PAST, SEARCHES, counted, held, place

__all__ = [
    "advance_in_turns",
    "advance_in_turns_y_first",
    "advance_searching",
    "advance_together",
    "keep",
    "show",
    "turn",
    "update",
]


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


def disturb(facts: Any, side: Any, t: int) -> None:
    """Add the noise of round t to the utilities."""
    step = (t + 1) // 2 if facts.same else t
    one, two = uniform_row(facts.seed, facts.player + 2, step, 2 * side.u.size).reshape(-1, 2).T
    side.u[...] += facts.jitter * np.sqrt(-2.0 * np.log(one)) * np.cos(2.0 * math.pi * two)


def distances(side: Any) -> tuple[float, float]:
    """Squared distances of what was seen and of the utility to those of the round before, which they replace."""
    step, turn = side.seen - side.was, side.u - side.felt
    side.was[...], side.felt[...] = side.seen, side.u
    return float((step * step).sum()), float((turn * turn).sum())


def set_pace(rule: Any, side_x: Any, side_y: Any, t: int) -> None:
    """Let a paced rule choose the step of the round from how both players moved."""
    moved_x, turned_x = distances(side_x)
    moved_y, turned_y = distances(side_y)
    pace = rule.adapt(*side_x.pace.tolist(), moved_x + moved_y, turned_x + turned_y, float(t))
    side_x.pace[...] = side_y.pace[...] = pace


def settle(domain: Any, facts: Any, side: Any, t: int) -> None:
    """Book the utility of round t: value, regret, average."""
    # What a primal-dual rule shows is not what it plays: no regret, and its average is of the new points.
    if facts.reflected:
        return
    # What a blended rule is seen at may lie outside the domain; what it plays does not.
    played = side.x if 0 < facts.blended < MIXED else side.seen
    k = counted(facts, t)
    if k > 0:
        side.gains[...] += side.u
    value, side.v[...] = domain.values_rows(side.theta, played, side.u)
    if k > 0:
        side.sums[0] += value
        add_play(side, float(k**facts.power), played)
    if facts.paced:
        side.v[...] = side.pace[0]


def censor(rule: Any, facts: Any, side: Any) -> None:
    """Replace the utilities by the estimate from the drawn action's payoff."""
    loss = (facts.high - side.u) / (facts.high - facts.low)
    action = side.seen > 0.0
    chance = np.where(action, side.x, 1.0)
    side.u[...] = np.where(action, rule.estimate(loss, chance), 0.0)


def phase(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Apply the rule once and map the dual point to a strategy."""
    # A float round number gives integer powers of it the same bits as in compiled loops.
    try:
        theta, a, b = rule.step(side.theta, side.u, side.v, side.a, side.b, float(t))
    except (TypeError, ValueError) as error:
        # Errors of numpy's own are of kinds that no sentence alone makes.
        raise (TypeError if isinstance(error, TypeError) else ValueError)(
            f"`step` of {type(rule).__name__} must be arithmetic without branches that returns theta, a, b ({error})."
        ) from error
    # In this order a rule may keep its old dual point, which is the very array that is overwritten last.
    side.a[...], side.b[...] = a, b
    side.theta[...] = theta
    if not facts.noise:
        side.x[...] = domain.play_rows(side.theta, rule.rate(side.pace[0], float(t)))
    if facts.agile:
        side.theta[...] = domain.lift_rows(side.x)
    if facts.blended:
        side.a[...], side.b[...] = rule.blend(side.x, side.a, side.b, float(t))


def update(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Learn from the utility of round t."""
    if facts.bandit and facts.high > facts.low:
        censor(rule, facts, side)
    first, last = t, t
    if facts.lookahead == PAST:
        # Both phases of the step on one evaluation; a plain first round is ahead alone.
        last = 2 * (t - facts.plain) + 1
        first = max(last - 1, 1)
    elif facts.plain and t == 1:
        side.a[...] = side.u
    for k in range(first, last + 1):
        phase(domain, rule, facts, side, k)
    if facts.reflected:
        side.seen[...] = 2.0 * side.x - side.seen
        add_play(side, float(t**facts.power), side.x)


def keep(tape: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any, t: int) -> None:
    """Keep the last iterates after round t, where they are wanted."""
    k = place(tape, t)
    if k >= 0:
        tape.x[k], tape.y[k], tape.done[0] = held(facts_x, side_x), held(facts_y, side_y), k + 1


def advance_together(
    game: Any, X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any,
    tape: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1, both players moving at once."""
    for t in range(start, stop):
        show(X, rule_x, facts_x, side_x, t)
        show(Y, rule_y, facts_y, side_y, t)
        if rule_x.implicit:
            rates = rule_x.rate(0.0, float(t)), rule_y.rate(0.0, float(t))
            implicit_utilities(game, X, Y, rates, side_x, side_y)
        else:
            game.utilities(side_x.seen, side_y.seen, side_x.u, side_y.u)
        if facts_x.jitter:
            disturb(facts_x, side_x, t)
            disturb(facts_y, side_y, t)
        if facts_x.paced:
            set_pace(rule_x, side_x, side_y, t)
        settle(X, facts_x, side_x, t)
        settle(Y, facts_y, side_y, t)
        update(X, rule_x, facts_x, side_x, t)
        update(Y, rule_y, facts_y, side_y, t)
        keep(tape, facts_x, facts_y, side_x, side_y, t)


def turn(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Book a player's utility, let it move, and show the opponent the new strategy."""
    if facts.jitter:
        disturb(facts, side, t)
    settle(domain, facts, side, t)
    update(domain, rule, facts, side, t)
    if not facts.reflected:
        side.seen[...] = side.a if facts.blended else side.x


def advance_in_turns(
    game: Any, X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any,
    tape: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1, y seeing x's new strategy."""
    for t in range(start, stop):
        show(X, rule_x, facts_x, side_x, t)
        show(Y, rule_y, facts_y, side_y, t)
        game.utility_x(side_x.seen, side_y.seen, side_x.u)
        turn(X, rule_x, facts_x, side_x, t)
        game.utility_y(side_x.seen, side_y.seen, side_y.u)
        turn(Y, rule_y, facts_y, side_y, t)
        keep(tape, facts_x, facts_y, side_x, side_y, t)


def advance_in_turns_y_first(
    game: Any, X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any,
    tape: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1, x seeing y's new strategy."""
    for t in range(start, stop):
        show(X, rule_x, facts_x, side_x, t)
        show(Y, rule_y, facts_y, side_y, t)
        game.utility_y(side_x.seen, side_y.seen, side_y.u)
        turn(Y, rule_y, facts_y, side_y, t)
        game.utility_x(side_x.seen, side_y.seen, side_x.u)
        turn(X, rule_x, facts_x, side_x, t)
        keep(tape, facts_x, facts_y, side_x, side_y, t)


def search(
    game: Any, X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any, t: int
) -> None:
    """Play a round of a searched rule, x first; x's utilities at hand are those against y's last strategy."""
    last, ratio = side_x.pace.tolist()
    side_x.was[...], side_x.v[...] = side_x.x, last
    phase(X, rule_x, facts_x, side_x, t)
    side_x.felt[...], side_y.was[...] = side_x.u, side_y.x
    weight = rule_y.eta / rule_x.eta
    step, ratio = rule_x.adapt(last, ratio, 0.0, 0.0, float(t))
    for trial in range(SEARCHES):
        if trial > 0:
            step *= rule_x.shrink
        side_x.seen[...] = side_x.x + step / last * (side_x.x - side_x.was)
        game.utility_y(side_x.seen, side_y.was, side_y.u)
        side_y.theta[...] = Y.lift_rows(side_y.was)
        side_y.pace[0] = weight * step
        side_y.v[...] = side_y.pace[0]
        phase(Y, rule_y, facts_y, side_y, t)
        game.utility_x(side_x.x, side_y.x, side_x.u)
        side_y.pace[1] += 1.0  # trials so far
        moved, turned = float(((side_y.x - side_y.was) ** 2).sum()), float(((side_x.u - side_x.felt) ** 2).sum())
        if weight * step * step * turned <= rule_x.delta * rule_x.delta * moved:
            break
    side_x.pace[...] = step, step / last
    # Plays that y sees lie outside at times; their sum, with the start's share, telescopes to a mean of x's plays.
    if t == 1:
        add_play(side_x, step * step / last, side_x.was)
    add_play(side_x, step, side_x.seen)
    add_play(side_y, step, side_y.x)


def advance_searching(
    game: Any, X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any,
    tape: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1 of a searched rule."""
    if start == 1:
        game.utility_x(side_x.x, side_y.x, side_x.u)
    for t in range(start, stop):
        search(game, X, Y, rule_x, rule_y, facts_x, facts_y, side_x, side_y, t)
        keep(tape, facts_x, facts_y, side_x, side_y, t)
