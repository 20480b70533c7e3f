"""Games: payoffs, domains and certificates."""

from minmax.games import zoo
from minmax.games.matrix import Certificate, Known, MatrixGame
from minmax.games.saddle import BilinearGame

__all__ = ["BilinearGame", "Certificate", "Known", "MatrixGame", "zoo"]
