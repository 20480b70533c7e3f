"""What a pair of strategies proves about a game."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

__all__ = ["EPS", "TINY", "Certificate", "relative"]

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).smallest_subnormal)


class Certificate(NamedTuple):
    """What a pair of strategies proves about a game, in the caller's sign.

    Attributes
    ----------
    value : the payoff at the pair.
    lower, upper : bounds on the value of the game, rounding accounted for; infinite where nothing is proved.
    gap : the merit of the pair, never negative, zero at a saddle only.
    relative_gap : `(upper - lower) / scale`, or `gap / scale` for a residual.
    merit : what `gap` is: "duality gap", `max_y' f(x, y') - min_x' f(x', y)`; "linearised gap", which bounds it, by
        best responses to the gradients; or "natural residual", `L |z - P(z - F(z) / L)|`, where best responses do not
        exist.
    """

    value: float
    lower: float
    upper: float
    gap: float
    relative_gap: float
    merit: str


def relative(width: float, scale: float) -> float:
    """`width / scale`; a game of scale zero is all zeros."""
    return width / scale if scale > 0 else (0.0 if width == 0.0 else math.inf)
