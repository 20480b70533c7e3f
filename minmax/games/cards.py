"""Games of cards and dice by their rules, with known values: Kuhn's and Leduc poker, liar's dice, Goofspiel."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, permutations
from math import factorial
from typing import Any, NamedTuple

from minmax import _check
from minmax.games.extensive import ExtensiveFormGame
from minmax.games.matrix import Known
from minmax.games.rules import CHANCE, OVER

__all__ = ["goofspiel", "kuhn", "leduc", "liars_dice", "von_neumann_poker"]


class Hand(NamedTuple):
    """A state of a game in which chance deals first, and both players then move in the open."""

    dealt: Any = None
    moves: tuple[Any, ...] = ()


class Dealt:
    """What games share in which chance deals once, and then players move in turns that all see."""

    def over(self, moves: tuple[Any, ...]) -> bool:
        """Return whether these moves end a play."""
        raise NotImplementedError(type(self).__name__)

    def turn(self, state: Hand) -> str:
        if state.dealt is None:
            return CHANCE
        return OVER if self.over(state.moves) else "xy"[len(state.moves) % 2]

    def start(self) -> Hand:
        return Hand()

    def after(self, state: Hand, action: Any) -> Hand:
        return Hand(action, ()) if state.dealt is None else Hand(state.dealt, (*state.moves, action))


def rank_names(count: int) -> list[str]:
    """Return names of so many ranks, the highest last: J, Q, K for three."""
    return list("JQK") if count == 3 else [str(k + 1) for k in range(count)]


@dataclass(frozen=True)
class Kuhn(Dealt):
    """Kuhn's poker: an ante of one, one card each, one bet."""

    cards: int
    bet: float

    def over(self, moves: tuple[Any, ...]) -> bool:
        return moves[-2:] in (("pass", "pass"), ("bet", "pass"), ("bet", "bet"))

    def actions(self, state: Hand) -> Sequence[str]:
        return ("pass", "bet")

    def chances(self, state: Hand) -> Iterable[tuple[Any, float]]:
        deals = list(permutations(rank_names(self.cards), 2))
        return [(deal, 1.0 / len(deals)) for deal in deals]

    def payoff(self, state: Hand) -> float:
        mine, other = map(rank_names(self.cards).index, state.dealt)
        wins = 1.0 if mine > other else -1.0
        if state.moves == ("pass", "pass"):
            return wins
        if state.moves[-1] == "bet":
            return wins * (1.0 + self.bet)
        return 1.0 if len(state.moves) == 2 else -1.0  # who passed a bet has lost the ante

    def information(self, state: Hand) -> Hashable:
        return " ".join((state.dealt[len(state.moves) % 2], *state.moves))


def kuhn(cards: int = 3, bet: float = 1.0) -> ExtensiveFormGame:
    """Kuhn's poker: each antes one and gets one of some distinct cards; a single bet may be made and called.

    Parameters
    ----------
    cards : of the deck, at least two.
    bet : size of the bet.

    Examples
    --------
    >>> kuhn()
    ExtensiveFormGame('Kuhn poker', 6 + 6 information sets, 13 x 13 sequences)

    Source
    ------
    H. Kuhn, A simplified two-person poker, 1950.
    """
    rules = Kuhn(_check.whole("cards", cards, 2), _check.positive("bet", bet))
    known = Known(-1.0 / 18.0) if (cards, bet) == (3, 1.0) else None
    return ExtensiveFormGame.from_rules(rules, name="Kuhn poker", known=known)


@dataclass(frozen=True)
class VonNeumann(Dealt):
    """One bet of one size, by x alone, who else shows the cards or, in Borel's game, folds; y calls or folds."""

    cards: int
    bet: float
    folds: bool

    def over(self, moves: tuple[Any, ...]) -> bool:
        return bool(moves) and moves != ("bet",)

    def actions(self, state: Hand) -> Sequence[str]:
        if state.moves:
            return ("fold", "call")
        return ("fold" if self.folds else "check", "bet")

    def chances(self, state: Hand) -> Iterable[tuple[Any, float]]:
        deals = list(permutations(range(self.cards), 2))
        return [(deal, 1.0 / len(deals)) for deal in deals]

    def payoff(self, state: Hand) -> float:
        if state.moves[-1] == "fold":
            return 1.0 if len(state.moves) == 2 else -1.0
        wins = 1.0 if state.dealt[0] > state.dealt[1] else -1.0
        return wins * (1.0 + self.bet if len(state.moves) == 2 else 1.0)

    def information(self, state: Hand) -> Hashable:
        card = rank_names(self.cards)[state.dealt[len(state.moves)]]
        return f"{card} bet" if state.moves else card


