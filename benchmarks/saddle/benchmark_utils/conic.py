"""The same problems for cvxpy: the inner maximum as a function of `g = A'x - c`, whose constraint's multiplier is y."""

import numpy as np

from benchmark_utils.sets import slices


def by_cvxpy(cp, solver, A, P, Q, b, c, X, Y, **options):
    """Return both players' points."""
    n, m = A.shape
    x, g = cp.Variable(n), cp.Variable(m)
    definition = A.T @ x - c == g
    cost = b @ x + (0.5 * cp.quad_form(x, P, assume_PSD=True) if P is not None else 0.0)
    held = [limit for part, own in slices(X) for limit in within(cp, x[own], *part)]
    if Q is not None:  # on free space alone
        cost += 0.5 * cp.quad_form(g, np.linalg.inv(Q), assume_PSD=True)
    else:
        for part, own in slices(Y):
            more, limits = support(cp, g[own], *part)
            cost, held = cost + more, [*held, *limits]
    cp.Problem(cp.Minimize(cost), [definition, *held]).solve(solver=solver, **options)
    if x.value is None:
        return np.full(n, np.nan), np.full(m, np.nan)
    return x.value, definition.dual_value


def within(cp, x, kind, n, *numbers):
    """Return the constraints of a part."""
    if kind == "simplex":
        return [x >= 0, cp.sum(x) == 1]
    if kind == "box":
        return [x >= numbers[0], x <= numbers[1]]
    return [cp.norm(x) <= numbers[0]] if kind == "ball" else []


def support(cp, g, kind, n, *numbers):
    """Return the most that a part makes of g, and what g must obey for it to be finite."""
    if kind == "simplex":
        return cp.max(g), []
    if kind == "box":
        low, high = numbers
        return cp.sum(cp.maximum(low * g, high * g)), []
    return (numbers[0] * cp.norm(g), []) if kind == "ball" else (0.0, [g == 0])


def saddle_program(cp, dsp, A, P, Q, b, c, X, Y):
    """Return both players' points by disciplined saddle programming."""
    x, y = (cp.Variable(size) for size in A.shape)
    f = dsp.inner(x, A @ y) + b @ x - c @ y
    if P is not None:
        f += 0.5 * cp.quad_form(x, P, assume_PSD=True)
    if Q is not None:
        f -= 0.5 * cp.quad_form(y, Q, assume_PSD=True)
    held = [limit for z, Z in ((x, X), (y, Y)) for part, own in slices(Z) for limit in within(cp, z[own], *part)]
    game = dsp.SaddlePointProblem(dsp.MinimizeMaximize(f), held, minimization_vars=[x], maximization_vars=[y])
    game.solve(solver="CLARABEL")
    return x.value, y.value
