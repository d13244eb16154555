"""Accounts, the roles granted to them and their sign-ins; the audit log answers what was done and by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()
ROLES = (
    "city_administrator",
    "district_administrator",
    "township_administrator",
    "system_administrator",
    "security_administrator",
    "auditor",
    "analyst",
    "official",
)
# Nothing changes a row of the audit log, and nothing deletes one of the last six months (网络安全法, article 21).
SQLITE_KEEPS = (
    """CREATE TRIGGER audit_log_is_only_added_to BEFORE UPDATE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_log_is_kept BEFORE DELETE ON audit_log
    WHEN OLD.happened_at > datetime('now', '-6 months')
    BEGIN SELECT RAISE(ABORT, 'the audit log is kept for six months'); END""",
)
POSTGRESQL_KEEPS = (
    """CREATE FUNCTION keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            RAISE EXCEPTION 'the audit log is only added to';
        ELSIF TG_OP = 'TRUNCATE' OR OLD.happened_at > (now() AT TIME ZONE 'UTC') - INTERVAL '6 months' THEN
            RAISE EXCEPTION 'the audit log is kept for six months';
        END IF;
        RETURN OLD;
    END $$""",
    """CREATE TRIGGER audit_log_is_kept BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION keep_audit_log()""",
    """CREATE TRIGGER audit_log_is_not_emptied BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_log()""",
)


def upgrade() -> None:
    """Make the change."""
    op.drop_index("ix_audit_log_actor", "audit_log")
    op.create_index(
        "ix_audit_log_actor", "audit_log", ["actor"], postgresql_ops={"actor": "text_pattern_ops"}
    )
    op.create_index("ix_audit_log_action_happened_at", "audit_log", ["action", "happened_at"])
    for statement in _of_database(SQLITE_KEEPS, POSTGRESQL_KEEPS):
        op.execute(statement)
    _make_accounts()
    _make_role_grants()
    _make_sign_ins()


def _of_database(sqlite: tuple[str, ...], postgresql: tuple[str, ...]) -> tuple[str, ...]:
    return sqlite if op.get_bind().dialect.name == "sqlite" else postgresql


def _make_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("sign_in_name", sa.String(60), nullable=False),
        sa.Column("full_name", sa.String(80), nullable=False),
        sa.Column("volunteer_id", KEY),
        sa.Column("id_number", sa.String(40)),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("password_changed_at", MOMENT),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("oidc_subject", sa.String(255)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name="fk_accounts_volunteer_id_volunteers"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
        sa.UniqueConstraint("oidc_subject", name="uq_accounts_oidc_subject"),
        sa.UniqueConstraint("sign_in_name", name="uq_accounts_sign_in_name"),
    )
    for column in ("volunteer_id", "id_number", "created_at", "updated_at"):
        op.create_index(f"ix_accounts_{column}", "accounts", [column])
    op.create_index(
        "ix_accounts_full_name", "accounts", ["full_name"], postgresql_ops={"full_name": "text_pattern_ops"}
    )


def _make_role_grants() -> None:
    allowed = ", ".join(f"'{role}'" for role in ROLES)
    op.create_table(
        "role_grants",
        sa.Column("grant_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(f"role IN ({allowed})", name=op.f("ck_role_grants_role")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name="fk_role_grants_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("grant_id", name="pk_role_grants"),
    )
    for column in ("account_id", "role", "updated_at"):
        op.create_index(f"ix_role_grants_{column}", "role_grants", [column])
    standing = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_role_grants_standing",
        "role_grants",
        ["account_id", "role", "area_code"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )


def _make_sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("sign_in_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("acting_as", sa.String(60), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name="fk_sign_ins_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("sign_in_id", name="pk_sign_ins"),
        sa.UniqueConstraint("token_hash", name="uq_sign_ins_token_hash"),
    )
    for column in ("account_id", "updated_at"):
        op.create_index(f"ix_sign_ins_{column}", "sign_ins", [column])


def downgrade() -> None:
    """Take the change back."""
    for table in ("sign_ins", "role_grants", "accounts"):
        op.drop_table(table)
    for statement in _of_database(
        ("DROP TRIGGER audit_log_is_kept", "DROP TRIGGER audit_log_is_only_added_to"),
        (
            "DROP TRIGGER audit_log_is_not_emptied ON audit_log",
            "DROP TRIGGER audit_log_is_kept ON audit_log",
            "DROP FUNCTION keep_audit_log()",
        ),
    ):
        op.execute(statement)
    op.drop_index("ix_audit_log_action_happened_at", "audit_log")
    op.drop_index("ix_audit_log_actor", "audit_log")
    op.create_index("ix_audit_log_actor", "audit_log", ["actor"])
