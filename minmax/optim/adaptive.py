"""Adam's direction in the dynamics of players: optimistic, extra-gradient, and extrapolation from the past."""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

import torch

from minmax.dynamics import ExtraGradient, OptimisticGDA, PastExtraGradient
from minmax.optim.buckets import Bucket
from minmax.optim.carriers import One
from minmax.optim.optimizer import GameOptimizer, unscaled
from minmax.optim.options import Flags

__all__ = ["ExtraAdam", "ExtraAdamW", "OptimisticAdam", "OptimisticAdamW", "PastExtraAdam", "PastExtraAdamW"]

ONLY = "commit"


class Adaptive(GameOptimizer):
    """What optimizers with Adam's direction `m / (sqrt(v) + eps)` share; moments are corrected for their start."""

    decoupled: ClassVar[bool] = False

    def decay(self, group: dict[str, Any]) -> Any:
        """Return the decay beside the direction: that of the decoupled optimizers."""
        return group["weight_decay"] if self.decoupled else 0.0

    def sign(self, group: dict[str, Any]) -> float:
        """Return the sign of the utility along the direction, which is minus it: moments are of what is minimised."""
        return -1.0

    def start(self, group: dict[str, Any], name: str, p: Any, state: dict[str, Any]) -> Any:
        """Return what a part of a parameter's state starts as: moments at zero."""
        if name not in self.moments(group).values():
            return super().start(group, name, p, state)
        if name == "exp_avg" and state["step"] > 0.0:  # a schedule has raised beta from zero: the last gradient's share
            scale = getattr(self, "grad_scale", None)
            (grad,) = [p.grad] if scale is None else unscaled([p.grad], scale)
            return grad * (-1.0 if group["maximize"] else 1.0)
        return torch.zeros_like(p, memory_format=torch.preserve_format)

    def provisional(self, group: dict[str, Any], ahead: bool) -> bool:
        """Return whether this half uses moments that it does not keep."""
        return ahead and group.get("moments") == ONLY

    def counts(self, group: dict[str, Any], ahead: bool) -> bool:
        """Return whether this half raises the count: it counts updates of the moments."""
        return not self.provisional(group, ahead)

    def direct(self, on: Any, group: dict[str, Any], bucket: Bucket, slots: dict[str, Any], ahead: bool) -> Any:
        """Return Adam's direction, its moments moved on."""
        g, (beta1, beta2) = slots["grad"], group["betas"]
        keep = not self.provisional(group, ahead)
        if group["maximize"]:
            g = on.scaled(g, -1.0)
        if group["weight_decay"] != 0.0 and not self.decoupled:
            g = on.add(g, slots["theta"], group["weight_decay"])

        def moment(name: str) -> Any:
            return bucket.held[name][0] if on is One else bucket.held[name]

        m, v = g, moment("exp_avg_sq")
        if beta1 > 0.0:
            m = (on.lerp_ if keep else on.lerp)(moment("exp_avg"), g, 1.0 - beta1)
            m = moment("exp_avg") if keep else m
            m = on.clone(m) if group["differentiable"] else m  # its value is needed later, and it moves on
        if keep:
            on.scale_(v, beta2)
        else:
            v = on.scaled(v, beta2)
        on.add_squares_(v, g, 1.0 - beta2)
        if group["amsgrad"]:
            largest = moment("max_exp_avg_sq") if keep else on.clone(moment("max_exp_avg_sq"))
            on.largest_(largest, v)
            v = largest
        return self.scaled_by(on, group, bucket.time, g, m, v)

    def moments(self, group: dict[str, Any]) -> dict[str, str]:
        """Return the moments that are kept."""
        first = {"m": "exp_avg"} if group["betas"][0] > 0.0 else {}
        return {**first, "v": "exp_avg_sq", **({"largest": "max_exp_avg_sq"} if group["amsgrad"] else {})}

    def direction(self, group: dict[str, Any], t: Any) -> Any:
        """Return the numbers of Adam's direction at step t."""
        from minmax.optim.fused import Direction

        (beta1, beta2), nesterov = group["betas"], bool(group.get("nesterov"))
        first, gradient, root, eps = corrections(beta1, beta2, group["eps"], nesterov, t)
        decay, sign = 0.0 if self.decoupled else group["weight_decay"], -1.0 if group["maximize"] else 1.0
        return Direction(beta1, 1.0 - beta1, beta2, 1.0 - beta2, first, gradient, 1.0 / root, eps, decay, sign)

    def scaled_by(self, on: Any, group: dict[str, Any], t: Any, g: Any, m: Any, v: Any) -> Any:
        """Return the corrected first moment over the root of the corrected second one."""
        (beta1, beta2), small, nesterov = group["betas"], group["eps"], bool(group.get("nesterov"))
        each = [corrections(beta1, beta2, small, nesterov, one) for one in (t if isinstance(t, list) else [t])]
        first, gradient, root, eps = (list(part) for part in zip(*each)) if isinstance(t, list) else each[0]
        if nesterov:
            m = on.scaled(m, first)
            on.add_(m, g, gradient)
        below = on.root(v)
        if group["differentiable"]:  # the root's own value is needed to differentiate it
            below = on.over(below, root)
        else:
            on.over_(below, root)
        on.plus_(below, eps)
        return on.over(m, below)


