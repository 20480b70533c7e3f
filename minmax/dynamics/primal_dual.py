"""Primal-dual hybrid gradient: one side moves, the other sees the reflected move."""

from __future__ import annotations

from typing import Any

from minmax.dynamics.gradient import Gradient
from minmax.dynamics.leader import ConstantRate
from minmax.dynamics.rule import Scale, inverse, inverse_norm

__all__ = ["PDHG", "HalpernPDHG"]


class PDHG(ConstantRate, Gradient):
    r"""Primal-dual hybrid gradient (Chambolle and Pock): the second player sees `2 x_new - x_old`.

    .. math:: x_{t+1} = P(x_t - \eta A y_t), \qquad y_{t+1} = P(y_t + \eta A'(2 x_{t+1} - x_t))

    Parameters
    ----------
    eta : positive number, both players' step, or "auto": `1 / L` with L the norm of the coupling.
    schedule : "constant" or "sqrt".

    Guarantee
    ---------
    For `eta <= 1 / L`: the average has gap at most `(|x - x_1|^2 / 2 + |y - y_1|^2 / 2) / (eta T)` less the cross term
    `<A'(x - x_1), y - y_1> / T` of the order x then y; the last iterate converges, linearly on polytopes.

    Source
    ------
    A. Chambolle and T. Pock, A first-order primal-dual algorithm for convex problems, 2011; B. He and X. Yuan,
    Convergence analysis of primal-dual algorithms for a saddle-point problem, 2012 (the metric of the bound).
    """

    __slots__ = ()
    alternating = True
    reflected = True
    lipschitz = True
    guarantee = "average O(1/T); last linear on polytopes"
    source = "Chambolle and Pock 2011; He and Yuan 2012"

    def auto_eta(self, at: Scale) -> float:
        # Condat's condition (1 / tau - P / 2) (1 / sigma - Q / 2) >= L^2, with one step for both.
        return inverse(at.coupling + at.curvature / 2.0) if at.coupling > 0 else inverse_norm(at)


class HalpernPDHG(PDHG):
    r"""Reflected Halpern PDHG: each step is reflected and drawn back to the start, less and less.

    .. math:: z_{t+1} = \frac{t}{t+1} (2 T(z_t) - z_t) + \frac{1}{t+1} z_1

    with T one step of PDHG; what is played and returned is T(z), which is in the domain where z need not be.

    Parameters
    ----------
    eta : positive number, both players' step, or "auto": `1 / L` with L the norm of the coupling.
    schedule : "constant" or "sqrt".

    Guarantee
    ---------
    For `eta <= 1 / L`: the last iterate's fixed-point residual is O(1/T); with restarts it is linear on polytopes.

    Source
    ------
    H. Lu and J. Yang, Restarted Halpern PDHG for linear programming, 2024, arXiv 2407.16144; F. Lieder, On the
    convergence rate of the Halpern-iteration, 2021.
    """

    __slots__ = ()
    agile = False
    blended = True
    average = "last"
    guarantee = "last O(1/T); with restarts linear on polytopes"
    source = "Lu and Yang 2024; Lieder 2021"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return a + self.rate(v, t) * u, a, b

    def blend(self, x: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any]:
        return (t * (2.0 * x - a) + b) / (t + 1.0), b
