"""What belongs to a volunteer besides identity: skills, interests, guardians, bans, and who may be the same person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref


class VolunteerSkill(Changing, Base):
    """One skill of a volunteer, by its code (`operations.skills`), in their own words if more is to be said."""

    __tablename__ = "volunteer_skills"

    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), primary_key=True)
    skill_code: Mapped[str] = mapped_column(String(24), primary_key=True, index=True)
    detail: Mapped[str] = mapped_column(String(80), default="")


class VolunteerInterest(Changing, Base):
    """One category of activities that a volunteer would like to hear of."""

    __tablename__ = "volunteer_interests"

    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), primary_key=True)
    category_code: Mapped[str] = mapped_column(String(24), primary_key=True)


class Guardian(Changing, Base):
    """Somebody who answers for a volunteer under age and agreed to the service; stays until `ended_at`."""

    __tablename__ = "guardians"
    __table_args__ = (
        CheckConstraint("kinship IN ('father', 'mother', 'grandparent', 'sibling', 'other')", name="kinship"),
    )

    guardian_id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    full_name: Mapped[str] = mapped_column(String(80))
    kinship: Mapped[str] = mapped_column(String(16))
    phone: Mapped[str] = mapped_column(String(24))
    consent_version: Mapped[str] = mapped_column(String(20))
    consented_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Ban(Changing, Base):
    """One time in which a volunteer may not serve: until `ends_at`, if it is set, or until it is lifted."""

    __tablename__ = "bans"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > banned_at", name="interval"),
        # Nobody is banned twice at the same time.
        Index(
            "uq_bans_standing",
            "volunteer_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index("ix_bans_volunteer_id", "volunteer_id"),
        Index("ix_bans_ends_at", "ends_at"),
    )

    ban_id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    reason: Mapped[str] = mapped_column(Text)
    banned_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str] = mapped_column(Text, default="")


class DuplicateCandidate(Changing, Base):
    """Two records that may be one person's: found on registering the first, until somebody merges or parts them."""

    __tablename__ = "duplicate_candidates"
    __table_args__ = (
        CheckConstraint("ground IN ('name_and_birth', 'phone')", name="ground"),
        CheckConstraint("decision IN ('merged', 'kept_apart')", name="decision"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        UniqueConstraint("volunteer_id", "other_volunteer_id"),
        Index(
            "ix_duplicate_candidates_waiting",
            "candidate_id",
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    candidate_id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    other_volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    ground: Mapped[str] = mapped_column(String(16))
    found_at: Mapped[datetime]
    decision: Mapped[str | None] = mapped_column(String(12))
    decided_at: Mapped[datetime | None]
