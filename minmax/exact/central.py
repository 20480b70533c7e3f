"""A primal-dual interior point for quadratic games between bounds, sums and spheres."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmax.domains.walls import side_by_side
from minmax.exact.answer import Answer, late
from minmax.exact.newton import faces_at, on_faces
from minmax.exact.system import Block, System, magnitude, price
from minmax.games.saddle import length

__all__ = ["BACKOFF", "CORRECTORS", "GAIN", "GROWTH", "central", "shift"]

STEPS = 60  # iterations at most; games of any size take 7 to 15
BACKOFF = 0.995  # part of the way to the walls that a step goes
REGULAR = 1e-13  # curvature, over the largest coefficient, that keeps systems regular; the residuals know nothing of it
ENOUGH = 1e-9  # the same, above which a coordinate may be eliminated
STIFF = 1e12  # the same, of coordinates that may not move
CORRECTORS = 3  # each costs a few products, an iteration a factorisation
SMALL = 3e6  # multiplications up to which a factorisation costs less than a corrector, and the guess of a face little
GROWTH = (1.08, 0.1)  # a corrector aims at a step longer by this factor and amount
BAND = 10.0  # complementarity products within this factor of their target are left alone
GAIN = 0.02  # a corrector that lengthens the step by less is dropped
HOPE = 10.0  # products that sum to less than this many tolerances are worth a certificate
SINGLE = 1e10  # coefficients between one over this and this have squares in single precision
ROUGH = 1e-6  # gap above which single precision gives good directions
FIRST_GUESS, NEXT_GUESS = 1e-2, 0.1  # gap at which the face is first guessed, and what it falls by before the next
SOLVES = 3  # on the face guessed, and on those that it points to
SHORT = 1e-9  # a step that is no longer goes nowhere


def central(game: Any, tol: float, deadline: float | None) -> Answer:
    """Follow the central path of a game whose domains have walls; return the best pair met.

    Every pair is feasible, its multipliers only in the end: what it proves is up to the game's certificate.
    """
    with np.errstate(all="ignore"):  # where there is no saddle the path runs away
        answer = followed(Path(game), tol, deadline)
    pair = tuple(domain.project(p) for domain, p in zip(game.domains, answer.pair or ()))
    return answer._replace(pair=(pair[0], pair[1]))


def followed(path: Path, tol: float, deadline: float | None) -> Answer:
    """Return the best pair on a path."""
    game, scale = path.game, path.game.scale or 1.0
    best, width, count, moving, guess = path.pair, np.inf, 0, True, FIRST_GUESS
    while True:
        last = not moving or count == STEPS or late(deadline)
        ahead = float(path.products.sum()) / scale
        tried = [path.pair] if last or ahead <= HOPE * tol else []
        if path.small and ahead <= guess:
            tried += [sharpened(path)]
            guess = ahead * NEXT_GUESS
        for pair in tried:
            sound = pair is not None and all(np.isfinite(p).all() for p in pair)
            found = game.score(*pair).relative_gap if sound else np.inf
            if found < width:
                best, width = pair, found
        if last or width <= tol:
            break
        count += 1
        moving = path.advance() or (path.double() and path.advance())
    return Answer(best, late=width > tol and late(deadline), iterations=count, calls=float(count + 1))


def sharpened(path: Path) -> Any:
    """Return the saddle on the faces that the pair points to, to be looked at; None where there is none."""
    pair: Any = path.pair
    eta = length(path.p) / (length(path.u) or 1.0)  # what makes points and utilities comparable
    for _ in range(SOLVES):
        pair = on_faces(path.game, pair, faces_at(path.game, pair, eta)[0])
        if pair is None:
            return None
    return tuple(face.point for face in faces_at(path.game, pair, eta)[0])


class Step(NamedTuple):
    """A change of the point, of the multipliers of sums, and of those of walls."""

    p: np.ndarray
    m: np.ndarray
    z: np.ndarray


class Path:
    """A pair p = (x, y) inside its walls, and the multipliers m of sums and z of bounds and spheres.

    With u both utilities and `room` the distances to bounds and `(r^2 - |p|^2) / 2` for spheres, the central path is

        u - weight p - slope - sums'm + (z of lower bounds) - (z of upper ones) - (z of spheres) p = 0,  z room = mu.
    """

    def __init__(self, game: Any) -> None:
        self.game, self.n = game, game.shape[0]
        walls = self.walls = side_by_side([domain.walls() for domain in game.domains])
        self.p = walls.inside.astype(np.float64)
        self.fixed = walls.lower == walls.upper
        self.low = np.flatnonzero(np.isfinite(walls.lower) & ~self.fixed)
        self.high = np.flatnonzero(np.isfinite(walls.upper) & ~self.fixed)
        self.bounded = np.concatenate([self.low, self.high])
        self.bounds = self.low.size + self.high.size
        self.sign = np.concatenate([np.ones(self.low.size), -np.ones(self.high.size)])
        ends = np.concatenate([walls.lower[self.low], walls.upper[self.high]])
        self.sums = columns(walls.sums)
        self.spheres = columns(walls.spheres)
        self.totals = self.p @ self.sums
        self.m = np.zeros(self.totals.size)
        self.B = game.coupling.block(*(np.arange(size) for size in game.shape))
        self.owned = [form.split(np.arange(form.n)) for form in game.forms]
        self.curvature = walls.weight + np.concatenate([diagonal for _, diagonal in self.owned])
        self.size = magnitude(game)
        self.small = price(game.shape, game.forms) <= SMALL
        self.rooms = self.sign * (self.p[self.bounded] - ends)
        self.rooms = self.rooms_after(np.zeros(self.p.size), 0.0)
        self.light = self.B.astype(np.float32) if not self.small and SINGLE > self.size > 1.0 / SINGLE else None
        self.listen()
        self.z = self.opening() / self.rooms

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """The strategies."""
        p = np.clip(self.p, self.walls.lower, self.walls.upper)  # far from zero a bound is nearer than rounding
        return p[: self.n], p[self.n :]

    @property
    def products(self) -> np.ndarray:
        """The complementarity products, whose sum is the gap once the multipliers are feasible."""
        return np.asarray(self.z * self.rooms)

    def listen(self) -> None:
        """Hear what the utilities leave where the pair is, terms considered."""
        by_x, by_y = self.game.gradients(*self.pair)
        self.u = np.concatenate([-by_x, by_y]) - self.walls.weight * self.p - self.walls.slope

    def opening(self) -> float:
        """Return the mean size of complementarity products that the utilities ask for."""
        left = abs(self.u - self.sums @ ((self.u @ self.sums) / self.sums.sum(0)))
        turns = np.sqrt((left * left) @ self.spheres) / self.walls.radii
        asked = float(left[self.bounded] @ self.rooms[: self.bounds] + turns @ self.rooms[self.bounds :])
        return max(asked / max(self.rooms.size, 1), float(np.finfo(np.float64).tiny))

    def rooms_after(self, dp: np.ndarray, reach: float) -> np.ndarray:
        """Return the rooms after a move: from those at hand, since bounds far from zero would cancel."""
        straight = self.rooms[: self.bounds] + reach * (self.sign * dp[self.bounded])
        if not self.spheres.size:
            return np.asarray(straight)
        p = self.p + reach * dp
        return np.concatenate([straight, (self.walls.radii**2 - (p * p) @ self.spheres) / 2.0])

    def changes(self, dp: np.ndarray) -> np.ndarray:
        """Return how the rooms change along dp, to first order."""
        straight = self.sign * dp[self.bounded]
        return np.concatenate([straight, -(self.p * dp) @ self.spheres]) if self.spheres.size else straight

    def advance(self) -> bool:
        """Take a step: Mehrotra's predictor and corrector, then Gondzio's corrections; whether it went anywhere."""
        self.factorise()
        step, reach = self.aim(0.0, np.zeros(self.rooms.size))
        if self.rooms.size:
            mu = float(self.products.mean())
            if not 0.0 < mu < np.inf:
                return False
            target = mu * min(float(self.after(step, reach).mean()) / mu, 1.0) ** 3
            bends = step.z * self.changes(step.p)
            if self.spheres.size:
                bends[self.bounds :] -= self.z[self.bounds :] * ((step.p * step.p) @ self.spheres) / 2.0
            step, reach = self.aim(target, bends)
            for _ in range(0 if self.small else CORRECTORS):
                products = self.after(step, min(1.0, GROWTH[0] * reach + GROWTH[1]))
                bends -= shift(products, target)
                trial, further = self.aim(target, bends)
                if further < reach + GAIN:
                    break
                step, reach = trial, further
        reach = min(1.0, BACKOFF * reach)
        if not reach > SHORT:
            return False
        rooms = self.rooms_after(step.p, reach)
        if not (np.isfinite(step.p).all() and np.isfinite(step.z).all() and rooms.min(initial=np.inf) > 0.0):
            return False
        self.p, self.m, self.z = (old + reach * change for old, change in zip((self.p, self.m, self.z), step))
        self.rooms = rooms
        self.listen()
        return True

    def factorise(self) -> None:
        """Factorise the Newton system here."""
        z, rooms, edge = self.z, self.rooms, self.bounds
        diagonal = self.curvature + REGULAR * self.size
        diagonal[self.fixed] += STIFF * self.size
        ratio = z[:edge] / rooms[:edge]
        diagonal[self.low] += ratio[: self.low.size]
        diagonal[self.high] += ratio[self.low.size :]
        normals, soft = self.sums, np.zeros(self.m.size)
        if self.spheres.size:
            diagonal += self.spheres @ z[edge:]
            normals = np.hstack([normals, self.p[:, None] * self.spheres])
            soft = np.concatenate([soft, rooms[edge:] / z[edge:]])
        blocks = [
            Block(own, diagonal[part], normals[part][:, planes], soft[planes])
            for (own, _), part, planes in zip(self.owned, (slice(self.n), slice(self.n, None)), self.planes)
        ]
        light = self.light if float(self.products.sum()) > ROUGH * self.game.scale else None
        self.system = System(blocks[0], blocks[1], self.B, ENOUGH * self.size, light)

    def double(self) -> bool:
        """Leave single precision for good; whether it was in use."""
        used, self.light = self.light is not None, None
        return used

    @cached_property
    def planes(self) -> tuple[np.ndarray, np.ndarray]:
        """Which sums and spheres are x's, and which are y's."""
        mine = np.concatenate([self.sums, self.spheres], axis=1)[: self.n].any(0)
        return np.flatnonzero(mine), np.flatnonzero(~mine)

    def aim(self, target: float, bends: np.ndarray) -> tuple[Step, float]:
        """Return the step towards products of a size, less what it bends them by, and how far it may go."""
        edge, (mine, others), goal = self.bounds, self.planes, target - bends
        wanted = goal[:edge] / self.rooms[:edge]
        right = self.u - self.sums @ self.m
        right[self.low] += wanted[: self.low.size]
        right[self.high] -= wanted[self.low.size :]
        right[self.fixed] = 0.0
        planes = self.totals - self.p @ self.sums
        if self.spheres.size:
            right -= (self.spheres @ self.z[edge:]) * self.p
            planes = np.concatenate([planes, self.rooms[edge:] - goal[edge:] / self.z[edge:]])
        (x, mx), (y, my) = self.system.solve((right[: self.n], planes[mine]), (right[self.n :], planes[others]))
        p = np.concatenate([x, y])
        p[self.fixed] = 0.0
        multipliers = np.empty(planes.size)
        multipliers[mine], multipliers[others] = mx, my
        z = (goal - self.z * self.changes(p)) / self.rooms - self.z
        step = Step(p, multipliers[: self.m.size], z)
        return step, self.reach(step)

    def after(self, step: Step, reach: float) -> np.ndarray:
        """Return the complementarity products after a step."""
        return np.asarray((self.z + reach * step.z) * self.rooms_after(step.p, reach))

    def reach(self, step: Step) -> float:
        """Return how far the step may go before a wall or a sign, at most a little more than all of it."""
        edge = self.bounds
        most = 1.0 / BACKOFF
        # A ratio of a change to what it may be: at most one over the length of the step.
        falls = (-step.z / self.z).max(initial=1.0 / most)
        straight = -(self.sign * step.p[self.bounded]) / self.rooms[:edge]
        most = 1.0 / float(straight.max(initial=falls))
        if self.spheres.size:  # |p + t dp| = r
            a, b = (step.p * step.p) @ self.spheres, (self.p * step.p) @ self.spheres
            root = b + np.sqrt(b * b + 2.0 * a * self.rooms[edge:])
            most = min(most, float((2.0 * self.rooms[edge:] / np.maximum(root, np.finfo(np.float64).tiny)).min()))
        return most


def shift(products: np.ndarray, target: float) -> np.ndarray:
    """Return what brings products into the band around their target, large ones by no more than the band."""
    return np.maximum(np.clip(products, target / BAND, target * BAND) - products, -BAND * target)


def columns(numbers: np.ndarray) -> np.ndarray:
    """Return a column for each number from zero on: one where it stands, else zero."""
    return np.asarray(numbers[:, None] == np.arange(numbers.max(initial=-1) + 1), dtype=np.float64)
