import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Discounted CFR."""

    name = "DiscountedRegretMatching"

    def rule(self):
        return mm.DiscountedRegretMatching()
