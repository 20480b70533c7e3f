"""Sequential games: treeplexes by the laws of their maps, poker and dice by published counts, values and tables."""

from __future__ import annotations

import math
import sys
from collections.abc import Hashable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from table import TABLE as RULES
from table import by_name, iterates, seldom

import minmax as mm
from minmax.games.cards import Kuhn
from minmax.games.rules import CHANCE, OVER

rng = np.random.default_rng(0)


def random_treeplex(sets: int) -> mm.Treeplex:
    parents, actions, n = [], [], 1
    for _ in range(sets):
        parents.append(int(rng.integers(0, n)))
        actions.append(int(rng.integers(1, 4)))
        n += actions[-1]
    return mm.Treeplex(parents, actions)


TREES = [mm.Treeplex([], []), mm.Treeplex([0], [3]), *(random_treeplex(sets) for sets in (2, 3, 5, 9, 9))]


def plans(tree: mm.Treeplex, count: int = 20) -> np.ndarray:
    """Random plans, and the pure ones that are best against random utilities."""
    pure = [tree.respond(rng.normal(size=tree.n)) for _ in range(count)]
    return np.array([*(tree.plan(rng.exponential(size=tree.n)) for _ in range(count)), *pure])


# ---------------------------------------------------------------------- treeplexes


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_a_plan_is_one(tree: mm.Treeplex) -> None:
    for x in (*plans(tree), tree.centre()):
        assert tree.contains(x, 1e-12)
        assert tree.point(x) == pytest.approx(x, abs=1e-12)
        assert tree.plan(tree.behaviour(x)) == pytest.approx(x, abs=1e-12)
    spread = max(float(np.linalg.norm(x - z)) for x in plans(tree) for z in plans(tree))
    assert spread <= tree.diameter + 1e-12


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_a_response_is_best_and_a_projection_nearest(tree: mm.Treeplex) -> None:
    """The nearest plan is the one from which no other lies on the point's side: its support says so of all of them."""
    others = plans(tree)
    for scale in (0.1, 1.0, 10.0):
        u = scale * rng.normal(size=tree.n)
        assert tree.support(u) >= (others @ u).max() - 1e-12
        x = tree.project(u)
        assert tree.contains(x, 1e-12)
        assert tree.support(u - x) <= (u - x) @ x + 1e-9 * scale
    x = plans(tree)[0]
    assert tree.project(x) == pytest.approx(x, abs=1e-12)


@pytest.mark.parametrize("tree", TREES, ids=repr)
@pytest.mark.parametrize("name", ["regret", "entropy", "dilated-euclidean", "euclidean", "best-response"])
def test_scalar_verbs_are_those_on_rows(tree: mm.Treeplex, name: str) -> None:
    geometry = tree.using(name)
    theta = np.array([*rng.normal(size=(4, tree.n)), -np.ones(tree.n), np.zeros(tree.n)])
    U = rng.normal(size=theta.shape)
    rows = geometry.play_rows(theta)
    V, turned = np.empty_like(U), U.copy()
    totals, V[...] = geometry.values_rows(theta, rows, turned)
    for row, dual, u, after, total, local in zip(rows, theta, U, turned, totals, V):
        x, v, lifted, plain = np.empty(tree.n), np.empty(tree.n), np.empty(tree.n), u.copy()
        geometry.play(dual, x, 0.0)
        assert x == pytest.approx(row, abs=1e-12)
        assert geometry.values(dual, x, plain, v) == pytest.approx(x @ u)
        assert total == pytest.approx(x @ u)
        assert plain == pytest.approx(after)
        assert v == pytest.approx(local)
        geometry.lift(x, lifted)
        assert lifted == pytest.approx(geometry.lift_rows(row), abs=1e-9)


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_the_dilated_norm_is_what_its_map_trades_against(tree: mm.Treeplex) -> None:
    """No plan has more of `<theta, x> - psi(x)`, and it is strongly convex with the modulus it says."""
    geometry = tree.using("dilated-euclidean")

    def psi(x: np.ndarray) -> float:
        q = tree.behaviour(x)[1:]
        return float((np.repeat(tree.weights * x[tree.parents], tree.actions) * q * q).sum()) / 2.0

    others = plans(tree)
    for scale in (0.3, 3.0, 30.0):
        theta = scale * rng.normal(size=tree.n)
        x = geometry.play_rows(theta)
        best = theta @ x - psi(x)
        for z in others:
            assert theta @ z - psi(z) + geometry.modulus / 2.0 * ((z - x) ** 2).sum() <= best + 1e-9 * scale


class Dilated(mm.OMWU):
    """A rule of another geometry: one line."""

    __slots__ = ()
    geometry = "dilated-euclidean"


def test_rules_play_by_the_dilated_norm() -> None:
    game = mm.zoo.kuhn()
    found = mm.solve(game, Dilated(2.0), rounds=8, tol=None)
    assert found.gap < 0.3 < game.gap(*(domain.centre() for domain in game.domains))


