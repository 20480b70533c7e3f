import numpy as np
from benchopt import BaseDataset
from scipy import sparse


class Dataset(BaseDataset):
    """Random games of low rank, of few entries, and cyclic ones, in which each action beats the half behind it."""

    name = "structured"
    parameters = {"kind": ["low rank", "sparse", "cyclic"], "n": [60], "seed": [0]}

    def get_data(self):
        rng, n = np.random.default_rng(self.seed), self.n
        if self.kind == "low rank":
            return {"A": rng.standard_normal((n, 3)) @ rng.standard_normal((3, n))}
        if self.kind == "sparse":
            A = sparse.random_array((n, n), density=0.05, rng=rng, format="csr")
            A.data = 2 * A.data - 1
            return {"A": A}
        step = (np.arange(n)[:, None] - np.arange(n)) % n
        signs = np.where(step == 0, 0.0, np.where(step <= n // 2, -1.0, 1.0))
        return {"A": signs * rng.uniform(0.5, 1.5, (n, n))}
