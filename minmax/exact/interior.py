"""Primal-dual interior points: for dense matrix games here, for other quadratic games in `central.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from minmax.exact.answer import Answer, Basis, late, polished, settled, unit_gap, unit_losses
from minmax.exact.central import BACKOFF, CORRECTORS, GAIN, GROWTH, central, shift
from minmax.games.matrix import MatrixGame
from minmax.games.quadratic import BilinearGame, QuadraticGame

__all__ = ["InteriorPoint"]

STEPS = 100  # iterations at most; random games take 10 to 15 whatever their size
SHIFT = 1e-15  # of the largest diagonal entry, where a factorisation has failed; a hundred times more each time
POLISH = 1e-4  # gap, in units of the spread, below which the block of the support is tried
MIXED = 0.1  # share of the uniform strategy in a warm start
LEAST_MARGIN = 2e-3  # where strategies make no difference the slacks still need a size
MARGIN = 0.3  # its bounds are moved off by this much of its gap


class Point(NamedTuple):
    """Strategies x and y, bounds v and w on the value, and the slacks `s = v - B'x` and `r = By - w`, all positive."""

    x: np.ndarray
    y: np.ndarray
    r: np.ndarray
    s: np.ndarray
    v: float
    w: float

    @property
    def gap(self) -> float:
        return self.v - self.w

    @property
    def mu(self) -> float:
        """Mean complementarity product."""
        return float(self.x @ self.r + self.y @ self.s) / (self.x.size + self.y.size)


@dataclass(frozen=True)
class InteriorPoint:
    """Exact method: a primal-dual interior point with several correctors, for games of up to thousands of actions.

    It takes matrix games, and bilinear and quadratic games with entries on bounds, sums and Euclidean balls: `Simplex`,
    `CappedSimplex`, `Box`, `Orthant`, `Free`, `Ball` (not of norm 1), their products, and the term `SquaredNorm`.

    On a matrix game with x's losses B it follows the central path `x r = y s = mu` of

        min v - w  with  s = v - B'x >= 0,  r = By - w >= 0,  x and y on their simplices.

    A pair of strategies always has such v and w, so each iterate certifies `v - w`.  A step costs the
    normal equations `B D B' + E`, of the size of the smaller side, one factorisation and a few products.  When the
    supports that the slacks point to give an equilibrium, it ends there, with errors of rounding only.

    On other games its points are feasible and their multipliers become so.  A step factorises a system of the size of
    one player where the other has no matrix form of its own, of both else.

    Guarantee
    ---------
    None of a rate for predictor-corrector steps; 8 to 15 iterations on random games of any size.

    Source
    ------
    S. Mehrotra, On the implementation of a primal-dual interior point method, 1992; J. Gondzio, Multiple centrality
    corrections in a primal-dual method for linear programming, 1996.
    """

    games: ClassVar[tuple[Any, ...]] = (MatrixGame, BilinearGame, QuadraticGame)

    def fits(self, game: Any) -> bool:
        """Whether the game has entries, and domains with walls."""
        if not isinstance(game, self.games) or game.coupling.kind == "operator":
            return False
        return isinstance(game, MatrixGame) or all(domain.walls() is not None for domain in game.domains)

    def answer(self, game: Any, tol: float = 1e-9, deadline: float | None = None, near: Any = None) -> Answer:
        """Return an equilibrium of a game with entries, to `tol` times its scale.

        Parameters
        ----------
        near : a pair of strategies of small gap to start a matrix game from, which saves iterations.
        """
        if not self.fits(game):
            names = " and ".join(type(domain).__name__ for domain in game.domains)
            raise ValueError(
                "InteriorPoint needs bounds, sums and Euclidean balls, and a coupling with entries; use a dynamics, or "
                f"Conic(), for {names}."
            )
        if not isinstance(game, MatrixGame):
            return central(game, tol, deadline)
        B = unit_losses(game)
        flipped = B.shape[0] > B.shape[1]
        if flipped:  # the smaller side carries the equations: players change places, gains are losses
            B = np.ascontiguousarray(3.0 - B.T)
        point, steps = start(B, near[::-1] if flipped and near is not None else near), 0
        factor = Factor(B)
        best, found = (point.x, point.y), False
        while steps < STEPS and not late(deadline):
            if point.gap <= POLISH:
                best, found = finished(B, point, tol)
            if found or point.gap <= tol / 4:
                break
            moved = step(B, factor, point)
            if moved is None:
                break
            point, steps = moved, steps + 1
        if not found:
            best = better(B, best, (point.x, point.y))
        rows, columns = supports(point)
        pair = best[::-1] if flipped else best
        basis, unique = None, None
        if found and rows.size == columns.size:
            basis, unique = settled(B, best, rows, columns)
            basis = Basis(*basis[::-1]) if flipped else basis
        ended_late = not found and point.gap > tol and late(deadline)
        return Answer(pair, late=ended_late, iterations=steps, calls=float(factor.products), basis=basis, unique=unique)


def start(B: np.ndarray, near: Any = None) -> Point:
    """Return strategies inside their simplices, with slacks about as large as they vary.

    Uniform ones, or a pair of small gap mixed with them.
    """
    n, m = B.shape
    x, y = np.full(n, 1.0 / n), np.full(m, 1.0 / m)
    if near is not None:
        x, y = MIXED * x + (1.0 - MIXED) * near[0], MIXED * y + (1.0 - MIXED) * near[1]
    by_row, by_column = B @ y, x @ B
    high, low = float(by_column.max()), float(by_row.min())
    margin = 2.0 * max(float(by_row.std()), float(by_column.std())) if near is None else MARGIN * (high - low)
    v, w = high + max(margin, LEAST_MARGIN), low - max(margin, LEAST_MARGIN)
    return Point(x, y, by_row - w, v - by_column, v, w)


def supports(point: Point) -> tuple[np.ndarray, np.ndarray]:
    """Return the actions whose probability exceeds their slack: on the central path, those of the limit."""
    return np.flatnonzero(point.x > point.r), np.flatnonzero(point.y > point.s)


def better(B: np.ndarray, one: Any, other: Any) -> Any:
    """Return the pair with the smaller gap."""
    return one if unit_gap(B, one) < unit_gap(B, other) else other


def finished(B: np.ndarray, point: Point, tol: float) -> tuple[Any, bool]:
    """Return the pair on the block of the supports, and whether it is an equilibrium to rounding or to `tol`."""
    pair = (point.x, point.y)
    rows, columns = supports(point)
    if rows.size != columns.size and point.gap > tol:
        return pair, False
    sharp = polished(B, pair, rows, columns)
    return sharp, sharp is not pair and unit_gap(B, sharp) <= tol / 4


class Factor:
    """The normal equations `B D B' + E` at a point, factorised, and solutions of the Newton system through them."""

    def __init__(self, B: np.ndarray) -> None:
        self.B = B
        self.products = 0

    def at(self, point: Point) -> bool:
        """Factorise at a point; return whether that went well."""
        from scipy.linalg import blas, lapack

        self.point = point
        D = point.y / point.s
        # The transpose of a C-ordered array is what BLAS calls one; only the lower triangle is formed.
        M = blas.dsyrk(1.0, (self.B * np.sqrt(D)).T, trans=1, lower=1)
        M.flat[:: M.shape[0] + 1] += point.r / point.x
        # Near the end, on games with many equilibria, M is singular to rounding: a shift too small to matter helps.
        self.L, info = lapack.dpotrf(M, lower=1)
        shift = SHIFT * float(M.diagonal().max())
        while info and np.isfinite(shift) and shift < M.diagonal().max():
            M.flat[:: M.shape[0] + 1] += shift
            self.L, info = lapack.dpotrf(M, lower=1)
            shift *= 100.0
        if info:
            return False
        self.weights = self.B @ D
        self.ones, self.pull = self.solve(np.ones(M.shape[0])), self.solve(self.weights)
        self.small = np.array(
            [
                [self.ones.sum(), self.pull.sum()],
                [self.weights @ self.ones, self.weights @ self.pull - D.sum()],
            ]
        )
        self.products += 1
        return bool(np.isfinite(self.small).all())

    def solve(self, b: np.ndarray) -> np.ndarray:
        """Solve the factorised equations."""
        from scipy.linalg import lapack

        return lapack.dpotrs(self.L, b, lower=1)[0]

    def direction(self, cx: np.ndarray, cy: np.ndarray) -> Point:
        """Return the Newton step to `x r + cx` and `y s + cy`, which keeps both pairs of equations."""
        x, y, _, s = self.point[:4]
        q = self.solve(cx / x - self.B @ (cy / s))
        dw, dv = np.linalg.solve(self.small, [-q.sum(), -(cy / s).sum() - self.weights @ q])
        dx = q + dw * self.ones + dv * self.pull
        moved = dx @ self.B
        dy = (cy + y * (moved - dv)) / s
        self.products += 1
        return Point(dx, dy, self.B @ dy - dw, dv - moved, dv, dw)


def reach(point: Point, step: Point) -> tuple[float, float]:
    """Return how far x, s and v may go along the step, and how far y, r and w, before one leaves its domain."""
    ways = []
    for p, d in ((point.x, step.x), (point.s, step.s), (point.y, step.y), (point.r, step.r)):
        falling = d < 0
        ways.append(float((p[falling] / -d[falling]).min(initial=1.0)))
    return min(ways[0], ways[1]), min(ways[2], ways[3])


def products(point: Point, step: Point, a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the complementarity products x r and y s after a step of lengths a and b."""
    return (
        (point.x + a * step.x) * (point.r + b * step.r),
        (point.y + b * step.y) * (point.s + a * step.s),
    )


