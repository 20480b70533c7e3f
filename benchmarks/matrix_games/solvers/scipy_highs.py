from benchmark_utils.peers import scipy_highs
from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """The linear program by scipy's HiGHS."""

    name = "scipy"
    package = "scipy"

    def warm_up(self):
        self.solve = scipy_highs()

    def answer(self, tol, A, **others):
        return self.solve(A, tol)
