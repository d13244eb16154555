"""A shop's month is settled once, and its file, its redemptions and the ledger say the same."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from operations.access import Actor, NotAllowed, Role
from operations.commands.points import close_period
from operations.commands.refusals import Refused
from operations.commands.shop_settlements import SettlementFile, settle_shop, settlement_file
from operations.commands.shops import update_shop
from operations.database import OperationsUnavailable, reading, writing
from operations.model import ShopSettlement, ShopSettlementLine
from operations.queries.equation import Equation
from operations.queries.shop_reconciliation import (
    ShopMonth,
    reconcile_shops,
    shop_files_hold_redemptions,
    shop_redemptions_are_in_the_ledger,
)

from .conftest import CITY, NOW
from .ledgers import broken_rules
from .shop_stories import Shop, sale, shop
from .test_shop_redemptions import rich

__all__ = ["shop"]

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
IN_SEPTEMBER = datetime(2026, 9, 2, 2, 0, tzinfo=UTC)
IN_OCTOBER = datetime(2026, 10, 2, 2, 0, tzinfo=UTC)


def settle(shop: Shop, month: date, at: datetime, actor: Actor = CITY) -> ShopSettlement:
    """Settle a month of the shop."""
    with writing(shop.town.engine) as session:
        return settle_shop(session, actor, shop_id=shop.shop_id, period=month, at=at)


def file_of(shop: Shop, made: ShopSettlement, actor: Actor = CITY) -> SettlementFile:
    """The file of a settlement."""
    with reading(shop.town.engine) as session:
        return settlement_file(session, actor, settlement_id=made.settlement_id)


def months(shop: Shop) -> dict[date, ShopMonth]:
    """What the reconciliation says of each month."""
    with reading(shop.town.engine) as session:
        return {row.period: row for row in reconcile_shops(session, CITY)}


def test_the_file_of_a_month_balances_with_its_redemptions(shop: Shop) -> None:
    person = rich(shop.town)
    made = shop.redeem(shop.code(person), 300)
    shop.refund(made, amount_cents=50)
    shop.pay(person, shop.poster(120), 120)
    settled = settle(shop, AUGUST, IN_SEPTEMBER)
    assert (settled.opening_cents, settled.redeemed_cents, settled.refunded_cents) == (0, 420, 50)
    assert settled.closing_cents == 370
    lines = file_of(shop, settled).content.decode("utf-8-sig").splitlines()
    assert lines[9] == "期末益币,3.70"
    assert [line.split(",")[-1] for line in lines[12:]] == ["3.00", "-0.50", "1.20", "3.70"]
    assert lines[-1].startswith("合计,3 笔")


def test_a_settlement_file_is_not_cut_in_silence_and_a_formula_in_it_stays_text(shop: Shop) -> None:
    # superset PR #40331, metabase #10399: exports cut in silence; bettergovph #719: formulas in exported cells.
    person = rich(shop.town)
    for goods in ("=1+1", " +cmd|'/c calc'!A0", "@SUM(A1)", "＝1+1"):
        shop.redeem(shop.code(person), 10, goods=goods)
    settled = settle(shop, AUGUST, IN_SEPTEMBER)
    content = file_of(shop, settled).content
    *_, last = lines = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    told = lines[12:-1]
    assert all(cells[5].startswith("'") for cells in told)
    assert (len(told), last[1], last[-1]) == (4, "4 笔", "0.40")


def test_a_month_is_settled_once_and_its_file_is_the_same_bytes_when_asked_again(shop: Shop) -> None:
    shop.redeem(shop.code(rich(shop.town)), 300)
    first = settle(shop, AUGUST, IN_SEPTEMBER)
    before = file_of(shop, first)
    with writing(shop.town.engine) as session:
        update_shop(
            session, CITY, shop_id=shop.shop_id, name="仁爱二店", address="新街", organisation_id=None,
            reason="改名", at=IN_SEPTEMBER,
        )  # fmt: skip
    again = settle(shop, AUGUST, IN_OCTOBER)
    assert again.settlement_id == first.settlement_id
    assert file_of(shop, again) == before
    assert shop.town.count(ShopSettlement) == 1


def test_a_later_correction_goes_into_the_next_month(shop: Shop) -> None:
    made = shop.redeem(shop.code(rich(shop.town)), 300)
    settle(shop, AUGUST, IN_SEPTEMBER)
    shop.refund(made, amount_cents=100, at=IN_SEPTEMBER, actor=CITY)
    settled = settle(shop, SEPTEMBER, IN_OCTOBER)
    assert (settled.opening_cents, settled.redeemed_cents, settled.refunded_cents) == (300, 0, 100)
    assert settled.closing_cents == 200
    assert all(row.agrees for row in months(shop).values())


def test_a_sale_that_is_uploaded_after_its_month_was_settled_is_in_the_next_file(shop: Shop) -> None:
    # A partner's late rows must neither be lost nor counted twice.
    held = shop.pre_authorise(rich(shop.town), 300, at=datetime(2026, 8, 31, 2, 0, tzinfo=UTC))
    settle(shop, AUGUST, IN_SEPTEMBER)
    shop.upload(sale(held, 300), at=IN_SEPTEMBER)
    assert months(shop)[SEPTEMBER].waiting_cents == 300
    assert settle(shop, SEPTEMBER, IN_OCTOBER).redeemed_cents == 300
    assert months(shop)[SEPTEMBER] == ShopMonth(shop.shop_id, "S001", "仁爱超市", SEPTEMBER, 300, 300, 300, 0)


def test_what_was_posted_into_a_settled_month_is_in_the_next_file(shop: Shop) -> None:
    person = rich(shop.town)
    shop.redeem(shop.code(person), 300)
    settle(shop, AUGUST, IN_SEPTEMBER)
    shop.redeem(shop.code(person), 200)
    assert (months(shop)[AUGUST].file_cents, months(shop)[AUGUST].waiting_cents) == (300, 200)
    settle(shop, SEPTEMBER, IN_OCTOBER)
    row = months(shop)[AUGUST]
    assert (row.ledger_cents, row.redemption_cents, row.file_cents, row.waiting_cents) == (500, 500, 500, 0)


def test_shop_files_are_redemptions_are_ledger_for_each_shop_and_month(shop: Shop) -> None:
    person = rich(shop.town)
    made = shop.redeem(shop.code(person), 300)
    with writing(shop.town.engine) as session:
        close_period(session, CITY, period=date(2026, 7, 1), at=NOW)
    shop.refund(made, at=NOW + timedelta(days=1))
    settle(shop, AUGUST, IN_SEPTEMBER)
    shop.redeem(shop.code(person, at=IN_SEPTEMBER), 100, at=IN_SEPTEMBER)
    rows = months(shop)
    assert {month: row.ledger_cents for month, row in rows.items()} == {AUGUST: 0, SEPTEMBER: 100}
    assert all(row.agrees for row in rows.values())
    assert broken_rules(shop.town) == {}


def test_the_reconciliation_notices_what_was_changed_behind_the_commands(shop: Shop) -> None:
    shop.redeem(shop.code(rich(shop.town)), 300)
    settle(shop, AUGUST, IN_SEPTEMBER)
    with writing(shop.town.engine) as session:
        session.execute(text("UPDATE shop_redemptions SET amount_cents = 299"))
    assert not months(shop)[AUGUST].agrees


def test_two_shops_wrong_in_opposite_ways_do_not_hide_each_other_in_the_equations(shop: Shop) -> None:
    person = rich(shop.town)
    for amount in (300, 200):
        shop.redeem(shop.code(person), amount)
    settle(shop, AUGUST, IN_SEPTEMBER)
    with reading(shop.town.engine) as session:
        assert shop_redemptions_are_in_the_ledger(session) == Equation(
            "shop_redemptions_are_in_the_ledger", 500, 500
        )
        assert shop_files_hold_redemptions(session) == Equation("shop_files_hold_redemptions", 500, 500)
    with writing(shop.town.engine) as session:
        # The sum stays 500, but July is now 300 too much and August 300 too little.
        session.execute(text("UPDATE shop_redemptions SET period = '2026-07-01' WHERE amount_cents = 300"))
    with reading(shop.town.engine) as session:
        assert abs(shop_redemptions_are_in_the_ledger(session).difference_cents) == 300
        assert abs(shop_files_hold_redemptions(session).difference_cents) == 300


def test_nothing_of_a_settlement_can_be_changed(shop: Shop) -> None:
    shop.redeem(shop.code(rich(shop.town)), 300)
    settle(shop, AUGUST, IN_SEPTEMBER)
    for change in ("UPDATE shop_settlement_lines SET goods = 'x'", "DELETE FROM shop_settlements"):
        with pytest.raises((DBAPIError, OperationsUnavailable)), writing(shop.town.engine) as session:
            session.execute(text(change))
    assert shop.town.count(ShopSettlementLine) == 1


def test_a_month_that_is_not_over_or_before_a_settled_one_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused, match="not over yet"):
        settle(shop, AUGUST, NOW)
    # In Hangzhou it is September while it is still August in UTC.
    settle(shop, AUGUST, datetime(2026, 8, 31, 16, 0, tzinfo=UTC))
    settle(shop, SEPTEMBER, IN_OCTOBER)
    with pytest.raises(Refused, match="2026-09 is settled already"):
        settle(shop, date(2026, 7, 1), IN_OCTOBER)


def test_a_shop_gets_its_own_file_and_settles_nothing_itself(shop: Shop) -> None:
    made = settle(shop, AUGUST, IN_SEPTEMBER)
    assert file_of(shop, made, shop.town.host).name == "shop_S001_2026-08.csv"
    elsewhere = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, "330105")
    with pytest.raises(NotAllowed):
        file_of(shop, made, elsewhere)
    with pytest.raises(NotAllowed):
        settle(shop, SEPTEMBER, IN_OCTOBER, shop.town.host)
