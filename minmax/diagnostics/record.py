"""What a diagnosis looks at: iterates at some steps, each with the two moves that followed, and merits where known.

A raw orbit has every step; a `Monitor` keeps a few hundred, at a stride that doubles as the run goes on, so that its
memory is constant.  The moves after an iterate tell how fast the orbit turns, and whether it is smooth, however far
apart the iterates are.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax import _check
from minmax.diagnostics.planes import lengths_of, orbit_of

__all__ = ["EPS", "Record", "Sketch", "average", "record_of", "record_of_merits", "unit_of"]

WIDE = 64  # coordinates up to which all are kept
SUMS = 32  # sums that stand for more of them, twice
EPS = float(np.finfo(np.float64).eps)
PLENTY = 20_000  # iterates of an orbit that are looked at; a longer one is thinned, moves and all


class Record(NamedTuple):
    """Samples of a run, in order.

    Attributes
    ----------
    t : (K,) steps of the samples, increasing.
    z : (K, d) iterates, or their sketches.
    move, after : (K, d) how the next step moved them, and the step after that.
    merit_t : (Q,) steps at which the merit was measured, increasing.
    merit : (Q,) gap, residual or distance from a saddle there; nan where it could not be.
    merit_average : (Q,) the same of the average iterate.
    kind : what the merit is, in words; empty where there is none.
    steps : steps of the whole run.
    exact : whether z is the iterates themselves rather than a sketch of them.
    start : (d,) third iterate; best responses are on their cycle only then.
    overflowed : the step at which the run left the finite numbers; -1 where it did not.
    rounding : unit of rounding of the numbers that the iterates were.
    """

    t: np.ndarray
    z: np.ndarray
    move: np.ndarray
    after: np.ndarray
    merit_t: np.ndarray
    merit: np.ndarray
    merit_average: np.ndarray
    kind: str
    steps: int
    exact: bool
    start: np.ndarray
    overflowed: int = -1
    rounding: float = EPS

    @property
    def measured(self) -> bool:
        """Whether the merit is known."""
        return bool(np.isfinite(self.merit).any())

    @property
    def late(self) -> slice:
        """The samples of the last half."""
        return slice(len(self.t) // 2, None)

    @property
    def weights(self) -> np.ndarray:
        """Steps that each sample stands for."""
        return np.diff(np.append(self.t, self.steps))

    @property
    def size(self) -> float:
        """Root mean square distance of the last half from its mean."""
        z = self.z[self.late]
        return float(np.sqrt(average(((z - z.mean(axis=0)) ** 2).sum(axis=1), self.weights[self.late])))

    def thinned(self, most: int) -> Record:
        """Return the record with at most so many samples, moves as they are."""
        if len(self.t) <= most:
            return self
        at = np.unique(np.linspace(0, len(self.t) - 1, most).round().astype(int))
        return self._replace(t=self.t[at], z=self.z[at], move=self.move[at], after=self.after[at])


def unit_of(dtype: np.dtype) -> float:
    """Return the unit of rounding of a kind of numbers; zero of whole ones."""
    return float(np.finfo(dtype).eps) if dtype.kind in "fc" else 0.0


def average(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return a weighted mean over the first axis."""
    return np.asarray(weights @ values / weights.sum())


