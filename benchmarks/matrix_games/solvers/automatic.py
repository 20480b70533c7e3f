from minmax.bench.solvers import MethodSolver


class Solver(MethodSolver):
    """What `minmax.solve` chooses by itself."""

    name = "minmax"
