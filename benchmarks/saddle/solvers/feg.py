import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Fast extra-gradient, anchored at the start."""

    name = "FEG"

    def rule(self):
        return mm.FEG()