def von_neumann_poker(cards: int = 10, bet: float = 1.0, *, folds: bool = False) -> ExtensiveFormGame:
    """Von Neumann's poker with distinct cards: antes of one, x bets or shows, y calls a bet or folds.

    With more and more cards its value goes to `B / ((B + 1) (B + 4))`, of Borel's game to `-(B / (B + 2))^2`.

    Parameters
    ----------
    cards : of the deck, at least two.
    bet : size B of the bet.
    folds : whether x folds where it does not bet, as in Borel's game.

    Examples
    --------
    >>> von_neumann_poker(10, 2.0).known.value == 1.0 / 9.0
    True

    Source
    ------
    J. von Neumann and O. Morgenstern, Theory of games and economic behavior, 1944; C. and T. Ferguson, On the Borel and
    von Neumann poker models, 2003.
    """
    rules = VonNeumann(_check.whole("cards", cards, 2), _check.positive("bet", bet), bool(folds))
    fractions = ["1/18", "0", "1/12", "1/10", "1/10", "1/9", "23/234", "17/156", "-2/15", "-4/15", "-5/39", "-7/26"]
    sizes = [(n, B, False) for n in (3, 5, 10, 13) for B in (1.0, 2.0)]
    sizes += [(n, B, True) for n in (10, 13) for B in (1.0, 2.0)]
    values = {size: float(Fraction(value)) for size, value in zip(sizes, fractions)}
    value = values.get((cards, float(bet), bool(folds)))
    name = "Borel's poker" if folds else "von Neumann's poker"
    return ExtensiveFormGame.from_rules(rules, name=name, known=None if value is None else Known(value))


class Betting(NamedTuple):
    """A state of Leduc poker: private cards, the public one, and the moves of both rounds."""

    cards: tuple[int, ...] = ()
    moves: tuple[tuple[str, ...], ...] = ((),)


