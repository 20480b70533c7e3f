"""One round in scalar loops, compiled: what `rows.py` says on arrays, without a temporary.

Every function here is also plain Python, and a strict game gives the same bits either way.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from minmax._compile import compilable, kernel
from minmax._scalar import replaced, uniform
from minmax.domains import ball, nearest, simplex, trees
from minmax.dynamics import regret
from minmax.games import products, quadratic
from minmax.oracles import gaussian
from minmax.state import BANK, BASE, MIXED, PAST, SEARCHES, counted, place, unpacked

__all__ = [
    "advance_in_turns",
    "advance_in_turns_y_first",
    "advance_searching",
    "advance_swept",
    "advance_swept_steps",
    "advance_together",
    "engine",
    "observe",
]


SUBNORMAL = 1e-300  # one over a smaller number may overflow


def draw_noise(kind: int, seed: int, player: int, t: int, i: int) -> float:
    """Standard Gumbel (1) or exponential (2) noise of a round and coordinate."""
    exponential = -math.log(uniform(seed, player, t, i))
    return -math.log(exponential) if kind == 1 else exponential


def draw_action(x: Any, seed: int, player: int, t: int) -> int:
    """Action drawn from the strategy x in round t."""
    level = uniform(seed, player, t, 0)
    for i in range(x.size - 1):
        level -= x[i]
        if level <= 0.0:
            return i
    return x.size - 1


def show(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Settle what is played in round t and what the opponent sees of it."""
    if facts.noise > 0:
        for i in range(side.x.size):
            noise = draw_noise(facts.noise, facts.seed, facts.player, t, i)
            side.v[i] = rule.perturb(side.theta[i], noise, t)
        domain.play(side.v, side.x, 0.0)
    for i in range(side.x.size):
        side.seen[i] = side.a[i] if facts.blended > 0 else side.x[i]
    if facts.bandit > 0:
        action = draw_action(side.x, facts.seed, facts.player, t)
        for i in range(side.x.size):
            side.seen[i] = 0.0
        side.seen[action] = 1.0


def add_play(side: Any, weight: float, x: Any) -> None:
    """Add a play to the weighted sum."""
    side.sums[1] += weight
    for i in range(x.size):
        side.total[i] += weight * x[i]


def weight_of(power: int, k: int) -> float:
    """Weight `k**power` of the k-th play, for power 0, 1 or 2."""
    weight = 1.0
    for _ in range(power):
        weight *= k
    return weight


def disturb(facts: Any, side: Any, t: int) -> None:
    """Add the noise of round t to the utilities."""
    step = (t + 1) // 2 if facts.same > 0 else t
    for i in range(side.u.size):
        side.u[i] += facts.jitter * gaussian(facts.seed, facts.player, step, i)


def distances(side: Any) -> tuple[float, float]:
    """Squared distances of what was seen and of the utility to those of the round before, which they replace."""
    return replaced(side.was, side.seen), replaced(side.felt, side.u)


def set_pace(rule: Any, side_x: Any, side_y: Any, t: int) -> None:
    """Let a paced rule choose the step of the round from how both players moved."""
    moved_x, turned_x = distances(side_x)
    moved_y, turned_y = distances(side_y)
    step, ratio = rule.adapt(side_x.pace[0], side_x.pace[1], moved_x + moved_y, turned_x + turned_y, t)
    side_x.pace[0], side_x.pace[1] = step, ratio
    side_y.pace[0], side_y.pace[1] = step, ratio


def settle(domain: Any, facts: Any, side: Any, t: int) -> float:
    """Book the utility of round t: value, regret, average; return the value, finite if all utilities are."""
    # What a primal-dual rule shows is not what it plays: no regret, and its average is of the new points.
    if facts.reflected > 0:
        return 0.0
    # What a blended rule is seen at may lie outside the domain; what it plays does not.
    played = side.x if 0 < facts.blended < MIXED else side.seen
    k = counted(facts, t)
    if k > 0:
        for i in range(side.u.size):
            side.gains[i] += side.u[i]
    value = domain.values(side.theta, played, side.u, side.v)
    if k > 0:
        side.sums[0] += value
        add_play(side, weight_of(facts.power, k), played)
    if facts.paced > 0:
        for i in range(side.v.size):
            side.v[i] = side.pace[0]
    return value


