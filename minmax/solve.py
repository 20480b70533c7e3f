"""The driver: Python decides when to check, stop and report; compiled code or numpy rows only advance."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from minmax import _check, rows
from minmax.dynamics import ExtraGradient, PredictiveRegretMatchingPlus
from minmax.dynamics.rule import SCHEDULES, Scale
from minmax.exact.linear import LinearProgram, pure_saddle
from minmax.games.matrix import Certificate, MatrixGame
from minmax.solution import Regret, Run, Solution, Status, history_of
from minmax.state import FRESH, POWERS, Side, average_of, begin, facts_of, last_of, regret_of

__all__ = ["Snapshot", "Trajectory", "certify", "solve"]

# Loading numba takes half a second, as long as these rounds take on numpy rows; the engine of a round
# depends on its number and the game alone, so that a resumed run repeats a whole one bit for bit.
ROWS_ROUNDS = 512
ROWS_ENTRIES = 5_000_000  # entries of A that rows may read before a game is worth compiled loops
CHECK_RATIO = 1.2  # checks at rounds growing by this ratio: a twelfth of a decade
CHUNK_SECONDS = 0.1  # how long compiled code may run before Ctrl-C and the clock are heard
DIVERGED = 1e9  # a residual that has grown this much since the first check is not coming back
SMALL_PROGRAM = 40_000  # entries up to which the linear program takes tens of milliseconds
LARGE_PROGRAM = 4_000_000  # entries beyond which it takes minutes
TRIAL_ROUNDS = 20_000  # rounds the dynamics get before the linear program is tried on a larger game


class Snapshot(NamedTuple):
    """What a watch callback sees at a check: copies, to keep or change at will.

    Attributes
    ----------
    round, operator_calls, seconds : work so far.
    x, y : last iterate; average_x, average_y : the averages.
    gap_last, gap_average : their merits.
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
    [1.0, 0.5, -0.25, -1.0]
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


def certify(game: Any, x: Any, y: Any) -> Certificate:
    """Return what a strategy pair proves about a game: value, bounds with rounding accounted for, gap.

    Parameters
    ----------
    game : MatrixGame or BilinearGame.
    x, y : strategies, of x's and y's actions.

    Examples
    --------
    >>> from minmax import MatrixGame
    >>> certify(MatrixGame.from_payoffs([[2.0, -1.0], [-1.0, 1.0]]), [0.5, 0.5], [0.4, 0.6]).gap
    0.2
    """
    if not hasattr(game, "certificate"):
        raise TypeError(f"`game` must be a game such as MatrixGame(A); got {type(game).__name__}.")
    certificate: Certificate = game.certificate(x, y)
    return certificate


