"""Peers that play games of OpenSpiel and answer with policies: they name information sets as the library does there."""

from minmax.bench.solvers import LookedSolver, unavailable
from minmax.games.told import plan_of


class PolicySolver(LookedSolver):
    """A peer that iterates; a subclass says how it begins, iterates, and what it plays at an information set."""

    test_config = {"dataset": {"name": "OpenSpiel", "game": "kuhn_poker"}}

    def skip(self, openspiel, **others):
        reason = unavailable(self) or ("" if openspiel else "it plays the games of the dataset OpenSpiel")
        return bool(reason), reason or None

    def set_objective(self, game, openspiel, rounds, **others):
        import pyspiel

        self.game, self.rounds, self.played = game, rounds, 0
        self.begin(pyspiel.load_game(openspiel))

    def run(self, look):
        while look() and self.played < self.rounds:
            for _ in range(min(max(self.played // 4, 1), self.rounds - self.played)):
                self.iterate()
                self.played += 1

    def get_result(self):
        average, current = (self.plans(probabilities) for probabilities in self.strategies())
        return dict(zip(("x", "y", "average_x", "average_y", "operator_calls"), (*current, *average, self.played)))

    def plans(self, probabilities):
        """Return both players' plans; uniform where a policy says nothing."""
        pair = []
        for k, player in enumerate("xy"):
            told = {}
            for name, moves in zip(self.game.information[k], self.game.moves[k]):
                own = probabilities(k, name)
                told[name] = own if len(own) == len(moves) else [1 / len(moves)] * len(moves)
            pair.append(plan_of(self.game, player, told))
        return pair
