"""Names and captions of runs in words: game, size, step sizes, seeds."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

from minmax.plots.canvas import tidy
from minmax.solution import Solution


def names_of(runs: Sequence[Solution]) -> list[str]:
    """Return a name for each run: method, game where games differ, step, seed or number where those tell runs apart."""
    names = [run.path[-1] for run in runs]
    if len({title_of(run) for run in runs}) > 1:
        games = [tidy(run.name) for run in runs]
        # A name says enough where every game has one of its own.
        own = all(games) and len(set(games)) == len({title_of(run) for run in runs})
        names = [f"{name}, {game if own else title_of(run)}" for name, game, run in zip(names, games, runs)]
    for fact in (step_of, seed_of):
        facts = [fact(run) for run in runs]
        telling = {n for n in names if len({f for f, other in zip(facts, names) if other == n}) > 1}
        names = [f"{n}, {f}" if n in telling else n for n, f in zip(names, facts)]
    count = Counter(names)
    return [f"{n}, run {names[:k].count(n) + 1}" if count[n] > 1 else n for k, n in enumerate(names)]


def caption_of(runs: Sequence[Solution], names: Sequence[str]) -> str:
    """Return game, size, steps and, where play is sampled, seeds."""
    games = dict.fromkeys(title_of(run) for run in runs)
    steps = [step_of(run) if step_of(run) in name else f"{name}, {step_of(run)}" for run, name in zip(runs, names)]
    # The empty seed of play that is not sampled is in every text.
    seeds = [seed_of(run) for run in runs if seed_of(run) not in "; ".join(names)]
    facts = dict.fromkeys([*steps, *seeds])
    return "\n".join(
        [*textwrap.wrap("; ".join(games), 76, max_lines=2), *textwrap.wrap("; ".join(facts), 76, max_lines=3)]
    )


def title_of(run: Solution) -> str:
    """Return name and size of a run's game."""
    size = f"{run.x.size} × {run.y.size}" if run.values is None else f"{run.values.size} states"
    return f"{tidy(run.name)}, {size}" if run.name else f"{size} game"


def seed_of(run: Solution) -> str:
    """Return the seed of sampled play in words, nothing where play is not sampled."""
    if run.run is None or not any(rule.noise or rule.bandit for rule in run.run.rules):
        return ""
    return f"seed {run.run.seed}"


def step_of(run: Solution) -> str:
    """Return the step sizes of a run in words."""
    if run.run is None:
        return str(getattr(run.method, "kind", "exact"))
    steps = [eta_of(rule) for rule in run.run.rules]
    return steps[0] if steps[0] == steps[1] else " and ".join(steps)


def eta_of(rule: Any) -> str:
    """Return the step size of tuned dynamics in words."""
    if not hasattr(rule, "eta"):
        return "no step size"
    return f"η = {float(rule.eta):.3g}" + ("/√t" if getattr(rule, "schedule", 0.0) else "")
