import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    """A portfolio against returns that may err within an ellipsoid: a simplex with a form against a ball."""

    name = "robust portfolio"
    parameters = {"n": [50], "seed": [0]}

    def get_data(self):
        rng, n = np.random.default_rng(self.seed), self.n
        F = rng.standard_normal((n, 10))
        S = F @ F.T / 10 + np.diag(rng.uniform(0.1, 1, n))
        return {
            "A": np.linalg.cholesky(S),
            "P": 2 * S,
            "b": -rng.normal(0.1, 0.2, n),
            "X": [("simplex", n)],
            "Y": [("ball", n, 0.3)],
            "start": (np.full(n, 1 / n), np.zeros(n)),
        }
