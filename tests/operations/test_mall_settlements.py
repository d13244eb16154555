"""A supplier's month: closed once, with a file that balances with its order lines; the rest goes into the next."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from operations.access import Actor, NotAllowed, Role
from operations.commands.mall_settlements import close_supplier_month, supplier_month_file
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import MallSettlement

from .conftest import CITY, NOW
from .mall_stories import Mall, mall

__all__ = ["mall"]

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
# The last second of August and the first of September in Hangzhou.
LAST, FIRST = datetime(2026, 8, 31, 15, 59, 59, tzinfo=UTC), datetime(2026, 8, 31, 16, tzinfo=UTC)
LATER = NOW + timedelta(days=75)
DISTRICT = Actor("district", Role.DISTRICT_ADMINISTRATOR, area_code="330106")


def close(
    mall: Mall, supplier: int, month: date, *, at: datetime = LATER, actor: Actor = CITY
) -> MallSettlement:
    with writing(mall.town.engine) as session:
        return close_supplier_month(session, actor, supplier_id=supplier, month=month, at=at)


def file_of(mall: Mall, settlement: MallSettlement) -> list[list[str]]:
    """The cells of the file, without its byte-order mark."""
    with reading(mall.town.engine) as session:
        name, content = supplier_month_file(session, CITY, settlement_id=settlement.settlement_id)
    assert name == settlement.file_name and content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(content.decode("utf-8-sig").splitlines()))


def test_a_month_holds_what_was_fulfilled_and_given_back_until_its_end_and_its_file_balances(
    mall: Mall,
) -> None:
    rice, tea, person = mall.item("大米", price=300), mall.item("=热茶", price=50), mall.buyer(5_000)
    both = mall.order(person, {rice: 2, tea: 1}).order
    pen = mall.order(person, {mall.item("钢笔", supplier_id=mall.books): 1}).order
    mall.cancel(mall.order(person, {rice: 1}).order)
    for order in (both, pen):
        mall.fulfil(order)
    late = mall.order(person, {rice: 1}, at=LAST).order
    mall.refund(both, lines={rice: 1}, at=LAST)
    mall.fulfil(late, at=FIRST)
    august = close(mall, mall.farm, date(2026, 8, 20))
    assert (august.month, august.orders, august.refunds) == (AUGUST, 1, 1)
    assert (august.fulfilled_cents, august.refunded_cents, august.amount_cents) == (650, 300, 350)
    rows = file_of(mall, august)
    start = rows.index(["序号", "类型", "订单号", "商品编号", "商品", "数量", "单价", "时间", "益币"])
    lines = rows[start + 1 : -1]
    assert [(row[1], row[4], row[5], row[8]) for row in lines] == [
        ("订单", "大米", "2", "6.00"),
        ("订单", "'=热茶", "1", "0.50"),
        ("退款", "大米", "-1", "-3.00"),
    ]
    assert rows[-1][0] == "合计" and rows[-1][-1] == "3.50"
    assert sum(round(float(row[8]) * 100) for row in lines) == august.amount_cents
    assert ["结算益币", "3.50"] in rows and ["供应商", "爱心农场"] in rows
    assert "张三" not in str(rows)
    september = close(mall, mall.farm, SEPTEMBER)
    assert (september.orders, september.amount_cents) == (1, 300)
    assert mall.broken() == {}


def test_what_comes_after_the_closing_goes_into_the_next_month(mall: Mall) -> None:
    rice, person = mall.item(price=300), mall.buyer()
    order = mall.order(person, {rice: 2}, at=LAST).order
    early = mall.order(person, {rice: 1}, at=LAST).order
    mall.fulfil(early, at=LAST)
    assert close(mall, mall.farm, AUGUST, at=FIRST).amount_cents == 300
    # Written down late, with a moment of August.
    mall.fulfil(order, at=LAST)
    mall.refund(early, at=FIRST)
    september = close(mall, mall.farm, SEPTEMBER)
    assert (september.fulfilled_cents, september.refunded_cents) == (600, 300)
    assert close(mall, mall.farm, date(2026, 10, 1), at=NOW + timedelta(days=99)).amount_cents == 0
    assert mall.broken() == {}


def test_a_month_may_be_owed_by_the_supplier(mall: Mall) -> None:
    order = mall.order(mall.buyer(), {mall.item(): 1}).order
    mall.fulfil(order)
    close(mall, mall.farm, AUGUST)
    mall.refund(order, at=FIRST)
    assert close(mall, mall.farm, SEPTEMBER).amount_cents == -300


def test_a_closed_month_stays_as_it_is(mall: Mall) -> None:
    mall.fulfil(mall.order(mall.buyer(), {mall.item(): 1}).order)
    first = close(mall, mall.farm, AUGUST)
    assert close(mall, mall.farm, AUGUST).settlement_id == first.settlement_id
    with pytest.raises(Refused, match="not over yet") as refusal:
        close(mall, mall.books, AUGUST, at=LAST)
    assert refusal.value.field == "month"
    close(mall, mall.books, SEPTEMBER)
    with pytest.raises(Refused, match="2026-09 is closed already"):
        close(mall, mall.books, AUGUST)
    with pytest.raises(DBAPIError, match="never changed"), mall.town.engine.begin() as connection:
        connection.execute(text("UPDATE mall_settlements SET amount_cents = 1, fulfilled_cents = 1"))


def test_only_the_city_closes_a_month_and_the_auditor_looks(mall: Mall) -> None:
    settlement = close(mall, mall.farm, AUGUST)
    for actor in (DISTRICT, mall.town.host, Actor("auditor", Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            close(mall, mall.farm, SEPTEMBER, actor=actor)
    with reading(mall.town.engine) as session:
        for actor in (DISTRICT, mall.town.host):
            with pytest.raises(NotAllowed):
                supplier_month_file(session, actor, settlement_id=settlement.settlement_id)
        auditor = Actor("auditor", Role.AUDITOR)
        supplier_month_file(session, auditor, settlement_id=settlement.settlement_id)
