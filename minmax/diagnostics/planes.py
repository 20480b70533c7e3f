"""Orbits, and the planes they are looked at in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["even_axes", "leading_plane", "lengths_of", "orbit_of", "seen_from", "singular_planes", "turning", "wrapped"]

SKETCH = 12  # directions that the leading plane is sought among
POWERS = 2  # passes that sharpen them
SMALL = 200  # coordinates up to which the plane is computed directly
RANK = 1e-12  # singular values below this part of the largest are rounding


def orbit_of(orbit: Any, least: int = 3, name: str = "orbit") -> np.ndarray:
    """Return an orbit checked: finite rows of numbers, at least so many; a complex one is a path in the plane.

    Parameters
    ----------
    orbit : (T, d) iterates, (T,) numbers, or a `Trajectory`, whose x and y are put side by side.
    least : rows needed.
    name : the argument, in errors.
    """
    if hasattr(orbit, "snapshots"):
        orbit = np.hstack([orbit.x, orbit.y]) if orbit.snapshots else np.empty((0, 1))
    if hasattr(orbit, "detach"):
        orbit = orbit.detach().cpu()
    try:
        held = np.asarray(orbit)
    except (ValueError, TypeError, RuntimeError):
        raise ValueError(f"`{name}` must be rows of one length, one row a step; the rows given differ.") from None
    held = held[:, None] if held.ndim == 1 else held
    if np.iscomplexobj(held) and held.ndim == 2:
        held = np.hstack([held.real, held.imag])
    if held.dtype.kind not in "fiu":
        got = f"{type(orbit).__name__} of {held.dtype}" if held.ndim else type(orbit).__name__
        raise TypeError(f"`{name}` must be an array of numbers, one row a step; got {got}.")
    if np.ma.is_masked(orbit):
        raise ValueError(f"`{name}` must have every entry; some are masked: pass the steps that are whole.")
    if held.ndim != 2 or held.shape[1] == 0:
        raise ValueError(f"`{name}` must have shape (T, d), one row a step; got {held.shape}.")
    if len(held) < least:
        raise ValueError(f"`{name}` must have at least {least} rows, one a step; got {len(held)}: record more steps.")
    if not np.isfinite(held).all():
        row = int(np.argmin(np.isfinite(held).all(axis=1)))
        raise ValueError(f"`{name}` must be finite; row {row} is not: pass the rows before it, it diverged there.")
    return held.astype(np.float64, copy=False)


def leading_plane(orbit: Any, centre: Any = None) -> tuple[np.ndarray, float]:
    """Return the plane that an orbit varies most in, as two orthonormal rows, and its share of the variance.

    Of many coordinates by randomised subspace iteration with a fixed seed: two passes over the orbit a power, so that
    a million are no obstacle.  One coordinate is put beside a zero.

    Parameters
    ----------
    orbit : (T, d) iterates.
    centre : (d,) point that distances are from; the mean where None.

    Source
    ------
    N. Halko, P. Martinsson and J. Tropp, Finding structure with randomness, 2011, algorithm 4.4.
    """
    z = orbit_of(orbit)
    if z.shape[1] == 1:
        return np.array([[1.0], [0.0]]), 1.0
    moved = z - (z.mean(axis=0) if centre is None else np.asarray(centre, dtype=np.float64))
    size = float(np.abs(moved).max())
    if size == 0.0 or z.shape[1] == 2:
        return np.eye(2, z.shape[1]), 1.0
    moved = moved / size
    if z.shape[1] <= SMALL:
        values, vectors = np.linalg.eigh(moved.T @ moved)
        plane, held = vectors[:, ::-1][:, :2].T, float(values[-2:].sum())
    else:
        basis = np.random.default_rng(0).standard_normal((SKETCH, z.shape[1]))
        for _ in range(POWERS):
            basis = np.linalg.qr(moved.T @ (moved @ basis.T))[0].T
        _, spread, right = np.linalg.svd(moved @ basis.T, full_matrices=False)
        plane, held = right[:2] @ basis, float((spread[:2] ** 2).sum())
    # A sign for every row: its largest entry is positive, so that two calls agree on what is clockwise.
    plane = plane * np.sign(plane[np.arange(2), np.abs(plane).argmax(axis=1)])[:, None]
    return plane, held / float((moved**2).sum())


def singular_planes(A: Any, count: int = 3) -> list[np.ndarray]:
    """Return the planes `(u_i'x, v_i'y)` of the leading singular pairs of a coupling: a bilinear game turns in each.

    Parameters
    ----------
    A : (n, m) coupling of `f = x'Ay`.
    count : pairs at most.

    Returns
    -------
    list of (2, n + m) arrays
        For `winding_number(orbit, plane=...)`, orbits being x and y side by side; counter-clockwise is the way
        gradient play turns.
    """
    U, values, Vt = np.linalg.svd(np.asarray(A, dtype=np.float64), full_matrices=False)
    n, m = U.shape[0], Vt.shape[1]
    planes = []
    for k in range(min(count, int((values > RANK * values.max(initial=0.0)).sum()))):
        plane = np.zeros((2, n + m))
        plane[0, :n], plane[1, n:] = U[:, k], Vt[k]
        planes.append(plane)
    return planes


def seen_from(z: np.ndarray, centre: Any, plane: Any) -> np.ndarray:
    """Return an orbit as seen from its centre, in the plane."""
    if z.shape[1] == 1 and plane is None:
        raise ValueError("`orbit` must have two coordinates at least to have a plane it turns in; got 1.")
    c = z[len(z) // 2 :].mean(axis=0) if centre is None else np.asarray(centre, dtype=np.float64).ravel()
    if c.shape != (z.shape[1],) or not np.isfinite(c).all():
        raise ValueError(f"`centre` must be {z.shape[1]} finite coordinates, as the orbit has; got {centre!r}.")
    rows = leading_plane(z, c)[0] if plane is None else np.asarray(plane, dtype=np.float64)
    if rows.shape != (2, z.shape[1]) or not np.isfinite(rows).all():
        raise ValueError(f"`plane` must be two finite rows of {z.shape[1]} coordinates; got shape {rows.shape}.")
    return (z - c) @ rows.T


def turning(orbit: Any, centre: Any = None, plane: Any = None) -> np.ndarray:
    """Return the angle turned at each step around a centre, in radians within (-pi, pi].

    Parameters
    ----------
    orbit : (T, d) iterates.
    centre : (d,) point; the mean of the last half where None.
    plane : (2, d) rows that span the plane looked at; x and y themselves in two dimensions, else the leading plane.
    """
    points = seen_from(orbit_of(orbit, least=2), centre, plane)
    angles = np.arctan2(points[:, 1], points[:, 0])
    return wrapped(np.diff(angles))


def wrapped(angles: np.ndarray) -> np.ndarray:
    """Return angles within (-pi, pi]."""
    return np.asarray(angles - 2.0 * math.pi * np.ceil((angles - math.pi) / (2.0 * math.pi)))


def even_axes(step: np.ndarray) -> np.ndarray:
    """Return the coordinates, of the same area, in which a linear map of the plane turns evenly; else the identity.

    A map with eigenvectors `a +- ib` turns and scales points in the coordinates of a and b.
    """
    values, vectors = np.linalg.eig(step)
    if not abs(values[0].imag) > 1e-9 * abs(values[0]):
        return np.eye(2)
    axes = np.column_stack([vectors[:, 0].real, vectors[:, 0].imag])
    return np.asarray(np.linalg.inv(axes / math.sqrt(abs(np.linalg.det(axes)))))


def lengths_of(rows: np.ndarray) -> np.ndarray:
    """Return the length of every row; squares of very large numbers would overflow."""
    top = float(np.abs(rows).max()) or 1.0
    return np.asarray(top * np.linalg.norm(rows / top, axis=1))
