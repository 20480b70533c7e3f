"""What every dynamics states about itself, and the quantities its step size is computed from."""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

__all__ = ["Dynamics", "Scale"]


SCHEDULES = {"constant": 0.0, "sqrt": 0.5}
FIRST = {"zero": 0.0, "plain": 1.0}


class Scale(NamedTuple):
    """What a step size may depend on: the player's own view of the game.

    Attributes
    ----------
    n : actions of the player.
    spread : largest minus smallest utility of a round, in a matrix game; nan where no such range is known.
    norm : Lipschitz constant of the operator in the norm of the map (the Euclidean one over its modulus); nan where no
        rule asks for it.
    rounds : rounds that will be played.
    diameter : Euclidean diameter of the player's domain.
    slope : bound on the Euclidean norm of a utility, or what stands for one.
    coupling : Lipschitz constant of a utility in the other player's strategy.
    curvature : Lipschitz constant of a utility in the player's own strategy.
    terms : functions that the game is the mean of.
    player : 0 for x, 1 for y.
    steepest : the larger of both players' curvatures.
    """

    n: int
    spread: float
    norm: float
    rounds: int
    diameter: float = math.nan
    slope: float = math.nan
    coupling: float = math.nan
    curvature: float = 0.0
    terms: int = 1
    player: int = 0
    steepest: float = 0.0


def inverse(value: float) -> float:
    """`1 / value`, or 1 for a game that does not move."""
    return 1.0 / value if value > 0 else 1.0


def inverse_norm(at: Scale) -> float:
    """`1 / norm`; where the operator is constant its size still sets the units of a step."""
    return inverse(at.norm) if at.norm > 0 else inverse_size(at)


def inverse_size(at: Scale) -> float:
    """One over the size of the utilities: their spread, or their bound, or what the norm makes of them."""
    if not math.isnan(at.spread):
        return inverse(at.spread)
    return inverse(at.slope if math.isfinite(at.slope) else at.norm)


class Dynamics:
    """Facts and defaults of a dynamics; its fields are those of the NamedTuple it is mixed into.

    A dynamics is a sentence of arithmetic, `step(theta, u, v, a, b, t)`, evaluated once per
    coordinate and round; `theta` is the dual point, `u` the utility, `v` the local value
    `<x, u>`, `a` and `b` memory (zero and the first dual point at the start), `t` the phase,
    counted from 1.  It returns the new `(theta, a, b)` and must hold only branch-free
    arithmetic: the same method runs on floats in compiled loops, on numpy rows and on tensors.

    Attributes
    ----------
    geometry : the map from dual points to strategies that the domain is asked for.
    agile : the dual point is taken afresh from the strategy each round (else the sum is kept).
    alternating : the second player sees the first one's new strategy.
    reflected : the second player sees `2 x_new - x_old` (primal-dual methods).
    blended : the rule steps from the point `a`, which `blend` moves on after the map, and `a` is what the opponent
        sees and utilities are evaluated at; it need not lie in the domain.
    mixed : a blended rule whose point `a` lies in the domain, and is its iterate.
    banked : the iterate of a blended rule is its memory b; it begins where it will, whatever the start.
    paced : the step of a round is computed by `adapt` from how far both players moved and their utilities turned; it
        reaches `step` in place of the value v.
    searched : the step of a round in turns is the longest that `adapt` proposes and the other player's answer allows.
    proximal : a step is the rate times utilities from a dual point, so that a domain's own terms can be charged at that
        rate.
    rebalances : an adaptive restart may change the ratio of the two players' steps; memory b is the first dual point.
    snapshot : the rule mixes in a snapshot, kept in memory b, that an oracle of a finite sum renews.
    implicit : the utilities handed to the rule are those at the point it moves to.
    lookahead : "" for one phase a round, "fresh" for two evaluations a step, "past" for two
        phases on one evaluation.
    average : the iterate the guarantee speaks of: "last", "uniform", "linear" or "quadratic".
    noise : "" or the law of the perturbation handed in each round, "gumbel" or "exponential".
    bandit : only the payoff of the sampled action is seen.
    lipschitz : the automatic step is computed from the norm of the coupling.
    guarantee : rate, on which iterate, under which step.
    source : authors, title, year.
    """

    __slots__ = ()

    geometry: ClassVar[str] = "euclidean"
    agile: ClassVar[bool] = False
    alternating: ClassVar[bool] = False
    reflected: ClassVar[bool] = False
    blended: ClassVar[bool] = False
    mixed: ClassVar[bool] = False
    banked: ClassVar[bool] = False
    paced: ClassVar[bool] = False
    searched: ClassVar[bool] = False
    proximal: ClassVar[bool] = False
    rebalances: ClassVar[bool] = False
    snapshot: ClassVar[bool] = False
    implicit: ClassVar[bool] = False
    lookahead: ClassVar[str] = ""
    average: ClassVar[str] = "uniform"
    noise: ClassVar[str] = ""
    bandit: ClassVar[bool] = False
    lipschitz: ClassVar[bool] = False
    guarantee: ClassVar[str] = ""
    source: ClassVar[str] = ""

    def perturb(self, theta: Any, noise: Any, t: Any) -> Any:
        """Dual point that round `t` plays from, given fresh noise; only rules with `noise` are asked."""
        return theta

    def blend(self, x: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any]:
        """Point the next step is taken from, and the memory b, given the map's strategy x; only blended rules are
        asked."""
        return a, b

    def rate(self, pace: Any, t: Any) -> Any:
        """Step size of phase t; `pace` is the step of the round for paced rules."""
        return 0.0

    def adapt(self, step: Any, ratio: Any, moved: Any, turned: Any, t: Any) -> tuple[Any, Any]:
        """Step of round t and a number of the rule's own, given the last ones and the squared distances that both
        players' points and utilities have moved since the last round; only paced rules are asked."""
        return step, ratio

    def estimate(self, loss: Any, probability: Any) -> Any:
        """Estimated utility of the drawn action; only bandit rules are asked."""
        return -loss

    def auto_eta(self, at: Scale) -> float:
        """Step size for `eta="auto"`, from the quantities of the game alone."""
        name = type(self).__name__
        raise ValueError(f'`eta="auto"` asks `auto_eta`, which {name} does not have: pass a number, or write it.')

    def auto_decay(self) -> float:
        """Exponent of the schedule that goes with `eta="auto"`."""
        return 0.0

    def horizon_eta(self, at: Scale) -> float:
        """Constant step size tuned to the number of rounds by the regret bound."""
        return self.auto_eta(at)

    def regret_bound(self, at: Scale) -> float:
        """Bound on the regret of a tuned rule after `at.rounds` rounds, against any opponent, from its first play at
        the centre; in expectation for rules that draw their plays; nan where none is known."""
        return float("nan")

    def tuned(self, at: Scale) -> Any:
        """Return the record a kernel can read: every field a number.

        Parameters
        ----------
        at : Scale of the player in the game at hand.
        """
        fields: dict[str, Any] = self._asdict()  # type: ignore[attr-defined]
        eta, schedule, first = (fields.get(name) for name in ("eta", "schedule", "first"))
        if isinstance(eta, str):
            fields["eta"] = self.auto_eta(at) if eta == "auto" else self.horizon_eta(at)
        if schedule == "auto":
            fields["schedule"] = self.auto_decay() if eta == "auto" else 0.0
        elif isinstance(schedule, str):
            fields["schedule"] = SCHEDULES[schedule]
        if isinstance(first, str):
            fields["first"] = FIRST[first]
        return self._replace(**{name: float(value) for name, value in fields.items()})  # type: ignore[attr-defined]
