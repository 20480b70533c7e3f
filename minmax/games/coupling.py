"""The coupling matrix of a bilinear game, held as it was given: dense, sparse or a linear operator.

Only here is it known how `A y` and `A' x` are computed.  Dense matrices also have records for
compiled kernels, whose one-pass product reads A once for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax import _check

__all__ = ["Coupling", "coupling"]

STRICT_ENTRIES = 1024  # up to here the ordered sums cost nothing and give the interpreter's bits
TILE = 4096  # columns of a tile: four rows of it, y and A'x stay in the second-level cache
BLOCK = 65536  # entries of float32 converted at a time: half a megabyte
SMALL_SIDE = 64  # up to here the exact norm costs less than an estimate
NORM_TOLERANCE = 1e-3
NORM_MARGIN = 1.01  # Lanczos approaches the norm from below


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
    """Add the products of four rows with y."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
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
    x0, x1, x2, x3 = sign * x[0], sign * x[1], sign * x[2], sign * x[3]
    for j in range(out.size):
        out[j] += x0 * r0[j] + x1 * r1[j] + x2 * r2[j] + x3 * r3[j]


def add_dot(row: Any, y: Any, out: Any, sign: float) -> None:
    """Add the product of a row with y."""
    total = 0.0
    for j in range(y.size):
        total += row[j] * y[j]
    out[0] += sign * total


def add_row(row: Any, weight: float, out: Any, sign: float) -> None:
    """Add a row times its weight."""
    scaled = sign * weight
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


class Record(NamedTuple):
    A: Any
    sign: float


class StrictRows(Record):
    """Kernel record of `f = sign x'Ay` for a small A in C order."""

    __slots__ = ()

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        both_strict(self.A, x, y, ux, uy, self.sign)

    def utility_x(self, y: Any, ux: Any) -> None:
        times_strict(self.A, y, ux, -self.sign)

    def utility_y(self, x: Any, uy: Any) -> None:
        transposed_strict(self.A, x, uy, self.sign)


class StrictColumns(Record):
    """Kernel record of `f = sign x'A'y`: the stored A is the transpose of the coupling."""

    __slots__ = ()

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        both_strict(self.A, y, x, uy, ux, -self.sign)

    def utility_x(self, y: Any, ux: Any) -> None:
        transposed_strict(self.A, y, ux, -self.sign)

    def utility_y(self, x: Any, uy: Any) -> None:
        times_strict(self.A, x, uy, self.sign)


class TiledRows(Record):
    """Kernel record of `f = sign x'Ay` for a large A in C order."""

    __slots__ = ()

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        both_tiled(self.A, x, y, ux, uy, self.sign)

    def utility_x(self, y: Any, ux: Any) -> None:
        times_tiled(self.A, y, ux, -self.sign)

    def utility_y(self, x: Any, uy: Any) -> None:
        transposed_tiled(self.A, x, uy, self.sign)


class TiledColumns(Record):
    """Kernel record of `f = sign x'A'y` for a large coupling in Fortran order."""

    __slots__ = ()

    def utilities(self, x: Any, y: Any, ux: Any, uy: Any) -> None:
        both_tiled(self.A, y, x, uy, ux, -self.sign)

    def utility_x(self, y: Any, ux: Any) -> None:
        transposed_tiled(self.A, y, ux, -self.sign)

    def utility_y(self, x: Any, uy: Any) -> None:
        times_tiled(self.A, x, uy, self.sign)


COMPILED_STRICT = (both_strict, times_strict, transposed_strict)
COMPILED_RELAXED = (both_tiled, times_tiled, transposed_tiled, add_dots, add_rows, add_dot, add_row)


