"""Items of the mall: added as drafts, described, shown with a picture, put on sale and taken off it.

Never here: how many there are (mall_stock.py), or who buys them (mall_orders.py).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import DELIVERY_WAYS, ITEM_CATEGORIES, MallItem, MallPicture, MallSupplier
from operations.rules import rule

from .documents import BEGINNINGS, MEGABYTE
from .ledger import positive_cents
from .mall_suppliers import must_supply, shared_supplier
from .records import audit, find, lock, must_write, snapshot
from .refusals import Refused, one_of, required_text

PICTURES = ("image/png", "image/jpeg")
MOST_PIECES = 1_000_000


@dataclass(frozen=True)
class ItemDetails:
    """What an item is and how it is offered; without a limit as many as the rules of the mall let anybody order.

    `price_cents` are hundredths of a point; `delivery_way` is None where the volunteer chooses.
    """

    name: str
    category_code: str
    price_cents: int
    description: str = ""
    delivery_way: str | None = None
    limit_per_day: int | None = None
    limit_per_quarter: int | None = None
    limit_in_all: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def add_item(
    session: Session, actor: Actor, *, supplier_id: int, details: ItemDetails, at: datetime, reason: str = ""
) -> MallItem:
    """Add an item as a draft, of which there is none yet, and return it.

    Raises `Refused` for what cannot be offered so, or a supplier who supplies no more; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.ADD_ITEM, Where())
    find(session, MallSupplier, supplier_id, "supplier")
    supplier = shared_supplier(session, supplier_id)
    must_supply(supplier)
    item = MallItem(supplier_id=supplier_id, **_checked(details, supplier), added_at=at)
    session.add(item)
    audit(session, actor, Action.ADD_ITEM, item, at=at, reason=reason)
    return item


def update_item(
    session: Session, actor: Actor, *, item_id: int, details: ItemDetails, at: datetime, reason: str = ""
) -> MallItem:
    """Describe an item anew, its price and limits included, and return it; what was ordered stays as it was ordered.

    Raises `Refused` for what cannot be offered so, or if nothing is changed; `NotAllowed`.
    """
    item, supplier = _permitted(session, actor, Action.UPDATE_ITEM, item_id)
    changed, before = _checked(details, supplier), snapshot(item)
    if all(getattr(item, name) == value for name, value in changed.items()):
        raise Refused("nothing is changed: there is nothing to save", "name")
    for name, value in changed.items():
        setattr(item, name, value)
    audit(session, actor, Action.UPDATE_ITEM, item, at=at, reason=reason, before=before)
    return item


def set_item_picture(
    session: Session,
    actor: Actor,
    *,
    item_id: int,
    content: bytes,
    media_type: str,
    at: datetime,
    reason: str = "",
) -> MallPicture:
    """Let an item be shown with this picture instead of any before, and return it.

    Raises `Refused` for what is no PNG or JPEG, or larger than the rule mall_picture_size_limit; `NotAllowed`.
    """
    item, _ = _permitted(session, actor, Action.SET_ITEM_PICTURE, item_id)
    if media_type not in PICTURES or not content.startswith(BEGINNINGS[media_type]):
        raise Refused("this is no picture: save it as PNG or JPEG", "content")
    most = rule("mall_picture_size_limit", at)
    if len(content) > most * MEGABYTE:
        raise Refused(
            f"the picture has {len(content) / MEGABYTE:.1f} MB, at most {most} MB are taken: save it smaller",
            "content",
        )
    kept = session.get(MallPicture, item_id)
    before = None if kept is None else _logged(kept)
    if kept is None:
        kept = MallPicture(item_id=item.item_id)
        session.add(kept)
    kept.media_type, kept.content, kept.size_bytes = media_type, content, len(content)
    kept.sha256, kept.uploaded_at = hashlib.sha256(content).hexdigest(), at
    audit(
        session,
        actor,
        Action.SET_ITEM_PICTURE,
        kept,
        at=at,
        reason=reason,
        before=before,
        after=_logged(kept),
    )
    return kept


