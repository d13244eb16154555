"""Conditions and recruiting windows of activities, offers and decisions of sign-ups, check-in codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()
SIGN_UP_STATES = (
    "status IN ('requested', 'invited', 'waiting', 'offered', 'confirmed', 'declined', 'expired', 'cancelled', "
    "'no_show')"
)
FORMER_SIGN_UP_STATES = "status IN ('requested', 'confirmed', 'waiting', 'cancelled', 'no_show')"
OF_ACTIVITIES = (
    ("min_age", sa.Integer()),
    ("max_age", sa.Integer()),
    ("required_skills", sa.JSON(none_as_null=True)),
    ("opens_at", MOMENT),
    ("closes_at", MOMENT),
    ("cancel_until_hours", sa.Integer()),
    ("submitted_at", MOMENT),
)

# A list of activities is of one of these, in the order of their start.
LISTED_BY = ("organisation_id", "district_code", "township_code", "status")


def upgrade() -> None:
    """Make the change; what was submitted counts as submitted when it was made."""
    with op.batch_alter_table("activities") as activities:
        for name, kind in OF_ACTIVITIES:
            activities.add_column(sa.Column(name, kind))
        activities.add_column(sa.Column("status_reason", sa.Text(), nullable=False, server_default=""))
        activities.create_check_constraint(op.f("ck_activities_recruiting_window"), "closes_at > opens_at")
        activities.create_check_constraint(op.f("ck_activities_ages"), "max_age >= min_age")
    for column in LISTED_BY:
        op.drop_index(f"ix_activities_{column}", "activities")
        op.create_index(f"ix_activities_{column}_starts_at", "activities", [column, "starts_at"])
    op.create_index("ix_activities_starts_at", "activities", ["starts_at"])
    op.create_index(
        "ix_activities_title", "activities", ["title"], postgresql_ops={"title": "text_pattern_ops"}
    )
    op.execute("UPDATE activities SET submitted_at = created_at WHERE status = 'submitted'")
    with op.batch_alter_table("sign_ups") as sign_ups:
        sign_ups.add_column(sa.Column("offer_expires_at", MOMENT))
        sign_ups.add_column(sa.Column("decided_by", sa.String(80)))
        sign_ups.add_column(sa.Column("decision_reason", sa.Text(), nullable=False, server_default=""))
        sign_ups.drop_constraint(op.f("ck_sign_ups_status"), type_="check")
        sign_ups.create_check_constraint(op.f("ck_sign_ups_status"), SIGN_UP_STATES)
        sign_ups.create_check_constraint(
            op.f("ck_sign_ups_offer"), "(status = 'offered') = (offer_expires_at IS NOT NULL)"
        )
    offered = sa.text("offer_expires_at IS NOT NULL")
    op.create_index(
        "ix_sign_ups_offer_expires_at",
        "sign_ups",
        ["offer_expires_at"],
        sqlite_where=offered,
        postgresql_where=offered,
    )
    _make_check_in_codes()


def _make_check_in_codes() -> None:
    op.create_table(
        "check_in_secrets",
        sa.Column("shift_id", KEY, nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shifts.shift_id"], name="fk_check_in_secrets_shift_id_shifts"
        ),
        sa.PrimaryKeyConstraint("shift_id", name="pk_check_in_secrets"),
    )
    op.create_index("ix_check_in_secrets_updated_at", "check_in_secrets", ["updated_at"])
    op.create_table(
        "wrong_codes",
        sa.Column("wrong_code_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("shift_id", KEY, nullable=False),
        sa.Column("tried_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.shift_id"], name="fk_wrong_codes_shift_id_shifts"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name="fk_wrong_codes_volunteer_id_volunteers"
        ),
        sa.PrimaryKeyConstraint("wrong_code_id", name="pk_wrong_codes"),
    )
    op.create_index("ix_wrong_codes_volunteer_id", "wrong_codes", ["volunteer_id", "tried_at"])
    op.create_index("ix_wrong_codes_updated_at", "wrong_codes", ["updated_at"])


def downgrade() -> None:
    """Take the change back; sign-ups in a state that was not known before are cancelled."""
    op.drop_table("wrong_codes")
    op.drop_table("check_in_secrets")
    op.drop_index("ix_sign_ups_offer_expires_at", "sign_ups")
    op.execute("UPDATE sign_ups SET offer_expires_at = NULL, status = 'waiting' WHERE status = 'offered'")
    op.execute("UPDATE sign_ups SET status = 'cancelled' WHERE status IN ('invited', 'declined', 'expired')")
    with op.batch_alter_table("sign_ups") as sign_ups:
        sign_ups.drop_constraint(op.f("ck_sign_ups_offer"), type_="check")
        sign_ups.drop_constraint(op.f("ck_sign_ups_status"), type_="check")
        sign_ups.create_check_constraint(op.f("ck_sign_ups_status"), FORMER_SIGN_UP_STATES)
        for column in ("decision_reason", "decided_by", "offer_expires_at"):
            sign_ups.drop_column(column)
    op.drop_index("ix_activities_title", "activities")
    op.drop_index("ix_activities_starts_at", "activities")
    for column in LISTED_BY:
        op.drop_index(f"ix_activities_{column}_starts_at", "activities")
        op.create_index(f"ix_activities_{column}", "activities", [column])
    with op.batch_alter_table("activities") as activities:
        activities.drop_constraint(op.f("ck_activities_ages"), type_="check")
        activities.drop_constraint(op.f("ck_activities_recruiting_window"), type_="check")
        activities.drop_column("status_reason")
        for name, _ in reversed(OF_ACTIVITIES):
            activities.drop_column(name)
