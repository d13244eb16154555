"""Minutes of honour entered by hand or from a file, and what second persons decided on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref

# entered → (endorsed →) approved or refused; approved → withdrawn. `endorsed`: the first of two approvals.
HONOUR_STATES = ("entered", "endorsed", "approved", "refused", "withdrawn")
DECISIONS = HONOUR_STATES[1:]


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class HonourImport(Changing, Base):
    """One file of honour records that was taken in, known by its digest so that it is taken in once."""

    __tablename__ = "honour_imports"
    __table_args__ = (UniqueConstraint("organisation_id", "sha256"),)

    import_id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(Ref, ForeignKey("organisations.organisation_id"))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    row_count: Mapped[int]
    imported_by: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    imported_at: Mapped[datetime]


class HonourRecord(Changing, Base):
    """Minutes of honour that an organisation entered by hand, with a reason; `entered_by` is the person.

    What was entered is never changed: a correction is a record of its own. `status` repeats the newest row of
    `honour_approvals`, so that lists need not look for it.
    """

    __tablename__ = "honour_records"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("(started_at IS NULL) = (ended_at IS NULL)", name="both_ends"),
        CheckConstraint("ended_at IS NULL OR ended_at > started_at", name="interval"),
        _one_of("status", HONOUR_STATES),
        Index("ix_honour_records_status_record", "status", "record_id"),
        Index("ix_honour_records_organisation_status", "organisation_id", "status", "record_id"),
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
    status: Mapped[str] = mapped_column(String(12), default="entered")
    import_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("honour_imports.import_id"), index=True)


class HonourApproval(Changing, Base):
    """One decision of another person on an honour record. Rows are only added: the newest of a record stands."""

    __tablename__ = "honour_approvals"
    __table_args__ = (_one_of("decision", DECISIONS),)

    approval_id: Mapped[Key]
    record_id: Mapped[int] = mapped_column(Ref, ForeignKey("honour_records.record_id"), index=True)
    decision: Mapped[str] = mapped_column(String(12))
    decided_by: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    decided_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
