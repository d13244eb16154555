"""marts.service_records and marts.review_queue: what pages show of sessions and of minutes in review."""

from __future__ import annotations

from datetime import date

import duckdb

from tests.warehouse.rows import compute_up_to, put, rows, session
from warehouse.checks import run_checks
from warehouse.tables import table


def test_every_session_is_a_record_also_one_that_does_not_count(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "raw.sites", {"site_id": 1, "organisation_id": 5, "district_code": "330106"})
    put(plain, "core.sessions", session("a", site_id=1))
    put(plain, "core.sessions", session("b", site_id=1, verdict="missing_out", settled_minutes=0))
    compute_up_to(plain, "marts.service_records")
    assert rows(plain, "marts.service_records", "session_id", "organisation_id", "verdict", "minutes") == [
        ("a", 5, "counted", 60),
        ("b", 5, "missing_out", 0),
    ]
    assert all(result.passed for result in run_checks(plain, table("marts.service_records")))


def test_the_queue_shows_each_level_with_its_session(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "raw.sites", {"site_id": 1, "organisation_id": 5, "district_code": "330106"})
    told = {"settled_minutes": 480, "review_minutes": 300, "net_minutes": 780, "site_id": 1}
    put(plain, "core.sessions", session("a", **told), session("b", volunteer_id=2, site_id=1))
    compute_up_to(plain, "marts.review_queue")
    columns = ("session_id", "level", "service_day", "organisation_id", "waiting_minutes", "state")
    assert rows(plain, "marts.review_queue", *columns) == [
        ("a", "city", date(2026, 8, 3), 5, 60, "waiting"),
        ("a", "organisation", date(2026, 8, 3), 5, 240, "waiting"),
    ]
