"""The zoo: named games whose value is known, matrix games with their optimal strategies.

`__all__` is the list of the games: each name is a function that returns a game and needs no argument; those in
`SEQUENTIAL` return an `ExtensiveFormGame`, those in `MARKOV` a `MarkovGame`, all others a `MatrixGame`.  `find` reads
one from a text such as "rock-paper-scissors" or "blotto(5,3,3)".
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from minmax._check import positive, whole
from minmax.games.boards import battleship, gops, tic_tac_toe
from minmax.games.cards import goofspiel, kuhn, leduc, liars_dice, von_neumann_poker
from minmax.games.classic import (
    exact_numbers,
    exactly,
    inspection,
    matching_pennies,
    morra,
    odds_and_evens,
    penalty_kicks,
    pure,
    rock_paper_scissors,
    rock_paper_scissors_lizard_spock,
    rock_paper_scissors_water,
    solved,
    two_by_two,
)
from minmax.games.colonel import (
    blotto,
    check_size,
    dresher_blotto,
    general_lotto,
    hide_and_seek,
    noisy_duel,
    silent_duel,
)
from minmax.games.matrix import Known, MatrixGame
from minmax.games.stages import big_match, inspections, pursuit, random_markov, soccer

__all__ = [
    "battleship",
    "big_match",
    "blotto",
    "circulant",
    "diagonal",
    "dresher_blotto",
    "general_lotto",
    "goofspiel",
    "gops",
    "hide_and_seek",
    "hilbert",
    "inspection",
    "inspections",
    "kuhn",
    "leduc",
    "liars_dice",
    "matching_pennies",
    "morra",
    "noisy_duel",
    "odds_and_evens",
    "penalty_kicks",
    "pursuit",
    "random_markov",
    "random_uniform",
    "regret_matching_trap",
    "rock_paper_scissors",
    "rock_paper_scissors_lizard_spock",
    "rock_paper_scissors_water",
    "silent_duel",
    "slow_optimism",
    "slow_regret_matching",
    "soccer",
    "tic_tac_toe",
    "two_by_two",
    "von_neumann_poker",
]

SEQUENTIAL = ("battleship", "goofspiel", "kuhn", "leduc", "liars_dice", "von_neumann_poker")
MARKOV = ("big_match", "gops", "inspections", "pursuit", "random_markov", "soccer", "tic_tac_toe")


def diagonal(*d: float) -> MatrixGame:
    r"""The row player earns something only where both choose the same action.

    .. math:: P = \operatorname{diag}(d_1, \dots, d_n)

    Entries of one sign: value `1 / sum_i 1/d_i` and `x_i = y_i = value / d_i`.  Otherwise value 0; optimal
    are the mixtures of actions with `d_i >= 0` for the row player, with `d_i <= 0` for the column player.

    Parameters
    ----------
    d : finite payoffs, 1, 2, 3 where none are given.

    Examples
    --------
    >>> diagonal(1, 2, 3).known.value == 6 / 11, diagonal(1, -2, 3).known
    (True, Known(value=0.0, x=((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), y=((0.0, 1.0, 0.0),)))

    Source
    ------
    T. Ferguson, Game Theory, second edition, part II, 2014.
    """
    entries = exact_numbers("d", d or (1, 2, 3))
    n = len(entries)
    if min(entries) > 0 or max(entries) < 0:
        value = 1 / sum((1 / e for e in entries), Fraction(0))
        known = exactly(value, [[value / e for e in entries]])
    else:
        gains = pure(n, (i for i, e in enumerate(entries) if e >= 0))
        known = exactly(0, gains, pure(n, (i for i, e in enumerate(entries) if e <= 0)))
    return MatrixGame.from_payoffs(np.diag([float(e) for e in entries]), name="diagonal", known=known)


def hilbert(n: int = 4) -> MatrixGame:
    r"""The Hilbert matrix: hopeless to invert, trivial to play.

    .. math:: P_{ij} = 1 / (i + j - 1)

    Value 1/n, a pure saddle at row 1 and column n, unique.

    Parameters
    ----------
    n : number of actions of both.

    Examples
    --------
    >>> hilbert(5).known.value
    0.2

    Source
    ------
    D. Hilbert, Ein Beitrag zur Theorie des Legendre'schen Polynoms, 1894 (the matrix).
    """
    n = whole("n", n, 1)
    k = np.arange(n)
    known = exactly(Fraction(1, n), pure(n, [0]), pure(n, [n - 1]))
    return MatrixGame.from_payoffs(1 / (k[:, None] + k + 1), name=f"hilbert({n})", known=known)


def circulant(*c: float) -> MatrixGame:
    r"""Each row is the one above, moved a place to the right: both players may play uniformly.

    .. math:: P_{ij} = c_{(j - i) \bmod n}

    The value is the mean of c.  Uniform play is the unique optimum unless the discrete Fourier transform of c
    has a zero beyond the first place; then `known` has the value only.

    Parameters
    ----------
    c : finite payoffs of the first row, 1, 2, 3 where none are given.

    Examples
    --------
    >>> circulant(1, 2, 3).payoffs()[1].tolist(), circulant(1, 2, 3).known.value
    ([3.0, 1.0, 2.0], 2.0)

    Source
    ------
    T. Ferguson, Game Theory, second edition, part II, 2014.
    """
    entries = exact_numbers("c", c or (1, 2, 3))
    n, value = len(entries), sum(entries, Fraction(0)) / len(entries)
    P = np.array([np.roll([float(e) for e in entries], i) for i in range(n)])
    unique = np.linalg.matrix_rank(P - float(value)) == n - 1
    known = exactly(value, [[Fraction(1, n)] * n] if unique else ())
    return MatrixGame.from_payoffs(P, name="circulant", known=known)


def regret_matching_trap() -> MatrixGame:
    r"""The row player loses A; simultaneous regret matching+ cycles here for ever, predictive or not.

    .. math:: A = \begin{pmatrix} 3 & 0 & -3 \\ 0 & 3 & -4 \\ 0 & 0 & 1 \end{pmatrix}

    Value 1/4 to be paid by the row player; unique (1/12, 1/12, 5/6) for rows, (1/3, 5/12, 1/4) for columns.
    Built from losses: `payoffs()` is -A, and values keep the sign of A.

    Examples
    --------
    >>> regret_matching_trap().known.value
    0.25

    Source
    ------
    G. Farina, J. Grand-Clement, C. Kroer, C.-W. Lee and H. Luo, Regret matching+: (in)stability and fast
    convergence in games, 2023, arXiv:2305.14709; Y. Cai et al., Last-iterate convergence properties of regret
    matching algorithms in games, 2023, arXiv:2311.00676.
    """
    x = [Fraction(1, 12), Fraction(1, 12), Fraction(5, 6)]
    y = [Fraction(1, 3), Fraction(5, 12), Fraction(1, 4)]
    return MatrixGame(
        np.array([[3.0, 0.0, -3.0], [0.0, 3.0, -4.0], [0.0, 0.0, 1.0]]),
        name="regret-matching-trap",
        known=exactly(Fraction(1, 4), [x], [y]),
    )


def slow_optimism(delta: float = 0.1) -> MatrixGame:
    r"""Optimistic multiplicative weights keep a constant gap here for about 1/delta rounds.

    .. math:: P = \begin{pmatrix} 1/2 + \delta & 1/2 \\ 0 & 1 \end{pmatrix}

    Value (1 + 2 delta)/(2 (1 + delta)); unique (1, delta)/(1 + delta) for rows and
    (1, 1 + 2 delta)/(2 (1 + delta)) for columns.

    Parameters
    ----------
    delta : positive; hard where it is small.

    Examples
    --------
    >>> slow_optimism(0.25).known
    Known(value=0.6, x=((0.8, 0.2),), y=((0.4, 0.6),))

    Source
    ------
    Y. Cai et al., Fast last-iterate convergence of learning in games requires forgetful algorithms, 2024,
    arXiv:2406.10631.
    """
    P = [[0.5 + positive("delta", delta), 0.5], [0.0, 1.0]]
    known = solved(*exact_numbers("payoffs", P[0] + P[1]))
    return MatrixGame.from_payoffs(P, name="slow-optimism", known=known)


def slow_regret_matching() -> MatrixGame:
    r"""With simultaneous play and linear averages, regret matching+ is slower than 1/T here.

    .. math:: P = \begin{pmatrix} 1 & 0.9 \\ -0.7 & 1 \end{pmatrix}

    Value 163/180; unique (17, 1)/18 for rows and (1, 17)/18 for columns.

    Examples
    --------
    >>> round(180 * slow_regret_matching().known.value, 9)
    163.0

    Source
    ------
    N. Brown and T. Sandholm, Solving imperfect-information games via discounted regret minimization, 2018,
    arXiv:1809.04040.
    """
    known = solved(Fraction(1), Fraction(9, 10), Fraction(-7, 10), Fraction(1))
    return MatrixGame.from_payoffs([[1, 0.9], [-0.7, 1]], name="slow-regret-matching", known=known)


def random_uniform(n: int = 10, m: int = 10, seed: int = 0) -> MatrixGame:
    r"""Independent payoffs, uniform on [-1, 1]: the control with no structure.

    .. math:: P_{ij} \sim U(-1, 1)

    Value 0.092544018050455 for the default; `known` is None for others.

    Parameters
    ----------
    n, m : numbers of actions.
    seed : of `numpy.random.default_rng`, at least 0.

    Examples
    --------
    >>> random_uniform(2, 3, seed=1).shape
    (2, 3)

    Source
    ------
    The project's own control.
    """
    n, m, seed = whole("n", n, 1), whole("m", m, 1), whole("seed", seed)
    P = np.random.default_rng(seed).uniform(-1, 1, (n, m))
    # Solved in fractions on the support of an optimal basis; checked against every action.
    known = Known(0.09254401805045548, (), ()) if (n, m, seed) == (10, 10, 0) else None
    return MatrixGame.from_payoffs(P, name=f"random-uniform({n},{m},{seed})", known=known)


def literal(node: ast.expr) -> Any:
    """Return the value of a literal."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        raise ValueError(f"{ast.unparse(node)[:40]} is neither a number nor text in quotes") from None


def arguments(text: str) -> tuple[list[Any], dict[str, Any]]:
    """Return the literals in a bracketed list of arguments, by place and by name."""
    try:
        call = ast.parse(f"call{text}", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        missing = text.count("(") - text.count(")")
        which = "a closing" if missing > 0 else "an opening"
        raise ValueError(f"{which} bracket is missing" if missing else "the brackets hold no list of values") from None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise ValueError("expected nothing beside one pair of brackets")
    return [*map(literal, call.args)], {k.arg or "**": literal(k.value) for k in call.keywords}


def bound(option: str, function: Callable[..., Any], name: str, text: str) -> inspect.BoundArguments:
    """Return the bracketed arguments in a text, as a function takes them, or say what is wrong with them."""
    signature = inspect.signature(function)
    parameters = signature.parameters
    try:
        places, names = arguments(text)
        unknown = [key for key in names if key not in parameters]
        if unknown:
            raise ValueError(f"there is no parameter {unknown[0]}")
        several = any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
        if len(places) > len(parameters) and not several:
            raise ValueError(f"{len(places)} values are given, it takes {len(parameters)} at most")
        return signature.bind(*places, **names)
    except (TypeError, ValueError) as error:
        expected = f"{name}({', '.join(parameters)})"
        raise ValueError(f"`{option}` must fit {expected}; got {(name + text)[:80]!r}: {error}.") from None


def holds(name: str) -> bool:
    """Whether the zoo has a game of that name."""
    return key_of(name) in __all__


def key_of(name: str) -> str:
    """Return a name as `__all__` writes it."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def find(name: str) -> Any:
    """Return the game that a text names, with the arguments in its brackets or else its defaults.

    Parameters
    ----------
    name : one of `__all__`, with hyphens, blanks or capitals as you like; literals in brackets may follow.

    Raises
    ------
    ValueError : unknown name, or brackets that hold no arguments of the game.

    Examples
    --------
    >>> find("Rock-Paper-Scissors").shape, find("diagonal(1, 2, 3)").known.value == 6 / 11
    ((3, 3), True)
    """
    head, bracket, rest = name.strip().partition("(")
    key = key_of(head)
    if not key:
        raise ValueError(f"`name` must be a game of the zoo; got {name!r}, where the name is empty.")
    if key not in __all__:
        near = " or ".join(map(repr, difflib.get_close_matches(key, __all__)))
        hint = f"did you mean {near}?" if near else f"the zoo has {', '.join(__all__)}."
        raise ValueError(f"`name` must be a game of the zoo; got {name!r}: {hint}")
    game: Callable[..., Any] = globals()[key]
    given = bound("name", game, key, bracket + rest or "()")
    fingers = given.arguments.get("fingers")
    if isinstance(fingers, int):  # Morra: each shows one number and guesses another
        check_size("fingers", fingers**2, fingers**2)
    return game(*given.args, **given.kwargs)
