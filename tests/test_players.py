"""Players of torch parameters: the papers' exact trajectories, then what must hold of any step."""

from __future__ import annotations

import copy
import io
import math
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

import minmax as mm  # noqa: E402
from minmax import optim  # noqa: E402
from minmax.optim import (  # noqa: E402
    CGD,
    EMA,
    LEAD,
    SGA,
    Alternating,
    Anchored,
    Consensus,
    ExtraGradient,
    FollowTheRidge,
    Lookahead,
    Optimistic,
    Players,
    Simultaneous,
    Uniform,
    Unrolled,
)
from minmax.optim.krylov import conjugate_gradients, gmres  # noqa: E402

softplus = torch.nn.functional.softplus


def leaf(value: Any) -> Any:
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def sgd(lr: float) -> Any:
    return lambda params: torch.optim.SGD(params, lr=lr)


def product(x: Any, y: Any) -> Any:
    return x * y


def played(objective: Any, start: Any, steps: int, dynamics: Any, optimizers: Any = None) -> tuple[Any, float]:
    x, y = map(leaf, start)
    game = Players.zero_sum(min=x, max=y, objective=objective, optimizers=optimizers, dynamics=dynamics)
    for _ in range(steps):
        try:
            game.step()
        except optim.NonFiniteLoss:
            return game, math.inf
    return game, math.hypot(x.item(), y.item())


# ---------------------------------------------------------------------- exact trajectories


def test_learning_a_mean_with_optimism() -> None:
    # Daskalakis et al. 2018: 1000 rows of which the first two are the start.
    target = torch.tensor([3.0, 4.0], dtype=torch.float64)
    w, theta = leaf([1.4, 1.4]), leaf([1.7, 1.7])
    game = Players.zero_sum(
        min=theta,
        max=w,
        objective=lambda theta, w: w @ (target - theta),
        optimizers=lambda p: optim.OptimisticSGD(p, lr=0.1),
    )
    rows = [theta.detach().clone() for _ in range(2)]
    for _ in range(1000):
        game.step()
        rows.append(theta.detach().clone())
    assert np.allclose(rows[999], [2.99125639, 3.98489638], atol=1e-7)
    assert np.allclose(torch.stack(rows[:1000]).mean(0), [3.01131623, 4.00931959], atol=1e-7)
    assert np.allclose(rows[1001], [2.99319, 3.98696], atol=5e-6)


def test_learning_a_mean_with_clipped_descent_circles() -> None:
    target = torch.tensor([3.0, 4.0], dtype=torch.float64)
    w, theta = leaf([1.4, 1.4]), leaf([1.7, 1.7])
    game = Players.zero_sum(min=theta, max=w, objective=lambda theta, w: w @ (target - theta), optimizers=sgd(0.1))
    for _ in range(999):
        game.step()
        w.data.clamp_(-1.0, 1.0)
    assert np.allclose(theta.detach(), [3.48000545, 5.07760794], atol=1e-7)


class Uncorrected(optim.Schedule):
    """The learning rate that takes Adam's bias correction of the second moment back."""

    def __call__(self, t: int) -> float:
        return 0.01 / math.sqrt(1.0 - 0.99 ** (t + 1))


def of_extrasgd(**options: Any) -> Any:
    return lambda params: optim.ExtraSGD(params, **options)


WGAN = [
    ("simultaneous", sgd(0.1), Simultaneous(), False, 1.07759),
    ("alternating, max first", sgd(0.1), Alternating(order=("y", "x")), True, 0.995872),
    ("alternating, min first", sgd(0.1), Alternating(), True, 1.004232),
    ("extra-gradient", sgd(0.6), ExtraGradient(), False, 2.67392e-6),
    ("ExtraSGD", of_extrasgd(lr=0.6), ExtraGradient(), False, 2.67392e-6),
    ("extra-gradient, clipped ahead", sgd(0.6), ExtraGradient(), True, 2.98286e-6),
    ("Adam", lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.0, 0.99)), Simultaneous(), False, 0.995688),
]


@pytest.mark.parametrize(("name", "optimizers", "dynamics", "ahead", "wanted"), WGAN, ids=[row[0] for row in WGAN])
def test_bilinear_wgan(name: str, optimizers: Any, dynamics: Any, ahead: bool, wanted: float) -> None:
    # Gidel et al. 2019: min over theta, max over phi in [-1, 1], of theta phi, from (2, .5), 100 steps.
    theta, phi = leaf(2.0), leaf(0.5)
    schedules = {"lr": Uncorrected()} if name == "Adam" else None
    game = Players.zero_sum(
        min=theta, max=phi, objective=product, optimizers=optimizers, dynamics=dynamics, schedules=schedules
    )
    for _ in range(100):
        for _ in game.phases():
            if ahead:
                phi.data.clamp_(-1.0, 1.0)
        phi.data.clamp_(-1.0, 1.0)
    assert math.hypot(theta.item(), phi.item()) == pytest.approx(wanted, rel=1e-4)


def test_bilinear_wgan_extrapolated_from_the_past() -> None:
    theta, phi = leaf(2.0), leaf(0.5)
    game = Players.zero_sum(min=theta, max=phi, objective=product, optimizers=lambda p: optim.PastExtraSGD(p, lr=0.5))
    for _ in range(101):  # the first looks ahead only
        game.step()
        base = game.optimizers["y"].state[phi]["trailing"]
        # Both points are projected; the one ahead is ahead of the projected base.
        ahead = phi.data - base
        base.clamp_(-1.0, 1.0)
        phi.data.copy_((base + ahead).clamp(-1.0, 1.0))
    bases = [game.optimizers[name].state[p]["trailing"].item() for name, p in (("x", theta), ("y", phi))]
    assert math.hypot(*bases) == pytest.approx(1.2312e-13, rel=1e-4)


def gan(kind: str, penalty: Any) -> Any:
    """Losses of the Dirac GAN (Mescheder et al. 2018): D(x) = psi x, data at 0, the generator at theta."""

    def losses(theta: Any, psi: Any) -> dict[str, Any]:
        s = psi * theta
        d = -s if kind == "w" else softplus(-s)
        return {"G": {"w": s, "mm": -softplus(-s), "ns": softplus(s)}[kind], "D": d + penalty(psi)}

    return losses


def nothing(psi: Any) -> Any:
    return 0.0


def zero_centred(gamma: float) -> Any:
    return lambda psi: optim.r1(lambda x: psi * x[:, 0], torch.zeros(2, 1, dtype=torch.float64), gamma)


def one_centred(psi: Any) -> Any:
    points = torch.zeros(2, 1, dtype=torch.float64)
    return optim.wgan_gp(lambda x: psi * x[:, 0], points, points, 0.35)


DIRAC = [
    ("GAN", "mm", nothing, None, Simultaneous(), 3.10),
    ("GAN", "mm", nothing, None, Alternating(), 1.42),
    ("NS-GAN", "ns", nothing, None, Simultaneous(), 0.640),
    ("NS-GAN", "ns", nothing, None, Alternating(), 0.284),
    ("WGAN", "w", nothing, 1.0, Simultaneous(), 1.00),
    ("WGAN", "w", nothing, 1.0, Alternating(), 1.02),
    ("WGAN-GP", "w", one_centred, None, Simultaneous(), 1.80),
    ("WGAN-GP", "w", one_centred, None, Alternating(), 1.22),
    ("R1 .3", "mm", zero_centred(0.3), None, Simultaneous(), 2.6e-6),
    ("R1 .3", "mm", zero_centred(0.3), None, Alternating(), 2.3e-7),
    ("R1 1", "mm", zero_centred(1.0), None, Simultaneous(), 9.5e-22),
    ("R1 1", "mm", zero_centred(1.0), None, Alternating(), 7.5e-17),
    ("NS R1 .3", "ns", zero_centred(0.3), None, Simultaneous(), 2.2e-6),
    ("NS R1 .3", "ns", zero_centred(0.3), None, Alternating(), 1.5e-7),
    # From the formula by hand, in torch: 2.58e-10, where a table of others has 2.1e-10.
    ("ConOpt", "mm", nothing, None, Consensus(1.0), 2.58e-10),
]


@pytest.mark.parametrize(
    ("name", "kind", "penalty", "clip", "dynamics", "radius"),
    DIRAC,
    ids=[f"{row[0]} {type(row[4]).__name__}" for row in DIRAC],
)
def test_dirac_gan(name: str, kind: str, penalty: Any, clip: Any, dynamics: Any, radius: float) -> None:
    theta, psi = leaf(1.0), leaf(1.0)
    game = Players({"G": theta, "D": psi}, gan(kind, penalty), optimizers=sgd(0.2), dynamics=dynamics)
    for _ in range(500):
        for _ in game.phases():
            if clip is not None:
                psi.data.clamp_(-clip, clip)
    found = math.hypot(theta.item(), psi.item())
    assert (found < 1e-4) == (radius < 1e-4)
    assert found == pytest.approx(radius, rel=0.03)  # two digits were published


