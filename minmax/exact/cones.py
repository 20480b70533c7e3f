"""Domains and their terms as cvxpy describes them: a vector, constraints on it, and what is charged for it."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np

from minmax.domains import (
    Ball,
    Box,
    CappedSimplex,
    ConvexSet,
    Free,
    Orthant,
    Product,
    Simplex,
    Spectrahedron,
    SpectralBall,
)
from minmax.domains.program import modelling
from minmax.domains.terms import L1, Entropy, Penalised, SquaredNorm

__all__ = ["Described", "described", "root"]


class Described(NamedTuple):
    """A domain in cvxpy.

    Attributes
    ----------
    point : vector expression of the strategy.
    constraints : what it satisfies.
    squares : pairs (R, r) of terms `|R x - r|^2 / 2`, apart since their conjugates are as easy.
    price : the other convex terms; None where there are none.
    parts : the symmetric matrix behind a vector; the descriptions of a product's parts.
    """

    point: Any
    constraints: list[Any]
    squares: tuple[tuple[Any, np.ndarray], ...] = ()
    price: Any = None
    parts: Any = None


@singledispatch
def described(domain: Any) -> Described:
    """Return a domain in cvxpy; its variables are new, but for those that the user described it with."""
    raise ValueError(f"Conic has no cone for {type(domain).__name__}; describe the set as a ConvexSet.")


def variable(domain: Any) -> Any:
    """Return a new vector of variables."""
    return modelling().Variable(domain.n)


@described.register
def free(domain: Free) -> Described:
    """Return all vectors."""
    return Described(variable(domain), [])


@described.register
def orthant(domain: Orthant) -> Described:
    """Return the vectors without a negative coordinate."""
    x = variable(domain)
    return Described(x, [x >= 0.0])


@described.register
def box(domain: Box) -> Described:
    """Return the vectors between the bounds that are finite."""
    x = variable(domain)
    low, high = np.flatnonzero(np.isfinite(domain.lower)), np.flatnonzero(np.isfinite(domain.upper))
    above = [x[low] >= domain.lower[low]] if low.size else []
    return Described(x, [*above, x[high] <= domain.upper[high]] if high.size else above)


@described.register
def simplex(domain: Simplex) -> Described:
    """Return the nonnegative vectors of a sum."""
    x = variable(domain)
    return Described(x, [x >= 0.0, modelling().sum(x) == domain.total])


@described.register
def capped_simplex(domain: CappedSimplex) -> Described:
    """Return the nonnegative vectors of a sum under caps."""
    x = variable(domain)
    return Described(x, [x >= 0.0, x <= domain.cap, modelling().sum(x) == domain.total])


@described.register
def ball(domain: Ball) -> Described:
    """Return the vectors up to a norm."""
    x = variable(domain)
    return Described(x, [modelling().norm(x, "inf" if domain.norm == math.inf else domain.norm) <= domain.radius])


@described.register
def spectrahedron(domain: Spectrahedron) -> Described:
    """Return the semidefinite matrices of a trace, row by row."""
    cp = modelling()
    x = cp.Variable(domain.shape, symmetric=True)
    return Described(cp.vec(x, order="C"), [x >> 0.0, cp.trace(x) == domain.total], parts=x)


@described.register
def spectral_ball(domain: SpectralBall) -> Described:
    """Return the symmetric matrices with eigenvalues up to a size, row by row."""
    cp = modelling()
    x, edge = cp.Variable(domain.shape, symmetric=True), domain.radius * np.eye(domain.side)
    return Described(cp.vec(x, order="C"), [edge - x >> 0.0, x + edge >> 0.0], parts=x)


@described.register
def convex_set(domain: ConvexSet) -> Described:
    """Return the constraints as they were given."""
    return Described(modelling().vec(domain.variable, order="C"), domain.constraints)


@described.register
def product(domain: Product) -> Described:
    """Return the parts side by side."""
    from scipy.sparse import csr_array, hstack

    parts = [described(part) for part in domain.parts]
    names = [v.id for part in parts for v in part.point.variables()]
    if len(set(names)) < len(names):
        raise ValueError("Conic needs a variable of its own for each ConvexSet of a product; one stands in two.")
    squares = []
    for at, part in enumerate(parts):
        for R, r in part.squares:
            sides = [R if k == at else csr_array((r.size, p.n)) for k, p in enumerate(domain.parts)]
            squares.append((hstack(sides, format="csr"), r))
    return Described(
        modelling().hstack([part.point for part in parts]),
        [constraint for part in parts for constraint in part.constraints],
        tuple(squares),
        added(*(part.price for part in parts)),
        parts,
    )


@described.register
def penalised(domain: Penalised) -> Described:
    """Return the set with what the term charges."""
    inner, term = described(domain.domain), domain.term
    if isinstance(term, SquaredNorm):
        pull = np.full(domain.n, math.sqrt(term.weight))
        return inner._replace(squares=(*inner.squares, (diagonal(pull), pull * term.middle(domain.n))))
    if isinstance(term, L1):
        return inner._replace(price=added(inner.price, term.weight * modelling().norm1(inner.point)))
    if isinstance(term, Entropy):
        return inner._replace(price=added(inner.price, term.weight * entropy(domain.domain, inner)))
    raise ValueError(f"Conic knows the terms L1, SquaredNorm and Entropy; got {term!r}.")


def added(*prices: Any) -> Any:
    """Return the sum of the prices that there are, None where there are none."""
    there = [price for price in prices if price is not None]
    return sum(there[1:], start=there[0]) if there else None


def entropy(domain: Any, inner: Described) -> Any:
    """Return the negative entropy of a domain, as its `negative_entropy` computes it."""
    cp = modelling()
    if isinstance(domain, Penalised):
        return entropy(domain.domain, inner)
    if isinstance(domain, Product):
        return sum(entropy(part, piece) for part, piece in zip(domain.parts, inner.parts))
    if isinstance(domain, Spectrahedron):
        return -cp.von_neumann_entr(inner.parts)
    if isinstance(domain, SpectralBall):
        edge = domain.radius * np.eye(domain.side)
        return -cp.von_neumann_entr(inner.parts + edge) - cp.von_neumann_entr(edge - inner.parts)
    if isinstance(domain, Box):
        ends = (inner.point - domain.lower, domain.upper - inner.point)
        return -sum(cp.sum(cp.entr(end)) for end in ends)
    mass = cp.sum(inner.point) if isinstance(domain, Orthant) else 0.0
    return -cp.sum(cp.entr(inner.point)) - mass


def diagonal(values: np.ndarray) -> Any:
    """Return a diagonal matrix, sparse."""
    from scipy.sparse import diags

    return diags(values, format="csr")


def root(form: Any) -> tuple[tuple[Any, np.ndarray], ...]:
    """Return the quadratic form of a player as squares: `x'Px = |R x|^2`."""
    if form.kind == "none":
        return ()
    if form.kind == "diagonal":
        return ((diagonal(np.sqrt(np.maximum(form.P, 0.0))), np.zeros(form.n)),)
    dense = form.P.A.toarray() if form.P.kind == "sparse" else np.asarray(form.P.A, dtype=np.float64)
    values, vectors = np.linalg.eigh(dense)
    kept = values > values[-1] * form.n * np.finfo(float).eps
    R = np.sqrt(values[kept])[:, None] * vectors[:, kept].T
    return ((R, np.zeros(R.shape[0])),) if R.size else ()
