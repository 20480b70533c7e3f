import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Optimistic gradient descent-ascent."""

    name = "OptimisticGDA"

    def rule(self):
        return mm.OptimisticGDA()
