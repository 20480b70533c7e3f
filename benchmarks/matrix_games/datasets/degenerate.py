import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    """What pivots and steps trip over: payoffs of -1, 0 and 1, ties broken by 1e-8, rows twice, A_delta games."""

    name = "degenerate"
    parameters = {"kind": ["signs", "ties", "rows twice", "delta"], "n": [40], "seed": [0]}

    def get_data(self):
        rng, n = np.random.default_rng(self.seed), self.n
        if self.kind == "delta":  # two actions of y that x can hardly tell apart: last iterates of OMWU are slow
            d = 0.01
            return {"A": np.array([[0.5 + d, 0.5], [0.0, 1.0]])}
        signs = rng.integers(-1, 2, (n, n)).astype(float)
        if self.kind == "signs":
            return {"A": signs}
        if self.kind == "ties":
            return {"A": signs + 1e-8 * rng.uniform(-1, 1, (n, n))}
        return {"A": np.repeat(rng.uniform(-1, 1, (n // 2, n + 1)), 2, axis=0)}
