"""Every domain: its maps against the problems they solve, its support function, its members, and cvxpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minmax as mm
from minmax.domains import Domain

RNG = np.random.default_rng(5)
DOMAINS = {
    "simplex": mm.Simplex(5),
    "scaled simplex": mm.Simplex(4, total=3.0),
    "one action": mm.Simplex(1),
    "capped simplex": mm.CappedSimplex(6, cap=0.3),
    "uneven caps": mm.CappedSimplex(5, cap=[0.9, 0.1, 0.4, 1.5, 0.7], total=2.0),
    "full caps": mm.CappedSimplex(4, cap=0.25),
    "box": mm.Box([-1.0, 0.0, 2.0], [1.0, 0.5, 7.0]),
    "half-open box": mm.Box([-1.0, -np.inf, 0.0], [np.inf, 0.5, 1.0]),
    "orthant": mm.Orthant(4),
    "free": mm.Free(3),
    "2-ball": mm.Ball(4, radius=2.0),
    "1-ball": mm.Ball(5, radius=0.7, norm=1),
    "max-ball": mm.Ball(3, radius=1.5, norm=math.inf),
    "product": mm.Product(mm.Simplex(3), mm.Product(mm.Box(0.0, 1.0, n=2), mm.Ball(3))),
    "two simplices": mm.Product(mm.Simplex(3), mm.Simplex(2, total=2.0)),
    "spectrahedron": mm.Spectrahedron(3, total=2.0),
    "spectral ball": mm.SpectralBall(3, radius=0.5),
    "treeplex": mm.Treeplex([0, 1, 1, 0, 5], [2, 2, 1, 3, 2]),
}
BOUNDED = {name: d for name, d in DOMAINS.items() if d.bounded}
SIZES = [0.1, 1.0, 30.0]


def every(domains: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("domain", list(domains.values()), ids=list(domains))


def duals(domain: Domain) -> list[np.ndarray]:
    """Dual points of several sizes; symmetric where points are matrices."""
    points = [size * np.random.default_rng(k).standard_normal(domain.n) for size in SIZES for k in range(4)]
    return [np.zeros(domain.n), *(symmetric(domain, z) for z in points)]


def symmetric(domain: Domain, z: np.ndarray) -> np.ndarray:
    if len(domain.shape) == 1:
        return z
    square = z.reshape(domain.shape)
    return ((square + square.T) / 2).reshape(-1)


def members(domain: Domain, count: int = 40) -> list[np.ndarray]:
    """Points of the set: projections, and mixtures of them, by the closed form that other tests judge."""
    rng = np.random.default_rng(9)
    ends = [domain.project(symmetric(domain, s * rng.standard_normal(domain.n))) for s in (1.0, 20.0) for _ in range(4)]
    weights = rng.dirichlet(np.full(len(ends), 0.3), count)
    return [*ends, *(weights @ np.array(ends))]


@every(DOMAINS)
def test_every_map_plays_inside_the_set_on_both_carriers_and_over_its_input(domain: Domain) -> None:
    for geometry in domain.maps():
        record = domain.using(geometry)
        for theta in duals(domain):
            rows = record.play_rows(theta)
            assert rows.shape == theta.shape
            assert domain.contains(rows, 1e-12), geometry
            if record.compiled:
                x, same = np.empty(domain.n), theta.copy()
                record.play(theta, x, 0.0)
                record.play(same, same, 0.0)
                assert abs(x - rows).max() <= 1e-11 * (1 + abs(rows).max())
                assert np.array_equal(x, same), "a play may write over its input"


@every(DOMAINS)
def test_maps_play_batches_row_by_row(domain: Domain) -> None:
    batch = np.array(duals(domain)).reshape(1, -1, domain.n)
    for geometry in domain.maps():
        record = domain.using(geometry)
        plays = record.play_rows(batch)
        for k in range(batch.shape[1]):
            assert abs(plays[0, k] - record.play_rows(batch[0, k])).max() < 1e-12 * (1 + abs(plays[0, k]).max())


@every(DOMAINS)
def test_maps_run_on_torch_tensors(domain: Domain) -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    batch = np.array(duals(domain))
    for geometry in domain.maps():
        record = domain.using(geometry)
        one, two = record.play_rows(batch), record.play_rows(torch.from_numpy(batch)).numpy()
        assert abs(one - two).max() < 1e-11 * (1 + abs(one).max()), geometry


@every(DOMAINS)
def test_projection_satisfies_its_variational_inequality(domain: Domain) -> None:
    """<theta - x, z - x> <= 0 for every z of the set: by the support function where there is one (Moreau's identity:
    theta - x is then the prox of the support function), and at many members."""
    for theta in duals(domain):
        x = domain.project(theta)
        slope = theta - x
        slack = 1e-10 * (1 + np.linalg.norm(theta)) ** 2
        if math.isfinite(domain.support(slope)):
            assert domain.support(slope) - slope @ x <= slack
        for z in members(domain):
            assert slope @ (z - x) <= slack
        assert abs(domain.project(x) - x).max() <= 1e-12 * (1 + abs(x).max())


@pytest.mark.parametrize("name", ["orthant", "free"])
def test_cones_split_every_point_in_two_orthogonal_parts(name: str) -> None:
    """Moreau: theta = P(theta) + P°(theta), with P° the projection on the polar cone, here minus the cone's dual."""
    domain = DOMAINS[name]
    for theta in duals(domain):
        x = domain.project(theta)
        polar = theta - x
        assert abs(x @ polar) <= 1e-12 * (1 + theta @ theta)
        assert domain.support(polar) == 0.0


