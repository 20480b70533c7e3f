"""When a run looks at itself: the grid of checks, what they see and keep, the clock and Ctrl-C."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from minmax.games.certificate import Certificate
from minmax.games.smooth import VIOLATED
from minmax.players import Players
from minmax.solution import COLUMNS, Solution, Status
from minmax.watching import Audience, Snapshot, copies

__all__ = [
    "Best",
    "Checker",
    "Clock",
    "Limits",
    "bar",
    "next_check",
]

CHECK_RATIO = 1.2  # checks at rounds growing by this ratio: a twelfth of a decade
CLOSE = 1e-16  # squared distance, over the size, below which two points say nothing but rounding of each other
PATIENCE = 1.3  # rounds between two tries to prove that a player runs away grow by this
DIVERGED = 1e9  # a residual that has grown this much since the first check is not coming back


class Limits(NamedTuple):
    """When a run looks, reports and ends; a lean one scores no iterate but the one it is judged by."""

    rounds: int
    tol: float | None
    every: int | None
    watch: Callable[[Snapshot], Any] | None
    time_limit: float | None
    progress: bool
    lean: bool = False


def next_check(t: int, every: int | None, stride: int, apart: int) -> int:
    """Return the first check after round t: on a grid that does not depend on where a run began.

    Unless asked for, checks are `apart` rounds or more from each other, so that they do not take the time of many.
    """
    if every is not None:
        step = every if every % stride == 0 else every * stride
        return (t // step + 1) * step
    grid = 0
    while grid <= t:
        grid = max(grid + apart, int(grid * CHECK_RATIO) // stride * stride)
    return grid


class Best(NamedTuple):
    """The best iterate so far: its certificate, the pair, and which iterate it is."""

    score: Certificate
    pair: tuple[np.ndarray, np.ndarray]
    kind: str


class Checker:
    """Scores iterates at checks and keeps the best, the history and the reason to stop."""

    def __init__(self, players: Players, limits: Limits) -> None:
        self.players, self.limits, self.game = players, limits, players.game
        self.rows: list[tuple[float, ...]] = []
        self.best: Best | None = None
        self.calls = 0
        self.first_merit = math.nan
        self.candidate: tuple[float, Any] = (math.inf, None)
        self.violation = self.game.violation
        self.seen: list[tuple[np.ndarray, np.ndarray]] = []
        self.passed: tuple[np.ndarray, np.ndarray] | None = None
        self.patient = 0
        self.audience = Audience(limits.watch)

    def remember(self, before: Solution) -> None:
        """Go on from a run's history and best point, which is looked at again at its last round."""
        table = zip(*(getattr(before.history, name) for name in COLUMNS))
        self.rows = [row for row in table if row[0] < before.rounds]
        self.calls = max(before.check_calls - 2, 0)
        if self.limits.tol is not None:
            self.best = Best(self.game.certificate(before.x, before.y), (before.x, before.y), before.average)
        if self.rows:
            self.first_merit = float(np.nanmin(self.rows[0][3:5]))

    def begin(self, t: int) -> None:
        """Tell a watch that follows the iterates what it watches, and show it the first."""
        rules = self.players.run.rules
        method = rules[0] if type(rules[0]) is type(rules[1]) else rules
        self.audience.begin(t, self.players.last, self.game, method, self.players.stride)

    def follow(self) -> None:
        """Show a watch the iterates that it wanted and that were kept."""
        for t, pair in self.players.kept():
            self.audience.follow(t, pair)

    def score(self, pair: tuple[np.ndarray, np.ndarray]) -> Certificate | None:
        """Return the certificate of a pair; None where it is not finite."""
        if not all(np.isfinite(p).all() for p in pair):
            return None
        self.calls += 1
        with np.errstate(over="ignore", invalid="ignore"):
            certificate: Certificate = self.game.score(*pair)
        return certificate if math.isfinite(certificate.gap) else None

    def look(self, t: int, calls: float, seconds: float) -> Status | None:
        """Score the iterates after round t; return a status where the run should end."""
        last, mean = self.players.iterates()
        wanted = self.players.run.wanted
        scores = (
            None if self.limits.lean and wanted == "average" else self.score(last),
            None if self.limits.lean and wanted == "last" else self.score(mean),
        )
        gaps = [math.nan if s is None else s.gap for s in scores]
        if self.game.unproved:
            self.compare(last, mean)
        regret = self.players.regret(t)
        self.rows.append((t, calls, seconds, *gaps, regret.x, regret.y))
        asked = self.choose(*scores)
        self.candidate = self.restart_candidate(scores, (last, mean))
        score, pair = scores[asked], (last, mean)[asked]
        status = self.verdict(score) or self.ray((last, mean)[asked], t)
        if score is not None and (self.best is None or self.limits.tol is None or better(score, self.best.score)):
            kind = self.players.run.average if asked else "last"
            self.best = Best(score, copies(pair), kind)
        if self.audience.check(t, calls, seconds, last, mean, gaps) and status is None:
            status = Status.WATCH
        return status

    def compare(self, *points: tuple[np.ndarray, np.ndarray]) -> None:
        """Look for a violation of monotonicity between these points and that of the check before."""
        fresh = []
        for point in points:
            self.calls += 1
            with np.errstate(over="ignore", invalid="ignore"):
                by_x, by_y = self.game.gradients(*point)
            fresh.append((np.concatenate(point), np.concatenate([by_x, np.negative(by_y)])))
        for k, (z, F) in enumerate(fresh):
            for w, G in (*fresh[:k], *self.seen):
                far = float((z - w) @ (z - w))
                if far > CLOSE * (1.0 + float(z @ z)):
                    self.violation = max(self.violation, -float((F - G) @ (z - w)) / far)
        self.seen = fresh[:1]

    @property
    def monotone(self) -> bool:
        """Whether no violation worth the name was seen."""
        # The norm of a large matrix takes as long as a solve: it is asked for only where there is something to compare.
        return not (self.violation > 0.0 and self.violation > VIOLATED * self.game.norm)

    def restart_candidate(self, scores: Any, pairs: Any) -> tuple[float, Any]:
        """Return the gap and the iterate that a restart would begin at: the better one, or the average if it is due.

        A blended rule has its last iterate alone.
        """
        run = self.players.run
        found = [(math.inf if s is None else s.gap, pair) for s, pair in zip(scores, pairs)]
        if run.rules[0].blended:
            return found[0]
        if run.restart is not None and not run.restart.adaptive:
            return found[1]
        return min(found, key=lambda one: one[0])

    def ray(self, pair: tuple[np.ndarray, np.ndarray], t: int) -> Status | None:
        """Return what the way since the last check proves, where a player can run away; now and then, as it costs."""
        if all(domain.bounded for domain in self.game.domains):
            return None
        before, self.passed = self.passed, copies(pair)
        if before is None or t < self.patient or not all(np.isfinite(p).all() for p in pair):
            return None
        self.patient = int(PATIENCE * t)
        proof = self.game.ray(pair[0] - before[0], pair[1] - before[1])
        return Status(proof) if proof else None

    def choose(self, last: Certificate | None, mean: Certificate | None) -> int:
        """Return 0 where the run is judged by its last iterate, 1 for its average."""
        wanted = self.players.run.wanted
        if wanted != "better":
            return int(wanted == "average")
        return int(last is None or (mean is not None and better(mean, last)))

    def verdict(self, score: Certificate | None) -> Status | None:
        """Return why the run should end at an iterate with this certificate, or None."""
        if score is None:
            return Status.NONFINITE
        if math.isnan(self.first_merit):
            self.first_merit = score.gap
        if self.limits.tol is not None:
            if score.relative_gap <= self.limits.tol:
                return Status.CONVERGED
            if score.gap <= self.game.floor and score.merit != "natural residual":
                return Status.FLOOR
        if score.merit == "natural residual" and score.gap > DIVERGED * self.first_merit > 0:
            return Status.DIVERGED
        return None


def better(one: Certificate, other: Certificate) -> bool:
    """Whether one certificate proves more than another."""
    return one.relative_gap < other.relative_gap


class Clock:
    """Time since the start, and time spent playing."""

    def __init__(self, limit: float | None) -> None:
        self.limit, self.began, self.played = limit, time.perf_counter(), 0.0

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.began

    def left(self) -> float | None:
        """Seconds before the limit, at least a millisecond; None without one."""
        return None if self.limit is None else max(self.limit - self.elapsed(), 1e-3)

    def over(self) -> bool:
        """Whether the limit has passed."""
        return self.limit is not None and self.elapsed() >= self.limit

    def time(self, work: Callable[[], None]) -> float:
        """Do the work and return the seconds it took."""
        before = time.perf_counter()
        work()
        took = time.perf_counter() - before
        self.played += took
        return took


@contextmanager
def bar(shown: bool, rounds: int) -> Iterator[Callable[[int], Any]]:
    """Yield a function that reports rounds done, to a progress bar on a terminal where one is wanted."""
    if not shown:
        yield lambda done: None
        return
    from tqdm import tqdm

    with tqdm(total=rounds, unit="round", disable=None) as progress:
        yield progress.update
