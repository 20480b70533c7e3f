"""Losses of generator and discriminator, with what is known of each game: its sum, its values at equilibrium."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import relu, softplus

__all__ = ["LOSSES", "Loss", "scores_of"]

LN2 = math.log(2.0)


@dataclass(frozen=True)
class Loss:
    """What both players of a GAN minimise, from the discriminator's scores of real and generated samples.

    Parameters
    ----------
    name : what it is called.
    generator, discriminator : functions of the scores `(real, fake)`, one number a sample; each returns a scalar.
    zero_sum : whether the losses sum to what the generator cannot change: one objective, minimised and maximised.
    at_equilibrium : losses of generator and discriminator where the samples have the data's distribution and the
        discriminator cannot tell them apart.
    pairs : whether a real sample is compared with a generated one: both must be as many.
    source : the paper.
    """

    name: str
    generator: Callable[[Any, Any], Any]
    discriminator: Callable[[Any, Any], Any]
    zero_sum: bool
    at_equilibrium: tuple[float, float]
    pairs: bool
    source: str

    def __repr__(self) -> str:
        return f"Loss({self.name!r})"


def squared(x: Any) -> Any:
    """Return half the mean square."""
    return 0.5 * x.square().mean()


LOSSES = {
    loss.name: loss
    for loss in (
        Loss(
            "minimax",
            lambda real, fake: -softplus(fake).mean(),
            lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
            True,
            (-LN2, 2.0 * LN2),
            False,
            "I. Goodfellow et al., Generative adversarial nets, 2014, arXiv 1406.2661, equation 1",
        ),
        Loss(
            "non-saturating",
            lambda real, fake: softplus(-fake).mean(),
            lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
            False,
            (LN2, 2.0 * LN2),
            False,
            "I. Goodfellow et al., 2014, arXiv 1406.2661, section 3",
        ),
        Loss(
            "wasserstein",
            lambda real, fake: -fake.mean(),
            lambda real, fake: fake.mean() - real.mean(),
            True,
            (0.0, 0.0),
            False,
            "M. Arjovsky, S. Chintala and L. Bottou, Wasserstein GAN, 2017, arXiv 1701.07875",
        ),
        Loss(
            "hinge",
            lambda real, fake: -fake.mean(),
            lambda real, fake: relu(1.0 - real).mean() + relu(1.0 + fake).mean(),
            False,
            (0.0, 2.0),
            False,
            "J. Lim and J. Ye, Geometric GAN, 2017, arXiv 1705.02894",
        ),
        Loss(
            "least-squares",
            lambda real, fake: squared(fake - 1.0),
            lambda real, fake: squared(real - 1.0) + squared(fake),
            False,
            (0.125, 0.25),
            False,
            "X. Mao et al., Least squares generative adversarial networks, 2017, arXiv 1611.04076",
        ),
        Loss(
            "relativistic",
            lambda real, fake: softplus(real - fake).mean(),
            lambda real, fake: softplus(fake - real).mean(),
            False,
            (LN2, LN2),
            True,
            "A. Jolicoeur-Martineau, The relativistic discriminator, 2019, arXiv 1807.00734",
        ),
    )
}


def scores_of(scores: Any, samples: int) -> Any:
    """Return a discriminator's answer as one number a sample, or refuse it."""
    if not isinstance(scores, torch.Tensor) or scores.numel() != samples:
        got = tuple(scores.shape) if isinstance(scores, torch.Tensor) else type(scores).__name__
        raise ValueError(f"The discriminator must return one score a sample, {samples} here; got {got}.")
    return scores.reshape(samples)
