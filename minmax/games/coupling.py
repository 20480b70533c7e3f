"""The coupling matrix of a bilinear game, held as it was given: dense, sparse or a linear operator.

Only here and in `products.py`, which holds the compiled ones, is it known how `A y` and `A' x` are computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from minmax import _check
from minmax.games.products import SparseBoth, SparseRows, StrictColumns, StrictRows, TiledColumns, TiledRows

__all__ = ["Coupling", "coupling"]

STRICT_ENTRIES = 1024  # up to here the ordered sums cost nothing and give the interpreter's bits
BLOCK = 65536  # entries of float32 converted at a time: half a megabyte
SMALL_SIDE = 64  # up to here the exact norm costs less than an estimate
NORM_TOLERANCE = 1e-3
NORM_MARGIN = 1.01  # Lanczos approaches the norm from below


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


def compressed(A: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the arrays of a compressed matrix: unsigned, an index needs no test for counting from the end."""
    return A.data, A.indices.view(f"u{A.indices.itemsize}"), A.indptr


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
        return self.A.rmatvec(x) if self.kind == "operator" else self.turned @ x

    @cached_property
    def turned(self) -> Any:
        """The transpose: a view, which scipy takes longer to make than to multiply a small one."""
        return self.A.T

    def block(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the entries of a block as a new array; an operator pays a product an action of one side."""
        if self.kind == "dense":
            return np.asarray(self.A[np.ix_(rows, columns)], dtype=np.float64)
        if self.kind == "sparse":
            return self.A[rows][:, columns].toarray()
        n, m = self.shape
        if len(rows) <= len(columns):
            return np.array([self.transposed(one_hot(n, i))[columns] for i in rows]).reshape(len(rows), len(columns))
        return np.array([self.times(one_hot(m, j))[rows] for j in columns]).reshape(len(columns), len(rows)).T

    def record(self, sign: float) -> Any:
        """Return the kernel record of `sign x'Ay`; None for an operator, whose products are not ours to compile."""
        if self.kind == "operator":
            return None
        if self.kind == "sparse":
            return SparseRows(*compressed(self.A), sign)
        rows = bool(self.A.flags.c_contiguous)
        if self.A.size <= STRICT_ENTRIES:
            return StrictRows(self.A, sign) if rows else StrictColumns(self.A.T, sign)
        return TiledRows(self.A, sign) if rows else TiledColumns(self.A.T, sign)

    def thin_record(self, sign: float) -> Any:
        """Return the kernel record of a sparse A that is stored twice, for strategies with many zeros."""
        return SparseBoth(*compressed(self.A), *compressed(self.A.tocsc()), sign)

    @property
    def entries(self) -> int:
        """Numbers that a product reads: those stored, or all where they are not known."""
        return int(self.A.nnz) if self.kind == "sparse" else self.shape[0] * self.shape[1]

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
        # Divided by a first guess of its size, a matrix of any scale has products that neither vanish nor overflow.
        if self.kind == "operator":
            probe = part(np.random.default_rng(0).standard_normal(self.shape[1]))
            size = float(abs(self.times(probe)).max())
        else:
            size = self.largest
        if size == 0.0 or not np.isfinite(size):
            return size
        if self.kind != "operator" and min(self.shape) <= SMALL_SIDE:
            result = small_norm(self, part, size)
        else:
            result = NORM_MARGIN * large_norm(self, part, size)
        # An image of rounding noise is a zero matrix between zero-sum vectors.
        return size * result if result > sum(self.shape) * np.finfo(float).eps else 0.0


def one_hot(n: int, i: int) -> np.ndarray:
    """Return the i-th coordinate vector."""
    vector = np.zeros(n)
    vector[i] = 1.0
    return vector


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
    if A.kind == "dense":
        tall = (A.A.T if n <= m else A.A) @ (image / size)
    else:
        tall = np.column_stack([(A.transposed if n <= m else A.times)(column) for column in image.T]) / size
    tall = part(np.asarray(tall, dtype=np.float64))
    return math.sqrt(max(float(np.linalg.eigvalsh(tall.T @ tall)[-1]), 0.0))


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
