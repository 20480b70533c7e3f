"""Classifiers as judges: a test of two samples, the classes that samples cover, features that distances are of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from minmax import _check
from minmax.gan.losses import scores_of
from minmax.gan.metrics import Significance, divergence, flat, pair
from minmax.gan.networks import mlp
from minmax.gan.responses import AT_ONCE, response, scored
from minmax.gan.traces import chance_of
from minmax.optim.averages import copied

__all__ = ["Classes", "Classifier", "classifier_test", "standard"]


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

        judge = response(copied(network).train(), loss_of, _check.whole("steps", steps, 1), lr, None)
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
    network : module whose last layer gives a score a class, and the input of that layer is the features, which is
        copied; a perceptron where None.
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
            own = copied(network) if network is not None else self.perceptron(x[0].numel(), count)

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
        there = self.share > 0.0
        covered = share[there] >= 0.1 * self.share[there]
        return Classes(int(covered.sum()), int(there.sum()), divergence(share, self.share))
