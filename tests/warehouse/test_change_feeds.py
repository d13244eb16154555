"""The change feed of a table that several tables ask for: the same rows from the lake and from memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse import change_feeds
from warehouse.changes import changes_since
from warehouse.lake import current_snapshot, open_lake
from warehouse.transactions import transaction

Rows = list[tuple[object, ...]]


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake whose one table holds three visits, of 60, 30 and 20 minutes."""
    con = open_lake(str(tmp_path / "catalogue.sqlite"), str(tmp_path / "files"))
    con.execute("CREATE SCHEMA raw")
    con.execute("CREATE TABLE raw.visits (visit_id INTEGER, site VARCHAR, minutes INTEGER)")
    con.execute("INSERT INTO raw.visits VALUES (1, 'museum', 60), (2, 'museum', 30), (3, 'library', 20)")
    yield con
    con.close()


def asked(con: duckdb.DuckDBPyConnection, since: int, *columns: str) -> Rows:
    return sorted(changes_since(con, "raw.visits", since, columns).fetchall())


def kept(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many rows of the feed lie in memory; -1: it is not kept."""
    there = con.execute(
        "SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = 'feed_raw_visits'"
    ).fetchall()
    return con.execute("SELECT COUNT(*) FROM temp.feed_raw_visits").fetchall()[0][0] if there[0][0] else -1


def test_the_second_who_asks_and_all_after_read_from_memory_and_each_gets_its_own_columns(
    visits: duckdb.DuckDBPyConnection,
) -> None:
    before = current_snapshot(visits)
    visits.execute("UPDATE raw.visits SET minutes = 61 WHERE visit_id = 1")
    first = asked(visits, before, "site", "minutes")
    assert first == [("museum", 60, "delete"), ("museum", 61, "insert")]
    assert kept(visits) == -1
    assert asked(visits, before, "site", "minutes") == first
    assert kept(visits) == 2
    assert asked(visits, before, "minutes") == [(60, "delete"), (61, "insert")]
    assert asked(visits, before, "site") == []  # its net change is none


def test_whoever_last_saw_the_table_later_but_before_its_change_gets_the_same(
    visits: duckdb.DuckDBPyConnection,
) -> None:
    early = current_snapshot(visits)
    visits.execute("CREATE TABLE raw.other (a INTEGER)")
    late = current_snapshot(visits)
    visits.execute("INSERT INTO raw.visits VALUES (4, 'park', 5)")
    assert asked(visits, early, "visit_id") == [(4, "insert")]
    assert asked(visits, late, "visit_id") == [(4, "insert")]
    assert kept(visits) == 1


def test_a_change_after_the_feed_was_kept_is_in_the_next_answer(visits: duckdb.DuckDBPyConnection) -> None:
    before = current_snapshot(visits)
    visits.execute("INSERT INTO raw.visits VALUES (4, 'park', 5)")
    for _ in range(2):
        assert asked(visits, before, "visit_id") == [(4, "insert")]
    between = current_snapshot(visits)
    visits.execute("DELETE FROM raw.visits WHERE visit_id = 2")
    for _ in range(3):
        assert asked(visits, before, "visit_id") == [(2, "delete"), (4, "insert")]
        assert asked(visits, between, "visit_id") == [(2, "delete")]


def test_a_feed_that_went_with_its_transaction_is_read_again(visits: duckdb.DuckDBPyConnection) -> None:
    before = current_snapshot(visits)
    visits.execute("INSERT INTO raw.visits VALUES (4, 'park', 5)")
    assert asked(visits, before, "visit_id") == [(4, "insert")]
    with pytest.raises(RuntimeError, match="power cut"), transaction(visits):
        assert asked(visits, before, "visit_id") == [(4, "insert")]
        assert kept(visits) == 1
        raise RuntimeError("power cut")
    assert kept(visits) == -1
    assert asked(visits, before, "visit_id") == [(4, "insert")]
    assert kept(visits) == 1


def test_a_long_feed_is_read_from_the_lake_each_time(
    visits: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_feeds, "KEPT_ROWS", 2)
    before = current_snapshot(visits)
    visits.execute("INSERT INTO raw.visits VALUES (4, 'park', 5), (5, 'park', 6), (6, 'park', 7)")
    for _ in range(3):
        assert asked(visits, before, "visit_id") == [(4, "insert"), (5, "insert"), (6, "insert")]
        assert kept(visits) == -1
