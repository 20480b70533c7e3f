"""A game on a tree as a linear program over realisation plans."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["constraints", "plans_of", "sequence_program"]


def sequence_program(game: Any) -> dict[str, Any]:
    """Return the linear program of a game in the sequence form, as `scipy.optimize.linprog` takes it.

    x maximises what it is sure of: `max v_0` subject to `E x = e, x >= 0, F'v <= P'x`, where `E x = e` and `F y = e`
    say what a plan is and v holds the values of y's information sets; y's plan is the price of the last line.

    Parameters
    ----------
    game : an ExtensiveFormGame.

    Source
    ------
    D. Koller, N. Megiddo and B. von Stengel, Efficient computation of equilibria for extensive two-person games, 1996.
    """
    from scipy.sparse import csr_array, hstack

    X, Y = game.domains
    E, F = constraints(X), constraints(Y)
    values = F.shape[0]
    goal, one = np.zeros(X.n + values), np.zeros(E.shape[0])
    goal[X.n], one[0] = -1.0, 1.0
    size = max(map(abs, game.coupling.extremes)) or 1.0  # payoffs of order one: tolerances of solvers are absolute
    grow = 2.0**600 if size < 1e-290 else 1.0  # one over a smaller number overflows
    return {
        "c": goal,
        "A_ub": hstack([(game.coupling.A.T * grow) / (size * grow), F.T], format="csr"),
        "b_ub": np.zeros(Y.n),
        "A_eq": hstack([E, csr_array((E.shape[0], values))], format="csr"),
        "b_eq": one,
        "bounds": [(0.0, None)] * X.n + [(None, None)] * values,
    }


def constraints(domain: Any) -> Any:
    """Return the matrix E of a treeplex: `(E x)_0 = x_0`, and of each information set its weights less its parent's."""
    from scipy.sparse import csr_array

    sets = np.arange(1, domain.parents.size + 1)
    rows = np.concatenate([[0], np.repeat(sets, domain.actions), sets])
    columns = np.concatenate([np.arange(domain.n), domain.parents])
    entries = np.concatenate([np.ones(domain.n), -np.ones(sets.size)])
    return csr_array((entries, (rows, columns)), shape=(sets.size + 1, domain.n))


def plans_of(game: Any, result: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return both plans in an answer of the program, what is negative taken for nothing."""
    X, Y = game.domains
    weights = zip((X, Y), (result.x[: X.n], -result.ineqlin.marginals))
    first, second = (domain.plan(domain.behaviour(np.clip(own, 0.0, None))) for domain, own in weights)
    return first, second
