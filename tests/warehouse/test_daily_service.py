"""core.daily_service and its sums by month, year and all time."""

from __future__ import annotations

from datetime import date

import duckdb

from tests.warehouse.rows import build_up_to, compute_up_to, put, rows, session
from warehouse.checks import run_checks
from warehouse.tables import table


def test_sessions_of_one_kind_and_place_on_a_day_become_one_row(plain: duckdb.DuckDBPyConnection) -> None:
    put(
        plain,
        "core.sessions",
        session("a", site_id=1, settled_minutes=60),
        session("b", site_id=1, settled_minutes=30),
    )
    put(plain, "core.sessions", session("c", site_id=2, settled_minutes=10))
    put(
        plain,
        "core.sessions",
        session("d", settled_minutes=5, channel="HONOUR", hour_kind="honour", opening_event_id="1"),
    )
    compute_up_to(plain, "core.daily_service")
    assert rows(
        plain, "core.daily_service", "hour_kind", "site_id", "minutes", "session_count", "attendance_count"
    ) == [
        ("credit", 1, 90, 2, 1),
        ("credit", 2, 10, 1, 1),
        ("honour", 0, 5, 1, 1),
    ]


def test_a_day_above_its_ceiling_is_found_by_the_check(plain: duckdb.DuckDBPyConnection) -> None:
    put(
        plain,
        "core.sessions",
        session("a", settled_minutes=300),
        session("b", site_id=2, settled_minutes=200),
    )
    compute_up_to(plain, "core.daily_service")
    broken = [result for result in run_checks(plain, table("core.daily_service")) if not result.passed]
    assert [(result.check, result.rows) for result in broken] == [
        ("a_day_settles_no_more_than_its_ceiling", ((1, date(2026, 8, 3), 500),))
    ]


def test_months_years_and_all_time_add_up(plain: duckdb.DuckDBPyConnection) -> None:
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)]
    put(plain, "core.sessions", *[session(f"s{day}", service_day=day) for day in days])
    compute_up_to(plain, "core.lifetime_service")
    assert rows(plain, "core.monthly_service", "service_month", "minutes", "session_count") == [
        (date(2025, 12, 1), 60, 1),
        (date(2026, 1, 1), 120, 2),
        (date(2026, 2, 1), 60, 1),
    ]
    assert rows(plain, "core.yearly_service", "service_year", "minutes") == [
        (date(2025, 1, 1), 60),
        (date(2026, 1, 1), 180),
    ]
    assert rows(plain, "core.lifetime_service", "since_on", "minutes", "session_count") == [
        (date(1970, 1, 1), 240, 4)
    ]


def test_a_touched_day_touches_its_month_and_year_only(lake: duckdb.DuckDBPyConnection) -> None:
    put(
        lake,
        "core.sessions",
        session("a", service_day=date(2025, 12, 31)),
        session("b", service_day=date(2026, 2, 1)),
    )
    build_up_to(lake, "core.yearly_service")
    put(lake, "core.sessions", session("c", service_day=date(2026, 2, 2)))
    assert build_up_to(lake, "core.monthly_service").touched == (date(2026, 2, 1),)
    assert build_up_to(lake, "core.yearly_service").touched == (date(2026, 1, 1),)
