from benchopt import BaseDataset

import minmax as mm


class Dataset(BaseDataset):
    """A game of your own, as `-d "file[path=game.efg]"`."""

    name = "file"
    parameters = {"path": ["game.efg"]}

    def get_data(self):
        return {"game": mm.read_game(self.path), "openspiel": None}
