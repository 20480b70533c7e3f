"""Dynamics that look at how players' gradients change with each other: products with the game's Jacobian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from minmax import _check
from minmax.optim.field import Field, Vector, add, dot, scaled
from minmax.optim.krylov import Answer, conjugate_gradients, gmres
from minmax.optim.orders import Dynamics
from minmax.optim.together import averaged

__all__ = ["CGD", "LEAD", "SGA", "Consensus", "FollowTheRidge"]


class Adjusted(Dynamics):
    """Dynamics that change the gradients and leave the step to the players' optimizers."""

    def check(self, game: Any) -> None:
        """Refuse what has no graph to differentiate twice."""
        super().check(game)
        no_scaler(self, game)

    def advance(self, game: Any, batch: Any) -> None:
        """Play the one phase."""
        at = game.field(game.batches(batch))
        moved = averaged(self.adjusted(game, at))  # processes round sums apart; they must not part
        # What no loss depends on has no gradient: a zero in its place would be decayed, and counted by moments.
        parts = at.split([None if unused and not m.any() else m for m, unused in zip(moved, at.unused)])
        count(game, at)
        game.move(dict(zip(game.players, parts)))

    def adjusted(self, game: Any, at: Field) -> Vector:
        """Return what takes the place of all players' gradients."""
        raise NotImplementedError(type(self).__name__)


def no_scaler(dynamics: Any, game: Any) -> None:
    """Refuse a gradient scaler: products with the Jacobian would be scaled twice."""
    if game.scaler is not None:
        raise ValueError(f"{type(dynamics).__name__}() differentiates twice and takes no `scaler`; use bfloat16.")


def count(game: Any, at: Field, answer: Answer | None = None) -> None:
    """Keep what a step cost: gradient evaluations in all, and what the last system took."""
    game.memory["evaluations"] = game.memory.get("evaluations", 0) + at.evaluations
    if answer is not None:
        game.memory["products"], game.memory["residual"] = answer.products, answer.residual


@dataclass(frozen=True)
class Consensus(Adjusted):
    r"""Consensus optimization: players also minimise half the squared norm of all gradients, `v + gamma J'v`.

    Parameters
    ----------
    gamma : weight of the norm.

    Guarantee
    ---------
    Eigenvalues of the step on `f = sigma x y` are `1 - eta (gamma sigma^2 +- i sigma)`.

    Source
    ------
    L. Mescheder, S. Nowozin and A. Geiger, The numerics of GANs, 2017, arXiv 1705.10461.
    """

    gamma: float = 1.0

    def __post_init__(self) -> None:
        _check.not_negative("gamma", self.gamma)

    def adjusted(self, game: Any, at: Field) -> Vector:
        """Return `v + gamma J'v`."""
        return add(at.vector, at.transposed(at.vector), self.gamma)


@dataclass(frozen=True)
class SGA(Adjusted):
    r"""Symplectic gradient adjustment: `v + lam A'v` with the antisymmetric part A of the game's Jacobian.

    Parameters
    ----------
    lam : size of the adjustment.
    align : whether its sign is chosen so that it draws to stable points and away from unstable ones.

    Source
    ------
    D. Balduzzi, S. Racaniere, J. Martens, J. Foerster, K. Tuyls and T. Graepel, The mechanics of n-player
    differentiable games, 2018, arXiv 1802.05642, algorithm 1 (the 1/10 is its own).
    """

    lam: float = 1.0
    align: bool = True

    def adjusted(self, game: Any, at: Field) -> Vector:
        """Return `v + lam A'v`, aligned."""
        v = at.vector
        back, forth = at.both(v)
        turned = scaled(add(back, forth, -1.0), 0.5)
        lam = self.lam
        if self.align:
            size = max(sum(t.numel() for t in v), 1)
            agreement = float(dot(v, back)) * float(dot(turned, back)) / size + 0.1
            lam = lam if agreement >= 0.0 else -lam
        return add(v, turned, lam)


