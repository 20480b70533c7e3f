"""Primal-dual hybrid gradient: one side moves, the other sees the reflected move."""

from __future__ import annotations

from minmax.dynamics.gradient import Gradient
from minmax.dynamics.leader import ConstantRate
from minmax.dynamics.rule import Scale, inverse_norm

__all__ = ["PDHG"]


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
        return inverse_norm(at)
