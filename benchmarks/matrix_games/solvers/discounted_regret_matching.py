import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Old regrets count less."""

    name = "DiscountedRegretMatching"

    def rule(self):
        return mm.DiscountedRegretMatching()
