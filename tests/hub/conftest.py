"""The program as a person runs it: in a process of its own, on a home of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hub.program import PROJECT, environment

Hub = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that is not there yet."""
    return tmp_path / "home"


@pytest.fixture
def hub(home: Path) -> Hub:
    """Run `hub ARGUMENTS` with settings as keywords (`operations_url=...`) and return what came of it."""

    def run(*arguments: str, cwd: Path = PROJECT, **settings: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hub", *arguments],
            cwd=cwd,
            env=environment(home, **settings),
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return run
