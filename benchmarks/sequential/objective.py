"""Games on trees: what best responses win against plans, by plain numpy on the sequence form."""

import numpy as np

from minmax.bench.objectives import PairObjective, shaped


class Objective(PairObjective):
    """Exploitability, half of what best responses to both plans win together, in the game's payoffs."""

    name = "extensive-form game"
    merit = "exploitability (payoff units)"
    parameters = {"rounds": [10_000], "tol": [1e-6]}
    test_dataset_name = "zoo"
    test_config = {"rounds": 20, "dataset": {"game": "kuhn"}}

    def skip(self, game, openspiel):
        return game is None, "pyspiel is not installed: pip install open_spiel"

    def set_data(self, game, openspiel):
        self.game, self.openspiel = game, openspiel

    def get_objective(self):
        return {"game": self.game, "openspiel": self.openspiel, "rounds": self.rounds, "tol": self.tol}

    def measured(self, x, y):
        if not shaped(x, y, *self.game.shape):
            return np.inf
        P, X, Y = self.game.P, self.game.X, self.game.Y  # what x receives at pairs of sequences
        far = max(off(X, x), off(Y, y))
        return np.inf if far > 1e-6 else (best(X, P @ y) + best(Y, -(P.T @ x))) / 2

    def pair(self):
        return self.game.X.centre(), self.game.Y.centre()


def best(plans, utility):
    """Return the most that a plan makes of utilities of sequences: information sets from the last to the first."""
    value = np.array(utility, dtype=float)
    ends = 1 + np.cumsum(plans.actions)
    for j in range(plans.parents.size - 1, -1, -1):
        value[plans.parents[j]] += value[ends[j] - plans.actions[j] : ends[j]].max()
    return float(value[0])


def off(plans, x):
    """Return how far a plan is from being one."""
    if not plans.parents.size:
        return abs(x[0] - 1.0)
    sums = np.add.reduceat(x[1:], np.concatenate([[0], np.cumsum(plans.actions)[:-1]]))
    return max(abs(x[0] - 1.0), float(np.abs(sums - x[plans.parents]).max()), -float(x.min()))
