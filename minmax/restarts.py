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
LONGER, SHORTER = 1.2, 0.8  # what a bold run's steps change by at a restart: a stretch has ended well, or not
LOST = 3.0  # a gap this much larger than at the last restart says that the steps are too long
FARTHEST = 1e4  # ratio of the players' moves, or of steps to known ones, beyond which it is chance
FIRST_LOOK, LOOK_RATIO = 8, 1.5  # rounds after a restart at which the gap is looked at


class Restart(NamedTuple):
    """How a run restarts, and what it must remember of the last restart.

    Attributes
    ----------
    policy : "adaptive", "bold", or the rounds between restarts to the average.
    since : round of the last restart.
    first : gap there; before : gap at the last look since.
    stride : steps of a bold run, over those that are known to converge; longest : where they have been too long.
    """

    policy: str | int
    since: int = 0
    first: float = math.inf
    before: float = math.inf
    stride: float = 1.0
    longest: float = math.inf

    @property
    def adaptive(self) -> bool:
        """Whether gaps decide when to restart, and moves the ratio of the steps."""
        return isinstance(self.policy, str)

    def lost(self, gap: float) -> bool:
        """Whether steps beyond the known ones have led astray."""
        return self.stride > 1.0 and gap > LOST * self.first

    def striding(self, gap: float) -> Restart:
        """Return the policy with the steps of its next stretch, after one that has ended at this gap.

        Steps of 1 / L converge; where the moves of the players are far from the directions that A stretches most,
        longer ones do in fewer rounds.  Whether they do is seen at restarts, and they are never as long again as when
        they did not.
        """
        if self.policy != "bold":
            return self
        if gap <= NECESSARY * self.first:
            return self._replace(stride=min(self.stride * LONGER, max(self.longest, 1.0), FARTHEST))
        if self.stride == 1.0:
            return self
        shorter = max(1.0, self.stride * SHORTER)
        return self._replace(stride=shorter, longest=shorter)


def checked_policy(game: Any, policy: Any, rules: tuple[Any, Any]) -> Restart | None:
    """Return the policy that `solve` was given, or say why it cannot be."""
    if policy is None:
        return None
    if isinstance(policy, str):
        if policy not in ("adaptive", "bold"):
            raise ValueError(f'`restart` must be "adaptive", "bold" or a number of rounds; got {policy!r}.')
        if policy == "bold" and not all(rule.blended and rule.rebalances for rule in rules):
            raise ValueError('`restart` may be "bold" for HalpernPDHG alone, which returns to where a stretch began.')
        if policy == "bold" and max(game.curvatures) > 0.0:
            raise ValueError('`restart` may be "bold" in games without forms of the players\' own: use "adaptive".')
    else:
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
    if not restart.adaptive:
        return t - restart.since == restart.policy
    if gap <= SUFFICIENT * restart.first or t - restart.since >= max(LONGEST * t, FIRST_LOOK):
        return True
    return gap <= NECESSARY * restart.first and gap > restart.before


def next_look(restart: Restart, t: int, stride: int) -> int:
    """Return the round after t at which to look at the gap."""
    if not restart.adaptive:
        return restart.since + int(restart.policy)
    grid = FIRST_LOOK
    while restart.since + grid <= t:
        grid = int(grid * LOOK_RATIO) // 2 * 2
    return restart.since + grid


def balanced(
    rules: tuple[Any, Any], moves: tuple[np.ndarray, np.ndarray], curvatures: tuple[float, float], longer: float = 1.0
) -> tuple[Any, Any]:
    """Return both rules with steps `longer`, and in proportion to how far each player has moved since the last restart.

    The ratio goes half of the way, in logarithms (the primal weight of arXiv 2105.12715).  What the coupling leaves of
    the steps, `(1 / tau - P / 2) (1 / sigma - Q / 2)`, stays: each player's own curvature bounds its step as before.
    """
    rules = tuple(rule._replace(eta=longer * rule.eta) for rule in rules)
    far_x, far_y = (float(np.linalg.norm(move)) for move in moves)
    if not (far_x > 0 and far_y > 0 and math.isfinite(far_x / far_y)):
        return rules
    x, y = rules
    if max(curvatures) > 0.0 and not x.reflected:
        return rules  # only primal-dual steps are known to stand apart from the players' own curvature
    left_x, left_y = 1.0 / x.eta - curvatures[0] / 2.0, 1.0 / y.eta - curvatures[1] / 2.0
    if not (left_x > 0.0 and left_y > 0.0):
        return rules
    wanted = min(max(far_y / far_x, 1.0 / FARTHEST), FARTHEST)
    size, ratio = math.sqrt(left_x * left_y), math.sqrt(wanted * math.sqrt(left_x / left_y))
    tau, sigma = size * ratio + curvatures[0] / 2.0, size / ratio + curvatures[1] / 2.0
    return x._replace(eta=1.0 / tau), y._replace(eta=1.0 / sigma)
