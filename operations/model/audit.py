"""The audit log: who did what to whom, when and why. Rows are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Key, prefix_index


class AuditEntry(Base):
    """One command that was carried out, with the subject before and after it."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_subject", "subject_kind", "subject_id"),
        Index("ix_audit_log_subject_id", "subject_id"),
        # What an auditor asks: what of this kind was done last, and what did this person do.
        Index("ix_audit_log_action_happened_at", "action", "happened_at"),
        prefix_index("ix_audit_log_actor", "actor"),
    )

    audit_id: Mapped[Key]
    happened_at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(32), default="system")
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
