"""Are the verdicts right?  Runs whose fate is known from theory, and the confusion matrix of `diagnose` on them.

    python benchmarks/tables/verdicts.py             # the matrix, each miss by name, and what a monitor costs a round
    python benchmarks/tables/verdicts.py --small     # the matrix alone, for CI
    python benchmarks/tables/verdicts.py --verbose   # every case

Each case is a game, a dynamics, a step, a start, perhaps noise, and the verdict that theory gives: spectral radii of
steps on bilinear and quadratic games (oracles B1), the stationary variance of noisy steps (B4.5), limit cycles of two
flows (C8, C10), Dirac-GANs (C11, C12), and known failures of regret matching (B4.7).  Runs of optimistic weights that
look converged and come back (B4.6) may be called anything but converged.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from machine import made_on  # noqa: E402

import minmax as mm  # noqa: E402
from minmax.diagnostics.jacobian import operator_of  # noqa: E402
from minmax.diagnostics.stability import step_factors  # noqa: E402
from minmax.players import Players, fresh_run, opening  # noqa: E402

CONVERGED, CONVERGING, CYCLING, LIMIT_CYCLE = "converged", "converging", "cycling", "limit cycle"
SPIRALLING, STALLED, DIVERGED, NOISE = "spiralling out", "stalled", "diverged", "noise floor"
RETURNING, BOUNDED, UNDECIDED = "returning", "bounded", "undecided"
TOL = 1e-6


class Case(NamedTuple):
    """A run whose fate is known.

    Attributes
    ----------
    name : what is played.
    truth : the verdict theory gives; "returning" for runs that may be called anything but converged, "bounded" for runs
        that cycle in one way or another.
    play : function that returns the orbit and, where it is measured, the merits along it.
    """

    name: str
    truth: str
    play: Callable[[], tuple[np.ndarray, np.ndarray | None]]

    def verdicts(self) -> tuple[str, str]:
        """Return what `diagnose` says of the whole orbit, and a monitor that saw it go by."""
        orbit, merits = self.play()
        monitor = mm.Monitor(tol=TOL)
        for k, z in enumerate(orbit):
            monitor.observe(z, merit=math.nan if merits is None else float(merits[k]))
        return mm.diagnose(orbit, merit=merits, tol=TOL).verdict, monitor.verdict


def played(
    game: Any, rule: Any, steps: int, start: Any, *, measured: bool = True, sigma: float = 0.0, seed: int = 0,
    alternating: bool | None = None,
) -> Callable[[], tuple[np.ndarray, np.ndarray | None]]:  # fmt: skip
    """Return a function that plays so many steps on numpy rows, which need no compiling, and keeps every iterate."""

    def play() -> tuple[np.ndarray, np.ndarray | None]:
        oracle = mm.GaussianNoise(sigma) if sigma else None
        run = fresh_run(game, rule, 100_000, None, alternating, None, seed, oracle=oracle)
        players = Players(game, run, opening(game, run, start))
        players.rows_until = math.inf
        iterates, merits = [], []
        for k in range(steps + 1):
            z = np.concatenate(players.last())
            if not np.abs(z).max() < 1e100:
                break
            iterates.append(z)
            if measured:
                merits.append(merit_of(game, z))
            if k < steps:
                players.advance(k * players.stride + 1, (k + 1) * players.stride + 1)
        return np.array(iterates), np.array(merits) if measured else None

    return play


def merit_of(game: Any, z: np.ndarray) -> float:
    """Return the gap on bounded sets, the norm of the operator elsewhere."""
    if all(domain.bounded for domain in game.domains):
        n = game.shape[0]
        return float(game.score(z[:n], z[n:]).gap)
    return float(np.linalg.norm(operator_of(game, z)))


def of_radius(radius: float, steps: int, angle: float = math.inf) -> str | None:
    """Return the fate of a linear step of this spectral radius, which turns by an angle, after so many steps; None
    where it is too close to call."""
    change = steps * math.log(radius) if radius > 0.0 else -math.inf
    if steps * angle < 10.0 * math.pi and abs(change) < 4.0:
        return None
    if abs(radius - 1.0) < 1e-12:
        return CYCLING
    if radius > 1.0:
        return SPIRALLING if change > 0.1 else None
    # The merit must have been small through the last fifth.
    if 0.75 * change < math.log(TOL) - 2.0:
        return CONVERGED
    return CONVERGING if -0.7 * math.log(1.0 / TOL) < change < -0.25 else None


def scalar(sigma: float) -> mm.BilinearGame:
    return mm.BilinearGame([[sigma]])


def bilinear_cases() -> Iterator[Case]:
    """`f = sigma x y`: every rule by the modulus of its step (B1.1-B1.6)."""
    starts = (([1.0], [0.0]), ([-0.3], [2.0]))
    rules: list[tuple[Any, tuple[float, ...]]] = [
        (lambda eta: mm.GDA(eta, "constant"), (0.03, 0.1, 0.3, 0.6)),
        (lambda eta: mm.AlternatingGDA(eta, "constant"), (0.05, 0.1, 0.5, 1.0, 1.5)),
        (mm.ExtraGradient, (0.05, 0.1, 0.3, 0.6, 0.9, 1.1, 1.3)),
        (mm.OptimisticGDA, (0.05, 0.1, 0.3, 0.45, 0.62, 0.8)),
        (mm.PastExtraGradient, (0.1, 0.4, 0.65)),
        (mm.ReflectedGradient, (0.1, 0.3)),
        (mm.ForwardBackwardForward, (0.1, 0.4)),
        (mm.GoldenRatio, (0.1, 0.4)),
        (mm.NegativeMomentum, (0.1, 0.3)),
        (lambda eta: mm.EuclideanFTRL(eta, "constant"), (0.1,)),
    ]
    for make, steps_of in rules:
        for eta in steps_of:
            rule = make(eta)
            radius = float(step_factors(rule, [1j])[0])
            for sigma, start, measured in ((1.0, starts[0], True), (2.5, starts[1], False)):
                steps = 1200 if eta <= 0.1 else 500 if eta <= 0.5 else 200
                truth = of_radius(radius, steps)
                if truth is None:
                    continue
                if truth == CONVERGED and not measured:
                    truth = CONVERGING  # iterates alone prove no more
                name = f"{type(rule).__name__} {eta:g} on xy, sigma {sigma:g}{'' if measured else ', iterates alone'}"
                # A step is scaled to the coupling, so that the modulus is that of eta.
                scaled = rule._replace(eta=eta / sigma)
                yield Case(name, truth, played(scalar(sigma), scaled, steps, start, measured=measured))
    yield Case(
        "AlternatingGDA 2.1 on xy", DIVERGED, played(scalar(1.0), mm.AlternatingGDA(2.1, "constant"), 200, starts[0])
    )


def coupled_cases() -> Iterator[Case]:
    """Random couplings of several singular pairs: all pairs grow, all stay, or all shrink."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        n = 2 + seed
        U, V = (np.linalg.qr(rng.standard_normal((n, n)))[0] for _ in range(2))
        A = U @ np.diag(np.linspace(0.6, 1.0, n)) @ V.T
        game = mm.BilinearGame(A)
        start = rng.standard_normal(n), rng.standard_normal(n)
        for rule, truth, steps in (
            (mm.GDA(0.1, "constant"), SPIRALLING, 800),
            (mm.GDA(0.3, "constant"), SPIRALLING, 300),
            (mm.AlternatingGDA(0.2, "constant"), CYCLING, 1500),
            (mm.AlternatingGDA(0.8, "constant"), CYCLING, 800),
            (mm.ExtraGradient(0.2), CONVERGING, 250),
            (mm.ExtraGradient(0.6), CONVERGED, 400),
            (mm.OptimisticGDA(0.1), CONVERGING, 1000),
            (mm.OptimisticGDA(0.4), CONVERGED, 900),
            (mm.EAGV(), CONVERGING, 600),
            (mm.PDHG(0.5), CONVERGED, 800),
        ):
            yield Case(
                f"{type(rule).__name__} on {n} x {n} couplings, seed {seed}", truth, played(game, rule, steps, start)
            )


