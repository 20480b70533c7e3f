"""Gradient penalties of a discriminator: by double backward, and inside torch.compile by torch.func, in one graph.

Both have the same value and gradient; double backward alone cannot be compiled, torch.func alone knows no layers that
keep statistics.  Samples should not see each other in the discriminator: batch normalisation makes the gradient of one
depend on all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

__all__ = ["dragan", "r1", "r2", "spectrally_normalised", "wgan_gp"]


def scored(
    discriminator: Callable[[Any], Any], points: Any, through: bool = False, functional: bool = False
) -> tuple[Any, Any]:
    """Return the scores of points, and the squared norm of the discriminator's gradient at each: one pass for both.

    Parameters
    ----------
    discriminator : module or function of a batch that scores each sample.
    points : the batch.
    through : whether both keep what the points were computed from, for products with a game's Jacobian.
    functional : whether to go by torch.func in any case, as inside its maps.
    """

    def total(x: Any) -> Any:
        scores = discriminator(x)
        return scores.sum(), scores

    if not points.is_floating_point() or not len(points):
        raise ValueError(f"A penalty needs a batch of real numbers; got {points.dtype} of shape {tuple(points.shape)}.")
    if functional or torch.compiler.is_compiling():
        found, scores = torch.func.grad(total, has_aux=True)(points)
    else:
        here = points if through and points.requires_grad else points.detach().requires_grad_()
        with torch.enable_grad():
            summed, scores = total(here)
            if not summed.requires_grad:
                raise ValueError(
                    "The discriminator's scores do not depend on the points: it is detached, or in no_grad."
                )
            (found,) = torch.autograd.grad(summed, here, create_graph=True)
    found = found.float() if found.dtype in (torch.float16, torch.bfloat16) else found  # squares leave half's range
    return scores, found.reshape(len(points), -1).square().sum(1)


def slopes(discriminator: Callable[[Any], Any], points: Any) -> Any:
    """Return the squared norm of the discriminator's gradient at each point, a tensor of one number a sample."""
    return scored(discriminator, points)[1]


def r1(discriminator: Callable[[Any], Any], real: Any, gamma: float = 1.0) -> Any:
    r"""Zero-centred penalty on data: `gamma / 2 E |grad D(x)|^2` over real x.

    Parameters
    ----------
    discriminator : module or function of a batch that scores each sample.
    real : (B, ...) real samples.
    gamma : its weight.

    Guarantee
    ---------
    On the Dirac GAN the equilibrium attracts: eigenvalues `-gamma/2 +- sqrt(gamma^2 / 4 - 1/4)`.

    Examples
    --------
    >>> import torch
    >>> r1(lambda x: 3.0 * x[:, 0] + 4.0 * x[:, 1], torch.zeros(5, 2), gamma=2.0).item()
    25.0

    Source
    ------
    L. Mescheder, A. Geiger and S. Nowozin, Which training methods for GANs do actually converge?, 2018, arXiv
    1801.04406.
    """
    return 0.5 * gamma * slopes(discriminator, real.detach()).mean()


def r2(discriminator: Callable[[Any], Any], fake: Any, gamma: float = 1.0) -> Any:
    """Zero-centred penalty on generated samples: that of `r1` at fake x, which are taken as they are (detached).

    Source
    ------
    L. Mescheder, A. Geiger and S. Nowozin, 2018, arXiv 1801.04406.
    """
    return r1(discriminator, fake, gamma)


