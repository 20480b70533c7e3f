"""GANs of small networks on mixtures: modes covered, share of high quality, divergence, seed by seed.

    python benchmarks/gan.py ring               # 8 Gaussians on a circle, the recipes below, 10 seeds
    python benchmarks/gan.py grid --recipes r3gan classic --seeds 3
    python benchmarks/gan.py --small            # a few steps, for CI

All recipes train the same networks for as many steps; 2500 samples are judged, and a mode counts from 20 of them on
that are within 3 standard deviations.  Seeds are counted from 100: recipes are tuned on those below.
"""

from __future__ import annotations

import argparse
import time

import torch

from minmax import gan

DATA = {"ring": gan.ring(), "grid": gan.grid()}
PUBLISHED = {
    "ring": "PacGAN table 1: GAN 6.3 modes, 98.2 %, KL .45; ALI 6.6, 97.6 %, .36; PacGAN2 7.9, 95.6 %, .07",
    "grid": "PacGAN table 1: GAN 17.3 modes, 94.8 %, KL .70; ALI 24.1, 95.7 %, .14; PacGAN2 23.8, 91.3 %, .13",
}


def trained(recipe: str, mixture: gan.Mixture, seed: int, steps: int, batch: int, width: int) -> gan.Trainer:
    torch.manual_seed(seed)
    G, D = gan.mlp(16, width, width, width, 2), gan.mlp(2, width, width, width, 1)
    return gan.Trainer(G, D, recipe, seed=seed).fit(mixture, steps=steps, batch=batch, every=steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", choices=DATA, default="ring")
    parser.add_argument("--recipes", nargs="+", choices=gan.RECIPES, default=["classic", "optimistic", "r3gan"])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--small", action="store_true", help="a few steps of one seed")
    given = parser.parse_args()
    if given.small:
        given.seeds, given.steps, given.batch, given.width = 1, 30, 64, 32
    mixture = DATA[given.data]
    own = gan.modes(mixture.sample(2500, torch.Generator().manual_seed(0)), mixture)
    print(
        f"{mixture.name}: perceptrons 3 x {given.width}, latent 16, {given.steps} steps of {given.batch}; torch", end=""
    )
    print(
        f" {torch.__version__}, {torch.get_num_threads()} threads\n  the data itself: {own}\n  {PUBLISHED[given.data]}"
    )
    for name in given.recipes:
        print(f"\n{gan.RECIPES[name]}")
        found = []
        for seed in range(100, 100 + given.seeds):
            began = time.perf_counter()
            trainer = trained(name, mixture, seed, given.steps, given.batch, given.width)
            cover = gan.modes(trainer.sample(2500), mixture)
            found.append(cover)
            row = trainer.rows[-1]
            spent = time.perf_counter() - began
            print(f"  seed {seed}: {cover}; losses {row['loss G']:.3f}, {row['loss D']:.3f}; ", end="")
            print(f"{row['verdict']}; {spent:.0f} s", flush=True)
        whole = sum(cover.modes == cover.of for cover in found)
        quality = sum(cover.high_quality for cover in found) / len(found)
        kl = sum(cover.kl for cover in found) / len(found)
        print(f"  {name}: all modes in {whole} of {len(found)} seeds; on average", end="")
        print(f" {sum(c.modes for c in found) / len(found):.1f} modes, {100 * quality:.1f} %, KL {kl:.3f}")


if __name__ == "__main__":
    main()
