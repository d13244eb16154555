"""Suppliers of the mall: registered, corrected, ended.

Order of locks in the mall: volunteer, supplier (shared by who orders), items by id, orders by id, then what ledger.py
says. Never here: what they supply (mall_items.py) or are settled for (mall_settlements.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import MallItem, MallOrder, MallSupplier, Site

from .identity import checked_phone
from .organisations import compact_uscc
from .records import add_unique, audit, lock, must_write, snapshot
from .refusals import Refused, required_text


@dataclass(frozen=True)
class SupplierDetails:
    """What is known of a supplier. `pick_up_site_id`: where volunteers pick its goods up; None if all is sent."""

    name: str
    uscc: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    pick_up_site_id: int | None = None


def register_supplier(
    session: Session, actor: Actor, *, details: SupplierDetails, at: datetime, reason: str = ""
) -> MallSupplier:
    """Let somebody supply goods to the mall from now on, and return the supplier.

    Raises `Refused` for a name or code that is taken, or a site that is closed; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.REGISTER_SUPPLIER, Where())
    supplier = MallSupplier(**_checked(session, details), registered_at=at)
    add_unique(session, supplier, _taken(details.name))
    audit(session, actor, Action.REGISTER_SUPPLIER, supplier, at=at, reason=reason)
    return supplier


def update_supplier(
    session: Session,
    actor: Actor,
    *,
    supplier_id: int,
    details: SupplierDetails,
    at: datetime,
    reason: str = "",
) -> MallSupplier:
    """Correct what is known of a supplier, and return it; orders on their way stay where they are.

    Raises `Refused` as `register_supplier`, or if nothing is changed; `NotAllowed`.
    """
    supplier = permitted_supplier(session, actor, Action.UPDATE_SUPPLIER, supplier_id)
    must_supply(supplier)
    before = snapshot(supplier)
    changed = _checked(session, details)
    if all(before[name] == value for name, value in changed.items()):
        raise Refused("nothing is changed: there is nothing to save", "name")
    _assign_unique(session, supplier, changed)
    audit(session, actor, Action.UPDATE_SUPPLIER, supplier, at=at, reason=reason, before=before)
    return supplier


def end_supplier(
    session: Session, actor: Actor, *, supplier_id: int, reason: str, at: datetime
) -> MallSupplier:
    """Let a supplier supply no more, for good, and return it; what was fulfilled is settled all the same.

    Raises `Refused` without a reason, while its items are on sale or its orders wait; `NotAllowed`.
    """
    supplier = permitted_supplier(session, actor, Action.END_SUPPLIER, supplier_id)
    why = required_text(reason, "reason", 4000)
    must_supply(supplier)
    offered = session.scalar(
        select(MallItem.name)
        .where(MallItem.supplier_id == supplier_id, MallItem.status == "on_sale")
        .limit(1)
    )
    if offered is not None:
        raise Refused(f"{offered} is on sale still: take it off sale first", "supplier_id")
    waiting = session.scalar(
        select(MallOrder.order_id)
        .where(MallOrder.supplier_id == supplier_id, MallOrder.status == "paid")
        .limit(1)
    )
    if waiting is not None:
        raise Refused(f"the order {waiting} waits still: fulfil or cancel it first", "supplier_id")
    before = snapshot(supplier)
    supplier.status, supplier.ended_at = "ended", at
    audit(session, actor, Action.END_SUPPLIER, supplier, at=at, reason=why, before=before)
    return supplier


def permitted_supplier(session: Session, actor: Actor, action: Action, supplier_id: int) -> MallSupplier:
    """The supplier, locked. Raises `NotAllowed`; `Refused` if there is none."""
    must_write(session)
    demand(actor, action, Where())
    return lock(session, MallSupplier, supplier_id, "supplier")


def shared_supplier(session: Session, supplier_id: int) -> MallSupplier:
    """The supplier, kept as it is until the transaction ends; many may do so at once. Lock it before items."""
    return session.get_one(MallSupplier, supplier_id, with_for_update={"read": True}, populate_existing=True)


def must_supply(supplier: MallSupplier) -> None:
    """Do nothing if the supplier is active; `Refused` otherwise."""
    if supplier.status != "active":
        raise Refused(f"{supplier.name} supplies no more", "supplier_id")


def site_now(session: Session, site_id: int) -> Site:
    """The site that a site goes on as, if it moved, over all moves."""
    site = session.get_one(Site, site_id)
    while (after := session.scalar(select(Site).where(Site.succeeds_site_id == site.site_id))) is not None:
        site = after
    return site


def site_named(session: Session, name: str) -> int | None:
    """The open site of this name, None for no name; `Refused` where there is none or there are several."""
    wanted = name.strip()
    if not wanted:
        return None
    found = session.scalars(
        select(Site.site_id).where(Site.name == wanted, Site.closed_on.is_(None)).limit(2)
    ).all()
    if len(found) != 1:
        said = "there is no open site" if not found else "there are several open sites"
        raise Refused(f"{said} called {wanted}: type the name as it stands in the list of sites", "site_name")
    return found[0]


def _checked(session: Session, details: SupplierDetails) -> dict[str, Any]:
    phone = (details.contact_phone or "").strip()
    if details.pick_up_site_id is not None:
        site = session.get(Site, details.pick_up_site_id)
        if site is None or site.closed_on is not None:
            raise Refused("there is no open site with this number", "pick_up_site_id")
    return {
        "name": required_text(details.name, "name", 120),
        "uscc": compact_uscc(details.uscc),
        "contact_name": _short(details.contact_name),
        "contact_phone": checked_phone(phone) if phone else None,
        "pick_up_site_id": details.pick_up_site_id,
    }


def _short(name: str | None) -> str | None:
    text = (name or "").strip()
    return required_text(text, "contact_name", 80) if text else None


def _assign_unique(session: Session, supplier: MallSupplier, changed: Mapping[str, Any]) -> None:
    try:
        with session.begin_nested():
            for name, value in changed.items():
                setattr(supplier, name, value)
    except IntegrityError as error:
        raise _taken(changed["name"]) from error


def _taken(name: str) -> Refused:
    return Refused(f"there is a supplier {name.strip()} already, or one with this code", "name")
