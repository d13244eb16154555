"""Reading the operational database from within DuckDB: SQLite or PostgreSQL, read-only, in one consistent snapshot.

Here: attaching it, asking it natively, and turning what it answers into the types that a contract declares. Never
here: what is done with the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb
from sqlalchemy import make_url

from operations.database import OperationsUnavailable, must_be_there
from warehouse.contracts import Column, Contract
from warehouse.lake import load_extension
from warehouse.unavailable import hide_password

ALIAS = "operations"
# SQLite types are per value: the storage classes that may stand for a declared type.
SQLITE_CLASSES = {
    "BIGINT": ("integer",),
    "INTEGER": ("integer",),
    "BOOLEAN": ("integer",),
    "DOUBLE": ("real", "integer"),
    "VARCHAR": ("text",),
    "DATE": ("text",),
    "TIMESTAMP": ("text",),
}
# What a moment and a date look like; a text that DuckDB could read in several ways is refused.
PATTERNS = {
    "DATE": r"\d{4}-\d{2}-\d{2}",
    "TIMESTAMP": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?",
}


class WrongValue(ValueError):
    """A value of the operational database breaks the declared type; the message names table, column and key."""


@dataclass(frozen=True)
class Extent:
    """How many rows a table has, and the sum of their keys. Equal extents of two tables, one of which holds every
    key of the other, mean equal keys."""

    count: int
    key_sum: int


def key_sum(contract: Contract) -> str:
    """Return SQL for the sum of a table's whole-number keys; 0 for a table that has none."""
    whole = [name for name in contract.keys if contract.column(name).type in ("BIGINT", "INTEGER")]
    return f"coalesce(SUM({' + '.join(whole)}), 0)" if whole else "0"


def cursor_of(contract: Contract) -> str:
    """Return the column by which new rows of a table are found: `updated_at`, or the number that rows are added by."""
    return next(iter(contract.keys)) if is_only_added_to(contract) else "updated_at"


def is_only_added_to(contract: Contract) -> bool:
    """Whether a table's rows never change: it has one whole number as its key, and no stamp of a change."""
    return "updated_at" not in contract.column_names()


