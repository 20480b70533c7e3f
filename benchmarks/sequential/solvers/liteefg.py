from contextlib import redirect_stdout
from io import StringIO

from benchmark_utils.policies import PolicySolver


class Solver(PolicySolver):
    """CFR+ of LiteEFG, its own baseline in C++."""

    name = "LiteEFG"
    package, install = "LiteEFG", "pip install liteefg open_spiel"

    def begin(self, game):
        import LiteEFG
        from LiteEFG.baselines.CFRplus import graph

        LiteEFG.set_threads(1)
        with redirect_stdout(StringIO()):
            self.env, self.graph = LiteEFG.OpenSpielEnv(game, "Enumerate", regenerate=True), graph()
            self.env.set_graph(self.graph)

    def iterate(self):
        self.graph.update_graph(self.env)
        self.env.update_strategy(self.graph.current_strategy())

    def strategies(self):
        """Average and current play, as functions of a player and an information set."""
        for kind in ("linear-avg-iterate", "last-iterate"):
            if not self.played:  # it has no strategy yet
                yield lambda player, name: []
                continue
            policy, *_ = self.env.get_strategy(self.graph.current_strategy(), kind)
            yield lambda player, name, policy=policy: self.told(policy, name)

    def told(self, policy, name):
        row = policy.state_lookup.get(name)
        if row is None:
            return []
        return policy.action_probability_array[row][policy.legal_actions_mask[row] > 0].tolist()
