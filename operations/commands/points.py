"""What can be done to points: holding, posting and voiding them, giving a transfer back, closing a month.

Here: the commands, with permission and audit. Never here: how the ledger is written (ledger*.py), settlement
(ledger_settlement.py) or expiry (ledger_expiry.py).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.local_time import as_read
from operations.model import (
    MallOrder,
    PointAccount,
    PointHold,
    PointPeriod,
    PointTransfer,
    ShopRedemption,
    Volunteer,
)
from operations.rules import time_span

from . import ledger_holds, ledger_movements
from .ledger import LOCAL, Posted, positive_cents, uuid_text, write_audit
from .ledger_accounts import system_account
from .ledger_chain import end_of_chain, seal_within
from .ledger_holds import Promise
from .records import audit, find, must_write, snapshot
from .refusals import Refused, required_text
from .touched import volunteer_touched


def hold_points(
    session: Session,
    actor: Actor,
    *,
    hold_id: str,
    volunteer_id: int,
    amount_cents: int,
    at: datetime,
    expires_at: datetime | None = None,
    reference: str = "",
    reason: str = "",
) -> PointHold:
    """Hold points of a volunteer for the mall until `expires_at` (default and latest: as long as the rule
    points_hold_longest says), and return the hold; the same id asked again is answered with the same hold.

    Raises `Refused` if the points do not suffice, or are owed; `IdConflict` if the id was used for something else;
    `NotAllowed`.
    """
    must_write(session)
    volunteer = session.get(Volunteer, volunteer_id)
    demand(actor, Action.HOLD_POINTS, volunteer_touched(volunteer) if volunteer else Where())
    volunteer = find(session, Volunteer, volunteer_id, "volunteer")
    if volunteer.status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")
    latest = at + time_span("points_hold_longest", at)
    if expires_at is not None and expires_at > latest:
        raise Refused(f"a hold lasts at most until {as_read(latest)}", "expires_at")
    promise = Promise(
        uuid_text(hold_id, "hold_id"),
        volunteer_id,
        system_account(session, "mall", at, near=volunteer_id),
        positive_cents(amount_cents),
        expires_at or latest,
        reference,
    )
    hold, is_new = ledger_holds.place_hold(session, actor, promise, at=at)
    if is_new:
        audit(session, actor, Action.HOLD_POINTS, hold, at=at, reason=reason)
    return hold


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
    """Spend what was held, or a part of it, and return the transfer; asked again, it is answered as the first time.

    Raises `Refused` if the hold has ended or timed out; `IdConflict` if the id was used for something else;
    `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.POST_HOLD, _where_of(session, hold_id))
    posted = ledger_holds.post_hold(
        session,
        actor,
        hold_id=hold_id,
        transfer_id=uuid_text(transfer_id, "transfer_id"),
        amount_cents=None if amount_cents is None else positive_cents(amount_cents),
        at=at,
        reason=reason,
    )
    if posted.is_new:
        write_audit(
            session,
            actor,
            Action.POST_HOLD,
            "point_holds",
            hold_id,
            at=at,
            reason=reason,
            after=posted.said(),
        )
    return posted


def void_hold(session: Session, actor: Actor, *, hold_id: str, at: datetime, reason: str = "") -> PointHold:
    """Give back what was held, and return the hold; voiding it again changes nothing.

    Raises `Refused` if it was posted; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.VOID_HOLD, _where_of(session, hold_id))
    hold, was_open = ledger_holds.void_hold(session, hold_id=hold_id, at=at)
    if was_open:
        audit(session, actor, Action.VOID_HOLD, hold, at=at, reason=reason)
    return hold


def time_out_holds(session: Session, actor: Actor, *, at: datetime, at_most: int = 1000) -> int:
    """End the holds whose time is over, at most so many, and return their number; what they held is free again."""
    must_write(session)
    demand(actor, Action.TIME_OUT_HOLDS, Where())
    owners = session.scalars(
        select(PointAccount.volunteer_id)
        .join(PointHold, PointHold.account_id == PointAccount.account_id)
        .where(PointHold.state == "open", PointHold.expires_at <= at)
        .order_by(PointHold.expires_at)
        .limit(at_most)
    ).all()
    ended = 0
    for volunteer_id in sorted({owner for owner in owners if owner is not None}):
        ended += ledger_holds.time_out(session, volunteer_id, at)
    if ended:
        write_audit(
            session,
            actor,
            Action.TIME_OUT_HOLDS,
            "point_holds",
            f"{ended} holds",
            at=at,
            after={"ended": ended},
        )
    return ended


def reverse_transfer(
    session: Session,
    actor: Actor,
    *,
    transfer_id: str,
    of_transfer_id: str,
    at: datetime,
    reason: str,
    amount_cents: int | None = None,
) -> Posted:
    """Give a volunteer's spending or expiry back, in whole or part, by a new transfer to the same lots.

    Awards are not reversed here: the session behind is corrected, and settlement follows. Asked again with the same
    id, it is answered as the first time.

    Raises `Refused` for another kind of transfer or if less is left of it; `IdConflict`; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.REVERSE_TRANSFER, Where())
    original = session.scalar(select(PointTransfer).where(PointTransfer.transfer_id == of_transfer_id))
    if original is None:
        raise Refused(f"there is no transfer {of_transfer_id}", "of_transfer_id")
    if original.kind not in ("spend", "expiry"):
        raise Refused(
            f"a transfer of the kind {original.kind} is not reversed by hand"
            + (": correct the session it is for" if original.kind == "award" else ""),
            "of_transfer_id",
        )
    ordered = session.scalar(select(MallOrder.order_id).where(MallOrder.transfer_id == of_transfer_id))
    if ordered is not None:
        raise Refused(f"this paid the order {ordered} of the mall: refund the order", "of_transfer_id")
    redeemed = session.scalar(
        select(ShopRedemption.redemption_no).where(ShopRedemption.transfer_no == original.transfer_no)
    )
    if redeemed is not None:
        raise Refused(f"this is the redemption {redeemed} of a shop: give that back", "of_transfer_id")
    said = required_text(reason, "reason", 1000)
    volunteer_id = session.scalars(
        select(PointAccount.volunteer_id).where(PointAccount.account_id == original.debit_account_id)
    ).one()
    posted = ledger_movements.reverse(
        session,
        actor,
        transfer_id=uuid_text(transfer_id, "transfer_id"),
        original=original,
        volunteer_id=volunteer_id or 0,
        amount_cents=original.amount_cents if amount_cents is None else positive_cents(amount_cents),
        at=at,
        reason=said,
    )
    if posted.is_new:
        write_audit(
            session,
            actor,
            Action.REVERSE_TRANSFER,
            "point_transfers",
            of_transfer_id,
            at=at,
            reason=said,
            after=posted.said(),
        )
    return posted


def close_period(
    session: Session, actor: Actor, *, period: date, at: datetime, reason: str = ""
) -> PointPeriod:
    """Close a month (any day of it) and all before it: they take no more entries; a later correction goes into the
    first open month. The chain is sealed to here, and its end kept with the month.

    Raises `Refused` if the month is not over yet in Asia/Shanghai or closed already; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.CLOSE_PERIOD, Where())
    month = period.replace(day=1)
    if month >= at.astimezone(LOCAL).date().replace(day=1):
        raise Refused("this month is not over yet", "period")
    # No transfer is under way while the month is closed.
    seal_within(session)
    closed = session.scalar(select(func.max(PointPeriod.period)))
    if closed is not None and month <= closed:
        raise Refused(f"all months to {closed:%Y-%m} are closed already", "period")
    last_no, digest = end_of_chain(session)
    outstanding = session.scalar(
        select(func.sum(PointAccount.balance_cents)).where(PointAccount.kind == "volunteer")
    )
    row = PointPeriod(
        period=month,
        closed_at=at,
        closed_by=actor.name,
        last_transfer_no=last_no,
        digest=digest,
        outstanding_cents=int(outstanding or 0),
    )
    session.add(row)
    audit(session, actor, Action.CLOSE_PERIOD, row, at=at, reason=reason, after=snapshot(row))
    return row


def _where_of(session: Session, hold_id: str) -> Where:
    volunteer = session.scalar(
        select(Volunteer)
        .join(PointAccount, PointAccount.volunteer_id == Volunteer.volunteer_id)
        .join(PointHold, PointHold.account_id == PointAccount.account_id)
        .where(PointHold.hold_id == hold_id)
    )
    return Where() if volunteer is None else volunteer_touched(volunteer)
