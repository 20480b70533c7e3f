import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Regrets clipped at zero, in turns."""

    name = "RegretMatchingPlus"

    def rule(self):
        return mm.RegretMatchingPlus()
