import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """CFR+."""

    name = "RegretMatchingPlus"

    def rule(self):
        return mm.RegretMatchingPlus()
