"""On what was measured: processor, memory, system, and the versions that matter."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("duckdb", "polars", "dagster", "sqlalchemy", "streamlit")


def describe() -> list[str]:
    """Return what the figures depend on, one thing a line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return [
        f"{_processor()}, {cores} cores, {_memory_gb():.0f} GB of memory{load}",
        f"{platform.system()} {platform.release()}, Python {sys.version.split()[0]}",
        ", ".join(f"{package} {version(package)}" for package in PACKAGES),
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
