"""What tables the lake has now, read from its catalogue: columns, comments and partitions, and how many rows each has.

Belongs here: one look at the catalogue's own tables. Does not belong here: what the tables should be (contracts), or
changing them (table_ddl.py).

DuckDB's `duckdb_columns()` tells the same, but asks the catalogue several times for each table of the lake.
"""

from dataclasses import dataclass, field

import duckdb

from warehouse.lake import METADATA

# The lake's names of the types that contracts know.
TYPES = {
    "int64": "BIGINT",
    "int32": "INTEGER",
    "float64": "DOUBLE",
    "varchar": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
COLUMNS = f"""
SELECT s.schema_name || '.' || t.table_name, c.column_name, c.column_type, tag.value
FROM {METADATA}.ducklake_table AS t
JOIN {METADATA}.ducklake_schema AS s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
JOIN {METADATA}.ducklake_column AS c
    ON c.table_id = t.table_id AND c.end_snapshot IS NULL AND c.parent_column IS NULL
LEFT JOIN {METADATA}.ducklake_column_tag AS tag
    ON tag.table_id = t.table_id AND tag.column_id = c.column_id AND tag.key = 'comment' AND tag.end_snapshot IS NULL
WHERE t.end_snapshot IS NULL
ORDER BY t.table_id, c.column_order
"""
PARTITIONS = f"""
SELECT s.schema_name || '.' || t.table_name, c.column_name, p.transform
FROM {METADATA}.ducklake_table AS t
JOIN {METADATA}.ducklake_schema AS s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
JOIN {METADATA}.ducklake_partition_info AS i ON i.table_id = t.table_id AND i.end_snapshot IS NULL
JOIN {METADATA}.ducklake_partition_column AS p ON p.partition_id = i.partition_id AND p.table_id = t.table_id
JOIN {METADATA}.ducklake_column AS c
    ON c.table_id = t.table_id AND c.column_id = p.column_id AND c.end_snapshot IS NULL
WHERE t.end_snapshot IS NULL
ORDER BY t.table_id, p.partition_key_index
"""
TABLE_COMMENTS = f"""
SELECT s.schema_name || '.' || t.table_name, tag.value
FROM {METADATA}.ducklake_table AS t
JOIN {METADATA}.ducklake_schema AS s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
JOIN {METADATA}.ducklake_tag AS tag
    ON tag.object_id = t.table_id AND tag.key = 'comment' AND tag.end_snapshot IS NULL
WHERE t.end_snapshot IS NULL
"""
TABLES_AND_THEIR_MEMORY = f"""
SELECT s.schema_name || '.' || t.table_name, b.row_count
FROM {METADATA}.ducklake_table AS t
JOIN {METADATA}.ducklake_schema AS s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
LEFT JOIN meta.table_builds AS b ON b.table_name = s.schema_name || '.' || t.table_name
WHERE t.end_snapshot IS NULL AND s.schema_name <> 'meta'
ORDER BY ALL
"""


@dataclass
class LakeTable:
    """A table as it is in the lake. `columns`: name and type, in order; `comments`: of its columns, "" its own.

    `partitioned_by`: as in a contract, `service_day` or `month(service_day)`.
    """

    columns: list[tuple[str, str]] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)
    partitioned_by: tuple[str, ...] = ()


def read_lake_tables(con: duckdb.DuckDBPyConnection) -> dict[str, LakeTable]:
    """Return `schema.table` → what the lake has now, without what this transaction has changed itself."""
    there: dict[str, LakeTable] = {}
    for name, column, type_, comment in con.execute(COLUMNS).fetchall():
        one = there.setdefault(name, LakeTable())
        one.columns.append((column, TYPES.get(type_, type_)))
        if comment is not None:
            one.comments[column] = comment
    for name, comment in con.execute(TABLE_COMMENTS).fetchall():
        there[name].comments[""] = comment
    for name, column, transform in con.execute(PARTITIONS).fetchall():
        part = column if transform == "identity" else f"{transform}({column})"
        there[name].partitioned_by += (part,)
    return there


def read_lake_schemas(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the names of the lake's schemas."""
    rows = con.execute(
        f"SELECT schema_name FROM {METADATA}.ducklake_schema WHERE end_snapshot IS NULL"
    ).fetchall()
    return {str(row[0]) for row in rows}


def read_row_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return `schema.table` → how many rows it has, for every table but the lake's own memory.

    A table that SQL built has as many as its build remembers; the others are counted. Call it in a transaction where
    both must be of one moment.
    """
    remembered = dict(con.execute(TABLES_AND_THEIR_MEMORY).fetchall())
    counts = [f"SELECT '{name}', COUNT(*) FROM {name}" for name, rows in remembered.items() if rows is None]
    counted = dict(con.execute(" UNION ALL ".join(counts)).fetchall()) if counts else {}
    return {name: counted[name] if rows is None else rows for name, rows in remembered.items()}
