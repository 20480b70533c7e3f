"""Optimizers whose direction is the gradient: each carries one dynamics of `minmax.dynamics` on parameters."""

from __future__ import annotations

from array import array
from typing import Any, ClassVar, Unpack

from minmax.dynamics import EAGC, EAGV, FEG, ExtraGradient, Halpern, NegativeMomentum, OptimisticGDA, PastExtraGradient
from minmax.optim.forms import Number
from minmax.optim.optimizer import GameOptimizer
from minmax.optim.options import Flags

__all__ = ["AnchoredSGD", "ExtraSGD", "HalpernSGD", "NegativeMomentumSGD", "OptimisticSGD", "PastExtraSGD"]


class Descent(GameOptimizer):
    """What optimizers along the gradient without an option of their own share."""

    def __init__(self, params: Any, lr: Any = 1e-3, weight_decay: float = 0.0, **flags: Unpack[Flags]) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay}, flags)


class OptimisticSGD(GameOptimizer):
    r"""Optimistic gradient descent: `p <- p - lr (g_t + optimism (g_t - g_{t-1}))`.

    The first step is `lr g`, as `g_0 = g_1`.  The last gradient is copied, so that memory of `.grad` may be used again.

    Parameters
    ----------
    params : parameters or groups of them, as torch takes them.
    lr : step size, a number or, with `capturable`, a tensor.
    optimism : how much of the gradient's change is expected again; 0 is gradient descent.
    weight_decay : l2 coefficient, added to the gradient.
    maximize, foreach, capturable, differentiable, fused : as in `torch.optim.Adam`; `fused` is one pass over
        memory, compiled by numba on the CPU (float32, bfloat16, float64) and by torch.compile elsewhere.

    Guarantee
    ---------
    On `f = x y` both players with `lr < 1 / sqrt(3)` converge linearly, where gradient descent circles outwards.

    Examples
    --------
    >>> import torch
    >>> from minmax.optim import OptimisticSGD
    >>> x, y = (torch.nn.Parameter(torch.ones((), dtype=torch.float64)) for _ in range(2))
    >>> opt = OptimisticSGD([{"params": [x]}, {"params": [y], "maximize": True}], lr=0.3)
    >>> for _ in range(200):
    ...     opt.zero_grad()
    ...     (x * y).backward()
    ...     opt.step()
    >>> abs(x.item()) + abs(y.item()) < 1e-3
    True

    Source
    ------
    C. Daskalakis, A. Ilyas, V. Syrgkanis and H. Zeng, Training GANs with optimism, 2018, arXiv 1711.00141; the dynamics
    is `minmax.OptimisticGDA`.
    """

    memory: ClassVar[dict[str, str]] = {"a": "previous"}

    def __init__(
        self, params: Any, lr: Any = 1e-3, optimism: float = 1.0, weight_decay: float = 0.0, **flags: Unpack[Flags]
    ) -> None:
        super().__init__(params, {"lr": lr, "optimism": optimism, "weight_decay": weight_decay}, flags)

    def rule(self, group: dict[str, Any]) -> OptimisticGDA:
        """Return optimistic gradient descent-ascent with a plain first step."""
        return OptimisticGDA(group["lr"], 0.0, 1.0, group["optimism"])


