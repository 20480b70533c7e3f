"""Monte Carlo counterfactual regret minimisation, certified on the whole tree."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from minmax import _check
from minmax.exact.answer import Answer
from minmax.games.extensive import ExtensiveFormGame
from minmax.sampling import walks as plain
from minmax.sampling.walks import Learned, room_for
from minmax.watching import Audience, in_rounds

__all__ = ["MonteCarloCFR"]

PLAIN_ROUNDS = 64  # rounds up to which the loops are not compiled


@dataclass(frozen=True)
class MonteCarloCFR:
    """Counterfactual regret minimisation on sampled parts of a tree; averages are certified on all of it.

    For trees whose rounds are dear: a walk sees few nodes, and its regrets are right on average.

    Parameters
    ----------
    sampling : "external" draws what chance and the other player do, "outcome" one play a walk.
    rounds : at most so many, a walk of each player in each; those of `solve` where None.
    seed : of all draws where `solve` is given none; the same seed makes the same run.
    linear, plus : whether later rounds weigh more in the averages, and summed regrets are clipped at zero; where None,
        in outcome sampling alone, where baselines make it pay.
    explore : share of uniform play of whose walk it is, in outcome sampling.
    baseline : rate at which outcome sampling learns what each branch of the tree is worth, to take that from what it
        sees; nothing is learned where 0.

    Examples
    --------
    >>> import minmax as mm
    >>> mm.solve(mm.zoo.kuhn(), mm.MonteCarloCFR(rounds=60), tol=None).gap < 0.6
    True

    Source
    ------
    M. Lanctot, K. Waugh, M. Zinkevich and M. Bowling, 2009; baselines of M. Schmid et al., 2019, arXiv 1809.03057, and
    T. Davis, M. Schmid and M. Bowling, 2020, arXiv 1907.09633.
    """

    sampling: str = "external"
    rounds: int | None = None
    seed: int = 0
    linear: bool | None = None
    plus: bool | None = None
    explore: float = 0.6
    baseline: float = 0.5
    games: ClassVar[tuple[type, ...]] = (ExtensiveFormGame,)
    takes: ClassVar[tuple[str, ...]] = ("rounds", "seed", "every", "watch")
    kind: ClassVar[str] = "sampled"

    def __post_init__(self) -> None:
        _check.choice("sampling", self.sampling, ("external", "outcome"))
        if self.rounds is not None:
            _check.whole("rounds", self.rounds, 1)
        check_seed(self.seed)
        for name in ("linear", "plus"):
            if getattr(self, name) not in (None, True, False):
                raise TypeError(f"`{name}` must be True, False or None; got {getattr(self, name)!r}.")
        for name in ("explore", "baseline"):
            if _check.not_negative(name, getattr(self, name)) > 1.0:
                raise ValueError(f"`{name}` must be from 0 to 1; got {getattr(self, name)}.")
        if self.sampling == "outcome" and self.explore == 0.0:
            raise ValueError("`explore` must be positive in outcome sampling: what is never tried is never learned.")

    def answer(
        self,
        game: ExtensiveFormGame,
        tol: float = 1e-9,
        deadline: float | None = None,
        rounds: int = 1_000_000,
        seed: int | None = None,
        every: int | None = None,
        watch: Callable[[Any], Any] | None = None,
    ) -> Answer:
        """Return both players' averages, played until their gap is within the tolerance, or as long as allowed."""
        began, audience = time.perf_counter(), Audience(watch)
        tree, run = game.tree, plain.walks
        most, seed = self.rounds or rounds, check_seed(self.seed if seed is None else seed)
        if most > PLAIN_ROUNDS:
            from minmax.sampling import compiled

            run = compiled.walks
        x, y = (Learned(np.zeros(domain.n), np.zeros(domain.n)) for domain in game.domains)
        room, expected = room_for(tree.depth, tree.widest), np.zeros(tree.arrays.child.size)
        whole = int(self.sampling == "external")
        linear, plus = (1 - whole if flag is None else int(flag) for flag in (self.linear, self.plus))
        rows: list[tuple[float, ...]] = []

        def last() -> tuple[np.ndarray, np.ndarray]:
            return game.X.plan(x.regret), game.Y.plan(y.regret)

        def average() -> tuple[np.ndarray, np.ndarray]:
            return game.X.plan(x.played), game.Y.plan(y.played)

        def look(t: int) -> tuple[bool, bool]:
            """Certify the averages; return whether they are good enough, and whether the watch has seen enough."""
            pair, mean = last(), average()
            found, own, seconds = game.score(*mean), game.score(*pair).gap, time.perf_counter() - began
            rows.append((t, t, seconds, own, found.gap, math.nan, math.nan))
            return found.relative_gap <= tol, audience.check(t, t, seconds, pair, mean, (own, found.gap))

        def advance(t: int, stop: int) -> None:
            run(
                tree.arrays, x, y, whole, linear, plus, seed, t + 1, stop + 1, room, expected, self.explore,
                self.baseline,
            )  # fmt: skip

        audience.begin(0, last, game, self)
        played = in_rounds(most, every, deadline, audience, advance, last, look)
        return Answer(
            average(), iterations=played.rounds, history=rows, ended=played.ended,
            average="linear" if linear else "uniform",
        )  # fmt: skip


def check_seed(seed: int) -> int:
    """Return a seed that compiled code can hold."""
    if _check.whole("seed", seed) >= 2**63:
        raise ValueError(f"`seed` must be below 2**63; got {seed}.")
    return seed
