"""MatrixMarket files (`.mtx`, `.mtx.gz`): sparse where they list coordinates, dense where they list an array.

They hold the numbers alone: labels, players and the name of the game are lost. The reader is our own, because
that of scipy (1.17) ends the process at some damaged files and takes 1/3, 1,5 and 1D3 for 1.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from minmax.files.contents import LARGEST, Contents
from minmax.files.text import quoted
from minmax.games.matrix import MatrixGame

_BANNER = re.compile(rb"\s*%%MatrixMarket\s+matrix\s+(\S+)\s+(\S+)\s+(\S+)\s*", re.IGNORECASE)
_WHOLE = re.compile(rb"[0-9]{1,18}")
_NUMBERS = re.compile(rb"\s*+(?:[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?\s++)*+")

FORMS = ("array", "coordinate")
FIELDS = ("real", "double", "integer", "pattern")
# Of real numbers, a Hermitian matrix is a symmetric one.
SYMMETRIES = {"general": 0, "symmetric": 1, "hermitian": 1, "skew-symmetric": -1}


class Header(NamedTuple):
    """What the first lines say."""

    form: str
    field: str
    mirror: int  # factor of the other triangle; 0 where the file holds both
    sizes: tuple[int, ...]

    @property
    def values(self) -> int:
        """How many numbers there must be below."""
        n, m = self.sizes[:2]
        if self.form == "coordinate":
            return self.sizes[2] * (2 if self.field == "pattern" else 3)
        return n * (n + self.mirror) // 2 if self.mirror else n * m


class Source(NamedTuple):
    path: Path
    data: bytes

    def fail(self, place: int, message: str) -> NoReturn:
        """Refuse the file at a byte."""
        raise ValueError(f"{self.path}, line {self.data.count(10, 0, place) + 1}: {message}.")


def packed(path: Path) -> bool:
    """Whether a file is compressed, by its name."""
    return path.name.lower().endswith(".gz")


def read(path: Path) -> Contents:
    """Read a matrix of real numbers, of integers, or of a pattern, whose entries are 1."""
    source = Source(path, unpacked(path))
    header, start = head(source)
    body = source.data[start:] + b"\n"
    match = _NUMBERS.match(body)
    end = match.end() if match else 0
    if end < len(body):
        word = body[end : end + 80].split()[0].decode("ascii", "backslashreplace")
        source.fail(start + end, f"expected a finite number such as 2 or -0.5, found {quoted(word)}")
    values = np.fromstring(body, sep=" ") if body.strip() else np.zeros(0)
    if values.size != header.values:
        source.fail(start, f"expected {header.values} numbers below the sizes, found {values.size}")
    return Contents(
        coordinates(source, start, header, values) if header.form == "coordinate" else array(header, values)
    )


def unpacked(path: Path) -> bytes:
    """Return the bytes of a file, decompressed."""
    data = path.read_bytes()
    try:
        return gzip.decompress(data) if packed(path) else data
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{path}: expected a file packed by gzip, found a damaged or different one ({error})."
        ) from None


def head(source: Source) -> tuple[Header, int]:
    """Return what the first lines say, and where the numbers start."""
    data = source.data
    banner = _BANNER.fullmatch(data, 0, data.find(b"\n") + 1 or len(data))
    if banner is None:
        source.fail(0, "expected %%MatrixMarket matrix, a form, a type and a symmetry, found something else")
    form, field, symmetry = (word.decode("ascii", "backslashreplace").lower() for word in banner.groups())
    for found, known in ((form, FORMS), (field, FIELDS), (symmetry, SYMMETRIES)):
        if found not in known:
            source.fail(0, f"expected {' or '.join(known)}, found {quoted(found)}")
    if (form, field) == ("array", "pattern"):
        source.fail(0, "expected a pattern by coordinates, found one as an array")
    start, end = size_line(data, banner.end())
    words = data[start:end].split()
    if len(words) != 2 + (form == "coordinate") or not all(map(_WHOLE.fullmatch, words)):
        source.fail(start, "expected the sizes of the matrix as whole numbers, found something else")
    header = Header(form, field, SYMMETRIES[symmetry], tuple(map(int, words)))
    check_sizes(source, start, header)
    return header, end


def size_line(data: bytes, start: int) -> tuple[int, int]:
    """Return where the first line that is neither blank nor a comment starts and ends."""
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        line = data[start:end].strip()
        if line and not line.startswith(b"%"):
            return start, end
        start = end
    return len(data), len(data)


def check_sizes(source: Source, place: int, header: Header) -> None:
    """Refuse sizes of which no matrix can be made."""
    n, m = header.sizes[:2]
    if header.mirror and n != m:
        source.fail(place, f"expected a square matrix where it is symmetric, found {n} x {m}")
    if n + m > LARGEST:
        source.fail(place, f"expected at most {LARGEST} actions in all, found {n} x {m}")


def array(header: Header, values: np.ndarray) -> np.ndarray:
    """Return a dense matrix; the file lists it by columns, of a symmetric one the part below the diagonal."""
    n, m = header.sizes[:2]
    if not header.mirror:
        return values.reshape(m, n).T
    # By columns below the diagonal is by rows above it, with rows and columns exchanged.
    j, i = np.triu_indices(n, 0 if header.mirror > 0 else 1)
    matrix = np.zeros((n, n))
    matrix[j, i] = header.mirror * values
    matrix[i, j] = values
    return matrix


def coordinates(source: Source, place: int, header: Header, values: np.ndarray) -> Any:
    """Return a sparse matrix; entries that are there twice are added."""
    from scipy.sparse import coo_array

    n, m, entries = header.sizes
    table = values.reshape(entries, -1) if entries else np.zeros((0, 3))
    at = table[:, :2]
    if ((at < 1) | (at > (n, m)) | (at != np.floor(at))).any():
        source.fail(place, f"expected rows from 1 to {n} and columns from 1 to {m}, found others")
    i, j = at.astype(np.int64).T - 1
    paid = np.ones(entries) if header.field == "pattern" else table[:, 2]
    if header.mirror:
        off = i != j
        paid = np.concatenate([paid, header.mirror * paid[off]])
        i, j = np.concatenate([i, j[off]]), np.concatenate([j, i[off]])
    return coo_array((paid, (i, j)), shape=(n, m))


def write(game: MatrixGame, path: Path) -> None:
    """Write coordinates of a sparse game, an array of a dense one."""
    from scipy.io import mmwrite

    stream = io.BytesIO()
    mmwrite(stream, game.payoffs(), symmetry="general")
    data = stream.getvalue()
    # No time inside, so that the same game gives the same bytes.
    path.write_bytes(gzip.compress(data, mtime=0) if packed(path) else data)