class ExtraSGD(Descent):
    r"""Extra-gradient in two phases: look ahead to `w = p - lr g(p)`, then step `p <- p - lr g(w)`.

    Parameters
    ----------
    params : parameters or groups of them, as torch takes them.
    lr : step size, a number or, with `capturable`, a tensor.
    weight_decay : l2 coefficient, added to the gradient where it was taken: at the point ahead in the second phase.
    maximize, foreach, capturable, differentiable, fused : as in `OptimisticSGD`.

    Guarantee
    ---------
    On monotone games with Lipschitz constant L and `lr < 1 / L` the last iterate converges.

    Examples
    --------
    >>> import torch
    >>> from minmax.optim import ExtraSGD
    >>> x, y = (torch.nn.Parameter(torch.ones((), dtype=torch.float64)) for _ in range(2))
    >>> opt = ExtraSGD([{"params": [x]}, {"params": [y], "maximize": True}], lr=0.5)
    >>> for phase in opt.phases():
    ...     opt.zero_grad()
    ...     (x * y).backward()
    ...     opt.step()
    ...     print(phase, x.item(), y.item())
    look ahead 0.5 1.5
    commit 0.25 1.25

    Source
    ------
    G. Korpelevich, The extragradient method for finding saddle points and other problems, 1976; G. Gidel, H. Berard,
    G. Vignoud, P. Vincent and S. Lacoste-Julien, A variational inequality perspective on generative adversarial
    networks, 2019, arXiv 1802.10551; the dynamics is `minmax.ExtraGradient`.
    """

    memory: ClassVar[dict[str, str]] = {"a": "base"}
    two_phases = True

    def rule(self, group: dict[str, Any]) -> ExtraGradient:
        """Return extra-gradient with a constant step."""
        return ExtraGradient(group["lr"], 0.0)


class PastExtraSGD(GameOptimizer):
    r"""Extrapolation from the past: extra-gradient that looks ahead along the last gradient, one gradient a step.

    .. math:: z_{t+1} = z_t - lr\, g(w_t), \qquad w_{t+1} = z_{t+1} - lr\, g(w_t)

    The parameters hold `w`, where gradients are taken; `state[p]["trailing"]` holds z.

    Parameters
    ----------
    params : parameters or groups of them, as torch takes them.
    lr : step size, a number or, with `capturable`, a tensor.
    first : "plain" looks ahead along the first gradient; "zero" steps with it too, as if the one before were zero.
    weight_decay : l2 coefficient, added to the gradient.
    maximize, foreach, capturable, differentiable, fused : as in `OptimisticSGD`.

    Guarantee
    ---------
    On monotone games with Lipschitz constant L and `lr <= 1 / (2 L)` the average converges; without constraints the
    points held are those of `OptimisticSGD`.

    Source
    ------
    L. Popov, A modification of the Arrow-Hurwicz method, 1980; G. Gidel et al., 2019, arXiv 1802.10551; the dynamics is
    `minmax.PastExtraGradient`.
    """

    memory: ClassVar[dict[str, str]] = {"a": "trailing"}

    def __init__(
        self, params: Any, lr: Any = 1e-3, first: str = "plain", weight_decay: float = 0.0, **flags: Unpack[Flags]
    ) -> None:
        super().__init__(params, {"lr": lr, "first": first, "weight_decay": weight_decay}, flags)

    def rule(self, group: dict[str, Any]) -> PastExtraGradient:
        """Return past extra-gradient with a constant step."""
        return PastExtraGradient(group["lr"], 0.0, float(group["first"] == "plain"))


HIDDEN = "EAGV computes its steps from their number, which `capturable` and torch.compile hide: take FEG or EAGC."
RATIOS = array("d", [1.0])  # the steps of EAG-V over the first one, the same for every lr
ANCHORED = {"FEG": FEG, "EAGC": EAGC, "EAGV": EAGV}


