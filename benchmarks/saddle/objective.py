"""Saddle problems: how far a point is from stationary, by plain numpy and whoever made it."""

import numpy as np
from benchmark_utils.sets import domain, project

import minmax as mm
from minmax.bench.objectives import PairObjective, shaped


class Objective(PairObjective):
    """`|z - project(z - F(z))|` over its value at the start, in `x'Px / 2 + x'Ay - y'Qy / 2 + b'x - c'y` on sets."""

    name = "saddle point"
    merit = "natural residual over that of the start"
    hopeless = 1e12  # what has grown so far will not come back
    test_dataset_name = "bilinear"
    test_config = {"rounds": 50, "dataset": {"n": 4, "condition": 3.0, "seed": 0}}

    def set_data(self, A, X, Y, start, P=None, Q=None, b=None, c=None):
        n, m = A.shape
        self.problem = {
            "A": A, "P": P, "Q": Q, "X": X, "Y": Y,
            "b": np.zeros(n) if b is None else b, "c": np.zeros(m) if c is None else c,
        }  # fmt: skip
        self.start = start
        self.first = 1.0
        self.first = self.measured(*start)

    def get_objective(self):
        it = self.problem
        sides = {"X": domain(it["X"]), "Y": domain(it["Y"]), "b": it["b"], "c": it["c"]}
        if it["P"] is None and it["Q"] is None:
            game = mm.BilinearGame(it["A"], **sides)
        else:
            game = mm.QuadraticGame(it["P"], it["A"], it["Q"], **sides)
        return {**it, "game": game, "start": self.start, "rounds": self.rounds, "tol": self.tol}

    def measured(self, x, y):
        it = self.problem
        if not shaped(x, y, *it["A"].shape):
            return np.inf
        by_x, by_y = it["A"] @ y + it["b"], it["A"].T @ x - it["c"]
        if it["P"] is not None:
            by_x = by_x + it["P"] @ x
        if it["Q"] is not None:
            by_y = by_y - it["Q"] @ y
        # A point outside its set is as far from stationary as from the set, at least.
        return float(np.hypot(*(np.linalg.norm(z - project(Z, z - F)) for z, F, Z in
                                ((x, by_x, it["X"]), (y, -by_y, it["Y"]))))) / self.first  # fmt: skip

    def pair(self):
        return self.start
