"""`minmax gan`: trains on named data or a file, judges, and writes a page, an animation and samples."""

from __future__ import annotations

import ast
import dataclasses
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from minmax.diagnostics.verdict import plain
from minmax.files.plain import SUFFIXES, read_array
from minmax.gan.classifiers import standard
from minmax.gan.data import digits, grid, read_cifar10, read_idx, ring
from minmax.gan.judgement import in_words
from minmax.gan.networks import START, image_discriminator, image_generator, mlp
from minmax.gan.sources import taken
from minmax.gan.trainer import CHECKPOINT, LOG, Trainer

__all__ = ["train"]

# Perceptrons: a deep generator alone goes from mode to mode steeply enough to leave little in between.
WIDTH, DEEP, SHALLOW = 128, 7, 3
OF_IMAGES = 64  # numbers of noise of images
HELD_OUT, LEAST = 0.1, 20  # part of finite data that is not trained on, and samples of a file at least
DRAWN = 1000  # points drawn below an animation
SAVED = 2500  # samples written


class Data(NamedTuple):
    """What to train on, how it was scaled, and what is held out.

    Attributes
    ----------
    train : as for `Trainer.fit`.
    held_out : samples, None of a distribution.
    shift, scale : of the numbers in the file: samples are written as `shift + scale * sample`.
    """

    train: Any
    held_out: Any = None
    shift: Any = 0.0
    scale: Any = 1.0

    def example(self) -> Any:
        """Return one sample."""
        return self.train.sample(1)[0] if self.held_out is None else self.held_out[0]


