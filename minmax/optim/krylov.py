"""Krylov solvers on lists of tensors, wherever these live: conjugate gradients and GMRES, started from a guess."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch

from minmax.optim.field import Vector, add, dot, norm, scaled

__all__ = ["Answer", "conjugate_gradients", "gmres"]


ROUNDED = 30.0  # roundings of a product's size, within which a number of GMRES is taken for zero


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
    columns: list[list[float]] = []  # of the triangular matrix that rotations make of the Hessenberg one
    rotations: list[tuple[float, float]] = []
    target = [float(start)]
    while products < most and abs(target[-1]) > tol * size:
        image = product(basis[-1])
        products += 1
        column = [0.0] * len(basis)
        rounding = ROUNDED * torch.finfo(image[0].dtype).eps * float(norm(image))
        for _ in range(2):  # the second pass takes off what rounding left of the first
            for j, one in enumerate(basis):
                share = dot(image, one)
                column[j] += float(share)
                image = add(image, one, -share)
        length = float(norm(image))
        length = length if length > rounding else 0.0
        for j, (c, s) in enumerate(rotations):
            column[j], column[j + 1] = c * column[j] + s * column[j + 1], c * column[j + 1] - s * column[j]
        radius = math.hypot(column[-1], length)
        if not radius > rounding:  # the matrix is singular on what it has reached
            break
        c, s = column[-1] / radius, length / radius
        rotations.append((c, s))
        columns.append([*column[:-1], radius])
        target[-1:] = [c * target[-1], -s * target[-1]]
        if length == 0.0:
            break
        basis.append(scaled(image, 1.0 / length))
    weights = [0.0] * len(columns)
    for k in reversed(range(len(columns))):
        rest = sum(columns[j][k] * weights[j] for j in range(k + 1, len(columns)))
        weights[k] = (target[k] - rest) / columns[k][k]
    for one, weight in zip(basis, weights):
        x = add(x, one, weight)
    return Answer(x, products, abs(target[-1]) / size)
