"""Where the rows of a run go: a table that is always whole, TensorBoard where it is installed, a bar on a terminal."""

from __future__ import annotations

import csv
import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["bar", "board", "in_short", "replacing", "write_table"]

Row = Mapping[str, Any]


@contextmanager
def replacing(path: Path, mode: str, **options: Any) -> Iterator[Any]:
    """Yield a file that takes a place in one move when it is whole: who reads there finds the old one or the new."""
    beside = path.with_name(path.name + ".part")
    with open(beside, mode, **options) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def write_table(rows: Sequence[Row], path: Path) -> None:
    """Write rows as a table, in one move; columns that some of them lack stay empty there."""
    if not rows:
        return
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with replacing(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


@contextmanager
def board(folder: Path | None, step: int) -> Iterator[Any]:
    """Yield a function that shows a row in TensorBoard, or does nothing where that is not installed.

    Parameters
    ----------
    folder : of its files, in a folder of their own; nothing is written where None.
    step : the run goes on from; what an earlier one wrote of later steps is hidden.
    """
    if folder is None or importlib.util.find_spec("tensorboard") is None:
        yield lambda row: None
        return
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1) as writer:

        def show(row: Row) -> None:
            for name, value in row.items():
                if isinstance(value, (int, float)) and name != "step":
                    writer.add_scalar(name, value, row["step"])
            writer.add_text("verdict", str(row["verdict"]), row["step"])

        yield show


@contextmanager
def bar(shown: bool, done: int, steps: int) -> Iterator[Any]:
    """Yield a progress bar on a terminal, with `update(steps)` and `tell(row)`; it is silent where none is wanted.

    Parameters
    ----------
    shown : whether one is wanted.
    done : steps taken before.
    steps : of the whole run.
    """
    from tqdm import tqdm

    with tqdm(total=steps, initial=done, unit="step", disable=None if shown else True) as progress:
        yield progress


def in_short(row: Row) -> str:
    """Return a row for the end of a bar: losses, norms of gradients and the verdict.

    Examples
    --------
    >>> in_short({"step": 5, "seconds": 1.0, "verdict": "cycling", "loss G": 0.69314, "loss D": 12345.6})
    'loss G .693, loss D 1.23e+04, cycling'
    """
    shown = ((name, value) for name, value in row.items() if name.startswith(("loss", "gradient")))
    numbers = [f"{name} {brief(value)}" for name, value in shown if isinstance(value, (int, float))]
    return ", ".join([*numbers, str(row["verdict"])])


def brief(value: float) -> str:
    """Return a number in three digits, without a zero before its point."""
    return f"{value:.3g}".replace("0.", ".", 1) if abs(value) < 1.0 else f"{value:.3g}"
