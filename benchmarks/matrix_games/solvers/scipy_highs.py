from benchmark_utils.peers import scipy_highs
from benchmark_utils.solving import PeerSolver


class Solver(PeerSolver):
    """The linear program by scipy's HiGHS."""

    name = "scipy"
    package = "scipy"

    def peer(self):
        return scipy_highs()
