"""The only file that knows how numba resolves the methods of records and caches what it compiled.

A kernel calls `rule.step(...)`, `domain.play(...)`, `game.utilities(...)` on NamedTuple records.  Numba
finds the method by the record's type, so one kernel source serves every combination, and each
combination is cached on disk.  Plain functions of the package that those methods call are
compiled from the same source by `compilable`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.extending import intrinsic, overload, overload_method

from minmax import _scalar

__all__ = ["RELAXED", "compilable", "kernel"]

# Full fastmath would let the compiler assume that no NaN exists, and `gap <= tol` would lie.
RELAXED = {"contract", "reassoc", "nsz", "arcp"}

PACKAGE = Path(__file__).parent


# Everything a kernel may call; a structure test holds loops.py to importing from here alone.
KERNEL_SOURCES = (
    "_compile.py",
    "_scalar.py",
    "state.py",
    "oracles.py",
    "loops.py",
    "dynamics",
    "domains",
    "games",
    "exact",
)


def sources_digest() -> str:
    """Hash of the sources kernels are made of: numba alone would keep the old code of an edited rule."""
    digest = hashlib.sha256()
    for name in KERNEL_SOURCES:
        place = PACKAGE / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.relative_to(PACKAGE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Folder for compiled code: beside the package's sources where that can be written, else the user's cache."""
    beside = PACKAGE / "__pycache__"
    name = f"numba-{sources_digest()}"
    if not os.access(beside if beside.exists() else PACKAGE, os.W_OK):
        user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(user) / "minmax" / name
    if not (beside / name).exists():
        for stale in beside.glob("numba-*"):
            if stale.name != name:  # another process may just have made it
                shutil.rmtree(stale, ignore_errors=True)
    return beside / name


@contextmanager
def own_cache() -> Iterator[None]:
    """Let numba choose our folder for the kernels decorated inside, and leave the user's choice as it was."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = before or str(cache_folder())
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def kernel(function: Callable[..., Any], *, cached: bool = True) -> Any:
    """Compile a strict kernel (no relaxed floating point), cached on disk, the interpreter lock released.

    A kernel that takes a user's own compiled function is never found in the cache again, and is not `cached`.

    Kernels allocate nothing, so they are compiled without reference counts (`_nrt`): counting those of the arrays in a
    record took ten times as long as a round of a small game.
    """
    with own_cache():
        return numba.njit(cache=cached, error_model="numpy", nogil=True, _nrt=False)(function)


def compilable(*functions: Callable[..., Any], relaxed: bool = False) -> None:
    """Let compiled code call these plain functions; each is compiled from its own source.

    With `relaxed`, sums may be reordered and contracted (they vectorise), NaN keeps its meaning.
    """
    options: dict[str, Any] = {"error_model": "numpy", "forceinline": True, "_nrt": False}
    if relaxed:
        options["fastmath"] = RELAXED
    for function in functions:
        overload(function, strict=False, jit_options=options)(returning(function))


def returning(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a chooser with the signature numba compares, which always picks `function`."""
    names = ", ".join(function.__code__.co_varnames[: function.__code__.co_argcount])
    scope: dict[str, Any] = {"function": function}
    exec(f"def choose({names}): return function", scope)  # numba compares the names of arguments
    chooser: Callable[..., Any] = scope["choose"]
    return chooser


# The verbs of the contract, with the argument names that every implementation uses.
VERBS = {
    "step": "theta, u, v, a, b, t",
    "perturb": "theta, noise, t",
    "blend": "x, a, b, t",
    "rate": "pace, t",
    "adapt": "step, ratio, moved, turned, t",
    "estimate": "loss, probability",
    "play": "theta, x, w",
    "lift": "x, theta",
    "values": "x, u, v",
    "utilities": "x, y, ux, uy",
    "utility_x": "x, y, ux",
    "utility_y": "x, y, uy",
    "pay": "i, k, z, u",
    "charge": "i, k, x, out",
    "bend": "x, u",
    "begin": "x, u, z, out",
    "weigh": "theta",
    "place": "theta, i, w",
    "toward": "",
}


def resolve(verb: str, arguments: str) -> None:
    """Tell numba to find a record's method by the record's class."""
    for kind in (types.NamedTuple, types.NamedUniTuple):
        scope: dict[str, Any] = {}
        exec(f"def method({', '.join(filter(None, ('self', arguments)))}): return self.instance_class.{verb}", scope)
        overload_method(
            kind, verb, strict=False, jit_options={"error_model": "numpy", "forceinline": True, "_nrt": False}
        )(scope["method"])


for _verb, _arguments in VERBS.items():
    resolve(_verb, _arguments)


@intrinsic
def _bitcast(context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


@overload(_scalar.double_from_bits, strict=False)
def _double_from_bits(bits: Any) -> Any:
    return lambda bits: _bitcast(bits)


@overload(_scalar.word, strict=False)
def _word(k: Any) -> Any:
    return lambda k: types.uint64(k)


compilable(_scalar.dot, _scalar.exp, _scalar.mix, _scalar.replaced, _scalar.uniform)
