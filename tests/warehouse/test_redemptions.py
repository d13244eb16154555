"""marts.redemptions: what was spent where, by how many people."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.warehouse.made_up_ledger import MadeUpLedger
from tests.warehouse.rows import compute_up_to, put, rows
from warehouse.checks import run_checks
from warehouse.tables import table

NAME = "marts.redemptions"
AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)


@pytest.fixture
def spent(plain: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Volunteer 1 of Xihu spends 30 and 20 at the mall and 10 at shop 7; volunteer 2 of Gongshu 40 at shop 7, and gets
    15 of it back in September."""
    ledger = MadeUpLedger()
    for volunteer, district in ((1, "330106"), (2, "330105")):
        put(plain, "raw.volunteers", {"volunteer_id": volunteer, "district_code": district})
        ledger.award(volunteer, 100, date(2026, 8, 3), on=date(2026, 8, 7))
    ledger.spend(1, 30, on=date(2026, 8, 10))
    ledger.spend(1, 20, on=date(2026, 8, 11))
    ledger.spend(1, 10, on=date(2026, 8, 11), at="shop")
    ledger.refund(ledger.spend(2, 40, on=date(2026, 8, 12), at="shop"), 15, on=date(2026, 9, 1))
    ledger.expire(2, 5, on=date(2026, 9, 2))
    ledger.into(plain)
    compute_up_to(plain, NAME)
    return plain


def test_redemptions_stand_by_month_district_and_place_and_in_all(spent: duckdb.DuckDBPyConnection) -> None:
    told = (
        "period",
        "district_code",
        "redeemed_at",
        "people",
        "redemption_count",
        "spent_cents",
        "refunded_cents",
    )
    assert rows(spent, NAME, *told) == [
        (AUGUST, "", "", 2, 4, -100, 0),
        (AUGUST, "", "mall", 1, 2, -50, 0),
        (AUGUST, "", "shop:7", 2, 2, -50, 0),
        (AUGUST, "330105", "", 1, 1, -40, 0),
        (AUGUST, "330105", "shop:7", 1, 1, -40, 0),
        (AUGUST, "330106", "", 1, 3, -60, 0),
        (AUGUST, "330106", "mall", 1, 2, -50, 0),
        (AUGUST, "330106", "shop:7", 1, 1, -10, 0),
        (SEPTEMBER, "", "", 0, 0, 0, 15),
        (SEPTEMBER, "", "shop:7", 0, 0, 0, 15),
        (SEPTEMBER, "330105", "", 0, 0, 0, 15),
        (SEPTEMBER, "330105", "shop:7", 0, 0, 0, 15),
    ]
    assert all(result.passed for result in run_checks(spent, table(NAME)))


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE {NAME} SET spent_cents = spent_cents - 1 WHERE redeemed_at = 'mall' AND district_code = ''",
        f"DELETE FROM {NAME} WHERE period = DATE '2026-09-01'",
    ],
)
def test_places_that_do_not_add_up_are_found(spent: duckdb.DuckDBPyConnection, change: str) -> None:
    spent.execute(change)
    broken = [result.check for result in run_checks(spent, table(NAME)) if not result.passed]
    assert broken == ["places_of_redemption_add_up"]
