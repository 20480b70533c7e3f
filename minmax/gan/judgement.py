"""All that is asked of a trained GAN at once: did it learn the distribution, how well, and did it memorise?"""

from __future__ import annotations

from typing import Any

from minmax import _check
from minmax.gan.classifiers import classifier_test
from minmax.gan.gaps import critic_gap, duality_gap, held_out_of
from minmax.gan.metrics import memorised, modes, neighbours, same_distribution, sliced_wasserstein
from minmax.gan.sources import is_distribution, taken

__all__ = ["judge"]

FEW = 500  # samples of the kernel's test, whose cost is their square
MANY = 100_000  # training samples that copies are looked for among
K = 5  # neighbours


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
    distribution = is_distribution(data)
    unseen = held_out is not None or distribution
    real, labels = held_out_of(data, held_out, seed) if unseen else taken(data, samples, seed)
    real, labels = real[:samples], None if labels is None else labels[:samples]
    if trainer.labels and labels is None:
        raise ValueError("The networks take labels: pass `held_out`, or `data`, as (samples, labels).")
    made = trainer.sample(len(real), labels=labels if trainer.labels else None, seed=seed + 1).cpu()
    found: dict[str, Any] = {}
    if hasattr(data, "centres"):
        found["modes"] = modes(made, data)
    found["sliced Wasserstein distance"] = sliced_wasserstein(made, real)
    found["kernel test"] = same_distribution(made[:FEW], real[:FEW], permutations=199, seed=seed)
    found["classifier test"] = classifier_test(made, real, seed=seed)
    if len(real) > K:
        found["neighbours"] = neighbours(made, real, k=K)
    if unseen and not distribution:
        seen = taken(data, MANY, seed)[0]
        found["copies"] = memorised(made, seen, real)
        if not trainer.labels:
            critic = trainer.game.players["D"]
            found["critic on its data"] = critic_gap(critic, seen[: max(samples, len(real))], real, seed=seed)
    if steps > 0 and unseen:
        found["duality gap"] = duality_gap(trainer, data, held_out, steps=steps, seed=seed)
    return found


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
        "copies": (
            "samples are nearer to training data than held-out data is: copies, or too alike",
            "no sign of copies",
        ),
        "critic on its data": ("the critic knows its sample from held-out data", "the critic treats both alike"),
    }
    if name in answers:
        yes, no = answers[name]
        return f"{yes if value.p < 0.05 else no} (statistic {value.statistic:.3g}, p = {value.p:.2g})"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
