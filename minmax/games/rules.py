"""Games by their rules, turned into the sequence form: all plays are walked through once, and then forgotten."""

from __future__ import annotations

import math
from array import array
from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

__all__ = ["CHANCE", "OVER", "SUM", "Drawn", "Rules", "SequenceForm", "Tree", "Walked", "sequence_form", "tree_of"]

CHANCE, OVER = "chance", "over"
DEEPEST = 10_000  # moves of a play
SUM = 1e-9  # by which probabilities of chance may miss one


class Rules(Protocol):
    """The rules of a game of two players, x and y, on states of any kind.

    Players must remember what they did and knew: states that a player cannot tell apart have one `information`, the
    same actions, and the same own moves behind them.
    """

    def start(self) -> Any:
        """Return the state that a play begins in."""

    def turn(self, state: Any) -> str:
        """Return who moves: "x", "y", `CHANCE`, or `OVER` where the play has ended."""

    def actions(self, state: Any) -> Sequence[Hashable]:
        """Return what a player can do."""

    def chances(self, state: Any) -> Iterable[tuple[Hashable, float]]:
        """Return what chance can do, each with its probability."""

    def after(self, state: Any, action: Any) -> Any:
        """Return the state after an action, or after what chance did; states are not changed."""

    def payoff(self, state: Any) -> float:
        """Return what x receives, and y loses, in a play that has ended."""

    def information(self, state: Any) -> Hashable:
        """Return what the player who moves knows: the name of its information set."""


class SequenceForm(NamedTuple):
    """A game in the sequence form.

    Attributes
    ----------
    rows, columns, payoffs : of each end of a play, x's and y's sequences and what x receives times chance.
    parents, actions : of each player's information sets, the sequence before and the labels of the actions.
    information : of each player's information sets, their names.
    extremes : the least and the largest that x receives at an end.
    """

    rows: np.ndarray
    columns: np.ndarray
    payoffs: np.ndarray
    parents: Sequence[np.ndarray]
    actions: Sequence[list[tuple[Hashable, ...]]]
    information: Sequence[list[Hashable]]
    extremes: tuple[float, float]


class Tree(NamedTuple):
    """A game tree in arrays, for kernels; the first node is the start.

    Attributes
    ----------
    kind : of each node: 0 or 1 where x or y moves, 2 where chance does, 3 where the play has ended.
    first : where the branches of each node begin among all, and one more number.
    child, odds : of each branch, the node after it, and how likely chance takes it (one where a player moves).
    sequence : of each node of a player, the first sequence of its information set.
    paid : of each node what x receives if the play ends there.
    """

    kind: np.ndarray
    first: np.ndarray
    child: np.ndarray
    odds: np.ndarray
    sequence: np.ndarray
    paid: np.ndarray


class Walked(NamedTuple):
    """A tree, the number of nodes on its longest way, and of branches at its widest node."""

    arrays: Tree
    depth: int
    widest: int


def tree_of(rules: Rules, starts: Sequence[dict[Hashable, int]]) -> Walked:
    """Walk through all plays of a game and return its tree.

    Parameters
    ----------
    rules : of the game.
    starts : for each player the first sequence of every information set.
    """
    kind, first, child, odds = array("b"), array("q"), array("q"), array("d")
    sequence, paid = array("q"), array("d")
    depth, widest = 1, 1
    ahead: list[tuple[Any, int, int]] = [(rules.start(), -1, 1)]  # a state, the branch that leads to it, its depth
    while ahead:
        state, branch, down = ahead.pop()
        if branch >= 0:
            child[branch] = len(kind)
        turn = rules.turn(state)
        kind.append(("x", "y", CHANCE, OVER).index(turn))
        first.append(len(child))
        sequence.append(starts["xy".index(turn)][rules.information(state)] if turn in ("x", "y") else 0)
        paid.append(float(rules.payoff(state)) if turn == OVER else 0.0)
        moves: list[tuple[Any, float]] = []
        if turn == CHANCE:
            moves = distribution(rules.chances(state), state)
        elif turn != OVER:
            moves = [(action, 1.0) for action in rules.actions(state)]
        for k, (what, p) in enumerate(moves):
            child.append(-1)
            odds.append(p)
            ahead.append((rules.after(state, what), first[-1] + k, down + 1))
        depth, widest = max(depth, down), max(widest, len(moves))
    first.append(len(child))
    kinds = np.frombuffer(kind, dtype=np.int8)
    starts_of, children, sequences = (np.frombuffer(own, dtype=np.int64) for own in (first, child, sequence))
    shares, payoffs = (np.frombuffer(own, dtype=np.float64) for own in (odds, paid))
    return Walked(Tree(kinds, starts_of, children, shares, sequences, payoffs), depth, widest)


