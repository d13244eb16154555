"""The assets raw.taps, raw.resent_taps and raw.rejected_taps, and that each line taken in is in exactly one of them.

Here: the step and its checks. Never here: which lines are decided, and how (tap_decisions.py).
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
import duckdb

from pipelines.contract_checks import Held, RuleBroken, asset_key, check_specs
from pipelines.resources import POOL, Looked, Places
from pipelines.tap_decisions import OUTCOMES, UPSTREAM, Decided, balance_of, decide_taps
from warehouse.tables import table

EVERY_LINE = "every_line_has_one_outcome"
STALE_AFTER = timedelta(hours=3)


def taps() -> dg.AssetsDefinition:
    """Return the assets raw/taps, raw/resent_taps and raw/rejected_taps: one step, because it is one decision."""
    tables = [table(name) for name in OUTCOMES]
    every_line = dg.AssetCheckSpec(
        EVERY_LINE,
        asset=asset_key(OUTCOMES[0]),
        blocking=True,
        description="Lines taken in are accepted taps, resends and rejected taps, and nothing else",
    )

    @dg.multi_asset(
        name="decide_taps",
        specs=[
            dg.AssetSpec(
                asset_key(one.name),
                deps=[asset_key(name) for name in UPSTREAM],
                group_name="raw",
                description=one.contract.description,
                kinds={"polars", "duckdb"},
                freshness_policy=dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER),
            )
            for one in tables
        ],
        check_specs=[every_line, *(spec for one in tables for spec in check_specs(one))],
        can_subset=True,
        pool=POOL,
    )
    def decide(
        config: Looked, places: dg.ResourceParam[Places], lake: dg.ResourceParam[duckdb.DuckDBPyConnection]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        places.begun(OUTCOMES[0])
        held = Held(lake, *tables)
        balance: dict[str, int] = {}

        def guard(_decided: Decided) -> None:
            balance.update(balance_of(lake))
            if balance["lines"] != sum(balance[name] for name in OUTCOMES):
                raise RuleBroken(f"raw.taps: lines and their outcomes do not balance: {balance}")
            held.hold()

        try:
            decided = decide_taps(lake, everything=config.everything, guard=guard)
        except RuleBroken:
            yield from held.all_evaluations()
            if balance:
                yield _balanced(balance)
            raise
        for one, written, removed in zip(OUTCOMES, decided.written, decided.removed, strict=True):
            results = held.evaluations(one)
            if one == OUTCOMES[0]:
                results.append(_balanced(balance or balance_of(lake)))
            yield dg.MaterializeResult(
                asset_key=asset_key(one),
                metadata={
                    "why": decided.why,
                    "decided_lines": decided.lines,
                    "rows_written": written,
                    "rows_removed": removed,
                },
                check_results=results,
            )

    return decide


def _balanced(balance: dict[str, int]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset_key(OUTCOMES[0]),
        check_name=EVERY_LINE,
        passed=balance["lines"] == sum(balance[name] for name in OUTCOMES),
        metadata=dict(balance),
    )
