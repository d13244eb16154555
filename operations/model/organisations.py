"""Organisations, which form a tree, the documents of their applications, and who belongs to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref, prefix_index


class Organisation(Changing, Base):
    """One volunteer organisation. `uscc` is the 统一社会信用代码 (GB 32100); a group may lack it (MZ/T 061-2015).

    `applied_by` is the volunteer who applied, if one did; somebody without an account proves by a secret code, of which
    `application_code_sha256` is kept, that the application is theirs. `decision_reason` says why it was returned,
    suspended or struck off. `registered_at` is when it was approved, and before that when it applied.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint(
            "status IN ('applied', 'returned', 'active', 'suspended', 'struck_off')", name="status"
        ),
        Index("ix_organisations_status", "status", "applied_at"),
        prefix_index("ix_organisations_name", "name"),
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
    applied_at: Mapped[datetime | None]
    applied_by: Mapped[int | None] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    application_code_sha256: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    contact_name: Mapped[str | None] = mapped_column(String(80))
    contact_phone: Mapped[str | None] = mapped_column(String(24))


class OrganisationDocument(Changing, Base):
    """One file handed in with an application, kept here byte by byte; `sha256` tells whether it is still the same.

    `replaced_at` is set when a later application brought another one of its kind.
    """

    __tablename__ = "organisation_documents"
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="size"),
        Index("ix_organisation_documents_organisation_id", "organisation_id"),
    )

    document_id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(Ref, ForeignKey("organisations.organisation_id"))
    kind: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(80))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    uploaded_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class OrganisationMember(Changing, Base):
    """One stay of a volunteer in an organisation, with the role held."""

    __tablename__ = "organisation_members"
    __table_args__ = (
        CheckConstraint("role IN ('member', 'leader', 'administrator')", name="role"),
        # Who belongs to an organisation now, answered without a look at the rows.
        Index("ix_organisation_members_organisation_id", "organisation_id", "left_at", "volunteer_id"),
        # And to which a volunteer belongs.
        Index("ix_organisation_members_volunteer_id", "volunteer_id", "left_at", "organisation_id"),
        # For lists of roles that few have. What asks for a volunteer and a role must not find it: hence the condition.
        Index(
            "ix_organisation_members_role",
            "role",
            "member_id",
            sqlite_where=text("role <> 'member'"),
            postgresql_where=text("role <> 'member'"),
        ),
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
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    role: Mapped[str] = mapped_column(String(16), default="member")
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
