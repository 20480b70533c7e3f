"""The linear saddle system of two players, of whom the one with a diagonal is eliminated first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Block", "System", "magnitude", "price"]


class Block(NamedTuple):
    """One player's part of a system, in its free coordinates.

    Attributes
    ----------
    own : (n, n) curvature of a matrix form; None without one.
    diagonal : (n,) the rest of its curvature, nowhere negative.
    normals : (n, k) of the planes that it stays in.
    soft : (k,) how far a plane gives way to its multiplier: nothing, for one that is a constraint.
    """

    own: np.ndarray | None
    diagonal: np.ndarray
    normals: np.ndarray
    soft: np.ndarray


def magnitude(game: Any) -> float:
    """Return the size of a quadratic game's coefficients, which regularisations are in units of."""
    return max(game.coupling.largest, *game.curvatures) or 1.0


def price(sizes: Sequence[int], forms: Sequence[Any]) -> float:
    """Return the multiplications that a system of two blocks takes, whose players have these forms of their own."""
    owned = [form.kind == "matrix" for form in forms]
    if all(owned):
        return float(sum(sizes)) ** 3 / 3.0
    left = min(other for other, own in zip(sizes[::-1], owned) if not own)
    return float(left) ** 2 * (sum(sizes) - left) / 2.0 + float(left) ** 3 / 6.0


class System:
    """Factorised equations of two blocks x and y with the coupling B between them.

        (own_x + diagonal_x) x + B y  + normals_x m = right_x        normals_x'x - soft_x m = planes_x
        (own_y + diagonal_y) y - B'x  + normals_y w = right_y        normals_y'y - soft_y w = planes_y

    Coordinates of one player whose own curvature is diagonal and above `enough` are eliminated: what is factorised is
    about as large as the other player.  Where that leaves a definite block and a few planes it is Cholesky's factors,
    else those of the whole symmetric matrix.

    `light`, a copy of B in single precision, is factorised in its place: in half the time, for directions good to a few
    digits.
    """

    def __init__(self, x: Block, y: Block, B: np.ndarray, enough: float, light: np.ndarray | None = None) -> None:
        weighty = [
            block.diagonal > enough if block.own is None else np.zeros(block.diagonal.size, dtype=bool)
            for block in (x, y)
        ]
        self.swapped = bool(weighty[0].sum() > weighty[1].sum())
        one, other = (y, x) if self.swapped else (x, y)
        B = -B.T if self.swapped else B
        gone = weighty[0 if self.swapped else 1]
        # Slices where everything goes: no copies of the coupling.
        self.gone: Any
        self.kept: Any
        self.gone, self.kept = (slice(None), slice(0)) if gone.all() else (gone, ~gone)
        self.size = other.diagonal.size
        self.share = 1.0 / other.diagonal[self.gone]
        self.coupling, self.normals = B[:, self.gone], other.normals[self.gone]
        weighted = self.share[:, None] * self.normals
        cross = np.hstack([one.normals, -self.coupling @ weighted])
        corner = np.diag(np.concatenate([-one.soft, other.soft]))
        if other.soft.size:
            corner[one.soft.size :, one.soft.size :] += self.normals.T @ weighted
        rows = self.coupling
        if light is not None and gone.all():
            rows = light.T if self.swapped else light
        K = gram(rows * np.sqrt(self.share).astype(rows.dtype))
        if one.own is not None:
            K += one.own
        K.flat[:: K.shape[0] + 1] += one.diagonal
        self.factor: Any = None
        if gone.all() and K.size:
            self.factor = Definite.of(K, cross, corner)
        if self.factor is None:
            rest = -np.diag(other.diagonal[self.kept])
            if other.own is not None:
                rest -= other.own[self.kept][:, self.kept]
            planes = np.hstack([np.zeros((rest.shape[0], one.soft.size)), -other.normals[self.kept]])
            coupling = B[:, self.kept]
            mirrored = np.tril(K) + np.tril(K, -1).T
            self.factor = Whole(
                np.block([[mirrored, coupling, cross], [coupling.T, rest, planes], [cross.T, planes.T, corner]])
            )
        edges = np.cumsum([K.shape[0], self.size - self.share.size, one.soft.size])
        self.edges = tuple(edges.tolist())

    def solve(self, x: tuple[np.ndarray, np.ndarray], y: tuple[np.ndarray, np.ndarray]) -> Any:
        """Return x and y with their multipliers, from each one's right-hand sides `(right, planes)`."""
        (right, planes), (other, others) = (y, x) if self.swapped else (x, y)
        push = self.share * other[self.gone]
        # The equations of what is kept of the other, and of its planes, with their signs turned: all is symmetric.
        sides = (right - self.coupling @ push, -other[self.kept], planes, self.normals.T @ push - others)
        found = self.factor.solve(np.concatenate(sides))
        a, b, c = self.edges
        p, q, m, w = found[:a], found[a:b], found[b:c], found[c:]
        moved = np.empty(self.size)
        moved[self.kept] = q
        moved[self.gone] = push + self.share * (p @ self.coupling - self.normals @ w)
        pair = ((p, m), (moved, w))
        return pair[::-1] if self.swapped else pair


