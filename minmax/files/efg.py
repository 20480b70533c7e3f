"""Gambit's extensive-form files (`.efg`): a tree of nodes, each written before what comes after it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from minmax.files.scanner import WHOLE, Scanner, in_quotes
from minmax.files.text import read_text, write_text, written
from minmax.games.extensive import ExtensiveFormGame
from minmax.games.rules import CHANCE, OVER, SUM

__all__ = ["read", "write"]

CONSTANT = 1e-9  # by which sums of both payoffs may differ, over the largest payoff
SIMPLE = 1_000_000  # largest denominator of a probability that is written as a ratio


class Node(NamedTuple):
    """A node of a file: whose it is, what it is called, what can be done there, and what has been paid on the way."""

    turn: str
    information: str
    actions: dict[Any, int]  # and their places
    chances: tuple[float, ...]
    paid: tuple[float, float]


@dataclass
class Tree:
    """The rules of a game whose tree is in a file; states are numbers of nodes."""

    nodes: list[Node] = field(default_factory=list)
    after_node: list[list[int]] = field(default_factory=list)

    def start(self) -> int:
        return 0

    def turn(self, state: int) -> str:
        return self.nodes[state].turn

    def actions(self, state: int) -> Sequence[Any]:
        return list(self.nodes[state].actions)

    def chances(self, state: int) -> list[tuple[Any, float]]:
        return list(zip(self.nodes[state].actions, self.nodes[state].chances))

    def after(self, state: int, action: Any) -> int:
        return self.after_node[state][self.nodes[state].actions[action]]

    def payoff(self, state: int) -> float:
        return self.nodes[state].paid[0]

    def information(self, state: int) -> str:
        return self.nodes[state].information


class Known(NamedTuple):
    """What a file has said of an information set: its label, actions, and their probabilities where it is chance's."""

    label: str
    actions: dict[str, int]
    chances: tuple[float, ...]


class Reader:
    """What has been read of a file so far."""

    def __init__(self, scan: Scanner) -> None:
        self.scan = scan
        self.tree = Tree()
        self.sets: dict[tuple[str, int], Known] = {}
        self.outcomes: dict[int, tuple[float, float]] = {0: (0.0, 0.0)}  # none
        self.numbers: list[int] = []  # of the nodes' information sets
        self.total: float | None = None

    def read(self) -> Tree:
        """Read all nodes, each followed by all that comes after its first action, its second, ..."""
        waiting: list[tuple[int, int]] = []  # nodes and how many of their actions have not been followed yet
        while waiting or not self.tree.nodes:
            number = len(self.tree.nodes)
            paid = (0.0, 0.0)
            if waiting:
                above, left = waiting.pop()
                self.tree.after_node[above].append(number)
                paid = self.tree.nodes[above].paid
                if left > 1:
                    waiting.append((above, left - 1))
            node = self.node(paid)
            self.tree.nodes.append(node)
            self.tree.after_node.append([])
            if node.actions:
                waiting.append((number, len(node.actions)))
        if self.scan.token:
            self.scan.expected("the end of the file: all actions of all nodes have been followed")
        self.name()
        return self.tree

    def node(self, paid: tuple[float, float]) -> Node:
        """Read a node, to which so much has been paid on the way."""
        scan = self.scan
        kind = scan.take("c", "p", "t", what="a node, which begins with c, p or t")
        scan.string("the name of the node in quotes")
        if kind == "t":
            self.numbers.append(0)
            return self.ended(self.outcome(paid))
        turn = CHANCE
        if kind == "p":
            player = scan.whole("the number of the player, 1 or 2", 1)
            if player > 2:
                scan.fail(f"expected the number of the player, 1 or 2, found {player}")
            turn = "xy"[player - 1]
        number = scan.whole("the number of the information set", 1)
        known = self.information(turn, number)
        self.numbers.append(number)
        return Node(turn, known.label, known.actions, known.chances, self.outcome(paid))

    def information(self, turn: str, number: int) -> Known:
        """Read what a node says of its information set, or return what an earlier one said."""
        scan, before = self.scan, self.sets.get((turn, number))
        named = scan.token not in ("", "{") and not WHOLE.fullmatch(scan.token)
        label = scan.string("the name of the information set") if named else None
        if scan.token != "{":
            if before is None:
                scan.expected("{ before the actions of the information set")
            return before
        actions, chances = self.actions(turn == CHANCE)
        found = Known(label or (before.label if before else ""), actions, chances)
        if before is None:
            self.sets[turn, number] = found
        elif before[1:] != found[1:]:
            whose = "chance" if turn == CHANCE else f"player {'xy'.index(turn) + 1}"
            scan.fail(f"information set {number} of {whose} has other actions than where it was met first")
        return self.sets[turn, number]

    def actions(self, chance: bool) -> tuple[dict[str, int], tuple[float, ...]]:
        """Read actions up to a }, those of chance with probabilities."""
        scan = self.scan
        what = "a probability after each action of chance" if chance else "the actions up to a }"
        labels: list[str] = []
        chances: list[float] = []
        scan.take("{")
        while scan.token != "}":
            labels.append(scan.string("the actions up to a }"))
            if chance:
                chances.append(scan.number(what))
        if not labels:
            scan.expected("at least one action")
        if chance and (min(chances) < 0.0 or not abs(math.fsum(chances) - 1.0) <= SUM):
            scan.fail(
                "expected probabilities of chance that sum to one, none negative, found a sum of "
                f"{math.fsum(chances):.12g}"
            )
        scan.advance()
        return distinct(labels), tuple(chances)

    def outcome(self, paid: tuple[float, float]) -> tuple[float, float]:
        """Read the outcome of a node, and return what has been paid with it."""
        scan = self.scan
        number = scan.whole("the number of the outcome, 0 for none")
        if scan.token.startswith('"'):
            scan.advance()
        if scan.token == "{":
            if number == 0:
                scan.fail("outcome 0 stands for none and has no payoffs: number it from 1")
            scan.advance()
            found = scan.number("the payoff of player 1"), scan.number("the payoff of player 2")
            if self.outcomes.setdefault(number, found) != found:
                scan.fail(f"outcome {number} pays otherwise than where it was met first")
            scan.take("}", what="} after the payoffs of both players")
        elif number not in self.outcomes:
            scan.expected(f"{{ before the payoffs of outcome {number}, which is new")
        own = self.outcomes[number]
        return paid[0] + own[0], paid[1] + own[1]

    def ended(self, paid: tuple[float, float]) -> Node:
        """Return an end of play, where both payoffs must sum to what they sum to at all ends."""
        total = paid[0] + paid[1]
        if not math.isfinite(total):
            self.scan.fail("expected payoffs that can be added, found a play whose outcomes are too large")
        if self.total is None:
            self.total = total
        elif abs(total - self.total) > CONSTANT * max(1.0, *map(abs, paid)):
            self.scan.fail(
                "expected a constant-sum game, found ends of play whose payoffs sum to "
                f"{written(self.total)} and to {written(total)}"
            )
        return Node(OVER, "", {}, (), paid)

    def name(self) -> None:
        """Call each information set by its label where no other of the player has it, by its number elsewhere."""
        often = Counter((turn, known.label) for (turn, _), known in self.sets.items())
        called: dict[tuple[str, int], str] = {}
        for (turn, number), known in self.sets.items():
            name = known.label
            if not name or often[turn, name] > 1:
                name = f"{name} ({number})".strip()
                while often[turn, name]:  # what somebody else is called
                    name += "'"
                often[turn, name] += 1
            called[turn, number] = name
        for k, (node, number) in enumerate(zip(self.tree.nodes, self.numbers)):
            if number:
                self.tree.nodes[k] = node._replace(information=called[node.turn, number])