def train(options: Any) -> str:
    """Run the command and return what it has to say.

    Parameters
    ----------
    options : what `minmax.cli` has parsed.
    """
    data = data_of(options.data)
    changes = dict(change_of(text) for text in options.set or [])
    torch.manual_seed(options.seed)
    G, D, options_of_noise = networks_of(data.example())
    trainer = Trainer(G, D, options.recipe, seed=options.seed, device=options.device, **options_of_noise, **changes)
    out = Path(f"gan-{Path(options.data).stem}") if options.out is None else options.out
    if out.exists() and not out.is_dir():
        raise ValueError(f"`--out` must be a folder; {out} is a file.")
    if (out / CHECKPOINT).exists() and not options.resume:
        raise ValueError(f"{out} holds a run: go on with it by --resume, or pass another --out.")
    trainer.fit(
        data.train,
        steps=options.steps,
        batch=options.batch,
        seconds=options.seconds,
        every=max(options.steps // 50, 1) if options.every is None else options.every,
        out=out,
        resume=options.resume,
    )
    measures = trainer.report(out / "report.html", data.train, data.held_out, steps=options.gap_steps)
    trainer.animate(out / "animation.gif", taken(data.train, DRAWN)[0])
    samples = trainer.sample(SAVED, seed=1).cpu().double().numpy() * data.scale + data.shift
    np.save(out / "samples.npy", samples.astype(np.float32))
    return json.dumps(record_of(trainer, measures, out), indent=2) if options.json else told(trainer, measures, out)


def told(trainer: Trainer, measures: dict[str, Any], out: Path) -> str:
    """Return what became of a run, in lines."""
    row = trainer.rows[-1]
    known = trainer.objectives.loss.at_equilibrium
    lines = [
        f"{trainer.recipe.name}, seed {trainer.seed}: {trainer.steps} steps in {row['seconds']:.0f} s; {row['verdict']}"
    ]
    lines.append(
        f"  losses: generator {row['loss G']:.4g} ({known[0]:.4g} at equilibrium), "
        f"discriminator {row['loss D']:.4g} ({known[1]:.4g}; with its penalties)"
    )
    lines += [f"  {name}: {in_words(name, value)}" for name, value in measures.items()]
    lines.append(f"  {', '.join(('report.html', 'animation.gif', 'samples.npy', LOG, CHECKPOINT))} in {out}")
    return "\n".join(lines)


def record_of(trainer: Trainer, measures: dict[str, Any], out: Path) -> dict[str, Any]:
    """Return what became of a run as what JSON can hold."""

    def strict(value: Any) -> Any:
        if hasattr(value, "_asdict"):
            return {key: strict(part) for key, part in value._asdict().items()}
        return plain(value)

    return {
        "recipe": dataclasses.asdict(trainer.recipe),
        "seed": trainer.seed,
        **{name: strict(value) for name, value in trainer.rows[-1].items()},
        "measures": {name: strict(value) for name, value in measures.items()},
        "out": str(out),
    }


# ------------------------------------------------------------------ what the words name


def data_of(text: str) -> Data:
    """Return the data that a name or a file stands for."""
    if text in ("ring", "grid"):
        mixture = ring() if text == "ring" else grid()
        unit = mixture.standardised()
        return Data(unit, None, mixture.centres.mean(dim=0).double().numpy(), mixture.std / unit.std)
    if text == "digits":
        return split(digits()[0])
    path = Path(text)
    if not path.is_file():
        raise FileNotFoundError(f"{text}: expected ring, grid, digits or a file; there is no such file.")
    found = read(path)
    if found.dim() not in (2, 3, 4) or len(found) < LEAST or found.is_complex() or not found.isfinite().all():
        raise ValueError(
            f"{path}: expected {LEAST} rows or images of finite real numbers at least; got shape {tuple(found.shape)}, "
            f"{found.dtype}."
        )
    if found.dtype == torch.uint8 and found.dim() > 2:
        images = found.float() / 127.5 - 1.0
        return split(images[:, None] if images.dim() == 3 else images, 127.5, 127.5)
    if found.dim() > 2:
        low, high = found.min().item(), found.max().item()
        if low < -1.0 or high > 1.0:
            raise ValueError(
                f"{path}: images must be bytes, or numbers from -1 to 1; they go from {low:g} to {high:g}."
            )
        return split((found[:, None] if found.dim() == 3 else found).float())
    shift, scale = standard(found)
    return split(((found - shift) / scale).float(), shift.numpy(), scale.numpy())


def read(path: Path) -> Any:
    """Return the array in a file."""
    suffix = path.suffix.lower()
    if suffix == ".bin":
        return read_cifar10(path)[0]
    if suffix in SUFFIXES:
        return torch.from_numpy(read_array(path))
    if suffix in (".gz", ".idx") or "ubyte" in path.name:
        return read_idx(path)
    raise ValueError(f"{path}: data is read from .npy, .csv, .txt, IDX (.gz, .idx, -ubyte) or CIFAR-10's .bin.")


def split(samples: Any, shift: Any = 0.0, scale: Any = 1.0) -> Data:
    """Return samples in two parts, the second held out; the same ones at every call."""
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(0))
    held = max(int(HELD_OUT * len(samples)), LEAST // 2)
    return Data(samples[order[held:]], samples[order[:held]], shift, scale)


def networks_of(sample: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Return a generator and a discriminator of samples like this, and what the trainer is told of the noise."""
    if sample.dim() == 3:
        channels, height, side = sample.shape
        if height != side or side not in START:
            raise ValueError(f"Images must be square, of side {', '.join(map(str, START))}; got {height} x {side}.")
        G, D = image_generator(side, channels, OF_IMAGES), image_discriminator(side, channels)
        return G, D, {"latent": OF_IMAGES}
    size = sample.shape[0]
    latent = max(size, 2)
    G, D = mlp(latent, *[WIDTH] * DEEP, size), mlp(size, *[WIDTH] * SHALLOW, 1)
    return G, D, {"latent": latent, "noise": "uniform"}


def change_of(text: str) -> tuple[str, Any]:
    """Return a part of the recipe and its value from words such as "r1=0.05"."""
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f"`--set` takes NAME=VALUE, such as lr=1e-3; got {text!r}.")
    try:
        return name.strip(), ast.literal_eval(value.strip())
    except (ValueError, SyntaxError):
        return name.strip(), value.strip()
