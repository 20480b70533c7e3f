from scipy.sparse import issparse

from benchmark_utils.peers import quantecon
from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """A compiled simplex method."""

    name = "QuantEcon"
    package = "quantecon"

    def warm_up(self):
        self.solve = quantecon()

    def answer(self, tol, A, **others):
        return self.solve(A, tol)

    def unsuitable(self, A, **others):
        return "dense games only" if issparse(A) else ""
