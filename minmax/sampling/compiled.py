"""The walks of `walks.py`, compiled."""

from __future__ import annotations

from minmax._compile import compilable, kernel
from minmax.sampling import walks as plain

__all__ = ["walks"]

compilable(*plain.COMPILED)
walks = kernel(plain.walks)
