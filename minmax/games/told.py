"""Strategies told part by part, by the names of information sets or states and of their actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["placed", "plan_of", "several"]

SUMS_TO_ONE = 1e-6  # how far the probabilities at a set may be from that


def plan_of(game: Any, name: str, told: Any) -> Any:
    """Return the plan or policy of a strategy told by information sets; uniform at those that are not named.

    Parameters
    ----------
    game : ExtensiveFormGame or MarkovGame.
    name : "x" or "y", whose it is.
    told : mapping from information sets to probabilities, a sequence of these or a mapping from actions; all else is
        returned as it is.
    """
    if not isinstance(told, Mapping):
        return told
    k = "xy".index(name)
    domain = game.domains[k]
    places = {str(label): j for j, label in enumerate(game.information[k])}
    if unknown := [label for label in told if str(label) not in places]:
        raise ValueError(f"`{name}` must name information sets among {several(places)}; {str(unknown[0])!r} is none.")
    local = domain.behaviour(domain.centre())
    for label, own in told.items():
        j = places[str(label)]
        numbers = placed(own, f"{name}[{str(label)!r}]", list(map(str, game.moves[k][j])))
        if len(numbers) != domain.actions[j] or abs(sum(numbers) - 1.0) > SUMS_TO_ONE or min(numbers) < 0.0:
            raise ValueError(
                f"`{name}[{str(label)!r}]` must hold {domain.actions[j]} probabilities that sum to one; got {own}."
            )
        local[domain.start[j] : domain.start[j + 1]] = numbers
    return domain.plan(local)


def placed(told: Any, name: str, labels: Sequence[str]) -> list[float]:
    """Return probabilities in the order of actions, from a sequence or from a mapping, where others get zero."""
    if isinstance(told, Mapping):
        named = {str(label): p for label, p in told.items()}
        if unknown := [label for label in named if list(labels).count(label) != 1]:
            raise ValueError(
                f"`{name}` must name actions among {several(labels)}; {unknown[0]!r} is not the name of one."
            )
        told = [named.get(label, 0.0) for label in labels]
    held: list[Any] = list(told) if isinstance(told, (list, tuple, np.ndarray)) else [None]
    if any(isinstance(p, bool) or not isinstance(p, (int, float, np.number)) for p in held):
        raise ValueError(f"`{name}` must be a list of numbers, or an object from actions to numbers.")
    return [float(p) for p in held]


def several(labels: Iterable[str]) -> str:
    """Return the first labels, quoted."""
    shown = list(map(repr, labels))
    return ", ".join(shown[:6]) + (", ..." if len(shown) > 6 else "")
