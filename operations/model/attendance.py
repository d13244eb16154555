"""Who was there: check-ins of terminals, and honour records entered by hand with their approval."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref


class CheckIn(Changing, Base):
    """One sign-in or sign-out in a terminal, with the position it gave, its system and its accuracy in metres."""

    __tablename__ = "check_ins"
    __table_args__ = (
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("client IN ('app', 'mini_program', 'web')", name="client"),
    )

    event_id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    shift_id: Mapped[int] = mapped_column(Ref, ForeignKey("shifts.shift_id"), index=True)
    site_id: Mapped[int] = mapped_column(Ref, ForeignKey("sites.site_id"))
    direction: Mapped[str] = mapped_column(String(3))
    client: Mapped[str] = mapped_column(String(16), default="app")
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    received_lon: Mapped[float | None] = mapped_column(Float)
    received_lat: Mapped[float | None] = mapped_column(Float)
    position_system: Mapped[str | None] = mapped_column(String(8))
    accuracy_m: Mapped[int | None]


class HonourRecord(Changing, Base):
    """Minutes of honour that an organisation entered by hand, with a reason; `entered_by` is the person."""

    __tablename__ = "honour_records"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("(started_at IS NULL) = (ended_at IS NULL)", name="both_ends"),
        CheckConstraint("ended_at IS NULL OR ended_at > started_at", name="interval"),
    )

    record_id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    organisation_id: Mapped[int] = mapped_column(Ref, ForeignKey("organisations.organisation_id"), index=True)
    shift_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("shifts.shift_id"))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    minutes: Mapped[int]
    service_day: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text, default="")
    entered_by: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    entered_at: Mapped[datetime]


class HonourApproval(Changing, Base):
    """The decision of a second person on an honour record."""

    __tablename__ = "honour_approvals"
    __table_args__ = (CheckConstraint("decision IN ('approved', 'refused')", name="decision"),)

    record_id: Mapped[int] = mapped_column(Ref, ForeignKey("honour_records.record_id"), primary_key=True)
    decision: Mapped[str] = mapped_column(String(12))
    decided_by: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    decided_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
