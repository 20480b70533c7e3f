"""Gambit's extensive-form files: what they say, what is refused, and games written and read again."""

from __future__ import annotations

import csv
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minmax as mm
from minmax.games.rules import CHANCE, OVER

GAMES = os.environ.get("MINMAX_GAMES_DIR") or None
HEAD = 'EFG 2 R "Poker" { "Alice" "Bob" }\n"a comment"\n\n'
POKER = (
    HEAD
    + """c "" 1 "" { "King" 1/2 "Queen" 1/2 } 0
p "" 1 1 "" { "Raise" "Fold" } 0
p "" 2 1 "" { "Meet" "Pass" } 0
t "" 1 "Alice wins big" { 2, -2 }
t "" 2 "Alice wins" { 1, -1 }
t "" 2
p "" 1 2 "" { "Raise" "Fold" } 0
p "" 2 1 0
t "" 3 "Bob wins big" { -2 2 }
t "" 2 "Alice wins" { 1 -1 }
t "" 4 "Bob wins" { -1 1 }
"""
)
# One move of each player, the second of whom does not see the first's; outcomes on the way.
PENNIES = 'p "" 1 7 "first" { "h" "t" } 0\np "" 2 3 "second" { "h" "t" } 0\nt "" 1 "" { 2 0 }\nt "" 2 "" { 0 2 }\n'
PENNIES += 'p "" 2 3 9 "side payment" { 1.5 -1.5 }\nt "" 3 "" { -1.5 3.5 }\nt "" 4 "" { .5 1.5 }\n'


def stored(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "game.efg"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path) -> str:
    with pytest.raises(ValueError) as caught:
        mm.read_game(path)
    message = str(caught.value)
    assert type(caught.value) is ValueError
    assert message.startswith(str(path))
    assert message.endswith(".")
    assert "\n" not in message
    return message.removeprefix(str(path))


def test_a_poker_of_one_card_is_read_and_solved(tmp_path: Path) -> None:
    game = mm.read_game(stored(tmp_path, POKER))
    assert game.name == "Poker"
    assert game.players == ("Alice", "Bob")
    assert game.information == (("(1)", "(2)"), ("(1)",))
    assert game.moves == ((("Raise", "Fold"),) * 2, (("Meet", "Pass"),))
    found = mm.solve(game)
    assert found.path == ("LinearProgram",)
    assert found.value == pytest.approx(1 / 3, abs=1e-12)
    assert game.choices("y", found.y)[0].probabilities == pytest.approx({"Meet": 2 / 3, "Pass": 1 / 3})


def test_outcomes_on_the_way_are_paid_and_sums_need_not_vanish(tmp_path: Path) -> None:
    game = mm.read_game(stored(tmp_path, HEAD + PENNIES))
    assert game.information == (("first",), ("second",))
    assert game.P.toarray()[1:, 1:].tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert game.total == 2.0
    assert mm.solve(game).value == pytest.approx(1.0)


def test_labels_that_do_not_tell_sets_apart_are_numbered(tmp_path: Path) -> None:
    text = 'p "" 1 1 "a" { "l" "l" } 0\np "" 1 2 "a" { "" "r" } 0\n' + 't "" 1 "" { 1 -1 }\n' * 3
    game = mm.read_game(stored(tmp_path, HEAD + text))
    assert game.information[0] == ("a (1)", "a (2)")
    assert game.moves[0] == (("l (1)", "l (2)"), ("(1)", "r (2)"))


@pytest.mark.parametrize("labels", [("A (2)", "A", "A"), ("(2)", "", "(3)")])
def test_names_that_are_made_up_are_nobody_elses(labels: tuple[str, ...], tmp_path: Path) -> None:
    """Chance draws one of three sets of x, some with a label that another would get by its number; each can win 1."""
    text = 'c "" 1 "" { "l" 1/3 "m" 1/3 "r" 1/3 } 0\n'
    for number, label in enumerate(labels, 1):
        good, bad = (f't "" {outcome} "" {{ {paid} {-paid} }}\n' for outcome, paid in ((1, 1), (2, 0)))
        text += f'p "" 1 {number} "{label}" {{ "u" "d" }} 0\n' + (good + bad if number == 1 else bad + good)
    game = mm.read_game(stored(tmp_path, HEAD + text))
    assert len(set(game.information[0])) == 3
    assert mm.solve(game).value == pytest.approx(1.0)


