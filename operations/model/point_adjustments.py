"""Points added or taken by hand: asked for by one person, granted by a second."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref

ADJUSTMENT_STATES = ("asked", "granted", "refused")


class PointAdjustment(Changing, Base):
    """One correction that no session explains; `amount_cents` is below zero where points are taken.

    `adjustment_id` was made by the client and is the id of the transfer, too. `asked_by` and `decided_by` are two
    persons, whichever accounts they act by.
    """

    __tablename__ = "point_adjustments"
    __table_args__ = (
        CheckConstraint(f"state IN {ADJUSTMENT_STATES}", name="state"),
        CheckConstraint("amount_cents <> 0", name="amount"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(state = 'granted') = (transfer_no IS NOT NULL)", name="granted"),
        Index("ix_point_adjustments_state", "state", "asked_at"),
    )

    adjustment_no: Mapped[Key]
    adjustment_id: Mapped[str] = mapped_column(String(36), unique=True)
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    amount_cents: Mapped[int] = mapped_column(Ref)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="asked")
    asked_by: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    transfer_no: Mapped[int | None] = mapped_column(
        Ref, ForeignKey("point_transfers.transfer_no"), unique=True
    )
