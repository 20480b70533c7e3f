"""Saddle points of quadratic games by Newton's method on the active constraints."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from minmax.domains.terms import Entropy, Penalised
from minmax.exact.answer import Answer, late
from minmax.exact.system import Block, System, magnitude, price
from minmax.games.quadratic import BilinearGame, QuadraticGame
from minmax.games.saddle import length

__all__ = ["ActiveSet"]

STEPS = 40  # changes of the face before the start is called too far off
WARM = 0.03  # temperature, over the largest payoff, that the centre is near enough for
COOLING, LEAST = 3.0, 1.05  # what it falls by, and by how little before it is given up
ROUGHLY = 1e-8  # gap to which warmer games are solved: Newton squares it, and what is colder needs it
HALVINGS = 12  # of a step that does not bring the residual down
AT_LEAST = 5  # solves that a try needs to be worth its while
SPEED = 5e9  # multiplications a second of a small machine
WEIGHTY = 1e-6  # curvature, over the operator's norm, by which a coordinate may be eliminated
REGULAR = 1e-10  # weight of the last point, over the operator's norm: keeps systems regular, moves nothing


@dataclass(frozen=True)
class ActiveSet:
    r"""Semismooth Newton on the proximal fixed point `z = P(z - F(z) / L)` of a bilinear or quadratic game.

    The face that the projection ends on is held, the linear saddle system on it is solved, and the face is looked at
    again; from a start whose face is right one solve is exact, or, on spheres and under entropy, each squares the
    error.  For `Simplex`, `CappedSimplex`, `Box`, `Orthant`, `Free`, `Ball`, their products, and the terms
    `SquaredNorm`, `L1` and, on a simplex, `Entropy`; dense or sparse couplings, solved densely.  It starts from
    `start`, best a rough solution, or from the centres.  Where f is strongly convex-concave it seldom fails from there
    on small games; under entropy it comes from higher temperatures; on bilinear games it needs a face that is nearly
    right.

    Parameters
    ----------
    steps : solves at most, at each temperature.

    Examples
    --------
    >>> from minmax import QuadraticGame, Simplex, solve
    >>> game = QuadraticGame(2.0, [[0.0, -2.0, 0.0], [0.0, 0.0, -2.0]], None, Y=Simplex(3), c=[0.0, -1.0, -1.0])
    >>> solve(game, ActiveSet(), tol=1e-12).x
    array([0.5, 0.5])

    Source
    ------
    L. Qi and J. Sun, A nonsmooth version of Newton's method, 1993; identification of the face by projected steps:
    J. Burke and J. More, On the identification of active constraints, 1988.
    """

    steps: int = STEPS
    games: ClassVar[tuple[Any, ...]] = (BilinearGame, QuadraticGame)
    warm: ClassVar[bool] = True

    def fits(self, game: Any) -> bool:
        """Whether the game has domains whose faces are known, and entries to make a system of."""
        if not isinstance(game, self.games) or game.coupling.kind == "operator":
            return False
        return all(domain.face(domain.centre(), np.zeros(domain.n), 1.0) is not None for domain in game.domains)

    def answer(self, game: Any, tol: float, deadline: float | None, near: Any = None) -> Answer:
        """Return the best pair met, from the centres or from a pair that is near a saddle."""
        if not self.fits(game):
            raise ValueError(
                "ActiveSet needs domains whose faces are known and a coupling with entries; use a dynamics, or "
                f"Conic(), for {type(game.X).__name__} and {type(game.Y).__name__}."
            )
        if near is not None:
            return self.descend(game, tol, deadline, near)
        count, calls, factor, last = 0, 0.0, warmth(game), math.inf
        while True:
            here, goal = heated(game, factor), tol if factor == 1.0 else min(tol, ROUGHLY)
            found = self.descend(here, goal, deadline, near)
            count, calls = count + found.iterations, calls + found.calls
            reached = found.pair is not None and here.score(*found.pair).relative_gap <= goal
            if reached:
                near, last = found.pair, factor
            # Halfway back, in logarithms, where the step was too long.
            following = factor / COOLING if reached else math.sqrt(factor * last)
            if (reached and factor == 1.0) or late(deadline) or not following < last / LEAST:
                break
            factor = max(following, 1.0)
        if factor != 1.0:
            found = self.descend(game, tol, deadline, near)
            count, calls = count + found.iterations, calls + found.calls
        return found._replace(iterations=count, calls=calls)

    def descend(self, game: Any, tol: float, deadline: float | None, near: Any) -> Answer:
        """Return the best pair met by Newton's steps from the centres or from a pair."""
        eta = 1.0 / (game.norm or 1.0)
        z = tuple(d.centre() for d in game.domains) if near is None else near
        faces, size = faces_at(game, z, eta)
        best, width, calls, count = None, math.inf, 1.0, 0
        while count < self.steps and not late(deadline):
            if not affordable(game, faces, deadline):
                return Answer(best, late=True, iterations=count, calls=calls)
            count += 1
            solved = on_faces(game, z, faces)
            if solved is None:
                break
            share = 1.0
            for _ in range(HALVINGS):
                trial = tuple(p + share * (q - p) for p, q in zip(z, solved))
                ends, new = faces_at(game, trial, eta)
                calls += 1.0
                if new <= (1.0 - 0.01 * share) * size:
                    break
                share /= 2.0
            pair = tuple(face.point for face in ends)
            found = game.score(*pair).relative_gap
            if found < width:
                best, width = pair, found
            if found <= tol or not new < size:
                break
            z, size, faces = trial, new, ends
        return Answer(best, late=late(deadline), iterations=count, calls=calls)


