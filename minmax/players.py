"""Who plays: rules with their parameters set, both players' arrays, and the engine that advances them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from minmax import _check, rows
from minmax.calls import Witness, advance_compiled
from minmax.dynamics.rule import SCHEDULES, Dynamics, Scale
from minmax.oracles import GaussianNoise, Minibatch, Sampled, checked_oracle
from minmax.restarts import balanced, checked_policy, due
from minmax.solution import Regret, Run, Solution
from minmax.state import (
    FRESH,
    POWERS,
    Side,
    average_of,
    begin,
    blank_tape,
    facts_of,
    held,
    last_of,
    regret_of,
    rewound,
)

__all__ = ["Players", "copied", "dynamics_of", "first_play", "fresh_run", "opening", "pair_of", "wanted_iterate"]

# Loading numba takes half a second, as long as these rounds take on numpy rows; the engine of a round
# depends on its number and the game alone, so that a resumed run repeats a whole one bit for bit.
ROWS_ROUNDS = 512
FEW_ROUNDS = 8  # the same where a play takes many array operations
ROWS_ENTRIES = 5_000_000  # numbers that rows may read before a game is worth compiled loops
PASSES = 10  # over each player's arrays in a round


def fresh_run(
    game: Any, method: Any, rounds: int, average: Any, alternating: Any, order: Any, seed: Any, centred: bool = True,
    restart: Any = None, oracle: Any = None,
) -> Run:  # fmt: skip
    """Return the run that `solve`'s arguments describe, with every parameter a number."""
    first, second = pair_of(method)
    if alternating is None:
        alternating = bool(first.alternating and second.alternating)
    check_pair(game, first, second, alternating)
    wanted, weights = wanted_iterate(first, average)
    if order is not None and not alternating:
        raise ValueError("`order` is for play in turns, and this run moves both players at once: leave it out.")
    if (first.searched or first.banked) and (order == "yx" or oracle is not None):
        raise ValueError(f"{type(first).__name__} moves x first, on utilities without noise: leave the option out.")
    order = "xy" if order is None else _check.choice("order", order, ("xy", "yx"))
    seed = 0 if seed is None else _check.whole("seed", seed)
    rules = tuned_pair(game, first, second, rounds)
    policy = checked_policy(game, restart, rules)
    oracle = checked_oracle(game, oracle, rules, bool(alternating))
    return Run(rules, weights, wanted, bool(alternating), order, seed, centred, game.fingerprint, policy, oracle=oracle)


def pair_of(method: Any) -> tuple[Any, Any]:
    """Return x's and y's dynamics, checked; one given alone is both players'."""
    pair = method if type(method) is tuple else (method, method)
    if len(pair) != 2:
        raise ValueError(f"`method` must be one dynamics or a pair, x's and y's; got {len(pair)} of them.")
    return dynamics_of(pair[0]), dynamics_of(pair[1])


