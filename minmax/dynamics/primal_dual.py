"""Primal-dual hybrid gradient: one side moves, the other sees the reflected move."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from minmax.dynamics.gradient import Gradient, Paced
from minmax.dynamics.leader import ConstantRate
from minmax.dynamics.rule import Scale, inverse, inverse_norm

__all__ = ["PDHG", "HalpernPDHG", "LineSearchPDHG", "MirrorPDHG"]


def condat_step(at: Scale) -> float:
    """Condat's condition (1 / tau - P / 2) (1 / sigma - Q / 2) >= L^2, with one step for both."""
    return inverse(at.coupling + at.curvature / 2.0) if at.coupling > 0 else inverse_norm(at)


class PrimalDual(Gradient):
    """What primal-dual rules share: turns, a reflected move, and Condat's step."""

    __slots__ = ()
    alternating = True
    reflected = True
    lipschitz = True

    def auto_eta(self, at: Scale) -> float:
        return condat_step(at)


class PDHG(ConstantRate, PrimalDual):
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
    guarantee = "average O(1/T); last linear on polytopes"
    source = "Chambolle and Pock 2011; He and Yuan 2012"


class Reflection(NamedTuple):
    eta: Any = "auto"
    schedule: Any = "constant"
    reflection: Any = "auto"


class HalpernPDHG(Reflection, PrimalDual):
    r"""Reflected Halpern PDHG: each step is reflected and drawn back to the start, less and less.

    .. math:: z_{t+1} = \frac{t}{t+1} ((1 + \rho) T(z_t) - \rho z_t) + \frac{1}{t+1} z_1

    with T one step of PDHG; what is played and returned is T(z), which is in the domain where z need not be.

    Parameters
    ----------
    eta : positive number, both players' step, or "auto": `1 / L` with L the norm of the coupling, shorter where players
        have forms of their own.
    schedule : "constant" or "sqrt".
    reflection : rho, between 0 and 1, or "auto": 1, the whole reflection, but 0 where a player has a form of its own.
        T is then no more than nonexpansive at the longest steps, and a reflection may run away.

    Guarantee
    ---------
    For `eta <= 1 / L`: the last iterate's fixed-point residual is O(1/T); with restarts it is linear on polytopes.

    Source
    ------
    H. Lu and J. Yang, Restarted Halpern PDHG for linear programming, 2024, arXiv 2407.16144; F. Lieder, On the
    convergence rate of the Halpern-iteration, 2021; with forms, T is averaged as in L. Condat, A primal-dual splitting
    method for convex optimization, 2013.
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
        return (t * ((1.0 + self.reflection) * x - self.reflection * a) + b) / (t + 1.0), b

    def tuned(self, at: Scale) -> Any:
        """Return the record a kernel can read."""
        rule: Any = self
        if rule.reflection == "auto":
            rule = rule._replace(reflection=float(at.steepest == 0.0))
        return PrimalDual.tuned(rule, at)


class MirrorPDHG(PDHG):
    r"""Primal-dual hybrid gradient with the entropy of the simplex in place of squared distances.

    .. math:: x_{t+1} \propto x_t \exp(-\eta A y_t), \qquad y_{t+1} \propto y_t \exp(\eta A'(2 x_{t+1} - x_t))

    Against `PDHG` of the other player, where that is in a Euclidean ball or in free space.

    Parameters
    ----------
    eta : positive number, both players' step, or "auto": `2 / spread` in a matrix game, else `1 / L` with L the norm of
        the coupling between the norms of the maps.
    schedule : "constant" or "sqrt".

    Guarantee
    ---------
    For the automatic step the average of T rounds has gap at most the largest divergences of any x and y from the
    start, less the cross term `eta <A'(x_1 - x), y_1 - y>` of the order x then y, over `eta T`: on simplices no more
    than `2 (log n + log m) / (eta T)`.

    Source
    ------
    A. Chambolle and T. Pock, On the ergodic convergence rates of a first-order primal-dual algorithm, 2016.
    """

    __slots__ = ()
    geometry = "entropy"
    agile = False
    rebalances = False
    lipschitz = False
    guarantee = "average O(1/T)"
    source = "Chambolle and Pock 2016"

    def auto_eta(self, at: Scale) -> float:
        return super().auto_eta(at) if math.isnan(at.spread) else 2.0 * inverse(at.spread)


LONGEST = 1e10  # steps over the first one: those of players who stand still would grow without end


class Search(NamedTuple):
    eta: Any = "auto"
    delta: Any = 0.99
    shrink: Any = 0.7


class LineSearchPDHG(Search, Paced, Gradient):
    r"""Primal-dual hybrid gradient whose step is searched for in each round, and needs no norm of A.

    .. math:: \tau_t \le \sqrt{1 + \theta_{t-1}} \, \tau_{t-1}, \quad \theta_t = \tau_t / \tau_{t-1}, \quad
              \sqrt\beta \, \tau_t \, |A (y_{t+1} - y_t)| \le \delta \, |y_{t+1} - y_t|

    Here x moves first, y sees `x_{t+1} + theta_t (x_{t+1} - x_t)`, and beta is the ratio of the players' first steps.
    The longest step is tried first and cut until the last inequality holds; each trial is an evaluation.  For games
    without forms of the players' own: state those as terms.

    Parameters
    ----------
    eta : positive number, the first step, or "auto": `1 / L` with L the norm of the coupling.
    delta : between zero and one, what the inequality is held with.
    shrink : between zero and one, what a step that is too long is cut by.

    Guarantee
    ---------
    The last iterate converges to a saddle; the average of y and of what y saw of x, with the steps as weights, has gap
    O(1/T).

    Source
    ------
    Y. Malitsky and T. Pock, A first-order primal-dual algorithm with linesearch, 2018, arXiv 1608.08883.
    """

    __slots__ = ()
    alternating = True
    reflected = True
    searched = True
    proximal = True
    lipschitz = True
    average = "uniform"
    guarantee = "last converges; average O(1/T), no L needed"
    source = "Malitsky and Pock 2018"

    def auto_eta(self, at: Scale) -> float:
        return condat_step(at)

    def adapt(self, step: Any, ratio: Any, moved: Any, turned: Any, t: Any) -> tuple[Any, Any]:
        return min(step * (1.0 + ratio) ** 0.5, LONGEST * self.eta), ratio
