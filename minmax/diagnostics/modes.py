"""Is a run one linear step over and over: its modes, from pairs of moves in a row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Modes", "modes_of"]

SOLID = 1e-7  # what the step may leave of the moves after, over their length
RANK = 1e-9  # singular values below this part of the largest are rounding
PER_MODE = 3  # samples that a mode needs
PRESENT = 1e-4  # part of the moves at the end that a mode must hold
END = 0.2  # part of the samples that are the end
TURNS = 1e-9  # radians of a step that are a rotation
EPS = float(np.finfo(np.float64).eps)
DIGITS = 1e6  # moves shorter than this many units of rounding of the place have too few digits


class Modes(NamedTuple):
    """Eigenvalues of the step that every move follows from the one before, those that are present at the end.

    Attributes
    ----------
    growth : of the logarithm of the size in a step, of the mode that grows most or shrinks least.
    angle : that the largest mode at the end turns by in a step; 0 for a real one, pi for a flip.
    """

    growth: float
    angle: float


def modes_of(z: np.ndarray, move: np.ndarray, after: np.ndarray) -> Modes | None:
    """Return the modes of a run whose moves are linear in the moves before to seven digits; else None.

    Moves, unlike places, know nothing of the fixed point, and pairs of them tell modes however far samples are apart.

    Parameters
    ----------
    z, move, after : (K, d) samples, the next move from each and the one after.

    Source
    ------
    P. Schmid, Dynamic mode decomposition of numerical and experimental data, 2010.
    """
    lengths = np.linalg.norm(move, axis=1)
    seen = lengths > DIGITS * EPS * max(float(np.abs(z).max()), 1e-300)
    if seen.sum() < 2 * PER_MODE:
        return None
    first, second = (a[seen] / lengths[seen, None] for a in (move, after))
    left, sizes, right = np.linalg.svd(first, full_matrices=False)
    rank = int((sizes > RANK * sizes[0]).sum())
    if PER_MODE * rank > len(first):
        return None
    basis = right[:rank]
    step = (left[:, :rank] / sizes[:rank]).T @ second  # second = first @ basis.T @ step
    if float(np.abs(second - first @ basis.T @ step).max()) > SOLID:
        return None
    values, vectors = np.linalg.eig(basis @ step.T)
    try:
        shares = np.abs(np.linalg.solve(vectors, basis @ first[-max(int(END * len(first)), PER_MODE) :].T)).max(axis=1)
    except np.linalg.LinAlgError:
        return None
    present = (shares > PRESENT * shares.max()) & (np.abs(values) > 0.0)
    if not present.any():
        return None
    held, largest = values[present], values[int(shares.argmax())]
    angle = abs(float(np.angle(largest)))
    return Modes(float(np.log(np.abs(held)).max()), angle if angle > TURNS else 0.0)
