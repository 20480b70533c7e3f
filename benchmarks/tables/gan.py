"""GANs of small networks against published figures and plain alternating Adam, seed by seed.

    python benchmarks/tables/gan.py ring               # 8 Gaussians on a circle: r3gan and classic, 10 seeds
    python benchmarks/tables/gan.py grid --seeds 3     # 25 Gaussians on a grid
    python benchmarks/tables/gan.py sga                # 16 Gaussians, the networks of the SGA paper
    python benchmarks/tables/gan.py digits             # scikit-learn's digits, by classes and a distance of features
    python benchmarks/tables/gan.py rotation           # how much consensus optimization turns less, by eigenvalues
    python benchmarks/tables/gan.py path               # path-angle at the end of extra-gradient, on a mixture of two
    python benchmarks/tables/gan.py cost               # what `fit` costs over the loop by hand, a million parameters
    python benchmarks/tables/gan.py launches           # a step as it is, compiled, and of ten seeds at once: on a GPU
    python benchmarks/tables/gan.py --small            # a few steps of each, for CI

All recipes of an experiment train the same networks on the same data for as many steps.  Of mixtures 2500 samples are
judged, and a mode counts from 20 of them on that are within 3 standard deviations.  Seeds are counted from 100: recipes
were tuned on those below.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from machine import made_on

import minmax as mm
from minmax import gan
from minmax.gan.gaps import losses_of

TUNED = 100  # seeds below this one were tuned on


@dataclass(frozen=True)
class Experiment:
    """What is trained, on what, for how long.

    Parameters
    ----------
    data : function that returns what `Trainer.fit` takes.
    networks : function that returns a generator and a discriminator.
    recipes : names, and what is changed of each.
    latent, noise, batch, steps : of training.
    published : what is known.
    """

    data: Callable[[], Any]
    networks: Callable[[], tuple[Any, Any]]
    recipes: dict[str, dict[str, Any]]
    latent: int
    steps: int
    batch: int = 256
    noise: str = "uniform"
    published: str = ""


def perceptrons(latent: int, size: int, of_g: list[int], of_d: list[int], slope: float = 0.2) -> Any:
    return lambda: (gan.mlp(latent, *of_g, size, slope=slope), gan.mlp(size, *of_d, 1, slope=slope))


# As published, and with all of r3gan that is no part of its game: a falling rate, and an average of the generator.
FALLING = {"lr": 1e-3, "lr_end": 1e-6, "half_life": 500.0}
CLASSIC: dict[str, dict[str, Any]] = {"classic": {}, "classic with a falling rate and an average": FALLING}

MIXTURES = {
    "ring": Experiment(
        lambda: gan.ring().standardised(),
        perceptrons(2, 2, [128] * 7, [128] * 3),
        {"r3gan": {}, **CLASSIC},
        latent=2,
        steps=6000,
        published="PacGAN table 1: GAN 6.3 modes, 98.2 %, KL .45; ALI 6.6, 97.6 %, .36; PacGAN2 7.9, 95.6 %, .07",
    ),
    "grid": Experiment(
        lambda: gan.grid().standardised(),
        perceptrons(2, 2, [128] * 7, [128] * 3),
        {"r3gan": {}, **CLASSIC},
        latent=2,
        steps=24_000,
        published="PacGAN table 1: GAN 17.3 modes, 94.8 %, KL .70; ALI 24.1, 95.7 %, .14; PacGAN4 24.8, 93.6 %, .04",
    ),
    "sga": Experiment(
        lambda: gan.grid(4, 1.0, 0.02),
        perceptrons(64, 2, [384] * 6, [384] * 6, slope=0.0),
        {
            "sga": {},
            "sga without adjustment": {"dynamics": "simultaneous"},
            "r3gan": {},
            "r3gan whose penalties end at .3": {"penalty_end": 0.3},
        },
        latent=64,
        noise="gaussian",
        steps=10_000,
        published="SGA: RMSProp ends D .58, G 2.18, collapsed; SGA 1.3857 and .6932, which is 2 ln 2 and ln 2",
    ),
}


def named(it: Experiment, only: list[str] | None) -> Iterator[str]:
    """Yield the names of recipes that are wanted, each with its configuration printed."""
    for name, changes in it.recipes.items():
        if not only or name in only:
            print(f"\n{gan.RECIPES[name.split()[0]].changed(**changes)}")
            yield name


def trained(it: Experiment, data: Any, name: str, seeds: range) -> Iterator[tuple[int, gan.Trainer, float]]:
    """Train by a recipe with one seed after the other; yield seed, trainer and seconds of each."""
    for seed in seeds:
        began = time.perf_counter()
        torch.manual_seed(seed)
        networks, options = it.networks(), it.recipes[name]
        trainer = gan.Trainer(
            *networks, name.split()[0], latent=it.latent, noise=it.noise, seed=seed, film=0, **options
        )
        trainer.fit(data, steps=it.steps, batch=it.batch, every=it.steps, progress=False)
        yield seed, trainer, time.perf_counter() - began


def configuration(title: str, it: Experiment, seeds: range) -> None:
    G, D = it.networks()
    sizes = [" ".join(str(tuple(p.shape)) for p in module.parameters() if p.dim() > 1) for module in (G, D)]
    print(
        f"{title}: {it.steps} steps of {it.batch}, {it.noise} noise of {it.latent}, {len(seeds)} seeds from {seeds[0]}"
    )
    print(f"  torch {torch.__version__}, {torch.get_num_threads()} threads\n  G {sizes[0]}\n  D {sizes[1]}")
    print(f"  published: {it.published}" if it.published else "  no published figures")


def mixture(title: str, it: Experiment, seeds: range, only: list[str] | None) -> None:
    """Train on a mixture and count modes."""
    data = it.data()
    configuration(title, it, seeds)
    print(f"  the data itself: {gan.modes(data.sample(2500, torch.Generator().manual_seed(0)), data)}")
    real = data.sample(5000, torch.Generator().manual_seed(1))
    for name in named(it, only):
        found, times = [], []
        for seed, trainer, spent in trained(it, data, name, seeds):
            times.append(spent)
            found.append(gan.modes(trainer.sample(2500), data))
            of_g, of_d = losses_of(trainer, *trainer.game.players.values(), real, None)
            known = ", ".join(f"{value:.4f}" for value in trainer.objectives.loss.at_equilibrium)
            print(
                f"  seed {seed}: {found[-1]}; losses as they play G {of_g:.4f}, D {of_d:.4f} (equilibrium {known}); ",
                end="",
            )
            print(f"{trainer.rows[-1]['verdict']}; {times[-1]:.0f} s", flush=True)
        whole = sum(cover.modes == cover.of for cover in found)
        print(f"  {name}: all modes in {whole} of {len(found)} seeds; on average ", end="")
        print(
            f"{mean(c.modes for c in found):.1f} modes, {100 * mean(c.high_quality for c in found):.1f} % high quality",
            end="",
        )
        print(f" (least {100 * min(c.high_quality for c in found):.1f}), KL {mean(c.kl for c in found):.4f}", end="")
        print(f" (most {max(c.kl for c in found):.4f}); median {statistics.median(times):.0f} s")


def mean(values: Any) -> float:
    return statistics.fmean(values)


def digits(seeds: range, steps: int, only: list[str] | None) -> None:
    """Train on digits, but for 500: samples are held to these, by a classifier of the others."""
    images, labels = gan.digits()
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    held, kept = images[order[:500]], images[order[500:]]
    judge = gan.Classifier(kept, labels[order[500:]])
    it = Experiment(
        lambda: kept,
        lambda: (gan.image_generator(8, 1, 64, 32), gan.image_discriminator(8, 1, 32)),
        {"r3gan of few images": {"r1": 2.0, "r2": 2.0, "half_life": 100.0}, "r3gan": {}, **CLASSIC},
        latent=64,
        noise="gaussian",
        steps=steps,
        batch=128,
    )
    configuration("digits", it, seeds)
    features, distances = judge.features(held), {}
    few, all_of_them = (gan.frechet(judge.features(images), features) for images in (kept[:500], kept))
    print(f"  classifier right on {100 * judge.accuracy:.1f} % it has not seen; Frechet distance of its features from")
    print(f"  500 images held out: of 500 training images {few:.3f}, of all {len(kept)} {all_of_them:.3f}")
    for name in named(it, only):
        distances[name] = []
        for seed, trainer, spent in trained(it, kept, name, seeds):
            made, many = trainer.sample(500), trainer.sample(5000)
            distances[name].append([gan.frechet(judge.features(own), features) for own in (made, many)])
            copies = gan.memorised(made, kept, held)
            print(
                f"  seed {seed}: {judge.covered(many)}; Frechet distance of 500 samples "
                "{:.3f}, of 5000 {:.3f}; ".format(*distances[name][-1]),
                end="",
            )
            print(f"{gan.neighbours(made, held)}; copies p = {copies.p:.2g}; ", end="")
            print(f"{trainer.rows[-1]['verdict']}; {spent:.0f} s", flush=True)
        for what, own in zip(("500", "5000"), zip(*distances[name])):
            print(f"  {name}: Frechet distance of {what} {mean(own):.3f} on average, {min(own):.3f} to {max(own):.3f}")
    first, *others = distances.items()
    for name, found in others:
        for what, mine, theirs in zip(("500", "5000"), zip(*first[1]), zip(*found)):
            ratios = [b / a for a, b in zip(mine, theirs)]
            print(f"  {name} over {first[0]}, of {what}: {statistics.median(ratios):.2f} ", end="")
            print(f"(least {min(ratios):.2f}, most {max(ratios):.2f})")


def rotation(seeds: range, steps: int, hidden: list[int]) -> None:
    """Consensus optimization on the ring: how far the game turns at the end, by the eigenvalues of its Jacobian."""
    it = Experiment(
        lambda: gan.ring(std=0.01),
        perceptrons(16, 2, hidden, hidden, slope=0.0),
        {"consensus": {}, "consensus without it": {"adjustment": 0.0, "dynamics": "simultaneous"}},
        latent=16,
        noise="gaussian",
        steps=steps,
        batch=512,
        published="L. Mescheder, S. Nowozin and A. Geiger, 2017, arXiv 1705.10461: a figure",
    )
    configuration("rotation on the ring", it, seeds)
    data, found = it.data(), {}
    for name in named(it, None):
        found[name] = []
        for seed, trainer, _ in trained(it, data, name, seeds):
            jacobian = mm.game_jacobian(trainer.pair((data.sample(512, torch.Generator().manual_seed(0)), None)))
            values = adjusted(jacobian, trainer.recipe.adjustment)
            found[name].append(turning(values, 0.01))
            print(f"  {name}, seed {seed}: |Im/Re| of the field's eigenvalues, of those above a hundredth ", end="")
            print(f"of the largest {found[name][-1]:.3g}, of all {turning(values, 1e-6):.3g}; ", end="")
            print(f"{gan.modes(trainer.sample(2500), data)}", flush=True)
    ratio = [b / max(a, 1e-12) for a, b in zip(*found.values())]
    print(f"  without over with: median {statistics.median(ratio):.3g}, least {min(ratio):.3g}")


def adjusted(jacobian: Any, gamma: float) -> Any:
    """Return the eigenvalues of the field that players follow near a stationary point, `v + gamma J'v`."""
    J = np.column_stack([jacobian.product(e) for e in np.eye(jacobian.size)])
    return np.linalg.eigvals(J + gamma * J.T @ J)


def turning(values: Any, part: float) -> float:
    """Return the largest |Im / Re| among eigenvalues above a part of the largest."""
    large = abs(values) > part * abs(values).max()
    return float((abs(values.imag) / abs(values.real).clip(1e-300))[large].max())


class OnLabels(torch.nn.Module):
    """A network that takes only one of what it is called with: a generator whose noise comes with the data, as labels.

    Parameters
    ----------
    network : what it calls.
    place : of what it takes.
    """

    def __init__(self, network: Any, place: int) -> None:
        super().__init__()
        self.network, self.place = network, place

    def forward(self, *given: Any) -> Any:
        return self.network(given[self.place])


def path(steps: int, size: int) -> None:
    """Extra-gradient on a mixture of two: the path-angle from the start, and the generator's least curvature."""
    data = gan.Mixture([[-2.0], [2.0]], 0.3).sample(size, torch.Generator().manual_seed(0))
    noise = torch.randn(size, 1, generator=torch.Generator().manual_seed(1))  # the same all the time: no chance is left
    torch.manual_seed(TUNED)
    G, D = OnLabels(gan.mlp(1, 100, 1, slope=0.0), 1), OnLabels(gan.mlp(1, 100, 1, slope=0.0), 0)
    trainer = gan.Trainer(G, D, "extra-gradient", r1=0.0, half_life=0.0, lr_end=1e-6, seed=TUNED, labels=True)
    trainer.fit((data, noise), steps=steps, batch=size, every=steps, progress=False)
    pair = trainer.pair()
    found = mm.path_angle(pair, pair.point(), trainer.start())
    print(f"path: 1-D mixture at -2 and 2, perceptrons of 100, full batch of {size}, {steps} steps of ExtraAdam")
    print(f"  {found}\n  {mm.classify(pair)}")


