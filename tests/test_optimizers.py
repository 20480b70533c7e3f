"""Optimizers of players: torch's conventions, one flag at a time, against the papers' formulas in plain numpy."""

from __future__ import annotations

import copy
import io
import itertools
import math
import pickle
import weakref
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from table import seldom  # noqa: E402

import minmax as mm  # noqa: E402
from minmax import optim  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")


@pytest.fixture
def compiled() -> None:
    """Asked for by tests of the fused pass as users have it."""


@pytest.fixture(autouse=True)
def interpreted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fused pass be interpreted, where it is not its compiled form that is tested: that takes a second each."""
    from minmax.optim import fused

    def advance(*arguments: Any) -> None:
        with np.errstate(all="ignore"):
            fused.advance_memory(*arguments)

    if "compiled" not in request.fixturenames and request.node.get_closest_marker("long") is None:
        monkeypatch.setattr(fused, "advance_compiled", advance)


rng = np.random.default_rng(3)
COUPLING = rng.normal(size=(4, 3))
START = [rng.normal(size=(2, 2)), rng.normal(size=3)]


def operator(z: list[np.ndarray]) -> list[np.ndarray]:
    """Gradients of what each player minimises: f = x'Ay + .1 |x|^2 - .15 |y|^2, another size for each parameter."""
    x, y = z[0].ravel(), z[1]
    return [(COUPLING @ y + 0.2 * x).reshape(z[0].shape), -COUPLING.T @ x + 0.3 * y]


class Naive:
    """The optimizers as their papers write them, in float64, one parameter after the other."""

    def __init__(self, z: list[np.ndarray], kind: str, lr: list[float], **options: Any) -> None:
        self.z, self.kind, self.lr, self.options = [p.copy() for p in z], kind, lr, options
        self.t, self.updates = 0, 0
        self.m, self.v, self.top, self.last = ([np.zeros_like(p) for p in z] for _ in range(4))
        self.base = [p.copy() for p in z]
        self.start = [p.copy() for p in z]

    def direction(self, k: int, g: np.ndarray, z: np.ndarray, updates: int, keep: bool = True) -> np.ndarray:
        o = self.options
        decay = o.get("weight_decay", 0.0)
        if "betas" not in o:
            return g + decay * z
        b1, b2 = o["betas"]
        g = g if o.get("decoupled") else g + decay * z
        m, v = b1 * self.m[k] + (1 - b1) * g, b2 * self.v[k] + (1 - b2) * g**2
        top = np.maximum(self.top[k], v)
        if keep:
            self.m[k], self.v[k], self.top[k] = m, v, top
        ahead = m / (1 - b1**updates)
        if o.get("nesterov"):
            ahead = b1 * m / (1 - b1 ** (updates + 1)) + (1 - b1) * g / (1 - b1**updates)
        d = ahead / (np.sqrt((top if o.get("amsgrad") else v) / (1 - b2**updates)) + o.get("eps", 1e-8))
        return d + decay * z if o.get("decoupled") else d

    def step(self) -> None:
        self.t += 1
        getattr(self, self.kind)()

    def each(self, updates: int, keep: bool = True) -> list[np.ndarray]:
        return [self.direction(k, g, self.z[k], updates, keep) for k, g in enumerate(operator(self.z))]

    def optimistic(self) -> None:
        o = self.options.get("optimism", 1.0)
        for k, d in enumerate(self.each(self.t)):
            last = d if self.t == 1 else self.last[k]
            self.z[k] = self.z[k] - self.lr[k] * (d + o * (d - last))
            self.last[k] = d

    def extra(self) -> None:
        both = self.options.get("moments") == "both"
        base = [p.copy() for p in self.z]
        ahead = self.each(2 * self.t - 1 if both else self.t, keep=both)
        self.z = [p - lr * d for p, lr, d in zip(base, self.lr, ahead)]
        there = self.each(2 * self.t if both else self.t)
        self.z = [p - lr * d for p, lr, d in zip(base, self.lr, there)]

    def past(self) -> None:
        # z holds w, where gradients are taken.
        d = self.each(self.t)
        if self.t == 1 and self.options.get("first", "plain") == "plain":
            self.z = [p - lr * s for p, lr, s in zip(self.z, self.lr, d)]
            return
        self.base = [p - lr * s for p, lr, s in zip(self.base, self.lr, d)]
        self.z = [p - lr * s for p, lr, s in zip(self.base, self.lr, d)]

    def anchored(self) -> None:
        k, kind = self.t - 1, self.options["anchoring"]
        pull, first, lr = 1 / (k + 2), 1.0, self.lr
        if kind == "FEG":
            pull, first = 1 / (k + 1), k / (k + 1)
        if kind == "EAGV":
            alpha = 0.618
            for j in range(k):
                alpha *= 1 - alpha**2 / (1 - alpha**2) / ((j + 1) * (j + 3))
            lr = [size * alpha / 0.618 for size in lr]
        base = [p.copy() for p in self.z]
        toward = [p + pull * (s - p) for p, s in zip(base, self.start)]
        self.z = [p - first * size * d for p, size, d in zip(toward, lr, self.each(self.t))]
        self.z = [p - size * d for p, size, d in zip(toward, lr, self.each(self.t))]

    def halpern(self) -> None:
        t = self.t
        self.z = [(t * (p - lr * d) + s) / (t + 1) for p, lr, d, s in zip(self.z, self.lr, self.each(t), self.start)]

    def negative(self) -> None:
        after = [
            p - lr * d + self.options["momentum"] * (p - b)
            for p, lr, d, b in zip(self.z, self.lr, self.each(self.t), self.base)
        ]
        self.base, self.z = self.z, after


ADAM = {"betas": (0.0, 0.9)}
HEAVY = {"betas": (0.5, 0.9), "eps": 1e-6, "weight_decay": 0.05}

