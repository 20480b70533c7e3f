"""Where a player moves: the set, and its maps from dual points to strategies."""

from minmax.domains.ball import Ball
from minmax.domains.capped import CappedSimplex
from minmax.domains.convex import ConvexSet
from minmax.domains.domain import Domain
from minmax.domains.euclidean import Box, Free, Orthant
from minmax.domains.product import Product
from minmax.domains.simplex import Simplex
from minmax.domains.spectral import Spectrahedron, SpectralBall
from minmax.domains.treeplex import Treeplex

__all__ = [
    "Ball",
    "Box",
    "CappedSimplex",
    "ConvexSet",
    "Domain",
    "Free",
    "Orthant",
    "Product",
    "Simplex",
    "Spectrahedron",
    "SpectralBall",
    "Treeplex",
]
