"""marts.serving_now and marts.running_activities: what goes on at the data clock."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.warehouse.rows import LONG_AGO, compute_up_to, put, rows, session, utc
from warehouse.checks import run_checks
from warehouse.tables import table

NOON = utc("2026-08-03 04:00")


@pytest.fixture
def city(plain: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A clock that stands at noon (local) of 2026-08-03, one site, and a shift from nine to eleven."""
    put(plain, "raw.check_ins", {"event_id": 1, "direction": "in", "received_at": NOON})
    put(plain, "raw.sites", {"site_id": 1, "district_code": "330106"})
    put(plain, "raw.volunteers", {"volunteer_id": 1, "display_name": "小明", "status": "active"})
    put(plain, "raw.consents", {"consent_id": 1, "volunteer_id": 1, "purpose": "position"})
    put(plain, "raw.activities", {"activity_id": 3, "status": "running", "title": "清洁西湖"})
    shift = {
        "shift_id": 30,
        "activity_id": 3,
        "starts_at": utc("2026-08-03 01:00"),
        "ends_at": utc("2026-08-03 03:00"),
    }
    put(plain, "raw.shifts", shift)
    return plain


def _open(session_id: str, in_at: str, **columns: Any) -> dict[str, Any]:
    return session(
        session_id, verdict="missing_out", settled_minutes=0, site_id=1, in_at=utc(in_at), **columns
    )


@pytest.mark.parametrize(
    ("opened", "is_shown"),
    [("2026-08-03 03:00", True), ("2026-08-02 16:00", True), ("2026-08-02 15:59", False)],
)
def test_an_open_session_is_shown_for_as_long_as_a_pair_may_last(
    city: duckdb.DuckDBPyConnection, opened: str, is_shown: bool
) -> None:
    put(city, "core.sessions", _open("a", opened))
    compute_up_to(city, "marts.serving_now")
    shown = rows(city, "marts.serving_now", "session_id", "display_name", "district_code", "as_of_at")
    assert shown == ([("a", "小明", "330106", NOON)] if is_shown else [])


@pytest.mark.parametrize(
    ("name", "status", "consents", "shown"),
    [
        ("小红", "active", [("position", None)], "小红"),
        ("小红", "active", [("position", LONG_AGO), ("position", None)], "小红"),
        ("小红", "active", [("position", None), ("position", None)], "小红"),
        ("小红", "active", [("position", LONG_AGO)], None),
        ("小红", "active", [("display_name", None), ("public_ranking", None)], None),
        ("小红", "active", [], None),
        ("小红", "banned", [("position", None)], None),
        (None, "active", [("position", None)], None),
    ],
)
def test_nobody_is_named_with_a_place_who_did_not_agree_to_both_and_all_are_counted(
    city: duckdb.DuckDBPyConnection,
    name: str | None,
    status: str,
    consents: list[tuple[str, Any]],
    shown: str | None,
) -> None:
    put(city, "raw.volunteers", {"volunteer_id": 2, "display_name": name, "status": status})
    for number, (purpose, withdrawn_at) in enumerate(consents, start=2):
        consent = {"consent_id": number, "volunteer_id": 2, "purpose": purpose, "withdrawn_at": withdrawn_at}
        put(city, "raw.consents", consent)
    put(city, "core.sessions", _open("a", "2026-08-03 03:00", volunteer_id=2))
    compute_up_to(city, "marts.serving_now")
    assert rows(city, "marts.serving_now", "volunteer_id", "display_name") == [(2, shown)]


def test_who_has_served_elsewhere_since_is_not_shown(city: duckdb.DuckDBPyConnection) -> None:
    put(city, "core.sessions", _open("a", "2026-08-03 01:00"), session("b", in_at=utc("2026-08-03 02:00")))
    compute_up_to(city, "marts.serving_now")
    assert rows(city, "marts.serving_now") == []


def test_nobody_serves_in_a_shift_that_is_over(city: duckdb.DuckDBPyConnection) -> None:
    put(city, "core.sessions", _open("a", "2026-08-03 01:00", shift_id=30))
    compute_up_to(city, "marts.serving_now")
    assert rows(city, "marts.serving_now") == []