def censor(rule: Any, facts: Any, side: Any) -> None:
    """Replace the utilities by the estimate from the drawn action's payoff."""
    for i in range(side.u.size):
        if side.seen[i] > 0.0:
            loss = (facts.high - side.u[i]) / (facts.high - facts.low)
            side.u[i] = rule.estimate(loss, side.x[i])
        else:
            side.u[i] = 0.0


def phase(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Apply the rule once and map the dual point to a strategy."""
    theta, a, b, u, v = side.theta, side.a, side.b, side.u, side.v
    for i in range(theta.size):
        theta[i], a[i], b[i] = rule.step(theta[i], u[i], v[i], a[i], b[i], t)
    if facts.noise == 0:
        domain.play(theta, side.x, rule.rate(side.pace[0], t))
    if facts.agile > 0:
        domain.lift(side.x, theta)
    if facts.blended > 0:
        for i in range(theta.size):
            a[i], b[i] = rule.blend(side.x[i], a[i], b[i], t)


def update(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Learn from the utility of round t."""
    if facts.bandit > 0 and facts.high > facts.low:
        censor(rule, facts, side)
    first, last = t, t
    if facts.lookahead == PAST:
        # Both phases of the step on one evaluation; a plain first round is ahead alone.
        last = 2 * (t - facts.plain) + 1
        first = max(last - 1, 1)
    elif facts.plain > 0 and t == 1:
        for i in range(side.u.size):
            side.a[i] = side.u[i]
    for k in range(first, last + 1):  # a loop, since each call is compiled in place
        phase(domain, rule, facts, side, k)
    if facts.reflected > 0:
        # The opponent sees 2 x_new - x_old; the average is that of the new points.
        for i in range(side.x.size):
            side.seen[i] = 2.0 * side.x[i] - side.seen[i]
        add_play(side, weight_of(facts.power, t), side.x)


def learn(
    X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any, t: int
) -> float:
    """Book the utilities of round t, both players, and learn from them; return a number that is finite if they are."""
    if facts_x.jitter > 0.0:
        disturb(facts_x, side_x, t)
        disturb(facts_y, side_y, t)
    if facts_x.paced > 0:
        set_pace(rule_x, side_x, side_y, t)
    value = settle(X, facts_x, side_x, t) + settle(Y, facts_y, side_y, t)
    update(X, rule_x, facts_x, side_x, t)
    update(Y, rule_y, facts_y, side_y, t)
    return value


def write_last(facts: Any, side: Any, row: Any) -> None:
    """Copy the array that holds the last iterate."""
    for i in range(row.size):
        row[i] = side.a[i] if facts.last == BASE else side.b[i] if facts.last == BANK else side.x[i]


def keep(tape: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any, t: int) -> None:
    """Keep the last iterates after round t, where they are wanted."""
    k = place(tape, t)
    if k >= 0:
        write_last(facts_x, side_x, tape.x[k])
        write_last(facts_y, side_y, tape.y[k])
        tape.done[0] = k + 1


@kernel
def advance_together(
    game: Any, X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, side_x: Any, side_y: Any,
    tape: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1, both players moving at once."""
    for t in range(start, stop):
        show(X, rule_x, facts_x, side_x, t)
        show(Y, rule_y, facts_y, side_y, t)
        game.utilities(side_x.seen, side_y.seen, side_x.u, side_y.u)
        learn(X, Y, rule_x, rule_y, facts_x, facts_y, side_x, side_y, t)
        keep(tape, facts_x, facts_y, side_x, side_y, t)


@kernel
def observe(
    X: Any, Y: Any, rule_x: Any, rule_y: Any, facts_x: Any, facts_y: Any, block_x: Any, few_x: Any, block_y: Any,
    few_y: Any, t: int,
) -> float:  # fmt: skip
    """Learn from the utilities of round t, both players, and show what is played in round t + 1; sides are packed.

    The number returned is finite if the utilities are.
    """
    side_x, side_y = unpacked(block_x, few_x), unpacked(block_y, few_y)
    value = learn(X, Y, rule_x, rule_y, facts_x, facts_y, side_x, side_y, t)
    show(X, rule_x, facts_x, side_x, t + 1)
    show(Y, rule_y, facts_y, side_y, t + 1)
    return value


def turn(domain: Any, rule: Any, facts: Any, side: Any, t: int) -> None:
    """Book a player's utility, let it move, and show the opponent the new strategy."""
    if facts.jitter > 0.0:
        disturb(facts, side, t)
    settle(domain, facts, side, t)
    update(domain, rule, facts, side, t)
    if facts.reflected == 0:
        for i in range(side.x.size):
            side.seen[i] = side.a[i] if facts.blended > 0 else side.x[i]


def sweep(game: Any, domain: Any, rule: Any, facts: Any, side: Any, other: Any, t: int) -> None:
    """Play the turn of the player whose actions are the stored rows, and show the opponent: one pass over A.

    Four rows at a time: their utilities, the rule, and their unnormalised weights times the rows added to the
    opponent's utilities, while the rows are still in the cache.  The value `<x, u>`, which the rule asks for before all
    of u is known, is the opponent's own of its last round, with the other sign.
    """
    value = 0.0
    for j in range(other.x.size):
        value -= other.seen[j] * other.u[j]
    side.sums[0] += value
    add_play(side, weight_of(facts.power, t), side.seen)
    theta, a, b, u, x = side.theta, side.a, side.b, side.u, side.x
    for j in range(other.u.size):
        other.u[j] = 0.0
    # In units of the spread, since weights times payoffs would have the square of their scale.
    spread = facts.high - facts.low
    unit = 1.0 / spread if spread > SUBNORMAL else 1.0
    total = 0.0
    for start in range(0, x.size, 4):
        k = min(4, x.size - start)
        game.pay(start, k, other.seen, u)
        for i in range(start, start + k):
            theta[i], a[i], b[i] = rule.step(theta[i], u[i], value, a[i], b[i], t)
            x[i] = unit * domain.weigh(theta[i])
            total += x[i]
        game.charge(start, k, x, other.u)
    for i in range(x.size):
        side.gains[i] += u[i]
        side.v[i] = value
    if total > 0.0:
        for i in range(x.size):
            x[i] = x[i] / total
        for j in range(other.u.size):
            other.u[j] = other.u[j] / total
    else:
        for i in range(x.size):
            x[i] = 1.0 / x.size
        for j in range(other.u.size):
            other.u[j] = 0.0
        game.charge(0, x.size, x, other.u)
    for i in range(x.size):
        side.seen[i] = x[i]


def sweep_steps(game: Any, domain: Any, rule: Any, facts: Any, side: Any, other: Any, t: int) -> None:
    """Play the primal-dual turn of the player whose coordinates are the stored rows, and show the opponent: one pass.

    Four rows at a time: their utilities, the rule, the map of single coordinates, and the reflected moves times the
    rows added to the opponent's utilities, while the rows are still in the cache.
    """
    theta, a, b, u, x, seen = side.theta, side.a, side.b, side.u, side.x, side.seen
    rate = rule.rate(side.pace[0], t)
    game.begin(side.seen, u, other.seen, other.u)
    for start in range(0, x.size, 4):
        k = min(4, x.size - start)
        game.pay(start, k, other.seen, u)
        for i in range(start, start + k):
            theta[i], a[i], b[i] = rule.step(theta[i], u[i], 0.0, a[i], b[i], t)
            x[i] = domain.place(theta[i], i, rate)
            seen[i] = 2.0 * x[i] - seen[i]
            if facts.agile > 0:
                theta[i] = x[i]
            if facts.blended > 0:
                a[i], b[i] = rule.blend(x[i], a[i], b[i], t)
        game.charge(start, k, seen, other.u)
    add_play(side, weight_of(facts.power, t), x)


@kernel
def advance_swept_steps(
    game: Any, domain: Any, opposite: Any, rule: Any, other_rule: Any, facts: Any, other_facts: Any, side: Any,
    other: Any, tape: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1 of a primal-dual rule, one pass over A each; the player of the rows leads."""
    for t in range(start, stop):
        show(domain, rule, facts, side, t)
        show(opposite, other_rule, other_facts, other, t)
        sweep_steps(game, domain, rule, facts, side, other, t)
        turn(opposite, other_rule, other_facts, other, t)
        keep(tape, facts, other_facts, side, other, t)


@kernel
def advance_swept(
    game: Any, domain: Any, opposite: Any, rule: Any, other_rule: Any, facts: Any, other_facts: Any, side: Any,
    other: Any, tape: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Play rounds start, ..., stop - 1 in turns, one pass over A each; the player of the stored rows moves first."""
    if start == 1:
        for j in range(other.u.size):
            other.u[j] = 0.0
        game.charge(0, side.seen.size, side.seen, other.u)
    for t in range(start, stop):
        sweep(game, domain, rule, facts, side, other, t)
        turn(opposite, other_rule, other_facts, other, t)
        keep(tape, facts, other_facts, side, other, t)


@kernel
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


@kernel
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
    last, ratio = side_x.pace[0], side_x.pace[1]
    for i in range(side_x.x.size):
        side_x.was[i] = side_x.x[i]
        side_x.v[i] = last
    phase(X, rule_x, facts_x, side_x, t)
    for i in range(side_x.u.size):
        side_x.felt[i] = side_x.u[i]
    for j in range(side_y.x.size):
        side_y.was[j] = side_y.x[j]
    weight = rule_y.eta / rule_x.eta
    step, ratio = rule_x.adapt(last, ratio, 0.0, 0.0, t)
    for trial in range(SEARCHES):
        if trial > 0:
            step *= rule_x.shrink
        for i in range(side_x.x.size):
            side_x.seen[i] = side_x.x[i] + step / last * (side_x.x[i] - side_x.was[i])
        game.utility_y(side_x.seen, side_y.was, side_y.u)
        Y.lift(side_y.was, side_y.theta)
        side_y.pace[0] = weight * step
        for j in range(side_y.v.size):
            side_y.v[j] = side_y.pace[0]
        phase(Y, rule_y, facts_y, side_y, t)
        game.utility_x(side_x.x, side_y.x, side_x.u)
        side_y.pace[1] += 1.0  # trials so far
        moved, turned = 0.0, 0.0
        for j in range(side_y.x.size):
            moved += (side_y.x[j] - side_y.was[j]) ** 2
        for i in range(side_x.u.size):
            turned += (side_x.u[i] - side_x.felt[i]) ** 2
        if weight * step * step * turned <= rule_x.delta * rule_x.delta * moved:
            break
    side_x.pace[0], side_x.pace[1] = step, step / last
    # Plays that y sees lie outside at times; their sum, with the start's share, telescopes to a mean of x's plays.
    if t == 1:
        add_play(side_x, step * step / last, side_x.was)
    add_play(side_x, step, side_x.seen)
    add_play(side_y, step, side_y.x)


@kernel
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


def engine(name: str, users: bool, *parts: Any) -> Any:
    """Return one of the kernels above, from the cache where all that it is made of is this library's own.

    The index of a cache names classes; one of a user's would keep every process that does not know it from reading the
    index.

    Parameters
    ----------
    name : of the kernel.
    users : whether the game holds a user's own compiled function.
    parts : maps and rules.
    """
    return globals()[name] if all(map(ours, parts)) and not users else uncached(name)


def ours(part: Any) -> bool:
    """Whether a record, and all records in it, are of classes of this library."""
    return type(part).__module__.startswith("minmax.") and all(ours(own) for own in part if isinstance(own, tuple))


@cache
def uncached(name: str) -> Any:
    """Return one of the kernels above for what is a user's own: a compiled function of a game, a rule, a map."""
    return kernel(globals()[name].py_func, cached=False)


compilable(
    *simplex.COMPILED,
    *ball.COMPILED,
    *trees.COMPILED,
    *nearest.COMPILED,
    regret.positive_part,
    *products.COMPILED_STRICT,
)
compilable(counted, unpacked, place, write_last, keep)
compilable(*quadratic.COMPILED)
compilable(draw_noise, draw_action, show, add_play, weight_of, distances, set_pace, settle, censor, phase, update)
compilable(gaussian, disturb, learn, turn, sweep, sweep_steps, search)
compilable(*products.COMPILED_RELAXED, relaxed=True)
