import numpy as np
from benchmark_utils.peers import openspiel
from benchmark_utils.solving import PeerSolver


class Solver(PeerSolver):
    """Regret matching of OpenSpiel, in Python, for a number of iterations; it answers with its average."""

    name = "OpenSpiel"
    package = "open_spiel"
    dense = True
    parameters = {"iterations": [1000]}

    def peer(self):
        solve = openspiel()
        solve.iterations = self.iterations
        return lambda A, tol: tuple(np.asarray(p) for p in solve(A, tol))
