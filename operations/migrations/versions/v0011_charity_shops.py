"""Charity shops: terminals, codes, redemptions, monthly settlements; points adjusted by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()
TABLES = (
    "charity_shops",
    "shop_terminals",
    "payment_codes",
    "shop_codes",
    "shop_pre_authorisations",
    "shop_redemptions",
    "shop_refunds",
    "refused_redemptions",
    "shop_settlements",
    "shop_settlement_lines",
    "point_adjustments",
)
# Rows of these are added and never changed; SQLite loses triggers when a table is made anew.
KEPT = ("shop_refunds", "refused_redemptions", "shop_settlements", "shop_settlement_lines")


def upgrade() -> None:
    """Make the change."""
    _make_shops()
    _make_redemptions()
    _make_settlements()
    _make_adjustments()
    for table in KEPT:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_stay_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
                    f"SELECT RAISE(ABORT, '{table}: rows are added, never changed or deleted'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
                "EXECUTE FUNCTION point_rows_stay()"
            )


def downgrade() -> None:
    """Take the change back; the guards go with their tables."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _make_shops() -> None:
    """Shops, terminals and the codes that are scanned."""
    op.create_table(
        "charity_shops",
        sa.Column("shop_id", KEY, nullable=False),
        sa.Column("shop_no", sa.String(24), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("organisation_id", KEY),
        sa.Column("district_code", sa.String(12), nullable=False),
        sa.Column("township_code", sa.String(12)),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_charity_shops_closed")
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_charity_shops_status")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["areas.area_code"], name=op.f("fk_charity_shops_district_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name=op.f("fk_charity_shops_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["township_code"], ["areas.area_code"], name=op.f("fk_charity_shops_township_code_areas")
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_charity_shops")),
        sa.UniqueConstraint("shop_no", name=op.f("uq_charity_shops_shop_no")),
    )
    op.create_index("ix_charity_shops_district_code", "charity_shops", ["district_code"])
    op.create_index("ix_charity_shops_name", "charity_shops", ["name"])
    op.create_index("ix_charity_shops_organisation_id", "charity_shops", ["organisation_id"])
    op.create_index("ix_charity_shops_updated_at", "charity_shops", ["updated_at"])
    op.create_table(
        "shop_terminals",
        sa.Column("terminal_no", sa.String(40), nullable=False),
        sa.Column("shop_id", KEY, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["charity_shops.shop_id"], name=op.f("fk_shop_terminals_shop_id_charity_shops")
        ),
        sa.PrimaryKeyConstraint("terminal_no", name=op.f("pk_shop_terminals")),
    )
    op.create_index("ix_shop_terminals_shop_id", "shop_terminals", ["shop_id"])
    op.create_index("ix_shop_terminals_updated_at", "shop_terminals", ["updated_at"])
    op.create_table(
        "payment_codes",
        sa.Column("code_id", KEY, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("limit_cents", KEY, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.Column("used_for", sa.String(36)),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("(used_at IS NULL) = (used_for IS NULL)", name=op.f("ck_payment_codes_used")),
        sa.CheckConstraint("limit_cents > 0", name=op.f("ck_payment_codes_limit")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.volunteer_id"],
            name=op.f("fk_payment_codes_volunteer_id_volunteers"),
        ),
        sa.PrimaryKeyConstraint("code_id", name=op.f("pk_payment_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_payment_codes_code_hash")),
    )
    op.create_index("ix_payment_codes_updated_at", "payment_codes", ["updated_at"])
    op.create_index("ix_payment_codes_volunteer_id", "payment_codes", ["volunteer_id"])
    op.create_table(
        "shop_codes",
        sa.Column("shop_code_id", KEY, nullable=False),
        sa.Column("code", sa.String(24), nullable=False),
        sa.Column("shop_id", KEY, nullable=False),
        sa.Column("terminal_no", sa.String(40)),
        sa.Column("is_single_use", sa.Boolean(), nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("goods", sa.String(200), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "NOT is_single_use OR expires_at IS NOT NULL", name=op.f("ck_shop_codes_single_use")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_shop_codes_amount")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["charity_shops.shop_id"], name=op.f("fk_shop_codes_shop_id_charity_shops")
        ),
        sa.ForeignKeyConstraint(
            ["terminal_no"],
            ["shop_terminals.terminal_no"],
            name=op.f("fk_shop_codes_terminal_no_shop_terminals"),
        ),
        sa.PrimaryKeyConstraint("shop_code_id", name=op.f("pk_shop_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_shop_codes_code")),
    )
    op.create_index("ix_shop_codes_shop_id", "shop_codes", ["shop_id"])
    op.create_index("ix_shop_codes_updated_at", "shop_codes", ["updated_at"])


def _make_redemptions() -> None:
    """What is held for offline terminals, what was redeemed, refused and given back."""
    op.create_table(
        "shop_pre_authorisations",
        sa.Column("pre_authorisation_id", sa.String(36), nullable=False),
        sa.Column("shop_id", KEY, nullable=False),
        sa.Column("terminal_no", sa.String(40), nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("code_id", KEY, nullable=False),
        sa.Column("hold_id", sa.String(36), nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("posted_cents", KEY, nullable=False),
        sa.Column("authorised_at", MOMENT, nullable=False),
        sa.Column("spend_until", MOMENT, nullable=False),
        sa.Column("upload_until", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "posted_cents BETWEEN 0 AND amount_cents AND amount_cents > 0",
            name=op.f("ck_shop_pre_authorisations_posted"),
        ),
        sa.CheckConstraint("spend_until <= upload_until", name=op.f("ck_shop_pre_authorisations_until")),
        sa.ForeignKeyConstraint(
            ["code_id"],
            ["payment_codes.code_id"],
            name=op.f("fk_shop_pre_authorisations_code_id_payment_codes"),
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["point_holds.hold_id"], name=op.f("fk_shop_pre_authorisations_hold_id_point_holds")
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"],
            ["charity_shops.shop_id"],
            name=op.f("fk_shop_pre_authorisations_shop_id_charity_shops"),
        ),
        sa.ForeignKeyConstraint(
            ["terminal_no"],
            ["shop_terminals.terminal_no"],
            name=op.f("fk_shop_pre_authorisations_terminal_no_shop_terminals"),
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.volunteer_id"],
            name=op.f("fk_shop_pre_authorisations_volunteer_id_volunteers"),
        ),
        sa.PrimaryKeyConstraint("pre_authorisation_id", name=op.f("pk_shop_pre_authorisations")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_shop_pre_authorisations_hold_id")),
    )
    op.create_index("ix_shop_pre_authorisations_shop_id", "shop_pre_authorisations", ["shop_id"])
    op.create_index(
        "ix_shop_pre_authorisations_terminal", "shop_pre_authorisations", ["terminal_no", "authorised_at"]
    )
    op.create_index("ix_shop_pre_authorisations_updated_at", "shop_pre_authorisations", ["updated_at"])
    op.create_index("ix_shop_pre_authorisations_volunteer_id", "shop_pre_authorisations", ["volunteer_id"])
    op.create_table(
        "shop_redemptions",
        sa.Column("redemption_no", KEY, nullable=False),
        sa.Column("redemption_id", sa.String(36), nullable=False),
        sa.Column("shop_id", KEY, nullable=False),
        sa.Column("terminal_no", sa.String(40)),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("refunded_cents", KEY, nullable=False),
        sa.Column("goods", sa.String(200), nullable=False),
        sa.Column("code_id", KEY),
        sa.Column("shop_code_id", KEY),
        sa.Column("pre_authorisation_id", sa.String(36)),
        sa.Column("transfer_no", KEY, nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("is_clock_wrong", sa.Boolean(), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("pick_up_hash", sa.String(64)),
        sa.Column("collected_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(state = 'reversed') = (refunded_cents = amount_cents)",
            name=op.f("ck_shop_redemptions_reversed"),
        ),
        sa.CheckConstraint(
            "(way = 'one_time_code') = (code_id IS NOT NULL) AND (way = 'shop_code') = (shop_code_id IS NOT NULL) "
            "AND (way = 'offline') = (pre_authorisation_id IS NOT NULL)",
            name=op.f("ck_shop_redemptions_source"),
        ),
        sa.CheckConstraint("state IN ('posted', 'reversed')", name=op.f("ck_shop_redemptions_state")),
        sa.CheckConstraint(
            "way IN ('one_time_code', 'shop_code', 'offline')", name=op.f("ck_shop_redemptions_way")
        ),
        sa.CheckConstraint(
            "amount_cents > 0 AND refunded_cents BETWEEN 0 AND amount_cents",
            name=op.f("ck_shop_redemptions_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["payment_codes.code_id"], name=op.f("fk_shop_redemptions_code_id_payment_codes")
        ),
        sa.ForeignKeyConstraint(
            ["pre_authorisation_id"],
            ["shop_pre_authorisations.pre_authorisation_id"],
            name=op.f("fk_shop_redemptions_pre_authorisation_id_shop_pre_authorisations"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_code_id"],
            ["shop_codes.shop_code_id"],
            name=op.f("fk_shop_redemptions_shop_code_id_shop_codes"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["charity_shops.shop_id"], name=op.f("fk_shop_redemptions_shop_id_charity_shops")
        ),
        sa.ForeignKeyConstraint(
            ["terminal_no"],
            ["shop_terminals.terminal_no"],
            name=op.f("fk_shop_redemptions_terminal_no_shop_terminals"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_no"],
            ["point_transfers.transfer_no"],
            name=op.f("fk_shop_redemptions_transfer_no_point_transfers"),
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.volunteer_id"],
            name=op.f("fk_shop_redemptions_volunteer_id_volunteers"),
        ),
        sa.PrimaryKeyConstraint("redemption_no", name=op.f("pk_shop_redemptions")),
        sa.UniqueConstraint("code_id", name=op.f("uq_shop_redemptions_code_id")),
        sa.UniqueConstraint("pick_up_hash", name=op.f("uq_shop_redemptions_pick_up_hash")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_shop_redemptions_redemption_id")),
        sa.UniqueConstraint("transfer_no", name=op.f("uq_shop_redemptions_transfer_no")),
    )
    op.create_index("ix_shop_redemptions_pre_authorisation_id", "shop_redemptions", ["pre_authorisation_id"])
    op.create_index("ix_shop_redemptions_shop_code_id", "shop_redemptions", ["shop_code_id"])
    op.create_index("ix_shop_redemptions_shop_period", "shop_redemptions", ["shop_id", "period"])
    op.create_index("ix_shop_redemptions_terminal_no", "shop_redemptions", ["terminal_no"])
    op.create_index("ix_shop_redemptions_updated_at", "shop_redemptions", ["updated_at"])
    op.create_index("ix_shop_redemptions_volunteer_id", "shop_redemptions", ["volunteer_id"])
    op.create_table(
        "shop_refunds",
        sa.Column("refund_no", KEY, nullable=False),
        sa.Column("refund_id", sa.String(36), nullable=False),
        sa.Column("redemption_no", KEY, nullable=False),
        sa.Column("shop_id", KEY, nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("transfer_no", KEY, nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("refunded_at", MOMENT, nullable=False),
        sa.Column("refunded_by", sa.String(80), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_shop_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["redemption_no"],
            ["shop_redemptions.redemption_no"],
            name=op.f("fk_shop_refunds_redemption_no_shop_redemptions"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["charity_shops.shop_id"], name=op.f("fk_shop_refunds_shop_id_charity_shops")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_no"],
            ["point_transfers.transfer_no"],
            name=op.f("fk_shop_refunds_transfer_no_point_transfers"),
        ),
        sa.PrimaryKeyConstraint("refund_no", name=op.f("pk_shop_refunds")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_shop_refunds_refund_id")),
        sa.UniqueConstraint("transfer_no", name=op.f("uq_shop_refunds_transfer_no")),
    )
    op.create_index("ix_shop_refunds_redemption_no", "shop_refunds", ["redemption_no"])
    op.create_index("ix_shop_refunds_shop_period", "shop_refunds", ["shop_id", "period"])
    op.create_index("ix_shop_refunds_updated_at", "shop_refunds", ["updated_at"])
    op.create_table(
        "refused_redemptions",
        sa.Column("refused_no", KEY, nullable=False),
        sa.Column("terminal_no", sa.String(40), nullable=False),
        sa.Column("shop_id", KEY, nullable=False),
        sa.Column("redemption_id", sa.String(80), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_digest", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["charity_shops.shop_id"], name=op.f("fk_refused_redemptions_shop_id_charity_shops")
        ),
        sa.ForeignKeyConstraint(
            ["terminal_no"],
            ["shop_terminals.terminal_no"],
            name=op.f("fk_refused_redemptions_terminal_no_shop_terminals"),
        ),
        sa.PrimaryKeyConstraint("refused_no", name=op.f("pk_refused_redemptions")),
        sa.UniqueConstraint(
            "terminal_no", "content_digest", name=op.f("uq_refused_redemptions_terminal_no_content_digest")
        ),
    )
    op.create_index("ix_refused_redemptions_redemption_id", "refused_redemptions", ["redemption_id"])
    op.create_index("ix_refused_redemptions_shop_id", "refused_redemptions", ["shop_id"])
    op.create_index("ix_refused_redemptions_updated_at", "refused_redemptions", ["updated_at"])


def _make_settlements() -> None:
    """What each shop is owed for a month."""
    op.create_table(
        "shop_settlements",
        sa.Column("settlement_id", KEY, nullable=False),
        sa.Column("shop_id", KEY, nullable=False),
        sa.Column("shop_no", sa.String(24), nullable=False),
        sa.Column("shop_name", sa.String(120), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("opening_cents", KEY, nullable=False),
        sa.Column("redemptions", sa.Integer(), nullable=False),
        sa.Column("redeemed_cents", KEY, nullable=False),
        sa.Column("refunds", sa.Integer(), nullable=False),
        sa.Column("refunded_cents", KEY, nullable=False),
        sa.Column("closing_cents", KEY, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "closing_cents = opening_cents + redeemed_cents - refunded_cents",
            name=op.f("ck_shop_settlements_balance"),
        ),
        sa.CheckConstraint(
            "redeemed_cents >= 0 AND refunded_cents >= 0", name=op.f("ck_shop_settlements_parts")
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["charity_shops.shop_id"], name=op.f("fk_shop_settlements_shop_id_charity_shops")
        ),
        sa.PrimaryKeyConstraint("settlement_id", name=op.f("pk_shop_settlements")),
        sa.UniqueConstraint("shop_id", "period", name=op.f("uq_shop_settlements_shop_id_period")),
    )
    op.create_index("ix_shop_settlements_period", "shop_settlements", ["period"])
    op.create_index("ix_shop_settlements_updated_at", "shop_settlements", ["updated_at"])
    op.create_table(
        "shop_settlement_lines",
        sa.Column("settlement_id", KEY, autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("transfer_no", KEY, nullable=False),
        sa.Column("redemption_id", sa.String(36), nullable=False),
        sa.Column("terminal_no", sa.String(40), nullable=False),
        sa.Column("goods", sa.String(200), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("posted_at", MOMENT, nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(kind = 'redemption') = (amount_cents > 0) AND amount_cents <> 0",
            name=op.f("ck_shop_settlement_lines_amount"),
        ),
        sa.CheckConstraint("kind IN ('redemption', 'refund')", name=op.f("ck_shop_settlement_lines_kind")),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["shop_settlements.settlement_id"],
            name=op.f("fk_shop_settlement_lines_settlement_id_shop_settlements"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_no"],
            ["point_transfers.transfer_no"],
            name=op.f("fk_shop_settlement_lines_transfer_no_point_transfers"),
        ),
        sa.PrimaryKeyConstraint("settlement_id", "line_no", name=op.f("pk_shop_settlement_lines")),
        sa.UniqueConstraint("transfer_no", name=op.f("uq_shop_settlement_lines_transfer_no")),
    )
    op.create_index("ix_shop_settlement_lines_period", "shop_settlement_lines", ["period"])
    op.create_index("ix_shop_settlement_lines_updated_at", "shop_settlement_lines", ["updated_at"])


def _make_adjustments() -> None:
    """Points added or taken by hand."""
    op.create_table(
        "point_adjustments",
        sa.Column("adjustment_no", KEY, nullable=False),
        sa.Column("adjustment_id", sa.String(36), nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked_by", KEY, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_by", KEY),
        sa.Column("decided_at", MOMENT),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("transfer_no", KEY),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_by IS NULL)", name=op.f("ck_point_adjustments_decided")
        ),
        sa.CheckConstraint(
            "(state = 'granted') = (transfer_no IS NOT NULL)", name=op.f("ck_point_adjustments_granted")
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'granted', 'refused')", name=op.f("ck_point_adjustments_state")
        ),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_point_adjustments_amount")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["volunteers.volunteer_id"], name=op.f("fk_point_adjustments_asked_by_volunteers")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["volunteers.volunteer_id"],
            name=op.f("fk_point_adjustments_decided_by_volunteers"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_no"],
            ["point_transfers.transfer_no"],
            name=op.f("fk_point_adjustments_transfer_no_point_transfers"),
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.volunteer_id"],
            name=op.f("fk_point_adjustments_volunteer_id_volunteers"),
        ),
        sa.PrimaryKeyConstraint("adjustment_no", name=op.f("pk_point_adjustments")),
        sa.UniqueConstraint("adjustment_id", name=op.f("uq_point_adjustments_adjustment_id")),
        sa.UniqueConstraint("transfer_no", name=op.f("uq_point_adjustments_transfer_no")),
    )
    op.create_index("ix_point_adjustments_state", "point_adjustments", ["state", "asked_at"])
    op.create_index("ix_point_adjustments_updated_at", "point_adjustments", ["updated_at"])
    op.create_index("ix_point_adjustments_volunteer_id", "point_adjustments", ["volunteer_id"])
