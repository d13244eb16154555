"""Indexes that answer which rows of a long list are in a state that few are in, and of one its order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_sign_ups_status": ("sign_ups", ("status", "sign_up_id"), "status <> 'confirmed'"),
    "ix_organisation_members_role": ("organisation_members", ("role", "member_id"), "role <> 'member'"),
    "ix_cards_reported_lost_at": ("cards", ("reported_lost_at",), "reported_lost_at IS NOT NULL"),
    "ix_card_bindings_bound_to": ("card_bindings", ("bound_to",), "bound_to IS NOT NULL"),
    "ix_disputes_answer_due_at": ("disputes", ("answer_due_at",), None),
    "ix_audit_log_subject_id": ("audit_log", ("subject_id",), None),
}


def upgrade() -> None:
    """Make the change."""
    for name, (table, columns, condition) in INDEXES.items():
        where = None if condition is None else sa.text(condition)
        op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Take the change back."""
    for name, (table, *_) in INDEXES.items():
        op.drop_index(name, table_name=table)
