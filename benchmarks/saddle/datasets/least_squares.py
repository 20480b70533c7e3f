import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    """`|Bx - b| + rho |x|`, least squares whose matrix may err: free space against two balls."""

    name = "robust least squares"
    parameters = {"n": [20], "rho": [0.5], "seed": [0]}

    def get_data(self):
        rng, n = np.random.default_rng(self.seed), self.n
        B, b = rng.standard_normal((5 * n, n)), rng.standard_normal(5 * n)
        A = np.hstack([B.T, self.rho * np.eye(n)])
        Y = [("ball", 5 * n, 1.0), ("ball", n, 1.0)]
        return {
            "A": A,
            "c": np.append(b, np.zeros(n)),
            "X": [("free", n)],
            "Y": Y,
            "start": (np.zeros(n), np.zeros(6 * n)),
        }
