"""Keeping the lake small and quick: many small files become few, states nobody needs are forgotten.

Here: what is merged, forgotten and removed, and the nightly job. Never here: rows; upkeep changes no table's content.

Which states stay: all of the last `KEEP_ALL_DAYS`; of older days the last one, for `KEEP_DAILY_DAYS` ("what did we know
on 1 March?"); and always what the next incremental build starts from, so that no table is ever rebuilt because of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb

from pipelines.resources import POOL, Places
from pipelines.triggers import UPKEEP
from warehouse.changes import oldest_snapshot_needed
from warehouse.lake import CATALOGUE
from warehouse.transactions import retry

KEEP_ALL_DAYS = 7
KEEP_DAILY_DAYS = 800
# Files of forgotten states stay this long: a reader may have begun before they were forgotten.
REMOVE_AFTER_HOURS = 24
KEEP_RUNS_DAYS = 30
# A day that is replaced leaves its old rows in the file of its month, marked as deleted. A file with this share of them
# is written again. The change feed then shows its rows as gone and come, which adds up to nothing but has to be read
# once: so not sooner.
REWRITE_FROM_SHARE = 0.2


@dataclass(frozen=True)
class Kept:
    """What upkeep did: snapshots forgotten, files rewritten without their deleted rows, files merged away, and files
    removed from the disk."""

    snapshots_forgotten: int
    files_rewritten: int
    files_merged: int
    files_removed: int


def keep_lake(con: duckdb.DuckDBPyConnection, *, now: datetime | None = None) -> Kept:
    """Rewrite files with many deleted rows, merge small ones, forget old snapshots, remove files that no state needs.

    Returns how many of each.
    """
    now = now or datetime.now(UTC)
    rewritten = retry(
        lambda: con.execute(
            f"CALL ducklake_rewrite_data_files('{CATALOGUE}', delete_threshold => {REWRITE_FROM_SHARE})"
        ).fetchall()
    )
    merged = retry(lambda: con.execute(f"CALL ducklake_merge_adjacent_files('{CATALOGUE}')").fetchall())
    forgotten = snapshots_to_forget(_snapshots(con), oldest_snapshot_needed(con), now)
    if forgotten:
        listed = ", ".join(str(snapshot) for snapshot in forgotten)
        retry(
            lambda: con.execute(
                f"CALL ducklake_expire_snapshots('{CATALOGUE}', versions => [{listed}])"
            ).fetchall()
        )
    before = now - timedelta(hours=REMOVE_AFTER_HOURS)
    removed = retry(
        lambda: con.execute(
            f"CALL ducklake_cleanup_old_files('{CATALOGUE}', older_than => TIMESTAMPTZ '{before:%Y-%m-%d %H:%M:%S+00}')"
        ).fetchall()
    )
    return Kept(len(forgotten), len(rewritten), len(merged), len(removed))


def snapshots_to_forget(
    snapshots: Sequence[tuple[int, datetime]], oldest_needed: int | None, now: datetime
) -> list[int]:
    """Return which of the snapshots (id, time; in order) may be forgotten at `now`.

    Nothing from `oldest_needed` on is among them, and never the latest snapshot.
    """
    last_of_day = {made_at.date(): snapshot for snapshot, made_at in snapshots}
    recent, daily = now - timedelta(days=KEEP_ALL_DAYS), now - timedelta(days=KEEP_DAILY_DAYS)
    forgotten = []
    for snapshot, made_at in snapshots[:-1]:
        is_needed = oldest_needed is None or snapshot >= oldest_needed
        is_daily = last_of_day[made_at.date()] == snapshot and made_at >= daily
        if not (is_needed or made_at >= recent or is_daily):
            forgotten.append(snapshot)
    return forgotten


def _snapshots(con: duckdb.DuckDBPyConnection) -> list[tuple[int, datetime]]:
    rows = con.execute(
        f"SELECT snapshot_id, snapshot_time FROM ducklake_snapshots('{CATALOGUE}') ORDER BY snapshot_id"
    ).fetchall()
    return [(int(snapshot), made_at.astimezone(UTC)) for snapshot, made_at in rows]


def upkeep_job() -> dg.JobDefinition:
    """Return the nightly job that keeps the lake and Dagster's history small."""

    @dg.op(pool=POOL)
    def keep_the_lake(
        context: dg.OpExecutionContext,
        places: dg.ResourceParam[Places],
        lake: dg.ResourceParam[duckdb.DuckDBPyConnection],
    ) -> None:
        places.begun("upkeep")
        context.log.info(str(keep_lake(lake)))
        context.log.info(f"{_forget_runs(context.instance)} old runs forgotten")

    @dg.job(name=UPKEEP, executor_def=dg.in_process_executor)
    def upkeep() -> None:
        keep_the_lake()

    return upkeep


def _forget_runs(instance: dg.DagsterInstance) -> int:
    before = datetime.now(UTC) - timedelta(days=KEEP_RUNS_DAYS)
    finished = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    old = instance.get_runs(dg.RunsFilter(statuses=finished, created_before=before), limit=1000)
    for run in old:
        instance.delete_run(run.run_id)
    return len(old)
