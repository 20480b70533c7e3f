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

from minmax import _memory, _scalar

__all__ = ["RELAXED", "compilable", "kernel"]

# Full fastmath would let the compiler assume that no NaN exists, and `gap <= tol` would lie.
RELAXED = {"contract", "reassoc", "nsz", "arcp"}

PACKAGE = Path(__file__).parent
PLACES = 8  # tensors that one loop may read and write, none overlapping another


# Everything a kernel may call; a structure test holds loops.py to importing from here alone.
KERNEL_SOURCES = (
    "_compile.py",
    "_memory.py",
    "_scalar.py",
    "state.py",
    "oracles.py",
    "loops.py",
    "optim/fused.py",
    "dynamics",
    "domains",
    "games",
    "exact",
    "sampling",
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


def kernel(function: Callable[..., Any], *, cached: bool = True, relaxed: bool = False) -> Any:
    """Compile a strict kernel (no relaxed floating point but where `relaxed`), cached on disk, the interpreter lock
    released.

    A kernel that takes a user's own compiled function is never found in the cache again, and is not `cached`.

    Kernels allocate nothing, so they are compiled without reference counts (`_nrt`): counting those of the arrays in a
    record took ten times as long as a round of a small game.
    """
    with own_cache():
        return numba.njit(
            cache=cached, error_model="numpy", nogil=True, _nrt=False, fastmath=RELAXED if relaxed else False
        )(function)


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
    "values": "theta, x, u, v",
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


def _place(context: Any, builder: Any, kind: Any, address: Any, i: Any) -> Any:
    return builder.gep(builder.inttoptr(address, context.get_value_type(types.CPointer(kind))), [i])


def _apart(module: Any, access: Any, place: int) -> Any:
    """Mark an access to memory: places of other numbers do not overlap with its own, so loops over many vectorise."""
    domain = module.add_metadata(["minmax places"])
    scopes = [module.add_metadata([f"minmax place {k}", domain]) for k in range(PLACES)]
    access.set_metadata("alias.scope", module.add_metadata([scopes[place]]))
    access.set_metadata("noalias", module.add_metadata([scope for k, scope in enumerate(scopes) if k != place]))
    return access


@intrinsic(prefer_literal=True)
def _read_at(context: Any, address: Any, i: Any, like: Any, place: Any) -> Any:
    if not isinstance(place, types.IntegerLiteral):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found = builder.load(_place(context, builder, like.dtype, arguments[0], arguments[1]))
        return _apart(builder.module, found, place.literal_value)

    return like.dtype(types.int64, types.int64, like, place), generate


@intrinsic(prefer_literal=True)
def _write_at(context: Any, address: Any, i: Any, x: Any, like: Any, place: Any) -> Any:
    if not isinstance(place, types.IntegerLiteral):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        done = builder.store(arguments[2], _place(context, builder, like.dtype, arguments[0], arguments[1]))
        _apart(builder.module, done, place.literal_value)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, like.dtype, like, place), generate


@overload(_memory.read, strict=False, prefer_literal=True, jit_options={"forceinline": True, "_nrt": False})
def _read(address: Any, i: Any, like: Any, place: Any) -> Any:
    return lambda address, i, like, place: _read_at(address, i, like, place)


@overload(_memory.write, strict=False, prefer_literal=True, jit_options={"forceinline": True, "_nrt": False})
def _write(address: Any, i: Any, x: Any, like: Any, place: Any) -> Any:
    def write(address: Any, i: Any, x: Any, like: Any, place: Any) -> None:
        _write_at(address, i, x, like, place)

    return write


@overload(_memory.term, strict=False)
def _term(c: Any, x: Any) -> Any:
    return (lambda c, x: None) if isinstance(c, types.NoneType) else (lambda c, x: c * x)


@overload(_memory.joined, strict=False)
def _joined(p: Any, q: Any) -> Any:
    if isinstance(p, types.NoneType):
        return lambda p, q: q
    return (lambda p, q: p) if isinstance(q, types.NoneType) else (lambda p, q: p + q)


@intrinsic
def _sqrt(context: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = context.get_value_type(x)
        return builder.call(builder.module.declare_intrinsic("llvm.sqrt", [kind]), arguments)

    return x(x), generate


@overload(_memory.root, strict=False)
def _root(x: Any) -> Any:
    return lambda x: _sqrt(x)


@intrinsic
def _float_of(context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.uint32), generate


@intrinsic
def _bits_of(context: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.uint32))

    return types.uint32(types.float32), generate


@overload(_memory.widened, strict=False)
def _widened(x: Any) -> Any:
    if x != types.uint16:
        return lambda x: x
    return lambda x: _float_of(types.uint32(x) << types.uint32(16))


@overload(_memory.narrowed, strict=False)
def _narrowed(x: Any, like: Any) -> Any:
    if like.dtype != types.uint16:
        return lambda x, like: x

    def narrow(x: Any, like: Any) -> Any:
        bits = _bits_of(x)
        top = bits >> types.uint32(16)
        nearest = (bits + types.uint32(32767) + (top & types.uint32(1))) >> types.uint32(16)
        return types.uint16(nearest if x == x else top | types.uint32(64))

    return narrow


compilable(_scalar.dot, _scalar.exp, _scalar.mix, _scalar.replaced, _scalar.uniform)
