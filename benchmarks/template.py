"""A dynamics of your own beside the others: copy this file, change what is between the lines, and run

    minmax bench matrix_games --small --add template.py

The folder bench-matrix_games then holds its curve.  `docs/own_dynamics.md` explains each line.
"""

from typing import Any, NamedTuple

import minmax as mm
from minmax.bench.solvers import DynamicsSolver

# ---------------------------------------------------------------------------------------------------------------------


class Settings(NamedTuple):
    eta: Any = "auto"
    foresight: Any = 0.5


class HalfOptimistic(Settings, mm.dynamics.Dynamics):
    """Weights that grow by the utility and a share of its last change: 0 is MWU with a constant step, 1 is OMWU."""

    __slots__ = ()
    geometry = "entropy"
    guarantee = "none is known"
    source = "this file"

    def step(self, theta, u, v, a, b, t):
        return theta + self.eta * (u + self.foresight * (u - a)), u, b

    def auto_eta(self, at):
        return 1.0 / at.spread if at.spread > 0 else 1.0


# ---------------------------------------------------------------------------------------------------------------------


class Solver(DynamicsSolver):
    name = "HalfOptimistic"

    def rule(self):
        return HalfOptimistic()