def solve(
    game: Any,
    method: Any = None,
    *,
    rounds: int = 100_000,
    tol: float | None = 1e-6,
    start: Any = None,
    average: str | None = None,
    alternating: bool | None = None,
    order: str | None = None,
    every: int | None = None,
    watch: Callable[[Snapshot], Any] | None = None,
    time_limit: float | None = None,
    progress: bool = False,
    seed: int | None = None,
) -> Solution:
    """Solve `min over x, max over y` with a certificate.

    Parameters
    ----------
    game : MatrixGame, BilinearGame, or a matrix, taken as `MatrixGame(matrix)`.
    method : a dynamics (`MWU(eta=0.1)`), a pair of them (x's and y's), or an exact method (`LinearProgram()`); None chooses.
    rounds : evaluations of the operator at most; counted afresh when a solution is resumed.
    tol : certified width over the game's scale at which to stop; None plays all rounds and returns the iterate
        they end at, whatever its gap.
    start : a pair of strategies, or a Solution, whose run goes on bit for bit.
    average : "last", "uniform", "linear" or "quadratic": the iterate asked for.  Where None, the better certified of the
        last iterate and the average that the dynamics' guarantee speaks of.
    alternating : whether the players move in turns; the dynamics' own where None.
    order : "xy" or "yx": who moves first in turns, "xy" where None.
    every : check every so many rounds; where None, at rounds growing by a fifth.
    watch : called with a `Snapshot` at the start and at each check; a true answer ends the run.
    time_limit : seconds, checks included.
    progress : show a bar, on a terminal.
    seed : of sampled play, 0 where None.

    Returns
    -------
    Solution
        With `tol` met: the first such iterate.  Otherwise the best certified iterate of the kind asked for; `status`
        says why the run ended.

    Examples
    --------
    >>> from minmax import MatrixGame, MWU, solve
    >>> game = MatrixGame.from_payoffs([[2.0, -1.0], [-1.0, 1.0]])
    >>> solution = solve(game)
    >>> round(solution.value, 9), solution.x.round(9).tolist(), solution.status.value
    (0.2, [0.4, 0.6], 'converged')
    >>> solve(game, MWU(eta=0.1), rounds=1000, tol=None).gap < 0.1
    True
    """
    if not hasattr(game, "certificate"):
        game = MatrixGame(game)
    _check.rounds_of(rounds)
    if tol is not None:
        _check.positive("tol", tol)
    if time_limit is not None:
        _check.positive("time_limit", time_limit)
    if every is not None:
        _check.whole("every", every, 1)
    if watch is not None and not callable(watch):
        raise TypeError(f"`watch` must be a function of a Snapshot; got {watch!r}.")
    limits = Limits(rounds, tol, every, watch, time_limit, progress)
    if isinstance(start, Solution):
        return resume(game, start, limits, method, average, alternating, order, seed)
    if isinstance(method, LinearProgram):
        return by_program(game, method, limits, start)
    options = (average, alternating, order, seed)
    if method is None and isinstance(game, MatrixGame) and start is None and options == (None,) * 4 and watch is None:
        return automatic(game, limits)
    if method is None:
        method = PredictiveRegretMatchingPlus() if isinstance(game, MatrixGame) else ExtraGradient()
    return play(game, fresh_run(game, method, rounds, average, alternating, order, seed), limits, start)


class Limits(NamedTuple):
    """When a run looks, reports and ends."""

    rounds: int
    tol: float | None
    every: int | None
    watch: Callable[[Snapshot], Any] | None
    time_limit: float | None
    progress: bool


# ------------------------------------------------------------------ what is played


def fresh_run(
    game: Any, method: Any, rounds: int, average: Any, alternating: Any, order: Any, seed: Any
) -> Run:
    """Return the run that `solve`'s arguments describe, with every parameter a number."""
    pair = method if type(method) is tuple else (method, method)
    if len(pair) != 2:
        raise ValueError(f"`method` must be one dynamics or a pair, x's and y's; got {len(pair)} of them.")
    chosen = tuple(dynamics_of(rule) for rule in pair)
    scales = [Scale(domain.n, game.spread, game.norm, rounds) for domain in game.domains]
    for rule, domain in zip(chosen, game.domains):
        domain.using(rule.geometry)
    tuned = tuple(rule.tuned(scale) for rule, scale in zip(chosen, scales))
    first, second = chosen
    for fact in ("lookahead", "reflected"):
        if getattr(first, fact) != getattr(second, fact):
            raise ValueError(
                f"`method` must be two dynamics with rounds of one kind; {type(first).__name__} and "
                f"{type(second).__name__} differ in `{fact}`: choose another partner."
            )
    if alternating is None:
        alternating = bool(first.alternating and second.alternating)
    if alternating and first.lookahead:
        raise ValueError(f"{type(first).__name__} looks ahead and has no play in turns: use `alternating=False`.")
    if first.reflected and not alternating:
        raise ValueError(f"{type(first).__name__} is a play in turns by nature: leave `alternating` as it is.")
    wanted, weights = wanted_iterate(first, average)
    order = "xy" if order is None else _check.choice("order", order, ("xy", "yx"))
    seed = 0 if seed is None else _check.whole("seed", seed)
    return Run((tuned[0], tuned[1]), weights, wanted, bool(alternating), order, seed)


