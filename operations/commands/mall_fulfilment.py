"""What becomes of an order that is paid: sent, handed out for its code, cancelled, or expired. Each happens once.

The points are spent when the goods leave, and free again when they do not. Never here: giving points back afterwards
(mall_refunds.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, NotAllowed, Role, Where, demand, is_allowed, scope_of
from operations.model import MallOrder, MallPickUpCode, PointHold

from .ledger_holds import post_hold, void_hold
from .mall_orders_found import lines_of, order_touched, permitted_order
from .mall_stock import lock_items, move_for_order
from .notices import notify
from .records import audit, must_write, snapshot
from .refusals import Refused, required_text
from .shop_codes import plain
from .shops import digest

# Names the transfer of an order after the order's own id (RFC 9562, version 5): fulfilling it twice cannot pay twice.
SPENDING = UUID("6d5c4f5e-6f0b-5a57-9c0f-7a3f5d1e2b84")


def fulfil_order(
    session: Session, actor: Actor, *, order_id: int, at: datetime, tracking_no: str = "", reason: str = ""
) -> MallOrder:
    """Write down that an order was sent to its address; its points are spent, and the volunteer is told.

    Raises `Refused` for an order that is picked up, that is not waiting any more, or of which the time is over;
    `NotAllowed`.
    """
    order = permitted_order(session, actor, Action.FULFIL_ORDER, order_id)
    if order.delivery_way != "delivery":
        raise Refused("this order is picked up: hand it out for its code", "order_id")
    _must_wait(order, at)
    number = tracking_no.strip()
    return _spent(
        session,
        actor,
        Action.FULFIL_ORDER,
        order,
        at=at,
        reason=reason,
        tracking_no=required_text(number, "tracking_no", 60) if number else None,
    )


def hand_out_order(session: Session, actor: Actor, *, code: str, at: datetime) -> MallOrder:
    """Hand an order out to who shows its code; the code works once, and the points are spent.

    Raises `Refused` for a code that no order waits with at a place of the actor's, or that was used; `NotAllowed`.
    """
    must_write(session)
    if scope_of(actor, Action.HAND_OUT_ORDER).kind == "nothing":
        raise NotAllowed(f"{actor.name} ({actor.role}) may not hand out orders")
    order_id = session.scalar(
        select(MallPickUpCode.order_id).where(MallPickUpCode.code_hash == digest(plain(code)))
    )
    order = None if order_id is None else session.get(MallOrder, order_id)
    # What lies elsewhere looks like what is not there.
    if order is None or not is_allowed(actor, Action.HAND_OUT_ORDER, order_touched(session, order)):
        raise Refused("no order waits here with this code: do not hand anything out", "code")
    order = permitted_order(session, actor, Action.HAND_OUT_ORDER, order.order_id)
    kept = session.get_one(MallPickUpCode, order.order_id, populate_existing=True)
    if kept.code_hash != digest(plain(code)):
        raise Refused("this code was replaced by a newer one: ask for that", "code")
    if kept.used_at is not None:
        raise Refused("this order was handed out already: a code works once", "code")
    _must_wait(order, at)
    kept.used_at = at
    return _spent(session, actor, Action.HAND_OUT_ORDER, order, at=at)


def cancel_order(
    session: Session, actor: Actor, *, order_id: int, at: datetime, reason: str = ""
) -> MallOrder:
    """Let an order that waits not be fulfilled: its points are free again, in the lots where they were, and its pieces
    can be ordered by others.

    Raises `Refused` for an order that is not waiting any more, and without a reason if it is not one's own;
    `NotAllowed`.
    """
    must_write(session)
    found = session.get(MallOrder, order_id)
    demand(actor, Action.CANCEL_ORDER, Where() if found is None else order_touched(session, found))
    why = reason.strip() if actor.role is Role.VOLUNTEER else required_text(reason, "reason", 4000)
    if found is None:
        raise Refused(f"there is no order {order_id}", "order_id")
    (order,) = _give_up(session, actor, Action.CANCEL_ORDER, [order_id], "cancelled", at=at, reason=why) or (
        None,
    )
    if order is None:
        raise Refused(f"this order is {found.status} already", "order_id")
    return order


def expire_orders(session: Session, actor: Actor, *, order_ids: Sequence[int], at: datetime) -> int:
    """End those of these orders that were not sent or picked up in time, and return how many: what the clock does.

    Raises `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.EXPIRE_ORDERS, Where())
    over = session.scalars(due_orders(at).where(MallOrder.order_id.in_(order_ids))).all()
    why = "it was not sent or picked up in time"
    return len(_give_up(session, actor, Action.EXPIRE_ORDERS, list(over), "expired", at=at, reason=why))


def cancel_orders_of(
    session: Session, actor: Actor, volunteer_id: int, *, action: Action, at: datetime, reason: str
) -> int:
    """Cancel all orders of a volunteer that wait, within another command on the person, who is locked; their number."""
    waiting = session.scalars(
        select(MallOrder.order_id).where(MallOrder.volunteer_id == volunteer_id, MallOrder.status == "paid")
    ).all()
    return len(_give_up(session, actor, action, list(waiting), "cancelled", at=at, reason=reason))


def due_orders(at: datetime) -> Select[int]:
    """The orders of which the time is over."""
    return (
        select(MallOrder.order_id)
        .where(MallOrder.status == "paid", MallOrder.expires_at <= at)
        .order_by(MallOrder.order_id)
    )


def _must_wait(order: MallOrder, at: datetime) -> None:
    if order.status != "paid":
        raise Refused(f"this order is {order.status} already", "order_id")
    if order.expires_at <= at:
        raise Refused("the time of this order is over: its points are free again", "order_id")


def _spent(
    session: Session,
    actor: Actor,
    action: Action,
    order: MallOrder,
    *,
    at: datetime,
    reason: str = "",
    tracking_no: str | None = None,
) -> MallOrder:
    """Spend the points of an order that is locked and waits."""
    before = snapshot(order)
    posted = post_hold(
        session,
        actor,
        hold_id=order.client_id,
        transfer_id=str(uuid5(SPENDING, order.client_id)),
        at=at,
        reason=reason,
    )
    order.status, order.transfer_id, order.tracking_no = "fulfilled", posted.transfer_id, tracking_no
    order.fulfilled_at, order.fulfilled_by = at, actor.name
    audit(session, actor, action, order, at=at, reason=reason, before=before)
    notify(
        session,
        "order_fulfilled",
        at=at,
        volunteer_id=order.volunteer_id,
        order_id=order.order_id,
        delivery_way=order.delivery_way,
        tracking_no=tracking_no,
    )
    return order


def _give_up(
    session: Session,
    actor: Actor,
    action: Action,
    order_ids: list[int],
    status: str,
    *,
    at: datetime,
    reason: str,
) -> list[MallOrder]:
    """End those of some orders that wait still, without spending their points; return them.

    Locks all their items, then the orders, then the accounts, each in the order of the ids.
    """
    lines = lines_of(session, order_ids)
    items = lock_items(session, (line.item_id for of_one in lines.values() for line in of_one))
    orders = session.scalars(
        select(MallOrder)
        .where(MallOrder.order_id.in_(order_ids))
        .order_by(MallOrder.order_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    waiting = [order for order in orders if order.status == "paid"]
    account = dict(
        session.execute(
            select(PointHold.hold_id, PointHold.account_id).where(
                PointHold.hold_id.in_([order.client_id for order in waiting])
            )
        ).all()
    )
    for order in sorted(waiting, key=lambda one: (account[one.client_id], one.order_id)):
        before = snapshot(order)
        back = {line.item_id: line.quantity for line in lines[order.order_id]}
        move_for_order(session, actor, order.order_id, back, items, at=at)
        # A hold may have timed out before: then its points are free already.
        void_hold(session, hold_id=order.client_id, at=at)
        order.status, order.ended_at, order.decision_reason = status, at, reason
        audit(session, actor, action, order, at=at, reason=reason, before=before)
        told = {"order_id": order.order_id, "reason": reason}
        notify(session, f"order_{status}", at=at, volunteer_id=order.volunteer_id, **told)
    return waiting
