import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    """Strongly convex-concave: forms with eigenvalues from mu to 1, and a coupling of norm 1, on free space."""

    name = "quadratic"
    parameters = {"n": [50], "mu": [0.01], "seed": [0]}

    def get_data(self):
        rng, n = np.random.default_rng(self.seed), self.n
        P, Q = (self.form(rng) for _ in range(2))
        A = rng.standard_normal((n, n))
        start = (rng.standard_normal(n), rng.standard_normal(n))
        free = [("free", n)]
        return {"A": A / np.linalg.norm(A, 2), "P": P, "Q": Q, "X": free, "Y": free, "start": start}

    def form(self, rng):
        U = np.linalg.qr(rng.standard_normal((self.n, self.n)))[0]
        form = U * np.geomspace(self.mu, 1.0, self.n) @ U.T
        return (form + form.T) / 2