class Sets:
    """A player's information sets, as a walk meets them."""

    def __init__(self, player: str) -> None:
        self.player = player
        self.numbers: dict[Hashable, int] = {}
        self.first: list[int] = []
        self.parents: list[int] = []
        self.actions: list[tuple[Hashable, ...]] = []
        self.sequences = 1

    def entered(self, information: Hashable, before: int, actions: tuple[Hashable, ...]) -> int:
        """Return the first sequence of an information set, met again or for the first time."""
        j = self.numbers.setdefault(information, len(self.first))
        if j == len(self.first):
            if not actions:
                raise ValueError(f"Player {self.player} has no action at {information!r}, and the play is not over.")
            if len(set(actions)) < len(actions):
                raise ValueError(f"Player {self.player} has two actions of one name at {information!r}: {actions}.")
            self.first.append(self.sequences)
            self.parents.append(before)
            self.actions.append(actions)
            self.sequences += len(actions)
            return self.first[-1]
        if self.parents[j] != before:
            raise ValueError(
                f"Player {self.player} comes to {information!r} after different moves of its own: it must remember "
                "them (perfect recall), so name the states apart."
            )
        if self.actions[j] != actions:
            raise ValueError(
                f"Player {self.player} has different actions at {information!r}, {self.actions[j]} and {actions}: name "
                "the states apart."
            )
        return self.first[j]

    def by_depth(self) -> tuple[np.ndarray, list[Any], list[Any], np.ndarray]:
        """Return parents, actions and names of the sets, those with fewer own moves before them first, and the
        new number of each sequence: sets of one depth lie side by side."""
        first, parents = np.array(self.first, dtype=np.int64), np.array(self.parents, dtype=np.int64)
        counts = np.array([len(actions) for actions in self.actions], dtype=np.int64)
        depth = np.zeros(first.size, dtype=np.int64)
        above = np.searchsorted(first, parents, side="right") - 1  # the set that the sequence before is of
        for j in range(first.size):
            depth[j] = depth[above[j]] + 1 if parents[j] else 0
        order = np.argsort(depth, kind="stable")
        places = np.zeros(self.sequences, dtype=np.int64)
        moved = np.concatenate([np.arange(first[j], first[j] + counts[j]) for j in order] or [np.zeros(0, np.int64)])
        places[moved] = np.arange(1, self.sequences)
        names = list(self.numbers)
        return places[parents[order]], [self.actions[j] for j in order], [names[j] for j in order], places


