"""What changed in the lake since a table was last built.

Belongs here: the memory `meta.table_builds`, and asking DuckLake's change feed between two snapshots. Does not belong
here: deciding what to rebuild, or writing rows.

Tables that Python fills use it like this, inside one transaction:

    last = last_build(con, "core.sessions")
    changed = changes_since(con, "raw.taps", last.read_snapshot, ["volunteer_id", "service_day"])
    …
    record_build(con, "core.sessions", definition_hash=…, how="partitions", why="…")
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from warehouse.lake import CATALOGUE, current_snapshot

METADATA = f"__ducklake_metadata_{CATALOGUE}"


class HistoryGone(LookupError):
    """The lake no longer knows what changed since a snapshot: rebuild from the whole."""


@dataclass(frozen=True)
class LastBuild:
    """How a table was last built. `read_snapshot`: the state of its upstream tables that it shows."""

    table_name: str
    definition_hash: str
    read_snapshot: int
    how: str
    why: str
    built_at: datetime


def last_build(con: duckdb.DuckDBPyConnection, name: str) -> LastBuild | None:
    """Return how a table was last built, or None if it never was."""
    row = con.execute(
        "SELECT table_name, definition_hash, read_snapshot, how, why, built_at "
        "FROM meta.table_builds WHERE table_name = ?",
        [name],
    ).fetchone()
    return LastBuild(*row) if row else None


def record_build(
    con: duckdb.DuckDBPyConnection,
    name: str,
    *,
    definition_hash: str,
    how: str,
    why: str,
    read_snapshot: int | None = None,
) -> None:
    """Remember that a table now shows its upstream as of `read_snapshot` (default: where this transaction began).

    Call it in the transaction that writes the table's rows, so that both are there or neither. `how` is "whole",
    "partitions" or "nothing"; `why` is said in words; `definition_hash` changes whenever the computation does.
    """
    snapshot = current_snapshot(con) if read_snapshot is None else read_snapshot
    con.execute("DELETE FROM meta.table_builds WHERE table_name = ?", [name])
    con.execute(
        "INSERT INTO meta.table_builds VALUES (?, ?, ?, ?, ?, ?)",
        [name, definition_hash, snapshot, how, why, datetime.now(UTC).replace(tzinfo=None, microsecond=0)],
    )


def oldest_snapshot_needed(con: duckdb.DuckDBPyConnection) -> int | None:
    """Return the oldest snapshot that a next incremental build starts from, or None before the first build.

    Upkeep must not expire it or a later one, else the tables that need it are rebuilt from the whole.
    """
    row = con.execute("SELECT MIN(read_snapshot) FROM meta.table_builds").fetchone()
    return None if row is None or row[0] is None else int(row[0])


def tables_changed(con: duckdb.DuckDBPyConnection, since: int) -> frozenset[str]:
    """Return the names of the tables that had any change after snapshot `since`; one cheap look in the catalogue.

    Some of them may have no net change (see changes_since). Raises HistoryGone if the snapshot has been expired.
    """
    said = con.execute(
        f"SELECT snapshot_id, changes_made FROM {METADATA}.ducklake_snapshot_changes "
        "WHERE snapshot_id >= ? ORDER BY snapshot_id",
        [since],
    ).fetchall()
    if not said or said[0][0] != since:
        raise HistoryGone(f"snapshot {since} has been expired")
    text = ",".join(row[1] or "" for row in said[1:])
    if not text:
        return frozenset()
    ids = {int(found) for found in re.findall(r":(\d+)(?:,|$)", text)}
    created = {f"{schema}.{name}" for schema, name in re.findall(r'created_table:"([^"]*)"\."([^"]*)"', text)}
    tables = con.execute(
        f"SELECT s.schema_name || '.' || t.table_name, t.table_id FROM {METADATA}.ducklake_table AS t "
        f"JOIN {METADATA}.ducklake_schema AS s ON s.schema_id = t.schema_id "
        "WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL"
    ).fetchall()
    return frozenset(str(name) for name, table_id in tables if table_id in ids or name in created)


def was_recreated(con: duckdb.DuckDBPyConnection, name: str, since: int) -> bool:
    """Say whether the table itself (not only its rows) is younger than snapshot `since`."""
    schema, table = name.split(".")
    row = con.execute(
        f"""
        SELECT MIN(begin_snapshot) FROM {METADATA}.ducklake_table
        WHERE table_id = (
            SELECT t.table_id FROM {METADATA}.ducklake_table AS t
            JOIN {METADATA}.ducklake_schema AS s ON s.schema_id = t.schema_id
            WHERE s.schema_name = ? AND t.table_name = ? AND t.end_snapshot IS NULL AND s.end_snapshot IS NULL
        )
        """,
        [schema, table],
    ).fetchone()
    return row is None or row[0] is None or row[0] > since


def changes_since(
    con: duckdb.DuckDBPyConnection, name: str, since: int, columns: Sequence[str] = ()
) -> duckdb.DuckDBPyRelation:
    """Return what really changed in a table after snapshot `since`: its `columns` (default: all) and change_type.

    change_type is "insert" (such rows are there now and were not, or more of them) or "delete". A row that was
    removed and put back, or changed only in other columns, is not among them: the feed's insertions and deletions
    are added up per combination of `columns`. Reads the change feed only, never the table.

    Raises HistoryGone if the snapshot has been expired or the table was made anew since.
    """
    schema, table = name.split(".")
    until = current_snapshot(con)
    if until > since and was_recreated(con, name, since):
        raise HistoryGone(f"{name} was made anew after snapshot {since}")
    listed = ", ".join(columns or [row[0] for row in con.execute(f"DESCRIBE {name}").fetchall()])
    if until <= since:
        return con.sql(f"SELECT {listed}, '' AS change_type FROM {name} WHERE false")
    feeds = " UNION ALL ".join(
        f"SELECT {listed}, {sign} AS sign "
        f"FROM ducklake_table_{feed}('{CATALOGUE}', '{schema}', '{table}', {since + 1}, {until})"
        for feed, sign in (("insertions", 1), ("deletions", -1))
    )
    return con.sql(
        f"SELECT {listed}, CASE WHEN SUM(sign) > 0 THEN 'insert' ELSE 'delete' END AS change_type "
        f"FROM ({feeds}) GROUP BY ALL HAVING SUM(sign) <> 0"
    )
