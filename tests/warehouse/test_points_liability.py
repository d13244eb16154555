"""marts.points_liability: what volunteers still have, by the month they earned it and the district they live in."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.warehouse.made_up_ledger import MadeUpLedger
from tests.warehouse.rows import build_up_to, compute_up_to, put, rows
from warehouse.build import build
from warehouse.checks import run_checks
from warehouse.tables import table

NAME = "marts.points_liability"
JULY, AUGUST, NEW_YEARS_EVE = date(2026, 7, 1), date(2026, 8, 1), date(2029, 12, 31)


def broken(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The checks that do not hold."""
    return {result.check for result in run_checks(con, table(NAME)) if not result.passed}


@pytest.fixture
def ledger() -> MadeUpLedger:
    """Two of Xihu and one of Gongshu earn in July and August; volunteer 1 has spent 80, the oldest first."""
    made = MadeUpLedger()
    for volunteer in (1, 2, 3):
        made.award(volunteer, 50, date(2026, 7, 2), on=date(2026, 7, 8))
        made.award(volunteer, 100, date(2026, 8, 3), on=date(2026, 8, 8))
    made.spend(1, 80, on=date(2026, 8, 9))
    return made


def live(con: duckdb.DuckDBPyConnection) -> None:
    """Volunteers 1 and 2 live in Xihu, volunteer 3 in Gongshu."""
    for volunteer, district in ((1, "330106"), (2, "330106"), (3, "330105")):
        put(con, "raw.volunteers", {"volunteer_id": volunteer, "district_code": district})


def test_what_is_left_stands_by_age_and_district_with_the_day_it_runs_out(
    plain: duckdb.DuckDBPyConnection, ledger: MadeUpLedger
) -> None:
    live(plain)
    ledger.into(plain)
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, "earned_month", "district_code", "expires_on", "people", "remaining_cents") == [
        (JULY, "330105", NEW_YEARS_EVE, 1, 50),
        (JULY, "330106", NEW_YEARS_EVE, 1, 50),
        (AUGUST, "330105", NEW_YEARS_EVE, 1, 100),
        (AUGUST, "330106", NEW_YEARS_EVE, 2, 170),
    ]
    assert broken(plain) == set()


def test_what_is_owed_after_a_correction_counts_against_the_liability(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    ledger = MadeUpLedger()
    ledger.award(1, 100, date(2026, 8, 3), on=date(2026, 8, 8))
    ledger.spend(1, 90, on=date(2026, 8, 9))
    ledger.award(1, -100, date(2026, 8, 3), on=date(2026, 8, 10))
    ledger.into(plain)
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, "earned_month", "people", "remaining_cents", "owed_cents") == [
        (AUGUST, 0, 0, 90)
    ]
    assert broken(plain) == set()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE raw.point_lots SET remaining_cents = remaining_cents + 1 WHERE account_id = 1002",
        "UPDATE raw.point_lots SET held_cents = 1 WHERE account_id = 1002",
        "DELETE FROM raw.point_lots WHERE account_id = 1003",
        "UPDATE raw.point_accounts SET balance_cents = balance_cents - 1 WHERE account_id = 1001",
    ],
)
def test_lots_that_do_not_add_up_to_the_balances_are_found(
    plain: duckdb.DuckDBPyConnection, ledger: MadeUpLedger, change: str
) -> None:
    ledger.into(plain)
    plain.execute(change)
    compute_up_to(plain, NAME)
    assert broken(plain) == {"liability_is_the_sum_of_balances"}


def test_a_lot_touches_its_month_and_somebody_who_moves_house_the_months_of_their_points(
    lake: duckdb.DuckDBPyConnection, ledger: MadeUpLedger
) -> None:
    live(lake)
    ledger.into(lake)
    build_up_to(lake, "marts.volunteer_statement_lines")
    build_up_to(lake, NAME)
    lake.execute(
        "UPDATE raw.point_lots SET remaining_cents = 40 WHERE account_id = 1002 AND earned_month = DATE '2026-07-01'"
    )
    assert build(lake, table(NAME)).touched == (JULY,)
    lake.execute("UPDATE raw.volunteers SET district_code = '330105' WHERE volunteer_id = 1")
    result = build(lake, table(NAME))
    # Of July volunteer 1 has nothing left: that month comes out as it was.
    assert (result.touched, result.replaced) == ((JULY, AUGUST), (AUGUST,))
    put(lake, "raw.volunteers", {"volunteer_id": 4, "district_code": "330105"})
    assert build(lake, table(NAME)).how == "nothing"
