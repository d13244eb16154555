"""Points of a fulfilled order given back, in whole or for some of its pieces, to the lots that they came from.

Never here: an order that waits still, which is cancelled (mall_fulfilment.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import (
    MallOrder,
    MallOrderLine,
    MallRefund,
    MallRefundLine,
    PointAccount,
    PointTransfer,
)
from operations.rules import time_span

from .ledger import IdConflict, uuid_text
from .ledger_movements import reverse
from .mall_items import pieces
from .mall_orders_found import lines_of, order_touched, permitted_order
from .mall_stock import lock_items, move_for_order
from .notices import notify
from .records import add_unique, audit, must_write, snapshot
from .refusals import Refused, required_text


@dataclass(frozen=True)
class _Asked:
    """A refund as it is asked for; asked for again with the same id it must be the same. Without `lines` it is of all
    that is left."""

    refund_id: str
    order_id: int
    lines: Mapping[int, int] | None
    is_restocked: bool
    reason: str


def refund_order(
    session: Session,
    actor: Actor,
    *,
    refund_id: str,
    order_id: int,
    reason: str,
    is_restocked: bool,
    at: datetime,
    lines: Mapping[int, int] | None = None,
) -> MallRefund:
    """Give the points of an order back, of so many pieces of its items (`lines`) or of all that is left of it.

    With `is_restocked` the pieces came back, and others can order them. Asked again with the same id, it is answered
    as the first time.

    Raises `IdConflict` if the id was used for something else; `Refused` without a reason, for an order that is not
    fulfilled, for more pieces than are left, or after the time of the rule mall_refund_within; `NotAllowed`.
    """
    must_write(session)
    found = session.get(MallOrder, order_id)
    demand(actor, Action.REFUND_ORDER, Where() if found is None else order_touched(session, found))
    why = required_text(reason, "reason", 1000)
    asked = _Asked(uuid_text(refund_id, "refund_id"), order_id, lines, is_restocked, why)
    # Items are locked before orders, as by who orders them.
    ordered = lines_of(session, [order_id])[order_id]
    items = lock_items(session, [line.item_id for line in ordered])
    order = permitted_order(session, actor, Action.REFUND_ORDER, order_id)
    ordered = lines_of(session, [order_id])[order_id]
    if (before := _refunded_before(session, asked)) is not None:
        return before
    if order.status not in ("fulfilled", "refunded") or order.fulfilled_at is None:
        raise Refused(f"this order is {order.status}: there is nothing to give back", "order_id")
    back = _checked_lines(ordered, lines)
    if at > order.fulfilled_at + (within := time_span("mall_refund_within", at)):
        raise Refused(f"points are given back within {within.days} days of fulfilment", "order_id")
    was = snapshot(order)
    refund = _reverse(session, actor, order, ordered, back, asked=asked, at=at)
    if is_restocked:
        move_for_order(session, actor, order_id, back, items, at=at)
    audit(
        session, actor, Action.REFUND_ORDER, order, at=at, reason=why, before=was,
        after={**snapshot(order), "refund": snapshot(refund), "lines": {str(key): n for key, n in back.items()}},
    )  # fmt: skip
    told = {"order_id": order_id, "amount_cents": refund.amount_cents, "reason": why}
    notify(session, "order_refunded", at=at, volunteer_id=order.volunteer_id, **told)
    return refund


def _reverse(
    session: Session,
    actor: Actor,
    order: MallOrder,
    ordered: list[MallOrderLine],
    back: Mapping[int, int],
    *,
    asked: _Asked,
    at: datetime,
) -> MallRefund:
    """Reverse so much of the order's transfer, on the account that it was taken from: a merged record keeps its own."""
    amount = sum(line.price_cents * back.get(line.item_id, 0) for line in ordered)
    original = session.scalars(
        select(PointTransfer).where(PointTransfer.transfer_id == order.transfer_id)
    ).one()
    owner = session.scalars(
        select(PointAccount.volunteer_id).where(PointAccount.account_id == original.debit_account_id)
    ).one()
    posted = reverse(
        session,
        actor,
        transfer_id=asked.refund_id,
        original=original,
        volunteer_id=owner or 0,
        amount_cents=amount,
        at=at,
        reason=asked.reason,
    )
    if not posted.is_new:
        raise _used_id(asked.refund_id)
    for line in ordered:
        line.refunded_quantity += back.get(line.item_id, 0)
    order.refunded_cents += amount
    if order.refunded_cents == order.amount_cents:
        order.status = "refunded"
    refund = MallRefund(
        refund_id=asked.refund_id,
        order_id=order.order_id,
        amount_cents=amount,
        is_restocked=asked.is_restocked,
        refunded_at=at,
        refunded_by=actor.name,
        reason=asked.reason,
    )
    add_unique(session, refund, _used_id(asked.refund_id))
    session.add_all(
        MallRefundLine(refund_id=asked.refund_id, item_id=item_id, quantity=quantity)
        for item_id, quantity in sorted(back.items())
    )
    return refund


def _checked_lines(ordered: list[MallOrderLine], lines: Mapping[int, int] | None) -> dict[int, int]:
    """How many pieces of which item are given back; all that are left without `lines`."""
    left = {line.item_id: line.quantity - line.refunded_quantity for line in ordered}
    if lines is None:
        back = {item_id: quantity for item_id, quantity in left.items() if quantity}
        if not back:
            raise Refused("all of this order was given back already", "lines")
        return back
    if not lines:
        raise Refused("choose what is given back", "lines")
    for item_id, quantity in lines.items():
        if pieces(quantity, "lines") > left.get(item_id, 0):
            raise Refused(f"of item {item_id} only {left.get(item_id, 0)} are left to give back", "lines")
    return dict(lines)


def _refunded_before(session: Session, asked: _Asked) -> MallRefund | None:
    """The refund of this id if it is just what is asked for, None if there is none; `IdConflict` otherwise."""
    known = session.get(MallRefund, asked.refund_id)
    if known is None:
        return None
    kept = dict(
        session.execute(
            select(MallRefundLine.item_id, MallRefundLine.quantity).where(
                MallRefundLine.refund_id == asked.refund_id
            )
        ).all()
    )
    same = (known.order_id, known.is_restocked, known.reason) == (
        asked.order_id,
        asked.is_restocked,
        asked.reason,
    )
    if not same or (asked.lines is not None and dict(asked.lines) != kept):
        raise _used_id(asked.refund_id)
    return known


def _used_id(refund_id: str) -> IdConflict:
    return IdConflict(
        f"the id {refund_id} was used before for something else; make a new id for a new refund", "refund_id"
    )
