"""operations → raw.*: the rows that changed since the last pull, without anyone's identity.

Here: which tables are pulled, how changes and deletions are found, and the assets. Never here: how the operational
database is read (operational_source.py), or what a row means (warehouse/raw/*.yml).

How a pull stays small and misses nothing:

* Only columns of the contract are asked for. The table of identities has no contract, so it cannot be pulled.
* The cursor of a table is the latest `updated_at` of its rows in the lake: it can never disagree with them. A pull
  steps some minutes back from it, because a transaction that was stamped earlier may have been committed later.
* Of what comes, only rows that differ from the lake's are written. A table without changes writes nothing.
* Deletions leave no trace in `updated_at`. After the rows above were taken over the lake holds every key of the
  source, and maybe more; so the number of rows and the sum of their (whole-number) keys say whether anything is
  gone. Only if they differ the keys themselves are compared, and what is gone is deleted. If keys are missing in
  the lake (rows that came with an old stamp), the table is pulled whole.
* All tables are read in one transaction of the source and written in one transaction of the lake: every state of
  the lake is a state that operations really had.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb

from operations.model import Base
from pipelines.contract_checks import Held, asset_key, check_specs
from pipelines.operational_source import OperationalSource, attached
from pipelines.resources import POOL, Extent, Places
from warehouse.lake import in_transaction
from warehouse.tables import Table, catalogue, table

STALE_AFTER = timedelta(hours=3)
COUNTS_AGREE = "as_many_rows_as_operations"


@dataclass(frozen=True)
class Pulled:
    """What the pull of one table did. `source_count` and `lake_count` are equal unless something is broken."""

    table: str
    looked_at: int
    inserted: int
    updated: int
    deleted: int
    source_count: int
    lake_count: int

    @property
    def has_changes(self) -> bool:
        """Whether anything was written."""
        return bool(self.inserted or self.updated or self.deleted)


def pulled_tables() -> tuple[Table, ...]:
    """Return the raw tables that have an operational table of the same name, in the catalogue's order."""
    return tuple(
        table
        for table in catalogue()
        if table.schema == "raw" and table.name.split(".")[1] in Base.metadata.tables
    )


def pull(
    con: duckdb.DuckDBPyConnection,
    operations_url: str,
    tables: Sequence[Table],
    *,
    overlap: timedelta,
    everything: bool = False,
) -> list[Pulled]:
    """Bring raw tables to the present state of operations, all in one transaction; return what was done to each.

    `everything`: compare all rows, not only those that changed since the cursor. Raises `OperationsUnavailable` if the
    operational database is away, `WrongValue` if a value breaks its contract; nothing is written then.
    """
    with attached(con, operations_url) as source:
        return in_transaction(con, lambda: _pull_all(con, source, tables, overlap, everything))


def _pull_all(
    con: duckdb.DuckDBPyConnection,
    source: OperationalSource,
    tables: Sequence[Table],
    overlap: timedelta,
    everything: bool,
) -> list[Pulled]:
    counts = source.counts([_source_name(table) for table in tables])
    there = _in_lake(con, tables)
    pulled = []
    for table in tables:
        in_lake, latest = there[table.name]
        since = None if everything or latest is None else min(latest, _now()) - overlap
        pulled.append(_pull_one(con, source, table, since, counts[_source_name(table)], in_lake))
    return pulled


def _pull_one(
    con: duckdb.DuckDBPyConnection,
    source: OperationalSource,
    table: Table,
    since: datetime | None,
    source_count: int,
    in_lake: int,
) -> Pulled:
    looked_at = source.stage(table.contract, _source_name(table), since, into="pulled")
    inserted, updated = _take_over(con, table) if looked_at else (0, 0)
    deleted = 0
    if in_lake + inserted != source_count:
        deleted = _delete_gone(con, source, table)
        if in_lake + inserted - deleted < source_count and since is not None:
            looked_at = source.stage(table.contract, _source_name(table), None, into="pulled")
            more, changed = _take_over(con, table)
            inserted, updated = inserted + more, updated + changed
    con.execute("DROP TABLE IF EXISTS temp.pulled")
    lake_count = in_lake + inserted - deleted
    return Pulled(table.name, looked_at, inserted, updated, deleted, source_count, lake_count)