def test_names_need_no_quotes(tmp_path: Path) -> None:
    text = 'p "" 1 1 first { a b } 0\nt "" 1 "" { 1 -1 }\nt end 2 "won" { 2, -2 }'
    game = mm.read_game(stored(tmp_path, HEAD + text))
    assert game.information[0] == ("first",)
    assert mm.solve(game).value == 2.0


def test_a_wide_file_is_read_in_time_that_grows_with_it(tmp_path: Path) -> None:
    """Twenty thousand things that chance may do, each with a set of its own: minutes, were it by their squares."""
    count = 20_000
    text = 'c "" 1 "" { ' + " ".join(f'"{k}" 1/{count}' for k in range(count)) + " } 0\n"
    ends = 't "" 1 "" { 1 -1 }\nt "" 2 "" { 0 0 }\n'
    text += "".join(f'p "" 1 {k + 1} "{k}" {{ "l" "r" }} 0\n{ends}' for k in range(count))
    assert mm.read_game(stored(tmp_path, HEAD + text)).shape == (1 + 2 * count, 1)


class Anyone:
    """Chance with unequal odds and moves that have no name of their own."""

    def start(self) -> Any:
        return ()

    def turn(self, state: Any) -> str:
        return (CHANCE, "x", "y", OVER)[len(state)]

    def chances(self, state: Any) -> Any:
        return [(0, 0.1), ('quoted "one"', 0.2), ((1, 2), 1.0 - 0.1 - 0.2), ("never", 0.0)]

    def actions(self, state: Any) -> Any:
        return [0, 1]

    def after(self, state: Any, action: Any) -> Any:
        return (*state, action)

    def payoff(self, state: Any) -> float:
        return len(str(state[0])) / 7 + (state[1] == state[2])

    def information(self, state: Any) -> Any:
        return state[0] if len(state) == 1 else "\\"


