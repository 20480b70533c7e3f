"""Gradient penalties: values by hand, by double backward, and compiled in one graph; optimizers compiled."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from minmax import optim  # noqa: E402

BACKENDS = ["aot_eager", pytest.param("inductor", marks=pytest.mark.long)]
# Inductor's own warnings about cores and precision are not ours.
pytestmark = pytest.mark.filterwarnings("default")


def discriminator(seed: int = 0) -> Any:
    torch.manual_seed(seed)
    layers = [
        torch.nn.Linear(6, 16),
        torch.nn.Tanh(),
        torch.nn.Linear(16, 8),
        torch.nn.Softplus(),
        torch.nn.Linear(8, 1),
    ]
    return torch.nn.Sequential(torch.nn.Flatten(), *layers).double()


def samples(seed: int) -> Any:
    return torch.randn(7, 2, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def chance() -> Any:
    return torch.Generator().manual_seed(11)


PENALTIES = {
    "r1": lambda D, real, fake: optim.r1(D, real, 0.7),
    "r2": lambda D, real, fake: optim.r2(D, fake, 0.7),
    "wgan_gp": lambda D, real, fake: optim.wgan_gp(D, real, fake, generator=chance()),
    "wgan_gp one-sided": lambda D, real, fake: optim.wgan_gp(
        D, real, fake, one_sided=True, center=0.01, generator=chance()
    ),
    "wgan_gp at zero": lambda D, real, fake: optim.wgan_gp(D, real, fake, center=0.0, generator=chance()),
    "dragan": lambda D, real, fake: optim.dragan(D, real, generator=chance()),
}


def norms(D: Any, points: Any) -> Any:
    points = points.detach().requires_grad_()
    (grads,) = torch.autograd.grad(D(points).sum(), points, create_graph=True)
    return grads.flatten(1).norm(dim=1)


def between(real: Any, fake: Any) -> Any:
    share = torch.rand((7, 1, 1), dtype=real.dtype, generator=chance())
    return (1.0 - share) * real + share * fake


def around(real: Any) -> Any:
    return real + 0.5 * real.std(correction=0) * torch.rand(real.shape, dtype=real.dtype, generator=chance())


# The papers' formulas by double backward, as they are mostly written.
DOUBLE_BACKWARD = {
    "r1": lambda D, real, fake: 0.35 * (norms(D, real) ** 2).mean(),
    "r2": lambda D, real, fake: 0.35 * (norms(D, fake) ** 2).mean(),
    "wgan_gp": lambda D, real, fake: 10.0 * ((norms(D, between(real, fake)) - 1.0) ** 2).mean(),
    "wgan_gp one-sided": lambda D, real, fake: (
        10.0 * ((norms(D, between(real, fake)) - 0.01).clamp(min=0.0) ** 2).mean()
    ),
    "wgan_gp at zero": lambda D, real, fake: 10.0 * (norms(D, between(real, fake)) ** 2).mean(),
    "dragan": lambda D, real, fake: 10.0 * ((norms(D, around(real)) - 1.0) ** 2).mean(),
}


def with_gradients(penalty: Any, D: Any) -> list[Any]:
    value = penalty(D, samples(1), samples(2))
    return [value.detach(), *torch.autograd.grad(value, [p for p in D.parameters() if p.dim() == 2])]


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_is_that_of_double_backward(name: str) -> None:
    D = discriminator()
    ours, theirs = (with_gradients(table[name], D) for table in (PENALTIES, DOUBLE_BACKWARD))
    assert ours[0] > 0.0
    assert all(torch.allclose(a, b, atol=1e-9, rtol=1e-9) for a, b in zip(ours, theirs))


# Generators are no part of a graph: what is compiled draws from the default one, at the same seed.
GRAPHS = {
    "r1": lambda D, real, fake: optim.r1(D, real, 0.7),
    "r2": lambda D, real, fake: optim.r2(D, fake, 0.7),
    "wgan_gp": lambda D, real, fake: optim.wgan_gp(D, real, fake),
    "wgan_gp one-sided": lambda D, real, fake: optim.wgan_gp(D, real, fake, one_sided=True, center=0.01),
    "wgan_gp at zero": lambda D, real, fake: optim.wgan_gp(D, real, fake, center=0.0),
    "dragan": lambda D, real, fake: optim.dragan(D, real),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", GRAPHS)
def test_a_penalty_compiles_in_one_graph(name: str, backend: str) -> None:
    torch.compiler.reset()
    D = discriminator()
    if backend == "inductor":
        torch._inductor.config.fallback_random = True  # the eager generator, to compare draw by draw
    try:
        found = []
        for penalty in (GRAPHS[name], torch.compile(GRAPHS[name], fullgraph=True, backend=backend)):
            torch.manual_seed(4)
            found.append(with_gradients(penalty, D))
        assert all(torch.allclose(a, b, atol=1e-10, rtol=1e-10) for a, b in zip(*found))
    finally:
        if backend == "inductor":
            torch._inductor.config.fallback_random = False


def test_slopes_at_a_flat_point_are_finite() -> None:
    flat = torch.nn.Linear(2, 1, dtype=torch.float64)
    torch.nn.init.zeros_(flat.weight)
    for center in (0.0, 1.0):
        penalty = optim.wgan_gp(
            flat, torch.zeros(3, 2, dtype=torch.float64), torch.ones(3, 2, dtype=torch.float64), center=center
        )
        penalty.backward()
        assert torch.isfinite(flat.weight.grad).all()
        assert penalty.item() == pytest.approx(10.0 * center, abs=1e-4)


def test_samples_of_two_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="as many samples of one shape"):
        optim.wgan_gp(discriminator(), samples(1), samples(2)[:3])


def test_spectral_normalisation_is_torchs_own() -> None:
    D = optim.spectrally_normalised(
        torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(8, 4))
    )
    for _ in range(200):
        D(torch.randn(2, 1, 4, 4))
    weights = [D[0].weight.flatten(1), D[2].weight]
    assert [float(torch.linalg.matrix_norm(w.detach(), 2)) for w in weights] == pytest.approx([1.0, 1.0], abs=1e-3)
    assert optim.spectrally_normalised(D) is D
    assert len(D[2].parametrizations.weight) == 1


STEPS = {
    "OptimisticSGD": lambda p: optim.OptimisticSGD(p, lr=0.1),
    "OptimisticAdam": lambda p: optim.OptimisticAdam(p, lr=0.1, betas=(0.5, 0.9), weight_decay=0.1),
    "ExtraAdam": lambda p: optim.ExtraAdam(p, lr=0.1, amsgrad=True),
    "PastExtraAdamW": lambda p: optim.PastExtraAdamW(p, lr=0.1, weight_decay=0.1),
    "AnchoredSGD": lambda p: optim.AnchoredSGD(p, lr=0.1),
    "HalpernSGD": lambda p: optim.HalpernSGD(p, lr=0.1),
}


@pytest.mark.parametrize(
    ("name", "backend"),
    [(n, b) for n in STEPS for b in ("aot_eager", "inductor")],
)
@pytest.mark.parametrize("foreach", [False, True])
@pytest.mark.long
def test_a_compiled_step_is_the_eager_one(name: str, backend: str, foreach: bool) -> None:
    torch.compiler.reset()
    ends = []
    for compiled in (False, True):
        params = [torch.nn.Parameter(torch.linspace(-1.0, 1.0, n, dtype=torch.float64)) for n in (3, 5)]
        opt = STEPS[name](params)
        for group in opt.param_groups:
            group["foreach"] = foreach
        step = torch.compile(opt.step, backend=backend) if compiled else opt.step
        for _ in range(6):
            for _ in opt.phases():
                for k, p in enumerate(params):
                    p.grad = p.detach() * (k + 1.0) + 0.3
                step()
        ends.append(torch.cat([p.detach() for p in params]))
    assert torch.allclose(*ends, atol=1e-12)


def test_a_compiled_step_is_not_compiled_again_at_every_step() -> None:
    torch.compiler.reset()
    graphs = itertools.count()
    params = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    opt = optim.OptimisticAdam(params, foreach=True)

    def backend(graph: Any, inputs: Any) -> Any:
        next(graphs)
        return graph.forward

    step = torch.compile(opt.step, backend=backend)
    for t in range(8):
        for p in params:
            p.grad = torch.ones_like(p)
        step()
        if t == 2:
            settled = next(graphs)
    assert next(graphs) == settled + 1


def test_penalties_take_layers_that_keep_statistics_and_single_numbers() -> None:
    layers = [torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten(), torch.nn.Linear(144, 1)]
    optim.r1(torch.nn.Sequential(*layers), torch.randn(5, 1, 8, 8)).backward()
    assert torch.isfinite(layers[0].weight.grad).all()
    assert optim.r1(lambda x: 3.0 * x, torch.zeros(4), 2.0).item() == pytest.approx(9.0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_penalties_in_half_precision_have_finite_slopes(dtype: Any) -> None:
    D = torch.nn.Linear(3, 1).to(dtype)
    torch.nn.init.zeros_(D.weight)
    one = torch.ones(2, 3, dtype=dtype)
    optim.wgan_gp(D, one, 0.0 * one).backward()
    assert D.weight.grad.isfinite().all()
    steep = torch.full((1, 3), 300.0, dtype=dtype)  # squares of its slopes are out of half's range
    assert optim.r1(lambda x: (x * steep).sum(1), one).item() == pytest.approx(0.5 * 3 * 300.0**2, rel=0.01)


LINEAR = torch.nn.Linear(2, 1)
MISTAKES = [
    (lambda: optim.r1(LINEAR, torch.zeros(0, 2)), r"batch of real numbers; got torch.float32 of shape \(0, 2\)"),
    (lambda: optim.r1(LINEAR, torch.zeros(3, 2, dtype=torch.uint8)), "batch of real numbers; got torch.uint8"),
    (lambda: optim.r1(lambda x: LINEAR(x).detach(), torch.zeros(3, 2)), "scores do not depend on the points"),
    (lambda: optim.spectrally_normalised(torch.nn.LazyLinear(2)), "has no weight yet"),
    (lambda: optim.spectrally_normalised(old_style()), "computes its weight already"),
]


def old_style() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.nn.utils.spectral_norm(torch.nn.Linear(2, 2))


@pytest.mark.parametrize(("call", "words"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_mistakes_of_penalties_are_named(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_dragan_on_a_single_number() -> None:
    assert optim.dragan(lambda x: 3.0 * x.sum(1), torch.ones(1, 1), center=1.0).item() == pytest.approx(40.0)
