"""Extra-gradient made for noisy utilities: two step sizes, and variance reduction for finite sums."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from minmax.dynamics.gradient import LookAhead
from minmax.dynamics.rule import Scale, inverse_norm

__all__ = ["DoubleStepExtraGradient", "VarianceReducedExtraGradient"]


class TwoRates(NamedTuple):
    eta: Any = "auto"
    ahead: Any = "auto"
    decay: float = 2.0 / 3.0
    ahead_decay: float = 1.0 / 3.0


class DoubleStepExtraGradient(TwoRates, LookAhead):
    r"""Extra-gradient that explores with long steps and updates with short ones.

    .. math:: w_k = P(z_k - \gamma k^{-r} \hat F(z_k)), \qquad z_{k+1} = P(z_k - \eta k^{-s} \hat F(w_k))

    Parameters
    ----------
    eta : first step of the update, a positive number, or "auto": `0.5 / L`.
    ahead : first step of the look-ahead, or "auto": `0.5 / L`.
    decay, ahead_decay : exponents s and r; zero for constant steps.

    Guarantee
    ---------
    With `s > 1/2`, `r + s <= 1` and `2 r + s > 1` the last iterate converges under noise of bounded variance, where
    equal steps need not; on affine operators also with r = 0, s = 1, at rate O(1/T).

    Source
    ------
    Y.-G. Hsieh, F. Iutzeler, J. Malick and P. Mertikopoulos, Explore aggressively, update conservatively: stochastic
    extragradient methods with variable stepsize scaling, 2020, arXiv 2003.10162.
    """

    __slots__ = ()
    agile = True
    lipschitz = True
    lookahead = "fresh"
    average = "last"
    rebalances = False
    guarantee = "last converges under noise"
    source = "Hsieh, Iutzeler, Malick and Mertikopoulos 2020"

    def rate(self, pace: Any, t: Any) -> Any:
        odd = t % 2.0
        k = (t + odd) / 2.0
        return odd * self.ahead * k**-self.ahead_decay + (1.0 - odd) * self.eta * k**-self.decay

    def tuned(self, at: Scale) -> Any:
        ahead = 0.5 * inverse_norm(at) if self.ahead == "auto" else self.ahead
        return super(DoubleStepExtraGradient, self._replace(ahead=ahead)).tuned(at)

    def auto_eta(self, at: Scale) -> float:
        return 0.5 * inverse_norm(at)


class RateAndRefresh(NamedTuple):
    eta: Any = "auto"
    refresh: Any = "auto"


class VarianceReducedExtraGradient(RateAndRefresh, LookAhead):
    r"""Extra-gradient for finite sums with a loopless snapshot w, whose full gradient centres the noise of a few terms.

    .. math:: \bar z_k = (1 - p) z_k + p w_k, \quad z_{k+1/2} = P(\bar z_k - \eta F(w_k)), \quad
              z_{k+1} = P(\bar z_k - \eta (F(w_k) + F_\xi(z_{k+1/2}) - F_\xi(w_k)))

    The snapshot is renewed with probability p a step.  Played with `oracle=Minibatch(size)` on a `FiniteSumGame`;
    `operator_calls` counts a term as its share of a full evaluation.

    Parameters
    ----------
    eta : positive number or "auto": `0.9 sqrt(p) / L`.
    refresh : probability p, or "auto": `2 / N` for N terms.

    Guarantee
    ---------
    The last iterate converges; the gap of the average is O(1/T) with `O(N + sqrt(N) / gap)` term evaluations in all.

    Source
    ------
    A. Alacaoglu and Y. Malitsky, Stochastic variance reduction for variational inequality methods, 2022, arXiv
    2102.08352, algorithm 1.
    """

    __slots__ = ()
    agile = True
    lipschitz = True
    lookahead = "fresh"
    snapshot = True
    rebalances = False
    guarantee = "average O(1/T), cheap rounds on finite sums"
    source = "Alacaoglu and Malitsky 2022"

    def rate(self, pace: Any, t: Any) -> Any:
        return self.eta

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        ahead = t % 2.0
        a = ahead * ((1.0 - self.refresh) * theta + self.refresh * b) + (1.0 - ahead) * a
        return a + self.eta * u, a, b

    def tuned(self, at: Scale) -> Any:
        refresh = min(2.0 / at.terms, 1.0) if self.refresh == "auto" else self.refresh
        return super(VarianceReducedExtraGradient, self._replace(refresh=refresh)).tuned(at)

    def auto_eta(self, at: Scale) -> float:
        return 0.9 * math.sqrt(self.refresh) * inverse_norm(at)
