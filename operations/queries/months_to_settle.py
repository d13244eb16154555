"""Which months of charity shops and of suppliers of the mall are over and not settled yet, the oldest first.

Here: counting them. Never here: settling one (commands.shop_settlements, commands.mall_settlements). What was not
settled in its time still gets a file of its own month, so a month that was forgotten is not hidden in a later one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, scope_of
from operations.local_time import LOCAL
from operations.model import (
    CharityShop,
    MallOrder,
    MallRefund,
    MallSettlement,
    MallSupplier,
    ShopRedemption,
    ShopRefund,
    ShopSettlement,
)

from .shops import visible_shops

BEFORE_ALL = date(1, 1, 1)


@dataclass(frozen=True)
class MonthToSettle:
    """A month (its first day) that waits, and whose it is: the id and the name of a shop or supplier."""

    month: date
    name: str
    owner_id: int


def month_over_at(month: date) -> datetime:
    """The moment (UTC) at which a month is over in Asia/Shanghai."""
    return datetime.combine(following(month), time(), LOCAL).astimezone(UTC)


def last_month(at: datetime) -> date:
    """The first day of the latest month that is over in Asia/Shanghai."""
    return (at.astimezone(LOCAL).date().replace(day=1) - timedelta(days=1)).replace(day=1)


def shop_months_to_settle(session: Session, actor: Actor, at: datetime) -> list[MonthToSettle]:
    """The months of the shops that `actor` settles; an open shop has a file of each month, even an empty one.

    A closed shop has one as long as something of it was posted after its last.
    """
    scope = scope_of(actor, Action.SETTLE_SHOP)
    if scope.kind == "nothing":
        return []
    last = last_month(at)
    settled = (
        select(ShopSettlement.shop_id, func.max(ShopSettlement.period).label("period"))
        .group_by(ShopSettlement.shop_id)
        .subquery()
    )
    open_since = [
        select(func.min(kind.period))
        .where(kind.shop_id == CharityShop.shop_id, kind.period > func.coalesce(settled.c.period, BEFORE_ALL))
        .correlate(CharityShop, settled)
        .label(name)
        for name, kind in (("redeemed", ShopRedemption), ("refunded", ShopRefund))
    ]
    rows = session.execute(
        select(CharityShop, settled.c.period.label("settled"), *open_since)
        .outerjoin(settled, settled.c.shop_id == CharityShop.shop_id)
        .where(visible_shops(scope), CharityShop.opened_at < month_over_at(last))
    )
    found = []
    for row in rows:
        shop, done = row[0], row.settled
        first = _earliest(row.redeemed, row.refunded)
        if first is None and _was_there(shop.closed_at, last) and (done is None or done < last):
            first = last
        found += [MonthToSettle(one, shop.name, shop.shop_id) for one in months_up_to(first, last)]
    return sorted(found, key=lambda one: (one.month, one.name, one.owner_id))


def supplier_months_to_close(session: Session, actor: Actor, at: datetime) -> list[MonthToSettle]:
    """The months of suppliers, for who closes them; a supplier has a file of each month until it ends, even an empty
    one, and afterwards as long as something of it is in no file yet."""
    if scope_of(actor, Action.CLOSE_SUPPLIER_MONTH).kind == "nothing":
        return []
    last = last_month(at)
    over = month_over_at(last)
    closed = (
        select(MallSettlement.supplier_id, func.max(MallSettlement.month).label("month"))
        .group_by(MallSettlement.supplier_id)
        .subquery()
    )
    fulfilled = (
        select(func.min(MallOrder.fulfilled_at))
        .where(
            MallOrder.supplier_id == MallSupplier.supplier_id,
            MallOrder.settlement_id.is_(None),
            MallOrder.fulfilled_at < over,
        )
        .correlate(MallSupplier)
        .label("fulfilled_at")
    )
    refunded = (
        select(MallOrder.supplier_id, func.min(MallRefund.refunded_at).label("refunded_at"))
        .join(MallOrder, MallOrder.order_id == MallRefund.order_id)
        .where(MallRefund.settlement_id.is_(None), MallRefund.refunded_at < over)
        .group_by(MallOrder.supplier_id)
        .subquery()
    )
    rows = session.execute(
        select(MallSupplier, closed.c.month.label("closed"), fulfilled, refunded.c.refunded_at)
        .outerjoin(closed, closed.c.supplier_id == MallSupplier.supplier_id)
        .outerjoin(refunded, refunded.c.supplier_id == MallSupplier.supplier_id)
        .where(MallSupplier.registered_at < over)
    )
    found = []
    for row in rows:
        supplier, open_since = row[0], _earliest(row.fulfilled_at, row.refunded_at)
        first = None if open_since is None else _month_of(open_since)
        if first is None and _was_there(supplier.ended_at, last):
            first = last
        if first is not None and row.closed is not None:
            # What came after its month was closed goes into the next.
            first = max(first, following(row.closed))
        found += [
            MonthToSettle(one, supplier.name, supplier.supplier_id) for one in months_up_to(first, last)
        ]
    return sorted(found, key=lambda one: (one.month, one.name, one.owner_id))


def _earliest(*found: Any) -> Any:
    return min((one for one in found if one is not None), default=None)


def _was_there(ended_at: datetime | None, month: date) -> bool:
    return ended_at is None or _month_of(ended_at) >= month


def _month_of(moment: datetime) -> date:
    return moment.astimezone(LOCAL).date().replace(day=1)


def months_up_to(first: date | None, last: date) -> Iterator[date]:
    """The first days of the months from one to another, both included; none without a first."""
    while first is not None and first <= last:
        yield first
        first = following(first)


def following(month: date) -> date:
    """The first day of the month after that of a first day."""
    return (month + timedelta(days=31)).replace(day=1)
