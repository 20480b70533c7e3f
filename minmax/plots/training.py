"""Pictures of GANs: their samples, what modes they cover, losses, and the course of a run as frames or an animation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from minmax import _check
from minmax.plots.canvas import GREY, axes_of, blank_figure
from minmax.plots.report import check_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["animate", "plot_film", "plot_losses", "plot_modes", "plot_samples"]

MADE, REAL = "#D55E00", "#0072B2"
OF_PLAYER = {"G": MADE, "D": REAL}
SHOWN = 64  # images of a picture
DRAWN = 2000  # points of a scatter at most


def plot_samples(samples: Any, data: Any = None, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Draw samples: images side by side, points in the plane, numbers as a histogram; of longer rows the plane that
    the data, or where there is none the samples, vary most in.

    Parameters
    ----------
    samples : (n, height, width), (n, channels, height, width) images between -1 and 1, in colour where there are three
        channels, else the first of them; or (n, d) rows.
    data : rows or images of the same kind, drawn below points.
    title : of the picture.
    ax : where to draw.
    """
    made = array_of("samples", samples)
    real = None if data is None else array_of("data", data)
    ax = axes_of(ax, (5.2, 5.0))
    if made.ndim > 2:
        draw_images(ax, made)
    elif made.shape[1] == 1:
        draw_histograms(ax, made[:, 0], None if real is None else real[:, 0])
    else:
        draw_points(ax, made, real)
    ax.set_title(title, fontsize="small", loc="left")
    return ax


def array_of(name: str, samples: Any) -> np.ndarray:
    """Return samples as an array of finite numbers, or refuse them."""
    found = np.asarray(samples.detach().cpu() if hasattr(samples, "detach") else samples, dtype=np.float64)
    if found.ndim < 2 or found.ndim > 4 or not found.size:
        raise ValueError(f"`{name}` must be rows or images; got shape {found.shape}.")
    if not np.isfinite(found).all():
        raise ValueError(f"`{name}` must be finite; {int((~np.isfinite(found)).sum())} of its numbers are not.")
    return found


