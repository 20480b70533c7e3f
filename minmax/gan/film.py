"""What a generator made of the same noise in the course of a run: frames, kept in little memory."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["Film"]

NUMBERS = 2**16  # of a frame at most
MOST, LEAST = 512, 16  # samples of a frame


class Film:
    """Frames of a run: when there are too many, every other one goes.

    Parameters
    ----------
    length : frames at most, beside the newest.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self.kept: list[tuple[int, Any]] = []
        self.newest: tuple[int, Any] | None = None
        self.stride, self.shown = 1, 0

    @property
    def frames(self) -> list[tuple[int, Any]]:
        """Steps and samples of all frames, and of the newest."""
        last = [] if self.newest is None or (self.kept and self.kept[-1][0] == self.newest[0]) else [self.newest]
        return [*self.kept, *last]

    def samples(self, numbers: int) -> int:
        """Return how many samples of so many numbers make a frame."""
        return max(LEAST, min(MOST, NUMBERS // max(numbers, 1)))

    def add(self, step: int, samples: Any) -> None:
        """Keep a frame until the next one comes, and for good where its turn is.

        Parameters
        ----------
        step : of the run.
        samples : of it.
        """
        self.newest = (step, samples.detach().to("cpu", torch.float32))
        if self.shown % self.stride == 0:
            self.kept.append(self.newest)
            if len(self.kept) > self.length:
                self.kept = self.kept[::2]
                self.stride *= 2
        self.shown += 1

    def state_dict(self) -> dict[str, Any]:
        """Return all it holds."""
        return {"kept": list(self.kept), "newest": self.newest, "stride": self.stride, "shown": self.shown}

    def load_state_dict(self, state: Any) -> None:
        """Hold what a `state_dict` does.

        Parameters
        ----------
        state : what `state_dict` returned.
        """
        self.kept = [tuple(frame) for frame in state["kept"]]
        self.newest = None if state["newest"] is None else tuple(state["newest"])
        self.stride, self.shown = state["stride"], state["shown"]

    def some(self, count: int) -> list[tuple[int, Any]]:
        """Return a few frames at about equal distances, the first and the last among them."""
        frames = self.frames
        places = {round(k * (len(frames) - 1) / max(count - 1, 1)) for k in range(count)}
        return frames if len(frames) <= count else [frames[k] for k in sorted(places)]

    def __repr__(self) -> str:
        size = len(self.newest[1]) if self.newest else 0
        return f"Film({len(self.frames)} frames of {size} samples)"