def distinct(labels: list[str]) -> dict[str, int]:
    """Return places by labels of actions, which get their numbers where one is missing or there twice."""
    if not all(labels) or len(set(labels)) < len(labels):
        labels = [f"{label} ({k})".strip() for k, label in enumerate(labels, 1)]
        while len(set(labels)) < len(labels):  # one was called so
            labels = [f"{label} ({k})" for k, label in enumerate(labels, 1)]
    return {label: k for k, label in enumerate(labels)}


def read(path: Path) -> ExtensiveFormGame:
    """Read a constant-sum game of two players who remember what they did.

    Source: the format is described in the documentation of Gambit, gambitproject.readthedocs.io, "Game
    representation formats".
    """
    scan = Scanner(path, read_text(path))
    title, players = scan.heading("EFG", "2", "extensive")
    scan.comment()
    reader = Reader(scan)
    tree = reader.read()
    named = players if all(players) and players[0] != players[1] else ("x", "y")
    try:
        return ExtensiveFormGame.from_rules(tree, players=named, name=title, total=reader.total or 0.0)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


# ---------------------------------------------------------------------- writing


def write(game: ExtensiveFormGame, path: Path) -> None:
    """Write the tree of the game's rules; player 2 receives what is left of the constant sum."""
    players = " ".join(in_quotes(str(name)) for name in game.players)
    head = [f"EFG 2 R {in_quotes(game.name)} {{ {players} }}", '""', ""]
    write_text(path, "\n".join([*head, *nodes_of(game.rules, game.total)]) + "\n")


def nodes_of(rules: Any, total: float) -> Iterator[str]:
    """Yield the line of every node, each before what comes after it."""
    numbers: dict[str, dict[Any, int]] = {"x": {}, "y": {}}
    chances = ends = 0
    ahead = [rules.start()]
    while ahead:
        state = ahead.pop()
        turn = rules.turn(state)
        if turn == OVER:
            ends += 1
            first = float(rules.payoff(state))
            yield f't "" {ends} "" {{ {written(first)} {written(total - first)} }}'
            continue
        if turn == CHANCE:
            chances += 1
            moves = [(what, p) for what, p in rules.chances(state) if p > 0.0]
            actions = [what for what, _ in moves]
            parts = [
                f"{in_quotes(str(what))} {share}" for what, share in zip(actions, shares([float(p) for _, p in moves]))
            ]
            yield f'c "" {chances} "" {{ {" ".join(parts)} }} 0'
        else:
            own = numbers[turn]
            information, actions = rules.information(state), list(rules.actions(state))
            number = own.setdefault(information, len(own) + 1)
            parts = [in_quotes(str(action)) for action in actions]
            head = f'p "" {"xy".index(turn) + 1} {number} {in_quotes(str(information))}'
            yield f"{head} {{ {' '.join(parts)} }} 0"
        ahead.extend(rules.after(state, action) for action in reversed(actions))


def shares(probabilities: list[float]) -> list[str]:
    """Return probabilities as ratios that sum to one exactly, as Gambit asks: simple ones where these are the same."""
    simple = [Fraction(p).limit_denominator(SIMPLE) for p in probabilities]
    if sum(simple) != 1 or any(float(ratio) != p for ratio, p in zip(simple, probabilities)):
        exact = [Fraction(p) for p in probabilities]
        simple = [ratio / sum(exact) for ratio in exact]
    return [str(ratio) for ratio in simple]