def draw_images(ax: Axes, images: np.ndarray) -> None:
    """Draw images side by side, in about a square."""
    if images.ndim == 3:
        images = images[:, None]
    images = images[:SHOWN]
    n, channels, height, width = images.shape
    across = math.ceil(math.sqrt(n))
    down = math.ceil(n / across)
    sheet = np.full((down * (height + 1) + 1, across * (width + 1) + 1, channels), 1.0)
    for k, image in enumerate(images):
        row, column = divmod(k, across)
        top, left = row * (height + 1) + 1, column * (width + 1) + 1
        sheet[top : top + height, left : left + width] = image.transpose(1, 2, 0)
    shades = np.clip(0.5 * (sheet + 1.0), 0.0, 1.0)
    ax.imshow(shades if channels == 3 else shades[..., 0], cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")
    ax.set_axis_off()


def draw_histograms(ax: Axes, made: np.ndarray, real: np.ndarray | None) -> None:
    """Draw how samples and data are distributed on the line."""
    both = made if real is None else np.concatenate([made, real])
    bins = np.linspace(float(both.min()), float(both.max()), 61).tolist()
    if real is not None:
        ax.hist(real, bins, density=True, color=REAL, alpha=0.35, label="data")
    ax.hist(made, bins, density=True, color=MADE, histtype="step", linewidth=1.6, label="samples")
    ax.set(ylabel="density")
    ax.legend(frameon=False, fontsize="small")


def draw_points(ax: Axes, made: np.ndarray, real: np.ndarray | None) -> None:
    """Draw samples over data in the plane, in the window of the data."""
    if made.shape[1] > 2:
        base = made if real is None else real
        centre = base.mean(axis=0)
        plane = np.linalg.svd(base - centre, full_matrices=False)[2][:2]
        made = (made - centre) @ plane.T
        real = None if real is None else (real - centre) @ plane.T
        ax.set(xlabel="first principal direction", ylabel="second principal direction")
    if real is not None:
        ax.plot(*real[:DRAWN].T, ".", color=REAL, markersize=4, alpha=0.5, label="data", zorder=1)
    ax.plot(*made[:DRAWN].T, ".", color=MADE, markersize=2.5, alpha=0.7, label="samples", zorder=2)
    low, high = np.quantile(made if real is None else real, [0.0, 1.0], axis=0)
    room = 0.15 * float((high - low).max()) or 1.0
    ax.set(xlim=(low[0] - room, high[0] + room), ylim=(low[1] - room, high[1] + room), aspect="equal")
    if real is not None:
        below = -0.16 if ax.get_xlabel() else -0.08
        ax.legend(
            loc="upper center", bbox_to_anchor=(0.5, below), ncols=2, frameon=False, fontsize="x-small", markerscale=2
        )


def plot_modes(samples: Any, mixture: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of samples that each mode of a mixture has within three standard deviations.

    Parameters
    ----------
    samples : (n, d).
    mixture : a `minmax.gan.Mixture`.
    ax : where to draw; the dashed line is every mode's share of the mixture.
    """
    from minmax.gan.metrics import coverage_of, fine_counts

    counts, of = fine_counts(samples, mixture)
    ax = axes_of(ax, (5.6, 3.8))
    ax.bar(np.arange(len(counts)), 100.0 * counts / of, color=MADE, width=0.75)
    ax.axhline(100.0 / len(counts), color=REAL, linestyle="--", linewidth=1.2)
    ax.annotate(
        "share in the mixture", (1.0, 100.0 / len(counts)), xycoords=("axes fraction", "data"), xytext=(-3, 2),
        textcoords="offset points", ha="right", va="bottom", fontsize="x-small", color=REAL,
    )  # fmt: skip
    ax.margins(y=0.1)
    ax.set(xlabel=f"mode of the {mixture.name}", ylabel="samples within 3 std of it, %")
    ax.set_title(str(coverage_of(counts, of)), fontsize="small", loc="left")
    return ax


def plot_losses(
    rows: Sequence[Mapping[str, Any]], at_equilibrium: Sequence[float] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the losses of a run against its steps, and below them the gap where rows have one.

    Parameters
    ----------
    rows : of `Trainer.rows`.
    at_equilibrium : losses of generator and discriminator there, drawn dashed.
    ax : where to draw.
    """
    if not rows:
        raise ValueError("`rows` must hold a row at least: train first.")
    ax = axes_of(ax, (5.6, 4.2))
    names = [name for name in rows[0] if name.startswith("loss ")]
    for k, name in enumerate(names):
        color = OF_PLAYER.get(name.removeprefix("loss "), GREY)
        t, values = column_of(rows, name)
        ax.plot(t, values, color=color, linewidth=1.4, label=name, marker="." if len(t) < 3 else "")
        if at_equilibrium is not None:
            ax.axhline(at_equilibrium[k], color=color, linestyle="--", linewidth=1.0)
    t, gaps = column_of(rows, "gap")
    if len(t):
        ax.plot(t, gaps, color="black", linewidth=1.4, label="gap")
    ax.set(xlabel="step", ylabel="loss")
    if at_equilibrium is not None:
        ax.set_title("dashed: at equilibrium", fontsize="small", loc="left", color=GREY)
    ax.legend(frameon=False, fontsize="small")
    return ax


def column_of(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps at which rows have a number, and the numbers."""
    pairs = [(row["step"], row[name]) for row in rows if isinstance(row.get(name), (int, float))]
    t, values = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    return t, values


def plot_film(film: Any, data: Any = None, *, count: int = 5, figure: Any = None) -> tuple[Axes, ...]:
    """Draw a run from left to right: samples of the same noise at a few steps, over the data where it is in the plane.

    Parameters
    ----------
    film : `Trainer.film`.
    data : rows or images.
    count : of frames.
    figure : an empty figure; one outside pyplot where None.
    """
    frames = film.some(count)
    if not frames:
        raise ValueError("`film` holds no frame: train first, with film > 0.")
    figure = figure if figure is not None else blank_figure(2.7 * len(frames), 2.9)
    axes = tuple(figure.subplots(1, len(frames), squeeze=False)[0])
    for ax, (step, samples) in zip(axes, frames):
        plot_samples(samples, data, title=f"step {step}", ax=ax)
        ax.tick_params(labelsize="x-small")
        ax.set(xlabel="", ylabel="")
        if (key := ax.get_legend()) is not None and ax is not axes[0]:
            key.remove()
    return axes


def animate(film: Any, path: str | PathLike[str], data: Any = None, *, per_second: int = 10) -> None:
    """Write a run as an animation.

    Parameters
    ----------
    film : `Trainer.film`.
    path : a `.gif` file in a folder that exists.
    data : rows or images, drawn below points.
    per_second : frames; the last one stays for a second and a half.
    """
    _check.whole("per_second", per_second, 1)
    to = check_file(path, "a .gif", (".gif",))
    if not film.frames:
        raise ValueError("`film` holds no frame: train first, with film > 0.")
    figure = blank_figure(4.2, 4.4)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    pictures, canvas = [], FigureCanvasAgg(figure)
    figure.set_dpi(80)
    for step, samples in film.frames:
        figure.clear()
        plot_samples(samples, data, title=f"step {step}", ax=figure.subplots())
        canvas.draw()
        pictures.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
    times = [round(1000 / per_second)] * len(pictures)
    times[-1] += 1500
    pictures[0].save(to, save_all=True, append_images=pictures[1:], duration=times, loop=0)
