"""The compiled kernels of the exact methods: what `tableau.py` and `lanes.py` say, on arrays of floats."""

from __future__ import annotations

from minmax._compile import compilable, kernel
from minmax.exact import lanes, scoring, tableau

__all__ = ["advance", "begin", "certify", "install", "load", "pivot", "read", "repair", "solve_each", "solve_lanes", "measure"]

compilable(*tableau.COMPILED, *scoring.COMPILED, *lanes.COMPILED)
compilable(*scoring.COMPILED_RELAXED, *lanes.COMPILED_RELAXED, relaxed=True)

advance, begin, install = kernel(tableau.advance), kernel(tableau.begin), kernel(tableau.install)
pivot, read, repair = kernel(tableau.pivot), kernel(tableau.read), kernel(tableau.repair)
solve_each, solve_lanes = kernel(lanes.solve_each), kernel(lanes.solve_lanes)
measure, load, certify = kernel(scoring.measure), kernel(lanes.load), kernel(scoring.certify)
