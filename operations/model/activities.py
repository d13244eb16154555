"""Activities, the shifts they are held in, the sites of each shift, and who signed up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref, prefix_index

ACTIVITY_STATES = (
    "draft",
    "submitted",
    "returned",
    "approved",
    "recruiting",
    "full",
    "running",
    "finished",
    "closed",
    "cancelled",
)
ADMISSIONS = ("at_once", "on_request", "by_invitation")
SIGN_UP_STATES = (
    "requested",
    "invited",
    "waiting",
    "offered",
    "confirmed",
    "declined",
    "expired",
    "cancelled",
    "no_show",
)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Activity(Changing, Base):
    """One activity of an organisation.

    `is_recruiting_only`: it takes sign-ups but keeps no attendance; `admission`: how a sign-up gets its place. Sign-ups
    are taken from `opens_at` until before `closes_at`. A place can be given back until `cancel_until_hours` before the
    shift. Ages are whole years on the day of the shift. `status_reason` is why it was last returned or cancelled.
    """

    __tablename__ = "activities"
    __table_args__ = (
        _one_of("status", ACTIVITY_STATES),
        _one_of("admission", ADMISSIONS),
        CheckConstraint("ends_at > starts_at", name="interval"),
        CheckConstraint("closes_at > opens_at", name="recruiting_window"),
        CheckConstraint("max_age >= min_age", name="ages"),
        # A list of activities is of one of these, in the order of their start.
        Index("ix_activities_organisation_id_starts_at", "organisation_id", "starts_at"),
        Index("ix_activities_district_code_starts_at", "district_code", "starts_at"),
        Index("ix_activities_township_code_starts_at", "township_code", "starts_at"),
        Index("ix_activities_status_starts_at", "status", "starts_at"),
        prefix_index("ix_activities_title", "title"),
    )

    activity_id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(Ref, ForeignKey("organisations.organisation_id"))
    title: Mapped[str] = mapped_column(String(160))
    category_code: Mapped[str] = mapped_column(String(24), index=True)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    description: Mapped[str] = mapped_column(Text, default="")
    risk_statement: Mapped[str] = mapped_column(Text, default="")
    is_dangerous: Mapped[bool] = mapped_column(default=False)
    insurance_policy_no: Mapped[str | None] = mapped_column(String(60))
    is_recruiting_only: Mapped[bool] = mapped_column(default=False)
    admission: Mapped[str] = mapped_column(String(13), default="at_once")
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    district_code: Mapped[str] = mapped_column(ForeignKey("areas.area_code"))
    township_code: Mapped[str | None] = mapped_column(ForeignKey("areas.area_code"))
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]
    required_skills: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    cancel_until_hours: Mapped[int | None]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    status_reason: Mapped[str] = mapped_column(Text, default="")


class Shift(Changing, Base):
    """One occurrence of an activity, at most 24 h long.

    `min_attendance_permille` is the share of the planned minutes that must be served, in thousandths.
    """

    __tablename__ = "shifts"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="interval"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("min_attendance_permille BETWEEN 0 AND 1000", name="min_attendance_permille"),
    )

    shift_id: Mapped[Key]
    activity_id: Mapped[int] = mapped_column(Ref, ForeignKey("activities.activity_id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    min_attendance_permille: Mapped[int | None]
    cancelled_at: Mapped[datetime | None]


class ShiftSite(Changing, Base):
    """One site at which a shift is held."""

    __tablename__ = "shift_sites"

    shift_id: Mapped[int] = mapped_column(Ref, ForeignKey("shifts.shift_id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(Ref, ForeignKey("sites.site_id"), primary_key=True, index=True)


class SignUp(Changing, Base):
    """One volunteer's sign-up for one shift; there is at most one for each pair.

    `decided_at`, `decided_by` and `decision_reason` tell of the last decision about it, whoever made it.
    `offer_expires_at` is set only while a place is offered: until then it is kept free.
    """

    __tablename__ = "sign_ups"
    __table_args__ = (
        _one_of("status", SIGN_UP_STATES),
        CheckConstraint("(status = 'offered') = (offer_expires_at IS NOT NULL)", name="offer"),
        UniqueConstraint("shift_id", "volunteer_id"),
        # In which shifts a volunteer is, answered without a look at the rows.
        Index("ix_sign_ups_volunteer_id", "volunteer_id", "shift_id"),
        # For lists of states that few are in. What asks for a shift and a state must not find it: hence the condition.
        Index(
            "ix_sign_ups_status",
            "status",
            "sign_up_id",
            sqlite_where=text("status <> 'confirmed'"),
            postgresql_where=text("status <> 'confirmed'"),
        ),
        Index(
            "ix_sign_ups_offer_expires_at",
            "offer_expires_at",
            sqlite_where=text("offer_expires_at IS NOT NULL"),
            postgresql_where=text("offer_expires_at IS NOT NULL"),
        ),
    )

    sign_up_id: Mapped[Key]
    shift_id: Mapped[int] = mapped_column(Ref, ForeignKey("shifts.shift_id"))
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    status: Mapped[str] = mapped_column(String(12), default="requested")
    signed_up_at: Mapped[datetime]
    offer_expires_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decision_reason: Mapped[str] = mapped_column(Text, default="")
