"""Several players in one object: their losses and optimizers, the order they move in, and one state to resume from."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch

from minmax import _check
from minmax.optim.field import Field
from minmax.optim.optimizer import GameOptimizer
from minmax.optim.orders import Dynamics, ExtraGradient, Simultaneous
from minmax.optim.owned import (
    OPTIONS,
    Table,
    averages_of,
    load_tensors,
    on_device,
    optimizers_of,
    parameters_of,
    scalar,
    set_option,
    summed,
    tensors_of,
)
from minmax.optim.schedules import Schedule
from minmax.optim.together import agreed, averaged, processes

__all__ = ["NonFiniteLoss", "OutOfBatches", "Players"]


class NonFiniteLoss(RuntimeError):  # noqa: N818
    """A player's loss is not a finite number; nobody has moved.

    Attributes
    ----------
    player : whose loss it is.
    value : the loss.
    step : number of the step, counted from zero.
    """

    def __init__(self, player: str, value: float, step: int) -> None:
        super().__init__(
            f"The loss of player {player!r} is {value} at step {step}: the step was refused, no parameter has moved; "
            'lower the learning rate, or pass nonfinite="skip" to leave such steps out.'
        )
        self.player, self.value, self.step = player, value, step

    def __reduce__(self) -> Any:
        return type(self), (self.player, self.value, self.step)


class OutOfBatches(LookupError):  # noqa: N818
    """An iterator had no more batches for a step, which has been taken back."""


NO_MORE = object()


class Overflow(Exception):  # noqa: N818
    """Gradients left the range of half precision: the scale has been lowered and this step is left out."""


class Players:
    """Players of a game whose strategies are torch parameters: `step(batch)` moves all of them once.

    Parameters
    ----------
    players : modules, tensors or lists of tensors by name, at least two.
    losses : function `losses(*players, batch)` that returns the loss each player minimises, as a dict by name or a
        tuple in the order of the players; or a dict of such functions, one a player, called only where needed.
        `batch` is left out where `step()` is given none.
    optimizers : a torch optimizer for each player by name; or a function that makes one of parameters, for all.
    dynamics : who sees what and moves when: `Simultaneous()`, `Alternating(n_d=5)`, `ExtraGradient()`, ...; where None
        `ExtraGradient()` if an optimizer looks ahead, else `Simultaneous()`.
    averages : `EMA(half_life=...)` or `Uniform()` by player, or one for all: `averaged(name)` returns the average.
    schedules : by name: "lr", "beta2", or "G.lr" of one player's optimizer, in all its groups; "half_life" of averages;
        any other name is a number that losses read as `players.scheduled[name]`.
    clip : largest norm of a player's gradient, a number or one by player.
    accumulate : batches whose gradients are averaged for each evaluation; `step` is then given so many, in a list.
    autocast : torch.bfloat16 or torch.float16 that the losses are computed in.
    scaler : a `torch.amp.GradScaler`, for float16.
    nonfinite : "raise" refuses a step at which a loss is NaN or infinite, "skip" leaves it out and counts it in
        `skipped`, "ignore" does not look, which saves a wait for the device.
    watch : a `Monitor` that is shown the parameters of two players after every step.

    Examples
    --------
    >>> import torch
    >>> from minmax.optim import ExtraGradient, Players
    >>> x, y = (torch.ones((), dtype=torch.float64, requires_grad=True) for _ in range(2))
    >>> sgd = lambda params: torch.optim.SGD(params, lr=0.5)
    >>> game = Players.zero_sum(min=x, max=y, objective=lambda x, y: x * y, optimizers=sgd, dynamics=ExtraGradient())
    >>> losses = game.step()
    >>> x.item(), y.item(), losses["x"].item()
    (0.25, 1.25, 1.0)
    """

    def __init__(
        self,
        players: Mapping[str, Any],
        losses: Any,
        optimizers: Any = None,
        dynamics: Dynamics | None = None,
        *,
        averages: Any = None,
        schedules: Mapping[str, Schedule] | None = None,
        clip: Any = None,
        accumulate: int = 1,
        autocast: Any = None,
        scaler: Any = None,
        nonfinite: str = "raise",
        watch: Any = None,
    ) -> None:
        if not isinstance(players, Mapping) or len(players) < 2:
            raise TypeError("`players` must be a dict of at least two modules or tensors by name.")
        self.players = dict(players)
        self.owned = {name: parameters_of(name, player) for name, player in self.players.items()}
        seen: dict[Any, str] = {}
        for name, own in self.owned.items():
            for p in own:
                if seen.setdefault(p, name) != name:
                    raise ValueError(f"Players {seen[p]!r} and {name!r} share a parameter; each must own its own.")
        self.losses, self.is_zero_sum = losses, False
        if isinstance(losses, Mapping) and set(losses) != set(self.players):
            raise ValueError(f"`losses` must have one function for each of {', '.join(self.players)}.")
        self.optimizers = optimizers_of(optimizers, self.owned)
        ahead = any(isinstance(o, GameOptimizer) and o.two_phases for o in self.optimizers.values())
        if dynamics is not None and not isinstance(dynamics, Dynamics):
            raise TypeError(f"`dynamics` must be a dynamics of players such as Simultaneous(); got {dynamics!r}.")
        self.dynamics: Dynamics = dynamics or (ExtraGradient() if ahead else Simultaneous())
        self.averages = averages_of(averages, self.players)
        self.schedules = dict(schedules or {})
        self.scheduled: dict[str, float] = {}
        if isinstance(clip, Mapping) and set(clip) - set(self.players):
            raise ValueError(f"`clip` must name players among {', '.join(self.players)}; got {', '.join(clip)}.")
        self.clip = {n: clip.get(n) if isinstance(clip, Mapping) else clip for n in self.players}
        self.accumulate = _check.whole("accumulate", accumulate, 1)
        if nonfinite not in ("raise", "skip", "ignore"):
            raise ValueError(f'`nonfinite` must be "raise", "skip" or "ignore"; got {nonfinite!r}.')
        self.autocast, self.scaler, self.nonfinite, self.watch = autocast, scaler, nonfinite, watch
        self.steps, self.phase, self.skipped = 0, 0, 0
        self.memory: dict[str, Any] = {}
        self.drawn: Any = None
        self.latest: dict[str, Any] = {}
        self.dynamics.check(self)
        if watch is not None and len(self.players) != 2:
            raise ValueError(f"`watch` looks at two players; these are {len(self.players)}.")
        self.apply_schedules()

    @classmethod
    def zero_sum(cls, *, min: Any, max: Any, objective: Callable[..., Any], **options: Any) -> Players:
        """Return two players of one objective, x who minimises and y who maximises it.

        Parameters
        ----------
        min, max : module, tensor or list of tensors of either player; they are called "x" and "y".
        objective : function `objective(x, y)`, or `objective(x, y, batch)`, that returns a scalar.
        options : those of `Players`, but for `losses`.
        """
        game = cls({"x": min, "y": max}, objective, **options)
        game.is_zero_sum = True
        return game

    # ------------------------------------------------------------------ playing

    def step(self, batch: Any = None) -> dict[str, Any]:
        """Take a step of the dynamics, or what is left of one, and return the losses it saw first, by player.

        An error of the losses' own leaves the step where it was: the next call goes on with it.

        Parameters
        ----------
        batch : what the losses take after the players; an iterator is drawn from for each evaluation that wants its
            own.
        """
        seen: dict[str, Any] = {}
        for _ in self.phases(batch):
            seen = {**self.latest, **seen}
        return {**self.latest, **seen}  # of a step left out, what it saw

    def phases(self, batch: Any = None) -> Iterator[int]:
        """Play the phases left of this step one by one, yielding the number of each when it is done.

        Between two of them `state_dict` holds all that is needed to go on, given the same batch.
        """
        while True:
            if self.phase == 0:
                self.apply_schedules()
                if self.can_undo:
                    self.memory["buffers"] = [b.clone() for b in self.buffers()]
            try:
                self.dynamics.advance(self, batch)
            except (NonFiniteLoss, Overflow, OutOfBatches) as error:
                self.dynamics.undo(self)
                if self.can_undo:
                    with torch.no_grad():
                        for buffer, before in zip(self.buffers(), self.memory["buffers"]):
                            buffer.copy_(before)
                self.finish(moved=False)
                if isinstance(error, OutOfBatches) or (isinstance(error, NonFiniteLoss) and self.nonfinite == "raise"):
                    raise
                self.skipped += 1
                return
            phase = self.phase
            if phase + 1 < self.dynamics.count(self):
                self.phase += 1
                yield phase
                continue
            self.finish(moved=True)
            yield phase
            return

    @property
    def can_undo(self) -> bool:
        """Whether a step may have to be taken back: then what it changes is kept until it is done."""
        return self.nonfinite != "ignore" or self.scaler is not None

    def buffers(self) -> list[Any]:
        """Return the buffers of all modules, such as running statistics."""
        return [b for player in self.players.values() if isinstance(player, torch.nn.Module) for b in player.buffers()]

    def finish(self, moved: bool) -> None:
        """End a step: averages, watch and counts follow one in which players have moved."""
        self.phase, self.drawn = 0, None
        if not moved:
            return
        self.steps += 1
        with torch.no_grad():
            for name, average in self.averages.items():
                average.update(self.players[name])
        if self.watch is not None:
            x, y = self.owned.values()
            self.watch.observe(x, y)

    def batches(self, batch: Any, fresh: bool = True) -> list[Any]:
        """Return the batches of an evaluation: drawn from an iterator, or those given.

        Parameters
        ----------
        fresh : whether an iterator is drawn from; else what was drawn last in this step comes again.
        """
        if hasattr(batch, "__next__"):
            if fresh or self.drawn is None:
                self.drawn = []
                for _ in range(self.accumulate):
                    drawn = next(batch, NO_MORE)
                    if drawn is NO_MORE:
                        self.drawn = None
                        raise OutOfBatches(f"The iterator of batches ran out in step {self.steps}; nobody has moved.")
                    self.drawn.append(drawn)
            return list(self.drawn)
        if self.accumulate == 1:
            return [batch]
        if not isinstance(batch, (list, tuple)) or len(batch) != self.accumulate:
            raise ValueError(f"`step` must be given a list of {self.accumulate} batches, as `accumulate` says.")
        return list(batch)

    def evaluate(self, batch: Any, names: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the losses of players on a batch, with their graph."""
        return self.evaluate_at(self.players, batch, names)

    def evaluate_at(self, players: Mapping[str, Any], batch: Any, names: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the losses of players, or of others in their places, on a batch."""
        arguments = [*players.values()] if batch is None else [*players.values(), batch]
        with self.precision():
            if isinstance(self.losses, Mapping):
                return {name: scalar(self.losses[name](*arguments), name) for name in names or self.players}
            found = self.losses(*arguments)
        if self.is_zero_sum:
            value = scalar(found, "x")
            return {"x": value, "y": -value}
        if isinstance(found, (tuple, list)):
            found = dict(zip(self.players, found)) if len(found) == len(self.players) else {}
        if not isinstance(found, Mapping) or set(found) != set(self.players):
            raise TypeError(
                f"`losses` must return a loss for each of {', '.join(self.players)}, as a dict by name or a tuple in "
                f"their order; got {type(found).__name__}: for one objective of two players use Players.zero_sum."
            )
        return {name: scalar(found[name], name) for name in self.players}

    def evaluate_with(self, stand_ins: Mapping[str, list[Any]], batch: Any, name: str) -> Any:
        """Return the loss of one player where some play other tensors in place of their parameters.

        Buffers are stood in for too: what a forward pass does to running statistics is forgotten.
        """
        players, swapped = dict(self.players), {}
        for other, tensors in stand_ins.items():
            player = self.players[other]
            if isinstance(player, torch.nn.Module):
                named = [key for key, p in player.named_parameters() if p.requires_grad]
                place = list(self.players).index(other)
                swapped.update({f"players.{place}.{key}": t for key, t in zip(named, tensors)})
            else:
                players[other] = tensors[0] if isinstance(player, torch.Tensor) else tensors
        numbered = enumerate(self.players.values())
        table = Table({str(k): player for k, player in numbered if isinstance(player, torch.nn.Module)})
        swapped.update({key: buffer.clone() for key, buffer in table.named_buffers()})
        found = torch.func.functional_call(table, swapped, (lambda: self.evaluate_at(players, batch, [name]),))
        return found[name]

    def precision(self) -> Any:
        """Return the context that losses are computed in."""
        if self.autocast is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.autocast)

    @property
    def device(self) -> Any:
        """Where the players live."""
        return next(iter(self.owned.values()))[0].device

    def note(self, losses: Mapping[str, Any], names: Sequence[str]) -> None:
        """Remember losses, and refuse those that are not finite."""
        self.latest = {name: losses[name].detach() for name in names}
        if self.nonfinite == "ignore":
            return
        finite = torch.stack([loss.isfinite() for loss in self.latest.values()]).tolist()  # one wait for the device
        lost = [name for name, fine in zip(self.latest, finite) if not fine]
        if agreed(bool(lost), self.owned[names[0]][0]):
            name = (lost or names)[0]
            raise NonFiniteLoss(name, self.latest[name].item() if lost else math.nan, self.steps)

    def gradients(self, batches: Sequence[Any], names: Sequence[str] | None = None) -> dict[str, list[Any]]:
        """Return the gradient of each player's own loss, the mean over batches and processes; none has moved yet.

        Parameters
        ----------
        batches : those of one evaluation.
        names : players wanted, all where None.
        """
        names = list(names or self.players)
        for name in names:
            self.give(name, [None] * len(self.owned[name]))  # the last gradients make room for the new ones
        total: dict[str, list[Any]] = {}
        kept: dict[str, Any] = {}
        for batch in batches:
            losses = self.evaluate(batch, names)
            found = self.of_losses(losses, names)
            for name in names:
                kept[name] = losses[name].detach() + kept.get(name, 0.0)
                total[name] = found[name] if name not in total else summed(total[name], found[name])
        if len(batches) > 1:
            kept = {name: loss / len(batches) for name, loss in kept.items()}
            total = {n: [g if g is None else g / len(batches) for g in grads] for n, grads in total.items()}
        self.note(kept, names)
        total = self.mean(total)
        if self.scaler is not None:
            self.unscale(total)
        return total

    def mean(self, gradients: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Return the mean of gradients over the processes that train together."""
        return gradients if processes() == 1 else {name: averaged(grads) for name, grads in gradients.items()}

    def of_losses(self, losses: Mapping[str, Any], names: Sequence[str]) -> dict[str, list[Any]]:
        """Return the gradients of losses, each by its own player's parameters."""
        if self.scaler is not None:
            losses = {name: self.scaler.scale(losses[name]) for name in names}
        if self.is_zero_sum and len(names) == 2:
            x, y = (self.owned[name] for name in names)
            both = torch.autograd.grad(losses["x"], [*x, *y], allow_unused=True)
            return {"x": list(both[: len(x)]), "y": [g if g is None else -g for g in both[len(x) :]]}
        found = {}
        for k, name in enumerate(names):
            loss = losses[name]
            if not loss.requires_grad:
                raise ValueError(f"The loss of player {name!r} does not depend on any parameter; is it detached?")
            more = k + 1 < len(names)
            found[name] = list(torch.autograd.grad(loss, self.owned[name], retain_graph=more, allow_unused=True))
        return found

    def unscale(self, total: dict[str, list[Any]]) -> None:
        """Take the scaler's factor off again, or learn from it that gradients overflowed."""
        for name, grads in total.items():
            self.give(name, grads)
            if all(g is None for g in grads):
                continue
            self.scaler.unscale_(self.optimizers[name])
            total[name] = [p.grad for p in self.owned[name]]
        before = self.scaler.get_scale()
        self.scaler.update()
        if self.scaler.get_scale() < before:
            raise Overflow

    def field(self, batches: Sequence[Any]) -> Field:
        """Return all gradients with their graph, for dynamics that ask for products with the Jacobian."""
        losses: dict[str, Any] = {}
        for batch in batches:
            for name, loss in self.evaluate(batch).items():
                losses[name] = loss / len(batches) + losses.get(name, 0.0)
        self.note(losses, list(losses))
        return Field([losses[name] for name in self.players], [self.owned[name] for name in self.players])

    def give(self, name: str, grads: Sequence[Any]) -> None:
        """Put gradients where a player's optimizer looks for them."""
        for p, g in zip(self.owned[name], grads):
            p.grad = g

    def move(self, gradients: Mapping[str, Sequence[Any]]) -> None:
        """Let the optimizers of players move them along gradients."""
        for name, grads in gradients.items():
            self.give(name, grads)
            if self.clip[name] is not None:
                torch.nn.utils.clip_grad_norm_(self.owned[name], self.clip[name])
        for name in gradients:
            self.optimizers[name].step()

    # ------------------------------------------------------------------ options that change, averages, looks

    def apply_schedules(self) -> None:
        """Set what schedules say at this step: options of optimizers and averages, and numbers that losses read."""
        # Those of one player come after, and over, those of all.
        for key, schedule in sorted(self.schedules.items(), key=lambda item: "." in item[0]):
            value = schedule(self.steps)
            player, _, option = key.rpartition(".")
            if player and player not in self.players:
                raise ValueError(f"Schedule {key!r} names no player: they are {', '.join(self.players)}.")
            if option == "half_life" and self.averages:
                for name, average in self.averages.items():
                    if player in ("", name) and average.half_life != math.inf:  # a uniform one has none
                        average.half_life = _check.positive("half_life", value)
            elif option in OPTIONS:
                for name, optimizer in self.optimizers.items():
                    if player in ("", name):
                        set_option(optimizer, option, value)
            self.scheduled[key] = value

    def averaged(self, name: str) -> Any:
        """Return the average of a player: a module like it, its buffers averaged too, or a tensor or list of them."""
        if name not in self.averages:
            raise KeyError(f"Player {name!r} has no average: pass averages={{{name!r}: EMA(half_life=...)}}.")
        return self.averages[name].value(self.players[name])

    def diagnosed(self, **options: Any) -> Any:
        """Return what `minmax.diagnose` makes of the players: of the run its `watch` saw, or of the game from here."""
        from minmax.diagnostics import Monitor, diagnose

        return diagnose(self.watch if isinstance(self.watch, Monitor) else self.pair(), **options)

    def pair(self, batch: Any = None, *, seed: int = 0) -> Any:
        """Return two players as a `TorchPair`, for the diagnostics: losses on one batch, noise drawn from a seed."""
        from minmax.diagnostics import TorchPair

        if len(self.players) != 2:
            raise ValueError(f"Diagnostics look at two players; these are {len(self.players)}.")

        def loss() -> Any:
            with torch.random.fork_rng():
                torch.manual_seed(seed)
                found = self.evaluate(batch)
            return found["x"] if self.is_zero_sum else tuple(found.values())

        return TorchPair(loss, *self.owned.values(), name=" against ".join(self.players))

    # ------------------------------------------------------------------ stopping and going on

    def state_dict(self) -> dict[str, Any]:
        """Return all a run needs to go on: players, optimizers, dynamics, averages, counts, phase and generators."""
        devices = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
        cuda = [torch.cuda.get_rng_state(device) for device in devices]
        return {
            "players": {name: tensors_of(player) for name, player in self.players.items()},
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()},
            "memory": dict(self.memory),
            "averages": {name: average.state_dict() for name, average in self.averages.items()},
            "scaler": None if self.scaler is None else self.scaler.state_dict(),
            "counts": {"steps": self.steps, "phase": self.phase, "skipped": self.skipped},
            "generators": {"cpu": torch.get_rng_state(), "cuda": cuda},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict` of players of the same shapes; all memory stays where it is."""
        if not 0 <= state["counts"]["phase"] < self.dynamics.count(self):
            raise ValueError(
                f"The checkpoint is in phase {state['counts']['phase']} of a step; {self.dynamics!r} has no such phase."
            )
        missing = [name for name in self.averages if name not in state["averages"]]
        if missing:
            raise ValueError(f"The checkpoint holds no average of {', '.join(missing)}.")
        state = copy.deepcopy(dict(state))  # torch's optimizers keep the tensors they are given
        for name, player in self.players.items():
            load_tensors(player, state["players"][name])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        for name, average in self.averages.items():
            average.load_state_dict(state["averages"][name])
        if self.scaler is not None and state["scaler"] is not None:
            self.scaler.load_state_dict(state["scaler"])
        self.memory = {key: on_device(value, self.device) for key, value in state["memory"].items()}
        self.steps, self.phase, self.skipped = (state["counts"][key] for key in ("steps", "phase", "skipped"))
        self.drawn = None
        torch.set_rng_state(state["generators"]["cpu"].cpu())
        for device, generator in enumerate(state["generators"]["cuda"]):
            torch.cuda.set_rng_state(generator.cpu(), device)
        self.apply_schedules()
