"""Matrix games: `min over x, max over y, x'Ay` on two simplices, certified."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np

from minmax import _check
from minmax.domains import Simplex
from minmax.games.certificate import EPS, TINY, Certificate, relative
from minmax.games.coupling import Coupling, coupling

__all__ = ["Known", "MatrixGame"]

Labels = Sequence[str] | None


class Known(NamedTuple):
    """What the literature knows of a game, in the sign of the game's own payoffs.

    Attributes
    ----------
    value : the value; None where only strategies are known.
    x, y : all extreme optimal strategies of each player; empty where they are not known.
    """

    value: float | None = None
    x: tuple[tuple[float, ...], ...] = ()
    y: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class MatrixGame:
    """The zero-sum game `f(x, y) = x'Ay`: x minimises over mixed rows, y maximises over mixed columns.

    Parameters
    ----------
    A : (n, m) payoffs from x to y: array (float64 and float32 are not copied), scipy sparse array or LinearOperator.
    actions : two sequences of labels, for x's n and y's m actions; numbers from 1 where not given.
    players : names of the two players.
    name : what the game is called.
    known : value and optimal strategies, where the literature gives them.

    Raises
    ------
    ValueError, TypeError
        For payoffs that are not a finite, non-empty (n, m) matrix, or labels of the wrong length.

    Examples
    --------
    >>> game = MatrixGame([[0.0, 1.0], [3.0, 2.0]])
    >>> game.certificate([0.5, 0.5], [0.5, 0.5]).gap
    1.0
    >>> MatrixGame.from_payoffs([[2.0, -1.0], [-1.0, 1.0]]).certificate([0.4, 0.6], [0.4, 0.6]).value
    0.2
    """

    A: Any
    actions: Any = field(default=None, kw_only=True)
    players: Any = field(default=None, kw_only=True)
    name: str = field(default="", kw_only=True)
    known: Known | None = field(default=None, kw_only=True)
    loss: bool = field(default=True, kw_only=True, repr=False)
    total: float = field(default=0.0, kw_only=True, repr=False)
    coupling: Coupling = field(init=False, repr=False)
    labelled: bool = field(init=False, repr=False)

    merit: ClassVar[str] = "duality gap"

    def __post_init__(self) -> None:
        held = coupling("A" if self.loss else "P", self.A)
        rows, columns = self.actions if self.actions is not None else (None, None)
        labels = (
            _check.labels("actions of x", rows, held.shape[0]),
            _check.labels("actions of y", columns, held.shape[1]),
        )
        names = tuple(str(p) for p in self.players) if self.players is not None else ("x", "y")
        if len(names) != 2 or isinstance(self.players, str):
            raise ValueError(f"`players` must be two names; got {self.players!r}: only two-player games are supported.")
        for key, value in {
            "A": held.A,
            "coupling": held,
            "labelled": rows is not None or columns is not None,
            "actions": labels,
            "players": names,
        }.items():
            object.__setattr__(self, key, value)

    def __repr__(self) -> str:
        what = f"{self.name!r}, " if self.name else ""
        side = "losses" if self.loss else "payoffs"
        return f"MatrixGame({what}{self.shape[0]} x {self.shape[1]}, {self.coupling.kind}, {side} of {self.players[0]})"

    @classmethod
    def from_payoffs(
        cls, P: Any, *, actions: Any = None, players: Any = None, name: str = "", known: Known | None = None
    ) -> MatrixGame:
        """Return the game whose rows are x's actions and whose entries x wants to be large.

        The matrix is held as it is, behind a sign; value and bounds are reported in the sign of `P`.

        Parameters
        ----------
        P : (n, m) payoffs of the row player, who maximises.
        actions, players, name, known : as for the class.
        """
        return cls(P, actions=actions, players=players, name=name, known=known, loss=False)

    @classmethod
    def from_bimatrix(cls, P1: Any, P2: Any, *, actions: Any = None, players: Any = None, name: str = "") -> MatrixGame:
        """Return the zero-sum game equivalent to a constant-sum pair of payoff matrices.

        The value is player 1's payoff; player 2's is `game.total` less that.

        Raises
        ------
        ValueError
            Where the sum of payoffs differs between outcomes: general-sum games are not supported.
        """
        first, second = _check.real_array("P1", P1, 2), _check.real_array("P2", P2, 2)
        if first.shape != second.shape:
            raise ValueError(f"`P1` and `P2` must have one shape; got {first.shape} and {second.shape}.")
        _check.finite("P1", first)
        _check.finite("P2", second)
        # Half sums, since the sum of two huge payoffs may overflow.
        half = first.astype(np.float64) / 2 + second.astype(np.float64) / 2
        size = max(float(abs(first).max()), float(abs(second).max()))
        if float(half.max() - half.min()) > 4 * EPS * size:
            raise ValueError(
                f"The payoffs must have a constant sum; half of it ranges from {half.min():.6g} to {half.max():.6g}: "
                "general-sum games are not supported, only two-player zero-sum and constant-sum ones."
            )
        constant = 2.0 * float(half.flat[0])
        if not math.isfinite(constant):
            raise ValueError(f"The constant sum must be finite; got {constant}: scale the payoffs down.")
        return cls(first, actions=actions, players=players, name=name, loss=False, total=constant)

    @property
    def scale(self) -> float:
        """What `tol` is relative to: the spread of the payoffs, or the largest where they are all one number.

        For a linear operator, whose entries are not available, the operator norm.
        """
        return (
            self.coupling.largest if self.coupling.kind == "operator" else self.coupling.spread or self.coupling.largest
        )

    @property
    def scale_kind(self) -> str:
        """What the scale measures."""
        if self.coupling.kind == "operator":
            return "operator norm estimate"
        return "max - min of the payoffs" if self.coupling.spread > 0 else "the constant payoff"

    @property
    def spread(self) -> float:
        """Largest minus smallest payoff between pure actions."""
        return self.coupling.spread

    @property
    def largest(self) -> float:
        """Largest payoff in size."""
        return self.coupling.largest

    @property
    def work(self) -> int:
        """Numbers that an evaluation of both utilities reads."""
        return self.coupling.entries

    @property
    def fingerprint(self) -> float:
        """A number that tells this game from others of its shape."""
        return self.coupling.fingerprint

    @property
    def floor(self) -> float:
        """Gap below which float64 cannot certify: `(n + m) eps max|A|`."""
        return sum(self.shape) * EPS * self.coupling.largest

    @property
    def shape(self) -> tuple[int, int]:
        """Number of actions of x and of y."""
        return self.coupling.shape

    @cached_property
    def kernel(self) -> Any:
        """The record compiled loops read; None for a linear operator."""
        return self.coupling.record(self.sign)

    def utilities(self, x: np.ndarray, y: np.ndarray, ux: np.ndarray, uy: np.ndarray) -> None:
        """Write `-df/dx` and `+df/dy` at (x, y)."""
        self.utility_x(x, y, ux)
        self.utility_y(x, y, uy)

    def utility_x(self, x: np.ndarray, y: np.ndarray, ux: np.ndarray) -> None:
        """Write x's utilities against y."""
        np.multiply(self.coupling.times(y), -self.sign, out=ux)

    def utility_y(self, x: np.ndarray, y: np.ndarray, uy: np.ndarray) -> None:
        """Write y's utilities against x."""
        np.multiply(self.coupling.transposed(x), self.sign, out=uy)

    @property
    def sign(self) -> float:
        """+1 where entries are what x pays, -1 where they are what x receives."""
        return 1.0 if self.loss else -1.0

    @cached_property
    def domains(self) -> tuple[Simplex, Simplex]:
        """Where x and y move."""
        return Simplex(self.shape[0]), Simplex(self.shape[1])

    @cached_property
    def narrow(self) -> MatrixGame:
        """The game with its dense matrix rounded to float32, for rounds that need not be exact."""
        return MatrixGame(self.A.astype(np.float32, copy=False), loss=self.loss)

    @cached_property
    def norm(self) -> float:
        """Lipschitz constant of the operator on the two simplices."""
        return self.coupling.norm(centred=True)

    @property
    def coupling_norm(self) -> float:
        """Lipschitz constant of a player's utilities in the other's strategy."""
        return self.norm

    curvatures: ClassVar[tuple[float, float]] = (0.0, 0.0)
    slope: ClassVar[float] = math.nan
    violation: ClassVar[float] = 0.0
    unproved: ClassVar[bool] = False
    users: ClassVar[bool] = False

    def entries(self) -> Any:
        """Return the matrix as given, dense or sparse."""
        if self.coupling.kind == "operator":
            raise TypeError("A game given as a LinearOperator has no entries to return; use its products instead.")
        return self.A

    def payoffs(self) -> Any:
        """Return x's payoffs as a dense or sparse array; x maximises them."""
        entries = self.entries()
        return -entries if self.loss else entries

    def dense(self) -> np.ndarray:
        """Return the matrix as given, dense."""
        entries = self.entries()
        return entries.toarray() if self.coupling.kind == "sparse" else entries

    def value(self, x: Any, y: Any) -> float:
        """Return the payoff of a strategy pair, in the sign of the matrix as given."""
        return self.certificate(x, y).value

    def gap(self, x: Any, y: Any) -> float:
        """Return the duality gap `max_y' f(x, y') - min_x' f(x', y)`, never negative."""
        return self.certificate(x, y).gap

    def certificate(self, x: Any, y: Any) -> Certificate:
        """Return value, bounds and gap of a strategy pair, computed afresh in float64.

        Parameters
        ----------
        x : (n,) strategy of x.
        y : (m,) strategy of y.
        """
        return self.score(self.domains[0].point(x, "x"), self.domains[1].point(y, "y"))

    def score(self, x: np.ndarray, y: np.ndarray) -> Certificate:
        """Return the certificate of strategies that need no check."""
        by_row, by_column = self.coupling.times(y), self.coupling.transposed(x)
        if self.loss:
            low, high = float(by_row.min()), float(by_column.max())
            slack_low, slack_high = self.rounding(y), self.rounding(x)
        else:
            low, high = float(by_column.min()), float(by_row.max())
            slack_low, slack_high = self.rounding(x), self.rounding(y)
        lower, upper = low - slack_low, high + slack_high
        value = min(max(float(x @ by_row), lower), upper)
        return Certificate(value, lower, upper, max(high - low, 0.0), relative(upper - lower, self.scale), self.merit)

    def rounding(self, p: np.ndarray) -> float:
        """Bound on the error of the payoffs against the strategy p: zero for a pure one, whose products are exact.

        A linear operator is taken to compute its products as exactly as a matrix does.
        """
        support = int(np.count_nonzero(p))
        if support == 1 and self.coupling.kind != "operator":
            return 0.0
        lost = support * TINY  # what products of subnormal payoffs may lose
        return ((support + 4) * EPS + abs(float(p.sum()) - 1.0)) * self.coupling.largest + lost
