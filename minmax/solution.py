"""What a solve returns: the strategies, what they prove, how they were reached, and what it takes to go on."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from enum import StrEnum
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from minmax import _check, oracles
from minmax import dynamics as library
from minmax.exact.answer import Basis
from minmax.restarts import Restart
from minmax.state import Side

__all__ = ["History", "Regret", "Run", "Solution", "Status"]


class Status(StrEnum):
    """How a run ended; `sentence` says it in full."""

    CONVERGED = "converged"
    ROUNDS = "rounds exhausted"
    TIME = "time exhausted"
    WATCH = "stopped by watch"
    INTERRUPTED = "interrupted"
    FLOOR = "precision floor"
    STALLED = "stalled"
    DIVERGED = "diverged"
    NONFINITE = "nonfinite"
    NONMONOTONE = "not monotone"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"

    @property
    def sentence(self) -> str:
        """The status as a full sentence."""
        return SENTENCES[self]


SENTENCES = {
    Status.CONVERGED: "The certified gap is within the tolerance.",
    Status.ROUNDS: "All rounds asked for were played.",
    Status.TIME: "The time limit ended the run; this is the best certified point so far.",
    Status.WATCH: "The watch callback ended the run.",
    Status.INTERRUPTED: "The run was interrupted; this is the best certified point so far.",
    Status.FLOOR: "The gap is below what float64 can certify, (n + m) eps max|A|.",
    Status.STALLED: "The method stopped short of the tolerance; another one, or a looser tolerance, is needed.",
    Status.DIVERGED: "The iterates run away from every saddle; a smaller step or another dynamics is needed.",
    Status.NONFINITE: "The iterates or the game's utilities overflowed; this is a point from before they did.",
    Status.NONMONOTONE: "The merit is within the tolerance, but the operator is not monotone: the point is stationary, "
    "and may be no saddle.",
    Status.INFEASIBLE: "Whatever x does, y's payoff grows for ever, as where no point satisfies the constraints: the "
    "iterates ran along a direction that proves it.",
    Status.UNBOUNDED: "Whatever y does, x's payments fall for ever: the iterates ran along a direction that proves it.",
}


class Regret(NamedTuple):
    """External regret of each player in payoff units, and the dynamics' bounds on it.

    For simultaneous play the sum of both regrets over the plays counted is the gap of the uniform average, exactly;
    rules that look ahead count their evaluation points, half their rounds.  In turns each player's regret is against
    what it saw.  Regrets are nan where a player sees a reflected strategy (PDHG); a bound is nan where none is known,
    and for rules that draw their plays it is one on the expected regret.
    """

    x: float
    y: float
    bound_x: float
    bound_y: float


class Run(NamedTuple):
    """How a run is played, fixed at its first round and kept when it is resumed.

    Attributes
    ----------
    rules : x's and y's dynamics, every parameter a number.
    average : the weights of the average that is kept: "uniform", "linear" or "quadratic".
    wanted : "last", "average", or "better" for whichever of the two certifies more.
    alternating, order, seed : as for `solve`.
    centred : whether it began at the centre, as the bounds on regret suppose.
    restart : how it restarts and what it remembers of the last one; None where it does not.
    oracle : what the players are told instead of their utilities; None where it is them.
    rough : whether compiled rounds are played in single precision; what they reach is certified in double all the same.
    fingerprint : a number that tells the game from others, so that no run is resumed in another game.
    """

    rules: tuple[Any, Any]
    average: str
    wanted: str
    alternating: bool
    order: str
    seed: int
    centred: bool
    fingerprint: float
    restart: Restart | None = None
    rough: bool = False
    oracle: Any = None


@dataclass(frozen=True)
class History:
    """One entry for each check: columns of equal length.

    Attributes
    ----------
    rounds, operator_calls, seconds : spent so far, checks not counted.
    gap_last, gap_average : merit of the last iterate and of the average.
    regret_x, regret_y : external regret of each player so far.
    """

    rounds: np.ndarray
    operator_calls: np.ndarray
    seconds: np.ndarray
    gap_last: np.ndarray
    gap_average: np.ndarray
    regret_x: np.ndarray
    regret_y: np.ndarray

    def __len__(self) -> int:
        return int(self.rounds.size)


COLUMNS = tuple(History.__dataclass_fields__)


def history_of(rows: list[tuple[float, ...]]) -> History:
    """Return the columns of a list of checks."""
    table = np.asarray(rows, dtype=np.float64).reshape(-1, len(COLUMNS))
    return History(*(table[:, k].copy() for k in range(len(COLUMNS))))


@dataclass(frozen=True, eq=False)
class Solution:
    """A certified strategy pair and the run that reached it.

    Attributes
    ----------
    x, y : (n,) and (m,) strategies.
    value, lower, upper : payoff of the pair and bounds on the game's value, in the caller's sign.
    gap : duality gap, or residual, of the pair, as `merit` says.
    relative_gap : width of the certificate over `scale`.
    scale : what `tol` was relative to, described by `scale_kind`.
    status : a `Status`; `status.sentence` is the long form.
    method : what produced the pair: dynamics with their tuned parameters, or an exact method.
    path : names of the methods tried, in order; the last one answered.
    average : which iterate the pair is: "last", "uniform", "linear" or "quadratic".
    rounds, operator_calls, check_calls, seconds : work, gap checks apart from the rest.
    history : gaps and regrets against work.
    regret : regrets of the whole run and their bounds.
    actions, players, name : the game's labels.
    iterations : pivots or steps of an exact method; 0 for dynamics.
    basis : the actions an exact method solved the equilibrium on, a warm start for `Pivoting(basis=...)`; else None.
    violation : largest `-<F(z) - F(w), z - w> / |z - w|^2` known or seen, positive where f is not convex-concave.
    unique : whether the pair is the game's only equilibrium; None where that was not decided.
    values : value of each state of a Markov game; else None.
    run, sides : what `solve(game, start=solution)` resumes from; None for exact methods.
    """

    x: np.ndarray
    y: np.ndarray
    value: float
    gap: float
    relative_gap: float
    lower: float
    upper: float
    scale: float
    scale_kind: str
    merit: str
    status: Status
    method: Any
    path: tuple[str, ...]
    average: str
    rounds: int
    operator_calls: float
    check_calls: int
    seconds: float
    history: History
    regret: Regret
    actions: tuple[tuple[str, ...], tuple[str, ...]]
    players: tuple[str, str]
    name: str
    iterations: int = 0
    basis: Basis | None = field(default=None, repr=False)
    unique: bool | None = None
    violation: float = 0.0
    values: np.ndarray | None = field(default=None, repr=False)
    run: Run | None = field(default=None, repr=False)
    sides: tuple[Side, Side] | None = field(default=None, repr=False)

    @property
    def converged(self) -> bool:
        """Whether the tolerance was met, with a certificate."""
        return self.status is Status.CONVERGED

    def plot(self, ax: Any = None) -> Any:
        """Draw the convergence of last and average iterate; returns the matplotlib Axes."""
        from minmax.plots import plot_convergence

        return plot_convergence(self, ax=ax)

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything, the resumable state included, to an `.npz` file without pickle.

        Parameters
        ----------
        path : file to write; numpy adds `.npz` where it is missing.
        """
        arrays = {f"history_{name}": getattr(self.history, name) for name in COLUMNS}
        for player, side in zip("xy", self.sides or (), strict=False):
            arrays |= {f"{player}_{name}": array for name, array in side._asdict().items()}
        if self.values is not None:
            arrays["values"] = self.values
        plain = {name: getattr(self, name) for name in PLAIN}
        text = {
            **plain,
            "regret": list(self.regret),
            "run": None if self.run is None else [written_run(self.run), [written(r) for r in self.run.rules]],
            "method": [written(m) for m in (self.method if type(self.method) is tuple else (self.method,))],
        }
        _check.in_folder(Path(path))
        np.savez(path, x=self.x, y=self.y, text=np.array(json.dumps(text)), **arrays)

    @classmethod
    def load(cls, path: str | PathLike[str], *, dynamics: tuple[type, ...] = ()) -> Solution:
        """Read what `save` wrote.

        Parameters
        ----------
        path : file to read, with or without the `.npz` that numpy has added to its name.
        dynamics : classes of the caller's own that the run may have used.

        Raises
        ------
        ValueError
            Where the file is no saved solution, or names a dynamics that is not known.
        """
        path = Path(path)
        added = path.with_name(f"{path.name}.npz")
        path = path if path.exists() or not added.exists() else added
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = dict(stored)
            text = json.loads(str(arrays["text"]))
            plain = {name: text[name] for name in PLAIN}
            history = History(*(arrays[f"history_{name}"] for name in COLUMNS))
        except FileNotFoundError:
            raise FileNotFoundError(f"There is no file {path}.") from None
        except (KeyError, OSError, TypeError, ValueError, EOFError, BadZipFile):
            raise ValueError(f"`path` must be a file written by Solution.save; {path} is not.") from None
        known = {c.__name__: c for c in dynamics}
        run, sides = None, None
        if text["run"] is not None:
            options, rules = text["run"]
            run = Run(tuple(read(rule, known) for rule in rules), *options)
            run = run._replace(
                restart=Restart(*run.restart) if run.restart else None,
                oracle=getattr(oracles, run.oracle[0])(**run.oracle[1]) if run.oracle else None,
            )
            first, second = (Side(*(arrays[f"{player}_{name}"] for name in Side._fields)) for player in "xy")
            sides = first, second
        methods = tuple(read(m, known) for m in text["method"])
        plain |= {
            "status": Status(plain["status"]),
            "path": tuple(plain["path"]),
            "actions": tuple(tuple(a) for a in plain["actions"]),
            "players": tuple(plain["players"]),
            "basis": None if plain["basis"] is None else Basis(*map(tuple, plain["basis"])),
        }
        return cls(
            x=arrays["x"],
            y=arrays["y"],
            values=arrays.get("values"),
            history=history,
            regret=Regret(*text["regret"]),
            run=run,
            sides=sides,
            method=methods if len(methods) > 1 else methods[0],
            **plain,
        )

    def __str__(self) -> str:
        title = self.name or f"{self.x.size} x {self.y.size} game"
        bounded = math.isfinite(self.upper - self.lower)
        work = f"{self.iterations} steps" if self.iterations else f"{self.rounds} rounds"
        width = "bounds apart by" if bounded else "which is"
        lines = [
            f"{title}: {self.status}",
            f"  value   {self.value:.9g}"
            + (f"   certified in [{self.lower:.9g}, {self.upper:.9g}]" if bounded else ""),
            f"  {self.merit}   {self.gap:.3g}   ({width} {self.relative_gap:.2g} of {self.scale_kind})",
            f"  solved by {' then '.join(self.path)}: {work}, {self.operator_calls:g} operator calls, "
            f"{self.seconds:.3g} s",
        ]
        if self.status is Status.NONMONOTONE:
            lines.append(f"  not convex-concave: monotonicity is violated by {self.violation:.3g}")
        for who, strategy, labels in zip(self.players, (self.x, self.y), self.actions):
            lines.append(f"  {who:<10} {described(strategy, labels)}")
        return "\n".join(lines)