BILINEAR = [
    (CGD(lr=0.2), None, 0.265, 1.46e-10),
    (CGD(lr=0.2, solver="gmres"), None, 0.265, 1.46e-10),
    (ExtraGradient(), sgd(0.2), 0.266, 1.5e5),
    (Optimistic(), sgd(0.2), 0.255, 1.2e18),
    (Consensus(1.0), sgd(0.2), 4.6e-5, 7.4e39),
    (SGA(1.0, align=False), sgd(0.2), 4.6e-5, 7.4e39),
    (Simultaneous(), sgd(0.2), 1.89, 3.4e9),
]


@pytest.mark.parametrize(("dynamics", "optimizers", "slow", "fast"), BILINEAR, ids=[repr(row[0]) for row in BILINEAR])
def test_bilinear_games_of_two_speeds(dynamics: Any, optimizers: Any, slow: float, fast: float) -> None:
    for a, wanted in ((1.0, slow), (6.0, fast)):
        _, found = played(lambda x, y, a=a: a * x * y, (0.5, 0.5), 50, dynamics, optimizers)
        assert found == pytest.approx(wanted, rel=0.04)


@pytest.mark.parametrize("solver", ["cg", "gmres"])
def test_competitive_gradient_descent_is_the_proximal_point(solver: str) -> None:
    rng = np.random.default_rng(0)
    A = torch.tensor(rng.normal(size=(4, 3)))
    x, y = leaf(rng.normal(size=4)), leaf(rng.normal(size=3))
    dynamics = CGD(lr=0.7, solver=solver, tol=1e-14)
    game = Players.zero_sum(min=x, max=y, objective=lambda x, y: x @ A @ y, dynamics=dynamics)
    for _ in range(5):
        before = torch.cat([x.detach(), y.detach()])
        game.step()
        step = torch.cat([0.7 * A @ y, -0.7 * A.T @ x]).detach()
        assert torch.allclose(torch.cat([x.detach(), y.detach()]), before - step, atol=1e-12)
    _, one = played(product, (1.0, 0.0), 10, CGD(lr=3.0))
    assert one == pytest.approx(10.0**-5, rel=1e-9)


def test_the_cost_of_the_inner_solve_is_kept() -> None:
    rng = np.random.default_rng(1)
    A = torch.tensor(rng.normal(size=(40, 30)))
    ends = []
    for warm in (True, False):
        x, y = leaf(np.ones(40)), leaf(np.ones(30))
        dynamics = CGD(lr=0.3, warm=warm, tol=1e-10)
        game = Players.zero_sum(min=x, max=y, objective=lambda x, y: x @ A @ y, dynamics=dynamics)
        for _ in range(10):
            game.step()
        assert game.memory["residual"] <= 1e-10
        assert game.memory["evaluations"] > 10 * game.memory["products"]
        ends.append(flat(game))
    assert torch.allclose(*ends, atol=1e-8)


@pytest.mark.parametrize("solver", [conjugate_gradients, gmres])
def test_krylov_solvers(solver: Any) -> None:
    rng = np.random.default_rng(2)
    half = rng.normal(size=(6, 6))
    A = torch.tensor(half @ half.T + np.eye(6))
    wanted = torch.tensor(rng.normal(size=6))

    def product(v: Any) -> Any:
        return list((A @ torch.cat(v)).split([2, 4]))

    b = product(list(wanted.split([2, 4])))
    answer = solver(product, b, None, 1e-12, 20)
    assert torch.allclose(torch.cat(answer.x), wanted, atol=1e-9)
    assert answer.products <= 8  # six in exact arithmetic
    assert answer.residual <= 1e-12
    again = solver(product, b, answer.x, 1e-9, 20)
    assert again.products == 1
    assert solver(product, [0 * t for t in b], None, 1e-9, 20).products == 0
    short = solver(product, b, None, 1e-12, 2)
    assert short.products == 2
    left = torch.cat(b) - A @ torch.cat(short.x)
    assert short.residual == pytest.approx(float(left.norm() / torch.cat(b).norm()), rel=1e-9)


def test_adams_scaling_in_competitive_gradient_descent() -> None:
    # One step by hand: A_x = lr / (sqrt(v) + eps) with v = g^2 at the first step; f = 2 x y from (1, 3).
    lr, eps, (x0, y0) = 0.1, 1e-5, (1.0, 3.0)
    ax, ay = lr / (6.0 + eps), lr / (2.0 + eps)
    dx = -ax * (6.0 + 2.0 * ay * 2.0) / (1.0 + ax * 2.0 * ay * 2.0)
    dy = ay * (2.0 + 2.0 * dx)
    game, _ = played(lambda x, y: 2.0 * x * y, (x0, y0), 1, CGD(lr=lr, beta2=0.9, eps=eps))
    assert game.players["x"].item() == pytest.approx(x0 + dx, abs=1e-12)
    assert game.players["y"].item() == pytest.approx(y0 + dy, abs=1e-12)


@pytest.mark.parametrize(("alpha", "factor"), [(0.5, 0.74476), (0.4, 0.71993), (0.8, 1.01980)])
def test_lookahead_comes_back_from_the_first_steps_on(alpha: float, factor: float) -> None:
    _, one = played(product, (1.0, 0.0), 6, Lookahead(6, alpha), sgd(0.3))
    assert one == pytest.approx(factor, abs=5e-6)
    _, ten = played(product, (1.0, 0.0), 60, Lookahead(6, alpha), sgd(0.3))
    assert ten == pytest.approx(one**10, rel=1e-9)


def test_lead_without_momentum_is_optimistic_on_bilinear_games() -> None:
    _, lead = played(product, (1.0, 0.0), 50, LEAD(lr=0.3))
    _, optimistic = played(product, (1.0, 0.0), 50, Optimistic(), sgd(0.3))
    assert lead == pytest.approx(optimistic, rel=1e-12)
    assert lead == pytest.approx(0.080763523, abs=1e-9)  # the trace of oracles B1.5


def ridge(x: Any, y: Any) -> Any:
    return -3.0 * x**2 - y**2 + 4.0 * x * y


def basin(x: Any, y: Any) -> Any:
    inside = 4.0 * x**2 - (y - 3.0 * x + 0.05 * x**3) ** 2 - 0.1 * y**4
    return inside * torch.exp(-0.01 * (x**2 + y**2))


@pytest.mark.long
def test_follow_the_ridge_reaches_minimax_points_that_others_leave() -> None:
    for dynamics in (FollowTheRidge(), SGA(align=False), Consensus(0.1)):
        assert played(ridge, (5.0, 7.0), 400, dynamics, sgd(0.05))[1] < 1e-10
    for dynamics in (Simultaneous(), Optimistic(), ExtraGradient()):
        assert played(ridge, (5.0, 7.0), 100, dynamics, sgd(0.05))[1] > 1e3
    assert played(ridge, (5.0, 7.0), 100, CGD(lr=0.05))[1] > 1e2
    assert played(basin, (7.0, 5.0), 400, FollowTheRidge(), sgd(0.05))[1] < 8e-5
    for dynamics in (Simultaneous(), Optimistic(), ExtraGradient()):
        assert played(basin, (7.0, 5.0), 400, dynamics, sgd(0.05))[1] > 1.5


def test_anchored_players_follow_the_trace_of_eag() -> None:
    for steps, wanted in ((1, 0.992279769), (10, 0.886800402), (100, 0.0452101634)):
        assert played(product, (1.0, 0.0), steps, Anchored(), sgd(0.125))[1] == pytest.approx(wanted, rel=1e-8)


def test_unrolled_by_hand() -> None:
    # f = x y - y^2 / 2: after one step of size s from y the follower is at y + s (x - y).
    s, lr, x0, y0 = 0.25, 0.1, 1.0, 2.0
    for k, ahead, slope in ((0, y0, 0.0), (1, y0 + s * (x0 - y0), s)):
        game, _ = played(lambda x, y: x * y - y**2 / 2, (x0, y0), 1, Unrolled(k, lr=s), sgd(lr))
        total = ahead + (x0 - ahead) * slope  # df/dx + df/dy dy/dx
        assert game.players["x"].item() == pytest.approx(x0 - lr * total, abs=1e-14)
        assert game.players["y"].item() == pytest.approx(y0 + lr * (x0 - y0), abs=1e-14)


# ---------------------------------------------------------------------- small networks


