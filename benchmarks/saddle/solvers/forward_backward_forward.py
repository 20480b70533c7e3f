import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Tseng's step: one projection."""

    name = "ForwardBackwardForward"

    def rule(self):
        return mm.ForwardBackwardForward()
