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


def test_what_cannot_move_at_once_is_refused() -> None:
    wide = gan.Trainer(gan.mlp(2, 17, 16, 2), gan.mlp(2, 16, 16, 1), seed=1, noise="uniform")
    normed = gan.Trainer(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)), gan.mlp(2, 4, 1))
    for trainers, words in (
        ([made(0), made(0)], "seeds of their own"),
        ([made(0), made(1, lr=1e-3)], "must share their recipe"),
        ([made(0), wide], "must share their networks"),
        ([made(0, "sga"), made(1, "sga")], "SGA chooses a sign"),
        ([normed], "keeps buffers"),
        ([made(0, autocast=torch.float16)], "float16"),
    ):
        with pytest.raises(ValueError, match=words):
            gan.fit_together(trainers, ROWS, steps=2, batch=8)
    with pytest.raises(TypeError, match="list of `Trainer`s"):
        gan.fit_together([], ROWS, steps=2)
    with pytest.raises(ValueError, match="got an iterator"):
        gan.fit_together([made(0)], iter([torch.zeros(4, 2)]), steps=2)


class Lossy:
    """Samples that are infinite now and then."""

    def sample(self, n: int, generator: Any) -> Any:
        found = torch.randn(n, 2, generator=generator)
        return found / 0.0 if float(found[0, 0]) > 1.0 else found


def test_who_diverged_is_named() -> None:
    with pytest.raises(ValueError, match=r"Seed \d: Batch \d+ drawn from the data holds"):
        gan.fit_together([made(seed) for seed in range(3)], Lossy(), steps=50, batch=8)
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
