"""Splittings for monotone operators: one or two evaluations a step, fixed or adaptive steps."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from minmax.dynamics.gradient import Gradient, LookAhead, Paced
from minmax.dynamics.leader import ConstantRate, Step
from minmax.dynamics.rule import Scale, inverse_norm

__all__ = [
    "AdaptiveExtraGradient",
    "AdaptiveGoldenRatio",
    "DualExtrapolation",
    "ForwardBackwardForward",
    "GoldenRatio",
    "NegativeMomentum",
    "ProximalPoint",
    "ReflectedGradient",
]

PHI = (1.0 + math.sqrt(5.0)) / 2.0
ADAPTIVE_PHI = 1.5  # the paper's choice for adaptive steps
CAUTION = 0.7  # part of 1 / L, as seen last, that an adaptive step may be


class ForwardBackwardForward(ConstantRate, LookAhead):
    r"""Tseng's forward-backward-forward splitting: one projection for two evaluations.

    .. math:: w_k = P(z_k - \eta F(z_k)), \qquad z_{k+1} = w_k - \eta (F(w_k) - F(z_k))

    What is played and returned is w, which is in the domain where z need not be.

    Parameters
    ----------
    eta : positive number or "auto": `0.9 / L`.
    schedule : "constant" or "sqrt", per step of two rounds.

    Guarantee
    ---------
    For `eta < 1 / L` the last iterate converges, linearly on strongly monotone problems; the average of w has gap
    O(1/T).

    Source
    ------
    P. Tseng, A modified forward-backward splitting method for maximal monotone mappings, 2000.
    """

    __slots__ = ()
    rebalances = False
    lipschitz = True
    lookahead = "fresh"
    blended = True
    guarantee = "average O(1/T); last converges"
    source = "Tseng 2000"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        # Odd: look ahead, remember the utility.  Even: stay, remember the correction.
        ahead, eta = t % 2.0, self.rate(v, t)
        return a + ahead * eta * u, a, ahead * u + (1.0 - ahead) * eta * (u - b)

    def blend(self, x: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any]:
        return x + (1.0 - t % 2.0) * b, b

    def auto_eta(self, at: Scale) -> float:
        return 0.9 * inverse_norm(at)


class ReflectedGradient(ConstantRate, Gradient):
    r"""Projected reflected gradient: `z_{k+1} = P(z_k - eta F(2 z_k - z_{k-1}))`, one evaluation, one projection.

    .. math:: z_{k+1} = P(z_k - \eta F(2 z_k - z_{k-1}))

    Parameters
    ----------
    eta : positive number or "auto": `0.4 / L`.
    schedule : "constant" or "sqrt".

    Guarantee
    ---------
    For `eta < (sqrt(2) - 1) / L` the last iterate converges, linearly on strongly monotone problems.

    Source
    ------
    Y. Malitsky, Projected reflected gradient methods for monotone variational inequalities, 2015, arXiv 1502.04968.
    """

    __slots__ = ()
    rebalances = False
    agile = False
    lipschitz = True
    blended = True
    average = "last"
    guarantee = "last converges, eta < .41/L"
    source = "Malitsky 2015"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return b + self.rate(v, t) * u, a, b

    def blend(self, x: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any]:
        return 2.0 * x - b, x

    def auto_eta(self, at: Scale) -> float:
        return 0.4 * inverse_norm(at)


class GoldenRatio(ConstantRate, Gradient):
    r"""Golden ratio algorithm: steps from a running mixture of all iterates, one evaluation each.

    .. math:: \bar z_k = ((\varphi - 1) z_k + \bar z_{k-1}) / \varphi, \qquad z_{k+1} = P(\bar z_k - \eta F(z_k))

    Parameters
    ----------
    eta : positive number or "auto": `phi / (2 L)` with phi = 1.618.
    schedule : "constant" or "sqrt".

    Guarantee
    ---------
    For `eta <= phi / (2 L)` the last iterate converges and the average has gap O(1/T).

    Source
    ------
    Y. Malitsky, Golden ratio algorithms for variational inequalities, 2020, arXiv 1803.08832.
    """

    __slots__ = ()
    rebalances = False
    lipschitz = True
    guarantee = "average O(1/T); last converges"
    source = "Malitsky 2020"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        b = ((PHI - 1.0) * theta + b) / PHI
        return b + self.rate(v, t) * u, a, b

    def auto_eta(self, at: Scale) -> float:
        return 0.5 * PHI * inverse_norm(at)


class AdaptiveGoldenRatio(Step, Paced, Gradient):
    r"""Adaptive golden ratio algorithm (aGRAAL): the step follows how fast the operator turns; no constant is needed.

    .. math:: \lambda_k = \min\Bigl(\rho \lambda_{k-1},
              \frac{\varphi\theta_{k-1}}{4 \lambda_{k-1}} \frac{|z_k - z_{k-1}|^2}{|F(z_k) - F(z_{k-1})|^2}\Bigr)

    with phi = 1.5, `rho = 1 / phi + 1 / phi^2` and `theta_k = phi lambda_k / lambda_{k-1}`.

    Parameters
    ----------
    eta : first step, a positive number, or "auto": `1 / (2 L)` for the best guess of L there is.

    Guarantee
    ---------
    For locally Lipschitz monotone operators the last iterate converges, with a rate of O(1/T) for the best average.

    Source
    ------
    Y. Malitsky, Golden ratio algorithms for variational inequalities, 2020, arXiv 1803.08832, algorithm 1.
    """

    __slots__ = ()
    rebalances = False
    lipschitz = True
    guarantee = "last converges, no L needed"
    source = "Malitsky 2020"

    def adapt(self, step: Any, ratio: Any, moved: Any, turned: Any, t: Any) -> tuple[Any, Any]:
        if t == 1:
            return self.eta, 1.0
        longest = step * (1.0 / ADAPTIVE_PHI + 1.0 / (ADAPTIVE_PHI * ADAPTIVE_PHI))
        new = longest
        if turned > 0.0:
            new = min(longest, ADAPTIVE_PHI * ratio / (4.0 * step) * (moved / turned))
        # A point that did not move says nothing.
        if not new > 0.0:
            new = step
        return new, ADAPTIVE_PHI * new / step

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        b = ((ADAPTIVE_PHI - 1.0) * theta + b) / ADAPTIVE_PHI
        return b + v * u, a, b

    def auto_eta(self, at: Scale) -> float:
        return 0.5 * inverse_norm(at)


class AdaptiveExtraGradient(Step, Paced, LookAhead):
    r"""Extra-gradient whose step follows what the last look-ahead has seen of the operator; no constant is needed.

    .. math:: \eta_{k+1} = \min\Bigl(\nu \frac{|w_k - z_k|}{|F(w_k) - F(z_k)|}, (1 + k^{-3/2}) \eta_k\Bigr),
              \qquad \nu = 0.7

    Parameters
    ----------
    eta : first step, a positive number, or "auto": `0.7 / L` for the best guess of L there is.

    Guarantee
    ---------
    For Lipschitz monotone operators the last iterate converges; the average of the evaluation points has gap O(1/T).

    Source
    ------
    J. Yang and H. Liu, A modified projected gradient method for monotone variational inequalities, 2018; growing
    steps: H. Liu and J. Yang, Weak convergence of iterative methods for solving quasimonotone variational inequalities,
    2020.
    """

    __slots__ = ()
    rebalances = False
    agile = True
    lipschitz = True
    lookahead = "fresh"
    guarantee = "average O(1/T); last converges, no L needed"
    source = "Yang and Liu 2018"

    def adapt(self, step: Any, ratio: Any, moved: Any, turned: Any, t: Any) -> tuple[Any, Any]:
        # `ratio` is the next step: it is found in even rounds and used from the next odd one on.
        if t == 1:
            return self.eta, self.eta
        if t % 2 == 1:
            return ratio, ratio
        k = t / 2
        longest = step * (1.0 + k**-1.5)
        if turned > 0.0 and moved > 0.0:
            longest = min(longest, CAUTION * math.sqrt(moved / turned))
        return step, longest

    def auto_eta(self, at: Scale) -> float:
        return CAUTION * inverse_norm(at)


class DualExtrapolation(ConstantRate, LookAhead):
    r"""Dual extrapolation: utilities seen at a look-ahead are summed, and the sum is mapped to the next base point.

    .. math:: z_k = P(z_0 + s_k), \qquad w_k = P(z_k + \eta u(z_k)), \qquad s_{k+1} = s_k + \eta u(w_k)

    Parameters
    ----------
    eta : positive number or "auto": `1 / L`.
    schedule : "constant" or "sqrt", per step of two rounds.

    Guarantee
    ---------
    For `eta <= 1 / L` the average of the evaluation points w has gap O(1/T).

    Source
    ------
    Y. Nesterov, Dual extrapolation and its applications to solving variational inequalities and related problems, 2007.
    """

    __slots__ = ()
    proximal = False
    rebalances = False
    agile = True
    lipschitz = True
    lookahead = "fresh"
    guarantee = "average O(1/T)"
    source = "Nesterov 2007"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        ahead, eta = t % 2.0, self.rate(v, t)
        b = b + (1.0 - ahead) * eta * u
        return ahead * (theta + eta * u) + (1.0 - ahead) * b, a, b

    def auto_eta(self, at: Scale) -> float:
        return inverse_norm(at)


class RateAndMomentum(NamedTuple):
    eta: Any = "auto"
    schedule: Any = "constant"
    beta: Any = -0.5


class NegativeMomentum(RateAndMomentum, Gradient):
    r"""Alternating gradient descent-ascent with momentum: `x_{t+1} = P(x_t + eta u_t + beta (x_t - x_{t-1}))`.

    .. math:: x_{t+1} = P(x_t + \eta u_t + \beta (x_t - x_{t-1})), \qquad \beta < 0

    Parameters
    ----------
    eta : positive number or "auto": `0.85 / L`, the best where all singular values are one.
    schedule : "constant" or "sqrt".
    beta : momentum, a negative number.

    Guarantee
    ---------
    On unconstrained bilinear games the last iterate converges linearly for `eta < 1 / L` and
    `beta = -1/2`; with none, or with positive momentum, it does not.

    Source
    ------
    G. Gidel, R. Askari Hemmat, M. Pezeshki, R. Le Priol, G. Huang, S. Lacoste-Julien and I. Mitliagkas, Negative
    momentum for improved game dynamics, 2019, arXiv 1807.04740, theorem 6.
    """

    __slots__ = ()
    rebalances = False
    alternating = True
    lipschitz = True
    average = "last"
    guarantee = "last linear on unconstrained bilinear games"
    source = "Gidel et al. 2019"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return theta + self.rate(v, t) * u + self.beta * (theta - b), a, theta

    def auto_eta(self, at: Scale) -> float:
        return 0.85 * inverse_norm(at)


class ProximalPoint(ConstantRate, Gradient):
    r"""Proximal point: `z_{k+1} = P(z_k - eta F(z_{k+1}))`, each step an equation to solve.

    .. math:: z_{k+1} = P(z_k - \eta F(z_{k+1}))

    Quadratic games on free space solve it exactly, by one factorisation for all steps; elsewhere it is solved to
    rounding by extra-gradient steps, whose evaluations `operator_calls` counts.

    Parameters
    ----------
    eta : positive number or "auto": `1 / L`.
    schedule : "constant" or "sqrt".

    Guarantee
    ---------
    For every eta the last iterate converges on monotone problems, `|z_k - z_{k-1}|^2 <= (1 - 1/k)^(k-1) |z_0 - z*|^2 /
    k`; on `f = x y` the norm falls by exactly `1 / sqrt(1 + eta^2)` a round.

    Source
    ------
    R. T. Rockafellar, Monotone operators and the proximal point algorithm, 1976; G. Gu and J. Yang, Tight sublinear
    convergence rate of the proximal point algorithm for maximal monotone inclusion problems, 2020.
    """

    __slots__ = ()
    lipschitz = True
    implicit = True
    average = "last"
    guarantee = "last converges for every step"
    source = "Rockafellar 1976"

    def auto_eta(self, at: Scale) -> float:
        return inverse_norm(at)
