"""Moving points at once: spending without a hold, giving a transfer back, putting a mistake right.

Here: what the mall, the shops and the commands of points.py do. Never here: permission, or a rule of the mall.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Actor
from operations.model import PointLotMove, PointTransfer

from .ledger import LOCAL, Asked, Posted, posted_before, write_transfer
from .ledger_accounts import Account, free_lots, lock_volunteer_account, save, system_account
from .ledger_holds import release_timed_out
from .ledger_lots import Moves, give_back, put_in, take_back, take_out
from .refusals import Refused


def spend(session: Session, actor: Actor, asked: Asked, *, volunteer_id: int, at: datetime) -> Posted:
    """Spend free points of a volunteer at once, without a hold before; asked again, answered as the first time.

    `asked.debit_account_id` is replaced by the volunteer's account.

    Raises `Refused` if the points do not suffice, `IdConflict` if the id was used for something else.
    """
    account = lock_volunteer_account(session, volunteer_id, at)
    asked = replace(asked, debit_account_id=account.account_id)
    if (before := posted_before(session, asked)) is not None:
        return before
    release_timed_out(session, account, at)
    free_lots(account, asked.amount_cents)
    moves = take_out(account.lots, asked.amount_cents)
    save(session, account)
    system = {asked.credit_account_id: asked.amount_cents}
    return write_transfer(session, actor, asked, at=at, moves={account.account_id: moves}, system=system)


def reverse(
    session: Session,
    actor: Actor,
    *,
    transfer_id: str,
    original: PointTransfer,
    volunteer_id: int,
    amount_cents: int,
    at: datetime,
    reason: str,
) -> Posted:
    """Give a transfer of a volunteer back, in whole or part, by a new one the other way; to the same lots.

    Asked again with the same id, it is answered as the first time. What the volunteer gains less by the original is
    taken back as a correction: it may be owed then.

    Raises `Refused` if less of the original is left, `IdConflict` if the id was used for something else.
    """
    account = lock_volunteer_account(session, volunteer_id, at)
    asked = Asked(
        transfer_id,
        "reversal",
        original.credit_account_id,
        original.debit_account_id,
        amount_cents,
        original.reference,
        reason,
        reverses_no=original.transfer_no,
    )
    if (before := posted_before(session, asked)) is not None:
        return before
    # Under the lock of the account: nobody reverses the same one at this moment.
    given_back = session.scalars(
        select(PointTransfer).where(PointTransfer.reverses_no == original.transfer_no)
    ).all()
    left = original.amount_cents - sum(one.amount_cents for one in given_back)
    if amount_cents > left:
        raise Refused(f"only {left} hundredths of this transfer are left to give back", "amount_cents")
    touched = _moved(session, account, [original.transfer_no, *(one.transfer_no for one in given_back)])
    if original.debit_account_id == account.account_id:
        other = original.credit_account_id
        moves = give_back(account.lots, amount_cents, {month: -moved for month, moved in touched.items()})
        system = {other: -amount_cents}
    else:
        other = original.debit_account_id
        moves = take_back(account.lots, amount_cents, max(touched))
        system = {other: amount_cents}
    save(session, account)
    return write_transfer(session, actor, asked, at=at, moves={account.account_id: moves}, system=system)


def adjust(
    session: Session,
    actor: Actor,
    *,
    transfer_id: str,
    volunteer_id: int,
    amount_cents: int,
    at: datetime,
    reason: str,
    reference: str = "",
) -> Posted:
    """Put a mistake right that no session explains: add `amount_cents`, or take it back if below zero.

    What is added is earned in the present month. Asked again with the same id, it is answered as the first time.

    Raises `IdConflict` if the id was used for something else.
    """
    account = lock_volunteer_account(session, volunteer_id, at)
    other = system_account(session, "adjustment", at)
    sides = (other, account.account_id) if amount_cents > 0 else (account.account_id, other)
    asked = Asked(transfer_id, "adjustment", *sides, abs(amount_cents), reference, reason)
    if (before := posted_before(session, asked)) is not None:
        return before
    month = at.astimezone(LOCAL).date().replace(day=1)
    if amount_cents > 0:
        moves = put_in(account.lots, amount_cents, month)
    else:
        moves = take_back(account.lots, -amount_cents, month)
    save(session, account)
    return write_transfer(
        session, actor, asked, at=at, moves={account.account_id: moves}, system={other: -amount_cents}
    )


def _moved(session: Session, account: Account, transfers: list[int]) -> Moves:
    """What some transfers together moved in the lots of an account."""
    rows = session.execute(
        select(PointLotMove.earned_month, func.sum(PointLotMove.amount_cents))
        .where(PointLotMove.account_id == account.account_id, PointLotMove.transfer_no.in_(transfers))
        .group_by(PointLotMove.earned_month)
    )
    moved: dict[date, int] = {month: int(amount) for month, amount in rows}
    return moved
