from benchmark_utils.training import RecipeSolver


class Solver(RecipeSolver):
    name = recipe = "classic"
