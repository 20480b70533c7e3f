"""Do iterates go round, how often, and do they come back: functions of an orbit, one row a step."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax.diagnostics.planes import even_axes, lengths_of, orbit_of, seen_from, turning

__all__ = [
    "Section",
    "Spiral",
    "average_against_last",
    "best_response_cycle",
    "drift",
    "hamiltonian_trend",
    "limit_cycle",
    "path_efficiency",
    "poincare_section",
    "recurrence",
    "spiral",
    "winding_number",
]

TURNS = 2.0  # a trend over less than so many turns may be a part of one
STEADY = 2e-3  # growth of the radius in a turn that is none
WAVES = 4  # of the angle that the distances of a closed orbit are made of, about
LINEAR = 1e-12  # square of what a linear step may miss the next point by, over its size
CLOSED = 0.02  # spread of periods and crossings, over their size, of a closed orbit
CROSSINGS = 4  # a period needs so many


def winding_number(orbit: Any, centre: Any = None, plane: Any = None) -> float:
    """Return how many times an orbit goes round a centre, counter-clockwise counted as positive.

    Parameters
    ----------
    orbit, centre, plane : as for `turning`.

    Examples
    --------
    Gradient descent-ascent on `f = x y` turns by `atan(eta)` a step:

    >>> import numpy as np
    >>> path = (1 + 0.1j) ** np.arange(1001)
    >>> round(winding_number(path, centre=[0, 0]), 9)
    15.862758715
    """
    return float(turning(orbit, centre, plane).sum()) / (2.0 * math.pi)


class Spiral(NamedTuple):
    """Whether distances from a centre grow.

    Attributes
    ----------
    kind : "in", "centre", "out", or "undecided" where the orbit has not turned twice.
    slope : of the logarithm of the distance, per step.
    turns : turns it was fitted over.
    """

    kind: str
    slope: float
    turns: float


def spiral(orbit: Any, centre: Any = None, *, plane: Any = None, tol: float | None = None) -> Spiral:
    """Return whether an orbit spirals in, stays on a centre or spirals out, from `log |z_t - c|` against t.

    Parameters
    ----------
    orbit, centre, plane : as for `turning`; distances are those within the plane, on an
        ellipse of linear steps in the coordinates in which it is a circle.
    tol : slope up to which it is a centre; where None, what makes 0.2 % in a turn.

    Examples
    --------
    >>> import numpy as np
    >>> path = (1 + 0.1j) ** np.arange(1001)
    >>> spiral(path, [0, 0]).kind, round(float(spiral(path, [0, 0]).slope / np.log1p(0.01) * 2), 9)
    ('out', 1.0)
    """
    p = seen_from(orbit_of(orbit), centre, plane)
    p = p / (float(np.abs(p).max()) or 1.0)
    origin, own = np.zeros(2), np.eye(2)
    angle = np.concatenate([[0.0], np.cumsum(turning(p, origin, own))])
    turns = abs(float(angle[-1])) / (2.0 * math.pi)
    far = np.hypot(*(p @ conserved(p).T).T)
    seen = far > 0.0
    if turns < TURNS or seen.sum() < 4 * WAVES:
        return Spiral("undecided", math.nan, turns)
    # Distances of a closed orbit repeat each half turn or turn: what is left of that is no trend.
    t = np.arange(float(len(p)))[seen]
    waves = [f(k * angle[seen]) for k in range(1, WAVES + 1) for f in (np.cos, np.sin)]
    columns = np.column_stack([t - t.mean(), np.ones_like(t), *waves])
    slope = float(np.linalg.lstsq(columns, np.log(far[seen]), rcond=None)[0][0])
    limit = STEADY * turns / (len(p) - 1) if tol is None else tol
    kind = "centre" if abs(slope) <= limit else "in" if slope < 0.0 else "out"
    return Spiral(kind, slope, turns)


def conserved(p: np.ndarray) -> np.ndarray:
    """Return the matrix that makes circles of an orbit's ellipses, where its steps are linear; else the identity."""
    lengths = np.hypot(*p[:-1].T)
    seen = lengths > 0.0
    before, after = (q[seen] / lengths[seen, None] for q in (p[:-1], p[1:]))
    step, _, rank, _ = np.linalg.lstsq(before, after, rcond=None)
    left = after - before @ step
    return np.eye(2) if rank < 2 or float((left**2).max()) > LINEAR else even_axes(step.T)


