"""Several pairs of networks trained at once: their parameters stacked, each step mapped over all of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.func import functional_call, vmap

from minmax.gan.fits import explained
from minmax.gan.loop import checked, loop
from minmax.gan.objectives import Objectives
from minmax.gan.trainer import Alone, Trainer
from minmax.optim import NonFiniteLoss, Players
from minmax.optim.kept import noise_of
from minmax.optim.together import processes

__all__ = ["fit_together"]

PLAIN = (bool, int, float, str, tuple)
ALONE = "step"  # what optimizers count: one number for all


def fit_together(
    trainers: Sequence[Trainer],
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
) -> list[Trainer]:
    """Train several pairs of networks at once, each as its own `fit` would but for the order of sums.

    Each step is mapped over all pairs: a GPU that small networks leave idle trains ten seeds in little more than the
    time of one.  On a CPU that one pair keeps busy nothing is won.

    Parameters
    ----------
    trainers : of networks that compute alike, by one recipe, with seeds of their own.  Those that have taken fewer
        steps than others catch up alone.
    data, steps, batch, seconds, every, resume, callbacks, progress : as in `Trainer.fit`; data other than an iterator.
        What a callback changes in networks is written over by the next step.
    out : folder for a folder of each, `seed-0` and so on.

    Examples
    --------
    >>> import torch
    >>> from minmax.gan import Trainer, fit_together, mlp, ring
    >>> def trainer(seed):
    ...     _ = torch.manual_seed(seed)
    ...     return Trainer(mlp(8, 32, 2), mlp(2, 32, 1), seed=seed)
    >>> runs = fit_together([trainer(seed) for seed in range(3)], ring(), steps=20)
    >>> [run.steps for run in runs]
    [20, 20, 20]
    """
    trainers = list(trainers) if isinstance(trainers, Iterable) else []
    ends, callbacks = checked(steps, every, seconds, callbacks)
    check(trainers, data)
    folders = [None if out is None else Path(out) / f"seed-{trainer.seed}" for trainer in trainers]
    batches = [trainer.prepared(data, batch, folder, resume) for trainer, folder in zip(trainers, folders)]
    options: dict[str, Any] = {"ends": ends, "every": every, "callbacks": callbacks, "progress": progress}
    most = min(max(trainer.steps for trainer in trainers), steps)
    # Who was not written before a run was killed catches up.
    plays = [(Alone(trainer, own), folder) for trainer, own, folder in zip(trainers, batches, folders)]
    if all(loop(alone, steps, until=most, folders=[folder], **options) for alone, folder in plays) and most < steps:
        loop(Together(trainers, batches), steps, folders=folders, **options)
    return trainers


class Together:
    """The game of several trainers: players are stacks of their networks, losses the sums of theirs.

    Parameters
    ----------
    trainers : of equal networks and recipes.
    batches : iterators of each one's batches.
    """

    def __init__(self, trainers: Sequence[Trainer], batches: Sequence[Any]) -> None:
        first = trainers[0]
        self.trainers, self.batches = trainers, batches
        self.networks = dict(first.game.players)
        self.objectives = Objectives(
            first.recipe,
            first.drawn_noise,
            None,
            lambda: self.game.scheduled.get("penalty", 1.0),
            functional=True,
        )
        self.first: dict[str, Any] = {}  # each one's losses, as a step saw them first
        self.latest: dict[str, Any] = {}  # and as they were seen last
        players = {name: stacked([trainer.game.players[name] for trainer in trainers]) for name in first.game.players}
        recipe = first.recipe
        self.game = Players(
            players,
            {"G": self.of_generator, "D": self.of_discriminator} if recipe.alternates else self.both,
            first.optimizers(*players.values()),
            recipe.played(),
            averages=recipe.averages(),
            autocast=first.game.losses.autocast,
            nonfinite="stop",
            watch=Watches([trainer.game.watch for trainer in trainers]),
            generators=[trainer.chance for trainer in trainers],
        )
        states = [trainer.game.state_dict() for trainer in trainers]
        self.game.load_state_dict({**together(states), "generators": noise_of(self.game)})

    def step(self) -> Mapping[str, Any]:
        """Move all once and return the losses seen first, of each trainer."""
        self.first = {}
        try:
            self.game.step(iter(self.drawn, None))
        except NonFiniteLoss as error:
            lost = next((k for k, loss in enumerate(self.latest[error.player].tolist()) if loss - loss != 0.0), 0)
            raise explained(error, self.batches[lost], f"Seed {self.trainers[lost].seed}: ") from error
        return self.first

    def settle(self) -> None:
        """Bring the trainers to where the game is."""
        state = self.game.state_dict()
        for k, trainer in enumerate(self.trainers):
            trainer.game.load_state_dict({**apart(state, k), "generators": noise_of(trainer.game)})
            trainer.game.scheduled = dict(self.game.scheduled)
            trainer.game.seen = [self.batches[k].last]
            trainer.drawn = self.batches[k].source.drawn
            for name, own in self.game.owned.items():
                for mine, p in zip(trainer.game.owned[name], own):
                    mine.grad = None if p.grad is None else p.grad[k].clone()

    def losses_of(self, k: int, losses: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the losses of one trainer."""
        return {name: loss[k] for name, loss in losses.items()}

    # ------------------------------------------------------------------ losses

    def drawn(self) -> Any:
        """Return a batch of each, stacked; where one fails, none was drawn."""
        before = [batches.source.drawn for batches in self.batches]
        try:
            found = [next(batches) for batches in self.batches]
        except BaseException:
            for batches, drawn in zip(self.batches, before):
                batches.source.drawn = drawn
            raise
        labels = None if found[0][1] is None else torch.stack([labels for _, labels in found])
        return torch.stack([real for real, _ in found]), labels

    def chance(self, real: Any) -> tuple[Any, Any]:
        """Return the noise of each, and its places between samples, stacked."""
        each = [trainer.objectives.drawn(own) for trainer, own in zip(self.trainers, real)]
        places = None if each[0].places is None else torch.stack([drawn.places for drawn in each])
        return torch.stack([drawn.noise for drawn in each]), places

    def of_generator(self, G: Any, D: Any, batch: Any) -> Any:
        """Return the sum of what the generators minimise."""
        real, labels = batch
        noise = torch.stack([t.objectives.noise(len(own), t.chance) for t, own in zip(self.trainers, real)])
        return self.noted("G", self.mapped(self.objectives.loss_of_generator, G, D, real, labels, noise))

    def of_discriminator(self, G: Any, D: Any, batch: Any) -> Any:
        """Return the sum of what the discriminators minimise."""
        real, labels = batch
        arguments = (real, labels, *self.chance(real), self.objectives.share())
        return self.noted("D", self.mapped(self.objectives.loss_of_discriminator, G, D, *arguments))

    def both(self, G: Any, D: Any, batch: Any) -> dict[str, Any]:
        """Return the sums of both losses on the same samples."""
        real, labels = batch
        arguments = (real, labels, *self.chance(real), self.objectives.share(), self.objectives.recipe.curved)
        found = self.mapped(self.objectives.losses_of_both, G, D, *arguments)
        return {name: self.noted(name, loss) for name, loss in zip("GD", found)}

    def noted(self, name: str, losses: Any) -> Any:
        """Remember losses that come first in a step, and return their sum."""
        self.latest[name] = losses.detach()
        self.first.setdefault(name, self.latest[name])
        return losses.sum()

    def mapped(self, loss: Callable[..., Any], G: Any, D: Any, *arguments: Any) -> Any:
        """Return a loss of every pair: tensors among the arguments have a part for each."""

        def of_one(of_g: Any, of_d: Any, *arguments: Any) -> Any:
            called = (
                lambda *x, network=network, own=own: functional_call(network, own, x, tie_weights=False)
                for network, own in zip(self.networks.values(), (of_g, of_d))
            )
            return loss(*called, *arguments)

        parts = tuple(0 if isinstance(x, torch.Tensor) else None for x in arguments)
        own = (parameters_in_place(G), parameters_in_place(D))
        return vmap(of_one, in_dims=(0, 0, *parts), randomness="different")(*own, *arguments)