def sequence_form(rules: Rules, players: Sequence[str] = ("x", "y")) -> SequenceForm:
    """Walk through all plays of a game and return its sequence form.

    A node costs memory only where a play ends there, some 24 bytes.

    Parameters
    ----------
    rules : of the game.
    players : what they are called in complaints.
    """
    sets = {"x": Sets(players[0]), "y": Sets(players[1])}
    rows, columns, payoffs = array("q"), array("q"), array("d")
    low, high = math.inf, -math.inf
    # States to come, each with both players' sequences, the chance of getting there, and moves so far.
    ahead: list[tuple[Any, int, int, float, int]] = [(rules.start(), 0, 0, 1.0, 0)]
    while ahead:
        state, row, column, chance, moves = ahead.pop()
        if moves > DEEPEST:
            raise ValueError(
                f"A play has more than {DEEPEST} moves, the most that are followed: the rules must let every play end."
            )
        turn = rules.turn(state)
        if turn == OVER:
            payoff = float(rules.payoff(state))
            if not math.isfinite(payoff):
                raise ValueError(f"The payoff must be finite; it is {payoff} in {state!r}.")
            rows.append(row)
            columns.append(column)
            payoffs.append(chance * payoff)
            low, high = min(low, payoff), max(high, payoff)
        elif turn == CHANCE:
            nature = distribution(rules.chances(state), state)
            ahead.extend((rules.after(state, what), row, column, chance * p, moves + 1) for what, p in reversed(nature))
        elif turn in sets:
            actions = tuple(rules.actions(state))
            first = sets[turn].entered(rules.information(state), row if turn == "x" else column, actions)
            for k in range(len(actions) - 1, -1, -1):
                now = (first + k, column) if turn == "x" else (row, first + k)
                ahead.append((rules.after(state, actions[k]), *now, chance, moves + 1))
        else:
            raise ValueError(f'`turn` must be "x", "y", CHANCE or OVER; got {turn!r} in {state!r}.')
    forms = [own.by_depth() for own in sets.values()]
    by_x, by_y = (places[np.frombuffer(own, dtype=np.int64)] for (*_, places), own in zip(forms, (rows, columns)))
    parents, actions, information, _ = zip(*forms)
    return SequenceForm(
        by_x, by_y, np.frombuffer(payoffs, dtype=np.float64), parents, actions, information, (low, high)
    )


def distribution(chances: Iterable[tuple[Hashable, float]], state: Any) -> list[tuple[Hashable, float]]:
    """Return what chance does with positive probability, or say what is wrong with it."""
    found = [(what, float(p)) for what, p in chances]
    total = math.fsum(p for _, p in found)
    if not all(p >= 0.0 for _, p in found) or not abs(total - 1.0) <= SUM:
        raise ValueError(
            f"Probabilities of chance must sum to one, none negative; they sum to {total:.12g} in {state!r}."
        )
    return [(what, p) for what, p in found if p > 0.0]


class Draw(NamedTuple):
    """A state of a game whose chance draws an entry of P: its number, and how many moves have led towards it."""

    entry: int = -1
    made: int = 0
    left: bool = False


class Drawn:
    """Rules of a game given by its sequence form: chance draws one of its entries, and both play towards it.

    x makes all of its moves before y's; who leaves the way ends the play, and nothing is paid.
    """

    def __init__(self, game: Any) -> None:
        self.game = game

    @cached_property
    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x's and y's sequences, and what is paid there times their number."""
        rows, columns = self.game.P.nonzero()
        return rows, columns, np.asarray(self.game.P[rows, columns]).ravel() * rows.size

    def way(self, entry: int) -> list[tuple[str, int, int]]:
        """Return the moves that lead to an entry: player, information set, action."""
        found: list[tuple[str, int, int]] = []
        for k in (1, 0):
            domain, sequence = self.game.domains[k], int(self.entries[k][entry])
            while sequence:
                j = int(domain.tree.owner[sequence])
                found.append(("xy"[k], j, sequence - int(domain.start[j])))
                sequence = int(domain.parents[j])
        return found[::-1]

    def start(self) -> Draw:
        return Draw()

    def turn(self, state: Draw) -> str:
        if state.entry < 0 and self.entries[0].size:
            return CHANCE
        way = [] if state.entry < 0 else self.way(state.entry)
        return OVER if state.left or state.made == len(way) else way[state.made][0]

    def chances(self, state: Draw) -> Iterable[tuple[Hashable, float]]:
        count = self.entries[0].size
        return [(entry, 1.0 / count) for entry in range(count)]

    def actions(self, state: Draw) -> Sequence[Hashable]:
        player, j, _ = self.way(state.entry)[state.made]
        return self.game.moves["xy".index(player)][j]

    def after(self, state: Draw, action: Any) -> Draw:
        if state.entry < 0:
            return Draw(action)
        wanted = self.way(state.entry)[state.made][2]
        return state._replace(made=state.made + 1, left=self.actions(state)[wanted] != action)

    def payoff(self, state: Draw) -> float:
        return 0.0 if state.left or state.entry < 0 else float(self.entries[2][state.entry])

    def information(self, state: Draw) -> Hashable:
        player, j, _ = self.way(state.entry)[state.made]
        return self.game.information["xy".index(player)][j]
