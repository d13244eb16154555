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
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar
from weakref import WeakKeyDictionary

import duckdb

from warehouse.change_feeds import feed_sql
from warehouse.lake import METADATA, current_snapshot
from warehouse.transactions import in_transaction

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
    return {name: snapshots[-1] for name, snapshots in _changes(con, since).items()}


@dataclass(frozen=True)
class _Tables:
    """Per table its id and the snapshot that made it, as of a snapshot; and what was asked there of its past: for a
    `since` the snapshots that changed each table."""

    snapshot: int
    there: dict[str, tuple[int, int]]
    changes: dict[int, dict[str, tuple[int, ...]]] = field(default_factory=dict)


_tables: WeakKeyDictionary[duckdb.DuckDBPyConnection, _Tables] = WeakKeyDictionary()


def _changes(con: duckdb.DuckDBPyConnection, since: int) -> dict[str, tuple[int, ...]]:
    """Return the snapshots after `since` that changed each table, in order. Raises HistoryGone."""
    snapshot = current_snapshot(con)
    known = _tables.get(con)
    if known and known.snapshot == snapshot and since in known.changes:
        return known.changes[since]
    said = con.execute(
        f"SELECT snapshot_id, changes_made FROM {METADATA}.ducklake_snapshot_changes "
        f"WHERE snapshot_id BETWEEN {since} AND {snapshot} ORDER BY snapshot_id"
    ).fetchall()
    if not said or said[0][0] != since:
        raise HistoryGone(f"snapshot {since} has been expired")
    if known and since <= known.snapshot < snapshot:
        later = [text or "" for number, text in said if number > known.snapshot]
        if not any(re.search(r"created|dropped|altered|renamed", text) for text in later):
            _tables[con] = _Tables(snapshot, known.there)
    tables = _tables_there(con)
    names = {table_id: name for name, (table_id, _) in tables.there.items()}
    found: dict[str, list[int]] = {}
    for number, text in said[1:]:
        by_id = {names.get(int(number)) for number in re.findall(r":(\d+)(?:,|$)", text or "")}
        created = re.findall(r'created_table:"([^"]*)"\."([^"]*)"', text or "")
        for name in by_id | {f"{schema}.{table}" for schema, table in created}:
            if name in tables.there:
                found.setdefault(name, []).append(number)
    tables.changes[since] = {name: tuple(numbers) for name, numbers in found.items()}
    return tables.changes[since]


def was_recreated(con: duckdb.DuckDBPyConnection, name: str, since: int) -> bool:
    """Say whether the table itself (not only its rows) is younger than snapshot `since`."""
    there = _tables_there(con).there.get(name)
    return there is None or there[1] > since


def _tables_there(con: duckdb.DuckDBPyConnection) -> _Tables:
    """Return the tables as of where this transaction began."""
    snapshot = current_snapshot(con)
    known = _tables.get(con)
    if known is None or known.snapshot != snapshot:
        rows = con.execute(
            f"SELECT s.schema_name || '.' || t.table_name, t.table_id, "
            f"(SELECT MIN(b.begin_snapshot) FROM {METADATA}.ducklake_table AS b WHERE b.table_id = t.table_id) "
            f"FROM {METADATA}.ducklake_table AS t "
            f"JOIN {METADATA}.ducklake_schema AS s ON s.schema_id = t.schema_id "
            "WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL"
        ).fetchall()
        there = {str(name): (table_id, born) for name, table_id, born in rows}
        known = _tables[con] = _Tables(snapshot, there)
    return known


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
    if current_snapshot(con) > since and was_recreated(con, name, since):
        raise HistoryGone(f"{name} was made anew after snapshot {since}")
    wanted = columns or [str(row[0]) for row in con.execute(f"DESCRIBE {name}").fetchall()]
    listed = ", ".join(wanted)
    snapshots = _changes(con, since).get(name, ()) if current_snapshot(con) > since else ()
    if not snapshots:
        return f"SELECT {listed}, '' AS change_type FROM {name} WHERE false"
    feed = feed_sql(con, name, snapshots[0], snapshots[-1], wanted)
    return (
        f"SELECT {listed}, CASE WHEN SUM(sign) > 0 THEN 'insert' ELSE 'delete' END AS change_type "
        f"FROM ({feed}) GROUP BY ALL HAVING SUM(sign) <> 0"
    )


def _text(said: str) -> str:
    """Return an SQL literal. Statements of a build take no parameters: for the first one duckdb imports pandas, which
    takes as long as twenty statements."""
    return "'" + said.replace("'", "''") + "'"
