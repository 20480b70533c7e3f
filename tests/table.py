"""The table of dynamics: one row each; every law is applied to every row, exemptions stand beside it with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import minmax as mm

SAMPLED = "its plays are drawn with a seed per action index, so a permuted game meets other noise"


@dataclass(frozen=True)
class Row:
    """A dynamics with numbers for its parameters, and the laws it is exempt from.

    rounds, gap : the promise held on random games: relative gap after so many rounds of the iterate `promised`.
    """

    rule: Any
    promised: str
    rounds: int
    gap: float
    exempt: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return type(self.rule).__name__

    @property
    def steps(self) -> bool:
        """Whether the rule has a step size."""
        return hasattr(self.rule, "eta")

    def scaled(self, c: float) -> Any:
        """The rule for a game whose payoffs are multiplied by c."""
        if hasattr(self.rule, "mu"):
            return self.rule._replace(mu=self.rule.mu * c)
        if not self.steps or self.rule.bandit:  # a bandit rescales its payoffs by their range
            return self.rule
        steps = {name: getattr(self.rule, name) / c for name in ("eta", "ahead") if hasattr(self.rule, name)}
        return self.rule._replace(**steps)


IMPLICIT = "its utilities are those of the point it moves to, which only the rows engine solves for"
NO_BOUND = "no bound against adversaries is known: the rule is made for games"
TABLE = [
    Row(mm.MWU(0.3), "uniform", 4000, 0.03),
    Row(mm.FTRL(0.5, "sqrt"), "uniform", 4000, 0.05),
    Row(mm.EuclideanFTRL(0.2), "uniform", 4000, 0.03),
    Row(mm.LogBarrierFTRL(0.5), "uniform", 4000, 0.04),
    Row(mm.OptimisticFTRL(0.3), "uniform", 4000, 0.005),
    Row(mm.GDA(0.05), "uniform", 4000, 0.03),
    Row(
        mm.AlternatingGDA(0.05), "uniform", 4000, 0.01, {"regret": "in turns the bound holds against x_{t+1}, not here"}
    ),
    Row(mm.MirrorDescent(0.3), "uniform", 4000, 0.03),
    Row(mm.OptimisticGDA(0.1), "last", 4000, 0.02, {"regret": NO_BOUND}),
    Row(mm.OMWU(0.4), "uniform", 4000, 0.004),
    Row(mm.ExtraGradient(0.15), "last", 4000, 0.02, {"regret": NO_BOUND}),
    Row(mm.MirrorProx(0.5), "uniform", 4000, 0.006, {"regret": NO_BOUND}),
    Row(mm.PastExtraGradient(0.1), "last", 4000, 0.02, {"regret": NO_BOUND}),
    Row(mm.PDHG(0.2), "last", 4000, 0.005, {"regret": NO_BOUND}),
    Row(mm.HalpernPDHG(0.2), "last", 4000, 0.005, {"regret": NO_BOUND}),
    Row(
        mm.LineSearchPDHG(0.2),
        "last",
        4000,
        0.005,
        {"regret": NO_BOUND, "swap": "x moves first, and y's answer decides the step"},
    ),
    Row(mm.MirrorPDHG(0.5), "uniform", 4000, 0.006, {"regret": NO_BOUND}),
    Row(
        mm.ForwardBackwardForward(0.2),
        "last",
        4000,
        0.02,
        {"regret": NO_BOUND, "constant": "its base point leaves the simplex, where a constant is a slope"},
    ),
    Row(mm.ReflectedGradient(0.1), "last", 4000, 0.02, {"regret": NO_BOUND}),
    Row(mm.GoldenRatio(0.15), "last", 4000, 0.02, {"regret": NO_BOUND}),
    Row(mm.AdaptiveGoldenRatio(0.1), "last", 4000, 0.02, {"regret": NO_BOUND}),
    Row(mm.AdaptiveExtraGradient(0.1), "last", 4000, 0.02, {"regret": NO_BOUND}),
    Row(mm.DoubleStepExtraGradient(0.1, 0.15, 0.0, 0.0), "last", 4000, 0.02, {"regret": NO_BOUND}),
    Row(mm.DualExtrapolation(0.2), "uniform", 4000, 0.006, {"regret": NO_BOUND}),
    Row(mm.NegativeMomentum(0.1), "last", 4000, np.inf, {"regret": NO_BOUND, "promise": "made for free space"}),
    Row(mm.ProximalPoint(0.2), "last", 400, 0.1, {"regret": NO_BOUND, "compiled": IMPLICIT, "step": IMPLICIT}),
    Row(mm.EAGC(0.05), "last", 4000, 0.1, {"regret": NO_BOUND}),
    Row(mm.EAGV(0.2), "last", 4000, 0.05, {"regret": NO_BOUND}),
    Row(mm.FEG(0.2), "last", 4000, 0.02, {"regret": NO_BOUND}),
    Row(mm.Halpern(0.1), "last", 4000, np.inf, {"regret": NO_BOUND, "promise": "a step of a game is no contraction"}),
    Row(mm.FrankWolfe(), "last", 4000, np.inf, {"regret": NO_BOUND, "promise": "no rate is known on matrix games"}),
    Row(
        mm.AcceleratedGradient(0.01),
        "linear",
        4000,
        np.inf,
        {"regret": NO_BOUND, "promise": "its promise is against a smoothed response"},
    ),
    Row(
        mm.SmoothedResponse(0.1),
        "linear",
        4000,
        np.inf,
        {"regret": NO_BOUND, "promise": "its promise is against an accelerated gradient"},
    ),
    Row(
        mm.ExcessiveGap(3.0, 0.0),
        "last",
        3000,
        0.01,
        {"regret": NO_BOUND, "swap": "x moves first", "permutation": "its start is its own"},
    ),
    Row(mm.RegretMatching(), "uniform", 4000, 0.03),
    Row(mm.RegretMatchingPlus(), "linear", 4000, 0.001),
    Row(mm.PredictiveRegretMatchingPlus(), "quadratic", 4000, 0.0001),
    Row(mm.DiscountedRegretMatching(), "quadratic", 4000, 0.001, {"regret": "the paper bounds a weighted regret"}),
    Row(mm.LinearRegretMatching(), "linear", 4000, 0.002, {"regret": "the paper bounds a weighted regret"}),
    Row(
        mm.FictitiousPlay(), "uniform", 4000, 0.04, {"regret": "fictitious play has linear regret against adversaries"}
    ),
    Row(
        mm.BestResponse(),
        "uniform",
        4000,
        np.inf,
        {"regret": "it has none", "promise": "it promises nothing: it cycles without a pure saddle"},
    ),
    Row(mm.FTPL(0.3), "uniform", 4000, 0.04, {"permutation": SAMPLED}),
    Row(mm.ExponentialFTPL(0.3), "uniform", 4000, 0.04, {"permutation": SAMPLED}),
    Row(mm.Exp3(0.02), "uniform", 40_000, 0.12, {"permutation": SAMPLED}),
    Row(mm.Exp3IX(0.02), "uniform", 40_000, 0.2, {"permutation": SAMPLED}),
]

# Dynamics that cannot play a matrix game, and where they are tested instead.
ELSEWHERE = {"VarianceReducedExtraGradient": "it draws terms of a finite sum: tests/test_stochastic.py"}

NAMES = [row.name for row in TABLE]


# One of each kind: laws that compile a rule, for seconds each, hold for these in every run and for all in the long one.
EVERYDAY = {
    "ExtraGradient",
    "MWU",
}


def seldom(*values: Any) -> list[Any]:
    """Parameters of a test that only the long suite takes."""
    return [pytest.param(value, marks=pytest.mark.long) for value in values]


def rows_without(law: str) -> list[Row]:
    """Rows that are held to a law."""
    return [row for row in TABLE if law not in row.exempt]


def by_name(rows: list[Row], *, compiles: bool = False) -> pytest.MarkDecorator:
    """Apply a law to rows; one that compiles runs every day for a few of them."""
    params = [p for row in rows for p in (seldom(row) if compiles and row.name not in EVERYDAY else [row])]
    return pytest.mark.parametrize("row", params, ids=[row.name for row in rows])


def iterates(game: Any, rule: Any, rounds: int, **options: Any) -> mm.Trajectory:
    """Every iterate of a run."""
    seen = mm.Trajectory()
    mm.solve(game, rule, rounds=rounds, tol=None, every=1, watch=seen, **options)
    return seen


def uneven(seed: int, n: int = 4, m: int = 6) -> np.ndarray:
    """Payoffs of an asymmetric random game."""
    return np.random.default_rng(seed).uniform(-1, 1, (n, m))


def skewed(n: int, seed: int) -> np.ndarray:
    """A start off the equilibrium and off the centre."""
    x = np.random.default_rng(seed).uniform(0.2, 1.0, n)
    return x / x.sum()


def certified_gap(A: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """An independent gap: x pays A, minimises; written without the library."""
    return float(max(A.T @ x) - min(A @ y))
