from benchmark_utils.peers import clarabel
from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """The linear program by an interior point for cones."""

    name = "Clarabel"
    package = "clarabel"

    def warm_up(self):
        self.solve = clarabel()

    def answer(self, tol, A, **others):
        return self.solve(A, tol)
