"""What people are to be told: an outbox, written with the change that it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref


class Notice(Changing, Base):
    """One message to one person, or to the administrators of one organisation; doors deliver it by SMS, push or mail.

    `kind` names the text, `details` fill it in: never a name or a number of a document. `delivered_at` is set by
    the door that delivered it.
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("(volunteer_id IS NULL) <> (organisation_id IS NULL)", name="recipient"),
        Index(
            "ix_notices_waiting",
            "notice_id",
            sqlite_where=text("delivered_at IS NULL"),
            postgresql_where=text("delivered_at IS NULL"),
        ),
    )

    notice_id: Mapped[Key]
    volunteer_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(
        Ref, ForeignKey("organisations.organisation_id"), index=True
    )
    kind: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    channel: Mapped[str | None] = mapped_column(String(16))
