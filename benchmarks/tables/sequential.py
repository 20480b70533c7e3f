"""Games on trees and through time: rounds of CFR+ against OpenSpiel's C++ and LiteEFG, and time to an equilibrium.

    python benchmarks/tables/sequential.py rounds     # rounds of CFR+ in turns, and installed peers beside them
    python benchmarks/tables/sequential.py times      # seconds to exploitabilities of 1e-3, 1e-4 and 1e-6, and exactly
    python benchmarks/tables/sequential.py markov     # soccer of 760 states, and 100,000 random states
    python benchmarks/tables/sequential.py --small    # small games of all, for CI

One thread.  Rounds are timed in turns within this process, the least of several repeats counts; peers hold Leduc's full
deck, so that is what all of them play.  All peers average linearly, and after as many rounds all have
the same gap: it is printed for each.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from io import StringIO
from typing import Any

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from machine import made_on  # noqa: E402

import minmax as mm  # noqa: E402

REPEATS = 5
EXPLOITABILITIES = (1e-3, 1e-4, 1e-6)

# Ours, OpenSpiel's name, and rounds of ours and of peers in a repeat.
ROUNDS: dict[str, tuple[Callable[[], Any], str, int, int]] = {
    "kuhn": (mm.zoo.kuhn, "kuhn_poker", 20_000, 200),
    "leduc": (lambda: mm.zoo.leduc(suited=True), "leduc_poker", 10_000, 20),
    "dice 4": (lambda: mm.zoo.liars_dice(4), "liars_dice(numdice=1,dice_sides=4)", 10_000, 20),
    "dice 6": (lambda: mm.zoo.liars_dice(6), "liars_dice(numdice=1,dice_sides=6)", 400, 4),
}
TIMES: dict[str, Callable[[], Any]] = {
    "kuhn": mm.zoo.kuhn,
    "leduc, ranks": mm.zoo.leduc,
    "leduc": lambda: mm.zoo.leduc(suited=True),
    "dice 4": lambda: mm.zoo.liars_dice(4),
    "goofspiel 5": lambda: mm.zoo.goofspiel(5),
    "dice 6": lambda: mm.zoo.liars_dice(6),
}
DYNAMICS = {
    "CFR+": mm.RegretMatchingPlus(),
    "DCFR": mm.DiscountedRegretMatching(),
    "PCFR+": mm.PredictiveRegretMatchingPlus(),
}


class Ours:
    """CFR+ of this library, every run from the start: `solve` with one look, at the end."""

    def __init__(self, game: Any, other: str) -> None:
        self.game = game

    def play(self, rounds: int) -> None:
        self.found = mm.solve(self.game, mm.RegretMatchingPlus(), rounds=rounds, tol=None, every=rounds)

    def gap(self) -> float:
        return float(self.found.gap)


class OpenSpiel:
    """CFR+ of OpenSpiel in C++."""

    def __init__(self, game: Any, other: str) -> None:
        import pyspiel

        self.spiel, self.game = pyspiel, pyspiel.load_game(other)
        self.solver = pyspiel.CFRPlusSolver(self.game)

    def play(self, rounds: int) -> None:
        for _ in range(rounds):
            self.solver.evaluate_and_update_policy()

    def gap(self) -> float:
        return float(self.spiel.nash_conv(self.game, self.solver.average_policy()))


class Lite:
    """CFR+ of LiteEFG, its own baseline."""

    def __init__(self, game: Any, other: str) -> None:
        import LiteEFG
        import pyspiel
        from LiteEFG.baselines.CFRplus import graph

        LiteEFG.set_threads(1)
        with redirect_stdout(StringIO()):
            self.env, self.graph = LiteEFG.OpenSpielEnv(pyspiel.load_game(other), "Enumerate", regenerate=True), graph()
            self.env.set_graph(self.graph)

    def play(self, rounds: int) -> None:
        for _ in range(rounds):
            self.graph.update_graph(self.env)
            self.env.update_strategy(self.graph.current_strategy())

    def gap(self) -> float:
        return float(sum(self.env.exploitability(self.graph.current_strategy(), "linear-avg-iterate")))


PEERS = {"OpenSpiel": (OpenSpiel, "open_spiel"), "LiteEFG": (Lite, "liteefg")}


def rounds(names: list[str], repeats: int) -> None:
    """Print microseconds of a round of CFR+, and ratios."""
    there = {}
    for name, (peer, package) in PEERS.items():
        try:
            print(f"{name} {version(package)}", end="; ")
            there[name] = peer
        except PackageNotFoundError:
            print(f"{name} is not installed", end="; ")
    print(f"minmax {mm.__version__}")
    print(
        f"{'CFR+, a round':<14}{'sequences':>14}{'minmax us':>12}"
        + "".join(f"{n + ' us':>14}{'ratio':>8}" for n in there)
    )
    for name in names:
        build, other, ours, theirs = ROUNDS[name]
        game = build()
        players = {"minmax": (Ours(game, other), ours)}
        players |= {peer: (make(game, other), theirs) for peer, make in there.items()}
        least = dict.fromkeys(players, float("inf"))
        for repeat in range(repeats + 1):
            for peer, (player, count) in players.items():
                began = time.perf_counter()
                player.play(count)
                if repeat:  # the first compiles
                    least[peer] = min(least[peer], (time.perf_counter() - began) / count)
        line = f"{name:<14}{'{} + {}'.format(*game.shape):>14}{1e6 * least['minmax']:>12.1f}"
        for peer in there:
            line += f"{1e6 * least[peer]:>14.0f}{least[peer] / least['minmax']:>8.0f}"
        played = (repeats + 1) * theirs  # peers have gone on, we begin anew
        players["minmax"][0].play(played)
        gaps = ", ".join(f"{peer} {player.gap():.6g}" for peer, (player, _) in players.items())
        print(f"{line}\n  gap after {played} rounds: {gaps}", flush=True)


def times(names: list[str], most: float) -> None:
    """Print seconds to an exploitability, by the fastest of the dynamics, and of the linear program."""
    columns = "".join(f"{size:>18.0e}" for size in EXPLOITABILITIES)
    print(f"\n{'to exploitability':<20}{columns}{'linear program':>18}{'its gap':>10}")
    for name in names:
        game = TIMES[name]()
        line = f"{name:<20}"
        for size in EXPLOITABILITIES:
            best, which = float("inf"), "none"
            for label, rule in DYNAMICS.items() if size < EXPLOITABILITIES[1] else REPEATS * list(DYNAMICS.items()):
                mm.solve(game, rule, rounds=40, tol=None)  # compiles
                found = mm.solve(
                    game, rule, rounds=10_000_000, tol=2.0 * size / game.scale, time_limit=min(most, 1.01 * best)
                )
                if found.gap <= 2.0 * size and found.seconds < best:
                    best, which = found.seconds, label
            line += f"{f'{best:.3g} {which}':>18}"
        began = time.perf_counter()
        exact = mm.solve(game, mm.LinearProgram())
        print(f"{line}{time.perf_counter() - began:>18.3g}{exact.gap:>10.1e}", flush=True)


def markov(small: bool) -> None:
    """Print seconds to a tolerance of Markov games, certificate included, and what they took."""
    print(f"\n{'Markov game':<34}{'method':<18}{'build s':>9}{'solve s':>9}{'sweeps':>8}{'gap':>10}")
    soccer = (lambda: mm.zoo.soccer(2, 3)) if small else mm.zoo.soccer
    states = 200 if small else 100_000
    everything = (mm.PolicyIteration(), mm.ShapleyIteration(), mm.HoffmanKarp())
    for build, tol, methods in (
        (soccer, 5e-10, everything),  # payoffs are 2 apart
        (lambda: mm.zoo.random_markov(states, 8, 8, 10, gamma=0.9), 5e-7, everything[: 1 + 2 * small]),
    ):
        began = time.perf_counter()
        game = build()
        built = time.perf_counter() - began
        for method in methods:
            mm.solve(mm.zoo.random_markov(5, *game.counts[0].tolist()), method)  # compiles
            began = time.perf_counter()
            found = mm.solve(game, method, tol=tol)
            spent = time.perf_counter() - began
            name = type(method).__name__
            print(
                f"{game.name:<34}{name:<18}{built:>9.3g}{spent:>9.3g}{found.iterations:>8}{found.gap:>10.1e}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=("rounds", "times", "markov", "all"), default="all")
    parser.add_argument("--games", nargs="+", help="those alone that are named")
    parser.add_argument("--seconds", type=float, default=20.0, help="most for one dynamics to one gap (20)")
    parser.add_argument("--small", action="store_true", help="the smallest game of each")
    given = parser.parse_args()
    print(made_on("open_spiel", "liteefg"))
    wanted = ["kuhn"] if given.small else given.games
    if given.what in ("rounds", "all"):
        rounds([name for name in ROUNDS if wanted is None or name in wanted], 1 if given.small else REPEATS)
    if given.what in ("times", "all"):
        times([name for name in TIMES if wanted is None or name in wanted], given.seconds)
    if given.what in ("markov", "all"):
        markov(given.small)


if __name__ == "__main__":
    main()
