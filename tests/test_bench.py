"""Benchmarks: objectives judge as the library does, runs that diverge are kept, pages need no network."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_dynamics as laws
from table import Row

import minmax as mm

pytest.importorskip("benchopt", reason="benchopt is an extra")

from minmax.bench import curves
from minmax.cli import main

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
LOOKED = ("DynamicsSolver", "RecipeSolver", "PolicySolver")  # those that count operator calls
NAMES = ("matrix_games", "saddle", "sequential", "gan")

MINE = """
import minmax as mm
from minmax.bench.solvers import DynamicsSolver


class Solver(DynamicsSolver):
    name = "Mine"

    def rule(self):
        return mm.MWU(0.5)
"""
ABSENT = """
from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    name = "Absent"
    package = "nonesuch"
"""


@pytest.fixture
def part_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that returns a module of a benchmark, as benchopt would load it."""

    def load(benchmark: str, module: str) -> Any:
        folder = str(BENCHMARKS / benchmark)
        monkeypatch.syspath_prepend(folder)
        for name in [n for n in sys.modules if n.split(".")[0] in ("benchmark_utils", "objective", "datasets")]:
            monkeypatch.delitem(sys.modules, name)
        return importlib.import_module(module)

    return load


def objective(part_of: Any, benchmark: str, data: dict[str, Any], **parameters: Any) -> Any:
    it = part_of(benchmark, "objective").Objective.get_instance(**parameters)
    it.set_data(**data)
    return it


