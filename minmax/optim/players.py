"""Several players in one object: their losses and optimizers, the order they move in, and one state to resume from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch

from minmax import _check
from minmax.optim.checkpoints import restore, state_of
from minmax.optim.field import Field
from minmax.optim.looks import diagnosed, pair_of
from minmax.optim.losses import Losses, Objective
from minmax.optim.optimizer import GameOptimizer
from minmax.optim.orders import Dynamics, ExtraGradient, Simultaneous
from minmax.optim.owned import (
    OPTIONS,
    averages_of,
    optimizers_of,
    parameters_of,
    players_of,
    schedules_of,
    set_option,
    summed,
)
from minmax.optim.refusals import NonFiniteLoss, OutOfBatches, Overflow
from minmax.optim.schedules import Schedule
from minmax.optim.together import agreed, averaged, processes

__all__ = ["Players"]


NO_MORE = object()
KEPT = 'what its first phases did may stand, as nonfinite="{}" keeps nothing to take a step back'
WANTED = {"scaler": "torch.amp.GradScaler", "watch": "minmax.Monitor"}


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
        `skipped`; "stop" raises too, but keeps nothing to take back what a step of several moves has done before;
        "ignore" does not look, which saves a wait for the device.
    watch : a `Monitor` that is shown the parameters of all players after every step.
    generators : `torch.Generator`s that losses draw from besides torch's own: checkpoints hold them, and both halves of
        an extra-gradient step see the same noise of theirs.

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
        generators: Sequence[Any] = (),
    ) -> None:
        self.players = players_of(players)
        self.owned = {name: parameters_of(name, player) for name, player in self.players.items()}
        seen: dict[Any, str] = {}
        for name, own in self.owned.items():
            for p in own:
                if seen.setdefault(p, name) != name:
                    raise ValueError(f"Players {seen[p]!r} and {name!r} share a parameter; each must own its own.")
        self.losses = Losses(self.players, self.owned, losses, autocast)
        self.optimizers = optimizers_of(optimizers, self.owned)
        ahead = any(isinstance(o, GameOptimizer) and o.two_phases for o in self.optimizers.values())
        self.averages = averages_of(averages, self.players)
        self.schedules = schedules_of(schedules, self.players)
        self.scheduled: dict[str, float] = {}
        if isinstance(clip, Mapping) and set(clip) - set(self.players):
            raise ValueError(f"`clip` must name players among {', '.join(self.players)}; got {', '.join(clip)}.")
        self.clip = {n: clip.get(n) if isinstance(clip, Mapping) else clip for n in self.players}
        for most in self.clip.values():
            _check.positive("clip", 1.0 if most is None else most)
        self.accumulate = _check.whole("accumulate", accumulate, 1)
        if nonfinite not in ("raise", "skip", "stop", "ignore"):
            raise ValueError(f'`nonfinite` must be "raise", "skip", "stop" or "ignore"; got {nonfinite!r}.')
        for option, value, method in (("scaler", scaler, "unscale_"), ("watch", watch, "observe")):
            if value is not None and not hasattr(value, method):
                raise TypeError(f"`{option}` must be a {WANTED[option]}; got {value!r}.")
        self.scaler, self.nonfinite, self.watch = scaler, nonfinite, watch
        self.generators = list(generators)
        self.steps, self.phase, self.skipped = 0, 0, 0
        self.drawn: Any = None
        self.seen: list[Any] = []
        self.latest: dict[str, Any] = {}
        self.dynamics = dynamics or (ExtraGradient() if ahead else Simultaneous())
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
        return cls({"x": min, "y": max}, Objective(objective), **options)

    @property
    def dynamics(self) -> Dynamics:
        """Who sees what and moves when; another one, set between two steps, begins with no memory."""
        return self.played

    @dynamics.setter
    def dynamics(self, dynamics: Dynamics) -> None:
        if not isinstance(dynamics, Dynamics):
            raise TypeError(f"`dynamics` must be a dynamics of players such as Simultaneous(); got {dynamics!r}.")
        if self.phase:
            raise RuntimeError("`dynamics` can be set between two steps; this one has begun: finish it by `step()`.")
        dynamics.check(self)
        self.played: Dynamics = dynamics
        self.memory: dict[str, Any] = {}

    # ------------------------------------------------------------------ playing

    def step(self, batch: Any = None) -> dict[str, Any]:
        """Take a step of the dynamics, or what is left of one, and return the losses it saw first, by player.

        A step that is left out may have come to the losses of some players only; those of others are NaN.

        An error of the losses' own leaves the step where it was: the next call goes on with it.

        Parameters
        ----------
        batch : what the losses take after the players; an iterator is drawn from for each evaluation that wants its
            own.
        """
        seen: dict[str, Any] = {}
        for _ in self.phases(batch):
            seen = {**self.latest, **seen}
        seen = {**self.latest, **seen}  # of a step left out, what it saw
        return {name: seen.get(name, torch.tensor(math.nan)) for name in self.players}

    def phases(self, batch: Any = None) -> Iterator[int]:
        """Play the phases left of this step one by one, yielding the number of each when it is done.

        Between two of them `state_dict` holds all that is needed to go on, given the same batch.
        """
        while True:
            here = [b.clone() for b in self.buffers()] if self.can_undo else []
            if self.phase == 0:
                self.apply_schedules()
                self.memory["buffers"] = here
            try:
                self.dynamics.advance(self, batch)
            except (NonFiniteLoss, Overflow, OutOfBatches) as error:
                self.dynamics.undo(self)
                self.put_buffers(self.memory["buffers"])
                self.finish(moved=False)
                if isinstance(error, OutOfBatches) or (isinstance(error, NonFiniteLoss) and self.nonfinite != "skip"):
                    raise
                self.skipped += 1
                return
            except BaseException:
                self.put_buffers(here)
                raise
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
        return self.nonfinite in ("raise", "skip") or self.scaler is not None

    def buffers(self) -> list[Any]:
        """Return the buffers of all modules, such as running statistics."""
        return [b for player in self.players.values() if isinstance(player, torch.nn.Module) for b in player.buffers()]

    def everything(self) -> list[Any]:
        """Return the parameters of all players, one after the other."""
        return [p for own in self.owned.values() for p in own]

    def put_buffers(self, before: Sequence[Any]) -> None:
        """Put buffers back to what they were."""
        with torch.no_grad():
            for buffer, old in zip(self.buffers(), before):
                buffer.copy_(old)

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
            self.watch.observe(self.everything())

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
                        fate = "nobody has moved" if self.can_undo or self.phase == 0 else KEPT.format(self.nonfinite)
                        raise OutOfBatches(f"The iterator of batches ran out in step {self.steps}; {fate}.")
                    self.drawn.append(drawn)
            self.seen = list(self.drawn)
            return self.seen
        if isinstance(batch, torch.utils.data.DataLoader):
            raise TypeError("`step` takes a batch, or an iterator of them: pass iter(loader), or each batch in turn.")
        if self.accumulate > 1 and (not isinstance(batch, (list, tuple)) or len(batch) != self.accumulate):
            raise ValueError(f"`step` must be given a list of {self.accumulate} batches, as `accumulate` says.")
        self.seen = [batch] if self.accumulate == 1 else list(batch)
        return self.seen

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
            raise NonFiniteLoss(name, self.latest[name].item() if lost else math.nan, self.steps, self.can_undo)

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
            losses = self.losses.at(batch, names)
            found = self.slopes(losses, names)
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

    def slopes(self, losses: Mapping[str, Any], names: Sequence[str]) -> dict[str, list[Any]]:
        """Return the gradients of losses, each by its own player's parameters, times the scaler's factor."""
        if self.scaler is not None:
            losses = {name: self.scaler.scale(losses[name]) for name in names}
        return self.losses.gradients(losses, names)

    def unscale(self, total: dict[str, list[Any]]) -> None:
        """Take the scaler's factor off again, or learn from it that gradients overflowed."""
        moving = [name for name, grads in total.items() if any(g is not None for g in grads)]
        if not moving:
            return
        for name in moving:
            self.give(name, total[name])
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
            for name, loss in self.losses.at(batch).items():
                losses[name] = loss / len(batches) + losses.get(name, 0.0)
        self.note(losses, list(losses))
        return Field(losses, self.owned)

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
            value = float(schedule(self.steps))
            player, _, option = key.rpartition(".")
            if option == "half_life" and self.averages:
                for name, average in self.averages.items():
                    if player in ("", name) and average.half_life != math.inf:  # a uniform one has none
                        average.half_life = _check.positive("half_life", value)
            elif option in OPTIONS:
                mine = [optimizer for name, optimizer in self.optimizers.items() if player in ("", name)]
                known = [set_option(optimizer, option, value) for optimizer in mine]
                if player and not any(known):
                    raise ValueError(f"Schedule {key!r} is of no option that the optimizer of {player!r} has.")
            self.scheduled[key] = value

    def averaged(self, name: str) -> Any:
        """Return the average of a player: a module like it, its buffers averaged too, or a tensor or list of them."""
        if name not in self.averages:
            raise KeyError(f"Player {name!r} has no average: pass averages={{{name!r}: EMA(half_life=...)}}.")
        return self.averages[name].value(self.players[name])

    def diagnosed(self, rounds: int, tol: float, **options: Any) -> Any:
        """Return what `minmax.diagnose` makes of the players."""
        return diagnosed(self, rounds, tol, options)

    def pair(self, batch: Any = None, *, seed: int = 0) -> Any:
        """Return two players as a `TorchPair`, for the diagnostics: losses on one batch, noise drawn from a seed.

        Parameters
        ----------
        batch : what the losses take after the players, the last batch seen where None.
        seed : of the noise.
        """
        return pair_of(self, batch, seed)

    # ------------------------------------------------------------------ stopping and going on

    def state_dict(self) -> dict[str, Any]:
        """Return all a run needs to go on: players, optimizers, dynamics, averages, counts, phase and generators."""
        return state_of(self)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict` of players of the same shapes; all memory stays where it is.

        Of a state that another dynamics has left, what that remembered is forgotten.  A state that does not fit leaves
        the players as they are.
        """
        restore(self, state)
