"""Walks through a game tree that look at a part of it, drawn by chance: plain loops, which are also compiled.

A walk is one player's: it learns regrets at its information sets, by what the sampled plays say its actions are worth.
Nothing recurses: a frame of the walk is a row of `Room`.

Sources: M. Lanctot, K. Waugh, M. Zinkevich and M. Bowling, Monte Carlo sampling for regret minimization in extensive
games, 2009 (both samplings); M. Schmid, N. Burch, M. Lanctot, M. Moravcik, R. Kadlec and M. Bowling, Variance reduction
in Monte Carlo counterfactual regret minimization (VR-MCCFR) for extensive form games using baselines, 2019,
arXiv 1809.03057; T. Davis, M. Schmid and M. Bowling, Low-variance and zero-variance baselines for extensive-form games,
2020, arXiv 1907.09633 (baselines of histories).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minmax._scalar import uniform

__all__ = ["Learned", "Room", "external", "outcome", "walks"]

CHANCE, OVER = 2, 3


class Room(NamedTuple):
    """Frames of a walk, one for each move made so far.

    Attributes
    ----------
    node, turn : (D,) the node, and which of its branches comes next.
    worth : (D, A) what the actions are worth to the player whose walk it is.
    own, others, drawn, share : (D,) probabilities that play comes to the node: by the player's moves, by all others,
        by the sampling; and that of the branch that was drawn.
    """

    node: Any
    turn: Any
    worth: Any
    own: Any
    others: Any
    drawn: Any
    share: Any


class Learned(NamedTuple):
    """What one player has learned: arrays over its sequences.

    Attributes
    ----------
    regret : summed regrets of actions.
    played : summed strategies.
    """

    regret: Any
    played: Any


def room_for(depth: int, actions: int) -> Room:
    """Return frames for a tree of that depth, whose nodes have so many branches at most."""
    node, turn = np.zeros((2, depth), dtype=np.int64)
    own, others, drawn, share = np.zeros((4, depth))
    return Room(node, turn, np.zeros((depth, actions)), own, others, drawn, share)


def chance_of(regret: Any, first: int, count: int, action: int) -> float:
    """Return how likely regret matching plays an action of a set: in proportion to positive regret, or uniformly."""
    total = 0.0
    for s in range(first, first + count):
        total += max(regret[s], 0.0)
    return max(regret[first + action], 0.0) / total if total > 0.0 else 1.0 / count


def branch(tree: Any, node: int, level: float) -> int:
    """Return the branch of a chance node that a uniform number falls on."""
    first, last = tree.first[node], tree.first[node + 1]
    for k in range(first, last - 1):
        level -= tree.odds[k]
        if level <= 0.0:
            return k - first
    return last - first - 1


def drawn_action(regret: Any, first: int, count: int, explore: float, level: float) -> int:
    """Return the action that a uniform number falls on, for a strategy mixed with the uniform one."""
    for action in range(count - 1):
        level -= (1.0 - explore) * chance_of(regret, first, count, action) + explore / count
        if level <= 0.0:
            return action
    return count - 1


def learn(learned: Any, first: int, count: int, worth: Any, weight: float, plus: int) -> float:
    """Add an information set's regrets, and return what its strategy is worth."""
    value = 0.0
    for a in range(count):
        value += chance_of(learned.regret, first, count, a) * worth[a]
    for a in range(count):
        regret = learned.regret[first + a] + weight * (worth[a] - value)
        learned.regret[first + a] = max(regret, 0.0) if plus > 0 else regret
    return value


