"""What each charity shop is owed for a month: the settlement as it was made, with its lines."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref


class ShopSettlement(Changing, Base):
    """One month of one shop, settled once. Never changed; number and name of the shop are those of that moment.

    `opening_cents` and `closing_cents` are what all settlements before and with this one add up to; `sha256` is the
    digest of the file that it is handed out as.
    """

    __tablename__ = "shop_settlements"
    __table_args__ = (
        UniqueConstraint("shop_id", "period"),
        CheckConstraint("redeemed_cents >= 0 AND refunded_cents >= 0", name="parts"),
        CheckConstraint("closing_cents = opening_cents + redeemed_cents - refunded_cents", name="balance"),
    )

    settlement_id: Mapped[Key]
    shop_id: Mapped[int] = mapped_column(Ref, ForeignKey("charity_shops.shop_id"))
    shop_no: Mapped[str] = mapped_column(String(24))
    shop_name: Mapped[str] = mapped_column(String(120))
    period: Mapped[date] = mapped_column(index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    opening_cents: Mapped[int] = mapped_column(Ref)
    redemptions: Mapped[int]
    redeemed_cents: Mapped[int] = mapped_column(Ref)
    refunds: Mapped[int]
    refunded_cents: Mapped[int] = mapped_column(Ref)
    closing_cents: Mapped[int] = mapped_column(Ref)
    sha256: Mapped[str] = mapped_column(String(64))


class ShopSettlementLine(Changing, Base):
    """One redemption or refund in a settlement, each transfer in one at most. Never changed.

    `amount_cents` is below zero for a refund; `period` is the accounting month of the transfer, which is an earlier one
    where it came after that month was settled.
    """

    __tablename__ = "shop_settlement_lines"
    __table_args__ = (
        CheckConstraint("kind IN ('redemption', 'refund')", name="kind"),
        CheckConstraint("(kind = 'redemption') = (amount_cents > 0) AND amount_cents <> 0", name="amount"),
        Index("ix_shop_settlement_lines_period", "period"),
    )

    settlement_id: Mapped[int] = mapped_column(
        Ref, ForeignKey("shop_settlements.settlement_id"), primary_key=True, autoincrement=False
    )
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    transfer_no: Mapped[int] = mapped_column(Ref, ForeignKey("point_transfers.transfer_no"), unique=True)
    redemption_id: Mapped[str] = mapped_column(String(36))
    terminal_no: Mapped[str] = mapped_column(String(40))
    goods: Mapped[str] = mapped_column(String(200))
    occurred_at: Mapped[datetime]
    posted_at: Mapped[datetime]
    period: Mapped[date]
    amount_cents: Mapped[int] = mapped_column(Ref)
