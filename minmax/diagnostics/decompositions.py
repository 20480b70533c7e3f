"""What a game is made of: a potential part, where play climbs, and a harmonic or cyclic part, where it goes round."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.games import MatrixGame

__all__ = ["Decomposition", "Ratings", "decompose", "elo_ratings", "hodge_ratings"]

ANTISYMMETRIC = 1e-9  # what a matrix may miss minus its transpose by, over its largest entry
LISTED = 8  # ratings that are printed
ELO = 400.0 / math.log(10.0)  # points of Elo in a unit of log odds


class Decomposition(NamedTuple):
    """A bimatrix game as the sum of three games, orthogonal to each other.

    Attributes
    ----------
    potential : (n, m) function that both players climb in the potential part.
    potential_part, harmonic_part, nonstrategic_part : pairs of payoff matrices, x's and y's.
    harmonic_share : of the energy of the strategic parts, 0 for a potential game, 1 for a harmonic one; nan for a game
        without choices that matter.
    """

    potential: np.ndarray
    potential_part: tuple[np.ndarray, np.ndarray]
    harmonic_part: tuple[np.ndarray, np.ndarray]
    nonstrategic_part: tuple[np.ndarray, np.ndarray]
    harmonic_share: float

    def __str__(self) -> str:
        if math.isnan(self.harmonic_share):
            return "nonstrategic: no player's choice matters to itself"
        share = 100.0 * self.harmonic_share
        return f"{share:.4g} % harmonic (goes round), {100.0 - share:.4g} % potential (players climb one function)"


def decompose(game: Any, other: Any = None) -> Decomposition:
    r"""Split a two-player game into its potential, harmonic and nonstrategic parts.

    With :math:`\Pi_i` taking off the mean over player i's actions, of which there are :math:`h_i`, the potential is
    :math:`\phi = (h_1 \Pi_1 + h_2 \Pi_2)^+ (h_1 \Pi_1 u^1 + h_2 \Pi_2 u^2)`, the potential part :math:`\Pi_i \phi`,
    the harmonic part :math:`\Pi_i (u^i - \phi)`; energies weigh player i by :math:`h_i`.

    Parameters
    ----------
    game : MatrixGame, or (n, m) payoffs of the row player.
    other : (n, m) payoffs of the column player; minus those of the row player where None.

    Examples
    --------
    >>> from minmax import zoo
    >>> decompose(zoo.matching_pennies()).harmonic_share, decompose([[3, 1], [2, 0]]).harmonic_share
    (1.0, 0.0)

    Source
    ------
    O. Candogan, I. Menache, A. Ozdaglar and P. Parrilo, Flows and decompositions of games, 2011, theorem 4.1.
    """
    if hasattr(game, "utilities") and not isinstance(game, MatrixGame):
        raise TypeError(f"`game` must be a MatrixGame or a matrix; got {type(game).__name__}.")
    first = np.asarray(game.payoffs(), dtype=np.float64) if isinstance(game, MatrixGame) else matrix_of("game", game)
    second = -first if other is None else matrix_of("other", other)
    if first.shape != second.shape:
        raise ValueError(f"`other` must have the shape of `game`, {first.shape}; got {second.shape}.")
    n, m = first.shape
    unit = max(float(np.abs(first).max()), float(np.abs(second).max())) or 1.0
    first, second = first / unit, second / unit  # rounding is told by it, and squares do not overflow
    rest = (np.broadcast_to(first.mean(0), first.shape), np.broadcast_to(second.mean(1)[:, None], first.shape))
    own = (first - rest[0], second - rest[1])
    # Centred both ways, both players see the cell; centred one way, the mover alone does.
    inner = [u - u.mean(0) - u.mean(1)[:, None] + u.mean() for u in own]
    rows, columns = own[0].mean(1)[:, None], own[1].mean(0)
    phi = (n * inner[0] + m * inner[1]) / (n + m) + rows + columns
    potential = (phi - phi.mean(0), phi - phi.mean(1)[:, None])
    harmonic = (own[0] - potential[0], own[1] - potential[1])
    energies = [n * float((u**2).sum()) + m * float((v**2).sum()) for u, v in (potential, harmonic)]
    total = sum(energies)
    share = energies[1] / total if total > 1e-28 else math.nan
    share = 0.0 if share < 1e-28 else share
    parts = [(unit * u, unit * v) for u, v in (potential, harmonic, rest)]
    return Decomposition(unit * phi, parts[0], parts[1], parts[2], share)


def matrix_of(name: str, value: Any) -> np.ndarray:
    """Return a finite float64 matrix."""
    held = _check.real_array(name, value, 2).astype(np.float64)
    _check.finite(name, held)
    return held


class Ratings(NamedTuple):
    """Ratings of the strategies of an antisymmetric game, and what they leave unexplained.

    Attributes
    ----------
    ratings : (n,) strengths, of mean zero: i gains about `ratings[i] - ratings[j]` against j.
    transitive_share, cyclic_share : parts of the energy of the matrix that ratings explain, and that go round.
    cyclic : (n, n) what goes round.
    """

    ratings: np.ndarray
    transitive_share: float
    cyclic_share: float
    cyclic: np.ndarray

    def __str__(self) -> str:
        order = np.argsort(-self.ratings)[:LISTED]
        listed = ", ".join(f"{i}: {self.ratings[i]:+.4g}" for i in order)
        more = ", ..." if self.ratings.size > LISTED else ""
        return f"{100.0 * self.cyclic_share:.4g} % cyclic; ratings {listed}{more}"


def hodge_ratings(A: Any, weights: Any = None) -> Ratings:
    """Return the ratings whose differences fit an antisymmetric matrix best, in squares.

    Parameters
    ----------
    A : (n, n) antisymmetric matrix, `A[i, j]` what i gains against j; or such a MatrixGame.
    weights : (n, n) symmetric, not negative, such as numbers of matches; all equal where None.

    Examples
    --------
    >>> found = hodge_ratings([[0, 1, 1], [-1, 0, 1], [-1, -1, 0]])
    >>> (3.0 * found.ratings).round().tolist()[::2], round(found.transitive_share, 6)
    ([2.0, -2.0], 0.888889)

    Source
    ------
    X. Jiang, L.-H. Lim, Y. Yao and Y. Ye, Statistical ranking and combinatorial Hodge theory, 2011; of games:
    D. Balduzzi et al., Open-ended learning in symmetric zero-sum games, 2019.
    """
    held = np.asarray(A.payoffs(), dtype=np.float64) if isinstance(A, MatrixGame) else matrix_of("A", A)
    top = float(np.abs(held).max(initial=0.0))
    if held.shape[0] != held.shape[1] or float(np.abs(held + held.T).max()) > ANTISYMMETRIC * max(top, 1e-300):
        raise ValueError("`A` must be antisymmetric, A = -A.T: what i gains against j is what j loses against i.")
    w = np.ones_like(held) if weights is None else matrix_of("weights", weights)
    if w.shape != held.shape or (w < 0.0).any() or np.abs(w - w.T).max() > ANTISYMMETRIC * max(float(w.max()), 1e-300):
        raise ValueError("`weights` must be a symmetric matrix of the shape of `A`, without negative entries.")
    w = w - np.diag(np.diag(w))
    laplacian = np.diag(w.sum(1)) - w
    ratings = np.linalg.lstsq(laplacian, (w * held).sum(1), rcond=None)[0]
    ratings = ratings - ratings.mean()
    fitted = ratings[:, None] - ratings[None, :]
    unit = top or 1.0
    energy = float((w * (held / unit) ** 2).sum())
    transitive = float((w * (fitted / unit) ** 2).sum()) / energy if energy > 0.0 else math.nan
    return Ratings(ratings, transitive, 1.0 - transitive, held - fitted)


def elo_ratings(P: Any, weights: Any = None) -> Ratings:
    """Return Elo ratings from probabilities of winning: `P[i, j]` near `1 / (1 + 10^((r_j - r_i) / 400))`.

    Ratings fit the log odds best in squares; what they leave is what no Elo can say, such as rock, paper, scissors.

    Parameters
    ----------
    P : (n, n) probabilities strictly between 0 and 1, `P[i, j] + P[j, i] = 1`.
    weights : as for `hodge_ratings`.

    Examples
    --------
    >>> elo_ratings([[0.5, 10 / 11], [1 / 11, 0.5]]).ratings.round(6).tolist()
    [200.0, -200.0]
    """
    held = matrix_of("P", P)
    if held.shape[0] != held.shape[1] or not ((held > 0.0) & (held < 1.0)).all():
        raise ValueError("`P` must be a square matrix of probabilities strictly between 0 and 1.")
    if np.abs(held + held.T - 1.0).max() > 1e-9:
        raise ValueError("`P` must satisfy P[i, j] + P[j, i] = 1: one of the two wins.")
    return hodge_ratings(ELO * (np.log(held) - np.log(held.T)), weights)
