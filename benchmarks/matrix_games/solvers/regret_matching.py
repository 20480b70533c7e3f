import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Play in proportion to positive regrets."""

    name = "RegretMatching"

    def rule(self):
        return mm.RegretMatching()
