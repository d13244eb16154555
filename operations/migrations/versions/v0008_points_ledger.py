"""The points ledger: accounts, lots, holds, transfers, the chain, closed months; and what guards them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()
# Rows of these are added and never changed. SQLite loses triggers when a table is made anew: a migration that does so
# with one of these makes them again.
KEPT = ("point_transfers", "point_lot_moves", "point_links", "point_periods")


def upgrade() -> None:
    """Make the change."""
    _make_accounts()
    _make_holds()
    _make_transfers()
    _make_periods()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Take the change back; the guards go with their tables."""
    for table in (
        "point_settlements",
        "point_periods",
        "point_links",
        "point_lot_moves",
        "point_transfers",
        "point_hold_lots",
        "point_holds",
        "point_lots",
        "point_accounts",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for function in ("point_rows_stay", "point_holds_end_once", "point_periods_stay_closed"):
            op.execute(f"DROP FUNCTION {function}()")


def _guard_sqlite() -> None:
    for table in KEPT:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_stay_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, '{table}: rows are added, never changed or deleted'); END"
            )
    op.execute(
        "CREATE TRIGGER point_holds_end_once BEFORE UPDATE ON point_holds WHEN OLD.state <> 'open' BEGIN "
        "SELECT RAISE(ABORT, 'point_holds: a hold that has ended never changes'); END"
    )
    op.execute(
        "CREATE TRIGGER point_holds_stay_delete BEFORE DELETE ON point_holds BEGIN "
        "SELECT RAISE(ABORT, 'point_holds: rows are never deleted'); END"
    )
    op.execute(
        "CREATE TRIGGER point_periods_stay_closed BEFORE INSERT ON point_transfers "
        "WHEN NEW.period <= (SELECT MAX(period) FROM point_periods) BEGIN "
        "SELECT RAISE(ABORT, 'point_transfers: a closed month takes no more entries'); END"
    )


def _guard_postgresql() -> None:
    _make_function(
        "point_rows_stay", "RAISE EXCEPTION '%: rows are added, never changed or deleted', TG_TABLE_NAME;"
    )
    for table in (*KEPT, "point_holds"):
        changes = "DELETE" if table == "point_holds" else "UPDATE OR DELETE"
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE {changes} ON {table} FOR EACH ROW EXECUTE FUNCTION point_rows_stay()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stay_whole BEFORE TRUNCATE ON {table} EXECUTE FUNCTION point_rows_stay()"
        )
    _make_function(
        "point_holds_end_once", "RAISE EXCEPTION 'point_holds: a hold that has ended never changes';"
    )
    op.execute(
        "CREATE TRIGGER point_holds_end_once BEFORE UPDATE ON point_holds FOR EACH ROW "
        "WHEN (OLD.state <> 'open') EXECUTE FUNCTION point_holds_end_once()"
    )
    _make_function(
        "point_periods_stay_closed",
        "IF EXISTS (SELECT 1 FROM added WHERE period <= (SELECT MAX(period) FROM point_periods)) THEN "
        "RAISE EXCEPTION 'point_transfers: a closed month takes no more entries'; END IF; RETURN NULL;",
    )
    # Once a statement: a settlement adds many thousands of rows with one.
    op.execute(
        "CREATE TRIGGER point_periods_stay_closed AFTER INSERT ON point_transfers REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION point_periods_stay_closed()"
    )


def _make_function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")


