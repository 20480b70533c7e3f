"""Whether a dynamics stays at a point: the spectral radius of its step map, and the largest stable step.

The step map is that of the very rounds that `solve` plays, differentiated in everything a player carries from one to
the next; nothing is derived for a dynamics by hand.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minmax.diagnostics.jacobian import game_jacobian, point_of
from minmax.domains import Free
from minmax.games import BilinearGame, QuadraticGame
from minmax.games.saddle import Saddle
from minmax.players import Players, dynamics_of, fresh_run, opening

__all__ = ["Stability", "stability", "stable_step", "step_factors"]

CARRIED = ("theta", "a", "b", "x", "seen")  # what rounds hand on
WARM = 4  # steps played before the map is taken, to fill the memories
EARLY, LATE = 100, 900  # rounds at which the map must be the same
SAME = 1e-5  # two maps that differ by less are one
MOVED = 1e-5  # over the size of the point, how far a rest point known to some digits may move
SEEN = 1e-7  # a mode that moves neither player by more is a dual shift or an idle memory
MARGIN = 1e-7  # a radius this much above one is one, where the map is differentiated by differences
EXACT_MARGIN = 1e-12  # the same where it is linear
# Steps tried, as powers of two over the Lipschitz constant.  On a centre gradient steps expand by half their square:
# the smallest must show that beside the margin.
SMALLEST, EXACT_SMALLEST, LARGEST = -10, -18, 8
HALVINGS = 45
STATES = 3000  # numbers carried up to which the map is formed


class Stability(NamedTuple):
    """How one step of a dynamics moves points around a rest point.

    Attributes
    ----------
    radius : largest modulus of an eigenvalue of the step map: below one it attracts.
    stable : whether it is at most one.
    rotation : angle that the slowest mode turns by a step.
    rounds : operator calls of a step: two for dynamics that look ahead afresh.
    eigenvalues : of the step map, those that move a player.
    """

    radius: float
    stable: bool
    rotation: float
    rounds: int
    eigenvalues: np.ndarray

    def __str__(self) -> str:
        turns = f", turning once in {2.0 * math.pi / self.rotation:.4g} steps" if self.rotation > 0.0 else ""
        kind = "stable" if self.stable else "unstable"
        return f"{kind}: a small kick changes by a factor {self.radius:.9g} a step{turns}"


def check_rule(method: Any) -> None:
    """Refuse dynamics without a step map of their own."""
    for rule in method if type(method) is tuple else (method,):
        rule = dynamics_of(rule)
        for fact, why in (
            ("noise", "draws its plays"),
            ("bandit", "draws its plays"),
            ("paced", "changes its step from round to round"),
            ("searched", "searches for its step"),
            ("banked", "changes its weights from round to round"),
        ):
            if getattr(rule, fact):
                raise ValueError(f"{type(rule).__name__} {why}: it has no step map to linearise.")


def stability(
    game: Any, method: Any, x: Any = None, y: Any = None, *, alternating: bool | None = None, order: str | None = None
) -> Stability:
    """Return the spectral radius of a dynamics' step map at a rest point.

    Parameters
    ----------
    game : a game, or a `TorchPair`.
    method : dynamics, or a pair of them, whose steps do not change with time.
    x, y : the point, a rest point of the dynamics; the domains' centres where None.
    alternating, order : as for `solve`.

    Raises
    ------
    ValueError
        For dynamics whose steps change with time (anchored ones, decaying or adaptive steps) or are drawn.

    Examples
    --------
    >>> from minmax import BilinearGame, ExtraGradient
    >>> found = stability(BilinearGame([[1.0]]), ExtraGradient(eta=0.5))
    >>> bool(abs(found.radius - (1 - 0.5**2 + 0.5**4) ** 0.5) < 1e-12), found.rounds
    (True, 2)
    """
    check_rule(method)
    point = point_of(game, x, y)
    game = game if hasattr(game, "score") else Played(game)
    run = fresh_run(game, method, 1, None, alternating, order, None, False)
    linear = is_linear(game)
    size = 1.0 + max(float(np.abs(p).max(initial=0.0)) for p in point)
    maps = [StepMap(game, run, point, start, (0.5 if linear else 1e-5) * size) for start in (EARLY, LATE)]
    one, other = (m.matrix() for m in maps)
    if np.abs(one - other).max() > SAME * max(float(np.abs(one).max()), 1.0):
        names = " against ".join(dict.fromkeys(type(rule).__name__ for rule in run.rules))
        raise ValueError(f"{names} changes its steps with time: it has no step map to linearise.")
    if not linear and maps[0].moved(point) > MOVED * size:  # a linear map is the same everywhere
        raise ValueError(
            f"`x` and `y` must be a rest point of the dynamics; its first steps move it by {maps[0].moved(point):.3g}."
        )
    values = maps[0].observed(one)
    top = values[np.argmax(np.abs(values))] if values.size else 0.0
    radius = float(abs(top))
    margin = EXACT_MARGIN if linear else MARGIN
    return Stability(radius, radius <= 1.0 + margin, float(abs(np.angle(top))), maps[0].stride, values)


def is_linear(game: Any) -> bool:
    """Whether gradient steps on a game are linear maps."""
    return isinstance(game, (BilinearGame, QuadraticGame)) and all(isinstance(d, Free) for d in game.domains)


class Played(Saddle):
    """A torch pair as a game that dynamics can be played in."""

    unproved = True

    def __init__(self, pair: Any) -> None:
        self.pair, (self.X, self.Y), self.name = pair, pair.domains, pair.name
        # Nothing is known of its parts but the norm of the whole, at the parameters as they are.
        self.norm = self.coupling_norm = game_jacobian(pair).norm
        self.curvatures = (self.norm, self.norm)

    def gradients(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.pair.gradients(x, y)

    def payoff(self, x: np.ndarray, y: np.ndarray) -> float:
        return math.nan


class StepMap:
    """One step of a run from a state near a rest point, as a function of what is carried."""

    def __init__(self, game: Any, run: Any, point: Any, start: int, h: float) -> None:
        self.players = Players(game, run, opening(game, run, point))
        self.players.rows_until = math.inf
        self.stride, self.h = self.players.stride, h
        # Phases of a step are told by the parity of the round, which begins odd.
        self.first = start * self.stride + 1
        self.players.advance(self.first - WARM * self.stride, self.first)
        self.base = self.players.sides
        self.sizes = [getattr(side, name).size for side in self.base for name in CARRIED]
        self.state = self.carried()

    def moved(self, point: Any) -> float:
        """Return how far the steps played so far have gone from a point."""
        return math.hypot(*(float(np.linalg.norm(side.x - p)) for side, p in zip(self.base, point)))

    def carried(self) -> np.ndarray:
        """Return what both players carry, flat."""
        return np.concatenate([getattr(side, name).ravel() for side in self.players.sides for name in CARRIED])

    def after(self, state: np.ndarray) -> np.ndarray:
        """Return what is carried one step after a state."""
        pieces = iter(np.split(state, np.cumsum(self.sizes)[:-1]))
        self.players.sides = tuple(
            side._replace(**{f: getattr(side, f).copy() for f in side._fields if f not in CARRIED})._replace(
                **{name: next(pieces).copy() for name in CARRIED}
            )
            for side in self.base
        )
        self.players.advance(self.first, self.first + self.stride)
        return self.carried()

    def matrix(self) -> np.ndarray:
        """Return the derivative of the step, by central differences; exact where the step is linear."""
        if self.state.size > STATES:
            raise ValueError(
                f"The step map has {self.state.size} numbers to carry, too many to form: pass the eigenvalues of "
                "`game_jacobian` to `step_factors`."
            )
        columns = [
            (self.after(self.state + self.h * e) - self.after(self.state - self.h * e)) / (2.0 * self.h)
            for e in np.eye(self.state.size)
        ]
        return np.column_stack(columns)

    def observed(self, matrix: np.ndarray) -> np.ndarray:
        """Return the eigenvalues whose modes move a player."""
        return observed(matrix, self.sizes)


def observed(matrix: np.ndarray, sizes: Any) -> np.ndarray:
    """Return the eigenvalues of a step map whose modes move what is played or seen."""
    values, modes = np.linalg.eig(matrix)
    names = np.repeat([name for _ in (0, 1) for name in CARRIED], sizes)
    shown = np.abs(modes[np.isin(names, ("x", "seen"))]).max(axis=0, initial=0.0)
    values = values[shown > SEEN]
    moving = np.abs(values) > SEEN  # zeros are what one step forgets
    return np.asarray(values[moving] if moving.any() else values[:1])


class Modes(Saddle):
    """Scalar games side by side, one for each eigenvalue: `f = a x^2 / 2 + b x y - a y^2 / 2` has `a +- ib`."""

    norm = coupling_norm = 1.0
    curvatures = (1.0, 1.0)

    name = ""

    def __init__(self, values: np.ndarray) -> None:
        self.a, self.b = values.real, values.imag
        self.X = self.Y = Free(values.size)

    def gradients(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.a * x + self.b * y, self.b * x - self.a * y

    def payoff(self, x: np.ndarray, y: np.ndarray) -> float:
        return math.nan


def step_factors(method: Any, eigenvalues: Any, *, alternating: bool | None = None) -> np.ndarray:
    """Return what one step of a gradient dynamics multiplies the distance by, for eigenvalues of the game Jacobian.

    Each is taken through the scalar game that has it, `f = a x^2 / 2 + b x y - a y^2 / 2`; for dynamics that move both
    players at once only the eigenvalue counts, and on bilinear games play in turns has the factors of `i sigma`.

    Parameters
    ----------
    method : dynamics with a Euclidean map, and a number for `eta`.
    eigenvalues : array of complex numbers.
    alternating : as for `solve`.

    Examples
    --------
    >>> from minmax import GDA
    >>> bool(abs(step_factors(GDA(eta=0.5), [1j]) - 1.25**0.5)[0] < 1e-12)
    True
    """
    check_rule(method)
    rule = dynamics_of(method)
    if rule.geometry != "euclidean" or rule.implicit:
        raise ValueError(
            f"{type(rule).__name__} has no gradient steps to linearise for an eigenvalue: use `stability` at a point."
        )
    values = np.asarray(eigenvalues, dtype=np.complex128)
    if not np.isfinite(values).all():
        raise ValueError("`eigenvalues` must be finite complex numbers.")
    flat = values.ravel()
    game = Modes(flat)
    run = fresh_run(game, rule, 1, None, alternating, None, None, False)
    probe = StepMap(game, run, (np.zeros(flat.size), np.zeros(flat.size)), EARLY, 1.0)
    kinds = 2 * len(CARRIED)
    matrices = np.empty((flat.size, kinds, kinds))
    for k in range(kinds):
        e = np.zeros((kinds, flat.size))
        e[k] = 1.0
        matrices[:, :, k] = probe.after(e.ravel()).reshape(kinds, -1).T  # linear, and zero stays zero
    found, modes = np.linalg.eig(matrices)
    rows = [k for k in range(kinds) if CARRIED[k % len(CARRIED)] in ("x", "seen")]
    shown = np.abs(modes[:, rows]).max(axis=1) > SEEN
    return np.where(shown, np.abs(found), 0.0).max(axis=1).reshape(values.shape)


def stable_step(
    game: Any, method: Any, x: Any = None, y: Any = None, *, alternating: bool | None = None, order: str | None = None
) -> float:
    """Return the step size up to which a dynamics is stable at a rest point.

    Steps from far below one over the Lipschitz constant are lengthened until the step map expands, then halved to the
    edge.  Zero where every step tried expands, as for gradient descent-ascent on a bilinear game; infinity where none
    does.  On games that are not convex-concave small steps may expand where longer ones do not: then it is the upper
    end of the first steps that hold.

    Parameters
    ----------
    game, method, x, y, alternating, order : as for `stability`; the method's own `eta` does not matter.

    Examples
    --------
    >>> from minmax import BilinearGame, OptimisticGDA
    >>> round(stable_step(BilinearGame([[2.0]]), OptimisticGDA()), 9), round(1 / 3**0.5 / 2, 9)
    (0.288675135, 0.288675135)
    """
    rule = dynamics_of(method)
    if not hasattr(rule, "eta"):
        raise ValueError(f"{type(rule).__name__} has no step size `eta` to look for.")
    jacobian = game_jacobian(game, x, y)
    size = jacobian.norm
    if size == 0.0:
        return math.inf
    turns = rule.alternating if alternating is None else alternating
    free = all(isinstance(domain, Free) for domain in game.domains)
    by_mode = free and rule.geometry == "euclidean" and not (turns or rule.implicit or rule.reflected)
    exact = by_mode or is_linear(game)
    margin, smallest = (EXACT_MARGIN, EXACT_SMALLEST) if exact else (MARGIN, SMALLEST)

    def holds(eta: float) -> bool:
        tried = rule._replace(eta=eta)
        if by_mode:
            return float(step_factors(tried, jacobian.eigenvalues).max()) <= 1.0 + margin
        return stability(game, tried, x, y, alternating=alternating, order=order).radius <= 1.0 + margin

    # A slow mode shows its growth at longer steps than the fastest does.
    slow = np.abs(jacobian.eigenvalues)
    least = float(slow[slow > 1e-9 * slow.max()].min()) if exact and slow.max() > 0.0 else size
    tried = [min(2.0**smallest / least, 2.0**-4 / size)]
    while tried[-1] < 2.0**LARGEST / size:
        tried.append(tried[-1] * math.sqrt(2.0))
    held = [holds(eta) for eta in tried]
    if not any(held):
        return 0.0
    first = held.index(True)
    after = [k for k in range(first, len(held)) if not held[k]]
    if not after:
        return math.inf
    low, high = tried[after[0] - 1], tried[after[0]]
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
