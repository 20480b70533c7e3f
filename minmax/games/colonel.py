"""Games of allocation, hiding and timing with known value; the zoo lists them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from minmax._check import choice, finite, positive, real_array, whole
from minmax.games.matrix import Known, MatrixGame

__all__ = ["blotto", "dresher_blotto", "general_lotto", "hide_and_seek", "noisy_duel", "silent_duel"]

# No closed form covers unequal troops: these are the values of exact linear programs.
BLOTTO_VALUES = {
    "won-lost": {
        (4, 3, 2): Fraction(1, 2),
        (5, 3, 2): Fraction(5, 6),
        (5, 4, 3): Fraction(1, 2),
        (6, 5, 3): Fraction(4, 9),
        (6, 4, 3): Fraction(1),
        (7, 5, 3): Fraction(5, 6),
        (8, 5, 3): Fraction(10, 9),
        (10, 9, 3): Fraction(5, 18),
    },
    "majority": {(5, 4, 3): Fraction(1, 2), (6, 5, 3): Fraction(4, 9), (6, 4, 3): Fraction(1)},
}


# Entries of a matrix: 160 MB, beyond which the temporaries of a builder fill the memory of a laptop.
LARGEST = 20_000_000


def check_size(name: str, n: int, m: int) -> None:
    """Refuse a game of n rows and m columns that is too large, before any room is made for it."""
    if n * m > LARGEST:
        raise ValueError(f"`{name}` is too large: its matrix would have more than {LARGEST:,} entries.")


def plans(troops: int, fields: int) -> int:
    """Return the number of allocations; a smaller one that is too large all the same where it is huge."""
    end, count = troops + fields - 1, 1
    for k in range(min(troops, fields - 1)):
        count = count * (end - k) // (k + 1)
        if count > LARGEST:
            break
    return count


def allocations(troops: int, fields: int) -> np.ndarray:
    """Return every way to place `troops` on `fields`, one a row, most on the first fields first."""
    end = troops + fields - 1
    bars = [(-1, *inner, end) for inner in itertools.combinations(range(end), fields - 1)]
    return np.diff(bars)[::-1] - 1


def written(plans: np.ndarray) -> tuple[str, ...]:
    return tuple("-".join(map(str, plan)) for plan in plans.tolist())


def blotto(a: int = 5, b: int = 4, fields: int = 3, payoff: str = "won-lost") -> MatrixGame:
    r"""Colonel Blotto: troops are split over fields, and the larger part takes each field.

    .. math:: P_{pq} = \sum_k \operatorname{sign}(p_k - q_k), \quad\text{its sign for "majority"}

    Value 0 for equal troops, 1/2 for (5, 4, 3), 10/9 for (8, 5, 3), 5/18 for (10, 9, 3), and the others of
    `BLOTTO_VALUES`; else `known` is None.  Optimal strategies are many and not listed.

    Parameters
    ----------
    a, b : troops of the row and of the column player, whole numbers.
    fields : number of fields, at least 1; `binomial(a + fields - 1, a)` rows.
    payoff : "won-lost" (fields won minus fields lost) or "majority" (1 for more fields, -1 for fewer).

    Examples
    --------
    >>> game = blotto(10, 9, 3)
    >>> game.shape, game.actions[0][0], game.known.value == 5 / 18
    ((66, 55), '10-0-0', True)

    Source
    ------
    E. Borel, La theorie du jeu et les equations integrales a noyau symetrique, 1921;
    S. Hart, Discrete Colonel Blotto and General Lotto games, 2008.
    """
    a, b, fields = whole("a", a), whole("b", b), whole("fields", fields, 1)
    values = BLOTTO_VALUES[choice("payoff", payoff, BLOTTO_VALUES)]
    check_size("blotto", plans(a, fields), plans(b, fields))
    p, q = allocations(a, fields), allocations(b, fields)
    # Field by field, so that nothing larger than P is made.
    P = sum((np.sign(p[:, k, None] - q[:, k]) for k in range(fields)), np.zeros((len(p), len(q)), dtype=np.int64))
    P = np.sign(P) if payoff == "majority" else P
    values = values | {(s, r, k): -v for (r, s, k), v in values.items()} | {(a, a, fields): Fraction(0)}
    value = values.get((a, b, fields))
    known = None if value is None else Known(float(value), (), ())
    option = "" if payoff == "won-lost" else f",'{payoff}'"
    name = f"blotto({a},{b},{fields}{option})"
    return MatrixGame.from_payoffs(P, actions=(written(p), written(q)), name=name, known=known)


def dresher_blotto() -> MatrixGame:
    r"""Blotto's 4 regiments against Kije's 3 on two posts: the larger force takes post and smaller force.

    .. math:: P_{pq} = \sum_k \operatorname{sign}(p_k - q_k)\,(1 + \min(p_k, q_k))

    Value 14/9.  Blotto's optimal strategy (4, 0, 1, 0, 4)/9 is unique; Kije's are the segment between
    (3, 48, 32, 7)/90 and (7, 32, 48, 3)/90.

    Examples
    --------
    >>> dresher_blotto().known.value == 14 / 9
    True

    Source
    ------
    M. Dresher, Games of Strategy: Theory and Applications, 1961; S. Karlin, Mathematical Methods and Theory
    in Games, Programming, and Economics, 1959.
    """
    p, q = allocations(4, 2), allocations(3, 2)
    P = (np.sign(p[:, None] - q) * (1 + np.minimum(p[:, None], q))).sum(-1)
    kije = tuple(tuple(w / 90 for w in weights) for weights in ((3, 48, 32, 7), (7, 32, 48, 3)))
    known = Known(14 / 9, ((4 / 9, 0.0, 1 / 9, 0.0, 4 / 9),), kije)
    return MatrixGame.from_payoffs(
        P,
        actions=(written(p), written(q)),
        players=("Blotto", "Kije"),
        name="dresher-blotto",
        known=known,
    )


def lotteries(mean: Fraction, most: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the extreme distributions on 0..most with the given mean, one a row, and their labels."""
    rows, names = [], []
    for low, high in itertools.product(range(math.floor(mean) + 1), range(math.ceil(mean), most + 1)):
        if (low == mean) == (high == mean):
            upper = (mean - low) / (high - low) if low < high else Fraction(1)
            rows.append(np.zeros(most + 1))
            rows[-1][low] = float(1 - upper)
            rows[-1][high] = float(upper)
            names.append(f"{low} or {high}" if low < high else str(low))
    return np.array(rows), tuple(names)


