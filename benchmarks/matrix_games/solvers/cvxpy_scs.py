from benchmark_utils.peers import cvxpy
from benchmark_utils.solving import PeerSolver


class Solver(PeerSolver):
    """The linear program through cvxpy, by operator splitting."""

    name = "SCS"
    package = "scs"

    def peer(self):
        return cvxpy("SCS")
