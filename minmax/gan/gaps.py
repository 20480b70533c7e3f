"""What players of a GAN could gain on data that nobody was trained on: an approximate duality gap, a critic's gap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch

from minmax import _check
from minmax.gan.fits import placed
from minmax.gan.metrics import Significance, pair
from minmax.gan.responses import AT_ONCE, anew, frozen, response, scored
from minmax.gan.sources import is_distribution, source_of, taken
from minmax.gan.traces import chance_of

__all__ = ["DualityGap", "critic_gap", "duality_gap", "held_out_of", "losses_of"]

HELD = 5000  # samples of a distribution that losses are measured on
SHUFFLES = 999


class DualityGap(NamedTuple):
    """What the players of a GAN could gain by moving alone, as far as a budget of steps finds out.

    Attributes
    ----------
    gap : sum of both gains: 0 at a Nash equilibrium; where the loss is zero-sum, the duality gap.
    generator, discriminator : fall of each player's own loss from what it plays to the response found; 0 where none
        better was found.
    losses : of generator and discriminator as they play.
    steps, batch : of the training of each response: the budget.
    held_out : real samples that losses were measured on.
    """

    gap: float
    generator: float
    discriminator: float
    losses: tuple[float, float]
    steps: int
    batch: int
    held_out: int

    def __str__(self) -> str:
        return (
            f"duality gap at least {self.gap:.4g} (generator could gain {self.generator:.4g}, discriminator "
            f"{self.discriminator:.4g}; responses of {self.steps} steps of {self.batch}, on {self.held_out} held out)"
        )


def duality_gap(
    trainer: Any,
    data: Any,
    held_out: Any = None,
    *,
    steps: int = 500,
    batch: int = 256,
    lr: float = 1e-3,
    seed: int = 0,
) -> DualityGap:
    """Return an approximate duality gap: each player's network, made anew, is trained against the other as it is.

    Both gains are measured on data that no network has seen, and with the average of the generator where the recipe
    keeps one.  What is frozen, parametrised or has no `reset_parameters` begins with its weights.  A response that is
    not the best makes the gap too small, never too large but for the noise of the measurement: read it with its budget.

    Parameters
    ----------
    trainer : a `Trainer`; neither it nor the state of torch's noise is changed.
    data : as for `fit`, that responses are trained on.
    held_out : samples, or a tuple of samples and labels, that gains are measured on; fresh ones where `data` is a
        distribution and this is None.
    steps : of each response.
    batch : samples of each step.
    lr : learning rate of Adam at the beginning.
    seed : of noise, batches and fresh weights.

    Source
    ------
    P. Grnarova, K. Levy, A. Lucchi, N. Perraudin, I. Goodfellow, T. Hofmann and A. Krause, A domain agnostic measure
    for monitoring and evaluating GANs, 2019, arXiv 1811.05512; sums of gains in games of any sum: H. Nikaido and
    K. Isoda, 1955.
    """
    _check.whole("steps", steps, 1)
    real, labels = placed(held_out_of(data, held_out, seed), trainer.device, trainer.labels, trainer.dtype)
    with untouched(trainer, seed):
        source = source_of(data, batch, seed)
        G, D = frozen(trainer.generator()), frozen(trainer.game.players["D"])
        players = trainer.game.players
        stand = trainer.chance.get_state()

        def measured(G: Any, D: Any) -> tuple[float, float]:
            trainer.chance.set_state(stand)  # the same noise for all
            return losses_of(trainer, G, D, real, labels)

        def draw() -> Any:
            return placed(next(source), trainer.device, trainer.labels, trainer.dtype)

        def loss_of_d(D: Any) -> Any:
            return trainer.objectives.of_discriminator(G, D, draw())

        def loss_of_g(G: Any) -> Any:
            return trainer.objectives.of_generator(G, D, draw())

        clip = trainer.recipe.clip
        best_d = response(anew(players["D"]), loss_of_d, steps, lr, clip)
        best_g = response(anew(players["G"]), loss_of_g, steps, lr, None)
        now = measured(G, D)
        gains = max(now[0] - measured(best_g, D)[0], 0.0), max(now[1] - measured(G, best_d)[1], 0.0)
    return DualityGap(sum(gains), *gains, now, steps, batch, len(real))


def held_out_of(data: Any, held_out: Any, seed: int) -> Any:
    """Return samples and labels that losses are measured on."""
    if held_out is not None:
        return taken(held_out, HELD, seed)
    if is_distribution(data):
        return taken(data, HELD, seed)
    raise ValueError("`held_out` must be given where `data` is no distribution: samples that nobody was trained on.")


@contextmanager
def untouched(trainer: Any, seed: int) -> Iterator[None]:
    """Seed the noise of a trainer and torch's own, and put both back on leaving."""
    state = trainer.chance.get_state()
    with chance_of(seed, trainer.device):
        trainer.chance.manual_seed(seed)
        try:
            yield
        finally:
            trainer.chance.set_state(state)


def losses_of(trainer: Any, G: Any, D: Any, real: Any, labels: Any) -> tuple[float, float]:
    """Return both losses without penalties on all real samples, and as many generated ones."""
    scores: tuple[list[Any], list[Any]] = ([], [])
    play = trainer.objectives
    with torch.no_grad():
        for k in range(0, len(real), AT_ONCE):
            some, their = real[k : k + AT_ONCE], None if labels is None else labels[k : k + AT_ONCE]
            noise = trainer.drawn_noise(len(some), trainer.chance)
            scores[0].append(play.scores(D, some, their))
            scores[1].append(play.scores(D, play.generated(G, noise, their), their))
        of_real, of_fake = (torch.cat(part).double() for part in scores)
        loss = play.loss
        return loss.generator(of_real, of_fake).item(), loss.discriminator(of_real, of_fake).item()


def critic_gap(critic: Any, train: Any, held_out: Any, *, seed: int = 0) -> Significance:
    """Test whether a critic scores its training data higher than data it has not seen: has it learnt the sample?

    The statistic is the difference of the mean scores, 0 where what the critic knows holds for the distribution; p is
    one-sided and exact, by 999 shuffles of who was seen.

    Parameters
    ----------
    critic : function or module that gives each sample a score, such as `trainer.game.players["D"]`.
    train, held_out : samples it was trained on, and others of their distribution.
    seed : of the shuffles.

    Source
    ------
    What a critic's averages say beyond its sample: S. Arora, R. Ge, Y. Liang, T. Ma and Y. Zhang, Generalization and
    equilibrium in generative adversarial nets, 2017, arXiv 1703.00573.
    """
    pair(train, held_out)
    seen, unseen = (scored(critic, torch.as_tensor(x)) for x in (train, held_out))
    both, n, rng = np.concatenate([seen, unseen]), len(seen), np.random.default_rng(seed)
    found = float(seen.mean() - unseen.mean())
    centred = both - both.mean()  # the sum of the first decides, and equal scores must stay equal
    by_chance = np.array([centred[rng.permutation(len(both))[:n]].sum() for _ in range(SHUFFLES)])
    as_much = int((by_chance >= centred[:n].sum() - 1e-12 * np.abs(centred).sum()).sum())
    return Significance(found, (1 + as_much) / (1 + SHUFFLES))
