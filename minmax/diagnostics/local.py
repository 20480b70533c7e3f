"""What kind of point is it: local Nash, local minimax, stable or not."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax.diagnostics.jacobian import DENSE, GameJacobian, game_jacobian, operator_of, point_of
from minmax.domains.face import Face, face_of

__all__ = ["LocalPoint", "classify"]

ROUNDING = {True: 1e-9, False: 1e-6}  # eigenvalues below this part of the norm are zero, by whether products are exact
SHAKES, FIRM = 8, 1e-7  # times that a step is shaken, and by how much of the utilities
STATIONARY = 1e-6  # a residual below this part of the operator's size around the point is none
RATIOS = 40.0  # octaves of y's speed over x's between which stability is looked for
SCAN = 161
HALVINGS = 60


class LocalPoint(NamedTuple):
    """What second derivatives say of a point, on the face of the domains that it lies in.

    Attributes
    ----------
    kind : "strict local Nash", "strict local minimax", "stable, not Nash", "unstable", "undecided" or
        "not stationary".
    stationary : whether neither player gains to first order; `residual` by how much it does.
    nash : whether `f_xx > 0` and `f_yy < 0`; None where an eigenvalue is zero within rounding.
    minimax : whether `f_yy < 0` and `f_xx - f_xy f_yy^-1 f_yx > 0`; None likewise.
    stable : whether gradient flow with equal speeds returns: all eigenvalues of the operator's Jacobian have positive
        real part; None likewise.
    stable_from : speed of y over x's above which gradient flow returns; 0 where it always does, infinite where never
        (looked for between 2^-40 and 2^40), nan where that was not computed.
    residual : natural residual of the point.
    curvature_x, curvature_y : least eigenvalue of `f_xx` and of `-f_yy`: both positive for Nash.
    schur : least eigenvalue of `f_xx - f_xy f_yy^-1 f_yx`; nan where `f_yy` is not negative.
    real : least real part of the operator's eigenvalues.
    rotation : largest `|Im| / |Re|` of these.
    dimensions : coordinates that may move, of x and of y.
    """

    kind: str
    stationary: bool
    nash: bool | None
    minimax: bool | None
    stable: bool | None
    stable_from: float
    residual: float
    curvature_x: float
    curvature_y: float
    schur: float
    real: float
    rotation: float
    dimensions: tuple[int, int]

    def __str__(self) -> str:
        n, m = self.dimensions
        lines = [
            f"{self.kind} (residual {self.residual:.3g}, {n} + {m} free directions)",
            f"  least eigenvalue of f_xx {self.curvature_x:.6g}, of -f_yy {self.curvature_y:.6g}",
            f"  of the Schur complement f_xx - f_xy f_yy^-1 f_yx {self.schur:.6g}",
            f"  least real part of the Jacobian's eigenvalues {self.real:.6g}, |Im / Re| up to {self.rotation:.4g}",
        ]
        if math.isfinite(self.stable_from):
            lines.append(f"  gradient flow returns where y is more than {self.stable_from:.6g} times as fast as x")
        return "\n".join(lines)


def classify(game: Any, x: Any = None, y: Any = None) -> LocalPoint:
    """Return what kind of point this is, with the eigenvalues that prove it.

    A strict local Nash point is best against small moves of either player alone; a strict local minimax point where y
    answers x's moves.  Of one function every former is a latter.  Gradient flow may return to points that are neither,
    and leave minimax points unless y is fast enough.  On the boundary of a set this is said along its face, and
    "undecided" where a coordinate rests at its bound without being pushed there.

    Parameters
    ----------
    game : a game, or a `TorchPair`.
    x, y : the point; of a pair, its parameters as they are where None.

    Examples
    --------
    A stable point of gradient play that is no Nash point:

    >>> from minmax import QuadraticGame
    >>> game = QuadraticGame(P=[[-0.25]], A=[[0.6]], Q=[[1.0]])
    >>> found = classify(game, [0.0], [0.0])
    >>> found.kind, found.nash, found.stable, round(found.schur, 9), round(found.stable_from, 9)
    ('strict local minimax', False, True, 0.11, 0.25)

    Source
    ------
    C. Jin, P. Netrapalli and M. Jordan, What is local optimality in nonconvex-nonconcave minimax optimization?, 2020,
    arXiv 1902.00618; speeds: T. Fiez and L. Ratliff, Local convergence analysis of gradient descent ascent with
    finite timescale separation, 2021.
    """
    if x is None and not hasattr(game, "point"):
        raise TypeError("`x` and `y` must be given: the point to look at, such as a solution's x and y.")
    point = point_of(game, x, y)
    whole = game_jacobian(game, *point)
    faces, residual, strict = faces_at(game, point, whole)
    jacobian = restricted(whole, faces)
    n, m = jacobian.n, jacobian.m
    size = jacobian.norm
    rounding = ROUNDING[jacobian.exact] * size
    stationary = residual <= STATIONARY * (1.0 + whole.norm)
    if jacobian.size <= DENSE:
        parts = dense_parts(jacobian, rounding)
    else:
        parts = sparse_parts(jacobian, rounding)
    low_x, low_y, schur, real, stable_from = parts
    nash = both(above(low_x, rounding, n), above(low_y, rounding, m))
    minimax = both(above(low_y, rounding, m), True if nash else above(schur, rounding, n))
    stable = above(real, rounding, n + m)
    if not jacobian.one:  # of two losses no Schur complement of one function exists
        schur, minimax = math.nan, True if nash else None
    if not strict:  # a coordinate may leave its bound at no cost, and what happens then is not in these derivatives
        nash = minimax = stable = None
    kind = (
        "not stationary" if not stationary
        else "strict local Nash" if nash
        else "strict local minimax" if minimax
        else "undecided" if None in (nash, minimax, stable)
        else "stable, not Nash" if stable
        else "unstable"
    )  # fmt: skip
    return LocalPoint(
        kind, stationary, nash, minimax, stable, stable_from, residual, low_x, low_y, schur, real, jacobian.rotation,
        (n, m),
    )  # fmt: skip


def above(value: float, rounding: float, size: int) -> bool | None:
    """Whether an eigenvalue is positive; None within rounding or where it is not known; true of no directions."""
    if size == 0:
        return True
    return None if math.isnan(value) or abs(value) <= rounding else value > 0.0


def both(one: bool | None, other: bool | None) -> bool | None:
    """Whether both hold, where known."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def faces_at(game: Any, point: Any, jacobian: GameJacobian) -> tuple[tuple[Face, Face], float, bool]:
    """Return the faces that a short step from the point ends on, the point's residual, and whether the faces are firm:
    those of a slightly different step too, so that no coordinate is at its bound without being pushed there."""
    z = np.concatenate(point)
    utilities = np.split(-operator_of(game, z), [point[0].size])
    w = 1.0 / (jacobian.norm or 1.0)
    faces, far, strict = [], 0.0, True
    rng = np.random.default_rng(0)
    for domain, p, u in zip(game.domains, point, utilities):
        face = domain.face(p, u, w)
        if face is None:
            face = face_of(np.ones(p.size, dtype=bool), domain.project(p + w * u))
            if not domain.contains(p + 1e-6 * np.ones(p.size)) or domain.charged:
                raise ValueError(
                    f"`game` must move in sets whose faces are known; those of {type(domain).__name__} are not: pass "
                    "a game on simplices, boxes, balls or free space."
                )
        for _ in range(SHAKES):
            other = domain.face(p, u + FIRM * (1.0 + np.abs(u).max()) * rng.choice([-1.0, 1.0], u.size), w)
            strict = strict and (other is None or bool((other.free == face.free).all()))
        faces.append(face)
        far = math.hypot(far, float(np.linalg.norm(face.point - p)))
    return (faces[0], faces[1]), far / w, strict