def judged(it: Any, pair: Any, average: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = it.evaluate_result(*pair, *(pair if average is None else average), 7.0)
    return found


# ------------------------------------------------------------------ objectives


@pytest.mark.parametrize("kind", ["low rank", "sparse", "cyclic", "signs", "ties", "rows twice", "delta"])
def test_gaps_of_matrix_games_are_those_the_library_certifies(part_of: Any, kind: str) -> None:
    where = "structured" if kind in ("low rank", "sparse", "cyclic") else "degenerate"
    dataset = part_of("matrix_games", f"datasets.{where}").Dataset.get_instance(kind=kind, n=14, seed=3)
    data = dataset.get_data()
    it, game = objective(part_of, "matrix_games", data), mm.MatrixGame(data["A"])
    rng = np.random.default_rng(0)
    x, y = (rng.dirichlet(np.ones(size)) for size in game.shape)
    found = judged(it, (x, y))
    # sums of 14 terms of size one, in another order
    assert found["last"] == pytest.approx(game.gap(x, y) / game.scale, abs=1e-13)
    best = mm.solve(game, tol=1e-12)
    assert judged(it, (best.x, best.y))["value"] < 1e-9
    assert it.get_objective()["game"].shape == game.shape


def test_named_games_are_told_in_the_losses_of_x(part_of: Any) -> None:
    data = part_of("matrix_games", "datasets.zoo").Dataset.get_instance(game="morra(3)").get_data()
    assert np.array_equal(data["A"], -mm.zoo.morra(3).payoffs())


@pytest.mark.parametrize("name", ["bilinear", "quadratic", "box", "least_squares", "portfolio"])
def test_residuals_of_saddle_points_are_those_of_the_library(part_of: Any, name: str) -> None:
    dataset = part_of("saddle", f"datasets.{name}").Dataset.get_instance(n=6, seed=2)
    it = objective(part_of, "saddle", dataset.get_data())
    told = it.get_objective()
    game = told["game"]
    assert judged(it, told["start"])["value"] == pytest.approx(1.0)
    rng = np.random.default_rng(1)
    x, y = (domain.project(rng.standard_normal(size)) for domain, size in zip(game.domains, game.shape))

    def residual(x: np.ndarray, y: np.ndarray) -> float:
        by_x, by_y = game.gradients(x, y)
        return float(np.hypot(*(np.linalg.norm(z - domain.project(z - F)) for domain, z, F in
                                zip(game.domains, (x, y), (by_x, -np.asarray(by_y))))))  # fmt: skip

    assert judged(it, (x, y))["value"] == pytest.approx(residual(x, y) / residual(*told["start"]), rel=1e-9)
    best = mm.solve(game, tol=1e-9)
    assert judged(it, (best.x, best.y))["value"] < 1e-5
    assert judged(it, (x + np.nan, y))["ended"]


def test_a_point_outside_its_set_is_not_stationary(part_of: Any) -> None:
    data = part_of("saddle", "datasets.box").Dataset.get_instance(n=6, seed=2).get_data()
    it = objective(part_of, "saddle", data)
    best = mm.solve(it.get_objective()["game"], tol=1e-9)
    assert judged(it, (best.x, 1.5 * best.y))["value"] > 1e-2


@pytest.mark.parametrize("name", ["kuhn", "goofspiel(3)", "liars_dice(2)"])
def test_exploitabilities_are_those_of_the_library(part_of: Any, name: str) -> None:
    data = part_of("sequential", "datasets.zoo").Dataset.get_instance(game=name).get_data()
    it, game = objective(part_of, "sequential", data), data["game"]
    assert judged(it, (game.X.centre(), game.Y.centre()))["value"] == pytest.approx(
        game.exploitability(game.X.centre(), game.Y.centre()), rel=1e-12
    )
    best = mm.solve(game)
    assert judged(it, (best.x, best.y))["value"] < 1e-9
    assert judged(it, (2 * best.x, best.y))["value"] == np.inf  # no plan


def test_samples_of_mixtures_are_judged_as_by_the_library(part_of: Any) -> None:
    torch = pytest.importorskip("torch")
    from minmax import gan

    mixture = gan.ring().standardised()
    it = objective(part_of, "gan", {"mixture": mixture, "seed": 0})
    samples = mixture.sample(2500, torch.Generator().manual_seed(0))[:, :2]
    samples[:700] = samples[:700] + 5.0  # far from everything
    found = it.evaluate_result(samples.numpy(), samples.numpy(), 3)
    own = gan.modes(samples, mixture)
    assert (found["modes"], found["high_quality"]) == (own.modes, pytest.approx(own.high_quality))
    assert found["kl"] == pytest.approx(own.kl, abs=1e-6)
    few = np.vstack([it.centres, np.full((2492, 2), 50.0)])  # even among themselves, and nearly all miss
    for made, value in ((np.full((100, 2), 50.0), 1.0), (it.centres[:1], 7 / 8), (it.centres, 0.0), (few, 2492 / 2500)):
        assert it.evaluate_result(made, made, 3)["value"] == pytest.approx(value)


# ------------------------------------------------------------------ runs and pages


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the command: two games, four solvers of the benchmark, one of one's own and one that is not there."""
    place = tmp_path_factory.mktemp("bench")
    (place / "mine.py").write_text(MINE)
    (place / "absent.py").write_text(ABSENT)
    (place / "tiny.yml").write_text(
        'objective: ["matrix game[rounds=80,tol=1e-4]"]\n'
        'dataset: ["uniform[n=5,m=7,seed=[0,1,2]]", "zoo[game=rock_paper_scissors]"]\n'
        'solver: ["MWU", "RegretMatchingPlus", "minmax", "scipy"]\nmax-runs: 1000\n'
    )
    command = ["bench", "matrix_games", "--config", str(place / "tiny.yml"), "--out", str(place / "out")]
    assert main([*command, "--add", str(place / "mine.py"), "--add", str(place / "absent.py")]) == 0
    return place


def test_every_point_holds_the_gap_of_its_game(folder: Path) -> None:
    runs = curves.read_curves(folder / "out" / "runs.parquet")
    assert {run.solver for run in runs} == {"MWU", "RegretMatchingPlus", "minmax", "scipy", "Mine"}
    assert len(runs) == 20
    run = next(run for run in runs if run.solver == "MWU" and run.seed == ("2", 0))
    game = mm.MatrixGame(np.random.default_rng(2).uniform(-1, 1, (5, 7)))
    again = mm.solve(game, mm.MWU(), rounds=80, tol=None)
    # each look is at a check of `solve`; the merit is over max - min of the payoffs
    assert np.array_equal(run.calls, again.history.operator_calls)
    assert np.allclose(run.average * game.scale, again.history.gap_average, atol=1e-13)
    assert np.all(np.diff(run.seconds) >= 0)
    exact = next(run for run in runs if run.solver == "minmax")
    assert not exact.counted
    assert exact.value[-1] < 1e-12


def test_the_page_shows_all_without_a_network(folder: Path) -> None:
    page = (folder / "out" / "index.html").read_text()
    assert not re.search(r"(src|href)=\"(?!data:)|<script|url\(|@import", page)
    assert page.count("data:image/png;base64,") == 4  # two families, two profiles
    for text in ("uniform[m=7,n=5]", "Mine", "matrix game[rounds=80,tol=1e-4]", "numpy", "to 0.1", "mine.py"):
        assert text in page
    assert (folder / "out" / "uniform-m-7-n-5.png").stat().st_size > 10_000
    times = (folder / "out" / "times.csv").read_text().splitlines()
    assert times[0] == "family,solver,target,reached,of,operator_calls,seconds"
    assert any(line.startswith('"uniform[m=7,n=5]",minmax,0.0001,3,3,nan,') for line in times)


def test_a_file_of_runs_is_drawn_anew(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "out" / "index.html").unlink()
    assert main(["bench", str(folder / "out" / "runs.parquet")]) == 0
    assert "index.html" in capsys.readouterr().out
    assert (folder / "out" / "index.html").exists()


@pytest.mark.long
def test_a_run_again_is_taken_from_the_cache_and_a_missing_package_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["bench", "matrix_games", "--config", str(folder / "tiny.yml"), "--out", str(folder / "out")]
    assert main([*command, "--add", str(folder / "absent.py")]) == 0
    said = capsys.readouterr().out
    assert "MWU: done (cached)" in said
    assert "nonesuch is not installed" in said


@pytest.mark.long
def test_a_changed_file_is_run_anew_and_namesakes_stay_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.yml").write_text(
        f'objective: ["matrix game[rounds=30]"]\ndataset: ["file[path={tmp_path}/g.csv]"]\n'
        'solver: [{HiGHS: {solver: [simplex]}}, "MWU"]\n'
        "max-runs: 1000\n"
    )
    (tmp_path / "mwu2.py").write_text(MINE.replace('"Mine"', '"MWU"').replace("0.5", "0.001"))
    command = ["bench", "matrix_games", "--config", str(tmp_path / "c.yml"), "--out", str(tmp_path / "o")]
    found = []
    for payoffs in ("1,2,5\n3,0,1\n", "10,-2,5\n-3,0,1\n"):
        (tmp_path / "g.csv").write_text(payoffs)
        assert main([*command, "--add", str(tmp_path / "mwu2.py")]) == 0
        assert "cached" not in capsys.readouterr().out
        runs = {run.solver: run for run in curves.read_curves(tmp_path / "o" / "runs.parquet")}
        assert {name for name in runs if name.startswith("MWU")} == {"MWU (mwu.py)", "MWU (mwu2.py)"}
        found.append(runs["MWU (mwu.py)"].value[-1])
    assert found[0] != found[1]
    # a command that fails leaves what was there
    before = (tmp_path / "o" / "runs.parquet").read_bytes()
    (tmp_path / "bad.yml").write_text('dataset: ["uniform"]\nsolver: ["MWUU"]\n')
    assert main([*command[:3], str(tmp_path / "bad.yml"), *command[4:]]) == 1
    assert "MWUU" in capsys.readouterr().err
    assert (tmp_path / "o" / "runs.parquet").read_bytes() == before