@every({n: d for n, d in DOMAINS.items() if "entropy" in d.maps() and n != "orthant"})
def test_the_entropic_map_maximises_utility_less_entropy(domain: Domain) -> None:
    record = domain.using("entropy")
    for theta in duals(domain):
        theta = theta / (1 + abs(theta).max() / 5)  # beyond this the best member is a corner but for rounding
        x = record.play_rows(theta)
        best = theta @ x - domain.negative_entropy(x)
        for z in members(domain):
            assert theta @ z - domain.negative_entropy(z) <= best + 1e-9
            # strictly, by strong convexity in the Euclidean norm
            assert theta @ z - domain.negative_entropy(z) <= best - record.modulus * (z - x) @ (z - x) / 2 + 1e-9


@every(DOMAINS)
def test_lift_is_a_right_inverse_of_play(domain: Domain) -> None:
    for geometry in domain.maps():
        record = domain.using(geometry)
        if not record.invertible:
            continue
        for theta in duals(domain):
            x = record.play_rows(theta / (1 + abs(theta).max() / 5))
            if record.stuck(x) >= 0:
                continue
            back = record.play_rows(record.lift_rows(x))
            assert abs(back - x).max() < 1e-9, geometry
            if record.compiled:
                lifted = np.empty(domain.n)
                record.lift(x, lifted)
                assert abs(lifted - record.lift_rows(x)).max() < 1e-9


@every(BOUNDED)
def test_support_is_the_value_of_a_best_response_and_of_no_member_less(domain: Domain) -> None:
    for u in duals(domain):
        best = domain.respond(u)
        assert domain.contains(best, 1e-12)
        assert domain.support(u) == pytest.approx(u @ best, abs=1e-10 * (1 + np.linalg.norm(u)))
        assert max(u @ z for z in members(domain)) <= domain.support(u) + 1e-10 * (1 + np.linalg.norm(u))
    U = np.array(duals(domain))
    assert domain.supports(U) == pytest.approx([domain.support(u) for u in U], abs=1e-9)


@every(BOUNDED)
def test_no_two_members_are_farther_apart_than_the_diameter(domain: Domain) -> None:
    corners = [domain.respond(u) for u in duals(domain)] + [domain.respond(-u) for u in duals(domain)]
    apart = max(float(np.linalg.norm(a - b)) for a in corners for b in corners)
    assert apart <= domain.diameter + 1e-12


@every(DOMAINS)
def test_points_outside_are_told_how_far_and_points_inside_come_back(domain: Domain) -> None:
    inside = domain.centre()
    assert domain.contains(inside)
    assert abs(domain.point(inside) - inside).max() < 1e-12
    assert domain.point(inside.reshape(domain.shape)).shape == (domain.n,)
    with pytest.raises(ValueError, match="must have"):
        domain.point(np.zeros(domain.n + 1))
    with pytest.raises(ValueError, match="finite"):
        domain.point(np.full(domain.n, np.nan))
    if not isinstance(domain, mm.Free):
        far = inside - 100.0
        assert not domain.contains(far)
        with pytest.raises(ValueError, match=r"project|negative|sum"):
            domain.point(far, "start")


