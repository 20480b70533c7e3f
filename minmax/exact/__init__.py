"""Exact methods: equilibria to machine precision."""

from minmax.exact.answer import Basis
from minmax.exact.conic import Conic
from minmax.exact.crossover import Crossover
from minmax.exact.interior import InteriorPoint
from minmax.exact.linear import LinearProgram, PureSaddle
from minmax.exact.newton import ActiveSet
from minmax.exact.oracle import DoubleOracle
from minmax.exact.pivoting import Pivoting
from minmax.exact.rational import RationalSolution, rational_gap, solve_exactly
from minmax.exact.shapley import HoffmanKarp, PolicyIteration, ShapleyIteration

__all__ = [
    "ActiveSet",
    "Basis",
    "Conic",
    "Crossover",
    "DoubleOracle",
    "HoffmanKarp",
    "InteriorPoint",
    "LinearProgram",
    "Pivoting",
    "PolicyIteration",
    "PureSaddle",
    "RationalSolution",
    "ShapleyIteration",
    "rational_gap",
    "solve_exactly",
]
