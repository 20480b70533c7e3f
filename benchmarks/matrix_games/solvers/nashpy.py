from scipy.sparse import issparse

from benchmark_utils.peers import nashpy
from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """Nashpy's linear program."""

    name = "Nashpy"
    package = "nashpy"

    def warm_up(self):
        self.solve = nashpy()

    def answer(self, tol, A, **others):
        return self.solve(A, tol)

    def unsuitable(self, A, **others):
        return "dense games only" if issparse(A) else ""