def networks(seed: int = 0, norm: bool = False) -> tuple[Any, Any]:
    torch.manual_seed(seed)
    hidden = [torch.nn.BatchNorm1d(8)] if norm else []
    G = torch.nn.Sequential(torch.nn.Linear(3, 8), *hidden, torch.nn.Tanh(), torch.nn.Linear(8, 2))
    D = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    return G, D


def gan_losses(G: Any, D: Any, real: Any) -> dict[str, Any]:
    fake = G(torch.randn(len(real), 3))
    return {"G": softplus(-D(fake)).mean(), "D": (softplus(-D(real)) + softplus(D(fake))).mean()}


def fixed_losses(G: Any, D: Any, real: Any) -> dict[str, Any]:
    """Losses without chance: the noise comes with the batch."""
    real, noise = real
    fake = G(noise)
    return {"G": softplus(-D(fake)).mean(), "D": (softplus(-D(real)) + softplus(D(fake))).mean()}


def adam(params: Any) -> Any:
    return torch.optim.Adam(params, lr=1e-2)


def flat(game: Any) -> Any:
    return torch.cat([p.detach().reshape(-1) for own in game.owned.values() for p in own]).clone()


def real(n: int = 16) -> Any:
    return torch.linspace(-1.0, 1.0, 2 * n).reshape(n, 2)


def noisy(n: int = 16) -> tuple[Any, Any]:
    return real(n), torch.randn(n, 3, generator=torch.Generator().manual_seed(5))


DYNAMICS = [
    (Simultaneous(), adam),
    (Alternating(n_d=2), adam),
    (ExtraGradient(), adam),
    (ExtraGradient(same_sample=False), lambda p: optim.ExtraAdam(p, lr=1e-2)),
    (ExtraGradient(), lambda p: optim.ExtraAdam(p, lr=1e-2, betas=(0.5, 0.9), moments="both")),
    (Optimistic(), sgd(0.05)),
    (Lookahead(2, 0.5, Alternating()), adam),
    (Lookahead(2, 0.5, ExtraGradient()), adam),
    (Anchored(), sgd(0.05)),
    (Consensus(0.1), adam),
    (SGA(), adam),
    (FollowTheRidge(most=3), sgd(0.05)),
    (Unrolled(2), adam),
    (CGD(lr=0.05), None),
    (CGD(lr=0.01, beta2=0.9), None),
    (LEAD(lr=0.05, beta=-0.1), None),
]
by_dynamics = pytest.mark.parametrize(("dynamics", "optimizers"), DYNAMICS, ids=[repr(row[0]) for row in DYNAMICS])


def made(dynamics: Any, optimizers: Any, seed: int = 0, **options: Any) -> Players:
    G, D = networks(seed, norm=True)
    options.setdefault("averages", {"G": EMA(half_life=3.0)})
    return Players({"G": G, "D": D}, gan_losses, optimizers, dynamics, **options)


@by_dynamics
def test_a_run_killed_at_any_half_step_goes_on_as_if_it_had_not_been(dynamics: Any, optimizers: Any) -> None:
    batches = [real() + k for k in range(3)]
    for stop in range(3 * made(dynamics, optimizers).dynamics.count(made(dynamics, optimizers))):
        whole = made(dynamics, optimizers)
        torch.manual_seed(7)
        saved, done = None, 0
        for batch in batches:
            for _ in whole.phases(batch):
                if done == stop:
                    file = io.BytesIO()
                    torch.save(whole.state_dict(), file)
                    saved = (whole.phase, whole.steps)
                done += 1
        assert saved is not None
        file.seek(0)
        state = torch.load(file, weights_only=True)
        again = made(dynamics, optimizers, seed=1)
        torch.manual_seed(99)
        again.load_state_dict(state)
        assert (again.phase, again.steps) == saved
        # A finished step is counted only when its generator goes on: the batch is then the next one.
        for batch in batches[again.steps :]:
            again.step(batch)
        assert torch.equal(flat(again), flat(whole))
        one, two = (game.averaged("G").state_dict() for game in (again, whole))
        assert all(torch.equal(one[key], two[key]) for key in one)


@by_dynamics
@pytest.mark.parametrize("when", [0, 1, 2])
def test_a_loss_that_is_not_finite_moves_nobody(dynamics: Any, optimizers: Any, when: int) -> None:
    calls = 0

    def losses(G: Any, D: Any, real: Any) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        found = gan_losses(G, D, real)
        return {"G": found["G"], "D": found["D"] + (math.nan if calls > limit else 0.0)}

    G, D = networks()
    game = Players({"G": G, "D": D}, losses, optimizers, dynamics)
    limit = 10**9
    game.step(real())
    before, per_step = flat(game), calls
    limit = calls + min(when, per_step - 1)
    pointers = [p.data_ptr() for own in game.owned.values() for p in own]
    # Where the last move is the first player's, the other one's loss is not looked at any more.
    if type(dynamics).__name__ in ("Alternating", "Lookahead") and when == 2:
        limit = calls + 1
    with pytest.raises(optim.NonFiniteLoss, match="'D' is nan") as caught:
        game.step(real())
    assert caught.value.player == "D"
    assert torch.equal(flat(game), before)
    assert [p.data_ptr() for own in game.owned.values() for p in own] == pointers
    limit = 10**9
    game.step(real())
    assert torch.isfinite(flat(game)).all()


def test_steps_with_bad_losses_can_be_left_out() -> None:
    x, y = leaf(1.0), leaf(1.0)
    factor = [math.inf, 1.0]
    game = Players.zero_sum(
        min=x, max=y, objective=lambda x, y: factor[0] * x * y, optimizers=sgd(0.1), nonfinite="skip"
    )
    game.step()
    assert (x.item(), game.skipped, game.steps) == (1.0, 1, 0)
    factor.pop(0)
    game.step()
    assert (x.item(), game.skipped, game.steps) == (0.9, 1, 1)


def test_simultaneous_play_equals_the_loop_by_hand() -> None:
    game = made(Simultaneous(), adam, averages=None)
    G, D = networks(norm=True)
    by_hand = [torch.optim.Adam(m.parameters(), lr=1e-2) for m in (G, D)]
    for _ in range(5):
        torch.manual_seed(3)
        game.step(real())
        torch.manual_seed(3)
        losses = gan_losses(G, D, real())
        grads = [
            torch.autograd.grad(losses[n], list(m.parameters()), retain_graph=True) for n, m in (("G", G), ("D", D))
        ]
        for m, opt, found in zip((G, D), by_hand, grads):
            for p, g in zip(m.parameters(), found):
                p.grad = g
            opt.step()
    wanted = torch.cat([p.detach().reshape(-1) for m in (G, D) for p in m.parameters()])
    assert torch.equal(flat(game), wanted)


def test_gradients_accumulate_and_are_clipped() -> None:
    whole, parts = (
        Players(dict(zip("GD", networks())), fixed_losses, sgd(0.1), clip={"D": 0.05}, accumulate=k) for k in (1, 4)
    )
    data, noise = noisy(16)
    whole.step((data, noise))
    parts.step(list(zip(data.split(4), noise.split(4))))
    assert torch.allclose(flat(whole), flat(parts), atol=1e-7)
    free = Players(dict(zip("GD", networks())), fixed_losses, sgd(0.1))
    begun = flat(free)
    free.step((data, noise))
    n = sum(p.numel() for p in whole.owned["G"])
    assert torch.allclose(flat(free)[:n], flat(whole)[:n])
    assert (flat(whole) - begun)[n:].norm() == pytest.approx(0.1 * 0.05, rel=1e-3)
    assert (flat(free) - begun)[n:].norm() > 0.006


def test_both_halves_see_one_sample_or_two() -> None:
    seen: list[float] = []

    def losses(x: Any, y: Any, batch: Any) -> tuple[Any, Any]:
        seen.append(float(batch + torch.rand(())))
        return x * y, -x * y

    for same in (True, False):
        seen.clear()
        game = Players({"x": leaf(1.0), "y": leaf(1.0)}, losses, sgd(0.1), ExtraGradient(same_sample=same))
        torch.manual_seed(0)
        stream = iter(range(100))
        for _ in range(3):
            game.step(stream)
        halves = list(zip(seen[::2], seen[1::2]))
        assert all((a == b) == same for a, b in halves)
        assert len(set(seen)) == (3 if same else 6)  # noise moves on between steps


def test_an_iterator_that_runs_out_moves_nobody() -> None:
    for dynamics in (ExtraGradient(same_sample=False), Alternating()):
        game = Players.zero_sum(
            min=leaf(1.0), max=leaf(1.0), objective=lambda x, y, c: c * x * y, optimizers=sgd(0.1), dynamics=dynamics
        )
        with pytest.raises(optim.OutOfBatches, match="ran out in step 0"):
            game.step(iter([1.0]))
        assert flat(game).tolist() == [1.0, 1.0]
        game.step(iter([1.0, 2.0]))
        assert game.steps == 1


