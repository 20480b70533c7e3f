"""Pages, pictures and the command of GANs: what is drawn is what was measured, and mistakes take one line."""

from __future__ import annotations

import csv
import json
import math
import struct
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from minmax import gan, plots  # noqa: E402
from minmax.cli import main  # noqa: E402
from minmax.gan.command import change_of, data_of  # noqa: E402
from minmax.gan.judgement import in_words, judge  # noqa: E402
from minmax.plots.canvas import blank_figure  # noqa: E402

matplotlib.use("Agg")
RING = gan.ring(4)


def axes() -> Any:
    return blank_figure(5.0, 5.0).subplots()


@pytest.fixture(scope="module")
def trainer() -> gan.Trainer:
    torch.manual_seed(0)
    return gan.Trainer(gan.mlp(2, 8, 2), gan.mlp(2, 8, 1), "r3gan").fit(RING, steps=30, batch=16, every=5)


# ---------------------------------------------------------------------- pictures


def test_points_are_drawn_over_the_data() -> None:
    made, real = torch.randn(30, 2), torch.randn(50, 2)
    ax = plots.plot_samples(made, real, title="here", ax=axes())
    assert {line.get_label(): len(line.get_xydata()) for line in ax.lines} == {"data": 50, "samples": 30}
    assert np.allclose(ax.lines[1].get_xydata(), made.numpy())
    assert ax.get_title(loc="left") == "here"


def test_longer_rows_are_drawn_in_the_plane_of_the_data() -> None:
    real = torch.randn(400, 1) * torch.tensor([[3.0, 4.0, 0.0]]) + 0.01 * torch.randn(400, 3)
    ax = plots.plot_samples(real[:5] + torch.tensor([0.3, 0.4, 0.0]), real, ax=axes())
    points = {line.get_label(): line.get_xydata() for line in ax.lines}
    shift = points["samples"] - points["data"][:5]
    assert np.abs(shift) == pytest.approx(np.tile([0.5, 0.0], (5, 1)), abs=0.02)  # along the first direction
    one = plots.plot_samples(torch.randn(100, 1), torch.randn(80, 1), ax=axes())
    assert one.get_ylabel() == "density"


def test_images_are_laid_side_by_side() -> None:
    images = torch.stack([torch.full((1, 2, 3), value) for value in (-1.0, 0.0, 1.0)])
    sheet = plots.plot_samples(images, ax=axes()).images[0].get_array()
    assert sheet.shape == (2 * 3 + 1, 2 * 4 + 1)
    assert (sheet[1:3, 1:4] == 0.0).all()
    assert (sheet[1:3, 5:8] == 0.5).all()
    assert (sheet[4:6, 1:4] == 1.0).all()
    assert plots.plot_samples(torch.zeros(2, 3, 4, 4), ax=axes()).images[0].get_array().shape == (6, 11, 3)


def test_bars_are_the_shares_of_modes() -> None:
    samples = torch.cat([RING.centres[:1].repeat(30, 1), RING.centres[2:3].repeat(10, 1), torch.full((10, 2), 9.0)])
    ax = plots.plot_modes(samples, RING, ax=axes())
    assert [bar.get_height() for bar in ax.patches] == [60.0, 0.0, 20.0, 0.0]
    assert ax.lines[0].get_ydata()[0] == 25.0
    assert ax.get_title(loc="left").startswith("1/4 modes, 80.0 %")


