import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Reflected Halpern steps, restarted when the merit has fallen enough."""

    name = "RestartedHalpernPDHG"
    options = {"restart": "adaptive"}

    def rule(self):
        return mm.HalpernPDHG()
