"""Sets described in cvxpy, the cone program of a game, and games read from cvxpy, against closed forms and laws."""

from __future__ import annotations

import math
import time
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import linprog

import minmax as mm
from minmax.domains import program
from minmax.domains.cones import Block, projection, slope
from minmax.domains.exponential import exponential_projection

INF = math.inf
CLOSE = 1e-8  # what a projection promises, with room: it comes out near 1e-11


def closed_forms() -> dict[str, tuple[Any, Any]]:
    """Sets with a closed form, described in cvxpy."""
    x, M, S = cp.Variable(6), cp.Variable((3, 3)), cp.Variable((3, 3), symmetric=True)
    P, w = cp.Variable((3, 3), PSD=True), cp.Variable(6, nonneg=True)
    lower, upper = np.array([-1.0, 0.0, -2.0, -1.0, 1.0, -3.0]), np.array([0.5, 0.0, 1.0, 2.0, 4.0, -1.0])
    return {
        "simplex": (mm.ConvexSet([x >= 0, cp.sum(x) == 2]), mm.Simplex(6, 2.0)),
        "nonneg": (mm.ConvexSet(cp.sum(w) == 2), mm.Simplex(6, 2.0)),
        "capped": (mm.ConvexSet([x >= 0, x <= 0.3, cp.sum(x) == 1]), mm.CappedSimplex(6, 0.3)),
        "box": (mm.ConvexSet([x >= lower, x <= upper]), mm.Box(lower, upper)),
        "ball": (mm.ConvexSet([cp.norm(x) <= 1.5]), mm.Ball(6, 1.5)),
        "ball1": (mm.ConvexSet([cp.norm1(x) <= 1.5]), mm.Ball(6, 1.5, norm=1)),
        "ballinf": (mm.ConvexSet([cp.norm_inf(x) <= 1.5]), mm.Ball(6, 1.5, norm=INF)),
        "orthant": (mm.ConvexSet([x >= 0]), mm.Orthant(6)),
        "free": (mm.ConvexSet([], x), mm.Free(6)),
        "spectrahedron": (mm.ConvexSet([M >> 0, M == M.T, cp.trace(M) == 1]), mm.Spectrahedron(3)),
        "symmetric": (mm.ConvexSet([S >> 0, cp.trace(S) == 1]), mm.Spectrahedron(3)),
        "PSD": (mm.ConvexSet([cp.trace(P) == 1]), mm.Spectrahedron(3)),
        "spectral": (mm.ConvexSet([cp.norm(S, 2) <= 1.0]), mm.SpectralBall(3)),
    }


CLOSED = closed_forms()


def open_forms() -> dict[str, Any]:
    """Sets without one."""
    x, M, p = cp.Variable(5), cp.Variable((2, 3)), np.array([0.1, 0.3, 0.2, 0.3, 0.1])
    return {
        "slice": mm.ConvexSet([x >= 0, cp.sum(x) == 1, cp.norm(x) <= 0.6]),
        "divergence": mm.ConvexSet([cp.sum(cp.kl_div(x, p)) <= 0.1, cp.sum(x) == 1]),
        "exponentials": mm.ConvexSet([cp.log_sum_exp(x) <= 1.0, x >= -3.0]),
        "ellipsoid": mm.ConvexSet([cp.quad_form(x, np.diag(np.arange(1.0, 6.0))) <= 1.0, x[0] + x[1] <= 0.1]),
        "nuclear": mm.ConvexSet([cp.normNuc(M) <= 1.0, M[0, 0] >= 0.1]),
        "norm3": mm.ConvexSet([cp.pnorm(x, 3) <= 1.0, cp.sum(x) == 0.5]),
    }


OPEN = open_forms()


def awkward_points(domain: Any, rng: np.random.Generator) -> list[np.ndarray]:
    """Points far and near, on faces and at vertices: where constraints bind without a price a solver is least exact."""
    z = rng.standard_normal(domain.n)
    face, vertex = domain.project(3.0 * z), domain.project(1e3 * z)
    mixed = np.where(np.arange(domain.n) % 2, face, 3.0 * z)
    near = face + 1e-6 * rng.standard_normal(domain.n)
    return [z, 100.0 * z, 0.1 * z, face, vertex, near, face + 1e-7 * (z - face), mixed, (face + vertex) / 2.0]


