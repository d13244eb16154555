"""Putting rows into a lake for a test, and looking at what comes out.

A test names only the columns it is about; the others get a value of their type that stands for nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import duckdb

from warehouse.build import BuildResult, build
from warehouse.contracts import Column
from warehouse.dialect import narrowed
from warehouse.plan import latest_conditions
from warehouse.reference_files import select_csv
from warehouse.tables import Table, catalogue, table

LONG_AGO = datetime(2026, 1, 1)  # noqa: DTZ001
NOTHING: dict[str, Any] = {
    "BIGINT": 0, "INTEGER": 0, "DOUBLE": 0.0, "VARCHAR": "-", "BOOLEAN": False, "DATE": date(2026, 1, 1),
    "TIMESTAMP": LONG_AGO,
}  # fmt: skip


def put(con: duckdb.DuckDBPyConnection, name: str, *rows: dict[str, Any]) -> None:
    """Insert rows into a table of the catalogue; what a row does not name is NULL or a value for nothing."""
    contract = table(name).contract
    for row in rows:
        unknown = set(row) - set(contract.column_names())
        assert not unknown, f"{name} has no columns {unknown}"
        values = [row.get(column.name, _nothing(column)) for column in contract.columns]
        con.execute(f"INSERT INTO {name} VALUES ({', '.join('?' for _ in values)})", values)


def session(session_id: str, **columns: Any) -> dict[str, Any]:
    """A counted card session of 60 minutes of volunteer 1 at a standing post on 2026-08-03 (a Monday)."""
    minutes = columns.get("settled_minutes", 60)
    return {
        "session_id": session_id, "volunteer_id": 1, "service_day": date(2026, 8, 3), "channel": "CARD",
        "place_kind": "site", "raw_minutes": minutes, "net_minutes": minutes, "settled_minutes": minutes,
        "verdict": "counted", "hour_kind": "credit", "rule_version": "1", "in_at": utc("2026-08-03 01:00"),
    } | columns  # fmt: skip


def build_up_to(con: duckdb.DuckDBPyConnection, name: str) -> BuildResult:
    """Build a table and, before it, all that it reads from; return the table's own result."""
    results = {each.name: build(con, each) for each in _needed(name)}
    return results[name]


def compute_up_to(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """The same by running the SELECTs from nothing, in a DuckDB without a lake: fast, and all that matters for what
    a table says."""
    for each in _needed(name):
        compute(con, each)


def compute(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Fill one table from those that it reads, in a DuckDB without a lake."""
    if table.csv is not None:
        query = select_csv(table.csv, table.contract)
    else:
        assert table.sql is not None
        assert table.query is not None
        query = narrowed(table.sql, table.query, latest_conditions(con, table))
    con.execute(f"DELETE FROM {table.name}")
    con.execute(f"INSERT INTO {table.name} {query}")


def put_all(con: duckdb.DuckDBPyConnection, name: str, found: list[tuple[Any, ...]]) -> None:
    """Insert whole rows, as another lake has them."""
    if found:
        con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' for _ in found[0])})", found)


def rows(con: duckdb.DuckDBPyConnection, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """All rows of a table in some columns, sorted."""
    return con.execute(f"SELECT {', '.join(columns) or '*'} FROM {name} ORDER BY ALL").fetchall()


def utc(text: str) -> datetime:
    """A time as it stands in the lake: UTC without zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).replace(tzinfo=None)


def _nothing(column: Column) -> Any:
    return None if column.nullable else NOTHING[column.type]


def _needed(name: str) -> list[Table]:
    wanted = _with_upstream(name)
    return [
        each for each in catalogue() if each.name in wanted and (each.sql is not None or each.csv is not None)
    ]


def _with_upstream(name: str) -> set[str]:
    found = {name}
    for upstream in table(name).reads:
        found |= _with_upstream(upstream)
    return found
