"""What generator and discriminator minimise on a batch, by a recipe: its loss, its penalties, its noise."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, NamedTuple

import torch

from minmax.gan.losses import LOSSES, Loss, scores_of
from minmax.gan.recipes import Recipe
from minmax.optim.penalties import places_between, scored, wgan_gp

__all__ = ["NOISES", "Drawn", "Objectives"]


def uniform(*shape: int, **options: Any) -> Any:
    """Return uniform noise of mean zero and variance one."""
    return (2.0 * torch.rand(*shape, **options) - 1.0) * math.sqrt(3.0)


NOISES: dict[str, Callable[..., Any]] = {"gaussian": torch.randn, "uniform": uniform}


class Drawn(NamedTuple):
    """Chance of an evaluation: noise of the generator, places between samples where a penalty wants them."""

    noise: Any
    places: Any = None


class Objectives:
    """Both players' losses: functions of the networks and a batch, real samples and their labels or None.

    Those called `loss_...` are functions of tensors alone, the chance among them: what is compiled, and mapped over
    several pairs of networks.

    Parameters
    ----------
    recipe : what it says of loss and penalties.
    noise : function of a number of samples and a generator of chance.
    chance : what noise is drawn from.
    share : function that returns the part of the penalties that is in force now.
    functional : whether gradients of scores are taken by torch.func, as is needed inside its maps.
    """

    def __init__(
        self,
        recipe: Recipe,
        noise: Callable[[int, Any], Any],
        chance: Any,
        share: Callable[[], float],
        functional: bool = False,
    ) -> None:
        self.recipe, self.noise, self.chance, self.share = recipe, noise, chance, share
        self.loss: Loss = LOSSES[recipe.loss]
        self.functional = functional

    def of_players(self, compiled: bool = False) -> Any:
        """Return what the game takes: a loss each where they move in turns, else both on the same samples."""
        if compiled:
            return self.compiled().of_players()
        return {"G": self.of_generator, "D": self.of_discriminator} if self.recipe.alternates else self.both

    def compiled(self) -> Objectives:
        """Return the same losses, compiled at their first call for samples of each shape."""
        if self.recipe.curved:
            raise ValueError(f"The recipe {self.recipe.name!r} differentiates twice, which torch.compile does not.")
        found = copy.copy(self)
        found.share = lambda: torch.tensor(self.share())  # as a number it would be compiled anew when it changes
        for name in ("loss_of_generator", "loss_of_discriminator", "losses_of_both"):
            method = getattr(Objectives, name)
            # Code of its own: torch compiles the same code for so many networks only, and then no more.
            own = FunctionType(method.__code__.replace(), method.__globals__)
            setattr(found, name, torch.compile(MethodType(own, self), dynamic=False))
        return found

    def drawn(self, real: Any) -> Drawn:
        """Return the chance of an evaluation on as many samples as these."""
        noise = self.noise(len(real), self.chance)
        if self.recipe.gradient_penalty == 0.0:
            return Drawn(noise)
        return Drawn(noise, places_between(real, self.chance))

    # ------------------------------------------------------------------ on a batch

    def of_generator(self, G: Any, D: Any, batch: Any) -> Any:
        """Return what the generator minimises."""
        real, labels = batch
        return self.loss_of_generator(G, D, real, labels, self.noise(len(real), self.chance))

    def of_discriminator(self, G: Any, D: Any, batch: Any) -> Any:
        """Return what the discriminator minimises."""
        real, labels = batch
        return self.loss_of_discriminator(G, D, real, labels, *self.drawn(real), self.share())

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
        of_g, of_d = self.losses_of_both(G, D, real, labels, *self.drawn(real), self.share(), through)
        return {"G": of_g, "D": of_d}

    # ------------------------------------------------------------------ of tensors alone

    def generated(self, G: Any, noise: Any, labels: Any) -> Any:
        """Return a sample for each row of noise, with their graph."""
        return G(noise) if labels is None else G(noise, labels)

    def scores(self, D: Any, samples: Any, labels: Any) -> Any:
        """Return the discriminator's scores."""
        return scores_of(D(samples) if labels is None else D(samples, labels), len(samples))

    def loss_of_generator(self, G: Any, D: Any, real: Any, labels: Any, noise: Any) -> Any:
        """Return what the generator minimises."""
        fake = self.scores(D, self.generated(G, noise, labels), labels)
        # Only losses of pairs look at scores of real samples here.
        return self.loss.generator(self.scores(D, real, labels) if self.loss.pairs else fake.detach(), fake)

    def loss_of_discriminator(self, G: Any, D: Any, real: Any, labels: Any, noise: Any, places: Any, share: Any) -> Any:
        """Return what the discriminator minimises."""
        with torch.no_grad():
            fake = self.generated(G, noise, labels)
        return self.judged(lambda x: self.scores(D, x, labels), real, fake, places, share, False)[0]

    def losses_of_both(
        self, G: Any, D: Any, real: Any, labels: Any, noise: Any, places: Any, share: Any, through: bool
    ) -> tuple[Any, Any]:
        """Return what the generator and what the discriminator minimise, on the same samples."""
        fake = self.generated(G, noise, labels)
        of_d, of_real, of_fake = self.judged(lambda x: self.scores(D, x, labels), real, fake, places, share, through)
        if self.recipe.r2 > 0.0 and not through:  # those scores are of samples without their graph
            of_fake = self.scores(D, fake, labels)
        return self.loss.generator(of_real, of_fake), of_d

    def judged(
        self, judge: Callable[[Any], Any], real: Any, fake: Any, places: Any, share: Any, through: bool
    ) -> tuple[Any, Any, Any]:
        """Return what the discriminator minimises, penalties included, and its scores."""
        recipe = self.recipe
        of_real, by_real = self.penalised(judge, real, recipe.r1, False)
        of_fake, by_fake = self.penalised(judge, fake, recipe.r2, through)
        penalty = by_real + by_fake
        if recipe.gradient_penalty > 0.0:
            options = {"places": places, "through": through, "functional": self.functional}
            penalty = penalty + wgan_gp(judge, real, fake, recipe.gradient_penalty, **options)
        return self.loss.discriminator(of_real, of_fake) + share * penalty, of_real, of_fake

    def penalised(self, judge: Callable[[Any], Any], points: Any, weight: float, through: bool) -> tuple[Any, Any]:
        """Return scores, and half the mean squared norm of their gradient times a weight: one pass for both."""
        if weight == 0.0:
            return judge(points), 0.0
        scores, squares = scored(judge, points, through, self.functional)
        return scores, 0.5 * weight * squares.mean()
