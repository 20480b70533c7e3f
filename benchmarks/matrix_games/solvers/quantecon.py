from benchmark_utils.peers import quantecon
from benchmark_utils.solving import PeerSolver


class Solver(PeerSolver):
    """A compiled simplex method."""

    name = "QuantEcon"
    package = "quantecon"
    dense = True

    def peer(self):
        return quantecon()
