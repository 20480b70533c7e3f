"""Time of optimizer steps against torch's own Adam, of a step of two players against the loop by hand, and what
dynamics that look at the Jacobian cost in gradients.

    python benchmarks/tables/optim.py            # a minute or two; on a GPU too where torch has one
    python benchmarks/tables/optim.py --small    # a few seconds, for CI

Every ratio compares two things timed in turns, ABBA, within this process: the median of the ratios of pairs and their
quartiles.  All threads that torch takes are used, on both sides.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from machine import made_on

from minmax.gan import mlp
from minmax.optim import (
    CGD,
    SGA,
    Alternating,
    Consensus,
    ExtraAdam,
    ExtraGradient,
    FollowTheRidge,
    OptimisticAdam,
    PastExtraAdam,
    Players,
    Simultaneous,
    Unrolled,
)

softplus = torch.nn.functional.softplus


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def ratios(
    ours: Callable[[], Any], theirs: Callable[[], Any], pairs: int, device: str
) -> tuple[float, float, float, float]:
    """Return the median and quartiles of ours over theirs, and the median time of theirs."""

    def once(work: Callable[[], Any]) -> float:
        wait(device)
        began = time.perf_counter()
        work()
        wait(device)
        return time.perf_counter() - began

    for work in (ours, theirs, ours, theirs):
        work()
    found, base = [], []
    for _ in range(pairs):
        a, b, c, d = (once(work) for work in (ours, theirs, theirs, ours))
        found.append((a + d) / (b + c))
        base.append((b + c) / 2)
    quartiles = statistics.quantiles(found, n=4)
    return statistics.median(found), quartiles[0], quartiles[2], statistics.median(base)


def parameters(sizes: list[int], device: str, dtype: Any) -> list[Any]:
    held = [torch.nn.Parameter(torch.randn(n, device=device, dtype=dtype)) for n in sizes]
    for p in held:
        p.grad = torch.randn_like(p)
    return held


class Half:
    """One half of an extra-gradient optimizer's step, again and again."""

    def __init__(self, optimizer: Any, ahead: bool) -> None:
        self.optimizer, self.ahead = optimizer, ahead
        optimizer.step()
        optimizer.step()

    def __call__(self) -> None:
        for group in self.optimizer.param_groups:
            group["ahead"] = not self.ahead
        self.optimizer.step()


