"""Games: payoffs, domains and certificates."""

from minmax.games import zoo
from minmax.games.certificate import Certificate
from minmax.games.composite import CompositeGame
from minmax.games.extensive import ExtensiveFormGame
from minmax.games.markov import MarkovGame
from minmax.games.matrix import Known, MatrixGame
from minmax.games.openspiel import from_openspiel
from minmax.games.quadratic import BilinearGame, QuadraticGame
from minmax.games.saddle import restricted_gap
from minmax.games.smooth import SmoothGame
from minmax.games.sums import FiniteSumGame

__all__ = [
    "BilinearGame",
    "Certificate",
    "CompositeGame",
    "ExtensiveFormGame",
    "FiniteSumGame",
    "Known",
    "MarkovGame",
    "MatrixGame",
    "QuadraticGame",
    "SmoothGame",
    "from_openspiel",
    "restricted_gap",
    "zoo",
]
