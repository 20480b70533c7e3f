"""Small matrix games in scalar loops: their scale, the strategies of a basis, and what a pair certifies."""

from __future__ import annotations

from typing import Any

__all__ = ["certify", "measure", "settle", "unit"]

EPS = 2.0**-52
TINY_PAYOFF = 5e-324


def measure(A: Any, sign: float, ends: Any) -> None:
    """Write the extremes of x's losses `sign A` to `ends`, a NaN where one is not finite, and the scale of `unit`.

    Four extremes at a time, since one would wait for each comparison.
    """
    first = A[0, 0]
    l0, l1, l2, l3 = first, first, first, first
    h0, h1, h2, h3 = first, first, first, first
    c0, c1, c2, c3 = 0.0, 0.0, 0.0, 0.0
    four = A.shape[1] - A.shape[1] % 4
    for i in range(A.shape[0]):
        row = A[i]
        for j in range(0, four, 4):
            a0, a1, a2, a3 = row[j], row[j + 1], row[j + 2], row[j + 3]
            l0, l1, l2, l3 = a0 if a0 < l0 else l0, a1 if a1 < l1 else l1, a2 if a2 < l2 else l2, a3 if a3 < l3 else l3
            h0, h1, h2, h3 = a0 if a0 > h0 else h0, a1 if a1 > h1 else h1, a2 if a2 > h2 else h2, a3 if a3 > h3 else h3
            c0, c1, c2, c3 = c0 + 0.0 * a0, c1 + 0.0 * a1, c2 + 0.0 * a2, c3 + 0.0 * a3
        for j in range(four, A.shape[1]):
            l0, h0, c0 = min(l0, row[j]), max(h0, row[j]), c0 + 0.0 * row[j]
    low, high = min(min(l0, l1), min(l2, l3)), max(max(h0, h1), max(h2, h3))
    low, high = (low, high) if sign > 0 else (-high, -low)
    check = c0 + c1 + c2 + c3
    # Half-sized terms, since the difference of two huge payoffs may overflow; tiny ones grow first, since the inverse
    # of their spread may.
    half = high / 2 - low / 2
    grow = 1.0 if half > 1e-290 else 2.0**600
    ends[0], ends[1], ends[2] = low, high, check
    ends[3], ends[4] = low / 2, grow
    ends[5] = 1.0 / (half * grow) if half > 0.0 else 0.0


def unit(loss: float, ends: Any) -> float:
    """Return a loss shifted and scaled into [1, 2]; one where all are equal."""
    return 1.0 + (loss / 2 - ends[3]) * ends[4] * ends[5]


def certify(A: Any, sign: float, ends: Any, x: Any, y: Any, out: Any, work: Any) -> None:
    """Write value, lower and upper bound of x's loss and the gap of the pair to `out`; `work` has room for a row."""
    sums = work[0]
    for j in range(A.shape[1]):
        sums[j] = 0.0
    low, value = 0.0, 0.0
    for i in range(A.shape[0]):
        row = A[i]
        weight = sign * x[i]
        total = 0.0
        for j in range(row.size):
            total += row[j] * y[j]
            sums[j] += weight * row[j]
        value += weight * total
        low = sign * total if i == 0 else min(low, sign * total)
    high = sums[0]
    for j in range(A.shape[1]):
        high = max(high, sums[j])
    largest = max(abs(ends[0]), abs(ends[1]))
    out[1] = low - rounding(y, largest)
    out[2] = high + rounding(x, largest)
    out[0] = min(max(value, out[1]), out[2])
    out[3] = max(high - low, 0.0)


def rounding(p: Any, largest: float) -> float:
    """Bound on the error of the payoffs against p: that of `MatrixGame.rounding`."""
    support, total = 0, 0.0
    for i in range(p.size):
        total += p[i]
        if p[i] != 0.0:
            support += 1
    if support == 1:
        return 0.0
    return ((support + 4) * EPS + abs(total - 1.0)) * largest + support * TINY_PAYOFF


def settle(A: Any, sign: float, ends: Any, basic: Any, nonbasic: Any, x: Any, y: Any, room: Any) -> None:
    """Write the strategies of a basis, solved for afresh: on its square block every action pays the same."""
    rows, columns, M = room.rows, room.columns, room.M
    k = members(basic, 0, x.size, rows)
    members(nonbasic, x.size, x.size + y.size, columns)
    for i in range(k):
        for j in range(k):
            M[i, j] = unit(sign * A[rows[i], columns[j]], ends)
    solve_both(M, k, room.p, room.q, room.order)
    weigh(rows, k, room.p, x)
    weigh(columns, k, room.q, y)


def members(labels: Any, low: int, high: int, found: Any) -> int:
    """Write the labels from `low` up to `high`, counted from `low`, to `found`; return how many there are."""
    k = 0
    for i in range(labels.size):
        if low <= labels[i] < high:
            found[k] = labels[i] - low
            k += 1
    return k


def weigh(actions: Any, k: int, p: Any, x: Any) -> None:
    """Write the first k weights, without the negative ones, as a strategy on `actions`."""
    total = 0.0
    for s in range(k):
        total += max(p[s], 0.0)
    for i in range(x.size):
        x[i] = 0.0
    for s in range(k):
        x[actions[s]] = max(p[s], 0.0) / total


def solve_both(M: Any, k: int, p: Any, q: Any, order: Any) -> None:
    """Solve `M' p = 1` and `M q = 1` for the leading k x k block, which is overwritten by its LU factors."""
    for i in range(k):
        order[i] = i
    for c in range(k):
        r = c
        for i in range(c + 1, k):
            if abs(M[i, c]) > abs(M[r, c]):
                r = i
        if r != c:
            order[c], order[r] = order[r], order[c]
            for j in range(k):
                M[c, j], M[r, j] = M[r, j], M[c, j]
        inverse = 1.0 / M[c, c]
        for i in range(c + 1, k):
            factor = M[i, c] * inverse
            M[i, c] = factor
            for j in range(c + 1, k):
                M[i, j] -= factor * M[c, j]
    for i in range(k):  # a right-hand side of ones is the same in any order
        total = 1.0
        for j in range(i):
            total -= M[i, j] * q[j]
        q[i] = total
    for i in range(k - 1, -1, -1):
        total = q[i]
        for j in range(i + 1, k):
            total -= M[i, j] * q[j]
        q[i] = total / M[i, i]
    # The rows of M' are M's columns: a finished entry is subtracted from those that follow, along rows of M.
    work = M[k]
    for i in range(k):
        work[i] = 1.0
    for i in range(k):
        work[i] = work[i] / M[i, i]
        for j in range(i + 1, k):
            work[j] -= M[i, j] * work[i]
    for i in range(k - 1, -1, -1):
        for j in range(i):
            work[j] -= M[i, j] * work[i]
    for i in range(k):
        p[order[i]] = work[i]


COMPILED = (unit, measure, rounding, members, weigh, solve_both, settle)
COMPILED_RELAXED = (certify,)
