"""Charity shops and their terminals: registered, corrected, closed, opened again; and how a terminal is known.

Here: what there is. Never here: what is redeemed there (shop_redemptions.py) or owed to a shop (shop_settlements.py).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from operations.access import Action, Actor, NotAllowed, Role, Where, demand
from operations.model import CharityShop, Organisation, ShopTerminal

from .areas import place_of
from .ledger_accounts import shop_account
from .permitted import permitted_row
from .records import add_unique, audit, find, must_write, snapshot
from .refusals import Refused, required_text
from .touched import shop_touched

KEY_BYTES = 32


@dataclass(frozen=True)
class TerminalKey:
    """A terminal with its key, which is told this once."""

    terminal: ShopTerminal
    key: str


def digest(secret: str) -> str:
    """What is kept of a secret: SHA-256 in hex. It has at least 60 bits of chance, so that none can be tried out."""
    return sha256(f"charity shop/{secret}".encode()).hexdigest()


def register_shop(
    session: Session,
    actor: Actor,
    *,
    shop_no: str,
    name: str,
    area_code: str,
    address: str,
    at: datetime,
    organisation_id: int | None = None,
    reason: str = "",
) -> CharityShop:
    """Let a shop take points from now on, and return it.

    Raises `Refused` for a number that is taken, an unknown area, or an organisation that is not active; `NotAllowed`.
    """
    must_write(session)
    place = place_of(session, area_code)
    shop = CharityShop(
        shop_no=required_text(shop_no, "shop_no", 24),
        name=required_text(name, "name", 120),
        organisation_id=organisation_id,
        district_code=place.district_code,
        township_code=place.township_code,
        address=required_text(address, "address", 200),
        opened_at=at,
    )
    demand(actor, Action.REGISTER_SHOP, shop_touched(session, shop))
    _check_organisation(session, organisation_id)
    add_unique(session, shop, Refused(f"the number {shop.shop_no} is taken by another shop", "shop_no"))
    shop_account(session, shop.shop_id, at)
    audit(session, actor, Action.REGISTER_SHOP, shop, at=at, reason=reason)
    return shop


def update_shop(
    session: Session,
    actor: Actor,
    *,
    shop_id: int,
    name: str,
    address: str,
    organisation_id: int | None,
    at: datetime,
    reason: str,
) -> CharityShop:
    """Correct what is written down of a shop, and return it. Settlements that were made keep the old name.

    Raises `Refused` without a reason, if nothing is changed, or for an organisation that is not active; `NotAllowed`.
    """
    shop = permitted_shop(session, actor, Action.UPDATE_SHOP, shop_id)
    why = required_text(reason, "reason", 4000)
    before = snapshot(shop)
    if organisation_id != shop.organisation_id:
        _check_organisation(session, organisation_id)
    shop.name = required_text(name, "name", 120)
    shop.address = required_text(address, "address", 200)
    shop.organisation_id = organisation_id
    if snapshot(shop) == before:
        raise Refused("nothing is changed: there is nothing to save", "name")
    audit(session, actor, Action.UPDATE_SHOP, shop, at=at, reason=why, before=before)
    return shop


def close_shop(session: Session, actor: Actor, *, shop_id: int, reason: str, at: datetime) -> CharityShop:
    """Let a shop take no more points, and return it. What its terminals sold before is still uploaded, refunded and
    settled.

    Raises `Refused` without a reason, or if it is closed already; `NotAllowed`.
    """
    shop = permitted_shop(session, actor, Action.CLOSE_SHOP, shop_id)
    return _set_status(session, actor, Action.CLOSE_SHOP, shop, "closed", reason=reason, at=at)


def reopen_shop(session: Session, actor: Actor, *, shop_id: int, reason: str, at: datetime) -> CharityShop:
    """Let a closed shop take points again, and return it.

    Raises `Refused` without a reason, or if it is open; `NotAllowed`.
    """
    shop = permitted_shop(session, actor, Action.REOPEN_SHOP, shop_id)
    return _set_status(session, actor, Action.REOPEN_SHOP, shop, "open", reason=reason, at=at)


def register_terminal(
    session: Session,
    actor: Actor,
    *,
    shop_id: int,
    terminal_no: str,
    name: str,
    at: datetime,
    key: str | None = None,
    reason: str = "",
) -> TerminalKey:
    """Add a terminal to an open shop; return it with its key, which is drawn unless it is given.

    Raises `Refused` for a number that is taken, or a closed shop; `NotAllowed`.
    """
    shop = permitted_shop(session, actor, Action.REGISTER_TERMINAL, shop_id)
    if shop.status != "open":
        raise Refused(f"{shop.name} is closed", "shop_id")
    made = key or secrets.token_hex(KEY_BYTES)
    terminal = ShopTerminal(
        terminal_no=required_text(terminal_no, "terminal_no", 40),
        shop_id=shop_id,
        name=required_text(name, "name", 80),
        key_hash=digest(made),
        registered_at=at,
    )
    taken = Refused(f"the number {terminal.terminal_no} is taken by another terminal", "terminal_no")
    add_unique(session, terminal, taken)
    audit(session, actor, Action.REGISTER_TERMINAL, terminal, at=at, reason=reason, after=_logged(terminal))
    return TerminalKey(terminal, made)


def renew_terminal_key(
    session: Session, actor: Actor, *, terminal_no: str, reason: str, at: datetime
) -> TerminalKey:
    """Give a terminal another key, and return both; the old one is worth nothing from now on.

    Raises `Refused` without a reason, or for a retired terminal; `NotAllowed`.
    """
    terminal = permitted_terminal(session, actor, Action.RENEW_TERMINAL_KEY, terminal_no)
    why = required_text(reason, "reason", 4000)
    if terminal.retired_at is not None:
        raise Refused("this terminal was retired", "terminal_no")
    made = secrets.token_hex(KEY_BYTES)
    terminal.key_hash = digest(made)
    audit(session, actor, Action.RENEW_TERMINAL_KEY, terminal, at=at, reason=why, after=_logged(terminal))
    return TerminalKey(terminal, made)


def retire_terminal(
    session: Session, actor: Actor, *, terminal_no: str, reason: str, at: datetime
) -> ShopTerminal:
    """Let a terminal take no more points, for good, and return it; it can still upload what it sold before.

    Raises `Refused` without a reason, or if it was retired before; `NotAllowed`.
    """
    terminal = permitted_terminal(session, actor, Action.RETIRE_TERMINAL, terminal_no)
    why = required_text(reason, "reason", 4000)
    if terminal.retired_at is not None:
        raise Refused("this terminal was retired already", "terminal_no")
    before = _logged(terminal)
    terminal.retired_at = at
    audit(
        session,
        actor,
        Action.RETIRE_TERMINAL,
        terminal,
        at=at,
        reason=why,
        before=before,
        after=_logged(terminal),
    )
    return terminal


def terminal_by_key(session: Session, *, terminal_no: str, key: str) -> Actor:
    """Who a terminal acts as that shows its key.

    Raises `NotAllowed` for a wrong key and an unknown terminal alike.
    """
    terminal = session.get(ShopTerminal, terminal_no)
    known = digest("") if terminal is None else terminal.key_hash
    if not hmac.compare_digest(digest(key), known) or terminal is None:
        raise NotAllowed("this is not the key of a terminal")
    return Actor(f"terminal:{terminal_no}", Role.SHOP_TERMINAL, device_no=terminal_no)


def permitted_shop(session: Session, actor: Actor, action: Action, shop_id: int) -> CharityShop:
    """The shop, locked. Raises `NotAllowed`; `Refused` if there is none."""
    return permitted_row(session, actor, action, CharityShop, shop_id, what="shop", touched=shop_touched)


def permitted_terminal(session: Session, actor: Actor, action: Action, terminal_no: str) -> ShopTerminal:
    """The terminal, locked. Raises `NotAllowed`; `Refused` if there is none."""
    return permitted_row(
        session, actor, action, ShopTerminal, terminal_no, what="terminal", touched=terminal_touched
    )


def terminal_touched(session: Session, terminal: ShopTerminal) -> Where:
    """Where the shop of a terminal lies, and which terminal it is."""
    shop = find(session, CharityShop, terminal.shop_id, "shop")
    return shop_touched(session, shop, terminal_no=terminal.terminal_no)


def shared_shop(session: Session, shop_id: int) -> CharityShop:
    """The shop, kept as it is until the transaction ends; many may do so at once.

    Whoever settles or closes it waits for them, so that no redemption slips in behind. Lock the terminal before.
    """
    return session.get_one(CharityShop, shop_id, with_for_update={"read": True}, populate_existing=True)


def must_take(shop: CharityShop, terminal: ShopTerminal | None = None) -> None:
    """Do nothing if the shop, and the terminal in it, takes points; `Refused` otherwise."""
    if shop.status != "open":
        raise Refused(f"{shop.name} is closed: it takes no points", "shop_id")
    if terminal is not None and terminal.retired_at is not None:
        raise Refused("this terminal was retired: it takes no points", "terminal_no")


def _set_status(
    session: Session,
    actor: Actor,
    action: Action,
    shop: CharityShop,
    status: str,
    *,
    reason: str,
    at: datetime,
) -> CharityShop:
    why = required_text(reason, "reason", 4000)
    if shop.status == status:
        raise Refused(f"{shop.name} is {status} already", "shop_id")
    before = snapshot(shop)
    shop.status, shop.closed_at = status, at if status == "closed" else None
    audit(session, actor, action, shop, at=at, reason=why, before=before)
    return shop


def _check_organisation(session: Session, organisation_id: int | None) -> None:
    if organisation_id is None:
        return
    organisation = find(session, Organisation, organisation_id, "organisation")
    if organisation.status != "active":
        raise Refused(f"{organisation.name} is not active, and runs no shop", "organisation_id")


def _logged(terminal: ShopTerminal) -> dict[str, Any]:
    """A terminal for the audit log, which keeps nothing of its key."""
    return {name: value for name, value in snapshot(terminal).items() if name != "key_hash"}
