import warnings
from functools import cache

import numpy as np
from benchmark_utils.conic import saddle_program

from minmax.bench.solvers import AnswerSolver


class Solver(AnswerSolver):
    """Disciplined saddle programming, by Clarabel: dsp dualises the inner maximum by itself."""

    name = "dsp"
    package, install = "dsp", "pip install dsp-cvxpy, beside a cvxpy that it runs with, such as 1.5"

    def unsuitable(self, **others):
        return refusal()

    def warm_up(self):
        self.run(None)

    def answer(self, tol, A, P, Q, b, c, X, Y, **others):
        import cvxpy
        import dsp

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of accuracy, which is measured here
            return saddle_program(cvxpy, dsp, A, P, Q, b, c, X, Y)


@cache
def refusal():
    """Return why dsp does not run here, which depends on the version of cvxpy; nothing where it does."""
    side = [("box", 1, -1.0, 1.0)]
    try:
        Solver().answer(1e-6, np.eye(1), None, None, np.zeros(1), np.zeros(1), side, side)
    except Exception as error:  # whatever fails in it
        return f"dsp does not run with this cvxpy ({type(error).__name__})"
    return ""