class AnchoredSGD(GameOptimizer):
    r"""Anchored extra-gradient in two phases: every half step is also drawn to the start, less and less.

    Parameters
    ----------
    params : parameters or groups of them, as torch takes them.
    lr : step size: `1 / L` for FEG, `1 / (8 L)` for EAGC, `.618 / L` for EAGV.
    anchoring : a dynamics of `minmax`, the class or its name: `FEG`, `EAGC` or `EAGV`.
    weight_decay : l2 coefficient, added to the gradient where it was taken.
    maximize, foreach, capturable, differentiable, fused : as in `OptimisticSGD`.

    Guarantee
    ---------
    On monotone games the norm of the gradients at the last iterate is O(1/k) after k steps, the optimal order.

    Source
    ------
    S. Lee and D. Kim, Fast extra gradient methods, 2021, arXiv 2106.02326; T. Yoon and E. Ryu, Accelerated algorithms
    for smooth convex-concave minimax problems, 2021, arXiv 2102.07922.
    """

    memory: ClassVar[dict[str, str]] = {"a": "base", "b": "anchor"}
    two_phases = True
    timed = True

    def __init__(
        self, params: Any, lr: Any = 1e-3, anchoring: Any = "FEG", weight_decay: float = 0.0, **flags: Unpack[Flags]
    ) -> None:
        super().__init__(params, {"lr": lr, "anchoring": anchoring, "weight_decay": weight_decay}, flags)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own."""
        anchoring = param_group.get("anchoring", self.defaults["anchoring"])
        name = anchoring if isinstance(anchoring, str) else getattr(anchoring, "__name__", repr(anchoring))
        if name not in ANCHORED:
            raise ValueError(f"`anchoring` must be one of {', '.join(ANCHORED)}; got {name!r}.")
        if name == "EAGV" and param_group.get("capturable", self.defaults["capturable"]):
            raise ValueError(HIDDEN)
        super().add_param_group({**param_group, "anchoring": name})

    def rule(self, group: dict[str, Any]) -> Any:
        """Return the anchored dynamics of the group."""
        kind = ANCHORED[group["anchoring"]]
        return kind(group["lr"]) if kind is EAGV else kind(group["lr"], 0.0)

    def pace(self, group: dict[str, Any], t: Any) -> Any:
        """Return the step of iteration t: EAG-V's falls by a recursion."""
        if group["anchoring"] != "EAGV":
            return group["lr"]
        if isinstance(t, Number):
            raise ValueError(HIDDEN)
        while len(RATIOS) < int(t):
            RATIOS.append(self.rule(group).adapt(0.0, RATIOS[-1], 0.0, 0.0, 2 * len(RATIOS) + 1)[1])
        return group["lr"] * RATIOS[int(t) - 1]


class HalpernSGD(Descent):
    r"""Halpern's iteration of gradient steps: `p <- (k (p - lr g) + p_0) / (k + 1)` at step k.

    Parameters
    ----------
    params : parameters or groups of them, as torch takes them.
    lr : step size, for which a gradient step must be nonexpansive; plain rotation is not (take `AnchoredSGD`).
    weight_decay : l2 coefficient, added to the gradient.
    maximize, foreach, capturable, differentiable, fused : as in `OptimisticSGD`.

    Guarantee
    ---------
    For a nonexpansive step the residual is at most `2 |p_0 - p*| / (k + 1)`.

    Source
    ------
    B. Halpern, Fixed points of nonexpanding maps, 1967; the dynamics is `minmax.Halpern`.
    """

    memory: ClassVar[dict[str, str]] = {"b": "anchor"}
    timed = True

    def rule(self, group: dict[str, Any]) -> Halpern:
        """Return Halpern's iteration."""
        return Halpern(group["lr"], 0.0)


class NegativeMomentumSGD(GameOptimizer):
    r"""Gradient descent with momentum of either sign: `p <- p - lr g + momentum (p - p_before)`.

    Parameters
    ----------
    params : parameters or groups of them, as torch takes them.
    lr : step size, a number or, with `capturable`, a tensor.
    momentum : heavy-ball momentum; negative damps the rotation of games played in turns.
    weight_decay : l2 coefficient, added to the gradient.
    maximize, foreach, capturable, differentiable, fused : as in `OptimisticSGD`.

    Guarantee
    ---------
    In turns, on bilinear games with `momentum = -1/2` and `lr < 1 / L`, the last iterate converges linearly; played at
    once it does not.

    Source
    ------
    G. Gidel et al., Negative momentum for improved game dynamics, 2019, arXiv 1807.04740; the dynamics is
    `minmax.NegativeMomentum`.
    """

    memory: ClassVar[dict[str, str]] = {"b": "before"}

    def __init__(
        self, params: Any, lr: Any = 1e-3, momentum: float = -0.5, weight_decay: float = 0.0, **flags: Unpack[Flags]
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}, flags)

    def rule(self, group: dict[str, Any]) -> NegativeMomentum:
        """Return gradient descent with the group's momentum."""
        return NegativeMomentum(group["lr"], 0.0, group["momentum"])
