"""Why a step of players is not taken."""

from __future__ import annotations

from typing import Any

__all__ = ["NonFiniteLoss", "OutOfBatches", "Overflow"]


class NonFiniteLoss(RuntimeError):  # noqa: N818
    """A player's loss is not a finite number; nobody has moved, or in a step that is not taken back, nobody since.

    Attributes
    ----------
    player : whose loss it is.
    value : the loss.
    step : number of the step, counted from zero.
    whole : whether what the step had done before was taken back.
    """

    def __init__(self, player: str, value: float, step: int, whole: bool = True) -> None:
        fate = "the step was refused, no parameter has moved" if whole else "the step was broken off"
        super().__init__(
            f"The loss of player {player!r} is {value} at step {step}: {fate}; "
            'lower the learning rate, or pass nonfinite="skip" to leave such steps out.'
        )
        self.player, self.value, self.step, self.whole = player, value, step, whole

    def __reduce__(self) -> Any:
        return type(self), (self.player, self.value, self.step, self.whole)


class OutOfBatches(LookupError):  # noqa: N818
    """An iterator had no more batches for a step, which has been taken back where what that needs is kept."""


class Overflow(Exception):  # noqa: N818
    """Gradients left the range of half precision: the scale has been lowered and this step is left out."""
