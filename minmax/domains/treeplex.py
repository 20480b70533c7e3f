"""The sequence form: realisation plans of a player who remembers all it did.

A sequence is what a player has done so far on the way to one of its information sets, and an action there; the first
one is empty.  A plan gives each sequence a weight: one to the empty one, and the weights of an information set's
actions sum to that of the sequence before it.  That is a polytope (a treeplex), on which payoffs are bilinear.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from minmax.domains.domain import POINT_TOLERANCE, Domain
from minmax.domains.nearest import Nearest
from minmax.domains.trees import (
    Dilated,
    Entropy,
    Regret,
    Response,
    Tree,
    levels_of,
    raised,
    reached,
)

__all__ = ["Treeplex"]


@dataclass(frozen=True, eq=False, repr=False)
class Treeplex(Domain):
    """Realisation plans over sequences, the empty one first: `x[0] = 1`, each set's weights sum to its parent's.

    Parameters
    ----------
    parents : for each information set the number of the sequence before it; smaller than those of its own actions.
    actions : for each information set the number of its actions.

    Examples
    --------
    One set with two actions, and after the first of them another with two:

    >>> plans = Treeplex(parents=[0, 1], actions=[2, 2])
    >>> plans.n, plans.centre()
    (5, array([1.  , 0.5 , 0.5 , 0.25, 0.25]))
    >>> plans.respond([0.0, 0.0, 1.0, 3.0, 2.0])
    array([1., 1., 0., 1., 0.])

    Source
    ------
    B. von Stengel, Efficient computation of behavior strategies, 1996; D. Koller, N. Megiddo and B. von Stengel, 1996.
    """

    parents: Any
    actions: Any
    tree: Tree = field(init=False)

    def __post_init__(self) -> None:
        parents, actions = (
            whole(name, given) for name, given in (("parents", self.parents), ("actions", self.actions))
        )
        if parents.size != actions.size:
            raise ValueError(
                f"`parents` and `actions` must be as many, one for each information set; got {parents.size} and "
                f"{actions.size}."
            )
        if actions.size and actions.min() < 1:
            raise ValueError("`actions` must be positive: an information set without actions is none.")
        start = np.concatenate([[1], 1 + np.cumsum(actions)])
        bad = np.flatnonzero((parents < 0) | (parents >= start[:-1]))
        if bad.size:
            j = int(bad[0])
            raise ValueError(
                f"`parents[{j}]` must be a sequence before those of set {j}, 0 to {start[j] - 1}; got {parents[j]}."
            )
        levels = [0]
        for j, parent in enumerate(parents.tolist()):
            if parent >= start[levels[-1]]:
                levels.append(j)
        ends = np.array([*levels, parents.size] if parents.size else [0])
        owner = np.repeat(np.arange(-1, parents.size), np.concatenate([[1], actions]))
        facts = {
            "parents": parents,
            "actions": actions,
            "n": int(start[-1]),
            "tree": Tree(start.view(np.uint64), parents.view(np.uint64), ends, owner),
        }
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"Treeplex({self.parents.size} information sets, {self.n} sequences)"

    @property
    def start(self) -> np.ndarray:
        """First sequence of each information set, and the number of all sequences."""
        return np.asarray(self.tree.start).view(np.int64)

    def maps(self) -> dict[str, Any]:
        return {
            "regret": lambda: Regret(*self.tree),
            "euclidean": lambda: Nearest(*self.tree, *self.corners),
            "entropy": lambda: Entropy(*self.tree, self.weights),
            "dilated-euclidean": lambda: Dilated(*self.tree, self.weights),
            "best-response": lambda: Response(*self.tree),
        }

    @property
    def corners(self) -> tuple[np.ndarray, ...]:
        """Where a projection writes, anew for each map, since two runs may go on at once."""
        seat, room = self.rooms
        of_sequences, of_sets = int(seat[-1]), int(room[-1])
        return (
            seat, np.empty(self.n, dtype=np.int64), *np.empty((3, of_sequences)), room, *np.empty((3, of_sets)),
        )  # fmt: skip

    @cached_property
    def rooms(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the corners of sequences and of sets begin: as many as ends below an action, one at least."""
        ends, start = np.ones(self.n, dtype=np.int64), self.start
        of_sets = np.empty(self.parents.size, dtype=np.int64)
        for j in range(self.parents.size - 1, -1, -1):
            of_sets[j] = ends[start[j] : start[j + 1]].sum()
            ends[self.parents[j]] += of_sets[j] - 1
        ends[0] = 0  # what comes before all sets has no price
        seat, room = (np.concatenate([[0], np.cumsum(sizes)]) for sizes in (ends, of_sets))
        return seat, room

    @cached_property
    def weights(self) -> np.ndarray:
        """Weights of dilated regularisers: `2 + 2 max_s sum_k weight_k` over the sets k right below an action s.

        With these the entropy is strongly convex in the l1 norm with modulus one over the largest sum of a plan: C.
        Kroer, K. Waugh, F. Kilinc-Karzan and T. Sandholm, Faster algorithms for extensive-form game solving via
        improved smoothing functions, 2020; and the Euclidean norm in the l2 norm with modulus one: G. Farina, C. Kroer
        and T. Sandholm, Optimistic regret minimization for extensive-form games via dilated distance-generating
        functions, 2019, arXiv 1910.10906.
        """
        weight, below, start = np.empty(self.parents.size), np.zeros(self.n), self.start
        for j in range(self.parents.size - 1, -1, -1):
            weight[j] = 2.0 + 2.0 * below[start[j] : start[j + 1]].max()
            below[self.parents[j]] += weight[j]
        return weight

    def negative_entropy(self, x: np.ndarray) -> float:
        """Return the dilated entropy, `sum_j weight_j x_parent(j) sum_s q_s log q_s`, q the strategy at set j."""
        q = self.behaviour(x)[1:]
        weight = np.repeat(self.weights * x[self.parents], self.actions)
        return float((weight * q * np.log(np.where(q > 0.0, q, 1.0))).sum())

    @cached_property
    def diameter(self) -> float:  # type: ignore[override]
        """A bound: two plans that share nothing but the empty sequence."""
        return math.sqrt(2.0 * reached(self.tree))

    def support(self, u: Any) -> float:
        return float(self.supports(self.vector(u, "u")))

    def supports(self, U: np.ndarray) -> np.ndarray:
        return np.asarray(raised(U, levels_of(self.tree))[..., 0])

    def centre(self) -> np.ndarray:
        """Return the plan that is uniform at every information set."""
        return np.asarray(self.using("regret").play_rows(np.zeros(self.n)))

    def plan(self, behaviour: Any) -> np.ndarray:
        """Return the plan of a strategy at every information set.

        Parameters
        ----------
        behaviour : (n,) probabilities of actions, one after the other; the first number is not looked at.
        """
        return np.asarray(self.using("regret").play_rows(self.vector(behaviour, "behaviour")))

    def behaviour(self, x: Any) -> np.ndarray:
        """Return the strategy at every information set, uniform where the plan does not reach it; 1 comes first."""
        x = self.vector(x, "x")
        found = np.ones(self.n)
        reach = np.repeat(x[self.parents], self.actions)
        uniform = np.repeat(1.0 / self.actions, self.actions)
        np.divide(x[1:], reach, out=uniform, where=reach > 0.0)
        found[1:] = uniform
        return found

    def excess(self, x: np.ndarray) -> float:
        """Return by how much x misses a constraint at most."""
        sums = np.add.reduceat(x, self.start[:-1]) if self.parents.size else np.zeros(0)
        # The last stretch of reduceat goes to the end, as it should.
        return max(
            float(abs(sums - x[self.parents]).max(initial=0.0)), float(-x.min(initial=0.0)), abs(float(x[0]) - 1.0)
        )

    def point(self, x: Any, name: str = "x") -> np.ndarray:
        """Return `x` as a plan, its local strategies renormalised, or say what is wrong with it."""
        point = self.vector(x, name)
        off = self.excess(point)
        if off > POINT_TOLERANCE:
            raise ValueError(
                f"`{name}` must be a realisation plan, weights of each information set summing to that of the sequence "
                f"before it; it misses that by {off:.3g}: `plan` makes one of local strategies."
            )
        return self.plan(self.behaviour(np.clip(point, 0.0, None)))

    def contains(self, x: Any, tol: float = 1e-9) -> bool:
        """Whether no constraint is missed by more than `tol`."""
        return self.excess(self.vector(x, "x")) <= tol


def whole(name: str, given: Any) -> np.ndarray:
    """Return whole numbers as an array, or refuse them."""
    found = np.asarray(given)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise TypeError(f"`{name}` must be a list of whole numbers; got {given!r}.")
    return found.astype(np.int64)
