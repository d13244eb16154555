"""Bringing a table up to date: whole, or only those partitions (days, months) that a change upstream touches.

Belongs here: writing the rows of tables that have a `.sql` or a `.csv`. Does not belong here: what changed
(changes.py), what to rebuild because of it (plan.py), tables that Python fills, or when anything runs.

Everything about one table happens in one transaction: its rows and the memory of what they were built from. A run
that is killed leaves the old state or the new one, and the next run mends what is missing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import duckdb

from warehouse import dialect, reference_files
from warehouse.changes import last_build, record_build
from warehouse.contracts import Contract, ContractError
from warehouse.lake import current_snapshot, in_transaction
from warehouse.plan import Plan, Value, condition, plan_build
from warehouse.table_ddl import fits, replace_table
from warehouse.tables import Table

# A table whose upstream is quiet moves its memory on after so many snapshots, so that old ones can be expired.
QUIET_SNAPSHOTS = 200
STAGED = "temp.staged_rows"


@dataclass(frozen=True)
class BuildResult:
    """What a build did. `how`: "whole", "partitions" or "nothing" (nothing upstream had changed).

    `touched`: the partitions that were computed, `replaced`: those of them whose rows differed and were written.
    For a table that is not built by partitions both are empty, and only rows that differ were written.
    """

    table: str
    how: str
    why: str
    touched: tuple[Value, ...] = ()
    replaced: tuple[Value, ...] = ()
    rows_written: int = 0
    rows_removed: int = 0
    read_snapshot: int = 0
    seconds: float = 0.0


def build(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    *,
    whole: bool = False,
    guard: Callable[[BuildResult], None] | None = None,
) -> BuildResult:
    """Bring one table with a `.sql` or `.csv` up to date and return what was done; `whole` computes all of it anew.

    `guard` is called with the result before it is committed; what it raises leaves the table as it was, so that no
    row that breaks a rule is ever seen.

    Same input gives the same rows. Rows that come out as they were are not written again, so that nothing
    downstream is touched. Raises ContractError if the rows break the contract (columns, types, NULLs, keys, rows
    outside the touched partitions); the table then keeps its old rows. LakeUnavailable if the catalogue stays busy.
    """
    if table.sql is None and table.csv is None:
        raise ContractError(
            f"{table.name} has neither a .sql nor a .csv: it is filled by {table.contract.owner}"
        )
    started = time.perf_counter()
    result = in_transaction(con, lambda: _build_once(con, table, whole, guard))
    return replace(result, seconds=time.perf_counter() - started)


def _build_once(
    con: duckdb.DuckDBPyConnection, table: Table, whole: bool, guard: Callable[[BuildResult], None] | None
) -> BuildResult:
    snapshot = current_snapshot(con)
    fitting = fits(con, table.contract)
    plan = plan_build(con, table, fitting=fitting, whole=whole)
    if plan.how == "nothing":
        last = last_build(con, table.name)
        if last and snapshot - last.read_snapshot > QUIET_SNAPSHOTS:
            _remember(con, table, plan)
        return BuildResult(table.name, "nothing", plan.why, read_snapshot=snapshot)
    _stage(con, table, plan)
    if not fitting:
        replace_table(con, table.contract)
    result = _write(con, table.contract, plan)
    con.execute(f"DROP TABLE {STAGED}")
    _remember(con, table, plan)
    result = replace(result, read_snapshot=snapshot)
    if guard:
        guard(result)
    return result


def _remember(con: duckdb.DuckDBPyConnection, table: Table, plan: Plan) -> None:
    record_build(con, table.name, definition_hash=table.definition_hash, how=plan.how, why=plan.why)


def _stage(con: duckdb.DuckDBPyConnection, table: Table, plan: Plan) -> None:
    """Compute the rows into a temporary table and hold them against the contract."""
    contract = table.contract
    if table.csv is not None:
        query = reference_files.select_csv(table.csv, contract)
    else:
        assert table.sql is not None and table.query is not None
        query = dialect.narrowed(table.sql, table.query, plan.conditions)
    con.execute(f"CREATE OR REPLACE TEMP TABLE staged_rows AS {query}")
    found = [(row[0], row[1]) for row in con.execute(f"DESCRIBE {STAGED}").fetchall()]
    wanted = [(column.name, column.type) for column in contract.columns]
    if found != wanted:
        difference = [f"{name} {type_}" for name, type_ in found if (name, type_) not in wanted]
        missing = [f"{name} {type_}" for name, type_ in wanted if (name, type_) not in found]
        raise ContractError(
            f"{table.name}: the rows have {', '.join(difference) or 'the columns in another order'}; "
            f"the contract says {', '.join(missing) or ', '.join(contract.column_names())}"
        )
    _check_nulls(con, contract)
    _check_keys(con, contract)
    if plan.how == "partitions":
        outside = con.execute(
            f"SELECT DISTINCT {contract.build.by} FROM {STAGED} "
            f"WHERE NOT ({condition(contract.build.by, plan.touched)}) LIMIT 5"
        ).fetchall()
        if outside:
            raise ContractError(
                f"{table.name} is built by {contract.build.by}, but rows of {_listed(outside)} came out when only "
                f"{', '.join(str(value) for value in plan.touched[:5])} were touched: each row must depend only on "
                f"rows of its own {contract.build.by}"
            )


def _check_nulls(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    required = [column.name for column in contract.columns if not column.nullable]
    counts = ", ".join(f"COUNT(*) - COUNT({name})" for name in required)
    row = con.execute(f"SELECT {counts} FROM {STAGED}").fetchone()
    broken = [f"{name} ({nulls} rows)" for name, nulls in zip(required, row or (), strict=True) if nulls]
    if broken:
        raise ContractError(f"{contract.name}: NULL where the contract allows none: {', '.join(broken)}")


def _check_keys(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    keys = ", ".join(contract.keys)
    double = con.execute(
        f"SELECT {keys} FROM {STAGED} GROUP BY {keys} HAVING COUNT(*) > 1 ORDER BY {keys} LIMIT 5"
    ).fetchall()
    if double:
        raise ContractError(f"{contract.name}: more than one row with the same {keys}: {_listed(double)}")


def _write(con: duckdb.DuckDBPyConnection, contract: Contract, plan: Plan) -> BuildResult:
    if contract.build.by:
        return _replace_partitions(con, contract, plan)
    return _replace_rows(con, contract, plan)


def _replace_partitions(con: duckdb.DuckDBPyConnection, contract: Contract, plan: Plan) -> BuildResult:
    """Replace the partitions whose rows differ from those in the lake."""
    by = contract.build.by
    within = condition(by, plan.touched) if plan.how == "partitions" else "true"
    differing = tuple(
        row[0]
        for row in con.execute(
            f"""
            WITH old AS (
                SELECT {by}, COUNT(*) AS n, SUM(HASH(t)) AS h FROM {contract.name} AS t WHERE {within} GROUP BY {by}
            ),
            new AS (SELECT {by}, COUNT(*) AS n, SUM(HASH(t)) AS h FROM {STAGED} AS t GROUP BY {by})
            SELECT COALESCE(old.{by}, new.{by}) FROM old FULL JOIN new ON old.{by} = new.{by}
            WHERE old.n IS DISTINCT FROM new.n OR old.h IS DISTINCT FROM new.h ORDER BY 1
            """
        ).fetchall()
    )
    removed = written = 0
    if differing:
        there = condition(by, differing)
        removed = _count(con, f"DELETE FROM {contract.name} WHERE {there}")
        order = ", ".join([by, *contract.keys])
        written = _count(
            con, f"INSERT INTO {contract.name} SELECT * FROM {STAGED} WHERE {there} ORDER BY {order}"
        )
    return BuildResult(contract.name, plan.how, plan.why, plan.touched, differing, written, removed)


def _replace_rows(con: duckdb.DuckDBPyConnection, contract: Contract, plan: Plan) -> BuildResult:
    """Remove the rows that are no longer so and add those that are new; leave the rest."""
    keys = ", ".join(contract.keys)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE gone_rows AS SELECT {keys} FROM "
        f"(SELECT * FROM {contract.name} EXCEPT SELECT * FROM {STAGED})"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE new_rows AS SELECT * FROM {STAGED} EXCEPT SELECT * FROM {contract.name}"
    )
    same = " AND ".join(f"t.{key} IS NOT DISTINCT FROM g.{key}" for key in contract.keys)
    removed = _count(con, f"DELETE FROM {contract.name} AS t USING temp.gone_rows AS g WHERE {same}")
    written = _count(con, f"INSERT INTO {contract.name} SELECT * FROM temp.new_rows ORDER BY {keys}")
    con.execute("DROP TABLE temp.gone_rows")
    con.execute("DROP TABLE temp.new_rows")
    return BuildResult(contract.name, plan.how, plan.why, rows_written=written, rows_removed=removed)


def _count(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = con.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _listed(rows: list[tuple[object, ...]]) -> str:
    return "; ".join("/".join(str(value) for value in row) for row in rows)
