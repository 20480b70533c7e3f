"""Gradients of all players at a point with their graph, and products of the game's Jacobian with directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from minmax.optim.losses import derivatives, slopes_of
from minmax.optim.together import averaged

__all__ = ["Field", "add", "dot", "norm", "scaled"]

Vector = list[Any]  # one tensor for each parameter


class Field:
    """The operator of a game at a point: each player's gradient of its own loss, and derivatives of it.

    Over several processes all it returns is that of the mean of their losses.

    Parameters
    ----------
    losses : the losses of the players by name.
    owned : parameters of each player.
    """

    def __init__(self, losses: Mapping[str, Any], owned: Mapping[str, Vector]) -> None:
        self.owned = [list(own) for own in owned.values()]
        found = [slopes_of(losses[name], own, name, create_graph=True) for name, own in owned.items()]
        self.unused = [g is None for part in found for g in part]
        self.raw = [
            [torch.zeros_like(p) if g is None else g for g, p in zip(part, own)] for part, own in zip(found, self.owned)
        ]
        self.evaluations = len(self.raw)
        flat = averaged([g.detach() for part in self.raw for g in part])
        self.parts = self.split(flat)

    @property
    def vector(self) -> Vector:
        """The operator, all players' parts one after the other."""
        return [g for part in self.parts for g in part]

    def split(self, vector: Vector) -> list[Vector]:
        """Return the parts of a vector that belong to the players."""
        found, start = [], 0
        for own in self.owned:
            found.append(vector[start : start + len(own)])
            start += len(own)
        return found

    def pulled(self, of: Sequence[int], weights: Vector, by: Sequence[int]) -> Vector:
        """Return the derivative by some players' parameters of the inner product of others' gradients with weights.

        Parameters
        ----------
        of : players whose gradients are meant.
        weights : tensors for the parameters of those.
        by : players whose parameters it is derived by.
        """
        outputs = [g for k in of for g in self.raw[k]]
        inputs = [p for k in by for p in self.owned[k]]
        moving = [(g, w) for g, w in zip(outputs, weights) if g.requires_grad]
        self.evaluations += 1
        if not moving:
            return averaged([torch.zeros_like(p) for p in inputs])
        graph, given = zip(*moving)
        found = derivatives(graph, inputs, given, retain_graph=True)
        return averaged([torch.zeros_like(p) if g is None else g for g, p in zip(found, inputs)])

    def transposed(self, weights: Vector) -> Vector:
        """Return the product of the transposed Jacobian with a vector."""
        everyone = range(len(self.owned))
        return self.pulled(everyone, weights, everyone)

    def forward(self, direction: Vector, of: Sequence[int] | None = None, by: Sequence[int] | None = None) -> Vector:
        """Return the product of the Jacobian with a vector: how gradients change along it.

        Twice backward gives it: `J'w` is linear in w, and the gradient of `<J'w, v>` in w is `J v`.

        Parameters
        ----------
        direction : tensors for the parameters that move.
        of, by : players whose gradients change, and those who move; all where None.
        """
        everyone = range(len(self.owned))
        of, by = (everyone if given is None else given for given in (of, by))
        nothing = [torch.zeros_like(g) for k in of for g in self.raw[k]]
        return averaged(self.twice(of, nothing, by, direction)[1])

    def both(self, vector: Vector) -> tuple[Vector, Vector]:
        """Return the products of the transposed Jacobian and the Jacobian with a vector, for the cost of `forward`."""
        everyone = range(len(self.owned))
        back, forth = self.twice(everyone, vector, everyone, vector)
        return averaged(back), averaged(forth)

    def twice(self, of: Sequence[int], at: Vector, by: Sequence[int], direction: Vector) -> tuple[Vector, Vector]:
        """Return `J'w` at some weights `w`, and its gradient in them along a direction."""
        outputs = [g for k in of for g in self.raw[k]]
        inputs = [p for k in by for p in self.owned[k]]
        weights = [w.detach().requires_grad_() for w in at]
        back, forth = [torch.zeros_like(p) for p in inputs], [torch.zeros_like(g) for g in outputs]
        moving = [(g, w) for g, w in zip(outputs, weights) if g.requires_grad]
        self.evaluations += 2
        if moving:
            graph, given = zip(*moving)
            pulled = derivatives(graph, inputs, given, create_graph=True)
            back = [n if g is None else g.detach() for g, n in zip(pulled, back)]
            live = [(g, v) for g, v in zip(pulled, direction) if g is not None and g.requires_grad]
            if live:
                graph, along = zip(*live)
                found = derivatives(graph, weights, along, retain_graph=True)
                forth = [n if g is None else g for g, n in zip(found, forth)]
        return back, forth


def dot(x: Vector, y: Vector) -> Any:
    """Return the inner product of two lists of tensors, of complex ones as pairs of real numbers."""
    return torch.stack([((a * b.conj()).real if b.is_complex() else a * b).sum() for a, b in zip(x, y)]).sum()


def norm(x: Vector) -> Any:
    """Return the Euclidean norm of a list of tensors."""
    return dot(x, x).sqrt()


def scaled(x: Vector, c: Any) -> Vector:
    """Return `c x`."""
    return [c * a for a in x]


def add(x: Vector, y: Vector, c: Any = 1.0) -> Vector:
    """Return `x + c y`."""
    return [a + c * b for a, b in zip(x, y)]