def quadratic_cases() -> Iterator[Case]:
    """`f = mu/2 x^2 + sigma x y - mu/2 y^2`: stable up to `2 mu / (mu^2 + sigma^2)` (B1.15)."""
    for mu, sigma in ((0.2, 1.0), (0.5, 1.0), (1.0, 0.5), (1.0, 3.0)):
        game = mm.QuadraticGame(P=mu, A=[[sigma]], Q=mu)
        edge = 2.0 * mu / (mu**2 + sigma**2)
        for share in (0.1, 0.5, 0.8, 1.15, 1.6):
            rule = mm.GDA(share * edge, "constant")
            steps = 150
            radius = float(step_factors(rule, [mu + 1j * sigma])[0])
            truth = of_radius(radius, steps, rule.eta * sigma)
            if truth:
                yield Case(f"GDA at {share:g} of its limit, mu {mu:g}, sigma {sigma:g}", truth,
                           played(game, rule, steps, ([1.0], [0.5])))  # fmt: skip
    for curve, eta, truth in (
        (1.0, 2.1, DIVERGED),
        (1.0, 1.9, CONVERGED),
        (-1.0, 0.1, DIVERGED),
        (0.05, 0.5, CONVERGING),
    ):
        game = mm.QuadraticGame(P=curve, A=[[0.0]], Q=curve)
        yield Case(f"GDA {eta:g} without coupling, curvature {curve:g}", truth,
                   played(game, mm.GDA(eta, "constant"), 200, ([1.0], [0.7])))  # fmt: skip
    tilted = mm.BilinearGame([[0.0]], b=[1.0], c=[0.5])
    for eta in (0.1, 1.0):
        yield Case(f"GDA {eta:g} on a slope", DIVERGED, played(tilted, mm.GDA(eta, "constant"), 100, ([0.0], [0.0])))


