"""Judges of GANs that learn: gains and tests against values known in closed form."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from scipy.integrate import quad  # noqa: E402
from scipy.stats import norm  # noqa: E402
from table import seldom  # noqa: E402

from minmax import gan  # noqa: E402

rng = np.random.default_rng(0)


def constant(module: Any, *values: float) -> Any:
    """Give a linear network weight and bias."""
    with torch.no_grad():
        for p, value in zip(module.parameters(), values, strict=True):
            p.fill_(value)
    return module


def divergence(shift: float) -> float:
    """Jensen-Shannon divergence of two unit Gaussians so far apart."""

    def density(x: float) -> float:
        p, q = norm.pdf(x), norm.pdf(x, shift)
        return 0.5 * (p * math.log(2 * p / (p + q)) + q * math.log(2 * q / (p + q)))

    return float(quad(density, -8.0, 8.0 + shift)[0])


def still(loss: str, G: Any, D: Any, **options: Any) -> gan.Trainer:
    return gan.Trainer(G, D, "classic", loss=loss, **options)


@pytest.mark.parametrize("loss", ["minimax", *seldom("non-saturating", "relativistic", "hinge")])
def test_there_is_no_gap_at_the_equilibrium(loss: str) -> None:
    trainer = still(loss, constant(gan.mlp(1, 1), 1.0, 0.0), constant(gan.mlp(1, 1), 0.0, 0.0))
    found = gan.duality_gap(trainer, gan.Mixture([[0.0]], 1.0), steps=150)
    assert 0.0 <= found.gap < 5e-3
    assert found.losses == pytest.approx(gan.LOSSES[loss].at_equilibrium)


def test_what_the_discriminator_gains_is_twice_the_divergence() -> None:
    """Its best answer to a shifted Gaussian is linear, and the loss then 2 ln 2 - 2 JS (Goodfellow et al. 2014)."""
    trainer = still("minimax", constant(gan.mlp(1, 1), 1.0, 1.5), constant(gan.mlp(1, 1), 0.0, 0.0))
    found = gan.duality_gap(trainer, gan.Mixture([[0.0]], 1.0), steps=600, lr=2e-2)
    assert found.discriminator == pytest.approx(2.0 * divergence(1.5), abs=0.03)
    assert found.generator == 0.0  # a constant discriminator leaves it nothing to gain
    assert found.gap == found.discriminator


def test_what_a_bounded_generator_gains() -> None:
    G = constant(gan.mlp(1, 1, last=torch.nn.Tanh()), 0.0, 0.0)  # all samples at zero; it could be at one
    trainer = still("wasserstein", G, constant(gan.mlp(1, 1), 1.0, 0.0), clip=1.0)
    found = gan.duality_gap(trainer, gan.Mixture([[0.0]], 0.1), steps=300, lr=5e-2)
    assert found.generator == pytest.approx(1.0, abs=0.02)


def test_a_gap_leaves_no_trace() -> None:
    torch.manual_seed(3)
    trainer = gan.Trainer(gan.mlp(3, 8, 2), gan.mlp(2, 8, 1), "r3gan").fit(gan.ring(), steps=2, batch=8)
    before = [p.clone() for p in trainer.game.everything()]
    states = torch.get_rng_state(), trainer.chance.get_state()
    one, other = (gan.duality_gap(trainer, gan.ring(), steps=3, batch=16) for _ in range(2))
    assert one == other
    assert gan.duality_gap(trainer, gan.ring(), steps=3, batch=16, seed=1) != one
    assert all(torch.equal(p, old) for p, old in zip(trainer.game.everything(), before))
    assert torch.equal(torch.get_rng_state(), states[0])
    assert torch.equal(trainer.chance.get_state(), states[1])
    assert "responses of 3 steps of 16, on 5000 held out" in str(one)


def test_a_gap_of_finite_data_is_measured_on_data_held_out() -> None:
    trainer = gan.Trainer(gan.mlp(3, 8, 2), gan.mlp(2, 8, 1), "wgan-gp")
    with pytest.raises(ValueError, match="`held_out` must be given"):
        gan.duality_gap(trainer, torch.randn(50, 2))
    assert gan.duality_gap(trainer, torch.randn(50, 2), torch.randn(30, 2), steps=2).held_out == 30


def test_a_critic_that_knows_its_sample_by_heart_is_found() -> None:
    train, held_out = torch.randn(200, 3), torch.randn(150, 3)
    lookup = {tuple(row.tolist()) for row in train}
    found = gan.critic_gap(lambda x: torch.tensor([float(tuple(r.tolist()) in lookup) for r in x]), train, held_out)
    assert found == (1.0, 0.001)
    honest = [gan.critic_gap(lambda x: x.sum(dim=1), torch.randn(80, 3), torch.randn(60, 3)).p for _ in range(300)]
    assert np.mean(np.array(honest) < 0.1) == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 300))
    critic = gan.mlp(3, 4, 1).train()
    gan.critic_gap(critic, train, held_out)
    assert critic.training


def test_the_classifier_holds_its_level_and_sees_a_difference() -> None:
    same = [
        gan.classifier_test(rng.normal(size=(24, 2)), rng.normal(size=(30, 2)), steps=8, seed=k).p for k in range(120)
    ]
    for level in (0.05, 0.3):
        assert np.mean(np.array(same) <= level) <= level + 3 * math.sqrt(level * (1 - level) / 120)
    far = gan.classifier_test(rng.normal(size=(100, 2)) + 2.0, rng.normal(size=(80, 2)), steps=100)
    assert far.statistic == pytest.approx(norm.cdf(math.sqrt(2.0)), abs=0.08)  # half the distance, in deviations
    assert far.p < 1e-6


def test_a_classifier_names_classes_and_gives_features() -> None:
    centres = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    labels = torch.arange(600) % 3
    data = centres[labels] + 0.3 * torch.randn(600, 2)
    judge = gan.Classifier(data, labels, steps=200)
    assert judge.accuracy == 1.0
    assert judge.classes(centres).tolist() == [0, 1, 2]
    features = judge.features(data[:5])
    last = list(judge.network)[-1]
    with torch.no_grad():
        assert np.allclose(torch.nn.functional.linear(torch.tensor(features).float(), last.weight, last.bias).numpy(),
                           judge.scores(data[:5])[0], atol=1e-5)  # fmt: skip
    assert judge.covered(data)[:2] == (3, 3)
    assert judge.covered(data).kl == pytest.approx(0.0, abs=1e-3)
    one = judge.covered(centres[:1].repeat(50, 1))
    assert (one.covered, one.kl) == (1, pytest.approx(math.log(3.0)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gan.classifier_test(np.zeros((3, 2)), np.zeros((9, 2))), "Four samples at least"),
        (lambda: gan.Classifier(np.zeros((3, 2)), [0, 1]), "a whole number from 0 for each sample"),
        (
            lambda: gan.critic_gap(gan.mlp(2, 2), np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32)),
            "one score a sample",
        ),
        (lambda: gan.duality_gap(gan.Trainer(gan.mlp(1, 1), gan.mlp(1, 1)), gan.ring(), steps=0), "`steps`"),
    ],
)
def test_mistakes_of_judges_are_named(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# ---------------------------------------------------------------------- what users ran into


@pytest.mark.parametrize("still", [0.1, 123.456, 1.7e9])
def test_columns_that_do_not_vary_hide_no_difference(still: float) -> None:
    a, b = rng.normal(size=(200, 2)), rng.normal([3.0, 0.0], size=(200, 2))
    a[:, 1] = b[:, 1] = still
    assert gan.classifier_test(a, b, steps=100).p < 1e-20
    assert gan.classifier_test(a[:, :1] + still, b[:, :1] + still, steps=100).p < 1e-20


def test_classes_that_the_data_lacks_are_not_counted() -> None:
    labels = 1 + torch.arange(300) % 3
    data = torch.eye(4)[labels] + 0.01 * torch.randn(300, 4)
    judge = gan.Classifier(data, labels, steps=100)
    assert judge.covered(data)[:2] == (3, 3)
    assert judge.covered(data[labels == 1])[:2] == (1, 3)
    linear = gan.Classifier(data, labels, torch.nn.Linear(4, 4), steps=200, lr=0.1)
    assert np.allclose(linear.features(data), data.numpy())


def test_what_is_frozen_stays_so_in_a_response() -> None:
    G = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    with torch.no_grad():
        G[1].weight.zero_()
        G[1].bias.fill_(4.0)
    G[1].requires_grad_(False)
    trainer = gan.Trainer(G, gan.mlp(2, 8, 1), latent=2).fit(torch.randn(90, 2), steps=3, batch=16)
    found = gan.duality_gap(trainer, torch.randn(90, 2), torch.randn(50, 2), steps=20)
    assert found.generator == pytest.approx(0.0, abs=1e-6)  # whatever it does, its samples are the same


@pytest.mark.parametrize("norm", [torch.nn.utils.spectral_norm, torch.nn.utils.parametrizations.spectral_norm])
def test_normed_discriminators_have_a_gap(norm: Any) -> None:
    D = torch.nn.Sequential(norm(torch.nn.Linear(2, 8)), torch.nn.ReLU(), norm(torch.nn.Linear(8, 1)))
    trainer = gan.Trainer(gan.mlp(2, 8, 2), D, "classic").fit(gan.ring(), steps=2, batch=16)
    assert gan.duality_gap(trainer, gan.ring(), steps=5).gap >= 0.0


def test_the_critics_test_holds_its_level_on_few_samples() -> None:
    ps = []
    for k in range(400):
        torch.manual_seed(k)
        ps.append(gan.critic_gap(gan.mlp(2, 4, 1), torch.randn(30, 2), torch.randn(5, 2), seed=k).p)
    for level in (0.01, 0.1):
        assert np.mean(np.array(ps) <= level) <= level + 3 * math.sqrt(level * (1 - level) / 400)
