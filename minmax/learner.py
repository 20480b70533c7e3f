"""One player alone: a dynamics that plays and learns against any environment."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minmax import _check, rows
from minmax.dynamics.rule import Scale
from minmax.players import dynamics_of, first_play, wanted_iterate
from minmax.state import Side, average_of, begin, facts_of, regret_of

__all__ = ["Learner", "learner"]


class Learner:
    """A dynamics on a domain, one round at a time; made by `learner`.

    Rules that look ahead spend every second round on a trial point; regret and average count the others.

    Attributes
    ----------
    rule : the dynamics with every parameter a number.
    t : rounds observed so far.
    """

    def __init__(self, rule: Any, domain: Any, side: Side, facts: Any) -> None:
        self.rule, self.domain, self.t = rule, domain, 0
        self._map, self._side, self._facts = domain.using(rule.geometry), side, facts
        self._shown = False
        self._whole = True

    def play(self) -> np.ndarray:
        """Return this round's strategy; a bandit's is the action drawn."""
        if not self._shown:
            rows.show(self._map, self.rule, self._facts, self._side, self.t + 1)
            self._shown = True
        return self._side.seen.copy()

    def observe(self, utility: Any) -> None:
        """Learn this round's utilities, which the player wants to be large.

        Parameters
        ----------
        utility : (n,) utilities; a bandit rule reads the entry of its drawn action alone, and also takes
            that single number.
        """
        played = self.play()
        if self._facts.bandit and np.ndim(utility) == 0:
            utility = np.where(played > 0.0, float(utility), 0.0)
            self._whole = False
        u = _check.real_array("utility", utility, 1)
        if u.size != self.domain.n:
            raise ValueError(f"`utility` must have {self.domain.n} entries, one for each action; got {u.size}.")
        _check.finite("utility", u)
        self.t += 1
        self._side.u[...] = u
        rows.settle(self._map, self._facts, self._side, self.t)
        rows.update(self._map, self.rule, self._facts, self._side, self.t)
        self._shown = False

    @property
    def regret(self) -> float:
        """External regret so far: the best fixed strategy's payoff less that earned.

        nan for a bandit that was told single payoffs: what the other actions would have earned is not known.
        """
        return regret_of(self.domain, self._side) if self._whole else math.nan

    @property
    def average(self) -> np.ndarray:
        """Average of the plays so far, with the weights of the dynamics."""
        return average_of(self._side)


def learner(
    dynamics: Any,
    domain: Any,
    *,
    spread: float | None = None,
    low: float | None = None,
    norm: float | None = None,
    rounds: int | None = None,
    start: Any = None,
    seed: int = 0,
    player: int = 0,
) -> Learner:
    """Return one player of a dynamics, to be played against any environment.

    Parameters
    ----------
    dynamics : a dynamics, such as `MWU(eta=0.1)`.
    domain : where it plays, such as `Simplex(3)`.
    spread : range of the utilities; needed for `eta="auto"`, `eta="horizon"` and bandits.
    low : smallest possible utility, for bandits; zero where None.
    norm : Lipschitz constant of the utilities in the other player's strategy; needed for the automatic step of
        optimistic and extra-gradient rules.
    rounds : number of rounds that will be played, for `eta="horizon"` and bandits.
    start : first strategy; the centre of the domain where None.
    seed, player : what sampled play is drawn from.

    Examples
    --------
    >>> from minmax import MWU, Simplex, learner
    >>> hedge = learner(MWU(eta=1.0), Simplex(2))
    >>> hedge.observe([1.0, 0.0])
    >>> hedge.play().round(3).tolist(), round(hedge.regret, 3)
    ([0.731, 0.269], 0.5)
    """
    rule = dynamics_of(dynamics)
    if not hasattr(domain, "using"):
        raise TypeError(f"`domain` must be a domain such as Simplex(3); got {domain!r}.")
    _check.whole("seed", seed)
    if rounds is not None:
        _check.whole("rounds", rounds, 1)
    automatic = getattr(rule, "eta", None)
    if spread is None and (automatic in ("auto", "horizon") or rule.bandit):
        raise ValueError(f"{type(rule).__name__} needs `spread`, the range of the utilities, or a number for `eta`.")
    if rounds is None and (automatic == "horizon" or (rule.bandit and automatic == "auto")):
        raise ValueError(f"{type(rule).__name__} needs `rounds`, the number of rounds, or a number for `eta`.")
    width = 1.0 if spread is None else _check.positive("spread", spread)
    lipschitz = math.nan if norm is None else _check.positive("norm", norm)
    if norm is None and rule.lipschitz and automatic == "auto":
        raise ValueError(
            f"{type(rule).__name__} needs `norm`, the Lipschitz constant of its utilities, or a number for `eta`."
        )
    tuned = rule.tuned(Scale(domain.n, width, lipschitz, rounds or 1, coupling=lipschitz))
    bottom = 0.0 if low is None else float(low)
    if not math.isfinite(bottom):
        raise ValueError(f"`low` must be finite; got {low!r}.")
    weights = wanted_iterate(rule, None)[1]
    facts = facts_of(tuned, player=player, seed=seed, average=weights, low=bottom, high=bottom + width)
    first = first_play(rule, domain, start, "start")
    return Learner(tuned, domain, begin(domain.using(rule.geometry), tuned, first), facts)
