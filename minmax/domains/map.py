"""What every map from dual points to strategies shares, whatever the domain."""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

from minmax._scalar import dot
from minmax.domains.rows import namespace

__all__ = ["Map"]

SMALLEST = 1e-300  # a probability below this has no finite logarithm to speak of


class Size(NamedTuple):
    n: int


class Map:
    """A map from dual points to strategies, as kernels and rows see it; mixed into a record with the set's numbers.

    The scalar verbs (`play`, `lift`, `values`) write in place and are compiled; the `_rows` verbs return new
    arrays of shape (..., n), numpy or torch.  `w` is the step of the play, the weight of the domain's own terms
    (`minmax.domains.terms`); plain sets have none and ignore it.  `play` may be asked to write over its input.

    Attributes
    ----------
    invertible : whether a play can be turned into a dual point; where not, a start is simply played first.
    separable : whether a play is `weigh` of each dual coordinate, divided by the sum, and uniform where that is zero.
    pointwise : whether a play is `place` of each dual coordinate alone, and the dual point of a strategy is itself.
    iterative : whether a play on rows takes many array operations, so that compiled rounds pay sooner.
    compiled : whether the scalar verbs exist; where not, every round is played on rows.
    modulus : strong convexity of the map's regulariser in the Euclidean norm, which step sizes are divided by.
    """

    __slots__ = ()
    invertible: ClassVar[bool] = True
    separable: ClassVar[bool] = False
    pointwise: ClassVar[bool] = False
    iterative: ClassVar[bool] = False
    compiled: ClassVar[bool] = True

    @property
    def modulus(self) -> float:
        return 1.0

    def stuck(self, x: Any) -> int:
        """Index of a coordinate of x that this map would never move again, or -1."""
        return -1

    def values(self, theta: Any, x: Any, u: Any, v: Any) -> Any:
        """Write the local value of each coordinate to v and return `<x, u>`: they are the same on a set without parts.

        A set with parts may turn u into local utilities (counterfactual ones), which rules weigh against v; theta is
        the dual point that x is the play of.
        """
        total = dot(x, u)
        for i in range(x.size):
            v[i] = total
        return total

    def values_rows(self, theta: Any, x: Any, u: Any) -> tuple[Any, Any]:
        """Return `<x, u>` of each row, and the local values; u is turned in place, as by `values`."""
        total = (x * u).sum(-1)
        return total, total[..., None]


class Plain(Map):
    """A Euclidean map: the dual point of a strategy is the strategy itself."""

    __slots__ = ()

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = x[i]

    def lift_rows(self, x: Any) -> Any:
        return x + 0.0


class Logarithmic(Map):
    """An entropic map: the dual point of a strategy is its logarithm, and no coordinate comes back from zero."""

    __slots__ = ()

    def stuck(self, x: Any) -> int:
        return int(x.argmin()) if x.min() <= 0.0 else -1

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = math.log(max(x[i], SMALLEST))

    def lift_rows(self, x: Any) -> Any:
        xp = namespace(x)
        return xp.log(xp.clip(x, SMALLEST, None))


class OneWay(Map):
    """A map that forgets: what was played has no dual point, and zero stands for it."""

    __slots__ = ()
    invertible = False

    def lift(self, x: Any, theta: Any) -> None:
        for i in range(x.size):
            theta[i] = 0.0

    def lift_rows(self, x: Any) -> Any:
        return 0.0 * x
