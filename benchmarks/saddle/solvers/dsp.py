import warnings

from benchmark_utils.conic import saddle_program

from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """Disciplined saddle programming, by Clarabel: dsp dualises the inner maximum by itself."""

    name = "dsp"
    package, install = "dsp", "pip install dsp-cvxpy, beside a cvxpy that it runs with, such as 1.5"

    def unsuitable(self, **others):
        try:
            import dsp  # noqa: F401
        except ImportError as error:
            return f"dsp does not run with this cvxpy: {error}"
        return ""

    def warm_up(self):
        self.run(None)

    def answer(self, tol, A, P, Q, b, c, X, Y, **others):
        import cvxpy
        import dsp

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of accuracy, which is measured here
            return saddle_program(cvxpy, dsp, A, P, Q, b, c, X, Y)
