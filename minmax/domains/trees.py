"""The maps of a treeplex: a strategy at each set from the dual points of its actions, in loops, and by levels on rows.

The values of the sets below are added on the way up, weights multiplied on the way down.
"""

from __future__ import annotations

import math
import weakref
from typing import Any, NamedTuple

import numpy as np

from minmax._scalar import exp
from minmax.domains.map import SMALLEST, Map, OneWay
from minmax.domains.rows import add_at, by_segment, like, namespace

__all__ = ["Dilated", "Entropy", "Regret", "Response", "Tree", "levels_of", "raised", "reached"]


class Tree(NamedTuple):
    """The shape of a treeplex, for kernels.

    Attributes
    ----------
    start : (J + 1,) first sequence of each information set; those of set j are `start[j]` to `start[j + 1] - 1`.
    parent : (J,) the sequence before each set, a smaller number.  Both unsigned: an index that cannot count from the
        end needs no test for it, a third of the time of a way through the tree.
    levels : (L + 1,) first set of each level, in which no set is below another: rows go level by level.
    owner : (n,) the set of each sequence; that of the empty one is not looked at.
    """

    start: Any
    parent: Any
    levels: Any
    owner: Any


class Weighted(NamedTuple):
    start: Any
    parent: Any
    levels: Any
    owner: Any
    weight: Any


class Level(NamedTuple):
    """A level of a tree on rows: its sequences, where its sets begin among them, whose each is, what is above, and
    the uniform strategies."""

    own: slice
    sets: slice
    starts: Any
    owner: Any
    parent: Any
    even: Any


LEVELS: dict[int, tuple[Any, list[Level]]] = {}  # by the identity of a tree's array, as long as that lives


def reached(tree: Any) -> float:
    """Return how many information sets a pure plan reaches at most: the sum of its weights but for the first."""
    most = np.zeros(int(tree.start[-1]))
    for j in range(tree.parent.size - 1, -1, -1):
        most[tree.parent[j]] += 1.0 + most[tree.start[j] : tree.start[j + 1]].max()
    return float(most[0])


def levels_of(tree: Any) -> list[Level]:
    """Return the levels of a tree, the top one first; those of a tree that has been asked for before are at hand."""
    key = id(tree.start)
    held = LEVELS.get(key)
    if held is not None and held[0]() is tree.start:
        return held[1]
    found = []
    start, parent = tree.start.view(np.int64), tree.parent.view(np.int64)
    for a, b in zip(tree.levels[:-1].tolist(), tree.levels[1:].tolist()):
        first, last = int(start[a]), int(start[b])
        own = slice(first, last)
        owner = tree.owner[own] - a
        even = 1.0 / np.bincount(owner)[owner]
        found.append(Level(own, slice(a, b), start[a:b] - first, owner, parent[a:b], even))
    LEVELS[key] = weakref.ref(tree.start, lambda _: LEVELS.pop(key, None)), found
    return found


def largest_of(z: Any, first: int, last: int) -> Any:
    """Largest entry of a stretch."""
    top = z[first]
    for s in range(first, last):
        top = max(top, z[s])
    return top


def weigh_down(x: Any, start: Any, parent: Any) -> None:
    """Turn the strategies of all sets into a plan, on the way down."""
    x[0] = 1.0
    for j in range(parent.size):
        reach = x[parent[j]]
        for s in range(start[j], start[j + 1]):
            x[s] = x[s] * reach


def weighed_down(x: Any, levels: list[Level]) -> Any:
    """Return the plan of the strategies of all sets, in place."""
    x[..., 0] = 1.0
    for level in levels:
        x[..., level.own] *= x[..., level.parent][..., level.owner]
    return x


