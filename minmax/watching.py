"""Who watches a run, when it looks at itself, and what it hears: a function, a monitor, the clock and Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Audience", "Snapshot", "Trajectory", "copies", "in_rounds", "interrupts", "late", "next_chunk"]

CHUNK_SECONDS = 0.1  # how long compiled code may run before Ctrl-C and the clock are heard
PACE = 1.25  # looks of a method with rounds of its own are so much farther apart each time


class Snapshot(NamedTuple):
    """What a watch callback sees at a check: copies, to keep or change at will.

    Attributes
    ----------
    round, operator_calls, seconds : work so far.
    x, y : last iterate; average_x, average_y : the averages, the last iterate again where a method has none.
    gap_last, gap_average : their merits, nan where there is none.
    """

    round: int
    operator_calls: float
    seconds: float
    x: np.ndarray
    y: np.ndarray
    average_x: np.ndarray
    average_y: np.ndarray
    gap_last: float
    gap_average: float


class Trajectory:
    """A watch callback that keeps every snapshot's iterates.

    Examples
    --------
    >>> from minmax import BilinearGame, GDA, solve
    >>> orbit = Trajectory()
    >>> _ = solve(BilinearGame([[1.0]]), GDA(eta=0.5), rounds=3, tol=None, every=1, watch=orbit)
    >>> orbit.x[:, 0].tolist()
    [1.0, 0.5, -0.25, -1.125]
    """

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []

    def __call__(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def __len__(self) -> int:
        return len(self.snapshots)

    def column(self, name: str) -> np.ndarray:
        """Return one field of all snapshots, stacked."""
        return np.array([getattr(snapshot, name) for snapshot in self.snapshots])

    @property
    def x(self) -> np.ndarray:
        """Last iterates of x, one row a snapshot."""
        return self.column("x")

    @property
    def y(self) -> np.ndarray:
        """Last iterates of y, one row a snapshot."""
        return self.column("y")


class Audience:
    """The watch of a run: a function shown its checks, which may end it, or a monitor, which follows the iterates too.

    Parameters
    ----------
    watch : function of a Snapshot, monitor, or None where nobody watches.
    """

    def __init__(self, watch: Callable[[Snapshot], Any] | None) -> None:
        if isinstance(watch, type):
            raise TypeError(
                f"`watch` must be a function or a Monitor; got the class {watch.__name__}: pass {watch.__name__}()."
            )
        self.watch = watch
        self.follower: Any = watch if hasattr(watch, "follow") else None

    def begin(self, t: int, first: Callable[[], Any], game: Any, method: Any, stride: int = 1) -> None:
        """Tell a monitor what it watches from round t on, and show it the iterate there."""
        if self.follower is not None:
            bounded = all(domain.bounded for domain in game.domains)
            self.follower.begin(t, stride, game.merit, game.scale, method, bounded)
            self.follower.follow(t, *first())

    def ahead(self, stop: int) -> tuple[int, list[int]]:
        """Return the round to play on to, `stop` or earlier, and those on the way whose iterates are to be shown."""
        return (stop, []) if self.follower is None else self.follower.ahead(stop)

    def follow(self, t: int, pair: Any) -> None:
        """Show the iterate of a round that was wanted."""
        self.follower.follow(t, *pair)

    def lost(self, t: int) -> None:
        """Say that the run left the finite numbers in round t."""
        if self.follower is not None:
            self.follower.lost(t)

    def check(self, t: int, calls: float, seconds: float, last: Any, mean: Any, gaps: Sequence[float]) -> bool:
        """Show a check, the last iterate and the average with their merits; return whether the run is to end."""
        if self.watch is None:
            return False
        return bool(self.watch(Snapshot(t, calls, seconds, *copies(last), *copies(mean), *gaps)))


class Interrupts:
    """Hears Ctrl-C without letting it break a round in two; a second one is not held back."""

    pressed = False

    def __call__(self, number: int, frame: Any) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Hold Ctrl-C back while a run is on, where this is the main thread."""
    heard = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return
    before = signal.signal(signal.SIGINT, heard)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)


def next_chunk(chunk: int, took: float, stride: int) -> int:
    """Return how many rounds to advance at once, so that Ctrl-C is heard soon: a multiple of the stride."""
    if took < CHUNK_SECONDS / 2:
        return chunk * 2
    return max(chunk // 2 // stride * stride, stride) if took > CHUNK_SECONDS else chunk


def late(deadline: float | None) -> bool:
    """Whether the deadline, a time of `time.perf_counter`, has passed."""
    return deadline is not None and time.perf_counter() >= deadline


class Played(NamedTuple):
    """Rounds that were played, and what ended them where the answer did not: "time", "rounds", "watch" or
    "interrupted"."""

    rounds: int
    ended: str


def in_rounds(
    most: int, every: int | None, deadline: float | None, audience: Audience, advance: Callable[[int, int], None],
    last: Callable[[], Any], look: Callable[[int], tuple[bool, bool]],
) -> Played:  # fmt: skip
    """Play the rounds of a method until a look at them finds them good enough, or something else ends them.

    Parameters
    ----------
    most : rounds.
    every : rounds from one look to the next; ever more where None.
    deadline : a time of `time.perf_counter`; None for none.
    audience : whom the iterates are shown to.
    advance : plays the rounds after one, up to another.
    last : returns the last iterate.
    look : certifies what a round came to; returns whether it is good enough, and whether the watch has seen enough.
    """
    t, chunk, ended = 0, 1, "" if most else "rounds"
    near, enough = look(0)
    with interrupts() as heard:
        while not (near or enough or ended):
            goal = min(max(t + 1, int(PACE * t)) if every is None else (t // every + 1) * every, most)
            while t < goal and not ended:
                stop, wanted = audience.ahead(min(t + chunk, goal))
                before, began = t, time.perf_counter()
                for after in sorted({*wanted, stop}):
                    advance(t, after)
                    t = after
                    if t in wanted:
                        audience.follow(t, last())
                if t - before == chunk:  # a shorter piece says nothing of a whole one
                    chunk = next_chunk(chunk, time.perf_counter() - began, 1)
                ended = "interrupted" if heard.pressed else "time" if late(deadline) else ""
            near, enough = look(t)
            ended = ended or ("rounds" if t == most else "")
    return Played(t, "" if near else "watch" if enough else ended)


def copies(pair: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return copies of both arrays."""
    return pair[0].copy(), pair[1].copy()
