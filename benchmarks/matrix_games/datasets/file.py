from benchopt import BaseDataset

import minmax as mm


class Dataset(BaseDataset):
    """A game of your own, as `-d "file[path=game.nfg]"`: .nfg, .csv, .npy, .npz or .mtx, what the rows receive."""

    name = "file"
    parameters = {"path": ["game.nfg"]}

    def get_data(self):
        return {"A": -mm.read_game(self.path).payoffs()}
