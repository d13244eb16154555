"""marts.city_map: people, minutes, sessions and activities by place."""

from __future__ import annotations

from datetime import date

import duckdb

from tests.warehouse.rows import compute_up_to, put, rows, session
from warehouse.checks import run_checks
from warehouse.tables import table


def _two_sites(con: duckdb.DuckDBPyConnection) -> None:
    put(
        con,
        "raw.sites",
        {"site_id": 1, "district_code": "330106", "community_code": "330106001001"},
        {"site_id": 2, "district_code": "330105"},
    )
    put(con, "raw.activities", {"activity_id": 3, "category_code": "youth"})
    put(con, "raw.shifts", {"shift_id": 30, "activity_id": 3})


def test_a_volunteer_at_two_sites_is_one_person_in_the_city(plain: duckdb.DuckDBPyConnection) -> None:
    _two_sites(plain)
    put(plain, "core.sessions", session("a", site_id=1), session("b", site_id=2, settled_minutes=30))
    put(plain, "core.sessions", session("c", site_id=2, settled_minutes=15, volunteer_id=2, shift_id=30))
    compute_up_to(plain, "marts.city_map")
    columns = ("place_level", "place_code", "people", "minutes", "sessions", "activities")
    assert rows(plain, "marts.city_map", *columns) == [
        ("city", "city", 2, 105, 3, 1),
        ("community", "330106001001", 1, 60, 1, 0),
        ("district", "330105", 2, 45, 2, 1),
        ("district", "330106", 1, 60, 1, 0),
        ("site", "1", 1, 60, 1, 0),
        ("site", "2", 2, 45, 2, 1),
    ]
    assert all(result.passed for result in run_checks(plain, table("marts.city_map")))


def test_a_map_that_loses_minutes_is_found_by_the_check(plain: duckdb.DuckDBPyConnection) -> None:
    _two_sites(plain)
    put(plain, "core.sessions", session("a", site_id=1))
    compute_up_to(plain, "marts.city_map")
    plain.execute("UPDATE marts.city_map SET minutes = 59 WHERE place_level = 'city'")
    broken = {
        result.check: result for result in run_checks(plain, table("marts.city_map")) if not result.passed
    }
    assert broken["city_minutes_are_session_minutes"].rows == ((date(2026, 8, 3), 60, 59),)
