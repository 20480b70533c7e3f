"""Pictures of runs, orbits and strategies: matplotlib Axes, returned and never shown.

Everywhere: operator calls across, solid for averages, dashed for last iterates, one colour for each dynamics,
a ring for the start and a star for the equilibrium.
"""

from minmax.plots.canvas import COLORS
from minmax.plots.convergence import plot_convergence
from minmax.plots.orbit import plot_orbit
from minmax.plots.pictures import check_picture, plot_demo, plot_solution, write_picture
from minmax.plots.strategies import plot_strategies

__all__ = [
    "COLORS",
    "check_picture",
    "plot_convergence",
    "plot_demo",
    "plot_orbit",
    "plot_solution",
    "plot_strategies",
    "write_picture",
]
