"""What generator and discriminator minimise on a batch, by a recipe: its loss, its penalties, its noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from minmax.gan.losses import LOSSES, Loss, scores_of
from minmax.gan.recipes import Recipe
from minmax.optim import wgan_gp
from minmax.optim.penalties import scored

__all__ = ["NOISES", "Objectives"]


def uniform(*shape: int, **options: Any) -> Any:
    """Return uniform noise of mean zero and variance one."""
    return (2.0 * torch.rand(*shape, **options) - 1.0) * math.sqrt(3.0)


NOISES: dict[str, Callable[..., Any]] = {"gaussian": torch.randn, "uniform": uniform}


class Objectives:
    """Both players' losses: functions of the networks and a batch, real samples and their labels or None.

    Parameters
    ----------
    recipe : what it says of loss and penalties.
    noise : function of a number of samples and a generator of chance.
    chance : what noise is drawn from.
    share : function that returns the part of the penalties that is in force now.
    """

    def __init__(
        self, recipe: Recipe, noise: Callable[[int, Any], Any], chance: Any, share: Callable[[], float]
    ) -> None:
        self.recipe, self.noise, self.chance, self.share = recipe, noise, chance, share
        self.loss: Loss = LOSSES[recipe.loss]

    def of_players(self) -> Any:
        """Return what the game takes: a loss each where they move in turns, else both on the same samples."""
        return {"G": self.of_generator, "D": self.of_discriminator} if self.recipe.alternates else self.both

    def generated(self, G: Any, real: Any, labels: Any) -> Any:
        """Return as many samples as there are real ones, with their graph."""
        noise = self.noise(len(real), self.chance)
        return G(noise) if labels is None else G(noise, labels)

    def scores(self, D: Any, samples: Any, labels: Any) -> Any:
        """Return the discriminator's scores."""
        return scores_of(D(samples) if labels is None else D(samples, labels), len(samples))

    def of_generator(self, G: Any, D: Any, batch: Any) -> Any:
        """Return what the generator minimises."""
        real, labels = batch
        fake = self.scores(D, self.generated(G, real, labels), labels)
        # Only losses of pairs look at scores of real samples here.
        return self.loss.generator(self.scores(D, real, labels) if self.loss.pairs else fake.detach(), fake)

    def of_discriminator(self, G: Any, D: Any, batch: Any) -> Any:
        """Return what the discriminator minimises."""
        real, labels = batch
        with torch.no_grad():
            fake = self.generated(G, real, labels)
        return self.judged(lambda x: self.scores(D, x, labels), real, fake, False)[0]

    def both(self, G: Any, D: Any, batch: Any, through: bool | None = None) -> dict[str, Any]:
        """Return both losses on the same samples.

        Parameters
        ----------
        G, D, batch : as of all losses.
        through : whether penalties keep what generated samples were computed from, as products with the game's Jacobian
            want it; where None, whether the recipe's dynamics takes such products.
        """
        real, labels = batch
        through = self.recipe.curved if through is None else through
        fake = self.generated(G, real, labels)
        of_d, of_real, of_fake = self.judged(lambda x: self.scores(D, x, labels), real, fake, through)
        if self.recipe.r2 > 0.0 and not through:  # those scores are of samples without their graph
            of_fake = self.scores(D, fake, labels)
        return {"G": self.loss.generator(of_real, of_fake), "D": of_d}

    def judged(self, judge: Callable[[Any], Any], real: Any, fake: Any, through: bool) -> tuple[Any, Any, Any]:
        """Return what the discriminator minimises, penalties included, and its scores."""
        recipe, share = self.recipe, self.share()
        of_real, by_real = penalised(judge, real, share * recipe.r1, False)
        of_fake, by_fake = penalised(judge, fake, share * recipe.r2, through)
        found = self.loss.discriminator(of_real, of_fake) + by_real + by_fake
        if recipe.gradient_penalty > 0.0:
            weight = share * recipe.gradient_penalty
            found = found + wgan_gp(judge, real, fake, weight, generator=self.chance, through=through)
        return found, of_real, of_fake


def penalised(judge: Callable[[Any], Any], points: Any, weight: float, through: bool) -> tuple[Any, Any]:
    """Return scores, and half the mean squared norm of their gradient times a weight, as `r1`; one pass for both."""
    if weight == 0.0:
        return judge(points), 0.0
    scores, squares = scored(judge, points, through)
    return scores, 0.5 * weight * squares.mean()