def test_an_error_of_the_losses_leaves_the_step_where_it_was() -> None:
    ends = []
    for fails in (False, True):
        calls = [0]

        def objective(x: Any, y: Any, calls: list[int] = calls, fails: bool = fails) -> Any:
            calls[0] += 1
            if fails and calls[0] == 2:
                raise KeyboardInterrupt
            return x * y

        game = Players.zero_sum(
            min=leaf(1.0), max=leaf(1.0), objective=objective, optimizers=sgd(0.1), dynamics=ExtraGradient()
        )
        if fails:
            with pytest.raises(KeyboardInterrupt):
                game.step()
            assert game.phase == 1
        game.step()
        ends.append(flat(game))
    assert torch.equal(*ends)


def test_three_players_and_losses_one_by_one() -> None:
    a, b, c = leaf(1.0), leaf(2.0), leaf(3.0)
    called: list[str] = []

    def loss(name: str, f: Any) -> Any:
        def evaluated(*players: Any) -> Any:
            called.append(name)
            return f(*players)

        return evaluated

    losses = {
        "a": loss("a", lambda a, b, c: a * b),
        "b": loss("b", lambda a, b, c: b * c),
        "c": loss("c", lambda a, b, c: c * a),
    }
    game = Players({"a": a, "b": b, "c": c}, losses, sgd(0.1), Alternating(n_d={"b": 2}, order=("b", "a", "c")))
    game.step()
    assert called == ["b", "b", "a", "c"]
    assert [p.item() for p in (a, b, c)] == pytest.approx([1.0 - 0.1 * 1.4, 1.4, 3.0 - 0.1 * 0.86])
    simultaneous = Players({"a": leaf(1.0), "b": leaf(2.0), "c": leaf(3.0)}, losses, sgd(0.1))
    found = simultaneous.step()
    assert [p.item() for p in simultaneous.players.values()] == pytest.approx([0.8, 1.7, 2.9])
    assert {name: loss.item() for name, loss in found.items()} == {"a": 2.0, "b": 6.0, "c": 3.0}


def test_averages_of_parameters_and_buffers() -> None:
    game = made(Simultaneous(), adam, averages={"G": EMA(half_life=2.0), "D": Uniform(start=1)})
    rows: dict[str, list[Any]] = {"G": [], "D": []}
    begun = copy.deepcopy(game.players["G"].state_dict())
    for _ in range(4):
        game.step(real())
        for name in rows:
            rows[name].append(copy.deepcopy(game.players[name].state_dict()))
    ema, mean = game.averaged("G").state_dict(), game.averaged("D").state_dict()
    for key, value in begun.items():
        if value.is_floating_point():
            for row in rows["G"]:
                value = value + (1.0 - 0.5**0.5) * (row[key] - value)
            assert torch.allclose(ema[key], value, atol=1e-6)
        else:
            assert ema[key] == rows["G"][-1][key] == 4
    for key in mean:
        assert torch.allclose(mean[key], torch.stack([row[key] for row in rows["D"][1:]]).mean(0), atol=1e-6)
    assert "running_mean" in " ".join(begun)
    x = leaf([1.0, 2.0])
    tensors = Players.zero_sum(
        min=x, max=leaf(1.0), objective=lambda x, y: x.sum() * y, optimizers=sgd(0.1), averages=Uniform()
    )
    tensors.step()
    assert torch.equal(tensors.averaged("x"), x.detach())


def test_schedules_by_name() -> None:
    cosine = optim.Cosine(1e-2, 1e-3, steps=4)
    seen: list[float] = []

    def losses(G: Any, D: Any, real: Any) -> dict[str, Any]:
        seen.append(game.scheduled["gamma"])
        return gan_losses(G, D, real)

    game = Players(
        dict(zip("GD", networks())), losses, adam,
        schedules={
            "G.lr": cosine, "beta2": optim.Linear(0.9, 0.99, 4), "gamma": optim.Linear(1.0, 0.0, 4, wait=1),
            "half_life": optim.Constant(7.0),
        },
        averages=EMA(half_life=1.0),
    )  # fmt: skip
    for t in range(6):
        game.step(real())
        assert game.optimizers["G"].param_groups[0]["lr"] == pytest.approx(cosine(t))
        assert game.optimizers["D"].param_groups[0]["lr"] == 1e-2
        assert game.optimizers["D"].param_groups[0]["betas"] == pytest.approx((0.9, min(0.9 + 0.0225 * t, 0.99)))
    assert seen == pytest.approx([1.0, 1.0, 0.75, 0.5, 0.25, 0.0])
    assert game.averages["D"].half_life == 7.0


# ---------------------------------------------------------------------- mixed precision


def test_mixed_precision_in_bfloat16_comes_close() -> None:
    runs = []
    for dtype in (None, torch.bfloat16):
        game = Players(dict(zip("GD", networks())), fixed_losses, sgd(0.1), ExtraGradient(), autocast=dtype)
        for _ in range(5):
            game.step(noisy())
        runs.append(flat(game))
    assert 0.0 < (runs[0] - runs[1]).abs().max() < 1e-2


@pytest.mark.parametrize("optimizers", [sgd(0.1), of_extrasgd(lr=0.1)], ids=["SGD", "ExtraSGD"])
def test_a_scaler_changes_nothing_but_steps_that_overflow(optimizers: Any) -> None:
    runs = []
    for scaler in (None, torch.amp.GradScaler("cpu", init_scale=2.0**10)):
        game = Players(dict(zip("GD", networks())), fixed_losses, optimizers, ExtraGradient(), scaler=scaler)
        for _ in range(5):
            game.step(noisy())
        runs.append(flat(game))
    assert torch.allclose(runs[0], runs[1], atol=1e-6)
    before, scale = flat(game), scaler.get_scale()
    for half in (0, 1):
        # Gradients overflow in one half, losses do not.
        handles = [p.register_hook(OnceInfinite(half * 2)) for own in game.owned.values() for p in own]
        game.step(noisy())
        for handle in handles:
            handle.remove()
        assert torch.equal(flat(game), before)
        assert (game.skipped, game.phase) == (half + 1, 0)
    assert scaler.get_scale() == scale / 4
    game.step(noisy())
    assert not torch.equal(flat(game), before)


class OnceInfinite:
    """A hook of a tensor that makes its gradient infinite at one call."""

    def __init__(self, call: int) -> None:
        self.left = call // 2

    def __call__(self, grad: Any) -> Any:
        self.left -= 1
        return grad * math.inf if self.left < 0 else grad


# ---------------------------------------------------------------------- diagnostics


def test_players_are_diagnosed() -> None:
    game, _ = played(product, (1.0, 0.5), 0, Simultaneous(), sgd(0.1))
    assert mm.diagnose(game).verdict == "spiralling out"
    watched = Players.zero_sum(
        min=leaf(1.0), max=leaf(0.5), objective=product, optimizers=sgd(0.1), dynamics=Alternating(), watch=mm.Monitor()
    )
    for _ in range(600):
        watched.step()
    found = mm.diagnose(watched)
    assert found.verdict == "cycling"
    assert found.period == pytest.approx(2.0 * math.pi / (2.0 * math.asin(0.05)), rel=1e-3)
    local = mm.classify(game.pair(), np.zeros(1), np.zeros(1))
    assert local.stationary
    along = mm.path_angle(game.pair(), ([0.0], [0.0]), ([1.0], [0.0]))
    assert along.straightness < 1e-9
    G, D = networks()
    pair = Players({"G": G, "D": D}, gan_losses, adam).pair(real())
    jacobian = mm.game_jacobian(pair, *pair.point())
    assert np.isfinite(jacobian.matrix).all()


# ---------------------------------------------------------------------- mistakes


def of_game(**options: Any) -> Any:
    options.setdefault("players", {"x": leaf(1.0), "y": leaf(1.0)})
    options.setdefault("losses", lambda x, y: (x * y, -x * y))
    options.setdefault("optimizers", sgd(0.1))
    return Players(**options)


