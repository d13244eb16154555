"""The whole graph on one screen: what there is, in the order of the flow. Nothing else belongs here.

Loading it touches neither disk nor network: state is opened when a run begins.
"""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg

from hub.settings import Settings, load
from pipelines.office_clock import office_clock_job
from pipelines.operational_tables import ledger_tables, operational_tables
from pipelines.points_settlement import points_settlement
from pipelines.resources import WRITER_WAIT_SECONDS, Places, lake_of
from pipelines.service_sessions import service_sessions
from pipelines.swipe_logs import swipe_logs
from pipelines.taps import taps
from pipelines.triggers import AFTER_SWIPES, EVERYTHING, new_segments, schedules
from pipelines.upkeep import upkeep_job
from pipelines.warehouse_tables import warehouse_tables


def definitions(
    settings: Settings,
    *,
    on_begun: Callable[[str], None] | None = None,
    writer_wait_seconds: float = WRITER_WAIT_SECONDS,
) -> dg.Definitions:
    """Return all assets, checks, jobs, schedules and sensors of a deployment with these settings."""
    everything = dg.define_asset_job(EVERYTHING, selection=dg.AssetSelection.all())
    after_swipes = dg.define_asset_job(
        AFTER_SWIPES, selection=dg.AssetSelection.assets("raw/swipe_lines", "raw/swipe_segments").downstream()
    )
    return dg.Definitions(
        assets=[
            *warehouse_tables("reference"),  # dated rules and codes that ship with the product
            operational_tables(),  #           operations  → raw.*
            swipe_logs(),  #                   swipe logs  → raw.swipe_lines
            taps(),  #                         lines       → raw.taps, raw.resent_taps, raw.rejected_taps
            service_sessions(),  #             raw         → core.sessions, core.session_flags
            *warehouse_tables("core"),  #      sessions    → service, points
            points_settlement(),  #            awards      → the points ledger of operations
            ledger_tables(),  #                the ledger  → raw.point_*
            *warehouse_tables("marts"),  #     core        → what pages show
        ],
        jobs=[office_clock_job(), everything, after_swipes, upkeep_job()],
        sensors=[new_segments(settings)],
        schedules=schedules(),
        resources={
            "places": Places(settings, on_begun),
            "lake": lake_of(settings, writer_wait_seconds),
        },
        # A process a step costs 5 s of imports; all steps share the one writing connection.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return what Dagster's servers load: the deployment that the environment describes."""
    return definitions(load())