def kinds(params: list[Any], flag: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    return {
        "OptimisticAdam": OptimisticAdam(params, **flag).step,
        "OptimisticAdam, betas[0] = .9": OptimisticAdam(params, betas=(0.9, 0.999), **flag).step,
        "PastExtraAdam": PastExtraAdam(params, **flag).step,
        "ExtraAdam, look ahead": Half(ExtraAdam(params, **flag), ahead=True),
        "ExtraAdam, commit": Half(ExtraAdam(params, **flag), ahead=False),
        "ExtraAdam, betas[0] = .9, commit": Half(ExtraAdam(params, betas=(0.9, 0.999), **flag), ahead=False),
    }


def steps(small: bool, device: str) -> None:
    shapes = {"40 x 250,000": [250_000] * 40, "400 x 1,000": [1000] * 400, "6 x 4,000": [4000] * 6}
    if small:
        shapes = {"4 x 50,000": [50_000] * 4}
    for shape, sizes in shapes.items():
        for kind in ["fused", "foreach"]:
            for dtype in (torch.float32, torch.bfloat16) if kind == "fused" and not small else (torch.float32,):
                flag = {kind: True}
                print(f"\n{shape} parameters, {str(dtype)[6:]}, {device}, {kind}: over torch's Adam({kind}=True)")
                theirs = torch.optim.Adam(parameters(sizes, device, dtype), **flag).step
                for name, step in kinds(parameters(sizes, device, dtype), flag).items():
                    middle, low, high, base = ratios(step, theirs, 5 if small else 21, device)
                    print(f"  {name:34} {middle:5.2f}  ({low:.2f} to {high:.2f}); Adam {1e3 * base:.2f} ms")


def losses(G: Any, D: Any, batch: Any) -> dict[str, Any]:
    real, noise = batch
    fake = G(noise)
    return {"G": softplus(-D(fake)).mean(), "D": (softplus(-D(real)) + softplus(D(fake.detach()))).mean()}


def pairs_of(width: int, device: str) -> tuple[Any, Any]:
    torch.manual_seed(0)
    return mlp(64, width, width, 64).to(device), mlp(64, width, width, 1).to(device)


def together(small: bool, device: str) -> None:
    width = 200 if small else 2180
    batch = tuple(torch.randn(64, 64, device=device) for _ in range(2))
    game = Players(dict(zip("GD", pairs_of(width, device))), losses, torch.optim.Adam, Simultaneous())
    G, D = pairs_of(width, device)
    optimizers = [torch.optim.Adam(m.parameters()) for m in (G, D)]

    def by_hand() -> None:
        found = losses(G, D, batch)
        for m, key, more in ((G, "G", True), (D, "D", False)):
            grads = torch.autograd.grad(found[key], list(m.parameters()), retain_graph=more)
            for p, g in zip(m.parameters(), grads):
                p.grad = g
        for optimizer in optimizers:
            optimizer.step()

    size = sum(p.numel() for m in (G, D) for p in m.parameters())
    middle, low, high, base = ratios(lambda: game.step(batch), by_hand, 5 if small else 31, device)
    print(f"\nPlayers.step, Simultaneous, Adam, {size:,} parameters, {device}: over the loop by hand")
    print(f"  {middle:.3f}  ({low:.3f} to {high:.3f}); by hand {1e3 * base:.1f} ms")


def undone(small: bool, device: str) -> None:
    """What players who move in turns pay for being able to take a step back."""
    width = 200 if small else 2180
    batch = tuple(torch.randn(64, 64, device=device) for _ in range(2))
    kept, free = (
        Players(dict(zip("GD", pairs_of(width, device))), losses, torch.optim.Adam, Alternating(), nonfinite=nonfinite)
        for nonfinite in ("raise", "ignore")
    )
    middle, low, high, base = ratios(lambda: kept.step(batch), lambda: free.step(batch), 5 if small else 31, device)
    print('Players.step, Alternating, Adam, the same: over nonfinite="ignore", which keeps no copies')
    print(f"  {middle:.3f}  ({low:.3f} to {high:.3f}); without {1e3 * base:.1f} ms")


def costs(small: bool) -> None:
    """Backward passes a step takes, and its time over that of simultaneous play, on a GAN of two small networks."""
    print(
        "\ndynamics on a ring of 8, 2 x 64 networks, lr .05: backward passes a step, time over Simultaneous, products"
    )
    rounds = 20 if small else 150
    adam: Any = lambda params: torch.optim.SGD(params, lr=0.05)  # noqa: E731
    cases = {
        "Simultaneous": (Simultaneous(), adam),
        "Alternating": (Alternating(), adam),
        "ExtraGradient": (ExtraGradient(), adam),
        "Consensus": (Consensus(), adam),
        "SGA": (SGA(), adam),
        "Unrolled(5)": (Unrolled(5), adam),
        "FollowTheRidge": (FollowTheRidge(tol=1e-3, damping=0.1), adam),
    }
    for lr in (0.05, 1.0):
        for warm in (False, True):
            kind = "warm" if warm else "cold"
            cases[f"CGD, lr {lr}, {kind}"] = (CGD(lr=lr, warm=warm, tol=1e-3), None)
    base = None
    angle = torch.arange(256) * (2.0 * torch.pi / 8)
    real = torch.stack([angle.cos(), angle.sin()], dim=1)
    for name, (dynamics, optimizers) in cases.items():
        torch.manual_seed(0)
        G, D = mlp(8, 64, 64, 2), mlp(2, 64, 64, 1)

        def objective(G: Any, D: Any, batch: Any) -> Any:
            return -(softplus(-D(batch)) + softplus(D(G(torch.randn(256, 8))))).mean()

        game = Players.zero_sum(min=G, max=D, objective=objective, optimizers=optimizers, dynamics=dynamics)
        products = 0
        game.step(real)
        began = time.perf_counter()
        for _ in range(rounds):
            game.step(real)
            products += game.memory.get("products", 0)
        spent = (time.perf_counter() - began) / rounds
        base = base or spent
        passes = game.memory.get("evaluations")
        passes = {"Simultaneous": 1, "Alternating": 2, "ExtraGradient": 2, "Unrolled(5)": 7}.get(name) or (
            passes / game.steps
        )
        solved = f"  {products / rounds:5.1f}" if products else ""
        print(f"  {name:22} {passes:5.1f}  {spent / base:5.2f}{solved}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="few repeats of small sizes")
    small = parser.parse_args().small
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    print(made_on("torch"))
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for device in devices:
        steps(small, device)
        together(small, device)
        undone(small, device)
    costs(small)


if __name__ == "__main__":
    main()
