"""marts.daily_categories: what kinds of service a day had, by district and for the city."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.warehouse.rows import compute_up_to, put, rows, session
from warehouse.checks import run_checks
from warehouse.tables import table

MONDAY = date(2026, 8, 3)
COLUMNS = ("service_day", "district_code", "category_code", "people", "minutes", "sessions", "activities")


@pytest.fixture
def city(plain: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A site in each of two districts, and a shift of culture at the first of them."""
    put(plain, "raw.sites", {"site_id": 1, "district_code": "330106"})
    put(plain, "raw.sites", {"site_id": 2, "district_code": "330110"})
    put(plain, "raw.activities", {"activity_id": 3, "category_code": "culture_sports"})
    put(plain, "raw.shifts", {"shift_id": 30, "activity_id": 3}, {"shift_id": 31, "activity_id": 3})
    return plain


def categories(city: duckdb.DuckDBPyConnection, *sessions: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What the mart says of these sessions."""
    put(city, "core.sessions", *sessions)
    compute_up_to(city, "marts.daily_categories")
    return rows(city, "marts.daily_categories", *COLUMNS)


def test_each_district_has_its_categories_and_the_city_has_them_together(
    city: duckdb.DuckDBPyConnection,
) -> None:
    said = categories(
        city,
        session("a", site_id=1, settled_minutes=60),
        session("b", site_id=2, settled_minutes=30, volunteer_id=2),
        session("c", site_id=1, settled_minutes=90, shift_id=30),
        session("d", site_id=2, settled_minutes=5, service_day=date(2026, 8, 4)),
    )
    assert said == [
        (MONDAY, "", "convenience", 2, 90, 2, 0),
        (MONDAY, "", "culture_sports", 1, 90, 1, 1),
        (MONDAY, "330106", "convenience", 1, 60, 1, 0),
        (MONDAY, "330106", "culture_sports", 1, 90, 1, 1),
        (MONDAY, "330110", "convenience", 1, 30, 1, 0),
        (date(2026, 8, 4), "", "convenience", 1, 5, 1, 0),
        (date(2026, 8, 4), "330110", "convenience", 1, 5, 1, 0),
    ]
    assert all(result.passed for result in run_checks(city, table("marts.daily_categories")))


def test_a_person_and_an_activity_count_once_and_in_the_city_once_over_its_districts(
    city: duckdb.DuckDBPyConnection,
) -> None:
    said = categories(
        city,
        session("a", site_id=1, settled_minutes=10),
        session("b", site_id=1, settled_minutes=10),
        session("c", site_id=2, settled_minutes=10),
        session("d", site_id=1, settled_minutes=10, shift_id=30),
        session("e", site_id=2, settled_minutes=10, shift_id=31),
    )
    assert [row[1:] for row in said] == [
        ("", "convenience", 1, 30, 3, 0),
        ("", "culture_sports", 1, 20, 2, 1),
        ("330106", "convenience", 1, 20, 2, 0),
        ("330106", "culture_sports", 1, 10, 1, 1),
        ("330110", "convenience", 1, 10, 1, 0),
        ("330110", "culture_sports", 1, 10, 1, 1),
    ]


def test_service_without_a_district_is_of_the_city_alone_and_what_does_not_count_is_nowhere(
    city: duckdb.DuckDBPyConnection,
) -> None:
    said = categories(
        city,
        session("a", settled_minutes=20),
        session("b", site_id=1, settled_minutes=0, verdict="missing_out"),
    )
    assert said == [(MONDAY, "", "convenience", 1, 20, 1, 0)]


def test_a_row_that_is_lost_is_found_by_the_check(city: duckdb.DuckDBPyConnection) -> None:
    categories(city, session("a", site_id=1), session("b", site_id=1, shift_id=30))
    city.execute("DELETE FROM marts.daily_categories WHERE category_code = 'culture_sports'")
    broken = [result for result in run_checks(city, table("marts.daily_categories")) if not result.passed]
    assert [(result.check, result.rows) for result in broken] == [
        ("categories_add_up_to_the_city", ((MONDAY, 60, 120),))
    ]
