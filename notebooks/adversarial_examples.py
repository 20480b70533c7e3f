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
# # Adversarial examples: the other player moves second
#
# **A classifier that is right on 97 % of digits is right on a third of them once an opponent may change each pixel by a tenth;
# trained as one player of that game it keeps four in five, for no loss on clean images.** Robust training is `min over weights,
# max over perturbations`: a game like a GAN's, with the same players and optimizers.

# %%
import matplotlib.pyplot as plt
import torch

import minmax as mm
from minmax import gan
from minmax.optim import Alternating, Players

torch.set_num_threads(1)
images, labels = gan.digits()
images = 0.5 + 0.5 * images.flatten(1)  # pixels in [0, 1]
order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
test, train = order[:450], order[450:]
X, Y, X_test, Y_test = images[train], labels[train], images[test], labels[test]
cross_entropy = torch.nn.functional.cross_entropy


def network(seed=0):
    torch.manual_seed(seed)
    return gan.mlp(64, 128, 128, 10)


def right(net, x, y):
    return float((net(x).argmax(1) == y).float().mean())


# %% [markdown]
# ## One player alone
#
# Trained on its own, the network minimises the loss on the images as they are.

# %%
plain = network()
adam = torch.optim.Adam(plain.parameters(), lr=1e-3)
chance = torch.Generator().manual_seed(1)


def batches(epochs, size=64):
    for _ in range(epochs):
        yield from torch.randperm(len(X), generator=chance).split(size)


for rows in batches(40):
    adam.zero_grad()
    cross_entropy(plain(X[rows]), Y[rows]).backward()
    adam.step()
print(f"right on {100 * right(plain, X_test, Y_test):.1f} % of images it has not seen")

# %% [markdown]
# ## The opponent
#
# It moves after the weights are known, and may change each pixel by at most `eps`. Its problem is to maximise the loss over a
# cube: it climbs by the sign of the gradient, the steepest direction of a cube, stays inside, and keeps the best point of
# each image (Madry et al. 2018). What it finds is a lower bound on what there is.


# %%
def attacked(net, x, y, eps, loss_of=None, steps=40, restarts=2):
    loss_of = loss_of or (lambda seen: cross_entropy(net(seen), y, reduction="none"))
    noise = torch.Generator().manual_seed(0)
    best, worst = x.clone(), loss_of(x).detach()
    for _ in range(restarts):
        delta = eps * (2.0 * torch.rand(x.shape, generator=noise) - 1.0)
        for _ in range(steps + 1):
            seen = (x + delta).clamp(0.0, 1.0).requires_grad_()
            loss = loss_of(seen)
            more = loss > worst
            best[more], worst[more] = seen.detach()[more], loss.detach()[more]
            (slope,) = torch.autograd.grad(loss.sum(), seen)
            delta = (seen.detach() - x + 2.5 * eps / steps * slope.sign()).clamp(-eps, eps)
    return best


fooled = attacked(plain, X_test, Y_test, 0.1)
print(f"under attack by 0.1: right on {100 * right(plain, fooled, Y_test):.1f} %")
fig, axes = plt.subplots(2, 8, figsize=(11.0, 3.2), layout="constrained")
chosen = torch.nonzero((plain(X_test).argmax(1) == Y_test) & (plain(fooled).argmax(1) != Y_test)).flatten()[:8]
for k, (top, bottom) in zip(chosen, axes.T):
    for ax, image in ((top, X_test[k]), (bottom, fooled[k])):
        ax.imshow(image.reshape(8, 8).numpy(), cmap="gray_r", vmin=0.0, vmax=1.0)
        ax.set_title(f"seen as {int(plain(image).argmax())}", fontsize="small")
        ax.set_axis_off()
fig.suptitle("above: images; below: each pixel changed by at most 0.1", fontsize="small")
plt.show()

# %% [markdown]
# ## Both players
#
# The opponent becomes a player of the training. Its strategy is a perturbation of each image in the batch, its optimizer a step
# of signs that ends inside the cube; `Alternating` lets it move three times before the network does, once. It starts afresh in
# each batch: with perturbations that were kept from epoch to epoch the network was less robust to others.


# %%
class SignStep(torch.optim.Optimizer):
    def __init__(self, params, lr, eps):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.sub_(group["lr"] * p.grad.sign()).clamp_(-group["eps"], group["eps"])