@pytest.mark.parametrize("name", CLOSED)
def test_projections_agree_with_closed_forms_wherever_the_point_is(name: str) -> None:
    described, closed = CLOSED[name]
    rng = np.random.default_rng(1)
    for z in [p for _ in range(4) for p in awkward_points(closed, rng)]:
        # Relative to the point: the solver's data are.
        assert np.linalg.norm(described.project(z) - closed.project(z)) <= CLOSE * max(1.0, np.linalg.norm(z))


@pytest.mark.parametrize("name", CLOSED)
def test_supports_bounds_and_centres_agree_with_closed_forms(name: str) -> None:
    described, closed = CLOSED[name]
    rng = np.random.default_rng(2)
    assert described.n == closed.n
    assert described.bounded == closed.bounded
    assert ("best-response" in described.maps()) == closed.bounded
    if name != "box":  # where it is not the middle of the box, it is that of the set
        assert np.allclose(described.centre(), closed.centre(), atol=CLOSE)
    if not closed.bounded:
        assert described.diameter == INF
        with pytest.raises(ValueError, match="unbounded"):
            described.respond(np.ones(closed.n))
        return
    assert described.diameter >= closed.diameter - CLOSE
    for _ in range(10):
        u = rng.standard_normal(closed.n) * rng.choice([1e-6, 1.0, 1e6])
        size = float(abs(u).max())
        # Rounded up, and by no more than what a projection may be off.
        assert -1e-13 * size <= described.support(u) - closed.support(u) <= CLOSE * size
        x = described.respond(u)
        assert abs(x @ u - closed.support(u)) <= CLOSE * size
        assert closed.distance(x) <= CLOSE


@pytest.mark.parametrize("name", OPEN)
def test_projection_satisfies_its_variational_inequality(name: str) -> None:
    """<z - p, q - p> <= 0 for all q of the set: by its support function, and at random points of it."""
    domain = OPEN[name]
    rng = np.random.default_rng(3)
    points = [domain.project(rng.standard_normal(domain.n)) for _ in range(5)]
    for z in [2.0 * rng.standard_normal(domain.n) for _ in range(4)] + [
        points[0] + 1e-4 * rng.standard_normal(domain.n)
    ]:
        p = domain.project(z)
        assert max((z - p) @ (q - p) for q in points) <= 1e-9
        assert domain.support(z - p) - (z - p) @ p <= 1e-8
        domain.variable.value = p.reshape(domain.shape)
        assert max(abs(c.violation()).max() for c in domain.constraints) <= 1e-8


@pytest.mark.parametrize("name", OPEN)
def test_points_of_the_set_stay_where_they_are(name: str) -> None:
    """An interior point method alone moves points of the boundary by a millionth."""
    domain = OPEN[name]
    rng = np.random.default_rng(4)
    for z in rng.standard_normal((6, domain.n)):
        p = domain.project(z)
        assert np.linalg.norm(domain.project(p) - p) <= 1e-8
        assert domain.contains(p, 1e-8)


@pytest.mark.parametrize("name", OPEN)
def test_projections_and_responses_agree_with_plain_cvxpy(name: str) -> None:
    domain = OPEN[name]
    rng = np.random.default_rng(5)
    for z in rng.standard_normal((3, domain.n)):
        target = z.reshape(domain.shape)
        far = cp.Problem(cp.Minimize(cp.sum_squares(domain.variable - target)), domain.constraints)
        best = cp.Problem(cp.Maximize(cp.sum(cp.multiply(target, domain.variable))), domain.constraints)
        far.solve(solver="CLARABEL")
        # cvxpy stops at 1e-8 in the objective, which is the square of a distance.
        assert np.allclose(domain.project(z), domain.variable.value.ravel(), atol=1e-4)
        assert abs(np.sum((domain.project(z) - z) ** 2) - far.value) <= 1e-7
        assert abs(domain.support(z) - best.solve(solver="CLARABEL")) <= 1e-6


@pytest.mark.parametrize("cone", ["second-order", "exponential", "semidefinite"])
def test_a_point_is_the_sum_of_its_parts_in_a_cone_and_its_polar(cone: str) -> None:
    """Moreau: z = p + d with p in K, d in the polar cone, and p'd = 0."""
    x = cp.Variable(3)
    S = cp.Variable((3, 3), symmetric=True)
    domain = {
        "second-order": lambda: mm.ConvexSet([cp.norm(x[1:]) <= x[0]]),
        "exponential": lambda: mm.ConvexSet([cp.ExpCone(x[0], x[1], x[2])]),
        "semidefinite": lambda: mm.ConvexSet([S >> 0]),
    }[cone]()
    rng = np.random.default_rng(6)
    assert not domain.bounded
    for z in rng.standard_normal((12, domain.n)):
        z = (z.reshape(3, 3) + z.reshape(3, 3).T).ravel() if domain.n == 9 else z
        p = domain.project(z)
        assert abs(p @ (z - p)) <= CLOSE
        assert np.linalg.norm(domain.project(z - p)) <= CLOSE


