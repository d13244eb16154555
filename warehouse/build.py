"""Bringing a table up to date: whole, or only those partitions (days, months) that a change upstream touches.

Belongs here: writing the rows of tables that have a `.sql` or a `.csv`. Does not belong here: what changed
(changes.py), what to rebuild because of it (plan.py), tables that Python fills, or when anything runs.

Everything about one table happens in one transaction: its rows and the memory of what they were built from. A run
that is killed leaves the old state or the new one, and the next run mends what is missing.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

import duckdb

from warehouse import dialect, fresh_rows, reference_files
from warehouse.changes import LastBuild, build_transaction, last_build, record_build
from warehouse.contracts import Contract, ContractError
from warehouse.fresh_rows import KEPT_ROWS, FreshRows
from warehouse.lake import all_threads, current_snapshot
from warehouse.plan import Plan, Value, condition, plan_build, relations_instead
from warehouse.table_ddl import fits, replace_table
from warehouse.tables import Table

# A table whose upstream is quiet moves its memory on after so many snapshots, so that old ones can be expired.
QUIET_SNAPSHOTS = 200


@dataclass(frozen=True)
class BuildResult:
    """What a build did. `how`: "whole", "partitions" or "nothing" (nothing upstream had changed).

    `touched`: the partitions that were computed, `replaced`: those of them whose rows differed and were written.
    For a table that is not built by partitions both are empty, and only rows that differ were written. `row_count`: how
    many rows the table has then; `fresh`: rows that are in memory, the table's own among them.
    """

    table: str
    how: str
    why: str
    touched: tuple[Value, ...] = ()
    replaced: tuple[Value, ...] = ()
    rows_written: int = 0
    rows_removed: int = 0
    row_count: int = 0
    fresh: Mapping[str, FreshRows] = field(default_factory=dict, repr=False)
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
    result = build_transaction(con, lambda: _build_once(con, table, whole, guard))
    return replace(result, seconds=time.perf_counter() - started)


def _build_once(
    con: duckdb.DuckDBPyConnection, table: Table, whole: bool, guard: Callable[[BuildResult], None] | None
) -> BuildResult:
    snapshot = current_snapshot(con)
    fitting = fits(con, table.contract)
    plan = plan_build(con, table, fitting=fitting, whole=whole)
    last = last_build(con, table.name)
    # A build of partitions adds to what there was; it is known or counted before anything is written.
    before = 0 if plan.how == "whole" else _rows_known(con, table, last)
    if plan.how == "nothing":
        if last and snapshot - last.read_snapshot > QUIET_SNAPSHOTS:
            _remember(con, table, plan, before)
        return BuildResult(table.name, "nothing", plan.why, row_count=before, read_snapshot=snapshot)
    staged = fresh_rows.staging_place(table.name)
    staged_rows = _stage(con, table, plan, staged)
    if not fitting:
        replace_table(con, table.contract)
    result = _write(con, table.contract, plan, staged)
    rows = staged_rows if plan.how == "whole" else before + result.rows_written - result.rows_removed
    _remember(con, table, plan, rows)
    own = FreshRows(staged, table.contract.build.by, frozenset(plan.touched) or None, snapshot + 1)
    result = replace(result, row_count=rows, fresh={**plan.fresh, table.name: own}, read_snapshot=snapshot)
    if guard:
        guard(result)
    if staged_rows > KEPT_ROWS:
        fresh_rows.drop(con, table.name)
    else:
        fresh_rows.keep(con, table.name, own)
    return result


def _rows_known(con: duckdb.DuckDBPyConnection, table: Table, last: LastBuild | None) -> int:
    """Return how many rows the table had before this build: as its last one said, else counted."""
    if last and last.row_count is not None:
        return last.row_count
    return _count(con, f"SELECT COUNT(*) FROM {table.name}")


def _remember(con: duckdb.DuckDBPyConnection, table: Table, plan: Plan, rows: int) -> None:
    record_build(
        con, table.name, definition_hash=table.definition_hash, how=plan.how, why=plan.why, row_count=rows
    )


def _stage(con: duckdb.DuckDBPyConnection, table: Table, plan: Plan, staged: str) -> int:
    """Compute the rows into the temporary table `staged`, hold them against the contract, and return their number."""
    contract = table.contract
    if table.csv is not None:
        query = reference_files.select_csv(table.csv, contract)
    else:
        assert table.sql is not None and table.query is not None
        instead = relations_instead(plan.fresh, table.upstream, contract.build, plan.touched)
        query = dialect.narrowed(table.sql, table.query, plan.conditions, instead)
    is_large = plan.how == "whole" and contract.build.by
    with all_threads(con) if is_large else nullcontext():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {staged} AS {query}")
    found = [(row[0], row[1]) for row in con.execute(f"DESCRIBE {staged}").fetchall()]
    wanted = [(column.name, column.type) for column in contract.columns]
    if found != wanted:
        difference = [f"{name} {type_}" for name, type_ in found if (name, type_) not in wanted]
        missing = [f"{name} {type_}" for name, type_ in wanted if (name, type_) not in found]
        raise ContractError(
            f"{table.name}: the rows have {', '.join(difference) or 'the columns in another order'}; "
            f"the contract says {', '.join(missing) or ', '.join(contract.column_names())}"
        )
    rows = _check_nulls(con, contract, staged)
    _check_keys(con, contract, staged)
    if plan.how == "partitions":
        outside = con.execute(
            f"SELECT DISTINCT {contract.build.by} FROM {staged} "
            f"WHERE NOT ({condition(contract.build.by, plan.touched)}) LIMIT 5"
        ).fetchall()
        if outside:
            raise ContractError(
                f"{table.name} is built by {contract.build.by}, but rows of {_listed(outside)} came out when only "
                f"{', '.join(str(value) for value in plan.touched[:5])} were touched: each row must depend only on "
                f"rows of its own {contract.build.by}"
            )
    return rows


def _check_nulls(con: duckdb.DuckDBPyConnection, contract: Contract, staged: str) -> int:
    """Raise ContractError for a NULL where none is allowed; return the number of rows."""
    required = [column.name for column in contract.columns if not column.nullable]
    counts = [f"COUNT(*) - COUNT({name})" for name in required]
    row = con.execute(f"SELECT {', '.join(['COUNT(*)', *counts])} FROM {staged}").fetchone() or (0,)
    broken = [f"{name} ({nulls} rows)" for name, nulls in zip(required, row[1:], strict=True) if nulls]
    if broken:
        raise ContractError(f"{contract.name}: NULL where the contract allows none: {', '.join(broken)}")
    return int(row[0])


def _check_keys(con: duckdb.DuckDBPyConnection, contract: Contract, staged: str) -> None:
    keys = ", ".join(contract.keys)
    double = con.execute(
        f"SELECT {keys} FROM {staged} GROUP BY {keys} HAVING COUNT(*) > 1 ORDER BY {keys} LIMIT 5"
    ).fetchall()
    if double:
        raise ContractError(f"{contract.name}: more than one row with the same {keys}: {_listed(double)}")


def _write(con: duckdb.DuckDBPyConnection, contract: Contract, plan: Plan, staged: str) -> BuildResult:
    if contract.build.by:
        return _replace_partitions(con, contract, plan, staged)
    return _replace_rows(con, contract, plan, staged)


def _replace_partitions(
    con: duckdb.DuckDBPyConnection, contract: Contract, plan: Plan, staged: str
) -> BuildResult:
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
            new AS (SELECT {by}, COUNT(*) AS n, SUM(HASH(t)) AS h FROM {staged} AS t GROUP BY {by})
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
            con, f"INSERT INTO {contract.name} SELECT * FROM {staged} WHERE {there} ORDER BY {order}"
        )
    return BuildResult(contract.name, plan.how, plan.why, plan.touched, differing, written, removed)


def _replace_rows(con: duckdb.DuckDBPyConnection, contract: Contract, plan: Plan, staged: str) -> BuildResult:
    """Remove the rows that are no longer so and add those that are new; leave the rest."""
    keys = ", ".join(contract.keys)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE gone_rows AS SELECT {keys} FROM "
        f"(SELECT * FROM {contract.name} EXCEPT SELECT * FROM {staged})"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE new_rows AS SELECT * FROM {staged} EXCEPT SELECT * FROM {contract.name}"
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
