"""The stock of the mall's items: every piece that comes or goes is a row, and what is left is their sum.

Here: receiving and correcting, and the one way in which orders move stock. Never here: an order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import MallItem, MallStockMove

from .mall_items import MOST_PIECES, pieces
from .records import audit, lock, must_write
from .refusals import Refused, required_text


def receive_stock(
    session: Session, actor: Actor, *, item_id: int, quantity: int, at: datetime, reason: str = ""
) -> MallStockMove:
    """Take so many pieces of an item in from its supplier, and return the row that says so.

    Raises `Refused` for what is no number of pieces; `NotAllowed`.
    """
    item = _permitted(session, actor, Action.RECEIVE_STOCK, item_id)
    move = MallStockMove(
        kind="received", quantity=pieces(quantity, "quantity"), moved_at=at, reason=reason.strip()
    )
    return _kept(session, actor, Action.RECEIVE_STOCK, item, move)


def correct_stock(
    session: Session, actor: Actor, *, item_id: int, counted: int, reason: str, at: datetime
) -> MallStockMove:
    """Let the stock be what was counted of the pieces that are not ordered, and return the row of the difference.

    Raises `Refused` without a reason, for a number below zero, or if that is what is known; `NotAllowed`.
    """
    item = _permitted(session, actor, Action.CORRECT_STOCK, item_id)
    why = required_text(reason, "reason", 4000)
    if type(counted) is not int or not 0 <= counted <= MOST_PIECES:
        raise Refused("what was counted must be a whole number, 0 or more", "counted")
    if counted == item.stock:
        raise Refused(f"{counted} is what is known already: there is nothing to correct", "counted")
    move = MallStockMove(kind="corrected", quantity=counted - item.stock, moved_at=at, reason=why)
    return _kept(session, actor, Action.CORRECT_STOCK, item, move)


def lock_items(session: Session, item_ids: Iterable[int]) -> dict[int, MallItem]:
    """The items that there are of these, locked in the order of their ids so that no two orders wait for each other."""
    must_write(session)
    rows = session.scalars(
        select(MallItem)
        .where(MallItem.item_id.in_(sorted(set(item_ids))))
        .order_by(MallItem.item_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {item.item_id: item for item in rows}


def move_for_order(
    session: Session,
    actor: Actor,
    order_id: int,
    moves: Mapping[int, int],
    items: Mapping[int, MallItem],
    *,
    at: datetime,
) -> None:
    """Take pieces out of the stock of locked items for an order (below zero), or put them back (above zero)."""
    for item_id, quantity in sorted(moves.items()):
        items[item_id].stock += quantity
        kind = "ordered" if quantity < 0 else "returned"
        session.add(
            MallStockMove(
                item_id=item_id,
                kind=kind,
                quantity=quantity,
                order_id=order_id,
                moved_at=at,
                actor=actor.name,
            )
        )


def _permitted(session: Session, actor: Actor, action: Action, item_id: int) -> MallItem:
    must_write(session)
    demand(actor, action, Where())
    return lock(session, MallItem, item_id, "item")


def _kept(
    session: Session, actor: Actor, action: Action, item: MallItem, move: MallStockMove
) -> MallStockMove:
    """Let the stock be what it is with the move, and write both down."""
    if item.stock + move.quantity > MOST_PIECES:
        raise Refused(f"that would be more than {MOST_PIECES} pieces: look for a slip", "quantity")
    item.stock += move.quantity
    move.item_id, move.actor = item.item_id, actor.name
    session.add(move)
    audit(session, actor, action, move, at=move.moved_at, reason=move.reason)
    return move
