"""The compiled kernels of the exact methods: what `tableau.py` and `lanes.py` say, on arrays of floats."""

from __future__ import annotations

from minmax._compile import compilable, kernel
from minmax.exact import lanes, scoring, tableau

__all__ = ["advance", "begin", "install", "loosen", "read", "repair", "solve_each", "solve_lanes"]

compilable(*tableau.COMPILED, *scoring.COMPILED, *lanes.COMPILED)
compilable(*scoring.COMPILED_RELAXED, *lanes.COMPILED_RELAXED, relaxed=True)

begin, read = kernel(tableau.begin), kernel(tableau.read)
advance, install, repair = kernel(tableau.advance), kernel(tableau.install), kernel(tableau.repair)
loosen = kernel(tableau.loosen)
solve_each, solve_lanes = kernel(lanes.solve_each), kernel(lanes.solve_lanes)
