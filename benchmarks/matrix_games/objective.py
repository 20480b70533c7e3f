"""Matrix games: the gap that strategies leave, by plain numpy and whoever made them."""

import numpy as np
from benchopt import BaseObjective

import minmax as mm


class Objective(BaseObjective):
    """`max_j (A'x)_j - min_i (Ay)_i` over max - min of the payoffs; x minimises."""

    name = "matrix game"
    min_benchopt_version = "1.10"
    # A run ends after so many rounds, or where its gap is at most tol.
    parameters = {"rounds": [100_000], "tol": [1e-9]}
    test_dataset_name = "uniform"
    test_config = {"rounds": 50, "dataset": {"n": 6, "m": 5, "seed": 0}}

    def set_data(self, A):
        self.A = A
        low, high = float(A.min()), float(A.max())
        self.scale = high - low or abs(high) or 1.0

    def get_objective(self):
        return {"A": self.A, "game": mm.MatrixGame(self.A), "rounds": self.rounds, "tol": self.tol}

    def evaluate_result(self, x, y, average_x, average_y, operator_calls):
        last, average = self.gap(x, y), self.gap(average_x, average_y)
        value = min(last, average)
        return {
            "value": value,
            "last": last,
            "average": average,
            "operator_calls": operator_calls,
            "ended": value <= self.tol or not np.isfinite(value),
            "merit": "duality gap over max - min of the payoffs",
        }

    def gap(self, x, y):
        n, m = self.A.shape
        if not (near_mixed(x, n) and near_mixed(y, m)):
            return np.inf
        x, y = mixed(x), mixed(y)
        return max(float((self.A.T @ x).max() - (self.A @ y).min()), 0.0) / self.scale

    def get_one_result(self):
        x, y = (np.full(size, 1 / size) for size in self.A.shape)
        return {"x": x, "y": y, "average_x": x, "average_y": y, "operator_calls": 0}


def near_mixed(p, n):
    """Whether p is a mixture of n actions, but for what a solver's tolerance may leave."""
    p = np.asarray(p, dtype=float)
    return p.shape == (n,) and bool(np.isfinite(p).all()) and p.min() >= -1e-5 and abs(p.sum() - 1.0) <= 1e-5


def mixed(p):
    """Return what is not negative of p, scaled to sum to one."""
    p = np.maximum(np.asarray(p, dtype=float), 0.0)
    return p / p.sum()
