"""Fixtures of the warehouse's tests: a lake with all tables and no rows, made anew for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.lake import open_lake
from warehouse.tables import SCHEMAS, catalogue, create_all


@pytest.fixture(scope="session")
def _lake_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("lake_with_tables")
    con = open_lake(str(home / "catalogue.sqlite"), str(home / "files"))
    create_all(con)
    con.close()
    return home


@pytest.fixture
def home(tmp_path: Path, _lake_with_tables: Path) -> Path:
    """A folder with `catalogue.sqlite` and `files`: a lake with all tables and no rows."""
    shutil.copytree(_lake_with_tables, tmp_path / "lake")
    return tmp_path / "lake"


@pytest.fixture
def lake(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write that lake."""
    con = open_lake(str(home / "catalogue.sqlite"), str(home / "files"))
    yield con
    con.close()


@pytest.fixture(scope="session")
def _plain_tables() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for schema in SCHEMAS:
        con.execute(f"CREATE SCHEMA {schema}")
    for table in catalogue():
        columns = ", ".join(
            f"{c.name} {c.type}{'' if c.nullable else ' NOT NULL'}" for c in table.contract.columns
        )
        con.execute(f"CREATE TABLE {table.name} ({columns})")
    return con


@pytest.fixture
def plain(_plain_tables: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory with all tables and no rows, for what a table says (not for how it is built)."""
    _plain_tables.execute("BEGIN TRANSACTION")
    yield _plain_tables
    _plain_tables.execute("ROLLBACK")