class Regret(Tree, OneWay):
    """At each information set in proportion to the positive part; uniform where there is none."""

    __slots__ = ()
    iterative = True

    def play(self, theta: Any, x: Any, w: Any) -> None:
        x[0] = 1.0
        for j in range(self.parent.size):
            first, last = self.start[j], self.start[j + 1]
            reach = x[self.parent[j]]
            # Of large trees most sets are not reached, or have one action.
            if reach == 0.0 or last - first == 1:
                for s in range(first, last):
                    x[s] = reach
                continue
            total = 0.0
            for s in range(first, last):
                x[s] = max(theta[s], 0.0)
                total += x[s]
            share = reach / (total if total > SMALLEST else last - first)  # one division a set
            for s in range(first, last):
                x[s] = (x[s] if total > SMALLEST else 1.0) * share

    def values(self, theta: Any, x: Any, u: Any, v: Any) -> Any:
        """Turn u into counterfactual utilities, and write the value of each information set to its coordinates of v.

        The strategy at a set is that of its dual points: a plan alone does not tell it where it is never reached.
        """
        for j in range(self.parent.size - 1, -1, -1):
            first, last = self.start[j], self.start[j + 1]
            if last - first == 1:
                v[first] = u[first]
                u[self.parent[j]] += u[first]
                continue
            total, value, even = 0.0, 0.0, 0.0
            for s in range(first, last):
                weight = max(theta[s], 0.0)
                total += weight
                value += weight * u[s]
                even += u[s]
            value = value / total if total > SMALLEST else even / (last - first)
            for s in range(first, last):
                v[s] = value
            u[self.parent[j]] += value
        v[0] = u[0]
        return u[0]

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        x = namespace(theta).ones_like(theta)
        for level in levels_of(self):
            x[..., level.own] = x[..., level.parent][..., level.owner] * local(theta, level)
        return x

    def values_rows(self, theta: Any, x: Any, u: Any) -> tuple[Any, Any]:
        v = namespace(u).zeros_like(u)
        for level in reversed(levels_of(self)):
            value = by_segment("sum", local(theta, level) * u[..., level.own], level.starts, level.owner)
            v[..., level.own] = value[..., level.owner]
            add_at(u, level.parent, value)
        v[..., 0] = u[..., 0]
        return u[..., 0], v


def local(theta: Any, level: Level) -> Any:
    """Return the strategies of regret matching at the sets of a level."""
    xp = namespace(theta)
    z = xp.clip(theta[..., level.own], 0.0, None)
    total = by_segment("sum", z, level.starts, level.owner)[..., level.owner]
    some = total > SMALLEST
    return xp.where(some, z / xp.where(some, total, 1.0), like(level.even, z))


class Entropy(Weighted, Map):
    """The map of the dilated entropy `sum_j weight_j x_parent(j) sum_s q_s log q_s`, q the strategy at set j."""

    __slots__ = ()
    iterative = True

    def play(self, theta: Any, x: Any, w: Any) -> None:
        for s in range(theta.size):
            x[s] = theta[s]
        for j in range(self.parent.size - 1, -1, -1):
            first, last = self.start[j], self.start[j + 1]
            top = largest_of(x, first, last)
            total = 0.0
            for s in range(first, last):
                x[s] = exp((x[s] - top) / self.weight[j])
                total += x[s]
            for s in range(first, last):
                x[s] = x[s] / total
            x[self.parent[j]] += top + self.weight[j] * math.log(total)
        weigh_down(x, self.start, self.parent)

    def lift(self, x: Any, theta: Any) -> None:
        """Write dual points whose values are zero at every set: the logarithms of local strategies, weighted."""
        theta[0] = 0.0
        for j in range(self.parent.size):
            reach = max(x[self.parent[j]], SMALLEST)
            for s in range(self.start[j], self.start[j + 1]):
                theta[s] = self.weight[j] * math.log(max(x[s] / reach, SMALLEST))

    def stuck(self, x: Any) -> int:
        return int(x.argmin()) if x.min() <= 0.0 else -1

    @property
    def modulus(self) -> float:
        return 1.0 / (1.0 + reached(self))

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        x = theta + 0.0
        levels = levels_of(self)
        for level in reversed(levels):
            weight = like(self.weight[level.sets], x[..., level.parent])
            top = by_segment("max", x[..., level.own], level.starts, level.owner)
            share = xp.exp((x[..., level.own] - top[..., level.owner]) / weight[..., level.owner])
            total = by_segment("sum", share, level.starts, level.owner)
            x[..., level.own] = share / total[..., level.owner]
            add_at(x, level.parent, top + weight * xp.log(total))
        return weighed_down(x, levels)

    def lift_rows(self, x: Any) -> Any:
        xp = namespace(x)
        theta = 0.0 * x
        for level in levels_of(self):
            share = x[..., level.own] / xp.clip(x[..., level.parent], SMALLEST, None)[..., level.owner]
            weight = like(self.weight[level.sets][level.owner], share)
            theta[..., level.own] = weight * xp.log(xp.clip(share, SMALLEST, None))
        return theta


