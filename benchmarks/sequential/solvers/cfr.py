import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """Counterfactual regret minimisation."""

    name = "RegretMatching"

    def rule(self):
        return mm.RegretMatching()
