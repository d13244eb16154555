"""A program that is missing skips its tests by hand and fails them on CI; a program found is the one started."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import postgresql
from tests.browser import running_pages
from tests.missing_programs import cannot_run


def test_by_hand_a_test_without_its_program_is_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="install it"):
        cannot_run("no browser: install it")


def test_on_ci_a_test_without_its_program_fails_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="install it"):
        cannot_run("no browser: install it")


def test_without_chromium_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_pages.shutil, "which", lambda name: None)
    with pytest.raises(running_pages.ChromiumMissing, match="ensure-chromium"):
        running_pages.chromium_program()


def test_without_postgresql_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_TEST_POSTGRESQL_BIN", raising=False)
    monkeypatch.setattr(postgresql.Path, "glob", lambda folder, pattern: [])
    monkeypatch.setattr(postgresql.shutil, "which", lambda name: None)
    with pytest.raises(postgresql.PostgresqlMissing, match="ensure-postgresql"):
        postgresql._programs()


def test_a_chromium_found_on_the_path_is_the_one_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(running_pages, "NAMES_OF_CHROMIUM", ("/nowhere/chromium", "chromium"))
    started: list[dict[str, Any]] = []
    playwright: Any = SimpleNamespace(chromium=SimpleNamespace(launch=lambda **how: started.append(how)))
    running_pages.launch(playwright)
    assert started[0]["executable_path"] == str(program)
