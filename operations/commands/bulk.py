"""Adding many rows of one table at once, as the sample city and imports need.

Here: speed. Never here: a rule; who calls this has checked what it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

import polars as pl
from sqlalchemy import Column, Dialect, Table, inspect, text
from sqlalchemy.orm import Session

from operations.model import Base

CHUNK_ROWS = 20_000
Convert = Callable[[Any], Any] | None


def insert_rows(session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> int:
    """Add `rows` to the table of `model` in the session's transaction and return how many they were.

    All rows name the same columns; a column that is left out gets its default (evaluated once for all rows), or
    NULL, or the next key. Keys that are given are given out by the database never again. SQLite takes them by
    one prepared statement, PostgreSQL by COPY.

    Raises `ValueError` for rows that name different or unknown columns, and what the database raises for a
    broken constraint.
    """
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return 0
    session.flush()
    connection = session.connection()
    table: Table = inspect(model).local_table  # type: ignore[assignment]
    names = list(first)
    if unknown := set(names) - set(table.columns.keys()):
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    defaults = _defaults(table, set(names))
    columns = [table.columns[name] for name in (*names, *defaults)]
    dialect = connection.dialect
    values = _Values(table.name, names, [_converter(column, dialect) for column in columns], defaults)
    raw = connection.connection.driver_connection
    write = _copy if dialect.name == "postgresql" else _execute_many
    statement_columns = ", ".join(dialect.identifier_preparer.format_column(column) for column in columns)
    count = 0
    chunk = [first, *islice(remaining, CHUNK_ROWS - 1)]
    while chunk:
        write(raw, table.name, statement_columns, len(columns), values.of(chunk))
        count += len(chunk)
        chunk = list(islice(remaining, CHUNK_ROWS))
    if dialect.name == "postgresql":
        _move_sequence(session, table, set(names))
    return count


def insert_frame(session: Session, model: type[Base], frame: pl.DataFrame) -> int:
    """Add the rows of a frame as `insert_rows` does, several times faster: no Python object per value on SQLite.

    Columns are those of the table; moments are `Datetime` in UTC, days `Date`.

    Raises what `insert_rows` raises.
    """
    if frame.is_empty():
        return 0
    session.flush()
    connection = session.connection()
    table: Table = inspect(model).local_table  # type: ignore[assignment]
    if unknown := set(frame.columns) - set(table.columns.keys()):
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    dialect = connection.dialect
    defaults = _defaults(table, set(frame.columns))
    converters = [_converter(table.columns[name], dialect) for name in defaults]
    extra = tuple(
        convert(value) if convert else value
        for convert, value in zip(converters, defaults.values(), strict=True)
    )
    columns = [table.columns[name] for name in (*frame.columns, *defaults)]
    statement_columns = ", ".join(dialect.identifier_preparer.format_column(column) for column in columns)
    is_postgresql = dialect.name == "postgresql"
    ready = _in_utc(frame) if is_postgresql else _as_sqlite_text(_in_utc(frame))
    write = _copy if is_postgresql else _execute_many
    raw = connection.connection.driver_connection
    for chunk in ready.iter_slices(CHUNK_ROWS):
        rows = [(*row, *extra) for row in chunk.iter_rows()] if extra else chunk.rows()
        write(raw, table.name, statement_columns, len(columns), rows)
    if is_postgresql:
        _move_sequence(session, table, set(frame.columns))
    return len(frame)


def append_frame(session: Session, model: type[Base], frame: pl.DataFrame) -> int:
    """Add the rows of a frame as `insert_frame` does, where others write the same table at this moment.

    Keys that are given were drawn from the database's counter, which is left alone. PostgreSQL gets the frame as one
    text, which no Python object per value is made for.

    Raises what `insert_rows` raises.
    """
    if session.connection().dialect.name != "postgresql" or frame.is_empty():
        return insert_frame(session, model, frame)
    session.flush()
    table: Table = inspect(model).local_table  # type: ignore[assignment]
    if unknown := set(frame.columns) - set(table.columns.keys()):
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    connection = session.connection()
    filled = _in_utc(frame)
    for name, value in _defaults(table, set(frame.columns)).items():
        convert = _converter(table.columns[name], connection.dialect)
        filled = filled.with_columns(pl.lit(convert(value) if convert else value).alias(name))
    columns = ", ".join(filled.columns)
    raw: Any = connection.connection.driver_connection
    with (
        raw.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv)") as copy,
    ):
        for chunk in filled.iter_slices(CHUNK_ROWS):
            copy.write(chunk.write_csv(include_header=False).encode())
    return len(frame)


def _in_utc(frame: pl.DataFrame) -> pl.DataFrame:
    """Moments without zone and without fractions of a second, as the tables hold them."""
    moments = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    aware = {name for name in moments if frame.schema[name].time_zone}  # type: ignore[attr-defined]
    return frame.with_columns(
        (
            pl.col(name).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            if name in aware
            else pl.col(name)
        ).dt.truncate("1s")
        for name in moments
    )


def _as_sqlite_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Moments and days as SQLAlchemy writes them into SQLite."""
    formats = {
        name: "%Y-%m-%d %H:%M:%S.000000" if isinstance(kind, pl.Datetime) else "%Y-%m-%d"
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Datetime | pl.Date)
    }
    return frame.with_columns(pl.col(name).dt.strftime(form) for name, form in formats.items())


class _Values:
    """Turns mappings into tuples as the driver wants them, in the order of the columns."""

    def __init__(
        self, table: str, names: list[str], converters: list[Convert], defaults: dict[str, Any]
    ) -> None:
        self.table, self.names, self.converters = table, names, converters
        rest = zip(defaults.values(), converters[len(names) :], strict=True)
        self.defaults = [value if convert is None else convert(value) for value, convert in rest]

    def of(self, rows: list[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        expected = set(self.names)
        for row in rows:
            if row.keys() != expected:
                differing = ", ".join(sorted(row.keys() ^ expected))
                raise ValueError(
                    f"rows of {self.table} name different columns ({differing}); give all the same"
                )
        by_column: list[Iterable[Any]] = []
        for name, convert in zip(self.names, self.converters, strict=False):
            given = [row[name] for row in rows]
            by_column.append(given if convert is None else [convert(value) for value in given])
        by_column += [[value] * len(rows) for value in self.defaults]
        return list(zip(*by_column, strict=True))


def _defaults(table: Table, given: set[str]) -> dict[str, Any]:
    """The value of each column that the rows leave out and the model has a default for."""
    found: dict[str, Any] = {}
    for column in table.columns:
        default: Any = column.default
        if column.name in given or default is None:
            continue
        # SQLAlchemy wraps a function without arguments so that it takes the context it does not use.
        found[column.name] = default.arg(None) if default.is_callable else default.arg
    return found


def _converter(column: Column[Any], dialect: Dialect) -> Convert:
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _execute_many(raw: Any, table: str, columns: str, width: int, rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * width)
    raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - names of the model


def _copy(raw: Any, table: str, columns: str, width: int, rows: list[tuple[Any, ...]]) -> None:
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _move_sequence(session: Session, table: Table, given: set[str]) -> None:
    """Let PostgreSQL's counter go on after the keys that were given, or the next command would meet them."""
    key = table.autoincrement_column
    if key is None or key.name not in given:
        return
    session.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'), "  # noqa: S608
            f"(SELECT max({key.name}) FROM {table.name}))"
        )
    )
