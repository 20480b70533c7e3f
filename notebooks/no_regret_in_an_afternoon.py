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
# # No regret in an afternoon
#
# **Nobody can promise to win, but one can promise to regret little**: over T rounds at most `sqrt(T log n / 2)` behind the
# best of n actions in hindsight, against any opponent. Two players who both keep the promise find the equilibrium of their
# game, on average; and against a predictable opponent one does better than the promise.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minmax as mm
from minmax.plots import COLORS

# %% [markdown]
# ## One player against the world
#
# A learner is asked for a play and told the utilities of all actions. Multiplicative weights raise each weight by
# `exp(eta u)`: follow the regularised leader, with entropy.

# %%
rng = np.random.default_rng(0)
T, n = 2000, 5
worlds = {
    "coins": rng.integers(0, 2, (T, n)).astype(float),
    "one action is better": (rng.uniform(size=(T, n)) < 0.5 + 0.1 * (np.arange(n) == 2)).astype(float),
    "the best one changes": (np.arange(n) == (np.arange(T)[:, None] // 200) % n).astype(float),
}
rules = {
    "MWU": lambda: mm.MWU(eta=np.sqrt(8 * np.log(n) / T)),
    "FTPL": lambda: mm.FTPL(eta=np.sqrt(8 * np.log(n) / T)),
    "GDA": lambda: mm.GDA(),
    "RegretMatching": lambda: mm.RegretMatching(),
    "OMWU": lambda: mm.OMWU(eta=np.sqrt(8 * np.log(n) / T)),
}
print(f"{'regret after ' + str(T) + ' rounds':<26}" + "".join(f"{name:>16}" for name in rules))
for world, utilities in worlds.items():
    line = f"{world:<26}"
    for make in rules.values():
        player = mm.learner(make(), mm.Simplex(n), spread=1.0)
        for u in utilities:
            player.observe(u)
        line += f"{player.regret:>16.1f}"
    print(line)
print(f"bound of MWU at this step: {np.sqrt(T * np.log(n) / 2):.1f}")

# %% [markdown]
# The bound holds for every sequence, and tells little of the easy ones: regret matching finds the better action at once, and
# where the best one changes every 200 rounds, gradient steps that are long enough to follow it earn far more than any single
# action would have: their regret is *negative*.
#
# ## An adversary makes the bound bite
#
# One who knows the mixture, and pays what is likeliest least, keeps the regret near `sqrt(T)`.

# %%
rounds = np.unique(np.geomspace(1, 5000, 40).astype(int))
fig, ax = plt.subplots(figsize=(7.0, 4.4), layout="constrained")
for name, rule in (("MWU", mm.MWU()), ("GDA", mm.GDA()), ("RegretMatching", mm.RegretMatching())):
    player, regrets = mm.learner(rule, mm.Simplex(n), spread=1.0), []
    for t in range(1, rounds[-1] + 1):
        play = player.play()
        player.observe((np.arange(n) != play.argmax()).astype(float))
        if t in rounds:
            regrets.append(player.regret)
    ax.loglog(rounds, np.maximum(regrets, 1e-2), color=COLORS[name], label=name)
ax.loglog(rounds, np.sqrt(rounds * np.log(n) / 2), color="#777777", linewidth=0.8, label="sqrt(T log n / 2)")
ax.set(xlabel="rounds", ylabel="regret", title="an adversary who sees the mixture, 5 actions")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# ## Two of them find the equilibrium
#
# The gap of the average is the sum of both regrets over T, to the last digit: bounds on regret are rates of convergence.

# %%
game = mm.zoo.random_uniform(20, 30, 0)
runs = [
    mm.solve(game, rule, rounds=20_000, tol=None)
    for rule in (mm.MWU(), mm.OMWU(), mm.RegretMatching(), mm.RegretMatchingPlus())
]
fig, ax = plt.subplots(figsize=(7.5, 4.8), layout="constrained")
mm.plot_convergence(runs, ax=ax)
plt.show()
for run in runs[:3]:
    total = (run.regret.x + run.regret.y) / run.rounds
    print(
        f"{run.path[-1]:<20} sum of regrets / T {total:.3e}, gap of the uniform average {run.history.gap_average[-1]:.3e}"
    )

# %% [markdown]
# Optimistic weights expect the last utility again. Against each other both are right, since neither changes fast, and the sum
# of regrets stays bounded: O(1/T) instead of O(1/sqrt T). In self-play regrets are far from what they could be against anyone,
# and those of optimistic weights below a bound that does not grow with T:

# %%
spread = game.payoffs().max() - game.payoffs().min()
together = 0.5 * spread * (2 * np.log(20) + 2 * np.log(30) + 1)
weights, optimistic = (run.regret for run in runs[:2])
anyone = weights.bound_x + weights.bound_y
print(f"MWU  sum of regrets {weights.x + weights.y:6.2f}, against anyone at most {anyone:.1f}")
print(f"OMWU sum of regrets {optimistic.x + optimistic.y:6.2f}, against itself at most {together:.1f}")
