"""The products `A y` and `A' x` of a dense matrix in compiled loops, and the records through which kernels call them.

Small matrices are summed in order, bit for bit as the interpreter does.  Large ones are read once for both products, in
tiles; their sums may be reordered, and agree to `n eps max|A|`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["SparseBoth", "SparseRows", "StrictColumns", "StrictRows", "TiledColumns", "TiledRows"]

TILE = 4096  # columns of a tile: four rows of it, y and A'x stay in the second-level cache


def both_strict(A: Any, x: Any, y: Any, out_x: Any, out_y: Any, sign: float) -> None:
    """Write `-sign A y` and `sign A' x` with ordered sums, in one pass over A."""
    for j in range(y.size):
        out_y[j] = 0.0
    for i in range(x.size):
        total = 0.0
        weight = sign * x[i]
        for j in range(y.size):
            total += A[i, j] * y[j]
            out_y[j] += weight * A[i, j]
        out_x[i] = -sign * total


def times_strict(A: Any, y: Any, out: Any, sign: float) -> None:
    """Write `sign A y` with ordered sums."""
    for i in range(out.size):
        total = 0.0
        for j in range(y.size):
            total += A[i, j] * y[j]
        out[i] = sign * total


def transposed_strict(A: Any, x: Any, out: Any, sign: float) -> None:
    """Write `sign A' x` with ordered sums."""
    for j in range(out.size):
        out[j] = 0.0
    for i in range(x.size):
        weight = sign * x[i]
        for j in range(out.size):
            out[j] += weight * A[i, j]


def both_tiled(A: Any, x: Any, y: Any, out_x: Any, out_y: Any, sign: float) -> None:
    """Write `-sign A y` and `sign A' x` in one pass over A.

    Four rows of a tile are read once from memory: a loop of dot products leaves them in the cache, a loop
    that adds them to A'x finds them there.  Two plain loops vectorise where one mixed loop does not.
    """
    n, m = x.size, y.size
    four = n - n % 4
    for i in range(n):
        out_x[i] = 0.0
    for j in range(m):
        out_y[j] = 0.0
    for start in range(0, m, TILE):
        y_tile, out_tile = y[start : start + TILE], out_y[start : start + TILE]
        for i in range(0, four, 4):
            # Slices of single rows, since only those are known to be contiguous.
            r0, r1 = A[i, start : start + TILE], A[i + 1, start : start + TILE]
            r2, r3 = A[i + 2, start : start + TILE], A[i + 3, start : start + TILE]
            add_dots(r0, r1, r2, r3, y_tile, out_x[i : i + 4], -sign)
            add_rows(r0, r1, r2, r3, x[i : i + 4], out_tile, sign)
        for i in range(four, n):
            add_dot(A[i, start : start + TILE], y_tile, out_x[i : i + 1], -sign)
            add_row(A[i, start : start + TILE], x[i], out_tile, sign)


def add_dots(r0: Any, r1: Any, r2: Any, r3: Any, y: Any, out: Any, sign: float) -> None:
    """Add the products of four rows with y, summed in y's own precision."""
    s0 = s1 = s2 = s3 = y.dtype.type(0.0)
    for j in range(y.size):
        s0 += r0[j] * y[j]
        s1 += r1[j] * y[j]
        s2 += r2[j] * y[j]
        s3 += r3[j] * y[j]
    out[0] += sign * s0
    out[1] += sign * s1
    out[2] += sign * s2
    out[3] += sign * s3


def add_rows(r0: Any, r1: Any, r2: Any, r3: Any, x: Any, out: Any, sign: float) -> None:
    """Add four rows, each times its weight."""
    number = out.dtype.type
    x0, x1, x2, x3 = number(sign * x[0]), number(sign * x[1]), number(sign * x[2]), number(sign * x[3])
    for j in range(out.size):
        out[j] += x0 * r0[j] + x1 * r1[j] + x2 * r2[j] + x3 * r3[j]


def add_dot(row: Any, y: Any, out: Any, sign: float) -> None:
    """Add the product of a row with y."""
    total = y.dtype.type(0.0)
    for j in range(y.size):
        total += row[j] * y[j]
    out[0] += sign * total


def add_row(row: Any, weight: float, out: Any, sign: float) -> None:
    """Add a row times its weight."""
    scaled = out.dtype.type(sign * weight)
    for j in range(out.size):
        out[j] += scaled * row[j]


