"""The data dictionary is made from the contracts, and is current."""

from __future__ import annotations

import duckdb

from warehouse.data_dictionary import FILE, data_dictionary
from warehouse.table_ddl import column_comment, table_comment
from warehouse.tables import catalogue, create_all, table


def test_the_data_dictionary_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == data_dictionary(catalogue()), (
        "a contract has changed: run `python -m warehouse.data_dictionary` and commit docs/data-dictionary.md"
    )


def test_tables_and_columns_carry_their_meaning_as_comments(lake: duckdb.DuckDBPyConnection) -> None:
    contract = table("core.sessions").contract
    comments = lake.execute(
        "SELECT comment FROM duckdb_tables() WHERE schema_name = 'core' AND table_name = 'sessions'"
    ).fetchone()
    assert comments == (table_comment(contract),)
    assert dict(
        lake.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = 'core' AND table_name = 'sessions'"
        ).fetchall()
    ) == {column.name: column_comment(column) for column in contract.columns}


def test_creating_what_is_there_changes_nothing(lake: duckdb.DuckDBPyConnection) -> None:
    before = lake.execute("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
    assert create_all(lake) == []
    assert lake.execute("SELECT id FROM ducklake_current_snapshot('lake')").fetchone() == before
