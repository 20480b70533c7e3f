"""The Euclidean projection on a treeplex: piecewise linear functions in flat arrays, added and inverted bottom up."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minmax.domains.map import Plain
from minmax.domains.rows import each_row

__all__ = ["Nearest"]


class Sloped(NamedTuple):
    start: Any
    parent: Any
    levels: Any
    owner: Any
    seat: Any
    count: Any
    weights: Any
    prices: Any
    slopes: Any
    room: Any
    set_weights: Any
    set_prices: Any
    set_slopes: Any


class Nearest(Sloped, Plain):
    """The projection in the Euclidean norm.

    The least squared distance below an information set is a convex function of the weight that reaches it, its slope
    (the price of weight there) piecewise linear and increasing.  On the way up such functions are added, and inverted
    to share a weight among actions; on the way down each set is told its weight.

    A function is a list of corners: weight, price, and slope from there on.  Those of sequence s are in `count[s]`
    places from `seat[s]` on, those of a set in as many as its actions have from `room[j]` on; all are written anew in
    each projection.
    """

    __slots__ = ()
    iterative = True

    def play(self, theta: Any, x: Any, w: Any) -> None:
        weights, prices, slopes = self.weights, self.prices, self.slopes
        for s in range(1, theta.size):
            at = self.seat[s]
            self.count[s] = 1
            weights[at], prices[at], slopes[at] = 0.0, -theta[s], 1.0
        for k in range(self.parent.size):
            j = self.parent.size - 1 - k
            first, size = self.room[j], 0
            for s in range(self.start[j], self.start[j + 1]):
                at = self.seat[s]
                ordered(weights, slopes, at + 1, self.count[s] - 1)
                for c in range(at + 1, at + self.count[s]):
                    prices[c] = prices[c - 1] + slopes[c - 1] * (weights[c] - weights[c - 1])
                    slopes[c] += slopes[c - 1]
                # The inverse: more of weight for a price, from the first price on.
                before = 0.0
                for c in range(at, at + self.count[s]):
                    self.set_prices[first + size + c - at] = prices[c]
                    self.set_slopes[first + size + c - at] = 1.0 / slopes[c] - before
                    before = 1.0 / slopes[c]
                size += self.count[s]
            ordered(self.set_prices, self.set_slopes, first, size)
            weight, rate = 0.0, 0.0
            for c in range(first, first + size):
                if c > first:
                    weight += rate * (self.set_prices[c] - self.set_prices[c - 1])
                rate += self.set_slopes[c]
                self.set_weights[c], self.set_slopes[c] = weight, 1.0 / rate
            above = self.parent[j]
            if above > 0:
                at, own = self.seat[above], self.count[above]
                prices[at] += self.set_prices[first]
                slopes[at] += self.set_slopes[first]
                for c in range(1, size):
                    weights[at + own + c - 1] = self.set_weights[first + c]
                    slopes[at + own + c - 1] = self.set_slopes[first + c] - self.set_slopes[first + c - 1]
                self.count[above] = own + size - 1
        x[0] = 1.0
        for j in range(self.parent.size):
            first, size, reach = self.room[j], 0, x[self.parent[j]]
            for s in range(self.start[j], self.start[j + 1]):
                size += self.count[s]
            c = first + corner(self.set_weights, first, size, reach)
            price = self.set_prices[c] + self.set_slopes[c] * (reach - self.set_weights[c])
            total = 0.0
            for s in range(self.start[j], self.start[j + 1]):
                c = self.seat[s] + corner(prices, self.seat[s], self.count[s], price)
                x[s] = weights[c] + max(price - prices[c], 0.0) / slopes[c]
                total += x[s]
            for s in range(self.start[j], self.start[j + 1]):
                x[s] = x[s] * (reach / total) if total > 0.0 else 0.0

    def play_rows(self, theta: Any, w: Any = 0.0) -> Any:
        return each_row(self.nearest, theta)

    def nearest(self, z: np.ndarray) -> np.ndarray:
        """Return the plan nearest to one point."""
        x = np.empty(z.size)
        self.play(z, x, 0.0)
        return x


def ordered(keys: Any, others: Any, first: int, size: int) -> None:
    """Sort keys in a stretch of an array, and what belongs to them with them: J. Williams, 1964, Heapsort."""
    for k in range(size // 2 + size):
        last = size if k < size // 2 else size - 1 - (k - size // 2)
        root = size // 2 - 1 - k if k < size // 2 else 0
        if k >= size // 2:  # the largest goes behind the heap
            keys[first], keys[first + last] = keys[first + last], keys[first]
            others[first], others[first + last] = others[first + last], others[first]
        key, other = keys[first + root], others[first + root]
        while 2 * root + 1 < last:
            child = 2 * root + 1
            if child + 1 < last and keys[first + child + 1] > keys[first + child]:
                child += 1
            if keys[first + child] <= key:
                break
            keys[first + root], others[first + root] = keys[first + child], others[first + child]
            root = child
        keys[first + root], others[first + root] = key, other


def corner(keys: Any, first: int, size: int, key: float) -> int:
    """Return the last place in a sorted stretch that holds no more than the key; the first where all hold more."""
    low, high = 0, size
    while high - low > 1:
        middle = (low + high) // 2
        if keys[first + middle] <= key:
            low = middle
        else:
            high = middle
    return low


COMPILED = (corner, ordered)
