"""Run by torchrun in two processes: a trainer in each, stopped on its way and gone on; writes what both came to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from minmax import gan

ROWS = torch.randn(40, 2, generator=torch.Generator().manual_seed(5))


def trainer(seed: int) -> Any:
    torch.manual_seed(seed)  # networks differ from process to process, and begin as those of the first all the same
    return gan.Trainer(gan.mlp(3, 8, 2), gan.mlp(2, 8, 1), "r3gan", seed=1)


def weights(found: Any) -> Any:
    return torch.cat([p.detach().ravel() for p in found.game.everything()])


def main() -> None:
    out = Path(sys.argv[1])
    first = trainer(0)  # joins
    rank = torch.distributed.get_rank()
    whole = trainer(rank).fit(ROWS, 6, batch=4, every=2, out=out / "whole")
    seen: list[Any] = []
    first = trainer(rank)
    first.fit(ROWS, 6, batch=4, every=2, out=out / "cut", callbacks=[lambda t, row: t.steps == 4 and rank == 0])
    cut = trainer(rank + 7).fit(ROWS, 6, batch=4, every=2, out=out / "cut", resume=True)
    trainer(rank).fit(ROWS, 3, batch=2, every=1, callbacks=[lambda t, row: seen.append(t.game.seen[0][0])])
    torch.save(
        {
            "whole": weights(whole),
            "stopped": first.steps,
            "cut": weights(cut),
            "seen": torch.cat(seen),
            "noise": whole.chance.get_state(),
        },
        out / f"{rank}.pt",
    )


if __name__ == "__main__":
    main()
