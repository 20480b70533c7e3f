"""Classic small games, solved in fractions; the zoo lists them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import comb
from typing import TypeAlias

import numpy as np

from minmax._check import finite, positive, real_array, whole
from minmax.games.colonel import check_size
from minmax.games.matrix import Known, MatrixGame

__all__ = [
    "inspection",
    "matching_pennies",
    "morra",
    "odds_and_evens",
    "penalty_kicks",
    "rock_paper_scissors",
    "rock_paper_scissors_lizard_spock",
    "rock_paper_scissors_water",
    "two_by_two",
]

Strategies: TypeAlias = Iterable[Iterable[Fraction | int]]


def exactly(value: Fraction | int, x: Strategies = (), y: Strategies | None = None) -> Known:
    """Round exact facts to floats; `y` is `x` where it is left out."""
    rows, columns = (tuple(tuple(map(float, w)) for w in extremes) for extremes in (x, x if y is None else y))
    return Known(float(value), rows, columns)


def pure(n: int, actions: Iterable[int]) -> list[list[int]]:
    """Return the pure strategies on the given ones of `n` actions."""
    return [[int(k == i) for k in range(n)] for i in actions]


def exact_numbers(name: str, values: Iterable[float]) -> list[Fraction]:
    """Return finite real numbers as the fractions they are."""
    array = real_array(name, list(values), 1)
    finite(name, array)
    return [Fraction(v) for v in array.tolist()]


def rock_paper_scissors(a: float = 1, b: float = 1, c: float = 1) -> MatrixGame:
    r"""Rock, paper, scissors with stakes: a when paper wins, b when rock wins, c when scissors win.

    .. math:: P = \begin{pmatrix} 0 & -a & b \\ a & 0 & -c \\ -b & c & 0 \end{pmatrix}

    Value 0; the unique optimal strategy of both is (c, b, a)/(a + b + c).  The literature's biased games are
    (25, 50, 5), OpenSpiel's `matrix_brps`, and (1, 3, 1), of mutation-driven FTRL.

    Parameters
    ----------
    a, b, c : positive stakes.

    Examples
    --------
    >>> rock_paper_scissors(25, 50, 5).known.x
    ((0.0625, 0.625, 0.3125),)

    Source
    ------
    M. Lanctot et al., OpenSpiel: a framework for reinforcement learning in games, 2019, arXiv:1908.09453;
    K. Abe, M. Sakamoto and A. Iwasaki, Mutation-driven follow the regularized leader for last-iterate
    convergence in zero-sum games, 2022, arXiv:2206.09254.
    """
    a, b, c = positive("a", a), positive("b", b), positive("c", c)
    weights = [Fraction(c), Fraction(b), Fraction(a)]
    names = ("rock", "paper", "scissors")
    return MatrixGame.from_payoffs(
        [[0, -a, b], [a, 0, -c], [-b, c, 0]],
        actions=(names, names),
        name="rock-paper-scissors",
        known=exactly(0, [[w / sum(weights) for w in weights]]),
    )


def rock_paper_scissors_water() -> MatrixGame:
    r"""Rock, paper, scissors and an action that always draws: the optimal strategies are a segment.

    .. math:: P = \begin{pmatrix} 0 & -1 & 1 & 0 \\ 1 & 0 & -1 & 0 \\ -1 & 1 & 0 & 0 \\ 0 & 0 & 0 & 0
              \end{pmatrix}

    Value 0; optimal for both is all between (0, 0, 0, 1) and (1/3, 1/3, 1/3, 0): a test measures the distance
    to the segment.

    Examples
    --------
    >>> rock_paper_scissors_water().known.x[0]
    (0.0, 0.0, 0.0, 1.0)

    Source
    ------
    Folklore.
    """
    third = Fraction(1, 3)
    names = ("rock", "paper", "scissors", "water")
    return MatrixGame.from_payoffs(
        [[0, -1, 1, 0], [1, 0, -1, 0], [-1, 1, 0, 0], [0, 0, 0, 0]],
        actions=(names, names),
        name="rock-paper-scissors-water",
        known=exactly(0, [[0, 0, 0, 1], [third, third, third, 0]]),
    )


def rock_paper_scissors_lizard_spock() -> MatrixGame:
    r"""Five signs on the circle rock, Spock, paper, lizard, scissors; each beats the two before it.

    .. math:: P_{ij} = 1 \text{ if } c_i - c_j \in \{1, 2\} \bmod 5, \quad P_{ji} = -P_{ij}

    Value 0; the uniform strategy is the unique optimum of both.

    Examples
    --------
    >>> rock_paper_scissors_lizard_spock().payoffs()[4].tolist()  # Spock
    [1.0, -1.0, 1.0, -1.0, 0.0]

    Source
    ------
    S. Kass and K. Bryla, Rock Paper Scissors Spock Lizard, about 1995.
    """
    names = ("rock", "paper", "scissors", "lizard", "Spock")
    circle = np.array([0, 2, 4, 3, 1])
    P = np.array([0, 1, 1, -1, -1])[(circle[:, None] - circle) % 5]
    known = exactly(0, [[Fraction(1, 5)] * 5])
    name = "rock-paper-scissors-lizard-spock"
    return MatrixGame.from_payoffs(P, actions=(names, names), name=name, known=known)


Pair: TypeAlias = tuple[Fraction, Fraction]


def weights_reaching(value: Fraction, columns: Iterable[Pair]) -> list[Pair]:
    """Return the ends of the segment of weights on two actions that earn `value` against every column."""
    low, high = Fraction(0), Fraction(1)
    for first, second in columns:
        if first > second:
            low = max(low, (value - second) / (first - second))
        elif first < second:
            high = min(high, (second - value) / (second - first))
    return [(w, 1 - w) for w in sorted({low, high})]


def solved(a: Fraction, b: Fraction, c: Fraction, d: Fraction) -> Known:
    """Solve the 2x2 game ((a, b), (c, d)) exactly, with every extreme optimal strategy."""
    lower, upper = max(min(a, b), min(c, d)), min(max(a, c), max(b, d))
    value = lower if lower == upper else (a * d - b * c) / (a + d - b - c)
    x = weights_reaching(value, [(a, c), (b, d)])
    return exactly(value, x, weights_reaching(-value, [(-a, -b), (-c, -d)]))


def two_by_two(a: float = 2, b: float = -1, c: float = -1, d: float = 1) -> MatrixGame:
    r"""Any game of two actions each, solved in closed form.

    .. math:: P = \begin{pmatrix} a & b \\ c & d \end{pmatrix}, \quad v = \frac{ad - bc}{a + d - b - c}, \quad
              x_1 = \frac{d - c}{a + d - b - c}, \quad y_1 = \frac{d - b}{a + d - b - c}

    That holds where there is no pure saddle; else the value is the saddle's payoff and `known` lists the ends
    of the segments of optimal strategies.  The default has value 1/5 and (2/5, 3/5) for both.

    Parameters
    ----------
    a, b, c, d : payoffs of the row player, finite.

    Examples
    --------
    >>> two_by_two(2, -1, -1, 1).known
    Known(value=0.2, x=((0.4, 0.6),), y=((0.4, 0.6),))

    Source
    ------
    J. von Neumann and O. Morgenstern, Theory of Games and Economic Behavior, 1944.
    """
    known = solved(*exact_numbers("payoffs", (a, b, c, d)))
    return MatrixGame.from_payoffs([[a, b], [c, d]], name="two-by-two", known=known)


def matching_pennies(a: float = 1, b: float = -1, c: float = -1, d: float = 1) -> MatrixGame:
    r"""Each shows a side of a coin; the row player wants a match.  `two_by_two` with sides for actions.

    .. math:: P = \begin{pmatrix} a & b \\ c & d \end{pmatrix}

    The default has value 0 and (1/2, 1/2) for both.

    Parameters
    ----------
    a, b, c, d : payoffs of the row player at heads-heads, heads-tails, tails-heads and tails-tails, finite.

    Examples
    --------
    >>> matching_pennies().known
    Known(value=0.0, x=((0.5, 0.5),), y=((0.5, 0.5),))

    Source
    ------
    J. von Neumann and O. Morgenstern, Theory of Games and Economic Behavior, 1944.
    """
    known = solved(*exact_numbers("payoffs", (a, b, c, d)))
    sides = ("heads", "tails")
    return MatrixGame.from_payoffs(
        [[a, b], [c, d]],
        actions=(sides, sides),
        players=("matcher", "mismatcher"),
        name="matching-pennies",
        known=known,
    )


def odds_and_evens() -> MatrixGame:
    r"""Each shows one or two fingers; the sum is paid to Odd where it is odd and by Odd where it is even.

    .. math:: P = \begin{pmatrix} -2 & 3 \\ 3 & -4 \end{pmatrix}

    Value 1/12: the game favours Odd.  Unique optimal strategy of both: (7/12, 5/12).

    Examples
    --------
    >>> odds_and_evens().known.value == 1 / 12
    True

    Source
    ------
    T. Ferguson, Game Theory, second edition, part II, 2014.
    """
    fingers = ("one", "two")
    return MatrixGame.from_payoffs(
        [[-2, 3], [3, -4]],
        actions=(fingers, fingers),
        players=("Odd", "Even"),
        name="odds-and-evens",
        known=solved(*map(Fraction, (-2, 3, 3, -4))),
    )


def penalty_kicks() -> MatrixGame:
    r"""Penalty kicks in football: per cent that score, by the kicker's and the goalkeeper's side.

    .. math:: P = \begin{pmatrix} 58.30 & 94.97 \\ 92.91 & 69.92 \end{pmatrix}

    Value 79.57; unique optimum: 38.54 % left for the kicker, 41.99 % left for the goalkeeper.  Estimated from
    over 1400 kicks; sides are seen from one viewpoint.  The package holds the same table in
    `data/penalty_kicks.csv`.

    Examples
    --------
    >>> [round(100 * p, 2) for (p, _), in (penalty_kicks().known.x, penalty_kicks().known.y)]
    [38.54, 41.99]

    Source
    ------
    I. Palacios-Huerta, Professionals play minimax, 2003.
    """
    P = [[58.30, 94.97], [92.91, 69.92]]
    sides = ("left", "right")
    known = solved(*exact_numbers("payoffs", P[0] + P[1]))
    return MatrixGame.from_payoffs(
        P, actions=(sides, sides), players=("kicker", "goalkeeper"), name="penalty-kicks", known=known
    )


def inspection_value(periods: int, inspections: int) -> Fraction:
    """Value of the inspection game with so many periods and inspections to go."""
    ways = sum(comb(periods, i) for i in range(inspections + 1))
    return Fraction(-comb(periods - 1, inspections), ways)


def inspection(periods: int = 4, inspections: int = 2) -> MatrixGame:
    r"""First period of a game in which few inspections are to deter one violation in many periods.

    .. math:: P = \begin{pmatrix} 1 & v(n-1, m-1) \\ -1 & v(n-1, m) \end{pmatrix}, \qquad
              v(n, m) = -\binom{n-1}{m} \Big/ \sum_{i \le m} \binom{n}{i}

    The inspector gains 1 by a violation caught and loses 1 by one missed.  Value v(n, m) with n periods and m
    inspections to go; unique optimal strategies.

    Parameters
    ----------
    periods : n, at least 2.
    inspections : m, from 1 to n - 1.

    Examples
    --------
    >>> inspection(2, 1).known.value == -1 / 3, inspection(12, 4).known.value == -165 / 397
    (True, True)

    Source
    ------
    M. Dresher, A sampling inspection problem in arms control agreements: a game-theoretic analysis, 1962.
    """
    n, m = whole("periods", periods, 2), whole("inspections", inspections, 1)
    if m >= n:
        raise ValueError(f"`inspections` must be below `periods`; got {m} inspections in {n} periods.")
    spent, kept = inspection_value(n - 1, m - 1), inspection_value(n - 1, m)
    return MatrixGame.from_payoffs(
        [[1, float(spent)], [-1, float(kept)]],
        actions=(("inspect", "wait"), ("violate", "comply")),
        players=("inspector", "inspectee"),
        name=f"inspection({n},{m})",
        known=solved(Fraction(1), spent, Fraction(-1), kept),
    )


# Weights of the extreme optimal strategies on the guesses that total `fingers` + 1.
MORRA = {1: [[1]], 2: [[4, 3], [3, 2]], 3: [[5, 4, 3], [16, 12, 9], [20, 15, 12], [25, 20, 16]]}


def morra(fingers: int = 2) -> MatrixGame:
    r"""Each shows fingers and guesses the other's number; a sole right guess wins the sum of all fingers.

    .. math:: P_{(s,g),(t,h)} = (s + t) \, ([g = t] - [h = s])

    Value 0.  With two fingers optimal is exactly (0, a, 1 - a, 0) with 4/7 <= a <= 3/5; with three the
    mixtures of (5, 4, 3)/12, (16, 12, 9)/37, (20, 15, 12)/47 and (25, 20, 16)/61 on (1, 3), (2, 2), (3, 1).

    Parameters
    ----------
    fingers : the most fingers to show; `known` has no strategies above three.

    Examples
    --------
    >>> game = morra(2)
    >>> game.actions[0][1], game.payoffs()[1].tolist()
    ('show 1, guess 2', [-2.0, 0.0, 0.0, 3.0])

    Source
    ------
    G. Dantzig, Linear Programming and Extensions, 1963; R. Vanderbei, Linear Programming, 1996.
    """
    fingers = whole("fingers", fingers, 1)
    check_size("morra", fingers**2, fingers**2)
    show, guess = (k.ravel() + 1 for k in np.indices((fingers, fingers)))
    P = (show[:, None] + show) * ((guess[:, None] == show) * 1 - (guess == show[:, None]))
    x = [
        [Fraction(w[s - 1], sum(w)) if s + g == fingers + 1 else 0 for s, g in zip(show, guess, strict=True)]
        for w in MORRA.get(fingers, [])
    ]
    names = tuple(f"show {s}, guess {g}" for s, g in zip(show, guess, strict=True))
    return MatrixGame.from_payoffs(P, actions=(names, names), name=f"morra({fingers})", known=exactly(0, x))
