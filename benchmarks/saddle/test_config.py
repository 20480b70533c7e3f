"""What `benchopt test` leaves out: peers that are not installed, and files that only a user has."""

import pytest

from minmax.bench.solvers import unavailable


def check_test_solver_run(benchmark, solver_class):
    if reason := unavailable(solver_class):
        pytest.skip(reason)
