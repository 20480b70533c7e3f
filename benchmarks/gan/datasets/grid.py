from benchopt import BaseDataset

from minmax import gan


class Dataset(BaseDataset):
    """25 Gaussians on a grid."""

    name = "grid"
    parameters = {"seed": [100]}  # recipes were tuned on those below

    def get_data(self):
        return {"mixture": gan.grid().standardised(), "seed": self.seed}
