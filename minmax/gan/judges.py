"""Judges that learn: best responses and the duality gap, critics on held-out data, classifiers as tests."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch

from minmax import _check
from minmax.gan.fits import placed
from minmax.gan.losses import scores_of
from minmax.gan.metrics import Significance, flat, pair
from minmax.gan.networks import mlp
from minmax.gan.sources import is_distribution, source_of, taken
from minmax.gan.traces import chance_of, evaluating, frozen
from minmax.optim import Cosine
from minmax.optim.averages import copied

__all__ = ["Classes", "Classifier", "DualityGap", "classifier_test", "critic_gap", "duality_gap"]

HELD = 5000  # samples of a distribution that losses are measured on
TAIL = 0.01  # part of the learning rate that is left at the end
AT_ONCE, SHUFFLES = 1000, 999


# ---------------------------------------------------------------------- the duality gap


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
            return trainer.loss_of_discriminator(G, D, draw())

        def loss_of_g(G: Any) -> Any:
            return trainer.loss_of_generator(G, D, draw())

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
        return taken(data, HELD, seed + 1)
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


def anew(module: Any) -> Any:
    """Return a copy with fresh weights, to be trained; what is frozen stays so, and as it is."""
    fresh = copied(module).train()
    for part in fresh.modules():
        own = list(part.parameters(recurse=False))
        if own and all(p.requires_grad for p in own) and hasattr(part, "reset_parameters") and plain(part):
            part.reset_parameters()
    return fresh


def plain(part: Any) -> bool:
    """Return whether a layer's weights are parameters, rather than computed from others before each pass."""
    return not part._forward_pre_hooks and not hasattr(part, "parametrizations")


def response(module: Any, loss_of: Callable[[Any], Any], steps: int, lr: float, clip: float | None) -> Any:
    """Train a module on its loss by Adam, the learning rate falling, and return it for evaluation."""
    params = [p for p in module.parameters() if p.requires_grad]
    rate = Cosine(_check.positive("lr", lr), TAIL * lr, steps)
    optimizer = torch.optim.Adam(params, lr=lr, betas=(0.5, 0.99))
    for t in range(steps):
        optimizer.param_groups[0]["lr"] = rate(t)
        optimizer.zero_grad()
        loss_of(module).backward()
        optimizer.step()
        if clip is not None:
            with torch.no_grad():
                torch._foreach_clamp_min_(params, -clip)
                torch._foreach_clamp_max_(params, clip)
    return module.eval()


def losses_of(trainer: Any, G: Any, D: Any, real: Any, labels: Any) -> tuple[float, float]:
    """Return both losses without penalties on all real samples, and as many generated ones."""
    scores: tuple[list[Any], list[Any]] = ([], [])
    with torch.no_grad():
        for k in range(0, len(real), AT_ONCE):
            some, their = real[k : k + AT_ONCE], None if labels is None else labels[k : k + AT_ONCE]
            scores[0].append(trainer.scores(D, some, their))
            scores[1].append(trainer.scores(D, trainer.generated(G, some, their), their))
        of_real, of_fake = (torch.cat(part).double() for part in scores)
        loss = trainer.loss
        return loss.generator(of_real, of_fake).item(), loss.discriminator(of_real, of_fake).item()


# ---------------------------------------------------------------------- critics and classifiers


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


def scored(critic: Any, samples: Any) -> np.ndarray:
    """Return the scores of samples, in the mode of evaluation."""
    like = next(iter(critic.parameters()), samples) if hasattr(critic, "parameters") else samples
    with torch.no_grad(), evaluating(critic), chance_of(0, like.device):
        parts = [samples[k : k + AT_ONCE].to(like.device, like.dtype) for k in range(0, len(samples), AT_ONCE)]
        found = torch.cat([scores_of(critic(part), len(part)) for part in parts])
    scores: np.ndarray = found.double().cpu().numpy()
    return scores


def classifier_test(
    samples: Any, data: Any, network: Any = None, *, steps: int = 500, batch: int = 256, lr: float = 1e-3, seed: int = 0
) -> Significance:
    """Test whether samples and data have one distribution: can a classifier tell them apart that has seen others?

    It is trained on one half of each and asked about the other.  The statistic is its share of right answers, of both
    kinds alike: 1/2 where they cannot be told apart.  The p-value is exact (Fisher's, of as many right answers by
    chance).

    Parameters
    ----------
    samples, data : at least four rows each.
    network : module that gives each sample one score, which is copied; a perceptron on standardised rows where None.
    steps, batch, lr : of its training.
    seed : of halves, batches and the perceptron's weights.

    Source
    ------
    D. Lopez-Paz and M. Oquab, Revisiting classifier two-sample tests, 2017, arXiv 1610.06545.
    """
    from scipy.stats import hypergeom

    pair(samples, data)
    fake, real = (torch.as_tensor(x).detach().cpu() for x in (samples, data))
    if min(len(fake), len(real)) < 4:
        raise ValueError(f"Four samples at least are needed of each; got {len(fake)} and {len(real)}.")
    chance = torch.Generator().manual_seed(_check.whole("seed", seed))
    halves = [x[torch.randperm(len(x), generator=chance)].tensor_split(2) for x in (fake, real)]
    (fake, asked_fake), (real, asked_real) = halves
    parts = [fake, real, asked_fake, asked_real]
    with chance_of(seed):
        if network is None:
            network = mlp(real[0].numel(), 128, 128, 1)
            rows = [x.flatten(1).double() for x in parts]
            shift, scale = standard(torch.cat(rows[:2]))
            parts = [(x - shift) / scale for x in rows]
        fake, real, asked_fake, asked_real = (x.float() for x in parts)
        softplus = torch.nn.functional.softplus

        def loss_of(judge: Any) -> Any:
            some, other = (x[torch.randint(len(x), (min(batch, len(x)),), generator=chance)] for x in (fake, real))
            up, down = (scores_of(judge(x), len(x)) for x in (other, some))
            return softplus(-up).mean() + softplus(down).mean()

        judge = response(copy.deepcopy(network).train(), loss_of, _check.whole("steps", steps, 1), lr, None)
    of_fake, of_real = scored(judge, asked_fake), scored(judge, asked_real)
    right_real, right_fake = int((of_real > 0).sum()), int((of_fake <= 0).sum())
    share = 0.5 * (right_real / len(of_real) + right_fake / len(of_fake))
    called_real = right_real + len(of_fake) - right_fake
    p = hypergeom.sf(right_real - 1, len(of_real) + len(of_fake), len(of_real), called_real)
    return Significance(share, float(p))


