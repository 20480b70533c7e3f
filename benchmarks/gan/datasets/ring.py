from benchopt import BaseDataset

from minmax import gan


class Dataset(BaseDataset):
    """8 Gaussians on a circle."""

    name = "ring"
    parameters = {"seed": [100]}  # recipes were tuned on those below

    def get_data(self):
        return {"mixture": gan.ring().standardised(), "seed": self.seed}
