"""The exponential cone `s exp(r / s) <= t, s > 0` with its closure: projection on it, and the derivative of that."""

from __future__ import annotations

import numpy as np

__all__ = ["exponential_projection", "exponential_slope"]

FAR = 300.0  # exponents beyond this, either way, are those of zero but for rounding
FACE = np.array([-1.0, 1.0, 1.0])  # signs of r, s and t where the exponential is zero
SWEEPS = 200  # Newton between bisections needs about ten; the bound only ends a loop on NaN


def exponential_projection(v: np.ndarray) -> np.ndarray:
    """Return the nearest point of the cone to each row `(r, s, t)`.

    On its curved side a point of the cone is `s (q, 1, exp(q))`; the ratio q is the root of one increasing function.

    Source
    ------
    H. Friberg, Projection onto the exponential cone: a univariate root-finding problem, 2021, theorem 3.
    """
    nearest = np.zeros_like(v)
    inside, polar, flat = regions(v)
    nearest[inside] = v[inside]
    nearest[flat] = np.maximum(v[flat] * FACE, 0.0) * FACE
    curved = ~(inside | polar | flat)
    if curved.any():
        q = ratio(*v[curved].T)
        shrink = np.exp(-np.maximum(q, 0.0))  # the ray (q, 1, exp(q)), of a length that can be squared
        ray = np.stack([q * shrink, shrink, np.exp(np.minimum(q, 0.0))], axis=-1)
        length = (v[curved] * ray).sum(-1) / (ray * ray).sum(-1)
        nearest[curved] = np.maximum(length, 0.0)[:, None] * ray
    return nearest


def exponential_slope(v: np.ndarray) -> np.ndarray:
    """Return a derivative of the projection at each row, (k, 3, 3)."""
    inside, polar, flat = regions(v)
    slopes = np.zeros((*v.shape, 3))
    slopes[inside] = np.eye(3)
    slopes[flat] = (v[flat] * FACE > 0.0)[:, :, None] * np.eye(3)
    curved = ~(inside | polar | flat)
    if curved.any():
        slopes[curved] = curved_slope(v[curved])
    return slopes


def curved_slope(v: np.ndarray) -> np.ndarray:
    """Return the derivative where the projection is on the curved side, from its conditions of optimality."""
    p = exponential_projection(v)
    s, q = np.maximum(p[:, 1], 1e-300), p[:, 0] / np.maximum(p[:, 1], 1e-300)
    grow, price = np.exp(q), np.maximum(p[:, 2] - v[:, 2], 0.0)
    along = np.stack([np.ones_like(q), -q, np.zeros_like(q)], axis=-1)
    bent = np.eye(3) + (price * grow / s)[:, None, None] * along[:, :, None] * along[:, None, :]
    normal = np.stack([grow, (1.0 - q) * grow, -np.ones_like(q)], axis=-1)[:, :, None]
    inverse = np.linalg.inv(bent)
    side = inverse @ normal
    return inverse - side @ side.transpose(0, 2, 1) / (normal.transpose(0, 2, 1) @ side)


def regions(v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which rows are in the cone, in its polar, and where it is `r <= 0, s >= 0, t >= 0` but for rounding."""
    r, s, t = v.T
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        inside = ((s > 0.0) & (s * np.exp(r / s) <= t)) | ((s == 0.0) & (r <= 0.0) & (t >= 0.0))
        polar = ((r > 0.0) & (r * np.exp(s / r - 1.0) <= -t)) | ((r == 0.0) & (s <= 0.0) & (t <= 0.0))
    flat = ((r <= 0.0) & (s <= 0.0)) | ((s > 0.0) & (r < -FAR * s)) | ((r > 0.0) & (s < -FAR * r))
    return inside, polar & ~inside, flat & ~inside & ~polar


def ratio(r: np.ndarray, s: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the root of Friberg's function: Newton's steps, halved into the bracket where they leave it."""
    low = np.where(r > 0.0, 1.0 - s / np.where(r > 0.0, r, 1.0), -FAR)
    high = np.where(s > 0.0, r / np.where(s > 0.0, s, 1.0), FAR)
    low, high = np.clip(low, -FAR, FAR), np.clip(high, -FAR, FAR)
    q = 0.5 * (low + high)
    for _ in range(SWEEPS):
        up, down = np.exp(q), np.exp(-q)
        value = ((q - 1.0) * r + s) * up - (r - q * s) * down - (q * (q - 1.0) + 1.0) * t
        rise = (q * r + s) * up + (r - (q - 1.0) * s) * down - (2.0 * q - 1.0) * t
        low, high = np.where(value < 0.0, q, low), np.where(value < 0.0, high, q)
        new = q - value / np.where(rise > 0.0, rise, np.inf)
        new = np.where((new > low) & (new < high), new, 0.5 * (low + high))
        if not (abs(new - q) > 1e-15 * (1.0 + abs(q))).any():
            break
        q = new
    return q
