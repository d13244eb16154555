"""An order of the mall that is there already: found and locked, whose it is, and what it is of.

Here: what every command about an order begins with. Never here: placing one (mall_orders.py), or what becomes of it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where
from operations.model import MallOrder, MallOrderLine

from .mall_suppliers import site_now
from .permitted import permitted_row
from .touched import site_touched


def permitted_order(session: Session, actor: Actor, action: Action, order_id: int) -> MallOrder:
    """The order, locked. Raises `NotAllowed`; `Refused` if there is none. Lock its items before, if they change."""
    return permitted_row(session, actor, action, MallOrder, order_id, what="order", touched=order_touched)


def order_touched(session: Session, order: MallOrder) -> Where:
    """Whose an order is, and where it is handed out, if it is picked up."""
    if order.pick_up_site_id is None:
        return Where(volunteer_id=order.volunteer_id)
    where = site_touched(session, site_now(session, order.pick_up_site_id))
    return Where(
        where.district_code,
        where.township_code,
        where.organisation_id,
        order.volunteer_id,
        parent_organisation_ids=where.parent_organisation_ids,
    )


def lines_of(session: Session, order_ids: list[int]) -> dict[int, list[MallOrderLine]]:
    """The lines of some orders, by order, in the order of the items."""
    found: dict[int, list[MallOrderLine]] = {order_id: [] for order_id in order_ids}
    rows = session.scalars(
        select(MallOrderLine)
        .where(MallOrderLine.order_id.in_(order_ids))
        .order_by(MallOrderLine.order_id, MallOrderLine.item_id)
        .execution_options(populate_existing=True)
    )
    for line in rows:
        found[line.order_id].append(line)
    return found
