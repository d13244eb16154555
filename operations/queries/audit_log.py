"""What was done, by whom, when and why: the audit log as the auditor reads it, and the history of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action
from operations.model import AuditEntry

from .narrowing import valued
from .paging import Listing, begins, equals, on_days
from .visible import within

AUDIT_LOG = Listing(
    name="audit_log",
    action=Action.VIEW_AUDIT_LOG,
    select=select(
        AuditEntry.audit_id,
        AuditEntry.happened_at,
        AuditEntry.actor,
        AuditEntry.role,
        AuditEntry.action,
        AuditEntry.subject_kind,
        AuditEntry.subject_id,
        AuditEntry.reason,
        AuditEntry.before,
        AuditEntry.after,
    ),
    key=AuditEntry.audit_id,
    visible=within,
    sorts={"happened_at": AuditEntry.happened_at},
    default_sort="-happened_at",
    filters={
        "actor": begins(AuditEntry.actor),
        "action": valued(AuditEntry.audit_id, AuditEntry.action),
        "actions": valued(AuditEntry.audit_id, AuditEntry.action),
        "subject_kind": valued(AuditEntry.audit_id, AuditEntry.subject_kind),
        "subject_id": equals(AuditEntry.subject_id),
        "days": on_days(AuditEntry.happened_at),
    },
    search=(AuditEntry.actor,),
)


@dataclass(frozen=True)
class Change:
    """One command that touched a thing: when, by whom and in which role, why, and what it changed.

    `changes` holds of each column that differs the value before and after; all of them when the thing was made.
    """

    happened_at: datetime
    actor: str
    role: str
    action: str
    reason: str
    changes: dict[str, tuple[Any, Any]]


def history_of(session: Session, subject_kind: str, subject_id: object, *, most: int = 200) -> list[Change]:
    """What was done to one thing, the newest first; ask permission to see the thing itself before.

    `subject_kind` is the name of its table, `subject_id` its key (several keys with `/` between them).
    """
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == subject_kind, AuditEntry.subject_id == str(subject_id))
        .order_by(AuditEntry.audit_id.desc())
        .limit(most)
    )
    return [
        Change(
            entry.happened_at,
            entry.actor,
            entry.role,
            entry.action,
            entry.reason,
            changes_between(entry.before, entry.after),
        )
        for entry in entries
    ]


def changes_between(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> dict[str, tuple[Any, Any]]:
    """The columns whose values differ, with the value before and after (None where there was none)."""
    old, new = before or {}, after or {}
    return {
        name: (old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    }