def put_on_sale(session: Session, actor: Actor, *, item_id: int, at: datetime, reason: str = "") -> MallItem:
    """Offer an item in the catalogue from now on, within its times, and return it.

    Raises `Refused` if it is on sale, its times are over, or its supplier supplies no more; `NotAllowed`.
    """
    item, supplier = _permitted(session, actor, Action.PUT_ON_SALE, item_id)
    must_supply(supplier)
    if item.status == "on_sale":
        raise Refused(f"{item.name} is on sale already", "item_id")
    if item.closes_at is not None and item.closes_at <= at:
        raise Refused("the time of this item is over: change when it closes first", "item_id")
    if item.delivery_way == "pick_up" and supplier.pick_up_site_id is None:
        raise Refused(f"{supplier.name} has no place to pick up at: give it one first", "item_id")
    before = snapshot(item)
    item.status = "on_sale"
    audit(session, actor, Action.PUT_ON_SALE, item, at=at, reason=reason, before=before)
    return item


def take_off_sale(session: Session, actor: Actor, *, item_id: int, reason: str, at: datetime) -> MallItem:
    """Offer an item no more, and return it; what was ordered of it is fulfilled all the same.

    Raises `Refused` without a reason, or if it is not on sale; `NotAllowed`.
    """
    item, _ = _permitted(session, actor, Action.TAKE_OFF_SALE, item_id)
    why = required_text(reason, "reason", 4000)
    if item.status != "on_sale":
        raise Refused(f"{item.name} is not on sale", "item_id")
    before = snapshot(item)
    item.status = "off"
    audit(session, actor, Action.TAKE_OFF_SALE, item, at=at, reason=why, before=before)
    return item


def _permitted(session: Session, actor: Actor, action: Action, item_id: int) -> tuple[MallItem, MallSupplier]:
    """The item, locked, and its supplier, kept as it is. Raises `NotAllowed`; `Refused` if there is none."""
    must_write(session)
    demand(actor, action, Where())
    found = find(session, MallItem, item_id, "item")
    supplier = shared_supplier(session, found.supplier_id)
    return lock(session, MallItem, item_id, "item"), supplier


def _checked(details: ItemDetails, supplier: MallSupplier) -> dict[str, Any]:
    way = (
        None if details.delivery_way is None else one_of(details.delivery_way, DELIVERY_WAYS, "delivery_way")
    )
    if way == "pick_up" and supplier.pick_up_site_id is None:
        raise Refused(f"{supplier.name} has no place to pick up at: give it one first", "delivery_way")
    opens, closes = details.opens_at, details.closes_at
    if opens is not None and closes is not None and closes <= opens:
        raise Refused("the item would close before it opens", "closes_at")
    if len(details.description) > 4000:
        raise Refused("the description is longer than 4000 characters: shorten it", "description")
    return {
        "name": required_text(details.name, "name", 80),
        "description": details.description.strip(),
        "category_code": one_of(details.category_code, ITEM_CATEGORIES, "category_code"),
        "price_cents": positive_cents(details.price_cents),
        "delivery_way": way,
        "opens_at": opens,
        "closes_at": closes,
        **{
            name: None if getattr(details, name) is None else pieces(getattr(details, name), name)
            for name in ("limit_per_day", "limit_per_quarter", "limit_in_all")
        },
    }


def pieces(number: int, field: str) -> int:
    """A number of pieces; `Refused` unless it is a whole one above zero that is no slip."""
    if type(number) is not int or not 0 < number <= MOST_PIECES:
        raise Refused(f"the {field.replace('_', ' ')} must be a whole number above zero", field)
    return number


def _logged(picture: MallPicture) -> dict[str, Any]:
    """A picture for the audit log: the bytes are kept with the item, not in the log."""
    return {
        "item_id": picture.item_id,
        "media_type": picture.media_type,
        "size_bytes": picture.size_bytes,
        "sha256": picture.sha256,
    }
