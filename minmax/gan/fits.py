"""Whether networks and data fit each other, found before the first step."""

from __future__ import annotations

from typing import Any

import torch

from minmax.gan.sources import Source

__all__ = ["Moved", "check", "latent_of", "placed"]

FEW = 4  # samples tried


class Moved:
    """Batches of a source, moved to a device; the last one is kept."""

    def __init__(self, source: Source, device: Any, labels: bool) -> None:
        self.source, self.device, self.labels = source, device, labels
        self.last: Any = None

    def __iter__(self) -> Moved:
        return self

    def __next__(self) -> Any:
        self.last = placed(next(self.source), self.device, self.labels)
        return self.last


def placed(batch: Any, device: Any, wanted: bool) -> Any:
    """Return samples and labels on a device; labels that are not wanted are left out, missing ones refused."""
    samples, labels = batch
    samples = samples.to(device)
    if not samples.is_floating_point():
        raise ValueError(f"Samples must be real numbers; got {samples.dtype}: scale bytes to [-1, 1] first.")
    if wanted and labels is None:
        raise ValueError("The networks take labels, and the data has none: pass (samples, labels).")
    return samples, labels.to(device) if wanted else None


def latent_of(G: Any) -> int:
    """Return the size of the noise that a generator takes, by its first linear layer."""
    for layer in G.modules():
        if isinstance(layer, torch.nn.Linear):
            return int(layer.in_features)
    raise ValueError("No linear layer of G tells the size of its noise: pass `latent`.")


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
    few = real[: min(len(real), FEW)]
    few_labels = None if labels is None else labels[: len(few)]
    with torch.no_grad():
        buffers = [b.clone() for b in game.buffers()]
        try:
            fake = trainer.generated(G, few, few_labels)
        except RuntimeError as error:
            raise ValueError(f"The generator does not take noise of shape (n, {trainer.latent}): {error}") from None
        if fake.shape != few.shape:
            raise ValueError(
                f"The generator's samples have shape {tuple(fake.shape[1:])}, the data's {tuple(few.shape[1:])}."
            )
        try:
            trainer.scores(D, few, few_labels)
        except RuntimeError as error:
            raise ValueError(
                f"The discriminator does not take samples of shape {tuple(few.shape[1:])}: {error}"
            ) from None
        game.put_buffers(buffers)
    trainer.chance.set_state(state)
