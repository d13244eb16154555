"""Points that run out: telling their owners in time, then taking them, the oldest first.

Here: the two commands of the clock. Never here: when points of a month end (ledger_accounts.py, by rule).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import PointAccount, PointLot
from operations.rules import time_span

from .ledger import LOCAL, Asked, write_audit, write_transfer
from .ledger_accounts import Account, lock_volunteer_account, save, system_account
from .ledger_holds import release_timed_out
from .ledger_lots import Moves
from .notices import notify
from .records import must_write


@dataclass(frozen=True)
class Ended:
    """What one call did: for how many volunteers, and how many hundredths of a point."""

    volunteers: int
    amount_cents: int


def notify_of_expiry(session: Session, actor: Actor, *, at: datetime, at_most: int = 1000) -> Ended:
    """Tell volunteers, at most so many, which points run out within the time of the rule points_expiry_notice.

    Each lot is told of once. Call it until it tells nobody.

    Raises `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.NOTIFY_OF_EXPIRY, Where())
    today = _local_day(at)
    until = today + time_span("points_expiry_notice", at)
    waiting = PointLot.notified_on.is_(None) & (PointLot.expires_on <= until)
    told = amount = 0
    for volunteer_id, lots in _by_volunteer(session, waiting, at_most):
        for ends, of_day in groupby(lots, key=lambda lot: lot.expires_on):
            ending = list(of_day)
            free = sum(lot.remaining_cents - lot.held_cents for lot in ending)
            amount += free
            notify(
                session,
                "points_expire",
                at=at,
                volunteer_id=volunteer_id,
                amount_cents=free,
                expires_on=max(ends, today + time_span("points_expiry_notice", at)).isoformat(),
            )
            session.execute(
                update(PointLot)
                .where(
                    PointLot.account_id == ending[0].account_id,
                    PointLot.earned_month.in_([lot.earned_month for lot in ending]),
                )
                .values(notified_on=today)
            )
        told += 1
    return Ended(told, amount)


def expire_points(session: Session, actor: Actor, *, at: datetime, at_most: int = 1000) -> Ended:
    """Take the points of volunteers, at most so many, whose time is over and who were told in time; the oldest first.

    What is held stays until its hold ends; nobody comes below zero. Call it until it finds nobody.

    Raises `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.EXPIRE_POINTS, Where())
    today = _local_day(at)
    told_by = today - time_span("points_expiry_notice", at)
    over = (PointLot.expires_on < today) & (PointLot.notified_on <= told_by)
    expired = system_account(session, "expired", at)
    count = amount = 0
    for volunteer_id, lots in _by_volunteer(session, over, at_most):
        account = lock_volunteer_account(session, volunteer_id, at)
        release_timed_out(session, account, at)
        moves = _take(account, {lot.earned_month for lot in lots})
        save(session, account)
        taken = -sum(moves.values())
        if taken:
            asked = Asked(str(uuid4()), "expiry", account.account_id, expired, taken)
            write_transfer(
                session, actor, asked, at=at, moves={account.account_id: moves}, system={expired: taken}
            )
            count += 1
            amount += taken
    if count:
        write_audit(
            session,
            actor,
            Action.EXPIRE_POINTS,
            "point_accounts",
            f"{count} accounts",
            at=at,
            after={"amount_cents": amount},
        )
    return Ended(count, amount)


def _take(account: Account, months: set[date]) -> Moves:
    """Take what is free in the lots of these months, as far as the balance allows."""
    moves: Moves = {}
    for lot in sorted(account.lots, key=lambda lot: lot.earned_month):
        part = min(lot.free, max(account.available + sum(moves.values()), 0))
        if lot.earned_month in months and part > 0:
            lot.remaining -= part
            moves[lot.earned_month] = -part
    return moves


def _by_volunteer(
    session: Session, condition: ColumnElement[bool], at_most: int
) -> Iterator[tuple[int, list[Any]]]:
    """The lots with something free in them that a condition holds for, by volunteer, in the order of their accounts."""
    there = (PointLot.remaining_cents > PointLot.held_cents) & condition
    solvent = PointAccount.balance_cents > PointAccount.held_cents
    accounts = (
        select(PointLot.account_id)
        .join(PointAccount, PointAccount.account_id == PointLot.account_id)
        .where(there, solvent)
        .group_by(PointLot.account_id)
        .order_by(PointLot.account_id)
        .limit(at_most)
    )
    rows = session.execute(
        select(
            PointAccount.volunteer_id,
            PointLot.account_id,
            PointLot.earned_month,
            PointLot.remaining_cents,
            PointLot.held_cents,
            PointLot.expires_on,
        )
        .join(PointAccount, PointAccount.account_id == PointLot.account_id)
        .where(there, PointLot.account_id.in_(accounts.scalar_subquery()))
        .order_by(PointLot.account_id, PointLot.expires_on, PointLot.earned_month)
    ).all()
    for volunteer_id, of_one in groupby(rows, key=lambda row: row.volunteer_id):
        yield int(volunteer_id or 0), list(of_one)


def _local_day(at: datetime) -> date:
    return at.astimezone(LOCAL).date()
