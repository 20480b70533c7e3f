"""Why a step of players is not taken."""

from __future__ import annotations

from typing import Any

__all__ = ["NonFiniteLoss", "OutOfBatches", "Overflow"]


class NonFiniteLoss(RuntimeError):  # noqa: N818
    """A player's loss is not a finite number; nobody has moved.

    Attributes
    ----------
    player : whose loss it is.
    value : the loss.
    step : number of the step, counted from zero.
    """

    def __init__(self, player: str, value: float, step: int) -> None:
        super().__init__(
            f"The loss of player {player!r} is {value} at step {step}: the step was refused, no parameter has moved; "
            'lower the learning rate, or pass nonfinite="skip" to leave such steps out.'
        )
        self.player, self.value, self.step = player, value, step

    def __reduce__(self) -> Any:
        return type(self), (self.player, self.value, self.step)


class OutOfBatches(LookupError):  # noqa: N818
    """An iterator had no more batches for a step, which has been taken back where what that needs is kept."""


class Overflow(Exception):  # noqa: N818
    """Gradients left the range of half precision: the scale has been lowered and this step is left out."""