def test_best_responses_are_those_of_a_linear_program() -> None:
    rng = np.random.default_rng(7)
    G, h = rng.standard_normal((12, 5)), rng.uniform(0.5, 1.5, 12)
    x = cp.Variable(5)
    domain = mm.ConvexSet([G @ x <= h, cp.norm_inf(x) <= 3.0])
    for u in rng.standard_normal((8, 5)):
        lp = linprog(-u, G, h, bounds=(-3.0, 3.0))
        assert np.allclose(domain.respond(u), lp.x, atol=CLOSE)
        assert abs(domain.support(u) + lp.fun) <= CLOSE


def test_the_same_point_gives_the_same_bits_whatever_came_before() -> None:
    x = cp.Variable(4)
    first, second = (mm.ConvexSet([x >= 0, cp.sum(x) == 1, cp.norm(x) <= 0.7]) for _ in range(2))
    rng = np.random.default_rng(8)
    Z = rng.standard_normal((6, 4))
    forwards = [first.project(z) for z in Z]
    backwards = [second.project(z) for z in Z[::-1]][::-1]
    assert np.array_equal(forwards, backwards)


def test_batches_and_tensors_are_played_row_by_row() -> None:
    import torch

    domain = OPEN["slice"]
    theta = np.random.default_rng(9).standard_normal((2, 3, 5))
    for name in domain.maps():
        rows = domain.using(name).play_rows(theta)
        assert rows.shape == theta.shape
        single = domain.project if name == "euclidean" else domain.respond
        assert np.array_equal(rows[1, 2], single(theta[1, 2]))
        tensor = domain.using(name).play_rows(torch.tensor(theta, dtype=torch.float32))
        assert tensor.dtype == torch.float32
        assert np.allclose(tensor.numpy(), rows, atol=1e-5)  # of single precision


def test_matrices_are_flattened_row_by_row() -> None:
    M = cp.Variable((2, 3))
    wanted = np.arange(6.0).reshape(2, 3)
    domain = mm.ConvexSet([wanted == M])
    assert (domain.shape, domain.n) == ((2, 3), 6)
    assert np.allclose(domain.project(np.zeros(6)), wanted.ravel(), atol=CLOSE)
    assert np.allclose(domain.point(wanted), wanted.ravel(), atol=CLOSE)
    assert mm.ConvexSet(cp.Variable() <= 1.0).shape == (1,)


@pytest.mark.parametrize(
    ("bounded", "constraints"),
    [
        (False, lambda x: [x[0] >= 0]),
        (False, lambda x: [cp.norm(x[1:]) <= x[0]]),
        (False, lambda x: [cp.sum(x) == 1]),
        (False, lambda x: [cp.sum_squares(x[:2]) <= x[2]]),
        (False, lambda x: [x[0] == 1, x[1] == 2, x[2] >= 1e3]),
        (False, lambda x: [cp.abs(x[0] - x[1]) <= 1e-3, cp.abs(x[1] - x[2]) <= 1e-3]),
        (True, lambda x: [cp.abs(x[0] - x[1]) <= 1e-3, cp.abs(x[1] - x[2]) <= 1e-3, cp.abs(cp.sum(x)) <= 1e3]),
        (True, lambda x: [x == 0]),
        (True, lambda x: [cp.sum(cp.exp(x)) <= 4, cp.sum(x) >= 0]),
    ],
)
def test_whether_a_set_is_bounded(bounded: bool, constraints: Any) -> None:
    domain = mm.ConvexSet(constraints(cp.Variable(3)))
    assert domain.bounded == bounded
    assert math.isfinite(domain.diameter) == bounded
    assert domain.contains(domain.centre(), 1e-8)


@pytest.mark.parametrize("name", OPEN)
def test_the_diameter_is_a_bound(name: str) -> None:
    domain = OPEN[name]
    rng = np.random.default_rng(10)
    points = [domain.respond(u) for u in rng.standard_normal((8, domain.n))]
    assert max(np.linalg.norm(p - q) for p in points for q in points) <= domain.diameter


