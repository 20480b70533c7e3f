import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Multiplicative weights."""

    name = "MWU"

    def rule(self):
        return mm.MWU()
