"""Anchored dynamics: every step is also drawn to the start, less and less; the last iterate has the optimal rate."""

from __future__ import annotations

from typing import Any

from minmax.dynamics.gradient import LookAhead, Paced, Scheduled
from minmax.dynamics.leader import ConstantRate, Step
from minmax.dynamics.rule import Scale, inverse_norm

__all__ = ["EAGC", "EAGV", "FEG", "Halpern"]

FIRST_SHARE = 0.618  # EAG-V's first step, in units of 1 / L


class Anchored(LookAhead):
    """What anchored extra-gradient methods share: base point, look-ahead and a pull towards the start b."""

    __slots__ = ()
    agile = True
    lipschitz = True
    lookahead = "fresh"
    average = "last"
    rebalances = False

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        ahead = t % 2.0
        a = ahead * theta + (1.0 - ahead) * a
        return a + (b - a) / ((t + ahead) / 2.0 + 1.0) + self.rate(v, t) * u, a, b


class EAGC(ConstantRate, Anchored):
    r"""Extra anchored gradient with a constant step.

    .. math:: w_k = P\bigl(z_k + \tfrac{1}{k+2}(z_0 - z_k) - \eta F(z_k)\bigr), \qquad
              z_{k+1} = P\bigl(z_k + \tfrac{1}{k+2}(z_0 - z_k) - \eta F(w_k)\bigr)

    Parameters
    ----------
    eta : positive number or "auto": `1 / (8 L)`.
    schedule : "constant" or "sqrt", per step of two rounds.

    Guarantee
    ---------
    On free space with `eta = 1 / (8 L)`: `|F(z_k)|^2 <= 260 L^2 |z_0 - z*|^2 / (k + 1)^2`, the optimal order.

    Source
    ------
    T. Yoon and E. Ryu, Accelerated algorithms for smooth convex-concave minimax problems with O(1/k^2) rate on squared
    gradient norm, 2021, arXiv 2102.07922; with projections Y. Cai, A. Oikonomou and W. Zheng, Accelerated algorithms
    for monotone inclusion and constrained nonconvex-nonconcave min-max optimization, 2022, arXiv 2206.05248.
    """

    __slots__ = ()
    guarantee = "last: norm of F O(1/T)"
    source = "Yoon and Ryu 2021"

    def auto_eta(self, at: Scale) -> float:
        return 0.125 * inverse_norm(at)


class EAGV(Step, Paced, Anchored):
    r"""Extra anchored gradient with varying steps, which fall to about .44 / L.

    .. math:: w_k = P\bigl(z_k + \tfrac{1}{k+2}(z_0 - z_k) - \alpha_k F(z_k)\bigr), \qquad
              z_{k+1} = P\bigl(z_k + \tfrac{1}{k+2}(z_0 - z_k) - \alpha_k F(w_k)\bigr)

    .. math:: \alpha_0 = \frac{.618}{L}, \qquad
              \alpha_{k+1} = \alpha_k \Bigl(1 - \frac{1}{(k+1)(k+3)} \frac{(\alpha_k L)^2}{1 - (\alpha_k L)^2}\Bigr)

    Parameters
    ----------
    eta : first step, a positive number, or "auto": `.618 / L`.  The later ones suppose that it is `.618 / L`.

    Guarantee
    ---------
    On free space: `|F(z_k)|^2 <= 27 L^2 |z_0 - z*|^2 / ((k + 1) (k + 2))`.

    Source
    ------
    T. Yoon and E. Ryu, Accelerated algorithms for smooth convex-concave minimax problems with O(1/k^2) rate on squared
    gradient norm, 2021, arXiv 2102.07922.
    """

    __slots__ = ()
    guarantee = "last: norm of F O(1/T)"
    source = "Yoon and Ryu 2021"

    def adapt(self, step: Any, ratio: Any, moved: Any, turned: Any, t: Any) -> tuple[Any, Any]:
        # `ratio` is alpha_k over alpha_0; both rounds of a step share it.
        if t % 2 == 1 and t > 1:
            k = (t - 1) / 2
            share = (FIRST_SHARE * ratio) ** 2
            ratio = ratio * (1.0 - share / (1.0 - share) / (k * (k + 2.0)))
        return self.eta * ratio, ratio

    def auto_eta(self, at: Scale) -> float:
        return FIRST_SHARE * inverse_norm(at)


class FEG(ConstantRate, Anchored):
    r"""Fast extra-gradient for monotone operators: anchored, with a shorter look-ahead.

    .. math:: w_k = P\bigl(z_k + \tfrac{1}{k+1}(z_0 - z_k) - \tfrac{k}{k+1} \eta F(z_k)\bigr), \qquad
              z_{k+1} = P\bigl(z_k + \tfrac{1}{k+1}(z_0 - z_k) - \eta F(w_k)\bigr)

    Parameters
    ----------
    eta : positive number or "auto": `1 / L`.
    schedule : "constant" or "sqrt", per step of two rounds.

    Guarantee
    ---------
    On free space with `eta = 1 / L`: `|F(z_k)|^2 <= 4 L^2 |z_0 - z*|^2 / k^2`, attained on `f = x y`.

    Source
    ------
    S. Lee and D. Kim, Fast extra gradient methods for smooth structured nonconvex-nonconcave minimax problems, 2021,
    arXiv 2106.02326.
    """

    __slots__ = ()
    guarantee = "last: norm of F O(1/T), constant 2"
    source = "Lee and Kim 2021"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        ahead = t % 2.0
        a = ahead * theta + (1.0 - ahead) * a
        pull = 2.0 / (t + ahead)
        return a + pull * (b - a) + (1.0 - ahead * pull) * self.rate(v, t) * u, a, b

    def auto_eta(self, at: Scale) -> float:
        return inverse_norm(at)


class Halpern(ConstantRate, Scheduled):
    r"""Halpern's iteration of one gradient step: `z_{k+1} = z_0 / (k + 2) + (k + 1) / (k + 2) P(z_k - eta F(z_k))`.

    .. math:: z_{k+1} = \frac{z_0}{k + 2} + \frac{k + 1}{k + 2}\, P(z_k - \eta F(z_k))

    The step must be nonexpansive: gradients of convex functions, strongly monotone operators with a small step; plain
    rotation is not (`HalpernPDHG` is for that).

    Parameters
    ----------
    eta : positive number or "auto": `1 / L`.
    schedule : "constant" or "sqrt".

    Guarantee
    ---------
    For a nonexpansive step T: `|z_k - T z_k| <= 2 |z_0 - z*| / (k + 1)`, which is tight.

    Source
    ------
    B. Halpern, Fixed points of nonexpanding maps, 1967; F. Lieder, On the convergence rate of the Halpern-iteration,
    2021.
    """

    __slots__ = ()
    rebalances = False
    lipschitz = True
    blended = True
    mixed = True
    average = "last"
    guarantee = "last: residual O(1/T) if cocoercive"
    source = "Halpern 1967; Lieder 2021"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return a + self.rate(v, t) * u, a, b

    def blend(self, x: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any]:
        return (t * x + b) / (t + 1.0), b

    def auto_eta(self, at: Scale) -> float:
        return inverse_norm(at)
