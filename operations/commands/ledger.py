"""Transfers of points by double entry: written once, never changed, asked for by an id that the client made.

Here: what every movement of points shares. Who moves points for a reason of their own (the mall, a shop) calls
ledger_holds.py and `reverse` in one transaction with what it is for, after asking for its own permission. Never here:
permission, or a rule of the mall.

Order of locks: what the caller decides on (person, shift or card, record, item, order), then accounts of volunteers,
the smaller id first, then accounts of the system, which are only added to. All that is decided on one volunteer's
points (holds and lots too) is decided under the lock of the account's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, inspect, select, update
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import AuditEntry, PointAccount, PointLotMove, PointPeriod, PointTransfer

from .ledger_accounts import insert_unless_there
from .ledger_lots import Moves
from .refusals import Refused

LOCAL = ZoneInfo("Asia/Shanghai")


class IdConflict(Refused):
    """The id was used before for something else; doors answer 409. Nothing was changed: use a new id."""


@dataclass(frozen=True)
class Asked:
    """A transfer as it is asked for; asked for again with the same id it must be the same."""

    transfer_id: str
    kind: str
    debit_account_id: int
    credit_account_id: int
    amount_cents: int
    reference: str = ""
    reason: str = ""
    hold_id: str | None = None
    reverses_no: int | None = None


@dataclass(frozen=True, kw_only=True)
class Posted(Asked):
    """A transfer as it stands in the ledger. `period` is the first day of its accounting month."""

    transfer_no: int
    period: date
    posted_at: datetime
    # Whether this call wrote it; the answer is the same if an earlier one did.
    is_new: bool = field(default=False, compare=False)

    def said(self) -> dict[str, Any]:
        """What the audit log keeps of it."""
        return {
            "transfer_no": self.transfer_no,
            "transfer_id": self.transfer_id,
            "kind": self.kind,
            "debit_account_id": self.debit_account_id,
            "credit_account_id": self.credit_account_id,
            "amount_cents": self.amount_cents,
            "reference": self.reference,
        }


def uuid_text(value: str, field: str) -> str:
    """A client-made UUID in its usual form (36 characters, small letters); `Refused` for anything else."""
    try:
        return str(UUID(value))
    except ValueError as error:
        raise Refused(f"the {field.replace('_', ' ')} must be a UUID made by the client", field) from error


def positive_cents(amount_cents: int) -> int:
    """The amount; `Refused` unless it is a whole number above zero that a column can hold."""
    if type(amount_cents) is not int or not 0 < amount_cents < 2**53:
        raise Refused("the amount must be a whole number of hundredths above zero", "amount_cents")
    return amount_cents


def posted_before(session: Session, asked: Asked) -> Posted | None:
    """The answer that was given the first time this transfer was asked for, or None. Look after locking the account.

    Raises `IdConflict` if the id was used for another one.
    """
    row = session.execute(_BY_ID, {"of_id": asked.transfer_id}).mappings().one_or_none()
    if row is None:
        return None
    values: dict[str, Any] = {str(name): value for name, value in row.items()}
    posted = Posted(**values)
    if any(getattr(posted, name) != value for name, value in asdict(asked).items()):
        raise IdConflict(
            f"the id {asked.transfer_id} was used before for another transfer; make a new id for a new one",
            "transfer_id",
        )
    return posted


def write_transfer(
    session: Session,
    actor: Actor,
    asked: Asked,
    *,
    at: datetime,
    moves: Mapping[int, Moves],
    system: Mapping[int, int],
) -> Posted:
    """Write a transfer that is new, what it moved in the lots of each account (`moves`), and what it adds to accounts
    of the system (`system`, by account, in cents). Accounts of volunteers are saved by the caller.

    Raises `IdConflict` if another one took the id at this moment.
    """
    values = {
        **asdict(asked),
        "period": open_period(session, at),
        "posted_at": at,
        "actor": actor.name,
        "role": str(actor.role),
    }
    statement = insert_unless_there(session, PointTransfer, values).returning(PointTransfer.transfer_no)
    number = session.scalar(statement)
    if number is None:
        raise IdConflict(
            f"the id {asked.transfer_id} was used for another transfer just now; make a new id for a new one",
            "transfer_id",
        )
    rows = [
        {"account_id": account, "transfer_no": number, "earned_month": month, "amount_cents": amount}
        for account, moved in moves.items()
        for month, amount in moved.items()
    ]
    if rows:
        session.execute(inspect(PointLotMove).local_table.insert(), rows)  # type: ignore[union-attr]
    for account, amount in sorted(system.items()):
        session.execute(_ADDED, {"of_account": account, "amount": amount})
    return Posted(
        **asdict(asked), transfer_no=number, period=values["period"], posted_at=_seconds(at), is_new=True
    )


def open_period(session: Session, at: datetime) -> date:
    """The accounting month for an entry at a moment: its own in Asia/Shanghai, or the first that is not closed."""
    closed = session.scalar(select(func.max(PointPeriod.period)))
    return period_after(closed, at)


def period_after(closed: date | None, at: datetime) -> date:
    """The accounting month for an entry at a moment, if all to `closed` are closed."""
    own = at.astimezone(LOCAL).date().replace(day=1)
    return own if closed is None or own > closed else (closed + timedelta(days=31)).replace(day=1)


def write_audit(
    session: Session,
    actor: Actor,
    action: Action,
    kind: str,
    subject_id: str,
    *,
    at: datetime,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write down what was done to a row of the ledger, as `records.audit` does for rows that are loaded."""
    session.add(
        AuditEntry(
            happened_at=at,
            actor=actor.name,
            role=str(actor.role),
            action=str(action),
            subject_kind=kind,
            subject_id=subject_id,
            reason=reason,
            before=before,
            after=after,
        )
    )


def _seconds(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


_BY_ID = select(
    *(getattr(PointTransfer, name) for name in Posted.__dataclass_fields__ if name != "is_new"),
).where(PointTransfer.transfer_id == bindparam("of_id"))
_ADDED = (
    update(PointAccount)
    .where(PointAccount.account_id == bindparam("of_account"))
    .values(balance_cents=PointAccount.balance_cents + bindparam("amount"))
    .execution_options(synchronize_session=False)
)
