"""Making tables in the lake what their contracts say.

Belongs here: CREATE, COMMENT and ALTER statements from contracts. Does not belong here: rows.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import duckdb

from warehouse.contracts import Column, Contract, ContractError
from warehouse.lake_tables import LakeTable, read_lake_schemas, read_lake_tables

if TYPE_CHECKING:
    from warehouse.tables import Table

# What every table was built from. Written in the same transaction as the table's rows.
TABLE_BUILDS = """
CREATE TABLE IF NOT EXISTS meta.table_builds (
    table_name VARCHAR NOT NULL,
    definition_hash VARCHAR NOT NULL,
    read_snapshot BIGINT NOT NULL,
    how VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    built_at TIMESTAMP NOT NULL,
    row_count BIGINT
)
"""


def create_missing(
    con: duckdb.DuckDBPyConnection, tables: Iterable["Table"], filled_from_source: Collection[str]
) -> list[str]:
    """Create what is missing (see tables.create_all), in the caller's transaction; return the new tables' names."""
    there = read_lake_tables(con)
    schemas = read_lake_schemas(con)
    created = []
    if "meta.table_builds" not in there:
        con.execute("CREATE SCHEMA IF NOT EXISTS meta")
        con.execute(TABLE_BUILDS)
    elif "row_count" not in dict(there["meta.table_builds"].columns):
        con.execute("ALTER TABLE meta.table_builds ADD COLUMN row_count BIGINT")
    for table in tables:
        contract = table.contract
        if table.schema not in schemas:
            con.execute(f"CREATE SCHEMA {table.schema}")
            schemas.add(table.schema)
        if contract.name not in there:
            create_table(con, contract)
            created.append(contract.name)
        elif table.sql is None:
            # A table with SQL is created anew by its next build; one that others fill is mended here.
            _mend(con, contract, there[contract.name], contract.name in filled_from_source)
        elif {name for name, _ in there[contract.name].columns} != set(contract.column_names()):
            # Its comments are set then, too: DuckLake breaks off at one on a column that is not there.
            continue
        if contract.name in there:
            _mend_partitions(con, contract, there[contract.name])
        _set_comments(con, contract, {} if contract.name in created else there[contract.name].comments)
    return created


def create_table(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Create one table, empty and partitioned as its contract says."""
    columns = ", ".join(f"{c.name} {c.type}{'' if c.nullable else ' NOT NULL'}" for c in contract.columns)
    con.execute(f"CREATE TABLE {contract.name} ({columns})")
    if contract.partitioned_by:
        con.execute(f"ALTER TABLE {contract.name} SET PARTITIONED BY ({', '.join(contract.partitioned_by)})")


def replace_table(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Drop one table and create it anew, with its comments."""
    con.execute(f"DROP TABLE IF EXISTS {contract.name}")
    create_table(con, contract)
    _set_comments(con, contract, {})


def fits(con: duckdb.DuckDBPyConnection, contract: Contract) -> bool:
    """Say whether the table is in the lake and has exactly the columns of its contract."""
    try:
        rows = con.execute(f"DESCRIBE {contract.name}").fetchall()
    except duckdb.CatalogException:
        return False
    return [tuple(row[:3]) for row in rows] == [
        (column.name, column.type, "YES" if column.nullable else "NO") for column in contract.columns
    ]


def table_comment(contract: Contract) -> str:
    """Return the comment of a table: its titles and its grain."""
    return f"{contract.title.zh} · {contract.title.en}. {contract.description}"


def column_comment(column: Column) -> str:
    """Return the comment of a column: its meaning, and its unit where it has one."""
    return column.meaning + (f" [{column.unit}]" if column.unit else "")


def _set_comments(con: duckdb.DuckDBPyConnection, contract: Contract, there: dict[str, str]) -> None:
    if there.get("") != table_comment(contract):
        con.execute(f"COMMENT ON TABLE {contract.name} IS {_literal(table_comment(contract))}")
    for column in contract.columns:
        if there.get(column.name) != column_comment(column):
            con.execute(
                f"COMMENT ON COLUMN {contract.name}.{column.name} IS {_literal(column_comment(column))}"
            )


def _mend(
    con: duckdb.DuckDBPyConnection, contract: Contract, there: LakeTable, is_filled_from_source: bool
) -> None:
    """Bring a table that others fill to its contract: anew where it has no row of its own to lose, else by new columns.

    A new column of a table that is filled from a source would stay empty in the rows that are there.
    """
    types = dict(there.columns)
    changed = [c for c in contract.columns if c.name in types and types[c.name] != c.type]
    missing = [column for column in contract.columns if column.name not in types]
    surplus = [name for name in types if name not in contract.column_names()]
    if not (changed or missing or surplus):
        return
    if is_filled_from_source or con.execute(f"SELECT COUNT(*) FROM {contract.name}").fetchone() == (0,):
        replace_table(con, contract)
        return
    if not (changed or surplus or any(not column.nullable for column in missing)):
        for column in missing:
            con.execute(f"ALTER TABLE {contract.name} ADD COLUMN {column.name} {column.type}")
        return
    differing = [f"{c.name} (now {types[c.name]}, to be {c.type})" for c in changed]
    names = [*differing, *(column.name for column in missing), *surplus]
    raise ContractError(
        f"{contract.name} in the lake differs from its contract in {', '.join(names)}: "
        f"drop the table and run `hub build` to fill it again"
    )


def _mend_partitions(con: duckdb.DuckDBPyConnection, contract: Contract, there: LakeTable) -> None:
    """Cut files that are written from now on as the contract says; those that are there stay as they are."""
    columns_there = {name for name, _ in there.columns}
    if there.partitioned_by == contract.partitioned_by or not columns_there.issuperset(
        contract.column_names()
    ):
        return
    if contract.partitioned_by:
        con.execute(f"ALTER TABLE {contract.name} SET PARTITIONED BY ({', '.join(contract.partitioned_by)})")
    else:
        con.execute(f"ALTER TABLE {contract.name} RESET PARTITIONED BY")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
