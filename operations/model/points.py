"""The points ledger: accounts, transfers by double entry, the lots that points lie in, and the chain over it all.

Amounts are hundredths of a point (`amount_cents`). The sum of all balances is 0. Holds are in point_holds.py.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref, utc_now

ACCOUNT_KINDS = ("volunteer", "issue", "mall", "shop", "expired", "adjustment")
TRANSFER_KINDS = ("award", "spend", "reversal", "expiry", "adjustment")


class Restless:
    """Like `Changing`, without an index of the stamp: on rows that change with every transfer it would cost more than
    reading the table when it is pulled."""

    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class PointAccount(Restless, Base):
    """One account. What comes in is credited and raises `balance_cents`, what goes out is debited and lowers it.

    Of a volunteer, `held_cents` is promised to open holds; `balance_cents - held_cents` can be spent, and is below zero
    only while a correction took points that were spent before (`owed_cents`). The accounts of the system
    (all other kinds) come in several rows of a kind, such as mall:00 to mall:31: each transfer writes one of them, so
    that no two have to wait for the same row for long.
    """

    __tablename__ = "point_accounts"
    __table_args__ = (
        CheckConstraint(f"kind IN {ACCOUNT_KINDS}", name="kind"),
        CheckConstraint("(kind = 'volunteer') = (volunteer_id IS NOT NULL)", name="owner"),
        CheckConstraint("held_cents >= 0 AND owed_cents >= 0", name="parts"),
        CheckConstraint(
            "CASE WHEN kind = 'volunteer' THEN balance_cents + owed_cents >= held_cents "
            "ELSE held_cents = 0 AND owed_cents = 0 END",
            name="never_spent_below_zero",
        ),
    )

    account_id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(12), index=True)
    volunteer_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), unique=True)
    balance_cents: Mapped[int] = mapped_column(Ref, default=0)
    held_cents: Mapped[int] = mapped_column(Ref, default=0)
    owed_cents: Mapped[int] = mapped_column(Ref, default=0)
    opened_at: Mapped[datetime]

    @property
    def available_cents(self) -> int:
        """What can be spent; below zero while points are owed."""
        return self.balance_cents - self.held_cents


class PointTransfer(Changing, Base):
    """One transfer: it debits one account and credits another with the same amount. Never changed, never deleted.

    `transfer_no` counts them, `transfer_id` was made by who asked. `period` is the accounting month (its first day) in
    Asia/Shanghai. Of an award: which (`award_id` is the session's id), the service day `earned_on` and the version of
    the rules. `reverses_no`: the transfer that is given back, in whole or part. `reference` names what it was for, such
    as order:17.
    """

    __tablename__ = "point_transfers"
    __table_args__ = (
        CheckConstraint(f"kind IN {TRANSFER_KINDS}", name="kind"),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("debit_account_id <> credit_account_id", name="accounts"),
        CheckConstraint("(kind = 'award') = (award_id IS NOT NULL AND earned_on IS NOT NULL)", name="award"),
        CheckConstraint("(kind = 'reversal') = (reverses_no IS NOT NULL)", name="reverses"),
        Index("ix_point_transfers_earned_on", "earned_on", postgresql_where=text("earned_on IS NOT NULL"),
              sqlite_where=text("earned_on IS NOT NULL")),
        Index("ix_point_transfers_reverses_no", "reverses_no", postgresql_where=text("reverses_no IS NOT NULL"),
              sqlite_where=text("reverses_no IS NOT NULL")),
        # Few are no awards: `is_no_award` asks in these words.
        Index("ix_point_transfers_kind", "kind", postgresql_where=text("kind <> 'award'"),
              sqlite_where=text("kind <> 'award'")),
        Index("uq_point_transfers_hold_id", "hold_id", unique=True, postgresql_where=text("hold_id IS NOT NULL"),
              sqlite_where=text("hold_id IS NOT NULL")),
    )  # fmt: skip

    transfer_no: Mapped[Key]
    transfer_id: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    debit_account_id: Mapped[int] = mapped_column(Ref, ForeignKey("point_accounts.account_id"))
    credit_account_id: Mapped[int] = mapped_column(Ref, ForeignKey("point_accounts.account_id"))
    amount_cents: Mapped[int] = mapped_column(Ref)
    period: Mapped[date]
    posted_at: Mapped[datetime]
    award_id: Mapped[str | None] = mapped_column(String(40))
    earned_on: Mapped[date | None]
    rule_version: Mapped[str | None] = mapped_column(String(40))
    reverses_no: Mapped[int | None] = mapped_column(Ref, ForeignKey("point_transfers.transfer_no"))
    hold_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("point_holds.hold_id"))
    reference: Mapped[str] = mapped_column(String(60), default="")
    actor: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text, default="")


class PointLot(Restless, Base):
    """The points of a volunteer that were earned in one month (`earned_month`, its first day), and what is left.

    `remaining_cents` are there, `held_cents` of them promised to holds. `owed_cents` were taken back by a correction
    after they had been spent, and are not made good yet. The lots of an account add up to its balance:
    remaining less owed.
    """

    __tablename__ = "point_lots"
    __table_args__ = (
        CheckConstraint(
            "held_cents >= 0 AND remaining_cents >= held_cents AND owed_cents >= 0", name="parts"
        ),
        Index("ix_point_lots_expires_on", "expires_on"),
    )

    account_id: Mapped[int] = mapped_column(Ref, ForeignKey("point_accounts.account_id"), primary_key=True)
    earned_month: Mapped[date] = mapped_column(primary_key=True)
    remaining_cents: Mapped[int] = mapped_column(Ref, default=0)
    held_cents: Mapped[int] = mapped_column(Ref, default=0)
    owed_cents: Mapped[int] = mapped_column(Ref, default=0)
    expires_on: Mapped[date]
    notified_on: Mapped[date | None]


class PointLotMove(Restless, Base):
    """What one transfer put into a lot (above zero) or took out of it. Never changed, never deleted.

    The moves of a transfer on an account add up to what the transfer does to its balance.
    """

    __tablename__ = "point_lot_moves"
    __table_args__ = (CheckConstraint("amount_cents <> 0", name="amount"),)

    account_id: Mapped[int] = mapped_column(Ref, primary_key=True, autoincrement=False)
    transfer_no: Mapped[int] = mapped_column(Ref, primary_key=True, autoincrement=False)
    earned_month: Mapped[date] = mapped_column(primary_key=True)
    amount_cents: Mapped[int] = mapped_column(Ref)


class PointLink(Restless, Base):
    """One link of the chain: the digest of the link before and of the transfer's content. Never changed or deleted.

    Without a reference to the transfer, so that a transfer that is gone is missed.
    """

    __tablename__ = "point_links"

    transfer_no: Mapped[int] = mapped_column(Ref, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))


class PointPeriod(Restless, Base):
    """A month that was closed: it and all before it take no more entries. Never changed, never deleted.

    `last_transfer_no` and `digest` are the end of the chain at that moment: kept elsewhere too (a printed report, a
    signed file), they tell whether the past was written anew.
    """

    __tablename__ = "point_periods"

    period: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    closed_by: Mapped[str] = mapped_column(String(80))
    last_transfer_no: Mapped[int] = mapped_column(Ref)
    digest: Mapped[str] = mapped_column(String(64))
    outstanding_cents: Mapped[int] = mapped_column(Ref)


class PointSettlement(Changing, Base):
    """One run that brought the ledger in line with the warehouse's awards; `ended_at` is empty if it was killed.

    `lake_snapshot` is the state of the warehouse it followed, `final_by` the local day up to which awards were final.
    """

    __tablename__ = "point_settlements"

    settlement_id: Mapped[Key]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    lake_snapshot: Mapped[int] = mapped_column(Ref)
    final_by: Mapped[date]
    is_whole: Mapped[bool]
    transfers: Mapped[int] = mapped_column(Ref, default=0)
    credited_cents: Mapped[int] = mapped_column(Ref, default=0)
    debited_cents: Mapped[int] = mapped_column(Ref, default=0)
