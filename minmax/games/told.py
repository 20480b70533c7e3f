"""Strategies told part by part, by the names of information sets or states and of their actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

__all__ = ["placed", "plan_of"]

NEAR = 1e-6  # how far the probabilities at a set may be from summing to one, and below zero


def plan_of(game: Any, name: str, told: Any) -> Any:
    """Return the plan or policy of a strategy told by information sets; uniform at those that are not named.

    Parameters
    ----------
    game : ExtensiveFormGame or MarkovGame.
    name : "x" or "y", whose it is.
    told : mapping from information sets to probabilities, a sequence of these or a mapping from actions; all else is
        returned as it is.
    """
    if not isinstance(told, Mapping) or not hasattr(game, "choices"):
        return told
    k = "xy".index(name)
    domain, labels = game.domains[k], game.information[k]
    local = domain.behaviour(domain.centre())
    for j, (label, own) in found(told, name, labels, "information sets").items():
        part = f"{name}[{str(label)!r}]"
        numbers = np.array(placed(own, part, game.moves[k][j]))
        if not (numbers.size == domain.actions[j] and abs(numbers.sum() - 1.0) <= NEAR and numbers.min() >= -NEAR):
            raise ValueError(f"`{part}` must hold {domain.actions[j]} probabilities that sum to one; got {own}.")
        local[domain.start[j] : domain.start[j + 1]] = np.maximum(numbers, 0.0)
    return domain.plan(local)


def placed(told: Any, name: str, labels: Sequence[Any]) -> list[float]:
    """Return probabilities in the order of actions, from a sequence or from a mapping, where others get zero."""
    if isinstance(told, Mapping):
        held: list[Any] = [0.0] * len(labels)
        for j, (_, p) in found(told, name, labels, "actions").items():
            held[j] = p
    else:
        several_numbers = isinstance(told, (list, tuple)) or (isinstance(told, np.ndarray) and told.ndim == 1)
        held = list(told) if several_numbers else [None]
    if any(isinstance(p, bool) or not isinstance(p, Real) for p in held):
        raise ValueError(f"`{name}` must be a list of numbers, or an object from actions to numbers.")
    return [float(p) for p in held]


def found(told: Mapping[Any, Any], name: str, labels: Sequence[Any], what: str) -> dict[int, tuple[Any, Any]]:
    """Return what is told at the place of each label: of the label itself, or of the only one that reads like it."""
    places: dict[Any, list[int]] = {}
    texts: dict[str, list[int]] = {}
    for j, label in enumerate(labels):
        places.setdefault(label, []).append(j)
        texts.setdefault(str(label), []).append(j)
    there: dict[int, tuple[Any, Any]] = {}
    for label, own in told.items():
        where = places.get(label) or texts.get(str(label), [])
        if len(where) != 1:
            wrong = "is the name of several" if where else "is none"
            raise ValueError(f"`{name}` must name {what} among {several(texts)}; {str(label)!r} {wrong}.")
        if where[0] in there:
            raise ValueError(f"`{name}` must name each of its {what} once; {str(label)!r} is there twice.")
        there[where[0]] = label, own
    return there


def several(labels: Iterable[str]) -> str:
    """Return the first labels, quoted."""
    shown = list(map(repr, labels))
    return ", ".join(shown[:6]) + (", ..." if len(shown) > 6 else "")
