from benchmark_utils.peers import clarabel
from benchmark_utils.solving import PeerSolver


class Solver(PeerSolver):
    """The linear program by an interior point for cones."""

    name = "Clarabel"
    package = "clarabel"

    def peer(self):
        return clarabel()
