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
# # A first game, and its proof
#
# **A pair of strategies is its own proof.** Whoever found it and however: one product of the payoff matrix with each
# strategy bounds the value of the game from both sides, and where the bounds meet, both strategies are optimal. Here we
# solve penalty kicks, check the proof by hand, and see that it is linear-programming duality.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minmax as mm

# %% [markdown]
# ## Penalty kicks
#
# Professional kickers score in so many per cent of the cases, by the side that they kick to (rows) and that the goalkeeper
# dives to (columns). I. Palacios-Huerta, *Professionals play minimax*, 2003.

# %%
kicks = mm.MatrixGame.from_payoffs(
    [[58.30, 94.97], [92.91, 69.92]],
    actions=(("left", "right"), ("left", "right")),
    players=("kicker", "goalkeeper"),
)
best = mm.solve(kicks)
print(best)

# %% [markdown]
# The kicker mixes so that it does not matter where the goalkeeper dives, and the other way round. Professionals were seen to
# kick left in 39.98 % and to dive left in 42.31 % of the cases.

# %%
P = np.array([[58.30, 94.97], [92.91, 69.92]])
print("what each dive concedes against the kicker's mixture:", (best.x @ P).round(6))
print("what each kick scores against the goalkeeper's:      ", (P @ best.y).round(6))

# %% [markdown]
# ## The proof
#
# The kicker's mixture scores at least the smallest of the first two numbers, whatever the goalkeeper does: a lower bound on
# the value. The goalkeeper's concedes at most the largest of the other two: an upper bound. The library computes both in
# double precision and adds what rounding may hide.

# %%
lower, upper = (best.x @ P).min(), (P @ best.y).max()
print(f"by hand:        [{lower:.12f}, {upper:.12f}]")
print(f"by the library: [{best.lower:.12f}, {best.upper:.12f}]")

# %% [markdown]
# For other strategies the bounds are apart by the *duality gap*, which says how much both could still gain together.

# %%
shares = np.linspace(0, 1, 201)
floor = [(np.array([p, 1 - p]) @ P).min() for p in shares]
ceiling = [(P @ np.array([q, 1 - q])).max() for q in shares]
fig, ax = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
ax.plot(shares, floor, color="#0072B2", label="the kicker, left so often, scores at least")
ax.plot(shares, ceiling, color="#D55E00", label="the goalkeeper, left so often, concedes at most")
ax.axhline(best.value, color="#777777", linewidth=0.8)
ax.plot([best.x[0], best.y[0]], [best.value] * 2, "*", color="black", markersize=12)
ax.set(
    xlabel="probability of left",
    ylabel="goals in per cent of the kicks",
    title="von Neumann: the highest floor is the lowest ceiling",
)
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# ## The same as linear programs
#
# The highest floor is a linear program: maximise `v` subject to `P'x >= v`. Its dual is the goalkeeper's program, and that
# both have one value is the min-max theorem. `linear_program` solves the first and finds the second player's strategy as the
# multipliers of its constraints.

# %%
plan = mm.linear_program(**mm.program_of_game(mm.MatrixGame(-P)), tol=1e-9)
print(f"program: {-plan.objective:.6f}; its multipliers: {np.round(plan.y, 4)}; the goalkeeper: {best.y.round(4)}")

# %% [markdown]
# ## Larger games
#
# The proof costs two products whatever found the strategies, so that it is never left out: here exactly, and by five hundred
# rounds of two ways to learn.

# %%
large = mm.zoo.random_uniform(60, 80, 1)
exact = mm.solve(large)
print(f"{' then '.join(exact.path):<20} value in [{exact.lower:.12f}, {exact.upper:.12f}]")
for rule in (mm.RegretMatchingPlus(), mm.MWU()):
    run = mm.solve(large, rule, rounds=500, tol=None)
    print(f"{run.path[-1]:<20} value in [{run.lower:.12f}, {run.upper:.12f}]")
