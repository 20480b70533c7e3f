"""What a run carries from round to round, and the facts that a kernel reads beside it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "FRESH",
    "MIXED",
    "PAST",
    "SEARCHES",
    "Facts",
    "Side",
    "Tape",
    "average_of",
    "begin",
    "blank_tape",
    "counted",
    "facts_of",
    "held",
    "last_of",
    "packed",
    "place",
    "regret_of",
    "rewound",
    "unpacked",
]

FRESH, PAST = 1, 2
MIXED = 2  # of `blended`: the point utilities are seen at is the strategy itself
PLAYED, BASE, BANK = 0, 1, 2  # of `last`: the last iterate is in x, a or b
SEARCHES = 100  # trials of a step in one round at most
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
    was, felt : what was seen and u in the round before, of length zero where the rule is not paced.
    sums : (2,) the payoff earned, and the weights in `total`.
    pace : (2,) the step of the round and the rule's own number beside it, for paced rules.
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
    was: Any
    felt: Any
    sums: Any
    pace: Any


VECTORS = Side._fields[:-2]


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
    paced: int
    power: int
    low: float
    high: float
    jitter: float
    same: int
    last: int


class Tape(NamedTuple):
    """Iterates that a run keeps as it goes by, for who watches it.

    Attributes
    ----------
    at : (K,) rounds after which they are kept, increasing.
    x, y : K rows or more, what the arrays of the last iterate held then.
    done : (1,) how many of them are kept so far.
    """

    at: Any
    x: Any
    y: Any
    done: Any


def facts_of(
    rule: Any, *, player: int, seed: int, average: str, low: float, high: float, charged: bool = False,
    jitter: float = 0.0, same: bool = False,
) -> Facts:  # fmt: skip
    """Return the facts of a tuned rule for one player of a run.

    `low` and `high` are the range of that player's utilities, which bandit rules rescale by.  A player whose domain
    charges terms of its own takes its dual point afresh each round, since a sum of utilities would not know of them.
    `jitter` is the deviation of the noise on its utilities, which is the `same` for both evaluations of a step or not.
    """
    return Facts(
        player=player,
        seed=seed,
        agile=int(rule.agile or charged),
        lookahead=LOOKAHEAD[rule.lookahead],
        plain=int(getattr(rule, "first", 0.0)),
        noise=NOISE[rule.noise],
        bandit=int(rule.bandit),
        reflected=int(rule.reflected),
        blended=int(rule.blended) + int(rule.mixed),
        paced=int(rule.paced),
        power=POWERS[average],
        low=low,
        high=high,
        jitter=jitter,
        same=int(same),
        last=BANK if rule.banked else BASE if rule.mixed or rule.lookahead == "past" else PLAYED,
    )


def begin(geometry: Any, rule: Any, start: np.ndarray) -> Side:
    """Return the state before the first round, at the strategy `start`."""
    theta = np.asarray(geometry.lift_rows(start), dtype=np.float64)
    zero = np.zeros_like(theta)
    # The past extra-gradient and blended rules begin at a point; every other rule with nothing in memory.
    a = start.copy() if rule.blended else theta.copy() if LOOKAHEAD[rule.lookahead] == PAST else zero.copy()
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
        was=zero.copy() if rule.paced else np.zeros(0),
        felt=zero.copy() if rule.paced else np.zeros(0),
        sums=np.zeros(2),
        pace=np.array([getattr(rule, "eta", 0.0), 1.0], dtype=np.float64),
    )


def packed(side: Side) -> tuple[Side, np.ndarray, np.ndarray]:
    """Return a copy of a player's arrays in two blocks, the Side of their views, and the blocks.

    A kernel called from Python every round takes two arrays in a fifth of the time of fourteen.
    """
    vectors = [getattr(side, name) for name in VECTORS]
    block = np.zeros((len(VECTORS), side.x.size))
    for row, vector in zip(block, vectors):
        row[: vector.size] = vector
    few = np.concatenate([side.sums, side.pace])
    return unpacked(block, few), block, few


def unpacked(block: Any, few: Any) -> Side:
    """Return the Side whose arrays are the rows of a block and the halves of a short one."""
    return Side(
        block[0], block[1], block[2], block[3], block[4], block[5], block[6], block[7], block[8], block[9], block[10],
        few[:2], few[2:],
    )  # fmt: skip


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


def held(facts: Facts, side: Side) -> np.ndarray:
    """Return the array that holds the last iterate: the base point where a rule looks ahead on past utilities or mixes
    its plays."""
    array: np.ndarray = side.a if facts.last == BASE else side.b if facts.last == BANK else side.x
    return array


def last_of(geometry: Any, facts: Facts, row: np.ndarray) -> np.ndarray:
    """Return the last iterate, from a copy of the array that holds it: its dual point, for a past look."""
    return np.asarray(geometry.play_rows(row)) if facts.lookahead == PAST else row


def blank_tape(n: int, m: int) -> Tape:
    """Return a tape that keeps nothing, for iterates of these sizes."""
    return Tape(np.empty(0, np.int64), np.empty((0, n)), np.empty((0, m)), np.zeros(1, np.int64))


def rewound(tape: Tape, at: Any) -> Tape:
    """Return a tape for these rounds, in the memory of one before where that is enough."""
    x, y = (part if len(at) <= len(part) else np.empty((len(at), part.shape[1])) for part in (tape.x, tape.y))
    return Tape(np.array(at, dtype=np.int64), x, y, np.zeros(1, np.int64))


def place(tape: Tape, t: int) -> int:
    """Return the row of the tape for the iterate after round t; -1 where it is not wanted."""
    k = tape.done[0]
    return k if k < tape.at.size and tape.at[k] == t else -1


def regret_of(domain: Any, side: Side) -> float:
    """Return the external regret so far: the best fixed strategy's payoff less that earned."""
    return domain.support(side.gains) - float(side.sums[0])