class Sketch:
    """A fixed linear map to few numbers that keeps distances about: sums of coordinates with random signs, twice.

    Every coordinate goes to one sum of the first half, by its remainder, and to one of the second, by its block: two
    coordinates share both once in a thousand times, and nothing is gathered from all over the memory.

    Source
    ------
    M. Charikar, K. Chen and M. Farach-Colton, Finding frequent items in data streams, 2004.
    """

    def __init__(self, size: int, seed: int = 0) -> None:
        self.size, self.exact = size, size <= WIDE
        rng = np.random.default_rng(seed)
        self.whole = size // SUMS * SUMS
        self.signs = rng.choice(np.array([-1.0, 1.0]), (2, 0 if self.exact else size)) / math.sqrt(2.0)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Return the sketches of points, one a row."""
        if self.exact:
            return np.array(z, dtype=np.float64)
        first, second = self.signs
        whole, rest = z[:, : self.whole], z[:, self.whole :]
        by_remainder = np.einsum("kij,ij->kj", whole.reshape(len(z), -1, SUMS), first[: self.whole].reshape(-1, SUMS))
        by_block = np.einsum("kij,ij->ki", whole.reshape(len(z), SUMS, -1), second[: self.whole].reshape(SUMS, -1))
        by_remainder[:, : rest.shape[1]] += rest * first[self.whole :]
        by_block[:, : rest.shape[1]] += rest * second[self.whole :]
        return np.concatenate([by_remainder, by_block], axis=1)


def record_of_merits(t: Any, merit: Any, merit_average: Any, kind: str, steps: int, overflowed: int = -1) -> Record:
    """Return the record of a run whose iterates were not seen."""
    none = np.empty((0, 1))
    return Record(none[:, 0], none, none, none, t, merit, merit_average, kind, steps, True, none[0:0, 0], overflowed)


def record_of(orbit: Any, operators: Any = None, merit: Any = None, saddle: Any = None) -> Record:
    """Return the record of a raw orbit.

    Parameters
    ----------
    orbit : (T, d) iterates, one row a step.
    operators : (T, d) values of the operator at them, whose norms are the merit.
    merit : (T,) gaps or residuals at them.
    saddle : (d,) point the distance from which is the merit.
    """
    z = orbit_of(orbit)
    rounding = unit_of(np.asarray(orbit.detach().cpu() if hasattr(orbit, "detach") else orbit).dtype)
    given = [
        name for name, value in (("operators", operators), ("merit", merit), ("saddle", saddle)) if value is not None
    ]
    if len(given) > 1:
        raise ValueError(f"Of `operators`, `merit` and `saddle` one measures the run; got {' and '.join(given)}.")
    values, kind = np.full(len(z), math.nan), ""
    if operators is not None:
        held = orbit_of(operators, least=1, name="operators")
        if held.shape[1] != z.shape[1]:
            raise ValueError(f"`operators` must have {z.shape[1]} columns as the orbit; got {held.shape[1]}.")
        values, kind = lengths_of(held), "norm of the operator"
    elif merit is not None:
        values, kind = _check.real_array("merit", merit, 1).astype(np.float64), "merit"
        if np.isinf(values).any():
            raise ValueError("`merit` must be one number a step, none infinite; nan where it is not known.")
    elif saddle is not None:
        pair = isinstance(saddle, tuple) and len(saddle) == 2 and all(np.ndim(part) == 1 for part in saddle)
        point = _check.real_array("saddle", np.concatenate(saddle) if pair else saddle, 1).astype(np.float64)
        if point.size != z.shape[1] or not np.isfinite(point).all():
            raise ValueError(f"`saddle` must have {z.shape[1]} coordinates, all finite, as the orbit; got {saddle!r}.")
        values, kind = lengths_of(z - point), "distance from the saddle"
    if len(values) != len(z):
        raise ValueError(f"`{given[0]}` must have one row for each of {len(z)} iterates; got {len(values)}.")
    if (values < 0.0).any():
        raise ValueError(f"`{given[0]}` must not be negative; got {values.min():.3g}.")
    if not np.ptp(z, axis=0).any():
        raise ValueError("`orbit` must move; all its rows are the same: `classify` looks at a point that stays.")
    exact = z.shape[1] <= WIDE
    if not exact:
        sketch = Sketch(z.shape[1])
        z = sketch(z)
    t = np.arange(float(len(z)))
    nothing = np.full(len(z), math.nan)
    moves = np.diff(z, axis=0)
    record = Record(
        t[:-2], z[:-2], moves[:-1], moves[1:], t, values, nothing, kind, len(z) - 1, exact, z[2],
        rounding=max(rounding, EPS),
    )  # fmt: skip
    return record.thinned(PLENTY)
