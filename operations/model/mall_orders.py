"""Orders of the mall: what was ordered at which price, where it goes, and what became of it.

The points behind an order are in the ledger: a hold while it is `paid`, a transfer once it is fulfilled.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref

ORDER_STATES = ("paid", "fulfilled", "cancelled", "refunded", "expired")


class MallOrder(Changing, Base):
    """One order of a volunteer from one supplier. `client_id` was made by who asked, and is the id of the hold.

    paid (its points are held) → fulfilled (sent or handed out; they are spent), cancelled, or expired (not handed out
    or sent before `expires_at`); fulfilled → refunded once all of it is given back. `transfer_id` is the spending.
    `settlement_id`: the supplier's month that it was settled in.
    """

    __tablename__ = "mall_orders"
    __table_args__ = (
        CheckConstraint(f"status IN {ORDER_STATES}", name="status"),
        CheckConstraint("delivery_way IN ('delivery', 'pick_up')", name="delivery_way"),
        CheckConstraint("(delivery_way = 'pick_up') = (pick_up_site_id IS NOT NULL)", name="pick_up"),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint(
            "refunded_cents BETWEEN 0 AND amount_cents AND (status = 'refunded') = (refunded_cents = amount_cents)",
            name="refunded",
        ),
        CheckConstraint(
            "CASE WHEN status = 'fulfilled' OR status = 'refunded' THEN fulfilled_at IS NOT NULL "
            "AND transfer_id IS NOT NULL ELSE fulfilled_at IS NULL AND transfer_id IS NULL "
            "AND settlement_id IS NULL END",
            name="fulfilled",
        ),
        CheckConstraint(
            "(status = 'cancelled' OR status = 'expired') = (ended_at IS NOT NULL)", name="ended"
        ),
        Index("ix_mall_orders_volunteer_id", "volunteer_id", "ordered_at"),
        Index("ix_mall_orders_status", "status", "order_id"),
        Index("ix_mall_orders_due", "expires_at", postgresql_where=text("status = 'paid'"),
              sqlite_where=text("status = 'paid'")),
        Index("ix_mall_orders_unsettled", "supplier_id", "fulfilled_at",
              postgresql_where=text("settlement_id IS NULL"), sqlite_where=text("settlement_id IS NULL")),
        Index("ix_mall_orders_pick_up_site_id", "pick_up_site_id", "order_id"),
    )  # fmt: skip

    order_id: Mapped[Key]
    client_id: Mapped[str] = mapped_column(String(36), unique=True)
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"))
    supplier_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_suppliers.supplier_id"))
    delivery_way: Mapped[str] = mapped_column(String(12))
    pick_up_site_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("sites.site_id"))
    status: Mapped[str] = mapped_column(String(12), default="paid")
    amount_cents: Mapped[int] = mapped_column(Ref)
    refunded_cents: Mapped[int] = mapped_column(Ref, default=0)
    ordered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    fulfilled_at: Mapped[datetime | None]
    fulfilled_by: Mapped[str | None] = mapped_column(String(80))
    tracking_no: Mapped[str | None] = mapped_column(String(60))
    transfer_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("point_transfers.transfer_id"), unique=True
    )
    ended_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    settlement_id: Mapped[int | None] = mapped_column(
        Ref, ForeignKey("mall_settlements.settlement_id"), index=True
    )


class MallOrderLine(Changing, Base):
    """How many of an item were ordered, called so and at this price then; and how many were refunded since."""

    __tablename__ = "mall_order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("refunded_quantity BETWEEN 0 AND quantity", name="refunded"),
        CheckConstraint("price_cents > 0", name="price"),
        Index("ix_mall_order_lines_item_id", "item_id", "order_id"),
    )

    order_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_orders.order_id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_items.item_id"), primary_key=True)
    item_name: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int]
    price_cents: Mapped[int] = mapped_column(Ref)
    refunded_quantity: Mapped[int] = mapped_column(default=0)


class MallDeliveryAddress(Changing, Base):
    """Where an order is sent to, and whom: personal, shown to who sends it, and deleted when it is needed no more."""

    __tablename__ = "mall_delivery_addresses"

    order_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_orders.order_id"), primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    recipient_name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(24))
    address: Mapped[str] = mapped_column(String(200))


class MallPickUpCode(Changing, Base):
    """The code that an order is handed out for, once. Of the code the digest is kept only: a lost one is replaced."""

    __tablename__ = "mall_pick_up_codes"

    order_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_orders.order_id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None]


class MallRefund(Changing, Base):
    """What was given back of a fulfilled order. Its id was made by who asked, and is that of the ledger's transfer."""

    __tablename__ = "mall_refunds"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index("ix_mall_refunds_order_id", "order_id"),
        Index("ix_mall_refunds_unsettled", "refunded_at", postgresql_where=text("settlement_id IS NULL"),
              sqlite_where=text("settlement_id IS NULL")),
    )  # fmt: skip

    refund_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("point_transfers.transfer_id"), primary_key=True
    )
    order_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_orders.order_id"))
    amount_cents: Mapped[int] = mapped_column(Ref)
    # Whether the goods came back and can be ordered again.
    is_restocked: Mapped[bool]
    refunded_at: Mapped[datetime]
    refunded_by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    settlement_id: Mapped[int | None] = mapped_column(
        Ref, ForeignKey("mall_settlements.settlement_id"), index=True
    )


class MallRefundLine(Changing, Base):
    """How many of an item a refund gives back."""

    __tablename__ = "mall_refund_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    refund_id: Mapped[str] = mapped_column(String(36), ForeignKey("mall_refunds.refund_id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_items.item_id"), primary_key=True)
    quantity: Mapped[int]
