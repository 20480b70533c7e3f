"""Dynamics that mix plays instead of projecting: Frank-Wolfe, and accelerated gradients against smoothed responses."""

from __future__ import annotations

from typing import Any, NamedTuple

from minmax.dynamics.leader import Step
from minmax.dynamics.rule import Dynamics, Scale, inverse_norm

__all__ = ["AcceleratedGradient", "ExcessiveGap", "FrankWolfe", "SmoothedResponse"]


class Offset(NamedTuple):
    offset: Any = 1.0


class FrankWolfe(Offset, Dynamics):
    r"""Frank-Wolfe for saddle points: each player mixes its best response into its strategy, no projection.

    .. math:: s_t = \arg\max_s \langle s, u_t \rangle, \qquad
              x_{t+1} = x_t + \tfrac{2}{t + \text{offset}} (s_t - x_t)

    Parameters
    ----------
    offset : at least one, which moves to the first best response outright.

    Guarantee
    ---------
    Converges on strongly convex-concave problems whose saddle lies well inside, or on polytopes where the coupling is
    weak; on bilinear games it is a weighted fictitious play, for which no rate is known.

    Source
    ------
    G. Gidel, T. Jebara and S. Lacoste-Julien, Frank-Wolfe algorithms for saddle point problems, 2017, arXiv 1610.07797.
    """

    __slots__ = ()
    geometry = "best-response"
    blended = True
    mixed = True
    average = "last"
    guarantee = "last converges if strongly convex-concave, saddle inside"
    source = "Gidel, Jebara and Lacoste-Julien 2017"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return u, a, b

    def blend(self, x: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any]:
        return a + 2.0 / (t + self.offset) * (x - a), b


class AcceleratedGradient(Step, Dynamics):
    r"""Accelerated (proximal) gradient steps for a player whose opponent answers smoothly.

    .. math:: y_k = (1 - \tau_k) x_k + \tau_k z_k, \quad z_{k+1} = P(z_k + \tfrac{\eta}{\tau_k} u(y_k)), \quad
              x_{k+1} = (1 - \tau_k) x_k + \tau_k z_{k+1}, \quad \tau_k = \tfrac{2}{k + 1}

    Played in turns after `SmoothedResponse`, with `order="yx"`, it is Nesterov's smoothing method; the utilities are
    those at y, which is what the opponent sees.

    Parameters
    ----------
    eta : positive number or "auto": `1 / L`, where the opponent's answers are taken to change no faster than its
        strategy does; against `SmoothedResponse(mu)` it is `mu / L^2`.

    Guarantee
    ---------
    Against `SmoothedResponse(mu)` with `eta = mu / L^2`: the smoothed problem is solved to `2 D^2 / (eta T^2)`.

    Source
    ------
    Y. Nesterov, Smooth minimization of non-smooth functions, 2005; P. Tseng, On accelerated proximal gradient methods
    for convex-concave optimization, 2008.
    """

    __slots__ = ()
    agile = True
    alternating = True
    lipschitz = True
    blended = True
    mixed = True
    proximal = True
    average = "linear"
    guarantee = "O(1/T^2) on the smoothed problem"
    source = "Nesterov 2005; Tseng 2008"

    def rate(self, pace: Any, t: Any) -> Any:
        return self.eta * (t + 1.0) / 2.0

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return theta + self.rate(v, t) * u, a, b

    def blend(self, x: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any]:
        b = b + 2.0 / (t + 1.0) * (x - b)
        return b + 2.0 / (t + 2.0) * (x - b), b

    def auto_eta(self, at: Scale) -> float:
        return inverse_norm(at)


class Smoothness(NamedTuple):
    mu: Any = 0.01