def as_cvxpy(cp: Any, domain: Any, x: Any) -> list[Any]:
    """The set in cvxpy's words, written independently of the library's maps."""
    if isinstance(domain, mm.Simplex):
        return [x >= 0, cp.sum(x) == domain.total]
    if isinstance(domain, mm.CappedSimplex):
        return [x >= 0, x <= domain.cap, cp.sum(x) == domain.total]
    if isinstance(domain, mm.Box):
        low, high = np.isfinite(domain.lower), np.isfinite(domain.upper)
        return [x[low] >= domain.lower[low], x[high] <= domain.upper[high]]
    if isinstance(domain, mm.Orthant):
        return [x >= 0]
    if isinstance(domain, mm.Ball):
        return [cp.norm(x, domain.norm if domain.norm != math.inf else "inf") <= domain.radius]
    if isinstance(domain, mm.Product):
        edges = np.concatenate([[0], domain.edges, [domain.n]]).astype(int)
        return [c for p, a, b in zip(domain.parts, edges, edges[1:]) for c in as_cvxpy(cp, p, x[a:b])]
    if isinstance(domain, mm.Free):
        return []
    if isinstance(domain, mm.Treeplex):
        firsts = 1 + np.cumsum(domain.actions) - domain.actions
        sets = zip(domain.parents, firsts, domain.actions)
        return [x >= 0, x[0] == 1, *(cp.sum(x[first : first + count]) == x[before] for before, first, count in sets)]
    square = cp.reshape(x, domain.shape, order="C")
    if isinstance(domain, mm.Spectrahedron):
        return [square >> 0, square == square.T, cp.trace(square) == domain.total]
    eye = np.eye(domain.side) * domain.radius
    return [square == square.T, square >> -eye, square << eye]


@every({name: d for name, d in DOMAINS.items() if name != "one action"})
def test_projections_and_best_responses_agree_with_cvxpy(domain: Domain) -> None:
    cp = pytest.importorskip("cvxpy", reason="cvxpy is an extra")
    x = cp.Variable(domain.n)
    theta = duals(domain)[6]
    cp.Problem(cp.Minimize(cp.sum_squares(x - theta)), as_cvxpy(cp, domain, x)).solve(solver="CLARABEL")
    assert abs(domain.project(theta) - x.value).max() < 1e-4  # interior points find a minimiser to the root of 1e-9
    if domain.bounded:
        best = cp.Problem(cp.Maximize(theta @ x), as_cvxpy(cp, domain, x)).solve(solver="CLARABEL")
        assert domain.support(theta) == pytest.approx(best, abs=1e-6)


# ------------------------------------------------------------------ terms


TERMS = {
    "l1 on free space": mm.Penalised(mm.Free(4), mm.L1(0.3)),
    "l1 on a box": mm.Penalised(mm.Box([-1.0, 0.5, -3.0], [2.0, 1.0, -1.0]), mm.L1(0.7)),
    "l1 on the orthant": mm.Penalised(mm.Orthant(3), mm.L1(0.7)),
    "l1 on a ball": mm.Penalised(mm.Ball(4), mm.L1(0.2)),
    "squared norm on free space": mm.Penalised(mm.Free(3), mm.SquaredNorm(2.0, centre=[1.0, 0.0, -1.0])),
    "squared norm on a simplex": mm.Penalised(mm.Simplex(4), mm.SquaredNorm(0.5)),
    "squared norm on matrices": mm.Penalised(mm.Spectrahedron(2), mm.SquaredNorm(0.5)),
    "elastic net": mm.Penalised(mm.Penalised(mm.Free(3), mm.L1(0.5)), mm.SquaredNorm(0.5)),
    "entropy on a simplex": mm.Penalised(mm.Simplex(5), mm.Entropy(0.5)),
    "entropy on capped weights": mm.Penalised(mm.CappedSimplex(4, cap=0.4), mm.Entropy(0.2)),
    "entropy on a box": mm.Penalised(mm.Box(0.0, 2.0, n=3), mm.Entropy(0.3)),
    "entropy on the orthant": mm.Penalised(mm.Orthant(3), mm.Entropy(1.0)),
    "entropy on matrices": mm.Penalised(mm.Spectrahedron(2), mm.Entropy(0.4)),
    "entropy beside a plain simplex": mm.Product(mm.Penalised(mm.Simplex(2), mm.Entropy(0.4)), mm.Simplex(2)),
    "l1 beside a simplex": mm.Product(mm.Penalised(mm.Box(-1.0, 1.0, n=2), mm.L1(0.4)), mm.Ball(2)),
}


def regulariser(domain: Any, geometry: str, x: np.ndarray) -> float:
    return float(x @ x) / 2 if geometry == "euclidean" else domain.negative_entropy(x)


