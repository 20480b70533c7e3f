"""When a run begins again at its best point, and with which steps: what turns O(1/T) into a linear rate."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax import _check

__all__ = ["Restart", "balanced", "checked_policy", "due", "next_look"]

SUFFICIENT = 0.2  # a gap this much smaller than at the last restart is reason enough
NECESSARY = 0.8  # one this much smaller is, when the gap has begun to rise
LONGEST = 0.36  # part of all rounds that one stretch may take
FIRST_LOOK, LOOK_RATIO = 8, 1.5  # rounds after a restart at which the gap is looked at


class Restart(NamedTuple):
    """How a run restarts, and what it must remember of the last restart.

    Attributes
    ----------
    policy : "adaptive", or the rounds between restarts to the average.
    since : round of the last restart.
    first : gap there; before : gap at the last look since.
    """

    policy: str | int
    since: int = 0
    first: float = math.inf
    before: float = math.inf


def checked_policy(policy: Any, rules: tuple[Any, Any]) -> Restart | None:
    """Return the policy that `solve` was given, or say why it cannot be."""
    if policy is None:
        return None
    if policy != "adaptive":
        if isinstance(policy, str):
            raise ValueError(f'`restart` must be "adaptive" or a number of rounds; got {policy!r}.')
        policy = _check.whole("restart", policy, 1)
    for rule in rules:
        if not (rule.agile or rule.blended):
            raise ValueError(
                f"{type(rule).__name__} keeps a sum of utilities, which no strategy stands for: `restart` is for "
                "gradient rules such as PDHG, HalpernPDHG, ExtraGradient and PastExtraGradient."
            )
    return Restart(policy)


def due(restart: Restart, gap: float, t: int) -> bool:
    """Whether to restart in round t, where the better candidate has this gap (arXiv 2105.12715, section 6)."""
    if restart.policy != "adaptive":
        return t - restart.since == restart.policy
    if gap <= SUFFICIENT * restart.first or t - restart.since >= max(LONGEST * t, FIRST_LOOK):
        return True
    return gap <= NECESSARY * restart.first and gap > restart.before


def next_look(restart: Restart, t: int, stride: int) -> int:
    """Return the round after t at which to look at the gap."""
    if restart.policy != "adaptive":
        return restart.since + int(restart.policy)
    grid = FIRST_LOOK
    while restart.since + grid <= t:
        grid = int(grid * LOOK_RATIO) // 2 * 2
    return restart.since + grid


def balanced(rules: tuple[Any, Any], moves: tuple[np.ndarray, np.ndarray]) -> tuple[Any, Any]:
    """Return both rules with steps in proportion to how far each player has moved since the last restart.

    The product of the steps stays; the ratio goes half of the way, in logarithms (the primal weight of arXiv
    2105.12715).
    """
    far_x, far_y = (float(np.linalg.norm(move)) for move in moves)
    if not (far_x > 0 and far_y > 0 and math.isfinite(far_x / far_y)):
        return rules
    x, y = rules
    size, ratio = math.sqrt(x.eta * y.eta), math.sqrt(far_y / far_x * math.sqrt(y.eta / x.eta))
    return x._replace(eta=size / ratio), y._replace(eta=size * ratio)
