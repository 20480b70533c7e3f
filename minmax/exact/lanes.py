"""Many small games at once: their tableaus interleaved, so that one vector instruction pivots several of them.

Lane l of `T[i, j, l]` holds one game's tableau of `tableau.py`.  Each lane chooses its own pivot; the update, which is
nearly all the work, is the same instruction for all.  A lane that has finished takes the next game.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax.exact.scoring import certify, measure, settle, unit
from minmax.exact.tableau import DONE, SPENT, STUCK, Tableau, advance, begin, read

__all__ = ["Block", "Lanes", "Room", "block_for", "lanes_for", "load", "room_for", "solve_each", "solve_lanes"]

LANES = 32
VECTOR = 8  # doubles of the widest vector
REFINED = 1e-14  # a gap below this, in units of the largest payoff, is rounding


def load(A: Any, sign: float, ends: Any, T: Any) -> None:
    """Write B' with entries in [1, 2] to the tableau."""
    for j in range(A.shape[1]):  # in this order an interleaved tableau is written nearly in a line
        for i in range(A.shape[0]):
            T[j, i] = unit(sign * A[i, j], ends)


def price(T: Any, m: int, n: int, tiny: float, column: Any, least: Any) -> None:
    """Choose each lane's column to enter, the most negative cost; -1 where there is none.

    Indices are floats: of one type with the entries, they are chosen in the same vector instructions.
    """
    for lane in range(column.size):
        column[lane] = -1.0
        least[lane] = -tiny
    for j in range(n):
        costs = T[m, j]
        index = float(j)
        for lane in range(column.size):
            cost, best = costs[lane], least[lane]
            column[lane] = index if cost < best else column[lane]
            least[lane] = cost if cost < best else best


def ratios(T: Any, m: int, n: int, small: float, factor: Any, row: Any, least: Any) -> None:
    """Choose each lane's row to leave, the least ratio; -1 where there is none."""
    for lane in range(row.size):
        row[lane] = -1.0
        least[lane] = math.inf
    for i in range(m):
        sides, entries = T[i, n], factor[i]
        index = float(i)
        for lane in range(row.size):
            best = least[lane]
            ratio = sides[lane] / entries[lane] if entries[lane] > small else math.inf
            row[lane] = index if ratio < best else row[lane]
            least[lane] = ratio if ratio < best else best


def update(T: Any, factor: Any, line: Any) -> None:
    """Subtract each lane's multiple of its pivot row from all rows."""
    for i in range(T.shape[0]):
        factors = factor[i]
        for j in range(T.shape[1]):
            entries, pivots = T[i, j], line[j]
            for lane in range(entries.size):
                entries[lane] -= factors[lane] * pivots[lane]


def solve_lanes(
    A: Any,
    sign: float,
    tiny: float,
    small: float,
    budget: int,
    X: Any,
    Y: Any,
    out: Any,
    scales: Any,
    flags: Any,
    room: Any,
) -> None:
    """Solve the games `A[b]`: strategies to X and Y, `certify` to `out`, `measure` to `scales`, ends to `flags`.

    Lanes that take more pivots than the budget, as a cycle would, are left as SPENT for the careful solver.
    """
    n, m = A.shape[1], A.shape[2]
    T, factor, line, basic, nonbasic = room.T, room.factor, room.line, room.basic, room.nonbasic
    game, pivots, column, row = room.game, room.pivots, room.column, room.row
    waiting, busy = 0, 0
    for lane in range(game.size):
        game[lane] = -1
        for i in range(m + 1):
            factor[i, lane] = 0.0
    while True:
        for lane in range(game.size):
            if game[lane] < 0 and waiting < A.shape[0]:
                measure(A[waiting], sign, scales[waiting])
                load(A[waiting], sign, scales[waiting], T[:, :, lane])
                begin(T[:, :, lane], basic[:, lane], nonbasic[:, lane])
                game[lane], pivots[lane] = waiting, 0
                waiting, busy = waiting + 1, busy + 1
        if busy == 0:
            return
        price(T, m, n, tiny, column, room.least)
        for lane in range(game.size):
            if game[lane] >= 0 and column[lane] >= 0:
                for i in range(m + 1):
                    factor[i, lane] = T[i, int(column[lane]), lane]
        ratios(T, m, n, small, factor, row, room.least)
        for lane in range(game.size):
            b, c, r = game[lane], int(column[lane]), int(row[lane])
            if b < 0:
                continue
            if c < 0 or r < 0 or pivots[lane] >= budget:
                flags[b] = DONE if c < 0 else (SPENT if r >= 0 else STUCK)
                if c < 0:
                    read(T[:, :, lane], basic[:, lane], nonbasic[:, lane], X[b], Y[b])
                    certify(A[b], sign, scales[b], X[b], Y[b], out[b], room.work)
                for i in range(m + 1):
                    factor[i, lane] = 0.0
                game[lane], busy = -1, busy - 1
                continue
            pivots[lane] += 1
            # Chosen so that `update` gives the pivot row and column their new values too, without a store to each.
            inverse = 1.0 / factor[r, lane]
            for j in range(n + 1):
                line[j, lane] = T[r, j, lane] * inverse
            line[c, lane] = 1.0 + inverse
            factor[r, lane] -= 1.0
            basic[r, lane], nonbasic[c, lane] = nonbasic[c, lane], basic[r, lane]
        update(T, factor, line)