def test_what_is_no_strategy_leaves_an_infinite_gap(part_of: Any) -> None:
    it = objective(part_of, "matrix_games", {"A": np.eye(3)})
    third, wide = np.full(3, 1 / 3), np.full((3, 100), 1 / 300)
    assert judged(it, (third, third))["value"] < 1e-15
    for wrong in (wide, -third, 2 * third, third[:2], third * np.nan):
        assert judged(it, (wrong, third))["value"] == np.inf
        assert judged(it, (third, wrong))["ended"]
    data = part_of("saddle", "datasets.bilinear").Dataset.get_instance(n=4).get_data()
    saddle = objective(part_of, "saddle", data)
    assert judged(saddle, (np.zeros((4, 1)), np.zeros((4, 1))))["value"] == np.inf


def test_compiling_is_in_no_time_of_any_problem(tmp_path: Path) -> None:
    """Benchopt warms a solver up once, whatever problems follow: looks of a compiled run would be seconds apart."""
    solvers = importlib.import_module("minmax.bench.solvers")
    problem = {"game": mm.zoo.matching_pennies(), "rounds": 10, "tol": 1e-6}

    class Mine(solvers.DynamicsSolver):  # type: ignore[name-defined, misc]
        name, warmed = "Mine", 0

        def rule(self) -> Any:
            return mm.MWU(0.5)

        def warm_up(self) -> None:
            self.warmed += 1

    solver = Mine()
    for _ in range(3):
        solver.set_objective(**problem)
        solver._warm_up()
        solver._warm_up()
    assert solver.warmed == 3


