"""Suppliers, items, pictures and stock of the mall: what is accepted, what is refused, who may."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from operations.access import Actor, NotAllowed, Role
from operations.commands.mall_items import (
    ItemDetails,
    add_item,
    put_on_sale,
    set_item_picture,
    take_off_sale,
    update_item,
)
from operations.commands.mall_limits import Bought, check_limits, day_begins, quarter_begins
from operations.commands.mall_stock import correct_stock, receive_stock
from operations.commands.mall_suppliers import (
    SupplierDetails,
    end_supplier,
    register_supplier,
    update_supplier,
)
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.local_time import LOCAL
from operations.model import AuditEntry, MallItem, MallPicture, MallStockMove, MallSupplier
from operations.rules import rule

from .conftest import CITY, NOW
from .mall_stories import Mall, mall

__all__ = ["mall"]

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
TEA = ItemDetails("热茶", "food", 50)
DISTRICT = Actor("district", Role.DISTRICT_ADMINISTRATOR, area_code="330106")


def do(mall: Mall, command: Callable[..., Any], actor: Actor = CITY, **arguments: Any) -> Any:
    """Give one command."""
    with writing(mall.town.engine) as session:
        return command(session, actor, **{"at": NOW, **arguments})


def item_of(mall: Mall, item_id: int) -> MallItem:
    """The item as it is kept."""
    with reading(mall.town.engine) as session:
        return session.get_one(MallItem, item_id)


def test_an_item_is_a_draft_until_it_is_put_on_sale_and_off_after_it(mall: Mall) -> None:
    item = do(mall, add_item, supplier_id=mall.farm, details=TEA)
    assert (item.status, item.stock) == ("draft", 0)
    with pytest.raises(Refused, match="热茶 is not on sale"):
        mall.order(mall.buyer(), {item.item_id: 1})
    with pytest.raises(Refused, match="is not on sale"):
        do(mall, take_off_sale, item_id=item.item_id, reason="x")
    assert do(mall, put_on_sale, item_id=item.item_id).status == "on_sale"
    with pytest.raises(Refused, match="on sale already"):
        do(mall, put_on_sale, item_id=item.item_id)
    with pytest.raises(Refused, match="the reason is missing"):
        do(mall, take_off_sale, item_id=item.item_id, reason="")
    assert do(mall, take_off_sale, item_id=item.item_id, reason="换季").status == "off"
    assert do(mall, put_on_sale, item_id=item.item_id).status == "on_sale"


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"name": " "}, "name", "missing"),
        ({"name": "x" * 81}, "name", "longer than 80"),
        ({"description": "x" * 4001}, "description", "longer than 4000"),
        ({"category_code": "cars"}, "category_code", "is not known"),
        ({"price_cents": 0}, "amount_cents", "whole number"),
        ({"price_cents": 1.5}, "amount_cents", "whole number"),
        ({"delivery_way": "drone"}, "delivery_way", "is not known"),
        ({"limit_per_day": 0}, "limit_per_day", "whole number"),
        ({"limit_in_all": -1}, "limit_in_all", "whole number"),
        ({"opens_at": NOW, "closes_at": NOW}, "closes_at", "close before it opens"),
    ],
)
def test_what_cannot_be_offered_is_refused(mall: Mall, change: dict[str, Any], field: str, says: str) -> None:
    kept = do(mall, add_item, supplier_id=mall.farm, details=TEA).item_id
    for command, arguments in (
        (add_item, {"supplier_id": mall.farm}),
        (update_item, {"item_id": kept}),
    ):
        with pytest.raises(Refused, match=says) as refusal:
            do(mall, command, details=replace(TEA, **change), **arguments)
        assert refusal.value.field == field
    assert mall.town.count(MallItem) == 1


def test_what_only_sends_offers_nothing_to_pick_up(mall: Mall) -> None:
    fetched = replace(TEA, delivery_way="pick_up")
    with pytest.raises(Refused, match="书香文具 has no place to pick up at"):
        do(mall, add_item, supplier_id=mall.books, details=fetched)
    eggs = do(mall, add_item, supplier_id=mall.farm, details=fetched).item_id
    do(mall, update_supplier, supplier_id=mall.farm, details=SupplierDetails("爱心农场"))
    with pytest.raises(Refused, match="has no place to pick up at"):
        do(mall, put_on_sale, item_id=eggs)


def test_an_item_whose_time_is_over_is_not_put_on_sale(mall: Mall) -> None:
    cake = do(mall, add_item, supplier_id=mall.farm, details=replace(TEA, closes_at=NOW)).item_id
    with pytest.raises(Refused, match="the time of this item is over"):
        do(mall, put_on_sale, item_id=cake)


def test_saving_an_item_unchanged_is_refused(mall: Mall) -> None:
    tea = do(mall, add_item, supplier_id=mall.farm, details=TEA).item_id
    with pytest.raises(Refused, match="nothing is changed"):
        do(mall, update_item, item_id=tea, details=TEA)
    do(mall, update_item, item_id=tea, details=replace(TEA, price_cents=60), reason="涨价")
    entry = mall.town.last_audit()
    assert entry.before and entry.after
    assert (entry.before["price_cents"], entry.after["price_cents"], entry.reason) == (50, 60, "涨价")


def test_a_picture_is_kept_with_its_item_and_not_in_the_log(mall: Mall) -> None:
    tea = mall.item()
    do(mall, set_item_picture, item_id=tea, content=PNG, media_type="image/png")
    other = b"\xff\xd8\xff" + b"1" * 9
    do(mall, set_item_picture, item_id=tea, content=other, media_type="image/jpeg")
    with reading(mall.town.engine) as session:
        kept = session.scalars(select(MallPicture)).one()
        assert (kept.content, kept.media_type, kept.sha256) == (
            other, "image/jpeg", hashlib.sha256(other).hexdigest(),
        )  # fmt: skip
    entry = mall.town.last_audit()
    assert entry.before and entry.before["size_bytes"] == len(PNG) and "content" not in str(entry.after)


@pytest.mark.parametrize(
    ("content", "media_type", "says"),
    [
        (b"", "image/png", "no picture"),
        (b"<svg onload=alert(1)>", "image/svg+xml", "no picture"),
        (b"%PDF-1.7", "image/png", "no picture"),
        (PNG + b"0" * (2 * 1024 * 1024), "image/png", "at most 2 MB"),
    ],
)
def test_what_is_no_picture_is_refused(mall: Mall, content: bytes, media_type: str, says: str) -> None:
    tea = mall.item()
    with pytest.raises(Refused, match=says) as refusal:
        do(mall, set_item_picture, item_id=tea, content=content, media_type=media_type)
    assert refusal.value.field == "content"
    assert mall.town.count(MallPicture) == 0


def test_stock_is_received_and_corrected_by_rows_that_add_up(mall: Mall) -> None:
    tea = mall.item(stock=5)
    do(mall, receive_stock, item_id=tea, quantity=7)
    do(mall, correct_stock, item_id=tea, counted=10, reason="盘点,破损")
    with pytest.raises(Refused, match="known already"):
        do(mall, correct_stock, item_id=tea, counted=10, reason="x")
    with pytest.raises(Refused, match="the reason is missing"):
        do(mall, correct_stock, item_id=tea, counted=9, reason=" ")
    for quantity in (0, -1, 1.5, True, 2_000_000):
        with pytest.raises(Refused, match="whole number"):
            do(mall, receive_stock, item_id=tea, quantity=quantity)
    with pytest.raises(Refused, match="0 or more"):
        do(mall, correct_stock, item_id=tea, counted=-1, reason="x")
    with reading(mall.town.engine) as session:
        moves = session.scalars(select(MallStockMove.quantity).order_by(MallStockMove.move_id)).all()
    assert (moves, mall.stock(tea)) == ([5, 7, -2], 10)
    assert mall.broken() == {}


@pytest.mark.parametrize(
    "change", ["UPDATE mall_stock_moves SET quantity = 9", "DELETE FROM mall_stock_moves"]
)
def test_the_database_itself_refuses_to_change_a_move_of_stock(mall: Mall, change: str) -> None:
    mall.item(stock=5)
    with pytest.raises(DBAPIError, match="never changed or deleted"), mall.town.engine.begin() as connection:
        connection.execute(text(change))


def test_two_suppliers_have_two_names_and_two_codes(mall: Mall) -> None:
    code = "91330106MA2AXXXX1P"
    do(mall, register_supplier, details=SupplierDetails("粮油店", uscc=code))
    for details in (SupplierDetails("粮油店"), SupplierDetails("另一家", uscc=code.lower())):
        with pytest.raises(Refused, match="or one with this code"):
            do(mall, register_supplier, details=details)
    with pytest.raises(Refused, match="or one with this code"):
        do(mall, update_supplier, supplier_id=mall.books, details=SupplierDetails("粮油店"))
    with pytest.raises(Refused, match="nothing is changed"):
        do(mall, update_supplier, supplier_id=mall.books, details=SupplierDetails("书香文具"))
    assert mall.town.count(MallSupplier) == 3


def test_a_supplier_hands_out_at_an_open_site(mall: Mall) -> None:
    for site_id in (4711,):
        with pytest.raises(Refused, match="no open site") as refusal:
            do(mall, register_supplier, details=SupplierDetails("x", pick_up_site_id=site_id))
        assert refusal.value.field == "pick_up_site_id"


def test_a_supplier_ends_when_nothing_of_it_is_on_sale_or_waits(mall: Mall) -> None:
    rice = mall.item("大米")
    order = mall.order(mall.buyer(), {rice: 1}).order
    end = {"supplier_id": mall.farm, "reason": "合同到期"}
    with pytest.raises(Refused, match="大米 is on sale still"):
        do(mall, end_supplier, **end)
    do(mall, take_off_sale, item_id=rice, reason="合同到期")
    with pytest.raises(Refused, match="waits still"):
        do(mall, end_supplier, **end)
    mall.fulfil(order)
    assert do(mall, end_supplier, **end).ended_at == NOW
    for command, arguments in (
        (end_supplier, end),
        (update_supplier, {"supplier_id": mall.farm, "details": SupplierDetails("新名")}),
        (add_item, {"supplier_id": mall.farm, "details": TEA}),
        (put_on_sale, {"item_id": rice}),
    ):
        with pytest.raises(Refused, match="爱心农场 supplies no more"):
            do(mall, command, **arguments)
    # What came back afterwards is given back all the same.
    assert mall.refund(order).amount_cents == 300
    assert mall.broken() == {}


def test_only_the_city_runs_the_mall(mall: Mall) -> None:
    tea = mall.item()
    for actor in (
        DISTRICT,
        mall.town.host,
        Actor("v", Role.VOLUNTEER, volunteer_id=1),
        Actor("a", Role.AUDITOR),
    ):
        for command, arguments in (
            (register_supplier, {"details": SupplierDetails("x")}),
            (update_supplier, {"supplier_id": mall.farm, "details": SupplierDetails("x")}),
            (end_supplier, {"supplier_id": mall.farm, "reason": "x"}),
            (add_item, {"supplier_id": mall.farm, "details": TEA}),
            (update_item, {"item_id": tea, "details": TEA}),
            (set_item_picture, {"item_id": tea, "content": PNG, "media_type": "image/png"}),
            (put_on_sale, {"item_id": tea}),
            (take_off_sale, {"item_id": tea, "reason": "x"}),
            (receive_stock, {"item_id": tea, "quantity": 1}),
            (correct_stock, {"item_id": tea, "counted": 1, "reason": "x"}),
        ):
            with pytest.raises(NotAllowed):
                do(mall, command, actor, **arguments)
    assert mall.town.count(AuditEntry, AuditEntry.actor.in_(["district", "host", "v", "a"])) == 0
    assert item_of(mall, tea).stock == 10


HOURS = st.integers(0, 24 * 200)


@given(earlier=st.lists(st.tuples(HOURS, st.integers(1, 3)), max_size=8), wanted=st.integers(1, 4))
def test_an_order_is_allowed_just_while_no_limit_would_be_passed(
    earlier: list[tuple[int, int]], wanted: int
) -> None:
    item = MallItem(item_id=1, name="x", limit_per_day=3, limit_per_quarter=6, limit_in_all=12)
    bought = [Bought(place, 1, n, NOW - timedelta(hours=back)) for place, (back, n) in enumerate(earlier)]
    here = NOW.astimezone(LOCAL)
    days = [(one.ordered_at.astimezone(LOCAL), one.quantity) for one in bought]
    today = [n for day, n in days if day.date() == here.date()]
    quarter = [n for day, n in days if (day.year, (day.month - 1) // 3) == (here.year, (here.month - 1) // 3)]
    allowed = (
        sum(today) + wanted <= 3
        and sum(quarter) + wanted <= 6
        and sum(n for _, n in days) + wanted <= 12
        and len(today) < rule("mall_orders_per_day", NOW)
    )
    try:
        check_limits(bought, {1: item}, {1: wanted}, at=NOW)
        answered = True
    except Refused:
        answered = False
    assert answered == allowed


@given(hours=st.integers(0, 24 * 800))
def test_days_and_quarters_begin_at_local_midnight(hours: int) -> None:
    at = NOW + timedelta(hours=hours)
    for begins in (day_begins(at), quarter_begins(at)):
        local = begins.astimezone(LOCAL)
        assert begins <= at and (local.hour, local.minute) == (0, 0)
    assert quarter_begins(at).astimezone(LOCAL).day == 1
    assert quarter_begins(at).astimezone(LOCAL).month in (1, 4, 7, 10)
    assert at - day_begins(at) < timedelta(days=1)