@dataclass(frozen=True)
class Leduc:
    """Leduc poker: three ranks in two suits, two rounds of betting with two raises at most, a public card between."""

    suited: bool
    raises: tuple[float, float] = (2.0, 4.0)

    def start(self) -> Betting:
        return Betting()

    def turn(self, state: Betting) -> str:
        if len(state.cards) < 2:
            return CHANCE
        moves = state.moves[-1]
        if moves and moves[-1] == "fold":
            return OVER
        if closed(moves):
            return OVER if len(state.moves) == 2 else CHANCE
        if len(state.moves) == 2 and len(state.cards) == 2:
            return CHANCE
        return "xy"[len(moves) % 2]

    def actions(self, state: Betting) -> Sequence[str]:
        moves = state.moves[-1]
        raised = moves.count("raise")
        found = ["fold"] if moves and moves[-1] == "raise" else []
        return (*found, "call", *(["raise"] if raised < 2 else []))

    def chances(self, state: Betting) -> Iterable[tuple[Any, float]]:
        left = [card for card in range(6) if card not in state.cards]
        return [(card, 1.0 / len(left)) for card in left]

    def after(self, state: Betting, action: Any) -> Betting:
        if isinstance(action, int):
            moves = (*state.moves, ()) if len(state.cards) == 2 else state.moves
            return Betting((*state.cards, action), moves)
        return Betting(state.cards, (*state.moves[:-1], (*state.moves[-1], action)))

    def payoff(self, state: Betting) -> float:
        paid = [1.0, 1.0]
        for moves, size in zip(state.moves, self.raises):
            for k, move in enumerate(moves):
                if move != "fold":
                    paid[k % 2] = max(paid) + (size if move == "raise" else 0.0)
        last = state.moves[-1]
        if last and last[-1] == "fold":
            loser = (len(last) - 1) % 2
            return paid[1] if loser == 1 else -paid[0]
        mine, other, public = (card // 2 for card in state.cards)
        strength = [(card == public, card) for card in (mine, other)]
        return 0.0 if strength[0] == strength[1] else paid[1] if strength[0] > strength[1] else -paid[0]

    def information(self, state: Betting) -> Hashable:
        player = len(state.moves[-1]) % 2
        seen = [state.cards[player], *state.cards[2:]]
        shown = [f"{'JQK'[card // 2]}{'sh'[card % 2] if self.suited else ''}" for card in seen]
        words = [" ".join(moves) for moves in state.moves]
        return " | ".join(f"{card} {word}".strip() for card, word in zip(shown, words))


def closed(moves: tuple[str, ...]) -> bool:
    """Whether a round of betting is over: both have checked, or a raise was called."""
    return len(moves) >= 2 and moves[-1] == "call"


def leduc(*, suited: bool = False) -> ExtensiveFormGame:
    """Leduc poker: antes of one, jack, queen and king in two suits, raises of two and then of four, two a round.

    A pair with the public card wins, else the higher card.  Suits decide nothing.

    Parameters
    ----------
    suited : whether players tell suits apart all the same, which makes the game three times as large.

    Examples
    --------
    >>> leduc()
    ExtensiveFormGame('Leduc poker', 144 + 144 information sets, 337 x 337 sequences)

    Source
    ------
    F. Southey, M. Bowling, B. Larson, C. Piccione, N. Burch, D. Billings and C. Rayner, Bayes' bluff: opponent
    modelling in poker, 2005, arXiv 1207.1411.
    """
    return ExtensiveFormGame.from_rules(Leduc(bool(suited)), name="Leduc poker", known=Known(-0.085606424078))


@dataclass(frozen=True)
class LiarsDice(Dealt):
    """Liar's dice: bids of a number of dice and a face, higher ones only; the highest face is wild."""

    sides: int
    dice: int

    def over(self, moves: tuple[Any, ...]) -> bool:
        return moves[-1:] == ("liar",)

    def bids(self) -> list[tuple[int, int]]:
        """Return all bids, the lowest first."""
        return [(count, face) for count in range(1, 2 * self.dice + 1) for face in range(1, self.sides + 1)]

    def actions(self, state: Hand) -> Sequence[Hashable]:
        bids = self.bids()
        if not state.moves:
            return bids
        return [*bids[bids.index(state.moves[-1]) + 1 :], "liar"]

    def chances(self, state: Hand) -> Iterable[tuple[Any, float]]:
        rolls = []
        for roll in combinations_with_replacement(range(1, self.sides + 1), self.dice):
            ways = factorial(self.dice)
            for face in set(roll):
                ways //= factorial(roll.count(face))
            rolls.append((roll, Fraction(ways, self.sides**self.dice)))
        return [((mine, other), float(p * q)) for mine, p in rolls for other, q in rolls]

    def payoff(self, state: Hand) -> float:
        count, face = state.moves[-2]
        there = sum(die in (face, self.sides) for roll in state.dealt for die in roll)
        bidder = (len(state.moves) - 2) % 2
        wins = bidder if there >= count else 1 - bidder
        return 1.0 if wins == 0 else -1.0

    def information(self, state: Hand) -> Hashable:
        roll = " ".join(map(str, state.dealt[len(state.moves) % 2]))
        return " ".join((roll, *(f"{count}x{face}" for count, face in state.moves)))


def liars_dice(sides: int = 6, dice: int = 1) -> ExtensiveFormGame:
    """Liar's dice for two: each rolls in secret, and bids in turns how many dice of both show a face, or calls a bluff.

    The highest face counts as any.  Who bid wins a call where there are as many.

    Parameters
    ----------
    sides : of a die, at least two.
    dice : of each player.

    Examples
    --------
    >>> liars_dice(sides=3).known.value == 1.0 / 9.0
    True

    Source
    ------
    Rules and values: M. Lanctot, R. Gibson, N. Burch, M. Zinkevich and M. Bowling, No-regret learning in extensive-form
    games with imperfect recall, 2012, arXiv 1205.0622; OpenSpiel.
    """
    rules = LiarsDice(_check.whole("sides", sides, 2), _check.whole("dice", dice, 1))
    values = {(2, 1): 1 / 2, (3, 1): 1 / 9, (4, 1): 1 / 16, (6, 1): -7 / 258, (2, 2): 7 / 8}
    value = values.get((sides, dice))
    return ExtensiveFormGame.from_rules(rules, name="liar's dice", known=None if value is None else Known(value))


class Bids(NamedTuple):
    """A state of Goofspiel: prizes turned up, and both players' bids; x's of this turn may be there alone."""

    prizes: tuple[int, ...] = ()
    x: tuple[int, ...] = ()
    y: tuple[int, ...] = ()


@dataclass(frozen=True)
class Goofspiel:
    """Goofspiel: players bid cards in secret for prizes; ties discard the prize; who has more points wins."""

    cards: int
    order: str
    payoffs: str

    def start(self) -> Bids:
        return Bids((self.cards,) if self.order == "descending" else (1,) if self.order == "ascending" else ())

    def turn(self, state: Bids) -> str:
        if len(state.y) == self.cards - 1:  # what is left bids itself
            return OVER
        if len(state.prizes) == len(state.y):
            return CHANCE
        return "x" if len(state.x) == len(state.y) else "y"

    def chances(self, state: Bids) -> Iterable[tuple[Any, float]]:
        prizes = left(self.cards, state.prizes)
        if self.order != "random":
            return [(prizes[-1] if self.order == "descending" else prizes[0], 1.0)]
        return [(prize, 1.0 / len(prizes)) for prize in prizes]

    def actions(self, state: Bids) -> Sequence[int]:
        return left(self.cards, state.x if self.turn(state) == "x" else state.y)

    def after(self, state: Bids, action: Any) -> Bids:
        turn = self.turn(state)
        if turn == CHANCE:
            return state._replace(prizes=(*state.prizes, action))
        return state._replace(x=(*state.x, action)) if turn == "x" else state._replace(y=(*state.y, action))

    def payoff(self, state: Bids) -> float:
        whole = [(*played, *left(self.cards, played)) for played in (state.prizes[: self.cards - 1], state.x, state.y)]
        won = sum(prize * ((x > y) - (x < y)) for prize, x, y in zip(*whole))
        return float(won if self.payoffs == "points" else (won > 0) - (won < 0))

    def information(self, state: Bids) -> Hashable:
        bids = state.x if self.turn(state) == "x" else state.y
        told = ["x" if x > y else "y" if x < y else "-" for x, y in zip(state.x, state.y)]
        parts = (("prizes", state.prizes), ("bids", bids), ("won by", told))
        return ", ".join(f"{name} {' '.join(map(str, part)) or '-'}" for name, part in parts)


def left(cards: int, gone: tuple[int, ...]) -> list[int]:
    """Return the cards that are not gone, the lowest first."""
    return [card for card in range(1, cards + 1) if card not in gone]


def goofspiel(cards: int = 4, *, order: str = "descending", payoffs: str = "win") -> ExtensiveFormGame:
    """Goofspiel in which bids stay secret and only who won a prize is told; its value is zero by symmetry.

    Parameters
    ----------
    cards : of each hand and of the prizes, at least two.
    order : of the prizes: "descending", "ascending" or "random".
    payoffs : "win" for 1, 0 or -1, "points" for the difference.

    Examples
    --------
    >>> goofspiel(3)
    ExtensiveFormGame('Goofspiel', 8 + 8 information sets, 18 x 18 sequences)

    Source
    ------
    S. Ross, Goofspiel: the game of pure strategy, 1971; with imperfect information M. Lanctot, 2013.
    """
    rules = Goofspiel(
        _check.whole("cards", cards, 2),
        _check.choice("order", order, ("descending", "ascending", "random")),
        _check.choice("payoffs", payoffs, ("win", "points")),
    )
    return ExtensiveFormGame.from_rules(rules, name="Goofspiel", known=Known(0.0))
