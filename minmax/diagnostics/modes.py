"""Is a run one linear step over and over: its modes, from pairs of moves in a row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minmax.diagnostics.record import EPS

__all__ = ["Modes", "modes_of"]

SOLID, STRICT = 1e-7, 1e-10  # what the step may leave of the moves after, over their length, and with more to fit them
RANK = 1e-9  # singular values below this part of the largest are rounding
PER_MODE = 3  # samples that a mode needs
JUMP = 1e-3  # part of the longest move that is no rounding at a rest
HARMONICS, ALIKE = 12, 1e-7  # the slowest turn over the common one at most, and parts by which multiples may be off
PRESENT, WEAK = 1e-4, 0.05  # parts of the moves at the end that a mode must hold, and below which it must be known
END = 0.2  # part of the samples that are the end
EXACT, KNOWN, TIE = 1e-11, 1e-6, 10.0  # error of a growth at the least and at most, and times it of what is alike
TURNS = 1e-9  # radians of a step that are a rotation
DIGITS = 1e6  # moves shorter than this many units of rounding of the place have too few digits


Spectrum = tuple[np.ndarray, np.ndarray, np.ndarray]


class Modes(NamedTuple):
    """The mode that lasts, of those of the step that every move follows from the one before.

    Attributes
    ----------
    growth : of the logarithm of its size in a step, the largest there is; of several alike that of the largest mode.
    angle : that it turns by in a step; 0 for a real one, pi for a flip; of several that come round together, theirs.
    error : of the growth, from what the step leaves of the moves.
    drifts : whether a part of the moves stays as it is, so that the run leaves on a straight line.
    """

    growth: float
    angle: float
    error: float
    drifts: bool


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
    lengths = np.maximum(np.linalg.norm(move, axis=1), np.linalg.norm(after, axis=1))
    seen = lengths > DIGITS * EPS * max(float(np.abs(z).max()), 1e-300)
    still = int(np.argmin(lengths > 0.0)) if not lengths.all() else len(lengths)
    if seen.sum() < 2 * PER_MODE or (lengths[still:] > JUMP * lengths.max()).any():
        return None  # too few, or a run that rests and moves on, which no linear step does
    z, first, second, sizes = z[seen], move[seen], after[seen], lengths[seen, None]
    found = spectrum_of(first / sizes, second / sizes)
    if found is not None:
        return lasting(*found)
    # A drift beside turns that fill all coordinates is a constant that the step adds to a move.
    one = np.full((len(z), 1), float(np.median(sizes)))
    found = spectrum_of(np.hstack([first, one]) / sizes, np.hstack([second, one]) / sizes, STRICT)
    if found is not None:
        return lasting(*found)
    # What follows from the place and the move before, as with momentum or optimism; the constant is no mode of it.
    place = z - z.mean(axis=0)
    unit = float(np.median(sizes)) / max(float(np.median(np.linalg.norm(place, axis=1))), 1e-300)
    now, then = np.hstack([unit * place, first, one]), np.hstack([unit * (place + first), second, one])
    found = spectrum_of(now / sizes, then / sizes, STRICT)
    if found is None or len(found[0]) < 2:
        return None
    kept = np.arange(len(found[0])) != np.argmin(np.abs(found[0] - 1.0))
    return lasting(*(part[kept] for part in found))


def spectrum_of(first: np.ndarray, second: np.ndarray, within: float = SOLID) -> Spectrum | None:
    """Return the eigenvalues of the linear step from some rows to others, their shares at the end, and the errors of
    them; None where there is no such step."""
    left, sizes, right = np.linalg.svd(first, full_matrices=False)
    rank = int((sizes > RANK * sizes[0]).sum())
    if PER_MODE * rank > len(first):
        return None
    basis, sizes = right[:rank], sizes[:rank]
    step = (left[:, :rank] / sizes).T @ second  # second = first @ basis.T @ step
    beyond = second - second @ basis.T @ basis  # of where moves were seen to lead from
    left_over = float(max(np.abs(second - first @ basis.T @ step).max(), np.abs(beyond).max()))
    if left_over > within:
        return None
    values, vectors = np.linalg.eig(basis @ step.T)
    try:
        duals = np.linalg.inv(vectors)
    except np.linalg.LinAlgError:
        return None
    shares = np.abs(duals @ basis @ first[-max(int(END * len(first)), PER_MODE) :].T).max(axis=1)
    # To first order, from what is left over as if it were noise.
    errors = left_over * np.linalg.norm(duals, axis=1) * np.linalg.norm(vectors / sizes[:, None], axis=0)
    return values, shares, errors


def lasting(values: np.ndarray, shares: np.ndarray, errors: np.ndarray) -> Modes | None:
    """Return the mode that lasts of those that are present at the end; it is known as well as the least known one."""
    present = (shares > PRESENT * shares.max()) & (np.abs(values) > 0.0)
    present &= (errors < KNOWN) | (shares > WEAK * shares.max())
    if not present.any():
        return None
    values, shares, errors = values[present], shares[present], np.maximum(errors[present], EXACT)
    if not float(errors.max()) < KNOWN:
        errors = np.full(len(values), float(errors.max()))
    growths, angles = np.log(np.abs(values)), np.abs(np.angle(values))
    ties = growths > growths.max() - TIE * errors[growths.argmax()] - TIE * errors
    lead = int(np.argmax(np.where(ties, shares, 0.0)))
    drifts = bool(((angles <= TURNS) & (np.abs(growths) < TIE * errors) & (errors < KNOWN)).any())
    angle = float(angles[lead]) if angles[lead] > TURNS else 0.0
    together = angles[ties & (angles > TURNS)]
    if angle and together.size > 1:
        angle = common(together, float(errors[lead])) or angle
    return Modes(float(growths[lead]), angle, float(errors[lead]), drifts)


def common(angles: np.ndarray, error: float) -> float | None:
    """Return the largest angle that all are multiples of, in whose time they come round together; None where there is
    none."""
    for count in range(1, HARMONICS + 1):
        base = float(angles.min()) / count
        times = angles / base
        if (np.abs(times - np.round(times)) < max(TIE * error, ALIKE) * count * times).all():
            return base
    return None
