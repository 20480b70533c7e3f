from benchmark_utils.policies import PolicySolver


class Solver(PolicySolver):
    """CFR and CFR+ of OpenSpiel in C++."""

    name = "OpenSpiel"
    package, install = "pyspiel", "pip install open_spiel"
    parameters = {"variant": ["CFR", "CFRPlus"]}

    def begin(self, game):
        import pyspiel

        self.solver = getattr(pyspiel, f"{self.variant}Solver")(game)

    def iterate(self):
        self.solver.evaluate_and_update_policy()

    def strategies(self):
        """Average and current play, as functions of a player and an information set."""
        for policy in (self.solver.average_policy(), self.solver.current_policy()):
            yield lambda player, name, policy=policy: [p for _, p in policy.get_state_policy(name)]
