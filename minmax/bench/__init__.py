"""Convergence benchmarks: what their solvers share, and the `minmax bench` command that runs and draws them.

A benchmark is a folder as benchopt knows it: an objective that certifies what solvers return, datasets, solvers.  Those
of this project are in its folder `benchmarks`.
"""