@pytest.mark.long
def test_the_dilated_norm_in_compiled_loops() -> None:
    found = mm.solve(mm.zoo.leduc(), Dilated(0.5), rounds=3000, tol=None)
    assert found.gap < 0.3
    assert found.gap < 0.6 * mm.solve(mm.zoo.leduc(), mm.OMWU(0.5), rounds=3000, tol=None).gap


def test_counterfactual_values_of_torch_are_those_of_numpy() -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    for tree in TREES:
        theta, u = rng.normal(size=(2, 4, tree.n))
        geometry, tensor = tree.using("regret"), torch.tensor(u)
        x = geometry.play_rows(torch.tensor(theta))
        of_torch, local = geometry.values_rows(torch.tensor(theta), x, tensor)
        total, v = geometry.values_rows(theta, x.numpy(), u)
        assert of_torch.numpy() == pytest.approx(total)
        assert local.numpy() == pytest.approx(v)
        assert tensor.numpy() == pytest.approx(u)


@pytest.mark.parametrize(
    ("parents", "actions", "kind", "words"),
    [
        ([0, 5], [2, 2], ValueError, r"`parents\[1\]` must be a sequence before those of set 1, 0 to 2; got 5"),
        ([-1], [2], ValueError, "0 to 0; got -1"),
        ([0], [0], ValueError, "without actions"),
        ([0], [2, 2], ValueError, "got 1 and 2"),
        ([0.0], [2], TypeError, "whole numbers"),
    ],
)
def test_trees_that_are_none_are_refused(parents: Any, actions: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        mm.Treeplex(parents, actions)


def test_points_that_are_no_plans_are_refused() -> None:
    tree = mm.Treeplex([0, 1], [2, 2])
    with pytest.raises(ValueError, match=r"must be a realisation plan.*misses that by 0\.5"):
        tree.point([1.0, 0.5, 0.5, 0.5, 0.5])
    assert not tree.contains([1.0, 1.5, -0.5, 1.5, 0.0])


# ---------------------------------------------------------------------- games

LEDUC, LEDUC_SUITED = "leduc", "leduc suited"
GAMES = {
    "kuhn": mm.zoo.kuhn,
    LEDUC: mm.zoo.leduc,
    LEDUC_SUITED: lambda: mm.zoo.leduc(suited=True),
    **{f"dice {k}": lambda k=k: mm.zoo.liars_dice(k) for k in (2, 3, 4, 5, 6)},
    "two dice": lambda: mm.zoo.liars_dice(2, dice=2),
    **{f"goofspiel {k}": lambda k=k: mm.zoo.goofspiel(k) for k in (3, 4, 5)},
    "goofspiel 4 random": lambda: mm.zoo.goofspiel(4, order="random"),
}

# Information sets and sequences of each player, the gap of uniform play, and its value to x.
COUNTED: dict[str, tuple[Any, ...]] = {
    "kuhn": (6, 13, 11 / 12, 1 / 8),
    LEDUC: (144, 337, 1709 / 360, -5 / 64),
    LEDUC_SUITED: (468, 1093, 1709 / 360, -5 / 64),
    "dice 2": (16, None, 1.125, None),
    "dice 3": (96, None, 10 / 9, None),
    "dice 4": (512, None, 1.3101190476, None),
    "goofspiel 3": (8, 18, 4 / 3, 0.0),
    "goofspiel 4": (81, 175, 17 / 12, 0.0),
}
LARGE: dict[str, tuple[Any, ...]] = {
    "dice 5": (2560, None, 1.441741798942, None),
    "dice 6": (12288, None, 1.561488646384, None),
    "goofspiel 5": (1062, 2284, 1.55, 0.0),
    "goofspiel 4 random": (1804, 3737, 17 / 12, 0.0),
}


@pytest.mark.parametrize("name", [*COUNTED, *seldom(*LARGE)])
def test_games_have_their_size_and_uniform_play_its_gap(name: str) -> None:
    game, (sets, sequences, gap, value) = GAMES[name](), {**COUNTED, **LARGE}[name]
    assert [domain.parents.size for domain in game.domains] == [sets, sets]
    assert sequences is None or game.shape == (sequences, sequences)
    found = game.certificate(*(domain.centre() for domain in game.domains))
    assert found.gap == pytest.approx(gap, abs=1e-9)
    assert value is None or found.value == pytest.approx(value, abs=1e-12)
    assert found.lower <= (game.known.value if game.known else 0.0) <= found.upper


def test_fixed_play_in_poker_has_its_gap() -> None:
    """Always the same action, where there is a choice."""

    def always(game: Any, wanted: tuple[str, ...]) -> float:
        pair = []
        for domain, labels in zip(game.domains, game.moves):
            behaviour = [1.0]
            for own in labels:
                first = next(word for word in wanted if word in own)
                behaviour += [float(word == first) for word in own]
            pair.append(domain.plan(behaviour))
        return float(game.gap(*pair))

    kuhn, leduc = mm.zoo.kuhn(), mm.zoo.leduc()
    assert always(kuhn, ("pass",)) == pytest.approx(2.0)
    assert always(kuhn, ("bet",)) == pytest.approx(2 / 3)
    assert kuhn.coupling.entries == 30
    assert always(leduc, ("fold", "call")) == pytest.approx(2.0)
    assert always(leduc, ("call",)) == pytest.approx(2.9333333333)
    assert always(leduc, ("raise", "call")) == pytest.approx(4.7333333333)


def test_the_equilibria_of_kuhn_are_those_he_found() -> None:
    game = mm.zoo.kuhn()

    def plan(player: int, told: dict[str, float], word: str) -> np.ndarray:
        """A plan by the probability of the second action, a bet or call, at each information set."""
        behaviour = [1.0]
        for information in game.information[player]:
            behaviour += [1.0 - told.get(information, 0.0), told.get(information, 0.0)]
        assert told.keys() <= set(game.information[player])
        assert all(labels == ("pass", word) for labels in game.moves[player])
        return np.asarray(game.domains[player].plan(behaviour))

    y = plan(1, {"J pass": 1 / 3, "K pass": 1.0, "Q bet": 1 / 3, "K bet": 1.0}, "bet")
    for alpha in (0.0, 0.2, 1 / 3):
        x = plan(0, {"J": alpha, "K": 3 * alpha, "Q pass bet": alpha + 1 / 3, "K pass bet": 1.0}, "bet")
        found = game.certificate(x, y)
        assert found.gap < 1e-12
        assert found.value == pytest.approx(-1 / 18)
        assert found.lower <= -1 / 18 <= found.upper
        assert game.exploitability(x, y) == found.gap / 2.0


# E1 of the oracles: the gap of the average after 1, 10, 100 and 1000 rounds, alternating but where it says so.
CFR = mm.RegretMatching(), {"alternating": True, "average": "uniform"}
TABLE: dict[tuple[str, str], tuple[Any, dict[str, Any], list[float]]] = {
    ("kuhn", "CFR at once"): (CFR[0], {**CFR[1], "alternating": False}, [0.91666667, 0.192417, 0.05134947, 0.01453821]),
    ("kuhn", "CFR"): (*CFR, [0.91666667, 0.13739759, 0.01645195, 0.00187523]),
    ("kuhn", "CFR+"): (mm.RegretMatchingPlus(), {}, [0.91666667, 0.06537418, 0.00238881, 0.00017473]),
    ("kuhn", "LCFR"): (mm.LinearRegretMatching(), {}, [0.91666667, 0.04250146, 0.00217805, 0.00018706]),
    ("kuhn", "DCFR"): (mm.DiscountedRegretMatching(), {}, [0.91666667, 0.04555757, 0.00333268, 0.000293]),
    ("kuhn", "PCFR+"): (mm.PredictiveRegretMatchingPlus(), {}, [0.91666667, 0.04041314, 4.646e-5, 5e-8]),
    (LEDUC, "CFR at once"): (CFR[0], {**CFR[1], "alternating": False}, [4.7472222, 1.8540371, 0.34606862]),
    (LEDUC, "CFR"): (*CFR, [4.7472222, 1.777158, 0.19143271]),
    (LEDUC, "CFR+"): (mm.RegretMatchingPlus(), {}, [4.7472222, 1.2208778, 0.02683199]),
    (LEDUC, "LCFR"): (mm.LinearRegretMatching(), {}, [4.7472222, 1.4421303]),
    (LEDUC, "DCFR"): (mm.DiscountedRegretMatching(), {}, [4.7472222, 1.5576041]),
    (LEDUC, "PCFR+"): (mm.PredictiveRegretMatchingPlus(), {}, [4.7472222, 1.0736947, 0.039602515]),
    (LEDUC_SUITED, "CFR+"): (mm.RegretMatchingPlus(), {}, [4.7472222, 1.2208778, 0.02683199]),
    ("goofspiel 4", "CFR"): (*CFR, [1.4166667, 0.29930966, 0.065177897]),
    ("goofspiel 4", "CFR+"): (mm.RegretMatchingPlus(), {}, [1.4166667, 0.28599376, 0.022259705, 5.3601358e-4]),
    ("goofspiel 4", "DCFR"): (mm.DiscountedRegretMatching(), {}, [1.4166667, 0.38202198, 0.015879446, 8.1928568e-4]),
    ("goofspiel 4", "PCFR+"): (
        mm.PredictiveRegretMatchingPlus(), {}, [1.4166667, 0.073642308, 2.0320605e-4, 2.0459429e-7]
    ),
    ("dice 4", "CFR"): (*CFR, [1.310119, 0.28327651, 0.034087115, 0.0034543433]),
    ("dice 4", "CFR+"): (mm.RegretMatchingPlus(), {}, [1.310119, 0.21312361, 0.0045904281, 9.0664054e-5]),
    ("dice 4", "LCFR"): (mm.LinearRegretMatching(), {}, [1.310119, 0.20923458]),
}  # fmt: skip
ROUNDS = (1, 10, 100, 1000)


@pytest.mark.parametrize("row", TABLE, ids=" ".join)
def test_counterfactual_regret_minimisation_is_regret_matching_on_a_treeplex(row: tuple[str, str]) -> None:
    method, options, gaps = TABLE[row]
    game = GAMES[row[0]]()
    options = {"average": type(method).average, **options}
    for rounds, gap in zip(ROUNDS[:2], gaps):
        found = mm.solve(game, method, rounds=rounds, tol=None, **options)
        assert found.gap == pytest.approx(gap, rel=1e-7, abs=5e-9)


@pytest.mark.long
@pytest.mark.parametrize("row", [row for row in TABLE if len(TABLE[row][2]) > 2], ids=" ".join)
def test_the_tables_go_on_in_compiled_loops(row: tuple[str, str]) -> None:
    method, options, gaps = TABLE[row]
    game = GAMES[row[0]]()
    options = {"average": type(method).average, **options}
    for rounds, gap in zip(ROUNDS[2:], gaps[2:]):
        found = mm.solve(game, method, rounds=rounds, tol=None, **options)
        assert found.gap == pytest.approx(gap, rel=1e-6, abs=5e-9)


def test_the_gap_of_averages_is_the_sum_of_regrets() -> None:
    """Exactly, for uniform averages of play at once; on products of sets as well."""
    parts = mm.Product(mm.Simplex(3), mm.Simplex(2, total=2.0)), mm.Product(mm.Simplex(2), mm.Simplex(2))
    product = mm.BilinearGame(rng.normal(size=(5, 4)), *parts)
    for game, method in (
        (mm.zoo.kuhn(), mm.RegretMatching()),
        (mm.zoo.goofspiel(3), mm.RegretMatching()),
        (product, mm.GDA(0.1)),
    ):
        found = mm.solve(game, method, rounds=20, tol=None, alternating=False, average="uniform")
        assert (found.regret.x + found.regret.y) / 20 == pytest.approx(found.gap, abs=1e-12)


@pytest.mark.parametrize(("name", "regret", "bound"), [("kuhn", 2.1713, 2.4213), (LEDUC, 16.77, 38.27)])
def test_regret_is_the_sum_of_local_regrets_weighed_by_the_plan(name: str, regret: float, bound: float) -> None:
    """Of every plan, exactly (the laminar decomposition); positive local regrets bound it from above (Zinkevich)."""
    game = GAMES[name]()
    domains, local = game.domains, [np.zeros(domain.n) for domain in game.domains]
    maps = [domain.using("regret") for domain in domains]
    felt, received = [np.zeros(domain.n) for domain in domains], [0.0, 0.0]
    for _ in range(60):
        x, y = (geometry.play_rows(own) for geometry, own in zip(maps, local))
        for k, (plan, u) in enumerate(((x, np.asarray(game.P @ y)), (y, -np.asarray(game.P.T @ x)))):
            felt[k] += u
            received[k] += u @ plan
            counterfactual, values = u.copy(), np.empty(u.size)
            maps[k].values(local[k], plan, counterfactual, values)
            local[k][1:] += (counterfactual - values)[1:]
    for k, domain in enumerate(domains):
        for plan in plans(domain, 5):
            assert plan @ felt[k] - received[k] == pytest.approx(plan[1:] @ local[k][1:], abs=1e-10)
        tops = np.maximum.reduceat(local[k], domain.start[:-1])
        assert domain.support(felt[k]) - received[k] <= np.clip(tops, 0.0, None).sum() + 1e-10
        if k == 0:
            assert domain.support(felt[k]) - received[k] == pytest.approx(regret, rel=2e-4)
            assert np.clip(tops, 0.0, None).sum() == pytest.approx(bound, rel=2e-4)


@pytest.mark.long
def test_sixty_rounds_of_kuhn_have_their_regret() -> None:
    options: dict[str, Any] = {"rounds": 60, "tol": None, "alternating": False, "average": "uniform"}
    assert mm.solve(mm.zoo.kuhn(), mm.RegretMatching(), **options).gap == pytest.approx(0.066891994688522, abs=1e-12)


VALUES = {
    "kuhn": -1 / 18, LEDUC: -0.085606424078, "dice 2": 1 / 2, "dice 3": 1 / 9, "dice 4": 1 / 16, "two dice": 7 / 8,
    "goofspiel 4": 0.0,
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", VALUES)
def test_games_have_their_value(name: str) -> None:
    game = GAMES[name]()
    found = mm.solve(game, mm.PredictiveRegretMatchingPlus(), rounds=200_000, tol=1e-6)
    assert found.converged
    assert found.lower - 1e-11 <= VALUES[name] <= found.upper + 1e-11
    again = mm.certify(game, found.x, found.y)
    assert again.gap == pytest.approx(found.gap, abs=1e-12)


@pytest.mark.long
@pytest.mark.parametrize(
    ("cards", "bet", "value"),
    [(2, 1, 0), (4, 1, -1 / 24), (6, 1, -11 / 180), (8, 1, -1 / 16), (3, 0.5, -1 / 60), (3, 2, 0), (3, 4, 0)],
)
def test_variants_of_kuhn_have_their_value(cards: int, bet: float, value: float) -> None:
    found = mm.solve(mm.zoo.kuhn(cards, bet), tol=1e-8)
    assert found.lower <= value <= found.upper


@pytest.mark.parametrize("name", ["kuhn", LEDUC, "dice 2", "dice 3", "dice 4", "two dice", "goofspiel 4"])
def test_the_linear_program_is_exact(name: str) -> None:
    game = GAMES[name]()
    found = mm.solve(game)
    assert found.path == ("LinearProgram",)
    assert found.converged
    assert found.gap < 1e-12 * game.scale
    assert found.value == pytest.approx(VALUES[name], abs=1e-11)
    assert found.lower - 1e-11 <= VALUES[name] <= found.upper + 1e-11


def test_the_linear_program_keeps_to_its_time() -> None:
    assert mm.solve(mm.zoo.leduc(), mm.LinearProgram(time_limit=1e-6)).status is mm.Status.TIME


@pytest.mark.long
@pytest.mark.parametrize("method", [mm.OMWU(eta=1.0), mm.FictitiousPlay(), Dilated(1.0), mm.PDHG()], ids=repr)
def test_compiled_loops_of_trees_play_what_rows_play(method: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    game = mm.zoo.leduc()
    compiled = iterates(game, method, 40)
    monkeypatch.setattr("minmax.players.FEW_ROUNDS", 40)
    rows = iterates(game, method, 40)
    assert compiled.x == pytest.approx(rows.x, abs=1e-9)
    assert compiled.y == pytest.approx(rows.y, abs=1e-9)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_products_of_trees_skip_what_no_plan_reaches(share: float) -> None:
    """Plans with many zeros are added up by the rows of A they weigh, others by dot products: the same numbers."""
    game = mm.zoo.leduc()
    x, y = (np.where(rng.random(n) < share, rng.normal(size=n), 0.0) for n in game.shape)
    one, other = (np.empty(game.X.n), np.empty(game.Y.n)), (np.empty(game.X.n), np.empty(game.Y.n))
    game.kernel.utilities(x, y, *one)
    game.coupling.record(game.sign).utilities(x, y, *other)
    for mine, theirs in zip(one, other):
        assert mine == pytest.approx(theirs, abs=1e-12)


def test_checks_of_a_tree_are_some_rounds_apart() -> None:
    """A certificate there takes the time of many rounds."""
    found = mm.solve(mm.zoo.kuhn(), mm.RegretMatchingPlus(), rounds=60, tol=None)
    assert found.history.rounds.tolist() == [0, 8, 16, 24, 32, 40, 48, 57, 60]


@pytest.mark.parametrize("build", [mm.zoo.kuhn, mm.zoo.leduc, lambda: mm.zoo.goofspiel(3), mm.zoo.battleship])
def test_no_pair_of_plans_adds_up_more_than_a_play_pays_at_most(build: Any) -> None:
    """Which is what rounding is bounded by: the chances of all plays sum to one whatever the plans."""
    game = build()
    size = abs(game.coupling.A)
    for x, y in zip(plans(game.X, 3), plans(game.Y, 3)):
        assert x @ (size @ y) <= max(map(abs, game.payoffs)) * (1.0 + 1e-12)
        found = game.certificate(x, y)
        exact = [float(p @ u) for p, u in ((game.X.respond(-(game.A @ y)), game.A @ y), (game.Y.respond(game.A.T @ x),
                 game.A.T @ x))]  # fmt: skip
        assert found.lower <= -exact[1] <= -exact[0] <= found.upper


def test_plans_are_told_by_information_set() -> None:
    """By action or in order, uniform at sets that are not named."""
    game = mm.zoo.kuhn()
    found = mm.solve(game)
    told = [{choice.information: choice.probabilities for choice in game.choices(n, p)} for n, p in
            (("x", found.x), ("y", found.y))]  # fmt: skip
    assert mm.certify(game, *told).gap == pytest.approx(0.0, abs=1e-12)
    assert game.gap({}, {}) == pytest.approx(game.gap(game.X.centre(), game.Y.centre()), abs=1e-15)
    assert game.gap({"J": np.array([1, 0])}, {}) == game.gap({"J": {"pass": 1.0}}, {})
    for wrong, words in (("bet", "list of numbers"), ([[1, 0]], "list of numbers"), ([[1], [1, 0]], "list of numbers"),
                         ([0.7, 0.7], "sum to one"), ({"raise": 1}, "'raise' is none"),
                         ({"pass": 1, 1: 0.5}, "'1' is none"), ([np.nan, 1], "sum to one"), (np.array(1.0), "list of"),
                         (np.array([1.0 + 0j, 0.0]), "list of numbers")):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            game.gap({"J": wrong}, {})
    local = game.X.behaviour(game.X.centre())
    local[1:3] = 0.75, 0.25
    runs = [
        mm.solve(game, mm.MWU(0.1), rounds=2, start=(x, {}), tol=None)
        for x in ({"J": [0.75, 0.25]}, game.X.plan(local))
    ]
    assert np.array_equal(runs[0].x, runs[1].x)


def test_sequences_are_named() -> None:
    game = mm.zoo.kuhn()
    found = mm.solve(game)
    assert [len(labels) for labels in found.actions] == [game.X.n, game.Y.n]
    assert found.actions[0][:3] == ("start", "J: pass", "J: bet")


@pytest.mark.parametrize("method", [mm.MWU(eta=1.0), mm.OMWU(eta=1.0), mm.FictitiousPlay(), mm.ExtraGradient()])
def test_other_dynamics_play_on_treeplexes(method: Any) -> None:
    """Those of an entropy, of best responses, of projections: eight rounds bring them nearer."""
    game = mm.zoo.kuhn()
    found = mm.solve(game, method, rounds=8, tol=None)
    assert found.gap < 0.5 < game.gap(*(domain.centre() for domain in game.domains))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((f"von_neumann_poker({n}, {bet})", value) for n, bet, value in (
            (3, 1, 1 / 18), (3, 2, 0), (5, 1, 1 / 12), (5, 2, 1 / 10), (10, 1, 1 / 10), (10, 2, 1 / 9),
            (13, 1, 23 / 234), (13, 2, 17 / 156),
        )),
        *((f"von_neumann_poker({n}, {bet}, folds=True)", value) for n, bet, value in (
            (10, 1, -2 / 15), (10, 2, -4 / 15), (13, 1, -5 / 39), (13, 2, -7 / 26),
        )),
        ("battleship(2, 2, ship=1, shots=2)", 1 / 2),
        ("battleship(2, 2, ship=2, shots=4)", 1),
        ("battleship(1, 3, ship=2, shots=2)", 1 / 2),
    ],
)  # fmt: skip
def test_small_games_have_their_value(name: str, value: float) -> None:
    game = mm.zoo.find(name)
    found = mm.solve(game)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.gap < 1e-12
    assert game.known is None or game.known.value == pytest.approx(value, abs=1e-15)


def test_poker_with_many_cards_is_von_neumanns() -> None:
    """Value and thresholds of hands drawn from an interval, at a bet of two: 1/9; bluff below, value bets above."""
    game = mm.zoo.von_neumann_poker(90, 2.0)
    found = mm.solve(game)
    assert found.value == pytest.approx(1 / 9, abs=1e-2)
    bets = [choice.probabilities["bet"] for choice in game.choices("x", found.x)]
    assert sum(bets[:45]) / 90 == pytest.approx(1 / 9, abs=0.03)
    assert min(bets[72:]) == pytest.approx(1.0)
    assert max(bets[15:65]) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mm.zoo.battleship(2, 2, ship=3), "must fit a grid"),
        (lambda: mm.zoo.battleship(2, 2, shots=5), "must fit a grid"),
        (lambda: mm.zoo.von_neumann_poker(1), "cards"),
        (lambda: mm.zoo.von_neumann_poker(3, 0.0), "bet"),
    ],
)
def test_games_that_cannot_be_are_refused(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


TWO_SETS = mm.Treeplex([0, 0], [2, 2]), mm.Treeplex([0], [2])


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"information": (["a", "a"], ["b"])}, "two have one name"),
        ({"information": (["a"], ["b"])}, "one for each information set"),
        ({"moves": ([("a", "a"), ("b", "c")], [("a", "b")])}, "2 different labels for set 0"),
        ({"moves": ([("a", "b"), ("b", "c", "d")], [("a", "b")])}, "2 different labels for set 1"),
        ({"P": np.full((5, 3), 1e308)}, "scale payoffs down"),
    ],
)
def test_names_and_payoffs_that_cannot_be_are_refused(labels: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mm.ExtensiveFormGame(labels.pop("P", np.ones((5, 3))), *TWO_SETS, **labels)


@pytest.mark.parametrize("paid", [3.0, 0.0, -1e-3])
def test_a_game_that_always_pays_the_same_is_certified(paid: float) -> None:
    class Sure(Kuhn):
        def payoff(self, state: Any) -> float:
            return paid

    found = mm.solve(mm.ExtensiveFormGame.from_rules(Sure(3, 1.0)))
    assert found.converged
    assert found.value == pytest.approx(paid)


def test_tiny_payoffs_are_solved() -> None:
    game = mm.zoo.kuhn()
    tiny = mm.ExtensiveFormGame(1e-300 * game.P, game.X, game.Y, payoffs=(-2e-300, 2e-300))
    assert mm.solve(tiny).value == pytest.approx(-1e-300 / 18)


class Spoken:
    """A state as OpenSpiel has them, of Kuhn's poker by our own rules."""

    def __init__(self, state: Any = None) -> None:
        self.rules, self.state = Kuhn(3, 1.0), state or Kuhn(3, 1.0).start()

    def is_terminal(self) -> bool:
        return self.rules.turn(self.state) == OVER

    def is_chance_node(self) -> bool:
        return self.rules.turn(self.state) == CHANCE

    def current_player(self) -> int:
        return -1 if self.is_chance_node() else "xy".index(self.rules.turn(self.state))

    def legal_actions(self) -> list[int]:
        return [0, 1]

    def action_to_string(self, player: int, action: int) -> str:
        return "same" if self.state.moves == ("pass",) else ("Pass", "Bet")[action]

    def chance_outcomes(self) -> list[tuple[int, float]]:
        return [(k, p) for k, (_, p) in enumerate(self.rules.chances(self.state))]

    def child(self, action: int) -> Any:
        known = [what for what, _ in self.rules.chances(self.state)] if self.is_chance_node() else ["pass", "bet"]
        return Spoken(self.rules.after(self.state, known[action]))

    def returns(self) -> list[float]:
        paid = self.rules.payoff(self.state)
        return [paid, -paid]

    def information_state_string(self, player: int) -> str:
        return str(self.rules.information(self.state))


def spoken(**facts: Any) -> Any:
    named = {name: SimpleNamespace(name=value) for name, value in facts.items() if isinstance(value, str)}
    kind = SimpleNamespace(short_name="spoken", **{**facts, **named})
    return SimpleNamespace(
        get_type=lambda: kind, num_players=lambda: 2, new_initial_state=Spoken, utility_sum=lambda: None
    )


TOLD = {"utility": "ZERO_SUM", "dynamics": "SEQUENTIAL", "provides_information_state_string": True}


def test_games_of_openspiel_are_walked_by_their_own_rules() -> None:
    game = mm.from_openspiel(spoken(**TOLD))
    assert (game.P != mm.zoo.kuhn().P).nnz == 0
    assert game.moves[1][0] == ("same (0)", "same (1)")
    assert game.moves[0][0] == ("Pass", "Bet")
    assert mm.solve(game).value == pytest.approx(-1 / 18)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"utility": "GENERAL_SUM"}, "spoken has 2 players and is general sum"),
        ({"dynamics": "MEAN_FIELD"}, "is mean_field"),
        ({"provides_information_state_string": False}, "no information states"),
    ],
)
def test_games_of_openspiel_that_do_not_fit_are_refused(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mm.from_openspiel(spoken(**{**TOLD, **facts}))


def test_openspiel_has_the_same_games() -> None:
    pytest.importorskip("pyspiel", reason="OpenSpiel is not installed")
    for name, own in (("kuhn_poker", mm.zoo.kuhn()), ("leduc_poker", mm.zoo.leduc(suited=True))):
        game = mm.from_openspiel(name)
        assert game.shape == own.shape
        assert game.P.nnz == own.P.nnz
        centres = [domain.centre() for domain in own.domains]
        assert game.certificate(*centres).gap == pytest.approx(own.certificate(*centres).gap)
        assert mm.solve(game).value == pytest.approx(own.known.value)
    bids = mm.from_openspiel("goofspiel(imp_info=True,num_cards=4,points_order=descending)")
    assert bids.gap(bids.X.centre(), bids.Y.centre()) == pytest.approx(17 / 12)
    with pytest.raises(ValueError, match="must be one that OpenSpiel has"):
        mm.from_openspiel("nonesuch")
    with pytest.raises(ValueError, match="players"):
        mm.from_openspiel("kuhn_poker(players=3)")


def test_without_openspiel_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspiel", None)
    with pytest.raises(ImportError, match="pip install open_spiel"):
        mm.from_openspiel("kuhn_poker")


def test_choices_tell_a_plan_by_information_sets() -> None:
    game = mm.zoo.kuhn()
    x = game.X.plan([1.0, *[1.0, 0.0] * 6])
    told = {choice.information: choice for choice in game.choices("x", x)}
    assert told["Q"].probabilities == {"pass": 1.0, "bet": 0.0}
    assert told["Q pass bet"].reach == 1.0
    never = {c.information: c for c in game.choices("x", game.X.plan([1.0, *[0.0, 1.0] * 6]))}["Q pass bet"]
    assert (never.reach, never.probabilities) == (0.0, {"pass": 0.5, "bet": 0.5})


# ---------------------------------------------------------------------- rules that are none


class Variant(Kuhn):
    """Kuhn's poker with something wrong."""

    def __init__(self, **wrong: Any) -> None:
        super().__init__(3, 1.0)
        self.__dict__.update(wrong)


def forgetful(state: Any) -> Hashable:
    return "any card"


def numbered(state: Any) -> tuple[str, ...]:
    return ("pass", "bet") if state.dealt[0] != "J" else ("bet", "pass")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"information": forgetful}, r"comes to 'any card' after different moves of its own.*perfect recall"),
        ({"actions": numbered, "information": lambda s: (len(s.moves), *s.moves)}, "has different actions at"),
        ({"actions": lambda state: ()}, "has no action at"),
        ({"actions": lambda state: ("bet", "bet")}, "two actions of one name"),
        ({"chances": lambda state: [((0, 1), 0.5)]}, r"sum to one, none negative; they sum to 0\.5"),
        ({"chances": lambda state: [((0, 1), 1.5), ((1, 0), -0.5)]}, "none negative"),
        ({"payoff": lambda state: math.nan}, "payoff must be finite; it is nan"),
        ({"turn": lambda state: "z"}, '`turn` must be "x", "y", CHANCE or OVER; got \'z\''),
        (
            {"turn": lambda s: "x" if s.dealt else CHANCE, "information": lambda s: (s.dealt[0], len(s.moves)),
             "actions": lambda s: ("go",)},
            "more than 10000 moves",
        ),
    ],
)  # fmt: skip
def test_rules_that_are_none_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mm.ExtensiveFormGame.from_rules(Variant(**wrong))


