"""What dynamics do near a point: the phase portrait, eigenvalues in stability regions, the path-angle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minmax.diagnostics import GameJacobian, PathAngle, diagnose, game_jacobian, step_factors
from minmax.diagnostics.jacobian import operator_of
from minmax.plots.canvas import GREY, axes_of, color_of, tidy
from minmax.plots.captions import eta_of
from minmax.plots.frames import draw_stars
from minmax.plots.labels import label_curve, settle_labels
from minmax.plots.orbit import draw_path
from minmax.solve import solve
from minmax.watching import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ARROWS = 17  # a side of the field
GRID = 161  # points a side that regions are drawn from


def plot_phase(
    game: Any, method: Any, start: Any, *, rounds: int = 400, saddle: Any = None, reach: float | None = None,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw the field that gradient play follows, an orbit in it, and the verdict on the orbit.

    Parameters
    ----------
    game : a game of one coordinate each, on free space or intervals.
    method : dynamics.
    start : pair of numbers.
    rounds : operator calls of the orbit.
    saddle : pair of numbers to mark with a star.
    reach : half the width of the picture; what holds the orbit where None.
    ax : where to draw.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from minmax import GDA, BilinearGame
    >>> ax = plot_phase(BilinearGame([[1.0]]), GDA(0.1, "constant"), (1.0, 0.0), ax=Figure().subplots())
    >>> ax.get_title(loc="left").splitlines()[-1]
    'spiralling out, 63 steps a turn'
    """
    if tuple(game.shape) != (1, 1):
        raise ValueError(f"`game` must have one coordinate each to fill a plane; got shape {tuple(game.shape)}.")
    orbit = Trajectory()
    first = (np.atleast_1d(start[0]), np.atleast_1d(start[1]))
    run = solve(game, method, rounds=rounds, tol=None, every=1, start=first, watch=orbit)
    path = np.column_stack([orbit.x[:, 0], orbit.y[:, 0]])
    path = path[np.isfinite(path).all(axis=1)]
    centre = np.zeros(2) if saddle is None else np.asarray(saddle, dtype=np.float64).ravel()
    half = reach if reach is not None else 1.15 * float(np.abs(path - centre).max()) or 1.0
    ax = axes_of(ax, (5.6, 5.6))
    lines = [np.linspace(c - half, c + half, ARROWS) for c in centre]
    x, y = np.meshgrid(*lines)
    field = np.array([-operator_of(game, np.array([p, q])) for p, q in zip(x.ravel(), y.ravel())])
    length = np.linalg.norm(field, axis=1)
    shown = field / np.maximum(length, 1e-300)[:, None]
    ax.quiver(x, y, shown[:, 0].reshape(x.shape), shown[:, 1].reshape(x.shape), length.reshape(x.shape),
              cmap="Greys", angles="xy", pivot="mid", width=0.0032, alpha=0.55, zorder=1,
              norm=matching(length))  # fmt: skip
    name = run.path[-1]
    line = draw_path(ax, path, color_of(name))
    label_curve(ax, line, name)
    if saddle is not None:
        draw_stars(ax, [centre])
    ax.set(xlim=(centre[0] - half, centre[0] + half), ylim=(centre[1] - half, centre[1] + half), aspect="equal",
           xlabel="x, minimises", ylabel="y, maximises")  # fmt: skip
    found = diagnose(path, saddle=saddle)
    turn = f", {found.period:.0f} steps a turn" if math.isfinite(found.period) else ""
    title = tidy(game.name) or type(game).__name__
    step = eta_of(run.run.rules[0]) if run.run is not None else ""
    ax.set_title(f"{title}, {name}, {step}, {len(path) - 1} steps\n{found.verdict}{turn}", fontsize="small", loc="left")
    settle_labels(ax)
    return ax


def matching(length: np.ndarray) -> Any:
    """Return shades for lengths, none of them white."""
    from matplotlib.colors import Normalize

    top = float(length.max(initial=0.0)) or 1.0
    return Normalize(-0.6 * top, top)


