"""All that is asked of a trained GAN at once: did it learn the distribution, how well, and did it memorise?"""

from __future__ import annotations

from typing import Any

import torch

from minmax import _check
from minmax.gan.judges import classifier_test, critic_gap, duality_gap, held_out_of
from minmax.gan.metrics import memorised, modes, neighbours, same_distribution, sliced_wasserstein
from minmax.gan.sources import Rows, source_of

__all__ = ["judge"]

FEW = 500  # samples of the kernel's test, whose cost is their square


def judge(
    trainer: Any, data: Any, held_out: Any = None, *, samples: int = 2500, steps: int = 300, seed: int = 0
) -> dict[str, Any]:
    """Return what samples of a trainer are worth, measure by measure.

    Parameters
    ----------
    trainer : a `Trainer`.
    data : what it was trained on, as for `fit`.
    held_out : samples, or samples and labels, that it was not trained on; fresh ones where `data` is a distribution.
        Without, samples are held to the training data, and whether they are copies is not asked.
    samples : of either kind, at most.
    steps : of the responses of the duality gap; it is left out where 0.
    seed : of all chance.
    """
    _check.whole("samples", samples, 4)
    distribution = hasattr(data, "sample") and not isinstance(data, torch.Tensor)
    unseen = held_out is not None or distribution
    real, labels = held_out_of(data, held_out, seed) if unseen else taken(data, samples)
    real, labels = real[:samples], None if labels is None else labels[:samples]
    made = trainer.sample(len(real), labels=labels if trainer.labels else None, seed=seed + 1).cpu()
    found: dict[str, Any] = {}
    if hasattr(data, "centres"):
        found["modes"] = modes(made, data)
    found["sliced Wasserstein distance"] = sliced_wasserstein(made, real)
    found["kernel test"] = same_distribution(made[:FEW], real[:FEW], permutations=199, seed=seed)
    found["classifier test"] = classifier_test(made, real, seed=seed)
    found["neighbours"] = neighbours(made, real)
    if unseen and not distribution:
        seen = taken(data, max(samples, len(real)))[0]
        found["copies"] = memorised(made, seen, real)
        if not trainer.labels:
            found["critic on its data"] = critic_gap(trainer.game.players["D"], seen, real)
    if steps > 0 and unseen:
        found["duality gap"] = duality_gap(trainer, data, held_out, steps=steps, seed=seed)
    return found


def taken(data: Any, most: int) -> Any:
    """Return samples and labels of finite data, or so many of an iterable."""
    source = source_of(data, 2**62, 0)
    if isinstance(source, Rows):
        return source.samples, source.labels
    batches = [source.at(0)]
    while sum(len(x) for x, _ in batches) < most and len(batches) < most:
        batches.append(source.at(len(batches)))
    samples = torch.cat([x for x, _ in batches])[:most]
    labels = None if batches[0][1] is None else torch.cat([y for _, y in batches])[:most]
    return samples, labels


def in_words(name: str, value: Any) -> str:
    """Return a measure as a line that says what it means.

    Examples
    --------
    >>> from minmax.gan import Significance
    >>> in_words("kernel test", Significance(0.01, 0.002))
    'samples differ from data (statistic 0.01, p = 0.002)'
    """
    answers = {
        "kernel test": ("samples differ from data", "no difference found"),
        "classifier test": ("samples differ from data", "no difference found"),
        "copies": ("samples copy training data", "no sign of copies"),
        "critic on its data": ("the critic knows its sample from held-out data", "the critic treats both alike"),
    }
    if name in answers:
        yes, no = answers[name]
        return f"{yes if value.p < 0.05 else no} (statistic {value.statistic:.3g}, p = {value.p:.2g})"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