def test_losses_are_drawn_with_their_equilibrium() -> None:
    rows = [{"step": k, "loss G": 1.0 + k, "loss D": 2.0 - k} | ({"gap": 0.5} if k == 2 else {}) for k in range(3)]
    ax = plots.plot_losses(rows, (0.25, 0.75), ax=axes())
    curves = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert curves["loss G"] == [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]
    assert curves["gap"] == [[2.0, 0.5]]
    assert [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [0.25, 0.75]


def test_a_film_is_drawn_and_animated(trainer: gan.Trainer, tmp_path: Path) -> None:
    from PIL import Image

    drawn = plots.plot_film(trainer.film, RING.sample(50), count=3)
    assert [ax.get_title(loc="left") for ax in drawn] == ["step 0", "step 15", "step 30"]
    trainer.animate(tmp_path / "run.gif", RING.sample(50), per_second=5)
    with Image.open(tmp_path / "run.gif") as picture:
        assert picture.n_frames >= len(trainer.film.frames) == 7
        times = []
        for k in range(picture.n_frames):
            picture.seek(k)
            times.append(picture.info["duration"])
    assert sum(times) == pytest.approx(7 * 200 + 1500)  # the end stays


def test_a_game_has_eigenvalues_without_dynamics() -> None:
    import minmax as mm

    ax = plots.plot_eigenvalues(mm.QuadraticGame(P=0.2, A=[[1.0]], Q=0.2), ax=axes())
    assert sorted(ax.lines[0].get_xydata().tolist()) == [pytest.approx([0.2, -1.0]), pytest.approx([0.2, 1.0])]
    assert "stable" not in ax.get_title(loc="left")


# ---------------------------------------------------------------------- the page


def test_the_page_holds_verdict_measures_pictures_and_configuration(trainer: gan.Trainer, tmp_path: Path) -> None:
    before = torch.cat([p.detach().ravel() for p in trainer.game.everything()]), trainer.chance.get_state()
    found = trainer.report(tmp_path / "page.html", RING, steps=5)
    assert list(found) == [
        "modes", "sliced Wasserstein distance", "kernel test", "classifier test", "neighbours", "duality gap",
    ]  # fmt: skip
    page = (tmp_path / "page.html").read_text()
    for name in ("samples over time", "samples", "modes", "losses", "parameters", "eigenvalues", "path-angle"):
        assert f'alt="{name}"' in page
    for words in (trainer.rows[-1]["verdict"], "penalty_end", "Linear(in_features=2", "responses of 5 steps of 256"):
        assert words in page
    assert "http" not in page.replace("http-equiv", "")
    assert torch.equal(before[0], torch.cat([p.detach().ravel() for p in trainer.game.everything()]))
    assert torch.equal(before[1], trainer.chance.get_state())


def test_a_page_of_images_and_labels(tmp_path: Path) -> None:
    class Both(torch.nn.Module):
        def __init__(self, shape: Any, size: int) -> None:
            super().__init__()
            self.inside, self.shape = torch.nn.Linear(size, math.prod(shape)), shape

        def forward(self, x: Any, labels: Any) -> Any:
            return self.inside(x.flatten(1)).reshape(-1, *self.shape) + labels.reshape(-1, *[1] * len(self.shape))

    data = torch.rand(60, 1, 8, 8), torch.arange(60) % 3
    labelled = gan.Trainer(Both((1, 8, 8), 4), Both((1,), 64), latent=4, labels=True).fit(data, steps=2, batch=8)
    held_out = torch.rand(20, 1, 8, 8), torch.arange(20) % 3
    found = labelled.report(tmp_path / "page.html", data, held_out, steps=2, local=False)
    assert {"copies", "duality gap"} <= found.keys()
    assert "critic on its data" not in found  # it takes labels
    assert 'alt="samples over time"' in (tmp_path / "page.html").read_text()


def test_measures_without_held_out_data_say_nothing_of_copies(trainer: gan.Trainer) -> None:
    batches = [RING.sample(20) for _ in range(4)]
    for data in (torch.cat(batches), batches):
        assert list(judge(trainer, data, samples=50)) == [
            "sliced Wasserstein distance", "kernel test", "classifier test", "neighbours",
        ]  # fmt: skip
    found = judge(trainer, torch.cat(batches), RING.sample(30), steps=2)
    assert found["duality gap"].held_out == 30
    assert in_words("copies", gan.Significance(0.2, 0.001)).startswith("samples are nearer to training data")


# ---------------------------------------------------------------------- minmax gan


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command train small networks: the page of larger ones takes its time."""
    for name, value in (("WIDTH", 6), ("DEEP", 1), ("SHALLOW", 1)):
        monkeypatch.setattr(f"minmax.gan.command.{name}", value)


@pytest.mark.long
def test_the_command_trains_writes_and_goes_on(tmp_path: Path, capsys: Any) -> None:
    words = ["gan", "ring", "--out", str(tmp_path / "run"), "--batch", "16", "--every", "2", "--gap-steps", "2"]
    assert main([*words, "--steps", "4", "--set", "lr=1e-3", "--set", "r1=0.2"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("r3gan, seed 0: 4 steps")
    assert "duality gap at least" in text
    assert {path.name for path in (tmp_path / "run").iterdir()} - {"tensorboard"} == {
        "report.html", "animation.gif", "samples.npy", "log.csv", "checkpoint.pt",
    }  # fmt: skip
    assert np.load(tmp_path / "run" / "samples.npy").shape == (2500, 2)
    assert main([*words, "--steps", "6"]) == 2
    assert "holds a run: go on with it by --resume" in capsys.readouterr().err
    assert main([*words, "--steps", "6", "--resume", "--set", "lr=1e-3"]) == 2
    assert "of a recipe with r1 0.2; here it is 0.1" in capsys.readouterr().err
    assert main([*words, "--steps", "6", "--resume", "--set", "lr=1e-3", "--set", "r1=0.2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=lambda token: pytest.fail(f"{token} is no JSON"))
    assert (found["step"], found["recipe"]["r1"], found["measures"]["modes"]["of"]) == (6, 0.2, 8)
    with open(tmp_path / "run" / "log.csv") as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == [2, 4, 6]


def test_files_are_split_and_scaled(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(50, 3)) * [1.0, 10.0, 0.1] + 5.0
    np.save(tmp_path / "rows.npy", rows)
    np.savetxt(tmp_path / "rows.csv", rows, delimiter=",")
    for name in ("rows.npy", "rows.csv"):
        data = data_of(str(tmp_path / name))
        whole = torch.cat([data.train, data.held_out]).double().numpy()
        assert (len(data.train), len(data.held_out)) == (40, 10)
        assert whole.std(axis=0, ddof=1) == pytest.approx(1.0, rel=1e-5)
        assert np.sort(whole * data.scale + data.shift, axis=0) == pytest.approx(np.sort(rows, axis=0), rel=1e-5)
    images = np.arange(30 * 64, dtype=np.uint8).reshape(30, 8, 8)
    raw = bytes([0, 0, 8, 3]) + struct.pack(">3I", *images.shape) + images.tobytes()
    (tmp_path / "train-ubyte").write_bytes(raw)
    found = data_of(str(tmp_path / "train-ubyte"))
    assert found.train.shape == (20, 1, 8, 8)
    assert (found.train.min(), found.train.max()) == (-1.0, 1.0)


def test_a_file_of_rows_is_learnt_in_its_own_units(tmp_path: Path, capsys: Any) -> None:
    np.save(tmp_path / "far.npy", 1000.0 + np.random.default_rng(1).normal(size=(60, 2)))
    out = tmp_path / "run"
    assert main(["gan", str(tmp_path / "far.npy"), "--steps", "2", "--gap-steps", "0", "--out", str(out)]) == 0
    assert "copies" in capsys.readouterr().out
    assert np.load(out / "samples.npy").mean() == pytest.approx(1000.0, abs=2.0)


def bad_words(folder: Path) -> list[tuple[list[str], str]]:
    np.save(folder / "few.npy", np.zeros((3, 2)))
    np.save(folder / "odd.npy", np.zeros((30, 9, 9), np.uint8))
    (folder / "words.csv").write_text("a,b\n")
    np.save(folder / "words.npy", np.array([["a", "b"]]))
    (folder / "data.xyz").write_text("1")
    np.save(folder / "wide.npy", np.full((30, 8, 8), 200))
    np.save(folder / "line.npy", np.zeros(30, np.uint8))
    np.save(folder / "complex.npy", np.zeros((30, 2), complex))
    (folder / "cut.gz").write_bytes(b"\x1f\x8b\x08\x00")
    return [
        (["rings"], "expected ring, grid, digits or a file"),
        ([str(folder / "few.npy")], "20 rows or images of finite real numbers at least"),
        ([str(folder / "odd.npy")], "Images must be square, of side 8, 28, 32; got 9 x 9"),
        ([str(folder / "words.csv")], "expected a number such as"),
        ([str(folder / "words.npy")], "expected an array of numbers"),
        ([str(folder / "data.xyz")], "data is read from .npy"),
        (["ring", "--recipe", "r2gan"], "did you mean"),
        (["ring", "--set", "lr"], "--set` takes NAME=VALUE"),
        (["ring", "--set", "rate=1"], "A recipe has no `rate`"),
        (["ring", "--steps", "x"], "expected a whole number"),
        ([str(folder / "wide.npy")], "images must be bytes, or numbers from -1 to 1; they go from 200 to 200"),
        ([str(folder / "line.npy")], "got shape (30,)"),
        ([str(folder / "complex.npy")], "got shape (30, 2), torch.complex128"),
        ([str(folder / "cut.gz")], "is no whole gzip file"),
        (["ring", "--every", "0"], "`every` must be a whole number of at least 1"),
        (["ring", "--set", "lr_end=abc"], "`lr_end` must be a positive number; got 'abc'"),
    ]


def test_mistakes_of_the_command_take_one_line(tmp_path: Path, capsys: Any) -> None:
    for words, said in bad_words(tmp_path):
        assert main(["gan", *words, "--out", str(tmp_path / "none")]) == 2
        complaint = capsys.readouterr().err
        assert said in complaint
        assert complaint.count("\n") == 1
        assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("")
    assert main(["gan", "ring", "--out", str(tmp_path / "file")]) == 2
    assert "`--out` must be a folder" in capsys.readouterr().err


def test_parts_of_a_recipe_are_read() -> None:
    assert change_of("betas=(0.0, 0.9)") == ("betas", (0.0, 0.9))
    assert change_of("loss = hinge") == ("loss", "hinge")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: plots.plot_samples(np.zeros(3), ax=axes()), "`samples` must be rows or images"),
        (lambda t: plots.plot_losses([], ax=axes()), "`rows` must hold a row"),
        (lambda t: t.animate("run.mp4"), "must be a .gif file"),
        (lambda t: t.report("run.pdf"), "must be an .html file"),
        (lambda t: plots.plot_film(gan.Film(5)), "holds no frame"),
        (lambda t: t.animate("run.gif", per_second=0), "`per_second` must be a whole number"),
        (lambda t: plots.plot_samples(np.full((3, 2), np.nan), ax=axes()), "`samples` must be finite; 6"),
        (lambda t: gan.Trainer(gan.mlp(2, 2), gan.mlp(2, 1)).report("page.html"), "train first"),
    ],
)
def test_mistakes_of_pictures_are_named(trainer: gan.Trainer, call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(trainer)


# ---------------------------------------------------------------------- what users ran into


class Own:
    """A distribution of a user's own."""

    def sample(self, n: int, generator: Any = None) -> Any:
        return torch.randn(n, 2, generator=generator)


def test_a_distribution_of_ones_own_is_judged_and_reported(trainer: gan.Trainer, tmp_path: Path) -> None:
    found = trainer.report(tmp_path / "page.html", Own(), steps=2, local=False)
    assert "duality gap" in found
    assert "modes" not in found
    assert gan.duality_gap(trainer, torch.randn(50, 2), Own(), steps=2).held_out == 5000


def test_sorted_data_is_judged_as_shuffled() -> None:
    G = gan.mlp(2, 2)
    with torch.no_grad():
        for p, value in zip(G.parameters(), (torch.eye(2), torch.zeros(2))):
            p.copy_(value)
    perfect = gan.Trainer(G, gan.mlp(2, 4, 1), "classic")
    rows = torch.randn(4000, 2, generator=torch.Generator().manual_seed(4))
    rows = rows[rows[:, 0].argsort()]
    found = judge(perfect, rows, samples=800, steps=0)
    assert found["kernel test"].p > 0.01
    assert found["classifier test"].p > 0.01


@pytest.mark.long
def test_pages_of_dead_games_and_of_loaded_runs(tmp_path: Path) -> None:
    class Dead(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside = torch.nn.Linear(2, 1)

        def forward(self, x: Any) -> Any:
            return torch.relu(self.inside(x) - 1000.0)

    dead = gan.Trainer(gan.mlp(2, 4, 2), Dead(), "classic").fit(RING, steps=8, batch=8, every=2, out=tmp_path)
    dead.report(tmp_path / "page.html", RING, steps=0)
    page = (tmp_path / "page.html").read_text()
    assert "No path-angle: `start` must differ from `target`" in page
    loaded = gan.Trainer(gan.mlp(2, 4, 2), Dead(), "classic").load(tmp_path / "checkpoint.pt")
    assert loaded.game.scheduled == dead.game.scheduled
    loaded.report(tmp_path / "page.html", RING, steps=0)
    assert 'alt="samples over time"' in (tmp_path / "page.html").read_text()
    loaded.report(tmp_path / "bare.html")
    assert "there are no samples to look at the game on" in (tmp_path / "bare.html").read_text()


def test_small_and_still_files_go_through(tmp_path: Path, capsys: Any) -> None:
    rows = np.column_stack([np.random.default_rng(0).normal(size=24), np.full(24, 123.456)])
    np.savetxt(tmp_path / "few.csv", rows, delimiter=",")
    data = data_of(str(tmp_path / "few.csv"))
    assert (len(data.train), len(data.held_out)) == (14, 10)
    assert data.train[:, 1].abs().max() < 1e-3
    words = ["gan", str(tmp_path / "few.csv"), "--steps", "2", "--gap-steps", "0", "--out", str(tmp_path / "run")]
    assert main(words) == 0
    assert "neighbours" in capsys.readouterr().out
    stamps = 1.7e9 + 10.0 * np.random.default_rng(0).normal(size=(200, 1))
    np.save(tmp_path / "stamps.npy", stamps)
    assert data_of(str(tmp_path / "stamps.npy")).train.std().item() == pytest.approx(1.0, abs=0.1)


def test_the_command_knows_all_recipes() -> None:
    from minmax.cli import RECIPES

    assert tuple(gan.RECIPES) == RECIPES
