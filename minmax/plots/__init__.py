"""Pictures of runs, orbits and strategies: matplotlib Axes, returned and never shown.

Everywhere: operator calls across, solid for averages, dashed for last iterates, one colour for each dynamics,
a ring for the start and a star for the equilibrium.
"""

from minmax.plots.canvas import COLORS
from minmax.plots.convergence import plot_convergence
from minmax.plots.orbit import plot_orbit
from minmax.plots.pictures import check_picture, plot_demo, plot_game, plot_solution, write_picture
from minmax.plots.report import write_report
from minmax.plots.spectrum import plot_eigenvalues, plot_path_angle, plot_phase
from minmax.plots.strategies import plot_strategies
from minmax.plots.training import animate, plot_film, plot_losses, plot_modes, plot_samples
from minmax.plots.training_report import write_training_report
from minmax.plots.trees import plot_tree, plot_values
from minmax.plots.verdict import plot_diagnosis, plot_rate, plot_regret, plot_sizes

__all__ = [
    "COLORS",
    "animate",
    "check_picture",
    "plot_convergence",
    "plot_demo",
    "plot_diagnosis",
    "plot_eigenvalues",
    "plot_film",
    "plot_game",
    "plot_losses",
    "plot_modes",
    "plot_orbit",
    "plot_path_angle",
    "plot_phase",
    "plot_rate",
    "plot_regret",
    "plot_samples",
    "plot_sizes",
    "plot_solution",
    "plot_strategies",
    "plot_tree",
    "plot_values",
    "write_picture",
    "write_report",
    "write_training_report",
]
