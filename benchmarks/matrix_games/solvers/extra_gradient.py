import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Projected extra-gradient."""

    name = "ExtraGradient"

    def rule(self):
        return mm.ExtraGradient()
