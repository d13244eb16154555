"""Who was there: check-ins of terminals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, String
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
