"""Gradient play in the geometry of the domain: descent-ascent, optimistic, extra-gradient and past extra-gradient."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from minmax.dynamics.leader import ConstantRate, Rate, decayed_sum
from minmax.dynamics.rule import Dynamics, Scale, inverse, inverse_norm, inverse_size

__all__ = [
    "GDA",
    "OMWU",
    "AlternatingGDA",
    "ExtraGradient",
    "MirrorDescent",
    "MirrorProx",
    "OptimisticGDA",
    "PastExtraGradient",
]


class Scheduled(Dynamics):
    """What rules with one step a round share: its size, which a schedule lets fall."""

    __slots__ = ()
    eta: Any
    schedule: Any
    proximal = True
    rebalances = True

    def rate(self, pace: Any, t: Any) -> Any:
        return self.eta * t**-self.schedule


class Paced(Dynamics):
    """What rules whose step adapts share: that of the round is the step of its phase."""

    __slots__ = ()
    paced = True

    def rate(self, pace: Any, t: Any) -> Any:
        return pace


class Gradient(Scheduled):
    """What gradient rules of every order of play share: a step along the utility."""

    __slots__ = ()
    agile = True

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return theta + self.rate(v, t) * u, a, b


class GDA(Rate, Gradient):
    r"""Simultaneous gradient descent-ascent, projected: `x_{t+1} = P(x_t + eta_t u_t)`.

    .. math:: x_{t+1} = P_X(x_t - \eta_t \nabla_x f(x_t, y_t)),
              \qquad y_{t+1} = P_Y(y_t + \eta_t \nabla_y f(x_t, y_t))

    Parameters
    ----------
    eta : positive number (strategy per utility), "auto" (decays) or "horizon" (constant, from the bound).
    schedule : "constant", "sqrt" (`eta_t = eta / sqrt(t)`) or "auto", as in `FTRL`.

    Guarantee
    ---------
    On a bounded set: regret at most `D^2 / (2 eta_T) + sum_t eta_t |u_t|^2 / 2`, so the average gap is O(1/sqrt T).
    On `f = x y` without constraints the norm grows by exactly `sqrt(1 + eta^2)` a round.

    Examples
    --------
    >>> GDA(eta=0.5, schedule=0.0).step(1.0, 2.0, 0.0, 0.0, 0.0, 1)[0]
    2.0

    Source
    ------
    M. Zinkevich, Online convex programming and generalized infinitesimal gradient ascent, 2003.
    """

    __slots__ = ()
    guarantee = "average O(1/sqrt T) on bounded sets"
    source = "Zinkevich 2003"

    def diameter_squared(self, at: Scale) -> float:
        """Largest squared distance the bound has to cross, on a simplex."""
        # A constant step pays for the distance from the start alone, here the uniform strategy.
        return 1.0 - 1.0 / at.n if self.schedule == 0.0 else 2.0

    def auto_decay(self) -> float:
        return 0.5

    def horizon_eta(self, at: Scale) -> float:
        if math.isnan(at.spread):  # any bounded set: the distance to cross over the size of a utility
            far = at.diameter if math.isfinite(at.diameter) else 1.0
            return far / math.sqrt(max(at.rounds, 1)) * inverse_size(at)
        return math.sqrt(max(1.0 - 1.0 / at.n, 0.5) * 4.0 / (at.n * max(at.rounds, 1))) * inverse(at.spread)

    def auto_eta(self, at: Scale) -> float:
        # Without bounds utilities have no range and regret no bound to tune to: the step is the operator's.
        bounded = not math.isnan(at.spread) or math.isfinite(at.diameter)
        return self.horizon_eta(at._replace(rounds=1)) if bounded else inverse_norm(at)

    def regret_bound(self, at: Scale) -> float:
        decay, eta = float(self.schedule), float(self.eta)
        price = self.diameter_squared(at) * max(at.rounds, 1) ** decay / (2.0 * eta)
        return price + (eta * at.spread) * decayed_sum(at, decay) * at.spread * at.n / 8.0


class AlternatingGDA(GDA):
    r"""Gradient descent-ascent in turns: the second player sees the first one's new strategy.

    .. math:: x_{t+1} = P_X(x_t - \eta_t \nabla_x f(x_t, y_t)),
              \qquad y_{t+1} = P_Y(y_t + \eta_t \nabla_y f(x_{t+1}, y_t))

    Guarantee
    ---------
    On `f = x y` it stays on the ellipse `x^2 + y^2 - eta x y = const` for eta < 2: bounded, never convergent.
    On a bounded set the average gap is O(1/sqrt T) for decaying steps.

    Source
    ------
    J. Bailey, G. Gidel and G. Piliouras, Finite regret and cycles with fixed step-size via alternating gradient
    descent-ascent, 2020, arXiv 1907.04392.
    """

    __slots__ = ()
    alternating = True
    guarantee = "average O(1/sqrt T); last stays on a cycle"
    source = "Bailey, Gidel and Piliouras 2020"


class MirrorDescent(GDA):
    r"""Entropic mirror descent, agile: the step starts from the strategy just played, `theta = log x_t`.

    .. math:: x_{t+1} = \arg\max_x \eta_t \langle x, u_t\rangle - \mathrm{KL}(x, x_t)

    With a constant step it is `MWU`, down to probabilities of 1e-300; with decaying steps only the lazy sum of `FTRL`
    keeps the guarantee (the entropy's divergence is unbounded), so the default here is the horizon step.

    Guarantee
    ---------
    Regret at most `log n / eta + eta T spread^2 / 8` for a constant step: average O(1/sqrt T).

    Source
    ------
    A. Beck and M. Teboulle, Mirror descent and nonlinear projected subgradient methods, 2003.
    """

    __slots__ = ()
    geometry = "entropy"
    guarantee = "average O(1/sqrt T), constant step"
    source = "Beck and Teboulle 2003"

    def auto_decay(self) -> float:
        return 0.0

    def horizon_eta(self, at: Scale) -> float:
        return math.sqrt(8.0 * max(math.log(at.n), 1e-3) / max(at.rounds, 1)) * inverse_size(at)

    def auto_eta(self, at: Scale) -> float:
        return self.horizon_eta(at)

    def regret_bound(self, at: Scale) -> float:
        if self.schedule != 0.0:
            return float("nan")
        return math.log(at.n) / float(self.eta) + (float(self.eta) * at.spread) * at.rounds * at.spread / 8.0


class FirstRate(NamedTuple):
    eta: Any = "auto"
    schedule: Any = "constant"
    first: Any = "plain"


class Optimism(Scheduled):
    """What optimistic rules share: what the utility changed by since the last round is expected once more."""

    __slots__ = ()
    optimism: Any

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return theta + self.rate(v, t) * ((1.0 + self.optimism) * u - self.optimism * a), u, b


class OptimisticRate(NamedTuple):
    eta: Any = "auto"
    schedule: Any = "constant"
    first: Any = "plain"
    optimism: Any = 1.0


class OptimisticGDA(OptimisticRate, Optimism):
    r"""Optimistic gradient descent-ascent with one projection: `x_{t+1} = P(x_t + eta (2 u_t - u_{t-1}))`.

    .. math:: x_{t+1} = P(x_t + \eta_t (u_t + o (u_t - u_{t-1}))), \qquad o = 1

    Parameters
    ----------
    eta : positive number or "auto": `1 / (2 L)` with L the norm of the coupling.
    schedule : "constant" or "sqrt".
    first : "plain" takes `u_0 = u_1`, so the first step is that of GDA; "zero" takes `u_0 = 0`, twice it.
    optimism : how much of the change of utility is expected again: the step is `u_t + optimism (u_t - u_{t-1})`.

    Guarantee
    ---------
    For optimism 1 the last iterate converges for `eta < 1 / (2 L)` on any convex set (forward-reflected-backward
    splitting), and on unconstrained bilinear games linearly up to `eta < 1 / (sqrt(3) L)`.

    Source
    ------
    Y. Malitsky and M. Tam, A forward-backward splitting method for monotone inclusions without cocoercivity, 2020,
    arXiv 1808.04162; C. Daskalakis, A. Ilyas, V. Syrgkanis and H. Zeng, Training GANs with optimism, 2018, arXiv
    1711.00141.
    """

    __slots__ = ()
    agile = True
    lipschitz = True
    guarantee = "last converges, eta < 1/(2L)"
    source = "Malitsky and Tam 2020; Daskalakis, Ilyas, Syrgkanis and Zeng 2018"

    def auto_eta(self, at: Scale) -> float:
        return 0.5 * inverse_norm(at)


class OptimisticZeroRate(NamedTuple):
    eta: Any = "auto"
    schedule: Any = "constant"
    first: Any = "zero"
    optimism: Any = 1.0


class OMWU(OptimisticZeroRate, Optimism):
    r"""Optimistic multiplicative weights: `x_{t+1}` is proportional to `x_t exp(eta (2 u_t - u_{t-1}))`.

    .. math:: x_{t+1} \propto x_t\, e^{\eta (u_t + o (u_t - u_{t-1}))}, \qquad o = 1

    Parameters
    ----------
    eta : positive number or "auto": the inverse of the spread of the payoffs (1/2 for payoffs in [-1, 1]).
    schedule : "constant" or "sqrt".
    first : "zero" (`u_0 = 0`, as optimistic FTRL: the first step is double) or "plain" (`u_0 = u_1`).
    optimism : how much of the change of utility is expected again, as in `OptimisticGDA`.

    Guarantee
    ---------
    With `eta = 1 / spread` the sum of both regrets stays below `2 log n + 2 log m + 1` half spreads for all T: average
    O(1/T).  Where the equilibrium is unique and eta small the last iterate converges, on some games arbitrarily late
    and after having looked converged.

    Source
    ------
    A. Rakhlin and K. Sridharan, Optimization, learning, and games with predictable sequences, 2013; last iterate:
    C. Daskalakis and I. Panageas, 2019, arXiv 1807.04252; slow games: Y. Cai et al., 2024, arXiv 2406.10631.
    """

    __slots__ = ()
    geometry = "entropy"
    guarantee = "average O(1/T); last if equilibrium unique, may be slow"
    source = "Rakhlin and Sridharan 2013"

    def auto_eta(self, at: Scale) -> float:
        return 0.5 * inverse_norm(at) if math.isnan(at.spread) else inverse(at.spread)

    def regret_bound(self, at: Scale) -> float:
        # |u_t - u_{t-1}| is at most one spread once a common constant is taken off.
        eta = float(self.eta)
        constant = float(self.first) == 0.0 and float(self.schedule) == 0.0 and float(self.optimism) == 1.0
        return math.log(at.n) / eta + (eta * at.spread) * at.rounds * at.spread if constant else float("nan")


class LookAhead(Dynamics):
    """What rules that look ahead share: odd phases go ahead of the base point, even ones step from it."""

    __slots__ = ()
    eta: Any
    schedule: Any
    proximal = True
    rebalances = True

    def rate(self, pace: Any, t: Any) -> Any:
        return self.eta * ((t + t % 2.0) / 2.0) ** -self.schedule

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        ahead = t % 2.0
        a = ahead * theta + (1.0 - ahead) * a
        return a + self.rate(v, t) * u, a, b


class ExtraGradient(ConstantRate, LookAhead):
    r"""Extra-gradient: look ahead to `w = P(x + eta u(x))`, then step from x with the utility seen at w.

    .. math:: w_t = P(z_t - \eta_t F(z_t)), \qquad z_{t+1} = P(z_t - \eta_t F(w_t))

    Parameters
    ----------
    eta : positive number or "auto": `0.9 / L` with L the norm of the coupling.
    schedule : "constant" or "sqrt", per step of two rounds.

    Guarantee
    ---------
    For `eta <= 1 / L` the average of the evaluation points has gap O(1/T).  For `eta < 1 / L` the last iterate's gap is
    O(1/sqrt T), and falls linearly on bilinear games over polytopes.

    Examples
    --------
    >>> rule = ExtraGradient(eta=0.5, schedule=0.0)
    >>> theta, a, b = rule.step(1.0, -2.0, 0.0, 0.0, 0.0, 1)  # look ahead
    >>> theta, rule.step(theta, 1.0, 0.0, a, b, 2)[0]  # step from the base point
    (0.0, 1.5)

    Source
    ------
    G. Korpelevich, The extragradient method for finding saddle points and other problems, 1976; last iterate:
    P. Tseng, On linear convergence of iterative methods for the variational inequality problem, 1995, and Y. Cai,
    A. Oikonomou and W. Zheng, Finite-time last-iterate convergence for learning in multi-player games, 2022, arXiv
    2204.09228.
    """

    __slots__ = ()
    agile = True
    lipschitz = True
    lookahead = "fresh"
    guarantee = "average O(1/T); last linear on polytopes"
    source = "Korpelevich 1976"

    def auto_eta(self, at: Scale) -> float:
        return 0.9 * inverse_norm(at)


class MirrorProx(ExtraGradient):
    r"""Mirror-prox with the entropy: extra-gradient in the geometry of the simplex.

    .. math:: w_t \propto x_t\, e^{\eta_t u(x_t)}, \qquad x_{t+1} \propto x_t\, e^{\eta_t u(w_t)}

    Parameters
    ----------
    eta : positive number or "auto": `2 / spread` (1 for payoffs in [-1, 1]).
    schedule : "constant" or "sqrt".

    Guarantee
    ---------
    With `eta = 2 / spread`, the gap of the averaged evaluation points after T steps is at most
    `(log n + log m) / (eta T)`.

    Source
    ------
    A. Nemirovski, Prox-method with rate of convergence O(1/t) for variational inequalities, 2004.
    """

    __slots__ = ()
    geometry = "entropy"
    agile = False
    lipschitz = False
    guarantee = "average O(1/T)"
    source = "Nemirovski 2004"

    def auto_eta(self, at: Scale) -> float:
        return 0.9 * inverse_norm(at) if math.isnan(at.spread) else 2.0 * inverse(at.spread)


class PastExtraGradient(FirstRate, LookAhead):
    r"""Past extra-gradient (Popov): extra-gradient whose look-ahead reuses the last utility, one evaluation a step.

    .. math:: w_t = P(z_t + \eta u(w_{t-1})), \qquad z_{t+1} = P(z_t + \eta u(w_t))

    Parameters
    ----------
    eta : positive number or "auto": `1 / (2 L)`.
    schedule : "constant" or "sqrt".
    first : "plain" spends the first round on the utility at the start; "zero" takes it as zero (`w_1 = z_1`).

    Guarantee
    ---------
    For `eta <= 1 / (2 L)` the average of the evaluation points has gap O(1/T).  The last base point converges linearly
    on bilinear games over polytopes, proved for `eta <= 1 / (8 L)`.

    Source
    ------
    L. Popov, A modification of the Arrow-Hurwicz method, 1980; C.-Y. Wei, C.-W. Lee, M. Zhang and H. Luo, Linear
    last-iterate convergence in constrained saddle-point optimization, 2021, arXiv 2006.09517.
    """

    __slots__ = ()
    agile = True
    lipschitz = True
    lookahead = "past"
    guarantee = "average O(1/T); last linear on polytopes"
    source = "Popov 1980; Wei, Lee, Zhang and Luo 2021"

    def auto_eta(self, at: Scale) -> float:
        return 0.5 * inverse_norm(at)