@dataclass(frozen=True)
class OperationalSource:
    """The attached operational database. Everything it is asked inside one transaction of `con` sees one state."""

    con: duckdb.DuckDBPyConnection
    kind: str

    def stage(self, contract: Contract, table: str, since: datetime | int | None, into: str) -> int:
        """Fill the new temporary table `into` with rows of `table`, typed as `contract` says; return their number.

        Only the contract's columns are asked for. `since`: only rows with `updated_at` (`cursor_of`) at or after it
        (None: all).
        Raises `WrongValue` for the first value that does not fit its declared type; nothing is guessed.
        """
        value = f"'{since:%Y-%m-%d %H:%M:%S}'" if isinstance(since, datetime) else since
        where = "" if since is None else f" WHERE {cursor_of(contract)} >= {value}"
        listed = ", ".join(self._shown(column) for column in contract.columns)
        asked = f"SELECT {listed}, {self._wrong_class(contract)} AS wrong_class FROM {table}{where}"
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE as_text AS SELECT * FROM {self._native(asked)}")
        try:
            self._raise_for_wrong_value(contract)
            typed = ", ".join(
                f"CAST({_text(column)} AS {column.type}) AS {column.name}" for column in contract.columns
            )
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT {typed} FROM temp.as_text")
        finally:
            self.con.execute("DROP TABLE IF EXISTS temp.as_text")
        return _number(self.con, f"SELECT COUNT(*) FROM temp.{into}")

    def extents(self, contracts: Mapping[str, Contract]) -> dict[str, Extent]:
        """Return how many rows each table has and what its keys sum up to, worked out by the operational database."""
        asked = " UNION ALL ".join(
            f"SELECT '{table}' AS name, COUNT(*) AS n, {key_sum(contract)} AS key_sum FROM {table}"
            for table, contract in contracts.items()
        )
        rows = self.con.execute(
            f"SELECT name, CAST(n AS BIGINT), CAST(key_sum AS HUGEINT) FROM {self._native(asked)}"
        ).fetchall()
        return {str(name): Extent(int(count), int(keys)) for name, count, keys in rows}

    def stage_keys(self, contract: Contract, table: str, into: str) -> None:
        """Fill the new temporary table `into` with all keys of `table`, typed as `contract` says."""
        keys = [contract.column(name) for name in contract.keys]
        asked = f"SELECT {', '.join(self._shown(key) for key in keys)} FROM {table}"
        typed = ", ".join(f"CAST({_text(key)} AS {key.type}) AS {key.name}" for key in keys)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT {typed} FROM {self._native(asked)}")

    def _native(self, asked: str) -> str:
        quoted = asked.replace("'", "''")
        return f"{self.kind}_query('{ALIAS}', '{quoted}')"

    def _shown(self, column: Column) -> str:
        if self.kind == "postgres":
            return f"CAST({column.name} AS text) AS {column.name}"
        if column.type == "DOUBLE":
            # SQLite writes a number with 15 digits by itself, which is not the number any more.
            return f"CASE WHEN {column.name} IS NOT NULL THEN printf('%!.17g', {column.name}) END AS {column.name}"
        return f"CASE WHEN typeof({column.name}) <> 'blob' THEN {column.name} END AS {column.name}"

    def _wrong_class(self, contract: Contract) -> str:
        if self.kind == "postgres":
            return "CAST(NULL AS text)"
        cases = []
        for column in contract.columns:
            allowed = ", ".join(f"'{name}'" for name in (*SQLITE_CLASSES[column.type], "null"))
            cases.append(f"WHEN typeof({column.name}) NOT IN ({allowed}) THEN '{column.name}'")
        return f"CASE {' '.join(cases)} END"

    def _raise_for_wrong_value(self, contract: Contract) -> None:
        cases = ["WHEN wrong_class IS NOT NULL THEN wrong_class"]
        for column in contract.columns:
            cases += [f"WHEN {problem} THEN '{column.name}'" for problem in _problems(column)]
        key = " || ', ' || ".join(f"'{name} ' || coalesce({name}, 'NULL')" for name in contract.keys)
        row = self.con.execute(
            f"SELECT wrong, key FROM (SELECT CASE {' '.join(cases)} END AS wrong, {key} AS key FROM temp.as_text) "
            "WHERE wrong IS NOT NULL ORDER BY key LIMIT 1"
        ).fetchone()
        if row is None:
            return
        column = contract.column(str(row[0]))
        found = self.con.execute(
            f"SELECT {column.name} FROM temp.as_text WHERE {key} = ? LIMIT 1", [row[1]]
        ).fetchone()
        raise WrongValue(
            f"operations' table {contract.name.split('.')[1]} holds {found[0] if found else None!r} in column "
            f"{column.name} of the row with {row[1]}; its contract declares {column.type}"
            f"{'' if column.nullable else ' NOT NULL'}. Correct the row in operations and run again; "
            "nothing of this pull was taken over"
        )


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, url: str) -> Iterator[OperationalSource]:
    """Attach the operational database at `url` read-only for the time of the block.

    Raises `OperationsUnavailable` with what to do if it is away, locked or not migrated, also for errors in the block
    that come from it.
    """
    parsed = make_url(url)
    kind = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgres"
    place = parsed.database or ""
    must_be_there(url)
    if kind == "postgres":
        place = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        load_extension(con, f"{kind}_scanner")
        quoted = place.replace("'", "''")
        con.execute(f"ATTACH '{quoted}' AS {ALIAS} (TYPE {kind}, READ_ONLY)")
    except duckdb.Error as error:
        # Not as its cause: that text holds the password, and Dagster keeps and shows every cause.
        raise _unavailable(url, error) from None
    try:
        yield OperationalSource(con, kind)
    except duckdb.Error as error:
        if _is_of_source(error, kind):
            raise _unavailable(url, error) from None
        raise
    finally:
        con.execute(f"DETACH {ALIAS}")


def _is_of_source(error: duckdb.Error, kind: str) -> bool:
    said = str(error)
    return f"{kind}_query" in said or "Failed to prepare query" in said or "Failed to execute query" in said


def _unavailable(url: str, error: duckdb.Error) -> OperationsUnavailable:
    shown = make_url(url).render_as_string(hide_password=True)
    first_line = hide_password(str(error)).splitlines()[0]
    return OperationsUnavailable(
        f"the operational database {shown} cannot be read: {first_line}. Check HUB_OPERATIONS_URL, that the server "
        "runs, and that its tables are up to date (`hub doctor` shows what is reachable)"
    )


def _problems(column: Column) -> list[str]:
    problems = [f"{column.name} IS NOT NULL AND TRY_CAST({_text(column)} AS {column.type}) IS NULL"]
    if column.type in PATTERNS:
        problems.append(f"NOT regexp_full_match({column.name}, '{PATTERNS[column.type]}')")
    if not column.nullable:
        problems.append(f"{column.name} IS NULL")
    return problems


def _text(column: Column) -> str:
    # Moments are whole seconds everywhere in the warehouse.
    return f"left({column.name}, 19)" if column.type == "TIMESTAMP" else column.name


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0
