"""Regret matching and its kin: play in proportion to positive regret, with no step size at all.

Blackwell's view.  Let `r_t = u_t - <x_t, u_t>` be the vector of instantaneous regrets.  To have no regret is to
bring the average of `r_t` to the negative orthant.  Blackwell's theorem says when a set can be approached: for
every half-space that holds it there must be a play keeping the expected payoff in the half-space, whatever the
opponent does.  For the orthant and the sum of regrets R the half-space is `<R+, r> <= 0`, and playing `x`
proportional to `R+` makes the inner product exactly zero, since `<x, r> = 0` for every utility.  Hence
`|R_T+|^2 <= sum_t |r_t|^2`, which is the bound `spread sqrt((n - 1) T)` below; regret matching is that
strategy, regret matching+ the same with the sum itself kept in the orthant.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from minmax.dynamics.rule import Dynamics, Scale

__all__ = [
    "DiscountedRegretMatching",
    "LinearRegretMatching",
    "PredictiveRegretMatchingPlus",
    "RegretMatching",
    "RegretMatchingPlus",
]


def positive_part(z: Any) -> Any:
    """`max(z, 0)` without a comparison."""
    return (z + abs(z)) / 2.0


class Weight(NamedTuple):
    # A compiled record needs a field; a common weight on utilities changes no play.
    weight: float = 1.0


class RegretMatching(Weight, Dynamics):
    r"""Regret matching: play in proportion to the positive part of the summed regrets, uniform where none is positive.

    .. math:: R_t = R_{t-1} + u_t - \langle x_t, u_t\rangle, \qquad x_{t+1} = [R_t]_+ / \|[R_t]_+\|_1

    Guarantee
    ---------
    Regret at most `spread sqrt((n - 1) T)`: average O(1/sqrt T), with no parameter to set.

    Examples
    --------
    >>> RegretMatching().step(1.0, 2.0, 0.5, 0.0, 0.0, 1)[0]
    2.5

    Source
    ------
    S. Hart and A. Mas-Colell, A simple adaptive procedure leading to correlated equilibrium, 2000; D. Blackwell, An
    analog of the minimax theorem for vector payoffs, 1956.
    """

    __slots__ = ()
    geometry = "regret"
    guarantee = "average O(1/sqrt T)"
    source = "Hart and Mas-Colell 2000"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return theta + self.weight * (u - v), a, b

    def regret_bound(self, at: Scale) -> float:
        return at.spread * math.sqrt((at.n - 1) * at.rounds)


class RegretMatchingPlus(RegretMatching):
    r"""Regret matching+: the sum of regrets is clipped at zero each round; in turns, with linear averages.

    .. math:: R_t = [R_{t-1} + u_t - \langle x_t, u_t\rangle]_+, \qquad x_{t+1} = R_t / \|R_t\|_1

    Guarantee
    ---------
    Regret at most `spread sqrt((n - 1) T)`: average O(1/sqrt T), far faster in practice.

    Source
    ------
    O. Tammelin, Solving large imperfect information games using CFR+, 2014, arXiv 1407.5042.
    """

    __slots__ = ()
    alternating = True
    average = "linear"
    guarantee = "average O(1/sqrt T), near 1/T in practice"
    source = "Tammelin 2014"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return positive_part(theta + self.weight * (u - v)), a, b


class PredictiveRegretMatchingPlus(RegretMatchingPlus):
    r"""Predictive regret matching+: play as if the last regret came once more; in turns, with quadratic averages.

    .. math:: r_t = u_t - \langle x_t, u_t\rangle, \qquad R_t = [R_{t-1} + r_t]_+, \qquad x_{t+1} \propto [R_t + r_t]_+

    Guarantee
    ---------
    `|R_T|^2 <= sum_t |r_t - r_{t-1}|^2`, so regret at most `2 spread sqrt((n - 1) T)` against anyone and far less
    against a slowly moving opponent: O(1/sqrt T) for simultaneous play and uniform averages.  In turns and with
    quadratic averages, the default, no rate is proved; it is measured to be the fastest here without a step size.

    Source
    ------
    G. Farina, C. Kroer and T. Sandholm, Faster game solving via predictive Blackwell approachability, 2021,
    arXiv 2007.14358.
    """

    __slots__ = ()
    average = "quadratic"
    guarantee = "average O(1/sqrt T) at once; in turns 1/T or faster in practice"
    source = "Farina, Kroer and Sandholm 2021"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        regret = self.weight * (u - v)
        a = positive_part(a + regret)
        return positive_part(a + regret), a, b

    def regret_bound(self, at: Scale) -> float:
        return 2.0 * super().regret_bound(at)


class Discounts(NamedTuple):
    alpha: float = 1.5
    beta: float = 0.0


class Discounting(Dynamics):
    """What discounted rules share; the papers bound a weighted regret, so no bound on the uniform one is stated."""

    __slots__ = ()
    alpha: float
    beta: float
    geometry = "regret"
    alternating = True
    guarantee = "average O(1/sqrt T)"
    source = "Brown and Sandholm 2019"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        z = theta + (u - v)
        up, down = t**self.alpha, t**self.beta
        return positive_part(z) * (up / (up + 1.0)) - positive_part(-z) * (down / (down + 1.0)), a, b


class DiscountedRegretMatching(Discounts, Discounting):
    r"""Discounted regret matching: past positive regrets weigh `t^alpha / (t^alpha + 1)`, negative ones with beta.

    .. math:: R_t = \frac{t^\gamma}{t^\gamma + 1} \left(R_{t-1} + u_t - \langle x_t, u_t\rangle\right),
              \qquad \gamma = \alpha \text{ where that is positive, else } \beta

    Parameters
    ----------
    alpha, beta : exponents of the discounts on positive and negative sums, applied after the new regret is added.

    Guarantee
    ---------
    Average O(1/sqrt T) for the defaults and quadratic averages, those of the paper, for simultaneous play; in turns,
    the default, it is measured.  A smaller alpha forgets too fast: at 0 the gap stops falling.

    Source
    ------
    N. Brown and T. Sandholm, Solving imperfect-information games via discounted regret minimization, 2019,
    arXiv 1809.04040.
    """

    __slots__ = ()
    average = "quadratic"


class LinearDiscounts(NamedTuple):
    alpha: float = 1.0
    beta: float = 1.0


class LinearRegretMatching(LinearDiscounts, Discounting):
    r"""Linear regret matching: round t weighs t, in the regrets and in the average.

    .. math:: R_t = R_{t-1} + t\, (u_t - \langle x_t, u_t\rangle), \qquad x_{t+1} \propto [R_t]_+

    Guarantee
    ---------
    Average O(1/sqrt T) for simultaneous play, with a constant at most `2 / sqrt(3)` times that of regret matching; in
    turns, the default, it is measured.

    Source
    ------
    N. Brown and T. Sandholm, Solving imperfect-information games via discounted regret minimization, 2019,
    arXiv 1809.04040.
    """

    __slots__ = ()
    average = "linear"
