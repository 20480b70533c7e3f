"""Sets of symmetric matrices described by their eigenvalues: the spectrahedron and the ball of the spectral norm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.domains.domain import Domain
from minmax.domains.euclidean import Box
from minmax.domains.map import Map
from minmax.domains.rows import namespace
from minmax.domains.simplex import Simplex

__all__ = ["Spectrahedron", "SpectralBall"]


class OfEigenvalues(NamedTuple):
    side: int
    inner: Any


class Spectral(OfEigenvalues, Map):
    """The map that keeps the eigenvectors and plays the eigenvalues by an inner map; rows only, matrices flattened.

    Source
    ------
    A. Lewis, The convex analysis of unitarily invariant matrix functions, 1995; with the entropy it is matrix
    exponentiated gradient: K. Tsuda, G. Raetsch and M. Warmuth, 2005.
    """

    __slots__ = ()
    compiled = False

    @property
    def invertible(self) -> bool:  # type: ignore[override]
        return bool(self.inner.invertible)

    @property
    def modulus(self) -> float:
        return float(self.inner.modulus)

    def stuck(self, x: Any) -> int:
        at = self.inner.stuck(np.linalg.eigvalsh(self.matrix(x)))
        return 0 if at >= 0 else -1

    def matrix(self, theta: Any) -> Any:
        """Return the symmetric part of a flattened matrix, as one."""
        square = theta.reshape(*theta.shape[:-1], self.side, self.side)
        return 0.5 * (square + square.swapaxes(-1, -2))

    def through(self, theta: Any, verb: Any) -> Any:
        """Return the flattened matrix whose eigenvalues a verb has replaced."""
        values, vectors = namespace(theta).linalg.eigh(self.matrix(theta))
        return ((vectors * verb(values)[..., None, :]) @ vectors.swapaxes(-1, -2)).reshape(theta.shape)

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return self.through(theta, lambda values: self.inner.play_rows(values, w))

    def lift_rows(self, x: Any) -> Any:
        return self.through(x, self.inner.lift_rows)


class SpectralDomain(Domain):
    """What sets of symmetric matrices share; `eigenvalues` is the set their eigenvalues lie in."""

    side: int
    eigenvalues: Any

    @property
    def n(self) -> int:  # type: ignore[override]
        """Entries of a matrix; strategies are flattened matrices."""
        return self.side * self.side

    @property
    def shape(self) -> tuple[int, ...]:
        """How a strategy is laid out."""
        return (self.side, self.side)

    def maps(self) -> dict[str, Any]:
        return {
            name: lambda name=name: Spectral(self.side, self.eigenvalues.using(name))
            for name in self.eigenvalues.maps()
            if name != "regret"  # regrets are per action, and a matrix has no actions
        }

    def spectrum(self, x: np.ndarray) -> np.ndarray:
        """Return the eigenvalues of the symmetric part of a flattened matrix."""
        square = x.reshape(self.shape)
        return np.linalg.eigvalsh((square + square.T) / 2)

    def negative_entropy(self, x: np.ndarray) -> float:
        """Return the negative entropy of the eigenvalues: von Neumann's."""
        return float(self.eigenvalues.negative_entropy(self.spectrum(x)))

    def support(self, u: Any) -> float:
        """Return `max <x, u>` over the set."""
        return float(self.eigenvalues.support(self.spectrum(self.vector(u, "u"))))


@dataclass(frozen=True)
class Spectrahedron(SpectralDomain):
    """Positive semidefinite matrices of a given trace: density matrices where that is one.

    Parameters
    ----------
    side : rows of a matrix; a strategy is the flattened matrix, `side * side` numbers.
    total : the trace.

    Examples
    --------
    >>> Spectrahedron(2).respond(np.diag([1.0, 3.0])).reshape(2, 2)
    array([[0., 0.],
           [0., 1.]])
    """

    side: int
    total: float = 1.0

    def __post_init__(self) -> None:
        _check.whole("side", self.side, 1)
        object.__setattr__(self, "total", _check.positive("total", self.total))

    @property
    def eigenvalues(self) -> Simplex:
        """The simplex of eigenvalues."""
        return Simplex(self.side, self.total)

    @property
    def diameter(self) -> float:  # type: ignore[override]
        return self.eigenvalues.diameter

    def centre(self) -> np.ndarray:
        """Return the multiple of the identity."""
        return (np.eye(self.side) * self.total / self.side).reshape(-1)


@dataclass(frozen=True)
class SpectralBall(SpectralDomain):
    """Symmetric matrices with eigenvalues between `-radius` and `radius`.

    Parameters
    ----------
    side : rows of a matrix; a strategy is the flattened matrix, `side * side` numbers.
    radius : largest spectral norm.

    Examples
    --------
    >>> SpectralBall(2).project(np.diag([3.0, -0.5])).reshape(2, 2)
    array([[ 1. ,  0. ],
           [ 0. , -0.5]])
    """

    side: int
    radius: float = 1.0

    def __post_init__(self) -> None:
        _check.whole("side", self.side, 1)
        object.__setattr__(self, "radius", _check.positive("radius", self.radius))

    @property
    def eigenvalues(self) -> Box:
        """The box of eigenvalues."""
        return Box(-self.radius, self.radius, n=self.side)

    @property
    def diameter(self) -> float:  # type: ignore[override]
        return 2.0 * self.radius * math.sqrt(self.side)

    def centre(self) -> np.ndarray:
        """Return the zero matrix."""
        return np.zeros(self.n)