def recurrence(orbit: Any, epsilon: float, *, least: int = 1) -> int | None:
    """Return the first step at which an orbit is back within epsilon of its start, after leaving twice that far.

    Parameters
    ----------
    orbit : (T, d) iterates.
    epsilon : positive distance.
    least : steps before which a return does not count.

    Returns
    -------
    int, or None where it never left or never came back.
    """
    z = orbit_of(orbit, least=2)
    if not epsilon > 0.0:
        raise ValueError(f"`epsilon` must be a positive distance; got {epsilon!r}.")
    far = lengths_of(z - z[0])
    left = np.cumsum(far > 2.0 * epsilon) > 0
    back = np.flatnonzero(left & (far <= epsilon) & (np.arange(len(z)) >= least))
    return int(back[0]) if back.size else None


def drift(values: Any) -> float:
    """Return how far a quantity that should be conserved goes from its first value, over that value.

    Parameters
    ----------
    values : (T,) the quantity along an orbit, such as `x^2 + y^2 - eta x y` of alternating play on `f = x y`.
    """
    held = orbit_of(values, least=2)
    if held.shape[1] != 1:
        raise ValueError(f"`values` must be one number a step; got shape {held.shape}.")
    q = held[:, 0]
    if q[0] == 0.0:
        raise ValueError("`values` must not begin at zero: a relative drift has no meaning there.")
    return float(np.abs(q - q[0]).max() / abs(q[0]))


def path_efficiency(orbit: Any) -> float:
    """Return the distance gained over the length of the way: 1 on a straight line, about eta / 2 on a spiral in.

    Parameters
    ----------
    orbit : (T, d) iterates.
    """
    z = orbit_of(orbit, least=2)
    length = float(lengths_of(np.diff(z, axis=0)).sum())
    return float(lengths_of(z[-1:] - z[0])[0]) / length if length > 0.0 else math.nan


def average_against_last(orbit: Any, saddle: Any) -> np.ndarray:
    """Return how far the running average is from a saddle, over how far the last iterate is, at every step.

    On `f = x y` gradient play's average of k iterates is exactly `|z_k - z_0| / (eta k)` from the saddle: it first
    falls, then grows as the iterates do.

    Parameters
    ----------
    orbit : (T, d) iterates.
    saddle : (d,) point.

    Returns
    -------
    (T - 1,) array
        At step k the mean of the k iterates before it, against iterate k.
    """
    z = orbit_of(orbit, least=2) - np.asarray(saddle, dtype=np.float64).ravel()
    means = np.cumsum(z, axis=0)[:-1] / np.arange(1.0, len(z))[:, None]
    last = lengths_of(z[1:])
    return np.divide(lengths_of(means), last, out=np.full(last.shape, math.inf), where=last > 0.0)


def hamiltonian_trend(operators: Any) -> float:
    """Return the factor by which `|F|^2 / 2` changes a step, in the geometric mean over an orbit.

    `1 + eta^2` for gradient play on `f = x y`, whatever the start.

    Parameters
    ----------
    operators : (T, d) values of the operator along an orbit.
    """
    sizes = lengths_of(orbit_of(operators, least=2))
    if not (sizes[0] > 0.0 and sizes[-1] > 0.0):
        raise ValueError("`operators` must not begin or end at zero, where no factor leads to or from.")
    return math.exp(2.0 * (math.log(sizes[-1]) - math.log(sizes[0])) / (len(sizes) - 1))


class Section(NamedTuple):
    """Where an orbit crosses a half-line from its centre, always in the same direction.

    Attributes
    ----------
    times : steps of the crossings, between iterates by a straight line.
    radii : distances from the centre there.
    period : mean number of steps between crossings; nan below two.
    spread : largest deviation of a period from their mean, over it.
    """

    times: np.ndarray
    radii: np.ndarray
    period: float
    spread: float


