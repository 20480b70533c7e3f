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
# # Why gradient play cycles, and what stops it
#
# **Gradient descent-ascent on `f = x y` turns: each step is at a right angle to the way to the saddle.** At once, it adds to
# the distance from it at every step; in turns, it keeps an energy for ever. Averages, a look ahead, or optimism bring it
# home, each for a reason that can be written in one line.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minmax as mm
from minmax.plots import COLORS

xy = mm.BilinearGame([[1.0]])  # f(x, y) = x y: x goes down, y goes up, the saddle is 0
eta, start = 0.15, ([1.0], [0.0])

# %% [markdown]
# ## The field turns
#
# The operator is `F = (df/dx, -df/dy) = (y, -x)`: at every point at a right angle to the point itself.

# %%
fig, axes = plt.subplots(1, 3, figsize=(14, 4.8), layout="constrained")
for ax, rule in zip(axes, (mm.GDA(eta, "constant"), mm.AlternatingGDA(eta, "constant"), mm.ExtraGradient(eta))):
    mm.plot_phase(xy, rule, (1.0, 0.0), rounds=150, saddle=(0.0, 0.0), reach=3.0, ax=ax)
plt.show()

# %% [markdown]
# ## Energy
#
# At once, a step multiplies the distance by `sqrt(1 + eta^2)`, exactly. In turns, `x^2 + y^2 - eta x y` does not change (the
# same as a symplectic integrator of a pendulum). Extra-gradient multiplies by `sqrt(1 - eta^2 + eta^4)`.


# %%
def orbit(rule, rounds=200):
    seen = mm.Trajectory()
    mm.solve(xy, rule, rounds=rounds, tol=None, every=1, start=start, watch=seen)
    return seen.x[:, 0], seen.y[:, 0], seen.column("operator_calls")


x, y, _ = orbit(mm.GDA(eta, "constant"))
steps = np.hypot(x, y)
print(f"at once, the factor: {(steps[1:] / steps[:-1]).mean():.6f}, expected {np.sqrt(1 + eta**2):.6f}")
x, y, _ = orbit(mm.AlternatingGDA(eta, "constant"))
energy = x**2 + y**2 - eta * x * y
print(f"in turns, the energy stays within {np.ptp(energy):.1e}")
x, y, _ = orbit(mm.ExtraGradient(eta))
steps = np.hypot(x, y)
print(f"extra-gradient, the factor: {(steps[1:] / steps[:-1]).mean():.6f}, expected {np.sqrt(1 - eta**2 + eta**4):.6f}")

# %% [markdown]
# ## Distances side by side

# %%
fig, ax = plt.subplots(figsize=(7.5, 4.4), layout="constrained")
for rule in (mm.GDA(eta, "constant"), mm.AlternatingGDA(eta, "constant"), mm.OptimisticGDA(eta), mm.ExtraGradient(eta)):
    name = type(rule).__name__
    x, y, calls = orbit(rule, 400)
    ax.semilogy(calls, np.hypot(x, y), color=COLORS[name], label=name)
ax.set(xlabel="operator calls", ylabel="distance from the saddle", title=f"f = x y from (1, 0), step {eta}")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# ## The verdict, without a formula
#
# One need not know the game: a monitor looks at the iterates alone.

# %%
for rule in (mm.GDA(eta, "constant"), mm.AlternatingGDA(eta, "constant"), mm.OptimisticGDA(eta), mm.ExtraGradient(eta)):
    monitor = mm.Monitor()
    mm.solve(xy, rule, rounds=400, tol=None, start=start, watch=monitor)
    print(f"{type(rule).__name__:<16}{monitor.verdict}, {monitor.diagnosis().period:.1f} steps a turn")

# %% [markdown]
# ## Averages
#
# On bounded sets, regrets of gradient play grow like `sqrt(T)` where its steps shrink, and the gap of the average is the sum
# of the regrets over T: it converges while the plays go round. The min-max theorem follows: averages of play are
# near-optimal strategies of both players, so that the highest floor is the lowest ceiling.

# %%
pennies = mm.zoo.matching_pennies()
run = mm.solve(pennies, mm.GDA(), rounds=20_000, tol=None, start=([0.9, 0.1], [0.3, 0.7]))
fig, ax = plt.subplots(figsize=(6.8, 4.4), layout="constrained")
mm.plot_convergence(run, ax=ax)
plt.show()
print(
    f"regrets {run.regret.x:.2f} + {run.regret.y:.2f} over {run.rounds} rounds: {(run.regret.x + run.regret.y) / run.rounds:.2e}"
)
print(f"gap of the average: {run.history.gap_average[-1]:.2e}")
