"""The game Jacobian at a point, matrix-free: how the operator turns, what of it is rotation, its eigenvalues."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from minmax.domains import Free
from minmax.games import BilinearGame, MatrixGame, QuadraticGame

__all__ = ["GameJacobian", "game_jacobian", "operator_of"]

DENSE = 1200  # coordinates up to which the matrix is formed and all eigenvalues are computed
OUTER = 4  # eigenvalues asked for at each end of a larger spectrum
TRIALS = 200  # restarts of their search at most
SAMPLES = 64  # random vectors that estimate norms of a larger Jacobian
REAL = 1e-12  # a real part below this part of the spectral radius is rounding


def operator_of(game: Any, z: np.ndarray) -> np.ndarray:
    """Return `F(z) = (grad_x f, -grad_y f)` of a game or a torch pair, x and y side by side."""
    n, m = game.shape
    ux, uy = np.empty(n), np.empty(m)
    with np.errstate(over="ignore", invalid="ignore"):
        game.utilities(z[:n], z[n:], ux, uy)
    return -np.concatenate([ux, uy])


@dataclass(frozen=True, eq=False)
class GameJacobian:
    r"""The matrix `J = dF/dz` of the operator `F = (grad_x f, -grad_y f)`, by its products.

    .. math:: J = \begin{pmatrix} f_{xx} & f_{xy} \\ -f_{yx} & -f_{yy} \end{pmatrix}

    Attributes
    ----------
    n, m : coordinates of x and of y.
    product : function of a (n + m,) vector that returns J times it.
    transposed : the same for the transpose.
    exact : whether products are exact or of automatic differentiation, rather than of finite differences.
    one : whether it is of one function that both play, rather than of a loss of each.
    """

    n: int
    m: int
    product: Callable[[np.ndarray], np.ndarray]
    transposed: Callable[[np.ndarray], np.ndarray]
    exact: bool = True
    one: bool = True

    @property
    def size(self) -> int:
        """Coordinates of both players."""
        return self.n + self.m

    @cached_property
    def operator(self) -> Any:
        """The Jacobian as a `scipy.sparse.linalg.LinearOperator`."""
        from scipy.sparse.linalg import LinearOperator

        product, transposed = self.product, self.transposed
        return LinearOperator(
            (self.size, self.size),
            matvec=lambda v: product(np.asarray(v, dtype=np.float64).ravel()),
            rmatvec=lambda v: transposed(np.asarray(v, dtype=np.float64).ravel()),
            dtype=np.float64,
        )

    @cached_property
    def matrix(self) -> np.ndarray:
        """The Jacobian as a dense array.

        Raises
        ------
        ValueError
            Above 1200 coordinates: use `product` or `operator`.
        """
        if self.size > DENSE:
            raise ValueError(f"A Jacobian of {self.size} coordinates is not formed: use its `product` or `operator`.")
        columns = [self.product(e) for e in np.eye(self.size)]
        return np.column_stack(columns) if columns else np.empty((0, 0))

    @property
    def blocks(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The second derivatives `f_xx`, `f_xy` and `f_yy`, dense."""
        J, n = self.matrix, self.n
        return (J[:n, :n] + J[:n, :n].T) / 2.0, J[:n, n:], -(J[n:, n:] + J[n:, n:].T) / 2.0

    @cached_property
    def eigenvalues(self) -> np.ndarray:
        """All eigenvalues, or of a large Jacobian those at the ends: largest in size, least real, largest
        imaginary part."""
        if self.size <= DENSE:
            return np.linalg.eigvals(self.matrix)
        from scipy.sparse.linalg import ArpackNoConvergence, eigs

        start, found = np.random.default_rng(0).standard_normal(self.size), []
        options = {"k": OUTER, "v0": start, "return_eigenvectors": False, "tol": 1e-5, "maxiter": TRIALS}
        for end in ("LM", "SR", "LI"):
            try:
                found.append(eigs(self.operator, which=end, **options))
            except ArpackNoConvergence as failure:
                found.append(failure.eigenvalues)
        return np.concatenate(found)

    @cached_property
    def rotation(self) -> float:
        """Largest `|Im| / |Re|` of an eigenvalue: how much play turns for what it gains; infinite for a centre."""
        values = self.eigenvalues
        real, turn = np.abs(values.real), np.abs(values.imag)
        floor = REAL * max(float(np.abs(values).max(initial=0.0)), math.ulp(0.0))
        turning = turn > floor
        if not turning.any():
            return 0.0
        ratios = np.divide(turn, real, out=np.full(turn.shape, math.inf), where=real > floor)
        return float(ratios[turning].max())

    @cached_property
    def helmholtz(self) -> float:
        r"""Share of rotation, `|A|^2 / |J|^2` in the Frobenius norm with A the antisymmetric part.

        1 for a Hamiltonian game, 0 for a potential one; of a large Jacobian an estimate from random products, as
        `|A|^2 = (|J|^2 - tr J^2) / 2`.
        """
        if self.size <= DENSE:
            J = self.matrix
            total, square = float((J * J).sum()), float((J * J.T).sum())
        else:
            rng = np.random.default_rng(0)
            total = square = 0.0
            for _ in range(SAMPLES):
                v = rng.choice([-1.0, 1.0], self.size)
                w = self.product(v)
                total, square = total + float(w @ w), square + float(v @ self.product(w))
        return min(max((total - square) / (2.0 * total), 0.0), 1.0) if total > 0.0 else 0.0

    @cached_property
    def norm(self) -> float:
        """Spectral norm: the Lipschitz constant of the operator at the point."""
        if self.size <= DENSE:
            return float(np.linalg.norm(self.matrix, 2)) if self.size else 0.0
        # Power iteration on J'J; steps grow like the norm's share in the start.
        v, size = np.random.default_rng(0).standard_normal(self.size), 0.0
        for _ in range(SAMPLES):
            v = v / np.linalg.norm(v)
            w = self.product(v)
            before, size = size, float(np.linalg.norm(w))
            if size == 0.0 or abs(size - before) < 1e-4 * size:
                break
            v = self.transposed(w)
        return size


