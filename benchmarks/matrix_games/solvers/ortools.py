from benchmark_utils.peers import ortools
from benchmark_utils.solving import PeerSolver


class Solver(PeerSolver):
    """The linear program by OR-Tools."""

    name = "OR-Tools"
    package = "ortools"
    parameters = {"solver": ["PDLP", "GLOP"]}

    def peer(self):
        return ortools(self.solver)