def _take_over(con: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, int]:
    """Write the pulled rows that differ from the lake's; return how many are new and how many changed."""
    contract = table.contract
    names = contract.column_names()
    equal = " AND ".join(f"p.{name} IS NOT DISTINCT FROM r.{name}" for name in names)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE differing AS SELECT p.* FROM temp.pulled AS p ANTI JOIN {table.name} AS r ON {equal}"
    )
    differing = _number(con, "SELECT COUNT(*) FROM temp.differing")
    updated = 0
    if differing:
        updated = _number(
            con, f"DELETE FROM {table.name} AS r USING temp.differing AS d WHERE {_same_key(table, 'd', 'r')}"
        )
        con.execute(
            f"INSERT INTO {table.name} SELECT {', '.join(names)} FROM temp.differing ORDER BY {', '.join(contract.keys)}"
        )
    con.execute("DROP TABLE temp.differing")
    return differing - updated, updated


def _delete_gone(con: duckdb.DuckDBPyConnection, source: OperationalSource, table: Table) -> int:
    source.stage_keys(table.contract, _source_name(table), into="source_keys")
    same = _same_key(table, "k", "r")
    keys = ", ".join(table.contract.keys)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE gone AS SELECT {keys} FROM {table.name} AS r ANTI JOIN temp.source_keys AS k ON {same}"
    )
    deleted = _number(con, "SELECT COUNT(*) FROM temp.gone")
    if deleted:
        con.execute(f"DELETE FROM {table.name} AS r USING temp.gone AS k WHERE {same}")
    con.execute("DROP TABLE temp.gone")
    con.execute("DROP TABLE temp.source_keys")
    return deleted


def _in_lake(
    con: duckdb.DuckDBPyConnection, tables: Sequence[Table]
) -> dict[str, tuple[int, datetime | None]]:
    asked = " UNION ALL ".join(
        f"SELECT '{table.name}' AS name, COUNT(*) AS n, MAX(updated_at) AS latest FROM {table.name}"
        for table in tables
    )
    return {name: (count, latest) for name, count, latest in con.execute(asked).fetchall()}


def _same_key(table: Table, left: str, right: str) -> str:
    return " AND ".join(f"{left}.{key} = {right}.{key}" for key in table.contract.keys)


def _source_name(table: Table) -> str:
    return table.name.split(".")[1]


def _now() -> datetime:
    # A row stamped in the future must not move the cursor beyond changes that are still to come.
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _number(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = con.execute(statement).fetchone()
    return int(row[0]) if row else 0


def operational_tables() -> dg.AssetsDefinition:
    """Return the assets of all tables that come from operations: one step, because it is one transaction."""
    tables = {asset_key(table.name): table for table in pulled_tables()}

    @dg.multi_asset(
        name="pull_from_operations",
        specs=[
            dg.AssetSpec(
                key,
                group_name="raw",
                description=table.contract.description,
                kinds={"duckdb"},
                freshness_policy=dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER),
            )
            for key, table in tables.items()
        ],
        check_specs=[
            *(
                dg.AssetCheckSpec(
                    COUNTS_AGREE,
                    asset=key,
                    blocking=True,
                    description="The lake holds exactly as many rows as operations did at that moment",
                )
                for key in tables
            ),
            *(spec for table in tables.values() for spec in check_specs(table)),
        ],
        can_subset=True,
        pool=POOL,
    )
    def pull_from_operations(
        context: dg.AssetExecutionContext,
        config: Extent,
        places: dg.ResourceParam[Places],
        lake: dg.ResourceParam[duckdb.DuckDBPyConnection],
    ) -> Iterator[dg.MaterializeResult]:
        selected = [table for key, table in tables.items() if key in context.selected_asset_keys]
        places.begun("raw.*")
        for one in pull(
            lake,
            places.settings.operations_url,
            selected,
            overlap=timedelta(minutes=places.settings.extract_overlap_minutes),
            everything=config.everything,
        ):
            held = Held(lake, table(one.table))
            if one.has_changes or config.everything:
                held.hold()
            yield _reported(one, held)

    return pull_from_operations


def _reported(one: Pulled, held: Held) -> dg.MaterializeResult:
    counts_agree = dg.AssetCheckResult(
        asset_key=asset_key(one.table),
        check_name=COUNTS_AGREE,
        passed=one.source_count == one.lake_count,
        metadata={"operations": one.source_count, "lake": one.lake_count},
    )
    return dg.MaterializeResult(
        asset_key=asset_key(one.table),
        metadata={
            "dagster/row_count": one.lake_count,
            "looked_at": one.looked_at,
            "inserted": one.inserted,
            "updated": one.updated,
            "deleted": one.deleted,
        },
        check_results=[counts_agree, *held.evaluations(one.table)],
    )
