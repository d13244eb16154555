"""Moments are kept in UTC and told in the time of the city."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

from operations.local_time import as_read

COMMANDS = sorted((Path(__file__).resolve().parents[2] / "operations" / "commands").glob("*.py"))


def test_a_moment_is_told_in_beijing_time_which_may_be_the_next_day() -> None:
    assert as_read(datetime(2026, 7, 29, 16, 30, tzinfo=UTC)) == "2026-07-30 00:30"


def test_seconds_are_told_only_where_there_are_some() -> None:
    assert as_read(datetime(2026, 7, 30, 1, 2, 3, tzinfo=UTC)) == "2026-07-30 09:02:03"


def moments_told_raw(file: Path) -> list[str]:
    """What a command writes of a moment into a sentence without putting it into local time."""
    values = [
        node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FormattedValue)
    ]
    return [ast.unparse(one) for one in values if isinstance(one, ast.Attribute) and one.attr.endswith("_at")]


@pytest.mark.parametrize("file", COMMANDS, ids=lambda file: file.name)
def test_no_command_tells_a_moment_in_utc(file: Path) -> None:
    assert moments_told_raw(file) == []
    assert " UTC" not in "".join(line for line in file.read_text().splitlines() if 'f"' in line)