def times_tiled(A: Any, y: Any, out: Any, sign: float) -> None:
    """Write `sign A y`, four rows at a time."""
    n = out.size
    four = n - n % 4
    for i in range(n):
        out[i] = 0.0
    for i in range(0, four, 4):
        add_dots(A[i], A[i + 1], A[i + 2], A[i + 3], y, out[i : i + 4], sign)
    for i in range(four, n):
        add_dot(A[i], y, out[i : i + 1], sign)


def transposed_tiled(A: Any, x: Any, out: Any, sign: float) -> None:
    """Write `sign A' x`, tiles of columns, four rows at a time."""
    n, m = x.size, out.size
    four = n - n % 4
    for j in range(m):
        out[j] = 0.0
    for start in range(0, m, TILE):
        tile = out[start : start + TILE]
        for i in range(0, four, 4):
            r0, r1 = A[i, start : start + TILE], A[i + 1, start : start + TILE]
            r2, r3 = A[i + 2, start : start + TILE], A[i + 3, start : start + TILE]
            add_rows(r0, r1, r2, r3, x[i : i + 4], tile, sign)
        for i in range(four, n):
            add_row(A[i, start : start + TILE], x[i], tile, sign)


def stored_dot(data: Any, indices: Any, first: int, last: int, z: Any) -> Any:
    """Return the product of a stored row with z: four sums, since one would wait for each addition."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    four = last - (last - first) % 4
    for e in range(first, four, 4):
        s0 += data[e] * z[indices[e]]
        s1 += data[e + 1] * z[indices[e + 1]]
        s2 += data[e + 2] * z[indices[e + 2]]
        s3 += data[e + 3] * z[indices[e + 3]]
    for e in range(four, last):
        s0 += data[e] * z[indices[e]]
    return (s0 + s1) + (s2 + s3)


def add_stored(data: Any, indices: Any, first: int, last: int, weight: float, out: Any) -> None:
    """Add a stored row times its weight."""
    if weight != 0.0:
        for e in range(first, last):
            out[indices[e]] += weight * data[e]


def both_sparse(data: Any, indices: Any, starts: Any, x: Any, y: Any, out_x: Any, out_y: Any, sign: float) -> None:
    """Write `-sign A y` and `sign A' x` for A in compressed rows, each row read once for both."""
    for j in range(y.size):
        out_y[j] = 0.0
    for i in range(x.size):
        out_x[i] = -sign * stored_dot(data, indices, starts[i], starts[i + 1], y)
        add_stored(data, indices, starts[i], starts[i + 1], sign * x[i], out_y)


def times_sparse(data: Any, indices: Any, starts: Any, y: Any, out: Any, sign: float) -> None:
    """Write `sign A y` for A in compressed rows."""
    for i in range(out.size):
        out[i] = sign * stored_dot(data, indices, starts[i], starts[i + 1], y)


def transposed_sparse(data: Any, indices: Any, starts: Any, x: Any, out: Any, sign: float) -> None:
    """Write `sign A' x` for A in compressed rows."""
    for j in range(out.size):
        out[j] = 0.0
    for i in range(x.size):
        add_stored(data, indices, starts[i], starts[i + 1], sign * x[i], out)


class Record(NamedTuple):
    A: Any
    sign: float


class Swept(Record):
    """A record that hands out a few stored rows at a time, for rounds in turns that read A once.

    `toward` is the sign of the utilities that the stored rows give to the player whose actions they are.
    """

    __slots__ = ()

    def toward(self) -> Any:
        return -self.sign

    def begin(self, x: Any, u: Any, z: Any, out: Any) -> None:
        """Write what utilities are without the coupling: nothing."""
        for j in range(out.size):
            out[j] = 0.0

    def pay(self, i: Any, k: Any, z: Any, u: Any) -> None:
        """Write the utilities of the k actions from i on, against the opponent's z."""
        for r in range(i, i + k):
            u[r] = 0.0
        if k == 4:
            add_dots(self.A[i], self.A[i + 1], self.A[i + 2], self.A[i + 3], z, u[i : i + 4], self.toward())
        else:
            for r in range(i, i + k):
                add_dot(self.A[r], z, u[r : r + 1], self.toward())

    def charge(self, i: Any, k: Any, x: Any, out: Any) -> None:
        """Add what the weights of the k actions from i on mean for the opponent's utilities."""
        if k == 4:
            add_rows(self.A[i], self.A[i + 1], self.A[i + 2], self.A[i + 3], x[i : i + 4], out, -self.toward())
        else:
            for r in range(i, i + k):
                add_row(self.A[r], x[r], out, -self.toward())


class StrictRows(Record):
    """Kernel record of `f = sign x'Ay` for a small A in C order."""

    __slots__ = ()

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        both_strict(self.A, x, y, ux, uy, self.sign)

    def utility_x(self, x: Any, y: Any, ux: Any) -> None:
        times_strict(self.A, y, ux, -self.sign)

    def utility_y(self, x: Any, y: Any, uy: Any) -> None:
        transposed_strict(self.A, x, uy, self.sign)