def test_dynamics_move_in_a_described_simplex_as_in_the_simplex() -> None:
    rng = np.random.default_rng(11)
    A = rng.standard_normal((4, 3))
    x = cp.Variable(4)
    described = mm.ConvexSet([x >= 0, cp.sum(x) == 1])
    for method in (mm.ExtraGradient(), mm.PDHG(), mm.EuclideanFTRL(0.1)):
        ours, closed = (
            mm.solve(
                mm.BilinearGame(A, X, mm.Ball(3)), method, rounds=60, tol=None, average="last", start=(start, [0, 0, 0])
            )
            for X, start in ((described, np.eye(4)[0]), (mm.Simplex(4), np.eye(4)[0]))
        )
        assert np.allclose(ours.x, closed.x, atol=1e-6)  # sixty projections, each right to 1e-8
        assert abs(ours.gap - closed.gap) <= 1e-6


def test_what_is_no_set_is_refused_in_a_sentence() -> None:
    x, y = cp.Variable(3), cp.Variable(3)
    for match, call in {
        "point in common": lambda: mm.ConvexSet([x >= 1, cp.sum(x) <= 2]),
        "DCP": lambda: mm.ConvexSet([cp.norm(x) >= 1]),
        "parameters": lambda: mm.ConvexSet([x <= cp.Parameter(3)]),
        "on one variable": lambda: mm.ConvexSet([x <= y], x),
        "on 2 variables": lambda: mm.ConvexSet([x <= y]),
        "on 0 variables": lambda: mm.ConvexSet([]),
        "real and continuous": lambda: mm.ConvexSet([cp.Variable(2, integer=True) <= 1]),
        "one that ConvexSet has": lambda: OPEN["slice"].using("entropy"),
        "5 coordinates": lambda: OPEN["slice"].project(np.ones(4)),
    }.items():
        with pytest.raises(ValueError, match=match):
            call()
    with pytest.raises(TypeError, match="cvxpy constraints"):
        mm.ConvexSet([x >= 0, True])
    with pytest.raises(ValueError, match="away"):
        OPEN["slice"].point(np.ones(5))


