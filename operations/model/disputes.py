"""Objections to what was recorded, or was not: their state, and each step of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref

DISPUTE_KINDS = ("session", "honour_record", "missing_attendance")
# open → answered (→ appealed → decided); open or appealed → withdrawn.
DISPUTE_STATES = ("open", "answered", "appealed", "decided", "withdrawn")
OUTCOMES = ("upheld", "rejected")
STEPS = ("opened", "answered", "appealed", "decided", "corrected", "withdrawn")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Dispute(Changing, Base):
    """One objection of a volunteer, about a session, an honour record, or attendance that nobody recorded.

    `organisation_id` answers it until `answer_due_at`; a rejection can be appealed against until `appeal_until`.
    While it is open or appealed the session is frozen. `is_corrected`: what followed from an upheld one is entered.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        _one_of("kind", DISPUTE_KINDS),
        _one_of("status", DISPUTE_STATES),
        CheckConstraint("outcome IS NULL OR outcome IN ('upheld', 'rejected')", name="outcome"),
        CheckConstraint("kind <> 'session' OR session_id IS NOT NULL", name="session"),
        CheckConstraint("kind <> 'honour_record' OR record_id IS NOT NULL", name="record"),
        Index("ix_disputes_status_due", "status", "answer_due_at"),
        Index("ix_disputes_answer_due_at", "answer_due_at"),
        Index("ix_disputes_session", "session_id"),
    )

    dispute_id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    organisation_id: Mapped[int] = mapped_column(Ref, ForeignKey("organisations.organisation_id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    session_id: Mapped[str | None] = mapped_column(String(160))
    record_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("honour_records.record_id"), index=True)
    shift_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("shifts.shift_id"))
    service_day: Mapped[date]
    status: Mapped[str] = mapped_column(String(12), default="open")
    outcome: Mapped[str | None] = mapped_column(String(8))
    opened_at: Mapped[datetime]
    answer_due_at: Mapped[datetime]
    appeal_until: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    is_corrected: Mapped[bool] = mapped_column(default=False)


class DisputeStep(Changing, Base):
    """One step of a dispute, with the person who took it and their words. Rows are only added."""

    __tablename__ = "dispute_steps"
    __table_args__ = (_one_of("step", STEPS),)

    step_id: Mapped[Key]
    dispute_id: Mapped[int] = mapped_column(Ref, ForeignKey("disputes.dispute_id"), index=True)
    step: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(8))
    said: Mapped[str] = mapped_column(Text)
    taken_by: Mapped[int | None] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    taken_as: Mapped[str] = mapped_column(String(32))
    taken_at: Mapped[datetime]
    record_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("honour_records.record_id"))
