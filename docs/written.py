"""Writes the pages that follow from the rest: dynamics with pictures, the reference by rooms, notebooks, results."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import numpy as np

import minmax as mm
from minmax import dynamics
from minmax.dynamics import Dynamics

HERE = Path(__file__).parent

ROUNDS = 100
SQUARE = mm.MatrixGame([[3.0, -1.0], [-2.0, 1.0]])  # its equilibrium is off the centre
RANDOM = mm.zoo.random_uniform(10, 12, 0)
FREE = np.random.default_rng(0).standard_normal((5, 5))
SUM = np.random.default_rng(1).standard_normal((20, 5, 5)) + 3 * np.eye(5)
CAPTION = (
    "With its automatic step, from off the equilibrium (the star): left a game of 2 x 2, right a random one of 10 x 12."
)
OF_SUMS = "With its automatic step, on a mean of 20 bilinear terms in 5 + 5 coordinates."
ON_FREE_SPACE = "With its automatic step: left f = x y from (1, 0), right a bilinear game in 5 + 5 coordinates."

# Title, first sentence and modules of each page of the reference.
REFERENCE = {
    "solving": ("Solving", "The front door, what it returns, and one player alone.",
                ["minmax.solve", "minmax.solution", "minmax.learner", "minmax.batch", "minmax.polish",
                 "minmax.programs", "minmax.dominance", "minmax.oracles", "minmax.watching"]),
    "games": ("Games", "What is played.", ["minmax.games", "minmax.games.zoo"]),
    "domains": ("Domains", "Where players move, and what their places cost.",
                ["minmax.domains", "minmax.domains.terms"]),
    "exact": ("Exact methods", "Methods that end at machine precision, and those of trees and Markov games.",
              ["minmax.exact", "minmax.selfplay", "minmax.sampling"]),
    "diagnostics": ("Diagnostics", "Is it cycling, and what is this point?", ["minmax.diagnostics"]),
    "files": ("Files", "Readers and writers of games.", ["minmax.files"]),
    "plots": ("Plots", "Pictures, returned as matplotlib Axes and never shown.", ["minmax.plots"]),
    "optim": ("Optimizers", "Players whose strategies are torch parameters.", ["minmax.optim"]),
    "gan": ("GANs", "Training, judging and pictures.", ["minmax.gan"]),
    "bench": ("Benchmarks", "What files of solvers inherit, and what pages are made of.",
              ["minmax.bench.solvers", "minmax.bench.objectives", "minmax.bench.curves"]),
}  # fmt: skip

# In the order to read them.
NOTEBOOKS = [
    "first_game", "why_gradient_play_cycles", "no_regret_in_an_afternoon", "poker", "soccer_by_value_iteration",
    "stable_gans", "adversarial_examples", "write_your_own_dynamics",
]  # fmt: skip

# The families of dynamics, by the file they stand in.
FAMILIES = {
    "leader": "Leaders", "gradient": "Gradients", "monotone": "Monotone operators", "anchored": "Anchored",
    "primal_dual": "Primal-dual", "mixing": "Mixing and smoothing", "regret": "Regrets", "bandit": "Bandits",
    "stochastic": "Noise and finite sums",
}  # fmt: skip


def setup(app: Any) -> dict[str, bool]:
    """Have Sphinx write the pages before it reads any."""
    app.connect("builder-inited", lambda app: write(HERE))
    # Before napoleon, which takes the text behind a colon for a type.
    app.connect("autodoc-process-docstring", lambda app, what, name, it, options, lines: describe(lines), priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(folder: Path) -> None:
    """Write all pages into a folder of documentation."""
    put(folder / "reference" / "index.md", contents("Reference", "From the docstrings.", list(REFERENCE)))
    for name, (title, about, modules) in REFERENCE.items():
        put(folder / "reference" / f"{name}.md", reference(title, about, modules))
    put(folder / "results.md", (folder.parent / "benchmarks" / "RESULTS.md").read_text())
    notebooks = sorted((folder.parent / "notebooks").glob("*.ipynb"), key=lambda path: NOTEBOOKS.index(path.stem))
    put(folder / "notebooks" / "index.md", contents("Notebooks", "One question each.", [n.stem for n in notebooks]))
    for notebook in notebooks:
        put(folder / "notebooks" / notebook.name, notebook.read_text().replace("](../docs/", "](../"))
    rules = {name: rule for name in dynamics.__all__ if hasattr(rule := getattr(dynamics, name), "step")}
    put(folder / "algorithms" / "index.md", algorithms(rules))
    changed = max(source.stat().st_mtime for source in [Path(__file__), *Path(mm.__file__).parent.rglob("*.py")])
    for name, rule in rules.items():
        page, picture = (folder / "algorithms" / f"{name}{suffix}" for suffix in (".md", ".png"))
        if not page.exists() or page.stat().st_mtime < changed:
            page.write_text(algorithm(name, rule, draw(rule, picture)))


def describe(lines: list[str]) -> None:
    """Set what is said of a parameter or attribute below its name, in the lines of a docstring.

    >>> lines = ["Parameters", "----------", "x, y : points", "    of the plane.", "", "Source", "------", "a : b"]
    >>> describe(lines)
    >>> lines[2:5], lines[-1]
    (['x, y', '    points', '    of the plane.'], 'a : b')
    """
    section, done = "", []
    for k, line in enumerate(lines):
        if k + 1 < len(lines) and line and set(lines[k + 1]) == {"-"}:
            section = line.strip()
        name, colon, said = line.partition(" : ")
        if section in ("Parameters", "Attributes") and colon and line[0] != " ":
            done += [name, f"    {said}"]
        else:
            done.append(line)
    lines[:] = done


def put(path: Path, text: str) -> None:
    """Write a page where it has changed: Sphinx reads again what is newer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def contents(title: str, about: str, pages: list[str]) -> str:
    """Return a page that lists others."""
    listed = "\n".join(pages)
    return f"# {title}\n\n{about}\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"


