"""Operational tables of an earlier version of the program, or none: who brings them up to date, and who says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command

from operations.database import alembic_config, is_migrated, open_database
from tests.hub.conftest import Hub


@pytest.fixture
def older(home: Path) -> Path:
    """A home whose operational database has the tables of migration 0009, and nobody in them."""
    home.mkdir()
    database = home / "operations.sqlite"
    engine = open_database(f"sqlite:///{database}")
    with engine.execution_options(is_writing=True).begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
    engine.dispose()
    return database


def has_newest_tables(database: Path) -> bool:
    engine = open_database(f"sqlite:///{database}")
    try:
        return is_migrated(engine)
    finally:
        engine.dispose()


def test_a_build_brings_older_tables_up_to_date_and_the_checkup_is_broken_until_then(
    hub: Hub, older: Path
) -> None:
    before = hub("doctor")
    assert before.returncode == 1
    assert "has not the newest tables" in before.stdout
    built = hub("build")
    assert (built.returncode, built.stderr) == (0, "")
    assert has_newest_tables(older)
    assert "has not the newest tables" not in hub("doctor").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["build"],
        ["ledger", "verify"],
        ["ledger", "seal"],
        ["account", "reset-password", "wang.min", "--reason", "left"],
    ],
    ids=" ".join,
)
def test_a_home_that_is_mistyped_gets_no_database(hub: Hub, home: Path, arguments: list[str]) -> None:
    answer = hub(*arguments)
    assert answer.returncode == 1
    assert "there is no operational database at" in answer.stderr
    assert "HUB_HOME" in answer.stderr
    assert not (home / "operations.sqlite").exists()


def test_a_reason_that_is_missing_is_said_without_a_traceback(hub: Hub) -> None:
    made = hub(
        "account", "create", "wang.min", "--full-name", "王敏", "--role", "system_administrator",
        "--id-number", "110101199003070134",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    answer = hub("account", "reset-password", "wang.min", "--reason", "")
    assert answer.returncode == 1
    assert "reason" in answer.stderr
    assert "Traceback" not in answer.stderr