def blockwise(A: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return `A @ v` in float64 for a float32 A in C order, converting a block of rows at a time."""
    out = np.empty(A.shape[0])
    rows = max(1, BLOCK // A.shape[1])
    for i in range(0, A.shape[0], rows):
        out[i : i + rows] = A[i : i + rows].astype(np.float64) @ v
    return out


def blockwise_transposed(A: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return `A.T @ v` in float64 for a float32 A in C order, converting a block of rows at a time."""
    out = np.zeros(A.shape[1])
    rows = max(1, BLOCK // A.shape[1])
    for i in range(0, A.shape[0], rows):
        out += v[i : i + rows] @ A[i : i + rows].astype(np.float64)
    return out


@dataclass(frozen=True, eq=False)
class Coupling:
    """An (n, m) matrix behind the products `A y` and `A' x`, always in float64.

    Parameters
    ----------
    A : read-only float64 or float32 array, scipy sparse array in CSR form, or LinearOperator.
    kind : "dense", "sparse" or "operator".
    """

    A: Any
    kind: str

    @property
    def shape(self) -> tuple[int, int]:
        return (int(self.A.shape[0]), int(self.A.shape[1]))

    @property
    def narrow(self) -> bool:
        """Whether A is dense and stored in float32, to be summed in float64."""
        return self.kind == "dense" and self.A.dtype == np.float32

    def times(self, y: np.ndarray) -> np.ndarray:
        """Return `A y`."""
        if self.narrow:
            return blockwise(self.A, y) if self.A.flags.c_contiguous else blockwise_transposed(self.A.T, y)
        return self.A @ y

    def transposed(self, x: np.ndarray) -> np.ndarray:
        """Return `A' x`."""
        if self.narrow:
            return blockwise_transposed(self.A, x) if self.A.flags.c_contiguous else blockwise(self.A.T, x)
        return self.A.rmatvec(x) if self.kind == "operator" else self.A.T @ x

    def record(self, sign: float) -> Any:
        """Return the kernel record of `sign x'Ay`; None where A is not a dense array."""
        if self.kind != "dense":
            return None
        rows = bool(self.A.flags.c_contiguous)
        if self.A.size <= STRICT_ENTRIES:
            return StrictRows(self.A, sign) if rows else StrictColumns(self.A.T, sign)
        return TiledRows(self.A, sign) if rows else TiledColumns(self.A.T, sign)

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest entry; the norm estimate of either sign where entries are not available."""
        if self.kind == "operator":
            size = self.norm(centred=False)
            return -size, size
        data = self.A if self.kind == "dense" else self.A.data
        low, high = (float(data.min()), float(data.max())) if data.size else (0.0, 0.0)
        if self.kind == "sparse" and data.size < self.shape[0] * self.shape[1]:
            low, high = min(low, 0.0), max(high, 0.0)
        return low, high

    @property
    def spread(self) -> float:
        """Largest minus smallest entry."""
        return self.extremes[1] - self.extremes[0]

    @cached_property
    def largest(self) -> float:
        """Largest absolute entry."""
        return max(abs(self.extremes[0]), abs(self.extremes[1]))

    @cached_property
    def fingerprint(self) -> float:
        """A number that tells this matrix from others of its shape: `r'As` for two fixed random vectors."""
        rng = np.random.default_rng(7)
        r, s = (rng.uniform(0.5, 1.5, k) for k in self.shape)
        return float(r / r.sum() @ self.times(s / s.sum()))

    def norm(self, *, centred: bool) -> float:
        """Return the spectral norm of A, or of its part between zero-sum vectors, with a margin for its estimate.

        `centred` is the Lipschitz constant of the operator of a matrix game: strategies differ by
        vectors that sum to zero, and constants added to utilities move no play.
        """
        part = centre if centred else unchanged
        probe = part(np.random.default_rng(0).standard_normal(self.shape[1]))
        # Divided by a first guess of its size, a matrix of any scale has products that neither vanish nor overflow.
        size = float(abs(self.times(probe)).max()) if self.kind == "operator" else self.largest
        if size == 0.0 or not np.isfinite(size):
            return 0.0 if size == 0.0 else size
        if self.kind != "operator" and min(self.shape) <= SMALL_SIDE:
            result = small_norm(self, part, size)
        else:
            result = NORM_MARGIN * large_norm(self, part, size)
        # An image of rounding noise is a zero matrix between zero-sum vectors.
        return size * result if result > sum(self.shape) * np.finfo(float).eps else 0.0


def centre(v: np.ndarray) -> np.ndarray:
    """Return the part of a vector, or of the columns of a matrix, that sums to zero."""
    return v - v.mean(0)


def unchanged(v: np.ndarray) -> np.ndarray:
    """Return the vector itself."""
    return v


def small_norm(A: Coupling, part: Any, size: float) -> float:
    """Return the norm of `part A part / size` from the images of a basis of its short side."""
    n, m = A.shape
    short = np.eye(min(n, m))
    image = part(short)
    tall = np.column_stack([(A.transposed if n <= m else A.times)(column) for column in image.T]) / size
    return float(np.linalg.norm(part(tall), 2))


def large_norm(A: Coupling, part: Any, size: float) -> float:
    """Return the norm of `part A part / size` by Lanczos, which no cluster of singular values below it can hold up."""
    from scipy.sparse.linalg import LinearOperator, svds

    n, m = A.shape
    product = LinearOperator(
        (n, m),
        matvec=lambda v: part(A.times(part(v.ravel()) / size)),
        rmatvec=lambda v: part(A.transposed(part(v.ravel()) / size)),
        dtype=np.float64,
    )
    start = np.random.default_rng(1).standard_normal(min(n, m))
    return float(svds(product, k=1, tol=NORM_TOLERANCE, v0=start, return_singular_vectors=False, maxiter=1000)[0])


def coupling(name: str, A: Any) -> Coupling:
    """Return `A` checked, as a read-only view where it is dense; nothing is copied that need not be."""
    if hasattr(A, "tocsr") and not isinstance(A, np.ndarray):
        return sparse_coupling(name, A)
    if hasattr(A, "matvec") and hasattr(A, "rmatvec"):
        if len(A.shape) != 2 or 0 in A.shape:
            raise ValueError(f"`{name}` must not be empty; got an operator of shape {A.shape}.")
        return Coupling(A, "operator")
    array = _check.real_array(name, A, 2)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if not (array.flags.c_contiguous or array.flags.f_contiguous):
        array = np.ascontiguousarray(array)
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return finite(name, Coupling(view, "dense"))


def finite(name: str, held: Coupling) -> Coupling:
    """Return the coupling if its entries and their spread are finite; its extremes are computed once, here."""
    data = held.A if held.kind == "dense" else held.A.data
    with np.errstate(over="ignore", invalid="ignore"):
        if not all(np.isfinite(held.extremes)):
            _check.finite(name, data)
        if not np.isfinite(held.spread):
            raise ValueError(
                f"`{name}` must span less than 1.79e308; its entries go from {held.extremes}: scale it down."
            )
    return held


def sparse_coupling(name: str, A: Any) -> Coupling:
    """Return a sparse matrix as a CSR array of float64."""
    from scipy.sparse import csr_array

    if len(A.shape) != 2 or 0 in A.shape:
        raise ValueError(f"`{name}` must have 2 dimensions and not be empty; got shape {A.shape}.")
    if A.dtype.kind not in "fiub":
        raise TypeError(f"`{name}` must hold real numbers; got dtype {A.dtype}.")
    array = csr_array(A, dtype=np.float64)
    if not array.has_canonical_format:
        # Entries stored twice add up; the caller's arrays stay as they are.
        array = array.copy()
        array.sum_duplicates()
    return finite(name, Coupling(array, "sparse"))
