import numpy as np
from benchopt import BaseDataset

from minmax.games import zoo


class Dataset(BaseDataset):
    """Named games; `minmax list games` lists them."""

    name = "zoo"
    parameters = {"game": ["blotto(6, 4, 4)", "morra(3)", "rock_paper_scissors"]}

    def get_data(self):
        return {"A": -np.asarray(zoo.find(self.game).payoffs(), dtype=float)}
