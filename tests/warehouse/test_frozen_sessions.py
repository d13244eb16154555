"""core.frozen_sessions: what a dispute keeps from becoming points until it is decided."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.warehouse.rows import compute_up_to, put, rows, session, utc
from warehouse.checks import run_checks
from warehouse.tables import table

NAME = "core.frozen_sessions"
MONDAY = date(2026, 8, 3)  # its public notice ends on Thursday, the sixth


def dispute(number: int, **more: Any) -> dict[str, Any]:
    """An open dispute of volunteer 1 about session `a`, opened on Tuesday."""
    told = {"volunteer_id": 1, "kind": "session", "session_id": "a", "service_day": MONDAY, "status": "open"}
    return {"dispute_id": number, "opened_at": utc("2026-08-04 02:00"), **told, **more}


def frozen(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    compute_up_to(con, NAME)
    return rows(con, NAME, "session_id", "dispute_id")


@pytest.mark.parametrize(
    ("status", "is_frozen"),
    [("open", True), ("appealed", True), ("answered", False), ("decided", False), ("withdrawn", False)],
)
def test_a_session_is_frozen_while_its_dispute_is_open_or_appealed(
    plain: duckdb.DuckDBPyConnection, status: str, is_frozen: bool
) -> None:
    put(plain, "core.sessions", session("a"), session("b", site_id=2))
    put(plain, "raw.disputes", dispute(1, status=status))
    assert frozen(plain) == ([("a", 1)] if is_frozen else [])


@pytest.mark.parametrize(
    ("opened_at", "is_frozen"),
    [("2026-08-06 15:59", True), ("2026-08-06 16:00", False)],  # midnight in Hangzhou
)
def test_only_an_objection_within_the_public_notice_freezes(
    plain: duckdb.DuckDBPyConnection, opened_at: str, is_frozen: bool
) -> None:
    put(plain, "core.sessions", session("a"))
    put(plain, "raw.disputes", dispute(1, opened_at=utc(opened_at)))
    assert bool(frozen(plain)) == is_frozen


def test_two_disputes_freeze_a_session_once_and_a_record_its_session(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    honour = session("h", channel="HONOUR", hour_kind="honour", opening_event_id="7")
    put(plain, "core.sessions", session("a", opening_event_id="7"), honour)
    record = {"kind": "honour_record", "session_id": None, "record_id": 7}
    put(plain, "raw.disputes", dispute(2), dispute(1), dispute(3, **record))
    assert frozen(plain) == [("a", 1), ("h", 3)]


def test_nobody_freezes_another_persons_session(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", session("a"))
    put(plain, "raw.disputes", dispute(1, volunteer_id=2))
    assert frozen(plain) == []


def test_frozen_sessions_earn_no_points_and_count_all_the_same(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", session("a"), session("b", site_id=2, settled_minutes=30))
    put(plain, "raw.disputes", dispute(1))
    for name in ("core.point_awards", "marts.service_records"):
        compute_up_to(plain, name)
    assert rows(plain, "core.point_awards", "award_id", "minutes") == [("b", 30)]
    assert all(result.passed for result in run_checks(plain, table("core.point_awards")))
    assert rows(plain, "marts.service_records", "session_id", "minutes", "dispute_id", "final_on") == [
        ("a", 60, 1, date(2026, 8, 6)),
        ("b", 30, None, date(2026, 8, 6)),
    ]


def test_an_award_for_a_frozen_session_is_found_by_the_check(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", session("a"))
    compute_up_to(plain, "core.point_awards")
    put(plain, NAME, {"session_id": "a", "volunteer_id": 1, "service_day": MONDAY, "dispute_id": 1})
    broken = [one.check for one in run_checks(plain, table("core.point_awards")) if not one.passed]
    assert broken == ["awarded_minutes_are_counted_minutes"]
