import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Projected gradient descent-ascent."""

    name = "GDA"

    def rule(self):
        return mm.GDA()
