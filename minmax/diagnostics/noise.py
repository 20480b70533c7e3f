"""Is it noise: what neither nearby samples nor the next move have in common."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["damped", "lawless", "noise_share", "roughness"]

NEIGHBOURS = 6  # nearest samples that tell noise from law
DEGREES = (1, 3, 5)  # of the polynomials that a field in the plane is held against
CLEAN, WORSE = 1e-9, 1.3  # shares that a linear step leaves which are rounding, and times those of the best field
ALONE = 30.0  # times as far from the next as half of the samples are
CLOUD = 400  # samples among which neighbours are looked for
ROUNDING = 1e-28  # variance of moves of size one that is rounding


def roughness(first: np.ndarray, second: np.ndarray) -> float:
    """Return the share of the moves that changes from one to the next, in all or at most samples, whichever is less.

    Play that rests and jumps, as best responses do, changes much in all and nothing at most samples.
    """
    sizes, changes = (first**2).sum(1) + (second**2).sum(1), ((second - first) ** 2).sum(1)
    total = float(sizes.sum())
    if not total > 0.0:
        return 0.0
    each = np.divide(changes, sizes, out=np.zeros_like(changes), where=sizes > 0.0)
    return min(float(changes.sum()) / total, float(np.median(each)))


def lawless(p: np.ndarray, move: np.ndarray) -> float:
    """Return the share of the moves' variance that no polynomial of the place in the plane explains, degrees of freedom
    counted; one where samples are too few for any."""
    p = p - p.mean(0)
    scaled, moves = (a / max(float(np.abs(a).max()), 1e-300) for a in (p, move))
    total, least = float(((moves - moves.mean(0)) ** 2).sum()), 1.0
    for degree in DEGREES:
        powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
        if len(p) < 3 * len(powers) or not total > ROUNDING * len(p):
            break
        columns = np.column_stack([scaled[:, 0] ** i * scaled[:, 1] ** j for i, j in powers])
        left = moves - columns @ np.linalg.lstsq(columns, moves, rcond=None)[0]
        least = min(least, float((left**2).sum()) / total * len(p) / (len(p) - len(powers)))
    return least


def damped(p: np.ndarray, dp: np.ndarray, held: float) -> float:
    """Return by what part a step would shrink distances in the plane, were it not for noise.

    Zero where a linear step leaves more than other fields do, so that what it leaves is no noise.

    Parameters
    ----------
    p, dp : (K, 2) places and moves.
    held : share of the moves that the best field leaves.
    """
    columns = np.column_stack([p - p.mean(0), np.ones(len(p))])
    solved = np.linalg.lstsq(columns, dp, rcond=None)[0]
    left, total = float(((dp - columns @ solved) ** 2).sum()), float(((dp - dp.mean(0)) ** 2).sum())
    if not CLEAN * total < left <= WORSE * held * total:
        return 0.0
    return 1.0 - float(np.abs(np.linalg.eigvals(np.eye(2) + solved[:2].T)).max())


def noise_share(z: np.ndarray, move: np.ndarray) -> float:
    """Return the share of the moves' variance that is not a smooth function of where they are made: the Gamma test.

    Half the mean square difference between the moves of neighbours, against the square distance of the neighbours,
    extrapolated to distance zero.

    Source
    ------
    D. Evans and A. Jones, A proof of the Gamma test, 2002.
    """
    if len(z) > CLOUD:
        at = np.linspace(0, len(z) - 1, CLOUD).round().astype(int)
        z, move = z[at], move[at]
    if len(z) < 4 * NEIGHBOURS:
        return 0.0  # too few to have neighbours
    z = z - z.mean(0)
    reach, stride = float(np.abs(z).max()), float(np.abs(move).max())
    if not (reach > 0.0 and stride > 0.0):
        return 0.0
    z, move = z / reach, move / stride  # squares of what lies near the smallest numbers would vanish
    total = float(((move - move.mean(0)) ** 2).sum(1).mean())
    if not total > ROUNDING:
        return 0.0
    squares = (z**2).sum(1)
    far = np.maximum(squares[:, None] + squares[None, :] - 2.0 * z @ z.T, 0.0)
    np.fill_diagonal(far, math.inf)
    nearest = np.argpartition(far, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    near = np.sqrt(far.min(axis=1))
    together = near <= ALONE * float(np.median(near))
    if together.sum() < len(z) and together.sum() >= 4 * NEIGHBOURS:
        return noise_share(z[together], move[together])  # what has no neighbours says nothing of noise
    order = np.take_along_axis(far, nearest, 1).argsort(axis=1)
    nearest = np.take_along_axis(nearest, order, 1)
    distance = np.take_along_axis(far, nearest, 1).mean(0)
    apart = ((move[nearest] - move[:, None, :]) ** 2).sum(2).mean(0) / 2.0
    spread = distance - distance.mean()
    steep = float(spread @ apart) / max(float(spread @ spread), 1e-300)
    intercept = float(apart.mean()) - steep * float(distance.mean())
    return min(max(intercept, 0.0) / total, 1.0)
