from benchmark_utils.peers import cvxpy
from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """The linear program through cvxpy, by operator splitting."""

    name = "SCS"
    package = "scs"

    def warm_up(self):
        self.solve = cvxpy("SCS")

    def answer(self, tol, A, **others):
        return self.solve(A, tol)
