import numpy as np
from scipy.sparse import issparse

from benchmark_utils.peers import openspiel
from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """Regret matching of OpenSpiel, in Python, for a number of iterations; it answers with its average."""

    name = "OpenSpiel"
    package = "open_spiel"
    parameters = {"iterations": [1000]}

    def warm_up(self):
        self.solve = openspiel()
        self.solve.iterations = self.iterations

    def answer(self, tol, A, **others):
        return tuple(np.asarray(p) for p in self.solve(A, tol))

    def unsuitable(self, A, **others):
        return "dense games only" if issparse(A) else ""
