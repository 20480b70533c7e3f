import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    """Payoffs uniform on [-1, 1]."""

    name = "uniform"
    parameters = {"n": [50], "m": [60], "seed": [0]}

    def get_data(self):
        return {"A": np.random.default_rng(self.seed).uniform(-1, 1, (self.n, self.m))}
