"""The command line: what it prints is certified, what it refuses takes one line, and its exit codes say which."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import minmax
from minmax import ExtraGradient, MatrixGame, certify, dynamics, solve, write_game, zoo
from minmax.cli import check_plot, main, method_of
from minmax.words import record_of

PENALTY_KICKS = zoo.penalty_kicks()


@pytest.fixture
def run(capsys):
    """Run the command and return its exit code, what it printed, and what it complained of."""

    def runs(*words):
        code = main(list(words))
        return code, *capsys.readouterr()

    return runs


@pytest.fixture
def kicks(tmp_path):
    path = tmp_path / "kicks.csv"
    write_game(PENALTY_KICKS, path)
    return path


def strict(text):
    """Parse JSON that holds no NaN or Infinity."""
    return json.loads(text, parse_constant=lambda token: pytest.fail(f"{token} is no JSON"))


def interval(text):
    """Return the certified bounds that were printed."""
    return [float(end) for end in re.search(r"certified in \[(\S+), (\S+)\]", text).groups()]


def assert_refused(result, *parts):
    code, printed, complaint = result
    assert code == 2
    assert printed == ""
    assert complaint.count("\n") == 1
    assert complaint.startswith("minmax: ")
    assert "Traceback" not in complaint
    for part in parts:
        assert part in complaint


# ------------------------------------------------------------------ solve


@pytest.mark.parametrize("name", ["rock-paper-scissors", "blotto(5,4,3)", "Penalty Kicks", "diagonal(1, 2, 3)"])
def test_zoo_games_are_solved_to_their_known_value(run, name):
    code, printed, complaint = run("solve", name)
    assert (code, complaint) == (0, "")
    lower, upper = interval(printed)
    known = zoo.find(name).known.value
    assert lower - 1e-8 * max(1, abs(known)) <= known <= upper + 1e-8 * max(1, abs(known))  # nine digits are printed


def test_trees_are_solved_and_told_by_information_sets(run, tmp_path):
    code, printed, complaint = run("solve", "kuhn", "--strategy")
    assert (code, complaint) == (0, "")
    assert re.search(r"exploitability \S+e-1", printed)
    of_y = printed.partition("\ny\n")[2]
    assert re.search(r"information set +reached +then", of_y)
    assert re.search(r"Q bet +1\.0000 +pass 0\.6667 +bet 0\.3333", of_y)
    write_game(zoo.kuhn(), tmp_path / "kuhn.efg")
    code, printed, _ = run("solve", str(tmp_path / "kuhn.efg"), "--dynamics", "CFR+", "--rounds", "20", "--tol", "none")
    assert code == 0
    assert "RegretMatchingPlus" in printed
    code, printed, _ = run("solve", "kuhn", "--json", "--strategy")
    found = json.loads(printed)
    assert found["strategy"]["y"]["K bet"] == {"pass": 0.0, "bet": 1.0}
    assert found["actions"]["x"][:2] == ["start", "J: pass"]
    for told in (found["strategy"], {"x": found["x"], "y": found["y"]}):
        code, printed, _ = run("certify", "kuhn", json.dumps(told))
        assert code == 0
        assert "certified in [-0.0555555556, -0.0555555556]" in printed


def test_markov_games_are_told_by_state(run):
    code, printed, _ = run("solve", "inspections(4,1)", "--strategy")
    assert code == 0
    assert re.search(r"state +value +then\n\(4, 1\) +-0\.6000 +inspect 0\.2000 +wait 0\.8000", printed)
    code, printed, _ = run("solve", "inspections(4,1)", "--json", "--strategy")
    found = json.loads(printed)
    assert found["values"] == pytest.approx([-0.6, -0.5, -1 / 3])
    assert found["strategy"]["x"]["(2, 1)"] == pytest.approx({"inspect": 1 / 3, "wait": 2 / 3})
    for told in (found["strategy"], found):
        _, printed, _ = run("certify", "inspections(4,1)", json.dumps(told))
        assert "certified in [-0.6, -0.6]" in printed
    assert_refused(
        run("solve", "soccer(2,2)", "--dynamics", "MWU"), "PolicyIteration, ShapleyIteration, HoffmanKarp or SelfPlay"
    )


def test_strategies_of_matrices_are_told_in_full(run):
    _, printed, _ = run("solve", "penalty-kicks", "--strategy")
    assert re.search(r"goalkeeper\naction +probability\nleft +0\.419879", printed)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"nobody": {"pass": 1}}, "'nobody' is none"),
        ({"J": {"raise": 1}}, "'raise' is none"),
        ({"J": {"pass": 0.5}}, "2 probabilities that sum to one"),
        ({"J": [1]}, "2 probabilities that sum to one"),
        ({"J": 1}, "must be a list of numbers"),
        ([1, 0], "13"),
    ],
)
def test_what_is_wrong_with_play_on_a_tree_is_said(run, told, words):
    assert_refused(run("certify", "kuhn", json.dumps({"x": told, "y": {}})), words)


def test_file_is_solved_like_the_game_in_it(run, kicks):
    code, printed, _ = run("solve", str(kicks))
    assert code == 0
    assert printed.startswith("penalty-kicks: converged")
    assert "kicker" in printed
    assert "left 38.54 %" in printed  # Palacios-Huerta 2003


def test_losses_swap_the_sign_of_the_value(run, tmp_path):
    path = tmp_path / "game.csv"
    path.write_text("2,-1,3\n-1,1,0\n")
    _, gains, _ = run("solve", str(path), "--json")
    _, losses, _ = run("solve", str(path), "--json", "--loss")
    P = np.array([[2.0, -1.0, 3.0], [-1.0, 1.0, 0.0]])
    # Both are certified to 1e-6 of a range of 4.
    assert strict(gains)["value"] == pytest.approx(solve(MatrixGame.from_payoffs(P)).value, abs=1e-5)
    assert strict(losses)["value"] == pytest.approx(solve(MatrixGame(P)).value, abs=1e-5)


def test_json_certifies_on_its_own(run):
    code, printed, _ = run("solve", "penalty-kicks", "--dynamics", "PDHG", "--json")
    record = strict(printed)
    again = certify(PENALTY_KICKS, record["x"], record["y"])
    assert code == 0
    # Floats are written in full, so the same products come out.
    assert [record[name] for name in again._fields] == list(again)
    assert record["lower"] <= PENALTY_KICKS.known.value <= record["upper"]
    assert record["actions"] == {"x": ["left", "right"], "y": ["left", "right"]}
    assert record["players"] == {"x": "kicker", "y": "goalkeeper"}
    assert (record["path"], record["status"]) == (["PDHG"], "converged")
    assert record["sentence"].endswith(".")
    assert set(record["work"]) == {"rounds", "operator_calls", "check_calls", "seconds"}


def test_numbers_that_json_cannot_hold_are_null():
    solution = solve(minmax.BilinearGame([[1.0]]), minmax.GDA(eta=0.1), rounds=10)
    assert (solution.lower, solution.upper) == (-np.inf, np.inf)  # free space has no bounds
    record = strict(json.dumps(record_of(solution), allow_nan=False))
    assert (record["lower"], record["upper"], record["merit"]) == (None, None, "natural residual")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("ExtraGradient", minmax.ExtraGradient()),
        ("extra-gradient", minmax.ExtraGradient()),
        ("EXTRA_gradient (eta = 0.5)", minmax.ExtraGradient(eta=0.5)),
        ("mwu(0.1, 'sqrt')", minmax.MWU(0.1, "sqrt")),
        ("regret-matching+", minmax.RegretMatchingPlus()),
        ("linear-program", minmax.LinearProgram()),
        ("LinearProgram(time_limit=2.5)", minmax.LinearProgram(2.5)),
        ("(MWU)", None),
        ("MWU(eta=1) + 1", None),
    ],
)
def test_names_of_dynamics(text, rule):
    if rule is None:
        with pytest.raises(ValueError, match="--dynamics"):
            method_of(text)
    else:
        assert type(method_of(text)) is type(rule)
        assert method_of(text) == rule


def test_options_reach_the_run(run):
    words = ["--rounds", "40", "--average", "last", "--alternating", "--seed", "3", "--tol", "1e-9"]
    _, printed, _ = run("solve", "penalty-kicks", "--dynamics", "GDA(eta=0.001)", "--json", *words)
    record = strict(printed)
    expected = solve(
        PENALTY_KICKS, minmax.GDA(eta=0.001), rounds=40, average="last", alternating=True, seed=3, tol=1e-9
    )
    assert (record["x"], record["y"]) == (expected.x.tolist(), expected.y.tolist())
    assert record["average"] == "last"
    assert record["work"]["rounds"] == 40
    _, printed, _ = run(
        "solve", "penalty-kicks", "--dynamics", "RegretMatchingPlus", "--simultaneous", "--rounds", "9", "--json"
    )
    together = solve(PENALTY_KICKS, minmax.RegretMatchingPlus(), rounds=9, alternating=False)
    assert strict(printed)["x"] == together.x.tolist()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_run_without_convergence_ends_with_one_and_its_best(run, form):
    code, printed, complaint = run("solve", "penalty-kicks", "--dynamics", "MWU(eta=0.01)", "--rounds", "50", *form)
    assert (code, complaint) == (1, "")
    if form:
        record = strict(printed)
        assert record["status"] == "rounds exhausted"
        assert record["lower"] <= PENALTY_KICKS.known.value <= record["upper"]
    else:
        lower, upper = interval(printed)
        assert lower <= PENALTY_KICKS.known.value <= upper
        assert printed.rstrip().endswith(minmax.Status.ROUNDS.sentence)


def test_run_without_tolerance_did_what_was_asked(run):
    assert run("solve", "penalty-kicks", "--dynamics", "MWU", "--rounds", "50", "--tol", "none")[0] == 0


def test_time_limit_ends_the_run(run):
    words = ["--dynamics", "MWU(eta=1e-9)", "--rounds", "500", "--time-limit", "0.0001", "--json"]
    code, printed, _ = run("solve", "random-uniform(30, 20)", *words)
    assert (code, strict(printed)["status"]) == (1, "time exhausted")


def test_interrupt_gives_the_best_so_far(run, monkeypatch):
    score, calls = MatrixGame.score, []

    def pressed(game, x, y):
        calls.append(1)
        if len(calls) == 10:
            signal.raise_signal(signal.SIGINT)
        return score(game, x, y)

    monkeypatch.setattr(MatrixGame, "score", pressed)
    code, printed, complaint = run("solve", "penalty-kicks", "--dynamics", "MWU(eta=0.01)", "--json")
    assert (code, complaint) == (1, "")
    record = strict(printed)
    assert record["status"] == "interrupted"
    assert record["lower"] <= PENALTY_KICKS.known.value <= record["upper"]


def test_interrupt_before_an_answer_is_one_line(run, monkeypatch):
    def pressed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(zoo, "find", pressed)
    code, printed, complaint = run("solve", "penalty-kicks")
    assert (code, printed, complaint.count("\n")) == (1, "", 1)


def test_dynamics_are_diagnosed(run, tmp_path):
    code, out, _ = run("diagnose", "matching-pennies", "--dynamics", "ExtraGradient(0.1)", "--rounds", "500")
    assert code == 0
    assert out.startswith("ExtraGradient on matching-pennies: conver")
    page = tmp_path / "page.html"
    code, out, _ = run("diagnose", "matching-pennies", "--json", "--rounds", "400", "--report", str(page))
    assert code == 0
    assert json.loads(out)["verdict"] in page.read_text()


@pytest.mark.parametrize("suffix", [".npy", ".csv", ".txt"])
def test_iterates_in_a_file_are_diagnosed(run, tmp_path, suffix):
    turns = 0.1 * np.arange(400)
    orbit = np.column_stack([np.cos(turns), np.sin(turns)])
    path = tmp_path / f"orbit{suffix}"
    if suffix == ".npy":
        np.save(path, orbit)
    else:
        np.savetxt(path, orbit, delimiter="," if suffix == ".csv" else " ", header="x y")
    code, out, _ = run("diagnose", str(path), "--orbit")
    assert code == 0
    assert out.startswith("orbit of 399 steps: cycling")
    assert "62.83 steps each" in out


def test_iterates_that_are_none_are_refused(run, tmp_path):
    (tmp_path / "ragged.csv").write_text("1,2\n3\n")
    assert_refused(run("diagnose", str(tmp_path / "ragged.csv"), "--orbit"), "rows of one length")
    assert_refused(run("diagnose", "none.csv", "--orbit"), "there is no such file")
    assert_refused(run("diagnose", str(tmp_path), "--orbit"), "there is no such file")
    assert_refused(run("diagnose", str(tmp_path / "ragged.csv"), "--orbit", "--loss"), "leave out")
    assert_refused(run("diagnose", str(tmp_path / "ragged.csv"), "--orbit", "--rounds", "9"), "leave out")
    for text, said in (("1,,2\n3,4,\n", "found nothing"), ("1,5;2,5\n", "found both")):
        (tmp_path / "odd.csv").write_text(text)
        assert_refused(run("diagnose", str(tmp_path / "odd.csv"), "--orbit"), said)
    (tmp_path / "empty.csv").write_text("# nothing yet\n")
    assert_refused(run("diagnose", str(tmp_path / "empty.csv"), "--orbit"), "it holds none")


def test_page_that_cannot_be_written_is_refused_before_the_game_is_played(run, monkeypatch, tmp_path):
    monkeypatch.setattr(sys.modules["minmax.solve"], "solve", lambda *_, **__: pytest.fail("played first"))
    assert_refused(run("diagnose", "morra", "--report", str(tmp_path / "page.pdf")), "must be an .html file")
    assert_refused(run("diagnose", "morra", "--report", str(tmp_path / "no" / "page.html")), "make it first")


def test_an_exact_method_is_not_diagnosed(run):
    code, _, error = run("diagnose", "matching-pennies", "--dynamics", "Pivoting")
    assert code == 2
    assert "plays no rounds" in error


@pytest.mark.parametrize(("suffix", "head"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_picture_is_of_the_format_its_suffix_says(run, tmp_path, suffix, head):
    path = tmp_path / f"picture{suffix}"
    code, _, complaint = run("solve", "penalty-kicks", "--dynamics", "extra-gradient", "--plot", str(path))
    assert (code, complaint) == (0, "")
    assert path.read_bytes().startswith(head)


# ------------------------------------------------------------------ certify


STRATEGIES = {
    "file.json": '{"x": [0.4, 0.6], "y": {"right": 0.5, "left": 0.5}}',
    "list.json": "[[0.4, 0.6], [0.5, 0.5]]",
    "file.csv": "# x, then y\n0.4, 0.6\n1/2; 0.5\n",
    "file.txt": "0.4 0.6\n\n0.5 0.5\n",
}


@pytest.mark.parametrize("name", [*STRATEGIES, "inline"])
def test_strategies_are_certified_from_every_form(run, tmp_path, name):
    text = STRATEGIES["file.json"]
    if name != "inline":
        path = tmp_path / name
        path.write_text(STRATEGIES[name])
        text = str(path)
    code, printed, complaint = run("certify", "penalty-kicks", text, "--json")
    assert (code, complaint) == (0, "")
    expected = certify(PENALTY_KICKS, [0.4, 0.6], [0.5, 0.5])
    assert strict(printed) == expected._asdict()


def test_saved_solution_is_certified(run, tmp_path):
    solution = solve(PENALTY_KICKS, ExtraGradient(), rounds=50)
    solution.save(tmp_path / "run.npz")
    _, printed, _ = run("certify", "penalty-kicks", str(tmp_path / "run.npz"), "--json")
    assert strict(printed)["gap"] == pytest.approx(solution.gap, abs=1e-12)


def test_certificate_is_printed_with_value_bounds_and_gap(run):
    code, printed, _ = run("certify", "penalty-kicks", '{"x": {"left": 1}, "y": [0.25, 0.75]}')
    words = printed.split()
    found = {name: float(words[words.index(name) + 1]) for name in ("lower", "upper", "gap")}
    # By hand: left earns 58.30 / 4 + 3 * 94.97 / 4, and its worst is 58.30.
    assert code == 0
    assert found["lower"] == 58.3
    assert found["upper"] == pytest.approx(0.25 * 58.30 + 0.75 * 94.97, rel=1e-8)  # nine digits are printed
    assert found["gap"] == pytest.approx(found["upper"] - found["lower"], rel=1e-7)


# ------------------------------------------------------------------ list, version


def test_every_dynamics_is_listed_and_every_listed_one_is_found(run):
    code, printed, _ = run("list", "dynamics")
    heads, *rows = [re.split(r"\s{2,}", line.strip()) for line in printed.splitlines()]
    assert code == 0
    assert heads == ["dynamics", "geometry", "average", "guarantee", "source"]
    facts = {row[0]: row[1:] for row in rows}
    for name in dynamics.__all__:
        cls = getattr(dynamics, name)
        if name not in ("Dynamics", "Scale"):
            rule = method_of(name)
            assert type(rule) is cls
            # The row of a dynamics with no source of its own ends early.
            assert facts[name] == [f for f in (rule.geometry, rule.average, rule.guarantee, rule.source) if f]
    assert isinstance(method_of("LinearProgram"), minmax.LinearProgram)
    assert "LinearProgram" in facts


def test_every_game_is_listed_with_size_and_value(run):
    code, printed, _ = run("list", "games")
    rows = [re.split(r"\s{2,}", line.strip()) for line in printed.splitlines()[1:]]
    assert code == 0
    assert [row[0].replace("-", "_") for row in rows] == zoo.__all__
    for name, size, value, *_ in rows:
        game = zoo.find(name if name != "liars-dice" else "liars_dice(4)")
        if name == "liars-dice":  # the one that is listed takes a second
            assert (size, float(value)) == ("24571 x 24571", pytest.approx(-7 / 258, rel=1e-5))
            continue
        of_states = name.replace("-", "_") in zoo.MARKOV
        assert size == (f"{len(game.counts)} states" if of_states else f"{game.shape[0]} x {game.shape[1]}")
        if game.known is None:
            assert value == "unknown"
        else:
            assert float(value) == pytest.approx(game.known.value, rel=1e-5)  # six digits are printed


def test_module_answers_at_once_without_heavy_imports():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "minmax", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"minmax {minmax.__version__}\n"
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert imported.isdisjoint({"numpy", "scipy", "numba", "matplotlib", "torch"})
    assert "argparse" in imported


@pytest.mark.parametrize("words", [["--help"], ["solve", "--help"], ["certify", "--help"], ["demo", "--help"]])
def test_help_is_help_and_no_error(run, words):
    code, printed, complaint = run(*words)
    assert (code, complaint) == (0, "")
    assert printed.startswith("usage: minmax")


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "COMMAND"),
        (["fly"], "'fly'"),
        (["solve"], "GAME_OR_FILE"),
        (["solve", "penalty-kick"], "did you mean 'penalty_kicks'?"),
        (["solve", "blotto(5,"], "blotto(a, b, fields, payoff)"),
        (["solve", "nowhere.nfg"], "no such file"),
        (["solve", "some/where"], "no such file"),
        (["solve", "morra", "--loss"], "--loss"),
        (["solve", "morra", "--tol", "small"], "--tol"),
        (["solve", "morra", "--tol", "-1"], "`tol` must be a positive number; got -1.0."),
        (["solve", "morra", "--tol", "nan"], "`tol`"),
        (["solve", "morra", "--rounds", "-1"], "`rounds`"),
        (["solve", "morra", "--rounds", "many"], "--rounds"),
        (["solve", "morra", "--seed", "-1"], "`seed`"),
        (["solve", "morra", "--time-limit", "0"], "`time_limit`"),
        (["solve", "morra", "--alternating", "--simultaneous"], "not allowed"),
        (["solve", "morra", "--dynamics", "MVU"], "did you mean"),
        (["solve", "morra", "--dynamics", "nonesuch"], "minmax list dynamics"),
        (["solve", "morra", "--dynamics", "MWU(eta=x)"], "MWU(eta, schedule)"),
        (["solve", "morra", "--dynamics", "MWU(speed=1)"], "MWU(eta, schedule)"),
        (["solve", "morra", "--dynamics", "MWU(" + "(" * 5000], "MWU(eta, schedule)"),
        (["solve", "morra", "--dynamics", "MWU(eta=-1)"], "`eta`"),
        (["solve", "morra", "--dynamics", "MWU", "--average", "mean"], "`average`"),
        (["solve", "morra", "--dynamics", "extra-gradient", "--alternating"], "looks ahead"),
        (["solve", "morra", "--plot", "picture.xyz"], ".png"),
        (["solve", "morra", "--plot", "no/such/folder/picture.png"], "no folder"),
        (["certify", "morra"], "STRATEGIES"),
        (["certify", "penalty-kicks", "nowhere.json"], "no such file"),
        (["certify", "penalty-kicks", '{"x": [1, 0]'], "JSON"),
        (["certify", "penalty-kicks", '{"x": [1, 0]}'], '{"x"'),
        (["certify", "penalty-kicks", '{"x": [1, 0], "y": ["a", 0]}'], "`y`"),
        (["certify", "penalty-kicks", '{"x": {"up": 1}, "y": [1, 0]}'], "'up'"),
        (["certify", "penalty-kicks", '{"x": [1, 0], "y": [NaN, 1]}'], "`y` must be finite"),
        (["certify", "penalty-kicks", '{"x": [1, 0], "y": [1e999, 1]}'], "`y` must be finite"),
        (["certify", "penalty-kicks", f'{{"x": [1, 0], "y": [{10**400}, 1]}}'], "too large"),
        (["certify", "penalty-kicks", "[[1, 0], [1, 0, 0]]"], "2 probabilities"),
        (["certify", "penalty-kicks", "[[1, 0], [1, 1]]"], "sum to 1"),
        (["list", "cards"], "'cards'"),
        (["solve", "morra", "--dynamics", "MWU(lr=1)"], "there is no parameter lr"),
        (["solve", "morra", "--dynamics", "MWU(eta=fast)"], "fast is neither a number nor text in quotes"),
        (["solve", "morra", "--dynamics", "MWU(0.1"], "a closing bracket is missing"),
        (["solve", "blotto(5,3"], "a closing bracket is missing"),
        (["solve", "blotto(5,3,3,4,5)"], "5 values are given, it takes 4"),
        (["solve", "blotto(20,20,6)"], "too large"),
        (["solve", ""], "is empty"),
        (["solve", "."], "found a folder"),
        (["solve", "morra", "--rounds", "1.5"], "expected a whole number such as 100000 or 1e5"),
        (["solve", "morra", "--rounds", "inf"], "expected a whole number such as 100000 or 1e5"),
    ],
    ids=lambda part: " ".join(part)[:50] if isinstance(part, list) else "",
)
def test_refusals_are_one_line_and_exit_code_two(run, words, part):
    assert_refused(run(*words), part)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.csv", "0.5,0.5\n"),
        ("word.csv", "0.5,half\n0.5,0.5\n"),
        ("bytes.json", b"\xff\xfe"),
        ("noise.npz", b"nothing of the kind"),
        ("torn.npz", b"PK\x03\x04 torn"),
        ("other.mtx", "0.5 0.5\n0.5 0.5\n"),
        ("deep.json", "[" * 200_000),
    ],
)
def test_damaged_strategies_are_refused(run, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_refused(run("certify", "penalty-kicks", str(path)))


def test_folder_and_damaged_game_are_refused(run, tmp_path):
    (tmp_path / "game.nfg").write_text("NFG 1 R")
    assert_refused(run("solve", str(tmp_path)), "folder")
    assert_refused(run("solve", str(tmp_path / "game.nfg")))


def test_labels_that_are_not_unique_cannot_be_named(run, tmp_path):
    path = tmp_path / "twins.npz"
    write_game(MatrixGame.from_payoffs([[1, 0], [0, 1]], actions=(["a", "a"], ["b", "c"])), path)
    assert_refused(run("certify", str(path), '{"x": {"a": 1}, "y": {"b": 1}}'), "'a'")


def test_missing_matplotlib_names_the_extra_before_the_game_is_solved(run, monkeypatch):
    import minmax.plots.pictures  # noqa: F401  (loaded below it would keep the `solve` of this test)

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(sys.modules["minmax.solve"], "solve", lambda *_, **__: pytest.fail("solved first"))
    assert_refused(run("solve", "penalty-kicks", "--plot", "a.png"), 'pip install "minmax[plot]"')


def test_game_too_large_for_the_memory_is_refused(run, monkeypatch):
    def too_large(*_):
        raise MemoryError("Unable to allocate 7.28 TiB for an array")

    monkeypatch.setattr(zoo, "find", too_large)
    assert_refused(run("solve", "hilbert(1000000)"), "7.28 TiB")


def test_method_that_gives_up_is_one_line_and_exit_code_one(run, monkeypatch):
    def gives_up(*_):
        raise RuntimeError("no solution\nwas found")

    monkeypatch.setattr(minmax.LinearProgram, "answer", gives_up)
    assert run("solve", "penalty-kicks", "--dynamics", "LinearProgram") == (1, "", "minmax: no solution was found\n")


@pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
def test_reader_that_leaves_is_no_error(monkeypatch, tmp_path):
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["list", "games"]) == 141
    stream.close()  # what was left in the buffer goes nowhere, and does not fail


@pytest.mark.parametrize("text", ["1e2", "1_00", "100"])
def test_rounds_are_read_as_people_write_them(run, text):
    _, printed, _ = run("solve", "morra", "--dynamics", "MWU(eta=1e-9)", "--rounds", text, "--json")
    assert strict(printed)["work"]["rounds"] == 100


def test_picture_that_cannot_be_written_is_refused_before_the_game_is_solved(run, monkeypatch, tmp_path):
    monkeypatch.setattr(sys.modules["minmax.solve"], "solve", lambda *_, **__: pytest.fail("solved first"))
    (tmp_path / "dir.png").mkdir()
    assert_refused(run("solve", "morra", "--plot", str(tmp_path / "dir.png")), "found a folder")
    if os.path.isdir("/proc"):
        assert_refused(run("solve", "morra", "--plot", "/proc/p.png"), "cannot be written")


def test_check_of_a_picture_leaves_no_file_and_no_change(tmp_path):
    (tmp_path / "old.png").write_bytes(b"old")
    for name in ("old.png", "new.png"):
        check_plot(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["old.png"]
    assert (tmp_path / "old.png").read_bytes() == b"old"


def test_demo_into_a_file_says_that_a_folder_is_expected(run, tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        assert_refused(run("demo", "--output", str(path)), "must be a folder", str(path))


def test_help_says_how_strategies_are_laid_out(run):
    _, printed, _ = run("certify", "--help")
    assert "first row x, second row y" in " ".join(printed.split())


def test_certificate_says_what_its_share_is_of(run):
    _, printed, _ = run("certify", "matching-pennies", "[[1, 0], [1, 0]]")
    assert "the bounds are 1 of max - min of the payoffs apart" in printed


def test_list_of_games_says_where_rows_are_losses(run):
    _, printed, _ = run("list", "games")
    marked = {line.split()[0] for line in printed.splitlines()[1:] if re.search(r"\slosses(\s|$)", line)}
    matrices = [name for name in zoo.__all__ if name not in (*zoo.SEQUENTIAL, *zoo.MARKOV)]
    assert marked == {name.replace("_", "-") for name in matrices if zoo.find(name).loss}


# ------------------------------------------------------------------ demo


def test_demo_solves_compares_and_draws(run, tmp_path):
    folder = tmp_path / "new" / "demo"
    code, printed, complaint = run("demo", "--output", str(folder))
    assert (code, complaint) == (0, "")
    kicks, blotto = printed.split("Colonel Blotto")
    lower, upper = interval(kicks)
    known = PENALTY_KICKS.known.value
    assert lower == upper == pytest.approx(known, rel=1e-8)  # nine digits are printed
    assert all(text in kicks for text in ("38.54 %", "41.99 %", "39.98 %", "42.31 %", "duality gap", "solved by"))
    again = minmax.read_game(folder / "blotto.nfg")
    assert np.array_equal(again.payoffs(), zoo.blotto(5, 4, 3).payoffs())
    assert interval(blotto) == pytest.approx([0.5, 0.5], abs=1e-8)
    assert (folder / "demo.png").read_bytes().startswith(b"\x89PNG")
    assert str(folder / "demo.png") in printed


def test_the_list_of_methods_has_nothing_else_in_it(run):
    _, printed, _ = run("list", "dynamics")
    names = {line.split()[0] for line in printed.splitlines() if line.strip()}
    assert {"Pivoting", "InteriorPoint", "DoubleOracle", "Crossover", "MWU"} <= names
    assert not {"Basis", "RationalSolution", "solve_exactly"} & names
    _, printed, _ = run("solve", "morra(3)", "--dynamics", "pivoting", "--tol", "1e-9")
    assert "solved by Pivoting: " in printed
    assert " steps, " in printed
