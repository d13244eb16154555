"""Every table's rows: what the lake says of itself."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.warehouse.rows import build_up_to, put, session
from warehouse.lake_tables import read_row_counts
from warehouse.tables import catalogue


@pytest.fixture
def served(lake: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A lake with two sessions on two days, and what is built of them."""
    put(lake, "core.sessions", session("a"), session("b", service_day=date(2026, 8, 4)))
    build_up_to(lake, "core.daily_service")
    return lake


def test_every_table_says_how_many_rows_it_has(served: duckdb.DuckDBPyConnection) -> None:
    counts = read_row_counts(served)
    assert set(counts) == {table.name for table in catalogue()}
    assert (counts["core.sessions"], counts["core.daily_service"], counts["raw.taps"]) == (2, 2, 0)
    for name, rows in counts.items():
        assert served.execute(f"SELECT COUNT(*) FROM {name}").fetchone() == (rows,), name


def test_rows_are_counted_that_no_build_remembers(served: duckdb.DuckDBPyConnection) -> None:
    served.execute("UPDATE meta.table_builds SET row_count = NULL")
    assert read_row_counts(served)["core.daily_service"] == 2


def test_rows_that_a_build_remembers_are_not_counted_again(served: duckdb.DuckDBPyConnection) -> None:
    served.execute("UPDATE meta.table_builds SET row_count = 7 WHERE table_name = 'core.daily_service'")
    assert read_row_counts(served)["core.daily_service"] == 7
