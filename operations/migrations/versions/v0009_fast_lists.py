"""Indexes that answer by themselves who is named so, and to which organisations and shifts a volunteer belongs."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    _index(
        "ix_organisation_members_volunteer_id",
        "organisation_members",
        "volunteer_id",
        "left_at",
        "organisation_id",
    )
    _index("ix_sign_ups_volunteer_id", "sign_ups", "volunteer_id", "shift_id")
    _index("ix_volunteer_identities_full_name", "volunteer_identities", "full_name", "volunteer_id")


def downgrade() -> None:
    """Take the change back."""
    _index("ix_organisation_members_volunteer_id", "organisation_members", "volunteer_id")
    _index("ix_sign_ups_volunteer_id", "sign_ups", "volunteer_id")
    _index("ix_volunteer_identities_full_name", "volunteer_identities", "full_name")


def _index(name: str, table: str, *columns: str) -> None:
    """The index of that name with these columns instead of what it had; names are sought by their beginning."""
    op.drop_index(name, table_name=table)
    op.create_index(name, table, list(columns), postgresql_ops={"full_name": "text_pattern_ops"})
