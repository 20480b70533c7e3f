"""Arrays in files that hold nothing else: `.npy`, and rows of numbers in `.csv` or `.txt`, `#` beginning a comment."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from minmax.files.arrays import read_npy
from minmax.files.text import finite, numbers, read_text

__all__ = ["SUFFIXES", "numbers_in", "read_array"]

SUFFIXES = (".npy", ".csv", ".txt")


def numbers_in(path: Path) -> list[list[float]]:
    """Return the rows of numbers in a text file, apart by commas, semicolons or spaces."""
    lines = (line.partition("#")[0].strip() for line in read_text(path).splitlines())
    try:
        rows = [cells(line) for line in lines if line]
        return [numbers(row) or [finite(word) for word in row] for row in rows]
    except ValueError as error:
        raise ValueError(f"{path}: {error}.") from None


def cells(line: str) -> list[str]:
    """Return the words of a line; what separates them may stand at its end as well."""
    apart = [mark for mark in ",;" if mark in line]
    if len(apart) == 2:
        raise ValueError(f"expected commas or semicolons between numbers, found both in {line[:40]!r}")
    return line.removesuffix(apart[0]).split(apart[0]) if apart else line.split()


def read_array(path: Path) -> np.ndarray:
    """Return the array in a file, of any shape where it is `.npy`."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    if path.suffix.lower() == ".npy":
        found = np.asarray(read_npy(path).first)
        if found.dtype.kind not in "biufc":
            raise ValueError(f"{path}: expected an array of numbers; found {found.dtype}.")
        if found.dtype in (np.longdouble, np.clongdouble):
            return found.astype(np.float64 if found.dtype == np.longdouble else np.complex128)
        return found.astype(found.dtype.newbyteorder("="), copy=False)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path}: arrays are read from {', '.join(SUFFIXES)}; got {path.suffix!r}.")
    rows = numbers_in(path)
    if not rows:
        raise ValueError(f"{path}: expected rows of numbers; it holds none.")
    if len({len(row) for row in rows}) != 1:
        raise ValueError(f"{path}: expected rows of one length.")
    return np.array(rows)
