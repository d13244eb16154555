"""The codes that are scanned at a charity shop: the volunteer's, to pay with once, and the shop's, to be paid by.

Here: making them and finding them by what was scanned. Never here: what is paid (shop_redemptions.py).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import CharityShop, PaymentCode, ShopCode, Volunteer
from operations.rules import rule, time_span

from .ledger import positive_cents
from .permitted import permitted_volunteer
from .records import audit, find, lock, snapshot
from .refusals import Refused, required_text
from .shops import digest, must_take, permitted_shop, permitted_terminal, shared_shop

# Crockford's letters: none is taken for another when it is read aloud or typed. 12 of them are 60 bits.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12


@dataclass(frozen=True)
class IssuedCode:
    """A volunteer's code as it is shown this once, as text and as content of a QR code; not kept anywhere."""

    code: str
    kept: PaymentCode


def issue_payment_code(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    at: datetime,
    limit_cents: int | None = None,
    code: str | None = None,
) -> IssuedCode:
    """A code with which one shop can take points once, at most `limit_cents`, for the time of the rule
    payment_code_stands_for. A code that was not used yet ends with it. It is drawn unless `code` is given.

    Raises `Refused` for a volunteer who is not active, or a limit above the rule payment_code_limit; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.ISSUE_PAYMENT_CODE, volunteer_id)
    must_be_active(volunteer)
    most = rule("payment_code_limit", at) * 100
    limit = positive_cents(most if limit_cents is None else limit_cents)
    if limit > most:
        raise Refused(f"one scan takes at most {most // 100} points", "limit_cents")
    unused = select(PaymentCode).where(
        PaymentCode.volunteer_id == volunteer_id, PaymentCode.used_at.is_(None), PaymentCode.expires_at > at
    )
    for one in session.scalars(unused.with_for_update()):
        one.expires_at = at
    drawn = draw() if code is None else plain(code)
    kept = PaymentCode(
        code_hash=digest(drawn),
        volunteer_id=volunteer_id,
        limit_cents=limit,
        made_at=at,
        expires_at=at + time_span("payment_code_stands_for", at),
    )
    session.add(kept)
    session.flush()
    after = {name: value for name, value in snapshot(kept).items() if name != "code_hash"}
    audit(session, actor, Action.ISSUE_PAYMENT_CODE, kept, at=at, after=after)
    return IssuedCode("-".join(drawn[start : start + 4] for start in range(0, len(drawn), 4)), kept)


def make_shop_code(
    session: Session,
    actor: Actor,
    *,
    shop_id: int,
    amount_cents: int,
    goods: str,
    at: datetime,
    terminal_no: str | None = None,
    code: str | None = None,
) -> ShopCode:
    """A code for volunteers to scan and pay `amount_cents` with, and return it.

    With a terminal it is of one sale, and ends soon (rule shop_code_stands_for); without, it is for a poster with one
    price, until it is ended. It is drawn unless `code` is given.

    Raises `Refused` for a closed shop, a terminal of another one or no goods; `NotAllowed`.
    """
    if terminal_no is None:
        terminal, shop = None, permitted_shop(session, actor, Action.MAKE_SHOP_CODE, shop_id)
    else:
        terminal = permitted_terminal(session, actor, Action.MAKE_SHOP_CODE, terminal_no)
        shop = shared_shop(session, terminal.shop_id)
        if terminal.shop_id != shop_id:
            raise Refused("this terminal stands in another shop", "terminal_no")
    must_take(shop, terminal)
    made = ShopCode(
        code=draw() if code is None else plain(code),
        shop_id=shop_id,
        terminal_no=terminal_no,
        is_single_use=terminal is not None,
        amount_cents=positive_cents(amount_cents),
        goods=required_text(goods, "goods", 200),
        made_at=at,
        expires_at=None if terminal is None else at + time_span("shop_code_stands_for", at),
    )
    session.add(made)
    audit(session, actor, Action.MAKE_SHOP_CODE, made, at=at)
    return made


def end_shop_code(session: Session, actor: Actor, *, shop_code_id: int, at: datetime) -> ShopCode:
    """Let a shop's code be paid by no more, and return it; ending it again changes nothing.

    Raises `Refused` if there is none; `NotAllowed`.
    """
    found = session.get(ShopCode, shop_code_id)
    if found is not None and found.terminal_no is not None:
        permitted_terminal(session, actor, Action.END_SHOP_CODE, found.terminal_no)
    else:
        permitted_shop(session, actor, Action.END_SHOP_CODE, 0 if found is None else found.shop_id)
    code = lock(session, ShopCode, shop_code_id, "shop code")
    if code.ended_at is None:
        before = snapshot(code)
        code.ended_at = at
        audit(session, actor, Action.END_SHOP_CODE, code, at=at, before=before)
    return code


@dataclass(frozen=True)
class Offer:
    """What a shop's code asks for, to be shown to the volunteer before it is paid."""

    shop_name: str
    goods: str
    amount_cents: int


def read_shop_code(session: Session, *, code: str, at: datetime) -> Offer:
    """What somebody is about to pay who scanned a shop's code; anybody may read it, as from a poster.

    Raises `Refused` for a code that is not known or has ended.
    """
    found = session.scalar(select(ShopCode).where(ShopCode.code == plain(code)))
    if found is None:
        raise unknown_shop_code()
    must_stand(found, at)
    return Offer(find(session, CharityShop, found.shop_id, "shop").name, found.goods, found.amount_cents)


def locked_payment_code(session: Session, code: str) -> PaymentCode:
    """The volunteer's code that was scanned, locked. Raises `Refused` if there is none."""
    found = session.scalar(
        select(PaymentCode).where(PaymentCode.code_hash == digest(plain(code))).with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    if found is None:
        raise Refused("this code is not known: ask the volunteer for a new one", "code")
    return found


def use_code(session: Session, code: PaymentCode, *, amount_cents: int, used_for: str, at: datetime) -> None:
    """Use a locked code of a volunteer up.

    Raises `Refused` if it was used before or has ended, for more than its limit, or if the volunteer is not active.
    """
    if code.used_at is not None:
        raise Refused("this code was used already: ask the volunteer for a new one", "code")
    if code.expires_at <= at:
        raise Refused("this code has ended: ask the volunteer for a new one", "code")
    if amount_cents > code.limit_cents:
        raise Refused(f"the volunteer allowed at most {code.limit_cents} hundredths", "amount_cents")
    must_be_active(find(session, Volunteer, code.volunteer_id, "volunteer"))
    code.used_at, code.used_for = at, used_for


def must_be_active(volunteer: Volunteer) -> None:
    """Do nothing if this volunteer may spend; who is banned, merged or erased may not: `Refused`."""
    if volunteer.status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")


def must_stand(code: ShopCode, at: datetime) -> None:
    """Do nothing if a shop's code can be paid by at `at`; `Refused` otherwise."""
    if code.ended_at is not None or (code.expires_at is not None and code.expires_at <= at):
        raise Refused("this code has ended: ask the shop for a new one", "code")


def unknown_shop_code() -> Refused:
    """What is said of a code that no shop made."""
    return Refused("this is not the code of a charity shop", "code")


def draw() -> str:
    """A code by chance."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def plain(typed: str) -> str:
    """A code as it is kept: what people type for a letter that is not there is read as the one it looks like."""
    return "".join(typed.upper().replace("-", "").split()).translate(str.maketrans("OIL", "011"))
