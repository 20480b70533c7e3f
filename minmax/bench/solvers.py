"""Solvers of benchmarks: a dynamics that is looked at as it plays, and whatever answers once.

    from minmax import MWU
    from minmax.bench.solvers import DynamicsSolver


    class Solver(DynamicsSolver):
        name = "MWU"

        def rule(self):
            return MWU()

in a file of a benchmark's folder `solvers` is a curve beside the others.
"""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import Any

import numpy as np
from benchopt import BaseSolver
from benchopt.stopping_criterion import StoppingCriterion

from minmax.players import ROWS_ROUNDS
from minmax.solve import solve
from minmax.watching import Snapshot

__all__ = ["AnswerSolver", "DynamicsSolver", "Ended", "LookedSolver", "MethodSolver", "unavailable"]

INSTALL = 'pip install "minmax[peers]"'


class Ended(StoppingCriterion):
    """Ends a run where the objective says that a point ends it, and never because a curve is flat or rises.

    Benchopt's own criteria stop on a plateau, and drop a run whose monitored number grows: here a dynamics that cycles
    or diverges is a result.
    """

    def __init__(self, strategy: str = "callback", key_to_monitor: str | None = None, minimize: bool = True) -> None:
        super().__init__(strategy=strategy, key_to_monitor=key_to_monitor, minimize=minimize)

    def check_convergence(self, objective_list: list[dict[str, Any]]) -> tuple[bool, float]:
        """Return whether the last point ends the run, and how far it has come, which nobody knows."""
        return bool(objective_list[-1]["objective_ended"]), 0.0


def unavailable(solver: Any) -> str:
    """Return why a solver cannot run here, which is that its `package` is missing; nothing where it can."""
    package = getattr(solver, "package", "minmax")
    return "" if find_spec(package) else f"{package} is not installed: {getattr(solver, 'install', INSTALL)}"


class LookedSolver(BaseSolver):
    """A solver that calls `look` as it goes, at growing distances: each of its looks is a point of its curve."""

    sampling_strategy = "callback"
    stopping_criterion = Ended()

    def get_next(self, previous: int) -> int:
        """Return the next look that counts: every one, as they grow apart by themselves."""
        return previous + 1


class DynamicsSolver(LookedSolver):
    """A dynamics, played in one run that is looked at at growing rounds: the objective judges both iterates.

    A subclass gives its `name` and `rule()`; `options` are further options of `solve`, such as `alternating`.
    """

    options: dict[str, Any] = {}  # noqa: RUF012 - benchopt reads the attributes of a class

    def rule(self) -> Any:
        """Return the dynamics."""
        raise NotImplementedError(f"{type(self).__name__} must say its `rule`.")

    def skip(self, game: Any, **others: Any) -> tuple[bool, str | None]:
        """Skip a game that the dynamics refuses, with its reason."""
        try:
            solve(game, self.rule(), rounds=0, tol=None, **self.options)
        except (ValueError, TypeError) as refusal:
            return True, str(refusal)
        return False, None

    def set_objective(self, game: Any, rounds: int, start: Any = None, **others: Any) -> None:
        """Take the game, how many rounds to play at most, and where to start, if not at the centre."""
        self.game, self.rounds, self.start = game, rounds, start
        self._warmup_done = False  # benchopt warms up once, and other problems may need other code

    def play(self, rounds: int, watch: Any = None) -> None:
        """Play the dynamics, until the rounds are over or the watch ends the run."""
        solve(self.game, self.rule(), rounds=rounds, tol=None, start=self.start, watch=watch, **self.options)

    def warm_up(self) -> None:
        """Compile what the run will need: all that it will play, but for more rounds of it."""
        self.play(min(self.rounds, ROWS_ROUNDS + 8))

    def run(self, look: Any) -> None:
        """Play; `look` judges what `get_result` returns, and says whether to go on."""

        def watch(snapshot: Snapshot) -> bool:
            self.seen = snapshot
            return not look()

        self.play(self.rounds, watch)

    def get_result(self) -> dict[str, Any]:
        """Return the last look: both iterates and the work so far."""
        seen = self.seen
        return {
            "x": seen.x,
            "y": seen.y,
            "average_x": seen.average_x,
            "average_y": seen.average_y,
            "operator_calls": seen.operator_calls,
        }


class AnswerSolver(BaseSolver):
    """A solver that answers once, at a tolerance: a star at its time instead of a curve.

    A subclass gives its `name`, its `package`, which it is skipped without, and `answer(tol, **problem)`, which returns
    a pair (x, y).  What it imports, it imports in methods.
    """

    sampling_strategy = "run_once"
    package = "minmax"
    install = INSTALL

    def answer(self, tol: float, **problem: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return strategies of both players."""
        raise NotImplementedError(f"{type(self).__name__} must say how to `answer`.")

    def unsuitable(self, **problem: Any) -> str:
        """Return why a problem is nothing for this solver; nothing where it is."""
        return ""

    def skip(self, **problem: Any) -> tuple[bool, str | None]:
        """Skip what is not installed or does not suit, with the reason."""
        reason = unavailable(self) or self.unsuitable(**problem)
        return bool(reason), reason or None

    def set_objective(self, tol: float, **problem: Any) -> None:
        """Take the problem and the tolerance."""
        self.tol, self.problem = tol, problem
        self._warmup_done = False

    def run(self, _: Any) -> None:
        """Answer."""
        self.pair = self.answer(self.tol, **self.problem)

    def get_result(self) -> dict[str, Any]:
        """Return the answer, which has no average and counts no operator calls."""
        x, y = self.pair
        return {"x": x, "y": y, "average_x": x, "average_y": y, "operator_calls": math.nan}


class MethodSolver(AnswerSolver):
    """An exact method of this library, or the automatic choice where `method` is None."""

    def method(self) -> Any:
        """Return the method."""
        return None

    def warm_up(self) -> None:
        """Compile what the run will need."""
        self.run(None)

    def answer(self, tol: float, **problem: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return strategies of both players."""
        found = solve(problem["game"], self.method(), tol=tol)
        return found.x, found.y