@pytest.mark.long
def test_a_diverging_run_is_kept(tmp_path: Path) -> None:
    config = tmp_path / "c.yml"
    config.write_text(
        'objective: ["saddle point[rounds=400,tol=1e-9]"]\ndataset: ["bilinear[n=3,condition=2.0]"]\n'
        'solver: ["GDA", "AlternatingGDA", "ExtraGradient"]\nmax-runs: 1000\n'
    )
    assert main(["bench", "saddle", "--config", str(config), "--out", str(tmp_path / "out"), "--jobs", "2"]) == 0
    found = {run.solver: run for run in curves.read_curves(tmp_path / "out" / "runs.parquet")}
    assert found["GDA"].last[-1] > 1e6
    # energy is kept up to a factor of the step, for ever
    assert 1e-2 < found["AlternatingGDA"].last.min() <= found["AlternatingGDA"].last.max() < 1e2
    assert found["ExtraGradient"].last[-1] < 1e-3


def test_bad_input_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import pandas

    pandas.DataFrame({"solver_name": ["a"]}).to_parquet(tmp_path / "other.parquet")
    pandas.DataFrame({"solver_name": []}).to_parquet(tmp_path / "empty.parquet")
    (tmp_path / "wrong.py").write_text("class Solver(:\n")
    (tmp_path / "other.py").write_text("solver = 1\n")
    (tmp_path / "list.yml").write_text("- MWU\n")
    for words, said in (
        (["matrix_gams"], "There is no benchmark 'matrix_gams': expected gan, matrix_games, saddle, sequential"),
        (["saddle", "--config", "none.yml"], "none.yml: there is no such configuration"),
        (["saddle", "--add", "none.py"], "none.py: there is no such file of a solver"),
        (["none.parquet"], "there is no such file of runs"),
        (["saddle", "--add", str(tmp_path / "wrong.py")], "wrong.py: line 1 is no Python"),
        (["saddle", "--add", str(tmp_path / "other.py")], "other.py: benchopt looks for a class `Solver`"),
        (["saddle", "--config", str(tmp_path / "list.yml")], "expected a configuration of benchopt"),
        (["saddle", "--jobs", "0"], "`--jobs` must be one or more"),
        ([str(tmp_path / "empty.parquet")], "there are no runs in it"),
        ([str(tmp_path / "other.parquet")], "the objective must say operator_calls, last, average, merit"),
    ):
        assert main(["bench", *words, *(["--out", str(tmp_path / "o")] if len(words) > 1 else [])]) == 2
        assert said in capsys.readouterr().err


def test_results_keep_the_sections_of_other_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    results = importlib.import_module("results")
    monkeypatch.setattr(results, "RESULTS", tmp_path / "RESULTS.md")
    results.record("rounds", "0.123 us")
    results.record("startup", "0.456 us")
    results.record("rounds", "0.789 us")
    text = (tmp_path / "RESULTS.md").read_text()
    assert "0.123" not in text
    assert text.index("0.456") < text.index("0.789")  # in the order of the tables
    assert text.count("## ") == 2


