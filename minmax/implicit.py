"""Utilities at the point a player is about to move to: the equation behind the proximal point method."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["implicit_utilities"]

ENOUGH = 1e-11  # how far a solution may miss its own step, over its size
STEPS = 2000  # steps of the inner method at most


def implicit_utilities(game: Any, X: Any, Y: Any, rates: tuple[float, float], side_x: Any, side_y: Any) -> None:
    """Write the utilities at z+, where `z+ = P(z + eta u(z+))` from the points seen; count what that takes.

    The game's own resolvent is asked first.  Else the strongly monotone equation is solved by extra-gradient steps of
    length `1 / (L + 1 / eta)`, whose error falls by a constant factor each.
    """
    z = side_x.seen, side_y.seen
    exact = game.resolvent(*z, *rates) if hasattr(game, "resolvent") else None
    if exact is not None:
        game.utilities(*exact, side_x.u, side_y.u)
        return
    maps, u = (X, Y), (side_x.u, side_y.u)
    w = [p.copy() for p in z]
    short = 0.7 / (game.norm + 1.0 / min(rates))

    def ahead(base: list[np.ndarray], at: list[np.ndarray]) -> list[np.ndarray]:
        """One step of the inner operator from `base` with the utilities seen at `at`."""
        return [
            m.play_rows(b + short * (g - (p - q) / eta), short)
            for m, b, g, p, q, eta in zip(maps, base, u, at, z, rates)
        ]

    evaluations = 0
    for _ in range(STEPS):
        game.utilities(*w, *u)
        evaluations += 1
        target = [m.play_rows(q + eta * g, eta) for m, q, g, eta in zip(maps, z, u, rates)]
        miss = max(float(abs(a - b).max()) for a, b in zip(target, w))
        if not miss > ENOUGH * max(float(abs(p).max()) for p in (*w, *z)):
            break
        halfway = ahead(w, w)
        game.utilities(*halfway, *u)
        evaluations += 1
        w = ahead(w, halfway)
    side_x.pace[1] += evaluations - 1
