"""Extensive-form games: two players who remember all they did, on a tree with chance, in the sequence form."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.domains import Treeplex
from minmax.games.certificate import EPS, Certificate
from minmax.games.coupling import Coupling
from minmax.games.curvature import Curvature
from minmax.games.matrix import Known
from minmax.games.quadratic import Quadratic
from minmax.games.rules import Drawn, Rules, Walked, sequence_form, tree_of
from minmax.games.told import plan_of

__all__ = ["Choice", "ExtensiveFormGame"]

LARGEST = 1e300  # sum of payoffs that leaves room for differences


class Choice(NamedTuple):
    """What a player does at an information set.

    Attributes
    ----------
    player : its name.
    information : name of the set.
    probabilities : of the actions, by their labels.
    reach : probability of the player's own moves that lead there; what it would do where this is zero is not told by a
        plan, and shown as uniform.
    """

    player: str
    information: Hashable
    probabilities: dict[Hashable, float]
    reach: float


@dataclass(frozen=True, eq=False, repr=False)
class ExtensiveFormGame(Quadratic):
    """A zero-sum game on a tree, in the sequence form: `x'Py` over realisation plans, which x receives.

    Strategies are plans (`minmax.Treeplex`); `choices` tells them by information sets.

    Parameters
    ----------
    P : (n, m) what x receives at a pair of sequences, times chance: an array or a scipy sparse array.
    X, Y : both players' `Treeplex`.
    information : two sequences of names of information sets; numbers from 1 where not given.
    moves : two sequences, one tuple of labels of actions for each information set; numbers from 1 where not given.
    players : names of the two players.
    name : what the game is called.
    known : its value, where the literature gives it.
    total : what both receive together, if not nothing.
    rules : what the game was made of by `from_rules`; others that come to the same where it was made otherwise.
    payoffs : the least and the largest that x can receive at the end of a play, where they are known: their difference
        is what `tol` is relative to.

    Examples
    --------
    >>> import minmax as mm
    >>> game = mm.zoo.kuhn()
    >>> solution = mm.solve(game, rounds=30, tol=1e-3)
    >>> round(solution.value, 3), solution.converged
    (-0.056, True)

    Source
    ------
    D. Koller, N. Megiddo and B. von Stengel, Efficient computation of equilibria for extensive two-person games, 1996.
    """

    P: Any
    X: Any
    Y: Any
    information: Any = field(default=None, kw_only=True)
    moves: Any = field(default=None, kw_only=True)
    players: Any = field(default=("x", "y"), kw_only=True)
    name: str = field(default="", kw_only=True)
    known: Known | None = field(default=None, kw_only=True)
    total: float = field(default=0.0, kw_only=True)
    rules: Any = field(default=None, kw_only=True)
    payoffs: tuple[float, float] | None = field(default=None, kw_only=True)
    A: Any = field(init=False)
    b: Any = field(default=None, init=False)
    c: Any = field(default=None, init=False)
    coupling: Coupling = field(init=False)
    forms: tuple[Curvature, Curvature] = field(init=False)

    def __post_init__(self) -> None:
        for name, domain in (("X", self.X), ("Y", self.Y)):
            if not isinstance(domain, Treeplex):
                raise TypeError(f"`{name}` must be a Treeplex; got {type(domain).__name__}.")
        self.hold(-self.P, None, None)  # x minimises what it pays
        for name, default in (("information", names_of_sets), ("moves", names_of_actions)):
            given = getattr(self, name)
            labels = tuple(default(domain) for domain in self.domains) if given is None else given
            if [len(own) for own in labels] != [domain.parents.size for domain in self.domains]:
                raise ValueError(f"`{name}` must be one for each information set of both players.")
            object.__setattr__(self, name, tuple(tuple(own) for own in labels))
        for own, labels, domain in zip(self.information, self.moves, self.domains):
            if len(set(own)) < len(own):
                raise ValueError("`information` must name each set of a player otherwise: two have one name.")
            for j, (names, n) in enumerate(zip(labels, domain.actions.tolist())):
                if not len(set(names)) == len(names) == n:
                    raise ValueError(f"`moves` must hold {n} different labels for set {j}; got {names}.")
        if max(map(abs, self.coupling.extremes)) > LARGEST / max(self.coupling.entries, 1):
            raise ValueError(f"`P` must have entries whose sizes sum to {LARGEST:g} at most: scale payoffs down.")
        if self.rules is None:
            object.__setattr__(self, "rules", Drawn(self))

    @classmethod
    def from_rules(
        cls, rules: Rules, *, players: Any = ("x", "y"), name: str = "", known: Any = None, total: float = 0.0
    ) -> Any:
        """Return the game that rules describe: all plays are walked through once.

        Parameters
        ----------
        rules : an object like `minmax.games.rules.Rules`.
        players, name, known, total : as for the class.
        """
        from scipy.sparse import coo_array

        form = sequence_form(rules, players)
        X, Y = (
            Treeplex(parents, np.array([len(own) for own in actions], dtype=np.int64))
            for parents, actions in zip(form.parents, form.actions)
        )
        P = coo_array((form.payoffs, (form.rows, form.columns)), shape=(X.n, Y.n)).tocsr()
        P.eliminate_zeros()
        labels: dict[str, Any] = {"information": form.information, "moves": form.actions, "players": players}
        return cls(P, X, Y, **labels, name=name, known=known, total=total, payoffs=form.extremes, rules=rules)

    def __repr__(self) -> str:
        what = f"{self.name!r}, " if self.name else ""
        sets = " + ".join(str(domain.parents.size) for domain in self.domains)
        return f"ExtensiveFormGame({what}{sets} information sets, {self.X.n} x {self.Y.n} sequences)"

    @cached_property
    def measured(self) -> tuple[float, str]:
        """The scale, and what it measures."""
        if self.payoffs is None:
            return super().measured
        if self.payoffs[0] == self.payoffs[1]:
            return abs(self.payoffs[0]), "the constant payoff"
        return self.payoffs[1] - self.payoffs[0], "max - min of the payoffs"

    @cached_property
    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Names of both players' sequences: information set and action, the empty one first."""
        return tuple(
            ("start", *(f"{name}: {move}" for name, own in zip(names, moves) for move in own))
            for names, moves in zip(self.information, self.moves)
        )

    @cached_property
    def tree(self) -> Walked:
        """The tree in arrays, which sampling walks through."""
        starts = [dict(zip(own, domain.start[:-1].tolist())) for own, domain in zip(self.information, self.domains)]
        return tree_of(self.rules, starts)

    @cached_property
    def kernel(self) -> Any:
        """The record compiled loops read."""
        return self.coupling.thin_record(self.sign)

    @cached_property
    def sizes(self) -> tuple[Any, Any]:
        """Sizes of what x pays, by x's sequences and by y's."""
        size = abs(self.coupling.A)
        return size, size.T

    @cached_property
    def operations(self) -> int:
        """Additions behind a value, at most: entries of a row and a column, and actions on the way down both trees."""
        size = self.sizes[0] != 0
        return int(size.sum(axis=0).max() + size.sum(axis=1).max()) + sum(d.actions.size + 1 for d in self.domains)

    def rounding(self, x: np.ndarray, y: np.ndarray, f: float, by_x: np.ndarray, by_y: np.ndarray) -> float:
        """Bound on the rounding error of either bound: of what is added up, at most what a play pays at most.

        Without rules that were walked through, that is the best response to the sizes of all payoffs.
        """
        if self.payoffs is not None and not isinstance(self.rules, Drawn):
            most = max(map(abs, self.payoffs))
        else:
            most = max(d.support(size @ p) for d, size, p in zip(self.domains, self.sizes, (y, x)))
        return (self.operations + 8) * EPS * most

    def certificate(self, x: Any, y: Any) -> Certificate:
        """Return value, bounds and gap of a pair of plans, arrays or told by information set, computed afresh."""
        return super().certificate(plan_of(self, "x", x), plan_of(self, "y", y))

    def score(self, x: np.ndarray, y: np.ndarray) -> Certificate:
        """Return the certificate of plans that need no check, in what x receives."""
        found = super().score(x, y)
        return found._replace(value=0.0 - found.value, lower=0.0 - found.upper, upper=0.0 - found.lower)

    def exploitability(self, x: Any, y: Any) -> float:
        """Return half the gap of a pair of plans: what a player who does not know its seat can lose on average."""
        return self.gap(x, y) / 2.0

    def choices(self, player: str, plan: Any) -> list[Choice]:
        """Return what a plan does at each information set.

        Parameters
        ----------
        player : "x" or "y".
        plan : that player's.
        """
        k = "xy".index(_check.choice("player", player, "xy"))
        domain = self.domains[k]
        plan = domain.point(plan, player)
        behaviour = domain.behaviour(plan)
        return [
            Choice(
                self.players[k],
                information,
                dict(zip(labels, behaviour[first : first + len(labels)].tolist())),
                float(plan[parent]),
            )
            for information, labels, first, parent in zip(
                self.information[k], self.moves[k], domain.start, domain.parents
            )
        ]


def names_of_sets(domain: Treeplex) -> list[str]:
    """Return numbers from 1."""
    return [str(j + 1) for j in range(domain.parents.size)]


def names_of_actions(domain: Treeplex) -> list[tuple[str, ...]]:
    """Return numbers from 1, for each information set."""
    return [tuple(str(k + 1) for k in range(count)) for count in domain.actions]
