"""Batches by their number: the same one for the same seed and number, so that a run resumed sees what it would have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import torch

from minmax import _check
from minmax.gan.traces import chance_of

__all__ = ["Source", "is_distribution", "source_of", "taken"]

Batch = tuple[Any, Any]  # samples, and their labels or None
LOOKS = 1  # what the chance of looks is told apart by


class Source:
    """An endless row of batches, read from any place on.

    Parameters
    ----------
    seed : of order and chance.

    Attributes
    ----------
    drawn : batches that this process has drawn.
    rank, world : number of this process and of all that share the batches: they take them in turns.
    """

    def __init__(self, seed: int) -> None:
        self.seed, self.drawn = seed, 0
        self.rank, self.world = 0, 1

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        found = self.at(self.number())
        self.drawn += 1
        return found

    def go_on(self, drawn: int, anew: bool) -> None:
        """Go on after so many batches were drawn.

        Parameters
        ----------
        drawn : batches.
        anew : whether by another process, that the data begins anew for.
        """
        self.drawn = drawn

    def number(self) -> int:
        """Return the number, among those of all processes, of the batch that comes next."""
        return self.drawn * self.world + self.rank

    def at(self, k: int) -> Batch:
        """Return batch number k, counted from zero."""
        raise NotImplementedError(type(self).__name__)

    def some(self, most: int) -> Batch:
        """Return at most so many samples and labels, for a look."""
        raise NotImplementedError(type(self).__name__)

    @cached_property
    def mark(self) -> Any:
        """What tells these batches from others: their size, a sample, its label, the mean; None if they vary."""
        one, again = (marked(*self.at(0)) for _ in range(2))
        return one if torch.equal(one, again) else None

    def chance(self, *k: int) -> Any:
        """Return a generator of batch or epoch k alone."""
        mixed = np.random.SeedSequence([self.seed, *k]).generate_state(1, np.uint64)
        return torch.Generator().manual_seed(int(mixed[0] >> np.uint64(1)))


class Sampled(Source):
    """Batches of a distribution that can be sampled, such as a `Mixture`."""

    def __init__(self, distribution: Any, batch: int, seed: int) -> None:
        super().__init__(seed)
        self.distribution, self.batch = distribution, batch

    def at(self, k: int) -> Batch:
        """Return fresh samples."""
        return self.drawn_from(self.batch, self.chance(k))

    def some(self, most: int) -> Batch:
        """Return fresh samples that no batch is of."""
        return self.drawn_from(most, self.chance(0, LOOKS))

    def drawn_from(self, n: int, chance: Any) -> Batch:
        """Return so many samples, or say what a distribution must do."""
        try:
            return samples_and_labels((self.distribution.sample(n, chance), None))
        except TypeError as error:
            raise TypeError(f"`data.sample(n, generator)` must return n samples: {error}") from None


class Rows(Source):
    """Batches of a finite set, shuffled anew in every epoch; the rest of an epoch too short for a batch is left out."""

    def __init__(self, samples: Any, labels: Any, batch: int, seed: int) -> None:
        super().__init__(seed)
        self.samples, self.labels, self.batch = samples, labels, min(batch, len(samples))
        self.epoch, self.order = -1, torch.zeros(0, dtype=torch.long)

    def at(self, k: int) -> Batch:
        """Return the rows of the k-th batch."""
        whole = len(self.samples) // self.batch
        epoch, place = divmod(k, whole)
        if epoch != self.epoch:
            self.epoch, self.order = epoch, torch.randperm(len(self.samples), generator=self.chance(epoch))
        return self.rows(self.order[place * self.batch : (place + 1) * self.batch])

    def some(self, most: int) -> Batch:
        """Return rows drawn by chance."""
        return self.rows(torch.randperm(len(self.samples), generator=self.chance(0))[:most])

    def rows(self, places: Any) -> Batch:
        """Return the rows in some places."""
        return self.samples[places], None if self.labels is None else self.labels[places]


class Loaded(Source):
    """Batches of an iterable, from its beginning again where it ends; the order is its own, and so is its process."""

    def __init__(self, loader: Iterable[Any], seed: int) -> None:
        super().__init__(seed)
        self.loader, self.next, self.ended = loader, 0, False
        self.rest: Iterator[Any] | None = None
        self.mark = None  # a look could be the only one there is
        self.last: Batch | None = None

    def go_on(self, drawn: int, anew: bool) -> None:
        """Go on after so many batches were drawn; one that can be read once only is past them already."""
        self.drawn = drawn
        if not anew and hasattr(self.loader, "__next__"):
            self.next = drawn

    def number(self) -> int:
        """Return the number of the next batch: processes read iterables of their own."""
        return self.drawn

    def at(self, k: int) -> Batch:
        """Return the k-th batch; those before it are read and left out, and the last one is kept."""
        if k < self.next - 1:
            self.next, self.rest = 0, None
        while self.last is None or self.next <= k:
            self.last, self.next = self.read(), self.next + 1
        return self.last

    def some(self, most: int) -> Batch:
        """Return what comes first, once through at most."""
        batches = [self.at(0)]
        while sum(len(x) for x, _ in batches) < most:
            batch = self.at(len(batches))
            if self.ended:  # and begun again
                break
            batches.append(batch)
        samples = torch.cat([x for x, _ in batches])[:most]
        labels = None if batches[0][1] is None else torch.cat([y for _, y in batches if y is not None])[:most]
        return samples, labels

    def read(self) -> Batch:
        """Return the next batch.

        What a loader draws of torch's noise, such as its order, is of the seed and the batch's number: it is the same
        after a run is gone on with, and takes nothing from the noise of the networks.
        """
        with chance_of(int(self.chance(self.next, self.rank).initial_seed())):
            for again in (False, True):
                if again or self.rest is None:
                    self.rest, self.ended = iter(self.loader), again
                for found in self.rest:
                    batch = tuple(found) if isinstance(found, (tuple, list)) else (found, None)
                    return samples_and_labels(batch if len(batch) == 2 else (batch[0], None))
        raise ValueError("The loader of batches is empty, or can be read once only: pass one that can be read again.")


def marked(samples: Any, labels: Any) -> Any:
    """Return some numbers of a batch."""
    parts = [samples[0], samples.float().mean(0), *([] if labels is None else [labels[0]])]
    return torch.cat(
        [torch.tensor([float(len(samples))]), *(part.detach().reshape(-1).cpu().float() for part in parts)]
    )


def samples_and_labels(batch: Any) -> Batch:
    """Return what a loader gave as tensors, or refuse it."""
    samples, labels = (torch.from_numpy(part) if isinstance(part, np.ndarray) else part for part in batch)
    if not isinstance(samples, torch.Tensor) or not (labels is None or isinstance(labels, torch.Tensor)):
        got = ", ".join(type(part).__name__ for part in batch if part is not None)
        raise TypeError(f"Batches must be tensors, or tuples of samples and labels; got {got}.")
    return samples, labels


def is_distribution(data: Any) -> bool:
    """Return whether data is a distribution to be sampled from."""
    return hasattr(data, "sample") and not isinstance(data, torch.Tensor)


def taken(data: Any, most: int, seed: int = 0) -> Batch:
    """Return at most so many samples and labels, drawn by chance where there are more; the first of an iterable.

    Parameters
    ----------
    data : as for `source_of`.
    most : samples.
    seed : of the chance.
    """
    return source_of(data, 1, seed).some(most)


def source_of(data: Any, batch: int, seed: int) -> Source:
    """Return batches of what a trainer is given.

    Parameters
    ----------
    data : a distribution with `sample(n, generator)`; an array or tensor, or a tuple of two, samples and labels; or
        another iterable of batches, such as a DataLoader.
    batch : samples in each.
    seed : of order and chance.
    """
    _check.whole("batch", batch, 1)
    if is_distribution(data):
        return Sampled(data, batch, seed)
    if isinstance(data, tuple) and len(data) == 2 and all(hasattr(part, "shape") for part in data):
        samples, labels = (torch.as_tensor(part) for part in data)
        if len(samples) != len(labels):
            raise ValueError(f"There must be a label for each sample; got {len(labels)} for {len(samples)}.")
        return Rows(finite(samples), labels, batch, seed)
    if hasattr(data, "shape"):
        return Rows(finite(torch.as_tensor(data)), None, batch, seed)
    if isinstance(data, Iterable) and not isinstance(data, (str, bytes)):
        return Loaded(data, seed)
    raise TypeError(f"`data` must be samples, a distribution or an iterable of batches; got {type(data).__name__}.")


def finite(samples: Any) -> Any:
    """Return samples as they are, or refuse them."""
    if samples.dim() < 2 or not samples.numel():
        raise ValueError(f"`data` must hold samples, one a row; got shape {tuple(samples.shape)}.")
    if samples.is_floating_point() and not samples.isfinite().all():
        raise ValueError(f"`data` must be finite; {int((~samples.isfinite()).sum())} of its numbers are not.")
    return samples