def poincare_section(orbit: Any, centre: Any = None, *, plane: Any = None) -> Section:
    """Return the crossings of the half-line from the centre through the first axis of the plane.

    Parameters
    ----------
    orbit, centre, plane : as for `turning`.
    """
    points = seen_from(orbit_of(orbit), centre, plane)
    p, q = points.T
    way = 1.0 if turning(points, np.zeros(2), np.eye(2)).sum() >= 0.0 else -1.0
    q = way * q
    at = np.flatnonzero((q[:-1] < 0.0) & (q[1:] >= 0.0))
    share = q[at] / (q[at] - q[at + 1])
    radii = p[at] + share * (p[at + 1] - p[at])
    ahead = radii > 0.0
    times, radii = (at + share)[ahead], radii[ahead]
    gaps = np.diff(times)
    period = float(gaps.mean()) if gaps.size else math.nan
    return Section(times, radii, period, float(np.abs(gaps - period).max() / period) if gaps.size else math.nan)


def limit_cycle(orbit: Any, other: Any = None, *, centre: Any = None, plane: Any = None, tol: float = CLOSED) -> bool:
    """Return whether an orbit has settled on a cycle, by its section: equal periods, equal crossings, twice or more.

    Conservative dynamics have a cycle through every start, and a limit cycle attracts: hand the orbit of another
    start to tell them apart.

    Parameters
    ----------
    orbit : (T, d) iterates, transient left out or not: the last half is looked at.
    other : an orbit of the same dynamics from elsewhere, which must then end at the same crossings.
    centre, plane : as for `turning`.
    tol : largest deviation of periods and of crossings, over their mean.
    """
    settled = [closed(part, centre, plane, tol) for part in (orbit, other) if part is not None]
    radii = [radius for radius in settled if radius is not None]
    return len(radii) == len(settled) and max(radii) - min(radii) <= tol * max(radii)


def closed(orbit: Any, centre: Any, plane: Any, tol: float) -> float | None:
    """Return the distance at which the last half of an orbit crosses its section each time; None where it varies."""
    z = orbit_of(orbit)
    found = poincare_section(z[len(z) // 2 :], centre, plane=plane)
    if len(found.times) < CROSSINGS or found.spread > tol:
        return None
    mean = float(found.radii.mean())
    return mean if float(np.abs(found.radii - mean).max()) <= tol * mean else None


def best_response_cycle(game: Any, start: tuple[int, int] = (0, 0)) -> list[tuple[int, int]]:
    """Return the pure profiles that best responses in turns run through for ever; a single one is a pure saddle.

    Ties keep the action played, else go to the lowest index.

    Parameters
    ----------
    game : MatrixGame.
    start : x's and y's first action; x moves first.

    Returns
    -------
    list of (i, j)
        One entry a move, moves that change nothing left out.

    Examples
    --------
    >>> from minmax import zoo
    >>> len(best_response_cycle(zoo.matching_pennies())), len(best_response_cycle(zoo.rock_paper_scissors()))
    (4, 6)
    """
    if not hasattr(game, "utility_x"):
        raise TypeError(f"`game` must be a MatrixGame; got {type(game).__name__}: wrap payoffs as MatrixGame(A).")
    n, m = game.shape
    i, j = start
    if not (0 <= i < n and 0 <= j < m):
        raise ValueError(f"`start` must be a pair of actions of a {n} x {m} game; got {start!r}.")
    x, y, ux, uy = np.zeros(n), np.zeros(m), np.empty(n), np.empty(m)
    seen: dict[tuple[int, int, int], int] = {}
    path: list[tuple[int, int]] = []
    while True:
        for mover in (0, 1):
            if (i, j, mover) in seen:
                return path[seen[i, j, mover] :] or [(i, j)]
            seen[i, j, mover] = len(path)
            before = (i, j)
            if mover == 0:
                y[:] = np.arange(m) == j
                game.utility_x(x, y, ux)
                i = i if ux[i] == ux.max() else int(ux.argmax())
            else:
                x[:] = np.arange(n) == i
                game.utility_y(x, y, uy)
                j = j if uy[j] == uy.max() else int(uy.argmax())
            if (i, j) != before:
                path.append((i, j))
