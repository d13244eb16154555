"""Months of shops and suppliers that wait to be settled: each that is over, by whom it is settled, none forgotten."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from operations.access import Actor, Role
from operations.commands.mall_settlements import close_supplier_month
from operations.commands.mall_suppliers import end_supplier
from operations.commands.shop_settlements import settle_shop
from operations.commands.shops import close_shop
from operations.database import reading, writing
from operations.queries.months_to_settle import (
    last_month,
    month_over_at,
    shop_months_to_settle,
    supplier_months_to_close,
)

from .conftest import CITY, NOW
from .mall_stories import Mall, mall
from .shop_stories import Shop, shop
from .test_shop_redemptions import rich

__all__ = ["mall", "shop"]

JULY, AUGUST, SEPTEMBER, OCTOBER = (date(2026, month, 1) for month in (7, 8, 9, 10))
IN_NOVEMBER = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


def months(shop: Shop, at: datetime, actor: Actor = CITY) -> list[date]:
    """The months of the shop that wait."""
    with reading(shop.town.engine) as session:
        return [one.month for one in shop_months_to_settle(session, actor, at)]


def months_of_suppliers(mall: Mall, at: datetime, actor: Actor = CITY) -> list[tuple[date, str]]:
    """The months of suppliers that wait, and whose they are."""
    with reading(mall.town.engine) as session:
        return [(one.month, one.name) for one in supplier_months_to_close(session, actor, at)]


def settle(shop: Shop, month: date, at: datetime) -> None:
    with writing(shop.town.engine) as session:
        settle_shop(session, CITY, shop_id=shop.shop_id, period=month, at=at)


def test_a_month_is_over_at_midnight_in_hangzhou() -> None:
    assert month_over_at(AUGUST) == datetime(2026, 8, 31, 16, 0, tzinfo=UTC)
    assert last_month(datetime(2026, 8, 31, 15, 59, 59, tzinfo=UTC)) == JULY
    assert last_month(datetime(2026, 8, 31, 16, 0, tzinfo=UTC)) == AUGUST


def test_a_shop_waits_with_each_month_since_the_first_that_holds_something(shop: Shop) -> None:
    shop.redeem(shop.code(rich(shop.town)), 300)
    assert months(shop, NOW) == []
    assert months(shop, IN_NOVEMBER) == [AUGUST, SEPTEMBER, OCTOBER]
    settle(shop, AUGUST, IN_NOVEMBER)
    # Nothing was posted since: the latest month alone has a file, an empty one.
    assert months(shop, IN_NOVEMBER) == [OCTOBER]
    settle(shop, OCTOBER, IN_NOVEMBER)
    assert months(shop, IN_NOVEMBER) == []


def test_a_closed_shop_waits_only_with_what_was_posted_after_its_last_file(shop: Shop) -> None:
    made = shop.redeem(shop.code(rich(shop.town)), 300)
    in_september = month_over_at(AUGUST) + timedelta(hours=1)
    with writing(shop.town.engine) as session:
        close_shop(session, CITY, shop_id=shop.shop_id, reason="the lease ended", at=in_september)
    settle(shop, SEPTEMBER, IN_NOVEMBER)
    assert months(shop, IN_NOVEMBER) == []
    shop.refund(made, actor=CITY, at=month_over_at(SEPTEMBER))
    assert months(shop, IN_NOVEMBER) == [OCTOBER]


def test_a_shop_waits_for_who_settles_it_and_for_nobody_else(shop: Shop) -> None:
    of_there, of_elsewhere = (
        Actor("district", Role.DISTRICT_ADMINISTRATOR, area_code=code) for code in ("330106", "330105")
    )
    assert months(shop, IN_NOVEMBER, of_there) == [OCTOBER]
    assert months(shop, IN_NOVEMBER, of_elsewhere) == []
    assert months(shop, IN_NOVEMBER, shop.town.host) == []


def test_a_supplier_waits_with_each_month_since_its_oldest_order_or_refund_in_no_file(mall: Mall) -> None:
    rice, person = mall.item("大米", price=300), mall.buyer(5_000)
    sold = mall.order(person, {rice: 2}).order
    mall.fulfil(sold)
    waiting = [(month, "爱心农场") for month in (AUGUST, SEPTEMBER, OCTOBER)]
    assert sorted(months_of_suppliers(mall, IN_NOVEMBER)) == sorted([*waiting, (OCTOBER, "书香文具")])
    for supplier, month in ((mall.farm, AUGUST), (mall.books, OCTOBER)):
        with writing(mall.town.engine) as session:
            close_supplier_month(session, CITY, supplier_id=supplier, month=month, at=IN_NOVEMBER)
    assert months_of_suppliers(mall, IN_NOVEMBER) == [(OCTOBER, "爱心农场")]
    mall.refund(sold, lines={rice: 1}, at=month_over_at(AUGUST))
    assert months_of_suppliers(mall, IN_NOVEMBER) == waiting[1:]


def test_a_supplier_that_ended_waits_no_more_once_all_is_in_a_file(mall: Mall) -> None:
    with writing(mall.town.engine) as session:
        end_supplier(session, CITY, supplier_id=mall.books, reason="no contract any more", at=NOW)
    assert months_of_suppliers(mall, IN_NOVEMBER) == [(OCTOBER, "爱心农场")]
    district = Actor("district", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
    assert months_of_suppliers(mall, IN_NOVEMBER, district) == []