def test_a_game_without_moves_is_its_payoff() -> None:
    game = mm.ExtensiveFormGame.from_rules(Variant(turn=lambda state: OVER, payoff=lambda state: 2.5))
    found = game.certificate([1.0], [1.0])
    assert (found.value, found.gap) == (2.5, 0.0)


# ---------------------------------------------------------------------- the contract of dynamics

ON_TREES = [row for row in RULES if row.rule.geometry in mm.zoo.kuhn().X.maps() and not row.rule.bandit]
LAWS = 8  # rounds; few enough that nothing is compiled


def mirrored(tree: mm.Treeplex) -> tuple[mm.Treeplex, np.ndarray]:
    """The tree with sets of a level, and actions of a set, in the other order; and the old place of each sequence."""
    levels = [range(a, b) for a, b in zip(tree.tree.levels[:-1], tree.tree.levels[1:])]
    order = [j for level in levels for j in reversed(level)]
    old = [0, *(s for j in order for s in reversed(range(tree.start[j], tree.start[j + 1])))]
    new = np.argsort(old)
    return mm.Treeplex(new[tree.parents[order]], tree.actions[order]), np.array(old)


def test_the_rules_that_need_a_simplex_say_so() -> None:
    for row in RULES:
        if row not in ON_TREES:
            with pytest.raises(ValueError, match=r"geometry|bandit"):
                mm.solve(mm.zoo.kuhn(), row.rule, rounds=3)