def check_pair(game: Any, first: Any, second: Any, alternating: bool) -> None:
    """Refuse dynamics that cannot be played in this game, against each other, or in this order."""
    for rule, domain in zip((first, second), game.domains):
        domain.using(rule.geometry)
        if domain.charged and not rule.proximal:
            raise ValueError(
                f"{type(rule).__name__} takes no proximal steps, which the terms of this game need: use a gradient "
                "dynamics such as MirrorProx, ExtraGradient or PDHG."
            )
    if first.paced != second.paced or (first.paced and type(first) is not type(second)):
        raise ValueError("`method` must be one dynamics for both players where the step adapts to how both move.")
    for fact in ("lookahead", "reflected", "banked", *(["first"] if first.lookahead == "past" else [])):
        if getattr(first, fact, None) != getattr(second, fact, None):
            raise ValueError(
                f"`method` must be two dynamics with rounds of one kind; {type(first).__name__} and "
                f"{type(second).__name__} differ in `{fact}`: choose another partner."
            )
    if first.searched and max(game.curvatures) > 0.0:
        raise ValueError(
            f"{type(first).__name__} takes games without forms of the players' own: state them as terms, as in "
            "CompositeGame(game, g=SquaredNorm(1.0)), or use PDHG."
        )
    if first.banked and not (alternating and max(game.curvatures) == 0.0 and all(d.bounded for d in game.domains)):
        raise ValueError(f"{type(first).__name__} is a play in turns, for bilinear games on bounded sets.")
    sampled = [rule for rule in (first, second) if rule.noise or rule.bandit]
    if alternating and first.lookahead:
        raise ValueError(f"{type(first).__name__} looks ahead and has no play in turns: use `alternating=False`.")
    if alternating and sampled:
        raise ValueError(
            "Play in turns shows a new strategy before it is drawn: sampled rules need `alternating=False`."
        )
    if first.reflected and not alternating:
        raise ValueError(f"{type(first).__name__} is a play in turns by nature: leave `alternating` as it is.")
    if any(rule.bandit for rule in sampled) and (
        math.isnan(game.spread) or game.scale_kind == "operator norm estimate"
    ):
        raise ValueError(
            "A bandit rule rescales payoffs by their range, which this game does not state: pass its matrix."
        )


def tuned_pair(game: Any, first: Any, second: Any, rounds: int) -> tuple[Any, Any]:
    """Return both rules with numbers for parameters; the norm, which costs products, only where a step needs it."""
    x, y = (rule.tuned(scale_of(game, rule, player, rounds)) for player, rule in enumerate((first, second)))
    return x, y


def scale_of(game: Any, rule: Any, player: int, rounds: int) -> Scale:
    """Return what a rule's step may depend on."""
    domain = game.domains[player]
    if not math.isnan(game.spread) and not rule.lipschitz:
        return Scale(domain.n, game.spread, math.nan, rounds)
    modulus = domain.using(rule.geometry).modulus
    if modulus == 0.0 and getattr(rule, "eta", 0.0) in ("auto", "horizon"):
        raise ValueError(
            f"{type(domain).__name__} has no automatic step in the {rule.geometry!r} geometry, whose regulariser "
            "flattens out: give `eta` a number, or use a dynamics with a Euclidean step."
        )
    part = 1.0 / modulus if modulus > 0.0 else 1.0
    return Scale(
        domain.n,
        game.spread,
        game.norm * part,
        rounds,
        domain.diameter,
        game.slope,
        game.coupling_norm * part,
        game.curvatures[player] * part,
        getattr(game, "count", 1),
        player,
        max(game.curvatures) * part,
    )


def wanted_iterate(rule: Any, average: Any) -> tuple[str, str]:
    """Return which iterate a run is judged by, and the weights of the average it keeps."""
    if average is not None and _check.choice("average", average, POWERS) == "last":
        return "last", "uniform"
    own = rule.average if rule.average != "last" else "uniform"
    return ("better", own) if average is None else ("average", average)


def dynamics_of(rule: Any) -> Any:
    """Return a dynamics with its parameters checked; a class stands for its defaults."""
    rule = rule() if isinstance(rule, type) else rule
    if isinstance(rule, Dynamics):
        if not hasattr(rule, "step"):
            raise TypeError(f"{type(rule).__name__} has no `step(self, theta, u, v, a, b, t)`, which a dynamics is.")
        if not hasattr(rule, "_asdict"):
            raise TypeError(f"{type(rule).__name__} must hold its parameters in a NamedTuple that it inherits first.")
    if not (hasattr(rule, "step") and hasattr(rule, "tuned") and hasattr(rule, "_asdict")):
        raise TypeError(f"`method` must be a dynamics such as MWU(eta=0.1), a pair, or an exact method; got {rule!r}.")
    for name, value in rule._asdict().items():
        if name == "eta" and value not in ("auto", "horizon"):
            if isinstance(value, str):
                raise ValueError(f'`eta` must be a positive number, "auto" or "horizon"; got {value!r}.')
            _check.positive("eta", value)
        elif name in ("delta", "shrink") and not 0.0 < value < 1.0:
            raise ValueError(f"`{name}` must lie between zero and one; got {value!r}.")
        elif name == "schedule" and value not in (0.0, 0.5):
            _check.choice("schedule", value, ("auto", *SCHEDULES))
        elif name == "first" and value not in (0.0, 1.0):
            _check.choice("first", value, ("zero", "plain"))
        elif not isinstance(value, str) and not math.isfinite(float(value)):
            raise ValueError(f"`{name}` must be finite; got {value!r}.")
    return rule


