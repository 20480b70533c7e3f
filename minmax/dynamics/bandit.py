"""Dynamics that see only the payoff of the action they played."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from minmax.dynamics.rule import Dynamics, Scale

__all__ = ["Exp3", "Exp3IX"]


class BanditRate(NamedTuple):
    eta: Any = "auto"


class Exp3(BanditRate, Dynamics):
    r"""Exp3: Hedge on importance-weighted losses; an action is drawn from `x_t` and only its payoff is seen.

    .. math:: \hat\ell_t(i) = \frac{\ell_t\, [i = i_t]}{x_t(i)}, \qquad x_{t+1} \propto x_t\, e^{-\eta \hat\ell_t}

    The payoff is rescaled to a loss in [0, 1] by the range of the game, `loss = (high - payoff) / (high - low)`, and
    the drawn action alone is charged `loss / x_t(i)`, which is unbiased.  Regret is reported in payoff units.

    Parameters
    ----------
    eta : positive number (per unit of rescaled loss) or "auto": `sqrt(2 log n / (n T))` for the rounds at hand.

    Guarantee
    ---------
    Pseudo-regret (against the best action in expectation) at most `spread sqrt(2 T n log n)` for the automatic step.

    Source
    ------
    P. Auer, N. Cesa-Bianchi, Y. Freund and R. Schapire, The nonstochastic multiarmed bandit problem, 2002; the form
    without forced exploration: S. Bubeck and N. Cesa-Bianchi, Regret analysis of stochastic and nonstochastic
    multi-armed bandit problems, 2012, theorem 3.1.
    """

    __slots__ = ()
    geometry = "entropy"
    bandit = True
    guarantee = "average O(sqrt(n log n / T)), expected"
    source = "Auer, Cesa-Bianchi, Freund and Schapire 2002; Bubeck and Cesa-Bianchi 2012"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return theta + self.eta * u, a, b

    def estimate(self, loss: Any, probability: Any) -> Any:
        """Estimated utility of the drawn action from its loss in [0, 1]."""
        return -loss / probability

    def auto_eta(self, at: Scale) -> float:
        return math.sqrt(2.0 * math.log(max(at.n, 2)) / (at.n * max(at.rounds, 1)))

    def regret_bound(self, at: Scale) -> float:
        eta = float(self.eta)
        return at.spread * (math.log(at.n) / eta + eta * at.n * at.rounds / 2.0)


class Exp3IX(Exp3):
    r"""Exp3 with implicit exploration: the drawn action is charged `loss / (x_t(i) + eta / 2)`.

    .. math:: \hat\ell_t(i) = \frac{\ell_t\, [i = i_t]}{x_t(i) + \eta / 2},
              \qquad x_{t+1} \propto x_t\, e^{-\eta \hat\ell_t}

    The small bias keeps the variance, and so the regret itself, under control with high probability.

    Parameters
    ----------
    eta : positive number or "auto", as in `Exp3`.

    Guarantee
    ---------
    With probability 1 - delta regret at most `spread (2 sqrt(2 n T log n) + (sqrt(2 n T / log n) + 1) log(2 / delta))`
    for the automatic step.

    Source
    ------
    G. Neu, Explore no more: improved high-probability regret bounds for non-stochastic bandits, 2015,
    arXiv 1506.03271, theorem 1.
    """

    __slots__ = ()
    guarantee = "average O(sqrt(n log n / T)), with high probability"
    source = "Neu 2015"

    def estimate(self, loss: Any, probability: Any) -> Any:
        """Estimated utility of the drawn action, biased towards zero."""
        return -loss / (probability + self.eta / 2.0)

    def regret_bound(self, at: Scale) -> float:
        # The stated bound at delta = 1 %, which holds for the automatic step of these very rounds.
        if not math.isclose(float(self.eta), self.auto_eta(at), rel_tol=1e-9):
            return float("nan")
        log_n = math.log(max(at.n, 2))
        root = math.sqrt(2.0 * at.n * at.rounds)
        return at.spread * (2.0 * root * math.sqrt(log_n) + (root / math.sqrt(log_n) + 1.0) * math.log(200.0))