def external(
    tree: Any, player: int, mine: Any, theirs: Any, linear: int, plus: int, seed: int, t: int, room: Any
) -> None:
    """Walk through all of a player's own actions, with those of chance and of the other player drawn."""
    sign = 1.0 if player == 0 else -1.0
    weight = float(t) if linear > 0 else 1.0
    draws, depth, value, back = 0, 0, 0.0, 0
    room.node[0] = 0
    room.turn[0] = 0
    while depth >= 0:
        node = room.node[depth]
        kind, first, count = tree.kind[node], tree.first[node], tree.first[node + 1] - tree.first[node]
        down = -1  # the branch to follow
        if kind == OVER:
            value = sign * tree.paid[node]
        elif kind == player:
            if back > 0:
                room.worth[depth, room.turn[depth] - 1] = value
            if room.turn[depth] < count:
                down = room.turn[depth]
                room.turn[depth] += 1
            else:
                value = learn(mine, tree.sequence[node], count, room.worth[depth], 1.0, plus)
        elif back == 0:
            draws += 1
            level = uniform(seed, player, t, draws)
            if kind == CHANCE:
                down = branch(tree, node, level)
            else:
                start = tree.sequence[node]
                down = drawn_action(theirs.regret, start, count, 0.0, level)
                for a in range(count):
                    theirs.played[start + a] += weight * chance_of(theirs.regret, start, count, a)
        back = 1 if down < 0 else 0
        if down < 0:
            depth -= 1
        else:
            depth += 1
            room.node[depth] = tree.child[first + down]
            room.turn[depth] = 0


def outcome(
    tree: Any, player: int, mine: Any, theirs: Any, linear: int, plus: int, seed: int, t: int, room: Any,
    expected: Any, explore: float, rate: float,
) -> None:  # fmt: skip
    """Walk along one play and learn on the way back: the player explores, and guesses stand for what was not seen.

    `expected` holds what x is expected to receive after each branch; it changes variances, and no mean.
    """
    sign = 1.0 if player == 0 else -1.0
    weight = float(t) if linear > 0 else 1.0
    depth, node = 0, 0
    own, others, drawn = 1.0, 1.0, 1.0
    while tree.kind[node] != OVER:
        kind, first, count = tree.kind[node], tree.first[node], tree.first[node + 1] - tree.first[node]
        room.node[depth], room.own[depth], room.others[depth], room.drawn[depth] = node, own, others, drawn
        level = uniform(seed, player, t, depth)
        start = tree.sequence[node]
        if kind == CHANCE:
            action = branch(tree, node, level)
            share = tree.odds[first + action]
            others *= share
        elif kind == player:
            action = drawn_action(mine.regret, start, count, explore, level)
            played = chance_of(mine.regret, start, count, action)
            share = (1.0 - explore) * played + explore / count
            own *= played
        else:
            action = drawn_action(theirs.regret, start, count, 0.0, level)
            share = chance_of(theirs.regret, start, count, action)
            others *= share
        drawn *= share
        room.turn[depth], room.share[depth] = action, share
        node = tree.child[first + action]
        depth += 1
    value = sign * tree.paid[node]
    while depth > 0:
        depth -= 1
        node, action = room.node[depth], room.turn[depth]
        kind, first, count = tree.kind[node], tree.first[node], tree.first[node + 1] - tree.first[node]
        start = tree.sequence[node]
        for a in range(count):
            room.worth[depth, a] = sign * expected[first + a]
        guess = room.worth[depth, action]
        room.worth[depth, action] = guess + (value - guess) / room.share[depth]
        expected[first + action] += rate * sign * (value - guess)
        if kind == player:
            for a in range(count):
                strategy = chance_of(mine.regret, start, count, a)
                mine.played[start + a] += weight * room.own[depth] / room.drawn[depth] * strategy
            value = learn(mine, start, count, room.worth[depth], room.others[depth] / room.drawn[depth], plus)
        else:
            value = 0.0
            for a in range(count):
                likely = tree.odds[first + a] if kind == CHANCE else chance_of(theirs.regret, start, count, a)
                value += likely * room.worth[depth, a]


def walks(
    tree: Any, x: Any, y: Any, whole: int, linear: int, plus: int, seed: int, begin: int, end: int, room: Any,
    expected: Any, explore: float, rate: float,
) -> None:  # fmt: skip
    """Make rounds begin, ..., end - 1, a walk of each player: external where `whole`, else along one outcome."""
    for t in range(begin, end):
        if whole > 0:
            external(tree, 0, x, y, linear, plus, seed, t, room)
            external(tree, 1, y, x, linear, plus, seed, t, room)
        else:
            outcome(tree, 0, x, y, linear, plus, seed, t, room, expected, explore, rate)
            outcome(tree, 1, y, x, linear, plus, seed, t, room, expected, explore, rate)


COMPILED = (chance_of, branch, drawn_action, learn, external, outcome)
