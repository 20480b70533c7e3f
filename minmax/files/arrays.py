"""Arrays of payoffs in numpy's binary files (`.npy`, `.npz`), dense or sparse.

`.npy` holds the numbers alone: labels, players and the name of the game are lost there.
"""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from minmax.files.contents import LARGEST, Contents, Pair, dense_payoffs, own_players
from minmax.games.matrix import MatrixGame

# Deflate packs at most 1032 bytes into one, so a file that claims more than this is damaged.
PACKED = 1100


class ObjectsFoundError(ValueError):
    """An array of Python objects, which only code in the file could make."""


@contextmanager
def readable(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a damaged file makes the readers raise into one sentence, and drop their warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ObjectsFoundError:
        raise ValueError(
            f"{path}: expected numbers; arrays of Python objects are not read: save array.astype(float)."
        ) from None
    # Readers of damaged bytes raise nearly everything: zlib.error, KeyError, SyntaxError, MemoryError, ...
    except Exception as error:
        said = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise ValueError(f"{path}: expected {kind}, found a damaged or different file ({said}).") from None


def check_header(stream: IO[bytes], size: int) -> None:
    """Refuse the header of an array that does not fill `size` bytes, before room is made for it."""
    version = np.lib.format.read_magic(stream)
    headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    # Version 3.0 is for names of fields outside ASCII; a matrix has no fields.
    if version not in headers:
        raise ValueError(f"version {version} of the format")
    shape, _, dtype = headers[version](stream)
    if dtype.hasobject:
        raise ObjectsFoundError
    needed = math.prod(shape) * dtype.itemsize
    if needed != size - stream.tell():
        raise ValueError(f"its header says {needed} bytes of numbers, there are {size - stream.tell()}")


def read_npy(path: Path) -> Contents:
    """Read a dense array."""
    with readable(path, "a numpy array (.npy)"), path.open("rb") as stream:
        check_header(stream, path.stat().st_size)
        stream.seek(0)
        array = np.lib.format.read_array(stream, allow_pickle=False)
    return Contents(array)


def read_npz(path: Path) -> Contents:
    """Read our own archive, one of scipy.sparse.save_npz, or one with a single matrix."""
    with readable(path, "an archive of numpy arrays (.npz)"):
        check_archive(path)
        with np.load(path, allow_pickle=False) as archive:
            held = dict(archive)
        sparse = sparse_array(path) if {"format", "shape", "data"} <= held.keys() else None
    rows, columns, players = (words(path, held, key) for key in ("row_actions", "column_actions", "players"))
    name = held.get("name", np.array(""))
    return Contents(
        only_matrix(path, held) if sparse is None else sparse,
        None,
        None if rows is None and columns is None else (rows, columns),
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
    if sum(array.shape) > LARGEST:
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
        raise ValueError(f"{path}: expected {key} to be a list of texts, found {array.dtype}, shape {array.shape}.")
    return tuple(array.tolist())


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