def test_every_table_has_its_command() -> None:
    said = subprocess.run([sys.executable, str(BENCHMARKS / "results.py"), "--list"], capture_output=True, text=True)
    assert said.returncode == 0
    named = set(re.findall(r"benchmarks/tables/(\w+\.py)", said.stdout))
    assert named == {path.name for path in (BENCHMARKS / "tables").glob("*.py")} - {"machine.py"}


# ------------------------------------------------------------------ a dynamics of one's own


LAWS = (
    "test_every_round_plays_a_strategy", "test_same_seed_same_bits", "test_permuting_actions_permutes_plays",
    "test_a_constant_added_to_payoffs_moves_no_play", "test_scaling_payoffs_and_step_inversely_moves_no_play",
    "test_swapping_roles_swaps_plays_and_negates_the_value", "test_payoffs_behind_a_sign_play_the_same_game",
    "test_a_run_in_two_parts_is_the_run_in_one", "test_a_flipped_sign_in_the_rule_breaks_the_promise",
)  # fmt: skip
COMPILING = (
    "test_parts_may_cross_from_numpy_rows_to_compiled_loops",
    "test_the_promised_iterate_reaches_the_promised_gap",
)


def template() -> Any:
    """The file that users copy, as a module."""
    spec = importlib.util.spec_from_file_location("template_of_users", BENCHMARKS / "template.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    assert spec.loader is not None
    spec.loader.exec_module(module)
    return module


def row_of_the_page() -> Row:
    """The row that the page tells users to write, of the template's class."""
    page = (BENCHMARKS.parent / "docs" / "own_dynamics.md").read_text()
    line = re.search(r"^    Row\(mm\.(HalfOptimistic.*),$", page, re.MULTILINE)
    assert line is not None
    row: Row = eval(f"Row({line[1]}", {"Row": Row, "HalfOptimistic": template().HalfOptimistic})
    return row


def test_the_page_shows_the_class_of_the_template() -> None:
    page = (BENCHMARKS.parent / "docs" / "own_dynamics.md").read_text()
    code = (BENCHMARKS / "template.py").read_text().split("# " + "-" * 117)[1]
    assert code.strip() in page


@pytest.mark.parametrize("law", [*LAWS, *(pytest.param(law, marks=pytest.mark.long) for law in COMPILING)])
def test_the_template_with_its_row_obeys_every_law(law: str) -> None:
    getattr(laws, law)(row_of_the_page())


@pytest.mark.long
def test_one_command_draws_the_template_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "tiny.yml").write_text(
        'objective: ["matrix game[rounds=60]"]\ndataset: ["uniform[n=5,m=7]"]\nsolver: ["MWU"]\nmax-runs: 1000\n'
    )
    command = ["bench", "matrix_games", "--config", str(tmp_path / "tiny.yml"), "--out", str(tmp_path / "out")]
    assert main([*command, "--add", str(BENCHMARKS / "template.py")]) == 0
    assert {run.solver for run in curves.read_curves(tmp_path / "out" / "runs.parquet")} == {"MWU", "HalfOptimistic"}


# ------------------------------------------------------------------ curves


def run_of(solver: str, calls: list[float], seconds: list[float], value: list[float], seed: str = "0") -> curves.Curve:
    points = (np.array(column, dtype=float) for column in (calls, seconds, value, value))
    return curves.Curve(solver, "family", (seed, 0), *points, "gap")


def test_medians_are_infinite_where_half_of_the_seeds_fail() -> None:
    good, bad = run_of("a", [1, 2], [0.1, 0.3], [1.0, 0.01]), run_of("a", [1, 2], [0.1, 0.3], [1.0, 0.5])
    assert curves.gathered([good, good, bad], 0.1) == (2, 2.0, 0.3)
    assert curves.gathered([good, bad, bad], 0.1) == (1, np.inf, np.inf)


def test_profiles_count_what_a_solver_was_not_run_on_as_failed() -> None:
    runs = [
        run_of("a", [1], [1.0], [0.0]),
        run_of("b", [1], [4.0], [0.0]),
        run_of("a", [1], [2.0], [0.0], seed="1"),
        run_of("a", [1], [2.0], [1.0], seed="2"),  # solved by nobody
    ]
    runs += [run_of("a", [0, 1], [1e-5, 1.0], [0.0, 0.0], seed="3"), run_of("b", [9], [0.1], [0.0], seed="3")]
    found = curves.profile(runs, 0.1)  # where the start is the answer nobody is fast
    assert found["a"].tolist() == [1.0, 1.0]
    assert found["b"].tolist() == [4.0, np.inf]