def restricted(jacobian: GameJacobian, faces: tuple[Face, Face]) -> GameJacobian:
    """Return the Jacobian along the faces, in orthonormal coordinates; the bend of spheres and terms included."""
    if all(face.free.all() and not (face.groups >= 0).any() and not face.weight.any() for face in faces):
        return jacobian
    bases = [directions(face) for face in faces]
    n, m = (basis.shape[1] for basis in bases)
    weight = np.concatenate([face.weight for face in faces])

    def widened(v: np.ndarray) -> np.ndarray:
        return np.concatenate([bases[0] @ v[:n], bases[1] @ v[n:]])

    def product(v: np.ndarray) -> np.ndarray:
        z = widened(v)
        moved = jacobian.product(z) + weight * z
        return np.concatenate([bases[0].T @ moved[: jacobian.n], bases[1].T @ moved[jacobian.n :]])

    def transposed(v: np.ndarray) -> np.ndarray:
        z = widened(v)
        moved = jacobian.transposed(z) + weight * z
        return np.concatenate([bases[0].T @ moved[: jacobian.n], bases[1].T @ moved[jacobian.n :]])

    return GameJacobian(n, m, product, transposed, exact=jacobian.exact, one=jacobian.one)


def directions(face: Face) -> np.ndarray:
    """Return an orthonormal basis of the directions along a face, as columns."""
    free = np.flatnonzero(face.free)
    basis = np.eye(face.free.size)[:, free]
    numbers = np.unique(face.groups[free])
    normals = [np.where((face.groups == g) & face.free, face.normal, 0.0) for g in numbers if g >= 0]
    if not normals:
        return basis
    flat = np.stack(normals)[:, free]
    inner = np.linalg.svd(flat, full_matrices=True)[2][len(normals) :]
    return basis @ inner.T


