"""Numbers that change with the step: learning rates, decays, penalties, half-lives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from minmax import _check

__all__ = ["Constant", "Cosine", "Linear", "Schedule"]


class Schedule:
    """A number for every step, counted from zero: `schedule(t)`."""

    def __call__(self, t: int) -> float:
        """Return the number at step t."""
        raise NotImplementedError(type(self).__name__)


@dataclass(frozen=True)
class Constant(Schedule):
    """The same number at every step."""

    value: float

    def __call__(self, t: int) -> float:
        """Return the number at step t."""
        return self.value


@dataclass(frozen=True)
class Moving(Schedule):
    """From `start` to `end` in `steps` steps after `wait`, and `end` from there on.

    Parameters
    ----------
    start, end : numbers.
    steps : steps on the way.
    wait : steps before, at `start`.
    """

    start: float
    end: float
    steps: int
    wait: int = 0

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            value = getattr(self, name)
            if not math.isfinite(value):
                raise ValueError(f"`{name}` must be a finite number; got {value}.")
        _check.whole("steps", self.steps, 1)
        _check.whole("wait", self.wait, 0)

    def __call__(self, t: int) -> float:
        """Return the number at step t."""
        share = min(max(t - self.wait, 0) / self.steps, 1.0)
        return self.start + (self.end - self.start) * self.passed(share)

    def passed(self, share: Any) -> float:
        """Return the part of the difference passed after a share of the steps."""
        raise NotImplementedError(type(self).__name__)


@dataclass(frozen=True)
class Linear(Moving):
    """A straight line from `start` to `end`.

    Examples
    --------
    >>> [Linear(1.0, 0.0, 4)(t) for t in range(6)]
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """

    def passed(self, share: float) -> float:
        """Return the part of the difference passed after a share of the steps."""
        return share


@dataclass(frozen=True)
class Cosine(Moving):
    """Half a wave of the cosine from `start` to `end`, as R3GAN moves lr, beta2, gamma and the half-life of averages.

    Examples
    --------
    >>> [round(Cosine(1.0, 0.0, 4)(t), 3) for t in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]

    Source
    ------
    N. Huang, A. Gokaslan, V. Kuleshov and J. Tompkin, The GAN is dead; long live the GAN, 2025, arXiv 2501.05441.
    """

    def passed(self, share: float) -> float:
        """Return the part of the difference passed after a share of the steps."""
        return 0.5 - 0.5 * math.cos(math.pi * share)