def test_bands_hold_what_was_reached_last() -> None:
    from matplotlib.figure import Figure

    from minmax.plots.bands import draw_band

    ax = Figure().subplots()
    runs = [(np.array([1.0, 2.0]), np.array([1.0, v])) for v in (0.1, 0.2, 0.3)]
    runs.append((np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.4, 0.05])))
    line = draw_band(ax, runs, color="k", label="a")
    assert line is not None
    assert line.get_xdata().tolist() == [1.0, 2.0, 4.0]
    assert line.get_ydata()[-1] == pytest.approx(0.15)  # of .05, .1, .2 and .3, as in tables
    assert line.get_marker() == ""
    single = draw_band(ax, [(np.array([0.0, 10.0]), np.array([1.0, 0.1]))], color="k", label="one look")
    assert single is not None
    assert single.get_marker() == "."
    ten = [(np.array([1.0, 2.0]), np.array([v, v])) for v in np.arange(1.0, 11.0)]
    draw_band(ax, ten, color="k", label="ten")
    edges = ax.collections[-1].get_paths()[0].vertices[:, 1]
    assert edges.min() == pytest.approx(1.9)  # the 10th percentile of 1 to 10, and no longer the least
    assert edges.max() == pytest.approx(9.1)
    done = [(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.5, 0.1])), (np.array([0.0]), np.array([0.01]))]
    assert draw_band(ax, done, color="k", label="solved at its start") is not None
    assert draw_band(ax, [(np.array([1.0]), np.array([np.inf]))], color="k", label="b") is None


# ------------------------------------------------------------------ several cores, clusters, the rules of benchopt


@pytest.mark.parametrize("name", NAMES)
def test_solvers_of_a_benchmark_look_different(name: str) -> None:
    from minmax.bench.pictures import look_of

    names = []
    for path in sorted((BENCHMARKS / name / "solvers").glob("*.py")):
        text = path.read_text()
        (plain,) = re.findall(r"^    name = (?:recipe = )?\"(.*)\"$", text, re.MULTILINE)
        parameters = re.search(r"parameters = \{\"(\w+)\": (\[.*\])\}", text)
        counted = any(f"class Solver({kind})" in text for kind in LOOKED)
        variants = ast.literal_eval(parameters[2]) if parameters else [None]
        names += [(f"{plain}[{parameters[1]}={v}]" if parameters else plain, counted) for v in variants]
    looks = [look_of(*own) for own in names]
    assert len(set(looks)) == len(names) > 5
    lines = [look.color for look in looks if not look.marker]
    assert len(set(lines)) == len(lines)
    marked = {look.color for look in looks if look.marker}
    assert not marked & {*lines, look_of("HalfOptimistic", True).color}


@pytest.mark.long
@pytest.mark.parametrize(("name", "needs"), [("dask", "distributed"), ("slurm", "submitit")])
def test_configurations_of_clusters_run_here(tmp_path: Path, name: str, needs: str) -> None:
    pytest.importorskip(needs)
    config = tmp_path / "c.yml"
    config.write_text(
        'objective: ["matrix game[rounds=20]"]\ndataset: ["uniform[n=3,m=4,seed=[0,1]]"]\n'
        'solver: ["MWU", "GDA"]\nmax-runs: 1000\n'
    )
    parallel = BENCHMARKS / "parallel" / f"{name}.yml"
    words = [
        "bench",
        "matrix_games",
        "--config",
        str(config),
        "--parallel",
        str(parallel),
        "--out",
        str(tmp_path / "o"),
    ]
    assert main(words) == 0
    assert len(curves.read_curves(tmp_path / "o" / "runs.parquet")) == 4
    assert not (BENCHMARKS / "matrix_games" / "benchopt_run").exists()
    assert (tmp_path / "o" / "benchopt_run").is_dir() == (name == "slurm")
