# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Stable GANs: the same networks, another game
#
# **The same networks on the same data: alternating Adam as published chases one mode after the other; a higher rate that falls
# and an average of the generator find all modes; a relativistic loss with penalties on both sides, besides, fills them and
# comes to rest.** Whether a run converges, collapses or copies its data is measured rather than seen.

# %%
import matplotlib.pyplot as plt
import torch

from minmax import gan
from minmax.plots import plot_film, plot_losses, plot_modes, plot_samples

torch.set_num_threads(1)

# %% [markdown]
# ## Eight Gaussians on a circle
#
# The generator turns uniform noise of two numbers into points, the discriminator scores points. `classic` is Goodfellow's
# non-saturating loss with alternating Adam at the usual rate of 2e-4; then with the rate of `r3gan`, which falls from 2e-3 to
# 1e-6, and an average of the generator. `r3gan` pairs real and generated samples in one relativistic loss as well, with
# zero-centred penalties on both sides (R1 and R2). One seed each; ten seeds of each are in
# [GANs](../docs/gan.md#what-was-measured).

# %%
ring = gan.ring(8, std=0.05).standardised()


def trained(recipe, data, steps, **changes):
    torch.manual_seed(0)
    G, D = gan.mlp(2, *[128] * 6, 2), gan.mlp(2, *[128] * 3, 1)
    return gan.Trainer(G, D, recipe, noise="uniform", **changes).fit(
        data,
        steps=steps,
        batch=128,
        every=steps // 20,
        callbacks=lambda run, row: {"modes": gan.modes(run.sample(2500), data).modes},
        progress=False,
    )


runs = {
    "classic": trained("classic", ring, 2000),
    "classic, falling rate": trained("classic", ring, 2000, lr=2e-3, lr_end=1e-6, half_life=200),
    "r3gan": trained("r3gan", ring, 2000, half_life=200),
}
for recipe, run in runs.items():
    print(f"{recipe:<22} {gan.modes(run.sample(2500), ring)}")
print(f"{'the data itself':<22} {gan.modes(ring.sample(2500), ring)}")

# %%
fig = plt.figure(figsize=(12.5, 9.6), layout="constrained")
for part, (recipe, run) in zip(fig.subfigures(3, 1), runs.items()):
    plot_film(run.film, ring.sample(1000), figure=part)
    part.suptitle(f"{recipe}: samples of the same noise as training goes on, over the data", fontsize="small")
plt.show()

# %% [markdown]
# ## What is wrong with the first one?
#
# Not its losses: in a game a loss is small whenever the opponent plays badly, and tells nothing of progress. Three things do:
# the modes that samples cover, the verdict on the motion of the parameters, and what a player could still *gain*. For the
# last, a fresh discriminator is trained against the generator, and a fresh generator against the discriminator: the sum of
# both gains is zero at an equilibrium.

# %%
fig, axes = plt.subplots(1, 4, figsize=(15.0, 3.8), layout="constrained")
for ax, (recipe, run) in zip(axes, runs.items()):
    plot_losses(run.rows, run.objectives.loss.at_equilibrium, ax=ax)
    ax.set_title(f"{recipe}; dashed at equilibrium", fontsize="small", loc="left")
for (recipe, run), color in zip(runs.items(), ("#BB5566", "#DDAA33", "#004488")):
    steps, found = zip(*((row["step"], row["modes"]) for row in run.rows))
    axes[-1].plot(steps, found, "o-", color=color, markersize=4, label=recipe)
axes[-1].set(xlabel="step", ylabel="modes of 8", ylim=(-0.3, 8.3))
axes[-1].legend(frameon=False, fontsize="small")
plt.show()

for recipe, run in runs.items():
    gap = gan.duality_gap(run, ring, steps=300)
    print(f"{recipe:<22} {run.diagnosis().verdict}; G could gain {gap.generator:.3f}, D {gap.discriminator:.3f}")

# %% [markdown]
# Gains are at least what 300 steps find: a zero says that these found nothing, not that there is nothing. The share of samples
# near modes says that even the last run is not the data yet.

# %% [markdown]
# ## Sixteen Gaussians on a grid
#
# The same recipe, a few steps more. With the sharper modes of the literature it takes 6000 steps on the ring and 24,000 on a grid
# of 25.

# %%
grid = gan.grid(4, 2.0, 0.15).standardised()
run = trained("r3gan", grid, 2500, half_life=200)
fig, axes = plt.subplots(1, 2, figsize=(10.0, 4.4), layout="constrained", width_ratios=(1.0, 1.3))
plot_samples(run.sample(2000), grid.sample(2000), title="r3gan on the grid", ax=axes[0])
plot_modes(run.sample(2500), grid, ax=axes[1])
plt.show()

# %% [markdown]
# ## Digits: did it learn, or memorise?
#
# Real images, 8 x 8, a few hundred of them held out. A small classifier names what is sampled; the Frechet distance of its
# features says how far samples are from images nobody was trained on.

# %%
images, labels = gan.digits()
order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
held, kept = images[order[:500]], images[order[500:]]
judge = gan.Classifier(kept, labels[order[500:]], steps=600)
torch.manual_seed(0)
G, D = gan.image_generator(8, latent=32, width=16), gan.image_discriminator(8, width=16)
digits = gan.Trainer(G, D, "r3gan", r1=2.0, r2=2.0, half_life=50.0).fit(kept, steps=600, batch=64, progress=False)
made = digits.sample(500)
fig, axes = plt.subplots(1, 2, figsize=(9.0, 4.6), layout="constrained")
plot_samples(made[:64], title="samples", ax=axes[0])
plot_samples(held[:64], title="images held out", ax=axes[1])
plt.show()

distance = gan.frechet(judge.features(made), judge.features(held))
of_data = gan.frechet(judge.features(kept[:500]), judge.features(held))
print(f"{judge.covered(made)}; Frechet distance {distance:.1f}, of as many training images {of_data:.1f}")

# %% [markdown]
# A generator could have won by copying. Its samples would then lie nearer to the training images than images held out do. The
# test compares all pairs of one sample and one such image: a half of them is what fresh data gets, none what copies get. A
# generator of the same kind, trained on thirty images only, is caught. Far more than a half, as of the first one, is no copying
# either, but it is not the data: its samples are farther from all images than images are, as the Frechet distance says too.

# %%
torch.manual_seed(0)
few = kept[:30]
G, D = gan.image_generator(8, latent=32, width=16), gan.image_discriminator(8, width=16)
by_heart = gan.Trainer(G, D, "r3gan").fit(few, steps=600, batch=30, progress=False)
for name, samples, data in (("1297 images", made, kept), ("30 images", by_heart.sample(500), few)):
    test = gan.memorised(samples, data, held)
    verdict = "copies" if test.p < 0.05 else "no sign of copying"
    print(
        f"trained on {name:<12} the sample is farther in {100 * test.statistic:.0f} % of pairs, p = {test.p:.2g}: {verdict}"
    )
