"""Honour records, disputes, proofs, notices, and the audit log."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from .columns import NOW, minutes_ago, numbered, one_of, shuffled

n = pl.col("n")
HONOURS = ("approved",) * 95 + ("entered",) * 2 + ("refused",) * 2 + ("withdrawn",)


def honour_records(count: int, organisations: int, volunteers: int) -> pl.DataFrame:
    """Minutes typed in; most are approved, one in 1,000 waits for the area."""
    often = one_of(HONOURS, n // 13)
    return numbered(count).select(
        record_id=n + 1,
        volunteer_id=n % volunteers + 1,
        organisation_id=n % organisations + 1,
        minutes=pl.lit(120),
        service_day=pl.lit((NOW - timedelta(days=1)).date()),
        reason=pl.lit("纸质登记"),
        evidence=pl.lit(""),
        entered_by=shuffled(n, volunteers) + 1,
        entered_at=minutes_ago(n),
        status=pl.when(n % 1000 == 3).then(pl.lit("endorsed")).otherwise(often),
    )


def disputes(count: int, organisations: int, volunteers: int) -> pl.DataFrame:
    """Objections: one in 20 open, one in 50 appealed, the others decided."""
    status = (
        pl.when(n % 20 == 0)
        .then(pl.lit("open"))
        .when(n % 50 == 1)
        .then(pl.lit("appealed"))
        .otherwise(one_of(("answered", "decided"), n))
    )
    return numbered(count).select(
        dispute_id=n + 1,
        volunteer_id=shuffled(n, volunteers) + 1,
        organisation_id=n % organisations + 1,
        kind=pl.lit("missing_attendance"),
        service_day=pl.lit((NOW - timedelta(days=1)).date()),
        status=status,
        outcome=pl.when(n % 20 > 0).then(one_of(("rejected", "rejected", "upheld"), n)),
        opened_at=minutes_ago(n + 10_000),
        answer_due_at=minutes_ago(n),
        decided_at=pl.when(n % 20 > 0).then(minutes_ago(n)),
        is_corrected=n % 7 > 0,
    )


def proofs(count: int, organisations: int, volunteers: int) -> pl.DataFrame:
    """Certificates; one in 200 was revoked."""
    is_revoked = n % 200 == 10
    return numbered(count).select(
        proof_id=n + 1,
        proof_no=pl.format("P{}", shuffled(n, count).cast(pl.String).str.zfill(9)),
        volunteer_id=shuffled(n, volunteers) + 1,
        organisation_id=n % organisations + 1,
        first_day=pl.lit((NOW - timedelta(days=100)).date()),
        last_day=pl.lit((NOW - timedelta(days=1)).date()),
        minutes=pl.lit(600),
        content=pl.lit("{}"),
        sha256=pl.lit("0" * 64),
        issued_by=n % volunteers + 1,
        issued_at=minutes_ago(n),
        revoked_at=pl.when(is_revoked).then(minutes_ago(n)),
        revoked_by=pl.when(is_revoked).then(1),
        revoked_reason=pl.when(is_revoked).then(pl.lit("误开")),
    )


def notices(count: int, organisations: int, volunteers: int) -> pl.DataFrame:
    """Messages: one in ten to an organisation; one in 100 waits."""
    is_of_organisation = n % 10 == 0
    return numbered(count).select(
        notice_id=n + 1,
        volunteer_id=pl.when(~is_of_organisation).then(shuffled(n, volunteers) + 1),
        organisation_id=pl.when(is_of_organisation).then(n // 10 % organisations + 1),
        kind=one_of(("sign_up_confirmed", "place_offered", "no_show"), n // 10),
        details=pl.lit("{}"),
        created_at=minutes_ago(n),
        delivered_at=pl.when(n // 10 % 100 > 0).then(minutes_ago(n)),
    )


def audit_entries(count: int, volunteers: int) -> pl.DataFrame:
    """Who did what; one in 1,000 lifted a ban."""
    often = one_of(("sign_up", "register_volunteer", "bind_card"), n)
    return numbered(count).select(
        happened_at=minutes_ago(n),
        actor=pl.format("administrator{}", n % 500),
        role=pl.lit("district_administrator"),
        action=pl.when(n % 1000 == 500).then(pl.lit("lift_ban")).otherwise(often),
        subject_kind=pl.lit("volunteers"),
        subject_id=(n % volunteers + 1).cast(pl.String),
        reason=pl.lit(""),
    )
