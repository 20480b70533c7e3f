"""Whether networks and data fit each other, found before the first step."""

from __future__ import annotations

from typing import Any

import torch

from minmax.gan.ranks import gathered
from minmax.gan.sources import Source
from minmax.gan.traces import chance_of
from minmax.optim import NonFiniteLoss

__all__ = ["Moved", "check", "explained", "first_parameter", "latent_of", "placed"]


class Moved:
    """Batches of a source, moved to a device; the last one is kept."""

    def __init__(self, source: Source, device: Any, labels: bool, dtype: Any) -> None:
        self.source, self.device, self.labels, self.dtype = source, device, labels, dtype
        self.last: Any = None

    def __iter__(self) -> Moved:
        return self

    def __next__(self) -> Any:
        self.last = placed(next(self.source), self.device, self.labels, self.dtype)
        return self.last


def placed(batch: Any, device: Any, wanted: bool, dtype: Any = None) -> Any:
    """Return samples and labels on a device; labels that are not wanted are left out, missing ones refused.

    Parameters
    ----------
    batch : both.
    device : where to.
    wanted : whether the networks take labels.
    dtype : that the networks' numbers have; samples are left as they are where None.
    """
    samples, labels = batch
    if not samples.is_floating_point():
        raise ValueError(f"Samples must be real numbers; got {samples.dtype}: scale bytes to [-1, 1] first.")
    samples = samples.to(device, dtype)
    if wanted and labels is None:
        raise ValueError("The networks take labels, and the data has none: pass (samples, labels).")
    return samples, labels.to(device) if wanted else None


def latent_of(G: Any) -> int:
    """Return the size of the noise that a generator takes, by its first linear layer."""
    for layer in G.modules():
        if isinstance(layer, torch.nn.Linear):
            return int(layer.in_features)
    raise ValueError("No linear layer of G tells the size of its noise: pass `latent`.")


def first_parameter(name: str, module: Any) -> Any:
    """Return the first parameter of real numbers of a module, which has its device and type, or refuse it."""
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"`{name}` must be a torch module; got {type(module).__name__}.")
    for p in module.parameters():
        if p.is_floating_point():
            return p
    raise ValueError(f"`{name}` has no parameters to train.")


def check(trainer: Any, batch: Any) -> None:
    """Refuse networks that do not fit each other or the data, and leave no trace.

    Parameters
    ----------
    trainer : a `Trainer`.
    batch : samples and labels.
    """
    real, labels = batch
    game, state = trainer.game, trainer.chance.get_state()
    G, D = game.players.values()
    buffers = [b.clone() for b in game.buffers()]
    given = "" if labels is None else f" and labels of shape {tuple(labels.shape)}, {labels.dtype}"
    with torch.no_grad(), chance_of(device=trainer.device):
        try:
            what = f"noise of shape (n, {trainer.latent}){given}"
            noise = trainer.drawn_noise(len(real), trainer.chance)
            fake = tried("generator", what, trainer.objectives.generated, G, noise, labels)
            if fake.shape != real.shape:
                raise ValueError(
                    f"The generator's samples have shape {tuple(fake.shape[1:])}, the data's {tuple(real.shape[1:])}."
                )
            what = f"samples of shape {tuple(real.shape[1:])}{given}"
            tried("discriminator", what, trainer.objectives.scores, D, real, labels)
        finally:
            game.put_buffers(buffers)
            trainer.chance.set_state(state)


def explained(error: NonFiniteLoss, batches: Moved, whose: str = "") -> Exception:
    """Return what to raise where a loss is not finite: the fault of the batch drawn last, or of training.

    Parameters
    ----------
    error : that the players raised.
    batches : that were drawn from.
    whose : training, as a beginning of the sentence.
    """
    bad = sum(gathered(0 if batches.last is None else int((~batches.last[0].isfinite()).sum())))
    if bad:
        return ValueError(
            f"{whose}Batch {batches.source.drawn} drawn from the data holds {bad} numbers that are not finite."
        )
    return RuntimeError(
        f"{whose}The loss of {error.player} is {error.value} at step {error.step}: training has diverged; lower `lr`, "
        "or take a recipe with penalties, such as r3gan."
    )


def tried(name: str, what: str, run: Any, *given: Any) -> Any:
    """Return what a network answers, or say that it does not take what it is given."""
    try:
        return run(*given)
    except (RuntimeError, TypeError, IndexError) as error:
        raise ValueError(f"The {name} does not take {what}: {error}") from None
