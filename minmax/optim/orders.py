"""Dynamics of players as values: who sees what, who moves when, and what their gradients become on the way."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch

from minmax import _check
from minmax.optim.kept import keep, keep_state, put_back, put_back_state, remember_noise, same_noise
from minmax.optim.losses import derivatives
from minmax.optim.together import averaged

__all__ = [
    "Alternating",
    "Anchored",
    "Dynamics",
    "ExtraGradient",
    "Lookahead",
    "Optimistic",
    "Simultaneous",
    "Unrolled",
]


class Dynamics:
    """What a dynamics of players does: `count` phases a step, each one evaluation and what follows from it.

    It only holds options; what it remembers of a run is in `game.memory`, by names of its own, as tensors, lists of
    them and numbers, so that a checkpoint holds it.
    """

    @property
    def kind(self) -> str:
        """What it is called in a checkpoint: another kind remembers other things."""
        return type(self).__name__

    def count(self, game: Any) -> int:
        """Return the number of phases of a step."""
        return 1

    def check(self, game: Any) -> None:
        """Refuse players this dynamics cannot be played with."""
        need_optimizers(self, game)
        for name, optimizer in game.optimizers.items():
            if looks_ahead(optimizer):
                raise ValueError(
                    f"The optimizer of player {name!r}, {type(optimizer).__name__}, looks ahead: "
                    f"take dynamics=ExtraGradient() rather than {type(self).__name__}()."
                )

    def advance(self, game: Any, batch: Any) -> None:
        """Play phase `game.phase`."""
        raise NotImplementedError(type(self).__name__)

    def undo(self, game: Any) -> None:
        """Put the players back where this step began, as one of its losses was not finite."""


def need_optimizers(dynamics: Any, game: Any) -> None:
    """Refuse players without optimizers."""
    if not game.optimizers:
        raise ValueError(
            f"{type(dynamics).__name__}() moves players by their optimizers: pass `optimizers`, such as "
            "optimizers=lambda params: torch.optim.Adam(params, lr=1e-4)."
        )


@dataclass(frozen=True)
class Simultaneous(Dynamics):
    """All players' gradients are computed before any of them moves."""

    def advance(self, game: Any, batch: Any) -> None:
        """Play the one phase."""
        game.move(game.gradients(game.batches(batch)))


@dataclass(frozen=True)
class Alternating(Dynamics):
    """Players move one after the other, each seeing where those before it have gone.

    Parameters
    ----------
    n_d : moves a step of the last player, the discriminator of `{"G": G, "D": D}`; or moves by player, 1 where missing.
    order : names in the order they move in; that of the players where empty.
    """

    n_d: Any = 1
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for moves in self.n_d.values() if isinstance(self.n_d, Mapping) else [self.n_d]:
            _check.whole("n_d", moves, 1)
        object.__setattr__(self, "order", tuple(self.order))

    def moves(self, game: Any) -> list[str]:
        """Return the names of a step's moves, one after the other."""
        last = list(game.players)[-1]
        times = self.n_d if isinstance(self.n_d, Mapping) else {last: self.n_d}
        return [name for name in self.order or game.players for _ in range(times.get(name, 1))]

    def early(self, game: Any) -> list[str]:
        """Return the players that move before the last loss of a step is seen."""
        return sorted(set(self.moves(game)[:-1]))

    def count(self, game: Any) -> int:
        """Return the number of moves of a step."""
        return len(self.moves(game))

    def check(self, game: Any) -> None:
        """Refuse an order that leaves out a player, or names a stranger."""
        super().check(game)
        if self.order and sorted(self.order) != sorted(game.players):
            raise ValueError(f"`order` must name each of {', '.join(game.players)} once; got {', '.join(self.order)}.")
        if isinstance(self.n_d, Mapping) and set(self.n_d) - set(game.players):
            raise ValueError(f"`n_d` must name players among {', '.join(game.players)}; got {', '.join(self.n_d)}.")

    def advance(self, game: Any, batch: Any) -> None:
        """Play one player's move."""
        if game.phase == 0 and game.can_undo:
            keep(game, "begun", self.early(game))
            keep_state(game, self.early(game))
        name = self.moves(game)[game.phase]
        game.move(game.gradients(game.batches(batch), [name]))

    def undo(self, game: Any) -> None:
        """Put players that have moved in this step back, and what their optimizers remember."""
        if game.can_undo:
            put_back(game, "begun", self.early(game))
            put_back_state(game)


