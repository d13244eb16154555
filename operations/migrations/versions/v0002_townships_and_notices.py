"""The township that an organisation, an activity and a volunteer belong to; roles in the audit log; notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()
IN_TOWNSHIPS = ("activities", "organisations", "volunteers")


def upgrade() -> None:
    """Make the change; what lies in a township by its area or community is put there."""
    for table in IN_TOWNSHIPS:
        _add_township(table)
    op.execute("UPDATE organisations SET township_code = area_code WHERE LENGTH(area_code) = 9")
    op.execute(
        "UPDATE volunteers SET township_code = (SELECT community.parent_code FROM areas AS community "
        "WHERE community.area_code = volunteers.community_code) WHERE community_code IS NOT NULL"
    )
    op.execute(
        "UPDATE activities SET township_code = (SELECT MIN(sites.township_code) FROM shifts "
        "JOIN shift_sites ON shift_sites.shift_id = shifts.shift_id "
        "JOIN sites ON sites.site_id = shift_sites.site_id WHERE shifts.activity_id = activities.activity_id)"
    )
    op.add_column("audit_log", sa.Column("role", sa.String(32), nullable=False, server_default="system"))
    op.create_index("ix_audit_log_actor", "audit_log", ["actor"])
    _make_notices()


def _add_township(table: str) -> None:
    """SQLite adds a reference only within the column; PostgreSQL gets it under its name."""
    name = f"fk_{table}_township_code_areas"
    column = sa.Column("township_code", sa.String(12), sa.ForeignKey("areas.area_code", name=name))
    op.add_column(table, column, inline_references=op.get_bind().dialect.name == "sqlite")
    op.create_index(f"ix_{table}_township_code", table, ["township_code"])


def _make_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY),
        sa.Column("organisation_id", KEY),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("delivered_at", MOMENT),
        sa.Column("channel", sa.String(16)),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(volunteer_id IS NULL) <> (organisation_id IS NULL)", name=op.f("ck_notices_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name="fk_notices_organisation_id_organisations",
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name="fk_notices_volunteer_id_volunteers"
        ),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
    )
    for column in ("volunteer_id", "organisation_id", "updated_at"):
        op.create_index(f"ix_notices_{column}", "notices", [column])
    waiting = sa.text("delivered_at IS NULL")
    op.create_index(
        "ix_notices_waiting", "notices", ["notice_id"], sqlite_where=waiting, postgresql_where=waiting
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("notices")
    op.drop_index("ix_audit_log_actor", "audit_log")
    op.drop_column("audit_log", "role")
    for table in IN_TOWNSHIPS:
        op.drop_index(f"ix_{table}_township_code", table)
        # A later migration may have made the table of SQLite anew, and the reference is then no longer the column's.
        with op.batch_alter_table(table) as changed:
            changed.drop_column("township_code")