def wanted_iterate(rule: Any, average: Any) -> tuple[str, str]:
    """Return which iterate a run is judged by, and the weights of the average it keeps."""
    if average is not None and _check.choice("average", average, POWERS) == "last":
        return "last", "uniform"
    own = rule.average if rule.average != "last" else "uniform"
    return ("better", own) if average is None else ("average", average)


def dynamics_of(rule: Any) -> Any:
    """Return a dynamics with its parameters checked; a class stands for its defaults."""
    rule = rule() if isinstance(rule, type) else rule
    if not (hasattr(rule, "step") and hasattr(rule, "tuned") and hasattr(rule, "_asdict")):
        raise TypeError(f"`method` must be a dynamics such as MWU(eta=0.1), a pair, or an exact method; got {rule!r}.")
    for name, value in rule._asdict().items():
        if name == "eta" and value not in ("auto", "horizon"):
            if isinstance(value, str):
                raise ValueError(f'`eta` must be a positive number, "auto" or "horizon"; got {value!r}.')
            _check.positive("eta", value)
        elif name == "schedule" and value not in (0.0, 0.5):
            _check.choice("schedule", value, ("auto", *SCHEDULES))
        elif name == "first" and value not in (0.0, 1.0):
            _check.choice("first", value, ("zero", "plain"))
        elif not isinstance(value, str) and not math.isfinite(float(value)):
            raise ValueError(f"`{name}` must be finite; got {value!r}.")
    return rule