class Watches:
    """The monitors of several trainers as one: each is shown its own part of the parameters."""

    def __init__(self, monitors: Sequence[Any]) -> None:
        self.monitors = monitors

    def observe(self, parameters: Sequence[Any]) -> None:
        """Show each its part."""
        for monitor, part in zip(self.monitors, zip(*(p.unbind() for p in parameters))):
            if monitor is not None:
                monitor.observe(list(part))


# ------------------------------------------------------------------ stacks


def check(trainers: Sequence[Any], data: Any) -> None:
    """Refuse trainers that cannot move at once."""
    if not trainers or not all(isinstance(trainer, Trainer) for trainer in trainers):
        raise TypeError("`trainers` must be a list of `Trainer`s, one at least.")
    if processes() > 1:
        raise ValueError("Trainers move at once in one process: under torchrun fit each alone.")
    if hasattr(data, "__next__"):
        raise ValueError("`data` must be such that each trainer can draw its own batches; got an iterator.")
    first, seeds = trainers[0], [trainer.seed for trainer in trainers]
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"Trainers must have seeds of their own; got {seeds}.")
    if first.recipe.dynamics == "sga":
        raise ValueError("SGA chooses a sign by all parameters of a game: fit each trainer alone.")
    if first.compiled:
        raise ValueError("Losses that are mapped over several networks are not compiled: leave out `compiled`.")
    if first.game.scaler is not None:
        raise ValueError("Trainers in float16 have scales of their own: fit each alone, or use bfloat16.")
    if getattr(data, "persistent_workers", False):
        raise ValueError("A DataLoader with persistent workers has one row of batches for all: leave them out.")
    for network in (network for trainer in trainers for network in trainer.game.players.values()):
        if any(True for _ in network.buffers()):
            raise ValueError(f"{type(network).__name__} keeps buffers, such as running statistics: fit each alone.")
        if any(part._forward_pre_hooks for part in network.modules()):
            raise ValueError(f"{type(network).__name__} has hooks, such as those of old weight norms: fit each alone.")
    for what, held in (
        ("networks", [p for trainer in trainers for p in trainer.game.everything()]),
        ("monitors", [trainer.game.watch for trainer in trainers]),
    ):
        if len({id(one) for one in held}) < len(held):
            raise ValueError(f"Trainers must have {what} of their own; some have the same.")
    for trainer in trainers[1:]:
        its = facts(trainer)
        for what, mine in facts(first).items():
            if mine != its[what]:
                raise ValueError(f"Trainers that move at once must share their {what}; got {mine} and {its[what]}.")