def noisy_cases() -> Iterator[Case]:
    """Noise on the operator: constant steps end on a floor (B4.5), and approach it from afar."""
    for seed in range(6):
        for rule, game, label in (
            (mm.ExtraGradient(0.1), scalar(1.0), "ExtraGradient 0.1 on xy"),
            (mm.ExtraGradient(0.3), scalar(1.0), "ExtraGradient 0.3 on xy"),
            (mm.GDA(0.1, "constant"), mm.QuadraticGame(P=1.0, A=[[0.5]], Q=1.0), "GDA 0.1 on a strong saddle"),
            (mm.OptimisticGDA(0.2), mm.QuadraticGame(P=0.5, A=[[1.0]], Q=0.5), "OptimisticGDA 0.2 on a strong saddle"),
        ):
            yield Case(f"{label}, noise, seed {seed}", NOISE,
                       played(game, rule, 1500, ([1.0], [1.0]), sigma=1.0, seed=seed))  # fmt: skip
        yield Case(f"ExtraGradient 0.1 on xy from afar, noise, seed {seed}", CONVERGING,
                   played(scalar(1.0), mm.ExtraGradient(0.1), 500, ([300.0], [0.0]), sigma=0.5, seed=seed))  # fmt: skip
        yield Case(f"GDA 0.1 on xy, noise, seed {seed}", SPIRALLING,
                   played(scalar(1.0), mm.GDA(0.1, "constant"), 800, ([1.0], [0.0]), sigma=0.1, seed=seed))  # fmt: skip


def wandering_cases() -> Iterator[Case]:
    """Noise where nothing pulls back: a random walk has no floor, and goes nowhere."""
    for seed in range(4):
        for n in (1, 5):
            still = mm.BilinearGame(np.zeros((n, n)))
            start = (np.zeros(n), np.zeros(n))
            run = played(still, mm.GDA(0.1, "constant"), 1000, start, measured=False, sigma=1.0, seed=seed)
            yield Case(f"GDA on nothing but noise, {2 * n} coordinates, seed {seed}", UNDECIDED, run)


