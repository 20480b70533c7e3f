"""Reading and writing games: what is written comes back bit for bit, real files have their published value,
and no file, however damaged, does anything but give a game or one sentence."""

from __future__ import annotations

import csv
import gzip
import io
import os
import subprocess
import sys
import warnings
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.io import mmwrite
from scipy.optimize import linprog
from scipy.sparse.linalg import aslinearoperator

from minmax.files import read_game, write_game
from minmax.games.matrix import MatrixGame

SUFFIXES = (".nfg", ".csv", ".txt", ".npy", ".npz", ".mtx", ".mtx.gz")
LABELLED = (".nfg", ".csv", ".txt", ".npz")
SPARSE = (".npz", ".mtx", ".mtx.gz")
GAMES = os.environ.get("MINMAX_GAMES_DIR") or None

# 2 x 3, asymmetric, no two entries alike: a transposed or misordered reading cannot pass.
P = np.array([[1.0, -2.0, 0.5], [4.0, 0.125, -6.0]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for a whole module: hypothesis does not renew folders between examples."""
    return tmp_path_factory.mktemp("files")


def store(folder, name, content):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def dense(game):
    payoffs = game.payoffs()
    return payoffs.toarray() if sp.issparse(payoffs) else payoffs


def assert_same_bits(game, other):
    assert game.shape == other.shape
    assert dense(game).dtype == dense(other).dtype
    assert dense(game).tobytes() == dense(other).tobytes()


def assert_same_words(game, other):
    told = [(g.labelled, g.actions, g.players, g.name) for g in (game, other)]
    assert told[0] == told[1]


def assert_one_sentence(path, call=read_game):
    """Assert that a call on a path is refused by a ValueError of one line that names it; return the line."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError) as caught:
            call(path)
    message = str(caught.value)
    # Exactly ValueError: UnicodeDecodeError and others below it have messages of their own.
    assert type(caught.value) is ValueError
    assert message.startswith(str(path))
    assert message.endswith(".")
    assert len(message.splitlines()) == 1
    assert len(message) < len(str(path)) + 400
    return message.removeprefix(str(path))


def assert_game_or_sentence(path):
    """Assert that a file gives a game of finite numbers or one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            game = read_game(path)
    except ValueError:
        assert_one_sentence(path)
    else:
        assert np.isfinite(dense(game)).all()


def value_by_linprog(payoffs):
    """Return the value for the row player, who maximises: max v subject to P'x >= v on the simplex."""
    n, m = payoffs.shape
    result = linprog(
        np.r_[np.zeros(n), -1.0],
        A_ub=np.c_[-payoffs.T, np.ones(m)],
        b_ub=np.zeros(m),
        A_eq=np.r_[np.ones(n), 0.0][None],
        b_eq=[1.0],
        bounds=[(0, None)] * n + [(None, None)],
    )
    assert result.status == 0
    return -result.fun


# Samplers

finite = st.floats(-8.9e307, 8.9e307)  # a game refuses payoffs whose spread overflows


@st.composite
def matrices(draw):
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    return np.array(draw(st.lists(finite, min_size=n * m, max_size=n * m))).reshape(n, m)


def texts(**options):
    return st.text(st.characters(exclude_categories=["Cs"], **options), max_size=8)


def trimmed(text):
    """A text that a table keeps: something in it, no blanks at its ends, no line break."""
    return text == text.strip() != "" and len(text.splitlines()) == 1


@st.composite
def labelled_games(draw, label, name, unique):
    payoffs = draw(matrices())
    actions = [draw(st.lists(label, min_size=k, max_size=k, unique=unique)) for k in payoffs.shape]
    players = draw(st.none() | st.tuples(name, name))
    return MatrixGame.from_payoffs(payoffs, actions=actions, players=players, name=draw(st.just("") | name))


# What is written comes back


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(payoffs=matrices())
@example(payoffs=np.array([[0.1, -0.0, 5e-324], [1.7976931348623157e308, 2.0**53 + 2, 1 / 3]]))
@settings(deadline=None, max_examples=25)
def test_numbers_come_back_bit_for_bit(folder, suffix, payoffs):
    game = MatrixGame.from_payoffs(payoffs)
    path = folder / f"numbers{suffix}"
    write_game(game, path)
    back = read_game(path)
    assert_same_bits(back, game)
    assert_same_words(back, game)


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
@given(
    game=labelled_games(
        texts().map(lambda text: "a" + text + "z") | texts().filter(lambda text: text == text.strip() != ""),
        texts().filter(trimmed),
        unique=True,
    )
)
@settings(deadline=None, max_examples=40)
def test_labels_come_back_from_a_table(folder, suffix, game):
    write_game(game, folder / f"labels{suffix}")
    back = read_game(folder / f"labels{suffix}")
    assert_same_bits(back, game)
    assert_same_words(back, game)


@given(game=labelled_games(texts().map(lambda text: "\\" + text), texts().filter(bool), unique=False))
@settings(deadline=None, max_examples=40)
def test_labels_come_back_from_nfg(folder, game):
    write_game(game, folder / "labels.nfg")
    back = read_game(folder / "labels.nfg")
    assert_same_bits(back, game)
    assert_same_words(back, game)


# numpy takes NUL at the end of a text for padding, so there is none in these.
@given(game=labelled_games(texts(exclude_characters="\0"), texts(exclude_characters="\0"), unique=False))
@settings(deadline=None, max_examples=40)
def test_labels_come_back_from_npz(folder, game):
    write_game(game, folder / "labels.npz")
    back = read_game(folder / "labels.npz")
    assert_same_bits(back, game)
    assert_same_words(back, game)


def sparse_game():
    payoffs = sp.random_array((7, 4), density=0.3, rng=np.random.default_rng(3), format="csr")
    payoffs.data -= 0.5
    return MatrixGame.from_payoffs(payoffs, actions=(tuple("abcdefg"), tuple("wxyz")), name="thin", players=("p", "q"))


@pytest.mark.parametrize("suffix", SPARSE)
def test_a_sparse_game_stays_sparse(folder, suffix):
    game = sparse_game()
    write_game(game, folder / f"thin{suffix}")
    back = read_game(folder / f"thin{suffix}")
    assert sp.issparse(back.payoffs())
    assert back.payoffs().nnz == game.payoffs().nnz
    assert_same_bits(back, game)
    if suffix == ".npz":
        assert_same_words(back, game)


@pytest.mark.parametrize("suffix", [".nfg", ".csv", ".txt", ".npy"])
def test_a_sparse_game_becomes_dense_where_the_format_is(folder, suffix):
    write_game(sparse_game(), folder / f"filled{suffix}")
    assert_same_bits(read_game(folder / f"filled{suffix}"), sparse_game())


@pytest.mark.parametrize("suffix", [".nfg", ".csv", ".txt", ".npy"])
def test_a_sparse_game_too_large_as_text_is_refused(folder, suffix):
    game = MatrixGame(sp.coo_array(([1.0], ([5], [7])), shape=(4000, 3000)))
    line = assert_one_sentence(folder / f"wide{suffix}", lambda path: write_game(game, path))
    assert "4000 x 3000" in line
    assert not (folder / f"wide{suffix}").exists()


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_keep_single_precision(folder, suffix, order):
    game = MatrixGame.from_payoffs(np.array(P / 3, dtype=np.float32, order=order))
    write_game(game, folder / f"single{suffix}")
    back = read_game(folder / f"single{suffix}")
    assert_same_bits(back, game)
    assert dense(back).dtype == np.float32


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_losses_are_written_as_payoffs(folder, suffix):
    write_game(MatrixGame(P), folder / f"loss{suffix}")
    np.testing.assert_array_equal(dense(read_game(folder / f"loss{suffix}")), -P)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_loss_reads_the_numbers_as_what_x_pays(folder, suffix):
    write_game(MatrixGame.from_payoffs(P), folder / f"pay{suffix}")
    game = read_game(folder / f"pay{suffix}", loss=True)
    np.testing.assert_array_equal(dense(game), -P)
    assert game.loss
    assert not read_game(folder / f"pay{suffix}").loss


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_game_gives_the_same_bytes(folder, suffix, monkeypatch):
    data = set()
    for i in range(2):
        monkeypatch.setattr("time.time", lambda day=i: 1e9 + 86400 * day)
        path = folder / f"again{i}{suffix}"
        write_game(sparse_game() if suffix in SPARSE else MatrixGame.from_payoffs(P), path)
        data.add(path.read_bytes())
    assert len(data) == 1


def test_the_constant_sum_comes_back_from_nfg(folder):
    game = MatrixGame.from_bimatrix(P, 3.0 - P)
    write_game(game, folder / "constant.nfg")
    back = read_game(folder / "constant.nfg")
    assert_same_bits(back, game)
    assert back.total == 3.0
    losses = read_game(folder / "constant.nfg", loss=True)
    assert (losses.total, losses.loss) == (-3.0, True)


@pytest.mark.parametrize("suffix", LABELLED)
def test_labels_that_are_numbers_stay_labels(folder, suffix):
    game = MatrixGame.from_payoffs(P, actions=(("1", "2"), ("10", "1/2", "nan")))
    write_game(game, folder / f"numeric{suffix}")
    back = read_game(folder / f"numeric{suffix}")
    assert_same_words(back, game)
    assert_same_bits(back, game)


def test_a_name_of_several_lines_is_one_line_in_a_table(folder):
    write_game(MatrixGame.from_payoffs(P, name="one\ntwo", players=("a,\rb", '"')), folder / "lines.csv")
    game = read_game(folder / "lines.csv")
    assert (game.name, game.players) == ("one two", ("a, b", '"'))


@pytest.mark.parametrize("label", ["", " a", "a\n", "b"])
def test_labels_a_table_would_not_give_back_are_refused(folder, label):
    game = MatrixGame.from_payoffs(P, actions=((label, "b"), tuple("xyz")))
    assert "write .npz" in assert_one_sentence(folder / "odd.csv", lambda path: write_game(game, path))


@pytest.mark.parametrize("suffix", [".nfg", ".csv"])
def test_a_lone_surrogate_is_refused(folder, suffix):
    game = MatrixGame.from_payoffs(P, name="\ud800")
    assert "UTF-8" in assert_one_sentence(folder / f"alone{suffix}", lambda path: write_game(game, path))


def test_unlabelled_text_files_are_what_numpy_reads(folder):
    write_game(MatrixGame.from_payoffs(P, name="n"), folder / "plain.txt")
    np.testing.assert_array_equal(np.loadtxt(folder / "plain.txt"), P)
    write_game(MatrixGame.from_payoffs(P), folder / "plain.csv")
    np.testing.assert_array_equal(np.loadtxt(folder / "plain.csv", delimiter=","), P)
    assert (folder / "plain.csv").read_text().startswith("1,-2,")


# Which file it is


@pytest.mark.parametrize("name", ["game.xyz", "game", "game.gz", "csv", "game.csv.bak"])
def test_an_unknown_suffix_is_refused(folder, name):
    path = store(folder, name, "1 2\n")
    assert ".nfg, .csv" in assert_one_sentence(path)
    assert_one_sentence(path, lambda path: write_game(MatrixGame(P), path))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_missing_files_and_folders(folder, suffix):
    with pytest.raises(FileNotFoundError, match=r"there is no such file\.$"):
        read_game(folder / f"missing{suffix}")
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*; make it first\.$"):
        write_game(MatrixGame(P), folder / "missing" / f"game{suffix}")
    place = folder / f"place{suffix}"
    place.mkdir()
    assert "folder" in assert_one_sentence(place)
    assert "folder" in assert_one_sentence(place, lambda path: write_game(MatrixGame(P), path))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_suffixes_in_capitals_and_paths_as_text(folder, suffix):
    path = str(folder / f"LOUD{suffix.upper()}")
    write_game(MatrixGame.from_payoffs(P), path)
    assert Path(path).is_file()
    np.testing.assert_array_equal(dense(read_game(path)), P)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_only_matrix_games_with_entries_are_written(folder, suffix):
    with pytest.raises(TypeError, match="must be a MatrixGame or an ExtensiveFormGame; got ndarray"):
        write_game(P, folder / f"none{suffix}")
    with pytest.raises(TypeError, match="LinearOperator"):
        write_game(MatrixGame(aslinearoperator(P)), folder / f"none{suffix}")
    assert not (folder / f"none{suffix}").exists()


def test_importing_the_readers_does_not_import_scipy():
    code = "import sys, minmax.files; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Gambit's normal form

PAYOFFS = "1 -1 4 -4 -2 2 0.125 -0.125 .5 -.5 -6 6"
OUTCOMES = '{ { "" 1, -1 } { "b" 4 -4 } { "c" -2, 2 } { "" 1/8, -1/8 } { 5e-1 -.5 } { "" -6. 6 } }'
HEAD = 'NFG 1 R "t" { "a" "b" }'

READABLE = {
    "payoffs and counts": f"{HEAD} {{ 2 3 }} {PAYOFFS}",
    "payoffs, counts and comment": f'{HEAD} {{ 2 3 }} "say" {PAYOFFS}',
    "payoffs and names": f'{HEAD} {{ {{ "1" "2" }} {{ "1" "2" "3" }} }} "" {PAYOFFS}',
    "commas and lines": f"{HEAD},{{2,3}},\r\n{PAYOFFS.replace(' ', ' , ')}\n\n",
    "no blanks": f'NFG 1 D"t"{{"a""b"}}{{{{"1""2"}}{{"1""2""3"}}}}""{PAYOFFS}',
    "a byte order mark": f"\ufeff{HEAD} {{ 2 3 }} {PAYOFFS}",
    "outcomes": f"{HEAD} {{ 2 3 }} {OUTCOMES} 1 2 3 4 5 6",
    "outcomes, names, comment": f'{HEAD} {{ {{ "1" "2" }} {{ "x" "y" "z" }} }} "c" {OUTCOMES} 1,2 3,4 5,6',
}


@pytest.mark.parametrize("text", READABLE.values(), ids=READABLE)
def test_nfg_in_every_spelling(folder, text):
    game = read_game(store(folder, "spelling.nfg", text))
    np.testing.assert_array_equal(game.payoffs(), P)
    assert (game.name, game.players, game.total) == ("t", ("a", "b"), 0.0)


def test_nfg_outcome_zero_pays_nothing_and_outcomes_repeat(folder):
    text = f'{HEAD} {{ 3 2 }} {{ {{ "" 1, -1 }} {{ "" 7, -7 }} }} 0 1 2  2 2 0'
    game = read_game(store(folder, "null.nfg", text))
    np.testing.assert_array_equal(game.payoffs(), [[0, 7], [1, 7], [7, 0]])


def test_nfg_rationals_are_rounded_once(folder):
    # Neither integer is a float, and the quotient of the two rounded ones is not the rounded quotient.
    p, q = 185040023797332264, 543030023142434341
    assert float(p) / float(q) != p / q
    text = f"{HEAD} {{ 1 2 }} 1/3 2/3  {p}/{q} {q - p}/{q}"
    game = read_game(store(folder, "ratio.nfg", text))
    np.testing.assert_array_equal(game.payoffs(), [[1 / 3, float(Fraction(p, q))]])
    assert game.total == 1.0


def test_nfg_strings_with_quotes_and_lines(folder):
    text = 'NFG 1 R "a \\"b\\"\n{ 1 2" { "p\\\\" "q}" } { { "u\n,v" "" } { "w" } } 1 -1 2 -2'
    game = read_game(store(folder, "strings.nfg", text))
    assert game.name == 'a "b"\n{ 1 2'
    assert game.players == ("p\\", "q}")
    assert game.actions == (("u\n,v", "2"), ("w",))


REFUSED = {
    "empty": ("", 1, "begins with NFG"),
    "extensive form": ('EFG 2 R "" { "a" "b" }', 1, "found 'EFG'"),
    "version": ('NFG 2 R "" { "a" "b" } { 1 1 } 0 0', 1, "found '2'"),
    "kind": ('NFG 1 X "" { "a" "b" } { 1 1 } 0 0', 1, "found 'X'"),
    "no title": ("NFG 1 R { 1 1 } 0 0", 1, "title"),
    "no players": ('NFG 1 R ""\n1 1', 2, "players"),
    "open string": ('NFG 1 R\n"t\n{', 2, "the end of the file"),
    "one player": ('NFG 1 R "" { "a" } { 2 } 1 2', 1, "found 1 players"),
    "three players": ('NFG 1 R "" { "a" "b" "c" } { 1 1 1 } 0 0 0', 1, "constant-sum game, found 3 players"),
    "three counts": (f"{HEAD} {{ 1 1 1 }} 0 0", 1, "found '1'"),
    "no action": (f"{HEAD} {{ 2 0 }} 0", 1, "found '0'"),
    "half an action": (f"{HEAD} {{ 2 1.5 }} 0", 1, "found '1.5'"),
    "minus one action": (f"{HEAD} {{ 2 -1 }} 0", 1, "found '-1'"),
    "no named action": (f'{HEAD} {{ {{ "a" }} {{ }} }} 0', 1, "found none"),
    "huge counts": (f"{HEAD}\n{{ 1000000000 1000000000 }}\n1 2", 3, "expected 2000000000000000000 payoffs"),
    "endless counts": (f"{HEAD} {{ {'9' * 5000} 1 }} 1 2", 1, "a number of actions"),
    "too few payoffs": (f"{HEAD} {{ 2 3 }} 1 -1", 1, "expected 12 payoffs for 2 x 3 actions, found 2"),
    "too many payoffs": (f"{HEAD} {{ 2 3 }} {PAYOFFS} 1", 1, "found 13"),
    "no payoffs": (f"{HEAD} {{ 2 3 }}", 1, "found 0"),
    "a word": (f"{HEAD} {{ 1 2 }}\n1 -1\n2 two", 3, "found 'two'"),
    "other digits": (f"{HEAD} {{ 1 1 }}\n1_0 -10", 2, "found '1_0'"),
    "arabic digits": (f"{HEAD} {{ 1 1 }}\n٣ -3", 2, "found '٣'"),
    "nan": (f"{HEAD} {{ 1 1 }}\nnan\n0", 2, "expected a finite number, found 'nan'"),
    "infinity": (f"{HEAD} {{ 1 1 }}\n0 -Infinity", 2, "expected a finite number"),
    "too large": (f"{HEAD} {{ 1 1 }} 1e999 0", 1, "expected a finite number"),
    "a ratio too large": (f"{HEAD} {{ 1 1 }} {'9' * 400}/1 0", 1, "expected a finite number"),
    "divided by zero": (f"{HEAD} {{ 1 1 }} 1/0 0", 1, "expected a finite number"),
    "sum too large": (f"{HEAD} {{ 1 1 }} 1e308 1e308", None, "must be finite"),
    "general sum": (f"{HEAD} {{ 1 2 }} 1 1 2 1", None, "constant sum"),
    "outcome number": (f'{HEAD} {{ 1 1 }} {{ {{ "" 1 -1 }} }}\n2', 2, "from 0 to 1, found '2'"),
    "minus one outcome": (f'{HEAD} {{ 1 2 }} {{ {{ "" 1 -1 }} }}\n1\n-1', 3, "found '-1'"),
    "too few outcomes": (f'{HEAD} {{ 1 2 }} {{ {{ "" 1 -1 }} }} 1', 1, "expected 2 outcome numbers"),
    "a poor outcome": (f'{HEAD} {{ 1 1 }} {{ {{ "" 1 }} }} 1', 1, "two payoffs"),
    "a rich outcome": (f'{HEAD} {{ 1 1 }} {{ {{ "" 1 2 3 }} }} 1', 1, "found '3'"),
    "endless outcomes": (f'{HEAD} {{ 1 1 }} {{ {{ "" 1 2 }}', 1, "the end of the file"),
    "not text": (b"NFG 1 R \xff\xfe\x00", None, "0xff"),
}


@pytest.mark.parametrize(("text", "line", "said"), REFUSED.values(), ids=REFUSED)
def test_nfg_refused_in_one_sentence(folder, text, line, said):
    message = assert_one_sentence(store(folder, "refused.nfg", text))
    assert said in message
    assert line is None or message.startswith(f", line {line}: ")


HOSTILE = {
    "open string of escapes": HEAD + '"' + "\\a" * 500_000,
    "string of escapes": 'NFG 1 R "' + "\\\\" * 500_000 + '" {',
    "quotes": HEAD + '{{"' + '"' * 1_000_001,
    "braces": HEAD + "{" * 1_000_000,
    "blanks": HEAD + " , " * 500_000,
    "digits": HEAD + "{ 1 1 } " + "1" * 1_000_000 + " 0",
    "ratio": HEAD + "{ 1 1 } " + "1" * 500_000 + "/" + "1" * 500_000 + " 0",
    "exponent": HEAD + "{ 1 1 } 1e" + "9" * 500_000 + " 0",
    "signs": HEAD + "{ 1 1 } 0 " + "-" * 1_000_000,
    "lines": HEAD + "\n" * 1_000_000 + "{ 1 1 } 0 x",
    "names": HEAD + '{ { "a" } {' + '"b"' * 200_000,
    "bad payoffs": HEAD + "{ 1 100000 }" + " x" * 200_000,
}


# Nothing is timed: a scan in quadratic time would not end while somebody watches.
@pytest.mark.parametrize("suffix", [".nfg", ".csv", ".txt"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_long_hostile_text_is_refused_in_linear_time(folder, text, suffix):
    assert_one_sentence(store(folder, f"hostile{suffix}", text))


# Tables

TABLES = {
    "numbers": ("1,-2,0.5\n4,1/8,-6\n", None, None),
    "blanks around": (" 1 , -2, 5e-1 \r\n\r\n4,  0.125 ,-6.0", None, None),
    "both, empty corner": (",x,y,z\na,1,-2,.5\nb,4,.125,-6", "ab", "xyz"),
    "both, blank corner": ("  , x , y,z\na , 1,-2,.5\nb,4,.125,-6", "ab", "xyz"),
    "both, corner text": ("who,x,y,z\na,1,-2,.5\nb,4,.125,-6", "ab", "xyz"),
    "both, no corner": ("x,y,z\na,1,-2,.5\nb,4,.125,-6", "ab", "xyz"),
    "numbers as labels": (",7,8,9\n5,1,-2,.5\n6,4,.125,-6", "56", "789"),
    "numbers as labels of rows": ("x,y,z\n5,1,-2,.5\n6,4,.125,-6", "56", "xyz"),
    "quotes after blanks": (', "x", "y", z\n "a",1,-2,.5\nb,4,.125,-6', "ab", "xyz"),
    "first row": ("x,y,z\n1,-2,.5\n4,.125,-6", "12", "xyz"),
    "first column": ("a,1,-2,.5\nb,4,.125,-6", "ab", "123"),
    "comments": ("# by hand\n#\n\n# name: n\nx,y,z\n1,-2,.5\n4,.125,-6", "12", "xyz"),
}
BLANKS = {
    "numbers": ("1 -2\t0.5\n   4 .125 -6\n", None, None),
    "comments": ("# above\n1 -2 .5 # beside\n# between\n4 1/8 -6", None, None),
    "first row": ("x y z\n1 -2 .5\n4 .125 -6", "12", "xyz"),
    "both": ("  x y z\na 1 -2 .5\nb 4 .125 -6", "ab", "xyz"),
}


@pytest.mark.parametrize(
    ("text", "rows", "columns", "suffix"),
    [
        *((*case, suffix) for case in TABLES.values() for suffix in (".csv", ".txt")),
        *((*case, ".txt") for case in BLANKS.values()),
    ],
)
def test_tables_in_every_shape(folder, text, rows, columns, suffix):
    game = read_game(store(folder, f"shape{suffix}", text))
    np.testing.assert_array_equal(game.payoffs(), P)
    assert game.labelled == (rows is not None)
    assert game.actions == (tuple(rows or "12"), tuple(columns or "123"))


def test_comments_name_the_game_and_its_players(folder):
    text = '#name:  My game: two # \n# players: "a, b" , c\n# source: somewhere\n1\n'
    game = read_game(store(folder, "told.csv", text.replace(" , c", ", c")))
    assert (game.name, game.players) == ("My game: two #", ("a, b", "c"))


def test_half_labelled_tables_number_the_other_side(folder):
    game = read_game(store(folder, "one.csv", "a,1,2\n"))
    assert (game.actions, game.labelled) == ((("a",), ("1", "2")), True)


def test_text_of_numbers_names_the_line(folder):
    message = assert_one_sentence(store(folder, "line.txt", "# a\n\n1 2\n# b\n3 x\n"))
    assert message.startswith(", line 5: ")


@pytest.mark.parametrize("players", ["a", "a, b, c", ", b", '"a', ""])
def test_a_comment_that_does_not_name_two_players_names_none(folder, players):
    assert read_game(store(folder, "nobody.csv", f"# players: {players}\n1\n")).players == MatrixGame(P).players


SPOILT = {
    "empty": ("", 1, "found no numbers"),
    "comments alone": ("# a\n# b\n", 2, "found no numbers"),
    "labels alone": (",a,b\n", 1, "found none"),
    "one word": ("rock\n", 1, "found none"),
    "words": ("a,b,c\n", 1, "found 'b'"),
    "ragged": ("1,2\n3,4\n5\n", 3, "expected 2 cells as in the other rows, found 1"),
    "ragged with labels": (",a,b\nr,1,2\ns,1,2,3\n", 3, "expected 3 cells as in the other rows, found 4"),
    "empty cell": ("1,2\n3,\n", 2, "found nothing"),
    "empty label": (",a,\nr,1,2\n", 1, "expected a label, found nothing"),
    "empty label of a row": (",a\nr,1\n,2\n", 3, "expected a label, found nothing"),
    "label twice": (",a,b\nr,1,2\ns,1,2\nr,3,4\n", 4, "found 'r' twice"),
    "a word in front": ("foo,1,2\n3,4,5\n", 1, "found 'foo'"),
    "label of a column twice": ("# c\n,a,a\nr,1,2\n", 2, "found 'a' twice"),
    "a typing error": ("1,2\n3,4x\n", 2, "found '4x'"),
    "a typing error in front": ("a,b\n1,2\n3x,4\n", 2, "expected a label, found '1'"),
    "a label among numbers": ("1,2\nx,4\n", 1, "expected a label, found '1'"),
    "nan": ("1,2\n3,NaN\n", 2, "expected a finite number, found 'NaN'"),
    "infinity": ("1,2\n3,-inf\n", 2, "expected a finite number"),
    "too large": ("1,2\n3,1e400\n", 2, "expected a finite number"),
    "open quote": ('"a,1\nb,2\n', 2, "separated by commas"),
    "text behind a quote": ('"a"b,1\n', 1, "separated by commas"),
    "long cell": ("1" * 200_000, 1, "separated by commas"),
    "semicolons": ("1;2\n3;4\n", 1, "commas and write 1.5 for 1,5"),
    "decimal commas": ("1,5;2,0\n2,5;3,0\n", 1, "commas and write 1.5 for 1,5"),
    "semicolons and labels": (";l;r\nu;1;2\nd;3;4\n", 2, "commas and write 1.5 for 1,5"),
    "not text": (b"1,2\n\x93,4\n", None, "0x93"),
}


@pytest.mark.parametrize(("text", "line", "said"), SPOILT.values(), ids=SPOILT)
def test_csv_refused_in_one_sentence(folder, text, line, said):
    message = assert_one_sentence(store(folder, "spoilt.csv", text))
    assert said in message
    assert line is None or message.startswith(f", line {line}: ")


# Arrays


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia"])
@pytest.mark.parametrize("kind", [sp.csr_array, sp.csr_matrix])
def test_npz_of_scipy_is_read_in_every_form(folder, form, kind):
    held = kind(np.array([[0.0, 1.5, 0.0, 2.0], [0.0, 0.0, -3.0, 0.0]])).asformat(form)
    sp.save_npz(folder / "scipy.npz", held)
    game = read_game(folder / "scipy.npz")
    assert sp.issparse(game.payoffs())
    np.testing.assert_array_equal(dense(game), held.toarray())


def test_entries_that_are_there_twice_are_added(folder):
    sp.save_npz(folder / "twice.npz", sp.csr_array(([4.0, 2.0, 5.0], [1, 1, 0], [0, 2, 3]), shape=(2, 3)))
    game = read_game(folder / "twice.npz")
    np.testing.assert_array_equal(dense(game), [[0, 6, 0], [5, 0, 0]])
    assert game.spread == 6.0


def test_npz_with_one_matrix_needs_no_name(folder):
    path = store(folder, "one.npz", npz(weights=np.arange(3.0), anything=P))
    np.testing.assert_array_equal(read_game(path).payoffs(), P)


def test_npz_labels_of_one_player(folder):
    path = store(folder, "half.npz", npz(payoffs=P, column_actions=np.array(["x", "y", "z"])))
    assert read_game(path).actions == (("1", "2"), ("x", "y", "z"))


@pytest.mark.parametrize(
    "array",
    [P.astype(">f8"), P.astype(np.float16), np.asfortranarray(P), (8 * P).astype(np.int16), P > 0, P[:, ::2]],
)
def test_npy_of_every_real_type(folder, array):
    np.save(folder / "kind.npy", array)
    np.testing.assert_array_equal(read_game(folder / "kind.npy").payoffs(), array.astype(float))


def test_npy_of_python_2_is_read_without_a_warning(folder):
    path = store(folder, "two.npy", header("(1L, 1L)"))
    assert read_game(path).payoffs().tolist() == [[0.0]]


def test_npy_of_an_unknown_version_says_so(folder):
    path = store(folder, "later.npy", npy(P).replace(b"NUMPY\x01", b"NUMPY\x09"))
    assert "version (9, 0)" in assert_one_sentence(path)


def npy(array=None, header=None):
    stream = io.BytesIO()
    if header is None:
        np.save(stream, array, allow_pickle=True)
    else:
        stream.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return stream.getvalue()


def header(shape, descr="<f8"):
    return npy(header=f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}}}\n".encode()) + bytes(8)


DAMAGED = {
    "empty.npy": b"",
    "objects.npy": npy(np.array([[None, {}]])),
    "vector.npy": npy(np.arange(3.0)),
    "batch.npy": npy(np.zeros((2, 2, 2))),
    "nothing.npy": npy(np.zeros((0, 3))),
    "complex.npy": npy(1j * P),
    "words.npy": npy(np.array([["1", "2"]])),
    "fields.npy": npy(np.zeros((1, 1), dtype=[("a", "f8")])),
    "nan.npy": npy(np.array([[1.0, np.nan]])),
    "infinite.npy": npy(np.array([[1.0, np.inf]])),
    "huge.npy": header("(1000000000, 1000000000)"),
    "overflow.npy": header("(4294967296, 4294967296)"),
    "negative.npy": header("(-1, -1)"),
    "endless.npy": header(f"({'9' * 5000}, 1)"),
    "empty width.npy": header("(1000000000, 1000000000)", "<U0"),
    "nested.npy": header("(" * 5000),
    "short.npy": npy(P)[:-1],
    "long.npy": npy(P) + b"1",
    "archive.npy": npz(payoffs=P),
    "empty.npz": b"",
    "no members.npz": npz(),
    "two matrices.npz": npz(a=P, b=P),
    "objects.npz": npz(payoffs=np.array([[None]])),
    "vector.npz": npz(payoffs=np.arange(3.0)),
    "nan.npz": npz(payoffs=np.array([[np.nan]])),
    "labels.npz": npz(payoffs=P, row_actions=np.array(["a"])),
    "label twice deep.npz": npz(payoffs=P, row_actions=np.array([["a", "b"]])),
    "label numbers.npz": npz(payoffs=P, row_actions=np.array([1, 2])),
    "array.npz": npy(P),
    "sparse words.npz": npz(format=b"xyz", shape=np.array([1, 1]), data=np.ones(1)),
    "sparse outside.npz": npz(
        format=b"csr",
        shape=np.array([2, 2]),
        data=np.ones(1),
        indices=np.array([7]),
        indptr=np.array([0, 1, 1]),
    ),
    "sparse backwards.npz": npz(
        format=b"csr",
        shape=np.array([2, 2]),
        data=np.ones(2),
        indices=np.array([0, 1]),
        indptr=np.array([0, 9, 2]),
    ),
    "sparse huge.npz": npz(
        format=b"coo", shape=np.array([10**7, 2]), data=np.ones(1), row=np.array([0]), col=np.array([0])
    ),
    "sparse nan.npz": npz(
        format=b"coo", shape=np.array([1, 2]), data=np.array([np.nan]), row=np.array([0]), col=np.array([0])
    ),
    "sparse complex.npz": npz(
        format=b"coo", shape=np.array([1, 2]), data=np.array([1j]), row=np.array([0]), col=np.array([0])
    ),
    "empty.mtx": b"",
    "words.mtx": b"hello\n",
    "vector.mtx": b"%%MatrixMarket vector array real general\n2\n1\n2\n",
    "complex.mtx": b"%%MatrixMarket matrix array complex general\n1 2\n1 1\n",
    "nan.mtx": b"%%MatrixMarket matrix array real general\n1 1\nnan\n",
    "sparse nan.mtx": b"%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 nan\n",
    "huge.mtx": b"%%MatrixMarket matrix array real general\n1000000000 1000000000\n1\n",
    "overflow.mtx": b"%%MatrixMarket matrix array real general\n4294967296 4294967296\n1\n",
    "digits.mtx": b"%%MatrixMarket matrix array real general\n" + b"9" * 50 + b" 1\n1\n",
    "many.mtx": b"%%MatrixMarket matrix coordinate real general\n100 100 1000000000000\n1 1 2\n",
    "wide.mtx": b"%%MatrixMarket matrix coordinate real general\n1000000000 1000000000 1\n1 1 2\n",
    "outside.mtx": b"%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 2\n",
    "oblong.mtx": b"%%MatrixMarket matrix array real symmetric\n2 3\n1\n2\n3\n",
    "left.mtx": b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 0 2\n",
    "between.mtx": b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1.5 2\n",
    "full pattern.mtx": b"%%MatrixMarket matrix array pattern general\n1 1\n1\n",
    "form.mtx": b"%%MatrixMarket matrix list real general\n1 1\n1\n",
    "symmetry.mtx": b"%%MatrixMarket matrix array real antisymmetric\n1 1\n1\n",
    "no sizes.mtx": b"%%MatrixMarket matrix array real general\n%\n",
    "too few.mtx": b"%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n",
    "too many.mtx": b"%%MatrixMarket matrix array real general\n1 2\n1\n2\n3\n",
    "nothing.mtx": b"%%MatrixMarket matrix coordinate real general\n0 0 0\n",
    "ratio.mtx": b"%%MatrixMarket matrix array real general\n1 1\n1/3\n",
    "comma.mtx": b"%%MatrixMarket matrix array real general\n1 1\n1,3\n",
    "fortran.mtx": b"%%MatrixMarket matrix array real general\n1 1\n1D3\n",
    "two in a line.mtx": b"%%MatrixMarket matrix array real general\n1 1\n1 3\n",
    "plain.mtx.gz": b"%%MatrixMarket matrix array real general\n1 1\n1\n",
    "huge.mtx.gz": gzip.compress(b"%%MatrixMarket matrix array real general\n1000000 1000000\n1\n"),
    "short.mtx.gz": gzip.compress(b"%%MatrixMarket matrix array real general\n1 1\n1\n")[:-9],
}


@pytest.mark.parametrize("name", ["objects.npy", "objects.npz"])
def test_arrays_of_objects_are_refused_as_such(folder, name):
    message = assert_one_sentence(store(folder, name, DAMAGED[name]))
    assert "arrays of Python objects are not read" in message
    assert "damaged" not in message


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_arrays_are_refused_in_one_sentence(folder, name):
    assert_one_sentence(store(folder, name, DAMAGED[name]))


def test_a_member_that_claims_more_than_the_archive_holds_is_refused(folder):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("payoffs.npy", npy(np.zeros((3000, 1000))))
    assert "claims" in assert_one_sentence(store(folder, "bomb.npz", stream.getvalue()))


@st.composite
def markets(draw):
    """A matrix, dense or sparse, and a symmetry that it has."""
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    symmetry = draw(st.sampled_from(["general", "symmetric", "skew-symmetric", "hermitian"]))
    m = m if symmetry == "general" else n
    matrix = np.array(draw(st.lists(st.sampled_from([0.0, 0.1, -2.5, 3e9]), min_size=n * m, max_size=n * m)))
    matrix = matrix.reshape(n, m)
    if symmetry != "general":
        lower = np.tril(matrix, -1)
        matrix = lower - lower.T if symmetry == "skew-symmetric" else lower + lower.T + np.diag(np.diag(matrix))
    return draw(st.sampled_from([np.asarray, sp.coo_array, sp.csc_array]))(matrix), symmetry


@given(case=markets(), line_end=st.sampled_from([b"\n", b"\r\n", b" \n\n", b"\n%\n"]))
@settings(deadline=None, max_examples=60)
def test_matrix_market_reads_what_scipy_writes(folder, case, line_end):
    held, symmetry = case
    stream = io.BytesIO()
    mmwrite(stream, held, symmetry=symmetry, comment="by hand")
    banner, rest = stream.getvalue().split(b"\n", 1)
    path = store(folder, "kind.mtx", banner + line_end + rest.replace(b"\n", line_end.replace(b"%\n", b"")))
    game = read_game(path)
    assert sp.issparse(game.payoffs()) == sp.issparse(held)
    np.testing.assert_array_equal(dense(game), held.toarray() if sp.issparse(held) else held)


def test_matrix_market_pattern_and_entries_there_twice(folder):
    text = "%%MatrixMarket matrix coordinate pattern general\n2 3 3\n1 2\n2 3\n1 2\n"
    game = read_game(store(folder, "pattern.mtx", text))
    np.testing.assert_array_equal(dense(game), [[0, 2, 0], [0, 0, 1]])


def test_a_lone_carriage_return_does_not_end_the_process(folder):
    # The reader of scipy 1.17 reads beyond the end of this file.
    text = "%%MatrixMarket matrix array real general\n%\n2 3\n1\n4\n-2\n1.25E-1\n5E-1\n-6\r"
    np.testing.assert_array_equal(read_game(store(folder, "return.mtx", text)).payoffs(), P)


# Files written by others


def published():
    if GAMES is None:
        return []
    with (Path(GAMES) / "values.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    return [row for row in rows if Path(row[0]).suffix in (".nfg", ".csv", ".txt")]


@pytest.mark.skipif(GAMES is None, reason="MINMAX_GAMES_DIR names no folder of game files")
def test_real_files_have_their_published_value(folder):
    rows = published()
    assert rows, "values.csv lists no normal form"
    for name, size, value, total in rows:
        game = read_game(Path(GAMES) / name)
        assert "{}x{}".format(*game.shape) == size, name
        # HiGHS keeps constraints to 1e-7; these payoffs are at most 7.
        assert value_by_linprog(dense(game)) == pytest.approx(float(Fraction(value)), abs=1e-6), name
        if name.endswith(".nfg"):
            assert game.total == float(Fraction(total)), name
        for suffix in LABELLED:
            write_game(game, folder / f"real{suffix}")
            assert_same_bits(read_game(folder / f"real{suffix}"), game)
            assert_same_words(read_game(folder / f"real{suffix}"), game)


@pytest.mark.skipif(GAMES is None, reason="MINMAX_GAMES_DIR names no folder of game files")
def test_the_labels_of_a_real_table(folder):
    game = read_game(Path(GAMES) / "other" / "pokemon_type_chart.csv")
    assert game.actions[0] == game.actions[1]
    assert game.actions[0][:2] == ("Normal", "Fire")
    assert game.payoffs()[1, 4] == 2.0  # fire burns grass
    assert game.payoffs()[4, 1] == 0.5


# No file does anything but give a game or one sentence


def valid_files(folder):
    """Return the bytes of files of every suffix, small enough that a changed byte often matters."""
    full = MatrixGame.from_bimatrix(P, 1 - P, actions=(("a", 'b "c"'), tuple("xyz")), players=("p", "q"), name="n")
    files = {suffix: [] for suffix in SUFFIXES}
    for suffix in SUFFIXES:
        for game in (full, MatrixGame(P), sparse_game()):
            write_game(game, folder / f"valid{suffix}")
            files[suffix].append((folder / f"valid{suffix}").read_bytes())
    files[".nfg"].extend(text.encode() for text in READABLE.values())
    files[".csv"].extend(case[0].encode() for case in TABLES.values())
    files[".txt"].extend(case[0].encode() for case in BLANKS.values())
    return files


@pytest.fixture(scope="module")
def valid(folder):
    return valid_files(folder)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_a_changed_byte(folder, valid, suffix, data):
    content = bytearray(data.draw(st.sampled_from(valid[suffix])))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.sampled_from(b'0123456789 ,"{}\\\n/-#eE.()') | st.integers(0, 255))
    assert_game_or_sentence(store(folder, f"changed{suffix}", bytes(content)))


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(data=st.data())
@settings(deadline=None, max_examples=40)
def test_a_truncated_file(folder, valid, suffix, data):
    content = data.draw(st.sampled_from(valid[suffix]))
    content = content[: data.draw(st.integers(0, len(content)))]
    assert_game_or_sentence(store(folder, f"cut{suffix}", content))


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(content=st.binary(max_size=60))
@settings(deadline=None, max_examples=30)
def test_random_bytes(folder, suffix, content):
    assert_game_or_sentence(store(folder, f"bytes{suffix}", content))


MAGIC = {".nfg": HEAD, ".mtx": "%%MatrixMarket matrix coordinate real general\n2 2 1\n"}
pieces = st.sampled_from([*'{}",\n \\#%-', "1", "-2.5", "1/3", "nan", "1e999", "rock", '"a"', "# name: x\n", "2 2"])


@pytest.mark.parametrize("suffix", [".nfg", ".csv", ".txt", ".mtx"])
@given(text=texts() | st.lists(pieces, max_size=30).map("".join))
@settings(deadline=None, max_examples=80)
def test_random_text(folder, suffix, text):
    for start in ("", MAGIC.get(suffix, "")):
        assert_game_or_sentence(store(folder, f"text{suffix}", start + text))
