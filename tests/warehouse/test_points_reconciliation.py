"""marts.points_reconciliation: minutes × rate × coefficient = awarded, and what is final of it = the ledger's."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.made_up_ledger import MadeUpLedger
from tests.warehouse.rows import compute, compute_up_to, put, rows, session
from warehouse.checks import run_checks
from warehouse.tables import table

NAME = "marts.points_reconciliation"
AUGUST = date(2026, 8, 1)
TOLD = (
    "minutes",
    "rated_cents",
    "capped_cents",
    "awarded_cents",
    "pending_cents",
    "final_cents",
    "ledger_cents",
)


def broken(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The checks that do not hold."""
    return {result.check for result in run_checks(con, table(NAME)) if not result.passed}


def settle(con: duckdb.DuckDBPyConnection, *, until: date) -> MadeUpLedger:
    """Let the ledger hold the awards whose notice ended before a day, as settlement does, and compute anew."""
    compute_up_to(con, NAME)
    ledger = MadeUpLedger()
    final = con.execute(
        "SELECT volunteer_id, amount_cents, service_day, award_id FROM core.point_awards "
        "WHERE final_on < ? AND amount_cents > 0 ORDER BY ALL",
        [until],
    ).fetchall()
    for volunteer, amount, day, award_id in final:
        ledger.award(volunteer, amount, day, on=until, award_id=award_id)
    ledger.into(con)
    compute_up_to(con, NAME)
    return ledger


def test_minutes_become_points_and_what_is_final_of_them_is_in_the_ledger(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    # Monday's notice ends on Thursday the 6th, Thursday's on Tuesday the 11th; 59 minutes earn 98.
    put(plain, "core.sessions", session("a"), session("b", volunteer_id=2, settled_minutes=59))
    put(plain, "core.sessions", session("c", service_day=date(2026, 8, 6)))
    put(plain, "raw.volunteers", {"volunteer_id": 1, "district_code": "330106"})
    settle(plain, until=date(2026, 8, 7))
    assert rows(plain, NAME, "district_code", *TOLD) == [
        ("", 59, 98, 0, 98, 0, 98, 98),
        ("330106", 120, 200, 0, 200, 100, 100, 100),
    ]
    assert broken(plain) == set()


def test_what_the_caps_cut_is_told(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", *(session(name, settled_minutes=480) for name in "ab"))
    settle(plain, until=date(2026, 8, 7))
    assert rows(plain, NAME, *TOLD) == [(960, 1600, 400, 1200, 0, 1200, 1200)]
    assert broken(plain) == set()


def test_before_anything_is_settled_all_is_on_notice(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", session("a"))
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, *TOLD) == [(60, 100, 0, 100, 100, 0, 0)]
    assert broken(plain) == set()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE core.point_awards SET amount_cents = amount_cents + 1 WHERE award_id = 'a'", {
            "minutes_times_rate_is_awarded", "what_is_final_is_in_the_ledger"}),
        ("UPDATE core.point_awards SET minutes = minutes + 60 WHERE award_id = 'b'", {"minutes_times_rate_is_awarded"}),
        ("UPDATE core.point_awards SET rated_cents = 1, amount_cents = 0 WHERE award_id = 'later'", {
            "minutes_times_rate_is_awarded"}),
        ("DELETE FROM core.point_awards WHERE award_id = 'a'", {"what_is_final_is_in_the_ledger"}),
        ("UPDATE raw.point_transfers SET amount_cents = 7 WHERE award_id = 'a'", {"what_is_final_is_in_the_ledger"}),
        ("DELETE FROM raw.point_transfers WHERE award_id = 'b'", {"what_is_final_is_in_the_ledger"}),
        ("UPDATE raw.point_transfers SET earned_on = DATE '2026-07-31' WHERE award_id = 'b'", {
            "what_is_final_is_in_the_ledger"}),
    ],
)  # fmt: skip
def test_an_altered_figure_on_either_side_is_found(
    plain: duckdb.DuckDBPyConnection, change: str, found: set[str]
) -> None:
    put(plain, "core.sessions", session("a"), session("b", volunteer_id=2))
    put(plain, "core.sessions", session("later", service_day=date(2026, 8, 12)))
    settle(plain, until=date(2026, 8, 7))
    assert broken(plain) == set()
    plain.execute(change)
    compute(plain, table("marts.volunteer_statement_lines"))
    compute(plain, table(NAME))
    assert broken(plain) == found


SESSIONS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 20), st.integers(1, 900), st.booleans()),
    min_size=1,
    max_size=20,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(served=SESSIONS, settled_on=st.integers(4, 28))
def test_both_sides_agree_whatever_was_served_and_whenever_it_is_settled(
    plain: duckdb.DuckDBPyConnection, served: list[tuple[int, int, int, bool]], settled_on: int
) -> None:
    for name in ("core.sessions", "raw.point_accounts", "raw.point_transfers", "raw.point_lots"):
        plain.execute(f"DELETE FROM {name}")
    for number, (volunteer, day, minutes, is_honour) in enumerate(served):
        kind = {"channel": "HONOUR", "hour_kind": "honour", "opening_event_id": "1"} if is_honour else {}
        told = {"volunteer_id": volunteer, "service_day": date(2026, 8, day), "settled_minutes": minutes}
        put(plain, "core.sessions", session(f"s{number}", **told, **kind))
    ledger = settle(plain, until=date(2026, 8, settled_on))
    assert broken(plain) == set()
    held = plain.execute(f"SELECT COALESCE(SUM(ledger_cents), 0) FROM {NAME}").fetchone()
    assert held == (-ledger.balances.get(1, 0),)
