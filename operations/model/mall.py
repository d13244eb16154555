"""The mall (益币商城): suppliers, what they offer for points, the stock of it, and what volunteers have in their carts.

Prices are hundredths of a point (`price_cents`). What was ordered is in mall_orders.py.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref, prefix_index

SUPPLIER_STATES = ("active", "ended")
ITEM_CATEGORIES = ("daily_goods", "food", "books", "culture_sport", "health", "services", "vouchers")
ITEM_STATES = ("draft", "on_sale", "off")
DELIVERY_WAYS = ("delivery", "pick_up")
STOCK_MOVE_KINDS = ("received", "corrected", "ordered", "returned")


class MallSupplier(Changing, Base):
    """One who supplies goods to the mall, and is settled with monthly. `uscc` is the 统一社会信用代码 (GB 32100).

    What is ordered to be picked up lies at `pick_up_site_id`; without one everything is delivered.
    """

    __tablename__ = "mall_suppliers"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'ended')", name="status"),
        CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        prefix_index("ix_mall_suppliers_name", "name"),
    )

    supplier_id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    contact_name: Mapped[str | None] = mapped_column(String(80))
    contact_phone: Mapped[str | None] = mapped_column(String(24))
    pick_up_site_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("sites.site_id"))
    status: Mapped[str] = mapped_column(String(12), default="active")
    registered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class MallItem(Changing, Base):
    """One item of the catalogue. `stock` is how many can be ordered still: the sum of its stock moves.

    It is offered while it is `on_sale`, from `opens_at` to `closes_at` (both may be open). A volunteer may order
    `limit_per_day` of it on a local day, `limit_per_quarter` in a quarter, `limit_in_all` ever; without a limit as many
    as the rules of the mall let anybody order. `delivery_way`: delivery, pick_up, or None where the volunteer chooses.
    """

    __tablename__ = "mall_items"
    __table_args__ = (
        CheckConstraint(f"category_code IN {ITEM_CATEGORIES}", name="category"),
        CheckConstraint("status IN ('draft', 'on_sale', 'off')", name="status"),
        CheckConstraint("delivery_way IN ('delivery', 'pick_up')", name="delivery_way"),
        CheckConstraint("price_cents > 0", name="price"),
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("limit_per_day > 0 AND limit_per_quarter > 0 AND limit_in_all > 0", name="limits"),
        CheckConstraint("closes_at > opens_at", name="window"),
        Index("ix_mall_items_status", "status", "item_id"),
        Index("ix_mall_items_supplier_id", "supplier_id", "item_id"),
        prefix_index("ix_mall_items_name", "name"),
    )

    item_id: Mapped[Key]
    supplier_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_suppliers.supplier_id"))
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text, default="")
    category_code: Mapped[str] = mapped_column(String(16))
    price_cents: Mapped[int] = mapped_column(Ref)
    stock: Mapped[int] = mapped_column(default=0)
    delivery_way: Mapped[str | None] = mapped_column(String(12))
    limit_per_day: Mapped[int | None]
    limit_per_quarter: Mapped[int | None]
    limit_in_all: Mapped[int | None]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(12), default="draft")
    added_at: Mapped[datetime]


class MallPicture(Changing, Base):
    """The picture of an item, kept here byte by byte, so that it is saved and taken back with the rest of the mall."""

    __tablename__ = "mall_pictures"
    __table_args__ = (CheckConstraint("size_bytes > 0", name="size"),)

    item_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_items.item_id"), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(80))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    uploaded_at: Mapped[datetime]


class MallStockMove(Changing, Base):
    """What came into the stock of an item (above zero) or went out of it. Never changed, never deleted.

    `received` from the supplier, `corrected` after counting, `ordered` and `returned` by an order (`order_id`).
    """

    __tablename__ = "mall_stock_moves"
    __table_args__ = (
        CheckConstraint(f"kind IN {STOCK_MOVE_KINDS}", name="kind"),
        CheckConstraint(
            "CASE kind WHEN 'ordered' THEN quantity < 0 WHEN 'corrected' THEN quantity <> 0 ELSE quantity > 0 END",
            name="quantity",
        ),
        CheckConstraint("(kind IN ('ordered', 'returned')) = (order_id IS NOT NULL)", name="order"),
        Index("ix_mall_stock_moves_item_id", "item_id", "move_id"),
        Index("ix_mall_stock_moves_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL"),
              sqlite_where=text("order_id IS NOT NULL")),
    )  # fmt: skip

    move_id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_items.item_id"))
    kind: Mapped[str] = mapped_column(String(12))
    quantity: Mapped[int]
    order_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("mall_orders.order_id"))
    moved_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text, default="")


class MallCartLine(Changing, Base):
    """How many of an item a volunteer has put into the cart; nothing is set aside for it."""

    __tablename__ = "mall_cart_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_items.item_id"), primary_key=True)
    quantity: Mapped[int]
    added_at: Mapped[datetime]


class MallSettlement(Changing, Base):
    """One month of a supplier, closed: the orders fulfilled and the refunds given until its end, as a file.

    `month` is its first day in Asia/Shanghai. What comes after the closing goes into the next month.
    `amount_cents` = `fulfilled_cents` - `refunded_cents`; `content` is the file, byte by byte.
    """

    __tablename__ = "mall_settlements"
    __table_args__ = (
        CheckConstraint("amount_cents = fulfilled_cents - refunded_cents", name="amount"),
        UniqueConstraint("supplier_id", "month"),
    )

    settlement_id: Mapped[Key]
    supplier_id: Mapped[int] = mapped_column(Ref, ForeignKey("mall_suppliers.supplier_id"))
    month: Mapped[date]
    orders: Mapped[int]
    refunds: Mapped[int]
    fulfilled_cents: Mapped[int] = mapped_column(Ref)
    refunded_cents: Mapped[int] = mapped_column(Ref)
    amount_cents: Mapped[int] = mapped_column(Ref)
    file_name: Mapped[str] = mapped_column(String(160))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    closed_at: Mapped[datetime]
    closed_by: Mapped[str] = mapped_column(String(80))
