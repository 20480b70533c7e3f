"""A generator and a discriminator trained by a recipe, with checkpoints from which a run goes on as if never ended."""

from __future__ import annotations

import csv
import dataclasses
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from minmax import _check
from minmax.gan.losses import LOSSES, Loss, scores_of
from minmax.gan.recipes import Recipe, recipe_named
from minmax.gan.sources import Source, source_of
from minmax.optim import Players, wgan_gp
from minmax.optim.penalties import scored

__all__ = ["Trainer"]

CHECKPOINT, LOG = "checkpoint.pt", "log.csv"
AT_ONCE = 1000  # samples generated together


class Trainer:
    """Trains a GAN: `Trainer(G, D).fit(data, steps=4000).sample(64)`.

    Parameters
    ----------
    G : module that turns noise (n, latent) into samples; with labels, `G(noise, labels)`.
    D : module that gives one score a sample; with labels, `D(samples, labels)`.
    recipe : name in `RECIPES` or a `Recipe`; further keywords change it, such as `lr=1e-4`.
    latent : numbers of the noise; where None those that the first linear layer of G takes.
    labels : whether both networks take labels as well.
    seed : of the noise and of the order of data, not of the networks' weights.
    device : where to train; where G is if None.
    autocast : torch.bfloat16, that losses are computed in.
    watch : a `minmax.Monitor` that sees every step; one of its own where None.
    changes : of the recipe.

    Examples
    --------
    >>> import torch
    >>> from minmax.gan import Trainer, mlp, modes, ring
    >>> _ = torch.manual_seed(0)
    >>> gan = Trainer(mlp(8, 32, 2), mlp(2, 32, 1), "r3gan", lr=2e-3)
    >>> gan = gan.fit(ring(8), steps=20)
    >>> gan.sample(5).shape, gan.steps
    (torch.Size([5, 2]), 20)
    """

    def __init__(
        self,
        G: Any,
        D: Any,
        recipe: str | Recipe = "r3gan",
        *,
        latent: int | None = None,
        labels: bool = False,
        seed: int = 0,
        device: Any = None,
        autocast: Any = None,
        watch: Any = None,
        **changes: Any,
    ) -> None:
        from minmax.diagnostics import Monitor

        self.recipe = recipe_named(recipe, changes)
        self.loss: Loss = LOSSES[self.recipe.loss]
        self.latent = latent_of(G) if latent is None else _check.whole("latent", latent, 1)
        self.labels, self.seed = labels, _check.whole("seed", seed)
        self.device = torch.device(device) if device is not None else next(G.parameters()).device
        self.noise = torch.Generator(self.device).manual_seed(seed)
        players = {"G": G.to(self.device), "D": D.to(self.device)}
        dynamics = self.recipe.played()
        apart = self.recipe.dynamics == "alternating"
        self.game = Players(
            players,
            {"G": self.loss_of_generator, "D": self.loss_of_discriminator} if apart else self.both_losses,
            self.recipe.optimizers(),
            dynamics,
            averages=self.recipe.averages(),
            autocast=autocast,
            watch=Monitor() if watch is None else watch,
            generators=[self.noise],
        )
        self.rows: list[dict[str, Any]] = []
        self.drawn = 0  # batches

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self.game.steps

    # ------------------------------------------------------------------ losses

    def generated(self, G: Any, real: Any, labels: Any) -> Any:
        """Return as many samples as there are real ones, with their graph."""
        noise = torch.randn(len(real), self.latent, generator=self.noise, device=self.device)
        return G(noise) if labels is None else G(noise, labels)

    def scores(self, D: Any, samples: Any, labels: Any) -> Any:
        """Return the discriminator's scores."""
        return scores_of(D(samples) if labels is None else D(samples, labels), len(samples))

    def loss_of_generator(self, G: Any, D: Any, batch: Any) -> Any:
        """Return what the generator minimises."""
        real, labels = batch
        fake = self.scores(D, self.generated(G, real, labels), labels)
        # Only losses of pairs look at scores of real samples here.
        return self.loss.generator(self.scores(D, real, labels) if self.loss.pairs else fake.detach(), fake)

    def loss_of_discriminator(self, G: Any, D: Any, batch: Any) -> Any:
        """Return what the discriminator minimises."""
        real, labels = batch
        with torch.no_grad():
            fake = self.generated(G, real, labels)
        return self.judged(lambda x: self.scores(D, x, labels), real, fake)[0]

    def both_losses(self, G: Any, D: Any, batch: Any) -> dict[str, Any]:
        """Return both losses on the same samples."""
        real, labels = batch
        fake = self.generated(G, real, labels)
        of_d, of_real, of_fake = self.judged(lambda x: self.scores(D, x, labels), real, fake)
        if self.recipe.r2 > 0.0:  # those scores are of samples without their graph
            of_fake = self.scores(D, fake, labels)
        return {"G": self.loss.generator(of_real, of_fake), "D": of_d}

    def judged(self, judge: Callable[[Any], Any], real: Any, fake: Any) -> tuple[Any, Any, Any]:
        """Return what the discriminator minimises, penalties included, and its scores."""
        recipe, share = self.recipe, float(self.game.scheduled.get("penalty", 1.0))
        of_real, by_real = penalised(judge, real, share * recipe.r1)
        of_fake, by_fake = penalised(judge, fake, share * recipe.r2)
        found = self.loss.discriminator(of_real, of_fake) + by_real + by_fake
        if recipe.gradient_penalty > 0.0:
            found = found + wgan_gp(judge, real, fake, share * recipe.gradient_penalty, generator=self.noise)
        return found, of_real, of_fake

    # ------------------------------------------------------------------ training

    def fit(
        self,
        data: Any,
        steps: int,
        *,
        batch: int = 256,
        seconds: float | None = None,
        every: int = 500,
        out: Any = None,
        resume: bool = False,
        callbacks: Sequence[Callable[[Trainer, Mapping[str, Any]], Any]] = (),
    ) -> Trainer:
        """Train until so many steps are taken in all.

        Parameters
        ----------
        data : samples, or a tuple of samples and labels; a distribution with `sample(n, generator)`, such as a
            `Mixture`; or an iterable of batches, such as a DataLoader.
        steps : of the whole run, earlier ones of it counted: schedules end with them.
        batch : samples of each evaluation, where `data` does not come in batches.
        seconds : after which to end, at the next step.
        every : steps between two rows of `rows`, and two checkpoints.
        out : folder for `log.csv` and `checkpoint.pt`; nothing is written where None.
        resume : whether to go on from the checkpoint in `out`, if there is one.  With data that can be read from any
            place (all but iterables, which are read up to it) the run then is as if it had not ended.
        callbacks : called as `callback(trainer, row)` with each row; one that returns True ends the run.
        """
        _check.whole("steps", steps, 1)
        _check.whole("every", every, 1)
        ends = math.inf if seconds is None else time.monotonic() + _check.positive("seconds", seconds)
        source = source_of(data, batch, self.seed)
        folder = None if out is None else Path(out)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            if resume and (folder / CHECKPOINT).exists():
                self.load(folder / CHECKPOINT)
            self.write(folder)
        source.drawn = self.drawn
        self.check(source.at(source.drawn))
        self.game.schedules = self.recipe.schedules(steps)
        batches, began = Moved(source, self.device, self.labels), time.monotonic()
        while self.game.steps < steps:
            losses = self.game.step(batches)
            if self.recipe.clip is not None:
                with torch.no_grad():
                    torch._foreach_clamp_min_(self.game.owned["D"], -self.recipe.clip)
                    torch._foreach_clamp_max_(self.game.owned["D"], self.recipe.clip)
            late = time.monotonic() > ends
            if self.game.steps % every == 0 or self.game.steps == steps or late:
                self.drawn = source.drawn
                row = self.seen(losses, time.monotonic() - began)
                if folder is not None:
                    self.write(folder)
                    self.save(folder / CHECKPOINT)
                asked = [callback(self, row) is True for callback in callbacks]  # all of them, whatever one answers
                if late or any(asked):
                    break
        self.drawn = source.drawn
        return self

    def seen(self, losses: Mapping[str, Any], spent: float) -> dict[str, Any]:
        """Add a row on the run so far."""
        verdict = self.game.watch.diagnosis().verdict if hasattr(self.game.watch, "diagnosis") else ""
        row = {"step": self.steps, "seconds": round(spent, 3), "verdict": verdict}
        row |= {f"loss {name}": loss.item() for name, loss in losses.items()}
        self.rows.append(row)
        return row

    def check(self, batch: Any) -> None:
        """Refuse networks that do not fit each other or the data, before the first step."""
        real, labels = placed(batch, self.device, self.labels)
        G, D = self.game.players.values()
        state = self.noise.get_state()
        with torch.no_grad():
            buffers = [b.clone() for b in self.game.buffers()]
            few = real[: min(len(real), 4)]
            few_labels = None if labels is None else labels[: len(few)]
            try:
                fake = self.generated(G, few, few_labels)
            except RuntimeError as error:
                raise ValueError(f"The generator does not take noise of shape (n, {self.latent}): {error}") from None
            if fake.shape != few.shape:
                raise ValueError(
                    f"The generator's samples have shape {tuple(fake.shape[1:])}, the data's {tuple(few.shape[1:])}."
                )
            try:
                self.scores(D, few, few_labels)
            except RuntimeError as error:
                raise ValueError(
                    f"The discriminator does not take samples of shape {tuple(few.shape[1:])}: {error}"
                ) from None
            self.game.put_buffers(buffers)
        self.noise.set_state(state)

    # ------------------------------------------------------------------ results

    def generator(self) -> Any:
        """Return the generator that samples: a copy that is its average, where the recipe keeps one."""
        return self.game.averaged("G") if "G" in self.game.averages else self.game.players["G"]

    def sample(self, n: int, *, labels: Any = None, seed: int = 0) -> Any:
        """Return n samples.

        Parameters
        ----------
        n : samples.
        labels : (n,) of each, where the networks take labels.
        seed : of the noise: that of training is not touched.
        """
        _check.whole("n", n, 1)
        if self.labels != (labels is not None):
            raise ValueError("`labels` must be given exactly where the trainer was made with labels=True.")
        G, chance = self.generator(), torch.Generator(self.device).manual_seed(seed)
        mode = G.training
        G.eval()
        found = []
        with torch.no_grad():
            for begin in range(0, n, AT_ONCE):
                size = min(AT_ONCE, n - begin)
                noise = torch.randn(size, self.latent, generator=chance, device=self.device)
                part = None if labels is None else torch.as_tensor(labels)[begin : begin + size].to(self.device)
                found.append(G(noise) if part is None else G(noise, part))
        G.train(mode)
        return torch.cat(found)

    def diagnosis(self) -> Any:
        """Return what `minmax.diagnose` says of the steps so far."""
        return self.game.watch.diagnosis(title=f"GAN by the recipe {self.recipe.name}")

    # ------------------------------------------------------------------ stopping and going on

    def save(self, path: Any) -> None:
        """Write all that a run needs to go on, in one move: a file that is there is whole.

        Parameters
        ----------
        path : of the file.
        """
        path = Path(path)
        state = {
            "game": self.game.state_dict(),
            "recipe": dataclasses.asdict(self.recipe),
            "rows": self.rows,
            "drawn": self.drawn,
            "seed": self.seed,
        }
        beside = path.with_name(path.name + ".part")
        with open(beside, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)

    def load(self, path: Any) -> Trainer:
        """Go on from a file of `save`; networks, recipe and seed must be those it was saved with.

        Parameters
        ----------
        path : of the file.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        theirs, mine = state["recipe"], dataclasses.asdict(self.recipe)
        for name in mine:
            if theirs.get(name) != mine[name]:
                raise ValueError(f"{path} is of a recipe with {name} {theirs.get(name)!r}; here it is {mine[name]!r}.")
        if state["seed"] != self.seed:
            raise ValueError(f"{path} is of a run with seed {state['seed']}; here it is {self.seed}.")
        self.game.load_state_dict(state["game"])
        self.rows, self.drawn = list(state["rows"]), state["drawn"]
        return self

    def write(self, folder: Path) -> None:
        """Write the rows so far as a table."""
        if not self.rows:
            return
        with open(folder / LOG, "w", newline="") as file:
            writer = csv.DictWriter(file, self.rows[0])
            writer.writeheader()
            writer.writerows(self.rows)


def penalised(judge: Callable[[Any], Any], points: Any, weight: float) -> tuple[Any, Any]:
    """Return scores, and half the mean squared norm of their gradient times a weight, as `r1`; one pass for both."""
    if weight == 0.0:
        return judge(points), 0.0
    scores, squares = scored(judge, points)
    return scores, 0.5 * weight * squares.mean()


class Moved:
    """Batches of a source, moved to a device."""

    def __init__(self, source: Source, device: Any, labels: bool) -> None:
        self.source, self.device, self.labels = source, device, labels

    def __iter__(self) -> Moved:
        return self

    def __next__(self) -> Any:
        return placed(next(self.source), self.device, self.labels)


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
