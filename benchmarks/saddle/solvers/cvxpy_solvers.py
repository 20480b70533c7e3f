import warnings

from benchmark_utils.conic import by_cvxpy

from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """The cone program that a user of cvxpy would write, canonicalisation included."""

    name = "cvxpy"
    package = "cvxpy"
    parameters = {"solver": ["CLARABEL", "SCS"]}

    def warm_up(self):
        self.run(None)

    def answer(self, tol, A, P, Q, b, c, X, Y, **others):
        import cvxpy

        options = {"eps": max(tol, 1e-9)} if self.solver == "SCS" else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of accuracy, which is measured here
            return by_cvxpy(cvxpy, self.solver, A, P, Q, b, c, X, Y, **options)
