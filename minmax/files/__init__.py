"""Read games from files and write them, whatever the format: the suffix decides.

A file holds what player 1 receives: player 1 plays the rows, is x, and wants those numbers large.
`loss=True` reads a file that holds what x loses instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from minmax import _check
from minmax.files import arrays, efg, market, nfg, tables
from minmax.files.contents import Contents, build
from minmax.games.extensive import ExtensiveFormGame
from minmax.games.matrix import MatrixGame

__all__ = ["read_game", "write_game"]


EXTENSIVE = ".efg"


class Format(NamedTuple):
    """How matrix games are read and written."""

    read: Callable[[Path], Contents]
    write: Callable[[MatrixGame, Path], None]


FORMATS = {
    ".nfg": Format(nfg.read, nfg.write),
    ".csv": Format(tables.read, tables.write),
    ".txt": Format(tables.read, tables.write),
    ".npy": Format(arrays.read_npy, arrays.write_npy),
    ".npz": Format(arrays.read_npz, arrays.write_npz),
    ".mtx": Format(market.read, market.write),
    ".mtx.gz": Format(market.read, market.write),
}


def format_of(path: Path) -> Format:
    """Return the reader and the writer of a file by its suffix, upper or lower case."""
    name = path.name.lower()
    for suffix, found in FORMATS.items():
        if name.endswith(suffix):
            return found
    raise ValueError(f"{path}: the suffix must be one of {', '.join(FORMATS)}, {EXTENSIVE}; got {path.suffix!r}.")


def extensive(path: Path) -> bool:
    """Whether a file holds a game on a tree, by its suffix, upper or lower case."""
    return path.name.lower().endswith(EXTENSIVE)


def read_game(path: str | os.PathLike[str], *, loss: bool = False) -> Any:
    """Read a two-player constant-sum game from a file.

    Parameters
    ----------
    path : str or path
        The suffix names the format: `.nfg` and `.efg` (Gambit's normal and extensive forms), `.csv` and `.txt` (a
        table, with or without labels), `.npy`, `.npz`, `.mtx` and `.mtx.gz` (MatrixMarket; sparse where the file is).
    loss : bool
        False where the file holds what player 1, the rows, receives; True where it holds what they lose (matrices).

    Returns
    -------
    MatrixGame or ExtensiveFormGame
        With the labels, players and name the file gives.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        Where the file is damaged, not of that format, or not a constant-sum game of two players.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "kicks.csv")
    >>> _ = path.write_text(",dive left,dive right\\nleft,0.6,0.9\\nright,0.9,0.7\\n")
    >>> game = read_game(path)
    >>> game.actions
    (('left', 'right'), ('dive left', 'dive right'))
    >>> write_game(game, path.with_suffix(".nfg"))
    >>> bool((read_game(path.with_suffix(".nfg")).payoffs() == game.payoffs()).all())
    True
    >>> folder.cleanup()
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file.")
    if path.is_dir():
        raise ValueError(f"{path}: expected a file, found a folder.")
    if extensive(path):
        if loss:
            raise ValueError(f"{path}: `loss` is for matrices; an extensive form says what each player receives.")
        return efg.read(path)
    return build(format_of(path).read(path), path, loss=loss)


def write_game(game: MatrixGame | ExtensiveFormGame, path: str | os.PathLike[str]) -> None:
    """Write what player 1 receives in a game; `read_game` gives the same numbers back, bit for bit.

    Games on trees are written to `.efg`: their rules are walked through, and probabilities of chance written as ratios.
    Of matrix games every format holds the payoffs. `.nfg`, `.csv`, `.txt` and `.npz` also hold the labels, the players
    and the name, `.nfg` alone the constant sum; `.npz` and `.mtx` keep a sparse game sparse.

    Parameters
    ----------
    game : MatrixGame or ExtensiveFormGame
        A matrix held as numbers, dense or sparse, not as an operator; or a game on a tree.
    path : str or path
        The suffix names the format, as in `read_game`; a file that is there is replaced.

    Raises
    ------
    FileNotFoundError
        Where the folder does not exist.
    TypeError
        Where the game is neither kind, or holds no numbers but an operator.
    ValueError
        Where the suffix is unknown, or the format cannot hold the game.
    """
    if not isinstance(game, (MatrixGame, ExtensiveFormGame)):
        raise TypeError(f"`game` must be a MatrixGame or an ExtensiveFormGame; got {type(game).__name__}.")
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path}: expected a file to write, found a folder.")
    on_tree = isinstance(game, ExtensiveFormGame)
    if on_tree != extensive(path):
        raise ValueError(f"{path}: games on trees are written to {EXTENSIVE}, and no others.")
    writer: Callable[[Any, Path], None] = efg.write if on_tree else format_of(path).write
    _check.in_folder(path)
    writer(game, path)
