"""Ordering in the mall: whole or nothing, of one supplier, at the price that the volunteer saw, for points held.

The client makes the id of an order before it asks: asked again, it is answered as the first time. It is the id of the
hold, too, so the ledger itself refuses a second one.
Never here: what becomes of an order (mall_fulfilment.py), limits (mall_limits.py), whose one is (mall_orders_found.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import (
    MallCartLine,
    MallDeliveryAddress,
    MallItem,
    MallOrder,
    MallOrderLine,
    MallPickUpCode,
)
from operations.rules import rule, time_span

from .identity import checked_phone
from .ledger import IdConflict, positive_cents, uuid_text
from .ledger_accounts import system_account
from .ledger_holds import Promise, place_hold
from .mall_items import pieces
from .mall_limits import bought_by, check_limits
from .mall_offer import must_be_offered, must_reach, place_to_pick_up
from .mall_orders_found import lines_of, permitted_order
from .mall_stock import lock_items, move_for_order
from .mall_suppliers import must_supply, shared_supplier
from .notices import notify
from .permitted import permitted_volunteer
from .records import add_unique, audit, snapshot
from .refusals import Refused, required_text
from .shop_codes import draw, plain
from .shops import digest


@dataclass(frozen=True)
class DeliveryAddress:
    """Whom an order is sent to, and where."""

    recipient_name: str
    phone: str
    address: str


@dataclass(frozen=True)
class _Asked:
    """An order as it is asked for, checked; asked for again with the same id it must be the same."""

    client_id: str
    volunteer_id: int
    lines: Mapping[int, int]
    amount_cents: int
    address: DeliveryAddress | None


@dataclass(frozen=True)
class Placed:
    """An order, and the code that it is picked up with: told to who ordered, and kept nowhere."""

    order: MallOrder
    pick_up_code: str = ""
    # Whether this call placed it; the answer is the same if an earlier one did.
    is_new: bool = field(default=True, compare=False)


def place_order(
    session: Session,
    actor: Actor,
    *,
    client_id: str,
    volunteer_id: int,
    lines: Mapping[int, int],
    amount_cents: int,
    at: datetime,
    address: DeliveryAddress | None = None,
    pick_up_code: str | None = None,
) -> Placed:
    """Order so many pieces of items (`lines`, by item) for `amount_cents`, which the volunteer saw; hold the points.

    With an `address` it is sent there, without it is picked up at the supplier's place, for the code that comes with
    the answer (drawn unless it is given). Asked again with the same id before it was picked up, it comes with a new
    code, and the old one is void: none is kept that could be told twice.

    Raises `IdConflict` if the id was used for something else; `Refused` for what is not offered or of several
    suppliers, for too few pieces or points, for more than the limits let one volunteer order, or for another price
    than was seen; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.PLACE_ORDER, volunteer_id)
    asked = _Asked(
        uuid_text(client_id, "client_id"),
        volunteer_id,
        _checked_lines(lines, at),
        positive_cents(amount_cents),
        None if address is None else _checked_address(address),
    )
    if (before := _placed_before(session, asked)) is not None:
        return Placed(before, _code_again(session, before), is_new=False)
    if volunteer.status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")
    order, items = _new_order(session, asked, at)
    check_limits(bought_by(session, volunteer_id), items, asked.lines, at=at)
    if asked.amount_cents != order.amount_cents:
        raise Refused(f"the price is {order.amount_cents} hundredths now: look at it again", "amount_cents")
    add_unique(session, order, _used_id(order.client_id))
    _keep_parts(session, order, items, asked)
    taken = {item_id: -quantity for item_id, quantity in asked.lines.items()}
    move_for_order(session, actor, order.order_id, taken, items, at=at)
    _hold(session, actor, order, at)
    session.execute(
        delete(MallCartLine).where(
            MallCartLine.volunteer_id == volunteer_id, MallCartLine.item_id.in_(asked.lines)
        )
    )
    code = _code_again(session, order, pick_up_code)
    logged = {**snapshot(order), "lines": {str(key): n for key, n in sorted(asked.lines.items())}}
    audit(session, actor, Action.PLACE_ORDER, order, at=at, after=logged)
    told = {"amount_cents": order.amount_cents, "expires_at": order.expires_at.isoformat()}
    notify(session, "order_placed", at=at, volunteer_id=volunteer_id, order_id=order.order_id, **told)
    return Placed(order, code)


def renew_pick_up_code(
    session: Session, actor: Actor, *, order_id: int, at: datetime, pick_up_code: str | None = None
) -> Placed:
    """A new code to pick an order up with, in place of one that was lost, which is void from now on.

    Raises `Refused` for an order that does not wait to be picked up; `NotAllowed`.
    """
    order = permitted_order(session, actor, Action.RENEW_PICK_UP_CODE, order_id)
    if order.delivery_way != "pick_up" or order.status != "paid" or order.expires_at <= at:
        raise Refused("this order does not wait to be picked up", "order_id")
    code = _code_again(session, order, pick_up_code)
    audit(session, actor, Action.RENEW_PICK_UP_CODE, order, at=at)
    return Placed(order, code, is_new=False)