ROUND_TRIPS = {
    "kuhn": mm.zoo.kuhn,
    "kuhn of 4": lambda: mm.zoo.kuhn(4, 0.5),
    "dice": lambda: mm.zoo.liars_dice(2, dice=2),
    "goofspiel": lambda: mm.zoo.goofspiel(3, order="random"),
    "anyone": lambda: mm.ExtensiveFormGame.from_rules(Anyone(), players=('A "1"', "B"), name="n", total=0.25),
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_what_is_written_is_read_again(name: str, tmp_path: Path) -> None:
    game = ROUND_TRIPS[name]()
    mm.write_game(game, tmp_path / "game.EFG")
    again = mm.read_game(tmp_path / "game.EFG")
    assert (again.name, tuple(again.players), again.total) == (game.name, tuple(game.players), game.total)
    assert again.information == tuple(tuple(map(str, own)) for own in game.information)
    assert again.moves == tuple(tuple(tuple(map(str, labels)) for labels in own) for own in game.moves)
    assert abs(again.P - game.P).max() <= (1e-16 if name == "anyone" else 0.0)
    assert again.payoffs == game.payoffs


def test_a_game_that_has_no_rules_is_written_as_a_draw_of_its_entries(tmp_path: Path) -> None:
    game = mm.zoo.kuhn()
    bare = mm.ExtensiveFormGame(game.P, game.X, game.Y, information=game.information, moves=game.moves)
    mm.write_game(bare, tmp_path / "game.efg")
    again = mm.read_game(tmp_path / "game.efg")

    def told(game: Any, k: int, plan: np.ndarray) -> np.ndarray:
        """The plan of the game read, with the same choices."""
        choices = {c.information: c.probabilities for c in bare.choices("xy"[k], plan)}
        behaviour = [1.0, *(p for name in game.information[k] for p in choices[name].values())]
        return np.asarray(game.domains[k].plan(behaviour))

    rng = np.random.default_rng(0)
    for _ in range(5):
        x, y = (domain.plan(rng.exponential(size=domain.n)) for domain in bare.domains)
        assert again.payoff(told(again, 0, x), told(again, 1, y)) == pytest.approx(bare.payoff(x, y), abs=1e-12)
    nothing = mm.ExtensiveFormGame(np.zeros((1, 1)), mm.Treeplex([], []), mm.Treeplex([], []))
    mm.write_game(nothing, tmp_path / "game.efg")
    assert mm.read_game(tmp_path / "game.efg").shape == (1, 1)


MISTAKES = [
    ("NFG 1", "begins with EFG"),
    ('EFG 1 R "" { "a" "b" }', "version 2"),
    ('EFG 2 R "" { "a" "b" "c" }', "found 3 players"),
    ('EFG 2 R "" { "a" "b"', "found the end of the file"),
    (HEAD, "a node, which begins with c, p or t, found the end of the file"),
    (HEAD + 'q "" 1', "line 4: expected a node, which begins with c, p or t, found 'q'"),
    (HEAD + 'p "" 3 1 "" { "a" } 0', "the player, 1 or 2, found 3"),
    (HEAD + 'p "" 1 0 "" { "a" } 0', "the number of the information set"),
    (HEAD + 'p "" 1 1 "" { } 0', "at least one action"),
    (HEAD + 'p "" 1 1 0', "{ before the actions of the information set, found '0'"),
    (HEAD + 'c "" 1 "" { "a" 1/2 "b" 1/3 } 0', "found a sum of 0.833333333333"),
    (HEAD + 'c "" 1 "" { "a" 3/2 "b" -1/2 } 0', "none negative"),
    (HEAD + 'c "" 1 "" { "a" "b" } 0', "a probability after each action"),
    (HEAD + 't "" 5', "{ before the payoffs of outcome 5, which is new"),
    (HEAD + 't "" 0 "" { 1 -1 }', "outcome 0 stands for none"),
    (HEAD + 't "" 1 "" { 1 }', "the payoff of player 2"),
    (HEAD + 't "" 1 "" { 1 nan }', "a finite number, found 'nan'"),
    (HEAD + 't "" 1 "" { 1 -1 0 }', "} after the payoffs of both players"),
    (HEAD + 't "" 1 "" { 1 -1 }\nt "" 1', "line 5: expected the end of the file"),
    (HEAD + 'p "" 1 1 "" { "a" "b" } 0\nt "" 1 "" { 1 -1 }', "found the end of the file"),
    (HEAD + 'p "" 1 1 "" { "a" "b" } 0\nt "" 1 "" { 1 -1 }\nt "" 1 "" { 2 -2 }', "pays otherwise"),
    (HEAD + 'p "" 1 1 "" { "a" "b" } 0\nt "" 1 "" { 1 -1 }\nt "" 2 "" { 2 -1 }', "sum to 0 and to 1"),
    (HEAD + 'p "" 1 1 "" { "a" } 1 "" { 1e308 0 }\nt "" 1', "too large"),
    (
        HEAD + 'p "" 1 1 "" { "a" "b" } 0\np "" 2 1 "" { "a" } 0\nt "" 1 "" { 1 -1 }\np "" 2 1 "" { "b" } 0\nt "" 1',
        "information set 1 of player 2 has other actions",
    ),
    (HEAD + 'p "" 1 1 "" { "a" "b" } 0\nt "" 1 "" { 1 -1 }\np "" 1 1 0\nt "" 1\nt "" 1', "perfect recall"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES, ids=[words for _, words in MISTAKES])
def test_damaged_files_are_refused_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(stored(tmp_path, text))


def test_suffixes_and_kinds_of_games_go_together(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"games on trees are written to \.efg"):
        mm.write_game(mm.zoo.kuhn(), tmp_path / "kuhn.nfg")
    with pytest.raises(ValueError, match=r"games on trees are written to \.efg"):
        mm.write_game(mm.zoo.blotto(), tmp_path / "blotto.efg")
    with pytest.raises(ValueError, match="`loss` is for matrices"):
        mm.read_game(stored(tmp_path, POKER), loss=True)


@given(data=st.data())
@settings(deadline=None, max_examples=100)
def test_a_changed_byte_gives_a_game_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    content = bytearray(data.draw(st.sampled_from([POKER, HEAD + PENNIES])).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.sampled_from(b'0123456789 ,"{}\\\n/-.cpt') | st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))]
    path = stored(tmp_path_factory.mktemp("changed"), bytes(content))
    try:
        game = mm.read_game(path)
    except ValueError:
        refused(path)
    else:
        assert np.isfinite(game.P.data).all()


@pytest.mark.skipif(GAMES is None, reason="MINMAX_GAMES_DIR names no folder of game files")
def test_real_trees_have_their_published_value() -> None:
    with (Path(str(GAMES)) / "values.csv").open(newline="") as stream:
        rows = [row for row in list(csv.reader(stream))[1:] if row[0].endswith(".efg")]
    assert rows
    for name, sizes, value, total in rows:
        path = Path(str(GAMES)) / name
        if not value:
            words = "perfect recall" if "recall" in total else "constant-sum"
            assert words in refused(path), name
            continue
        game = mm.read_game(path)
        assert "x".join(str(domain.parents.size) for domain in game.domains) == sizes
        assert game.total == pytest.approx(float(Fraction(total)))
        assert mm.solve(game, tol=1e-9).value == pytest.approx(float(Fraction(value)), abs=1e-9), name
