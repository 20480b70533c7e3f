"""Exact methods: equilibria to machine precision."""

from minmax.exact.linear import LinearProgram, PureSaddle

__all__ = ["LinearProgram", "PureSaddle"]
