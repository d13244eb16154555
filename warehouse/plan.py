"""Which part of a table a change upstream touches.

Belongs here: from the changes since the last build and the contract's `build` to "nothing", "these partitions" or
"whole", with the reason in words. Does not belong here: computing or writing rows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import duckdb

from warehouse.changes import HistoryGone, changes_sql, last_build, last_changes
from warehouse.contracts import Build, Contract, ContractError, Through
from warehouse.fresh_rows import FreshRows, still_fresh
from warehouse.tables import Table

Value = date | str | int
LOCAL_DAY = re.compile(r"local_day\((\w+)\)")
LOCAL_HOURS = 8  # Asia/Shanghai; it has had no summer time since 1991


@dataclass(frozen=True)
class Plan:
    """What to build. `conditions`: per upstream table, the SQL condition on the rows that are needed; `fresh`: rows of
    upstream tables that need not be read from the lake."""

    how: str
    why: str
    touched: tuple[Value, ...] = ()
    conditions: dict[str, str] = field(default_factory=dict)
    fresh: dict[str, FreshRows] = field(default_factory=dict)


def plan_build(con: duckdb.DuckDBPyConnection, table: Table, *, fitting: bool, whole: bool = False) -> Plan:
    """Return what has to be built so that the table shows its upstream as it is now.

    `fitting`: the table in the lake has the columns of its contract. `whole`: build all of it in any case.
    """
    last = last_build(con, table.name)
    if last is None:
        return _whole(con, table, "never built")
    if whole or not fitting or last.definition_hash != table.definition_hash:
        return _whole(con, table, "asked for" if whole else "its definition changed")
    if not table.reads:
        return Plan("nothing", "its file has not changed")
    try:
        changes = last_changes(con, last.read_snapshot)
        changed = sorted(set(changes).intersection(table.reads))
        plan = _plan_for(
            con, table, {name: _touched_by(con, table, name, last.read_snapshot) for name in changed}
        )
        return replace(plan, fresh=still_fresh(con, changes))
    except HistoryGone as error:
        return _whole(con, table, str(error))


def _plan_for(con: duckdb.DuckDBPyConnection, table: Table, reasons: dict[str, set[Value] | None]) -> Plan:
    """Return the plan for upstream tables with the partitions that each touches (None: all of them)."""
    build = table.contract.build
    real = {name: touched for name, touched in reasons.items() if touched is None or touched}
    if not real:
        return Plan("nothing", "nothing it reads has changed")
    everywhere = [name for name, touched in real.items() if touched is None]
    if everywhere:
        return _whole(con, table, f"{', '.join(everywhere)} changed")
    touched = tuple(sorted({value for values in real.values() if values for value in values}, key=str))
    conditions = {
        name: predicate(expression, touched)
        for name in table.reads
        if (expression := partition_expression(table.upstream[name], build.by, build.matches))
    }
    why = f"{', '.join(real)} changed"
    return Plan("partitions", why, touched, conditions)


def relations_instead(
    fresh: Mapping[str, FreshRows],
    contracts: Mapping[str, Contract],
    build: Build,
    partitions: Sequence[Value],
) -> dict[str, str]:
    """Return where rows are in memory: for tables of `contracts`, if it is all rows of these partitions (none: all)."""
    return {
        name: rows.relation
        for name, rows in fresh.items()
        if name in contracts
        and rows.hold_all_of(partition_expression(contracts[name], build.by, build.matches), partitions)
    }


def partition_expression(upstream: Contract, by: str, matches: dict[str, str]) -> str:
    """Return the column of an upstream table (or `local_day(column)`) that tells the partition, or ""."""
    return matches.get(upstream.name) or (by if by and by in upstream.column_names() else "")


def predicate(expression: str, values: Sequence[Value]) -> str:
    """Return a condition that is true for the rows of these partitions, in literals, so that files are skipped."""
    local = LOCAL_DAY.fullmatch(expression)
    if not local:
        return condition(expression, values)
    column = local.group(1)
    ranges = [
        f"({column} >= {literal(_midnight(first))} AND {column} < {literal(_midnight(last + timedelta(days=1)))})"
        for first, last in _runs_of_days(values)
    ]
    return f"({' OR '.join(ranges)})" if ranges else "false"


def condition(column: str, values: Sequence[Value]) -> str:
    """Return `column IN (…)` in literals."""
    return f"{column} IN ({', '.join(literal(value) for value in values)})" if values else "false"


def literal(value: Value) -> str:
    """Return a value as an SQL literal (text, whole numbers, dates and timestamps)."""
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}'"
    if isinstance(value, date):
        return f"DATE '{value:%Y-%m-%d}'"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _whole(con: duckdb.DuckDBPyConnection, table: Table, why: str) -> Plan:
    return Plan("whole", why, conditions=latest_conditions(con, table))


def latest_conditions(con: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    """Return the conditions that keep a table to the last days before the data clock."""
    latest = table.contract.build.latest
    if not latest:
        return {}
    row = con.execute("SELECT as_of_at FROM marts.data_clock").fetchone()
    today = (row[0] + timedelta(hours=LOCAL_HOURS)).date() if row else date(1970, 1, 1)
    conditions = {}
    for name, window in latest.items():
        begin = today - timedelta(days=window.days)
        is_day = table.upstream[name].column(window.on).type == "DATE"
        conditions[name] = f"{window.on} >= {literal(begin if is_day else _midnight(begin))}"
    return conditions


def _touched_by(con: duckdb.DuckDBPyConnection, table: Table, name: str, since: int) -> set[Value] | None:
    """Return the partitions touched by the changes of one upstream table; None: all of them."""
    build, upstream = table.contract.build, table.upstream[name]
    paths = build.touched_through.get(name, ())
    expression = partition_expression(upstream, build.by, build.matches)
    local = LOCAL_DAY.fullmatch(expression)
    own = [local.group(1) if local else expression] if expression else []
    columns = sorted({*table.columns_read[name], *own, *(path.on for path in paths)})
    changed = changes_sql(con, name, since, columns)
    if build.by and paths:
        return _touched_through(con, table, changed, paths)
    if build.by and expression:
        return _values(con, f"SELECT DISTINCT {_as_sql(expression)} FROM ({changed})")
    return None if con.execute(f"SELECT 1 FROM ({changed}) LIMIT 1").fetchall() else set()


def _touched_through(
    con: duckdb.DuckDBPyConnection, table: Table, changed: str, paths: Sequence[Through]
) -> set[Value]:
    build = table.contract.build
    touched: set[Value] = set()
    for path in paths:
        expression = partition_expression(table.upstream[path.table], build.by, build.matches)
        if not expression:
            raise ContractError(f"{table.name}: touched_through: {path.table} does not tell the {build.by}")
        keys = _values(con, f"SELECT DISTINCT {path.on} FROM ({changed})")
        if keys:
            among = condition(path.on, sorted(keys))
            touched |= _values(con, f"SELECT DISTINCT {_as_sql(expression)} FROM {path.table} WHERE {among}")
    return touched


def _values(con: duckdb.DuckDBPyConnection, query: str) -> set[Value]:
    return {row[0] for row in con.execute(query).fetchall() if row[0] is not None}


def _as_sql(expression: str) -> str:
    local = LOCAL_DAY.fullmatch(expression)
    return f"CAST({local.group(1)} + INTERVAL {LOCAL_HOURS} HOUR AS DATE)" if local else expression


def _runs_of_days(values: Sequence[Value]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for day in sorted(value for value in values if isinstance(value, date)):
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _midnight(day: date) -> datetime:
    """Return the UTC time at which a local day begins."""
    return datetime(day.year, day.month, day.day) - timedelta(hours=LOCAL_HOURS)  # noqa: DTZ001
