import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Golden ratio steps that find their own size."""

    name = "AdaptiveGoldenRatio"

    def rule(self):
        return mm.AdaptiveGoldenRatio()
