from benchopt import BaseSolver

from minmax.bench.solvers import Ended, unavailable
from minmax.games.told import plan_of


class Solver(BaseSolver):
    """CFR and CFR+ of OpenSpiel in C++, on games of the dataset OpenSpiel."""

    name = "OpenSpiel"
    package, install = "pyspiel", "pip install open_spiel"
    test_config = {"dataset": {"name": "OpenSpiel", "game": "kuhn_poker"}}
    parameters = {"variant": ["CFR", "CFRPlus"]}
    sampling_strategy = "callback"
    stopping_criterion = Ended()

    def skip(self, openspiel, **others):
        reason = unavailable(self) or ("" if openspiel else "it plays the games of the dataset OpenSpiel")
        return bool(reason), reason or None

    def set_objective(self, game, openspiel, rounds, **others):
        import pyspiel

        self.game, self.rounds, self.played = game, rounds, 0
        self.solver = getattr(pyspiel, f"{self.variant}Solver")(pyspiel.load_game(openspiel))

    def get_next(self, previous):
        return previous + 1

    def run(self, look):
        while look() and self.played < self.rounds:
            for _ in range(min(max(self.played // 4, 1), self.rounds - self.played)):
                self.solver.evaluate_and_update_policy()
                self.played += 1

    def get_result(self):
        average, current = self.plans(self.solver.average_policy()), self.plans(self.solver.current_policy())
        return dict(zip(("x", "y", "average_x", "average_y", "operator_calls"), (*current, *average, self.played)))

    def plans(self, policy):
        """Read plans off a policy, which names information sets as the game does."""
        return [plan_of(self.game, player, self.told(policy, k)) for k, player in enumerate("xy")]

    def told(self, policy, k):
        told = {}
        for name, moves in zip(self.game.information[k], self.game.moves[k]):
            probabilities = [p for _, p in policy.get_state_policy(name)]
            told[name] = probabilities if len(probabilities) == len(moves) else [1 / len(moves)] * len(moves)
        return told
