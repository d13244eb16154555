"""What the changing check-in codes of a shift are made of, and the wrong ones that were tried."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref


class CheckInSecret(Changing, Base):
    """The secret of one shift that its codes are worked out from. It never leaves this table, not even for the log."""

    __tablename__ = "check_in_secrets"

    shift_id: Mapped[int] = mapped_column(Ref, ForeignKey("shifts.shift_id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]


class WrongCode(Changing, Base):
    """One wrong code that a volunteer gave for a shift; after some of them no code is taken for a while."""

    __tablename__ = "wrong_codes"
    __table_args__ = (Index("ix_wrong_codes_volunteer_id", "volunteer_id", "tried_at"),)

    wrong_code_id: Mapped[Key]
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    shift_id: Mapped[int] = mapped_column(Ref, ForeignKey("shifts.shift_id"))
    tried_at: Mapped[datetime]
