"""What every map from dual points to strategies shares, whatever the domain."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

__all__ = ["Map"]


class Size(NamedTuple):
    n: int


class Map(Size):
    """A map from dual points to strategies, as kernels and rows see it.

    The scalar verbs (`play`, `lift`, `values`) write in place and are compiled; the `_rows` verbs return new
    arrays of shape (..., n), numpy or torch.

    Attributes
    ----------
    invertible : whether a play can be turned into a dual point; where not, a start is simply played first.
    separable : whether a play is `weigh` of each dual coordinate, divided by the sum, and uniform where that is zero.
    interior : whether a start must give every action a positive probability, since none returns once it is zero.
    """

    __slots__ = ()
    invertible: ClassVar[bool] = True
    separable: ClassVar[bool] = False
    interior: ClassVar[bool] = False

    def values(self, x: Any, u: Any, v: Any) -> Any:
        """Write the local value `<x, u>` to every coordinate of v and return it."""
        total = 0.0
        for i in range(x.size):
            total += x[i] * u[i]
        for i in range(x.size):
            v[i] = total
        return total

    def values_rows(self, x: Any, u: Any) -> Any:
        return (x * u).sum(-1)[..., None]
