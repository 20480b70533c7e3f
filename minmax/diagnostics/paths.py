"""What the operator does along the line through two points."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax.diagnostics.jacobian import operator_of

__all__ = ["PathAngle", "path_angle"]

ACROSS = 1e-9  # a cosine below this is none


class PathAngle(NamedTuple):
    """What the operator does along the line through two points.

    Attributes
    ----------
    alphas : places along the line: 0 at the target, 1 at the start.
    angle : cosine of the angle between the operator and the direction from target to start.
    norm : norm of the operator.
    attracts : whether the angle turns from negative to positive at the target: steps against the operator lead back.
    straightness : least size of the cosine beside the target: 0 for pure rotation, 1 where play goes straight.
    """

    alphas: np.ndarray
    angle: np.ndarray
    norm: np.ndarray
    attracts: bool
    straightness: float

    def __str__(self) -> str:
        leads = "leads back to" if self.attracts else "does not lead back to"
        return f"the operator {leads} the target; cosine of its angle with the path beside it {self.straightness:.3g}"


def path_angle(game: Any, target: Any, start: Any, *, alphas: Any = None) -> PathAngle:
    """Return the path-angle and path-norm along `z(alpha) = target + alpha (start - target)`.

    Parameters
    ----------
    game : a game, or a `TorchPair`.
    target, start : pairs (x, y): a point thought to be a saddle, and where a run began.
    alphas : places looked at; 101 from -0.5 to 1.5 where None.

    Source
    ------
    H. Berard, G. Gidel, A. Almahairi, P. Vincent and S. Lacoste-Julien, A closer look at the optimization landscapes of
    generative adversarial networks, 2020, arXiv 1906.04848.
    """
    ends = []
    for name, pair in (("target", target), ("start", start)):
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
            raise TypeError(f"`{name}` must be a pair (x, y); got {type(pair).__name__}.")
        parts = [np.atleast_1d(np.asarray(p, dtype=np.float64)).ravel() for p in pair]
        if tuple(part.size for part in parts) != tuple(game.shape) or not all(
            np.isfinite(part).all() for part in parts
        ):
            raise ValueError(f"`{name}` must be finite points of {game.shape[0]} and {game.shape[1]} coordinates.")
        ends.append(np.concatenate(parts))
    to, chord = ends[0], ends[1] - ends[0]
    length = float(np.linalg.norm(chord))
    if length == 0.0:
        raise ValueError("`start` must differ from `target`: a point has no direction.")
    places = np.linspace(-0.5, 1.5, 101) if alphas is None else np.asarray(alphas, dtype=np.float64)
    values = np.array([operator_of(game, to + alpha * chord) for alpha in places])
    norms = np.linalg.norm(values, axis=1)
    along = values @ chord / length
    angle = np.divide(along, norms, out=np.zeros_like(along), where=norms > 1e-14 * norms.max(initial=0.0))
    left, right = (places < -1e-12), (places > 1e-12)
    beside = np.concatenate([angle[left][-3:], angle[right][:3]])
    attracts = bool(left.any() and right.any() and angle[left][-1] < -ACROSS and angle[right][0] > ACROSS)
    straightness = float(np.abs(beside).min()) if beside.size else math.nan
    return PathAngle(places, angle, norms, attracts, straightness)