def plot_eigenvalues(game: Any, methods: Any = (), x: Any = None, y: Any = None, *, ax: Axes | None = None) -> Axes:
    """Draw the eigenvalues of a game's Jacobian at a point, and where each dynamics with its step is stable.

    Inside its region a dynamics comes back to the point, each eigenvalue alone considered; a region's colour is its
    dynamics'.

    Parameters
    ----------
    game : a game, a `TorchPair`, or a `GameJacobian`.
    methods : a dynamics with a number for `eta`, or several, or none.
    x, y : the point, as for `game_jacobian`.
    ax : where to draw.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from minmax import GDA, ExtraGradient, QuadraticGame
    >>> game = QuadraticGame(P=0.2, A=[[1.0]], Q=0.2)
    >>> ax = plot_eigenvalues(game, [GDA(0.5, "constant"), ExtraGradient(0.5)], ax=Figure().subplots())
    >>> ax.get_xlabel()
    'real part: pull towards the point'
    """
    jacobian = game if isinstance(game, GameJacobian) else game_jacobian(game, x, y)
    rules: Sequence[Any] = list(methods) if isinstance(methods, (list, tuple)) else [methods]
    for rule in rules:
        if not isinstance(getattr(rule, "eta", None), (int, float)):
            raise ValueError(f"`methods` must be dynamics with a number for `eta`; got {rule!r}.")
    values = jacobian.eigenvalues
    ax = axes_of(ax, (6.0, 5.4))
    # Regions reach to a few over their step; the picture holds the smallest step's and all eigenvalues.
    reach = max((2.1 / float(rule.eta) for rule in rules), default=0.0)
    far = 1.15 * max(float(np.abs(values).max(initial=0.0)), reach) or 1.0
    real, imaginary = np.linspace(-0.35 * far, far, GRID), np.linspace(0.0, far * 0.75, GRID)
    a, b = np.meshgrid(real, imaginary)
    for rule in rules:
        factors = step_factors(rule, a + 1j * b)
        color, label = color_of(type(rule).__name__), f"{type(rule).__name__}, η = {float(rule.eta):.3g}"
        both, whole = np.concatenate([-imaginary[:0:-1], imaginary]), np.vstack([factors[:0:-1], factors])
        ax.contourf(real, both, whole, levels=[0.0, 1.0], colors=[color], alpha=0.10)
        contour = ax.contour(real, both, whole, levels=[1.0], colors=[color], linewidths=1.4)
        pieces = [piece for level in contour.allsegs for piece in level if len(piece) > 2]
        if pieces:
            edge = max(pieces, key=len)
            upper = edge[edge[:, 1] >= 0.0]
            (line,) = ax.plot(*(upper if len(upper) else edge).T, color=color, linewidth=1.4)
            label_curve(ax, line, label)
    ax.plot(values.real, values.imag, "o", color="black", markersize=5, zorder=5, label="eigenvalues")
    ax.axhline(0, color="#CCCCCC", linewidth=0.7, zorder=0)
    ax.axvline(0, color="#CCCCCC", linewidth=0.7, zorder=0)
    ax.set(xlim=(real[0], real[-1]), ylim=(-imaginary[-1], imaginary[-1]), aspect="equal")
    ax.set(xlabel="real part: pull towards the point", ylabel="imaginary part: turning")
    ax.set_title(
        f"Eigenvalues of the game Jacobian ({jacobian.n} + {jacobian.m} coordinates), "
        f"rotation {jacobian.rotation:.3g}" + ("\nand where each dynamics is stable" if rules else ""),
        fontsize="small", loc="left",
    )  # fmt: skip
    settle_labels(ax)
    return ax


def plot_path_angle(path: PathAngle, *, ax: Axes | None = None) -> Axes:
    """Draw path-angle and path-norm along a segment: a change of sign is attraction, a value of zero rotation.

    Parameters
    ----------
    path : what `path_angle` returns.
    ax : where to draw the angle; the norm gets an axis of its own at the right.
    """
    if not isinstance(path, PathAngle):
        raise TypeError(f"`path` must be what path_angle returns; got {type(path).__name__}.")
    ax = axes_of(ax, (6.4, 4.2))
    ax.axhline(0, color="#CCCCCC", linewidth=0.7, zorder=0)
    ax.axvline(0, color="#CCCCCC", linewidth=0.7, zorder=0)
    ax.plot(path.alphas, path.angle, color="#0072B2", linewidth=1.8)
    side = ax.twinx()
    side.plot(path.alphas, path.norm, color="#D55E00", linewidth=1.1, linestyle="--")
    side.set_ylabel("norm of the operator", color="#D55E00")
    ax.set(xlabel="place on the line: 0 the target, 1 the start", ylim=(-1.08, 1.08))
    ax.set_ylabel("cosine of operator and line", color="#0072B2")
    says = "steps lead back to the target" if path.attracts else "no attraction along this line"
    ax.set_title(f"{says}; least |cosine| beside it {path.straightness:.3g}", fontsize="small", loc="left", color=GREY)
    return ax