@pytest.mark.parametrize(
    ("change", "is_shown"),
    [
        ({}, True),
        ({"ends_at": NOON}, False),
        ({"starts_at": utc("2026-08-03 04:01")}, False),
        ({"cancelled_at": utc("2026-08-01 00:00")}, False),
    ],
)
def test_a_shift_runs_from_its_start_to_its_end_unless_cancelled(
    city: duckdb.DuckDBPyConnection, change: dict[str, Any], is_shown: bool
) -> None:
    shift = {
        "shift_id": 31,
        "activity_id": 3,
        "starts_at": NOON,
        "ends_at": utc("2026-08-03 06:00"),
        "capacity": 5,
    }
    put(city, "raw.shifts", shift | change)
    put(city, "raw.shift_sites", {"shift_id": 31, "site_id": 1})
    put(city, "raw.sign_ups", {"sign_up_id": 1, "shift_id": 31, "status": "confirmed"})
    put(city, "raw.sign_ups", {"sign_up_id": 2, "shift_id": 31, "status": "waiting"})
    compute_up_to(city, "marts.running_activities")
    columns = ("shift_id", "site_id", "title", "capacity", "signed_up", "district_code")
    assert rows(city, "marts.running_activities", *columns) == (
        [(31, 1, "清洁西湖", 5, 1, "330106")] if is_shown else []
    )


def test_only_the_last_days_of_sessions_are_read(city: duckdb.DuckDBPyConnection) -> None:
    put(city, "core.sessions", _open("a", "2026-08-03 03:00", service_day=date(2026, 7, 1)))
    compute_up_to(city, "marts.serving_now")
    assert rows(city, "marts.serving_now") == []


def test_a_site_and_its_devices_stay_until_the_day_that_they_are_planned_to_go(
    city: duckdb.DuckDBPyConnection,
) -> None:
    put(city, "raw.sites", {"site_id": 2, "closed_on": date(2026, 8, 3)})
    put(city, "raw.sites", {"site_id": 3, "closed_on": date(2026, 8, 4)})
    for number, retired in enumerate([None, "2026-08-03 04:00", "2026-08-03 04:01"]):
        retired_at = utc(retired) if retired else None
        put(city, "raw.devices", {"device_no": f"D{number}", "site_id": 3, "retired_at": retired_at})
    compute_up_to(city, "marts.sites")
    assert rows(city, "marts.sites", "site_id", "device_count") == [(1, 0), (3, 2)]


def test_sites_carry_the_names_of_their_areas_and_the_devices_in_use(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(plain, "raw.check_ins", {"event_id": 1, "direction": "in", "received_at": NOON})
    put(plain, "raw.areas", {"area_code": "330106", "kind": "district", "name": "西湖区"})
    put(
        plain,
        "raw.areas",
        {"area_code": "330106001001", "kind": "community", "name": "北山社区", "parent_code": "330106001"},
    )
    put(plain, "raw.sites", {"site_id": 1, "district_code": "330106", "community_code": "330106001001"})
    put(plain, "raw.sites", {"site_id": 2, "closed_on": date(2026, 1, 1)})
    put(
        plain,
        "raw.devices",
        {"device_no": "D1", "site_id": 1},
        {"device_no": "D2", "site_id": 1, "retired_at": NOON},
    )
    compute_up_to(plain, "marts.sites")
    compute_up_to(plain, "marts.areas")
    assert rows(plain, "marts.sites", "site_id", "district_name", "community_name", "device_count") == [
        (1, "西湖区", "北山社区", 1)
    ]
    assert rows(plain, "marts.areas", "name", "name_en") == [("北山社区", "北山社区"), ("西湖区", "Xihu")]


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("DELETE FROM marts.serving_now", (1, 1, 0)),
        ("INSERT INTO marts.serving_now FROM marts.serving_now", (1, 1, 2)),
        ("UPDATE core.sessions SET verdict = 'counted'", (1, 0, 1)),
    ],
    ids=["lost", "twice", "not open"],
)
def test_as_many_serve_as_have_an_open_session_or_the_check_finds_who(
    city: duckdb.DuckDBPyConnection, harm: str, found: tuple[object, ...]
) -> None:
    put(city, "core.sessions", _open("a", "2026-08-03 03:00"), session("b", volunteer_id=2))
    compute_up_to(city, "marts.serving_now")
    assert all(result.passed for result in run_checks(city, table("marts.serving_now")))
    city.execute(harm)
    broken = [result for result in run_checks(city, table("marts.serving_now")) if not result.passed]
    assert [(result.check, result.severity, result.rows) for result in broken] == [
        ("whose_last_session_is_open_is_shown_once", "stop", (found,))
    ]
