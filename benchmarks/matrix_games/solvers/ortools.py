from benchmark_utils.peers import ortools
from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """The linear program by OR-Tools."""

    name = "OR-Tools"
    package = "ortools"
    parameters = {"solver": ["PDLP", "GLOP"]}

    def warm_up(self):
        self.solve = ortools(self.solver)

    def answer(self, tol, A, **others):
        return self.solve(A, tol)