CASES: list[tuple[str, Any, str, dict[str, Any], dict[str, Any]]] = [
    ("OptimisticSGD", optim.OptimisticSGD, "optimistic", {"optimism": 0.7, "weight_decay": 0.1}, {}),
    ("ExtraSGD", optim.ExtraSGD, "extra", {"weight_decay": 0.1}, {}),
    ("PastExtraSGD", optim.PastExtraSGD, "past", {"first": "zero"}, {}),
    ("FEG", optim.AnchoredSGD, "anchored", {"anchoring": "FEG", "weight_decay": 0.1}, {}),
    ("EAGC", optim.AnchoredSGD, "anchored", {"anchoring": "EAGC"}, {}),
    ("EAGV", optim.AnchoredSGD, "anchored", {"anchoring": "EAGV"}, {}),
    ("HalpernSGD", optim.HalpernSGD, "halpern", {}, {}),
    ("NegativeMomentumSGD", optim.NegativeMomentumSGD, "negative", {"momentum": -0.3}, {}),
    ("OptimisticAdam", optim.OptimisticAdam, "optimistic", {**ADAM, "optimism": 1.0}, {}),
    ("OptimisticAdam-heavy", optim.OptimisticAdam, "optimistic", {**HEAVY, "nesterov": True}, {}),
    ("OptimisticAdam-amsgrad", optim.OptimisticAdam, "optimistic", {**HEAVY, "amsgrad": True}, {}),
    ("OptimisticAdamW", optim.OptimisticAdamW, "optimistic", HEAVY, {"decoupled": True}),
    ("ExtraAdam", optim.ExtraAdam, "extra", {**HEAVY, "amsgrad": True}, {}),
    ("ExtraAdam-both", optim.ExtraAdam, "extra", {**HEAVY, "moments": "both"}, {}),
    ("ExtraAdamW", optim.ExtraAdamW, "extra", HEAVY, {"decoupled": True}),
    ("PastExtraAdam", optim.PastExtraAdam, "past", ADAM, {}),
    ("PastExtraAdamW", optim.PastExtraAdamW, "past", HEAVY, {"decoupled": True}),
]
by_case = pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
FLAGS = [{"foreach": False}, {"foreach": True}, {"fused": True}, {"capturable": True, "foreach": False}]
FLAGS += [{"capturable": True, "foreach": True}, {"differentiable": True}]
# Longest error of sums of 40 steps: rounding of every step, and for bfloat16 what the game makes of it.
TOLERANCE = {"float64": 1e-12, "float32": 2e-4, "bfloat16": 0.2}
LR = [0.05, 0.08]


def parameters(dtype: Any = None) -> list[Any]:
    return [torch.nn.Parameter(torch.tensor(p, dtype=dtype or torch.float64)) for p in START]


def give(params: list[Any], sign: float = 1.0, reuse: bool = False) -> None:
    """Put the gradients of the game into `.grad`, in the memory of the last ones or in new memory."""
    found = operator([p.detach().double().numpy() for p in params])
    for p, g in zip(params, found):
        value = torch.tensor(sign * g, dtype=p.dtype)
        if reuse and p.grad is not None:
            p.grad.copy_(value)
        else:
            p.grad = value


def groups_of(params: list[Any], groups: int) -> list[dict[str, Any]]:
    return [{"params": params}] if groups == 1 else [{"params": [p], "lr": lr} for p, lr in zip(params, LR)]


def made(case: Any, params: list[Any], groups: int = 1, **flags: Any) -> Any:
    return case[1](groups_of(params, groups), lr=LR[0], **case[3], **flags)


def iterate(opt: Any, params: list[Any], sign: float = 1.0, reuse: bool = False) -> None:
    for _ in opt.phases():
        give(params, sign, reuse)
        opt.step()


def values(params: list[Any]) -> np.ndarray:
    return np.concatenate([p.detach().double().numpy().ravel() for p in params])


def check_flags(case: Any, dtype: str, flags: list[dict[str, Any]], steps: int) -> None:
    for groups in (1, 2):
        naive = Naive(START, case[2], LR if groups == 2 else LR[:1] * 2, **case[3], **case[4])
        wanted = []
        for _ in range(steps):
            naive.step()
            wanted.append(np.concatenate([p.ravel() for p in naive.z]))
        for flag, maximize, reuse in itertools.product(flags, (False, True), (False, True)):
            if case[3].get("anchoring") == "EAGV" and flag.get("capturable"):
                continue
            params = parameters(getattr(torch, dtype))
            if flag.get("differentiable"):
                params = [p.detach() for p in params]
            opt = made(case, params, groups, maximize=maximize, **flag)
            pointers = [p.data_ptr() for p in params]
            for t in range(steps):
                iterate(opt, params, -1.0 if maximize else 1.0, reuse)
                assert abs(values(params) - wanted[t]).max() < TOLERANCE[dtype], (flag, maximize, reuse, groups, t)
            assert [p.data_ptr() for p in params] == pointers


@by_case
def test_every_flag_is_the_papers_formula(case: Any) -> None:
    check_flags(case, "float64", FLAGS, 12)


@by_case
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_every_flag_is_the_papers_formula_in_short_numbers(case: Any, dtype: str) -> None:
    check_flags(case, dtype, FLAGS, 8)


EVERY_DAY = [case for case in CASES if case[0] in ("OptimisticSGD", "ExtraAdam", "OptimisticAdam-heavy")]
OTHERS = [case for case in CASES if case not in EVERY_DAY]


@pytest.mark.parametrize("case", [*EVERY_DAY, *seldom(*OTHERS)], ids=[case[0] for case in [*EVERY_DAY, *OTHERS]])
@pytest.mark.parametrize("dtype", ["float64", *seldom("float32", "bfloat16")])
def test_the_compiled_pass_is_the_papers_formula(case: Any, dtype: str, compiled: None) -> None:
    check_flags(case, dtype, [{"fused": True}], 8)


# ---------------------------------------------------------------------- what published optimizers get wrong

KINDS = [
    pytest.param(case, id=case[0])
    for case in CASES
    if case[0]
    not in ("EAGV", "EAGC", "OptimisticAdam-heavy", "OptimisticAdam-amsgrad", "OptimisticAdamW", "ExtraAdamW")
]
by_kind = pytest.mark.parametrize("case", KINDS)


def bilinear(make: Any, steps: int, start: tuple[float, float], **clear: Any) -> dict[int, float]:
    x, y = (torch.nn.Parameter(torch.tensor(v, dtype=torch.float64)) for v in start)
    opt = make([{"params": [x]}, {"params": [y], "maximize": True}])
    found = {}
    for t in range(1, steps + 1):
        for _ in opt.phases():
            opt.zero_grad(**clear)
            (x * y).backward()
            opt.step()
        found[t] = math.hypot(x.item(), y.item())
    return found