class SmoothedResponse(Smoothness, Dynamics):
    r"""The best response to what is seen, smoothed by half the squared distance to the start:
    `x = argmax <x, u> - mu / 2 |x - x_1|^2`.

    .. math:: x_{t+1} = \arg\max_x \langle x, u_t\rangle - \tfrac{\mu}{2} \|x - x_1\|^2

    Parameters
    ----------
    mu : positive number, payoff per squared distance; it costs at most `mu D^2 / 2` of the value.

    Guarantee
    ---------
    The linearly weighted average certifies what `AcceleratedGradient` finds: gap O(L D^2 / T) for mu of
    order L / T.

    Source
    ------
    Y. Nesterov, Smooth minimization of non-smooth functions, 2005.
    """

    __slots__ = ()
    alternating = True
    average = "linear"
    guarantee = "average O(1/T), mu of order 1/T"
    source = "Nesterov 2005"

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        return b + u / self.mu, a, b


class Excess(NamedTuple):
    mu: Any = "auto"
    turn: Any = "auto"


class ExcessiveGap(Excess, Dynamics):
    r"""Nesterov's excessive gap technique: both players' smoothings shrink in turns, tied by one inequality.

    With `x(y) = argmin f(x, y) + mu_1 |x|^2 / 2`, `y(x)` alike, and `\tau = 2 / (k + 3)`, a step that shrinks mu_1 is

    .. math:: \hat x = (1 - \tau) \bar x + \tau x(\bar y), \quad
              \bar y \leftarrow (1 - \tau) \bar y + \tau y(\hat x), \quad
              \bar x \leftarrow (1 - \tau) \bar x + \tau P(x(\bar y) + \tfrac{\tau}{(1 - \tau) \mu_1} u(y(\hat x)))

    and the next one does the same for y.  Two steps take three rounds in turns; the pair is (x-bar, y-bar), which
    begins at the point nearest to zero, whatever the start.  For bilinear games on bounded sets.

    Parameters
    ----------
    mu : positive number, both players' first smoothing, payoff per squared distance, or "auto": the norm L of the
        coupling.
    turn : which player this is, set when a run begins.

    Guarantee
    ---------
    After 3 m rounds the last iterate has gap at most `mu_x D_x / m + mu_y D_y / (2 m + 1)`, D the range of `|x|^2 / 2`
    on a set, where `mu_x mu_y >= L^2`; best with `mu_x / mu_y = D_y / D_x`.

    Source
    ------
    Y. Nesterov, Excessive gap technique in nonsmooth convex minimization, 2005.
    """

    __slots__ = ()
    alternating = True
    lipschitz = True
    blended = True
    mixed = True
    banked = True
    average = "last"
    guarantee = "last O(1/T)"
    source = "Nesterov 2005"

    def tuned(self, at: Scale) -> Any:
        mu = (at.coupling or 1.0) if isinstance(self.mu, str) else self.mu
        return self._replace(mu=float(mu), turn=float(at.player))

    # Three rounds in turns: phase 0 shows x-hat, 1 shows x-bar, 2 the answer to the other player's step.

    def step(self, theta: Any, u: Any, v: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any, Any]:
        since, times = t - 1.0 - self.turn, 1.0 + self.turn
        phase, count = since % 3.0, since // 3.0
        bar, answer = phase * (2.0 - phase), phase * (phase - 1.0) / 2.0
        # The first smoothing over that at hand; how far a step goes from x(y-bar) is constant.
        size = times * (count + answer) + self.turn
        return bar * theta + (bar * times + (1.0 - bar) * size) / self.mu * u, a, b

    def blend(self, x: Any, a: Any, b: Any, t: Any) -> tuple[Any, Any]:
        since = t - 1.0 - self.turn
        phase, count = since % 3.0, since // 3.0
        hat, answer = (1.0 - phase) * (2.0 - phase) / 2.0, phase * (phase - 1.0) / 2.0
        tau = 2.0 / (2.0 * count + 2.0 + self.turn + answer)
        mix = (1.0 - tau) * b + tau * x
        return answer * x + (1.0 - answer) * mix, hat * b + (1.0 - hat) * mix
