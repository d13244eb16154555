"""core.honour_entries and the marts that watch the administrators: each pattern on both sides of its threshold."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.warehouse.rows import compute_up_to, put, rows, session, utc
from warehouse.checks import run_checks
from warehouse.tables import table

MONDAY = date(2026, 8, 3)
TEN = utc("2026-08-03 02:00")  # ten in the morning in Hangzhou
WANG, LI = 8, 9
WATCH = (
    "pattern",
    "found_on",
    "person_id",
    "other_person_id",
    "measured",
    "threshold",
    "record_count",
    "minutes",
)


@pytest.fixture
def world(plain: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Organisation 1 in 西湖区 with the activity 5, made at eight in the morning, and its shift 6."""
    put(
        plain,
        "raw.organisations",
        {"organisation_id": 1, "name": "甲队", "district_code": "330106", "township_code": "330106001"},
    )
    put(plain, "raw.activities", {"activity_id": 5, "created_at": utc("2026-08-03 00:00"), "title": "朗读"})
    put(plain, "raw.shifts", {"shift_id": 6, "activity_id": 5})
    return plain


def entry(
    con: duckdb.DuckDBPyConnection,
    record_id: int,
    *,
    by: int = WANG,
    at: datetime = TEN,
    approved: tuple[int, datetime] | None = None,
    decision: str = "approved",
    **columns: Any,
) -> None:
    """A record of an hour, by default entered by Wang at ten, more than a minute away from all others."""
    put(
        con,
        "raw.honour_records",
        {
            "record_id": record_id, "volunteer_id": 100 + record_id, "organisation_id": 1, "minutes": 60,
            "service_day": date(2026, 8, 1), "entered_by": by, "entered_at": at,
        }
        | columns,
    )  # fmt: skip
    if approved:
        put(
            con,
            "raw.honour_approvals",
            {
                "record_id": record_id,
                "decision": decision,
                "decided_by": approved[0],
                "decided_at": approved[1],
            },
        )


def watched(con: duckdb.DuckDBPyConnection, pattern: str) -> list[tuple[Any, ...]]:
    """What is found of a pattern, after all checks of the tables passed."""
    compute_up_to(con, "marts.administrator_watch_records")
    for name in ("core.honour_entries", "marts.administrator_watch", "marts.administrator_watch_records"):
        assert [check for check in run_checks(con, table(name)) if not check.passed] == []
    return [row[1:] for row in rows(con, "marts.administrator_watch", *WATCH) if row[0] == pattern]


def behind(con: duckdb.DuckDBPyConnection, pattern: str) -> list[int]:
    found = con.execute(
        "SELECT record_id FROM marts.administrator_watch_records WHERE pattern = ? ORDER BY record_id",
        [pattern],
    )
    return [row[0] for row in found.fetchall()]


def minutes_later(minutes: int) -> datetime:
    return TEN + timedelta(minutes=minutes)


@pytest.mark.parametrize(("minutes", "found"), [(1499, []), (1500, [(MONDAY, WANG, 0, 3000, 3000, 2, 3000)])])
def test_fifty_hours_typed_by_one_person_on_a_day(
    world: duckdb.DuckDBPyConnection, minutes: int, found: list[Any]
) -> None:
    entry(world, 1, minutes=minutes)
    entry(world, 2, minutes=1500, at=minutes_later(5))
    # Of another day in Hangzhou, and of another person.
    entry(world, 3, minutes=1500, at=utc("2026-08-02 15:59"))
    entry(world, 4, minutes=1500, by=LI, at=minutes_later(10))
    assert watched(world, "typed_minutes") == found
    assert behind(world, "typed_minutes") == ([1, 2] if found else [])


@pytest.mark.parametrize(("seconds", "found"), [(3600, []), (3599, [(MONDAY, WANG, 0, 1, 1, 1, 60)])])
def test_an_entry_within_an_hour_of_the_making_of_its_activity(
    world: duckdb.DuckDBPyConnection, seconds: int, found: list[Any]
) -> None:
    entry(world, 1, shift_id=6, at=utc("2026-08-03 00:00") + timedelta(seconds=seconds))
    entry(world, 2, at=utc("2026-08-03 00:00"))  # of no activity
    assert watched(world, "soon_after_creation") == found
    assert behind(world, "soon_after_creation") == ([1] if found else [])


@pytest.mark.parametrize(("last", "found"), [(60, []), (59, [(MONDAY, WANG, 0, 10, 10, 10, 600)])])
def test_ten_records_within_a_minute(world: duckdb.DuckDBPyConnection, last: int, found: list[Any]) -> None:
    for record in range(9):
        entry(world, record, at=TEN + timedelta(seconds=record))
    entry(world, 9, at=TEN + timedelta(seconds=last))
    entry(world, 10, at=minutes_later(5))
    entry(world, 11, by=LI)
    assert watched(world, "batch_in_minute") == found
    assert behind(world, "batch_in_minute") == (list(range(10)) if found else [])


def test_a_record_that_time_keeping_flagged_as_self_granted(world: duckdb.DuckDBPyConnection) -> None:
    entry(world, 1)
    entry(world, 2, at=minutes_later(5))
    for record in (1, 2):
        honour = {"channel": "HONOUR", "hour_kind": "honour", "verdict": "not_approved"}
        put(world, "core.sessions", session(f"s{record}", **honour, opening_event_id=str(record)))
    put(
        world,
        "core.session_flags",
        {"flag": "self_granted", "session_id": "s1", "detail": "entered for oneself"},
    )
    put(world, "core.session_flags", {"flag": "late_entry", "session_id": "s2"})
    assert watched(world, "self_granted") == [(MONDAY, WANG, 0, 1, 1, 1, 60)]
    assert behind(world, "self_granted") == [1]


