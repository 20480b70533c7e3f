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
# # Write your own dynamics
#
# **A dynamics is one line of arithmetic on one coordinate; everything else comes with the library.** Here: weights that foresee
# a share of the last change of utility, between multiplicative weights and their optimistic kin. With less than one half of it the
# last iterate runs away from the equilibrium of rock, paper, scissors, with more it converges; with one half it goes round.

# %%
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import minmax as mm
from minmax.plots import COLORS

# %% [markdown]
# ## The rule
#
# `theta` is the dual point, `u` the utility, `v` the value of the play, `a` and `b` memory, `t` the round. The map from dual
# points to strategies is named, not written: "entropy" is the softmax.


# %%
class Settings(NamedTuple):
    eta: Any = "auto"
    foresight: Any = 0.5


class HalfOptimistic(Settings, mm.dynamics.Dynamics):
    """Weights that grow by the utility and a share of its last change: 0 is MWU with a constant step, 1 is OMWU."""

    __slots__ = ()
    geometry = "entropy"
    guarantee = "none is known"
    source = "this notebook"

    def step(self, theta, u, v, a, b, t):
        return theta + self.eta * (u + self.foresight * (u - a)), u, b

    def auto_eta(self, at):
        return 1.0 / at.spread if at.spread > 0 else 1.0


# %% [markdown]
# ## It is what it says
#
# With no foresight it plays as multiplicative weights with a constant step, with all of it as `OMWU`.

# %%
game = mm.zoo.random_uniform(8, 10, 3)
for mine, known in ((HalfOptimistic(0.2, 0.0), mm.MWU(0.2, "constant")), (HalfOptimistic(0.2, 1.0), mm.OMWU(0.2))):
    ours, theirs = (mm.solve(game, rule, rounds=300, tol=None, average="last") for rule in (mine, known))
    print(
        f"foresight {mine.foresight}: {np.abs(ours.x - theirs.x).max():.1e} from {type(known).__name__} after 300 rounds"
    )

# %% [markdown]
# ## Where it converges
#
# On rock, paper, scissors from off the centre, the last iterate of multiplicative weights leaves; a monitor tells from how much
# foresight on it stays.

# %%
rps, start = mm.zoo.rock_paper_scissors(), ([0.5, 0.3, 0.2], [0.2, 0.5, 0.3])
shares = (0.0, 0.25, 0.5, 0.75, 1.0)
fig, ax = plt.subplots(figsize=(7.0, 4.4), layout="constrained")
for share in shares:
    monitor = mm.Monitor()
    run = mm.solve(rps, HalfOptimistic(0.3, share), rounds=500, tol=None, start=start, watch=monitor)
    calls, gaps = run.history.operator_calls, run.history.gap_last
    ax.loglog(
        calls[calls > 0],
        gaps[calls > 0],
        color=plt.get_cmap("viridis")(share * 0.9),
        label=f"foresight {share}: {monitor.verdict}",
    )
ax.set(xlabel="operator calls", ylabel="duality gap of the last iterate", title="rock, paper, scissors, eta = 0.3")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# ## On random games
#
# Averages of ten games: does foresight beyond one half still help?

# %%
games = [mm.zoo.random_uniform(10, 12, seed) for seed in range(10)]
for share in shares:
    gaps = [mm.solve(g, HalfOptimistic(0.3, share), rounds=500, tol=None).history.gap_average[-1] for g in games]
    print(
        f"foresight {share}: gap of the average {np.median(gaps):.4f} in the median, {min(gaps):.4f} to {max(gaps):.4f}"
    )

# %% [markdown]
# ## Beside the others
#
# In a file of its own, one command draws it beside all dynamics and other solvers: `minmax bench matrix_games --add FILE`. The
# page *Write your own dynamics* of the documentation goes on from here.

# %%
fig, ax = plt.subplots(figsize=(7.0, 4.4), layout="constrained")
for rule, color in (
    (mm.MWU(), COLORS["MWU"]),
    (mm.OMWU(), COLORS["OMWU"]),
    (mm.RegretMatchingPlus(), COLORS["RegretMatchingPlus"]),
    (HalfOptimistic(), "black"),
):
    runs = [mm.solve(g, rule, rounds=500, tol=None).history for g in games]
    calls = runs[0].operator_calls
    ax.loglog(calls[1:], np.median([r.gap_average for r in runs], axis=0)[1:], color=color, label=type(rule).__name__)
ax.set(
    xlabel="operator calls",
    ylabel="gap of the average, median of ten",
    title="random games of 10 x 12, automatic steps",
)
ax.legend(frameon=False)
plt.show()
