"""The condensed simplex tableau of a matrix game, in scalar loops: on floats compiled, on fractions exactly.

With losses B of x, shifted and scaled to be positive, x's strategy is `p / sum p` for

    max sum p  subject to  B' p <= 1,  p >= 0,

and y's is the dual solution: that both have the value `1 / v` is von Neumann's theorem.  The tableau holds B' with
the right-hand side behind it and the negated objective below it; its rows are labelled by basic variables, its columns
by those at zero.  Variables 0..n-1 are x's actions, n..n+m-1 the slacks of y's.  A pivot swaps one of each.

Every function is also plain Python, and runs on object arrays of fractions with tolerances of zero.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["DONE", "SPENT", "STUCK", "Tableau", "advance", "begin", "install", "loosen", "pivot", "read", "repair"]

DONE, SPENT, STUCK = 0, 1, 2  # how a run of pivots ended: at the optimum, out of pivots, without a pivot to make


class Tableau(NamedTuple):
    """A tableau in progress: the array, room for a row and a column, labels, and the counts of `advance`."""

    T: Any
    row: Any
    column: Any
    basic: Any
    nonbasic: Any
    counts: Any


def begin(T: Any, basic: Any, nonbasic: Any) -> None:
    """Label a fresh tableau and write its right-hand side and objective; B' stands in it already."""
    m, n = basic.size, nonbasic.size
    for i in range(m):
        basic[i] = n + i
        T[i, n] = 1
    for j in range(n):
        nonbasic[j] = j
        T[m, j] = -1
    T[m, n] = 0


def entering(T: Any, m: int, nonbasic: Any, bland: bool, tiny: Any) -> int:
    """Column to enter: the most negative cost (Dantzig), or the lowest label with one below zero (Bland); else -1."""
    chosen = -1
    least = -tiny
    for j in range(nonbasic.size):
        cost = T[m, j]
        if bland:
            if cost < -tiny and (chosen < 0 or nonbasic[j] < nonbasic[chosen]):
                chosen = j
        elif cost < least:
            chosen, least = j, cost
    return chosen


def leaving(T: Any, column: Any, basic: Any, n: int, bland: bool, small: Any) -> int:
    """Row of the least ratio in a column; among equals the largest pivot, or the lowest label (Bland); -1 if none."""
    chosen = -1
    top, size = column[0], column[0]  # of the row chosen: its right-hand side and pivot
    for i in range(basic.size):
        p = column[i]
        if p > small:
            q = T[i, n]
            ours, best = q * size, top * p
            if chosen < 0 or ours < best or (ours == best and (basic[i] < basic[chosen] if bland else p > size)):
                chosen, top, size = i, q, p
    return chosen


def pivot(tab: Any, r: int, c: int) -> None:
    """Swap the basic variable of row r with the one of column c, which `tab.column` holds already.

    The pivot row is copied out first: the compiler can then keep the update of the others in vector registers.
    """
    T, row, column = tab.T, tab.row, tab.column
    inverse = 1 / column[r]
    for j in range(row.size):
        row[j] = T[r, j] * inverse
    row[c] = inverse
    for i in range(T.shape[0]):
        factor = column[i]
        if i != r and factor != 0:
            T[i, c] = 0
            for j in range(row.size):
                T[i, j] -= factor * row[j]
    for j in range(row.size):
        T[r, j] = row[j]
    tab.basic[r], tab.nonbasic[c] = tab.nonbasic[c], tab.basic[r]


def copy_column(tab: Any, c: int) -> None:
    """Copy column c to `tab.column`: it is read twice, and lies scattered."""
    for i in range(tab.T.shape[0]):
        tab.column[i] = tab.T[i, c]


def advance(tab: Any, tiny: Any, small: Any, budget: int) -> None:
    """Pivot a feasible tableau to its optimum, or until the budget is spent.

    `tab.counts` holds the pivots made so far, how the run ended, and the degenerate steps since the last true one.
    Dantzig's rule may cycle where steps are degenerate.  After as many such steps in a row as there are variables,
    Bland's rule takes over until a step has a length: it never repeats a basis, and no basis comes back once the
    objective has grown, so the run ends.
    """
    T, basic, nonbasic, counts = tab.T, tab.basic, tab.nonbasic, tab.counts
    n = nonbasic.size
    for _ in range(budget):
        bland = counts[2] > n + basic.size
        c = entering(T, basic.size, nonbasic, bland, tiny)
        if c < 0:
            counts[1] = DONE
            return
        copy_column(tab, c)
        r = leaving(T, tab.column, basic, n, bland, small)
        if r < 0:
            counts[1] = STUCK
            return
        counts[2] = counts[2] + 1 if T[r, n] <= tiny * tab.column[r] else 0
        pivot(tab, r, c)
        counts[0] += 1
    counts[1] = SPENT


