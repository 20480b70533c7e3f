"""Looks at players: their next steps played on to see where these lead, and the game that diagnostics take."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from minmax.optim.checkpoints import put, state_of
from minmax.optim.kept import noise_of, set_noise
from minmax.optim.refusals import NonFiniteLoss

__all__ = ["diagnosed", "pair_of"]

EVERY = 10  # steps of a run foreseen, at the first of which the norm of all gradients is looked at


def diagnosed(game: Any, rounds: int, tol: float, options: dict[str, Any]) -> Any:
    """Return what `minmax.diagnose` makes of players.

    Of a run that their `watch` has seen, that; else of steps of their own played on from here, unless a point or a
    dynamics is asked for, which are of the game as `pair_of` gives it.
    """
    from minmax.diagnostics import Monitor, diagnose

    if options.keys() - {"other"}:
        return diagnose(pair_of(game), rounds=rounds, tol=tol, **options)
    watch = game.watch if isinstance(game.watch, Monitor) else foreseen(game, rounds, Monitor(tol=tol))
    return diagnose(watch, **options)


def foreseen(game: Any, rounds: int, watch: Any) -> Any:
    """Play on from here on the last batch with the same noise at every step, and put all back.

    Parameters
    ----------
    game : players between two steps.
    rounds : steps.
    watch : a `Monitor` that sees them, and the norm of all gradients at some of them; it is returned.
    """
    if game.phase:
        raise RuntimeError("Players are diagnosed between two steps; this one has begun: finish it by `step()`.")
    noise, seen = noise_of(game), game.seen
    batch = seen[0] if len(seen) == 1 else seen or None
    with untouched(game):
        try:
            for t in range(rounds + 1):
                set_noise(game, noise)
                merit = residual(game, seen or [None]) if t % EVERY == 0 else math.nan
                watch.observe(game.everything(), merit=merit if math.isfinite(merit) else math.nan)
                set_noise(game, noise)
                skipped = game.skipped
                if t < rounds:
                    game.step(batch)
                if game.skipped > skipped and game.scaler is None:  # nothing changes, and the next step is as this one
                    break
        except NonFiniteLoss:
            pass  # what was seen before says why
        except TypeError as error:
            if seen:
                raise
            raise TypeError(f"{error}  Players are diagnosed on the last batch: take a step first.") from None
    return watch


@contextmanager
def untouched(game: Any) -> Iterator[None]:
    """Put all back on leaving that steps of the players change, with the very tensors that others may hold."""
    before, buffers = copy.deepcopy(state_of(game)), [b.clone() for b in game.buffers()]
    grads = [p.grad for p in game.everything()]
    told = [
        (optimizer, k, key, value)
        for optimizer in game.optimizers.values()
        for k, group in enumerate(optimizer.param_groups)
        for key, value in group.items()
        if isinstance(value, torch.Tensor)
    ]
    kept = {name: getattr(game, name) for name in ("averages", "watch", "seen", "latest")}
    scheduled = dict(game.scheduled)
    game.averages, game.watch = {}, None
    try:
        yield
    finally:
        game.phase, game.scheduled = 0, scheduled
        for name, value in kept.items():
            setattr(game, name, value)
        put(game, before)
        game.put_buffers(buffers)
        for p, grad in zip(game.everything(), grads):
            p.grad = grad
        with torch.no_grad():
            for optimizer, k, key, value in told:
                group = optimizer.param_groups[k]
                group[key] = value.copy_(group[key])


def residual(game: Any, batches: Sequence[Any]) -> float:
    """Return the norm of all players' gradients, and leave no trace."""
    total: dict[str, Any] = {}
    for batch in batches:
        for name, loss in game.losses.instead({}, batch).items():
            total[name] = loss / len(batches) + total.get(name, 0.0)
    found = game.losses.gradients(total, list(game.players))
    return math.sqrt(sum(float(g.abs().square().sum()) for part in found.values() for g in part if g is not None))


def pair_of(game: Any, batch: Any = None, seed: int = 0, losses: Any = None) -> Any:
    """Return two players as a `TorchPair`.

    Parameters
    ----------
    game : players.
    batch, seed : as for `Players.pair`.
    losses : function of a batch that returns each player's loss by name, their own where None: losses of moves in turns
        may leave out how each player's gradient changes with the others, which a Jacobian is about.
    """
    from minmax.diagnostics import TorchPair

    if len(game.players) != 2:
        raise ValueError(f"Diagnostics of a game look at two players; these are {len(game.players)}.")
    batch = game.seen[0] if batch is None and game.seen else batch

    def loss() -> Any:
        states = [generator.get_state() for generator in game.generators]
        buffers = [b.clone() for b in game.buffers()]
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for generator in game.generators:
                generator.manual_seed(seed)
            try:
                found = game.losses.instead({}, batch) if losses is None else losses(batch)
            finally:
                game.put_buffers(buffers)
                for generator, state in zip(game.generators, states):
                    generator.set_state(state)
        return found["x"] if losses is None and game.losses.zero_sum else tuple(found.values())

    return TorchPair(loss, *game.owned.values(), name=" against ".join(game.players))