def standard(rows: Any) -> tuple[Any, Any]:
    """Return mean and standard deviation of columns in float64; one for columns that do not vary but by rounding."""
    mean, spread = rows.double().mean(dim=0), rows.double().std(dim=0)
    varies = spread > 1e-9 * mean.abs()
    return mean, torch.where(varies, spread, torch.ones_like(spread))


class Classes(NamedTuple):
    """What samples cover of labelled data, by a classifier.

    Attributes
    ----------
    covered : classes with at least a tenth of their share in the data.
    of : classes that the data has.
    kl : divergence of the samples' classes from the data's, `KL(samples || data)`.
    """

    covered: int
    of: int
    kl: float

    def __str__(self) -> str:
        return f"{self.covered}/{self.of} classes, KL {self.kl:.3f}"


class Classifier:
    """A small classifier fitted on labelled data: it names the classes of samples, and its features measure distances.

    Parameters
    ----------
    samples, labels : the data; a fifth of it is held out.
    network : module whose last layer gives a score a class, and the input of that layer is the features; a perceptron
        where None.
    steps, batch, lr : of its training.
    seed : of the split, of batches and of the perceptron's weights.

    Attributes
    ----------
    accuracy : share of held-out samples named rightly.
    share : (classes,) of each class in the data.
    """

    def __init__(
        self,
        samples: Any,
        labels: Any,
        network: Any = None,
        *,
        steps: int = 1500,
        batch: int = 128,
        lr: float = 1e-3,
        seed: int = 0,
    ) -> None:
        x, y = torch.as_tensor(samples).float().cpu(), torch.as_tensor(labels).long().cpu()
        flat("samples", x)
        if y.shape != (len(x),) or y.min() < 0:
            raise ValueError(f"`labels` must be a whole number from 0 for each sample; got shape {tuple(y.shape)}.")
        if len(x) < 5:
            raise ValueError(f"`samples` must be five at least, for one in five is held out; got {len(x)}.")
        count = int(y.max()) + 1
        chance = torch.Generator().manual_seed(_check.whole("seed", seed))
        order = torch.randperm(len(x), generator=chance)
        held, kept = order[: len(x) // 5], order[len(x) // 5 :]
        with chance_of(seed):
            own = network if network is not None else self.perceptron(x[0].numel(), count)

            def loss_of(judge: Any) -> Any:
                rows = kept[torch.randint(len(kept), (batch,), generator=chance)]
                return torch.nn.functional.cross_entropy(judge(x[rows]), y[rows])

            self.network = response(own, loss_of, _check.whole("steps", steps, 1), lr, None)
        self.share = np.bincount(y.numpy(), minlength=count) / len(y)
        self.accuracy = float((self.classes(x[held]) == y[held].numpy()).mean())

    @staticmethod
    def perceptron(size: int, count: int) -> Any:
        """Return a perceptron of flattened samples."""
        return torch.nn.Sequential(torch.nn.Flatten(), *mlp(size, 256, 64, count))

    def classes(self, samples: Any) -> np.ndarray:
        """Return the class of each sample."""
        found: np.ndarray = self.scores(samples)[0].argmax(axis=1)
        return found

    def features(self, samples: Any) -> np.ndarray:
        """Return what the last layer is given, a row a sample, for `frechet` and `kernel_distance`."""
        return self.scores(samples)[1]

    def scores(self, samples: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return scores and features."""
        x = torch.as_tensor(samples).detach().float().cpu()
        last = [self.network, *self.network.children()][-1]
        kept: list[Any] = []
        hook = last.register_forward_pre_hook(lambda module, given: kept.append(given[0]))
        try:
            with torch.no_grad():
                scores = torch.cat([self.network(x[k : k + AT_ONCE]) for k in range(0, len(x), AT_ONCE)])
        finally:
            hook.remove()
        return scores.double().numpy(), torch.cat(kept).flatten(1).double().numpy()

    def covered(self, samples: Any) -> Classes:
        """Return which classes samples cover, and how evenly."""
        named = self.classes(samples)
        share = np.bincount(named, minlength=len(self.share)) / len(named)
        drawn, there = share > 0.0, self.share > 0.0
        with np.errstate(divide="ignore"):
            kl = float((share[drawn] * np.log(share[drawn] / self.share[drawn])).sum())
        covered = share[there] >= 0.1 * self.share[there]
        return Classes(int(covered.sum()), int(there.sum()), kl if math.isfinite(kl) else math.inf)
