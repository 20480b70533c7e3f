"""Krylov solvers on lists of tensors, wherever these live: conjugate gradients and GMRES, started from a guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch

from minmax.optim.field import Vector, add, dot, norm, scaled

__all__ = ["Answer", "conjugate_gradients", "gmres"]


class Answer(NamedTuple):
    """What a solver found.

    Attributes
    ----------
    x : the answer.
    products : products with the matrix it took.
    residual : norm of `b - A x`, over that of b.
    """

    x: Vector
    products: int
    residual: float


def begun(product: Callable[[Vector], Vector], b: Vector, guess: Vector | None) -> tuple[float, Vector, Vector, int]:
    """Return the norm of b, where to start, what is left of b there, and the products that took."""
    size = float(norm(b))
    if guess is None or size == 0.0:
        return size, [torch.zeros_like(t) for t in b], list(b), 0
    return size, list(guess), add(b, product(list(guess)), -1.0), 1


def conjugate_gradients(
    product: Callable[[Vector], Vector], b: Vector, guess: Vector | None, tol: float, most: int
) -> Answer:
    """Solve `A x = b` with a symmetric positive definite A.

    Parameters
    ----------
    product : A times a vector.
    b : right-hand side.
    guess : where to start, zero where None.
    tol : residual to reach, a part of the norm of b.
    most : products at most.

    Source
    ------
    M. Hestenes and E. Stiefel, Methods of conjugate gradients for solving linear systems, 1952.
    """
    size, x, residual, products = begun(product, b, guess)
    if size == 0.0:
        return Answer(x, 0, 0.0)
    direction, square = residual, dot(residual, residual)
    while products < most and float(square) ** 0.5 > tol * size:
        image = product(direction)
        products += 1
        curvature = dot(direction, image)
        if not float(curvature) > 0.0:  # not positive definite this way: what is found so far is kept
            break
        length = square / curvature
        x, residual = add(x, direction, length), add(residual, image, -length)
        before, square = square, dot(residual, residual)
        direction = add(residual, direction, square / before)
    return Answer(x, products, float(square) ** 0.5 / size)


def gmres(product: Callable[[Vector], Vector], b: Vector, guess: Vector | None, tol: float, most: int) -> Answer:
    """Solve `A x = b` with any A by least residuals on a growing Krylov space; parameters as for conjugate gradients.

    Source
    ------
    Y. Saad and M. Schultz, GMRES: a generalized minimal residual algorithm, 1986.
    """
    size, x, residual, products = begun(product, b, guess)
    if size == 0.0:
        return Answer(x, 0, 0.0)
    start = norm(residual)
    if float(start) <= tol * size or products >= most:
        return Answer(x, products, float(start) / size)
    basis = [scaled(residual, 1.0 / start)]
    hessenberg = torch.zeros(most + 1, most, dtype=torch.float64)
    left, weights = float(start), torch.zeros(0, dtype=torch.float64)
    while products < most and left > tol * size:
        k = len(basis) - 1
        image = product(basis[k])
        products += 1
        for j, one in enumerate(basis):
            share = dot(image, one)
            hessenberg[j, k] = float(share)
            image = add(image, one, -share)
        length = norm(image)
        hessenberg[k + 1, k] = float(length)
        target = torch.zeros(k + 2, dtype=torch.float64)
        target[0] = float(start)
        square = hessenberg[: k + 2, : k + 1]
        weights = torch.linalg.lstsq(square, target).solution
        left = float((target - square @ weights).norm())
        if not float(length) > 1e-14 * size:
            break
        basis.append(scaled(image, 1.0 / length))
    for one, weight in zip(basis, weights.tolist()):
        x = add(x, one, weight)
    return Answer(x, products, left / size)
