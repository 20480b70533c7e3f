import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Gradient descent-ascent with a constant step: runs away from a bilinear saddle."""

    name = "GDA"

    def rule(self):
        return mm.GDA(schedule="constant")
