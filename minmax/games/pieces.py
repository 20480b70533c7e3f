"""A cvxpy objective taken apart: its linear and quadratic pieces, products included, and terms of single variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minmax.domains.terms import L1, Entropy

__all__ = ["Pieces"]


class Pieces:
    """The pieces of `z'H z / 2 + g'z + constant + terms` in all variables z, taken from an expression part by part."""

    def __init__(self, variables: list[Any]) -> None:
        self.variables = variables
        self.ends = np.cumsum([0, *(v.size for v in variables)])
        self.n = int(self.ends[-1])
        self.H, self.g, self.constant = np.zeros((self.n, self.n)), np.zeros(self.n), 0.0
        self.terms: dict[int, list[tuple[type, float]]] = {v.id: [] for v in variables}

    def rows(self, variable: Any) -> slice:
        """Return where a variable stands in z."""
        k = next(k for k, v in enumerate(self.variables) if v is variable)
        return slice(int(self.ends[k]), int(self.ends[k + 1]))

    @contextmanager
    def at_zero(self) -> Iterator[Pieces]:
        """Set all variables to zero, and give them back their values in the end."""
        before = [v.value for v in self.variables]
        try:
            self.move(np.zeros(self.n))
            yield self
        finally:
            for v, value in zip(self.variables, before):
                v.save_value(value)

    def move(self, z: np.ndarray) -> None:
        """Set all variables, whether or not their attributes allow it."""
        for v in self.variables:
            v.save_value(z[self.rows(v)].reshape(v.shape))

    def gradient(self, expression: Any) -> np.ndarray:
        """Return the derivative of each entry of an expression where the variables are, (n, entries)."""
        slopes = np.zeros((self.n, expression.size))
        for v, slope in expression.grad.items():
            by_rows = np.arange(v.size).reshape(v.shape, order="F").ravel()
            dense = slope.toarray() if hasattr(slope, "toarray") else np.reshape(slope, (v.size, expression.size))
            slopes[self.rows(v)] = dense[by_rows]
        return slopes

    def affine(self, expression: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return J and k of an affine expression `J'z + k`, its entries column by column."""
        return self.gradient(expression), np.asarray(expression.value, dtype=np.float64).ravel(order="F")

    def take(self, part: Any, weight: float) -> None:
        """Add `weight` times a part of the objective to the pieces, with the variables at zero."""
        kind, args = type(part).__name__, part.args
        numbers = [a for a in args if a.is_constant()] if kind in ("multiply", "MulExpression", "DivExpression") else []
        if part.is_affine():
            slope, value = self.affine(part)
            self.g += weight * slope[:, 0]
            self.constant += weight * float(value[0])
        elif kind == "AddExpression":
            for arg in args:
                self.take(arg, weight)
        elif kind == "NegExpression":
            self.take(args[0], -weight)
        elif len(numbers) == 1 and numbers[0].is_scalar():
            number = float(numbers[0].value)
            rest = args[1] if numbers[0] is args[0] else args[0]
            self.take(rest, weight / number if kind == "DivExpression" else weight * number)
        elif (factors := product_of(part)) is not None:
            (F, f), (G, g) = (self.affine(factor) for factor in factors)
            self.H += weight * (F @ G.T + G @ F.T)
            self.g += weight * (F @ g + G @ f)
            self.constant += weight * float(f @ g)
        elif part.is_quadratic():
            self.take_quadratic(part, weight)
        else:
            self.take_term(part, weight)

    def take_quadratic(self, part: Any, weight: float) -> None:
        """Add a quadratic part, from its gradients at zero and at the unit vectors of its variables."""
        start = self.gradient(part)[:, 0]
        self.g += weight * start
        self.constant += weight * float(part.value)
        own = np.concatenate([np.arange(self.n)[self.rows(v)] for v in part.variables()])
        for k in own:
            self.move(np.eye(1, self.n, int(k))[0])
            self.H[:, k] += weight * (self.gradient(part)[:, 0] - start)
        self.move(np.zeros(self.n))

    def take_term(self, part: Any, weight: float) -> None:
        """Add a part that is `|x|_1` or `sum entr(x)` of one variable, or say that there is no place for it."""
        inner = part.args[0] if type(part).__name__ == "Sum" else part
        name = type(inner).__name__
        if name == "norm1" or (name in ("abs", "entr") and (inner is not part or inner.is_scalar())):
            size = self.multiple(inner.args[0], signed=name == "entr")
            if size > 0.0 and (name != "entr" or size == 1.0):
                term = (Entropy, -weight) if name == "entr" else (L1, weight * size)
                self.terms[part.variables()[0].id].append(term)
                return
        raise ValueError(
            f"`objective` has the term {part}, which is neither affine, a product of affine expressions, quadratic, "
            "nor norm1 or sum(entr) of a variable."
        )

    def multiple(self, expression: Any, signed: bool) -> float:
        """Return how many times one whole variable an expression is, up to order and sign; zero where it is not."""
        variables = expression.variables()
        if len(variables) != 1 or not expression.is_affine() or expression.size != variables[0].size:
            return 0.0
        slope, value = self.affine(expression)
        entries = slope[self.rows(variables[0])] if signed else abs(slope[self.rows(variables[0])])
        size = float(entries.max())
        permuted = np.array_equal(np.sort(entries, axis=0)[-1], np.full(value.size, size))
        alone = (entries != 0.0).sum() == value.size and (entries.sum(1) == size).all()
        return size if permuted and alone and not value.any() else 0.0


def product_of(part: Any) -> tuple[Any, Any] | None:
    """Return the two affine expressions that a scalar is the inner product of; None where it is none."""
    kind = type(part).__name__
    if kind == "Sum" and type(part.args[0]).__name__ == "multiply" and part.is_scalar():
        part = part.args[0]
    elif kind not in ("MulExpression", "inner", "saddle_inner") and not (kind == "multiply" and part.is_scalar()):
        return None
    factors = part.args
    same = len(factors) == 2 and factors[0].size == factors[1].size
    return (factors[0], factors[1]) if same and all(f.is_affine() for f in factors) else None
