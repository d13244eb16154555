"""How much one volunteer may order: of an item, and of all items, on a local day and in a quarter.

What was cancelled, expired or given back does not count. Here: the arithmetic, and what was ordered before.
Never here: stock, or points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.local_time import LOCAL
from operations.model import MallItem, MallOrder, MallOrderLine
from operations.rules import rule

from .refusals import Refused


@dataclass(frozen=True)
class Bought:
    """Some pieces of an item that a volunteer ordered with one order and keeps."""

    order_id: int
    item_id: int
    quantity: int
    ordered_at: datetime


def check_limits(
    bought: Sequence[Bought], items: Mapping[int, MallItem], wanted: Mapping[int, int], *, at: datetime
) -> None:
    """Do nothing if a volunteer who bought this before may order so many pieces more.

    Raises `Refused` naming the limit: of an item (a day, a quarter, in all), of pieces (a day, a quarter), of orders.
    """
    today, quarter = day_begins(at), quarter_begins(at)
    of_today = [one for one in bought if one.ordered_at >= today]
    of_quarter = [one for one in bought if one.ordered_at >= quarter]
    for item_id, quantity in sorted(wanted.items()):
        item = items[item_id]
        for limit, before, span in (
            (item.limit_per_day, of_today, "a day"),
            (item.limit_per_quarter, of_quarter, "a quarter"),
            (item.limit_in_all, bought, "in all"),
        ):
            had = sum(one.quantity for one in before if one.item_id == item_id)
            if limit is not None and had + quantity > limit:
                raise Refused(
                    f"of {item.name} one volunteer can order {limit} {span}: {max(limit - had, 0)} are left",
                    "lines",
                )
    asked = sum(wanted.values())
    for name, before, span in (
        ("mall_pieces_per_day", of_today, "a day"),
        ("mall_pieces_per_quarter", of_quarter, "a quarter"),
    ):
        most, had = rule(name, at), sum(one.quantity for one in before)
        if had + asked > most:
            raise Refused(
                f"one volunteer can order {most} pieces {span}: {max(most - had, 0)} are left", "lines"
            )
    if len({one.order_id for one in of_today}) >= (most := rule("mall_orders_per_day", at)):
        raise Refused(f"one volunteer can place {most} orders a day: order again tomorrow", "lines")


def bought_by(session: Session, volunteer_id: int) -> list[Bought]:
    """What a volunteer ordered and keeps, or waits for. Ask with the volunteer locked."""
    rows = session.execute(
        select(
            MallOrder.order_id,
            MallOrderLine.item_id,
            MallOrderLine.quantity - MallOrderLine.refunded_quantity,
            MallOrder.ordered_at,
        )
        .join(MallOrderLine, MallOrderLine.order_id == MallOrder.order_id)
        .where(
            MallOrder.volunteer_id == volunteer_id, MallOrder.status.in_(("paid", "fulfilled", "refunded"))
        )
    )
    return [Bought(*row) for row in rows if row[2] > 0]


def day_begins(at: datetime) -> datetime:
    """The beginning of the local calendar day of a moment, in UTC."""
    return _begins(at.astimezone(LOCAL).date())


def quarter_begins(at: datetime) -> datetime:
    """The beginning of the local calendar quarter of a moment, in UTC."""
    day = at.astimezone(LOCAL).date()
    return _begins(date(day.year, (day.month - 1) // 3 * 3 + 1, 1))


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)