class Dilated(Weighted, Map):
    """The map of the dilated Euclidean norm, `sum_j weight_j x_parent(j) sum_s q_s^2 / 2`, q the strategy at set j."""

    __slots__ = ()
    iterative = True

    def play(self, theta: Any, x: Any, w: Any) -> None:
        for s in range(theta.size):
            x[s] = theta[s]
        for j in range(self.parent.size - 1, -1, -1):
            first, last, weight = self.start[j], self.start[j + 1], self.weight[j]
            price = price_of(x, first, last, weight)
            value = 0.0
            for s in range(first, last):
                share = max(x[s] - price, 0.0) / weight
                value += share * (x[s] - weight * share / 2.0)
                x[s] = share
            x[self.parent[j]] += value
        weigh_down(x, self.start, self.parent)

    def lift(self, x: Any, theta: Any) -> None:
        """Write dual points whose values are zero at every set."""
        theta[0] = 0.0
        for j in range(self.parent.size):
            first, last = self.start[j], self.start[j + 1]
            reach, squares = x[self.parent[j]], 0.0
            for s in range(first, last):
                share = x[s] / reach if reach > SMALLEST else 1.0 / (last - first)
                squares += share * share
                theta[s] = self.weight[j] * share
            for s in range(first, last):
                theta[s] -= self.weight[j] * squares / 2.0

    @property
    def modulus(self) -> float:
        return 1.0

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        x = theta + 0.0
        levels = levels_of(self)
        for level in reversed(levels):
            values = x[..., level.own]
            weight = like(self.weight[level.sets][level.owner], values)
            share = nearest_shares(values / weight, level)
            add_at(
                x, level.parent, by_segment("sum", share * (values - weight * share / 2.0), level.starts, level.owner)
            )
            x[..., level.own] = share
        return weighed_down(x, levels)

    def lift_rows(self, x: Any) -> Any:
        xp = namespace(x)
        theta = 0.0 * x
        for level in levels_of(self):
            reach = x[..., level.parent][..., level.owner]
            uniform = like(level.even, reach)
            share = xp.where(reach > SMALLEST, x[..., level.own] / xp.clip(reach, SMALLEST, None), uniform)
            squares = by_segment("sum", share * share, level.starts, level.owner)[..., level.owner]
            theta[..., level.own] = like(self.weight[level.sets][level.owner], share) * (share - squares / 2.0)
        return theta


def price_of(z: Any, first: int, last: int, weight: float) -> float:
    """Return the number above which a stretch sums to a weight: C. Michelot, 1986, which leaves out what is below."""
    total = 0.0
    for s in range(first, last):
        total += z[s]
    price, count = (total - weight) / (last - first), last - first
    for _ in range(last - first):
        above, kept = 0.0, 0
        for s in range(first, last):
            if z[s] > price:
                above += z[s]
                kept += 1
        if kept == count or kept == 0:
            break
        price, count = (above - weight) / kept, kept
    return price


def nearest_shares(z: Any, level: Level) -> Any:
    """Return the strategies nearest to what stands at the sets of a level."""
    xp = namespace(z)
    kept = xp.ones_like(z)
    while True:
        count = by_segment("sum", kept, level.starts, level.owner)
        price = ((by_segment("sum", kept * z, level.starts, level.owner) - 1.0) / count)[..., level.owner]
        still = kept * (z > price)
        # The largest stays where rounding would leave out all.
        none = by_segment("sum", still, level.starts, level.owner)[..., level.owner] == 0.0
        still = xp.where(none, kept, still)
        if bool((still == kept).all()):
            return xp.clip(z - price, 0.0, None)
        kept = still


class Response(Tree, OneWay):
    """Best response: at each information set everything on the first action of the largest value."""

    __slots__ = ()
    iterative = True

    def play(self, theta: Any, x: Any, w: Any) -> None:
        for s in range(theta.size):
            x[s] = theta[s]
        for j in range(self.parent.size - 1, -1, -1):
            x[self.parent[j]] += largest_of(x, self.start[j], self.start[j + 1])
        x[0] = 1.0
        for j in range(self.parent.size):
            first, last = self.start[j], self.start[j + 1]
            best, reach = first, x[self.parent[j]]
            for s in range(first, last):
                if x[s] > x[best]:
                    best = s
            for s in range(first, last):
                x[s] = 0.0
            x[best] = reach

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        xp = namespace(theta)
        levels = levels_of(self)
        x = raised(theta, levels)
        x[..., 0] = 1.0
        for level in levels:
            values = x[..., level.own]
            top = by_segment("max", values, level.starts, level.owner)[..., level.owner]
            # The first of equal ones: the one before which there is none.
            best = like(1.0, values) * (values == top)
            tied = xp.cumsum(best, -1)
            before = (tied - best)[..., level.starts][..., level.owner]
            x[..., level.own] = best * (tied - before == 1.0) * x[..., level.parent][..., level.owner]
        return x


def raised(u: Any, levels: list[Level]) -> Any:
    """Return utilities with the largest of what can follow added to each; the first is that of a best response."""
    x = u + 0.0
    for level in reversed(levels):
        add_at(x, level.parent, by_segment("max", x[..., level.own], level.starts, level.owner))
    return x


COMPILED = (largest_of, price_of, weigh_down)
