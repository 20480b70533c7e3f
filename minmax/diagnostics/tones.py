"""A turn that noise hides: the one frequency that stands out of the spectrum, however far apart samples are."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from minmax.diagnostics.rates import line

__all__ = ["Tone", "tone_of"]

FINE = 2  # frequencies looked at, for each that the length of the run tells apart
LONGEST = 2_000_000  # steps, in memory and time of a transform
TURNS = 3.0  # least turns of a tone
FLAT = 1e-3  # ratio of the axes of an ellipse below which it is a line
MANY, PARTS, FEWER = 96, 8, 6  # samples from which on the run is compared in so many parts, else in fewer
PER_PART = 5  # samples in a part
WALKED, SLOPED = math.sqrt(15.0), math.sqrt(18.0)  # how far a random walk goes, and slopes, over what a line leaves
GROWN = 20.0  # logarithm of a change of size that noise does not hide
SHARE = 0.6  # of the variance that a tone explains, part by part
STEADY, NOISIEST = 0.06, 0.16  # spread of the sizes of the parts, or what noise makes of it up to the second
TOGETHER = 0.6  # radians that the phase may stray by from part to part


class Tone(NamedTuple):
    """A turn at a steady pace, in the mean over noise.

    Attributes
    ----------
    angle : of a step, with its sense.
    growth, error : of the logarithm of the size in a step; the error is that of a random walk.
    spread : of the pace from part to part, over the pace.
    walk : of that logarithm, were it a random walk.
    noise : root mean square of the rest over that of the turn.
    """

    angle: float
    growth: float
    error: float
    spread: float
    walk: float
    noise: float


def tone_of(t: np.ndarray, p: np.ndarray) -> Tone | None:
    """Return the turn that some samples in the plane are of, but for noise; None where they are of none.

    The frequency of the largest power is fitted to the samples of each part of the run.  A turn that noise keeps up,
    and a random walk, stand out of the spectrum too, but their sizes differ from part to part.

    Parameters
    ----------
    t : (K,) steps of the samples, whole numbers, increasing.
    p : (K, 2) samples.

    Source
    ------
    J. Scargle, Studies in astronomical time series analysis II, 1982.
    """
    t = t - t[0]
    span = float(t[-1]) + 1.0
    if not span <= LONGEST:
        return None
    left, sizes, _ = np.linalg.svd(p - p.mean(axis=0), full_matrices=False)
    axes = left * (sizes if sizes[1] <= FLAT * sizes[0] else sizes[0])
    w = axes[:, 0] + 1j * axes[:, 1]
    total = float((np.abs(w) ** 2).sum())
    pace = loudest(t, w, span)
    if pace is None or not total > 0.0:
        return None
    count = PARTS if len(t) >= MANY else FEWER
    part = np.minimum((t * count / span).astype(int), count - 1)
    if np.bincount(part, minlength=count).min() < PER_PART:
        return None
    t = t - span / 2.0
    growth, middles = 0.0, np.array([t[part == k].mean() for k in range(count)])
    for mend in (True, True, False):  # frequency and growth, by what the phases and sizes of the parts drift
        size = np.exp(growth * t)
        waves = np.stack([size * np.exp(1j * pace * t), size * np.exp(-1j * pace * t)], axis=1)
        whole = np.linalg.lstsq(waves, w, rcond=None)[0]
        forth, back = (waves * whole).T
        turned = np.stack([forth + back, 1j * (forth - back)], axis=1)  # the turn, and a quarter of one ahead of it
        fits = np.array([fitted(turned[part == k], w[part == k]) for k in range(count)])
        phases, logs = np.unwrap(np.arctan2(fits[:, 1], fits[:, 0])), np.log(np.maximum(np.hypot(*fits.T), 1e-300))
        squares, drift, _ = line(middles, phases)
        scatter, grows, _ = line(middles, logs)
        if mend:
            pace, growth = pace + drift, growth + grows
        if not abs(growth) * span < GROWN:
            return None
    rest = float((np.abs(w - (turned * fits[part]).sum(axis=1)) ** 2).sum()) * len(t) / (len(t) - count)
    signal = max(total - rest, 1e-300 * total)
    noisy, uneven, straying = math.sqrt(rest / signal), math.sqrt(scatter / count), math.sqrt(squares / count)
    from_noise = noisy * math.sqrt(2.0 * count / len(t))  # twice what the sizes of the parts would differ by
    if signal < SHARE * total or straying > TOGETHER or uneven > max(STEADY, min(from_noise, NOISIEST)):
        return None
    sense = 1.0 if abs(whole[0]) >= abs(whole[1]) else -1.0
    return Tone(sense * pace, growth, SLOPED * uneven / span, straying * count / (span * pace), WALKED * uneven, noisy)


def fitted(columns: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return the real numbers by which complex columns come nearest to w."""
    known, wanted = (np.concatenate([a.real, a.imag]) for a in (columns, w))
    return np.asarray(np.linalg.lstsq(known, wanted, rcond=None)[0])


def loudest(t: np.ndarray, w: np.ndarray, span: float) -> float | None:
    """Return the frequency of the largest power, of either sense, that turns often enough; None where none can."""
    count = 1 << int(FINE * span).bit_length()
    placed = np.zeros(count, dtype=np.complex128)
    placed[t.astype(int)] = w
    power = np.abs(np.fft.fft(placed)) ** 2
    half = count // 2
    both = power[1:half] + power[: count - half : -1]
    least = math.ceil(TURNS * count / span)
    if least >= half:
        return None
    return 2.0 * math.pi * (least + int(both[least - 1 :].argmax())) / count