@pytest.mark.parametrize("set_to_none", [True, False])
@pytest.mark.parametrize("flag", [{"foreach": False}, {"foreach": True}, {"fused": True}])
def test_memory_of_gradients_may_be_used_again(set_to_none: bool, flag: dict[str, Any]) -> None:
    found = bilinear(lambda p: optim.OptimisticSGD(p, lr=0.1, **flag), 1000, (1.0, 1.0), set_to_none=set_to_none)
    assert found[1000] == pytest.approx(math.sqrt(2.0) * optimistic_radius(0.1, 1000), rel=1e-9)
    assert found[1000] < 0.0095  # plain descent-ascent is at 208


def optimistic_radius(e: float, steps: int) -> float:
    """Radius after some steps from the unit circle, by the recursion of oracles B1.4 on complex numbers."""
    before = z = 1.0 + 0.0j
    for _ in range(steps):
        before, z = z, z - 2j * e * z * -1 * -1 + 1j * e * before
    return abs(z)


def test_the_first_optimistic_step_is_not_double() -> None:
    for make in (lambda p: optim.OptimisticSGD(p, lr=0.1), lambda p: optim.OptimisticAdam(p, lr=0.1, eps=0.0)):
        x = torch.nn.Parameter(torch.ones(3))
        x.grad = torch.ones(3)
        make([x]).step()
        assert torch.allclose(x, torch.full((3,), 0.9))


def test_optimistic_adam_has_the_trajectory_of_optax() -> None:
    found = bilinear(
        lambda p: optim.OptimisticAdam(p, lr=0.01, betas=(0.9, 0.999), nesterov=True, optimism=100.0), 1024, (1.0, 2.0)
    )
    assert [found[4**i] for i in range(6)] == pytest.approx([2.243, 2.195, 2.161, 2.055, 0.796, 0.001], abs=1e-3)


@pytest.mark.parametrize(("beta", "optimism", "radius"), [(0.9, 1.0, 3.09), (0.0, 1.0, 0.74), (0.9, 0.0, 3.26)])
def test_momentum_keeps_optimistic_adam_on_its_circle(beta: float, optimism: float, radius: float) -> None:
    make = lambda p: optim.OptimisticAdam(p, lr=0.01, betas=(beta, 0.999), optimism=optimism, foreach=True)  # noqa: E731
    assert bilinear(make, 4096, (1.0, 2.0))[4096] == pytest.approx(radius, abs=0.005)


@by_kind
def test_a_checkpoint_between_two_halves_goes_on_exactly(case: Any) -> None:
    for stop in range(6):
        params = parameters()
        opt, halves = made(case, params, 2), 0
        for _ in range(3):
            for _ in opt.phases():
                give(params)
                opt.step()
                if halves == stop:
                    file = io.BytesIO()
                    torch.save({"opt": opt.state_dict(), "params": params}, file)
                halves += 1
        if halves <= stop:
            continue
        file.seek(0)
        saved = torch.load(file, weights_only=True)
        again = [torch.nn.Parameter(p.detach().clone()) for p in saved["params"]]
        other = made(case, again, 2)
        other.load_state_dict(saved["opt"])
        left = halves - stop - 1
        while left > 0:
            for _ in other.phases():
                give(again)
                other.step()
                left -= 1
        assert np.array_equal(values(params), values(again))


@by_kind
def test_optimizers_are_copied_and_pickled(case: Any) -> None:
    params = parameters()
    opt = made(case, params)
    for _ in range(2):
        iterate(opt, params)
    if opt.two_phases:
        give(params)
        opt.step()
    twins = [copy.deepcopy((params, opt)), pickle.loads(pickle.dumps((params, opt)))]
    for own, one in [(params, opt), *twins]:
        assert one.ahead == opt.two_phases or one is not opt
        iterate(one, own)
        iterate(one, own)
    assert all(np.array_equal(values(own), values(params)) for own, _ in twins)


@by_kind
def test_a_parameter_without_a_gradient_goes_back_to_its_base(case: Any) -> None:
    params, still = parameters(), torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
    opt = made(case, [*params, still])
    before = still.detach().clone()
    for missing in (LATE, EARLY, BOTH_HALVES):
        for half, _ in enumerate(opt.phases()):
            give(params)
            still.grad = None if half in missing else torch.ones(2, dtype=torch.float64)
            opt.step()
        if opt.two_phases and missing != EARLY:
            assert torch.equal(still, before)
        before = still.detach().clone()


EARLY, LATE, BOTH_HALVES = {0}, {1}, {0, 1}


@by_kind
def test_weight_decay_leaves_gradients_alone(case: Any) -> None:
    params = parameters()
    opt = case[1](params, lr=0.1, **{**case[3], "weight_decay": 0.5})
    for _ in opt.phases():
        give(params)
        kept = [p.grad.clone() for p in params]
        opt.step()
        assert all(torch.equal(p.grad, g) for p, g in zip(params, kept))


@by_kind
@pytest.mark.parametrize("flag", [{"foreach": False}, {"foreach": True}, {"fused": True}])
def test_a_step_does_not_depend_on_the_scale_of_a_scaler(case: Any, flag: dict[str, Any]) -> None:
    runs = []
    for scale in (None, 2.0**6):
        params = parameters()
        opt = made(case, params, **flag)
        scaler = torch.amp.GradScaler("cpu", init_scale=scale or 1.0, enabled=scale is not None)
        for _ in range(3):
            for _ in opt.phases():
                give(params, scale or 1.0)
                if scale is not None:
                    scaler.scale(torch.ones(()))
                scaler.step(opt)
                scaler.update()
        runs.append(values(params))
    assert np.allclose(*runs, atol=1e-12)


@by_kind
@pytest.mark.parametrize("half", [0, 1])
def test_an_overflow_in_either_half_leaves_parameters_as_they_were(case: Any, half: int) -> None:
    params = parameters()
    opt, scaler = made(case, params), torch.amp.GradScaler("cpu", init_scale=4.0)
    scaler.scale(torch.ones(()))

    def play(bad: int | None) -> None:
        for k, _ in enumerate(opt.phases()):
            give(params, scaler.get_scale())
            if k == bad:
                params[0].grad[0, 0] = math.inf
            scaler.step(opt)
            scaler.update()

    play(None)
    before = values(params)
    play(half if opt.two_phases else 0)
    assert np.array_equal(values(params), before)
    play(None)
    assert np.isfinite(values(params)).all()
    assert not np.array_equal(values(params), before)


