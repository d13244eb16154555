"""marts.monthly_activity: people, minutes, sessions and activities of a month by district and category."""

from __future__ import annotations

from datetime import date

import duckdb

from tests.warehouse.rows import compute_up_to, put, rows, session
from warehouse.checks import run_checks
from warehouse.tables import table


def test_months_have_totals_beside_districts_and_categories(plain: duckdb.DuckDBPyConnection) -> None:
    put(
        plain,
        "raw.sites",
        {"site_id": 1, "district_code": "330106"},
        {"site_id": 2, "district_code": "330105"},
    )
    put(plain, "raw.activities", {"activity_id": 3, "category_code": "youth"})
    put(plain, "raw.shifts", {"shift_id": 30, "activity_id": 3})
    put(
        plain,
        "core.sessions",
        session("a", site_id=1),
        session("b", site_id=2, shift_id=30, settled_minutes=30),
    )
    put(plain, "core.sessions", session("c", site_id=1, service_day=date(2026, 8, 31), settled_minutes=5))
    put(plain, "core.sessions", session("d", site_id=1, service_day=date(2026, 9, 1), settled_minutes=1))
    compute_up_to(plain, "marts.monthly_activity")
    august = "(FROM marts.monthly_activity WHERE service_month = DATE '2026-08-01')"
    assert rows(
        plain, august, "district_code", "category_code", "people", "minutes", "sessions", "activities"
    ) == [
        ("", "", 1, 95, 3, 1),
        ("", "convenience", 1, 65, 2, 0),
        ("", "youth", 1, 30, 1, 1),
        ("330105", "", 1, 30, 1, 1),
        ("330105", "youth", 1, 30, 1, 1),
        ("330106", "", 1, 65, 2, 0),
        ("330106", "convenience", 1, 65, 2, 0),
    ]
    assert all(result.passed for result in run_checks(plain, table("marts.monthly_activity")))


def test_categories_that_do_not_add_up_are_found_by_the_check(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", session("a"))
    compute_up_to(plain, "marts.monthly_activity")
    plain.execute("UPDATE marts.monthly_activity SET minutes = 59 WHERE category_code <> ''")
    broken = [result for result in run_checks(plain, table("marts.monthly_activity")) if not result.passed]
    assert [(result.check, result.severity, result.rows) for result in broken] == [
        ("categories_add_up", "stop", ((date(2026, 8, 1), ""),))
    ]
