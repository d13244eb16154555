"""Applications of organisations with documents; skills, guardians and bans of volunteers; merged records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()
STANDING_BAN = sa.text("lifted_at IS NULL")
# Names of indexes with what they are of; those of volunteers by place become longer.
PLACES = ("district_code", "township_code")


def upgrade() -> None:
    """Make the change."""
    _change_organisations()
    _change_volunteers()
    _index_identities()
    _make_documents()
    _make_skills_and_interests()
    _make_guardians()
    _make_bans()
    _make_duplicate_candidates()


def _change_organisations() -> None:
    with op.batch_alter_table("organisations") as organisations:
        organisations.add_column(sa.Column("applied_at", MOMENT))
        organisations.add_column(sa.Column("applied_by", KEY))
        organisations.add_column(sa.Column("application_code_sha256", sa.String(64)))
        organisations.add_column(sa.Column("decided_at", MOMENT))
        organisations.add_column(sa.Column("decision_reason", sa.Text(), nullable=False, server_default=""))
        organisations.add_column(sa.Column("contact_name", sa.String(80)))
        organisations.add_column(sa.Column("contact_phone", sa.String(24)))
        organisations.create_foreign_key(
            "fk_organisations_applied_by_volunteers", "volunteers", ["applied_by"], ["volunteer_id"]
        )
    op.execute("UPDATE organisations SET applied_at = registered_at WHERE status = 'applied'")
    op.create_index("ix_organisations_applied_by", "organisations", ["applied_by"])
    op.create_index("ix_organisations_status", "organisations", ["status", "applied_at"])
    op.create_index(
        "ix_organisations_name", "organisations", ["name"], postgresql_ops={"name": "text_pattern_ops"}
    )

    op.drop_index("ix_organisation_members_pair", "organisation_members")
    op.create_index(
        "ix_organisation_members_organisation_id",
        "organisation_members",
        ["organisation_id", "left_at", "volunteer_id"],
    )


def _change_volunteers() -> None:
    for column in PLACES:
        op.drop_index(f"ix_volunteers_{column}", "volunteers")
    with op.batch_alter_table("volunteers") as volunteers:
        volunteers.add_column(sa.Column("language", sa.String(8), nullable=False, server_default="zh"))
        volunteers.add_column(sa.Column("available_time", sa.JSON()))
        volunteers.add_column(sa.Column("merged_into_volunteer_id", KEY))
        volunteers.create_foreign_key(
            "fk_volunteers_merged_into_volunteer_id_volunteers",
            "volunteers",
            ["merged_into_volunteer_id"],
            ["volunteer_id"],
        )
        volunteers.drop_constraint(op.f("ck_volunteers_status"), type_="check")
        volunteers.create_check_constraint(
            op.f("ck_volunteers_status"), "status IN ('active', 'banned', 'erased', 'merged')"
        )
        volunteers.create_check_constraint(
            op.f("ck_volunteers_merged"), "(status = 'merged') = (merged_into_volunteer_id IS NOT NULL)"
        )
    for column in PLACES:
        op.create_index(f"ix_volunteers_{column}", "volunteers", [column, "volunteer_id"])
    op.create_index("ix_volunteers_status", "volunteers", ["status", "district_code", "volunteer_id"])
    op.create_index("ix_volunteers_merged_into_volunteer_id", "volunteers", ["merged_into_volunteer_id"])


def _index_identities() -> None:
    op.create_index(
        "ix_volunteer_identities_full_name",
        "volunteer_identities",
        ["full_name"],
        postgresql_ops={"full_name": "text_pattern_ops"},
    )
    op.create_index("ix_volunteer_identities_phone", "volunteer_identities", ["phone"])
    op.create_index("ix_volunteer_identities_born_on", "volunteer_identities", ["born_on", "full_name"])


def _make_documents() -> None:
    op.create_table(
        "organisation_documents",
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("file_name", sa.String(160), nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_organisation_documents_size")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name="fk_organisation_documents_organisation_id_organisations",
        ),
        sa.PrimaryKeyConstraint("document_id", name="pk_organisation_documents"),
    )
    _index("organisation_documents", "organisation_id", "updated_at")


def _make_skills_and_interests() -> None:
    op.create_table(
        "volunteer_skills",
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("skill_code", sa.String(24), nullable=False),
        sa.Column("detail", sa.String(80), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        _of_a_volunteer("volunteer_skills"),
        sa.PrimaryKeyConstraint("volunteer_id", "skill_code", name="pk_volunteer_skills"),
    )
    _index("volunteer_skills", "skill_code", "updated_at")
    op.create_table(
        "volunteer_interests",
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("category_code", sa.String(24), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        _of_a_volunteer("volunteer_interests"),
        sa.PrimaryKeyConstraint("volunteer_id", "category_code", name="pk_volunteer_interests"),
    )
    _index("volunteer_interests", "updated_at")


def _make_guardians() -> None:
    op.create_table(
        "guardians",
        sa.Column("guardian_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("full_name", sa.String(80), nullable=False),
        sa.Column("kinship", sa.String(16), nullable=False),
        sa.Column("phone", sa.String(24), nullable=False),
        sa.Column("consent_version", sa.String(20), nullable=False),
        sa.Column("consented_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "kinship IN ('father', 'mother', 'grandparent', 'sibling', 'other')",
            name=op.f("ck_guardians_kinship"),
        ),
        _of_a_volunteer("guardians"),
        sa.PrimaryKeyConstraint("guardian_id", name="pk_guardians"),
    )
    _index("guardians", "volunteer_id", "updated_at")


def _make_bans() -> None:
    op.create_table(
        "bans",
        sa.Column("ban_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("banned_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT),
        sa.Column("lifted_at", MOMENT),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > banned_at", name=op.f("ck_bans_interval")),
        _of_a_volunteer("bans"),
        sa.PrimaryKeyConstraint("ban_id", name="pk_bans"),
    )
    _index("bans", "volunteer_id", "ends_at", "updated_at")
    op.create_index(
        "uq_bans_standing",
        "bans",
        ["volunteer_id"],
        unique=True,
        sqlite_where=STANDING_BAN,
        postgresql_where=STANDING_BAN,
    )


def _make_duplicate_candidates() -> None:
    table = "duplicate_candidates"
    op.create_table(
        table,
        sa.Column("candidate_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("other_volunteer_id", KEY, nullable=False),
        sa.Column("ground", sa.String(16), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("decision", sa.String(12)),
        sa.Column("decided_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("ground IN ('name_and_birth', 'phone')", name=op.f(f"ck_{table}_ground")),
        sa.CheckConstraint("decision IN ('merged', 'kept_apart')", name=op.f(f"ck_{table}_decision")),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f(f"ck_{table}_decided")),
        _of_a_volunteer(table),
        sa.ForeignKeyConstraint(
            ["other_volunteer_id"],
            ["volunteers.volunteer_id"],
            name=f"fk_{table}_other_volunteer_id_volunteers",
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=f"pk_{table}"),
        sa.UniqueConstraint(
            "volunteer_id", "other_volunteer_id", name=f"uq_{table}_volunteer_id_other_volunteer_id"
        ),
    )
    _index(table, "other_volunteer_id", "updated_at")
    waiting = sa.text("decided_at IS NULL")
    op.create_index(
        f"ix_{table}_waiting", table, ["candidate_id"], sqlite_where=waiting, postgresql_where=waiting
    )


def _of_a_volunteer(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["volunteer_id"], ["volunteers.volunteer_id"], name=f"fk_{table}_volunteer_id_volunteers"
    )


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    """Take the change back; records that were merged are erased ones then."""
    for table in (
        "duplicate_candidates",
        "bans",
        "guardians",
        "volunteer_interests",
        "volunteer_skills",
        "organisation_documents",
    ):
        op.drop_table(table)
    for column in ("full_name", "phone", "born_on"):
        op.drop_index(f"ix_volunteer_identities_{column}", "volunteer_identities")
    _restore_volunteers()
    op.drop_index("ix_organisation_members_organisation_id", "organisation_members")
    op.create_index(
        "ix_organisation_members_pair", "organisation_members", ["organisation_id", "volunteer_id"]
    )
    for column in ("applied_by", "status", "name"):
        op.drop_index(f"ix_organisations_{column}", "organisations")
    with op.batch_alter_table("organisations") as organisations:
        organisations.drop_constraint("fk_organisations_applied_by_volunteers", type_="foreignkey")
        for column in (
            "applied_at",
            "applied_by",
            "application_code_sha256",
            "decided_at",
            "decision_reason",
            "contact_name",
            "contact_phone",
        ):
            organisations.drop_column(column)


def _restore_volunteers() -> None:
    for column in (*PLACES, "status", "merged_into_volunteer_id"):
        op.drop_index(f"ix_volunteers_{column}", "volunteers")
    with op.batch_alter_table("volunteers") as volunteers:
        volunteers.drop_constraint(op.f("ck_volunteers_merged"), type_="check")
    op.execute("UPDATE volunteers SET status = 'erased' WHERE status = 'merged'")
    with op.batch_alter_table("volunteers") as volunteers:
        volunteers.drop_constraint(op.f("ck_volunteers_status"), type_="check")
        volunteers.create_check_constraint(
            op.f("ck_volunteers_status"), "status IN ('active', 'banned', 'erased')"
        )
        volunteers.drop_constraint("fk_volunteers_merged_into_volunteer_id_volunteers", type_="foreignkey")
        for column in ("merged_into_volunteer_id", "available_time", "language"):
            volunteers.drop_column(column)
    for column in PLACES:
        op.create_index(f"ix_volunteers_{column}", "volunteers", [column])
