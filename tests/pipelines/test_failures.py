"""What goes wrong is said in words that tell what to do, loses nothing, and is mended by the next run."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from operations.database import OperationsUnavailable
from operations.model import Volunteer
from pipelines.build import BuildFailed, build_all
from pipelines.operational_pull import Pulled, pull, pulled_tables
from pipelines.operational_source import WrongValue
from pipelines.swipe_logs import land
from tests.pipelines.conftest import LONG_AGO, World, at
from warehouse.lake import open_lake

GOOD = at("2026-08-03 09:00", 1)


def pull_into(world: World, **how: bool) -> dict[str, Pulled]:
    """Pull operations into the world's lake; what was done, by table."""
    con = open_lake(world.settings.lake_catalogue, world.settings.lake_files)
    try:
        done = pull(con, world.settings.operations_url, pulled_tables(), overlap=timedelta(minutes=10), **how)
    finally:
        con.close()
    return {one.table: one for one in done}


def land_into(world: World, **how: bool) -> list[str]:
    """Take in the world's segments; what is said of changed ones."""
    con = open_lake(world.settings.lake_catalogue, world.settings.lake_files)
    try:
        return land(con, world.settings.swipe_logs, **how).changed
    finally:
        con.close()


def lines(world: World) -> list[tuple[object, ...]]:
    return world.rows(
        "SELECT device_no, device_seq, malformed_text FROM raw.swipe_lines ORDER BY segment, line_no"
    )


# Segments


@pytest.mark.parametrize(
    "broken",
    [
        '{"v":1,"device_no":"D1"',
        "",
        "[]",
        '{"v":1,"device_no":"D1","device_seq":2,"card_no":"C1","tapped_at":"2026-08-03T01:00:00Z","direction":null}',
        '{"v":1,"device_no":"D1","device_seq":2,"card_no":7,"tapped_at":"2026-08-03T01:00:00Z","received_at":"2026-08-03T01:00:00Z","direction":null}',
        '{"v":1,"device_no":"D1","device_seq":2.0,"card_no":"7","tapped_at":"2026-08-03T01:00:00Z","received_at":"2026-08-03T01:00:00Z","direction":null}',
        '{"v":1,"device_no":"D1","device_seq":2,"card_no":"7","tapped_at":"2026-08-03T09:00:00+08:00","received_at":"2026-08-03T01:00:00Z","direction":null}',
        '{"v":1,"device_no":"D1","device_seq":2,"card_no":"7","tapped_at":"2026-08-03T01:00:00Z","received_at":"2026-08-03T01:00:00Z","direction":"up"}',
        '{"v":2,"device_no":"D1","device_seq":2,"card_no":"7","tapped_at":"2026-08-03T01:00:00Z","received_at":"2026-08-03T01:00:00Z","direction":null}',
    ],
)
def test_a_malformed_line_is_kept_as_it_is_and_does_not_stop_its_segment(
    empty_world: World, broken: str
) -> None:
    empty_world.taps(GOOD, broken, at("2026-08-03 11:00", 3), arrived="2026-08-03 11:30")
    land_into(empty_world)
    first, middle, last = lines(empty_world)
    assert (first[2], middle[2], last[2]) == (None, broken, None)


@pytest.mark.parametrize(
    ("received", "tapped", "is_good"),
    [
        ("2026-08-03T04:59:59Z", "2026-08-03T03:00:00Z", True),
        ("2026-08-03T05:00:00Z", "2026-08-03T03:00:00Z", True),
        ("2026-08-03T05:00:01Z", "2026-08-03T03:00:00Z", False),
        ("9999-12-31T23:00:00Z", "2026-08-03T03:00:00Z", False),
        ("10000-01-01T00:00:00Z", "2026-08-03T03:00:00Z", False),
        ("2026-08-03T03:30:00Z", "12026-08-03T03:00:00Z", False),
        ("2026-08-03T03:30:00Z", "9999-12-31T23:59:59Z", True),
    ],
)
def test_a_line_that_came_after_its_segment_is_malformed_on_the_day_of_its_segment(
    empty_world: World, received: str, tapped: str, is_good: bool
) -> None:
    """The segment arrived in the hour from 03:00 to 04:00 UTC; an hour between the clocks is allowed."""
    line = (
        f'{{"v":1,"device_no":"D1","device_seq":2,"card_no":"C1","tapped_at":"{tapped}",'
        f'"received_at":"{received}","direction":null}}'
    )
    empty_world.taps(line, arrived="2026-08-03 11:30")
    land_into(empty_world)
    kept = None if is_good else line
    assert empty_world.rows("SELECT malformed_text, received_day FROM raw.swipe_lines") == [
        (kept, date(2026, 8, 3))
    ]


