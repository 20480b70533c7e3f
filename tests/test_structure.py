"""The house: who may import whom, what `import minmax` loads, and that names, docs and caches are in order."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

import pytest

import minmax as mm

PACKAGE = Path(mm.__file__).parent

# From the ground up: a file imports only from lines above its own, or from its own line.
ORDER = [
    ["_check", "_memory", "_scalar"],
    ["_compile"],
    ["dynamics"],
    ["domains"],
    ["games"],
    ["files"],
    ["state"],
    ["implicit", "oracles"],
    ["loops", "rows"],
    ["calls"],
    ["watching"],
    ["exact"],
    ["sampling", "selfplay"],
    ["restarts"],
    ["solution"],
    ["players"],
    ["checks"],
    ["play"],
    ["automatic"],
    ["saddles"],
    ["polish", "solve", "learner", "programs"],
    ["batch"],
    ["dominance"],
    ["diagnostics"],
    ["optim"],
    ["gan"],
    ["plots"],
    ["words"],
    ["bench"],
    ["cli"],
    ["__main__"],
]

OF_TORCH = ("optim", "gan")  # made of torch, and loaded only when asked for

# Optional or slow libraries, and the only places that may name them.
PLACES = {
    "numba": {"_compile.py"},
    "torch": {"diagnostics/torch_pair.py", "domains/rows.py", "games/autograd.py"}
    | {path.relative_to(PACKAGE).as_posix() for part in OF_TORCH for path in (PACKAGE / part).glob("*.py")},
    "matplotlib": {
        f"plots/{name}.py"
        for name in (
            "bands",
            "canvas",
            "convergence",
            "frames",
            "labels",
            "orbit",
            "pictures",
            "spectrum",
            "strategies",
            "training",
            "trees",
            "verdict",
        )
    }
    | {"bench/pictures.py"},
    "benchopt": {"bench/objectives.py", "bench/solvers.py"},
    "pandas": {"bench/curves.py"},
    "tqdm": {"checks.py", "gan/logs.py"},
    "cvxpy": {"domains/program.py"},
    "clarabel": {"domains/program.py"},
    "dsp": set(),  # its problems come made; they are read without it
    "scipy": {
        "diagnostics/jacobian.py",
        "diagnostics/local.py",
        "domains/cones.py",
        "domains/program.py",
        "exact/answer.py",
        "exact/cones.py",
        "exact/interior.py",
        "exact/linear.py",
        "exact/pivoting.py",
        "exact/sequences.py",
        "exact/system.py",
        "gan/classifiers.py",
        "gan/metrics.py",
        "files/arrays.py",
        "files/market.py",
        "games/coupling.py",
        "games/curvature.py",
        "games/extensive.py",
        "games/markov.py",
        "games/policies.py",
        "games/stages.py",
        "games/quadratic.py",
        "games/colonel.py",
        "programs.py",
    },
    "lazy_loader": {"__init__.py"},
}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def imported(path: Path) -> list[tuple[str, bool]]:
    """Modules a file imports, and whether at its top level."""
    tree = ast.parse(path.read_text())
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module == "minmax":
                found += [(f"minmax.{alias.name}", id(node) in top) for alias in node.names]
            else:
                found.append((node.module, id(node) in top))
    return found


def floor(module: str) -> int:
    room = module.split(".")[1]
    for k, line in enumerate(ORDER):
        if room in line:
            return k
    raise AssertionError(f"minmax/{room} has no line in the house: add it to ORDER")


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_file_imports_only_from_the_floors_below(path: Path) -> None:
    relative = path.relative_to(PACKAGE)
    if relative.as_posix() == "__init__.py":
        return
    own = floor("minmax." + relative.with_suffix("").parts[0])
    # A Solution, a Diagnosis and a Trainer draw themselves: the only arrows upwards, taken when they are called.
    allowed = (
        {"minmax.plots"}
        if relative.as_posix() in ("solution.py", "diagnostics/verdict.py", "gan/trainer.py")
        else set()
    )
    for module, top in imported(path):
        if module.startswith("minmax.") and module != "minmax.__version__" and (top or module not in allowed):
            assert floor(module) <= own, f"{relative} imports {module}"


@pytest.mark.parametrize("library", PLACES)
def test_a_library_is_named_only_in_its_places(library: str) -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in sources()
        if any(module.split(".")[0] == library for module, _ in imported(path))
    }
    assert users <= PLACES[library]


def test_heavy_libraries_are_imported_only_inside_functions() -> None:
    for path in sources():
        for module, top in imported(path):
            root = module.split(".")[0]
            if root in ("torch", "matplotlib", "tqdm", "scipy", "cvxpy", "clarabel", "pandas"):
                if root == "torch" and path.parent.name in OF_TORCH:
                    continue
                assert not top, f"{path.name} imports {module} at its top"


def test_kernels_are_made_of_the_sources_their_cache_is_keyed_by() -> None:
    from minmax._compile import KERNEL_SOURCES

    seen, todo = set(), [PACKAGE / "loops.py"]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for module, _ in imported(path):
            if module.startswith("minmax."):
                place = PACKAGE.joinpath(*module.split(".")[1:])
                todo += [p for p in (place.with_suffix(".py"), place / "__init__.py") if p.exists()]
    roots = {path.relative_to(PACKAGE).parts[0] for path in seen}
    assert roots - {"_check.py"} <= set(KERNEL_SOURCES)


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_minmax_loads_nothing_heavy() -> None:
    run(
        """
        import sys, minmax
        heavy = {"numba", "scipy", "torch", "matplotlib", "tqdm", "cvxpy", "pandas"} & set(sys.modules)
        assert not heavy, heavy
        minmax.MatrixGame, minmax.MWU, minmax.Simplex
        heavy = {"numba", "scipy", "torch", "matplotlib", "tqdm"} & set(sys.modules)
        assert not heavy, heavy
        """
    )


def test_every_public_name_resolves() -> None:
    run(
        """
        import minmax
        for name in minmax.__all__:
            getattr(minmax, name)
        assert "solve" in dir(minmax)
        """
    )


@pytest.mark.long
def test_an_edited_rule_is_compiled_anew(tmp_path: Path) -> None:
    """Numba alone keeps the old code of a rule edited in another file."""
    import shutil

    shutil.copytree(PACKAGE, tmp_path / "minmax", ignore=shutil.ignore_patterns("__pycache__"))
    code = """
        import sys
        sys.path.insert(0, {root!r})
        import minmax as mm
        assert mm.__file__.startswith({root!r})
        run = mm.solve([[1.0, 2.0], [3.0, 0.0]], mm.GDA(0.01), rounds=600, tol=None, average="last")
        print(run.sides[0].x[0])
    """.format(root=str(tmp_path))
    before = float(run(code))
    rule = tmp_path / "minmax" / "dynamics" / "gradient.py"
    text = rule.read_text()
    line = "return theta + self.rate(v, t) * u, a, b"
    assert line in text
    rule.write_text(text.replace(line, "return theta + 0.0 * u, a, b"))
    after = float(run(code))
    assert after != before
    rule.write_text(text)
    assert float(run(code)) == before


def test_the_users_own_numba_cache_stays_where_it_was() -> None:
    run(
        """
        import os
        os.environ.pop("NUMBA_CACHE_DIR", None)
        import numba
        before = numba.config.CACHE_DIR
        import minmax.loops as loops
        assert numba.config.CACHE_DIR == before
        assert "numba-" in loops.advance_together._cache.cache_path
        """
    )


def test_every_dynamics_says_what_it_guarantees_and_where_it_is_from() -> None:
    for name in mm.dynamics.__all__:
        rule = getattr(mm.dynamics, name)
        if not hasattr(rule, "step"):
            continue
        text = inspect.getdoc(rule) or ""
        assert rule.guarantee, name
        assert rule.source, name
        assert "Guarantee\n---------" in text, name
        assert "Source\n------" in text, name
        assert ".. math::" in text, name
        if hasattr(rule, "eta"):
            assert any("Parameters\n----------" in (inspect.getdoc(c) or "") for c in rule.__mro__), name


def test_public_functions_and_classes_have_docstrings() -> None:
    missing = []
    for path in sources():
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree) and path.name != "__init__.py":
            missing.append(path.name)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                public = isinstance(node, ast.ClassDef) and not ast.get_docstring(node)
                bases = [b.id for b in getattr(node, "bases", []) if isinstance(b, ast.Name)]
                if public and "NamedTuple" not in bases:
                    missing.append(f"{path.name}:{node.name}")
    assert not missing


def test_no_asserts_and_no_prints_in_the_library() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            assert not isinstance(node, ast.Assert), path
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id
            assert called != "print" or path.name == "cli.py", path


@pytest.mark.parametrize(
    ("library", "extra", "call"),
    [
        ("matplotlib", "plot", "mm.solve([[1.0, 2.0], [3.0, 0.0]], mm.MWU(0.1), rounds=5).plot()"),
        ("cvxpy", "cvx", "mm.ConvexSet([])"),
        ("cvxpy", "cvx", "mm.solve([[1.0, 2.0], [3.0, 0.0]], mm.Conic())"),
        ("cvxpy", "cvx", "mm.from_cvxpy(None)"),
        ("torch", "torch", "mm.optim.OptimisticSGD"),
    ],
)
def test_a_missing_extra_is_named_in_the_error(library: str, extra: str, call: str) -> None:
    run(
        f"""
        import sys
        sys.modules[{library!r}] = None
        import minmax as mm
        try:
            {call}
        except ImportError as error:
            assert "minmax[{extra}]" in str(error), error
        else:
            raise AssertionError
        """
    )


def test_every_module_imports_alone() -> None:
    for path in sources():
        if path.name != "__main__.py":
            name = ".".join(("minmax", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
            importlib.import_module(name)
