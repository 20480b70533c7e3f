"""What the merit of a run did: how far it fell, whether it stayed there, and whether it came back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minmax.diagnostics.record import Record

__all__ = ["merits", "root_mean_square"]

HELD = 0.2  # last part of a run through which a small merit must have held
LAST, SEVERAL = 0.4, 4  # where the last part of merits begins, and how many tell its maximum
FELL = 0.1  # part of the first merit below which a merit has fallen and may come back


def merits(record: Record) -> dict[str, Any]:
    """Return what the merit did."""
    known = np.isfinite(record.merit)
    if not known.any():
        names = ("merit", "merit_top", "merit_least", "merit_held", "merit_trend", "merit_fall", "returned")
        return dict.fromkeys(names, math.nan) | {"merit_count": 0}
    t, m = record.merit_t[known], record.merit[known]
    end = float(t[-1])
    held, middle = m[t >= (1.0 - HELD) * end], m[(t >= 0.5 * (1.0 - HELD) * end) & (t <= 0.5 * (1.0 + HELD) * end)]
    least = np.minimum.accumulate(np.maximum(m, 1e-300))
    fell = least[:-1] <= FELL * m[0]
    return {
        "merit": float(m[-1]),
        "merit_top": float(m.max()),
        "merit_least": float(m.min()),
        "merit_held": float(held.max()),
        "merit_count": int(held.size),
        # Root mean squares of two stretches of one length: maxima of noise grow with the time they are taken over.
        "merit_trend": math.log(
            max(root_mean_square(held), 1e-300) / max(root_mean_square(middle if middle.size else m[:1]), 1e-300)
        ),
        "merit_fall": fall_of(m[t > LAST * end], m[(t > LAST**2 * end) & (t <= LAST * end)]),
        "returned": float((m[1:] / least[:-1])[fell].max(initial=1.0)),
    }


def fall_of(late: np.ndarray, before: np.ndarray) -> float:
    """Return the logarithm of a ratio of maxima; nan where either is of few values."""
    if min(late.size, before.size) < SEVERAL:
        return math.nan
    return math.log(max(float(late.max()), 1e-300) / max(float(before.max()), 1e-300))


def root_mean_square(values: np.ndarray) -> float:
    """Return the root mean square."""
    top = float(values.max())
    return top * math.sqrt(float(((values / top) ** 2).mean())) if top > 0.0 else 0.0
