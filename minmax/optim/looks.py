"""Looks at players: their next steps played on to see where these lead, and the game that diagnostics take."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
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
    before, noise, seen = copy.deepcopy(state_of(game)), noise_of(game), game.seen
    grads = [p.grad for p in game.everything()]
    averages, own = game.averages, game.watch
    game.averages, game.watch = {}, None
    batch = seen[0] if len(seen) == 1 else seen or None
    try:
        for t in range(rounds + 1):
            set_noise(game, noise)
            merit = residual(game, seen or [None]) if t % EVERY == 0 else math.nan
            watch.observe(game.everything(), merit=merit if math.isfinite(merit) else math.nan)
            set_noise(game, noise)
            if t < rounds:
                game.step(batch)
    except NonFiniteLoss:
        pass  # what was seen before says why
    finally:
        game.averages, game.watch, game.phase, game.seen = averages, own, 0, seen
        put(game, before)
        for p, grad in zip(game.everything(), grads):
            p.grad = grad
    return watch


def residual(game: Any, batches: Sequence[Any]) -> float:
    """Return the norm of all players' gradients, and leave no trace."""
    total: dict[str, Any] = {}
    for batch in batches:
        for name, loss in game.losses.instead({}, batch).items():
            total[name] = loss / len(batches) + total.get(name, 0.0)
    found = game.losses.gradients(total, list(game.players))
    return math.sqrt(sum(float(g.abs().square().sum()) for part in found.values() for g in part if g is not None))


def pair_of(game: Any, batch: Any = None, seed: int = 0) -> Any:
    """Return two players as a `TorchPair`; parameters as for `Players.pair`."""
    from minmax.diagnostics import TorchPair

    if len(game.players) != 2:
        raise ValueError(f"Diagnostics of a game look at two players; these are {len(game.players)}.")
    batch = game.seen[0] if batch is None and game.seen else batch

    def loss() -> Any:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            found = game.losses.instead({}, batch)
        return found["x"] if game.losses.zero_sum else tuple(found.values())

    return TorchPair(loss, *game.owned.values(), name=" against ".join(game.players))
