import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Primal-dual hybrid gradient, restarted when the gap has fallen enough."""

    name = "RestartedPDHG"
    options = {"restart": "adaptive"}

    def rule(self):
        return mm.PDHG()
