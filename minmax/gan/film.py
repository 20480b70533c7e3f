"""What a generator made of the same noise in the course of a run: frames, kept in little memory."""

from __future__ import annotations

import math
from typing import Any

import torch

__all__ = ["Film"]

NUMBERS = 2**16  # of a frame at most
MOST, LEAST = 512, 16  # samples of a frame


class Film:
    """Frames of a run: when there are too many, every other one goes.

    Parameters
    ----------
    length : frames at most.

    Attributes
    ----------
    frames : steps and samples of each, the first of them before training.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self.frames: list[tuple[int, Any]] = []
        self.stride, self.shown = 1, 0

    def samples(self, numbers: int) -> int:
        """Return how many samples of so many numbers make a frame."""
        return max(LEAST, min(MOST, NUMBERS // max(numbers, 1)))

    def add(self, step: int, samples: Any) -> None:
        """Keep a frame, or leave it out where frames are kept at a distance.

        Parameters
        ----------
        step : of the run.
        samples : of it.
        """
        if self.shown % self.stride == 0:
            self.frames.append((step, samples.detach().to("cpu", torch.float32)))
            if len(self.frames) > self.length:
                self.frames = self.frames[::2]
                self.stride *= 2
        self.shown += 1

    def state_dict(self) -> dict[str, Any]:
        """Return all it holds."""
        return {"frames": list(self.frames), "stride": self.stride, "shown": self.shown}

    def load_state_dict(self, state: Any) -> None:
        """Hold what a `state_dict` does.

        Parameters
        ----------
        state : what `state_dict` returned.
        """
        self.frames = [tuple(frame) for frame in state["frames"]]
        self.stride, self.shown = state["stride"], state["shown"]

    @property
    def last(self) -> Any:
        """Samples of the last frame."""
        return self.frames[-1][1]

    def some(self, count: int) -> list[tuple[int, Any]]:
        """Return a few frames at about equal distances, the first and the last among them."""
        if len(self.frames) <= count:
            return list(self.frames)
        places = {round(k * (len(self.frames) - 1) / max(count - 1, 1)) for k in range(count)}
        return [self.frames[k] for k in sorted(places)]

    def __repr__(self) -> str:
        size = math.prod(self.frames[0][1].shape[:1]) if self.frames else 0
        return f"Film({len(self.frames)} frames of {size} samples)"
