from benchmark_utils.training import RecipeSolver


class Solver(RecipeSolver):
    """Alternating Adam with all of r3gan that is no part of its game: a falling rate and an average."""

    name = "classic, averaged"
    recipe = "classic"
    changes = {"lr": 1e-3, "lr_end": 1e-6, "half_life": 500.0}