@dataclass(frozen=True)
class ExtraGradient(Dynamics):
    """All players look ahead along their gradients, then step from where they were with the gradients seen there.

    Optimizers with two phases of their own (`ExtraSGD`, `ExtraAdam`, `AnchoredSGD`) take both halves; any other one is
    stepped twice, its moments moving in both halves, and its parameters put back in between.

    Parameters
    ----------
    same_sample : whether both halves see the same batch and the same noise; else batches are drawn afresh where `step`
        is given an iterator, and noise in any case.

    Source
    ------
    G. Gidel, H. Berard, G. Vignoud, P. Vincent and S. Lacoste-Julien, 2019, arXiv 1802.10551; the same sample for both
    halves: K. Mishchenko, D. Kovalev, E. Shulgin, P. Richtarik and Y. Malitsky, Revisiting stochastic extragradient,
    2020, arXiv 1905.11373.
    """

    same_sample: bool = True

    def count(self, game: Any) -> int:
        """Return the two halves."""
        return 2

    def check(self, game: Any) -> None:
        """Refuse players without optimizers."""
        need_optimizers(self, game)
        refuse_points_ahead(self, game)

    def advance(self, game: Any, batch: Any) -> None:
        """Look ahead, or step."""
        plain = [name for name, optimizer in game.optimizers.items() if not looks_ahead(optimizer)]
        if game.phase == 0:
            keep(game, "base", plain)
            keep_state(game, [name for name, optimizer in game.optimizers.items() if remembers_looks(optimizer)])
        gradients = gradients_of_half(game, batch, self.same_sample)
        if game.phase == 1:
            put_back(game, "base", plain)
        game.move(gradients)

    def undo(self, game: Any) -> None:
        """Put all players back to where they looked ahead from."""
        for name, optimizer in game.optimizers.items():
            if looks_ahead(optimizer):
                optimizer.forgo()
            else:
                put_back(game, "base", [name])
        put_back_state(game)


@dataclass(frozen=True)
class Optimistic(Dynamics):
    """All players move along `g_t + optimism (g_t - g_{t-1})`; their optimizers see that as the gradient.

    With SGD that is optimistic gradient descent-ascent.  `OptimisticAdam` instead extrapolates Adam's direction.

    Parameters
    ----------
    optimism : how much of the change of gradients is expected again; "optimism" in `schedules` changes it.

    Source
    ------
    C. Daskalakis, A. Ilyas, V. Syrgkanis and H. Zeng, 2018, arXiv 1711.00141.
    """

    optimism: float = 1.0

    def __post_init__(self) -> None:
        _check.not_negative("optimism", self.optimism)

    def advance(self, game: Any, batch: Any) -> None:
        """Play the one phase."""
        gradients = game.gradients(game.batches(batch))
        optimism = game.scheduled.get("optimism", self.optimism)
        along = {}
        for name, grads in gradients.items():
            held = [torch.zeros_like(p) if g is None else g for g, p in zip(grads, game.owned[name])]
            before = game.memory.get(f"previous {name}", held)
            change = torch._foreach_sub(held, before)
            moved = torch._foreach_add(held, change, alpha=optimism)
            along[name] = [None if g is None else m for g, m in zip(grads, moved)]
            game.memory[f"previous {name}"] = held
        game.move(along)


@dataclass(frozen=True)
class Lookahead(Dynamics):
    """Every k steps of another dynamics all players together come back part of the way: `slow += alpha (fast - slow)`.

    Parameters
    ----------
    k : steps between two returns.
    alpha : share of the way that is kept.
    inner : dynamics of the steps.

    Source
    ------
    T. Chavdarova, M. Pagliardini, S. Stich, F. Fleuret and M. Jaggi, Taming GANs with Lookahead-Minmax, 2021, arXiv
    2006.14567.
    """

    k: int = 5
    alpha: float = 0.5
    inner: Dynamics = field(default_factory=Simultaneous)

    def __post_init__(self) -> None:
        _check.whole("k", self.k, 1)
        if not _check.positive("alpha", self.alpha) <= 1.0:
            raise ValueError(f"`alpha` must lie in (0, 1]; got {self.alpha}.")
        if not isinstance(self.inner, Dynamics):
            raise TypeError(f"`inner` must be a dynamics such as Simultaneous(); got {self.inner!r}.")

    @property
    def kind(self) -> str:
        """What it and the inner dynamics are called."""
        return f"Lookahead({self.inner.kind})"

    def count(self, game: Any) -> int:
        """Return the phases of the inner dynamics."""
        return self.inner.count(game)

    def check(self, game: Any) -> None:
        """Refuse what the inner dynamics refuses."""
        self.inner.check(game)
        refuse_points_ahead(self, game)

    @property
    def slow(self) -> str:
        """Name of the slow points in the memory: one Lookahead may hold another."""
        depth, inner = 0, self.inner
        while isinstance(inner, Lookahead):
            depth, inner = depth + 1, inner.inner
        return f"slow {depth}" if depth else "slow"

    def advance(self, game: Any, batch: Any) -> None:
        """Play a phase of the inner dynamics; after the last one of every k steps, come back."""
        missing = any(f"{self.slow} {name}" not in game.memory for name in game.players)
        if game.phase == 0 and (game.steps % self.k == 0 or missing):
            keep(game, self.slow)
        self.inner.advance(game, batch)
        if game.phase + 1 == self.count(game) and (game.steps + 1) % self.k == 0:
            with torch.no_grad():
                for name, own in game.owned.items():
                    torch._foreach_lerp_(own, game.memory[f"{self.slow} {name}"], 1.0 - self.alpha)

    def undo(self, game: Any) -> None:
        """Put the players back where the inner dynamics' step began."""
        self.inner.undo(game)