@by_kind
def test_a_closure_takes_all_that_is_left_of_an_iteration(case: Any) -> None:
    runs = []
    for closed in (False, True):
        params = parameters()
        opt, calls = made(case, params), []

        def closure(params: list[Any] = params, calls: list[int] = calls) -> float:
            calls.append(1)
            give(params)
            return float(len(calls))

        for _ in range(3):
            if closed:
                assert opt.step(closure) == len(calls) - opt.two_phases
            else:
                iterate(opt, params)
        runs.append(values(params))
        assert len(calls) == (3 * (1 + opt.two_phases) if closed else 0)
    assert np.array_equal(*runs)


def test_a_phase_without_a_step_is_noticed() -> None:
    params = parameters()
    phases = optim.ExtraSGD(params).phases()
    assert next(phases) == "look ahead"
    with pytest.raises(RuntimeError, match="'look ahead' of ExtraSGD ended without"):
        next(phases)


@by_kind
@pytest.mark.parametrize("foreach", [False, True])
def test_complex_parameters_are_pairs_of_real_ones(case: Any, foreach: bool) -> None:
    z = torch.nn.Parameter(torch.tensor([1.0 + 2.0j, -0.5 + 0.25j], dtype=torch.complex128))
    pairs = torch.nn.Parameter(torch.view_as_real(z.detach()).clone())
    options = {key: value for key, value in case[3].items() if key != "amsgrad"}
    ones = [case[1]([p], lr=0.1, foreach=foreach, **options) for p in (z, pairs)]
    for _ in range(4):
        for _ in ones[0].phases():
            z.grad = (z * (0.5 + 1.0j)).detach()
            ones[0].step()
        for _ in ones[1].phases():
            pairs.grad = torch.view_as_real(torch.view_as_complex(pairs.detach()) * (0.5 + 1.0j)).clone()
            ones[1].step()
    assert torch.allclose(torch.view_as_real(z.detach()), pairs.detach(), atol=1e-12)


@by_kind
def test_sparse_gradients_are_refused(case: Any) -> None:
    table = torch.nn.Embedding(4, 2, sparse=True)
    opt = made(case, list(table.parameters()))
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(RuntimeError, match="does not support sparse gradients"):
        opt.step()


@by_kind
def test_torchs_own_tools_work_with_the_optimizers(case: Any) -> None:
    params = parameters()
    opt = made(case, params)
    schedule = torch.optim.lr_scheduler.ExponentialLR(opt, gamma=0.5)
    model = torch.nn.ParameterList(params)
    average = torch.optim.swa_utils.AveragedModel(model)
    seen = []
    opt.register_step_post_hook(lambda *_: seen.append(1))
    for t in range(3):
        for _ in opt.phases():
            give(params)
            torch.nn.utils.clip_grad_norm_(params, 0.5)
            opt.step()
        schedule.step()  # once an iteration
        average.update_parameters(model)
        assert opt.param_groups[0]["lr"] == pytest.approx(LR[0] * 0.5 ** (t + 1))
    assert len(seen) == 3 * (1 + opt.two_phases)
    assert "lr: 0.00625" in repr(opt)
    opt.add_param_group({"params": [torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))], "lr": 0.5})
    iterate(opt, params)


def test_the_learning_rate_can_be_learned() -> None:
    # d/dlr of the loss after three steps, against finite differences; the optimizer is differentiable.
    for make in (optim.OptimisticSGD, optim.OptimisticAdam, optim.ExtraSGD, optim.ExtraAdam, optim.AnchoredSGD):
        found = []
        for shift in (0.0, 1e-6):
            lr = torch.tensor(0.1 + shift, dtype=torch.float64, requires_grad=True)
            p = torch.ones(2, dtype=torch.float64).requires_grad_() * torch.tensor([1.0, 2.0], dtype=torch.float64)
            p.retain_grad()
            opt = make([p], lr=lr, differentiable=True)
            for _ in range(3):
                for _ in opt.phases():
                    p.grad = torch.stack([p[0] + p[1], p[1] - p[0]])
                    opt.step()
            loss = (p**2).sum()
            found.append((loss.item(), torch.autograd.grad(loss, lr)[0].item()))
        assert found[0][1] == pytest.approx((found[1][0] - found[0][0]) / 1e-6, rel=1e-4)


@by_kind
@pytest.mark.parametrize("flag", [{"foreach": False}, {"foreach": True}])
def test_a_tensor_learning_rate(case: Any, flag: dict[str, Any]) -> None:
    runs = []
    for lr in (0.05, torch.tensor(0.05, dtype=torch.float64)):
        params = parameters()
        opt = case[1](params, lr=lr, capturable=isinstance(lr, torch.Tensor), **case[3], **flag)
        for _ in range(4):
            iterate(opt, params)
        runs.append(values(params))
    assert np.allclose(*runs, atol=1e-12)


def test_moments_of_torchs_adam_are_taken_over() -> None:
    params, others = parameters(), parameters()
    adam = torch.optim.Adam(params, lr=0.05, betas=(0.5, 0.9))
    ours = optim.OptimisticAdam(others, lr=0.05, betas=(0.5, 0.9), optimism=0.0)
    for _ in range(3):
        give(params)
        adam.step()
        give(others)
        ours.step()
    assert np.allclose(values(params), values(others), atol=1e-12)
    taken = optim.OptimisticAdam(params, lr=0.05, betas=(0.5, 0.9), optimism=1.0)
    taken.load_state_dict(adam.state_dict())
    assert taken.param_groups[0]["optimism"] == 1.0
    give(params)
    give(others)
    taken.step()
    ours.step()
    assert np.allclose(values(params), values(others), atol=1e-12)  # the first optimistic step is plain


def test_a_schedule_may_raise_beta_from_zero() -> None:
    params = parameters()
    opt = optim.OptimisticAdam(params, lr=0.01)
    iterate(opt, params)
    assert "exp_avg" not in opt.state[params[0]]
    opt.param_groups[0]["betas"] = (0.5, 0.999)
    iterate(opt, params)
    assert torch.allclose(opt.state[params[0]]["exp_avg"], params[0].grad)


