from benchmark_utils.peers import highspy
from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """The linear program by HiGHS itself."""

    name = "HiGHS"
    package = "highspy"
    parameters = {"solver": ["ipm", "simplex", "pdlp"]}

    def warm_up(self):
        self.solve = highspy(self.solver)

    def answer(self, tol, A, **others):
        return self.solve(A, tol)