@dataclass(frozen=True)
class Anchored(Dynamics):
    """Extra-gradient whose halves are also drawn to the start, by `1 / (k + 2)` of the way at step k (EAG-C).

    With SGD it is `minmax.EAGC`; other optimizers are stepped twice as in `ExtraGradient`.

    Parameters
    ----------
    same_sample : as in `ExtraGradient`.

    Source
    ------
    T. Yoon and E. Ryu, 2021, arXiv 2102.07922.
    """

    same_sample: bool = True

    def count(self, game: Any) -> int:
        """Return the two halves."""
        return 2

    def check(self, game: Any) -> None:
        """Refuse optimizers that look ahead themselves."""
        super().check(game)
        refuse_points_ahead(self, game)

    def advance(self, game: Any, batch: Any) -> None:
        """Look ahead, or step."""
        if game.phase == 0:
            if "anchored at" not in game.memory:
                keep(game, "anchor")
                game.memory["anchored at"] = game.steps
            keep(game, "base")
            keep_state(game, list(game.players))
        gradients = gradients_of_half(game, batch, self.same_sample)
        put_back(game, "base")
        with torch.no_grad():
            for name, own in game.owned.items():
                torch._foreach_lerp_(
                    own, game.memory[f"anchor {name}"], 1.0 / (game.steps - game.memory["anchored at"] + 2.0)
                )
        game.move(gradients)

    def undo(self, game: Any) -> None:
        """Put all players back to where they looked ahead from."""
        put_back(game, "base")
        put_back_state(game)


@dataclass(frozen=True)
class Unrolled(Dynamics):
    """Others see the last player as it would be after k gradient steps of its own; it moves along its own gradient.

    Parameters
    ----------
    k : steps looked through.
    lr : their size; the learning rate of the player's optimizer where None.

    Source
    ------
    L. Metz, B. Poole, D. Pfau and J. Sohl-Dickstein, Unrolled generative adversarial networks, 2017, arXiv 1611.02163.
    """

    k: int = 5
    lr: float | None = None

    def __post_init__(self) -> None:
        _check.whole("k", self.k, 0)
        if self.lr is not None:
            _check.positive("lr", self.lr)

    def advance(self, game: Any, batch: Any) -> None:
        """Play the one phase."""
        batches = game.batches(batch)
        if len(batches) > 1 or game.scaler is not None:
            raise ValueError("Unrolled() takes one batch a step and no `scaler`.")
        last = list(game.players)[-1]
        others = [name for name in game.players if name != last]
        lr = self.lr if self.lr is not None else float(game.optimizers[last].param_groups[0]["lr"])
        gradients = game.gradients(batches, [last])
        own_loss, ahead = game.latest[last], list(game.owned[last])
        for _ in range(self.k):
            loss = game.losses.instead({last: ahead}, batches[0], [last])[last]
            game.note({last: loss}, [last])
            grads = averaged(derivatives(loss, ahead, create_graph=True), graph=True)
            if all(g is None for g in grads):
                raise ValueError(f"Unrolled() needs a loss of {last!r} that uses the players it is given as arguments.")
            ahead = [p if g is None else p - lr * g for p, g in zip(ahead, grads)]
        losses = {name: game.losses.instead({last: ahead}, batches[0], [name])[name] for name in others}
        game.note(losses, others)
        game.latest[last] = own_loss
        gradients.update(game.mean(game.slopes(losses, others)))
        game.move(gradients)


def looks_ahead(optimizer: Any) -> bool:
    """Return whether an optimizer takes both halves of an extra-gradient step itself."""
    return bool(getattr(optimizer, "two_phases", False))


def remembers_looks(optimizer: Any) -> bool:
    """Return whether a look ahead leaves traces in the memory of an optimizer."""
    return not looks_ahead(optimizer) or any(group.get("moments") == "both" for group in optimizer.param_groups)


def refuse_points_ahead(dynamics: Dynamics, game: Any) -> None:
    """Refuse optimizers whose parameters are ahead of their base point: putting parameters back does not move that."""
    for name, optimizer in game.optimizers.items():
        if "trailing" in getattr(optimizer, "memory", {}).values():
            raise ValueError(
                f"The optimizer of player {name!r}, {type(optimizer).__name__}, holds its parameters ahead of a base "
                f"point, and {type(dynamics).__name__}() puts parameters back: take Simultaneous() or Alternating()."
            )


def gradients_of_half(game: Any, batch: Any, same_sample: bool) -> dict[str, list[Any]]:
    """Return all players' gradients in a half of a step, on the batch and noise of the first half if so wanted."""
    first = game.phase == 0
    if first and same_sample:
        remember_noise(game)
    batches = game.batches(batch, fresh=first or not same_sample)
    with nullcontext() if first or not same_sample else same_noise(game):
        found: dict[str, list[Any]] = game.gradients(batches)
    return found
