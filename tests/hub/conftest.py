"""The program as a person runs it: in a process of its own, on a home of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hub.program import PROJECT, environment

SMALL = ("--volunteers", "300", "--organisations", "10", "--devices", "60", "--days", "12", "--seed", "3")

Hub = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that is not there yet."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a small city, made and built by the program itself. Copy it before changing anything."""
    home = tmp_path_factory.mktemp("small_city") / "home"
    for arguments in (["sample-city", *SMALL], ["build"]):
        subprocess.run(
            [sys.executable, "-m", "hub", *arguments],
            cwd=PROJECT,
            env=environment(home),
            check=True,
            timeout=600,
        )
    return home


@pytest.fixture
def city(small_city: Path, home: Path) -> Path:
    """A copy of the small city in this test's own home."""
    shutil.copytree(small_city, home)
    return home


@pytest.fixture
def hub(home: Path) -> Hub:
    """Run `hub ARGUMENTS` with settings as keywords (`operations_url=...`) and return what came of it."""

    def run(*arguments: str, cwd: Path = PROJECT, **settings: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hub", *arguments],
            cwd=cwd,
            env=environment(**({"home": home} | settings)),
            capture_output=True,
            text=True,
            timeout=600,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return run
