"""Whether an item can be ordered now, and in which way it reaches who orders it.

Here: the conditions that carts and orders share. Never here: limits of a volunteer (mall_limits.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from operations.local_time import as_read
from operations.model import MallItem, MallSupplier

from .mall_suppliers import site_now
from .refusals import Refused


def must_be_offered(item: MallItem, at: datetime) -> None:
    """Do nothing if the item is on sale at this moment; `Refused` otherwise."""
    if item.status != "on_sale":
        raise Refused(f"{item.name} is not on sale", "item_id")
    if item.opens_at is not None and item.opens_at > at:
        raise Refused(f"{item.name} can be ordered from {as_read(item.opens_at)} on", "item_id")
    if item.closes_at is not None and item.closes_at <= at:
        raise Refused(f"{item.name} could be ordered until {as_read(item.closes_at)}", "item_id")


def must_reach(items: Iterable[MallItem], way: str) -> None:
    """Do nothing if all items can be had in this way (delivery, pick_up); `Refused` otherwise."""
    for item in items:
        if item.delivery_way not in (None, way):
            only = "sent" if item.delivery_way == "delivery" else "picked up"
            raise Refused(f"{item.name} can only be {only}: order it by itself", "address")


def place_to_pick_up(session: Session, supplier: MallSupplier) -> int:
    """The site at which the supplier's goods are picked up now; `Refused` if there is none that is open."""
    if supplier.pick_up_site_id is None:
        raise Refused(f"{supplier.name} has no place to pick up at: give an address to send it to", "address")
    site = site_now(session, supplier.pick_up_site_id)
    if site.closed_on is not None:
        raise Refused(f"{site.name}, where it would be picked up, is closed", "address")
    return site.site_id
