"""The first tables of the operational system."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()


def upgrade() -> None:
    """Make all tables, in an order that lets each refer to those before it."""
    _make_areas()
    _make_organisations()
    _make_people()
    _make_cards()
    _make_places()
    _make_activities()
    _make_attendance()
    _make_audit()


def downgrade() -> None:
    """Drop all tables."""
    for table in (
        "audit_log",
        "honour_approvals",
        "honour_records",
        "check_ins",
        "sign_ups",
        "shift_sites",
        "shifts",
        "activities",
        "heartbeats",
        "devices",
        "sites",
        "card_bindings",
        "cards",
        "consents",
        "organisation_members",
        "volunteer_identities",
        "volunteers",
        "organisations",
        "areas",
    ):
        op.drop_table(table)


def _make_areas() -> None:
    """Administrative areas."""
    op.create_table(
        "areas",
        sa.Column("area_code", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("parent_code", sa.String(length=12)),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('district', 'township', 'community')", name=op.f("ck_areas_kind")),
        sa.ForeignKeyConstraint(["parent_code"], ["areas.area_code"], name="fk_areas_parent_code_areas"),
        sa.PrimaryKeyConstraint("area_code", name="pk_areas"),
    )
    op.create_index("ix_areas_parent_code", "areas", ["parent_code"])
    op.create_index("ix_areas_updated_at", "areas", ["updated_at"])


def _make_organisations() -> None:
    """The tree of organisations."""
    op.create_table(
        "organisations",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("uscc", sa.String(length=18)),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("parent_organisation_id", KEY),
        sa.Column("area_code", sa.String(length=12), nullable=False),
        sa.Column("district_code", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "status IN ('applied', 'returned', 'active', 'suspended', 'struck_off')",
            name=op.f("ck_organisations_status"),
        ),
        sa.ForeignKeyConstraint(["area_code"], ["areas.area_code"], name="fk_organisations_area_code_areas"),
        sa.ForeignKeyConstraint(
            ["district_code"], ["areas.area_code"], name="fk_organisations_district_code_areas"
        ),
        sa.ForeignKeyConstraint(
            ["parent_organisation_id"],
            ["organisations.organisation_id"],
            name="fk_organisations_parent_organisation_id_organisations",
        ),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_organisations"),
        sa.UniqueConstraint("uscc", name="uq_organisations_uscc"),
    )
    op.create_index("ix_organisations_district_code", "organisations", ["district_code"])
    op.create_index("ix_organisations_parent_organisation_id", "organisations", ["parent_organisation_id"])
    op.create_index("ix_organisations_updated_at", "organisations", ["updated_at"])


def _make_people() -> None:
    """Volunteers, their identity, memberships and consents."""
    op.create_table(
        "volunteers",
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("volunteer_no", sa.String(length=20), nullable=False),
        sa.Column("display_name", sa.String(length=60)),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("birth_year_band", sa.String(length=9)),
        sa.Column("district_code", sa.String(length=12), nullable=False),
        sa.Column("community_code", sa.String(length=12)),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("sex IN ('0', '1', '2', '9')", name=op.f("ck_volunteers_sex")),
        sa.CheckConstraint("status IN ('active', 'banned', 'erased')", name=op.f("ck_volunteers_status")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["areas.area_code"], name="fk_volunteers_community_code_areas"
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["areas.area_code"], name="fk_volunteers_district_code_areas"
        ),
        sa.PrimaryKeyConstraint("volunteer_id", name="pk_volunteers"),
        sa.UniqueConstraint("volunteer_no", name="uq_volunteers_volunteer_no"),
    )
    op.create_index("ix_volunteers_district_code", "volunteers", ["district_code"])
    op.create_index("ix_volunteers_updated_at", "volunteers", ["updated_at"])
    op.create_table(
        "volunteer_identities",
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("full_name", sa.String(length=80), nullable=False),
        sa.Column("id_type", sa.String(length=24), nullable=False),
        sa.Column("id_number", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=24)),
        sa.Column("born_on", sa.Date()),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.volunteer_id"],
            name="fk_volunteer_identities_volunteer_id_volunteers",
        ),
        sa.PrimaryKeyConstraint("volunteer_id", name="pk_volunteer_identities"),
        sa.UniqueConstraint("id_type", "id_number", name="uq_volunteer_identities_id_type_id_number"),
    )
    op.create_index("ix_volunteer_identities_updated_at", "volunteer_identities", ["updated_at"])
    op.create_table(
        "organisation_members",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("left_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "role IN ('member', 'leader', 'administrator')", name=op.f("ck_organisation_members_role")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name="fk_organisation_members_organisation_id_organisations",
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.volunteer_id"],
            name="fk_organisation_members_volunteer_id_volunteers",
        ),
        sa.PrimaryKeyConstraint("member_id", name="pk_organisation_members"),
    )
    op.create_index(
        "ix_organisation_members_pair", "organisation_members", ["organisation_id", "volunteer_id"]
    )
    op.create_index("ix_organisation_members_updated_at", "organisation_members", ["updated_at"])
    op.create_index("ix_organisation_members_volunteer_id", "organisation_members", ["volunteer_id"])
    op.create_index(
        "uq_organisation_members_standing",
        "organisation_members",
        ["organisation_id", "volunteer_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "consents",
        sa.Column("consent_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name="fk_consents_volunteer_id_volunteers"
        ),
        sa.PrimaryKeyConstraint("consent_id", name="pk_consents"),
    )
    op.create_index("ix_consents_updated_at", "consents", ["updated_at"])
    op.create_index("ix_consents_volunteer_purpose", "consents", ["volunteer_id", "purpose"])


def _make_cards() -> None:
    """Citizen cards and whose they were."""
    op.create_table(
        "cards",
        sa.Column("card_no", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("reported_lost_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("card_no", name="pk_cards"),
    )
    op.create_index("ix_cards_updated_at", "cards", ["updated_at"])
    op.create_table(
        "card_bindings",
        sa.Column("binding_id", KEY, nullable=False),
        sa.Column("card_no", sa.String(length=40), nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("bound_from", MOMENT, nullable=False),
        sa.Column("bound_to", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "bound_to IS NULL OR bound_to > bound_from", name=op.f("ck_card_bindings_interval")
        ),
        sa.ForeignKeyConstraint(["card_no"], ["cards.card_no"], name="fk_card_bindings_card_no_cards"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name="fk_card_bindings_volunteer_id_volunteers"
        ),
        sa.PrimaryKeyConstraint("binding_id", name="pk_card_bindings"),
        sa.UniqueConstraint("card_no", "bound_from", name="uq_card_bindings_card_no_bound_from"),
    )
    op.create_index("ix_card_bindings_updated_at", "card_bindings", ["updated_at"])
    op.create_index("ix_card_bindings_volunteer_id", "card_bindings", ["volunteer_id"])
    op.create_index(
        "uq_card_bindings_standing",
        "card_bindings",
        ["card_no"],
        unique=True,
        sqlite_where=sa.text("bound_to IS NULL"),
        postgresql_where=sa.text("bound_to IS NULL"),
    )


def _make_places() -> None:
    """Sites, card readers and their signs of life."""
    op.create_table(
        "sites",
        sa.Column("site_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("organisation_id", KEY),
        sa.Column("district_code", sa.String(length=12), nullable=False),
        sa.Column("township_code", sa.String(length=12)),
        sa.Column("community_code", sa.String(length=12)),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("received_lon", sa.Float(), nullable=False),
        sa.Column("received_lat", sa.Float(), nullable=False),
        sa.Column("position_system", sa.String(length=8), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "position_system IN ('WGS-84', 'GCJ-02', 'BD-09')", name=op.f("ck_sites_position_system")
        ),
        sa.CheckConstraint("radius_m > 0", name=op.f("ck_sites_radius")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["areas.area_code"], name="fk_sites_community_code_areas"
        ),
        sa.ForeignKeyConstraint(["district_code"], ["areas.area_code"], name="fk_sites_district_code_areas"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name="fk_sites_organisation_id_organisations",
        ),
        sa.ForeignKeyConstraint(["township_code"], ["areas.area_code"], name="fk_sites_township_code_areas"),
        sa.PrimaryKeyConstraint("site_id", name="pk_sites"),
    )
    op.create_index("ix_sites_community_code", "sites", ["community_code"])
    op.create_index("ix_sites_district_code", "sites", ["district_code"])
    op.create_index("ix_sites_organisation_id", "sites", ["organisation_id"])
    op.create_index("ix_sites_updated_at", "sites", ["updated_at"])
    op.create_table(
        "devices",
        sa.Column("device_no", sa.String(length=40), nullable=False),
        sa.Column("site_id", KEY, nullable=False),
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("is_directed", sa.Boolean(), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_devices_site_id_sites"),
        sa.PrimaryKeyConstraint("device_no", name="pk_devices"),
    )
    op.create_index("ix_devices_site_id", "devices", ["site_id"])
    op.create_index("ix_devices_updated_at", "devices", ["updated_at"])
    op.create_table(
        "heartbeats",
        sa.Column("heartbeat_id", KEY, nullable=False),
        sa.Column("device_no", sa.String(length=40), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("clock_offset_seconds", sa.Integer(), nullable=False),
        sa.Column("queued_taps", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["device_no"], ["devices.device_no"], name="fk_heartbeats_device_no_devices"),
        sa.PrimaryKeyConstraint("heartbeat_id", name="pk_heartbeats"),
    )
    op.create_index("ix_heartbeats_device_no", "heartbeats", ["device_no"])
    op.create_index("ix_heartbeats_updated_at", "heartbeats", ["updated_at"])


def _make_activities() -> None:
    """Activities, shifts, their sites and sign-ups."""
    op.create_table(
        "activities",
        sa.Column("activity_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("category_code", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("risk_statement", sa.Text(), nullable=False),
        sa.Column("is_dangerous", sa.Boolean(), nullable=False),
        sa.Column("insurance_policy_no", sa.String(length=60)),
        sa.Column("is_recruiting_only", sa.Boolean(), nullable=False),
        sa.Column("admission", sa.String(length=13), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("district_code", sa.String(length=12), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'returned', 'approved', 'recruiting', 'full', 'running', "
            "'finished', 'closed', 'cancelled')",
            name=op.f("ck_activities_status"),
        ),
        sa.CheckConstraint(
            "admission IN ('at_once', 'on_request', 'by_invitation')", name=op.f("ck_activities_admission")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_activities_interval")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["areas.area_code"], name="fk_activities_district_code_areas"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name="fk_activities_organisation_id_organisations",
        ),
        sa.PrimaryKeyConstraint("activity_id", name="pk_activities"),
    )
    op.create_index("ix_activities_category_code", "activities", ["category_code"])
    op.create_index("ix_activities_district_code", "activities", ["district_code"])
    op.create_index("ix_activities_organisation_id", "activities", ["organisation_id"])
    op.create_index("ix_activities_status", "activities", ["status"])
    op.create_index("ix_activities_updated_at", "activities", ["updated_at"])
    op.create_table(
        "shifts",
        sa.Column("shift_id", KEY, nullable=False),
        sa.Column("activity_id", KEY, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("min_attendance_permille", sa.Integer()),
        sa.Column("cancelled_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_shifts_capacity")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shifts_interval")),
        sa.CheckConstraint(
            "min_attendance_permille BETWEEN 0 AND 1000", name=op.f("ck_shifts_min_attendance_permille")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.activity_id"], name="fk_shifts_activity_id_activities"
        ),
        sa.PrimaryKeyConstraint("shift_id", name="pk_shifts"),
    )
    op.create_index("ix_shifts_activity_id", "shifts", ["activity_id"])
    op.create_index("ix_shifts_starts_at", "shifts", ["starts_at"])
    op.create_index("ix_shifts_updated_at", "shifts", ["updated_at"])
    op.create_table(
        "shift_sites",
        sa.Column("shift_id", KEY, nullable=False),
        sa.Column("site_id", KEY, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.shift_id"], name="fk_shift_sites_shift_id_shifts"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_shift_sites_site_id_sites"),
        sa.PrimaryKeyConstraint("shift_id", "site_id", name="pk_shift_sites"),
    )
    op.create_index("ix_shift_sites_site_id", "shift_sites", ["site_id"])
    op.create_index("ix_shift_sites_updated_at", "shift_sites", ["updated_at"])
    op.create_table(
        "sign_ups",
        sa.Column("sign_up_id", KEY, nullable=False),
        sa.Column("shift_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("signed_up_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "status IN ('requested', 'confirmed', 'waiting', 'cancelled', 'no_show')",
            name=op.f("ck_sign_ups_status"),
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.shift_id"], name="fk_sign_ups_shift_id_shifts"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name="fk_sign_ups_volunteer_id_volunteers"
        ),
        sa.PrimaryKeyConstraint("sign_up_id", name="pk_sign_ups"),
        sa.UniqueConstraint("shift_id", "volunteer_id", name="uq_sign_ups_shift_id_volunteer_id"),
    )
    op.create_index("ix_sign_ups_updated_at", "sign_ups", ["updated_at"])
    op.create_index("ix_sign_ups_volunteer_id", "sign_ups", ["volunteer_id"])


def _make_attendance() -> None:
    """Check-ins, honour records and their approval."""
    op.create_table(
        "check_ins",
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("shift_id", KEY, nullable=False),
        sa.Column("site_id", KEY, nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("client", sa.String(length=16), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("received_lon", sa.Float()),
        sa.Column("received_lat", sa.Float()),
        sa.Column("position_system", sa.String(length=8)),
        sa.Column("accuracy_m", sa.Integer()),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("client IN ('app', 'mini_program', 'web')", name=op.f("ck_check_ins_client")),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_check_ins_direction")),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.shift_id"], name="fk_check_ins_shift_id_shifts"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_check_ins_site_id_sites"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name="fk_check_ins_volunteer_id_volunteers"
        ),
        sa.PrimaryKeyConstraint("event_id", name="pk_check_ins"),
    )
    op.create_index("ix_check_ins_received_at", "check_ins", ["received_at"])
    op.create_index("ix_check_ins_shift_id", "check_ins", ["shift_id"])
    op.create_index("ix_check_ins_updated_at", "check_ins", ["updated_at"])
    op.create_index("ix_check_ins_volunteer_id", "check_ins", ["volunteer_id"])
    op.create_table(
        "honour_records",
        sa.Column("record_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("shift_id", KEY),
        sa.Column("started_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("entered_by", KEY, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(started_at IS NULL) = (ended_at IS NULL)", name=op.f("ck_honour_records_both_ends")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at > started_at", name=op.f("ck_honour_records_interval")
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_honour_records_minutes")),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["volunteers.volunteer_id"], name="fk_honour_records_entered_by_volunteers"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name="fk_honour_records_organisation_id_organisations",
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.shift_id"], name="fk_honour_records_shift_id_shifts"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name="fk_honour_records_volunteer_id_volunteers"
        ),
        sa.PrimaryKeyConstraint("record_id", name="pk_honour_records"),
    )
    op.create_index("ix_honour_records_organisation_id", "honour_records", ["organisation_id"])
    op.create_index("ix_honour_records_updated_at", "honour_records", ["updated_at"])
    op.create_index("ix_honour_records_volunteer_id", "honour_records", ["volunteer_id"])
    op.create_table(
        "honour_approvals",
        sa.Column("record_id", KEY, nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("decided_by", KEY, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'refused')", name=op.f("ck_honour_approvals_decision")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["volunteers.volunteer_id"], name="fk_honour_approvals_decided_by_volunteers"
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["honour_records.record_id"], name="fk_honour_approvals_record_id_honour_records"
        ),
        sa.PrimaryKeyConstraint("record_id", name="pk_honour_approvals"),
    )
    op.create_index("ix_honour_approvals_updated_at", "honour_approvals", ["updated_at"])


def _make_audit() -> None:
    """The audit log."""
    op.create_table(
        "audit_log",
        sa.Column("audit_id", KEY, nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.PrimaryKeyConstraint("audit_id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_happened_at", "audit_log", ["happened_at"])
    op.create_index("ix_audit_log_subject", "audit_log", ["subject_kind", "subject_id"])
