"""Arrays of payoffs in binary (`.npy`, `.npz`) and MatrixMarket files (`.mtx`, `.mtx.gz`), dense or sparse.

`.npy` and MatrixMarket hold the numbers alone: labels, players and the name of the game are lost there.
"""

from __future__ import annotations

import gzip
import io
import math
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from minmax.files.contents import Contents, Labels, Pair, dense_payoffs, ordinals, own_players
from minmax.games.matrix import MatrixGame

# Deflate packs at most 1032 bytes into one, so a file that claims more than this is damaged.
PACKED = 1100
# A sparse file names no empty row, so a few bytes can ask for any size; the game has a label for each action.
LARGEST = 10_000_000
_NUMBERS = re.compile(rb"\s*+(?:[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?\s++)*+")


@contextmanager
def readable(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a damaged file makes the readers raise into one sentence, and drop their warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    # Readers of damaged bytes raise nearly everything: zlib.error, KeyError, SyntaxError, MemoryError, ...
    except Exception as error:
        said = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise ValueError(f"{path}: expected {kind}, found a damaged or different file ({said}).") from None


def numeric(path: Path, array: Any) -> Any:
    """Return an array that is a matrix of real numbers."""
    if array.ndim != 2:
        raise ValueError(f"{path}: expected an array of 2 dimensions, found {array.ndim}.")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{path}: expected real numbers, found entries of type {array.dtype}.")
    if sum(array.shape) > LARGEST:
        raise ValueError(f"{path}: expected at most {LARGEST} actions in all, found shape {array.shape}.")
    return array


def check_header(stream: IO[bytes], size: int) -> None:
    """Refuse the header of an array of objects, or of an array that does not fill `size` bytes."""
    version = np.lib.format.read_magic(stream)
    headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    # Version 3.0 is for names of fields outside ASCII; a matrix has no fields.
    if version not in headers:
        raise ValueError(f"version {version} of the format")
    shape, _, dtype = headers[version](stream)
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    needed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or needed != size - stream.tell():
        raise ValueError(f"its header says {needed} bytes of numbers, there are {size - stream.tell()}")


def read_npy(path: Path) -> Contents:
    """Read a dense array."""
    with readable(path, "a numpy array (.npy)"), path.open("rb") as stream:
        check_header(stream, path.stat().st_size)
        stream.seek(0)
        array = np.lib.format.read_array(stream, allow_pickle=False)
    return Contents(numeric(path, array))


def read_npz(path: Path) -> Contents:
    """Read our own archive, one of scipy.sparse.save_npz, or one with a single matrix."""
    with readable(path, "an archive of numpy arrays (.npz)"):
        check_archive(path)
        with np.load(path, allow_pickle=False) as archive:
            held = dict(archive)
        sparse = sparse_array(path) if {"format", "shape", "data"} <= held.keys() else None
    payoffs = numeric(path, only_matrix(path, held) if sparse is None else sparse)
    players = words(path, held, "players")
    name = held.get("name", np.array(""))
    return Contents(
        payoffs,
        None,
        actions(path, held, payoffs.shape),
        (players[0], players[1]) if players and len(players) == 2 else None,
        str(name) if name.ndim == 0 and name.dtype.kind == "U" else "",
    )


def check_archive(path: Path) -> None:
    """Check the headers of all members before any of them is read."""
    room = PACKED * path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.file_size > room:
                raise ValueError(f"{member.filename} claims {member.file_size} bytes")
            with archive.open(member) as stream:
                check_header(stream, member.file_size)


def sparse_array(path: Path) -> Any:
    """Read what scipy.sparse.save_npz wrote, and check that its indices are within its shape."""
    import scipy.sparse as sp

    array = sp.load_npz(path)
    if array.format in ("csr", "csc", "bsr"):
        array.check_format(full_check=True)
    if max(array.shape) > LARGEST:
        raise ValueError(f"its shape is {array.shape}")
    array = sp.csr_array(array)
    array.sum_duplicates()
    return array


def only_matrix(path: Path, held: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the array called payoffs, or the only matrix there is."""
    if "payoffs" in held:
        return held["payoffs"]
    matrices = [array for array in held.values() if array.ndim == 2]
    if len(matrices) != 1:
        names = ", ".join(sorted(held)) or "nothing"
        raise ValueError(f"{path}: expected an array called payoffs or one matrix, found {names[:200]!r}.")
    return matrices[0]


def words(path: Path, held: Mapping[str, np.ndarray], key: str) -> tuple[str, ...] | None:
    """Return a list of texts from an archive; None where it has none of that name."""
    if key not in held:
        return None
    array = held[key]
    if array.ndim != 1 or array.dtype.kind != "U":
        raise ValueError(
            f"{path}: expected {key} to be a list of texts, found {array.dtype}, shape {array.shape}."
        )
    return tuple(array.tolist())


def actions(path: Path, held: Mapping[str, np.ndarray], shape: tuple[int, int]) -> Labels | None:
    """Return the labels of both players; numbers from 1 for one who has none."""
    found = [words(path, held, key) for key in ("row_actions", "column_actions")]
    if found == [None, None]:
        return None
    rows, columns = (ordinals(size) if labels is None else labels for labels, size in zip(found, shape))
    return rows, columns


def read_mtx(path: Path) -> Contents:
    """Read a MatrixMarket file: sparse where it lists coordinates, dense where it lists an array."""
    from scipy.io import mminfo, mmread

    with readable(path, "a MatrixMarket file (.mtx)"):
        # Bytes, not the file: an error inside a stream that C++ reads from ends the process.
        data = path.read_bytes()
        if packed(path):
            data = gzip.decompress(data)
        check_claims(data, *mminfo(io.BytesIO(data)))
        array = mmread(io.BytesIO(data), spmatrix=False)
    return Contents(numeric(path, array))


def packed(path: Path) -> bool:
    """Whether a file is compressed, by its name."""
    return path.name.lower().endswith(".gz")


def check_claims(data: bytes, n: int, m: int, entries: int, form: str, field: str, symmetry: str) -> None:
    """Refuse a header that does not fit the body, before room is made for it, and what is no number."""
    if symmetry != "general" and n != m:
        raise ValueError(f"it is {n} x {m} and {symmetry}")
    if field == "complex":
        raise ValueError("its numbers are complex")
    if n + m > LARGEST:
        raise ValueError(f"it is {n} x {m}")
    if form == "array":
        whole = {"general": n * m, "skew-symmetric": n * (n - 1) // 2}
        entries = whole.get(symmetry, n * (n + 1) // 2)
    each = 1 if form == "array" else 2 if field == "pattern" else 3
    body = body_of(data)
    # scipy reads 1/3, 1,3 and 1D3 as 1 and goes on.
    if not _NUMBERS.fullmatch(body + b"\n") or len(body.split()) != each * entries:
        raise ValueError(f"its header asks for {each * entries} finite numbers; its body is something else")


def body_of(data: bytes) -> bytes:
    """Return what stands below the line of sizes."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        line, start = data[start:end].strip(), end
        if line and not line.startswith(b"%"):
            break
    return data[start:]


def write_npy(game: MatrixGame, path: Path) -> None:
    """Write a dense array."""
    payoffs = game.payoffs()
    array = payoffs if isinstance(payoffs, np.ndarray) else dense_payoffs(game, path)
    with path.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)


def write_npz(game: MatrixGame, path: Path) -> None:
    """Write the payoffs, dense or as scipy.sparse.save_npz does, and beside them what the game is called."""
    payoffs = game.payoffs()
    with path.open("wb") as stream:
        if isinstance(payoffs, np.ndarray):
            np.savez(stream, payoffs=payoffs)
        else:
            from scipy.sparse import save_npz

            save_npz(stream, payoffs)
    with zipfile.ZipFile(path, "a") as archive:
        for key, texts in texts_of(game).items():
            with archive.open(f"{key}.npy", "w") as member:
                np.lib.format.write_array(member, np.array(texts, dtype=np.str_), allow_pickle=False)


def texts_of(game: MatrixGame) -> dict[str, str | tuple[str, ...] | Pair]:
    """Return the labels, the players and the name, where the game has its own."""
    rows, columns = game.actions if game.labelled else (None, None)
    texts = {
        "row_actions": rows,
        "column_actions": columns,
        "players": own_players(game),
        "name": game.name or None,
    }
    return {key: value for key, value in texts.items() if value is not None}


def write_mtx(game: MatrixGame, path: Path) -> None:
    """Write a MatrixMarket file: coordinates of a sparse game, an array of a dense one."""
    from scipy.io import mmwrite

    stream = io.BytesIO()
    mmwrite(stream, game.payoffs(), symmetry="general")
    data = stream.getvalue()
    # No time inside, so that the same game gives the same bytes.
    path.write_bytes(gzip.compress(data, mtime=0) if packed(path) else data)
