"""warehouse/*/*.sql and *.csv → one asset each, with the checks of its contract.

Here: making assets from the warehouse's tables. Never here: how a table is built or what it means (warehouse/).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import dagster as dg
import duckdb

from pipelines.contract_checks import Held, RuleBroken, asset_key, check_specs
from pipelines.resources import POOL, Places
from warehouse.build import BuildResult, build
from warehouse.tables import Table, catalogue

# Pages show marts; one that has not been looked after for this long is stale, whether anything changed or not.
STALE_AFTER = timedelta(hours=3)
LATE_AFTER = timedelta(hours=1)
SHOWN_PARTITIONS = 12


def warehouse_tables(schema: str) -> list[dg.AssetsDefinition]:
    """Return the assets of all tables of a schema that have a `.sql` or a `.csv`, upstream first."""
    return [
        _asset_of(table)
        for table in catalogue()
        if table.schema == schema and (table.sql is not None or table.csv is not None)
    ]


def _asset_of(table: Table) -> dg.AssetsDefinition:
    key = asset_key(table.name)

    @dg.multi_asset(
        name=f"build_{table.name.replace('.', '_')}",
        specs=[
            dg.AssetSpec(
                key,
                deps=[asset_key(name) for name in table.reads],
                group_name=table.schema,
                description=table.contract.description,
                kinds={"csv" if table.csv else "sql", "duckdb"},
                freshness_policy=_freshness(table),
            )
        ],
        check_specs=check_specs(table),
        # Checks of a table in which nothing changed have no cause to run; so they must not be required.
        can_subset=True,
        pool=POOL,
    )
    def build_table(
        places: dg.ResourceParam[Places], lake: dg.ResourceParam[duckdb.DuckDBPyConnection]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        places.begun(table.name)
        held = Held(lake, table)
        try:
            result = build(lake, table, guard=lambda so_far: held.hold(so_far.touched, fresh=so_far.fresh))
        except RuleBroken:
            yield from held.all_evaluations()
            raise
        yield dg.MaterializeResult(
            asset_key=key, metadata=_metadata(result), check_results=held.evaluations(table.name)
        )

    return build_table


def _freshness(table: Table) -> dg.FreshnessPolicy | None:
    if table.schema != "marts":
        return None
    return dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER, warn_window=LATE_AFTER)


def _metadata(result: BuildResult) -> dict[str, str | int | float]:
    metadata: dict[str, str | int | float] = {
        "dagster/row_count": result.row_count,
        "how": result.how,
        "why": result.why,
        "rows_written": result.rows_written,
        "rows_removed": result.rows_removed,
        "seconds": round(result.seconds, 3),
    }
    if result.touched:
        metadata["touched"] = listed(result.touched)
        metadata["replaced"] = listed(result.replaced)
    return metadata


def listed(partitions: Sequence[object]) -> str:
    """Return partitions for people to read: how many, and the first of them."""
    shown = ", ".join(str(one) for one in partitions[:SHOWN_PARTITIONS])
    return f"{len(partitions)}: {shown}{' …' if len(partitions) > SHOWN_PARTITIONS else ''}"
