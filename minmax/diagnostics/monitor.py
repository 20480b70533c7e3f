"""A watch that sees a run as it goes, in constant memory: the same verdicts while it plays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from minmax import _check
from minmax.diagnostics.decision import VERDICTS
from minmax.diagnostics.evidence import LEAST
from minmax.diagnostics.record import EPS, Record, Sketch, unit_of
from minmax.diagnostics.verdict import Diagnosis, diagnose_record
from minmax.games import autograd

__all__ = ["Monitor"]

CAPACITY = 192  # samples kept, halved when full: between 96 and 192 span any run
MERITS = 400  # checks kept
ASIDE, ROOM = 64, 4_000_000  # iterates put aside before they are worked through, and numbers in all
COUNTS = (
    "seed", "capacity", "first", "rounds", "step", "wanted", "stride", "check_stride", "checked", "overflowed",
    "bounded", "kind", "scale", "rounding",
)  # fmt: skip
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


class Monitor:
    """Watches a run: `solve(game, method, watch=Monitor())`, or `monitor.observe(x, y)` in a loop of your own.

    It looks at every step at first; when its memory is full it forgets every other sample and looks half as often, at
    three steps in a row each time, which tell how fast the run turns and whether it is noise.  A run of T steps is
    looked at some `300 log2(T / 200)` times.

    Its verdicts are those on the whole orbit but for one: the few samples left of a transient at times cannot tell a
    limit cycle from a cycle of many; `diagnosis(other=...)`, with a run from another start, can.

    Parameters
    ----------
    tol : part of the largest merit seen, or of the game's scale, at which a run that stays there has converged.
    stop : verdicts at which a check of `solve` ends the run, such as `("diverged", "spiralling out")`.
    capacity : samples kept.
    seed : of the sketch that stands for more than 64 coordinates.
    stride : steps from one sample to the next at first, for runs whose every look is dear.

    Examples
    --------
    >>> from minmax import GDA, BilinearGame, solve
    >>> monitor = Monitor()
    >>> _ = solve(BilinearGame([[1.0]]), GDA(eta=0.1), rounds=500, tol=None, watch=monitor)
    >>> monitor.verdict
    'spiralling out'
    """

    def __init__(
        self, *, tol: float = 1e-6, stop: Iterable[str] = (), capacity: int = CAPACITY, seed: int = 0, stride: int = 1
    ) -> None:
        self.stop = (stop,) if not isinstance(stop, Iterable) or isinstance(stop, str) else tuple(stop)
        for name in self.stop:
            if name not in VERDICTS:
                raise ValueError(f"`stop` must be verdicts among {', '.join(VERDICTS)}; got {name!r}.")
        self.tol, self.seed = _check.positive("tol", tol), _check.whole("seed", seed)
        self.capacity, self.begins = _check.whole("capacity", capacity, 64), _check.whole("stride", stride, 1)
        self.forget()

    def forget(self) -> None:
        """Empty the memory, for another run."""
        self.first, self.rounds, self.step, self.wanted, self.stride = 0, 1, -1, 0, self.begins
        self.sketch: Sketch | None = None
        self.opening = np.empty(0)
        self.fresh: list[int] = []  # steps of the iterates put aside
        self.aside = np.empty((1, 0))
        self.row: list[tuple[int, np.ndarray]] = []
        self.samples: list[tuple[int, np.ndarray, np.ndarray, np.ndarray]] = []
        self.checks: list[tuple[float, float, float]] = []
        self.newest = (-1.0, math.nan, math.nan)
        self.check_stride, self.checked = 1, 0
        self.overflowed, self.bounded = -1, False
        self.kind, self.scale, self.method = "", math.nan, None
        self.rounding = EPS

    # ------------------------------------------------------------------ what solve asks

    def begin(self, t: int, rounds: int, kind: str, scale: float, method: Any, bounded: bool = False) -> None:
        """Forget the run before and learn of a new one.

        Parameters
        ----------
        t : round it begins at.
        rounds : rounds of a step.
        kind, scale : what its merit is, and what that is relative to.
        method : its dynamics, both players' where they differ.
        bounded : whether both players move in bounded sets, so that nothing can run away.
        """
        self.forget()
        self.first, self.rounds, self.bounded = t, rounds, bounded
        self.kind, self.scale, self.method = kind, scale, method

    def ahead(self, stop: int) -> tuple[int, list[int]]:
        """Return the round to play on to, and those on the way whose iterates it wants.

        It plays on to `stop`, or to the last that there is room for.
        """
        wanted: list[int] = []
        step, last = self.wanted, (stop - self.first) // self.rounds
        while step <= last and len(wanted) < len(self.aside) - len(self.fresh):
            wanted.append(self.first + step * self.rounds)
            step = self.after(step)
        return stop if step > last else wanted[-1], wanted

    def follow(self, t: int, *parts: np.ndarray) -> None:
        """See the iterate of a round, to be kept."""
        self.step = (t - self.first) // self.rounds
        self.see(parts)

    def lost(self, t: int) -> None:
        """Learn that the run left the finite numbers in a round."""
        self.step = (t - self.first) // self.rounds
        self.overflowed = self.step

    def __call__(self, snapshot: Any) -> bool:
        """See a check of `solve`; true where the verdict is one to stop at."""
        if self.step < 0:
            raise TypeError("A Monitor is handed to `solve` itself, watch=monitor: else it sees no rounds.")
        self.step = (snapshot.round - self.first) // self.rounds
        self.measure(float(self.step), snapshot.gap_last, snapshot.gap_average)
        return bool(self.stop) and self.step >= LEAST and self.verdict in self.stop

    # ------------------------------------------------------------------ what a loop of one's own says

    def observe(self, x: Any, y: Any = None, *, merit: float = math.nan, merit_average: float = math.nan) -> None:
        """See the next step of a training loop.

        Parameters
        ----------
        x, y : arrays or torch tensors, or lists of them, such as `generator.parameters()`, or modules.  They are read
            only at the steps that are wanted.
        merit, merit_average : gap or residual of the iterate and of the average, where known.
        """
        for name, value in (("merit", merit), ("merit_average", merit_average)):
            if not isinstance(value, (int, float, np.integer, np.floating)) or value < 0.0:
                raise ValueError(f"`{name}` must be one number, not negative; got {value!r}.")
        self.step += 1
        if math.isfinite(merit) or math.isfinite(merit_average):
            self.kind = self.kind or "merit"
            self.measure(float(self.step), merit, merit_average)
        if self.step >= self.wanted:
            parts = leaves(x) if y is None else [*leaves(x), *leaves(y)]
            if self.sketch is None:
                self.rounding = coarsest(parts)
            self.see(tuple(numbers_of(part) for part in parts))

    # ------------------------------------------------------------------ memory

    def start(self, slot: int) -> int:
        """Return the step that the sample of a slot of the stride's length begins at.

        Somewhere in the slot, by the golden ratio: at equal distances a cycle of their length would seem to stand.
        """
        return slot * self.stride + int(self.stride * (slot * slot * GOLDEN % 1.0))

    def after(self, k: int) -> int:
        """Return the next step to look at: the start of a sample, or one of the two after it."""
        slot = max((k - 2) // self.stride, 0)
        while True:
            for step in range(self.start(slot), self.start(slot) + 3):
                if step > k:
                    return step
            slot += 1

    def see(self, parts: tuple[np.ndarray, ...]) -> None:
        """Put the iterate of this step aside; work through what was put aside when there is enough of it.

        Between two rounds on a large game everything has left the processor's caches: a look there costs five times
        what it costs among others.
        """
        size = sum(part.size for part in parts)
        if size == 0:
            raise ValueError("`x` and `y` must have coordinates to watch; got none.")
        sketch = self.sketch or self.start_sketch(size)
        if size != sketch.size:
            raise ValueError(f"A monitor watches one run: iterates had {sketch.size} coordinates, now {size}.")
        np.concatenate(parts, out=self.aside[len(self.fresh)])
        self.fresh.append(self.step)
        if len(self.fresh) == len(self.aside):
            self.digest()
        self.wanted = self.after(self.step)

    def start_sketch(self, size: int) -> Sketch:
        """Make room for iterates of so many coordinates, and return their sketch."""
        self.sketch, self.aside = Sketch(size, self.seed), np.empty((min(ASIDE, 1 + ROOM // size), size))
        return self.sketch

    def digest(self) -> None:
        """Make samples of the iterates put aside."""
        if self.sketch is None or not self.fresh:
            return
        points = self.sketch(self.aside[: len(self.fresh)])
        for k, point, finite in zip(self.fresh, points, np.isfinite(points).all(axis=1)):
            self.take(k, point, bool(finite))
        self.fresh = []
        while len(self.samples) >= self.capacity:
            self.stride *= 2
            self.samples = self.samples[::2]

    def take(self, k: int, point: np.ndarray, finite: bool) -> None:
        """Keep an iterate, and with the two before it a sample."""
        if not finite:
            self.overflowed = k if self.overflowed < 0 else self.overflowed
            return
        if k <= 2:
            self.opening = point
        self.row = [*(self.row if self.row and self.row[-1][0] == k - 1 else []), (k, point)][-3:]
        first = self.row[0][0]
        if len(self.row) == 3 and first == self.start(first // self.stride):
            start, middle = self.row[0][1], self.row[1][1]
            self.samples.append((first, start, middle - start, point - middle))

    def measure(self, k: float, merit: float, merit_average: float) -> None:
        """Keep a merit, every other one when there are many."""
        self.newest = (k, merit, merit_average)
        if self.checked % self.check_stride == 0:
            if self.checks and self.checks[-1][0] == k:
                self.checks.pop()
            self.checks.append(self.newest)
            if len(self.checks) >= MERITS:
                self.checks = self.checks[::2]
                self.check_stride *= 2
        self.checked += 1

    # ------------------------------------------------------------------ stopping and going on

    def state_dict(self) -> dict[str, Any]:
        """Return all it remembers, in numbers, arrays and lists, but for the method: for a checkpoint."""
        self.digest()
        return {
            "counts": {name: getattr(self, name) for name in COUNTS},
            "size": 0 if self.sketch is None else self.sketch.size,
            "opening": self.opening,
            "row": [(k, point) for k, point in self.row],
            "steps": [sample[0] for sample in self.samples],
            "samples": np.array([sample[1:] for sample in self.samples]),
            "checks": list(self.checks),
            "newest": self.newest,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Remember what another monitor's `state_dict` holds: it goes on watching that run.

        Parameters
        ----------
        state : what `state_dict` returned; arrays may be tensors.
        """
        held = state.get("counts", {}) if isinstance(state, Mapping) else {}
        lacks = [name for name in COUNTS if name not in held]
        if lacks:
            raise ValueError(f"`state` must be what `state_dict` of a Monitor returned; it lacks {', '.join(lacks)}.")
        self.forget()
        for name in COUNTS:
            setattr(self, name, held[name])
        if state["size"]:
            self.start_sketch(state["size"])
        self.opening = array_of(state["opening"])
        self.row = [(k, array_of(point)) for k, point in state["row"]]
        samples = array_of(state["samples"])
        self.samples = [(k, *parts) for k, parts in zip(state["steps"], samples)]
        self.checks, self.newest = [tuple(check) for check in state["checks"]], tuple(state["newest"])

    # ------------------------------------------------------------------ what it says

    @property
    def record(self) -> Record:
        """What was seen, as `diagnose` reads it."""
        self.digest()
        width = self.samples[0][1].size if self.samples else 0
        t, *points = zip(*self.samples) if self.samples else ((), (), (), ())
        z, move, after = (np.array(part, dtype=np.float64).reshape(len(t), width) for part in points)
        rest = [self.newest] if self.checks and self.newest[0] > self.checks[-1][0] else []
        k, merit, merit_average = np.array([*self.checks, *rest], dtype=np.float64).reshape(-1, 3).T
        return Record(
            np.array(t, dtype=np.float64), z, move, after, k, merit, merit_average, self.kind, max(self.step, 0),
            self.sketch is None or self.sketch.exact, self.opening, self.overflowed, self.rounding,
        )  # fmt: skip

    def diagnosis(self, *, other: Any = None, title: str = "", limit: float | None = None) -> Diagnosis:
        """Return what the run does, as far as it went.

        Parameters
        ----------
        other : Monitor of the same dynamics from another start.
        title, limit : as for `diagnose_record`.
        """
        scale = None if math.isnan(self.scale) else self.scale
        if not (other is None or isinstance(other, Monitor)):
            raise TypeError(f"`other` must be a Monitor of a run from another start; got {type(other).__name__}.")
        second = None if other is None else other.record
        return diagnose_record(
            self.record,
            tol=self.tol,
            scale=scale,
            method=self.method,
            title=title,
            limit=limit,
            other=second,
            bounded=self.bounded,
        )

    @property
    def verdict(self) -> str:
        """The verdict in a word or two."""
        return self.diagnosis().verdict

    def __str__(self) -> str:
        return str(self.diagnosis())