def test_without_the_solver_of_its_own_a_set_goes_through_cvxpy(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise AttributeError("moved")

    monkeypatch.setattr(program, "blocks_of", gone)
    x = cp.Variable(5)
    plain = mm.ConvexSet([x >= 0, cp.sum(x) == 1, cp.norm(x) <= 0.6])
    assert plain.nearby.solver is None
    again(plain)
    monkeypatch.setattr(cp, "installed_solvers", lambda: [])
    again(plain)


def again(plain: Any) -> None:
    """Hold a set without a solver of its own to one that has it, at what cvxpy reaches."""
    rng = np.random.default_rng(12)
    assert plain.bounded
    for z in rng.standard_normal((3, 5)):
        assert np.allclose(plain.project(z), OPEN["slice"].project(z), atol=1e-4)
        assert abs(plain.support(z) - OPEN["slice"].support(z)) <= 1e-4
    with pytest.raises(ValueError, match="point in common"):
        mm.ConvexSet([plain.variable >= 1, cp.sum(plain.variable) <= 2])


def test_where_the_solver_gives_up_cvxpy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    z = np.random.default_rng(13).standard_normal(5)
    wanted = OPEN["slice"].project(z)
    monkeypatch.setattr(program.Solver, "solve", lambda *_: None)
    assert np.allclose(OPEN["slice"].project(z), wanted, atol=1e-6)
    monkeypatch.setattr(program.Program, "plainly", lambda *_: program.Found(None, "solver_error"))
    with pytest.raises(RuntimeError, match="solver_error"):
        OPEN["slice"].project(z)


@pytest.mark.parametrize(
    "block",
    [
        Block("zero", slice(0, 4)),
        Block("nonnegative", slice(0, 4)),
        Block("second-order", slice(0, 5)),
        Block("semidefinite", slice(0, 6), 3),
        Block("exponential", slice(0, 9)),
    ],
    ids=lambda block: block.kind,
)
def test_derivatives_of_projections_are_those_of_differences(block: Block) -> None:
    rng = np.random.default_rng(14)
    for v in rng.standard_normal((20, block.size)):
        rows, columns = block.places()
        ours = np.zeros((v.size, v.size))
        ours[rows, columns] = slope(block, v).ravel()
        h = 1e-6
        steps = [projection((block,), v + h * e) - projection((block,), v - h * e) for e in np.eye(v.size)]
        assert np.allclose(ours, np.array(steps).T / (2.0 * h), atol=1e-5)  # h squared times a third derivative


def test_projections_on_the_exponential_cone_at_all_scales() -> None:
    """Moreau's three conditions name the projection: it stays, the rest goes to zero, and they are orthogonal."""
    rng = np.random.default_rng(15)
    v = rng.standard_normal((5000, 3)) * 10.0 ** rng.uniform(-5, 5, (5000, 3))
    v = np.concatenate([v, [[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0], [0.0, -1.0, -1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    p = exponential_projection(v)
    size = np.maximum(np.linalg.norm(v, axis=1), 1e-100)
    assert (abs((p * (v - p)).sum(1)) / size**2).max() <= 1e-14
    assert (np.linalg.norm(exponential_projection(p) - p, axis=1) / size).max() <= 1e-14
    assert (np.linalg.norm(exponential_projection(v - p), axis=1) / size).max() <= 1e-14


def sets_for_games() -> list[Any]:
    """Every domain, and every term on a domain that it is for."""
    z, S = cp.Variable(4), cp.Variable((2, 2), symmetric=True)
    return [
        mm.Simplex(5, 2.0),
        mm.Box(-1.0, 2.0, n=3),
        mm.Ball(4),
        mm.Ball(3, norm=1),
        mm.Ball(3, norm=INF),
        mm.CappedSimplex(5, 0.4),
        mm.Spectrahedron(2),
        mm.SpectralBall(2),
        mm.Product(mm.Simplex(3), mm.Penalised(mm.Box(0.0, 1.0, n=2), mm.SquaredNorm(0.5, centre=[1.0, 0.0]))),
        mm.ConvexSet([z >= 0, cp.sum(z) == 1, cp.norm(z) <= 0.7], z),
        mm.ConvexSet([S >> 0, cp.trace(S) <= 1], S),
        mm.Penalised(mm.ConvexSet([S << 1, S[0, 1] == 0.1], S), mm.SquaredNorm(0.4)),
        mm.Penalised(mm.Simplex(4), mm.Entropy(0.5)),
        mm.Penalised(mm.Box(-1.0, 1.0, n=3), mm.L1(0.5)),
        mm.Penalised(mm.Free(3), mm.SquaredNorm(0.7)),
        mm.Penalised(mm.Box(-1.0, 1.0, n=2), mm.Entropy(0.7)),
        mm.Penalised(mm.Spectrahedron(2), mm.Entropy(0.7)),
        mm.Penalised(mm.SpectralBall(2), mm.Entropy(0.7)),
        mm.Product(mm.Penalised(mm.Orthant(2), mm.SquaredNorm(0.3)), mm.Penalised(mm.Ball(2), mm.L1(0.1))),
        mm.Penalised(mm.Product(mm.Simplex(2), mm.CappedSimplex(3, 0.5)), mm.Entropy(0.3)),
        mm.Penalised(mm.Orthant(3), mm.Entropy(0.5)),
        mm.Orthant(3),
        mm.Free(4),
    ]


def random_game(X: Any, Y: Any, quadratic: bool, rng: np.random.Generator) -> Any:
    """A game on two domains; matrices are coupled by symmetric ones, of which alone their domains know."""
    A = rng.standard_normal((*X.shape, *Y.shape))
    A = A + A.swapaxes(0, 1) if len(X.shape) == 2 else A
    A = A + A.swapaxes(-1, -2) if len(Y.shape) == 2 else A
    A = A.reshape(X.n, Y.n)
    b, c = (rng.standard_normal(d.shape) for d in (X, Y))
    b, c = (v + v.T if v.ndim == 2 else v for v in (b, c))
    if not quadratic:
        return mm.BilinearGame(A, X, Y, b=b.ravel(), c=c.ravel())
    if len(X.shape) == 2 or len(Y.shape) == 2:
        return mm.QuadraticGame(0.6, A, 0.3, X=X, Y=Y, b=b.ravel(), c=c.ravel())
    B = rng.standard_normal((X.n, X.n))
    return mm.QuadraticGame(B.T @ B, A, rng.uniform(0.1, 1.0, Y.n), X=X, Y=Y, b=b, c=c)


def every_fourth(count: int) -> list[Any]:
    """Numbers up to a count, three of four of them for the long run."""
    return [pytest.param(k, marks=() if k % 4 == 0 else pytest.mark.long) for k in range(count)]


@pytest.mark.parametrize("first", every_fourth(len(sets_for_games())))
def test_conic_solves_games_on_every_pair_of_domains(first: int) -> None:
    rng = np.random.default_rng(100 + first)
    conic, X = mm.Conic(), sets_for_games()[first]
    for k, Y in enumerate(sets_for_games()):
        # Where a player is unbounded a bilinear game may have no saddle; a definite form gives it one.
        endless = any(isinstance(d, (mm.Orthant, mm.Free)) for d in (X, Y))
        game = random_game(X, Y, endless or (first + k) % 2 == 1, rng)
        pair = conic.answer(game).pair
        assert pair is not None, (X, Y)
        # Where the merit is a residual, it is of first order in what x is off by.
        within = 1e-6 if game.merit == "natural residual" else 1e-8
        assert game.certificate(*pair).relative_gap <= within, (X, Y)


def test_conic_agrees_with_what_is_known_of_a_game() -> None:
    rng = np.random.default_rng(17)
    for game in (mm.MatrixGame.from_payoffs(rng.standard_normal((4, 6))), mm.zoo.rock_paper_scissors()):
        ours, exact = mm.solve(game, mm.Conic(), tol=1e-8), mm.solve(game, mm.Pivoting())
        assert ours.converged
        assert abs(ours.value - exact.value) <= 1e-8 * game.scale
    # On free space the saddle is where both gradients vanish.
    B, A = rng.standard_normal((3, 3)), rng.standard_normal((3, 2))
    P, Q, b, c = B.T @ B + np.eye(3), np.diag([1.0, 2.0]), rng.standard_normal(3), rng.standard_normal(2)
    z = np.linalg.solve(np.block([[P, A], [A.T, -Q]]), np.concatenate([-b, c]))
    x, y = mm.Conic().answer(mm.QuadraticGame(P, A, Q, b=b, c=c)).pair
    assert np.allclose(np.concatenate([x, y]), z, atol=1e-7)
    # The logit equilibrium of a game with entropy answers itself.
    logit = mm.CompositeGame(mm.MatrixGame(A), g=mm.Entropy(0.5), h=mm.Entropy(0.2))
    x, y = mm.Conic().answer(logit).pair
    for p, u, weight in ((x, -A @ y, 0.5), (y, A.T @ x, 0.2)):
        assert np.allclose(p, np.exp(u / weight) / np.exp(u / weight).sum(), atol=1e-6)


def test_conic_takes_matrices_of_every_storage() -> None:
    from scipy.sparse import csr_array

    A = np.random.default_rng(18).standard_normal((5, 4)).round(2)
    wanted = mm.solve(mm.MatrixGame(A), mm.Pivoting()).value
    for held, tol in ((csr_array(A), 1e-8), (np.asfortranarray(A), 1e-8), (A.astype(np.float32), 1e-6)):
        assert abs(mm.solve(mm.MatrixGame(held), mm.Conic()).value - wanted) <= tol


@pytest.mark.parametrize(
    ("status", "game"),
    [
        ("unbounded", mm.BilinearGame([[0.0]], b=[1.0])),
        ("infeasible", mm.BilinearGame([[0.0]], c=[1.0])),
        ("infeasible", mm.BilinearGame([[1.0, 2.0]], mm.Orthant(1), mm.Orthant(2), c=[-1.0, 1.0])),
        ("optimal", mm.BilinearGame([[1.0]], mm.Orthant(1), mm.Orthant(1), b=[-1.0], c=[1.0])),
    ],
)
def test_conic_says_where_a_game_has_no_saddle(status: str, game: Any) -> None:
    outcome = mm.Conic().outcome(game)
    assert outcome.status == status
    assert (mm.Conic().answer(game).pair is None) == (status != "optimal")


def test_conic_ends_at_its_deadline() -> None:
    game = mm.MatrixGame(np.random.default_rng(19).standard_normal((150, 150)))
    assert mm.Conic().answer(game, deadline=time.perf_counter()).late
    assert mm.solve(game, mm.Conic(), tol=1e-9, time_limit=1e-6).status == mm.Status.TIME


def test_what_conic_does_not_take_is_refused_in_a_sentence() -> None:
    class Odd(mm.domains.Domain):
        n = 2

    x = cp.Variable(2)
    disc = mm.ConvexSet([cp.norm(x) <= 1])
    eye = np.eye(2)
    for match, call in {
        "convex in x": lambda: mm.Conic().answer(mm.QuadraticGame(-1.0, eye, 1.0)),
        "one that cvxpy finds": lambda: mm.Conic("Simplex").answer(mm.MatrixGame(eye)),
        "no cone for Odd": lambda: mm.Conic().answer(mm.BilinearGame(eye, Odd(), mm.Simplex(2))),
        "variable of its own": lambda: mm.Conic().answer(mm.BilinearGame(np.ones((4, 1)), mm.Product(disc, disc))),
        "takes no `start`": lambda: mm.solve(eye, mm.Conic(), start=([1, 0], [1, 0])),
        "Pivoting needs a MatrixGame;": lambda: mm.solve(mm.BilinearGame(eye), mm.Pivoting()),
        "or a QuadraticGame;": lambda: mm.solve(
            mm.SmoothGame(mm.Free(2), mm.Free(2), gradients=lambda x, y: (y, x)), mm.Conic()
        ),
    }.items():
        with pytest.raises(ValueError, match=match):
            call()


def test_both_players_may_move_in_the_same_described_set() -> None:
    """The support function's own program, solved for its value, left y's strategy where x's had been."""
    domain = OPEN["slice"]
    game = mm.BilinearGame(np.random.default_rng(20).standard_normal((5, 5)), domain, domain)
    assert game.certificate(*mm.Conic().answer(game).pair).relative_gap <= 1e-8


def test_other_solvers_of_cvxpy_can_be_named() -> None:
    game = mm.MatrixGame(np.random.default_rng(21).standard_normal((4, 3)))
    assert game.certificate(*mm.Conic("SCS").answer(game).pair).relative_gap <= 1e-3  # SCS is of first order


X, Y = cp.Variable(3), cp.Variable(4)
A = np.random.default_rng(22).standard_normal((3, 4))
SIMPLEX, BOX = [X >= 0, cp.sum(X) == 1], [Y >= -1, Y <= 2]
EXPRESSIONS: dict[str, tuple[Any, list[Any], tuple[type, type]]] = {
    "bilinear": (X @ A @ Y + np.ones(3) @ X - 2 * cp.sum(Y) / 3, SIMPLEX + BOX, (mm.Simplex, mm.Box)),
    "products": (cp.sum(cp.multiply(A @ Y, 2 * X + 1)) - np.ones(3) @ A @ Y, SIMPLEX + BOX, (mm.Simplex, mm.Box)),
    "quadratic": (cp.quad_form(X, A @ A.T) + Y @ A.T @ X - cp.sum_squares(Y - 1) + 4, BOX, (mm.Free, mm.Box)),
    "joined": (0.5 * cp.sum_squares(X - A @ Y) - cp.sum_squares(10 * Y), BOX, (mm.Free, mm.Box)),
    "sparse": (X @ A @ Y + 0.3 * cp.norm1(-2 * X), [cp.norm(X) <= 2, cp.norm_inf(Y) <= 1], (mm.Ball, mm.Ball)),
    "absolute": (
        -cp.sum(cp.abs(Y)) + X @ A @ Y,
        [X >= 0, cp.norm1(Y) <= 1, cp.sum_squares(Y) <= 0.5],
        (mm.Orthant,) * 2,
    ),
    "logit": (X @ A @ Y - 0.5 * cp.sum(cp.entr(X)) + cp.sum(cp.entr(Y)), [*SIMPLEX, Y >= 0], (mm.Simplex, mm.Orthant)),
    "capped": (X @ A @ Y, [*SIMPLEX, X <= 0.5, cp.sum(Y) == 3, Y >= 0], (mm.CappedSimplex, mm.Simplex)),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_game_from_cvxpy_pays_what_the_expression_says(name: str) -> None:
    expression, constraints, kinds = EXPRESSIONS[name]
    if name == "absolute":  # the 1-norm has no closed proximal map on a described set
        with pytest.raises(ValueError, match="no closed proximal map"):
            mm.from_cvxpy(expression, X, Y, constraints)
        return
    game = mm.from_cvxpy(expression, X, Y, constraints)
    rng = np.random.default_rng(23)
    for domain, kind in zip(game.domains, kinds):
        assert isinstance(getattr(domain, "domain", domain), kind)
    for _ in range(4):
        x, y = (d.project(d.centre() + 0.3 * rng.standard_normal(d.n)) for d in game.domains)
        X.value, Y.value = x, y
        assert abs(game.payoff(x, y) + game.X.price(x) - game.Y.price(y) - expression.value) <= 1e-9
    assert mm.solve(game, mm.Conic(), tol=1e-7).converged


def test_a_game_from_cvxpy_leaves_the_variables_as_they_were() -> None:
    X.value = np.array([1.0, 2.0, 3.0])
    Y.save_value(None)
    mm.from_cvxpy(X @ A @ Y, X, Y, SIMPLEX + BOX)
    assert X.value.tolist() == [1.0, 2.0, 3.0]
    assert Y.value is None


def test_several_variables_of_a_player_stand_side_by_side() -> None:
    w, M = cp.Variable(2, nonneg=True), cp.Variable((2, 2))
    f = X @ A @ Y + w @ Y[:2] + cp.sum(cp.multiply(M, np.array([[1.0, 2.0], [3.0, 4.0]]))) + cp.sum_squares(w)
    game = mm.from_cvxpy(f, [X, w, M], Y, [*SIMPLEX, *BOX, cp.norm(M, "fro") <= 1])
    assert [type(part) for part in game.X.parts] == [mm.Simplex, mm.Orthant, mm.ConvexSet]
    assert np.allclose(game.b, [0, 0, 0, 0, 0, 1, 2, 3, 4])
    assert np.allclose(
        np.diag(game.forms[0].P) if game.forms[0].P.ndim == 1 else game.forms[0].P.A,
        np.diag([0] * 3 + [2] * 2 + [0] * 4),
    )
    x, _ = mm.Conic().answer(game).pair
    assert np.allclose(game.X.split(x)[2], -np.array([1, 2, 3, 4]) / math.sqrt(30), atol=1e-7)


@pytest.mark.parametrize(
    ("match", "expression", "constraints"),
    [
        ("the term Sum", X @ A @ Y + cp.sum(cp.exp(X)), SIMPLEX + BOX),
        ("the term norm1", X @ A @ Y + cp.norm1(X[:2]), SIMPLEX + BOX),
        ("convex in x and concave in y", X @ A @ Y + cp.norm1(Y), BOX),
        ("must have no constant", X @ A @ Y + cp.sum_squares(X - 1), SIMPLEX + BOX),
        ("a variable each", X @ A @ Y + cp.sum(cp.Variable(2)), SIMPLEX + BOX),
        ("a variable each", X @ A @ Y, [Y[:3] == X]),
        ("a simplex or the orthant", X @ A @ Y - cp.sum(cp.entr(X)), BOX),
    ],
)
def test_what_is_no_such_game_is_named(match: str, expression: Any, constraints: list[Any]) -> None:
    with pytest.raises(ValueError, match=match):
        mm.from_cvxpy(expression, X, Y, constraints)


def test_saddle_problems_of_dsp_are_read() -> None:
    dsp = pytest.importorskip("dsp")
    if dsp.MinimizeMaximize.__abstractmethods__:  # dsp-cvxpy 0.4.2 lacks a method that cvxpy 1.9 asks for
        dsp.MinimizeMaximize.__abstractmethods__ = frozenset()
    objective = dsp.inner(X, A @ Y) + 0.5 * cp.sum_squares(X) - cp.norm1(Y)
    problem = dsp.SaddlePointProblem(dsp.MinimizeMaximize(objective), SIMPLEX + BOX)
    game = mm.from_cvxpy(problem)
    assert abs(mm.solve(game, mm.Conic()).value - problem.solve()) <= 1e-6


def test_a_problem_like_those_of_dsp_says_the_rest_itself() -> None:
    class SaddlePointProblem:
        obj_expr, constraints = X @ A @ Y, SIMPLEX + BOX

        def convex_variables(self) -> list[Any]:
            return [X]

        def concave_variables(self) -> list[Any]:
            return [Y]

    SaddlePointProblem.__module__ = "dsp.problem"
    assert np.allclose(mm.from_cvxpy(SaddlePointProblem()).A, A)
    for bad in (None, X, "x @ y"):
        with pytest.raises(TypeError, match="scalar cvxpy expression"):
            mm.from_cvxpy(bad, X, Y)
    with pytest.raises(TypeError, match="`y` must be a cvxpy variable"):
        mm.from_cvxpy(X @ A @ Y, X)