PLAIN = (
    "value", "gap", "relative_gap", "lower", "upper", "scale", "scale_kind", "merit", "status", "path", "average",
    "rounds", "operator_calls", "check_calls", "seconds", "actions", "players", "name", "iterations",
    "basis", "unique", "violation",
)  # fmt: skip

SHOWN = 8  # a terminal line holds about this many actions


def described(strategy: np.ndarray, labels: tuple[str, ...]) -> str:
    """Return the actions played, most likely first, with their probabilities."""
    order = [int(i) for i in np.argsort(-strategy, kind="stable") if strategy[i] > 5e-7]
    # Off the simplex the numbers are coordinates, not probabilities.
    if strategy.size and (strategy.min() < 0 or abs(strategy.sum() - 1) > 1e-6):
        return np.array2string(strategy, precision=6, threshold=SHOWN)
    parts = [f"{labels[i]} {100 * strategy[i]:.2f} %" for i in order[:SHOWN]]
    rest = f", and {len(order) - SHOWN} more" if len(order) > SHOWN else ""
    return ", ".join(parts) + rest


def written_run(run: Run) -> list[Any]:
    """Return what a run is beside its rules."""
    return list(run._replace(oracle=None if run.oracle is None else written(run.oracle))[1:])


def written(method: Any) -> list[Any]:
    """Return a method as its class name and fields."""
    fields = method._asdict() if hasattr(method, "_asdict") else dict(vars(method))
    return [type(method).__name__, fields]


def read(text: list[Any], known: dict[str, type]) -> Any:
    """Return the method that `written` described."""
    from minmax import exact, sampling, selfplay

    name, fields = text
    places = (library, exact, sampling, selfplay)
    found = known.get(name) or next((getattr(place, name) for place in places if hasattr(place, name)), None)
    if found is None:
        raise ValueError(
            f"The run used the dynamics {name!r}, which minmax does not know: pass it as `dynamics=(...)`."
        )
    if fields.get("basis") is not None:
        fields["basis"] = Basis(*map(tuple, fields["basis"]))
    return found(**fields)