class StrictColumns(Record):
    """Kernel record of `f = sign x'A'y`: the stored A is the transpose of the coupling."""

    __slots__ = ()

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        both_strict(self.A, y, x, uy, ux, -self.sign)

    def utility_x(self, x: Any, y: Any, ux: Any) -> None:
        transposed_strict(self.A, y, ux, -self.sign)

    def utility_y(self, x: Any, y: Any, uy: Any) -> None:
        times_strict(self.A, x, uy, self.sign)


class TiledRows(Swept):
    """Kernel record of `f = sign x'Ay` for a large A in C order."""

    __slots__ = ()
    leader = "x"

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        both_tiled(self.A, x, y, ux, uy, self.sign)

    def utility_x(self, x: Any, y: Any, ux: Any) -> None:
        times_tiled(self.A, y, ux, -self.sign)

    def utility_y(self, x: Any, y: Any, uy: Any) -> None:
        transposed_tiled(self.A, x, uy, self.sign)


class TiledColumns(Swept):
    """Kernel record of `f = sign x'A'y` for a large coupling in Fortran order."""

    __slots__ = ()
    leader = "y"

    def toward(self) -> Any:
        return self.sign

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        both_tiled(self.A, y, x, uy, ux, -self.sign)

    def utility_x(self, x: Any, y: Any, ux: Any) -> None:
        transposed_tiled(self.A, y, ux, -self.sign)

    def utility_y(self, x: Any, y: Any, uy: Any) -> None:
        times_tiled(self.A, x, uy, self.sign)


class Sparse(NamedTuple):
    data: Any
    indices: Any
    starts: Any
    sign: float


class SparseRows(Sparse):
    """Kernel record of `f = sign x'Ay` for A in compressed rows."""

    __slots__ = ()
    leader = "x"

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        both_sparse(self.data, self.indices, self.starts, x, y, ux, uy, self.sign)

    def utility_x(self, x: Any, y: Any, ux: Any) -> None:
        times_sparse(self.data, self.indices, self.starts, y, ux, -self.sign)

    def utility_y(self, x: Any, y: Any, uy: Any) -> None:
        transposed_sparse(self.data, self.indices, self.starts, x, uy, self.sign)

    def begin(self, x: Any, u: Any, z: Any, out: Any) -> None:
        for j in range(out.size):
            out[j] = 0.0

    def pay(self, i: Any, k: Any, z: Any, u: Any) -> None:
        for r in range(i, i + k):
            u[r] = -self.sign * stored_dot(self.data, self.indices, self.starts[r], self.starts[r + 1], z)

    def charge(self, i: Any, k: Any, x: Any, out: Any) -> None:
        for r in range(i, i + k):
            add_stored(self.data, self.indices, self.starts[r], self.starts[r + 1], self.sign * x[r], out)


class SparseBoth(NamedTuple):
    """Kernel record of `f = sign x'Ay` for A in compressed rows and in compressed columns.

    Where a strategy has many zeros, as plans of trees do, what it weighs is added up and the rest of A not read.
    """

    data: Any
    indices: Any
    starts: Any
    data_y: Any
    indices_y: Any
    starts_y: Any
    sign: float

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        self.utility_x(x, y, ux)
        self.utility_y(x, y, uy)

    def utility_x(self, x: Any, y: Any, ux: Any) -> None:
        if thin(y):
            transposed_sparse(self.data_y, self.indices_y, self.starts_y, y, ux, -self.sign)
        else:
            times_sparse(self.data, self.indices, self.starts, y, ux, -self.sign)

    def utility_y(self, x: Any, y: Any, uy: Any) -> None:
        if thin(x):
            transposed_sparse(self.data, self.indices, self.starts, x, uy, self.sign)
        else:
            times_sparse(self.data_y, self.indices_y, self.starts_y, x, uy, self.sign)


def thin(z: Any) -> bool:
    """Whether a quarter of the entries are zero or more: from there on adding rows is faster than dot products."""
    count = 0
    for i in range(z.size):
        count += z[i] != 0.0
    return 4 * count <= 3 * z.size


COMPILED_STRICT = (
    both_strict, times_strict, transposed_strict, stored_dot, add_stored, both_sparse, times_sparse, transposed_sparse,
    thin,
)  # fmt: skip
COMPILED_RELAXED = (both_tiled, times_tiled, transposed_tiled, add_dots, add_rows, add_dot, add_row)
