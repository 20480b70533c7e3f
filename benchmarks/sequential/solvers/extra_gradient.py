import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Projected extra-gradient on realisation plans."""

    name = "ExtraGradient"

    def rule(self):
        return mm.ExtraGradient()