def hot(domain: Any) -> bool:
    """Whether a player pays entropy."""
    return isinstance(domain, Penalised) and isinstance(domain.term, Entropy)


def warmth(game: Any) -> float:
    """Return the temperature, over the game's own, at which the centre is near enough; one without entropies."""
    weights = [domain.term.weight for domain in game.domains if hot(domain)]
    return max(1.0, WARM * game.coupling.largest / min(weights)) if weights else 1.0


def heated(game: Any, factor: float) -> Any:
    """Return the game at higher temperatures."""
    if factor == 1.0:
        return game
    domains = [Penalised(d.domain, Entropy(factor * d.term.weight)) if hot(d) else d for d in game.domains]
    return replace(game, X=domains[0], Y=domains[1])


def affordable(game: Any, faces: Any, deadline: float | None) -> bool:
    """Whether a few solves on faces of this size fit before the deadline."""
    if deadline is None:
        return True
    seconds = price([int(face.free.sum()) for face in faces], game.forms) / SPEED
    return time.perf_counter() + AT_LEAST * seconds <= deadline


def faces_at(game: Any, z: Any, eta: float) -> tuple[list[Any], float]:
    """Return the faces that both players' proximal steps from z end on, and the length of the steps."""
    by_x, by_y = game.gradients(*z)
    faces = [d.face(p, u, eta) for d, p, u in zip(game.domains, z, (-by_x, by_y))]
    return faces, length(*(face.point - p for face, p in zip(faces, z)))


def on_faces(game: Any, z: Any, faces: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the saddle of the game along two faces, drawn a little to the last point; None where none is found."""
    # Gradients with the free coordinates at zero: the right-hand sides.
    ends = [np.where(face.free, 0.0, face.point) for face in faces]
    by_x, by_y = game.gradients(*ends)
    size = magnitude(game)
    pull = REGULAR * size
    blocks: list[Block] = []
    sides, frees = [], []
    for face, form, u, p in zip(faces, game.forms, (-by_x, by_y), z):
        free = np.flatnonzero(face.free)
        own, diagonal = form.split(free)
        groups = face.groups[free]
        names = np.unique(groups[groups >= 0])
        normals = (groups[:, None] == names) * face.normal[free, None]
        blocks.append(Block(own, diagonal + face.weight[free] + pull, normals, np.zeros(names.size)))
        sides.append((u[free] - face.slope[free] + pull * p[free], normals.T @ face.point[free]))
        frees.append(free)
    (dx, dy), flat = (b.diagonal.size - b.soft.size for b in blocks), 2.0 * pull
    if dx != dy and all(b.own is None and b.diagonal.max(initial=0.0) <= flat for b in blocks):
        return None  # no vertex of a linear program: more unknowns than equations
    system = System(blocks[0], blocks[1], game.coupling.block(*frees), WEIGHTY * size)
    for end, free, (moved, _) in zip(ends, frees, system.solve(*sides)):
        if not np.isfinite(moved).all():
            return None
        end[free] = moved
    return ends[0], ends[1]
