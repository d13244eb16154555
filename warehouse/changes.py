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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar
from weakref import WeakKeyDictionary

import duckdb

from warehouse.lake import CATALOGUE, METADATA, current_snapshot, in_transaction

T = TypeVar("T")


class HistoryGone(LookupError):
    """The lake no longer knows what changed since a snapshot: rebuild from the whole."""


@dataclass(frozen=True)
class LastBuild:
    """How a table was last built, a row of `meta.table_builds`. `read_snapshot`: the state of its upstream tables that
    it shows; `row_count`: how many rows it has, where the build knew it."""

    table_name: str
    definition_hash: str
    read_snapshot: int
    how: str
    why: str
    built_at: datetime
    row_count: int | None = None


@dataclass(frozen=True)
class _Memory:
    """`meta.table_builds` as of a snapshot, and as it will be if the transaction under way is committed."""

    snapshot: int
    builds: dict[str, LastBuild]
    recorded: LastBuild | None = None


_memories: WeakKeyDictionary[duckdb.DuckDBPyConnection, _Memory] = WeakKeyDictionary()


def build_transaction(con: duckdb.DuckDBPyConnection, build: Callable[[], T]) -> T:
    """Run a build that records itself at most once (record_build) in a transaction; see lake.in_transaction."""
    before = _memories.get(con)
    if before and before.recorded:
        _memories[con] = replace(before, recorded=None)
    result = in_transaction(con, build)
    after = _memories.get(con)
    if after and after.recorded:
        # Nobody else writes, so the next snapshot is the one that this commit has made.
        builds = {**after.builds, after.recorded.table_name: after.recorded}
        _memories[con] = _Memory(after.snapshot + 1, builds)
    return result


def last_build(con: duckdb.DuckDBPyConnection, name: str) -> LastBuild | None:
    """Return how a table was last built, or None if it never was."""
    return _known(con).builds.get(name)


def _known(con: duckdb.DuckDBPyConnection) -> _Memory:
    snapshot = current_snapshot(con)
    known = _memories.get(con)
    if known and known.snapshot == snapshot and not known.recorded:
        return known
    rows = con.execute(f"SELECT {', '.join(LastBuild.__annotations__)} FROM meta.table_builds").fetchall()
    read = _Memory(snapshot, {row[0]: LastBuild(*row) for row in rows})
    if known is None or known.snapshot != snapshot:
        _memories[con] = read
    return read


def record_build(
    con: duckdb.DuckDBPyConnection,
    name: str,
    *,
    definition_hash: str,
    how: str,
    why: str,
    read_snapshot: int | None = None,
    row_count: int | None = None,
) -> None:
    """Remember that a table now shows its upstream as of `read_snapshot` (default: where this transaction began).

    Call it in the transaction that writes the table's rows, so that both are there or neither. `how` is "whole",
    "partitions" or "nothing"; `why` is said in words; `definition_hash` changes whenever the computation does;
    `row_count`: rows of the table, if they are known.
    """
    known = _known(con)
    snapshot = known.snapshot if read_snapshot is None else read_snapshot
    built_at = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    recorded = LastBuild(name, definition_hash, snapshot, how, why, built_at, row_count)
    con.execute(f"DELETE FROM meta.table_builds WHERE table_name = {_text(name)}")
    con.execute(
        f"INSERT INTO meta.table_builds ({', '.join(LastBuild.__annotations__)}) VALUES ({_text(name)}, "
        f"{_text(definition_hash)}, {snapshot}, {_text(how)}, {_text(why)}, TIMESTAMP '{built_at}', "
        f"{'NULL' if row_count is None else row_count})"
    )
    _memories[con] = replace(known, recorded=recorded)


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
    return frozenset(last_changes(con, since))


