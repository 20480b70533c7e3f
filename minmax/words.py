"""Strategies in words, for the command line: read from JSON and files, and told in tables and records."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from minmax.solution import Solution

__all__ = [
    "columns",
    "in_full",
    "in_parts",
    "numbers_of",
    "record_of",
    "strategies_of",
    "strategy_of",
    "strategy_table",
]

# ------------------------------------------------------------------ read


def strategies_of(text: str, game: Any) -> tuple[Any, Any]:
    """Return the strategy pair in a file, or in the text itself where it is JSON."""
    from minmax.solution import Solution

    if text.lstrip().startswith(("{", "[")):
        return pair_of(text, "STRATEGIES", game)
    path = Path(text)
    if not path.is_file():
        raise FileNotFoundError(f"{text}: there is no such file; STRATEGIES is a file or JSON.")
    suffix = path.suffix.lower()
    if suffix == ".npz":
        solution = Solution.load(path)
        return solution.x, solution.y
    if suffix == ".json":
        return pair_of(path.read_text(encoding="utf-8-sig"), text, game)
    if suffix in (".csv", ".txt"):
        return rows_of(path)
    raise ValueError(f"{text}: strategies are read from .json, .npz, .csv or .txt; got {suffix!r}.")


def rows_of(path: Path) -> tuple[list[float], list[float]]:
    """Return the two rows of numbers in a text file: x's and y's."""
    from minmax.files.plain import numbers_in

    found = numbers_in(path)
    if len(found) != 2:
        raise ValueError(f"{path}: expected two rows of probabilities, x's and y's; found {len(found)}.")
    return found[0], found[1]


def pair_of(text: str, where: str, game: Any) -> tuple[Any, Any]:
    """Return the pair in a JSON object with "x" and "y", or in a JSON list of the two."""
    try:
        held = json.loads(text, parse_constant=float)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: expected JSON, which this is not ({error}).") from None
    if isinstance(held, dict) and {"x", "y"} <= held.keys():
        held = [held["x"], held["y"]]
    if not isinstance(held, list) or len(held) != 2:
        raise ValueError(f'{where}: expected JSON such as {{"x": [0.4, 0.6], "y": [0.5, 0.5]}}.')
    if in_parts(game):
        return behaviour(held[0], "x", game), behaviour(held[1], "y", game)
    from minmax.games.told import placed

    first, second = (placed(p, name, labels) for p, name, labels in zip(held, "xy", game.actions))
    return first, second


def in_parts(game: Any) -> bool:
    """Whether strategies are told part by part: by information sets on a tree, by states in a Markov game."""
    return hasattr(game, "choices")


def behaviour(held: Any, name: str, game: Any) -> Any:
    """Return a plan or policy from a list, one of lists, or an object that tells it by information sets."""
    from minmax.games.told import placed, plan_of

    if isinstance(held, list) and held and all(isinstance(own, list) for own in held):
        held = [p for own in held for p in own]  # those of each state
    return plan_of(game, name, held) if isinstance(held, dict) else placed(held, name, game.actions["xy".index(name)])


# ------------------------------------------------------------------ told


def in_full(solution: Solution) -> str:
    """Return a solution in words, with why its run ended where that is not success."""
    return str(solution) if solution.converged else f"{solution}\n  {solution.status.sentence}"


def strategy_of(game: Any, solution: Solution) -> dict[str, Any]:
    """Return what both players do, for JSON: by actions, or by information sets and their actions."""
    if not in_parts(game):
        pairs = zip("xy", solution.actions, (solution.x, solution.y))
        return {name: dict(zip(labels, listed(p))) for name, labels, p in pairs}
    return {
        name: {
            str(choice.information): {str(move): p for move, p in choice.probabilities.items()}
            for choice in game.choices(name, plan)
        }
        for name, plan in zip("xy", (solution.x, solution.y))
    }


def strategy_table(game: Any, solution: Solution) -> str:
    """Return what both players do in aligned columns, a line an action, an information set or a state."""
    blocks = []
    for name, who, labels, p in zip("xy", solution.players, solution.actions, (solution.x, solution.y)):
        rows: list[tuple[str, ...]]
        if not in_parts(game):
            rows = [("action", "probability"), *((label, f"{share:.6f}") for label, share in zip(labels, p))]
        else:
            choices = game.choices(name, p)
            values = solution.values
            told = [choice.reach for choice in choices] if values is None else values.tolist()
            rows = [("information set", "reached", "then") if values is None else ("state", "value", "then")]
            rows += [(str(c.information), f"{number:.4f}", moves_of(c)) for c, number in zip(choices, told)]
        blocks.append(f"\n{who}\n{columns(rows)}")
    return "\n".join(blocks)


def moves_of(choice: Any) -> str:
    """Return what is done at an information set: actions with their probabilities."""
    if choice.reach == 0.0:
        return "(never there)"
    return "  ".join(f"{move} {p:.4f}" for move, p in choice.probabilities.items())


def record_of(solution: Solution) -> dict[str, Any]:
    """Return a solution as what JSON can hold; `minmax certify` reads x and y from it."""
    methods = solution.method if type(solution.method) is tuple else (solution.method,)
    first, second = solution.actions
    return {
        "game": solution.name,
        "size": [solution.x.size, solution.y.size],
        **numbers_of(solution),
        "scale": strict(solution.scale),
        "scale_kind": solution.scale_kind,
        "status": solution.status.value,
        "sentence": solution.status.sentence,
        "method": [None if m is None else repr(m) for m in methods],
        "path": list(solution.path),
        "average": solution.average,
        "players": dict(zip("xy", solution.players)),
        "actions": {"x": list(first), "y": list(second)},
        **({} if solution.values is None else {"values": listed(solution.values)}),
        "x": listed(solution.x),
        "y": listed(solution.y),
        "work": {
            "rounds": solution.rounds,
            "operator_calls": solution.operator_calls,
            "check_calls": solution.check_calls,
            "seconds": solution.seconds,
        },
    }


def numbers_of(certificate: Any) -> dict[str, Any]:
    """Return value, bounds and gap of a certificate or a solution, for JSON."""
    names = ("value", "lower", "upper", "gap", "relative_gap")
    return {name: strict(getattr(certificate, name)) for name in names} | {"merit": certificate.merit}


def strict(number: float) -> float | None:
    """Return a finite number; None, which JSON writes as null, for any other."""
    return float(number) if math.isfinite(number) else None


def listed(strategy: np.ndarray) -> list[float | None]:
    """Return a strategy as a list."""
    return [strict(p) for p in strategy.tolist()]


def columns(rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows as lines with aligned columns."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in table)
