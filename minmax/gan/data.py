"""Data to train on without a download: mixtures whose distribution is known, digits, and readers of files."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

__all__ = ["Mixture", "digits", "gaussian", "grid", "read_cifar10", "read_idx", "ring", "swiss_roll"]


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of equal Gaussians: its distribution is known, so that samples can be judged.

    Parameters
    ----------
    centres : (k, d) their means.
    std : standard deviation of each, in every direction.
    name : what it is called.

    Examples
    --------
    >>> import torch
    >>> mixture = ring(8)
    >>> mixture.sample(1000, torch.Generator().manual_seed(0)).shape
    torch.Size([1000, 2])
    """

    centres: Any
    std: float
    name: str = "mixture"

    def __post_init__(self) -> None:
        centres = torch.as_tensor(np.asarray(self.centres), dtype=torch.float32)
        if centres.dim() != 2 or not len(centres) or not centres.isfinite().all():
            raise ValueError(f"`centres` must be finite points, one a row; got shape {tuple(centres.shape)}.")
        if not (self.std > 0.0 and math.isfinite(self.std)):
            raise ValueError(f"`std` must be a positive number; got {self.std!r}.")
        object.__setattr__(self, "centres", centres)

    @property
    def dimensions(self) -> int:
        """Numbers of a sample."""
        return int(self.centres.shape[1])

    def standardised(self) -> Mixture:
        """Return the same mixture about zero, in units in which its coordinates have variance one on average.

        Penalties of recipes are weights of squared slopes, and mean the same in these units for all data.

        Examples
        --------
        >>> gan_ring = ring(8, radius=5.0).standardised()
        >>> round(float(gan_ring.centres.norm(dim=1)[0]), 4)
        1.4142
        """
        centres = self.centres - self.centres.mean(dim=0)
        unit = math.sqrt(float(centres.square().mean()) + self.std**2)
        return Mixture(centres / unit, self.std / unit, self.name)

    def sample(self, n: int, generator: Any = None) -> Any:
        """Return n samples, (n, d)."""
        which = torch.randint(len(self.centres), (n,), generator=generator)
        return self.centres[which] + self.std * torch.randn(n, self.dimensions, generator=generator)


def ring(modes: int = 8, radius: float = 1.0, std: float = 0.01) -> Mixture:
    """Return Gaussians evenly on a circle, as in table 1 of PacGAN (Z. Lin et al., 2018, arXiv 1712.04086)."""
    angle = 2.0 * np.pi * np.arange(modes) / modes
    return Mixture(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), std, f"ring of {modes}")


def grid(side: int = 5, spacing: float = 2.0, std: float = 0.05) -> Mixture:
    """Return Gaussians on a square grid about zero: 5 x 5 as in table 1 of PacGAN; `grid(4, 1.0, 0.02)` as in SGA.

    Source
    ------
    Z. Lin, A. Khetan, G. Fanti and S. Oh, PacGAN, 2018, arXiv 1712.04086; D. Balduzzi et al., 2018, arXiv 1802.05642.
    """
    line = spacing * (np.arange(side) - 0.5 * (side - 1))
    points = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    return Mixture(points, std, f"grid of {side * side}")


def gaussian(dimensions: int = 75) -> Mixture:
    """Return one standard Gaussian, which a linear generator can play: its errors are those of the dynamics."""
    return Mixture(np.zeros((1, dimensions)), 1.0, f"Gaussian in {dimensions} dimensions")


def swiss_roll(n: int, noise: float = 0.05, generator: Any = None) -> Any:
    """Return n points on a spiral in the plane, (n, 2), of about unit size."""
    turn = 1.5 * math.pi * (1.0 + 2.0 * torch.rand(n, generator=generator))
    points = torch.stack([turn * turn.cos(), turn * turn.sin()], dim=1) / 10.0
    return points + noise * torch.randn(n, 2, generator=generator)


def digits() -> tuple[Any, Any]:
    """Return scikit-learn's 1797 handwritten digits: (1797, 1, 8, 8) images in [-1, 1], and their labels."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError('The digits are scikit-learn\'s: pip install "scikit-learn".') from None
    images, labels = load_digits(return_X_y=True)
    return (
        torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8) / 8.0 - 1.0,
        torch.tensor(labels, dtype=torch.long),
    )


KINDS = {0x08: np.uint8, 0x09: np.int8, 0x0B: np.int16, 0x0C: np.int32, 0x0D: np.float32, 0x0E: np.float64}


def read_idx(path: Any) -> Any:
    """Return the array of an IDX file, the format of MNIST, compressed by gzip or not.

    Parameters
    ----------
    path : such as `train-images-idx3-ubyte.gz`.
    """
    raw = Path(path).read_bytes()
    try:
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path} is no whole gzip file: {error}.") from None
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in KINDS or not raw[3]:
        raise ValueError(f"{path} is no IDX file: it begins with {raw[:4].hex()} rather than 0000, a type and a rank.")
    kind, rank = np.dtype(KINDS[raw[2]]).newbyteorder(">"), raw[3]
    begin = 4 + 4 * rank
    shape = struct.unpack(f">{rank}I", raw[4:begin]) if len(raw) >= begin else ()
    size = math.prod(shape) * kind.itemsize
    if not shape or len(raw) - begin != size:
        raise ValueError(f"{path} should hold {size} bytes of shape {shape}; it holds {max(len(raw) - begin, 0)}.")
    return torch.from_numpy(np.frombuffer(raw, kind, offset=begin).reshape(shape).astype(kind.newbyteorder("=")))


def read_cifar10(*paths: Any) -> tuple[Any, Any]:
    """Return images (n, 3, 32, 32) as bytes, and labels, of files of CIFAR-10's binary version.

    Parameters
    ----------
    paths : such as `data_batch_1.bin`, one after the other.
    """
    rows = []
    for path in paths:
        raw = np.frombuffer(Path(path).read_bytes(), np.uint8)
        if not raw.size or raw.size % ROW:
            raise ValueError(f"{path} is no binary CIFAR-10 batch: {raw.size} bytes are not whole rows of {ROW}.")
        rows.append(raw.reshape(-1, ROW))
    if not rows:
        raise ValueError("`read_cifar10` needs a path at least.")
    found = np.concatenate(rows)
    if found[:, 0].max() > 9:
        raise ValueError(
            f"A label of {', '.join(map(str, paths))} is {found[:, 0].max()}, not a digit: another format?"
        )
    images = torch.from_numpy(found[:, 1:].reshape(-1, 3, 32, 32).copy())
    return images, torch.from_numpy(found[:, 0].astype(np.int64))


ROW = 1 + 3 * 32 * 32  # bytes of a label and an image