class Players:
    """Both players' maps, rules, facts and arrays, and the engine that advances them."""

    def __init__(self, game: Any, run: Run, sides: Any) -> None:
        self.game, self.run = game, run
        self.maps = tuple(d.using(r.geometry) for d, r in zip(game.domains, run.rules))
        oracle = run.oracle
        options: dict[str, Any] = {"seed": run.seed, "average": run.average}
        if isinstance(oracle, GaussianNoise):
            options |= {"jitter": oracle.sigma, "same": oracle.same}
        self.facts = tuple(
            facts_of(r, player=p, charged=d.charged, **utility_range(game, p), **options)
            for p, (r, d) in enumerate(zip(run.rules, game.domains))
        )
        self.sides = sides
        # Numpy rows are few, and read the game as it is.
        self.kernel = game.narrow.kernel if run.rough else game.kernel
        if run.alternating and game.users:
            self.kernel = None  # a user's compiled function writes both gradients, and knows no turns
        self.implicit = any(rule.implicit for rule in run.rules)
        compiled = all(m.compiled for m in self.maps) and not self.implicit
        if compiled and (self.kernel is not None or not run.alternating):
            most = FEW_ROUNDS if self.slow_rows else ROWS_ROUNDS
            self.rows_until = min(most, ROWS_ENTRIES // max(game.work + PASSES * sum(game.shape), 1))
        else:
            self.rows_until = math.inf
        self.witness: Witness | None = None
        self.tape = blank_tape(*game.shape)

    @property
    def slow_rows(self) -> bool:
        """Whether a play takes many array operations, and a certificate as many."""
        return any(m.iterative for m in self.maps)

    @property
    def apart(self) -> int:
        """Rounds between checks, at least."""
        return FEW_ROUNDS if self.slow_rows else self.stride

    @property
    def stride(self) -> int:
        """Rounds of one step."""
        return 2 if self.facts[0].lookahead == FRESH else 1

    def calls(self, t: int) -> float:
        """Evaluations of the operator that t rounds took."""
        counted = float(self.sides[0].pace[1]) - 1.0
        if isinstance(self.run.oracle, Minibatch):
            return counted
        if self.run.rules[0].searched:
            return float(self.sides[1].pace[1]) - 1.0
        return float(t) + (counted if self.implicit else 0.0)

    @property
    def swept(self) -> str:
        """Name of the engine that reads the matrix once a round in turns, or nothing.

        The stored rows must be the first player's coordinates, and what it plays must need no more of its other dual
        coordinates than their sum (regret matching), or nothing of them (primal-dual steps in a box).
        """
        run, leader = self.run, getattr(self.kernel, "leader", "")
        if not run.alternating or not leader or not run.order.startswith(leader) or run.oracle is not None:
            return ""
        if run.rules[0].searched:
            return ""
        lead = 0 if leader == "x" else 1
        if any(r.noise or r.bandit or r.lookahead for r in run.rules):
            return ""
        if self.maps[lead].separable and not run.rules[0].reflected and not math.isnan(self.game.spread):
            return "advance_swept"
        # Scattered entries gain nothing from being read once; a dense matrix does.
        steps = self.maps[lead].pointwise and run.rules[0].reflected and self.game.coupling.kind == "dense"
        return "advance_swept_steps" if steps else ""

    def advance(self, start: int, stop: int, wanted: Sequence[int] = ()) -> None:
        """Play rounds start, ..., stop - 1, each on the engine its number says, and keep the iterates after some."""
        edge = int(min(max(self.rows_until + 1, start), stop))
        # Since a restart, rounds count from one again for the rules and averages.
        since = self.run.restart.since if self.run.restart else 0
        start, edge, stop = start - since, edge - since, stop - since
        tape = self.tape = rewound(self.tape, [t - since for t in wanted])
        arguments: tuple[Any, ...] = (*self.maps, *self.run.rules, *self.facts, *self.sides, tape)
        order = f"_in_turns{'_y_first' * (self.run.order == 'yx')}" if self.run.alternating else "_together"
        order = "_searching" if self.run.rules[0].searched else order
        game = self.watched(start, since) if self.kernel is None else self.game
        if start < edge:
            with np.errstate(over="ignore", invalid="ignore"):
                getattr(rows, f"advance{order}")(game, *arguments, start, edge)
        if edge >= stop:
            return
        from minmax import loops

        if self.kernel is None:
            compiled: Any = advance_compiled
            compiled(game, *arguments, edge, stop)
        elif self.swept:
            # The player of the stored rows leads.
            pairs: list[Any] = [self.maps, self.run.rules, self.facts, self.sides]
            if self.run.order == "yx":
                pairs, tape = [pair[::-1] for pair in pairs], tape._replace(x=tape.y, y=tape.x)
            loops.engine(self.swept, self.game.users, *pairs[0], *pairs[1])(
                self.kernel, *chain(*pairs), tape, edge, stop
            )
        else:
            engine = loops.engine(f"advance{order}", self.game.users, *self.maps, *self.run.rules)
            engine(self.kernel, *arguments, edge, stop)

    def kept(self) -> Iterator[tuple[int, tuple[np.ndarray, ...]]]:
        """Yield the rounds among those wanted that were reached, and the iterates after them."""
        since = self.run.restart.since if self.run.restart else 0
        for t, *pair in zip(self.tape.at[: self.tape.done[0]], self.tape.x, self.tape.y):
            yield int(t) + since, tuple(map(last_of, self.maps, self.facts, pair))

    def watched(self, start: int, since: int) -> Witness:
        """Return the game behind a witness of its evaluations from round `start` on, `since` rounds after the first."""
        before = self.witness
        game, run = self.game, self.run
        if isinstance(run.oracle, Minibatch):
            game = Sampled(game, run.oracle, run.rules[0], self.sides, start, run.seed)
        varying = self.implicit or run.rules[0].searched
        self.witness = Witness(game, start, 0 if varying else 1 + int(self.run.alternating), since)
        self.witness.good = before.good if before is not None else None
        return self.witness

    def restart(self, gap: float, pair: tuple[np.ndarray, np.ndarray], t: int) -> None:
        """Begin again at a pair of this gap, where the policy says so in round t; else remember the gap."""
        state = self.run.restart
        if state is None:
            return
        domains, rules = self.game.domains, self.run.rules
        lost = state.lost(gap)
        if not lost and not due(state, gap, t):
            self.run = self.run._replace(restart=state._replace(before=gap, first=min(state.first, 1e308)))
            return
        after = state.striding(gap)
        if state.adaptive and all(rule.rebalances for rule in rules):
            firsts = tuple(d.using(r.geometry).play_rows(s.b) for d, r, s in zip(domains, rules, self.sides))
            if lost:
                gap, pair = state.first, firsts
            moves = (pair[0] - firsts[0], pair[1] - firsts[1])
            rules = balanced(rules, moves, self.game.curvatures, after.stride / state.stride)
        self.run = self.run._replace(rules=rules, restart=after._replace(since=t, first=gap, before=gap))
        trials = float(self.sides[1].pace[1])
        self.sides = tuple(begin(m, r, p.copy()) for m, r, p in zip(self.maps, rules, pair))
        if rules[0].searched:
            self.sides[1].pace[1] = trials

    def last(self) -> tuple[np.ndarray, ...]:
        """Return the last iterate."""
        return tuple(last_of(m, f, held(f, s).copy()) for m, f, s in zip(self.maps, self.facts, self.sides))

    def iterates(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """Return the last iterate and the average, both as pairs."""
        last = self.last()
        mean = tuple(average_of(s) for s in self.sides)
        if self.run.rough:
            last, mean = (tuple(d.point(p) for d, p in zip(self.game.domains, pair)) for pair in (last, mean))
        return last, mean  # type: ignore[return-value]

    def regret(self, t: int) -> Regret:
        """Return both regrets after t rounds, nan where the payoffs seen are not those earned."""
        if self.facts[0].reflected or self.run.restart or any(d.charged for d in self.game.domains):
            return Regret(*(math.nan,) * 4)
        domains = self.game.domains
        values = [regret_of(d, s) for d, s in zip(domains, self.sides)]
        # Bounds are for payoffs in a known range, and those with a step size for a start at the centre.
        bounds = [
            r.regret_bound(Scale(d.n, self.game.spread, math.nan, t))
            if t > 0 and (self.run.centred or r.geometry == "regret")
            else math.nan
            for r, d in zip(self.run.rules, domains)
        ]
        return Regret(values[0], values[1], bounds[0], bounds[1])


def utility_range(game: Any, player: int) -> dict[str, Any]:
    """Return the range of one player's utilities, from the extremes of the payoffs."""
    if math.isnan(game.spread):
        return {"low": math.nan, "high": math.nan}
    low, high = game.coupling.extremes
    flipped = (player == 0) == (game.sign > 0)
    return {"low": -high, "high": -low} if flipped else {"low": low, "high": high}


def opening(game: Any, run: Run, start: Any) -> tuple[Any, Any]:
    """Return both players' first arrays, at a given pair of strategies or at the domains' centres."""
    if start is not None and (not isinstance(start, (tuple, list)) or len(start) != 2):
        raise TypeError(f"`start` must be a pair of strategies or a Solution; got {type(start).__name__}.")
    sides = []
    for p, (rule, domain) in enumerate(zip(run.rules, game.domains)):
        point = first_play(rule, domain, None if start is None else start[p], f"start[{p}]")
        side = begin(domain.using(rule.geometry), rule, point)
        sides.append(narrowed(side) if run.rough else side)
    return sides[0], sides[1]


def narrowed(side: Side) -> Side:
    """Return a player's arrays in single precision, all but the two sums."""
    arrays = {name: array.astype(np.float32) for name, array in side._asdict().items() if name != "sums"}
    return side._replace(**arrays)


def first_play(rule: Any, domain: Any, start: Any, name: str) -> np.ndarray:
    """Return a rule's first strategy: the start given, or the domain's centre, or what the map plays at zero."""
    geometry = domain.using(rule.geometry)
    if start is None:
        return domain.centre() if geometry.invertible else geometry.play_rows(np.zeros(domain.n))
    if rule.noise:
        raise ValueError(f"{type(rule).__name__} draws its first play from noise and cannot start at a given pair.")
    point: np.ndarray = domain.point(start, name)
    stuck = geometry.stuck(point)
    if stuck >= 0:
        raise ValueError(
            f"`{name}` must lie inside its domain for {type(rule).__name__}, with every action at a positive "
            f"probability: it never moves a coordinate again that has reached its bound, as {stuck} has."
        )
    return point


def copied(solution: Solution) -> tuple[Any, Any]:
    """Return a solution's arrays, copied: the one resumed from stays as it is."""
    first, second = (Side(*(array.copy() for array in side)) for side in solution.sides or ())
    return first, second
