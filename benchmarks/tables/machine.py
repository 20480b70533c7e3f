"""What a table was made by: the date, the machine and the versions, which every command here prints first."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ALWAYS = ("minmax", "numpy", "scipy", "numba")


def made_on(*packages: str) -> str:
    """Return date, machine and versions, of packages too that are named, where they are installed."""
    versions = ", ".join(
        f"{name} {found}" for name in (*ALWAYS, *packages) if (found := version_of(name)) != "not installed"
    )
    lacking = [name for name in packages if version_of(name) == "not installed"]
    left = f"; not installed: {', '.join(lacking)}" if lacking else ""
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    return (
        f"{date.today()}, {processor()}, {os.cpu_count()} cores, OMP_NUM_THREADS {threads}, "
        f"Python {platform.python_version()}\n{versions}{left}\n"
    )


def version_of(package: str) -> str:
    """Return the version of a package, or that it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def processor() -> str:
    """Return the name of the processor."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
