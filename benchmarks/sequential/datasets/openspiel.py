from importlib.util import find_spec

from benchopt import BaseDataset

import minmax as mm


class Dataset(BaseDataset):
    """Games by OpenSpiel's rules, which the objective skips where it is not installed: its own solvers play these."""

    name = "OpenSpiel"
    parameters = {"game": ["kuhn_poker", "leduc_poker"]}

    def get_data(self):
        game = None if find_spec("pyspiel") is None else mm.from_openspiel(self.game)
        return {"game": game, "openspiel": self.game}