def robust(eps, seed=0, epochs=60, size=64):
    net, delta = network(seed), torch.zeros(size, 64, requires_grad=True)
    game = Players.zero_sum(
        min=net,
        max=delta,
        objective=lambda net, delta, rows: cross_entropy(net((X[rows] + delta[: len(rows)]).clamp(0.0, 1.0)), Y[rows]),
        optimizers={
            "x": lambda params: torch.optim.Adam(params, lr=1e-3),
            "y": lambda params: SignStep(params, 0.5 * eps, eps),
        },
        dynamics=Alternating(n_d={"y": 3}, order=("y", "x")),
    )
    for rows in batches(epochs, size):
        with torch.no_grad():
            delta.uniform_(-eps, eps, generator=chance)
        game.step(rows)
    return net


models = {"plain": plain, "robust to 0.1": robust(0.1), "robust to 0.2": robust(0.2)}
sizes = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
fig, ax = plt.subplots(figsize=(7.0, 4.4), layout="constrained")
for (name, net), color in zip(models.items(), ("#BB5566", "#004488", "#DDAA33")):
    kept = [100 * right(net, attacked(net, X_test, Y_test, eps), Y_test) for eps in sizes]
    ax.plot(sizes, kept, "o-", color=color, label=name, markersize=4)
    print(f"{name:<14}" + ", ".join(f"{eps:g}: {share:.0f} %" for eps, share in zip(sizes, kept)))
ax.set(xlabel="largest change of a pixel", ylabel="right on images not seen, %", ylim=(0, 100))
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# Accuracy falls smoothly to nothing, as it must where the attack finds what there is: a network that seemed robust at every size
# would only hide its slopes. What robustness costs on clean images is little here; on harder data it is more (Tsipras et al.
# 2019).
#
# ## If the opponent must move first
#
# An attack on one network is an attack on all of them, and a weaker one: who moves second wins the more. The table holds the
# errors of each network (row) under the attack made for each (column): a matrix game. Drawing the network by chance at each
# question is a mixed strategy of the defence, and by the min-max theorem the order no longer matters, *on this list*.

# %%
eps = 0.2
models |= {"robust, again": robust(0.2, seed=1), "and again": robust(0.2, seed=2)}
attacks = {"none": X_test} | {f"on {name}": attacked(net, X_test, Y_test, eps) for name, net in models.items()}
errors = [[1.0 - right(net, x, Y_test) for x in attacks.values()] for net in models.values()]
game = mm.MatrixGame(errors, actions=(list(models), list(attacks)))
best = mm.solve(game)
print(best)

fig, ax = plt.subplots(figsize=(8.4, 4.2), layout="constrained")
ax.imshow(errors, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
for i, row in enumerate(errors):
    for j, share in enumerate(row):
        ax.text(j, i, f"{100 * share:.0f} %", ha="center", va="center", color="white" if share > 0.5 else "black")
ax.set_xticks(range(len(attacks)), [name.replace(" ", "\n", 1) for name in attacks], fontsize="small")
ax.set_yticks(range(len(models)), list(models), fontsize="small")
ax.set_title(f"errors under changes of at most {eps}", fontsize="small", loc="left")
plt.show()

# %% [markdown]
# Mixing three equally good networks gains on each of them alone, *on this list*, for each attack was made for one of them. An
# opponent who knows the mixture is not held to the columns: it climbs the expected number of errors (smoothed, to have a
# slope).


# %%
def expected_errors(seen):
    found = 0.0
    for share, net in zip(best.x.tolist(), models.values()):
        scores = net(seen)
        own = scores.gather(1, Y_test[:, None])[:, 0]
        other = scores.scatter(1, Y_test[:, None], -1e9).amax(1)
        found = found + share * torch.sigmoid(4.0 * (other - own))
    return found


answer = attacked(None, X_test, Y_test, eps, expected_errors)
drawn = sum(float(p) * (1.0 - right(net, answer, Y_test)) for p, net in zip(best.x, models.values()))
alone = min(max(row) for row in errors)
print(
    f"errors at worst: of the best network alone {100 * alone:.1f} %, of the mixture on the list {100 * best.value:.1f} %,"
)
print(
    f"of the mixture under the attack made for it {100 * drawn:.1f} % (standard error of each {100 * (0.24 / 450) ** 0.5:.1f})"
)

# %% [markdown]
# Much of the gain is gone. The certificate was right, of its table: a bound over a list of opponents is no bound on the
# opponent. The list has to grow by best responses until they gain no more, which is the double oracle method.