@every(TERMS)
def test_a_proximal_map_maximises_utility_less_regulariser_less_its_term(domain: Any) -> None:
    for geometry in domain.maps():
        record = domain.using(geometry)
        for w in (0.0, 0.1, 3.0):
            for theta in duals(domain):
                theta = theta / (1 + abs(theta).max() / 5)
                x = record.play_rows(theta, w)

                def worth(z: np.ndarray, w: float = w, theta: np.ndarray = theta, g: str = geometry) -> float:
                    return float(theta @ z) - regulariser(domain, g, z) - w * domain.price(z)

                others = [*members(domain), *(x + 0.01 * (z - x) for z in members(domain))]
                assert max(map(worth, others)) <= worth(x) + 1e-9
                if record.compiled:
                    out = np.empty(domain.n)
                    record.play(theta, out, w)
                    assert abs(out - x).max() < 1e-12


@every(TERMS)
def test_the_conjugate_of_a_term_bounds_every_member_and_is_attained(domain: Any) -> None:
    """Fenchel and Young."""
    for u in duals(domain):
        top = domain.support(u)
        assert max(u @ z - domain.price(z) for z in members(domain)) <= top + 1e-9
        if domain.bounded:
            x = domain.respond(u)
            assert domain.contains(x, 1e-9)
            assert u @ x - domain.price(x) == pytest.approx(top, abs=1e-9 * (1 + abs(top)))


def test_a_term_without_a_closed_map_on_a_set_is_refused() -> None:
    with pytest.raises(ValueError, match="L1 has no closed proximal map on Simplex"):
        mm.Penalised(mm.Simplex(3), mm.L1(1.0))
    with pytest.raises(ValueError, match="Entropy has no closed proximal map on Ball"):
        mm.Penalised(mm.Ball(3), mm.Entropy(1.0))
    with pytest.raises(TypeError, match="`term` must be"):
        mm.Penalised(mm.Free(3), 0.5)
    with pytest.raises(ValueError, match="`weight` must be a positive number"):
        mm.L1(-1.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mm.Box([0.0, 1.0], [1.0, 0.5]), "`lower` must not exceed `upper`; entry 1"),
        (lambda: mm.Box(0.0, 1.0), "needs one dimension"),
        (lambda: mm.Box([0.0, 1.0], [1.0, 2.0, 3.0]), "needs one dimension"),
        (lambda: mm.Box(np.nan, 1.0, n=2), "entry 0 is nan"),
        (lambda: mm.Ball(3, radius=0.0), "`radius` must be a positive number"),
        (lambda: mm.Ball(3, norm=3), "`norm` must be 1, 2 or infinity"),
        (lambda: mm.CappedSimplex(3, cap=0.2), "the caps sum to 0.6"),
        (lambda: mm.CappedSimplex(2, cap=[1.0, 0.0]), "`cap` must be positive; entry 1"),
        (lambda: mm.Simplex(3, total=-1.0), "`total` must be a positive number"),
        (lambda: mm.Spectrahedron(0), "`side` must be a whole number"),
    ],
)
def test_sets_that_are_none_are_refused_in_one_sentence(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_product_takes_domains_alone_and_takes_products_apart() -> None:
    with pytest.raises(TypeError, match="`Product` takes domains"):
        mm.Product(mm.Simplex(2), 3)
    whole = mm.Product(mm.Product(mm.Simplex(2), mm.Free(1)), mm.Ball(2))
    assert [type(p).__name__ for p in whole.parts] == ["Simplex", "Free", "Ball"]
    assert [piece.size for piece in whole.split(np.arange(5.0))] == [2, 1, 2]
    assert not whole.bounded
    with pytest.raises(ValueError, match="unbounded"):
        mm.Orthant(2).respond([1.0, 0.0])


def test_conditional_value_at_risk_is_the_mean_of_the_worst() -> None:
    losses = np.random.default_rng(0).standard_normal(20)
    tail = mm.CappedSimplex(20, cap=1 / (0.25 * 20))
    assert tail.support(losses) == pytest.approx(np.sort(losses)[-5:].mean())
    largest = mm.CappedSimplex(20, cap=1.0, total=3.0)
    assert largest.support(losses) == pytest.approx(np.sort(losses)[-3:].sum())


def test_a_threshold_that_lands_on_the_end_of_its_bracket_is_left() -> None:
    """A bug: Newton went from the root's left neighbour to its right one and back, and the sum came out as 2.58."""
    caps = mm.CappedSimplex(5, cap=[0.9, 0.1, 0.4, 1.5, 0.7], total=2.0)
    theta = np.array([2.04091912, -2.55566503, 0.41809885, -0.56776961, -0.45264929])
    x = np.empty(5)
    caps.using("euclidean").play(theta, x, 0.0)
    assert x.sum() == pytest.approx(2.0, abs=1e-12)
    assert caps.project(theta).sum() == pytest.approx(2.0, abs=1e-12)
