import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Linear CFR."""

    name = "LinearRegretMatching"

    def rule(self):
        return mm.LinearRegretMatching()