def lottery_count(mean: Fraction, most: int) -> int:
    """Return the number of `lotteries`."""
    low, high = math.floor(mean), math.ceil(mean)
    return low * (most - low) + 1 if low == high else high * (most - low)


def lotto_value(a: Fraction, b: Fraction) -> Fraction:
    """Value of the General Lotto game with means `a` and `b`, exact."""
    if a < b:
        return -lotto_value(b, a)
    below = math.floor(a)
    if b >= below:
        return (a - b) / (below + 1)
    part = a - below
    return 1 - b * ((1 - part) / below + part / (below + 1))


def general_lotto(a: float = 4, b: float = 3) -> MatrixGame:
    r"""Discrete General Lotto: each picks a distribution on 0, 1, 2, ... of given mean; the larger draw wins.

    .. math:: f(X, Y) = P(X > Y) - P(X < Y), \qquad E X = a, \quad E Y = b

    The distributions of a given mean are the mixtures of those on one or two points, which are the actions
    here.  Draws end at twice the larger mean (rounded up), as optimal strategies of the unbounded game do.
    For `a >= b` and `m = floor(a)` the value is (a - b)/(m + 1) where `b >= m`, else
    `1 - b ((m + 1 - a)/m + (a - m)/(m + 1))`: (a - b)/a for a whole `a`.

    Parameters
    ----------
    a, b : mean of the row and of the column player's draw, positive.

    Examples
    --------
    >>> general_lotto(4, 3).known.value, general_lotto(1.5, 1).known.value
    (0.25, 0.25)
    >>> general_lotto(1, 2).actions
    (('0 or 2', '0 or 3', '0 or 4', '1'), ('0 or 3', '0 or 4', '1 or 3', '1 or 4', '2'))

    Source
    ------
    S. Hart, Discrete Colonel Blotto and General Lotto games, 2008.
    """
    means = Fraction(positive("a", a)), Fraction(positive("b", b))
    most = 2 * math.ceil(max(means))
    check_size("general_lotto", lottery_count(means[0], most), lottery_count(means[1], most))
    (X, rows), (Y, columns) = (lotteries(mean, most) for mean in means)
    draws = np.arange(most + 1)
    P = X @ np.sign(draws[:, None] - draws) @ Y.T
    known = Known(float(lotto_value(*means)), (), ())
    return MatrixGame.from_payoffs(P, actions=(rows, columns), name=f"general-lotto({a},{b})", known=known)


