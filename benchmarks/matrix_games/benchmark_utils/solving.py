"""Peers as solvers of this benchmark."""

from functools import cached_property

import numpy as np
from scipy.sparse import issparse

from minmax.bench.solvers import AnswerSolver


class PeerSolver(AnswerSolver):
    """A peer of `peers.py`: a subclass says which, and whether it takes dense games alone."""

    dense = False

    def peer(self):
        """Return a function of x's losses and a tolerance."""
        raise NotImplementedError

    @cached_property
    def solve(self):
        """The peer, which has solved something: what it loads and compiles at first is done."""
        solve = self.peer()
        solve(np.eye(3), 0.1)
        return solve

    def warm_up(self):
        self.solve  # noqa: B018

    def unsuitable(self, A, **others):
        return "it takes dense games alone" if self.dense and issparse(A) else ""

    def answer(self, tol, A, **others):
        return self.solve(A, tol)
