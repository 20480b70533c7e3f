"""Sets as lists of parts, such as [("ball", 5, 1.0), ("simplex", 3)]: their projections, and the library's own."""

import numpy as np

import minmax as mm


def size(parts):
    """Return how many coordinates the parts have."""
    return sum(part[1] for part in parts)


def slices(parts):
    """Yield each part with its coordinates."""
    first = 0
    for part in parts:
        yield part, slice(first, first + part[1])
        first += part[1]


def project(parts, z):
    """Return the nearest point, part by part."""
    return np.concatenate([NEAREST[part[0]](z[own], *part[2:]) for part, own in slices(parts)])


def nearest_mixture(z):
    u = np.sort(z)[::-1]
    above = (np.cumsum(u) - 1) / np.arange(1, z.size + 1)
    return np.maximum(z - above[np.flatnonzero(u > above)[-1]], 0.0)


NEAREST = {
    "free": lambda z: z,
    "box": lambda z, low, high: np.clip(z, low, high),
    "ball": lambda z, radius: z * min(1.0, radius / max(np.linalg.norm(z), 1e-300)),
    "simplex": nearest_mixture,
}
DOMAINS = {
    "free": mm.Free,
    "box": lambda n, low, high: mm.Box(low, high, n=n),
    "ball": mm.Ball,
    "simplex": mm.Simplex,
}


def domain(parts):
    """Return the domain of the library."""
    own = [DOMAINS[kind](*numbers) for kind, *numbers in parts]
    return own[0] if len(own) == 1 else mm.Product(*own)
