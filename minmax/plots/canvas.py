"""Figures, Axes, colours and text that every picture shares."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The colour-blind-safe palette of Okabe and Ito, without its yellow, for what is compared most; those of Paul Tol
# for the rest, where labels at the curves tell the near ones apart.
COLORS = {
    "MWU": "#0072B2",
    "GDA": "#D55E00",
    "OMWU": "#56B4E9",
    "ExtraGradient": "#009E73",
    "RegretMatchingPlus": "#E69F00",
    "PredictiveRegretMatchingPlus": "#000000",
    "PDHG": "#CC79A7",
    "HalpernPDHG": "#BB5566",
    "LineSearchPDHG": "#DDAA33",
    "MirrorPDHG": "#EE99AA",
    "OptimisticGDA": "#882255",
    "PastExtraGradient": "#44AA99",
    "RegretMatching": "#999933",
    "AlternatingGDA": "#CC6677",
    "FictitiousPlay": "#332288",
    "BestResponse": "#666655",
    "MirrorProx": "#117733",
    "MirrorDescent": "#AA4499",
    "FTRL": "#4477AA",
    "EuclideanFTRL": "#EE7733",
    "LogBarrierFTRL": "#228833",
    "OptimisticFTRL": "#33BBEE",
    "FTPL": "#AA3377",
    "ExponentialFTPL": "#EE6677",
    "DiscountedRegretMatching": "#997700",
    "LinearRegretMatching": "#CCBB44",
    "Exp3": "#004488",
    "Exp3IX": "#6699CC",
    "ForwardBackwardForward": "#1F77B4",
    "ReflectedGradient": "#FF7F0E",
    "GoldenRatio": "#BCBD22",
    "AdaptiveGoldenRatio": "#8C564B",
    "AdaptiveExtraGradient": "#2CA02C",
    "DualExtrapolation": "#9467BD",
    "NegativeMomentum": "#D62728",
    "ProximalPoint": "#17BECF",
    "EAGC": "#6F4C9B",
    "EAGV": "#B997C6",
    "FEG": "#824D99",
    "Halpern": "#E377C2",
    "FrankWolfe": "#A65628",
    "AcceleratedGradient": "#4EB265",
    "SmoothedResponse": "#90C987",
    "ExcessiveGap": "#CAE0AB",
    "DoubleStepExtraGradient": "#7BAFDE",
    "VarianceReducedExtraGradient": "#5289C7",
}
# Of names that are not in the table: no colour of it.
OF_STRANGERS = ("#FF0090", "#00C8B4", "#8A00FF", "#7CB500", "#FF3B30")
GREY = "#777777"
LABEL = 28  # characters of an action's label


def color_of(name: str) -> str:
    """Return the project's colour of a dynamics; of a name that is not in the table, one that never changes.

    Examples
    --------
    >>> color_of("GDA"), color_of("MyOwnDynamics") == color_of("MyOwnDynamics")
    ('#D55E00', True)
    """
    return COLORS.get(name) or OF_STRANGERS[zlib.crc32(name.encode()) % len(OF_STRANGERS)]


def shade_of(color: str, repeat: int, count: int) -> str:
    """Return the shade for one of several runs of a dynamics, from dark to light; its colour where there is one.

    Examples
    --------
    >>> [shade_of("#0072B2", repeat, 3) for repeat in range(3)]
    ['#003959', '#0072b2', '#80b9d8']
    """
    if count == 1:
        return color
    from matplotlib.colors import to_hex, to_rgb

    red, green, blue = to_rgb(color)
    dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.2
    # Dark colours have lighter shades alone that the eye can tell apart.
    least, most = (0.0, 0.65) if dark else (-0.5, 0.5)
    share = least + (most - least) * repeat / (count - 1)
    ground = 1.0 if share > 0 else 0.0
    return to_hex([part + abs(share) * (ground - part) for part in (red, green, blue)])


def tidy(text: Any) -> str:
    """Return a label as one short line in which a dollar is a dollar."""
    line = " ".join(str(text).split())
    line = line if len(line) <= LABEL else line[: LABEL - 1].rstrip() + "…"
    return line.replace("$", r"\$")


def matplotlib_required() -> None:
    """Say which extra to install where matplotlib is missing."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise ImportError('Plots need matplotlib, which is missing: pip install "minmax[plot]".') from None


def blank_figure(width: float, height: float) -> Figure:
    """Return a figure of so many inches that pyplot knows nothing of."""
    matplotlib_required()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=150, layout="constrained")


def axes_of(ax: Any, size: tuple[float, float] = (6.4, 4.6)) -> Any:
    """Return the Axes given, or those of a new figure."""
    matplotlib_required()
    from matplotlib.axes import Axes

    if ax is None:
        from matplotlib import pyplot

        return pyplot.figure(figsize=size, layout="constrained").add_subplot()
    if not isinstance(ax, Axes):
        raise TypeError(f"`ax` must be a matplotlib Axes, such as figure.subplots(); got {type(ax).__name__}.")
    return ax