@by_name(ON_TREES)
def test_every_round_plays_a_plan(row: Any) -> None:
    game = mm.zoo.kuhn()
    seen = iterates(game, row.rule, LAWS)
    for domain, plays in zip(game.domains, (seen.x, seen.y)):
        assert max(domain.excess(x) for x in plays) <= 1e-12
        assert max(domain.excess(x) for x in seen.column(f"average_{'xy'[domain is game.Y]}")) <= 1e-12


@by_name([row for row in ON_TREES if "permutation" not in row.exempt])
def test_sets_and_actions_in_another_order_are_the_same_game(row: Any) -> None:
    game = mm.zoo.kuhn()
    (X, p), (Y, q) = (mirrored(domain) for domain in game.domains)
    moved = mm.ExtensiveFormGame(game.P[p][:, q], X, Y, payoffs=game.payoffs)
    start = tuple(domain.plan(np.linspace(1.0, 2.0, domain.n)) for domain in game.domains)
    one = iterates(game, row.rule, LAWS, start=start)
    other = iterates(moved, row.rule, LAWS, start=(start[0][p], start[1][q]))
    ties = row.rule.geometry == "best-response"  # go to the first of equal actions, which the order decides
    last = 2 if ties else LAWS
    assert one.x[:last, p] == pytest.approx(other.x[:last], abs=1e-8)
    assert one.y[:last, q] == pytest.approx(other.y[:last], abs=1e-8)


@by_name([row for row in ON_TREES if "scale" not in row.exempt])
def test_payoffs_and_steps_that_scale_inversely_make_the_same_plays(row: Any) -> None:
    game = mm.zoo.kuhn()
    larger = mm.ExtensiveFormGame(4.0 * game.P, game.X, game.Y, payoffs=(-8.0, 8.0))
    one, other = iterates(game, row.rule, LAWS), iterates(larger, row.scaled(4.0), LAWS)
    assert one.x == pytest.approx(other.x, abs=1e-9)
    assert one.y == pytest.approx(other.y, abs=1e-9)


@by_name(ON_TREES)
def test_a_run_on_a_tree_goes_on_bit_for_bit(row: Any) -> None:
    game = mm.zoo.kuhn()
    whole = mm.solve(game, row.rule, rounds=LAWS, tol=None, seed=3)
    part = mm.solve(game, row.rule, rounds=4, tol=None, seed=3)
    again = mm.solve(game, start=part, rounds=LAWS - 4, tol=None)
    assert np.array_equal(whole.x, again.x)
    assert np.array_equal(whole.y, again.y)
