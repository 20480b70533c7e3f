"""What a round of a dynamics does to parameters: its `step`, run on symbols."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

from minmax.optim.forms import Form, Number, Outcome

__all__ = ["number", "outcome_of", "outcome_seen"]


def outcome_of(
    rule: Any, sign: float, decay: float, pace: Any, fresh: bool, t: Any, ahead: bool, slots: tuple[str, ...]
) -> Outcome:
    """Return the new values of parameters and memory after a round of a rule.

    Parameters
    ----------
    rule : the dynamics.
    sign : of the utility along the direction.
    decay : rate at which parameters are drawn to zero beside the direction.
    pace : step of a rule that looks ahead.
    fresh : whether this is the first step.
    t : its number.
    ahead : whether this half looks ahead.
    slots : what is wanted, among "theta", "a" and "b".
    """
    here = Form(theta=1.0)
    utility = Form(d=sign) + here * -decay
    a, b = (here if fresh else Form(**{slot: 1.0}) for slot in "ab")
    if rule.lookahead == "fresh":
        theta, a, b = rule.step(here, utility, pace, a, b, phase_of(t, ahead))
    elif rule.lookahead == "past":
        # The point held is the one ahead: the step from the base and the next look share one gradient.
        theta = here
        if not (fresh and rule.first == 1.0):
            theta, a, b = rule.step(theta, utility, 0.0, a, b, 2.0)
        theta, a, b = rule.step(theta, utility, 0.0, a, b, 1.0)
    elif rule.mixed:
        theta, _, _ = rule.step(here, utility, 0.0, here, b, t)
        theta, b = rule.blend(theta, here, b, t)
    else:
        if fresh and hasattr(rule, "first"):
            a = utility if rule.first == 1.0 else Form()
        theta, a, b = rule.step(here, utility, 0.0, a, b, t)
    after = {"theta": theta, "a": a, "b": b}
    return tuple((slot, after[slot]) for slot in slots)


# Of numbers that can be looked at: most steps are as the last one.  Rules of two kinds may be equal as tuples: `typed`.
outcome_seen = lru_cache(maxsize=256, typed=True)(outcome_of)


def number(value: Any) -> Any:
    """Return a tensor as a number of the formulas, which multiplies forms."""
    return Number(value) if isinstance(value, torch.Tensor) else value


def phase_of(t: Any, ahead: bool) -> Any:
    """Return the phase of a rule that looks ahead: 2 t - 1 at the look, 2 t at the step."""
    phase = 2.0 * t - (1.0 if ahead else 0.0)
    return Number(phase.value, odd=ahead) if isinstance(phase, Number) else phase