def put(source: Any, target: Any) -> None:
    """Copy numbers into another array."""
    for i in range(target.size):
        target[i] = source[i]


def solve_each(
    A: Any,
    sign: float,
    tiny: float,
    small: float,
    budget: int,
    X: Any,
    Y: Any,
    out: Any,
    scales: Any,
    flags: Any,
    room: Any,
) -> None:
    """Solve the games `A[b]` one after the other, as `solve_lanes` does, in double precision throughout."""
    tab = room.tab
    for b in range(A.shape[0]):
        measure(A[b], sign, scales[b])
        load(A[b], sign, scales[b], tab.T)
        begin(tab.T, tab.basic, tab.nonbasic)
        tab.counts[0] = tab.counts[2] = 0
        advance(tab, tiny, small, budget)
        flags[b] = tab.counts[1]
        read(tab.T, tab.basic, tab.nonbasic, X[b], Y[b])
        certify(A[b], sign, scales[b], X[b], Y[b], out[b], room.work)
        if out[b, 3] > REFINED * max(abs(scales[b, 0]), abs(scales[b, 1])):
            # Errors of the pivots have added up: solve for the strategies of the last basis afresh.
            settle(A[b], sign, scales[b], tab.basic, tab.nonbasic, room.x, room.y, room.block)
            certify(A[b], sign, scales[b], room.x, room.y, room.again, room.work)
            if room.again[3] < out[b, 3]:
                put(room.x, X[b])
                put(room.y, Y[b])
                put(room.again, out[b])


class Block(NamedTuple):
    """Room for the square block of a basis: k x k entries and a row more, its actions, both solutions, its order."""

    M: Any
    rows: Any
    columns: Any
    p: Any
    q: Any
    order: Any


def block_for(n: int, m: int) -> Block:
    """Return room for the bases of games of n by m actions."""
    k = min(n, m)
    rows, columns, order = np.zeros((3, k), np.int64)
    p, q = np.zeros((2, k))
    return Block(np.zeros((k + 1, k)), rows, columns, p, q, order)


class Lanes(NamedTuple):
    """Room for `solve_lanes`: what has a lane as its last axis, then what the games share in turn."""

    T: Any
    factor: Any
    line: Any
    basic: Any
    nonbasic: Any
    game: Any
    pivots: Any
    column: Any
    row: Any
    least: Any
    work: Any


def lanes_for(n: int, m: int) -> Lanes:
    """Return room for games of n by m actions."""
    basic, nonbasic, game, pivots = (np.zeros(shape, np.int64) for shape in ((m, LANES), (n, LANES), LANES, LANES))
    shapes = ((m + 1, n + 1), (m + 1,), (n + 1,), (), (), ())
    T, factor, line, column, row, least = (np.zeros((*shape, LANES)) for shape in shapes)
    return Lanes(T, factor, line, basic, nonbasic, game, pivots, column, row, least, np.zeros((2, m)))


class Room(NamedTuple):
    """Room for one tableau, and for scoring what it says."""

    tab: Tableau
    work: Any
    x: Any
    y: Any
    again: Any
    block: Block


def room_for(n: int, m: int, more: int = 1) -> Room:
    """Return room for one game of n by m actions, with so many rows and columns more.

    Rows are padded to whole vectors: that saves a sixth of the time.
    """
    width = -(-(n + more) // VECTOR) * VECTOR
    labels = np.zeros(m, np.int64), np.zeros(n, np.int64), np.zeros(3, np.int64)
    tab = Tableau(np.zeros((m + more, width)), np.zeros(width), np.zeros(m + more), *labels)
    return Room(tab, np.zeros((2, m)), np.zeros(n), np.zeros(m), np.zeros(4), block_for(n, m))


COMPILED = (load, put)
COMPILED_RELAXED = (price, ratios, update)
