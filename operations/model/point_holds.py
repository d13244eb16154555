"""Points that are promised before they are spent: a hold ends once, by being posted, voided or timed out."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Ref
from .points import Restless

HOLD_STATES = ("open", "posted", "voided", "timed_out")


class PointHold(Changing, Base):
    """Points of a volunteer (`account_id`) that `credit_account_id` will get if it is posted before `expires_at`.

    `posted_cents` may be less than was held; the rest is free again. A hold that has ended never changes.
    """

    __tablename__ = "point_holds"
    __table_args__ = (
        CheckConstraint(f"state IN {HOLD_STATES}", name="state"),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("(state = 'open') = (resolved_at IS NULL)", name="resolved"),
        CheckConstraint("(state = 'posted') = (posted_cents IS NOT NULL)", name="posted"),
        CheckConstraint("posted_cents IS NULL OR posted_cents BETWEEN 1 AND amount_cents", name="posted_cents"),
        Index("ix_point_holds_open", "expires_at", postgresql_where=text("state = 'open'"),
              sqlite_where=text("state = 'open'")),
    )  # fmt: skip

    hold_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account_id: Mapped[int] = mapped_column(Ref, ForeignKey("point_accounts.account_id"), index=True)
    credit_account_id: Mapped[int] = mapped_column(Ref, ForeignKey("point_accounts.account_id"))
    amount_cents: Mapped[int] = mapped_column(Ref)
    state: Mapped[str] = mapped_column(String(10), default="open")
    posted_cents: Mapped[int | None] = mapped_column(Ref)
    held_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    reference: Mapped[str] = mapped_column(String(60), default="")
    actor: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(32))


class PointHoldLot(Restless, Base):
    """How much of a hold lies in which lot: posting takes it from there, voiding leaves it there."""

    __tablename__ = "point_hold_lots"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount"),)

    hold_id: Mapped[str] = mapped_column(String(36), ForeignKey("point_holds.hold_id"), primary_key=True)
    earned_month: Mapped[date] = mapped_column(primary_key=True)
    amount_cents: Mapped[int] = mapped_column(Ref)
