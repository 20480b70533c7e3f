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
# # Poker: bluffing is arithmetic
#
# **Bluffing needs no psychology: in the smallest poker the second player's only optimal strategy bets the worst card a third of
# the time, and without it loses its edge.** The equilibrium is a linear program; on larger trees, regret matching at every
# decision finds it by playing against itself.

# %%
import matplotlib.pyplot as plt

import minmax as mm
from minmax.plots import COLORS, plot_tree

# %% [markdown]
# ## Kuhn poker
#
# Three cards, one each; both put in one chip, may bet one more, and call or fold. H. Kuhn solved it by hand in 1950: the first
# player loses 1/18 of a chip a hand.

# %%
kuhn = mm.zoo.kuhn()
best = mm.solve(kuhn)
print(f"value in [{best.lower:.12f}, {best.upper:.12f}]; -1/18 = {-1 / 18:.12f}")
for player in "xy":
    for choice in kuhn.choices(player, getattr(best, player)):
        print(
            f"{player} at {choice.information!s:<12}", {move: round(p, 3) for move, p in choice.probabilities.items()}
        )

# %% [markdown]
# The second player bets the jack, the worst card, a third of the time after a pass, and calls with the queen a third of the
# time. What if it never bluffed? A best response knows:

# %%
honest = {"J pass": {"pass": 1.0}}
told = {c.information: c.probabilities for c in kuhn.choices("y", best.y)} | honest
proof = mm.certify(kuhn, best.x, told)
print(f"who never bluffs as second pays {proof.upper:.4f} a hand at worst, instead of {best.value:.4f}")

# %% [markdown]
# ## The tree

# %%
fig, ax = plt.subplots(figsize=(9.0, 7.5), layout="constrained")
plot_tree(kuhn, best, ax=ax)
plt.show()

# %% [markdown]
# ## Learning it
#
# Counterfactual regret minimisation plays regret matching at every information set. The *average* converges; clipping regrets
# at zero (CFR+), discounting them (DCFR) or predicting them (PCFR+) makes it fast. Leduc poker has six cards and two rounds of betting.

# %%
leduc = mm.zoo.leduc()
print(leduc)
names = {
    "RegretMatching": "CFR",
    "RegretMatchingPlus": "CFR+",
    "DiscountedRegretMatching": "DCFR",
    "PredictiveRegretMatchingPlus": "PCFR+",
}
fig, ax = plt.subplots(figsize=(7.0, 4.6), layout="constrained")
for name, label in names.items():
    run = mm.solve(leduc, getattr(mm, name)(), rounds=2000, tol=None)
    seen = run.history.operator_calls > 0
    ax.loglog(run.history.operator_calls[seen], run.history.gap_average[seen] / 2, color=COLORS[name], label=label)
ax.set(xlabel="operator calls", ylabel="exploitability (chips a hand)", title="Leduc poker, average strategies")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# On a game this small the linear program is faster still, and exact:

# %%
exact = mm.solve(leduc)
print(
    f"{exact.path[-1]}: {exact.value:.9f} to the first player, proved to {exact.upper - exact.lower:.1e}, in {exact.seconds:.2f} s"
)