def game_jacobian(game: Any, x: Any = None, y: Any = None) -> GameJacobian:
    """Return the Jacobian of a game's operator at a point.

    Products are exact for matrix, bilinear and quadratic games, by automatic differentiation for functions and
    networks of torch, and central differences of the gradients for others, good to about 1e-9.

    Parameters
    ----------
    game : a game, or a `TorchPair`.
    x, y : the point; a pair's parameters as they are, or the domains' centres, where None.

    Examples
    --------
    >>> from minmax import Free, QuadraticGame
    >>> game = QuadraticGame(P=[[1.0]], A=[[1.0]], Q=[[1.0]])
    >>> jacobian = game_jacobian(game)
    >>> jacobian.matrix.tolist(), float(jacobian.helmholtz), float(jacobian.rotation)
    ([[1.0, 1.0], [-1.0, 1.0]], 0.5, 1.0)
    """
    if not (hasattr(game, "utilities") and hasattr(game, "shape")):
        raise TypeError(f"`game` must be a game or a TorchPair; got {type(game).__name__}.")
    n, m = game.shape
    z = np.concatenate(point_of(game, x, y))
    flip = np.concatenate([np.ones(n), -np.ones(m)])

    def mirrored(product: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
        # One function's second derivatives: the transpose is the Jacobian with y's sign turned twice.
        return lambda v: flip * product(flip * v)

    if isinstance(game, (MatrixGame, BilinearGame, QuadraticGame)):
        constant = operator_of(game, np.zeros(n + m))

        def linear(v: np.ndarray) -> np.ndarray:
            return operator_of(game, v) - constant

        return GameJacobian(n, m, linear, mirrored(linear))
    derivative = getattr(game, "derivative", None) or getattr(getattr(game, "gradients", None), "derivative", None)
    if derivative is not None:
        forward, backward = derivative(z[:n], z[n:])
        return GameJacobian(n, m, forward, backward, one=getattr(game, "zero_sum", True))

    def differences(v: np.ndarray) -> np.ndarray:
        return difference(game, z, v)

    return GameJacobian(n, m, differences, mirrored(differences), exact=False)


def point_of(game: Any, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return a point of both domains, checked."""
    if (x is None) != (y is None):
        raise ValueError("`x` and `y` must be given both, or neither.")
    domains = getattr(game, "domains", tuple(Free(size) for size in game.shape))
    if x is None:
        return game.point() if hasattr(game, "point") else (domains[0].centre(), domains[1].centre())
    return domains[0].point(np.atleast_1d(x), "x"), domains[1].point(np.atleast_1d(y), "y")


def difference(game: Any, z: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the central difference of the operator along v."""
    far = float(np.linalg.norm(v))
    if far == 0.0:
        return np.zeros_like(z)
    h = np.cbrt(np.finfo(np.float64).eps) * (1.0 + float(np.abs(z).max(initial=0.0))) / far * math.sqrt(z.size)
    return (operator_of(game, z + h * v) - operator_of(game, z - h * v)) / (2.0 * h)
