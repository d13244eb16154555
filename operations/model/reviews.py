"""What was decided about minutes above the daily ceilings."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref

# Up to 720 minutes of a day the parent organisation decides, above it the city (time-keeping, section 7).
REVIEW_LEVELS = ("organisation", "city")


class ReviewDecision(Changing, Base):
    """One decision on the minutes of a session that wait at one level. Rows are only added: the newest stands.

    `minutes_in_review` is what the decider saw; what of it was not granted is refused. The warehouse knows the session
    and grants no more than it has in review now.
    """

    __tablename__ = "review_decisions"
    __table_args__ = (
        CheckConstraint("level IN ('organisation', 'city')", name="level"),
        CheckConstraint("minutes_granted >= 0 AND minutes_granted <= minutes_in_review", name="granted"),
        Index("ix_review_decisions_session", "session_id", "level", "decision_id"),
    )

    decision_id: Mapped[Key]
    session_id: Mapped[str] = mapped_column(String(160))
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(
        Ref, ForeignKey("organisations.organisation_id"), index=True
    )
    service_day: Mapped[date]
    level: Mapped[str] = mapped_column(String(12))
    minutes_in_review: Mapped[int]
    minutes_granted: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    decided_at: Mapped[datetime]