def gram(B: np.ndarray) -> np.ndarray:
    """Return `B B'`, its lower triangle only."""
    from scipy.linalg.blas import get_blas_funcs

    if B.size == 0:
        return np.zeros((B.shape[0], B.shape[0]))
    syrk = get_blas_funcs("syrk", (B,))
    # The transpose of a C-ordered array is what BLAS calls one.
    return np.asarray(syrk(1.0, B.T, trans=1, lower=1) if B.flags.c_contiguous else syrk(1.0, B, lower=1))


class Definite:
    """A definite matrix, of which the lower triangle is given, beside a few planes: Cholesky and a small remainder."""

    def __init__(self, L: np.ndarray, cross: np.ndarray, corner: np.ndarray) -> None:
        from scipy.linalg.lapack import get_lapack_funcs

        self.L, self.cross, self.solver = L, cross, get_lapack_funcs("potrs", (L,))
        self.pulled = self.under(cross)
        self.rest = np.linalg.inv(corner - cross.T @ self.pulled)

    @classmethod
    def of(cls, K: np.ndarray, cross: np.ndarray, corner: np.ndarray) -> Definite | None:
        """Return the factors; None where rounding has left the matrix indefinite, or the planes dependent."""
        from scipy.linalg.lapack import get_lapack_funcs

        L, failed = get_lapack_funcs("potrf", (K,))(K, lower=1, clean=0)
        try:
            return None if failed else cls(L, cross, corner)
        except np.linalg.LinAlgError:
            return None

    def under(self, right: np.ndarray) -> np.ndarray:
        """Solve with the definite matrix alone."""
        return np.asarray(self.solver(self.L, right.astype(self.L.dtype, copy=False), lower=1)[0], dtype=np.float64)

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Solve the whole system."""
        n = self.L.shape[0]
        first = self.under(right[:n])
        planes = self.rest @ (right[n:] - self.cross.T @ first)
        return np.concatenate([first - self.pulled @ planes, planes])


class Whole:
    """A symmetric matrix, its rows and columns brought to one size, factorised as a general one."""

    def __init__(self, M: np.ndarray) -> None:
        from scipy.linalg import lapack

        # Barriers, entropies and spheres bend by many orders of magnitude.
        self.size = np.sqrt(np.maximum(abs(M).max(1, initial=0.0), np.finfo(np.float64).tiny))
        self.factor = lapack.dgetrf(M / self.size[:, None] / self.size)[:2] if M.size else None

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Solve the whole system; not finite where it is singular."""
        from scipy.linalg import lapack

        if self.factor is None:
            return right
        with np.errstate(all="ignore"):
            return np.asarray(lapack.dgetrs(*self.factor, right / self.size)[0]) / self.size
