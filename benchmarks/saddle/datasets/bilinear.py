import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    """`x'Ay` on free space, with singular values from 1 down to 1 over the condition: where plain steps run away."""

    name = "bilinear"
    parameters = {"n": [50], "condition": [10.0], "seed": [0]}

    def get_data(self):
        rng, n = np.random.default_rng(self.seed), self.n
        U, V = (np.linalg.qr(rng.standard_normal((n, n)))[0] for _ in range(2))
        A = U * np.geomspace(1.0, 1 / self.condition, n) @ V
        start = (rng.standard_normal(n), rng.standard_normal(n))
        return {"A": A, "X": [("free", n)], "Y": [("free", n)], "start": start}
