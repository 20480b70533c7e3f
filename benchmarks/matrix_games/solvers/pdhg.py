import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Primal-dual hybrid gradient."""

    name = "PDHG"

    def rule(self):
        return mm.PDHG()
