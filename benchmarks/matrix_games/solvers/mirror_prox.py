import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Extra-gradient with the entropy map."""

    name = "MirrorProx"

    def rule(self):
        return mm.MirrorProx()
