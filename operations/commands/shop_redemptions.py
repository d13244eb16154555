"""Points spent at a charity shop: by the volunteer's code, by the shop's code, and the goods handed out for them.

Order of locks: terminal, shop (shared), code or redemption, then what ledger.py says. What a client sends again is
answered as the first time; the id of a redemption or refund is the id of its transfer, too.

Never here: what an offline terminal sold (shop_offline.py), or giving back (shop_refunds.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where
from operations.model import (
    CharityShop,
    PaymentCode,
    ShopCode,
    ShopRedemption,
    ShopTerminal,
)

from . import ledger_movements
from .ledger import Asked, IdConflict, Posted, positive_cents, uuid_text
from .ledger_accounts import shop_account
from .notices import notify
from .permitted import permitted_volunteer
from .records import add_unique, audit, find, lock, snapshot
from .refusals import Refused, required_text
from .shop_codes import (
    draw,
    locked_payment_code,
    must_be_active,
    must_stand,
    plain,
    unknown_shop_code,
    use_code,
)
from .shops import digest, must_take, permitted_terminal, shared_shop
from .touched import shop_touched


@dataclass(frozen=True)
class Paid:
    """A redemption, and the code with which its goods are handed out: told to who paid, and kept nowhere."""

    redemption: ShopRedemption
    pick_up_code: str
    # Whether this call posted it; the answer is the same if an earlier one did.
    is_new: bool = field(default=True, compare=False)


def redeem_by_code(
    session: Session,
    actor: Actor,
    *,
    redemption_id: str,
    terminal_no: str,
    code: str,
    amount_cents: int,
    goods: str,
    at: datetime,
) -> ShopRedemption:
    """Take points of the volunteer whose code the terminal scanned, once, and return the redemption.

    Raises `IdConflict` if the id was used for something else; `Refused` for a code that is unknown, used or ended,
    for more than it allows or than the volunteer can spend, or a closed shop; `NotAllowed`.
    """
    terminal = permitted_terminal(session, actor, Action.REDEEM_BY_CODE, terminal_no)
    shop = shared_shop(session, terminal.shop_id)
    new_id = uuid_text(redemption_id, "redemption_id")
    amount, what = positive_cents(amount_cents), required_text(goods, "goods", 200)
    asked = {"terminal_no": terminal_no, "way": "one_time_code", "amount_cents": amount, "goods": what}
    if (before := redeemed_before(session, new_id, asked)) is not None:
        if find(session, PaymentCode, before.code_id, "code").code_hash != digest(plain(code)):
            raise used_id(new_id)
        return before
    must_take(shop, terminal)
    kept = locked_payment_code(session, code)
    use_code(session, kept, amount_cents=amount, used_for=new_id, at=at)
    redemption = ShopRedemption(
        redemption_id=new_id,
        shop_id=shop.shop_id,
        volunteer_id=kept.volunteer_id,
        code_id=kept.code_id,
        occurred_at=at,
        **asked,
    )
    spend_at(session, actor, redemption, at=at)
    keep_redemption(session, actor, Action.REDEEM_BY_CODE, redemption, shop, at=at)
    return redemption


def pay_at_shop(
    session: Session,
    actor: Actor,
    *,
    redemption_id: str,
    volunteer_id: int,
    code: str,
    amount_cents: int,
    at: datetime,
    pick_up_code: str | None = None,
) -> Paid:
    """Pay what a shop's code asks for, of which the volunteer saw the amount; return it with the code to pick up with,
    which is drawn unless it is given.

    Asked again with the same id before the goods were handed out, it comes with a new code, and the old one is void:
    none is kept that could be told twice.

    Raises `IdConflict` if the id was used for something else; `Refused` for a code that is unknown or has ended,
    another amount than was seen, too few points, or a closed shop; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.PAY_AT_SHOP, volunteer_id)
    new_id, amount = uuid_text(redemption_id, "redemption_id"), positive_cents(amount_cents)
    found = session.scalar(select(ShopCode).where(ShopCode.code == plain(code)))
    if found is None:
        raise unknown_shop_code()
    shop = shared_shop(session, found.shop_id)
    kept = lock(session, ShopCode, found.shop_code_id, "shop code")
    asked: dict[str, Any] = {
        "volunteer_id": volunteer_id,
        "way": "shop_code",
        "shop_code_id": kept.shop_code_id,
        "amount_cents": amount,
    }
    if (before := redeemed_before(session, new_id, asked)) is not None:
        return _told_again(session, before)
    must_take(shop, None if kept.terminal_no is None else session.get(ShopTerminal, kept.terminal_no))
    must_stand(kept, at)
    if amount != kept.amount_cents:
        raise Refused(f"the price is {kept.amount_cents} hundredths now: look at it again", "amount_cents")
    must_be_active(volunteer)
    pick_up = draw() if pick_up_code is None else plain(pick_up_code)
    redemption = ShopRedemption(
        redemption_id=new_id,
        shop_id=shop.shop_id,
        terminal_no=kept.terminal_no,
        goods=kept.goods,
        occurred_at=at,
        pick_up_hash=digest(pick_up),
        **asked,
    )
    if kept.is_single_use:
        kept.ended_at = at
    spend_at(session, actor, redemption, at=at)
    keep_redemption(session, actor, Action.PAY_AT_SHOP, redemption, shop, at=at)
    return Paid(redemption, pick_up)


