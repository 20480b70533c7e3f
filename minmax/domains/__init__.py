"""Where a player moves: the set, and its maps from dual points to strategies."""

from minmax.domains.euclidean import Free
from minmax.domains.simplex import Simplex

__all__ = ["Free", "Simplex"]