@dataclass(frozen=True)
class FollowTheRidge(Adjusted):
    r"""Follow the ridge: the last player makes up for what the leader's move does to its gradient.

    The followers' direction is `v_y - (eta_x / eta_y) H_yy^{-1} H_yx v_x`, the steps those of the optimizers; the first
    player leads.

    Parameters
    ----------
    tol, most : residual and products of the inner solve, on the normal equations, started from the last answer.
    damping : added to the squared Hessian of the follower.

    Guarantee
    ---------
    Its stable points are the local minimax points, and only those.

    Source
    ------
    Y. Wang, G. Zhang and J. Ba, On solving minimax optimization locally: a follow-the-ridge approach, 2020, arXiv
    1910.07512.
    """

    tol: float = 1e-6
    most: int = 20
    damping: float = 0.0

    def __post_init__(self) -> None:
        _check.positive("tol", self.tol)
        _check.whole("most", self.most, 1)

    def check(self, game: Any) -> None:
        """Refuse more than a leader and a follower."""
        super().check(game)
        two_players(self, game)

    def adjusted(self, game: Any, at: Field) -> Vector:
        """Return both players' directions."""
        (leader, follower), (_, second) = at.parts, game.players
        steps = [float(optimizer.param_groups[0]["lr"]) for optimizer in game.optimizers.values()]
        change = at.forward(leader, of=[1], by=[0])

        def curved(w: Vector) -> Vector:
            return at.pulled([1], w, [1])  # the Hessian is symmetric

        def squared(w: Vector) -> Vector:
            return add(curved(curved(w)), w, self.damping)

        guess = game.memory.get("ridge")
        answer = conjugate_gradients(squared, curved(change), guess, self.tol, self.most)
        game.memory["ridge"] = answer.x
        game.memory["products"], game.memory["residual"] = answer.products, answer.residual
        if steps[1] == 0.0:
            if steps[0] > 0.0:
                raise ValueError(f"FollowTheRidge() needs a follower that moves: the lr of {second!r} is 0.")
            return at.vector  # nobody moves
        return [*leader, *add(follower, answer.x, -steps[0] / steps[1])]


def two_players(dynamics: Any, game: Any) -> None:
    """Refuse games of more than two players."""
    if len(game.players) != 2:
        raise ValueError(f"{type(dynamics).__name__}() is for two players; these are {len(game.players)}.")


class Own(Dynamics):
    """Dynamics that move the players themselves; optimizers would move them again."""

    lr: float

    def check(self, game: Any) -> None:
        """Refuse optimizers, and what cannot be differentiated twice."""
        no_scaler(self, game)
        if game.optimizers:
            raise ValueError(
                f"{type(self).__name__}() moves the players itself: leave out `optimizers`, and set its `lr`."
            )
        for key in game.schedules:
            if "." in key:
                raise ValueError(f"{type(self).__name__}() has one `lr` for all players; got a schedule {key!r}.")
        if any(most is not None for most in game.clip.values()):
            raise ValueError(f"{type(self).__name__}() moves the players itself and clips nothing: leave out `clip`.")

    def rate(self, game: Any) -> float:
        """Return the step size, that of a schedule named "lr" where there is one."""
        return float(game.scheduled.get("lr", self.lr))


@dataclass(frozen=True)
class LEAD(Own):
    r"""Linear equation of attraction and repulsion: momentum, and a term in how the others have moved.

    .. math:: z_{k+1} = z_k + \beta (z_k - z_{k-1}) - \eta v(z_k) - \alpha\, J_{off}(z_k) (z_k - z_{k-1})

    with the part of the Jacobian that couples the players.

    Parameters
    ----------
    lr : step size eta.
    alpha : weight of the coupling; `lr` where None.
    beta : momentum.

    Guarantee
    ---------
    With `beta = 0` and `alpha = lr` it is optimistic gradient descent-ascent on bilinear games.

    Source
    ------
    R. Askari Hemmat, A. Mitra, G. Lajoie and I. Mitliagkas, LEAD: min-max optimization from a physical perspective,
    2023, arXiv 2010.13846.
    """

    lr: float = 0.1
    alpha: float | None = None
    beta: float = 0.0

    def __post_init__(self) -> None:
        _check.positive("lr", self.lr)

    def advance(self, game: Any, batch: Any) -> None:
        """Play the one phase."""
        at = game.field(game.batches(batch))
        lr, everyone = self.rate(game), range(len(at.owned))
        alpha = lr if self.alpha is None else self.alpha
        here = [[p.detach().clone() for p in own] for own in at.owned]
        before = [game.memory.get(f"before {name}", part) for name, part in zip(game.players, here)]
        moved = [add(new, old, -1.0) for new, old in zip(here, before)]
        steps = []
        for k in everyone:
            others = [j for j in everyone if j != k]
            along = [t for j in others for t in moved[j]]
            pull = at.forward(along, of=[k], by=others)
            steps.append(add(add(scaled(at.parts[k], -lr), pull, -alpha), moved[k], self.beta))
        count(game, at)
        for name, part in zip(game.players, here):
            game.memory[f"before {name}"] = part
        shift(at.owned, steps)