def cost(repeats: int, steps: int) -> None:
    """`fit` over a loop by hand of the same steps, in turns; networks of a million parameters together."""

    def pair() -> Any:
        torch.manual_seed(0)
        return gan.mlp(64, 480, 480, 480, 64), gan.mlp(64, 480, 480, 480, 1)

    data = torch.randn(20_000, 64)
    count = sum(p.numel() for module in pair() for p in module.parameters())

    def fitted() -> float:
        trainer = gan.Trainer(*pair(), "classic")
        trainer.fit(data, steps=3, batch=128, every=10**6, progress=False)
        began = time.perf_counter()
        trainer.fit(data, steps=3 + steps, batch=128, every=10**6, progress=False)
        return time.perf_counter() - began

    def by_hand() -> float:
        G, D = pair()
        softplus = torch.nn.functional.softplus
        opt_g, opt_d = (torch.optim.Adam(m.parameters(), lr=1e-3, betas=(0.5, 0.999)) for m in (G, D))
        order = torch.randperm(len(data))

        def step(k: int) -> None:
            rows = data[order[k * 128 % 19_000 :][:128]]
            opt_g.zero_grad()
            softplus(-D(G(torch.randn(128, 64)))).mean().backward(inputs=list(G.parameters()))
            opt_g.step()
            opt_d.zero_grad()
            with torch.no_grad():
                fake = G(torch.randn(128, 64))
            (softplus(-D(rows)).mean() + softplus(D(fake)).mean()).backward()
            opt_d.step()

        for k in range(3):
            step(k)
        began = time.perf_counter()
        for k in range(steps):
            step(k)
        return time.perf_counter() - began

    ratios = []
    for k in range(repeats):
        times = {}
        for run in (fitted, by_hand) if k % 2 else (by_hand, fitted):
            times[run] = run()
        ratios.append(times[fitted] / times[by_hand])
    low, middle, high = statistics.quantiles(ratios, n=4) if repeats > 1 else [ratios[0]] * 3
    print(f"cost: {count} parameters, batches of 128, {steps} steps, {torch.get_num_threads()} threads")
    print(f"  fit over the loop by hand: {middle:.3f} (quartiles {low:.3f}, {high:.3f}; {repeats} pairs)")