shared = leaf(1.0)
MISTAKES = [
    (lambda: of_game(players={"x": leaf(1.0)}), TypeError, "at least two"),
    (lambda: of_game(players={"x": leaf(1.0), "y": 3}), TypeError, "'y' must be a module"),
    (lambda: of_game(players={"x": shared, "y": shared}), ValueError, "share a parameter"),
    (lambda: of_game(optimizers=None), ValueError, "pass `optimizers`"),
    (lambda: of_game(optimizers={"x": sgd(0.1)}), ValueError, "one for each of x, y"),
    (lambda: of_game(optimizers=lambda p: optim.ExtraSGD(p), dynamics=Simultaneous()), ValueError, "looks ahead"),
    (lambda: of_game(optimizers=lambda p: torch.optim.SGD(p, lr=0.1, maximize=True)), ValueError, "maximises"),
    (lambda: of_game(dynamics=CGD()), ValueError, "leave out `optimizers`"),
    (lambda: of_game(optimizers=None, dynamics=CGD(), clip=1.0), ValueError, "leave out `clip`"),
    (lambda: of_game(optimizers=None, dynamics=CGD(solver="cg")).step(), ValueError, "gmres"),
    (lambda: of_game(dynamics=Alternating(order=("x",))), ValueError, "must name each"),
    (lambda: of_game(dynamics=Alternating(n_d=0)), ValueError, "n_d"),
    (lambda: of_game(nonfinite="maybe"), ValueError, "nonfinite"),
    (lambda: of_game(averages={"z": EMA(1.0)}), ValueError, "names no player"),
    (lambda: of_game(averages=3), TypeError, "EMA"),
    (lambda: of_game(schedules={"z.lr": optim.Constant(1.0)}), ValueError, "names no player"),
    (lambda: of_game(losses=lambda x, y: x * y).step(), TypeError, "zero_sum"),
    (lambda: of_game(losses=lambda x, y: (x.repeat(2), y)).step(), TypeError, "must be a scalar"),
    (lambda: of_game(losses=lambda x, y: (x.detach() * 2, y)).step(), ValueError, "does not depend"),
    (lambda: of_game(accumulate=2).step(1.0), ValueError, "list of 2"),
    (lambda: of_game().averaged("x"), KeyError, "no average"),
    (lambda: of_game(dynamics=Consensus(), scaler=torch.amp.GradScaler("cpu")), ValueError, "bfloat16"),
]


