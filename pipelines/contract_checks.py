"""Contract checks as Dagster's asset checks, held before a table's rows are committed.

Here: turning the checks of a contract into specs and results, and stopping a build that breaks one of severity "stop".
Never here: a rule; they stand in the contract beside the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
import duckdb

from warehouse.checks import CheckResult, check_names, run_checks
from warehouse.fresh_rows import FreshRows
from warehouse.plan import Value
from warehouse.tables import Table


class RuleBroken(Exception):
    """Rows break a rule that stops the run. They were not written; the message names the rule and the first row."""

    @classmethod
    def by(cls, results: Sequence[CheckResult]) -> RuleBroken:
        """Return the error for the results that stop."""
        return cls("; ".join(result.message() for result in results if stops(result)))


def stops(result: CheckResult) -> bool:
    """Say whether a result stops the run."""
    return not result.passed and result.severity == "stop"


class Held:
    """The results of a table's checks within one build; `hold` may be called again when a build is tried again."""

    def __init__(self, con: duckdb.DuckDBPyConnection, *tables: Table) -> None:
        self.con = con
        self.tables = tables
        self.results: dict[str, list[CheckResult]] = {}

    def hold(
        self,
        touched: Sequence[Value] = (),
        *,
        only: str | None = None,
        fresh: Mapping[str, FreshRows] | None = None,
    ) -> None:
        """Run the checks on the touched partitions (none: on everything). Raises RuleBroken.

        `fresh`: rows of the lake that are in memory too.

        Call it inside the transaction that writes the rows: what it raises takes them back.
        """
        for table in self.tables:
            if only is None or table.name == only:
                self.results[table.name] = run_checks(self.con, table, touched, fresh=fresh)
        every = [result for results in self.results.values() for result in results]
        if any(stops(result) for result in every):
            raise RuleBroken.by(every)

    def evaluations(self, name: str) -> list[dg.AssetCheckResult]:
        """Return what Dagster is told of the checks of one table.

        If they had no cause to run, those that stop have passed all the same: rows that break them never got in.
        """
        if name in self.results:
            return [evaluation(result) for result in self.results[name]]
        table = next(table for table in self.tables if table.name == name)
        return [
            dg.AssetCheckResult(
                asset_key=asset_key(name),
                check_name=check,
                passed=True,
                metadata={"held": "nothing changed since"},
            )
            for check, said in table.contract.checks.items()
            if said.severity == "stop"
        ]

    def all_evaluations(self) -> Iterator[dg.AssetCheckResult]:
        """Yield what Dagster is told of all checks that ran."""
        for name in self.results:
            yield from self.evaluations(name)


def asset_key(name: str) -> dg.AssetKey:
    """Return the asset of a table: `core.sessions` is `core/sessions`."""
    return dg.AssetKey(name.split("."))


def check_specs(table: Table) -> list[dg.AssetCheckSpec]:
    """Return one asset check for every check of a table's contract."""
    rules = {"codes_are_known": "Codes are among those that the contract names"}
    rules |= {name: check.rule for name, check in table.contract.checks.items()}
    stopping = {name for name, check in table.contract.checks.items() if check.severity == "stop"}
    return [
        dg.AssetCheckSpec(
            name, asset=asset_key(table.name), description=rules.get(name), blocking=name in stopping
        )
        for name in check_names(table)
    ]


def evaluation(result: CheckResult) -> dg.AssetCheckResult:
    """Return what Dagster is told of one check."""
    metadata: dict[str, str | int] = {"broken_rows": result.broken}
    if not result.passed:
        metadata["message"] = result.message()
    return dg.AssetCheckResult(
        asset_key=asset_key(result.table),
        check_name=result.check,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.ERROR if result.severity == "stop" else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )
