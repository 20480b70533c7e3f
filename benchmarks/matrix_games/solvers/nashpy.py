from benchmark_utils.peers import nashpy
from benchmark_utils.solving import PeerSolver


class Solver(PeerSolver):
    """Nashpy's linear program."""

    name = "Nashpy"
    package = "nashpy"
    dense = True

    def peer(self):
        return nashpy()
