import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Optimistic multiplicative weights."""

    name = "OMWU"

    def rule(self):
        return mm.OMWU()
