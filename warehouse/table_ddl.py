"""Making tables in the lake what their contracts say.

Belongs here: CREATE, COMMENT and ALTER statements from contracts. Does not belong here: rows.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb

from warehouse.contracts import Column, Contract, ContractError
from warehouse.lake import CATALOGUE

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
    built_at TIMESTAMP NOT NULL
)
"""


def create_missing(con: duckdb.DuckDBPyConnection, tables: Iterable["Table"]) -> list[str]:
    """Create what is missing (see tables.create_all), in the caller's transaction; return the new tables' names."""
    there = _columns_there(con)
    comments = _comments_there(con)
    schemas = {
        str(row[0])
        for row in con.execute(
            "SELECT schema_name FROM duckdb_schemas() WHERE database_name = ?", [CATALOGUE]
        ).fetchall()
    }
    created = []
    if "meta.table_builds" not in there:
        con.execute("CREATE SCHEMA IF NOT EXISTS meta")
        con.execute(TABLE_BUILDS)
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
            _mend(con, contract, there[contract.name])
        _set_comments(con, contract, comments if contract.name not in created else {})
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


def _columns_there(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    there: dict[str, list[tuple[str, str]]] = {}
    for schema, table, column, type_ in con.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = ? ORDER BY column_index",
        [CATALOGUE],
    ).fetchall():
        there.setdefault(f"{schema}.{table}", []).append((column, type_))
    return there


def _comments_there(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """Return (table, column or "") → comment."""
    rows = con.execute(
        """
        SELECT schema_name || '.' || table_name, '', comment FROM duckdb_tables()
        WHERE database_name = $lake AND comment IS NOT NULL
        UNION ALL
        SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns()
        WHERE database_name = $lake AND comment IS NOT NULL
        """,
        {"lake": CATALOGUE},
    ).fetchall()
    return {(table, column): comment for table, column, comment in rows}


def _set_comments(
    con: duckdb.DuckDBPyConnection, contract: Contract, there: dict[tuple[str, str], str]
) -> None:
    if there.get((contract.name, "")) != table_comment(contract):
        con.execute(f"COMMENT ON TABLE {contract.name} IS {_literal(table_comment(contract))}")
    for column in contract.columns:
        if there.get((contract.name, column.name)) != column_comment(column):
            con.execute(
                f"COMMENT ON COLUMN {contract.name}.{column.name} IS {_literal(column_comment(column))}"
            )


def _mend(con: duckdb.DuckDBPyConnection, contract: Contract, there: list[tuple[str, str]]) -> None:
    types = dict(there)
    for column in contract.columns:
        if column.name in types and types[column.name] != column.type:
            raise ContractError(
                f"{contract.name}.{column.name} is {types[column.name]} in the lake, its contract says {column.type}: "
                f"drop the table and run `hub build` to fill it again"
            )
    missing = [column for column in contract.columns if column.name not in types]
    surplus = [name for name in types if name not in contract.column_names()]
    if not missing and not surplus:
        return
    empty = con.execute(f"SELECT COUNT(*) FROM {contract.name}").fetchone() == (0,)
    if empty:
        replace_table(con, contract)
        return
    if surplus or any(not column.nullable for column in missing):
        names = [column.name for column in missing] + surplus
        raise ContractError(
            f"{contract.name} in the lake differs from its contract in {', '.join(names)}: "
            f"drop the table and run `hub build` to fill it again"
        )
    for column in missing:
        con.execute(f"ALTER TABLE {contract.name} ADD COLUMN {column.name} {column.type}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
