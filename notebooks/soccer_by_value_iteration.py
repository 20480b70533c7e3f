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
# # Soccer by value iteration
#
# **A game played through time is a matrix game in every state, whose entries contain the values of other states.** Guess the
# values, solve all the matrix games, take their values as the next guess: the error shrinks by the discount at each sweep, so
# that there is one fixed point. That is Shapley's theorem of 1953, and the min-max theorem is used in every state.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minmax as mm
from minmax.plots import plot_values

# %% [markdown]
# ## The game
#
# M. Littman's soccer, 1994: two players on a grid move at the same time, in random order; who carries the ball out through the
# goal of the other wins. 760 states, five moves each.

# %%
soccer = mm.zoo.soccer()
best = mm.solve(soccer)
print(soccer)
print(
    f"{best.path[-1]}: {best.value:.6f} for who begins with the ball, in {best.iterations} sweeps and {best.seconds:.2f} s; gap {best.gap:.1e}"
)

# %% [markdown]
# ## One state is a matrix game
#
# Where both are near each other, whatever one does for certain the other can stop: the policy mixes.

# %%
policies = soccer.policies("x", best.x)
mixed = max(range(len(policies)), key=lambda s: np.count_nonzero(np.asarray(policies[s]) > 0.05))
moves = dict(zip(soccer.moves[0][mixed], np.round(policies[mixed], 3).tolist()))
print(f"in the state {soccer.states[mixed]!r} x plays", moves)

# %% [markdown]
# ## The contraction, seen
#
# Sweeps of value iteration bring the values nearer by a factor of at most gamma each. Ended after k sweeps, its values are
# those of the game that ends after k stages.

# %%
values, errors = np.asarray(best.values), []
for sweeps in range(1, 41):
    guess = np.asarray(mm.solve(soccer, mm.ShapleyIteration(sweeps=sweeps), tol=1e-12).values)
    errors.append(np.abs(guess - values).max())
fig, ax = plt.subplots(figsize=(6.8, 4.4), layout="constrained")
ax.semilogy(range(1, 41), errors, color="#0072B2", label="largest error of a value")
ax.semilogy(
    range(1, 41),
    errors[0] * 0.9 ** np.arange(40),
    color="#777777",
    linewidth=0.8,
    label="a factor of gamma = 0.9 a sweep",
)
ax.set(xlabel="sweeps of value iteration", ylabel="distance from the values", title="Shapley's contraction on soccer")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# ## The field
#
# Values of x's places with the ball, while y is where it began. x goes east.

# %%
fig, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
plot_values(soccer, best, ax=ax)
plt.show()

# %% [markdown]
# Policy iteration solves the same fixed point in a few sweeps, since it values policies for ever rather than for one stage:

# %%
for method in (mm.PolicyIteration(), mm.ShapleyIteration()):
    run = mm.solve(soccer, method, tol=1e-9)
    print(f"{type(method).__name__:<18}{run.iterations:>5} sweeps, gap {run.gap:.1e}")
