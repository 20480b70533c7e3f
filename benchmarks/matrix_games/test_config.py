"""What `benchopt test` leaves out: peers that are not installed, and files that only a user has."""

import pytest

from minmax.bench.solvers import unavailable


def check_test_solver_run(benchmark, solver_class):
    if reason := unavailable(solver_class):
        pytest.skip(reason)


def check_test_dataset_get_data(benchmark, dataset_class):
    if dataset_class.name == "file":
        pytest.skip("it reads a user's file")