@pytest.mark.parametrize("shape", [(), (0,)])
def test_parameters_of_any_shape_and_order_of_memory(shape: tuple[int, ...]) -> None:
    for make in (lambda p, **f: optim.ExtraAdam(p, lr=0.1, **f), lambda p, **f: optim.OptimisticSGD(p, lr=0.1, **f)):
        ends = []
        for flag in ({"foreach": False}, {"foreach": True}, {"fused": True}):
            p = torch.nn.Parameter(torch.arange(float(math.prod(shape))).reshape(shape))
            q = torch.nn.Parameter(torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last))
            opt = make([p, q], **flag)
            for _ in range(3):
                for _ in opt.phases():
                    p.grad, q.grad = torch.ones_like(p), torch.arange(24.0).reshape(1, 2, 3, 4)
                    opt.step()
            ends.append(torch.cat([p.detach().reshape(-1), q.detach().reshape(-1)]))
            assert q.is_contiguous(memory_format=torch.channels_last)
        assert torch.allclose(ends[0], ends[1], atol=1e-6)
        assert torch.allclose(ends[0], ends[2], atol=1e-6)


def test_threads_of_the_fused_pass_share_the_work(monkeypatch: pytest.MonkeyPatch, compiled: None) -> None:
    from minmax.optim import fused

    monkeypatch.setattr(fused, "GRAIN", 1000)
    before = torch.get_num_threads()
    try:
        ends = []
        for threads in (1, 3):
            torch.set_num_threads(threads)
            params = [torch.nn.Parameter(torch.linspace(-1, 1, n)) for n in (10_000, 7, 15_000)]
            opt = optim.OptimisticAdam(params, fused=True)
            for _ in range(2):
                for p in params:
                    p.grad = p.detach() ** 2 + 0.1
                opt.step()
            ends.append(torch.cat([p.detach() for p in params]))
        assert torch.equal(*ends)
    finally:
        torch.set_num_threads(before)


WRONG = [
    (lambda p: optim.OptimisticSGD(p, lr=-0.1), ValueError, "`lr` must be a finite number >= 0"),
    (lambda p: optim.OptimisticAdam(p, betas=(1.0, 0.9)), ValueError, r"`betas\[0\]` must lie in"),
    (lambda p: optim.ExtraAdam(p, eps=-1.0), ValueError, "`eps` must be"),
    (lambda p: optim.ExtraAdam(p, optimism=1.0), TypeError, "takes no `optimism`; its options are lr, betas"),
    (lambda p: optim.ExtraAdam(p, moments="never"), ValueError, '"commit" or "both"'),
    (lambda p: optim.AnchoredSGD(p, anchoring="anchor"), ValueError, "one of FEG, EAGC, EAGV"),
    (lambda p: optim.AnchoredSGD(p, anchoring=mm.EAGV, capturable=True), ValueError, "take FEG or EAGC"),
    (lambda p: optim.PastExtraSGD(p, first="second"), ValueError, '"plain" or "zero"'),
    (lambda p: optim.ExtraSGD(p, fused=True, foreach=True), RuntimeError, "cannot be True together"),
    (lambda p: optim.ExtraSGD(p, fused=True, differentiable=True), RuntimeError, "does not support `differentiable`"),
    (lambda p: optim.ExtraSGD(p, lr=torch.ones(2)), ValueError, "must be one number"),
    (lambda p: optim.ExtraSGD(p, lr=torch.tensor(0.1), foreach=True), ValueError, "needs `capturable=True`"),
    (lambda p: optim.ExtraSGD([{"params": p, "lr": float("nan")}]), ValueError, "`lr` must be a finite"),
    (lambda p: stepped(optim.ExtraSGD([p[0].half()], fused=True)), RuntimeError, "needs dense parameters of float32"),
    (lambda p: stepped(optim.ExtraSGD([p[0].expand(3, 2, 2)], fused=True)), RuntimeError, "needs dense parameters"),
]


def stepped(opt: Any) -> None:
    for group in opt.param_groups:
        for p in group["params"]:
            p.grad = torch.zeros_like(p)
    opt.step()


