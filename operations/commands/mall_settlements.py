"""What a supplier of the mall is owed for a month: closed once, as a file that balances with its order lines.

A month takes what was fulfilled and given back until its end and is in no month yet: what comes after the closing goes
into the next one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.csv_cells import harmless, points_text
from operations.local_time import LOCAL, as_read
from operations.model import (
    MallOrder,
    MallOrderLine,
    MallRefund,
    MallRefundLine,
    MallSettlement,
    MallSupplier,
)

from .mall_suppliers import permitted_supplier
from .records import audit, find, snapshot
from .refusals import Refused

KINDS = {"order": "订单", "refund": "退款"}


@dataclass(frozen=True)
class SettledLine:
    """Some pieces of an item in one order or refund; of a refund `pieces` is below zero."""

    kind: str
    order_id: int
    item_id: int
    item_name: str
    pieces: int
    price_cents: int
    happened_at: datetime

    @property
    def amount_cents(self) -> int:
        """What the line adds to what is owed."""
        return self.pieces * self.price_cents


def close_supplier_month(
    session: Session, actor: Actor, *, supplier_id: int, month: date, at: datetime, reason: str = ""
) -> MallSettlement:
    """Close a month (any day of it) of a supplier, and return the settlement with its file; one that is closed stays as
    it is.

    Raises `Refused` if the month is not over yet in Asia/Shanghai, or a later one is closed; `NotAllowed`.
    """
    supplier = permitted_supplier(session, actor, Action.CLOSE_SUPPLIER_MONTH, supplier_id)
    first = month.replace(day=1)
    of_supplier = select(MallSettlement).where(MallSettlement.supplier_id == supplier_id)
    closed = session.scalar(of_supplier.where(MallSettlement.month == first))
    if closed is not None:
        return closed
    if first >= at.astimezone(LOCAL).date().replace(day=1):
        raise Refused("this month is not over yet", "month")
    last = session.scalar(
        select(func.max(MallSettlement.month)).where(MallSettlement.supplier_id == supplier_id)
    )
    if last is not None and last > first:
        raise Refused(f"{last:%Y-%m} is closed already, with all that was open before", "month")
    order_ids, refund_ids = _open(session, supplier_id, _end_of(first))
    lines = [*_order_lines(session, order_ids), *_refund_lines(session, refund_ids)]
    fulfilled = sum(line.amount_cents for line in lines if line.kind == "order")
    refunded = -sum(line.amount_cents for line in lines if line.kind == "refund")
    content = _written(supplier, first, lines, len(order_ids), len(refund_ids))
    settlement = MallSettlement(
        supplier_id=supplier_id,
        month=first,
        orders=len(order_ids),
        refunds=len(refund_ids),
        fulfilled_cents=fulfilled,
        refunded_cents=refunded,
        amount_cents=fulfilled - refunded,
        file_name=f"mall_supplier_{supplier_id}_{first:%Y-%m}.csv",
        sha256=sha256(content).hexdigest(),
        content=content,
        closed_at=at,
        closed_by=actor.name,
    )
    session.add(settlement)
    session.flush()
    into = {"settlement_id": settlement.settlement_id}
    session.execute(update(MallOrder).where(MallOrder.order_id.in_(order_ids)).values(into))
    session.execute(update(MallRefund).where(MallRefund.refund_id.in_(refund_ids)).values(into))
    logged = {name: value for name, value in snapshot(settlement).items() if name != "content"}
    audit(session, actor, Action.CLOSE_SUPPLIER_MONTH, settlement, at=at, reason=reason, after=logged)
    return settlement


def supplier_month_file(session: Session, actor: Actor, *, settlement_id: int) -> tuple[str, bytes]:
    """Name and bytes of the file of a closed month: CSV in UTF-8 with a byte-order mark, times in Beijing time.

    Raises `Refused` if there is none, or if it is not what was closed; `NotAllowed`.
    """
    demand(actor, Action.VIEW_SUPPLIER_MONTHS, Where())
    settlement = find(session, MallSettlement, settlement_id, "settlement")
    if sha256(settlement.content).hexdigest() != settlement.sha256:
        raise Refused("the file of this month was altered: report this, and keep the database")
    return settlement.file_name, settlement.content


def _end_of(month: date) -> datetime:
    """The moment (UTC) at which a month is over in Asia/Shanghai."""
    following = (month + timedelta(days=31)).replace(day=1)
    return datetime.combine(following, time(), LOCAL).astimezone(UTC)


def _open(session: Session, supplier_id: int, end: datetime) -> tuple[list[int], list[str]]:
    """The orders and refunds of a supplier until the end of a month that are in no month yet, locked."""
    orders = session.scalars(
        select(MallOrder.order_id)
        .where(
            MallOrder.supplier_id == supplier_id,
            MallOrder.settlement_id.is_(None),
            MallOrder.fulfilled_at < end,
        )
        .order_by(MallOrder.order_id)
        .with_for_update(key_share=True)
    ).all()
    refunds = session.scalars(
        select(MallRefund.refund_id)
        .join(MallOrder, MallOrder.order_id == MallRefund.order_id)
        .where(
            MallOrder.supplier_id == supplier_id,
            MallRefund.settlement_id.is_(None),
            MallRefund.refunded_at < end,
        )
        .order_by(MallRefund.refunded_at, MallRefund.refund_id)
        .with_for_update(key_share=True, of=MallRefund)
    ).all()
    return list(orders), list(refunds)


def _order_lines(session: Session, order_ids: Sequence[int]) -> list[SettledLine]:
    rows = session.execute(
        select(
            MallOrder.order_id,
            MallOrderLine.item_id,
            MallOrderLine.item_name,
            MallOrderLine.quantity,
            MallOrderLine.price_cents,
            MallOrder.fulfilled_at,
        )
        .join(MallOrderLine, MallOrderLine.order_id == MallOrder.order_id)
        .where(MallOrder.order_id.in_(order_ids))
        .order_by(MallOrder.fulfilled_at, MallOrder.order_id, MallOrderLine.item_id)
    )
    return [SettledLine("order", *row[:5], row[5]) for row in rows if row[5] is not None]


def _refund_lines(session: Session, refund_ids: Sequence[str]) -> list[SettledLine]:
    rows = session.execute(
        select(
            MallRefund.order_id,
            MallRefundLine.item_id,
            MallOrderLine.item_name,
            -MallRefundLine.quantity,
            MallOrderLine.price_cents,
            MallRefund.refunded_at,
        )
        .join(MallRefundLine, MallRefundLine.refund_id == MallRefund.refund_id)
        .join(
            MallOrderLine,
            (MallOrderLine.order_id == MallRefund.order_id)
            & (MallOrderLine.item_id == MallRefundLine.item_id),
        )
        .where(MallRefund.refund_id.in_(refund_ids))
        .order_by(MallRefund.refunded_at, MallRefund.refund_id, MallRefundLine.item_id)
    )
    return [SettledLine("refund", *row) for row in rows]


def _written(
    supplier: MallSupplier, month: date, lines: Sequence[SettledLine], orders: int, refunds: int
) -> bytes:
    """Heading with the sums, then the lines, then their count and sum once more: a file cut short is noticed."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(["益币商城供应商月度结算单"])
    gained = sum(line.amount_cents for line in lines if line.kind == "order")
    given_back = -sum(line.amount_cents for line in lines if line.kind == "refund")
    for name, value in (
        ("供应商", harmless(supplier.name)),
        ("统一社会信用代码", harmless(supplier.uscc or "")),
        ("结算月份", f"{month:%Y-%m}"),
        ("订单笔数", orders),
        ("订单益币", points_text(gained)),
        ("退款笔数", refunds),
        ("退款益币", points_text(given_back)),
        ("结算益币", points_text(gained - given_back)),
    ):
        rows.writerow([name, value])
    rows.writerow([])
    rows.writerow(["序号", "类型", "订单号", "商品编号", "商品", "数量", "单价", "时间", "益币"])
    for number, line in enumerate(lines, start=1):
        rows.writerow(
            [
                number,
                KINDS[line.kind],
                line.order_id,
                line.item_id,
                harmless(line.item_name),
                line.pieces,
                points_text(line.price_cents),
                as_read(line.happened_at),
                points_text(line.amount_cents),
            ]
        )
    rows.writerow(["合计", f"{len(lines)} 行", *[""] * 6, points_text(gained - given_back)])
    return out.getvalue().encode("utf-8-sig")