def install(tab: Any, wanted: Any, small: Any) -> None:
    """Bring the wanted actions of x into the basis, for the slacks that are not wanted there: a warm start.

    `wanted[k]` says whether variable k should be basic.  Each column takes the largest pivot among the rows to be
    cleared; one without a usable pivot is left out.
    """
    n = tab.nonbasic.size
    for c in range(n):
        if tab.nonbasic[c] < n and wanted[tab.nonbasic[c]]:
            copy_column(tab, c)
            chosen = -1
            for i in range(tab.basic.size):
                cleared = tab.basic[i] >= n and not wanted[tab.basic[i]]
                if cleared and (chosen < 0 or abs(tab.column[i]) > abs(tab.column[chosen])):
                    chosen = i
            if chosen >= 0 and abs(tab.column[chosen]) > small:
                pivot(tab, chosen, c)
                tab.counts[0] += 1


def loosen(tab: Any) -> None:
    """Write what `repair` adds to sides and costs: a different positive number to each, so that no two tie.

    The tableau needs a column behind the right-hand side and a row below the costs.
    """
    T = tab.T
    m, n = tab.basic.size, tab.nonbasic.size
    for i in range(m + 1):
        T[i, n + 1] = 1000 + (i * 7919) % 1009 if i < m else 0
    for j in range(n + 1):
        T[m + 1, j] = 1000 + (j * 7907) % 1013 if j < n else 0
    T[m + 1, n + 1] = 0


def repair(tab: Any, tiny: Any, small: Any, budget: int) -> None:
    """Pivot any tableau, feasible or not, to its optimum: the parametric self-dual simplex method.

    With mu large, sides and costs are positive once mu times what `loosen` wrote is added.  As mu falls, the side or
    cost that would turn negative first is pivoted away, by the dual or the primal ratio test, until mu is zero.  There
    are about as many pivots as there are wrong signs.

    Source
    ------
    G. Dantzig, Linear Programming and Extensions, 1963, chapter 11; R. Vanderbei, Linear Programming, 1996, chapter 7.
    """
    T, basic, nonbasic, column, counts = tab.T, tab.basic, tab.nonbasic, tab.column, tab.counts
    m, n = basic.size, nonbasic.size
    for _ in range(budget):
        r, c = -1, -1
        mu = 0 * tiny
        for i in range(m):
            if T[i, n] < -tiny and T[i, n + 1] > 0 and -T[i, n] / T[i, n + 1] > mu:
                r, mu = i, -T[i, n] / T[i, n + 1]
        for j in range(n):
            if T[m, j] < -tiny and T[m + 1, j] > 0 and -T[m, j] / T[m + 1, j] > mu:
                c, mu = j, -T[m, j] / T[m + 1, j]
        if r < 0 and c < 0:
            counts[1] = DONE
            return
        least = mu
        if c >= 0:
            r = -1
            copy_column(tab, c)
            for i in range(m):
                if column[i] > small and (r < 0 or (T[i, n] + mu * T[i, n + 1]) / column[i] < least):
                    r, least = i, (T[i, n] + mu * T[i, n + 1]) / column[i]
        else:
            for j in range(n):
                if T[r, j] < -small and (c < 0 or (T[m, j] + mu * T[m + 1, j]) / -T[r, j] < least):
                    c, least = j, (T[m, j] + mu * T[m + 1, j]) / -T[r, j]
        if r < 0 or c < 0:
            counts[1] = STUCK
            return
        copy_column(tab, c)
        pivot(tab, r, c)
        counts[0] += 1
    counts[1] = SPENT


def read(T: Any, basic: Any, nonbasic: Any, x: Any, y: Any) -> None:
    """Write the strategies that an optimal tableau describes: values of basic actions, costs of slacks at zero."""
    m, n = basic.size, nonbasic.size
    for j in range(n):
        x[j] = 0
    for i in range(m):
        y[i] = 0
    total = 0 * T[m, n]
    for i in range(m):
        if basic[i] < n and T[i, n] > 0:
            x[basic[i]] = T[i, n]
            total += T[i, n]
    share(x, total)
    total = 0 * T[m, n]
    for j in range(n):
        if nonbasic[j] >= n and T[m, j] > 0:
            y[nonbasic[j] - n] = T[m, j]
            total += T[m, j]
    share(y, total)


def share(p: Any, total: Any) -> None:
    """Divide by the total; the first action is played where nothing is left, before any pivot."""
    if total > 0:
        for i in range(p.size):
            p[i] = p[i] / total
    else:
        p[0] = 1


COMPILED = (begin, entering, leaving, pivot, copy_column, advance, install, loosen, repair, read, share)
