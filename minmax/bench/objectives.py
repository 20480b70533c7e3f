"""What objectives of benchmarks share: both iterates are judged by one number, and the better one ends the run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from benchopt import BaseObjective

__all__ = ["PairObjective", "shaped"]


class PairObjective(BaseObjective):
    """An objective for pairs (x, y), such as a gap: a subclass gives its `name`, its `merit` and `measured(x, y)`.

    A run ends after so many `rounds`, or where the measure of its last or average iterate is at most `tol`, or where
    both are beyond `hopeless`.
    """

    min_benchopt_version = "1.10"
    parameters: dict[str, Any] = {"rounds": [100_000], "tol": [1e-9]}  # noqa: RUF012 - benchopt reads it of the class
    merit = ""
    hopeless = math.inf

    def measured(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return the measure of a pair; infinite for what is none."""
        raise NotImplementedError(f"{type(self).__name__} must say what is `measured`.")

    def evaluate_result(self, x: Any, y: Any, average_x: Any, average_y: Any, operator_calls: float) -> dict[str, Any]:
        """Return what both iterates are worth, and whether they end the run."""
        last, average = self.measured(x, y), self.measured(average_x, average_y)
        value = min(last, average)
        return {
            "value": value,
            "last": last,
            "average": average,
            "operator_calls": operator_calls,
            "ended": value <= self.tol or not value < self.hopeless,
            "merit": self.merit,
        }

    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Return some pair that can be measured."""
        raise NotImplementedError(f"{type(self).__name__} must name some `pair`.")

    def get_one_result(self) -> dict[str, Any]:
        """Return what a solver could, for the tests of benchopt."""
        x, y = self.pair()
        return {"x": x, "y": y, "average_x": x, "average_y": y, "operator_calls": 0}


def shaped(x: Any, y: Any, n: int, m: int) -> bool:
    """Whether x and y are finite points of n and m coordinates."""
    return (np.shape(x), np.shape(y)) == ((n,), (m,)) and bool(np.isfinite(x).all() and np.isfinite(y).all())