def dense_parts(jacobian: GameJacobian, rounding: float) -> tuple[float, float, float, float, float]:
    """Return the least eigenvalues that decide, and the speed from which y is fast enough."""
    fxx, fxy, fyy = jacobian.blocks
    low_x = float(np.linalg.eigvalsh(fxx)[0]) if jacobian.n else math.inf
    low_y = float(np.linalg.eigvalsh(-fyy)[0]) if jacobian.m else math.inf
    schur = math.nan
    if low_y > rounding and jacobian.n:
        cross = fxy @ np.linalg.solve(fyy, fxy.T) if jacobian.m else 0.0
        schur = float(np.linalg.eigvalsh(fxx - (cross + np.transpose(cross)) / 2.0)[0])
    real = float(jacobian.eigenvalues.real.min(initial=math.inf))
    return low_x, low_y, schur, real, slowest(jacobian, rounding)


def slowest(jacobian: GameJacobian, rounding: float) -> float:
    """Return the ratio of speeds above which all eigenvalues have positive real part."""
    J, n = jacobian.matrix, jacobian.n
    if not J.size:
        return 0.0

    def holds(octave: float) -> bool:
        # Both speeds around one, so that the matrix stays near its size.
        scales = np.concatenate([np.full(n, 2.0 ** (-octave / 2.0)), np.full(J.shape[0] - n, 2.0 ** (octave / 2.0))])
        scaled = scales[:, None] * J
        return bool(np.linalg.eigvals(scaled).real.min() > EPS * np.abs(scaled).max())

    octaves = np.linspace(-RATIOS, RATIOS, SCAN if J.shape[0] <= DENSE // 10 else SCAN // 8)
    held = [holds(octave) for octave in octaves]
    if not held[-1]:
        return math.inf
    failed = np.flatnonzero(~np.array(held))
    if not failed.size:
        return 0.0
    low, high = octaves[failed[-1]], octaves[failed[-1] + 1]
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if holds(middle) else (middle, high)
    return float(2.0**high)


EPS = 1e-14  # real parts below this part of the largest entry are rounding


def sparse_parts(jacobian: GameJacobian, rounding: float) -> tuple[float, float, float, float, float]:
    """Return the same of a large Jacobian, by Lanczos and conjugate gradients on its products; no speeds."""
    from scipy.sparse.linalg import LinearOperator, cg

    n, m = jacobian.n, jacobian.m

    def block(v: np.ndarray, side: int, out: int) -> np.ndarray:
        z = np.zeros(n + m)
        z[slice(0, n) if side == 0 else slice(n, n + m)] = np.asarray(v).ravel()
        moved = jacobian.product(z)
        return moved[:n] if out == 0 else -moved[n:]

    low_x = lowest(n, lambda v: block(v, 0, 0))
    low_y = lowest(m, lambda v: -block(v, 1, 1))
    schur = math.nan
    if low_y > rounding and low_x <= rounding:
        curve = LinearOperator((m, m), matvec=lambda v: -block(v, 1, 1), dtype=np.float64)

        def complement(v: np.ndarray) -> np.ndarray:
            answer = cg(curve, block(v, 0, 1), rtol=1e-10)[0]
            return block(v, 0, 0) + block(answer, 1, 0)

        schur = lowest(n, complement)
    return low_x, low_y, schur, float(jacobian.eigenvalues.real.min()), math.nan


def lowest(size: int, product: Any) -> float:
    """Return the least eigenvalue of a symmetric operator."""
    if size == 0:
        return math.inf
    if size <= 3:
        matrix = np.column_stack([product(e) for e in np.eye(size)])
        return float(np.linalg.eigvalsh((matrix + matrix.T) / 2.0)[0])
    from scipy.sparse.linalg import LinearOperator, eigsh

    operator = LinearOperator((size, size), matvec=lambda v: product(np.asarray(v).ravel()), dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(size)
    return float(eigsh(operator, k=1, which="SA", v0=start, tol=1e-6, return_eigenvectors=False)[0])
