import minmax as mm
from minmax.bench.solvers import MethodSolver


class Solver(MethodSolver):
    """The linear program of the sequence form, by HiGHS through scipy."""

    name = "LinearProgram"

    def method(self):
        return mm.LinearProgram()