def _make_accounts() -> None:
    """Accounts, and the lots in them."""
    op.create_table(
        "point_accounts",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("volunteer_id", KEY),
        sa.Column("balance_cents", KEY, nullable=False),
        sa.Column("held_cents", KEY, nullable=False),
        sa.Column("owed_cents", KEY, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(kind = 'volunteer') = (volunteer_id IS NOT NULL)", name=op.f("ck_point_accounts_owner")
        ),
        sa.CheckConstraint(
            "CASE WHEN kind = 'volunteer' THEN balance_cents + owed_cents >= held_cents "
            "ELSE held_cents = 0 AND owed_cents = 0 END",
            name=op.f("ck_point_accounts_never_spent_below_zero"),
        ),
        sa.CheckConstraint(
            "kind IN ('volunteer', 'issue', 'mall', 'shop', 'expired', 'adjustment')",
            name=op.f("ck_point_accounts_kind"),
        ),
        sa.CheckConstraint("held_cents >= 0 AND owed_cents >= 0", name=op.f("ck_point_accounts_parts")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.volunteer_id"],
            name=op.f("fk_point_accounts_volunteer_id_volunteers"),
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_point_accounts")),
        sa.UniqueConstraint("code", name=op.f("uq_point_accounts_code")),
        sa.UniqueConstraint("volunteer_id", name=op.f("uq_point_accounts_volunteer_id")),
    )
    op.create_index("ix_point_accounts_kind", "point_accounts", ["kind"])
    op.create_table(
        "point_lots",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("earned_month", sa.Date(), nullable=False),
        sa.Column("remaining_cents", KEY, nullable=False),
        sa.Column("held_cents", KEY, nullable=False),
        sa.Column("owed_cents", KEY, nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("notified_on", sa.Date()),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "held_cents >= 0 AND remaining_cents >= held_cents AND owed_cents >= 0",
            name=op.f("ck_point_lots_parts"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["point_accounts.account_id"],
            name=op.f("fk_point_lots_account_id_point_accounts"),
        ),
        sa.PrimaryKeyConstraint("account_id", "earned_month", name=op.f("pk_point_lots")),
    )
    op.create_index("ix_point_lots_expires_on", "point_lots", ["expires_on"])


def _make_holds() -> None:
    """Holds, and the lots that they lie in."""
    op.create_table(
        "point_holds",
        sa.Column("hold_id", sa.String(36), nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("credit_account_id", KEY, nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("posted_cents", KEY),
        sa.Column("held_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT),
        sa.Column("reference", sa.String(60), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("(state = 'open') = (resolved_at IS NULL)", name=op.f("ck_point_holds_resolved")),
        sa.CheckConstraint(
            "(state = 'posted') = (posted_cents IS NOT NULL)", name=op.f("ck_point_holds_posted")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'posted', 'voided', 'timed_out')", name=op.f("ck_point_holds_state")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_point_holds_amount")),
        sa.CheckConstraint(
            "posted_cents IS NULL OR posted_cents BETWEEN 1 AND amount_cents",
            name=op.f("ck_point_holds_posted_cents"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["point_accounts.account_id"],
            name=op.f("fk_point_holds_account_id_point_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["credit_account_id"],
            ["point_accounts.account_id"],
            name=op.f("fk_point_holds_credit_account_id_point_accounts"),
        ),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_point_holds")),
    )
    op.create_index("ix_point_holds_account_id", "point_holds", ["account_id"])
    op.create_index(
        "ix_point_holds_open",
        "point_holds",
        ["expires_at"],
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_point_holds_updated_at", "point_holds", ["updated_at"])
    op.create_table(
        "point_hold_lots",
        sa.Column("hold_id", sa.String(36), nullable=False),
        sa.Column("earned_month", sa.Date(), nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_point_hold_lots_amount")),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["point_holds.hold_id"], name=op.f("fk_point_hold_lots_hold_id_point_holds")
        ),
        sa.PrimaryKeyConstraint("hold_id", "earned_month", name=op.f("pk_point_hold_lots")),
    )


def _make_transfers() -> None:
    """Transfers, what they moved, and the chain over them."""
    op.create_table(
        "point_transfers",
        sa.Column("transfer_no", KEY, nullable=False),
        sa.Column("transfer_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("debit_account_id", KEY, nullable=False),
        sa.Column("credit_account_id", KEY, nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("posted_at", MOMENT, nullable=False),
        sa.Column("award_id", sa.String(40)),
        sa.Column("earned_on", sa.Date()),
        sa.Column("rule_version", sa.String(40)),
        sa.Column("reverses_no", KEY),
        sa.Column("hold_id", sa.String(36)),
        sa.Column("reference", sa.String(60), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(kind = 'award') = (award_id IS NOT NULL AND earned_on IS NOT NULL)",
            name=op.f("ck_point_transfers_award"),
        ),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_no IS NOT NULL)", name=op.f("ck_point_transfers_reverses")
        ),
        sa.CheckConstraint(
            "kind IN ('award', 'spend', 'reversal', 'expiry', 'adjustment')",
            name=op.f("ck_point_transfers_kind"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_point_transfers_amount")),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck_point_transfers_accounts")),
        sa.ForeignKeyConstraint(
            ["credit_account_id"],
            ["point_accounts.account_id"],
            name=op.f("fk_point_transfers_credit_account_id_point_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["debit_account_id"],
            ["point_accounts.account_id"],
            name=op.f("fk_point_transfers_debit_account_id_point_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["point_holds.hold_id"], name=op.f("fk_point_transfers_hold_id_point_holds")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_no"],
            ["point_transfers.transfer_no"],
            name=op.f("fk_point_transfers_reverses_no_point_transfers"),
        ),
        sa.PrimaryKeyConstraint("transfer_no", name=op.f("pk_point_transfers")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_point_transfers_transfer_id")),
    )
    op.create_index(
        "ix_point_transfers_earned_on",
        "point_transfers",
        ["earned_on"],
        postgresql_where=sa.text("earned_on IS NOT NULL"),
        sqlite_where=sa.text("earned_on IS NOT NULL"),
    )
    op.create_index(
        "ix_point_transfers_reverses_no",
        "point_transfers",
        ["reverses_no"],
        postgresql_where=sa.text("reverses_no IS NOT NULL"),
        sqlite_where=sa.text("reverses_no IS NOT NULL"),
    )
    op.create_index("ix_point_transfers_updated_at", "point_transfers", ["updated_at"])
    op.create_index(
        "uq_point_transfers_hold_id",
        "point_transfers",
        ["hold_id"],
        unique=True,
        postgresql_where=sa.text("hold_id IS NOT NULL"),
        sqlite_where=sa.text("hold_id IS NOT NULL"),
    )
    op.create_table(
        "point_lot_moves",
        sa.Column("account_id", KEY, autoincrement=False, nullable=False),
        sa.Column("transfer_no", KEY, autoincrement=False, nullable=False),
        sa.Column("earned_month", sa.Date(), nullable=False),
        sa.Column("amount_cents", KEY, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_point_lot_moves_amount")),
        sa.PrimaryKeyConstraint("account_id", "transfer_no", "earned_month", name=op.f("pk_point_lot_moves")),
    )
    op.create_table(
        "point_links",
        sa.Column("transfer_no", KEY, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("transfer_no", name=op.f("pk_point_links")),
    )


def _make_periods() -> None:
    """Closed months, and runs of settlement."""
    op.create_table(
        "point_periods",
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("closed_by", sa.String(80), nullable=False),
        sa.Column("last_transfer_no", KEY, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("outstanding_cents", KEY, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_point_periods")),
    )
    op.create_table(
        "point_settlements",
        sa.Column("settlement_id", KEY, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("lake_snapshot", KEY, nullable=False),
        sa.Column("final_by", sa.Date(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("transfers", KEY, nullable=False),
        sa.Column("credited_cents", KEY, nullable=False),
        sa.Column("debited_cents", KEY, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("settlement_id", name=op.f("pk_point_settlements")),
    )
    op.create_index("ix_point_settlements_updated_at", "point_settlements", ["updated_at"])
