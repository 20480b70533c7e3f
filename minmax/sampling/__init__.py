"""Methods that look at a part of a game tree, drawn by chance, in each round."""

from minmax.sampling.method import MonteCarloCFR

__all__ = ["MonteCarloCFR"]
