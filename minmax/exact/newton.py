"""Saddle points of quadratic games on polyhedral sets by Newton's method on the active constraints."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from minmax.exact.answer import Answer, late
from minmax.games.quadratic import BilinearGame, QuadraticGame
from minmax.games.saddle import length, step

__all__ = ["ActiveSet"]

STEPS = 40  # changes of the face before the start is called too far off
HALVINGS = 12  # of a step that does not bring the residual down
AT_LEAST, FLOPS = 5, 1e10  # solves that a try needs to be worth its while, and operations a second of a small machine
REGULAR = 1e-10  # weight of the last point, over the operator's norm: keeps systems regular, moves nothing


@dataclass(frozen=True)
class ActiveSet:
    r"""Semismooth Newton on the proximal fixed point `z = P(z - F(z) / L)` of a bilinear or quadratic game.

    The face that the projection ends on is held, the linear saddle system on it is solved, and the face is looked at
    again; from a start whose face is right one solve is exact.  For `Simplex`, `CappedSimplex`, `Box`, `Orthant`,
    `Free`, their products, and the terms `SquaredNorm` and `L1`; dense or sparse couplings, solved densely.  It starts
    from `start`, best a rough solution, or from the centres.  Where f is strongly convex-concave it seldom fails from
    there; on bilinear games it succeeds where the face is nearly right.

    Parameters
    ----------
    steps : solves at most.

    Examples
    --------
    >>> from minmax import QuadraticGame, Simplex, solve
    >>> game = QuadraticGame(2.0, [[0.0, -2.0, 0.0], [0.0, 0.0, -2.0]], None, Y=Simplex(3), c=[0.0, -1.0, -1.0])
    >>> solve(game, ActiveSet(), tol=1e-12).x
    array([0.5, 0.5])

    Source
    ------
    L. Qi and J. Sun, A nonsmooth version of Newton's method, 1993; identification of the face by projected steps:
    J. Burke and J. More, On the identification of active constraints, 1988.
    """

    steps: int = STEPS
    games: ClassVar[tuple[Any, ...]] = (BilinearGame, QuadraticGame)
    warm: ClassVar[bool] = True

    def fits(self, game: Any) -> bool:
        """Whether the game has domains whose faces are known, and entries to make a system of."""
        if not isinstance(game, self.games) or game.coupling.kind == "operator":
            return False
        return all(domain.face(domain.centre(), 1.0) is not None for domain in game.domains)

    def answer(self, game: Any, tol: float, deadline: float | None, near: Any = None) -> Answer:
        """Return the best pair met, from the centres or from a pair that is near a saddle."""
        if not self.fits(game):
            raise ValueError(
                "ActiveSet needs polyhedral domains and a coupling with entries; use a dynamics, or Conic(), for "
                f"{type(game.X).__name__} and {type(game.Y).__name__}."
            )
        eta = 1.0 / (game.norm or 1.0)
        z = tuple(d.centre() for d in game.domains) if near is None else near
        gradients = game.gradients(*z)
        size = residual(game, z, gradients, eta)
        best, width, calls, count = None, math.inf, 1.0, 0
        while count < self.steps and not late(deadline):
            count += 1
            faces = [d.face(p - sign * eta * g, eta) for d, p, g, sign in parts(game, z, gradients)]
            if not affordable(faces, deadline):
                return Answer(best, late=True, iterations=count - 1, calls=calls)
            solved = on_faces(game, z, faces)
            if solved is None:
                break
            share = 1.0
            for _ in range(HALVINGS):
                trial = tuple(p + share * (q - p) for p, q in zip(z, solved))
                gradients = game.gradients(*trial)
                calls += 1.0
                new = residual(game, trial, gradients, eta)
                if new <= (1.0 - 0.01 * share) * size:
                    break
                share /= 2.0
            pair = tuple(d.project(p) for d, p in zip(game.domains, trial))
            found = game.score(*pair).relative_gap
            if found < width:
                best, width = pair, found
            if found <= tol or not new < size:
                break
            z, size = trial, new
        return Answer(best, late=late(deadline), iterations=count, calls=calls)


def affordable(faces: Any, deadline: float | None) -> bool:
    """Whether a few solves on faces of this size fit before the deadline."""
    if deadline is None:
        return True
    flops = 2.0 / 3.0 * float(sum(int(face.free.sum()) for face in faces)) ** 3
    return time.perf_counter() + AT_LEAST * flops / FLOPS <= deadline


def parts(game: Any, z: Any, gradients: Any) -> Iterator[tuple[Any, np.ndarray, np.ndarray, float]]:
    """Yield each player's domain, point, gradient, and the sign of the gradient in the operator."""
    return zip(game.domains, z, gradients, (1.0, -1.0))


def residual(game: Any, z: Any, gradients: Any, eta: float) -> float:
    """Return the length of the proximal step from z."""
    moves = [step(d, p, -sign * g, eta) - p for d, p, g, sign in parts(game, z, gradients)]
    return length(*moves)


def on_faces(game: Any, z: Any, faces: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the saddle of the game along two faces, drawn a little to the last point; None where none is found."""
    (P, Q), (fx, fy) = game.forms, faces
    S, T = np.flatnonzero(fx.free), np.flatnonzero(fy.free)
    x0, y0 = np.where(fx.free, 0.0, fx.point), np.where(fy.free, 0.0, fy.point)
    # Gradients with the free coordinates at zero: the right-hand sides.
    by_x, by_y = game.gradients(x0, y0)
    pull = REGULAR * (game.norm or 1.0)
    block = game.coupling.block(S, T)
    upper = P.block(S) + np.diag(fx.weight[S] + pull)
    lower = Q.block(T) + np.diag(fy.weight[T] + pull)
    sums_x, sums_y = sums(fx, S), sums(fy, T)
    s, t, g, h = S.size, T.size, sums_x.shape[1], sums_y.shape[1]
    M = np.zeros((s + t + g + h, s + t + g + h))
    M[:s, :s], M[:s, s : s + t] = upper, block
    M[s : s + t, :s], M[s : s + t, s : s + t] = block.T, -lower
    M[:s, s + t : s + t + g] = sums_x
    M[s + t : s + t + g, :s] = sums_x.T
    M[s : s + t, s + t + g :] = sums_y
    M[s + t + g :, s : s + t] = sums_y.T
    right = np.concatenate(
        [
            -by_x[S] - fx.slope[S] + pull * z[0][S],
            -by_y[T] + fy.slope[T] - pull * z[1][T],
            sums_x.T @ fx.point[S],
            sums_y.T @ fy.point[T],
        ]
    )
    try:
        found = np.linalg.solve(M, right)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(found).all():
        return None
    x0[S], y0[T] = found[:s], found[s : s + t]
    return x0, y0


def sums(face: Any, free: np.ndarray) -> np.ndarray:
    """Return one column of ones for each fixed sum that has free coordinates."""
    groups = face.groups[free]
    names = np.unique(groups[groups >= 0])
    return (groups[:, None] == names).astype(np.float64)
