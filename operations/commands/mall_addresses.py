"""Where orders are sent: shown to who sends them, with a reason, and forgotten when it is needed no more.

Lists show addresses masked. Never here: sending (mall_fulfilment.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import MallDeliveryAddress, MallOrder
from operations.rules import rule, time_span

from .records import audit_event, must_write
from .refusals import Refused, required_text


@dataclass(frozen=True)
class FullAddress:
    """Whom an order is sent to, and where, nothing masked."""

    order_id: int
    recipient_name: str
    phone: str
    address: str


def reveal_delivery_addresses(
    session: Session, actor: Actor, *, order_ids: Sequence[int], reason: str, at: datetime
) -> list[FullAddress]:
    """The addresses of some orders that wait to be sent; who asked, for which orders and why is written down, what was
    shown is not.

    Raises `Refused` without a reason, for too many at once (rule mall_bulk_limit), or for an order that does not wait
    to be sent; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.REVEAL_DELIVERY_ADDRESSES, Where())
    why = required_text(reason, "reason", 4000)
    if not order_ids:
        raise Refused("choose at least one order", "order_ids")
    if len(order_ids) > (most := rule("mall_bulk_limit", at)):
        raise Refused(f"at most {most} addresses are shown at once", "order_ids")
    rows = session.execute(
        select(
            MallOrder.order_id,
            MallDeliveryAddress.recipient_name,
            MallDeliveryAddress.phone,
            MallDeliveryAddress.address,
        )
        .join(MallDeliveryAddress, MallDeliveryAddress.order_id == MallOrder.order_id)
        .where(MallOrder.order_id.in_(order_ids), MallOrder.status == "paid")
        .order_by(MallOrder.order_id)
    )
    found = [FullAddress(*row) for row in rows]
    missing = sorted(set(order_ids) - {one.order_id for one in found})
    if missing:
        raise Refused(f"the order {missing[0]} does not wait to be sent", "order_ids")
    for one in found:
        audit_event(
            session,
            actor,
            Action.REVEAL_DELIVERY_ADDRESSES,
            "mall_orders",
            str(one.order_id),
            at=at,
            reason=why,
        )
    return found


def forget_addresses(session: Session, actor: Actor, *, at: datetime, at_most: int = 1000) -> int:
    """Delete addresses that are needed no more (rule mall_address_kept), at most so many, and return their number.

    Raises `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.FORGET_ADDRESSES, Where())
    old = session.scalars(old_addresses(at).limit(at_most)).all()
    if old:
        session.execute(delete(MallDeliveryAddress).where(MallDeliveryAddress.order_id.in_(old)))
        audit_event(
            session,
            actor,
            Action.FORGET_ADDRESSES,
            "mall_delivery_addresses",
            f"{len(old)} addresses",
            at=at,
            after={"forgotten": len(old)},
        )
    return len(old)


def old_addresses(at: datetime) -> Select[int]:
    """The orders of which the address is kept and needed no more."""
    until = at - time_span("mall_address_kept", at)
    return (
        select(MallDeliveryAddress.order_id)
        .join(MallOrder, MallOrder.order_id == MallDeliveryAddress.order_id)
        .where(or_(MallOrder.fulfilled_at <= until, MallOrder.ended_at <= until))
        .order_by(MallDeliveryAddress.order_id)
    )