@pytest.mark.parametrize(("last", "found"), [(60, []), (59, [(MONDAY, LI, 0, 5, 5, 5, 300)])])
def test_five_approvals_each_within_a_minute_of_the_entry(
    world: duckdb.DuckDBPyConnection, last: int, found: list[Any]
) -> None:
    for record, seconds in enumerate([1, 2, 3, 4, last]):
        at = minutes_later(5 * record)
        entry(world, record, at=at, approved=(LI, at + timedelta(seconds=seconds)))
    entry(world, 9, at=minutes_later(90), approved=(LI, minutes_later(90)), decision="refused")
    assert watched(world, "quick_approval") == found
    assert behind(world, "quick_approval") == (list(range(5)) if found else [])


@pytest.mark.parametrize(("back", "found"), [(2, []), (3, [(date(2026, 8, 1), WANG, LI, 3, 3, 7, 420)])])
def test_two_who_approve_each_others_entries(
    world: duckdb.DuckDBPyConnection, back: int, found: list[Any]
) -> None:
    for record in range(4 + back):
        by, other = (WANG, LI) if record < 4 else (LI, WANG)
        entry(world, record, by=by, at=minutes_later(5 * record), approved=(other, minutes_later(600)))
    entry(world, 20, by=LI, at=minutes_later(200), approved=(WANG, minutes_later(600)), decision="refused")
    entry(world, 21, by=LI, at=minutes_later(210), approved=(WANG, utc("2026-09-01 02:00")))
    assert watched(world, "mutual_approval") == found
    assert behind(world, "mutual_approval") == (list(range(7)) if found else [])


def counted(con: duckdb.DuckDBPyConnection, name: str, kind: str, minutes: int) -> None:
    """A counted session of organisation 1: of the honour record whose number is its name, or at its standing post."""
    more: dict[str, Any] = {"site_id": 7}
    if kind == "honour":
        more = {"channel": "HONOUR", "opening_event_id": name}
        entry(con, int(name), minutes=minutes)
    day = date(2026, 8, 1)
    columns = {"hour_kind": kind, "settled_minutes": minutes, "service_day": day, **more}
    put(con, "core.sessions", session(name, **columns))


@pytest.mark.parametrize(
    ("honour", "credit", "found"),
    [
        (3000, 1001, []),
        (3000, 1000, [(date(2026, 8, 1), 0, 0, 300, 300, 1, 3000)]),
        (3001, 1000, [(date(2026, 8, 1), 0, 0, 300, 300, 1, 3001)]),
        (2999, 10, []),
        (3000, 0, [(date(2026, 8, 1), 0, 0, None, 300, 1, 3000)]),
    ],
)
def test_three_hours_typed_for_each_that_was_recorded(
    world: duckdb.DuckDBPyConnection, honour: int, credit: int, found: list[Any]
) -> None:
    put(world, "raw.sites", {"site_id": 7, "organisation_id": 1})
    counted(world, "1", "honour", honour)
    if credit:
        counted(world, "card", "credit", credit)
    assert watched(world, "honour_ratio") == found
    assert behind(world, "honour_ratio") == ([1] if found else [])
    ratios = rows(world, "marts.honour_ratios", "organisation_name", "honour_minutes", "credit_minutes")
    assert ratios == [("甲队", honour, credit)]


def test_a_days_work_of_a_person_is_summed_also_below_every_threshold(
    world: duckdb.DuckDBPyConnection,
) -> None:
    entry(world, 1, approved=(LI, minutes_later(30)))
    entry(world, 2, at=TEN + timedelta(seconds=1))
    compute_up_to(world, "marts.administrator_days")
    columns = (
        "person_id",
        "acted_on",
        "district_code",
        "record_count",
        "minutes",
        "records_in_minute",
        "approval_count",
    )
    assert rows(world, "marts.administrator_days", *columns) == [
        (WANG, MONDAY, "330106", 2, 120, 2, 0),
        (LI, MONDAY, "330106", 0, 0, 0, 1),
    ]


def test_what_is_behind_a_finding_tells_the_record_and_what_became_of_it(
    world: duckdb.DuckDBPyConnection,
) -> None:
    put(world, "raw.volunteers", {"volunteer_id": 101, "volunteer_no": "V101", "district_code": "330106"})
    at = utc("2026-08-03 00:10")
    entry(world, 1, shift_id=6, at=at, approved=(LI, at + timedelta(seconds=30)))
    honour = {"channel": "HONOUR", "hour_kind": "honour", "net_minutes": 50, "settled_minutes": 50}
    put(world, "core.sessions", session("s1", opening_event_id="1", **honour))
    assert len(watched(world, "soon_after_creation")) == 1
    columns = (
        "volunteer_no",
        "title",
        "minutes",
        "net_minutes",
        "session_id",
        "seconds_after_creation",
        "decision_seconds",
    )
    assert rows(world, "marts.administrator_watch_records", *columns) == [
        ("V101", "朗读", 60, 50, "s1", 600, 30)
    ]
