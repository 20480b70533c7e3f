import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Clipped regrets with the last utility foreseen."""

    name = "PredictiveRegretMatchingPlus"

    def rule(self):
        return mm.PredictiveRegretMatchingPlus()
