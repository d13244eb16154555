"""A mall with two suppliers in the town of the tests, and what happens there in one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from operations.access import Actor
from operations.commands.mall_fulfilment import cancel_order, fulfil_order, hand_out_order
from operations.commands.mall_items import ItemDetails, add_item, put_on_sale
from operations.commands.mall_orders import DeliveryAddress, Placed, place_order
from operations.commands.mall_refunds import refund_order
from operations.commands.mall_stock import receive_stock
from operations.commands.mall_suppliers import SupplierDetails, register_supplier
from operations.database import reading, writing
from operations.model import MallItem, MallOrder, MallRefund
from operations.queries.mall_proof import mall_orders_are_in_the_ledger, prove_mall

from .conftest import CITY, NOW, Town, volunteer
from .ledgers import award, broken_rules

JUNE = date(2026, 6, 1)
HOME = DeliveryAddress("张三", "138 0013 8000", "西湖区曙光路 1 号 2 幢 301")


@dataclass
class Mall:
    """爱心农场 sends and hands out at the site of the town; 书香文具 only sends."""

    town: Town
    farm: int
    books: int

    def item(self, name: str = "大米", *, price: int = 300, stock: int = 10, **options: Any) -> int:
        """An item on sale of the farm, or of `supplier_id`."""
        supplier_id = options.pop("supplier_id", self.farm)
        details = ItemDetails(name, "food", price, **options)
        with writing(self.town.engine) as session:
            made = add_item(session, CITY, supplier_id=supplier_id, details=details, at=NOW)
            if stock:
                receive_stock(session, CITY, item_id=made.item_id, quantity=stock, at=NOW)
            put_on_sale(session, CITY, item_id=made.item_id, at=NOW)
            return made.item_id

    def buyer(self, cents: int = 1_000) -> int:
        """A volunteer who has so many hundredths."""
        person = self.town.person()
        if cents:
            award(self.town, person, {JUNE: cents})
        return person

    def price_of(self, lines: dict[int, int]) -> int:
        """What the lines cost now."""
        with reading(self.town.engine) as session:
            return sum(session.get_one(MallItem, item).price_cents * n for item, n in lines.items())

    def order(self, person: int, lines: dict[int, int], **options: Any) -> Placed:
        """Let the volunteer order; sent home unless `address` is None."""
        actor = options.pop("actor", None) or volunteer(person)
        amount = options.pop("amount_cents", None) or self.price_of(lines)
        arguments = {"client_id": str(uuid4()), "address": HOME, "at": NOW, **options}
        with writing(self.town.engine) as session:
            return place_order(
                session, actor, volunteer_id=person, lines=lines, amount_cents=amount, **arguments
            )

    def fulfil(
        self, order: MallOrder, *, actor: Actor = CITY, at: datetime = NOW, **options: Any
    ) -> MallOrder:
        """Send an order."""
        with writing(self.town.engine) as session:
            return fulfil_order(session, actor, order_id=order.order_id, at=at, **options)

    def hand_out(self, code: str, *, actor: Actor | None = None, at: datetime = NOW) -> MallOrder:
        """Hand out what the code is for, at the town's site."""
        with writing(self.town.engine) as session:
            return hand_out_order(session, actor or self.town.host, code=code, at=at)

    def cancel(self, order: MallOrder, **options: Any) -> MallOrder:
        """Cancel an order, by who ordered."""
        arguments = {"actor": volunteer(order.volunteer_id), "at": NOW, **options}
        actor = arguments.pop("actor")
        with writing(self.town.engine) as session:
            return cancel_order(session, actor, order_id=order.order_id, **arguments)

    def refund(self, order: MallOrder, **options: Any) -> MallRefund:
        """Give points of an order back, all that is left unless `lines` are given."""
        arguments = {
            "actor": CITY, "refund_id": str(uuid4()), "reason": "坏了", "is_restocked": False, "at": NOW, **options,
        }  # fmt: skip
        actor = arguments.pop("actor")
        with writing(self.town.engine) as session:
            return refund_order(session, actor, order_id=order.order_id, **arguments)

    def state(self, order: MallOrder) -> MallOrder:
        """The order as it stands now."""
        with reading(self.town.engine) as session:
            return session.get_one(MallOrder, order.order_id)

    def stock(self, item: int) -> int:
        """How many of an item can be ordered."""
        with reading(self.town.engine) as session:
            return session.get_one(MallItem, item).stock

    def broken(self) -> dict[str, tuple[str, ...]]:
        """The rules of the mall and of the ledger that do not hold, and what breaks them."""
        with reading(self.town.engine) as session:
            found = {one.rule: one.examples for one in prove_mall(session) if not one.holds}
            equation = mall_orders_are_in_the_ledger(session)
        if equation.difference_cents:
            found[equation.name] = (f"{equation.left_cents} <> {equation.right_cents}",)
        return found | broken_rules(self.town)


@pytest.fixture
def mall(town: Town) -> Mall:
    """Both suppliers, and nothing on sale yet."""
    return a_mall(town)


def a_mall(town: Town) -> Mall:
    """Both suppliers in the town, and nothing on sale yet."""
    with writing(town.engine) as session:
        farm, books = (
            register_supplier(session, CITY, details=details, at=NOW).supplier_id
            for details in (
                SupplierDetails("爱心农场", pick_up_site_id=town.site_id),
                SupplierDetails("书香文具"),
            )
        )
    return Mall(town, farm, books)


def buy(session: Session, volunteer_id: int, cents: int, *, at: datetime, is_sent: bool = True) -> MallOrder:
    """Let a volunteer of any city order something that costs so much, and have it sent."""
    details = SupplierDetails(f"供应商 {uuid4()}")
    supplier = register_supplier(session, CITY, details=details, at=at)
    item = add_item(
        session, CITY, supplier_id=supplier.supplier_id, details=ItemDetails("大米", "food", cents), at=at
    )
    receive_stock(session, CITY, item_id=item.item_id, quantity=1, at=at)
    put_on_sale(session, CITY, item_id=item.item_id, at=at)
    placed = place_order(
        session,
        volunteer(volunteer_id),
        client_id=str(uuid4()),
        volunteer_id=volunteer_id,
        lines={item.item_id: 1},
        amount_cents=cents,
        address=HOME,
        at=at,
    )
    if is_sent:
        fulfil_order(session, CITY, order_id=placed.order.order_id, at=at)
    return placed.order