def reference(title: str, about: str, modules: list[str]) -> str:
    """Return a page of docstrings."""
    parts = [f"# {title}\n\n{about}\n"]
    for name in modules:
        module = importlib.import_module(name)
        members = [member for member in module.__all__ if not inspect.ismodule(getattr(module, member))]
        # Dynamics have pages of their own; tables, such as colours, say nothing as docstrings.
        members = [m for m in members if callable(getattr(module, m)) and not hasattr(getattr(module, m), "step")]
        if len(modules) > 1:
            parts.append(f"## `{name}`\n")
        blocks = "\n\n".join(directive(name, member, getattr(module, member)) for member in members)
        parts.append(f"```{{eval-rst}}\n{blocks}\n```\n")
    return "\n".join(parts)


def directive(module: str, name: str, what: Any) -> str:
    """Return the directive that shows a member of a module."""
    if inspect.isclass(what):
        return f".. autoclass:: {module}.{name}\n   :members:"
    return f".. autofunction:: {module}.{name}"


def algorithms(rules: dict[str, Any]) -> str:
    """Return the page that lists all dynamics by family."""
    parts = ["# Algorithms\n\nEvery dynamics with its formula, guarantee, picture and source.\n"]
    for family, title in FAMILIES.items():
        own = [name for name, rule in rules.items() if rule.__module__ == f"minmax.dynamics.{family}"]
        rows = "\n".join(f"| [{name}]({name}.md) | {rules[name].guarantee} | {rules[name].source} |" for name in own)
        parts.append(f"## {title}\n\n| dynamics | guarantee | source |\n| --- | --- | --- |\n{rows}\n")
    listed = "\n".join(rules)
    return "\n".join([*parts, f"```{{toctree}}\n:hidden:\n\n{listed}\n```\n"])


def algorithm(name: str, rule: Any, caption: str) -> str:
    """Return the page of a dynamics."""
    shown = f"```{{figure}} {name}.png\n:alt: {name}\n\n{caption}\n```\n\n"
    facts = {
        "where it converges": rule.guarantee, "average": rule.average, "map": rule.geometry,
        "plays": "in turns" if rule.alternating else "at once",
        "evaluations a step": 2 if rule.lookahead == "fresh" else 1,
    }  # fmt: skip
    rows = "\n".join(f"| {fact} | {value} |" for fact, value in facts.items())
    block = f"```{{eval-rst}}\n.. autoclass:: minmax.{name}\n   :members: step\n```\n"
    return f"# {name}\n\n{shown}| | |\n| --- | --- |\n{rows}\n\n{block}"


def draw(rule: type[Dynamics], path: Path) -> str:
    """Draw what a dynamics does on the first games that it can play; return the caption."""
    from minmax.plots import plot_convergence, plot_orbit
    from minmax.plots.canvas import blank_figure

    for square, start, large, caption in (
        (SQUARE, ([0.9, 0.1], [0.3, 0.7]), RANDOM, CAPTION),
        (mm.BilinearGame([[1.0]]), ([1.0], [0.0]), mm.BilinearGame(FREE), ON_FREE_SPACE),
        (None, None, summed(SUM), OF_SUMS),
    ):
        figure = blank_figure(5.6 if square is None else 10.5, 4.2)
        axes = figure.subplots(1, 1 if square is None else 2, squeeze=False)[0]
        try:
            if square is not None:
                plot_orbit(square, rule(), rounds=ROUNDS, start=None if rule.noise else start, ax=axes[0])
                axes[0].set_title("last iterates", fontsize="small", loc="left")
            plot_convergence(mm.solve(large, rule(), rounds=4 * ROUNDS, tol=None), ax=axes[-1])
        except ValueError:  # it cannot play there
            continue
        figure.savefig(path)
        return caption
    raise ValueError(f"{rule.__name__} plays none of the games of pictures: add one that it does.")


def summed(terms: np.ndarray) -> mm.FiniteSumGame:
    """Return the mean of bilinear terms as a finite sum."""
    free = mm.Free(terms.shape[1])

    def gradients(x: Any, y: Any, i: Any) -> tuple[Any, Any]:
        return terms[i].mean(0) @ y, terms[i].mean(0).T @ x

    return mm.FiniteSumGame(free, free, len(terms), gradients)
