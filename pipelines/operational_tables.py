"""The assets of the tables that come from operations: one step for all but the ledger, one for that once it is settled.

Here: the steps and their checks. Never here: how a pull finds what changed (operational_pull.py).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import dagster as dg
import duckdb

from pipelines.contract_checks import Held, RuleBroken, asset_key, check_specs
from pipelines.operational_pull import Pulled, pull, pulled_tables
from pipelines.points_settlement import KEY as SETTLEMENT
from pipelines.resources import POOL, Looked, Places
from warehouse.tables import Table

STALE_AFTER = timedelta(hours=3)
COUNTS_AGREE = "as_many_rows_as_operations"
# What settlement writes is pulled after it, so that the figures of a run are those that the run left behind.
OF_THE_LEDGER = frozenset({"raw.point_accounts", "raw.point_lots", "raw.point_transfers"})


def operational_tables() -> dg.AssetsDefinition:
    """Return the assets of the tables that come from operations: one step, because it is one transaction."""
    return _pull_step(
        "pull_from_operations", [one for one in pulled_tables() if one.name not in OF_THE_LEDGER]
    )


def ledger_tables() -> dg.AssetsDefinition:
    """Return the assets of the tables of the points ledger, pulled in one step once points are settled."""
    of_ledger = [one for one in pulled_tables() if one.name in OF_THE_LEDGER]
    return _pull_step("pull_from_ledger", of_ledger, after=(SETTLEMENT,))


def _pull_step(name: str, pulled: Sequence[Table], after: Sequence[dg.AssetKey] = ()) -> dg.AssetsDefinition:
    tables = {asset_key(one.name): one for one in pulled}

    @dg.multi_asset(
        name=name,
        specs=[
            dg.AssetSpec(
                key,
                deps=after,
                group_name="raw",
                description=one.contract.description,
                kinds={"duckdb"},
                freshness_policy=dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER),
            )
            for key, one in tables.items()
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
            *(spec for one in tables.values() for spec in check_specs(one)),
        ],
        can_subset=True,
        pool=POOL,
    )
    def pull_tables(
        context: dg.AssetExecutionContext,
        config: Looked,
        places: dg.ResourceParam[Places],
        lake: dg.ResourceParam[duckdb.DuckDBPyConnection],
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        selected = [one for key, one in tables.items() if key in context.selected_asset_keys]
        places.begun("raw.point_*" if after else "raw.*")
        held = Held(lake, *selected)

        def guard(so_far: list[Pulled]) -> None:
            for one in so_far:
                if one.has_changes or config.everything:
                    held.hold(only=one.table)

        try:
            pulled = pull(
                lake,
                places.settings.operations_url,
                selected,
                overlap=timedelta(minutes=places.settings.extract_overlap_minutes),
                everything=config.everything,
                guard=guard,
            )
        except RuleBroken:
            yield from held.all_evaluations()
            raise
        for one in pulled:
            yield _reported(one, held)

    return pull_tables


def _reported(one: Pulled, held: Held) -> dg.MaterializeResult:
    counts_agree = dg.AssetCheckResult(
        asset_key=asset_key(one.table),
        check_name=COUNTS_AGREE,
        passed=one.source == one.lake,
        metadata={"operations": one.source.count, "lake": one.lake.count},
    )
    return dg.MaterializeResult(
        asset_key=asset_key(one.table),
        metadata={
            "dagster/row_count": one.lake.count,
            "looked_at": one.looked_at,
            "inserted": one.inserted,
            "updated": one.updated,
            "deleted": one.deleted,
        },
        check_results=[counts_agree, *held.evaluations(one.table)],
    )
