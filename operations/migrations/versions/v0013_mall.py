"""The mall: suppliers, items, stock, carts, orders, refunds and the suppliers' months; and what guards them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()
# Rows of these are added and never changed. SQLite loses triggers when a table is made anew: a migration that does so
# with one of these makes them again.
KEPT = ("mall_stock_moves", "mall_refund_lines", "mall_settlements")


def upgrade() -> None:
    """Make the change."""
    _make_catalogue()
    _make_settlements()
    _make_orders()
    _make_refunds()
    _make_stock_moves()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Take the change back; the guards go with their tables."""
    for table in (
        "mall_refund_lines",
        "mall_stock_moves",
        "mall_refunds",
        "mall_pick_up_codes",
        "mall_order_lines",
        "mall_delivery_addresses",
        "mall_pictures",
        "mall_orders",
        "mall_cart_lines",
        "mall_settlements",
        "mall_items",
        "mall_suppliers",
    ):
        op.drop_table(table)


def _guard_sqlite() -> None:
    for table in KEPT:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_stay_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, '{table}: rows are added, never changed or deleted'); END"
            )


def _guard_postgresql() -> None:
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION point_rows_stay()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stay_whole BEFORE TRUNCATE ON {table} EXECUTE FUNCTION point_rows_stay()"
        )


