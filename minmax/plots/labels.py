"""Labels at the curves they name, where they cover least of the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARK = 8.0 * np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), -1).reshape(-1, 2)  # pixels a mark covers
SAMPLE = 4.0  # pixels between the points at which a curve is in a label's way
CLEAR = 6.0  # pixels kept free around a label


def label_curve(ax: Axes, line: Any, text: str, *, color: str | None = None) -> None:
    """Tie a label to a curve; `settle_labels` finds its place."""
    from matplotlib import patheffects

    gid = f"curve {len(ax.texts)}"
    line.set_gid(gid)
    note = ax.annotate(
        text, (1.0, 1.0), xytext=(0, 0), textcoords="offset points", ha="center", va="center", fontsize="small",
        color=color or line.get_color(), zorder=8, gid=gid, annotation_clip=False,
    )  # fmt: skip
    note.set_in_layout(False)  # else moving it would move the frame it is placed in
    note.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground="white")])


def settle_labels(ax: Axes) -> None:
    """Put every curve's label beside its curve, where it covers least of the others."""
    notes: list[Any] = [text for text in ax.texts if str(text.get_gid()).startswith("curve ")]
    if not notes:
        return
    ax.figure.canvas.figure.draw_without_rendering()
    frame = ax.get_window_extent()
    # Lines on the ground, such as those through the origin, are in nobody's way.
    paths = {line.get_gid() or k: seen(line, frame) for k, line in enumerate(ax.lines) if line.get_zorder() > 0}
    obstacles = np.vstack(list(paths.values()))
    others = [text for text in ax.texts if text not in notes]
    taken = [part.get_window_extent() for part in [*others, ax.get_legend()] if part is not None]
    to_points = 72.0 / ax.figure.dpi
    for note in notes:
        box = note.get_window_extent()
        anchor, centre = best_place(paths[note.get_gid()], (box.width, box.height), frame, obstacles, taken)
        note.xy = tuple(ax.transData.inverted().transform(anchor))
        note.set_position(tuple((centre - anchor) * to_points))
        taken.append(note.get_window_extent())


def seen(line: Any, frame: Any) -> np.ndarray:
    """Return points along the part of a line inside the frame, in pixels, a few apart."""
    points = line.get_transform().transform(line.get_xydata())
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) == 1:
        return np.repeat(points + MARK, 5, axis=0)
    if len(points) > 1:
        lengths = np.minimum(np.hypot(*np.diff(points, axis=0).T), 2 * (frame.width + frame.height))
        travelled = np.concatenate([[0.0], np.cumsum(lengths)])
        stops = np.linspace(0.0, travelled[-1], 2 + int(min(travelled[-1] / SAMPLE, 20_000)))
        points = np.column_stack([np.interp(stops, travelled, points[:, k]) for k in (0, 1)])
    inside = (np.abs(points - [(frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2]) * 2 <= frame.size).all(axis=1)
    return np.asarray(points[inside])


def best_place(
    path: np.ndarray, size: tuple[float, float], frame: Any, obstacles: np.ndarray, taken: Sequence[Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the point of a path to label and the label's centre, in pixels."""
    from matplotlib.transforms import Bbox

    path = path if len(path) else np.array([[(frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2]])
    half = np.array(size) / 2 + CLEAR
    least = math.inf
    for dislike, anchor, centre in places(path, half):
        if dislike >= least:
            continue
        box = Bbox([centre - half, centre + half])
        covered = int((np.abs(obstacles - centre) <= half).all(axis=1).sum())
        outside = box.x0 < frame.x0 or box.x1 > frame.x1 or box.y0 < frame.y0 or box.y1 > frame.y1
        clash = sum(box.overlaps(other) for other in taken)
        cost = dislike + covered + 25.0 * (covered > 0) + 500.0 * outside + 200.0 * clash
        if cost < least:
            least, best = cost, (anchor, centre)
    return best


def places(path: np.ndarray, half: np.ndarray) -> Iterator[tuple[float, np.ndarray, np.ndarray]]:
    """Yield dislike, point and centre for labels around a path; liked are its end, being close, and the right."""
    for share, gap, turn in product(np.linspace(1.0, 0.1, 19), (1.0, 8.0, 15.0), range(12)):
        anchor = path[round(share * (len(path) - 1))]
        way = np.array([math.cos(turn * math.pi / 6), math.sin(turn * math.pi / 6)])
        dislike = 20.0 * (1.0 - share) + 0.5 * (gap - 1.0) + 0.1 * min(turn, 12 - turn)
        yield dislike, anchor, anchor + way / np.abs(way).max() * (half + gap)
