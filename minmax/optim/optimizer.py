"""What all optimizers of players share: torch's conventions, and one step of a dynamics on parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch.optim.optimizer import Optimizer, _default_to_fused_or_foreach, _use_grad_for_differentiable

from minmax.optim.buckets import Bucket, Gathered, gathered
from minmax.optim.carriers import Many, One, apply
from minmax.optim.forms import Number, Operation, Outcome, ordered
from minmax.optim.options import FLAGS, Flags, checked
from minmax.optim.rounds import number, outcome_of, outcome_seen

__all__ = ["GameOptimizer", "unscaled"]

LOOK_AHEAD, COMMIT = "look ahead", "commit"
HALF = {torch.float16, torch.bfloat16}


class GameOptimizer(Optimizer):
    """Base of the optimizers: a dynamics of `minmax.dynamics` on parameters, `lr` its step size.

    A subclass says which dynamics a group plays (`rule`), how its memory is called in `state` (`memory`), and may make
    a direction of the gradient first (`direct`), as Adam does.

    Attributes
    ----------
    memory : name in the state of each parameter for the memory `a` and `b` of the dynamics that is kept.
    two_phases : whether an iteration has two halves, each with a gradient of its own.
    timed : whether the coefficients of a step depend on its number.
    """

    memory: ClassVar[dict[str, str]] = {}
    two_phases: ClassVar[bool] = False
    timed: ClassVar[bool] = False
    # `GradScaler` then hands over its scale and whether a gradient overflowed, instead of leaving out a half step.
    _step_supports_amp_scaling = True

    def __init__(self, params: Any, defaults: dict[str, Any], flags: Flags) -> None:
        strange = set(flags) - set(FLAGS)
        if strange:
            known = ", ".join((*defaults, *FLAGS))
            raise TypeError(f"{type(self).__name__} takes no `{min(strange)}`; its options are {known}.")
        defaults = {**defaults, **FLAGS, **flags}
        checked(defaults)
        if self.two_phases:
            defaults = {**defaults, "ahead": False, "void": False}
        self.gathered: dict[int, Gathered] = {}
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.gathered = {}
        for group in self.param_groups:
            for name, value in self.defaults.items():
                group.setdefault(name, value)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own; in the middle of an iteration they join it there."""
        if self.two_phases and self.param_groups:
            param_group = {**param_group, **{key: self.param_groups[0][key] for key in ("ahead", "void")}}
        checked({**self.defaults, **param_group})  # before torch takes it in
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        if isinstance(group["lr"], torch.Tensor):
            group["lr"] = group["lr"].reshape(())  # the same memory

    @property
    def ahead(self) -> bool:
        """Whether the parameters look ahead: the first half of an iteration is done, the second is not."""
        return self.two_phases and bool(self.param_groups[0]["ahead"])

    def phases(self) -> Iterator[str]:
        """Yield "look ahead" and "commit", the phases left of this iteration; each needs gradients and a `step()`.

        Examples
        --------
        >>> import torch
        >>> from minmax.optim import ExtraSGD
        >>> x = torch.nn.Parameter(torch.ones(1))
        >>> opt = ExtraSGD([x], lr=0.25)
        >>> for phase in opt.phases():
        ...     opt.zero_grad()
        ...     (x**2).sum().backward()
        ...     opt.step()
        >>> x.item()
        0.75
        """
        left = (COMMIT,) if self.ahead else (LOOK_AHEAD, COMMIT) if self.two_phases else (COMMIT,)
        for phase in left:
            yield phase
            if self.two_phases and self.ahead != (phase == LOOK_AHEAD):
                raise RuntimeError(
                    f"Phase {phase!r} of {type(self).__name__} ended without one `step()`: call it once."
                )

    @_use_grad_for_differentiable  # type: ignore[untyped-decorator]
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take a step: of rules that look ahead one half, or with a closure all that is left of the iteration.

        Parameters
        ----------
        closure : function that clears the gradients, computes them afresh and returns the loss.

        Returns
        -------
        The loss at the first evaluation, None without a closure.
        """
        if closure is None:
            self.half()
            return None
        loss = None
        for _ in self.phases():
            with torch.enable_grad():
                found = closure()
            loss = found if loss is None else loss
            self.half()
        return loss

    def half(self) -> None:
        """Take the step of this phase in every group."""
        scale, overflow = (getattr(self, name, None) for name in ("grad_scale", "found_inf"))
        void = overflow is not None and bool(overflow)
        for place, group in enumerate(self.param_groups):
            ahead = self.two_phases and not group["ahead"]
            if void or (self.two_phases and group["void"]):
                if self.two_phases and not ahead and not group["void"]:
                    self.go_back(group)
            else:
                self.step_group(place, ahead, scale)
            if self.two_phases:
                group["ahead"], group["void"] = ahead, ahead and void

    def forgo(self) -> None:
        """Give up the iteration: parameters that look ahead go back to where it began."""
        with torch.no_grad():
            for group in self.param_groups if self.ahead else ():
                if not group["void"]:
                    self.go_back(group)
                group["ahead"], group["void"] = False, False

    def go_back(self, group: dict[str, Any]) -> None:
        """Put parameters back where the iteration began."""
        for p in group["params"]:
            if "base" in (state := self.state.get(p, {})):
                p.copy_(state["base"])

    def step_group(self, place: int, ahead: bool, scale: Any) -> None:
        """Move the parameters of a group that have gradients."""
        group = self.param_groups[place]
        if self.two_phases:
            self.keep_those_without(group, ahead)
        held = [p for p in group["params"] if p.grad is not None]
        if not held:
            return
        fused, foreach = self.carrier(group, held)
        for bucket in self.buckets(place, held, (fused, foreach), ahead):
            if fused:
                self.step_fused(group, bucket, ahead, 1.0 if scale is None else 1.0 / float(scale))
                continue
            if scale is not None:
                bucket = replace(bucket, grads=unscaled(bucket.grads, scale))
            for part in [bucket] if foreach else bucket:
                self.step_on(Many if foreach else One, group, part, ahead)

    def keep_those_without(self, group: dict[str, Any], ahead: bool) -> None:
        """Let parameters without a gradient stay, or go back, where the iteration began."""
        for p in group["params"]:
            if p.grad is None and "base" in (state := self.state.get(p, {})):
                if ahead:
                    state["base"].copy_(p)
                else:
                    p.copy_(state["base"])

    def carrier(self, group: dict[str, Any], held: list[Any]) -> tuple[bool, bool]:
        """Return whether a group steps in a fused pass, and whether on lists of tensors."""
        fused, foreach = group["fused"], group["foreach"]
        if fused is None and foreach is None:
            _, foreach = _default_to_fused_or_foreach(held, group["differentiable"], use_fused=False)
        # Coefficients that no one may look at are tensors, one for each parameter.
        return bool(fused), bool(foreach) and not (self.timed and blind(group))

    def names(self, group: dict[str, Any]) -> list[str]:
        """Return what the state of a parameter holds, in the order it is made in."""
        return ["step", *self.memory.values(), *self.moments(group).values()]

    def buckets(self, place: int, held: list[Any], carrier: tuple[bool, bool], ahead: bool) -> list[Bucket]:
        """Return the parameters of a group in buckets: those of the last step where they still serve.

        Parameters
        ----------
        place : of the group among all.
        held : parameters that have gradients.
        carrier : whether the step is a fused pass, and whether one on lists: their buckets hold one kind of tensors.
        ahead : whether this half looks ahead.
        """
        group, (fused, foreach) = self.param_groups[place], carrier
        unseen, begins = blind(group), ahead or not self.two_phases
        wanted = (self.names(group), fused or foreach, fused)
        last = None if unseen else self.gathered.get(place)
        found = last.again(held, wanted, self.state, begins) if last is not None else None
        if found is None:
            if fused:
                from minmax.optim.fused import check_fused

                check_fused(held, unseen)
            found, new = gathered(self, group, held, wanted, begins, unseen)
            if not unseen:
                self.gathered[place] = new
        return found

    def start(self, group: dict[str, Any], name: str, p: Any, state: dict[str, Any]) -> Any:
        """Return what a part of a parameter's state starts as: a count at zero, memory as the point itself."""
        if name == "step":
            kind = torch.float64 if torch.get_default_dtype() == torch.float64 else torch.float32
            return torch.zeros((), dtype=kind, device=p.device if group["capturable"] else "cpu")
        return p.detach().clone(memory_format=torch.preserve_format)

    def rule(self, group: dict[str, Any]) -> Any:
        """Return the dynamics a group plays, as numbers: its `step` is what happens."""
        raise NotImplementedError(type(self).__name__)

    def direct(self, on: Any, group: dict[str, Any], bucket: Bucket, slots: dict[str, Any], ahead: bool) -> Any:
        """Return the direction that the dynamics takes for minus the utility; here the gradient."""
        return slots["grad"]

    def counts(self, group: dict[str, Any], ahead: bool) -> bool:
        """Return whether this half raises the count of steps."""
        return not ahead

    def sign(self, group: dict[str, Any]) -> float:
        """Return the sign of the utility along the direction."""
        return 1.0 if group["maximize"] else -1.0

    def decay(self, group: dict[str, Any]) -> Any:
        """Return the rate at which parameters are drawn to zero beside the direction."""
        return group["weight_decay"]

    def step_on(self, on: Any, group: dict[str, Any], bucket: Bucket, ahead: bool) -> None:
        """Move a bucket's parameters with single tensors' operations, or lists' of them."""

        def held(tensors: list[Any]) -> Any:
            return tensors if on is Many else tensors[0]

        slots = {"theta": held(bucket.params), "grad": held(bucket.grads)}
        for slot, name in self.memory.items():
            slots[slot] = held(bucket.held[name])
        slots["d"] = self.direct(on, group, bucket, slots, ahead)
        apply(on, self.operations(group, bucket, ahead), slots)
        if self.counts(group, ahead):
            torch._foreach_add_(bucket.held["step"], 1.0)

    def operations(self, group: dict[str, Any], bucket: Bucket, ahead: bool) -> list[Operation]:
        """Return what a round of the group's rule does to parameters, direction and memory."""
        return ordered(self.outcome(group, bucket.fresh, bucket.time if self.timed else 1.0, ahead))

    def outcome(self, group: dict[str, Any], fresh: bool, t: Any, ahead: bool) -> Outcome:
        """Return the new values of parameters and memory, by the `step` of the group's rule on symbols."""
        rule, t = self.rule(group), number(t)
        pace = number(self.pace(group, t)) if rule.lookahead == "fresh" else 0.0
        rule = rule._replace(eta=number(rule.eta))
        unseen = blind(group) or any(isinstance(value, Number) for value in (rule.eta, pace, t))
        find = outcome_of if unseen else outcome_seen
        return find(rule, self.sign(group), float(self.decay(group)), pace, fresh, t, ahead, ("theta", *self.memory))

    def pace(self, group: dict[str, Any], t: Any) -> Any:
        """Return the step of iteration t, where the rule does not know it."""
        return group["lr"]

    def step_fused(self, group: dict[str, Any], bucket: Bucket, ahead: bool, scale: float) -> None:
        """Move a bucket's parameters in one compiled pass over their memory, their gradients times a scale."""
        from minmax.optim.compiled import compiled_step
        from minmax.optim.fused import fused_step

        group = {**group, "lr": float(group["lr"])}
        slots = {**self.memory, **self.moments(group)}
        tensors = {slot: bucket.held[name] for slot, name in slots.items()}
        direction = self.direction(group, bucket.time)
        direction = direction._replace(scale=direction.scale * scale)
        outcome = self.outcome(group, bucket.fresh, bucket.time if self.timed else 1.0, ahead)
        take = fused_step if bucket.params[0].is_cpu else compiled_step
        take(bucket, tensors, outcome, direction, self.counts(group, ahead))

    def moments(self, group: dict[str, Any]) -> dict[str, str]:
        """Return the names in the state of the moments that make the direction, by slot of the fused pass."""
        return {}

    def direction(self, group: dict[str, Any], t: Any) -> Any:
        """Return the numbers of the direction at step t; here it is the gradient."""
        from minmax.optim.fused import PLAIN

        return PLAIN


def blind(group: dict[str, Any]) -> bool:
    """Return whether values of tensors must not be looked at: a graph is captured or compiled."""
    return bool(group["capturable"]) or bool(torch.compiler.is_compiling())


def unscaled(grads: list[Any], scale: Any) -> list[Any]:
    """Return gradients divided by the factor that a `GradScaler` multiplied the loss with."""
    wide = [g.float() if g.dtype in HALF else g for g in grads]  # the factor itself may be out of half's range
    return [(w / scale.to(w.device, w.dtype)).to(g.dtype) for w, g in zip(wide, grads)]
