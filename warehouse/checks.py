"""Holding the rows in the lake against the rules of their contract.

Belongs here: running the checks of a contract. Does not belong here: the rules themselves (they stand in the `.yml`),
or what happens when one is broken (the pipelines stop the run for "stop" and go on for "warn").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from warehouse import dialect
from warehouse.contracts import Check, Contract
from warehouse.plan import Value, partition_expression, predicate
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
) -> list[CheckResult]:
    """Return the result of every check of a table: those of the `.yml`, and the lists of allowed values.

    `partitions`: of a table built by day (or month …) only these are looked at, in all tables that have that
    column, so that the time does not grow with the history; none means all. A check with `scope: table` always
    looks at everything. `room`: the tables that checks may read (default: the catalogue).
    """
    contracts = {known.name: known.contract for known in (room or catalogue())}
    return [
        _run(con, table.contract, name, check, partitions, contracts)
        for name, check in {**_allowed_values(table.contract), **table.contract.checks}.items()
    ]


def check_names(table: Table) -> tuple[str, ...]:
    """Return the names of all checks of a table, in the order of run_checks."""
    return tuple({**_allowed_values(table.contract), **table.contract.checks})


def _run(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    name: str,
    check: Check,
    partitions: Sequence[Value],
    contracts: dict[str, Contract],
) -> CheckResult:
    sql, by = check.sql.strip().rstrip(";"), contract.build.by
    if by and partitions and check.scope == "touched":
        query = dialect.parse(sql, f"{contract.name}, check {name}")
        matches = contract.build.matches
        conditions = {
            read: predicate(expression, partitions)
            for read in dialect.tables_read(query)
            if (expression := partition_expression(contracts[read], by, matches))
        }
        sql = dialect.narrowed(sql, query, conditions)
    relation = con.sql(f"SELECT * FROM ({sql}\n) AS broken ORDER BY ALL")
    rows = relation.fetchall()
    return CheckResult(
        contract.name,
        name,
        check.rule,
        check.severity,
        len(rows),
        tuple(relation.columns),
        tuple(rows[:SHOWN_ROWS]),
    )


def _allowed_values(contract: Contract) -> dict[str, Check]:
    checks = {}
    for column in contract.columns:
        if column.values:
            listed = ", ".join("'" + value.replace("'", "''") + "'" for value in column.values)
            checks[f"{column.name}_is_known"] = Check(
                rule=f"{column.name} is one of {', '.join(column.values)}",
                severity="warn",
                sql=f"SELECT {column.name}, COUNT(*) AS row_count FROM {contract.name} "
                f"WHERE {column.name} NOT IN ({listed}) GROUP BY {column.name}",
            )
    return checks