def hide_and_seek(values: Sequence[Sequence[float]] = ((1, 2, 3), (4, 5, 6), (7, 8, 9))) -> MatrixGame:
    r"""The hider picks a cell of a table; the seeker searches a row or column and wins the cell found.

    .. math:: P_{k,(i,j)} = V_{ij} \text{ if line } k \text{ holds cell } (i, j), \text{ else } 0

    Value `1 / max sum_i 1 / V_{i, s(i)}` over the assignments `s` of rows to columns; the hider spreads over
    an optimal assignment in proportion to `1 / V`.  All ones of size n: 1/n.

    Parameters
    ----------
    values : (n, m) positive worth of the cells to the seeker.

    Examples
    --------
    >>> game = hide_and_seek([[1, 1], [1, 1]])
    >>> game.shape, game.known.value
    ((4, 4), 0.5)

    Source
    ------
    J. von Neumann, A certain zero-sum two-person game equivalent to the optimal assignment problem, 1953.
    """
    from scipy.optimize import linear_sum_assignment

    V = real_array("values", values, 2).astype(np.float64)
    finite("values", V)
    if V.min() <= 0:
        raise ValueError(f"`values` must be positive; got {V.min():g}: leave such cells out.")
    n, m = V.shape
    lines = np.vstack([np.repeat(np.eye(n), m, axis=1), np.tile(np.eye(m), n)])
    best = 1 / V[linear_sum_assignment(1 / V, maximize=True)]
    searches = [f"row {i + 1}" for i in range(n)] + [f"column {j + 1}" for j in range(m)]
    cells = [f"({i + 1}, {j + 1})" for i, j in np.ndindex(n, m)]
    return MatrixGame.from_payoffs(
        lines * V.ravel(),
        actions=(tuple(searches), tuple(cells)),
        players=("seeker", "hider"),
        name="hide-and-seek",
        known=Known(float(1 / best.sum()), (), ()),
    )


def shots(grid: int) -> tuple[np.ndarray, np.ndarray, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the accuracies 0, 1/grid, ..., 1 as a column and as a row, and their labels."""
    check_size("grid", whole("grid", grid, 1) + 1, grid + 1)
    x = np.arange(grid + 1) / grid
    names = tuple(f"fire at {k}/{grid}" for k in range(grid + 1))
    return x[:, None], x, (names, names)


def noisy_duel(grid: int = 10) -> MatrixGame:
    r"""Two duellists with one loud shot each, which hits with probability x when fired at x in [0, 1].

    .. math:: P(x, y) = \operatorname{sign}(y - x)\,(2 \min(x, y) - 1)

    Whoever fires first and misses is hit.  Value 0: fire at 1/2, or at the next point of the grid.

    Parameters
    ----------
    grid : number of steps from accuracy 0 to 1; even ones hold the point 1/2 of the continuous game.

    Examples
    --------
    >>> game = noisy_duel(4)
    >>> game.actions[0][game.known.x[0].index(1.0)]
    'fire at 2/4'

    Source
    ------
    S. Karlin, Mathematical Methods and Theory in Games, Programming, and Economics, volume 2, 1959.
    """
    x, y, actions = shots(grid)
    P = np.sign(y - x) * (2 * np.minimum(x, y) - 1)
    pure = tuple(tuple(row) for row in np.eye(grid + 1)[(grid + 1) // 2 : grid // 2 + 2].tolist())
    known = Known(0.0, pure, pure)
    return MatrixGame.from_payoffs(P, actions=actions, name=f"noisy-duel({grid})", known=known)


def silent_duel(grid: int = 10) -> MatrixGame:
    r"""Two duellists with one silent shot each, which hits with probability x when fired at x in [0, 1].

    .. math:: P(x, y) = x - y + \operatorname{sign}(y - x)\, x y

    Neither knows whether the other has fired.  Value 0; on all of [0, 1] the optimal density is
    `1 / (4 x^3)` from 1/3 to 1, which a fine grid approaches.

    Parameters
    ----------
    grid : number of steps from accuracy 0 to 1.

    Examples
    --------
    >>> silent_duel(3).payoffs()[1].round(3).tolist()
    [0.333, 0.0, -0.111, -0.333]

    Source
    ------
    S. Karlin, Mathematical Methods and Theory in Games, Programming, and Economics, volume 2, 1959.
    """
    x, y, actions = shots(grid)
    P = x - y + np.sign(y - x) * x * y
    return MatrixGame.from_payoffs(P, actions=actions, name=f"silent-duel({grid})", known=Known(0.0, (), ()))