def hand_out_goods(
    session: Session, actor: Actor, *, terminal_no: str, pick_up_code: str, at: datetime
) -> ShopRedemption:
    """Hand out what was paid for by the shop's code, to who shows the pick-up code; it works once.

    Raises `Refused` for a code that is not known in this shop, was used, or whose points were given back;
    `NotAllowed`.
    """
    terminal = permitted_terminal(session, actor, Action.HAND_OUT_GOODS, terminal_no)
    found = session.scalar(
        select(ShopRedemption).where(ShopRedemption.pick_up_hash == digest(plain(pick_up_code)))
    )
    if found is None or found.shop_id != terminal.shop_id:
        raise Refused("this pick-up code is not of this shop: do not hand anything out", "pick_up_code")
    redemption = lock(session, ShopRedemption, found.redemption_no, "redemption")
    if redemption.pick_up_hash != digest(plain(pick_up_code)):
        raise Refused("this pick-up code was replaced by a newer one: ask for that", "pick_up_code")
    if redemption.collected_at is not None:
        raise Refused("these goods were handed out already: a pick-up code works once", "pick_up_code")
    if redemption.state == "reversed":
        raise Refused("the points were given back: do not hand anything out", "pick_up_code")
    before = logged(redemption)
    redemption.collected_at = at
    audit(session, actor, Action.HAND_OUT_GOODS, redemption, at=at, before=before, after=logged(redemption))
    return redemption


def redeemed_before(session: Session, redemption_id: str, asked: dict[str, Any]) -> ShopRedemption | None:
    """The redemption of this id if it is just what is asked for, None if there is none; `IdConflict` otherwise."""
    found = session.scalar(
        select(ShopRedemption)
        .where(ShopRedemption.redemption_id == redemption_id)
        .execution_options(populate_existing=True)
    )
    if found is not None and any(getattr(found, name) != value for name, value in asked.items()):
        raise used_id(redemption_id)
    return found


def spend_at(session: Session, actor: Actor, redemption: ShopRedemption, *, at: datetime) -> None:
    """Take the points of a redemption out of what its volunteer can spend, and note the transfer in it."""
    asked = Asked(
        redemption.redemption_id,
        "spend",
        0,
        shop_account(session, redemption.shop_id, at),
        redemption.amount_cents,
        reference(redemption.shop_id),
        redemption.goods,
    )
    posted = ledger_movements.spend(session, actor, asked, volunteer_id=redemption.volunteer_id, at=at)
    if not posted.is_new:
        raise used_id(redemption.redemption_id)
    note_transfer(redemption, posted, at)


def note_transfer(redemption: ShopRedemption, posted: Posted, at: datetime) -> None:
    """Let a redemption know its transfer."""
    redemption.transfer_no, redemption.period, redemption.uploaded_at = (
        posted.transfer_no,
        posted.period,
        at,
    )


def keep_redemption(
    session: Session,
    actor: Actor,
    action: Action,
    redemption: ShopRedemption,
    shop: CharityShop,
    *,
    at: datetime,
) -> None:
    """Add a redemption that was posted, write it down, and tell the volunteer."""
    add_unique(session, redemption, used_id(redemption.redemption_id))
    audit(session, actor, action, redemption, at=at, after=logged(redemption))
    told = {"shop": shop.name, "amount_cents": redemption.amount_cents, "goods": redemption.goods}
    notify(session, "points_redeemed", at=at, volunteer_id=redemption.volunteer_id, **told)


def reference(shop_id: int) -> str:
    """What transfers and holds of a shop are for, as the ledger names it."""
    return f"shop:{shop_id}"


def logged(redemption: ShopRedemption) -> dict[str, Any]:
    """A redemption for the audit log, without the digest of its pick-up code."""
    return {name: value for name, value in snapshot(redemption).items() if name != "pick_up_hash"}


def used_id(one: str) -> IdConflict:
    """What is said of an id that stands for something else."""
    return IdConflict(f"the id {one} was used before for something else; make a new id for a new one", "id")


def redemption_touched(session: Session, redemption: ShopRedemption) -> Where:
    """Where the shop lies, which terminal it was at, and whose points it took."""
    shop = find(session, CharityShop, redemption.shop_id, "shop")
    return shop_touched(
        session, shop, terminal_no=redemption.terminal_no, volunteer_id=redemption.volunteer_id
    )


def _told_again(session: Session, redemption: ShopRedemption) -> Paid:
    kept = lock(session, ShopRedemption, redemption.redemption_no, "redemption")
    if kept.collected_at is not None or kept.state == "reversed":
        return Paid(kept, "", is_new=False)
    pick_up = draw()
    kept.pick_up_hash = digest(pick_up)
    return Paid(kept, pick_up, is_new=False)
