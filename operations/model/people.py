"""Volunteers, their identity (kept apart), their consents and their citizen cards."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Changing, Key, Ref, prefix_index


class Volunteer(Changing, Base):
    """One registered volunteer, without anything that tells who it is.

    `volunteer_no` is the public key (MZ/T 061-2015); `display_name` is set only where its owner agreed;
    `sex` is a code of GB/T 2261.1; `birth_year_band` is five years wide, such as `1990-1994`. `available_time` lists
    parts of the week such as `weekend_morning`. A record that was `merged` holds nothing any more and tells which one
    of the same person does.
    """

    __tablename__ = "volunteers"
    __table_args__ = (
        CheckConstraint("sex IN ('0', '1', '2', '9')", name="sex"),
        CheckConstraint("status IN ('active', 'banned', 'erased', 'merged')", name="status"),
        CheckConstraint("(status = 'merged') = (merged_into_volunteer_id IS NOT NULL)", name="merged"),
        # For lists by state within a district; by place alone they are read in the order of the key.
        Index("ix_volunteers_status", "status", "district_code", "volunteer_id"),
        Index("ix_volunteers_district_code", "district_code", "volunteer_id"),
        Index("ix_volunteers_township_code", "township_code", "volunteer_id"),
    )

    volunteer_id: Mapped[Key]
    volunteer_no: Mapped[str] = mapped_column(String(20), unique=True)
    display_name: Mapped[str | None] = mapped_column(String(60))
    sex: Mapped[str] = mapped_column(String(1), default="0")
    birth_year_band: Mapped[str | None] = mapped_column(String(9))
    district_code: Mapped[str] = mapped_column(ForeignKey("areas.area_code"))
    township_code: Mapped[str | None] = mapped_column(ForeignKey("areas.area_code"))
    community_code: Mapped[str | None] = mapped_column(ForeignKey("areas.area_code"))
    status: Mapped[str] = mapped_column(String(12), default="active")
    registered_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(8), default="zh")
    available_time: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    merged_into_volunteer_id: Mapped[int | None] = mapped_column(
        Ref, ForeignKey("volunteers.volunteer_id"), index=True
    )

    identity: Mapped[VolunteerIdentity | None] = relationship(back_populates="volunteer")


class VolunteerIdentity(Changing, Base):
    """Who a volunteer is. This table never leaves the operational database."""

    __tablename__ = "volunteer_identities"
    __table_args__ = (
        UniqueConstraint("id_type", "id_number"),
        # With the key, so that who begins so is told by the index alone.
        Index(
            "ix_volunteer_identities_full_name",
            "full_name",
            "volunteer_id",
            postgresql_ops={"full_name": "text_pattern_ops"},
        ),
        Index("ix_volunteer_identities_phone", "phone"),
        # Who else has this name and was born on that day.
        Index("ix_volunteer_identities_born_on", "born_on", "full_name"),
    )

    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), primary_key=True)
    full_name: Mapped[str] = mapped_column(String(80))
    id_type: Mapped[str] = mapped_column(String(24), default="resident_identity_card")
    id_number: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str | None] = mapped_column(String(24))
    born_on: Mapped[date | None]

    volunteer: Mapped[Volunteer] = relationship(back_populates="identity")


class Consent(Changing, Base):
    """One consent to one purpose, recipient and version of the text (PIPL); withdrawn by a date, never deleted."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_volunteer_purpose", "volunteer_id", "purpose"),)

    consent_id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    purpose: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(80))
    version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Card(Changing, Base):
    """One citizen card, known by its number."""

    __tablename__ = "cards"
    __table_args__ = (
        Index(
            "ix_cards_reported_lost_at",
            "reported_lost_at",
            sqlite_where=text("reported_lost_at IS NOT NULL"),
            postgresql_where=text("reported_lost_at IS NOT NULL"),
        ),
    )

    card_no: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), default="citizen_card")
    issued_at: Mapped[datetime]
    reported_lost_at: Mapped[datetime | None]


class CardBinding(Changing, Base):
    """Whose card it was, for the half-open time `[bound_from, bound_to)`."""

    __tablename__ = "card_bindings"
    __table_args__ = (
        CheckConstraint("bound_to IS NULL OR bound_to > bound_from", name="interval"),
        UniqueConstraint("card_no", "bound_from"),
        prefix_index("ix_card_bindings_card_no_prefix", "card_no"),
        Index(
            "ix_card_bindings_bound_to",
            "bound_to",
            sqlite_where=text("bound_to IS NOT NULL"),
            postgresql_where=text("bound_to IS NOT NULL"),
        ),
        # A card is bound to one person at a time.
        Index(
            "uq_card_bindings_standing",
            "card_no",
            unique=True,
            sqlite_where=text("bound_to IS NULL"),
            postgresql_where=text("bound_to IS NULL"),
        ),
    )

    binding_id: Mapped[Key]
    card_no: Mapped[str] = mapped_column(ForeignKey("cards.card_no"))
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    bound_from: Mapped[datetime]
    bound_to: Mapped[datetime | None]