@dataclass(frozen=True)
class CGD(Own):
    r"""Competitive gradient descent: each step is the equilibrium of the local bilinear game, players' moves foreseen.

    .. math:: \Delta x = -\eta (I - \eta^2 D_{xy} f\, D_{yx} g)^{-1} (\nabla_x f - \eta D_{xy} f\, \nabla_y g)

    where x minimises f and y minimises g; y's likewise.

    Parameters
    ----------
    lr : step size eta, of any size on bilinear games.
    solver : "cg" for zero-sum games, whose system is symmetric positive definite; "gmres" for any; "auto" chooses.
    tol, most : residual, relative to the right-hand side, and products of the inner solve.
    warm : whether it starts from the last answer.
    beta2 : decay of the squared gradients that scale the step of each coordinate, as in Adam (ACGD); None for none.
    eps : added to their root.

    Guarantee
    ---------
    On `f = sigma x y` it is the proximal point: it contracts by exactly `1 / sqrt(1 + (lr sigma)^2)` for every lr.

    Source
    ------
    F. Schaefer and A. Anandkumar, Competitive gradient descent, 2019, arXiv 1905.12103; with Adam's scaling F.
    Schaefer, H. Zheng and A. Anandkumar, Implicit competitive regularization in GANs, 2020, arXiv 1910.05852.
    """

    lr: float = 0.1
    solver: str = "auto"
    tol: float = 1e-7
    most: int = 50
    warm: bool = True
    beta2: float | None = None
    eps: float = 1e-5

    def __post_init__(self) -> None:
        if self.solver not in ("auto", "cg", "gmres"):
            raise ValueError(f'`solver` must be "auto", "cg" or "gmres"; got {self.solver!r}.')
        _check.positive("lr", self.lr)
        _check.positive("tol", self.tol)
        _check.whole("most", self.most, 1)
        if self.beta2 is not None and not (isinstance(self.beta2, (int, float)) and 0.0 <= self.beta2 < 1.0):
            raise ValueError(f"`beta2` must lie in [0, 1), or be None for no scaling; got {self.beta2!r}.")

    def check(self, game: Any) -> None:
        """Refuse more than two players."""
        super().check(game)
        two_players(self, game)

    def advance(self, game: Any, batch: Any) -> None:
        """Play the one phase."""
        if self.solver == "cg" and not game.losses.zero_sum:
            raise ValueError('solver="cg" is for Players.zero_sum: two losses need "gmres".')
        at = game.field(game.batches(batch))
        roots = [[size**0.5 for size in part] for part in self.sizes(game, at)]
        (gx, gy), (rx, ry) = at.parts, roots

        def across(k: int, w: Vector) -> Vector:
            """Player k's root of sizes, times its mixed derivative, times the other's root of sizes and w."""
            scaled_w = times(roots[1 - k], w)
            if game.losses.zero_sum:  # one backward pass: the mixed derivatives of f are each other's transposes
                return scaled(times(roots[k], at.pulled([1 - k], scaled_w, [k])), -1.0)
            return times(roots[k], at.forward(scaled_w, of=[k], by=[1 - k]))

        def product(w: Vector) -> Vector:
            return add(w, across(0, across(1, w)), -1.0)

        ux, uy = times(rx, gx), times(ry, gy)
        b = add(ux, across(0, uy), -1.0)
        solve = conjugate_gradients if game.losses.zero_sum and self.solver != "gmres" else gmres
        answer = solve(product, b, game.memory.get("last answer") if self.warm else None, self.tol, self.most)
        if self.warm:
            game.memory["last answer"] = answer.x
        # y's best answer to x's move: no second system.
        wy = add(uy, across(1, answer.x), -1.0)
        count(game, at, answer)
        shift(at.owned, [scaled(times(rx, answer.x), -1.0), scaled(times(ry, wy), -1.0)])

    def sizes(self, game: Any, at: Field) -> list[Vector]:
        """Return the step of every coordinate: `lr`, or with Adam's scaling over the root of its squared gradients."""
        lr = self.rate(game)
        if self.beta2 is None:
            return [[torch.full_like(g, lr) for g in part] for part in at.parts]
        beta2 = game.scheduled.get("beta2", self.beta2)
        seen = game.memory["squares seen"] = game.memory.get("squares seen", 0) + 1
        found = []
        for name, part in zip(game.players, at.parts):
            squares = game.memory.setdefault(f"squares {name}", [torch.zeros_like(g) for g in part])
            torch._foreach_mul_(squares, beta2)
            torch._foreach_addcmul_(squares, part, part, value=1.0 - beta2)
            start = 1.0 - beta2**seen
            found.append([lr / ((s / start).sqrt() + self.eps) for s in squares])
        return found


def times(x: Vector, y: Vector) -> Vector:
    """Return the product of two lists of tensors, number by number."""
    return [a * b for a, b in zip(x, y)]


def shift(owned: Sequence[Vector], steps: Sequence[Vector]) -> None:
    """Move all players at once, in place."""
    with torch.no_grad():
        for own, step in zip(owned, steps):
            torch._foreach_add_(list(own), averaged(step))  # processes round sums apart; they must not part
