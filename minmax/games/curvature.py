"""The quadratic form `x'Px / 2` of one player: nothing, a diagonal, or a symmetric matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.domains import Box, Free, Orthant
from minmax.domains.terms import SquaredNorm
from minmax.games.coupling import coupling
from minmax.games.products import add_dot

__all__ = ["Curvature", "curvature"]

SYMMETRIC = 1e-10  # what a matrix may miss its transpose by, over its largest entry
DEFINITE = 1e-12  # an eigenvalue above this part of the largest is positive
FLAT_SIZE = 1500  # rows up to which all eigenvalues are computed


class Size(NamedTuple):
    n: int


class Flat(Size):
    """Kernel record of no form at all."""

    __slots__ = ()

    def bend(self, x: Any, u: Any) -> None:
        pass


class Entries(NamedTuple):
    diagonal: Any


class Diagonal(Entries):
    """Kernel record of a diagonal form."""

    __slots__ = ()

    def bend(self, x: Any, u: Any) -> None:
        for i in range(x.size):
            u[i] -= self.diagonal[i] * x[i]


class Matrix(NamedTuple):
    P: Any


class Full(Matrix):
    """Kernel record of a dense symmetric matrix."""

    __slots__ = ()

    def bend(self, x: Any, u: Any) -> None:
        for i in range(x.size):
            add_dot(self.P[i], x, u[i : i + 1], -1.0)


@dataclass(frozen=True, eq=False)
class Curvature:
    """A symmetric matrix P: its products, its extreme eigenvalues, and best responses under its form.

    Parameters
    ----------
    n : dimension.
    kind : "none", "diagonal" or "matrix".
    P : the diagonal, or the matrix behind a `Coupling`.
    """

    n: int
    kind: str
    P: Any = None

    def times(self, x: np.ndarray) -> np.ndarray:
        """Return `P x`."""
        if self.kind == "none":
            return np.zeros(self.n)
        return self.P * x if self.kind == "diagonal" else self.P.times(x)

    def split(self, rows: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        """Return the entries between some coordinates as a dense matrix, or None, and a diagonal."""
        if self.kind == "matrix":
            return self.block(rows), np.zeros(rows.size)
        return None, self.P[rows] if self.kind == "diagonal" else np.zeros(rows.size)

    def block(self, rows: np.ndarray) -> np.ndarray:
        """Return the entries between some coordinates, dense."""
        if self.kind == "matrix":
            return np.asarray(self.P.block(rows, rows))
        return np.diag(self.P[rows]) if self.kind == "diagonal" else np.zeros((rows.size, rows.size))

    def record(self) -> Any:
        """Return the kernel record; None where products are not ours to compile."""
        if self.kind == "none":
            return Flat(self.n)
        if self.kind == "diagonal":
            return Diagonal(self.P)
        return Full(np.ascontiguousarray(self.P.A)) if self.P.kind == "dense" else None

    @cached_property
    def spectrum(self) -> tuple[float, float]:
        """Smallest and largest eigenvalue, by Lanczos where the matrix is large or sparse."""
        if self.kind == "none":
            return 0.0, 0.0
        if self.kind == "diagonal":
            return float(self.P.min()), float(self.P.max())
        if self.P.kind == "dense" and self.n <= FLAT_SIZE:
            values = np.linalg.eigvalsh(np.asarray(self.P.A, dtype=np.float64))
            return float(values[0]), float(values[-1])
        from scipy.sparse.linalg import LinearOperator, eigsh

        product = LinearOperator((self.n, self.n), matvec=lambda v: self.times(v.ravel()), dtype=np.float64)
        start = np.random.default_rng(0).standard_normal(self.n)
        low, high = (
            float(eigsh(product, k=1, which=end, v0=start, tol=1e-6, return_eigenvectors=False)[0])
            for end in ("SA", "LA")
        )
        return low, high

    @property
    def norm(self) -> float:
        """Spectral norm."""
        return max(abs(self.spectrum[0]), abs(self.spectrum[1]))

    @property
    def violation(self) -> float:
        """How far below zero an eigenvalue goes: zero for a convex form."""
        low = self.spectrum[0]
        return max(-low, 0.0) if low < -DEFINITE * self.norm else 0.0

    @property
    def definite(self) -> bool:
        """Whether the form is strongly convex."""
        return self.spectrum[0] > DEFINITE * self.norm > 0.0

    @cached_property
    def factor(self) -> Any:
        """Cholesky factor of a dense definite matrix."""
        from scipy.linalg import cho_factor

        return cho_factor(np.asarray(self.P.A, dtype=np.float64))

    def responds(self, domain: Any) -> bool:
        """Whether `best` has a closed form on this domain."""
        if self.kind == "none":
            return bool(domain.bounded)
        if self.kind == "diagonal" and self.definite:
            if self.spectrum[0] == self.spectrum[1]:
                return "euclidean" in domain.maps()
            return isinstance(domain, (Free, Orthant, Box))
        return isinstance(domain, Free) and self.definite and self.P.kind == "dense"

    def best(self, domain: Any, u: np.ndarray) -> float:
        """Return `max <x, u> - x'Px / 2` over a domain with its terms, where `responds` says that it can."""
        if self.kind == "none":
            return float(domain.support(u))
        if self.kind == "matrix":
            from scipy.linalg import cho_solve

            return float(u @ cho_solve(self.factor, u)) / 2.0
        if self.spectrum[0] == self.spectrum[1]:
            return float(SquaredNorm(self.spectrum[0]).conjugate(domain, u)[0])
        x = domain.project(u / self.P)
        return float(x @ u - x @ (self.P * x) / 2.0)


def curvature(name: str, P: Any, n: int) -> Curvature:
    """Return a form checked: a number, n numbers, or a symmetric (n, n) matrix; None is no form."""
    if P is None or (np.ndim(P) == 0 and not hasattr(P, "shape") and P == 0):
        return Curvature(n, "none")
    if not hasattr(P, "matvec") and not hasattr(P, "tocsr") and np.ndim(P) < 2:
        return Curvature(n, "diagonal", _check.vector(name, P, n))
    held = coupling(name, P)
    if held.shape != (n, n):
        raise ValueError(f"`{name}` must have shape {(n, n)}; got {held.shape}.")
    if held.kind == "operator":
        raise TypeError(f"`{name}` must be an array or a sparse array; got a LinearOperator.")
    gap = abs(held.A - held.A.T)
    off = float(gap.max()) if gap.size else 0.0
    if off > SYMMETRIC * max(held.largest, math.ulp(0.0)):
        raise ValueError(f"`{name}` must be symmetric; it differs from its transpose by {off:.3g}: use (P + P.T) / 2.")
    return Curvature(n, "matrix", held)
