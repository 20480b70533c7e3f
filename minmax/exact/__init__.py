"""Exact methods: equilibria to machine precision."""

from minmax.exact.linear import LinearProgram

__all__ = ["LinearProgram"]