def test_a_foreign_folder_is_named_and_stops_nothing(empty_world: World) -> None:
    good = empty_world.taps(GOOD, arrived="2026-08-03 11:30")
    foreign = [
        "arrived=2026-02-30/hour=01",
        "arrived=9999-12-31/hour=23",
        "arrived=today/hour=01",
        "backup/hour=01",
        "arrived=2026-08-03/hour=24",
        "arrived=2026-08-03/hour=xx",
    ]
    home = good.parents[2]
    for folder in foreign:
        (home / folder).mkdir(parents=True)
        (home / folder / good.name).write_bytes(good.read_bytes())
    con = open_lake(empty_world.settings.lake_catalogue, empty_world.settings.lake_files)
    try:
        landed = land(con, empty_world.settings.swipe_logs)
    finally:
        con.close()
    assert (landed.segments, landed.lines, landed.changed) == (1, 1, [])
    assert sorted(landed.foreign) == [
        "v1/arrived=2026-02-30",
        "v1/arrived=2026-08-03/hour=24",
        "v1/arrived=2026-08-03/hour=xx",
        "v1/arrived=9999-12-31",
        "v1/arrived=today",
        "v1/backup",
    ]


def test_a_half_written_last_line_is_malformed_and_the_ones_before_it_are_not(empty_world: World) -> None:
    segment = empty_world.taps(GOOD, at("2026-08-03 11:00", 2), arrived="2026-08-03 11:30")
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-1])
    land_into(empty_world)
    cut = whole.decode().splitlines()[1]
    assert lines(empty_world) == [("D1", 1, None), ("D1", 2, cut)]


def test_bytes_that_are_not_utf_8_are_kept_readable(empty_world: World) -> None:
    segment = empty_world.taps(GOOD, arrived="2026-08-03 11:30")
    segment.write_bytes(b"\xff\xfe\n" + segment.read_bytes())
    land_into(empty_world)
    assert lines(empty_world) == [(None, None, "\\xff\\xfe"), ("D1", 1, None)]


def test_a_segment_that_is_being_written_is_not_read(empty_world: World) -> None:
    segment = empty_world.taps(GOOD, arrived="2026-08-03 11:30")
    for unfinished in (".next.jsonl.tmp", ".next.jsonl", "next.jsonl.part"):
        (segment.parent / unfinished).write_bytes(segment.read_bytes())
    land_into(empty_world)
    assert empty_world.rows("SELECT count(*) FROM raw.swipe_segments") == [(1,)]


def test_a_segment_is_taken_in_once_and_a_later_change_of_it_is_said_but_not_read(empty_world: World) -> None:
    segment = empty_world.taps(GOOD, arrived="2026-08-03 11:30")
    assert land_into(empty_world) == []
    assert land_into(empty_world, everything=True) == []
    content = segment.read_bytes()
    segment.write_bytes(content.replace(b"C1", b"C2"))
    said = land_into(empty_world, everything=True)
    assert len(said) == 1 and "its content is not what was taken in" in said[0]
    segment.write_bytes(content + content)
    said = land_into(empty_world)
    assert len(said) == 1 and f"{len(content)} bytes were taken in" in said[0]
    assert lines(empty_world) == [("D1", 1, None)]


def test_a_segment_in_an_old_folder_is_found_by_the_nightly_look_at_everything(empty_world: World) -> None:
    empty_world.taps(GOOD, arrived="2026-08-31 11:30")
    land_into(empty_world)
    empty_world.taps(at("2026-06-03 09:00", 2), arrived="2026-06-03 11:30")
    land_into(empty_world)
    assert empty_world.rows("SELECT count(*) FROM raw.swipe_segments") == [(1,)]
    land_into(empty_world, everything=True)
    assert empty_world.rows("SELECT count(*) FROM raw.swipe_segments") == [(2,)]


# The operational database


def test_a_row_that_was_deleted_while_an_old_one_came_in_is_still_found(world: World) -> None:
    """The number of rows is the same then; the sum of the keys is not."""
    with sqlite3.connect(world.settings.home / "operations.sqlite") as connection:
        connection.execute("DELETE FROM card_bindings WHERE volunteer_id = 2")
        connection.execute("DELETE FROM volunteers WHERE volunteer_id = 2")
    world.add(
        Volunteer(
            volunteer_id=9,
            volunteer_no="V9",
            district_code="330106",
            registered_at=LONG_AGO,
            updated_at=LONG_AGO,
        )
    )
    done = pull_into(world)["raw.volunteers"]
    assert (done.inserted, done.deleted) == (1, 1)
    assert world.rows("SELECT volunteer_id FROM raw.volunteers ORDER BY 1") == [(1,), (9,)]


