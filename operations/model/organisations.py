"""Organisations, which form a tree, and who belongs to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref


class Organisation(Changing, Base):
    """One volunteer organisation. `uscc` is the 统一社会信用代码 (GB 32100); a group may lack it (MZ/T 061-2015)."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint(
            "status IN ('applied', 'returned', 'active', 'suspended', 'struck_off')", name="status"
        ),
    )

    organisation_id: Mapped[Key]
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(24))
    parent_organisation_id: Mapped[int | None] = mapped_column(
        Ref, ForeignKey("organisations.organisation_id"), index=True
    )
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.area_code"))
    district_code: Mapped[str] = mapped_column(ForeignKey("areas.area_code"), index=True)
    township_code: Mapped[str | None] = mapped_column(ForeignKey("areas.area_code"), index=True)
    status: Mapped[str] = mapped_column(String(12), default="applied")
    registered_at: Mapped[datetime]


class OrganisationMember(Changing, Base):
    """One stay of a volunteer in an organisation, with the role held."""

    __tablename__ = "organisation_members"
    __table_args__ = (
        CheckConstraint("role IN ('member', 'leader', 'administrator')", name="role"),
        Index("ix_organisation_members_pair", "organisation_id", "volunteer_id"),
        # Nobody belongs twice to one organisation at the same time.
        Index(
            "uq_organisation_members_standing",
            "organisation_id",
            "volunteer_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    member_id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(Ref, ForeignKey("organisations.organisation_id"))
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    role: Mapped[str] = mapped_column(String(16), default="member")
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
