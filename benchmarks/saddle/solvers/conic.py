import minmax as mm
from minmax.bench.solvers import MethodSolver


class Solver(MethodSolver):
    """The library's own cone program."""

    name = "Conic"
    package = "cvxpy"
    install = 'pip install "minmax[cvx]"'

    def method(self):
        return mm.Conic()
