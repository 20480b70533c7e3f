"""One page about a GAN, in one file: verdict, measures, pictures and the whole configuration."""

from __future__ import annotations

import dataclasses
import html
from os import PathLike
from typing import Any

from minmax.plots.report import address_of, check_report, figures, page, picture, said, table
from minmax.plots.spectrum import plot_eigenvalues, plot_path_angle
from minmax.plots.training import plot_film, plot_losses, plot_modes, plot_samples
from minmax.plots.verdict import LEAST, plot_diagnosis, plot_sizes

__all__ = ["write_training_report"]

DRAWN = 2000  # samples of pictures
FEW = 64  # samples that the game is looked at on
PLACES = 41  # of the path-angle


def write_training_report(
    trainer: Any,
    path: str | PathLike[str],
    data: Any = None,
    held_out: Any = None,
    *,
    steps: int = 300,
    local: bool = True,
) -> dict[str, Any]:
    """Write a page about a GAN and return the measures on it.

    Parameters
    ----------
    trainer : a `minmax.gan.Trainer` that has taken a step.
    path : an `.html` file in a folder that exists.
    data, held_out : as for `minmax.gan.judge`; without data nothing is measured.
    steps : of the responses of the duality gap; none where 0.
    local : whether to draw eigenvalues and the path-angle, on one batch: some hundred passes through the networks.
    """
    from minmax.gan.judgement import in_words, judge
    from minmax.gan.sources import taken

    to = check_report(path)
    if not trainer.rows:
        raise ValueError("There is nothing to report of: train first.")
    measures = {} if data is None else judge(trainer, data, held_out, steps=steps)
    below, labels = (None, None) if data is None else taken(data, DRAWN)
    diagnosis = trainer.diagnosis()
    parts = [said(diagnosis)]
    if measures:
        words = [(name, html.escape(in_words(name, value))) for name, value in measures.items()]
        parts.append(f"<h2>Samples and data</h2>{table(words)}")
    parts += [film_of(trainer, below), figures(pictures_of(trainer, data, below, diagnosis))]
    if local:
        few = trainer.game.seen[0] if data is None and trainer.game.seen else (below, labels)
        parts.append(local_pictures(trainer, few))
    parts.append(f"<h2>Configuration</h2>{table(configuration_of(trainer))}")
    to.write_text(page(html.escape(diagnosis.title), "\n".join(parts)), encoding="utf-8")
    return measures


def film_of(trainer: Any, below: Any) -> str:
    """Return the course of the run as one wide picture."""
    if not trainer.film.frames:
        return ""
    axes = plot_film(trainer.film, below)
    return f'<p><img alt="samples over time" style="width:100%" src="{address_of(axes[0].figure)}"></p>'


def pictures_of(trainer: Any, data: Any, below: Any, diagnosis: Any) -> list[tuple[str, str]]:
    """Return samples, modes, losses and motion as names and data."""
    drawn: list[tuple[str, Any]] = []
    if not trainer.labels:
        made = trainer.sample(DRAWN if below is None or below.ndim == 2 else 64)
        drawn.append(("samples", lambda ax: plot_samples(made, below, title="samples", ax=ax)))
        if hasattr(data, "centres"):
            drawn.append(("modes", lambda ax: plot_modes(made, data, ax=ax)))
    drawn.append(("losses", lambda ax: plot_losses(trainer.rows, trainer.objectives.loss.at_equilibrium, ax=ax)))
    if len(diagnosis.record.t) >= LEAST:
        drawn.append(("parameters", lambda ax: plot_diagnosis(diagnosis, ax=ax)))
        drawn.append(("size of the motion", lambda ax: plot_sizes(diagnosis, ax=ax)))
    return [(name, picture(draw)) for name, draw in drawn]


def local_pictures(trainer: Any, batch: Any) -> str:
    """Return eigenvalues of the game where it is, on a few samples, and the path-angle from its start, as HTML."""
    if batch[0] is None:
        return "<p>No eigenvalues: there are no samples to look at the game on; pass <code>data</code>.</p>"
    from minmax.diagnostics import path_angle

    pair, began = trainer.pair(tuple(None if part is None else part[:FEW] for part in batch)), trainer.start()
    alphas = [k / (PLACES // 2) - 0.5 for k in range(PLACES)]
    drawn: list[tuple[str, Any]] = [("eigenvalues", lambda ax: plot_eigenvalues(pair, ax=ax))]
    if began is not None:
        drawn.append(
            ("path-angle", lambda ax: plot_path_angle(path_angle(pair, pair.point(), began, alphas=alphas), ax=ax))
        )
    parts = []
    for name, draw in drawn:
        try:
            parts.append(figures([(name, picture(draw))]))
        except (ValueError, RuntimeError, ArithmeticError) as error:  # of networks that are dead, or have not moved
            parts.append(f"<p>No {name}: {html.escape(str(error))}</p>")
    return "\n".join(parts)


def configuration_of(trainer: Any) -> list[tuple[str, str]]:
    """Return all that the run was made with."""
    import platform

    from minmax import __version__

    rows: list[tuple[str, Any]] = [
        ("steps", trainer.steps),
        ("seconds", trainer.rows[-1]["seconds"]),
        ("seed", trainer.seed),
        ("noise", f"{trainer.latent} numbers, {trainer.noise}"),
        *dataclasses.asdict(trainer.recipe).items(),
    ]
    for name, module in trainer.game.players.items():
        count = sum(p.numel() for p in module.parameters())
        rows.append((f"{name}, {count} parameters", f"{module}"))
    rows += [("device", trainer.device), ("minmax", __version__), ("Python", platform.python_version())]
    return [
        (name, f"<pre>{html.escape(str(value))}</pre>" if "\n" in str(value) else html.escape(str(value)))
        for name, value in rows
    ]
