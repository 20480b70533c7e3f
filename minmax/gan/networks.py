"""Small networks to start from: perceptrons for points, convolutions for images of 8, 28 and 32 pixels."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch

__all__ = ["image_discriminator", "image_generator", "mlp"]


def mlp(*sizes: int, slope: float = 0.2, last: Any = None) -> Any:
    """Return a perceptron with leaky rectifiers between its layers.

    Parameters
    ----------
    sizes : numbers of every layer, from the input to the output.
    slope : of the rectifiers below zero.
    last : module after the last layer, such as `torch.nn.Tanh()`.

    Examples
    --------
    >>> mlp(16, 128, 128, 2)[0]
    Linear(in_features=16, out_features=128, bias=True)
    """
    if len(sizes) < 2:
        raise ValueError(f"A network needs an input and an output size; got {sizes}.")
    layers: list[Any] = []
    for a, b in pairwise(sizes):
        layers += [torch.nn.Linear(a, b), torch.nn.LeakyReLU(slope)]
    return torch.nn.Sequential(*layers[:-1], *([] if last is None else [last]))


START = {8: 4, 28: 7, 32: 8}  # side of the smallest picture inside, by that of the images


def image_generator(side: int = 8, channels: int = 1, latent: int = 64, width: int = 64) -> Any:
    """Return a convolutional generator of images in [-1, 1].

    Parameters
    ----------
    side : of the square images: 8, 28 or 32.
    channels : of them.
    latent : numbers of the noise.
    width : channels inside.
    """
    start, doublings = start_of(side)
    layers: list[Any] = [torch.nn.Linear(latent, width * start * start), torch.nn.Unflatten(1, (width, start, start))]
    for _ in range(doublings):
        layers += [
            torch.nn.LeakyReLU(0.2),
            torch.nn.Upsample(scale_factor=2),
            torch.nn.Conv2d(width, width, 3, padding=1),
        ]
    layers += [torch.nn.LeakyReLU(0.2), torch.nn.Conv2d(width, channels, 3, padding=1), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers)


def image_discriminator(side: int = 8, channels: int = 1, width: int = 64) -> Any:
    """Return a convolutional discriminator of images, without normalisation: penalties look at single samples."""
    start, halvings = start_of(side)
    layers: list[Any] = [torch.nn.Conv2d(channels, width, 3, padding=1), torch.nn.LeakyReLU(0.2)]
    for _ in range(halvings):
        layers += [torch.nn.Conv2d(width, width, 4, stride=2, padding=1), torch.nn.LeakyReLU(0.2)]
    layers += [torch.nn.Flatten(), torch.nn.Linear(width * start * start, 1)]
    return torch.nn.Sequential(*layers)


def start_of(side: int) -> tuple[int, int]:
    """Return the side of the smallest picture inside, and how often it is doubled."""
    if side not in START:
        raise ValueError(f"`side` must be one of {', '.join(map(str, START))}; got {side}.")
    return START[side], (side // START[side]).bit_length() - 1
