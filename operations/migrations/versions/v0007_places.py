"""Sites that move house, devices that move, are turned into directed ones or replaced; indexes of their lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()
LISTED = (
    ("ix_sites_name", "sites", "name"),
    ("ix_devices_registered_at", "devices", "registered_at"),
)
SEARCHED = (
    ("ix_sites_name_prefix", "sites", "name"),
    ("ix_devices_device_no_prefix", "devices", "device_no"),
    ("ix_card_bindings_card_no_prefix", "card_bindings", "card_no"),
)


def upgrade() -> None:
    """Make the change; every device stands where it stands since it was registered."""
    with op.batch_alter_table("sites") as sites:
        sites.add_column(sa.Column("succeeds_site_id", KEY))
        sites.create_foreign_key(
            "fk_sites_succeeds_site_id_sites", "sites", ["succeeds_site_id"], ["site_id"]
        )
        sites.create_unique_constraint("uq_sites_succeeds_site_id", ["succeeds_site_id"])
    with op.batch_alter_table("devices") as devices:
        devices.add_column(sa.Column("replaces_device_no", sa.String(40)))
        devices.create_foreign_key(
            "fk_devices_replaces_device_no_devices", "devices", ["replaces_device_no"], ["device_no"]
        )
        devices.create_unique_constraint("uq_devices_replaces_device_no", ["replaces_device_no"])
    op.create_table(
        "former_placements",
        sa.Column("placement_id", KEY, nullable=False),
        sa.Column("device_no", sa.String(40), nullable=False),
        sa.Column("site_id", KEY, nullable=False),
        sa.Column("is_directed", sa.Boolean(), nullable=False),
        sa.Column("placed_from", MOMENT, nullable=False),
        sa.Column("placed_to", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("placed_to > placed_from", name=op.f("ck_former_placements_interval")),
        sa.ForeignKeyConstraint(
            ["device_no"], ["devices.device_no"], name="fk_former_placements_device_no_devices"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_former_placements_site_id_sites"),
        sa.PrimaryKeyConstraint("placement_id", name="pk_former_placements"),
        sa.UniqueConstraint("device_no", "placed_to", name="uq_former_placements_device_no_placed_to"),
    )
    for column in ("site_id", "updated_at"):
        op.create_index(f"ix_former_placements_{column}", "former_placements", [column])
    for name, table, column in LISTED:
        op.create_index(name, table, [column])
    for name, table, column in SEARCHED:
        op.create_index(name, table, [column], postgresql_ops={column: "text_pattern_ops"})


def downgrade() -> None:
    """Take the change back."""
    for name, table, _ in (*SEARCHED, *LISTED):
        op.drop_index(name, table)
    op.drop_table("former_placements")
    with op.batch_alter_table("devices") as devices:
        devices.drop_constraint("uq_devices_replaces_device_no", type_="unique")
        devices.drop_constraint("fk_devices_replaces_device_no_devices", type_="foreignkey")
        devices.drop_column("replaces_device_no")
    with op.batch_alter_table("sites") as sites:
        sites.drop_constraint("uq_sites_succeeds_site_id", type_="unique")
        sites.drop_constraint("fk_sites_succeeds_site_id_sites", type_="foreignkey")
        sites.drop_column("succeeds_site_id")
