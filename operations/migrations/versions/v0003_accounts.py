"""Accounts, the roles granted to them and their sign-ins; the audit log answers what was done and by whom."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.drop_index("ix_audit_log_actor", "audit_log")
    op.create_index(
        "ix_audit_log_actor", "audit_log", ["actor"], postgresql_ops={"actor": "text_pattern_ops"}
    )
    op.create_index("ix_audit_log_action_happened_at", "audit_log", ["action", "happened_at"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_audit_log_action_happened_at", "audit_log")
    op.drop_index("ix_audit_log_actor", "audit_log")
    op.create_index("ix_audit_log_actor", "audit_log", ["actor"])