@pytest.mark.parametrize(("call", "kind", "words"), MISTAKES, ids=[row[2] for row in MISTAKES])
def test_mistakes_are_named(call: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


# ---------------------------------------------------------------------- several processes


@pytest.mark.long
def test_two_processes_play_as_one_on_the_joined_batch(tmp_path: Path) -> None:
    import two_processes

    script, out = Path(two_processes.__file__), tmp_path / "end"
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node",
        "2",
        str(script),
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr[-3000:]
    ends = [torch.load(f"{out}.{rank}", weights_only=True) for rank in (0, 1)]
    assert all(end.pop("refused") for end in ends)
    for name, end in ends[0].items():
        assert torch.equal(end, ends[1][name]), name
        whole = two_processes.played(name.removesuffix(" in DDP"), slice(None))
        assert torch.allclose(end, whole, atol=1e-10), name


def test_a_step_that_stops_is_broken_off_where_it_is() -> None:
    """Of two moves the first stands, and nothing was kept to take it back."""
    x, y = leaf(1.0), leaf(1.0)
    losses = {"x": lambda x, y: x * y, "y": lambda x, y: x * y * math.nan}
    game = Players({"x": x, "y": y}, losses, sgd(0.5), Alternating(), nonfinite="stop")
    with pytest.raises(optim.NonFiniteLoss, match="the step was broken off") as caught:
        game.step()
    assert (x.item(), y.item(), game.steps, game.phase) == (0.5, 1.0, 0, 0)
    assert not caught.value.whole
    assert "begun x" not in game.memory


# ---------------------------------------------------------------------- what users ran into


TENTH = sgd(0.1)


def pair(dynamics: Any, optimizers: Any = TENTH, **options: Any) -> Players:
    return Players.zero_sum(
        min=leaf(1.0),
        max=leaf(1.0),
        objective=lambda x, y, c=1.0: c * x * y,
        optimizers=optimizers,
        dynamics=dynamics,
        **options,
    )


HEAVY = [
    (Alternating(), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    (Alternating(n_d=2), adam),
    (Alternating(), lambda p: optim.PastExtraSGD(p, lr=0.1)),
    (ExtraGradient(), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    (ExtraGradient(), lambda p: optim.ExtraAdam(p, lr=0.1, moments="both")),
    (Anchored(), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
]


@pytest.mark.parametrize(("dynamics", "optimizers"), HEAVY, ids=[f"{row[0]} {k}" for k, row in enumerate(HEAVY)])
@pytest.mark.parametrize("good", [0, 1])
def test_a_step_left_out_leaves_no_trace_in_optimizers(dynamics: Any, optimizers: Any, good: int) -> None:
    ends = []
    for bad in (False, True):
        calls, limit = [0], [10**9]

        def losses(x: Any, y: Any, calls: list[int] = calls, limit: list[int] = limit) -> tuple[Any, Any]:
            calls[0] += 1
            factor = math.nan if calls[0] > limit[0] else 1.0
            return factor * x * y, -factor * x * y

        game = Players({"x": leaf(1.0), "y": leaf(1.0)}, losses, optimizers, dynamics, nonfinite="skip")
        for _ in range(good):
            game.step()
        if bad:
            limit[0] = calls[0] + 1
            game.step()
            assert game.skipped == 1
            limit[0] = 10**9
        for _ in range(2):
            game.step()
        ends.append(flat(game))
    assert torch.equal(*ends)


def test_running_statistics_survive_a_step_left_out() -> None:
    G, D = networks(norm=True)
    game = Players({"G": G, "D": D}, fixed_losses, adam, nonfinite="skip", averages=EMA(2.0), dynamics=ExtraGradient())
    game.step(noisy())
    before = copy.deepcopy(G.state_dict())
    found = game.step((real(), torch.full((16, 3), math.nan)))
    assert found["G"].isnan()
    assert all(torch.equal(value, before[key]) for key, value in G.state_dict().items())


class Stretched(torch.autograd.Function):
    """The identity, whose gradient is infinite while `factor` is."""

    factor = 1.0

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad * Stretched.factor


def test_an_overflow_is_taken_back_where_losses_are_not_looked_at() -> None:
    x, y = (torch.nn.Parameter(torch.ones(1)) for _ in range(2))
    game = Players(
        {"x": x, "y": y},
        {"x": lambda x, y: (x * y).sum(), "y": lambda x, y: -(x * Stretched.apply(y)).sum()},
        sgd(0.1),
        Alternating(),
        scaler=torch.amp.GradScaler("cpu", init_scale=4.0),
        nonfinite="ignore",
    )
    game.step()
    before = flat(game)
    Stretched.factor = math.inf
    game.step()
    Stretched.factor = 1.0
    assert torch.equal(flat(game), before)


def test_lookahead_within_lookahead() -> None:
    game = pair(Lookahead(4, 0.5, Lookahead(2, 0.5)))
    z = slow = outer = np.ones(2)
    for t in range(1, 9):
        z = z + 0.1 * np.array([-z[1], z[0]])
        if t % 2 == 0:
            z = slow = slow + 0.5 * (z - slow)
        if t % 4 == 0:
            z = slow = outer = outer + 0.5 * (z - outer)
        game.step()
        assert np.allclose(flat(game), z, atol=1e-12)


@pytest.mark.parametrize("dynamics", [Lookahead(2), ExtraGradient(), Anchored()])
def test_points_ahead_of_their_base_are_not_put_back(dynamics: Any) -> None:
    with pytest.raises(ValueError, match="holds its parameters ahead"):
        pair(dynamics, lambda p: optim.PastExtraSGD(p, lr=0.1))


def test_a_checkpoint_is_its_own_and_stays_as_it_is() -> None:
    one, two = pair(Lookahead(2), adam), pair(Lookahead(2), adam)
    one.step()
    two.load_state_dict(one.state_dict())
    for _ in range(2):
        two.step()
    alone = pair(Lookahead(2), adam)
    for game, steps in ((one, 1), (alone, 2)):
        for _ in range(steps):
            game.step()
    assert torch.equal(flat(one), flat(alone))
    saved = copy.deepcopy(one.state_dict())
    ends = []
    for _ in range(3):
        two.load_state_dict(saved)
        for _ in range(3):
            two.step()
        ends.append(flat(two))
    assert torch.equal(ends[0], ends[2])


def test_a_checkpoint_in_another_dynamics() -> None:
    begun = pair(Simultaneous())
    for _ in range(3):
        begun.step()
    saved = begun.state_dict()
    for dynamics in (Lookahead(5), Anchored(), Optimistic()):
        other = pair(dynamics)
        other.load_state_dict(saved)
        other.step()
    fresh, later = (pair(CGD(0.01, beta2=0.999), None) for _ in range(2))
    later.load_state_dict({**fresh.state_dict(), "counts": {"steps": 1000, "phase": 0, "skipped": 0}})
    fresh.step()
    later.step()
    assert torch.equal(flat(fresh), flat(later))
    half = pair(Alternating(n_d=3))
    phases = half.phases()
    for _ in range(3):
        next(phases)
    with pytest.raises(ValueError, match="phase 3 of a step"):
        pair(Alternating()).load_state_dict(half.state_dict())
    with pytest.raises(ValueError, match="no average of x, y"):
        pair(Simultaneous(), averages=Uniform()).load_state_dict(saved)
    with pytest.raises(ValueError, match="other shapes"):
        Players({"x": [leaf(1.0), leaf(2.0)], "y": leaf(1.0)}, lambda x, y: (y, y), sgd(0.1)).load_state_dict(saved)


def test_averages_of_half_precision_move() -> None:
    x, y = (torch.nn.Parameter(torch.zeros(1, dtype=torch.bfloat16)) for _ in range(2))
    game = Players.zero_sum(
        min=x, max=y, objective=lambda x, y: (x * y).sum(), optimizers=sgd(0.1), averages=EMA(1000.0)
    )
    x.data.fill_(1.0)
    for _ in range(3000):
        game.averages["x"].update(x)
    assert game.averaged("x").item() == pytest.approx(1.0 - 0.5**3, abs=4e-3)
    assert game.averaged("x").dtype == torch.bfloat16


def test_schedules_of_one_player_come_over_those_of_all() -> None:
    game = pair(
        Optimistic(),
        averages={"x": Uniform(), "y": EMA(10.0)},
        schedules={
            "x.lr": optim.Constant(0.5), "lr": optim.Constant(0.2), "half_life": optim.Constant(1.0),
            "optimism": optim.Constant(0.0),
        },
    )  # fmt: skip
    seen = []
    for _ in range(3):
        game.step()
        seen.append(game.players["x"].item())
    assert [o.param_groups[0]["lr"] for o in game.optimizers.values()] == [0.5, 0.2]
    assert game.averaged("x").item() == pytest.approx(sum(seen) / 3)
    assert game.averages["y"].half_life == 1.0
    x, y = 1.0, 1.0
    for _ in range(3):
        x, y = x - 0.5 * y, y + 0.2 * x
    assert game.players["x"].item() == pytest.approx(x)


def test_classes_of_optimizers_and_unused_parameters() -> None:
    by_class = pair(Simultaneous(), {"x": torch.optim.Adam, "y": torch.optim.Adam})
    by_class.step()
    assert isinstance(by_class.optimizers["x"], torch.optim.Adam)
    idle = leaf(1.0)
    for dynamics in (Simultaneous(), Optimistic(), ExtraGradient()):
        game = Players(
            {"x": [leaf(1.0), idle], "y": leaf(1.0)},
            lambda x, y: (x[0] * y, -x[0] * y),
            lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=1.0),
            dynamics,
        )
        game.step()
        assert idle.item() == 1.0


def test_modules_may_have_any_name() -> None:
    G, D = networks()
    game = Players(
        {"a.b": G, "values": D}, lambda G, D, real: tuple(gan_losses(G, D, real).values()), adam, Unrolled(1)
    )
    game.step(real())
    assert game.steps == 1


def test_an_error_of_a_loss_is_pickled() -> None:
    error = pickle.loads(pickle.dumps(optim.NonFiniteLoss("x", math.inf, 2)))
    assert (error.player, error.value, error.step) == ("x", math.inf, 2)


THREE = {"x": leaf(1.0), "y": leaf(1.0), "z": leaf(1.0)}
FROM_ZERO = {"half_life": optim.Linear(0.0, 1.0, 5)}
detached = lambda dynamics: Players.zero_sum(  # noqa: E731
    min=leaf(1.0), max=leaf(1.0), objective=lambda x, y: (x * y).detach(), optimizers=TENTH, dynamics=dynamics
)
CONSTANT, ZERO = optim.Constant(0.1), optim.Constant(0.0)
TWO = {"x": leaf(1.0), "y": leaf(1.0)}
CLOSED = Players(TWO, lambda x, y: (TWO["x"] * TWO["y"], -TWO["x"] * TWO["y"]), TENTH, Unrolled(2))
MORE_MISTAKES = [
    (lambda: pair(Simultaneous(), clip={"z": 1.0}), ValueError, "`clip` must name players"),
    (lambda: pair(ExtraGradient), TypeError, "must be a dynamics of players"),
    (lambda: pair(CGD(0.1), None, schedules={"x.lr": optim.Constant(1.0)}), ValueError, "one `lr` for all"),
    (lambda: pair(Simultaneous(), averages=EMA(1.0), schedules=FROM_ZERO), ValueError, "half_life"),
    (lambda: Players(THREE, lambda x, y, z: (x, y, z), TENTH).pair(), ValueError, "two players"),
    (lambda: pair(Simultaneous(), schedules={"lr": 0.1}), TypeError, "Schedule 'lr' must be one such as"),
    (
        lambda: pair(Simultaneous(), schedules={"x.eps": CONSTANT}),
        ValueError,
        "no option that the optimizer of 'x' has",
    ),
    (lambda: pair(Simultaneous(), autocast="bf16"), TypeError, "`autocast` must be torch.bfloat16"),
    (lambda: pair(Simultaneous(), scaler=True), TypeError, "`scaler` must be a torch.amp.GradScaler"),
    (lambda: pair(Simultaneous(), watch=True), TypeError, "`watch` must be a minmax.Monitor"),
    (
        lambda: pair(Simultaneous(), {"x": 3, "y": TENTH}),
        TypeError,
        "optimizer of player 'x' must be a torch optimizer",
    ),
    (lambda: pair(Simultaneous(), lambda p: None), TypeError, "optimizer of player 'x' must be a torch optimizer"),
    (lambda: pair(Simultaneous(), torch.optim.LBFGS), TypeError, "without a closure; got LBFGS"),
    (lambda: pair(Simultaneous(), clip=-1.0), ValueError, "`clip` must be a positive number"),
    (lambda: Players(TWO, 3, TENTH), TypeError, "`losses` must be a function of the players; got 3"),
    (lambda: Players(TWO, {"x": 1, "y": 2}, TENTH), TypeError, "`losses` must be a function of the players; got 1"),
    (lambda: Players(TWO, lambda x, y, batch: (x, y), TENTH).step(), TypeError, "is called with 2 arguments"),
    (lambda: pair(Simultaneous()).step(torch.utils.data.DataLoader([1.0])), TypeError, r"pass iter\(loader\)"),
    (lambda: Lookahead(inner=Simultaneous), TypeError, "`inner` must be a dynamics such as"),
    (lambda: Lookahead(alpha=5.0), ValueError, "`alpha` must lie in"),
    (lambda: LEAD(lr=-1.0), ValueError, "`lr` must be a positive number"),
    (lambda: CGD(lr=math.nan), ValueError, "`lr` must be a positive number"),
    (lambda: CGD(lr="a"), TypeError, "`lr` must be a positive number"),
    (lambda: CGD(beta2=1.0), ValueError, "`beta2` must lie in"),
    (lambda: Consensus(gamma=-1.0), ValueError, "`gamma` must be a finite number of at least 0"),
    (lambda: Optimistic(optimism="a"), TypeError, "`optimism` must be a number of at least 0"),
    (lambda: Unrolled(lr=-3.0), ValueError, "`lr` must be a positive number"),
    (lambda: FollowTheRidge(most=0), ValueError, "`most` must be a whole number"),
    (lambda: CLOSED.step(), ValueError, "uses the players it is given"),
    (lambda: detached(Simultaneous()).step(), ValueError, "loss of player 'x' does not depend on any parameter"),
    (lambda: detached(SGA()).step(), ValueError, "player 'x' does not depend on any"),
    (lambda: pair(FollowTheRidge(), schedules={"y.lr": ZERO}).step(), ValueError, "the lr of 'y' is 0"),
]


@pytest.mark.parametrize(("call", "kind", "words"), MORE_MISTAKES, ids=[row[2] for row in MORE_MISTAKES])
def test_more_mistakes_are_named(call: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


def test_players_may_be_given_as_generators() -> None:
    module = torch.nn.Linear(2, 2).double()
    game = Players(
        {"G": module.parameters(), "y": leaf(1.0)},
        lambda own, y: (own[0].sum() * y, -own[0].sum() * y),
        TENTH,
        averages=EMA(3.0),
    )
    saved, start = copy.deepcopy(game.state_dict()), flat(game)
    game.step()
    assert [t.shape for t in game.averaged("G")] == [(2, 2), (2,)]
    assert len(saved["players"]["G"]) == 2
    game.load_state_dict(saved)
    assert torch.equal(flat(game), start)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_gmres_reaches_the_residual_it_names(dtype: Any) -> None:
    torch.manual_seed(0)
    a, b = torch.randn(30, 30, dtype=dtype), torch.randn(30, dtype=dtype)
    found = gmres(lambda v: [a @ v[0]], [b], None, 1e-6, 30)
    true = float((a @ found.x[0] - b).norm() / b.norm())
    assert true < 3e-6 if dtype == torch.float32 else true < 1e-6
    assert abs(true - found.residual) < 3e-6
    again = [gmres(lambda v: [a.clone() @ v[0]], [b.clone()], None, 1e-6, 30).x[0] for _ in range(20)]
    assert all(torch.equal(x, found.x[0]) for x in again)


def test_gmres_on_a_singular_matrix_keeps_what_it_found() -> None:
    a = torch.diag(torch.tensor([1.0, 2.0, 0.0], dtype=torch.float64))
    found = gmres(lambda v: [a @ v[0]], [torch.tensor([1.0, 2.0, 0.0], dtype=torch.float64)], None, 1e-12, 10)
    assert torch.allclose(found.x[0], torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64))
    nothing = gmres(lambda v: [0.0 * v[0]], [torch.ones(2)], None, 1e-12, 10)
    assert nothing.x[0].tolist() == [0.0, 0.0]
    assert nothing.residual == 1.0


def weight_normed() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.nn.utils.weight_norm(torch.nn.Linear(2, 2))


def test_averages_of_modules_that_compute_their_weights() -> None:
    torch.manual_seed(0)
    G = weight_normed()
    game = Players({"G": G, "D": torch.nn.Linear(2, 1)}, gan_losses_of_two, adam, averages=Uniform())
    for _ in range(2):
        game.step(torch.randn(5, 2))
    average = game.averaged("G")
    x = torch.randn(3, 2)
    assert average(x).shape == (3, 2)
    assert not torch.equal(average(x), G(x))
    assert torch.equal(
        average.weight_v, game.averages["G"].tensors[[n for n, _ in G.named_parameters()].index("weight_v")]
    )


def gan_losses_of_two(G: Any, D: Any, real: Any) -> Any:
    fake = G(real)
    return -D(fake).mean(), (D(fake) - D(real)).mean() + 0.1 * D(real).square().mean()


def test_looks_leave_no_trace() -> None:
    torch.manual_seed(0)
    G = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2), torch.nn.Dropout(0.2))
    D = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(2, 1))
    D = torch.nn.Sequential(D)
    game = Players({"G": G, "D": D}, gan_losses_of_two, adam, Alternating(), averages=EMA(5.0))
    game.step(torch.randn(8, 2))
    before = copy.deepcopy((game.state_dict(), [p.grad for p in game.everything()]))
    assert "40 steps" in str(mm.diagnose(game, rounds=40))
    mm.diagnose(game, rounds=5, method=mm.GDA(eta=0.01, schedule="constant"))
    mm.game_jacobian(game.pair(), *game.pair().point())
    after = game.state_dict(), [p.grad for p in game.everything()]
    assert all(torch.equal(a, b) for a, b in zip(leaves_of(before), leaves_of(after), strict=True))