@pytest.mark.parametrize(("call", "kind", "words"), WRONG, ids=[row[2] for row in WRONG])
def test_mistakes_are_named(call: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        call([p.detach() for p in parameters()])


# ---------------------------------------------------------------------- one formula on every carrier

RULES = [
    (mm.OptimisticGDA(0.05, "constant"), lambda p, **f: optim.OptimisticSGD(p, lr=0.05, **f), 1),
    (mm.ExtraGradient(0.05, "constant"), lambda p, **f: optim.ExtraSGD(p, lr=0.05, **f), 2),
    (mm.PastExtraGradient(0.05, "constant"), lambda p, **f: optim.PastExtraSGD(p, lr=0.05, **f), 1),
    (mm.EAGC(0.05), lambda p, **f: optim.AnchoredSGD(p, lr=0.05, anchoring=mm.EAGC, **f), 2),
    (mm.FEG(0.05), lambda p, **f: optim.AnchoredSGD(p, lr=0.05, **f), 2),
    (mm.EAGV(0.05), lambda p, **f: optim.AnchoredSGD(p, lr=0.05, anchoring="EAGV", **f), 2),
    (mm.Halpern(0.05), lambda p, **f: optim.HalpernSGD(p, lr=0.05, **f), 1),
    (mm.AlternatingGDA(0.05, "constant"), lambda p, **f: optim.OptimisticSGD(p, lr=0.05, optimism=0.0, **f), 1),
    (mm.NegativeMomentum(0.05), lambda p, **f: optim.NegativeMomentumSGD(p, lr=0.05, **f), 1),
]
A = torch.tensor(COUPLING)
GAMES = {
    "bilinear": (mm.BilinearGame(COUPLING), lambda x, y: x @ A @ y),
    "quadratic": (
        mm.QuadraticGame(np.diag([0.1, 0.2, 0.3, 0.4]), COUPLING, np.diag([0.2, 0.1, 0.3])),
        lambda x, y: (
            x @ A @ y
            + 0.5 * (x**2) @ torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
            - 0.5 * (y**2) @ torch.tensor([0.2, 0.1, 0.3], dtype=torch.float64)
        ),
    ),
}


@pytest.mark.parametrize("steps", [40, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize(("rule", "make", "phases"), RULES, ids=[type(row[0]).__name__ for row in RULES])
def test_core_and_optimizers_play_one_trajectory(rule: Any, make: Any, phases: int, name: str, steps: int) -> None:
    game, objective = GAMES[name]
    start = (np.array([1.0, -0.5, 0.25, 2.0]), np.array([0.5, 1.0, -1.0]))
    # The past's first round looks ahead only: a step of the optimizer is a base point and the next look.
    rounds = 2 * steps if phases == 2 else steps
    run = mm.solve(game, rule, rounds=rounds, tol=None, start=start, average="last")
    for flag in ({"foreach": False}, {"foreach": True}, {"fused": True}):
        x, y = (torch.tensor(s, requires_grad=True) for s in start)
        turns = optim.Alternating() if rule.alternating else None
        players = optim.Players.zero_sum(
            min=x, max=y, objective=objective, optimizers=lambda p, f=flag: make(p, **f), dynamics=turns
        )
        for _ in range(steps):
            players.step()
        held = [x, y]
        if isinstance(rule, mm.PastExtraGradient):
            held = [players.optimizers[n].state[p]["trailing"] for n, p in zip("xy", (x, y))]
        for ours, core in zip(held, (run.x, run.y)):
            # Where play runs away rounding is a part of its size.
            assert abs(ours.detach().numpy() - core).max() < 1e-12 * max(1.0, abs(core).max())


# ---------------------------------------------------------------------- what users ran into


@pytest.mark.parametrize("old", [False, True])
def test_a_fused_step_makes_graphs_stale(old: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = torch.autograd.graph.increment_version

    def of_one(tensor: Any) -> None:
        if not isinstance(tensor, torch.Tensor):
            raise TypeError("a tensor, please")  # as older versions of torch
        whole(tensor)

    if old:
        monkeypatch.setattr(torch.autograd.graph, "increment_version", of_one)
    for flag in ({}, {"fused": True}):
        p = torch.nn.Parameter(torch.ones(3))
        opt = optim.OptimisticAdam([p], lr=0.5, **flag)
        first, second = (p**2).sum(), (p**3).sum()
        first.backward()
        opt.step()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            second.backward()


def test_beta_raised_from_zero_under_a_scaler() -> None:
    ends = []
    for scale in (1.0, 65536.0):
        p = torch.nn.Parameter(torch.ones(1))
        opt, scaler = optim.OptimisticAdam([p], lr=0.1, optimism=0.0), torch.amp.GradScaler("cpu", init_scale=scale)
        for t in range(3):
            if t == 2:
                opt.param_groups[0]["betas"] = (0.9, 0.999)
            opt.zero_grad()
            scaler.scale((p**2).sum()).backward()
            scaler.step(opt)
            scaler.update()
        ends.append(p.item())
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


def test_a_base_point_of_another_optimizer_is_not_taken_for_ones_own() -> None:
    params = parameters()
    extra = optim.ExtraSGD(params, lr=0.1)
    iterate(extra, params)
    others = [torch.nn.Parameter(p.detach().clone()) for p in params]
    past, fresh = optim.PastExtraSGD(params, lr=0.1), optim.PastExtraSGD(others, lr=0.1)
    past.load_state_dict(extra.state_dict())
    iterate(past, params)
    iterate(fresh, others)
    assert np.array_equal(values(params), values(others))


def test_options_of_groups_are_checked_too() -> None:
    p, q = parameters()
    opt = optim.AnchoredSGD([{"params": [p], "anchoring": mm.EAGC}, {"params": [q]}], lr=0.1)
    assert [group["anchoring"] for group in opt.param_groups] == ["EAGC", "FEG"]
    iterate(opt, [p, q])
    with pytest.raises(ValueError, match='"commit" or "both"'):
        optim.ExtraAdam([{"params": [p], "moments": "bogus"}])


# ---------------------------------------------------------------------- the pass of other devices, on this one


def on_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let fused steps go the way they go on a GPU."""
    from minmax.optim import compiled, fused

    monkeypatch.setattr(fused, "fused_step", compiled.compiled_step)


@by_case
def test_the_pass_of_other_devices_is_the_papers_formula(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from minmax.optim import compiled

    on_lists(monkeypatch)
    monkeypatch.setattr(compiled, "advance_compiled", lambda *key: compiled.advance_lists)
    for dtype in ("float64", "float32", "bfloat16"):
        check_flags(case, dtype, [{"fused": True}], 8)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES[::3], ids=[case[0] for case in CASES[::3]])
@pytest.mark.filterwarnings("default")
def test_the_pass_of_other_devices_is_compiled_once(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from minmax.optim import compiled

    on_lists(monkeypatch)
    check_flags(case, "float64", [{"fused": True}], 4)
    compiled.advance_compiled.cache_clear()
    params = parameters(torch.float32)
    opt = made(case, params, fused=True)
    for t in range(6):
        opt.param_groups[0]["lr"] = LR[0] / (1 + t)
        iterate(opt, params)
    # A first step and those after it, with one pattern for each half.
    assert compiled.advance_compiled.cache_info().currsize <= 4
    assert all(math.isfinite(v) for v in values(params))


# ---------------------------------------------------------------------- what is kept from step to step


@by_kind
@pytest.mark.parametrize("flag", [{"foreach": True}, {"fused": True}, {"foreach": False}])
def test_lists_kept_from_step_to_step_notice_what_changes(case: Any, flag: dict[str, Any]) -> None:
    """Every change between steps gives what an optimizer gives that has to gather its lists at each of them."""
    found = []
    for forget in (False, True):
        params = [torch.nn.Parameter(torch.tensor(p)) for p in START] + [torch.nn.Parameter(torch.ones(2, 3, 2, 2))]
        params = [torch.nn.Parameter(p.detach().double()) for p in params]
        opt = made(case, params, **flag)
        for t in range(9):
            if t == 3:  # the order of memory, as of module.to(memory_format=torch.channels_last)
                params[2].data = params[2].data.contiguous(memory_format=torch.channels_last)
            if t == 4 and not opt.ahead:
                opt.load_state_dict(copy.deepcopy(opt.state_dict()))
            if t == 5:  # something else writes a tensor of its own into the state
                state = opt.state[params[0]]
                name = next(name for name in state if name != "step")
                state[name] = state[name].clone() + 0.5
            if t == 6:
                params[1].data = params[1].data.clone() - 0.25
            if t == 7 and "betas" in opt.param_groups[0]:
                opt.param_groups[0]["betas"] = (0.3, 0.95)
            for _ in opt.phases():
                for k, p in enumerate(params):
                    p.grad = None if (k, t) == (1, 2) else p.detach().sin() + 0.1 * (t + k)
                if forget:
                    opt.gathered.clear()
                opt.step()
        found.append(values(params))
    assert np.array_equal(*found)


@pytest.mark.parametrize("flag", [{"foreach": True}, {"fused": True}])
def test_gradients_are_not_kept_alive(flag: dict[str, Any]) -> None:
    p = torch.nn.Parameter(torch.ones(3))
    opt = optim.ExtraAdam([p], **flag)
    for _ in range(2):
        p.grad = torch.ones(3)
        seen = weakref.ref(p.grad)
        opt.step()
        opt.zero_grad()
        assert seen() is None


def test_state_that_was_moved_away_is_noticed_by_the_fused_pass() -> None:
    p = torch.nn.Parameter(torch.ones(3))
    opt = optim.OptimisticAdam([p], fused=True)
    p.grad = torch.ones(3)
    opt.step()
    opt.state[p]["previous"].data = opt.state[p]["previous"].double()
    with pytest.raises(RuntimeError, match="has a gradient or state of shape"):
        opt.step()


def test_refused_gradients_leave_no_memory_behind() -> None:
    p, q = torch.nn.Parameter(torch.ones(3)), torch.nn.Parameter(torch.ones(3))
    opt = optim.OptimisticSGD([p, q], lr=0.1)
    p.grad, q.grad = torch.ones(3), torch.ones(3).to_sparse()
    with pytest.raises(RuntimeError, match="sparse"):
        opt.step()
    q.grad = torch.ones(3)
    opt.step()
    assert torch.allclose(p, torch.full((3,), 0.9))


# ---------------------------------------------------------------------- what users ran into

MODES = [{"foreach": False}, {"foreach": True}, {"fused": True}]
by_mode = pytest.mark.parametrize("flag", MODES)


@pytest.mark.parametrize("make", [optim.OptimisticAdam, optim.ExtraSGD])
def test_the_fused_pass_refuses_other_shapes(make: Any) -> None:
    def given(*params: Any) -> None:
        for p in params:
            p.grad = torch.ones_like(p)

    a, b = torch.nn.Parameter(torch.ones(400)), torch.nn.Parameter(torch.ones(3))
    opt = make([a, b], fused=True)
    given(a, b)
    opt.step()
    other = make([b, a], fused=True)
    other.load_state_dict(opt.state_dict())
    with pytest.raises(RuntimeError, match="in the order they were saved"):
        other.step()
    a.grad, a.data = None, torch.ones(4000)
    given(a)
    with pytest.raises(RuntimeError, match=r"shape \(4000,\).* has a gradient or state of shape \(400,\)"):
        opt.step()
    short = torch.nn.Parameter(torch.ones(2))
    given(short)
    short.data = torch.ones(6)
    with pytest.raises(RuntimeError, match=r"shape \(6,\).* has a gradient or state of shape \(2,\)"):
        make([short], fused=True).step()


@by_mode
@pytest.mark.parametrize("make", [optim.ExtraSGD, optim.ExtraAdam, optim.ExtraAdamW, optim.AnchoredSGD])
def test_an_infinite_gradient_leaves_the_base_point(make: Any, flag: dict[str, Any]) -> None:
    p = torch.nn.Parameter(torch.ones(2))
    opt = make([p], lr=0.1, **flag)
    p.grad = torch.tensor([1.0, math.inf])
    opt.step()
    opt.forgo()
    assert p.tolist() == [1.0, 1.0]
    assert all(state.isfinite().all() for name, state in opt.state[p].items() if name in ("base", "anchor"))


@by_mode
def test_gradients_that_carry_a_sign_aside(flag: dict[str, Any]) -> None:
    p = torch.nn.Parameter(torch.tensor(1.0))
    opt = optim.OptimisticSGD([p], lr=0.1, **flag)
    (torch.complex(torch.tensor(0.0), p).conj() * (2 + 3j)).real.backward()
    assert p.grad.is_neg()
    opt.step()
    assert p.item() == pytest.approx(0.7)
    z = torch.nn.Parameter(torch.tensor([1.0 + 1.0j]))
    opt = optim.OptimisticSGD([z], lr=0.1, **flag)
    z.grad = torch.tensor([1.0 - 2.0j]).conj()
    opt.step()
    assert z.detach().resolve_conj().tolist() == pytest.approx([0.9 + 0.8j])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("make", [optim.OptimisticSGD, optim.ExtraSGD, optim.OptimisticAdam])
def test_the_scale_may_be_out_of_halfs_range(make: Any, dtype: Any) -> None:
    ends = []
    for scaled in (False, True):
        p = torch.nn.Parameter(torch.ones(2, dtype=dtype))
        opt, scaler = make([p], lr=0.1), torch.amp.GradScaler("cpu", init_scale=2.0**16, enabled=scaled)
        for _ in range(4):
            opt.zero_grad()
            scaler.scale((p.float() * 0.1).sum()).backward()
            scaler.step(opt)
            scaler.update()
        ends.append(p.detach().tolist())
    assert ends[0] == ends[1] != [1.0, 1.0]


@pytest.mark.parametrize("make", [optim.OptimisticAdam, optim.ExtraAdam, optim.PastExtraAdam])
def test_a_run_with_the_largest_moment_is_differentiated(make: Any) -> None:
    def end(w: Any) -> Any:
        x = w.clone()
        opt = make(
            [torch.zeros(2, dtype=torch.float64, requires_grad=True)], lr=0.05, differentiable=True, amsgrad=True
        )
        opt.param_groups[0]["params"] = [x]
        for _ in range(3):
            for _ in opt.phases():
                x.grad = torch.sin(x.clone()) + w**2
                opt.step()
        return x.sum()

    w = torch.tensor([0.7, -1.2], dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(end(w), w)
    h = 1e-6
    for k in range(2):
        e = torch.zeros(2, dtype=torch.float64)
        e[k] = h
        assert found[k].item() == pytest.approx((end(w.detach() + e) - end(w.detach() - e)).item() / (2 * h), rel=1e-5)


def test_a_refused_group_is_not_kept() -> None:
    p, q = (torch.nn.Parameter(torch.ones(1)) for _ in range(2))
    opt = optim.OptimisticAdam([p])
    with pytest.raises(ValueError, match="lr"):
        opt.add_param_group({"params": [q], "lr": -1.0})
    opt.add_param_group({"params": [q], "lr": 0.5})
    assert len(opt.param_groups) == 2


def test_steps_of_eagv_do_not_start_over() -> None:
    from minmax.optim.descent import RATIOS

    p = torch.nn.Parameter(torch.ones(2))
    opt = optim.AnchoredSGD([p], lr=0.1, anchoring="EAGV")
    p.grad = torch.ones(2)
    opt.step()
    opt.step()
    opt.state[p]["step"].fill_(3000.0)
    opt.step()
    assert len(RATIOS) >= 3001
    assert RATIOS[3000] == pytest.approx(0.437 / 0.618, rel=0.02)  # the limit is .437 / L


@pytest.mark.parametrize("flag", [{"foreach": False}, {"capturable": True, "foreach": True}, {"fused": True}])
def test_a_learning_rate_of_one_number_in_a_row(flag: dict[str, Any]) -> None:
    for shape in ((), (3,)):
        p, lr = torch.nn.Parameter(torch.ones(shape)), torch.tensor([0.1])
        opt = optim.OptimisticSGD([p], lr=lr, **flag)
        p.grad = torch.ones(shape)
        opt.step()
        lr.fill_(0.5)  # the same memory
        p.grad = torch.ones(shape)
        opt.step()
        assert p.detach().ravel()[0].item() == pytest.approx(0.4)


P = torch.nn.Parameter(torch.ones(2))
AMISS = [
    (lambda: optim.OptimisticAdam([P], betas=(0.9, 0.9, 0.9)), TypeError, "`betas` must be two numbers"),
    (lambda: optim.OptimisticAdam([P], betas=0.9), TypeError, "`betas` must be two numbers"),
    (lambda: optim.OptimisticAdam([P], betas=("a", 0.9)), TypeError, "`betas` must be two numbers"),
    (lambda: optim.OptimisticAdam([P], optimism=math.nan), ValueError, "`optimism` must be a finite number; got nan"),
    (lambda: optim.OptimisticSGD([P], optimism=None), TypeError, "`optimism` must be a number; got None"),
    (lambda: optim.NegativeMomentumSGD([P], momentum=math.inf), ValueError, "`momentum` must be a finite number"),
    (lambda: optim.OptimisticSGD([P], lr="a"), TypeError, "`lr` must be a number; got 'a'"),
    (lambda: optim.OptimisticSGD([P], lr=None), TypeError, "`lr` must be a number; got None"),
    (lambda: optim.OptimisticSGD([P], fused=True, capturable=True), RuntimeError, "does not support `capturable`"),
    (lambda: hidden_eagv(), ValueError, "torch.compile hide"),
    (lambda: fused_on_strides(), RuntimeError, r"shape \(3,\) and strides \(2,\)"),
]


def hidden_eagv() -> None:
    opt = optim.AnchoredSGD([P], anchoring="EAGV")
    opt.param_groups[0]["capturable"] = True
    P.grad = torch.ones(2)
    opt.step()


def fused_on_strides() -> None:
    p = torch.nn.Parameter(torch.ones(6)[::2])
    p.grad = torch.ones(3)
    optim.OptimisticSGD([p], fused=True).step()


@pytest.mark.parametrize(("call", "kind", "words"), AMISS, ids=[row[2] for row in AMISS])
def test_more_mistakes_are_named(call: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


def test_carriers_may_change_between_steps() -> None:
    def end(forget: bool) -> list[float]:
        a, b = torch.nn.Parameter(torch.ones(3)), torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
        opt = optim.OptimisticSGD([b, a], lr=0.1)
        for t in range(8):
            opt.param_groups[0].update(
                [{}, {"fused": True}, {"fused": None, "foreach": True}, {"foreach": False}][t // 2]
            )
            a.grad, b.grad = torch.full((3,), 0.5), torch.full((3,), 0.25, dtype=torch.float64)
            if forget:
                opt.gathered.clear()
            opt.step()
        return [*a.tolist(), *b.tolist()]

    assert end(False) == end(True) == pytest.approx([0.6] * 3 + [0.8] * 3)
    half = torch.nn.Parameter(torch.ones(3, dtype=torch.float16))
    opt = optim.OptimisticSGD([half], lr=0.1)
    stepped(opt)
    opt.param_groups[0]["fused"] = True
    with pytest.raises(RuntimeError, match="needs dense parameters of float32"):
        opt.step()


@by_mode
@pytest.mark.parametrize("case", KINDS)
def test_a_first_step_that_broke_off_is_taken_again(
    case: Any, flag: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_memory(*arguments: Any) -> None:
        raise MemoryError

    ends = []
    for breaks in (False, True):
        params = parameters()
        opt = made(case, params, **flag)
        give(params)
        if breaks:
            with monkeypatch.context() as broken:
                broken.setattr("minmax.optim.optimizer.apply", out_of_memory)
                broken.setattr("minmax.optim.fused.fused_step", out_of_memory)
                with pytest.raises(MemoryError):
                    opt.step()
            with torch.no_grad():
                for state in opt.state.values():  # a direction may have moved the moments by then
                    for name, tensor in state.items():
                        if name.startswith(("exp_avg", "max_exp")):
                            tensor.zero_()
        for _ in range(3):
            iterate(opt, params)
        ends.append(values(params))
    assert np.array_equal(*ends)


def test_a_gradient_that_becomes_sparse_is_refused() -> None:
    p = torch.nn.Parameter(torch.ones(3, 2))
    opt = optim.OptimisticSGD([p], lr=0.1)
    stepped(opt)
    p.grad = None
    p.grad = torch.ones(3, 2).to_sparse()
    with pytest.raises(RuntimeError, match="does not support sparse"):
        opt.step()


def test_only_the_learning_rate_may_be_a_tensor() -> None:
    with pytest.raises(TypeError, match="`optimism` must be a number; got tensor"):
        optim.OptimisticSGD([P], optimism=torch.tensor(1.0))
