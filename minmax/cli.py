"""The `minmax` command: solve, certify, diagnose, gan, bench, list and demo.

Exit codes: 0 where the answer is certified to the tolerance, 1 where a run ended without (what it can certify is
printed all the same), 2 where the input is refused, in one sentence on standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from minmax import __version__  # the stub does not list it
from minmax.words import (
    columns,
    in_full,
    in_parts,
    numbers_of,
    record_of,
    strategies_of,
    strategy_of,
    strategy_table,
)

# Numpy and what needs it are imported inside the commands: `--help` and `--version` answer at once.
if TYPE_CHECKING:
    import numpy as np

    from minmax.diagnostics import Diagnosis
    from minmax.solution import Solution

__all__ = ["main"]

DONE, UNSOLVED, REFUSED, BROKEN_PIPE = 0, 1, 2, 141

RECIPES = ("classic", "wgan", "wgan-gp", "optimistic", "extra-gradient", "sga", "consensus", "r3gan")

# What dynamics are called on trees, folded.
ON_TREES = {
    "cfr": "regretmatching",
    "cfrplus": "regretmatchingplus",
    "lcfr": "linearregretmatching",
    "dcfr": "discountedregretmatching",
    "pcfrplus": "predictiveregretmatchingplus",
}

# What professionals were seen to do: per cent of the kicks to the left, and of the dives.
OBSERVED = {"kicker": 39.98, "goalkeeper": 42.31}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv : the words after `minmax`; those of the process where None.

    Examples
    --------
    >>> main(["solve", "diagonal(1, 1)", "--dynamics", "nonesuch"])
    2
    """
    try:
        options = parser().parse_args(argv)
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except SystemExit as done:  # argparse ends `--help` and `--version` so
        return int(done.code or 0)
    except BrokenPipeError:
        # The reader has left; what is still in the buffer must not fail again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return complain("interrupted before there was an answer.", UNSOLVED)
    except RuntimeError as error:
        return complain(error, UNSOLVED)
    except (ValueError, TypeError, ImportError, OSError, OverflowError, MemoryError) as error:
        return complain(error, REFUSED)


def complain(error: object, code: int) -> int:
    """Print one line on standard error and return the code."""
    print(f"minmax: {' '.join(str(error).split())}", file=sys.stderr)
    return code


# ------------------------------------------------------------------ arguments


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence, printed by `main`."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; `{self.prog} --help` shows what is expected.")


