"""Honour decisions as rows and files of records; reviews, disputes, proofs of service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime()
STATES = "'entered', 'endorsed', 'approved', 'refused', 'withdrawn'"


def upgrade() -> None:
    """Make the change; decisions that stand become the first row of their record."""
    _make_honour_imports()
    _keep_all_decisions()
    _give_records_a_status()
    _make_reviews()
    _make_disputes()
    _make_proofs()


def downgrade() -> None:
    """Take the change back; of several decisions on a record the newest is kept."""
    for table in ("proof_look_ups", "proofs", "dispute_steps", "disputes", "review_decisions"):
        op.drop_table(table)
    _keep_one_decision()
    for index in ("import_id", "organisation_status", "status_record"):
        op.drop_index(f"ix_honour_records_{index}", "honour_records")
    with op.batch_alter_table("honour_records") as records:
        records.drop_constraint(op.f("ck_honour_records_status"), type_="check")
        records.drop_constraint("fk_honour_records_import_id_honour_imports", type_="foreignkey")
        records.drop_column("status")
        records.drop_column("import_id")
    op.drop_table("honour_imports")


def _make_honour_imports() -> None:
    op.create_table(
        "honour_imports",
        sa.Column("import_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("imported_by", KEY, nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        _refers("honour_imports", "organisation_id", "organisations"),
        _refers("honour_imports", "imported_by", "volunteers", "volunteer_id"),
        sa.PrimaryKeyConstraint("import_id", name="pk_honour_imports"),
        sa.UniqueConstraint("organisation_id", "sha256", name="uq_honour_imports_organisation_id_sha256"),
    )
    op.create_index("ix_honour_imports_updated_at", "honour_imports", ["updated_at"])


def _keep_all_decisions() -> None:
    """A table whose key changes is made anew under its name: the rows wait in another one meanwhile."""
    op.execute("CREATE TABLE honour_decisions_before AS SELECT * FROM honour_approvals")
    op.drop_table("honour_approvals")
    op.create_table(
        "honour_approvals",
        sa.Column("approval_id", KEY, nullable=False),
        *_decision_columns("'endorsed', 'approved', 'refused', 'withdrawn'"),
        sa.PrimaryKeyConstraint("approval_id", name="pk_honour_approvals"),
    )
    op.create_index("ix_honour_approvals_record_id", "honour_approvals", ["record_id"])
    op.create_index("ix_honour_approvals_updated_at", "honour_approvals", ["updated_at"])
    op.execute(
        "INSERT INTO honour_approvals (record_id, decision, decided_by, decided_at, reason, updated_at) "
        "SELECT record_id, decision, decided_by, decided_at, reason, updated_at FROM honour_decisions_before "
        "ORDER BY decided_at, record_id"
    )
    op.drop_table("honour_decisions_before")


def _keep_one_decision() -> None:
    op.execute(
        "CREATE TABLE honour_decisions_before AS SELECT * FROM honour_approvals WHERE approval_id IN "
        "(SELECT MAX(approval_id) FROM honour_approvals GROUP BY record_id)"
    )
    op.drop_table("honour_approvals")
    op.create_table(
        "honour_approvals",
        *_decision_columns("'approved', 'refused'"),
        sa.PrimaryKeyConstraint("record_id", name="pk_honour_approvals"),
    )
    op.create_index("ix_honour_approvals_updated_at", "honour_approvals", ["updated_at"])
    # A withdrawn approval earns nothing, like a refusal; one that waits for its second approval is none yet.
    op.execute(
        "INSERT INTO honour_approvals (record_id, decision, decided_by, decided_at, reason, updated_at) "
        "SELECT record_id, CASE WHEN decision = 'approved' THEN 'approved' ELSE 'refused' END, "
        "decided_by, decided_at, reason, updated_at FROM honour_decisions_before WHERE decision <> 'endorsed'"
    )
    op.drop_table("honour_decisions_before")


def _decision_columns(decisions: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("record_id", KEY, nullable=False),
        sa.Column("decision", sa.String(12), nullable=False),
        sa.Column("decided_by", KEY, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(f"decision IN ({decisions})", name=op.f("ck_honour_approvals_decision")),
        _refers("honour_approvals", "decided_by", "volunteers", "volunteer_id"),
        _refers("honour_approvals", "record_id", "honour_records"),
    ]


def _give_records_a_status() -> None:
    with op.batch_alter_table("honour_records") as records:
        records.add_column(sa.Column("status", sa.String(12), nullable=False, server_default="entered"))
        records.add_column(sa.Column("import_id", KEY))
        records.create_foreign_key(
            "fk_honour_records_import_id_honour_imports", "honour_imports", ["import_id"], ["import_id"]
        )
        records.create_check_constraint(op.f("ck_honour_records_status"), f"status IN ({STATES})")
    op.create_index("ix_honour_records_status_record", "honour_records", ["status", "record_id"])
    op.create_index(
        "ix_honour_records_organisation_status", "honour_records", ["organisation_id", "status", "record_id"]
    )
    op.create_index("ix_honour_records_import_id", "honour_records", ["import_id"])
    op.execute(
        "UPDATE honour_records SET status = (SELECT decision FROM honour_approvals "
        "WHERE honour_approvals.record_id = honour_records.record_id) "
        "WHERE record_id IN (SELECT record_id FROM honour_approvals)"
    )


def _make_reviews() -> None:
    op.create_table(
        "review_decisions",
        sa.Column("decision_id", KEY, nullable=False),
        sa.Column("session_id", sa.String(160), nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("minutes_in_review", sa.Integer(), nullable=False),
        sa.Column("minutes_granted", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", KEY, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "minutes_granted >= 0 AND minutes_granted <= minutes_in_review",
            name=op.f("ck_review_decisions_granted"),
        ),
        sa.CheckConstraint("level IN ('organisation', 'city')", name=op.f("ck_review_decisions_level")),
        _refers("review_decisions", "decided_by", "volunteers", "volunteer_id"),
        _refers("review_decisions", "organisation_id", "organisations"),
        _refers("review_decisions", "volunteer_id", "volunteers"),
        sa.PrimaryKeyConstraint("decision_id", name="pk_review_decisions"),
    )
    op.create_index("ix_review_decisions_session", "review_decisions", ["session_id", "level", "decision_id"])
    for column in ("organisation_id", "updated_at", "volunteer_id"):
        op.create_index(f"ix_review_decisions_{column}", "review_decisions", [column])


def _make_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("dispute_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("session_id", sa.String(160)),
        sa.Column("record_id", KEY),
        sa.Column("shift_id", KEY),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("outcome", sa.String(8)),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("answer_due_at", MOMENT, nullable=False),
        sa.Column("appeal_until", MOMENT),
        sa.Column("decided_at", MOMENT),
        sa.Column("is_corrected", sa.Boolean(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        *_dispute_checks(),
        _refers("disputes", "organisation_id", "organisations"),
        _refers("disputes", "record_id", "honour_records"),
        _refers("disputes", "shift_id", "shifts"),
        _refers("disputes", "volunteer_id", "volunteers"),
        sa.PrimaryKeyConstraint("dispute_id", name="pk_disputes"),
    )
    op.create_index("ix_disputes_status_due", "disputes", ["status", "answer_due_at"])
    op.create_index("ix_disputes_session", "disputes", ["session_id"])
    for column in ("organisation_id", "record_id", "updated_at", "volunteer_id"):
        op.create_index(f"ix_disputes_{column}", "disputes", [column])
    op.create_table(
        "dispute_steps",
        sa.Column("step_id", KEY, nullable=False),
        sa.Column("dispute_id", KEY, nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("outcome", sa.String(8)),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("taken_by", KEY),
        sa.Column("taken_as", sa.String(32), nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("record_id", KEY),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "step IN ('opened', 'answered', 'appealed', 'decided', 'corrected', 'withdrawn')",
            name=op.f("ck_dispute_steps_step"),
        ),
        _refers("dispute_steps", "dispute_id", "disputes"),
        _refers("dispute_steps", "record_id", "honour_records"),
        _refers("dispute_steps", "taken_by", "volunteers", "volunteer_id"),
        sa.PrimaryKeyConstraint("step_id", name="pk_dispute_steps"),
    )
    for column in ("dispute_id", "updated_at"):
        op.create_index(f"ix_dispute_steps_{column}", "dispute_steps", [column])


def _dispute_checks() -> list[sa.CheckConstraint]:
    rules = {
        "kind": "kind IN ('session', 'honour_record', 'missing_attendance')",
        "outcome": "outcome IS NULL OR outcome IN ('upheld', 'rejected')",
        "record": "kind <> 'honour_record' OR record_id IS NOT NULL",
        "session": "kind <> 'session' OR session_id IS NOT NULL",
        "status": "status IN ('open', 'answered', 'appealed', 'decided', 'withdrawn')",
    }
    return [sa.CheckConstraint(text, name=op.f(f"ck_disputes_{name}")) for name, text in rules.items()]


def _make_proofs() -> None:
    op.create_table(
        "proofs",
        sa.Column("proof_id", KEY, nullable=False),
        sa.Column("proof_no", sa.String(24), nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("issued_by", KEY, nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("revoked_by", KEY),
        sa.Column("revoked_reason", sa.Text()),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_proofs_days")),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_reason IS NULL)", name=op.f("ck_proofs_revoked")),
        _refers("proofs", "issued_by", "volunteers", "volunteer_id"),
        _refers("proofs", "organisation_id", "organisations"),
        _refers("proofs", "revoked_by", "volunteers", "volunteer_id"),
        _refers("proofs", "volunteer_id", "volunteers"),
        sa.PrimaryKeyConstraint("proof_id", name="pk_proofs"),
        sa.UniqueConstraint("proof_no", name="uq_proofs_proof_no"),
    )
    op.create_index("ix_proofs_organisation", "proofs", ["organisation_id", "proof_id"])
    for column in ("updated_at", "volunteer_id"):
        op.create_index(f"ix_proofs_{column}", "proofs", [column])
    op.create_table(
        "proof_look_ups",
        sa.Column("look_up_id", KEY, nullable=False),
        sa.Column("proof_no", sa.String(24), nullable=False),
        sa.Column("proof_id", KEY),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("minutes_today", sa.Integer()),
        sa.Column("looked_up_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('valid', 'corrected', 'revoked', 'unchecked', 'not_found')",
            name=op.f("ck_proof_look_ups_outcome"),
        ),
        _refers("proof_look_ups", "proof_id", "proofs"),
        sa.PrimaryKeyConstraint("look_up_id", name="pk_proof_look_ups"),
    )
    for column in ("proof_id", "updated_at"):
        op.create_index(f"ix_proof_look_ups_{column}", "proof_look_ups", [column])


def _refers(table: str, column: str, to: str, key: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.{key or column}"], name=f"fk_{table}_{column}_{to}")
