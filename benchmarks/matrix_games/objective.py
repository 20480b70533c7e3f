"""Matrix games: the gap that strategies leave, by plain numpy and whoever made them."""

import numpy as np

import minmax as mm
from minmax.bench.objectives import PairObjective, shaped


class Objective(PairObjective):
    """`max_j (A'x)_j - min_i (Ay)_i` over max - min of the payoffs; x minimises."""

    name = "matrix game"
    merit = "duality gap over max - min of the payoffs"
    test_dataset_name = "uniform"
    test_config = {"rounds": 50, "dataset": {"n": 6, "m": 5, "seed": 0}}

    def set_data(self, A):
        self.A = A
        low, high = float(A.min()), float(A.max())
        self.scale = high - low or abs(high) or 1.0

    def get_objective(self):
        return {"A": self.A, "game": mm.MatrixGame(self.A), "rounds": self.rounds, "tol": self.tol}

    def measured(self, x, y):
        if not (shaped(x, y, *self.A.shape) and near_mixed(x) and near_mixed(y)):
            return np.inf
        x, y = mixed(x), mixed(y)
        return max(float((self.A.T @ x).max() - (self.A @ y).min()), 0.0) / self.scale

    def pair(self):
        return tuple(np.full(size, 1 / size) for size in self.A.shape)


def near_mixed(p):
    """Whether p is a mixture, but for what a solver's tolerance may leave."""
    return p.min() >= -1e-5 and abs(p.sum() - 1.0) <= 1e-5


def mixed(p):
    """Return what is not negative of p, scaled to sum to one."""
    p = np.maximum(np.asarray(p, dtype=float), 0.0)
    return p / p.sum()
