"""Games on trees: what best responses win against plans, by plain numpy on the sequence form."""

import numpy as np
from benchopt import BaseObjective


class Objective(BaseObjective):
    """Exploitability, half of what best responses to both plans win together, in the game's payoffs."""

    name = "extensive-form game"
    min_benchopt_version = "1.10"
    # A run ends after so many rounds, or where its exploitability is at most tol.
    parameters = {"rounds": [10_000], "tol": [1e-6]}
    test_dataset_name = "zoo"
    test_config = {"rounds": 20, "dataset": {"game": "kuhn"}}

    def skip(self, game, openspiel):
        return game is None, "pyspiel is not installed: pip install open_spiel"

    def set_data(self, game, openspiel):
        self.game, self.openspiel = game, openspiel

    def get_objective(self):
        return {"game": self.game, "openspiel": self.openspiel, "rounds": self.rounds, "tol": self.tol}

    def evaluate_result(self, x, y, average_x, average_y, operator_calls):
        last, average = self.exploitability(x, y), self.exploitability(average_x, average_y)
        value = min(last, average)
        return {
            "value": value,
            "last": last,
            "average": average,
            "operator_calls": operator_calls,
            "ended": value <= self.tol or not np.isfinite(value),
            "merit": "exploitability (payoff units)",
        }

    def exploitability(self, x, y):
        if (np.shape(x), np.shape(y)) != ((self.game.shape[0],), (self.game.shape[1],)):
            return np.inf
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            return np.inf
        P, X, Y = self.game.P, self.game.X, self.game.Y  # what x receives at pairs of sequences
        far = max(off(X, x), off(Y, y))
        return np.inf if far > 1e-6 else (best(X, P @ y) + best(Y, -(P.T @ x))) / 2

    def get_one_result(self):
        x, y = self.game.X.centre(), self.game.Y.centre()
        return {"x": x, "y": y, "average_x": x, "average_y": y, "operator_calls": 0}


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