def response_cases() -> Iterator[Case]:
    """Fictitious play where no pair of pure actions is an equilibrium: rests that grow longer, and no limit."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        A = rng.uniform(-1, 1, rng.integers(2, 7, 2))
        if A.max(axis=1).min() > A.min(axis=0).max():
            game = mm.MatrixGame(A)
            start = tuple(np.full(n, 1.0 / n) for n in game.shape)
            for steps in (1000, 3000):
                yield Case(f"FictitiousPlay on a random {' x '.join(map(str, A.shape))} game, {steps} steps", BOUNDED,
                           played(game, mm.FictitiousPlay(), steps, start))  # fmt: skip


def shaken_cases() -> Iterator[Case]:
    """Play in turns with a little noise: the size walks by some per cent, and the run still cycles."""
    for seed in range(4):
        run = played(scalar(1.0), mm.AlternatingGDA(0.1, "constant"), 1500, ([1.0], [0.0]), sigma=0.02, seed=seed)
        yield Case(f"AlternatingGDA 0.1 on xy, a little noise, seed {seed}", CYCLING, run)


def drawn_cases(seed: int = 0, count: int = 80) -> Iterator[Case]:
    """Scalar quadratic games, rules, steps, lengths and starts drawn at random, as far as theory calls them."""
    rng = np.random.default_rng(seed)
    rules = (
        mm.GDA(schedule="constant"), mm.AlternatingGDA(schedule="constant"), mm.ExtraGradient(), mm.OptimisticGDA(),
        mm.PastExtraGradient(), mm.ReflectedGradient(), mm.ForwardBackwardForward(),
    )  # fmt: skip
    while count:
        rule = rules[rng.integers(len(rules))]
        sigma, mu = float(np.exp(rng.uniform(-1, 1.5))), float(rng.choice([0.0, 0.0, 0.1, 0.4]))
        eta, steps = float(np.exp(rng.uniform(-3.5, 0.4))) / sigma, int(rng.integers(150, 1500))
        if isinstance(rule, mm.AlternatingGDA) and (mu or eta * sigma > 1.9):
            continue
        rule = rule._replace(eta=eta)
        radius = float(step_factors(rule, [mu * sigma + 1j * sigma])[0])
        truth = of_radius(radius, steps, 0.9 * eta * sigma)
        start, measured = (rng.standard_normal(1), rng.standard_normal(1)), bool(rng.integers(2))
        if truth is None or steps * math.log(radius) > 200.0 or (eta * sigma > 0.9 and mu):
            continue
        if truth == CONVERGED and not measured:
            truth = CONVERGING
        game = mm.QuadraticGame(P=mu * sigma, A=[[sigma]], Q=mu * sigma) if mu else scalar(sigma)
        count -= 1
        yield Case(f"drawn {seed}/{count}: {type(rule).__name__} {eta * sigma:.3g}, mu {mu:g}, {steps} steps", truth,
                   played(game, rule, steps, start, measured=measured))  # fmt: skip


def stalled_cases() -> Iterator[Case]:
    """Steps whose sum is finite: the run stops where the operator does not vanish."""
    for power, sigma in ((1.5, 1.0), (2.0, 1.0), (2.0, 3.0), (3.0, 1.0)):
        for start in ((1.0, 0.0), (-2.0, 1.0)):

            def play(power: float = power, sigma: float = sigma, start: Any = start) -> Any:
                z, orbit = np.array(start), []
                for t in range(1, 1501):
                    orbit.append(z)
                    F = sigma * np.array([z[1], -z[0]])
                    z = z - 0.2 * t**-power * F
                orbits = np.array(orbit)
                return orbits, sigma * np.linalg.norm(orbits, axis=1)

            yield Case(f"GDA with steps t^-{power:g}, sigma {sigma:g}, from {start}", STALLED, play)


def matrix_cases() -> Iterator[Case]:
    """Matrix games with interior equilibria: weights spiral out, optimistic ones in, alternating ones stay (B3)."""
    pennies = mm.MatrixGame([[2.0, -1.0], [-1.0, 1.0]])
    kings = mm.MatrixGame([[1.0, -1.0], [-1.0, 1.0]])
    for game, label in ((pennies, "a 2 x 2 game"), (kings, "matching pennies")):
        for start in (([0.45, 0.55], [0.35, 0.65]), ([0.6, 0.4], [0.5, 0.5])):
            for eta, steps in ((0.05, 700), (0.08, 430)):
                yield Case(f"MWU {eta:g} on {label}, from {start}", SPIRALLING, played(game, mm.MWU(eta), steps, start))
                yield Case(f"alternating MWU {eta:g} on {label}, from {start}", CYCLING,
                           played(game, mm.MWU(eta), 2 * steps, start, alternating=True))  # fmt: skip
                yield Case(f"OMWU {eta:g} on {label}, from {start}", CONVERGING,
                           played(game, mm.OMWU(eta), steps, start))  # fmt: skip
            yield Case(f"OMWU 0.4 on {label}, from {start}", CONVERGED, played(game, mm.OMWU(0.4), 1500, start))
            yield Case(
                f"MirrorProx 0.6 on {label}, from {start}", CONVERGED, played(game, mm.MirrorProx(0.6), 700, start)
            )
            yield Case(
                f"ExtraGradient on {label}, from {start}", CONVERGED, played(game, mm.ExtraGradient(), 300, start)
            )
            yield Case(f"BestResponse on {label}, from {start}", CYCLING, played(game, mm.BestResponse(), 200, start))
    slow = mm.MatrixGame([[3.0, 0.0, -3.0], [0.0, 3.0, -4.0], [0.0, 0.0, 1.0]])
    start = ([0.4, 0.3, 0.3], [0.2, 0.3, 0.5])
    for rule, alternating, truth in (
        (mm.RegretMatching(), False, BOUNDED),
        (mm.RegretMatchingPlus(), False, BOUNDED),
        (mm.RegretMatchingPlus(), True, BOUNDED),
        (mm.PredictiveRegretMatchingPlus(), False, BOUNDED),
        (mm.PredictiveRegretMatchingPlus(), True, CONVERGED),
    ):
        turns = " in turns" if alternating else ""
        yield Case(f"{type(rule).__name__}{turns} on the slow game", truth,
                   played(slow, rule, 4000, start, alternating=alternating))  # fmt: skip
    for delta in (0.1, 0.01):
        game = mm.MatrixGame([[0.5 + delta, 0.5], [0.0, 1.0]])
        for steps in (300, 1000, 3000, 10_000):
            yield Case(f"OMWU 0.1 on A_{delta:g}, {steps} steps", RETURNING,
                       played(game, mm.OMWU(0.1), steps, ([0.5, 0.5], [0.5, 0.5])))  # fmt: skip


def measured_cases() -> Iterator[Case]:
    """Ellipses and spirals whose every iterate is seen with an error of its own, of which the run knows nothing."""
    for angle, steps in ((0.3, 400), (0.3, 3000), (0.05, 3000), (0.01, 4000)):
        for change, truth in ((0.0, CYCLING), (3.0, SPIRALLING), (-3.0, CONVERGING)):
            for sigma in (0.03, 0.1, 0.2):
                k = np.arange(steps + 1.0)
                size = np.exp(change * (k / steps - (change < 0.0) * 0.5))  # so that the end is not all noise
                ellipse = size[:, None] * np.column_stack([np.cos(angle * k), 0.8 * np.sin(angle * k + 0.3)])
                noise = np.random.default_rng(steps).standard_normal(ellipse.shape)
                name = f"an ellipse, {angle:g} a step, growing by e^{change:g} in {steps}, seen within {sigma:g}"
                yield Case(name, truth, recorded(ellipse + sigma * size.min() * noise))


def composed_cases() -> Iterator[Case]:
    """Several modes at once: drifts beside turns, harmonics, frequencies without a common period, one coordinate."""
    k = np.arange(2001.0)
    turn, fast = (np.column_stack([np.cos(w * k), np.sin(w * k)]) for w in (0.1, 0.1 * math.sqrt(5.0)))
    for drift in (0.03, 0.003):
        yield Case(f"a turn and a drift of {drift:g}", DIVERGED, recorded(turn + drift * k[:, None] * [1.0, 0.0]))
        yield Case(f"a turn beside a drift of {drift:g}", DIVERGED, recorded(np.column_stack([turn, drift * k])))
    yield Case("two frequencies in one plane", CYCLING, recorded(turn + 0.7 * fast))
    yield Case("two frequencies in two planes", CYCLING, recorded(np.hstack([turn, 0.7 * fast])))
    yield Case("a figure of eight", CYCLING, recorded(np.column_stack([np.sin(0.1 * k), np.sin(0.2 * k)])))
    for period in (3.3, 9.5, 123.4):
        yield Case(f"a sine of period {period:g}", CYCLING, recorded(np.sin(2.0 * np.pi * k / period)[:, None]))
    for power, truth in ((-1.0, CONVERGING), (0.0, CYCLING), (1.0, SPIRALLING)):
        angle = 20.0 * np.log(k + 1.0)
        path = (k[:, None] + 1.0) ** power * np.column_stack([np.cos(angle), np.sin(angle)])
        yield Case(f"a turn in the logarithm of time, of size t^{power:g}", truth, recorded(path))
    mixed = np.hstack([0.999 ** k[:, None] * turn, 0.99 ** k[:, None] * fast])
    yield Case("two modes that die out", CONVERGING, recorded(mixed))
    yield Case("a mode that grows beside one that dies out", SPIRALLING,
               recorded(np.hstack([1.002 ** k[:, None] * turn, 10.0 * 0.99 ** k[:, None] * fast])))  # fmt: skip


def recorded(orbit: np.ndarray) -> Callable[[], tuple[np.ndarray, np.ndarray | None]]:
    """Return a function that returns an orbit without merits."""
    return lambda: (orbit, None)


def flow_cases() -> Iterator[Case]:
    """Games that are not convex-concave: limit cycles from both sides (C8, C10), and Dirac-GANs (C11, C12)."""

    def slope(z: Any) -> Any:
        return z / 2 - 2 * z**3 + z**5

    forsaken = field(lambda x, y: y - 0.45 + slope(x), lambda x, y: x - slope(y))
    bent = field(lambda x, y: y, lambda x, y: x + 0.2 * (y - y**3))
    for start in (([0.5], [0.5]), ([0.9], [-0.3]), ([1.8], [0.4])):
        yield Case(f"ExtraGradient 0.1 on Forsaken from {start}", LIMIT_CYCLE,
                   played(forsaken, mm.ExtraGradient(0.1), 2500, start))  # fmt: skip
        yield Case(f"GDA 0.03 on Forsaken from {start}", LIMIT_CYCLE,
                   played(forsaken, mm.GDA(0.03, "constant"), 4000, start))  # fmt: skip
    for start in (([0.5], [0.5]), ([2.0], [2.0]), ([0.1], [0.0])):
        yield Case(f"AlternatingGDA 0.05 on xy + .2 (y^2/2 - y^4/4) from {start}", LIMIT_CYCLE,
                   played(bent, mm.AlternatingGDA(0.05, "constant"), 3000, start))  # fmt: skip

    def tilt(t: Any) -> Any:
        return 1.0 / (1.0 + np.exp(t))  # f'(t) of -log(1 + exp(-t))

    # x is the generator's place, y the discriminator's slope: f = -log(1 + exp(-x y)) up to a constant.
    for gamma, rule, steps, truth in (
        (0.0, mm.GDA(0.1, "constant"), 1000, SPIRALLING),
        (0.0, mm.GDA(0.05, "constant"), 2000, SPIRALLING),
        (0.0, mm.AlternatingGDA(0.2, "constant"), 800, CYCLING),
        (0.0, mm.AlternatingGDA(0.5, "constant"), 500, CYCLING),
        (0.1, mm.GDA(0.05, "constant"), 2500, CONVERGING),
        (1.0, mm.GDA(0.2, "constant"), 400, CONVERGED),
        (2.0, mm.GDA(0.2, "constant"), 1200, CONVERGED),
        (0.0, mm.ExtraGradient(0.3), 500, CONVERGING),
    ):
        dirac = field(lambda x, y: tilt(x * y) * y, lambda x, y, gamma=gamma: tilt(x * y) * x - gamma * y)
        yield Case(f"{type(rule).__name__} {rule.eta:g} on the Dirac-GAN, penalty {gamma:g}", truth,
                   played(dirac, rule, steps, ([0.6], [0.4])))  # fmt: skip


def field(fx: Any, fy: Any) -> mm.SmoothGame:
    """Return the scalar game with these partial derivatives."""
    return mm.SmoothGame(mm.Free(1), mm.Free(1), gradients=lambda x, y: (fx(x, y), fy(x, y)))


def cases() -> list[Case]:
    """Return every case."""
    families = (
        bilinear_cases, coupled_cases, quadratic_cases, noisy_cases, stalled_cases, matrix_cases, flow_cases,
        shaken_cases, wandering_cases, response_cases, measured_cases, composed_cases, drawn_cases,
    )  # fmt: skip
    return [case for family in families for case in family()]


def right(case: Case, verdict: str) -> bool:
    """Whether a verdict is what theory gives."""
    if case.truth == BOUNDED:
        return verdict in (CYCLING, LIMIT_CYCLE)
    return verdict != CONVERGED if case.truth == RETURNING else verdict == case.truth


def monitor_cost(n: int, rounds: int, pairs: int = 11) -> tuple[float, float, float, float]:
    """Return seconds a round of extra-gradient on an n x n matrix game, and the share that a monitor adds: the median
    of some pairs of runs, and its quartiles.

    Runs come in pairs, either first in turn, and processor time counts, on a machine that others use too.
    """
    game = mm.MatrixGame(np.random.default_rng(0).uniform(-1, 1, (n, n)))

    def spent(watch: mm.Monitor | None) -> float:
        start = time.process_time()
        mm.solve(game, mm.ExtraGradient(), rounds=rounds, tol=None, average="last", watch=watch)
        return time.process_time() - start

    spent(None), spent(mm.Monitor())
    ratios, alone = [], []
    for pair in range(pairs):
        both = {watched: spent(mm.Monitor() if watched else None) for watched in (pair % 2 == 1, pair % 2 == 0)}
        ratios.append(both[True] / both[False] - 1.0)
        alone.append(both[False] / rounds)
    low, middle, high = statistics.quantiles(ratios, n=4)
    return min(alone), middle, low, high


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    print(made_on())
    table: Counter[tuple[str, str]] = Counter()
    everything = cases()
    wrong = {"diagnose": 0, "a monitor": 0}
    start = time.perf_counter()
    for case in everything:
        for who, verdict in zip(wrong, case.verdicts()):
            correct = right(case, verdict)
            wrong[who] += not correct
            if options.verbose or not correct:
                print(f"{'' if correct else 'MISS '}{case.name}: {verdict}, says {who}; by theory {case.truth}")
            if who == "diagnose":
                table[case.truth, verdict] += 1
    columns = sorted({verdict for _, verdict in table})
    print(f"\n{'by theory':<16}" + "".join(f"{name:>16}" for name in columns))
    for truth in sorted({truth for truth, _ in table}):
        print(f"{truth:<16}" + "".join(f"{table[truth, name] or '':>16}" for name in columns))
    misses = ", ".join(f"{count} misses of {who}" for who, count in wrong.items())
    print(f"{len(everything)} cases, {misses}, {time.perf_counter() - start:.1f} s")
    if not options.small:
        for n, rounds in ((100, 20_000), (1000, 20_000), (3000, 4000)):
            alone, share, low, high = monitor_cost(n, rounds)
            print(
                f"a monitor adds {100 * share:.2f} % (quartiles {100 * low:.2f}, {100 * high:.2f}) to a round of "
                f"{1e6 * alone:.1f} us, n = {n}, {rounds} rounds"
            )


if __name__ == "__main__":
    main()
