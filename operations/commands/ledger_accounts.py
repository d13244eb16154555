"""The accounts of the points ledger: finding, opening and locking them, and writing back what was moved.

Here: rows of accounts and lots. Never here: transfers (ledger.py), or which lots are taken (ledger_lots.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Insert, Table, bindparam, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from operations.model import Base, PointAccount, PointLot
from operations.rules import rule

from .ledger_lots import Lot, Moves, NotEnough, free_oldest_first
from .records import must_write
from .refusals import Refused

# Accounts that many transfers at once debit or credit come in so many rows.
SPREAD = {"issue": 32, "mall": 32}


@dataclass
class Account:
    """A volunteer's account, locked until the transaction ends. Change its lots, then `save` it. In cents."""

    account_id: int
    volunteer_id: int
    balance: int
    held: int
    lots: list[Lot] = field(default_factory=list)
    _stored: dict[date, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def available(self) -> int:
        """What can be spent; below zero while points are owed."""
        return self.balance - self.held


def lock_volunteer_account(session: Session, volunteer_id: int, at: datetime) -> Account:
    """The account of a volunteer, opened if there is none yet; nobody else moves its points until the transaction ends.

    Locked after all other rows that a command decides on, of several the one with the smaller id first, and before
    any account of the system: so that no two transactions wait for each other.
    """
    must_write(session)
    row = session.execute(_LOCKED_ACCOUNT, {"volunteer_id": volunteer_id}).one_or_none()
    if row is None:
        values = {
            "code": f"volunteer:{volunteer_id}",
            "kind": "volunteer",
            "volunteer_id": volunteer_id,
            "opened_at": at,
        }
        session.execute(insert_unless_there(session, PointAccount, values))
        row = session.execute(_LOCKED_ACCOUNT, {"volunteer_id": volunteer_id}).one()
    account = Account(row.account_id, volunteer_id, row.balance_cents, row.held_cents)
    for month, remaining, held, owed in session.execute(_LOTS, {"account_id": row.account_id}):
        account.lots.append(Lot(month, remaining, held, owed))
        account._stored[month] = (remaining, held, owed)
    return account


def save(session: Session, account: Account) -> None:
    """Write the account and the lots that were changed."""
    account.balance = sum(lot.net for lot in account.lots)
    account.held = sum(lot.held for lot in account.lots)
    owed = sum(lot.owed for lot in account.lots)
    for lot in account.lots:
        now = (lot.remaining, lot.held, lot.owed)
        if account._stored.get(lot.earned_month) == now:
            continue
        values = dict(zip(("remaining_cents", "held_cents", "owed_cents"), now, strict=True))
        if lot.earned_month in account._stored:
            session.execute(
                _CHANGED_LOT, {"of_account": account.account_id, "of_month": lot.earned_month, **values}
            )
        else:
            key = {"account_id": account.account_id, "earned_month": lot.earned_month}
            session.execute(
                _insert(session, PointLot), {**key, "expires_on": expires_on(lot.earned_month), **values}
            )
        account._stored[lot.earned_month] = now
    session.execute(
        _CHANGED_ACCOUNT,
        {
            "of_account": account.account_id,
            "balance_cents": account.balance,
            "held_cents": account.held,
            "owed_cents": owed,
        },
    )


def free_lots(account: Account, amount: int) -> Moves:
    """How much of `amount` lies free in which lot, the oldest first.

    Raises `Refused` if it does not suffice, or if points are owed.
    """
    try:
        return free_oldest_first(account.lots, amount)
    except NotEnough:
        owed = -account.available
        said = (
            f"{owed} hundredths are owed after a correction: nothing can be spent until they are earned again"
            if owed > 0
            else f"the points do not suffice: {account.available} hundredths can be spent"
        )
        raise Refused(said, "amount_cents") from None


def system_account(session: Session, kind: str, at: datetime, *, near: int = 0) -> int:
    """The id of an account of the system (`issue`, `mall`, `expired`, `adjustment`), opened at first use.

    Of a kind in several rows the one for `near`, the account on the other side. It is not locked here.
    """
    code = f"{kind}:{near % SPREAD.get(kind, 1):02}"
    return account_by_code(session, code, kind, at)


def shop_account(session: Session, shop_id: int, at: datetime) -> int:
    """The id of the account that a charity shop's redemptions are credited to, opened at first use."""
    return account_by_code(session, f"shop:{shop_id}", "shop", at)


def account_by_code(session: Session, code: str, kind: str, at: datetime) -> int:
    """The id of the account of this code and kind, opened at first use."""
    found = session.scalar(_BY_CODE, {"code": code})
    if found is None:
        values = {"code": code, "kind": kind, "opened_at": at, "updated_at": at}
        session.execute(insert_unless_there(session, PointAccount, values))
        found = session.scalars(_BY_CODE, {"code": code}).one()
    return found


def expires_on(earned_month: date) -> date:
    """The last local day on which points of a month can be spent: the end of a year, so many years on by the rule of
    that month (domain rules: the end of the third year)."""
    return date(earned_month.year + rule("points_expire_after", earned_month), 12, 31)


def insert_unless_there(
    session: Session, model: type[Base], values: Mapping[str, Any]
) -> postgresql.Insert | sqlite.Insert:
    """An insert that does nothing where a row with the same unique value is, also one that was written just now."""
    dialect = postgresql if session.connection().dialect.name == "postgresql" else sqlite
    return dialect.insert(_table(model)).values(**values).on_conflict_do_nothing()


def _insert(session: Session, model: type[Base]) -> Insert:
    return _table(model).insert()


def _table(model: type[Base]) -> Table:
    return inspect(model).local_table  # type: ignore[return-value]


_ACCOUNTS, _LOT_ROWS = _table(PointAccount), _table(PointLot)
_LOCKED_ACCOUNT = (
    select(_ACCOUNTS.c.account_id, _ACCOUNTS.c.balance_cents, _ACCOUNTS.c.held_cents)
    .where(_ACCOUNTS.c.volunteer_id == bindparam("volunteer_id"))
    .with_for_update()
)
_LOTS = (
    select(
        _LOT_ROWS.c.earned_month, _LOT_ROWS.c.remaining_cents, _LOT_ROWS.c.held_cents, _LOT_ROWS.c.owed_cents
    )
    .where(_LOT_ROWS.c.account_id == bindparam("account_id"))
    .order_by(_LOT_ROWS.c.earned_month)
)
_BY_CODE = select(_ACCOUNTS.c.account_id).where(_ACCOUNTS.c.code == bindparam("code"))
_CHANGED_LOT = update(_LOT_ROWS).where(
    _LOT_ROWS.c.account_id == bindparam("of_account"), _LOT_ROWS.c.earned_month == bindparam("of_month")
)
_CHANGED_ACCOUNT = update(_ACCOUNTS).where(_ACCOUNTS.c.account_id == bindparam("of_account"))
