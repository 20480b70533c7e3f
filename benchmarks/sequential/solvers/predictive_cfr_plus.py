import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Predictive CFR+."""

    name = "PredictiveRegretMatchingPlus"

    def rule(self):
        return mm.PredictiveRegretMatchingPlus()
