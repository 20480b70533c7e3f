import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Extra-gradient with the gradient of the round before."""

    name = "PastExtraGradient"

    def rule(self):
        return mm.PastExtraGradient()
