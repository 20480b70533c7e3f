"""Games that are means of many terms, whose gradients can be asked term by term."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from minmax import _check
from minmax.games.smooth import SmoothGame, probe

__all__ = ["FiniteSumGame"]

ASKED = 16  # terms whose Lipschitz constants are looked at


@dataclass(frozen=True, eq=False)
class FiniteSumGame(SmoothGame):
    """The saddle problem `min over x in X, max over y in Y` of the mean of `count` functions.

    Parameters
    ----------
    X, Y : domains of x and y.
    count : number of terms N.
    term_gradients : function of x, y and an array of term indices that returns `(grad_x, grad_y)` of their mean.
    f, gradients : the mean and its gradients, where there is a faster way than asking for all terms.
    lipschitz, check_gradients, name : as for `SmoothGame`; the Lipschitz constant is that of a term, in the mean of
        squares.

    Examples
    --------
    >>> from minmax import Free
    >>> A = np.array([1.0, 3.0])
    >>> game = FiniteSumGame(Free(1), Free(1), 2, lambda x, y, i: (A[i].mean() * y, A[i].mean() * x))
    >>> game.gradients(np.array([1.0]), np.array([2.0]))
    (array([4.]), array([2.]))
    """

    count: int
    term_gradients: Callable[[Any, Any, np.ndarray], Any]
    f: Callable[[Any, Any], Any] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _check.whole("count", self.count, 1)
        if not callable(self.term_gradients):
            raise TypeError(f"`term_gradients` must be a function of x, y and indices; got {self.term_gradients!r}.")
        if self.gradients is None:
            every = np.arange(self.count)
            object.__setattr__(self, "gradients", lambda x, y: self.term_gradients(x, y, every))
        super().__post_init__()

    @cached_property
    def norm(self) -> float:  # type: ignore[override]
        """Lipschitz constant of a term's operator, root of the mean square, as given or estimated at the centre."""
        if self.lipschitz is not None:
            return float(self.lipschitz)
        at = [d.project(d.centre()) for d in self.domains]
        asked = np.random.default_rng(0).permutation(self.count)[:ASKED]
        found = [probe(OneTerm(self, np.array([i])), *at) for i in asked]
        return float(np.sqrt(np.mean([max(one.whole, one.across, *one.own) ** 2 for one in found])))


class OneTerm:
    """One term of a sum, as a game whose gradients can be probed."""

    def __init__(self, game: FiniteSumGame, index: np.ndarray) -> None:
        self.game, self.index, self.domains = game, index, game.domains

    def gradients(self, x: np.ndarray, y: np.ndarray) -> Any:
        """Return the gradients of the term."""
        return self.game.term_gradients(x, y, self.index)
