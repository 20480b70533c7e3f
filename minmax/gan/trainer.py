"""A generator and a discriminator trained by a recipe, with checkpoints from which a run goes on as if never ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from minmax import _check
from minmax.gan.checkpoints import restore, save
from minmax.gan.film import Film
from minmax.gan.fits import Moved, check, explained, first_parameter, latent_of, placed
from minmax.gan.logs import write_table
from minmax.gan.loop import checked, loop
from minmax.gan.objectives import NOISES, Objectives
from minmax.gan.ranks import agreed_start, joined, own_seed, rank, there_for_all
from minmax.gan.recipes import Recipe, recipe_named
from minmax.gan.sources import source_of
from minmax.gan.traces import chance_of, evaluating
from minmax.optim import NonFiniteLoss, Players
from minmax.optim.looks import pair_of
from minmax.optim.together import processes

__all__ = ["Alone", "Trainer"]

CHECKPOINT, LOG = "checkpoint.pt", "log.csv"
AT_ONCE = 1000  # samples generated together
LOOK, SPARSEST = 2**15, 31  # parameters that a monitor may look at in each step: of more it takes fewer samples


class Trainer:
    """Trains a GAN: `Trainer(G, D).fit(data, steps=4000).sample(64)`.

    Parameters
    ----------
    G : module that turns noise (n, latent) into samples; with labels, `G(noise, labels)`.
    D : module that gives one score a sample; with labels, `D(samples, labels)`.
    recipe : name in `RECIPES` or a `Recipe`; further keywords change it, such as `lr=1e-4`.
    latent : numbers of the noise; where None those that the first linear layer of G takes.
    noise : "gaussian", or "uniform" between -sqrt 3 and sqrt 3: variance one as well, and an edge where samples end.
    labels : whether both networks take labels as well.
    seed : of the noise and of the order of data, not of the networks' weights.
    device : where to train; where G is if None.
    compiled : whether losses are compiled by torch.compile: a minute once, and then fewer launches a step on a GPU.
    autocast : torch.bfloat16 or torch.float16, that losses are computed in; float16 with a scale for its gradients.
    watch : a `minmax.Monitor`; one of its own where None, which looks less often where there are many parameters.
    film : frames of samples kept for pictures, one with each row of `fit` until there are so many; where 0, where the
        parameters began is not kept either.
    changes : of the recipe.

    Under `torchrun` each process takes batches and noise of its own, and gradients are averaged; the first one writes.

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
        noise: str = "gaussian",
        labels: bool = False,
        seed: int = 0,
        device: Any = None,
        compiled: bool = False,
        autocast: Any = None,
        watch: Any = None,
        film: int = 60,
        **changes: Any,
    ) -> None:
        from minmax.diagnostics import Monitor

        parameter = first_parameter("G", G)
        first_parameter("D", D)
        self.recipe = recipe_named(recipe, changes)
        self.latent = latent_of(G) if latent is None else _check.whole("latent", latent, 1)
        self.noise = _check.choice("noise", noise, NOISES)
        self.labels, self.seed, self.compiled = labels, _check.whole("seed", seed), compiled
        device = joined(device)
        self.device = torch.device(device) if device is not None else parameter.device
        self.dtype = parameter.dtype
        self.chance = torch.Generator(self.device).manual_seed(own_seed(seed))
        players = {"G": G.to(self.device), "D": D.to(self.device)}
        agreed_start(list(players.values()))
        self.objectives = Objectives(
            self.recipe, self.drawn_noise, self.chance, lambda: self.game.scheduled.get("penalty", 1.0)
        )
        count = sum(p.numel() for player in players.values() for p in player.parameters())
        self.game = Players(
            players,
            self.objectives.of_players(compiled),
            self.optimizers(G, D),
            self.recipe.played(),
            averages=self.recipe.averages(),
            autocast=autocast,
            scaler=torch.amp.GradScaler(self.device.type) if autocast is torch.float16 else None,
            nonfinite="stop",
            watch=Monitor(stride=1 + min(count // LOOK, SPARSEST)) if watch is None else watch,
            generators=[self.chance],
        )
        self.rows: list[dict[str, Any]] = []
        self.film = Film(_check.whole("film", film))
        self.began = [flat(own) for own in self.game.owned.values()] if film else None
        self.labels_shown: Any = None  # of the film's samples
        self.drawn = 0  # batches
        self.mark: Any = None  # of the data of the last fit
        self.loaded = False  # since the last fit

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self.game.steps

    def optimizers(self, G: Any, D: Any) -> dict[str, Any]:
        """Return the optimizers of both players by name."""
        recipe = self.recipe
        return {"G": recipe.optimizer_of(G.parameters()), "D": recipe.optimizer_of(D.parameters(), recipe.clip)}

    def drawn_noise(self, n: int, chance: Any) -> Any:
        """Return noise of n samples."""
        return NOISES[self.noise](n, self.latent, generator=chance, device=self.device, dtype=self.dtype)

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
        callbacks: Any = (),
        progress: bool = True,
    ) -> Trainer:
        """Train until so many steps are taken in all.

        Parameters
        ----------
        data : samples, or a tuple of samples and labels; a distribution with `sample(n, generator)`, such as a
            `Mixture`; or an iterable of batches, such as a DataLoader.
        steps : of the whole run, earlier ones of it counted: schedules end with them.
        batch : samples of each evaluation, where `data` does not come in batches; of each process under `torchrun`.
        seconds : after which to end, at the next step.
        every : steps between two rows of `rows`, and two checkpoints.
        out : folder for `log.csv`, `checkpoint.pt` and, where it is installed, TensorBoard's files; nothing is written
            where None.
        resume : whether to go on from the checkpoint in `out`, if there is one.  With data that can be read from any
            place (all but iterables, which are read up to it) the run then is as if it had not ended.
        callbacks : one or several, called as `callback(trainer, row)` with each row; what one returns in a dict becomes
            part of the row, numbers as numbers and else as text, and one that returns True ends the run.
        progress : whether to show a bar where there is a terminal.
        """
        ends, callbacks = checked(steps, every, seconds, callbacks)
        folder = None if out is None else Path(out)
        play = Alone(self, self.prepared(data, batch, folder, resume))
        loop(play, steps, ends=ends, every=every, folders=[folder], callbacks=callbacks, progress=progress)
        return self

    def prepared(self, data: Any, batch: int, folder: Path | None, resume: bool) -> Moved:
        """Return the batches to go on with, when all is found to fit; parameters as in `fit`."""
        source = source_of(data, batch, self.seed)
        source.rank, source.world = rank(), processes()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            if resume and there_for_all(folder / CHECKPOINT):
                restore(self, folder / CHECKPOINT, source.mark)
                self.loaded = True
        source.go_on(self.drawn, self.loaded)
        self.loaded = False
        first = placed(source.at(source.number()), self.device, self.labels, self.dtype)
        check(self, first)
        self.mark = source.mark
        if not self.film.frames:  # the samples that come first are in the film before training
            self.labels_shown = first[1]
            self.filmed(first[0][0].numel())
        return Moved(source, self.device, self.labels, self.dtype)

    def seen(self, losses: Mapping[str, Any], spent: float) -> dict[str, Any]:
        """Add a row and a frame on the run so far: losses, norms of the last gradients and the monitor's verdict."""
        verdict = self.game.watch.diagnosis().verdict if hasattr(self.game.watch, "diagnosis") else ""
        row = {"step": self.steps, "seconds": round(spent, 3), "verdict": verdict}
        row |= {f"loss {name}": loss.item() for name, loss in losses.items()}
        for name, own in self.game.owned.items():
            slopes = [p.grad for p in own if p.grad is not None]
            row[f"gradient {name}"] = torch.stack(torch._foreach_norm(slopes)).norm().item() if slopes else 0.0
        self.rows.append(row)
        self.filmed(self.game.seen[0][0][0].numel())
        return row

    def filmed(self, numbers: int) -> None:
        """Keep a frame of samples of so many numbers each."""
        if self.film.length:
            n, labels = self.film.samples(numbers), self.labels_shown
            labels = None if labels is None else labels[torch.arange(n, device=labels.device) % len(labels)]
            self.film.add(self.steps, self.sample(n, labels=labels))

    # ------------------------------------------------------------------ results

    def generator(self, *, averaged: bool = True) -> Any:
        """Return the generator that samples: a copy that is its average, where that is wanted and the recipe keeps one.

        Parameters
        ----------
        averaged : whether the average is wanted.
        """
        return self.game.averaged("G") if averaged and "G" in self.game.averages else self.game.players["G"]

    def sample(self, n: int, *, labels: Any = None, seed: int = 0, averaged: bool = True) -> Any:
        """Return n samples.

        Parameters
        ----------
        n : samples.
        labels : (n, ...) of each, where the networks take labels.
        seed : of the noise: that of training is not touched.
        averaged : whether the average of the generator makes them, where the recipe keeps one; else the last one does.
        """
        _check.whole("n", n, 1)
        if self.labels != (labels is not None):
            raise ValueError("`labels` must be given exactly where the trainer was made with labels=True.")
        if labels is not None:
            labels = torch.as_tensor(labels).to(self.device)
            if labels.dim() == 0 or len(labels) != n:
                raise ValueError(f"`labels` must be one for each of {n} samples; got shape {tuple(labels.shape)}.")
        chance, found = torch.Generator(self.device).manual_seed(_check.whole("seed", seed)), []
        # A generator that draws more noise of its own draws that of the seed, too.
        with torch.no_grad(), evaluating(self.generator(averaged=averaged)) as G, chance_of(seed, self.device):
            for begin in range(0, n, AT_ONCE):
                size = min(AT_ONCE, n - begin)
                noise = self.drawn_noise(size, chance)
                found.append(G(noise) if labels is None else G(noise, labels[begin : begin + size]))
        return torch.cat(found)

    def diagnosis(self) -> Any:
        """Return what `minmax.diagnose` says of the steps so far."""
        return self.game.watch.diagnosis(title=f"GAN by the recipe {self.recipe.name}")

    def pair(self, batch: Any = None, *, seed: int = 0) -> Any:
        """Return the game that both networks play as a `TorchPair`, for `minmax.classify`, `game_jacobian` and others.

        Both losses are of the same samples, and each depends on all parameters, whatever order the recipe moves in.

        Parameters
        ----------
        batch : real samples, or a tuple of samples and labels; the last batch seen where None.
        seed : of the noise.
        """
        if batch is None and not self.game.seen:
            raise ValueError("`batch` must be given where no step was taken: real samples to look at the game on.")
        batch = self.game.seen[0] if batch is None else batch if isinstance(batch, tuple) else (batch, None)
        G, D = self.game.players.values()
        place = placed(batch, self.device, self.labels, self.dtype)
        return pair_of(self.game, place, seed, lambda held: self.objectives.both(G, D, held, through=True))

    def start(self) -> Any:
        """Return where both players began, flat, as a `TorchPair` of them has its points; None where not kept."""
        return None if self.began is None else tuple(np.asarray(part, dtype=np.float64) for part in self.began)

    def report(
        self, path: Any, data: Any = None, held_out: Any = None, *, steps: int = 300, local: bool = True
    ) -> dict[str, Any]:
        """Write a page about the run, in one file to be read without a network, and return the measures on it.

        Parameters
        ----------
        path : an `.html` file.
        data, held_out : what samples are held to, as for `minmax.gan.judge`; nothing is measured without.
        steps : of the responses of the duality gap; it is left out where 0.
        local : whether to draw the eigenvalues of the game and the path-angle from its start: some hundred passes.
        """
        from minmax.plots import write_training_report

        return write_training_report(self, path, data, held_out, steps=steps, local=local)

    def animate(self, path: Any, data: Any = None, *, per_second: int = 10) -> None:
        """Write the course of the run as an animation: samples of the same noise, a frame with each row.

        Parameters
        ----------
        path : a `.gif` file.
        data : samples drawn below, such as `mixture.sample(1000)`.
        per_second : frames.
        """
        from minmax.plots import animate

        animate(self.film, path, data, per_second=per_second)

    # ------------------------------------------------------------------ stopping and going on

    def save(self, path: Any) -> None:
        """Write all that a run needs to go on, in one move: a file that is there is whole.

        Parameters
        ----------
        path : of the file.
        """
        save(self, Path(path))

    def load(self, path: Any) -> Trainer:
        """Go on from a file of `save`; networks, recipe and seed must be those it was saved with.

        Parameters
        ----------
        path : of the file.
        """
        restore(self, path)
        self.loaded = True
        return self

    def write(self, folder: Path) -> None:
        """Write the rows so far and a checkpoint."""
        if rank() == 0:
            write_table(self.rows, folder / LOG)
        self.save(folder / CHECKPOINT)


class Alone:
    """The game of one trainer, that `loop` plays.

    Parameters
    ----------
    trainer : whose game it is.
    batches : that it moves on.
    """

    def __init__(self, trainer: Trainer, batches: Moved) -> None:
        self.trainers: Sequence[Trainer] = [trainer]
        self.game, self.batches = trainer.game, batches

    def step(self) -> Mapping[str, Any]:
        """Take a step and return its losses; one that fails for its data says so."""
        try:
            return self.game.step(self.batches)
        except NonFiniteLoss as error:
            raise explained(error, self.batches) from error
        finally:  # a step that was broken off goes on with the next batch
            self.trainers[0].drawn = self.batches.source.drawn

    def settle(self) -> None:
        """Do nothing: the game is the trainer's own."""

    def losses_of(self, k: int, losses: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the losses as they are."""
        return losses


def flat(parameters: Sequence[Any]) -> Any:
    """Return a copy of parameters, end to end, on the CPU."""
    return torch.cat([p.detach().reshape(-1).cpu() for p in parameters])
