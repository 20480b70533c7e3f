from benchmark_utils.peers import highspy
from benchmark_utils.solving import PeerSolver


class Solver(PeerSolver):
    """The linear program by HiGHS itself."""

    name = "HiGHS"
    package = "highspy"
    parameters = {"solver": ["ipm", "simplex", "pdlp"]}

    def peer(self):
        return highspy(self.solver)