def _make_catalogue() -> None:
    """Suppliers, what they offer, with a picture, and the carts."""
    op.create_table(
        "mall_suppliers",
        sa.Column("supplier_id", KEY, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("uscc", sa.String(18)),
        sa.Column("contact_name", sa.String(80)),
        sa.Column("contact_phone", sa.String(24)),
        sa.Column("pick_up_site_id", KEY),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(status = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_mall_suppliers_ended")
        ),
        sa.CheckConstraint("status IN ('active', 'ended')", name=op.f("ck_mall_suppliers_status")),
        sa.ForeignKeyConstraint(
            ["pick_up_site_id"], ["sites.site_id"], name=op.f("fk_mall_suppliers_pick_up_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("supplier_id", name=op.f("pk_mall_suppliers")),
        sa.UniqueConstraint("name", name=op.f("uq_mall_suppliers_name")),
        sa.UniqueConstraint("uscc", name=op.f("uq_mall_suppliers_uscc")),
    )
    op.create_index(
        "ix_mall_suppliers_name", "mall_suppliers", ["name"], postgresql_ops={"name": "text_pattern_ops"}
    )
    op.create_index("ix_mall_suppliers_updated_at", "mall_suppliers", ["updated_at"])
    op.create_table(
        "mall_items",
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("supplier_id", KEY, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category_code", sa.String(16), nullable=False),
        sa.Column("price_cents", KEY, nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("delivery_way", sa.String(12)),
        sa.Column("limit_per_day", sa.Integer()),
        sa.Column("limit_per_quarter", sa.Integer()),
        sa.Column("limit_in_all", sa.Integer()),
        sa.Column("opens_at", MOMENT),
        sa.Column("closes_at", MOMENT),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "category_code IN ('daily_goods', 'food', 'books', 'culture_sport', 'health', 'services', 'vouchers')",
            name=op.f("ck_mall_items_category"),
        ),
        sa.CheckConstraint(
            "delivery_way IN ('delivery', 'pick_up')", name=op.f("ck_mall_items_delivery_way")
        ),
        sa.CheckConstraint("status IN ('draft', 'on_sale', 'off')", name=op.f("ck_mall_items_status")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_mall_items_window")),
        sa.CheckConstraint(
            "limit_per_day > 0 AND limit_per_quarter > 0 AND limit_in_all > 0",
            name=op.f("ck_mall_items_limits"),
        ),
        sa.CheckConstraint("price_cents > 0", name=op.f("ck_mall_items_price")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_mall_items_stock")),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["mall_suppliers.supplier_id"],
            name=op.f("fk_mall_items_supplier_id_mall_suppliers"),
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_mall_items")),
    )
    op.create_index("ix_mall_items_name", "mall_items", ["name"], postgresql_ops={"name": "text_pattern_ops"})
    op.create_index("ix_mall_items_status", "mall_items", ["status", "item_id"])
    op.create_index("ix_mall_items_supplier_id", "mall_items", ["supplier_id", "item_id"])
    op.create_index("ix_mall_items_updated_at", "mall_items", ["updated_at"])
    op.create_table(
        "mall_pictures",
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_mall_pictures_size")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["mall_items.item_id"], name=op.f("fk_mall_pictures_item_id_mall_items")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_mall_pictures")),
    )
    op.create_index("ix_mall_pictures_updated_at", "mall_pictures", ["updated_at"])
    op.create_table(
        "mall_cart_lines",
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_mall_cart_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["mall_items.item_id"], name=op.f("fk_mall_cart_lines_item_id_mall_items")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.volunteer_id"],
            name=op.f("fk_mall_cart_lines_volunteer_id_volunteers"),
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "item_id", name=op.f("pk_mall_cart_lines")),
    )
    op.create_index("ix_mall_cart_lines_updated_at", "mall_cart_lines", ["updated_at"])


def _make_settlements() -> None:
    """Closed months of suppliers."""
    op.create_table(
        "mall_settlements",
        sa.Column("settlement_id", KEY, nullable=False),
        sa.Column("supplier_id", KEY, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("refunds", sa.Integer(), nullable=False),
        sa.Column("fulfilled_cents", KEY, nullable=False),
        sa.Column("refunded_cents", KEY, nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("file_name", sa.String(160), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("closed_by", sa.String(80), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "amount_cents = fulfilled_cents - refunded_cents", name=op.f("ck_mall_settlements_amount")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["mall_suppliers.supplier_id"],
            name=op.f("fk_mall_settlements_supplier_id_mall_suppliers"),
        ),
        sa.PrimaryKeyConstraint("settlement_id", name=op.f("pk_mall_settlements")),
        sa.UniqueConstraint("supplier_id", "month", name=op.f("uq_mall_settlements_supplier_id_month")),
    )
    op.create_index("ix_mall_settlements_updated_at", "mall_settlements", ["updated_at"])


def _make_orders() -> None:
    """Orders and their lines, where they go, and the codes that they are handed out for."""
    op.create_table(
        "mall_orders",
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("client_id", sa.String(36), nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("supplier_id", KEY, nullable=False),
        sa.Column("delivery_way", sa.String(12), nullable=False),
        sa.Column("pick_up_site_id", KEY),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("refunded_cents", KEY, nullable=False),
        sa.Column("ordered_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("fulfilled_at", MOMENT),
        sa.Column("fulfilled_by", sa.String(80)),
        sa.Column("tracking_no", sa.String(60)),
        sa.Column("transfer_id", sa.String(36)),
        sa.Column("ended_at", MOMENT),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("settlement_id", KEY),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(delivery_way = 'pick_up') = (pick_up_site_id IS NOT NULL)", name=op.f("ck_mall_orders_pick_up")
        ),
        sa.CheckConstraint(
            "(status = 'cancelled' OR status = 'expired') = (ended_at IS NOT NULL)",
            name=op.f("ck_mall_orders_ended"),
        ),
        sa.CheckConstraint(
            "CASE WHEN status = 'fulfilled' OR status = 'refunded' THEN fulfilled_at IS NOT NULL "
            "AND transfer_id IS NOT NULL ELSE fulfilled_at IS NULL AND transfer_id IS NULL "
            "AND settlement_id IS NULL END",
            name=op.f("ck_mall_orders_fulfilled"),
        ),
        sa.CheckConstraint(
            "delivery_way IN ('delivery', 'pick_up')", name=op.f("ck_mall_orders_delivery_way")
        ),
        sa.CheckConstraint(
            "refunded_cents BETWEEN 0 AND amount_cents AND (status = 'refunded') = (refunded_cents = amount_cents)",
            name=op.f("ck_mall_orders_refunded"),
        ),
        sa.CheckConstraint(
            "status IN ('paid', 'fulfilled', 'cancelled', 'refunded', 'expired')",
            name=op.f("ck_mall_orders_status"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_mall_orders_amount")),
        sa.ForeignKeyConstraint(
            ["pick_up_site_id"], ["sites.site_id"], name=op.f("fk_mall_orders_pick_up_site_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["mall_settlements.settlement_id"],
            name=op.f("fk_mall_orders_settlement_id_mall_settlements"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["mall_suppliers.supplier_id"],
            name=op.f("fk_mall_orders_supplier_id_mall_suppliers"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["point_transfers.transfer_id"],
            name=op.f("fk_mall_orders_transfer_id_point_transfers"),
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name=op.f("fk_mall_orders_volunteer_id_volunteers")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_mall_orders")),
        sa.UniqueConstraint("client_id", name=op.f("uq_mall_orders_client_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_mall_orders_transfer_id")),
    )
    op.create_index(
        "ix_mall_orders_due",
        "mall_orders",
        ["expires_at"],
        postgresql_where=sa.text("status = 'paid'"),
        sqlite_where=sa.text("status = 'paid'"),
    )
    op.create_index("ix_mall_orders_pick_up_site_id", "mall_orders", ["pick_up_site_id", "order_id"])
    op.create_index("ix_mall_orders_settlement_id", "mall_orders", ["settlement_id"])
    op.create_index("ix_mall_orders_status", "mall_orders", ["status", "order_id"])
    op.create_index(
        "ix_mall_orders_unsettled",
        "mall_orders",
        ["supplier_id", "fulfilled_at"],
        postgresql_where=sa.text("settlement_id IS NULL"),
        sqlite_where=sa.text("settlement_id IS NULL"),
    )
    op.create_index("ix_mall_orders_updated_at", "mall_orders", ["updated_at"])
    op.create_index("ix_mall_orders_volunteer_id", "mall_orders", ["volunteer_id", "ordered_at"])
    op.create_table(
        "mall_order_lines",
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("item_name", sa.String(80), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_cents", KEY, nullable=False),
        sa.Column("refunded_quantity", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("price_cents > 0", name=op.f("ck_mall_order_lines_price")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_mall_order_lines_quantity")),
        sa.CheckConstraint(
            "refunded_quantity BETWEEN 0 AND quantity", name=op.f("ck_mall_order_lines_refunded")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["mall_items.item_id"], name=op.f("fk_mall_order_lines_item_id_mall_items")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["mall_orders.order_id"], name=op.f("fk_mall_order_lines_order_id_mall_orders")
        ),
        sa.PrimaryKeyConstraint("order_id", "item_id", name=op.f("pk_mall_order_lines")),
    )
    op.create_index("ix_mall_order_lines_item_id", "mall_order_lines", ["item_id", "order_id"])
    op.create_index("ix_mall_order_lines_updated_at", "mall_order_lines", ["updated_at"])
    op.create_table(
        "mall_delivery_addresses",
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("recipient_name", sa.String(80), nullable=False),
        sa.Column("phone", sa.String(24), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["mall_orders.order_id"],
            name=op.f("fk_mall_delivery_addresses_order_id_mall_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.volunteer_id"],
            name=op.f("fk_mall_delivery_addresses_volunteer_id_volunteers"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_mall_delivery_addresses")),
    )
    op.create_index("ix_mall_delivery_addresses_updated_at", "mall_delivery_addresses", ["updated_at"])
    op.create_index("ix_mall_delivery_addresses_volunteer_id", "mall_delivery_addresses", ["volunteer_id"])
    op.create_table(
        "mall_pick_up_codes",
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["mall_orders.order_id"], name=op.f("fk_mall_pick_up_codes_order_id_mall_orders")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_mall_pick_up_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_mall_pick_up_codes_code_hash")),
    )
    op.create_index("ix_mall_pick_up_codes_updated_at", "mall_pick_up_codes", ["updated_at"])


def _make_refunds() -> None:
    """What was given back, and its lines."""
    op.create_table(
        "mall_refunds",
        sa.Column("refund_id", sa.String(36), nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("is_restocked", sa.Boolean(), nullable=False),
        sa.Column("refunded_at", MOMENT, nullable=False),
        sa.Column("refunded_by", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settlement_id", KEY),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_mall_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["mall_orders.order_id"], name=op.f("fk_mall_refunds_order_id_mall_orders")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["point_transfers.transfer_id"],
            name=op.f("fk_mall_refunds_refund_id_point_transfers"),
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["mall_settlements.settlement_id"],
            name=op.f("fk_mall_refunds_settlement_id_mall_settlements"),
        ),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_mall_refunds")),
    )
    op.create_index("ix_mall_refunds_order_id", "mall_refunds", ["order_id"])
    op.create_index("ix_mall_refunds_settlement_id", "mall_refunds", ["settlement_id"])
    op.create_index(
        "ix_mall_refunds_unsettled",
        "mall_refunds",
        ["refunded_at"],
        postgresql_where=sa.text("settlement_id IS NULL"),
        sqlite_where=sa.text("settlement_id IS NULL"),
    )
    op.create_index("ix_mall_refunds_updated_at", "mall_refunds", ["updated_at"])
    op.create_table(
        "mall_refund_lines",
        sa.Column("refund_id", sa.String(36), nullable=False),
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_mall_refund_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["mall_items.item_id"], name=op.f("fk_mall_refund_lines_item_id_mall_items")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["mall_refunds.refund_id"],
            name=op.f("fk_mall_refund_lines_refund_id_mall_refunds"),
        ),
        sa.PrimaryKeyConstraint("refund_id", "item_id", name=op.f("pk_mall_refund_lines")),
    )
    op.create_index("ix_mall_refund_lines_updated_at", "mall_refund_lines", ["updated_at"])


def _make_stock_moves() -> None:
    """What came into the stock and went out."""
    op.create_table(
        "mall_stock_moves",
        sa.Column("move_id", KEY, nullable=False),
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("order_id", KEY),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(kind IN ('ordered', 'returned')) = (order_id IS NOT NULL)",
            name=op.f("ck_mall_stock_moves_order"),
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'ordered' THEN quantity < 0 WHEN 'corrected' THEN quantity <> 0 ELSE quantity > 0 END",
            name=op.f("ck_mall_stock_moves_quantity"),
        ),
        sa.CheckConstraint(
            "kind IN ('received', 'corrected', 'ordered', 'returned')", name=op.f("ck_mall_stock_moves_kind")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["mall_items.item_id"], name=op.f("fk_mall_stock_moves_item_id_mall_items")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["mall_orders.order_id"], name=op.f("fk_mall_stock_moves_order_id_mall_orders")
        ),
        sa.PrimaryKeyConstraint("move_id", name=op.f("pk_mall_stock_moves")),
    )
    op.create_index("ix_mall_stock_moves_item_id", "mall_stock_moves", ["item_id", "move_id"])
    op.create_index(
        "ix_mall_stock_moves_order_id",
        "mall_stock_moves",
        ["order_id"],
        postgresql_where=sa.text("order_id IS NOT NULL"),
        sqlite_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index("ix_mall_stock_moves_updated_at", "mall_stock_moves", ["updated_at"])
