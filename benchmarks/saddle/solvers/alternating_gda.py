import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    """The same in turns: goes round."""

    name = "AlternatingGDA"

    def rule(self):
        return mm.AlternatingGDA(schedule="constant")
