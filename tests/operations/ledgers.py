"""Moving points in a test in one line each, and looking at what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any
from uuid import uuid4

import polars as pl
from sqlalchemy import func, select

from operations.access import Actor, Role
from operations.commands.ledger import Posted
from operations.commands.ledger_settlement import DUE, settle_batch
from operations.commands.points import hold_points, post_hold, void_hold
from operations.database import reading, writing
from operations.model import PointAccount, PointHold, PointLot
from operations.queries.ledger_proof import prove_ledger

from .conftest import NOW, Town, volunteer

SYSTEM = Actor("system", Role.SYSTEM)
NUMBERS = count(1)


def award(town: Town, person: int, earned: Mapping[date, int], *, at: datetime = NOW) -> None:
    """Let the volunteer earn so many hundredths on each day; below zero is a correction of that month's award."""
    with writing(town.engine) as session:
        due = [
            # Any number of postings before makes an id of its own.
            (f"{person}-{day:%Y-%m}", person, day.replace(day=1), amount, next(NUMBERS), "1")
            for day, amount in earned.items()
        ]
        settle_batch(session, SYSTEM, frame_of(due), at=at, reference="settlement:0")


def frame_of(due: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """Differences as settlement hands them over."""
    return pl.DataFrame(due, schema=DUE, orient="row")


def hold(town: Town, person: int, amount: int, **options: Any) -> str:
    """Hold points of the volunteer for the mall, and return the hold's id."""
    hold_id = options.pop("hold_id", None) or str(uuid4())
    with writing(town.engine) as session:
        made = hold_points(
            session,
            volunteer(person),
            hold_id=hold_id,
            volunteer_id=person,
            amount_cents=amount,
            **{"at": NOW, **options},
        )
        return made.hold_id


def post(town: Town, hold_id: str, **options: Any) -> Posted:
    """Post a hold and return the transfer."""
    with writing(town.engine) as session:
        arguments = {"transfer_id": str(uuid4()), "at": NOW, **options}
        return post_hold(session, SYSTEM, hold_id=hold_id, **arguments)


def void(town: Town, hold_id: str, *, at: datetime = NOW) -> None:
    """Void a hold."""
    with writing(town.engine) as session:
        void_hold(session, SYSTEM, hold_id=hold_id, at=at)


def available(town: Town, person: int) -> int:
    """What the volunteer can spend; below zero if points are owed."""
    with reading(town.engine) as session:
        account = session.scalar(select(PointAccount).where(PointAccount.volunteer_id == person))
        return 0 if account is None else account.available_cents


def lots(town: Town, person: int) -> dict[date, tuple[int, int, int]]:
    """What remains, is held and is owed in each lot of the volunteer."""
    with reading(town.engine) as session:
        rows = session.scalars(
            select(PointLot)
            .join(PointAccount, PointAccount.account_id == PointLot.account_id)
            .where(PointAccount.volunteer_id == person)
        )
        return {row.earned_month: (row.remaining_cents, row.held_cents, row.owed_cents) for row in rows}


def balances(town: Town) -> dict[str, int]:
    """The balance of each kind of account."""
    with reading(town.engine) as session:
        rows = session.execute(
            select(PointAccount.kind, func.sum(PointAccount.balance_cents)).group_by(PointAccount.kind)
        )
        return {kind: int(total) for kind, total in rows if total}


def state_of(town: Town, hold_id: str) -> str:
    """How a hold stands."""
    with reading(town.engine) as session:
        return session.get_one(PointHold, hold_id).state


def broken_rules(town: Town) -> dict[str, tuple[str, ...]]:
    """The rules of the ledger that do not hold, and what breaks them."""
    with reading(town.engine) as session:
        return {proof.rule: proof.examples for proof in prove_ledger(session) if not proof.holds}