def step(B: np.ndarray, factor: Factor, point: Point) -> Point | None:
    """Return the next point: Mehrotra's predictor and corrector, then Gondzio's corrections; None where none moves."""
    if not factor.at(point):
        return None
    predicted = factor.direction(-point.x * point.r, -point.y * point.s)
    xr, ys = products(point, predicted, *reach(point, predicted))
    mu = point.mu
    target = mu * (float(xr.sum() + ys.sum()) / (xr.size + ys.size) / mu) ** 3
    cx = target - point.x * point.r - predicted.x * predicted.r
    cy = target - point.y * point.s - predicted.y * predicted.s
    chosen = factor.direction(cx, cy)
    a, b = reach(point, chosen)
    for _ in range(CORRECTORS):
        longer = (min(1.0, GROWTH[0] * length + GROWTH[1]) for length in (a, b))
        shifts = [shift(p, target) for p in products(point, chosen, *longer)]
        trial = factor.direction(cx + shifts[0], cy + shifts[1])
        a2, b2 = reach(point, trial)
        if a2 + b2 < a + b + GAIN:
            break
        chosen, a, b, cx, cy = trial, a2, b2, cx + shifts[0], cy + shifts[1]
    if not a + b > 1e-8:
        return None
    return moved(B, point, chosen, BACKOFF * a, BACKOFF * b)


def moved(B: np.ndarray, point: Point, step: Point, a: float, b: float) -> Point | None:
    """Return the point after a step, its slacks computed afresh where rounding has left them their sign."""
    x, y = point.x + a * step.x, point.y + b * step.y
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    x, y = x / x.sum(), y / y.sum()
    v, w = point.v + a * step.v, point.w + b * step.w
    r, s = B @ y - w, v - x @ B
    r_before, s_before = point.r + b * step.r, point.s + a * step.s
    return Point(x, y, np.where(r > r_before / 2, r, r_before), np.where(s > s_before / 2, s, s_before), v, w)
