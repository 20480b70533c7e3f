"""Follow the regularised or perturbed leader: add the utilities up, then map the sum to a strategy."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from minmax.dynamics.rule import Dynamics, Scale, inverse_size

__all__ = [
    "FTPL",
    "FTRL",
    "MWU",
    "BestResponse",
    "EuclideanFTRL",
    "ExponentialFTPL",
    "FictitiousPlay",
    "LogBarrierFTRL",
    "OptimisticFTRL",
]


class Rate(NamedTuple):
    eta: Any = "auto"
    schedule: Any = "auto"


def decayed_sum(at: Scale, decay: float) -> float:
    """Bound of `sum_t t**-decay` over the rounds, for decay 0 or 1/2."""
    return at.rounds ** (1.0 - decay) / (1.0 - decay)


class Leader(Dynamics):
    """What every regularised leader shares: the lazy sum, and the bound its step size comes from."""

    __slots__ = ()
    eta: Any
    schedule: Any
    geometry = "entropy"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        a = a + u
        theta = b + self.eta * (t + 1.0) ** -self.schedule * a
        return theta, a, b

    def regulariser_range(self, at: Scale) -> float:
        """Largest minus smallest value of the regulariser, against the comparators of the bound."""
        return math.log(at.n)

    def curvature(self, at: Scale) -> float:
        """What a round costs at most, over eta, for utilities of spread one."""
        return 1.0 / 8.0

    def auto_decay(self) -> float:
        return 0.5

    def horizon_eta(self, at: Scale) -> float:
        price = max(self.regulariser_range(at), 1e-3)  # a single action has no range, and any step will do
        return math.sqrt(price / (self.curvature(at) * max(at.rounds, 1))) * inverse_size(at)

    def auto_eta(self, at: Scale) -> float:
        # The anytime step is the horizon step of each round, so eta_1 is the one of a single round.
        return self.horizon_eta(at._replace(rounds=1))

    def regret_bound(self, at: Scale) -> float:
        decay, eta = float(self.schedule), float(self.eta)
        price = self.regulariser_range(at) * max(at.rounds, 1) ** decay / eta
        return price + (eta * at.spread) * decayed_sum(at, decay) * self.curvature(at) * at.spread


class FTRL(Rate, Leader):
    r"""Follow the regularised leader with the entropy; plays proportional to `x_1 exp(eta_t sum u)`.

    .. math:: x_{t+1} = \arg\max_x \langle x, \textstyle\sum_{s \le t} u_s\rangle - \psi(x) / \eta_{t+1},
              \qquad \eta_t = \eta\, t^{-d}

    Parameters
    ----------
    eta : positive number in units of 1/utility, "auto" (computed from the game, decays) or
        "horizon" (constant, tuned to the number of rounds by the regret bound).
    schedule : "constant" (d = 0), "sqrt" (d = 1/2: the running sum is multiplied by
        `eta / sqrt(t)`) or "auto": "sqrt" for `eta="auto"`, else "constant".

    Guarantee
    ---------
    Regret at most `log n / eta_T + spread^2 / 8 sum_t eta_t`, so `sqrt(T log(n) / 2)` times the spread for
    the horizon step; the gap of uniform averages is the sum of both regrets over T.

    Examples
    --------
    >>> MWU(eta=0.5, schedule=0.0).step(0.0, 1.0, 0.0, 2.0, 0.25, 1)
    (1.75, 3.0, 0.25)

    Source
    ------
    N. Cesa-Bianchi and G. Lugosi, Prediction, Learning, and Games, 2006, theorems 2.2 and 2.3;
    S. Shalev-Shwartz and Y. Singer, A primal-dual perspective of online learning algorithms, 2007.
    """

    __slots__ = ()
    guarantee = "average O(1/sqrt T)"
    source = "Cesa-Bianchi and Lugosi 2006; Shalev-Shwartz and Singer 2007"


class MWU(FTRL):
    r"""Multiplicative weights update, also called Hedge: FTRL with the entropy.

    .. math:: x_{t+1}(i) = x_t(i)\, e^{\eta u_t(i)} / \textstyle\sum_j x_t(j)\, e^{\eta u_t(j)}

    `x_{t+1}` is proportional to `x_t exp(eta u_t)` for a constant step.

    Parameters
    ----------
    eta : positive number in units of 1/utility, "auto" (computed from the game, decays) or "horizon" (constant, tuned
        to the number of rounds).
    schedule : "constant", "sqrt" or "auto", as in `FTRL`.

    Guarantee
    ---------
    Average O(1/sqrt T).  With a constant step the last iterate moves away from an interior equilibrium: the
    Kullback-Leibler divergence to it grows every round.

    Source
    ------
    Y. Freund and R. Schapire, Adaptive game playing using multiplicative weights, 1999;
    J. Bailey and G. Piliouras, Multiplicative weights update in zero-sum games, 2018 (last iterate).
    """

    __slots__ = ()
    source = "Freund and Schapire 1999"


class EuclideanFTRL(FTRL):
    r"""FTRL with half the squared norm: lazy projected gradient ascent (dual averaging).

    .. math:: x_{t+1} = P\left(x_1 + \eta_{t+1} \textstyle\sum_{s \le t} u_s\right)

    Differs from the agile `GDA` once a constraint is active: the sum keeps what the projection cut off.

    Guarantee
    ---------
    Regret at most `(1 - 1/n) / (2 eta_T) + n spread^2 / 8 sum_t eta_t`: average O(1/sqrt T).

    Source
    ------
    Y. Nesterov, Primal-dual subgradient methods for convex problems, 2009.
    """

    __slots__ = ()
    geometry = "euclidean"
    source = "Nesterov 2009"

    def regulariser_range(self, at: Scale) -> float:
        return 0.5 * (1.0 - 1.0 / at.n)

    def curvature(self, at: Scale) -> float:
        # A constant added to u moves no play, so half the spread bounds each coordinate.
        return at.n / 8.0


class LogBarrierFTRL(FTRL):
    r"""FTRL with the log barrier: `x_i = 1 / (lambda - eta_t sum u_i)`, lambda making the sum one.

    .. math:: x_{t+1} = \arg\max_x \langle x, \textstyle\sum_{s \le t} u_s\rangle + \sum_i \log x_i / \eta_{t+1}

    Guarantee
    ---------
    Regret at most `n log T / eta_T + spread^2 / 2 sum_t eta_t + spread`: with utilities written as
    losses z >= 0, a round costs `z - log(1 + z) <= z^2 / 2`, and the comparator mixed with 1/T of the
    uniform strategy costs one spread.

    Source
    ------
    C.-Y. Wei and H. Luo, More adaptive algorithms for adversarial bandits, 2018, arXiv 1801.03265.
    """

    __slots__ = ()
    geometry = "log-barrier"
    guarantee = "average O(sqrt(log T / T))"
    source = "Wei and Luo 2018"

    def regulariser_range(self, at: Scale) -> float:
        return at.n * math.log(max(at.rounds, 2))

    def curvature(self, at: Scale) -> float:
        return 0.5

    def auto_eta(self, at: Scale) -> float:
        # The logarithm of the horizon belongs to the price even where the step is anytime.
        return math.sqrt(max(at.rounds, 1)) * self.horizon_eta(at)

    def regret_bound(self, at: Scale) -> float:
        return super().regret_bound(at) + at.spread


class ConstantRate(NamedTuple):
    eta: Any = "auto"
    schedule: Any = "constant"


class Step(NamedTuple):
    eta: Any = "auto"


class OptimisticFTRL(ConstantRate, Leader):
    r"""Optimistic FTRL with the entropy: the last utility is counted twice, as a guess of the next.

    .. math:: \theta_{t+1} = \theta_1 + \eta_{t+1} \left(\textstyle\sum_{s \le t} u_s + u_t\right)

    For a constant step it is `OMWU(first="zero")`; it differs for decaying ones, where the schedule
    multiplies the running sum.

    Parameters
    ----------
    eta : positive number, "auto" (the inverse of the spread) or "horizon" (from the bound against adversaries).
    schedule : "constant" or "sqrt".

    Guarantee
    ---------
    Regret at most `log n / eta + eta sum |u_t - u_{t-1}|^2`: O(1/T) average gap when both players use it.

    Source
    ------
    V. Syrgkanis, A. Agarwal, H. Luo and R. Schapire, Fast convergence of regularized learning in games, 2015,
    arXiv 1507.00418.
    """

    __slots__ = ()
    guarantee = "average O(1/T)"
    source = "Syrgkanis, Agarwal, Luo and Schapire 2015"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        a = a + u
        theta = b + self.eta * (t + 1.0) ** -self.schedule * (a + u)
        return theta, a, b

    def auto_decay(self) -> float:
        return 0.0

    def curvature(self, at: Scale) -> float:
        return 1.0

    def auto_eta(self, at: Scale) -> float:
        return inverse_size(at)


class FTPL(Rate, Dynamics):
    r"""Follow the perturbed leader with Gumbel noise: best response to `sum u + noise / eta`.

    .. math:: x_{t+1} \in \arg\max_x \langle x, \textstyle\sum_{s \le t} u_s + \xi_{t+1} / \eta_{t+1}\rangle,
              \qquad P(\xi(i) \le z) = e^{-e^{-z}}

    Each round draws new noise from (seed, round, player), so a play is pure and its law is that of Hedge:
    `P(x_{t+1} = i)` is proportional to `exp(eta_{t+1} sum_s u_s(i))`.

    Parameters
    ----------
    eta, schedule : as in `FTRL`; the noise has scale `1 / eta_t`.

    Guarantee
    ---------
    Expected regret that of `FTRL` with the entropy, against an opponent who does not see the noise.

    Source
    ------
    A. Kalai and S. Vempala, Efficient algorithms for online decision problems, 2005; the equality with Hedge:
    J. Abernethy, C. Lee and A. Tewari, Perturbation techniques in online learning and optimization, 2016.
    """

    __slots__ = ()
    geometry = "best-response"
    noise = "gumbel"
    guarantee = "average O(1/sqrt T), expected"
    source = "Kalai and Vempala 2005"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return theta + u, a, b

    def perturb(self, theta: Any, noise: Any, t: Any) -> Any:
        """Dual point that round `t` responds to."""
        return theta + noise * t**self.schedule / self.eta

    def auto_decay(self) -> float:
        return 0.5

    def horizon_eta(self, at: Scale) -> float:
        return MWU().horizon_eta(at)

    def auto_eta(self, at: Scale) -> float:
        return self.horizon_eta(at._replace(rounds=1))

    def regret_bound(self, at: Scale) -> float:
        return MWU(self.eta, self.schedule).regret_bound(at)


class ExponentialFTPL(FTPL):
    r"""Follow the perturbed leader with exponential noise of mean `1 / eta`.

    .. math:: x_{t+1} \in \arg\max_x \langle x, \textstyle\sum_{s \le t} u_s + \xi_{t+1} / \eta_{t+1}\rangle,
              \qquad P(\xi(i) > z) = e^{-z}

    With two actions the worse one is played with probability `exp(-eta D) / 2`, where D is how far it is behind.

    Guarantee
    ---------
    Expected regret at most `(1 + log n) / eta_T + spread^2 sum_t eta_t`: the largest of n such perturbations has
    mean at most `(1 + log n) / eta`, and one round of foresight is worth at most a share `eta spread` of its loss.

    Source
    ------
    A. Kalai and S. Vempala, Efficient algorithms for online decision problems, 2005; M. Hutter and J. Poland,
    Adaptive online prediction by following the perturbed leader, 2005.
    """

    __slots__ = ()
    noise = "exponential"

    def horizon_eta(self, at: Scale) -> float:
        return math.sqrt((1.0 + math.log(at.n)) / max(at.rounds, 1)) * inverse_size(at)

    def regret_bound(self, at: Scale) -> float:
        decay, eta = float(self.schedule), float(self.eta)
        price = (1.0 + math.log(at.n)) * max(at.rounds, 1) ** decay / eta
        return price + (eta * at.spread) * decayed_sum(at, decay) * at.spread


class Memory(NamedTuple):
    # A compiled record needs a field: the share of the past that is kept.
    keep: float = 1.0


class Replies(Dynamics):
    """What fictitious play and best-response dynamics share: a best response to a sum of utilities."""

    __slots__ = ()
    keep: float
    geometry = "best-response"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return self.keep * theta + u, a, b


class FictitiousPlay(Memory, Replies):
    r"""Fictitious play: the best response to the opponent's average play so far; ties to the lowest index.

    .. math:: x_{t+1} \in \arg\max_x \langle x, \textstyle\sum_{s \le t} u_s\rangle

    Guarantee
    ---------
    The averages converge (Robinson 1951), at `T^(-1/(n + m - 2))` in general; some tie rules and
    games reach rates as slow as `T^(-1/n)`, so O(1/sqrt T) is not promised.

    Source
    ------
    G. Brown, Iterative solution of games by fictitious play, 1951; J. Robinson, An iterative method of
    solving a game, 1951; C. Daskalakis and Q. Pan, A counter-example to Karlin's strong conjecture, 2014,
    arXiv 1412.4840.
    """

    __slots__ = ()
    guarantee = "average converges, no O(1/sqrt T)"
    source = "Brown 1951; Robinson 1951"


class Forget(NamedTuple):
    keep: float = 0.0


class BestResponse(Forget, Replies):
    r"""Best-response dynamics: answer the opponent's last play alone.

    .. math:: x_{t+1} \in \arg\max_x \langle x, u_t\rangle

    Guarantee
    ---------
    None: it cycles wherever no pure saddle exists, matching pennies after four moves.

    Source
    ------
    A. Cournot, Researches into the mathematical principles of the theory of wealth, 1838.
    """

    __slots__ = ()
    guarantee = "none; cycles without a pure saddle"
    source = "Cournot 1838"
