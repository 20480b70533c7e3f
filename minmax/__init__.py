"""Game-theoretic min-max optimization: `min over x in X, max over y in Y, f(x, y)`, with certified answers."""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
