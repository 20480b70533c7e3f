import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    """A mixture of rows of least l1 norm: a simplex against a box."""

    name = "box"
    parameters = {"n": [50], "seed": [0]}

    def get_data(self):
        rng, n = np.random.default_rng(self.seed), self.n
        A = rng.uniform(-1, 1, (n, n + 10))
        start = (np.full(n, 1 / n), np.zeros(n + 10))
        return {"A": A, "X": [("simplex", n)], "Y": [("box", n + 10, -1.0, 1.0)], "start": start}