def _checked_lines(lines: Mapping[int, int], at: datetime) -> dict[int, int]:
    if not lines:
        raise Refused("there is nothing to order: choose at least one item", "lines")
    if len(lines) > (most := rule("mall_order_lines_limit", at)):
        raise Refused(f"an order has at most {most} items: order the rest by itself", "lines")
    return {item_id: pieces(quantity, "lines") for item_id, quantity in lines.items()}


def _checked_address(address: DeliveryAddress) -> DeliveryAddress:
    return DeliveryAddress(
        required_text(address.recipient_name, "recipient_name", 80),
        checked_phone(address.phone),
        required_text(address.address, "address", 200),
    )


def _placed_before(session: Session, asked: _Asked) -> MallOrder | None:
    """The order of this id if it is just what is asked for, None if there is none; `IdConflict` otherwise."""
    order = session.scalar(
        select(MallOrder)
        .where(MallOrder.client_id == asked.client_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if order is None:
        return None
    ordered = {line.item_id: line.quantity for line in lines_of(session, [order.order_id])[order.order_id]}
    kept = session.get(MallDeliveryAddress, order.order_id)
    # An address that was forgotten since can be compared with no more.
    same_place = (order.delivery_way == "delivery") == (asked.address is not None) and (
        kept is None or asked.address == DeliveryAddress(kept.recipient_name, kept.phone, kept.address)
    )
    same = (order.volunteer_id, ordered, order.amount_cents) == (
        asked.volunteer_id,
        asked.lines,
        asked.amount_cents,
    )
    if not (same and same_place):
        raise _used_id(asked.client_id)
    return order


def _new_order(session: Session, asked: _Asked, at: datetime) -> tuple[MallOrder, dict[int, MallItem]]:
    """An order that is not kept yet, and its items, locked; all that does not ask who orders is checked."""
    way = "pick_up" if asked.address is None else "delivery"
    supplier_ids = set(
        session.scalars(select(MallItem.supplier_id).where(MallItem.item_id.in_(asked.lines)).distinct())
    )
    if len(supplier_ids) > 1:
        raise Refused("these items are of several suppliers: place an order for each", "lines")
    # Kept as they are before items are locked, as those do who end a supplier.
    suppliers = [shared_supplier(session, supplier_id) for supplier_id in supplier_ids]
    items = lock_items(session, asked.lines)
    for item_id, quantity in sorted(asked.lines.items()):
        if item_id not in items:
            raise Refused(f"there is no item {item_id}", "lines")
        must_be_offered(items[item_id], at)
        if items[item_id].stock < quantity:
            raise Refused(f"of {items[item_id].name} only {items[item_id].stock} are left", "lines")
    (supplier,) = suppliers
    must_supply(supplier)
    must_reach(items.values(), way)
    within = time_span("mall_pick_up_within" if way == "pick_up" else "mall_send_within", at)
    order = MallOrder(
        client_id=asked.client_id,
        volunteer_id=asked.volunteer_id,
        supplier_id=supplier.supplier_id,
        delivery_way=way,
        pick_up_site_id=place_to_pick_up(session, supplier) if way == "pick_up" else None,
        status="paid",
        amount_cents=sum(items[item_id].price_cents * n for item_id, n in asked.lines.items()),
        refunded_cents=0,
        ordered_at=at,
        expires_at=at + within,
    )
    return order, items


def _keep_parts(session: Session, order: MallOrder, items: Mapping[int, MallItem], asked: _Asked) -> None:
    """Keep the lines of an order, and where it goes if it is sent."""
    for item_id, quantity in sorted(asked.lines.items()):
        item = items[item_id]
        session.add(
            MallOrderLine(
                order_id=order.order_id,
                item_id=item_id,
                item_name=item.name,
                quantity=quantity,
                price_cents=item.price_cents,
            )
        )
    if asked.address is not None:
        of_order = {"order_id": order.order_id, "volunteer_id": order.volunteer_id}
        session.add(MallDeliveryAddress(**of_order, **vars(asked.address)))


def _hold(session: Session, actor: Actor, order: MallOrder, at: datetime) -> None:
    promise = Promise(
        order.client_id,
        order.volunteer_id,
        system_account(session, "mall", at, near=order.volunteer_id),
        order.amount_cents,
        order.expires_at,
        f"order:{order.order_id}",
    )
    _, is_new = place_hold(session, actor, promise, at=at)
    if not is_new:
        raise _used_id(order.client_id)


def _code_again(session: Session, order: MallOrder, pick_up_code: str | None = None) -> str:
    """A code that the order is picked up with from now on; "" if it is not waiting for that."""
    if order.delivery_way != "pick_up" or order.status != "paid":
        return ""
    code = draw() if pick_up_code is None else plain(pick_up_code)
    kept = session.get(MallPickUpCode, order.order_id)
    if kept is None:
        kept = MallPickUpCode(order_id=order.order_id)
        session.add(kept)
    kept.code_hash = digest(code)
    session.flush()
    return code


def _used_id(client_id: str) -> IdConflict:
    return IdConflict(
        f"the id {client_id} was used before for another order; make a new id for a new one", "client_id"
    )
