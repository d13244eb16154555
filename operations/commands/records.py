"""What every command does around its rule: find and lock the rows it decides on, and write down what it did.

Here: locking and the audit log. Never here: a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import AuditEntry, Base

from .refusals import Refused

Row = TypeVar("Row", bound=Base)


def find(session: Session, model: type[Row], key: Any, what: str) -> Row:
    """The row of `model` with this key.

    Raises `Refused` if there is none; `what` is how it is called there, such as "shift".
    """
    row = session.get(model, key)
    if row is None:
        raise Refused(f"there is no {what} {key}", f"{what.replace(' ', '_')}_id")
    return row


def lock(session: Session, model: type[Row], key: Any, what: str) -> Row:
    """Like `find`, and nobody else decides on this row until the transaction ends; the row is read anew.

    PostgreSQL locks the row. SQLite has one writer at a time: there the transaction must have begun as a writer, which
    `operations.database.writing` sees to. Lock in the order person, activity or card, organisation, record; else two
    commands may wait for each other.
    """
    must_write(session)
    # FOR NO KEY UPDATE: rows that refer to this one (notices, say) can be written by others meanwhile. Otherwise who
    # holds an activity and tells somebody would wait for who holds that person and waits for the activity.
    row = session.get(model, key, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise Refused(f"there is no {what} {key}", f"{what.replace(' ', '_')}_id")
    return row


def hold(session: Session, model: type[Row], key: Any, what: str) -> Row:
    """Like `lock` for a row that is only looked at: it stays as it is until the transaction ends.

    Others may hold it at the same moment, so that a hundred activities of one organisation do not wait for each other;
    who wants to change it, to suspend it say, waits for all of them.
    """
    must_write(session)
    row = session.get(model, key, with_for_update={"read": True}, populate_existing=True)
    if row is None:
        raise Refused(f"there is no {what} {key}", f"{what.replace(' ', '_')}_id")
    return row


def must_write(session: Session) -> None:
    """Raise `RuntimeError` unless this transaction may decide and write: a command was called the wrong way."""
    connection = session.connection()
    if connection.dialect.name == "sqlite" and not connection.get_execution_options().get("is_writing"):
        raise RuntimeError("a command needs a session from operations.database.writing(engine)")


def add_unique(session: Session, row: Base, refusal: Refused) -> None:
    """Add the row now.

    Raises `refusal` if another row holds what must be unique, also one that was written at the same moment.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise refusal from error


def audit(
    session: Session,
    actor: Actor,
    action: Action,
    subject: Base,
    *,
    at: datetime,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write down that `actor` did `action` to `subject`, with it `before` and as it is now (or `after`, if given)."""
    session.flush()
    session.add(_entry(actor, action, subject, at=at, reason=reason, before=before, after=after))


def audit_added(
    session: Session, actor: Actor, action: Action, subjects: Sequence[Base], *, at: datetime, reason: str
) -> None:
    """Add many rows and write down for each that `actor` did `action`: for imports, far faster than one by one."""
    session.add_all(subjects)
    session.flush()
    session.add_all([_entry(actor, action, subject, at=at, reason=reason) for subject in subjects])
    session.flush()


def _entry(
    actor: Actor,
    action: Action,
    subject: Base,
    *,
    at: datetime,
    reason: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    keys = inspect(subject).identity or ()
    return AuditEntry(
        happened_at=at,
        actor=actor.name,
        role=str(actor.role),
        action=str(action),
        subject_kind=subject.__tablename__,
        subject_id="/".join(str(key) for key in keys),
        reason=reason,
        before=before,
        after=snapshot(subject) if after is None else after,
    )


def audit_event(
    session: Session,
    actor: Actor,
    action: Action,
    subject_kind: str,
    subject_id: str,
    *,
    at: datetime,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write down that `actor` did `action` to something that is no row, such as a list."""
    session.add(
        AuditEntry(
            happened_at=at,
            actor=actor.name,
            role=str(actor.role),
            action=str(action),
            subject_kind=subject_kind,
            subject_id=subject_id,
            reason=reason,
            before=before,
            after=after,
        )
    )


def snapshot(row: Base) -> dict[str, Any]:
    """The columns of a row as JSON can hold them, without the stamp of the last change."""
    return {
        attribute.key: _plain(getattr(row, attribute.key))
        for attribute in inspect(row).mapper.column_attrs
        if attribute.key != "updated_at"
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        # As the database keeps it, whatever zone it came in: what was only read again is no change.
        return value.astimezone(UTC).replace(microsecond=0).isoformat()
    return value.isoformat() if isinstance(value, date | datetime) else value