def launches(steps: int, seeds: int) -> None:
    """Steps of the ring's networks: as they are, compiled, and of several seeds at once, in turns."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    it = MIXTURES["ring"]
    data = it.data()

    def made(seed: int, **options: Any) -> gan.Trainer:
        torch.manual_seed(seed)
        return gan.Trainer(*it.networks(), latent=it.latent, noise=it.noise, seed=seed, device=device, **options)

    def fit(trainers: list[gan.Trainer], more: int) -> float:
        options: dict[str, Any] = {"batch": it.batch, "every": 10**6, "progress": False}
        goal = trainers[0].steps + more
        if device == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        if len(trainers) == 1:
            trainers[0].fit(data, goal, **options)
        else:
            gan.fit_together(trainers, data, goal, **options)
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began

    runs = {"as it is": [made(0)], "compiled": [made(0, compiled=True)], "at once": [made(k) for k in range(seeds)]}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(4):
        for name, trainers in runs.items():
            spent = fit(trainers, steps)
            if turn:  # the first compiles
                times[name].append(spent / steps)
    one, compiled, at_once = (statistics.median(found) for found in times.values())
    where = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(f"launches: r3gan on the ring, {steps} steps of {it.batch}, torch {torch.__version__}, {where}")
    print(f"  a step {1e3 * one:.2f} ms; compiled {1e3 * compiled:.2f} ms, {one / compiled:.2f} times as fast")
    print(f"  {seeds} seeds at once {1e3 * at_once:.2f} ms: {at_once / one:.2f} times one seed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [*MIXTURES, "digits", "rotation", "path", "cost", "launches"]
    parser.add_argument("what", nargs="?", choices=names, default="ring")
    parser.add_argument("--recipes", nargs="+", help="those of the experiment alone that are named")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=TUNED, help="seed, where a run is done in parts")
    parser.add_argument("--steps", type=int, help="other than the experiment's")
    parser.add_argument("--small", action="store_true", help="a few steps of everything")
    given = parser.parse_args()
    print(made_on("torch", "scikit-learn"))
    seeds = range(given.first, given.first + (1 if given.small else given.seeds))
    for what in names if given.small else [given.what]:
        steps = 6 if given.small else given.steps
        if what in MIXTURES:
            it = MIXTURES[what] if steps is None else dataclasses.replace(MIXTURES[what], steps=steps)
            mixture(what, it, seeds, given.recipes)
        elif what == "digits":
            if given.small and not installed("sklearn"):
                continue
            digits(seeds, steps or 2000, given.recipes)
        elif what == "rotation":
            rotation(seeds, steps or 10_000, [8] if given.small else [16] * 4)
        elif what == "path":
            path(steps or 5000, 200 if given.small else 10_000)
        elif what == "launches":
            launches(steps or 100, 2 if given.small else 10)
        else:
            cost(1 if given.small else 10, steps or 150)


def installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


if __name__ == "__main__":
    main()