def leaves_of(value: Any) -> list[Any]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [leaf for key in sorted(value, key=str) for leaf in leaves_of(value[key])]
    return [leaf for part in value for leaf in leaves_of(part)] if isinstance(value, (list, tuple)) else []


@pytest.mark.parametrize(
    ("dynamics", "optimizers", "verdict"),
    [
        (Simultaneous(), TENTH, "spiralling out"),
        (Alternating(), TENTH, "cycling"),
        (ExtraGradient(), TENTH, "converging"),
        (CGD(0.3), None, "converged"),
    ],
)
def test_players_are_diagnosed_by_steps_of_their_own(dynamics: Any, optimizers: Any, verdict: str) -> None:
    game = pair(dynamics, optimizers)
    assert mm.diagnose(game, rounds=600).verdict == verdict
    assert (game.steps, flat(game).tolist()) == (0, [1.0, 1.0])


def test_three_players_are_watched() -> None:
    watch = mm.Monitor()
    three = {name: leaf(1.0) for name in "xyz"}
    losses = lambda x, y, z: (x * y - x * z, y * z - x * y, z * x - z * y)  # noqa: E731
    game = Players(three, losses, TENTH, Alternating(), watch=watch)
    for _ in range(50):
        game.step()
    assert watch.step == 49  # counted from zero
    with pytest.raises(ValueError, match="two players"):
        game.pair()


def test_a_checkpoint_that_does_not_fit_changes_nothing() -> None:
    def made(width: int = 2, **options: Any) -> Players:
        torch.manual_seed(width)
        options = {"optimizers": adam, "dynamics": Alternating(), **options}
        return Players({"G": torch.nn.Linear(2, 2), "D": torch.nn.Linear(2, width)}, gan_losses_of_two, **options)

    game, wide = made(), made(3)
    for one in (game, wide):
        one.step(torch.randn(4, 2))
    half = made()
    next(half.phases(torch.randn(4, 2)))
    cases: list[tuple[Any, str]] = [
        (wide.state_dict(), "size mismatch"),
        ({"a": 1}, "lacks averages, counts"),
        (pair(Simultaneous()).state_dict(), "holds players x, y"),
        (made(optimizers=None, dynamics=CGD(0.1)).state_dict(), "holds optimizers none"),
    ]
    before = copy.deepcopy(game.state_dict())
    for state, words in cases:
        with pytest.raises((ValueError, RuntimeError), match=words):
            game.load_state_dict(state)
        assert all(torch.equal(a, b) for a, b in zip(leaves_of(before), leaves_of(game.state_dict()), strict=True))
    with pytest.raises(ValueError, match="in phase 1 of a step of Alternating"):
        made(dynamics=ExtraGradient()).load_state_dict(half.state_dict())
    one, other = torch.Generator(), torch.Generator()
    with pytest.raises(ValueError, match="other `generators`"):
        made(generators=[one, other]).load_state_dict(game.state_dict())


def test_a_checkpoint_does_not_change_the_kind_of_an_average() -> None:
    short, long, uniform = (pair(Simultaneous(), averages=kind) for kind in (EMA(5.0), EMA(50.0), Uniform()))
    short.step()
    for game in (long, uniform):
        game.load_state_dict(short.state_dict())
    assert (long.averages["x"].half_life, uniform.averages["x"].half_life) == (50.0, math.inf)


def test_another_dynamics_begins_with_no_memory() -> None:
    game = Players(TWO_LEAVES, lambda x, y: (-x, -y), sgd(1.0), Lookahead(4, 0.5))
    for _ in range(4):
        game.step()
    with torch.no_grad():
        assert flat(game).tolist() == [2.0, 2.0]
    game.dynamics = Simultaneous()
    for _ in range(8):
        game.step()
    game.dynamics = Lookahead(4, 0.5)
    for _ in range(4):
        game.step()
    assert flat(game).tolist() == [12.0, 12.0]
    phases = game.phases()
    game.dynamics = ExtraGradient()
    next(game.phases())
    with pytest.raises(RuntimeError, match="between two steps"):
        game.dynamics = Simultaneous()
    phases.close()


TWO_LEAVES = {"x": leaf(0.0), "y": leaf(0.0)}


def test_an_iterator_that_runs_out_where_nothing_is_kept() -> None:
    game = pair(Alternating(), nonfinite="ignore")
    with pytest.raises(optim.OutOfBatches, match="its first phases did may stand"):
        game.step(iter([1.0]))
    with pytest.raises(optim.OutOfBatches, match="nobody has moved"):
        game.step(iter([]))


def test_follow_the_ridge_warms_up_from_zero() -> None:
    game = pair(FollowTheRidge(), schedules={"lr": optim.Linear(0.0, 0.1, 2)})
    game.step()
    assert flat(game).tolist() == [1.0, 1.0]
    game.step()
    assert flat(game).tolist() != [1.0, 1.0]


def test_a_scaler_and_a_player_without_a_gradient() -> None:
    g, d = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
    losses = dict.fromkeys("GD", lambda g, d, batch: d(batch).mean())
    game = Players({"G": g, "D": d}, losses, TENTH, Alternating(), scaler=torch.amp.GradScaler("cpu"))
    game.step(torch.ones(3, 2))
    assert game.steps == 1


