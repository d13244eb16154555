"""An index of the transfers that are no awards, so that what points bought is found among all that was earned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    where = sa.text("kind <> 'award'")
    op.create_index(
        "ix_point_transfers_kind", "point_transfers", ["kind"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_point_transfers_kind", table_name="point_transfers")