def test_only_rows_that_differ_are_written(world: World) -> None:
    world.change(Volunteer, 1, display_name="小王")
    done = pull_into(world)
    assert [name for name, one in done.items() if one.has_changes] == ["raw.volunteers"]
    assert (done["raw.volunteers"].inserted, done["raw.volunteers"].updated) == (0, 1)


def test_nobodys_identity_is_pulled() -> None:
    names = {table.name for table in pulled_tables()}
    assert "raw.volunteers" in names
    assert not any("identit" in name or "audit" in name for name in names)


@pytest.mark.parametrize(
    ("column", "value"), [("registered_at", "yesterday"), ("registered_at", 17), ("sex", b"\x00")]
)
def test_a_value_of_another_type_stops_the_pull_and_is_named(
    world: World, column: str, value: object
) -> None:
    before = world.rows("SELECT * FROM raw.volunteers ORDER BY ALL")
    with sqlite3.connect(world.settings.home / "operations.sqlite") as connection:
        connection.execute("PRAGMA ignore_check_constraints = on")
        connection.execute(
            f"UPDATE volunteers SET {column} = ?, updated_at = '2026-10-01 00:00:00' WHERE volunteer_id = 2",
            [value],
        )
    with pytest.raises(WrongValue, match=rf"volunteers .* column {column} of the row with volunteer_id 2"):
        pull_into(world)
    assert world.rows("SELECT * FROM raw.volunteers ORDER BY ALL") == before


def test_an_operational_database_that_is_away_is_named_and_the_next_run_goes_on(world: World) -> None:
    world.engine.dispose()
    database = world.settings.home / "operations.sqlite"
    aside = database.rename(database.with_suffix(".aside"))
    with pytest.raises(BuildFailed, match="pull_from_operations: there is no operational database"):
        build_all(world.settings)
    aside.rename(database)
    world.change(Volunteer, 1, display_name="小王")
    build_all(world.settings)
    assert world.rows("SELECT display_name FROM raw.volunteers WHERE volunteer_id = 1") == [("小王",)]


def test_a_postgresql_that_does_not_answer_is_named_without_its_password(world: World) -> None:
    con = open_lake(world.settings.lake_catalogue, world.settings.lake_files)
    try:
        with pytest.raises(OperationsUnavailable, match="cannot be read") as caught:
            pull(
                con,
                "postgresql://hub:secret@127.0.0.1:1/none",
                pulled_tables(),
                overlap=timedelta(minutes=10),
            )
    finally:
        con.close()
    assert "secret" not in str(caught.value)


# The lake


def test_a_lake_that_another_process_writes_is_named_and_nothing_is_lost(world: World) -> None:
    settings = world.settings
    hold = (
        "import sys; from warehouse.lake import open_lake; con = open_lake(*sys.argv[1:]); "
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, settings.lake_catalogue, settings.lake_files],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(
            BuildFailed, match=f"Another program is writing to the warehouse .*process {other.pid}"
        ):
            build_all(settings, writer_wait_seconds=0.5)
        other.stdin.close()
    world.taps(GOOD, at("2026-08-03 11:00", 2), arrived="2026-08-03 11:30")
    assert "raw.taps" in build_all(settings).written
    assert world.rows("SELECT settled_minutes FROM core.sessions") == [(120,)]


def test_a_broken_rule_leaves_the_old_rows_and_names_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.taps(GOOD, at("2026-08-03 11:00", 2), arrived="2026-08-03 11:30")
    import pipelines.service_sessions as service

    honest = service.keep_time

    def generous(*args: object) -> object:
        kept = honest(*args)  # type: ignore[arg-type]
        wrong = kept.sessions.with_columns(settled_minutes=kept.sessions["settled_minutes"] + 1)
        return type(kept)(wrong, kept.flags, kept.bounces, kept.unplaced)

    monkeypatch.setattr(service, "keep_time", generous)
    with pytest.raises(BuildFailed, match=r"keep_sessions: core.sessions: 1 rows break the rule net_minutes"):
        build_all(world.settings)
    assert world.rows("SELECT count(*) FROM core.sessions") == [(0,)]
    assert world.rows("SELECT count(*) FROM core.daily_service") == [(0,)]
    monkeypatch.undo()
    build_all(world.settings)
    assert world.rows("SELECT settled_minutes FROM core.sessions") == [(120,)]
