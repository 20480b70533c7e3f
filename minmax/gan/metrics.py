"""How far samples are from data: coverage of modes, distances of distributions, tests that say whether they differ.

All take arrays or tensors, one sample a row (further dimensions are flattened), and compute in float64 on the CPU.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax import _check

__all__ = [
    "Coverage",
    "Neighbours",
    "Significance",
    "frechet",
    "kernel_distance",
    "memorised",
    "mmd",
    "modes",
    "neighbours",
    "same_distribution",
    "sliced_wasserstein",
]

WITHIN = 3.0  # standard deviations of a mode within which a sample is of high quality
LEAST = 20  # samples of high quality that a mode counts with


class Coverage(NamedTuple):
    """What samples cover of a mixture.

    Attributes
    ----------
    modes : with at least 20 samples of high quality, which are within three standard deviations of their centre.
    of : modes of the mixture.
    high_quality : share of samples that are.
    kl : divergence of these samples' modes from the mixture's, `KL(samples || mixture)`: 0 where all are as frequent.
    """

    modes: int
    of: int
    high_quality: float
    kl: float

    def __str__(self) -> str:
        return f"{self.modes}/{self.of} modes, {100 * self.high_quality:.1f} % high quality, KL {self.kl:.3f}"


def modes(samples: Any, mixture: Any) -> Coverage:
    """Return how samples cover a mixture: the measure of PacGAN's table 1, but for modes that count from 20 samples on.

    Parameters
    ----------
    samples : (n, d); papers take 2500.
    mixture : a `Mixture`.

    Source
    ------
    Z. Lin, A. Khetan, G. Fanti and S. Oh, PacGAN: the power of two samples in generative adversarial networks, 2018,
    arXiv 1712.04086.
    """
    return coverage_of(*fine_counts(samples, mixture))


def coverage_of(counts: np.ndarray, of: int) -> Coverage:
    """Return the coverage by so many samples of high quality in each mode, of so many in all."""
    kl = divergence(counts / counts.sum(), np.full(len(counts), 1.0 / len(counts))) if counts.any() else math.inf
    return Coverage(int((counts >= LEAST).sum()), len(counts), float(counts.sum() / of), kl)


def divergence(share: np.ndarray, of: np.ndarray) -> float:
    """Return `KL(share || of)` of two distributions on the same few things; infinite where the second lacks one."""
    drawn = share > 0.0
    with np.errstate(divide="ignore"):
        return float((share[drawn] * np.log(share[drawn] / of[drawn])).sum())


def fine_counts(samples: Any, mixture: Any) -> tuple[np.ndarray, int]:
    """Return how many samples of high quality each mode has, and how many samples there are."""
    from scipy.spatial import cKDTree

    x, centres = flat("samples", samples), flat("centres", mixture.centres)
    if x.shape[1] != centres.shape[1]:
        raise ValueError(f"`samples` have {x.shape[1]} numbers each, the mixture's {centres.shape[1]}.")
    distance, nearest = cKDTree(centres).query(x)
    return np.bincount(nearest[distance <= WITHIN * mixture.std], minlength=len(centres)), len(x)


def sliced_wasserstein(samples: Any, data: Any, *, projections: int = 256, seed: int = 0) -> float:
    """Return the sliced Wasserstein distance of order two: the root mean square over directions of that on lines.

    Parameters
    ----------
    samples, data : any number of rows each.
    projections : directions drawn.
    seed : of them.

    Source
    ------
    J. Rabin, G. Peyre, J. Delon and M. Bernot, Wasserstein barycenter and its application to texture mixing, 2011.
    """
    x, y = pair(samples, data)
    directions = np.random.default_rng(seed).normal(size=(x.shape[1], _check.whole("projections", projections, 1)))
    directions /= np.linalg.norm(directions, axis=0)
    a, b = np.sort(x @ directions, axis=0), np.sort(y @ directions, axis=0)
    # Both quantile functions are steps; between two places where either jumps their difference is constant.
    places = np.union1d(np.arange(1, len(a) + 1) / len(a), np.arange(1, len(b) + 1) / len(b))
    middle = places - 0.5 * np.diff(places, prepend=0.0)
    gaps = (
        a[np.minimum((middle * len(a)).astype(int), len(a) - 1)]
        - b[np.minimum((middle * len(b)).astype(int), len(b) - 1)]
    )
    return math.sqrt(float((np.diff(places, prepend=0.0) @ gaps**2).mean()))


def mmd(samples: Any, data: Any, *, width: float | None = None) -> float:
    """Return the squared maximum mean discrepancy, unbiased (it may be negative), with the kernel of a Gaussian.

    Parameters
    ----------
    samples, data : at least two rows each.
    width : standard deviation of the kernel, the median distance between rows of both where None.

    Source
    ------
    A. Gretton, K. Borgwardt, M. Rasch, B. Schoelkopf and A. Smola, A kernel two-sample test, 2012.
    """
    x, y = pair(samples, data)
    kernel = gaussian_kernel(np.concatenate([x, y]), width)
    return discrepancy(kernel, np.arange(len(x)), np.arange(len(x), len(kernel)))


class Significance(NamedTuple):
    """What a test says.

    Attributes
    ----------
    statistic : what was measured.
    p : chance of as much under the hypothesis, that both distributions are the same.
    """

    statistic: float
    p: float


def same_distribution(
    samples: Any, data: Any, *, width: float | None = None, permutations: int = 500, seed: int = 0
) -> Significance:
    """Test whether samples and data have one distribution: `mmd` against its values where labels are shuffled.

    The p-value is exact: of all seeds a share of at most p have it that small where the distributions agree.

    Parameters
    ----------
    samples, data : at least two rows each; a thousand of each take seconds.
    width : as in `mmd`.
    permutations : shuffles; p is at least one over one more.
    seed : of them.

    Source
    ------
    A. Gretton et al., 2012.
    """
    x, y = pair(samples, data)
    kernel, rng = gaussian_kernel(np.concatenate([x, y]), width), np.random.default_rng(seed)
    found = discrepancy(kernel, np.arange(len(x)), np.arange(len(x), len(kernel)))
    as_much = 1
    for _ in range(_check.whole("permutations", permutations, 1)):
        order = rng.permutation(len(kernel))
        as_much += discrepancy(kernel, order[: len(x)], order[len(x) :]) >= found
    return Significance(found, as_much / (permutations + 1))


def frechet(samples: Any, data: Any) -> float:
    """Return the squared Frechet distance of the Gaussians with the same means and covariances.

    Of features of a network of your own it tells samples from data; it is not the FID, whose network is Inception.

    Source
    ------
    D. Dowson and B. Landau, The Frechet distance between multivariate normal distributions, 1982.
    """
    x, y = pair(samples, data)
    (m, c), (n, d) = ((p.mean(axis=0), np.cov(p, rowvar=False).reshape(p.shape[1], -1)) for p in (x, y))
    values, vectors = np.linalg.eigh(c)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    cross = np.linalg.eigvalsh(root @ d @ root)
    return float(((m - n) ** 2).sum() + np.trace(c) + np.trace(d) - 2.0 * np.sqrt(np.maximum(cross, 0.0)).sum())


def kernel_distance(samples: Any, data: Any) -> float:
    """Return the unbiased squared discrepancy with the kernel `(1 + x.y / d)^3`, of features of a network of your own.

    Source
    ------
    M. Binkowski, D. Sutherland, M. Arbel and A. Gretton, Demystifying MMD GANs, 2018, arXiv 1801.01401.
    """
    x, y = pair(samples, data)
    both = np.concatenate([x, y])
    kernel = (1.0 + both @ both.T / both.shape[1]) ** 3
    return discrepancy(kernel, np.arange(len(x)), np.arange(len(x), len(both)))


class Neighbours(NamedTuple):
    """What neighbours tell: quality of samples, and how much of the data they reach.

    Attributes
    ----------
    precision : share of samples inside a ball of a real one's k nearest neighbours.
    recall : share of real ones inside such a ball of a sample.
    density : of such balls a sample is in, over k; 1 for samples of the data's distribution.
    coverage : share of real ones whose ball holds a sample.
    """

    precision: float
    recall: float
    density: float
    coverage: float

    def __str__(self) -> str:
        return ", ".join(f"{name} {part:.3f}" for name, part in self._asdict().items())


def neighbours(samples: Any, data: Any, *, k: int = 5) -> Neighbours:
    """Return precision, recall, density and coverage by balls that reach to the k-th neighbour.

    Parameters
    ----------
    samples, data : more than k rows each.
    k : neighbours.

    Source
    ------
    T. Kynkaanniemi, T. Karras, S. Laine, J. Lehtinen and T. Aila, Improved precision and recall metric, 2019, arXiv
    1904.06991; M. Naeem, S. Oh, Y. Uh, Y. Choi and J. Yoo, Reliable fidelity and diversity metrics, 2020, arXiv
    2002.09797.
    """
    from scipy.spatial.distance import cdist

    x, y = pair(samples, data)
    _check.whole("k", k, 1)
    if min(len(x), len(y)) <= k:
        raise ValueError(f"`k` neighbours need more rows than {k}; got {len(x)} and {len(y)}.")
    of_x, of_y = (np.sort(cdist(p, p), axis=1)[:, k] for p in (x, y))
    across = cdist(x, y)
    inside = across <= of_y
    return Neighbours(
        float(inside.any(axis=1).mean()),
        float((across <= of_x[:, None]).any(axis=0).mean()),
        float(inside.sum(axis=1).mean() / k),
        float(inside.any(axis=0).mean()),
    )


def memorised(samples: Any, train: Any, held_out: Any) -> Significance:
    """Test whether samples lie nearer to the training data than other data of the same distribution does.

    The statistic is the share of pairs, of a sample and a held-out one, in which the sample is farther from its nearest
    training point: 1/2 where samples are as new as held-out data, 0 where they are copies.

    Parameters
    ----------
    samples : of the generator.
    train : what it was trained on.
    held_out : data it has not seen.

    Source
    ------
    C. Meehan, K. Chaudhuri and S. Dasgupta, A non-parametric test to detect data-copying in generative models, 2020,
    arXiv 2004.05675.
    """
    from scipy.spatial import cKDTree
    from scipy.stats import mannwhitneyu

    x, y = pair(samples, train)
    z, _ = pair(held_out, train)
    tree = cKDTree(y)
    near, fresh = tree.query(x)[0], tree.query(z)[0]
    found = mannwhitneyu(near, fresh, alternative="less")
    return Significance(float(found.statistic) / (len(near) * len(fresh)), float(found.pvalue))


def flat(name: str, values: Any) -> np.ndarray:
    """Return samples as rows of float64; bad ones are refused."""
    values = values.detach().cpu().double().numpy() if hasattr(values, "detach") else np.asarray(values, np.float64)
    if values.ndim < 2 or not values.shape[0] or not values[0].size:
        raise ValueError(f"`{name}` must be samples, one a row; got shape {values.shape}.")
    rows = np.ascontiguousarray(values.reshape(values.shape[0], -1))
    if not np.isfinite(rows).all():
        raise ValueError(f"`{name}` must be finite; {int((~np.isfinite(rows)).any(axis=1).sum())} rows are not.")
    return rows


def pair(samples: Any, data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return two sets of samples of one space, of at least two each."""
    x, y = flat("samples", samples), flat("data", data)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"`samples` and `data` must have as many numbers a row; got {x.shape[1]} and {y.shape[1]}.")
    if min(len(x), len(y)) < 2:
        raise ValueError(f"Two samples at least are needed of each; got {len(x)} and {len(y)}.")
    return x, y


def gaussian_kernel(rows: np.ndarray, width: float | None) -> np.ndarray:
    """Return the kernel between all rows."""
    from scipy.spatial.distance import pdist, squareform

    squares = pdist(rows, "sqeuclidean")
    if width is None:
        width = math.sqrt(float(np.median(squares))) or 1.0
    found: np.ndarray = np.exp(squareform(squares) / (-2.0 * _check.positive("width", width) ** 2))
    return found


def discrepancy(kernel: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """Return the unbiased squared discrepancy of two sets of rows of a kernel."""
    one, other = np.zeros((2, len(kernel)))
    one[a], other[b] = 1.0, 1.0
    by_one, by_other, own = kernel @ one, kernel @ other, kernel.diagonal()
    # Pairs of a row with itself are left out.
    inside = sum(
        (float(part @ by) - float(part @ own)) / (len(rows) * (len(rows) - 1))
        for rows, part, by in ((a, one, by_one), (b, other, by_other))
    )
    return inside - 2.0 * float(other @ by_one) / (len(a) * len(b))