def facts(trainer: Any) -> dict[str, Any]:
    """Return what trainers that move at once must share."""
    networks, game = trainer.game.players.values(), trainer.game
    parts = [part for network in networks for part in network.modules()]
    options = [{name: value for name, value in vars(part).items() if isinstance(value, PLAIN)} for part in parts]
    shapes = [(tuple(p.shape), p.dtype, p.requires_grad) for network in networks for p in network.parameters()]
    return {
        "recipe": trainer.recipe,
        "noise": trainer.noise,
        "latent": trainer.latent,
        "labels": trainer.labels,
        "device": trainer.device,
        "precision": game.losses.autocast,
        "networks": [repr(network) for network in networks],
        "options of layers": options,
        "shapes": shapes,
        "phase of a step": game.phase,
    }


def parameters_in_place(network: Any) -> dict[str, Any]:
    """Return all parameters by name, once for each place that holds them: a layer that stands twice is one place."""
    return {
        f"{path}.{name}" if path else name: p
        for path, part in network.named_modules()
        for name, p in part._parameters.items()
        if p is not None
    }


def stacked(networks: Sequence[Any]) -> Any:
    """Return a module that holds the parameters of several, stacked under the same names; it is not to be called."""
    found = copy.deepcopy(networks[0])
    held = [dict(network.named_parameters()) for network in networks]
    stacks = {
        p: torch.nn.Parameter(torch.stack([own[name].detach() for own in held]), requires_grad=p.requires_grad)
        for name, p in found.named_parameters()
    }
    for name, p in list(found.named_parameters(remove_duplicate=False)):  # one that stands twice stays one
        path, _, last = name.rpartition(".")
        setattr(found.get_submodule(path), last, stacks[p])
    return found


def together(states: Sequence[Any], key: Any = None) -> Any:
    """Return states as one: their tensors stacked, but for counts."""
    first = states[0]
    if isinstance(first, torch.Tensor):
        return first if key == ALONE else torch.stack(list(states))
    if isinstance(first, Mapping):
        return {name: together([state[name] for state in states], name) for name in first}
    if isinstance(first, (list, tuple)):
        return type(first)(together(list(parts)) for parts in zip(*states))
    return first


def apart(state: Any, k: int, key: Any = None) -> Any:
    """Return the part of a state that is one trainer's: what `together` made of it."""
    if isinstance(state, torch.Tensor):
        return state if key == ALONE else state[k]
    if isinstance(state, Mapping):
        return {name: apart(part, k, name) for name, part in state.items()}
    return type(state)(apart(part, k) for part in state) if isinstance(state, (list, tuple)) else state
