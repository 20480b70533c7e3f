import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Best responses to what was played so far."""

    name = "FictitiousPlay"

    def rule(self):
        return mm.FictitiousPlay()
