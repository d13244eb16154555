"""What becomes of an order: sent, handed out, cancelled, expired, given back; each once, as the ledger says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.clock import ClockRun, run_clock
from operations.commands.erasures import erase_volunteer
from operations.commands.ledger import IdConflict
from operations.commands.mall_addresses import reveal_delivery_addresses
from operations.commands.mall_carts import put_in_cart
from operations.commands.mall_fulfilment import expire_orders
from operations.commands.mall_orders import renew_pick_up_code
from operations.commands.merges import merge_volunteers
from operations.commands.personal_data import export_volunteer
from operations.commands.points import reverse_transfer, time_out_holds
from operations.commands.refusals import Refused
from operations.commands.sites import move_site
from operations.database import reading, writing
from operations.model import (
    AuditEntry,
    MallCartLine,
    MallDeliveryAddress,
    MallOrder,
    MallRefund,
    MallStockMove,
    PointTransfer,
)

from .conftest import CITY, NOW, volunteer
from .ledgers import SYSTEM, available, award, balances, lots
from .mall_stories import JUNE, Mall, mall

__all__ = ["mall"]

DAY = timedelta(days=1)
JULY = date(2026, 7, 1)
DISTRICT = Actor("district", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
OTHER_DISTRICT = Actor("other", Role.DISTRICT_ADMINISTRATOR, area_code="330105")


def test_an_order_that_is_sent_spends_its_points_the_oldest_first_once(mall: Mall) -> None:
    rice, person = mall.item(price=300), mall.town.person()
    award(mall.town, person, {JUNE: 200, JULY: 500})
    order = mall.order(person, {rice: 1}).order
    sent = mall.fulfil(order, tracking_no=" SF123 ", at=NOW + DAY)
    assert (sent.status, sent.tracking_no, sent.fulfilled_by) == ("fulfilled", "SF123", "city")
    assert lots(mall.town, person) == {JUNE: (0, 0, 0), JULY: (400, 0, 0)}
    assert balances(mall.town) == {"volunteer": 400, "issue": -700, "mall": 300}
    with pytest.raises(Refused, match="is fulfilled already"):
        mall.fulfil(order)
    with pytest.raises(Refused, match="is fulfilled already"):
        mall.cancel(order)
    assert mall.broken() == {}


def test_an_order_is_handed_out_for_its_code_where_it_lies_once(mall: Mall) -> None:
    rice, person = mall.item(), mall.buyer()
    placed = mall.order(person, {rice: 1}, address=None)
    with pytest.raises(Refused, match="hand it out for its code"):
        mall.fulfil(placed.order)
    typed = f" {placed.pick_up_code[:6].lower()}-{placed.pick_up_code[6:]} "
    assert mall.hand_out(typed).status == "fulfilled"
    with pytest.raises(Refused, match="a code works once"):
        mall.hand_out(placed.pick_up_code)
    assert balances(mall.town)["mall"] == 300
    assert mall.broken() == {}


@pytest.mark.parametrize(
    "actor", [OTHER_DISTRICT, Actor("x", Role.ORGANISATION_ADMINISTRATOR, organisation_id=9)]
)
def test_a_code_of_elsewhere_looks_like_one_that_is_not_there(mall: Mall, actor: Actor) -> None:
    placed = mall.order(mall.buyer(), {mall.item(): 1}, address=None)
    said = set()
    for code in (placed.pick_up_code, "0" * 12, ""):
        with pytest.raises(Refused) as refusal:
            mall.hand_out(code, actor=actor)
        said.add(str(refusal.value))
    assert len(said) == 1
    for nobody in (volunteer(placed.order.volunteer_id), Actor("visitor", Role.VISITOR)):
        with pytest.raises(NotAllowed):
            mall.hand_out(placed.pick_up_code, actor=nobody)
    assert mall.hand_out(placed.pick_up_code, actor=DISTRICT).status == "fulfilled"


def test_a_site_that_moved_hands_out_at_its_new_place(mall: Mall) -> None:
    rice, person = mall.item(), mall.buyer()
    before = mall.order(person, {rice: 1}, address=None)
    with writing(mall.town.engine) as session:
        moved = move_site(
            session,
            CITY,
            site_id=mall.town.site_id,
            area_code="330105",
            lon=120.2,
            lat=30.3,
            position_system="WGS-84",
            moved_on=(NOW + DAY).date(),
            at=NOW + DAY + timedelta(hours=1),
            reason="搬迁",
        ).site_id
    with pytest.raises(Refused, match="no order waits here"):
        mall.hand_out(before.pick_up_code, actor=DISTRICT, at=NOW + DAY)
    assert mall.hand_out(before.pick_up_code, actor=OTHER_DISTRICT, at=NOW + DAY).status == "fulfilled"
    assert mall.order(person, {rice: 1}, address=None, at=NOW + 2 * DAY).order.pick_up_site_id == moved


def test_a_cancelled_order_frees_its_points_and_its_pieces_once(mall: Mall) -> None:
    rice, person = mall.item(stock=1), mall.buyer(300)
    order = mall.order(person, {rice: 1}).order
    assert (mall.stock(rice), available(mall.town, person)) == (0, 0)
    assert mall.cancel(order).status == "cancelled"
    assert (mall.stock(rice), available(mall.town, person)) == (1, 300)
    with pytest.raises(Refused, match="is cancelled already"):
        mall.cancel(order)
    with pytest.raises(Refused, match="is cancelled already"):
        mall.fulfil(order)
    with pytest.raises(Refused, match="nothing to give back"):
        mall.refund(order)
    assert mall.town.count(PointTransfer, PointTransfer.kind != "award") == 0
    assert mall.broken() == {}


def test_the_city_cancels_with_a_reason_and_nobody_else_at_all(mall: Mall) -> None:
    order = mall.order(mall.buyer(), {mall.item(): 1}).order
    with pytest.raises(Refused, match="the reason is missing"):
        mall.cancel(order, actor=CITY)
    for actor in (volunteer(999), DISTRICT, mall.town.host):
        with pytest.raises(NotAllowed):
            mall.cancel(order, actor=actor)
    assert mall.cancel(order, actor=CITY, reason="供应商断货").decision_reason == "供应商断货"


def test_an_order_that_nobody_fetched_expires_by_the_clock_once(mall: Mall) -> None:
    rice, person = mall.item(), mall.buyer()
    order = mall.order(person, {rice: 2}, address=None)
    kept = mall.order(person, {rice: 1}, at=NOW + DAY).order
    over = NOW + 14 * DAY
    with pytest.raises(Refused, match="its points are free again"):
        mall.hand_out(order.pick_up_code, at=over)
    assert run_clock(mall.town.engine, over - timedelta(seconds=1)).orders == 0
    assert run_clock(mall.town.engine, over) == ClockRun(0, 0, orders=1)
    assert run_clock(mall.town.engine, over) == ClockRun(0, 0)
    assert (mall.state(order.order).status, mall.state(kept).status) == ("expired", "paid")
    assert (mall.stock(rice), available(mall.town, person)) == (9, 700)
    with pytest.raises(NotAllowed), writing(mall.town.engine) as session:
        expire_orders(session, CITY, order_ids=[kept.order_id], at=NOW + 99 * DAY)
    assert mall.broken() == {}


def test_an_order_whose_hold_timed_out_first_expires_all_the_same(mall: Mall) -> None:
    rice, person, over = mall.item(), mall.buyer(300), NOW + 14 * DAY
    order = mall.order(person, {rice: 1}).order
    with writing(mall.town.engine) as session:
        assert time_out_holds(session, SYSTEM, at=over) == 1
    assert mall.broken() == {}
    with pytest.raises(Refused, match="the time of this order is over"):
        mall.fulfil(order, at=over)
    mall.order(person, {rice: 1}, at=over)
    assert run_clock(mall.town.engine, over).orders == 1
    assert (mall.state(order).status, mall.stock(rice), available(mall.town, person)) == ("expired", 9, 0)
    assert mall.broken() == {}


def test_a_refund_goes_back_to_the_lots_that_paid_and_its_pieces_to_the_stock_if_they_came(
    mall: Mall,
) -> None:
    rice, tea, person = mall.item(price=300), mall.item("热茶", price=50), mall.town.person()
    award(mall.town, person, {JUNE: 400, JULY: 300})
    order = mall.order(person, {rice: 2, tea: 1}).order
    mall.fulfil(order)
    part = mall.refund(order, lines={rice: 1}, is_restocked=True)
    assert (part.amount_cents, mall.state(order).status, mall.stock(rice)) == (300, "fulfilled", 9)
    assert lots(mall.town, person) == {JUNE: (50, 0, 0), JULY: (300, 0, 0)}
    with pytest.raises(Refused, match="only 1 are left to give back"):
        mall.refund(order, lines={rice: 2})
    assert mall.refund(order).amount_cents == 350
    assert (mall.state(order).status, mall.stock(rice), mall.stock(tea)) == ("refunded", 9, 9)
    assert lots(mall.town, person) == {JUNE: (400, 0, 0), JULY: (300, 0, 0)}
    with pytest.raises(Refused, match="given back already"):
        mall.refund(order)
    assert balances(mall.town) == {"volunteer": 700, "issue": -700}
    assert mall.broken() == {}


def test_the_same_refund_sent_again_is_answered_as_the_first_time_and_another_one_is_a_conflict(
    mall: Mall,
) -> None:
    rice, person, refund_id = mall.item(price=100), mall.buyer(), str(uuid4())
    order, other = (mall.order(person, {rice: 2}).order for _ in range(2))
    for one in (order, other):
        mall.fulfil(one)
    first = mall.refund(order, refund_id=refund_id, lines={rice: 1})
    assert mall.refund(order, refund_id=refund_id, lines={rice: 1}).refund_id == first.refund_id
    assert mall.town.count(MallRefund) == 1
    for one, more in (
        (order, {"lines": {rice: 2}}),
        (order, {"lines": {rice: 1}, "is_restocked": True}),
        (order, {"lines": {rice: 1}, "reason": "anders"}),
        (other, {"lines": {rice: 1}}),
        (order, {"refund_id": mall.state(order).transfer_id, "lines": {rice: 1}}),
    ):
        options: dict[str, Any] = {"refund_id": refund_id, **more}
        with pytest.raises(IdConflict):
            mall.refund(one, **options)
    assert available(mall.town, person) == 700
    assert mall.broken() == {}


def test_points_are_given_back_by_the_city_for_a_time_and_not_behind_the_back_of_the_order(
    mall: Mall,
) -> None:
    order = mall.order(mall.buyer(), {mall.item(): 1}).order
    mall.fulfil(order)
    for actor in (volunteer(order.volunteer_id), DISTRICT, mall.town.host):
        with pytest.raises(NotAllowed):
            mall.refund(order, actor=actor)
    with pytest.raises(Refused, match="the reason is missing"):
        mall.refund(order, reason=" ")
    with pytest.raises(Refused, match="within 90 days"):
        mall.refund(order, at=NOW + 91 * DAY)
    with pytest.raises(Refused, match="refund the order"), writing(mall.town.engine) as session:
        reverse_transfer(
            session,
            CITY,
            transfer_id=str(uuid4()),
            of_transfer_id=mall.state(order).transfer_id or "",
            at=NOW,
            reason="x",
        )
    assert mall.broken() == {}


def test_orders_follow_a_person_whose_records_become_one_and_their_points_stay_where_they_were(
    mall: Mall,
) -> None:
    rice, kept, lost = mall.item(), mall.buyer(), mall.buyer()
    waiting, sent = (mall.order(lost, {rice: 1}).order for _ in range(2))
    mall.fulfil(sent)
    with writing(mall.town.engine) as session:
        for person, quantity in ((kept, 1), (lost, 2)):
            put_in_cart(
                session, volunteer(person), volunteer_id=person, item_id=rice, quantity=quantity, at=NOW
            )
        merge_volunteers(
            session, CITY, kept_volunteer_id=kept, lost_volunteer_id=lost, reason="同一人", at=NOW
        )
    assert {mall.state(one).volunteer_id for one in (waiting, sent)} == {kept}
    with reading(mall.town.engine) as session:
        assert [one.volunteer_id for one in session.scalars(select(MallDeliveryAddress))] == [kept, kept]
        assert [one.quantity for one in session.scalars(select(MallCartLine))] == [1]
    mall.fulfil(waiting)
    mall.refund(sent)
    assert (available(mall.town, kept), available(mall.town, lost)) == (1_000, 700)
    assert mall.broken() == {}


def test_who_is_forgotten_has_no_address_no_cart_and_no_order_that_waits(mall: Mall) -> None:
    rice, person = mall.item(), mall.buyer()
    waiting, sent = mall.order(person, {rice: 1}).order, mall.order(person, {rice: 1}).order
    fetched = mall.order(person, {rice: 1}, address=None)
    mall.fulfil(sent)
    with writing(mall.town.engine) as session:
        put_in_cart(session, volunteer(person), volunteer_id=person, item_id=rice, quantity=1, at=NOW)
        erase_volunteer(session, volunteer(person), volunteer_id=person, at=NOW + DAY)
    assert [mall.state(one).status for one in (waiting, sent, fetched.order)] == [
        "cancelled", "fulfilled", "cancelled",
    ]  # fmt: skip
    assert (mall.town.count(MallDeliveryAddress), mall.town.count(MallCartLine)) == (0, 0)
    with pytest.raises(Refused, match="cancelled already"):
        mall.hand_out(fetched.pick_up_code)
    assert mall.broken() == {}


def test_a_person_is_given_all_that_is_kept_of_their_orders(mall: Mall) -> None:
    rice, person = mall.item("大米"), mall.buyer()
    mall.order(person, {rice: 2})
    mall.order(mall.buyer(), {rice: 1})
    with writing(mall.town.engine) as session:
        data = export_volunteer(session, volunteer(person), volunteer_id=person, at=NOW)
    assert [row["amount_cents"] for row in data.tables["mall_orders"]] == [600]
    assert [(row["item_name"], row["quantity"]) for row in data.tables["mall_order_lines"]] == [("大米", 2)]
    assert data.tables["mall_delivery_addresses"][0]["recipient_name"] == "张三"
    assert "商城收货地址" in data.as_html()


def test_an_address_is_shown_to_who_sends_with_a_reason_that_is_written_down(mall: Mall) -> None:
    rice, person = mall.item(), mall.buyer()
    first, second = (mall.order(person, {rice: 1}).order for _ in range(2))
    ids = [first.order_id, second.order_id]

    def reveal(actor: Actor, order_ids: list[int], reason: str) -> list[str]:
        with writing(mall.town.engine) as session:
            found = reveal_delivery_addresses(session, actor, order_ids=order_ids, reason=reason, at=NOW)
            return [one.recipient_name for one in found]

    assert reveal(CITY, ids, "打印发货单") == ["张三", "张三"]
    shown = AuditEntry.action == "reveal_delivery_addresses"
    assert mall.town.count(AuditEntry, shown, AuditEntry.reason == "打印发货单") == 2
    for actor in (DISTRICT, mall.town.host, volunteer(person), Actor("auditor", Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            reveal(actor, ids, "x")
    with pytest.raises(Refused, match="the reason is missing"):
        reveal(CITY, ids, "")
    mall.fulfil(first)
    with pytest.raises(Refused, match="does not wait to be sent"):
        reveal(CITY, ids, "x")


def test_addresses_are_forgotten_some_time_after_they_were_needed(mall: Mall) -> None:
    rice, person = mall.item(), mall.buyer()
    sent, waiting = mall.order(person, {rice: 1}).order, mall.order(person, {rice: 1}).order
    mall.fulfil(sent)
    assert run_clock(mall.town.engine, NOW + 90 * DAY - timedelta(seconds=1)) == ClockRun(0, 0, orders=1)
    assert run_clock(mall.town.engine, NOW + 90 * DAY).addresses == 1
    assert mall.town.count(MallDeliveryAddress, MallDeliveryAddress.order_id == waiting.order_id) == 1


def test_a_guessed_order_teaches_nothing(mall: Mall) -> None:
    order = mall.order(mall.buyer(), {mall.item(): 1}, address=None).order
    said = set()
    for order_id in (order.order_id, 4711):
        with pytest.raises(NotAllowed) as refusal, writing(mall.town.engine) as session:
            renew_pick_up_code(session, volunteer(999), order_id=order_id, at=NOW)
        said.add(str(refusal.value))
    assert len(said) == 1


def test_moves_of_stock_and_orders_stand_in_the_log_with_who_and_when(mall: Mall) -> None:
    rice, person = mall.item(), mall.buyer()
    mall.cancel(mall.order(person, {rice: 1}).order)
    mall.fulfil(mall.order(person, {rice: 1}).order)
    with reading(mall.town.engine) as session:
        moves = session.scalars(select(MallStockMove).order_by(MallStockMove.move_id)).all()
        actions = set(session.scalars(select(AuditEntry.action)))
    assert [(one.kind, one.quantity) for one in moves] == [
        ("received", 10), ("ordered", -1), ("returned", 1), ("ordered", -1),
    ]  # fmt: skip
    assert moves[1].actor == f"volunteer:{person}"
    assert {"place_order", "cancel_order", "fulfil_order", "receive_stock"} <= actions
    assert mall.town.count(MallOrder) == 2
