from importlib.util import find_spec

from benchopt import BaseDataset

import minmax as mm

if find_spec("pyspiel") is None:
    raise ImportError("pyspiel is not installed: pip install open_spiel")


class Dataset(BaseDataset):
    """Games by OpenSpiel's rules: here its own solvers can be compared."""

    name = "OpenSpiel"
    parameters = {"game": ["kuhn_poker", "leduc_poker"]}

    def get_data(self):
        return {"game": mm.from_openspiel(self.game), "openspiel": self.game}
