"""What a volunteer has in the cart: put in, changed, removed. Nothing is set aside for a cart.

Never here: ordering (mall_orders.py), which empties it of what was ordered.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import MallCartLine, MallItem
from operations.rules import rule

from .mall_items import pieces
from .mall_offer import must_be_offered
from .permitted import permitted_volunteer
from .records import audit, find, snapshot
from .refusals import Refused


def put_in_cart(
    session: Session, actor: Actor, *, volunteer_id: int, item_id: int, quantity: int, at: datetime
) -> MallCartLine:
    """Let so many pieces of an item lie in the cart, instead of as many as lay there, and return the line.

    Raises `Refused` for an item that is not offered, more pieces than its limits let anybody have, or a cart that is
    full (rule mall_order_lines_limit); `NotAllowed`.
    """
    permitted_volunteer(session, actor, Action.PUT_IN_CART, volunteer_id)
    item = find(session, MallItem, item_id, "item")
    must_be_offered(item, at)
    wanted = pieces(quantity, "quantity")
    limits = [
        one for one in (item.limit_per_day, item.limit_per_quarter, item.limit_in_all) if one is not None
    ]
    if limits and wanted > min(limits):
        raise Refused(f"of {item.name} one volunteer can order {min(limits)} at once", "quantity")
    line = session.get(MallCartLine, (volunteer_id, item_id))
    before = None if line is None else snapshot(line)
    if line is None:
        most = rule("mall_order_lines_limit", at)
        lines = select(func.count()).where(MallCartLine.volunteer_id == volunteer_id)
        if (session.scalar(lines) or 0) >= most:
            raise Refused(f"a cart holds {most} items: order or remove some first", "item_id")
        line = MallCartLine(volunteer_id=volunteer_id, item_id=item_id, added_at=at)
        session.add(line)
    line.quantity = wanted
    audit(session, actor, Action.PUT_IN_CART, line, at=at, before=before)
    return line


def remove_from_cart(
    session: Session, actor: Actor, *, volunteer_id: int, item_id: int, at: datetime
) -> None:
    """Take an item out of the cart.

    Raises `Refused` if it is not in it; `NotAllowed`.
    """
    permitted_volunteer(session, actor, Action.REMOVE_FROM_CART, volunteer_id)
    line = session.get(MallCartLine, (volunteer_id, item_id))
    if line is None:
        raise Refused("this item is not in the cart", "item_id")
    audit(session, actor, Action.REMOVE_FROM_CART, line, at=at, before=snapshot(line), after={})
    session.delete(line)
    session.flush()