def corrections(beta1: float, beta2: float, eps: float, nesterov: bool, t: Any) -> tuple[Any, Any, Any, Any]:
    """Return what the first moment and the gradient are multiplied with, the root divided by, and what is added to it.

    Without Nesterov's look ahead the correction of the first moment goes into the root, which saves a pass.
    """
    root = (1.0 - beta2**t) ** 0.5
    if nesterov:
        return beta1 / (1.0 - beta1 ** (t + 1.0)), (1.0 - beta1) / (1.0 - beta1**t), root, eps
    if beta1 == 0.0:
        return 1.0, 0.0, root, eps
    start = 1.0 - beta1**t
    return 1.0, 0.0, root / start, eps * start


class OptimisticAdam(Adaptive):
    r"""Adam, optimistic: `p <- p - lr (d_t + optimism (d_t - d_{t-1}))` with Adam's direction d.

    Parameters
    ----------
    params : parameters or groups of them, as torch takes them.
    lr : step size, a number or, with `capturable`, a tensor.
    betas : decay of the moments.  The first is 0, not .9, as momentum keeps players turning: on `f = x y` from radius
        2.2 the rule of 2018 (lr .01, optimism 1) is at radius 3.1 after 4096 steps with .9, at .74 with 0.
    eps : added to the root of the second moment.
    optimism : how much of the direction's change is expected again, in units of `lr`; 0 is Adam.  Optax adds it without
        `lr`: its 1.0 is `1 / lr` here.
    weight_decay : l2 coefficient, added to the gradient; `OptimisticAdamW` decays beside the direction.
    amsgrad : whether the largest second moment so far is used.
    nesterov : whether the first moment looks ahead.
    maximize, foreach, capturable, differentiable, fused : as in `torch.optim.Adam`; `fused` is one pass over
        memory, compiled by numba on the CPU (float32, bfloat16, float64) and by torch.compile elsewhere.

    Guarantee
    ---------
    None beyond that of its parts.  The first step is `lr d`.

    Examples
    --------
    >>> import torch
    >>> from minmax.optim import OptimisticAdam
    >>> x, y = (torch.nn.Parameter(torch.ones((), dtype=torch.float64)) for _ in range(2))
    >>> opt = OptimisticAdam([{"params": [x]}, {"params": [y], "maximize": True}], lr=0.01, optimism=10.0)
    >>> for _ in range(2000):
    ...     opt.zero_grad()
    ...     (x * y).backward()
    ...     opt.step()
    >>> abs(x.item()) + abs(y.item()) < 0.05
    True

    Source
    ------
    C. Daskalakis, A. Ilyas, V. Syrgkanis and H. Zeng, Training GANs with optimism, 2018, arXiv 1711.00141, algorithm 1.
    """

    memory: ClassVar[dict[str, str]] = {"a": "previous"}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.0, 0.999),
        eps: float = 1e-8,
        optimism: float = 1.0,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        nesterov: bool = False,
        **flags: Unpack[Flags],
    ) -> None:
        adam = {"betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, {"lr": lr, **adam, "optimism": optimism, "nesterov": nesterov}, flags)

    def rule(self, group: dict[str, Any]) -> OptimisticGDA:
        """Return optimistic gradient descent-ascent with a plain first step."""
        return OptimisticGDA(group["lr"], 0.0, 1.0, group["optimism"])


class OptimisticAdamW(OptimisticAdam):
    """Adam, optimistic, with decoupled weight decay: `-(d + weight_decay p)` is the utility that the dynamics sees.

    Source
    ------
    I. Loshchilov and F. Hutter, Decoupled weight decay regularization, 2019, arXiv 1711.05101; see `OptimisticAdam`.
    """

    decoupled = True


class ExtraAdam(Adaptive):
    r"""Extra-gradient with Adam's direction in two phases: look ahead to `p - lr d`, step from p by the d seen there.

    Parameters
    ----------
    params : parameters or groups of them, as torch takes them.
    lr : step size, a number or, with `capturable`, a tensor.
    betas : decay of the moments; the first is 0 as momentum keeps players turning.
    eps : added to the root of the second moment.
    moments : "commit" moves the moments once an iteration, with the gradient seen ahead, and looks ahead with moments
        it does not keep; "both" moves them in both halves, as published.  Their correction counts what was moved.
    weight_decay : l2 coefficient, added to the gradient where it was taken; `ExtraAdamW` decays beside the direction.
    amsgrad : whether the largest second moment so far is used.
    maximize, foreach, capturable, differentiable, fused : as in `OptimisticAdam`.

    Guarantee
    ---------
    None beyond that of its parts.

    Examples
    --------
    >>> import torch
    >>> from minmax.optim import ExtraAdam
    >>> x, y = (torch.nn.Parameter(torch.ones((), dtype=torch.float64)) for _ in range(2))
    >>> opt = ExtraAdam([{"params": [x]}, {"params": [y], "maximize": True}], lr=0.1)
    >>> for phase in opt.phases():
    ...     opt.zero_grad()
    ...     (x * y).backward()
    ...     opt.step()
    ...     print(phase, round(x.item(), 3), round(y.item(), 3))
    look ahead 0.9 1.1
    commit 0.9 1.1

    Source
    ------
    G. Gidel, H. Berard, G. Vignoud, P. Vincent and S. Lacoste-Julien, A variational inequality perspective on
    generative adversarial networks, 2019, arXiv 1802.10551, algorithm 4.
    """

    memory: ClassVar[dict[str, str]] = {"a": "base"}
    two_phases = True

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.0, 0.999),
        eps: float = 1e-8,
        moments: str = ONLY,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        **flags: Unpack[Flags],
    ) -> None:
        adam = {"betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, {"lr": lr, **adam, "moments": moments}, flags)

    def rule(self, group: dict[str, Any]) -> ExtraGradient:
        """Return extra-gradient with a constant step."""
        return ExtraGradient(group["lr"], 0.0)


class ExtraAdamW(ExtraAdam):
    """Extra-gradient with Adam's direction and decoupled weight decay, at the point ahead in the second phase.

    Source
    ------
    I. Loshchilov and F. Hutter, Decoupled weight decay regularization, 2019, arXiv 1711.05101; see `ExtraAdam`.
    """

    decoupled = True


class PastExtraAdam(Adaptive):
    r"""Extrapolation from the past with Adam's direction: extra-gradient looking ahead along the last direction.

    The parameters hold the point ahead, where gradients are taken; `state[p]["trailing"]` holds the base point.

    Parameters
    ----------
    params : parameters or groups of them, as torch takes them.
    lr : step size, a number or, with `capturable`, a tensor.
    betas : decay of the moments; the first is 0 as momentum keeps players turning.
    eps : added to the root of the second moment.
    first : "plain" looks ahead along the first direction; "zero" steps with it too, as if the one before were zero.
    weight_decay : l2 coefficient, added to the gradient; `PastExtraAdamW` decays beside the direction.
    amsgrad : whether the largest second moment so far is used.
    maximize, foreach, capturable, differentiable, fused : as in `OptimisticAdam`.

    Guarantee
    ---------
    None beyond that of its parts.

    Source
    ------
    G. Gidel, H. Berard, G. Vignoud, P. Vincent and S. Lacoste-Julien, A variational inequality perspective on
    generative adversarial networks, 2019, arXiv 1802.10551, algorithm 5.
    """

    memory: ClassVar[dict[str, str]] = {"a": "trailing"}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.0, 0.999),
        eps: float = 1e-8,
        first: str = "plain",
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        **flags: Unpack[Flags],
    ) -> None:
        adam = {"betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, {"lr": lr, **adam, "first": first}, flags)

    def rule(self, group: dict[str, Any]) -> PastExtraGradient:
        """Return past extra-gradient with a constant step."""
        return PastExtraGradient(group["lr"], 0.0, float(group["first"] == "plain"))


class PastExtraAdamW(PastExtraAdam):
    """Extrapolation from the past with Adam's direction and decoupled weight decay.

    Source
    ------
    I. Loshchilov and F. Hutter, Decoupled weight decay regularization, 2019, arXiv 1711.05101; see `PastExtraAdam`.
    """

    decoupled = True
