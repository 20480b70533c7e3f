"""Several GANs trained at once, and compiled losses: the runs that each pair of networks has alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from table import seldom  # noqa: E402

from minmax import gan  # noqa: E402
from minmax.gan.sources import Source  # noqa: E402

ROWS = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)


def made(seed: int, recipe: str = "r3gan", **options: Any) -> gan.Trainer:
    torch.manual_seed(seed)
    return gan.Trainer(gan.mlp(2, 16, 16, 2), gan.mlp(2, 16, 16, 1), recipe, seed=seed, noise="uniform", **options)


def assert_alike(one: gan.Trainer, other: gan.Trainer) -> None:
    """All that a run leaves is there, and agrees but for the order of sums."""
    assert (one.steps, one.drawn) == (other.steps, other.drawn)
    assert torch.equal(one.chance.get_state(), other.chance.get_state())
    for p, q in zip(one.game.everything(), other.game.everything(), strict=True):
        assert torch.allclose(p, q, atol=1e-5)
    for mine, its in zip(one.rows, other.rows, strict=True):
        assert mine["verdict"] == its["verdict"]
        for name in ("step", "loss G", "loss D", "gradient G", "gradient D"):
            assert mine[name] == pytest.approx(its[name], rel=1e-3, abs=1e-5)
    assert torch.allclose(one.sample(9), other.sample(9), atol=1e-5)
    for (step, samples), (at, others) in zip(one.film.frames, other.film.frames, strict=True):
        assert step == at
        assert torch.allclose(samples, others, atol=1e-5)


SUITED = [name for name, recipe in gan.RECIPES.items() if recipe.dynamics != "sga"]


@pytest.mark.parametrize("recipe", ["r3gan", *seldom(*(name for name in SUITED if name != "r3gan"))])
def test_runs_at_once_are_the_runs_alone(recipe: str) -> None:
    runs = gan.fit_together([made(seed, recipe) for seed in (3, 1, 4)], gan.ring(), steps=12, batch=16, every=5)
    assert [run.seed for run in runs] == [3, 1, 4]
    for run in runs:
        assert_alike(run, made(run.seed, recipe).fit(gan.ring(), steps=12, batch=16, every=5))


class Labelled(torch.nn.Module):
    def __init__(self, size: int, out: int) -> None:
        super().__init__()
        self.table, self.layer = torch.nn.Embedding(3, 4), torch.nn.Linear(size + 4, out)

    def forward(self, x: Any, labels: Any) -> Any:
        return self.layer(torch.cat([x, self.table(labels)], 1))


def test_labels_and_frozen_parameters_go_along() -> None:
    data = (ROWS, np.arange(40) % 3)

    def labelled(seed: int) -> gan.Trainer:
        torch.manual_seed(seed)
        G, D = Labelled(5, 2), Labelled(2, 1)
        D.table.weight.requires_grad_(False)
        return gan.Trainer(G, D, latent=5, labels=True, seed=seed)

    runs = gan.fit_together([labelled(seed) for seed in range(2)], data, steps=7, batch=8, every=3)
    for run in runs:
        alone = labelled(run.seed).fit(data, steps=7, batch=8, every=3)
        for p, q in zip(run.game.everything(), alone.game.everything(), strict=True):
            assert torch.allclose(p, q, atol=1e-5)
        assert torch.equal(run.game.players["D"].table.weight, alone.game.players["D"].table.weight)


def test_runs_at_once_go_on_from_their_folders_and_alone(tmp_path: Path) -> None:
    def run(steps: int, **options: Any) -> list[gan.Trainer]:
        return gan.fit_together([made(seed) for seed in range(2)], ROWS, steps, batch=8, every=4, **options)

    whole = run(12)
    run(12, out=tmp_path, callbacks=lambda trainer, row: trainer.seed == 1 and trainer.steps == 8)
    assert {path.name for path in tmp_path.iterdir()} == {"seed-0", "seed-1"}
    again = run(12, out=tmp_path, resume=True)
    alone = made(1).load(tmp_path / "seed-1" / "checkpoint.pt")
    assert alone.steps == 12
    for one, other in zip(again, whole, strict=True):
        assert [row["step"] for row in one.rows] == [4, 8, 12]
        assert_alike(one, other)

    # A run killed while checkpoints were written: some are of the row before.
    run(12, out=tmp_path / "killed", callbacks=lambda trainer, row: trainer.seed == 1 and trainer.steps == 4)
    run(12, out=tmp_path / "ahead", callbacks=lambda trainer, row: trainer.seed == 1 and trainer.steps == 8)
    shutil.copytree(tmp_path / "ahead" / "seed-0", tmp_path / "killed" / "seed-0", dirs_exist_ok=True)
    for one, other in zip(run(12, out=tmp_path / "killed", resume=True), whole, strict=True):
        assert_alike(one, other)


class Interrupted:
    """A ring whose batches are broken off once."""

    def __init__(self, at: int) -> None:
        self.left, self.ring = at, gan.ring()

    def sample(self, n: int, generator: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return self.ring.sample(n, generator)


@pytest.mark.parametrize("at", [20, 21, 22, 23])
def test_runs_that_are_broken_off_go_on_alone(at: int) -> None:
    """Wherever it was: between steps, or between the moves of one."""
    runs = [made(seed) for seed in range(2)]
    with pytest.raises(KeyboardInterrupt):
        gan.fit_together(runs, Interrupted(at), steps=9, batch=8)
    for run in runs:
        whole = made(run.seed).fit(gan.ring(), steps=9, batch=8)
        run.fit(gan.ring(), steps=9, batch=8)
        assert run.game.watch.step == whole.game.watch.step
        assert_alike(run, whole)


def test_who_has_taken_fewer_steps_catches_up() -> None:
    def two() -> list[gan.Trainer]:
        return [made(0).fit(gan.ring(), 9, batch=8), made(1).fit(gan.ring(), 4, batch=8)]

    assert [run.steps for run in gan.fit_together(two(), gan.ring(), 8, batch=8)] == [9, 8]
    assert [run.steps for run in gan.fit_together(two(), gan.ring(), 12, batch=8)] == [12, 12]
    ended = gan.fit_together(two(), gan.ring(), 12, batch=8, every=2, callbacks=iter([lambda run, row: run.steps == 6]))
    assert [run.steps for run in ended] == [9, 6]  # a callback that ends the run ends it there


def test_layers_and_parameters_that_stand_twice_stay_one() -> None:
    def tied(seed: int) -> gan.Trainer:
        torch.manual_seed(seed)
        layer, one, other = (torch.nn.Linear(4, 4) for _ in range(3))
        other.weight = one.weight
        layers = (torch.nn.Linear(2, 4), layer, torch.nn.Tanh(), layer, one, torch.nn.Tanh(), other, gan.mlp(4, 2))
        return gan.Trainer(torch.nn.Sequential(*layers), gan.mlp(2, 8, 1), seed=seed)

    for run in gan.fit_together([tied(seed) for seed in range(2)], gan.ring(), steps=5, batch=8):
        alone = tied(run.seed).fit(gan.ring(), steps=5, batch=8)
        assert_alike(run, alone)
        assert run.game.players["G"][4].weight is run.game.players["G"][6].weight


def test_what_cannot_move_at_once_is_refused() -> None:
    whole, frozen, same = made(0), made(1), made(2)
    frozen.game.players["G"][0].bias.requires_grad_(False)
    shared = gan.Trainer(same.game.players["G"], gan.mlp(2, 16, 16, 1), noise="uniform")
    begun = made(1)
    with pytest.raises(KeyboardInterrupt):
        begun.fit(Interrupted(7), steps=9, batch=8)
    hooked = torch.nn.Linear(2, 2)
    hooked.register_forward_pre_hook(lambda layer, x: None)
    waits = torch.utils.data.DataLoader(ROWS, batch_size=8, num_workers=1, persistent_workers=True)
    with pytest.raises(ValueError, match="persistent workers"):
        gan.fit_together([whole], waits, steps=2)
    wide = gan.Trainer(gan.mlp(2, 17, 16, 2), gan.mlp(2, 16, 16, 1), seed=1, noise="uniform")
    normed = gan.Trainer(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)), gan.mlp(2, 4, 1))
    for trainers, words in (
        ([made(0), made(0)], "seeds of their own"),
        ([made(0), made(1, lr=1e-3)], "must share their recipe"),
        ([made(0), wide], "must share their networks"),
        ([made(0, "sga"), made(1, "sga")], "SGA chooses a sign"),
        ([normed], "keeps buffers"),
        ([whole, frozen], "must share their shapes"),
        ([whole, made(1, autocast=torch.bfloat16)], "must share their precision"),
        ([same, shared], "networks of their own"),
        ([whole, made(1, watch=whole.game.watch)], "monitors of their own"),
        ([whole, begun], "must share their phase"),
        ([gan.Trainer(hooked, gan.mlp(2, 4, 1))], "has hooks"),
        ([made(0, autocast=torch.float16)], "float16"),
    ):
        with pytest.raises(ValueError, match=words):
            gan.fit_together(trainers, ROWS, steps=2, batch=8)
    for none in ([], None, whole):
        with pytest.raises(TypeError, match="list of `Trainer`s"):
            gan.fit_together(none, ROWS, steps=2)
    with pytest.raises(TypeError, match="`callbacks` must be one function"):
        gan.fit_together([whole], ROWS, steps=2, callbacks=5)
    with pytest.raises(ValueError, match="got an iterator"):
        gan.fit_together([made(0)], iter([torch.zeros(4, 2)]), steps=2)


class Lossy:
    """Samples that are infinite now and then."""

    def sample(self, n: int, generator: Any) -> Any:
        found = torch.randn(n, 2, generator=generator)
        return found / 0.0 if float(found[0, 0]) > 1.0 else found


class Spoilt:
    """A ring of which batch 8 of the seed 1 is none: a later move of the discriminator sees it."""

    def sample(self, n: int, generator: Any) -> Any:
        bad = generator.initial_seed() == Source(1).chance(8).initial_seed()
        return gan.ring().sample(n, generator) * (float("nan") if bad else 1.0)


def test_who_diverged_is_named() -> None:
    with pytest.raises(ValueError, match=r"Seed \d: Batch \d+ drawn from the data holds"):
        gan.fit_together([made(seed) for seed in range(3)], Lossy(), steps=50, batch=8)
    with pytest.raises(ValueError, match=r"^Seed 1: Batch 9 drawn from the data holds 8 numbers"):
        gan.fit_together([made(seed, "wgan-gp") for seed in range(2)], Spoilt(), steps=20, batch=4)
    trainers = [made(0, "classic"), made(1, "classic")]
    with torch.no_grad():
        trainers[1].game.players["D"][-1].bias.fill_(float("inf"))
    with pytest.raises(RuntimeError, match=r"^Seed 1: The loss of . is (nan|inf) at step 0: training has diverged"):
        gan.fit_together(trainers, ROWS, steps=2, batch=8)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated")
@pytest.mark.parametrize("recipe", ["wgan-gp", "extra-gradient", "r3gan"])
def test_compiled_losses_are_the_losses(recipe: str) -> None:
    one = made(0, recipe, compiled=True).fit(gan.ring(), steps=6, batch=16, every=3)
    with pytest.raises(ValueError, match="leave out `compiled`"):
        gan.fit_together([one], gan.ring(), steps=9, batch=16)
    assert_alike(one, made(0, recipe).fit(gan.ring(), steps=6, batch=16, every=3))


def test_what_cannot_be_compiled_is_refused() -> None:
    with pytest.raises(ValueError, match=r"differentiates twice, which torch.compile does not"):
        made(0, "consensus", compiled=True)
