"""marts.volunteer_statement and its lines: from the opening to the closing balance of a month, line by line."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.commands.ledger_lots import NotEnough
from tests.warehouse.made_up_ledger import MadeUpLedger
from tests.warehouse.rows import build_up_to, compute_up_to, put, rows
from warehouse.checks import run_checks
from warehouse.tables import table

LINES, STATEMENT, LIABILITY = (
    "marts.volunteer_statement_lines",
    "marts.volunteer_statement",
    "marts.points_liability",
)
AUGUST, SEPTEMBER, OCTOBER = (date(2026, month, 1) for month in (8, 9, 10))


def broken(con: duckdb.DuckDBPyConnection, *names: str) -> set[str]:
    """The checks of some tables that do not hold."""
    return {result.check for name in names for result in run_checks(con, table(name)) if not result.passed}


@pytest.fixture
def ledger() -> MadeUpLedger:
    """Volunteer 1 earns 300 in August, spends 120 in September and gets 20 of it back, is corrected by 50 in October;
    volunteer 2 earns 70, of which 30 run out, and 5 are added by hand."""
    made = MadeUpLedger()
    made.award(1, 300, date(2026, 8, 3), on=date(2026, 8, 7), award_id="a")
    spent = made.spend(1, 120, on=date(2026, 9, 10), at="shop")
    made.refund(spent, 20, on=date(2026, 9, 11))
    made.award(1, -50, date(2026, 8, 3), on=date(2026, 10, 2), award_id="a")
    made.award(2, 70, date(2026, 8, 4), on=date(2026, 8, 7), award_id="b")
    made.expire(2, 30, on=date(2026, 9, 1))
    made.adjust(2, 5, on=date(2026, 9, 2))
    return made


def test_a_month_goes_from_its_opening_to_its_closing_balance(
    plain: duckdb.DuckDBPyConnection, ledger: MadeUpLedger
) -> None:
    put(plain, "raw.volunteers", {"volunteer_id": 1, "district_code": "330106"})
    ledger.into(plain)
    compute_up_to(plain, STATEMENT)
    names = (
        "opening",
        "earned",
        "reversed",
        "spent",
        "refunded",
        "expired",
        "adjusted",
        "closing",
        "balance",
    )
    assert rows(plain, STATEMENT, "volunteer_id", "period", "district_code", *(f"{name}_cents" for name in names)) == [
        (1, AUGUST, "330106", 0, 300, 0, 0, 0, 0, 0, 300, 150),
        (1, SEPTEMBER, "330106", 300, 0, 0, -120, 20, 0, 0, 200, 150),
        (1, OCTOBER, "330106", 200, 0, -50, 0, 0, 0, 0, 150, 150),
        (2, AUGUST, "", 0, 70, 0, 0, 0, 0, 0, 70, 45),
        (2, SEPTEMBER, "", 70, 0, 0, 0, 0, -30, 5, 45, 45),
    ]  # fmt: skip
    assert not broken(plain, LINES, STATEMENT)


def test_each_line_says_what_it_is_and_what_is_behind_it(
    plain: duckdb.DuckDBPyConnection, ledger: MadeUpLedger
) -> None:
    ledger.into(plain)
    compute_up_to(plain, LINES)
    told = (
        "transfer_no",
        "movement",
        "amount_cents",
        "other_code",
        "award_id",
        "earned_month",
        "reverses_no",
        "reference",
    )
    assert rows(plain, LINES, *told) == [
        (1, "earned", 300, "issue:00", "a", AUGUST, None, "-"),
        (2, "spent", -120, "shop:7", None, None, None, "order:1"),
        (3, "refunded", 20, "shop:7", None, None, 2, "-"),
        (4, "reversed", -50, "issue:00", "a", AUGUST, None, "-"),
        (5, "earned", 70, "issue:00", "b", AUGUST, None, "-"),
        (6, "expired", -30, "expired:00", None, None, None, "-"),
        (7, "adjusted", 5, "adjustment:00", None, SEPTEMBER, None, "-"),
    ]


def test_points_that_ran_out_and_were_given_back_count_against_what_ran_out(
    plain: duckdb.DuckDBPyConnection, ledger: MadeUpLedger
) -> None:
    ledger.refund(6, 10, on=date(2026, 9, 5))
    ledger.into(plain)
    compute_up_to(plain, STATEMENT)
    found = plain.execute(
        f"SELECT expired_cents, refunded_cents, closing_cents FROM {STATEMENT} WHERE volunteer_id = 2 AND period = ?",
        [SEPTEMBER],
    ).fetchall()
    assert found == [(-20, 0, 55)]


def test_a_transfer_of_the_evening_belongs_to_the_day_of_the_city(plain: duckdb.DuckDBPyConnection) -> None:
    ledger = MadeUpLedger()
    ledger.award(1, 10, date(2026, 8, 3), on=date(2026, 8, 7))
    ledger.transfers[0]["posted_at"] += timedelta(hours=11, minutes=59)  # 23:59 in Hangzhou
    ledger.into(plain)
    compute_up_to(plain, LINES)
    assert rows(plain, LINES, "posted_on") == [(date(2026, 8, 7),)]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        # Somebody pays themselves and takes it from the issuing account: the sum of all accounts stays 0.
        (
            "UPDATE raw.point_accounts SET balance_cents = balance_cents "
            "+ CASE account_id WHEN 1001 THEN 500 ELSE -500 END "
            "WHERE account_id IN (1, 1001)",
            {"closing_is_the_balance", "statements_are_the_sum_of_balances"},
        ),
        (
            "UPDATE raw.point_transfers SET amount_cents = 800 WHERE transfer_no = 1",
            {"closing_is_the_balance", "statements_are_the_sum_of_balances"},
        ),
        (
            "DELETE FROM raw.point_transfers WHERE transfer_no = 2",
            {"closing_is_the_balance", "statements_are_the_sum_of_balances"},
        ),
        (
            "INSERT INTO raw.point_accounts BY NAME "
            "SELECT 9 AS account_id, 'volunteer:9' AS code, 'volunteer' AS kind, "
            "9 AS volunteer_id, 7 AS balance_cents, 0 AS held_cents, 0 AS owed_cents, updated_at "
            "FROM raw.point_accounts LIMIT 1",
            {"statements_are_the_sum_of_balances"},
        ),
    ],
)  # fmt: skip
def test_a_figure_altered_behind_the_ledger_is_found(
    plain: duckdb.DuckDBPyConnection, ledger: MadeUpLedger, change: str, found: set[str]
) -> None:
    ledger.into(plain)
    plain.execute(change)
    compute_up_to(plain, STATEMENT)
    assert broken(plain, LINES, STATEMENT) == found


def test_a_line_that_is_altered_or_lost_is_found(
    plain: duckdb.DuckDBPyConnection, ledger: MadeUpLedger
) -> None:
    ledger.into(plain)
    compute_up_to(plain, LINES)
    plain.execute(f"DELETE FROM {LINES} WHERE transfer_no = 3")
    assert broken(plain, LINES) == {"lines_are_transfers"}


def test_a_month_that_does_not_open_with_what_the_last_closed_with_is_found(
    plain: duckdb.DuckDBPyConnection, ledger: MadeUpLedger
) -> None:
    ledger.into(plain)
    compute_up_to(plain, STATEMENT)
    plain.execute(
        f"UPDATE {STATEMENT} SET opening_cents = opening_cents + 1, closing_cents = closing_cents + 1 "
        "WHERE volunteer_id = 1 AND period = DATE '2026-09-01'"
    )
    assert broken(plain, STATEMENT) == {"closing_is_opening_and_movements"}


def test_an_account_that_is_altered_touches_its_statement_and_a_new_volunteer_touches_none(
    lake: duckdb.DuckDBPyConnection, ledger: MadeUpLedger
) -> None:
    ledger.into(lake)
    build_up_to(lake, STATEMENT)
    put(lake, "raw.volunteers", {"volunteer_id": 3, "district_code": "330106"})
    assert build_up_to(lake, STATEMENT).how == "nothing"
    lake.execute("UPDATE raw.point_accounts SET balance_cents = balance_cents + 1 WHERE account_id = 1002")
    result = build_up_to(lake, STATEMENT)
    assert (result.how, result.touched) == ("partitions", (2,))
    assert "closing_is_the_balance" in broken(lake, STATEMENT)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["award", "correct", "spend", "shop", "refund", "expire", "adjust"]),
        st.integers(1, 3),
        st.integers(1, 200),
        st.integers(0, 100),
    ),
    max_size=25,
)


def moved(moves: list[tuple[str, int, int, int]]) -> MadeUpLedger:
    """A ledger after some moves (what, whose, how much, which day), without those that points do not suffice for."""
    ledger = MadeUpLedger()
    for number, (what, volunteer, amount, day) in enumerate(moves):
        on = AUGUST + timedelta(days=day)
        try:
            if what == "award":
                ledger.award(volunteer, amount, on, on=on, award_id=str(number))
            elif what == "correct":
                ledger.award(volunteer, -amount, on, on=on, award_id=str(number))
            elif what in ("spend", "shop"):
                ledger.spend(volunteer, amount, on=on, at="mall" if what == "spend" else "shop")
            elif what == "expire":
                ledger.expire(volunteer, amount, on=on)
            elif what == "refund" and ledger.taken:
                of = sorted(ledger.taken)[number % len(ledger.taken)]
                if left := sum(ledger.taken[of][2].values()):
                    ledger.refund(of, min(amount, left), on=on)
            elif what == "adjust":
                ledger.adjust(volunteer, amount if number % 2 else -amount, on=on)
        except NotEnough:
            continue
    return ledger


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_statements_liability_and_ledger_agree_whatever_was_moved(
    plain: duckdb.DuckDBPyConnection, moves: list[tuple[str, int, int, int]]
) -> None:
    ledger = moved(moves)
    ledger.into(plain)
    for name in (STATEMENT, LIABILITY, "marts.redemptions"):
        compute_up_to(plain, name)
    assert not broken(plain, LINES, STATEMENT, LIABILITY, "marts.redemptions", *(
        "raw.point_accounts", "raw.point_transfers"))  # fmt: skip
    owned = {account - 1000: cents for account, cents in ledger.balances.items() if account > 1000 and cents}
    last = plain.execute(
        f"SELECT volunteer_id, ARG_MAX(closing_cents, period) AS cents FROM {STATEMENT} "
        "GROUP BY volunteer_id HAVING cents <> 0"
    ).fetchall()
    assert dict(last) == owned
    liability = plain.execute(
        f"SELECT COALESCE(SUM(remaining_cents - owed_cents), 0) FROM {LIABILITY}"
    ).fetchone()
    assert liability == (sum(owned.values()),)
    lines = plain.execute(f"SELECT COUNT(*) FROM {LINES}").fetchone()
    assert lines == (len(ledger.transfers),)