def parser() -> Parser:
    """Return the parser of the whole command."""
    top = Parser(prog="minmax", description="Solve two-player zero-sum games, with certified answers.")
    top.add_argument("--version", action="version", version=f"minmax {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_solve(commands.add_parser("solve", help="solve a game from a file or of the zoo"))
    add_certify(commands.add_parser("certify", help="say what a pair of strategies proves about a game"))
    add_diagnose(commands.add_parser("diagnose", help="say whether a dynamics cycles, diverges or converges in a game"))
    add_gan(commands.add_parser("gan", help="train a GAN, judge its samples and write a page about the run"))
    add_bench(commands.add_parser("bench", help="run a convergence benchmark and write a page about it"))
    listing = commands.add_parser("list", help="list the games of the zoo, or the dynamics")
    listing.add_argument("what", choices=("games", "dynamics"))
    listing.set_defaults(run=run_list)
    demo = commands.add_parser("demo", help="solve two games and draw the picture of the library")
    demo.add_argument("--output", metavar="DIR", type=Path, default=Path("demo"), help="folder for the files (demo)")
    demo.set_defaults(run=run_demo)
    return top


def add_game(command: argparse.ArgumentParser) -> None:
    """Add what every command on a game takes."""
    command.add_argument(
        "game",
        metavar="GAME_OR_FILE",
        help='a file (.nfg, .efg, .csv, .txt, .npy, .npz, .mtx) or a game of the zoo: "blotto(5,3,3)", kuhn, soccer...',
    )
    command.add_argument("--loss", action="store_true", help="the file holds what the rows lose, not what they receive")
    command.add_argument("--json", action="store_true", help="print strict JSON")


def add_diagnose(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `minmax diagnose`."""
    add_game(command)
    command.add_argument(
        "--orbit", action="store_true", help="the file (.npy, .csv, .txt) holds iterates, a row a step"
    )
    command.add_argument("--dynamics", metavar="NAME", help="such as \"MWU(0.1)\" (GDA(schedule='constant'))")
    command.add_argument("--rounds", type=whole_number, help="evaluations of the operator (4000)")
    command.add_argument("--report", metavar="FILE", type=Path, help="write a page with pictures, an .html file")
    command.set_defaults(run=run_diagnose)


def add_solve(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `minmax solve`."""
    add_game(command)
    command.add_argument(
        "--dynamics",
        metavar="NAME",
        help='such as extra-gradient, "MWU(eta=0.1)" or LinearProgram; chosen for the game where not given',
    )
    command.add_argument("--tol", type=tolerance, default=1e-6, help='relative gap to reach (1e-6), or "none"')
    command.add_argument("--rounds", type=whole_number, default=100_000, help="operator calls at most (100000)")
    command.add_argument("--average", metavar="KIND", help="last, uniform, linear or quadratic")
    turns = command.add_mutually_exclusive_group()
    turns.add_argument("--alternating", action="store_const", const=True, help="players move in turns")
    turns.add_argument("--simultaneous", dest="alternating", action="store_const", const=False, help="or at once")
    command.add_argument(
        "--plot", metavar="FILE", type=Path, help="draw convergence and strategies, a small tree, or values on a grid"
    )
    command.add_argument(
        "--strategy", action="store_true", help="print both strategies in full, those of trees by information set"
    )
    command.add_argument("--seed", type=int, help="of sampled play")
    command.add_argument("--time-limit", metavar="SECONDS", type=float, help="best answer within so many seconds")
    command.set_defaults(run=run_solve)


def add_certify(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `minmax certify`."""
    add_game(command)
    command.add_argument(
        "strategies",
        metavar="STRATEGIES",
        help='JSON such as {"x": [0.4, 0.6], "y": {"left": 1}} (lists, or objects from actions to probabilities) or '
        "[[0.4, 0.6], [1, 0]]; or a file: .json (the same JSON), .csv or .txt (first row x, second row y, numbers "
        "between commas or blanks, # begins a comment), .npz (a saved solution).  In games on trees: realisation "
        "plans, or objects from information sets to such objects; play is uniform where they are silent",
    )
    command.set_defaults(run=run_certify)


def add_gan(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `minmax gan`."""
    command.add_argument(
        "data",
        metavar="DATA",
        help="ring, grid, digits, or a file: .npy, .csv or .txt of rows or images, IDX as MNIST's, CIFAR-10's .bin",
    )
    command.add_argument("--recipe", default="r3gan", help=f"{', '.join(RECIPES)} (r3gan)")
    command.add_argument("--set", metavar="NAME=VALUE", action="append", help="change the recipe, such as lr=1e-3")
    command.add_argument("--steps", type=whole_number, default=10_000, help="of the whole run (10000)")
    command.add_argument("--batch", type=whole_number, default=256, help="samples of each evaluation (256)")
    command.add_argument("--seconds", type=float, help="end after so many")
    command.add_argument("--every", type=whole_number, help="steps between checkpoints (a fiftieth of the run)")
    command.add_argument(
        "--gap-steps", type=whole_number, default=300, help="of the gap's best responses (300; 0: none)"
    )
    command.add_argument("--seed", type=whole_number, default=0, help="of weights, noise and batches (0)")
    command.add_argument("--device", help="such as cuda (cpu)")
    command.add_argument("--out", metavar="DIR", type=Path, help="folder for what is written (gan-DATA)")
    command.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")
    command.add_argument("--json", action="store_true", help="print strict JSON")
    command.set_defaults(run=run_gan)


def add_bench(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `minmax bench`."""
    command.add_argument(
        "name",
        metavar="NAME",
        help="matrix_games, saddle, sequential, gan, the folder of another benchopt benchmark, or a .parquet file of "
        "runs to draw anew",
    )
    command.add_argument("--small", action="store_true", help="a minute's worth: the configuration small.yml")
    command.add_argument("--config", metavar="FILE", type=Path, help="a configuration of benchopt (main.yml)")
    command.add_argument("--add", metavar="FILE", type=Path, action="append", help="a solver of your own, a .py file")
    command.add_argument("--jobs", type=whole_number, help="runs at once, on so many cores (1)")
    command.add_argument("--parallel", metavar="FILE", type=Path, help="a cluster's configuration, of dask or submitit")
    command.add_argument("--out", metavar="DIR", type=Path, help="folder for what is written (bench-NAME)")
    command.set_defaults(run=run_bench)


def tolerance(text: str) -> float | None:
    """Return a tolerance; None for the word that says there is none."""
    return None if text.lower() == "none" else float(text)


def whole_number(text: str) -> int:
    """Return a whole number, which may be written like 1e5 or 100_000."""
    with suppress(ValueError):
        return int(text)
    with suppress(ValueError):
        if (number := float(text)).is_integer():
            return int(number)
    raise argparse.ArgumentTypeError(f"expected a whole number such as 100000 or 1e5, got {text!r}")


# ------------------------------------------------------------------ reading the arguments


def game_of(text: str, *, loss: bool) -> Any:
    """Return the game in a file, or the one of the zoo that the text names."""
    from minmax.files import EXTENSIVE, FORMATS, read_game
    from minmax.games import zoo

    if not text.strip():
        raise ValueError("GAME_OR_FILE is empty; give a file or a game of the zoo.")
    like_a_path = "/" in text or os.sep in text or text.lower().endswith((*FORMATS, EXTENSIVE))
    # A call may be longer than the name of a file can be, which is an error to ask for.
    there = "(" not in text and (Path(text).is_file() or (Path(text).is_dir() and not zoo.holds(text)))
    if like_a_path or there:
        return read_game(text, loss=loss)
    if loss:
        raise ValueError(f"`--loss` says how to read a file; {text!r} is none: leave it out.")
    return zoo.find(text)


def methods() -> dict[str, type]:
    """Return dynamics and exact methods by name."""
    from minmax import dynamics, exact, sampling, selfplay

    rules = [getattr(dynamics, name) for name in dynamics.__all__]
    known = [c for c in rules if issubclass(c, dynamics.Dynamics) and c is not dynamics.Dynamics]
    others = [getattr(place, name) for place in (exact, sampling, selfplay) for name in place.__all__]
    certain = [c for c in others if hasattr(c, "answer")]
    return {c.__name__: c for c in [*known, *certain]}


def folded(name: str) -> str:
    """Return a name without what people spell differently."""
    return "".join(letter for letter in name.lower().replace("+", "plus") if letter not in "-_ ")


def method_of(text: str) -> Any:
    """Return the method that a text such as "extra-gradient" or "MWU(eta=0.1)" names; values must be literals."""
    import difflib

    from minmax.games.zoo import bound

    head, bracket, rest = text.strip().partition("(")
    known = {folded(name): cls for name, cls in methods().items()}
    known |= {alias: known[name] for alias, name in ON_TREES.items()}
    cls = known.get(folded(head))
    if cls is None:
        near = [known[key].__name__ for key in difflib.get_close_matches(folded(head), known)]
        hint = f"did you mean {' or '.join(near)}?" if near else "see `minmax list dynamics`."
        raise ValueError(f"`--dynamics` must name a dynamics; got {text!r}: {hint}")
    given = bound("--dynamics", cls, cls.__name__, bracket + rest or "()")
    return cls(*given.args, **given.kwargs)


# ------------------------------------------------------------------ commands


def run_solve(options: argparse.Namespace) -> int:
    """Solve a game, print the solution and draw it."""
    from minmax.solution import Status
    from minmax.solve import solve

    game = game_of(options.game, loss=options.loss)
    method = None if options.dynamics is None else method_of(options.dynamics)
    if options.plot is not None:
        check_plot(options.plot)
    solution = solve(
        game,
        method,
        rounds=options.rounds,
        tol=options.tol,
        average=options.average,
        alternating=options.alternating,
        time_limit=options.time_limit,
        seed=options.seed,
    )
    if options.json:
        told = {"strategy": strategy_of(game, solution)} if options.strategy else {}
        print(json.dumps(record_of(solution) | told, allow_nan=False, indent=2))
    else:
        print(in_full(solution))
        if hasattr(game, "exploitability"):
            print(f"  exploitability {game.exploitability(solution.x, solution.y):.3g}")
        if options.strategy:
            print(strategy_table(game, solution))
    if options.plot is not None:
        from minmax.plots import plot_game, write_picture

        write_picture(plot_game(game, solution), options.plot)
    # Without a tolerance, playing all rounds is what was asked for.
    asked = options.tol is None and solution.status is Status.ROUNDS
    return DONE if solution.converged or asked else UNSOLVED


def run_diagnose(options: argparse.Namespace) -> int:
    """Say what a dynamics does in a game, or what the iterates in a file do."""
    from minmax.diagnostics import diagnose

    if options.report is not None:
        from minmax.plots.report import check_report

        check_report(options.report)
    found = diagnose(iterates_of(options)) if options.orbit else diagnosis_of(options)
    print(json.dumps(found.as_dict(), allow_nan=False, indent=2) if options.json else found)
    if options.report is not None:
        found.report(options.report)
    return DONE


def iterates_of(options: argparse.Namespace) -> np.ndarray:
    """Return the iterates in a file."""
    from minmax.files.plain import read_array

    if options.loss or options.dynamics is not None or options.rounds is not None:
        raise ValueError("`--orbit` reads iterates: leave out what a game is played with.")
    return read_array(Path(options.game))


def diagnosis_of(options: argparse.Namespace) -> Diagnosis:
    """Return what a dynamics does in a game, from off its centre."""
    from minmax.diagnostics import Monitor
    from minmax.solve import solve

    game = game_of(options.game, loss=options.loss)
    method = method_of(options.dynamics or "GDA(schedule='constant')")
    if not hasattr(method, "step"):
        raise ValueError(f"{type(method).__name__} is an exact method and plays no rounds: name a dynamics.")
    monitor = Monitor()
    # The centre is often the equilibrium, where nothing moves.
    start = tuple(domain.plan(slanted(domain.n)) if in_parts(game) else slanted(domain.n) for domain in game.domains)
    rounds = 4000 if options.rounds is None else options.rounds
    run = solve(game, method, rounds=rounds, tol=None, start=None if method.noise else start, watch=monitor)
    return monitor.diagnosis(title=f"{run.path[-1]} on {game.name or f'a {run.x.size} x {run.y.size} game'}")


def slanted(size: int) -> np.ndarray:
    """Return a mixed strategy whose weights fall by a quarter from the first action to the last."""
    import numpy as np

    weights = np.linspace(4.0, 3.0, size)
    return weights / weights.sum()


def check_plot(path: Path) -> None:
    """Refuse a picture that could not be written, and leave the folder as it was."""
    from minmax.plots import check_picture

    check_picture(path)
    if path.is_dir():
        raise ValueError(f"{path}: expected a file to draw into, found a folder.")
    there = path.exists()
    try:
        path.open("ab").close()
    except OSError as error:
        raise ValueError(f"{path}: the picture cannot be written there ({error.strerror}).") from None
    if not there:
        path.unlink()


def run_certify(options: argparse.Namespace) -> int:
    """Print what a strategy pair proves."""
    from minmax.solve import certify

    game = game_of(options.game, loss=options.loss)
    certificate = certify(game, *strategies_of(options.strategies, game))
    if options.json:
        print(json.dumps(numbers_of(certificate), allow_nan=False, indent=2))
        return DONE
    bounds = f"[{certificate.lower:.9g}, {certificate.upper:.9g}]"
    print(f"{game.name or f'{game.shape[0]} x {game.shape[1]} game'}: the value of the game is certified in {bounds}")
    for name in ("value", "lower", "upper", "gap"):
        print(f"  {name:<6} {getattr(certificate, name):.9g}")
    print(f"  the bounds are {certificate.relative_gap:.2g} of {game.scale_kind} apart")
    return DONE


def run_gan(options: argparse.Namespace) -> int:
    """Train a GAN and judge it."""
    from minmax.gan.command import train

    print(train(options))
    return DONE


def run_bench(options: argparse.Namespace) -> int:
    """Run a benchmark and draw it."""
    from minmax.bench.command import bench

    for line in bench(options):
        print(line, flush=True)
    return DONE


def run_list(options: argparse.Namespace) -> int:
    """Print the games of the zoo, or the dynamics, in columns."""
    rows = game_rows() if options.what == "games" else dynamics_rows()
    print(columns(rows))
    return DONE


def game_rows() -> Iterable[tuple[str, ...]]:
    """Yield name, size, known value, sign and arguments of every game of the zoo, at its defaults."""
    import inspect

    from minmax.games import zoo

    yield "game", "size", "value", "payoffs are", "arguments"
    for name in zoo.__all__:
        function = getattr(zoo, name)
        game = function()
        value = None if game.known is None else game.known.value
        parameters = [p.replace(annotation=p.empty) for p in inspect.signature(function).parameters.values()]
        shown = "unknown" if value is None else f"{value:.6g}"
        size = f"{len(game.counts)} states" if hasattr(game, "counts") else " x ".join(map(str, game.shape))
        sign = "losses" if getattr(game, "loss", False) else "gains"
        yield name.replace("_", "-"), size, shown, sign, ", ".join(map(str, parameters))


def dynamics_rows() -> Iterable[tuple[str, ...]]:
    """Yield the class facts of every dynamics; of exact methods what their first line says."""
    yield "dynamics", "geometry", "average", "guarantee", "source"
    for name, cls in methods().items():
        first = (cls.__doc__ or "").strip().splitlines()[0]
        facts = [getattr(cls, fact, "-") for fact in ("geometry", "average")]
        yield name, *facts, getattr(cls, "guarantee", "") or first, getattr(cls, "source", "-")


# ------------------------------------------------------------------ the demo


def run_demo(options: argparse.Namespace) -> int:
    """Solve a game of the package and one of a file, and draw the picture of the library."""
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"`--output` must be a folder; {options.output} is none ({error.strerror}).") from None
    solved = [demo_penalty_kicks(), demo_blotto(options.output / "blotto.nfg")]
    from minmax.plots import plot_demo, write_picture

    picture = options.output / "demo.png"
    write_picture(plot_demo(), picture)
    print(f"\nCycling and converging, and the gaps of six dynamics: {picture}")
    return DONE if all(solution.converged for solution in solved) else UNSOLVED


def demo_penalty_kicks() -> Solution:
    """Solve the penalty kicks of the package and compare with what was seen on the pitch."""
    from importlib.resources import as_file, files

    from minmax.files import read_game
    from minmax.solve import solve

    with as_file(files("minmax") / "data" / "penalty_kicks.csv") as path:
        game = read_game(path)
    solution = solve(game)
    print(f"Penalty kicks: per cent scored, by the side of kick and dive\n{in_full(solution)}")
    for player, strategy, labels in zip(solution.players, (solution.x, solution.y), solution.actions):
        left = 100 * strategy[labels.index("left")]
        print(f"  {player:<10} left {left:.2f} % in theory, {OBSERVED[player]:.2f} % observed (Palacios-Huerta 2003)")
    return solution


def demo_blotto(path: Path) -> Solution:
    """Write a Colonel Blotto game to a file, read it back and solve it."""
    from minmax.files import read_game, write_game
    from minmax.games.zoo import blotto
    from minmax.solve import solve

    game = blotto(5, 4, 3)
    write_game(game, path)
    solution = solve(read_game(path))
    print(f"\nColonel Blotto, 5 troops against 4 on 3 fields: {path}\n{in_full(solution)}")
    if game.known is not None and game.known.value is not None:
        print(f"  known value {game.known.value:.9g} (Hart 2008)")
    return solution