class Players:
    """Both players' maps, rules, facts and arrays, and the engine that advances them."""

    def __init__(self, game: Any, run: Run, sides: Any) -> None:
        self.game, self.run = game, run
        self.maps = tuple(d.using(r.geometry) for d, r in zip(game.domains, run.rules))
        self.facts = tuple(
            facts_of(r, player=p, seed=run.seed, average=run.average, **utility_range(game, p))
            for p, r in enumerate(run.rules)
        )
        self.sides = sides
        entries = game.shape[0] * game.shape[1]
        self.rows_until = min(ROWS_ROUNDS, ROWS_ENTRIES // entries) if game.kernel is not None else math.inf

    @property
    def stride(self) -> int:
        """Rounds of one step."""
        return 2 if self.facts[0].lookahead == FRESH else 1

    def advance(self, start: int, stop: int) -> None:
        """Play rounds start, ..., stop - 1, each on the engine its number says."""
        edge = int(min(max(self.rows_until + 1, start), stop))
        arguments = (*self.maps, *self.run.rules, *self.facts, *self.sides)
        turns = (int(self.run.order == "yx"),) if self.run.alternating else ()
        if start < edge:
            engine = rows.advance_in_turns if self.run.alternating else rows.advance_together
            with np.errstate(over="ignore", invalid="ignore"):
                engine(self.game, *arguments, *turns, start, edge)
        if edge < stop:
            from minmax import loops

            engine = loops.advance_in_turns if self.run.alternating else loops.advance_together
            engine(self.game.kernel, *arguments, *turns, edge, stop)

    def iterates(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """Return the last iterate and the average, both as pairs."""
        last = tuple(last_of(m, f, s) for m, f, s in zip(self.maps, self.facts, self.sides))
        mean = tuple(average_of(s) for s in self.sides)
        return last, mean  # type: ignore[return-value]

    def regret(self, t: int) -> Regret:
        """Return both regrets after t rounds, nan where the payoffs seen are not those earned."""
        if self.facts[0].reflected:
            return Regret(*(math.nan,) * 4)
        values = [regret_of(d, s) for d, s in zip(self.game.domains, self.sides)]
        scales = [Scale(d.n, self.game.spread, self.game.norm, t) for d in self.game.domains]
        # Bounds are for payoffs in a known range; unbounded domains have none.
        bounds = [
            r.regret_bound(s) if d.bounded and t > 0 else math.nan
            for r, s, d in zip(self.run.rules, scales, self.game.domains)
        ]
        return Regret(values[0], values[1], bounds[0], bounds[1])


def utility_range(game: Any, player: int) -> dict[str, float]:
    """Return the range of one player's utilities, from the extremes of the payoffs."""
    low, high = game.coupling.extremes
    flipped = (player == 0) == (game.sign > 0)
    return {"low": -high, "high": -low} if flipped else {"low": low, "high": high}


def opening(game: Any, run: Run, start: Any) -> tuple[Any, Any]:
    """Return both players' first arrays, at a given pair of strategies or at the domains' centres."""
    if start is not None and (not isinstance(start, (tuple, list)) or len(start) != 2):
        raise TypeError(f"`start` must be a pair of strategies or a Solution; got {type(start).__name__}.")
    sides = []
    for p, (rule, domain) in enumerate(zip(run.rules, game.domains)):
        if start is not None and rule.noise:
            raise ValueError(f"{type(rule).__name__} draws its first play from noise and cannot start at a given pair.")
        geometry = domain.using(rule.geometry)
        point = domain.centre() if start is None else domain.point(start[p], f"start[{p}]")
        if start is None and not geometry.invertible:
            point = geometry.play_rows(np.zeros(domain.n))
        facts = facts_of(rule, player=p, seed=run.seed, average=run.average, low=0.0, high=1.0)
        sides.append(begin(domain, geometry, facts, point))
    return sides[0], sides[1]


# ------------------------------------------------------------------ the loop


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


def next_check(t: int, every: int | None, stride: int) -> int:
    """Return the first check after round t: on a grid that does not depend on where a run began."""
    if every is not None:
        step = every if every % stride == 0 else every * stride
        return (t // step + 1) * step
    grid = 0
    while grid <= t:
        grid = max(grid + stride, int(grid * CHECK_RATIO) // stride * stride)
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

    def score(self, pair: tuple[np.ndarray, np.ndarray]) -> Certificate | None:
        """Return the certificate of a pair; None where it is not finite."""
        if not all(np.isfinite(p).all() for p in pair):
            return None
        self.calls += 1
        with np.errstate(over="ignore", invalid="ignore"):
            certificate: Certificate = self.game.certificate(*pair)
        return certificate if math.isfinite(certificate.gap) else None

    def look(self, t: int, calls: float, seconds: float) -> Status | None:
        """Score the iterates after round t; return a status where the run should end."""
        last, mean = self.players.iterates()
        scores = self.score(last), self.score(mean)
        gaps = [math.nan if s is None else s.gap for s in scores]
        regret = self.players.regret(t)
        self.rows.append((t, calls, seconds, *gaps, regret.x, regret.y))
        asked = self.choose(*scores)
        score, pair = scores[asked], (last, mean)[asked]
        status = self.verdict(score)
        if score is not None and (self.best is None or self.limits.tol is None or better(score, self.best.score)):
            kind = self.players.run.average if asked else "last"
            self.best = Best(score, (pair[0].copy(), pair[1].copy()), kind)
        if self.limits.watch is not None:
            snapshot = Snapshot(t, calls, seconds, *(p.copy() for p in (*last, *mean)), *gaps)  # type: ignore[misc]
            if self.limits.watch(snapshot) and status is None:
                status = Status.WATCH
        return status

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
            if score.gap <= self.game.floor:
                return Status.FLOOR
        if score.merit == "residual" and score.gap > DIVERGED * self.first_merit > 0:
            return Status.DIVERGED
        return None


def better(one: Certificate, other: Certificate) -> bool:
    """Whether one certificate proves more than another."""
    return one.relative_gap < other.relative_gap


def play(game: Any, run: Run, limits: Limits, start: Any, before: Solution | None = None) -> Solution:
    """Play rounds until a check, the clock, the watch or Ctrl-C ends the run."""
    players = Players(game, run, opening(game, run, start) if before is None else copied(before))
    checker = Checker(players, limits)
    t0 = 0 if before is None else before.rounds
    end = t0 + limits.rounds - (t0 + limits.rounds) % players.stride
    spent = 0.0 if before is None else before.seconds
    clock = Clock(limits.time_limit)
    status = checker.look(t0, float(t0), spent)
    t, chunk = t0, players.stride
    with interrupts() as heard, bar(limits.progress, end - t0) as tick:
        while status is None and t < end:
            goal = min(next_check(t, limits.every, players.stride), end)
            while t < goal and not heard.pressed and not clock.over():
                stop = min(t + chunk, goal)
                took = clock.time(lambda stop=stop, t=t: players.advance(t + 1, stop + 1))
                tick(stop - t)
                chunk = next_chunk(chunk, took, players.stride)
                t = stop
            status = checker.look(t, float(t), spent + clock.played)
            if status is None and heard.pressed:
                status = Status.INTERRUPTED
            if status is None and clock.over():
                status = Status.TIME
    return finished(players, checker, t, spent + clock.played, status or Status.ROUNDS)


def next_chunk(chunk: int, took: float, stride: int) -> int:
    """Return how many rounds to advance at once, so that Ctrl-C is heard soon: a multiple of the stride."""
    if took < CHUNK_SECONDS / 2:
        return chunk * 2
    return max(chunk // 2 // stride * stride, stride) if took > CHUNK_SECONDS else chunk


class Clock:
    """Time since the start, and time spent playing."""

    def __init__(self, limit: float | None) -> None:
        self.limit, self.began, self.played = limit, time.perf_counter(), 0.0

    def over(self) -> bool:
        """Whether the limit has passed."""
        return self.limit is not None and time.perf_counter() - self.began >= self.limit

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


def finished(players: Players, checker: Checker, t: int, seconds: float, status: Status) -> Solution:
    """Return the solution of a run that has ended."""
    game, run = players.game, players.run
    nothing = Certificate(math.nan, -math.inf, math.inf, math.inf, math.inf, game.merit)
    certificate, pair, kind = checker.best or Best(nothing, players.iterates()[0], "last")
    same = type(run.rules[0]) is type(run.rules[1]) and run.rules[0] == run.rules[1]
    names = [type(rule).__name__ for rule in run.rules]
    return Solution(
        x=pair[0],
        y=pair[1],
        scale=game.scale,
        scale_kind=game.scale_kind,
        status=status,
        method=run.rules[0] if same else run.rules,
        path=(names[0] if names[0] == names[1] else " against ".join(names),),
        average=kind,
        rounds=t,
        operator_calls=float(t),
        check_calls=checker.calls,
        seconds=seconds,
        history=history_of(checker.rows),
        regret=players.regret(t),
        run=run,
        sides=players.sides,
        **certificate._asdict(),
        **labels_of(game),
    )


def labels_of(game: Any) -> dict[str, Any]:
    """Return the labels a solution carries on."""
    n, m = game.shape
    counted = (_check.labels("x", None, n), _check.labels("y", None, m))
    return {
        "actions": getattr(game, "actions", counted),
        "players": getattr(game, "players", ("x", "y")),
        "name": game.name,
    }


def copied(solution: Solution) -> tuple[Any, Any]:
    """Return a solution's arrays, copied: the one resumed from stays as it is."""
    first, second = (Side(*(array.copy() for array in side)) for side in solution.sides or ())
    return first, second


def resume(
    game: Any, start: Solution, limits: Limits, method: Any, average: Any, alternating: Any, order: Any, seed: Any
) -> Solution:
    """Go on with a run, as it was played so far."""
    if start.run is None:
        raise ValueError("`start` is the solution of an exact method, which has no run to resume: pass its (x, y).")
    if (start.x.size, start.y.size) != tuple(game.shape):
        raise ValueError(f"`start` is of a {start.x.size} x {start.y.size} game; got one of shape {tuple(game.shape)}.")
    asked = start.run.average if start.run.wanted == "average" else start.run.wanted
    if average is not None and average != asked:
        raise ValueError(f"`average` of a resumed run stays {asked!r}; got {average!r}.")
    given = {"alternating": alternating, "order": order, "seed": seed}
    for name, value in given.items():
        if value is not None and value != getattr(start.run, name):
            raise ValueError(f"`{name}` of a resumed run stays {getattr(start.run, name)!r}; got {value!r}.")
    if method is not None:
        pair = method if type(method) is tuple else (method, method)
        if [type(dynamics_of(rule)) for rule in pair] != [type(rule) for rule in start.run.rules]:
            raise ValueError(f"`method` of a resumed run stays {' against '.join(start.path)}; got {method!r}.")
    return play(game, start.run, limits, None, before=start)


# ------------------------------------------------------------------ exact answers and the automatic choice


def by_program(game: Any, method: LinearProgram, limits: Limits, start: Any) -> Solution:
    """Solve a matrix game by its linear program and certify the answer."""
    if not isinstance(game, MatrixGame) or game.coupling.kind == "operator":
        raise ValueError("LinearProgram needs a MatrixGame with entries; use a dynamics for this game.")
    if start is not None:
        raise ValueError("LinearProgram takes no `start`.")
    began = time.perf_counter()
    pair = method.strategies(game)
    return exact_solution(game, pair, method, (type(method).__name__,), time.perf_counter() - began, limits.tol)


def exact_solution(
    game: MatrixGame, pair: Any, method: Any, path: tuple[str, ...], seconds: float, tol: float | None
) -> Solution:
    """Return the certified solution an exact method found."""
    certificate = game.certificate(*pair)
    status = Status.ROUNDS
    if tol is None or certificate.relative_gap <= tol:
        status = Status.CONVERGED
    elif certificate.gap <= game.floor:
        status = Status.FLOOR
    return Solution(
        x=pair[0],
        y=pair[1],
        scale=game.scale,
        scale_kind=game.scale_kind,
        status=status,
        method=method,
        path=path,
        average="last",
        rounds=0,
        operator_calls=0.0,
        check_calls=1,
        seconds=seconds,
        history=history_of([]),
        regret=Regret(*(math.nan,) * 4),
        **certificate._asdict(),
        **labels_of(game),
    )


def automatic(game: MatrixGame, limits: Limits) -> Solution:
    """Solve a matrix game by the cheapest method that certifies it: saddle, program, dynamics, program again."""
    began = time.perf_counter()
    saddle = pure_saddle(game)
    if saddle is not None:
        return exact_solution(game, saddle, None, ("pure saddle",), time.perf_counter() - began, limits.tol)
    entries = game.shape[0] * game.shape[1]
    has_entries = game.coupling.kind != "operator"
    program = LinearProgram(limits.time_limit)
    if has_entries and entries <= SMALL_PROGRAM:
        return by_program(game, program, limits, None)
    first = limits._replace(rounds=min(limits.rounds, TRIAL_ROUNDS)) if has_entries else limits
    run = fresh_run(game, PredictiveRegretMatchingPlus(), first.rounds, None, None, None, None)
    found = play(game, run, first, None)
    if found.status is not Status.ROUNDS or not has_entries or entries > LARGE_PROGRAM:
        return found
    left = None if limits.time_limit is None else max(limits.time_limit - (time.perf_counter() - began), 1e-3)
    path = (*found.path, type(program).__name__)
    pair = LinearProgram(left).strategies(game)
    exact = exact_solution(game, pair, program, path, time.perf_counter() - began, limits.tol)
    return exact if exact.relative_gap <= found.relative_gap else found
