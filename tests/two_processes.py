"""Run by torchrun in two processes: players train on half a batch each, and write where they have come to."""

from __future__ import annotations

import gc
import sys
from typing import Any

import torch

from minmax.optim import (
    CGD,
    LEAD,
    SGA,
    Alternating,
    Consensus,
    ExtraAdam,
    ExtraGradient,
    Players,
    Simultaneous,
    Unrolled,
)

softplus = torch.nn.functional.softplus


def adam(params: Any) -> Any:
    return torch.optim.Adam(params, lr=1e-2)


CASES = {
    "simultaneous": (Simultaneous(), adam),
    "alternating": (Alternating(n_d=2), adam),
    "extra-gradient": (ExtraGradient(), lambda params: ExtraAdam(params, lr=1e-2)),
    "consensus": (Consensus(0.5), adam),
    "SGA": (SGA(), adam),
    "unrolled": (Unrolled(2, lr=0.05), adam),
    "CGD": (CGD(lr=0.1, tol=1e-12), None),
    "LEAD": (LEAD(lr=0.1), None),
}


def losses(G: Any, D: Any, batch: Any) -> dict[str, Any]:
    real, noise = batch
    fake = G(noise)
    return {"G": softplus(-D(fake)).mean(), "D": (softplus(-D(real)) + softplus(D(fake))).mean()}


def played(name: str, part: slice, wrap: Any = None) -> Any:
    """Return where a pair has come to in four steps on part of each batch."""
    torch.manual_seed(0)
    G = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2)).double()
    D = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)).double()
    if wrap is not None:
        G, D = wrap(G), wrap(D)
    dynamics, optimizers = CASES[name]
    game = Players({"G": G, "D": D}, losses, optimizers, dynamics)
    draws = torch.Generator().manual_seed(1)
    for _ in range(4):
        batch = torch.randn(2, 12, 2, generator=draws, dtype=torch.float64)
        game.step((batch[0, part], batch[1, part]))
    return torch.cat([p.detach().reshape(-1) for own in game.owned.values() for p in own])


def refused() -> bool:
    """Return whether a loss that is infinite in one process alone stops both, and nobody moves."""
    x, y = (torch.ones((), dtype=torch.float64, requires_grad=True) for _ in range(2))
    factor = float("inf") if torch.distributed.get_rank() == 1 else 1.0
    game = Players.zero_sum(min=x, max=y, objective=lambda x, y: factor * x * y, optimizers=adam, nonfinite="skip")
    game.step()
    return game.skipped == 1 and x.item() == 1.0


def main() -> None:
    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    half = slice(6 * rank, 6 * rank + 6)
    found = {name: played(name, half) for name in CASES}
    for name in ("simultaneous", "consensus"):
        found[f"{name} in DDP"] = played(name, half, torch.nn.parallel.DistributedDataParallel)
    found["refused"] = torch.tensor(float(refused()))
    torch.save(found, f"{sys.argv[1]}.{rank}")
    gc.collect()  # networks in DDP hold the group, and its threads must not outlive Python
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