def leaves(part: Any) -> list[Any]:
    """Return the arrays and tensors of what a training loop hands over, in order."""
    if hasattr(part, "parameters"):
        part = part.parameters()
    if hasattr(part, "__next__"):
        part = list(part)
    if isinstance(part, (list, tuple)) and any(hasattr(p, "shape") or isinstance(p, (list, tuple)) for p in part):
        return [leaf for p in part for leaf in leaves(p)]
    if hasattr(part, "detach"):
        return [part.detach()]
    try:
        held = np.asarray(part)
    except ValueError:
        held = np.empty(0, dtype=object)
    if held.dtype.kind not in "fiu":
        got = held.dtype if hasattr(part, "dtype") else type(part).__name__
        raise TypeError(f"`x` and `y` must be arrays or tensors of real numbers, lists of them, or modules; got {got}.")
    return [held]


def array_of(held: Any) -> np.ndarray:
    """Return a copy of an array, or of a tensor, as one."""
    return np.asarray(held).astype(np.float64)


def numbers_of(part: Any) -> np.ndarray:
    """Return the numbers of an array or a tensor end to end, without a copy where its memory can be read."""
    if not hasattr(part, "detach"):
        found: np.ndarray = part.ravel()
        return found
    try:
        held: np.ndarray = part.cpu().numpy()
    except (TypeError, RuntimeError):  # bfloat16 and others that numpy has no name for, signs that torch keeps aside
        held = autograd.flat([part])
    return held.ravel()


def coarsest(parts: list[Any]) -> float:
    """Return the largest unit of rounding of the numbers in arrays and tensors."""
    units = [autograd.rounding(p) if hasattr(p, "detach") else unit_of(p.dtype) for p in parts]
    return max(units, default=EPS)
