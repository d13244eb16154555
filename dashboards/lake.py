"""Asking the marts: every figure on a page comes through `ask`.

Belongs here: one read-only connection to the lake, and answers cached until the lake changes.
Does not belong here: what a page asks (each page holds its own SQL) or how the lake is stored (warehouse/lake.py).
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import sqlglot
import streamlit as st
from sqlglot import exp

from hub.settings import load
from warehouse.lake import CATALOGUE, current_snapshot, is_postgres, open_lake
from warehouse.lake_tables import read_row_counts
from warehouse.transactions import retry
from warehouse.unavailable import LakeUnavailable

# What the marts show, and the dated rules that ship with the product, which are nobody's.
READABLE = frozenset({"marts", "reference"})
SECONDS_UNTIL_LOOKING_AGAIN = 5
WAIT_SECONDS = 5.0


class LakeUnbuilt(LakeUnavailable):
    """The lake is there but its marts are not: nothing has been built yet."""


def ask(sql: str, **values: Any) -> pl.DataFrame:
    """Return the rows that the SQL selects from marts or dated rules; `$name` in it is bound to the value of that name.

    Raises LakeUnavailable (LakeUnbuilt) with what to do; ValueError if the SQL reads anything else.
    """
    refuse_others_than_marts(sql)
    return _rows_at(_place(), _snapshot(_place()), sql, tuple(sorted(values.items())))


def data_clock() -> dict[str, Any] | None:
    """Return the data's own time (as_of_at, first_service_day, last_service_day), None if there is no data yet."""
    rows = ask("SELECT as_of_at, first_service_day, last_service_day FROM marts.data_clock")
    if rows.is_empty() or rows["as_of_at"][0] is None or rows["last_service_day"][0] is None:
        return None
    return rows.row(0, named=True)


def table_states() -> pl.DataFrame:
    """Return for each table of the warehouse its rows, and when and how it was last built: null where nobody builds it
    but every row follows its source (the warehouse's own book, for Admin only).
    """
    place = _place()
    counts = _row_counts_at(place, _snapshot(place))
    builds = _rows_at(place, _snapshot(place), "SELECT table_name, how, built_at FROM meta.table_builds", ())
    rows = pl.DataFrame(
        list(counts.items()), schema={"table_name": pl.String, "row_count": pl.Int64}, orient="row"
    )
    return rows.join(builds, on="table_name", how="left", maintain_order="left")


@lru_cache(maxsize=256)
def refuse_others_than_marts(sql: str) -> None:
    """Raise ValueError if the SQL is not one SELECT, or reads a table outside marts and rules."""
    others = tables_read(sql) - {name for name in tables_read(sql) if name.partition(".")[0] in READABLE}
    if others:
        raise ValueError(f"Pages ask the marts only; this SQL also reads {', '.join(sorted(others))}.")


def tables_read(sql: str) -> set[str]:
    """Return the `schema.table` names that a SELECT reads, its own common table expressions left out."""
    statements = sqlglot.parse(sql, read="duckdb")
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ValueError("Pages may only SELECT, one statement at a time.")
    named_here = {cte.alias for cte in statements[0].find_all(exp.CTE)}
    tables = statements[0].find_all(exp.Table)
    return {f"{table.db}.{table.name}" for table in tables if table.db or table.name not in named_here}


Place = tuple[str, str, int]


def _place() -> Place:
    """Say which lake the settings name, and which file it is now (a lake that was replaced is another one)."""
    settings = load()
    catalogue = settings.lake_catalogue
    try:
        identity = 0 if is_postgres(catalogue) else Path(catalogue).stat().st_ino
    except OSError:
        identity = 0
    return catalogue, settings.lake_files, identity


@st.cache_resource(max_entries=2, show_spinner=False)
def _connection(place: Place) -> duckdb.DuckDBPyConnection:
    return open_lake(place[0], place[1], read_only=True, wait_seconds=WAIT_SECONDS)


@st.cache_data(ttl=SECONDS_UNTIL_LOOKING_AGAIN, max_entries=4, show_spinner=False)
def _snapshot(place: Place) -> int:
    return _on_lake(place, current_snapshot)


@st.cache_data(max_entries=400, show_spinner=False)
def _rows_at(place: Place, snapshot: int, sql: str, values: tuple[tuple[str, Any], ...]) -> pl.DataFrame:
    # The snapshot is only part of the cache's key: an answer is good until the lake changes.
    parameters: Mapping[str, Any] = dict(values)
    return _on_lake(place, lambda cursor: cursor.execute(sql, parameters or None).pl())


@st.cache_data(max_entries=2, show_spinner=False)
def _row_counts_at(place: Place, snapshot: int) -> dict[str, int]:
    return _on_lake(place, read_row_counts)


def _on_lake(place: Place, action: Any) -> Any:
    """Return what `action` returns on a cursor of the lake; open the lake anew once if the connection is spoilt."""
    for last_try in (False, True):
        cursor = _connection(place).cursor()
        try:
            cursor.execute(f"USE {CATALOGUE}")
            # Else a name that is no table is looked for among the variables of this Python program.
            cursor.execute("SET python_enable_replacements = false")
            return retry(lambda cursor=cursor: action(cursor))
        except duckdb.CatalogException as error:
            raise LakeUnbuilt(
                f"The warehouse has no such table yet. Build it: `hub build`. ({error})"
            ) from None  # its text may hold the catalogue's password
        except duckdb.Error as error:
            _connection.clear()
            if last_try:
                raise LakeUnavailable(
                    f"The warehouse could not be read: {error}. `hub doctor` shows what is configured and reachable."
                ) from None
        finally:
            cursor.close()
    raise AssertionError("unreachable")
