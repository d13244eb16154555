"""core.point_awards: what a session earns, and when it is final."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.warehouse.rows import compute_up_to, put, rows, session
from warehouse.checks import run_checks
from warehouse.tables import table

NAME = "core.point_awards"


@pytest.mark.parametrize(("minutes", "cents"), [(60, 100), (59, 98), (1, 1), (10, 16), (480, 800)])
def test_an_hour_earns_a_point_in_hundredths_rounded_down(
    plain: duckdb.DuckDBPyConnection, minutes: int, cents: int
) -> None:
    put(plain, "core.sessions", session("a", settled_minutes=minutes))
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, "award_id", "minutes", "amount_cents") == [("a", minutes, cents)]
    assert all(result.passed for result in run_checks(plain, table(NAME)))


def test_honour_hours_and_sessions_without_settled_minutes_earn_nothing(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(plain, "core.sessions", session("a", channel="HONOUR", hour_kind="honour", opening_event_id="1"))
    put(plain, "core.sessions", session("b", settled_minutes=0, review_minutes=60, net_minutes=60))
    compute_up_to(plain, NAME)
    assert rows(plain, NAME) == []


def test_the_session_that_crosses_the_cap_of_a_day_gets_the_part_below_it(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(plain, "core.sessions", *(session(name, settled_minutes=480) for name in "abc"))
    put(plain, "core.sessions", session("d", settled_minutes=480, volunteer_id=2))
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, "award_id", "rated_cents", "day_cap_cents", "amount_cents") == [
        ("a", 800, 1200, 800),
        ("b", 800, 1200, 400),
        ("c", 800, 1200, 0),
        ("d", 800, 1200, 800),
    ]
    assert all(result.passed for result in run_checks(plain, table(NAME)))


def test_sessions_that_tie_for_a_cap_share_it_the_same_way_whatever_order_they_came_in(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    # pudl PR #5394: ties were broken by the order of rows, so that the output differed from run to run.
    tied = [session(name, settled_minutes=480) for name in "abcd"]
    found = []
    for came in (tied, tied[::-1], [tied[2], tied[0], tied[3], tied[1]]):
        plain.execute("DELETE FROM core.sessions")
        plain.execute(f"DELETE FROM {NAME}")
        put(plain, "core.sessions", *came)
        compute_up_to(plain, NAME)
        found.append(rows(plain, NAME, "award_id", "amount_cents"))
    assert found == [[("a", 800), ("b", 400), ("c", 0), ("d", 0)]] * 3


def test_the_cap_of_a_month_stops_what_the_days_let_through(plain: duckdb.DuckDBPyConnection) -> None:
    for day in range(1, 19):
        put(plain, "core.sessions", session(f"{day:02}", settled_minutes=720, service_day=date(2026, 8, day)))
    put(plain, "core.sessions", session("next", settled_minutes=720, service_day=date(2026, 9, 1)))
    compute_up_to(plain, NAME)
    amounts = dict(rows(plain, NAME, "award_id", "amount_cents"))
    assert (amounts["16"], amounts["17"], amounts["18"], amounts["next"]) == (1200, 800, 0, 1200)
    assert all(result.passed for result in run_checks(plain, table(NAME)))


@pytest.mark.parametrize("change", ["amount_cents = amount_cents - 1", "amount_cents = rated_cents"])
def test_a_cap_that_takes_too_much_or_too_little_is_found_by_the_check(
    plain: duckdb.DuckDBPyConnection, change: str
) -> None:
    put(plain, "core.sessions", *(session(name, settled_minutes=480) for name in "ab"))
    compute_up_to(plain, NAME)
    plain.execute(f"UPDATE {NAME} SET {change} WHERE award_id = 'b'")
    broken = [result.check for result in run_checks(plain, table(NAME)) if not result.passed]
    assert broken == ["caps_hold_and_take_no_more_than_they_must"]


@pytest.mark.parametrize(
    ("served_on", "final_on"),
    [
        (date(2026, 8, 3), date(2026, 8, 6)),  # Monday: the third working day after it is Thursday
        (date(2026, 8, 6), date(2026, 8, 11)),  # Thursday: Friday, Monday, Tuesday
        (date(2026, 8, 8), date(2026, 8, 12)),  # Saturday: Monday, Tuesday, Wednesday
    ],
)
def test_an_award_is_final_on_the_third_working_day_after_the_service(
    plain: duckdb.DuckDBPyConnection, served_on: date, final_on: date
) -> None:
    put(plain, "core.sessions", session("a", service_day=served_on))
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, "service_day", "final_on") == [(served_on, final_on)]


def test_an_award_beyond_the_calendar_has_no_final_day_and_is_pointed_out(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(plain, "core.sessions", session("a", service_day=date(2040, 1, 2)))
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, "amount_cents", "final_on") == [(100, None)]
    warned = [result for result in run_checks(plain, table(NAME)) if not result.passed]
    assert [(result.check, result.severity) for result in warned] == [
        ("the_calendar_reaches_the_end_of_notice", "warn")
    ]


def test_a_wrong_amount_is_found_by_the_check(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", session("a"), session("b", site_id=2, settled_minutes=59))
    compute_up_to(plain, NAME)
    plain.execute(f"UPDATE {NAME} SET amount_cents = amount_cents + 1 WHERE award_id = 'b'")
    broken = [result for result in run_checks(plain, table(NAME)) if not result.passed]
    assert [(result.check, result.rows) for result in broken] == [
        ("awards_are_rate_times_minutes", (("b", 59, 100, 100, 98, 99),))
    ]
