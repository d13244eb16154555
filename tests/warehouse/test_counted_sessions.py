"""core.counted_sessions: where a session was served, for whom, and in which category."""

from __future__ import annotations

from datetime import date

import duckdb

from tests.warehouse.rows import build_up_to, compute_up_to, put, rows, session
from warehouse.checks import run_checks
from warehouse.tables import table

NAME = "core.counted_sessions"


def _a_city(con: duckdb.DuckDBPyConnection) -> None:
    put(
        con,
        "raw.organisations",
        {"organisation_id": 7, "district_code": "330106"},
        {"organisation_id": 8, "district_code": "330105"},
    )
    put(
        con,
        "raw.sites",
        {"site_id": 1, "organisation_id": 7, "district_code": "330106", "community_code": "330106001001"},
        {"site_id": 2, "district_code": "330108"},
    )
    put(
        con,
        "raw.activities",
        {"activity_id": 3, "organisation_id": 8, "category_code": "youth", "district_code": "330109"},
    )
    put(con, "raw.shifts", {"shift_id": 30, "activity_id": 3}, {"shift_id": 31, "activity_id": 3})
    put(con, "raw.shift_sites", {"shift_id": 30, "site_id": 2})


def test_a_session_at_a_standing_post_takes_organisation_and_district_of_its_site(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    _a_city(plain)
    put(plain, "core.sessions", session("a", site_id=1))
    compute_up_to(plain, NAME)
    assert rows(
        plain, NAME, "organisation_id", "category_code", "district_code", "community_code", "activity_id"
    ) == [(7, "convenience", "330106", "330106001001", None)]


def test_a_session_in_a_shift_takes_organisation_and_category_of_its_activity(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    _a_city(plain)
    put(plain, "core.sessions", session("a", place_kind="shift", shift_id=30, site_id=1))
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, "organisation_id", "category_code", "district_code", "activity_id") == [
        (8, "youth", "330106", 3)
    ]


def test_honour_minutes_without_a_place_take_the_organisation_that_entered_them(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    _a_city(plain)
    put(plain, "raw.honour_records", {"record_id": 5, "organisation_id": 8, "service_day": date(2026, 8, 3)})
    honour = {"channel": "HONOUR", "hour_kind": "honour", "opening_event_id": "5"}
    put(plain, "core.sessions", session("in a shift with a site", place_kind="shift", shift_id=30, **honour))
    put(plain, "core.sessions", session("in a shift without one", place_kind="shift", shift_id=31, **honour))
    put(plain, "core.sessions", session("nowhere", place_kind=None, **honour))
    compute_up_to(plain, NAME)
    assert rows(
        plain, NAME, "session_id", "organisation_id", "site_id", "district_code", "category_code"
    ) == [
        ("in a shift with a site", 8, 2, "330108", "youth"),
        ("in a shift without one", 8, 0, "330109", "youth"),
        ("nowhere", 8, 0, "330105", "convenience"),
    ]


def test_what_does_not_count_is_not_there(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", session("a", verdict="missing_out", settled_minutes=0))
    compute_up_to(plain, NAME)
    assert rows(plain, NAME) == []


def test_weeks_begin_on_monday_and_months_on_the_first(plain: duckdb.DuckDBPyConnection) -> None:
    put(
        plain,
        "core.sessions",
        session("a", service_day=date(2026, 8, 2)),
        session("b", service_day=date(2026, 8, 3)),
    )
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, "service_day", "service_week", "service_month") == [
        (date(2026, 8, 2), date(2026, 7, 27), date(2026, 8, 1)),
        (date(2026, 8, 3), date(2026, 8, 3), date(2026, 8, 1)),
    ]


def test_a_site_that_moves_to_another_district_touches_the_days_it_was_served_at(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    _a_city(lake)
    put(lake, "core.sessions", session("a", site_id=1), session("b", site_id=2, service_day=date(2026, 8, 4)))
    build_up_to(lake, NAME)
    lake.execute("UPDATE raw.sites SET district_code = '330110' WHERE site_id = 1")
    assert build_up_to(lake, NAME).touched == (date(2026, 8, 3),)
    assert rows(lake, NAME, "session_id", "district_code") == [("a", "330110"), ("b", "330108")]


def test_an_activity_that_changes_its_category_touches_the_days_of_its_shifts(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    _a_city(lake)
    put(lake, "core.sessions", session("a", shift_id=30), session("b", service_day=date(2026, 8, 4)))
    build_up_to(lake, NAME)
    lake.execute("UPDATE raw.activities SET category_code = 'safety', status = 'finished'")
    assert build_up_to(lake, NAME).touched == (date(2026, 8, 3),)
    lake.execute("UPDATE raw.activities SET status = 'closed'")
    assert build_up_to(lake, NAME).how == "nothing"


def test_lost_minutes_are_found_by_the_check(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", session("a"), session("b", service_day=date(2026, 8, 4)))
    compute_up_to(plain, NAME)
    by_name = {result.check: result for result in run_checks(plain, table(NAME))}
    assert by_name["counted_minutes_are_session_minutes"].passed
    plain.execute(f"DELETE FROM {NAME} WHERE session_id = 'a'")
    broken = {result.check: result for result in run_checks(plain, table(NAME))}[
        "counted_minutes_are_session_minutes"
    ]
    assert (broken.severity, broken.broken, broken.rows) == ("stop", 1, ((date(2026, 8, 3), 60, None),))
    assert "1 rows break the rule counted_minutes_are_session_minutes" in broken.message()
    other_day = run_checks(plain, table(NAME), [date(2026, 8, 4)])
    assert {result.check: result for result in other_day}["counted_minutes_are_session_minutes"].passed