def test_an_error_of_the_losses_leaves_running_statistics_where_they_were() -> None:
    ends = []
    for fails in (False, True):
        torch.manual_seed(0)
        G, D = torch.nn.BatchNorm1d(2), torch.nn.Linear(2, 1)
        calls = []

        def losses(G: Any, D: Any, batch: Any, calls: Any = calls, fails: bool = fails) -> Any:
            found = gan_losses_of_two(G, D, batch)
            calls.append(1)
            if fails and len(calls) == 2:
                raise KeyboardInterrupt
            return found

        game = Players({"G": G, "D": D}, losses, TENTH, accumulate=2)
        batches = [torch.arange(8.0).reshape(4, 2), torch.arange(8.0).reshape(4, 2) ** 2]
        if fails:
            with pytest.raises(KeyboardInterrupt):
                game.step(batches)
        game.step(batches)
        ends.append([*flat(game), *G.running_mean, G.num_batches_tracked])
    assert ends[0] == ends[1]


@pytest.mark.parametrize("dynamics", [CGD(0.2), SGA(), Consensus(0.3), LEAD(0.1)])
def test_complex_players_are_pairs_of_real_ones(dynamics: Any) -> None:
    def end(pairs: bool) -> list[float]:
        x, y = (torch.tensor(v, dtype=torch.complex128) for v in ([1.0 + 0.5j, -0.2j], [0.3 - 1.0j, 0.7]))
        if pairs:
            x, y = torch.view_as_real(x).clone(), torch.view_as_real(y).clone()
        x.requires_grad_()
        y.requires_grad_()

        def objective(x: Any, y: Any) -> Any:
            x, y = (x, y) if x.is_complex() else (torch.view_as_complex(x), torch.view_as_complex(y))
            return (x * y.conj() * torch.tensor([1.0 + 2.0j, 0.5])).real.sum() + 0.1 * (x.abs() ** 2).sum()

        optimizers = None if isinstance(dynamics, (CGD, LEAD)) else sgd(0.1)
        game = Players.zero_sum(min=x, max=y, objective=objective, optimizers=optimizers, dynamics=dynamics)
        for _ in range(5):
            game.step()
        return [
            v
            for p in (x, y)
            for v in torch.view_as_real(
                p.detach() + 0j if not pairs else p.detach().clone().view(torch.complex128).squeeze(-1)
            )
            .ravel()
            .tolist()
        ]

    assert end(False) == pytest.approx(end(True), rel=1e-9)


def test_schedules_of_numpy_are_saved() -> None:
    game = pair(Simultaneous(), schedules={"lr": lambda t: np.float64(0.1)})
    file = io.BytesIO()
    torch.save(game.state_dict(), file)
    file.seek(0)
    game.load_state_dict(torch.load(file, weights_only=True))


@pytest.mark.parametrize("dynamics", [Simultaneous(), Consensus(), SGA(), Optimistic(), ExtraGradient()])
def test_parameters_that_no_loss_uses_stay(dynamics: Any) -> None:
    used, unused, frozen = leaf(1.0), leaf(1.0), leaf(1.0)
    game = Players(
        {"x": [used, unused, frozen], "y": leaf(1.0)},
        lambda x, y: (x[0] * y * x[2], -x[0] * y),
        lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.5),
        dynamics,
    )
    frozen.requires_grad_(False)
    game.step()
    assert (unused.item(), frozen.item()) == (1.0, 1.0)
    assert used.item() != 1.0


def test_generators_of_the_users_own_are_replayed_and_saved() -> None:
    noise = torch.Generator().manual_seed(3)
    drawn: list[float] = []

    def objective(x: Any, y: Any) -> Any:
        drawn.append(torch.rand((), generator=noise).item())
        return x * y + drawn[-1] * x

    game = Players.zero_sum(
        min=leaf(1.0),
        max=leaf(1.0),
        objective=objective,
        optimizers=TENTH,
        dynamics=ExtraGradient(),
        generators=[noise],
    )
    game.step()
    assert drawn[0] == drawn[1]
    saved = copy.deepcopy(game.state_dict())
    game.step()
    end = flat(game)
    game.load_state_dict(saved)
    game.step()
    assert drawn[2] == drawn[3] == drawn[4] != drawn[0]
    assert torch.equal(flat(game), end)


def test_losses_that_a_step_left_out_did_not_see_are_nan() -> None:
    game = pair(Unrolled(1), nonfinite="skip")
    found = game.step(math.nan)
    assert set(found) == {"x", "y"}
    assert math.isnan(found["x"])
    assert game.skipped == 1


def test_gmres_on_singular_matrices_stays_small() -> None:
    torch.manual_seed(0)
    for dtype in (torch.float32, torch.float64):
        a = torch.diag(torch.tensor([1.0, 0.0], dtype=dtype))
        found = gmres(lambda v, a=a: [a @ v[0]], [torch.ones(2, dtype=dtype)], None, 1e-12, 10)
        assert found.x[0].norm() < 10.0
        low = torch.randn(20, 10, dtype=dtype) @ torch.randn(10, 20, dtype=dtype)
        b = torch.randn(20, dtype=dtype)
        found = gmres(lambda v, a=low: [a @ v[0]], [b], None, 1e-12, 40)
        true = float((low @ found.x[0] - b).norm() / b.norm())
        assert found.x[0].norm() < 1e3
        assert found.residual == pytest.approx(true, abs=1e-3)
    for size in (1e25, 1e-20):
        a = torch.diag(torch.tensor([size, 2 * size], dtype=torch.float64))
        found = gmres(lambda v, a=a: [a @ v[0]], [torch.ones(2, dtype=torch.float64)], None, 1e-12, 10)
        assert found.x[0].tolist() == pytest.approx([1.0 / size, 0.5 / size])


def test_competitive_gradient_descent_where_its_system_is_singular() -> None:
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in ([0.3, 0.7], [0.9, -0.4]))
    losses = lambda x, y: (x[0] * y[0] + x[1], x[0] * y[0] + y[1])  # noqa: E731
    Players({"x": x, "y": y}, losses, dynamics=CGD(lr=1.0)).step()
    assert x.detach().abs().max() < 10.0


@pytest.mark.long
@pytest.mark.parametrize("nonfinite", ["raise", "skip", "stop", "ignore"])
def test_runs_that_explode_or_never_begin_are_diagnosed(nonfinite: str) -> None:
    explodes = Players.zero_sum(
        min=leaf(2.0),
        max=leaf(2.0),
        objective=lambda x, y: x**3 * y - y**3 * x * x,
        optimizers=sgd(1.0),
        nonfinite=nonfinite,
    )
    assert mm.diagnose(explodes).verdict in ("diverged", "undecided", "spiralling out")
    lost = Players.zero_sum(
        min=leaf(2.0), max=leaf(2.0), objective=lambda x, y: x * y * math.nan, optimizers=TENTH, nonfinite=nonfinite
    )
    assert mm.diagnose(lost).verdict in ("diverged", "undecided")
    assert mm.diagnose(pair(Simultaneous()), rounds=5).verdict == "undecided"


def test_looks_put_back_what_others_hold() -> None:
    class Counting(torch.nn.Linear):
        def __init__(self) -> None:
            super().__init__(2, 2)
            self.register_buffer("calls", torch.zeros(()), persistent=False)

        def forward(self, x: Any) -> Any:
            self.calls += 1.0
            return super().forward(x)

    lr = torch.tensor(0.1)
    game = Players(
        {"G": Counting(), "D": torch.nn.Linear(2, 1)},
        gan_losses_of_two,
        lambda p: torch.optim.Adam(p, lr=lr, capturable=False, foreach=False),
        schedules={"foo": optim.Cosine(1.0, 0.0, 10), "lr": optim.Cosine(0.1, 0.0, 10)},
    )
    for _ in range(3):
        game.step(torch.ones(4, 2))
    before = (dict(game.scheduled), lr.item(), game.players["G"].calls.item(), dict(game.latest))
    mm.diagnose(game, rounds=20)
    assert (dict(game.scheduled), lr.item(), game.players["G"].calls.item(), dict(game.latest)) == before
    assert all(optimizer.param_groups[0]["lr"] is lr for optimizer in game.optimizers.values())


def test_looks_before_the_first_step_say_what_they_lack() -> None:
    game = Players({"G": torch.nn.Linear(2, 2), "D": torch.nn.Linear(2, 1)}, gan_losses_of_two, adam)
    with pytest.raises(TypeError, match="take a step first"):
        mm.diagnose(game)


def test_moments_that_are_no_longer_kept_are_not_put_back() -> None:
    ends = []
    for bad in (False, True):
        game = pair(ExtraGradient(), lambda p: optim.ExtraAdam(p, lr=0.1, moments="both"), nonfinite="skip")
        game.step()
        for optimizer in game.optimizers.values():
            optimizer.param_groups[0]["moments"] = "commit"
        for _ in range(3):
            game.step()
        if bad:
            game.step(math.nan)
        game.step()
        ends.append(flat(game))
    assert torch.equal(*ends)
