"""Proofs of service (志愿服务记录证明): what was certified, and who looked one up."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref

# unchecked: it was issued and not revoked, and today's minutes could not be asked for.
PROOF_OUTCOMES = ("valid", "corrected", "revoked", "unchecked", "not_found")


class Proof(Changing, Base):
    """One proof as it was issued. `content` is what stands on it, but for the name and the identity document.

    Those are printed from the volunteer's identity, so that they are kept in one place only; `sha256` is the digest of
    the PDF and tells a copy that was altered.
    """

    __tablename__ = "proofs"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_reason IS NULL)", name="revoked"),
        Index("ix_proofs_organisation", "organisation_id", "proof_id"),
    )

    proof_id: Mapped[Key]
    proof_no: Mapped[str] = mapped_column(String(24), unique=True)
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    organisation_id: Mapped[int] = mapped_column(Ref, ForeignKey("organisations.organisation_id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    minutes: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    issued_by: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    revoked_reason: Mapped[str | None] = mapped_column(Text)


class ProofLookUp(Changing, Base):
    """One question whether a number is that of a proof, and what was answered; of the asker nothing is kept."""

    __tablename__ = "proof_look_ups"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('valid', 'corrected', 'revoked', 'unchecked', 'not_found')", name="outcome"
        ),
    )

    look_up_id: Mapped[Key]
    proof_no: Mapped[str] = mapped_column(String(24))
    proof_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("proofs.proof_id"), index=True)
    outcome: Mapped[str] = mapped_column(String(12))
    minutes_today: Mapped[int | None]
    looked_up_at: Mapped[datetime]