def wgan_gp(
    discriminator: Callable[[Any], Any],
    real: Any,
    fake: Any,
    weight: float = 10.0,
    *,
    center: float = 1.0,
    one_sided: bool = False,
    generator: Any = None,
    places: Any = None,
    through: bool = False,
    functional: bool = False,
) -> Any:
    r"""Penalty between real and generated samples: `weight E (|grad D(x)| - center)^2`, x on the lines between pairs.

    Parameters
    ----------
    discriminator : module or function of a batch that scores each sample.
    real, fake : (B, ...) samples, as many of either; they are taken as they are (detached).
    weight : its weight.
    center : norm of the gradient aimed at, 1 as published or 0.
    one_sided : whether only larger norms cost.
    generator : of the places on the lines.
    places : those places, as `places_between` draws them; drawn here where None.
    through : whether fake samples keep what they were computed from, for products with a game's Jacobian.
    functional : whether to go by torch.func in any case, as inside its maps.

    Source
    ------
    I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin and A. Courville, Improved training of Wasserstein GANs, 2017,
    arXiv 1704.00028; one-sided: H. Petzka, A. Fischer and D. Lukovnikov, 2018, arXiv 1709.08894; centred at zero: H.
    Thanh-Tung, T. Tran and S. Venkatesh, 2019, arXiv 1902.03984.
    """
    if real.shape != fake.shape:
        raise ValueError(
            f"`real` and `fake` must be as many samples of one shape; got {tuple(real.shape)} and {tuple(fake.shape)}."
        )
    real, fake = real.detach(), fake if through else fake.detach()
    places = places_between(real, generator) if places is None else places
    squares = scored(discriminator, real + places * (fake - real), through, functional)[1]
    return centred(squares, weight, center, one_sided)


def places_between(real: Any, generator: Any) -> Any:
    """Return a place for each pair of samples on the line between them, from zero to one."""
    shape = (real.shape[0], *[1] * (real.dim() - 1))
    return torch.rand(shape, dtype=real.dtype, device=real.device, generator=generator)


def dragan(
    discriminator: Callable[[Any], Any],
    real: Any,
    weight: float = 10.0,
    *,
    spread: float = 0.5,
    center: float = 1.0,
    generator: Any = None,
) -> Any:
    r"""Penalty around the data: that of `wgan_gp` at `x + spread std(x) u`, u uniform in the unit cube.

    Parameters
    ----------
    discriminator : module or function of a batch that scores each sample.
    real : (B, ...) real samples.
    weight, center, generator : as in `wgan_gp`.
    spread : how far around, in standard deviations of all numbers of the batch, those of a population.

    Source
    ------
    N. Kodali, J. Abernethy, J. Hays and Z. Kira, On convergence and stability of GANs, 2017, arXiv 1705.07215.
    """
    real = real.detach()
    noise = torch.rand(real.shape, dtype=real.dtype, device=real.device, generator=generator)
    return centred(slopes(discriminator, real + spread * real.std(correction=0) * noise), weight, center, False)


def centred(squares: Any, weight: float, center: float, one_sided: bool) -> Any:
    """Return `weight E (norm - center)^2`; around zero without the root, whose slope at zero is infinite."""
    if center == 0.0:
        return weight * squares.mean()
    away = (squares + TINY).sqrt() - center
    return weight * (away.clamp(min=0.0) if one_sided else away).square().mean()


TINY = 1e-12  # keeps the slope of the root finite where a gradient vanishes: norms are off by 1e-6 there, nowhere else


def spectrally_normalised(module: Any, *, iterations: int = 1) -> Any:
    """Return a module whose linear and convolution layers have spectral norm one, by torch's own parametrization.

    Parameters
    ----------
    module : changed in place, and returned.
    iterations : power iterations each forward pass in training.

    Source
    ------
    T. Miyato, T. Kataoka, M. Koyama and Y. Yoshida, Spectral normalization for generative adversarial networks, 2018,
    arXiv 1802.05957.
    """
    from torch.nn.utils import parametrizations, parametrize

    kinds = (torch.nn.Linear, torch.nn.modules.conv._ConvNd)
    for layer in module.modules():
        if isinstance(layer, kinds) and not parametrize.is_parametrized(layer, "weight"):
            if isinstance(getattr(layer, "weight", None), torch.nn.UninitializedParameter):
                raise ValueError(f"{layer} has no weight yet: call the module on a batch first.")
            if "weight" not in layer._parameters:
                raise ValueError(
                    f"{layer} computes its weight already, by spectral_norm or weight_norm of torch.nn.utils."
                )
            parametrizations.spectral_norm(layer, n_power_iterations=iterations)
    return module
