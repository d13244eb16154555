"""The graph as Dagster sees it: what there is, that loading it touches nothing, what triggers it, how it is kept."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import yaml

from hub.settings import Settings
from pipelines.build import build_all, dagster_home, end_dead_runs, prepare_home
from pipelines.dagster_storage import SteadyEventLog
from pipelines.definitions import definitions
from pipelines.triggers import last_segment
from pipelines.upkeep import keep_lake, snapshots_to_forget
from tests.pipelines.conftest import World, at
from warehouse.lake import open_lake
from warehouse.tables import catalogue

PROJECT = Path(__file__).resolve().parents[2]


def test_there_is_one_asset_for_every_table_and_its_upstream_is_what_its_sql_reads(tmp_path: Path) -> None:
    described = definitions(Settings(home=tmp_path / "home"))
    dg.Definitions.validate_loadable(described)
    specs = {".".join(spec.key.path): spec for spec in described.resolve_all_asset_specs()}
    assert set(specs) == {table.name for table in catalogue()} | {"operations.points_settlement"}
    for table in catalogue():
        if table.reads:
            assert {".".join(dep.asset_key.path) for dep in specs[table.name].deps} == set(table.reads)


def test_loading_the_definitions_touches_neither_disk_nor_network(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code = (
        "import socket; socket.socket.connect = None\n"
        "from pipelines.definitions import definitions\n"
        "from hub.settings import load\n"
        "definitions(load())"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=PROJECT, env={"HUB_HOME": str(home), "PATH": ""}
    )
    assert not home.exists()


def test_a_build_stands_in_dagsters_history_with_its_figures_and_checks(world: World) -> None:
    world.taps(at("2026-08-03 09:00", 1), at("2026-08-03 11:00", 2), arrived="2026-08-03 11:30")
    told: list[tuple[str, int, int]] = []
    summary = build_all(world.settings, progress=lambda *step: told.append(step))
    assert {"raw.swipe_lines", "raw.taps", "core.daily_service"} <= set(summary.written)
    assert told[-1][1] == told[-1][2] and "core.sessions" in [table for table, _, _ in told]
    environment = dg.DagsterInstance.from_config
    with _home(world.settings), environment(str(world.settings.dagster_home)) as instance:
        assert isinstance(instance.event_log_storage, SteadyEventLog)
        event = instance.get_latest_materialization_event(dg.AssetKey(["core", "daily_service"]))
        assert event is not None and event.asset_materialization is not None
        metadata = event.asset_materialization.metadata
        assert metadata["dagster/row_count"].value == 1
        assert metadata["touched"].value == "1: 2026-08-03"


def test_a_run_whose_process_was_killed_is_ended_by_the_next(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    prepare_home(settings)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()

    with _home(settings), dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:

        @dg.job
        def anything() -> None: ...

        for process in (gone.pid, os.getpid()):
            run = instance.create_run_for_job(
                anything,
                status=dg.DagsterRunStatus.STARTED,
                tags={"hub/process": f"{socket.gethostname()}:{process}"},
            )
            if process == gone.pid:
                dead = run.run_id
        assert end_dead_runs(instance) == [dead]


def _home(settings: Settings) -> AbstractContextManager[None]:

    return dagster_home(settings.dagster_home)


def test_dagsters_files_tell_nobody_and_let_one_writer_in() -> None:
    instance = yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))
    assert instance["telemetry"] == {"enabled": False}
    assert instance["concurrency"]["pools"] == {"default_limit": 1, "granularity": "run"}
    workspace = yaml.safe_load((PROJECT / "workspace.yaml").read_text(encoding="utf-8"))
    assert workspace == {"load_from": [{"python_module": "pipelines.definitions"}]}


def test_the_sensor_sees_the_last_finished_segment_and_each_only_once(empty_world: World) -> None:
    root = empty_world.settings.swipe_logs
    assert last_segment(root, after="") is None
    empty_world.taps(at("2026-08-03 09:00", 1), arrived="2026-08-03 11:30")
    first = last_segment(root, after="")
    assert first is not None and first.startswith("v1/arrived=2026-08-03/hour=03/")
    assert last_segment(root, after=first) is None
    newer = empty_world.taps(at("2026-08-03 09:00", 2), arrived="2026-08-03 12:30")
    (newer.parent / ".later.jsonl").write_text("")
    assert last_segment(root, after=first) == newer.relative_to(root).as_posix()


def test_upkeep_forgets_old_states_but_none_that_a_build_starts_from() -> None:
    now = datetime(2026, 8, 30, 12, tzinfo=UTC)
    snapshots = [(number, now - timedelta(days=20) + timedelta(hours=12 * number)) for number in range(1, 40)]
    forgotten = snapshots_to_forget(snapshots, oldest_needed=20, now=now)
    # Two a day: the earlier one of each old day goes, the last one of the day stays.
    assert forgotten == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
    assert snapshots_to_forget(snapshots, oldest_needed=None, now=now) == []


def test_upkeep_changes_no_row_and_the_next_build_is_incremental(world: World) -> None:
    world.taps(at("2026-08-03 09:00", 1), at("2026-08-03 11:00", 2), arrived="2026-08-03 11:30")
    world.build()
    before = world.content()
    con = open_lake(world.settings.lake_catalogue, world.settings.lake_files)
    keep_lake(con, now=datetime.now(UTC) + timedelta(days=30))
    con.close()
    assert world.content() == before
    world.taps(at("2026-08-04 09:00", 3), at("2026-08-04 11:00", 4), arrived="2026-08-04 11:30")
    world.build()
    assert world.rows("SELECT how FROM meta.table_builds WHERE table_name = 'core.daily_service'") == [
        ("partitions",)
    ]
    assert world.rows("SELECT sum(settled_minutes) FROM core.sessions") == [(240,)]


def test_upkeep_takes_the_rows_of_replaced_days_out_of_their_files(world: World) -> None:
    for number in range(2):
        day = f"2026-08-0{3 + number}"
        world.taps(at(f"{day} 09:00", 2 * number), at(f"{day} 11:00", 2 * number + 1), arrived=f"{day} 11:30")
    world.build()
    world.taps(at("2026-08-03 12:00", 8), at("2026-08-03 13:00", 9), arrived="2026-08-07 11:30")
    world.build()
    before = world.content()
    con = open_lake(world.settings.lake_catalogue, world.settings.lake_files)
    con.execute("CALL ducklake_flush_inlined_data('lake')")
    kept = keep_lake(con)
    files = con.execute(
        "SELECT COUNT(*), COUNT(delete_file) FROM ducklake_list_files('lake', 'sessions', schema => 'core')"
    ).fetchone()
    con.close()
    assert kept.files_rewritten
    assert files == (1, 0)
    assert world.content() == before
    world.build()
    assert world.content() == before
