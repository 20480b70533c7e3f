from benchopt import BaseDataset

from minmax.games import zoo


class Dataset(BaseDataset):
    """Games by the library's own rules; `minmax list games` lists them."""

    name = "zoo"
    parameters = {"game": ["kuhn", "leduc", "liars_dice(4)", "goofspiel(4)"]}

    def get_data(self):
        return {"game": zoo.find(self.game), "openspiel": None}
