"""The front door: `solve` and `certify`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minmax import _check
from minmax.automatic import automatic, by_exact
from minmax.checks import Limits
from minmax.domains import Treeplex
from minmax.dynamics import AdaptiveGoldenRatio, ExtraGradient, MirrorProx, PredictiveRegretMatchingPlus
from minmax.dynamics.primal_dual import PrimalDual
from minmax.exact import PolicyIteration
from minmax.games import BilinearGame, Certificate, ExtensiveFormGame, MarkovGame, MatrixGame, QuadraticGame
from minmax.games.told import plan_of
from minmax.play import play, resume
from minmax.players import fresh_run
from minmax.saddles import automatic_saddle, primal_dual
from minmax.solution import Solution
from minmax.watching import Snapshot

__all__ = ["certify", "solve"]


def certify(game: Any, x: Any, y: Any) -> Certificate:
    """Return what a strategy pair proves about a game: value, bounds with rounding accounted for, gap.

    Parameters
    ----------
    game : MatrixGame, BilinearGame, QuadraticGame, SmoothGame, ...
    x, y : a point of each player's domain; on trees and in Markov games also a mapping from information sets or states
        to probabilities, by action or in order, uniform at those that are not named.

    Examples
    --------
    >>> from minmax import MatrixGame, zoo
    >>> certify(MatrixGame([[2.0, -1.0], [-1.0, 1.0]]), [0.5, 0.5], [0.25, 0.75]).gap
    0.75
    >>> bluffs = {"J": {"pass": 2 / 3, "bet": 1 / 3}, "Q": {"pass": 1}, "K": {"bet": 1},
    ...           "J pass bet": [1, 0], "Q pass bet": [1 / 3, 2 / 3], "K pass bet": [0, 1]}
    >>> round(certify(zoo.kuhn(), bluffs, {}).lower, 6)  # the value of the game
    -0.055556
    """
    if not hasattr(game, "certificate"):
        raise TypeError(f"`game` must be a game such as MatrixGame(A); got {type(game).__name__}.")
    certificate: Certificate = game.certificate(x, y)
    return certificate


def solve(
    game: Any,
    method: Any = None,
    *,
    rounds: int = 100_000,
    tol: float | None = 1e-6,
    start: Any = None,
    average: str | None = None,
    alternating: bool | None = None,
    order: str | None = None,
    restart: str | int | None = None,
    oracle: Any = None,
    every: int | None = None,
    watch: Callable[[Snapshot], Any] | None = None,
    time_limit: float | None = None,
    progress: bool = False,
    seed: int | None = None,
) -> Solution:
    """Solve `min over x, max over y` with a certificate.

    Parameters
    ----------
    game : MatrixGame, BilinearGame, QuadraticGame, SmoothGame, ..., or a matrix, taken as `MatrixGame(matrix)`.
    method : a dynamics (`MWU(eta=0.1)`), a pair of them (x's and y's), or an exact method (`Pivoting()`, `Conic()`).
        Where None it is chosen by kind, size, storage and tolerance, and `Solution.path` names what was tried: for
        matrix games exact methods and regret matching; for bilinear and quadratic games an interior point or Newton's
        method where factorisations are cheap, else restarted primal-dual steps, or mirror-prox where entropy is
        charged; the adaptive golden ratio for functions.
    rounds : evaluations of the operator at most; counted afresh when a solution is resumed.
    tol : certified width over the game's scale at which to stop; None plays all rounds and returns the iterate
        they end at, whatever its gap.
    start : a pair of strategies, or a Solution, whose run goes on bit for bit.
    average : "last", "uniform", "linear" or "quadratic": the iterate asked for.  Where None, the better certified
        of the last iterate and the average that the dynamics' guarantee speaks of.
    alternating : whether the players move in turns; the dynamics' own where None.
    order : "xy" or "yx": who moves first in turns, "xy" where None.
    restart : "adaptive" begins again at the better of last iterate and average when the gap has fallen enough, with
        steps rebalanced between the players; a number restarts to the average every so many rounds.  For gradient
        rules (PDHG, HalpernPDHG, ExtraGradient, PastExtraGradient, ...), whose rate it makes linear on polytopes.
        "bold" also lets HalpernPDHG's steps grow past those known to converge, while restarts show that they do.
    oracle : what the players are told instead of their utilities: `GaussianNoise(sigma)`, or `Minibatch(size)` of a
        `FiniteSumGame`; drawn from the seed.  Gaps are those of the game itself.
    every : check every so many rounds; where None, at rounds growing by a fifth.
    watch : called with a `Snapshot` at the start and at each check; a true answer ends the run.
    time_limit : seconds, checks included.  The first compilation of a dynamics takes a few seconds, is kept on disk,
        and is not cut short.
    progress : show a bar, on a terminal.
    seed : of sampled play, 0 where None.

    Returns
    -------
    Solution
        With `tol` met: the first such iterate.  Otherwise the best certified iterate of the kind asked for; `status`
        says why the run ended.

    Examples
    --------
    >>> from minmax import MatrixGame, MWU, solve
    >>> game = MatrixGame.from_payoffs([[2.0, -1.0], [-1.0, 1.0]])
    >>> solution = solve(game)
    >>> round(solution.value, 9), solution.x.round(9).tolist(), solution.status.value
    (0.2, [0.4, 0.6], 'converged')
    >>> solve(game, MWU(eta=0.1), rounds=1000, tol=None).gap < 0.1
    True
    """
    if isinstance(game, str):
        raise TypeError(f"`game` must be a game or a matrix; got the text {game!r}: `read_game` reads files.")
    if not hasattr(game, "certificate"):
        game = MatrixGame(game)
    _check.whole("rounds", rounds)
    if tol is not None:
        _check.positive("tol", tol)
    if time_limit is not None:
        _check.positive("time_limit", time_limit)
    if every is not None:
        _check.whole("every", every, 1)
    if watch is not None and not callable(watch):
        raise TypeError(f"`watch` must be a function of a Snapshot; got {watch!r}.")
    limits = Limits(rounds, tol, every, watch, time_limit, progress)
    if type(start) is tuple and len(start) == 2:
        start = tuple(plan_of(game, name, p) for name, p in zip("xy", start))
    if isinstance(start, Solution) and hasattr(method, "answer"):
        start = (start.x, start.y)  # an exact method goes on from the pair, not from the run
    if isinstance(start, Solution):
        return resume(game, start, limits, method, average, alternating, order, seed, restart, oracle)
    if method is None and isinstance(game, MarkovGame):
        method = PolicyIteration()
    if hasattr(method, "answer"):
        method = method() if isinstance(method, type) else method
        given = {
            "start": start,
            "average": average,
            "alternating": alternating,
            "order": order,
            "restart": restart,
            "oracle": oracle,
            "seed": seed,
            "watch": watch,
            "every": every,
        }
        return by_exact(game, method, limits, given)
    untouched = all(option is None for option in (average, alternating, order, restart, seed, oracle))
    planned = isinstance(game, (MatrixGame, ExtensiveFormGame))
    if method is None and untouched and start is None and watch is None and planned:
        return automatic(game, limits)
    if isinstance(game, MarkovGame):
        raise ValueError("A MarkovGame is solved by PolicyIteration, ShapleyIteration, HoffmanKarp or SelfPlay.")
    if method is None:
        method = default_dynamics(game, restart)
        quadratic = isinstance(game, (BilinearGame, QuadraticGame)) and game.violation == 0.0
        if untouched and start is None and quadratic and tol is not None:
            return automatic_saddle(game, method, limits)
        restart = "adaptive" if untouched and isinstance(method, PrimalDual) else restart
    run = fresh_run(game, method, rounds, average, alternating, order, seed, start is None, restart, oracle)
    return play(game, run, limits, start)


def default_dynamics(game: Any, restart: Any) -> Any:
    """Return the dynamics for a game where none is asked for, one that restarts where that is."""
    if isinstance(game, MatrixGame) or all(isinstance(domain, Treeplex) for domain in game.domains):
        return PredictiveRegretMatchingPlus() if restart is None else ExtraGradient()
    euclidean = ["euclidean" in domain.maps() for domain in game.domains]
    if not all(euclidean):
        pair = tuple(ExtraGradient() if plain else MirrorProx() for plain in euclidean)
        return pair if any(euclidean) else MirrorProx()
    if game.unproved:
        return AdaptiveGoldenRatio()
    return ExtraGradient() if game.violation > 0.0 else primal_dual(game)
