"""Cone programs `min s'Ps / 2 + q's  subject to  A s + k = b, k in K`: projection on K, and Newton's method from it."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax.domains.exponential import exponential_projection, exponential_slope

__all__ = ["Block", "ConeProgram", "blocks_of"]

STEPS = 20  # Newton finds the constraints that bind in a few steps; the bound only ends a loop that goes nowhere
MET = 1e-11  # what a condition of optimality may be missed by, over the size of its data
STUCK = 1e-9  # the same where a step no longer halves it: rounding then is all that is left
REGULAR = 1e-9  # added to the diagonal, so that dependent constraints leave a system that can be solved
DENSE = 250_000  # entries of derivatives beyond which Newton's steps cost more than they give


class Block(NamedTuple):
    """A cone of the product K, or several of one kind, and its rows.

    The kinds are "zero", "nonnegative", "second-order", "semidefinite" and "exponential".  A semidefinite block of
    `side` rows is stored as its upper triangle, column by column, off-diagonal entries times the square root of two;
    an exponential one is as many cones as it has triples.
    """

    kind: str
    rows: slice
    side: int = 0

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.rows.stop - self.rows.start

    @property
    def width(self) -> int:
        """Rows of a diagonal block of the projection's derivative."""
        return {"zero": 1, "nonnegative": 1, "exponential": 3}.get(self.kind, self.size)

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and columns of the entries that `slope` returns."""
        at = np.arange(self.rows.start, self.rows.stop)
        return np.repeat(at, self.width), np.repeat(at.reshape(-1, self.width), self.width, axis=0).ravel()


def blocks_of(dims: Any) -> tuple[Block, ...] | None:
    """Return the cones that cvxpy's record of their sizes names; None where one is of another kind, or too large."""
    if dims.p3d or getattr(dims, "pnd", None):
        return None
    sizes = [("zero", int(dims.zero), 0), ("nonnegative", int(dims.nonneg), 0)]
    sizes += [("second-order", int(size), 0) for size in dims.soc]
    sizes += [("semidefinite", side * (side + 1) // 2, int(side)) for side in dims.psd]
    sizes += [("exponential", 3 * int(dims.exp), 0)]
    ends = np.cumsum([0, *(size for _, size, _ in sizes)]).tolist()
    blocks = tuple(Block(kind, slice(start, end), side) for (kind, _, side), start, end in zip(sizes, ends, ends[1:]))
    return blocks if sum(block.size * block.width for block in blocks if block.width > 3) <= DENSE else None


class ConeProgram:
    """The numbers of a cone program but for q, which changes from call to call, and the way to sharpen a solution.

    Parameters
    ----------
    P, A : scipy sparse matrices.
    b : right-hand side.
    blocks : the cones of K, in order; None where one of them has no projection here, and nothing can be sharpened.
    """

    def __init__(self, P: Any, A: Any, b: np.ndarray, blocks: tuple[Block, ...] | None) -> None:
        self.P, self.A, self.b, self.blocks = P, A, b, blocks

    def sharpened(self, q: np.ndarray, s: np.ndarray, k: np.ndarray, z: np.ndarray) -> tuple[Any, Any, float]:
        """Return variables and multipliers at least as close to the optimum, and by how much they miss optimality.

        With `w = k - z` the conditions `k in K, z in K*, k'z = 0` say that `k` is the projection of w on K, so that
        the optimum is a root of `(P s + q + A'(proj(w) - w), A s + proj(w) - b)`.  Where an interior point method
        stops, a constraint that binds without a price is off by the square root of its tolerance; Newton's method on
        the root takes it as binding or not, and both give the same point.

        Parameters
        ----------
        q : linear term.
        s, k, z : variables, slacks and multipliers near the optimum.

        Source
        ------
        A. Ali, E. Wong and J. Z. Kolter, A semismooth Newton method for fast, generic convex programming, 2017,
        arXiv:1705.00772.
        """
        if self.blocks is None:
            return s, z, np.inf
        sizes = 1.0 + abs(np.concatenate([q, self.b]))
        w, best, price, least = k - z, s, z, np.inf
        for _ in range(STEPS):
            nearest = projection(self.blocks, w)
            misses = np.concatenate([self.P @ s + q + self.A.T @ (nearest - w), self.A @ s + nearest - self.b])
            miss = float((abs(misses) / sizes).max())
            stuck = least <= STUCK and miss > 0.5 * least
            if miss < least:
                best, price, least = s, nearest - w, miss
            if least <= MET or stuck or not np.isfinite(miss):
                break
            step = self.newton(w, misses)
            s, w = s + step[: s.size], w + step[s.size :]
        return best, price, least

    def slack(self, q: np.ndarray, s: np.ndarray, z: np.ndarray) -> float:
        """Return by how much the optimum may be below the value of s, as far as multipliers z in K* prove it."""
        bent = self.P @ s
        off = bent + q + self.A.T @ z
        return float(abs(s @ (bent + q) + self.b @ z) + abs(off).sum() * abs(s).max(initial=1.0))

    def newton(self, w: np.ndarray, misses: np.ndarray) -> np.ndarray:
        """Return the step in (s, w) that a derivative of the conditions asks for; not a number where it has none.

        With D the derivative of the projection and `dz = (D - I) dw`, nothing needs to be multiplied out:
        `P ds + A' dz`, `A ds + D dw` and `(D - I) dw - dz` are sparse as they stand.
        """
        from scipy.sparse import csc_matrix
        from scipy.sparse.linalg import splu

        n, m = self.A.shape[1], w.size
        slopes = np.concatenate([slope(block, w[block.rows]).ravel() for block in self.blocks or ()])
        known, rows, columns, diagonal = self.pattern
        data = np.concatenate([known, slopes, slopes - diagonal])
        system = csc_matrix((data, (rows, columns)), shape=(n + 2 * m, n + 2 * m))
        try:
            step = splu(system).solve(np.concatenate([-misses, np.zeros(m)]))
        except RuntimeError:  # what scipy raises for a matrix that is singular
            return np.full(n + m, np.nan)
        return np.asarray(step[: n + m])

    @cached_property
    def pattern(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Entries of Newton's system that stay, rows and columns of all, and where D has its diagonal."""
        from scipy.sparse import coo_matrix, eye

        n, m = self.A.shape[1], self.A.shape[0]
        P, A, w = coo_matrix(self.P), coo_matrix(self.A), n + np.arange(m)
        own = coo_matrix(REGULAR * eye(n + m))
        at = [block.places() for block in self.blocks or ()]
        down, across = (np.concatenate(part) for part in zip(*at))
        known = np.concatenate([P.data, A.data, A.data, own.data, np.full(m, -1.0)])
        rows = np.concatenate([P.row, A.col, n + A.row, own.row, w + m, n + down, n + m + down])
        columns = np.concatenate([P.col, n + m + A.row, A.col, own.col, w + m, n + across, n + across])
        return known, rows, columns, (down == across) * 1.0


def projection(blocks: tuple[Block, ...], w: np.ndarray) -> np.ndarray:
    """Return the nearest point of K."""
    nearest = np.zeros_like(w)
    for block in blocks:
        v = w[block.rows]
        if block.kind == "nonnegative":
            nearest[block.rows] = np.maximum(v, 0.0)
        elif block.kind == "second-order":
            size = float(np.linalg.norm(v[1:]))
            if size <= v[0]:
                nearest[block.rows] = v
            elif size > -v[0]:
                half = (v[0] + size) / 2.0
                nearest[block.rows] = np.concatenate([[half], half / size * v[1:]])
        elif block.kind == "semidefinite":
            values, vectors = np.linalg.eigh(matrix_of(block.side, v))
            nearest[block.rows] = triangle_of((vectors * np.maximum(values, 0.0)) @ vectors.T)
        elif block.kind == "exponential":
            nearest[block.rows] = exponential_projection(v.reshape(-1, 3)).ravel()
    return nearest


def slope(block: Block, v: np.ndarray) -> np.ndarray:
    """Return a derivative of the projection: its diagonal blocks of `block.width` rows, one after the other."""
    if block.kind == "zero":
        return np.zeros(v.size)
    if block.kind == "nonnegative":
        return (v > 0.0) * 1.0
    if block.kind == "exponential":
        return exponential_slope(v.reshape(-1, 3))
    return second_order_slope(v) if block.kind == "second-order" else semidefinite_slope(block.side, v)


def second_order_slope(v: np.ndarray) -> np.ndarray:
    """Return a derivative of the projection on the cone `|v[1:]| <= v[0]`."""
    size = float(np.linalg.norm(v[1:]))
    if size <= v[0]:
        return np.eye(v.size)
    if size <= -v[0]:
        return np.zeros((v.size, v.size))
    unit = np.concatenate([[1.0], v[1:] / size])
    bent = 0.5 * (1.0 + v[0] / size)
    rest = np.outer(unit, unit) / 2.0
    rest[1:, 1:] += bent * (np.eye(v.size - 1) - np.outer(unit[1:], unit[1:]))
    return rest


def semidefinite_slope(side: int, v: np.ndarray) -> np.ndarray:
    """Return a derivative of the projection on the semidefinite cone, in the coordinates of the triangle."""
    values, vectors = np.linalg.eigh(matrix_of(side, v))
    positive = np.maximum(values, 0.0)
    apart = values[:, None] - values
    tied = abs(apart) < 1e-300
    ratio = np.where(tied, (values > 0.0) * 1.0, (positive[:, None] - positive) / np.where(tied, 1.0, apart))
    turned = [vectors.T @ matrix_of(side, unit) @ vectors for unit in np.eye(v.size)]
    flat = np.array(turned).reshape(v.size, -1)
    return (flat * ratio.ravel()) @ flat.T


def matrix_of(side: int, v: np.ndarray) -> np.ndarray:
    """Return the symmetric matrix that a triangle stands for."""
    columns, rows = np.tril_indices(side)
    matrix = np.empty((side, side))
    matrix[rows, columns] = matrix[columns, rows] = v * np.where(rows == columns, 1.0, np.sqrt(0.5))
    return matrix


def triangle_of(matrix: np.ndarray) -> np.ndarray:
    """Return the triangle that stands for a symmetric matrix."""
    columns, rows = np.tril_indices(matrix.shape[0])
    return matrix[rows, columns] * np.where(rows == columns, 1.0, np.sqrt(2.0))