def last_changes(con: duckdb.DuckDBPyConnection, since: int) -> dict[str, int]:
    """Return, for each table that had any change after snapshot `since`, the last snapshot with one.

    Raises HistoryGone if the snapshot has been expired.
    """
    said = con.execute(
        f"SELECT snapshot_id, changes_made FROM {METADATA}.ducklake_snapshot_changes "
        f"WHERE snapshot_id >= {since} ORDER BY snapshot_id"
    ).fetchall()
    if not said or said[0][0] != since:
        raise HistoryGone(f"snapshot {since} has been expired")
    of_id: dict[int, int] = {}
    of_name: dict[str, int] = {}
    for snapshot, text in said[1:]:
        of_id |= dict.fromkeys((int(found) for found in re.findall(r":(\d+)(?:,|$)", text or "")), snapshot)
        for schema, name in re.findall(r'created_table:"([^"]*)"\."([^"]*)"', text or ""):
            of_name[f"{schema}.{name}"] = snapshot
    changed: dict[str, int] = {}
    for name, (table_id, _) in _tables_there(con).items() if said[1:] else ():
        snapshots = [known for known in (of_id.get(table_id), of_name.get(name)) if known is not None]
        if snapshots:
            changed[name] = max(snapshots)
    return changed


def was_recreated(con: duckdb.DuckDBPyConnection, name: str, since: int) -> bool:
    """Say whether the table itself (not only its rows) is younger than snapshot `since`."""
    there = _tables_there(con).get(name)
    return there is None or there[1] > since


_tables: WeakKeyDictionary[duckdb.DuckDBPyConnection, tuple[int, dict[str, tuple[int, int]]]] = (
    WeakKeyDictionary()
)


def _tables_there(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Return each table's id and the snapshot that made it, as of where this transaction began."""
    snapshot = current_snapshot(con)
    known = _tables.get(con)
    if known is None or known[0] != snapshot:
        rows = con.execute(
            f"SELECT s.schema_name || '.' || t.table_name, t.table_id, "
            f"(SELECT MIN(b.begin_snapshot) FROM {METADATA}.ducklake_table AS b WHERE b.table_id = t.table_id) "
            f"FROM {METADATA}.ducklake_table AS t "
            f"JOIN {METADATA}.ducklake_schema AS s ON s.schema_id = t.schema_id "
            "WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL"
        ).fetchall()
        known = _tables[con] = (snapshot, {str(name): (table_id, born) for name, table_id, born in rows})
    return known[1]


def changes_since(
    con: duckdb.DuckDBPyConnection, name: str, since: int, columns: Sequence[str] = ()
) -> duckdb.DuckDBPyRelation:
    """Return what really changed in a table after snapshot `since`: its `columns` (default: all) and change_type.

    change_type is "insert" (such rows are there now and were not, or more of them) or "delete". A row that was
    removed and put back, or changed only in other columns, is not among them: the feed's insertions and deletions
    are added up per combination of `columns`. Reads the change feed only, never the table.

    Raises HistoryGone if the snapshot has been expired or the table was made anew since.
    """
    return con.sql(changes_sql(con, name, since, columns))


def changes_sql(con: duckdb.DuckDBPyConnection, name: str, since: int, columns: Sequence[str] = ()) -> str:
    """Return the SELECT of `changes_since`, to be part of a statement. Raises HistoryGone."""
    schema, table = name.split(".")
    until = current_snapshot(con)
    if until > since and was_recreated(con, name, since):
        raise HistoryGone(f"{name} was made anew after snapshot {since}")
    listed = ", ".join(columns or [row[0] for row in con.execute(f"DESCRIBE {name}").fetchall()])
    if until <= since:
        return f"SELECT {listed}, '' AS change_type FROM {name} WHERE false"
    feeds = " UNION ALL ".join(
        f"SELECT {listed}, {sign} AS sign "
        f"FROM ducklake_table_{feed}('{CATALOGUE}', '{schema}', '{table}', {since + 1}, {until})"
        for feed, sign in (("insertions", 1), ("deletions", -1))
    )
    return (
        f"SELECT {listed}, CASE WHEN SUM(sign) > 0 THEN 'insert' ELSE 'delete' END AS change_type "
        f"FROM ({feeds}) GROUP BY ALL HAVING SUM(sign) <> 0"
    )


def _text(said: str) -> str:
    """Return an SQL literal. Statements of a build take no parameters: for the first one duckdb imports pandas, which
    takes as long as twenty statements."""
    return "'" + said.replace("'", "''") + "'"
