"""Many at once in the mall, and processes that are killed in the middle: the last items for the last points, once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from operations.commands.ledger_chain import seal
from operations.commands.mall_carts import put_in_cart
from operations.commands.mall_settlements import close_supplier_month
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import MallOrder, MallOrderLine, PointAccount, PointTransfer

from .conftest import CITY, NOW, volunteer
from .ledgers import available, balances
from .mall_stories import HOME, JUNE, Mall, mall
from .test_ledger_at_once import at_once

__all__ = ["mall"]

PROJECT = Path(__file__).resolve().parents[2]


def lowest(mall: Mall) -> int:
    """The lowest that can be spent of any volunteer's account."""
    with reading(mall.town.engine) as session:
        return min(
            one.available_cents
            for one in session.scalars(select(PointAccount).where(PointAccount.kind == "volunteer"))
        )


def test_sixteen_clients_at_once_buy_the_last_items_with_the_last_points_and_each_order_is_paid_once(
    mall: Mall,
) -> None:
    rice, tea = mall.item("大米", price=100, stock=9), mall.item("热茶", price=50, stock=15)
    # Enough for three of either kind each, and 16 people who all want more.
    people = [mall.buyer(300) for _ in range(16)]

    def buy(number: int) -> Any:
        person = people[number % len(people)]
        lines = [{rice: 1}, {tea: 2, rice: 1}, {tea: 1}, {rice: 2, tea: 1}][number // len(people) % 4]
        placed = mall.order(person, lines)
        if number % 3 == 0:
            return mall.fulfil(placed.order).status
        return mall.cancel(placed.order).status if number % 7 == 0 else placed.order.status

    answers = Counter(at_once(buy, range(96)))
    # Once more, one after the other, until nothing is left: what was cancelled in the middle is sold again.
    at_once(lambda person: mall.order(person, {rice: 1}), people)
    at_once(lambda person: mall.order(person, {tea: 1}), people)
    assert answers[Refused] and set(answers) <= {Refused, "fulfilled", "paid", "cancelled"}
    assert (mall.stock(rice), mall.stock(tea)) == (0, 0)
    assert lowest(mall) >= 0
    assert sum(balances(mall.town).values()) == 0
    with reading(mall.town.engine) as session:
        waiting = session.scalars(select(MallOrder).where(MallOrder.status == "paid")).all()
    at_once(mall.fulfil, [one for one in waiting for _ in range(3)])
    with reading(mall.town.engine) as session:
        sold = session.scalars(select(MallOrder).where(MallOrder.status == "fulfilled")).all()
        paid = session.scalars(select(PointTransfer.reference).where(PointTransfer.kind == "spend")).all()
    assert Counter(paid) == {f"order:{one.order_id}": 1 for one in sold}
    assert balances(mall.town)["mall"] == sum(one.amount_cents for one in sold) == 9 * 100 + 15 * 50
    assert mall.broken() == {}


def test_two_people_at_once_do_not_both_get_the_last_piece(mall: Mall) -> None:
    # engelsystem #430: two people took the last place.
    for _ in range(5):
        last = mall.item(price=10, stock=1)
        people = [mall.buyer(10), mall.buyer(10)]
        answers = at_once(lambda person, last=last: mall.order(person, {last: 1}).order.status, people)
        assert Counter(answers) == {"paid": 1, Refused: 1}
        assert sorted(available(mall.town, person) for person in people) == [0, 10]
    assert mall.broken() == {}


def test_one_order_sent_by_eight_clients_at_once_is_placed_once(mall: Mall) -> None:
    # macrozheng/mall #1003: one coupon was used by five concurrent orders.
    rice, person, client_id = mall.item(price=100), mall.buyer(1_000), str(uuid4())
    answers = at_once(lambda _: mall.order(person, {rice: 1}, client_id=client_id).order.order_id, range(8))
    assert len(set(answers)) == 1
    assert (mall.stock(rice), available(mall.town, person)) == (9, 900)
    assert mall.broken() == {}


def test_one_code_shown_at_five_tills_at_once_is_handed_out_once(mall: Mall) -> None:
    placed = mall.order(mall.buyer(), {mall.item(): 1}, address=None)
    answers = at_once(lambda _: mall.hand_out(placed.pick_up_code).status, range(5))
    assert Counter(answers) == {"fulfilled": 1, Refused: 4}
    assert mall.broken() == {}


def test_an_order_that_is_sent_and_cancelled_at_once_ends_one_way(mall: Mall) -> None:
    rice, person = mall.item(price=10), mall.buyer()
    for order in [mall.order(person, {rice: 1}).order for _ in range(5)]:
        at_once(lambda way, order=order: way(order), [mall.fulfil, mall.cancel, mall.fulfil, mall.cancel])
    assert mall.broken() == {}


def test_one_refund_sent_by_eight_clients_at_once_is_given_once_and_never_more_than_was_paid(
    mall: Mall,
) -> None:
    rice, person, refund_id = mall.item(price=100), mall.buyer(1_000), str(uuid4())
    order = mall.order(person, {rice: 4}).order
    mall.fulfil(order)
    at_once(lambda _: mall.refund(order, refund_id=refund_id, lines={rice: 1}), range(8))
    assert available(mall.town, person) == 700
    answers = at_once(lambda _: mall.refund(order, lines={rice: 1}).amount_cents, range(8))
    assert Counter(answers) == {100: 3, Refused: 5}
    assert available(mall.town, person) == 1_000
    assert mall.broken() == {}


def test_ordering_sending_giving_back_and_closing_at_once_do_not_wait_for_each_other_for_ever(
    mall: Mall,
) -> None:
    items = [mall.item(f"商品 {number}", price=10, stock=200) for number in range(4)]
    people = [mall.buyer(2_000) for _ in range(8)]

    def something(number: int) -> None:
        person = people[number % len(people)]
        # In both orders, so that locks taken as they were asked for would meet.
        chosen = items if number % 2 else items[::-1]
        order = mall.order(person, dict.fromkeys(chosen[: 1 + number % 4], 1)).order
        if number % 5 == 0:
            mall.cancel(order, actor=CITY, reason="x")
        elif number % 5 < 4:
            mall.fulfil(order)
        if number % 5 == 3:
            mall.refund(order, is_restocked=True)
        if number % 20 == 7:
            seal(mall.town.engine)
            with writing(mall.town.engine) as session:
                close_supplier_month(session, CITY, supplier_id=mall.farm, month=JUNE, at=NOW)
        if number % 9 == 0:
            with writing(mall.town.engine) as session:
                put_in_cart(
                    session, volunteer(person), volunteer_id=person, item_id=items[0], quantity=1, at=NOW
                )

    answers = at_once(something, range(40))
    assert set(answers) == {None}
    assert sum(balances(mall.town).values()) == 0
    assert mall.broken() == {}


# Says what was acknowledged, a line each, as a door would answer its client.
ORDERING = """
import json, sys
from datetime import datetime
from operations.access import Actor, Role
from operations.commands.mall_fulfilment import fulfil_order
from operations.commands.mall_orders import DeliveryAddress, place_order
from operations.database import open_database, writing
url, moment, home = sys.argv[1], datetime.fromisoformat(sys.argv[2]), DeliveryAddress(*json.loads(sys.argv[3]))
engine = open_database(url)
for line in sys.stdin:
    client_id, person, lines, amount = json.loads(line)
    own = Actor("client", Role.VOLUNTEER, volunteer_id=person)
    wanted = {int(key): n for key, n in lines.items()}
    with writing(engine) as session:
        order = place_order(session, own, client_id=client_id, volunteer_id=person, lines=wanted,
                            amount_cents=amount, address=home, at=moment).order
    print("placed", client_id, flush=True)
    if order.status == "paid":
        with writing(engine) as session:
            fulfil_order(session, Actor("system", Role.SYSTEM), order_id=order.order_id, at=moment)
    print("sent", client_id, flush=True)
"""


def send(mall: Mall, asked: list[Any], *, killed_after: int | None) -> list[str]:
    """Let a process of its own order; kill it with -9 a moment after so many answers; what it acknowledged."""
    url = mall.town.engine.url.render_as_string(hide_password=False)
    home = json.dumps([HOME.recipient_name, HOME.phone, HOME.address])
    with subprocess.Popen(
        [sys.executable, "-c", ORDERING, url, NOW.isoformat(), home],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("".join(json.dumps(one) + "\n" for one in asked))
        process.stdin.close()
        said = []
        for line in process.stdout:
            said.append(line.strip())
            if len(said) == killed_after:
                time.sleep(0.01)
                process.kill()
        return said


def test_every_acknowledged_order_is_there_once_and_none_in_half_after_a_kill_in_the_middle_of_a_load(
    mall: Mall,
) -> None:
    rice, tea = mall.item("大米", price=30, stock=100), mall.item("热茶", price=5, stock=100)
    people = [mall.buyer(1_000) for _ in range(8)]
    asked = [[str(uuid4()), people[n % 8], {rice: 1, tea: 2}, 40] for n in range(24)]
    for killed_after in (9, 16):
        said = send(mall, asked, killed_after=killed_after)
        assert len(said) < 48
        with reading(mall.town.engine) as session:
            orders = {one.client_id: one for one in session.scalars(select(MallOrder))}
        for what, client_id in (line.split() for line in said):
            assert orders[client_id].status == "fulfilled" or what == "placed"
        # No half order: each has both lines, its points and its pieces, or is not there at all.
        assert mall.town.count(MallOrderLine) == 2 * len(orders)
        assert (mall.stock(rice), mall.stock(tea)) == (100 - len(orders), 100 - 2 * len(orders))
        assert mall.broken() == {}
    # The client sends all of it again, as it does when it had no answer.
    assert len(send(mall, asked, killed_after=None)) == 48
    with reading(mall.town.engine) as session:
        states = session.scalars(select(MallOrder.status)).all()
    assert states == ["fulfilled"] * 24
    assert balances(mall.town)["mall"] == 24 * 40
    assert mall.broken() == {}
