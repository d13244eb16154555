"""Promising points and then spending them or not: a hold ends once, by being posted, voided or timed out.

Here: what the mall, the shops and the commands of spending do with points. They ask for permission, and write the audit
row of what they do. Never here: permission, or a rule of the mall.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from operations.access import Actor
from operations.model import PointAccount, PointHold, PointHoldLot

from .ledger import Asked, IdConflict, Posted, posted_before, write_transfer
from .ledger_accounts import Account, free_lots, insert_unless_there, lock_volunteer_account, save
from .ledger_lots import Lot
from .refusals import Refused


@dataclass(frozen=True)
class Promise:
    """A hold as it is asked for: points of a volunteer for an account of the system, until `expires_at`."""

    hold_id: str
    volunteer_id: int
    credit_account_id: int
    amount_cents: int
    expires_at: datetime
    reference: str = ""


def place_hold(session: Session, actor: Actor, promise: Promise, *, at: datetime) -> tuple[PointHold, bool]:
    """Hold points of a volunteer, the oldest first; return the hold, and whether it is new: asked again, the same one.

    Raises `IdConflict` if the id was used for something else, `Refused` if the points do not suffice.
    """
    account = lock_volunteer_account(session, promise.volunteer_id, at)
    if (before := _placed_before(session, promise, account)) is not None:
        return before, False
    if promise.expires_at <= at:
        raise Refused("the hold would end before it begins", "expires_at")
    release_timed_out(session, account, at)
    parts = free_lots(account, promise.amount_cents)
    values = {
        "hold_id": promise.hold_id,
        "account_id": account.account_id,
        "credit_account_id": promise.credit_account_id,
        "amount_cents": promise.amount_cents,
        "held_at": at,
        "expires_at": promise.expires_at,
        "reference": promise.reference,
        "actor": actor.name,
        "role": str(actor.role),
    }
    statement = insert_unless_there(session, PointHold, values).returning(PointHold.hold_id)
    if session.scalar(statement) is None:
        raise _used(promise.hold_id)
    for lot in account.lots:
        if part := parts.get(lot.earned_month):
            lot.held += part
            session.add(
                PointHoldLot(hold_id=promise.hold_id, earned_month=lot.earned_month, amount_cents=part)
            )
    save(session, account)
    return session.get_one(PointHold, promise.hold_id), True


def post_hold(
    session: Session,
    actor: Actor,
    *,
    hold_id: str,
    transfer_id: str,
    at: datetime,
    amount_cents: int | None = None,
    reason: str = "",
) -> Posted:
    """Spend what was held, or `amount_cents` of it (the rest is free again), and return the transfer.

    Asked again with the same transfer id, it is answered as the first time.

    Raises `Refused` if the hold has ended otherwise or timed out, `IdConflict` if the id was used for something else.
    """
    account, hold = _locked(session, hold_id, at)
    amount = hold.amount_cents if amount_cents is None else amount_cents
    asked = Asked(
        transfer_id,
        "spend",
        account.account_id,
        hold.credit_account_id,
        amount,
        hold.reference,
        reason,
        hold_id=hold_id,
    )
    if (before := posted_before(session, asked)) is not None:
        return before
    if hold.state != "open":
        raise Refused(f"the hold has ended already: it was {hold.state.replace('_', ' ')}", "hold_id")
    if hold.expires_at <= at:
        raise Refused("the hold has timed out: hold the points again", "hold_id")
    if not 0 < amount <= hold.amount_cents:
        raise Refused(f"only {hold.amount_cents} hundredths are held", "amount_cents")
    moves = {}
    left = amount
    for lot, part in _held_lots(session, account, hold):
        spent = min(part, left)
        lot.held -= part
        lot.remaining -= spent
        left -= spent
        if spent:
            moves[lot.earned_month] = -spent
    _end(session, hold, "posted", at, posted_cents=amount)
    save(session, account)
    return write_transfer(
        session,
        actor,
        asked,
        at=at,
        moves={account.account_id: moves},
        system={hold.credit_account_id: amount},
    )


def post_part(
    session: Session,
    actor: Actor,
    *,
    hold_id: str,
    rest_hold_id: str,
    transfer_id: str,
    amount_cents: int,
    at: datetime,
    reason: str = "",
) -> tuple[Posted, str]:
    """Spend a part of what was held and hold the rest on, in the same lots and until the same moment, as another hold.

    Return the transfer, and the id of the hold that is left: `rest_hold_id`, or `hold_id` if nothing is. The rest stays
    held although points may be owed by now: it was promised before. The caller answers what is asked again.

    Raises what `post_hold` raises.
    """
    account, hold = _locked(session, hold_id, at)
    parts = [(lot.earned_month, part) for lot, part in _held_lots(session, account, hold)]
    posted = post_hold(
        session,
        actor,
        hold_id=hold_id,
        transfer_id=transfer_id,
        at=at,
        amount_cents=amount_cents,
        reason=reason,
    )
    left = hold.amount_cents - amount_cents
    if not left:
        return posted, hold_id
    session.add(
        PointHold(
            hold_id=rest_hold_id,
            account_id=hold.account_id,
            credit_account_id=hold.credit_account_id,
            amount_cents=left,
            held_at=at,
            expires_at=hold.expires_at,
            reference=hold.reference,
            actor=actor.name,
            role=str(actor.role),
        )
    )
    session.flush()
    account = lock_volunteer_account(session, account.volunteer_id, at)
    lots = {lot.earned_month: lot for lot in account.lots}
    # What is spent came out of the oldest: the rest lies in the youngest.
    for month, part in reversed(parts):
        if kept := min(part, left):
            lots[month].held += kept
            left -= kept
            session.add(PointHoldLot(hold_id=rest_hold_id, earned_month=month, amount_cents=kept))
    save(session, account)
    session.flush()
    return posted, rest_hold_id


def void_hold(session: Session, *, hold_id: str, at: datetime) -> tuple[PointHold, bool]:
    """Give back what was held; return the hold, and whether it was open: voiding it again changes nothing.

    Raises `Refused` if it was posted.
    """
    account, hold = _locked(session, hold_id, at)
    if hold.state == "posted":
        raise Refused("the hold was posted already: refund the transfer instead", "hold_id")
    if hold.state != "open":
        return hold, False
    _release(session, account, hold, "voided", at)
    save(session, account)
    return hold, True


def time_out(session: Session, volunteer_id: int, at: datetime) -> int:
    """End the holds of a volunteer whose time is over, and return their number."""
    account = lock_volunteer_account(session, volunteer_id, at)
    ended = release_timed_out(session, account, at)
    if ended:
        save(session, account)
    return ended


def release_timed_out(session: Session, account: Account, at: datetime) -> int:
    """End the holds of a locked account whose time is over, and return how many; the caller saves the account."""
    if not account.held:
        return 0
    over = session.scalars(
        select(PointHold).where(
            PointHold.account_id == account.account_id, PointHold.state == "open", PointHold.expires_at <= at
        )
    ).all()
    for hold in over:
        _release(session, account, hold, "timed_out", at)
    account.held = sum(lot.held for lot in account.lots)
    return len(over)


def _locked(session: Session, hold_id: str, at: datetime) -> tuple[Account, PointHold]:
    """A hold with its account locked; the hold is read anew after that."""
    owner = session.scalar(_OWNER, {"of_hold": hold_id})
    if owner is None:
        raise Refused(f"there is no hold {hold_id}", "hold_id")
    account = lock_volunteer_account(session, owner, at)
    return account, session.get_one(PointHold, hold_id, populate_existing=True)


def _placed_before(session: Session, promise: Promise, account: Account) -> PointHold | None:
    hold = session.get(PointHold, promise.hold_id, populate_existing=True)
    if hold is None:
        return None
    same = (
        hold.account_id == account.account_id
        and hold.credit_account_id == promise.credit_account_id
        and hold.amount_cents == promise.amount_cents
        and hold.reference == promise.reference
    )
    if not same:
        raise _used(promise.hold_id)
    return hold


def _used(hold_id: str) -> IdConflict:
    return IdConflict(
        f"the id {hold_id} was used before for another hold; make a new id for a new one", "hold_id"
    )


def _held_lots(session: Session, account: Account, hold: PointHold) -> list[tuple[Lot, int]]:
    """The lots that a hold lies in, the oldest first, and how much in each."""
    rows = session.execute(
        select(PointHoldLot.earned_month, PointHoldLot.amount_cents).where(
            PointHoldLot.hold_id == hold.hold_id
        )
    )
    parts = {row.earned_month: row.amount_cents for row in rows}
    ordered = sorted(account.lots, key=lambda lot: lot.earned_month)
    return [(lot, parts[lot.earned_month]) for lot in ordered if lot.earned_month in parts]


def _release(session: Session, account: Account, hold: PointHold, state: str, at: datetime) -> None:
    for lot, part in _held_lots(session, account, hold):
        lot.held -= part
    _end(session, hold, state, at)


def _end(
    session: Session, hold: PointHold, state: str, at: datetime, posted_cents: int | None = None
) -> None:
    hold.state, hold.resolved_at, hold.posted_cents = state, at, posted_cents
    session.flush()


_OWNER = (
    select(PointAccount.volunteer_id)
    .join(PointHold, PointHold.account_id == PointAccount.account_id)
    .where(PointHold.hold_id == bindparam("of_hold"))
)
