"""Ordering in the mall: whole or nothing, for points held, once for each id, within the limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.ledger import IdConflict
from operations.commands.mall_carts import put_in_cart, remove_from_cart
from operations.commands.mall_items import ItemDetails, take_off_sale, update_item
from operations.commands.mall_orders import DeliveryAddress, renew_pick_up_code
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import (
    AuditEntry,
    MallCartLine,
    MallDeliveryAddress,
    MallOrder,
    MallOrderLine,
    MallPickUpCode,
    MallStockMove,
    Notice,
    PointHold,
    Volunteer,
)

from .conftest import CITY, NOW, volunteer
from .ledgers import available, award, balances
from .mall_stories import HOME, JUNE, Mall, mall

__all__ = ["mall"]

DAY = timedelta(days=1)
DISTRICT = Actor("district", Role.DISTRICT_ADMINISTRATOR, area_code="330106")


def test_an_order_holds_its_points_and_takes_its_pieces_and_all_is_proven(mall: Mall) -> None:
    rice, tea, person = mall.item("大米", price=300), mall.item("热茶", price=50), mall.buyer(1_000)
    placed = mall.order(person, {rice: 2, tea: 3})
    assert (placed.order.status, placed.order.amount_cents, placed.pick_up_code) == ("paid", 750, "")
    assert available(mall.town, person) == 250
    assert balances(mall.town) == {"volunteer": 1_000, "issue": -1_000}
    assert (mall.stock(rice), mall.stock(tea)) == (8, 7)
    assert mall.broken() == {}


def test_an_order_keeps_the_price_and_the_name_of_its_moment(mall: Mall) -> None:
    rice, person = mall.item("大米", price=300), mall.buyer()
    order = mall.order(person, {rice: 1}).order
    with writing(mall.town.engine) as session:
        update_item(session, CITY, item_id=rice, details=ItemDetails("新米", "food", 400), at=NOW)
    with reading(mall.town.engine) as session:
        line = session.get_one(MallOrderLine, (order.order_id, rice))
    assert (line.item_name, line.price_cents, mall.state(order).amount_cents) == ("大米", 300, 300)
    with pytest.raises(Refused, match="the price is 400 hundredths now") as refusal:
        mall.order(person, {rice: 1}, amount_cents=300)
    assert refusal.value.field == "amount_cents"


def test_an_order_of_which_one_part_cannot_be_had_takes_nothing(mall: Mall) -> None:
    rice, tea, person = mall.item("大米", price=300), mall.item("热茶", price=50, stock=1), mall.buyer()
    with pytest.raises(Refused, match="of 热茶 only 1 are left") as refusal:
        mall.order(person, {rice: 1, tea: 2})
    assert refusal.value.field == "lines"
    assert (mall.stock(rice), mall.stock(tea), available(mall.town, person)) == (10, 1, 1_000)
    for model in (MallOrder, PointHold):
        assert mall.town.count(model) == 0
    assert mall.broken() == {}


def test_an_order_that_costs_more_than_there_is_takes_nothing(mall: Mall) -> None:
    rice, person = mall.item(price=300), mall.buyer(500)
    with pytest.raises(Refused, match="500 hundredths can be spent"):
        mall.order(person, {rice: 2})
    assert (mall.stock(rice), mall.town.count(MallOrder), mall.town.count(MallStockMove)) == (10, 0, 1)
    assert mall.broken() == {}


def test_points_that_one_order_holds_are_left_out_of_what_the_next_can_spend(mall: Mall) -> None:
    # blnk #181: the balance offered for spending counted what was held already.
    rice, person = mall.item(price=300), mall.buyer(500)
    mall.order(person, {rice: 1})
    with pytest.raises(Refused, match="200 hundredths can be spent"):
        mall.order(person, {rice: 1})


def test_who_owes_points_after_a_correction_orders_nothing_until_they_are_earned_again(mall: Mall) -> None:
    rice, tea, person = mall.item(price=300), mall.item("热茶", price=1), mall.buyer(300)
    waiting = mall.order(person, {rice: 1}).order
    award(mall.town, person, {JUNE: -100})
    with pytest.raises(Refused, match="100 hundredths are owed"):
        mall.order(person, {tea: 1})
    # What was held before the correction was promised, and is sent.
    assert mall.fulfil(waiting).status == "fulfilled"
    award(mall.town, person, {JUNE: 101})
    mall.order(person, {tea: 1})
    assert mall.broken() == {}


def test_the_same_order_sent_again_is_answered_as_the_first_time(mall: Mall) -> None:
    rice, person, client_id = mall.item(), mall.buyer(), str(uuid4())
    first = mall.order(person, {rice: 1}, client_id=client_id)
    again = mall.order(person, {rice: 1}, client_id=client_id.upper())
    assert (first.is_new, again.is_new, again.order.order_id) == (True, False, first.order.order_id)
    mall.fulfil(first.order)
    assert mall.order(person, {rice: 1}, client_id=client_id, at=NOW + DAY).order.status == "fulfilled"
    assert (mall.stock(rice), available(mall.town, person)) == (9, 700)
    assert mall.town.count(AuditEntry, AuditEntry.action == "place_order") == 1
    assert mall.broken() == {}


def test_an_id_that_was_used_for_another_order_is_a_clear_conflict_and_no_failure(mall: Mall) -> None:
    # formance/ledger PR #1601: the same id with other content was answered with 500.
    rice, tea, person = mall.item(), mall.item("热茶"), mall.buyer(2_000)
    other, client_id = mall.buyer(2_000), str(uuid4())
    mall.order(person, {rice: 1}, client_id=client_id)
    elsewhere = DeliveryAddress("张三", "13800138000", "拱墅区")
    for who, lines, more in (
        (person, {rice: 2}, {}),
        (person, {tea: 1}, {}),
        (person, {rice: 1, tea: 1}, {}),
        (person, {rice: 1}, {"amount_cents": 299}),
        (person, {rice: 1}, {"address": None}),
        (person, {rice: 1}, {"address": elsewhere}),
        (other, {rice: 1}, {}),
    ):
        options: dict[str, Any] = {"client_id": client_id, **more}
        with pytest.raises(IdConflict, match="make a new id") as refusal:
            mall.order(who, lines, **options)
        assert refusal.value.field == "client_id"
    assert mall.town.count(MallOrder) == 1
    assert mall.broken() == {}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"lines": {}, "amount_cents": 1}, "nothing to order"),
        ({"client_id": "17"}, "must be a UUID"),
        ({"quantity": 0, "amount_cents": 1}, "whole number above zero"),
        ({"quantity": -1, "amount_cents": 1}, "whole number above zero"),
        ({"address": DeliveryAddress("", "13800138000", "x")}, "the recipient name is missing"),
        ({"address": DeliveryAddress("张三", "abc", "x")}, "telephone number"),
        ({"address": DeliveryAddress("张三", "13800138000", " ")}, "the address is missing"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(mall: Mall, options: dict[str, Any], says: str) -> None:
    rice, person, options = mall.item(), mall.buyer(), dict(options)
    lines = options.pop("lines", {rice: options.pop("quantity", 1)})
    with pytest.raises(Refused, match=says):
        mall.order(person, lines, **options)
    assert mall.town.count(MallOrder) == 0


def test_what_is_not_offered_at_the_moment_is_not_ordered(mall: Mall) -> None:
    person = mall.buyer()
    early = mall.item("新茶", opens_at=NOW + DAY)
    late = mall.item("月饼", closes_at=NOW + DAY)
    off = mall.item("围巾")
    with writing(mall.town.engine) as session:
        take_off_sale(session, CITY, item_id=off, reason="换季", at=NOW)
    for item, at, says in (
        (early, NOW, "can be ordered from"),
        (late, NOW + DAY, "could be ordered until"),
        (off, NOW, "is not on sale"),
        (4711, NOW, "there is no item 4711"),
    ):
        with pytest.raises(Refused, match=says):
            mall.order(person, {item: 1}, amount_cents=300, at=at)
    mall.order(person, {early: 1}, at=NOW + DAY)
    mall.order(person, {late: 1}, at=NOW + DAY - timedelta(seconds=1))
    assert mall.broken() == {}


def test_an_order_is_of_one_supplier(mall: Mall) -> None:
    rice, pen, person = mall.item(), mall.item("钢笔", supplier_id=mall.books), mall.buyer()
    with pytest.raises(Refused, match="several suppliers"):
        mall.order(person, {rice: 1, pen: 1})


def test_what_can_only_be_sent_or_only_be_picked_up_goes_no_other_way(mall: Mall) -> None:
    sent, fetched = mall.item("大米", delivery_way="delivery"), mall.item("鸡蛋", delivery_way="pick_up")
    pen, person = mall.item("钢笔", supplier_id=mall.books), mall.buyer()
    with pytest.raises(Refused, match="大米 can only be sent"):
        mall.order(person, {sent: 1}, address=None)
    with pytest.raises(Refused, match="鸡蛋 can only be picked up"):
        mall.order(person, {fetched: 1})
    with pytest.raises(Refused, match="书香文具 has no place to pick up at"):
        mall.order(person, {pen: 1}, address=None)
    assert mall.order(person, {fetched: 1}, address=None).order.pick_up_site_id == mall.town.site_id


@pytest.mark.parametrize(
    ("limit", "then", "says"),
    [
        ("limit_per_day", DAY, "2 a day"),
        ("limit_per_quarter", timedelta(days=61), "2 a quarter"),
        ("limit_in_all", None, "2 in all"),
    ],
)
def test_the_limits_of_an_item_hold_for_a_day_a_quarter_and_in_all(
    mall: Mall, limit: str, then: timedelta | None, says: str
) -> None:
    # NOW is 1 August, the next quarter begins on 1 October.
    rice, person = mall.item(price=10, **{limit: 2}), mall.buyer()
    mall.order(person, {rice: 1})
    with pytest.raises(Refused, match=f"{says}: 1 are left"):
        mall.order(person, {rice: 2})
    mall.order(person, {rice: 1})
    with pytest.raises(Refused, match=f"{says}: 0 are left"):
        mall.order(person, {rice: 1})
    mall.order(mall.buyer(), {rice: 2})
    if then is None:
        with pytest.raises(Refused, match=says):
            mall.order(person, {rice: 1}, at=NOW + timedelta(days=400))
    else:
        mall.order(person, {rice: 1}, at=NOW + then)


def test_a_day_of_limits_is_a_local_day(mall: Mall) -> None:
    # odoo PR #212594: at UTC+8 what happened before 08:00 fell on the day before. NOW is 10:00 in Hangzhou.
    rice, person = mall.item(price=10, limit_per_day=1), mall.buyer()
    mall.order(person, {rice: 1}, at=NOW.replace(hour=15, minute=59))
    mall.order(person, {rice: 1}, at=NOW.replace(hour=16))


def test_what_was_cancelled_or_given_back_does_not_count_for_the_limits(mall: Mall) -> None:
    rice, person = mall.item(limit_in_all=1), mall.buyer()
    mall.cancel(mall.order(person, {rice: 1}).order)
    order = mall.order(person, {rice: 1}).order
    mall.fulfil(order)
    mall.refund(order)
    mall.order(person, {rice: 1})
    assert mall.broken() == {}


def test_one_volunteer_orders_no_more_than_the_rules_of_the_mall_say(mall: Mall) -> None:
    tea, person = mall.item("热茶", price=1, stock=1_000), mall.buyer()
    with pytest.raises(Refused, match="20 pieces a day: 20 are left"):
        mall.order(person, {tea: 21})
    for _ in range(5):
        mall.order(person, {tea: 4})
    with pytest.raises(Refused, match="0 are left"):
        mall.order(person, {tea: 1})
    for days in (1, 2):
        mall.order(person, {tea: 20}, at=NOW + days * DAY)
    with pytest.raises(Refused, match="60 pieces a quarter: 0 are left"):
        mall.order(person, {tea: 1}, at=NOW + 3 * DAY)
    other = mall.buyer()
    for _ in range(5):
        mall.order(other, {tea: 1})
    with pytest.raises(Refused, match="5 orders a day"):
        mall.order(other, {tea: 1})


def test_nobody_orders_for_somebody_else_or_while_banned(mall: Mall) -> None:
    rice, person = mall.item(), mall.buyer()
    said = set()
    for actor in (volunteer(999), CITY, DISTRICT, mall.town.host, Actor("visitor", Role.VISITOR)):
        for someone in (person, 4711):
            with pytest.raises(NotAllowed) as refusal:
                mall.order(someone, {rice: 1}, actor=actor)
            said.add(str(refusal.value).partition(" may ")[2])
    assert said == {"not place order here"}
    with writing(mall.town.engine) as session:
        session.get_one(Volunteer, person).status = "banned"
    with pytest.raises(Refused, match="not active"):
        mall.order(person, {rice: 1})


def test_the_address_and_the_code_are_kept_apart_and_stand_neither_in_the_log_nor_in_the_notice(
    mall: Mall,
) -> None:
    rice, person = mall.item(), mall.buyer()
    mall.order(person, {rice: 1})
    code = mall.order(person, {rice: 1}, address=None).pick_up_code
    with reading(mall.town.engine) as session:
        kept = session.scalars(select(MallDeliveryAddress)).one()
        digest = session.scalars(select(MallPickUpCode)).one().code_hash
        said = [
            *(str(one.after) for one in session.scalars(select(AuditEntry))),
            *(str(one.details) for one in session.scalars(select(Notice))),
        ]
    assert (kept.recipient_name, kept.phone, kept.address) == ("张三", "13800138000", HOME.address)
    assert len(code) == 12 and code not in digest
    for secret in (HOME.address, "13800138000", code, digest):
        assert not any(secret in one for one in said)


def test_a_lost_code_is_replaced_and_the_old_one_is_void(mall: Mall) -> None:
    rice, person, client_id = mall.item(), mall.buyer(), str(uuid4())
    options: dict[str, Any] = {"client_id": client_id, "address": None}
    first = mall.order(person, {rice: 1}, **options)
    again = mall.order(person, {rice: 1}, **options)
    with writing(mall.town.engine) as session:
        order_id = first.order.order_id
        last = renew_pick_up_code(session, volunteer(person), order_id=order_id, at=NOW)
    assert len({first.pick_up_code, again.pick_up_code, last.pick_up_code}) == 3
    for void in (first.pick_up_code, again.pick_up_code):
        with pytest.raises(Refused, match="no order waits here"):
            mall.hand_out(void)
    assert mall.hand_out(last.pick_up_code).status == "fulfilled"
    assert mall.order(person, {rice: 1}, **options).pick_up_code == ""
    with pytest.raises(Refused, match="does not wait"), writing(mall.town.engine) as session:
        renew_pick_up_code(session, volunteer(person), order_id=order_id, at=NOW)


def test_a_cart_holds_what_is_put_in_until_it_is_ordered_and_sets_nothing_aside(mall: Mall) -> None:
    rice, tea, person = mall.item("大米", limit_per_day=3), mall.item("热茶", stock=1), mall.buyer()
    own = {"volunteer_id": person, "at": NOW}
    with writing(mall.town.engine) as session:
        put_in_cart(session, volunteer(person), item_id=rice, quantity=1, **own)
        put_in_cart(session, volunteer(person), item_id=rice, quantity=2, **own)
        put_in_cart(session, volunteer(person), item_id=tea, quantity=5, **own)
    assert (mall.stock(rice), mall.stock(tea)) == (10, 1)
    mall.order(person, {rice: 2})
    with reading(mall.town.engine) as session:
        (left,) = session.scalars(select(MallCartLine))
    assert (left.item_id, left.quantity) == (tea, 5)
    with writing(mall.town.engine) as session:
        remove_from_cart(session, volunteer(person), item_id=tea, **own)
    assert mall.town.count(MallCartLine) == 0


def test_a_cart_takes_only_what_is_offered_and_can_be_ordered_at_once(mall: Mall) -> None:
    rice, early, person = mall.item(limit_per_day=3), mall.item(opens_at=NOW + DAY), mall.buyer()
    for item, quantity, says in (
        (rice, 4, "can order 3 at once"),
        (rice, 0, "whole number"),
        (early, 1, "can be ordered from"),
        (4711, 1, "there is no item"),
    ):
        with pytest.raises(Refused, match=says), writing(mall.town.engine) as session:
            put_in_cart(
                session, volunteer(person), volunteer_id=person, item_id=item, quantity=quantity, at=NOW
            )
    with pytest.raises(Refused, match="not in the cart"), writing(mall.town.engine) as session:
        remove_from_cart(session, volunteer(person), volunteer_id=person, item_id=rice, at=NOW)
    for actor in (volunteer(999), CITY):
        with pytest.raises(NotAllowed), writing(mall.town.engine) as session:
            put_in_cart(session, actor, volunteer_id=person, item_id=rice, quantity=1, at=NOW)
