"""Holding the rows in the lake against the rules of their contract.

Belongs here: running the checks of a contract. Does not belong here: the rules themselves (they stand in the `.yml`),
or what happens when one is broken (the pipelines stop the run for "stop" and go on for "warn").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from warehouse import dialect
from warehouse.contracts import Build, Check, Contract
from warehouse.fresh_rows import FreshRows
from warehouse.plan import Value, partition_expression, predicate, relations_instead
from warehouse.tables import Table, catalogue

SHOWN_ROWS = 20


@dataclass(frozen=True)
class CheckResult:
    """What a check found. `broken`: how many rows break the rule; `rows`: the first of them, with `columns`."""

    table: str
    check: str
    rule: str
    severity: str
    broken: int
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    @property
    def passed(self) -> bool:
        """True if no row breaks the rule."""
        return self.broken == 0

    def message(self) -> str:
        """Return one line for people: the rule, how many rows break it, and the first of them."""
        if self.passed:
            return f"{self.table}: {self.rule}"
        first = ", ".join(
            f"{column} {value}" for column, value in zip(self.columns, self.rows[0], strict=True)
        )
        return (
            f"{self.table}: {self.broken} rows break the rule {self.check} ({self.rule}); the first: {first}"
        )


def run_checks(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    partitions: Sequence[Value] = (),
    *,
    room: Sequence[Table] = (),
    fresh: Mapping[str, FreshRows] | None = None,
) -> list[CheckResult]:
    """Return the result of every check of a table: those of the `.yml`, and one of the lists of allowed values.

    `partitions`: of a table built by day (or month …) only these are looked at, in all tables that have that
    column, so that the time does not grow with the history; none means all. A check with `scope: table` always
    looks at everything. `room`: the tables that checks may read (default: the catalogue); `fresh`: rows that this
    transaction finds in the lake and that are in memory too (see fresh_rows).
    """
    contracts = {known.name: known.contract for known in (room or catalogue())}
    where = _Where(partitions, contracts, fresh or {})
    results = []
    for name, check in _all_checks(table.contract).items():
        sql = _sql_of(table.contract, name, check, where)
        answer = con.execute(f"SELECT * FROM ({sql}\n) AS broken ORDER BY ALL")
        columns = tuple(column[0] for column in answer.description or ())
        rows = answer.fetchall()
        shown = tuple(rows[:SHOWN_ROWS])
        results.append(CheckResult(table.name, name, check.rule, check.severity, len(rows), columns, shown))
    return results


def check_names(table: Table) -> tuple[str, ...]:
    """Return the names of all checks of a table, in the order of run_checks."""
    return tuple(_all_checks(table.contract))


@dataclass(frozen=True)
class _Where:
    """What checks look at: these partitions, in the tables of these contracts, some of whose rows are in memory."""

    partitions: Sequence[Value]
    contracts: Mapping[str, Contract]
    fresh: Mapping[str, FreshRows]


def _sql_of(contract: Contract, name: str, check: Check, where: _Where) -> str:
    """Return the SQL of a check, narrowed to the partitions where it may be."""
    partitions, contracts, fresh = where.partitions, where.contracts, where.fresh
    sql = check.sql.strip().rstrip(";")
    by = contract.build.by or next(iter(contract.plain_partition_columns()), "")
    if not by or check.scope == "table":
        partitions = ()
    if not partitions and not fresh:
        return sql
    query = dialect.parse(sql, f"{contract.name}, check {name}")
    conditions = {
        read: predicate(expression, partitions)
        for read in dialect.tables_read(query)
        if partitions and (expression := partition_expression(contracts[read], by, contract.build.matches))
    }
    instead = relations_instead(fresh, contracts, Build(by=by, matches=contract.build.matches), partitions)
    return dialect.narrowed(sql, query, conditions, instead)


def _all_checks(contract: Contract) -> dict[str, Check]:
    """Return the checks of the `.yml`, after one that holds all lists of allowed values."""
    parts = []
    for column in contract.columns:
        if column.values:
            listed = ", ".join("'" + value.replace("'", "''") + "'" for value in column.values)
            parts.append(
                f"SELECT '{column.name}' AS column_name, {column.name} AS unknown_value, COUNT(*) AS row_count "
                f"FROM {contract.name} WHERE {column.name} NOT IN ({listed}) GROUP BY {column.name}"
            )
    if not parts:
        return contract.checks
    rule = "Codes are among those that the contract names"
    known = Check(rule=rule, severity="warn", sql=" UNION ALL ".join(parts))
    return {"codes_are_known": known, **contract.checks}
